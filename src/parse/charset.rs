//! Bytes → text.
//!
//! Takes the bytes of any document and what HTTP said of them; gives text that begins without a byte order
//! mark. Declarations lie, so each is believed only as far as the bytes agree.

use crate::model::{ParseError, Warning};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_2, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// What is known of the character set besides the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared<'a> {
    /// Nothing.
    Unknown,
    /// `charset` of an HTTP header; below a byte order mark, above a declaration inside.
    Http(&'a str),
}

/// Bytes from the start in which a declaration is looked for.
const HEAD_BYTES: usize = 1024;
/// Bytes that detection looks at.
const DETECT_BYTES: usize = 64 * 1024;

/// Decodes a document: byte order mark, else HTTP, else an XML declaration that decodes cleanly, else valid
/// UTF-8, else detection. What cannot be decoded becomes U+FFFD with a warning; a leading mark is dropped.
///
/// Errors: `encoding` for UTF-7 and the sets that browsers refuse for the same reason: markup hides in them.
pub fn decode<'a>(bytes: &'a [u8], declared: Declared<'_>) -> Result<(Cow<'a, str>, Vec<Warning>), ParseError> {
    let mut warnings = Vec::new();
    if let Some(text) = utf_32(bytes) {
        return Ok((Cow::Owned(text), warnings));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok((lossy(encoding, &bytes[mark..], &mut warnings), warnings));
    }
    let http = match declared {
        Declared::Http(label) => encoding_of(label, "HTTP", &mut warnings)?,
        Declared::Unknown => None,
    };
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return Ok((lossy(encoding, bytes, &mut warnings), warnings));
    }
    let inside = match declaration(bytes) {
        Some(label) => encoding_of(&label, "the document", &mut warnings)?,
        None => None,
    };
    // One look at the whole document answers most questions, and is all that most documents cost.
    let utf_8 = std::str::from_utf8(bytes);
    for (encoding, who) in [(http, "HTTP"), (inside, "the document")] {
        let Some(encoding) = encoding else { continue };
        // UTF-16 would show in the first bytes, and the declaration could not have been read.
        if encoding == UTF_16LE || encoding == UTF_16BE {
            warnings.push(contradicted(encoding, who));
            continue;
        }
        if encoding == UTF_8 {
            match utf_8 {
                Ok(text) => return Ok((Cow::Borrowed(text), warnings)),
                Err(_) if mostly_utf_8(bytes) => return Ok((lossy(UTF_8, bytes, &mut warnings), warnings)),
                Err(_) => warnings.push(contradicted(encoding, who)),
            }
            continue;
        }
        match utf_8 {
            // Nothing tells the sets apart but those that are not a superset of ASCII.
            Ok(text) if text.is_ascii() && encoding.is_ascii_compatible() => {
                return Ok((Cow::Borrowed(text), warnings));
            }
            // Text of a Western set is never valid UTF-8 by chance: a default that nobody looked at.
            Ok(text) if !text.is_ascii() && is_western(encoding) => {
                warnings.push(contradicted(encoding, who));
                return Ok((Cow::Borrowed(text), warnings));
            }
            _ => {}
        }
        match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => return Ok((text, warnings)),
            None => warnings.push(contradicted(encoding, who)),
        }
    }
    match utf_8 {
        Ok(text) => Ok((Cow::Borrowed(text), warnings)),
        Err(_) if mostly_utf_8(bytes) => Ok((lossy(UTF_8, bytes, &mut warnings), warnings)),
        Err(_) => {
            let encoding = inside.or(http).filter(|set| *set != UTF_8 && nearly(set, bytes));
            let encoding = encoding.unwrap_or_else(|| detect(bytes));
            if inside.is_none() && http.is_none() {
                let message =
                    format!("no character set is declared and it is not UTF-8, read it as `{}`", encoding.name());
                warnings.push(Warning::new("encoding", message));
            }
            Ok((lossy(encoding, bytes, &mut warnings), warnings))
        }
    }
}

fn contradicted(encoding: &'static Encoding, who: &str) -> Warning {
    Warning::new("encoding", format!("{who} says `{}`, which the bytes contradict", encoding.name()))
}

