//! Names in dates: months and days of the week in many languages, halves of the day, words that say nothing.
//!
//! Names are compared folded: lower case, without accents (`février` is `fevrier`, `май` is `маи`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The month of an English abbreviation in any case.
pub(super) fn english_month(name: &[u8]) -> Option<u32> {
    const NAMES: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    (1..).zip(NAMES).find(|(_, month)| name.eq_ignore_ascii_case(*month)).map(|(number, _)| number)
}

/// Lower case, Latin, Greek and Cyrillic without accents, one letter for those that keyboards confuse.
pub(super) fn fold(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| match c {
            'ς' => 'σ',
            'ı' => 'i',
            'ł' => 'l',
            'ø' => 'o',
            'đ' => 'd',
            'ی' | 'ى' => 'ي',
            'ک' => 'ك',
            _ => c,
        })
        .nfc()
        .collect()
}

/// Part of a word: a letter, or a mark that belongs to one (Devanagari's virama is no letter).
pub(super) fn is_word_char(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

/// Beginnings of the names of each month; the longest that fits decides (`marras` is not `mar`). One with `=` is the
/// whole name.
const MONTHS: [&str; 12] = [
    "jan ene gen ian jaan oca sty led tammi sij saus ιαν янв яну ян= січ сту јан يناير جانفي ژانويه ינואר \
     ינו= जन มกรา มค=",
    "feb fev sub lut uno helmi veeb velj vas peb φεβ фев лют феб فبراير شباط فيفري فوريه פברואר פבר= फर \
     फ़र กุมภา กพ=",
    "mar maa mae mrt mrz bre ozu kov mac= μαρ мар бер сак مارس آذار اذار מרץ מרס מרצ मार्च มีนา มีค=",
    "apr abr avr nis kwi dub huhti tra bal απρ апр кві кра أبريل ابريل إبريل أفريل افريل نيسان آوريل \
     אפריל אפר= अप्रैल เมษา เมย=",
    "may mai maj mei mag kve touko svi geg μαι μαη мая маи мај тра مايو ماي= أيار ايار مه= مي= מאי मई \
     พฤษภา พค=",
    "jun juin juun giu iun haz cze cerven cervn cvn kesa lipanj lipnj birz ιουν июн юн чер чэр јун يونيو \
     يونيه جوان حزيران ژوئن יוני जून มิถุนา มิย=",
    "jul juil juul lug iul tem lip cervenec cervence cvc heina srpanj srpnj liep ιουλ июл юл лип ліп јул \
     يوليو يوليه جويلية تموز ژوئيه جولاي יולי जुलाई กรกฎา กค=",
    "aug ago aou agu ags= ag= sie srp elo avg kol rugp ogo αυγ авг сер жні أغسطس اغسطس آب= اب= أوت اوت \
     آگوست אוגוסט אוג= अगस्त สิงหา สค=",
    "sep set szep eyl wrz zar syys ruj rugs σεπ сен сеп вер سبتمبر أيلول ايلول سپتامبر ספטמבר ספט= सित \
     กันยา กย=",
    "oct okt out ott eki paz rij loka spal οκτ окт жов кас أكتوبر اكتوبر اكتبر אוקטובר אוק= अक् ตุลา ตค=",
    "nov noi kas lis marras stu= studen lapkr νοε ноя ное нов лис ліс نوفمبر نوامبر נובמבר נוב= नव \
     พฤศจิกา พย=",
    "dec dez dic des dets ara gru pro joulu dis= disem δεκ дек гру дец сне снежн ديسمبر دسامبر דצמבר דצמ= \
     दिस ธันวา ธค=",
];

/// Characters of the longest name of a month that is one.
const MAX_MONTH: usize = 14;

/// The month of a folded name, full or abbreviated. Croatian has old names of its own, which its neighbors give to
/// other months: there `listopad` is October.
pub(super) fn month(word: &str, croatian: bool) -> Option<u32> {
    const CROATIAN: [(&str, u32); 3] = [("lip", 6), ("srp", 7), ("lis", 10)];
    if croatian && let Some((_, month)) = CROATIAN.iter().find(|(stem, _)| word.starts_with(stem)) {
        return Some(*month);
    }
    if word.chars().count() > MAX_MONTH {
        return None;
    }
    // Hebrew writes `in` and the month as one word.
    let bare = word.strip_prefix('ב');
    bare.into_iter().chain([word]).filter_map(longest_stem).max_by_key(|(length, _)| *length).map(|(_, month)| month)
}

/// A beginning of a name of a month.
struct Stem {
    text: &'static str,
    whole: bool,
    month: u32,
}

/// The stems by their first character.
static STEMS: LazyLock<HashMap<char, Vec<Stem>>> = LazyLock::new(|| {
    let mut stems: HashMap<char, Vec<Stem>> = HashMap::new();
    for (month, names) in (1..).zip(MONTHS) {
        for name in names.split_ascii_whitespace() {
            let text = name.trim_end_matches('=');
            let first = text.chars().next().unwrap_or_default();
            stems.entry(first).or_default().push(Stem { text, whole: text != name, month });
        }
    }
    stems
});

/// The length of the longest stem that a word begins with, and its month.
fn longest_stem(word: &str) -> Option<(usize, u32)> {
    let stems = STEMS.get(&word.chars().next()?)?;
    let fits = |stem: &&Stem| if stem.whole { word == stem.text } else { word.starts_with(stem.text) };
    stems.iter().filter(fits).map(|stem| (stem.text.len(), stem.month)).max_by_key(|(length, _)| *length)
}

/// The month of two folded words: the Arabic names of the Levant.
pub(super) fn month_of_two(first: &str, second: &str) -> Option<u32> {
    match (first, second) {
        ("كانون", "الثاني") => Some(1),
        ("تشرين", "الأول" | "الاول") => Some(10),
        ("تشرين", "الثاني") => Some(11),
        ("كانون", "الأول" | "الاول") => Some(12),
        _ => None,
    }
}

/// Names of the days of the week from Monday on, full and abbreviated, folded.
const WEEKDAYS: [&str; 7] = [
    "mon monday montag mo lun lundi lunes lunedi luni ma maandag man mandag poniedzialek pon pn pondeli \
     po pondelok manudagur ponedeljak ponedjeljak ponedeljek hetfo h maanantai maanantaina pazartesi pzt \
     segunda seg dilluns dl senin sen isnin isn esmaspaev e pirmadienis pr pirmdiena pirmd δευ δευτερα пн \
     пон понедельник понеделник понеділок понедељак панядзелак الاثنين الإثنين שני دوشنبه सोमवार सोम \
     วันจันทร์ จ",
    "tue tues tuesday dienstag di mar mardi martes martedi marti dinsdag tir tirs tirsdag tis tisdag wt \
     wto wtorek ut utery utorok utorak uto þriðjudagur þri torek tor kedd tiistai tiistaina ti sali sal \
     ter terca dimarts dt selasa sel teisipaev t antradienis an otrdiena otrd τρι τριτη вт вторник \
     вівторок ауторак ау уторак уто الثلاثاء שלישי سهشنبه मंगलवार मंगल วันอังคาร อ",
    "wed weds wednesday mittwoch mi mer mercredi mie miercoles mercoledi miercuri woensdag wo ons onsdag \
     sr sro sroda st streda sre sri srijeda sreda miðvikudagur mið szerda keskiviikko keskiviikkona ke \
     carsamba car qua quarta dimecres dc rabu rab kolmapaev k treciadienis tr tresdiena tresd τετ τεταρτη \
     ср среда сряда середа серада сре الأربعاء الاربعاء רביעי چهارشنبه बुधवार बुध วันพุธ พ",
    "thu thur thurs thursday donnerstag do jeu jeudi jue jueves gio giovedi joi donderdag tor tors \
     torsdag czw czwartek ct ctvrtek stvrtok st cet cetvrtak cetrtek fimmtudagur fim csutortok torstai \
     torstaina to persembe per qui quinta dijous dj kamis kam khamis kha neljapaev n ketvirtadienis kt \
     ceturtdiena ceturtd πεμ πεμπτη чт четверг четвъртък четвер четвртак четврток чет чацвер чц الخميس \
     חמישי پنجشنبه गुरुवार गुरु बृहस्पतिवार วันพฤหัสบดี วันพฤหัส พฤ",
    "fri friday freitag fr ven vendredi vie viernes venerdi vineri vin vrijdag vr fre fredag pt piatek \
     patek pa piatok pi petak petek pet fostudagur fos pentek perjantai perjantaina pe cuma cum sex sexta \
     divendres dv jumat jum jumaat reede r penktadienis pn piektdiena piektd παρ παρασκευη пт пятница \
     петък пʼятниця пятниця петак петок пет пятніца الجمعة שישי جمعه शुक्रवार शुक्र วันศุกร์ ศ",
    "sat saturday samstag sonnabend sa sam samedi sab sabado sabato sambata zaterdag za lor lordag \
     laugardagur lau sob sobota so sub subota szombat lauantai lauantaina la cumartesi cmt dissabte ds \
     sabtu laupaev l sestadienis st sestdiena sestd σαβ σαββατο сб сабота суббота събота субота суб السبت \
     שבת شنبه शनिवार शनि วันเสาร์ ส",
    "sun sunday sonntag so dim dimanche dom domingo domenica duminica dum zondag zo son sondag sunnudagur \
     nd ndz niedz niedziela nedele ne ned nedela nedelja nedjelja vasarnap sunnuntai sunnuntaina su pazar \
     paz diumenge dg minggu min ahad ahd puhapaev p sekmadienis sk svetdiena svetd κυρ κυριακη вс нд \
     воскресенье неделя неділя нядзеля недеља недела нед الأحد الاحد ראשון يكشنبه रविवार रवि วันอาทิตย์ \
     อา",
];

/// Days of the week, one bit for each; `so` is Sunday in German and Saturday in Czech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days(u8);

impl Days {
    /// `day`: from Monday, 0.
    pub(super) fn one(day: u32) -> Self {
        Self(1 << (day % 7))
    }

    /// `day`: from Monday, 0.
    pub(super) fn has(self, day: u32) -> bool {
        self.0 & Self::one(day).0 != 0
    }
}

/// The days of the week that a folded name can mean.
pub(super) fn weekday(word: &str) -> Option<Days> {
    let word = word.strip_suffix("ที่").unwrap_or(word);
    DAYS.get(word).copied()
}

static DAYS: LazyLock<HashMap<&str, Days>> = LazyLock::new(|| {
    let mut days: HashMap<&str, Days> = HashMap::new();
    for (day, names) in (0..).zip(WEEKDAYS) {
        for name in names.split_ascii_whitespace() {
            days.entry(name).or_insert(Days(0)).0 |= Days::one(day).0;
        }
    }
    days
});

/// What follows `thứ` in the Vietnamese name of a day of the week: Monday is the second.
pub(super) fn vietnamese_weekday(folded: &str) -> Option<Days> {
    let names = [["hai", "2"], ["ba", "3"], ["tu", "4"], ["nam", "5"], ["sau", "6"], ["bay", "7"]];
    (0..).zip(names).find(|(_, names)| names.contains(&folded)).map(|(day, _)| Days::one(day))
}

/// `mar.` is Tuesday in French, Spanish and Italian, and March in nearly every language; `paz` is Sunday in Turkish and
/// October in Polish; `sub` is Saturday in Croatian and February in Turkish.
pub(super) fn is_month_or_weekday(word: &str) -> bool {
    matches!(word, "mar" | "paz" | "sub")
}

/// Words between the parts of a date that say nothing.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(word)
}

