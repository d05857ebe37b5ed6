//! `feedmill man`: the commands and options as they are defined → one manual page in roff, complete in itself.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

/// The whole page.
pub(super) fn page(mut command: Command) -> String {
    command.build();
    let version = format!("feedmill {}", env!("CARGO_PKG_VERSION"));
    let mut out = Roff::new();
    out.control("TH", ["feedmill", "1", "", &version, "User Commands"]);
    // Commands and paths are not stretched.
    out.control("ad", ["l"]);
    out.control("SH", ["NAME"]);
    out.text([roman("feedmill - feed generator and aggregator")]);
    out.control("SH", ["SYNOPSIS"]);
    for (name, rest) in SYNOPSIS {
        out.text([bold(*name), roman(format!(" {rest}"))]);
        out.control("br", []);
    }
    out.control("SH", ["DESCRIPTION"]);
    paragraphs(&mut out, DESCRIPTION);
    let commands: Vec<&Command> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    out.control("SH", ["COMMANDS"]);
    for sub in &commands {
        out.control("SS", [format!("feedmill {}{}", sub.get_name(), operands(sub)).as_str()]);
        let about = sub.get_long_about().or_else(|| sub.get_about()).map(ToString::to_string).unwrap_or_default();
        paragraphs(&mut out, &about.split("\n\n").collect::<Vec<_>>());
        for arg in sub.get_arguments().filter(|arg| !arg.is_global_set() && is_told(arg)) {
            option(&mut out, arg);
        }
    }
    out.control("SH", ["GLOBAL OPTIONS"]);
    out.text([roman("They may stand before and after the command.")]);
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        option(&mut out, arg);
    }
    for (heading, entries) in SECTIONS {
        out.control("SH", [*heading]);
        for (term, text) in *entries {
            out.control("TP", []);
            out.text([bold(*term)]);
            out.text([roman(*text)]);
        }
    }
    out.control("SH", ["EXAMPLES"]);
    for (text, line) in EXAMPLES {
        out.control("TP", []);
        out.text([roman(*text)]);
        out.text([bold(*line)]);
    }
    out.to_roff()
}

/// Help is the same everywhere.
fn is_told(arg: &Arg) -> bool {
    !arg.is_hide_set() && arg.get_id() != "help"
}

/// ` PATH|URL…` behind the name of a command.
fn operands(command: &Command) -> String {
    let operand = |arg: &Arg| {
        let name = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
        let many = if matches!(arg.get_action(), ArgAction::Append) { "..." } else { "" };
        format!(" {}{many}", name)
    };
    command.get_positionals().map(operand).collect()
}

fn option(out: &mut Roff, arg: &Arg) {
    let value = arg.get_value_names().and_then(|names| names.first()).map(|name| name.to_string());
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let mut head: Vec<Inline> = Vec::new();
    if let Some(short) = arg.get_short() {
        head.push(bold(format!("-{short}")));
        head.push(roman(if arg.get_long().is_some() { ", " } else { "" }));
    }
    if let Some(long) = arg.get_long() {
        head.push(bold(format!("--{long}")));
    }
    if let Some(value) = value.filter(|_| takes_value) {
        head.push(roman(if arg.is_positional() { "" } else { " " }));
        head.push(italic(value));
    }
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if takes_value && !arg.is_hide_possible_values_set() {
        let words: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if !words.is_empty() {
            text.push_str(&format!(": {}", words.join(", ")));
        }
        let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if !defaults.is_empty() {
            text.push_str(&format!(" (default: {})", defaults.join(", ")));
        }
    }
    out.control("TP", []);
    out.text(head);
    out.text([roman(text)]);
}

fn paragraphs<S: AsRef<str>>(out: &mut Roff, paragraphs: &[S]) {
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if at > 0 {
            out.control("PP", []);
        }
        out.text([roman(paragraph.as_ref())]);
    }
}

const SYNOPSIS: &[(&str, &str)] =
    &[("feedmill", "[global options] [options of run]"), ("feedmill", "[global options] command [options]")];

const DESCRIPTION: &[&str] = &[
    "Reads articles with front matter (Hexo, Jekyll, Hugo, Zola and others) and feeds of other sites (RSS, Atom, JSON \
     Feed), makes them alike, and writes RSS, Atom and JSON Feed files for everything, for each category, and for what \
     else the config asks for. The output folder is published as it stands by any web server.",
    "Without a command it does one run, made for cron: what is not due is not asked, what did not change is not \
     written, and a source that fails keeps what it had. Results go to stdout, messages to stderr.",
];

type Section = (&'static str, &'static [(&'static str, &'static str)]);

const SECTIONS: &[Section] = &[
    (
        "EXIT STATUS",
        &[
            ("0", "All good, or nothing new."),
            ("2", "The command line or the config is at fault; nothing was touched."),
            ("3", "Some sources failed; the rest is published."),
            ("4", "Every source that was asked failed; what was published stays."),
            ("5", "The state cannot be used; see --rebuild-state."),
            ("6", "Some output could not be written."),
            ("75", "Another run holds the state; see --wait."),
            ("130, 143", "Stopped by a signal."),
        ],
    ),
    (
        "FILES",
        &[
            ("config.toml", "What is read and what is written. Paths in it are relative to it. See docs/config.md."),
            (
                ".feedmill/state.db",
                "What was fetched, seen and published, beside the config unless [state] path names another. \
              When it is lost, ids and dates are taken back from the published feeds.",
            ),
            (".feedmill/state.db.lock", "Held while a run works; harmless when left behind."),
            (
                "feeds/",
                "The output unless [output] dir names another. Files that feedmill wrote and the config no longer \
              asks for are removed; other files in it are left alone.",
            ),
            ("feeds/manifest.json", "All feeds with their files, for programs."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "SOURCE_DATE_EPOCH",
                "The instant of the run in seconds since 1970, in place of now: it dates what is first \
              seen, and decides what is due, ahead or expired.",
            ),
            (
                "FEEDMILL_SECTION__KEY",
                "Goes before a key of the config: FEEDMILL_NETWORK__TIMEOUT=5s is timeout = \"5s\" in \
              [network].",
            ),
            (
                "FEEDMILL_LOG",
                "Which messages are shown, in place of -v and -q, as filters of the Rust crate tracing: \
              feedmill=debug.",
            ),
            ("NO_COLOR", "No colors, whatever the terminal; --color goes before it."),
        ],
    ),
];

const EXAMPLES: &[(&str, &str)] = &[
    ("One run with the config of this folder:", "feedmill"),
    ("What would it change?", "feedmill --dry-run"),
    ("From cron, every quarter of an hour:", "*/15 * * * * feedmill -q -c /srv/mill/config.toml run --wait 5m"),
    ("Is the config good?", "feedmill check --offline"),
    ("What is read from an article or a feed?", "feedmill inspect hello.md https://example.org/atom.xml"),
    ("Ask one source now, due or not:", "feedmill run --source elsewhere --now"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_page_names_every_command_and_option() {
        let page = page(super::super::Cli::command()).replace("\\-", "-");
        for sub in super::super::Cli::command().get_subcommands() {
            assert!(page.contains(&format!(".SS \"feedmill {}", sub.get_name())), "{}: {page}", sub.get_name());
            for long in sub.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(Arg::get_long) {
                assert!(page.contains(&format!("--{long}")), "{long}");
            }
        }
        for section in ["EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES", "GLOBAL OPTIONS"] {
            assert!(page.contains(section), "{section}");
        }
        assert!(!page.contains("(1)") && !page.contains("feedmill-run"), "{page}");
    }
}
