//! The general reader of dates: takes the text apart into numbers, words and marks, and gives each its part.

use super::day::{Number, date, full_year};
use super::names::{self, Days, Half, Unit};
use super::plain::{epoch, plain, short_iso};
use super::words::word;
use super::{Doubt, Mark, Reading, Wall, day_seconds, in_range, reading, signed_offset};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// Reads any date that is no plain RFC 3339 or RFC 2822 one.
pub(super) fn read(text: &str, zone: Tz) -> Option<Reading> {
    let (text, comment) = plain(text);
    if let Some(time) = epoch(&text) {
        return in_range(time).map(|instant| Reading { instant, doubt: None });
    }
    let mut parts = Parts { zone, ..Parts::default() };
    match short_iso(&text) {
        Some((day, rest)) => {
            (parts.year, parts.month, parts.day) = (Some(day.year()), Some(day.month()), Some(day.day()));
            parts.take(rest)?;
        }
        None => parts.take(&text)?,
    }
    if parts.mark == Mark::None
        && let Some(comment) = comment
    {
        parts.mark = mark_of(&comment, zone);
    }
    let (day, order) = parts.decided_day()?;
    let wall = Wall { day, seconds: parts.seconds()?, clock: parts.clock[0].is_some(), mark: parts.mark };
    // Korean dates name no zone because Korea has one.
    let korean = parts.korean && zone == Tz::UTC;
    let mut read = reading(wall, if korean { Tz::Asia__Seoul } else { zone })?;
    read.doubt = order.or(parts.strange_zone.then_some(Doubt::StrangeZone)).or(read.doubt);
    Some(read)
}

/// The zone in a comment, `10:15 (UTC+8)`, where it is nothing but that.
fn mark_of(comment: &str, zone: Tz) -> Mark<'static> {
    let mut parts = Parts { zone, clock: [Some(0), None, None], ..Parts::default() };
    let only_mark = parts.take(comment).is_some() && parts.numbers.is_empty() && parts.weekday.is_none();
    if only_mark && parts.month.is_none() && !parts.strange_zone { parts.mark } else { Mark::None }
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct Parts {
    /// Of the source: a hint at its language.
    pub(super) zone: Tz,
    /// Numbers of the date without a name.
    pub(super) numbers: Vec<Number>,
    pub(super) year: Option<i32>,
    pub(super) month: Option<u32>,
    /// A month that may be a day of the week.
    pub(super) doubtful_month: Option<u32>,
    pub(super) day: Option<u32>,
    pub(super) weekday: Option<Days>,
    pub(super) clock: [Option<u32>; 3],
    pub(super) half: Option<Half>,
    pub(super) mark: Mark<'static>,
    /// What is added to the year of a Japanese era.
    pub(super) era: i32,
    /// The `T` of ISO 8601 was seen: no part of the day follows.
    pub(super) day_ended: bool,
    pub(super) korean: bool,
    pub(super) thai: bool,
    /// It names a zone that nobody knows.
    pub(super) strange_zone: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            numbers: Vec::new(),
            year: None,
            month: None,
            doubtful_month: None,
            day: None,
            weekday: None,
            clock: [None; 3],
            half: None,
            mark: Mark::None,
            era: 0,
            day_ended: false,
            korean: false,
            thai: false,
            strange_zone: false,
        }
    }
}

impl Parts {
    /// Goes over the text once; none when something in it belongs to no date.
    fn take(&mut self, text: &str) -> Option<()> {
        let mut rest = text;
        let (mut before, mut previous) = (' ', ' ');
        while let Some(c) = rest.chars().next() {
            let begun = rest;
            if c.is_ascii_digit() {
                rest = self.take_number(rest, before, previous)?;
                before = ' ';
            } else if c == '+' || (c == '-' && self.is_offset(previous, rest)) {
                rest = self.take_offset(rest)?;
            } else if c == '[' {
                // Java writes the name of the zone behind the offset.
                let (name, after) = rest[1..].split_once(']')?;
                self.take_zone(name)?;
                rest = after;
            } else if names::is_word_char(c) {
                rest = self.take_word(rest)?;
                before = ' ';
            } else if matches!(c, ' ' | ',' | '.' | '/' | '-' | ';' | '|' | '\'' | '’' | '،' | '、' | '@' | '·' | '~')
                || (c == ':' && !self.begun())
            {
                rest = &rest[c.len_utf8()..];
                if c != ' ' {
                    before = c;
                }
            } else {
                return None;
            }
            previous = begun[..begun.len() - rest.len()].chars().next_back().unwrap_or(' ');
        }
        Some(())
    }

