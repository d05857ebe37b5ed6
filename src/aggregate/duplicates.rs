//! Members of a feed → those it shows where duplicates are merged: of each story one, and the others as its links.
//!
//! A story is all members that are duplicates of each other, directly or through others. Which one is shown depends on
//! nothing but the members themselves, so no order of sources, runs or rows is seen. Work goes with what is shown: for
//! each candidate the members that have a mark in common with it are looked up.

use crate::model::Also;
use crate::normalize::likeness::{self, Mark, Marked, Respect, SAME_TITLE_WITHIN};
use crate::normalize::link;
use crate::state::{ItemId, Member, Place, StateError};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// More members than these are no story, whatever they have in common; then only those with one id are.
const MOST: usize = 100;
/// Candidates that are looked at beyond those that are still to be found.
const SPARE: usize = 20;
/// Near texts speak of one story only if they are published less than so many seconds apart; what comes weekly is new.
const SAME_TEXT_WITHIN: i64 = 6 * 86_400;

/// A feed's members as far as they can be seen.
pub trait Members {
    /// The next ones behind a place, newest first, equal dates by id.
    fn behind(&self, place: Option<&Place>, limit: usize) -> Result<Vec<Member>, StateError>;
    /// Those that have a mark.
    fn carriers(&self, mark: Mark) -> Result<Vec<ItemId>, StateError>;
    fn marked(&self, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError>;
}

/// What people are told of sources.
pub trait Sources {
    /// None: the config has no such source.
    fn priority(&self, name: &str) -> Option<i32>;
    fn title(&self, name: &str) -> Option<&str>;
}

/// What a feed shows.
#[derive(Debug, Default)]
pub struct Merged {
    pub members: Vec<Member>,
    /// Id of a shown item → where else its story stands.
    pub also: HashMap<String, Vec<Also>>,
    /// When the first of all that were looked at expires, shown or not.
    pub expires: Option<i64>,
}

impl AsMut<Vec<Member>> for Merged {
    fn as_mut(&mut self) -> &mut Vec<Member> {
        &mut self.members
    }
}

/// The newest `limit` stories. A member that is `left_out` is not shown, and neither hides another one.
pub fn merge(
    members: &dyn Members,
    sources: &dyn Sources,
    left_out: &HashSet<ItemId>,
    limit: usize,
) -> Result<Merged, StateError> {
    let mut stories = Stories {
        members,
        left_out,
        known: HashMap::new(),
        carriers: HashMap::new(),
        shown_for: HashMap::new(),
        of_series: HashMap::new(),
    };
    let mut merged = Merged::default();
    let mut ids = HashSet::new();
    let mut place: Option<Place> = None;
    while merged.members.len() < limit {
        let wanted = limit - merged.members.len() + SPARE;
        let candidates = members.behind(place.as_ref(), wanted)?;
        let last = candidates.len() < wanted;
        place = candidates.last().map(Member::place);
        for candidate in candidates {
            if merged.members.len() == limit {
                break;
            }
            if !stories.shown_for.contains_key(&candidate.id) {
                let story = stories.tell(candidate.id, sources)?;
                merged.expires = merged.expires.into_iter().chain(story.expires).min();
                merged.also.extend(story.also);
            }
            let is_shown = stories.shown_for.get(&candidate.id) == Some(&candidate.id);
            if is_shown && !left_out.contains(&candidate.id) && ids.insert(candidate.item.id.clone()) {
                merged.members.push(candidate);
            }
        }
        if last {
            break;
        }
    }
    merged.also.retain(|id, _| ids.contains(id));
    Ok(merged)
}

/// Why two items are one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Id,
    Link,
    TitleAndDate,
    Text,
    /// Two of link, title and text.
    Several,
}

impl Reason {
    /// For messages.
    fn as_str(self) -> &'static str {
        match self {
            Reason::Id => "the same id",
            Reason::Link => "the same link",
            Reason::TitleAndDate => "the same title at the same time",
            Reason::Text => "nearly the same text",
            Reason::Several => "two of link, title and text",
        }
    }
}

type Known = Rc<(Member, Marked)>;

/// The stories of a feed as far as they were asked for.
struct Stories<'a> {
    members: &'a dyn Members,
    left_out: &'a HashSet<ItemId>,
    known: HashMap<ItemId, Known>,
    carriers: HashMap<Mark, Rc<Carriers>>,
    /// Member → the one that is shown for it.
    shown_for: HashMap<ItemId, ItemId>,
    /// Member → whether its title is that of a series.
    of_series: HashMap<ItemId, bool>,
}

