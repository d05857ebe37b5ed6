//! What is broken is read all the same, and each repair is told; what is too broken or too much is refused.

use super::*;

#[test]
fn faults_are_repaired_and_named() {
    let check = |item: &str, code: &str, title: &str| {
        let parsed = read(&format!("<rss version='2.0'><channel><item>{item}</item></channel></rss>"));
        assert!(codes(&parsed).contains(&code), "{:?} in {item}", parsed.warnings);
        assert_eq!(parsed.value.entries.len(), 1, "{item}");
        assert_eq!(value(&parsed.value.entries[0].title), title, "{item}");
    };
    check("<title>a & b</title>", "bare-ampersand", "a & b");
    check("<title>a &b; c</title>", "entity-unknown", "a &b; c");
    check("<title>R&D</title><link>?a=1&b=2</link>", "bare-ampersand", "R&D");
    check("<title>x&nbsp;y&hellip;</title>", "entity", "x\u{a0}y…");
    check("<title>x\u{8}y&#7;</title>", "control-characters", "xy");
    check("<title>x</title><description>a<br>b<p>c</description>", "unclosed-tag", "x");
    check("<title>5 < 6</title>", "bare-less-than", "5 < 6");
    check(&format!("<title>x</title><description>{}</description>", "a<br><p>b".repeat(400)), "unclosed-tag", "x");
    check("<title>x</title></p>", "unmatched-end-tag", "x");
    // A mark in the middle must not shift what comes after it.
    check("<guid>1</guid>\u{feff}<title>x</title>\u{feff}</p>", "unmatched-end-tag", "x");
    check("<guid>1</guid>\u{feff}\u{feff}<title>x</title></p>", "unmatched-end-tag", "x");
    check("<title>a &<b>x</b> & y &amp z</title>", "bare-ampersand", "a &<b>x</b> & y &amp z");
    check("<title>x</Title>", "tag-case", "x");
    check("<dc:title>x</dc:title>", "undeclared-prefix", "x");
    check("<title>x</title><own:thing>y</own:thing>", "undeclared-prefix", "x");
    check("<Title>x</Title>", "name-case", "x");
    check("<title>x</title><enclosure url='/a?b=1&c=2'/>", "bare-ampersand", "x");
    check("<title>x</title><enclosure url='/a?b=&eacute;'/>", "entity", "x");
    check("<title>x</title><enclosure url=/a.mp3 />", "unquoted-attribute", "x");
    check("<title>x</title><author>Ren&eacute;e</author>", "entity", "x");
    check("<title>x</title><pubDate>soon</pubDate>", "date", "x");
    check("<title>x</title><description b=>a</description>", "attribute", "x");
    check("<title>x</title><description foo=\">a</description>", "unmatched-end-tag", "x");
}

#[test]
fn a_title_that_nobody_closed_keeps_its_link() {
    let check = |item: &str, title: &str, link: Option<&str>| {
        let parsed = read(&format!("<rss version='2.0'><channel><item>{item}</item></channel></rss>"));
        let [entry] = parsed.value.entries.as_slice() else { panic!("one item in {item}") };
        assert_eq!((value(&entry.title), entry.link.as_deref()), (title, link), "{item}");
    };
    check("<title>Nested<link>https://a.example/1?a=1&amp;b=2</link>", "Nested", Some("https://a.example/1?a=1&b=2"));
    check("<title>Nested<link>https://a.example/1</link><b>x</b>", "Nested", Some("https://a.example/1"));
    check("<link>https://a.example/2</link><title>T<link>https://a.example/1</link>", "T", Some("https://a.example/2"));
    check("<title>the &lt;link&gt;https://a.example/1</title>", "the <link>https://a.example/1", None);
}

