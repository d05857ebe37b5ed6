//! What site generators put into bodies beside Markdown and HTML: tags of Liquid and Nunjucks (`{% … %}`, `{{ … }}`),
//! Hugo's shortcodes, containers of VuePress, attributes of kramdown, links of wikis, components of MDX.
//!
//! What has an evident meaning becomes HTML or Markdown (`replace`), the rest goes, and its name and line are told. Code
//! stays as it is, for there they are what the author shows. One pass, in time linear in the body.

mod code;
mod kramdown;
mod links;
mod mdx;
mod replace;
mod tag;
mod vault;
mod wiki;

use crate::model::Markup;
pub(super) use links::Posts;
use memchr::memmem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use replace::Open;
use std::borrow::Cow;
use tag::{Closings, Tag};
use url::Url;

/// Kinds of tags of one article that are told.
const MAX_TOLD: usize = 20;
/// Longest comment that can be the title of a tab, in bytes.
const MAX_COMMENT: usize = 200;
/// Elements that tags may hold open at a time; more are not closed by us.
const MAX_OPEN: usize = 64;
/// Components and braces without an end that are looked at; each costs a scan of a tag's length.
const MAX_ENDLESS: usize = 10_000;

/// What of a file's name stands in an address as it is (RFC 3986 §2.3).
const SLUG: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the tags of an article stand on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The folder of the site: `{{ site.baseurl }}` is its path.
    pub(super) site: &'a Url,
    /// The folder in which the article's own files are published.
    pub(super) assets: &'a Url,
    /// MDX: `import`, `export`, components and `{expressions}`.
    pub(super) is_mdx: bool,
    /// How the posts of a site of Jekyll are addressed.
    pub(super) posts: Option<&'a Posts>,
}

/// A tag that went without leaving anything behind: its name, and the line of the body, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) name: String,
    pub(super) line: u32,
    /// Links whose address nobody but the generator knows, where it is them that went: `name` is the target of the first.
    pub(super) links: u32,
}

/// Whether a body may hold anything of this; a quick look.
pub(super) fn may_hold(body: &str, markup: Markup, is_mdx: bool) -> bool {
    let holds = |mark: &str| memmem::find(body.as_bytes(), mark.as_bytes()).is_some();
    let marks = [
        "[[",
        ":::",
        "{:",
        "[!",
        "[TOC]",
        "[toc]",
        "%%",
        "==",
        " ^",
        "\n^",
        " markdown=",
        "](@/",
        "]: @/",
        "](|",
        "](<|",
        "]: |",
    ];
    let in_markdown = || is_mdx || marks.into_iter().any(holds);
    let of_pelican =
        || ["filename}", "static}", "attach}", "{index}", "{tag}", "{category}", "{author}"].into_iter().any(holds);
    holds("{%") || holds("{{") || holds("math/tex") || of_pelican() || (markup == Markup::Markdown && in_markdown())
}

/// The body without tags, still in its markup, and the kinds of tags that were dropped, each where it stood first.
pub(super) fn replace_all<'b>(body: &'b str, markup: Markup, on: Surroundings<'_>) -> (Cow<'b, str>, Vec<Dropped>) {
    if markup == Markup::Text || !may_hold(body, markup, on.is_mdx) {
        return (Cow::Borrowed(body), Vec::new());
    }
    let mut writer = Writer {
        body,
        rest: body,
        out: String::with_capacity(body.len() + body.len() / 8),
        markup,
        on,
        line_start: true,
        lines: code::Lines::new(),
        closings: Closings::new(body),
        open: Vec::new(),
        dropped: Vec::new(),
        counted: (0, 1),
        endless: 0,
    };
    while !writer.rest.is_empty() {
        writer.step();
    }
    (Cow::Owned(writer.out), writer.dropped)
}

/// A walk over a body.
struct Writer<'b, 's> {
    body: &'b str,
    /// What is left of it.
    rest: &'b str,
    out: String,
    markup: Markup,
    on: Surroundings<'s>,
    /// Only spaces stand before this place in its line.
    line_start: bool,
    /// Where indented code is.
    lines: code::Lines,
    closings: Closings<'b>,
    /// What tags opened and not yet closed, by name, and what is written at its end.
    open: Vec<Open>,
    dropped: Vec<Dropped>,
    /// Bytes of the body whose lines are counted, and the line they end in.
    counted: (usize, u32),
    /// Components and braces that had no end.
    endless: usize,
}

