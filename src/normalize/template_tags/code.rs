//! Where code stands in a body, in which no tags are looked for; and kramdown's attributes.

use crate::model::Markup;

/// Longest code span, in bytes; as far as its end is searched.
const MAX_SPAN: usize = 10_000;
/// Longest list of attributes, in bytes.
const MAX_ATTRIBUTES: usize = 500;

/// The length of the code that starts here: a fence, a code span, `<pre>`, `<code>`.
pub(super) fn length(rest: &str, line_start: bool, markup: Markup) -> Option<usize> {
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~' | '<'))?;
    if mark == '<' {
        let name = ["pre", "code"].into_iter().find(|name| {
            let end = name.len() + 1;
            rest.get(1..end).is_some_and(|seen| seen.eq_ignore_ascii_case(name))
                && matches!(rest.as_bytes().get(end), Some(b'>' | b' '))
        })?;
        let end = format!("</{name}>");
        // What is never closed holds all the rest.
        return Some(rest.find(&end).map_or(rest.len(), |at| at + end.len()));
    }
    if markup != Markup::Markdown {
        return None;
    }
    let run = rest.len() - rest.trim_start_matches(mark).len();
    if line_start && run >= 3 {
        let fence = &rest[..run];
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            let trimmed = line.trim();
            if at > line.len() && trimmed.starts_with(fence) && trimmed.trim_matches(mark).is_empty() {
                break;
            }
        }
        return Some(at);
    }
    if mark == '~' {
        return Some(run);
    }
    // A span ends at a run of the same length, within its paragraph; else the run is text.
    let span = head(rest, MAX_SPAN);
    let paragraph = span.find("\n\n").unwrap_or(span.len());
    let mut at = run;
    while let Some(found) = rest[at..paragraph.max(at)].find('`') {
        let start = at + found;
        let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        at = start + length;
        if length == run {
            return Some(at);
        }
    }
    Some(run)
}

/// What the lines so far say of indented code (CommonMark §4.4): it needs a blank line before it, and in a list an indented
/// line is a paragraph of its item.
pub(super) struct Lines {
    after_blank: bool,
    in_code: bool,
    in_list: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { after_blank: true, in_code: false, in_list: false }
    }

    /// The length of the line that begins here, if it is code.
    pub(super) fn code_length(&mut self, rest: &str) -> Option<usize> {
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..length];
        let text = line.trim_start_matches([' ', '\t']);
        if text.trim_end().is_empty() {
            self.after_blank = true;
            return None;
        }
        let is_indented = line.starts_with("    ") || line.starts_with('\t');
        let is_code = is_indented && (self.after_blank || self.in_code) && !self.in_list;
        if !is_indented {
            let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let numbered = digits.len() < text.len() && (digits.starts_with(". ") || digits.starts_with(") "));
            let marked = ["- ", "* ", "+ "].into_iter().any(|mark| text.starts_with(mark));
            // A line that is indented a little, or follows without a blank one, still belongs to the item.
            let goes_on = self.in_list && (!self.after_blank || text.len() < line.len());
            self.in_list = numbered || marked || goes_on;
        }
        (self.after_blank, self.in_code) = (false, is_code);
        is_code.then_some(length)
    }
}

/// The length of kramdown's attributes, which start here: `{: .class #id key="value"}` and `{:toc}` on a line of their own,
/// or right behind what they belong to (`before`).
pub(super) fn attributes(rest: &str, line_start: bool, before: &str) -> Option<usize> {
    let inside = head(rest, MAX_ATTRIBUTES).strip_prefix("{:")?;
    let end = inside.find(['}', '\n', '{']).filter(|end| inside[*end..].starts_with('}'))?;
    let length = "{:".len() + end + 1;
    let own_line = line_start && rest[length..].lines().next().unwrap_or_default().trim().is_empty();
    let attribute =
        inside[..end].trim_start().starts_with(|c: char| matches!(c, '.' | '#' | ':') || c.is_ascii_alphabetic());
    let behind = before.ends_with(['*', '_', ')', ']', '`', '>']);
    (attribute && (own_line || behind)).then_some(length)
}

/// At most `max` bytes from the start.
pub(super) fn head(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
