//! Arguments → one call into the program → exit code and words for a person.

mod check;
mod inspect;
mod lock;
mod manual;
mod run;
mod status;
mod terminal;

use crate::report::exit;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Feed generator and aggregator: front-matter articles and other sites' feeds in, per-category RSS, Atom and JSON Feed out
#[derive(Debug, Parser)]
#[command(
    name = "feedmill",
    version,
    max_term_width = 100,
    after_help = "Without a command feedmill does a run, and takes the options of `run`: `feedmill --dry-run`.\n\
                  Exit codes: 0 all good, 2 usage or config, 3 some sources failed, 4 all failed, 5 state, 6 output, 75 locked."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// The config file
    #[arg(long, short, global = true, value_name = "FILE", default_value = "config.toml")]
    config: PathBuf,
    /// Say more (twice: everything)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say nothing unless something failed
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// How messages on stderr are written
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    log_format: LogFormat,
    /// When messages are colored
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Show no progress bar
    #[arg(long, global = true)]
    no_progress: bool,
}

/// Commands that read no config take `--config`, as every command does, and do not speak of it.
#[derive(Debug, Args)]
struct NoConfig {
    #[arg(id = "config", long = "config", short = 'c', hide = true)]
    _config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch, normalize, write: one regeneration, made for cron (the default)
    Run(RunArgs),
    /// Validate the whole config at once, then look at each source
    ///
    /// Sources that are due are asked, and that counts as their request: what they answer is kept, the next run
    /// publishes it and asks them again only when they are due. Nothing is published now.
    Check {
        /// Only the config; look at no source
        #[arg(long)]
        offline: bool,
    },
    /// Show what articles, folders or feeds normalize to; needs no config
    Inspect(InspectArgs),
    /// Show each source and feed: last success, next due, errors, counts
    Status {
        /// Text for people, JSON for programs
        #[arg(long, value_enum, default_value_t = Shape::Text)]
        format: Shape,
    },
    /// Print shell completions
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
        #[command(flatten)]
        config: NoConfig,
    },
    /// Print the manual page; read it with `feedmill man | man -l -`
    Man {
        #[command(flatten)]
        config: NoConfig,
    },
}

#[derive(Debug, Default, Args)]
struct RunArgs {
    /// Only this source (can be given several times)
    #[arg(long, value_name = "NAME", help_heading = "What is looked at")]
    source: Vec<String>,
    /// With --source: ask once though it is not due
    #[arg(long, requires = "source", help_heading = "What is looked at")]
    now: bool,
    /// Read every local file again and render everything; for after an upgrade, or out of doubt
    #[arg(long, help_heading = "What is looked at")]
    full: bool,
    /// Write nothing and ask nobody; say what local sources would change
    #[arg(long, help_heading = "What is looked at")]
    dry_run: bool,
    /// Wait so long for another run to end (for example 30s, 5m) instead of leaving with 75
    #[arg(long, value_name = "DUR", value_parser = parse_duration, help_heading = "For cron and programs")]
    wait: Option<Duration>,
    /// Write what happened as one JSON object; `-`: to stdout, instead of the summary
    #[arg(long, value_name = "FILE", help_heading = "For cron and programs")]
    report: Option<PathBuf>,
    /// Let sources lose most of their items, become other feeds, and show what was held back; when a run was refused as
    /// `shrunk` or `feed-replaced`, or warned of a `flood`, and it is meant
    #[arg(long, help_heading = "Once, when a run asks for it")]
    accept_changes: bool,
    /// Move an unusable state aside and take back what the published feeds show; after exit code 5
    #[arg(long, help_heading = "Once, when a run asks for it")]
    rebuild_state: bool,
}

#[derive(Debug, Args)]
struct InspectArgs {
    /// Article, folder, feed file or URL; `-` reads them from stdin, one a line
    #[arg(required = true, value_name = "PATH|URL")]
    inputs: Vec<String>,
    /// As parsed, before normalization
    #[arg(long)]
    raw: bool,
    /// For dates that name no zone: else that of the site around an article, else UTC
    #[arg(long, value_name = "TZ", value_parser = parse_zone)]
    timezone: Option<chrono_tz::Tz>,
    /// Text for people, JSON Feed for programs
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
    /// Private and loopback addresses may be reached
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    config: NoConfig,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    crate::config::duration(text).ok_or_else(|| format!("`{text}` is no duration; write for example 90s, 15m or 1h"))
}

fn parse_zone(text: &str) -> Result<chrono_tz::Tz, String> {
    text.parse().map_err(|_| format!("`{text}` is no time zone; write for example Asia/Shanghai"))
}

/// Parses the arguments, does what they say, gives the exit code.
pub fn main() -> u8 {
    let cli = match parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE } else { exit::OK };
        }
    };
    terminal::start_messages(&cli.global);
    match cli.command.unwrap_or(Command::Run(RunArgs::default())) {
        Command::Run(args) => run::run(&cli.global, &args),
        Command::Check { offline } => check::check(&cli.global, offline),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Status { format } => status::status(&cli.global, format),
        Command::Completions { shell, .. } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "feedmill", &mut script);
            terminal::print_bytes(&script);
            exit::OK
        }
        Command::Man { .. } => {
            terminal::print_bytes(manual::page(Cli::command()).as_bytes());
            exit::OK
        }
    }
}

/// `feedmill --dry-run` is `feedmill run --dry-run`: where no command is named and an option is unknown, it may be one
/// of `run`. Global options before a command stay what they are.
fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(&args) {
        Err(error) if error.kind() == ErrorKind::UnknownArgument => error,
        other => return other,
    };
    let mut with_run = args.clone();
    with_run.insert(1.min(args.len()), "run".into());
    Cli::try_parse_from(with_run).map_err(|of_run| {
        let named = Cli::command().get_subcommands().any(|command| args.iter().any(|arg| arg == command.get_name()));
        if named { error } else { of_run }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Cli, String> {
        let args = std::iter::once("feedmill").chain(args.iter().copied()).map(OsString::from).collect();
        parse(args).map_err(|error| error.to_string())
    }

    #[test]
    fn the_definitions_hold() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_run_need_no_word() {
        for args in
            [&["--dry-run", "-c", "x.toml"][..], &["-c", "x.toml", "--dry-run"], &["-c", "x.toml", "run", "--dry-run"]]
        {
            let cli = parsed(args).unwrap();
            assert!(matches!(cli.command, Some(Command::Run(RunArgs { dry_run: true, .. }))), "{args:?}");
            assert_eq!(cli.global.config, PathBuf::from("x.toml"), "{args:?}");
        }
        assert!(parsed(&[]).unwrap().command.is_none());
        assert!(matches!(
            parsed(&["-v", "check", "--offline"]).unwrap().command,
            Some(Command::Check { offline: true })
        ));
    }

    #[test]
    fn unknown_options_are_told_where_they_were_meant() {
        for (args, expect) in [
            (&["--dryrun"][..], "--dry-run"),
            (&["check", "--dry-run"], "Usage: feedmill check"),
            (&["--dry-run", "run"], "run --dry-run"),
            (&["chekc"], "'check'"),
        ] {
            let error = parsed(args).map(|_| ()).unwrap_err();
            assert!(error.contains(expect), "{args:?}: {error}");
        }
    }
}
