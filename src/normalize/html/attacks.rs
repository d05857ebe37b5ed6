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

const VECTORS: &[&str] = &[
    r#"<script>alert(1)</script>"#,
    r#"<SCRIPT SRC=https://evil.example/x.js></SCRIPT>"#,
    r#"<scr<script>ipt>alert(1)</scr</script>ipt>"#,
    r#"<script/xss src=x></script>"#,
    r#"<script\x20type="text/javascript">alert(1);</script>"#,
    r#"<<script>alert(1);//<</script>"#,
    r#"<script>alert(1)"#,
    r#"</script><script>alert(1)</script>"#,
    r#"<script type="module">import 'https://evil.example'</script>"#,
    r#"<img src=x onerror=alert(1)>"#,
    r#"<img src="x" onerror="alert(1)" onload='alert(1)'>"#,
    r#"<img src=x onerror&#61;alert(1)>"#,
    r#"<img/src/onerror=alert(1)>"#,
    r#"<img src='x'onerror=alert(1)>"#,
    r#"<img """><script>alert(1)</script>">"#,
    r#"<img src=javascript:alert(1)>"#,
    r#"<img src="jav	ascript:alert(1)">"#,
    r#"<img src="jav&#x09;ascript:alert(1)">"#,
    r#"<img src="jav&#x0A;ascript:alert(1)">"#,
    r#"<img src=" &#14; javascript:alert(1)">"#,
    r#"<img src=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>"#,
    r#"<img src=&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058alert(1)>"#,
    r#"<img src="java&#0;script:alert(1)">"#,
    r#"<img dynsrc="javascript:alert(1)" lowsrc="javascript:alert(1)">"#,
    r#"<img srcset="javascript:alert(1) 1x, x onerror=alert(1) 2x">"#,
    r#"<img data-src="javascript:alert(1)">"#,
    r#"<img src="data:x" data-original="javascript:alert(1)">"#,
    r#"<img alt="`><script>alert(1)</script>" src=x>"#,
    r#"<img title="--><script>alert(1)</script>" src=x>"#,
    r#"<a href=javascript:alert(1)>x</a>"#,
    r#"<a href="JaVaScRiPt:alert(1)">x</a>"#,
    r#"<a href="javascript&colon;alert(1)">x</a>"#,
    r#"<a href="&#x6A;avascript:alert(1)">x</a>"#,
    r#"<a href="java&Tab;script:alert(1)">x</a>"#,
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\"java\u{0}script:alert(1)\">x</a>",
    r#"<a href="vbscript:msgbox(1)">x</a>"#,
    r#"<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>"#,
    r#"<a href="blob:https://evil.example/x">x</a>"#,
    r#"<a href="file:///etc/passwd">x</a>"#,
    r#"<a href="feed:javascript:alert(1)">x</a>"#,
    r#"<a href="view-source:javascript:alert(1)">x</a>"#,
    r#"<a href="https://x" onmouseover="alert(1)" style="x:expression(alert(1))">x</a>"#,
    r#"<a href="https://x/&quot; onclick=alert(1) &quot;">x</a>"#,
    r#"<a xlink:href="javascript:alert(1)">x</a>"#,
    r#"<a href=`javascript:alert(1)`>x</a>"#,
    r#"<a ping="https://evil.example" target="_blank" href="x">x</a>"#,
    r#"<body onload=alert(1)>"#,
    r#"<body background="javascript:alert(1)">"#,
    r#"<input type="image" src="javascript:alert(1)" onfocus=alert(1) autofocus>"#,
    r#"<select onfocus=alert(1) autofocus><option>x</select>"#,
    r#"<textarea onfocus=alert(1) autofocus></textarea><script>alert(1)</script>"#,
    r#"<button formaction=javascript:alert(1)>x</button>"#,
    r#"<form action=javascript:alert(1)><input type=submit></form>"#,
    r#"<isindex action=javascript:alert(1) type=image>"#,
    r#"<svg onload=alert(1)>"#,
    r#"<svg><script>alert(1)</script></svg>"#,
    r#"<svg><script xlink:href=data:,alert(1)></script>"#,
    r#"<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x><text>x</text></a>"#,
    r#"<svg><style><img src=x onerror=alert(1)></style></svg>"#,
    r#"<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">"#,
    r#"<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>"#,
    r#"<svg><iframe><a title="</iframe><img src onerror=alert(1)>">test"#,
    r#"<svg><use href="data:image/svg+xml;base64,x#x"/></svg>"#,
    r#"<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">"#,
    r#"<math><mi//xlink:href="data:x,<script>alert(1)</script>">"#,
    r#"<math href="javascript:alert(1)">x</math>"#,
    r#"<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>"#,
    r#"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>"#,
    r#"<noscript><p title="</noscript><img src=x onerror=alert(1)>">"#,
    r#"<noscript><img src=x onerror=alert(1)></noscript>"#,
    r#"<iframe src=javascript:alert(1)></iframe>"#,
    r#"<iframe srcdoc="<script>alert(1)</script>"></iframe>"#,
    r#"<iframe src="https://www.youtube.com/embed/x" srcdoc="<script>alert(1)</script>" onload=alert(1)><script>alert(1)</script></iframe>"#,
    r#"<iframe src="https://www.youtube.com.evil.example/embed/x"></iframe>"#,
    r#"<iframe src="https://evil.example/#www.youtube.com/embed/"></iframe>"#,
    r#"<frameset><frame src=javascript:alert(1)></frameset>"#,
    r#"<object data=javascript:alert(1)></object>"#,
    r#"<object type="text/x-scriptlet" data="https://evil.example/x"><param name=url value=javascript:alert(1)></object>"#,
    r#"<embed src="data:image/svg+xml;base64,x" type="image/svg+xml">"#,
    r#"<applet code=x archive=https://evil.example></applet>"#,
    r#"<link rel=stylesheet href=javascript:alert(1)>"#,
    r#"<link rel=import href=https://evil.example>"#,
    r#"<meta http-equiv=refresh content="0;url=javascript:alert(1)">"#,
    r#"<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-"#,
    r#"<base href="javascript:alert(1)//"><a href="x">x</a>"#,
    r#"<style>@import 'https://evil.example/x.css';</style>"#,
    r#"<style><!--</style><script>alert(1)//--></script>"#,
    r#"<div style="background:url(javascript:alert(1))">x</div>"#,
    r#"<div style="width: expression(alert(1));">x</div>"#,
    r#"<p style="behavior:url(https://evil.example)">x</p>"#,
    r#"<table background="javascript:alert(1)"><td background="javascript:alert(1)">x</table>"#,
    r#"<video><source onerror=alert(1)></video>"#,
    r#"<video src=x onerror=alert(1) poster=javascript:alert(1)></video>"#,
    r#"<audio src=javascript:alert(1) onloadstart=alert(1)></audio>"#,
    r#"<details open ontoggle=alert(1)>x</details>"#,
    r#"<marquee onstart=alert(1)>x</marquee>"#,
    r#"<blockquote cite="javascript:alert(1)">x</blockquote>"#,
    r#"<q cite="data:text/html,x">x</q>"#,
    r#"<bgsound src=javascript:alert(1)>"#,
    r#"<layer src=https://evil.example></layer>"#,
    r#"<xss onclick=alert(1)>x</xss>"#,
    r#"<x contenteditable onblur=alert(1)>x</x>"#,
    r#"<template><script>alert(1)</script></template>"#,
    r#"<xmp><p title="</xmp><img src=x onerror=alert(1)>">"#,
    r#"<title><p title="</title><img src=x onerror=alert(1)>">"#,
    r#"<plaintext><script>alert(1)</script>"#,
    r#"<listing>&lt;img onerror=alert(1) src=x&gt;</listing>"#,
    r#"<!--[if gte IE 4]><script>alert(1)</script><![endif]-->"#,
    r#"<!--><script>alert(1)</script>-->"#,
    r#"<!-- --!><script>alert(1)</script>"#,
    r#"<![CDATA[<script>alert(1)</script>]]>"#,
    r#"<?xml version="1.0"?><script>alert(1)</script>"#,
    r#"<?php echo '<script>alert(1)</script>' ?>"#,
    r#"<a<!--a--> href=javascript:alert(1)>x</a>"#,
    r#"<div id="</div><script>alert(1)</script>">x</div>"#,
    r#"<p title=&quot;><script>alert(1)</script>>x</p>"#,
    r#"&lt;script&gt;alert(1)&lt;/script&gt;"#,
    r#"&amp;lt;script&amp;gt;alert(1)"#,
    r#"[x](javascript:alert(1))"#,
    r#"[x](<java&#115;cript:alert(1)>)"#,
    r#"![x](x"onerror="alert(1))"#,
    r#"<javascript:alert(1)>"#,
    "```x\" onclick=\"alert(1)\n```",
    r#"{% img x.png "><script>alert(1)</script> %}"#,
    r#"{{< figure src="x" caption="<script>alert(1)</script>" >}}"#,
    r#"{% raw %}<script>alert(1)</script>{% endraw %}"#,
    r#"{% highlight "><script>alert(1)</script> %}x{% endhighlight %}"#,
];

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