/// The members that have a mark.
struct Carriers {
    items: Vec<ItemId>,
    /// No source has it twice: what a source gives to several items, say a link to its log, is not only theirs.
    clear: bool,
}

/// What came of a story.
struct Told {
    /// By the id of the one that is shown.
    also: Option<(String, Vec<Also>)>,
    expires: Option<i64>,
}

impl Stories<'_> {
    /// Finds the story of a member and who is shown for it.
    fn tell(&mut self, item: ItemId, sources: &dyn Sources) -> Result<Told, StateError> {
        let mut story = self.connected(item, false)?;
        let expires = story.iter().filter_map(|(known, _)| known.0.expires).min();
        if story.len() > MOST {
            story = self.connected(item, true)?;
        }
        story.sort_by_cached_key(|(known, _)| (self.left_out.contains(&known.0.id), rank(&known.0, sources)));
        let Some(((shown, _), others)) = story.split_first() else { return Ok(Told { also: None, expires }) };
        for (known, _) in &story {
            self.shown_for.insert(known.0.id, shown.0.id);
        }
        for (other, reason) in others {
            tracing::debug!(
                "`{}` of {} is shown as `{}` of {}, found by {}",
                other.0.item.id,
                other.0.item.source,
                shown.0.item.id,
                shown.0.item.source,
                reason.as_str()
            );
        }
        let also = also(&shown.0, others.iter().map(|(other, _)| &other.0), sources);
        Ok(Told { also: (!also.is_empty()).then(|| (shown.0.item.id.clone(), also)), expires })
    }

    /// A member and all that are one story with it, with the reason by which each was found; one too many where there
    /// are too many, from whichever of them it was asked.
    fn connected(&mut self, item: ItemId, only_ids: bool) -> Result<Vec<(Known, Reason)>, StateError> {
        let mut story = Vec::new();
        let mut reached = BTreeSet::from([item]);
        let mut waiting = VecDeque::from([(item, Reason::Id)]);
        while let Some((next, reason)) = waiting.pop_front() {
            self.learn(&[next])?;
            let Some(known) = self.known.get(&next).cloned() else { continue };
            for (alike, reason) in self.alike(&known, only_ids)? {
                if reached.len() <= MOST && reached.insert(alike) {
                    waiting.push_back((alike, reason));
                }
            }
            story.push((known, reason));
        }
        Ok(story)
    }

    /// The members that are one story with this one for a reason of their own.
    fn alike(&mut self, known: &Known, only_ids: bool) -> Result<Vec<(ItemId, Reason)>, StateError> {
        // Of each other member, the marks in common: all, and those that are clear.
        let mut common: HashMap<ItemId, Common> = HashMap::new();
        let marks = known.1.marks.iter().filter(|mark| !only_ids || likeness::respect(**mark) == Respect::Id);
        for mark in marks {
            let carriers = self.carriers(*mark)?;
            for item in carriers.items.iter().filter(|item| **item != known.0.id) {
                common.entry(*item).or_default().note(likeness::respect(*mark), carriers.clear);
            }
        }
        let mut alike = Vec::new();
        for (item, mut common) in common {
            let Some(other) = self.known.get(&item).cloned() else { continue };
            common.clear_title = common.title && !self.is_of_series(known)? && !self.is_of_series(&other)?;
            alike.extend(common.reason(known, &other).map(|reason| (item, reason)));
        }
        alike.sort_unstable_by_key(|(item, _)| *item);
        Ok(alike)
    }

    /// Some source gave this title to several items about the time of this one.
    fn is_of_series(&mut self, known: &Known) -> Result<bool, StateError> {
        if let Some(found) = self.of_series.get(&known.0.id) {
            return Ok(*found);
        }
        let mut items = BTreeSet::new();
        for mark in known.1.marks.iter().filter(|mark| likeness::respect(**mark) == Respect::Title) {
            items.extend(self.carriers(*mark)?.items.iter().copied());
        }
        let mut sources = HashSet::new();
        let mut near = items.iter().filter_map(|item| self.known.get(item)).filter(|other| {
            apart(&known.0, &other.0).is_some_and(|seconds| seconds <= SAME_TITLE_WITHIN.unsigned_abs())
        });
        let found = near.any(|other| !sources.insert(&other.0.item.source));
        self.of_series.insert(known.0.id, found);
        Ok(found)
    }

    fn carriers(&mut self, mark: Mark) -> Result<Rc<Carriers>, StateError> {
        if let Some(carriers) = self.carriers.get(&mark) {
            return Ok(Rc::clone(carriers));
        }
        let items = self.members.carriers(mark)?;
        self.learn(&items)?;
        let mut sources = HashSet::new();
        let clear =
            items.iter().filter_map(|item| self.known.get(item)).all(|known| sources.insert(&known.0.item.source));
        let carriers = Rc::new(Carriers { items, clear });
        self.carriers.insert(mark, Rc::clone(&carriers));
        Ok(carriers)
    }

    fn learn(&mut self, items: &[ItemId]) -> Result<(), StateError> {
        let unknown: Vec<ItemId> = items.iter().copied().filter(|item| !self.known.contains_key(item)).collect();
        for (member, marked) in self.members.marked(&unknown)? {
            self.known.insert(member.id, Rc::new((member, marked)));
        }
        Ok(())
    }
}

