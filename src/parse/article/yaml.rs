//! YAML front matter → nodes.
//!
//! Three ways, tried in this order: `fast` for the shapes nearly all files have, the YAML crate for the rest, and the
//! crate again after `repair` has mended slips whose intent is plain.

mod fast;
mod repair;

use super::node::{Kind, MAX_DEPTH, Node, Table};
use crate::model::{ParseError, Warning};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// Values a front matter may hold once its aliases are followed.
const MAX_NODES: usize = 10_000;
/// Bytes of text it may hold once its aliases are followed.
const MAX_TEXT: usize = 256 * 1024;

/// Characters of the crate's message that are passed on; it names the whole way to a value.
const MAX_MESSAGE: usize = 160;
const TOO_MANY: &str = "too many values, or too many uses of an alias";
const TOO_DEEP: &str = "too many lists and tables in each other";

/// What the crate says → what an author can do about it.
const PLAIN: &[(&str, &str)] = &[
    (
        "mapping values are not allowed",
        "a value with `: ` in it needs quotes around it, and keys must be indented alike",
    ),
    ("found a tab character", "a line is indented with a tab; YAML allows only spaces there"),
    ("did not find expected ',' or ']'", "a list that opens with `[` is not closed with `]`"),
    ("did not find expected ',' or '}'", "a table that opens with `{` is not closed with `}`"),
    ("found unexpected end of stream", "a quote that opens here is not closed"),
    (
        "did not find expected key",
        "expected `key: value`; quotes and indentation of this line or the one before may be off",
    ),
];

/// Reads the text between the fences; `first_line` is the number of its first line in the file.
///
/// Nothing or null is an empty table. None: it is YAML, but no table. Errors have the place in the file.
pub(super) fn read<'a>(
    text: &'a str,
    first_line: u32,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Table<'a>>, ParseError> {
    if let Some(table) = fast::read(text) {
        return Ok(Some(table));
    }
    let clean = clean(text);
    let node = match general(&clean) {
        Ok(node) => node,
        Err(fault) if fault.limit => return Err(fault.in_file(first_line)),
        Err(fault) => repair::read(&clean, fault, first_line, warnings)?,
    };
    Ok(match node {
        Node::Table(table) => Some(table),
        Node::Scalar(Kind::Null, _) => Some(Table::new()),
        // `title:foo` alone is a text to YAML.
        Node::Scalar(Kind::Text, _) => {
            let line =
                clean.lines().take_while(|line| line.trim().is_empty() || line.starts_with('#')).count() as u32 + 1;
            let fault = Fault { message: "text where keys are expected".to_owned(), line, column: 1, limit: false };
            match repair::read(&clean, fault, first_line, warnings) {
                Ok(Node::Table(table)) => Some(table),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Why the crate refused a text. Line and column count from 1 in the text.
#[derive(Debug, Clone)]
struct Fault {
    message: String,
    line: u32,
    column: u32,
    /// A limit was met: nothing to mend.
    limit: bool,
}

impl Fault {
    fn in_file(self, first_line: u32) -> ParseError {
        ParseError::new("front-matter", format!("front matter is no YAML: {}", self.message))
            .at(self.line.saturating_add(first_line).saturating_sub(1), self.column)
    }
}

/// One kind of line end, and a space for characters that YAML or XML refuse.
fn clean(text: &str) -> Cow<'_, str> {
    let odd = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            _ if odd(c) => {}
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The YAML crate, with our limits. It is asked twice: first for the shape, then, where that holds untyped scalars,
/// for their text, which only a reader who knows that a scalar comes next can get.
fn general(text: &str) -> Result<Node<'static>, Fault> {
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return Ok(Node::Scalar(Kind::Null, "".into()));
    }
    if let Some((line, column)) = bottomless(text) {
        return Err(Fault { message: TOO_DEEP.to_owned(), line, column, limit: true });
    }
    let budget = Budget { nodes: Cell::new(MAX_NODES), text: Cell::new(MAX_TEXT) };
    let mut node = Shape { budget: &budget, depth: 0 }
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| fault(&error))?;
    if node.has_untyped() {
        Refill(&mut node).deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| fault(&error))?;
    }
    merge(&mut node);
    Ok(node)
}

/// Where more brackets are open than any front matter opens, quotes or not: the crate's scanner takes time that grows
/// with the square of them before it refuses.
fn bottomless(text: &str) -> Option<(u32, u32)> {
    let mut open = 0usize;
    for (number, line) in (1..).zip(text.split('\n')) {
        for (column, byte) in (1..).zip(line.bytes()) {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => continue,
            }
            if open > 8 * MAX_DEPTH {
                return Some((number, column));
            }
        }
    }
    None
}

fn fault(error: &serde_yaml::Error) -> Fault {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line() as u32, at.column() as u32));
    let message = error.to_string();
    // A quote that nothing closes is found at the end of all; to be mended is where it opens.
    let opens = message.split_once("quoted scalar at line ").and_then(|(_, place)| {
        let (line, column) = place.split_once(" column ")?;
        Some((line.parse().ok()?, column.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?))
    });
    let (line, column) = opens.filter(|_| message.contains("unexpected end of stream")).unwrap_or((line, column));
    // The place is told apart from the message; the crate appends its own.
    let message = message.split(" at line ").next().unwrap_or_default();
    let ours = [TOO_MANY, TOO_DEEP].into_iter().find(|limit| message.contains(limit));
    let limit = [TOO_MANY, TOO_DEEP, "limit exceeded"].iter().any(|limit| message.contains(limit));
    let plain = PLAIN.iter().find(|(theirs, _)| message.contains(theirs)).map(|(_, plain)| *plain);
    let message: String = ours.or(plain).unwrap_or(message).chars().take(MAX_MESSAGE).collect();
    Fault { message, line: line.max(1), column: column.max(1), limit }
}

