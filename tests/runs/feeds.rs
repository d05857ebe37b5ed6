//! Feeds of others, from files.

use crate::mill::{DAY, Mill, NOW, SITE};

const SOURCE: &str = "[[source.feed]]\nname = \"else\"\npath = \"inbox\"\n";

fn rss(items: &[&str]) -> String {
    let items: String = items
        .iter()
        .enumerate()
        .map(|(number, name)| {
            format!(
                "<item><guid isPermaLink=\"false\">{name}</guid><title>{name}</title><link>https://else.example/{name}</link>\
                 <pubDate>Mon, 0{} Jan 2024 10:00:00 GMT</pubDate><category>News</category><description>&lt;p&gt;{name}&lt;/p&gt;</description></item>",
                number + 1
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Elsewhere</title><link>https://else.example/</link><description>d</description>{items}</channel></rss>"
    )
}

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:feed</id><title>Atom one</title><updated>2024-01-20T00:00:00Z</updated>
<link rel="self" href="https://atom.example/feed"/><link href="https://atom.example/"/><author><name>Ann</name></author>
<entry><id>urn:x:1</id><title type="html">A &amp;lt;tag&amp;gt;</title><link href="/1" xml:base="https://atom.example/"/><published>2024-01-19T00:00:00+08:00</published><updated>2024-01-20T00:00:00Z</updated>
<category term="Deep"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>rich <b>text</b></p></div></content></entry></feed>"#;

const JSON: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"JSON one","home_page_url":"https://json.example/","feed_url":"https://json.example/feed.json",
"items":[{"id":"https://json.example/1","url":"https://json.example/1","title":"J","content_text":"a < b","date_published":"2024-01-18T00:00:00Z","tags":["Deep","j"]}]}"#;

#[test]
fn every_format_is_read_and_says_where_it_is_from() {
    let mill = Mill::new(&format!(
        "{SITE}{SOURCE}add = {{ categories = [\"Added\", [\"Up\", \"Down\"]], tags = [\"extra\"] }}\n"
    ));
    mill.write("inbox/a.rss", rss(&["r1", "r2"])).write("inbox/b.atom", ATOM).write("inbox/c.json", JSON);
    mill.run();
    assert_eq!(mill.titles("all"), ["A <tag>", "J", "r2", "r1"]);
    let atom = mill.item("all", "A <tag>");
    assert_eq!((&atom["id"], &atom["url"]), (&"urn:x:1".into(), &"https://atom.example/1".into()));
    assert_eq!(atom["date_published"], "2024-01-18T16:00:00Z");
    assert_eq!(atom["authors"][0]["name"], "Ann");
    assert!(atom["content_html"].as_str().unwrap().contains("<p>rich <b>text</b></p>"), "{atom}");
    assert_eq!(atom["_feedmill"]["source"], "else");
    assert_eq!(atom["_feedmill"]["origin"]["title"], "Atom one");
    assert_eq!(mill.item("all", "J")["_feedmill"]["origin"]["title"], "JSON one");
    assert_eq!(mill.item("all", "J")["content_html"].as_str().unwrap().trim(), "<p>a &lt; b</p>");
    assert_eq!(mill.titles("category/added").len(), 4);
    assert_eq!(mill.titles("category/up/down").len(), 4);
    assert_eq!(mill.titles("category/deep"), ["A <tag>", "J"]);
    assert_eq!(mill.titles("category/news"), ["r2", "r1"]);
    assert!(mill.item("all", "r1")["tags"].as_array().unwrap().contains(&"extra".into()));
    let atom = mill.atom("all");
    let entry = &atom.entries()[0];
    let source = entry.source().expect("atom:source");
    assert_eq!((source.id(), source.title().as_str()), ("urn:x:feed", "Atom one"));
    let channel = mill.rss("all");
    let source = channel.items()[0].source().expect("source of RSS");
    assert_eq!(source.title(), Some("Atom one"));
    assert_eq!(source.url(), "https://atom.example/feed");
}

#[test]
fn what_a_feed_drops_stays_published() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one", "two", "three"]));
    mill.run();
    let before = mill.snapshot();
    mill.write("inbox/a.rss", rss(&[]));
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &[]);
    mill.assert_untouched(&before);
    mill.write("inbox/a.rss", rss(&["one"]));
    mill.at(NOW + 2 * DAY).feedmill(&[]).expect(0, &[]);
    mill.assert_untouched(&before);
}

#[test]
fn a_feed_file_that_goes_keeps_its_items() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one"])).write("inbox/b.atom", ATOM);
    mill.run();
    let before = mill.snapshot();
    mill.remove("inbox/b.atom");
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &[]);
    mill.assert_untouched(&before);
    mill.remove("inbox/a.rss");
    mill.at(NOW + 2 * DAY).feedmill(&[]).expect(4, &["missing"]);
    mill.assert_untouched(&before);
}

