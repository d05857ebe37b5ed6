//! What of a source is shown: its newest items, and of many new ones at once only the newest, until somebody says that
//! they are meant. What is not shown stays in the ledger, so that it is never new again.

use super::ledger::UNDATED;
use super::members::Members;
use super::memory::Memory;
use super::*;
use std::cmp::Reverse;
use std::collections::HashSet;

/// `items.standing`: a member of its feeds.
pub(super) const SHOWN: i64 = 0;
/// One of many new ones, held back until released.
pub(super) const HELD: i64 = 1;
/// Older than its source keeps.
pub(super) const CUT: i64 = 2;

/// New items that are always shown, and of more than are allowed the newest so many.
const FEW: usize = 20;
/// A source may bring so many times the usual at once.
const TIMES_USUAL: usize = 5;
/// And so many times what it brought in as long a time before.
const TIMES_BEFORE: usize = 2;
/// Items of a source beyond what it keeps that are remembered though its document shows them no more.
const REMEMBERED: i64 = 5_000;

/// A new item of this look that readers would see.
pub(super) struct Arrival {
    pub(super) item: ItemId,
    pub(super) sort: i64,
    pub(super) spellings: String,
}

/// A look, as far as guards need to know it.
pub(super) struct Look {
    pub(super) source: SourceId,
    pub(super) articles: bool,
    pub(super) now: i64,
    /// The last one before it that went well.
    pub(super) last: Option<i64>,
    /// The source had items before it.
    pub(super) had_items: bool,
    pub(super) limits: Limits,
}

impl Look {
    /// Nobody can be flooded who has not subscribed yet; and a folder is not guarded when it is first read.
    pub(super) fn is_guarded(&self, db: &Connection) -> Result<bool, StateError> {
        if self.limits.accept || self.limits.max_new == MaxNew::Any || self.articles && self.last.is_none() {
            return Ok(false);
        }
        Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM feeds WHERE published = 1)", [], |row| row.get(0))?)
    }

    /// How many new items are shown at once, when there are more than few.
    fn allowance(&self, db: &Connection, memory: &Memory, arrived: usize) -> Result<usize, StateError> {
        if let MaxNew::AtMost(most) = self.limits.max_new {
            return Ok(most);
        }
        if !self.had_items {
            return Ok(FEW);
        }
        let count = |sql: &str, values: &[i64]| -> Result<usize, StateError> {
            let count: i64 = db.query_row(sql, rusqlite::params_from_iter(values), |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or(0))
        };
        let before = if self.articles {
            count("SELECT count(*) FROM items WHERE source = ?1", &[self.source])?.saturating_sub(arrived)
        } else {
            let last = self.last.unwrap_or(self.now);
            let since = last.saturating_sub(self.now.saturating_sub(last).max(0));
            let sql = "SELECT count(*) FROM items WHERE source = ?1 AND file = 0 AND sort > ?2 AND sort <= ?3
                       AND first_seen <> ?4";
            count(sql, &[self.source, since, last, self.now])?.saturating_mul(TIMES_BEFORE)
        };
        Ok(FEW.max(memory.usual().saturating_mul(TIMES_USUAL)).max(before))
    }

    /// Of more new items than are allowed all but the newest are held back; gives those. `arrived` is left with those
    /// that are shown.
    fn hold(
        &self,
        db: &Connection,
        memory: &mut Memory,
        arrived: &mut Vec<Arrival>,
    ) -> Result<Vec<Arrival>, StateError> {
        let most = match self.limits.max_new {
            MaxNew::AtMost(most) => most,
            MaxNew::Learned | MaxNew::Any => FEW,
        };
        if arrived.len() > most && arrived.len() > self.allowance(db, memory, arrived.len())? {
            arrived.sort_by_key(|arrival| (Reverse(arrival.sort), arrival.item));
            let mut shown = most;
            if self.had_items && self.last.is_none() {
                // The state was lost: what is older than what was published is not news that readers have missed.
                let sql = "SELECT max(sort) FROM items WHERE source = ?1 AND first_seen <> ?2";
                let newest: Option<i64> = db.query_row(sql, [self.source, self.now], |row| row.get(0))?;
                let news = arrived.iter().take_while(|arrival| arrival.sort > newest.unwrap_or(UNDATED)).count();
                shown = shown.min(news);
            }
            return Ok(arrived.split_off(shown));
        }
        if self.last.is_some() && !arrived.is_empty() {
            memory.note_batch(arrived.len());
        }
        Ok(Vec::new())
    }
}