/// The respects in which two members have marks in common.
#[derive(Default)]
struct Common {
    id: bool,
    link: bool,
    clear_link: bool,
    title: bool,
    clear_title: bool,
}

impl Common {
    fn note(&mut self, respect: Respect, clear: bool) {
        match respect {
            Respect::Id => self.id = true,
            Respect::Link => (self.link, self.clear_link) = (true, self.clear_link || clear),
            Respect::Title => self.title = true,
            // Equal parts only tell that the whole is worth comparing.
            Respect::Text => {}
        }
    }

    /// Why the two are one story, if they are. Across sources one thing in common is enough, unless it is one that a
    /// source gives to several items. Within a source it takes two: series have equal titles, and logs equal links.
    fn reason(&self, a: &Known, b: &Known) -> Option<Reason> {
        if self.id {
            return Some(Reason::Id);
        }
        let ((one, one_marked), (other, other_marked)) = (&**a, &**b);
        let within = |seconds: i64| apart(one, other).is_some_and(|apart| apart <= seconds.unsigned_abs());
        let prints = one_marked.print.zip(other_marked.print);
        let near = prints.is_some_and(|(a, b)| a.is_near(&b)) && within(SAME_TEXT_WITHIN);
        // The same title over another text, or in another language, is another story.
        let contradicted = prints.is_some_and(|(a, b)| a.is_far(&b)) || languages_differ(one, other);
        let title = self.title && within(SAME_TITLE_WITHIN) && !contradicted;
        let across = one.item.source != other.item.source;
        match (self.link, title, near) {
            _ if across && self.clear_link => Some(Reason::Link),
            (_, true, _) if across && self.clear_title => Some(Reason::TitleAndDate),
            (_, _, true) if across => Some(Reason::Text),
            (true, true, _) | (true, _, true) | (_, true, true) => Some(Reason::Several),
            _ => None,
        }
    }
}

/// Seconds between the dates of two members.
fn apart(a: &Member, b: &Member) -> Option<u64> {
    a.published.zip(b.published).map(|(a, b)| a.abs_diff(b))
}

/// Both are said to be in a language, and not in the same; regions aside.
fn languages_differ(a: &Member, b: &Member) -> bool {
    let language = |member: &Member| {
        let tag = member.item.language.as_deref()?;
        Some(tag.split('-').next().unwrap_or(tag).to_ascii_lowercase())
    };
    language(a).zip(language(b)).is_some_and(|(a, b)| a != b)
}

/// Who comes first is shown: by priority, then by name of the source, then the older, then by id. What was taken back from
/// published files and has no source yet goes first, for it is what readers know; what has lost its source goes last.
fn rank(member: &Member, sources: &dyn Sources) -> impl Ord + use<> {
    let item = &member.item;
    let priority = sources.priority(&item.source);
    (
        !item.source.is_empty(),
        priority.is_none(),
        Reverse(priority),
        item.source.clone(),
        member.published.unwrap_or(i64::MAX),
        item.id.clone(),
        item.key.clone(),
    )
}

/// The links of `others`, by source and link, each page once and not that of the item itself.
fn also<'a>(shown: &Member, others: impl Iterator<Item = &'a Member>, sources: &dyn Sources) -> Vec<Also> {
    let page = |url: &str| likeness::page(url).unwrap_or_else(|| link::canonical(url));
    let mut links: Vec<(&str, &str)> =
        others.filter_map(|other| Some((other.item.source.as_str(), other.item.link.as_deref()?))).collect();
    links.sort_unstable();
    let mut seen: HashSet<String> = shown.item.link.as_deref().map(page).into_iter().collect();
    links.retain(|(_, url)| seen.insert(page(url)));
    let named = |(source, url): (&str, &str)| {
        let title = sources.title(source).filter(|title| !title.trim().is_empty()).unwrap_or(source);
        // What was taken back from published files may not know its source.
        let title = if title.is_empty() { url } else { title };
        Also { url: url.to_owned(), title: title.to_owned() }
    };
    links.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests;
