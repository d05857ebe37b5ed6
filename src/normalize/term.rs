//! Names of categories and tags: as shown, and as compared.

use super::text::{tidy_line, unmarked};
use crate::model::Text;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Graphemes of a name.
const MAX_NAME: usize = 200;

/// The key under which names are one: trimmed, NFKC, case-folded.
pub fn fold(name: &str) -> String {
    // Most names are of letters that no normal form changes.
    if name.chars().all(|c| c.is_ascii() || is_plain_han(c)) {
        return name.trim().to_ascii_lowercase();
    }
    // Compatibility forms may bring capitals (`℡`), lower case may bring marks apart (`İ`).
    let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let folded: String = lower.replace('ß', "ss").replace('ς', "σ").nfkc().collect();
    folded.trim().to_owned()
}

/// The ideographs of the first block have no compatibility forms.
fn is_plain_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// A name as it is shown: decoded once, no markup, one line, at most `MAX_NAME` graphemes; empty if nothing is left.
pub fn clean(name: &str) -> String {
    let looks_marked = name.contains('&') || (name.contains('<') && name.contains('>'));
    let text = if looks_marked { Text::html(name) } else { Text::plain(name) };
    let name = tidy_line(&unmarked(&text));
    if name.len() <= MAX_NAME {
        return name;
    }
    match name.grapheme_indices(true).nth(MAX_NAME) {
        Some((end, _)) => name[..end].trim_end().to_owned(),
        None => name,
    }
}

/// Cleaned names, each once, at most `max`.
pub(super) fn clean_all<'a>(names: impl IntoIterator<Item = &'a str>, max: usize) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    for name in names {
        if out.len() >= max {
            break;
        }
        let name = clean(name);
        if !name.is_empty() && seen.insert(fold(&name)) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (a, b) in [
            ("Rust", " rust "),
            ("ＡＢＣ", "abc"),
            ("Straße", "STRASSE"),
            ("Café", "cafe\u{301}"),
            ("ΟΔΟΣ", "οδος"),
            ("金融", "金融\u{3000}"),
            ("ﬁn", "FIN"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("a b"), fold("ab"));
        assert_ne!(fold("C"), fold("C++"));
    }

    #[test]
    fn the_short_way_leads_to_the_same_key() {
        let long_way = |name: &str| {
            let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
            let folded: String = lower.nfkc().collect();
            folded.trim().to_owned()
        };
        let all = (0..0x80).chain(0x4e00..=0x9fff).filter_map(char::from_u32);
        for c in all {
            let name = format!("{c}A 金{c}");
            assert_eq!(fold(&name), long_way(&name), "{c:?}");
        }
    }

    #[test]
    fn a_key_is_its_own_key() {
        for name in ["İstanbul", "ẞ", "℡", "ǅ", "Ω", "ſ", "ﬀß"] {
            assert_eq!(fold(&fold(name)), fold(name), "{name}");
        }
    }

    #[test]
    fn names() {
        for (name, expect) in [
            (" a\n b ", "a b"),
            ("R&amp;D", "R&D"),
            ("R&D", "R&D"),
            ("<b>x</b>", "x"),
            ("a < b", "a < b"),
            ("\u{202e}x\u{0}", "x"),
            ("C++", "C++"),
            ("", ""),
            (" \u{200b}", ""),
        ] {
            assert_eq!(clean(name), expect, "{name}");
        }
        assert_eq!(clean(&"é".repeat(500)).graphemes(true).count(), MAX_NAME);
        assert_eq!(clean_all(["a", "A", "", "b"], 5), ["a", "b"]);
    }
}
