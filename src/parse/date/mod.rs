//! Dates as people and programs write them → instants.
//!
//! In: the text of a date and the zone of whoever wrote it. Out: an instant to the second, or nothing.
//! The three shapes that nearly all files use are read byte by byte; everything else goes to `reader`.

mod names;
mod plain;
mod reader;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

/// A date is cut to this many bytes before anything looks at it.
const MAX_BYTES: usize = 128;

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
    mark: Mark<'a>,
}

/// Reads a date in any known form; one without a zone is read in `zone`, a day alone is its midnight there.
///
/// Fractions of a second are dropped. Of a local time that a clock change skipped, the later instant is meant; of one
/// that it repeated, the earlier. None when the text is no date or lies outside the years 1–9999.
pub fn parse(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(wall) = iso(text.as_bytes()).or_else(|| rfc2822(text.as_bytes())) {
        return instant(wall, zone);
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
        return Some(Wall { day, seconds: 0, mark: Mark::None });
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
    Some(Wall { day, seconds, mark })
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
        _ => return None,
    };
    let (b' ', rest) = rest.split_first()? else { return None };
    Some(Wall { day, seconds, mark: Mark::Offset(offset(rest)?) })
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
fn instant(wall: Wall<'_>, zone: Tz) -> Option<DateTime<Utc>> {
    let local = wall.day.and_time(Default::default()).checked_add_signed(TimeDelta::seconds(wall.seconds.into()))?;
    let utc = match wall.mark {
        Mark::None => in_zone(local, zone)?,
        Mark::Zone(zone) => in_zone(local, zone)?,
        Mark::Offset(east) => east_of(local, east)?,
        Mark::Name(name, east) => east_of(local, meaning(name, local, zone).unwrap_or(east))?,
    };
    in_range(utc)
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

/// What an abbreviation means where the source lives, if it is used there at that time: `CST` is five things.
fn meaning(name: &str, local: NaiveDateTime, zone: Tz) -> Option<i32> {
    if name == "BST" && zone == Tz::Asia__Dhaka {
        return Some(6 * 3600);
    }
    let offset = match zone.offset_from_local_datetime(&local) {
        chrono::LocalResult::Single(offset) => offset,
        chrono::LocalResult::Ambiguous(first, second) => {
            if first.abbreviation() == Some(name) {
                first
            } else {
                second
            }
        }
        chrono::LocalResult::None => return None,
    };
    (offset.abbreviation() == Some(name)).then(|| offset.fix().local_minus_utc())
}

#[cfg(test)]
mod tests;
