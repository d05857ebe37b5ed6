//! The vocabularies beside the formats' own: what they say beyond the model stands in `Entry::extra`.

use super::*;
use serde_json::{Value, json};

/// An item with every vocabulary under a prefix that nobody uses for it.
fn item(inner: &str) -> Entry {
    only(&format!(
        r#"<rss version="2.0" xmlns:p="https://podcastindex.org/namespace/1.0" xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"
        xmlns:g="http://www.google.com/schemas/play-podcasts/1.0" xmlns:m="http://search.yahoo.com/mrss/" xmlns:t="http://purl.org/syndication/thread/1.0"
        xmlns:s="http://purl.org/rss/1.0/modules/slash/" xmlns:w="http://wellformedweb.org/CommentAPI/" xmlns:r="http://www.georss.org/georss"
        xmlns:l="http://www.opengis.net/gml" xmlns:e="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:c="http://backend.userland.com/creativeCommonsRssModule"
        xmlns:cc="http://web.resource.org/cc/" xmlns:f="http://rssnamespace.org/feedburner/ext/1.0" xmlns:d="http://purl.org/dc/terms/"
        xmlns:x="http://prismstandard.org/namespaces/1.2/basic/" xmlns:a="http://www.w3.org/2005/Atom" xmlns:app="http://www.w3.org/2007/app">
        <channel><link>https://home.example/</link><item>{inner}</item></channel></rss>"#
    ))
}

#[test]
fn what_the_model_has_no_field_for_is_kept_by_name() {
    let check = |inner: &str, expect: Value| assert_eq!(Value::Object(item(inner).extra), expect, "{inner}");
    check(
        "<s:comments> 12 </s:comments><s:section>news</s:section>",
        json!({ "comment_count": 12, "section": "news" }),
    );
    check("<s:comments>many</s:comments>", json!({}));
    check("<t:total>3</t:total>", json!({ "comment_count": 3 }));
    check("<w:commentRss>/c.xml</w:commentRss>", json!({ "comments_feed": "https://example.org/c.xml" }));
    check(
        "<t:in-reply-to ref='tag:1' href='/1' type='text/html'/><t:in-reply-to ref='tag:2'/>",
        json!({ "in_reply_to": [{ "id": "tag:1", "url": "https://example.org/1" }, { "id": "tag:2" }] }),
    );
    check("<a:link rel='replies' type='application/atom+xml' href='/r' t:count='2'/>", {
        json!({ "comment_count": 2, "comments_feed": "https://example.org/r" })
    });
    check(
        "<i:season>2</i:season><p:episode>7</p:episode><i:episodeType>full</i:episodeType><i:explicit>No</i:explicit>",
        json!({ "season": 2, "episode": 7, "episode_type": "full", "explicit": false }),
    );
    check(
        "<p:transcript url='/t.vtt' type='text/vtt'/><p:chapters url='/c.json' type='application/json+chapters'/>",
        {
            json!({
                "transcripts": [{ "url": "https://example.org/t.vtt", "type": "text/vtt" }],
                "chapters": { "url": "https://example.org/c.json", "type": "application/json+chapters" },
            })
        },
    );
    check("<m:player url='/p'/><m:credit role='director'>Ann</m:credit>", {
        json!({ "player": "https://example.org/p", "credits": [{ "name": "Ann", "role": "director" }] })
    });
    check("<x:doi>10.1/x</x:doi>", json!({ "doi": "10.1/x" }));
}

#[test]
fn places_are_read_in_every_vocabulary() {
    let check = |inner: &str, latitude: f64, longitude: f64| {
        let location = &item(inner).extra["location"];
        assert_eq!(
            (location["latitude"].as_f64(), location["longitude"].as_f64()),
            (Some(latitude), Some(longitude)),
            "{inner}"
        );
    };
    check("<r:point>45.25 -71.5</r:point>", 45.25, -71.5);
    check("<r:where><l:Point><l:pos>45.25 -71.5</l:pos></l:Point></r:where>", 45.25, -71.5);
    check("<e:lat>45.25</e:lat><e:long>-71.5</e:long>", 45.25, -71.5);
    check("<e:Point><e:lat>45.25</e:lat><e:long>-71.5</e:long></e:Point>", 45.25, -71.5);
    check("<p:location geo='geo:45.25,-71.5;u=3'>There</p:location>", 45.25, -71.5);
    assert_eq!(item("<r:featurename>There</r:featurename>").extra["location"], json!({ "name": "There" }));
    assert_eq!(item("<r:point>here</r:point><r:line>1 2 3 4</r:line>").extra.get("location"), None);
}

