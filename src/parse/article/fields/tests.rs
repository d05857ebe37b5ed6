//! Whole articles, told by the names that generators give things.

use super::super::parse;
use crate::config::plan::{ArticleReading, BodyKind, CategoryLists};
use crate::model::{Document, Entry, Warning};
use chrono_tz::Tz;

fn reading(lists: CategoryLists) -> ArticleReading {
    ArticleReading {
        permalink: None,
        base: "https://example.org/".parse().unwrap(),
        category_lists: lists,
        body: BodyKind::Auto,
        map: Default::default(),
        site: None,
    }
}

#[track_caller]
fn article_with(reading: &ArticleReading, path: &str, front: &str) -> (Entry, Vec<Warning>) {
    let document = Document {
        bytes: format!("---\n{front}\n---\nbody\n").into_bytes(),
        path: Some(path.to_owned()),
        ..Document::default()
    };
    let parsed = parse(&document, reading, Tz::Asia__Shanghai, false).unwrap().unwrap();
    (parsed.value, parsed.warnings)
}

#[track_caller]
fn article(front: &str) -> Entry {
    article_with(&reading(CategoryLists::Flat), "a.md", front).0
}

fn published(entry: &Entry) -> String {
    entry.published.map(|time| time.to_rfc3339()).unwrap_or_default()
}

#[test]
fn dates_of_every_generator() {
    let check = |front: &str, expect: &str| assert_eq!(published(&article(front)), expect, "{front}");
    check("date: 2024-01-02 10:00:00", "2024-01-02T02:00:00+00:00");
    check("date: 2024-01-02T10:00:00Z", "2024-01-02T10:00:00+00:00");
    check("Date: 2016-1-4", "2016-01-03T16:00:00+00:00");
    check("date: '2024-01-02'", "2024-01-01T16:00:00+00:00");
    check("pubDatetime: 2024-01-02T10:00:00Z", "2024-01-02T10:00:00+00:00");
    check("pub_date: 2024-01-02T10:00:00Z", "2024-01-02T10:00:00+00:00");
    check("created: 2024-01-02T10:00:00Z\npublishDate: 2024-01-03T10:00:00Z", "2024-01-03T10:00:00+00:00");
    check("published: 2024-01-02T10:00:00Z", "2024-01-02T10:00:00+00:00");
    check("date:\ncreated: 2024-01-02T10:00:00Z", "2024-01-02T10:00:00+00:00");
    check("date: 20240102", "2024-01-01T16:00:00+00:00");
    check("path: 2024/01/02/x", "2024-01-01T16:00:00+00:00");
    check("lastUpdated: false\npublished: true", "");
    let entry = article("lastmod: 2024-01-02T10:00:00Z\nexpiryDate: 2025-01-02T10:00:00Z");
    assert!(entry.updated.is_some() && entry.expires.is_some() && entry.published.is_none());
}

#[test]
fn a_date_that_is_none_falls_back_to_the_file_name() {
    let (entry, warnings) =
        article_with(&reading(CategoryLists::Flat), "_posts/2024-01-02-x.md", "title: a\ndate: someday");
    assert_eq!(published(&entry), "2024-01-01T16:00:00+00:00");
    assert_eq!(entry.date_source, Some(crate::model::DateSource::FileName));
    assert_eq!(entry.slug.as_deref(), Some("x"));
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].code.as_ref(), warnings[0].line, warnings[0].column), ("date", Some(3), Some(1)));
    assert_eq!(warnings[0].path.as_deref(), Some("_posts/2024-01-02-x.md"));
}

