//! The words of a date: names of months, days and zones, and what Chinese, Japanese and Korean write without spaces.

use super::names::{self, Days};
use super::reader::{Parts, digits};
use super::{Mark, plain, zones};
use chrono_tz::Tz;
use std::str::FromStr;

impl Parts {
    /// A name of the IANA database; an offset before it says more.
    pub(super) fn take_zone(&mut self, name: &str) -> Option<()> {
        let zone = Tz::from_str(name).ok()?;
        if !matches!(self.mark, Mark::Offset(_)) {
            self.mark = Mark::Zone(zone);
        }
        Some(())
    }

    pub(super) fn take_word<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (word, rest) = word(text);
        // `Asia/Shanghai`, `Etc/GMT+8`, `America/Argentina/Ushuaia`.
        if rest.starts_with(['/', '_']) && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = text.find([' ', ',', ';']).unwrap_or(text.len());
            self.take_zone(&text[..end])?;
            return Some(&text[end..]);
        }
        if let Some(after) = self.take_east_asian(text) {
            return Some(after);
        }
        let dotted = word.contains('.');
        let folded = names::fold(&word.replace('.', ""));
        self.thai |= word.contains(|c: char| ('\u{e00}'..='\u{e7f}').contains(&c));
        let clock_seen = self.clock[0].is_some();
        // German `am 2. Januar` comes before any number.
        if (self.begun() || dotted)
            && let Some(half) = names::half_of_day(&folded)
        {
            return self.half.replace(half).is_none().then_some(rest);
        }
        if folded == "t" && !clock_seen && rest.starts_with(|c: char| c.is_ascii_digit()) {
            self.day_ended = true;
            return Some(rest);
        }
        if let Some(after) = self.take_two_words(word, &folded, rest) {
            return Some(after);
        }
        // Capitals behind a clock: `CET` is no `čet`.
        let zone_like = clock_seen && word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(weekday) = names::weekday(&folded).filter(|_| !zone_like || zones::zone(word).is_none())
            && (self.weekday.is_none() || self.doubtful_month.is_some())
            && !(clock_seen && folded.len() == 1)
        {
            if let Some(month) = self.doubtful_month.take() {
                self.month = self.month.or(Some(month));
            }
            self.weekday = Some(weekday);
            if names::is_month_or_weekday(&folded) {
                self.doubtful_month = names::month(&folded, false);
            }
            return Some(rest);
        }
        if (clock_seen || (!names::is_filler(&folded) && folded.len() > 1))
            && let Some((name, seconds)) = zones::zone(word.trim_end_matches('.'))
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
        if let Some(month) = names::month(&folded, self.zone == Tz::Europe__Zagreb) {
            return self.month.replace(month).is_none().then_some(rest);
        }
        if self.is_strange_zone(word, rest) {
            self.strange_zone = true;
            return Some(rest);
        }
        // A day of the week in a language we do not know.
        (!self.begun() && self.weekday.is_none() && rest.starts_with(',')).then_some(rest)
    }

    /// Capitals behind the clock at the end of a date can only be a zone.
    fn is_strange_zone(&self, word: &str, rest: &str) -> bool {
        (3..=5).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_uppercase())
            && self.clock[0].is_some()
            && self.has_day()
            && self.mark == Mark::None
            && rest.trim().is_empty()
    }

    /// Names of two words: Vietnamese days of the week, Arabic months of the Levant.
    fn take_two_words<'a>(&mut self, first: &str, folded: &str, rest: &'a str) -> Option<&'a str> {
        let next = rest.trim_start();
        let (second, after) = if next.starts_with(|c: char| c.is_ascii_digit()) { digits(next) } else { word(next) };
        if matches!(folded, "thu" | "chu") && !first.is_ascii() {
            let sunday = folded == "chu";
            self.weekday = if sunday { Some(Days::one(6)) } else { names::vietnamese_weekday(&names::fold(second)) };
            return self.weekday.map(|_| after);
        }
        let month = names::month_of_two(folded, &names::fold(second))?;
        self.month.replace(month).is_none().then_some(after)
    }

    /// Words of Chinese, Japanese and Korean, which stand together without spaces.
    fn take_east_asian<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if text.starts_with(|c: char| c < '\u{2e80}') {
            return None;
        }
        for (word, half) in names::HALVES {
            if let Some(rest) = text.strip_prefix(word) {
                self.korean |= word.starts_with('오');
                self.half = Some(*half);
                return Some(rest);
            }
        }
        for (word, era) in names::ERAS {
            if let Some(rest) = text.strip_prefix(word) {
                self.era = *era;
                return Some(rest);
            }
        }
        for prefix in ["星期", "周", "週", "礼拜", "禮拜"] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let day = rest.chars().next()?;
                let number = "一二三四五六日天".chars().position(|name| name == day)?;
                self.weekday = self.weekday.or(u32::try_from(number.min(6)).ok().map(Days::one));
                return Some(&rest[day.len_utf8()..]);
            }
        }
        for suffix in ["曜日", "曜", "요일"] {
            let mut rest = text.chars();
            let day = rest.next()?;
            if let Some(rest) = rest.as_str().strip_prefix(suffix) {
                self.korean |= suffix == "요일";
                let number = "月火水木金土日월화수목금토일".chars().position(|name| name == day)?;
                self.weekday = u32::try_from(number % 7).ok().map(Days::one);
                return Some(rest);
            }
        }
        for label in plain::LABELS {
            if let Some(rest) = text.strip_prefix(label).filter(|_| !self.begun()) {
                return Some(rest);
            }
        }
        for (word, east) in plain::CLOCKS_OF_COUNTRIES {
            if let Some(rest) = text.strip_prefix(word) {
                self.mark = Mark::Offset(east * 3600);
                return Some(rest);
            }
        }
        None
    }
}

/// A word with the dots inside it (`a.m.`) and the one behind it (`Nov.`).
pub(super) fn word(text: &str) -> (&str, &str) {
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
