//! What is known to go wrong where feeds of others are read and published again.

use super::{INBOX, Read, elements, elsewhere, ids, item, reading, reads, undated_posts, updated};
use crate::mill::{DAY, Mill, NOW, SITE};
use crate::server::{Reply, Seen, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NETWORK: &str = "[network]\nallow_addresses = [\"127.0.0.1\"]\nhost_gap = \"0s\"\n";

fn source(name: &str, url: &str) -> String {
    format!("[[source.feed]]\nname = \"{name}\"\nurl = \"{url}\"\n")
}

/// Nothing is dated with the time of a run, so files stay as they are; entries without a date have `updated`; types are right.
#[test]
fn d13_unchanged_files_stay_untouched_and_types_are_their_own() {
    let entry = |id: &str| format!("<entry><id>urn:x:{id}</id><title>{id}</title><content>text</content></entry>");
    let mut mill = reading(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:x:f</id><title>f</title>{}{}</feed>",
        entry("1"),
        entry("2")
    ));
    let names = elements(&mill.read("feeds/atom.xml"));
    // The feed's, and for each entry its own and its source's.
    assert_eq!(names.iter().filter(|name| *name == "updated").count(), 5);
    let links = mill.rss("all").atom_ext.unwrap().links;
    let own = links.iter().find(|link| link.rel == "self").unwrap();
    assert_eq!(own.mime_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(mill.json("all")["version"], "https://jsonfeed.org/version/1.1");
    assert!(mill.read("feeds/index.html").contains("type=\"application/feed+json\""));
    let before = mill.snapshot();
    for days in 1..=3 {
        // Written again, byte for byte, as by a script that runs each hour.
        mill.write("inbox/a.xml", mill.read("inbox/a.xml"));
        mill.at(NOW + days * DAY).feedmill(&["run", "--full"]).expect(0, &[]);
        mill.assert_untouched(&before);
    }
}

/// An error of a source is told, and never becomes an item.
#[test]
fn d14_errors_never_become_items() {
    let day = Arc::new(AtomicUsize::new(0));
    let today = Arc::clone(&day);
    let page = "<html><head><title>Error</title></head><body><h1>It is down</h1></body></html>";
    let server = Server::start(move |_: &Seen| match today.load(Ordering::SeqCst) {
        0 => Reply::ok(elsewhere(&item("one", Some(1)))),
        1 => Reply::status(500),
        2 => Reply::ok(page).header("Content-Type", "text/html"),
        3 => Reply::status(404),
        _ => Reply::ok(""),
    });
    let mut mill = Mill::new(&format!("{SITE}{NETWORK}{}", source("there", &server.url("/feed"))));
    mill.run();
    let before = mill.snapshot();
    for days in 1..=4 {
        day.store(days, Ordering::SeqCst);
        mill.at(NOW + 40 * DAY * i64::try_from(days).unwrap())
            .feedmill(&["run", "--source", "there", "--now"])
            .expect(4, &["there"]);
        mill.assert_untouched(&before);
    }
    for items in reads(&mill, "all") {
        assert_eq!(items.len(), 1);
    }
}

/// What is published again keeps its id and its date, also by a mill that starts anew.
#[test]
fn d15_ids_and_dates_are_those_of_the_source() {
    let document = elsewhere(&[item("two", Some(2)), item("one", Some(1))].concat());
    let at = |now: i64| {
        let mut mill = Mill::new(&format!("{SITE}{INBOX}"));
        mill.write("inbox/a.xml", &document);
        mill.at(now).run();
        mill
    };
    let mut mill = at(NOW);
    assert_eq!(ids(&mill), ["tag:else.example,2024:two", "tag:else.example,2024:one"]);
    let item = mill.rss("all").items.remove(0);
    assert_eq!(item.pub_date.as_deref(), Some("Tue, 02 Jan 2024 10:00:00 GMT"));
    assert_eq!(mill.atom("all").entries[0].published.unwrap().to_rfc3339(), "2024-01-02T10:00:00+00:00");
    assert_eq!(mill.item("all", "two")["date_published"], "2024-01-02T10:00:00Z");
    assert_eq!(updated(&mill), ["2024-01-02T10:00:00Z"; 3]);
    assert_eq!(at(NOW + 9 * DAY).published(), mill.published());
    let before = mill.published();
    mill.remove(".feedmill");
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &[]);
    assert_eq!(mill.published(), before);
}

