//! A term as the name of a folder: safe on every file system, the same everywhere.

use crate::config::plan::Slugs;
use unicode_normalization::UnicodeNormalization;

/// Longest name in bytes.
const MAX_BYTES: usize = 120;

/// Names that stand for something else in the output folder.
const OURS: [&str; 7] = ["archive", "index.html", "index.opml", "manifest.json", "rss.xml", "atom.xml", "feed.json"];

/// Names of devices on Windows, also with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The slug of one name: NFKC, lower case, white space and `/` to `-`, what no file system or URL likes dropped.
/// `feed-<hash>` where that leaves nothing, too much, or a name that is taken or reserved.
pub fn slug(name: &str, slugs: Slugs) -> String {
    let (folded, is_gap): (String, fn(char) -> bool) = match slugs {
        Slugs::Unicode => (fold(name), is_gap),
        // What has no transliteration is dropped.
        Slugs::Ascii => (fold(&deunicode::deunicode_with_tofu(&fold(name), "")), is_ascii_gap),
    };
    let mut slug = String::with_capacity(folded.len());
    let mut gap = false;
    for c in folded.trim_matches(is_gap).chars() {
        if is_gap(c) {
            gap = true;
        } else if !is_dropped(c) && (slugs == Slugs::Unicode || !matches!(c, '\'' | '`')) {
            if std::mem::take(&mut gap) {
                slug.push('-');
            }
            slug.push(c);
        }
    }
    // Marks that a dropped character kept apart may stand in another order now, or join a letter.
    let slug: String = slug.nfkc().collect();
    let slug = match slugs {
        Slugs::Unicode => slug.trim_matches('.'),
        Slugs::Ascii => slug.trim_matches(['.', '-']),
    };
    if slug.is_empty() || slug.len() > MAX_BYTES || is_reserved(slug) {
        return format!("feed-{}", short_hash(name));
    }
    slug.to_owned()
}

/// The folder of a category path: each name's slug, nested.
pub fn slug_path<S: AsRef<str>>(names: &[S], slugs: Slugs) -> String {
    let parts: Vec<String> = names.iter().map(|name| slug(name.as_ref(), slugs)).collect();
    parts.join("/")
}

/// Eight hexadecimal digits that tell terms of one slug apart; the same for every spelling of a term.
pub fn short_hash(term: &str) -> String {
    blake3::hash(fold(term).trim().as_bytes()).to_hex()[..8].to_owned()
}

/// NFKC and lower case. Lower case can undo NFKC and the other way round, so once more.
fn fold(name: &str) -> String {
    let lower = name.nfkc().collect::<String>().to_lowercase();
    lower.nfkc().collect::<String>().to_lowercase()
}

/// What becomes one `-`.
fn is_gap(c: char) -> bool {
    c == '/' || c.is_whitespace()
}

/// Of ASCII only letters, digits, `.`, `_` and `+` (`c++`) need no quotes anywhere. Signs between words part them, and
/// a transliteration leaves spaces beside the `-` it keeps.
fn is_ascii_gap(c: char) -> bool {
    let kept = c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '\'' | '`');
    is_gap(c) || !(kept || is_dropped(c))
}

fn is_dropped(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%')
}

/// Characters that steer the direction or the joining of others and show nothing: two names that differ in them
/// only look the same.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
        | '\u{E0000}'..='\u{E007F}')
}

