-- From version 1 to 2.
ALTER TABLE sources ADD COLUMN memory TEXT;
ALTER TABLE items ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
CREATE INDEX items_of_feeds ON items (source, sort) WHERE file = 0;
CREATE INDEX items_not_shown ON items (source, standing) WHERE standing <> 0;
CREATE TABLE aliases (
    alias INTEGER PRIMARY KEY,
    key   TEXT NOT NULL,
    item  INTEGER NOT NULL
);
CREATE INDEX aliases_key ON aliases (key);
CREATE INDEX aliases_item ON aliases (item);
CREATE TABLE marks (
    mark INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (mark, item)
) WITHOUT ROWID;
CREATE TABLE likeness (
    item   INTEGER PRIMARY KEY,
    marks  BLOB NOT NULL,
    print  INTEGER,
    length INTEGER,
    wide   INTEGER
);
