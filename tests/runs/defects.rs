//! What feed generators are known to get wrong, one test for each, in every format that it concerns.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

mod aggregating;

const INBOX: &str = "[[source.feed]]\nname = \"else\"\npath = \"inbox\"\n";

/// An item as its readers see it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    id: String,
    title: String,
    body: String,
    summary: String,
}

/// The items of a feed as RSS, Atom and JSON Feed have them.
fn reads(mill: &Mill, key: &str) -> [Vec<Read>; 3] {
    let rss = mill.rss(key).items.into_iter().map(|item| {
        let (body, summary) = match (item.content, item.description) {
            (Some(body), summary) => (body, summary),
            (None, description) => (description.unwrap_or_default(), None),
        };
        let summary = summary.unwrap_or_default();
        Read { id: item.guid.unwrap().value, title: item.title.unwrap_or_default(), body, summary }
    });
    let atom = mill.atom(key).entries.into_iter().map(|entry| Read {
        body: entry.content.and_then(|content| content.value).unwrap_or_default(),
        summary: entry.summary.map(|summary| summary.value).unwrap_or_default(),
        id: entry.id,
        title: entry.title.value,
    });
    let json = mill.json(key);
    let json = json["items"].as_array().unwrap().iter().map(|item| {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        Read { id: text("id"), title: text("title"), body: text("content_html"), summary: text("summary") }
    });
    [rss.collect(), atom.collect(), json.collect()]
}

/// The ids, which must be the same in every format.
fn ids(mill: &Mill) -> Vec<String> {
    let [rss, atom, json] = reads(mill, "all").map(|items| items.into_iter().map(|item| item.id).collect::<Vec<_>>());
    assert_eq!((&rss, &atom), (&json, &json));
    json
}

/// When the feed says that it was changed, in every format.
fn updated(mill: &Mill) -> [String; 3] {
    let rss = mill.rss("all").last_build_date.unwrap();
    let rss = chrono::DateTime::parse_from_rfc2822(&rss).unwrap().to_utc();
    let json = mill.json("all")["_feedmill"]["updated"].as_str().unwrap().to_owned();
    [rss.format("%FT%TZ").to_string(), mill.atom("all").updated.format("%FT%TZ").to_string(), json]
}

/// The feed of somebody else.
fn elsewhere(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Elsewhere</title><link>https://else.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}

/// An item of it: dated in January 2024, or not dated.
fn item(name: &str, day: Option<u32>) -> String {
    let date = day.map(|day| format!("<pubDate>{day:02} Jan 2024 10:00:00 GMT</pubDate>")).unwrap_or_default();
    format!(
        "<item><guid isPermaLink=\"false\">tag:else.example,2024:{name}</guid><title>{name}</title>\
         <link>https://else.example/{name}</link>{date}<description>&lt;p&gt;{name}&lt;/p&gt;</description></item>"
    )
}

/// A mill that has read a document of somebody else.
fn reading(document: &str) -> Mill {
    let mill = Mill::new(&format!("{SITE}{INBOX}"));
    let name = if document.starts_with('{') { "inbox/a.json" } else { "inbox/a.xml" };
    mill.write(name, document).run();
    mill
}

/// A mill with articles that name their dates or none.
fn undated_posts(names: &[&str]) -> Mill {
    let mill = Mill::new(&format!("{SITE}{}", POSTS.replace(":year/", "")));
    for name in names {
        mill.write(&format!("posts/{name}.md"), format!("---\ntitle: {name}\n---\ntext\n"));
    }
    mill
}

/// Names of all elements; every prefix must be declared.
fn elements(xml: &str) -> Vec<String> {
    use quick_xml::events::Event;
    use quick_xml::name::ResolveResult;
    let mut reader = quick_xml::NsReader::from_str(xml);
    let mut names = Vec::new();
    loop {
        let (namespace, event) = reader.read_resolved_event().unwrap();
        assert!(!matches!(namespace, ResolveResult::Unknown(_)), "{event:?} has a prefix that nobody declared");
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                names.push(tag.name().as_ref().to_owned());
            }
            Event::Eof => return names,
            _ => {}
        }
    }
}

