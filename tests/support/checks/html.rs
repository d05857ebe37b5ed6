//! A body in any markup → safe HTML that stays as it is, and a summary.

use super::safety::assert_safe;
use feedmill::model::{Markup, Text};
use feedmill::normalize::content;
use url::Url;

pub fn html(bytes: &[u8]) {
    let value = String::from_utf8_lossy(bytes);
    let base = Url::parse("https://there.example/a/b").expect("a URL");
    for markup in [Markup::Html, Markup::Markdown, Markup::Text] {
        body(&value, markup, Some(&base));
    }
    body(&value, Markup::Html, None);
}

/// Makes a body safe and looks at what came of it.
pub(super) fn body(value: &str, markup: Markup, base: Option<&Url>) -> String {
    let text = Text { markup, value: value.to_owned() };
    let safe = content(&text, base);
    assert_safe(&safe.html);
    // Whoever republishes our feeds, and we when we read them again, find nothing to do. Tags of generators are the
    // exception: shown in code, they are text in the result and tags when it is read anew.
    if !["{%", "{{"].iter().any(|tag| safe.html.contains(tag)) {
        let again = content(&Text::html(safe.html.clone()), base);
        assert_eq!(again.html, safe.html, "made safe twice: {value:?} as {markup:?}");
    }
    assert_summary(&safe.summary);
    safe.html
}

fn assert_summary(summary: &str) {
    assert!(summary.len() <= 4_096, "{} bytes", summary.len());
    let illegal = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!summary.contains(illegal), "{summary:?}");
}