/// RSS has only its own elements without a prefix, pictures keep type and length, and a name is no `author`.
#[test]
fn d16_rss_has_no_foreign_elements_and_pictures_keep_their_type() {
    let known = "rss channel title link description language copyright managingEditor lastBuildDate generator docs image url item guid \
                 pubDate category enclosure source comments";
    let entry = item("one", Some(1)).replace(
        "</item>",
        "<author>Ann</author><stats>7</stats><enclosure url=\"https://else.example/p.png\" length=\"1234\" type=\"image/png\"/></item>",
    );
    let mill = reading(&elsewhere(&entry));
    for name in elements(&mill.read("feeds/rss.xml")) {
        assert!(name.contains(':') || known.split_whitespace().any(|known| known == name), "`{name}`");
    }
    let item = mill.rss("all").items.remove(0);
    let file = item.enclosure.unwrap();
    assert_eq!((&*file.mime_type, &*file.length), ("image/png", "1234"));
    assert_eq!(item.dublin_core_ext.unwrap().creators, ["Ann"]);
    let entry = mill.atom("all").entries.remove(0);
    let link = entry.links.iter().find(|link| link.rel == "enclosure").unwrap();
    assert_eq!((link.mime_type.as_deref(), link.length.as_deref()), (Some("image/png"), Some("1234")));
    assert_eq!(entry.authors[0].name, "Ann");
    let file = &mill.item("all", "one")["attachments"][0];
    assert_eq!((&file["mime_type"], &file["size_in_bytes"]), (&"image/png".into(), &1234.into()));
}

/// An id that is a relative address today and an absolute one tomorrow is one id; addresses in bodies are absolute.
#[test]
fn d17_relative_and_absolute_ids_are_one_and_bodies_have_no_relative_addresses() {
    let with = |place: &str| {
        elsewhere(&format!(
            "<item><guid>{place}posts/1</guid><title>one</title><link>{place}posts/1</link><pubDate>01 Jan 2024 10:00:00 GMT</pubDate>\
             <description>&lt;img src=\"{place}p.png\" srcset=\"{place}q.png 2x\"&gt; &lt;a href=\"{place}x\"&gt;x&lt;/a&gt;</description></item>"
        ))
    };
    let mut mill = reading(&with("/"));
    assert_eq!(ids(&mill), ["https://else.example/posts/1"]);
    for [item] in reads(&mill, "all").map(|items| <[Read; 1]>::try_from(items).unwrap()) {
        for address in
            ["src=\"https://else.example/p.png\"", "https://else.example/q.png 2x", "href=\"https://else.example/x\""]
        {
            assert!(item.body.contains(address), "{}", item.body);
        }
        assert!(!item.body.contains("\"/"), "{}", item.body);
    }
    let channel = mill.rss("all");
    assert!(channel.last_build_date.is_some() && channel.atom_ext.unwrap().links.iter().any(|link| link.rel == "self"));
    let before = mill.snapshot();
    mill.write("inbox/a.xml", with("https://else.example/"));
    mill.at(NOW + DAY).run();
    mill.assert_untouched(&before);
    mill.write("inbox/a.xml", with("/"));
    mill.at(NOW + 2 * DAY).run();
    mill.assert_untouched(&before);
}

/// The whole body passes through, and a feed is as new as its newest item, not as its build.
#[test]
fn d18_bodies_pass_whole_and_updated_is_no_build_time() {
    let body = "<h2>Head</h2>\n<p>Some <em>rich</em> text.</p>\n<pre>a\n\tb</pre>\n<table><tbody><tr><td>1</td></tr></tbody></table>\n\
                <ul><li>x</li></ul>\n<p><img src=\"https://else.example/p.png\" alt=\"p\"></p>\n";
    let body = format!("{body}<p>{}</p>", "A long paragraph. ".repeat(200).trim());
    let entry = item("one", Some(3)).replace("&lt;p&gt;one&lt;/p&gt;", &format!("<![CDATA[{body}]]>"));
    let mut mill = reading(&elsewhere(&entry));
    for days in 0..3 {
        mill.at(NOW + days * DAY).feedmill(&["run", "--full"]).expect(0, &[]);
        assert_eq!(updated(&mill), ["2024-01-03T10:00:00Z"; 3]);
    }
    for [item] in reads(&mill, "all").map(|items| <[Read; 1]>::try_from(items).unwrap()) {
        assert_eq!(item.body, body);
        assert!(item.summary.starts_with("Head Some rich text.") && item.summary.len() < 500, "{}", item.summary);
    }
}

