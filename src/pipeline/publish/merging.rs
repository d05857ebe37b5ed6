//! What merging duplicates asks of state and config.

use crate::aggregate::duplicates;
use crate::config::Plan;
use crate::normalize::likeness::{Mark, Marked};
use crate::state::{FeedId, ItemId, Member, Place, StateError, Store};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// The members of one feed that can be seen.
pub(super) struct MembersOf<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) feed: FeedId,
    pub(super) now: DateTime<Utc>,
    /// None is shown that was published before; it may still be the one that hides another.
    pub(super) oldest: Option<i64>,
}

impl duplicates::Members for MembersOf<'_> {
    fn behind(&self, place: Option<&Place>, limit: usize) -> Result<Vec<Member>, StateError> {
        self.store.members_behind(self.feed, self.now, self.oldest, place, limit)
    }

    fn carriers(&self, mark: Mark) -> Result<Vec<ItemId>, StateError> {
        self.store.carriers(self.feed, self.now, mark)
    }

    fn marked(&self, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError> {
        self.store.marked(items)
    }
}

/// The sources of the config.
pub(super) struct Sources<'a> {
    pub(super) plan: &'a Plan,
    pub(super) titles: &'a BTreeMap<String, String>,
}

impl duplicates::Sources for Sources<'_> {
    fn priority(&self, name: &str) -> Option<i32> {
        self.plan.sources.iter().find(|source| source.name == name).map(|source| source.priority)
    }

    fn title(&self, name: &str) -> Option<&str> {
        self.titles.get(name).map(String::as_str)
    }
}
