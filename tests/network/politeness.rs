//! What publishers see of us: when they are asked, with what headers, and how many at once.

use crate::mill::{Mill, NOW};
use crate::server::{Reply, Seen};
use crate::web::{HOUR, Web, config, feed, line, mill, outcome, run, source, status};
use std::time::{Duration, Instant};

/// The conditional headers of a request.
fn conditions(request: &Seen) -> (Option<&str>, Option<&str>) {
    (request.header("if-none-match"), request.header("if-modified-since"))
}

/// The last request for a path had these conditional headers.
fn last_was(web: &Web, path: &str, etag: Option<&str>, modified: Option<&str>) {
    let asked = web.asked(path);
    assert_eq!(conditions(asked.last().expect("it was asked")), (etag, modified));
}

#[test]
fn validators_come_back_byte_for_byte_and_a_304_writes_nothing() {
    // Neither is well formed; that is the server's business.
    let (etag, modified) = ("W/\"a, b;\u{e4}'", "Thu, 31 Feb 2024 25:00:00 CEST");
    let latin1: Vec<u8> = etag.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let web = Web::start();
    web.answer("/feed", move |request| {
        let reply = if conditions(request) == (Some(etag), Some(modified)) {
            Reply::status(304)
        } else {
            Reply::ok(feed(&["one"]))
        };
        reply.header("ETag", &latin1).header("Last-Modified", modified)
    });
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    assert_eq!(conditions(&web.asked("/feed")[0]), (None, None), "the first request knows nothing");
    assert_eq!(mill.titles("source/there"), ["one"]);
    let (bytes, times) = (mill.published(), mill.written());
    for hours in 1..=5 {
        mill.at(NOW + hours * HOUR);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!(outcome(&report, "there"), "unchanged");
        assert!(report["feeds"].as_array().unwrap().iter().all(|feed| feed["outcome"] == "unchanged"), "{report}");
        last_was(&web, "/feed", Some(etag), Some(modified));
    }
    assert_eq!(web.seen().len(), 6, "one request a run");
    assert_eq!((mill.published(), mill.written()), (bytes, times));
}

#[test]
fn a_source_is_not_asked_before_it_is_due() {
    let check = |interval: &str, wait: i64| {
        let web = Web::start();
        web.put("/feed", Reply::ok(feed(&["one"])));
        let mut mill = mill(&format!("{}min_interval = \"{interval}\"\n", web.source("there", "/feed")));
        mill.run();
        mill.at(NOW + wait - 1);
        let (run_, report) = run(&mill, &[], 0);
        assert_eq!((outcome(&report, "there").as_str(), run_.stderr.as_str()), ("not-due", ""), "{interval}");
        assert_eq!(web.seen().len(), 1, "{interval}: too early");
        mill.at(NOW + wait);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!(outcome(&report, "there"), "unchanged");
        assert_eq!(web.seen().len(), 2, "{interval}: due");
        // The next wait counts from the request, not from the first run.
        mill.at(NOW + wait + wait - 1);
        mill.run();
        assert_eq!(web.seen().len(), 2, "{interval}: too early again");
    };
    // 5 % early at most, and at most five minutes.
    check("1h", HOUR - 180);
    check("6h", 6 * HOUR - 300);
    check("1d", 24 * HOUR - 300);
}

#[test]
fn now_asks_one_source_once() {
    let web = Web::start();
    web.tagged("/a", feed(&["one"]), "\"1\"").tagged("/b", feed(&["two"]), "\"1\"");
    let mill = mill(&format!("{}{}", web.source("a", "/a"), web.source("b", "/b")));
    mill.run();
    let (_, report) = run(&mill, &["--source", "a", "--now"], 0);
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
    assert_eq!((web.asked("/a").len(), web.asked("/b").len()), (2, 1));
    last_was(&web, "/a", Some("\"1\""), None);
    run(&mill, &["--source", "a"], 0);
    mill.run();
    assert_eq!((web.asked("/a").len(), web.asked("/b").len()), (2, 1), "without --now nothing is due");
}

#[test]
fn what_check_fetched_is_not_lost() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mut mill = mill(&web.source("there", "/feed"));
    let check = mill.feedmill(&["check"]).expect(0, &[]);
    assert!(check.stdout.contains("there (feed): ok, 1 item, 0 warnings"), "{}", check.stdout);
    assert_eq!(web.seen().len(), 1);
    assert!(!mill.exists("feeds/rss.xml"), "check publishes nothing");
    let check = mill.feedmill(&["check"]).expect(0, &[]);
    assert!(check.stdout.contains("not due"), "{}", check.stdout);
    mill.run();
    assert_eq!(web.seen().len(), 1, "the run finds what check fetched");
    assert_eq!(mill.titles("all"), ["one"]);
    mill.at(NOW + HOUR);
    mill.run();
    last_was(&web, "/feed", Some("\"1\""), None);
    assert_eq!(mill.titles("all"), ["one"]);
}

