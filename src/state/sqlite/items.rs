//! Items as they are taken in, withdrawn, and made members of feeds.

use super::guard::{self, Arrival, CUT, SHOWN};
use super::identify::Sight;
use super::ledger::{self, Dates, Known, Ledger};
use super::members::{Members, join};
use super::memory::Memory;
use super::owners::withdraw;
use super::*;
use std::collections::HashSet;

/// Bits of `documents.article`.
pub(super) const GAVE_ITEM: i64 = 1;
pub(super) const UNREADABLE: i64 = 2;

/// Clashes of ids that are told of one look.
const MAX_CLASHES: usize = 20;
/// Former keys that are remembered of an item.
const MAX_ALIASES: i64 = 4;

/// One look at a source, while its items are taken in.
struct Intake<'a, 'h> {
    db: &'a Connection,
    source: SourceId,
    now: i64,
    future: Future,
    /// The source was never read before.
    first_look: bool,
    /// Its settings are as they were, so a different hash is an edit and not another way of reading.
    same_settings: bool,
    /// Kept bodies of articles are read again though their files are as they were.
    forget_bodies: bool,
    /// Files that could not be read the last time: a feed may have gone without their items.
    unreadable: HashSet<String>,
    /// The file at hand is one of them.
    mended: bool,
    terms: &'h Terms<'h>,
    ledger: Ledger<'a>,
    members: Members<'a>,
    changes: Changes,
    limits: Limits,
    extent: Extent,
    /// What the feed called itself before.
    title: Option<String>,
    memory: Memory,
    /// New items that readers would see; none while nothing guards or limits the source.
    arrived: Option<Vec<Arrival>>,
    /// Entries of feeds that were cut off, and may be among the newest again.
    returning: Vec<Arrival>,
    /// An article that is cut off has another date.
    reordered: bool,
}

