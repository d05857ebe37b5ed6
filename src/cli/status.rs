//! `feedmill status`: what the state knows of each source and feed. Takes no lock, changes nothing.

use super::run::{instant as now, load, state_failed};
use super::terminal::{one_line, print_line};
use super::{Global, Shape};
use crate::aggregate;
use crate::normalize::summary::columns;
use crate::report::{exit, plural};
use crate::state::{SqliteStore, StateError, Store};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// Warnings of one source that are shown to people.
const MAX_WARNINGS: usize = 5;
/// Columns that a long name may take before it pushes what stands behind it.
const MAX_NAME: usize = 48;

pub(super) fn status(global: &Global, shape: Shape) -> u8 {
    let Some(plan) = load(global) else { return exit::USAGE };
    let Some(now) = now() else { return exit::USAGE };
    if !plan.state.exists() {
        tracing::error!("there is no state `{}` yet: nothing has run with this config", plan.state.display());
        return exit::STATE;
    }
    match SqliteStore::open_read_only(&plan.state).and_then(|store| facts(&plan, &store, now)) {
        Ok(facts) => {
            match shape {
                Shape::Json => print_line(&facts.to_string()),
                Shape::Text => text(&facts, now, global.verbose > 0),
            }
            exit::OK
        }
        Err(error) => state_failed(&plan, &error),
    }
}

