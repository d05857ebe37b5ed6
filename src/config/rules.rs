//! `[rules.NAME]`, the sets of rules that `use` names, and the same keys in a source → the rules of each source.

use super::fault::{Place, Problem, nearest};
use super::language;
use super::output::{self, CONTENT, some_of};
use super::plan::{CategoryRules, Field, Fields, Filter, MAX_LIMIT, Pattern, Rename, Rules, TagRules};
use super::read::{Table, Written};
use super::shape::{CATEGORY_RULES, GIVEN, MATCH, RULES, TAG_RULES};
use super::site::author;
use super::source::category_paths;
use super::value::{self, shown};
use crate::model::Person;
use crate::normalize::term;
use std::collections::{BTreeMap, BTreeSet};

/// What a title of an item can be made of.
const TITLE_PLACES: [&str; 5] = ["title", "source.title", "source.name", "author", "category"];

/// The sets of the config, by name, and those that every source uses.
#[derive(Debug, Default)]
pub(super) struct Sets {
    by_name: BTreeMap<String, Rules>,
    everywhere: Rules,
    /// Names of sources that a filter may use.
    sources: Vec<String>,
}

/// `[rules.NAME]`. Sets that nobody uses are checked, too.
pub(super) fn sets(root: &mut Table<'_>, sources: &[String]) -> Sets {
    let mut sets = Sets { sources: sources.to_vec(), ..Sets::default() };
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (name, mut table) in root.named_tables("rules", &RULES) {
        if let Some(other) = seen.insert(name.text.to_lowercase(), name.text.clone()) {
            let message =
                format!("`[rules.{}]` and `[rules.{}]` differ in case only", shown(&other), shown(&name.text));
            root.faults().push(&name.place, Problem::new(message).hint("choose another name for one of them"));
        }
        if let Err(problem) = value::name(&name.text) {
            let message = format!("the name of a `[rules.…]` {}", problem.message);
            root.faults().push(&name.place, Problem::new(message).hint("write it as in `[rules.no-ads]`"));
        }
        let rules = sets.own(&mut table);
        only_tables(&mut table, "exclude");
        table.finish();
        sets.by_name.insert(name.text, rules);
    }
    sets
}

impl Sets {
    /// `[site] use`: what every source uses first.
    pub(super) fn use_everywhere(&mut self, site: &mut Table<'_>) {
        self.everywhere = self.used(site, Rules::default());
    }

    /// The rules of a source: those of all sources, those that it uses, its own.
    pub(super) fn of_source(&self, source: &mut Table<'_>) -> Rules {
        let used = self.used(source, self.everywhere.clone());
        used.followed_by(self.own(source))
    }

    fn used(&self, table: &mut Table<'_>, before: Rules) -> Rules {
        let mut rules = before;
        let mut seen = BTreeSet::new();
        let names = match table.place_of("use") {
            // Between commas.
            Place::Env(_) if table.has("use") => table.texts("use"),
            _ => table.one_or_more("use"),
        };
        for written in names.unwrap_or_default() {
            let Written { place, text } = written;
            if !seen.insert(text.clone()) {
                table.fault("use", &place, Problem::new(format!("names `{}` twice", shown(&text))));
            } else if let Some(set) = self.by_name.get(&text) {
                rules = rules.followed_by(set.clone());
            } else {
                self.unknown(table, &place, &text);
            }
        }
        rules
    }

    fn unknown(&self, table: &Table<'_>, place: &Place, text: &str) {
        let problem = Problem::new(format!("`use` has `{}`, which names no `[rules.…]` of this config", shown(text)));
        let names: Vec<String> = self.by_name.keys().cloned().collect();
        let hint = match nearest(text, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => format!("add `[rules.{}]`", shown(text)),
            None => format!("there are {}", some_of(&names)),
        };
        table.faults().push_absent(place, problem.hint(hint));
    }

