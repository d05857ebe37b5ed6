//! What comes before the general reader: one spelling for all characters, and the forms that are no sequence of parts.

use super::reader::full_year;
use chrono::{DateTime, NaiveDate, Utc, Weekday};
use unicode_normalization::UnicodeNormalization;

/// Full-width forms to ASCII, comments in parentheses away, Chinese numbers of a date to digits.
pub(super) fn plain(text: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0usize);
    for c in text.nfkc() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '\u{2010}'..='\u{2015}' | '\u{2212}' if depth == 0 => out.push('-'),
            _ if depth == 0 => out.push(if c.is_whitespace() { ' ' } else { c }),
            _ => {}
        }
    }
    if out.contains(['月', '年']) {
        out = chinese_digits(&out);
    }
    out.trim().to_owned()
}

/// `二〇二四年十二月三日` → `2024年12月3日`: only before the words for year, month and day.
fn chinese_digits(text: &str) -> String {
    let digit = |c| "〇一二三四五六七八九".chars().position(|d| d == c).or((c == '零').then_some(0));
    let (mut out, mut run) = (String::with_capacity(text.len()), Vec::new());
    for c in text.chars() {
        if digit(c).is_some() || c == '十' {
            run.push(c);
            continue;
        }
        let value = match (matches!(c, '年' | '月' | '日' | '号' | '號'), run.as_slice()) {
            (false, _) | (_, []) => None,
            (_, ['十']) => Some("10".to_owned()),
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
    let whole = text.split_once('.').filter(|(_, rest)| all_digits(rest)).map_or(text, |(whole, _)| whole);
    if !all_digits(whole) {
        return None;
    }
    let per_second = match whole.len() {
        9..=10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    DateTime::from_timestamp(whole.parse::<i64>().ok()? / per_second, 0)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The forms of ISO 8601 that only it has: weeks, and centuries left out.
pub(super) fn short_iso(text: &str) -> Option<NaiveDate> {
    if let Some(rest) = text.strip_prefix('-') {
        let (year, month) = rest.split_at_checked(2)?;
        let month = month.strip_prefix('-').unwrap_or(month);
        let two = |part: &str| (part.len() == 2 && all_digits(part)).then(|| part.parse::<u32>().ok()).flatten();
        return NaiveDate::from_ymd_opt(full_year(two(year)?, 2), two(month)?, 1);
    }
    let (year, week) = text.split_once(['W', 'w'])?;
    let year = year.strip_suffix('-').unwrap_or(year);
    let week: String = week.split('-').collect();
    if year.len() != 4 || !all_digits(year) || !matches!(week.len(), 2..=3) || !all_digits(&week) {
        return None;
    }
    let day = week.get(2..).filter(|day| !day.is_empty()).map_or(Some(1), |day| day.parse::<u8>().ok())?;
    let weekday = Weekday::try_from(day.checked_sub(1)?).ok()?;
    NaiveDate::from_isoywd_opt(year.parse().ok()?, week.get(..2)?.parse().ok()?, weekday)
}
