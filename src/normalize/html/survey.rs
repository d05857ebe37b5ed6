//! Looks through foreign HTML before it is parsed: is it shaped so that a tree builder can take it
//! in linear time, and which base does it name?
//!
//! Tree builders walk their stack of open elements for many tags and compare every attribute with
//! every other one, so 1 MB of `<div>` costs minutes. The survey counts open elements the way the
//! HTML standard's tree construction (§13.2.6) closes them, never fewer than a browser would hold open.

use super::pieces::{Piece, Pieces, attribute, find_ignoring_case, is_one_of, tag_end};
use std::borrow::Cow;

/// Open elements at one time. libxml2 stops at the same number.
const MAX_DEPTH: usize = 256;
/// Attributes of one tag.
const MAX_ATTRIBUTES: usize = 128;
/// Copies of open formatting elements that a tree builder makes, one set for each new block.
const MAX_COPIES: usize = 500_000;
/// Tags of a body with a table: what stands in a table outside its cells is moved before it, each time by a search.
const MAX_TAGS_WITH_TABLE: usize = 20_000;
/// Ampersands of a tag times its bytes: for each one the serializer searches the rest of the value.
const MAX_AMPERSAND_WORK: usize = 1 << 28;
/// Bytes of a text node; for the same reason.
const MAX_TEXT_NODE: usize = 8_192;

/// What was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Neither too deep nor too many attributes.
    pub(super) fits: bool,
    /// There is something that `prepare` takes out.
    pub(super) needs_preparing: bool,
    /// There is a text that `split_long_texts` splits.
    pub(super) has_long_text: bool,
    /// `href` of the first `<base>`, as written.
    pub(super) base: Option<String>,
}

/// One pass over the tags of `html`.
pub(super) fn survey(html: &str) -> Survey {
    let mut seen = Survey { fits: true, ..Survey::default() };
    let mut open = OpenElements::default();
    let (mut tags, mut has_table) = (0_usize, false);
    for piece in Pieces::new(html) {
        let mut attribute_count = 0;
        match piece {
            Piece::Open { name, attributes, count } => {
                if name.eq_ignore_ascii_case("base") && seen.base.is_none() {
                    seen.base = attribute(attributes, "href");
                }
                seen.needs_preparing |= is_one_of(name, &["svg", "noscript", "math"]);
                has_table |= name.eq_ignore_ascii_case("table");
                tags += 1;
                attribute_count = count;
                open.start(name);
                if attributes.len() > MAX_TEXT_NODE {
                    let ampersands = attributes.bytes().filter(|byte| matches!(byte, b'&' | 0xC2)).count();
                    seen.fits &= ampersands.saturating_mul(attributes.len()) <= MAX_AMPERSAND_WORK;
                }
            }
            Piece::Close { name, count } => {
                attribute_count = count;
                open.end(name);
            }
            Piece::Raw { name, text } => open.raw(name, text),
            Piece::Cdata => open.trusts_ends &= !open.foreign,
            Piece::Text(text) => {
                seen.has_long_text |= text.len() > MAX_TEXT_NODE;
                open.copied += open.formatting();
            }
        }
        seen.fits &= attribute_count <= MAX_ATTRIBUTES
            && open.depth() <= MAX_DEPTH
            && open.copied <= MAX_COPIES
            && (!has_table || tags <= MAX_TAGS_WITH_TABLE);
        if !seen.fits {
            break;
        }
    }
    seen
}

/// Puts empty comments into long texts, so that they become nodes of moderate size; the sanitizer drops them.
pub(super) fn split_long_texts(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 256);
    let mut copied = 0;
    let mut pieces = Pieces::new(html);
    while let Some(piece) = pieces.next() {
        let Piece::Text(text) = piece else { continue };
        if text.len() <= MAX_TEXT_NODE {
            continue;
        }
        let start = pieces.at - text.len();
        let mut node = start;
        for (at, c) in text.char_indices() {
            let at = start + at;
            // Not inside of an entity.
            if at - node >= MAX_TEXT_NODE && !c.is_ascii_alphanumeric() && c != '#' && c != ';' {
                out.push_str(&html[copied..at]);
                out.push_str("<!---->");
                (copied, node) = (at, at);
            }
        }
    }
    out.push_str(&html[copied..]);
    out
}

