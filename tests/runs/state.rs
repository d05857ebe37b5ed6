//! The lock, damaged states, and states that were lost.

use crate::mill::{DAY, Mill, NOW, POSTS, Run, SITE, Snapshot};
use std::time::Duration;

const STATE: &str = ".feedmill/state.db";

fn mill() -> Mill {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two").post(
        "c",
        "2024-01-03",
        &["x"],
        "three",
    );
    mill.run();
    mill
}

fn hold(mill: &Mill) -> std::fs::File {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(mill.path(".feedmill/state.db.lock"))
        .unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn a_second_run_is_refused_while_one_is_going_on() {
    let mill = mill();
    mill.post("d", "2024-01-04", &["x"], "four");
    let before = mill.snapshot();
    let held = hold(&mill);
    for command in [&["run"][..], &[], &["check"], &["run", "--wait", "200ms"], &["run", "--dry-run"]] {
        if command.contains(&"200ms") {
            continue;
        }
        mill.feedmill(command).expect(75, &["another run holds the state"]);
    }
    mill.assert_untouched(&before);
    // Those that only look do not ask for it.
    mill.feedmill(&["status"]).expect(0, &[]);
    mill.feedmill(&["inspect", "posts/a.md"]).expect(0, &[]);
    mill.feedmill(&["check", "--offline"]).expect(0, &[]);
    mill.feedmill(&["run", "--wait", "1s"]).expect(75, &["another run holds the state"]);
    drop(held);
    mill.run();
    assert_eq!(mill.titles("all")[0], "d");
}

#[test]
fn a_run_that_waits_goes_on_when_the_other_ends() {
    let mill = mill();
    let held = hold(&mill);
    let child = mill
        .command(&["run", "--wait", "1m"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    drop(held);
    Run::of(child.wait_with_output().unwrap()).expect(0, &[]);
}

#[test]
fn a_run_that_was_killed_leaves_no_lock() {
    let mill = mill();
    mill.write(".feedmill/state.db.lock", "process 1, since 2001-01-01T00:00:00Z\n");
    mill.run();
}

#[test]
fn a_damaged_state_is_refused_and_nothing_is_touched() {
    let mill = mill();
    let good = std::fs::read(mill.path(STATE)).unwrap();
    let noise: Vec<u8> = (0..8192u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&99u32.to_be_bytes());
    let mut foreign = good.clone();
    foreign[68..72].copy_from_slice(&7u32.to_be_bytes());
    let mut torn = good.clone();
    torn[4096..4196].fill(0xff);
    let kinds: [(&str, &[u8], &str); 7] = [
        ("empty", b"", "--rebuild-state"),
        ("a text", b"this is no database at all", "--rebuild-state"),
        ("noise", &noise, "--rebuild-state"),
        ("half of it", &good[..good.len() / 2], "--rebuild-state"),
        ("of another program", &foreign, "--rebuild-state"),
        ("of a newer feedmill", &newer, "newer feedmill"),
        ("torn inside", &torn, "--rebuild-state"),
    ];
    let before = mill.snapshot();
    for (kind, bytes, word) in kinds {
        for leftover in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(mill.path(&format!("{STATE}{leftover}")));
        }
        mill.write(STATE, bytes);
        for command in [&["run"][..], &["check"], &["run", "--dry-run"]] {
            let run = mill.feedmill(command);
            assert_eq!(run.code, 5, "{kind}, {command:?}: {}", run.stderr);
            assert!(run.stderr.contains("state.db") && run.stderr.contains(word), "{kind}: {}", run.stderr);
            assert_eq!(std::fs::read(mill.path(STATE)).unwrap(), bytes, "{kind}, {command:?}: the file was touched");
        }
        mill.assert_untouched(&before);
    }
}

#[test]
fn a_damaged_state_is_rebuilt_from_the_published_feeds_when_told() {
    let mut mill = mill();
    mill.post("a", "2024-01-01", &["x"], "one, edited");
    mill.at(NOW + 3600).run();
    let before = mill.snapshot();
    mill.write(STATE, "garbage");
    mill.at(NOW + DAY).feedmill(&["run", "--rebuild-state"]).expect(0, &["aside"]);
    mill.assert_untouched(&before);
    assert_eq!(mill.read(".feedmill/state.db.aside-1"), "garbage");
    mill.run();
    mill.write(STATE, "garbage, too");
    mill.feedmill(&["run", "--rebuild-state"]).expect(0, &["aside"]);
    assert_eq!(
        (mill.read(".feedmill/state.db.aside-1"), mill.read(".feedmill/state.db.aside-2")),
        ("garbage".into(), "garbage, too".into())
    );
    mill.assert_untouched(&before);
}

/// The first line that differs in each published file.
fn difference(before: &Snapshot, mill: &Mill) -> String {
    let mut text = String::new();
    for path in mill.differing(before) {
        let then = String::from_utf8_lossy(before.bytes.get(&path).map_or(&[], Vec::as_slice)).into_owned();
        let now = mill
            .published()
            .remove(&path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        let line = then.lines().zip(now.lines()).find(|(then, now)| then != now);
        text += &match line {
            Some((then, now)) => format!("{path}\n  was {then}\n  is  {now}\n"),
            None => format!("{path}: {} lines, now {}\n", then.lines().count(), now.lines().count()),
        };
    }
    text
}

/// Loses the state, runs a day later: nothing published may be written, and the run after that has nothing to do.
fn lose(mill: &mut Mill, what: &str) {
    let before = mill.snapshot();
    mill.remove(".feedmill");
    let run = mill.at(NOW + 100 * DAY).feedmill(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{what}");
    assert_eq!(difference(&before, mill), "", "{what}");
    assert_eq!(mill.changed(&before), Vec::<String>::new(), "{what}");
    mill.run();
    mill.assert_untouched(&before);
}

/// The formats of configs: all, and each alone.
const FORMATS: [&str; 4] = [r#"["rss", "atom", "json"]"#, r#"["rss"]"#, r#"["atom"]"#, r#"["json"]"#];

fn site(formats: &str) -> String {
    SITE.replace(FORMATS[0], formats)
}

#[test]
fn a_lost_state_changes_nothing() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!(
            "{}{POSTS}",
            site(formats)
                .replace("[\"category\"]", "[\"category\", \"tag\", \"author\", \"source\", \"language\", \"year\"]")
        ));
        mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["Y y"], "two *strong*").post(
            "c",
            "2024-01-03",
            &["x"],
            "three",
        );
        mill.write(
            "posts/d.md",
            "---\ntitle: \"D <d> & 'd'\"\ndate: 2024-01-04\nauthor: { name: Ann, email: ann@example.org }\ntags: [t, u]\nimage: /d.png\nsummary: short\nlang: de\nid: urn:x:d\ncategories: [金融, x]\n---\n<p>vier <img src=\"d.jpg\" alt=\"d\"></p>\n",
        );
        mill.run();
        lose(&mut mill, formats);
    }
}

/// A published feed may be longer than what is read of a foreign one.
#[test]
fn a_lost_state_takes_back_whole_feeds() {
    let output = "limit = 2200\n[[source.feed]]\nname = \"long\"\npath = \"long/*.xml\"\n";
    let mut mill = Mill::new(&format!("{}{output}", site(FORMATS[0])));
    let document = |numbers: std::ops::Range<u32>| {
        let item = |number: u32| {
            format!(
                "<item><guid>urn:n:{number}</guid><title>{number}</title>\
                 <pubDate>01 Feb 2024 {:02}:{:02}:00 GMT</pubDate></item>",
                number % 1_440 / 60,
                number % 60
            )
        };
        let items: String = numbers.map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Long</title>{items}</channel></rss>")
    };
    mill.write("long/a.xml", document(0..1_100)).write("long/b.xml", document(1_100..2_200));
    mill.run();
    let before = mill.ids("all");
    assert_eq!(before.len(), 2_200);
    mill.remove(".feedmill").write("long/a.xml", document(0..1)).write("long/b.xml", document(1_100..1_101));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.ids("all"), before);
}

