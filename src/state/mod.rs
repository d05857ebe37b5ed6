//! What is remembered between runs: sources, documents, items with their permanent ids, feeds, published files.
//!
//! One narrow trait; SQLite stands behind it. Every call is one transaction, so a crash leaves the state as it
//! was before or after it. Knows nothing of formats and HTTP.

mod sqlite;

pub use crate::model::Future;
pub use sqlite::SqliteStore;

use crate::config::plan::MaxNew;
use crate::model::{Axis, Content, Item, Warning};
use crate::normalize::likeness::{Likeness, Mark, Marked};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// Why the state cannot be used; exit code 5.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("the state `{path}` is not a feedmill state, or it is damaged: {why}")]
    Damaged { path: String, why: String },
    #[error("the state `{path}` was written by a newer feedmill (version {found}, this one knows {known})")]
    Newer { path: String, found: i64, known: i64 },
    #[error("the state `{path}` was written by an older feedmill; the next run brings it forward")]
    Older { path: String },
    #[error("the state `{path}` cannot be opened")]
    Open {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the state failed: {0}")]
    Sql(rusqlite::Error),
    #[error("the state holds an item that cannot be read: {0}")]
    Data(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        StateError::Sql(error)
    }
}

pub type SourceId = i64;
pub type ItemId = i64;
pub type FeedId = i64;

/// What is known of a source.
#[derive(Debug, Clone, Default)]
pub struct SourceRow {
    pub id: SourceId,
    pub name: String,
    pub kind: String,
    pub fingerprint: String,
    pub title: Option<String>,
    /// The URL that was asked.
    pub url: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// What the validators belong to: the last of the redirects.
    pub validators_url: Option<String>,
    pub body_hash: Option<Vec<u8>>,
    pub requested: Option<i64>,
    pub due: Option<i64>,
    pub succeeded: Option<i64>,
    pub changed: Option<i64>,
    pub failing_since: Option<i64>,
    pub failures: i64,
    pub class: Option<String>,
    pub message: Option<String>,
    pub warnings: Vec<Warning>,
}

/// A local file as it was when it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentRow {
    pub stamp: i64,
    /// It gave an item.
    pub article: bool,
    /// It could not be read when it was last looked at; the item it gave before is kept.
    pub unreadable: bool,
    pub warned: bool,
}

/// One item as a source has it now.
#[derive(Debug)]
pub struct Seen {
    pub item: Item,
    /// Of what a reader sees.
    pub hash: [u8; 16],
    /// Bodies of feeds, made safe; none for articles, whose bodies are read when a feed shows them.
    pub body: Option<Content>,
    /// The body, where `terms` has to look at it.
    pub text: Option<String>,
    /// What it can be known by as a duplicate; none where no feed merges duplicates.
    pub likeness: Option<Likeness>,
}

impl Seen {
    /// An article: its key is the path of a file that holds its body.
    pub fn is_file(&self) -> bool {
        self.body.is_none()
    }

    /// The link as it is compared with others.
    pub fn link_key(&self) -> Option<String> {
        self.item.link.as_deref().map(crate::normalize::link::canonical)
    }
}

/// What one document gave.
#[derive(Debug)]
pub struct Observation {
    /// Local files only.
    pub document: Option<(String, i64)>,
    /// Of a feed, as it calls itself.
    pub title: Option<String>,
    pub warnings: Vec<Warning>,
    pub gave: Gave,
}

/// The items of a document, or why there are none.
#[derive(Debug)]
pub enum Gave {
    Items(Vec<Seen>),
    /// A draft, or no article: an item it gave before is withdrawn.
    Nothing,
    /// It could not be read: an item it gave before stays as it is.
    Unreadable,
}

/// An item and the date readers see → the feeds it is a member of, as (axis, name). A name below another is joined to
/// it by U+001F.
pub type Terms<'a> = dyn Fn(&Seen, Option<DateTime<Utc>>) -> Vec<(Axis, String)> + 'a;

/// How much of a source is shown, and how much at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Its newest items are shown; older ones stay known, so that they are never new again. None: all are shown.
    pub keep: Option<usize>,
    /// New items that are shown at once while somebody reads the feeds.
    pub max_new: MaxNew,
    /// All that is new or held back is shown, and a feed that became another one is taken in.
    pub accept: bool,
}

impl Limits {
    /// Everything is shown at once.
    pub const NONE: Limits = Limits { keep: None, max_new: MaxNew::Any, accept: false };
}

