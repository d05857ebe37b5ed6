//! `[[source.articles]]` and `[[source.feed]]` → the sources of the plan, in the order of the file.

use super::fault::{Lines, Place, Problem};
use super::local::{self, local_path};
use super::plan::{
    ArticleReading, Articles, BodyKind, BodyRules, CategoryLists, FeedLocation, FeedSource, LeavesOpen, LocalPath,
    MaxNew, Network, Site, Source, SourceKind,
};
use super::read::{Node, Table, Value};
use super::rules::{Sets, only_tables};
use super::shape::{ADD, ARTICLES, FEED, SOURCE};
use super::site::author;
use super::value::{duration_text, shown};
use super::{language, value};
use crate::model::Future;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CATEGORY_LISTS: [(&str, CategoryLists); 2] = [("flat", CategoryLists::Flat), ("path", CategoryLists::Path)];
const FUTURES: [(&str, Future); 3] = [("clamp", Future::Clamp), ("hold", Future::Hold), ("keep", Future::Keep)];
/// Either way of 0.
const MAX_PRIORITY: i32 = 1_000;
const BODIES: [(&str, BodyKind); 4] =
    [("auto", BodyKind::Auto), ("html", BodyKind::Html), ("markdown", BodyKind::Markdown), ("text", BodyKind::Text)];

/// What `keep` and `max_new` may be.
const MAX_KEEP: usize = 1_000_000;

/// What `map` can fill.
pub(super) const MAP_FIELDS: [&str; 14] = [
    "title",
    "date",
    "updated",
    "author",
    "categories",
    "tags",
    "summary",
    "image",
    "link",
    "id",
    "slug",
    "language",
    "draft",
    "expires",
];

/// The names of all sources, right or wrong, for filters that refer to them.
pub(super) fn names(root: &Table<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let Some(Value::Table(kinds)) = root.peek("source") else { return names };
    for (_, node) in kinds.values() {
        let Value::List(tables) = &node.value else { continue };
        for table in tables {
            if let Value::Table(entries) = &table.value
                && let Some((_, Node { value: Value::Text(name), .. })) = entries.get("name")
            {
                names.push(name.clone());
            }
        }
    }
    names.sort_unstable();
    names
}

/// All sources. `site` is none where it has faults; then nothing comes out, but everything is checked.
pub(super) fn sources(
    root: &mut Table<'_>,
    folder: &Path,
    site: Option<&Site>,
    network: &Network,
    sets: &Sets,
    lines: &Lines<'_>,
) -> Vec<Source> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut written = root.has("source");
    if let Some(mut kinds) = root.table("source", &SOURCE) {
        written = !kinds.is_empty();
        tables.extend(kinds.tables("articles", &ARTICLES));
        tables.extend(kinds.tables("feed", &FEED));
        kinds.finish();
    }
    if tables.is_empty() && !written {
        let problem = Problem::new("no source is configured, expected `[[source.articles]]` or `[[source.feed]]`");
        let hint = "for example `[[source.articles]]`, `name = \"posts\"`, `path = \"content/posts\"`";
        root.faults().push_absent(&Place::File(0), problem.hint(hint));
    }
    tables.sort_by(|a, b| a.place.cmp(&b.place));
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut sources = Vec::new();
    for table in tables {
        let line = match &table.place {
            Place::File(offset) => lines.position(*offset).0,
            Place::Env(_) => 1,
        };
        sources.extend(source(table, line, folder, site, network, sets, &mut seen));
    }
    sources
}

fn source(
    mut table: Table<'_>,
    line: usize,
    folder: &Path,
    site: Option<&Site>,
    network: &Network,
    sets: &Sets,
    seen: &mut BTreeMap<String, String>,
) -> Option<Source> {
    let is_feed = table.shape.name == FEED.name;
    let name = unique_name(&mut table, seen);
    let title = table.text("title");
    let zone = table.parse("timezone", value::timezone);
    let language = table.parse("language", language::language);
    let author = author(&mut table);
    let priority = table.integer("priority", -MAX_PRIORITY, MAX_PRIORITY).unwrap_or(0);
    let (add_categories, add_tags) = add(&mut table);
    let keep = table.number("keep", 1, MAX_KEEP);
    let max_new = max_new(&mut table);
    // Before the kind: of what `exclude` has, articles take the files.
    let rules = sets.of_source(&mut table);
    let future = table.choice("future", &FUTURES);
    let kind = if is_feed {
        only_tables(&mut table, "exclude");
        feed(&mut table, folder, network).map(SourceKind::Feed)
    } else {
        let timezone = zone.is_none() && site.is_some_and(|site| !site.names_timezone);
        articles(&mut table, folder, site, timezone).map(SourceKind::Articles)
    };
    table.finish();
    let mut source = Source {
        name: name?,
        title,
        timezone: zone.or(site.map(|site| site.timezone)).unwrap_or(Tz::UTC),
        language,
        author,
        priority,
        add_categories,
        add_tags,
        keep,
        max_new,
        future: future.unwrap_or(if is_feed { Future::Clamp } else { Future::Hold }),
        kind: kind?,
        bodies: Arc::default(),
        fingerprint: String::new(),
        line,
        rules,
    };
    source.fingerprint = fingerprint(&source);
    Some(source)
}

