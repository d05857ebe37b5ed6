//! Too much at once, and documents that are not what they were: what subscribers are spared. Each case that has a number in the
//! list of faults bears it.

use crate::mill::{DAY, Mill, NOW};
use crate::server::Reply;
use crate::web::{HOUR, Web, config, feed, item, item_with, line, mill, outcome, rss, run, status};
use serde_json::Value;

/// Items `name0`, `name1`, …, the first the newest, a day apart from `days` before `NOW`.
fn many(name: &str, count: i64, days: i64) -> Vec<String> {
    (0..count).map(|n| item(&format!("{name}{n}"), days + n)).collect()
}

fn codes(report: &Value, source: &str) -> Vec<String> {
    let warnings = line(report, source)["warnings"].as_array().unwrap().clone();
    warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

fn items(report: &Value, source: &str) -> [u64; 3] {
    ["new", "total", "held"].map(|key| line(report, source)["items"][key].as_u64().unwrap())
}

/// A mill that reads `/feed` with `posts` in it, and a source beside it that is always well.
fn two(web: &Web, posts: &[String]) -> Mill {
    web.put("/feed", Reply::ok(rss("There", posts))).put("/well", Reply::ok(feed(&["well"])));
    let mill = mill(&format!("{}{}", web.source("there", "/feed"), web.source("well", "/well")));
    run(&mill, &[], 0);
    mill
}

#[test]
fn f34_a_feed_without_items_keeps_what_it_had() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 20, 1));
    let before = mill.snapshot();
    web.put("/feed", Reply::ok(rss("There", &[])));
    mill.at(NOW + HOUR);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(codes(&report, "there"), ["upstream-empty"]);
    assert_eq!(items(&report, "there"), [0, 20, 0]);
    mill.assert_untouched(&before);
}

#[test]
fn a_feed_without_items_is_told_whatever_form_and_history_it_has() {
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>There</title><id>urn:x</id></feed>";
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"There\",\"items\":[]}";
    let bare = "<rss version=\"2.0\"><channel></channel></rss>";
    for (empty, code) in
        [(rss("Other", &[]), "rss"), (atom.into(), "atom"), (json.into(), "json"), (bare.into(), "bare")]
    {
        let web = Web::start();
        let mut mill = two(&web, &many("a", 20, 1));
        // The state was lost: what is known of the source came from published files.
        mill.remove(".feedmill");
        web.put("/feed", Reply::ok(empty));
        mill.at(NOW + 9 * DAY);
        let (told, report) = run(&mill, &[], 0);
        assert_eq!(codes(&report, "there"), ["upstream-empty"], "{code}: {}", told.stderr);
        assert!(told.stderr.contains("there: the feed has no item any more"), "{code}: {}", told.stderr);
        // The same once more: not told again, and not forgotten.
        mill.at(NOW + 10 * DAY);
        let (told, report) = run(&mill, &[], 0);
        assert_eq!((codes(&report, "there"), told.stderr.as_str()), (vec!["upstream-empty".into()], ""), "{code}");
        assert_eq!(status(&mill, "there")["warnings"], 1, "{code}");
        web.put("/feed", Reply::ok(rss("There", &many("a", 20, 1))));
        mill.at(NOW + 11 * DAY);
        run(&mill, &[], 0);
        assert_eq!(status(&mill, "there")["warnings"], 0, "{code}");
    }
}

#[test]
fn f35_a_feed_replaced_by_that_of_another_site_waits_for_three_looks() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 20, 1));
    let before = mill.snapshot();
    let casino = many("casino", 30, 0);
    web.tagged("/feed", rss("Casino", &casino), "\"casino\"");
    for day in 1..=2 {
        mill.at(NOW + day * DAY);
        let (said, report) = run(&mill, &[], 3);
        assert_eq!(line(&report, "there")["class"], "feed-replaced");
        assert!(said.stderr.contains("`Casino`") && said.stderr.contains("hint: "), "{}", said.stderr);
        assert_eq!(outcome(&report, "well"), "unchanged");
        mill.assert_untouched(&before);
    }
    assert!(
        web.asked("/feed").iter().all(|request| request.header("if-none-match").is_none()),
        "nothing is proven yet"
    );
    mill.at(NOW + 3 * DAY);
    let (_, report) = run(&mill, &[], 0);
    // It is taken in, but floods nobody.
    assert_eq!((items(&report, "there"), codes(&report, "there")), ([20, 40, 10], vec!["flood".to_owned()]));
    // The third look is not waited for when somebody says that it is meant.
    web.put("/feed", Reply::ok(rss("Pills", &many("pill", 5, 0))));
    mill.at(NOW + 4 * DAY);
    run(&mill, &[], 3);
    mill.at(NOW + 5 * DAY);
    let (_, report) = run(&mill, &["--accept-changes"], 0);
    assert_eq!(items(&report, "there"), [15, 55, 0], "five are new, and ten are held no longer");
}

