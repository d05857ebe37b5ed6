//! What the calendar decides: drafts, embargoes, expiry, age, and articles without a date.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

#[test]
fn what_its_author_holds_back_is_not_published() {
    let mill = Mill::of_posts();
    mill.post("shown", "2024-01-01", &["x"], "one");
    let cases = [
        "draft: true",
        "published: false",
        "private: true",
        "hidden: true",
        "password: secret",
        "encrypt: true",
        "build: { list: never }",
        "build: { render: never }",
        "_build: { list: never }",
        "draft: \"true\"",
        "draft: yes",
    ];
    for (number, line) in cases.iter().enumerate() {
        let text = format!("---\ntitle: \"{}\"\ndate: 2024-01-02\n{line}\n---\ntext\n", line.replace('"', ""));
        mill.write(&format!("posts/held{number}.md"), text);
    }
    mill.run();
    assert_eq!(mill.titles("all"), ["shown"]);
}

#[test]
fn what_says_that_it_is_published_is() {
    let mill = Mill::of_posts();
    for (name, line) in
        [("a", "draft: false"), ("b", "published: true"), ("c", "password: \"\""), ("d", "private: false")]
    {
        mill.write(&format!("posts/{name}.md"), format!("---\ntitle: {name}\ndate: 2024-01-02\n{line}\n---\ntext\n"));
    }
    mill.run();
    let mut titles = mill.titles("all");
    titles.sort();
    assert_eq!(titles, ["a", "b", "c", "d"]);
}

#[test]
fn folders_and_files_that_hold_no_articles_are_not_read() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one");
    let article = "---\ntitle: no\ndate: 2024-01-02\n---\ntext\n";
    for path in ["_drafts/d.md", "node_modules/n.md", "_index.md", "sub/_index.zh.md", ".hidden.md", ".git/g.md"] {
        mill.write(&format!("posts/{path}"), article);
    }
    mill.write("posts/notes.txt", "only text\n")
        .write("posts/page.html", "<p>only a page</p>\n")
        .write("posts/.gitignore", "a.md\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["a"]);
}

#[test]
fn an_article_that_becomes_a_draft_leaves_and_comes_back_as_it_was() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two");
    mill.run();
    let ids = mill.ids("all");
    let text = mill.read("posts/a.md");
    mill.write("posts/a.md", text.replace("title: a", "title: a\ndraft: true"));
    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("1 gone"), "{}", run.stdout);
    assert_eq!(mill.titles("category/x"), ["b"]);
    mill.write("posts/a.md", text);
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.ids("all"), ids);
}

#[test]
fn an_embargo_ends_without_a_change_of_the_file() {
    let mut mill = Mill::of_posts();
    mill.post("now", "2024-02-01", &["x"], "one").post("later", "2024-03-03T12:00:00Z", &["x", "y"], "two");
    mill.run();
    assert_eq!(mill.titles("all"), ["now"]);
    assert!(!mill.published().values().any(|bytes| String::from_utf8_lossy(bytes).contains("later")));
    let before = mill.snapshot();
    mill.at(NOW + 2 * DAY).run();
    mill.assert_untouched(&before);
    mill.at(NOW + 2 * DAY + DAY / 2 - 1).run();
    mill.assert_untouched(&before);
    mill.at(NOW + 2 * DAY + DAY / 2).run();
    assert_eq!(mill.titles("all"), ["later", "now"]);
    assert_eq!(mill.titles("category/y"), ["later"]);
    assert_eq!(mill.item("all", "later")["date_published"], "2024-03-03T12:00:00Z");
    let before = mill.snapshot();
    mill.at(NOW + 4 * DAY).run();
    mill.assert_untouched(&before);
}

#[test]
fn what_expires_leaves_at_its_hour() {
    let mut mill = Mill::of_posts();
    mill.post("stays", "2024-02-01", &["x"], "one");
    mill.write(
        "posts/goes.md",
        "---\ntitle: goes\ndate: 2024-02-02\nexpiryDate: 2024-03-02T06:00:00Z\ncategories: [x]\n---\ntwo\n",
    );
    mill.run();
    assert_eq!(mill.titles("category/x"), ["goes", "stays"]);
    let before = mill.snapshot();
    mill.at(NOW + DAY + 6 * 3600 - 1).run();
    mill.assert_untouched(&before);
    mill.at(NOW + DAY + 6 * 3600).run();
    assert_eq!(mill.titles("category/x"), ["stays"]);
    let before = mill.snapshot();
    mill.at(NOW + 5 * DAY).run();
    mill.assert_untouched(&before);
}

