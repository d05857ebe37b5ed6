//! Which of a feed's members it shows, where rules of sources have a say in that.

use super::render::Job;
use crate::model::Axis;
use crate::state::{FeedRow, Member, StateError, Store};

/// At most so many times the members a feed shows are looked at for those that the rules leave.
const MOST_LOOKED_AT: usize = 20;

impl Job<'_> {
    /// The newest members of a feed, at most `wanted`, none older than `oldest`: without those that the rules of their
    /// sources leave out. Where many must be passed over, they are read in growing portions.
    pub(super) fn chosen(
        &self,
        store: &dyn Store,
        row: &FeedRow,
        wanted: usize,
        oldest: Option<i64>,
    ) -> Result<Vec<Member>, StateError> {
        if !self.rules.any_cut() {
            return store.members(row.id, self.now, wanted, oldest);
        }
        // All members of such a feed are of one source: more than its limit are never shown.
        let own = (row.axis == Axis::Source).then(|| self.rules.of(&row.name)).flatten();
        let wanted = own.and_then(|source| source.rules.limit).map_or(wanted, |limit| limit.min(wanted));
        let most = wanted.saturating_mul(MOST_LOOKED_AT);
        let mut portion = wanted;
        loop {
            let mut members = store.members(row.id, self.now, portion, oldest)?;
            let all = members.len() < portion || portion >= most;
            self.rules.cut(&mut members, self.now);
            if members.len() >= wanted || all {
                members.truncate(wanted);
                return Ok(members);
            }
            portion = portion.saturating_mul(4).min(most);
        }
    }
}
