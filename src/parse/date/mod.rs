//! Dates as people and programs write them → instants.
//!
//! In: the text of a date and the zone of whoever wrote it. Out: an instant to the second, or nothing.
//! The three shapes that nearly all files use are read byte by byte; everything else goes to `reader`.

mod day;
mod names;
mod plain;
mod reader;
mod words;
mod zones;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A date is cut to this many bytes before anything looks at it.
pub(crate) const MAX_BYTES: usize = 128;

/// What a text says about its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark<'a> {
    /// Nothing: the zone of the source.
    None,
    /// Seconds east of UTC.
    Offset(i32),
    /// A zone of the IANA database.
    Zone(Tz),
    /// An abbreviation in upper case, and the seconds east of UTC it stands for if the source's zone does not use it.
    Name(&'a str, i32),
}

/// A date as it stands on the wall: day, seconds since its midnight (86,400 and more reach into the next day), zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wall<'a> {
    day: NaiveDate,
    seconds: u32,
    /// It says what time it was.
    clock: bool,
    mark: Mark<'a>,
}

/// An instant, and what had to be guessed to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub instant: DateTime<Utc>,
    /// The gravest of its guesses.
    pub doubt: Option<Doubt>,
}

/// What a date leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// `03/04/2024` was read with the month first, as this day.
    MonthFirst(NaiveDate),
    /// `03.04.2024` was read with the day first, as this day.
    DayFirst(NaiveDate),
    /// `03-04-05` was read with the year first, as this day.
    YearFirst(NaiveDate),
    /// A name of several zones, none of them that of the source, and the seconds east of UTC that were taken.
    SeveralZones(&'static str, i32),
    /// It names a zone that nobody knows; that of the source was taken.
    StrangeZone,
    /// It has a clock but names no zone; this one was taken.
    NoZone(Tz),
}

impl Doubt {
    /// The code of its warning.
    pub fn code(self) -> &'static str {
        match self {
            Doubt::MonthFirst(_) | Doubt::DayFirst(_) | Doubt::YearFirst(_) => "date-order",
            Doubt::SeveralZones(..) | Doubt::StrangeZone => "date-zone",
            Doubt::NoZone(_) => "date-no-zone",
        }
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doubt::MonthFirst(day) => {
                write!(
                    f,
                    "can be two days; it is read month first, as `{day}`; the year first, in four digits, leaves no doubt"
                )
            }
            Doubt::DayFirst(day) => {
                write!(
                    f,
                    "can be two days; it is read day first, as `{day}`; the year first, in four digits, leaves no doubt"
                )
            }
            Doubt::YearFirst(day) => {
                write!(
                    f,
                    "can be two days; it is read year first, as `{day}`; the year first, in four digits, leaves no doubt"
                )
            }
            Doubt::SeveralZones(name, east) => {
                let sign = if *east < 0 { '-' } else { '+' };
                let (hours, minutes) = (east.unsigned_abs() / 3600, east.unsigned_abs() / 60 % 60);
                write!(f, "has the zone `{name}`, which is several; it is read as UTC{sign}{hours:02}:{minutes:02}")
            }
            Doubt::StrangeZone => f.write_str("names an unknown zone; it is read in the `timezone` of its source"),
            Doubt::NoZone(zone) => write!(f, "names no zone; it is read in `{zone}`"),
        }
    }
}

/// The instant of a date, as `read` finds it, whatever it leaves open.
pub fn parse(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    read(text, zone).map(|reading| reading.instant)
}

/// Reads a date in any known form; one without a zone is read in `zone`, a day alone is its midnight there.
///
/// Fractions of a second are dropped. Of a local time that a clock change skipped, the later instant is meant; of one
/// that it repeated, the earlier. Years of two digits are 1950–2049 (RFC 2822 §4.3). A name of several zones is the one
/// that `zone` uses, else the usual one. None when the text is no date or lies outside the years 1–9999; relative dates
/// are none, since nothing here knows what day it is.
pub fn read(text: &str, zone: Tz) -> Option<Reading> {
    let text = text.trim();
    if let Some(wall) = iso(text.as_bytes()).or_else(|| rfc2822(text.as_bytes())) {
        return reading(wall, zone);
    }
    let end = (0..=MAX_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0).min(text.len());
    reader::read(&text[..end], zone)
}

/// `YYYY-MM-DD`, with `T` or a space `HH:MM:SS`, a fraction, and `Z` or an offset (RFC 3339, ISO 8601).
fn iso(text: &[u8]) -> Option<Wall<'static>> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(number(&date[..4])? as i32, number(&date[5..7])?, number(&date[8..])?)?;
    if rest.is_empty() {
        return Some(Wall { day, seconds: 0, clock: false, mark: Mark::None });
    }
    if !matches!(rest[0], b'T' | b't' | b' ') {
        return None;
    }
    let (clock, rest) = rest[1..].split_at_checked(8)?;
    let seconds = clock_seconds(clock)?;
    let rest = match rest.split_first() {
        Some((b'.', digits)) => &digits[digits.iter().take_while(|byte| byte.is_ascii_digit()).count()..],
        _ => rest,
    };
    let rest = if let Some((b' ', rest)) = rest.split_first() { rest } else { rest };
    let mark = if rest.is_empty() { Mark::None } else { Mark::Offset(offset(rest)?) };
    Some(Wall { day, seconds, clock: true, mark })
}

