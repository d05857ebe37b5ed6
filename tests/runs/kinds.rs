//! Feeds of every kind of generator, a few items each (`tests/fixtures/feeds`), read whole: the snapshots hold
//! everything that was understood, so that whatever is lost shows.

use crate::mill::{Mill, SITE};
use chrono_tz::Tz;
use feedmill::model::{Document, Entry, FeedDocument, Image, Parsed, Person, Text};
use feedmill::parse;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn feeds_of_every_kind_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 27, "{names:?}");
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let document = Document { bytes, path: Some(name.clone()), ..Document::default() };
        let parsed =
            parse::feed::parse(&document, Tz::Asia__Shanghai).unwrap_or_else(|error| panic!("{name}: {error}"));
        insta::with_settings!({ description => &name, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("kind-{name}"), shown(&parsed));
        });
    }
}

fn shown(parsed: &Parsed<FeedDocument>) -> String {
    let feed = &parsed.value;
    let mut out = Lines::default();
    out.line("", "format", serde_json::to_value(feed.format).unwrap().as_str());
    out.line("", "id", feed.id.as_deref());
    out.line("", "title", text(&feed.title).as_deref());
    out.line("", "about", text(&feed.description).as_deref());
    out.line("", "home", feed.link.as_deref());
    out.line("", "self", feed.self_link.as_deref());
    out.line("", "hub", feed.hub.as_deref());
    out.line("", "language", feed.language.as_deref());
    out.line("", "authors", people(&feed.authors).as_deref());
    out.line("", "rights", feed.rights.as_deref());
    out.line("", "by", feed.generator.as_deref());
    out.line("", "icon", feed.icon.as_deref());
    out.line("", "image", feed.image.as_ref().map(image).as_deref());
    out.line("", "published", feed.published.map(|date| date.to_rfc3339()).as_deref());
    out.line("", "updated", feed.updated.map(|date| date.to_rfc3339()).as_deref());
    out.line("", "terms", list(&feed.categories).as_deref());
    out.line("", "ttl", feed.ttl.map(|seconds| seconds.to_string()).as_deref());
    for entry in &feed.entries {
        self::entry(&mut out, entry);
    }
    for warning in &parsed.warnings {
        let place = warning.line.map_or_else(String::new, |line| format!(" line {line}"));
        out.line("", "warning", Some(&format!("{}{place}: {}", warning.code, warning.message)));
    }
    out.0
}

fn entry(out: &mut Lines, entry: &Entry) {
    out.0.push('\n');
    out.line("  ", "id", entry.id.as_deref());
    out.line("  ", "link", entry.link.as_deref());
    out.line("  ", "external", entry.external_link.as_deref());
    out.line("  ", "title", text(&entry.title).as_deref());
    out.line("  ", "authors", people(&entry.authors).as_deref());
    out.line("  ", "published", entry.published.map(|date| date.to_rfc3339()).as_deref());
    out.line("  ", "updated", entry.updated.map(|date| date.to_rfc3339()).as_deref());
    out.line("  ", "expires", entry.expires.map(|date| date.to_rfc3339()).as_deref());
    out.line("  ", "terms", list(&entry.terms).as_deref());
    out.line("  ", "tags", list(&entry.tags).as_deref());
    out.line("  ", "language", entry.language.as_deref());
    out.line("  ", "summary", text(&entry.summary).as_deref());
    out.line("  ", "content", text(&entry.content).as_deref());
    out.line("  ", "base", entry.base.as_ref().map(|base| base.as_str()));
    out.line("  ", "image", entry.image.as_ref().map(image).as_deref());
    for enclosure in &entry.enclosures {
        out.line("  ", "enclosure", Some(&serde_json::to_string(enclosure).unwrap()));
    }
    out.line("  ", "comments", entry.comments.as_deref());
    out.line("  ", "rights", entry.rights.as_deref());
    out.line("  ", "source", entry.source.as_ref().map(|source| serde_json::to_string(source).unwrap()).as_deref());
    for (name, value) in &entry.extra {
        out.line("  ", "extra", Some(&format!("{name} = {value}")));
    }
}