#[test]
fn structures_are_repaired_and_named() {
    let check = |text: &str, code: &str, titles: &[&str]| {
        let parsed = read(text);
        assert!(codes(&parsed).contains(&code), "{:?} in {text}", parsed.warnings);
        let got: Vec<_> = parsed.value.entries.iter().map(|entry| value(&entry.title)).collect();
        assert_eq!(got, titles, "{text}");
    };
    let item = |title: &str| format!("<item><title>{title}</title></item>");
    check(&format!("<rss><channel>{}</channel></rss><script>", item("a")), "junk-after", &["a"]);
    let json = |items: &str| format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{items}]}}");
    check(&json("{\"title\":\"a\nb\"}"), "json-syntax", &["a\nb"]);
    check(&json("{\"title\":\"a\",},"), "json-syntax", &["a"]);
    check(&json(r#"{"title":"it\'s"}"#), "json-syntax", &["it's"]);
    check(&json(r#"{"title":"a\ud83d"},{"title":"b\ud83d\ude00,]"}"#), "json-syntax", &["a\u{fffd}", "b😀,]"]);
    check(&format!("junk\n<rss><channel>{}</channel></rss>", item("a")), "junk-before", &["a"]);
    check(&format!("<rss><channel></channel>{}{}</rss>", item("a"), item("b")), "structure", &["a", "b"]);
    check(
        &format!("<rss><channel>{}</channel><channel>{}</channel></rss>", item("a"), item("b")),
        "structure",
        &["a", "b"],
    );
    check(&format!("<RSS><channel>{}</channel></RSS>", item("a")), "root", &["a"]);
    check(&format!("<rdf:rdf><channel/>{}</rdf:rdf>", item("a")), "root", &["a"]);
    check(&format!("<rss><channel>{}</channel></rss>", item("a")), "root-version", &["a"]);
    check(&format!("<rss version='3'><channel>{}</channel></rss>", item("a")), "root-version", &["a"]);
    check(
        &format!("<rss version='2.0' xmlns='http://www.w3.org/2005/Atom'><channel>{}</channel></rss>", item("a")),
        "root-namespace",
        &["a"],
    );
    check("<feed><entry><title>a</title></entry></feed>", "root-namespace", &["a"]);
    check("<feed xmlns='urn:x'><entry><title>a</title></entry></feed>", "root-namespace", &["a"]);
    check("<feed xmlns='http://www.w3.org/2005/ATOM'><entry><title>a</title></entry></feed>", "namespace", &["a"]);
    check("<rss version='2.0'><channel><Item><TITLE>a</TITLE></Item></channel></rss>", "name-case", &["a"]);
    check(&format!("\n <?xml version='1.0'?><rss><channel>{}</channel></rss>", item("a")), "junk-before", &["a"]);
    check(
        &format!(
            "<br />\n<b>Warning</b>: it broke in <b>x.php</b><br />\n<?xml version='1.0'?><rss version='2.0'><channel>{}</channel></rss>",
            item("a")
        ),
        "junk-before",
        &["a"],
    );
    check(&format!("<channel>{}</channel>", item("a")), "root", &["a"]);
    check(
        "<rss><channel><item><title>a</title><item><title>b</title></item></channel></rss>",
        "unclosed-tag",
        &["a", "b"],
    );
    check("<feed><entry><title>a</title><entry><title>b</title></entry></feed>", "unclosed-tag", &["a", "b"]);
    check(&format!("<rss><channel>{}<item><title>b", item("a")), "truncated", &["a"]);
    check(&format!("<rss><channel>{}<item><description><![CDATA[b", item("a")), "truncated", &["a"]);
    check(&format!("<rss><channel>{}", item("a")), "truncated", &["a"]);
    check(r#"{"version":"https://jsonfeed.org/version/1","items":[{"title":"a}"},{"title":"b"#, "truncated", &["a}"]);
    let many: String = (0..2_100).map(|_| item("a")).collect();
    let parsed = read(&format!("<rss version='2.0'><channel>{many}</channel></rss>"));
    assert_eq!(codes(&parsed), ["limit:items"]);
    assert_eq!(parsed.value.entries.len(), 2_000);
    let many: String =
        (0..2_100).map(|at| format!(r#",{{"title":"{at}","date_published":"{}"}}"#, 2_000 + at)).collect();
    let parsed = read(&format!(r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{}]}}"#, &many[1..]));
    assert_eq!(codes(&parsed), ["limit:items"]);
    assert_eq!(parsed.value.entries[0].title.as_ref().unwrap().value, "100");
    let unclosed = "<item><title>a</title>".repeat(1_000);
    assert_eq!(read(&format!("<rss><channel>{unclosed}</channel></rss>")).value.entries.len(), 1_000);
}

#[test]
fn a_good_feed_has_no_warnings() {
    let text = "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' \
        'http://my.netscape.com/publish/formats/rss-0.91.dtd'>\n<!-- c --><rss version='0.91'><channel><title>T</title>\
        <item><title>a &lt; b &#169;</title></item></channel></rss>\n";
    assert_eq!(read(text).warnings, []);
}

#[test]
fn a_document_is_not_allowed_everything() {
    let dtd = "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>";
    assert_eq!(class(dtd), "dtd");
    assert_eq!(class("<!DOCTYPE x [<!ENTITY % e SYSTEM 'http://canary.example/'> %e;]><rss/>"), "dtd");
    assert_eq!(class("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><rss/>"), "dtd");
    let rss_10 = "<!DOCTYPE rdf:RDF [<!ENTITY % HTMLlat1 PUBLIC \"-//W3C//ENTITIES Latin 1 for XHTML//EN\" \"x\">]><rss version='2.0'/>";
    assert_eq!(codes(&read(rss_10)), ["dtd"]);
    assert_eq!(class(&format!("<rss>{}", "<a>".repeat(1_000_000))), "limit:depth");
    let attributes: String = (0..800_000).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(class(&format!("<rss{attributes}>")), "limit:tag");
    let attributes: String = (0..300).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(class(&format!("<rss{attributes}>")), "limit:attributes");
    assert_eq!(codes(&read(&format!("<rss version='2.0'>{}", "<item a=\"".repeat(20_000)))), ["truncated"]);
    read(&format!("<rss><channel><title>{}</title></channel></rss>", "<\"".repeat(200_000)));
}

#[test]
fn faults_are_told_with_their_line() {
    let parsed = read(
        "<rss version='2.0'>\n<channel>\n<item>\n<title>a & b</title>\n<description>x<br></description>\n<Guid>1</Guid>\n<pubDate>soon</pubDate>\n\
        </item>\n</channel>\n<item><title>c</title></item>\n</rss>",
    );
    let told: Vec<_> = parsed.warnings.iter().map(|warning| (&*warning.code, warning.line)).collect();
    assert_eq!(
        told,
        [
            ("bare-ampersand", Some(4)),
            ("unclosed-tag", Some(5)),
            ("name-case", Some(6)),
            ("date", Some(7)),
            ("structure", Some(10))
        ]
    );
    assert!(parsed.warnings.iter().all(|warning| warning.path.is_some()));
}

#[test]
fn declarations_of_character_sets_are_held_against_the_bytes() {
    let feed = "<rss version='2.0'><channel><item><title>金融市场与货币政策的新消息</title></item></channel></rss>";
    let check = |bytes: Vec<u8>, expect: &[&str]| {
        let parsed = parse(&document(&bytes), Tz::UTC).unwrap();
        assert_eq!(codes(&parsed), expect);
        assert_eq!(value(&parsed.value.entries[0].title), "金融市场与货币政策的新消息");
    };
    check(format!("<?xml version='1.0' encoding='utf-8'?>{feed}").into(), &[]);
    check(format!("<?xml version='1.0' encoding='iso-8859-1'?>{feed}").into(), &["encoding"]);
    check(format!("<?xml version='1.0' encoding='no-such'?>{feed}").into(), &["encoding"]);
    let gbk = encoding_rs::GBK.encode(feed).0;
    check([&b"<?xml version='1.0' encoding='gbk'?>"[..], &gbk].concat(), &[]);
    check([&b"<?xml version='1.0' encoding='utf-8'?>"[..], &gbk].concat(), &["encoding"]);
}

#[test]
fn a_feed_may_be_empty() {
    let check = |text: &str| assert_eq!(read(text).warnings, [], "{text}");
    check("<rss version='2.0'><channel><title>T</title></channel></rss>");
    check("<rss version='2.0'><channel/></rss>");
    check("<feed xmlns='http://www.w3.org/2005/Atom'/>");
    check("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[]}");
}

#[test]
fn what_is_repeated_costs_what_it_is_long() {
    let blank = " ".repeat(100_000);
    let children = "<b/>".repeat(20_000);
    let entry = only(&format!(
        "<rss version='2.0'><channel><item><description>{blank}{children}</description></item></channel></rss>"
    ));
    assert_eq!(value(&entry.content).matches("<b>").count(), 20_000);

    let files = |range: std::ops::Range<usize>, attribute: &str| -> String {
        range.map(|n| format!("<media:content url='{n}' type='video/x' {attribute}/>")).collect()
    };
    let item = |inner: &str| {
        only(&format!(
            "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><item>{inner}</item></channel></rss>"
        ))
    };
    assert_eq!(item(&files(0..20_000, "isDefault='true'")).enclosures.len(), 1_000);
    let entry = item(&(files(0..2, "") + &files(2..3, "isDefault='true'")));
    let urls: Vec<_> = entry.enclosures.iter().filter_map(|file| file.url.rsplit('/').next()).collect();
    assert_eq!(urls, ["2", "0", "1"]);
}

#[test]
fn long_bases_do_not_grow_without_end() {
    let feed = |base: usize, items: &str| {
        let base = "x".repeat(base);
        read(&format!("<rss version='2.0' xml:base='https://b.example/{base}/'><channel>{items}</channel></rss>")).value
    };
    // One that is longer than any address may be is none.
    let entry = &feed(20_000, "<item><link>a</link></item>").entries[0];
    assert_eq!(entry.link.as_deref(), Some("https://example.org/feeds/a"));
    assert_eq!(feed(1_000, "<item><link>a</link></item>").entries[0].link.as_ref().map(String::len), Some(1_020));
    let files: String = (0..1_000).map(|n| format!("<enclosure url='{n}'/>")).collect();
    let feed = feed(8_000, &format!("<item>{files}</item>").repeat(20));
    let bytes: usize = feed.entries.iter().flat_map(|entry| &entry.enclosures).map(|file| file.url.len()).sum();
    assert!(bytes < 70 << 20, "{bytes}");
}
