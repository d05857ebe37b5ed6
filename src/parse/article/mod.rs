//! An article → an entry: front matter of any generator, and a body.
//!
//! In: the bytes of one file and how its source is read. Out: what its author wrote, nothing decided yet: no link is
//! built, no HTML made safe. What is wrong with it comes with line and column.

mod body;
mod fields;
mod file_name;
mod front_matter;
mod node;
pub mod site;
mod values;
mod yaml;

use super::charset::{self, Declared};
use crate::config::plan::{ArticleReading, Generator};
use crate::model::{Document, Entry, Markup, ParseError, Parsed, Text, Warning};
use chrono_tz::Tz;
use file_name::FileName;
use front_matter::Front;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Bytes in which a file that is no text shows it.
const BINARY_SHOWS_WITHIN: usize = 4096;

/// Duplicate keys of one article that are told.
const MAX_DUPLICATES: usize = 10;

/// Reads one article. `document.path` is its path below the root of its source.
///
/// None: no article (an empty file; `.txt` or `.html` without front matter in a walk, `named` false). Errors are of the classes
/// `encoding` (no text) and `front-matter` (front matter that cannot be read), the latter with line and column of the
/// file. Dates without a zone are read in `zone`.
pub fn parse(
    document: &Document,
    reading: &ArticleReading,
    zone: Tz,
    named: bool,
) -> Result<Option<Parsed<Entry>>, ParseError> {
    let declared = document.charset.as_deref().map_or(Declared::Unknown, Declared::Http);
    let (text, mut warnings) = charset::decode(&document.bytes, declared)?;
    let decoded = matches!(text, Cow::Owned(_));
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if is_binary(text, decoded) {
        return Err(ParseError::new("encoding", "found NUL or many control characters, expected a text"));
    }
    let path = document.path.as_deref().or_else(|| document.url.as_ref().map(|url| url.path())).unwrap_or_default();
    let site = reading.site.as_deref();
    // Folders above `_posts` are categories, and may be above the source's own folder.
    let full = site.filter(|site| site.generator == Generator::Jekyll).map(|site| site::below(site, path));
    let name = file_name::read(full.as_deref().unwrap_or(path));
    let front = front_matter::read(text, &mut warnings)?
        .or_else(|| is_markdown(name.extension).then(|| front_matter::header(text)).flatten());
    if front.is_none() && !named && !is_markdown(name.extension) {
        return Ok(None);
    }
    let bare = front.is_none();
    if bare && text.trim().is_empty() {
        return Ok(None);
    }
    let jekyll = site.map_or(name.is_jekyll, |site| site.generator == Generator::Jekyll);
    let (mut entry, body) = match front {
        Some(mut front) => {
            duplicates(&mut front, &mut warnings);
            if let Some(site) = site {
                site::fill(site, path, &mut front.table);
            }
            let body = front.body;
            (fields::entry(&mut front, &name, reading, zone, jekyll, &mut warnings), body)
        }
        None => {
            let mut entry = Entry::default();
            fields::from_name(&name, zone, &mut entry);
            (entry, text)
        }
    };
    let before = &text.as_bytes()[..text.len() - body.len()];
    entry.body_line =
        u32::try_from(memchr::memchr_iter(b'\n', before).count()).ok().and_then(|lines| lines.checked_add(1));
    content(&mut entry, body, reading, &name);
    title(&mut entry, bare, jekyll, &name);
    entry.path = document.path.clone();
    for warning in &mut warnings {
        warning.path = document.path.clone();
    }
    Ok(Some(Parsed { value: entry, warnings }))
}

/// All keys of front matter, and the text behind it.
pub type FieldsAndBody<'a> = (Map<String, Value>, &'a str);

/// The front matter of an article as JSON, every key as its author wrote it, and the body behind it. None: there is none.
///
/// Of equal keys the last counts. Errors are those of `parse`.
pub fn front_matter(text: &str) -> Result<Option<FieldsAndBody<'_>>, ParseError> {
    let Some(front) = front_matter::read(text, &mut Vec::new())? else { return Ok(None) };
    let fields = front.table.into_iter().map(|(key, node)| (key.into_owned(), node.into_json()));
    Ok(Some((fields.collect(), front.body)))
}

