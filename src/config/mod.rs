//! `config.toml`: text → the file as written → `Plan`, checked once, every fault with its position.
//!
//! `load` reads the file and the environment; `check` is the same without I/O. Nothing is half valid: either a plan
//! that holds in every part comes out, or the list of all that is wrong.

pub mod plan;

mod env;
mod fault;
mod language;
mod local;
mod nesting;
mod output;
mod read;
mod rules;
mod segment;
mod shape;
mod site;
mod source;
mod value;

pub use fault::{ConfigError, Fault};
pub use plan::Plan;

use fault::{Faults, Lines, Place, Problem};
use read::Table;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use toml::de::DeTable;

/// Bytes; a config of a hundred thousand feeds has less.
const MAX_FILE: u64 = 32 * 1024 * 1024;

/// Values of the environment by name, `FEEDMILL_NETWORK__TIMEOUT` → `5s`.
pub type Overrides = BTreeMap<String, String>;

/// Reads and checks the config at `path`. `env` is the environment, usually `std::env::vars_os()`: its variables
/// `FEEDMILL_TABLE__KEY` go before what the file says; all others are ignored.
pub fn load(path: &Path, env: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Plan, ConfigError> {
    let text = read_file(path)?;
    let mut overrides = Overrides::new();
    let mut unreadable = Vec::new();
    for (name, value) in env {
        let Ok(name) = name.into_string() else { continue };
        if !env::is_override(&name) {
            continue;
        }
        match value.into_string() {
            Ok(value) => drop(overrides.insert(name, value)),
            Err(_) => unreadable.extend(ConfigError::of_file(name, "is not UTF-8, expected text", None).faults),
        }
    }
    let checked = check(&text, path, &overrides);
    if unreadable.is_empty() {
        return checked;
    }
    let mut faults = checked.err().map(|error| error.faults).unwrap_or_default();
    faults.extend(unreadable);
    Err(ConfigError { faults })
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    let fault = |message: String, hint: Option<&str>| {
        ConfigError::of_file(path.display().to_string(), message, hint.map(str::to_owned))
    };
    let missing = "name another with `--config FILE`, or start one: `[site]` with `title` and `url`, and a \
                   `[[source.articles]]` with `name` and `path` or a `[[source.feed]]` with `name` and `url`";
    let bytes = match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            return Err(fault("is a folder, expected a config file".into(), Some("name the file in it")));
        }
        Ok(meta) if meta.len() > MAX_FILE => {
            return Err(fault(format!("is {} bytes long, expected at most {MAX_FILE}", meta.len()), None));
        }
        Ok(_) => std::fs::read(path),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fault("does not exist, expected a config file".into(), Some(missing)),
        _ => fault(format!("cannot be read: {error}"), None),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let faults = Faults::default();
        faults.push(&Place::File(good), Problem::new("the file is not UTF-8 here").hint("save it as UTF-8"));
        faults.into_error(&path.display().to_string(), &text)
    })
}

/// A duration as the config and the command line write it: `90s`, `15m`, `1h`, `7d`.
pub fn duration(text: &str) -> Option<std::time::Duration> {
    value::duration(text).ok()
}

/// Checks the text of a config. `path` names it in messages, and relative paths stand on its folder; it is not read.
pub fn check(text: &str, path: &Path, overrides: &Overrides) -> Result<Plan, ConfigError> {
    let file = path.display().to_string();
    // A byte order mark is no character of the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut faults = Faults::default();
    if let Some(at) = nesting::too_deep(text) {
        let message = format!("lists and tables lie more than {} deep in each other", nesting::MAX_NESTING);
        faults.push_syntax(at, Problem::new(message));
        return Err(faults.into_error(&file, text));
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let problem = Problem::new(error.message().replace('\n', " "));
        let rest = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let curly = rest.contains(['“', '”', '‘', '’']);
        let hint = "curly quotes are text to TOML; use `\"` or `'`";
        faults.push_syntax(at, if curly { problem.hint(hint) } else { problem });
    }
    let mut entries = read::entries(document.into_inner(), &faults);
    env::apply(&mut entries, overrides, &faults);
    let plan = whole(Table::new(&shape::ROOT, Place::File(0), entries, &faults), path, &Lines::new(text));
    match plan {
        Some(plan) if faults.is_empty() => Ok(plan),
        // Where there is no plan, what is missing has been pushed as a fault.
        _ => Err(faults.into_error(&file, text)),
    }
}

/// Reads all tables. None where a fault left nothing to go on with; a plan with faults is never used.
fn whole(mut root: Table<'_>, path: &Path, lines: &Lines<'_>) -> Option<Plan> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let names = source::names(&root);
    let mut sets = rules::sets(&mut root, &names);
    let site = site::site(&mut root, &mut sets);
    let network = site::network(&mut root);
    let (dir, output) = output::output(&mut root, folder, &names);
    let state = site::state(&mut root, folder, &dir);
    let sources = source::sources(&mut root, folder, site.as_ref(), &network, &sets, lines);
    root.finish();
    Some(Plan { config_path: path.to_owned(), site: site?, output, state, network, sources })
}

#[cfg(test)]
mod tests;