/// How much of a source one look shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What changed of it.
    Part,
    /// All documents it has.
    Whole,
    /// The one document it has, which is a feed: with another title and no entry that is known, it is another feed.
    OneFeed,
}

/// An item and its body, where that is at hand → what it can be known by as a duplicate.
pub type Measure<'a> = dyn Fn(&Item, Option<&str>) -> Likeness + 'a;

/// What a look at a source brought.
pub struct Harvest<'a> {
    pub source: SourceId,
    pub now: DateTime<Utc>,
    pub future: Future,
    /// Chunks of documents, in the order of the source.
    pub observations: &'a mut dyn Iterator<Item = Vec<Observation>>,
    /// Files that are no longer there; their items are withdrawn.
    pub gone: Vec<String>,
    /// Kept bodies of articles that are seen here are read again: the settings changed, not the files.
    pub forget_bodies: bool,
    pub extent: Extent,
    pub limits: Limits,
    /// The state of the source after this look.
    pub row: SourceRow,
    pub terms: &'a Terms<'a>,
}

/// How many items a harvest changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub new: u64,
    pub changed: u64,
    pub gone: u64,
    /// Items shown by now.
    pub total: u64,
    /// Items held back by now, and those of them that came with this look.
    pub held: u64,
    pub held_back: u64,
    /// Entries that are known items under other guids and links, many at once.
    pub rekeyed: u64,
    /// It has become another feed, found so for this number of looks; nothing was taken in.
    pub replaced: Option<u32>,
    /// Keys of new items whose id was taken by another item, so that they got one of our own.
    pub clashes: Vec<String>,
}

impl Changes {
    /// No item changed.
    pub fn none(&self) -> bool {
        (self.new, self.changed, self.gone) == (0, 0, 0)
    }
}

/// A feed as the state knows it.
#[derive(Debug, Clone)]
pub struct FeedRow {
    pub id: FeedId,
    pub axis: Axis,
    /// Folded.
    pub term: String,
    /// As shown; a name below another is joined to it by U+001F.
    pub name: String,
    /// Where it stands or once stood.
    pub folder: Option<String>,
    pub atom_id: Option<String>,
    /// It has files.
    pub published: bool,
    pub updated: i64,
    pub shown: i64,
    pub dirty: bool,
}

/// An item as a feed shows it.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: ItemId,
    pub item: Item,
    pub published: Option<i64>,
    pub updated: i64,
    pub expires: Option<i64>,
    pub sort: i64,
}

/// Where a member stands in its feed: newest first, equal dates by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Negative of the member's `sort`.
    pub sort: i64,
    pub id: String,
    /// Several sources may show one id.
    pub item: ItemId,
}

impl Member {
    pub fn place(&self) -> Place {
        Place { sort: self.sort.saturating_neg(), id: self.item.id.clone(), item: self.id }
    }
}

/// What is written down about a feed after its files were published.
#[derive(Debug, Clone)]
pub struct Published {
    pub feed: FeedId,
    /// It has files.
    pub published: bool,
    pub folder: Option<String>,
    pub atom_id: Option<String>,
    pub updated: i64,
    pub shown: i64,
    pub due: Option<i64>,
}

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub path: String,
    /// 0: index and manifest.
    pub feed: FeedId,
    pub sha256: String,
    pub stamp: i64,
}

/// A feed that published files show, for a state that was lost.
#[derive(Debug)]
pub struct RecoveredFeed {
    pub axis: Axis,
    /// A name below another is joined to it by U+001F.
    pub name: String,
    pub folder: String,
    pub atom_id: String,
    pub updated: i64,
    /// Indices into the recovered items.
    pub members: Vec<usize>,
    /// Its files: path and sha256.
    pub files: Vec<(String, String)>,
}

/// An item that published files show.
#[derive(Debug)]
pub struct RecoveredItem {
    pub item: Item,
    /// The configured source it came from, where the files tell.
    pub source: Option<String>,
    pub published: Option<i64>,
    pub updated: i64,
    pub body: Option<Content>,
}

/// The state, as the rest of the program sees it.
pub trait Store {
    /// A remembered fact.
    fn fact(&self, name: &str) -> Result<Option<String>, StateError>;
    fn set_fact(&mut self, name: &str, value: &str) -> Result<(), StateError>;

