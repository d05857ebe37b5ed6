//! `feedmill inspect`: what an article, folder or feed is read as. Needs no config, remembers nothing, takes no lock.

mod text;

use super::run::instant;
use super::terminal::print_line;
use super::{InspectArgs, Shape};
use crate::config::plan::{
    ArticleReading, Articles, BodyKind, BodyRules, CategoryLists, FeedLocation, FeedSource, LeavesOpen, LocalPath,
    MaxNew, Network, Source, SourceKind,
};
use crate::fetch::folder::{self, FileStat, Wanted};
use crate::fetch::http::{Client, Request, Response, Validators, redact};
use crate::model::{Content, Document, Entry, Format, Future, Item, ParseError, Text, Warning};
use crate::report::exit;
use crate::{inspect as shape, normalize, parse};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use globset::GlobSet;
use rayon::prelude::*;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A feed file or body is not larger than this, in bytes.
const MAX_FEED: u64 = 32 << 20;
/// Inputs are read in portions of this size, so that the first answers come early.
const PORTION: usize = 256;

/// An article as JSON, and its warnings.
type Inspected = (Value, Vec<Warning>);

/// What could not be read, and why.
struct Failed {
    class: String,
    message: String,
    /// Line and column.
    line: Option<u32>,
    column: Option<u32>,
    hint: Option<String>,
}

impl Failed {
    fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into(), line: None, column: None, hint: None }
    }

    /// `3:1: ` where the place is known.
    fn place(&self) -> String {
        [self.line, self.column].into_iter().flatten().map(|number| format!("{number}:")).collect()
    }

    fn unreadable(error: &std::io::Error) -> Self {
        Self::new("unreadable", error.to_string())
    }

    fn internal(error: &dyn std::error::Error) -> Self {
        Self::new("internal-error", error.to_string())
    }
}

impl From<ParseError> for Failed {
    fn from(error: ParseError) -> Self {
        Self { line: error.line, column: error.column, hint: error.hint, ..Self::new(error.class, error.message) }
    }
}

/// One thing to look at.
struct Input {
    /// As it was named, for messages; what is not UTF-8 in it is replaced.
    name: String,
    readable: bool,
    from_stdin: bool,
}

pub(super) fn inspect(args: &InspectArgs) -> u8 {
    let Some(now) = instant() else { return exit::USAGE };
    let mut inputs: Vec<Input> = Vec::new();
    for input in &args.inputs {
        if input == "-" {
            if std::io::stdin().is_terminal() {
                tracing::warn!("reading names of files and URLs from stdin, one a line");
            }
            inputs.extend(named_on_stdin());
        } else {
            inputs.push(Input { name: input.clone(), readable: true, from_stdin: false });
        }
    }
    let (mut good, mut bad) = (0, 0);
    for portion in inputs.chunks(PORTION) {
        let read: Vec<Result<Value, Failed>> = portion.par_iter().map(|input| one(args, input, now)).collect();
        for (input, result) in portion.iter().zip(read) {
            let name = &input.name;
            match result {
                Ok(document) => {
                    good += 1;
                    match args.format {
                        Shape::Json => print_line(&document.to_string()),
                        Shape::Text => text::print(name, &document),
                    }
                }
                Err(failed) => {
                    bad += 1;
                    // Messages of the network begin with the URL themselves.
                    let is_told = failed.message.starts_with('`') && Url::parse(name).is_ok_and(|url| url.has_host());
                    let place = if is_told { String::new() } else { format!("{name}:{} ", failed.place()) };
                    let message = format!("{place}{}: {}", failed.class, failed.message);
                    match &failed.hint {
                        Some(hint) => tracing::error!(hint, "{message}"),
                        None => tracing::error!("{message}"),
                    }
                    if args.format == Shape::Json {
                        let message = format!("{} {}", failed.place(), failed.message);
                        let hint = failed.hint.as_deref();
                        print_line(&shape::error(&failed.class, message.trim_start(), hint, name).to_string());
                    }
                }
            }
        }
    }
    match (good, bad) {
        (_, 0) => exit::OK,
        (0, _) => exit::ALL_FAILED,
        _ => exit::SOME_FAILED,
    }
}