/// Takes `<svg>` out, and `<noscript>` where it holds the real image of a lazy one.
pub(super) fn prepare(html: &str) -> Cow<'_, str> {
    let html = cut(html, "svg", |_| false);
    match html {
        Cow::Borrowed(html) => cut(html, "noscript", holds_image),
        Cow::Owned(html) => Cow::Owned(cut(&html, "noscript", holds_image).into_owned()),
    }
}

fn holds_image(inner: &str) -> bool {
    find_ignoring_case(inner, "<img", 0).is_some()
}

/// Removes every `<name …>…</name>`; what stands inside stays where `keep` says so.
fn cut<'a>(html: &'a str, name: &str, keep: impl Fn(&str) -> bool) -> Cow<'a, str> {
    let (opening, closing) = (format!("<{name}"), format!("</{name}"));
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = find_ignoring_case(html, &opening, at) {
        at = start + opening.len();
        if !matches!(html.as_bytes().get(at), Some(b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/' | b'>')) {
            continue;
        }
        let inner = tag_end(html, at).0;
        let Some(end) = find_ignoring_case(html, &closing, inner) else { break };
        let after = tag_end(html, end + closing.len()).0;
        out.push_str(&html[copied..start]);
        if keep(&html[inner..end]) {
            out.push_str(&html[inner..end]);
        }
        (copied, at) = (after, after);
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(out)
}

/// The text between the tags, one line for each piece, entities as they stand, for HTML that was refused.
pub(super) fn bare_text(html: &str) -> String {
    let mut out = String::new();
    for piece in Pieces::new(html) {
        if let Piece::Text(text) = piece {
            if text.trim().is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(text.trim());
        }
    }
    out
}

const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input", "keygen",
    "link", "meta", "param", "source", "track", "wbr",
];
const FORMATTING: &[&str] =
    &["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Closed by the next of their kind, whatever is in between, or ignored inside a fragment.
const NEVER_NESTED: &[&str] = &["a", "option", "html", "head", "body", "colgroup"];
const CLOSES_PARAGRAPH: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "xmp",
];
const IMPLIED: &[&str] = &["p", "li", "dd", "dt", "td", "th", "tr", "tbody", "thead", "tfoot"];
/// End tags that close what is implied above their start tag.
const CLOSES_IMPLIED: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "header",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "section",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// A lower bound never: at least as many as a browser would hold open.
struct OpenElements<'a> {
    stack: Vec<&'a str>,
    /// Starts inside raw text that a parser in foreign content would take for tags.
    hidden: usize,
    /// `<math>` or an unclosed `<svg>` was seen: raw text and CDATA may mean something else there.
    foreign: bool,
    /// Whether an end tag may be believed.
    trusts_ends: bool,
    /// Formatting elements that were opened again so far.
    copied: usize,
}

impl Default for OpenElements<'_> {
    fn default() -> Self {
        Self { stack: Vec::new(), hidden: 0, foreign: false, trusts_ends: true, copied: 0 }
    }
}

impl<'a> OpenElements<'a> {
    fn depth(&self) -> usize {
        self.stack.len() + self.hidden
    }

    fn formatting(&self) -> usize {
        self.stack.iter().filter(|name| is_one_of(name, FORMATTING)).count()
    }

    fn top_is(&self, names: &[&str]) -> bool {
        self.stack.last().is_some_and(|top| is_one_of(top, names))
    }

    fn pop_while(&mut self, names: &[&str]) {
        while self.top_is(names) {
            self.stack.pop();
        }
    }

    fn start(&mut self, name: &'a str) {
        if is_one_of(name, VOID) || is_one_of(name, NEVER_NESTED) {
            self.copied += self.formatting();
            return;
        }
        self.foreign |= is_one_of(name, &["svg", "math"]);
        if is_one_of(name, CLOSES_PARAGRAPH) {
            self.pop_while(&["p"]);
        }
        let closed: &[&str] = match () {
            () if name.eq_ignore_ascii_case("li") => &["li"],
            () if is_one_of(name, &["dd", "dt"]) => &["dd", "dt"],
            () if is_one_of(name, &["td", "th"]) => &["p", "li", "dd", "dt", "td", "th"],
            () if name.eq_ignore_ascii_case("tr") => &["p", "li", "dd", "dt", "td", "th", "tr"],
            () if is_one_of(name, &["tbody", "thead", "tfoot"]) => IMPLIED,
            () if is_one_of(name, &["rt", "rp"]) => &["rt", "rp"],
            () => &[],
        };
        self.pop_while(closed);
        self.copied += self.formatting();
        self.stack.push(name);
    }

