//! Mends slips in YAML whose intent is plain: a title with a colon in it, a tab, a forgotten space or quote.
//!
//! The line the parser stumbled over, or one just before it, is written anew as it was meant; then the parser has
//! another go. Each mended line is a warning. What cannot be mended is the first error.

use super::super::node::Node;
use super::{Fault, general};
use crate::model::{ParseError, Warning};

/// Lines that may be mended in one front matter.
const MAX_REPAIRS: usize = 32;

const TABS: &str = "is indented with a tab, which YAML does not allow; it is read as two spaces";
const COLON: &str = "a value with `: ` in it needs quotes; it is read as text";
const MARK: &str = "a value that begins with `@`, `%` or another mark of YAML needs quotes; it is read as text";
const TEXT: &str = "the value needs quotes; it is read as text";

/// Reads a text that the parser refused with `fault`.
pub(super) fn read(
    text: &str,
    fault: Fault,
    first_line: u32,
    warnings: &mut Vec<Warning>,
) -> Result<Node<'static>, ParseError> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut mended = vec![false; lines.len()];
    let (mut current, mut found) = (fault.clone(), Vec::new());
    for _ in 0..MAX_REPAIRS {
        let Some((at, line, what)) = candidate(&lines, &mended, &current) else { break };
        mended[at] = true;
        let number = first_line.saturating_add(at as u32);
        let shown: String = lines[at].trim().chars().take(60).collect();
        let message = match what {
            TABS if shown.is_empty() => format!("this line {TABS}"),
            TABS => format!("`{shown}` {TABS}"),
            what => format!("`{shown}` is no YAML: {what}"),
        };
        found.push(Warning::new("front-matter", message).at(number, column(&current, at)));
        lines[at] = line;
        match general(&lines.join("\n")) {
            Ok(node) => {
                warnings.append(&mut found);
                return Ok(node);
            }
            Err(next) if next.limit => break,
            Err(next) => current = next,
        }
    }
    Err(fault.in_file(first_line))
}

/// The column of the fault if it is in this line.
fn column(fault: &Fault, at: usize) -> u32 {
    if fault.line as usize == at + 1 { fault.column } else { 1 }
}

/// The line to mend, its new text, and what is done: the line of the fault, or the nearest before it that holds a slip.
fn candidate(lines: &[String], mended: &[bool], fault: &Fault) -> Option<(usize, String, &'static str)> {
    let at = (fault.line as usize).saturating_sub(1).min(lines.len().checked_sub(1)?);
    (0..=at)
        .rev()
        .take(4)
        .filter(|at| !mended[*at])
        .find_map(|at| mend(&lines[at]).map(|(line, what)| (at, line, what)))
}

/// A line as it was meant, and what was done about it.
fn mend(line: &str) -> Option<(String, &'static str)> {
    let body = line.trim_start_matches([' ', '\t']);
    let indent = &line[..line.len() - body.len()];
    if indent.contains('\t') {
        return Some((format!("{}{body}", indent.replace('\t', "  ")), TABS));
    }
    if body.is_empty() || body.starts_with('#') {
        return None;
    }
    let (dash, body) = match body.strip_prefix("- ") {
        Some(rest) => (&body[..2], rest.trim_start()),
        None => ("", body),
    };
    // A line that is a table or a list by itself is not the one.
    if matches!(general(body), Ok(Node::Table(_) | Node::List(_))) {
        return None;
    }
    if let Some((key, value)) = key_and_value(body) {
        if !value.is_empty()
            && let Some(mended) = mend_value(value)
        {
            return Some((format!("{indent}{dash}{key}: {mended}"), why_quotes(value)));
        }
        let plain = format!("{indent}{dash}{key}: {value}");
        return (plain.trim_end() != line.trim_end()).then_some((plain, "read as a key, a colon, a space and a value"));
    }
    if !dash.is_empty() {
        return mend_value(body).map(|value| (format!("{indent}{dash}{value}"), why_quotes(body)));
    }
    // `-item`
    let item = body.strip_prefix('-').filter(|item| !item.is_empty() && !item.starts_with(['-', ' ']))?;
    Some((format!("{indent}- {}", quote(item.trim())), "read as an item of a list"))
}

/// What a value that had to be quoted has in it.
fn why_quotes(value: &str) -> &'static str {
    match value {
        _ if value.starts_with(['"', '\'', '[', '{']) => TEXT,
        _ if value.contains(": ") || value.ends_with(':') => COLON,
        _ if value.starts_with(['@', '`', '%', '&', '*', '!', '|', '>']) => MARK,
        _ => TEXT,
    }
}

/// `key: value`, `key:value` and `key：value`; the key is a word.
fn key_and_value(body: &str) -> Option<(&str, &str)> {
    let end = body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let key = body.get(..end).filter(|key| !key.is_empty())?;
    let rest = body[end..].trim_start_matches([' ', '\t']);
    let value = rest.strip_prefix(':').or_else(|| rest.strip_prefix('：'))?;
    // An address is no key.
    (!value.starts_with("//")).then(|| (key, value.trim()))
}

/// A value that the parser may have stumbled over, quoted; none where there is nothing to quote.
fn mend_value(value: &str) -> Option<String> {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
        && !inner.contains(['[', ']'])
    {
        let items: Vec<String> = split_list(inner).into_iter().filter(|item| !item.is_empty()).map(quoted).collect();
        let list = format!("[{}]", items.join(", "));
        return (list != value).then_some(list);
    }
    // The beginning of a list or table that goes on in the next line, or never ends.
    if (value.starts_with('[') && !value.contains(']')) || (value.starts_with('{') && !value.contains('}')) {
        return None;
    }
    let single = value.len() > 1 && value.starts_with('\'') && value.ends_with('\'');
    if single && !value[1..value.len() - 1].replace("''", "").contains('\'') {
        return None;
    }
    Some(quoted(value))
}

/// A scalar in single quotes, whatever quotes it came with.
fn quoted(value: &str) -> String {
    // What JSON reads the same way YAML should: surrogate pairs, `\/`.
    if let Ok(text) = serde_json::from_str::<String>(value) {
        return quote(&text);
    }
    let inner = ['"', '\'']
        .into_iter()
        .find_map(|mark| value.strip_prefix(mark)?.strip_suffix(mark))
        .map(|inner| if value.starts_with('"') { inner.replace("\\\"", "\"") } else { inner.replace("''", "'") });
    quote(inner.as_deref().unwrap_or(value))
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\n', " "))
}

/// The items of a flow list; commas inside quotes are no separators, full-width ones are.
fn split_list(inner: &str) -> Vec<&str> {
    let (mut items, mut start, mut open) = (Vec::new(), 0, None);
    for (at, c) in inner.char_indices() {
        match (open, c) {
            (None, '"' | '\'') if inner[start..at].trim().is_empty() => open = Some(c),
            (Some(mark), _) if c == mark => open = None,
            (None, ',' | '，') => {
                items.push(inner[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    items.push(inner[start..].trim());
    items
}
