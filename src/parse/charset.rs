//! Bytes → text.
//!
//! Takes the bytes of any document and what HTTP said of them; gives text that begins without a byte order
//! mark. Declarations lie, so each is believed only as far as the bytes agree.

use crate::model::{ParseError, Warning};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, REPLACEMENT, SHIFT_JIS};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
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

/// Characters of more than one byte in a text that is UTF-8 whatever is declared: no other set falls into its pattern so
/// often by chance.
const UTF_8_FOR_SURE: usize = 5;

const CONTRADICTED: &str = "which the bytes contradict";
const UNKNOWN: &str = "which is no known character set";

/// Decodes a document: byte order mark, else HTTP, else an XML or HTML declaration that decodes cleanly, else valid
/// UTF-8, else detection. What cannot be decoded becomes U+FFFD with a warning that names the first place; a leading
/// mark is dropped.
///
/// Errors: `encoding` for UTF-7 and the sets that browsers refuse for the same reason: markup hides in them.
pub fn decode<'a>(bytes: &'a [u8], declared: Declared<'_>) -> Result<(Cow<'a, str>, Vec<Warning>), ParseError> {
    let mut warnings = Vec::new();
    let (text, name) = read(bytes, declared, &mut warnings)?;
    for warning in &mut warnings {
        if [CONTRADICTED, UNKNOWN].iter().any(|what| warning.message.ends_with(what)) {
            warning.message.push_str(&format!(", read it as `{name}`"));
        }
    }
    Ok((text, warnings))
}

/// The text, and the name of the set that it was read by.
fn read<'a>(
    bytes: &'a [u8],
    declared: Declared<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(Cow<'a, str>, &'static str), ParseError> {
    if let Some(text) = utf_32(bytes) {
        warnings.extend(text.find('\u{fffd}').map(|at| replaced("UTF-32", &text, at)));
        return Ok((Cow::Owned(text), "UTF-32"));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok((lossy(encoding, &bytes[mark..], warnings), encoding.name()));
    }
    let http = match declared {
        Declared::Http(label) => encoding_of(label, "HTTP", warnings)?,
        Declared::Unknown => None,
    };
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return Ok((lossy(encoding, bytes, warnings), encoding.name()));
    }
    let inside = match declaration(bytes) {
        Some(label) => encoding_of(&label, "the document", warnings)?,
        None => None,
    };
    // One look at the whole document answers most questions, and is all that most documents cost.
    let utf_8 = std::str::from_utf8(bytes);
    for (encoding, who) in [(http, "HTTP"), (inside, "the document")] {
        let Some(encoding) = encoding else { continue };
        if let (Some(other), "HTTP") = (inside, who)
            && is_default(encoding, other, bytes)
        {
            warnings.push(contradicted(encoding, who));
            continue;
        }
        // UTF-16 would show in the first bytes, and the declaration could not have been read.
        if encoding == UTF_16LE || encoding == UTF_16BE {
            warnings.push(contradicted(encoding, who));
            continue;
        }
        if encoding == UTF_8 {
            match utf_8 {
                Ok(text) => return Ok((Cow::Borrowed(text), UTF_8.name())),
                Err(_) if mostly_utf_8(bytes) => return Ok((lossy(UTF_8, bytes, warnings), UTF_8.name())),
                Err(_) => warnings.push(contradicted(encoding, who)),
            }
            continue;
        }
        match utf_8 {
            // Nothing tells the sets apart but those that are not a superset of ASCII.
            Ok(text) if text.is_ascii() && encoding.is_ascii_compatible() => {
                return Ok((Cow::Borrowed(text), encoding.name()));
            }
            // Text of a Western set is never valid UTF-8 by chance: a default that nobody looked at.
            Ok(text) if !text.is_ascii() && (is_western(encoding) || is_utf_8_for_sure(bytes)) => {
                warnings.push(contradicted(encoding, who));
                return Ok((Cow::Borrowed(text), UTF_8.name()));
            }
            // Western sets take any byte: what is UTF-8 but for a slip shows in the rest.
            Err(_) if is_western(encoding) && is_utf_8_for_sure(bytes) && mostly_utf_8(bytes) => {
                warnings.push(contradicted(encoding, who));
                return Ok((lossy(UTF_8, bytes, warnings), UTF_8.name()));
            }
            _ => {}
        }
        match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => return Ok((text, encoding.name())),
            None => warnings.push(contradicted(encoding, who)),
        }
    }
    match utf_8 {
        Ok(text) => Ok((Cow::Borrowed(text), UTF_8.name())),
        Err(_) if mostly_utf_8(bytes) => Ok((lossy(UTF_8, bytes, warnings), UTF_8.name())),
        Err(_) => {
            let encoding = inside.or(http).filter(|set| *set != UTF_8 && nearly(set, bytes));
            let encoding = encoding.unwrap_or_else(|| detect(bytes));
            if inside.is_none() && http.is_none() {
                let message =
                    format!("no character set is declared and it is not UTF-8, read it as `{}`", encoding.name());
                warnings.push(Warning::new("encoding", message));
            }
            Ok((lossy(encoding, bytes, warnings), encoding.name()))
        }
    }
}

