//! What kramdown and MathJax 2 make of HTML within Markdown: `<div markdown="1">` holds Markdown, `<script type="math/tex">` a
//! formula.

use super::Writer;
use super::code::head;
use crate::model::Markup;

/// Longest tag, in bytes.
const MAX_TAG: usize = 300;
/// Longest formula, in bytes.
const MAX_FORMULA: usize = 10_000;
/// Blocks that may hold Markdown.
const BLOCKS: [&str; 9] =
    ["div", "section", "article", "aside", "figure", "figcaption", "details", "blockquote", "center"];

/// The tag at the beginning, and its name in lower case.
fn tag(rest: &str) -> Option<(&str, String)> {
    let tag = head(rest, MAX_TAG);
    let tag = &tag[..=tag.find('>')?];
    let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_ascii_lowercase();
    Some((tag, name))
}

impl Writer<'_, '_> {
    /// A block whose inside is Markdown, or a formula.
    pub(super) fn of_kramdown(&mut self) -> bool {
        let Some((tag, name)) = tag(self.rest) else { return false };
        match name.as_str() {
            "script" if tag.contains("math/tex") => self.formula(tag),
            name if self.markup == Markup::Markdown && BLOCKS.contains(&name) => self.block(tag, name),
            _ => false,
        }
    }

    /// Behind a blank line HTML is over (CommonMark §4.6), and Markdown again.
    fn block(&mut self, tag: &str, name: &str) -> bool {
        let marks = ["\"1\"", "'1'", "1", "\"block\"", "'block'", "block", "\"span\"", "'span'"];
        let said = marks.iter().find_map(|mark| {
            let said = format!(" markdown={mark}");
            let at = tag.find(&said)?;
            tag[at + said.len()..].starts_with([' ', '>', '/']).then_some((at, at + said.len()))
        });
        let Some((start, end)) = said else { return false };
        self.out.push_str(&tag[..start]);
        self.out.push_str(&tag[end..]);
        self.out.push_str("\n\n");
        self.line_start = true;
        let line = self.rest[tag.len()..].split('\n').next().unwrap_or_default();
        let length = tag.len();
        match line.find(&format!("</{name}")).filter(|at| *at > 0 && !line[..*at].contains(['{', '%', '`', '<'])) {
            Some(inside) => {
                self.out.push_str(&line[..inside]);
                self.out.push_str("\n\n");
                self.skip(length + inside);
            }
            None => self.skip(length),
        }
        true
    }

    /// TeX as it is, between the marks by which MathJax and KaTeX know it. References keep its signs from being Markdown.
    fn formula(&mut self, tag: &str) -> bool {
        let rest = head(&self.rest[tag.len()..], MAX_FORMULA);
        let Some(end) = rest.find("</script>") else { return false };
        // kramdown hides it from XML.
        let tex = rest[..end].trim().trim_start_matches("% <![CDATA[").trim_end_matches("%]]>").trim();
        let marks = if tag.contains("mode=display") { ("\\[ ", " \\]") } else { ("\\( ", " \\)") };
        for c in [marks.0, tex, marks.1].concat().chars() {
            match c {
                c if c.is_ascii_punctuation() => self.out.push_str(&format!("&#{};", u32::from(c))),
                c => self.out.push(c),
            }
        }
        self.line_start = false;
        self.skip(tag.len() + end + "</script>".len());
        true
    }
}
