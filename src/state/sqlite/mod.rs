//! The state in one SQLite file: facts, sources, documents, files; the rest is in modules of their own.

mod bodies;
mod feeds;
mod guard;
mod identify;
mod items;
mod ledger;
mod marks;
mod members;
mod memory;
mod open;
mod owners;
mod recover;

use super::*;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The default state.
pub struct SqliteStore {
    db: Connection,
}

impl SqliteStore {
    fn source_row(&self, name: &str, kind: &str, fingerprint: &str) -> Result<SourceRow, StateError> {
        let select = format!("SELECT {SOURCE_COLUMNS} FROM sources WHERE name = ?1");
        let found = self.db.query_row(&select, [name], source_row).optional()?;
        if let Some((mut row, warnings)) = found {
            row.warnings = warnings_from(warnings)?;
            return Ok(row);
        }
        self.db
            .execute("INSERT INTO sources (name, kind, fingerprint) VALUES (?1, ?2, ?3)", [name, kind, fingerprint])?;
        let id = self.db.last_insert_rowid();
        owners::give_back(&self.db, id, name, kind)?;
        Ok(SourceRow {
            id,
            name: name.into(),
            kind: kind.into(),
            fingerprint: fingerprint.into(),
            ..SourceRow::default()
        })
    }
}

fn counts(db: &Connection, sql: &str) -> Result<HashMap<SourceId, u64>, StateError> {
    let mut statement = db.prepare(sql)?;
    let counts = statement.query_map([], |row| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0))))?;
    Ok(counts.collect::<Result<_, _>>()?)
}

/// Runs `work` as one transaction; inside a dry run as a part of it.
fn atomically<T>(db: &Connection, work: impl FnOnce() -> Result<T, StateError>) -> Result<T, StateError> {
    db.execute_batch("SAVEPOINT work")?;
    match work() {
        Ok(value) => {
            db.execute_batch("RELEASE work")?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to tell; a failing rollback changes nothing about it.
            let _ = db.execute_batch("ROLLBACK TO work; RELEASE work");
            Err(error)
        }
    }
}

fn warnings_from(text: Option<String>) -> Result<Vec<Warning>, StateError> {
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
}

fn warnings_to(warnings: &[Warning]) -> Result<Option<String>, StateError> {
    if warnings.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(warnings)?)) }
}

const SOURCE_COLUMNS: &str = "source, name, kind, fingerprint, title, url, etag, last_modified, body_hash, requested, \
    due, succeeded, changed, failing_since, failures, class, message, warnings, validators_url";

fn source_row(row: &Row<'_>) -> rusqlite::Result<(SourceRow, Option<String>)> {
    Ok((
        SourceRow {
            id: row.get(0)?,
            name: row.get(1)?,
            kind: row.get(2)?,
            fingerprint: row.get(3)?,
            title: row.get(4)?,
            url: row.get(5)?,
            etag: row.get(6)?,
            last_modified: row.get(7)?,
            body_hash: row.get(8)?,
            requested: row.get(9)?,
            due: row.get(10)?,
            succeeded: row.get(11)?,
            changed: row.get(12)?,
            failing_since: row.get(13)?,
            failures: row.get(14)?,
            class: row.get(15)?,
            message: row.get(16)?,
            warnings: Vec::new(),
            validators_url: row.get(18)?,
        },
        row.get(17)?,
    ))
}

fn save_source(db: &Connection, row: &SourceRow) -> Result<(), StateError> {
    db.prepare_cached(
        "UPDATE sources SET kind = ?2, fingerprint = ?3, title = ?4, url = ?5, etag = ?6, last_modified = ?7,
         body_hash = ?8, requested = ?9, due = ?10, succeeded = ?11, changed = ?12, failing_since = ?13,
         failures = ?14, class = ?15, message = ?16, warnings = ?17, validators_url = ?18
         WHERE source = ?1",
    )?
    .execute(params![
        row.id,
        row.kind,
        row.fingerprint,
        row.title,
        row.url,
        row.etag,
        row.last_modified,
        row.body_hash,
        row.requested,
        row.due,
        row.succeeded,
        row.changed,
        row.failing_since,
        row.failures,
        row.class,
        row.message,
        warnings_to(&row.warnings)?,
        row.validators_url,
    ])?;
    Ok(())
}

