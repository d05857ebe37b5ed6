//! The general reader of dates: takes the text apart into numbers, words and marks, gives each its part, then
//! decides what the numbers that are left mean.

use super::names::{self, Half, Unit};
use super::plain::{epoch, plain, short_iso};
use super::{Mark, Wall, day_seconds, in_range, instant, signed_offset};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use std::str::FromStr;

/// Reads any date that is no plain RFC 3339 or RFC 2822 one.
pub(super) fn read(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = plain(text);
    if let Some(time) = epoch(&text) {
        return in_range(time);
    }
    if let Some(day) = short_iso(&text) {
        return instant(Wall { day, seconds: 0, mark: Mark::None }, zone);
    }
    let mut parts = Parts::default();
    parts.take(&text)?;
    let day = parts.day()?;
    let wall = Wall { day, seconds: parts.seconds()?, mark: parts.mark };
    // Korean dates name no zone because Korea has one.
    let korean = parts.korean && zone == Tz::UTC;
    instant(wall, if korean { Tz::Asia__Seoul } else { zone })
}

/// Two digits are 1950–2049, three count from 1900 (RFC 2822 §4.3).
pub(super) fn full_year(number: u32, width: usize) -> i32 {
    let number = number as i32;
    match width {
        0..=2 if number < 50 => 2000 + number,
        0..=3 if width < 3 || number >= 50 => 1900 + number,
        _ => number,
    }
}

/// A number of the date, its count of digits, and what stood before it.
#[derive(Debug, Clone, Copy)]
struct Number {
    value: u32,
    width: usize,
    after: char,
}

/// What was found so far.
#[derive(Debug)]
struct Parts {
    /// Numbers of the date without a name.
    numbers: Vec<Number>,
    year: Option<i32>,
    month: Option<u32>,
    /// A month that may be a day of the week.
    doubtful_month: Option<u32>,
    day: Option<u32>,
    weekday: Option<u32>,
    clock: [Option<u32>; 3],
    half: Option<Half>,
    mark: Mark<'static>,
    korean: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            year: None,
            month: None,
            doubtful_month: None,
            day: None,
            weekday: None,
            clock: [None; 3],
            half: None,
            mark: Mark::None,
            korean: false,
        }
    }
}

