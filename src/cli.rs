//! Arguments → one call into the program → exit code and words for a person.

mod check;
mod inspect;
mod lock;
mod run;
mod status;
mod terminal;

use crate::report::exit;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Feed generator and aggregator: front-matter articles and other sites' feeds in, per-category RSS, Atom and JSON Feed out
#[derive(Debug, Parser)]
#[command(name = "feedmill", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Args)]
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
    Check {
        /// Only the config; look at no source
        #[arg(long)]
        offline: bool,
    },
    /// Show what articles, folders or feeds normalize to; needs no config
    Inspect(InspectArgs),
    /// Show each source and feed: last success, next due, errors, counts
    Status {
        #[arg(long, value_enum, default_value_t = Shape::Text)]
        format: Shape,
    },
    /// Print shell completions
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

#[derive(Debug, Default, Args)]
struct RunArgs {
    /// Only this source (can be given several times)
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// With --source: ask once though it is not due
    #[arg(long, requires = "source")]
    now: bool,
    /// Read every local file again and render everything
    #[arg(long)]
    full: bool,
    /// Write nothing and ask nobody; say what local sources would change
    #[arg(long)]
    dry_run: bool,
    /// Wait so long for another run to end (for example 30s, 5m)
    #[arg(long, value_name = "DUR", value_parser = parse_duration)]
    wait: Option<Duration>,
    /// Write what happened as one JSON object
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Let sources lose most of their items
    #[arg(long)]
    accept_changes: bool,
    /// Move an unusable state aside and take back what the published feeds show
    #[arg(long)]
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
    /// For dates that name no zone
    #[arg(long, value_name = "TZ", default_value = "UTC", value_parser = parse_zone)]
    timezone: chrono_tz::Tz,
    /// Text for people, JSON Feed for programs
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
    /// Private and loopback addresses may be reached
    #[arg(long)]
    allow_private: bool,
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    crate::config::duration(text).ok_or_else(|| format!("`{text}` is no duration; write for example 90s, 15m or 1h"))
}

fn parse_zone(text: &str) -> Result<chrono_tz::Tz, String> {
    text.parse().map_err(|_| format!("`{text}` is no time zone; write for example Asia/Shanghai"))
}

/// Parses the arguments, does what they say, gives the exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
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
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "feedmill", &mut script);
            terminal::print_bytes(&script);
            exit::OK
        }
        Command::Man => manual(),
    }
}

fn manual() -> u8 {
    let mut page = Vec::new();
    match clap_mangen::Man::new(Cli::command()).render(&mut page) {
        Ok(()) => {
            terminal::print_bytes(&page);
            exit::OK
        }
        Err(error) => {
            tracing::error!("the manual page cannot be written: {error}");
            exit::OUTPUT
        }
    }
}