/// A NUL, or at its beginning one character in twenty that no text holds. `decoded`: only then can the text hold
/// characters that stand for undecodable bytes.
fn is_binary(text: &str, decoded: bool) -> bool {
    let head = &text.as_bytes()[..text.len().min(BINARY_SHOWS_WITHIN)];
    let controls = head.iter().filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | 0x0c | b'\r')).count();
    let unreadable = if decoded { text.matches('\u{fffd}').count() } else { 0 };
    memchr::memchr(0, text.as_bytes()).is_some()
        || controls.saturating_mul(20) > head.len()
        || unreadable.saturating_mul(20) > text.len()
}

fn is_markdown(extension: &str) -> bool {
    ["md", "markdown", "mdown", "mkd", "mdx"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// The title where front matter names none: the heading a Markdown body begins with; Jekyll's, made of the file's name;
/// in a vault of Obsidian that name itself. Without any front matter the first heading wherever it is, else the name. With it
/// silence is a choice.
fn title(entry: &mut Entry, bare: bool, jekyll: bool, name: &FileName<'_>) {
    if entry.title.is_some() {
        return;
    }
    let markdown = entry.content.as_ref().filter(|content| content.markup == Markup::Markdown);
    let heading = markdown.and_then(|content| body::heading(&content.value, !bare));
    let named = || match () {
        () if bare || is_of_vault(entry) => Some(name.name.to_owned()),
        () if jekyll => name.slug.map(titleized),
        () => None,
    };
    entry.title = heading.or_else(named).map(Text::plain);
}

/// Front matter as Obsidian writes it: other names of a note, which in Hugo are paths, or classes of style.
fn is_of_vault(entry: &Entry) -> bool {
    let names = |value: &Value| match value {
        Value::Array(all) => all.iter().all(|one| one.as_str().is_some_and(|name| !name.contains('/'))),
        Value::String(name) => !name.contains('/'),
        _ => false,
    };
    let has = |key: &str| entry.extra.contains_key(key);
    has("cssclasses") || has("cssclass") || entry.extra.get("aliases").is_some_and(names)
}

/// `hello-world` → `Hello World`, as Jekyll does.
fn titleized(slug: &str) -> String {
    let words = slug.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Body, markup and excerpt.
fn content(entry: &mut Entry, text: &str, reading: &ArticleReading, name: &FileName<'_>) {
    let text = body::unix_lines(text);
    let markup = body::markup(&text, reading.body, name.extension);
    let separator = entry.extra.get("excerpt_separator").and_then(|value| value.as_str());
    let cut = if markup == Markup::Text { None } else { body::excerpt(&text, separator) };
    let value = match cut {
        Some((before, rest)) => {
            if entry.summary.is_none() && !before.is_empty() {
                entry.summary = Some(Text { markup, value: before });
            }
            rest
        }
        None => text.into_owned(),
    };
    entry.content = Some(Text { markup, value });
}

/// Keys that stand in the front matter twice: the last counts, as in Hexo, and the earlier ones go.
fn duplicates(front: &mut Front<'_>, warnings: &mut Vec<Warning>) {
    let mut order: Vec<usize> = (0..front.table.len()).collect();
    order.sort_by(|a, b| front.table[*a].0.cmp(&front.table[*b].0).then(a.cmp(b)));
    let pairs = order.windows(2).filter(|pair| front.table[pair[0]].0 == front.table[pair[1]].0);
    let mut earlier: Vec<usize> = pairs.map(|pair| pair[0]).collect();
    earlier.sort_unstable();
    for index in earlier.iter().take(MAX_DUPLICATES) {
        let key = &front.table[*index].0;
        let (line, column) = front.place(key);
        let message = format!("`{key}` stands there twice; the last one counts");
        warnings.push(Warning::new("front-matter", message).at(line, column));
    }
    let mut index = 0..;
    front.table.retain(|_| index.next().is_some_and(|index: usize| earlier.binary_search(&index).is_err()));
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod cases;
