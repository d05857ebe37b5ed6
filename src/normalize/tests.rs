//! Entries through `article` and `feed_entry`.

use super::*;
use crate::config::plan::{Articles, BodyKind, CategoryLists, LocalPath, SourceKind};
use crate::model::{DateSource, Enclosure, Format, Image};
use chrono::{TimeZone, Utc};
use std::sync::Arc;

fn reading() -> ArticleReading {
    ArticleReading {
        permalink: Some("/:year/:slug/".into()),
        base: Url::parse("https://a.example/").unwrap(),
        category_lists: CategoryLists::Flat,
        body: BodyKind::Auto,
        map: Default::default(),
        site: None,
    }
}

fn source() -> Source {
    Source {
        name: "posts".into(),
        title: None,
        timezone: chrono_tz::UTC,
        language: None,
        author: Some(Person { name: Some("House".into()), ..Person::default() }),
        priority: 0,
        add_categories: vec![vec!["Added".into()]],
        add_tags: vec!["Tag".into()],
        keep: None,
        max_new: crate::config::plan::MaxNew::Any,
        future: crate::model::Future::Hold,
        kind: SourceKind::Articles(Articles {
            path: LocalPath { written: "p".into(), root: "p".into(), glob: None, exclude: globset::GlobSet::empty() },
            reading: reading(),
            leaves_open: Default::default(),
        }),
        bodies: Arc::default(),
        fingerprint: String::new(),
        line: 1,
        rules: Default::default(),
    }
}

fn feed() -> FeedDocument {
    FeedDocument {
        format: Format::Rss20,
        id: None,
        title: Some(Text::html("The &amp; Feed")),
        description: None,
        link: Some("https://f.example/".into()),
        self_link: Some("https://f.example/self.xml".into()),
        language: Some("en_us".into()),
        authors: vec![Person { name: Some("Feed <b>Author</b>".into()), ..Person::default() }],
        rights: Some("CC".into()),
        generator: None,
        icon: None,
        image: None,
        published: None,
        updated: None,
        categories: Vec::new(),
        ttl: None,
        hub: None,
        entries: Vec::new(),
    }
}

#[test]
fn an_article() {
    let published = Utc.with_ymd_and_hms(2024, 5, 6, 7, 8, 9).single();
    let entry = Entry {
        title: Some(Text::plain("如何做好 <服务> & 保障？")),
        path: Some("2024-05-06-a.md".into()),
        published,
        updated: Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).single(),
        date_source: Some(DateSource::FrontMatter),
        categories: vec![
            vec!["金融".into()],
            vec![" 金融 ".into()],
            vec!["".into()],
            vec!["A".into(), "".into(), "B".into()],
        ],
        tags: vec!["x".into(), "X".into()],
        summary: Some(Text::html("<p>a &amp; b</p><p>c</p>")),
        image: Some(Image { url: "i.jpg".into(), ..Image::default() }),
        enclosures: vec![Enclosure { url: "/e.mp3".into(), ..Enclosure::default() }],
        unpublished: Some("draft".into()),
        ..Entry::default()
    };
    let item = article(entry, &source(), &reading()).value;
    assert_eq!(item.link.as_deref(), Some("https://a.example/2024/a/"));
    assert_eq!((item.id.as_str(), item.key.as_str()), ("https://a.example/2024/a/", "2024-05-06-a.md"));
    assert_eq!(item.title, "如何做好 <服务> & 保障？");
    assert_eq!(item.updated, published);
    assert_eq!(item.categories, [vec!["金融"], vec!["A", "B"], vec!["Added"]]);
    assert_eq!(item.tags, ["x", "Tag"]);
    assert_eq!(item.summary.as_deref(), Some("a & b c"));
    assert_eq!(
        (item.language.as_deref(), language::of(&item).as_deref()),
        (None, Some("zh")),
        "guessed only when asked"
    );
    assert_eq!(item.authors[0].name.as_deref(), Some("House"));
    let image = item.image.unwrap();
    assert_eq!(
        (image.url.as_str(), image.media_type.as_deref()),
        ("https://a.example/2024/a/i.jpg", Some("image/jpeg"))
    );
    assert_eq!(item.enclosures[0].url, "https://a.example/e.mp3");
    assert_eq!(item.unpublished.as_deref(), Some("draft"));
    assert!(item.origin.is_none());
}