    /// The source's row; made when it is new.
    fn source(&mut self, name: &str, kind: &str, fingerprint: &str) -> Result<SourceRow, StateError>;
    /// All rows, by name.
    fn sources(&self) -> Result<Vec<SourceRow>, StateError>;
    /// Items that each source shows.
    fn item_counts(&self) -> Result<HashMap<SourceId, u64>, StateError>;
    /// Items that guards hold back, of each source that has some.
    fn held_counts(&self) -> Result<HashMap<SourceId, u64>, StateError>;
    /// Items that each source shows and that are members of some feed.
    fn member_counts(&self) -> Result<HashMap<SourceId, u64>, StateError>;
    /// A source shows items, and none of them is a member of any feed.
    fn is_left_out(&self, source: SourceId) -> Result<bool, StateError>;
    /// Items that wait for their date at `now`, of each source that has some.
    fn waiting_counts(&self, now: DateTime<Utc>) -> Result<HashMap<SourceId, u64>, StateError>;
    /// Brings what is shown of a source in line with its limits before a look at it: shows what was held back where that
    /// is accepted, and what another `keep` lets show. Gives the number of items that were held.
    fn apply_limits(&mut self, source: SourceId, limits: Limits, now: DateTime<Utc>) -> Result<u64, StateError>;
    /// Forgets sources that the config no longer has, by name and kind. Their items stay until `drop_forgotten`,
    /// so that a source under another name can claim them, or the same source when it comes back.
    fn forget_sources_except(&mut self, kept: &[(&str, &str)]) -> Result<(), StateError>;
    /// Writes the row of a source that was asked and gave nothing new, or failed.
    fn save_source(&mut self, row: &SourceRow) -> Result<(), StateError>;

    /// The local files of a source, by path.
    fn documents(&self, source: SourceId) -> Result<HashMap<String, DocumentRow>, StateError>;
    /// The warnings of its documents.
    fn document_warnings(&self, source: SourceId) -> Result<Vec<Warning>, StateError>;

