//! Which item is a member of which feed. Collected while items are taken in, and written at the end, in the order of
//! the tables.

use super::guard::SHOWN;
use super::ledger::FORGOTTEN;
use super::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Stands between a name and the one it is below.
const NESTED: char = '\u{1f}';

/// The form under which spellings of a term are one.
pub(super) fn fold(name: &str) -> String {
    name.split(NESTED).map(crate::normalize::term::fold).collect::<Vec<_>>().join("\u{1f}")
}

/// A membership as the table has it: feed, negative sort key, item.
type Row = (FeedId, i64, ItemId);

pub(super) struct Members<'a> {
    db: &'a Connection,
    now: i64,
    /// Axis → name as written → spelling, feed; as far as they were asked for.
    by_name: HashMap<Axis, HashMap<String, (i64, FeedId)>>,
    feed_of: HashMap<i64, FeedId>,
    added: Vec<Row>,
    /// Taken away again before they were written.
    taken_back: HashSet<Row>,
    uses: BTreeMap<i64, i64>,
    dirty: BTreeSet<FeedId>,
}

impl<'a> Members<'a> {
    pub(super) fn new(db: &'a Connection, now: i64) -> Self {
        Self {
            db,
            now,
            by_name: HashMap::new(),
            feed_of: HashMap::new(),
            added: Vec::new(),
            taken_back: HashSet::new(),
            uses: BTreeMap::new(),
            dirty: BTreeSet::new(),
        }
    }

    /// The spelling of each term, made where it is new; terms that are one by folding count once.
    pub(super) fn spell(&mut self, terms: Vec<(Axis, String)>) -> Result<Vec<i64>, StateError> {
        let mut spellings = Vec::with_capacity(terms.len());
        let mut seen = Vec::with_capacity(terms.len());
        for (axis, name) in terms {
            let (spelling, feed) = match self.by_name.get(&axis).and_then(|names| names.get(&name)) {
                Some(found) => *found,
                None => self.look_up(axis, name)?,
            };
            if !seen.contains(&feed) {
                seen.push(feed);
                spellings.push(spelling);
            }
        }
        Ok(spellings)
    }

