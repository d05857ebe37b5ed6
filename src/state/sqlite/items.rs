//! The ledger: which item a source shows us, under which permanent id and dates, and which feeds it belongs to.

use super::recover::UNCLAIMED;
use super::*;
use std::collections::{BTreeMap, HashSet};

/// The sort key of articles that had no date when their source was first read: after all dated ones.
pub(super) const UNDATED: i64 = -(1 << 50);

/// Bits of `documents.article`.
pub(super) const GAVE_ITEM: i64 = 1;
pub(super) const UNREADABLE: i64 = 2;

/// The form under which spellings of a term are one.
pub(super) fn fold(name: &str) -> String {
    name.split(NESTED).map(crate::normalize::term::fold).collect::<Vec<_>>().join("\u{1f}")
}

/// Stands between a name and the one it is below.
const NESTED: char = '\u{1f}';

/// A row of the ledger, as far as decisions need it.
struct Known {
    item: ItemId,
    source: SourceId,
    key: String,
    id: String,
    first_seen: i64,
    published: Option<i64>,
    updated: i64,
    sort: i64,
    hash: Option<Vec<u8>>,
    spellings: String,
    data: String,
    shown_from: Option<i64>,
}

const COLUMNS: &str = "item, source, key, id, first_seen, published, updated, sort, hash, spellings, data, shown_from";

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        item: row.get(0)?,
        source: row.get(1)?,
        key: row.get(2)?,
        id: row.get(3)?,
        first_seen: row.get(4)?,
        published: row.get(5)?,
        updated: row.get(6)?,
        sort: row.get(7)?,
        hash: row.get(8)?,
        spellings: row.get(9)?,
        data: row.get(10)?,
        shown_from: row.get(11)?,
    })
}

pub(super) fn keep_body(db: &Connection, item: ItemId, body: &Content) -> Result<(), StateError> {
    db.prepare_cached("INSERT OR REPLACE INTO bodies (item, html, summary) VALUES (?1, ?2, ?3)")?.execute(params![
        item,
        body.html,
        body.summary
    ])?;
    Ok(())
}

/// Collects what happens to members, so that it is written once and in the order of the tables.
pub(super) struct Members<'a> {
    db: &'a Connection,
    now: i64,
    /// Axis → name as written → spelling, feed.
    by_name: HashMap<Axis, HashMap<String, (i64, FeedId)>>,
    feed_of: HashMap<i64, FeedId>,
    added: Vec<(FeedId, i64, ItemId)>,
    uses: BTreeMap<i64, i64>,
    dirty: HashSet<FeedId>,
}

