//! Language tags: well-formed by RFC 5646 §2.1, in the case it recommends.

use super::fault::Problem;
use super::value::shown;

/// Tags from before the grammar (RFC 5646 §2.2.8) that it does not cover.
const IRREGULAR: [&str; 17] = [
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
];

/// A tag in its usual spelling: `zh-cn` → `zh-CN`.
pub(super) fn language(text: &str) -> Result<String, Problem> {
    if let Some(tag) = tag(text) {
        return Ok(tag);
    }
    let problem = Problem::new(format!("is `{}`, expected a language tag such as `en` or `zh-CN`", shown(text)));
    let repaired = text.trim().split(['.', '@']).next().and_then(|locale| tag(&locale.replace('_', "-")));
    Err(match repaired {
        Some(tag) => problem.hint(format!("did you mean `{tag}`?")),
        None => problem,
    })
}

/// The tag in its usual spelling (RFC 5646 §2.1.1), if it is well-formed.
fn tag(text: &str) -> Option<String> {
    if let Some(tag) = IRREGULAR.iter().find(|tag| tag.eq_ignore_ascii_case(text)) {
        return Some((*tag).to_owned());
    }
    let lower = text.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('-').collect();
    if !parts.iter().all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return None;
    }
    let mut rest = parts.as_slice();
    let mut out: Vec<String> = Vec::new();
    if rest.first() != Some(&"x") {
        langtag(&mut rest, &mut out)?;
    }
    if let Some(("x", private)) = rest.split_first().map(|(first, more)| (*first, more)) {
        if private.is_empty() {
            return None;
        }
        out.extend(rest.iter().map(|p| (*p).to_owned()));
        rest = &[];
    }
    rest.is_empty().then(|| out.join("-"))
}

/// Everything before `x-…`.
fn langtag(rest: &mut &[&str], out: &mut Vec<String>) -> Option<()> {
    let alpha =
        |p: &str, min: usize, max: usize| (min..=max).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic());
    let digit = |p: &str| p.starts_with(|c: char| c.is_ascii_digit());
    let mut next = |fits: &dyn Fn(&str) -> bool| {
        let (first, more) = rest.split_first()?;
        fits(first).then(|| {
            *rest = more;
            *first
        })
    };
    let language = next(&|p| alpha(p, 2, 8))?;
    out.push(language.to_owned());
    if language.len() <= 3 {
        for _ in 0..3 {
            match next(&|p| alpha(p, 3, 3)) {
                Some(extended) => out.push(extended.to_owned()),
                None => break,
            }
        }
    }
    if let Some(script) = next(&|p| alpha(p, 4, 4)) {
        out.push(format!("{}{}", script[..1].to_ascii_uppercase(), &script[1..]));
    }
    if let Some(region) = next(&|p| alpha(p, 2, 2) || (p.len() == 3 && p.bytes().all(|b| b.is_ascii_digit()))) {
        out.push(region.to_ascii_uppercase());
    }
    let mut seen: Vec<&str> = Vec::new();
    while let Some(variant) = next(&|p| p.len() >= 5 || (p.len() == 4 && digit(p))) {
        if seen.contains(&variant) {
            return None;
        }
        seen.push(variant);
        out.push(variant.to_owned());
    }
    while let Some(singleton) = next(&|p| p.len() == 1 && p != "x") {
        if seen.contains(&singleton) {
            return None;
        }
        seen.push(singleton);
        out.push(singleton.to_owned());
        out.push(next(&|p| p.len() >= 2)?.to_owned());
        while let Some(more) = next(&|p| p.len() >= 2) {
            out.push(more.to_owned());
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (text, expect) in [
            ("zh-cn", Some("zh-CN")),
            ("EN", Some("en")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("zh-yue-HK", Some("zh-yue-HK")),
            ("sl-rozaj-biske", Some("sl-rozaj-biske")),
            ("de-1996", Some("de-1996")),
            ("es-419", Some("es-419")),
            ("en-a-bbb-x-a-ccc", Some("en-a-bbb-x-a-ccc")),
            ("x-whatever", Some("x-whatever")),
            ("I-Klingon", Some("i-klingon")),
            ("art-lojban", Some("art-lojban")),
            ("", None),
            ("e", None),
            ("zh_CN", None),
            ("de-419-DE", None),
            ("a-DE", None),
            ("ar-a-aaa-b-bbb-a-ccc", None),
            ("de-DE-1901-1901", None),
            ("en-", None),
            ("en-x", None),
            ("en-u", None),
            ("中文", None),
            ("English language", None),
        ] {
            assert_eq!(tag(text).as_deref(), expect, "{text}");
        }
        assert_eq!(language("zh_cn.UTF-8").unwrap_err().hint.as_deref(), Some("did you mean `zh-CN`?"));
    }
}
