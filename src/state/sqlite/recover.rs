//! A lost state, filled again with what published files show.

use super::items::{Members, UNDATED, fold, join, keep_body};
use super::*;

/// The source of items that no configured source has claimed yet.
pub(super) const UNCLAIMED: SourceId = 0;

/// Ids, dates, feeds and bodies come back as they were published. What is found in a source later is matched to
/// these items by id, link, or title and date, and so keeps what readers know it by.
pub(super) fn recover(
    db: &Connection,
    feeds: Vec<RecoveredFeed>,
    items: Vec<RecoveredItem>,
    now: i64,
) -> Result<(), StateError> {
    let mut spellings_of: Vec<Vec<i64>> = vec![Vec::new(); items.len()];
    for feed in feeds {
        db.prepare_cached(
            "INSERT OR IGNORE INTO feeds (axis, term, name, folder, id, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            feed.axis.as_str(),
            fold(&feed.name),
            feed.name,
            feed.folder,
            feed.atom_id,
            feed.updated
        ])?;
        let id = db.last_insert_rowid();
        db.prepare_cached("INSERT OR IGNORE INTO spellings (feed, name, uses) VALUES (?1, ?2, 0)")?
            .execute(params![id, feed.name])?;
        let spelling = db.last_insert_rowid();
        for member in feed.members {
            spellings_of[member].push(spelling);
        }
    }
    let mut members = Members::load(db, now)?;
    for (recovered, spellings) in items.into_iter().zip(spellings_of) {
        let source: SourceId = match &recovered.source {
            Some(name) => db
                .query_row("SELECT source FROM sources WHERE name = ?1", [name], |row| row.get(0))
                .optional()?
                .unwrap_or(UNCLAIMED),
            None => UNCLAIMED,
        };
        let item = recovered.item;
        let sort = recovered.published.unwrap_or(UNDATED);
        let inserted = db
            .prepare_cached(
                "INSERT OR IGNORE INTO items (source, key, id, link_key, first_seen, published, updated, sort, expires, spellings, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                source,
                item.key,
                item.id,
                recovered.link_key,
                now,
                recovered.published,
                recovered.updated,
                sort,
                item.expires.map(|date| date.timestamp()),
                join(&spellings),
                serde_json::to_string(&item)?
            ])?;
        if inserted == 0 {
            continue;
        }
        let id = db.last_insert_rowid();
        members.add(id, sort, &spellings);
        if let Some(body) = &recovered.body {
            keep_body(db, id, body)?;
        }
    }
    members.write()
}