#[test]
fn max_age_lets_items_go_as_time_passes() {
    let mut mill = Mill::new(&format!("{}max_age = \"30d\"\n{POSTS}", SITE));
    mill.post("old", "2024-01-01", &["x"], "one").post("mid", "2024-02-05", &["x"], "two").post(
        "new",
        "2024-02-28",
        &["x"],
        "three",
    );
    mill.run();
    assert_eq!(mill.titles("all"), ["new", "mid"]);
    // 2024-02-05 is 30 days old on 2024-03-06.
    mill.at(NOW + 4 * DAY).run();
    assert_eq!(mill.titles("all"), ["new", "mid"]);
    mill.at(NOW + 6 * DAY).run();
    assert_eq!(mill.titles("all"), ["new"]);
    mill.at(NOW + 60 * DAY).run();
    assert!(mill.titles("category/x").is_empty());
}

#[test]
fn undated_articles_stand_last_at_first_and_count_from_their_first_sight_later() {
    let mut mill = Mill::new(&format!("{SITE}{}", POSTS.replace(":year/", "")));
    mill.write("posts/undated.md", "---\ntitle: undated\ncategories: [x]\n---\ntext\n");
    mill.post("old", "1999-01-01", &["x"], "one").post("dated", "2024-02-01", &["x"], "two");
    mill.run();
    assert_eq!(mill.titles("all"), ["dated", "old", "undated"]);
    assert!(mill.item("all", "undated")["date_published"].is_null());
    assert_eq!(mill.rss("all").items()[2].pub_date(), None);
    mill.write("posts/another.md", "---\ntitle: another\ncategories: [x]\n---\ntext\n");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["another", "dated", "old", "undated"]);
    assert_eq!(mill.item("all", "another")["date_published"], "2024-03-02T00:00:00Z");
    // An edit, a touch or a later run changes none of it.
    mill.write("posts/another.md", "---\ntitle: another\ncategories: [x]\n---\ntext, edited\n");
    mill.at(NOW + 9 * DAY).run();
    assert_eq!(mill.titles("all"), ["another", "dated", "old", "undated"]);
    assert_eq!(mill.item("all", "another")["date_published"], "2024-03-02T00:00:00Z");
    assert_eq!(mill.item("all", "another")["date_modified"], "2024-03-10T00:00:00Z");
}

#[test]
fn dates_without_a_zone_are_those_of_the_source() {
    let zoned = POSTS.to_owned() + "timezone = \"Asia/Shanghai\"\n";
    let mill = Mill::new(&format!("{SITE}{zoned}"));
    mill.post("a", "2024-01-01 08:00:00", &["x"], "one").post("b", "2024-01-01", &["x"], "two");
    mill.post("c", "2024-01-01T08:00:00Z", &["x"], "three");
    mill.run();
    assert_eq!(mill.item("all", "a")["date_published"], "2024-01-01T00:00:00Z");
    assert_eq!(mill.item("all", "b")["date_published"], "2023-12-31T16:00:00Z");
    assert_eq!(mill.item("all", "c")["date_published"], "2024-01-01T08:00:00Z");
    // The year of a link is that of the author's calendar.
    assert_eq!(mill.item("all", "b")["url"], "https://example.org/2024/b/");
}

#[test]
fn a_date_that_is_none_is_told_and_the_article_counts_as_undated() {
    let mill = Mill::new(&format!("{SITE}{}", POSTS.replace(":year/", "")));
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "the day before yesterday", &["x"], "two");
    let run = mill.feedmill(&[]).expect(0, &["b.md"]);
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    assert_eq!(mill.titles("all"), ["a", "b"]);
}

#[test]
fn a_clock_that_was_set_back_takes_no_date_back() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one");
    mill.at(NOW).run();
    mill.post("a", "2024-01-01", &["x"], "two");
    mill.at(NOW + 5 * DAY).run();
    let before = mill.snapshot();
    mill.at(0).feedmill(&[]).expect(0, &["the clock says 1970-01-01T00:00:00Z", "there was a run at 2024-03-06"]);
    mill.assert_untouched(&before);
    mill.post("a", "2024-01-01", &["x"], "three");
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &["what is new is dated with that"]);
    let item = mill.item("category/x", "a");
    assert!(item["content_html"].as_str().unwrap().contains("three"));
    assert_eq!(item["date_modified"], "2024-03-06T00:00:00Z");
    assert_eq!(mill.json("category/x")["_feedmill"]["updated"], "2024-03-06T00:00:00Z");
    assert_eq!(mill.record("all")["updated"], "2024-03-06T00:00:00Z");
}

#[test]
fn a_date_that_is_moved_into_the_future_hides_the_article_until_then() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two");
    mill.run();
    let ids = mill.ids("all");
    mill.post("b", "2024-03-05", &["x"], "two");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["a"]);
    mill.at(NOW + 4 * DAY).run();
    assert_eq!(mill.ids("all"), ids);
}