#[test]
fn a_lost_state_keeps_undated_articles_where_they_were() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!("{}{}", site(formats), POSTS.replace(":year/", "")));
        mill.post("a", "2024-01-01", &["x"], "one");
        mill.write("posts/u.md", "---\ntitle: undated\ncategories: [x]\n---\ntext\n")
            .write("posts/v.md", "untitled and undated\n");
        mill.run();
        mill.write("posts/w.md", "---\ntitle: seen later\ncategories: [x]\n---\ntext\n");
        mill.at(NOW + DAY).run();
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_articles_without_links() {
    for formats in FORMATS {
        let mut mill =
            Mill::new(&format!("{}[[source.articles]]\nname = \"posts\"\npath = \"posts\"\n", site(formats)));
        mill.post("a", "2024-01-01", &["x"], "one")
            .write("posts/u.md", "---\ntitle: undated\ncategories: [x]\n---\ntext\n");
        mill.run();
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_ids_of_items_whose_permalink_changed() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!("{}{POSTS}", site(formats)));
        mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two");
        mill.run();
        mill.write("config.toml", format!("{}{}", site(formats), POSTS.replace("/:year/:slug/", "/:slug.html")));
        mill.at(NOW + DAY).run();
        let before = mill.snapshot();
        for bytes in before
            .bytes
            .iter()
            .filter(|(path, _)| path.ends_with("rss.xml") || path.ends_with("atom.xml") || path.ends_with("feed.json"))
            .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        {
            assert!(
                bytes.contains("https://example.org/2024/a/") || bytes.contains("https://example.org/2024/b/"),
                "{bytes}"
            );
        }
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_the_dates_of_edits() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!("{}{POSTS}", site(formats)));
        mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two");
        mill.run();
        mill.post("a", "2024-01-01", &["x"], "one, edited");
        mill.at(NOW + 5 * DAY).run();
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_folders_and_empty_feeds() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!("{}{POSTS}", site(formats)));
        mill.post("a", "2024-01-01", &["C#"], "one").post("b", "2024-01-02", &["gone"], "two");
        mill.run();
        mill.post("c", "2024-01-03", &["C", "A/B"], "three").remove("posts/b.md");
        mill.at(NOW + DAY).run();
        let files = |mill: &Mill, key: &str| mill.record(key)["files"].clone();
        let (sharp, plain) = (files(&mill, "category/C#"), files(&mill, "category/C"));
        assert_ne!(sharp, plain);
        assert_eq!(mill.record("category/gone")["items"], 0);
        lose(&mut mill, formats);
        assert_eq!((files(&mill, "category/C#"), files(&mill, "category/C")), (sharp, plain));
    }
}

