//! Every attack in every field of every format, through the program; what is published is read as browsers, XML parsers
//! and feed readers read it.

use crate::browser::{Made, elements_of_page, elements_within};
use crate::mill::Mill;
use crate::vectors::VECTORS;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};
use url::Url;

const CONFIG: &str = r#"
[site]
title = "Test Mill"
url = "https://example.org/"
language = "en"

[output]
formats = ["rss", "atom", "json"]
by = ["category", "tag", "author", "source"]
limit = 10000

[[source.articles]]
name = "posts"
path = "posts"
permalink = "/p/:name/"

[[source.feed]]
name = "rss"
path = "in/feed.rss"

[[source.feed]]
name = "atom"
path = "in/feed.atom"

[[source.feed]]
name = "json"
path = "in/feed.json"
"#;

/// As XML text or attribute; what XML cannot hold at all is left out.
fn xml(text: &str) -> String {
    let legal = |c: &char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(legal).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn cdata(text: &str) -> String {
    let legal = |c: &char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(legal).collect();
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// The attack as XHTML where it is well-formed, else as text.
fn xhtml(vector: &str) -> String {
    let whole = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{vector}</div>");
    let mut reader = quick_xml::NsReader::from_str(&whole);
    let mut depth = 0_i32;
    let legal = !vector.contains(|c: char| c.is_control() || c == '\u{feff}') && !vector.contains(['&', '?', '!', ':']);
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth -= 1,
            _ if !legal => break,
            Ok(Event::Eof) if depth == 0 => return whole,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", xml(vector))
}

fn rss(vectors: &[&str]) -> String {
    let item = |(number, vector): (usize, &&str)| {
        let (text, body) = (xml(vector), cdata(vector));
        format!(
            "<item><guid isPermaLink=\"false\">r{number}</guid><link>https://a.example/r{number}</link><title>{text}</title>\
             <dc:creator>{text}</dc:creator><author>{text}</author><category domain=\"{text}\">{text}</category>\
             <description>{text}</description><content:encoded>{body}</content:encoded>\
             <enclosure url=\"{text}\" type=\"{text}\" length=\"1\"/><comments>{text}</comments>\
             <source url=\"{text}\">{text}</source><media:thumbnail url=\"{text}\"/></item>\n\
             <item><guid>{text} {number}</guid><title>t</title><description>{body}</description><link>{text}</link></item>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>{}</title><link>https://a.example/</link><description>d</description>\n{}</channel></rss>",
        xml(vectors[0]),
        vectors.iter().enumerate().map(item).collect::<String>()
    )
}

fn atom(vectors: &[&str]) -> String {
    let entry = |(number, vector): (usize, &&str)| {
        let text = xml(vector);
        format!(
            "<entry><id>urn:x:a{number}</id><updated>2024-01-01T00:00:00Z</updated><link href=\"https://a.example/a{number}\"/>\
             <title type=\"html\">{text}</title><author><name>{text}</name><uri>{text}</uri><email>{text}</email></author>\
             <category term=\"{text}\" label=\"{text}\"/><summary type=\"html\">{text}</summary><content type=\"html\">{text}</content>\
             <link rel=\"enclosure\" href=\"{text}\"/><link rel=\"related\" href=\"{text}\"/><rights type=\"html\">{text}</rights></entry>\n\
             <entry><id>urn:x:x{number}</id><updated>2024-01-01T00:00:00Z</updated><link href=\"{text}\"/>\
             <title type=\"xhtml\">{xhtml}</title><content type=\"xhtml\">{xhtml}</content></entry>\n",
            xhtml = xhtml(vector)
        )
    };
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:x:feed</id><title type=\"html\">{}</title><updated>2024-01-01T00:00:00Z</updated><link href=\"https://a.example/\"/><author><name>x</name></author>\n{}</feed>",
        xml(vectors[1]),
        vectors.iter().enumerate().map(entry).collect::<String>()
    )
}

fn json_feed(vectors: &[&str]) -> String {
    let items: Vec<Value> = vectors
        .iter()
        .enumerate()
        .flat_map(|(number, vector)| {
            [
                json!({"id": format!("https://a.example/j{number}"), "url": format!("https://a.example/j{number}"), "title": vector,
                       "content_html": vector, "summary": vector, "image": vector, "banner_image": vector, "tags": [vector],
                       "external_url": vector, "authors": [{"name": vector, "url": vector, "avatar": vector}],
                       "attachments": [{"url": vector, "mime_type": vector, "title": vector}]}),
                json!({"id": format!("{vector} {number}"), "url": vector, "content_text": vector}),
            ]
        })
        .collect();
    json!({"version": "https://jsonfeed.org/version/1.1", "title": vectors[2], "home_page_url": vectors[3], "items": items})
        .to_string()
}

fn article(vector: &str) -> String {
    // A JSON string is one of YAML as well.
    let quoted = Value::from(vector).to_string();
    format!(
        "---\ntitle: {quoted}\ndescription: {quoted}\nauthor: {quoted}\ncategories: [{quoted}]\ntags: [{quoted}]\nimage: {quoted}\ndate: 2024-01-01\n---\n{vector}\n"
    )
}

/// Schemes of addresses that a reader follows or loads.
fn harmless(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        && !address.contains(|c: char| c.is_control() || "<>\" ".contains(c))
}

const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "track",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];
const MATHML: &[&str] = &["math", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "msup", "msub", "mfrac"];
const ATTRIBUTES: &[&str] = &[
    "title",
    "lang",
    "dir",
    "class",
    "alt",
    "width",
    "height",
    "sizes",
    "srcset",
    "src",
    "href",
    "cite",
    "poster",
    "controls",
    "colspan",
    "rowspan",
    "scope",
    "span",
    "start",
    "reversed",
    "value",
    "type",
    "media",
    "kind",
    "srclang",
    "label",
    "preload",
    "loop",
    "muted",
    "open",
    "datetime",
    "allowfullscreen",
];

/// What may not be there among elements of a body.
fn findings(made: &[Made]) -> Vec<String> {
    let mut found = Vec::new();
    for element in made {
        let known = if element.html { ELEMENTS } else { MATHML };
        if !known.contains(&element.name.as_str()) || (!element.html && !element.mathml) {
            found.push(format!("element {}", element.name));
        }
        for (name, value) in &element.attributes {
            if element.mathml {
                if !matches!(name.as_str(), "display" | "alttext" | "mathvariant") {
                    found.push(format!("attribute {name} of {}", element.name));
                }
                continue;
            }
            let mailto = name == "href" && (value.starts_with("mailto:") || value.starts_with("tel:"));
            let right = match name.as_str() {
                "href" | "src" | "cite" | "poster" => harmless(value) || mailto,
                "srcset" => value.split(", ").all(|candidate| candidate.split(' ').next().is_some_and(harmless)),
                "class" => value.starts_with("language-"),
                _ => ATTRIBUTES.contains(&name.as_str()),
            };
            if !right {
                found.push(format!("{name}={value} of {}", element.name));
            }
        }
        let host = |value: &str| Url::parse(value).ok().and_then(|url| url.host_str().map(str::to_owned));
        if element.name == "iframe"
            && element
                .attributes
                .iter()
                .any(|(name, value)| name == "src" && host(value).is_none_or(|host| host.contains("evil")))
        {
            found.push(format!("frame {element:?}"));
        }
    }
    found
}

fn assert_safe_html(html: &str, place: &str) {
    let found = findings(&elements_within(html));
    assert!(found.is_empty(), "{place}: {found:?} in {html}");
    assert!(!html.contains("<!--"), "{place}: {html}");
}

fn assert_text(text: &str, place: &str) {
    let strange = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}');
    assert!(!text.contains(strange), "{place}: {text:?}");
}

