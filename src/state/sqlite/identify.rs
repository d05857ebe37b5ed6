//! The entries of a feed document → the known items that they are, whatever happened to their guids and links.
//!
//! A ladder of marks, the surest first; each rung is tried for all entries before the next, so that the order of a
//! document decides nothing. An item whose own key is in the document is never taken for another entry.

use super::ledger::{Known, Ledger, rows};
use super::*;
use crate::normalize::id::HASH_KEY;
use std::collections::HashMap;
use url::Url;

/// At least so many entries, and half of a document, that only seem new are known ones under other names.
const MANY: usize = 5;
/// A whole document of at least so many entries is believed with weak marks, too.
const WHOLE: usize = 2;
/// The newest items of a source that are compared by weak marks.
const COMPARED: i64 = 10_000;

/// What an entry turned out to be.
pub(super) enum Sight {
    Known(Box<Known>),
    /// It was seen in this look already, in this document or another. The first is believed, or each look would be an edit.
    Again,
    New,
}

/// How one entry is looked for.
type Rung = fn(&mut Ledger<'_>, &Seen, &InDocument) -> Result<Option<Known>, StateError>;

/// How often links and titles stand in a document.
struct InDocument {
    links: HashMap<String, usize>,
}

impl Ledger<'_> {
    /// What each entry of a document is, and how many were recognized by weak marks only because they are many.
    pub(super) fn identify(&mut self, list: &[Seen]) -> Result<(Vec<Sight>, u64), StateError> {
        let mut sights: Vec<Sight> = Vec::with_capacity(list.len());
        for seen in list {
            let first = self.looked.insert(seen.item.key.clone());
            sights.push(if first { Sight::New } else { Sight::Again });
        }
        let mut links = HashMap::new();
        for link in list.iter().filter_map(Seen::link_key) {
            *links.entry(link).or_default() += 1;
        }
        let document = InDocument { links };
        let own: [Rung; 7] = [same_key, former_key, same_id, same_url, same_link, same_text, no_source];
        let rungs = if self.is_fresh() { &own[6..] } else { &own[..] };
        for rung in rungs {
            for (seen, sight) in list.iter().zip(&mut sights) {
                if matches!(sight, Sight::New)
                    && let Some(known) = rung(self, seen, &document)?
                {
                    *sight = if self.touch(known.item) { Sight::Known(Box::new(known)) } else { Sight::Again };
                }
            }
        }
        let rekeyed = if self.is_fresh() { 0 } else { self.by_weak_marks(list, &mut sights)? };
        Ok((sights, rekeyed))
    }

    fn is_free(&self, known: &Known) -> bool {
        !known.file && !self.is_touched(known.item) && !self.present.contains(&known.key)
    }

    /// The one of the rows that is free.
    fn only_free(&self, found: Vec<Known>) -> Option<Known> {
        let mut free = found.into_iter().filter(|known| self.is_free(known));
        free.next().filter(|_| free.next().is_none())
    }

    /// A site that moved, or gives its entries other guids with every answer: many entries at once seem new, and each has
    /// a mark of one known item. For a single entry such a mark says little.
    fn by_weak_marks(&mut self, list: &[Seen], sights: &mut [Sight]) -> Result<u64, StateError> {
        let left: Vec<usize> = (0..list.len()).filter(|at| matches!(sights[*at], Sight::New)).collect();
        let entries = sights.iter().filter(|sight| !matches!(sight, Sight::Again)).count();
        let enough = |number: usize| {
            number >= MANY && number.saturating_mul(2) >= entries || number >= WHOLE && number == entries
        };
        if !enough(left.len()) {
            return Ok(0);
        }
        let condition = "item IN (SELECT item FROM items WHERE source = ?1 AND file = 0 ORDER BY sort DESC LIMIT ?2)";
        let mut stored: Vec<Option<Known>> =
            rows(self.db, condition, &[&self.source, &COMPARED])?.into_iter().map(Some).collect();
        let mut matches: Vec<(usize, usize)> = Vec::new();
        let mut taken = vec![false; stored.len()];
        let mut matched = vec![false; list.len()];
        for mark in [Mark::Link, Mark::Date, Mark::Path, Mark::Title] {
            let mut theirs: HashMap<String, Option<usize>> = HashMap::new();
            for (at, known) in stored.iter().enumerate() {
                let Some(known) = known else { continue };
                let item = known.item()?;
                // The date that readers see, which may be another than its source has stated.
                let dates = [item.published.map(|date| date.timestamp()), known.published];
                for mark in mark.of(&item, &dates) {
                    theirs.entry(mark).and_modify(|only| *only = only.filter(|only| *only == at)).or_insert(Some(at));
                }
            }
            let mut ours: HashMap<String, Option<usize>> = HashMap::new();
            for (at, seen) in list.iter().enumerate().filter(|(at, _)| !matches!(sights[*at], Sight::Again)) {
                for mark in mark.of(&seen.item, &[seen.item.published.map(|date| date.timestamp())]) {
                    ours.entry(mark).and_modify(|only| *only = None).or_insert(Some(at));
                }
            }
            for at in &left {
                let item = &list[*at].item;
                for mark in mark.of(item, &[item.published.map(|date| date.timestamp())]) {
                    let one = ours.get(&mark).is_some_and(Option::is_some);
                    if one
                        && !matched[*at]
                        && let Some(Some(index)) = theirs.get(&mark)
                        && !taken[*index]
                        && stored[*index].as_ref().is_some_and(|known| self.is_free(known))
                    {
                        (taken[*index], matched[*at]) = (true, true);
                        matches.push((*at, *index));
                    }
                }
            }
        }
        if !enough(matches.len()) {
            return Ok(0);
        }
        let rekeyed = matches.len() as u64;
        for (at, index) in matches {
            if let Some(known) = stored[index].take() {
                self.touch(known.item);
                sights[at] = Sight::Known(Box::new(known));
            }
        }
        Ok(rekeyed)
    }
}