#[test]
fn a_lost_state_keeps_nested_categories() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!("{}{POSTS}category_lists = \"path\"\n", site(formats)));
        mill.write(
            "posts/a.md",
            "---\ntitle: a\ndate: 2024-01-01\ncategories: [[金融, 新浪财经], [Dev, Rust, Async], Plain]\n---\none\n",
        );
        mill.write("posts/b.md", "---\ntitle: b\ndate: 2024-01-02\ncategories: [Dev, \"A/B\"]\n---\ntwo\n");
        mill.run();
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_custom_feeds_summaries_and_limits() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!(
            "{}limit = 2\ncontent = \"summary\"\n[[output.feed]]\nname = \"own\"\ntitle = \"Own\"\nwhere = {{ text = \"needle\" }}\n{POSTS}",
            site(formats)
        ));
        mill.post("a", "2024-01-01", &["x"], "a needle").post("b", "2024-01-02", &["x"], "two").post(
            "c",
            "2024-01-03",
            &["x"],
            "three",
        );
        mill.post("d", "2024-01-04", &["y"], "needle and thread");
        mill.run();
        lose(&mut mill, formats);
    }
}

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Elsewhere</title><link>https://else.example/</link>
<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://else.example/rss.xml"/><description>d</description><item><guid isPermaLink="false">g1</guid><title>One</title><link>https://else.example/1</link><category>News</category>
<pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate><description>&lt;p&gt;one&lt;/p&gt;</description></item>
<item><guid isPermaLink="false">g2</guid><title>Two</title><link>https://else.example/2</link><description>two</description></item></channel></rss>"#;

#[test]
fn a_lost_state_keeps_what_feeds_have_dropped_since() {
    for formats in FORMATS {
        let mut mill = Mill::new(&format!(
            "{}[[source.feed]]\nname = \"else\"\npath = \"else.xml\"\nadd = {{ categories = [\"Added\"] }}\n{POSTS}",
            site(formats)
        ));
        mill.post("a", "2024-01-02", &["x"], "one").write("else.xml", RSS);
        mill.run();
        lose(&mut mill, formats);
        let first = RSS.find("<item>").unwrap();
        let second = RSS.rfind("<item>").unwrap();
        mill.write("else.xml", format!("{}{}", &RSS[..first], &RSS[second..]));
        mill.at(NOW + 101 * DAY).run();
        lose(&mut mill, formats);
    }
}