fn contradicted(encoding: &'static Encoding, who: &str) -> Warning {
    Warning::new("encoding", format!("{who} says `{}`, {CONTRADICTED}", encoding.name()))
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
        "gb_18030" | "gb18030-2000" | "gb-18030" => Some(GB18030),
        "cp936" | "ms936" | "windows-936" | "euc-cn" | "euccn" => Some(GBK),
        "cp950" | "ms950" | "windows-950" => Some(BIG5),
        "cp932" | "windows-932" | "shiftjis" => Some(SHIFT_JIS),
        "eucjp" | "ujis" => Some(EUC_JP),
        "cp949" | "ms949" | "uhc" | "euckr" => Some(EUC_KR),
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
        warnings.push(Warning::new("encoding", format!("{who} says `{label}`, {UNKNOWN}")));
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

/// Two characters of ASCII with a zero byte each: UTF-16 by someone who left out the mark (XML 1.0 appendix F).
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, first, 0, second, ..] if is_text(*first) && is_text(*second) => Some(UTF_16BE),
        [first, 0, second, 0, ..] if is_text(*first) && is_text(*second) => Some(UTF_16LE),
        // `<名>`
        [0, b'<' | b'{', second, ..] if *second != 0 => Some(UTF_16BE),
        [b'<' | b'{', 0, _, second, ..] if *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// A character that a text of ASCII begins with.
fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// UTF-32 with its mark, or with a character of ASCII first.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let (from, unit): (usize, fn([u8; 4]) -> u32) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (4, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, ..] => (4, u32::from_le_bytes),
        [0, 0, 0, first, ..] if is_text(*first) => (0, u32::from_be_bytes),
        [first, 0, 0, 0, ..] if is_text(*first) => (0, u32::from_le_bytes),
        _ => return None,
    };
    let (units, rest) = bytes[from..].as_chunks::<4>();
    let mut text: String = units.iter().map(|&bytes| char::from_u32(unit(bytes)).unwrap_or('\u{fffd}')).collect();
    text.extend((!rest.is_empty()).then_some('\u{fffd}'));
    Some(text)
}

fn is_western(encoding: &'static Encoding) -> bool {
    encoding == WINDOWS_1252 || encoding == encoding_rs::ISO_8859_15 || encoding == encoding_rs::MACINTOSH
}

/// HTTP names a Western set, as servers do for all they have, and the document another one that fits: sets of several
/// bytes do not fit by chance, and of the others the bytes decide.
fn is_default(http: &'static Encoding, inside: &'static Encoding, bytes: &[u8]) -> bool {
    if !is_western(http) || inside == http || inside == UTF_16LE || inside == UTF_16BE || bytes.is_ascii() {
        return false;
    }
    let fits = inside.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    fits && (!inside.is_single_byte() || !is_western(detect(bytes)))
}

/// Whether enough of it can only be UTF-8.
fn is_utf_8_for_sure(bytes: &[u8]) -> bool {
    let several = |text: &str| text.bytes().filter(|&byte| byte >= 0xc0).count();
    bytes.utf8_chunks().map(|chunk| several(chunk.valid())).sum::<usize>() >= UTF_8_FOR_SURE
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
        // Others may hold the character itself, before the first place where it stands for a fault.
        let at = match std::str::from_utf8(bytes) {
            Err(error) if encoding == UTF_8 => error.valid_up_to(),
            _ => text.find('\u{fffd}').unwrap_or(0),
        };
        warnings.push(replaced(encoding.name(), &text, at));
    }
    text
}

/// Tells where the first byte stood that means nothing in its set.
fn replaced(encoding: &str, text: &str, at: usize) -> Warning {
    let before = text.get(..at).unwrap_or_default();
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let message = format!("bytes that are not `{encoding}` became U+FFFD, here first");
    Warning::new("encoding", message).at(number(line), number(column))
}

#[cfg(test)]
mod tests;