#[test]
fn what_is_wrong_with_a_date_is_told_with_what_follows() {
    let check = |path: &str, front: &str, day: &str, expect: &[&str]| {
        let (entry, warnings) = article_with(&reading(CategoryLists::Flat), path, front);
        assert!(published(&entry).starts_with(day), "{front}: {}", published(&entry));
        let messages: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages, expect, "{front}");
        assert!(warnings.iter().all(|warning| warning.code == "date" && warning.line.is_some()));
    };
    check("a.md", "date: soon", "", &["`date: soon` is no date; the article has no date"]);
    check(
        "_posts/2024-01-02-x.md",
        "date: soon",
        "2024",
        &["`date: soon` is no date; the date in the file name counts"],
    );
    check("a.md", "date: soon\ncreated: 2024-01-02", "2024", &["`date: soon` is no date; another key has one"]);
    check(
        "a.md",
        "updated: soon\nexpires: never",
        "",
        &["`updated: soon` is no date; it is left out", "`expires: never` is no date; the article does not expire"],
    );
    let doubt = "`date: 03/04/2024` can be two days; it is read month first, as `2024-03-04`; the year first, in four digits, leaves no doubt";
    check("a.md", "date: 03/04/2024", "2024-03-03T16:00", &[doubt]);
    check(
        "a.md",
        "date: 03/04/24 10:00",
        "2024-03-04T02:00",
        &[
            "`date: 03/04/24 10:00` can be two days; it is read month first, as `2024-03-04`; the year first, in four digits, leaves no doubt",
        ],
    );
    for clear in ["13/04/2024", "04/13/2024", "04/04/2024", "2024/03/04"] {
        check("a.md", &format!("date: {clear}"), "2024", &[]);
    }
}

#[test]
fn an_article_may_have_a_time_zone_of_its_own() {
    let (entry, warnings) = article_with(
        &reading(CategoryLists::Flat),
        "a.md",
        "date: 2024-01-02 10:00:00\ntimezone: America/New_York\nexpires: 2024-01-03",
    );
    assert_eq!(published(&entry), "2024-01-02T15:00:00+00:00");
    assert_eq!(entry.expires.map(|time| time.to_rfc3339()).as_deref(), Some("2024-01-03T05:00:00+00:00"));
    assert!(warnings.is_empty());
    let (entry, _) =
        article_with(&reading(CategoryLists::Flat), "_posts/2024-01-02-x.md", "title: a\ntimezone: America/New_York");
    assert_eq!(published(&entry), "2024-01-02T05:00:00+00:00");
    let (entry, warnings) =
        article_with(&reading(CategoryLists::Flat), "a.md", "date: 2024-01-02 10:00:00\ntimezone: Mars");
    assert_eq!(published(&entry), "2024-01-02T02:00:00+00:00");
    assert_eq!(
        warnings[0].message,
        "`timezone: Mars` is no time zone such as `Asia/Shanghai`; dates are read in `Asia/Shanghai`"
    );
    assert_eq!(warnings[0].line, Some(3));
}

#[test]
fn categories_and_tags() {
    let check = |lists: CategoryLists, front: &str, categories: &str, tags: &str, terms: &str| {
        let (entry, _) = article_with(&reading(lists), "a.md", front);
        let paths: Vec<String> = entry.categories.iter().map(|path| path.join(">")).collect();
        assert_eq!(
            (paths.join(" "), entry.tags.join(" "), entry.terms.join(" ")),
            (categories.into(), tags.into(), terms.into()),
            "{front}"
        );
    };
    use CategoryLists::{Flat, Path};
    check(Flat, "categories: [a, b]\ntags: [c]", "a b", "c", "a b c");
    check(Path, "categories: [a, b]\ntags: [c]", "a>b", "c", "a b c");
    check(Path, "categories:\n- [a, b]\n- [a, c]\n- d", "a>b a>c d", "", "a b c d");
    check(Flat, "categories:\n- [a, b]\n- [c]", "a>b c", "", "a b c");
    check(Path, "categories: a", "a", "", "a");
    check(Flat, "category: a\ncategories: b", "a b", "", "a b");
    check(Flat, "tags: a, b，c", "", "a b c", "a b c");
    check(Flat, "tags: a,b", "", "a,b", "a,b");
    check(Flat, "tags: ['#a/b', '#', 'C#']", "", "a/b # C#", "a/b # C#");
    check(Flat, "tags: a b", "", "a b", "a b");
    check(Flat, "tags: word\ncategories:", "", "word", "word");
    check(
        Flat,
        "tags: [007, 1.10, 2024, yes, ~, 2016-01-02, True]",
        "",
        "007 1.10 2024 yes 2016-01-02 True",
        "007 1.10 2024 yes 2016-01-02 True",
    );
    check(Flat, "taxonomies:\n  tags: [x]\n  categories: [y]", "y", "x", "x y");
    check(Flat, "tags:\n- C: basics\n- name: y\n  slug: z", "", "C: basics y", "C: basics y");
    check(Flat, "tags: [a, a]\ncategories: [a]", "a", "a", "a");
}