#[test]
fn f43_of_very_many_items_the_newest_are_used() {
    let web = Web::start();
    let day = |n: i64| chrono::DateTime::from_timestamp(NOW - n * 60, 0).unwrap().to_rfc2822();
    let items: Vec<String> = (0..100_000i64)
        .map(|n| {
            format!(
                "<item><guid>https://there.example/{n}</guid><title>{n}</title><pubDate>{}</pubDate></item>",
                day(n)
            )
        })
        .collect();
    web.put("/feed", Reply::ok(rss("There", &items)));
    let config =
        config(&web.source("there", "/feed")).replace("64KiB", "32MiB").replace("[output]", "[output]\nlimit = 600");
    let mill = Mill::new(&config);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(codes(&report, "there"), ["limit:items"]);
    assert_eq!(self::items(&report, "there"), [600, 600, 0], "as many as the largest feed shows");
    mill.write("config.toml", config.replace("limit = 600\n", ""));
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(self::items(&report, "there"), [0, 500, 0], "what is kept without that");
    assert_eq!(mill.titles("all")[..2], ["0", "1"]);
    // Also where the oldest stand first.
    web.put("/backwards", Reply::ok(rss("There", &items.iter().rev().cloned().collect::<Vec<_>>())));
    let mill = Mill::new(&config.replace("/feed\"", "/backwards\""));
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((codes(&report, "there"), mill.titles("all").len()), (vec!["limit:items".to_owned()], 600));
    assert_eq!(mill.titles("all")[..2], ["0", "1"]);
}