    fn look_up(&mut self, axis: Axis, name: String) -> Result<(i64, FeedId), StateError> {
        let term = fold(&name);
        let mut find = self.db.prepare_cached("SELECT feed FROM feeds WHERE axis = ?1 AND term = ?2")?;
        let known = find.query_row([axis.as_str(), term.as_str()], |row| row.get(0)).optional()?;
        let feed: FeedId = match known {
            Some(feed) => feed,
            None => {
                self.db
                    .prepare_cached("INSERT INTO feeds (axis, term, name, updated) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![axis.as_str(), term, name, self.now])?;
                self.db.last_insert_rowid()
            }
        };
        let spelling = self.spelling(feed, &name)?;
        self.by_name.entry(axis).or_default().insert(name, (spelling, feed));
        Ok((spelling, feed))
    }

    /// The number of a spelling of a feed's term, made where it is new.
    pub(super) fn spelling(&mut self, feed: FeedId, name: &str) -> Result<i64, StateError> {
        let mut find = self.db.prepare_cached("SELECT spelling FROM spellings WHERE feed = ?1 AND name = ?2")?;
        let known = find.query_row(params![feed, name], |row| row.get(0)).optional()?;
        let spelling = match known {
            Some(spelling) => spelling,
            None => {
                self.db
                    .prepare_cached("INSERT INTO spellings (feed, name, uses) VALUES (?1, ?2, 0)")?
                    .execute(params![feed, name])?;
                self.db.last_insert_rowid()
            }
        };
        self.feed_of.insert(spelling, feed);
        Ok(spelling)
    }

    fn feed(&mut self, spelling: i64) -> Result<Option<FeedId>, StateError> {
        if let Some(feed) = self.feed_of.get(&spelling) {
            return Ok(Some(*feed));
        }
        let mut find = self.db.prepare_cached("SELECT feed FROM spellings WHERE spelling = ?1")?;
        let feed = find.query_row([spelling], |row| row.get(0)).optional()?;
        if let Some(feed) = feed {
            self.feed_of.insert(spelling, feed);
        }
        Ok(feed)
    }

    pub(super) fn add(&mut self, item: ItemId, sort: i64, spellings: &[i64]) -> Result<(), StateError> {
        for spelling in spellings {
            *self.uses.entry(*spelling).or_default() += 1;
            if let Some(feed) = self.feed(*spelling)? {
                let row = (feed, -sort, item);
                self.taken_back.remove(&row);
                self.added.push(row);
                self.dirty.insert(feed);
            }
        }
        Ok(())
    }

    /// Adds what was removed, by what the item remembers of it.
    pub(super) fn add_back(&mut self, item: ItemId, sort: i64, spellings: &str) -> Result<(), StateError> {
        self.add(item, sort, &numbers(spellings).collect::<Vec<_>>())
    }

    pub(super) fn remove(&mut self, item: ItemId, sort: i64, spellings: &str) -> Result<(), StateError> {
        for spelling in numbers(spellings) {
            *self.uses.entry(spelling).or_default() -= 1;
            if let Some(feed) = self.feed(spelling)? {
                let row = (feed, -sort, item);
                let deleted = self
                    .db
                    .prepare_cached("DELETE FROM members WHERE feed = ?1 AND sort = ?2 AND item = ?3")?
                    .execute(params![row.0, row.1, row.2])?;
                if deleted == 0 {
                    self.taken_back.insert(row);
                }
                self.dirty.insert(feed);
            }
        }
        Ok(())
    }

    /// Marks the feeds of an item that changed without moving.
    pub(super) fn touch(&mut self, spellings: &str) -> Result<(), StateError> {
        for spelling in numbers(spellings) {
            let feed = self.feed(spelling)?;
            self.dirty.extend(feed);
        }
        Ok(())
    }

    pub(super) fn write(mut self) -> Result<(), StateError> {
        self.added.sort_unstable();
        self.added.dedup();
        let mut insert = self.db.prepare("INSERT OR IGNORE INTO members (feed, sort, item) VALUES (?1, ?2, ?3)")?;
        for row in self.added.iter().filter(|row| !self.taken_back.contains(*row)) {
            insert.execute([row.0, row.1, row.2])?;
        }
        let mut renamed: BTreeSet<FeedId> = BTreeSet::new();
        let mut count = self.db.prepare("UPDATE spellings SET uses = uses + ?2 WHERE spelling = ?1")?;
        for (spelling, uses) in self.uses.iter().filter(|(_, uses)| **uses != 0) {
            count.execute([spelling, uses])?;
            renamed.extend(self.feed_of.get(spelling));
        }
        // The spelling most items use is shown; of equals the first in order, so that no order of reading matters.
        let mut rename = self.db.prepare(
            "UPDATE feeds SET name = (SELECT name FROM spellings s WHERE s.feed = feeds.feed ORDER BY uses DESC, name LIMIT 1)
             WHERE feed = ?1 AND EXISTS (SELECT 1 FROM spellings s WHERE s.feed = feeds.feed AND uses > 0)",
        )?;
        for feed in renamed {
            rename.execute([feed])?;
        }
        let mut dirty = self.db.prepare("UPDATE feeds SET dirty = 1 WHERE feed = ?1 AND dirty = 0")?;
        for feed in &self.dirty {
            dirty.execute([feed])?;
        }
        Ok(())
    }
}

/// Makes all members anew from the stored items.
pub(super) fn rebuild(db: &Connection, terms: &Terms<'_>, needs_text: bool, now: i64) -> Result<(), StateError> {
    db.execute_batch("DELETE FROM members; DELETE FROM spellings; UPDATE feeds SET dirty = 1;")?;
    let mut members = Members::new(db, now);
    let mut select =
        db.prepare("SELECT item, data, published, sort, standing, source, spellings FROM items ORDER BY item")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (item, data): (ItemId, String) = (row.get(0)?, row.get(1)?);
        let (source, before): (SourceId, String) = (row.get(5)?, row.get(6)?);
        if source == FORGOTTEN && before.is_empty() {
            // The rules that left it out went with its source.
            continue;
        }
        let published: Option<i64> = row.get(2)?;
        let text = if needs_text {
            db.prepare_cached("SELECT html FROM bodies WHERE item = ?1")?
                .query_row([item], |row| row.get::<_, String>(0))
                .optional()?
        } else {
            None
        };
        let seen = Seen { item: serde_json::from_str(&data)?, hash: [0; 16], body: None, text, likeness: None };
        let spellings = members.spell(terms(&seen, published.and_then(|date| DateTime::from_timestamp(date, 0))))?;
        if row.get::<_, i64>(4)? == SHOWN {
            members.add(item, row.get(3)?, &spellings)?;
        }
        db.prepare_cached("UPDATE items SET spellings = ?2 WHERE item = ?1")?
            .execute(params![item, join(&spellings)])?;
    }
    drop(rows);
    members.write()
}

fn numbers(list: &str) -> impl Iterator<Item = i64> {
    list.split(',').filter_map(|number| number.parse().ok())
}

pub(super) fn join(spellings: &[i64]) -> String {
    let mut text = String::with_capacity(spellings.len() * 4);
    for (index, spelling) in spellings.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&spelling.to_string());
    }
    text
}