    /// Takes in what a look at a source brought: ids are pinned, dates decided, members and dirty feeds noted.
    fn remember(&mut self, harvest: Harvest<'_>) -> Result<Changes, StateError>;
    /// Withdraws the items of forgotten sources that nobody claimed; gives their number.
    fn drop_forgotten(&mut self) -> Result<u64, StateError>;
    /// Withdraws articles that were taken back from published files and that no folder has. Of at least ten such articles
    /// more than half of all may not go unless `accept`; gives how many stayed for that reason.
    fn drop_unclaimed_articles(&mut self, accept: bool) -> Result<u64, StateError>;
    /// A file of a source could not be read when it was last looked at.
    fn is_unreadable(&self, source: &str, path: &str) -> Result<bool, StateError>;
    /// Makes all members anew with `terms`; used when the config asks for other feeds. Items are shown as
    /// `Seen` with their stored body.
    fn rebuild_members(&mut self, terms: &Terms<'_>, needs_text: bool, now: DateTime<Utc>) -> Result<(), StateError>;

    /// Makes sure that a feed exists though nothing is in it.
    fn ensure_feed(&mut self, axis: Axis, name: &str, now: DateTime<Utc>) -> Result<(), StateError>;
    /// Marks feeds that must be rendered though no item changed: all of them, or those of some files.
    fn mark_dirty(&mut self, feeds: Option<&[FeedId]>) -> Result<(), StateError>;
    /// All feeds, by axis and term; those whose time has come are dirty.
    fn feeds(&self, now: DateTime<Utc>) -> Result<Vec<FeedRow>, StateError>;
    /// The newest items of a feed, newest first, equal dates by id; none that is expired or not yet due, or published before `oldest`, or `left_out`;
    /// of items with one id that of the first source by name.
    fn members(
        &self,
        feed: FeedId,
        now: DateTime<Utc>,
        limit: usize,
        oldest: Option<i64>,
        left_out: &HashSet<ItemId>,
    ) -> Result<Vec<Member>, StateError>;
    /// Measures all items that are remembered, for feeds that merge duplicates; without `measure` forgets what was measured.
    fn measure_all(&mut self, measure: Option<&Measure<'_>>) -> Result<(), StateError>;
    /// The next members of a feed behind a place, also several with one id; else as `members`.
    fn members_behind(
        &self,
        feed: FeedId,
        now: DateTime<Utc>,
        oldest: Option<i64>,
        behind: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Member>, StateError>;
    /// Members of a feed that have a mark, as far as they can be seen at `now`; none if so many have it that it says nothing.
    fn carriers(&self, feed: FeedId, now: DateTime<Utc>, mark: Mark) -> Result<Vec<ItemId>, StateError>;
    /// Items with their marks.
    fn marked(&self, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError>;
    /// When the next of a feed's future items appears.
    fn next_future(&self, feed: FeedId, now: DateTime<Utc>) -> Result<Option<i64>, StateError>;
    /// Bodies that are at hand.
    fn bodies(&self, items: &[ItemId]) -> Result<HashMap<ItemId, Content>, StateError>;
    fn keep_bodies(&mut self, bodies: &[(ItemId, Content)]) -> Result<(), StateError>;

    /// Published files, by path.
    fn files(&self) -> Result<Vec<FileRow>, StateError>;
    /// Pins folders, ids and dates of feeds before their files appear; afterwards it stands on the disk whatever happens.
    fn pin(&mut self, rendered: &[Published]) -> Result<(), StateError>;
    /// Notes files that are in place, files that are gone, and feeds that are clean now.
    fn note_files(&mut self, files: &[FileRow], removed: &[String], clean: &[FeedId]) -> Result<(), StateError>;

    /// Fills an empty state with what published files show, in one step. `sources` are name and kind.
    fn recover(
        &mut self,
        sources: &[(&str, &str)],
        feeds: Vec<RecoveredFeed>,
        items: Vec<RecoveredItem>,
        now: DateTime<Utc>,
    ) -> Result<(), StateError>;
    /// No source, item or feed was ever written.
    fn is_empty(&self) -> Result<bool, StateError>;
}

#[cfg(test)]
mod conformance;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_does_what_any_store_must() {
        conformance::check(&|| Box::new(SqliteStore::in_memory().unwrap()));
    }

    #[test]
    fn a_file_that_is_no_sound_state_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        drop(SqliteStore::open(&path).unwrap());
        let good = std::fs::read(&path).unwrap();
        let mut newer = good.clone();
        newer[60..64].copy_from_slice(&99u32.to_be_bytes());
        let mut foreign = good.clone();
        foreign[68..72].copy_from_slice(&7u32.to_be_bytes());
        let mut torn = good.clone();
        torn[4096..4196].fill(0xff);
        let cases: [(&str, &[u8]); 6] = [
            ("empty", b""),
            ("no database", b"not a database, certainly not one of ours, whatever it may be called"),
            ("cut off", &good[..good.len() / 2]),
            ("newer", &newer),
            ("foreign", &foreign),
            ("damaged inside", &torn),
        ];
        for (name, bytes) in cases {
            std::fs::write(&path, bytes).unwrap();
            let refused = SqliteStore::open(&path);
            assert!(matches!(refused, Err(StateError::Damaged { .. } | StateError::Newer { .. })), "{name}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}: left as it was");
        }
        std::fs::write(&path, &good).unwrap();
        assert!(SqliteStore::open(&path).is_ok());
    }

    #[test]
    fn a_state_of_the_first_version_is_brought_forward() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let schema = |path: &std::path::Path| -> Vec<(String, String)> {
            let db = rusqlite::Connection::open(path).unwrap();
            let mut columns = db
                .prepare(
                    "SELECT m.name, group_concat(c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk)
                     FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c GROUP BY m.name ORDER BY m.name",
                )
                .unwrap();
            let rows = columns.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?)));
            rows.unwrap().map(|row| row.map(|(name, columns)| (name, columns.unwrap_or_default())).unwrap()).collect()
        };
        drop(SqliteStore::open(&path).unwrap());
        let whole = schema(&path);
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch(
            "DROP TABLE marks; DROP TABLE likeness; DROP TABLE aliases; DROP INDEX items_of_feeds; DROP INDEX items_not_shown;
             ALTER TABLE items DROP COLUMN standing; ALTER TABLE sources DROP COLUMN memory;
             INSERT INTO sources (name, kind, fingerprint) VALUES ('posts', 'articles', 'f'); PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(db);
        assert!(matches!(SqliteStore::open_read_only(&path), Err(StateError::Older { .. })), "looking changes nothing");
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.sources().unwrap()[0].name, "posts");
        drop(store);
        assert_eq!(schema(&path), whole);
        assert!(SqliteStore::open_read_only(&path).is_ok());
    }
}
