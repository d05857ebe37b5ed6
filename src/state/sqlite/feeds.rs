//! Feeds: their newest members, and what was published of them.

use super::*;

pub(super) fn axis(word: &str) -> Option<Axis> {
    [Axis::All, Axis::Category, Axis::Tag, Axis::Author, Axis::Source, Axis::Language, Axis::Year, Axis::Feed]
        .into_iter()
        .find(|axis| axis.as_str() == word)
}

pub(super) fn all(db: &Connection, now: i64) -> Result<Vec<FeedRow>, StateError> {
    let mut statement = db.prepare(
        "SELECT feed, axis, term, name, folder, id, updated, shown, dirty OR ifnull(due <= ?1, 0), published FROM feeds",
    )?;
    let rows = statement.query_map([now], |row| {
        Ok((
            row.get::<_, String>(1)?,
            FeedRow {
                id: row.get(0)?,
                axis: Axis::All,
                term: row.get(2)?,
                name: row.get(3)?,
                folder: row.get(4)?,
                atom_id: row.get(5)?,
                updated: row.get(6)?,
                shown: row.get(7)?,
                dirty: row.get(8)?,
                published: row.get(9)?,
            },
        ))
    })?;
    let mut feeds = Vec::new();
    for row in rows {
        let (word, row) = row?;
        feeds.extend(axis(&word).map(|axis| FeedRow { axis, ..row }));
    }
    feeds.sort_by(|a, b| (a.axis, &a.term).cmp(&(b.axis, &b.term)));
    Ok(feeds)
}

/// A member `m` with its item `i` of the source `s` that can be seen at `?2` and is not older than `?3`: its time has come
/// and has not passed, it is not one of the list `?6`, and of such members of this feed with its id it is of the first
/// source by name.
/// Items without a source come last. `CROSS JOIN` keeps the order: by id first, of which there are few.
const VISIBLE: &str = "m.feed = ?1 AND m.sort <= ?3
    AND (i.shown_from IS NULL OR i.shown_from <= ?2) AND (i.expires IS NULL OR i.expires > ?2)
    AND i.item NOT IN (SELECT value FROM json_each(?6))
    AND NOT EXISTS (SELECT 1 FROM items o CROSS JOIN members n ON n.feed = ?1 AND n.sort = -o.sort AND n.item = o.item
        LEFT JOIN sources t ON t.source = o.source
        WHERE o.id = i.id AND o.item <> i.item AND n.sort <= ?3
        AND (o.shown_from IS NULL OR o.shown_from <= ?2) AND (o.expires IS NULL OR o.expires > ?2)
        AND o.item NOT IN (SELECT value FROM json_each(?6))
        AND (ifnull(t.name, char(1114111)), o.key, o.item) < (ifnull(s.name, char(1114111)), i.key, i.item))";

pub(super) fn members(
    db: &Connection,
    feed: FeedId,
    now: i64,
    limit: usize,
    oldest: Option<i64>,
    left_out: &HashSet<ItemId>,
) -> Result<Vec<Member>, StateError> {
    let left_out = serde_json::to_string(left_out)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let until = oldest.map_or(i64::MAX, |oldest| -oldest);
    // The date of the last place first: all its equals take part, and ids decide between them.
    let last: Option<i64> = db
        .prepare_cached(&format!(
            "SELECT max(sort) FROM (SELECT m.sort FROM members m JOIN items i USING (item) LEFT JOIN sources s USING (source)
             WHERE {VISIBLE} AND m.sort <= ?5 ORDER BY m.sort LIMIT ?4)"
        ))?
        .query_row(params![feed, now, until, limit, i64::MAX, left_out], |row| row.get(0))?;
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(&format!(
        "SELECT i.item, i.data, i.published, i.updated, i.expires, i.sort FROM members m
         JOIN items i USING (item) LEFT JOIN sources s USING (source)
         WHERE {VISIBLE} AND m.sort <= ?5 ORDER BY m.sort, i.id LIMIT ?4"
    ))?;
    whole(statement.query_map(params![feed, now, until, limit, last, left_out], member)?)
}

/// Reads `item, data, published, updated, expires, sort`; the item itself is still JSON.
pub(super) fn member(row: &Row<'_>) -> rusqlite::Result<(String, Member)> {
    Ok((
        row.get(1)?,
        Member {
            id: row.get(0)?,
            item: Item::default(),
            published: row.get(2)?,
            updated: row.get(3)?,
            expires: row.get(4)?,
            sort: row.get(5)?,
        },
    ))
}

pub(super) fn whole(rows: impl Iterator<Item = rusqlite::Result<(String, Member)>>) -> Result<Vec<Member>, StateError> {
    let mut members = Vec::new();
    for row in rows {
        let (data, member) = row?;
        members.push(Member { item: serde_json::from_str(&data)?, ..member });
    }
    Ok(members)
}

pub(super) fn next_future(db: &Connection, feed: FeedId, now: i64) -> Result<Option<i64>, StateError> {
    // Items of the future are the newest, so they stand first.
    Ok(db
        .prepare_cached(
            "SELECT min(i.shown_from) FROM members m JOIN items i USING (item)
             WHERE m.feed = ?1 AND m.sort < -?2 AND i.shown_from > ?2",
        )?
        .query_row([feed, now], |row| row.get(0))?)
}

pub(super) fn pin(db: &Connection, rendered: &[Published]) -> Result<(), StateError> {
    let mut statement = db.prepare_cached(
        "UPDATE feeds SET folder = ?2, id = ?3, published = ?4, updated = ?5, shown = ?6, due = ?7 WHERE feed = ?1",
    )?;
    for feed in rendered {
        statement.execute(params![
            feed.feed,
            feed.folder,
            feed.atom_id,
            feed.published,
            feed.updated,
            feed.shown,
            feed.due
        ])?;
    }
    Ok(())
}

pub(super) fn note_files(
    db: &Connection,
    files: &[FileRow],
    removed: &[String],
    clean: &[FeedId],
) -> Result<(), StateError> {
    for path in removed {
        db.prepare_cached("DELETE FROM files WHERE path = ?1")?.execute([path])?;
    }
    for file in files {
        db.prepare_cached("INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            file.path,
            file.feed,
            file.sha256,
            file.stamp
        ])?;
    }
    for feed in clean {
        db.prepare_cached("UPDATE feeds SET dirty = 0 WHERE feed = ?1")?.execute([feed])?;
    }
    Ok(())
}
