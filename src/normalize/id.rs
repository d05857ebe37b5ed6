//! Identity: a ladder of what a source offers, so that an item keeps its id whatever else changes.
//!
//! Its own id, if that is an absolute IRI (RFC 4287 §4.2.6); else its link; else a name-based UUID
//! (RFC 9562 §5.5) of its source and what the source knows it by.

use crate::model::Item;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Bytes of an id or a key; longer ones are hashed.
const MAX_ID: usize = 2_048;
/// Characters of the text that stands for an entry without id and link.
const HASHED_TEXT: usize = 256;

/// How keys start that are hashes: of what an entry without id and link says, or of a very long id.
pub const HASH_KEY: &str = "hash:";

/// The namespace of all ids made here. It must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c1f_2b0e_94d7_5a3c_8e57_f00d_3177_ad01);

/// Whether a text can be published as an id as it stands: an absolute IRI (RFC 3987) of moderate length.
pub fn is_absolute_iri(id: &str) -> bool {
    let Some((scheme, rest)) = id.split_once(':') else { return false };
    let is_scheme = (2..=20).contains(&scheme.len())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let is_allowed = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && !"<>\"{}|\\^`".contains(c)
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    };
    if !is_scheme || rest.is_empty() || id.len() > MAX_ID || !rest.chars().all(is_allowed) {
        return false;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.starts_with("//") && url::Url::parse(id).is_ok_and(|url| url.username().is_empty()),
        "urn" => rest.split_once(':').is_some_and(|(namespace, name)| !namespace.is_empty() && !name.is_empty()),
        "javascript" | "vbscript" | "data" => false,
        _ => true,
    }
}

/// The id readers see. `known_by` is what the source knows the item by: its own id, its path, or a hash.
pub(super) fn published(own: Option<&str>, link: Option<&str>, source: &str, known_by: &str) -> String {
    match (own, link) {
        (Some(own), _) if is_absolute_iri(own) => own.to_owned(),
        (_, Some(link)) if link.len() <= MAX_ID => link.to_owned(),
        _ => made(source, known_by),
    }
}

/// An id of our own: of a source and what it knows the item by.
pub fn made(source: &str, known_by: &str) -> String {
    Uuid::new_v5(&NAMESPACE, format!("{source}\n{known_by}").as_bytes()).urn().to_string()
}

/// A text as a key: itself, or its hash where it is too long.
pub(super) fn key(known_by: &str) -> String {
    if known_by.len() <= MAX_ID { known_by.to_owned() } else { hash(&[known_by]) }
}

/// What stands for an entry that has neither id nor link.
pub(super) fn hash_of(title: &str, published: Option<DateTime<Utc>>, text: &str) -> String {
    let date = published.map(|date| date.timestamp().to_string()).unwrap_or_default();
    let text: String = text.chars().take(HASHED_TEXT).collect();
    hash(&[title, &date, &text])
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("{HASH_KEY}{}", &hasher.finalize().to_hex()[..32])
}

/// Gives items of one document that share a key keys and ids of their own: by their links, else by title and date.
/// Items that are equal in these too are one item, and keep the key they share.
pub fn disambiguate(items: &mut [Item]) {
    separate(items, |item| item.link.clone());
    separate(items, |item| Some(hash_of(&item.title, item.published, "")));
}

fn separate(items: &mut [Item], mark: impl Fn(&Item) -> Option<String>) {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        by_key.entry(&item.key).or_default().push(at);
    }
    let marks: Vec<(usize, String)> = by_key
        .into_values()
        .filter(|shared| shared.len() > 1)
        .filter_map(|shared| {
            let marks: Vec<_> = shared.iter().map(|at| mark(&items[*at])).collect();
            marks.iter().any(|mark| *mark != marks[0]).then(|| shared.into_iter().zip(marks).collect::<Vec<_>>())
        })
        .flatten()
        .filter_map(|(at, mark)| Some((at, mark?)))
        .collect();
    for (at, mark) in marks {
        let item = &mut items[at];
        item.key = key(&format!("{}\n{mark}", item.key));
        item.id = match &item.link {
            Some(link) if *link == mark && link.len() <= MAX_ID => mark,
            _ => made(&item.source, &item.key),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iris() {
        for good in [
            "https://a.example/x?y#z",
            "urn:uuid:1",
            "tag:a.example,2024:x",
            "yt:video:x",
            "https://例子/路",
            "HTTP://A/",
        ] {
            assert!(is_absolute_iri(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "/x",
            "//a/x",
            "a b",
            "https://a b/",
            "C:\\x",
            "12:30",
            "https:",
            "https:x",
            "urn:x",
            "https://",
            "x:\u{202e}y",
            "javascript:x",
            "http://u:p@a/",
        ] {
            assert!(!is_absolute_iri(bad), "{bad}");
        }
        assert!(!is_absolute_iri(&format!("urn:x:{}", "a".repeat(3000))));
    }

    #[test]
    fn ladder() {
        let link = Some("https://a.example/x");
        assert_eq!(published(Some("HTTP://a.example/?b#C"), link, "s", "k"), "HTTP://a.example/?b#C");
        assert_eq!(published(Some("17"), link, "s", "17"), "https://a.example/x");
        // Published ids: these must never change.
        assert_eq!(published(Some("17"), None, "s", "17"), made("s", "17"));
        assert_eq!(made("posts", "2024/a.md"), "urn:uuid:6f096cbb-b8ff-585a-9e8b-518ad60efa37");
        assert_ne!(made("a", "x"), made("b", "x"));
        assert!(key(&"k".repeat(5000)).starts_with("hash:"));
    }

    #[test]
    fn twins_of_one_document() {
        let item = |key: &str, link: &str, title: &str| Item {
            id: key.into(),
            key: key.into(),
            source: "s".into(),
            link: (!link.is_empty()).then(|| link.into()),
            title: title.into(),
            ..Item::default()
        };
        let mut items = vec![
            item("a", "l1", "1"),
            item("a", "l2", "2"),
            item("b", "", "x"),
            item("b", "", "y"),
            item("c", "l", "z"),
            item("c", "l", "z"),
        ];
        disambiguate(&mut items);
        let ids: std::collections::BTreeSet<_> = items.iter().map(|item| &item.id).collect();
        let keys: std::collections::BTreeSet<_> = items.iter().map(|item| &item.key).collect();
        assert_eq!((ids.len(), keys.len()), (5, 5));
        assert_eq!((items[0].id.as_str(), items[0].key.as_str()), ("l1", "a\nl1"));
        assert_eq!(items[4].key, "c");
        let before = items.clone();
        disambiguate(&mut items);
        assert_eq!(items, before);
    }
}