#[test]
fn dates_of_articles_in_every_form_and_zone() {
    let mill = Mill::new(&format!(
        "{}{}timezone = \"America/New_York\"\n",
        SITE.replace("language = \"en\"", "language = \"en\"\ntimezone = \"Europe/Berlin\""),
        POSTS.replace(":year/", "")
    ));
    let cases = [
        ("seconds", "1706781600", "2024-02-01T10:00:00Z"),
        ("milliseconds", "1706781600000", "2024-02-01T10:00:00Z"),
        ("text", "\"1706781600\"", "2024-02-01T10:00:00Z"),
        ("year", "2023", "2023-01-01T05:00:00Z"),
        ("month", "2023-06", "2023-06-01T04:00:00Z"),
        ("archive", "1975-05-05", "1975-05-05T04:00:00Z"),
        ("ancient", "0800-12-25", "0800-12-25T04:56:02Z"),
        ("gap", "2023-03-12 02:30:00", "2023-03-12T07:30:00Z"),
        ("fold", "2023-11-05 01:30:00", "2023-11-05T05:30:00Z"),
        ("german", "14. Februar 2024 um 10:15 Uhr", "2024-02-14T15:15:00Z"),
        ("chinese", "二〇二四年二月十四日 下午3点05分", "2024-02-14T20:05:00Z"),
    ];
    for (name, date, _) in cases {
        mill.post(name, date, &["x"], "text");
    }
    mill.run();
    for (name, _, expect) in cases {
        let item = mill.item("category/x", name);
        assert_eq!(item["date_published"], expect, "{name}");
        assert_eq!(item["_feedmill"]["date_source"], "front-matter", "{name}");
    }
    mill.post("clock", "10:15", &["x"], "text").post("far", "2094-01-01", &["x"], "held").post(
        "guess",
        "03/04/2023",
        &["x"],
        "text",
    );
    let run = mill
        .feedmill(&[])
        .expect(0, &["clock.md:3:1: `date: 10:15` is no date", "guess.md:3:1: `date: 03/04/2023` can be two days"]);
    assert!(!run.stderr.contains("far.md"), "an embargo is no fault: {}", run.stderr);
    assert!(!mill.titles("category/x").contains(&"far".to_owned()));
    assert_eq!(mill.item("category/x", "clock")["_feedmill"]["date_source"], "first-seen");
}

#[test]
fn a_zone_that_is_none_is_refused_with_the_nearest() {
    for (zone, hint) in [("Asia/Shanghi", "Asia/Shanghai"), ("berlin", "Europe/Berlin"), ("+08:00", "Etc/GMT-8")] {
        let config = format!("{SITE}{POSTS}timezone = \"{zone}\"\n");
        Mill::new(&config).feedmill(&[]).expect(2, &[zone, hint]);
        Mill::new(&format!("{}{POSTS}", SITE.replace("language = \"en\"", &format!("timezone = \"{zone}\""))))
            .feedmill(&[])
            .expect(2, &[zone, hint]);
    }
}

#[test]
fn dates_of_a_json_feed() {
    let mill = Mill::new(&format!("{SITE}[[source.feed]]\nname = \"else\"\npath = \"feed.json\"\n"));
    let dates = [
        ("text", "\"date_published\": \"2024-02-01T10:00:00+08:00\"", "2024-02-01T02:00:00Z", "feed"),
        ("seconds", "\"date_published\": 1706781600", "2024-02-01T10:00:00Z", "feed"),
        ("milliseconds", "\"date_published\": 1706781600000", "2024-02-01T10:00:00Z", "feed"),
        ("fraction", "\"date_published\": 1706781600.5", "2024-02-01T10:00:00Z", "feed"),
        ("modified", "\"date_modified\": \"2024-02-01T10:00:00Z\"", "2024-02-01T10:00:00Z", "updated"),
        (
            "zero",
            "\"date_published\": \"1970-01-01T00:00:00Z\", \"date_modified\": \"2024-02-01T10:00:00Z\"",
            "2024-02-01T10:00:00Z",
            "updated",
        ),
    ];
    let items: Vec<String> = dates
        .iter()
        .map(|(name, date, ..)| format!("{{\"id\":\"{name}\",\"title\":\"{name}\",\"content_text\":\"x\",{date}}}"))
        .collect();
    let feed =
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"J\",\"items\":[{}]}}", items.join(","));
    mill.write("feed.json", feed);
    mill.feedmill(&[]).expect(0, &["the date 1970-01-01T00:00:00Z lies before 1990, left it out"]);
    for (name, _, expect, source) in dates {
        let item = mill.item("all", name);
        assert_eq!(
            (&item["date_published"], &item["_feedmill"]["date_source"]),
            (&expect.into(), &source.into()),
            "{name}"
        );
    }
    // `inspect` shows the same, `--raw` what was written.
    let shown = |args: &[&str]| -> serde_json::Value { serde_json::from_str(&mill.feedmill(args).stdout).unwrap() };
    let plain = shown(&["inspect", "feed.json", "--format", "json"]);
    assert_eq!(plain["items"][5]["_feedmill"]["date_source"], "updated");
    let raw = shown(&["inspect", "feed.json", "--raw", "--format", "json"]);
    assert_eq!(raw["items"][5]["date_published"], "1970-01-01T00:00:00Z");
}