/// How many items the end of a look gave another standing.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// New ones that are held back.
    pub(super) held: u64,
    /// New ones that are older than the source keeps.
    pub(super) cut_off: u64,
    /// Those that are shown again.
    pub(super) back: u64,
}

/// Ends a look: shows `returning` again, holds back what is too much at once, and cuts off what is older than the source
/// keeps.
pub(super) fn end_look(
    db: &Connection,
    look: &Look,
    guarded: bool,
    memory: &mut Memory,
    members: &mut Members<'_>,
    mut arrived: Vec<Arrival>,
    returning: &[Arrival],
) -> Result<Ended, StateError> {
    let mut cut_off = 0;
    let mut held = Vec::new();
    set(db, members, returning, SHOWN)?;
    if !arrived.is_empty() {
        if let Some(keep) = look.limits.keep {
            // What is cut off at once floods nobody. Of a feed only what is new: the rest may stay if the new is held.
            let old: HashSet<ItemId> = match look.articles {
                true => keep_newest(db, look.source, true, look.limits.keep, members)?,
                false => beyond(db, look.source, keep)?.into_iter().map(|row| row.item).collect(),
            };
            let (old, new): (Vec<_>, Vec<_>) = arrived.into_iter().partition(|arrival| old.contains(&arrival.item));
            arrived = new;
            cut_off = old.len() as u64;
            if !look.articles {
                set(db, members, &old, CUT)?;
            }
        }
        if guarded {
            held = look.hold(db, memory, &mut arrived)?;
            set(db, members, &held, HELD)?;
        }
    }
    let cut = keep_newest(db, look.source, look.articles, look.limits.keep, members)?;
    memory.keep = look.limits.keep;
    memory.keeps_more = false;
    let back = returning.iter().filter(|item| !cut.contains(&item.item)).count() as u64;
    Ok(Ended { held: held.len() as u64, cut_off, back })
}

/// See `Store::apply_limits`.
pub(super) fn apply_limits(db: &Connection, source: SourceId, limits: Limits, now: i64) -> Result<u64, StateError> {
    let mut memory = Memory::of(db, source)?;
    let other_keep = memory.keep_differs(limits.keep);
    if !other_keep && !limits.accept {
        return Ok(0);
    }
    let kind: String = db.query_row("SELECT kind FROM sources WHERE source = ?1", [source], |row| row.get(0))?;
    let mut members = Members::new(db, now);
    let held = match limits.accept {
        true => list(db, "standing <> 0 AND standing = ?2", &[&source, &HELD])?,
        false => Vec::new(),
    };
    set(db, &mut members, &held, SHOWN)?;
    if other_keep || !held.is_empty() {
        keep_newest(db, source, kind == "articles", limits.keep, &mut members)?;
        let more = memory.keep.is_some_and(|before| limits.keep.is_none_or(|keep| keep > before));
        if more && kind != "articles" && is_any_cut(db, source)? {
            memory.keeps_more = true;
            // Their bodies are gone: the documents are read again.
            db.execute("UPDATE sources SET fingerprint = '' WHERE source = ?1", [source])?;
        }
        memory.keep = limits.keep;
        memory.save(db, source)?;
    }
    members.write()?;
    Ok(held.len() as u64)
}

fn is_any_cut(db: &Connection, source: SourceId) -> Result<bool, StateError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM items WHERE source = ?1 AND standing <> 0 AND standing = ?2)";
    Ok(db.query_row(sql, [source, CUT], |row| row.get(0))?)
}

