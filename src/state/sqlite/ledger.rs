//! Identity: which known item a sight of one is, and the id and dates readers see.

use super::*;
use crate::model::DateSource;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The source of items taken back from published files that no configured source has claimed yet.
pub(super) const UNCLAIMED: SourceId = 0;
/// The source of items whose source the config dropped.
pub(super) const FORGOTTEN: SourceId = -1;

/// The sort key of articles that had no date when their source was first read: after all dated ones.
pub(super) const UNDATED: i64 = -(1 << 50);

/// A row of the ledger, as far as decisions need it.
pub(super) struct Known {
    pub(super) item: ItemId,
    pub(super) source: SourceId,
    pub(super) key: String,
    pub(super) id: String,
    pub(super) first_seen: i64,
    pub(super) published: Option<i64>,
    pub(super) updated: i64,
    pub(super) sort: i64,
    pub(super) hash: Option<Vec<u8>>,
    pub(super) spellings: String,
    pub(super) data: String,
    pub(super) shown_from: Option<i64>,
    pub(super) file: bool,
    /// See `guard`.
    pub(super) standing: i64,
}

const COLUMNS: &str =
    "item, source, key, id, first_seen, published, updated, sort, hash, spellings, data, shown_from, file, standing";

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
        file: row.get(12)?,
        standing: row.get(13)?,
    })
}

/// The rows for which a condition holds, in the order they came.
pub(super) fn rows(
    db: &Connection,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Known>, StateError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM items WHERE {condition} ORDER BY item"))?;
    let rows = statement.query_map(values, known)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Known {
    pub(super) fn item(&self) -> Result<Item, StateError> {
        Ok(serde_json::from_str(&self.data)?)
    }

    /// The source states the date that readers see, or the one that it stated before.
    pub(super) fn has_date_of(&self, seen: &Seen) -> Result<bool, StateError> {
        let stated = seen.item.published.map(|date| date.timestamp());
        Ok(stated == self.published || stated == self.item()?.published.map(|date| date.timestamp()))
    }

    /// The id that `seen` would get is its own; or it is only its link, which entries may share, and then the date must be
    /// the same.
    pub(super) fn is_known_by_id_of(&self, seen: &Seen) -> Result<bool, StateError> {
        let item = &seen.item;
        let is_link = item.key != item.id && item.link.as_ref() == Some(&item.id);
        Ok(seen.is_file() || !is_link || self.has_date_of(seen)?)
    }

    /// The date `stated` was ahead at first sight, and was put back to that: there it stays, also when its time has come,
    /// for nothing is new then. An item taken back from published files states the date it was put back to.
    fn was_put_back(&self, stated: i64) -> bool {
        let before = || self.item().ok().and_then(|item| item.published).map(|date| date.timestamp());
        stated > self.first_seen
            && self.published == Some(self.first_seen)
            && before().is_some_and(|before| before == stated || Some(before) == self.published)
    }
}

/// Items that wait for a new sight of them. Each is found once.
#[derive(Default)]
struct Waiting {
    rows: Vec<Option<Known>>,
    by_id: HashMap<String, Vec<usize>>,
    by_link: HashMap<String, Vec<usize>>,
    by_hash: HashMap<Vec<u8>, Vec<usize>>,
    /// Those with a date, and those without a link: a title alone is a weak mark.
    by_title: HashMap<(String, Option<i64>), Vec<usize>>,
}

impl Waiting {
    fn of(rows: Vec<Known>) -> Result<Self, StateError> {
        let mut waiting = Waiting::default();
        for (index, known) in rows.into_iter().enumerate() {
            let item = known.item()?;
            waiting.by_id.entry(known.id.clone()).or_default().push(index);
            if let Some(link) = &item.link {
                waiting.by_link.entry(crate::normalize::link::canonical(link)).or_default().push(index);
            }
            if !item.title.is_empty() && (item.link.is_none() || known.published.is_some()) {
                waiting.by_title.entry((item.title, known.published)).or_default().push(index);
            }
            if let Some(hash) = &known.hash {
                waiting.by_hash.entry(hash.clone()).or_default().push(index);
            }
            waiting.rows.push(Some(known));
        }
        Ok(waiting)
    }

    /// The one that still waits under a mark; none when several do.
    fn only(&self, found: Option<&Vec<usize>>) -> Option<usize> {
        let mut left = found?.iter().filter(|index| self.rows[**index].is_some());
        let first = left.next().copied();
        first.filter(|_| left.next().is_none())
    }

    /// The vanished file that has another name now: the same id, link or contents, or title and date.
    fn renamed(&mut self, seen: &Seen) -> Option<Known> {
        if self.rows.is_empty() {
            return None;
        }
        let index = self
            .only(self.by_id.get(&seen.item.id))
            .or_else(|| self.only(self.by_link.get(&seen.link_key()?)))
            .or_else(|| self.only(self.by_hash.get(&seen.hash[..])))
            .or_else(|| self.by_title(seen))?;
        self.rows[index].take()
    }

    /// The same contents or the same title, each with the same date.
    fn alike(&mut self, seen: &Seen) -> Result<Option<Known>, StateError> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let index = match self.only(self.by_hash.get(&seen.hash[..])) {
            Some(index)
                if self.rows[index].as_ref().map(|known| known.has_date_of(seen)).transpose()? == Some(true) =>
            {
                Some(index)
            }
            _ => self.by_title(seen),
        };
        Ok(index.and_then(|index| self.rows[index].take()))
    }

    fn by_title(&self, seen: &Seen) -> Option<usize> {
        let date = seen.item.published.map(|date| date.timestamp());
        self.only(self.by_title.get(&(seen.item.title.clone(), date)))
    }
}

