//! Any name → a folder's name that every file system and URL can hold.

use feedmill::config::plan::Slugs;
use feedmill::write::slug::{slug as slug_of, slug_path};
use std::path::{Component, Path};
use unicode_normalization::UnicodeNormalization;

const OURS: &[&str] = &[
    "archive",
    "index.html",
    "index.opml",
    "manifest.json",
    "rss.xml",
    "atom.xml",
    "feed.json",
    "con",
    "prn",
    "aux",
    "nul",
];

pub fn slug(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    for slugs in [Slugs::Unicode, Slugs::Ascii] {
        let slug = slug_of(&name, slugs);
        let told = || format!("{name:?} → {slug:?} ({slugs:?})");
        assert!((1..=120).contains(&slug.len()), "{}", told());
        let parts: Vec<Component<'_>> = Path::new(&slug).components().collect();
        assert!(matches!(parts[..], [Component::Normal(one)] if one == &*slug), "one step down: {}", told());
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || "/\\:*?\"<>|#%".contains(c);
        assert!(!slug.contains(forbidden), "{}", told());
        assert!(!slug.starts_with('.') && !slug.ends_with('.'), "{}", told());
        assert!(!OURS.contains(&&*slug) && !is_device(&slug), "{}", told());
        assert!(slugs == Slugs::Unicode || slug.is_ascii(), "{}", told());
        assert_eq!(slug, slug.nfkc().collect::<String>(), "NFKC");
        assert_eq!(slug_of(&slug, slugs), slug, "a slug is its own slug: {}", told());
        // Spellings that look the same are one folder.
        assert_eq!(slug_of(&format!("  {name}\t"), slugs), slug, "padded: {}", told());
        assert_eq!(slug_of(&name.nfd().collect::<String>(), slugs), slug, "decomposed: {}", told());
    }
    let names: Vec<&str> = name.split('/').collect();
    let path = slug_path(&names, Slugs::Unicode);
    assert_eq!(path.split('/').count(), names.len(), "{path}");
    assert!(Path::new(&path).components().all(|part| matches!(part, Component::Normal(_))), "{path}");
}

/// `con`, `nul.txt`, `com1.tar.gz`: Windows keeps them for devices.
fn is_device(slug: &str) -> bool {
    let stem = slug.split('.').next().unwrap_or(slug);
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || port.is_some_and(|number| matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"))
}