impl<'a> Members<'a> {
    pub(super) fn load(db: &'a Connection, now: i64) -> Result<Self, StateError> {
        let mut members = Self {
            db,
            now,
            by_name: HashMap::new(),
            feed_of: HashMap::new(),
            added: Vec::new(),
            uses: BTreeMap::new(),
            dirty: HashSet::new(),
        };
        let mut statement =
            db.prepare("SELECT s.spelling, s.feed, f.axis, s.name FROM spellings s JOIN feeds f USING (feed)")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        })?;
        for row in rows {
            let (spelling, feed, axis, name) = row?;
            members.feed_of.insert(spelling, feed);
            if let Some(axis) = feeds::axis(&axis) {
                members.by_name.entry(axis).or_default().insert(name, (spelling, feed));
            }
        }
        Ok(members)
    }

    /// The spelling of each term, made where it is new; terms that are one by folding count once.
    fn spell(&mut self, terms: Vec<(Axis, String)>) -> Result<Vec<i64>, StateError> {
        let mut spellings = Vec::with_capacity(terms.len());
        let mut seen = Vec::with_capacity(terms.len());
        for (axis, name) in terms {
            let (spelling, feed) = match self.by_name.get(&axis).and_then(|names| names.get(&name)) {
                Some(found) => *found,
                None => self.add_spelling(axis, name)?,
            };
            if !seen.contains(&feed) {
                seen.push(feed);
                spellings.push(spelling);
            }
        }
        Ok(spellings)
    }

    fn add_spelling(&mut self, axis: Axis, name: String) -> Result<(i64, FeedId), StateError> {
        let term = fold(&name);
        self.db
            .prepare_cached(
                "INSERT INTO feeds (axis, term, name, updated) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![axis.as_str(), term, name, self.now])?;
        let feed: FeedId = self
            .db
            .prepare_cached("SELECT feed FROM feeds WHERE axis = ?1 AND term = ?2")?
            .query_row(params![axis.as_str(), term], |row| row.get(0))?;
        self.db
            .prepare_cached("INSERT INTO spellings (feed, name, uses) VALUES (?1, ?2, 0)")?
            .execute(params![feed, name])?;
        let spelling = self.db.last_insert_rowid();
        self.by_name.entry(axis).or_default().insert(name, (spelling, feed));
        self.feed_of.insert(spelling, feed);
        Ok((spelling, feed))
    }

    pub(super) fn add(&mut self, item: ItemId, sort: i64, spellings: &[i64]) {
        for spelling in spellings {
            *self.uses.entry(*spelling).or_default() += 1;
            if let Some(feed) = self.feed_of.get(spelling) {
                self.added.push((*feed, -sort, item));
                self.dirty.insert(*feed);
            }
        }
    }

    fn remove(&mut self, item: ItemId, sort: i64, spellings: &str) -> Result<(), StateError> {
        for spelling in numbers(spellings) {
            *self.uses.entry(spelling).or_default() -= 1;
            if let Some(feed) = self.feed_of.get(&spelling) {
                self.db
                    .prepare_cached("DELETE FROM members WHERE feed = ?1 AND sort = ?2 AND item = ?3")?
                    .execute(params![feed, -sort, item])?;
                self.dirty.insert(*feed);
            }
        }
        Ok(())
    }

    fn touch(&mut self, spellings: &str) {
        for spelling in numbers(spellings) {
            self.dirty.extend(self.feed_of.get(&spelling));
        }
    }

    pub(super) fn write(mut self) -> Result<(), StateError> {
        self.added.sort_unstable();
        let mut insert = self.db.prepare("INSERT OR IGNORE INTO members (feed, sort, item) VALUES (?1, ?2, ?3)")?;
        for (feed, sort, item) in &self.added {
            insert.execute([feed, sort, item])?;
        }
        let mut renamed: HashSet<FeedId> = HashSet::new();
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

fn numbers(list: &str) -> impl Iterator<Item = i64> {
    list.split(',').filter_map(|number| number.parse().ok())
}

pub(super) fn join(spellings: &[i64]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(spellings.len() * 4);
    for (index, spelling) in spellings.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{spelling}");
    }
    text
}

/// The dates readers see, and where they put the item.
struct Dates {
    published: Option<i64>,
    updated: i64,
    sort: i64,
    shown_from: Option<i64>,
}

/// Decides the dates of an item; `known` is what was decided before, `edited` whether a reader would see a change.
fn dates(seen: &Seen, known: Option<&Known>, edited: bool, future: Future, first_look: bool, now: i64) -> Dates {
    let stated = seen.item.published.map(|date| date.timestamp());
    let first_seen = known.map_or(now, |known| known.first_seen);
    // A date that was ahead at first sight stays what it was put to, also when its time has come: nothing is new then.
    let was_ahead = |date: i64| {
        known.is_some_and(|known| date > first_seen && known.published == Some(first_seen) && known.stated() == stated)
    };
    let ahead = stated.is_some_and(|date| date > now || (future == Future::Clamp && was_ahead(date)));
    let published = match (stated, known) {
        (Some(_), Some(known)) if ahead && future == Future::Clamp => Some(known.published.unwrap_or(first_seen)),
        (Some(_), None) if ahead && future == Future::Clamp => Some(now),
        (Some(date), _) => Some(date),
        // A date once given to an undated item stays.
        (None, Some(known)) => known.published,
        (None, None) => (!first_look).then_some(now),
    };
    let stated_update = seen.item.updated.map(|date| date.timestamp()).filter(|date| *date <= now);
    let kept = known.map_or(published.unwrap_or(now), |known| known.updated);
    let updated = match stated_update {
        Some(date) => date,
        // A clock that was set back does not take a date back.
        None if edited => now.max(kept),
        None => kept,
    };
    let updated = updated.max(published.unwrap_or(updated));
    Dates {
        published,
        updated,
        sort: published.unwrap_or(UNDATED),
        shown_from: published.filter(|date| *date > now && future == Future::Hold),
    }
}

/// What is needed to find out which known item a new sight is.
struct Ledger<'a> {
    db: &'a Connection,
    source: SourceId,
    /// Items of vanished files; a file that appears may be one of them under another name.
    vanished: Vec<Known>,
    /// Whether anything waits to be claimed after a recovery.
    unclaimed: bool,
    /// No other source has items, so ids cannot collide across sources.
    alone: bool,
    /// Kept bodies of articles are read again though their files are as they were.
    forget_bodies: bool,
    /// Files that could not be read the last time: a feed may have gone without their items.
    unreadable: HashSet<String>,
    /// The file at hand is one of them.
    mended: bool,
    /// Items already matched in this look.
    touched: HashSet<ItemId>,
    /// What this look has brought so far, while the source is new: then the table need not be asked.
    fresh: Option<Fresh>,
}

