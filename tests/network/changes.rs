//! What publishers do to their feeds, and readers must not notice: ten kinds of change, in every format, alone and one after the
//! other. Not one item is new that a reader has seen.

use crate::mill::{DAY, Mill, NOW};
use crate::server::Reply;
use crate::web::{Web, line, mill, run};
use chrono::{DateTime, SecondsFormat};
use std::collections::{BTreeMap, BTreeSet};

const POSTS: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Rss,
    /// Its entries have no guid; their links are all they are known by.
    RssWithoutGuids,
    /// And no links either; what they say is.
    RssWithoutAnything,
    Atom,
    Json,
}

const FORMATS: [Format; 5] =
    [Format::Rss, Format::RssWithoutGuids, Format::RssWithoutAnything, Format::Atom, Format::Json];

#[derive(Debug, Clone)]
struct Post {
    number: usize,
    guid: String,
    link: String,
    title: String,
    body: String,
    date: i64,
}

/// A feed as its publisher has it.
#[derive(Debug, Clone)]
struct Publisher {
    title: String,
    posts: Vec<Post>,
    /// Goes up with each document that is made.
    round: usize,
}

impl Publisher {
    fn new() -> Self {
        Self { title: "Diary".into(), posts: (0..POSTS).rev().map(post).collect(), round: 0 }
    }

    fn document(&self, format: Format) -> String {
        match format {
            Format::Rss => self.rss(true, true),
            Format::RssWithoutGuids => self.rss(false, true),
            Format::RssWithoutAnything => self.rss(false, false),
            Format::Atom => self.atom(),
            Format::Json => self.json(),
        }
    }

    fn rss(&self, guids: bool, links: bool) -> String {
        let item = |post: &Post| {
            let Post { guid, link, title, body, date, .. } = post;
            let guid = if guids { format!("<guid isPermaLink=\"false\">{guid}</guid>") } else { String::new() };
            let link = if links { format!("<link>{link}</link>") } else { String::new() };
            let date = DateTime::from_timestamp(*date, 0).unwrap().to_rfc2822();
            format!(
                "<item>{guid}{link}<title>{title}</title><pubDate>{date}</pubDate>\
                 <description><![CDATA[{body}]]></description></item>\n"
            )
        };
        let items: String = self.posts.iter().map(item).collect();
        format!(
            "<rss version=\"2.0\"><channel><title>{}</title><link>https://there.example/</link>\
             <description>d</description>\n{items}</channel></rss>",
            self.title
        )
    }

    fn atom(&self) -> String {
        let entry = |post: &Post| {
            let Post { guid, link, title, body, .. } = post;
            let date = rfc3339(post.date);
            format!(
                "<entry><id>{guid}</id><link href=\"{link}\"/><title>{title}</title><published>{date}</published>\
                 <updated>{date}</updated><content type=\"html\"><![CDATA[{body}]]></content></entry>\n"
            )
        };
        let entries: String = self.posts.iter().map(entry).collect();
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:x:{}</id><title>{}</title>\
             <updated>2024-01-01T00:00:00Z</updated>\n{entries}</feed>",
            self.title, self.title
        )
    }

    fn json(&self) -> String {
        let item = |post: &Post| {
            serde_json::json!({
                "id": post.guid, "url": post.link, "title": post.title, "content_html": post.body,
                "date_published": rfc3339(post.date),
            })
        };
        let items: Vec<_> = self.posts.iter().map(item).collect();
        serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "title": self.title, "items": items })
            .to_string()
    }
}