fn is_reserved(slug: &str) -> bool {
    let stem = slug.split('.').next().unwrap_or(slug);
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    OURS.contains(&slug)
        || DEVICES.contains(&stem)
        || port.is_some_and(|number| number.len() == 1 && number.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hashed(name: &str) -> String {
        format!("feed-{}", short_hash(name))
    }

    #[test]
    fn names_become_folders() {
        let table = [
            ("金融", "金融"),
            ("Tech", "tech"),
            ("C#", "c"),
            ("C++", "c++"),
            ("C--", "c--"),
            (".NET", "net"),
            ("ASP.NET Core", "asp.net-core"),
            ("Node.js", "node.js"),
            ("a  b\tc\nd", "a-b-c-d"),
            ("  padded  ", "padded"),
            ("a/b", "a-b"),
            ("a / b", "a-b"),
            ("/etc/passwd", "etc-passwd"),
            ("../../etc", "-..-etc"),
            ("..\\..\\x", "x"),
            ("C:\\Windows", "cwindows"),
            ("a:b", "ab"),
            ("%2e%2e%2f", "2e2e2f"),
            ("what?", "what"),
            ("a*b|c<d>e\"f", "abcdef"),
            ("trailing.", "trailing"),
            ("trailing. ", "trailing"),
            ("...x...", "x"),
            ("AT&T", "at&t"),
            ("it's", "it's"),
            ("100%", "100"),
            ("#hashtag", "hashtag"),
            ("Straße", "straße"),
            ("STRASSE", "strasse"),
            ("ÅNGSTRÖM", "ångström"),
            ("A\u{30a}ngstro\u{308}m", "ångström"),
            ("ＦＵＬＬ　ＷＩＤＴＨ", "full-width"),
            ("a／b", "a-b"),
            ("℀", "a-c"),
            ("①", "1"),
            ("ﬁsh", "fish"),
            ("İstanbul", "i\u{307}stanbul"),
            ("日本語 テスト", "日本語-テスト"),
            ("ﾃｽﾄ", "テスト"),
            ("Москва", "москва"),
            ("العربية", "العربية"),
            ("emoji 😀", "emoji-😀"),
            ("zero\u{200b}width", "zerowidth"),
            ("right\u{202e}left", "rightleft"),
            ("\u{feff}bom", "bom"),
            ("nul\0byte", "nulbyte"),
            ("bell\u{7}", "bell"),
            ("del\u{7f}", "del"),
            ("archives", "archives"),
            ("rss", "rss"),
            ("console", "console"),
            ("com", "com"),
            ("com10", "com10"),
            ("lpt", "lpt"),
            ("auxiliary", "auxiliary"),
            ("index", "index"),
            ("~", "~"),
            ("_", "_"),
            ("-", "-"),
            ("a.b.c", "a.b.c"),
            ("2024", "2024"),
            ("zh-CN", "zh-cn"),
        ];
        for (name, expect) in table {
            assert_eq!(slug(name, Slugs::Unicode), expect, "{name:?}");
        }
    }

    #[test]
    fn names_that_cannot_be_folders_are_hashed() {
        let names = [
            "",
            " ",
            ".",
            "..",
            "...",
            "…",
            "/",
            "///",
            "#",
            "???",
            "\u{200b}",
            "\0",
            "archive",
            "Archive",
            "ARCHIVE",
            "index.html",
            "Index.HTML",
            "index.opml",
            "manifest.json",
            "rss.xml",
            "RSS.xml",
            "atom.xml",
            "feed.json",
            "CON",
            "con",
            "con.txt",
            "Con.tar.gz",
            "PRN",
            "AUX",
            "NUL",
            "nul.",
            "COM1",
            "com9",
            "COM¹",
            "com²",
            "com0",
            "LPT1",
            "lpt³",
            "LPT9.log",
            "CONIN$",
            "CONOUT$",
            ".con",
            "con#",
            "c:on",
        ];
        for name in names {
            assert_eq!(slug(name, Slugs::Unicode), hashed(name), "{name:?}");
        }
        assert_eq!(slug(&"a".repeat(121), Slugs::Unicode), hashed(&"a".repeat(121)));
        assert_eq!(slug(&"a".repeat(120), Slugs::Unicode), "a".repeat(120));
        assert_eq!(slug(&"金".repeat(41), Slugs::Unicode), hashed(&"金".repeat(41)));
    }

    #[test]
    fn ascii_transliterates() {
        let table = [
            ("金融", "jin-rong"),
            ("新浪财经", "xin-lang-cai-jing"),
            ("Ångström", "angstrom"),
            ("Москва", "moskva"),
            ("C#", "c"),
            ("Tech News", "tech-news"),
            ("新浪财经－国内", "xin-lang-cai-jing-guo-nei"),
            ("新浪财经 - 国内", "xin-lang-cai-jing-guo-nei"),
            ("生活（家）", "sheng-huo-jia"),
            ("C++", "c++"),
            ("C--", "c"),
            ("a -- b", "a-b"),
            ("AT&T", "at-t"),
            ("rock & roll", "rock-roll"),
            ("it's", "its"),
            ("snake_case", "snake_case"),
            ("Node.js", "node.js"),
            ("../../etc", "etc"),
            ("100%", "100"),
        ];
        for (name, expect) in table {
            assert_eq!(slug(name, Slugs::Ascii), expect, "{name:?}");
        }
        for name in ["\u{e000}", "-", "&", "C:on", "（archive）"] {
            assert_eq!(slug(name, Slugs::Ascii), hashed(name), "{name:?}");
        }
        // Two marks change places when nothing stands between them any more.
        assert_eq!(slug("\u{1e026}>\u{10f83}", Slugs::Unicode), "\u{10f83}\u{1e026}");
    }

    #[test]
    fn paths_are_nested_and_names_with_a_slash_are_not() {
        assert_eq!(slug_path(&["金融", "新浪财经"], Slugs::Unicode), "金融/新浪财经");
        assert_eq!(slug_path(&["A/B", ".."], Slugs::Unicode), format!("a-b/{}", hashed("..")));
    }

    #[test]
    fn spellings_of_one_term_have_one_hash() {
        assert_eq!(short_hash("Ｔｅｃｈ "), short_hash("tech"));
        assert_ne!(short_hash("c"), short_hash("c#"));
        assert_eq!(short_hash("c#").len(), 8);
    }

    proptest! {
        #[test]
        fn every_slug_is_a_plain_name_and_stays_one(name in any::<String>()) {
            for slugs in [Slugs::Unicode, Slugs::Ascii] {
                let slug = slug(&name, slugs);
                prop_assert!(!slug.is_empty() && slug.len() <= MAX_BYTES);
                prop_assert!(!slug.starts_with('.') && !slug.ends_with('.'));
                prop_assert!(!slug.contains(['/', '\\', '\0', ':', '%', '#', '?']));
                prop_assert!(!slug.chars().any(char::is_whitespace));
                prop_assert!(!is_reserved(&slug));
                if slugs == Slugs::Ascii {
                    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '+');
                    prop_assert!(slug.chars().all(allowed) && !slug.contains("--"), "{}", slug);
                }
                prop_assert_eq!(super::slug(&slug, Slugs::Unicode), slug);
            }
        }
    }
}