#[test]
fn a_bad_feed_among_good_ones() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one"])).write("inbox/bad.xml", "<html><body>an error page</body></html>");
    let run = mill.feedmill(&[]).expect(0, &["bad.xml"]);
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    assert_eq!(mill.titles("all"), ["one"]);
    // Known by now.
    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    mill.write("inbox/a.rss", "not a feed either");
    mill.feedmill(&[]).expect(4, &["a.rss"]);
    assert_eq!(mill.titles("all"), ["one"]);
    mill.write("inbox/a.rss", rss(&["one", "two"]));
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all"), ["two", "one"]);
}

#[test]
fn changed_guids_make_no_new_items() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one", "two"]));
    mill.run();
    let before = mill.snapshot();
    mill.write(
        "inbox/a.rss",
        rss(&["one", "two"])
            .replace("\">one</guid>", "\">other-1</guid>")
            .replace("\">two</guid>", "\">other-2</guid>"),
    );
    mill.at(NOW + DAY).run();
    assert_eq!(mill.differing(&before), Vec::<String>::new());
}

#[test]
fn duplicate_guids_in_one_document_are_told_apart_by_their_links() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one", "two"]).replace("\">two</guid>", "\">one</guid>"));
    mill.feedmill(&[]).expect(0, &[]);
    let ids = mill.ids("all");
    assert_eq!(mill.titles("all"), ["two", "one"]);
    assert_ne!(ids[0], ids[1]);
    mill.at(NOW + DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    assert_eq!(mill.ids("all"), ids);
}

#[test]
fn items_of_the_future_are_dated_with_their_first_sight() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one"]).replace("Jan 2024", "Jan 2031"));
    mill.run();
    assert_eq!(mill.item("all", "one")["date_published"], "2024-03-01T00:00:00Z");
    mill.write("inbox/a.rss", rss(&["one"]).replace("Jan 2024", "Jan 2032"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.item("all", "one")["date_published"], "2024-03-01T00:00:00Z");
}

#[test]
fn an_edited_entry_is_the_same_item_with_a_later_update() {
    let mut mill = Mill::new(&format!("{SITE}{SOURCE}"));
    mill.write("inbox/a.rss", rss(&["one"]));
    mill.run();
    let ids = mill.ids("all");
    mill.write("inbox/a.rss", rss(&["one"]).replace("&lt;p&gt;one", "&lt;p&gt;one, edited"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.ids("all"), ids);
    let item = mill.item("all", "one");
    assert!(item["content_html"].as_str().unwrap().contains("edited"));
    assert_eq!(
        (&item["date_published"], &item["date_modified"]),
        (&"2024-01-01T10:00:00Z".into(), &"2024-03-02T00:00:00Z".into())
    );
}

#[test]
fn active_content_does_not_come_through() {
    let mill = Mill::new(&format!("{SITE}{SOURCE}"));
    let body = "&lt;p onclick=\"x()\"&gt;text &lt;script&gt;alert(1)&lt;/script&gt;&lt;a href=\"javascript:alert(1)\"&gt;l&lt;/a&gt;&lt;img src=\"/p.png\" onerror=\"x()\"&gt;&lt;/p&gt;";
    mill.write("inbox/a.rss", rss(&["one"]).replace("&lt;p&gt;one&lt;/p&gt;", body));
    mill.run();
    for (path, bytes) in mill.published() {
        let text = String::from_utf8(bytes).unwrap().to_lowercase();
        for word in ["onclick", "onerror", "alert(1)", "javascript:"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
    let body = mill.item("all", "one")["content_html"].as_str().unwrap().to_owned();
    assert!(body.contains("text") && body.contains("https://else.example/p.png"), "{body}");
}

#[test]
fn our_own_feeds_can_be_read_again() {
    let first = Mill::of_posts();
    first.post("a", "2024-01-01", &["x"], "one *two*").post("b", "2024-01-02", &["金融"], "three");
    first.run();
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        let second = Mill::new(&format!("{SITE}{SOURCE}"));
        second.write(&format!("inbox/{file}"), first.read(&format!("feeds/{file}")));
        second.run();
        assert_eq!(second.ids("all"), first.ids("all"), "{file}");
        assert_eq!(second.titles("category/金融"), ["b"], "{file}");
        for title in ["a", "b"] {
            let (one, two) = (first.item("all", title), second.item("all", title));
            assert_eq!(one["content_html"], two["content_html"], "{file}");
            assert_eq!(one["date_published"], two["date_published"], "{file}");
        }
    }
}