/// Line ends and tabs of code are part of it; only what XML forbids is taken out.
#[test]
fn d01_newlines_and_tabs_of_code_blocks_survive() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "```\nfn main() {\n\tgo();\n\n\tstop();\u{8}\n}\n```");
    mill.run();
    for [item] in reads(&mill, "all").map(|items| <[Read; 1]>::try_from(items).unwrap()) {
        assert_eq!(item.body.trim_end(), "<pre><code>fn main() {\n\tgo();\n\n\tstop();\n}\n</code></pre>");
    }
}

/// A summary is cut from the text between two words, never inside a tag or an entity.
#[test]
fn d02_summaries_are_cut_between_words() {
    let mill = Mill::of_posts();
    // A cut at any fixed number of characters would meet each place of the pattern in one of these.
    for shift in 0..12 {
        let body = format!("{} {}", "x".repeat(shift), "<b>bold</b> &amp; <i class=\"y\">caf&eacute;</i> ".repeat(40));
        mill.post(&format!("p{shift:02}"), "2024-01-01", &["x"], &body);
    }
    mill.run();
    let [rss, atom, json] = reads(&mill, "all");
    for ((rss, atom), json) in rss.iter().zip(&atom).zip(&json) {
        let words: Vec<&str> = json.summary.strip_suffix('…').unwrap().split(' ').collect();
        assert!(words.len() > 10, "{json:?}");
        let known = |word: &&str| ["bold", "&", "café"].contains(word) || word.chars().all(|c| c == 'x');
        assert!(words.iter().all(known), "{}", json.summary);
        assert_eq!(atom.summary, json.summary);
        assert_eq!(rss.summary, json.summary.replace('&', "&amp;"), "it is HTML in RSS");
    }
}

/// An enclosure has address, length and media type; a picture of the article is none.
#[test]
fn d03_enclosures_have_length_and_type() {
    let mill = Mill::of_posts();
    mill.write("posts/pic.md", "---\ntitle: pic\ndate: 2024-01-02\nimage: /p.webp\n---\ntext\n");
    mill.write("posts/pod.md", "---\ntitle: pod\ndate: 2024-01-01\nenclosure: /a.mp3\n---\ntext\n");
    mill.run();
    let channel = mill.rss("all");
    assert_eq!(channel.items[0].enclosure, None);
    let media = &channel.items[0].extensions["media"]["content"][0].attrs;
    assert_eq!((&*media["url"], &*media["type"]), ("https://example.org/p.webp", "image/webp"));
    let file = channel.items[1].enclosure.clone().unwrap();
    assert_eq!((&*file.url, &*file.length, &*file.mime_type), ("https://example.org/a.mp3", "0", "audio/mpeg"));
    let atom = mill.atom("all");
    let link = atom.entries[1].links.iter().find(|link| link.rel == "enclosure").unwrap();
    assert_eq!((&*link.href, link.mime_type.as_deref()), ("https://example.org/a.mp3", Some("audio/mpeg")));
    assert_eq!(mill.item("all", "pic")["image"], "https://example.org/p.webp");
    assert!(mill.item("all", "pic")["attachments"].is_null());
    assert_eq!(mill.item("all", "pod")["attachments"][0]["mime_type"], "audio/mpeg");
}

