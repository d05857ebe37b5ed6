//! A lost state, filled again with what published files show.

use super::ledger::{UNCLAIMED, UNDATED};
use super::members::{Members, fold, join};
use super::*;

/// Ids, dates, feeds and bodies come back as they were published. What is found in a source later is matched to
/// these items by id, link, or title and date, and so keeps what readers know it by.
pub(super) fn recover(
    db: &Connection,
    feeds: Vec<RecoveredFeed>,
    items: Vec<RecoveredItem>,
    now: i64,
) -> Result<(), StateError> {
    let mut members = Members::new(db, now);
    let mut spellings_of: Vec<Vec<i64>> = vec![Vec::new(); items.len()];
    for feed in feeds {
        let inserted = db
            .prepare_cached(
                "INSERT OR IGNORE INTO feeds (axis, term, name, folder, id, published, updated)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)",
            )?
            .execute(params![
                feed.axis.as_str(),
                fold(&feed.name),
                feed.name,
                feed.folder,
                feed.atom_id,
                feed.updated
            ])?;
        if inserted == 0 {
            continue;
        }
        let id = db.last_insert_rowid();
        for (path, sha256) in feed.files {
            // A stamp that no file has: the feed is rendered once and compared with what is there.
            let file = FileRow { path, feed: id, sha256, stamp: 0 };
            feeds::note_files(db, &[file], &[], &[])?;
        }
        let spelling = members.spelling(id, &feed.name)?;
        for member in feed.members {
            spellings_of[member].push(spelling);
        }
    }
    for (recovered, spellings) in items.into_iter().zip(spellings_of) {
        let source = match &recovered.source {
            Some(name) => {
                db.query_row("SELECT source FROM sources WHERE name = ?1", [name], |row| row.get(0)).optional()?
            }
            None => None,
        };
        let item = recovered.item;
        let sort = recovered.published.unwrap_or(UNDATED);
        let inserted = db
            .prepare_cached(
                "INSERT OR IGNORE INTO items (source, file, key, id, link_key, first_seen, published, updated, sort,
                 expires, spellings, data) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                source.unwrap_or(UNCLAIMED),
                item.key,
                item.id,
                item.link.as_deref().map(crate::normalize::link::canonical),
                // It was seen when it was published at the latest; a date that was put back stays put back.
                recovered.published.unwrap_or(now),
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
        members.add(id, sort, &spellings)?;
        if let Some(body) = &recovered.body {
            bodies::keep(db, id, body)?;
        }
    }
    members.write()
}
