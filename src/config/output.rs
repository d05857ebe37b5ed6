//! `[output]`, its axes and `[[output.feed]]` → which feeds there are and how each is cut.

use super::fault::{Place, Problem, any_of};
use super::plan::{
    AxisRules, Condition, CustomFeed, Duplicates, FeedRules, Field, Filter, MAX_LIMIT, Output, Pattern, Slugs,
};
use super::read::{Table, Written};
use super::shape::{AXES, CUSTOM, OUTPUT, WHERE};
use super::{local, segment, value};
use crate::model::{Axis, ContentMode, OutputFormat};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const DEFAULT_DIR: &str = "feeds";
const DEFAULT_LIMIT: usize = 50;
const MAX_MIN_ITEMS: usize = 1_000_000;
const DEFAULT_TITLE: &str = "{term} – {site.title}";

const FORMATS: [(&str, OutputFormat); 3] =
    [("rss", OutputFormat::Rss), ("atom", OutputFormat::Atom), ("json", OutputFormat::Json)];
pub(super) const CONTENT: [(&str, ContentMode); 3] =
    [("full", ContentMode::Full), ("summary", ContentMode::Summary), ("none", ContentMode::None)];
const DUPLICATES: [(&str, Duplicates); 2] = [("keep", Duplicates::Keep), ("merge", Duplicates::Merge)];
const SLUGS: [(&str, Slugs); 2] = [("unicode", Slugs::Unicode), ("ascii", Slugs::Ascii)];

/// What a condition of `where` looks at, and its opposite.
const FIELDS: [(&str, &str, Field); 8] = [
    ("source", "not_source", Field::Source),
    ("category", "not_category", Field::Category),
    ("tag", "not_tag", Field::Tag),
    ("author", "not_author", Field::Author),
    ("language", "not_language", Field::Language),
    ("title", "not_title", Field::Title),
    ("text", "not_text", Field::Text),
    ("url", "not_url", Field::Url),
];

/// `[output]` with all that is in it, and the output folder with the place that names it. `sources` are the names a
/// filter may use.
pub(super) fn output(root: &mut Table<'_>, folder: &Path, sources: &[String]) -> ((PathBuf, Place), Output) {
    let default = FeedRules {
        formats: FORMATS.iter().map(|(_, format)| *format).collect(),
        limit: DEFAULT_LIMIT,
        max_age: None,
        max_bytes: None,
        content: ContentMode::Full,
        duplicates: Duplicates::Keep,
    };
    let default_dir = folder.join(DEFAULT_DIR);
    let Some(mut table) = root.table("output", &OUTPUT) else {
        let axis = axis_rules(&default);
        let output = Output {
            dir: default_dir.clone(),
            by: vec![Axis::Category],
            slugs: Slugs::Unicode,
            all: default,
            axes: BTreeMap::from([(Axis::Category, axis)]),
            feeds: Vec::new(),
        };
        return ((default_dir, Place::File(0)), output);
    };
    let dir_place = table.place_of("dir");
    let dir = table.parse("dir", |text| local::path(text, folder)).unwrap_or(default_dir);
    let words = AXES.each_ref().map(|(word, axis, _)| (*word, *axis));
    let by = table.choices("by", &words).unwrap_or_else(|| vec![Axis::Category]);
    let slugs = table.choice("slugs", &SLUGS).unwrap_or(Slugs::Unicode);
    let all = rules(&mut table, &default);
    let axes = axes(&mut table, &by, &all);
    let feeds = custom_feeds(&mut table, &all, sources);
    table.finish();
    ((dir.clone(), dir_place), Output { dir, by, slugs, all, axes, feeds })
}