    /// Some part of a date or a clock was seen.
    pub(super) fn begun(&self) -> bool {
        self.clock[0].is_some()
            || self.day.is_some()
            || self.year.is_some()
            || self.month.is_some()
            || !self.numbers.is_empty()
    }

    /// Nothing of the day is missing.
    pub(super) fn has_day(&self) -> bool {
        match (self.year, self.month, self.day) {
            (Some(_), Some(_), Some(_)) => true,
            (None, Some(_), None) => self.numbers.len() >= 2,
            (None, None, None) => self.day_ended || self.numbers.len() >= 3,
            _ => false,
        }
    }

    /// A dash with a clock before it begins an offset, unless days are still to come: `10:15 14-02-2024`.
    fn is_offset(&self, previous: char, text: &str) -> bool {
        self.clock[0].is_some()
            && (self.has_day() || self.numbers.is_empty() || (previous == ' ' && !text.starts_with("- ")))
    }

    fn take_number<'a>(&mut self, text: &'a str, before: char, previous: char) -> Option<&'a str> {
        let (digits, rest) = digits(text);
        let value = super::number(digits.as_bytes());
        // A clock: `H:MM`, `H:MM:SS`, `HH:MM:SS.fff`; some hands write three digits of a minute.
        if let Some(after) = rest.strip_prefix(':') {
            // `14/Feb/2024:10:15:30`, as web servers log it.
            if digits.len() == 4 && self.clock[0].is_none() && self.numbers.len() < 3 {
                self.numbers.push(Number { value: value?, width: 4, after: before });
                return Some(after);
            }
            return self.take_clock(digits, rest, ':');
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
        if self.clock[0].is_none() && digits.len() <= 2 {
            if let Some(rest) = self.take_spoken_clock(digits, rest) {
                return Some(rest);
            }
            // `klo 10.15`, when the day is known.
            if self.has_day() && is_dotted_clock(rest) {
                return self.take_clock(digits, rest, '.');
            }
        }
        // `20240102T101500`: the clock without colons; `T10` has its hour only.
        let may_be_clock = matches!(digits.len(), 4 | 6) || (digits.len() == 2 && matches!(previous, 'T' | 't'));
        if may_be_clock && self.clock[0].is_none() && self.has_day() {
            let mut parts = digits.as_bytes().chunks(2).map(super::number);
            self.clock = [parts.next()?, parts.next().flatten(), parts.next().flatten()];
            return Some(without_fraction(rest));
        }
        if let Some((day, clock)) = compact(digits) {
            if self.clock[0].is_none() && self.numbers.is_empty() && self.year.is_none() {
                (self.year, self.month, self.day) = (Some(day.year()), Some(day.month()), Some(day.day()));
                if let Some((hour, minute, second)) = clock {
                    self.clock = [Some(hour), Some(minute), second];
                    return Some(without_fraction(rest));
                }
                return Some(rest);
            }
            return None;
        }
        if self.era != 0 && self.year.is_none() && self.numbers.is_empty() && digits.len() <= 3 {
            return self.take_unit(Unit::Year, value?, digits.len(), rest);
        }
        if self.numbers.len() >= 3 || digits.len() > 5 {
            return None;
        }
        self.numbers.push(Number { value: value?, width: digits.len(), after: before });
        Some(ordinal_suffix(rest))
    }

    /// `3pm`, `10h15`, `10h15m30s`, `10 Uhr`.
    fn take_spoken_clock<'a>(&mut self, hour: &str, after: &'a str) -> Option<&'a str> {
        let unit = after.trim_start();
        let hour = hour.parse().ok();
        if let Some(rest) = after.strip_prefix(['h', 'H']) {
            let (minutes, rest) = digits(rest);
            if minutes.len() == 2 {
                let rest = rest.strip_prefix(['m', 'M']).map_or(rest, |rest| rest.strip_prefix("in").unwrap_or(rest));
                let (seconds, last) = digits(rest);
                self.clock = [hour, minutes.parse().ok(), None];
                if seconds.len() == 2 {
                    self.clock[2] = seconds.parse().ok();
                    return Some(last.strip_prefix(['s', 'S']).unwrap_or(last));
                }
                return Some(rest);
            }
        }
        let (word, rest) = word(unit);
        let folded = names::fold(&word.replace('.', ""));
        let names_hour = matches!(folded.as_str(), "h" | "uhr" | "hrs" | "hod" | "uur" | "น" | "ч");
        if names_hour && self.begun() {
            self.clock[0] = hour;
            return Some(rest);
        }
        // The half of the day stays for the next turn.
        if names::half_of_day(&folded).is_some() && self.begun() {
            self.clock[0] = hour;
            return Some(after);
        }
        None
    }

    fn take_clock<'a>(&mut self, hour: &str, mut rest: &'a str, separator: char) -> Option<&'a str> {
        if self.clock[0].is_some() || hour.len() > 2 {
            return None;
        }
        self.clock[0] = hour.parse().ok();
        for part in 1..3 {
            let Some(after) = rest.strip_prefix(separator) else { break };
            let (digits, after) = digits(after);
            if digits.is_empty() && separator == '.' {
                break;
            }
            if !(1..=3).contains(&digits.len()) {
                return None;
            }
            (self.clock[part], rest) = (digits.parse().ok(), after);
        }
        if rest.starts_with(':') {
            return None;
        }
        Some(if self.clock[2].is_some() { without_fraction(rest) } else { rest })
    }

    /// A number with its unit: `2024年`, `1月`, `10时`.
    fn take_unit<'a>(&mut self, part: Unit, value: u32, width: usize, rest: &'a str) -> Option<&'a str> {
        let slot = match part {
            Unit::Year => {
                let year = match self.era {
                    0 => full_year(value, width),
                    era => era.checked_add(i32::try_from(value).ok()?)?,
                };
                return self.year.replace(year).is_none().then_some(rest);
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
        let (hours, minutes, rest) = match (hours.len(), after.strip_prefix([':', '.'])) {
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

    /// Seconds since midnight of the clock that was found, 0 without one.
    fn seconds(&self) -> Option<u32> {
        let [hour, minute, second] = self.clock;
        let Some(hour) = hour else {
            return (minute.is_none() && second.is_none()).then_some(0);
        };
        let hour = match self.half {
            Some(Half::Afternoon) if hour < 12 => hour + 12,
            Some(Half::Noon) if hour < 4 => hour + 12,
            Some(Half::Morning) if hour == 12 => 0,
            _ => hour,
        };
        day_seconds(hour, minute.unwrap_or(0), second.unwrap_or(0))
    }
}

/// Day, and the clock behind it.
type Compact = (NaiveDate, Option<(u32, u32, Option<u32>)>);

/// `20240102`, `2024002`, `031231`, `202401021015`, `20240102101500`.
fn compact(digits: &str) -> Option<Compact> {
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

/// `.15` and no more digits: minutes, not a day or a year.
fn is_dotted_clock(rest: &str) -> bool {
    let Some(minutes) = rest.strip_prefix('.') else { return false };
    let (minutes, after) = digits(minutes);
    minutes.len() == 2
        && match after.strip_prefix('.') {
            Some(seconds) => matches!(digits(seconds).0.len(), 0 | 2),
            None => true,
        }
}

/// Fractions of a second; a comma only when digits follow at once.
fn without_fraction(rest: &str) -> &str {
    match rest.strip_prefix(['.', ',']) {
        Some(after) if after.starts_with(|c: char| c.is_ascii_digit()) => digits(after).1,
        _ => rest,
    }
}

pub(super) fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
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
