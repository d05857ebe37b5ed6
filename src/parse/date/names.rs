//! Names in dates: months and days of the week in many languages, time zones, words that say nothing.
//!
//! Names are compared folded: lower case, without accents (`février` is `fevrier`, `май` is `маи`).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The month of an English abbreviation in any case.
pub(super) fn english_month(name: &[u8]) -> Option<u32> {
    const NAMES: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    (1..).zip(NAMES).find(|(_, month)| name.eq_ignore_ascii_case(*month)).map(|(number, _)| number)
}

/// Lower case, Latin, Greek and Cyrillic without accents.
pub(super) fn fold(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| match c {
            'ς' => 'σ',
            'ı' => 'i',
            _ => c,
        })
        .nfc()
        .collect()
}

/// Part of a word: a letter, or a mark that belongs to one (Devanagari's virama is no letter).
pub(super) fn is_word_char(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

/// Beginnings of the names of each month; the longest that fits decides (`marras` is not `mar`).
const MONTHS: [&[&str]; 12] = [
    &[
        "jan",
        "ene",
        "gen",
        "ian",
        "jaan",
        "oca",
        "sty",
        "led",
        "tammi",
        "ιαν",
        "янв",
        "яну",
        "січ",
        "يناير",
        "ינואר",
        "जनवरी",
    ],
    &["feb", "fev", "sub", "lut", "uno", "helmi", "veeb", "φεβ", "фев", "лют", "فبراير", "פברואר", "फरवरी", "फ़रवरी"],
    &["mar", "maa", "mrt", "mrz", "bre", "μαρ", "мар", "бер", "مارس", "מרץ", "मार्च"],
    &["apr", "abr", "avr", "nis", "kwi", "dub", "huhti", "απρ", "апр", "кві", "أبريل", "ابريل", "אפריל", "अप्रैल"],
    &["may", "mai", "maj", "mei", "mag", "kve", "touko", "μαι", "μαη", "мая", "маи", "тра", "مايو", "מאי", "मई"],
    &[
        "jun",
        "juin",
        "juun",
        "giu",
        "iun",
        "haz",
        "cze",
        "cerven",
        "cervn",
        "kesa",
        "ιουν",
        "июн",
        "юни",
        "чер",
        "يونيو",
        "יוני",
        "जून",
    ],
    &[
        "jul",
        "juil",
        "juul",
        "lug",
        "iul",
        "tem",
        "lip",
        "cervenec",
        "cervence",
        "heina",
        "ιουλ",
        "июл",
        "юли",
        "лип",
        "يوليو",
        "יולי",
        "जुलाई",
    ],
    &["aug", "ago", "aou", "agu", "sie", "srp", "elo", "αυγ", "авг", "сер", "أغسطس", "اغسطس", "אוגוסט", "अगस्त"],
    &["sep", "set", "szep", "eyl", "wrz", "zar", "syys", "σεπ", "сен", "сеп", "вер", "سبتمبر", "ספטמבר", "सितंबर"],
    &[
        "oct",
        "okt",
        "out",
        "ott",
        "eki",
        "paz",
        "rij",
        "loka",
        "οκτ",
        "окт",
        "жов",
        "أكتوبر",
        "اكتوبر",
        "אוקטובר",
        "अक्टूबर",
    ],
    &["nov", "noi", "kas", "lis", "marras", "νοε", "ноя", "ное", "лис", "نوفمبر", "נובמבר", "नवंबर"],
    &[
        "dec",
        "dez",
        "dic",
        "des",
        "dets",
        "ara",
        "gru",
        "pro",
        "joulu",
        "δεκ",
        "дек",
        "гру",
        "ديسمبر",
        "דצמבר",
        "दिसंबर",
    ],
];

/// The month of a folded name, full or abbreviated.
pub(super) fn month(word: &str) -> Option<u32> {
    (1..)
        .zip(MONTHS)
        .flat_map(|(number, stems)| stems.iter().map(move |stem| (stem.len(), number, stem)))
        .filter(|(_, _, stem)| word.starts_with(**stem) || word.strip_prefix('ב').is_some_and(|rest| rest == **stem))
        .max_by_key(|(length, _, _)| *length)
        .map(|(_, number, _)| number)
}

/// Names of the days of the week from Monday on, full and abbreviated, folded.
const WEEKDAYS: [&str; 7] = [
    "mon monday montag mo lun lundi lunes lunedi luni ma maandag man mandag pon poniedzialek pondeli po pondelok \
     hetfo h maanantai pazartesi pzt δευ δευτερα пн пон понедельник понеделник понеділок seg segunda dilluns senin الاثنين",
    "tue tues tuesday dienstag di mar mardi martes martedi marti dinsdag tir tirsdag tis tisdag wt wtorek utery ut kedd \
     tiistai ti sali τρι τριτη вт вторник вівторок ter terca dimarts selasa الثلاثاء",
    "wed weds wednesday mittwoch mi mer mercredi mie miercoles mercoledi miercuri woensdag wo ons onsdag sr sroda streda st \
     szerda keskiviikko ke carsamba τετ τεταρτη ср среда сряда середа qua quarta dimecres rabu الأربعاء",
    "thu thur thurs thursday donnerstag do jeu jeudi jue jueves gio giovedi joi donderdag tor torsdag czw czwartek ctvrtek ct \
     csutortok torstai to persembe πεμ πεμπτη чт четверг четвъртък четвер qui quinta dijous kamis الخميس",
    "fri friday freitag fr ven vendredi vie viernes venerdi vineri vrijdag vr fre fredag pt piatek patek pa piatok \
     pentek perjantai pe cuma παρ παρασκευη пт пятница петък sex sexta divendres jumat الجمعة",
    "sat saturday samstag sonnabend sa sam samedi sab sabado sabato sambata zaterdag za lor lordag sob sobota so szombat \
     lauantai la cumartesi σαβ σαββατο сб суббота събота субота dissabte sabtu السبت",
    "sun sunday sonntag dim dimanche dom domingo domenica duminica zondag zo son sondag niedz niedziela nedele ne nedela \
     vasarnap sunnuntai su pazar κυρ κυριακη вс воскресенье неделя неділя diumenge minggu الأحد",
];

/// The day of the week of a folded name, Monday is 0.
pub(super) fn weekday(word: &str) -> Option<u32> {
    (0..).zip(WEEKDAYS).find(|(_, names)| names.split_ascii_whitespace().any(|name| name == word)).map(|(n, _)| n)
}

/// `mar.` is Tuesday in French, Spanish and Italian, and March in nearly every language.
pub(super) fn is_month_or_weekday(word: &str) -> bool {
    word == "mar"
}

/// Words between the parts of a date that say nothing.
pub(super) fn is_filler(word: &str) -> bool {
    const WORDS: [&str; 31] = [
        "at", "on", "of", "the", "de", "del", "di", "den", "der", "am", "um", "uhr", "le", "la", "a", "as", "kl",
        "klo", "til", "г", "года", "год", "ob", "v", "ngay", "thang", "nam", "h", "hs", "hrs", "time",
    ];
    WORDS.contains(&word)
}

/// Abbreviations of time zones, upper case, with their minutes east of UTC. Of names with several meanings the
/// one of RFC 822 §5, else the most used stands here.
const ZONES: [(&str, i32); 88] = [
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
];

/// An abbreviation in any case, with its seconds east of UTC. The military letters of RFC 822 are UTC, as RFC 2822
/// §4.3 asks: nobody ever agreed on their signs.
pub(super) fn zone(word: &str) -> Option<(&'static str, i32)> {
    if let [letter] = word.as_bytes() {
        return (letter.is_ascii_alphabetic() && !letter.eq_ignore_ascii_case(&b'j')).then_some(("Z", 0));
    }
    ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(name, minutes)| (*name, minutes * 60))
}

