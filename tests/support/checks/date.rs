//! Any text as a date: in range, the same each time, the same when written and read again.

use super::assert_in_range;
use chrono::{Datelike, SecondsFormat, TimeDelta};
use chrono_tz::Tz;
use feedmill::parse::date::parse;

const ZONES: [Tz; 4] =
    [chrono_tz::UTC, chrono_tz::Asia::Shanghai, chrono_tz::America::New_York, chrono_tz::Pacific::Apia];

pub fn date(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // In Thailand a year may be of another era, so this zone is not compared with the others.
    if let Some(date) = parse(&text, chrono_tz::Asia::Bangkok) {
        assert_in_range(date);
        let written = date.to_rfc3339_opts(SecondsFormat::Secs, true);
        assert_eq!(parse(&written, chrono_tz::Asia::Bangkok), Some(date), "{text:?} → {written}");
    }
    let read = ZONES.map(|zone| parse(&text, zone));
    for (date, zone) in read.iter().zip(ZONES) {
        let Some(date) = *date else { continue };
        assert_in_range(date);
        assert_eq!(date.timestamp_subsec_nanos(), 0, "{text:?} → {date}: to the second");
        assert_eq!(parse(&text, zone), Some(date), "{text:?} in {zone}");
        assert_eq!(parse(&format!(" {text}\n"), zone), Some(date), "{text:?} padded");
        // What is read can be written and read again, as Atom and RSS write it.
        for written in [
            date.to_rfc3339_opts(SecondsFormat::Secs, true),
            date.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            date.format("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        ] {
            for zone in ZONES {
                assert_eq!(parse(&written, zone), Some(date), "{text:?} → {written}");
            }
        }
    }
    // A zone moves a date by hours; it does not decide whether there is one.
    let [first, ..] = read;
    if let Some(first) = first.filter(|date| (2..=9998).contains(&date.year())) {
        for (other, zone) in read.iter().zip(ZONES) {
            let other = other.unwrap_or_else(|| panic!("{text:?} is a date in UTC and none in {zone}"));
            assert!((other - first).abs() <= TimeDelta::hours(36), "{text:?}: {first} in UTC, {other} in {zone}");
        }
    }
}