/// Lines of `label value`; what is not there has none.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, indent: &str, label: &str, value: Option<&str>) {
        if let Some(value) = value {
            writeln!(self.0, "{indent}{label:<9} {value}").unwrap();
        }
    }
}

fn text(text: &Option<Text>) -> Option<String> {
    text.as_ref().map(|text| format!("{:?} {:?}", text.markup, text.value))
}

fn people(people: &[Person]) -> Option<String> {
    let of = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".into());
    let shown = people.iter().map(|person| format!("{} <{}> {}", of(&person.name), of(&person.email), of(&person.url)));
    (!people.is_empty()).then(|| shown.collect::<Vec<_>>().join("; "))
}

fn list(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(" | "))
}

fn image(image: &Image) -> String {
    serde_json::to_string(image).unwrap()
}

#[test]
fn a_page_where_a_feed_was_expected_names_its_feeds() {
    let mill = Mill::new("");
    mill.write(
        "page.xml",
        "<!DOCTYPE html><html><head><title>Home</title><base href='https://there.example/blog/'>\
         <link rel='alternate' type='application/rss+xml' href='feed'></head></html>",
    );
    let run = mill.feedmill(&["inspect", "page.xml", "--format", "json"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    let error = &json(&run.stdout)["_feedmill"]["error"];
    assert_eq!(error["class"], "not-a-feed");
    let message = "found a web page (`Home`), expected a feed; it links to `https://there.example/blog/feed`";
    assert_eq!(error["message"], message);
    let hint = "put that into the config: `url = \"https://there.example/blog/feed\"`";
    assert_eq!(error["hint"], hint);
    assert!(run.stderr.contains(message) && run.stderr.contains(hint), "{}", run.stderr);
}

#[test]
fn what_was_parsed_and_what_it_became_both_come_with_warnings() {
    let mill = Mill::new("");
    mill.write(
        "feed.xml",
        "<rss version='2.0'><channel><link>https://there.example/</link><item><title>A & B</title><link>1</link>\
         <comments>ftp://there.example/</comments><description>&lt;p onclick='x()'>b&lt;/p></description></item></channel></rss>",
    );
    let inspect = |more: &[&str]| {
        let run = mill.feedmill(&[&["inspect", "feed.xml"], more].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        run.stdout
    };
    let codes = |feed: &Value| -> Vec<String> {
        let warnings = feed["_feedmill"]["warnings"].as_array().unwrap();
        assert!(warnings.iter().all(|warning| warning["path"] == "feed.xml"), "{warnings:?}");
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    };
    let raw = json(&inspect(&["--raw", "--format", "json"]));
    assert_eq!(raw["items"][0]["url"], "1");
    assert_eq!(raw["items"][0]["content_html"], "<p onclick='x()'>b</p>");
    assert_eq!(codes(&raw), ["bare-ampersand"]);
    let became = json(&inspect(&["--format", "json"]));
    assert_eq!(became["items"][0]["url"], "https://there.example/1");
    assert_eq!(became["items"][0]["content_html"], "<p>b</p>");
    assert_eq!(codes(&became), ["bare-ampersand", "link"]);
    let text = inspect(&[]);
    for line in [
        "  A & B\n",
        "    link      https://there.example/1\n",
        "    body      <p>b</p> (html)\n",
        "  warning: feed.xml:1:",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn a_draft_in_a_collection_is_not_published() {
    let mill = Mill::new(&format!("{SITE}[[source.feed]]\nname = \"collection\"\npath = \"feed.xml\"\n"));
    let entry = |title: &str, control: &str| {
        format!(
            "<entry><id>urn:{title}</id><title>{title}</title><updated>2024-01-02T00:00:00Z</updated>{control}</entry>"
        )
    };
    let draft = "<app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>yes</app:draft></app:control>";
    mill.write(
        "feed.xml",
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{}{}</feed>",
            entry("ready", ""),
            entry("unready", draft)
        ),
    );
    mill.run();
    assert_eq!(mill.titles("all"), ["ready"]);
    let shown = json(&mill.feedmill(&["inspect", "feed.xml", "--format", "json"]).stdout);
    assert_eq!(shown["items"][1]["_feedmill"]["unpublished"], "draft");
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