/// New Year changes no byte, and a feed's `updated` is the newest of its items, wherever that stands.
#[test]
fn d04_new_year_changes_nothing_and_updated_is_the_newest() {
    let site = SITE.replace("language = \"en\"", "rights = \"© Test Mill\"");
    let mut mill = Mill::new(&format!("{site}{POSTS}"));
    mill.post("first", "2024-02-01", &["x"], "one");
    mill.write("posts/last.md", "---\ntitle: last\ndate: 2024-01-01\nupdated: 2024-02-20T01:02:03Z\n---\ntwo\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["first", "last"]);
    assert_eq!(updated(&mill), ["2024-02-20T01:02:03Z"; 3]);
    assert_eq!(mill.rss("all").copyright.as_deref(), Some("© Test Mill"));
    assert_eq!(mill.atom("all").rights.unwrap().value, "© Test Mill");
    assert_eq!(mill.json("all")["_feedmill"]["rights"], "© Test Mill");
    let before = mill.snapshot();
    mill.at(NOW + 400 * DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    mill.assert_untouched(&before);
}

/// The time of a build stands nowhere: the same articles give the same bytes on any day, with or without a state.
#[test]
fn d05_the_time_of_the_build_stands_nowhere() {
    let built = |now: i64| {
        let mut mill = Mill::of_posts();
        mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02T03:04:05Z", &["y"], "two");
        mill.at(now).run();
        assert_eq!(updated(&mill), ["2024-01-02T03:04:05Z"; 3]);
        mill
    };
    let (mut one, other) = (built(NOW), built(NOW + 77 * DAY));
    assert_eq!(one.published(), other.published());
    let before = one.snapshot();
    one.at(NOW + DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    one.assert_untouched(&before);
}

/// Every category and tag has a feed with its items, whatever characters are in its name.
#[test]
fn d06_terms_of_any_characters_have_their_feeds() {
    let terms = ["金融", "C++", "C#", "C", "naïve café", "R&D", ".NET", "a/b", "🎉", "Привет", "50%", "?"];
    let mill = Mill::new(&format!("{}{POSTS}", SITE.replace("[\"category\"]", "[\"category\", \"tag\"]")));
    for (number, term) in terms.iter().enumerate() {
        let list = format!("[{term:?}]");
        let text = format!("---\ntitle: p{number}\ndate: 2024-01-01\ncategories: {list}\ntags: {list}\n---\ntext\n");
        mill.write(&format!("posts/p{number}.md"), text);
    }
    mill.feedmill(&[]).expect(0, &[]);
    let manifest = mill.manifest();
    for axis in ["category", "tag"] {
        for (number, term) in terms.iter().enumerate() {
            let feeds = manifest["feeds"].as_array().unwrap();
            let feed = feeds.iter().find(|feed| feed["axis"] == axis && feed["term"] == *term);
            let folder = feed.unwrap_or_else(|| panic!("no {axis} `{term}`"))["folder"].as_str().unwrap();
            for items in reads(&mill, folder) {
                assert_eq!(items.len(), 1, "{folder}");
                assert_eq!(items[0].title, format!("p{number}"), "{folder}");
            }
        }
    }
}

/// An author without a name leaves no empty one, and `]]>` in a body ends no CDATA section.
#[test]
fn d07_no_author_is_empty_and_cdata_ends_where_it_should() {
    let nameless = "<author><name> </name><email>ann@else.example</email></author>";
    let body = "&lt;p&gt;a]]&amp;gt;b&lt;/p&gt; ]]&gt; c";
    let mill = reading(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:x:f</id><title> </title>{nameless}<updated>2024-01-01T00:00:00Z</updated>\
         <entry><id>urn:x:1</id><title>t ]]&gt;</title><updated>2024-01-01T00:00:00Z</updated>{nameless}\
         <content type=\"html\">{body}</content></entry></feed>"
    ));
    let atom = mill.atom("all");
    let names: Vec<&str> = atom.entries[0].authors.iter().chain(&atom.authors).map(|author| &*author.name).collect();
    assert_eq!(names, ["Test Mill", "Test Mill"]);
    assert!(!elements(&mill.read("feeds/rss.xml")).contains(&"dc:creator".into()));
    assert!(mill.json("all")["items"][0]["authors"].is_null());
    for [item] in reads(&mill, "all").map(|items| <[Read; 1]>::try_from(items).unwrap()) {
        assert_eq!((&*item.title, &*item.body), ("t ]]>", "<p>a]]&gt;b</p>\n]]&gt; c"));
    }
}

