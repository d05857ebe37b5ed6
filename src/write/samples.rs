//! Feeds for the tests of the writers.

use super::manifest::{FeedRecord, Manifest};
use crate::config::plan::Site;
use crate::model::*;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A feed that never had an item.
pub(super) fn empty() -> Feed {
    Feed {
        key: "all".into(),
        axis: Axis::All,
        term: String::new(),
        folder: String::new(),
        title: "Example Mill".into(),
        description: "What we read".into(),
        publisher: "Example Mill".into(),
        id: "https://example.org/feeds/".into(),
        home: url("https://example.org/"),
        feeds_url: url("https://example.org/feeds/"),
        language: None,
        author: None,
        rights: None,
        icon: None,
        updated: at("2024-01-01T00:00:00Z"),
        formats: vec![OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json],
        content: ContentMode::Full,
        items: Vec::new(),
    }
}

/// Everything that ever broke a feed.
pub(super) fn rich() -> Feed {
    let person = |name: &str| Person { name: Some(name.into()), ..Person::default() };
    let article = FeedItem {
        item: Item {
            id: "https://example.org/2024/01/quotes/".into(),
            source: "posts".into(),
            link: Some("https://example.org/2024/01/quotes/".into()),
            external_link: Some("https://example.com/?a=1&b=2".into()),
            title: "AT&T says \"A < B\" & I <3 the &amp; entity".into(),
            authors: vec![
                person("Zoë \"Z\" O'Hara"),
                Person { url: Some("https://example.org/~al/".into()), ..Person::default() },
                Person { email: Some("secret@example.org".into()), ..Person::default() },
            ],
            categories: vec![vec!["金融".into(), "新浪财经".into()], vec!["R&D".into()]],
            tags: vec!["c++".into(), "R&D".into(), " ".into()],
            language: Some("en".into()),
            summary: Some("A < B, said \"he\"".into()),
            image: Some(Image {
                url: "https://example.org/封面.png?a=1&b=2".into(),
                media_type: Some("image/png".into()),
                width: Some(640),
                height: Some(480),
                alt: None,
            }),
            enclosures: vec![
                Enclosure {
                    url: "https://example.org/a b.mp3?x&y".into(),
                    media_type: Some("audio/mpeg".into()),
                    length: Some(123_456),
                    duration: Some(61),
                    title: Some("Episode \"1\"".into()),
                },
                Enclosure { url: "https://example.org/b.bin".into(), ..Enclosure::default() },
            ],
            comments: Some("https://example.org/2024/01/quotes/#comments".into()),
            rights: Some("© CC BY 4.0 & others".into()),
            ..Item::default()
        },
        published: Some(at("2024-01-02T03:04:05.678Z")),
        updated: at("2024-01-03T04:05:06Z"),
        content: Some("<pre>if (a[b[0]]>1 &amp;&amp; x)\n\treturn;</pre>\r\n<p>]]>\u{8}😀 \u{2028}“quoted”</p>".into()),
        summary: Some("A < B, said \"he\"".into()),
        also: vec![
            Also { url: "https://例え.jp/写し?a&b".into(), title: "よそ & \"co\"".into() },
            Also { url: "https://example.com/copy".into(), title: "<Copy>".into() },
        ],
    };
    let foreign = FeedItem {
        item: Item {
            id: "tag:example.net,2024:1?a&b".into(),
            source: "elsewhere".into(),
            link: Some("https://例え.jp/文章/1 2?q=日本".into()),
            title: "日本語の題名\u{b}".into(),
            tags: vec!["日本語".into()],
            language: Some("ja".into()),
            origin: Some(Origin {
                id: Some("urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6".into()),
                title: Some("よそ & co".into()),
                link: Some("https://例え.jp/".into()),
                self_link: Some("https://例え.jp/atom.xml".into()),
                updated: Some(at("2024-01-01T12:00:00Z")),
                rights: Some("© 例".into()),
                language: Some("ja".into()),
                authors: vec![person("例 太郎")],
            }),
            ..Item::default()
        },
        published: Some(at("2024-01-01T10:00:00Z")),
        updated: at("2024-01-01T10:00:00Z"),
        content: Some("<p>本文</p>".into()),
        summary: None,
        also: Vec::new(),
    };
    let bare = FeedItem {
        item: Item {
            id: "urn:uuid:0ec12b4e-7a86-5c6f-9a2a-7e5f0e1d2c3b".into(),
            source: "posts".into(),
            ..Item::default()
        },
        published: None,
        updated: at("2024-01-01T00:00:00Z"),
        content: None,
        summary: None,
        also: Vec::new(),
    };
    let titled = FeedItem {
        item: Item {
            id: "urn:uuid:1ec12b4e-7a86-5c6f-9a2a-7e5f0e1d2c3b".into(),
            source: "elsewhere".into(),
            title: "No link, no body".into(),
            origin: Some(Origin {
                title: Some("Only a title".into()),
                self_link: Some("https://example.net/rss".into()),
                ..Origin::default()
            }),
            ..Item::default()
        },
        published: None,
        updated: at("2023-12-31T23:59:59Z"),
        content: Some(String::new()),
        summary: Some("Some text".into()),
        also: Vec::new(),
    };
    Feed {
        key: "category/金融".into(),
        axis: Axis::Category,
        term: "金融".into(),
        folder: "category/金融".into(),
        title: "金融 – Example & Mill".into(),
        description: "What \"we\" <read>".into(),
        publisher: "Example Mill".into(),
        id: "https://example.org/feeds/category/%E9%87%91%E8%9E%8D/".into(),
        language: Some("zh-CN".into()),
        author: Some(Person {
            name: Some("Jo Example".into()),
            email: Some("jo@example.org".into()),
            url: Some("https://example.org/jo".into()),
        }),
        rights: Some("© Example & Mill".into()),
        icon: Some("https://example.org/icon.png".into()),
        updated: at("2024-01-03T04:05:06Z"),
        items: [article, foreign, bare, titled].into_iter().map(Arc::new).collect(),
        ..empty()
    }
}

pub(super) fn site() -> Site {
    Site {
        title: "Example & Mill".into(),
        description: "What we <read>".into(),
        url: url("https://example.org/"),
        feeds_url: url("https://example.org/feeds/"),
        language: Some("zh-CN".into()),
        timezone: chrono_tz::Tz::UTC,
        author: Some(Person { name: Some("Jo".into()), ..Person::default() }),
        icon: None,
        rights: None,
    }
}

/// The feed of everything, two categories (one nested), a tag, and a category that lost its items.
pub(super) fn manifest() -> Manifest {
    let record = |axis: Axis, term: &str, folder: &str, items: usize| {
        let feed = Feed {
            key: folder.into(),
            axis,
            term: term.into(),
            folder: folder.into(),
            title: format!("{term} – Mill"),
            ..empty()
        };
        FeedRecord { items, ..FeedRecord::new(&feed, BTreeMap::new()) }
    };
    Manifest::new(vec![
        record(Axis::Tag, "C++ & \"C\"", "tag/c++-&-c", 1),
        record(Axis::Category, "金融/新浪财经", "category/金融/新浪财经", 2),
        record(Axis::Category, "空", "category/空", 0),
        record(Axis::Category, "金融", "category/金融", 1234),
        record(Axis::All, "", "", 2000),
    ])
}
