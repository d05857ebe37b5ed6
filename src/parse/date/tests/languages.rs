//! Names of months and days of the week as languages write them, each read in every usual order of a date.

use super::*;
use chrono::{Datelike, NaiveDate};

/// Names of one language; other spellings of one name are joined by `/`, words of one name by `_`.
struct Language {
    code: &'static str,
    months: &'static str,
    weekdays: &'static str,
}

const fn language(code: &'static str, months: &'static str, weekdays: &'static str) -> Language {
    Language { code, months, weekdays }
}

const LANGUAGES: [Language; 39] = [
    language(
        "en",
        "January/Jan/Jan. February/Feb/Feb. March/Mar/Mar. April/Apr/Apr. May June/Jun/Jun. July/Jul/Jul. \
         August/Aug/Aug. September/Sep/Sept/Sept. October/Oct/Oct. November/Nov/Nov. December/Dec/Dec.",
        "Monday/Mon/Mon. Tuesday/Tue/Tues/Tue. Wednesday/Wed/Weds Thursday/Thu/Thur/Thurs Friday/Fri Saturday/Sat Sunday/Sun",
    ),
    language(
        "de",
        "Januar/Jänner/Jan./Jän. Februar/Feber/Feb./Febr. März/Mär./Maerz/Mrz April/Apr. Mai Juni/Jun. Juli/Jul. August/Aug. \
         September/Sept./Sep. Oktober/Okt. November/Nov. Dezember/Dez.",
        "Montag/Mo./Mo Dienstag/Di./Di Mittwoch/Mi./Mi Donnerstag/Do./Do Freitag/Fr./Fr Samstag/Sonnabend/Sa./Sa Sonntag/So./So",
    ),
    language(
        "fr",
        "janvier/janv./jan. février/févr./fév. mars avril/avr. mai juin juillet/juil. août/aout septembre/sept. octobre/oct. \
         novembre/nov. décembre/déc.",
        "lundi/lun. mardi/mar. mercredi/mer. jeudi/jeu. vendredi/ven. samedi/sam. dimanche/dim.",
    ),
    language(
        "es",
        "enero/ene. febrero/feb. marzo/mar. abril/abr. mayo/may. junio/jun. julio/jul. agosto/ago. septiembre/setiembre/sept./set. \
         octubre/oct. noviembre/nov. diciembre/dic.",
        "lunes/lun. martes/mar. miércoles/mié./mie jueves/jue. viernes/vie. sábado/sáb. domingo/dom.",
    ),
    language(
        "it",
        "gennaio/gen. febbraio/feb. marzo/mar. aprile/apr. maggio/mag. giugno/giu. luglio/lug. agosto/ago. settembre/set./sett. \
         ottobre/ott. novembre/nov. dicembre/dic.",
        "lunedì/lun martedì/mar mercoledì/mer giovedì/gio venerdì/ven sabato/sab domenica/dom",
    ),
    language(
        "pt",
        "janeiro/jan. fevereiro/fev. março/mar. abril/abr. maio/mai. junho/jun. julho/jul. agosto/ago. setembro/set. outubro/out. \
         novembro/nov. dezembro/dez.",
        "segunda-feira/segunda/seg. terça-feira/terça/ter. quarta-feira/quarta/qua. quinta-feira/quinta/qui. \
         sexta-feira/sexta/sex. sábado/sáb. domingo/dom.",
    ),
    language(
        "nl",
        "januari/jan. februari/feb. maart/mrt. april/apr. mei juni/jun. juli/jul. augustus/aug. september/sep. oktober/okt. \
         november/nov. december/dec.",
        "maandag/ma dinsdag/di woensdag/wo donderdag/do vrijdag/vr zaterdag/za zondag/zo",
    ),
    language(
        "pl",
        "styczeń/stycznia/sty luty/lutego/lut marzec/marca/mar kwiecień/kwietnia/kwi maj/maja czerwiec/czerwca/cze \
         lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź listopad/listopada/lis \
         grudzień/grudnia/gru",
        "poniedziałek/pon./pn wtorek/wt./wto środa/śr./śro czwartek/czw. piątek/pt. sobota/sob. niedziela/niedz./nd",
    ),
    language(
        "ru",
        "январь/января/янв. февраль/февраля/февр./фев март/марта/мар. апрель/апреля/апр. май/мая июнь/июня/июн. июль/июля/июл. \
         август/августа/авг. сентябрь/сентября/сент./сен октябрь/октября/окт. ноябрь/ноября/нояб. декабрь/декабря/дек.",
        "понедельник/пн вторник/вт среда/ср четверг/чт пятница/пт суббота/сб воскресенье/вс",
    ),
    language(
        "uk",
        "січень/січня/січ. лютий/лютого/лют. березень/березня/бер. квітень/квітня/квіт. травень/травня/трав. \
         червень/червня/черв. липень/липня/лип. серпень/серпня/серп. вересень/вересня/вер. жовтень/жовтня/жовт. \
         листопад/листопада/лист. грудень/грудня/груд.",
        "понеділок/пн вівторок/вт середа/ср четвер/чт п’ятниця/п'ятниця/пт субота/сб неділя/нд",
    ),
    language(
        "be",
        "студзень/студзеня люты/лютага сакавік/сакавіка красавік/красавіка май/мая чэрвень/чэрвеня ліпень/ліпеня \
         жнівень/жніўня верасень/верасня кастрычнік/кастрычніка лістапад/лістапада снежань/снежня",
        "панядзелак/пн аўторак/аў серада/ср чацвер/чц пятніца/пт субота/сб нядзеля/нд",
    ),
    language(
        "cs",
        "leden/ledna/led únor/února/úno březen/března/bře duben/dubna/dub květen/května/kvě červen/června/čvn \
         červenec/července/čvc srpen/srpna/srp září říjen/října/říj listopad/listopadu/lis prosinec/prosince/pro",
        "pondělí/po úterý/út středa/st čtvrtek/čt pátek/pá sobota/so neděle/ne",
    ),
    language(
        "sk",
        "január/januára/jan. február/februára/feb. marec/marca/mar. apríl/apríla/apr. máj/mája jún/júna júl/júla \
         august/augusta/aug. september/septembra/sep. október/októbra/okt. november/novembra/nov. december/decembra/dec.",
        "pondelok/po utorok/ut streda/st štvrtok/št piatok/pi sobota/so nedeľa/ne",
    ),
    language(
        "sv",
        "januari/jan. februari/feb. mars april/apr. maj juni/jun. juli/jul. augusti/aug. september/sep./sept. oktober/okt. \
         november/nov. december/dec.",
        "måndag/mån tisdag/tis onsdag/ons torsdag/tors/tor fredag/fre lördag/lör söndag/sön",
    ),
    language(
        "da",
        "januar/jan. februar/feb. marts/mar. april/apr. maj juni/jun. juli/jul. august/aug. september/sep. oktober/okt. \
         november/nov. december/dec.",
        "mandag/man. tirsdag/tirs. onsdag/ons. torsdag/tors. fredag/fre. lørdag/lør. søndag/søn.",
    ),
    language(
        "nb",
        "januar/jan. februar/feb. mars april/apr. mai juni/jun. juli/jul. august/aug. september/sep. oktober/okt. november/nov. \
         desember/des.",
        "mandag/man. tirsdag/tir. onsdag/ons. torsdag/tor. fredag/fre. lørdag/lør. søndag/søn.",
    ),
    language(
        "is",
        "janúar/jan. febrúar/feb. mars/mar. apríl/apr. maí júní/jún. júlí/júl. ágúst/ágú. september/sep. október/okt. \
         nóvember/nóv. desember/des.",
        "mánudagur/mán. þriðjudagur/þri. miðvikudagur/mið. fimmtudagur/fim. föstudagur/fös. laugardagur/lau. sunnudagur/sun.",
    ),
    language(
        "fi",
        "tammikuu/tammikuuta/tammi helmikuu/helmikuuta maaliskuu/maaliskuuta/maalis huhtikuu/huhtikuuta toukokuu/toukokuuta \
         kesäkuu/kesäkuuta heinäkuu/heinäkuuta elokuu/elokuuta syyskuu/syyskuuta lokakuu/lokakuuta marraskuu/marraskuuta \
         joulukuu/joulukuuta/joulu",
        "maanantai/maanantaina/ma tiistai/tiistaina/ti keskiviikko/keskiviikkona/ke torstai/torstaina/to \
         perjantai/perjantaina/pe lauantai/lauantaina/la sunnuntai/sunnuntaina/su",
    ),
    language(
        "hu",
        "január/jan. február/febr. március/márc. április/ápr. május/máj. június/jún. július/júl. augusztus/aug. \
         szeptember/szept. október/okt. november/nov. december/dec.",
        "hétfő kedd szerda csütörtök péntek szombat vasárnap",
    ),
    language(
        "ro",
        "ianuarie/ian. februarie/feb. martie/mar. aprilie/apr. mai iunie/iun. iulie/iul. august/aug. septembrie/sept. \
         octombrie/oct. noiembrie/nov./noi. decembrie/dec.",
        "luni/lun. marți/marţi/mar. miercuri/mie. joi vineri/vin. sâmbătă/sâm. duminică/dum.",
    ),
    language(
        "tr",
        "Ocak/Oca Şubat/Şub Mart/Mar Nisan/Nis Mayıs/May Haziran/Haz Temmuz/Tem Ağustos/Ağu Eylül/Eyl Ekim/Eki Kasım/Kas \
         Aralık/Ara",
        "Pazartesi/Pzt Salı/Sal Çarşamba/Çar Perşembe/Per Cuma/Cum Cumartesi/Cmt Pazar/Paz",
    ),
    language(
        "el",
        "Ιανουάριος/Ιανουαρίου/Ιαν Φεβρουάριος/Φεβρουαρίου/Φεβ Μάρτιος/Μαρτίου/Μαρ/Μάρ Απρίλιος/Απριλίου/Απρ Μάιος/Μαΐου/Μαΐ/Μάι \
         Ιούνιος/Ιουνίου/Ιουν/Ιούν Ιούλιος/Ιουλίου/Ιουλ Αύγουστος/Αυγούστου/Αυγ Σεπτέμβριος/Σεπτεμβρίου/Σεπ/Σεπτ \
         Οκτώβριος/Οκτωβρίου/Οκτ Νοέμβριος/Νοεμβρίου/Νοε Δεκέμβριος/Δεκεμβρίου/Δεκ",
        "Δευτέρα/Δευ Τρίτη/Τρι Τετάρτη/Τετ Πέμπτη/Πεμ Παρασκευή/Παρ Σάββατο/Σαβ Κυριακή/Κυρ",
    ),
    language(
        "bg",
        "януари/ян. февруари/фев. март/мар. април/апр. май юни/юн. юли/юл. август/авг. септември/септ. октомври/окт. \
         ноември/ноем. декември/дек.",
        "понеделник/пн вторник/вт сряда/ср четвъртък/чт петък/пт събота/сб неделя/нд",
    ),
    language(
        "mk",
        "јануари/јан. февруари/фев. март/мар. април/апр. мај јуни/јун. јули/јул. август/авг. септември/сеп. октомври/окт. \
         ноември/ное. декември/дек.",
        "понеделник вторник среда четврток петок сабота недела",
    ),
    language(
        "sr",
        "јануар/јануара/јан. фебруар/фебруара/феб. март/марта/мар. април/априла/апр. мај/маја јун/јуна јул/јула август/августа/авг. \
         септембар/септембра/сеп. октобар/октобра/окт. новембар/новембра/нов. децембар/децембра/дец.",
        "понедељак/пон. уторак/уто. среда/сре. четвртак/чет. петак/пет. субота/суб. недеља/нед.",
    ),
    language(
        "sr-Latn",
        "januar/januara/jan. februar/februara/feb. mart/marta/mar. april/aprila/apr. maj/maja jun/juna jul/jula avgust/avgusta/avg. \
         septembar/septembra/sep. oktobar/oktobra/okt. novembar/novembra/nov. decembar/decembra/dec.",
        "ponedeljak/pon. utorak/uto. sreda/sre. četvrtak/čet. petak/pet. subota/sub. nedelja/ned.",
    ),
    language(
        "hr",
        "siječanj/siječnja/sij veljača/veljače/velj ožujak/ožujka/ožu travanj/travnja/tra svibanj/svibnja/svi lipanj/lipnja/lip \
         srpanj/srpnja/srp kolovoz/kolovoza/kol rujan/rujna/ruj listopad/listopada/lis studeni/studenoga/studenog/stu \
         prosinac/prosinca/pro",
        "ponedjeljak/pon utorak/uto srijeda/sri četvrtak/čet petak/pet subota/sub nedjelja/ned",
    ),
    language(
        "sl",
        "januar/januarja/jan. februar/februarja/feb. marec/marca/mar. april/aprila/apr. maj/maja junij/junija/jun. \
         julij/julija/jul. avgust/avgusta/avg. september/septembra/sep. oktober/oktobra/okt. november/novembra/nov. \
         december/decembra/dec.",
        "ponedeljek/pon. torek/tor. sreda/sre. četrtek/čet. petek/pet. sobota/sob. nedelja/ned.",
    ),
    language(
        "lt",
        "sausis/sausio/saus. vasaris/vasario/vas. kovas/kovo/kov. balandis/balandžio/bal. gegužė/gegužės/geg. \
         birželis/birželio/birž. liepa/liepos/liep. rugpjūtis/rugpjūčio/rugp. rugsėjis/rugsėjo/rugs. spalis/spalio/spal. \
         lapkritis/lapkričio/lapkr. gruodis/gruodžio/gruod.",
        "pirmadienis/pr antradienis/an trečiadienis/tr ketvirtadienis/kt penktadienis/pn šeštadienis/št sekmadienis/sk",
    ),
    language(
        "lv",
        "janvāris/janvārī/janv. februāris/februārī/febr. marts/martā aprīlis/aprīlī/apr. maijs/maijā jūnijs/jūnijā jūlijs/jūlijā \
         augusts/augustā/aug. septembris/septembrī/sept. oktobris/oktobrī/okt. novembris/novembrī/nov. decembris/decembrī/dec.",
        "pirmdiena/pirmd. otrdiena/otrd. trešdiena/trešd. ceturtdiena/ceturtd. piektdiena/piektd. sestdiena/sestd. svētdiena/svētd.",
    ),
    language(
        "et",
        "jaanuar/jaan veebruar/veebr märts aprill/apr mai juuni juuli august/aug september/sept oktoober/okt november/nov \
         detsember/dets",
        "esmaspäev/E teisipäev/T kolmapäev/K neljapäev/N reede/R laupäev/L pühapäev/P",
    ),
    language(
        "id",
        "Januari/Jan Februari/Feb Maret/Mar April/Apr Mei Juni/Jun Juli/Jul Agustus/Agu/Ags September/Sep Oktober/Okt \
         November/Nov Desember/Des",
        "Senin/Sen Selasa/Sel Rabu/Rab Kamis/Kam Jumat/Jum'at/Jum Sabtu/Sab Minggu/Min",
    ),
    language(
        "ms",
        "Januari/Jan Februari/Feb Mac April/Apr Mei Jun Julai/Jul Ogos/Ogo September/Sep Oktober/Okt November/Nov Disember/Dis",
        "Isnin/Isn Selasa/Sel Rabu/Rab Khamis/Kha Jumaat/Jum Sabtu/Sab Ahad/Ahd",
    ),
    language(
        "ca",
        "gener/gen. febrer/febr. març abril/abr. maig juny juliol/jul. agost/ag. setembre/set. octubre/oct. novembre/nov. \
         desembre/des.",
        "dilluns/dl. dimarts/dt. dimecres/dc. dijous/dj. divendres/dv. dissabte/ds. diumenge/dg.",
    ),
    language(
        "ar",
        "يناير/كانون_الثاني/جانفي فبراير/شباط/فيفري مارس/آذار/اذار أبريل/ابريل/إبريل/نيسان/أفريل مايو/أيار/ماي يونيو/يونيه/حزيران/جوان \
         يوليو/يوليه/تموز/جويلية أغسطس/اغسطس/آب/أوت سبتمبر/أيلول أكتوبر/اكتوبر/تشرين_الأول نوفمبر/تشرين_الثاني \
         ديسمبر/كانون_الأول",
        "الاثنين/الإثنين الثلاثاء الأربعاء/الاربعاء الخميس الجمعة السبت الأحد/الاحد",
    ),
    language(
        "he",
        "ינואר/בינואר/ינו פברואר/בפברואר/פבר מרץ/במרץ/מרס אפריל/באפריל/אפר מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט/אוג \
         ספטמבר/בספטמבר/ספט אוקטובר/באוקטובר/אוק נובמבר/בנובמבר/נוב דצמבר/בדצמבר/דצמ",
        "שני/יום_שני שלישי/יום_שלישי רביעי/יום_רביעי חמישי/יום_חמישי שישי/יום_שישי שבת ראשון/יום_ראשון",
    ),
    language(
        "fa",
        "ژانویه فوریه مارس آوریل مه/می ژوئن ژوئیه/جولای اوت/آگوست سپتامبر اکتبر نوامبر دسامبر",
        "دوشنبه سه‌شنبه چهارشنبه پنجشنبه/پنج‌شنبه جمعه شنبه یکشنبه/یک‌شنبه",
    ),
    language(
        "hi",
        "जनवरी/जन॰ फ़रवरी/फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर",
        "सोमवार/सोम मंगलवार/मंगल बुधवार/बुध गुरुवार/गुरु/बृहस्पतिवार शुक्रवार/शुक्र शनिवार/शनि रविवार/रवि",
    ),
    language(
        "th",
        "มกราคม/ม.ค. กุมภาพันธ์/ก.พ. มีนาคม/มี.ค. เมษายน/เม.ย. พฤษภาคม/พ.ค. มิถุนายน/มิ.ย. กรกฎาคม/ก.ค. สิงหาคม/ส.ค. กันยายน/ก.ย. \
         ตุลาคม/ต.ค. พฤศจิกายน/พ.ย. ธันวาคม/ธ.ค.",
        "วันจันทร์/จ./วันจันทร์ที่ วันอังคาร/อ. วันพุธ/พ. วันพฤหัสบดี/พฤ./วันพฤหัส วันศุกร์/ศ. วันเสาร์/ส. วันอาทิตย์/อา.",
    ),
];

