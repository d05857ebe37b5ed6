//! `duplicates = "merge"`: of each story one is shown, and the others are links in it.

use crate::mill::{DAY, Mill, NOW, SITE};
use serde_json::json;
use std::collections::BTreeMap;

/// A folder and two local feeds that carry each other's stories; `a` and `b` come before `posts` by name.
const SOURCES: [&str; 3] = [
    "[[source.articles]]\nname = \"posts\"\ntitle = \"Our posts\"\npath = \"posts\"\npermalink = \"/:year/:slug/\"\n",
    "[[source.feed]]\nname = \"a\"\ntitle = \"Feed A\"\npath = \"a/*.xml\"\n",
    "[[source.feed]]\nname = \"b\"\ntitle = \"Feed B\"\npath = \"b/*.xml\"\n",
];

const MERGE: &str = "duplicates = \"merge\"\n";

/// The text of a story: long enough to be told from others by it.
fn story(number: usize) -> String {
    (0..90).map(|word| format!("w{}x{} ", number * 1000 + word * 7 % 89, word % 13)).collect()
}

struct Entry<'a> {
    id: &'a str,
    link: &'a str,
    title: &'a str,
    date: &'a str,
    body: String,
}

impl Entry<'_> {
    fn atom(&self) -> String {
        let body = self.body.replace('&', "&amp;").replace('<', "&lt;");
        let link = if self.link.is_empty() { String::new() } else { format!("<link href=\"{}\"/>", self.link) };
        format!(
            "<entry><id>{}</id>{link}<title>{}</title><published>{date}</published><updated>{date}</updated>\
             <category term=\"x\"/><content type=\"html\">{body}</content></entry>",
            self.id,
            self.title,
            date = self.date
        )
    }
}

fn feed(name: &str, entries: &[Entry<'_>]) -> String {
    let entries: String = entries.iter().map(Entry::atom).collect();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:x:{name}</id><title>{name}</title>\
         <link rel=\"self\" href=\"https://{name}.example/atom.xml\"/>\
         <updated>2024-02-01T00:00:00Z</updated>{entries}</feed>"
    )
}

fn config(output: &str, sources: &[&str]) -> String {
    format!("{SITE}{output}{}", sources.concat())
}

/// The same story in all three: another id and link, a title with other marks, Markdown here and HTML there.
fn three(config: &str) -> Mill {
    let mill = Mill::new(config);
    let article = format!(
        "---\ntitle: \"Mills, wind and water\"\ndate: 2024-02-01T08:00:00Z\ncategories: [x]\n---\n## Head\n\n{} [more](https://example.org/more)\n",
        story(1)
    );
    mill.write("posts/mills.md", article);
    let html = format!("<h2>Head</h2><p>{} <a href=\"https://example.org/more\">more</a></p>", story(1));
    let entry = |id, link, title, date| Entry { id, link, title, date, body: html.clone() };
    mill.write(
        "a/f.xml",
        feed("A", &[entry("urn:a:1", "https://a.example/1", "Something else altogether", "2024-02-02T09:00:00Z")]),
    );
    mill.write(
        "b/f.xml",
        feed(
            "B",
            &[Entry {
                body: "Short.".into(),
                ..entry("urn:b:1", "https://b.example/1", "Mills — wind &amp; water", "2024-02-01T20:00:00Z")
            }],
        ),
    );
    mill.write(
        "b/g.xml",
        feed("B", &[entry("urn:b:2", "https://b.example/2", "Mills, wind and water!", "2024-02-02T07:00:00Z")]),
    );
    mill
}

#[test]
fn one_of_a_story_is_shown_and_the_others_are_links() {
    let mill = three(&config(MERGE, &SOURCES));
    mill.feedmill(&["-vv"]).expect(0, &["`urn:b:2` of b is shown as `urn:a:1` of a, found by nearly the same text"]);
    // `&` is no word of the title: this one is not the same, and its text is too short.
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:1"]);
    let also = json!([
        {"url": "https://b.example/2", "title": "Feed B"},
        {"url": "https://example.org/2024/mills/", "title": "Our posts"},
    ]);
    assert_eq!(mill.json("all")["items"][0]["_feedmill"]["also"], also);
    let related = |links: Vec<(&str, &str, Option<&str>)>| -> Vec<(String, String)> {
        let ours = links.into_iter().filter(|(rel, ..)| *rel == "related");
        ours.map(|(_, href, title)| (href.to_owned(), title.unwrap().to_owned())).collect()
    };
    let expect = [("https://b.example/2", "Feed B"), ("https://example.org/2024/mills/", "Our posts")]
        .map(|(url, title)| (url.to_owned(), title.to_owned()));
    let atom = mill.atom("all");
    let links = atom.entries()[0].links().iter();
    assert_eq!(related(links.map(|link| (link.rel(), link.href(), link.title())).collect()), expect);
    let rss = mill.rss("all");
    let links = rss.items()[0].atom_ext().unwrap().links.iter();
    assert_eq!(related(links.map(|link| (link.rel(), link.href(), link.title())).collect()), expect);
    assert_eq!(mill.ids("category/x"), mill.ids("all"));
    assert_eq!(mill.record("all")["items"], 2);
}

