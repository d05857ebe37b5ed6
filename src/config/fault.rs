//! What is wrong with a config, and where: collected while it is read, so that all faults are told at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

/// One fault. Displayed as `config.toml:12:7: what was found, what was expected`, and a hint on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The config file as it was named, or the name of an environment variable.
    pub file: String,
    /// Counted from 1; none for an environment variable and for a file that cannot be read.
    pub line: Option<usize>,
    /// Counted from 1, in characters.
    pub column: Option<usize>,
    /// What was found and what was expected. Never holds a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Every fault of a config: those of the file in its order, then those of the environment by name. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub faults: Vec<Fault>,
}

impl ConfigError {
    /// The file itself cannot be used.
    pub(super) fn of_file(file: String, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { faults: vec![Fault { file, line: None, column: None, message: message.into(), hint }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Where a key or value was written. The order is the order of the faults.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Bytes from the start of the file.
    File(usize),
    /// The name of an environment variable.
    Env(String),
}

/// Why a value is not what its key wants. The message goes on after the key: ``is `x`, expected `y` ``.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: RefCell<Vec<(Place, Problem)>>,
    /// Of the file, not of what it says.
    syntax: Vec<(Place, Problem)>,
}

impl Faults {
    /// A fault of the TOML, before anything is read from it.
    pub(super) fn push_syntax(&mut self, offset: usize, problem: Problem) {
        self.syntax.push((Place::File(offset), problem));
    }

    pub(super) fn push(&self, place: &Place, problem: Problem) {
        self.found.borrow_mut().push((place.clone(), problem));
    }

    /// A fault that holds only if the whole file was understood: something is missing or refers to nothing, and that
    /// may be what a syntax error swallowed.
    pub(super) fn push_absent(&self, place: &Place, problem: Problem) {
        if self.syntax.is_empty() {
            self.push(place, problem);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty() && self.syntax.is_empty()
    }

    /// All faults in order, with line and column.
    pub(super) fn into_error(self, file: &str, text: &str) -> ConfigError {
        let lines = Lines::new(text);
        let line_of = |place: &Place| match place {
            Place::File(offset) => Some(lines.position(*offset).0),
            Place::Env(_) => None,
        };
        let torn = self.syntax.iter().filter_map(|(place, _)| line_of(place));
        let torn: BTreeSet<usize> = torn.flat_map(|line| lines.hidden_by(line)).collect();
        let mut found = self.found.into_inner();
        found.retain(|(place, _)| line_of(place).is_none_or(|line| !torn.contains(&line)));
        found.extend(self.syntax);
        found.sort();
        found.dedup();
        let faults = found
            .into_iter()
            .map(|(place, Problem { message, hint })| match place {
                Place::File(offset) => {
                    let (line, column) = lines.position(offset);
                    Fault { file: file.to_owned(), line: Some(line), column: Some(column), message, hint }
                }
                Place::Env(name) => Fault { file: name, line: None, column: None, message, hint },
            })
            .collect();
        ConfigError { faults }
    }
}

/// The starts of the lines of a text.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { text, starts }
    }

    /// The lines whose meaning is a guess if one cannot be parsed: the line; below a table's header all of the table.
    fn hidden_by(&self, line: usize) -> std::ops::Range<usize> {
        let is_header = |line: usize| {
            let start = line.checked_sub(1).and_then(|i| self.starts.get(i)).copied().unwrap_or(self.text.len());
            self.text[start..].trim_start_matches([' ', '\t']).starts_with('[')
        };
        let mut end = line + 1;
        if is_header(line) {
            while end <= self.starts.len() && !is_header(end) {
                end += 1;
            }
        }
        line..end
    }

    /// Line and column of a byte, both counted from 1, the column in characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        (line, self.text[start..offset].chars().count() + 1)
    }
}

/// The known name nearest to a mistyped one, by edits (insert, delete, replace, swap), if any is near enough.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    known.into_iter().map(|k| (edits(name, k), k)).min().filter(|(distance, _)| *distance <= most).map(|(_, k)| k)
}

/// The number of edits between two names, upper and lower case being one.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    // Names are short; a long one is never near, and must not cost a long table.
    if a.len().abs_diff(b.len()) > 8 || a.len() > 64 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(x != y));
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// `` `a`, `b` or `c` ``.
pub(super) fn any_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let lines = Lines::new("a\n金融 = 1\r\nx");
        for (offset, expect) in [(0, (1, 1)), (2, (2, 1)), (3, (2, 1)), (5, (2, 2)), (9, (2, 4)), (99, (3, 2))] {
            assert_eq!(lines.position(offset), expect, "byte {offset}");
        }
    }

    #[test]
    fn near_names_are_found() {
        let known = ["timeout", "concurrency", "host_gap", "max_body"];
        for (name, expect) in [
            ("timeuot", Some("timeout")),
            ("Timeout", Some("timeout")),
            ("max-body", Some("max_body")),
            ("conc", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expect, "{name}");
        }
    }

    #[test]
    fn words_are_listed() {
        assert_eq!(any_of(["a"]), "`a`");
        assert_eq!(any_of(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
