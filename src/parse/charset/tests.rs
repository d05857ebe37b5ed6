//! Which bytes are which text, whatever is declared.

use super::*;
use encoding_rs::{
    KOI8_R, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257,
    WINDOWS_1258,
};
use proptest::prelude::*;

fn check(bytes: &[u8], http: Option<&str>, expect: &str, warned: bool) {
    let declared = http.map_or(Declared::Unknown, Declared::Http);
    let (text, warnings) = decode(bytes, declared).unwrap();
    assert_eq!(text, expect);
    assert_eq!(!warnings.is_empty(), warned, "{warnings:?} for {expect}");
}

#[test]
fn marks_and_declarations() {
    check("金融".as_bytes(), None, "金融", false);
    check(b"\xef\xbb\xbfx", None, "x", false);
    check(b"\xef\xbb\xbf\xe9\x87\x91", Some("gbk"), "金", false);
    check(b"\xff\xfe<\0x\0>\0", None, "<x>", false);
    check(b"\xfe\xff\0<\0x\0>", None, "<x>", false);
    check(b"<\0x\0>\0", None, "<x>", false);
    check(b"\0<\0x\0>", None, "<x>", false);
    check(b"\0\0\xfe\xff\0\0\0<", None, "<", false);
    check(
        b"<?xml version='1.0' encoding='windows-1251'?>\xcf",
        None,
        "<?xml version='1.0' encoding='windows-1251'?>П",
        false,
    );
    check(b"<meta charset=gbk>\xbd\xf0", None, "<meta charset=gbk>金", false);
    check(b"\xbd\xf0\xc8\xda", Some("gb2312"), "金融", false);
    check(b"\xe9", Some("ISO-8859-1"), "é", false);
}

#[test]
fn lies_are_seen_through() {
    check("é金".as_bytes(), Some("iso-8859-1"), "é金", true);
    check(
        "<?xml version='1.0' encoding='utf-16'?>é".as_bytes(),
        None,
        "<?xml version='1.0' encoding='utf-16'?>é",
        true,
    );
    check(b"<?xml encoding='no-such-set'?>", None, "<?xml encoding='no-such-set'?>", true);
    check(b"plain", Some("us-ascii"), "plain", false);
    let latin = b"<?xml version='1.0' encoding='utf-8'?>caf\xe9 d\xe9j\xe0 vu".as_slice();
    check(latin, None, "<?xml version='1.0' encoding='utf-8'?>café déjà vu", true);
}

#[test]
fn one_bad_byte_garbles_nothing_else() {
    let mut bytes = "金融新聞".repeat(20).into_bytes();
    bytes.push(0xff);
    bytes.extend_from_slice("終".as_bytes());
    let (text, warnings) = decode(&bytes, Declared::Unknown).unwrap();
    assert!(text.ends_with("新聞\u{fffd}終"));
    assert_eq!(warnings.len(), 1);
    check(&"<a>金".as_bytes()[..5], None, "<a>\u{fffd}", true);
}

#[test]
fn undeclared_sets_are_detected() {
    let samples = [
        (GBK, "今天的新闻：金融市场大幅上涨，投资者信心恢复，分析师认为这一趋势还会继续。"),
        (SHIFT_JIS, "今日のニュース：株式市場は大きく上昇し、投資家の信頼が回復しました。"),
        (BIG5, "今天的新聞：金融市場大幅上漲，投資者信心恢復，分析師認為這一趨勢還會繼續。"),
        (WINDOWS_1251, "Сегодняшние новости: финансовые рынки значительно выросли, доверие вернулось."),
        (WINDOWS_1252, "Les marchés ont fortement progressé, la confiance est revenue à Genève."),
    ];
    for (encoding, text) in samples {
        let (bytes, _, _) = encoding.encode(text);
        let (decoded, warnings) = decode(&bytes, Declared::Unknown).unwrap();
        assert_eq!(decoded, text, "{}", encoding.name());
        assert_eq!(warnings.len(), 1);
    }
}

#[test]
fn dangerous_sets_are_refused() {
    for label in ["utf-7", "UTF-7", "hz-gb-2312", "iso-2022-kr"] {
        assert_eq!(decode(b"+ADw-", Declared::Http(label)).unwrap_err().class, "encoding", "{label}");
    }
    assert_eq!(decode(b"<?xml encoding=\"utf-7\"?>", Declared::Unknown).unwrap_err().class, "encoding");
}

proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), label in "[a-z0-9-]{0,12}") {
        let _ = decode(&bytes, Declared::Unknown);
        let _ = decode(&bytes, Declared::Http(&label));
    }

    #[test]
    fn utf_8_is_left_alone(text in "[^\u{feff}]{0,80}") {
        // NUL next to `<` or `{` is how UTF-16 without its mark is known.
        prop_assume!(!text.contains('\0') && !text.trim_start().starts_with('<'));
        let (decoded, _) = decode(text.as_bytes(), Declared::Unknown).unwrap();
        prop_assert_eq!(decoded, text.as_str());
    }
}

const CHINESE: &str = "今天上午，上海证券交易所的主要股指大幅上涨，投资者的信心正在恢复。分析师认为，这一趋势在未来几个月还会继续，但也提醒人们注意风险。\n\
    当地居民表示，他们对市场的变化感到高兴，许多小企业已经开始招聘新的员工。";
const TAIWANESE: &str = "今天上午，臺北股市大幅上漲，投資人的信心正在恢復。分析師認為，這個趨勢在未來幾個月還會繼續，但也提醒大家注意風險。\n\
    當地居民表示，他們對市場的變化感到高興，許多小企業已經開始招募新的員工。";
const JAPANESE: &str = "今日の東京株式市場は大きく上昇し、投資家の信頼が回復しました。アナリストはこの傾向が数か月続くと見ていますが、リスクにも注意が必要だと述べています。\n\
    地元の住民は市場の変化を喜んでおり、多くの小さな会社が新しい社員を募集し始めました。";
const KOREAN: &str = "오늘 오전 서울 증시는 큰 폭으로 올랐고 투자자들의 신뢰가 회복되고 있습니다. 전문가들은 이 추세가 몇 달 동안 계속될 것으로 보지만 위험에도 주의해야 한다고 말했습니다.\n\
    지역 주민들은 시장의 변화를 반겼고 많은 작은 기업이 새로운 직원을 뽑기 시작했습니다.";
const RUSSIAN: &str = "Сегодня утром московская биржа значительно выросла, и доверие инвесторов возвращается. Аналитики считают, что эта тенденция сохранится ещё несколько месяцев, но напоминают о рисках.\n\
    Местные жители рады переменам, а многие небольшие компании начали искать новых сотрудников.";
const POLISH: &str = "Dziś rano warszawska giełda znacznie wzrosła, a zaufanie inwestorów powraca. Analitycy sądzą, że tendencja ta utrzyma się jeszcze przez kilka miesięcy, lecz przypominają o zagrożeniach.\n\
    Mieszkańcy cieszą się ze zmian, a wiele małych przedsiębiorstw zaczęło szukać nowych pracowników.";
const GREEK: &str = "Σήμερα το πρωί το χρηματιστήριο της Αθήνας ανέβηκε σημαντικά και η εμπιστοσύνη των επενδυτών επιστρέφει. Οι αναλυτές πιστεύουν ότι η τάση θα συνεχιστεί για μερικούς μήνες ακόμη.\n\
    Οι κάτοικοι χαίρονται για τις αλλαγές και πολλές μικρές επιχειρήσεις ψάχνουν νέους υπαλλήλους.";
const TURKISH: &str = "Bu sabah İstanbul borsası önemli ölçüde yükseldi ve yatırımcıların güveni geri geliyor. Uzmanlar bu eğilimin birkaç ay daha süreceğini düşünüyor, ancak riskleri de hatırlatıyor.\n\
    Şehrin sakinleri değişikliklerden memnun, birçok küçük şirket yeni çalışanlar aramaya başladı.";
const HEBREW: &str = "הבוקר עלתה הבורסה בתל אביב באופן ניכר ואמון המשקיעים חוזר. אנליסטים סבורים שהמגמה תימשך עוד כמה חודשים, אך מזכירים את הסיכונים.\n\
    התושבים שמחים על השינויים וחברות קטנות רבות החלו לחפש עובדים חדשים.";
const ARABIC: &str = "ارتفعت البورصة هذا الصباح ارتفاعا كبيرا وعادت ثقة المستثمرين. ويرى المحللون أن هذا الاتجاه سيستمر عدة أشهر أخرى، لكنهم يذكرون بالمخاطر.\n\
    سكان المدينة سعداء بالتغييرات وبدأت شركات صغيرة كثيرة بالبحث عن موظفين جدد.";