#[test]
fn check_names_what_is_wrong_with_a_source() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mill = mill(&format!("{}{}", web.source("good", "/feed"), web.source("lost", "/lost")));
    let check = mill.feedmill(&["check"]).expect(3, &["`lost`", "http-404", &web.url("/lost")]);
    assert!(check.stdout.contains("lost (feed): failed"), "{}", check.stdout);
    mill.feedmill(&["check", "--offline"]).expect(0, &[]);
    assert_eq!(web.seen().len(), 2, "offline asks nobody");
}

#[test]
fn a_dry_run_asks_nobody_and_keeps_nothing() {
    let web = Web::start();
    web.put("/feed", Reply::ok(feed(&["one"])));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.feedmill(&["run", "--dry-run"]).expect(0, &[]);
    assert_eq!(web.seen().len(), 0);
    assert!(mill.published().is_empty());
    mill.run();
    mill.at(NOW + 2 * HOUR);
    let state = std::fs::read(mill.path(".feedmill/state.db")).unwrap();
    let published = mill.published();
    mill.feedmill(&["run", "--dry-run"]).expect(0, &[]);
    assert_eq!(web.seen().len(), 1);
    assert_eq!(mill.published(), published);
    assert_eq!(std::fs::read(mill.path(".feedmill/state.db")).unwrap(), state);
}

#[test]
fn a_full_run_stays_conditional_and_due() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let published = mill.published();
    let (_, report) = run(&mill, &["--full"], 0);
    assert_eq!(outcome(&report, "there"), "not-due");
    assert_eq!(web.seen().len(), 1);
    mill.at(NOW + HOUR);
    run(&mill, &["--full"], 0);
    assert_eq!(web.seen().len(), 2);
    last_was(&web, "/feed", Some("\"1\""), None);
    assert_eq!(mill.published(), published);
}

#[test]
fn validators_belong_to_a_url() {
    let web = Web::start();
    web.tagged("/old", feed(&["one"]), "\"1\"").tagged("/new", feed(&["two", "one"]), "\"1\"");
    let mill = mill(&web.source("there", "/old"));
    mill.run();
    mill.write("config.toml", config(&web.source("there", "/new")));
    mill.run();
    assert_eq!(web.asked("/new").len(), 1, "another URL is asked at once");
    last_was(&web, "/new", None, None);
    assert_eq!(mill.titles("source/there"), ["two", "one"]);
    mill.run();
    assert_eq!(web.seen().len(), 2);
}

#[test]
fn validators_do_not_outlive_the_settings_a_document_was_read_with() {
    let web = Web::start();
    let undated = feed(&["one"]).replace(" +0000", "");
    web.tagged("/feed", undated, "\"1\"");
    let there = web.source("there", "/feed");
    let mut mill = mill(&there);
    mill.feedmill(&[]).expect(0, &["names no zone; it is read in `UTC`"]);
    let before = mill.json("all")["items"][0]["date_published"].clone();
    mill.write("config.toml", config(&format!("{there}allow_private = true\n")));
    mill.at(NOW + HOUR).run();
    last_was(&web, "/feed", Some("\"1\""), None);
    mill.write("config.toml", config(&format!("{there}timezone = \"Asia/Shanghai\"\n")));
    mill.at(NOW + 2 * HOUR).feedmill(&[]).expect(0, &["it is read in `Asia/Shanghai`"]);
    last_was(&web, "/feed", None, None);
    assert_ne!(mill.json("all")["items"][0]["date_published"], before, "the same bytes are read anew");
    mill.at(NOW + 3 * HOUR).run();
    last_was(&web, "/feed", Some("\"1\""), None);
}