impl Node<'_> {
    /// Whether some scalar's text is not what the file says yet.
    fn has_untyped(&self) -> bool {
        match self {
            Node::Scalar(kind, _) => *kind != Kind::Text,
            Node::List(nodes) => nodes.iter().any(Node::has_untyped),
            // Keys are taken from the second reading too: `2024: x`.
            Node::Table(table) => table.iter().any(|(key, node)| key.is_empty() || node.has_untyped()),
        }
    }
}

/// What is left of the limits; an alias is paid for as often as it is used.
struct Budget {
    nodes: Cell<usize>,
    text: Cell<usize>,
}

impl Budget {
    fn take<E: Error>(&self, text: &str) -> Result<(), E> {
        let left = self.nodes.get().checked_sub(1).zip(self.text.get().checked_sub(text.len()));
        let (nodes, text) = left.ok_or_else(|| E::custom(TOO_MANY))?;
        self.nodes.set(nodes);
        self.text.set(text);
        Ok(())
    }
}

/// First reading: the shape, texts, and which scalars are untyped.
#[derive(Clone, Copy)]
struct Shape<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl Shape<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn scalar<E: Error>(self, kind: Kind) -> Result<Node<'static>, E> {
        self.budget.take("")?;
        Ok(Node::Scalar(kind, Cow::Borrowed("")))
    }
}

impl<'de> DeserializeSeed<'de> for Shape<'_> {
    type Value = Node<'static>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape<'_> {
    type Value = Node<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of front matter")
    }
    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        self.scalar(Kind::Bool(truth))
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        self.scalar(Kind::Number)
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        self.scalar(Kind::Number)
    }
    fn visit_i128<E: Error>(self, _: i128) -> Result<Self::Value, E> {
        self.scalar(Kind::Number)
    }
    fn visit_u128<E: Error>(self, _: u128) -> Result<Self::Value, E> {
        self.scalar(Kind::Number)
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        self.scalar(Kind::Number)
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.scalar(Kind::Null)
    }
    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        self.scalar(Kind::Null)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.budget.take(text)?;
        Ok(Node::text(text.to_owned()))
    }
    /// A tag we do not know: its value counts.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        let (serde::de::IgnoredAny, value) = data.variant()?;
        value.newtype_variant_seed(self.deeper()?)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        self.budget.take("")?;
        let (seed, mut nodes) = (self.deeper()?, Vec::new());
        while let Some(node) = list.next_element_seed(seed)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        self.budget.take("")?;
        let (seed, mut table) = (self.deeper()?, Table::new());
        while let Some(key) = map.next_key_seed(seed)? {
            let key = match key {
                Node::Scalar(_, text) => text,
                _ => return Err(A::Error::custom("a key that is a list or a table")),
            };
            table.push((key, map.next_value_seed(seed)?));
        }
        Ok(Node::Table(table))
    }
}

/// Second reading, along a known shape: every scalar as text.
struct Refill<'n>(&'n mut Node<'static>);

impl<'de> DeserializeSeed<'de> for Refill<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            Node::Scalar(Kind::Text, _) => deserializer.deserialize_ignored_any(serde::de::IgnoredAny).map(drop),
            Node::Scalar(..) => deserializer.deserialize_str(self),
            Node::List(_) => deserializer.deserialize_seq(self),
            Node::Table(_) => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Refill<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the same value again")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if let Node::Scalar(_, old) = self.0 {
            *old = Cow::Owned(text.to_owned());
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if let Node::List(nodes) = self.0 {
            for node in nodes {
                list.next_element_seed(Refill(node))?;
            }
        }
        while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if let Node::Table(table) = self.0 {
            for (key, node) in table {
                if let Some(text) = map.next_key::<String>()? {
                    *key = Cow::Owned(text);
                    map.next_value_seed(Refill(node))?;
                }
            }
        }
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Merge keys (`<<: *defaults`): what a table does not say itself it takes from there (YAML 1.1 merge type).
fn merge(node: &mut Node<'static>) {
    match node {
        Node::Scalar(..) => {}
        Node::List(nodes) => nodes.iter_mut().for_each(merge),
        Node::Table(table) => {
            table.iter_mut().for_each(|(_, node)| merge(node));
            while let Some(at) = table.iter().position(|(key, node)| key == "<<" && !matches!(node, Node::Scalar(..))) {
                let parents = match table.remove(at).1 {
                    Node::List(nodes) => nodes,
                    single => vec![single],
                };
                for (key, value) in parents
                    .into_iter()
                    .filter_map(|node| match node {
                        Node::Table(table) => Some(table),
                        _ => None,
                    })
                    .flatten()
                {
                    if !table.iter().any(|(own, _)| *own == key) {
                        table.push((key, value));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
