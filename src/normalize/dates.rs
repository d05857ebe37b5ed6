//! Dates that cannot be meant: clocks that stood at 1970, years of five digits, zeros.
//!
//! In: the items of one feed and the run's instant. Out: the same without such dates, and a warning for each kind.
//! Articles keep what their authors wrote: an archive of 1975 is one, and a date far ahead is held back.

use crate::model::{DateSource, Item, Warning};
use crate::normalize::text::cut_bytes;
use chrono::{DateTime, Datelike, Months, SecondsFormat, Utc};

/// Nothing was published on the web before.
const FIRST_YEAR: i32 = 1990;
/// Nobody announces further ahead; years.
const YEARS_AHEAD: u32 = 10;

/// Bytes of a title in a warning.
const MAX_NAME: usize = 100;

/// Takes dates before 1990 or more than ten years ahead from the items of a feed; they count as undated then.
pub fn plausible(items: &mut [Item], now: DateTime<Utc>) -> Vec<Warning> {
    let latest = now.checked_add_months(Months::new(12 * YEARS_AHEAD)).unwrap_or(now);
    let mut early = Implausible::new("lies before 1990");
    let mut late = Implausible::new("lies more than ten years ahead");
    for item in items {
        let mut judge = |date: Option<DateTime<Utc>>| {
            let at = date?;
            let kind = match at {
                at if at.year() < FIRST_YEAR => &mut early,
                at if at > latest => &mut late,
                _ => return Some(at),
            };
            kind.note(at, &item.title, item.link.as_deref());
            None
        };
        let published = judge(item.published);
        // One date that stands for both is told of once.
        item.updated = if item.updated == item.published { published } else { judge(item.updated) };
        if item.published.is_some() && published.is_none() {
            item.date_source = item.updated.map(|_| DateSource::Updated);
            item.published = item.updated;
        }
    }
    [early, late].into_iter().filter_map(Implausible::warning).collect()
}

/// Dates of one kind: the first of them, and their number.
struct Implausible {
    what: &'static str,
    first: Option<(DateTime<Utc>, Option<String>)>,
    count: usize,
}

impl Implausible {
    fn new(what: &'static str) -> Self {
        Self { what, first: None, count: 0 }
    }

    fn note(&mut self, date: DateTime<Utc>, title: &str, link: Option<&str>) {
        // What a person finds it by.
        let name = || Some(title).filter(|title| !title.is_empty()).or(link);
        self.first.get_or_insert_with(|| (date, name().map(|name| cut_bytes(name, MAX_NAME))));
        self.count += 1;
    }

    fn warning(self) -> Option<Warning> {
        let (date, item) = self.first?;
        let shown = date.to_rfc3339_opts(SecondsFormat::Secs, true);
        let of = item.map(|item| format!(" of `{item}`")).unwrap_or_default();
        let times = if self.count > 1 { format!(" ({} times)", self.count) } else { String::new() };
        Some(Warning::new("date", format!("the date {shown} {}, left it out{of}{times}", self.what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<DateTime<Utc>> {
        (text != "-").then(|| text.parse().unwrap())
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        let now = at("2026-11-24T10:00:00Z").unwrap();
        let check = |published: &str, updated: &str, expect: [&str; 2], source: Option<DateSource>, warnings: usize| {
            let date_source = at(published).map(|_| DateSource::Feed);
            let mut items = [Item { published: at(published), updated: at(updated), date_source, ..Item::default() }];
            let warned = plausible(&mut items, now);
            let [item] = items;
            assert_eq!([item.published, item.updated], expect.map(at), "{published} {updated}");
            assert_eq!(item.date_source, source, "{published} {updated}");
            assert_eq!(warned.len(), warnings, "{warned:?}");
        };
        let good = "2024-01-02T00:00:00Z";
        let (feed, only_updated) = (Some(DateSource::Feed), Some(DateSource::Updated));
        check(good, "-", [good, "-"], feed, 0);
        check("1990-01-01T00:00:00Z", good, ["1990-01-01T00:00:00Z", good], feed, 0);
        check("1989-12-31T23:59:59Z", "-", ["-", "-"], None, 1);
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", ["-", "-"], None, 1);
        check("1970-01-01T00:00:00Z", good, [good, good], only_updated, 1);
        check("2036-11-24T10:00:00Z", "-", ["2036-11-24T10:00:00Z", "-"], feed, 0);
        check("2036-11-24T10:00:01Z", "-", ["-", "-"], None, 1);
        check("9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", ["-", "-"], None, 2);
        check("-", "-", ["-", "-"], None, 0);
    }

    #[test]
    fn many_of_a_kind_are_one_warning() {
        let item = Item { published: at("1970-01-01T00:00:00Z"), ..Item::default() };
        let warned = plausible(&mut vec![item; 3], at("2026-11-24T10:00:00Z").unwrap());
        assert_eq!(warned.len(), 1);
        assert_eq!(warned[0].message, "the date 1970-01-01T00:00:00Z lies before 1990, left it out (3 times)");
        let one = |title: &str| {
            let link = Some("https://a.example/1".to_owned());
            let item = Item { published: at("1970-01-01T00:00:00Z"), title: title.into(), link, ..Item::default() };
            plausible(&mut [item], at("2026-11-24T10:00:00Z").unwrap()).remove(0).message
        };
        assert!(one("Old").ends_with("left it out of `Old`"), "{}", one("Old"));
        assert!(one("").ends_with("left it out of `https://a.example/1`"));
        assert!(one(&"字".repeat(200)).len() < 250);
    }
}
