//! What is done with the items of a source before feeds show them: its sets of rules and its own, put together.

use super::{ContentMode, Filter, Pattern, Person};
use std::collections::BTreeMap;
use std::time::Duration;

/// The rules of one source: those of `[site] use`, then of its own `use`, then those that stand in the source itself.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// An item is taken when each of these fits it; each is one or more filters, of which any suffices.
    pub include: Vec<Vec<Filter>>,
    /// An item that one of these fits is left out.
    pub exclude: Vec<Filter>,
    /// One step for each set that names categories.
    pub categories: Vec<CategoryRules>,
    /// One step for each set that names tags.
    pub tags: Vec<TagRules>,
    /// Replaces what items say. The last set that names a thing has the word.
    pub set: Fields,
    /// Where items say nothing. The last set that names a thing has the word.
    pub fill: Fields,
    /// The title that feeds show: `{title}`, `{source.title}`, `{source.name}`, `{author}` and `{category}` are replaced.
    pub title: Option<String>,
    /// No feed shows more of an item.
    pub content: Option<ContentMode>,
    /// Newest items of the source in one feed.
    pub limit: Option<usize>,
    pub max_age: Option<Duration>,
    /// Longest body in bytes; of a longer one only the summary is shown.
    pub max_bytes: Option<u64>,
}

/// What becomes of categories, in the order of the fields.
#[derive(Debug, Clone, Default)]
pub struct CategoryRules {
    /// Tags are categories, too.
    pub from_tags: bool,
    /// A name with this in it is a path of names.
    pub split: Option<String>,
    pub rename: Rename,
    /// Folded name of an outermost category → the path that goes before it. No path leads back to its start.
    pub parent: BTreeMap<String, Vec<String>>,
    /// Such categories go, with what is below them.
    pub hide: Vec<Pattern>,
    /// Where there are any, all other categories go.
    pub only: Vec<Pattern>,
}

/// What becomes of tags, in the order of the fields.
#[derive(Debug, Clone, Default)]
pub struct TagRules {
    pub rename: Rename,
    pub hide: Vec<Pattern>,
    pub only: Vec<Pattern>,
}

/// Names → other names; for a category the names of a path.
#[derive(Debug, Clone, Default)]
pub struct Rename {
    /// By folded name, or folded path with `/`.
    pub names: BTreeMap<String, Vec<String>>,
    /// For names that are not among `names`, in the order of the file.
    pub patterns: Vec<(Pattern, Vec<String>)>,
}

/// Things that `set` and `fill` give to items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    pub author: Option<Person>,
    /// BCP 47.
    pub language: Option<String>,
    pub categories: Option<Vec<Vec<String>>>,
    pub tags: Option<Vec<String>>,
    /// Absolute URL of a picture.
    pub image: Option<String>,
}

impl Rules {
    /// Both, one after the other: filters and steps add up, of single values the later goes before.
    pub fn followed_by(mut self, next: Rules) -> Self {
        self.include.extend(next.include);
        self.exclude.extend(next.exclude);
        self.categories.extend(next.categories);
        self.tags.extend(next.tags);
        Self {
            set: self.set.overlaid(next.set),
            fill: self.fill.overlaid(next.fill),
            title: next.title.or(self.title),
            content: next.content.or(self.content),
            limit: next.limit.or(self.limit),
            max_age: next.max_age.or(self.max_age),
            max_bytes: next.max_bytes.or(self.max_bytes),
            ..self
        }
    }

    /// Changes when other items would be members of other feeds; empty where no rule decides that.
    pub fn membership_fingerprint(&self) -> String {
        let Self { include, exclude, categories, tags, set, fill, .. } = self;
        let fields = [set, fill].map(|Fields { author, language, categories, tags, image: _ }| {
            [format!("{author:?}"), format!("{language:?}"), format!("{categories:?}"), format!("{tags:?}")]
        });
        let idle = Self { title: None, content: None, limit: None, max_age: None, max_bytes: None, ..self.clone() };
        if idle.is_empty() {
            String::new()
        } else {
            format!("{include:?} {exclude:?} {categories:?} {tags:?} {fields:?}")
        }
    }

    /// Changes when items would be shown differently; empty where there is no rule.
    pub fn fingerprint(&self) -> String {
        if self.is_empty() { String::new() } else { format!("{self:?}") }
    }

    /// No rule at all.
    pub fn is_empty(&self) -> bool {
        let Self { include, exclude, categories, tags, set, fill, title, content, limit, max_age, max_bytes } = self;
        let lists = include.is_empty() && exclude.is_empty() && categories.is_empty() && tags.is_empty();
        let fields = *set == Fields::default() && *fill == Fields::default();
        let shown = title.is_none() && content.is_none() && limit.is_none() && max_age.is_none() && max_bytes.is_none();
        lists && fields && shown
    }
}

impl Fields {
    fn overlaid(self, above: Fields) -> Self {
        Self {
            author: above.author.or(self.author),
            language: above.language.or(self.language),
            categories: above.categories.or(self.categories),
            tags: above.tags.or(self.tags),
            image: above.image.or(self.image),
        }
    }
}