#[test]
fn what_a_source_keeps_again_is_shown_again_with_its_body() {
    let web = Web::start();
    let items: Vec<String> = (0..20)
        .map(|n| {
            item_with(
                &format!("https://there.example/{n}"),
                &format!("l/{n}"),
                &format!("T{n}"),
                n + 1,
                &format!("Body {n}"),
            )
        })
        .collect();
    web.put("/feed", Reply::ok(rss("There", &items)));
    let keep = |keep: &str| config(&format!("{}{keep}", web.source("there", "/feed")));
    let mut mill = Mill::new(&keep(""));
    run(&mill, &[], 0);
    let before = mill.json("all")["items"].clone();
    mill.write("config.toml", keep("keep = 5\n"));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((self::items(&report, "there"), mill.titles("all").len()), ([0, 5, 0], 5));
    mill.write("config.toml", keep("keep = 12\n"));
    mill.at(NOW + 2 * DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((self::items(&report, "there"), mill.titles("all").len()), ([0, 12, 0], 12));
    mill.write("config.toml", keep(""));
    mill.at(NOW + 3 * DAY);
    run(&mill, &[], 0);
    assert_eq!(mill.json("all")["items"], before, "ids, dates and bodies are as they were");
    // Also where it comes back, or another takes its items over.
    mill.write("config.toml", keep("keep = 5\n"));
    mill.at(NOW + 4 * DAY);
    run(&mill, &[], 0);
    mill.write("config.toml", keep("").replace("\"there\"", "\"renamed\""));
    mill.at(NOW + 5 * DAY);
    run(&mill, &[], 0);
    let shown = |mill: &Mill| mill.json("all")["items"].as_array().unwrap().clone();
    let (then, now) = (before.as_array().unwrap(), shown(&mill));
    assert_eq!(now.len(), 20);
    for (then, now) in then.iter().zip(&now) {
        assert_eq!((&then["id"], &then["content_html"]), (&now["id"], &now["content_html"]));
    }
    let before = mill.snapshot();
    mill.at(NOW + 6 * DAY);
    run(&mill, &[], 0);
    mill.assert_untouched(&before);
}

#[test]
fn what_was_cut_off_and_is_dated_anew_is_among_the_newest() {
    let web = Web::start();
    let entry = |n: i64, days: i64| {
        item_with(
            &format!("https://there.example/{n}"),
            &format!("l/{n}"),
            &format!("T{n}"),
            days,
            &format!("Body {n}"),
        )
    };
    let document =
        |first: i64| rss("There", &(0..6).map(|n| entry(n, if n == 5 { first } else { n + 1 })).collect::<Vec<_>>());
    web.put("/feed", Reply::ok(document(6)));
    let posts = "[[source.articles]]\nname = \"posts\"\npath = \"posts\"\nkeep = 2\n";
    let mut mill = Mill::new(&config(&format!("{}keep = 3\n{posts}", web.source("there", "/feed"))));
    for (name, date) in [("a", "2024-01-03"), ("b", "2024-01-02"), ("c", "2024-01-01")] {
        mill.post(name, date, &[], "text");
    }
    run(&mill, &[], 0);
    assert_eq!(mill.titles("all"), ["T0", "T1", "T2", "a", "b"]);
    web.put("/feed", Reply::ok(document(0)));
    mill.post("c", "2024-01-04", &[], "text");
    mill.at(NOW + DAY);
    run(&mill, &[], 0);
    assert_eq!(mill.titles("all"), ["T5", "T0", "T1", "c", "a"]);
    assert!(mill.item("all", "T5")["content_html"].as_str().unwrap().contains("Body 5"));
}

#[test]
fn another_address_in_the_config_is_meant() {
    let web = Web::start();
    web.put("/feed", Reply::ok(rss("There", &many("a", 10, 1))));
    web.put("/other", Reply::ok(rss("Another one", &many("b", 10, 1))));
    let mut mill = Mill::new(&config(&web.source("there", "/feed")));
    run(&mill, &[], 0);
    mill.write("config.toml", config(&web.source("there", "/other")));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(self::items(&report, "there"), [10, 20, 0]);
    // So is another file.
    let path = |path: &str| config(&format!("[[source.feed]]\nname = \"local\"\npath = \"{path}\"\n"));
    let mut mill = Mill::new(&path("one.xml"));
    mill.write("one.xml", rss("There", &many("a", 10, 1))).write("two.xml", rss("Another one", &many("b", 10, 1)));
    run(&mill, &[], 0);
    mill.write("config.toml", path("two.xml"));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(self::items(&report, "local"), [10, 20, 0]);
}

#[test]
fn what_is_held_back_is_told_by_the_source_that_takes_it_over() {
    let web = Web::start();
    web.put("/feed", Reply::ok(rss("There", &many("a", 10, 40))));
    let mut mill = Mill::new(&config(&web.source("there", "/feed")));
    run(&mill, &[], 0);
    web.put("/feed", Reply::ok(rss("There", &many("b", 40, 0))));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((self::items(&report, "there"), codes(&report, "there")), ([20, 30, 20], vec!["flood".to_owned()]));
    let shown = mill.ids("all");
    mill.write("config.toml", config(&web.source("renamed", "/feed")));
    mill.at(NOW + 2 * DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(codes(&report, "renamed"), ["flood"]);
    assert_eq!(mill.ids("all")[..20], shown[..20]);
    mill.at(NOW + 3 * DAY);
    let (_, report) = run(&mill, &["--accept-changes"], 0);
    assert_eq!((self::items(&report, "renamed")[2], codes(&report, "renamed")), (0, vec![]));
    assert_eq!(mill.titles("all").len(), 40, "what the document shows");
}

#[test]
fn f49_guids_that_change_their_scheme_make_nothing_new() {
    let web = Web::start();
    let posts = many("a", 20, 1);
    let mut mill = two(&web, &posts);
    let before = mill.snapshot();
    // Titles, links and dates change as well, so that nothing but the guid can tell.
    let flipped: Vec<String> = (0..20)
        .map(|n| {
            item_with(&format!("http://there.example/a{n}/"), &format!("x/{n}"), &format!("X{n}"), 300 + n, "Other")
        })
        .collect();
    web.put("/feed", Reply::ok(rss("There", &flipped)));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((items(&report, "there"), codes(&report, "there")), ([0, 20, 0], Vec::new()));
    assert!(!mill.differing(&before).is_empty());
    // And back.
    web.put("/feed", Reply::ok(rss("There", &posts)));
    mill.at(NOW + 2 * DAY);
    assert_eq!(items(&run(&mill, &[], 0).1, "there"), [0, 20, 0]);
}

#[test]
fn f50_guids_that_are_others_with_each_answer_make_nothing_new() {
    let web = Web::start();
    let random = |round: i64, from: i64| {
        let posts = (from..20).map(|n| {
            item_with(&format!("{round}-{}", n * 7919 % 1000), &format!("a{n}"), &format!("Title {n}"), 1 + n, "Text")
        });
        rss("There", &posts.collect::<Vec<_>>())
    };
    web.put("/feed", Reply::ok(random(0, 0)));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let before = mill.snapshot();
    for round in 1..8 {
        web.put("/feed", Reply::ok(random(round, 0)));
        mill.at(NOW + round * DAY).run();
        mill.assert_untouched(&before);
    }
    // One that is new among them is new.
    web.put("/feed", Reply::ok(random(9, -1)));
    mill.at(NOW + 9 * DAY);
    assert_eq!(items(&run(&mill, &[], 0).1, "there"), [1, 21, 0]);
}

#[test]
fn f51_a_guid_of_several_entries_tells_none_of_them() {
    let web = Web::start();
    let posts = |from: i64| -> Vec<String> {
        (from..20)
            .map(|n| item_with("https://there.example/", &format!("a{n}"), &format!("T{n}"), 1 + n, "Text"))
            .collect()
    };
    let mut mill = two(&web, &posts(0));
    let ids = mill.ids("source/there");
    assert_eq!(ids.len(), 20);
    for (round, from) in [(1, -1), (2, -2), (3, 19), (4, -3)] {
        web.put("/feed", Reply::ok(rss("There", &posts(from))));
        mill.at(NOW + round * DAY);
        run(&mill, &[], 0);
        let now = mill.ids("source/there");
        assert!(ids.iter().all(|id| now.contains(id)), "they stay what they are");
    }
    assert_eq!(mill.ids("source/there").len(), 23);
}

#[test]
fn f53_a_feed_of_the_future_is_dated_with_its_first_sight() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 20, -366));
    let feed = mill.json("source/there");
    assert!(feed["items"].as_array().unwrap().iter().all(|item| item["date_published"] == "2024-03-01T00:00:00Z"));
    let before = mill.snapshot();
    web.put("/feed", Reply::ok(rss("There", &[vec![item("later", -400)], many("a", 20, -366)].concat())));
    mill.at(NOW + DAY);
    assert_eq!(items(&run(&mill, &[], 0).1, "there"), [1, 21, 0]);
    assert_eq!(mill.titles("source/there")[0], "later");
    assert_ne!(mill.differing(&before), Vec::<String>::new());
}