fn instant(seconds: Option<i64>) -> Value {
    let date = seconds.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
    date.map_or(Value::Null, |date| json!(date.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

fn facts(plan: &crate::config::Plan, store: &dyn Store, now: DateTime<Utc>) -> Result<Value, StateError> {
    let counts = store.item_counts()?;
    let shown = store.member_counts()?;
    let held = store.held_counts()?;
    let waiting = store.waiting_counts(now)?;
    let mut sources = Vec::new();
    for row in store.sources()? {
        let mut warnings = row.warnings;
        warnings.extend(store.document_warnings(row.id)?);
        sources.push(json!({
            "name": row.name,
            "kind": row.kind,
            "items": counts.get(&row.id).copied().unwrap_or(0),
            "shown": shown.get(&row.id).copied().unwrap_or(0),
            "waiting": waiting.get(&row.id).copied().unwrap_or(0),
            "held": held.get(&row.id).copied().unwrap_or(0),
            "last_success": instant(row.succeeded),
            "last_change": instant(row.changed),
            "last_request": instant(row.requested),
            "next_due": instant(row.due),
            "failing_since": instant(row.failing_since),
            "failures": row.failures,
            "class": row.class,
            "message": row.message,
            "warnings": warnings.len(),
            "warning_list": warnings,
        }));
    }
    let files = store.files()?;
    let mut feeds = Vec::new();
    for row in store.feeds(DateTime::<Utc>::MIN_UTC)? {
        // What once was a feed has no files any more.
        if !row.published || aggregate::asked(plan, &row).is_none() {
            continue;
        }
        let paths: Vec<&str> = files.iter().filter(|file| file.feed == row.id).map(|file| file.path.as_str()).collect();
        let bytes: u64 =
            paths.iter().map(|path| std::fs::metadata(plan.output.dir.join(path)).map_or(0, |meta| meta.len())).sum();
        feeds.push(json!({
            "key": aggregate::key(&row),
            "items": row.shown,
            "updated": instant(Some(row.updated)),
            "bytes": bytes,
            "files": paths,
        }));
    }
    Ok(json!({ "version": 1, "sources": sources, "feeds": feeds }))
}

fn text(facts: &Value, now: DateTime<Utc>, verbose: bool) {
    let mut sources = Table::new(&["SOURCE", "KIND", ">ITEMS", ">SHOWN", "LAST SUCCESS", "LAST CHANGE", "NEXT DUE"]);
    for source in facts["sources"].as_array().into_iter().flatten() {
        let cells = ["name", "kind", "items", "shown", "last_success", "last_change", "next_due"];
        sources.rows.push((cells.iter().map(|key| word(&source[*key])).collect(), remarks(source, now, verbose)));
    }
    sources.print();
    print_line("");
    let mut feeds = Table::new(&["FEED", ">ITEMS", ">BYTES", "UPDATED"]);
    for feed in facts["feeds"].as_array().into_iter().flatten() {
        let cells = ["key", "items", "bytes", "updated"];
        feeds.rows.push((cells.iter().map(|key| word(&feed[*key])).collect(), Vec::new()));
    }
    feeds.print();
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { "–".into() } else { value.to_string() }, one_line)
}

/// What is wrong with a source, a line each.
fn remarks(source: &Value, now: DateTime<Utc>, verbose: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !source["failing_since"].is_null() {
        let times = usize::try_from(source["failures"].as_i64().unwrap_or_default()).unwrap_or_default();
        let class = word(&source["class"]);
        lines.push(format!(
            "failing since {} ({}): {class}: {}",
            word(&source["failing_since"]),
            plural(times, "time"),
            word(&source["message"])
        ));
        // RFC 3339 in UTC sorts as text.
        let due =
            source["next_due"].as_str().filter(|due| *due > now.to_rfc3339_opts(SecondsFormat::Secs, true).as_str());
        lines.push(match due {
            Some(due) => {
                format!("asked again at {due}; sooner with `feedmill run --source {} --now`", word(&source["name"]))
            }
            None => "asked again with the next run".to_owned(),
        });
    }
    if let Some(held) = source["held"].as_u64().filter(|held| *held > 0) {
        let name = word(&source["name"]);
        let held = plural(usize::try_from(held).unwrap_or(usize::MAX), "item");
        lines.push(format!("{held} held back; shown by `feedmill run --accept-changes --source {name}`"));
    }
    if let Some(waiting) = source["waiting"].as_u64().filter(|waiting| *waiting > 0) {
        let waiting = plural(usize::try_from(waiting).unwrap_or(usize::MAX), "item");
        lines.push(format!("{waiting} dated ahead, shown when the date has come"));
    }
    let warnings = source["warning_list"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !warnings.is_empty() {
        lines.push(plural(warnings.len(), "warning"));
        let most = if verbose { warnings.len() } else { MAX_WARNINGS };
        lines.extend(warnings.iter().take(most).map(|warning| format!("  {}", place(warning))));
        if warnings.len() > most {
            lines.push(format!("  and {} more; `-v` lists all", warnings.len() - most));
        }
    }
    lines
}

/// `posts/a.md:3:1: …`
fn place(warning: &Value) -> String {
    let parts = ["path", "line", "column", "message"].map(|key| &warning[key]);
    let told: Vec<String> = parts.into_iter().filter(|part| !part.is_null()).map(word).collect();
    match told.as_slice() {
        [place @ .., message] if !place.is_empty() => format!("{}: {message}", place.join(":")),
        _ => told.join(""),
    }
}

/// Columns that line up, whatever script stands in them.
struct Table {
    /// `>` before a heading: numbers, flush right.
    headings: Vec<(String, bool)>,
    /// Cells, and lines below them.
    rows: Vec<(Vec<String>, Vec<String>)>,
}

impl Table {
    fn new(headings: &[&str]) -> Self {
        let heading = |text: &&str| (text.trim_start_matches('>').to_owned(), text.starts_with('>'));
        Self { headings: headings.iter().map(heading).collect(), rows: Vec::new() }
    }

    fn print(&self) {
        self.lines().iter().for_each(|line| print_line(line));
    }

    fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.headings.len())
            .map(|at| {
                let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(at)).map(|cell| columns(cell));
                cells.max().unwrap_or(0).min(MAX_NAME).max(columns(&self.headings[at].0))
            })
            .collect();
        let line = |cells: &[String]| {
            let mut line = String::new();
            for ((cell, width), (_, right)) in cells.iter().zip(&widths).zip(&self.headings) {
                let gap = " ".repeat(width.saturating_sub(columns(cell)));
                line.push_str(&if *right { format!("{gap}{cell}  ") } else { format!("{cell}{gap}  ") });
            }
            line.trim_end().to_owned()
        };
        let headings: Vec<String> = self.headings.iter().map(|(text, _)| text.clone()).collect();
        let mut lines = vec![line(&headings)];
        for (cells, below) in &self.rows {
            lines.push(line(cells));
            lines.extend(below.iter().map(|below| format!("  {below}")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_names_line_up() {
        let mut table = Table::new(&["FEED", ">ITEMS", "UPDATED"]);
        for (name, items) in [("category/金融", "1"), ("category/tech", "120")] {
            table.rows.push((vec![name.into(), items.into(), "now".into()], vec!["below".into()]));
        }
        assert_eq!(
            table.lines(),
            [
                "FEED           ITEMS  UPDATED",
                "category/金融      1  now",
                "  below",
                "category/tech    120  now",
                "  below",
            ]
        );
    }

    #[test]
    fn failures_say_when_they_are_asked_again() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let source = |due: Value, failures: i64| {
            json!({ "name": "s", "failing_since": "2023-11-14T00:00:00Z", "failures": failures, "class": "dns",
                    "message": "no name", "next_due": due, "warning_list": [] })
        };
        let lines = remarks(&source(json!("2023-11-15T00:00:00Z"), 1), now, false);
        assert_eq!(lines[0], "failing since 2023-11-14T00:00:00Z (1 time): dns: no name");
        assert!(lines[1].starts_with("asked again at 2023-11-15T00:00:00Z"), "{lines:?}");
        for due in [json!("2023-11-14T00:00:00Z"), Value::Null] {
            let lines = remarks(&source(due, 2), now, false);
            assert!(lines[0].contains("(2 times)") && lines[1].ends_with("with the next run"), "{lines:?}");
        }
    }

    #[test]
    fn only_the_first_warnings_are_shown() {
        let warnings: Vec<Value> =
            (1..=7).map(|line| json!({ "path": "a.md", "line": line, "message": "m" })).collect();
        let source = json!({ "failing_since": null, "warning_list": warnings });
        assert_eq!(remarks(&source, DateTime::UNIX_EPOCH, true).len(), 8);
        let lines = remarks(&source, DateTime::UNIX_EPOCH, false);
        assert_eq!(lines.len(), 7);
        assert_eq!((lines[0].as_str(), lines[1].as_str()), ("7 warnings", "  a.md:1: m"));
        assert_eq!(lines[6], "  and 2 more; `-v` lists all");
    }
}