/// A source that fails does not take the others with it, and what is asked again is asked with its validators.
#[test]
fn d19_one_failing_source_fails_no_merge_and_validators_are_sent() {
    let modified = "Mon, 01 Jan 2024 10:00:00 GMT";
    let server = Server::start(move |request: &Seen| match request.path.as_str() {
        "/good" if request.header("if-none-match") == Some("\"1\"") => Reply::status(304),
        "/good" => {
            Reply::ok(elsewhere(&item("one", Some(1)))).header("ETag", "\"1\"").header("Last-Modified", modified)
        }
        _ => Reply::status(500),
    });
    let sources = source("bad", &server.url("/bad")) + &source("good", &server.url("/good"));
    let mut mill = Mill::new(&format!("{SITE}{NETWORK}{sources}"));
    mill.feedmill(&[]).expect(3, &["bad", "500"]);
    for items in reads(&mill, "all") {
        assert_eq!(items.iter().map(|item| &*item.title).collect::<Vec<_>>(), ["one"]);
    }
    let before = mill.snapshot();
    mill.at(NOW + DAY).feedmill(&[]).expect(3, &["bad"]);
    mill.assert_untouched(&before);
    let asked: Vec<Seen> = server.seen().into_iter().filter(|request| request.path == "/good").collect();
    let sent = |at: usize| (asked[at].header("if-none-match"), asked[at].header("if-modified-since"));
    assert_eq!((sent(0), sent(1)), ((None, None), (Some("\"1\""), Some(modified))));
}

/// Ids are under the publisher's address, move nowhere with the mill, and those of two publishers do not meet.
#[test]
fn d20_ids_are_the_publishers_and_stay_when_the_mill_moves() {
    let at = |site: &str| {
        let mill = Mill::of_posts();
        mill.write("config.toml", mill.read("config.toml").replace("https://example.org/", site));
        mill.post("a", "2024-01-01", &["x"], "one").run();
        mill
    };
    let (mut one, other) = (at("https://one.example/"), at("https://other.example/"));
    for (mill, site) in [(&one, "https://one.example/"), (&other, "https://other.example/")] {
        assert!(ids(mill)[0].starts_with(site) && mill.atom("all").id.starts_with(site));
        assert_eq!(mill.json("all")["_feedmill"]["id"], mill.atom("all").id);
    }
    let (items, feed) = (ids(&one), one.atom("all").id);
    let config = one.read("config.toml").replace("https://one.example/", "https://moved.example/blog/");
    one.write("config.toml", config.replace("[output]", "feeds_url = \"https://feeds.example.net/\"\n[output]"));
    one.at(NOW + DAY).feedmill(&["run", "--accept-changes"]).expect(0, &[]);
    assert_eq!((ids(&one), one.atom("all").id), (items, feed));
    assert_eq!(
        one.atom("all").links.iter().find(|link| link.rel == "self").unwrap().href,
        "https://feeds.example.net/atom.xml"
    );
}

/// An item without a date is dated once: no later run moves `updated`, nor does the loss of the state.
#[test]
fn d21_undated_items_are_not_of_today_each_day() {
    let mut mill = undated_posts(&["one", "two"]);
    mill.run();
    let first = updated(&mill);
    let times: Vec<i64> = mill.atom("all").entries.iter().map(|entry| entry.updated.timestamp()).collect();
    let before = mill.snapshot();
    for days in 1..=2 {
        mill.at(NOW + days * DAY).feedmill(&["run", "--full"]).expect(0, &[]);
        mill.assert_untouched(&before);
    }
    mill.remove(".feedmill");
    mill.at(NOW + 9 * DAY).feedmill(&[]).expect(0, &[]);
    assert_eq!(updated(&mill), first);
    assert_eq!(mill.atom("all").entries.iter().map(|entry| entry.updated.timestamp()).collect::<Vec<_>>(), times);
    assert_eq!(mill.differing(&before), Vec::<String>::new());
}

/// What a new source holds without dates stands below what is dated, and claims no date; so does not flood.
#[test]
fn d22_undated_entries_of_a_new_source_do_not_flood() {
    let mut mill = reading(&elsewhere(&[item("new", Some(20)), item("old", Some(2))].concat()));
    assert_eq!(mill.titles("all"), ["new", "old"]);
    let config = mill.read("config.toml") + "[[source.feed]]\nname = \"late\"\npath = \"late\"\n";
    let names: Vec<String> = (0..5).map(|number| format!("late{number}")).collect();
    let late = names.iter().map(|name| item(name, None)).collect::<String>();
    let dated = "<lastBuildDate>Fri, 01 Mar 2024 00:00:00 GMT</lastBuildDate>";
    mill.write("late/b.xml", elsewhere(&format!("{dated}{late}"))).write("config.toml", config);
    for days in 1..=3 {
        mill.at(NOW + days * DAY).feedmill(&["run", "--full"]).expect(0, &[]);
        let titles = mill.titles("all");
        assert_eq!(titles[..2], ["new", "old"], "after {days} days");
        assert_eq!(titles.len(), 7);
        for [rss, atom, json] in std::iter::zip(&mill.rss("all").items[2..], &mill.atom("all").entries[2..])
            .zip(&mill.json("all")["items"].as_array().unwrap()[2..])
            .map(|((rss, atom), json)| {
                [rss.pub_date.is_some(), atom.published.is_some(), !json["date_published"].is_null()]
            })
        {
            assert!(!rss && !atom && !json, "after {days} days");
        }
    }
}