/// Gives a source the rules of `[content]`; with other rules its bodies read otherwise.
pub(super) fn set_body_rules(source: &mut Source, rules: &Arc<BodyRules>) {
    source.bodies = Arc::clone(rules);
    source.fingerprint = fingerprint(source);
}

/// The name, which no other source may have. Names that differ in case only would be one in `where`.
fn unique_name(table: &mut Table<'_>, seen: &mut BTreeMap<String, String>) -> Option<String> {
    table.need("name", "add `name = \"…\"`, by which reports and filters know it");
    let place = table.place_of("name");
    let name = table.parse("name", value::name)?;
    if let Some(other) = seen.insert(name.to_lowercase(), name.clone()) {
        let problem = Problem::new(format!("is `{name}`, but `{other}` is the name of another source"));
        table.fault("name", &place, problem.hint("names are unique over all kinds of source; choose another"));
    }
    Some(name)
}

/// `max_new = 20`, or `"any"`.
fn max_new(table: &mut Table<'_>) -> MaxNew {
    match table.peek("max_new") {
        Some(Value::Text(text)) if text.trim().parse::<i64>().is_err() => table.parse("max_new", |text| match text {
            "any" => Ok(MaxNew::Any),
            _ => Err(Problem::new(format!("is `{}`, expected a whole number or `any`", shown(text)))),
        }),
        _ => table.number("max_new", 1, MAX_KEEP).map(MaxNew::AtMost),
    }
    .unwrap_or(MaxNew::Learned)
}

/// `open_zone`: nobody names the time zone of its dates.
fn articles(table: &mut Table<'_>, folder: &Path, site: Option<&Site>, open_zone: bool) -> Option<Articles> {
    if !table.has("path") && !table.has("url") {
        table.need("path", "add `path = \"…\"`, a file, a folder or a glob");
    }
    let path = table.parse("path", |text| local_path(text, folder));
    let exclude = exclude(table);
    let permalink = table.parse("permalink", value::permalink);
    let base = table.parse("base", value::base_url);
    let category_lists = table.choice("category_lists", &CATEGORY_LISTS).unwrap_or(CategoryLists::Flat);
    let body = table.choice("body", &BODIES).unwrap_or(BodyKind::Auto);
    let map = map(table);
    let leaves_open = LeavesOpen { timezone: open_zone, base: base.is_none() };
    let base = base.or_else(|| site.map(|site| site.url.clone()))?;
    Some(Articles {
        path: LocalPath { exclude, ..path? },
        reading: ArticleReading { permalink, base, category_lists, body, map, site: None },
        leaves_open,
    })
}

fn exclude(table: &mut Table<'_>) -> globset::GlobSet {
    let place = table.place_of("exclude");
    let patterns = table.parse_each("exclude", |text| local::exclude_globs(text).map(|_| text.to_owned()));
    local::exclude(&patterns.unwrap_or_default()).unwrap_or_else(|problem| {
        table.fault("exclude", &place, problem);
        globset::GlobSet::empty()
    })
}

/// `map = { image = ["headimg", "thumbnail"] }`.
fn map(table: &mut Table<'_>) -> BTreeMap<String, Vec<String>> {
    let mut map = BTreeMap::new();
    for (field, keys) in table.words("map", "write `map = { image = [\"thumbnail\"] }`") {
        if !MAP_FIELDS.contains(&field.text.as_str()) {
            let problem = Problem::new(format!("unknown field `{}` in `map`", shown(&field.text)));
            let hint = match super::fault::nearest(&field.text, MAP_FIELDS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("fields are {}", super::fault::any_of(MAP_FIELDS).replace(" or ", " and ")),
            };
            table.faults().push(&field.place, problem.hint(hint));
        }
        let read_one = |written: super::read::Written| {
            value::text(&written.text).map_err(|problem| table.fault(&field.text, &written.place, problem)).ok()
        };
        map.insert(field.text.clone(), keys.into_iter().filter_map(read_one).collect());
    }
    map
}