#[test]
fn a_flood_is_held_back_until_it_is_released() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 10, 1));
    web.put("/feed", Reply::ok(rss("There", &[many("b", 230, 0), many("a", 10, 1)].concat())));
    mill.write(
        "config.toml",
        mill.read("config.toml").replace("64KiB", "1MiB").replace("[output]", "[output]\nlimit = 1000"),
    );
    mill.at(NOW + DAY);
    let (said, report) = run(&mill, &[], 0);
    let told = "there: 230 new items at once; the newest 20 are shown, 210 are held back";
    assert!(said.stderr.contains(told) && said.stdout.contains("210 held back"), "{} {}", said.stderr, said.stdout);
    assert_eq!((items(&report, "there"), codes(&report, "there")), ([20, 30, 210], vec!["flood".to_owned()]));
    assert_eq!(mill.titles("source/there").len(), 30);
    assert!((0..20).all(|n| mill.titles("all").contains(&format!("b{n}"))), "the newest");
    assert_eq!(status(&mill, "there")["held"], 210);
    let shown = mill.feedmill(&["status"]).stdout;
    assert!(shown.contains("210 items held back; shown by `feedmill run --accept-changes --source there`"), "{shown}");
    // They do not drip out, and are told of once.
    let before = mill.snapshot();
    web.put(
        "/feed",
        Reply::ok(rss("There", &[many("b", 230, 0), many("a", 10, 1)].concat()).replace("A feed", "This feed")),
    );
    for day in 2..4 {
        mill.at(NOW + day * DAY);
        let (said, report) = run(&mill, &[], 0);
        assert_eq!((said.stderr.as_str(), codes(&report, "there")), ("", vec!["flood".to_owned()]));
        mill.assert_untouched(&before);
    }
    // Released without a request, and only where it is said.
    let asked = web.asked("/feed").len();
    let (_, report) = run(&mill, &["--accept-changes", "--source", "well"], 0);
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
    mill.assert_untouched(&before);
    let (said, report) = run(&mill, &["--accept-changes", "--source", "there"], 0);
    assert_eq!(
        (items(&report, "there"), codes(&report, "there"), said.stderr.as_str()),
        ([210, 240, 0], Vec::new(), "")
    );
    assert_eq!((mill.titles("source/there").len(), web.asked("/feed").len()), (240, asked));
    assert_eq!(status(&mill, "there")["held"], 0);
}

