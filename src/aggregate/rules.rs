//! The rules of a source: an item as its author wrote it → whether feeds take it, and as what they show it.
//!
//! Pure. The state keeps items as they were read, so that a changed rule holds at once for all of them, and none of it
//! is an edit: ids and dates stay as they are.

mod names;
mod title;

use super::filter::CompiledFilter;
use crate::config::Plan;
use crate::config::plan::{Fields, Rules, Source};
use crate::model::{Content, ContentMode, Image, Item};
use crate::normalize::text::tidy_line;
use crate::state::{ItemId, Member};
use chrono::{DateTime, Utc};
use names::{CategoryStep, TagStep};
use std::collections::HashMap;

/// Stands for a title; a noncharacter, which no title has.
const HERE: &str = "\u{fdd0}";

/// The rules of all sources that have any, by name; made once for a run.
pub struct RuleBook<'a> {
    by_source: HashMap<&'a str, SourceRules<'a>>,
    /// Seconds after which no source shows anything, where each has such a limit.
    max_age: Option<i64>,
    /// What all sources show together, where each has a limit.
    limit: Option<usize>,
}

impl<'a> RuleBook<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let site = plan.site.language.as_deref();
        let ruled = plan.sources.iter().filter(|source| !source.rules.is_empty());
        let by_source: HashMap<_, _> =
            ruled.map(|source| (source.name.as_str(), SourceRules::new(source, site))).collect();
        let all = || plan.sources.iter().map(|source| by_source.get(source.name.as_str()));
        let max_age = all().map(|source| source?.max_age()).try_fold(0, |most, age| Some(age?.max(most)));
        let limit = all().map(|source| source?.rules.limit).try_fold(0_usize, |sum, limit| sum.checked_add(limit?));
        Self { max_age, limit, by_source }
    }

    /// None: the source has no rules, and its items are as their authors wrote them.
    pub fn of(&self, source: &str) -> Option<&SourceRules<'a>> {
        // Most configs have no rules; their items pay nothing for them.
        if self.by_source.is_empty() { None } else { self.by_source.get(source) }
    }

    /// Some rule decides how many of a source's items a feed shows.
    pub fn any_cut(&self) -> bool {
        self.by_source.values().any(|source| source.rules.limit.is_some() || source.rules.max_age.is_some())
    }

    /// Leaves of a feed's members, newest first, those that the rules of their sources have it show; gives the others.
    pub fn cut(&self, members: &mut Vec<Member>, now: DateTime<Utc>) -> Vec<ItemId> {
        let mut shown: HashMap<&str, usize> = HashMap::new();
        let mut is_shown = |member: &Member| {
            let Some((name, source)) = self.by_source.get_key_value(member.item.source.as_str()) else { return true };
            if source.max_age().is_some_and(|age| member.sort < now.timestamp().saturating_sub(age)) {
                return false;
            }
            let shown = shown.entry(name).or_default();
            *shown += 1;
            source.rules.limit.is_none_or(|limit| *shown <= limit)
        };
        members.extract_if(.., |member| !is_shown(member)).map(|member| member.id).collect()
    }

    /// Whether no member behind those that were looked at can be shown. `shown` is what `cut` left of them; the last of
    /// them stood at `last`.
    pub fn exhausted(&self, shown: &[Member], last: i64, now: DateTime<Utc>) -> bool {
        let ruled = || shown.iter().filter(|member| self.of(&member.item.source).is_some()).count();
        self.max_age.is_some_and(|age| last < now.timestamp().saturating_sub(age))
            || self.limit.is_some_and(|limit| shown.len() >= limit && ruled() >= limit)
    }

    /// Seconds after which the items of a source leave all feeds.
    pub fn max_age(&self, source: &str) -> Option<i64> {
        self.of(source)?.max_age()
    }

    /// Some title is made of the title of its source.
    pub fn needs_source_titles(&self) -> bool {
        let mut titles = self.by_source.values().filter_map(|source| source.rules.title.as_deref());
        titles.any(|title| title.contains("{source.title}"))
    }
}

/// The rules of one source, with their words folded.
pub struct SourceRules<'a> {
    name: &'a str,
    pub rules: &'a Rules,
    include: Vec<Vec<CompiledFilter<'a>>>,
    exclude: Vec<CompiledFilter<'a>>,
    categories: Vec<CategoryStep<'a>>,
    tags: Vec<TagStep<'a>>,
}

impl<'a> SourceRules<'a> {
    pub fn new(source: &'a Source, site_language: Option<&'a str>) -> Self {
        let rules = &source.rules;
        let compile = |filter| CompiledFilter::new(filter, site_language);
        Self {
            name: &source.name,
            rules,
            include: rules.include.iter().map(|any_of| any_of.iter().map(compile).collect()).collect(),
            exclude: rules.exclude.iter().map(compile).collect(),
            categories: rules.categories.iter().map(CategoryStep::new).collect(),
            tags: rules.tags.iter().map(TagStep::new).collect(),
        }
    }