#[test]
fn without_it_all_are_shown() {
    let mill = three(&config("", &SOURCES));
    mill.run();
    assert_eq!(mill.ids("all").len(), 4);
    assert!(!mill.read("feeds/feed.json").contains("\"also\""));
}

#[test]
fn each_feed_has_its_own_say() {
    let own = "[output.category]\nduplicates = \"keep\"\n[[output.feed]]\nname = \"own\"\nduplicates = \"keep\"\n\
               [[output.feed]]\nname = \"merged\"\nwhere = { not_source = \"a\" }\n";
    let mill = three(&config(&format!("{MERGE}{own}"), &SOURCES));
    mill.run();
    assert_eq!(mill.ids("all").len(), 2);
    assert_eq!(mill.ids("category/x").len(), 4);
    assert_eq!(mill.ids("feed/own").len(), 4);
    // Where the first is no member, another is shown.
    assert_eq!(mill.ids("feed/merged"), ["urn:b:2", "urn:b:1"]);
    let mill = three(&config("[[output.feed]]\nname = \"merged\"\nduplicates = \"merge\"\n", &SOURCES));
    mill.run();
    assert_eq!((mill.ids("all").len(), mill.ids("feed/merged").len()), (4, 2));
}

#[test]
fn priority_decides_who_is_shown() {
    let with = |posts: i32, b: i32| {
        let sources = [
            format!("{}priority = {posts}\n", SOURCES[0]),
            SOURCES[1].to_owned(),
            format!("{}priority = {b}\n", SOURCES[2]),
        ];
        config(MERGE, &[&sources[0], &sources[1], &sources[2]])
    };
    let mill = three(&with(1, 0));
    mill.run();
    let first = |mill: &Mill| mill.ids("all").into_iter().find(|id| id != "urn:b:1").unwrap();
    assert_eq!(first(&mill), "https://example.org/2024/mills/");
    // Its date is its own: it stands behind what came between.
    assert_eq!(mill.ids("all"), ["urn:b:1", "https://example.org/2024/mills/"]);
    for (posts, b, expect) in
        [(1, 2, "urn:b:2"), (-1, -2, "urn:a:1"), (0, 0, "urn:a:1"), (5, 2, "https://example.org/2024/mills/")]
    {
        mill.write("config.toml", with(posts, b));
        mill.run();
        assert_eq!(first(&mill), expect, "{posts} {b}");
    }
}

#[test]
fn switching_it_on_and_off_shows_as_if_it_had_always_been_so() {
    let [off, on] = ["", MERGE].map(|output| config(output, &SOURCES));
    let (never, always) = (three(&off), three(&on));
    never.run();
    always.run();
    let mill = three(&off);
    for (config, expect) in [(&off, &never), (&on, &always), (&off, &never), (&on, &always)] {
        mill.write("config.toml", config);
        mill.run();
        assert_same("switched", &expect.published(), &mill.published());
    }
    let before = mill.snapshot();
    mill.run();
    mill.assert_untouched(&before);
}

fn assert_same(what: &str, expected: &BTreeMap<String, Vec<u8>>, got: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(expected.keys().collect::<Vec<_>>(), got.keys().collect::<Vec<_>>(), "{what}");
    for (path, bytes) in expected {
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&got[path]), "{what}: {path}");
    }
}

