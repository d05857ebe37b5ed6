//! `feedmill check`: the config, then each source that is due; what is fetched is kept for the next run.

use super::Global;
use super::run::{instant, load, open_state, run_failed, state_failed, take_lock, tell_sources};
use super::terminal::{Bar, print_line};
use crate::pipeline::{self, Options};
use crate::report::{SourceOutcome, exit, plural};

pub(super) fn check(global: &Global, offline: bool) -> u8 {
    let Some(plan) = load(global) else { return exit::USAGE };
    if offline {
        if !global.quiet {
            let sources = plural(plan.sources.len(), "source");
            print_line(&format!("{}: no fault found; {sources}", global.config.display()));
        }
        return exit::OK;
    }
    let Some(now) = instant() else { return exit::USAGE };
    let _lock = match take_lock(&plan, std::time::Duration::ZERO) {
        Ok(lock) => lock,
        Err(code) => return code,
    };
    let mut store = match open_state(&plan, false, false) {
        Ok(store) => store,
        Err(error) => return state_failed(&plan, &error),
    };
    let bar = Bar::new(global);
    let result = pipeline::run(&plan, &Options { look_only: true, ..Options::default() }, &mut store, now, &bar);
    drop(bar);
    match result {
        Ok(report) => {
            tell_sources(&report);
            for source in report.sources.iter().filter(|_| !global.quiet) {
                let word = match source.outcome {
                    SourceOutcome::Ok | SourceOutcome::Unchanged => "ok",
                    SourceOutcome::NotDue => "not due, not asked",
                    SourceOutcome::Failed => "failed",
                };
                print_line(&format!(
                    "{} ({}): {word}, {}, {}",
                    source.name,
                    source.kind,
                    plural(usize::try_from(source.items.total).unwrap_or(usize::MAX), "item"),
                    plural(source.warnings.len(), "warning")
                ));
            }
            report.exit
        }
        Err(error) => run_failed(&plan, &error),
    }
}
