//! What other generators get wrong, and what the three formats must have in common: one test for each.

use super::samples::{self, at};
use super::{gate, render, self_url};
use crate::model::*;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use std::sync::Arc;

const FORMATS: [OutputFormat; 3] = [OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json];

fn written(feed: &Feed, format: OutputFormat) -> String {
    String::from_utf8(render(feed, format)).unwrap()
}

fn feed_of(items: Vec<FeedItem>) -> Feed {
    Feed { items: items.into_iter().map(Arc::new).collect(), ..samples::empty() }
}

fn item(id: &str) -> FeedItem {
    FeedItem {
        item: Item { id: id.into(), title: "Title".into(), ..Item::default() },
        published: Some(at("2024-01-02T03:04:05Z")),
        updated: at("2024-01-02T03:04:05Z"),
        content: Some("<p>Body</p>".into()),
        summary: Some("Body".into()),
        also: Vec::new(),
    }
}

/// What the crates of the formats read of a feed's first item: id, title, body.
fn first_read(feed: &Feed) -> [(String, String, String); 3] {
    let channel = rss::Channel::read_from(&render(feed, OutputFormat::Rss)[..]).unwrap();
    let atom = atom_syndication::Feed::read_from(&render(feed, OutputFormat::Atom)[..]).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&render(feed, OutputFormat::Json)).unwrap();
    let (rss, entry, json) = (&channel.items[0], &atom.entries[0], &json["items"][0]);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    [
        (
            rss.guid.clone().unwrap().value,
            rss.title.clone().unwrap_or_default(),
            rss.content.clone().unwrap_or_default(),
        ),
        (
            entry.id.clone(),
            entry.title.value.clone(),
            entry.content.clone().and_then(|content| content.value).unwrap_or_default(),
        ),
        (text(&json["id"]), text(&json["title"]), text(&json["content_html"])),
    ]
}

#[test]
fn line_ends_and_tabs_of_code_survive() {
    let code = "<pre>fn main() {\n\tprintln!(\"]]&gt;\");\n\n}\n</pre>";
    for (_, _, body) in first_read(&feed_of(vec![FeedItem { content: Some(code.into()), ..item("a:1") }])) {
        assert_eq!(body, code);
    }
}

#[test]
fn an_enclosure_has_url_length_and_type() {
    let mut one = item("a:1");
    one.item.enclosures.push(Enclosure { url: "https://e.org/a.bin?x=1&y=2".into(), ..Enclosure::default() });
    let channel = rss::Channel::read_from(&render(&feed_of(vec![one]), OutputFormat::Rss)[..]).unwrap();
    let enclosure = channel.items[0].enclosure.clone().unwrap();
    assert_eq!(enclosure.url, "https://e.org/a.bin?x=1&y=2");
    assert_eq!((enclosure.length.as_str(), enclosure.mime_type.as_str()), ("0", "application/octet-stream"));
}

#[test]
fn no_clock_is_read() {
    // Dates are those of the data; so two renderings are equal, whenever they are made.
    for format in FORMATS {
        assert_eq!(render(&samples::rich(), format), render(&samples::rich(), format));
    }
}

#[test]
fn no_author_has_an_empty_name_and_none_an_address_nobody_configured() {
    let mut one = item("a:1");
    one.item.authors = vec![
        Person { name: Some(" ".into()), ..Person::default() },
        Person { email: Some("secret@e.org".into()), ..Person::default() },
    ];
    let feed = feed_of(vec![one]);
    assert!(written(&feed, OutputFormat::Atom).contains("<author><name>Example Mill</name></author>"));
    assert!(!written(&feed, OutputFormat::Rss).contains("creator>"));
    for format in FORMATS {
        assert!(!written(&feed, format).contains("secret@"));
    }
}

#[test]
fn every_prefix_is_declared_on_the_root() {
    for format in [OutputFormat::Rss, OutputFormat::Atom] {
        let xml = written(&samples::rich(), format);
        let mut reader = quick_xml::NsReader::from_str(&xml);
        loop {
            use quick_xml::events::Event;
            let (resolved, event) = reader.read_resolved_event().unwrap();
            assert!(!matches!(resolved, quick_xml::name::ResolveResult::Unknown(_)), "{event:?}");
            if matches!(event, Event::Eof) {
                break;
            }
        }
    }
}

