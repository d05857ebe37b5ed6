//! `feedmill status`: what the state knows of each source and feed. Takes no lock, changes nothing.

use super::run::{load, state_failed};
use super::terminal::{escape, print_line};
use super::{Global, Shape};
use crate::aggregate;
use crate::report::exit;
use crate::state::{SqliteStore, StateError, Store};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

pub(super) fn status(global: &Global, shape: Shape) -> u8 {
    let Some(plan) = load(global) else { return exit::USAGE };
    if !plan.state.exists() {
        tracing::error!("there is no state `{}` yet: nothing has run with this config", plan.state.display());
        return exit::STATE;
    }
    match SqliteStore::open_read_only(&plan.state).and_then(|store| facts(&plan, &store)) {
        Ok(facts) => {
            match shape {
                Shape::Json => print_line(&facts.to_string()),
                Shape::Text => text(&facts),
            }
            exit::OK
        }
        Err(error) => state_failed(&error),
    }
}

fn instant(seconds: Option<i64>) -> Value {
    let date = seconds.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
    date.map_or(Value::Null, |date| json!(date.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

fn facts(plan: &crate::config::Plan, store: &dyn Store) -> Result<Value, StateError> {
    let counts = store.item_counts()?;
    let mut sources = Vec::new();
    for row in store.sources()? {
        let warnings = store.document_warnings(row.id)?.len() + row.warnings.len();
        sources.push(json!({
            "name": row.name,
            "kind": row.kind,
            "items": counts.get(&row.id).copied().unwrap_or(0),
            "last_success": instant(row.succeeded),
            "last_change": instant(row.changed),
            "last_request": instant(row.requested),
            "next_due": instant(row.due),
            "failing_since": instant(row.failing_since),
            "failures": row.failures,
            "class": row.class,
            "message": row.message,
            "warnings": warnings,
        }));
    }
    let files = store.files()?;
    let mut feeds = Vec::new();
    for row in store.feeds(DateTime::<Utc>::MIN_UTC)? {
        if row.folder.is_none() || aggregate::asked(plan, &row).is_none() {
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

fn text(facts: &Value) {
    let word = |value: &Value| {
        value.as_str().map_or_else(|| if value.is_null() { "–".into() } else { value.to_string() }, escape)
    };
    print_line("SOURCE                KIND      ITEMS  LAST SUCCESS          LAST CHANGE           NEXT DUE");
    for source in facts["sources"].as_array().into_iter().flatten() {
        print_line(&format!(
            "{:<21} {:<8} {:>6}  {:<21} {:<21} {}",
            word(&source["name"]),
            word(&source["kind"]),
            word(&source["items"]),
            word(&source["last_success"]),
            word(&source["last_change"]),
            word(&source["next_due"])
        ));
        if !source["failing_since"].is_null() {
            print_line(&format!(
                "  failing since {} ({} times): {}: {}",
                word(&source["failing_since"]),
                source["failures"],
                word(&source["class"]),
                word(&source["message"])
            ));
        }
        if source["warnings"] != 0 {
            print_line(&format!("  {} warnings", source["warnings"]));
        }
    }
    print_line("");
    print_line("FEED                                       ITEMS      BYTES  UPDATED");
    for feed in facts["feeds"].as_array().into_iter().flatten() {
        print_line(&format!(
            "{:<42} {:>5} {:>10}  {}",
            word(&feed["key"]),
            word(&feed["items"]),
            word(&feed["bytes"]),
            word(&feed["updated"])
        ));
    }
}
