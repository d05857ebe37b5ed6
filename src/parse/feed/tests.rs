//! Whole documents: one table for each format, one for the repairs, properties of hostile bytes.

use super::*;
use crate::model::{DateSource, Entry, Image, Markup, Person, Text};
use proptest::prelude::*;

mod modules;
mod repairs;

fn document(bytes: &[u8]) -> Document {
    let url = Url::parse("https://example.org/feeds/all.xml").ok();
    Document { bytes: bytes.to_vec(), url, ..Document::default() }
}

fn read(text: &str) -> Parsed<FeedDocument> {
    parse(&document(text.as_bytes()), Tz::UTC).unwrap_or_else(|error| panic!("{error}: {text:.300}"))
}

fn class(text: &str) -> &'static str {
    match parse(&document(text.as_bytes()), Tz::UTC) {
        Ok(parsed) => panic!("read as {:?}: {text:.300}", parsed.value.format),
        Err(error) => error.class,
    }
}

fn only(text: &str) -> Entry {
    let mut parsed = read(text);
    // Which dates can be read is the date parser's matter, not that of these tables.
    parsed.warnings.retain(|warning| warning.code != "date");
    assert_eq!(parsed.warnings, [], "{text}");
    assert_eq!(parsed.value.entries.len(), 1, "{text}");
    parsed.value.entries.remove(0)
}

/// An item of an RSS 2.0 feed that declares the usual prefixes.
fn rss_item(inner: &str) -> Entry {
    only(&format!(
        r#"<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
            xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom">
            <channel><link>https://home.example/</link><item>{inner}</item></channel></rss>"#
    ))
}

