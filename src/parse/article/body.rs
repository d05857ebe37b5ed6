//! The body of an article: its markup, its excerpt, its first heading.

use crate::config::plan::BodyKind;
use crate::model::Markup;
use memchr::memmem::Finder;
use std::borrow::Cow;

/// The markup of a body: as the source says; else HTML by extension, or if its first visible characters open a block
/// tag; else Markdown.
pub(super) fn markup(body: &str, kind: BodyKind, extension: &str) -> Markup {
    match kind {
        BodyKind::Html => Markup::Html,
        BodyKind::Markdown => Markup::Markdown,
        BodyKind::Text => Markup::Text,
        BodyKind::Auto if is_html_extension(extension) || opens_block(body) => Markup::Html,
        BodyKind::Auto => Markup::Markdown,
    }
}

pub(super) fn is_html_extension(extension: &str) -> bool {
    extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm")
}

/// Elements that make a block (CommonMark §4.6, less what shows nothing).
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
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
    "hr",
    "html",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// Whether the first visible characters are the tag of a block; comments, styles and scripts are not visible.
fn opens_block(body: &str) -> bool {
    let mut rest = body.trim_start();
    while let Some(tag) = rest.strip_prefix('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { return false };
            rest = after.trim_start();
            continue;
        }
        let name: String =
            tag.chars().take(16).take_while(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let unseen = match name.as_str() {
            "style" | "script" => {
                let close = format!("</{name}");
                find_ignore_case(tag, &close).and_then(|at| tag[at..].split_once('>'))
            }
            "link" | "meta" => tag.split_once('>'),
            "" => return tag.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("!doctype")),
            _ => return BLOCKS.contains(&name.as_str()),
        };
        let Some((_, after)) = unseen else { return false };
        rest = after.trim_start();
    }
    false
}

/// Where an ASCII text in lower case first occurs in any case.
fn find_ignore_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// `\n` for all line ends.
pub(super) fn unix_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// Cuts a body at its excerpt's end: what comes before it, and the body without the mark. None: there is no mark, or
/// nothing before it.
pub(super) fn excerpt(body: &str, separator: Option<&str>) -> Option<(String, String)> {
    let (start, end) = match separator.map(str::trim_end).filter(|separator| !separator.is_empty()) {
        Some(separator) => body.find(separator).map(|at| (at, at + separator.len())),
        None => None,
    }
    .or_else(|| more(body))?;
    let before = body[..start].trim();
    let rest = [&body[..start], &body[end..]].concat();
    Some((before.to_owned(), rest))
}

/// The place of `<!-- more -->` or `<!-- excerpt -->`, with any spacing and case, also with a text behind the word.
fn more(body: &str) -> Option<(usize, usize)> {
    // Bodies of news are full of comments, and every body is searched.
    let (opens, closes) = (Finder::new("<!--"), Finder::new("-->"));
    let find = |finder: &Finder<'_>, from: usize| finder.find(&body.as_bytes()[from..]);
    let mut from = 0;
    while let Some(at) = find(&opens, from) {
        let start = from + at;
        let Some(length) = find(&closes, start + 4) else { break };
        let inner = body[start + 4..start + 4 + length].trim_matches(|c: char| c.is_whitespace() || c == '-');
        let word = inner.split_whitespace().next().unwrap_or_default();
        if word.eq_ignore_ascii_case("more") || (word == inner && word.eq_ignore_ascii_case("excerpt")) {
            return Some((start, start + 4 + length + 3));
        }
        from = start + 4 + length + 3;
    }
    None
}

/// The first heading of Markdown as text: `# …` or a line underlined with `=` or `-`; not inside fenced code.
/// With `only_first`, nothing but blank lines may stand before it.
pub(super) fn heading(body: &str, only_first: bool) -> Option<String> {
    let mut fence: Option<(char, usize)> = None;
    let mut before: Option<&str> = None;
    let mut in_comment = false;
    for line in body.lines() {
        // What a comment of Obsidian holds is nobody's title.
        let Some(line) = outside_comment(line, fence.is_none(), &mut in_comment) else { continue };
        let text = line.trim();
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'));
        let run = mark.map_or(0, |mark| text.chars().take_while(|c| *c == mark).count());
        match fence {
            Some((open, length)) => {
                if mark == Some(open) && run >= length && text.len() == run {
                    fence = None;
                }
                continue;
            }
            None if run >= 3 => {
                if only_first {
                    return None;
                }
                (fence, before) = (mark.map(|mark| (mark, run)), None);
                continue;
            }
            None => {}
        }
        if text.is_empty() {
            before = None;
            continue;
        }
        let underline = !indented && ["=", "-"].iter().any(|mark| text.trim_end_matches(mark).is_empty());
        if let Some(title) = before
            && underline
        {
            return Some(plain(title)).filter(|title| !title.is_empty());
        }
        if only_first && (before.is_some() || indented) {
            return None;
        }
        let level = text.bytes().take_while(|byte| *byte == b'#').count();
        if !indented
            && (1..=6).contains(&level)
            && let Some(title) = text[level..].strip_prefix([' ', '\t'])
        {
            let title = title.trim_end_matches('#').trim();
            return Some(plain(title)).filter(|title| !title.is_empty());
        }
        before = Some(text).filter(|_| !indented);
    }
    None
}

