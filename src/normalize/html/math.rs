//! Formulas: MathML comes out of a body before it is made safe, is read strictly by itself, and goes back in the end.
//!
//! Parsers of HTML change their rules inside of `<math>`, and every way to smuggle a tag past a sanitizer leads
//! through that change. So no parser of HTML ever sees one here: what is written again is layout with text in its
//! leaves and nothing else, and a formula with anything unusual becomes its TeX, or its text.

use super::element::{PLACEHOLDER, PLACEHOLDER_NUMBER};
use super::markup::escape_into;
use super::pieces::{Piece, Pieces, attribute, is_one_of};
use super::references::decode;
use std::borrow::Cow;

/// Elements in each other, and formulas of a body.
const MAX_DEPTH: usize = 64;
const MAX_FORMULAS: usize = 2_000;
/// Bytes of one formula.
const MAX_FORMULA: usize = 65_536;
const MAX_VALUE: usize = 100;
const MAX_TEX: usize = 4_000;
/// Copies without an end that are looked for; each costs a scan to the end of the body.
const MAX_ENDLESS: usize = 16;

/// MathML Core §3: leaves hold text.
const LEAVES: &[&str] = &["mi", "mn", "mo", "ms", "mtext"];
/// Layout, and what holds no text.
const LAYOUT: &[&str] = &[
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "merror",
    "mpadded",
    "mphantom",
    "mspace",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "none",
    "mtable",
    "mtr",
    "mtd",
    "menclose",
];
const ATTRIBUTES: &[&str] = &[
    "accent",
    "accentunder",
    "columnalign",
    "columnlines",
    "columnspacing",
    "columnspan",
    "depth",
    "dir",
    "display",
    "displaystyle",
    "fence",
    "form",
    "frame",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "notation",
    "rowalign",
    "rowlines",
    "rowspacing",
    "rowspan",
    "rspace",
    "scriptlevel",
    "separator",
    "stretchy",
    "symmetric",
    "voffset",
    "width",
];

#[cfg(test)]
pub(super) fn is_known(name: &str, attribute: Option<&str>) -> bool {
    (name == "math" || LEAVES.contains(&name) || LAYOUT.contains(&name))
        && attribute.is_none_or(|attribute| attribute == "alttext" || ATTRIBUTES.contains(&attribute))
}

/// Where programs that show formulas write a second copy for the eye: element, class, and what tells that the first
/// copy, in MathML, is there too.
const COPIES: &[(&str, &str, &str)] = &[
    ("span", "katex-html", "katex-mathml"),
    ("mjx-math", "", "<mjx-assistive-mml"),
    ("span", "MathJax_Preview", "MJX_Assistive_MathML"),
    ("nobr", "", "MJX_Assistive_MathML"),
];

/// The HTML with a placeholder for each formula, or its text; and the formulas.
pub(super) fn take_out(html: &str) -> (Cow<'_, str>, Vec<String>) {
    let copies: Vec<_> = COPIES.iter().filter(|(.., first)| html.contains(first)).collect();
    let (mut out, mut copied) = (String::new(), 0);
    let mut formulas = Vec::new();
    let (mut ends, mut endless) = (true, 0);
    let mut pieces = Pieces::new(html);
    while let Some(piece) = pieces.next() {
        let Piece::Open { name, attributes, .. } = piece else { continue };
        let start = pieces.at - attributes.len() - name.len() - 1;
        if name.eq_ignore_ascii_case("math") && ends {
            let full = formulas.len() >= MAX_FORMULAS;
            let Some((formula, end)) = read(html, pieces.at, attributes, full) else {
                // Nor has any behind it.
                ends = false;
                continue;
            };
            out.push_str(&html[copied..start]);
            match formula {
                Formula::Safe(formula) => {
                    out.push_str(&format!(
                        "<{PLACEHOLDER} {PLACEHOLDER_NUMBER}=\"{}\"></{PLACEHOLDER}>",
                        formulas.len()
                    ));
                    formulas.push(formula);
                }
                Formula::Tex(tex) => {
                    out.push_str("<code>");
                    escape_into(&mut out, &tex);
                    out.push_str("</code>");
                }
                Formula::Text(text) => escape_into(&mut out, &text),
            }
            (pieces.at, copied) = (end, end);
        } else if endless < MAX_ENDLESS
            && copies.iter().any(|(tag, class, _)| name == *tag && has_class(attributes, class))
        {
            let Some(end) = end_of(html, pieces.at, name) else {
                endless += 1;
                continue;
            };
            out.push_str(&html[copied..start]);
            (pieces.at, copied) = (end, end);
        }
    }
    if copied == 0 {
        return (Cow::Borrowed(html), formulas);
    }
    out.push_str(&html[copied..]);
    (Cow::Owned(out), formulas)
}