#[derive(Default)]
struct Fresh {
    keys: HashSet<String>,
    ids: HashSet<String>,
}

impl Ledger<'_> {
    fn one(&self, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Known>, StateError> {
        let mut statement =
            self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM items WHERE {condition} ORDER BY item"))?;
        let rows = statement.query_map(values, known)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The item that `seen` is, under whatever key it was known: same key, else same id, same link and title,
    /// or a vanished file's.
    fn find(&mut self, seen: &Seen) -> Result<Option<Known>, StateError> {
        let item = &seen.item;
        let first = self.fresh.as_mut().is_some_and(|fresh| fresh.keys.insert(item.key.clone()));
        if !first && let Some(found) = self.one("source = ?1 AND key = ?2", &[&self.source, &item.key])?.pop() {
            return Ok(Some(found));
        }
        let alike = |known: &Known| {
            known.id == item.id
                || (seen.link_key.is_some() && known.link_key() == seen.link_key)
                || known.hash.as_deref() == Some(&seen.hash)
        };
        if let Some(index) = self.vanished.iter().position(alike) {
            return Ok(Some(self.vanished.swap_remove(index)));
        }
        if self.fresh.is_none() {
            let same = self.one("source = ?1 AND id = ?2", &[&self.source, &item.id])?;
            // Files are told apart by their paths: two files with one id are two items.
            if let Some(found) = same.into_iter().find(|known| !known.is_file() && !self.touched.contains(&known.item))
            {
                return Ok(Some(found));
            }
            if seen.body.is_some() && seen.link_key.is_some() && !item.title.is_empty() {
                // A guid that changed: the same link under the same title is the same item, where that is plain.
                let mut linked = self.one("source = ?1 AND link_key = ?2", &[&self.source, &seen.link_key])?;
                linked.retain(|known| !self.touched.contains(&known.item) && known.title() == item.title);
                if linked.len() == 1 {
                    return Ok(linked.pop());
                }
            }
        }
        if self.unclaimed {
            let mut candidates = self.one("source = ?1 AND id = ?2", &[&UNCLAIMED, &item.id])?;
            if candidates.is_empty() && seen.link_key.is_some() {
                candidates = self.one("source = ?1 AND link_key = ?2", &[&UNCLAIMED, &seen.link_key])?;
            }
            if candidates.is_empty() && !item.title.is_empty() {
                let date = item.published.map(|date| date.timestamp());
                candidates = self.one(
                    "source = ?1 AND published IS ?2 AND json_extract(data, '$.title') = ?3",
                    &[&UNCLAIMED, &date, &item.title],
                )?;
            }
            if candidates.len() == 1 {
                return Ok(candidates.pop());
            }
        }
        Ok(None)
    }

    /// The id a new item gets: its candidate, unless that is taken by something else.
    fn free_id(&mut self, seen: &Seen) -> Result<String, StateError> {
        let candidate = &seen.item.id;
        let taken = match &mut self.fresh {
            Some(fresh) if self.alone => !fresh.ids.insert(candidate.clone()),
            fresh => {
                let own_taken = fresh.as_mut().is_some_and(|fresh| !fresh.ids.insert(candidate.clone()));
                let others = self.one("id = ?1 AND source <> ?2", &[candidate, &UNCLAIMED])?;
                // Another source with the same id and the same link shows the same item.
                let same = |known: &Known| {
                    known.source != self.source && seen.link_key.is_some() && known.link_key() == seen.link_key
                };
                own_taken || others.iter().any(|known| !same(known))
            }
        };
        if !taken {
            return Ok(candidate.clone());
        }
        Ok(crate::normalize::id::made(&seen.item.source, &format!("{candidate}\n{}", seen.item.key)))
    }
}

impl Known {
    /// The key is a path in a folder of articles, not something a feed said.
    fn is_file(&self) -> bool {
        serde_json::from_str::<Item>(&self.data).is_ok_and(|item| item.origin.is_none())
    }

    /// The date its author gave when it was last seen.
    fn stated(&self) -> Option<i64> {
        serde_json::from_str::<Item>(&self.data).ok()?.published.map(|date| date.timestamp())
    }

    /// When the feed it came from was last changed, as its item says.
    fn origin_updated(&self) -> Option<DateTime<Utc>> {
        serde_json::from_str::<Item>(&self.data).ok()?.origin?.updated
    }

    fn title(&self) -> String {
        serde_json::from_str::<Item>(&self.data).map(|item| item.title).unwrap_or_default()
    }

    /// Canonical link. Not a column for articles: only few items are ever compared, and articles come by the hundred thousand.
    fn link_key(&self) -> Option<String> {
        let item: Item = serde_json::from_str(&self.data).ok()?;
        item.link.as_deref().map(crate::normalize::link::canonical)
    }
}

fn unreadable(db: &Connection, source: SourceId) -> Result<HashSet<String>, StateError> {
    let mut statement = db.prepare("SELECT path FROM documents WHERE source = ?1 AND article >= ?2")?;
    let paths = statement.query_map(params![source, UNREADABLE], |row| row.get(0))?;
    Ok(paths.collect::<Result<_, _>>()?)
}

pub(super) fn remember(db: &Connection, harvest: Harvest<'_>) -> Result<Changes, StateError> {
    let now = harvest.now.timestamp();
    let source = harvest.source;
    let exists = |sql: &str| -> Result<bool, StateError> { Ok(db.query_row(sql, [source], |row| row.get(0))?) };
    let fresh = !exists("SELECT EXISTS (SELECT 1 FROM items WHERE source = ?1)")?;
    let first_look = !exists("SELECT succeeded IS NOT NULL FROM sources WHERE source = ?1")?;
    let mut ledger = Ledger {
        db,
        source,
        vanished: Vec::new(),
        unclaimed: exists("SELECT EXISTS (SELECT 1 FROM items WHERE source = 0 AND ?1 = ?1)")?,
        alone: !exists("SELECT EXISTS (SELECT 1 FROM items WHERE source <> ?1)")?,
        forget_bodies: harvest.forget_bodies,
        unreadable: unreadable(db, source)?,
        mended: false,
        touched: HashSet::new(),
        fresh: fresh.then(Fresh::default),
    };
    for path in &harvest.gone {
        let found = ledger.one("source = ?1 AND key = ?2", &[&source, path])?;
        ledger.vanished.extend(found);
    }
    let mut members = Members::load(db, now)?;
    let mut changes = Changes::default();
    for chunk in harvest.observations {
        for observation in chunk {
            let mut article = 0;
            ledger.mended = observation.document.as_ref().is_some_and(|(path, _)| ledger.unreadable.contains(path));
            match observation.gave {
                Gave::Items(list) => {
                    for seen in list {
                        article = GAVE_ITEM;
                        take_in(
                            &mut ledger,
                            &mut members,
                            &mut changes,
                            seen,
                            harvest.future,
                            first_look,
                            now,
                            harvest.terms,
                        )?;
                    }
                }
                Gave::Nothing => {
                    if let Some((path, _)) = &observation.document
                        && let Some(found) = ledger.one("source = ?1 AND key = ?2", &[&source, path])?.pop()
                    {
                        withdraw(db, &mut members, &found)?;
                        changes.gone += 1;
                    }
                }
                Gave::Unreadable => {
                    if let Some((path, _)) = &observation.document {
                        let before = ledger.one("source = ?1 AND key = ?2", &[&source, path])?;
                        article = if before.is_empty() { UNREADABLE } else { UNREADABLE | GAVE_ITEM };
                    }
                }
            }
            if let Some((path, stamp)) = observation.document {
                db.prepare_cached("INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                    source,
                    path,
                    stamp,
                    article,
                    warnings_to(&observation.warnings)?
                ])?;
            }
        }
    }
    for vanished in std::mem::take(&mut ledger.vanished) {
        withdraw(db, &mut members, &vanished)?;
        changes.gone += 1;
    }
    for path in &harvest.gone {
        db.prepare_cached("DELETE FROM documents WHERE source = ?1 AND path = ?2")?.execute(params![source, path])?;
    }
    tracing::debug!("{changes:?}, members to be written");
    members.write()?;
    tracing::debug!("members written");
    let mut row = harvest.row;
    if changes != Changes::default() {
        row.changed = Some(now);
    }
    save_source(db, &row)?;
    let total: i64 = db.query_row("SELECT count(*) FROM items WHERE source = ?1", [source], |row| row.get(0))?;
    changes.total = u64::try_from(total).unwrap_or(0);
    Ok(changes)
}

