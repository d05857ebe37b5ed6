//! Items that are too many, too large, or written to harm whoever shows them. The numbers are those of the kinds of fault.

use crate::trial::{Expect, Trial, and_twenty, feed_of, roomy, twenty};
use crate::web::{Web, date, item, item_with, line, rss, run};
use serde_json::Value;

/// The twenty and one more item, made of this XML.
fn with_item(inner: &str) -> String {
    let mut items = vec![format!("<item>{inner}</item>\n")];
    items.extend(twenty().iter().zip(1..).map(|(name, days)| item(name, days)));
    rss("There", &items)
}

fn shown(trial: &Trial, id: &str) -> Value {
    let feed = trial.mill.json("source/bad");
    let found = feed["items"].as_array().unwrap().iter().find(|item| item["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {feed}")).clone()
}

#[test]
fn f43_a_hundred_thousand_items() {
    let items: Vec<String> = (0..100_000)
        .map(|number| {
            format!(
                "<item><guid>urn:x:{number}</guid><title>t{number}</title><pubDate>{}</pubDate></item>",
                date(number / 1_000)
            )
        })
        .collect();
    let web = Web::start();
    web.put("/many", crate::server::Reply::ok(rss("Many", &items)));
    let mill = crate::mill::Mill::new(&roomy(&web.source("many", "/many")));
    let (told, report) = run(&mill, &[], 0);
    let record = line(&report, "many");
    let codes: Vec<&Value> = record["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&"limit:items".into()), "{record}");
    assert!(told.stderr.contains("2000"), "{}", told.stderr);
    assert!(record["items"]["total"].as_u64().unwrap() <= 2_000, "{record}");
    assert_eq!(mill.titles("source/many").len(), 50);
    assert!(mill.titles("source/many").iter().all(|title| title[1..].parse::<u32>().unwrap() < 2_000));
    let before = mill.snapshot();
    mill.feedmill(&["-q"]).expect(0, &[]);
    mill.assert_untouched(&before);
}

#[test]
fn f44_fields_without_measure() {
    let categories: String = (0..50_000).map(|number| format!("<category>c{number}</category>")).collect();
    let enclosures: String = (0..50_000)
        .map(|number| {
            format!("<enclosure url=\"https://there.example/{number}.mp3\" length=\"1\" type=\"audio/mpeg\"/>")
        })
        .collect();
    let guid = "g".repeat(1 << 20);
    let title = "A long title, ".repeat((10 << 20) / 14);
    let mut trial = Trial::start();
    let document = with_item(&format!(
        "<guid isPermaLink=\"false\">{guid}</guid><title>{title}</title><pubDate>{}</pubDate>{categories}",
        date(0)
    ));
    let (_, report) = trial.any(document);
    let new = trial.mill.titles("source/bad")[0].clone();
    assert!(new.len() <= 1_000 && new.starts_with("A long title, A long") && new.ends_with('…'), "{} bytes", new.len());
    let item = &trial.mill.json("source/bad")["items"][0];
    assert!(item["id"].as_str().unwrap().starts_with("urn:uuid:"), "{}", item["id"]);
    assert!(item["tags"].as_array().unwrap().len() <= 200);
    let warnings = line(&report, "bad")["warnings"].as_array().unwrap().len();
    assert!((1..=10).contains(&warnings), "{warnings} warnings");

    let mut trial = Trial::start();
    trial.any(with_item(&format!("<guid isPermaLink=\"false\">urn:x:1</guid><title>files</title>{enclosures}")));
    assert!(shown(&trial, "urn:x:1")["attachments"].as_array().unwrap().len() <= 1_000);
}

#[test]
fn f45_characters_that_no_document_may_hold() {
    let evil = "a\u{0}b\u{8}c\u{b}d\u{1f}e\u{fffe}f\u{ffff}g]]>h";
    let mut trial = Trial::start();
    trial.any(with_item(&format!(
        "<guid isPermaLink=\"false\">urn:x:1</guid><title>{evil}</title><dc:creator>{evil}</dc:creator>\
         <category>{evil}</category><description>{evil}</description>"
    )));
    assert_eq!(shown(&trial, "urn:x:1")["title"], "abcdefg]]>h");
    let json = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": evil, "items": [
        {"id": "urn:x:2", "title": evil, "content_html": evil, "summary": evil, "tags": [evil], "authors": [{"name": evil}]},
        {"id": "https://there.example/i01", "title": "by which it is the same feed"}]});
    trial.any(json.to_string());
    assert_eq!(shown(&trial, "urn:x:2")["title"], "abcdefg]]>h");
    // Half of a pair of surrogates is no character.
    let lone = r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"urn:x:1"},{"id":"urn:x:3","title":"a\ud800b","content_text":"\udfff"}]}"#;
    trial.any(lone);
    let references =
        "<guid isPermaLink=\"false\">urn:x:4</guid><title>a&#0;b&#8;c&#xFFFE;d&#xD800;e&#x110000;f]]&gt;g</title>";
    trial.any(with_item(references));
    assert!(shown(&trial, "urn:x:4")["title"].as_str().unwrap().ends_with("f]]>g"));
}