const LITHUANIAN: &str = "Šį rytą Vilniaus birža gerokai pakilo, o investuotojų pasitikėjimas grįžta. Analitikai mano, kad ši tendencija tęsis dar kelis mėnesius, tačiau primena apie riziką.\n\
    Gyventojai džiaugiasi pokyčiais, daug mažų įmonių pradėjo ieškoti naujų darbuotojų.";
const FRENCH: &str = "Ce matin, la Bourse de Paris a fortement progressé et la confiance des épargnants est de retour. Les analystes pensent que cette tendance se poursuivra encore quelques mois, mais rappellent les dangers.\n\
    Les habitants se réjouissent des changements, et beaucoup de petites sociétés ont commencé à chercher de nouveaux employés.";

/// A text, and the set it is written in.
const SETS: [(&Encoding, &str, bool); 26] = [
    (GBK, CHINESE, true),
    (GB18030, CHINESE, true),
    (BIG5, TAIWANESE, true),
    (SHIFT_JIS, JAPANESE, true),
    (EUC_JP, JAPANESE, true),
    (EUC_KR, KOREAN, true),
    (KOI8_R, RUSSIAN, true),
    (WINDOWS_1251, RUSSIAN, true),
    (encoding_rs::ISO_8859_5, RUSSIAN, true),
    (encoding_rs::IBM866, RUSSIAN, true),
    (encoding_rs::KOI8_U, RUSSIAN, true),
    (WINDOWS_1250, POLISH, true),
    (ISO_8859_2, POLISH, true),
    (WINDOWS_1253, GREEK, true),
    (encoding_rs::ISO_8859_7, GREEK, true),
    (WINDOWS_1254, TURKISH, true),
    (WINDOWS_1255, HEBREW, true),
    (encoding_rs::ISO_8859_8, HEBREW, true),
    (WINDOWS_1256, ARABIC, true),
    (encoding_rs::ISO_8859_6, ARABIC, true),
    (WINDOWS_1257, LITHUANIAN, true),
    (encoding_rs::ISO_8859_13, LITHUANIAN, true),
    (WINDOWS_1252, FRENCH, true),
    (encoding_rs::ISO_8859_15, FRENCH, true),
    (encoding_rs::MACINTOSH, FRENCH, false),
    (WINDOWS_1258, FRENCH, true),
];

