//! The config as it is written → typed values: a tree of nodes with places, and a reader that takes keys from it.
//!
//! Every key is taken with the type it must have; a wrong one is a fault where it stands, and the reading goes on.
//! What nobody took is an unknown key.

mod tables;

use super::fault::{Faults, Place, Problem, any_of, nearest};
use super::shape::{SHAPES, Shape};
use std::collections::BTreeMap;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Tables within tables; ours need five.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// What does not fit is the nearest number that does: no key of ours wants such numbers.
    Integer(i64),
    Float,
    Boolean(bool),
    Datetime,
    List(Vec<Node>),
    Table(Entries),
}

/// Key → where the key stands, and its value.
pub(super) type Entries = BTreeMap<String, (Place, Node)>;

impl Value {
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a number",
            Value::Float => "a number with a fraction",
            Value::Boolean(_) => "`true` or `false`",
            Value::Datetime => "a date",
            Value::List(items) if items.iter().any(|n| matches!(n.value, Value::Table(_))) => "a list of tables",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Turns the parser's table into nodes.
pub(super) fn entries(table: DeTable<'_>, faults: &Faults) -> Entries {
    entries_at(table, faults, 0)
}

fn entries_at(table: DeTable<'_>, faults: &Faults, depth: usize) -> Entries {
    table
        .into_iter()
        .map(|(key, value)| {
            let place = Place::File(key.span().start);
            let node = node(value, faults, depth + 1);
            (key.into_inner().into_owned(), (place, node))
        })
        .collect()
}

fn node(value: Spanned<DeValue<'_>>, faults: &Faults, depth: usize) -> Node {
    let place = Place::File(value.span().start);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(integer(&number)),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(_) | DeValue::Table(_) if depth > MAX_DEPTH => {
            faults.push(&place, Problem::new(format!("more than {MAX_DEPTH} tables or lists within each other")));
            Value::List(Vec::new())
        }
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node(item, faults, depth + 1)).collect()),
        DeValue::Table(table) => Value::Table(entries_at(table, faults, depth)),
    };
    Node { place, value }
}

fn integer(number: &DeInteger<'_>) -> i64 {
    let text = number.as_str();
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    i64::from_str_radix(text, number.radix()).unwrap_or(bound)
}

/// A text and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) place: Place,
    pub(super) text: String,
}

/// One table that is being read.
pub(super) struct Table<'f> {
    pub(super) shape: &'static Shape,
    pub(super) place: Place,
    entries: Entries,
    faults: &'f Faults,
}

impl<'f> Table<'f> {
    pub(super) fn new(shape: &'static Shape, place: Place, entries: Entries, faults: &'f Faults) -> Self {
        Self { shape, place, entries, faults }
    }