impl Parts {
    /// Goes over the text once; none when something in it belongs to no date.
    fn take(&mut self, text: &str) -> Option<()> {
        let mut rest = text;
        let mut before = ' ';
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_digit() {
                rest = self.take_number(rest, before)?;
                before = ' ';
            } else if c == '+' || (c == '-' && self.clock[0].is_some()) {
                rest = self.take_offset(rest)?;
            } else if names::is_word_char(c) {
                rest = self.take_word(rest)?;
                before = ' ';
            } else if matches!(c, ' ' | ',' | '.' | '/' | '-' | ';' | '|' | '\'' | '’' | '،' | '、' | '@' | '·' | '~')
            {
                rest = &rest[c.len_utf8()..];
                if c != ' ' {
                    before = c;
                }
            } else {
                return None;
            }
        }
        Some(())
    }

    fn take_number<'a>(&mut self, text: &'a str, before: char) -> Option<&'a str> {
        let (digits, rest) = digits(text);
        let value = super::number(digits.as_bytes());
        // A clock: `H:MM`, `H:MM:SS`, `HH:MM:SS.fff`; some hands write three digits of a minute.
        if rest.starts_with(':') {
            return self.take_clock(digits, rest);
        }
        let unit = rest.trim_start();
        for (word, part) in names::UNITS {
            // `日曜日` and `월요일` are days of the week.
            if let Some(rest) = unit.strip_prefix(word)
                && !rest.starts_with(['曜', '요'])
            {
                self.korean |= matches!(*word, "년" | "월" | "일");
                return self.take_unit(*part, value?, digits.len(), rest);
            }
        }
        // `20240102T101500`: the clock without colons.
        if matches!(digits.len(), 4 | 6) && self.clock[0].is_none() && self.year.is_some() && self.day.is_some() {
            let mut parts = digits.as_bytes().chunks(2).map(super::number);
            self.clock = [parts.next()?, parts.next()?, parts.next().flatten()];
            return Some(rest);
        }
        if let Some((day, clock)) = compact(digits) {
            if self.clock[0].is_none() && self.numbers.is_empty() && self.year.is_none() {
                (self.year, self.month, self.day) = (Some(day.year()), Some(day.month()), Some(day.day()));
                if let Some((hour, minute, second)) = clock {
                    self.clock = [Some(hour), Some(minute), second];
                }
                return Some(rest);
            }
            return None;
        }
        // `3pm`
        if self.clock[0].is_none() && digits.len() <= 2 {
            let word: String = unit.chars().take_while(|c| names::is_word_char(*c) || *c == '.').collect();
            if names::half_of_day(&names::fold(&word.replace('.', ""))).is_some() && !self.numbers.is_empty() {
                self.clock[0] = value;
                return Some(rest);
            }
        }
        if self.numbers.len() >= 3 || digits.len() > 5 {
            return None;
        }
        self.numbers.push(Number { value: value?, width: digits.len(), after: before });
        Some(ordinal_suffix(rest))
    }

    fn take_clock<'a>(&mut self, hour: &str, mut rest: &'a str) -> Option<&'a str> {
        if self.clock[0].is_some() || hour.len() > 2 {
            return None;
        }
        self.clock[0] = hour.parse().ok();
        for part in 1..3 {
            let Some(after) = rest.strip_prefix(':') else { break };
            let (digits, after) = digits(after);
            if !(1..=3).contains(&digits.len()) {
                return None;
            }
            (self.clock[part], rest) = (digits.parse().ok(), after);
        }
        if rest.starts_with(':') {
            return None;
        }
        // Fractions of a second; a comma only when digits follow at once.
        if self.clock[2].is_some()
            && let Some(after) = rest.strip_prefix(['.', ','])
            && after.starts_with(|c: char| c.is_ascii_digit())
        {
            return Some(digits(after).1);
        }
        Some(rest)
    }

    /// A number with its unit: `2024年`, `1月`, `10时`.
    fn take_unit<'a>(&mut self, part: Unit, value: u32, width: usize, rest: &'a str) -> Option<&'a str> {
        let slot = match part {
            Unit::Year => {
                return self.year.replace(full_year(value, width)).is_none().then_some(rest);
            }
            Unit::Month => &mut self.month,
            Unit::Day => &mut self.day,
            Unit::Hour => &mut self.clock[0],
            Unit::Minute => &mut self.clock[1],
            Unit::Second => &mut self.clock[2],
        };
        slot.replace(value).is_none().then_some(rest)
    }

    /// `+0800`, `+08:00`, `-8`, also with a space after the sign. An offset says more than a name before it.
    fn take_offset<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let rest = text[1..].trim_start();
        let (hours, after) = digits(rest);
        if hours.is_empty() {
            // A dash between clock and zone.
            return Some(rest);
        }
        let (hours, minutes, rest) = match (hours.len(), after.strip_prefix(':')) {
            (1 | 2, Some(after)) => {
                let (minutes, after) = digits(after);
                (hours.len() == 1 || minutes.len() == 2).then_some((hours, minutes, after))?
            }
            (1 | 2, None) => (hours, "0", after),
            (3 | 4, None) => (&hours[..hours.len() - 2], &hours[hours.len() - 2..], after),
            _ => return None,
        };
        if matches!(self.mark, Mark::Offset(_)) {
            return None;
        }
        self.mark = Mark::Offset(signed_offset(text.starts_with('-'), hours.parse().ok()?, minutes.parse().ok()?)?);
        Some(rest)
    }

    fn take_word<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (word, rest) = word(text);
        // A name of the IANA database: `Asia/Shanghai`, `Etc/GMT+8`, `America/Argentina/Ushuaia`.
        if rest.starts_with('/') {
            let end = text.find([' ', ',', ';']).unwrap_or(text.len());
            self.mark = Mark::Zone(Tz::from_str(&text[..end]).ok()?);
            return Some(&text[end..]);
        }
        if let Some(after) = self.take_east_asian(text) {
            return Some(after);
        }
        let dotted = word.contains('.');
        let folded = names::fold(&word.replace('.', ""));
        let number_follows = rest.starts_with(|c: char| c.is_ascii_digit());
        let clock_seen = self.clock[0].is_some();
        // German `am 2. Januar` comes before any number.
        let begun = clock_seen || self.day.is_some() || !self.numbers.is_empty();
        if (begun || dotted)
            && let Some(half) = names::half_of_day(&folded)
        {
            return self.half.replace(half).is_none().then_some(rest);
        }
        if folded == "t" && !clock_seen && number_follows {
            return Some(rest);
        }
        if let Some(weekday) = names::weekday(&folded)
            && self.weekday.is_none()
        {
            self.weekday = Some(weekday);
            if names::is_month_or_weekday(&folded) {
                self.doubtful_month = names::month(&folded);
            }
            return Some(rest);
        }
        if (clock_seen || (!names::is_filler(&folded) && folded.len() > 1))
            && let Some((name, seconds)) = names::zone(word.trim_end_matches('.'))
        {
            match self.mark {
                Mark::None => self.mark = Mark::Name(name, seconds),
                Mark::Offset(_) => {}
                _ => return None,
            }
            return Some(rest);
        }
        if names::is_filler(&folded) {
            return Some(rest);
        }
        if let Some(month) = names::month(&folded).filter(|_| folded.chars().count() <= 12) {
            return self.month.replace(month).is_none().then_some(rest);
        }
        // A day of the week in a language we do not know.
        let leads = self.weekday.is_none() && self.month.is_none() && self.numbers.is_empty() && self.year.is_none();
        (leads && rest.starts_with(',')).then_some(rest)
    }

    /// Words of Chinese, Japanese and Korean, which stand together without spaces.
    fn take_east_asian<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        for (word, half) in names::HALVES {
            if let Some(rest) = text.strip_prefix(word) {
                self.korean |= word.starts_with('오');
                self.half = *half;
                return Some(rest);
            }
        }
        for prefix in ["星期", "周", "週", "礼拜", "禮拜"] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let day = rest.chars().next().filter(|c| "一二三四五六日天".contains(*c))?;
                return Some(&rest[day.len_utf8()..]);
            }
        }
        for suffix in ["曜日", "曜", "요일"] {
            let mut rest = text.chars();
            rest.next();
            if let Some(rest) = rest.as_str().strip_prefix(suffix) {
                self.korean |= suffix == "요일";
                return Some(rest);
            }
        }
        text.strip_prefix("北京时间").or_else(|| text.strip_prefix("北京時間")).inspect(|_| {
            self.mark = Mark::Offset(8 * 3600);
        })
    }

    /// Seconds since midnight of the clock that was found, 0 without one.
    fn seconds(&self) -> Option<u32> {
        let [hour, minute, second] = self.clock;
        let Some(hour) = hour else {
            return (minute.is_none() && second.is_none()).then_some(0);
        };
        let hour = match self.half {
            Some(Half::Afternoon) if hour < 12 => hour + 12,
            Some(Half::Morning) if hour == 12 => 0,
            _ => hour,
        };
        day_seconds(hour, minute.unwrap_or(0), second.unwrap_or(0))
    }

    /// The day that numbers and names come to.
    fn day(&self) -> Option<NaiveDate> {
        let month = self.month.or(self.doubtful_month.filter(|_| self.numbers.len() < 3));
        match (self.year, month, self.day, self.numbers.as_slice()) {
            (Some(year), month, day, []) if month.is_some() || day.is_none() => {
                date(year, month.unwrap_or(1), day.unwrap_or(1))
            }
            (None, Some(month), None, [only]) if only.width >= 3 => date(year(only)?, month, 1),
            (None, Some(month), None, [first, second]) => {
                if first.width >= 3 || first.value > 31 {
                    date(year(first)?, month, second.value)
                } else {
                    date(year(second)?, month, first.value)
                }
            }
            (None, None, None, numbers) => self.unnamed_day(numbers),
            _ => None,
        }
    }

    /// A day of numbers alone.
    fn unnamed_day(&self, numbers: &[Number]) -> Option<NaiveDate> {
        match numbers {
            [only] if only.width == 4 => date(year(only)?, 1, 1),
            // `03335`: year and day of the year.
            [Number { value, width: 5, .. }] if *value < 10_000 => {
                NaiveDate::from_yo_opt(full_year(value / 1000, 2), value % 1000)
            }
            [first, second] if first.width == 4 && second.width == 3 => {
                NaiveDate::from_yo_opt(year(first)?, second.value).or_else(|| date(year(first)?, second.value, 1))
            }
            [first, second] if first.width == 4 && second.width <= 2 => date(year(first)?, second.value, 1),
            [first, second] if first.width <= 2 && second.width == 4 => date(year(second)?, first.value, 1),
            [first, second, third] if first.width >= 3 => date(year(first)?, second.value, third.value),
            [first, second, third] => {
                let year_first = || date(year(first)?, second.value, third.value).filter(|_| first.width == 2);
                if third.width <= 2 && second.after == '-' && self.clock[0].is_none_or(|_| first.width == 2) {
                    return year_first();
                }
                let day_first = date(year(third)?, second.value, first.value);
                let month_first = date(year(third)?, first.value, second.value);
                if let Some(weekday) = self.weekday {
                    let fits = |day: &NaiveDate| day.weekday().num_days_from_monday() == weekday;
                    if let Some(day) = day_first.filter(fits).or(month_first.filter(fits)) {
                        return Some(day);
                    }
                }
                // With slashes as the United States write it, with dots, dashes and spaces as everyone else does.
                if second.after == '/' { month_first.or(day_first) } else { day_first.or(month_first) }
            }
            _ => None,
        }
    }
}

