//! Documents that are no feed, half a feed, or an attack on whoever reads them. The numbers are those of the kinds of fault.

use crate::server::Reply;
use crate::trial::{Expect, Trial, and_twenty, feed_of, twenty};
use crate::web::rss;

const WELL: Expect<'_> = Expect::Read { warnings: &[], new: &[] };

fn refused(documents: &[&[u8]], class: &str) {
    let mut trial = Trial::start();
    for document in documents {
        trial.bytes(*document, &Expect::Refused(class));
        assert_eq!(trial.asked_with().as_deref(), Some("\"1\""), "the validators of the last good document stay");
    }
}

/// Whether the text names a line and a column.
fn has_place(text: &str) -> bool {
    regex::Regex::new(r"\b\d+:\d+: ").unwrap().is_match(text)
}

/// The same items as an Atom feed and as a JSON Feed.
fn atom_of(names: &[String]) -> String {
    let entries: String = names
        .iter()
        .map(|name| {
            format!(
                "<entry><id>https://there.example/{name}</id><link href=\"https://there.example/{name}\"/>\
                 <title>{name}</title><updated>2024-02-01T00:00:00Z</updated><published>2024-02-01T00:00:00Z</published>\
                 <content type=\"html\">&lt;p&gt;The body of {name}.&lt;/p&gt;</content></entry>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>There</title><id>urn:x:there</id>\
         <updated>2024-02-01T00:00:00Z</updated><link href=\"https://there.example/\"/>\n{entries}</feed>\n"
    )
}

fn json_of(names: &[String]) -> String {
    let items: Vec<serde_json::Value> = names
        .iter()
        .map(|name| {
            let address = format!("https://there.example/{name}");
            serde_json::json!({"id": address, "url": address, "title": name, "date_published": "2024-02-01T00:00:00Z",
                "content_html": format!("<p>The body of {name}.</p>")})
        })
        .collect();
    let feed = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": "There",
        "home_page_url": "https://there.example/", "items": items});
    serde_json::to_string_pretty(&feed).unwrap()
}

#[test]
fn f32_a_page_with_status_200() {
    let page = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form><input name=q></form></body></html>";
    let xhtml = "<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>Oops</title></head><body/></html>";
    refused(
        &[page.as_bytes(), xhtml.as_bytes(), b"<html><body><p>Too many <b>visitors", b"closed for today"],
        "not-a-feed",
    );
    let mut trial = Trial::start();
    let reply = Reply::ok(page).header("Content-Type", "application/rss+xml");
    trial.reply(reply, &Expect::Refused("not-a-feed"));
}