#[test]
fn no_order_shows() {
    let [posts, a, b] = SOURCES;
    let control = three(&config(MERGE, &[posts, a, b]));
    control.run();
    for order in [[posts, b, a], [a, posts, b], [a, b, posts], [b, a, posts], [b, posts, a]] {
        let at_once = three(&config(MERGE, &order));
        at_once.run();
        assert_same("order of sources", &control.published(), &at_once.published());
        // One source after the other, run by run; dates are stated, so nothing is dated by its run.
        let by_and_by = three(&config(MERGE, &order));
        for part in order {
            let name = part.split('"').nth(1).unwrap();
            assert_eq!(by_and_by.feedmill(&["run", "--source", name]).code, 0);
        }
        by_and_by.run();
        assert_same("order of runs", &control.published(), &by_and_by.published());
    }
}

/// After any changes the feeds are what they would be had everything been so from the start.
#[test]
fn no_history_shows() {
    const TITLES: [&str; 3] = ["Mills of the north", "Mills of the south", "Short"];
    let write = |mill: &Mill, picks: &[usize]| {
        for (source, picks) in ["a", "b"].iter().zip(picks.chunks(4)) {
            let [ids, links]: [Vec<String>; 2] = [
                (0..4).map(|n| format!("urn:{source}:{n}")).collect(),
                picks.iter().map(|pick| format!("https://x.example/{}", pick % 5)).collect(),
            ];
            let entry = |n: usize| Entry {
                id: &ids[n],
                link: &links[n],
                title: TITLES[picks[n] / 5 % 3],
                date: ["2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z", "2024-02-05T00:00:00Z", "2024-02-06T00:00:00Z"]
                    [n],
                body: if picks[n] / 15 % 2 == 0 { story(picks[n] / 30) } else { format!("Text {}.", picks[n]) },
            };
            mill.write(&format!("{source}/f.xml"), feed(source, &(0..4).map(entry).collect::<Vec<_>>()));
        }
    };
    let config = config(MERGE, &SOURCES[1..]);
    let mill = Mill::new(&config);
    let mut random = 7u64;
    let mut merged = 0;
    for step in 0..20 {
        let mut pick = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % 90
        };
        let picks: Vec<usize> = (0..8).map(|_| pick()).collect();
        write(&mill, &picks);
        assert_eq!(mill.feedmill(&[]).code, 0);
        if step % 5 == 4 {
            let fresh = Mill::new(&config);
            write(&fresh, &picks);
            assert_eq!(fresh.feedmill(&[]).code, 0);
            assert_same(&format!("step {step}"), &fresh.published(), &mill.published());
            merged += 8 - mill.ids("all").len();
        }
    }
    assert!(merged > 0, "something was merged");
}

#[test]
fn a_story_that_changes_is_told_anew() {
    let mill = three(&config(MERGE, &SOURCES));
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:1"]);
    // The one that is shown becomes another story: the others are one without it.
    let changed = mill
        .read("a/f.xml")
        .replace("<content type=\"html\">", "<content type=\"html\">x")
        .replace(&story(1), &story(2));
    let first = mill.read("a/f.xml");
    mill.write("a/f.xml", changed);
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:2", "urn:b:1"]);
    let also = &mill.json("all")["items"][1]["_feedmill"]["also"];
    assert_eq!(also, &json!([{"url": "https://example.org/2024/mills/", "title": "Our posts"}]));
    // It comes back.
    mill.write("a/f.xml", first);
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:1"]);
    // One that is a link goes: its link does.
    mill.remove("posts/mills.md").post("other", "2023-01-01", &["x"], "other");
    mill.run();
    let also = &mill.json("all")["items"][0]["_feedmill"]["also"];
    assert_eq!(also, &json!([{"url": "https://b.example/2", "title": "Feed B"}]));
    // The link of one changes to that of the shown: it says nothing new.
    mill.write("b/g.xml", mill.read("b/g.xml").replace("https://b.example/2", "http://www.a.example/1/?utm_source=b"));
    mill.run();
    assert_eq!(mill.json("all")["items"][0]["_feedmill"].get("also"), None);
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:1", "https://example.org/2023/other/"]);
}

#[test]
fn the_shown_one_is_withdrawn() {
    let sources = [&format!("{}priority = 1\n", SOURCES[0]), SOURCES[1], SOURCES[2]];
    let mill = three(&config(MERGE, &sources));
    mill.remove("b/f.xml");
    mill.run();
    assert_eq!(mill.ids("all"), ["https://example.org/2024/mills/"]);
    mill.remove("posts/mills.md").post("other", "2024-01-01", &["x"], "other");
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "https://example.org/2024/other/"]);
}

