//! Any items → the writers → the gate and our own reader: what is written reads back as it was meant.
//!
//! The bytes are records that end with 0xFE, of fields that end with 0xFF, neither of which UTF-8 has; the first record
//! is the feed's, each further one an item's. So the corpus can be read, and a fuzzer moves whole fields about.

use super::there;
use chrono::{DateTime, Utc};
use feedmill::model::*;
use feedmill::parse;
use feedmill::write::{gate, render as bytes_of};
use std::sync::Arc;
use url::Url;

pub(super) const FORMATS: [OutputFormat; 3] = [OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json];

/// The fields of a record, taken one by one; none where it has no more.
struct Fields<'a>(Box<dyn Iterator<Item = &'a [u8]> + 'a>);

impl<'a> Fields<'a> {
    fn of(record: &'a [u8]) -> Self {
        Self(Box::new(record.split(|byte| *byte == 0xff)))
    }

    fn text(&mut self) -> Option<String> {
        self.0.next().filter(|field| !field.is_empty()).map(|field| String::from_utf8_lossy(field).into_owned())
    }

    fn required(&mut self) -> String {
        self.text().unwrap_or_default()
    }

    /// `a|b|c`.
    fn list(&mut self) -> Vec<String> {
        self.text().map(|text| text.split('|').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// The first bytes as a number of seconds.
    fn instant(&mut self) -> Option<DateTime<Utc>> {
        let text = self.text()?;
        let seconds = text.bytes().take(5).fold(0i64, |sum, byte| sum * 61 + i64::from(byte % 61));
        DateTime::from_timestamp(seconds, 0)
    }

    /// `name|email|url`.
    fn person(&mut self) -> Option<Person> {
        let mut parts = self.list().into_iter().map(Some);
        let name = parts.next()?;
        Some(Person { name, email: parts.next().flatten(), url: parts.next().flatten() })
    }
}

/// An empty feed.
pub(super) fn feed_of() -> Feed {
    let url = |text| Url::parse(text).expect("a URL");
    Feed {
        key: "all".into(),
        axis: Axis::All,
        term: String::new(),
        folder: String::new(),
        title: "Fuzz".into(),
        description: "What was found".into(),
        publisher: "Fuzz".into(),
        id: "https://example.org/feeds/".into(),
        home: url("https://example.org/"),
        feeds_url: url("https://example.org/feeds/"),
        language: None,
        author: None,
        rights: None,
        icon: None,
        updated: DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default(),
        formats: FORMATS.to_vec(),
        content: ContentMode::Full,
        items: Vec::new(),
    }
}

fn item(record: &[u8]) -> FeedItem {
    let mut fields = Fields::of(record);
    let published = fields.instant();
    let updated = fields.instant().unwrap_or_default().max(published.unwrap_or_default());
    let item = Item {
        id: fields.required(),
        link: fields.text(),
        title: fields.required(),
        authors: [fields.person(), fields.person()].into_iter().flatten().collect(),
        categories: vec![fields.list()],
        tags: fields.list(),
        language: fields.text(),
        comments: fields.text(),
        image: fields.text().map(|url| Image { url, ..Image::default() }),
        enclosures: fields
            .list()
            .into_iter()
            .map(|url| Enclosure { length: Some(url.len() as u64), url, ..Enclosure::default() })
            .collect(),
        rights: fields.text(),
        origin: fields.text().map(|title| Origin { title: Some(title), ..Origin::default() }),
        ..Item::default()
    };
    FeedItem { item, published, updated, content: fields.text(), summary: fields.text(), also: Vec::new() }
}

pub fn render(bytes: &[u8]) {
    let mut records = bytes.split(|byte| *byte == 0xfe);
    let mut fields = Fields::of(records.next().unwrap_or_default());
    let mut feed = Feed {
        title: fields.required(),
        description: fields.required(),
        folder: fields.required(),
        author: fields.person(),
        language: fields.text(),
        rights: fields.text(),
        publisher: fields.required(),
        ..feed_of()
    };
    feed.content = match fields.text().as_deref() {
        Some("summary") => ContentMode::Summary,
        Some("none") => ContentMode::None,
        _ => ContentMode::Full,
    };
    feed.items = records.take(20).map(|record| Arc::new(item(record))).collect();
    for format in FORMATS {
        let bytes = bytes_of(&feed, format);
        if let Err(error) = gate::check(format, &bytes, &feed) {
            // Ids are made different before they come here.
            if matches!(error, gate::GateError::Twice { .. }) {
                return;
            }
            panic!("{error}\n{}", String::from_utf8_lossy(&bytes));
        }
        let document = Document { bytes, url: Some(there().1), ..Document::default() };
        let told = || String::from_utf8_lossy(&document.bytes).into_owned();
        let read = parse::feed::parse(&document, chrono_tz::UTC).unwrap_or_else(|error| panic!("{error}: {}", told()));
        assert_eq!(read.value.entries.len(), feed.items.len(), "{}", told());
        assert!(read.warnings.is_empty(), "{:?}: {}", read.warnings, told());
    }
}