/// The lines of stdin. One that is not UTF-8 is answered in its place like any other that cannot be read.
fn named_on_stdin() -> impl Iterator<Item = Input> {
    let lines = std::io::stdin().lock().split(b'\n').map_while(Result::ok);
    lines.filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let name = String::from_utf8_lossy(line);
        let readable = matches!(name, Cow::Borrowed(_));
        (!line.is_empty()).then(|| Input { name: name.into_owned(), readable, from_stdin: true })
    })
}

fn one(args: &InspectArgs, input: &Input, now: DateTime<Utc>) -> Result<Value, Failed> {
    let failed = match &input.name {
        _ if !input.readable => Err(Failed::new("encoding", "the line is not UTF-8")),
        name => named(args, name, now),
    };
    failed.map_err(|failed| match failed.class.as_str() {
        "blocked-address" => Failed {
            hint: Some("private and loopback addresses may be reached with `--allow-private`".into()),
            ..failed
        },
        "missing" | "encoding" if input.from_stdin => Failed {
            hint: Some(
                "`-` takes names of files and URLs from stdin, one a line; not an article or feed itself".into(),
            ),
            ..failed
        },
        _ => failed,
    })
}

fn named(args: &InspectArgs, input: &str, now: DateTime<Utc>) -> Result<Value, Failed> {
    if let Ok(url) = Url::parse(input)
        && url.has_host()
    {
        return feed(args, &fetch(args, url, now)?, now);
    }
    let path = Path::new(input);
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failed::new("missing", "there is no such file or folder"),
        _ => Failed::unreadable(&error),
    })?;
    if metadata.is_dir() {
        return articles(args, path, now);
    }
    let file = FileStat { path: input.to_owned(), absolute: path.to_owned(), stamp: 0, size: 0 };
    let bytes = folder::read(&file, MAX_FEED).map_err(|error| Failed::unreadable(&error))?;
    if !is_article(path, &bytes) {
        return feed(args, &Document { bytes, path: Some(input.to_owned()), ..Document::default() }, now);
    }
    let place = Place::of(args, path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let document = Document { bytes, path: Some(format!("{}{name}", place.above)), ..Document::default() };
    let Some((item, more)) = article(args, &place, &document, input, true, now)? else {
        return Err(Failed::new("not-an-article", "there is no article in it"));
    };
    let mut warnings = place.warnings();
    warnings.extend(more);
    let title = item["title"].as_str().unwrap_or(input).to_owned();
    Ok(shape::document(Format::FrontMatter, &title, vec![item], &warnings))
}

/// Told by the name, else by the first character: markup is a feed, everything else an article.
fn is_article(path: &Path, bytes: &[u8]) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown" | "mdx" | "txt") => true,
        Some("xml" | "rss" | "atom" | "rdf" | "json") => false,
        Some("html" | "htm") => !looks_like_feed(bytes),
        _ => !matches!(first_visible(bytes), Some(b'<' | b'{')),
    }
}

fn first_visible(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

fn looks_like_feed(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_lowercase();
    first_visible(bytes) == Some(b'<') && ["<rss", "<feed", "<rdf:rdf"].iter().any(|root| head.contains(root))
}

fn fetch(args: &InspectArgs, url: Url, now: DateTime<Utc>) -> Result<Document, Failed> {
    let failed = |error: crate::fetch::http::FetchError| Failed::new(error.class, error.message);
    let client = Client::new(&Network { max_body: MAX_FEED, ..network() }, now).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::internal(&error))?;
    let shown = redact(&url);
    let request = Request { url, validators: Validators::default(), allow_private: args.allow_private };
    match runtime.block_on(client.get(request)).map_err(failed)? {
        Response::Document { document, .. } => Ok(document),
        Response::NotModified { .. } => Err(Failed::new(
            "protocol-error",
            format!("`{shown}`: `not modified` in answer to a request without conditions"),
        )),
    }
}