#[test]
fn f33_nothing_at_all() {
    refused(&[b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"], "empty");
}

#[test]
fn f34_a_feed_with_no_items_after_twenty() {
    let mut trial = Trial::start();
    for document in [rss("There", &[]), atom_of(&[]), json_of(&[])] {
        trial.bytes(document, &Expect::Read { warnings: &["upstream-empty"], new: &[] });
        assert_eq!(trial.mill.titles("source/bad"), twenty());
    }
    trial.bytes(feed_of(&and_twenty(&["new"])), &Expect::Read { warnings: &[], new: &["new"] });
}

#[test]
fn f36_a_feed_cut_at_nine_tenths() {
    for (known, whole) in [
        (feed_of(&twenty()), feed_of(&and_twenty(&["n1", "n2"]))),
        (atom_of(&twenty()), atom_of(&and_twenty(&["n1", "n2"]))),
        (json_of(&twenty()), json_of(&and_twenty(&["n1", "n2"]))),
    ] {
        let mut trial = Trial::of(known);
        let mut cut = whole.clone();
        cut.truncate(whole.len() * 9 / 10);
        trial.bytes(cut, &Expect::Read { warnings: &["truncated"], new: &["n1", "n2"] });
        assert_eq!(trial.asked_with(), None, "half a document proves nothing");
        trial.bytes(whole, &WELL);
    }
}

#[test]
fn f36_a_feed_malformed_at_nine_tenths() {
    let whole = feed_of(&and_twenty(&["n1", "n2"]));
    let at = whole.find("<item><guid isPermaLink=\"false\">https://there.example/i19").unwrap();
    for (junk, warnings) in [
        ("& < ", &["bare-ampersand", "bare-less-than"][..]),
        ("</wrong></p>", &["unmatched-end-tag"]),
        ("\u{1}\u{2}\u{8}", &["control-characters"]),
    ] {
        let mut trial = Trial::start();
        let document = format!("{}{junk}{}", &whole[..at], &whole[at..]);
        trial.bytes(document, &Expect::Read { warnings, new: &["n1", "n2"] });
    }
    let json = json_of(&and_twenty(&["n1", "n2"]));
    let at = json.len() * 9 / 10;
    let mut trial = Trial::of(json_of(&twenty()));
    let (told, _) = trial.bytes(format!("{}]}}]{}", &json[..at], &json[at..]), &Expect::Refused("parse"));
    assert!(has_place(&told.stderr), "{}", told.stderr);
}

#[test]
fn f36_a_feed_cut_before_its_first_item_ends() {
    let mut trial = Trial::start();
    let whole = feed_of(&twenty());
    let cut = &whole[..whole.find("</guid>").unwrap()];
    for document in [
        cut,
        "<rss",
        "<rss version=\"2.0\"><channel><title>T",
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"it",
    ] {
        let (told, _) = trial.bytes(document, &Expect::Refused("parse"));
        assert!(has_place(&told.stderr), "{}", told.stderr);
        assert_eq!(trial.asked_with().as_deref(), Some("\"1\""));
    }
}

#[test]
fn f37_character_sets_that_are_not_what_they_say() {
    let declared = |charset: &str| format!("encoding=\"{charset}\"");
    let utf_16 = |text: &str, mark: &[u8]| {
        text.encode_utf16().fold(mark.to_vec(), |mut bytes, unit| {
            bytes.extend(unit.to_le_bytes());
            bytes
        })
    };
    let as_is = |text: &str| text.as_bytes().to_vec();
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let marked = |text: &str| utf_16(text, b"\xff\xfe");
    let unmarked = |text: &str| utf_16(text, b"");
    let lone = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[text.find("The body of i07").unwrap()] = 0xfe;
        bytes
    };
    let mut trial = Trial::start();
    type Encode<'a> = &'a dyn Fn(&str) -> Vec<u8>;
    let cases: [(&str, Encode<'_>, &[&str]); 7] = [
        ("gbk", &gb, &[]),
        ("utf-8", &gb, &["encoding"]),
        ("iso-8859-1", &as_is, &["encoding"]),
        ("no-such-set", &as_is, &["encoding"]),
        ("utf-16", &marked, &[]),
        ("utf-16", &unmarked, &[]),
        ("utf-8", &lone, &["encoding"]),
    ];
    for (number, (charset, encode, warnings)) in cases.into_iter().enumerate() {
        let title = format!("中文标题的新闻{number}");
        let text = feed_of(&and_twenty(&[&title])).replace(&declared("utf-8"), &declared(charset));
        trial.bytes(encode(&text), &Expect::Read { warnings, new: &[&title] });
    }
    let seven = feed_of(&twenty()).replace("encoding=\"utf-8\"", "encoding=\"utf-7\"");
    refused(&[seven.as_bytes()], "encoding");
    let mut trial = Trial::start();
    let reply = Reply::ok(feed_of(&and_twenty(&["new"]))).header("Content-Type", "text/xml; charset=utf-7");
    trial.reply(reply, &Expect::Refused("encoding"));
}

/// The twenty with a document type, and a first item that uses what it declares.
fn with_dtd(declaration: &str, title: &str) -> String {
    let feed = feed_of(&and_twenty(&["used"]));
    feed.replacen("?>", &format!("?>\n{declaration}"), 1).replacen("<title>used", &format!("<title>{title}"), 1)
}

#[test]
fn f38_external_entities() {
    let mut trial = Trial::start();
    let canary = trial.canary();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let secret = passwd.lines().next().unwrap_or("root:x:0:0");
    for declaration in [
        "<!DOCTYPE rss [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        format!("<!DOCTYPE rss [<!ENTITY e SYSTEM \"{canary}e\">]>"),
        format!("<!DOCTYPE rss [<!ENTITY % p SYSTEM \"{canary}p.dtd\"> %p;]>"),
        format!("<!DOCTYPE rss PUBLIC \"-//x//y\" \"{canary}\" [<!ENTITY e PUBLIC \"x\" \"{canary}e\">]>"),
        format!("<!doctype rss [<!entity e system \"{canary}e\">]>"),
    ] {
        trial.bytes(with_dtd(&declaration, "x &e; y"), &Expect::Refused("dtd"));
        assert!(!trial.text().contains(secret), "{declaration}");
    }
}

#[test]
fn f38_addresses_that_a_document_wants_loaded() {
    let mut trial = Trial::start();
    let canary = trial.canary();
    // None of this is ours to load; the feed is read as if it were not there.
    let feed = feed_of(&twenty())
        .replacen(
            "?>",
            &format!("?>\n<?xml-stylesheet href=\"{canary}s.xsl\"?><!DOCTYPE rss SYSTEM \"{canary}x.dtd\">"),
            1,
        )
        .replacen(
            "<channel>",
            &format!(
                "<channel><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>\
                 <image><url>{canary}i.png</url></image><cloud domain=\"127.0.0.2\" port=\"80\"/>"
            ),
            1,
        );
    trial.bytes(feed, &WELL);
    assert!(!trial.text().contains("root:x:0"));
}

#[test]
fn f39_billion_laughs_and_quadratic_growth() {
    let laughs: String =
        (1..10).map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10))).collect();
    let laughs = with_dtd(&format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]>"), "&l9;");
    let long = with_dtd(&format!("<!DOCTYPE rss [<!ENTITY q \"{}\">]>", "q".repeat(1 << 20)), &"&q;".repeat(10_000));
    refused(&[laughs.as_bytes(), long.as_bytes()], "dtd");
}

