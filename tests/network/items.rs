//! What happens to items when their feed changes.

use crate::mill::{DAY, NOW};
use crate::server::Reply;
use crate::web::{HOUR, Web, date, feed, item, item_with, line, mill, outcome, rss, run};
use serde_json::Value;

/// The item of a title in a feed.
fn shown(mill: &crate::mill::Mill, key: &str, title: &str) -> Value {
    let feed = mill.json(key);
    let found: Vec<&Value> = feed["items"].as_array().unwrap().iter().filter(|item| item["title"] == title).collect();
    assert_eq!(found.len(), 1, "{title} in {feed}");
    found[0].clone()
}

#[test]
fn what_vanishes_upstream_stays() {
    let web = Web::start();
    web.put("/feed", Reply::ok(feed(&["two", "one"])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    web.put("/feed", Reply::ok(rss("There", &[item("three", 0), item("two", 1)])));
    mill.at(NOW + HOUR).run();
    assert_eq!(mill.titles("source/there"), ["three", "two", "one"]);
    web.put("/feed", Reply::ok(rss("There", &[])));
    mill.at(NOW + 2 * HOUR);
    run(&mill, &[], 0);
    assert_eq!(mill.titles("source/there"), ["three", "two", "one"]);
    assert_eq!(mill.titles("all"), ["three", "two", "one"]);
}

#[test]
fn a_guid_that_changed_keeps_the_published_id() {
    let web = Web::start();
    web.put("/feed", Reply::ok(feed(&["two", "one"])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let ids = mill.ids("all");
    let (bytes, times) = (mill.read("feeds/atom.xml"), mill.written());
    let flipped =
        feed(&["two", "one"]).replace("false\">https://there.example/", "false\">https://www.there.example/?p=");
    assert!(flipped.contains("?p=two"));
    web.put("/feed", Reply::ok(flipped));
    mill.at(NOW + HOUR).run();
    assert_eq!(mill.ids("all"), ids);
    assert_eq!((mill.read("feeds/atom.xml"), mill.written()), (bytes, times), "readers see no difference");
}

#[test]
fn entries_without_id_and_link_are_told_apart() {
    let web = Web::start();
    let bare = |title: &str| format!("<item><title>{title}</title><description>Text of {title}</description></item>");
    web.put("/feed", Reply::ok(rss("There", &[bare("one"), bare("two")])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let ids = mill.ids("all");
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    let news = rss("There", &[bare("three"), bare("one"), bare("two")]);
    web.put("/feed", Reply::ok(news));
    mill.at(NOW + HOUR).run();
    let now = mill.ids("all");
    assert!(now.len() == 3 && ids.iter().all(|id| now.contains(id)), "{ids:?} {now:?}");
}

#[test]
fn one_guid_for_several_entries() {
    let web = Web::start();
    let same = |link: &str, days| item_with("https://there.example/", link, link, days, "Text");
    web.put("/feed", Reply::ok(rss("There", &[same("two", 1), same("one", 2)])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    assert_eq!(mill.titles("source/there"), ["two", "one"]);
    let ids = mill.ids("all");
    assert_ne!(ids[0], ids[1]);
    let published = mill.published();
    mill.at(NOW + HOUR).run();
    web.put("/feed", Reply::ok(rss("There", &[same("three", 0), same("two", 1), same("one", 2)])));
    mill.at(NOW + 2 * HOUR).run();
    assert_eq!(mill.titles("source/there"), ["three", "two", "one"]);
    assert_eq!(mill.ids("all")[1..], ids[..], "ids do not wander");
    assert_ne!(mill.published(), published);
}

#[test]
fn the_same_entry_twice_in_a_document_is_one_item() {
    let web = Web::start();
    web.put("/feed", Reply::ok(rss("There", &[item("one", 1), item("one", 1), item("two", 2)])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.feedmill(&[]).expect(0, &[]);
    assert_eq!(mill.titles("source/there"), ["one", "two"]);
    let bytes = mill.published();
    mill.at(NOW + HOUR);
    mill.feedmill(&["--quiet"]).expect(0, &[]);
    assert_eq!(mill.published(), bytes);
}

#[test]
fn two_sources_with_one_item_show_it_once() {
    let web = Web::start();
    web.put("/b", Reply::ok(rss("B", &[item("shared", 1), item("b", 2)])));
    web.put("/a", Reply::ok(rss("A", &[item("a", 3), item("shared", 1)])));
    let both = format!("{}{}", web.source("b", "/b"), web.source("a", "/a"));
    let mut mill = mill(&both);
    mill.run();
    assert_eq!(mill.titles("all"), ["shared", "b", "a"]);
    assert_eq!(mill.titles("source/a"), ["shared", "a"], "the first by name shows it");
    let published = mill.published();
    mill.at(NOW + HOUR).run();
    assert_eq!(mill.published(), published);
    // When the first is gone from the config, the other takes over, under the same id.
    let id = mill.ids("all")[0].clone();
    mill.write("config.toml", crate::web::config(&web.source("b", "/b")));
    mill.at(NOW + 2 * HOUR).run();
    assert_eq!(mill.titles("all"), ["shared", "b"]);
    assert_eq!(mill.ids("all")[0], id);
}

#[test]
fn one_id_with_another_link_is_another_item() {
    let web = Web::start();
    let entry = |link: &str| item_with("tag:there.example,2024:1", link, link, 1, "Text");
    web.put("/a", Reply::ok(rss("A", &[entry("one")]))).put("/b", Reply::ok(rss("B", &[entry("two")])));
    let mill = mill(&format!("{}{}", web.source("a", "/a"), web.source("b", "/b")));
    mill.run();
    let (ids, titles) = (mill.ids("all"), mill.titles("all"));
    assert_eq!(titles.len(), 2);
    let first = titles.iter().position(|title| title == "one").unwrap();
    assert_eq!(ids[first], "tag:there.example,2024:1");
    assert!(ids[1 - first].starts_with("urn:uuid:"), "{ids:?}");
}

#[test]
fn dates_in_the_future_are_clamped_once() {
    let web = Web::start();
    web.put("/feed", Reply::ok(feed(&["old"])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let far = item("soon", -2);
    web.put("/feed", Reply::ok(rss("There", &[far, item("old", 1)])));
    mill.at(NOW + HOUR).run();
    let first = shown(&mill, "all", "soon");
    assert_eq!(first["date_published"], "2024-03-01T01:00:00Z", "the instant of the run");
    let published = mill.published();
    // Neither while it is ahead nor when its time has come does it move.
    for days in 1..=4 {
        mill.at(NOW + days * DAY).run();
        assert_eq!(shown(&mill, "all", "soon"), first, "after {days} days");
        assert_eq!(mill.published(), published, "after {days} days");
    }
    // The body is edited after the date was reached: still the same date.
    let edited = item_with("https://there.example/soon", "soon", "soon", -2, "<p>Edited.</p>");
    web.put("/feed", Reply::ok(rss("There", &[edited, item("old", 1)])));
    mill.at(NOW + 5 * DAY).run();
    assert_eq!(shown(&mill, "all", "soon")["date_published"], first["date_published"]);
    // Another date that the author states is taken.
    let restated = item_with("https://there.example/soon", "soon", "soon", -4, "<p>Edited.</p>");
    web.put("/feed", Reply::ok(rss("There", &[restated, item("old", 1)])));
    mill.at(NOW + 6 * DAY).run();
    assert_eq!(shown(&mill, "all", "soon")["date_published"], "2024-03-05T00:00:00Z");
}

#[test]
fn undated_entries_count_from_when_they_were_first_seen() {
    let web = Web::start();
    let undated = |name: &str| item(name, 1).replace(&format!("<pubDate>{}</pubDate>", date(1)), "");
    web.put("/feed", Reply::ok(rss("There", &[undated("first"), item("dated", 30)])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    assert_eq!(mill.titles("all"), ["dated", "first"], "what was there at first sight sorts last");
    web.put("/feed", Reply::ok(rss("There", &[undated("later"), undated("first"), item("dated", 30)])));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["later", "dated", "first"]);
    let later = shown(&mill, "all", "later");
    assert_eq!(later["date_published"], "2024-03-02T00:00:00Z");
    let edited = item_with("https://there.example/later", "later", "later", 1, "Edited").replace(&date(1), "");
    web.put("/feed", Reply::ok(rss("There", &[edited, undated("first"), item("dated", 30)])));
    mill.at(NOW + 2 * DAY);
    run(&mill, &[], 0);
    let edited = shown(&mill, "all", "later");
    assert_eq!(edited["date_published"], later["date_published"]);
    assert_eq!(edited["date_modified"], "2024-03-03T00:00:00Z");
}

#[test]
fn updated_moves_only_when_a_reader_would_see_a_change() {
    let web = Web::start();
    let with = |extra: &str, body: &str| {
        rss("There", &[item_with("https://there.example/one", "one", "one", 1, body)])
            .replace("</description>\n<item>", &format!("</description>{extra}\n<item>"))
    };
    web.put("/feed", Reply::ok(with("<lastBuildDate>Fri, 01 Mar 2024 00:00:00 GMT</lastBuildDate>", "<p>Text.</p>")));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let (bytes, times) = (mill.published(), mill.written());
    // The document is another one, what it says is not.
    let others = [
        with("<lastBuildDate>Fri, 01 Mar 2024 01:00:00 GMT</lastBuildDate>", "<p>Text.</p>"),
        with("<!-- rendered in 12 ms -->", "<p>Text.</p>"),
        with("<generator>Other 1.0</generator>", "<p>Text.</p>"),
    ];
    for (other, hours) in others.into_iter().zip(1..) {
        web.put("/feed", Reply::ok(other.clone()));
        mill.at(NOW + hours * HOUR);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!(outcome(&report, "there"), "unchanged", "{other}");
        assert_eq!(mill.published(), bytes, "{other}");
        assert_eq!(mill.written(), times);
    }
    web.put("/feed", Reply::ok(with("", "<p>Other text.</p>")));
    mill.at(NOW + 10 * HOUR);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(line(&report, "there")["items"]["changed"], 1);
    assert_eq!(shown(&mill, "all", "one")["date_modified"], "2024-03-01T10:00:00Z");
    assert!(mill.read("feeds/atom.xml").contains("Other text."));
}

#[test]
fn charsets() {
    let text =
        rss("新闻", &[item_with("https://there.example/1", "1", "中文标题", 1, "<p>正文，很长的一段正文。</p>")]);
    let check = |bytes: Vec<u8>, content_type: &str| {
        let web = Web::start();
        web.put("/feed", Reply::ok(bytes).header("Content-Type", content_type));
        let mill = mill(&web.source("there", "/feed"));
        let (told, _) = run(&mill, &[], 0);
        assert_eq!(mill.titles("all"), ["中文标题"], "{content_type}: {}", told.stderr);
        assert!(mill.read("feeds/rss.xml").contains("很长的一段正文"), "{content_type}");
        told.stderr
    };
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let declared = |charset: &str| text.replace("encoding=\"utf-8\"", &format!("encoding=\"{charset}\""));
    let utf16 = |text: &str| {
        text.encode_utf16().fold(vec![0xff, 0xfe], |mut bytes, unit| {
            bytes.extend(unit.to_le_bytes());
            bytes
        })
    };
    check(gb(&declared("gb18030")), "application/rss+xml");
    check(gb(&declared("GB2312")), "text/xml; charset=gb2312");
    check(gb(&declared("utf-8")), "text/xml; charset=GB18030");
    check(utf16(&declared("utf-16")), "application/xml");
    check([b"\xef\xbb\xbf", declared("utf-8").as_bytes()].concat(), "application/rss+xml");
    // Wrong: what the server says is not what it sends.
    check(text.clone().into_bytes(), "text/xml; charset=iso-8859-1");
    check(text.clone().into_bytes(), "text/xml; charset=us-ascii");
    check(text.clone().into_bytes(), "text/html");
}

#[test]
fn lone_bytes_do_not_lose_a_feed() {
    let web = Web::start();
    let mut bytes = feed(&["two", "one"]).into_bytes();
    let place = bytes.windows(4).position(|four| four == b"body").unwrap();
    bytes[place] = 0xfe;
    web.put("/feed", Reply::ok(bytes));
    let mill = mill(&web.source("there", "/feed"));
    run(&mill, &[], 0);
    assert_eq!(mill.titles("all"), ["two", "one"]);
}

#[test]
fn redirects() {
    let web = Web::start();
    web.put("/feed", Reply::redirect(302, "/now")).put("/now", Reply::ok(feed(&["one"])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    assert_eq!(mill.titles("all"), ["one"]);
    // It moves for good; the document is the same, and is told once.
    web.put("/feed", Reply::redirect(301, "/now"));
    mill.at(NOW + HOUR);
    let (told, report) = run(&mill, &[], 0);
    let now = web.url("/now");
    assert!(told.stderr.contains(&format!("moved to `{now}`")) && told.stderr.contains("config"), "{}", told.stderr);
    assert_eq!(line(&report, "there")["warnings"][0]["code"], "moved");
    mill.at(NOW + 2 * HOUR);
    let (told, report) = run(&mill, &[], 0);
    assert_eq!(told.stderr, "", "a warning is told once");
    assert_eq!(line(&report, "there")["warnings"].as_array().unwrap().len(), 1, "and counted as long as it holds");
    // The config is the operator's: its URL is still the one that is asked.
    assert_eq!(web.asked("/feed").len(), 3);
    web.put("/feed", Reply::ok(feed(&["two", "one"])));
    mill.at(NOW + 3 * HOUR).run();
    assert_eq!(mill.titles("all").len(), 2);
}

#[test]
fn relative_links_stand_on_the_url_the_feed_came_from() {
    let web = Web::start();
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>urn:x:1</id><updated>2024-02-01T00:00:00Z</updated>\
                <entry><title>one</title><id>urn:x:2</id><updated>2024-02-01T00:00:00Z</updated><link href=\"../posts/1\"/>\
                <content type=\"html\">&lt;a href=\"2\">next&lt;/a></content></entry></feed>";
    web.put("/feed", Reply::redirect(302, "/deep/er/feed")).put("/deep/er/feed", Reply::ok(atom));
    let mill = mill(&web.source("there", "/feed"));
    mill.run();
    let one = shown(&mill, "all", "one");
    assert_eq!(one["url"], web.url("/deep/posts/1"));
    let body = one["content_html"].as_str().unwrap();
    assert!(body.contains("href=\"http://127.0.0.1:"), "{body}");
}
