//! Character references of foreign HTML → characters, where there is no doubt what a browser reads (§13.2.5.72).

use quick_xml::escape::resolve_html5_entity;
use std::borrow::Cow;

/// The text with its references decoded; none where one is misspelt, without `;`, or stands for a control character.
/// `in_value`: the text is the value of an attribute, where `&copy=1` is no reference.
pub(super) fn decode(text: &str, in_value: bool) -> Option<Cow<'_, str>> {
    let Some(first) = text.find('&') else { return Some(Cow::Borrowed(text)) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(after) = rest.strip_prefix('&') {
        let length = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
        let (name, behind) = after.split_at(length);
        if name.is_empty() {
            out.push('&');
        } else if let Some(number) = name.strip_prefix('#') {
            out.push(numeric(number).filter(|_| behind.starts_with(';'))?);
        } else if name.contains('#') {
            return None;
        } else if behind.starts_with(';') {
            out.push_str(named(name)?);
        } else if in_value && (behind.starts_with('=') || named(name).is_none()) {
            // What is shorter than the name would be followed by a letter, and is none for that reason.
            out.push('&');
            out.push_str(name);
        } else {
            return None;
        }
        let mut consumed = 1 + length;
        if !name.is_empty() && behind.starts_with(';') {
            consumed += 1;
        }
        rest = &rest[consumed..];
        let next = rest.find('&').unwrap_or(rest.len());
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Some(Cow::Owned(out))
}

fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "nbsp" => "\u{a0}",
        // Those that stand for line ends and other white space are left to a real parser.
        "Tab" | "NewLine" => return None,
        _ => resolve_html5_entity(name)?,
    })
}

/// Only what no browser reads as another character, and what needs no care behind.
fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if (1..=6).contains(&hex.len()) && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()?
        }
        None if (1..=7).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.parse().ok()?
        }
        _ => return None,
    };
    let c = char::from_u32(code)?;
    let plain = matches!(c, ' '..='~') || (c >= '\u{a0}' && !matches!(code & 0xffff, 0xfffe | 0xffff));
    plain.then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, in_value, expect) in [
            ("a", false, Some("a")),
            ("a &amp; b &lt;&#x4e2d;&#20013;&hellip;&nbsp;", false, Some("a & b <中中…\u{a0}")),
            ("a & b &", false, Some("a & b &")),
            ("AT&T", false, None),
            ("?a=1&b=2&amp;c=3&copy=4", true, Some("?a=1&b=2&c=3&copy=4")),
            ("?a&copy", true, None),
            ("?a&copyx", true, Some("?a&copyx")),
            ("&notit;", false, None),
            ("&#0;", false, None),
            ("&#128;", false, None),
            ("&#xfffe;", false, None),
            ("&#65", false, None),
            ("&#x41;", false, Some("A")),
            ("&a#b;", false, None),
            ("&Tab;", false, None),
            ("&amp;amp;", false, Some("&amp;")),
        ] {
            assert_eq!(decode(text, in_value).as_deref(), expect, "{text}");
        }
    }
}
