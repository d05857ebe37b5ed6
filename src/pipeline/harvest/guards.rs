//! What guards readers of a source: how much of it is shown, and what is told of what is not.

use super::{Failure, Look};
use crate::config::plan::{DEFAULT_KEEP, Source, SourceKind};
use crate::model::Warning;
use crate::normalize::text::cut_bytes;
use crate::report::SourceReport;
use crate::state::{Changes, Limits, SourceRow, StateError, Store};
use std::iter::once;

/// Many new items at once, held back.
pub(super) const FLOOD: &str = "flood";
/// Its rules let nothing of a source through.
pub(super) const RULES: &str = "rules";
const GUIDS_CHANGED: &str = "guids-changed";
/// Bytes of a title in a message.
const MAX_TITLE: usize = 200;

impl Look<'_> {
    /// How much of a source is shown.
    pub(super) fn limits(&self, source: &Source) -> Limits {
        let output = &self.plan.output;
        let rules = once(&output.all).chain(output.axes.values().map(|axis| &axis.rules));
        let largest = rules.chain(output.feeds.iter().map(|feed| &feed.rules)).map(|rules| rules.limit).max();
        let keep = match source.kind {
            SourceKind::Feed(_) => source.keep.or(Some(DEFAULT_KEEP.max(largest.unwrap_or(0)))),
            SourceKind::Articles(_) => source.keep,
        };
        Limits { keep, max_new: source.max_new, accept: self.options.accept_changes }
    }
}

/// What a look came to that a person should know of. `before` are the warnings so far: what is held back since an
/// earlier look is told in the same words.
pub(super) fn warnings(changes: &Changes, before: &[Warning]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if changes.rekeyed > 0 {
        let message = format!(
            "{} entries came with other guids or links than before; they stay the items they were",
            changes.rekeyed
        );
        warnings.push(Warning::new(GUIDS_CHANGED, message));
    }
    if changes.held_back > 0 {
        let (shown, held) = (changes.new, changes.held_back);
        let message = format!(
            "{} new items at once; the newest {shown} are shown, {held} are held back until `feedmill run --accept-changes`",
            shown + held
        );
        warnings.push(Warning::new(FLOOD, message));
    } else if changes.held > 0 {
        let told = warnings.len();
        warnings.extend(before.iter().filter(|warning| warning.code == FLOOD).cloned());
        if warnings.len() == told {
            // They were held back while they were another source's.
            let message = format!("{} items are held back until `feedmill run --accept-changes`", changes.held);
            warnings.push(Warning::new(FLOOD, message));
        }
    }
    warnings
}

/// Warns of a feed `is_empty` though items of it are known.
pub(super) fn emptied(is_empty: bool, changes: &Changes) -> Option<Warning> {
    let message = "the feed has no item any more; those it had stay";
    (is_empty && changes.total + changes.held > 0).then(|| Warning::new("upstream-empty", message))
}

/// Warns of a source whose rules leave out all that it has, once; `row` is what is remembered of it after the look, and
/// `told` is whether the warning stood before.
pub(super) fn left_out(
    source: &Source,
    row: &SourceRow,
    told: bool,
    line: &mut SourceReport,
    store: &mut dyn Store,
) -> Result<(), StateError> {
    let chooses = !source.rules.include.is_empty() || !source.rules.exclude.is_empty();
    let warning = if chooses && store.is_left_out(row.id)? {
        let which = match line.items.total {
            1 => "its only item".to_owned(),
            total => format!("all {total} items"),
        };
        let message = format!(
            "its rules leave out {which}; `feedmill inspect` shows which categories, tags and titles there are"
        );
        Some(Warning::new(RULES, message))
    } else {
        None
    };
    let mut warnings = row.warnings.clone();
    for list in [&mut warnings, &mut line.warnings, &mut line.new_warnings] {
        list.retain(|warning| warning.code != RULES);
    }
    warnings.extend(warning.clone());
    line.warnings.extend(warning.clone());
    line.new_warnings.extend(warning.filter(|_| !told));
    if warnings != row.warnings {
        store.save_source(&SourceRow { warnings, ..row.clone() })?;
    }
    Ok(())
}

/// Those of the warnings that stay while a source is as it was.
pub(super) fn standing(before: &[Warning]) -> impl Iterator<Item = Warning> + '_ {
    before.iter().filter(|warning| [FLOOD, GUIDS_CHANGED].contains(&warning.code.as_ref())).cloned()
}

/// The failure of a source whose feed has become another one; `looks` in a row have found it so.
pub(super) fn replaced(source: &Source, before: Option<&str>, title: Option<&str>, looks: u32) -> Failure {
    let title = title.map_or("without a title".to_owned(), |title| format!("`{}`", cut_bytes(title, MAX_TITLE)));
    let message = format!(
        "`{}` has become another feed, {title}, with no entry that is known; its items are kept (look {looks} of 3)",
        cut_bytes(before.unwrap_or_default(), MAX_TITLE)
    );
    Failure::new("feed-replaced", message).hint(format!(
        "the third look in a row takes it in; if it is meant, so does `feedmill run --source {} --now --accept-changes`",
        source.name
    ))
}