#[test]
fn validators_of_what_could_not_be_read_are_not_kept() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    // Unparsable: the last good ones stay.
    web.put("/feed", Reply::ok("<rss version=\"2.0\"").header("ETag", "\"2\""));
    mill.at(NOW + HOUR);
    let (_, report) = run(&mill, &[], 4);
    assert_eq!(outcome(&report, "there"), "failed", "{report}");
    mill.at(NOW + 2 * HOUR);
    run(&mill, &[], 4);
    last_was(&web, "/feed", Some("\"1\""), None);
    // Cut off: half of it is read, and the next request asks for the whole again.
    let whole = feed(&["three", "two", "one"]);
    let cut = whole.find("<title>one").unwrap();
    web.put("/feed", Reply::ok(&whole.as_bytes()[..cut]).header("ETag", "\"3\""));
    mill.at(NOW + 4 * HOUR);
    let (told, report) = run(&mill, &[], 0);
    assert!(told.stderr.contains("there"), "{}", told.stderr);
    assert_eq!(line(&report, "there")["warnings"][0]["code"], "truncated");
    assert_eq!(mill.titles("source/there").len(), 3);
    web.tagged("/feed", whole, "\"4\"");
    mill.at(NOW + 5 * HOUR).run();
    last_was(&web, "/feed", None, None);
    mill.at(NOW + 6 * HOUR).run();
    last_was(&web, "/feed", Some("\"4\""), None);
}

#[test]
fn another_etag_for_the_same_bytes_is_no_change() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let (bytes, times) = (mill.published(), mill.written());
    web.tagged("/feed", feed(&["one"]), "\"2\"");
    mill.at(NOW + HOUR);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(outcome(&report, "there"), "unchanged");
    assert_eq!((mill.published(), mill.written()), (bytes, times));
    mill.at(NOW + 2 * HOUR).run();
    last_was(&web, "/feed", Some("\"2\""), None);
}

#[test]
fn a_header_that_is_gone_is_not_sent_again() {
    let web = Web::start();
    web.tagged("/feed", feed(&["one"]), "\"1\"");
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    web.put("/feed", Reply::ok(feed(&["two", "one"])).header("Last-Modified", "yesterday"));
    mill.at(NOW + HOUR).run();
    mill.at(NOW + 2 * HOUR).run();
    last_was(&web, "/feed", None, Some("yesterday"));
}

#[test]
fn a_304_nobody_asked_for_is_a_fault() {
    let web = Web::start();
    web.put("/feed", Reply::status(304));
    let mill = mill(&web.source("there", "/feed"));
    let (_, report) = run(&mill, &[], 4);
    assert_eq!(line(&report, "there")["class"], "protocol-error");
}

#[test]
fn failures_are_asked_less_and_less() {
    let web = Web::start();
    let mut mill = mill(&web.source("there", "/nowhere"));
    run(&mill, &[], 4);
    let mut at = NOW;
    for (failures, wait) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 24), (7, 24)] {
        assert_eq!(web.seen().len(), failures);
        mill.at(at + wait * HOUR - 1);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!(outcome(&report, "there"), "not-due", "after {failures} failures");
        at += wait * HOUR;
        mill.at(at);
        run(&mill, &[], 4);
    }
    assert_eq!(status(&mill, "there")["failures"], 8);
    web.put("/nowhere", Reply::ok(feed(&["one"])));
    mill.at(at + 24 * HOUR).run();
    assert_eq!(status(&mill, "there")["failures"], 0);
    let asked = web.seen().len();
    mill.at(at + 25 * HOUR).run();
    assert_eq!(web.seen().len(), asked + 1, "the usual interval is back");
}

#[test]
fn retry_after_is_obeyed() {
    let check = |status: u16, class: &str, value: &str, wait: i64| {
        let web = Web::start();
        let date = "Fri, 01 Mar 2024 00:00:00 GMT";
        web.put("/feed", Reply::status(status).header("Retry-After", value).header("Date", date));
        let mut mill = mill(&web.source("there", "/feed"));
        let (told, report) = run(&mill, &[], 4);
        assert_eq!(line(&report, "there")["class"], class, "{}", told.stderr);
        web.put("/feed", Reply::ok(feed(&["one"])));
        mill.at(NOW + wait - 1);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!((outcome(&report, "there").as_str(), web.seen().len()), ("not-due", 1), "{status} {value}");
        mill.at(NOW + wait).run();
        assert_eq!((mill.titles("all").len(), web.seen().len()), (1, 2), "{status} {value}");
    };
    check(429, "rate-limited", "7200", 2 * HOUR);
    check(429, "rate-limited", "Fri, 01 Mar 2024 05:00:00 GMT", 5 * HOUR);
    check(503, "http-503", "10800", 3 * HOUR);
    // Less than the interval, the past, nonsense: the interval. Too much: seven days.
    check(429, "rate-limited", "60", HOUR);
    check(429, "rate-limited", "-5", HOUR);
    check(429, "rate-limited", "soon", HOUR);
    check(503, "http-503", "9000000000", 7 * 24 * HOUR);
}