fn encoding_of(label: &str, who: &str, warnings: &mut Vec<Warning>) -> Result<Option<&'static Encoding>, ParseError> {
    let label = label.trim().trim_matches(['"', '\'']);
    let lower = label.to_ascii_lowercase();
    if matches!(lower.as_str(), "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" | "csutf7") {
        return Err(ParseError::new("encoding", format!("{who} says `{label}`, which is not read, expected UTF-8")));
    }
    let encoding = match lower.as_str() {
        // Names in use that the Encoding Standard does not list.
        "utf_8" | "utf8mb4" | "utf-8-sig" | "u8" => Some(UTF_8),
        "gb_18030" | "gb18030-2000" | "gb-18030" => Some(encoding_rs::GB18030),
        "cp936" | "ms936" => Some(encoding_rs::GBK),
        "iso-latin-1" | "8859-1" | "iso8859_1" => Some(WINDOWS_1252),
        "iso-latin-2" => Some(ISO_8859_2),
        "utf-16" | "utf16" => Some(UTF_16LE),
        _ => Encoding::for_label(label.as_bytes()),
    };
    if encoding == Some(REPLACEMENT) {
        return Err(ParseError::new("encoding", format!("{who} says `{label}`, which is not read, expected UTF-8")));
    }
    if encoding.is_none() && !label.is_empty() {
        let label: String = label.chars().take(40).collect();
        warnings.push(Warning::new("encoding", format!("{who} says `{label}`, which is no known character set")));
    }
    Ok(encoding)
}

/// The label of `<?xml encoding="…"?>`, `<meta charset="…">` or `<meta … content="…; charset=…">`.
fn declaration(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if head[start] != b'<' {
        return None;
    }
    let head: String = head[start..].iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect();
    let lower = head.to_ascii_lowercase();
    if lower.starts_with("<?xml") {
        let declaration = &lower[..lower.find("?>").or_else(|| lower.find('>')).unwrap_or(lower.len())];
        let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
        return label(after);
    }
    let mut rest = lower.as_str();
    while let Some((_, after)) = rest.split_once("<meta") {
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        if let Some((_, value)) = tag.split_once("charset") {
            return label(value.trim_start().strip_prefix('=')?.trim_start());
        }
        rest = next;
    }
    None
}

fn label(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['"', '\'']);
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>' | '?'));
    let label = &text[..end.unwrap_or(text.len())];
    (!label.is_empty()).then(|| label.to_owned())
}

/// `<` or `{` beside a zero byte: UTF-16 by someone who left out the mark (XML 1.0 appendix F).
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<' | b'{', 0, ..] => Some(UTF_16BE),
        [b'<' | b'{', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32 with its mark, or with `<` first.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let (from, unit): (usize, fn([u8; 4]) -> u32) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (4, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, ..] => (4, u32::from_le_bytes),
        [0, 0, 0, b'<', ..] => (0, u32::from_be_bytes),
        [b'<', 0, 0, 0, ..] => (0, u32::from_le_bytes),
        _ => return None,
    };
    let (units, _) = bytes[from..].as_chunks::<4>();
    Some(units.iter().map(|&bytes| char::from_u32(unit(bytes)).unwrap_or('\u{fffd}')).collect())
}

fn is_western(encoding: &'static Encoding) -> bool {
    encoding == WINDOWS_1252 || encoding == encoding_rs::ISO_8859_15 || encoding == encoding_rs::MACINTOSH
}

/// UTF-8 but for a few bytes, or cut inside a character: one broken item must not garble the others.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|&byte| byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // The end of a document that was cut is no evidence against it.
    let cut = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    cut || good > bad.saturating_mul(10)
}

