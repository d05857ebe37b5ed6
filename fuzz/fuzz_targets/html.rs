//! A body in any markup → safe HTML and a summary.
#![no_main]

use feedmill::model::{Markup, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    let base = url::Url::parse("https://there.example/a/b").ok();
    for markup in [Markup::Html, Markup::Markdown, Markup::Text] {
        let content = feedmill::normalize::content(&Text { markup, value: value.to_owned() }, base.as_ref());
        let lower = content.html.to_ascii_lowercase();
        for active in ["<script", "<iframe src=\"javascript", "href=\"javascript", "<object", "<embed", "<style"] {
            assert!(!lower.contains(active), "{active} in {}", content.html);
        }
    }
});