#[test]
fn quotes_in_a_title_break_no_json() {
    let title = "\"A\" \\ 'B'\u{2028}\u{1f600}";
    let mut one = item("a:1");
    one.item.title = title.into();
    for (_, read, _) in first_read(&feed_of(vec![one])) {
        assert_eq!(read, title);
    }
}

#[test]
fn summary_and_content_are_both_there() {
    let feed = feed_of(vec![item("a:1")]);
    let channel = rss::Channel::read_from(&render(&feed, OutputFormat::Rss)[..]).unwrap();
    assert_eq!(channel.items[0].description.as_deref(), Some("Body"));
    assert_eq!(channel.items[0].content.as_deref(), Some("<p>Body</p>"));
    let xml = written(&feed, OutputFormat::Rss);
    assert!(xml.find("<description><![CDATA[").unwrap() < xml.find("<content:encoded>").unwrap());
    let atom = atom_syndication::Feed::read_from(&render(&feed, OutputFormat::Atom)[..]).unwrap();
    assert!(atom.entries[0].summary.is_some() && atom.entries[0].content.is_some());
}

#[test]
fn undated_items_leave_atom_whole() {
    let feed = feed_of(vec![FeedItem { published: None, ..item("a:1") }]);
    assert!(written(&feed, OutputFormat::Atom).contains("<updated>2024-01-02T03:04:05Z</updated>"));
    assert!(!written(&feed, OutputFormat::Rss).contains("<pubDate>"));
    for format in FORMATS {
        gate::check(format, &render(&feed, format), &feed).unwrap();
    }
}

#[test]
fn pictures_and_files_stand_beside_each_other() {
    let mut one = item("a:1");
    let file = |url: &str, media_type: &str| Enclosure {
        url: url.into(),
        media_type: Some(media_type.into()),
        ..Enclosure::default()
    };
    one.item.enclosures = vec![file("https://e.org/a.mp3", "audio/mpeg"), file("https://e.org/b.mp4", "video/mp4")];
    one.item.image = Some(Image { url: "https://e.org/c.jpg".into(), ..Image::default() });
    let xml = written(&feed_of(vec![one]), OutputFormat::Rss);
    assert_eq!(xml.matches("<enclosure ").count(), 1);
    assert!(xml.contains("<media:content url=\"https://e.org/b.mp4\" type=\"video/mp4\" medium=\"video\"/>"));
    assert!(xml.contains("<media:content url=\"https://e.org/c.jpg\" medium=\"image\"/>"));
    assert!(xml.contains("<media:thumbnail url=\"https://e.org/c.jpg\"/>"));
}

#[test]
fn json_keys_are_those_of_the_standard() {
    let json: serde_json::Value = serde_json::from_slice(&render(&samples::rich(), OutputFormat::Json)).unwrap();
    let attachment = &json["items"][0]["attachments"][0];
    assert_eq!(attachment["size_in_bytes"], 123_456);
    assert_eq!(attachment["duration_in_seconds"], 61);
    assert_eq!(attachment["mime_type"], "audio/mpeg");
    let known = [
        "id",
        "url",
        "external_url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "image",
        "date_published",
        "date_modified",
        "authors",
        "tags",
        "language",
        "attachments",
    ];
    for item in json["items"].as_array().unwrap() {
        for key in item.as_object().unwrap().keys() {
            assert!(key.starts_with('_') || known.contains(&key.as_str()), "{key}");
        }
    }
}

#[test]
fn a_source_in_rss_has_its_url() {
    let mut one = item("a:1");
    let mut origin = Origin { title: Some("There".into()), ..Origin::default() };
    one.item.origin = Some(origin.clone());
    assert!(!written(&feed_of(vec![one.clone()]), OutputFormat::Rss).contains("<source"));
    origin.self_link = Some("https://e.net/rss".into());
    one.item.origin = Some(origin);
    assert!(
        written(&feed_of(vec![one]), OutputFormat::Rss).contains("<source url=\"https://e.net/rss\">There</source>")
    );
}

#[test]
fn every_file_names_itself_by_its_own_type() {
    let feed = samples::rich();
    for (format, tag) in [(OutputFormat::Rss, "atom:link"), (OutputFormat::Atom, "link")] {
        let xml = written(&feed, format);
        let line = xml.lines().find(|line| line.starts_with(&format!("<{tag}")) && line.contains("\"self\"")).unwrap();
        assert!(line.contains(format.media_type()) && line.contains(&self_url(&feed, format)), "{line}");
    }
}