fn assert_address(address: &str, place: &str) {
    assert!(harmless(address), "{place}: {address}");
}

/// Every element of an XML file with its text: names with prefixes, outermost first, joined by `/`.
fn xml_elements(text: &str, mut each: impl FnMut(&str, &BytesStart<'_>, &str)) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<(String, BytesStart<'static>, String)> = Vec::new();
    let mut close = |open: &mut Vec<(String, BytesStart<'static>, String)>| {
        let (path, tag, text) = open.pop().unwrap();
        each(&path, &tag, &text);
    };
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.error_position())) {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                let path = open.last().map_or(name.clone(), |(above, ..)| format!("{above}/{name}"));
                open.push((path, tag.into_owned(), String::new()));
            }
            Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                let path = open.last().map_or(name.clone(), |(above, ..)| format!("{above}/{name}"));
                open.push((path, tag.into_owned(), String::new()));
                close(&mut open);
            }
            Event::End(_) => close(&mut open),
            Event::Text(piece) => {
                if let Some((.., text)) = open.last_mut() {
                    text.push_str(&piece);
                }
            }
            Event::CData(piece) => open.last_mut().unwrap().2.push_str(&piece),
            Event::GeneralRef(reference) => {
                let text = &mut open.last_mut().unwrap().2;
                match reference.resolve_char_ref().unwrap() {
                    Some(c) => text.push(c),
                    None => text.push_str(quick_xml::escape::resolve_xml_entity(&reference).unwrap()),
                }
            }
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(open.is_empty());
}

fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().map(Result::unwrap).find(|attribute| attribute.key.as_ref() == wanted)?;
    Some(found.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned())
}

fn check_rss(text: &str) -> usize {
    let mut items = 0;
    xml_elements(text, |path, tag, text| match path.rsplit('/').next().unwrap() {
        "item" => items += 1,
        "description" | "content:encoded" if path.contains("/item/") => assert_safe_html(text, path),
        "title" | "dc:creator" | "category" | "author" | "media:title" => assert_text(text, path),
        "link" | "comments" | "docs" | "url" if !text.is_empty() => assert_address(text, path),
        "guid" if attribute(tag, "isPermaLink").as_deref() != Some("false") => assert_address(text, path),
        "enclosure" | "media:content" | "media:thumbnail" | "source" => {
            assert_address(&attribute(tag, "url").unwrap(), path)
        }
        "atom:link" => assert_address(&attribute(tag, "href").unwrap(), path),
        _ => {}
    });
    items
}

fn check_atom(text: &str) -> usize {
    let mut entries = 0;
    xml_elements(text, |path, tag, text| match path.rsplit('/').next().unwrap() {
        "entry" => entries += 1,
        "content" | "summary" | "title" | "subtitle" | "rights" => match attribute(tag, "type").as_deref() {
            Some("html") => assert_safe_html(text, path),
            None | Some("text") if !path.ends_with("content") => assert_text(text, path),
            other => panic!("{path} of type {other:?}"),
        },
        "name" | "email" => assert_text(text, path),
        "uri" | "icon" | "logo" => assert_address(text, path),
        "link" => assert_address(&attribute(tag, "href").unwrap(), path),
        "category" => {
            let text = attribute(tag, "term").unwrap() + &attribute(tag, "label").unwrap_or_default();
            assert_text(&text, path)
        }
        "media:content" | "media:thumbnail" => assert_address(&attribute(tag, "url").unwrap(), path),
        _ => {}
    });
    entries
}

fn check_json(feed: &Value) -> usize {
    fn walk(value: &Value, key: &str) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(value, key)),
            Value::Array(values) => values.iter().for_each(|value| walk(value, key)),
            Value::String(text) => match key {
                "content_html" => assert_safe_html(text, key),
                "url" | "external_url" | "image" | "banner_image" | "avatar" | "icon" | "favicon" | "home_page_url"
                | "feed_url" | "link" | "self_link" => assert_address(text, key),
                _ => assert_text(text, key),
            },
            _ => {}
        }
    }
    walk(feed, "");
    feed["items"].as_array().unwrap().len()
}

fn check_page(html: &str, path: &str) {
    for element in elements_of_page(html) {
        let name = element.name.as_str();
        assert!(
            element.html && !matches!(name, "script" | "img" | "iframe" | "form" | "base" | "object"),
            "{path}: {name}"
        );
        for (attribute, value) in &element.attributes {
            assert!(!attribute.starts_with("on") && attribute != "style", "{path}: {attribute}={value}");
            if matches!(attribute.as_str(), "href" | "src") {
                let scheme = Url::parse(value).map_or("https".into(), |url| url.scheme().to_owned());
                assert!(matches!(&*scheme, "http" | "https"), "{path}: {value}");
            }
        }
    }
}

#[test]
fn the_reader_of_results_sees_attacks() {
    for bad in [
        "<script>x</script>",
        "<img src=\"https://a.example/\" onerror=x>",
        "<a href=\"javascript:x\">x</a>",
        "<a href=\"/x\">x</a>",
        "<svg><a></a></svg>",
        "<math><mi href=\"https://a.example/\">x</mi></math>",
        "<math><mtext><b>x</b><style></style></mtext></math>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<iframe src=\"https://evil.example/\"></iframe>",
        "<img srcset=\"https://a.example/ 1x, javascript:x 2x\">",
        "<p id=\"x\">",
    ] {
        assert!(!findings(&elements_within(bad)).is_empty(), "{bad}");
    }
    let good = "<p>x <a href=\"mailto:a@b.example\">y</a> <math><mi>x</mi></math></p>";
    assert_eq!(findings(&elements_within(good)), Vec::<String>::new());
}