/// What is needed to find out which known item a sight is.
pub(super) struct Ledger<'a> {
    pub(super) db: &'a Connection,
    pub(super) source: SourceId,
    vanished: Waiting,
    /// Items of no source, by weak marks; only at the first look at a source, when it can be somebody else's heir.
    heirless: Option<Waiting>,
    first_look: bool,
    /// No other source has items, so ids cannot collide across sources.
    pub(super) alone: bool,
    /// The source had items before this look.
    pub(super) had_items: bool,
    /// Keys of entries that this look shows: an item known by one of them is no other item.
    pub(super) present: HashSet<String>,
    /// Those that were looked for already.
    pub(super) looked: HashSet<String>,
    /// Items already matched in this look.
    touched: HashSet<ItemId>,
    /// Short stand-ins for the ids that this look has brought so far, while the source is new: then the table need not
    /// be asked.
    fresh: Option<HashSet<u64>>,
}

impl<'a> Ledger<'a> {
    /// `gone` are paths of files that are no longer there.
    pub(super) fn open(
        db: &'a Connection,
        source: SourceId,
        gone: &[String],
        first_look: bool,
    ) -> Result<Self, StateError> {
        let exists = |sql: &str| -> Result<bool, StateError> { Ok(db.query_row(sql, [source], |row| row.get(0))?) };
        let fresh = !exists("SELECT EXISTS (SELECT 1 FROM items WHERE source = ?1)")?;
        let alone = !exists("SELECT EXISTS (SELECT 1 FROM items WHERE source <> ?1)")?;
        let mut vanished = Vec::new();
        for path in gone {
            vanished.extend(rows(db, "source = ?1 AND key = ?2 AND file = 1", &[&source, path])?);
        }
        Ok(Self {
            db,
            source,
            vanished: Waiting::of(vanished)?,
            heirless: None,
            first_look,
            alone,
            had_items: !fresh,
            present: HashSet::new(),
            looked: HashSet::new(),
            touched: HashSet::new(),
            fresh: fresh.then(HashSet::new),
        })
    }

    /// Tells which keys documents show, before their items are looked for.
    pub(super) fn announce(&mut self, list: &[Seen]) {
        self.present.extend(list.iter().filter(|seen| !seen.is_file()).map(|seen| seen.item.key.clone()));
    }

    /// The item known by a key of this source.
    pub(super) fn by_key(&self, key: &str) -> Result<Option<Known>, StateError> {
        Ok(rows(self.db, "source = ?1 AND key = ?2", &[&self.source, &key])?.pop())
    }

    /// The item that an article is: of the same path; else the vanished one that has another path now; else what waits
    /// for an owner.
    pub(super) fn find_file(&mut self, seen: &Seen) -> Result<Option<Known>, StateError> {
        // Paths are unique in a folder, so a new source needs no look.
        if self.fresh.is_none()
            && let Some(found) = self.by_key(&seen.item.key)?
        {
            return Ok(Some(found));
        }
        if let Some(found) = self.vanished.renamed(seen) {
            return Ok(Some(found));
        }
        self.without_source(seen)
    }

    /// The item of no source that `seen` is: the same id; else the one with the same link; else, at the first look, the
    /// one that is alike.
    pub(super) fn without_source(&mut self, seen: &Seen) -> Result<Option<Known>, StateError> {
        if self.alone {
            return Ok(None);
        }
        for known in rows(self.db, "id = ?1 AND source <= 0", &[&seen.item.id])? {
            if known.is_known_by_id_of(seen)? {
                return Ok(Some(known));
            }
        }
        if let Some(link) = seen.link_key() {
            let mut linked = Vec::new();
            for source in [UNCLAIMED, FORGOTTEN] {
                for known in rows(self.db, "source = ?1 AND link_key = ?2", &[&source, &link])? {
                    if seen.is_file() || known.has_date_of(seen)? {
                        linked.push(known);
                    }
                }
            }
            if linked.len() == 1 {
                return Ok(linked.pop());
            }
        }
        if !self.first_look {
            return Ok(None);
        }
        if self.heirless.is_none() {
            self.heirless = Some(Waiting::of(rows(self.db, "source IN (?1, ?2)", &[&UNCLAIMED, &FORGOTTEN])?)?);
        }
        match &mut self.heirless {
            Some(waiting) => {
                let found = waiting.alike(seen)?;
                // It may have been claimed by a stronger mark meanwhile.
                Ok(found.filter(|known| !self.touched.contains(&known.item)))
            }
            None => Ok(None),
        }
    }