/// `Tue, 02 Jan 2024 10:00:00 +0800`: day of week and seconds may be left out (RFC 2822 §3.3, RFC 822 §5).
fn rfc2822(text: &[u8]) -> Option<Wall<'static>> {
    let text = match text {
        [a, b, c, b',', b' ', rest @ ..] if [a, b, c].iter().all(|byte| byte.is_ascii_alphabetic()) => rest,
        _ => text,
    };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=2).contains(&digits) {
        return None;
    }
    let (date, rest) = text[digits..].split_at_checked(10)?;
    if date[0] != b' ' || date[4] != b' ' || date[9] != b' ' {
        return None;
    }
    let month = names::english_month(&date[1..4])?;
    let day = NaiveDate::from_ymd_opt(number(&date[5..9])? as i32, month, number(&text[..digits])?)?;
    let (seconds, rest) = match rest.split_at_checked(8) {
        Some((clock, rest)) if clock[5] == b':' => (clock_seconds(clock)?, rest),
        _ => {
            let (clock, rest) = rest.split_at_checked(5)?;
            let seconds = day_seconds(number(&clock[..2])?, number(&clock[3..])?, 0).filter(|_| clock[2] == b':')?;
            (seconds, rest)
        }
    };
    let (b' ', rest) = rest.split_first()? else { return None };
    let mark = match offset(rest) {
        Some(east) => Mark::Offset(east),
        None => {
            let name =
                std::str::from_utf8(rest).ok().filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase()))?;
            zones::zone(name).map(|(name, east)| Mark::Name(name, east))?
        }
    };
    Some(Wall { day, seconds, clock: true, mark })
}

/// `HH:MM:SS` → seconds; `24:00:00` and the leap second count into the next day.
fn clock_seconds(clock: &[u8]) -> Option<u32> {
    if clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    day_seconds(number(&clock[..2])?, number(&clock[3..5])?, number(&clock[6..])?)
}

/// Hour, minute, second → seconds since midnight, if there is such a time.
fn day_seconds(hour: u32, minute: u32, second: u32) -> Option<u32> {
    let midnight = hour == 24 && minute == 0 && second == 0;
    ((hour < 24 && minute < 60 && second <= 60) || midnight).then(|| hour * 3600 + minute * 60 + second)
}

/// `Z`, `GMT`, `UTC`, `UT`, `+0800`, `+08:00` → seconds east of UTC.
fn offset(text: &[u8]) -> Option<i32> {
    match text {
        b"Z" | b"z" | b"GMT" | b"UTC" | b"UT" => Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => {
            signed_offset(*sign == b'-', number(&[*h1, *h2])?, number(&[*m1, *m2])?)
                .filter(|_| matches!(sign, b'+' | b'-'))
        }
        _ => None,
    }
}

/// Hours and minutes → seconds east of UTC; nobody is a day away.
fn signed_offset(west: bool, hours: u32, minutes: u32) -> Option<i32> {
    let seconds = (hours < 24 && minutes < 60).then(|| (hours * 3600 + minutes * 60) as i32)?;
    Some(if west { -seconds } else { seconds })
}

/// All bytes are digits, at most nine of them.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// A wall time → its instant, if it lies in the years 1–9999.
fn reading(wall: Wall<'_>, zone: Tz) -> Option<Reading> {
    let local = wall.day.and_time(Default::default()).checked_add_signed(TimeDelta::seconds(wall.seconds.into()))?;
    let mut doubt = None;
    let utc = match wall.mark {
        Mark::None => {
            doubt = wall.clock.then_some(Doubt::NoZone(zone));
            in_zone(local, zone)?
        }
        Mark::Zone(zone) => in_zone(local, zone)?,
        Mark::Offset(east) => east_of(local, east)?,
        Mark::Name(name, usual) => {
            let meant = zones::meaning(name, local, zone);
            if meant.is_none() && zones::is_ambiguous(name) {
                doubt = zones::zone(name).map(|(name, _)| Doubt::SeveralZones(name, usual));
            }
            east_of(local, meant.unwrap_or(usual))?
        }
    };
    Some(Reading { instant: in_range(utc)?, doubt })
}

/// RSS and Atom know four digits of year.
fn in_range(utc: DateTime<Utc>) -> Option<DateTime<Utc>> {
    use chrono::Datelike;
    (1..=9999).contains(&utc.year()).then_some(utc)
}

fn east_of(local: NaiveDateTime, seconds: i32) -> Option<DateTime<Utc>> {
    Some(local.checked_sub_signed(TimeDelta::seconds(seconds.into()))?.and_utc())
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    if zone == Tz::UTC {
        return Some(local.and_utc());
    }
    match zone.from_local_datetime(&local).earliest() {
        Some(time) => Some(time.with_timezone(&Utc)),
        // Skipped by a clock change: the clock that went before it decides, and reads later than the change.
        None => {
            let before = zone.offset_from_local_datetime(&local.checked_sub_days(Days::new(1))?).earliest()?;
            east_of(local, before.fix().local_minus_utc())
        }
    }
}

#[cfg(test)]
mod tests;
