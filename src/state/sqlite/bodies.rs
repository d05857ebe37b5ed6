//! Bodies made safe: those of feeds, and a cache of those of articles.

use super::*;

pub(super) fn keep(db: &Connection, item: ItemId, body: &Content) -> Result<(), StateError> {
    db.prepare_cached("INSERT OR REPLACE INTO bodies (item, html, summary) VALUES (?1, ?2, ?3)")?.execute(params![
        item,
        body.html,
        body.summary
    ])?;
    Ok(())
}

pub(super) fn forget(db: &Connection, item: ItemId) -> Result<(), StateError> {
    db.prepare_cached("DELETE FROM bodies WHERE item = ?1")?.execute([item])?;
    Ok(())
}

/// The bodies of items, of those that have one.
pub(super) fn of(db: &Connection, items: &[ItemId]) -> Result<HashMap<ItemId, Content>, StateError> {
    let mut statement = db.prepare_cached("SELECT html, summary FROM bodies WHERE item = ?1")?;
    let mut found = HashMap::new();
    for item in items {
        let body =
            statement.query_row([item], |row| Ok(Content { html: row.get(0)?, summary: row.get(1)? })).optional()?;
        found.extend(body.map(|body| (*item, body)));
    }
    Ok(found)
}
