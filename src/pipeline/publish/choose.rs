//! Which of a feed's members it shows, where rules of sources have a say in that.

use super::render::Job;
use crate::model::Axis;
use crate::state::{FeedRow, Member, StateError};

/// At most so many times the members a feed shows are looked at for those that the rules leave.
const MOST_LOOKED_AT: usize = 20;

impl Job<'_> {
    /// The newest members of a feed, at most `wanted`, without those that the rules of their sources leave out. `read`
    /// gives the newest of all, as many as it is asked for; where many must be passed over, it is asked for more and more.
    pub(super) fn chosen<T: AsMut<Vec<Member>>>(
        &self,
        row: &FeedRow,
        wanted: usize,
        read: impl Fn(usize) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        if !self.rules.any_cut() {
            return read(wanted);
        }
        // All members of such a feed are of one source: more than its limit are never shown.
        let own = (row.axis == Axis::Source).then(|| self.rules.of(&row.name)).flatten();
        let wanted = own.and_then(|source| source.rules.limit).map_or(wanted, |limit| limit.min(wanted));
        let most = wanted.saturating_mul(MOST_LOOKED_AT);
        let mut portion = wanted;
        loop {
            let mut chosen = read(portion)?;
            let members = chosen.as_mut();
            let all = members.len() < portion || portion >= most;
            let last = members.last().map_or(i64::MIN, |member| member.sort);
            self.rules.cut(members, self.now);
            if all || members.len() >= wanted || self.rules.exhausted(members, last, self.now) {
                members.truncate(wanted);
                return Ok(chosen);
            }
            portion = portion.saturating_mul(4).min(most);
        }
    }
}