#[test]
fn people() {
    let names = |front: &str| -> Vec<String> {
        article(front)
            .authors
            .into_iter()
            .map(|person| {
                format!(
                    "{}/{}/{}",
                    person.name.unwrap_or_default(),
                    person.email.unwrap_or_default(),
                    person.url.unwrap_or_default()
                )
            })
            .collect()
    };
    assert_eq!(names("author: Ann"), ["Ann//"]);
    assert_eq!(names("authors: Ann, Bob"), ["Ann//", "Bob//"]);
    assert_eq!(names("author: Ann, PhD"), ["Ann, PhD//"]);
    assert_eq!(
        names("authors: [Ann, {name: Bob, email: b@x.org, website: https://b.org}]"),
        ["Ann//", "Bob/b@x.org/https://b.org"]
    );
    assert_eq!(names("author:\n  name: Ann\n  mail: a@x.org"), ["Ann/a@x.org/"]);
    assert!(names("author: false").is_empty());
}

#[test]
fn pictures_and_media() {
    let image = |front: &str| article(front).image.map(|image| image.url).unwrap_or_default();
    assert_eq!(image("thumbnail: /b.png\nheadimg: /a.png"), "/a.png");
    assert_eq!(image("cover: false\nbanner: /b.png"), "/b.png");
    assert_eq!(image("top_img: transparent\nimages: [c.jpg, d.jpg]"), "c.jpg");
    assert_eq!(image("featured_image: /f.png"), "/f.png");
    assert_eq!(image("header:\n  teaser: /t.png"), "/t.png");
    assert_eq!(image("extra:\n  image: /e.png"), "/e.png");
    let entry = article("cover:\n  image: /c.png\n  alt: text\n  width: 640");
    let image = entry.image.unwrap();
    assert_eq!((image.url.as_str(), image.alt.as_deref(), image.width), ("/c.png", Some("text"), Some(640)));
    let entry = article("enclosure:\n  url: /a.mp3\n  length: 123\n  type: audio/mpeg\n  duration: '1:02'");
    let media = &entry.enclosures[0];
    assert_eq!(
        (media.url.as_str(), media.length, media.media_type.as_deref(), media.duration),
        ("/a.mp3", Some(123), Some("audio/mpeg"), Some(62))
    );
    assert_eq!(article("audio: https://x.org/a.mp3").enclosures.len(), 1);
}

#[test]
fn links_and_ids() {
    let entry = article("link: https://x.org/a\nguid: abc\nslug: /s/\nexternal_url: https://y.org/");
    assert_eq!(
        (entry.link.as_deref(), entry.id.as_deref(), entry.slug.as_deref(), entry.external_link.as_deref()),
        (Some("https://x.org/a"), Some("abc"), Some("s"), Some("https://y.org/"))
    );
    let entry = article("permalink: /:year/:title/\nabbrlink: 1a2b");
    assert_eq!(entry.link, None);
    assert_eq!(
        serde_json::Value::Object(entry.extra).to_string(),
        r#"{"permalink":"/:year/:title/","abbrlink":"1a2b"}"#
    );
    assert_eq!(article("path: about/me").link.as_deref(), Some("/about/me"));
    assert_eq!(article("url: {a: b}\npermalink: /x/").link.as_deref(), Some("/x/"));
}