/// Shows the newest items of a source; gives those that are cut off. What a feed showed once and is older stays away until
/// it is seen again, for its body is gone; an article comes back when newer ones go.
fn keep_newest(
    db: &Connection,
    source: SourceId,
    articles: bool,
    keep: Option<usize>,
    members: &mut Members<'_>,
) -> Result<HashSet<ItemId>, StateError> {
    if !articles {
        let old = keep.map(|keep| beyond(db, source, keep)).transpose()?.unwrap_or_default();
        set(db, members, &old, CUT)?;
        return Ok(old.into_iter().map(|row| row.item).collect());
    }
    let keep = keep.map_or(i64::MAX, |keep| i64::try_from(keep).unwrap_or(i64::MAX));
    if keep == i64::MAX {
        let cut = list(db, "standing <> 0 AND standing = ?2", &[&source, &CUT])?;
        set(db, members, &cut, SHOWN)?;
        return Ok(HashSet::new());
    }
    let mut cut = HashSet::new();
    for (standing, other, wrong) in [(CUT, SHOWN, "place > ?2"), (SHOWN, CUT, "place <= ?2")] {
        let condition = format!(
            "standing = {other} AND item IN (SELECT item FROM (SELECT item, row_number() OVER (ORDER BY sort DESC, id, item)
             AS place FROM items WHERE source = ?1 AND standing <> {HELD}) WHERE {wrong})"
        );
        let rows = list(db, &condition, &[&source, &keep])?;
        set(db, members, &rows, standing)?;
        if standing == CUT {
            cut.extend(rows.into_iter().map(|row| row.item));
        }
    }
    Ok(cut)
}

/// Shown items of a source of feeds that are older than the newest `keep`.
fn beyond(db: &Connection, source: SourceId, keep: usize) -> Result<Vec<Arrival>, StateError> {
    let keep = i64::try_from(keep).unwrap_or(i64::MAX);
    // Of one date the latest is the newest, and of one look the first in its document.
    let condition = "file = 0 AND standing = 0 ORDER BY sort DESC, first_seen DESC, item LIMIT -1 OFFSET ?2";
    list(db, condition, &[&source, &keep])
}

fn list(db: &Connection, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Arrival>, StateError> {
    let sql = format!("SELECT item, sort, spellings FROM items WHERE source = ?1 AND {condition}");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement
        .query_map(values, |row| Ok(Arrival { item: row.get(0)?, sort: row.get(1)?, spellings: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives items another standing, and takes them out of their feeds or puts them back.
fn set(db: &Connection, members: &mut Members<'_>, items: &[Arrival], standing: i64) -> Result<(), StateError> {
    for Arrival { item, sort, spellings } in items {
        match standing {
            SHOWN => members.add_back(*item, *sort, spellings)?,
            _ => members.remove(*item, *sort, spellings)?,
        }
        db.prepare_cached("UPDATE items SET standing = ?2 WHERE item = ?1")?.execute([*item, standing])?;
        if standing == CUT {
            bodies::forget(db, *item)?;
        }
    }
    Ok(())
}

/// Forgets the oldest of many items that a source does not keep, unless `is_there` finds them in its document: those would
/// be new again.
pub(super) fn forget_oldest(
    db: &Connection,
    source: SourceId,
    is_there: impl Fn(ItemId) -> bool,
) -> Result<(), StateError> {
    let count = "SELECT count(*) FROM items WHERE source = ?1 AND standing <> 0 AND standing = ?2";
    let count: i64 = db.prepare_cached(count)?.query_row([source, CUT], |row| row.get(0))?;
    if count <= REMEMBERED {
        return Ok(());
    }
    let condition = "standing <> 0 AND standing = ?2 ORDER BY sort DESC, item LIMIT -1 OFFSET ?3";
    for row in list(db, condition, &[&source, &CUT, &REMEMBERED])? {
        if !is_there(row.item) {
            owners::delete(db, row.item)?;
        }
    }
    Ok(())
}
