//! Front matter → an entry: which key means what, in Hexo, Jekyll, Hugo, Zola, Eleventy, Pelican, Astro, Obsidian and
//! VuePress. The keys that a source maps come first, then the built-in names in the order of the tables here.

mod dates;

use super::file_name::{self, FileName};
use super::front_matter::Front;
use super::node::{Node, Table, lookup};
use super::values;
use crate::config::plan::{ArticleReading, CategoryLists};
use crate::model::{DateSource, Entry, Text, Warning};
use crate::parse::date;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use std::collections::HashSet;

/// What a built-in name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Published,
    Updated,
    Expires,
    Authors,
    Categories,
    Tags,
    Taxonomies,
    Summary,
    Image,
    Link,
    ExternalLink,
    Path,
    Slug,
    Id,
    Language,
    Enclosures,
    Rights,
}

/// Built-in names, compared without case, `_`, `-` and spaces (`publishDate`, `publish_date`). Of several names of
/// one field the first that says something counts; categories, tags and enclosures take all.
const NAMES: &[(Field, &[&str])] = &[
    (Field::Title, &["title", "headline"]),
    (
        Field::Published,
        // Hugo dates its feeds by `publishDate`.
        &[
            "publishdate",
            "date",
            "pubdate",
            "pubdatetime",
            "published",
            "publishedat",
            "publishedon",
            "publisheddate",
            "datepublished",
            "datetime",
            "created",
            "createdat",
            "createddate",
            "creationdate",
            "datecreated",
            "createtime",
        ],
    ),
    (
        Field::Updated,
        &[
            "updated",
            "lastmod",
            "lastmodifiedat",
            "lastmodified",
            "modified",
            "modifiedat",
            "moddatetime",
            "datemodified",
            "updatedat",
            "updateddate",
            "dateupdated",
            "lastupdated",
            "lastupdate",
            "updatetime",
        ],
    ),
    (Field::Expires, &["expirydate", "expires", "expiredate", "expirationdate", "unpublishdate"]),
    (Field::Authors, &["authors", "author", "byline", "creator"]),
    (Field::Categories, &["categories", "category"]),
    (Field::Tags, &["tags", "tag"]),
    (Field::Taxonomies, &["taxonomies"]),
    (Field::Summary, &["summary", "excerpt", "description", "abstract", "desc"]),
    (
        Field::Image,
        &[
            "image",
            "cover",
            "coverimage",
            "featuredimage",
            "featureimage",
            "featureimg",
            "ogimage",
            "headimg",
            "headerimg",
            "headerimage",
            "heroimage",
            "hero",
            "banner",
            "bannerimg",
            "bannerimage",
            "indeximg",
            "topimg",
            "header",
            "images",
            "photos",
            "socialimage",
            "img",
            "poster",
            "thumbnail",
            "thumb",
            "teaser",
            "preview",
        ],
    ),
    (Field::Link, &["link", "permalink", "url", "canonicalurl", "canonical"]),
    (Field::ExternalLink, &["externalurl", "externallink", "linkurl"]),
    (Field::Path, &["path"]),
    (Field::Slug, &["slug"]),
    (Field::Id, &["guid", "id"]),
    (Field::Language, &["language", "lang", "locale"]),
    (
        Field::Enclosures,
        &["enclosures", "enclosure", "audio", "audiourl", "audiofile", "podcast", "podcasturl", "podcastfile", "mp3"],
    ),
    (Field::Rights, &["rights", "copyright", "license"]),
];

/// The field of a built-in name, and its rank among the names of that field.
fn built_in(key: &str) -> Option<(Field, i32)> {
    let mut buffer = [0u8; 20];
    let mut length = 0;
    for byte in key.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' ')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let name = std::str::from_utf8(&buffer[..length]).ok()?;
    NAMES.iter().find_map(|(field, names)| Some((*field, names.iter().position(|known| *known == name)? as i32)))
}