impl Store for SqliteStore {
    fn fact(&self, name: &str) -> Result<Option<String>, StateError> {
        Ok(self.db.query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    fn set_fact(&mut self, name: &str, value: &str) -> Result<(), StateError> {
        self.db.execute(
            "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }

    fn source(&mut self, name: &str, kind: &str, fingerprint: &str) -> Result<SourceRow, StateError> {
        self.source_row(name, kind, fingerprint)
    }

    fn sources(&self) -> Result<Vec<SourceRow>, StateError> {
        let mut statement = self.db.prepare(&format!("SELECT {SOURCE_COLUMNS} FROM sources ORDER BY name"))?;
        let rows = statement.query_map([], source_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter()
            .map(|(mut row, warnings)| {
                row.warnings = warnings_from(warnings)?;
                Ok(row)
            })
            .collect()
    }

    fn item_counts(&self) -> Result<HashMap<SourceId, u64>, StateError> {
        let mut counts = counts(&self.db, "SELECT source, count(*) FROM items GROUP BY source")?;
        // The few that are not shown have an index of their own.
        let hidden = "SELECT source, count(*) FROM items WHERE standing <> 0 GROUP BY source";
        for (source, hidden) in self::counts(&self.db, hidden)? {
            counts.entry(source).and_modify(|count| *count = count.saturating_sub(hidden));
        }
        Ok(counts)
    }

    fn held_counts(&self) -> Result<HashMap<SourceId, u64>, StateError> {
        let held = format!(
            "SELECT source, count(*) FROM items WHERE standing <> 0 AND standing = {} GROUP BY source",
            guard::HELD
        );
        counts(&self.db, &held)
    }

    fn member_counts(&self) -> Result<HashMap<SourceId, u64>, StateError> {
        counts(
            &self.db,
            "SELECT source, count(*) FROM items
             WHERE standing = 0 AND spellings <> '' GROUP BY source",
        )
    }

    fn is_left_out(&self, source: SourceId) -> Result<bool, StateError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM items WHERE source = ?1 AND standing = 0)
            AND NOT EXISTS (SELECT 1 FROM items WHERE source = ?1 AND standing = 0 AND spellings <> '')";
        Ok(self.db.prepare_cached(sql)?.query_row([source], |row| row.get(0))?)
    }

    fn waiting_counts(&self, now: DateTime<Utc>) -> Result<HashMap<SourceId, u64>, StateError> {
        let sql = format!(
            "SELECT source, count(*) FROM items
             WHERE standing = 0 AND shown_from > {} GROUP BY source",
            now.timestamp()
        );
        counts(&self.db, &sql)
    }

    fn apply_limits(&mut self, source: SourceId, limits: Limits, now: DateTime<Utc>) -> Result<u64, StateError> {
        atomically(&self.db, || guard::apply_limits(&self.db, source, limits, now.timestamp()))
    }

    fn forget_sources_except(&mut self, kept: &[(&str, &str)]) -> Result<(), StateError> {
        let kept: std::collections::HashSet<_> = kept.iter().copied().collect();
        let rows = self.sources()?;
        let gone: Vec<_> = rows.iter().filter(|row| !kept.contains(&(row.name.as_str(), row.kind.as_str()))).collect();
        if gone.is_empty() {
            return Ok(());
        }
        atomically(&self.db, || {
            for row in gone {
                owners::forget(&self.db, row.id)?;
                self.db.execute("DELETE FROM documents WHERE source = ?1", [row.id])?;
                self.db.execute("DELETE FROM sources WHERE source = ?1", [row.id])?;
            }
            Ok(())
        })
    }

    fn save_source(&mut self, row: &SourceRow) -> Result<(), StateError> {
        save_source(&self.db, row)
    }

    fn documents(&self, source: SourceId) -> Result<HashMap<String, DocumentRow>, StateError> {
        let mut statement =
            self.db.prepare("SELECT path, stamp, article, warnings IS NOT NULL FROM documents WHERE source = ?1")?;
        let rows = statement.query_map([source], |row| {
            let kind: i64 = row.get(2)?;
            let (article, unreadable) = (kind & items::GAVE_ITEM != 0, kind & items::UNREADABLE != 0);
            Ok((row.get(0)?, DocumentRow { stamp: row.get(1)?, article, unreadable, warned: row.get(3)? }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn document_warnings(&self, source: SourceId) -> Result<Vec<Warning>, StateError> {
        let mut statement = self
            .db
            .prepare("SELECT warnings FROM documents WHERE source = ?1 AND warnings IS NOT NULL ORDER BY path")?;
        let rows = statement.query_map([source], |row| row.get(0))?.collect::<Result<Vec<Option<String>>, _>>()?;
        let mut all = Vec::new();
        for text in rows {
            all.extend(warnings_from(text)?);
        }
        Ok(all)
    }

    fn remember(&mut self, harvest: Harvest<'_>) -> Result<Changes, StateError> {
        atomically(&self.db, || items::remember(&self.db, harvest))
    }

    fn drop_forgotten(&mut self) -> Result<u64, StateError> {
        atomically(&self.db, || owners::drop_forgotten(&self.db))
    }

    fn drop_unclaimed_articles(&mut self, accept: bool) -> Result<u64, StateError> {
        atomically(&self.db, || owners::drop_unclaimed_articles(&self.db, accept))
    }

    fn is_unreadable(&self, source: &str, path: &str) -> Result<bool, StateError> {
        let found = self
            .db
            .prepare_cached(
                "SELECT article >= ?3 FROM documents JOIN sources USING (source) WHERE name = ?1 AND path = ?2",
            )?
            .query_row(params![source, path, items::UNREADABLE], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(false))
    }

    fn rebuild_members(&mut self, terms: &Terms<'_>, needs_text: bool, now: DateTime<Utc>) -> Result<(), StateError> {
        atomically(&self.db, || members::rebuild(&self.db, terms, needs_text, now.timestamp()))
    }

    fn ensure_feed(&mut self, axis: Axis, name: &str, now: DateTime<Utc>) -> Result<(), StateError> {
        self.db.execute(
            "INSERT INTO feeds (axis, term, name, updated) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET name = excluded.name, dirty = 1 WHERE name <> excluded.name",
            params![axis.as_str(), members::fold(name), name, now.timestamp()],
        )?;
        Ok(())
    }

    fn mark_dirty(&mut self, feeds: Option<&[FeedId]>) -> Result<(), StateError> {
        let Some(feeds) = feeds else {
            self.db.execute("UPDATE feeds SET dirty = 1", [])?;
            return Ok(());
        };
        let mut statement = self.db.prepare_cached("UPDATE feeds SET dirty = 1 WHERE feed = ?1 AND dirty = 0")?;
        for feed in feeds {
            statement.execute([feed])?;
        }
        Ok(())
    }

    fn feeds(&self, now: DateTime<Utc>) -> Result<Vec<FeedRow>, StateError> {
        feeds::all(&self.db, now.timestamp())
    }

    fn members(
        &self,
        feed: FeedId,
        now: DateTime<Utc>,
        limit: usize,
        oldest: Option<i64>,
        left_out: &HashSet<ItemId>,
    ) -> Result<Vec<Member>, StateError> {
        feeds::members(&self.db, feed, now.timestamp(), limit, oldest, left_out)
    }

    fn measure_all(&mut self, measure: Option<&Measure<'_>>) -> Result<(), StateError> {
        atomically(&self.db, || marks::measure_all(&self.db, measure))
    }

    fn members_behind(
        &self,
        feed: FeedId,
        now: DateTime<Utc>,
        oldest: Option<i64>,
        behind: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Member>, StateError> {
        marks::members_behind(&self.db, feed, now.timestamp(), oldest, behind, limit)
    }

    fn carriers(&self, feed: FeedId, now: DateTime<Utc>, mark: Mark) -> Result<Vec<ItemId>, StateError> {
        marks::carriers(&self.db, feed, now.timestamp(), mark)
    }

    fn marked(&self, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError> {
        marks::marked(&self.db, items)
    }

    fn next_future(&self, feed: FeedId, now: DateTime<Utc>) -> Result<Option<i64>, StateError> {
        feeds::next_future(&self.db, feed, now.timestamp())
    }

    fn bodies(&self, items: &[ItemId]) -> Result<HashMap<ItemId, Content>, StateError> {
        bodies::of(&self.db, items)
    }

    fn keep_bodies(&mut self, bodies: &[(ItemId, Content)]) -> Result<(), StateError> {
        atomically(&self.db, || {
            for (item, body) in bodies {
                bodies::keep(&self.db, *item, body)?;
            }
            Ok(())
        })
    }

    fn files(&self) -> Result<Vec<FileRow>, StateError> {
        let mut statement = self.db.prepare("SELECT path, feed, sha256, stamp FROM files ORDER BY path")?;
        let rows = statement.query_map([], |row| {
            Ok(FileRow { path: row.get(0)?, feed: row.get(1)?, sha256: row.get(2)?, stamp: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn pin(&mut self, rendered: &[Published]) -> Result<(), StateError> {
        if rendered.is_empty() {
            return Ok(());
        }
        // What readers are about to see must not be forgotten with the power: this commit waits for the disk, and with
        // it everything that was written before it.
        self.db.execute_batch("PRAGMA synchronous = FULL")?;
        let pinned = atomically(&self.db, || feeds::pin(&self.db, rendered));
        self.db.execute_batch("PRAGMA synchronous = NORMAL")?;
        pinned
    }

    fn note_files(&mut self, files: &[FileRow], removed: &[String], clean: &[FeedId]) -> Result<(), StateError> {
        if files.is_empty() && removed.is_empty() && clean.is_empty() {
            return Ok(());
        }
        atomically(&self.db, || feeds::note_files(&self.db, files, removed, clean))
    }

    fn recover(
        &mut self,
        sources: &[(&str, &str)],
        feeds: Vec<RecoveredFeed>,
        items: Vec<RecoveredItem>,
        now: DateTime<Utc>,
    ) -> Result<(), StateError> {
        atomically(&self.db, || {
            for (name, kind) in sources {
                self.source_row(name, kind, "")?;
            }
            recover::recover(&self.db, feeds, items, now.timestamp())
        })
    }

    fn is_empty(&self) -> Result<bool, StateError> {
        let some: bool = self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM sources) OR EXISTS (SELECT 1 FROM items) OR EXISTS (SELECT 1 FROM feeds)",
            [],
            |row| row.get(0),
        )?;
        Ok(!some)
    }
}