#[test]
fn f47_steering_characters_in_titles_and_messages() {
    let evil = "\u{202e}txt\u{1b}[2J\u{9b}31m\r\nerror: source `a`: forged: text\u{2028}x";
    let mut trial = Trial::start();
    let (told, _) = trial.any(with_item(&format!(
        "<guid isPermaLink=\"false\">urn:x:1</guid><title>{evil}</title><pubDate>{evil}</pubDate><link>{evil}:x</link>\
         <enclosure url=\"{evil}://x\" length=\"1\" type=\"a/b\"/>"
    )));
    let title = shown(&trial, "urn:x:1")["title"].as_str().unwrap().to_owned();
    assert!(!title.contains(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}')), "{title:?}");
    assert!(told.stderr.lines().all(|line| line.starts_with("warning: bad: http://127.0.0.1")), "{}", told.stderr);
    // A document that is refused says why in one line, whatever it is called.
    for document in [
        "<\u{202e}root\u{9b}31m>".to_owned(),
        format!("<?xml version=\"1.0\" encoding=\"{evil}\"?><x/>"),
        format!("<x{}/>", evil.replace(' ', "")),
        format!("{{\"version\": \"{evil}\"}}"),
    ] {
        let (told, report) = trial.any(document.clone());
        assert_eq!(line(&report, "bad")["outcome"], "failed", "{document:?}");
        let forged = told.stderr.lines().any(|line| line.starts_with("error: source `a`"));
        assert!(!forged, "{document:?}: {}", told.stderr);
    }
}

#[test]
fn f48_addresses_of_every_kind() {
    let mut trial = Trial::start();
    let evil = [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        " java\nscript:x",
        "file:///etc/passwd",
        "feed:javascript:x",
    ];
    let items: Vec<String> = evil
        .iter()
        .enumerate()
        .map(|(number, address)| {
            // Of an id it only matters that nobody takes it for a link.
            let guid = if number < 3 { address } else { "" };
            format!(
                "<item><guid isPermaLink=\"true\">{guid}</guid><title>e{number}</title><link>{address}</link><comments>{address}</comments>\
                 <enclosure url=\"{address}\" length=\"1\" type=\"a/b\"/><media:thumbnail xmlns:media=\"http://search.yahoo.com/mrss/\" url=\"{address}\"/>\
                 <author>a@b.example (x)</author><description><![CDATA[<p>x <a href=\"{address}\">y</a><img src=\"{address}\"></p>]]></description></item>"
            )
        })
        .collect();
    trial.any(rss("There", &items));
    let feed = trial.mill.json("source/bad");
    for number in 0..evil.len() {
        let found =
            feed["items"].as_array().unwrap().iter().find(|item| item["title"] == format!("e{number}")).unwrap();
        for key in ["url", "external_url", "image", "attachments"] {
            assert!(found.get(key).is_none(), "{found}");
        }
        assert!(found["id"].as_str().unwrap().starts_with("urn:uuid:"), "{found}");
    }
    let text = trial.text().to_lowercase();
    for scheme in ["javascript:", "vbscript:", "data:", "file:"] {
        assert!(!text.contains(scheme), "{scheme}");
    }
    // What is relative stands on the feed's address, what names a host only keeps the scheme.
    let relative = "<guid isPermaLink=\"false\">urn:x:1</guid><title>r</title><link>../p/1?a=b#c</link>\
                    <comments>//other.example/c</comments><description><![CDATA[<p><a href=\"q\">x</a><img src=\"//other.example/i.png\"></p>]]></description>";
    trial.any(with_item(relative));
    let item = shown(&trial, "urn:x:1");
    assert_eq!(item["url"], trial.web.url("/p/1?a=b#c"));
    let body = item["content_html"].as_str().unwrap();
    assert!(body.contains("src=\"http://other.example/i.png\"") && body.contains("href=\"http"), "{body}");
    assert!(trial.mill.read("feeds/source/bad/rss.xml").contains("<comments>http://other.example/c</comments>"));
}

#[test]
fn f49_all_guids_turn_from_http_to_https() {
    let plain = feed_of(&twenty()).replace("https://there.example/", "http://there.example/");
    let mut trial = Trial::of(plain.clone());
    let ids = trial.mill.ids("source/bad");
    assert!(ids.iter().all(|id| id.starts_with("http://")), "{ids:?}");
    let safe = plain.replace("http://there.example/", "https://there.example/");
    trial.bytes(safe.clone(), &Expect::Read { warnings: &[], new: &[] });
    assert_eq!(trial.mill.ids("source/bad"), ids);
    // And what comes after is new alone.
    let more = feed_of(&and_twenty(&["new"]));
    assert!(more.contains("https://there.example/i01"));
    trial.bytes(more, &Expect::Read { warnings: &[], new: &["new"] });
    // Back again.
    trial.bytes(plain, &Expect::Read { warnings: &[], new: &[] });
}

#[test]
fn f51_one_guid_for_all_entries() {
    let same = |names: &[String]| {
        let items: Vec<String> = names
            .iter()
            .zip(1..)
            .map(|(name, days)| item_with("https://there.example/", name, name, days, &format!("Text of {name}")))
            .collect();
        rss("There", &items)
    };
    let mut trial = Trial::of(same(&twenty()));
    let ids = trial.mill.ids("source/bad");
    assert_eq!(trial.mill.titles("source/bad"), twenty());
    let more: Vec<String> = std::iter::once("new".to_owned()).chain(twenty()).collect();
    trial.bytes(same(&more), &Expect::Read { warnings: &[], new: &["new"] });
    assert_eq!(trial.mill.ids("source/bad").iter().filter(|id| ids.contains(id)).count(), 20);
    // One alone of them is still the one that readers know.
    trial.bytes(same(&more[..1]), &Expect::Read { warnings: &[], new: &[] });
}
