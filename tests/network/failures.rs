//! One source fails, two others are well: theirs is published as if nothing were wrong, its last good items stay, the message says what
//! is wrong and what to do, and the next good answer heals everything.

use crate::mill::NOW;
use crate::server::{Reply, Server};
use crate::web::{HOUR, NETWORK, Web, below, config, feed, line, mill, outcome, run, source, status};
use std::io::Write;
use std::net::TcpListener;

/// What a reply to the second request must lead to.
struct Fault<'a> {
    reply: Reply,
    class: &'a str,
    /// All are on stderr.
    words: &'a [&'a str],
}

/// Two sources that are well, with news in the second run, around one at `url`; the files of the two after both runs.
pub(crate) fn control() -> std::collections::BTreeMap<String, Vec<u8>> {
    let well = Well::start();
    let mut mill = mill(&well.sources(""));
    mill.run();
    well.news();
    mill.at(NOW + HOUR).run();
    well.files(&mill)
}

/// The two.
pub(crate) struct Well(Web);

impl Well {
    pub(crate) fn start() -> Self {
        let web = Web::start();
        web.tagged("/a", feed(&["a1"]), "\"1\"").tagged("/z", feed(&["z1"]), "\"1\"");
        Self(web)
    }

    pub(crate) fn news(&self) {
        self.0.tagged("/a", feed(&["a2", "a1"]), "\"2\"").tagged("/z", feed(&["z2", "z1"]), "\"2\"");
    }

    pub(crate) fn sources(&self, between: &str) -> String {
        format!("{}{between}{}", self.0.source("a", "/a"), self.0.source("z", "/z"))
    }

    /// Their files; the port of the server, which differs from run to run, as `PORT`.
    pub(crate) fn files(&self, mill: &crate::mill::Mill) -> std::collections::BTreeMap<String, Vec<u8>> {
        let port = self.0.url("/").rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
        let mut files = below(mill, "source/a/");
        files.extend(below(mill, "source/z/"));
        assert!(files.len() >= 6, "{:?}", files.keys());
        for bytes in files.values_mut() {
            *bytes = String::from_utf8(std::mem::take(bytes)).unwrap().replace(&port, "PORT").into_bytes();
        }
        files
    }
}

fn check(fault: &Fault<'_>) {
    let well = Well::start();
    let bad = Web::start();
    bad.tagged("/bad", feed(&["two", "one"]), "\"1\"");
    let mut mill = mill(&well.sources(&bad.source("bad", "/bad")));
    mill.run();
    let before = below(&mill, "source/bad/");
    well.news();
    bad.put("/bad", fault.reply.clone());

    mill.at(NOW + HOUR);
    let (told, report) = run(&mill, &[], 3);
    let line_ = line(&report, "bad");
    assert_eq!((&line_["outcome"], &line_["class"]), (&"failed".into(), &fault.class.into()), "{line_}");
    assert_eq!(told.stderr.matches("error: source `bad`").count(), 1, "{}", told.stderr);
    for word in fault.words {
        assert!(told.stderr.contains(word), "`{word}` is not in: {}", told.stderr);
    }
    assert!(line_["message"].as_str().unwrap().len() > 10 && told.stdout.contains("1 failed"), "{}", told.stdout);
    assert_eq!(line_["items"]["total"], 2);
    assert_eq!((outcome(&report, "a"), outcome(&report, "z")), ("ok".into(), "ok".into()));
    assert_eq!(below(&mill, "source/bad/"), before, "its last good items stay");
    assert_eq!(mill.titles("all").len(), 6);
    assert_eq!(well.files(&mill), control(), "the others do not notice");
    let known = status(&mill, "bad");
    assert_eq!((&known["class"], &known["failures"], &known["items"]), (&fault.class.into(), &1.into(), &2.into()));
    assert_eq!(known["failing_since"], "2024-03-01T01:00:00Z");

    bad.tagged("/bad", feed(&["three", "two", "one"]), "\"2\"");
    mill.at(NOW + 20 * 24 * HOUR).run();
    assert_eq!(mill.titles("source/bad"), ["three", "two", "one"]);
    let known = status(&mill, "bad");
    assert_eq!((&known["class"], &known["failures"]), (&serde_json::Value::Null, &0.into()));
    assert!(known["message"].is_null() && known["failing_since"].is_null(), "{known}");
}

