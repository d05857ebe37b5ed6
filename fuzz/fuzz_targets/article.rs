//! Bytes as an article → an item with a safe body.
#![no_main]

use feedmill::model::Document;
use feedmill::{normalize, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| {
    let (bytes, name) = input;
    let (source, reading) = feedmill_fuzz::articles();
    let extension = if name.len().is_multiple_of(4) { "mdx" } else { "md" };
    let path = format!("{}.{extension}", name.chars().take(40).collect::<String>());
    let document = Document { bytes: bytes.to_vec(), path: Some(path), ..Document::default() };
    let Ok(Some(parsed)) = parse::article::parse(&document, reading, source.timezone, true) else { return };
    let mut entry = parsed.value;
    assert!(normalize::dropped_tags(&entry, reading).len() <= 20);
    let body = entry.content.take();
    let item = normalize::article(entry, source, reading).value;
    assert!(!item.id.is_empty());
    if let Some(body) = body {
        let place = normalize::place(item.link.as_deref(), &item.key, reading);
        let content = normalize::article_content(&body, &place);
        assert!(!content.html.to_ascii_lowercase().contains("<script"), "{}", content.html);
    }
});