const WORDS: &str = "at on of the in and date time posted published updated \
        de del di den der am um uhr vom le la las el a as os l d les vers kl klo klockan klukkan til h hs hrs om uur \
        feira en e i o r godz v hod hodin ob uri u sati val m gada plkst kell ora saat pukul tanggal pada jam \
        ngay thang thg nam luc г года год в ч р року о године год у во στις ωρα στο \
        ב ביום יום בשעה في الساعة يوم من ساعت को बजे น เวลา ที่ พศ คศ เดือน ปี วันที่";

static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split_ascii_whitespace().collect());

/// Which half of the day a clock of twelve hours means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
    /// From eleven to two.
    Noon,
}

pub(super) fn half_of_day(folded: &str) -> Option<Half> {
    match folded {
        "am" | "πμ" | "ص" | "صباحا" | "पूर्वाह्न" | "oo" | "утра" | "ночи" | "manana" | "manha" | "mattina" => {
            Some(Half::Morning)
        }
        "pm"
        | "μμ"
        | "م"
        | "مساء"
        | "अपराह्न"
        | "os"
        | "ch"
        | "du"
        | "вечера"
        | "дня"
        | "tarde"
        | "noche"
        | "noite"
        | "pomeriggio"
        | "sera" => Some(Half::Afternoon),
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

/// Words before a clock of twelve hours in Chinese, Japanese and Korean.
pub(super) const HALVES: &[(&str, Half)] = &[
    ("上午", Half::Morning),
    ("凌晨", Half::Morning),
    ("早上", Half::Morning),
    ("早晨", Half::Morning),
    ("清晨", Half::Morning),
    ("午前", Half::Morning),
    ("오전", Half::Morning),
    ("下午", Half::Afternoon),
    ("傍晚", Half::Afternoon),
    ("晚上", Half::Afternoon),
    ("午後", Half::Afternoon),
    ("오후", Half::Afternoon),
    ("中午", Half::Noon),
];

/// Eras of Japan and Taiwan, and what is added to their years.
pub(super) const ERAS: &[(&str, i32)] = &[
    ("令和", 2018),
    ("平成", 1988),
    ("昭和", 1925),
    ("大正", 1911),
    ("明治", 1867),
    ("中華民國", 1911),
    ("中华民国", 1911),
    ("民國", 1911),
    ("民国", 1911),
    ("公元", 0),
    ("西暦", 0),
];

/// Every folded name of the tables.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let names = MONTHS.iter().chain(&WEEKDAYS).flat_map(|names| names.split_ascii_whitespace());
    names.map(|name| name.trim_end_matches('='))
}