/// What many entries may be recognized by, where exactly one entry and one item have it.
#[derive(Clone, Copy)]
enum Mark {
    Link,
    /// Title and date; the title may be none.
    Date,
    /// Title and link without its host; the title may be none.
    Path,
    /// Of entries that have neither id nor link.
    Title,
}

impl Mark {
    fn of(self, item: &Item, dates: &[Option<i64>]) -> Vec<String> {
        let link = item.link.as_deref();
        match self {
            Mark::Link => link.map(|link| format!("{}#{}", canonical(link), fragment(link))).into_iter().collect(),
            Mark::Date => {
                let mut dates: Vec<i64> = dates.iter().flatten().copied().collect();
                dates.dedup();
                dates.into_iter().map(|date| format!("{date} {}", item.title)).collect()
            }
            Mark::Path => {
                let path = link.map(canonical).and_then(|link| link.split_once('/').map(|(_, path)| path.to_owned()));
                path.map(|path| format!("{path} {}", item.title)).into_iter().collect()
            }
            Mark::Title if item.title.is_empty() || link.is_some() || !item.key.starts_with(HASH_KEY) => Vec::new(),
            Mark::Title => vec![item.title.clone()],
        }
    }
}

fn canonical(link: &str) -> String {
    crate::normalize::link::canonical(link)
}

/// What stands behind `#`: entries of one page differ in nothing else.
fn fragment(link: &str) -> &str {
    link.split_once('#').map_or("", |(_, fragment)| fragment)
}

/// The key it is known by now.
fn same_key(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    ledger.by_key(&seen.item.key)
}

/// A key it was known by before: some feeds change their guids to and fro.
fn former_key(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    let condition = "item IN (SELECT item FROM aliases WHERE key = ?2) AND +source = ?1";
    let found = rows(ledger.db, condition, &[&ledger.source, &seen.item.key])?;
    Ok(ledger.only_free(found))
}

