//! Which of a feed's members it shows, where rules of sources have a say in that.

use super::render::Job;
use crate::model::Axis;
use crate::state::{FeedRow, ItemId, Member, StateError};
use std::collections::HashSet;

/// At most so many times the members a feed shows are looked at for those that the rules leave.
const MOST_LOOKED_AT: usize = 20;

impl Job<'_> {
    /// The newest members of a feed, at most `wanted`, without those that the rules of their sources leave out. `read`
    /// gives the newest, as many as it is asked for, but for some. It is asked again without those that were left out:
    /// one of them may have stood for a duplicate of another source, which has other rules.
    pub(super) fn chosen<T: AsMut<Vec<Member>>>(
        &self,
        row: &FeedRow,
        wanted: usize,
        read: impl Fn(usize, &HashSet<ItemId>) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        let mut left_out = HashSet::new();
        if !self.rules.any_cut() {
            return read(wanted, &left_out);
        }
        // All members of such a feed are of one source: more than its limit are never shown.
        let own = (row.axis == Axis::Source).then(|| self.rules.of(&row.name)).flatten();
        let wanted = own.and_then(|source| source.rules.limit).map_or(wanted, |limit| limit.min(wanted));
        let most = wanted.saturating_mul(MOST_LOOKED_AT);
        let mut portion = wanted;
        let mut before: Option<Vec<ItemId>> = None;
        loop {
            portion = portion.min(most.saturating_sub(left_out.len())).max(wanted);
            let spent = left_out.len().saturating_add(portion) >= most;
            let mut chosen = read(portion, &left_out)?;
            let members = chosen.as_mut();
            let all = members.len() < portion || spent;
            let last = members.last().map_or(i64::MIN, |member| member.sort);
            let left_out_before = left_out.len();
            left_out.extend(self.rules.cut(members, self.now));
            let enough = all || members.len() >= wanted || self.rules.exhausted(members, last, self.now);
            members.truncate(wanted);
            let shown: Vec<ItemId> = members.iter().map(|member| member.id).collect();
            let settled = left_out.len() == left_out_before || before.as_ref() == Some(&shown);
            if enough && (settled || spent) {
                return Ok(chosen);
            }
            if !enough {
                portion = portion.saturating_mul(4);
            }
            before = Some(shown);
        }
    }
}