#[test]
fn requests_are_honest_and_carry_nothing_else() {
    let web = Web::start();
    web.put("/feed", Reply::redirect(302, "/moved").header("Set-Cookie", "id=1"));
    web.put("/moved", Reply::ok(feed(&["one"])).header("Set-Cookie", "id=2; Path=/").header("ETag", "\"1\""));
    let contact = config("").replace("[network]", "[network]\ncontact = \"https://example.org/about\"");
    let mut mill = Mill::new(&format!("{contact}{}", web.source("there", "/feed")));
    mill.run();
    mill.at(NOW + HOUR).run();
    let agent = format!("feedmill/{} (+https://example.org/about)", env!("CARGO_PKG_VERSION"));
    assert_eq!(web.seen().len(), 4);
    for request in web.seen() {
        assert_eq!((request.method.as_str(), request.header("user-agent")), ("GET", Some(agent.as_str())));
        for header in ["cookie", "referer", "authorization", "from", "origin", "cache-control", "pragma"] {
            assert_eq!(request.header(header), None, "{header}");
        }
        assert!(request.header("accept-encoding").unwrap().contains("gzip"));
        assert!(request.header("accept").unwrap().contains("application/rss+xml"));
    }
    last_was(&web, "/moved", Some("\"1\""), None);
    last_was(&web, "/feed", None, None);
}

#[test]
fn forty_sources_of_one_host_take_turns() {
    let pause = Duration::from_millis(15);
    let web = Web::start();
    let mut sources = String::new();
    for number in 0..40 {
        web.put(&format!("/{number}"), Reply::ok(feed(&[&format!("item-{number}")])).after(pause));
        sources += &web.source(&format!("s{number:02}"), &format!("/{number}"));
    }
    let mill = mill(&sources);
    let start = Instant::now();
    mill.run();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let times: Vec<Instant> = web.seen().iter().map(|request| request.at).collect();
    assert_eq!(times.len(), 40);
    assert!(times.windows(2).all(|two| two[1] >= two[0] + pause), "one at a time");
    let connections: std::collections::BTreeSet<usize> = web.seen().iter().map(|request| request.connection).collect();
    assert!(connections.len() <= 3, "connections are kept: {connections:?}");
    assert_eq!(mill.titles("all").len(), 40);
}

#[test]
fn many_hosts_are_asked_side_by_side_within_the_limit() {
    let pause = Duration::from_millis(250);
    let webs: Vec<Web> = (0..8).map(|_| Web::start()).collect();
    let mut sources = String::new();
    for (number, web) in webs.iter().enumerate() {
        web.put("/feed", Reply::ok(feed(&[&format!("item-{number}")])).after(pause));
        sources += &web.source(&format!("s{number}"), "/feed");
    }
    let most = |mill: &Mill| {
        let before: Vec<usize> = webs.iter().map(|web| web.seen().len()).collect();
        run(mill, &[], 0);
        let mut times: Vec<Instant> = webs
            .iter()
            .zip(before)
            .flat_map(|(web, before)| web.seen()[before..].iter().map(|seen| seen.at).collect::<Vec<_>>())
            .collect();
        times.sort();
        assert_eq!(times.len(), 8);
        times
            .iter()
            .map(|&time| times.iter().filter(|&&other| other <= time && other + pause > time).count())
            .max()
            .unwrap()
    };
    let limited = config(&sources).replace("[network]", "[network]\nconcurrency = 2");
    assert_eq!(most(&Mill::new(&limited)), 2);
    assert!(most(&mill(&sources)) > 4);
}

#[test]
fn the_gap_between_requests_is_kept() {
    let web = Web::start();
    let mut sources = String::new();
    for name in ["a", "b", "c"] {
        web.put(&format!("/{name}"), Reply::ok(feed(&[name])));
        sources += &web.source(name, &format!("/{name}"));
    }
    let elsewhere = Web::start();
    elsewhere.put("/d", Reply::ok(feed(&["d"])));
    sources += &source("d", &elsewhere.url("/d"));
    Mill::new(&config(&sources).replace("host_gap = \"0s\"", "host_gap = \"1s\"")).run();
    let times: Vec<Instant> = web.seen().iter().map(|request| request.at).collect();
    // A little slack: the pause is between our starts, the times are the server's.
    assert!(times.windows(2).all(|two| two[1] - two[0] > Duration::from_millis(900)), "{times:?}");
    assert!(elsewhere.seen()[0].at < times[1], "another host does not wait");
}
