//! What comes before the general reader: one spelling for all characters, and the forms that are no sequence of parts.

use super::day::full_year;
use super::reader::digits;
use chrono::{DateTime, NaiveDate, Utc, Weekday};
use unicode_normalization::UnicodeNormalization;

/// Clocks that are named after a country or its capital, and their hours east of UTC.
pub(super) const CLOCKS_OF_COUNTRIES: &[(&str, i32)] =
    &[("北京时间", 8), ("北京時間", 8), ("台北時間", 8), ("香港時間", 8), ("日本時間", 9), ("한국시간", 9)];

/// What stands before a date on a page.
pub(super) const LABELS: &[&str] =
    &["发布时间", "发布日期", "发布于", "发表于", "更新时间", "时间", "日期", "投稿日", "公開日", "更新日"];

/// Full-width forms and the digits of other scripts to ASCII, invisible characters away, Chinese numbers of a date to
/// digits. What stands in parentheses is a comment (RFC 2822 §3.2.3); the first of them may name the zone.
pub(super) fn plain(text: &str) -> (String, Option<String>) {
    let (mut out, mut comment) = (String::with_capacity(text.len()), String::new());
    let (mut depth, mut comments) = (0usize, 0usize);
    // The two characters before this one.
    let mut before = (' ', ' ');
    let mut chars = text.nfkc().peekable();
    while let Some(c) = chars.next() {
        let c = ascii_digit(c);
        match c {
            '(' => {
                depth += 1;
                comments += 1;
            }
            ')' => depth = depth.saturating_sub(1),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                continue;
            }
            _ if depth > 0 => {
                if depth == 1 && comments == 1 {
                    comment.push(c);
                }
            }
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{970}' => out.push('.'),
            // `Jum'at` is one word, `d'abril` are two.
            '\'' | '’' | 'ʼ' if before.1.is_alphabetic() && chars.peek().is_some_and(|next| next.is_alphabetic()) => {
                if !before.0.is_alphabetic() && before.1.is_ascii() {
                    out.push(' ');
                }
            }
            _ => out.push(if c.is_whitespace() { ' ' } else { c }),
        }
        before = (before.1, c);
    }
    if out.contains(['月', '年']) {
        out = chinese_digits(&out);
    }
    for (spaced, whole) in [("a. m.", "a.m."), ("p. m.", "p.m."), ("A. M.", "a.m."), ("P. M.", "p.m.")] {
        if out.contains(spaced) {
            out = out.replace(spaced, whole);
        }
    }
    (era_letter(out.trim()), (!comment.is_empty()).then_some(comment))
}

/// The digits of Arabic, Persian, Devanagari, Bengali and Thai.
fn ascii_digit(c: char) -> char {
    let zeros = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}'];
    let value = zeros.into_iter().map(|zero| (c as u32).wrapping_sub(zero as u32)).find(|value| *value < 10);
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

/// `R6.2.14` → `令和6.2.14`, as Japanese offices write it.
fn era_letter(text: &str) -> String {
    let era = match text.chars().next() {
        Some('R') => "令和",
        Some('H') => "平成",
        Some('S') => "昭和",
        _ => return text.to_owned(),
    };
    let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    let separated = text[1 + digits..].starts_with(['.', '/', '-', '年']);
    if (1..=2).contains(&digits) && separated { format!("{era}{}", &text[1..]) } else { text.to_owned() }
}

/// `二〇二四年十二月三日` → `2024年12月3日`: only before the words for year, month and day.
fn chinese_digits(text: &str) -> String {
    let digit = |c| "〇一二三四五六七八九".chars().position(|d| d == c).or(matches!(c, '零' | '○').then_some(0));
    let (mut out, mut run) = (String::with_capacity(text.len()), Vec::new());
    for c in text.chars() {
        if digit(c).is_some() || matches!(c, '十' | '元') {
            run.push(c);
            continue;
        }
        let value = match (matches!(c, '年' | '月' | '日' | '号' | '號'), run.as_slice()) {
            (false, _) | (_, []) => None,
            (_, ['十']) => Some("10".to_owned()),
            (_, ['元']) => Some("1".to_owned()),
            (_, ['十', ones]) => digit(*ones).map(|ones| format!("1{ones}")),
            (_, [tens, '十']) => digit(*tens).map(|tens| format!("{tens}0")),
            (_, [tens, '十', ones]) => digit(*tens).zip(digit(*ones)).map(|(tens, ones)| format!("{tens}{ones}")),
            (_, plain) => plain.iter().map(|c| digit(*c).map(|digit| digit.to_string())).collect(),
        };
        match value {
            Some(value) => out.push_str(&value),
            None => out.extend(&run),
        }
        run.clear();
        out.push(c);
    }
    out.extend(run);
    out
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their length.
pub(super) fn epoch(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let whole = text.split_once('.').filter(|(_, rest)| all_digits(rest)).map_or(text, |(whole, _)| whole);
    if !all_digits(whole) {
        return None;
    }
    let per_second = match whole.len() {
        9..=10 => 1,
        // `202402141015` is a day and a clock.
        12 if !matches!(&whole[..2], "19" | "20") => 1_000,
        13 => 1_000,
        15..=16 => 1_000_000,
        18..=19 => 1_000_000_000,
        _ => return None,
    };
    DateTime::from_timestamp(whole.parse::<i64>().ok()? / per_second, 0)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The forms of ISO 8601 that only it has: weeks, and centuries left out. What follows the day is the rest.
pub(super) fn short_iso(text: &str) -> Option<(NaiveDate, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        let (year, month) = rest.split_at_checked(2)?;
        let month = month.strip_prefix('-').unwrap_or(month);
        let two = |part: &str| (part.len() == 2 && all_digits(part)).then(|| part.parse::<u32>().ok()).flatten();
        return Some((NaiveDate::from_ymd_opt(full_year(two(year)?, 2), two(month)?, 1)?, ""));
    }
    let (year, rest) = digits(text);
    let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix(['W', 'w'])?;
    let (week, rest) = rest.split_at_checked(2).filter(|(week, _)| all_digits(week))?;
    let (weekday, rest) = digits(rest.strip_prefix('-').unwrap_or(rest));
    if year.len() != 4 || weekday.len() > 1 {
        return None;
    }
    let weekday = if weekday.is_empty() { 1 } else { weekday.parse::<u8>().ok()? };
    let weekday = Weekday::try_from(weekday.checked_sub(1)?).ok()?;
    Some((NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, weekday)?, rest))
}