pub(super) fn remember(db: &Connection, harvest: Harvest<'_>) -> Result<Changes, StateError> {
    let source = harvest.source;
    let (fingerprint, succeeded, title): (String, Option<i64>, Option<String>) =
        db.query_row("SELECT fingerprint, succeeded, title FROM sources WHERE source = ?1", [source], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let now = harvest.now.timestamp();
    let remembered = Memory::of(db, source)?;
    let ledger = Ledger::open(db, source, &harvest.gone, succeeded.is_none())?;
    let limits = harvest.limits;
    let look = guard::Look {
        source,
        articles: harvest.row.kind == "articles",
        now,
        last: succeeded,
        had_items: ledger.had_items,
        limits,
    };
    let guarded = look.is_guarded(db)?;
    let mut memory = remembered.clone();
    // A source that comes back may keep more than it did.
    memory.keeps_more |= succeeded.is_none() && ledger.had_items;
    let mut intake = Intake {
        db,
        source,
        now,
        future: harvest.future,
        first_look: succeeded.is_none(),
        same_settings: fingerprint == harvest.row.fingerprint,
        forget_bodies: harvest.forget_bodies,
        unreadable: unreadable(db, source)?,
        mended: false,
        terms: harvest.terms,
        ledger,
        members: Members::new(db, now),
        changes: Changes::default(),
        limits,
        extent: harvest.extent,
        title,
        memory,
        arrived: (guarded || limits.keep.is_some()).then(Vec::new),
        returning: Vec::new(),
        reordered: false,
    };
    for portion in harvest.observations {
        for observation in &portion {
            if let Gave::Items(list) = &observation.gave {
                intake.ledger.announce(list);
            }
        }
        for observation in portion {
            intake.observe(observation)?;
        }
    }
    if intake.changes.replaced.is_some() {
        intake.memory.save(db, source)?;
        return Ok(Changes { replaced: intake.changes.replaced, ..count(db, source)? });
    }
    for vanished in intake.ledger.still_vanished() {
        withdraw(db, &mut intake.members, &vanished)?;
        intake.changes.gone += 1;
    }
    if intake.first_look && intake.ledger.had_items {
        // The source was forgotten for a while: nobody noted which of its files went in that time.
        let condition = "source = ?1 AND file = 1 AND key NOT IN (SELECT path FROM documents WHERE source = ?1)";
        for missed in ledger::rows(db, condition, &[&source])? {
            withdraw(db, &mut intake.members, &missed)?;
            intake.changes.gone += 1;
        }
    }
    for path in &harvest.gone {
        db.prepare_cached("DELETE FROM documents WHERE source = ?1 AND path = ?2")?.execute(params![source, path])?;
    }
    let Intake { mut members, mut changes, mut memory, arrived, returning, reordered, ledger, .. } = intake;
    if !changes.none() || reordered || !returning.is_empty() || memory.keeps_more || memory.keep_differs(limits.keep) {
        let arrived = arrived.unwrap_or_default();
        let ended = guard::end_look(db, &look, guarded, &mut memory, &mut members, arrived, &returning)?;
        changes.new -= (ended.held + ended.cut_off).min(changes.new);
        changes.changed += ended.back;
        changes.held_back = ended.held;
    }
    if harvest.extent != Extent::Part && limits.keep.is_some() && !look.articles {
        guard::forget_oldest(db, source, |item| ledger.is_touched(item))?;
    }
    members.write()?;
    if memory != remembered {
        memory.save(db, source)?;
    }
    let mut row = harvest.row;
    if !changes.none() {
        row.changed = Some(now);
    }
    save_source(db, &row)?;
    let counted = count(db, source)?;
    (changes.total, changes.held) = (counted.total, counted.held);
    Ok(changes)
}

/// The items that a source shows, and those held back of it.
fn count(db: &Connection, source: SourceId) -> Result<Changes, StateError> {
    let count = |condition: &str| -> Result<u64, StateError> {
        let sql = format!("SELECT count(*) FROM items WHERE source = ?1 {condition}");
        let count: i64 = db.prepare_cached(&sql)?.query_row([source], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    };
    let hidden = count("AND standing <> 0")?;
    let held = if hidden > 0 { count(&format!("AND standing <> 0 AND standing = {}", guard::HELD))? } else { 0 };
    Ok(Changes { total: count("")?.saturating_sub(hidden), held, ..Changes::default() })
}

fn unreadable(db: &Connection, source: SourceId) -> Result<HashSet<String>, StateError> {
    let mut statement = db.prepare("SELECT path FROM documents WHERE source = ?1 AND article >= ?2")?;
    let paths = statement.query_map(params![source, UNREADABLE], |row| row.get(0))?;
    Ok(paths.collect::<Result<_, _>>()?)
}

impl Intake<'_, '_> {
    fn observe(&mut self, observation: Observation) -> Result<(), StateError> {
        let path = observation.document.as_ref().map(|(path, _)| path.as_str());
        self.mended = path.is_some_and(|path| self.unreadable.contains(path));
        let mut article = 0;
        match observation.gave {
            Gave::Items(list) => {
                article = if list.is_empty() { 0 } else { GAVE_ITEM };
                self.take_in_all(list, observation.title.as_deref())?;
                if self.changes.replaced.is_some() {
                    // The document was not read: it is looked at again.
                    return Ok(());
                }
            }
            Gave::Nothing => {
                if let Some(path) = path
                    && let Some(found) = self.ledger.by_key(path)?
                {
                    withdraw(self.db, &mut self.members, &found)?;
                    self.changes.gone += 1;
                }
            }
            Gave::Unreadable => {
                let known = path.map(|path| self.ledger.by_key(path)).transpose()?.flatten();
                article = if known.is_some() { UNREADABLE | GAVE_ITEM } else { UNREADABLE };
            }
        }
        if let Some((path, stamp)) = observation.document {
            self.db
                .prepare_cached("INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![self.source, path, stamp, article, warnings_to(&observation.warnings)?])?;
        }
        Ok(())
    }

    /// Takes in the items of a document: an article, or the entries of a feed.
    fn take_in_all(&mut self, list: Vec<Seen>, title: Option<&str>) -> Result<(), StateError> {
        if list.iter().any(Seen::is_file) {
            for seen in list {
                let found = self.ledger.find_file(&seen)?;
                // Two files that show one item: the first is believed, or each look would be an edit.
                if found.as_ref().is_none_or(|known| self.ledger.touch(known.item)) {
                    self.take_in(seen, found)?;
                }
            }
            return Ok(());
        }
        let (sights, rekeyed) = self.ledger.identify(&list)?;
        if !list.is_empty() && self.extent == Extent::OneFeed {
            if !self.limits.accept && sights.iter().all(|sight| matches!(sight, Sight::New)) {
                let before = self.title.as_deref();
                self.changes.replaced = self.memory.is_replaced(self.db, self.source, before, title)?;
            }
            if self.changes.replaced.is_some() {
                return Ok(());
            }
            self.memory.not_replaced();
        }
        self.changes.rekeyed += rekeyed;
        for (seen, sight) in list.into_iter().zip(sights) {
            match sight {
                Sight::Known(known) => self.take_in(seen, Some(*known))?,
                Sight::New => self.take_in(seen, None)?,
                Sight::Again => {}
            }
        }
        Ok(())
    }

    /// `found` is the item that it is; none: it is new.
    fn take_in(&mut self, mut seen: Seen, found: Option<Known>) -> Result<(), StateError> {
        let edited = self.same_settings
            && found.as_ref().is_some_and(|known| known.hash.as_deref().is_some_and(|hash| hash != seen.hash));
        let dates = ledger::dates(&seen, found.as_ref(), edited, self.future, self.first_look, self.now);
        seen.item.date_source = ledger::date_source(&seen.item, found.as_ref(), &dates)?;
        let shown = dates.published.and_then(|date| DateTime::from_timestamp(date, 0));
        let spellings = self.members.spell((self.terms)(&seen, shown))?;
        // The body that is kept is as old as the item: what is no edit is no news.
        let mut keeps_body = true;
        let standing = found.as_ref().map_or(SHOWN, |known| known.standing);
        let item = match found {
            Some(known) => {
                keeps_body = known.hash.as_deref() != Some(&seen.hash) || !self.same_settings;
                seen.item.id.clone_from(&known.id);
                if let (false, Some(origin)) = (edited, &mut seen.item.origin) {
                    // Feeds carry a new date with every answer; the item is a copy from the time it was last changed.
                    let copy = known.item()?;
                    origin.updated = copy.origin.and_then(|origin| origin.updated);
                    if known.hash.as_deref() == Some(&seen.hash) {
                        // Nothing that is read has changed: counters in them stay as they were, like those in the body.
                        (seen.item.title, seen.item.summary, seen.item.image) = (copy.title, copy.summary, copy.image);
                    }
                }
                if marks::note(self.db, known.item, &seen, dates.published)? {
                    self.members.touch(&known.spellings)?;
                }
                let other_source = known.source != self.source;
                if standing == CUT && (self.memory.keeps_more || other_source || dates.sort > known.sort) {
                    self.bring_back(&known, &seen, &dates, &spellings)?;
                }
                if !self.update(&known, &seen, &dates, &spellings)? {
                    return Ok(());
                }
                known.item
            }
            None => {
                let (id, clash) = self.ledger.free_id(&seen)?;
                if clash && self.changes.clashes.len() < MAX_CLASHES {
                    self.changes.clashes.push(seen.item.key.clone());
                }
                seen.item.id = id;
                let item = self.insert(&seen, &dates, &spellings)?;
                marks::note(self.db, item, &seen, dates.published)?;
                item
            }
        };
        if let Some(body) = &seen.body
            && keeps_body
            && standing != CUT
        {
            bodies::keep(self.db, item, body)?;
        }
        if !self.ledger.alone && standing == SHOWN {
            touch_twins(self.db, &mut self.members, &seen.item.id)?;
        }
        Ok(())
    }

    /// Lets the end of the look decide whether what was cut off is shown again.
    fn bring_back(&mut self, known: &Known, seen: &Seen, dates: &Dates, spellings: &[i64]) -> Result<(), StateError> {
        if seen.is_file() {
            self.reordered = true;
            return Ok(());
        }
        self.returning.push(Arrival { item: known.item, sort: dates.sort, spellings: join(spellings) });
        seen.body.as_ref().map_or(Ok(()), |body| bodies::keep(self.db, known.item, body))
    }

    fn insert(&mut self, seen: &Seen, dates: &Dates, spellings: &[i64]) -> Result<ItemId, StateError> {
        let item = &seen.item;
        self.db
            .prepare_cached(
                "INSERT INTO items (source, file, key, id, link_key, first_seen, published, updated, sort, shown_from,
                 expires, hash, spellings, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                self.source,
                seen.is_file(),
                item.key,
                item.id,
                stored_link_key(seen),
                self.now,
                dates.published,
                dates.updated,
                dates.sort,
                dates.shown_from,
                item.expires.map(|date| date.timestamp()),
                &seen.hash[..],
                join(spellings),
                serde_json::to_string(item)?
            ])?;
        let row = self.db.last_insert_rowid();
        self.ledger.touch(row);
        self.members.add(row, dates.sort, spellings)?;
        self.changes.new += 1;
        if let Some(arrived) = &mut self.arrived
            && !spellings.is_empty()
            && dates.shown_from.is_none()
            && item.expires.is_none_or(|expires| expires.timestamp() > self.now)
            && (self.ledger.alone || !is_shown_elsewhere(self.db, row, &item.id)?)
        {
            arrived.push(Arrival { item: row, sort: dates.sort, spellings: join(spellings) });
        }
        Ok(row)
    }

    /// Whether there was anything to update.
    fn update(&mut self, known: &Known, seen: &Seen, dates: &Dates, spellings: &[i64]) -> Result<bool, StateError> {
        let item = &seen.item;
        let (spelled, data) = (join(spellings), serde_json::to_string(item)?);
        let moved = known.sort != dates.sort || known.spellings != spelled;
        let same = !moved
            && known.source == self.source
            && known.key == item.key
            && known.file == seen.is_file()
            && known.data == data
            && known.published == dates.published
            && known.updated == dates.updated
            && known.shown_from == dates.shown_from
            && known.hash.as_deref() == Some(&seen.hash);
        if same {
            let read_again = self.forget_bodies && seen.is_file();
            if read_again {
                bodies::forget(self.db, known.item)?;
            }
            if read_again || self.mended {
                self.members.touch(&known.spellings)?;
            }
            return Ok(false);
        }
        let renamed = known.source == self.source && known.key != item.key && !seen.is_file();
        if renamed {
            self.remember_key(known)?;
        }
        let readers_see_it = known.standing == SHOWN && (moved || !renamed || shows_more(known, seen, dates)?);
        if readers_see_it && moved {
            self.members.remove(known.item, known.sort, &known.spellings)?;
            self.members.add(known.item, dates.sort, spellings)?;
        } else if readers_see_it {
            self.members.touch(&known.spellings)?;
        }
        if readers_see_it && (known.source == self.source || known.updated != dates.updated) {
            // Finding an owner changes nothing for readers.
            self.changes.changed += 1;
        }
        self.db
            .prepare_cached(
                "UPDATE items SET source = ?2, file = ?3, key = ?4, link_key = ?5, published = ?6, updated = ?7,
                 sort = ?8, shown_from = ?9, expires = ?10, hash = ?11, spellings = ?12, data = ?13 WHERE item = ?1",
            )?
            .execute(params![
                known.item,
                self.source,
                seen.is_file(),
                item.key,
                stored_link_key(seen),
                dates.published,
                dates.updated,
                dates.sort,
                dates.shown_from,
                item.expires.map(|date| date.timestamp()),
                &seen.hash[..],
                spelled,
                data
            ])?;
        if seen.is_file() {
            bodies::forget(self.db, known.item)?;
        }
        Ok(true)
    }

    /// A feed that names its items by turns one way and another finds them under both.
    fn remember_key(&self, known: &Known) -> Result<(), StateError> {
        self.db
            .prepare_cached("INSERT INTO aliases (key, item) VALUES (?1, ?2)")?
            .execute(params![known.key, known.item])?;
        self.db
            .prepare_cached(
                "DELETE FROM aliases WHERE item = ?1 AND alias NOT IN
                 (SELECT alias FROM aliases WHERE item = ?1 ORDER BY alias DESC LIMIT ?2)",
            )?
            .execute([known.item, MAX_ALIASES])?;
        Ok(())
    }
}

/// Whether an item shows readers anything else than before, beside the key that they do not see.
fn shows_more(known: &Known, seen: &Seen, dates: &Dates) -> Result<bool, StateError> {
    let before = Item { key: seen.item.key.clone(), ..known.item()? };
    Ok(before != seen.item
        || known.hash.as_deref() != Some(&seen.hash)
        || (known.published, known.updated) != (dates.published, dates.updated))
}

fn stored_link_key(seen: &Seen) -> Option<String> {
    if seen.is_file() { None } else { seen.link_key() }
}

/// Several sources may show one id; a feed shows the first of them by name, so a change of one is a change for all.
pub(super) fn touch_twins(db: &Connection, members: &mut Members<'_>, id: &str) -> Result<(), StateError> {
    let mut statement = db.prepare_cached("SELECT spellings FROM items WHERE id = ?1")?;
    let twins = statement.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for spellings in twins.iter().filter(|_| twins.len() > 1) {
        members.touch(spellings)?;
    }
    Ok(())
}

/// Readers know it already, from another source.
fn is_shown_elsewhere(db: &Connection, item: ItemId, id: &str) -> Result<bool, StateError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM items WHERE id = ?1 AND item <> ?2 AND standing = ?3)";
    Ok(db.prepare_cached(sql)?.query_row(params![id, item, SHOWN], |row| row.get(0))?)
}