/// Puts the formulas where their placeholders stand. `html` is what `tidy` wrote, so nothing else looks like one.
pub(super) fn put_back(html: String, formulas: &[String]) -> String {
    if formulas.is_empty() {
        return html;
    }
    let start = format!("<{PLACEHOLDER} {PLACEHOLDER_NUMBER}=\"");
    let end = format!("\"></{PLACEHOLDER}>");
    let mut out = String::with_capacity(html.len() + formulas.iter().map(String::len).sum::<usize>());
    let mut rest = html.as_str();
    while let Some(at) = rest.find(&start) {
        out.push_str(&rest[..at]);
        rest = &rest[at + start.len()..];
        let Some((number, after)) = rest.split_once(&end) else { break };
        if let Some(formula) = number.parse().ok().and_then(|number: usize| formulas.get(number)) {
            out.push_str(formula);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn has_class(attributes: &str, wanted: &str) -> bool {
    wanted.is_empty()
        || attribute(attributes, "class").is_some_and(|class| class.split_ascii_whitespace().any(|one| one == wanted))
}

/// Behind the end tag that belongs to a start tag which ends at `from`.
fn end_of(html: &str, from: usize, name: &str) -> Option<usize> {
    let mut pieces = Pieces::new(html);
    pieces.at = from;
    let mut depth = 1_usize;
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Open { name: inner, attributes, .. } if inner == name && !attributes.ends_with("/>") => depth += 1,
            Piece::Close { name: inner, .. } if inner == name => {
                depth -= 1;
                if depth == 0 {
                    return Some(pieces.at);
                }
            }
            _ => {}
        }
    }
    None
}

enum Formula {
    /// MathML as we write it.
    Safe(String),
    Tex(String),
    Text(String),
}

/// Reads the formula whose start tag ends at `from`; none where it has no end. Gives where it ends, too.
/// `refused`: there are too many of them already.
fn read(html: &str, from: usize, attributes: &str, refused: bool) -> Option<(Formula, usize)> {
    let mut reader = Reader { out: String::from("<math"), unusual: refused, ..Reader::default() };
    reader.attributes("math", attributes);
    let alttext = attribute(attributes, "alttext").and_then(|text| decode(&text, true).map(Cow::into_owned));
    let mut pieces = Pieces::new(html);
    pieces.at = from;
    let mut ended = false;
    for piece in pieces.by_ref() {
        if matches!(&piece, Piece::Close { name, .. } if name.eq_ignore_ascii_case("math")) {
            ended = true;
            break;
        }
        reader.piece(&piece);
    }
    if !ended {
        return None;
    }
    let end = pieces.at;
    let tex = reader.tex.take().or(alttext).map(|tex| super::xml_chars(tex.trim()).into_owned());
    let tex = tex.filter(|tex| !tex.is_empty() && tex.len() <= MAX_TEX);
    let whole = !reader.unusual && reader.open.is_empty() && reader.filled && reader.out.len() <= MAX_FORMULA;
    Some((
        match tex {
            tex if whole => Formula::Safe(reader.finished(tex.as_deref())),
            // A title is this text alone, and not every reader of titles takes text for text.
            Some(tex) if !looks_like_tag(&tex) => Formula::Tex(tex),
            _ => Formula::Text(reader.text),
        },
        end,
    ))
}

fn looks_like_tag(tex: &str) -> bool {
    tex.split('<')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')))
}

#[derive(Default)]
struct Reader<'a> {
    /// `<math …` up to where its attributes end, then `inner`.
    out: String,
    inner: String,
    open: Vec<&'a str>,
    /// All text, for a formula that is not kept.
    text: String,
    tex: Option<String>,
    /// There is at least one leaf.
    filled: bool,
    unusual: bool,
}