/// Whether an encoding fails at few places only.
fn nearly(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bad = text.matches('\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii()).count() - bad;
    good > bad.saturating_mul(10)
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    // Pages begin with ASCII: detection starts where there is something to detect.
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let end = bytes.len().min(start.saturating_add(DETECT_BYTES));
    detector.feed(&bytes[start..end], true);
    detector.guess(None, Utf8Detection::Deny)
}

fn lossy<'a>(encoding: &'static Encoding, bytes: &'a [u8], warnings: &mut Vec<Warning>) -> Cow<'a, str> {
    let (text, bad) = encoding.decode_without_bom_handling(bytes);
    if bad {
        let message = format!("bytes that are not `{}` became U+FFFD", encoding.name());
        warnings.push(Warning::new("encoding", message));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, GBK, SHIFT_JIS, WINDOWS_1251};
    use proptest::prelude::*;

    fn check(bytes: &[u8], http: Option<&str>, expect: &str, warned: bool) {
        let declared = http.map_or(Declared::Unknown, Declared::Http);
        let (text, warnings) = decode(bytes, declared).unwrap();
        assert_eq!(text, expect);
        assert_eq!(!warnings.is_empty(), warned, "{warnings:?} for {expect}");
    }

    #[test]
    fn marks_and_declarations() {
        check("金融".as_bytes(), None, "金融", false);
        check(b"\xef\xbb\xbfx", None, "x", false);
        check(b"\xef\xbb\xbf\xe9\x87\x91", Some("gbk"), "金", false);
        check(b"\xff\xfe<\0x\0>\0", None, "<x>", false);
        check(b"\xfe\xff\0<\0x\0>", None, "<x>", false);
        check(b"<\0x\0>\0", None, "<x>", false);
        check(b"\0<\0x\0>", None, "<x>", false);
        check(b"\0\0\xfe\xff\0\0\0<", None, "<", false);
        check(
            b"<?xml version='1.0' encoding='windows-1251'?>\xcf",
            None,
            "<?xml version='1.0' encoding='windows-1251'?>П",
            false,
        );
        check(b"<meta charset=gbk>\xbd\xf0", None, "<meta charset=gbk>金", false);
        check(b"\xbd\xf0\xc8\xda", Some("gb2312"), "金融", false);
        check(b"\xe9", Some("ISO-8859-1"), "é", false);
    }

    #[test]
    fn lies_are_seen_through() {
        check("é金".as_bytes(), Some("iso-8859-1"), "é金", true);
        check(
            "<?xml version='1.0' encoding='utf-16'?>é".as_bytes(),
            None,
            "<?xml version='1.0' encoding='utf-16'?>é",
            true,
        );
        check(b"<?xml encoding='no-such-set'?>", None, "<?xml encoding='no-such-set'?>", true);
        check(b"plain", Some("us-ascii"), "plain", false);
        let latin = b"<?xml version='1.0' encoding='utf-8'?>caf\xe9 d\xe9j\xe0 vu".as_slice();
        check(latin, None, "<?xml version='1.0' encoding='utf-8'?>café déjà vu", true);
    }

    #[test]
    fn one_bad_byte_garbles_nothing_else() {
        let mut bytes = "金融新聞".repeat(20).into_bytes();
        bytes.push(0xff);
        bytes.extend_from_slice("終".as_bytes());
        let (text, warnings) = decode(&bytes, Declared::Unknown).unwrap();
        assert!(text.ends_with("新聞\u{fffd}終"));
        assert_eq!(warnings.len(), 1);
        check(&"<a>金".as_bytes()[..5], None, "<a>\u{fffd}", true);
    }

    #[test]
    fn undeclared_sets_are_detected() {
        let samples = [
            (GBK, "今天的新闻：金融市场大幅上涨，投资者信心恢复，分析师认为这一趋势还会继续。"),
            (SHIFT_JIS, "今日のニュース：株式市場は大きく上昇し、投資家の信頼が回復しました。"),
            (BIG5, "今天的新聞：金融市場大幅上漲，投資者信心恢復，分析師認為這一趨勢還會繼續。"),
            (WINDOWS_1251, "Сегодняшние новости: финансовые рынки значительно выросли, доверие вернулось."),
            (WINDOWS_1252, "Les marchés ont fortement progressé, la confiance est revenue à Genève."),
        ];
        for (encoding, text) in samples {
            let (bytes, _, _) = encoding.encode(text);
            let (decoded, warnings) = decode(&bytes, Declared::Unknown).unwrap();
            assert_eq!(decoded, text, "{}", encoding.name());
            assert_eq!(warnings.len(), 1);
        }
    }

    #[test]
    fn dangerous_sets_are_refused() {
        for label in ["utf-7", "UTF-7", "hz-gb-2312", "iso-2022-kr"] {
            assert_eq!(decode(b"+ADw-", Declared::Http(label)).unwrap_err().class, "encoding", "{label}");
        }
        assert_eq!(decode(b"<?xml encoding=\"utf-7\"?>", Declared::Unknown).unwrap_err().class, "encoding");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), label in "[a-z0-9-]{0,12}") {
            let _ = decode(&bytes, Declared::Unknown);
            let _ = decode(&bytes, Declared::Http(&label));
        }

        #[test]
        fn utf_8_is_left_alone(text in "[^\u{feff}]{0,80}") {
            // NUL next to `<` or `{` is how UTF-16 without its mark is known.
            prop_assume!(!text.contains('\0') && !text.trim_start().starts_with('<'));
            let (decoded, _) = decode(text.as_bytes(), Declared::Unknown).unwrap();
            prop_assert_eq!(decoded, text.as_str());
        }
    }
}
