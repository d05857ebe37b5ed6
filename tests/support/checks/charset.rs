//! A label as a server sends it, a line end, and bytes → text.

use feedmill::parse::charset::{Declared, decode};

pub fn charset(bytes: &[u8]) {
    let (label, bytes) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (String::from_utf8_lossy(&bytes[..end.min(60)]), &bytes[end + 1..]),
        None => ("".into(), bytes),
    };
    let declared = if label.is_empty() { Declared::Unknown } else { Declared::Http(&label) };
    let decoded = decode(bytes, declared);
    assert_eq!(decoded, decode(bytes, declared), "the same each time");
    let (text, warnings) = match decoded {
        Ok(decoded) => decoded,
        Err(error) => {
            assert_eq!(error.class, "encoding");
            assert!((1..=500).contains(&error.message.len()), "{}", error.message);
            return;
        }
    };
    assert!(text.len() <= bytes.len().saturating_mul(3).saturating_add(3), "{} of {}", text.len(), bytes.len());
    assert!(warnings.len() <= 8, "{warnings:?}");
    for warning in &warnings {
        assert!(warning.code == "encoding" && (1..=500).contains(&warning.message.len()), "{warning:?}");
    }
    // Nothing becomes U+FFFD in silence.
    let had = String::from_utf8_lossy(bytes).contains('\u{fffd}');
    assert!(had || !text.contains('\u{fffd}') || !warnings.is_empty(), "declared `{label}`");
    // No declaration, however wrong, costs a plain text anything. ESC, SO and SI switch sets, `<` and `{` beside
    // a NUL are UTF-16.
    if bytes.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0 | 0x0e | 0x0f | 0x1b)) {
        assert_eq!(text.as_bytes(), bytes, "declared `{label}`");
    }
    // Neither does silence cost one in UTF-8, nor the right declaration.
    if let Ok(plain) = std::str::from_utf8(bytes)
        && (label.is_empty() || label.eq_ignore_ascii_case("utf-8"))
        && !plain.starts_with('<')
        && !plain.trim_start().starts_with('<')
        && !plain.contains('\0')
    {
        assert_eq!(text, plain.strip_prefix('\u{feff}').unwrap_or(plain), "declared `{label}`");
    }
    // What was decoded is UTF-8 now, and reads as itself.
    let body = text.trim_start();
    if !body.starts_with(['<', '\u{feff}']) && !text.contains('\0') {
        let (again, warnings) = decode(text.as_bytes(), Declared::Http("utf-8")).expect("UTF-8 is read");
        assert!(again == text && warnings.is_empty(), "{warnings:?}");
    }
}