/// Whether a key is a built-in name, or one of those that every generator's posts begin with.
pub(super) fn is_built_in(key: &str) -> bool {
    built_in(key).is_some()
        || ["layout", "draft", "comments", "weight"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// A key with what it means.
struct Candidate<'t, 'a> {
    key: &'t str,
    node: &'t Node<'a>,
    field: Field,
    rank: i32,
    /// Index in the table, of what stands there itself.
    index: Option<usize>,
}

/// The front matter while it is being taken apart.
struct Keys<'t, 'a> {
    candidates: Vec<Candidate<'t, 'a>>,
    taken: Vec<bool>,
}

impl<'t, 'a> Keys<'t, 'a> {
    fn new(table: &'t Table<'a>, reading: &'t ArticleReading) -> Self {
        let mut candidates = Vec::with_capacity(table.len());
        for (index, (key, node)) in table.iter().enumerate() {
            if let Some((field, rank)) = built_in(key) {
                candidates.push(Candidate { key, node, field, rank, index: Some(index) });
            } else if matches!(key.as_ref(), "extra" | "params") {
                // Zola and Hugo keep what their themes know one table down.
                for (key, node) in node.as_table().into_iter().flatten() {
                    let below = built_in(key).filter(|(field, _)| {
                        matches!(
                            field,
                            Field::Image | Field::Authors | Field::Summary | Field::Enclosures | Field::ExternalLink
                        )
                    });
                    candidates.extend(below.map(|(field, rank)| Candidate {
                        key,
                        node,
                        field,
                        rank: rank + 100,
                        index: None,
                    }));
                }
            }
        }
        for (name, keys) in &reading.map {
            let Some((field, _)) = built_in(name) else { continue };
            for (rank, key) in (-1000..).zip(keys) {
                if let Some(node) = lookup(table, key) {
                    let index = table.iter().rposition(|(own, _)| own == key);
                    candidates.retain(|candidate| index.is_none() || candidate.index != index);
                    candidates.push(Candidate { key, node, field, rank, index });
                }
            }
        }
        // Categories and tags take all their keys; a mapped one that says something stands alone.
        for field in [Field::Categories, Field::Tags] {
            let mapped = candidates.iter().filter(|own| own.field == field && own.rank < 0 && !own.node.is_blank());
            if let Some(best) = mapped.map(|own| own.rank).min() {
                candidates.retain(|own| own.field != field || own.rank == best);
            }
        }
        Self { candidates, taken: vec![false; table.len()] }
    }

    fn take(&mut self, index: Option<usize>) {
        if let Some(taken) = index.and_then(|index| self.taken.get_mut(index)) {
            *taken = true;
        }
    }

    /// The first key of a field from which `read` gets something; keys that say nothing are done with too.
    fn first<T>(&mut self, field: Field, mut read: impl FnMut(&'t str, &'t Node<'a>) -> Option<T>) -> Option<T> {
        let mut ranked: Vec<(i32, &str, &Node<'a>, Option<usize>)> = Vec::new();
        for candidate in self.candidates.iter().filter(|candidate| candidate.field == field) {
            ranked.push((candidate.rank, candidate.key, candidate.node, candidate.index));
        }
        ranked.sort_by_key(|(rank, ..)| *rank);
        for (_, key, node, index) in ranked {
            if node.is_blank() {
                self.take(index);
            } else if let Some(value) = read(key, node) {
                self.take(index);
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self, field: Field) -> Option<String> {
        self.first(field, |_, node| node.as_text().map(str::to_owned))
    }
}

/// Reads everything but title and body fallbacks into an entry. `jekyll`: it is a post of Jekyll, beyond doubt.
pub(super) fn entry(
    front: &mut Front<'_>,
    name: &FileName<'_>,
    reading: &ArticleReading,
    zone: Tz,
    jekyll: bool,
    warnings: &mut Vec<Warning>,
) -> Entry {
    let table = std::mem::take(&mut front.table);
    let mut entry = Entry { unpublished: unpublished(&table), ..Entry::default() };
    let mut keys = Keys::new(&table, reading);

    entry.title = keys.text(Field::Title).map(Text::plain);
    let zone = dates::own_zone(&table, front, zone, warnings);
    let dates = dates::Dates { front, zone };
    let without = if name.date.is_some() { "the date in the file name counts" } else { "the article has no date" };
    entry.published = dates.read(&mut keys, Field::Published, without, warnings);
    entry.updated = dates.read(&mut keys, Field::Updated, "it is left out", warnings);
    entry.expires = dates.read(&mut keys, Field::Expires, "the article does not expire", warnings);
    entry.date_source = entry.published.map(|_| DateSource::FrontMatter);

    entry.authors = keys
        .first(Field::Authors, |key, node| values::people(node, key.eq_ignore_ascii_case("authors")))
        .unwrap_or_default();
    terms(&mut keys, reading.category_lists, jekyll, &mut entry);
    entry.summary =
        keys.first(Field::Summary, |_, node| node.as_text().filter(|_| node.is_text()).map(values::markup_text));
    entry.image = keys.first(Field::Image, |_, node| values::image(node));
    entry.enclosures = keys.first(Field::Enclosures, |_, node| values::enclosures(node)).unwrap_or_default();
    entry.id = keys.text(Field::Id);
    entry.slug = keys.text(Field::Slug).map(|slug| slug.trim_matches('/').to_owned()).filter(|slug| !slug.is_empty());
    entry.language = keys.text(Field::Language);
    entry.rights = keys.first(Field::Rights, |_, node| node.as_text().filter(|_| node.is_text()).map(str::to_owned));
    // A pattern such as `/:year/:title/` and Eleventy's `false` are no links.
    let is_link = |node: &Node<'_>| {
        node.is_text()
            && !node.as_text().is_some_and(|text| text.contains("/:") || text.starts_with(':') || text.contains("{{"))
    };
    entry.link = keys.first(Field::Link, |_, node| node.as_text().filter(|_| is_link(node)).map(str::to_owned));
    entry.external_link = keys.text(Field::ExternalLink);
    if let Some(path) = keys.text(Field::Path) {
        if entry.published.is_none() {
            entry.published = file_name::date_in_path(&path).and_then(|day| midnight(day, zone));
            entry.date_source = entry.published.map(|_| DateSource::FrontMatter);
        }
        entry.link.get_or_insert_with(|| format!("/{}", path.trim_start_matches('/')));
    }
    let taken = keys.taken;
    extra(table, &taken, &mut entry);
    from_name(name, zone, &mut entry);
    entry
}

/// What the file's name says where front matter is silent.
pub(super) fn from_name(name: &FileName<'_>, zone: Tz, entry: &mut Entry) {
    if entry.published.is_none() {
        entry.published = name.date.and_then(|day| midnight(day, zone));
        entry.date_source = entry.published.map(|_| DateSource::FileName);
    }
    if entry.slug.is_none() {
        entry.slug = name.slug.map(str::to_owned);
    }
    if entry.language.is_none() {
        entry.language = name.language.clone();
    }
    // Jekyll: folders above `_posts` are categories; those of a site's own layout are none.
    if entry.categories.is_empty() {
        let folders = name
            .folders
            .iter()
            .filter(|folder| !matches!(**folder, "source" | "src" | "content" | "docs" | "collections"));
        entry.categories = folders.map(|folder| vec![(*folder).to_owned()]).collect();
        entry.terms.splice(0..0, entry.categories.iter().flatten().cloned());
    }
}

fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    date::parse(&day.to_string(), zone)
}

/// Categories and tags, in the order of the file; a name that stands there twice counts once. In a post of Jekyll the
/// words of `categories: a b` and `tags: a b` are names; a single `category` or `tag` is one.
fn terms(keys: &mut Keys<'_, '_>, lists: CategoryLists, jekyll: bool, entry: &mut Entry) {
    let mut found: Vec<(Field, Option<Vec<String>>, &Node<'_>)> = Vec::new();
    for index in 0..keys.candidates.len() {
        let Candidate { field, node, index, key, .. } = keys.candidates[index];
        match field {
            Field::Categories | Field::Tags => {
                let words = || values::words(node).filter(|_| key.ends_with(['s', 'S']));
                found.push((field, jekyll.then(words).flatten(), node));
            }
            Field::Taxonomies => {
                let Some(table) = node.as_table() else { continue };
                for (name, node) in table {
                    if let Some((field @ (Field::Categories | Field::Tags), _)) = built_in(name) {
                        found.push((field, None, node));
                    }
                }
            }
            _ => continue,
        }
        keys.take(index);
    }
    let (mut paths, mut names, mut all) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (field, words, node) in found {
        if field == Field::Categories {
            let all_paths = match words {
                Some(words) => words.into_iter().map(|name| vec![name]).collect(),
                None => values::paths(node, lists),
            };
            let new = all_paths.into_iter().filter(|path| paths.insert(path.clone()));
            for path in new {
                entry.terms.extend(path.iter().filter(|name| all.insert((*name).clone())).cloned());
                entry.categories.push(path);
            }
        } else {
            let own = words.unwrap_or_else(|| values::names(node)).into_iter().map(values::without_hash);
            let new = own.filter(|name| names.insert(name.clone()));
            for name in new {
                if all.insert(name.clone()) {
                    entry.terms.push(name.clone());
                }
                entry.tags.push(name);
            }
        }
    }
}

/// What nobody took, in the order of the file.
fn extra(table: Table<'_>, taken: &[bool], entry: &mut Entry) {
    for ((key, node), taken) in table.into_iter().zip(taken) {
        let visibility = VISIBILITY.iter().any(|name| key.eq_ignore_ascii_case(name)) || key == "published";
        if !taken && !visibility {
            entry.extra.insert(key.into_owned(), node.into_json());
        }
    }
}

/// Why a run leaves the article out: the first reason in the order of the file.
fn unpublished(table: &Table<'_>) -> Option<String> {
    table.iter().find_map(|(key, node)| hides(key, node)).map(Cow::into_owned)
}

/// Keys that say who may see an article and nothing else.
const VISIBILITY: &[&str] =
    &["draft", "private", "hidden", "encrypt", "encrypted", "headless", "unlisted", "password", "publish", "visible"];

/// Whether one key hides the article, and how that is said.
fn hides(key: &str, node: &Node<'_>) -> Option<Cow<'static, str>> {
    let truth = node.truth();
    let (yes, no) = (truth == Some(true), truth == Some(false));
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    let says = |word: &str| node.as_text().is_some_and(|text| text.eq_ignore_ascii_case(word));
    if let Some(name) = VISIBILITY.iter().find(|name| is(name)) {
        return match *name {
            "publish" | "visible" => no.then(|| format!("{name}: false").into()),
            name => yes.then_some(Cow::Borrowed(name)),
        };
    }
    if is("published") || is("permalink") || is("render") {
        let hidden = no || (is("render") && says("never"));
        return hidden.then(|| format!("{}: {}", key.to_ascii_lowercase(), node.as_text().unwrap_or_default()).into());
    }
    if is("status") || is("visibility") || is("layout") {
        let word = ["draft", "hidden", "private"].into_iter().find(|word| says(word));
        return word.filter(|word| !is("layout") || *word == "draft").map(|word| format!("{key}: {word}").into());
    }
    if is("eleventyExcludeFromCollections") {
        return yes.then_some("eleventyExcludeFromCollections".into());
    }
    if is("build") || is("_build") {
        let table = node.as_table()?;
        let never = |name: &&str| {
            lookup(table, name).is_some_and(|node| node.truth() == Some(false) || node.as_text() == Some("never"))
        };
        return ["list", "render"].into_iter().find(never).map(|name| format!("build.{name}: never").into());
    }
    None
}

#[cfg(test)]
mod tests;