#[allow(clippy::too_many_arguments)]
fn take_in(
    ledger: &mut Ledger<'_>,
    members: &mut Members<'_>,
    changes: &mut Changes,
    mut seen: Seen,
    future: Future,
    first_look: bool,
    now: i64,
    terms: &Terms<'_>,
) -> Result<(), StateError> {
    let db = ledger.db;
    let found = ledger.find(&seen)?;
    let edited = found.as_ref().is_some_and(|known| known.hash.as_deref().is_some_and(|hash| hash != seen.hash));
    let dates = dates(&seen, found.as_ref(), edited, future, first_look, now);
    let spellings = members.spell(terms(&seen, dates.published.and_then(|date| DateTime::from_timestamp(date, 0))))?;
    let spelled = join(&spellings);
    seen.item.id = match &found {
        Some(known) => known.id.clone(),
        None => ledger.free_id(&seen)?,
    };
    if let (Some(known), false, Some(origin)) = (&found, edited, &mut seen.item.origin) {
        // Feeds carry a new date with every answer; the item is a copy from the time it was last changed.
        origin.updated = known.origin_updated();
    }
    let item = &seen.item;
    let data = serde_json::to_string(item)?;
    let expires = item.expires.map(|date| date.timestamp());
    let link_key = seen.link_key.as_ref().filter(|_| seen.body.is_some());
    let row_id = match found {
        Some(known) => {
            ledger.touched.insert(known.item);
            let moved = known.sort != dates.sort || known.spellings != spelled;
            let same = !moved
                && known.source == ledger.source
                && known.key == item.key
                && known.data == data
                && known.published == dates.published
                && known.updated == dates.updated
                && known.shown_from == dates.shown_from
                && known.hash.as_deref() == Some(&seen.hash);
            if same {
                if ledger.forget_bodies && seen.body.is_none() {
                    db.prepare_cached("DELETE FROM bodies WHERE item = ?1")?.execute([known.item])?;
                }
                if ledger.forget_bodies || ledger.mended {
                    members.touch(&known.spellings);
                }
                return Ok(());
            }
            if moved {
                members.remove(known.item, known.sort, &known.spellings)?;
                members.add(known.item, dates.sort, &spellings);
            } else {
                members.touch(&known.spellings);
            }
            if known.source == UNCLAIMED {
                changes.new += 1;
            } else {
                changes.changed += 1;
            }
            db.prepare_cached(
                "UPDATE items SET source = ?2, key = ?3, link_key = ?4, published = ?5, updated = ?6, sort = ?7,
                 shown_from = ?8, expires = ?9, hash = ?10, spellings = ?11, data = ?12 WHERE item = ?1",
            )?
            .execute(params![
                known.item,
                ledger.source,
                item.key,
                link_key,
                dates.published,
                dates.updated,
                dates.sort,
                dates.shown_from,
                expires,
                &seen.hash[..],
                spelled,
                data
            ])?;
            if seen.body.is_none() {
                db.prepare_cached("DELETE FROM bodies WHERE item = ?1")?.execute([known.item])?;
            }
            known.item
        }
        None => {
            db.prepare_cached(
                "INSERT INTO items (source, key, id, link_key, first_seen, published, updated, sort, shown_from, expires,
                 hash, spellings, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                ledger.source,
                item.key,
                item.id,
                link_key,
                now,
                dates.published,
                dates.updated,
                dates.sort,
                dates.shown_from,
                expires,
                &seen.hash[..],
                spelled,
                data
            ])?;
            let row_id = db.last_insert_rowid();
            ledger.touched.insert(row_id);
            members.add(row_id, dates.sort, &spellings);
            changes.new += 1;
            row_id
        }
    };
    if let Some(body) = &seen.body {
        keep_body(db, row_id, body)?;
    }
    if !ledger.alone {
        settle_duplicates(db, members, &item.id)?;
    }
    Ok(())
}

