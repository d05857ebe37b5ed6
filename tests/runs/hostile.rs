//! Feeds and articles that are legal enough to be read, and do harm to whoever copies their fields as they are.

use crate::mill::{Mill, POSTS, SITE};
use serde_json::{Value, json};

const FEEDS: &str = "[[source.feed]]\nname = \"else\"\npath = \"inbox\"\n";

fn mill() -> Mill {
    Mill::new(&format!("{SITE}{FEEDS}{POSTS}"))
}

fn json_feed(items: &[Value]) -> String {
    json!({"version": "https://jsonfeed.org/version/1.1", "title": "Else", "items": items}).to_string()
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Else</title><link>https://else.example/</link><description>d</description>{items}</channel></rss>"
    )
}

/// All files are read by other programs' readers; none holds what XML 1.0 §2.2 forbids.
fn assert_readable(mill: &Mill) {
    for (path, bytes) in mill.published() {
        let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{path} is not UTF-8"));
        let forbidden = |c: char| (c < ' ' && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}');
        assert_eq!(text.find(forbidden), None, "{path}");
        if path.ends_with(".json") {
            let read: Value = serde_json::from_str(&text).unwrap();
            assert!(!read.to_string().contains(['\u{2028}', '\u{2029}']) || !text.contains(['\u{2028}', '\u{2029}']));
        }
    }
    mill.rss("all");
    mill.atom("all");
    mill.json("all");
}

