//! The text of an article → its front matter and its body.
//!
//! YAML between `---` lines, TOML between `+++`, JSON in `{…}` or between Hexo's `;;;`; blank lines before it are
//! fine, and so is Hexo's habit of leaving the opening line away.

use super::fields::is_built_in;
use super::node::{Kind, MAX_DEPTH, Node, Table};
use super::yaml;
use crate::model::{ParseError, Warning};
use serde_json::Value;
use std::borrow::Cow;
use toml::de::{DeTable, DeValue};

/// Bytes of front matter that are read.
const MAX_BYTES: usize = 64 * 1024;

/// Lines of a header without fences.
const MAX_HEADER: usize = 200;

/// Front matter that was found.
#[derive(Debug)]
pub(super) struct Front<'a> {
    pub(super) table: Table<'a>,
    /// As it stands in the file, without its fences.
    text: &'a str,
    /// The line of the file on which `text` begins, counted from 1.
    first_line: u32,
    /// What comes after it.
    pub(super) body: &'a str,
}

impl Front<'_> {
    /// Line and column of a key of the outermost table, for warnings.
    pub(super) fn place(&self, key: &str) -> (u32, u32) {
        for (number, line) in (self.first_line..).zip(self.text.split('\n')) {
            let start = line.trim_start_matches([' ', '\t', '"', '\'', '{']);
            if let Some(rest) = start.strip_prefix(key)
                && rest.trim_start_matches([' ', '"', '\'']).starts_with([':', '='])
            {
                return (number, 1 + line[..line.len() - start.len()].chars().count() as u32);
            }
        }
        (self.first_line, 1)
    }
}

/// The languages of front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Yaml,
    Toml,
    Json,
}

/// Finds and reads front matter; none when the text has none. Errors have the place in the file.
pub(super) fn read<'a>(text: &'a str, warnings: &mut Vec<Warning>) -> Result<Option<Front<'a>>, ParseError> {
    let mut lines = Lines { text, at: 0, number: 0 };
    let Some(first) = lines.find(|line| !line.text.trim().is_empty()) else { return Ok(None) };
    if first.text.starts_with('{') {
        return json_object(text, &first, warnings);
    }
    let Some((fence, language)) = opening(first.text) else {
        return without_opening(text, &first, warnings);
    };
    let start = lines.at;
    let inside = |end: &Line<'_>| &text[start..end.start];
    let exact = lines.clone().find(|line| closes(line.text, fence));
    // `----` above and `---` below: only where what stands between is front matter beyond doubt.
    let close = exact.or_else(|| {
        let dashes = |line: &Line<'_>| fence.starts_with('-') && is_fence(line.text, '-');
        lines.clone().find(dashes).filter(|end| begins_with_key(inside(end)))
    });
    let Some(close) = close else {
        return if language == Language::Toml || begins_with_key(&text[start..]) {
            let message = format!("front matter opens with `{fence}` here, and no line of `{fence}` closes it");
            Err(ParseError::new("front-matter", message).at(first.number, 1))
        } else {
            Ok(None)
        };
    };
    let (block, first_line) = (inside(&close), first.number + 1);
    let table = match table(block, language, first_line, warnings) {
        // Two rules with prose between them are Markdown.
        Err(_) if language == Language::Yaml && !begins_with_key(block) => None,
        other => other?,
    };
    Ok(table.map(|table| Front { table, text: block, first_line, body: &text[close.end..] }))
}

/// One line with its place, without its end.
#[derive(Debug, Clone)]
struct Line<'a> {
    text: &'a str,
    start: usize,
    /// Behind its line end.
    end: usize,
    /// Counted from 1.
    number: u32,
}

#[derive(Debug, Clone)]
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: u32,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (start, length) = (self.at, rest.find('\n').map_or(rest.len(), |end| end + 1));
        self.at += length;
        self.number = self.number.saturating_add(1);
        Some(Line { text: rest[..length].trim_end(), start, end: self.at, number: self.number })
    }
}

/// Three or more of one mark and nothing else.
fn is_fence(line: &str, mark: char) -> bool {
    line.len() >= 3 && line.chars().all(|c| c == mark)
}

/// The fence that opens front matter, and its language: `---yaml` and the like name it.
fn opening(line: &str) -> Option<(&str, Language)> {
    if line == "+++" {
        return Some((line, Language::Toml));
    }
    if is_fence(line, ';') {
        return Some((line, Language::Json));
    }
    let fence = &line[..line.len() - line.trim_start_matches('-').len()];
    let language = match line[fence.len()..].trim() {
        "" => Language::Yaml,
        "yaml" | "yml" => Language::Yaml,
        "toml" => Language::Toml,
        "json" => Language::Json,
        _ => return None,
    };
    (fence.len() >= 3).then_some((fence, language))
}

