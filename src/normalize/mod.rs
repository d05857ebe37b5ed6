//! An entry → an item: identity, link, dates, categories, safe HTML. Pure: time comes in as a value.

pub mod dates;
pub mod hash;
pub mod html;
pub mod id;
pub mod language;
pub mod likeness;
pub mod link;
pub mod markdown;
pub mod media;
mod place;
pub mod summary;
mod template_tags;
pub mod term;
pub mod text;

pub use place::{Place, place};

use crate::config::plan::{ArticleReading, BodyRules, Source};
use crate::model::{Content, Entry, FeedDocument, Item, Markup, Origin, Parsed, Person, Text, Warning};
use std::borrow::Cow;
use std::collections::HashSet;
use url::Url;

/// Categories of an item, and as many tags.
const MAX_TERMS: usize = 100;
/// Names of one category path.
const MAX_PATH: usize = 10;
/// Authors of an item.
const MAX_AUTHORS: usize = 50;

/// An article's entry → its item. `id` is the candidate of the ladder; the ledger has the last word.
pub fn article(mut entry: Entry, source: &Source, reading: &ArticleReading) -> Parsed<Item> {
    let mut warnings = Vec::new();
    let link = link::of_article(&entry, reading, source.timezone, &mut warnings);
    let own = own_id(&entry);
    let path = entry.path.clone().unwrap_or_default();
    let place = place(link.as_deref(), &path, reading);
    if let Some(summary) = &mut entry.summary {
        *summary = without_tags(summary, &place).into_owned();
    }
    let mut item = fields(entry, link, source, Some(&place.base), None, &mut warnings);
    item.id = id::published(own.as_deref(), item.link.as_deref(), &source.name, own.as_deref().unwrap_or(&path));
    item.key = id::key(&path);
    Parsed { value: item, warnings }
}

/// One entry of a feed → its item. `feed` gives what entries inherit (title, language, link, rights).
/// `document_url` is where the feed came from.
///
/// Two entries of one document may share an id: `id::disambiguate` must see the items together.
pub fn feed_entry(mut entry: Entry, feed: &FeedDocument, source: &Source, document_url: Option<&Url>) -> Parsed<Item> {
    let mut warnings = Vec::new();
    let base = entry.base.clone().or_else(|| document_url.cloned());
    let link = link::checked(entry.link.as_deref(), base.as_ref(), "the link", &mut warnings);
    let own = own_id(&entry);
    let origin = match entry.source.take() {
        Some(origin) => clean_origin(origin, base.as_ref()),
        None => origin_of(feed, document_url),
    };
    if entry.authors.is_empty() {
        entry.authors = if origin.authors.is_empty() { feed.authors.clone() } else { origin.authors.clone() };
    }
    let body = entry.content.as_ref().or(entry.summary.as_ref()).map(|text| text.value.clone());
    let page = link.as_deref().and_then(|link| Url::parse(link).ok());
    let base = base.or(page);
    let mut item = fields(entry, link, source, base.as_ref(), feed.language.as_deref(), &mut warnings);
    let known_by = match (&own, &item.link) {
        (Some(own), _) => own.clone(),
        (None, Some(link)) => link.clone(),
        (None, None) => id::hash_of(&item.title, item.published, body.as_deref().unwrap_or_default()),
    };
    item.id = id::published(own.as_deref(), item.link.as_deref(), &source.name, &known_by);
    item.key = id::key(&known_by);
    item.origin = Some(origin);
    if source.bodies.remove_tracking {
        // Behind the identity, which must not depend on a rule that comes and goes.
        for link in [&mut item.link, &mut item.external_link].into_iter().flatten() {
            *link = without_tracking(link);
        }
    }
    Parsed { value: item, warnings }
}

fn without_tracking(link: &str) -> String {
    let Ok(mut url) = Url::parse(link) else { return link.to_owned() };
    html::tracking::strip_parameters(&mut url);
    url.into()
}

