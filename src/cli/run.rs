//! `feedmill run`.

use super::lock::{Lock, LockError};
use super::terminal::{Bar, print_line};
use super::{Global, RunArgs};
use crate::config::Plan;
use crate::pipeline::{self, Options, RunError};
use crate::report::{FeedOutcome, Report, SourceOutcome, chain, exit};
use crate::state::{SqliteStore, StateError};
use chrono::{DateTime, SecondsFormat, Utc};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// 2026-01-01: no clock that is set tells an earlier time. Not the time of the build, which would show in its bytes.
const WRITTEN: i64 = 1_767_225_600;

pub(super) fn run(global: &Global, args: &RunArgs) -> u8 {
    let started = Instant::now();
    let Some(plan) = load(global) else { return exit::USAGE };
    if let Some(unknown) = args.source.iter().find(|name| plan.sources.iter().all(|source| source.name != **name)) {
        let names: Vec<_> = plan.sources.iter().map(|source| format!("`{}`", source.name)).collect();
        tracing::error!(hint = format!("the config has {}", names.join(", ")), "no source is named `{unknown}`");
        return exit::USAGE;
    }
    let Some(now) = instant() else { return exit::USAGE };
    let options = Options {
        sources: args.source.clone(),
        ask_now: args.now,
        full: args.full,
        dry_run: args.dry_run,
        accept_changes: args.accept_changes,
        look_only: false,
    };
    // A dry run where nothing ever ran leaves no trace, not even a lock.
    let untouched = args.dry_run && !plan.state.exists();
    let lock = if untouched { Ok(None) } else { take_lock(&plan, args.wait.unwrap_or_default()).map(Some) };
    let _lock = match lock {
        Ok(lock) => lock,
        Err(code) => return code,
    };
    let mut store = match open_state(&plan, args.dry_run, args.rebuild_state) {
        Ok(store) => store,
        Err(error) => return state_failed(&plan, &error),
    };
    let bar = Bar::new(global);
    let result = pipeline::run(&plan, &options, &mut store, now, &bar);
    drop(bar);
    match result {
        Ok(mut report) => {
            report.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
            finish(global, args, &plan.output.dir, &report)
        }
        Err(error) => run_failed(&plan, &error),
    }
}

/// Reads the config; all its faults go to stderr.
pub(super) fn load(global: &Global) -> Option<Plan> {
    match crate::config::load(&global.config, std::env::vars_os()) {
        Ok(plan) => Some(plan),
        Err(error) => {
            for fault in &error.faults {
                tracing::error!("{fault}");
            }
            None
        }
    }
}

/// The run's instant: `SOURCE_DATE_EPOCH`, else now, to the second.
pub(super) fn instant() -> Option<DateTime<Utc>> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.is_empty() => {
            let instant = text.trim().parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            if instant.is_none() {
                tracing::error!("`SOURCE_DATE_EPOCH` is `{text}`; expected seconds since 1970");
            }
            instant
        }
        _ => clock(Utc::now().timestamp()),
    }
}