/// F44: fields of any size.
#[test]
fn huge_fields_are_cut_and_told() {
    let mill = mill();
    let title = "題".repeat(10 << 20 >> 2);
    let guid = "g".repeat(1 << 20);
    let categories: String = (0..50_000).map(|number| format!("<category>c{number}</category>")).collect();
    mill.write(
        "inbox/a.xml",
        rss(&format!("<item><title>{title}</title><guid isPermaLink=\"false\">{guid}</guid>{categories}<description>text</description></item>")),
    );
    let enclosures: Vec<Value> = (0..50_000).map(|n| json!({"url": format!("https://else.example/{n}.mp3")})).collect();
    let people: Vec<Value> = (0..10_000).map(|n| json!({"name": format!("n{n} {}", "x".repeat(100))})).collect();
    mill.write(
        "inbox/b.json",
        json_feed(&[json!({"id": "https://else.example/b", "title": "b", "content_text": "b", "attachments": enclosures, "authors": people,
                           "tags": (0..50_000).map(|n| n.to_string()).collect::<Vec<_>>(), "url": format!("https://else.example/{}", "u".repeat(1 << 20)),
                           "summary": "s ".repeat(1 << 20)})]),
    );
    mill.write(
        "posts/c.md",
        format!("---\ntitle: {}\ndate: 2024-01-01\ntags: [{}]\n---\nbody", "t".repeat(40_000), "x,".repeat(500)),
    );
    let (run, report) = mill.report(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_readable(&mill);
    assert_eq!(mill.json("all")["items"].as_array().unwrap().len(), 3);
    for (path, bytes) in mill.published().into_iter().filter(|(path, _)| !path.contains('/')) {
        assert!(bytes.len() < 500 << 10, "{path}: {} bytes", bytes.len());
    }
    let first = mill.item("all", "b");
    assert!(first["attachments"].as_array().unwrap().len() <= 50 && first["tags"].as_array().unwrap().len() <= 100);
    for item in mill.json("all")["items"].as_array().unwrap() {
        let title = item["title"].as_str().unwrap();
        assert!(title.len() <= 1_000 && (title.len() < 900 || title.ends_with('…')), "{}", title.len());
        assert!(item["id"].as_str().unwrap().len() < 200);
    }
    let warnings =
        report["sources"].as_array().unwrap().iter().flat_map(|source| source["warnings"].as_array().unwrap());
    let told: Vec<String> = warnings.map(|warning| warning["message"].as_str().unwrap().to_owned()).collect();
    assert!(told.iter().any(|message| message.contains("categories")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("enclosures")), "{told:?}");
    assert!(run.stderr.lines().count() < 20 && run.stderr.len() < 20_000, "{} bytes", run.stderr.len());
}

/// F45: what XML and JSON cannot hold, in every field.
#[test]
fn characters_that_xml_forbids_are_left_out() {
    let mill = mill();
    let bad = "a\\u0000\\u0008\\u000b\\u001b\\ufffe\\uffff\\ud800b]]>\\u2028c\\u0085d\\udc00";
    let good: String = format!(
        "{{\"id\": \"https://else.example/{bad}\", \"url\": \"https://else.example/{bad}\", \"title\": \"T {bad}\", \"summary\": \"S {bad}\", \"content_html\": \"<p>{bad}</p><pre>{bad}</pre>\", \"tags\": [\"{bad}\"], \"authors\": [{{\"name\": \"{bad}\"}}]}}"
    );
    let whole =
        format!("{{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"F {bad}\", \"items\": [{good}]}}");
    mill.write("inbox/a.json", whole);
    let raw = "x\u{1}\u{8}\u{b}\u{c}\u{1f}\u{7f}\u{fffe}\u{ffff}y ]]&gt; z";
    mill.write("inbox/b.xml", rss(&format!("<item><title>{raw}</title><guid>{raw}</guid><category>{raw}</category><description>{raw} &amp;#1;&amp;#xFFFE;&amp;#xD800; end</description></item>")));
    mill.write(
        "posts/c.md",
        format!("---\ntitle: \"{bad}\"\ndate: 2024-01-01\ntags: [\"{bad}\"]\n---\nbody \u{1}\u{b}\u{fffe} ]]> end\n")
            .replace("\\ud800", "")
            .replace("\\udc00", ""),
    );
    let run = mill.feedmill(&["run"]).expect(0, &[]);
    assert_readable(&mill);
    let feed = mill.json("all");
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{}", run.stderr);
    assert_eq!(items.len(), 3, "{feed:#}");
    let html: Vec<&str> = items.iter().filter_map(|item| item["content_html"].as_str()).collect();
    assert!(html.iter().all(|html| html.contains("]]&gt;")), "{html:?}");
    assert!(items.iter().all(|item| item["title"].as_str().unwrap().contains("]]>")), "{feed:#}");
    let rss = mill.rss("all");
    for (item, read) in items.iter().zip(rss.items()) {
        assert_eq!(
            item["content_html"].as_str().unwrap().trim(),
            read.content().or(read.description()).unwrap().trim()
        );
        assert_eq!(item["title"].as_str(), read.title());
    }
}

/// F47: directions, escapes of terminals and line ends do not get into a line of ours.
#[test]
fn tricks_with_directions_and_terminals_end_at_our_door() {
    let mill = mill();
    let trick = "\u{202e}gnp.exe\u{1b}[2J\u{1b}]0;owned\u{7}\r\nERROR feedmill: all is lost\u{2066}\u{200b}";
    let shown = json!({"id": "https://else.example/1", "title": trick, "content_text": "x", "url": format!("nonsense:{trick}"),
                       "image": format!("data:{trick}"), "tags": [trick], "authors": [{"name": trick}]});
    mill.write(
        "inbox/a.json",
        json!({"version": "https://jsonfeed.org/version/1.1", "title": trick, "items": [shown]}).to_string(),
    );
    mill.write(
        "posts/b.md",
        format!(
            "---\ntitle: {}\ndate: {}\nimage: {}\n---\nx\n",
            json!(trick),
            json!(trick),
            json!(format!("data:{trick}"))
        ),
    );
    mill.write("posts/c.md", format!("---\ntitle: [\ndate: {trick}\n---\nx\n"));
    for args in [
        &["run", "-v"][..],
        &["run", "--log-format", "json"],
        &["status"],
        &["check", "--offline"],
        &["inspect", "inbox/a.json"],
        &["inspect", "posts/b.md"],
    ] {
        let run = mill.feedmill(args);
        for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
            let strange = |c: char| {
                (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert_eq!(text.lines().find(|line| line.contains(strange)), None, "{args:?}, {name}");
            assert!(!text.lines().any(|line| line.starts_with("ERROR feedmill")), "{args:?}, {name}: {text}");
        }
    }
    assert_readable(&mill);
    let feed = mill.json("all");
    let item = feed["items"].as_array().unwrap().iter().find(|item| item["id"] == "https://else.example/1").unwrap();
    assert_eq!(item["title"], "gnp.exe[2J]0;owned ERROR feedmill: all is lost");
    assert_eq!(item["authors"][0]["name"], item["title"]);
    assert_eq!(item["tags"][0], item["title"]);
    // Directions that are closed where they are opened are part of the text.
    let arabic = "a \u{202b}مرحبا\u{202c} b";
    mill.write("posts/d.md", format!("---\ntitle: {}\ndate: 2024-01-01\n---\nx\n", json!(arabic)));
    mill.feedmill(&["run", "--quiet"]);
    assert!(mill.titles("all").contains(&arabic.to_owned()));
}

/// F48: addresses of any scheme.
#[test]
fn addresses_are_absolute_or_gone() {
    let mill = mill();
    let entry = |number: usize, link: &str| json!({"id": format!("https://else.example/{number}"), "title": format!("t{number}"), "url": link, "image": link, "external_url": link, "content_text": "x"});
    let links = [
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("//cdn.example/x", Some("https://cdn.example/x")),
        ("HTTPS://ELSE.example/a b", Some("https://else.example/a%20b")),
        ("https://user:secret@else.example/x", Some("https://else.example/x")),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
    ];
    let items: Vec<Value> = links.iter().enumerate().map(|(number, (link, _))| entry(number, link)).collect();
    let feed = json!({"version": "https://jsonfeed.org/version/1.1", "title": "Else", "home_page_url": "https://else.example/", "feed_url": "https://else.example/feed.json", "items": items});
    mill.write("inbox/a.json", feed.to_string()).post("a", "2024-01-01", &["x"], "x");
    mill.feedmill(&["run", "--quiet"]).expect(0, &[]);
    for (number, (link, expect)) in links.iter().enumerate() {
        let item = mill.item("all", &format!("t{number}"));
        for key in ["url", "image", "external_url"] {
            let seen = item[key].as_str();
            assert!(
                seen == *expect || (expect.is_some() && seen.is_none() && link.starts_with("//")),
                "{key} of {link}: {item}"
            );
        }
    }
    assert!(mill.published().values().all(|bytes| !String::from_utf8_lossy(bytes).contains("secret")));
}