/// The same fence again; a YAML document may also end with `...`.
fn closes(line: &str, fence: &str) -> bool {
    line == fence || (fence == "---" && line == "...")
}

/// Whether the first line that says something is `key: value`.
fn begins_with_key(block: &str) -> bool {
    block.lines().map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with('#')).is_some_and(|line| {
        let end = line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(line.len());
        let rest = line[end..].trim_start();
        end > 0
            && !line.starts_with('-')
            && (rest.starts_with('：') || (rest.starts_with(':') && !rest.starts_with("://")))
    })
}

/// Hexo's short form: front matter from the first line on, with a closing fence only. As prose may look like that,
/// one of the keys must be a built-in name.
fn without_opening<'a>(
    text: &'a str,
    first: &Line<'a>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Front<'a>>, ParseError> {
    let (mark, language) = match first.text.as_bytes().first() {
        Some(b'"') => (';', Language::Json),
        _ if begins_with_key(first.text) => ('-', Language::Yaml),
        _ => return Ok(None),
    };
    let mut lines = Lines { text, at: first.start, number: first.number - 1 };
    let Some(close) = lines.find(|line| is_fence(line.text, mark)) else { return Ok(None) };
    let block = &text[first.start..close.start];
    let known =
        |line: &str| line.split([':', '：']).next().is_some_and(|key| is_built_in(key.trim().trim_matches('"')));
    if !block.lines().any(known) {
        return Ok(None);
    }
    let table = match table(block, language, first.number, warnings) {
        // Prose that begins like a key, or a header and a rule below it.
        Err(_) if block.len() > MAX_BYTES || !block.lines().all(may_be_yaml) || header(text).is_some() => None,
        other => other?,
    };
    Ok(table.map(|table| Front { table, text: block, first_line: first.number, body: &text[close.end..] }))
}

/// The header of Pelican and MultiMarkdown: lines of `Key: value` from the first line on, up to a blank one; indented
/// lines continue a value, which is text; of `Tags` what commas part. As prose may begin with a colon too, `Title` must be among the keys.
pub(super) fn header(text: &str) -> Option<Front<'_>> {
    let mut table: Table<'_> = Vec::new();
    let (mut titled, mut end, mut body) = (false, 0, text.len());
    for line in (Lines { text, at: 0, number: 0 }) {
        if line.text.is_empty() {
            body = line.end;
            break;
        }
        if line.start >= MAX_BYTES || table.len() > MAX_HEADER {
            return None;
        }
        end = line.end;
        if line.text.starts_with([' ', '\t']) {
            // Text on lines of its own belongs to no list.
            let (_, Node::Scalar(_, value)) = table.last_mut()? else { continue };
            let value = value.to_mut();
            value.push(if value.is_empty() { ' ' } else { '\n' });
            value.push_str(line.text.trim());
            continue;
        }
        let (key, value) = line.text.split_once(':').filter(|_| begins_with_key(line.text) || is_words(line.text))?;
        let key = key.trim();
        titled |= key.eq_ignore_ascii_case("title");
        let value = value.trim();
        let is_list = key.eq_ignore_ascii_case("tags") && value.contains(',');
        let node = if is_list {
            Node::List(value.split(',').map(|name| Node::text(name.trim())).collect())
        } else {
            Node::text(value)
        };
        table.push((key.to_owned().into(), node));
    }
    // Equal keys continue each other in no generator: the last counts, as everywhere.
    titled.then(|| Front { table, text: &text[..end], first_line: 1, body: &text[body..] })
}

/// A key of up to three words, as MultiMarkdown has them: `Base Header Level: 2`.
fn is_words(line: &str) -> bool {
    let (key, value) = line.split_once(':').unwrap_or_default();
    key.len() < 40
        && !value.starts_with("//")
        && key.split(' ').count() <= 3
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-')
}

/// Whether a line may stand in flat front matter.
fn may_be_yaml(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with([' ', '\t', '-', '#', '"', '[', ']']) || begins_with_key(line)
}

