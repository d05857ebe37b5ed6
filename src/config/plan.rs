//! The config after it was checked: decisions, not options. Everything below `config` sees only this.

use crate::model::{Axis, ContentMode, Future, OutputFormat, Person, Warning};
use chrono_tz::Tz;
use globset::{GlobMatcher, GlobSet};
use regex::Regex;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

mod rules;
pub use rules::{CategoryRules, Fields, Rename, Rules, TagRules};

/// Everything a run needs to know, resolved and valid.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The file the plan came from, as it was named.
    pub config_path: PathBuf,
    pub site: Site,
    pub output: Output,
    /// The state file, absolute or relative to the working directory.
    pub state: PathBuf,
    pub bodies: Arc<BodyRules>,
    pub network: Network,
    /// In the order of the file; names are unique.
    pub sources: Vec<Source>,
}

/// `[site]`: the publisher; every output feed inherits it.
#[derive(Debug, Clone)]
pub struct Site {
    pub title: String,
    /// Default: the title.
    pub description: String,
    pub url: Url,
    /// Ends with `/`. Default: `feeds/` below `url`.
    pub feeds_url: Url,
    /// BCP 47, as RSS accepts it.
    pub language: Option<String>,
    /// For dates that name no zone. Default: UTC.
    pub timezone: Tz,
    /// Whether the config names the zone.
    pub names_timezone: bool,
    pub author: Option<Person>,
    pub icon: Option<String>,
    pub rights: Option<String>,
}

/// `[output]`.
#[derive(Debug, Clone)]
pub struct Output {
    /// Absolute or relative to the working directory.
    pub dir: PathBuf,
    pub by: Vec<Axis>,
    pub slugs: Slugs,
    /// The feed of everything.
    pub all: FeedRules,
    /// One for each axis of `by`: `[output]` overlaid with `[output.<axis>]`.
    pub axes: BTreeMap<Axis, AxisRules>,
    /// `[[output.feed]]`, in the order of the file; names are unique.
    pub feeds: Vec<CustomFeed>,
}

impl Output {
    /// Some feed merges duplicates.
    pub fn merges(&self) -> bool {
        let axes = self.axes.values().map(|axis| &axis.rules);
        let mut all = std::iter::once(&self.all).chain(axes).chain(self.feeds.iter().map(|feed| &feed.rules));
        all.any(|rules| rules.duplicates == Duplicates::Merge)
    }
}

/// The most items that a feed may show.
pub const MAX_LIMIT: usize = 10_000;

/// How one feed is cut and written.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRules {
    /// In the order rss, atom, json; never empty.
    pub formats: Vec<OutputFormat>,
    /// Newest items shown.
    pub limit: usize,
    pub max_age: Option<Duration>,
    /// No file is longer, in bytes: oldest items are left out, but for one.
    pub max_bytes: Option<u64>,
    pub content: ContentMode,
    pub duplicates: Duplicates,
}

/// What becomes of items that are the same story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// Each is shown. Only what has the same id and the same link is shown once.
    Keep,
    /// One is shown, and the others are links in it.
    Merge,
}

/// The rules of every feed of one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisRules {
    pub rules: FeedRules,
    /// A term with fewer items has no feed. Default 1.
    pub min_items: usize,
    /// `{term}` and `{site.title}` are replaced. Default: `{term} – {site.title}`.
    pub title: String,
    /// Term as the config writes it → slug.
    pub slug: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slugs {
    Unicode,
    Ascii,
}

/// `[[output.feed]]`: a feed of the user's own.
#[derive(Debug, Clone)]
pub struct CustomFeed {
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub rules: FeedRules,
    pub filter: Filter,
}

/// `where`: all conditions must hold; in one condition any of its patterns.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub conditions: Vec<Condition>,
    /// Stable text of the whole filter, so that a changed one is noticed.
    pub fingerprint: String,
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub field: Field,
    /// `not_…`: holds when no pattern matches.
    pub negated: bool,
    pub any_of: Vec<Pattern>,
}

/// What `where` can look at. `max_age` of a filter goes to the feed's rules instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    Source,
    Category,
    Tag,
    Author,
    Language,
    Title,
    /// The body's text.
    Text,
    /// The link.
    Url,
}

#[derive(Debug, Clone)]
pub enum Pattern {
    /// Equal after trim, NFKC and case folding: for source, category, tag, author and language.
    Term(String),
    /// Case-folded substring: for title, text and URL.
    Substring(String),
    /// `/…/`, linear time.
    Regex(Regex),
}

/// `[content]`: what is kept of bodies beyond what is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyRules {
    /// Pictures that only count readers go, and parameters of links that only do that.
    pub remove_tracking: bool,
    /// Hosts that may be framed, each alone or with the start of a path; other frames become links.
    pub iframes: Vec<String>,
}

impl Default for BodyRules {
    fn default() -> Self {
        let players = [
            "www.youtube.com/embed/",
            "www.youtube-nocookie.com/embed/",
            "player.vimeo.com/video/",
            "player.bilibili.com",
            "open.spotify.com/embed",
            "w.soundcloud.com/player",
            "embed.podcasts.apple.com",
            "codepen.io",
        ];
        Self { remove_tracking: false, iframes: players.map(str::to_owned).to_vec() }
    }
}

/// `[network]`.
#[derive(Debug, Clone)]
pub struct Network {
    /// Private and loopback addresses that every source may reach.
    pub allow_addresses: Vec<Cidr>,
    /// Goes into the User-Agent.
    pub contact: Option<Url>,
    /// Whole request, redirects and body included.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub first_byte_timeout: Duration,
    /// Decoded bytes.
    pub max_body: u64,
    pub concurrency: usize,
    /// Between the starts of two requests to one host.
    pub host_gap: Duration,
    /// A source is not asked sooner again.
    pub min_interval: Duration,
}