/// Which half of the day a clock of twelve hours means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

pub(super) fn half_of_day(folded: &str) -> Option<Half> {
    match folded {
        "am" | "πμ" => Some(Half::Morning),
        "pm" | "μμ" => Some(Half::Afternoon),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// Words right behind a number in Chinese, Japanese and Korean.
pub(super) const UNITS: &[(&str, Unit)] = &[
    ("年", Unit::Year),
    ("년", Unit::Year),
    ("月", Unit::Month),
    ("월", Unit::Month),
    ("日", Unit::Day),
    ("号", Unit::Day),
    ("號", Unit::Day),
    ("일", Unit::Day),
    ("时", Unit::Hour),
    ("時", Unit::Hour),
    ("点", Unit::Hour),
    ("點", Unit::Hour),
    ("시", Unit::Hour),
    ("分", Unit::Minute),
    ("분", Unit::Minute),
    ("秒", Unit::Second),
    ("초", Unit::Second),
];

/// Words before a clock of twelve hours in Chinese, Japanese and Korean; noon says nothing that `12` does not.
pub(super) const HALVES: &[(&str, Option<Half>)] = &[
    ("上午", Some(Half::Morning)),
    ("凌晨", Some(Half::Morning)),
    ("早上", Some(Half::Morning)),
    ("午前", Some(Half::Morning)),
    ("오전", Some(Half::Morning)),
    ("下午", Some(Half::Afternoon)),
    ("晚上", Some(Half::Afternoon)),
    ("午後", Some(Half::Afternoon)),
    ("오후", Some(Half::Afternoon)),
    ("中午", None),
];

/// Every folded name of the tables.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let months = MONTHS.iter().flat_map(|stems| stems.iter().copied());
    months.chain(WEEKDAYS.iter().flat_map(|names| names.split_ascii_whitespace()))
}