#[test]
fn an_author_in_rss_who_is_only_a_name_is_a_creator() {
    let xml = written(&samples::rich(), OutputFormat::Rss);
    assert!(!xml.contains("<author>"));
    assert!(xml.contains("<dc:creator>例 太郎</dc:creator>"));
}

#[test]
fn ids_stay_what_they_are() {
    for id in ["tag:e.org,2024:1", "https://e.org/金融?a=1&b=2", "urn:uuid:0", "42", "a <b> & \"c\"", "HTTP://E.org:80"]
    {
        for (read, _, _) in first_read(&feed_of(vec![item(id)])) {
            assert_eq!(read, id);
        }
    }
}

#[test]
fn titles_are_escaped_once() {
    for title in ["AT&T", "A < B", "I <3 x", "the &amp; entity", "<b>bold</b>", "]]>", "&#x26;"] {
        let mut one = item("a:1");
        one.item.title = title.into();
        for (_, read, _) in first_read(&feed_of(vec![one])) {
            assert_eq!(read, title);
        }
    }
}

#[test]
fn a_file_that_says_something_else_does_not_pass() {
    let feed = samples::rich();
    let check = |format: OutputFormat, from: &str, to: &str, expect: &str| {
        let file = written(&feed, format);
        assert!(file.contains(from), "{from}");
        let error = gate::check(format, file.replacen(from, to, 1).as_bytes(), &feed).unwrap_err().to_string();
        assert!(error.starts_with(expect), "{error}");
    };
    use OutputFormat::{Atom, Json, Rss};
    let first = "item `https://example.org/2024/01/quotes/` of `category/金融/";
    check(Rss, "</channel>", "", "`category/金融/rss.xml` cannot be read back: ");
    check(Atom, "</feed>", "", "`category/金融/atom.xml` cannot be read back: ");
    check(Json, "]}", "]", "`category/金融/feed.json` cannot be read back: ");
    check(Rss, "<item>", "<other>", "`category/金融/rss.xml` cannot be read back: ");
    check(Rss, "%8D/rss.xml\"", "rss.xml\"", "`category/金融/rss.xml` reads back with self link ");
    check(Atom, "atom.xml\"", "rss.xml\"", "`category/金融/atom.xml` reads back with self link ");
    check(Json, "feed.json\"", "rss.xml\"", "`category/金融/feed.json` reads back with feed_url ");
    check(Rss, "quotes/</guid>", "quote/</guid>", &format!("{first}rss.xml` reads back with id `"));
    check(Rss, "03:04:05 GMT", "03:04:06 GMT", &format!("{first}rss.xml` reads back with published `"));
    check(Rss, "04:05:06Z", "04:05:07Z", &format!("{first}rss.xml` reads back with updated `"));
    check(Rss, "says", "said", &format!("{first}rss.xml` reads back with title `"));
    check(Atom, "“quoted”", "quoted", &format!("{first}atom.xml` reads back with body `"));
    check(Atom, "said", "says", &format!("{first}atom.xml` reads back with summary `"));
    check(
        Json,
        "\"url\":\"https://example.org/2024",
        "\"url\":\"https://example.org/2023",
        &format!("{first}feed.json` reads back with link `"),
    );
    check(Json, "Zoë", "Zoe", &format!("{first}feed.json` reads back with author `"));
    check(Json, "\"content_text\":\"\",", "", "item `urn:uuid:0ec12b4e");
    let one_less = Feed { items: feed.items[1..].to_vec(), ..samples::rich() };
    let error = gate::check(Rss, &render(&one_less, Rss), &feed).unwrap_err().to_string();
    assert_eq!(error, "`category/金融/rss.xml` reads back with 3 items, 4 were written");
}

#[test]
fn every_sample_passes_the_gate() {
    for sample in [samples::rich(), samples::empty()] {
        for content in [ContentMode::Full, ContentMode::Summary, ContentMode::None] {
            let feed = Feed { content, ..sample.clone() };
            for format in FORMATS {
                gate::check(format, &render(&feed, format), &feed).unwrap();
            }
        }
    }
}