#[test]
fn not_found() {
    check(&Fault { reply: Reply::status(404), class: "http-404", words: &["404 Not Found", "/bad`"] });
}

#[test]
fn server_error() {
    check(&Fault { reply: Reply::status(500), class: "http-500", words: &["500 Internal Server Error"] });
}

#[test]
fn too_many_requests() {
    let reply = Reply::status(429).header("Retry-After", "7200");
    check(&Fault { reply, class: "rate-limited", words: &["429 Too Many Requests", "hint: ", "min_interval"] });
}

#[test]
fn forbidden_and_gone() {
    check(&Fault { reply: Reply::status(403), class: "auth", words: &["403 Forbidden", "hint: "] });
    check(&Fault { reply: Reply::status(410), class: "gone", words: &["410 Gone", "hint: ", "remove the source"] });
}

#[test]
fn a_page_instead_of_a_feed() {
    let page = "<!DOCTYPE html><html><head><title>Blog</title>\
                <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/real.xml\"></head><body>Hello</body></html>";
    let reply = Reply::ok(page).header("Content-Type", "text/html");
    check(&Fault { reply, class: "not-a-feed", words: &["a web page", "expected a feed", "/real.xml"] });
}

#[test]
fn text_instead_of_a_feed() {
    check(&Fault {
        reply: Reply::ok("closed for today"),
        class: "not-a-feed",
        words: &["expected RSS, Atom or JSON Feed"],
    });
}

#[test]
fn nothing_instead_of_a_feed() {
    check(&Fault { reply: Reply::ok(""), class: "empty", words: &["the document is empty"] });
    check(&Fault { reply: Reply::ok("\u{feff} \n"), class: "empty", words: &["the document is empty"] });
}

#[test]
fn a_body_shorter_than_announced() {
    let body = feed(&["three", "two", "one"]);
    let reply = Reply::raw()
        .send(format!("HTTP/1.1 200 OK\r\nETag: \"9\"\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 10))
        .close();
    check(&Fault { reply, class: "truncated-body", words: &["in the middle of the body"] });
}

#[test]
fn a_body_without_end() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss version=\"2.0\"><channel>";
    let reply = Reply::raw().send(head).send_forever("<item><title>again</title></item>\n".repeat(100));
    check(&Fault { reply, class: "too-large", words: &["over 64 KiB", "hint: ", "max_body"] });
}

#[test]
fn a_bomb() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(feed(&["one"]).as_bytes()).unwrap();
    bomb.write_all(&vec![b' '; 8 << 20]).unwrap();
    let reply = Reply::ok(bomb.finish().unwrap()).header("Content-Encoding", "gzip");
    check(&Fault { reply, class: "too-large", words: &["decoded body is over 64 KiB"] });
}

#[test]
fn a_coding_that_is_not_one() {
    let reply = Reply::ok(feed(&["one"])).header("Content-Encoding", "gzip");
    check(&Fault { reply, class: "encoding", words: &["gzip"] });
}

#[test]
fn redirects_in_a_circle() {
    check(&Fault { reply: Reply::redirect(302, "/bad"), class: "redirect", words: &["circle"] });
}

#[test]
fn a_connection_that_breaks_off() {
    check(&Fault { reply: Reply::raw().close(), class: "protocol-error", words: &["without an answer"] });
}

#[test]
fn silence() {
    check(&Fault { reply: Reply::raw().hang(), class: "timeout", words: &["first byte", "2 s", "first_byte_timeout"] });
}