fn feed(table: &mut Table<'_>, folder: &Path, network: &Network) -> Option<FeedSource> {
    match (table.has("url"), table.has("path")) {
        (true, true) => {
            let problem = Problem::new(format!("{} has both `url` and `path`, expected one of them", FEED.name));
            table.faults().push(&table.place, problem.hint("make two sources of them"));
        }
        (false, false) if !table.has("opml") => {
            let problem = Problem::new(format!("{} has neither `url` nor `path`, expected one of them", FEED.name));
            table.faults().push_absent(&table.place, problem.hint("add `url = \"https://…\"`"));
        }
        _ => {}
    }
    let url = table.parse("url", value::document_url);
    let path = table.parse("path", |text| local_path(text, folder));
    let allow_private = table.flag("allow_private").unwrap_or(false);
    let interval = interval(table, network.min_interval);
    let location = url.map(FeedLocation::Url).or(path.map(FeedLocation::Path))?;
    Some(FeedSource { location, allow_private, interval })
}

/// The source's own `min_interval`, which may only be longer than everyone's.
fn interval(table: &mut Table<'_>, least: Duration) -> Duration {
    let place = table.place_of("min_interval");
    let Some(own) = table.duration("min_interval") else { return least };
    if own < least {
        let message = format!(
            "`min_interval` is `{}`, less than the `{}` of `[network] min_interval`",
            duration_text(own),
            duration_text(least)
        );
        table
            .faults()
            .push_absent(&place, Problem::new(message).hint("lower `[network] min_interval` if that is meant"));
    }
    own.max(least)
}

/// `add = { categories = ["Tech", ["Tech", "Rust"]], tags = [] }`: a list in the list of categories is a path.
fn add(table: &mut Table<'_>) -> (Vec<Vec<String>>, Vec<String>) {
    let Some(mut add) = table.table("add", &ADD) else { return (Vec::new(), Vec::new()) };
    let categories = category_paths(&mut add).unwrap_or_default();
    let tags = add.parse_each("tags", value::text).unwrap_or_default();
    add.finish();
    (categories, tags)
}

/// `categories = ["Tech", ["Tech", "Rust"]]`: a list in the list is a path.
pub(super) fn category_paths(table: &mut Table<'_>) -> Option<Vec<Vec<String>>> {
    let mut categories = Vec::new();
    for node in table.list("categories")? {
        let names = match node.value {
            Value::List(names) if !names.is_empty() => names,
            Value::List(_) => {
                table.fault("categories", &node.place, Problem::new("holds an empty list, expected names"));
                continue;
            }
            _ => vec![node],
        };
        let path: Vec<String> = names.into_iter().filter_map(|name| category(table, name)).collect();
        categories.push(path);
    }
    Some(categories)
}

fn category(add: &Table<'_>, node: Node) -> Option<String> {
    let read = match &node.value {
        Value::Text(text) => value::text(text),
        other => Err(Problem::new(format!("holds {}, expected texts or lists of texts", other.describe()))),
    };
    read.map_err(|problem| add.fault("categories", &node.place, problem)).ok()
}

/// A hash of all settings that change what the source's documents are read as. Paths are not among them: the same
/// folder in another place reads the same.
fn fingerprint(source: &Source) -> String {
    let reading = match &source.kind {
        SourceKind::Articles(articles) => {
            let ArticleReading { permalink, base, category_lists, body, map, site: _ } = &articles.reading;
            let lists = CATEGORY_LISTS.iter().find(|(_, lists)| lists == category_lists).map(|(word, _)| word);
            let body = BODIES.iter().find(|(_, kind)| kind == body).map(|(word, _)| word);
            serde_json::json!([permalink, base.as_str(), lists, body, map])
        }
        SourceKind::Feed(_) => serde_json::Value::Null,
    };
    let settings = serde_json::json!([
        source.kind.as_str(),
        source.title,
        source.timezone.name(),
        source.language,
        source.author,
        source.add_categories,
        source.add_tags,
        FUTURES.iter().find(|(_, future)| *future == source.future).map(|(word, _)| word),
        reading,
        source.bodies.remove_tracking,
        source.bodies.iframes,
    ]);
    blake3::hash(settings.to_string().as_bytes()).to_hex()[..32].to_owned()
}