fn atom_entry(inner: &str) -> Entry {
    only(&format!(r#"<feed xmlns="http://www.w3.org/2005/Atom"><entry>{inner}</entry></feed>"#))
}

fn value(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", |text| text.value.as_str())
}

fn codes(parsed: &Parsed<FeedDocument>) -> Vec<&str> {
    parsed.warnings.iter().map(|warning| &*warning.code).collect()
}

#[test]
fn formats_are_told_apart_by_content() {
    let check = |text: &str, format: Format| {
        let parsed = read(text);
        assert_eq!(parsed.value.format, format, "{text}");
        assert_eq!(value(&parsed.value.title), "T", "{text}");
        assert_eq!(value(&parsed.value.entries[0].title), "I", "{text}");
    };
    let channel = "<channel><title>T</title><item><title>I</title></item></channel>";
    for version in ["0.91", "0.92", "0.93", "0.94"] {
        check(&format!("<rss version=\"{version}\">{channel}</rss>"), Format::Rss09);
    }
    for version in ["2.0", "2.00", "2.1", "2.01", "", "RSS 2"] {
        check(&format!("<rss version=\"{version}\">{channel}</rss>"), Format::Rss20);
    }
    check(&format!("<rss>{channel}</rss>"), Format::Rss20);
    check(&format!("<RSS VERSION='2.0'>{channel}</RSS>"), Format::Rss20);
    check(&format!("<rss version='2.0' xmlns='http://backend.userland.com/rss2'>{channel}</rss>"), Format::Rss20);
    check(&format!("<rss version='2.0' xmlns='http://www.w3.org/2005/Atom'>{channel}</rss>"), Format::Rss20);
    let rdf = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'";
    let beside = "<channel><title>T</title></channel><item><title>I</title></item>";
    check(&format!("<rdf:RDF {rdf} xmlns='http://purl.org/rss/1.0/'>{beside}</rdf:RDF>"), Format::Rss10);
    check(&format!("<rdf:RDF {rdf} xmlns='http://my.netscape.com/rdf/simple/0.9/'>{beside}</rdf:RDF>"), Format::Rss09);
    check(
        &format!(
            "<r:RDF {} xmlns:x='http://purl.org/rss/1.0/'>{}</r:RDF>",
            rdf.replace(":rdf", ":r"),
            beside.replace("</", "</x:").replace("<c", "<x:c").replace("<t", "<x:t").replace("<i", "<x:i")
        ),
        Format::Rss10,
    );
    let entry = "<title>T</title><entry><title>I</title></entry>";
    check(&format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"), Format::Atom10);
    check(&format!("<feed>{entry}</feed>"), Format::Atom10);
    check(&format!("<feed version='0.3' xmlns='http://purl.org/atom/ns#'>{entry}</feed>"), Format::Atom03);
    check(&format!("<feed version='0.3'>{entry}</feed>"), Format::Atom03);
    check(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>T</a:title><a:entry><a:title>I</a:title></a:entry></a:feed>",
        Format::Atom10,
    );
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","title":"I"}]}"#;
    check(json, Format::JsonFeed11);
    check(&json.replace("1.1", "1"), Format::JsonFeed10);
    check(&format!("\u{feff}\n {json}"), Format::JsonFeed11);
}

#[test]
fn what_is_no_feed_is_named() {
    assert_eq!(class(""), "empty");
    assert_eq!(class(" \n\t"), "empty");
    assert_eq!(class("\u{feff}"), "empty");
    assert_eq!(class("hello"), "not-a-feed");
    assert_eq!(class("<opml version='2.0'><body/></opml>"), "not-a-feed");
    assert_eq!(class("<urlset/>"), "not-a-feed");
    assert_eq!(class("[1,2]"), "not-a-feed");
    assert_eq!(class("{\"a\":1}"), "not-a-feed");
    assert_eq!(class("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}}"), "parse");
    assert_eq!(class("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><x/></rdf:RDF>"), "not-a-feed");
    let page = "<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' href='/feed'></head></html>";
    let error = parse(&document(page.as_bytes()), Tz::UTC).unwrap_err();
    assert_eq!(error.class, "not-a-feed");
    assert!(error.message.contains("`https://example.org/feed`"), "{}", error.message);
}

#[test]
fn errors_have_a_place_in_characters() {
    let error = parse(&document("{\n \"版本\": x}".as_bytes()), Tz::UTC).unwrap_err();
    assert_eq!((error.class, error.line, error.column), ("parse", Some(2), Some(8)));
    let error = parse(&document("<!-- 金 -->\n<rss".as_bytes()), Tz::UTC).unwrap_err();
    assert_eq!((error.class, error.line, error.column), ("parse", Some(2), Some(5)));
}

#[test]
fn rss_items() {
    let entry = rss_item(
        r#"<title>A &amp; B</title><link>/a?x=1&amp;y=2</link><guid isPermaLink="false">tag:1</guid>
        <description>&lt;p&gt;short&lt;/p&gt;</description><content:encoded><![CDATA[<p>long &amp; wide</p>]]></content:encoded>
        <author>a@b.example (Ann)</author><category>One</category><category domain="x"><![CDATA[Two]]></category>
        <category>One</category><comments>c.html</comments>
        <enclosure url="/a.mp3" type="audio/mpeg" length="123"/><enclosure url="/b.ogg" length="none"/>
        <source url="https://other.example/rss">Other</source>"#,
    );
    assert_eq!(entry.title, Some(Text::plain("A & B")));
    assert_eq!(entry.link.as_deref(), Some("https://example.org/a?x=1&y=2"));
    assert_eq!(entry.id.as_deref(), Some("tag:1"));
    assert_eq!(entry.content, Some(Text::html("<p>long &amp; wide</p>")));
    assert_eq!(entry.summary, Some(Text::html("<p>short</p>")));
    assert_eq!(entry.authors, [Person { name: Some("Ann".into()), email: Some("a@b.example".into()), url: None }]);
    assert_eq!(entry.categories, [["One"], ["Two"]]);
    assert_eq!(entry.terms, ["One", "Two", "One"]);
    assert_eq!(entry.comments.as_deref(), Some("https://example.org/feeds/c.html"));
    let enclosures: Vec<_> = entry.enclosures.iter().map(|e| (e.url.as_str(), e.length)).collect();
    assert_eq!(enclosures, [("https://example.org/a.mp3", Some(123)), ("https://example.org/b.ogg", None)]);
    let source = entry.source.unwrap();
    assert_eq!(
        (source.title.as_deref(), source.self_link.as_deref()),
        (Some("Other"), Some("https://other.example/rss"))
    );
}

#[test]
fn rss_descriptions_are_the_body_where_there_is_no_other() {
    let check = |inner: &str, content: &str, summary: &str| {
        let entry = rss_item(inner);
        assert_eq!((value(&entry.content), value(&entry.summary)), (content, summary), "{inner}");
    };
    check("<description>d</description>", "d", "");
    check("<description>d</description><content:encoded>c</content:encoded>", "c", "d");
    check("<description>c</description><content:encoded>c</content:encoded>", "c", "");
    check("<description/><content:encoded>c</content:encoded>", "c", "");
    check("<description>d</description><itunes:summary>s</itunes:summary>", "d", "s");
    check("<itunes:summary>s</itunes:summary>", "", "s");
    check("<media:description>m</media:description>", "m", "");
    check("<dc:description>m</dc:description><description>d</description>", "d", "");
    check("<atom:content type='html'>&lt;p></atom:content><description>d</description>", "<p>", "d");
    check("<body xmlns='http://www.w3.org/1999/xhtml'><p>x &amp; y<br/></p></body>", "<p>x &amp; y<br></p>", "");
    check("<description>a <b>c</b> &amp; d</description>", "a <b>c</b> & d", "");
}

#[test]
fn rss_titles_are_html_only_where_they_read_so() {
    let check = |inner: &str, expect: Text| {
        assert_eq!(rss_item(&format!("<title>{inner}</title>")).title, Some(expect), "{inner}")
    };
    check("plain", Text::plain("plain"));
    check("AT&amp;T", Text::plain("AT&T"));
    check("a &lt; b", Text::plain("a < b"));
    check("AT&amp;amp;T", Text::html("AT&amp;T"));
    check("&lt;i&gt;x&lt;/i&gt;", Text::html("<i>x</i>"));
    check("<![CDATA[<i>x</i>]]>", Text::html("<i>x</i>"));
    check("<i>x</i> y", Text::html("<i>x</i> y"));
    check("\n  <![CDATA[ x ]]>\n", Text::plain("x"));
}

#[test]
fn guids_are_permalinks_unless_they_say_otherwise() {
    let check = |inner: &str, id: &str, link: &str| {
        let entry = rss_item(inner);
        assert_eq!((entry.id.as_deref().unwrap_or(""), entry.link.as_deref().unwrap_or("")), (id, link), "{inner}");
    };
    check("<guid>https://a.example/1</guid>", "https://a.example/1", "https://a.example/1");
    check("<guid isPermaLink='false'>https://a.example/1</guid>", "https://a.example/1", "");
    check("<guid>abc</guid>", "abc", "");
    check("<guid isPermaLink='true'>/1</guid>", "https://example.org/1", "https://example.org/1");
    check(
        "<guid>https://a.example/1</guid><link>https://b.example/</link>",
        "https://a.example/1",
        "https://b.example/",
    );
    check("<guid isPermaLink='false'>/1</guid>", "https://home.example/1", "");
}

#[test]
fn media_and_itunes() {
    let image = |inner: &str| rss_item(inner).image.map(|image| image.url).unwrap_or_default();
    assert_eq!(
        image("<media:thumbnail url='/t.png'/><media:content url='/c.jpg' medium='image'/>"),
        "https://example.org/c.jpg"
    );
    assert_eq!(
        image("<media:content url='/s.jpg' width='100'/><media:content url='/l.jpg' width='900'/>"),
        "https://example.org/l.jpg"
    );
    assert_eq!(
        image("<media:group><media:content url='/v.mp4'/><media:thumbnail url='/t.png'/></media:group>"),
        "https://example.org/t.png"
    );
    assert_eq!(
        image("<media:content url='https://0.gravatar.com/avatar/1' medium='image'/><media:thumbnail url='/t.png'/>"),
        "https://example.org/t.png"
    );
    assert_eq!(image("<itunes:image href='/i.png'/>"), "https://example.org/i.png");
    assert_eq!(image("<enclosure url='/e.png' type='image/png'/>"), "");

    let entry = rss_item(
        "<media:group><media:content url='/low.mp4' fileSize='7' duration='61'/><media:content url='/high.mp4'/></media:group>",
    );
    assert_eq!(entry.enclosures.len(), 1);
    assert_eq!((entry.enclosures[0].length, entry.enclosures[0].duration), (Some(7), Some(61)));
    let entry =
        rss_item("<enclosure url='/e.mp3'/><media:content url='/m.mp4'/><itunes:duration>1:00</itunes:duration>");
    assert_eq!(entry.enclosures.len(), 1);
    assert_eq!(entry.enclosures[0].duration, Some(60));
    assert_eq!(rss_item("<itunes:keywords>a, b</itunes:keywords>").tags, ["a", "b"]);
    let entry = rss_item("<dc:creator>Ann</dc:creator><author>a@b.example</author>");
    assert_eq!(entry.authors, [Person { name: Some("Ann".into()), email: Some("a@b.example".into()), url: None }]);
}

#[test]
fn dates_are_taken_from_the_right_elements() {
    let (one, two) = ("2024-01-02T03:04:05Z", "2025-01-02T03:04:05Z");
    let check = |entry: Entry, published: &str, updated: &str| {
        let date = |text: &str| crate::parse::date::parse(text, Tz::UTC);
        assert_eq!((entry.published, entry.updated), (date(published), date(updated)));
        let only_update = published == updated && !published.is_empty();
        let source = if only_update { DateSource::Updated } else { DateSource::Feed };
        assert_eq!(entry.date_source, date(published).map(|_| source));
    };
    check(rss_item(&format!("<dc:date>{two}</dc:date><pubDate>{one}</pubDate>")), one, "");
    check(rss_item(&format!("<dc:date>{two}</dc:date>")), two, "");
    check(rss_item(&format!("<atom:updated>{two}</atom:updated><atom:published>{one}</atom:published>")), one, two);
    check(atom_entry(&format!("<updated>{two}</updated><published>{one}</published>")), one, two);
    check(atom_entry(&format!("<modified>{two}</modified><issued>{one}</issued>")), one, two);
    check(atom_entry(&format!("<updated>{two}</updated>")), two, two);
}

#[test]
fn naked_html_is_kept() {
    let read = |inner: &str| {
        let text = format!("<rss><channel><item><description>{inner}</description></item></channel></rss>");
        let entry = read(&text).value.entries.remove(0);
        value(&entry.content).to_owned()
    };
    assert_eq!(read("a<br>b<img src='x'>c"), "a<br>b<img src=\"x\">c");
    assert_eq!(read("<p>a<p>b<i>c</i>"), "<p>a</p><p>b<i>c</i></p>");
    assert_eq!(read("<ul><li>a<li>b</ul>"), "<ul><li>a</li><li>b</li></ul>");
    assert_eq!(read("a<br></br>b"), "a<br>b");
}

#[test]
fn channels() {
    let feed = read(
        r#"<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel><title>T</title><link>https://home.example/</link><atom:link rel="self" href="all.xml"/>
        <atom:link rel="hub" href="https://hub.example/"/><description>D &amp; E</description><language>de</language>
        <copyright>R</copyright><managingEditor>e@b.example (Ed)</managingEditor><webMaster>w@b.example</webMaster>
        <generator>G</generator><category>C</category><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
        <image><url>logo.png</url><title>L</title><width>88</width></image></channel></rss>"#,
    )
    .value;
    assert_eq!(feed.link.as_deref(), Some("https://home.example/"));
    assert_eq!(feed.self_link.as_deref(), Some("https://example.org/feeds/all.xml"));
    assert_eq!(feed.hub.as_deref(), Some("https://hub.example/"));
    assert_eq!(feed.description, Some(Text::plain("D & E")));
    assert_eq!(
        (feed.language.as_deref(), feed.rights.as_deref(), feed.generator.as_deref()),
        (Some("de"), Some("R"), Some("G"))
    );
    assert_eq!(feed.authors, [Person { name: Some("Ed".into()), email: Some("e@b.example".into()), url: None }]);
    assert_eq!(feed.categories, ["C"]);
    assert_eq!(feed.ttl, Some(43_200));
    let image = Image {
        url: "https://example.org/feeds/logo.png".into(),
        width: Some(88),
        alt: Some("L".into()),
        ..Image::default()
    };
    assert_eq!(feed.image, Some(image));
    assert_eq!(read("<rss><channel><ttl>60</ttl></channel></rss>").value.ttl, Some(3_600));
}

#[test]
fn atom_texts() {
    let check = |inner: &str, markup: Markup, expect: &str| {
        let content = atom_entry(inner).content.unwrap_or_else(|| panic!("nothing in {inner}"));
        assert_eq!((content.markup, content.value.as_str()), (markup, expect), "{inner}");
    };
    check("<content>a &lt;b> c</content>", Markup::Text, "a <b> c");
    check("<content type='html'>&lt;p>x &amp;amp; y</content>", Markup::Html, "<p>x &amp; y");
    check("<content type='HTML'><![CDATA[<p>x</p>]]></content>", Markup::Html, "<p>x</p>");
    check(
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p title='a\"b'>x &amp; <b>y</b><br/></p><div>z</div></div></content>",
        Markup::Html,
        "<p title='a\"b'>x &amp; <b>y</b><br></p><div>z</div>",
    );
    check(
        "<content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:p>x</h:p></h:div></content>",
        Markup::Html,
        "<p>x</p>",
    );
    check("<content type='text/html' mode='escaped'>&lt;p></content>", Markup::Html, "<p>");
    check("<content type='text/html' mode='base64'>PHA+</content>", Markup::Html, "<p>");
    check("<content type='application/xhtml+xml' mode='xml'><p>x</p></content>", Markup::Html, "<p>x</p>");
    check("<content type='text/plain' mode='escaped'>a &lt; b</content>", Markup::Text, "a < b");
    check("<content type='xhtml'>&lt;p>x&lt;/p></content>", Markup::Html, "<p>x</p>");
    assert_eq!(atom_entry("<content type='image/png'>iVBORw0KGgo=</content>").content, None);
    let entry = atom_entry("<content src='/out.html'/>");
    assert_eq!((entry.content, entry.link.as_deref()), (None, Some("https://example.org/out.html")));
}

#[test]
fn atom_links_and_people() {
    let entry = atom_entry(
        r#"<id>urn:1</id><link href="/a.pdf" type="application/pdf"/><link rel="alternate" type="text/html" href="/a"/>
        <link rel="http://www.iana.org/assignments/relation/related" href="https://r.example/"/>
        <link rel="replies" type="text/html" href="/a#comments"/><link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="9"/>
        <author><name>Ann</name><uri>/ann</uri><email>a@b.example</email></author><author><name>Bo</name></author>
        <category term="t" label="Tee"/><category term="http://schemas.google.com/blogger/2008/kind#post" scheme="http://schemas.google.com/g/2005#kind"/>
        <rights>R</rights><source><id>urn:s</id><title type="html">S &amp;amp; S</title><link href="https://s.example/"/></source>"#,
    );
    assert_eq!(entry.link.as_deref(), Some("https://example.org/a"));
    assert_eq!(entry.external_link.as_deref(), Some("https://r.example/"));
    assert_eq!(entry.comments.as_deref(), Some("https://example.org/a#comments"));
    assert_eq!(entry.enclosures[0].length, Some(9));
    assert_eq!(entry.authors.len(), 2);
    assert_eq!(entry.authors[0].url.as_deref(), Some("https://example.org/ann"));
    assert_eq!(entry.terms, ["t"]);
    let source = entry.source.unwrap();
    assert_eq!((source.title.as_deref(), source.link.as_deref()), (Some("S & S"), Some("https://s.example/")));
}

#[test]
fn bases_and_languages_are_inherited() {
    let parsed = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/" xml:lang="en">
        <link href="home"/><entry xml:base="y/"><link href="1"/><content xml:base="z/" type="html">&lt;img src=i></content></entry>
        <entry xml:lang="fr"><link href="2"/><title>t</title></entry></feed>"#,
    );
    let feed = parsed.value;
    assert_eq!(feed.link.as_deref(), Some("https://b.example/x/home"));
    assert_eq!(feed.language.as_deref(), Some("en"));
    assert_eq!(feed.entries[0].link.as_deref(), Some("https://b.example/x/y/1"));
    assert_eq!(feed.entries[0].base.as_ref().map(Url::as_str), Some("https://b.example/x/y/z/"));
    assert_eq!(feed.entries[0].language, None);
    assert_eq!(value(&feed.entries[0].content), "<img src=i>");
    assert_eq!(feed.entries[1].link.as_deref(), Some("https://b.example/x/2"));
    assert_eq!(feed.entries[1].language.as_deref(), Some("fr"));
}

#[test]
fn without_a_base_the_home_page_is_one() {
    let text = "<rss version='2.0'><channel><link>https://h.example/b/</link><item><link>1</link><guid>/1</guid>\
        <enclosure url='a.mp3'/></item></channel></rss>";
    let document = Document { bytes: text.into(), ..Document::default() };
    let entry = parse(&document, Tz::UTC).unwrap().value.entries.remove(0);
    assert_eq!(entry.link.as_deref(), Some("https://h.example/b/1"));
    assert_eq!(entry.id.as_deref(), Some("https://h.example/1"));
    assert_eq!(entry.enclosures[0].url, "https://h.example/b/a.mp3");
}

#[test]
fn json_feeds() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","home_page_url":"https://h.example/","feed_url":"/f.json",
        "icon":"/i.png","favicon":"/f.ico","language":"en","authors":[{"name":"Ann","url":"https://ann.example/"}],
        "hubs":[{"type":"WebSub","url":"https://hub.example/"}],
        "items":[{"id":7,"url":"/1","external_url":"https://e.example/","content_html":"<p>","content_text":"t","summary":"s",
        "image":"/i.jpg","banner_image":"/b.jpg","tags":["a","b"],"language":"de","author":{"name":"Bo"},
        "attachments":[{"url":"/a.mp3","mime_type":"audio/mpeg","size_in_bytes":5,"duration_in_seconds":61.5,"title":"A"}]},
        {"id":"2","content_text":"only text"}]}"#,
    )
    .value;
    assert_eq!(feed.self_link.as_deref(), Some("https://example.org/f.json"));
    assert_eq!(feed.icon.as_deref(), Some("https://example.org/f.ico"));
    assert_eq!(feed.hub.as_deref(), Some("https://hub.example/"));
    let entry = &feed.entries[0];
    assert_eq!(entry.id.as_deref(), Some("7"));
    assert_eq!(entry.external_link.as_deref(), Some("https://e.example/"));
    assert_eq!(entry.content, Some(Text::html("<p>")));
    assert_eq!(entry.summary, Some(Text::plain("s")));
    assert_eq!(entry.image.as_ref().map(|image| image.url.as_str()), Some("https://example.org/i.jpg"));
    assert_eq!(entry.terms, ["a", "b"]);
    assert_eq!(entry.authors[0].name.as_deref(), Some("Bo"));
    assert_eq!((entry.enclosures[0].length, entry.enclosures[0].duration), (Some(5), Some(61)));
    assert_eq!(feed.entries[1].content, Some(Text::plain("only text")));
}