fn own_id(entry: &Entry) -> Option<String> {
    entry.id.as_deref().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// All of an item but its identity and origin.
fn fields(
    entry: Entry,
    link: Option<String>,
    source: &Source,
    base: Option<&Url>,
    inherited_language: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Item {
    let title = entry.title.as_ref().map(text::line).unwrap_or_default();
    let summary = entry
        .summary
        .as_ref()
        .map(|summary| summary::written(&text::unmarked(summary)))
        .filter(|text| !text.is_empty());
    let declared = [entry.language.as_deref(), source.language.as_deref(), inherited_language];
    let language = declared.into_iter().flatten().find_map(language::clean);
    let mut authors = people(entry.authors, base);
    if authors.is_empty() {
        authors = people(source.author.clone(), base);
    }
    let count = entry.categories.len().max(entry.tags.len());
    if count > MAX_TERMS {
        warnings.push(Warning::new("categories", format!("{count} categories or tags, only {MAX_TERMS} were kept")));
    }
    let categories = category_paths(entry.categories.iter().chain(&source.add_categories));
    let tags = term::clean_all(entry.tags.iter().chain(&source.add_tags).map(String::as_str), MAX_TERMS);
    // A change cannot come before what it changes.
    let updated = entry.updated.map(|updated| entry.published.map_or(updated, |published| updated.max(published)));
    Item {
        source: source.name.clone(),
        external_link: link::checked(entry.external_link.as_deref(), base, "the external link", warnings),
        link,
        title,
        authors,
        published: entry.published,
        updated,
        date_source: entry.date_source,
        categories,
        tags,
        language,
        summary,
        image: entry.image.and_then(|image| media::image(image, base, warnings)),
        enclosures: media::enclosures(entry.enclosures, base, warnings),
        comments: link::checked(entry.comments.as_deref(), base, "the link to the comments", warnings),
        rights: entry.rights.as_deref().map(text::plain_line).filter(|rights| !rights.is_empty()),
        expires: entry.expires,
        unpublished: entry.unpublished,
        ..Item::default()
    }
}

/// Cleaned paths, each once, without empty names.
fn category_paths<'a>(paths: impl IntoIterator<Item = &'a Vec<String>>) -> Vec<Vec<String>> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for path in paths {
        let path: Vec<String> =
            path.iter().take(MAX_PATH).map(|name| term::clean(name)).filter(|name| !name.is_empty()).collect();
        let key: Vec<String> = path.iter().map(|name| term::fold(name)).collect();
        if out.len() < MAX_TERMS && !path.is_empty() && seen.insert(key) {
            out.push(path);
        }
    }
    out
}

/// Authors with cleaned names, plausible addresses and absolute pages; those without any of it are left out.
fn people(all: impl IntoIterator<Item = Person>, base: Option<&Url>) -> Vec<Person> {
    let mut out: Vec<Person> = Vec::new();
    for person in all.into_iter().take(MAX_AUTHORS) {
        let name = person
            .name
            .map(|name| text::cut_bytes(&term::clean(&name), text::MAX_LINE))
            .filter(|name| !name.is_empty());
        let email = person
            .email
            .map(|email| email.trim().trim_start_matches("mailto:").to_owned())
            .filter(|email| is_email(email));
        let url = person.url.and_then(|url| link::absolute(&url, base).ok());
        let person = Person { name, email, url };
        if person != Person::default() && !out.contains(&person) {
            out.push(person);
        }
    }
    out
}

/// Looks like an addr-spec (RFC 5322 §3.4.1), as RSS and Atom want it.
fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
}

/// The feed itself as the origin of its entries.
fn origin_of(feed: &FeedDocument, document_url: Option<&Url>) -> Origin {
    let link = feed.link.as_deref().and_then(|link| link::absolute(link, document_url).ok());
    let self_link = document_url
        .and_then(|url| link::absolute(url.as_str(), None).ok())
        .or_else(|| feed.self_link.as_deref().and_then(|link| link::absolute(link, None).ok()));
    let id =
        feed.id.clone().filter(|id| id::is_absolute_iri(id)).or_else(|| self_link.clone()).or_else(|| link.clone());
    Origin {
        id,
        title: feed.title.as_ref().map(text::line).filter(|title| !title.is_empty()),
        link,
        self_link,
        updated: feed.updated,
        rights: feed.rights.as_deref().map(text::plain_line).filter(|rights| !rights.is_empty()),
        language: feed.language.as_deref().and_then(language::clean),
        authors: people(feed.authors.clone(), document_url),
    }
}

