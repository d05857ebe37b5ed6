//! What happened in a run: for the summary line, `--report` and the exit code.

use crate::model::Warning;
use crate::state::Changes;
use serde::Serialize;
use std::path::Path;

/// One run, as `run --report` writes it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub version: u32,
    pub exit: u8,
    pub sources: Vec<SourceReport>,
    pub feeds: Vec<FeedReport>,
    /// Nothing was ever published before.
    #[serde(skip)]
    pub first: bool,
    /// Files that were removed, since the config asks for them no more.
    #[serde(skip)]
    pub removed: usize,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceOutcome {
    Ok,
    Unchanged,
    NotDue,
    Failed,
}

#[derive(Debug, Serialize)]
pub struct SourceReport {
    pub name: String,
    pub kind: &'static str,
    pub outcome: SourceOutcome,
    /// Failure class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip)]
    pub hint: Option<String>,
    pub items: ItemCounts,
    pub warnings: Vec<Warning>,
    /// Those of the warnings that were not there before.
    #[serde(skip)]
    pub new_warnings: Vec<Warning>,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct ItemCounts {
    pub new: u64,
    pub changed: u64,
    pub gone: u64,
    pub total: u64,
    /// Held back by guards.
    pub held: u64,
}

impl From<Changes> for ItemCounts {
    fn from(changes: Changes) -> Self {
        Self {
            new: changes.new,
            changed: changes.changed,
            gone: changes.gone,
            total: changes.total,
            held: changes.held,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedOutcome {
    Written,
    Unchanged,
    Failed,
}

#[derive(Debug, Serialize)]
pub struct FeedReport {
    pub key: String,
    pub outcome: FeedOutcome,
    pub items: usize,
    /// Below the output folder.
    pub files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The exit codes of the contract; the highest of 2 > 5 > 6 > 4 > 3 wins.
pub mod exit {
    pub const OK: u8 = 0;
    pub const USAGE: u8 = 2;
    pub const SOME_FAILED: u8 = 3;
    pub const ALL_FAILED: u8 = 4;
    pub const STATE: u8 = 5;
    pub const OUTPUT: u8 = 6;
    pub const LOCKED: u8 = 75;
}

impl Report {
    pub fn new() -> Self {
        Self { version: 1, ..Self::default() }
    }

    /// Only sources that were asked count.
    pub fn exit_code(&self) -> u8 {
        if self.feeds.iter().any(|feed| feed.outcome == FeedOutcome::Failed) {
            return exit::OUTPUT;
        }
        let asked = self.sources.iter().filter(|source| source.outcome != SourceOutcome::NotDue);
        let failed = asked.clone().filter(|source| source.outcome == SourceOutcome::Failed).count();
        match failed {
            0 => exit::OK,
            _ if failed == asked.count() => exit::ALL_FAILED,
            _ => exit::SOME_FAILED,
        }
    }

    /// The run in one line. `output` is the folder of the feeds; in a `dry` run nothing was written to it.
    pub fn summary(&self, output: &Path, dry: bool) -> String {
        let count = |outcome| self.sources.iter().filter(|source| source.outcome == outcome).count();
        let (ok, unchanged) = (count(SourceOutcome::Ok), count(SourceOutcome::Unchanged));
        let (not_due, failed) = (count(SourceOutcome::NotDue), count(SourceOutcome::Failed));
        // Not asked this time, and not well when they were.
        let failing = self
            .sources
            .iter()
            .filter(|source| source.outcome == SourceOutcome::NotDue && source.class.is_some())
            .count();
        let items = self.sources.iter().fold(ItemCounts::default(), |sum, source| ItemCounts {
            new: sum.new + source.items.new,
            changed: sum.changed + source.items.changed,
            gone: sum.gone + source.items.gone,
            total: sum.total + source.items.total,
            held: sum.held + source.items.held,
        });
        let files = |outcome| {
            self.feeds.iter().filter(|feed| feed.outcome == outcome).map(|feed| feed.files.len()).sum::<usize>()
        };
        let failed_feeds = self.feeds.iter().filter(|feed| feed.outcome == FeedOutcome::Failed).count();
        let warnings: usize = self.sources.iter().map(|source| source.warnings.len()).sum();
        let mut parts = vec![format!("{}: {}", plural(self.sources.len(), "source"), {
            let mut words = Vec::new();
            for (number, word) in [(ok, "changed"), (unchanged, "unchanged"), (not_due, "not due"), (failed, "failed")]
            {
                if number > 0 {
                    words.push(format!("{number} {word}"));
                }
            }
            if failing > 0 {
                words.push(format!("{failing} still failing"));
            }
            words.join(", ")
        })];
        // They were taken in by `check`, which publishes nothing.
        let looked_at = self.first && items.new < items.total;
        let (first, since) = match looked_at {
            true if dry => (", to be published for the first time", " since the last look"),
            true => (", published for the first time", " since the last look"),
            false => ("", ""),
        };
        parts.push(format!(
            "{}{first}: {} new{since}, {} changed, {} gone",
            plural(usize::try_from(items.total).unwrap_or(usize::MAX), "item"),
            items.new,
            items.changed,
            items.gone
        ));
        if items.held > 0 {
            parts.push(format!("{} held back", items.held));
        }
        let (will_be, written) = (if dry { "to be " } else { "" }, files(FeedOutcome::Written));
        let place = if written > 0 { format!(" to {}", output.display()) } else { String::new() };
        parts.push(format!("{} {will_be}written{place}", plural(written, "file")));
        if self.removed > 0 {
            parts.push(format!("{} {will_be}removed", plural(self.removed, "file")));
        }
        if failed_feeds > 0 {
            parts.push(format!("{} failed", plural(failed_feeds, "feed")));
        }
        if warnings > 0 {
            parts.push(plural(warnings, "warning"));
        }
        parts.push(format!("{:.2} s", self.seconds));
        parts.join("; ")
    }
}

/// `1 file`, `2 files`.
pub fn plural(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// An error and its causes, joined by `: `.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
