//! Attacks on readers of feeds: nothing of them may be left in what a browser reads out of our HTML.

use super::element::{ELEMENTS, LAZY_SRC, PLACEHOLDER};
use super::{Setting, clean, math};
use crate::config::plan::BodyRules;
use crate::model::{Entry, Markup, Text};
use crate::normalize::{content, text};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;
use url::Url;

#[path = "../../../tests/support/vectors.rs"]
mod vectors;
use vectors::VECTORS;

/// What a tokenizer finds that may not be there.
#[derive(Default)]
struct Findings(RefCell<Vec<String>>);

impl TokenSink for Findings {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.check(&tag),
            Token::CommentToken(text) => self.0.borrow_mut().push(format!("comment {text}")),
            Token::DoctypeToken(_) => self.0.borrow_mut().push("doctype".into()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Findings {
    fn check(&self, tag: &Tag) {
        if math::is_known(&tag.name, None) {
            let unknown = |name: &str| !math::is_known(&tag.name, Some(name));
            let strange = tag.attrs.iter().filter(|attribute| unknown(&attribute.name.local));
            self.0.borrow_mut().extend(strange.map(|attribute| format!("{:?} of {}", attribute.name, tag.name)));
            return;
        }
        let known =
            |element: &&(&str, super::element::Element)| *element.1.name == *tag.name && *tag.name != *PLACEHOLDER;
        let Some((_, element)) = ELEMENTS.iter().find(known) else {
            self.0.borrow_mut().push(format!("element {}", tag.name));
            return;
        };
        if tag.kind == TagKind::EndTag && !tag.attrs.is_empty() {
            self.0.borrow_mut().push("attributes of an end tag".into());
        }
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            let known = element.attributes.contains(&name) || matches!(name, "title" | "lang" | "dir" | "controls");
            if !known || LAZY_SRC.contains(&name) {
                self.0.borrow_mut().push(format!("attribute {name} of {}", tag.name));
            }
            let addresses: Vec<&str> = match name {
                "href" | "src" | "cite" | "poster" => vec![&attribute.value],
                "srcset" => attribute.value.split(", ").collect(),
                _ => Vec::new(),
            };
            for address in addresses {
                let scheme = Url::parse(address).map(|url| url.scheme().to_owned()).unwrap_or_default();
                let allowed =
                    matches!(&*scheme, "http" | "https") || (name == "href" && matches!(&*scheme, "mailto" | "tel"));
                if !allowed {
                    self.0.borrow_mut().push(format!("{name} {address}"));
                }
            }
            let evil = |host: Option<&str>| host.is_none_or(|host| host.contains("evil"));
            if *tag.name == *"iframe"
                && name == "src"
                && Url::parse(&attribute.value).is_ok_and(|url| evil(url.host_str()))
            {
                self.0.borrow_mut().push(format!("frame {}", attribute.value));
            }
        }
    }
}

fn findings(html: &str) -> Vec<String> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Findings::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[test]
fn the_reader_of_results_sees_attacks() {
    for bad in [
        "<script>",
        "<img onerror=x>",
        "<a href=javascript:x>",
        "<a href=x>",
        "<!-- x -->",
        "<iframe src=https://evil.example>",
    ] {
        assert!(!findings(bad).is_empty(), "{bad}");
    }
}

#[test]
fn no_attack_is_left_in_a_body() {
    assert!(VECTORS.len() >= 120);
    let base = Url::parse("https://a.example/p/").unwrap();
    for vector in VECTORS {
        for markup in [Markup::Html, Markup::Markdown, Markup::Text] {
            for (before, after) in [
                ("", ""),
                ("<p>a ", " b</p>"),
                ("<table><tr>", ""),
                ("<pre><code>", ""),
                ("<video>", ""),
                ("a\n\n> ", "\n\nb"),
            ] {
                let body = Text { markup, value: format!("{before}{vector}{after}") };
                for base in [None, Some(&base)] {
                    let out = content(&body, base).html;
                    assert_eq!(findings(&out), Vec::<String>::new(), "{markup:?} {} → {out}", body.value);
                    if markup == Markup::Html && !vector.contains("{%") {
                        let setting = Setting { base, page: None, rules: Some(&BodyRules::default()) };
                        assert_eq!(clean(&out, setting), out, "twice: {}", body.value);
                    }
                }
            }
        }
    }
}

#[test]
fn no_attack_is_left_in_a_line_written_as_html() {
    for vector in VECTORS {
        let mut escaped = String::new();
        super::markup::escape_into(&mut escaped, &text::line(&Text::html(*vector)));
        assert_eq!(findings(&escaped), Vec::<String>::new(), "{vector}");
    }
}

#[test]
fn no_attack_is_left_in_an_address() {
    for vector in VECTORS.iter().copied().chain([
        "javascript:alert(1)",
        " data:text/html,x",
        "vbscript:x",
        "//evil",
        "\u{1}javascript:x",
    ]) {
        let entry = Entry { link: Some(vector.to_owned()), ..Entry::default() };
        let base = Url::parse("https://a.example/").unwrap();
        if let Ok(link) = crate::normalize::link::absolute(entry.link.as_deref().unwrap(), Some(&base)) {
            let url = Url::parse(&link).unwrap();
            assert!(
                matches!(url.scheme(), "http" | "https") && link.is_ascii() && !link.contains(['<', '>', '"', ' ']),
                "{link}"
            );
        }
    }
}