fn spellings(names: &str) -> Vec<Vec<String>> {
    let one = |name: &str| name.split('/').map(|name| name.replace('_', " ")).collect();
    names.split_ascii_whitespace().map(one).collect()
}

/// Croatian has names for other months than its neighbors: its sources say where they live.
fn zone_of(code: &str) -> Tz {
    if code == "hr" { Tz::Europe__Zagreb } else { Tz::UTC }
}

#[test]
fn every_month_of_every_language_in_every_usual_order() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for language in &LANGUAGES {
        let zone = zone_of(language.code);
        let (months, weekdays) = (spellings(language.months), spellings(language.weekdays));
        assert_eq!((months.len(), weekdays.len()), (12, 7), "{}", language.code);
        for (month, names) in (1..).zip(&months) {
            let day = NaiveDate::from_ymd_opt(2024, month, 14).unwrap();
            let weekday = &weekdays[day.weekday().num_days_from_monday() as usize][0];
            for name in names {
                let plain = [
                    format!("14 {name} 2024"),
                    format!("14. {name} 2024"),
                    format!("{name} 14, 2024"),
                    format!("2024 {name} 14"),
                    format!("2024. {name} 14."),
                    format!("14-{name}-2024"),
                    format!("14 {} 2024", name.to_uppercase()),
                    format!("14 {} 2024", name.to_lowercase()),
                    format!("{weekday}, 14 {name} 2024"),
                    format!("{weekday} 14 {name} 2024"),
                    format!("14 {name} 2024, {weekday}"),
                    format!("{weekday}, {name} 14, 2024"),
                ];
                let timed = [
                    format!("14 {name} 2024 10:15:00 +0000"),
                    format!("{weekday}, 14 {name} 2024 10:15:00 GMT"),
                    format!("{name} 14, 2024 at 10:15 UTC"),
                    format!("{weekday} {name} 14 10:15:00 UTC 2024"),
                ];
                let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_local_timezone(zone).unwrap().to_utc();
                let morning = day.and_hms_opt(10, 15, 0).unwrap().and_utc();
                let cases = plain.iter().map(|text| (text, midnight)).chain(timed.iter().map(|text| (text, morning)));
                for (text, expect) in cases {
                    tried += 1;
                    let got = parse(text, zone);
                    if got != Some(expect) {
                        wrong.push(format!("{}: {text:?} is {got:?}, not {expect}", language.code));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_weekday_of_every_language_right_or_wrong_or_in_any_case() {
    let mut wrong = Vec::new();
    for language in &LANGUAGES {
        for (number, names) in (0..).zip(&spellings(language.weekdays)) {
            // 2024-04-03 and 2024-03-04 differ in their day of the week, so that the name decides the order.
            let decides = [(2, "2024-04-03"), (0, "2024-03-04")].into_iter().find(|(day, _)| *day == number);
            for name in names {
                let mut cases = vec![
                    (format!("{name}, 14 02 2024 10:15"), "2024-02-14T10:15:00"),
                    (format!("{name} 2024-02-14"), "2024-02-14T00:00:00"),
                    (format!("2024-02-14 {name}"), "2024-02-14T00:00:00"),
                    (format!("{} 14/02/2024", name.to_uppercase()), "2024-02-14T00:00:00"),
                ];
                let midnight = decides.map(|(_, day)| format!("{day}T00:00:00"));
                if let Some(expect) = &midnight {
                    cases.push((format!("{name} 03/04/2024"), expect.as_str()));
                    cases.push((format!("{name} 03.04.2024"), expect.as_str()));
                }
                for (text, expect) in cases {
                    let got = parse(&text, Tz::UTC).map(|time| time.format("%FT%T").to_string());
                    if got.as_deref() != Some(expect) {
                        wrong.push(format!("{}: {text:?} is {got:?}, not {expect}", language.code));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