/// The id that it would get.
fn same_id(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    for known in rows(ledger.db, "+source = ?1 AND id = ?2", &[&ledger.source, &seen.item.id])? {
        if ledger.is_free(&known) && known.is_known_by_id_of(seen)? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// The same address as its guid, but for what says nothing: the scheme, the case of the host, a slash at the end.
/// A fragment is often all that tells the guids of a page apart.
fn same_url(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    for spelling in spellings(&seen.item.key) {
        if let Some(known) = ledger.by_key(&spelling)?
            && ledger.is_free(&known)
        {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Other ways of writing the same address; none for what is no address.
fn spellings(key: &str) -> Vec<String> {
    let Some((scheme, rest)) = key.split_once("://") else { return Vec::new() };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") || Url::parse(key).is_err() {
        return Vec::new();
    }
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(host_end);
    let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, tail) = rest.split_at(path_end);
    let bare = path.trim_end_matches('/');
    let mut found = Vec::new();
    for scheme in ["https", "http"] {
        for host in [host.to_ascii_lowercase().as_str(), host] {
            for slash in ["", "/"] {
                let spelling = format!("{scheme}://{host}{bare}{slash}{tail}");
                if spelling != key && !found.contains(&spelling) {
                    found.push(spelling);
                }
            }
        }
    }
    found
}

/// The same link, with the same title or the same date where only one item and one entry have this link, else with both.
fn same_link(ledger: &mut Ledger<'_>, seen: &Seen, document: &InDocument) -> Result<Option<Known>, StateError> {
    let item = &seen.item;
    let (Some(link), Some(key)) = (&item.link, seen.link_key()) else { return Ok(None) };
    let only_here = document.links.get(&key) == Some(&1);
    let found = rows(ledger.db, "source = ?1 AND link_key = ?2", &[&ledger.source, &key])?;
    let only_there = found.len() == 1;
    let mut alike = Vec::new();
    for known in found {
        let stored = known.item()?;
        let titled = !item.title.is_empty() && stored.title == item.title;
        let dated = known.has_date_of(seen)?;
        let same_place = fragment(stored.link.as_deref().unwrap_or_default()) == fragment(link);
        let sure = only_here && only_there && same_place && (titled || dated && item.published.is_some());
        if sure || titled && dated {
            alike.push(known);
        }
    }
    Ok(ledger.only_free(alike))
}

/// The one entry of the title and the date, where the source gives its entries neither id nor link: its key is a
/// hash of its text, too, and is another one after an edit.
fn same_text(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    let item = &seen.item;
    let Some(published) = item.published.filter(|_| item.link.is_none() && item.key.starts_with(HASH_KEY)) else {
        return Ok(None);
    };
    let condition = "source = ?1 AND file = 0 AND sort = ?3 AND key GLOB ?2 AND published = ?3 AND link_key IS NULL";
    let mut found = Vec::new();
    for known in rows(ledger.db, condition, &[&ledger.source, &format!("{HASH_KEY}*"), &published.timestamp()])? {
        if !item.title.is_empty() && known.item()?.title == item.title {
            found.push(known);
        }
    }
    // Beside another one of that title and date nobody knows which of them it is.
    Ok(if found.len() == 1 { ledger.only_free(found) } else { None })
}

/// What waits for an owner.
fn no_source(ledger: &mut Ledger<'_>, seen: &Seen, _: &InDocument) -> Result<Option<Known>, StateError> {
    Ok(ledger.without_source(seen)?.filter(|known| !ledger.is_touched(known.item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_other_words() {
        let check = |key: &str, expect: &[&str]| assert_eq!(spellings(key), expect, "{key}");
        check("http://a.example/x", &["https://a.example/x", "https://a.example/x/", "http://a.example/x/"]);
        check(
            "https://A.example/?p=1#c",
            &[
                "https://a.example?p=1#c",
                "https://a.example/?p=1#c",
                "https://A.example?p=1#c",
                "http://a.example?p=1#c",
                "http://a.example/?p=1#c",
                "http://A.example?p=1#c",
                "http://A.example/?p=1#c",
            ],
        );
        for other in ["17", "tag:a.example,2024:x", "urn:uuid:1", "http://", "https://[/", "hash:0"] {
            check(other, &[]);
        }
    }
}