/// An entry with everything that an item can have.
const RICH: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="de"><id>urn:x:f</id><title>Rich</title>
<updated>2024-01-20T00:00:00Z</updated><link rel="self" href="https://rich.example/atom"/><link href="https://rich.example/"/><rights>(c) Rich</rights>
<author><name>Ann</name><uri>https://rich.example/ann</uri><email>ann@rich.example</email></author>
<entry xml:lang="fr"><id>urn:x:1</id><title>One &amp;amp; only</title><published>2024-01-02T00:00:00Z</published><updated>2024-01-03T00:00:00Z</updated>
<link href="https://rich.example/1"/><link rel="related" href="https://other.example/"/><link rel="replies" type="text/html" href="https://rich.example/1#c"/>
<link rel="enclosure" href="https://rich.example/1.mp3" type="audio/mpeg" length="42" title="Listen"/>
<media:thumbnail url="https://rich.example/1.png" width="30" height="20"/><category term="C/D"/><category term="E"/>
<author><name>Bob</name><email>bob@rich.example</email></author><rights>(c) Bob</rights><summary>in short</summary>
<content type="html">&lt;p&gt;whole &lt;a href="/x"&gt;x&lt;/a&gt;&lt;/p&gt;</content></entry>
<entry><id>urn:x:2</id><title>Two</title><updated>2024-01-02T00:00:00Z</updated><summary>only a summary</summary></entry></feed>"#;

#[test]
fn a_lost_state_keeps_all_facts_of_entries_that_are_gone() {
    let publisher = "author = { name = \"Us\", email = \"us@example.org\" }\nrights = \"(c) us\"\n";
    for formats in FORMATS {
        let head = site(formats)
            .replace("[output]", &format!("{publisher}[output]"))
            .replace("[\"category\"]", "[\"category\", \"author\", \"source\"]");
        let mut mill = Mill::new(&format!(
            "{head}[output.author]\ncontent = \"summary\"\n[[source.feed]]\nname = \"rich\"\ntitle = \"R\"\npath = \"rich.xml\"\n{POSTS}"
        ));
        mill.post("a", "2024-01-02", &["x"], "one").write("rich.xml", RICH);
        mill.run();
        let (first, end) = (RICH.find("<entry").unwrap(), RICH.find("</feed>").unwrap());
        mill.write("rich.xml", format!("{}{}", &RICH[..first], &RICH[end..]));
        mill.feedmill(&[]).expect(0, &[]);
        lose(&mut mill, formats);
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_the_items_of_a_source_that_is_missing_at_that_moment() {
    for formats in FORMATS {
        let more = "[[source.articles]]\nname = \"more\"\npath = \"more\"\npermalink = \"/more/:slug/\"\n";
        let mut mill = Mill::new(&format!("{}{POSTS}{more}", site(formats)));
        mill.post("a", "2024-01-01", &["x"], "one")
            .write("more/m.md", "---\ntitle: m\ndate: 2024-01-02\ncategories: [x, z]\n---\ntext\n");
        mill.run();
        let before = mill.snapshot();
        std::fs::rename(mill.path("more"), mill.path("away")).unwrap();
        mill.remove(".feedmill");
        for day in [1, 2] {
            mill.at(NOW + day * DAY).feedmill(&[]).expect(3, &["source `more`: missing"]);
            assert_eq!(difference(&before, &mill), "", "{formats}");
            mill.assert_untouched(&before);
        }
        std::fs::rename(mill.path("away"), mill.path("more")).unwrap();
        mill.at(NOW + 3 * DAY).run();
        assert_eq!(difference(&before, &mill), "", "{formats}");
        mill.assert_untouched(&before);
        // Now it is known again as what it was: a deleted file leaves.
        mill.remove("more/m.md");
        mill.at(NOW + 4 * DAY).feedmill(&[]).expect(0, &["`more` holds no article"]);
        assert!(
            !mill.published().values().any(|bytes| String::from_utf8_lossy(bytes).contains("/more/m/")),
            "{formats}"
        );
    }
}

#[test]
fn what_was_deleted_while_the_state_was_lost_leaves() {
    let mut mill = mill();
    mill.remove(".feedmill").remove("posts/b.md");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["c", "a"]);
    assert!(mill.titles("category/y").is_empty());
}

#[test]
fn what_was_edited_while_the_state_was_lost_keeps_its_id_and_date() {
    let mut mill = mill();
    let ids = mill.ids("all");
    mill.remove(".feedmill").post("c", "2024-01-03", &["x"], "three, edited");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.ids("all"), ids);
    let item = mill.item("all", "c");
    assert!(item["content_html"].as_str().unwrap().contains("three, edited"));
    assert_eq!(item["date_published"], "2024-01-03T00:00:00Z");
}