/// An address block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    pub prefix: u8,
}

/// `[[source.*]]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Unique over all sources, `[A-Za-z0-9_-]+`.
    pub name: String,
    /// What people see. Default: the feed's own title, else the name.
    pub title: Option<String>,
    pub timezone: Tz,
    pub language: Option<String>,
    pub author: Option<Person>,
    /// Of duplicates the item of the source with the highest is shown. Default 0.
    pub priority: i32,
    /// `add = { categories, tags }`: to every item.
    pub add_categories: Vec<Vec<String>>,
    pub add_tags: Vec<String>,
    /// The newest items it shows. None: feeds show `DEFAULT_KEEP`, articles all.
    pub keep: Option<usize>,
    /// New items it may bring at once.
    pub max_new: MaxNew,
    /// What becomes of items dated after the run. Default: feeds are clamped, articles held.
    pub future: Future,
    pub kind: SourceKind,
    /// `[content]`, the same for all.
    pub bodies: Arc<BodyRules>,
    /// Changes when any setting changes that changes what the source's documents are read as.
    pub fingerprint: String,
    /// Line of the table's header in the config.
    pub line: usize,
    /// What is done with its items before feeds show them. Nothing of it is in the state.
    pub rules: Rules,
}

/// Items a source of feeds shows where the config does not say; never fewer than its largest output.
pub const DEFAULT_KEEP: usize = 500;

/// How many new items of a source are shown at once, once somebody reads its feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxNew {
    /// As many as the source has been seen to bring.
    Learned,
    AtMost(usize),
    Any,
}

#[derive(Debug, Clone)]
pub enum SourceKind {
    Articles(Articles),
    Feed(FeedSource),
}

impl SourceKind {
    /// The word in config, report and status.
    pub fn as_str(&self) -> &'static str {
        match self {
            SourceKind::Articles(_) => "articles",
            SourceKind::Feed(_) => "feed",
        }
    }
}

/// Local files: one file, a folder to walk, or a glob.
#[derive(Debug, Clone)]
pub struct LocalPath {
    /// As the config has it, for messages.
    pub written: String,
    /// The file or folder; for a glob the folder before its first special character.
    pub root: PathBuf,
    /// Matches paths below `root`, with `/`.
    pub glob: Option<GlobSet>,
    /// Matches paths below `root`, with `/`.
    pub exclude: GlobSet,
}

/// `[[source.articles]]`.
#[derive(Debug, Clone)]
pub struct Articles {
    pub path: LocalPath,
    pub reading: ArticleReading,
    pub leaves_open: LeavesOpen,
}

/// What the config says nothing of for a source, so that the site around its folder may (`GeneratorSite`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeavesOpen {
    /// Neither the source nor `[site]` names a time zone.
    pub timezone: bool,
    /// The source names no `base`.
    pub base: bool,
}

/// How articles are read; all that `parse` and `normalize` need to know of a source of articles.
#[derive(Debug, Clone)]
pub struct ArticleReading {
    /// How links are built when an article names none; none: such articles have no link.
    pub permalink: Option<String>,
    /// What relative links stand on. Default: `site.url`.
    pub base: Url,
    pub category_lists: CategoryLists,
    pub body: BodyKind,
    /// Item field (`image`, `title`, `date`, …) → front matter keys tried before the built-in ones.
    pub map: BTreeMap<String, Vec<String>>,
    /// The site of Jekyll or Hexo that the source's folder is in; a run looks for it, the config never names it.
    pub site: Option<Arc<GeneratorSite>>,
}

/// What the `_config.yml` of a generator says, as far as articles are concerned. What of it counts is already in
/// `permalink`, `base` and `timezone` of the source.
#[derive(Debug, Clone)]
pub struct GeneratorSite {
    pub generator: Generator,
    /// The source's root below the folder of the site, with `/`; empty where they are one.
    pub root: String,
    /// Front matter of articles that do not say it themselves, the most special first.
    pub defaults: Vec<FrontMatterDefaults>,
    /// Hexo's `post_asset_folder`: the files of an article stand in a folder of its name.
    pub asset_folders: bool,
    /// What is wrong with the file.
    pub warnings: Vec<Warning>,
}

impl GeneratorSite {
    /// A site of which nothing is known.
    pub fn new(generator: Generator, root: &str) -> Self {
        Self { generator, root: root.to_owned(), defaults: Vec::new(), asset_folders: false, warnings: Vec::new() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    Jekyll,
    Hexo,
}

/// One of Jekyll's front matter defaults.
#[derive(Debug, Clone)]
pub struct FrontMatterDefaults {
    /// A file, a folder or a glob below the folder of the site; empty: everything.
    pub path: String,
    /// `path`, where it is a glob.
    pub glob: Option<GlobMatcher>,
    /// `posts`, `pages` or the name of a collection.
    pub kind: Option<String>,
    pub values: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryLists {
    /// Each name of a list is a category.
    Flat,
    /// Hexo: each name of a list is the child of the one before.
    Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    Auto,
    Html,
    Markdown,
    Text,
}

/// `[[source.feed]]`.
#[derive(Debug, Clone)]
pub struct FeedSource {
    pub location: FeedLocation,
    /// Private and loopback addresses may be reached for this source.
    pub allow_private: bool,
    /// Not asked sooner again; never under `[network] min_interval`.
    pub interval: Duration,
}

#[derive(Debug, Clone)]
pub enum FeedLocation {
    Url(Url),
    Path(LocalPath),
}