/// The keys that every level has, over those of the level above.
fn rules(table: &mut Table<'_>, above: &FeedRules) -> FeedRules {
    let formats_place = table.place_of("formats");
    let formats = table.choices("formats", &FORMATS);
    if formats.as_ref().is_some_and(Vec::is_empty) {
        let words = any_of(FORMATS.iter().map(|(word, _)| *word));
        table.fault("formats", &formats_place, Problem::new(format!("names no format, expected {words}")));
    }
    FeedRules {
        formats: formats.unwrap_or_else(|| above.formats.clone()),
        limit: table.number("limit", 1, MAX_LIMIT).unwrap_or(above.limit),
        max_age: table.positive_duration("max_age").or(above.max_age),
        max_bytes: table.size("max_bytes").or(above.max_bytes),
        content: table.choice("content", &CONTENT).unwrap_or(above.content),
        duplicates: table.choice("duplicates", &DUPLICATES).unwrap_or(above.duplicates),
    }
}

fn axis_rules(rules: &FeedRules) -> AxisRules {
    AxisRules { rules: rules.clone(), min_items: 1, title: DEFAULT_TITLE.to_owned(), slug: BTreeMap::new() }
}

fn axes(output: &mut Table<'_>, by: &[Axis], all: &FeedRules) -> BTreeMap<Axis, AxisRules> {
    let mut axes = BTreeMap::new();
    for (word, axis, shape) in &AXES {
        let mut found = axis_rules(all);
        if let Some(mut table) = output.table(word, shape) {
            if !by.contains(axis) {
                let problem = Problem::new(format!("{} has no effect: `by` does not name `{word}`", shape.name));
                output.faults().push_absent(&table.place, problem.hint(format!("add `\"{word}\"` to `[output] by`")));
            }
            found.rules = rules(&mut table, all);
            if let Some(number) = table.number("min_items", 1, MAX_MIN_ITEMS) {
                found.min_items = number;
            }
            if let Some(title) = table.parse("title", value::title_template) {
                found.title = title;
            }
            found.slug = slug_map(&mut table);
            table.finish();
        }
        if by.contains(axis) {
            axes.insert(*axis, found);
        }
    }
    axes
}

/// `slug = { "金融" = "finance" }`: each name once, each slug once.
fn slug_map(table: &mut Table<'_>) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut slugs: BTreeMap<String, String> = BTreeMap::new();
    let mut entries = table.words("slug", "write `slug = { \"金融\" = \"finance\" }`");
    entries.sort_by(|a, b| a.0.place.cmp(&b.0.place));
    for (name, texts) in entries {
        let (shown, [slug]) = (value::shown(&name.text), texts.as_slice()) else {
            let problem = Problem::new(format!("`{}` has several slugs, expected one", value::shown(&name.text)));
            table.faults().push(&name.place, problem);
            continue;
        };
        match segment::slug(&slug.text) {
            Err(problem) => {
                table.fault(&format!("slug` of `{shown}"), &slug.place, problem);
                continue;
            }
            Ok(slug) => map.insert(name.text.clone(), slug),
        };
        if let Some(other) = names.insert(segment::fold(&name.text), shown.clone()) {
            let problem = Problem::new(format!("`{other}` and `{shown}` are one name, expected one slug for it"));
            table.faults().push(&name.place, problem);
        } else if let Some(other) = slugs.insert(segment::fold(&slug.text), shown.clone()) {
            let shown_slug = value::shown(&slug.text);
            let problem = Problem::new(format!("`{other}` and `{shown}` have the same slug `{shown_slug}`"));
            table.faults().push(&slug.place, problem.hint("their feeds would be one folder; give one another slug"));
        }
    }
    map
}

fn custom_feeds(output: &mut Table<'_>, all: &FeedRules, sources: &[String]) -> Vec<CustomFeed> {
    let mut feeds = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for mut table in output.tables("feed", &CUSTOM) {
        table.need("name", "add `name = \"…\"`, which names its folder");
        let place = table.place_of("name");
        let name = table.parse("name", |text| {
            segment::reserved(text)?;
            value::name(text)
        });
        // Folders whose names differ in case only are one on some systems.
        if let Some(name) = &name
            && let Some(other) = names.insert(name.to_lowercase(), name.clone())
        {
            let problem = Problem::new(format!("is `{name}`, but `{other}` is the name of another `[[output.feed]]`"));
            table.fault("name", &place, problem.hint("choose another"));
        }
        let title = table.text("title");
        let description = table.text("description");
        let age_place = table.has("max_age").then(|| table.place_of("max_age"));
        let mut rules = rules(&mut table, all);
        let filter = match table.table("where", &WHERE) {
            Some(mut conditions) => {
                if conditions.has("max_age") {
                    if let Some(place) = age_place {
                        let problem = Problem::new("`max_age` is given twice, in the feed and in its `where`");
                        table.faults().push(&place, problem.hint("keep one of them"));
                    }
                    rules.max_age = conditions.positive_duration("max_age");
                }
                let filter = filter(&mut conditions, sources);
                conditions.finish();
                filter
            }
            None => fingerprinted(Vec::new()),
        };
        table.finish();
        if let Some(name) = name {
            let title = title.unwrap_or_else(|| name.clone());
            feeds.push(CustomFeed { name, title, description, rules, filter });
        }
    }
    feeds
}

