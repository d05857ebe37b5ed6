//! Front matter in one shape, whichever language it was written in: scalars keep their text as written.
//!
//! `007`, `1.10` and `yes` are numbers and truth values to a YAML reader, and names to the person who tagged a post
//! with them; so both the text and what it would mean are kept.

use serde_json::{Number, Value};
use std::borrow::Cow;

/// Lists and tables may stand in each other this deep.
pub(super) const MAX_DEPTH: usize = 32;

/// What a scalar would be where no text is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number,
    Text,
}

/// Keys and values in the order of the file; a key may stand there twice.
pub(super) type Table<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// A value of front matter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'a> {
    /// The text is what the file says (`True`, `1.10`, `~`), of quoted scalars what the quotes mean.
    Scalar(Kind, Cow<'a, str>),
    List(Vec<Node<'a>>),
    Table(Table<'a>),
}

impl<'a> Node<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Node::Scalar(Kind::Text, text.into())
    }

    /// The trimmed text of a scalar that says something.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Node::Scalar(Kind::Null, _) => None,
            Node::Scalar(_, text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub(super) fn as_table(&self) -> Option<&Table<'a>> {
        match self {
            Node::Table(table) => Some(table),
            _ => None,
        }
    }

    /// A scalar that is no truth value and not null: numbers are texts too where a text is wanted.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Node::Scalar(Kind::Text | Kind::Number, _))
    }

    /// A value that says nothing: null or an empty text.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Node::Scalar(..)) && self.as_text().is_none()
    }

    /// Yes or no as generators see it: any text that is not a no counts as a yes, so that a slip hides an article
    /// rather than showing it. None for null, empty text, lists and tables.
    pub(super) fn truth(&self) -> Option<bool> {
        if let Node::Scalar(Kind::Bool(truth), _) = self {
            return Some(*truth);
        }
        self.as_text().map(|text| !["false", "no", "off", "0", "n"].iter().any(|no| text.eq_ignore_ascii_case(no)))
    }

    /// For `extra`: JSON values with the types that YAML, TOML or JSON give them.
    pub(super) fn into_json(self) -> Value {
        match self {
            Node::Scalar(Kind::Null, _) => Value::Null,
            Node::Scalar(Kind::Bool(truth), _) => Value::Bool(truth),
            Node::Scalar(Kind::Number, text) => number(&text).unwrap_or_else(|| Value::String(text.into_owned())),
            Node::Scalar(Kind::Text, text) => Value::String(text.into_owned()),
            Node::List(nodes) => Value::Array(nodes.into_iter().map(Node::into_json).collect()),
            Node::Table(table) => {
                Value::Object(table.into_iter().map(|(key, node)| (key.into_owned(), node.into_json())).collect())
            }
        }
    }
}

/// Numbers that JSON can hold; hexadecimal and the like stay texts.
fn number(text: &str) -> Option<Value> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Number(number.into()));
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

/// Looks a key up, or `a.b` below a table; the last of equal keys counts.
pub(super) fn lookup<'t, 'a>(table: &'t Table<'a>, path: &str) -> Option<&'t Node<'a>> {
    if let Some((_, node)) = table.iter().rev().find(|(key, _)| key == path) {
        return Some(node);
    }
    let (first, rest) = path.split_once('.')?;
    let (_, node) = table.iter().rev().find(|(key, _)| key == first)?;
    lookup(node.as_table()?, rest)
}