/// An origin that an entry names itself, with the same care.
fn clean_origin(origin: Origin, base: Option<&Url>) -> Origin {
    let absolute = |link: Option<String>| link.and_then(|link| link::absolute(&link, base).ok());
    Origin {
        id: origin.id.filter(|id| id::is_absolute_iri(id)),
        title: origin.title.as_deref().map(text::plain_line).filter(|title| !title.is_empty()),
        link: absolute(origin.link),
        self_link: absolute(origin.self_link),
        updated: origin.updated,
        rights: origin.rights.as_deref().map(text::plain_line).filter(|rights| !rights.is_empty()),
        language: origin.language.as_deref().and_then(language::clean),
        authors: people(origin.authors, base),
    }
}

/// A body → safe HTML with absolute URLs and a text cut from it. `base` is what relative references stand on.
pub fn content(body: &Text, base: Option<&Url>) -> Content {
    content_in(body, html::Setting { base, page: None, rules: Some(&BodyRules::default()) })
}

/// `content` with all that may be said about where the body stands and what is kept of it.
pub fn content_in(body: &Text, setting: html::Setting<'_>) -> Content {
    let html = match body.markup {
        Markup::Text => html::clean(&html::from_text(&body.value), setting),
        Markup::Html => html::clean(&body.value, setting),
        Markup::Markdown => html::clean(&markdown::to_html(&body.value), setting),
    };
    let summary = summary::of_html(&html);
    Content { html, summary }
}

/// The same for the body of an article, which may hold what its generator puts there: tags, shortcodes, links of a wiki.
pub fn article_content(body: &Text, place: &Place, rules: &BodyRules) -> Content {
    let setting = html::Setting { base: Some(&place.base), page: place.page.as_ref(), rules: Some(rules) };
    content_in(&without_tags(body, place), setting)
}

fn without_tags<'t>(text: &'t Text, place: &Place) -> Cow<'t, Text> {
    let on = surroundings(place);
    match template_tags::replace_all(&text.value, text.markup, on).0 {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(value) => Cow::Owned(Text { markup: text.markup, value }),
    }
}

fn surroundings(place: &Place) -> template_tags::Surroundings<'_> {
    template_tags::Surroundings {
        site: &place.site,
        assets: &place.assets,
        is_mdx: place.is_mdx,
        posts: place.posts.as_ref(),
    }
}

/// What `article_content` will drop of a body because nobody but the generator knows what it means: one warning for each
/// kind of tag, with the line of the file where it stands first.
pub fn dropped_tags(entry: &Entry, reading: &ArticleReading) -> Vec<Warning> {
    let Some(body) = &entry.content else { return Vec::new() };
    let place = place(None, entry.path.as_deref().unwrap_or_default(), reading);
    let on = surroundings(&place);
    let (_, dropped) = template_tags::replace_all(&body.value, body.markup, on);
    let first = entry.body_line.unwrap_or(1);
    let warning = |dropped: template_tags::Dropped| {
        let name = text::cut_bytes(&text::plain_line(&dropped.name), 60);
        let line = first.saturating_add(dropped.line).saturating_sub(1);
        let message = match dropped.links {
            0 => format!("`{name}` is known to the site's generator only; it is left out"),
            1 => format!("the link to `{name}` is left as text: only the site's generator knows its address"),
            links => format!(
                "the links to `{name}` and {} more are left as text: only the site's generator knows their addresses",
                links - 1
            ),
        };
        Warning::new("template-tag", message).at(line, 1)
    };
    dropped.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests;