#[test]
fn an_article_without_a_link_has_a_made_id() {
    let reading = ArticleReading { permalink: None, ..reading() };
    let made = |id: Option<&str>, title: &str| {
        let entry = Entry {
            path: Some("a.md".into()),
            id: id.map(str::to_owned),
            title: Some(Text::plain(title)),
            ..Entry::default()
        };
        article(entry, &source(), &reading).value.id
    };
    assert!(made(None, "a").starts_with("urn:uuid:"));
    assert_eq!(made(None, "a"), made(None, "b"));
    assert_ne!(made(None, "a"), made(Some("17"), "a"));
    assert_eq!(made(Some("tag:x,2024:y"), "a"), "tag:x,2024:y");
}

#[test]
fn a_feed_entry() {
    let url = Url::parse("https://user:pass@f.example/feed.xml").unwrap();
    let entry = Entry { id: Some(" 17 ".into()), link: Some("https://f.example/p".into()), ..Entry::default() };
    let item = feed_entry(entry.clone(), &feed(), &source(), Some(&url)).value;
    assert_eq!((item.id.as_str(), item.key.as_str()), ("https://f.example/p", "17"));
    assert_eq!(item.title, "");
    assert_eq!(item.language.as_deref(), Some("en-US"));
    assert_eq!(item.authors[0].name.as_deref(), Some("Feed Author"));
    let origin = item.origin.unwrap();
    assert_eq!(origin.title.as_deref(), Some("The & Feed"));
    assert_eq!(origin.self_link.as_deref(), Some("https://f.example/feed.xml"));
    assert_eq!(origin.id.as_deref(), Some("https://f.example/feed.xml"));
    let named = Entry { source: Some(Origin { title: Some("Other".into()), ..Origin::default() }), ..entry.clone() };
    assert_eq!(feed_entry(named, &feed(), &source(), None).value.origin.unwrap().title.as_deref(), Some("Other"));
    let bare = Entry { title: Some(Text::plain("t")), content: Some(Text::plain("b")), ..Entry::default() };
    let bare = feed_entry(bare, &feed(), &source(), None).value;
    assert!(bare.key.starts_with("hash:") && bare.id.starts_with("urn:uuid:"), "{} {}", bare.key, bare.id);
    let bad = feed_entry(Entry { link: Some("javascript:x".into()), ..entry }, &feed(), &source(), None);
    assert_eq!((bad.value.link, bad.warnings.len()), (None, 1));
}

#[test]
fn hostile_sizes_are_capped() {
    let entry = Entry {
        id: Some("x".repeat(1_000_000)),
        title: Some(Text::plain("t".repeat(1_000_000))),
        categories: (0..10_000).map(|n| vec![n.to_string()]).collect(),
        authors: vec![Person {
            name: Some("n".repeat(100_000)),
            email: Some("a b@c".into()),
            url: Some("data:x".into()),
        }],
        ..Entry::default()
    };
    let parsed = feed_entry(entry, &feed(), &source(), None);
    let item = parsed.value;
    assert!(item.key.len() < 100 && item.id.len() < 100 && item.title.len() <= 1_000);
    assert_eq!((item.categories.len(), parsed.warnings.len()), (100, 1));
    assert_eq!((item.authors[0].email.as_deref(), item.authors[0].url.as_deref()), (None, None));
}

#[test]
fn bodies_and_excerpts_of_articles_are_without_tags() {
    let text = |value: &str| Text { markup: Markup::Markdown, value: value.into() };
    let entry = Entry {
        path: Some("a/post.md".into()),
        content: Some(text("x\n\n{% asset_img p.png A %}\n\n{% odd %} [y](z)")),
        summary: Some(text("Short {% odd %}{% raw %}one{% endraw %}")),
        image: Some(Image { url: "i.png".into(), ..Image::default() }),
        link: Some("https://a.example/2024/post.html".into()),
        body_line: Some(5),
        ..Entry::default()
    };
    let dropped = dropped_tags(&entry, &reading());
    assert_eq!(dropped.len(), 1);
    assert_eq!((dropped[0].code.as_ref(), dropped[0].line), ("template-tag", Some(9)));
    let body = entry.content.clone().unwrap();
    let item = article(entry, &source(), &reading()).value;
    assert_eq!(item.summary.as_deref(), Some("Short one"));
    assert_eq!(item.image.unwrap().url, "https://a.example/2024/i.png");
    let place = place(item.link.as_deref(), "a/post.md", &reading());
    let html = article_content(&body, &place, &BodyRules::default()).html;
    assert_eq!(
        html,
        "<p>x</p>\n<p><img src=\"https://a.example/2024/post/p.png\" alt=\"A\"></p>\n<p><a href=\"https://a.example/2024/z\">y</a></p>"
    );
    // Without a link: `base`, and the folder of the article.
    let place = super::place(None, "a/post.md", &reading());
    assert!(article_content(&body, &place, &BodyRules::default()).html.contains("https://a.example/a/z"));
}