    fn max_age(&self) -> Option<i64> {
        self.rules.max_age.map(|age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
    }

    /// Some filter looks at bodies.
    pub fn needs_text(&self) -> bool {
        self.include.iter().flatten().chain(&self.exclude).any(CompiledFilter::needs_text)
    }

    /// Whether feeds may show the item. What depends on a body that is not at hand leaves it where it is.
    pub fn takes(&self, item: &Item, text: Option<&str>) -> bool {
        self.include.iter().all(|any_of| any_of.iter().any(|filter| filter.matches(item, text, true)))
            && !self.exclude.iter().any(|filter| filter.matches(item, text, false))
    }

    /// Whether `rewrite` would leave an item as it is.
    pub fn rewrites_nothing(&self) -> bool {
        let none = Fields::default();
        self.categories.is_empty() && self.tags.is_empty() && self.rules.set == none && self.rules.fill == none
    }

    /// Changes all that feeds show and sort by, but for the title.
    pub fn rewrite(&self, item: &mut Item) {
        for step in &self.categories {
            step.apply(item);
        }
        for step in &self.tags {
            step.apply(&mut item.tags);
        }
        put(item, &self.rules.set, |_| true);
        put(item, &self.rules.fill, |is_empty| is_empty);
    }

    /// The title that feeds show of a rewritten item. One that has none gets none, unless the title is made without it; one
    /// for which the template gives nothing keeps its own.
    pub fn title(&self, item: &Item, source_title: &str) -> Option<String> {
        let template = self.rules.title.as_deref()?;
        if item.title.is_empty() && template.contains("{title}") {
            return None;
        }
        let title = tidy_line(&self.filled(template, &item.title, item, source_title));
        (!title.is_empty()).then_some(title)
    }

    /// The author's title again, of an item with a title as `title` makes it.
    pub fn title_before(&self, item: &Item, source_title: &str) -> Option<String> {
        let whole = self.filled(self.rules.title.as_deref()?, HERE, item, source_title);
        let (before, after) = whole.split_once(HERE)?;
        let title = item.title.strip_prefix(&tidy_line(before))?.strip_suffix(&tidy_line(after))?.trim();
        (!after.contains(HERE) && !title.is_empty()).then(|| title.to_owned())
    }

    fn filled(&self, template: &str, title: &str, item: &Item, source_title: &str) -> String {
        let author = item.authors.iter().find_map(|author| author.name.as_deref()).unwrap_or_default();
        let category = item.categories.first().map(|path| path.join("/")).unwrap_or_default();
        title::filled(template, |name| match name {
            "title" => title,
            "source.title" => source_title,
            "source.name" => self.name,
            "author" => author,
            "category" => &category,
            _ => "",
        })
    }

    /// Body and summary as far as feeds may show them; `written` is the author's summary.
    pub fn excerpt(&self, body: Content, written: Option<String>) -> (Option<String>, Option<String>) {
        let Content { html, summary } = body;
        let summary = written.or_else(|| Some(summary).filter(|text| !text.is_empty()));
        let fits = self.rules.max_bytes.is_none_or(|most| html.len() as u64 <= most);
        let html = Some(html).filter(|html| fits && !html.is_empty());
        match self.rules.content.unwrap_or(ContentMode::Full) {
            ContentMode::Full => (html, summary),
            ContentMode::Summary => (None, summary),
            ContentMode::None => (None, None),
        }
    }
}

/// Gives the item what `fields` have; `wanted` is asked whether to, by whether the item says nothing itself.
fn put(item: &mut Item, fields: &Fields, wanted: impl Fn(bool) -> bool) {
    let Fields { author, language, categories, tags, image } = fields;
    if let Some(author) = author.as_ref().filter(|_| wanted(item.authors.is_empty())) {
        item.authors = vec![author.clone()];
    }
    if let Some(language) = language.as_ref().filter(|_| wanted(item.language.is_none())) {
        item.language = Some(language.clone());
    }
    if let Some(categories) = categories.as_ref().filter(|_| wanted(item.categories.is_empty())) {
        item.categories.clone_from(categories);
    }
    if let Some(tags) = tags.as_ref().filter(|_| wanted(item.tags.is_empty())) {
        item.tags.clone_from(tags);
    }
    if let Some(url) = image.as_ref().filter(|_| wanted(item.image.is_none())) {
        item.image = Some(Image { url: url.clone(), ..Image::default() });
    }
}

#[cfg(test)]
mod tests;