/// Text as hostile as it comes: any characters, with what breaks writers mixed in.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "]]>",
            "]]",
            ">",
            "<![CDATA[",
            "&amp;",
            "&",
            "<",
            "\"",
            "'",
            "\\",
            "\u{0}",
            "\u{8}",
            "\u{ffff}",
            "\u{fffe}",
            "\r\n",
            "\r",
            "\n",
            "\t",
            " ",
            "\u{2028}",
            "\u{2029}",
            "\u{85}",
            "\u{a0}",
            "\u{3000}",
            "金融",
            "😀",
            "-->",
            "?>",
            "%",
            "\u{202e}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let years = DateTime::<Utc>::MIN_UTC.timestamp()..DateTime::<Utc>::MAX_UTC.timestamp();
    prop_oneof![0..4_000_000_000i64, years].prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

fn person() -> impl Strategy<Value = Person> {
    let part = || prop::option::of(text());
    (part(), part(), part()).prop_map(|(name, email, url)| Person { name, email, url })
}

fn any_item() -> impl Strategy<Value = FeedItem> {
    let part = || prop::option::of(text());
    let words = (text(), text(), part(), part(), part(), part());
    let lists = (
        prop::collection::vec(person(), 0..3),
        prop::collection::vec(prop::collection::vec(text(), 0..3), 0..3),
        prop::collection::vec(text(), 0..3),
        prop::collection::vec((text(), part(), prop::option::of(any::<u64>())), 0..3),
    );
    let origin = prop::option::of((part(), part(), part(), part(), prop::collection::vec(person(), 0..2)));
    let shown = (prop::option::of(instant()), instant(), part(), part());
    (words, lists, origin, shown).prop_map(|(words, lists, origin, shown)| {
        let (id, title, link, language, rights, image) = words;
        let (authors, categories, tags, enclosures) = lists;
        let origin = origin.map(|(id, title, link, self_link, authors)| Origin {
            id,
            title,
            link,
            self_link,
            authors,
            ..Origin::default()
        });
        let enclosures = enclosures.into_iter().map(|(url, media_type, length)| Enclosure {
            url,
            title: media_type.clone(),
            media_type,
            length,
            duration: None,
        });
        let also = link.iter().map(|url| Also { url: url.clone(), title: title.clone() }).collect();
        FeedItem {
            item: Item {
                id,
                external_link: link.clone(),
                link,
                title,
                authors,
                categories,
                tags,
                language,
                comments: rights.clone(),
                rights,
                image: image.map(|url| Image { url, alt: None, ..Image::default() }),
                enclosures: enclosures.collect(),
                origin,
                ..Item::default()
            },
            published: shown.0,
            updated: shown.1,
            content: shown.2,
            summary: shown.3,
            also,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_written_reads_back_as_it_was_meant(
        mut items in prop::collection::vec(any_item(), 0..3),
        (title, description, folder) in (text(), text(), text()),
        author in prop::option::of(person()),
        (rights, icon, language) in (prop::option::of(text()), prop::option::of(text()), prop::option::of(text())),
        updated in instant(),
        mode in 0..3usize,
    ) {
        // No feed shows two items of one id; the gate would refuse it.
        items.dedup_by(|a, b| a.item.id == b.item.id);
        if items.len() == 3 && items[0].item.id == items[2].item.id {
            items.pop();
        }
        let content = [ContentMode::Full, ContentMode::Summary, ContentMode::None][mode];
        let feed = Feed { title, description, folder, author, rights, icon, language, updated, content, ..feed_of(items) };
        for format in FORMATS {
            let bytes = render(&feed, format);
            if let Err(error) = gate::check(format, &bytes, &feed) {
                return Err(TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&bytes))));
            }
        }
    }
}

#[test]
fn two_items_of_one_id_do_not_pass() {
    let twice = feed_of(vec![item_of("urn:x:1"), item_of("urn:x:1")]);
    let bytes = render(&twice, OutputFormat::Rss);
    let error = gate::check(OutputFormat::Rss, &bytes, &twice).unwrap_err();
    assert!(error.to_string().contains("two items with the id `urn:x:1`"), "{error}");
}

fn item_of(id: &str) -> FeedItem {
    FeedItem {
        item: Item { id: id.into(), ..Item::default() },
        published: None,
        updated: DateTime::default(),
        content: None,
        summary: None,
        also: Vec::new(),
    }
}