pub(super) fn filter(table: &mut Table<'_>, sources: &[String]) -> Filter {
    let mut conditions = Vec::new();
    for (plain, not, field) in FIELDS {
        for (key, negated) in [(plain, false), (not, true)] {
            let Some(texts) = table.one_or_more(key) else { continue };
            let any_of: Vec<Pattern> = texts.iter().filter_map(|written| pattern(table, key, field, written)).collect();
            if field == Field::Source {
                for (written, pattern) in texts.iter().zip(&any_of).filter(|_| any_of.len() == texts.len()) {
                    known_source(table, key, written, pattern, sources);
                }
            }
            conditions.push(Condition { field, negated, any_of });
        }
    }
    fingerprinted(conditions)
}

pub(super) fn pattern(table: &Table<'_>, key: &str, field: Field, written: &Written) -> Option<Pattern> {
    let read = match value::regex(&written.text) {
        Some(regex) => regex.map(Pattern::Regex),
        None => value::text(&written.text).map(|text| match field {
            Field::Title | Field::Text | Field::Url => Pattern::Substring(text),
            Field::Source | Field::Category | Field::Tag | Field::Author | Field::Language => Pattern::Term(text),
        }),
    };
    read.map_err(|problem| table.fault(key, &written.place, problem)).ok()
}

fn known_source(table: &Table<'_>, key: &str, written: &Written, pattern: &Pattern, sources: &[String]) {
    let known = match pattern {
        Pattern::Regex(regex) => sources.iter().any(|name| regex.is_match(name)),
        Pattern::Term(term) => sources.iter().any(|name| segment::fold(name) == segment::fold(term)),
        Pattern::Substring(_) => true,
    };
    if !known {
        let text = value::shown(&written.text);
        let problem = Problem::new(format!("`{key}` has `{text}`, which names no source of this config"));
        let near = super::fault::nearest(&written.text, sources.iter().map(String::as_str));
        table.faults().push_absent(
            &written.place,
            match near {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None if sources.is_empty() => problem,
                None => problem.hint(format!("sources are {}", some_of(sources))),
            },
        );
    }
}

/// A few names of many.
pub(super) fn some_of(names: &[String]) -> String {
    let few: Vec<String> = names.iter().take(8).map(|name| format!("`{}`", value::shown(name))).collect();
    let more = if names.len() > few.len() { ", …" } else { "" };
    format!("{}{more}", few.join(", "))
}

/// Adds the text by which a changed filter is noticed; the order in which patterns are written does not matter.
fn fingerprinted(conditions: Vec<Condition>) -> Filter {
    let lines = conditions.iter().map(|condition| {
        let mut patterns: Vec<[&str; 2]> = condition
            .any_of
            .iter()
            .map(|pattern| match pattern {
                Pattern::Term(text) => ["term", text.as_str()],
                Pattern::Substring(text) => ["substring", text.as_str()],
                Pattern::Regex(regex) => ["regex", regex.as_str()],
            })
            .collect();
        patterns.sort_unstable();
        let field = FIELDS.iter().find(|(_, _, field)| *field == condition.field);
        let key = field.map_or("", |(plain, not, _)| if condition.negated { not } else { plain });
        serde_json::json!([key, patterns]).to_string()
    });
    let fingerprint = lines.collect::<Vec<_>>().join("\n");
    Filter { conditions, fingerprint }
}