#[test]
fn licenses_are_rights_where_nothing_else_is() {
    let check = |inner: &str, rights: &str, license: &str| {
        let entry = item(inner);
        assert_eq!(
            (entry.rights.as_deref(), entry.extra["license"].as_str()),
            (Some(rights), Some(license)),
            "{inner}"
        );
    };
    let address = "https://creativecommons.org/licenses/by/4.0/";
    check(&format!("<c:license>{address}</c:license>"), address, address);
    check(&format!("<cc:license resource='{address}'/>"), address, address);
    check(&format!("<a:link rel='license' href='{address}'/>"), address, address);
    check(&format!("<d:license>{address}</d:license>"), address, address);
    check(&format!("<p:license url='{address}'>cc-by-4.0</p:license>"), address, address);
    check(&format!("<c:license>{address}</c:license><copyright>Ann</copyright>"), "Ann", address);
}

#[test]
fn podcasts_are_read_whole() {
    let entry = item(
        "<i:title>E</i:title><i:author>Show</i:author><p:person href='/bo'>Bo</p:person><p:person role='Guest'>Cy</p:person>
        <g:description>G</g:description><p:socialInteract protocol='activitypub' uri='https://m.example/1'/>
        <p:alternateEnclosure type='audio/opus' length='9'><p:source uri='/e.opus'/></p:alternateEnclosure>",
    );
    assert_eq!((value(&entry.title), value(&entry.summary)), ("E", "G"));
    assert_eq!(entry.authors[0].name.as_deref(), Some("Show"));
    assert_eq!(
        entry.extra["people"],
        json!([{ "name": "Bo", "role": "host", "url": "https://example.org/bo" }, { "name": "Cy", "role": "guest" }])
    );
    assert_eq!(entry.comments.as_deref(), Some("https://m.example/1"));
    assert_eq!((entry.enclosures[0].url.as_str(), entry.enclosures[0].length), ("https://example.org/e.opus", Some(9)));
    assert_eq!(item("<p:person>Bo</p:person>").authors[0].name.as_deref(), Some("Bo"));
    assert_eq!(item("<p:person role='guest'>Bo</p:person>").authors, []);
}

#[test]
fn a_film_beside_a_picture_is_an_enclosure_too() {
    let entry = item("<enclosure url='/p.jpg' type='image/jpeg'/><m:content url='/f.mp4' type='video/mp4'/>");
    let urls: Vec<_> = entry.enclosures.iter().map(|enclosure| enclosure.url.as_str()).collect();
    assert_eq!(urls, ["https://example.org/p.jpg", "https://example.org/f.mp4"]);
}

#[test]
fn originals_replace_links_through_counters() {
    let inner = "<link>https://proxy.example/~r/1</link><f:origLink>https://there.example/1</f:origLink>";
    assert_eq!(item(inner).link.as_deref(), Some("https://there.example/1"));
    let text = format!(
        "<rss version='2.0' xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'><channel><item>{inner}</item></channel></rss>"
    );
    let raw = parse_as_written(&document(text.as_bytes()), Tz::UTC).unwrap().value.entries.remove(0);
    assert_eq!(raw.link.as_deref(), Some("https://proxy.example/~r/1"));
    assert_eq!(raw.extra["original_link"], "https://there.example/1");
}

#[test]
fn times_to_live_and_drafts() {
    let date = |text: &str| crate::parse::date::parse(text, Tz::UTC);
    assert_eq!(item("<expirationDate>2024-01-02</expirationDate>").expires, date("2024-01-02"));
    assert_eq!(item("<d:valid>start=2024-01-01; end=2024-01-02;</d:valid>").expires, date("2024-01-02"));
    assert_eq!(item("<app:control><app:draft>yes</app:draft></app:control>").unpublished.as_deref(), Some("draft"));
    assert_eq!(item("<app:control><app:draft>no</app:draft></app:control>").unpublished, None);
    assert_eq!(item("<x:publicationDate>2024-01-02</x:publicationDate>").published, date("2024-01-02"));
}

#[test]
fn of_several_parts_the_fullest_is_the_body() {
    let parsed = read(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><content type='multipart/alternative'>
        <content type='text/plain' mode='escaped'>x</content><content type='text/html' mode='escaped'>&lt;p>x&lt;/p></content>
        <content type='text/plain'>y</content></content></entry></feed>",
    );
    assert_eq!(parsed.value.entries[0].content, Some(Text::html("<p>x</p>")));
}
