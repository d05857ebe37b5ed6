//! The YAML that nearly all front matter is written in, read without a YAML parser: flat keys with plain or quoted
//! scalars, lists of such scalars in block or flow form, comments.
//!
//! Whatever is not clearly of that kind is left to the crate (none is returned); a property test holds the two equal.

use super::super::node::{Kind, Node, Table};

/// The table, borrowing its texts; none when the text is of another kind.
pub(super) fn read(text: &str) -> Option<Table<'_>> {
    let mut table = Table::with_capacity(12);
    let mut lines = Lines { rest: text };
    while let Some(line) = lines.next()? {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once(':')?;
        let ident = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !key.as_bytes().first()?.is_ascii_alphabetic() || !key.bytes().all(ident) {
            return None;
        }
        let value = if value.is_empty() {
            block_list(&mut lines)?
        } else {
            let value = value.strip_prefix(' ')?.trim_matches(' ');
            match value.as_bytes().first() {
                None => block_list(&mut lines)?,
                Some(b'[') => flow_list(value)?,
                _ => scalar(value)?,
            }
        };
        table.push((key.into(), value));
    }
    Some(table)
}

/// Lines without their ends and trailing spaces.
#[derive(Clone, Copy)]
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    /// The next line; the outer none says that it holds a character this reader leaves alone.
    fn next(&mut self) -> Option<Option<&'a str>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        let line = line.strip_suffix('\r').unwrap_or(line);
        is_plain_text(line.as_bytes()).then(|| Some(line.trim_end_matches(' ')))
    }
}

/// No tabs, controls, byte order marks, line ends of Unicode, or characters that are none.
fn is_plain_text(line: &[u8]) -> bool {
    let mut bytes = line;
    while let Some((&byte, rest)) = bytes.split_first() {
        let odd = match byte {
            0x00..=0x1f | 0x7f => true,
            0xc2 => rest.first().is_some_and(|second| *second < 0xa0),
            0xe2 => rest.starts_with(&[0x80, 0xa8]) || rest.starts_with(&[0x80, 0xa9]),
            0xef => {
                rest.starts_with(&[0xbb, 0xbf]) || rest.starts_with(&[0xbf, 0xbe]) || rest.starts_with(&[0xbf, 0xbf])
            }
            _ => false,
        };
        if odd {
            return false;
        }
        bytes = rest;
    }
    true
}

/// What follows a key without a value: items of a list, all with one indent, or nothing.
fn block_list<'a>(lines: &mut Lines<'a>) -> Option<Node<'a>> {
    let mut items = Vec::new();
    let mut indent = None;
    loop {
        let mut ahead = *lines;
        let Some(line) = ahead.next()? else { break };
        let item = line.trim_start_matches(' ');
        let depth = line.len() - item.len();
        if item.is_empty() || (depth == 0 && item.starts_with('#')) {
            *lines = ahead;
            continue;
        }
        if depth == 0 && !item.starts_with("- ") && item != "-" {
            break;
        }
        if *indent.get_or_insert(depth) != depth {
            return None;
        }
        items.push(scalar(item.strip_prefix("- ")?.trim_start_matches(' '))?);
        *lines = ahead;
    }
    Some(if indent.is_some() { Node::List(items) } else { Node::Scalar(Kind::Null, "".into()) })
}

/// `[a, 'b', "c"]` on one line, without lists or tables inside.
fn flow_list(text: &str) -> Option<Node<'_>> {
    let mut rest = text.strip_prefix('[')?.trim_start_matches(' ');
    let mut items = Vec::new();
    if rest == "]" {
        return Some(Node::List(items));
    }
    loop {
        let end = match rest.as_bytes().first()? {
            quote @ (b'\'' | b'"') => quoted_end(rest, *quote)?,
            _ => rest.find([',', ']'])?,
        };
        let (item, after) = rest.split_at_checked(end)?;
        let item = item.trim_end_matches(' ');
        if !item.starts_with(['\'', '"'])
            && item.contains(['[', '{', '}', ':', '#', '?', '-', '&', '*', '!', '|', '>', '%', '@', '`', '"', '\''])
        {
            // A dash inside a word is plain, at its beginning it may be a list's.
            let harmless = |c: char| {
                c.is_alphanumeric() || matches!(c, '-' | ' ' | '?' | '!' | '\'' | '&' | '*' | '>' | '|' | '%' | '@')
            };
            if !item.chars().all(harmless) {
                return None;
            }
        }
        items.push(scalar(item)?);
        let after = after.trim_start_matches(' ');
        if after == "]" {
            return Some(Node::List(items));
        }
        rest = after.strip_prefix(',')?.trim_start_matches(' ');
    }
}

/// Where a quoted scalar at the beginning of a text ends, behind its closing quote.
fn quoted_end(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte == quote {
            if quote == b'\'' && bytes.get(at) == Some(&b'\'') {
                at += 1;
                continue;
            }
            return Some(at);
        }
        if byte == b'\\' && quote == b'"' {
            return None;
        }
    }
}

/// A scalar that is alone on its line or between commas.
fn scalar(text: &str) -> Option<Node<'_>> {
    let first = *text.as_bytes().first()?;
    if matches!(first, b'\'' | b'"') {
        if quoted_end(text, first)? != text.len() {
            return None;
        }
        let inner = text.get(1..text.len() - 1)?;
        return Some(if first == b'\'' && inner.contains("''") {
            Node::text(inner.replace("''", "'"))
        } else {
            Node::text(inner)
        });
    }
    if !(first.is_ascii_alphanumeric() || first >= 0x80 || matches!(first, b'/' | b'(' | b'$' | b'_' | b'<')) {
        return None;
    }
    if text.contains(": ") || text.contains(" #") || text.ends_with(':') {
        return None;
    }
    Some(Node::Scalar(kind(text)?, text.into()))
}

/// What a plain scalar means; none where the rules of numbers have to decide.
fn kind(text: &str) -> Option<Kind> {
    Some(match text {
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        "null" | "Null" | "NULL" => Kind::Null,
        _ if !text.starts_with(|c: char| c.is_ascii_digit()) => Kind::Text,
        _ if is_no_number(text) => Kind::Text,
        _ if text.len() < 18
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text.len() == 1 || !text.starts_with('0')) =>
        {
            Kind::Number
        }
        _ => return None,
    })
}

/// Digits with something behind them that no number has, such as a date: a sign is one only behind an exponent's `e`,
/// and no letters but those of hexadecimal, `0x`, `0o` and exponents are.
fn is_no_number(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let foreign = match c {
            '-' | '+' => !matches!(before, 'e' | 'E'),
            'a'..='f' | 'A'..='F' | 'x' | 'X' | 'o' | 'O' | '0'..='9' | '.' | '_' => false,
            _ => true,
        };
        before = c;
        foreign
    })
}
