//! Names of categories and tags as rules change them: split, renamed, put below others, hidden.

use super::super::filter::CompiledPattern;
use crate::config::plan::{CategoryRules, Pattern, Rename, TagRules};
use crate::model::Item;
use crate::normalize::term::fold;
use std::collections::HashSet;

/// Names of one path; what goes beyond is cut off.
const MAX_PATH: usize = 10;
/// Categories of an item, and as many tags.
const MAX_TERMS: usize = 100;

/// One set's rules for categories.
pub(super) struct CategoryStep<'a> {
    rules: &'a CategoryRules,
    rename: Renaming<'a>,
    hide: Vec<CompiledPattern<'a>>,
    only: Vec<CompiledPattern<'a>>,
}

impl<'a> CategoryStep<'a> {
    pub(super) fn new(rules: &'a CategoryRules) -> Self {
        Self { rules, rename: Renaming::new(&rules.rename), hide: compile(&rules.hide), only: compile(&rules.only) }
    }

    pub(super) fn apply(&self, item: &mut Item) {
        let mut paths = std::mem::take(&mut item.categories);
        if self.rules.from_tags {
            paths.extend(item.tags.iter().map(|tag| vec![tag.clone()]));
        }
        let mut seen = HashSet::new();
        for path in paths {
            let path = self.changed(path);
            if item.categories.len() < MAX_TERMS && !path.is_empty() && seen.insert(folded(&path)) {
                item.categories.push(path);
            }
        }
    }

    /// The path as feeds have it; empty where they have none.
    fn changed(&self, path: Vec<String>) -> Vec<String> {
        let mut path = self.below_parents(self.rename.path(self.split(path)));
        path.truncate(MAX_PATH);
        if let Some(hidden) = (0..path.len()).find(|end| fits(&self.hide, &path[..=*end])) {
            path.truncate(hidden);
        }
        if !self.only.is_empty() && !(0..path.len()).any(|end| fits(&self.only, &path[..=end])) {
            path.clear();
        }
        path
    }

    fn split(&self, path: Vec<String>) -> Vec<String> {
        let Some(separator) = self.rules.split.as_deref() else { return path };
        let mut out = Vec::with_capacity(path.len());
        for name in path {
            let before = out.len();
            let parts = name.split(separator).map(str::trim).filter(|part| !part.is_empty());
            out.extend(parts.take(MAX_PATH).map(str::to_owned));
            if out.len() == before {
                // Nothing but separators: a name all the same.
                out.push(name);
            }
        }
        out
    }

    fn below_parents(&self, mut path: Vec<String>) -> Vec<String> {
        // The config has no circle; a path that is full needs no more.
        while path.len() < MAX_PATH
            && let Some(above) = path.first().and_then(|first| self.rules.parent.get(&fold(first)))
        {
            path.splice(0..0, above.iter().cloned());
        }
        path
    }
}

/// One set's rules for tags.
pub(super) struct TagStep<'a> {
    rename: Renaming<'a>,
    hide: Vec<CompiledPattern<'a>>,
    only: Vec<CompiledPattern<'a>>,
}

impl<'a> TagStep<'a> {
    pub(super) fn new(rules: &'a TagRules) -> Self {
        Self { rename: Renaming::new(&rules.rename), hide: compile(&rules.hide), only: compile(&rules.only) }
    }

    pub(super) fn apply(&self, tags: &mut Vec<String>) {
        let mut seen = HashSet::new();
        let renamed: Vec<String> = std::mem::take(tags).into_iter().flat_map(|tag| self.rename.name(tag)).collect();
        for tag in renamed {
            let one = std::slice::from_ref(&tag);
            let shown = !fits(&self.hide, one) && (self.only.is_empty() || fits(&self.only, one));
            if shown && tags.len() < MAX_TERMS && seen.insert(fold(&tag)) {
                tags.push(tag);
            }
        }
    }
}

struct Renaming<'a> {
    rules: &'a Rename,
    patterns: Vec<(CompiledPattern<'a>, &'a [String])>,
    /// Names in the longest key that is a path.
    deepest: usize,
}

impl<'a> Renaming<'a> {
    fn new(rules: &'a Rename) -> Self {
        let patterns = rules.patterns.iter();
        Self {
            rules,
            patterns: patterns.map(|(pattern, to)| (CompiledPattern::new(pattern), to.as_slice())).collect(),
            deepest: rules.names.keys().map(|key| key.matches('/').count() + 1).max().unwrap_or(0),
        }
    }

    /// The longest beginning of a path that is renamed as a whole, then each name after it for itself.
    fn path(&self, path: Vec<String>) -> Vec<String> {
        let whole = (2..=path.len().min(self.deepest)).rev().find_map(|end| {
            let to = self.rules.names.get(&fold(&path[..end].join("/")))?;
            Some((to.clone(), end))
        });
        let (mut out, done) = whole.unwrap_or_default();
        for name in path.into_iter().skip(done) {
            out.extend(self.name(name));
        }
        out
    }

    fn name(&self, name: String) -> Vec<String> {
        if self.rules.names.is_empty() && self.patterns.is_empty() {
            return vec![name];
        }
        let key = fold(&name);
        if let Some(to) = self.rules.names.get(&key) {
            return to.clone();
        }
        let mut key = Some(key);
        match self.patterns.iter().find(|(pattern, _)| pattern.fits(&name, &mut key)) {
            Some((_, to)) => to.to_vec(),
            None => vec![name],
        }
    }
}

fn compile(patterns: &[Pattern]) -> Vec<CompiledPattern<'_>> {
    patterns.iter().map(CompiledPattern::new).collect()
}

/// Whether one of the patterns fits the last name of a path, or the path with `/`.
fn fits(patterns: &[CompiledPattern<'_>], path: &[String]) -> bool {
    if patterns.is_empty() {
        return false;
    }
    let fit = |value: &str| {
        let mut folded = None;
        patterns.iter().any(|pattern| pattern.fits(value, &mut folded))
    };
    path.last().is_some_and(|name| fit(name)) || (path.len() > 1 && fit(&path.join("/")))
}

fn folded(path: &[String]) -> Vec<String> {
    path.iter().map(|name| fold(name)).collect()
}
