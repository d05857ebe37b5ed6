//! What has a mark in common, and what has not; whose texts are near, and whose are not.

use super::*;
use chrono::{DateTime, Utc};
use proptest::prelude::*;

#[test]
fn pages() {
    let check = |link: &str, expect: Option<&str>| assert_eq!(page(link).as_deref(), expect, "{link}");
    for same in [
        "https://a.example/x",
        "http://a.example:80/x/",
        "https://www.a.example/x?utm_source=rss&fbclid=1#top",
        "https://m.a.example/x/index.html",
        "https://www.mobile.a.example/x?source=rss",
        "https://amp.a.example/x",
        "https://a.example/x/amp",
        "https://a.example/x/amp/",
        "https://a.example/x.amp",
        "https://a.example/amp/x",
        "https://a.example/x?amp=1",
        "https://a.example/x?outputType=amp&at_medium=feed",
        "https://www.google.com/amp/s/a.example/x",
        "https://a-example.cdn.ampproject.org/c/s/a.example/x",
        "https://a-example.cdn.ampproject.org/v/s/www.a.example/x?amp",
        " HTTPS://A.example/x ",
    ] {
        check(same, Some("a.example/x?#"));
    }
    check("https://a.example/x.amp.html", Some("a.example/x.html?#"));
    check("https://en.m.a.example/x", Some("en.a.example/x?#"));
    check("https://a.example/X", Some("a.example/X?#"));
    check("https://a.example/x?b=2&a=1", Some("a.example/x?a=1&b=2#"));
    check("https://a.example/x?a=1&b=2", Some("a.example/x?a=1&b=2#"));
    check("https://a.example/?p=7", Some("a.example?p=7#"));
    check("https://a.example/#!/x", Some("a.example?#!/x"));
    check("https://a.example/x?source=mail", Some("a.example/x?source=mail#"));
    check("https://a.example:8080/x", Some("a.example:8080/x?#"));
    check("https://a.example/文章", Some("a.example/文章?#"));
    check("https://a.example/%e6%96%87%e7%ab%a0", Some("a.example/文章?#"));
    check("https://m.cn/x", Some("m.cn/x?#"));
    check("http://127.0.0.1/x", Some("127.0.0.1/x?#"));
    check("http://[::1]/x", Some("[::1]/x?#"));
    for none in ["https://a.example", "https://www.a.example/index.html", "https://a.example:8080/", "urn:x:1", "x", ""]
    {
        check(none, None);
    }
}

fn item(id: &str, link: &str, title: &str) -> Item {
    let link = Some(link.to_owned()).filter(|link| !link.is_empty());
    Item { id: id.into(), key: id.into(), link, title: title.into(), ..Item::default() }
}

/// In which respects two items have marks in common; `hours` apart.
fn common(a: &Item, b: &Item, hours: i64) -> Vec<Respect> {
    let at = "2024-01-02T03:04:05Z".parse::<DateTime<Utc>>().unwrap().timestamp();
    let a_marks = Likeness::of(a, None).marked(&a.id, Some(at)).marks;
    let b_marks = Likeness::of(b, None).marked(&b.id, Some(at + hours * 3600)).marks;
    let mut common: Vec<Respect> =
        a_marks.iter().filter(|mark| b_marks.contains(mark)).map(|mark| respect(*mark)).collect();
    common.dedup();
    common.sort();
    common.dedup();
    common
}

#[test]
fn marks_in_common() {
    use Respect::{Id, Link, Title};
    let check = |a: [&str; 3], b: [&str; 3], hours: i64, expect: &[Respect]| {
        let (a, b) = (item(a[0], a[1], a[2]), item(b[0], b[1], b[2]));
        assert_eq!(common(&a, &b, hours), expect, "{a:?} {b:?}");
        assert_eq!(common(&b, &a, -hours), expect, "{b:?} {a:?}");
    };
    check(["urn:x:1", "", ""], ["urn:x:1", "", ""], 0, &[Id]);
    check(["urn:x:a", "", ""], ["urn:x:A", "", ""], 0, &[]);
    check(["https://a.example/1", "", ""], ["http://a.example/1", "", ""], 0, &[Id, Link]);
    // An id that is an address is a link of the item as well.
    check(["https://a.example/1", "https://proxy.example/x", ""], ["urn:x:1", "http://a.example/1/", ""], 0, &[Link]);
    check(["1", "", ""], ["1", "", ""], 0, &[]);
    check(["urn:x:1", "https://a.example/", ""], ["urn:x:2", "https://a.example/", ""], 0, &[]);
    check(["urn:x:1", "", "Mills of the north"], ["urn:x:2", "", "MILLS – of the “North”!"], 48, &[Title]);
    check(["urn:x:1", "", "Mills of the north"], ["urn:x:2", "", "Mills of the north"], 97, &[]);
    check(["urn:x:1", "", "Mills"], ["urn:x:2", "", "Mills"], 0, &[]);
    check(["urn:x:1", "", "如何做好服务"], ["urn:x:2", "", "如何，做好服务？"], 1, &[Title]);
    check(["urn:x:1", "", "如何做好"], ["urn:x:2", "", "如何做好"], 1, &[]);
    check(["urn:x:1", "", "ＦｅｅｄＭｉｌｌ １．０.0000"], ["urn:x:2", "", "feedmill 1.0.0000"], 1, &[Title]);
}

#[test]
fn the_guid_of_an_entry_counts_and_the_path_of_an_article_does_not() {
    let keyed = |origin: bool| {
        let origin = origin.then(crate::model::Origin::default);
        Likeness::of(&Item { key: "note:a.md".into(), origin, ..item("urn:x:1", "", "") }, None).named.len()
    };
    assert_eq!((keyed(true), keyed(false)), (2, 1));
}

#[test]
fn the_published_id_counts_as_well() {
    let own = Likeness::of(&item("urn:x:1", "", ""), None).marked("urn:x:0", None);
    let other = Likeness::of(&item("urn:x:0", "", ""), None).marked("urn:x:0", None);
    assert_eq!(own.marks.len(), 2);
    assert!(own.marks.contains(&other.marks[0]));
    // Without a date a title says nothing.
    assert_eq!(Likeness::of(&item("urn:x:1", "", "Mills of the north"), None).marked("urn:x:1", None).marks.len(), 1);
}

/// They are kept in states: another value needs another `REVISION`.
#[test]
fn marks_stay_what_they_are() {
    let item = item("urn:x:1", "https://a.example/x", "Mills of the north");
    let body = "The mill turns with the wind, and the wind comes from the sea. ".repeat(5);
    let marked = Likeness::of(&item, Some(&body)).marked(&item.id, Some(1_700_000_000));
    insta::assert_snapshot!(format!("{marked:?}"));
}

proptest! {
    #[test]
    fn any_dates_within_reach_share_a_title_mark(at in -4_000_000_000i64..4_000_000_000, apart in 0i64..=SAME_TITLE_WITHIN) {
        let likeness = Likeness::of(&item("urn:x:1", "", "Mills of the north"), None);
        let (a, b) = (likeness.marked("urn:x:1", Some(at)), likeness.marked("urn:x:1", Some(at + apart)));
        prop_assert!(a.marks.iter().any(|mark| respect(*mark) == Respect::Title && b.marks.contains(mark)));
    }

    #[test]
    fn nothing_panics(link in "\\PC{0,40}|https?://\\PC{0,40}|(https://|www|m|amp|[./?&#=%!:]|ab|[0-9]){0,20}", title in "\\PC{0,40}", at: i64) {
        let item = item(&link, &link, &title);
        Likeness::of(&item, Some(&title)).marked(&link, Some(at));
    }
}