/// Hugo's JSON: an object from the first line on. `{{…}}` and `{% … %}` at the beginning of a body are none.
fn json_object<'a>(
    text: &'a str,
    first: &Line<'a>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Front<'a>>, ParseError> {
    let rest = &text[first.start..];
    if !rest[1..].trim_start().starts_with(['"', '}']) {
        return Ok(None);
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let value = values.next();
    let end = values.byte_offset();
    let block = &rest[..end];
    let table = match value {
        Some(Ok(Value::Object(_))) => table(block, Language::Json, first.number, warnings)?,
        Some(Err(error)) => return Err(json_fault(&error, first.number)),
        _ => None,
    };
    let body = &rest[end..];
    let body = body.trim_start_matches([' ', '\t', '\r']);
    let body = body.strip_prefix('\n').unwrap_or(body);
    Ok(table.map(|table| Front { table, text: block, first_line: first.number, body }))
}

/// Reads what stands between the fences; none when it is no table.
fn table<'a>(
    block: &'a str,
    language: Language,
    first_line: u32,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Table<'a>>, ParseError> {
    if block.len() > MAX_BYTES {
        let message = format!("front matter of {} bytes, more than {MAX_BYTES} are not read", block.len());
        return Err(ParseError::new("front-matter", message).at(first_line, 1));
    }
    match language {
        Language::Yaml => yaml::read(block, first_line, warnings),
        Language::Toml => toml_table(block, first_line).map(Some),
        Language::Json => {
            let block = block.trim();
            let whole = if block.starts_with('{') { Cow::Borrowed(block) } else { Cow::Owned(format!("{{{block}}}")) };
            match serde_json::from_str(&whole).map_err(|error| json_fault(&error, first_line))? {
                Value::Object(map) => {
                    let nodes = map.into_iter().map(|(key, value)| Some((key.into(), json_node(value, 1)?)));
                    nodes.collect::<Option<_>>().map(Some).ok_or_else(|| too_deep(first_line))
                }
                _ => Ok(None),
            }
        }
    }
}

fn too_deep(line: u32) -> ParseError {
    let message = format!("front matter holds more than {MAX_DEPTH} lists and tables in each other");
    ParseError::new("front-matter", message).at(line, 1)
}

fn json_fault(error: &serde_json::Error, first_line: u32) -> ParseError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let line = first_line.saturating_add(error.line() as u32).saturating_sub(1);
    ParseError::new("front-matter", format!("front matter is no JSON: {message}"))
        .at(line, error.column().max(1) as u32)
}

pub(super) fn json_node(value: Value, depth: usize) -> Option<Node<'static>> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => Node::Scalar(Kind::Null, "".into()),
        Value::Bool(truth) => Node::Scalar(Kind::Bool(truth), if truth { "true" } else { "false" }.into()),
        Value::Number(number) => Node::Scalar(Kind::Number, number.to_string().into()),
        Value::String(text) => Node::text(text),
        Value::Array(values) => {
            Node::List(values.into_iter().map(|value| json_node(value, depth + 1)).collect::<Option<_>>()?)
        }
        Value::Object(map) => {
            let nodes = map.into_iter().map(|(key, value)| Some((key.into(), json_node(value, depth + 1)?)));
            Node::Table(nodes.collect::<Option<_>>()?)
        }
    })
}

fn toml_table(block: &str, first_line: u32) -> Result<Table<'static>, ParseError> {
    let table = DeTable::parse(block).map_err(|error| {
        let before = &block[..error.span().map_or(0, |span| span.start).min(block.len())];
        let line = first_line.saturating_add(before.matches('\n').count() as u32);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        let message = error.message().lines().next().unwrap_or_default();
        let rest = block.get(before.len()..).unwrap_or_default();
        let curly = rest.lines().next().is_some_and(|line| line.contains(['“', '”', '‘', '’']));
        let hint = if curly { "; curly quotes are text to TOML: use `\"` or `'`" } else { "" };
        ParseError::new("front-matter", format!("front matter is no TOML: {message}{hint}")).at(line, column)
    })?;
    toml_entries(table.into_inner(), 1).ok_or_else(|| too_deep(first_line))
}

/// In the order of the file, which the crate's map does not keep.
fn toml_entries(table: DeTable<'_>, depth: usize) -> Option<Table<'static>> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let node = |(key, value): (toml::Spanned<Cow<'_, str>>, toml::Spanned<DeValue<'_>>)| {
        Some((key.into_inner().into_owned().into(), toml_node(value.into_inner(), depth)?))
    };
    entries.into_iter().map(node).collect()
}

fn toml_node(value: DeValue<'_>, depth: usize) -> Option<Node<'static>> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        DeValue::String(text) => Node::text(text.into_owned()),
        DeValue::Integer(number) => Node::Scalar(Kind::Number, number.to_string().into()),
        DeValue::Float(number) => Node::Scalar(Kind::Number, number.as_str().to_owned().into()),
        DeValue::Boolean(truth) => Node::Scalar(Kind::Bool(truth), truth.to_string().into()),
        DeValue::Datetime(time) => Node::text(time.to_string()),
        DeValue::Array(values) => {
            let nodes = values.into_iter().map(|value| toml_node(value.into_inner(), depth + 1));
            Node::List(nodes.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => Node::Table(toml_entries(table, depth + 1)?),
    })
}

#[cfg(test)]
mod tests;