#[test]
fn a_better_one_comes_later() {
    let sources = [SOURCES[0], SOURCES[1], &format!("{}priority = 1\n", SOURCES[2])];
    let mut mill = three(&config(MERGE, &sources));
    let later = mill.read("b/g.xml");
    mill.remove("b/g.xml");
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:b:1"]);
    mill.write("b/g.xml", later);
    mill.at(NOW + DAY).run();
    assert_eq!(mill.ids("all"), ["urn:b:2", "urn:b:1"]);
    let urls: Vec<_> = mill.json("all")["items"][0]["_feedmill"]["also"]
        .as_array()
        .unwrap()
        .iter()
        .map(|also| also["url"].clone())
        .collect();
    assert_eq!(urls, ["https://a.example/1", "https://example.org/2024/mills/"]);
}

#[test]
fn time_alone_tells_a_story_anew() {
    let output = format!("{MERGE}[[output.feed]]\nname = \"own\"\nlimit = 1\n");
    let sources = [&format!("{}priority = 1\n", SOURCES[0]), SOURCES[1]];
    let mut mill = Mill::new(&config(&output, &sources));
    let article = |name: &str, more: &str| {
        format!("---\ntitle: {name}\n{more}categories: [x]\nlink: https://example.org/story\n---\ntext of {name}\n")
    };
    mill.write("posts/soon.md", article("soon", "date: 2024-03-03T00:00:00Z\nexpires: 2024-03-05T00:00:00Z\n"));
    let entry = Entry {
        id: "urn:a:1",
        link: "https://www.example.org/story/",
        title: "A copy",
        date: "2024-02-20T00:00:00Z",
        body: "Copied.".into(),
    };
    let newer = Entry {
        id: "urn:a:2",
        link: "https://a.example/2",
        title: "New",
        date: "2024-02-28T00:00:00Z",
        body: "New.".into(),
    };
    mill.write("a/f.xml", feed("A", &[entry, newer]));
    for (day, expect) in [
        (0, ["New", "A copy"]),
        // It has come, and stands for the copy.
        (3, ["soon", "New"]),
        // It has expired.
        (5, ["New", "A copy"]),
    ] {
        mill.at(NOW + day * DAY).run();
        assert_eq!(mill.titles("all"), expect, "day {day}");
        assert_eq!(mill.titles("feed/own"), expect[..1], "day {day}");
    }
}

#[test]
fn what_is_hidden_makes_room() {
    let output = format!("limit = 3\n{MERGE}");
    let mill = Mill::new(&config(&output, &SOURCES[1..]));
    let entries = |source: &str, hour: usize| -> String {
        let all: Vec<String> = (0..40)
            .map(|number| {
                let (id, link) =
                    (format!("urn:{source}:{number}"), format!("https://e.example/{number}?from=rss-{source}"));
                let date = format!("2024-02-{:02}T{:02}:00:00Z", 28 - number / 2, hour + number % 2);
                let (title, body) = (format!("Number {number}"), format!("Text {number}."));
                Entry { id: &id, link: &link, title: &title, date: &date, body }.atom()
            })
            .collect();
        feed(source, &[]).replace("</feed>", &format!("{}</feed>", all.concat()))
    };
    // All of `b` are newer than their twins in `a`, which are shown.
    mill.write("a/f.xml", entries("a", 1)).write("b/f.xml", entries("b", 20));
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:1", "urn:a:0", "urn:a:3"]);
}

