//! Feeds in other sets of characters, as servers and publishers declare them or not.

use crate::mill::{Mill, NOW};
use crate::server::Reply;
use crate::web::{HOUR, Web, mill};

const TITLE: &str = "金融市场大幅上涨";
const BODY: &str = "今天上午，上海证券交易所的主要股指大幅上涨，投资者的信心正在恢复。分析师认为，这一趋势在未来几个月还会继续，但也提醒人们注意风险。";

/// A feed with an XML declaration that says this.
fn feed(declaration: &str) -> String {
    format!(
        "<?xml version=\"1.0\"{declaration}?>\n<rss version=\"2.0\"><channel><title>There</title><link>https://there.example/</link>\
         <description>d</description><item><guid isPermaLink=\"false\">1</guid><link>https://there.example/1</link><title>{TITLE}</title>\
         <pubDate>Thu, 01 Feb 2024 10:00:00 GMT</pubDate><description>{BODY}</description></item></channel></rss>"
    )
}

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

fn utf_16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn whatever_is_declared_the_text_comes_out_right() {
    let typed = |bytes: Vec<u8>, charset: &str| {
        Reply::ok(bytes).header("Content-Type", format!("application/rss+xml{charset}"))
    };
    let gbk_says = " encoding=\"gbk\"";
    let utf_8_says = " encoding=\"utf-8\"";
    let utf_16_says = " encoding=\"utf-16\"";
    let bom = |text: String| ["\u{feff}".as_bytes(), text.as_bytes()].concat();
    let cases = [
        ("declared", typed(gbk(&feed(gbk_says)), ""), ""),
        ("in-the-header", typed(gbk(&feed("")), "; charset=gb2312"), ""),
        ("header-over-declaration", typed(gbk(&feed(utf_8_says)), "; charset=\"GB18030\""), ""),
        ("neither", typed(gbk(&feed("")), ""), "no character set is declared and it is not UTF-8, read it as `GBK`"),
        (
            "says-utf-8",
            typed(gbk(&feed(utf_8_says)), ""),
            "the document says `UTF-8`, which the bytes contradict, read it as `GBK`",
        ),
        (
            "header-says-utf-8",
            typed(gbk(&feed("")), "; charset=utf-8"),
            "HTTP says `UTF-8`, which the bytes contradict",
        ),
        (
            "says-gbk",
            typed(feed(gbk_says).into(), ""),
            "the document says `GBK`, which the bytes contradict, read it as `UTF-8`",
        ),
        ("header-says-gbk", typed(feed("").into(), "; charset=gbk"), "HTTP says `GBK`, which the bytes contradict"),
        (
            "default",
            typed(gbk(&feed(gbk_says)), "; charset=iso-8859-1"),
            "HTTP says `windows-1252`, which the bytes contradict, read it as `GBK`",
        ),
        (
            "says-utf-16",
            typed(feed(utf_16_says).into(), ""),
            "the document says `UTF-16LE`, which the bytes contradict",
        ),
        ("mark", typed(bom(feed(gbk_says)), "; charset=gbk"), ""),
        ("utf-16-le", typed(utf_16(&feed(utf_16_says), true, false), ""), ""),
        ("utf-16-be", typed(utf_16(&feed(utf_16_says), true, true), "; charset=utf-8"), ""),
        ("utf-16-le-unmarked", typed(utf_16(&feed(utf_16_says), false, false), ""), ""),
        ("utf-16-be-unmarked", typed(utf_16(&feed(""), false, true), ""), ""),
        (
            "unknown",
            typed(feed(" encoding=\"x-nothing\"").into(), ""),
            "the document says `x-nothing`, which is no known character set, read it as `UTF-8`",
        ),
    ];
    let web = Web::start();
    let mut sources = String::new();
    for (name, reply, _) in &cases {
        web.put(&format!("/{name}"), reply.clone());
        sources += &web.source(name, &format!("/{name}"));
    }
    let mill = mill(&sources);
    let run = mill.feedmill(&[]).expect(0, &[]);
    for (name, _, warning) in cases {
        let item = mill.item(&format!("source/{name}"), TITLE);
        assert!(item["content_html"].as_str().unwrap().contains(BODY), "{name}: {item}");
        let told = run.stderr.lines().any(|line| line.contains(&format!("{name}: http")));
        assert_eq!(told, !warning.is_empty(), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(warning), "{name}: {}", run.stderr);
    }
}

#[test]
fn a_lone_bad_byte_is_told_with_its_place_and_utf_7_is_refused() {
    let web = Web::start();
    let bad = feed("").into_bytes();
    let at = bad.windows(3).position(|window| window == "恢".as_bytes()).unwrap();
    let bad = [&bad[..at], b"\xff", &bad[at..]].concat();
    web.put("/bad", Reply::ok(bad));
    web.put("/seven", Reply::ok(feed(" encoding=\"utf-7\"").replace(TITLE, "+ADw-script+AD4-")));
    let both = web.source("bad", "/bad") + &web.source("seven", "/seven");
    let mut mill: Mill = mill(&both);
    let run = mill.feedmill(&[]).expect(
        3,
        &[
            "bytes that are not `UTF-8` became U+FFFD, here first",
            "source `seven`: encoding: ",
            "`utf-7`, which is not read",
        ],
    );
    assert!(run.stderr.contains("/bad:2:"), "{}", run.stderr);
    let body = mill.item("source/bad", TITLE)["content_html"].as_str().unwrap().to_owned();
    assert!(body.contains("信心正在\u{fffd}恢复"), "{body}");
    assert!(mill.published().values().all(|bytes| !String::from_utf8_lossy(bytes).contains("ADw-")));
    // Told once.
    let run = mill.at(NOW + HOUR).feedmill(&[]);
    assert!(!run.stderr.contains("U+FFFD"), "{}", run.stderr);
}