fn date(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Nobody writes a year with one digit.
fn year(number: &Number) -> Option<i32> {
    (number.width > 1).then(|| full_year(number.value, number.width))
}

/// `20240102`, `2024002`, `031231`, `202401021015`, `20240102101500`.
type Clock = Option<(u32, u32, Option<u32>)>;

fn compact(digits: &str) -> Option<(NaiveDate, Clock)> {
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let day = match digits.len() {
        6 => date(full_year(number(0, 2)?, 2), number(2, 4)?, number(4, 6)?)?,
        7 => NaiveDate::from_yo_opt(number(0, 4)? as i32, number(4, 7)?)?,
        8 | 12 | 14 => date(number(0, 4)? as i32, number(4, 6)?, number(6, 8)?)?,
        _ => return None,
    };
    let clock = number(8, 10).zip(number(10, 12)).map(|(hour, minute)| (hour, minute, number(12, 14)));
    Some((day, clock))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// A word with the dots inside it (`a.m.`) and the one behind it (`Nov.`).
fn word(text: &str) -> (&str, &str) {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !names::is_word_char(c) && c != '.' {
            break;
        }
        end = at + c.len_utf8();
        if c == '.' && !chars.peek().is_some_and(|(_, next)| names::is_word_char(*next)) {
            break;
        }
    }
    text.split_at(end)
}

/// `16th`, `1er`, `2º`: the ending says nothing.
fn ordinal_suffix(rest: &str) -> &str {
    let end = rest.find(|c: char| !c.is_ascii_alphabetic() && !matches!(c, 'º' | 'ª')).unwrap_or(rest.len());
    match &rest[..end] {
        "st" | "nd" | "rd" | "th" | "ST" | "ND" | "RD" | "TH" | "er" | "re" | "e" | "de" | "o" | "º" | "ª" => {
            &rest[end..]
        }
        _ => rest,
    }
}