/// Stories that are alike in something, and are not the same.
#[test]
fn what_only_looks_alike_stays() {
    let mill = Mill::new(&config(MERGE, &SOURCES[1..]));
    let entry = |id, link, title, date: &'static str, body: String| Entry { id, link, title, date, body };
    let translated: String = story(4).replace('w', "v").replace('x', "y");
    let language = |text: String| text.replace("<entry>", "<entry xml:lang=\"de\">");
    mill.write(
        "a/f.xml",
        feed(
            "A",
            &[
                // Weekly, with one title.
                entry(
                    "urn:a:1",
                    "https://a.example/1",
                    "Weekly notes of the mill",
                    "2024-02-05T08:00:00Z",
                    "One.".into(),
                ),
                entry(
                    "urn:a:2",
                    "https://a.example/2",
                    "Weekly notes of the mill",
                    "2024-02-12T08:00:00Z",
                    "Two.".into(),
                ),
                // Daily, with one title and one link.
                entry("urn:a:3", "https://a.example/log", "The log", "2024-02-15T08:00:00Z", "Rain.".into()),
                entry("urn:a:4", "https://a.example/log", "The log", "2024-02-16T08:00:00Z", "Sun.".into()),
                // A title that every feed has, over another text.
                entry("urn:a:5", "https://a.example/5", "Release notes of version 2", "2024-02-20T08:00:00Z", story(3)),
                // Short ones.
                entry("urn:a:6", "https://a.example/6", "Yes", "2024-02-21T08:00:00Z", "Nothing to see.".into()),
                entry("urn:a:7", "https://a.example/", "Front page", "2024-02-22T08:00:00Z", "a".into()),
                entry("urn:a:8", "https://a.example/en/8", "FeedMill 1.0 released", "2024-02-23T08:00:00Z", story(4)),
            ],
        ),
    );
    let german =
        [entry("urn:b:8", "https://a.example/de/8", "FeedMill 1.0 released", "2024-02-23T08:00:00Z", translated)];
    mill.write("b/g.xml", language(feed("B", &german)));
    mill.write(
        "b/f.xml",
        feed(
            "B",
            &[
                entry(
                    "urn:b:1",
                    "https://b.example/1",
                    "Weekly notes of the mill",
                    "2024-02-19T08:00:00Z",
                    "Three.".into(),
                ),
                entry("urn:b:5", "https://b.example/5", "Release notes of version 2", "2024-02-20T09:00:00Z", story(5)),
                entry("urn:b:6", "https://b.example/6", "Yes", "2024-02-21T08:00:00Z", "Nothing to see.".into()),
                entry("urn:b:7", "https://www.a.example", "Front page", "2024-02-22T08:00:00Z", "b".into()),
            ],
        ),
    );
    mill.run();
    assert_eq!(mill.ids("all").len(), 13, "{:?}", mill.ids("all"));
}

#[test]
fn two_of_one_source_are_one_by_two_things_in_common() {
    let mill = Mill::new(&config(MERGE, &SOURCES[1..2]));
    let entry = |id, link, title, date, body| Entry { id, link, title, date, body };
    mill.write(
        "a/f.xml",
        feed(
            "A",
            &[
                entry(
                    "urn:a:1",
                    "https://a.example/1",
                    "Put up again by mistake",
                    "2024-02-05T08:00:00Z",
                    "Short.".into(),
                ),
                entry(
                    "urn:a:2",
                    "https://m.a.example/1/amp",
                    "Put up again, by mistake",
                    "2024-02-05T09:00:00Z",
                    "Short!".into(),
                ),
                entry("urn:a:3", "https://a.example/3", "One title", "2024-02-06T08:00:00Z", story(6)),
                entry("urn:a:4", "https://a.example/4", "Another title for it", "2024-02-06T09:00:00Z", story(6)),
            ],
        ),
    );
    mill.run();
    assert_eq!(mill.ids("all"), ["urn:a:4", "urn:a:3", "urn:a:1"]);
}

#[test]
fn one_id_of_two_sources_is_shown_by_priority() {
    let sources = [SOURCES[1], &format!("{}priority = 1\n", SOURCES[2])];
    let mill = Mill::new(&config(MERGE, &sources));
    for name in ["a", "b"] {
        let link = format!("https://{name}.example/1");
        let entry = |id, link| Entry { id, link, title: name, date: "2024-02-05T08:00:00Z", body: name.to_owned() };
        let entries = [entry("https://ids.example/1", "https://x.example/1"), entry("https://ids.example/2", &link)];
        mill.write(&format!("{name}/f.xml"), feed(name, &entries));
    }
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all"), ["b", "b"]);
}

#[test]
fn a_lost_state_shows_the_same() {
    for formats in ["[\"rss\", \"atom\", \"json\"]", "[\"atom\"]", "[\"rss\"]"] {
        let config = config(MERGE, &SOURCES).replace("[\"rss\", \"atom\", \"json\"]", formats);
        let mut mill = three(&config);
        mill.run();
        // What readers know of it is all there is left of the one that is shown.
        mill.write("a/f.xml", feed("A", &[]));
        mill.run();
        let before = mill.snapshot();
        mill.remove(".feedmill");
        mill.at(NOW + DAY);
        assert_eq!(mill.feedmill(&[]).code, 0);
        assert_eq!(mill.differing(&before), Vec::<String>::new(), "{formats}");
    }
}
