//! Any items → the writers → the gate: whatever is written reads back as it was meant.
#![no_main]

use arbitrary::Arbitrary;
use chrono::{DateTime, Utc};
use feedmill::model::{Axis, ContentMode, Enclosure, Feed, FeedItem, Image, Item, Origin, OutputFormat, Person};
use feedmill::write::{gate, render};

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

#[derive(Debug, Arbitrary)]
struct AnyFeed<'a> {
    title: &'a str,
    description: &'a str,
    folder: &'a str,
    author: Option<AnyPerson<'a>>,
    language: Option<&'a str>,
    rights: Option<&'a str>,
    content: u8,
    items: Vec<AnyItem<'a>>,
}

#[derive(Debug, Arbitrary)]
struct AnyPerson<'a> {
    name: Option<&'a str>,
    email: Option<&'a str>,
    url: Option<&'a str>,
}

#[derive(Debug, Arbitrary)]
struct AnyItem<'a> {
    id: &'a str,
    link: Option<&'a str>,
    title: &'a str,
    authors: Vec<AnyPerson<'a>>,
    categories: Vec<Vec<&'a str>>,
    tags: Vec<&'a str>,
    summary: Option<&'a str>,
    content: Option<&'a str>,
    language: Option<&'a str>,
    comments: Option<&'a str>,
    image: Option<&'a str>,
    enclosures: Vec<(&'a str, Option<&'a str>, Option<u64>)>,
    origin: Option<(Option<&'a str>, Option<&'a str>, Option<&'a str>)>,
    published: Option<u32>,
    updated: u32,
}

fn own(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn person(person: &AnyPerson<'_>) -> Person {
    Person { name: own(person.name), email: own(person.email), url: own(person.url) }
}

fn instant(seconds: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds.into(), 0).unwrap_or_default()
}

fn item(any: &AnyItem<'_>) -> FeedItem {
    let item = Item {
        id: any.id.to_owned(),
        link: own(any.link),
        title: any.title.to_owned(),
        authors: any.authors.iter().map(person).collect(),
        categories: any.categories.iter().map(|path| path.iter().map(|&name| name.to_owned()).collect()).collect(),
        tags: any.tags.iter().map(|&tag| tag.to_owned()).collect(),
        language: own(any.language),
        comments: own(any.comments),
        image: any.image.map(|url| Image { url: url.to_owned(), ..Image::default() }),
        enclosures: any
            .enclosures
            .iter()
            .map(|(url, kind, length)| Enclosure {
                url: (*url).to_owned(),
                media_type: own(*kind),
                length: *length,
                ..Enclosure::default()
            })
            .collect(),
        origin: any.origin.map(|(id, title, url)| Origin {
            id: own(id),
            title: own(title),
            self_link: own(url),
            ..Origin::default()
        }),
        ..Item::default()
    };
    let published = any.published.map(instant);
    FeedItem {
        item,
        published,
        updated: instant(any.updated).max(published.unwrap_or_default()),
        content: own(any.content),
        summary: own(any.summary),
        also: Vec::new(),
    }
}

fuzz_target!(|any: AnyFeed<'_>| {
    let url = |text| url::Url::parse(text).expect("a URL");
    let feed = Feed {
        key: "all".into(),
        axis: Axis::All,
        term: String::new(),
        folder: any.folder.to_owned(),
        title: any.title.to_owned(),
        description: any.description.to_owned(),
        id: "https://example.org/feeds/".into(),
        home: url("https://example.org/"),
        feeds_url: url("https://example.org/feeds/"),
        language: own(any.language),
        author: any.author.as_ref().map(person),
        rights: own(any.rights),
        icon: None,
        updated: instant(1_700_000_000),
        formats: vec![OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json],
        content: [ContentMode::Full, ContentMode::Summary, ContentMode::None][usize::from(any.content % 3)],
        items: any.items.iter().map(|any| Arc::new(item(any))).collect(),
    };
    for format in [OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json] {
        let bytes = render(&feed, format);
        if let Err(error) = gate::check(format, &bytes, &feed) {
            panic!("{error}\n{}", String::from_utf8_lossy(&bytes));
        }
    }
});
