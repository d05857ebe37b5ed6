//! A secret in the URL of a source is seen by its server and by nobody else.

use crate::mill::NOW;
use crate::server::Reply;
use crate::web::{HOUR, Web, feed, mill, source};

const SECRET: &str = "s3cr3t-c4nary";

/// Everything a run of any verbosity says and leaves.
fn leaks(mill: &crate::mill::Mill) -> Vec<String> {
    let mut found = Vec::new();
    for args in [
        &["run"][..],
        &["status"],
        &["status", "--format", "json"],
        &["check"],
        &["run", "-vvv", "--report", "report.json", "--full"],
    ] {
        let run = mill.feedmill(args);
        for (name, text) in [("stdout", run.stdout), ("stderr", run.stderr)] {
            found.extend(
                text.lines().filter(|line| line.contains(SECRET)).map(|line| format!("{args:?} {name}: {line}")),
            );
        }
    }
    found.extend(mill.read("report.json").contains(SECRET).then(|| "the report".to_owned()));
    for (path, bytes) in mill.published() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        found.extend(text.lines().filter(|line| line.contains(SECRET)).map(|line| format!("feeds/{path}: {line}")));
    }
    found
}

#[test]
fn a_token_in_the_url_of_a_source() {
    let web = Web::start();
    let path = format!("/feed?user=7&token={SECRET}");
    // Many publishers echo the URL that was asked.
    let echo = feed(&["one"]).replace(
        "<description>A feed",
        &format!(
            "<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"{}\"/><description>A feed",
            web.url(&path).replace('&', "&amp;")
        ),
    );
    assert!(echo.contains(SECRET));
    for document in [feed(&["one"]), echo] {
        web.put(&path, Reply::ok(document));
        let mut mill =
            mill(&format!("{}{}", web.source("there", &path), source("dead", &format!("http://127.0.0.1:9{path}"))));
        assert_eq!(leaks(&mill), [""; 0]);
        assert_eq!(mill.titles("all"), ["one"]);
        mill.at(NOW + HOUR);
        assert_eq!(leaks(&mill), [""; 0]);
        assert!(web.asked(&path).len() >= 2, "the server is asked with it");
    }
}

#[test]
fn a_token_in_a_url_that_fails() {
    let web = Web::start();
    let path = format!("/feed?access_token={SECRET}");
    let replies = [
        Reply::status(500),
        Reply::ok("no feed"),
        Reply::redirect(301, format!("/feed?access_token={SECRET}")),
        Reply::redirect(302, format!("http://127.0.0.2:9/feed?token={SECRET}")),
        Reply::raw().close(),
    ];
    for reply in replies {
        web.put(&path, reply);
        let mut mill = mill(&web.source("there", &path));
        assert_eq!(mill.feedmill(&[]).code, 4);
        mill.at(NOW + 2 * HOUR);
        assert_eq!(leaks(&mill), [""; 0]);
    }
}

#[test]
fn a_token_in_the_url_a_feed_has_moved_to() {
    let web = Web::start();
    let new = format!("/new?key={SECRET}");
    web.put("/feed", Reply::redirect(301, &new)).put(&new, Reply::ok(feed(&["one"])));
    let mill = mill(&web.source("there", "/feed"));
    assert_eq!(leaks(&mill), [""; 0]);
    assert_eq!(mill.titles("all"), ["one"]);
}

#[test]
fn a_password_in_the_url_is_refused() {
    let mill = mill(&source("there", &format!("http://me:{SECRET}@127.0.0.1:9/feed")));
    let run = mill.feedmill(&[]).expect(2, &["user name or password"]);
    assert!(!run.stderr.contains(SECRET) && !run.stdout.contains(SECRET), "{}", run.stderr);
}
