//! What must hold of any input, whatever its bytes. The fuzz targets (`fuzz/`) and the replay of their corpora
//! (`tests/runs/corpora.rs`) call the same functions, so a file that a fuzzer found is a test the moment it is committed.
//!
//! Each check takes bytes and ends the test where an invariant does not hold.

// Included by path in two crates, each of which uses all of it through `TARGETS` or by name.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, dead_code)]

mod article;
mod charset;
mod config;
mod date;
mod feed;
mod html;
mod render;
mod safety;
mod slug;

pub use article::article;
pub use charset::charset;
pub use config::config;
pub use date::date;
pub use feed::{feed, json_feed};
pub use html::html;
pub use render::render;
pub use slug::slug;

use chrono::{DateTime, Datelike, Utc};
use feedmill::config::plan::{ArticleReading, Plan, Source, SourceKind};
use feedmill::model::{Item, ParseError, Warning};
use std::path::Path;
use std::sync::LazyLock;
use url::Url;

/// A check of any bytes.
pub type Check = fn(&[u8]);

/// Every target and its check; a folder of `tests/corpora` and a target of `fuzz/` have the same name.
pub const TARGETS: &[(&str, Check)] = &[
    ("article", article),
    ("charset", charset),
    ("config", config),
    ("date", date),
    ("feed", feed),
    ("html", html),
    ("json_feed", json_feed),
    ("render", render),
    ("slug", slug),
];

const CONFIG: &str = r#"
[site]
title = "Fuzz"
url = "https://example.org/"
timezone = "Europe/Berlin"

[[source.articles]]
name = "posts"
path = "posts"
permalink = "/:year/:month/:day/:slug/:category/:abbrlink/"
category_lists = "path"
map = { image = ["cover"] }

[[source.feed]]
name = "there"
url = "https://there.example/a/feed?x=1"
add = { categories = ["Added"], tags = ["t"] }
"#;

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    feedmill::config::check(CONFIG, Path::new("config.toml"), &Default::default()).expect("the config is sound")
});

/// The source of articles.
fn articles() -> (&'static Source, &'static ArticleReading) {
    match &PLAN.sources[0].kind {
        SourceKind::Articles(articles) => (&PLAN.sources[0], &articles.reading),
        _ => unreachable!("it is first in the config"),
    }
}

/// The source of a feed, and where its document comes from.
fn there() -> (&'static Source, Url) {
    (&PLAN.sources[1], Url::parse("https://there.example/a/feed?x=1").expect("a URL"))
}

/// Warnings one document may come with; further ones tell nobody anything.
const MAX_WARNINGS: usize = 256;
/// Bytes of a message.
const MAX_MESSAGE: usize = 2_000;

/// Warnings are few, short and in their document.
fn assert_told(warnings: &[Warning], lines: usize) {
    assert!(warnings.len() <= MAX_WARNINGS, "{} warnings", warnings.len());
    for warning in warnings {
        assert!(!warning.code.is_empty() && !warning.message.is_empty(), "{warning:?}");
        assert!(warning.message.len() <= MAX_MESSAGE, "{} bytes: {:.200}", warning.message.len(), warning.message);
        assert!(!warning.message.contains(['\n', '\r']), "{warning:?}");
        assert_place(warning.line, warning.column, lines);
    }
}

/// A refusal has a class, a message and, where it names one, a place in the document.
fn assert_refused(error: &ParseError, classes: &[&str], lines: usize) {
    assert!(classes.contains(&error.class) || error.class.starts_with("limit:"), "{error:?}");
    assert!(!error.message.is_empty() && error.message.len() <= MAX_MESSAGE, "{error:?}");
    assert!(!error.message.contains(['\n', '\r']), "{error:?}");
    assert_place(error.line, error.column, lines);
}

fn assert_place(line: Option<u32>, column: Option<u32>, lines: usize) {
    assert!(line.is_none_or(|line| (1..=lines as u32 + 1).contains(&line)), "line {line:?} of {lines}");
    assert!(column != Some(0) && (column.is_none() || line.is_some()), "column {column:?} of line {line:?}");
}

/// Lines of a document in any character set: at most one for each byte that may be a line end.
fn lines_of(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1
}

/// What holds of every item, whatever it was made of.
fn assert_item(item: &Item) {
    assert!(feedmill::normalize::id::is_absolute_iri(&item.id), "id {:?}", item.id);
    assert!(!item.key.is_empty() && item.key.len() <= 2_100, "key {:?}", item.key);
    let pages = [&item.link, &item.external_link, &item.comments].into_iter().flatten();
    let files = item.enclosures.iter().map(|enclosure| &enclosure.url);
    let people = item.authors.iter().filter_map(|author| author.url.as_ref());
    for address in pages.chain(files).chain(people).chain(item.image.as_ref().map(|image| &image.url)) {
        let url = Url::parse(address).unwrap_or_else(|error| panic!("{error}: {address}"));
        assert!(matches!(url.scheme(), "http" | "https") && address.is_ascii(), "{address}");
        assert!(url.username().is_empty() && url.password().is_none(), "{address}");
    }
    assert_line(&item.title);
    for name in item.authors.iter().filter_map(|author| author.name.as_ref()) {
        assert_line(name);
    }
    assert!(item.authors.len() <= 50 && item.enclosures.len() <= 1_000);
    assert!(item.categories.len() <= 200 && item.tags.len() <= 200);
    for term in item.categories.iter().flatten().chain(&item.tags) {
        assert!(!term.trim().is_empty());
        assert_line(term);
    }
    for date in [item.published, item.updated, item.expires].into_iter().flatten() {
        assert_in_range(date);
    }
    assert!(item.updated.is_none_or(|updated| item.published.is_none_or(|published| published <= updated)));
}

/// One line that XML can hold, of moderate length.
fn assert_line(text: &str) {
    assert!(text.len() <= feedmill::normalize::text::MAX_LINE, "{} bytes", text.len());
    let illegal = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(illegal), "{text:?}");
}

/// Formats have four digits for a year.
fn assert_in_range(date: DateTime<Utc>) {
    assert!((1..=9999).contains(&date.year()), "{date}");
}