/// The defaults of `[network]`.
fn network() -> Network {
    Network {
        allow_addresses: Vec::new(),
        contact: None,
        timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(10),
        first_byte_timeout: Duration::from_secs(20),
        max_body: MAX_FEED,
        concurrency: 1,
        host_gap: Duration::ZERO,
        min_interval: Duration::ZERO,
    }
}

/// A stand-in for what a config would say. Relative links have nothing to stand on here, and are left out.
fn source(args: &InspectArgs, kind: SourceKind) -> Source {
    Source {
        name: "inspect".into(),
        title: None,
        timezone: zone(args),
        language: None,
        author: None,
        priority: 0,
        add_categories: Vec::new(),
        add_tags: Vec::new(),
        keep: None,
        max_new: MaxNew::Any,
        future: Future::Clamp,
        kind,
        bodies: Arc::default(),
        fingerprint: String::new(),
        line: 0,
        rules: Default::default(),
    }
}

fn zone(args: &InspectArgs) -> Tz {
    args.timezone.unwrap_or(Tz::UTC)
}

/// How a run would read the articles of a folder or file: by the `_config.yml` of the site around it, where there is one.
struct Place {
    source: Source,
    /// What stands before a path, with a `/`: folders between that of the source and the one that is looked at.
    above: String,
}

impl Place {
    fn of(args: &InspectArgs, path: &Path) -> Result<Self, Failed> {
        let reading = ArticleReading {
            permalink: None,
            base: Url::parse("file:///").map_err(|error| Failed::internal(&error))?,
            category_lists: CategoryLists::Flat,
            body: BodyKind::Auto,
            map: BTreeMap::new(),
            site: None,
        };
        let leaves_open = LeavesOpen { timezone: args.timezone.is_none(), base: true };
        let articles = Articles { path: local(path.to_owned()), reading, leaves_open };
        let mut source = crate::pipeline::with_site(source(args, SourceKind::Articles(articles)));
        let above = match &mut source.kind {
            SourceKind::Articles(Articles { reading, .. }) => match &mut reading.site {
                Some(site) if path.is_file() => {
                    // A run names the folder of the posts, not one of them.
                    let (folder, above) = within_posts(&site.root);
                    let folder = folder.to_owned();
                    Arc::make_mut(site).root = folder;
                    above
                }
                Some(_) => String::new(),
                None => above(path),
            },
            SourceKind::Feed(_) => String::new(),
        };
        Ok(Self { source, above })
    }

    fn warnings(&self) -> Vec<Warning> {
        let site = reading_of(&self.source).and_then(|reading| reading.site.as_deref());
        site.map(|site| site.warnings.clone()).unwrap_or_default()
    }
}

fn reading_of(source: &Source) -> Option<&ArticleReading> {
    match &source.kind {
        SourceKind::Articles(articles) => Some(&articles.reading),
        SourceKind::Feed(_) => None,
    }
}

/// The folder of posts within that of a site, and what is below it, with a `/`.
fn within_posts(root: &str) -> (&str, String) {
    let at = ["_posts", "source"].into_iter().find_map(|name| {
        root.match_indices(name).map(|(at, _)| (at, at + name.len())).find(|(at, end)| {
            (*at == 0 || root[..*at].ends_with('/')) && (*end == root.len() || root[*end..].starts_with('/'))
        })
    });
    let (folder, below) = root.split_at(at.map_or(0, |(_, end)| end));
    let below = below.trim_start_matches('/');
    (folder, if below.is_empty() { String::new() } else { format!("{below}/") })
}