impl<'a> Reader<'a> {
    fn piece(&mut self, piece: &Piece<'a>) {
        if self.out.len() + self.inner.len() + self.text.len() > 2 * MAX_FORMULA {
            self.unusual = true;
            return;
        }
        let annotation = self.open.last().copied().filter(|open| is_one_of(open, &["annotation", "annotation-xml"]));
        match *piece {
            Piece::Text(text) => match annotation {
                Some("annotation") => {
                    if let (Some(tex), Some(text)) = (&mut self.tex, decode(text, false)) {
                        tex.push_str(&text);
                    }
                }
                Some(_) => {}
                None => self.leaf(text),
            },
            Piece::Open { name, attributes, .. } => match annotation {
                // Content in another markup: its elements are counted, not kept.
                Some(open) => {
                    self.unusual |= open == "annotation" || self.open.len() > MAX_DEPTH;
                    if !attributes.ends_with("/>") && !self.unusual {
                        self.open.push("annotation-xml");
                    }
                }
                None => self.start(name, attributes),
            },
            Piece::Close { name, .. } => match annotation {
                Some("annotation-xml") => drop(self.open.pop()),
                _ => self.end(name),
            },
            Piece::Raw { .. } | Piece::Cdata => self.unusual = true,
        }
    }

    fn start(&mut self, name: &'a str, attributes: &str) {
        let inside_leaf = self.open.last().is_some_and(|open| LEAVES.contains(open));
        self.unusual |= inside_leaf || self.open.len() > MAX_DEPTH;
        let empty = attributes.ends_with("/>");
        match name {
            _ if LEAVES.contains(&name) || LAYOUT.contains(&name) => {
                self.inner.push('<');
                self.inner.push_str(name);
                self.attributes(name, attributes);
                self.inner.push('>');
                self.filled |= LEAVES.contains(&name);
                if empty {
                    self.inner.push_str(&format!("</{name}>"));
                }
            }
            "semantics" => {}
            "annotation" if self.is_semantic() => {
                let is_tex = attribute(attributes, "encoding")
                    .is_some_and(|encoding| encoding.to_ascii_lowercase().contains("tex"));
                if is_tex && !empty {
                    self.tex = Some(String::new());
                }
            }
            "annotation-xml" if self.is_semantic() => {}
            _ => self.unusual = true,
        }
        if !empty {
            self.open.push(name);
        }
    }

    /// Inside of `semantics`; what is too deep is not kept anyway.
    fn is_semantic(&self) -> bool {
        self.open.len() <= MAX_DEPTH && self.open.contains(&"semantics")
    }

    fn end(&mut self, name: &str) {
        if self.open.last() != Some(&name) {
            self.unusual = true;
            return;
        }
        self.open.pop();
        if LEAVES.contains(&name) || LAYOUT.contains(&name) {
            self.inner.push_str(&format!("</{name}>"));
        }
    }

    fn leaf(&mut self, text: &str) {
        let Some(decoded) = decode(text, false) else {
            self.unusual = true;
            self.text.push_str(text);
            return;
        };
        let decoded = super::xml_chars(&decoded);
        self.text.push_str(&decoded);
        if self.open.last().is_some_and(|open| LEAVES.contains(open)) {
            escape_into(&mut self.inner, &decoded);
        } else {
            // Between elements only white space stands, which means nothing.
            self.unusual |= !decoded.trim().is_empty();
        }
    }