#[test]
fn f40_depth_and_width_without_end() {
    let inside = |content: &str| feed_of(&twenty()).replacen("<channel>", &format!("<channel>{content}"), 1);
    let attributes = |count: usize, prefix: &str| -> String {
        (0..count).fold(String::from("<x"), |tag, number| format!("{tag} {prefix}{number}=\"y\"")) + "/>"
    };
    let deep = format!("<rss>{}", "<a>".repeat(1_000_000));
    refused(&[deep.as_bytes(), inside(&"<b>".repeat(1_000)).as_bytes()], "limit:depth");
    let wide = format!("<rss {}>", "a=\"b\" ".repeat(800_000));
    let declared = attributes(100_000, "xmlns:n");
    refused(&[wide.as_bytes(), inside(&declared).as_bytes()], "limit:tag");
    refused(
        &[inside(&attributes(300, "a")).as_bytes(), inside(&attributes(100, "xmlns:n")).as_bytes()],
        "limit:attributes",
    );
    let mut trial = Trial::start();
    let endless = Reply::raw()
        .send("HTTP/1.1 200 OK\r\n\r\n<rss version=\"2.0\"><channel ")
        .send_forever("a=\"b\" ".repeat(10_000));
    trial.reply(endless, &Expect::Refused("too-large"));
}

#[test]
fn f42_json_that_attacks_its_reader() {
    let with = |item: &str| {
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"There\",\"items\":[{item}]}}")
    };
    refused(&[with(&"[".repeat(100_000)).as_bytes(), with(&"{\"a\":".repeat(100_000)).as_bytes()], "limit:depth");
    let object = with("").replace("[]", "{\"id\":\"1\"}");
    refused(&[with("{\"id\":1e999}").as_bytes(), object.as_bytes(), with("{\"id\":\"\\u12\"}").as_bytes()], "parse");
    // Of equal keys one counts, always the same.
    let mut trial = Trial::start();
    let twice = with("{\"id\":\"urn:x:1\",\"id\":\"urn:x:2\",\"title\":\"a\",\"title\":\"b\",\"content_text\":\"x\"}");
    trial.bytes(twice, &Expect::Read { warnings: &[], new: &["b"] });
    assert!(trial.mill.ids("source/bad").contains(&"urn:x:2".to_owned()));
}
