//! Dates of feeds as their publishers write, forget, withdraw and invent them; and clocks that are wrong.

use crate::mill::{DAY, Mill, NOW};
use crate::server::Reply;
use crate::web::{HOUR, Web, date, item, mill, rss};
use serde_json::Value;
use std::time::{Duration, Instant};

/// An item with these elements for its dates.
fn dated(name: &str, dates: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">https://there.example/{name}</guid><link>https://there.example/{name}</link>\
         <title>{name}</title>{dates}<description>The body of {name}</description></item>"
    )
}

fn published(mill: &Mill, title: &str) -> Value {
    mill.item("all", title)["date_published"].clone()
}

fn date_source(mill: &Mill, title: &str) -> Value {
    mill.item("all", title)["_feedmill"]["date_source"].clone()
}

#[test]
fn what_is_no_date_leaves_the_item_undated_at_once() {
    let web = Web::start();
    let attack = "(".repeat(1 << 20);
    let cases = [
        ("parens", attack.as_str()),
        ("far", "Sun, 04 Dec 292277 15:30:08 GMT"),
        ("february", "Fri, 30 Feb 2024 10:00:00 GMT"),
        ("yesterday", "yesterday"),
        ("ago", "2 hours ago"),
        ("zero", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("year-0", "0000-00-00 00:00:00"),
        ("ahead", "Fri, 01 Jan 2094 00:00:00 GMT"),
    ];
    let mut items: Vec<String> =
        cases.iter().map(|(name, date)| dated(name, &format!("<pubDate>{date}</pubDate>"))).collect();
    items.push(item("good", 1));
    web.put("/feed", Reply::ok(rss("There", &items)));
    let mut mill = Mill::new(&crate::web::config(&web.source("there", "/feed")).replace("64KiB", "4MiB"));
    let begun = Instant::now();
    let run = mill
        .feedmill(&[])
        .expect(0, &["cannot read the date `((((", "(6 times)", "lies before 1990", "ten years ahead"]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(run.stderr.len() < 4000, "{}", run.stderr);
    assert_eq!(mill.titles("all")[0], "good");
    assert_eq!(mill.titles("all").len(), 9);
    for (name, _) in cases {
        assert_eq!((published(&mill, name), date_source(&mill, name)), (Value::Null, Value::Null), "{name}");
    }
    assert_eq!(date_source(&mill, "good"), "feed");
    // What comes later without a date gets that of the run that saw it.
    items.insert(0, dated("late", "<pubDate>vor 3 Stunden</pubDate>"));
    web.put("/feed", Reply::ok(rss("There", &items)));
    mill.at(NOW + HOUR).feedmill(&[]);
    assert_eq!(
        (published(&mill, "late"), date_source(&mill, "late")),
        ("2024-03-01T01:00:00Z".into(), "first-seen".into())
    );
    assert_eq!(mill.titles("all")[0], "late");
}

#[test]
fn a_date_given_once_stays_until_the_publisher_gives_one() {
    let web = Web::start();
    let feed = |dates: &str| Reply::ok(rss("There", &[dated("moving", dates), item("old", 9)]));
    web.put("/feed", Reply::ok(rss("There", &[item("old", 9)])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let steps = [
        // Undated: the run that sees it first, for good.
        (1, "", "2024-03-01T01:00:00Z", "first-seen"),
        (2, "<comments>https://there.example/c</comments>", "2024-03-01T01:00:00Z", "first-seen"),
        // Its publisher gives a date, and takes it away again: what was said stays.
        (3, "<pubDate>Wed, 28 Feb 2024 10:00:00 GMT</pubDate>", "2024-02-28T10:00:00Z", "feed"),
        (4, "", "2024-02-28T10:00:00Z", "feed"),
        (5, "<pubDate>soon</pubDate>", "2024-02-28T10:00:00Z", "feed"),
        (
            6,
            "<dcterms:modified xmlns:dcterms=\"http://purl.org/dc/terms/\">2024-02-29T10:00:00Z</dcterms:modified>",
            "2024-02-29T10:00:00Z",
            "updated",
        ),
    ];
    for (hour, dates, expect, source) in steps {
        web.put("/feed", feed(dates));
        mill.at(NOW + hour * HOUR).feedmill(&[]);
        assert_eq!(
            (published(&mill, "moving"), date_source(&mill, "moving")),
            (expect.into(), source.into()),
            "{hour}"
        );
    }
    // A lost state comes back with dates and where they are from.
    let before = mill.published();
    mill.remove(".feedmill");
    mill.at(NOW + 7 * HOUR).feedmill(&[]);
    assert_eq!(mill.published(), before);
}

#[test]
fn the_future_is_clamped_held_or_kept_as_the_source_says() {
    let web = Web::start();
    let year = 366;
    web.put("/feed", Reply::ok(rss("There", &[item("next year", -year), item("next week", -7), item("past", 1)])));
    let source = |name: &str, policy: &str| format!("{}{policy}\n", web.source(name, "/feed"));
    let all = |policy: &str| mill(&source("there", policy));
    let seen = |mill: &Mill| mill.titles("all");
    for policy in ["", "future = \"clamp\""] {
        let mut mill = all(policy);
        mill.run();
        assert_eq!(published(&mill, "next year"), "2024-03-01T00:00:00Z");
        assert_eq!((date_source(&mill, "next year"), date_source(&mill, "past")), ("first-seen".into(), "feed".into()));
        let order = seen(&mill);
        mill.at(NOW + 8 * DAY).run();
        assert_eq!((seen(&mill), published(&mill, "next week")), (order, "2024-03-01T00:00:00Z".into()));
    }
    let mut held = all("future = \"hold\"");
    held.run();
    assert_eq!(seen(&held), ["past"]);
    held.at(NOW + 7 * DAY).run();
    assert_eq!(seen(&held), ["next week", "past"]);
    assert_eq!(published(&held, "next week"), "2024-03-08T00:00:00Z");

    let mut kept = all("future = \"keep\"");
    kept.run();
    assert_eq!(seen(&kept), ["next year", "next week", "past"]);
    let item = kept.item("all", "next year");
    assert_eq!(
        (&item["date_published"], &item["date_modified"]),
        (&"2025-03-02T00:00:00Z".into(), &"2024-03-01T00:00:00Z".into())
    );
    assert_eq!(
        kept.json("all")["_feedmill"]["updated"],
        "2024-03-01T00:00:00Z",
        "the feed itself is not of the future"
    );
    let before = kept.snapshot();
    kept.at(NOW + 8 * DAY).run();
    kept.assert_untouched(&before);
    // Who thinks better of it finds the day of the first sight again.
    kept.write("config.toml", kept.read("config.toml").replace("\"keep\"", "\"clamp\""));
    kept.at(NOW + 9 * DAY).run();
    assert_eq!(published(&kept, "next year"), "2024-03-01T00:00:00Z");
    assert_eq!(kept.item("all", "next year")["date_modified"], "2024-03-01T00:00:00Z");
}

#[test]
fn a_feed_that_is_all_ahead_is_dated_with_its_first_sight() {
    let web = Web::start();
    let names = ["a", "b", "c"];
    let ahead: Vec<String> = names.iter().map(|name| item(name, -400)).collect();
    let feed =
        rss("There", &ahead).replace("<channel>", &format!("<channel><lastBuildDate>{}</lastBuildDate>", date(-400)));
    web.put("/feed", Reply::ok(feed));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    assert!(names.iter().all(|name| published(&mill, name) == "2024-03-01T00:00:00Z"));
    let ids = mill.ids("all");
    let more: Vec<String> = std::iter::once(item("d", -400)).chain(ahead).collect();
    web.put("/feed", Reply::ok(rss("There", &more)));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all")[0], "d");
    assert_eq!(mill.ids("all")[1..], ids);
}

#[test]
fn what_is_guessed_of_a_date_is_told_once() {
    let web = Web::start();
    let dates = |date: &str| format!("<pubDate>{date}</pubDate>");
    let feed = rss(
        "There",
        &[
            dated("a", &dates("03/02/2024")),
            dated("b", &dates("14 Feb 2024 10:15 CST")),
            dated("c", &dates("2024-02-14 10:15")),
        ],
    );
    web.put("/feed", Reply::ok(feed));
    let sources = web.source("there", "/feed") + &web.source("china", "/feed") + "timezone = \"Asia/Shanghai\"\n";
    let mut mill = mill(&sources);
    let run = mill.feedmill(&[]).expect(
        0,
        &[
            "the date `03/02/2024` can be two days; it is read month first, as `2024-03-02`",
            "the date `14 Feb 2024 10:15 CST` has the zone `CST`, which is several; it is read as UTC-06:00",
            "the date `2024-02-14 10:15` names no zone; it is read in `Asia/Shanghai`",
        ],
    );
    assert_eq!(run.stderr.matches("CST").count(), 2, "of the source without a zone only: {}", run.stderr);
    assert_eq!(mill.feedmill(&["inspect", &web.url("/feed")]).code, 4, "loopback is refused");
    mill.at(NOW + HOUR).run();
}

#[test]
fn a_clock_that_jumps_neither_floods_publishers_nor_dates_back() {
    let web = Web::start();
    web.put("/feed", Reply::ok(rss("There", &[item("one", 1)])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let put = |names: &[&str]| {
        let items: Vec<String> =
            names.iter().map(|name| if *name == "one" { item("one", 1) } else { dated(name, "") }).collect();
        web.put("/feed", Reply::ok(rss("There", &items)));
    };
    let asked = || web.asked("/feed").len();
    assert_eq!(asked(), 1);
    put(&["two", "one"]);
    let decade = 3652 * DAY;
    // Ten years back: nobody knows how long ago the last request was, so nobody is asked until an interval has passed.
    let before = mill.snapshot();
    for run in 0..3 {
        mill.at(NOW - decade + run * 60)
            .feedmill(&[])
            .expect(0, &["the clock says 2014-", "a run at 2024-03-01T00:00:00Z"]);
    }
    assert_eq!(asked(), 1);
    mill.assert_untouched(&before);
    mill.at(NOW - decade + HOUR).feedmill(&[]).expect(0, &["the clock says"]);
    assert_eq!(asked(), 2);
    assert_eq!(published(&mill, "two"), "2024-03-01T00:00:00Z", "not dated with a clock that is wrong");
    // Right again, and then ten years ahead for one run.
    put(&["three", "two", "one"]);
    mill.at(NOW + HOUR).run();
    assert_eq!((asked(), published(&mill, "three")), (3, "2024-03-01T01:00:00Z".into()));
    put(&["four", "three", "two", "one"]);
    mill.at(NOW + decade).feedmill(&[]).expect(0, &["days after the last run"]);
    assert_eq!(asked(), 4);
    let updated = |mill: &Mill| mill.json("all")["_feedmill"]["updated"].as_str().unwrap().to_owned();
    let high = updated(&mill);
    for run in 0..24 {
        mill.at(NOW + 2 * HOUR + run * 60).feedmill(&[]).expect(0, &["the clock says 2024-"]);
        assert!(updated(&mill) >= high);
    }
    assert_eq!(asked(), 4);
    put(&["five", "four", "three", "two", "one"]);
    mill.at(NOW + 4 * HOUR).feedmill(&[]);
    assert_eq!(asked(), 5);
    // After a day it is believed: what is new is dated with it, what was published keeps its date.
    mill.at(NOW + 27 * HOUR).feedmill(&[]).expect(0, &["from now on it is believed"]);
    put(&["six", "five", "four", "three", "two", "one"]);
    mill.at(NOW + 29 * HOUR).run();
    assert_eq!(published(&mill, "six"), "2024-03-02T05:00:00Z");
    let dates = ["one", "two", "three"].map(|title| published(&mill, title));
    assert_eq!(dates, ["2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "2024-03-01T01:00:00Z"]);
    assert!(updated(&mill) >= high, "the feed's own date never goes back");
}