/// The instant of the system's clock. One that stands before this program was written is not set, and what it would
/// date stays dated so.
fn clock(seconds: i64) -> Option<DateTime<Utc>> {
    let instant = DateTime::from_timestamp(seconds, 0);
    if seconds < WRITTEN {
        let shown = instant.map(|instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
        let hint = "set the clock, or `SOURCE_DATE_EPOCH` if that is meant";
        tracing::error!(hint, "the clock says {shown}, which cannot be; nothing was done");
        return None;
    }
    instant
}

pub(super) fn take_lock(plan: &Plan, wait: Duration) -> Result<Lock, u8> {
    Lock::take(&plan.state, wait).map_err(|error| {
        tracing::error!("{error}");
        match error {
            LockError::Held(_) => exit::LOCKED,
            LockError::Io { .. } => exit::STATE,
        }
    })
}

/// Opens the state; a dry run works on what is there and keeps nothing.
pub(super) fn open_state(plan: &Plan, dry_run: bool, rebuild: bool) -> Result<SqliteStore, StateError> {
    if rebuild && !dry_run && plan.state.exists() {
        move_aside(&plan.state)?;
    }
    if dry_run && !plan.state.exists() {
        return SqliteStore::in_memory();
    }
    let mut store = SqliteStore::open(&plan.state)?;
    if dry_run {
        store.forget_at_the_end()?;
    }
    Ok(store)
}

/// `state.db` → `state.db.aside-1`, with its companions; nothing is deleted.
fn move_aside(state: &Path) -> Result<(), StateError> {
    let with = |suffix: &str| {
        let mut name = state.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let number = (1..).find(|number| !with(&format!(".aside-{number}")).exists()).unwrap_or(1);
    let aside = with(&format!(".aside-{number}"));
    let io = |source| StateError::Open { path: state.display().to_string(), source };
    std::fs::rename(state, &aside).map_err(io)?;
    for companion in ["-wal", "-shm"] {
        if with(companion).exists() {
            let mut to = aside.as_os_str().to_owned();
            to.push(companion);
            std::fs::rename(with(companion), to).map_err(io)?;
        }
    }
    tracing::warn!(
        "the state was moved to `{}`; ids and dates are taken back from the published feeds",
        aside.display()
    );
    Ok(())
}

pub(super) fn state_failed(plan: &Plan, error: &StateError) -> u8 {
    let hint = match error {
        StateError::Damaged { .. } => {
            "nothing was changed; `feedmill run --rebuild-state` moves it aside and takes ids and dates back from the published feeds"
        }
        StateError::Older { .. } => "nothing was changed; look again after `feedmill run`",
        StateError::Newer { .. } => "use the newer feedmill, or `--rebuild-state` to start from the published feeds",
        _ => "check that the folder exists, can be written and has room",
    };
    match error {
        // What SQLite says first is for people; its causes say the same with a number.
        StateError::Sql(why) => tracing::error!(hint, "the state `{}` failed: {why}", plan.state.display()),
        StateError::Data(_) => tracing::error!(hint, "the state `{}`: {error}", plan.state.display()),
        _ => tracing::error!(hint, "{}", chain(error)),
    }
    exit::STATE
}

pub(super) fn run_failed(plan: &Plan, error: &RunError) -> u8 {
    match error {
        RunError::State(error) => state_failed(plan, error),
        RunError::Client(_) | RunError::Engine(_) => {
            tracing::error!("{}", chain(error));
            exit::ALL_FAILED
        }
    }
}

/// Says what happened to sources: failures, and warnings that are new.
pub(super) fn tell_sources(report: &Report) {
    for source in &report.sources {
        let verbose = tracing::enabled!(tracing::Level::INFO);
        for warning in if verbose { &source.warnings } else { &source.new_warnings } {
            tracing::warn!(
                code = warning.code.as_ref(),
                "{}: {}",
                source.name,
                super::terminal::one_line(&place(warning))
            );
        }
        if source.outcome == SourceOutcome::Failed {
            let class = source.class.as_deref().unwrap_or("failed");
            let message = super::terminal::one_line(source.message.as_deref().unwrap_or_default());
            match &source.hint {
                Some(hint) => {
                    tracing::error!(class, hint = hint.as_str(), "source `{}`: {class}: {message}", source.name)
                }
                None => tracing::error!(class, "source `{}`: {class}: {message}", source.name),
            }
        }
    }
}

fn place(warning: &crate::model::Warning) -> String {
    match (&warning.path, warning.line, warning.column) {
        (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column}: {}", warning.message),
        (Some(path), Some(line), None) => format!("{path}:{line}: {}", warning.message),
        (Some(path), None, _) => format!("{path}: {}", warning.message),
        (None, ..) => warning.message.clone(),
    }
}

fn finish(global: &Global, args: &RunArgs, output: &Path, report: &Report) -> u8 {
    tell_sources(report);
    for feed in report.feeds.iter().filter(|feed| feed.outcome == FeedOutcome::Failed) {
        let message = feed.message.as_deref().unwrap_or("it could not be written");
        tracing::error!("feed `{}`: {message}; what was published stays", feed.key);
    }
    let mut code = report.exit;
    let to_stdout = args.report.as_deref() == Some(Path::new("-"));
    if to_stdout {
        match serde_json::to_string(report) {
            Ok(report) => print_line(&report),
            Err(error) => {
                tracing::error!("the report cannot be written: {error}");
                code = exit::OUTPUT;
            }
        }
    } else if let Some(file) = &args.report {
        let written = serde_json::to_vec(report).map_err(std::io::Error::other).and_then(|mut bytes| {
            bytes.push(b'\n');
            std::fs::write(file, bytes)
        });
        if let Err(error) = written {
            tracing::error!("the report `{}` cannot be written: {error}", file.display());
            code = exit::OUTPUT;
        }
    }
    if !to_stdout && (!global.quiet || code != exit::OK) {
        print_line(&report.summary(output, args.dry_run));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_not_set_is_refused() {
        for (seconds, sound) in [(0, false), (-1, false), (WRITTEN - 1, false), (WRITTEN, true), (4_000_000_000, true)]
        {
            assert_eq!(clock(seconds).is_some(), sound, "{seconds}");
        }
    }
}