#[test]
fn json_of_the_wrong_kind_is_left_out() {
    let parsed = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[1,{"id":null,"title":["x"],"tags":"a, b",
        "authors":[{}, null, "Ann"],"attachments":[{"url":"/a","size_in_bytes":-1e300}],"date_published":"never"}]}"#,
    );
    assert_eq!(codes(&parsed), ["json-feed", "json-feed", "date"]);
    let entry = &parsed.value.entries[0];
    assert_eq!((entry.id.as_deref(), entry.title.as_ref()), (None, None));
    assert_eq!(entry.terms, ["a", "b"]);
    assert_eq!(entry.authors.len(), 1);
    assert_eq!(entry.enclosures[0].length, None);
    let deep = format!("{{\"items\":{}", "[".repeat(100_000));
    assert_eq!(class(&deep), "limit:depth");
}

const SAMPLES: [&str; 3] = [
    r#"<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>金融 T</title><link>https://h.example/</link><item><title>a &amp; b</title><guid>1</guid><description><![CDATA[<p>x</p>]]></description>
<media:group><media:content url="/v.mp4"/></media:group></item><item><title>é</title><enclosure url="/a" length="1"/></item><item><guid>3</guid></item></channel></rss>"#,
    r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/"><title>T</title><entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<br/></div></title>
<author><name>Ann</name></author><link href="1"/></entry><entry><title>b &#8364;</title><category term="金"/><source><id>x</id></source></entry></feed>"#,
    r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","title":"a"},{"id":"2","title":"金","tags":["x"]},{"id":3}]}"#,
];