/// Every prefix that a file uses is declared in it, whichever parts an item has.
#[test]
fn d08_every_prefix_is_declared() {
    let rich = "summary: short\nauthor: Ann\nimage: /p.png\nenclosures: [/a.mp3, /b.mp4]\nlanguage: de\nrights: free\n";
    for parts in ["", "summary: short\n", rich] {
        let mill = Mill::of_posts();
        mill.write("posts/a.md", format!("---\ntitle: a\ndate: 2024-01-01\n{parts}---\ntext\n"));
        mill.run();
        let names = elements(&mill.read("feeds/rss.xml"));
        assert_eq!(names.contains(&"dc:creator".into()), parts.contains("author"), "{names:?}");
        assert!(parts.is_empty() || names.contains(&"content:encoded".into()), "{names:?}");
        assert!(elements(&mill.read("feeds/atom.xml")).len() > 10);
    }
}

/// The picture of an RSS channel has address, title and link; a quote in a title breaks no format.
#[test]
fn d09_the_channel_image_is_whole_and_quotes_break_nothing() {
    let title = r#"A "quoted" \ 'mill' & <co>"#;
    let site = SITE
        .replace("\"Test Mill\"", &format!("'''{title}'''"))
        .replace("language = \"en\"", "icon = \"https://example.org/i.png\"");
    let mill = Mill::new(&format!("{site}{POSTS}"));
    mill.write("posts/a.md", format!("---\ntitle: '{}'\ndate: 2024-01-01\n---\ntext\n", title.replace('\'', "''")));
    mill.run();
    let image = mill.rss("all").image.unwrap();
    assert_eq!(
        (&*image.url, &*image.title, &*image.link),
        ("https://example.org/i.png", title, "https://example.org/")
    );
    assert_eq!((mill.rss("all").title, mill.atom("all").title.value), (title.into(), title.into()));
    assert_eq!(mill.json("all")["title"], title);
    for items in reads(&mill, "all") {
        assert_eq!(items[0].title, title);
    }
}

/// A summary does not replace the body, categories stand in every format, and Atom is whole without a dated article.
#[test]
fn d10_nothing_is_left_out() {
    let mill = Mill::of_posts();
    let text =
        "---\ntitle: a\ndate: 2024-01-01\nsummary: short\nauthor: Ann\ncategories: [X]\ntags: [y]\n---\nlong text\n";
    mill.write("posts/a.md", text).run();
    for [item] in reads(&mill, "all").map(|items| <[Read; 1]>::try_from(items).unwrap()) {
        assert_eq!((item.summary.trim(), item.body.trim()), ("short", "<p>long text</p>"));
    }
    let item = mill.rss("all").items.remove(0);
    assert_eq!(item.author, None, "it would have to be an e-mail address");
    assert_eq!(item.dublin_core_ext.unwrap().creators, ["Ann"]);
    assert_eq!(item.categories.iter().map(|category| &*category.name).collect::<Vec<_>>(), ["X", "y"]);
    let entry = mill.atom("all").entries.remove(0);
    assert_eq!(entry.categories.iter().map(|category| &*category.term).collect::<Vec<_>>(), ["X", "y"]);
    assert_eq!(mill.item("all", "a")["tags"], serde_json::json!(["X", "y"]));

    let mill = undated_posts(&["one", "two"]);
    mill.run();
    let names = elements(&mill.read("feeds/atom.xml"));
    assert_eq!(names.iter().filter(|name| *name == "updated").count(), 3, "the feed's and one of each entry");
}

