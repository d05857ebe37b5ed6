//! Text as a date.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for zone in [chrono_tz::UTC, chrono_tz::Asia::Shanghai, chrono_tz::America::New_York, chrono_tz::Asia::Bangkok] {
        if let Some(date) = feedmill::parse::date::parse(text, zone) {
            // What is read can be written and read again.
            let written = date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            let again = feedmill::parse::date::parse(&written, zone).map(|date| date.timestamp());
            assert_eq!(again, Some(date.timestamp()), "{text:?} → {written}");
        }
    }
});