/// What stands before, or behind, a `%%comment%%` of a line; none where all of it is in one.
fn outside_comment<'a>(line: &'a str, may_begin: bool, in_comment: &mut bool) -> Option<&'a str> {
    if *in_comment {
        let (_, rest) = line.split_once("%%")?;
        *in_comment = false;
        return Some(rest);
    }
    let Some((before, rest)) = line.split_once("%%").filter(|(before, _)| {
        may_begin && (before.is_empty() || before.ends_with(char::is_whitespace)) && !before.contains('`')
    }) else {
        return Some(line);
    };
    *in_comment = !rest.contains("%%");
    (!before.trim().is_empty() || !*in_comment).then_some(before)
}

/// Characters of a heading that make a title.
const MAX_TITLE: usize = 500;

/// A heading without its emphasis, code marks, links and anchors.
fn plain(title: &str) -> String {
    let title = title.char_indices().nth(MAX_TITLE).map_or(title, |(end, _)| &title[..end]);
    let title = title.rsplit_once(" {#").filter(|(_, id)| id.ends_with('}')).map_or(title, |(title, _)| title);
    let mut out = String::with_capacity(title.len());
    let mut rest = title;
    while let Some(c) = rest.chars().next() {
        if c == '['
            && let Some((label, after)) = rest[1..].split_once("](")
            && let Some((_, after)) = after.split_once(')')
        {
            out.push_str(label);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if !matches!(c, '*' | '`') {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_seen_in_the_first_visible_characters() {
        let check = |body: &str, extension: &str, expect: Markup| {
            assert_eq!(markup(body, BodyKind::Auto, extension), expect, "{body:?}");
        };
        check("text", "html", Markup::Html);
        check("text", "HTM", Markup::Html);
        check("\n  <div class=x>", "txt", Markup::Html);
        check("<!-- a --><P>", "md", Markup::Html);
        check("<style>p { x: y }</style>\n# Title", "md", Markup::Markdown);
        check("<script src=a></SCRIPT><section>", "md", Markup::Html);
        check("<script>never closed", "md", Markup::Markdown);
        check("<!DOCTYPE html>", "md", Markup::Html);
        check("<https://example.org/> is a link", "md", Markup::Markdown);
        check("<b>bold</b>", "md", Markup::Markdown);
        check("<pizza>", "md", Markup::Markdown);
        check("", "md", Markup::Markdown);
        check("<!-- open", "md", Markup::Markdown);
    }

    #[test]
    fn excerpts() {
        let check = |body: &str, separator: Option<&str>, expect: Option<(&str, &str)>| {
            let got = excerpt(body, separator);
            assert_eq!(got.as_ref().map(|(before, rest)| (before.as_str(), rest.as_str())), expect, "{body:?}");
        };
        check("a\n<!-- more -->\nb", None, Some(("a", "a\n\nb")));
        check("a<!--more-->b", None, Some(("a", "ab")));
        check("a<!-- x --><!--  MORE  -->b", None, Some(("a<!-- x -->", "a<!-- x -->b")));
        check("a<!--more Read on-->b", None, Some(("a", "ab")));
        check("a<!-- excerpt -->b", None, Some(("a", "ab")));
        check("<!-- more -->b", None, Some(("", "b")));
        check("a<!-- moreover -->b", None, None);
        check("a<!-- more", None, None);
        check("a\n\n\nb", Some("\n\n"), None);
        check("a\n***\nb", Some("***"), Some(("a", "a\n\nb")));
    }

    #[test]
    fn headings() {
        let check = |body: &str, expect: Option<&str>| assert_eq!(heading(body, false).as_deref(), expect, "{body:?}");
        check("# One\ntext", Some("One"));
        check("text\n\n## Two ##\n", Some("Two"));
        check("Title\n=====\n", Some("Title"));
        check("a\n\n---\n\n# B", Some("B"));
        check("```\n# code\n```\n# real", Some("real"));
        check("~~~\n```\n# code\n~~~~\n# real", Some("real"));
        check("    # code\n", None);
        check("#hashtag\n", None);
        check("# **Bold** `x` [link](/u) {#id}", Some("Bold x link"));
        check("%%\n# private\n%%\n# Shown %%not this%%\n", Some("Shown"));
        check("`%%` is\n\n# Code", Some("Code"));
        check("", None);
        assert_eq!(heading("text\n# later", true), None);
        assert_eq!(heading("\n# first", true).as_deref(), Some("first"));
    }
}
