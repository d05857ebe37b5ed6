//! By what items are known as duplicates: written while they are taken in, looked up while feeds are rendered.
//!
//! Nothing of it is there unless some feed merges duplicates.

use super::feeds::{member, whole};
use super::*;
use crate::normalize::likeness::Print;

/// Members of a feed that may have one mark before it says nothing any more.
const MOST_IN_FEED: usize = 100;
/// The same for all items, whatever feed they are in.
const MOST: usize = 2_000;

/// Writes the marks of an item as it was seen. Whether they are others than before.
pub(super) fn note(db: &Connection, item: ItemId, seen: &Seen, published: Option<i64>) -> Result<bool, StateError> {
    let Some(likeness) = &seen.likeness else { return Ok(false) };
    write(db, item, &likeness.marked(&seen.item.id, published))
}

fn write(db: &Connection, item: ItemId, now: &Marked) -> Result<bool, StateError> {
    let before = of(db, item)?;
    if before.as_ref() == Some(now) {
        return Ok(false);
    }
    let before = before.unwrap_or_default().marks;
    let mut delete = db.prepare_cached("DELETE FROM marks WHERE mark = ?1 AND item = ?2")?;
    for mark in before.iter().filter(|mark| now.marks.binary_search(mark).is_err()) {
        delete.execute([*mark, item])?;
    }
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO marks (mark, item) VALUES (?1, ?2)")?;
    for mark in now.marks.iter().filter(|mark| before.binary_search(mark).is_err()) {
        insert.execute([*mark, item])?;
    }
    let marks: Vec<u8> = now.marks.iter().flat_map(|mark| mark.to_le_bytes()).collect();
    let print = now.print.map(|print| print.bits.cast_signed());
    let (length, wide) = now.print.map(|print| (print.length, print.wide)).unzip();
    db.prepare_cached(
        "INSERT OR REPLACE INTO likeness (item, marks, print, length, wide) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![item, marks, print, length, wide])?;
    Ok(true)
}

/// Forgets the marks of an item that is gone.
pub(super) fn forget(db: &Connection, item: ItemId) -> Result<(), StateError> {
    let Some(before) = of(db, item)? else { return Ok(()) };
    let mut delete = db.prepare_cached("DELETE FROM marks WHERE mark = ?1 AND item = ?2")?;
    for mark in before.marks {
        delete.execute([mark, item])?;
    }
    db.prepare_cached("DELETE FROM likeness WHERE item = ?1")?.execute([item])?;
    Ok(())
}

pub(super) fn measure_all(db: &Connection, measure: Option<&Measure<'_>>) -> Result<(), StateError> {
    db.execute_batch("DELETE FROM marks; DELETE FROM likeness;")?;
    let Some(measure) = measure else { return Ok(()) };
    let mut select = db.prepare("SELECT item, data, id, published, html FROM items LEFT JOIN bodies USING (item)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (data, body): (String, Option<String>) = (row.get(1)?, row.get(4)?);
        let likeness = measure(&serde_json::from_str(&data)?, body.as_deref());
        write(db, row.get(0)?, &likeness.marked(&row.get::<_, String>(2)?, row.get(3)?))?;
    }
    Ok(())
}

fn of(db: &Connection, item: ItemId) -> Result<Option<Marked>, StateError> {
    let mut select = db.prepare_cached("SELECT marks, print, length, wide FROM likeness WHERE item = ?1")?;
    Ok(select
        .query_row([item], |row| {
            let marks: Vec<u8> = row.get(0)?;
            let marks = marks.as_chunks().0.iter().map(|bytes| Mark::from_le_bytes(*bytes)).collect();
            let print = match row.get::<_, Option<i64>>(1)? {
                Some(bits) => Some(Print { bits: bits.cast_unsigned(), length: row.get(2)?, wide: row.get(3)? }),
                None => None,
            };
            Ok(Marked { marks, print })
        })
        .optional()?)
}

/// A member `m` with its item `i` that can be seen at `?2`: its time has come and has not passed.
const VISIBLE: &str = "(i.shown_from IS NULL OR i.shown_from <= ?2) AND (i.expires IS NULL OR i.expires > ?2)";

pub(super) fn members_behind(
    db: &Connection,
    feed: FeedId,
    now: i64,
    oldest: Option<i64>,
    behind: Option<&Place>,
    limit: usize,
) -> Result<Vec<Member>, StateError> {
    let until = oldest.map_or(i64::MAX, |oldest| oldest.saturating_neg());
    let (sort, id, item) = behind.map_or((i64::MIN, "", 0), |place| (place.sort, place.id.as_str(), place.item));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // The date of the last place first: all its equals take part, and ids decide between them.
    let condition =
        format!("m.feed = ?1 AND m.sort BETWEEN ?3 AND ?4 AND (m.sort, i.id, i.item) > (?3, ?5, ?6) AND {VISIBLE}");
    let last: Option<i64> = db
        .prepare_cached(&format!(
            "SELECT max(sort) FROM (SELECT m.sort FROM members m CROSS JOIN items i USING (item)
             WHERE {condition} ORDER BY m.sort LIMIT ?7)"
        ))?
        .query_row(params![feed, now, sort, until, id, item, limit], |row| row.get(0))?;
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(&format!(
        "SELECT i.item, i.data, i.published, i.updated, i.expires, i.sort FROM members m CROSS JOIN items i USING (item)
         WHERE {condition} ORDER BY m.sort, i.id, i.item LIMIT ?7"
    ))?;
    whole(statement.query_map(params![feed, now, sort, last, id, item, limit], member)?)
}

pub(super) fn carriers(db: &Connection, feed: FeedId, now: i64, mark: Mark) -> Result<Vec<ItemId>, StateError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT k.item FROM marks k CROSS JOIN items i ON i.item = k.item
         CROSS JOIN members m ON m.feed = ?1 AND m.sort = -i.sort AND m.item = i.item
         WHERE k.mark = ?3 AND {VISIBLE}
         AND (SELECT count(*) FROM (SELECT 1 FROM marks WHERE mark = ?3 LIMIT {MOST} + 1)) <= {MOST}
         LIMIT {MOST_IN_FEED} + 1"
    ))?;
    let found = statement.query_map(params![feed, now, mark], |row| row.get(0))?;
    let carriers: Vec<ItemId> = found.collect::<Result<_, _>>()?;
    Ok(if carriers.len() > MOST_IN_FEED { Vec::new() } else { carriers })
}

pub(super) fn marked(db: &Connection, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError> {
    let mut select =
        db.prepare_cached("SELECT item, data, published, updated, expires, sort FROM items WHERE item = ?1")?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        for member in whole(select.query_map([item], member)?)? {
            found.push((member, of(db, *item)?.unwrap_or_default()));
        }
    }
    Ok(found)
}
