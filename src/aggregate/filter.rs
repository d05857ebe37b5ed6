//! Conditions on items: `where`, `include` and `exclude`.

use crate::config::plan::{Condition, Field, Filter, Pattern};
use crate::model::Item;
use crate::normalize::language;
use crate::normalize::term::fold;
use regex::Regex;

/// At most so much of a text is looked at.
const HAYSTACK: usize = 256 << 10;

/// A filter with its words folded once.
pub(super) struct CompiledFilter<'a> {
    site_language: Option<&'a str>,
    conditions: Vec<(&'a Condition, Vec<CompiledPattern<'a>>)>,
}

pub(super) enum CompiledPattern<'a> {
    Term(String),
    Substring(String),
    Regex(&'a Regex),
}

impl<'a> CompiledPattern<'a> {
    pub(super) fn new(pattern: &'a Pattern) -> Self {
        match pattern {
            Pattern::Term(word) => CompiledPattern::Term(fold(word)),
            Pattern::Substring(word) => CompiledPattern::Substring(fold(word)),
            Pattern::Regex(regex) => CompiledPattern::Regex(regex),
        }
    }

    /// `folded` is the value folded, once some pattern needed that.
    pub(super) fn fits(&self, value: &str, folded: &mut Option<String>) -> bool {
        match self {
            CompiledPattern::Term(word) => folded.get_or_insert_with(|| fold(value)) == word,
            CompiledPattern::Substring(word) => folded.get_or_insert_with(|| fold(value)).contains(word.as_str()),
            CompiledPattern::Regex(regex) => regex.is_match(value),
        }
    }
}

impl<'a> CompiledFilter<'a> {
    pub(super) fn new(filter: &'a Filter, site_language: Option<&'a str>) -> Self {
        let conditions = filter.conditions.iter();
        Self {
            site_language,
            conditions: conditions
                .map(|condition| (condition, condition.any_of.iter().map(CompiledPattern::new).collect()))
                .collect(),
        }
    }

    pub(super) fn needs_text(&self) -> bool {
        self.conditions.iter().any(|(condition, _)| condition.field == Field::Text)
    }

    /// Whether the item fits. Where its `text` is not at hand neither a condition on it nor its opposite can be said to
    /// hold or not: then it counts as `unknown`. The article is read for it before long.
    pub(super) fn matches(&self, item: &Item, text: Option<&str>, unknown: bool) -> bool {
        self.conditions.iter().all(|(condition, patterns)| {
            if condition.field == Field::Text && text.is_none() {
                return unknown;
            }
            let values = values(item, text, condition.field, self.site_language);
            let found = values.iter().any(|value| {
                let mut folded = None;
                patterns.iter().any(|pattern| pattern.fits(value, &mut folded))
            });
            found != condition.negated
        })
    }
}

/// What a condition looks at. A category below another is there under its own name and under its whole path.
fn values(item: &Item, text: Option<&str>, field: Field, site_language: Option<&str>) -> Vec<String> {
    match field {
        Field::Source => vec![item.source.clone()],
        Field::Category => {
            let mut values: Vec<String> = item.categories.iter().flatten().cloned().collect();
            for path in item.categories.iter().filter(|path| path.len() > 1) {
                values.extend((2..=path.len()).map(|depth| path[..depth].join("/")));
            }
            values
        }
        Field::Tag => item.tags.clone(),
        Field::Author => item.authors.iter().filter_map(|author| author.name.clone()).collect(),
        Field::Language => {
            // `zh` takes `zh-CN` in (RFC 4647 §3.3.1).
            let tag = language::of_within(item, site_language).unwrap_or_default();
            let ends = tag.match_indices('-').map(|(at, _)| at).chain(Some(tag.len()));
            ends.map(|end| tag[..end].to_owned()).filter(|range| !range.is_empty()).collect()
        }
        Field::Title => vec![item.title.clone()],
        Field::Url => item.link.iter().cloned().collect(),
        Field::Text => text.iter().map(|text| crate::normalize::summary::text(clip(text), usize::MAX)).collect(),
    }
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(HAYSTACK);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
