-- What is remembered between runs. Instants are Unix seconds, UTC. The version stands in user_version.

-- Single facts: which shape of feeds the members were made for, which settings the files were rendered with.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE sources (
    source        INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,          -- of the settings its documents were read with
    title         TEXT,                   -- the feed's own
    url           TEXT,                   -- as it was asked
    etag          TEXT,
    last_modified TEXT,
    validators_url TEXT,                  -- what they belong to: the last of the redirects
    body_hash     BLOB,
    requested     INTEGER,                -- start of the last request
    due           INTEGER,                -- no request before
    succeeded     INTEGER,
    changed       INTEGER,
    failing_since INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    class         TEXT,
    message       TEXT,
    warnings      TEXT,                   -- JSON list, of the source as a whole
    memory        TEXT                    -- JSON object: what guards remember from look to look
);

-- Local files that were read, with the stamp they had then.
CREATE TABLE documents (
    source   INTEGER NOT NULL,
    path     TEXT NOT NULL,
    stamp    INTEGER NOT NULL,
    article  INTEGER NOT NULL,            -- 0: draft or no article; 1: it gave an item; +2: it cannot be read now
    warnings TEXT,                        -- JSON list
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
CREATE INDEX documents_warned ON documents (source, path) WHERE warnings IS NOT NULL;

-- The ledger: one row for each item ever shown and not withdrawn by its source.
CREATE TABLE items (
    item       INTEGER PRIMARY KEY,
    source     INTEGER NOT NULL,          -- 0: taken back from published files; -1: of a source the config dropped
    file       INTEGER NOT NULL,          -- 1: an article, and the key is its path
    key        TEXT NOT NULL,             -- how the source knows it
    id         TEXT NOT NULL,             -- how readers know it; never changes
    link_key   TEXT,                      -- canonical link; none for articles, of which there are many
    first_seen INTEGER NOT NULL,
    published  INTEGER,                   -- as readers see it
    updated    INTEGER NOT NULL,          -- as readers see it
    sort       INTEGER NOT NULL,
    shown_from INTEGER,                   -- only while in the future
    expires    INTEGER,
    hash       BLOB,                      -- of what a reader sees; NULL: not known, no edit is inferred
    spellings  TEXT NOT NULL,             -- what it is a member by: numbers of spellings, comma separated
    data       TEXT NOT NULL,             -- the item as JSON
    standing   INTEGER NOT NULL DEFAULT 0 -- 0: shown; 1: held back by a guard; 2: beyond what its source keeps. Only 0 has members
);
CREATE UNIQUE INDEX items_key ON items (source, key);
CREATE INDEX items_id ON items (id);
CREATE INDEX items_link ON items (source, link_key) WHERE link_key IS NOT NULL;
CREATE INDEX items_of_feeds ON items (source, sort) WHERE file = 0;
CREATE INDEX items_not_shown ON items (source, standing) WHERE standing <> 0;

-- Keys that feeds have used for an item before; only the latest few of each.
CREATE TABLE aliases (
    alias INTEGER PRIMARY KEY,
    key   TEXT NOT NULL,
    item  INTEGER NOT NULL
);
CREATE INDEX aliases_key ON aliases (key);
CREATE INDEX aliases_item ON aliases (item);

-- What makes items duplicates of each other: hashes of links, titles and parts of texts. Only while a feed merges duplicates.
CREATE TABLE marks (
    mark INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (mark, item)
) WITHOUT ROWID;
CREATE TABLE likeness (
    item   INTEGER PRIMARY KEY,
    marks  BLOB NOT NULL,                 -- its rows of `marks`, eight bytes each
    print  INTEGER,                       -- of the text, if it is long enough
    length INTEGER,                       -- letters and digits of the text
    wide   INTEGER                        -- 1: most of it is Chinese, Japanese or Korean
);

-- Bodies made safe. Those of feeds are the only copy; those of articles are a cache of what the files hold.
CREATE TABLE bodies (
    item    INTEGER PRIMARY KEY,
    html    TEXT NOT NULL,
    summary TEXT NOT NULL
);

CREATE TABLE feeds (
    feed    INTEGER PRIMARY KEY,
    axis    TEXT NOT NULL,
    term    TEXT NOT NULL,                -- folded: what makes spellings one
    name    TEXT NOT NULL,                -- as shown
    folder  TEXT,                         -- pinned when first published; another feed never gets it
    id      TEXT,                         -- pinned when first published
    published INTEGER NOT NULL DEFAULT 0, -- it has files
    updated INTEGER NOT NULL,             -- never goes back
    shown   INTEGER NOT NULL DEFAULT 0,   -- items in its files
    dirty   INTEGER NOT NULL DEFAULT 1,
    due     INTEGER,                      -- when time alone changes it
    UNIQUE (axis, term)
);
CREATE TABLE members (
    feed INTEGER NOT NULL,
    sort INTEGER NOT NULL,                -- negative of the item's, so that newest comes first
    item INTEGER NOT NULL,
    PRIMARY KEY (feed, sort, item)
) WITHOUT ROWID;
-- The ways a feed's term is written in items; the one most items use is shown.
CREATE TABLE spellings (
    spelling INTEGER PRIMARY KEY,
    feed     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    uses     INTEGER NOT NULL,
    UNIQUE (feed, name)
);

-- Published files and the stamp they had when we left them.
CREATE TABLE files (
    path   TEXT PRIMARY KEY,
    feed   INTEGER NOT NULL,              -- 0: index and manifest
    sha256 TEXT NOT NULL,
    stamp  INTEGER NOT NULL
) WITHOUT ROWID;
