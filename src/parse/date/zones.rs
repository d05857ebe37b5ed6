//! Abbreviations of time zones: what they stand for, and what they mean where the source lives.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

/// Abbreviations in upper case with their minutes east of UTC. Of names with several meanings the one of RFC 822 §5,
/// else the most used stands here.
const ZONES: &[(&str, i32)] = &[
    ("UT", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("Z", 0),
    ("ZULU", 0),
    ("UCT", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("ET", -300),
    ("CT", -360),
    ("MT", -420),
    ("PT", -480),
    ("AT", -240),
    ("AST", -240),
    ("ADT", -180),
    ("NST", -210),
    ("NDT", -150),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("HDT", -540),
    ("BRT", -180),
    ("BRST", -120),
    ("ART", -180),
    ("CLT", -240),
    ("CLST", -180),
    ("COT", -300),
    ("PET", -300),
    ("VET", -240),
    ("UYT", -180),
    ("BOT", -240),
    ("ECT", -300),
    ("PYT", -240),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("MEZ", 60),
    ("MESZ", 120),
    ("WEST", 60),
    ("BST", 60),
    ("WAT", 60),
    ("EET", 120),
    ("EEST", 180),
    ("CAT", 120),
    ("SAST", 120),
    ("IDT", 180),
    ("MSK", 180),
    ("MSD", 240),
    ("EAT", 180),
    ("TRT", 180),
    ("IRST", 210),
    ("GST", 240),
    ("SAMT", 240),
    ("PKT", 300),
    ("YEKT", 300),
    ("UZT", 300),
    ("IST", 330),
    ("NPT", 345),
    ("OMST", 360),
    ("ICT", 420),
    ("WIB", 420),
    ("KRAT", 420),
    ("HKT", 480),
    ("SGT", 480),
    ("MYT", 480),
    ("PHT", 480),
    ("AWST", 480),
    ("WITA", 480),
    ("JST", 540),
    ("KST", 540),
    ("WIT", 540),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("VLAT", 600),
    ("NZST", 720),
    ("NZDT", 780),
    ("PETT", 720),
    ("CHST", 600),
    ("AMT", -240),
    ("SST", -660),
    ("WST", 780),
    ("EASST", -300),
    ("GFT", -180),
    ("NUT", -660),
    ("AZT", 240),
    ("GET", 240),
    ("IRDT", 270),
    ("AFT", 270),
    ("ALMT", 300),
    ("MMT", 390),
    ("BDT", 360),
    ("BTT", 360),
    ("NOVT", 420),
    ("IRKT", 480),
    ("YAKT", 540),
    ("MAGT", 660),
    ("FJT", 720),
];

/// Names that mean something else in other parts of the world, and that no RFC gives one meaning.
const AMBIGUOUS: [&str; 11] = ["CST", "IST", "BST", "AMT", "AST", "GST", "SST", "ECT", "WST", "MMT", "ADT"];

/// Meanings that the zone database has no name for any more: where, and minutes east of UTC.
const ELSEWHERE: &[(&str, Tz, i32)] = &[
    ("AMT", Tz::Asia__Yerevan, 240),
    ("AST", Tz::Asia__Riyadh, 180),
    ("AST", Tz::Asia__Baghdad, 180),
    ("AST", Tz::Asia__Kuwait, 180),
    ("AST", Tz::Asia__Qatar, 180),
    ("ADT", Tz::Asia__Baghdad, 240),
    ("BST", Tz::Asia__Dhaka, 360),
    ("GST", Tz::Atlantic__South_Georgia, -120),
    ("MST", Tz::Asia__Kuala_Lumpur, 480),
    ("MST", Tz::Asia__Yangon, 390),
    ("PST", Tz::Asia__Manila, 480),
    ("SST", Tz::Asia__Singapore, 480),
    ("WST", Tz::Australia__Perth, 480),
    ("IST", Tz::Asia__Colombo, 330),
];

/// An abbreviation in any case, as it stands in the table, with its seconds east of UTC. The military letters of RFC 822
/// are UTC, as RFC 2822 §4.3 asks: nobody ever agreed on their signs.
pub(super) fn zone(word: &str) -> Option<(&'static str, i32)> {
    if let [letter] = word.as_bytes() {
        return (matches!(letter, b'z') || (letter.is_ascii_uppercase() && *letter != b'J')).then_some(("Z", 0));
    }
    ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(name, minutes)| (*name, minutes * 60))
}

/// Whether a name has no meaning that most people would agree on.
pub(super) fn is_ambiguous(name: &str) -> bool {
    AMBIGUOUS.contains(&name)
}

/// What an abbreviation means where the source lives, if it is used there: `CST` is three things. Seconds east of UTC.
pub(super) fn meaning(name: &str, local: NaiveDateTime, zone: Tz) -> Option<i32> {
    if let Some((_, _, minutes)) = ELSEWHERE.iter().find(|(other, place, _)| *other == name && *place == zone) {
        return Some(minutes * 60);
    }
    if zone == Tz::UTC {
        return None;
    }
    // At that time, else at some other of the year: `IST` is written in Dublin in winter, too.
    let day = |month| Some(NaiveDate::from_ymd_opt(local.year(), month, 1)?.and_time(local.time()));
    let times = [Some(local), day(1), day(7)];
    let named = |wanted: &str| times.iter().flatten().find_map(|time| named(wanted, *time, zone));
    named(name).or_else(|| {
        // Australians leave out the A. They say EST in summer, too: there the clock on the wall decides.
        let australian = zone.name().starts_with("Australia/") && matches!(name, "EST" | "EDT" | "CST" | "CDT" | "WST");
        let full = format!("A{name}");
        australian.then(|| if name.ends_with("ST") { abbreviated(&full[..2], local, zone) } else { named(&full) })?
    })
}

/// The offset of a local time if its name is this one; of a time that a clock change repeats, of that pass.
fn named(name: &str, local: NaiveDateTime, zone: Tz) -> Option<i32> {
    let found = match zone.offset_from_local_datetime(&local) {
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
    (found.abbreviation() == Some(name)).then(|| found.fix().local_minus_utc())
}

/// The offset of a local time if its name begins so.
fn abbreviated(start: &str, local: NaiveDateTime, zone: Tz) -> Option<i32> {
    let offset = zone.offset_from_local_datetime(&local).earliest()?;
    offset.abbreviation().is_some_and(|name| name.starts_with(start)).then(|| offset.fix().local_minus_utc())
}
