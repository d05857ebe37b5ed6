//! What the numbers of a date mean: which is the year, the month, the day.

use super::Doubt;
use super::reader::Parts;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// A number of the date, its count of digits, and what stood before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) value: u32,
    pub(super) width: usize,
    pub(super) after: char,
}

/// Years that are counted from the death of the Buddha when a Thai says them.
const BUDDHIST: std::ops::Range<i32> = 2400..2700;

/// Two digits are 1950–2049, three count from 1900 (RFC 2822 §4.3).
pub(super) fn full_year(number: u32, width: usize) -> i32 {
    let number = number as i32;
    match width {
        0..=2 if number < 50 => 2000 + number,
        0..=3 if width < 3 || number >= 50 => 1900 + number,
        _ => number,
    }
}

pub(super) fn date(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Nobody writes a year with one digit.
pub(super) fn year(number: &Number) -> Option<i32> {
    (number.width > 1).then(|| full_year(number.value, number.width))
}

impl Parts {
    /// The day that numbers and names come to, and whether it could be another one.
    pub(super) fn decided_day(&self) -> Option<(NaiveDate, Option<Doubt>)> {
        let (day, doubt) = self.gregorian_day()?;
        if (self.thai || self.zone == Tz::Asia__Bangkok) && BUDDHIST.contains(&day.year()) {
            return Some((date(day.year() - 543, day.month(), day.day())?, doubt));
        }
        Some((day, doubt))
    }

    fn gregorian_day(&self) -> Option<(NaiveDate, Option<Doubt>)> {
        let month = self.month.or(self.doubtful_month.filter(|_| self.numbers.len() < 3));
        let sure = |day: Option<NaiveDate>| day.map(|day| (day, None));
        match (self.year, month, self.day, self.numbers.as_slice()) {
            (Some(year), month, day, []) if month.is_some() || day.is_none() => {
                sure(date(year, month.unwrap_or(1), day.unwrap_or(1)))
            }
            // `令和6.2.14`, and a year with its sign before a month with its name.
            (Some(year), None, None, [month, day]) => sure(date(year, month.value, day.value)),
            (Some(year), Some(month), None, [day]) => sure(date(year, month, day.value)),
            (None, Some(month), None, [only]) if only.width >= 3 => sure(date(year(only)?, month, 1)),
            (None, Some(month), Some(day), [only]) => sure(date(year(only)?, month, day)),
            (None, Some(month), None, [first, second]) => {
                if first.width >= 3 || first.value > 31 {
                    sure(date(year(first)?, month, second.value))
                } else {
                    sure(date(year(second)?, month, first.value))
                }
            }
            (None, None, None, numbers) => self.unnamed_day(numbers),
            _ => None,
        }
    }

    /// A day of numbers alone.
    fn unnamed_day(&self, numbers: &[Number]) -> Option<(NaiveDate, Option<Doubt>)> {
        let day = match numbers {
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
            [first, second, third] => return self.day_in_doubt(first, second, third),
            _ => None,
        };
        day.map(|day| (day, None))
    }

    /// Three short numbers. With dashes the year comes first, if it can; with slashes the month, as the United States
    /// write it; with dots and spaces the day. The day of the week knows better.
    fn day_in_doubt(&self, first: &Number, second: &Number, third: &Number) -> Option<(NaiveDate, Option<Doubt>)> {
        let day_first = || date(year(third)?, second.value, first.value);
        let month_first = || date(year(third)?, first.value, second.value);
        if third.width <= 2 && second.after == '-' && self.clock[0].is_none_or(|_| first.width == 2) {
            let year_first = date(year(first)?, second.value, third.value).filter(|_| first.width == 2)?;
            let doubt = day_first().filter(|day| *day != year_first).map(|_| Doubt::YearFirst(year_first));
            return Some((year_first, doubt));
        }
        let (day_first, month_first) = (day_first(), month_first());
        if let Some(weekday) = self.weekday {
            let fits = |day: &NaiveDate| weekday.has(day.weekday().num_days_from_monday());
            match (day_first.filter(fits), month_first.filter(fits)) {
                (Some(day), None) | (None, Some(day)) => return Some((day, None)),
                _ => {}
            }
        }
        match (day_first, month_first) {
            (Some(day), Some(other)) if day == other => Some((day, None)),
            (Some(_), Some(day)) if second.after == '/' => Some((day, Some(Doubt::MonthFirst(day)))),
            (Some(day), Some(_)) => Some((day, Some(Doubt::DayFirst(day)))),
            (day, other) => day.or(other).map(|day| (day, None)),
        }
    }
}