#[test]
fn a_source_that_is_added_shows_its_newest() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 10, 1));
    web.put("/new", Reply::ok(rss("New", &many("n", 100, 1)))).put("/own", Reply::ok(rss("Own", &many("o", 100, 1))));
    let added = format!("{}{}max_new = \"any\"\n", web.source("new", "/new"), web.source("own", "/own"));
    mill.write("config.toml", format!("{}{added}", mill.read("config.toml")));
    let ids = mill.ids("all");
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((items(&report, "new"), items(&report, "own")), ([20, 20, 80], [100, 100, 0]));
    assert_eq!(mill.titles("source/new")[19], "n19");
    assert!(ids.iter().all(|id| mill.ids("all").contains(id) || mill.ids("source/there").contains(id)));
}

#[test]
fn a_folder_is_guarded_only_when_it_explodes() {
    let posts = "\n[[source.articles]]\nname = \"posts\"\npath = \"posts\"\n";
    let mut mill = Mill::new(&config(posts));
    let add = |mill: &Mill, range: std::ops::Range<i64>| {
        for n in range {
            mill.post(&format!("p{n}"), "2024-01-01", &[], "Text");
        }
    };
    add(&mill, 0..30);
    mill.run();
    add(&mill, 30..60);
    mill.at(NOW + DAY).run();
    assert_eq!(mill.record("source/posts")["items"], 50);
    add(&mill, 60..400);
    mill.at(NOW + 2 * DAY);
    let (said, report) = run(&mill, &[], 0);
    assert!(
        said.stderr.contains("340 new items at once; the newest 20 are shown, 320 are held back"),
        "{}",
        said.stderr
    );
    assert_eq!(items(&report, "posts"), [20, 80, 320]);
    mill.at(NOW + 3 * DAY);
    let (said, report) = run(&mill, &[], 0);
    assert_eq!((said.stderr.as_str(), codes(&report, "posts")), ("", vec!["flood".to_owned()]));
    let (_, report) = run(&mill, &["--accept-changes"], 0);
    assert_eq!((items(&report, "posts"), outcome(&report, "posts")), ([320, 400, 0], "ok".to_owned()));
    // What a folder shows at most is up to the config; what goes makes room.
    mill.write("config.toml", config(&format!("{posts}keep = 10\n")));
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((items(&report, "posts"), mill.titles("all").len()), ([0, 10, 0], 10));
    let gone = mill.titles("all")[0].clone();
    mill.remove(&format!("posts/{gone}.md"));
    run(&mill, &[], 0);
    assert_eq!(mill.titles("all").len(), 10);
    mill.write("config.toml", config(posts));
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(items(&report, "posts"), [0, 399, 0]);
}

#[test]
fn a_lost_state_releases_nothing() {
    let web = Web::start();
    let mut mill = two(&web, &many("a", 10, 1));
    let big = mill.read("config.toml").replace("64KiB", "1MiB").replace("[output]", "[output]\nlimit = 100");
    mill.write("config.toml", format!("{big}{}", web.source("new", "/new")));
    web.put("/new", Reply::ok(rss("New", &many("n", 150, 1))));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(items(&report, "new"), [20, 20, 130]);
    let before = mill.snapshot();
    mill.remove(".feedmill");
    mill.at(NOW + 2 * DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(items(&report, "new"), [0, 20, 130]);
    assert_eq!(mill.differing(&before), Vec::<String>::new(), "no reader sees a change");
}

#[test]
fn a_local_feed_is_guarded_like_others() {
    let source = "\n[[source.feed]]\nname = \"there\"\npath = \"there.xml\"\n";
    let well = "\n[[source.articles]]\nname = \"well\"\npath = \"posts\"\n";
    let mut mill = Mill::new(&config(&format!("{source}{well}")));
    mill.post("one", "2024-01-01", &[], "Text").write("there.xml", rss("There", &many("a", 10, 1)));
    mill.run();
    let before = mill.snapshot();
    mill.write("there.xml", rss("Casino", &many("casino", 60, 0)));
    for day in 1..=2 {
        mill.at(NOW + day * DAY);
        let (_, report) = run(&mill, &[], 3);
        assert_eq!(line(&report, "there")["class"], "feed-replaced");
        mill.assert_untouched(&before);
    }
    mill.at(NOW + 3 * DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!((items(&report, "there"), codes(&report, "there")), ([20, 30, 40], vec!["flood".to_owned()]));
    mill.at(NOW + 4 * DAY);
    let (said, report) = run(&mill, &[], 0);
    assert_eq!((said.stderr.as_str(), codes(&report, "there")), ("", vec!["flood".to_owned()]));
    // A dry run tells what a release would show, and keeps nothing of it.
    let (_, report) = run(&mill, &["--dry-run", "--accept-changes"], 0);
    assert_eq!(items(&report, "there"), [40, 70, 0]);
    assert_eq!(status(&mill, "there")["held"], 40);
}