#[test]
fn what_hides_an_article() {
    let check =
        |front: &str, expect: &str| assert_eq!(article(front).unpublished.unwrap_or_default(), expect, "{front}");
    check("draft: true", "draft");
    check("draft: yes", "draft");
    check("draft: false", "");
    check("draft: no", "");
    check("draft:", "");
    check("published: false", "published: false");
    check("published: flase", "");
    check("published: true", "");
    check("private: true", "private");
    check("hidden: 1", "hidden");
    check("password: secret", "password");
    check("password: ''", "");
    check("encrypt: true", "encrypt");
    check("build:\n  list: never", "build.list: never");
    check("_build: {render: false}", "build.render: never");
    check("build: {list: always}", "");
    check("render: never", "render: never");
    check("render: false", "render: false");
    check("headless: true", "headless");
    check("status: Draft", "status: draft");
    check("status: published", "");
    check("layout: draft", "layout: draft");
    check("layout: post", "");
    check("publish: false", "publish: false");
    check("draft: true\ndraft: false", "");
}

#[test]
fn mapped_keys_come_first() {
    let mut reading = reading(CategoryLists::Flat);
    let map = [
        ("image", vec!["pics.big", "mugshot"]),
        ("title", vec!["name"]),
        ("tags", vec!["topics"]),
        ("date", vec!["day"]),
    ];
    reading.map =
        map.into_iter().map(|(field, keys)| (field.into(), keys.into_iter().map(Into::into).collect())).collect();
    let (entry, _) = article_with(
        &reading,
        "a.md",
        "title: t\nname: n\ntags: [y]\nimage: /i.png\nmugshot: /m.png\ntopics: [x]\nday: 2024-01-02T10:00:00Z\ndate: 2023-01-01",
    );
    assert_eq!(entry.title.unwrap().value, "n");
    assert_eq!(entry.image.unwrap().url, "/m.png");
    assert_eq!(entry.tags, ["x"]);
    assert_eq!(published(&Entry { published: entry.published, ..Entry::default() }), "2024-01-02T10:00:00+00:00");
    let (entry, _) = article_with(&reading, "a.md", "image: /i.png\npics: {big: /big.png}");
    assert_eq!(entry.image.unwrap().url, "/big.png");
}

#[test]
fn the_rest_is_kept_in_order() {
    let entry = article("zeta: 1\nalpha: [x, 1.5]\nlayout: post\ncomments: false\nnothing: ~\nzeta: 2");
    let extra = serde_json::Value::Object(entry.extra).to_string();
    assert_eq!(extra, r#"{"alpha":["x",1.5],"layout":"post","comments":false,"nothing":null,"zeta":2}"#);
}

#[test]
fn a_key_that_stands_there_twice_is_a_warning() {
    let (entry, warnings) = article_with(&reading(CategoryLists::Flat), "a.md", "title: a\ntitle: b");
    assert_eq!(entry.title.unwrap().value, "b");
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code, "front-matter");
}

#[test]
fn texts() {
    let entry = article("title: 2024\nexcerpt: <p>Hi</p>\nlang: zh_CN\nlicense: CC BY 4.0");
    assert_eq!(entry.title.unwrap().value, "2024");
    assert_eq!(entry.summary.unwrap().markup, crate::model::Markup::Html);
    assert_eq!((entry.language.as_deref(), entry.rights.as_deref()), (Some("zh_CN"), Some("CC BY 4.0")));
    assert_eq!(article("description: 1 < 2").summary.unwrap().markup, crate::model::Markup::Text);
    assert_eq!(article("excerpt: false\ncopyright: true").summary, None);
    assert_eq!(article("title: ~").title, None);
}

