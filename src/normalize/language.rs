//! Languages: declared ones as BCP 47 writes them, else what the text plainly is.

use crate::model::Item;

/// Letters a text must have before its language is guessed by anything but its script.
const MIN_LETTERS: usize = 20;
/// Characters that are looked at.
const MAX_CHARACTERS: usize = 600;

/// A tag in the case of BCP 47 §2.1.1 (`zh_CN.UTF-8` → `zh-CN`), if it is one.
pub fn clean(tag: &str) -> Option<String> {
    let tag = tag.trim().split(['.', '@', ',', ';', ' ']).next().unwrap_or_default();
    let mut out = String::new();
    let mut after_singleton = false;
    for (at, part) in tag.split(['-', '_']).enumerate() {
        let is_part = (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_primary = matches!(part.len(), 2 | 3) && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_part || (at == 0 && !is_primary) || at > 8 {
            return None;
        }
        if at > 0 {
            out.push('-');
        }
        let lower = part.to_ascii_lowercase();
        match part.len() {
            2 if at > 0 && !after_singleton => out.push_str(&part.to_ascii_uppercase()),
            4 if at > 0 && !after_singleton && part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                out.push_str(&part[..1].to_ascii_uppercase());
                out.push_str(&lower[1..]);
            }
            _ => out.push_str(&lower),
        }
        after_singleton |= part.len() == 1;
    }
    // A lone letter at the end opens an extension that does not come.
    let complete = out.rsplit('-').next().is_some_and(|last| last.len() > 1);
    (complete && out != "und").then_some(out)
}

/// An item's language: the declared one, else what its title and summary plainly are. Not asked for every item that is
/// read, only where a language shows: guessing costs as much as all the rest of reading an article.
pub fn of(item: &Item) -> Option<String> {
    of_within(item, None)
}

/// The same on a site of a known language: a guess knows no regions, so an item that was guessed to be `zh` on a site
/// in `zh-CN` is in `zh-CN`. What an item declares itself stands.
pub fn of_within(item: &Item, site: Option<&str>) -> Option<String> {
    let guess = || detect(&format!("{} {}", item.title, item.summary.as_deref().unwrap_or_default()));
    item.language.clone().or_else(|| {
        let guess = guess()?;
        let same = site.filter(|site| site.split('-').next().is_some_and(|primary| primary == guess));
        Some(same.map_or(guess, str::to_owned))
    })
}

/// The language of a text, if there is no doubt.
pub(super) fn detect(text: &str) -> Option<String> {
    let (mut letters, mut han, mut kana, mut hangul) = (0, 0, 0, 0);
    let end = text.char_indices().nth(MAX_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        match u32::from(c) {
            0x3041..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9D => kana += 1,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7A3 => hangul += 1,
            0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFD => han += 1,
            _ => {}
        }
    }
    // Product names in Latin letters are common in CJK text; a single Han character in Latin text says nothing.
    let east_asian = han + kana + hangul;
    if east_asian >= 2 && east_asian * 3 >= letters {
        let language = match () {
            () if hangul * 2 >= east_asian => "ko",
            () if kana * 10 >= east_asian && kana >= 2 => "ja",
            () if han == east_asian => "zh",
            () => return None,
        };
        return Some(language.to_owned());
    }
    if letters < MIN_LETTERS {
        return None;
    }
    let info = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    let code = info.lang().code();
    SHORT_CODES.iter().find(|(long, _)| *long == code).map(|(_, short)| (*short).to_owned())
}

/// ISO 639-3 as the detector names them → ISO 639-1 as BCP 47 wants them.
const SHORT_CODES: &[(&str, &str)] = &[
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "nb"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (tag, expect) in [
            ("zh_CN", Some("zh-CN")),
            ("zh-cn", Some("zh-CN")),
            ("ZH-hans-cn", Some("zh-Hans-CN")),
            ("en_US.UTF-8", Some("en-US")),
            (" de ", Some("de")),
            ("sr-Latn", Some("sr-Latn")),
            ("es-419", Some("es-419")),
            ("en-x-AB", Some("en-x-ab")),
            ("en-x", None),
            ("English", None),
            ("", None),
            ("und", None),
            ("zh--CN", None),
            ("日本語", None),
        ] {
            assert_eq!(clean(tag).as_deref(), expect, "{tag}");
        }
    }

    #[test]
    fn detection() {
        for (text, expect) in [
            ("如何做好居民服务", Some("zh")),
            ("Rust 1.80 发布了", Some("zh")),
            ("これはテストです", Some("ja")),
            ("東京の天気", None),
            ("안녕하세요 여러분", Some("ko")),
            ("C++", None),
            ("Hello", None),
            ("The quick brown fox jumps over the lazy dog and then goes home to sleep for the night", Some("en")),
            ("Сегодня в Москве была хорошая погода, и мы пошли гулять в парк вместе с друзьями", Some("ru")),
            ("", None),
            ("12345 !!!", None),
        ] {
            assert_eq!(detect(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn a_guess_takes_the_region_of_the_site() {
        let item = Item { title: "如何做好居民服务".into(), ..Item::default() };
        for (site, expect) in [(None, "zh"), (Some("zh-CN"), "zh-CN"), (Some("zh"), "zh"), (Some("en-GB"), "zh")] {
            assert_eq!(of_within(&item, site).as_deref(), Some(expect), "{site:?}");
        }
        let declared = Item { language: Some("zh".into()), ..item };
        assert_eq!(of_within(&declared, Some("zh-CN")).as_deref(), Some("zh"));
    }

    #[test]
    fn every_detected_language_has_a_code() {
        for lang in whatlang::Lang::all() {
            assert!(SHORT_CODES.iter().any(|(long, _)| *long == lang.code()), "{}", lang.code());
        }
    }
}