    /// Attributes go to what is being written: those of `math` itself to `out`.
    fn attributes(&mut self, element: &str, written: &str) {
        let out = if element == "math" { &mut self.out } else { &mut self.inner };
        for name in ATTRIBUTES {
            if *name == "display" && element != "math" {
                continue;
            }
            let Some(value) = attribute(written, name) else { continue };
            let value = value.trim();
            let plain = !value.is_empty()
                && value.len() <= MAX_VALUE
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" +-.%#".contains(&byte));
            if plain {
                out.push_str(&format!(" {name}=\"{value}\""));
            }
        }
    }

    fn finished(self, tex: Option<&str>) -> String {
        let mut out = self.out;
        if let Some(tex) = tex {
            // For readers without MathML.
            out.push_str(" alttext=\"");
            escape_into(&mut out, tex);
            out.push('"');
        }
        out.push('>');
        out.push_str(&self.inner);
        out.push_str("</math>");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn layout_is_kept() {
        check(
            "<p>So <math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\" onclick=\"x\"><mrow><mi mathvariant=\"bold\" href=\"javascript:x\">E</mi>\n<mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></mrow></math>.</p>",
            "<p>So <math display=\"block\"><mrow><mi mathvariant=\"bold\">E</mi><mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></mrow></math>.</p>",
        );
        check(
            "<math><mi>a</mi><mo>&lt;</mo><mspace width=\"1em\"/><mi>&#x3b1;&amp;</mi></math>",
            "<math><mi>a</mi><mo>&lt;</mo><mspace width=\"1em\"></mspace><mi>α&amp;</mi></math>",
        );
        check(
            "<math><semantics><mi>x</mi><annotation encoding=\"application/x-tex\">x_{\"a\" &lt; 1}</annotation></semantics></math>",
            "<math alttext=\"x_{&quot;a&quot; &lt; 1}\"><mi>x</mi></math>",
        );
        check(
            "<math><semantics><mi>x</mi><annotation-xml encoding=\"MathML-Content\"><ci>x</ci></annotation-xml></semantics></math>",
            "<math><mi>x</mi></math>",
        );
    }

    #[test]
    fn what_is_unusual_becomes_tex_or_text() {
        check("<math alttext=\"a &lt; b\"><mtext><b>x</b></mtext></math>", "<code>a &lt; b</code>");
        check("<math alttext=\"<b>\"><mtext><b>x</b></mtext></math>", "x");
        check("<p><math><mi><img src=x></mi>y</math>z</p>", "<p>yz</p>");
        check("<math><mi>x</math>", "x");
        check("<math><mglyph src=x></mglyph></math>z", "z");
        check("<math><maction actiontype=statusline><mi>a</mi></maction></math>", "a");
        check("<math></math>z", "z");
        check("<math>z", "z");
    }

    #[test]
    fn copies_for_the_eye_go() {
        check(
            "<span class=\"katex\"><span class=\"katex-mathml\"><math><semantics><mrow><mi>x</mi></mrow><annotation encoding=\"application/x-tex\">x</annotation></semantics></math></span><span class=\"katex-html\" aria-hidden=\"true\"><span class=\"base\"><span>x</span></span></span></span>.",
            "<math alttext=\"x\"><mrow><mi>x</mi></mrow></math>.",
        );
        check("<span class=\"katex-html\"><span>x</span></span>", "x");
        check(
            "<mjx-container jax=\"CHTML\"><mjx-math><mjx-mi>x</mjx-mi></mjx-math><mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml></mjx-container>",
            "<math><mi>x</mi></math>",
        );
    }

    #[test]
    fn what_never_ends_is_looked_for_once() {
        for (html, expect) in [
            ("<math>".repeat(200_000), ""),
            ("<math><mi>x".repeat(100_000), "x"),
            ("<span class=\"katex-html\">".repeat(40_000) + "<i class=katex-mathml>", ""),
            ("<math><semantics>".to_owned() + &"<x>".repeat(100_000) + &"<annotation/>".repeat(100_000), ""),
        ] {
            let (out, formulas) = super::take_out(&html);
            assert!(formulas.is_empty() && out.contains(expect));
        }
    }

    #[test]
    fn placeholders_of_others_are_nothing() {
        check("<x-math data-n=\"0\">a</x-math>", "a");
        check(
            "<math><mi>x</mi></math><x-math data-n=\"7\"></x-math><p title='<x-math data-n=\"0\"></x-math>'>y</p>",
            "<math><mi>x</mi></math><p title=\"&lt;x-math data-n=&quot;0&quot;&gt;&lt;/x-math&gt;\">y</p>",
        );
    }
}