    pub(super) fn faults(&self) -> &'f Faults {
        self.faults
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A value that will be taken later.
    pub(super) fn peek(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).map(|(_, node)| &node.value)
    }

    /// Where the value of a key stands that is not yet taken; else the table.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.entries.get(key).map_or_else(|| self.place.clone(), |(_, node)| node.place.clone())
    }

    /// Says so if a key that must be there is not.
    pub(super) fn need(&self, key: &str, hint: &str) {
        if !self.has(key) {
            let problem = Problem::new(format!("`{key}` is missing in {}", self.shape.name)).hint(hint);
            self.faults.push_absent(&self.place, problem);
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        debug_assert!(self.shape.keys.contains(&key), "{key} is no key of {}", self.shape.name);
        self.entries.remove(key).map(|(_, node)| node)
    }

    fn wrong(&self, key: &str, node: &Node, expected: &str, hint: Option<String>) {
        let message = format!("`{key}` is {}, expected {expected}", node.value.describe());
        self.faults.push(&node.place, Problem { message, hint });
    }

    /// A fault of the value of `key`.
    pub(super) fn fault(&self, key: &str, place: &Place, problem: Problem) {
        self.faults.push(place, Problem { message: format!("`{key}` {}", problem.message), hint: problem.hint });
    }

    /// A text as it is written.
    pub(super) fn written(&mut self, key: &'static str) -> Option<Written> {
        let node = self.take(key)?;
        match node.value {
            Value::Text(text) => Some(Written { place: node.place, text }),
            _ => {
                self.wrong(key, &node, "text", text_hint(&node.value));
                None
            }
        }
    }

    /// A text that is more than white space, without the white space around it.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.parse(key, super::value::text)
    }

    /// A text that `read` makes something of.
    pub(super) fn parse<T>(&mut self, key: &'static str, read: impl FnOnce(&str) -> Result<T, Problem>) -> Option<T> {
        let written = self.written(key)?;
        match read(&written.text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(key, &written.place, problem);
                None
            }
        }
    }

    /// A duration, which may be zero.
    pub(super) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let node = self.take(key)?;
        let Value::Text(text) = &node.value else {
            let hint = match node.value {
                Value::Integer(number) => Some(format!("write `{key} = \"{number}s\"` if seconds are meant")),
                _ => None,
            };
            self.wrong(key, &node, "a duration such as `\"90s\"`, `\"15m\"`, `\"1h\"` or `\"7d\"`", hint);
            return None;
        };
        super::value::duration(text).map_err(|problem| self.fault(key, &node.place, problem)).ok()
    }

    /// A duration that is not zero.
    pub(super) fn positive_duration(&mut self, key: &'static str) -> Option<Duration> {
        let place = self.place_of(key);
        let duration = self.duration(key)?;
        if duration.is_zero() {
            self.fault(key, &place, Problem::new("is zero, expected more"));
            return None;
        }
        Some(duration)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words = || any_of(choices.iter().map(|(word, _)| *word));
        match self.peek(key) {
            Some(Value::Text(_)) | None => self.parse(key, |text| choose("is", text, choices)),
            Some(_) => {
                let node = self.take(key)?;
                self.wrong(key, &node, &words(), None);
                None
            }
        }
    }

    /// A list of words, each once, sorted as in `choices`.
    pub(super) fn choices<T: Copy + PartialEq>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<Vec<T>> {
        let mut found: Vec<T> = Vec::new();
        for written in self.texts(key)? {
            match choose("has", &written.text, choices) {
                Ok(value) if found.contains(&value) => {
                    self.fault(key, &written.place, Problem::new(format!("lists `{}` twice", written.text)));
                }
                Ok(value) => found.push(value),
                Err(problem) => self.fault(key, &written.place, problem),
            }
        }
        Some(choices.iter().map(|(_, value)| *value).filter(|value| found.contains(value)).collect())
    }

    /// A whole number within bounds, both included.
    pub(super) fn number(&mut self, key: &'static str, least: usize, most: usize) -> Option<usize> {
        self.integer(key, least, most)
    }

    /// The same for any kind of number.
    pub(super) fn integer<N>(&mut self, key: &'static str, least: N, most: N) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let node = self.take(key)?;
        let expected = format!("a whole number from {least} to {most}");
        let number = match (&node.value, &node.place) {
            (Value::Integer(number), _) => Some(*number),
            (Value::Text(text), Place::Env(_)) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            let hint = matches!(&node.value, Value::Text(t) if t.trim().parse::<i64>().is_ok());
            self.wrong(key, &node, &expected, hint.then(|| "write the number without quotes".to_owned()));
            return None;
        };
        match N::try_from(number).ok().filter(|n| (least..=most).contains(n)) {
            Some(number) => Some(number),
            None => {
                self.fault(key, &node.place, Problem::new(format!("is `{number}`, expected {expected}")));
                None
            }
        }
    }

    /// A number of bytes: a whole number, or text such as `32MiB`.
    pub(super) fn size(&mut self, key: &'static str) -> Option<u64> {
        let node = self.take(key)?;
        let text = match &node.value {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            _ => {
                self.wrong(key, &node, "a size such as `\"512KiB\"` or `\"32MiB\"`", None);
                return None;
            }
        };
        super::value::size(&text).map_err(|problem| self.fault(key, &node.place, problem)).ok()
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match (&node.value, &node.place) {
            (Value::Boolean(flag), _) => return Some(*flag),
            (Value::Text(text), Place::Env(_)) if text == "true" => return Some(true),
            (Value::Text(text), Place::Env(_)) if text == "false" => return Some(false),
            _ => self.wrong(key, &node, "`true` or `false`", None),
        }
        None
    }

    /// The nodes of a list; of the environment, the texts between commas.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<Node>> {
        let node = self.take(key)?;
        match node.value {
            Value::List(items) => Some(items),
            Value::Text(text) if matches!(node.place, Place::Env(_)) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| Node { place: node.place.clone(), value: Value::Text(part.to_owned()) })
                    .collect(),
            ),
            _ => {
                let hint = matches!(node.value, Value::Text(_)).then(|| format!("write `{key} = [\"…\"]`"));
                self.wrong(key, &node, "a list of texts", hint);
                None
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Written>> {
        let items = self.list(key)?;
        Some(items.into_iter().filter_map(|node| self.list_text(key, node)).collect())
    }

    fn list_text(&self, key: &str, node: Node) -> Option<Written> {
        match node.value {
            Value::Text(text) => Some(Written { place: node.place, text }),
            _ => {
                let message = format!("`{key}` holds {}, expected only texts", node.value.describe());
                self.faults.push(&node.place, Problem::new(message));
                None
            }
        }
    }

    /// Each text of a list, made something of.
    pub(super) fn parse_each<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Option<Vec<T>> {
        let texts = self.texts(key)?;
        let read_one = |w: Written| read(&w.text).map_err(|problem| self.fault(key, &w.place, problem)).ok();
        Some(texts.into_iter().filter_map(read_one).collect())
    }

    /// One text or a list of texts; an empty list is a fault.
    pub(super) fn one_or_more(&mut self, key: &'static str) -> Option<Vec<Written>> {
        let node = self.take(key)?;
        self.one_or_more_of(key, node)
    }

    fn one_or_more_of(&self, key: &str, node: Node) -> Option<Vec<Written>> {
        match node.value {
            Value::Text(text) => Some(vec![Written { place: node.place, text }]),
            Value::List(items) if items.is_empty() => {
                self.fault(key, &node.place, Problem::new("is an empty list, expected at least one text"));
                None
            }
            Value::List(items) => Some(items.into_iter().filter_map(|item| self.list_text(key, item)).collect()),
            _ => {
                self.wrong(key, &node, "text or a list of texts", None);
                None
            }
        }
    }

    pub(super) fn table(&mut self, key: &'static str, shape: &'static Shape) -> Option<Table<'f>> {
        let node = self.take(key)?;
        match node.value {
            Value::Table(entries) => Some(Table::new(shape, node.place, entries, self.faults)),
            _ => {
                let hint = match &node.place {
                    Place::Env(name) => format!("set its keys one by one, such as `{name}__{}`", shape.example()),
                    Place::File(_) => shape.hint.to_owned(),
                };
                self.wrong(key, &node, "a table", Some(hint));
                None
            }
        }
    }

    /// A table whose keys are the user's own words → each key, where it stands, and its one or more texts.
    pub(super) fn words(&mut self, key: &'static str, hint: &str) -> Vec<(Written, Vec<Written>)> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::Table(entries) = node.value else {
            self.wrong(key, &node, "a table", Some(hint.to_owned()));
            return Vec::new();
        };
        entries
            .into_iter()
            .filter_map(|(text, (place, node))| {
                let texts = self.one_or_more_of(&text, node)?;
                Some((Written { place, text }, texts))
            })
            .collect()
    }

    /// A list of tables, `[[…]]`.
    pub(super) fn tables(&mut self, key: &'static str, shape: &'static Shape) -> Vec<Table<'f>> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::List(items) = node.value else {
            self.wrong(key, &node, "a list of tables", Some(format!("write `{}`", shape.header())));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.value {
                Value::Table(entries) => tables.push(Table::new(shape, item.place, entries, self.faults)),
                _ => self.wrong(key, &item, "a table", Some(format!("write `{}`", shape.header()))),
            }
        }
        tables
    }

    /// All was taken that has a meaning: the rest are unknown keys.
    pub(super) fn finish(self) {
        for (key, (place, _)) in &self.entries {
            let message = format!("unknown key `{key}` in {}", self.shape.name);
            self.faults.push(place, Problem { message, hint: self.hint_for(key) });
        }
    }

    fn hint_for(&self, key: &str) -> Option<String> {
        if self.shape.later.contains(&key) {
            return Some(format!("`{key}` is not served by this version yet"));
        }
        // Filters are `where` of feeds and `include` of sources.
        if ["where", "include", "includes"].contains(&key) {
            let filter = ["where", "include"].into_iter().find(|filter| self.shape.keys.contains(filter));
            if let Some(filter) = filter {
                return Some(format!("did you mean `{filter}`?"));
            }
        }
        // `category` is one edit more than a short word may have.
        let near = match key {
            "category" if self.shape.keys.contains(&"categories") => Some("categories"),
            _ => nearest(key, self.shape.keys.iter().copied()),
        };
        if let Some(near) = near {
            return Some(format!("did you mean `{near}`?"));
        }
        let homes: Vec<&str> = SHAPES.iter().filter(|s| s.keys.contains(&key)).map(|s| s.header()).collect();
        if !homes.is_empty() {
            return Some(format!("`{key}` belongs to {}", any_of(homes)));
        }
        if let Some(home) = SHAPES.iter().find(|s| s.later.contains(&key)) {
            return Some(format!("`{key}` belongs to `{}`, and is not served by this version yet", home.header()));
        }
        if let Some((near, home)) = near_elsewhere(key) {
            return Some(format!("did you mean `{near}` of `{home}`?"));
        }
        Some(format!("known are {}", self.shape.keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")))
    }
}

/// A known key one slip away.
fn near_elsewhere(key: &str) -> Option<(&'static str, &'static str)> {
    SHAPES.iter().find_map(|shape| {
        let near = nearest(key, shape.keys.iter().copied())?;
        Some((near, shape.header()))
    })
}

fn text_hint(value: &Value) -> Option<String> {
    matches!(value, Value::Integer(_) | Value::Float | Value::Boolean(_) | Value::Datetime)
        .then(|| "put it in quotes".to_owned())
}

/// The choice that a text names; `is` or `has` it.
fn choose<T: Copy>(verb: &str, text: &str, choices: &[(&str, T)]) -> Result<T, Problem> {
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words = || choices.iter().map(|(word, _)| *word);
    let problem = Problem::new(format!("{verb} `{}`, expected {}", super::value::shown(text), any_of(words())));
    Err(match nearest(text, words()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    })
}