#[test]
fn a_lost_state_and_lost_feeds_start_anew_with_the_same_bytes() {
    let mut mill = mill();
    let before = mill.snapshot();
    mill.remove(".feedmill").remove("feeds");
    mill.at(NOW).run();
    assert_eq!(mill.differing(&before), Vec::<String>::new());
}

#[test]
fn a_lost_state_and_a_run_for_one_source_only() {
    for formats in FORMATS {
        let more = "[[source.articles]]\nname = \"more\"\npath = \"more\"\n";
        let mut mill = Mill::new(&format!("{}{POSTS}{more}", site(formats)));
        mill.post("a", "2024-01-01", &["x"], "one")
            .write("more/empty.md", "---\ntitle: m\ndate: 2024-01-02\ncategories: [x]\n---\n");
        mill.run();
        let before = mill.snapshot();
        mill.remove(".feedmill");
        for source in ["posts", "more", "posts"] {
            mill.at(NOW + DAY).feedmill(&["run", "--source", source]).expect(0, &[]);
            assert_eq!(difference(&before, &mill), "", "{formats}: {source}");
        }
        mill.run();
        mill.assert_untouched(&before);
    }
}

#[test]
fn a_lost_state_keeps_what_two_sources_share() {
    for formats in FORMATS {
        let more = "[[source.articles]]\nname = \"again\"\npath = \"again\"\n";
        let mut mill = Mill::new(&format!("{}{POSTS}{more}", site(formats)));
        let text = |title: &str| {
            format!(
                "---\ntitle: {title}\nid: urn:x:1\nlink: https://example.org/1\ndate: 2024-01-01\ncategories: [{title}]\n---\ntext\n"
            )
        };
        mill.write("posts/a.md", text("posts")).write("again/a.md", text("again"));
        mill.run();
        lose(&mut mill, formats);
    }
}

#[test]
fn a_lost_state_keeps_the_pinned_slugs_of_a_config_that_changed() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["金融", "C#", "C"], "one");
    mill.run();
    mill.write("config.toml", format!("{SITE}[output.category]\nslug = {{ \"金融\" = \"finance\" }}\n{POSTS}"));
    mill.at(NOW + DAY).run();
    lose(&mut mill, "configured slug");
    assert_eq!(mill.atom("category/finance").id(), "https://example.org/feeds/category/%E9%87%91%E8%9E%8D/atom.xml");
}

#[test]
fn a_lost_state_with_a_damaged_feed_or_manifest_still_runs() {
    let mill = mill();
    mill.remove(".feedmill").write("feeds/category/x/feed.json", "{").write("feeds/category/x/rss.xml", "<rss>");
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("category/x"), ["c", "a"]);
    mill.remove(".feedmill").write("feeds/manifest.json", "[]");
    mill.feedmill(&[]).expect(0, &["manifest.json"]);
    assert_eq!(mill.titles("all"), ["c", "b", "a"]);
}

#[test]
fn a_published_file_that_someone_tampered_with_brings_in_nothing() {
    let mut mill = mill();
    let good = mill.snapshot();
    let feed = mill.read("feeds/feed.json");
    mill.remove(".feedmill").write(
        "feeds/feed.json",
        feed.replace("<p>one</p>", "<p>one<script>x()</script></p>").replace(
            "\"items\":[",
            "\"items\":[{\"id\":\"urn:x:planted\",\"title\":\"planted\",\"content_html\":\"x\"},",
        ),
    );
    mill.at(NOW + DAY).run();
    assert_eq!(difference(&good, &mill), "");
}

#[test]
fn leftovers_beside_a_lost_state_are_not_played_back() {
    let mut mill = mill();
    let before = mill.snapshot();
    let state = std::fs::read(mill.path(STATE)).unwrap();
    // What SQLite leaves when it is stopped: a journal that belongs to the file that is gone.
    let script = format!(
        "import sqlite3,os\ndb=sqlite3.connect({:?})\ndb.execute('PRAGMA journal_mode=WAL')\ndb.execute('DELETE FROM items')\ndb.commit()\nos._exit(0)",
        mill.path(STATE)
    );
    let python = std::process::Command::new("python3").args(["-c", &script]).status();
    if !python.is_ok_and(|status| status.success()) || !mill.exists(&format!("{STATE}-wal")) {
        mill.write(&format!("{STATE}-wal"), &state[..4096]);
    }
    mill.remove(STATE).write(&format!("{STATE}.new"), "half");
    mill.at(NOW + DAY).run();
    mill.assert_untouched(&before);
    mill.run();
}