    /// The rules that stand in a table. `exclude` may hold more than they: of articles, files.
    fn own(&self, table: &mut Table<'_>) -> Rules {
        let include = self.filters(table, "include");
        only_tables(table, "include");
        let exclude = self.filters(table, "exclude");
        let categories = table.table("categories", &CATEGORY_RULES).map(category_rules);
        let tags = table.table("tags", &TAG_RULES).map(tag_rules);
        let set = table.table("set", &GIVEN).map(fields).unwrap_or_default();
        let fill = fill(table, &set);
        Rules {
            include: if include.is_empty() { Vec::new() } else { vec![include] },
            exclude,
            categories: categories.into_iter().collect(),
            tags: tags.into_iter().collect(),
            set,
            fill,
            title: table.parse("item_title", |text| value::template(text, &TITLE_PLACES)),
            content: table.choice("content", &CONTENT),
            limit: table.number("limit", 1, MAX_LIMIT),
            max_age: table.positive_duration("max_age"),
            max_bytes: table.size("max_bytes"),
        }
    }

    fn filters(&self, table: &mut Table<'_>, key: &'static str) -> Vec<Filter> {
        let mut filters = Vec::new();
        for mut conditions in table.tables_among(key, &MATCH) {
            if conditions.is_empty() {
                let problem = Problem::new("has no condition, expected at least one");
                table.fault(key, &conditions.place, problem.hint(format!("write `{key} = {{ title = [\"…\"] }}`")));
            }
            filters.push(output::filter(&mut conditions, &self.sources));
            conditions.finish();
        }
        filters
    }
}

/// Says so if a key of filters has anything but tables.
pub(super) fn only_tables(table: &mut Table<'_>, key: &'static str) {
    if let Some((place, found)) = table.rest_of(key) {
        let problem = Problem::new(format!("has {found}, expected a table or a list of tables"));
        table.fault(key, &place, problem.hint(format!("write `{key} = {{ title = [\"…\"] }}`")));
    }
}

/// `fill`, which has no say where `set` has one.
fn fill(table: &mut Table<'_>, set: &Fields) -> Fields {
    let Some(given) = table.table("fill", &GIVEN) else { return Fields::default() };
    let places = GIVEN.keys.iter().map(|key| (*key, given.place_of(key)));
    let places: BTreeMap<&str, Place> = places.filter(|(key, _)| given.has(key)).collect();
    let set = [
        ("author", set.author.is_some()),
        ("language", set.language.is_some()),
        ("categories", set.categories.is_some()),
        ("tags", set.tags.is_some()),
        ("image", set.image.is_some()),
    ];
    for (key, place) in set.iter().filter(|(_, is_set)| *is_set).filter_map(|(key, _)| places.get_key_value(key)) {
        let problem = Problem::new(format!("`fill` has no effect on `{key}`, which `set` replaces"));
        table.faults().push(place, problem.hint("keep one of them"));
    }
    fields(given)
}

fn fields(mut table: Table<'_>) -> Fields {
    // Cleaned as those of items are.
    let named = |person: Person| Person { name: person.name.map(|name| term::clean(&name)), ..person };
    let fields = Fields {
        author: author(&mut table).map(named),
        language: table.parse("language", language::language),
        categories: category_paths(&mut table).map(|paths| {
            let clean = |path: Vec<String>| path.iter().map(|name| term::clean(name)).collect();
            paths.into_iter().map(clean).collect()
        }),
        tags: table.parse_each("tags", name),
        // What has a dot is a file more often than a host.
        image: table
            .parse("image", |text| match value::http_url(text) {
                Err(problem) if !text.contains("//") => Err(Problem { hint: None, ..problem }),
                other => other,
            })
            .map(String::from),
    };
    table.finish();
    fields
}

fn category_rules(mut table: Table<'_>) -> CategoryRules {
    let rules = CategoryRules {
        from_tags: table.flag("from_tags").unwrap_or(false),
        // With the white space around it: `" - "` does not part `Sci-Fi`.
        split: table.parse("split", |text| value::text(text).map(|_| text.to_owned())),
        rename: rename(&mut table),
        parent: parents(&mut table),
        hide: patterns(&mut table, "hide"),
        only: patterns(&mut table, "only"),
    };
    table.finish();
    rules
}

fn tag_rules(mut table: Table<'_>) -> TagRules {
    let rules =
        TagRules { rename: rename(&mut table), hide: patterns(&mut table, "hide"), only: patterns(&mut table, "only") };
    table.finish();
    rules
}