impl<'b> Writer<'b, '_> {
    fn step(&mut self) {
        let rest = self.rest;
        let Some(c) = rest.chars().next() else { return };
        let indented = match self.markup {
            Markup::Markdown if self.at_line() => self.lines.code_length(rest),
            _ => None,
        };
        if let Some(length) = indented.or_else(|| code::length(rest, self.line_start, self.markup)) {
            let (code, rest) = rest.split_at(length);
            self.out.push_str(code);
            self.line_start = self.out.ends_with('\n');
            self.rest = rest;
            return;
        }
        let taken = match c {
            '{' => self.address_of_a_file() || self.braces(),
            '|' | '@' => self.address_of_a_file(),
            '%' | '=' | '^' if self.markup == Markup::Markdown => self.of_a_vault(),
            '<' if self.of_kramdown() => true,
            '<' if self.on.is_mdx => self.component(),
            '<' if self.open.iter().any(|open| open.name == "tabs") => self.tab(),
            '!' | '[' if self.markup == Markup::Markdown => self.wiki_link(),
            ':' if self.line_start && self.markup == Markup::Markdown => self.container(),
            'i' | 'e' if self.on.is_mdx && self.at_line() => self.module(),
            '>' if self.line_start && self.markup == Markup::Markdown => self.callout(),
            _ => false,
        };
        if taken {
            return;
        }
        // Plain text up to the next character that may start something.
        let special: &[char] = &['{', '`', '~', '<', '\n', '[', '!', '%', '=', '^', '|', '@'];
        let next = rest[c.len_utf8()..].find(special).map_or(rest.len(), |at| at + c.len_utf8());
        let next = if c == '\n' || (self.line_start && c == ' ') { c.len_utf8() } else { next };
        self.out.push_str(&rest[..next]);
        self.line_start = c == '\n' || (self.line_start && c == ' ');
        self.rest = &rest[next..];
    }

    /// Whether a line begins exactly here.
    fn at_line(&self) -> bool {
        let at = self.body.len() - self.rest.len();
        at == 0 || self.body.as_bytes().get(at - 1) == Some(&b'\n')
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Notes that something went without a trace.
    fn drop(&mut self, name: &str) {
        if self.dropped.len() < MAX_TOLD && self.dropped.iter().all(|dropped| dropped.links > 0 || dropped.name != name)
        {
            let line = self.line();
            self.dropped.push(Dropped { name: name.to_owned(), line, links: 0 });
        }
    }

    /// Notes that a link became its text.
    fn link_to(&mut self, target: &str) {
        match self.dropped.iter_mut().find(|dropped| dropped.links > 0) {
            Some(dropped) => dropped.links = dropped.links.saturating_add(1),
            None => {
                let line = self.line();
                self.dropped.push(Dropped { name: target.to_owned(), line, links: 1 });
            }
        }
    }

    /// The line of the body that is being read.
    fn line(&mut self) -> u32 {
        let at = self.body.len() - self.rest.len();
        let (counted, line) = self.counted;
        let more = memchr::memchr_iter(b'\n', &self.body.as_bytes()[counted.min(at)..at]).count();
        self.counted = (at, line.saturating_add(u32::try_from(more).unwrap_or(u32::MAX)));
        self.counted.1
    }

    /// A tag, an expression, attributes of kramdown, an expression of MDX.
    fn braces(&mut self) -> bool {
        if let Some(tag) = Tag::read(self.rest, &mut self.closings) {
            self.tag(tag);
            return true;
        }
        if self.markup == Markup::Markdown
            && let Some(length) = code::attributes(self.rest, self.line_start, &self.out)
        {
            self.skip(length);
            return true;
        }
        if self.on.is_mdx && self.endless < MAX_ENDLESS {
            let Some(length) = mdx::braces(self.rest) else {
                self.endless += 1;
                return false;
            };
            if !self.rest.starts_with("{/*") {
                self.drop("{…}");
            }
            self.skip(length);
            return true;
        }
        false
    }

    /// A component of MDX: its tags go, what stands between them stays.
    fn component(&mut self) -> bool {
        if self.endless >= MAX_ENDLESS {
            return false;
        }
        let Some((name, length)) = mdx::component(self.rest) else { return false };
        let Some(length) = length else {
            self.endless += 1;
            return false;
        };
        if !self.rest.starts_with("</") {
            self.drop(name);
        }
        self.skip(length);
        true
    }

    /// `import` and `export` of MDX.
    fn module(&mut self) -> bool {
        let Some(length) = mdx::module(self.rest) else { return false };
        self.skip(length);
        true
    }

    /// `<!-- tab Title -->` and `<!-- endtab -->` of Hexo's themes, within `{% tabs %}`.
    fn tab(&mut self) -> bool {
        let comment = code::head(self.rest, MAX_COMMENT).strip_prefix("<!--").and_then(|rest| rest.split_once("-->"));
        let Some((inside, _)) = comment else { return false };
        let length = "<!--".len() + inside.len() + "-->".len();
        let (word, title) = inside.trim().split_once(' ').unwrap_or((inside.trim(), ""));
        if word != "tab" && word != "endtab" {
            return false;
        }
        let title = title.split('@').next().unwrap_or_default().trim();
        if word == "tab" && !title.is_empty() {
            self.open_block("<p><strong>", title, "</strong></p>");
        }
        self.skip(length);
        true
    }

    /// `[[Page|label]]`, `![[picture.png]]` and `[TOC]`.
    fn wiki_link(&mut self) -> bool {
        if self.line_start
            && let Some(length) = wiki::contents(self.rest)
        {
            self.skip(length);
            return true;
        }
        // `list[[name]]` is code that nobody marked as such.
        if self.out.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, ']' | ')' | '_')) {
            return false;
        }
        let Some(link) = wiki::read(self.rest) else { return false };
        match link {
            wiki::Link::Page { page, label, .. } => {
                // `[[#Part]]` leads nowhere else.
                if !page.starts_with('#') {
                    self.link_to(page);
                }
                self.out.push_str(label);
            }
            wiki::Link::Picture { address, label, .. } => self.picture(address, label, None, self.on.assets),
            wiki::Link::Embedded { address, .. } => self.drop(&format!("![[{address}]]")),
        }
        self.line_start = false;
        self.skip(link.length());
        true
    }

    /// `::: tip Title` … `:::` of VuePress and VitePress.
    fn container(&mut self) -> bool {
        let line = self.rest.lines().next().unwrap_or_default();
        let words = line.trim_start_matches(':').trim();
        if line.len() - line.trim_start_matches(':').len() < 3 {
            return false;
        }
        let length = line.len();
        if words.is_empty() {
            // An end without a beginning is text.
            if self.open.iter().all(|open| !open.is_container) {
                return false;
            }
            self.close(|open| open.is_container);
        } else {
            let (name, title) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
            let name = name.trim_matches(['{', '}', '.']);
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
                return false;
            }
            replace::container(self, name, title.trim());
        }
        self.skip(length);
        true
    }

    /// `> [!note] Title` of Obsidian and GitHub: the title, in bold.
    fn callout(&mut self) -> bool {
        let Some((before, word, title, length)) = wiki::callout(self.rest) else { return false };
        self.out.push_str(before);
        self.out.push_str("**");
        if title.is_empty() {
            let mut letters = word.chars();
            self.out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            self.out.push_str(&letters.as_str().to_ascii_lowercase());
        } else {
            self.out.push_str(title);
        }
        // A line break: what follows is a paragraph of its own.
        self.out.push_str("**  ");
        self.line_start = false;
        self.skip(length);
        true
    }

    /// Writes a block of HTML that Markdown does not take for the beginning of a paragraph.
    fn open_block(&mut self, before: &str, text: &str, after: &str) {
        self.out.push_str("\n\n");
        self.out.push_str(before);
        super::html::markup::escape_into(&mut self.out, text);
        self.out.push_str(after);
        self.out.push_str("\n\n");
        self.line_start = true;
    }

    /// Begins an element that another tag ends.
    fn push(&mut self, open: Open) {
        if self.open.len() < MAX_OPEN {
            self.open.push(open);
        }
    }

    /// Ends the innermost open element that fits.
    fn close(&mut self, fits: impl Fn(&Open) -> bool) {
        if let Some(at) = self.open.iter().rposition(fits) {
            for open in self.open.drain(at..).rev() {
                self.out.push_str(&open.end);
            }
            self.line_start = self.out.ends_with('\n');
        }
    }
}

#[cfg(test)]
mod tests;