/// Where no site is known: the folders from `_posts` on that `path` is in, each with a `/`, for they tell Jekyll's posts;
/// those of Hexo are below `source`. Else those of the path as it was named, for a file.
fn above(path: &Path) -> String {
    let full = std::fs::canonicalize(path).unwrap_or_default();
    let folder = if path.is_dir() { Some(full.as_path()) } else { full.parent() };
    let parts: Vec<&str> = folder.into_iter().flatten().filter_map(|part| part.to_str()).collect();
    let joined = |parts: &[&str]| parts.iter().map(|part| format!("{part}/")).collect();
    match parts.iter().rposition(|part| *part == "_posts") {
        Some(posts) if posts > 0 && parts[posts - 1] == "source" => joined(&parts[posts - 1..]),
        Some(posts) => joined(&parts[posts..]),
        None if path.is_dir() => String::new(),
        None => path
            .parent()
            .map(|folder| folder.iter().filter_map(|part| part.to_str()).collect())
            .map_or_else(String::new, |parts: Vec<&str>| joined(&parts)),
    }
}

fn local(root: PathBuf) -> LocalPath {
    LocalPath { written: root.display().to_string(), root, glob: None, exclude: GlobSet::empty() }
}

fn feed(args: &InspectArgs, document: &Document, now: DateTime<Utc>) -> Result<Value, Failed> {
    if args.raw {
        return Ok(shape::raw_feed(document, &parse::feed::parse_as_written(document, zone(args))?));
    }
    let parsed = parse::feed::parse(document, zone(args))?;
    let location = FeedLocation::Path(local(PathBuf::new()));
    let source =
        source(args, SourceKind::Feed(FeedSource { location, allow_private: false, interval: Duration::ZERO }));
    let facts = shape::raw_feed(document, &parsed);
    let mut warnings = parsed.warnings;
    let mut feed = parsed.value;
    let (mut items, mut rest) = (Vec::new(), Vec::new());
    for mut entry in std::mem::take(&mut feed.entries) {
        if entry.content.is_none() {
            entry.content = entry.summary.take();
        }
        let (body, base, terms) = (entry.content.take(), entry.base.clone(), entry.terms.clone());
        let normalized = normalize::feed_entry(entry, &feed, &source, document.url.as_ref());
        let place = document.path.as_deref().or(document.url.as_ref().map(Url::as_str)).unwrap_or_default();
        warnings.extend(normalized.warnings.into_iter().map(|warning| warning.in_file(place)));
        let mut item = with_language(normalized.value);
        // Feeds that are ahead are dated with the run that sees them first; only what is over is left out.
        item.unpublished = item.unpublished.or_else(|| expired(item.expires, now));
        let base = base.or_else(|| absolute(item.link.as_deref())).or_else(|| document.url.clone());
        rest.push((terms, content(body, base)));
        items.push(item);
    }
    // As a run does: dates that cannot be meant go, and entries that share an id get ids of their own.
    warnings.extend(normalize::dates::plausible(&mut items, now));
    normalize::id::disambiguate(&mut items);
    let shown =
        items.iter().zip(&rest).map(|(item, (terms, content))| shape::item(item, terms, None, content.as_ref()));
    let mut facts = facts;
    facts["items"] = shown.collect();
    facts["_feedmill"]["warnings"] = serde_json::json!(warnings);
    Ok(facts)
}

/// As a feed would show it.
fn with_language(item: Item) -> Item {
    Item { language: normalize::language::of(&item), ..item }
}

/// Why time leaves an article out, where it does.
fn untimely(entry: &Entry, now: DateTime<Utc>) -> Option<String> {
    let held = entry.published.filter(|published| *published > now);
    held.map(|published| format!("not before {}", rfc3339(published))).or_else(|| expired(entry.expires, now))
}