fn patterns(table: &mut Table<'_>, key: &'static str) -> Vec<Pattern> {
    let texts = table.one_or_more(key).unwrap_or_default();
    texts.iter().filter_map(|written| output::pattern(table, key, Field::Category, written)).collect()
}

/// `rename = { "Tech" = "Technology", "/(?i)^rust/" = ["Programming", "Rust"] }`.
fn rename(table: &mut Table<'_>) -> Rename {
    let mut rename = Rename::default();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (from, to) in in_order(table, "rename", "write `rename = { \"Tech\" = \"Technology\" }`") {
        let to = names(table, "rename", &from, to);
        match output::pattern(table, "rename", Field::Category, &from) {
            Some(Pattern::Regex(regex)) => rename.patterns.push((Pattern::Regex(regex), to)),
            Some(_) => {
                let key = path_key(&from.text);
                only_once(table, &mut known, &key, &from);
                // `A / B` is a name as well.
                rename.names.insert(term::fold(&from.text), to.clone());
                rename.names.insert(key, to);
            }
            None => {}
        }
    }
    rename
}

/// `parent = { "Rust" = "Programming" }`; a list is a path.
fn parents(table: &mut Table<'_>) -> BTreeMap<String, Vec<String>> {
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let written = in_order(table, "parent", "write `parent = { \"Rust\" = \"Programming\" }`");
    for (child, above) in &written {
        let above = names(table, "parent", child, above.clone());
        let key = term::fold(&child.text);
        only_once(table, &mut known, &key, child);
        if !above.is_empty() {
            parents.insert(key, above);
        }
    }
    let circles = circles(&parents);
    for (child, _) in written.iter().filter(|(child, _)| circles.contains(&term::fold(&child.text))) {
        let problem = Problem::new(format!("`parent` of `{}` leads back to itself", shown(&child.text)));
        table.faults().push(&child.place, problem.hint("the outermost category has no parent"));
    }
    parents
}

/// The names from which one comes back to them, going from each to the outermost of its parents.
fn circles(parents: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut circles = BTreeSet::new();
    let mut done: BTreeSet<String> = BTreeSet::new();
    for start in parents.keys() {
        let mut way: Vec<String> = Vec::new();
        let mut stood: BTreeMap<String, usize> = BTreeMap::new();
        let mut at = start.clone();
        while let Some(above) = parents.get(&at).filter(|_| !done.contains(&at)) {
            if let Some(first) = stood.insert(at.clone(), way.len()) {
                circles.extend(way.drain(first..));
                break;
            }
            way.push(at);
            at = above.first().map(|name| term::fold(name)).unwrap_or_default();
        }
        done.extend(stood.into_keys());
    }
    circles
}

/// The entries of a table of names as the file has them.
fn in_order(table: &mut Table<'_>, key: &'static str, hint: &str) -> Vec<(Written, Vec<Written>)> {
    let mut entries = table.words(key, hint);
    entries.sort_by(|a, b| a.0.place.cmp(&b.0.place));
    entries
}

fn names(table: &Table<'_>, key: &str, of: &Written, written: Vec<Written>) -> Vec<String> {
    let key = format!("{key}` of `{}", shown(&of.text));
    let read = |w: Written| name(&w.text).map_err(|problem| table.fault(&key, &w.place, problem)).ok();
    written.into_iter().filter_map(read).collect()
}

/// A name as items have it.
fn name(text: &str) -> Result<String, Problem> {
    value::text(&term::clean(text))
}

fn only_once(table: &Table<'_>, known: &mut BTreeMap<String, String>, key: &str, written: &Written) {
    let shown = shown(&written.text);
    if let Some(other) = known.insert(key.to_owned(), shown.clone()) {
        let problem = Problem::new(format!("`{other}` and `{shown}` are one name, expected it once"));
        table.faults().push(&written.place, problem);
    }
}

/// The key of a name; of a path, of its names.
fn path_key(text: &str) -> String {
    text.split('/').map(term::fold).collect::<Vec<_>>().join("/")
}