#[test]
fn a_post_of_jekyll_has_its_categories_and_tags_as_words() {
    let check = |path: &str, front: &str, expect: &str| {
        let (entry, _) = article_with(&reading(CategoryLists::Flat), path, front);
        let categories: Vec<String> = entry.categories.iter().map(|path| path.join(">")).collect();
        assert_eq!(format!("{} | {}", categories.join("+"), entry.tags.join("+")), expect, "{path} {front}");
    };
    check("_posts/2024-01-02-x.md", "categories: a b\ntags: c d", "a+b | c+d");
    check("t/_posts/2024-01-02-x.md", "tags: c d", "t | c+d");
    check("_posts/2024-01-02-x.md", "category: a b\ntag: c d", "a b | c d");
    check("_posts/2024-01-02-x.md", "tags: [c d]", " | c d");
    check("_posts/2024-01-02-x.md", "tags: c, d e", " | c+d e");
    // Hexo's, or no dated name: one name.
    check("source/_posts/2024-01-02-x.md", "tags: c d", " | c d");
    check("_posts/x.md", "tags: c d", " | c d");
    check("2024-01-02-x.md", "tags: c d", " | c d");
}

/// What real posts hold, each as it was seen.
#[test]
fn quirks_of_real_posts() {
    let whole = |text: &str| {
        let document = Document { bytes: text.as_bytes().to_vec(), path: Some("a.md".into()), ..Document::default() };
        parse(&document, &reading(CategoryLists::Flat), Tz::Asia__Shanghai, false).unwrap().unwrap().value
    };
    let title = |text: &str| whole(text).title.map(|title| title.value).unwrap_or_default();
    for text in [
        "title: a\ndate: 2016-1-4\n---\nbody",
        "----\ntitle: a\n----\nbody",
        "------\ntitle: a\n------\nbody",
        "------\ntitle: a\n---\nbody",
        "\n\n \n---\ntitle: a\n---\nbody",
        "---\r\ntitle: a\ndate: 2016-1-4\r\n---\nbody",
        "\u{feff}---\ntitle: a\n---\nbody",
        ";;;\n\"title\": \"a\"\n;;;\nbody",
        "---\ntitle:\ta\n---\nbody",
        "---\ntitle: &t a\nx: *t\n---\nbody",
        "---\ntitle: b\ntitle: a\n---\nbody",
    ] {
        assert_eq!(title(text), "a", "{text:?}");
        assert!(whole(text).content.unwrap().value.contains("body"), "{text:?}");
    }
    // 20:30 in Shanghai, or the day, in the shapes of nine corpora.
    for (date, expect) in [
        ("2017-10-8 20:30:00", "2017-10-08T12:30:00+00:00"),
        ("2017-10-8 20:30", "2017-10-08T12:30:00+00:00"),
        ("2017-10-08 20:30:00 +0800", "2017-10-08T12:30:00+00:00"),
        ("2017-10-08 20:30:00+0800", "2017-10-08T12:30:00+00:00"),
        ("2017-10-08 20:30:00+08:00", "2017-10-08T12:30:00+00:00"),
        ("2017-10-08T20:30:00+08:00", "2017-10-08T12:30:00+00:00"),
        ("'2017-10-08 20:30:00'", "2017-10-08T12:30:00+00:00"),
        ("2017/10/08 20:30:00", "2017-10-08T12:30:00+00:00"),
        ("2017-10-08 9:5:1", "2017-10-08T01:05:01+00:00"),
        ("2016-1-4", "2016-01-03T16:00:00+00:00"),
        ("2017-10-08 22:010:17", "2017-10-08T14:10:17+00:00"),
    ] {
        assert_eq!(published(&article(&format!("title: a\ndate: {date}"))), expect, "{date}");
    }
    assert_eq!(article("description:\ntitle:").summary, None);
    assert_eq!(article("published: flase").unpublished, None);
    let entry = whole("---\ntitle: a\n---\nfirst {% x %}\n<!-- more -->\n]]> rest");
    assert_eq!(entry.summary.unwrap().value, "first {% x %}");
    assert!(entry.content.unwrap().value.contains("]]> rest"));
    let latin = Document {
        bytes: b"---\ntitle: caf\xe9 \xe0 la carte\n---\n\xe9t\xe9\n".to_vec(),
        path: Some("a.md".into()),
        ..Document::default()
    };
    let entry = parse(&latin, &reading(CategoryLists::Flat), Tz::UTC, false).unwrap().unwrap().value;
    assert_eq!(entry.title.unwrap().value, "café à la carte");
}