/// All files and pictures of an item are there, with registered media types, whole addresses and no foreign attributes.
#[test]
fn d11_every_file_of_an_item_is_there_with_its_type() {
    let mill = reading(
        r#"{"version":"https://jsonfeed.org/version/1","title":"T","items":[{"id":"urn:x:1","title":"t","content_text":"x",
        "image":"https://else.example/p.jpg","attachments":[
        {"url":"https://else.example/a.mp3?x=1&y=2","mime_type":"","title":"Part","size_in_bytes":7},
        {"url":"https://else.example/b.jpg","mime_type":"image/jpg"},{"url":"https://else.example/c.mp4","mime_type":"video/mp4"}]}]}"#,
    );
    let expected = [
        ("https://else.example/a.mp3?x=1&y=2", "audio/mpeg"),
        ("https://else.example/b.jpg", "image/jpeg"),
        ("https://else.example/c.mp4", "video/mp4"),
    ]
    .map(|(url, media_type)| (url.to_owned(), media_type.to_owned()));
    let rss = mill.rss("all").items.remove(0);
    let first = rss.enclosure.unwrap();
    let further = rss.extensions["media"]["content"].iter().map(|media| &media.attrs);
    let mut files = vec![(first.url, first.mime_type)];
    files.extend(further.map(|attrs| (attrs["url"].clone(), attrs["type"].clone())));
    assert_eq!(files[..3], expected);
    assert_eq!(files[3], ("https://else.example/p.jpg".into(), "image/jpeg".into()));
    assert!(!mill.read("feeds/rss.xml").contains("title=\""), "no element of it has such an attribute");
    let links = mill.atom("all").entries.remove(0).links.into_iter().filter(|link| link.rel == "enclosure");
    assert_eq!(links.map(|link| (link.href, link.mime_type.unwrap())).collect::<Vec<_>>(), expected);
    let json = mill.json("all");
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    let attachments = json["items"][0]["attachments"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let files = attachments.iter().map(|file| (text(&file["url"]), text(&file["mime_type"])));
    assert_eq!(files.collect::<Vec<_>>(), expected);
    assert_eq!(json["items"][0]["image"], "https://else.example/p.jpg");
}

/// JSON keys are those of the standard; an edit changes no id, a fresh start neither; files, origin and self link are named.
#[test]
fn d12_keys_are_standard_and_edits_change_no_id() {
    let document = elsewhere(
        "<item><title>bare</title><description>text</description><pubDate>01 Jan 2024 10:00:00 GMT</pubDate>\
         <enclosure url=\"https://else.example/a.bin\" length=\"9\"/><enclosure url=\"https://else.example/b.bin\"/></item>",
    )
    .replace("<title>E", "<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"https://else.example/rss\"/><title>E");
    let mut mill = reading(&document);
    let before = ids(&mill);
    assert_eq!(ids(&reading(&document)), before, "no chance in it");
    let modified =
        "<dcterms:modified xmlns:dcterms=\"http://purl.org/dc/terms/\">2024-02-05T00:00:00Z</dcterms:modified></item>";
    mill.write("inbox/a.xml", document.replace("text", "edited text").replace("</item>", modified));
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &[]);
    assert!(mill.read("feeds/feed.json").contains("edited"));
    assert_eq!(ids(&mill), before);

    let mut posts = Mill::new(&format!("{SITE}{}", POSTS.replace("permalink = \"/:year/:slug/\"", "")));
    posts.post("a", "2024-01-01", &["x"], "one").run();
    let own = ids(&posts);
    let text = posts.read("posts/a.md").replace("date: 2024-01-01", "date: 2024-01-05\nupdated: 2024-02-05");
    posts.write("posts/a.md", text + "edited\n");
    posts.at(NOW + DAY).run();
    assert_eq!((ids(&posts), posts.atom("all").entries[0].updated.timestamp()), (own, 1_707_091_200));

    let mill = reading(&document);
    let item = mill.item("all", "bare");
    let sizes = item["attachments"].as_array().unwrap().iter().map(|file| &file["size_in_bytes"]).collect::<Vec<_>>();
    assert_eq!(sizes, [&serde_json::json!(9), &serde_json::Value::Null], "a file without a length is one, too");
    assert!(item["banner_"].is_null() && item["attachments"][0]["size"].is_null());
    let channel = mill.rss("all");
    assert_eq!(channel.items[0].source.as_ref().unwrap().url, "https://else.example/rss");
    let own = "https://example.org/feeds/rss.xml";
    assert!(channel.atom_ext.unwrap().links.iter().any(|link| link.rel == "self" && link.href == own));
    let own = mill.atom("all").links.into_iter().find(|link| link.rel == "self").unwrap();
    assert_eq!(own.href, "https://example.org/feeds/atom.xml");
    assert_eq!(mill.json("all")["feed_url"], "https://example.org/feeds/feed.json");
}
