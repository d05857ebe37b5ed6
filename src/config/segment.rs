//! Slugs that the config gives itself: each must do as a folder's name on every system, and be the only one of its kind.

use super::fault::Problem;
use super::value::shown;
use unicode_normalization::UnicodeNormalization;

/// Bytes of one folder's name.
pub(super) const MAX_SEGMENT: usize = 120;

/// Names that our own files have, or the folder of closed months.
const OURS: [&str; 7] = ["archive", "index.html", "index.opml", "manifest.json", "rss.xml", "atom.xml", "feed.json"];

/// Names that Windows gives to devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A slug as it stands: nothing in it is changed, so it must be right.
pub(super) fn slug(text: &str) -> Result<String, Problem> {
    let is = |expected: &str| Problem::new(format!("is `{}`, expected {expected}", shown(text)));
    if text.is_empty() {
        return Err(is("the name of a folder"));
    }
    if text.len() > MAX_SEGMENT {
        return Err(is(&format!("at most {MAX_SEGMENT} bytes")));
    }
    if let Some(c) = text.chars().find(|c| c.is_control() || c.is_whitespace() || r#"/\:*?"<>|#%"#.contains(*c)) {
        let c = if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() };
        return Err(is(&format!("a folder's name without `{c}`")));
    }
    if text.starts_with('.') || text.ends_with('.') {
        return Err(is("no dot at either end"));
    }
    reserved(text)?;
    let composed: String = text.nfkc().collect();
    if composed != text {
        return Err(is("normalized text (NFKC)").hint(format!("did you mean `{}`?", shown(&composed))));
    }
    Ok(text.to_owned())
}

/// Refuses names that our files or the system use.
pub(super) fn reserved(text: &str) -> Result<(), Problem> {
    let folded = fold(text);
    let stem = folded.split('.').next().unwrap_or_default();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    let whose = if OURS.contains(&folded.as_str()) {
        "feedmill uses itself"
    } else if DEVICES.contains(&stem) || numbered {
        "Windows reserves"
    } else {
        return Ok(());
    };
    Err(Problem::new(format!("is `{}`, a name that {whose}", shown(text))).hint("choose another"))
}

/// What makes two names one: NFKC and lower case, without white space around them.
pub(super) fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["finance", "金融", "c++", "a.b", "Tech", "com10", "console"] {
            assert_eq!(slug(good), Ok(good.to_owned()));
        }
        for (bad, expect) in [
            ("", "is ``, expected the name of a folder"),
            ("a b", "is `a b`, expected a folder's name without ` `"),
            ("a/b", "is `a/b`, expected a folder's name without `/`"),
            ("..", "is `..`, expected no dot at either end"),
            (".net", "is `.net`, expected no dot at either end"),
            ("a\u{7}", "is `a\u{fffd}`, expected a folder's name without `\\u{7}`"),
            ("Archive", "is `Archive`, a name that feedmill uses itself"),
            ("rss.xml", "is `rss.xml`, a name that feedmill uses itself"),
            ("con", "is `con`, a name that Windows reserves"),
            ("LPT¹", "is `LPT¹`, a name that Windows reserves"),
            ("nul.txt", "is `nul.txt`, a name that Windows reserves"),
            ("ｆ", "is `ｆ`, expected normalized text (NFKC)"),
        ] {
            assert_eq!(slug(bad).map_err(|p| p.message), Err(expect.to_owned()));
        }
        assert!(slug(&"x".repeat(121)).is_err());
    }
}