#[test]
fn a_redirect_to_a_private_address() {
    let Ok(canary) = Server::start_at(([127, 0, 0, 2], 0).into(), |_| Reply::ok(feed(&["secret"]))) else {
        eprintln!("left out: 127.0.0.2 is not an address of this machine");
        return;
    };
    for target in
        [canary.url("/"), canary.url("/").replace("127.0.0.2", "0x7f.2"), canary.url("/").replace("http:", "")]
    {
        let reply = Reply::redirect(302, target);
        check(&Fault { reply, class: "blocked-address", words: &["127.0.0.2", "hint: ", "allow_private"] });
    }
    assert_eq!(canary.connections(), 0);
}

#[test]
fn private_addresses_without_permission() {
    let Ok(canary) = Server::start_at(([127, 0, 0, 2], 0).into(), |_| Reply::ok(feed(&["secret"]))) else {
        eprintln!("left out: 127.0.0.2 is not an address of this machine");
        return;
    };
    let well = Well::start();
    let port = canary.port();
    let hosts =
        ["127.0.0.2", "0x7f.2", "0177.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "[64:ff9b::7f00:2]", "[::127.0.0.2]"];
    let sources: String = hosts
        .iter()
        .zip(0..)
        .map(|(host, number)| source(&format!("m{number}"), &format!("http://{host}:{port}/")))
        .collect();
    let mill_ = mill(&well.sources(&sources));
    let (told, report) = run(&mill_, &[], 3);
    for (host, number) in hosts.iter().zip(0..) {
        assert_eq!(line(&report, &format!("m{number}"))["class"], "blocked-address", "{host}");
    }
    assert_eq!(told.stderr.matches("allow_private = true").count(), hosts.len(), "{}", told.stderr);
    assert_eq!(canary.connections(), 0);
    assert_eq!(mill_.titles("all").len(), 2);
    // The permission of one source is not that of another.
    let allowed = format!("{}allow_private = true\n", source("open", &canary.url("/")));
    let mill = mill(&format!("{allowed}{}", source("shut", &canary.url("/"))));
    let (_, report) = run(&mill, &[], 3);
    assert_eq!((outcome(&report, "open").as_str(), outcome(&report, "shut").as_str()), ("ok", "failed"));
    assert_eq!(canary.connections(), 1);
}

#[test]
fn nobody_listens() {
    let well = Well::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut mill = mill(&well.sources(&source("bad", &format!("http://{closed}/feed"))));
    let (told, report) = run(&mill, &[], 3);
    assert_eq!(line(&report, "bad")["class"], "connect");
    assert!(told.stderr.contains("no connection") && told.stderr.contains(&closed.to_string()), "{}", told.stderr);
    well.news();
    mill.at(NOW + HOUR);
    run(&mill, &[], 3);
    assert_eq!(well.files(&mill), control());
}

#[test]
fn a_feed_that_is_cut_off_gives_its_whole_items() {
    let well = Well::start();
    let bad = Web::start();
    bad.tagged("/bad", feed(&["one"]), "\"1\"");
    let mut mill = mill(&well.sources(&bad.source("bad", "/bad")));
    mill.run();
    let whole = feed(&["three", "two", "one"]);
    bad.put("/bad", Reply::ok(&whole.as_bytes()[..whole.find("The body of two").unwrap()]));
    well.news();
    mill.at(NOW + HOUR);
    let (told, report) = run(&mill, &[], 0);
    assert!(told.stderr.contains("warning: bad: "), "{}", told.stderr);
    assert_eq!(line(&report, "bad")["warnings"][0]["code"], "truncated");
    let titles = mill.titles("source/bad");
    assert!(titles.contains(&"three".to_owned()) && titles.contains(&"one".to_owned()), "{titles:?}");
    assert_eq!(well.files(&mill), control());
    bad.put("/bad", Reply::ok(whole));
    mill.at(NOW + 2 * HOUR).run();
    assert_eq!(mill.titles("source/bad"), ["three", "two", "one"]);
    assert!(mill.read("feeds/source/bad/feed.json").contains("The body of two"));
    assert_eq!(status(&mill, "bad")["warnings"], 0);
}

#[test]
fn a_feed_that_is_not_xml_any_more() {
    let cut = feed(&["one"]).replace("<link>", "<li<nk>");
    let reply = Reply::ok(cut.replace("<item>", "<it<em>").replace("<channel>", "<chan<nel>"));
    // Whatever can be made of it, nothing that was published goes.
    let bad = Web::start();
    bad.tagged("/bad", feed(&["two", "one"]), "\"1\"");
    let mut mill = mill(&bad.source("bad", "/bad"));
    mill.run();
    let before = mill.titles("source/bad");
    bad.put("/bad", reply);
    mill.at(NOW + HOUR);
    let (run, _) = mill.report(&[]);
    assert!(run.code == 4 || run.stderr.contains("warning: "), "{}", run.stderr);
    assert_eq!(mill.titles("source/bad"), before);
}

#[test]
fn all_fail() {
    let well = Well::start();
    let mut mill = mill(&well.sources(""));
    mill.run();
    let (bytes, times) = (mill.published(), mill.written());
    well.0.put("/a", Reply::status(500)).put("/z", Reply::ok("down"));
    mill.at(NOW + HOUR);
    let (told, report) = run(&mill, &[], 4);
    assert_eq!(told.stderr.matches("error: source").count(), 2, "{}", told.stderr);
    assert!(report["feeds"].as_array().unwrap().iter().all(|feed| feed["outcome"] == "unchanged"), "{report}");
    assert_eq!((mill.published(), mill.written()), (bytes, times), "what was published stays");
    // One that is not due does not count as well.
    mill.at(NOW + HOUR + 60);
    let (_, report) = run(&mill, &["--source", "a", "--now"], 4);
    assert_eq!(outcome(&report, "a"), "failed");
    well.news();
    mill.at(NOW + 24 * HOUR).run();
    assert_eq!(mill.titles("all").len(), 4);
}

#[test]
fn a_source_that_fails_at_first_sight_does_not_stop_the_first_publication() {
    let well = Well::start();
    let mill = mill(&well.sources(&source("bad", "http://127.0.0.1:9/feed")));
    run(&mill, &[], 3);
    assert_eq!(mill.titles("all").len(), 2);
    let known = status(&mill, "bad");
    assert!(known["last_success"].is_null() && known["class"] == "connect", "{known}");
}

#[test]
fn articles_do_not_suffer_from_a_dead_network() {
    let mut mill = crate::mill::Mill::new(&format!(
        "{}{}{}",
        crate::mill::SITE,
        NETWORK,
        format_args!("{}{}", crate::mill::POSTS, source("bad", "http://127.0.0.1:9/feed"))
    ));
    mill.post("hello", "2024-01-01", &["x"], "Hello.");
    run(&mill, &[], 3);
    assert_eq!(mill.titles("category/x"), ["hello"]);
    mill.post("again", "2024-01-02", &["x"], "Again.");
    mill.at(NOW + HOUR);
    run(&mill, &[], 3);
    assert_eq!(mill.titles("category/x"), ["again", "hello"]);
}

#[test]
fn a_failure_is_told_as_json_too() {
    let mill = mill(&source("bad", "http://127.0.0.1:9/feed"));
    let run = mill.feedmill(&["--log-format", "json"]).expect(4, &[]);
    let told: serde_json::Value = serde_json::from_str(run.stderr.lines().next().unwrap()).unwrap();
    assert_eq!((&told["level"], &told["class"]), (&"ERROR".into(), &"connect".into()), "{told}");
    assert!(mill.read("config.toml").contains(&config("")[..20]));
}
