//! Items whose source loses them, or goes itself: withdrawn at once, or left waiting for another owner.

use super::guard::SHOWN;
use super::items::touch_twins;
use super::ledger::{self, FORGOTTEN, Known, UNCLAIMED};
use super::members::Members;
use super::*;
use std::collections::BTreeMap;

/// At least so many articles that nobody claims are not dropped if they are more than half of all.
const MANY_UNCLAIMED: i64 = 10;

/// Removes the row of an item that no feed shows, and what is kept beside it.
pub(super) fn delete(db: &Connection, item: ItemId) -> Result<(), StateError> {
    db.prepare_cached("DELETE FROM items WHERE item = ?1")?.execute([item])?;
    // Row numbers are used again.
    db.prepare_cached("DELETE FROM aliases WHERE item = ?1")?.execute([item])?;
    marks::forget(db, item)?;
    bodies::forget(db, item)
}

/// Takes an item that its source no longer has out of its feeds, and forgets it.
pub(super) fn withdraw(db: &Connection, members: &mut Members<'_>, known: &Known) -> Result<(), StateError> {
    if known.standing == SHOWN {
        touch_twins(db, members, &known.id)?;
        members.remove(known.item, known.sort, &known.spellings)?;
    }
    delete(db, known.item)
}

/// Items of sources that the config dropped go; gives their number.
pub(super) fn drop_forgotten(db: &Connection) -> Result<u64, StateError> {
    withdraw_all(db, &ledger::rows(db, "source = ?1", &[&FORGOTTEN])?)
}

/// Articles that were taken back from published files and are in no folder go; but many at once are more likely to be
/// somewhere else for the moment. What came from a feed stays: its publisher may never show it again.
pub(super) fn drop_unclaimed_articles(db: &Connection, accept: bool) -> Result<u64, StateError> {
    // Published files tell the source of an item, if JSON Feed is among them; else all are weighed together.
    let mut by_source: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for known in ledger::rows(db, "source = ?1 AND json_extract(data, '$.origin') IS NULL", &[&UNCLAIMED])? {
        by_source.entry(known.item()?.source).or_default().push(known);
    }
    let mut kept = 0;
    for (name, articles) in by_source {
        let there: i64 = db.query_row(
            "SELECT count(*) FROM items JOIN sources USING (source) WHERE file = 1 AND (name = ?1 OR ?1 = '')",
            [&name],
            |row| row.get(0),
        )?;
        let count = i64::try_from(articles.len()).unwrap_or(i64::MAX);
        if !accept && count >= MANY_UNCLAIMED && count > there {
            kept += articles.len() as u64;
        } else {
            withdraw_all(db, &articles)?;
        }
    }
    Ok(kept)
}

fn withdraw_all(db: &Connection, items: &[Known]) -> Result<u64, StateError> {
    if items.is_empty() {
        return Ok(0);
    }
    let mut members = Members::new(db, 0);
    for known in items {
        withdraw(db, &mut members, known)?;
    }
    members.write()?;
    Ok(items.len() as u64)
}

/// Takes the items of a source away from it. They wait for another owner, or for their own to come back; keys of two
/// forgotten sources may be alike, row numbers are not.
pub(super) fn forget(db: &Connection, source: SourceId) -> Result<(), StateError> {
    for known in ledger::rows(db, "source = ?1", &[&source])? {
        let link_key = known.item()?.link.as_deref().map(crate::normalize::link::canonical);
        db.prepare_cached(
            "UPDATE items SET source = ?2, key = item || char(10) || key, link_key = ?3 WHERE item = ?1",
        )?
        .execute(params![known.item, FORGOTTEN, link_key])?;
    }
    Ok(())
}

/// Gives a source that has come back what it had.
pub(super) fn give_back(db: &Connection, source: SourceId, name: &str, kind: &str) -> Result<(), StateError> {
    db.execute(
        "UPDATE items SET source = ?1, key = substr(key, instr(key, char(10)) + 1),
         link_key = CASE file WHEN 1 THEN NULL ELSE link_key END
         WHERE source = ?2 AND json_extract(data, '$.source') = ?3 AND file = (?4 = 'articles')",
        params![source, FORGOTTEN, name, kind],
    )?;
    Ok(())
}
