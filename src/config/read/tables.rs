//! Tables with names of the user's own, and tables among other values.

use super::{Node, Shape, Table, Value, Written};
use crate::config::fault::Place;

impl<'f> Table<'f> {
    /// A table of tables whose names are the user's own, in the order of the file.
    pub(in crate::config) fn named_tables(
        &mut self,
        key: &'static str,
        shape: &'static Shape,
    ) -> Vec<(Written, Table<'f>)> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::Table(entries) = node.value else {
            self.wrong(key, &node, "a table of tables", Some(shape.hint.to_owned()));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (text, (place, node)) in entries {
            match node.value {
                Value::Table(entries) => {
                    let table = Table::new(shape, place.clone(), entries, self.faults);
                    tables.push((Written { place, text }, table));
                }
                _ => self.wrong(&text, &node, "a table", Some(shape.hint.to_owned())),
            }
        }
        tables.sort_by(|a, b| a.0.place.cmp(&b.0.place));
        tables
    }

    /// The table that a key has, or the tables in its list. What else is in the list stays, with its key.
    pub(in crate::config) fn tables_among(&mut self, key: &'static str, shape: &'static Shape) -> Vec<Table<'f>> {
        let at = self.entries.get(key).map(|(at, _)| at.clone());
        let Some((at, mut node)) = at.zip(self.take(key)) else { return Vec::new() };
        let (tables, rest): (Vec<Node>, Option<Value>) = match node.value {
            Value::Table(_) => (vec![node.clone()], None),
            Value::List(items) => {
                let (tables, rest): (Vec<Node>, Vec<Node>) =
                    items.into_iter().partition(|item| matches!(item.value, Value::Table(_)));
                let rest = (tables.is_empty() || !rest.is_empty()).then_some(Value::List(rest));
                (tables, rest)
            }
            other => (Vec::new(), Some(other)),
        };
        if let Some(value) = rest {
            node.value = value;
            self.entries.insert(key.to_owned(), (at, node));
        }
        let faults = self.faults;
        let table = |node: Node| match node.value {
            Value::Table(entries) => Some(Table::new(shape, node.place, entries, faults)),
            _ => None,
        };
        tables.into_iter().filter_map(table).collect()
    }

    /// What a key still has that is nothing it can have; it is taken.
    pub(in crate::config) fn rest_of(&mut self, key: &'static str) -> Option<(Place, &'static str)> {
        let node = self.take(key)?;
        let value = match &node.value {
            Value::List(items) => items.first().map_or("an empty list", |item| item.value.describe()),
            other => other.describe(),
        };
        Some((node.place, value))
    }
}