#[test]
fn a_cut_document_gives_its_whole_items() {
    for sample in SAMPLES {
        let whole = read(sample).value.entries;
        for cut in 0..sample.len() {
            let Ok(parsed) = parse(&document(&sample.as_bytes()[..cut]), Tz::UTC) else { continue };
            let entries = parsed.value.entries;
            assert!(entries.len() <= whole.len());
            for (entry, expect) in entries.iter().zip(&whole) {
                assert_eq!(
                    (&entry.id, &entry.title, &entry.link),
                    (&expect.id, &expect.title, &expect.link),
                    "cut at {cut}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&document(&bytes), Tz::UTC);
    }

    #[test]
    fn arbitrary_markup_never_panics(pieces in proptest::collection::vec(
        prop_oneof![
            Just("<rss version='2.0'>"), Just("<channel>"), Just("<item>"), Just("</item>"), Just("<title>"), Just("</title>"),
            Just("<feed xmlns='http://www.w3.org/2005/Atom'>"), Just("<entry>"), Just("</entry>"), Just("<content type='xhtml'>"),
            Just("<div>"), Just("</div>"), Just("<br/>"), Just("<![CDATA["), Just("]]>"), Just("<!--"), Just("-->"), Just("&"), Just("&lt;"),
            Just("&#x1F600;"), Just("&#0;"), Just("<"), Just(">"), Just("\""), Just("'"), Just("<a b=\""), Just("<!DOCTYPE"), Just("["),
            Just("金"), Just("\u{feff}"), Just("<media:group>"), Just("<itunes:category text='x'/>"), Just("<author>"), Just("<?"), Just("?>"),
            Just("<x:y xmlns:x=''>"), Just("\r\n"), Just("</"), Just("<source>"), Just("<image url='x'/>"), Just("xml:base='//'"),
        ], 0..40)
    ) {
        let _ = parse(&document(pieces.concat().as_bytes()), Tz::UTC);
    }

    #[test]
    fn damaged_feeds_never_panic(which in 0usize..3, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0usize..6) {
        let mut bytes = SAMPLES[which].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let end = (at + cut).min(bytes.len());
        bytes.drain(at..end);
        let _ = parse(&document(&bytes), Tz::UTC);
    }
}