    /// Whether this is the first time in this look.
    pub(super) fn touch(&mut self, item: ItemId) -> bool {
        self.touched.insert(item)
    }

    pub(super) fn is_touched(&self, item: ItemId) -> bool {
        self.touched.contains(&item)
    }

    /// The source has no item but those of this look.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh.is_some()
    }

    /// Items of vanished files that no file of this look took over.
    pub(super) fn still_vanished(&mut self) -> Vec<Known> {
        std::mem::take(&mut self.vanished.rows).into_iter().flatten().collect()
    }

    /// The id a new item gets, and whether its candidate was taken by something else.
    pub(super) fn free_id(&mut self, seen: &Seen) -> Result<(String, bool), StateError> {
        let candidate = &seen.item.id;
        let mut id = candidate.clone();
        for attempt in 1.. {
            if !self.is_taken(&id, seen)? {
                break;
            }
            let name = format!("{candidate}\n{}\n{attempt}", seen.item.key);
            id = crate::normalize::id::made(&seen.item.source, &name);
        }
        let clash = id != *candidate;
        Ok((id, clash))
    }

    fn is_taken(&mut self, id: &str, seen: &Seen) -> Result<bool, StateError> {
        if let Some(fresh) = &mut self.fresh
            && !fresh.insert(number(id))
        {
            return Ok(true);
        }
        if self.fresh.is_some() && self.alone {
            return Ok(false);
        }
        for known in rows(self.db, "id = ?1", &[&id])? {
            // Another source with the same id and the same link shows the same item.
            let link = known.item()?.link.as_deref().map(crate::normalize::link::canonical);
            if known.source == self.source || link.is_none() || link != seen.link_key() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A short stand-in for an id; the same in every run.
fn number(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The dates readers see, and where they put the item.
pub(super) struct Dates {
    pub(super) published: Option<i64>,
    pub(super) updated: i64,
    pub(super) sort: i64,
    pub(super) shown_from: Option<i64>,
}

/// Decides the dates of an item; `known` is what was decided before, `edited` whether a reader would see a change.
/// `first_look`: the source was never read before.
pub(super) fn dates(
    seen: &Seen,
    known: Option<&Known>,
    edited: bool,
    future: Future,
    first_look: bool,
    now: i64,
) -> Dates {
    let stated = seen.item.published.map(|date| date.timestamp());
    let published = match (stated, known) {
        (Some(date), Some(known)) if future == Future::Clamp && (date > now || known.was_put_back(date)) => {
            // While the future was kept, readers saw it.
            Some(known.published.filter(|published| *published <= now).unwrap_or(known.first_seen))
        }
        (Some(date), None) if future == Future::Clamp && date > now => Some(now),
        (Some(date), _) => Some(date),
        // A date once given to an undated item stays.
        (None, Some(known)) => known.published,
        // What is there at the first look was not all written today.
        (None, None) => (!first_look).then_some(now),
    };
    let stated_update = seen.item.updated.map(|date| date.timestamp()).filter(|date| *date <= now);
    // A date kept in the future tells when something will be, not when it was written.
    let first_seen = known.map_or(now, |known| known.first_seen);
    let written = published.filter(|date| future != Future::Keep || *date <= first_seen);
    let kept = known.map_or(written.unwrap_or(now), |known| known.updated);
    let updated = match stated_update {
        Some(date) => date,
        // A clock that was set back does not take a date back.
        None if edited => now.max(kept),
        None => kept,
    };
    Dates {
        published,
        updated: updated.max(written.unwrap_or(updated)),
        sort: published.unwrap_or(UNDATED),
        shown_from: published.filter(|date| *date > now && future == Future::Hold),
    }
}

/// Where the date that readers see came from.
pub(super) fn date_source(item: &Item, known: Option<&Known>, dates: &Dates) -> Result<Option<DateSource>, StateError> {
    if dates.published.is_none() || dates.published == item.published.map(|date| date.timestamp()) {
        return Ok(item.date_source.filter(|_| dates.published.is_some()));
    }
    match known {
        // Its source said so once.
        Some(known) if dates.published != Some(known.first_seen) => Ok(known.item()?.date_source),
        _ => Ok(Some(DateSource::FirstSeen)),
    }
}
