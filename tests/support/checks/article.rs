//! A file name, 0xFF, and bytes as an article → an item with a safe body. Without 0xFF near the start all is the article.

use super::html::body;
use super::{articles, assert_item, assert_refused, assert_told, lines_of};
use feedmill::model::Document;
use feedmill::{normalize, parse};
use url::Url;

/// Bytes in which the name ends.
const NAME: usize = 64;

pub fn article(bytes: &[u8]) {
    let (path, bytes) = match bytes.iter().take(NAME).position(|byte| *byte == 0xff) {
        Some(end) => (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..]),
        None => ("2024-01-02-fuzz.md".to_owned(), bytes),
    };
    let path = if path.is_empty() { "unnamed.md".to_owned() } else { path };
    let (source, reading) = articles();
    let document = Document { bytes: bytes.to_vec(), path: Some(path), ..Document::default() };
    let lines = lines_of(bytes);
    let read = || parse::article::parse(&document, reading, source.timezone, true);
    let parsed = match read() {
        Ok(Some(parsed)) => parsed,
        Ok(None) => return,
        Err(error) => return assert_refused(&error, &["encoding", "front-matter"], lines),
    };
    if bytes.len() < 2_048 {
        assert_eq!(format!("{parsed:?}"), format!("{:?}", read().unwrap().unwrap()), "the same each time");
    }
    assert_told(&parsed.warnings, lines);
    let mut entry = parsed.value;
    assert_eq!(entry.path, document.path);
    for value in entry.extra.values() {
        assert!(depth(value) <= 40, "front matter is nested {} deep", depth(value));
    }
    let content = entry.content.take();
    let item = normalize::article(entry, source, reading);
    assert_told(&item.warnings, lines);
    assert_item(&item.value);
    if let Some(content) = content {
        let base = item.value.link.as_deref().and_then(|link| Url::parse(link).ok());
        let safe = body(&content.value, content.markup, base.as_ref());
        normalize::hash::reader_hash(&item.value, &safe);
    }
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(values) => values.iter().map(depth).max().unwrap_or(0) + 1,
        serde_json::Value::Object(table) => table.values().map(depth).max().unwrap_or(0) + 1,
        _ => 0,
    }
}
