//! Articles in other sets of characters.

use crate::mill::{Mill, POSTS, SITE};

const CHINESE: &str = "今天上午，上海证券交易所的主要股指大幅上涨，投资者的信心正在恢复。分析师认为，这一趋势在未来几个月还会继续，但也提醒人们注意风险。";
const TAIWANESE: &str = "今天上午，臺北股市大幅上漲，投資人的信心正在恢復。分析師認為，這個趨勢在未來幾個月還會繼續，但也提醒大家注意風險。";
const JAPANESE: &str = "今日の東京株式市場は大きく上昇し、投資家の信頼が回復しました。アナリストはこの傾向が数か月続くと見ていますが、リスクにも注意が必要です。";
const KOREAN: &str = "오늘 오전 서울 증시는 큰 폭으로 올랐고 투자자들의 신뢰가 회복되고 있습니다. 전문가들은 이 추세가 몇 달 동안 계속될 것으로 보고 있습니다.";
const RUSSIAN: &str = "Сегодня утром московская биржа значительно выросла, и доверие инвесторов возвращается. Аналитики считают, что эта тенденция сохранится.";

#[test]
fn articles_are_read_in_the_set_they_are_written_in() {
    let mill = Mill::new(&format!("{SITE}{POSTS}"));
    let article = |name: &str, text: &str| {
        let title: String = text.chars().take(12).collect();
        (
            format!(
                "---\r\ntitle: {title}\r\ndate: 2024-02-01\r\nslug: {name}\r\ncategories: [{name}]\r\n---\r\n{text}\r\n"
            ),
            title,
        )
    };
    let utf_16 = |text: &str, mark: bool, big: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let in_set = |encoding: &'static encoding_rs::Encoding| move |text: &str| encoding.encode(text).0.into_owned();
    type Coded = Box<dyn Fn(&str) -> Vec<u8>>;
    let cases: Vec<(&str, &str, Coded, bool)> = vec![
        ("gbk", CHINESE, Box::new(in_set(encoding_rs::GBK)), true),
        ("gb18030", CHINESE, Box::new(in_set(encoding_rs::GB18030)), true),
        ("big5", TAIWANESE, Box::new(in_set(encoding_rs::BIG5)), true),
        ("sjis", JAPANESE, Box::new(in_set(encoding_rs::SHIFT_JIS)), true),
        ("euc-jp", JAPANESE, Box::new(in_set(encoding_rs::EUC_JP)), true),
        ("euc-kr", KOREAN, Box::new(in_set(encoding_rs::EUC_KR)), true),
        ("koi8-r", RUSSIAN, Box::new(in_set(encoding_rs::KOI8_R)), true),
        ("cp1251", RUSSIAN, Box::new(in_set(encoding_rs::WINDOWS_1251)), true),
        ("le", CHINESE, Box::new(move |text| utf_16(text, true, false)), false),
        ("be", CHINESE, Box::new(move |text| utf_16(text, true, true)), false),
        ("le-bare", CHINESE, Box::new(move |text| utf_16(text, false, false)), false),
        ("be-bare", CHINESE, Box::new(move |text| utf_16(text, false, true)), false),
        ("bom", CHINESE, Box::new(|text| ["\u{feff}".as_bytes(), text.as_bytes()].concat()), false),
        ("utf-8", CHINESE, Box::new(|text| text.as_bytes().to_vec()), false),
    ];
    for (name, text, coded, _) in &cases {
        mill.write(&format!("posts/{name}.md"), coded(&article(name, text).0));
    }
    let run = mill.feedmill(&[]).expect(0, &[]);
    for (name, text, _, detected) in &cases {
        let item = mill.item(&format!("category/{name}"), &article(name, text).1);
        assert!(item["content_html"].as_str().unwrap().contains(text), "{name}: {item}");
        assert_eq!(run.stderr.contains(&format!("{name}.md: no character set")), *detected, "{name}: {}", run.stderr);
    }
}

#[test]
fn a_page_says_its_set_itself_and_a_bad_byte_is_told_with_its_place() {
    let mill = Mill::new(&format!("{SITE}{POSTS}"));
    let page = format!("---\ntitle: page\ndate: 2024-02-01\n---\n<p>caf\u{e9} {RUSSIAN}</p>\n");
    let mut bytes = page.into_bytes();
    let at = bytes.windows(2).position(|window| window == "\u{e9}".as_bytes()).unwrap();
    bytes.splice(at..at + 2, *b"\xe9");
    mill.write("posts/page.md", bytes);
    mill.feedmill(&[]).expect(0, &["page.md:5:7: bytes that are not `UTF-8` became U+FFFD"]);
    let item = mill.item("all", "page");
    assert!(item["content_html"].as_str().unwrap().contains(&format!("caf\u{fffd} {RUSSIAN}")), "{item}");
}