#[test]
fn no_attack_is_published_in_any_field() {
    assert!(VECTORS.len() >= 240, "{}", VECTORS.len());
    let mill = Mill::new(CONFIG);
    mill.write("in/feed.rss", rss(VECTORS));
    mill.write("in/feed.atom", atom(VECTORS));
    mill.write("in/feed.json", json_feed(VECTORS));
    for (number, vector) in VECTORS.iter().enumerate() {
        mill.write(&format!("posts/m{number}.md"), article(vector));
        mill.write(
            &format!("posts/h{number}.html"),
            format!("---\ntitle: t\ndate: 2024-01-01\n---\n<p>{vector}</p>\n"),
        );
    }
    mill.feedmill(&["run", "--quiet"]).expect(0, &[]);
    let mut items = Vec::new();
    for (path, bytes) in mill.published() {
        let text = String::from_utf8(bytes).unwrap();
        let name = path.rsplit('/').next().unwrap();
        match name {
            "rss.xml" => items.push((path.clone(), check_rss(&text))),
            "atom.xml" => items.push((path.clone(), check_atom(&text))),
            "feed.json" => items.push((path.clone(), check_json(&serde_json::from_str(&text).unwrap()))),
            "index.html" => check_page(&text, &path),
            "index.opml" => xml_elements(&text, |_, tag, _| {
                for name in ["xmlUrl", "htmlUrl", "url"] {
                    attribute(tag, name).iter().for_each(|address| assert_address(address, name));
                }
                attribute(tag, "text").iter().for_each(|text| assert_text(text, "opml"));
            }),
            "manifest.json" => assert!(serde_json::from_str::<Value>(&text).is_ok()),
            _ => panic!("what is {path}?"),
        }
    }
    // Nothing got lost on the way, or the checks above would have had nothing to look at.
    for (path, count) in items.iter().filter(|(path, _)| !path.contains('/')) {
        assert!(*count >= 5 * VECTORS.len(), "{path}: {count} items of {} attacks", VECTORS.len());
    }
    for format in ["rss.xml", "atom.xml", "feed.json"] {
        for source in ["posts", "rss", "atom", "json"] {
            let path = format!("source/{source}/{format}");
            let count = items.iter().find(|(known, _)| *known == path).map(|(_, count)| *count);
            assert!(count.is_some_and(|count| count * 2 > 3 * VECTORS.len()), "{path}: {count:?}");
        }
    }
    // The second time everything is as it was.
    let before = mill.snapshot();
    mill.feedmill(&["run", "--full", "--quiet"]).expect(0, &[]);
    assert_eq!(mill.differing(&before), Vec::<String>::new());
}

const ACTIVE: &[&str] =
    &["base", "embed", "form", "iframe", "link", "math", "meta", "object", "script", "style", "svg", "template"];
/// Only what stands in their attributes does something.
const PASSIVE: &[&str] =
    &["a", "audio", "body", "button", "details", "div", "img", "input", "p", "select", "table", "textarea", "video"];

/// A title that is HTML loses its markup, and what was escaped in it is text.
#[test]
fn titles_and_names_of_feeds_are_text() {
    let mill = Mill::new(CONFIG);
    let tagged: Vec<&str> = VECTORS.iter().copied().filter(|vector| !vector.contains(['&', '\\'])).collect();
    mill.write("in/feed.rss", rss(&tagged))
        .write("in/feed.atom", atom(&tagged))
        .write("in/feed.json", json_feed(&["x"; 4]));
    mill.write("posts/a.md", "---\ntitle: a\n---\nx");
    mill.feedmill(&["run", "--quiet"]).expect(0, &[]);
    for source in ["rss", "atom"] {
        let feed = mill.json(&format!("source/{source}"));
        // In XHTML what is escaped is text, and those that are no XHTML were escaped.
        let is_html = |item: &&Value| !item["id"].as_str().unwrap().starts_with("urn:x:x");
        for item in feed["items"].as_array().unwrap().iter().filter(is_html) {
            for text in [&item["title"], &item["authors"][0]["name"], &item["tags"][0]] {
                let text = text.as_str().unwrap_or_default();
                let mut made = elements_within(text);
                // A name that HTML does not know may as well be text, like `Vec<String>`: RSS does not say.
                let acts = |(name, value): &(String, String)| name.starts_with("on") || value.contains("script:");
                made.retain(|element| {
                    let name = element.name.as_str();
                    ACTIVE.contains(&name) || (PASSIVE.contains(&name) && element.attributes.iter().any(acts))
                });
                assert!(made.is_empty(), "{source} {}: {text:?} makes {made:?}", item["id"]);
            }
        }
    }
}
