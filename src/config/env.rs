//! `FEEDMILL_NETWORK__TIMEOUT=5s` → `[network] timeout`, before the file is checked: one set of rules for both.

use super::Overrides;
use super::fault::{Faults, Place, Problem};
use super::read::{Entries, Node, Value};

const PREFIX: &str = "FEEDMILL_";
/// Tables within tables that a name may go down; `[output.category] slug` needs four.
const MAX_DEPTH: usize = 8;

/// Whether a variable is meant for the config: it names a table and a key in it.
pub(super) fn is_override(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains("__"))
}

/// Puts each variable where the file would have it.
pub(super) fn apply(root: &mut Entries, overrides: &Overrides, faults: &Faults) {
    for (name, value) in overrides.iter().filter(|(name, _)| is_override(name)) {
        let place = Place::Env(name.clone());
        let lower = name[PREFIX.len()..].to_lowercase();
        let path: Vec<&str> = lower.split("__").collect();
        if matches!(path.as_slice(), ["source", ..] | ["output", "feed", ..]) {
            let message = "names a list of tables, which the environment cannot change";
            faults.push(&place, Problem::new(message).hint("change it in the file"));
        } else if path.len() > MAX_DEPTH {
            faults.push(&place, Problem::new("names no key of the config"));
        } else {
            put(root, &path, &place, value);
        }
    }
}

/// Walks down, making tables as it goes. Where the file has something else than a table it stays, and is a fault there.
fn put(root: &mut Entries, path: &[&str], place: &Place, value: &str) {
    let Some((key, tables)) = path.split_last() else { return };
    let mut entries = root;
    for table in tables {
        let new = || (place.clone(), Node { place: place.clone(), value: Value::Table(Entries::new()) });
        let (_, node) = entries.entry((*table).to_owned()).or_insert_with(new);
        match &mut node.value {
            Value::Table(inner) => entries = inner,
            _ => return,
        }
    }
    let node = Node { place: place.clone(), value: Value::Text(value.to_owned()) };
    entries.insert((*key).to_owned(), (place.clone(), node));
}
