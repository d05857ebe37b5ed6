//! Bytes as a feed → items with safe bodies.
#![no_main]

use feedmill::model::Document;
use feedmill::{normalize, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = feedmill_fuzz::feed();
    let url = url::Url::parse("https://there.example/a/feed?x=1").expect("a URL");
    let document = Document { bytes: bytes.to_vec(), url: Some(url), ..Document::default() };
    let Ok(parsed) = parse::feed::parse(&document, source.timezone) else { return };
    let mut feed = parsed.value;
    let mut items = Vec::new();
    for mut entry in std::mem::take(&mut feed.entries) {
        if let Some(body) = entry.content.take() {
            let content = normalize::content(&body, document.url.as_ref());
            assert!(!content.html.to_ascii_lowercase().contains("<script"), "{}", content.html);
        }
        items.push(normalize::feed_entry(entry, &feed, source, document.url.as_ref()).value);
    }
    normalize::id::disambiguate(&mut items);
    for item in &items {
        assert!(!item.id.is_empty() && !item.key.is_empty());
        normalize::hash::reader_hash(item, "");
    }
});