    fn end(&mut self, name: &str) {
        if !self.trusts_ends {
            return;
        }
        let skips = is_one_of(name, CLOSES_IMPLIED);
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.eq_ignore_ascii_case(name) {
                self.stack.truncate(at);
                return;
            }
            if !(skips && is_one_of(open, IMPLIED)) {
                return;
            }
        }
    }

    fn raw(&mut self, name: &str, text: &str) {
        if self.foreign {
            let starts = text.as_bytes().windows(2).filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic());
            self.hidden += starts.count();
        }
        // `<!-- <script>` inside a script hides its own end tag (§13.2.5.15 ff.).
        if name.eq_ignore_ascii_case("script")
            && text.find("<!--").is_some_and(|at| find_ignoring_case(text, "<script", at).is_some())
        {
            self.trusts_ends = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(html: &str) -> bool {
        survey(html).fits
    }

    #[test]
    fn ordinary_pages_fit() {
        for html in [
            "<div><p>a</p></div>".repeat(5000),
            "<p>a".repeat(5000),
            format!("<ul>{}</ul>", "<li><p>a".repeat(5000)),
            format!("<table>{}</table>", "<tr><td>a<td>b".repeat(5000)),
            format!("<dl>{}</dl>", "<dt>a<dd>b".repeat(5000)),
            "<img src=x><br><hr>".repeat(5000),
            "<a name=x>".repeat(5000),
            "<script>if (a<b) document.write('<div>')</script>".repeat(500),
            "<!-- <div> -->".repeat(5000),
            "a < b <3 ".repeat(5000),
        ] {
            assert!(fits(&html), "{}", &html[..40]);
        }
    }

    #[test]
    fn bombs_do_not_fit() {
        for html in [
            "<div>".repeat(300),
            "<p><i a=1></p></x>".repeat(300),
            "<div><!--</div>-->".repeat(300),
            "<div><table><td></div></table>".repeat(300),
            "<span><div></span></div>".repeat(300),
            "<div a='</div>'>".repeat(300),
            "<svg><style><div></style></svg>".repeat(300).replace("</svg>", ""),
            "<div><script><!--<script></script></div></script>".repeat(300),
            "<math><style><b></style>".repeat(300),
            format!("<a {}>", (0..1000).map(|n| format!("a{n}=1 ")).collect::<String>()),
            "<optgroup>".repeat(300),
            "<ul><li>".repeat(300),
            (0..200).map(|n| format!("<b a={n}>")).collect::<String>() + &"<p>x".repeat(5_000),
            format!("<table>{}", "x<br>".repeat(30_000)),
            format!("<a href='{}'>", "&a".repeat(30_000)),
        ] {
            assert!(!fits(&html), "{}", &html[..40]);
        }
    }

    #[test]
    fn base_and_twins() {
        assert_eq!(
            survey("<p><base target=_top href='https://a.example/x/'>").base.as_deref(),
            Some("https://a.example/x/")
        );
        assert_eq!(prepare("a<svg><path/></svg>b<SVG>c</svg >d"), "abd");
        assert_eq!(prepare("<img data-src=x><noscript><img src=x></noscript>"), "<img data-src=x><img src=x>");
        assert_eq!(prepare("<noscript>please</noscript>x"), "x");
        assert_eq!(prepare("<svgx>"), "<svgx>");
    }

    #[test]
    fn long_texts_are_split_outside_of_entities() {
        let split = split_long_texts(&format!("<p>{}</p>", "&amp;".repeat(5_000)));
        assert!(split.split("<!---->").all(|part| part.len() < MAX_TEXT_NODE + 20));
        assert_eq!(split.replace("<!---->", ""), format!("<p>{}</p>", "&amp;".repeat(5_000)));
    }

    #[test]
    fn bare_text_is_what_is_between_tags() {
        assert_eq!(bare_text("<p>a<b>b</b><script>x</script><!-- c -->d"), "a\nb\nd");
    }

    proptest! {
        #[test]
        fn never_panics(html in "(<|>|/|!|-|=|\"|'| |a|p|script|svg|é|中|&|base href){0,60}") {
            survey(&html);
            prepare(&html);
            bare_text(&html);
        }
    }
}