/// Of several sources that show one id the first by name is seen, whatever the order they were read in.
fn settle_duplicates(db: &Connection, members: &mut Members<'_>, id: &str) -> Result<(), StateError> {
    let mut statement = db.prepare_cached(
        "SELECT item, hidden, spellings FROM items LEFT JOIN sources USING (source) WHERE id = ?1 AND source <> 0 ORDER BY name, key",
    )?;
    let rows = statement
        .query_map([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, String>(2)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (index, (item, hidden, spellings)) in rows.iter().enumerate() {
        if *hidden != (index > 0) {
            db.prepare_cached("UPDATE items SET hidden = ?2 WHERE item = ?1")?.execute(params![item, index > 0])?;
            members.touch(spellings);
        }
    }
    Ok(())
}

fn withdraw(db: &Connection, members: &mut Members<'_>, known: &Known) -> Result<(), StateError> {
    members.remove(known.item, known.sort, &known.spellings)?;
    db.prepare_cached("DELETE FROM items WHERE item = ?1")?.execute([known.item])?;
    db.prepare_cached("DELETE FROM bodies WHERE item = ?1")?.execute([known.item])?;
    settle_duplicates(db, members, &known.id)
}

/// Withdraws all items of a source; gives their number.
pub(super) fn withdraw_source(db: &Connection, source: SourceId, now: i64) -> Result<u64, StateError> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM items WHERE source = ?1"))?;
    let all = statement.query_map([source], known)?.collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() {
        return Ok(0);
    }
    let mut members = Members::load(db, now)?;
    for known in &all {
        withdraw(db, &mut members, known)?;
    }
    members.write()?;
    Ok(all.len() as u64)
}

/// Makes all members anew from the stored items.
pub(super) fn rebuild_members(
    db: &Connection,
    terms: &Terms<'_>,
    needs_text: bool,
    now: i64,
) -> Result<(), StateError> {
    db.execute_batch("DELETE FROM members; DELETE FROM spellings; UPDATE feeds SET dirty = 1;")?;
    let mut members = Members::load(db, now)?;
    let mut select = db.prepare(&format!("SELECT {COLUMNS} FROM items WHERE source <> {UNCLAIMED} ORDER BY item"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let known = known(row)?;
        let text = if needs_text {
            db.prepare_cached("SELECT html FROM bodies WHERE item = ?1")?
                .query_row([known.item], |row| row.get::<_, String>(0))
                .optional()?
        } else {
            None
        };
        let seen = Seen { item: serde_json::from_str(&known.data)?, hash: [0; 16], link_key: None, body: None, text };
        let published = known.published.and_then(|date| DateTime::from_timestamp(date, 0));
        let spellings = members.spell(terms(&seen, published))?;
        members.add(known.item, known.sort, &spellings);
        db.prepare_cached("UPDATE items SET spellings = ?2 WHERE item = ?1")?
            .execute(params![known.item, join(&spellings)])?;
    }
    drop(rows);
    members.write()
}