fn expired(expires: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<String> {
    expires.filter(|expires| *expires <= now).map(|expires| format!("expired {}", rfc3339(expires)))
}

fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn absolute(link: Option<&str>) -> Option<Url> {
    Url::parse(link?).ok()
}

fn content(body: Option<Text>, base: Option<Url>) -> Option<Content> {
    body.map(|body| normalize::content(&body, base.as_ref()))
}

/// The articles of a folder, by path.
fn articles(args: &InspectArgs, path: &Path, now: DateTime<Utc>) -> Result<Value, Failed> {
    let scan = folder::scan(&local(path.to_owned()), Wanted::Articles)
        .map_err(|error| Failed::new("unreadable", crate::report::chain(&error)))?;
    let place = Place::of(args, path)?;
    let mut warnings = scan.warnings;
    warnings.extend(place.warnings());
    let read: Vec<(String, Result<Option<Inspected>, Failed>)> = scan
        .files
        .par_iter()
        .map(|file| {
            let result = folder::read(file, folder::MAX_ARTICLE_BYTES)
                .map_err(|error| Failed::unreadable(&error))
                .and_then(|bytes| {
                    let path = format!("{}{}", place.above, file.path);
                    let document = Document { bytes, path: Some(path), ..Document::default() };
                    article(args, &place, &document, &file.path, false, now)
                });
            (file.path.clone(), result)
        })
        .collect();
    let mut items = Vec::new();
    for (path, result) in read {
        match result {
            Ok(Some((item, more))) => {
                items.push(item);
                warnings.extend(more);
            }
            Ok(None) => {}
            Err(failed) => warnings.push(Warning {
                code: failed.class.into(),
                line: failed.line,
                column: failed.column,
                ..Warning::new("article", failed.message).in_file(&path)
            }),
        }
    }
    if items.is_empty() {
        warnings.extend(feed_files(path));
    }
    Ok(shape::document(Format::FrontMatter, &path.display().to_string(), items, &warnings))
}

/// Says so where a folder without articles holds feeds.
fn feed_files(path: &Path) -> Option<Warning> {
    let feeds = folder::scan(&local(path.to_owned()), Wanted::Feeds).ok()?.files;
    let first = path.join(&feeds.first()?.path);
    let message = format!(
        "no article, but {} with the name of a feed; folders are inspected for articles, feeds one by one: \
         `feedmill inspect {}`",
        crate::report::plural(feeds.len(), "file"),
        first.display()
    );
    Some(Warning::new("feeds", message))
}

/// One article as JSON, and its warnings, under the path by which people know it; none where there is no article.
fn article(
    args: &InspectArgs,
    place: &Place,
    document: &Document,
    shown: &str,
    named: bool,
    now: DateTime<Utc>,
) -> Result<Option<Inspected>, Failed> {
    let source = &place.source;
    let Some(reading) = reading_of(source) else { return Ok(None) };
    let Some(parsed) = parse::article::parse(document, reading, source.timezone, named)? else { return Ok(None) };
    let mut warnings = parsed.warnings;
    let mut entry: Entry = parsed.value;
    entry.unpublished = entry.unpublished.take().or_else(|| untimely(&entry, now));
    let value = if args.raw {
        entry.path = Some(shown.to_owned());
        shape::raw_entry(&entry, Some(shown))
    } else {
        warnings.extend(normalize::dropped_tags(&entry, reading));
        let path = entry.path.clone().unwrap_or_default();
        let (body, terms) = (entry.content.take(), entry.terms.clone());
        let normalized = normalize::article(entry, source, reading);
        warnings.extend(normalized.warnings);
        let item = with_language(normalized.value);
        let place = normalize::place(item.link.as_deref(), &path, reading);
        let content = body.map(|body| normalize::article_content(&body, &place, &BodyRules::default()));
        shape::item(&item, &terms, Some(shown), content.as_ref())
    };
    let told = |warning: Warning| Warning { path: None, ..warning }.in_file(shown);
    Ok(Some((value, warnings.into_iter().map(told).collect())))
}
