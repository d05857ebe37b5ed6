//! Safe HTML as a browser's tokenizer sees it: nothing that runs, loads a page or reaches out by another scheme.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;
use url::Url;

/// Elements that run something, load something, or change how the rest is read.
const FORBIDDEN: &[&str] = &[
    "script",
    "style",
    "link",
    "meta",
    "base",
    "object",
    "embed",
    "applet",
    "param",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "option",
    "svg",
    "template",
    "noscript",
    "noembed",
    "noframes",
    "frame",
    "frameset",
    "title",
    "html",
    "head",
    "body",
    "xmp",
    "plaintext",
    "listing",
    "marquee",
    "layer",
    "portal",
    "dialog",
    "canvas",
];

/// Attributes whose value is an address.
const ADDRESSES: &[&str] = &["href", "src", "cite", "poster", "background", "data", "longdesc"];

#[derive(Default)]
struct Findings(RefCell<Vec<String>>);

impl TokenSink for Findings {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CommentToken(text) => self.note(format!("comment {text}")),
            Token::DoctypeToken(_) => self.note("doctype".into()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Findings {
    fn note(&self, finding: String) {
        self.0.borrow_mut().push(finding);
    }

    fn tag(&self, tag: &Tag) {
        if FORBIDDEN.contains(&&*tag.name) {
            self.note(format!("element {}", tag.name));
        }
        for attribute in &tag.attrs {
            let (name, value) = (&*attribute.name.local, &*attribute.value);
            let runs = name.starts_with("on") || name.contains(':');
            if runs || matches!(name, "style" | "srcdoc" | "action" | "formaction" | "ping" | "http-equiv" | "id") {
                self.note(format!("attribute {name} of {}", tag.name));
            }
            if ADDRESSES.contains(&name) && !is_absolute(value, name == "href") {
                self.note(format!("{name} {value}"));
            }
            if name == "srcset" && !value.split(", ").all(|part| is_absolute(part, false)) {
                self.note(format!("srcset {value}"));
            }
        }
    }
}

fn is_absolute(address: &str, is_link: bool) -> bool {
    Url::parse(address).is_ok_and(|url| match url.scheme() {
        "http" | "https" => true,
        "mailto" | "tel" => is_link,
        _ => false,
    })
}

/// Ends the test where a browser would find something in `html` that may not be there.
pub(super) fn assert_safe(html: &str) {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Findings::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let findings = tokenizer.sink.0.into_inner();
    assert!(findings.is_empty(), "{findings:?} in {html}");
    let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    assert!(!html.contains(illegal), "characters that XML does not allow in {html:?}");
}