fn rfc3339(date: i64) -> String {
    DateTime::from_timestamp(date, 0).unwrap().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One a day, the last on the day before the first run.
fn post(number: usize) -> Post {
    let address = format!("https://there.example/p/{number}");
    let days = POSTS as i64 - number as i64;
    Post {
        number,
        guid: address.clone(),
        link: address,
        title: format!("Title {number}"),
        body: format!("<p>The text of {number}.</p>"),
        date: NOW - days * DAY,
    }
}

/// A change, and how the run ends that finds it.
type Change = (&'static str, i32, fn(&mut Publisher));

const CHANGES: [Change; 10] = [
    ("moved host", 0, |there| {
        for post in &mut there.posts {
            for address in [&mut post.guid, &mut post.link] {
                *address = address.replace("https://there.example/", "https://www.moved.example/");
            }
        }
    }),
    ("new permalinks", 0, |there| {
        for post in &mut there.posts {
            post.link = format!("{}-the-title-of-{}.html", post.link.replace("/p/", "/2024/"), post.number);
            post.guid.clone_from(&post.link);
        }
    }),
    ("guid churn", 0, |there| {
        for post in &mut there.posts {
            post.guid = format!("{:08x}-{}", there.round * 7_919 + post.number * 104_729, there.round);
            post.link = format!("{}?utm_source={}", post.link.split('?').next().unwrap(), there.round);
        }
    }),
    ("edited bodies", 0, |there| {
        for post in &mut there.posts {
            post.body = format!("<p>The text of {}, edited in round {}.</p>", post.number, there.round);
        }
    }),
    ("reordered items", 0, |there| there.posts.reverse()),
    ("doubled items", 0, |there| {
        there.posts = there.posts.iter().flat_map(|post| [post.clone(), post.clone()]).collect()
    }),
    ("items gone", 0, |there| there.posts.retain(|post| post.number % 5 == 2)),
    ("feed empty", 0, |there| there.posts.clear()),
    ("feed replaced", 3, |there| {
        there.title = "Casino".into();
        there.posts = (0..12)
            .map(|number| Post {
                guid: format!("https://casino.example/{number}"),
                link: format!("https://casino.example/{number}"),
                title: format!("Win {number}"),
                ..post(number)
            })
            .collect();
    }),
    ("clock wrong", 0, |there| there.posts.iter_mut().for_each(|post| post.date += 366 * DAY)),
];

/// The ids that a reader of each published file sees; every item once.
fn seen(mill: &Mill) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for key in ["all", "source/there"] {
        let rss = mill.rss(key).items().iter().map(|item| item.guid().unwrap().value().to_owned()).collect::<Vec<_>>();
        let atom = mill.atom(key).entries().iter().map(|entry| entry.id().to_owned()).collect::<Vec<_>>();
        for (format, list) in [("rss", rss), ("atom", atom), ("json", mill.ids(key))] {
            let ids: BTreeSet<String> = list.iter().cloned().collect();
            assert_eq!(ids.len(), list.len(), "an id is there twice");
            all.insert(format!("{key} {format}"), ids);
        }
        let titles: BTreeSet<String> = mill.titles(key).into_iter().collect();
        assert_eq!(titles.len(), mill.titles(key).len(), "an item is there twice");
    }
    all
}

/// Lets the changes happen one after the other, each to what the one before left; those that leave nothing of the feed
/// are over at the next.
fn one_after_the_other(format: Format, changes: &[Change]) {
    let web = Web::start();
    let mut there = Publisher::new();
    web.put("/feed", Reply::ok(there.document(format)));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let before = seen(&mill);
    assert!(before.values().all(|ids| ids.len() == POSTS), "{before:?}");
    let mut told = Vec::new();
    for (day, (name, code, change)) in (1..).zip(changes) {
        told.push(*name);
        there.round += 1;
        let whole = there.clone();
        change(&mut there);
        web.put("/feed", Reply::ok(there.document(format)));
        mill.at(NOW + day * DAY);
        let (_, report) = run(&mill, &[], if *code == 3 { 4 } else { *code });
        assert_eq!(seen(&mill), before, "{format:?} after {told:?}");
        assert_eq!(line(&report, "there")["items"]["new"], 0, "{format:?} after {told:?}");
        if ["items gone", "feed empty", "feed replaced"].contains(name) {
            there = whole;
        }
    }
    // As it was at first, with one that is new: that is all that is new.
    let mut first = Publisher::new();
    first.posts.insert(0, Post { date: NOW, ..post(POSTS) });
    web.put("/feed", Reply::ok(first.document(format)));
    mill.at(NOW + 50 * DAY);
    run(&mill, &[], 0);
    for (file, ids) in seen(&mill) {
        let new = ids.difference(&before[&file]).count();
        assert_eq!((new, ids.len()), (1, POSTS + 1), "{format:?}: {file} after {told:?} and back");
    }
}

fn each_change_and_all(format: Format) {
    for change in &CHANGES {
        one_after_the_other(format, std::slice::from_ref(change));
    }
    one_after_the_other(format, &CHANGES);
    let mut reversed = CHANGES;
    reversed.reverse();
    one_after_the_other(format, &reversed);
}

#[test]
fn no_change_makes_an_item_of_rss_new() {
    each_change_and_all(Format::Rss);
}

#[test]
fn no_change_makes_an_item_of_rss_without_guids_new() {
    each_change_and_all(Format::RssWithoutGuids);
}

#[test]
fn no_change_makes_an_item_of_rss_without_anything_new() {
    each_change_and_all(Format::RssWithoutAnything);
}

#[test]
fn no_change_makes_an_item_of_atom_new() {
    each_change_and_all(Format::Atom);
}

#[test]
fn no_change_makes_an_item_of_json_feed_new() {
    each_change_and_all(Format::Json);
}

#[test]
fn changes_that_come_together_make_no_item_new() {
    let together: Change = ("all at once", 0, |there| {
        let (posts, title) = (there.posts.clone(), there.title.clone());
        for (name, _, change) in CHANGES {
            if !["clock wrong", "feed empty", "feed replaced", "items gone"].contains(&name) {
                change(there);
            }
        }
        there.posts.retain(|post| post.number % 3 > 0);
        assert!(there.posts.len() < 2 * posts.len() && there.title == title);
    });
    for format in FORMATS {
        one_after_the_other(format, &[together]);
    }
}