#[test]
fn every_set_by_header_by_declaration_and_by_its_bytes() {
    let mut wrong = Vec::new();
    for (encoding, text, detectable) in SETS {
        let name = encoding.name();
        let coded = |text: &str| {
            let (bytes, _, bad) = encoding.encode(text);
            assert!(!bad, "{name}");
            bytes.into_owned()
        };
        let feed = |declaration: &str| {
            format!("<?xml version=\"1.0\"{declaration}?>\n<rss><channel><title>{text}</title></channel></rss>")
        };
        let page = format!("<!DOCTYPE html><html><head><meta charset=\"{name}\"></head><body>{text}</body></html>");
        let article = format!("---\ntitle: \"{}\"\n---\n{text}\n", text.lines().next().unwrap());
        let declared = format!(" encoding='{name}'");
        let utf_8 = " encoding=\"utf-8\"";
        let mut cases = vec![
            ("declared", feed(&declared), None, true),
            ("header", feed(""), Some(name), true),
            ("header over declaration", feed(utf_8), Some(name), true),
            ("page", page, None, true),
            ("article with header", article.clone(), Some(name), true),
            ("default of the server", feed(&declared), Some("iso-8859-1"), detectable),
        ];
        if detectable {
            cases.push(("neither", feed(""), None, true));
            cases.push(("declared UTF-8", feed(utf_8), None, true));
            cases.push(("header says UTF-8", feed(""), Some("utf-8"), true));
            cases.push(("article", article, None, true));
        }
        for (what, text, http, judged) in cases {
            let bytes = coded(&text);
            let (decoded, warnings) = decode(&bytes, http.map_or(Declared::Unknown, Declared::Http)).unwrap();
            if judged && decoded != text {
                wrong.push(format!("{name}, {what}: {}", decoded.chars().skip(60).take(40).collect::<String>()));
            }
            let certain = matches!(what, "declared" | "header" | "page" | "article with header");
            if certain && !warnings.is_empty() {
                wrong.push(format!("{name}, {what}: {warnings:?}"));
            }
        }
        // What says so and is UTF-8 all the same.
        for (text, http) in [(feed(&declared), None), (feed(""), Some(name))] {
            let (decoded, warnings) = decode(text.as_bytes(), http.map_or(Declared::Unknown, Declared::Http)).unwrap();
            if decoded != text || warnings.is_empty() || !matches!(decoded, Cow::Borrowed(_)) {
                wrong.push(format!("UTF-8 that says `{name}`: {warnings:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn utf_16_and_32_with_and_without_mark() {
    let article = format!("---\ntitle: x\n---\n{CHINESE} 😀\n");
    let feed = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?><rss>{CHINESE} 😀</rss>");
    for text in [article, feed, format!("{{\"title\":\"{CHINESE}\"}}"), format!("<金>{CHINESE}</金>")] {
        let units: Vec<u16> = text.encode_utf16().collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big_32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        let little_32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let cases: [(&[u8], Vec<u8>); 4] =
            [(b"\xfe\xff", big), (b"\xff\xfe", little), (b"\0\0\xfe\xff", big_32), (b"\xff\xfe\0\0", little_32)];
        for (mark, bytes) in cases {
            check(&bytes, None, &text, false);
            check(&[mark, &bytes].concat(), None, &text, false);
            check(&[mark, &bytes].concat(), Some("utf-8"), &text, false);
        }
    }
    check(b"\xff\xfea\0b", None, "a\u{fffd}", true);
    check(b"\0\0\xfe\xff\0\0\0a\0\0", None, "a\u{fffd}", true);
}

#[test]
fn a_bad_byte_is_told_with_its_place() {
    let place = |bytes: &[u8], declared: Declared<'_>| {
        let (_, warnings) = decode(bytes, declared).unwrap();
        let last = warnings.last().unwrap().clone();
        assert_eq!(last.code, "encoding");
        (last.line, last.column)
    };
    let text = format!("{CHINESE}\n新聞");
    let utf_8 = [text.as_bytes(), b"\xff", "終".as_bytes()].concat();
    assert_eq!(place(&utf_8, Declared::Unknown), (Some(3), Some(3)));
    assert_eq!(place(&utf_8, Declared::Http("utf-8")), (Some(3), Some(3)));
    assert_eq!(place(&utf_8, Declared::Http("iso-8859-1")), (Some(3), Some(3)));
    let mut gbk = GBK.encode(&text).0.into_owned();
    gbk.extend_from_slice(b"\xff\xff");
    gbk.extend_from_slice(&GBK.encode("終").0);
    assert_eq!(place(&gbk, Declared::Http("gbk")), (Some(3), Some(3)));
}

#[test]
fn clean_utf_8_is_not_copied_and_large_documents_take_linear_time() {
    let text = format!("<?xml version='1.0' encoding='utf-8'?>{}", CHINESE.repeat(20_000));
    for declared in [Declared::Unknown, Declared::Http("utf-8"), Declared::Http("gbk"), Declared::Http("latin1")] {
        assert!(matches!(decode(text.as_bytes(), declared).unwrap().0, Cow::Borrowed(_)), "{declared:?}");
    }
    let begun = std::time::Instant::now();
    for byte in [b"\xff", b"\xe9", b"\x80", b"\xc3"] {
        let _ = decode(&byte.repeat(4 << 20), Declared::Http("utf-8")).unwrap();
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn names_of_sets_that_no_standard_lists() {
    let cases = [
        ("cp936", GBK),
        ("GB2312", GBK),
        ("gb_2312-80", GBK),
        ("x-gbk", GBK),
        ("cp950", BIG5),
        ("big5-hkscs", BIG5),
        ("cp932", SHIFT_JIS),
        ("Windows-31J", SHIFT_JIS),
        ("eucJP", EUC_JP),
        ("cp949", EUC_KR),
        ("ks_c_5601-1987", EUC_KR),
        ("latin1", WINDOWS_1252),
        ("us-ascii", WINDOWS_1252),
        ("cp1251", WINDOWS_1251),
        ("koi8", KOI8_R),
        ("'utf8'", UTF_8),
        (" UTF-8 ", UTF_8),
        ("utf8mb4", UTF_8),
    ];
    for (label, expect) in cases {
        let mut warnings = Vec::new();
        assert_eq!(encoding_of(label, "HTTP", &mut warnings).unwrap(), Some(expect), "{label}");
        assert_eq!(warnings, [], "{label}");
    }
}
