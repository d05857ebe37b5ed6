//! Entries as they are read → the newest of them, in the order of the document, however many there are.
//!
//! Some feeds hold years, and some of these list the oldest first: where reading stopped early, what is new would never
//! be seen.

use super::repair::Repairs;
use crate::model::Entry;
use std::cmp::Reverse;

/// Entries of one document that are read.
const MAX_READ: usize = 100_000;

/// What was read of the entries.
#[derive(Debug)]
pub(super) struct Entries {
    /// So many are kept.
    most: usize,
    /// With their places in the document. Up to twice as many as are kept, so that looking for the oldest costs little.
    list: Vec<(usize, Entry)>,
    read: usize,
    /// There is one more than are read.
    more: bool,
}

impl Entries {
    /// None yet, and of those to come the newest `most`.
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, list: Vec::new(), read: 0, more: false }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        if self.read == MAX_READ {
            self.more = true;
            return;
        }
        self.list.push((self.read, entry));
        self.read += 1;
        if self.list.len() >= self.most.saturating_mul(2) {
            self.drop_oldest();
        }
    }

    /// Nothing that comes is kept any more.
    pub(super) fn is_full(&self) -> bool {
        self.more
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those that are kept, in the order of the document; notes when others are left out.
    pub(super) fn newest(mut self, repairs: &mut Repairs) -> Vec<Entry> {
        self.drop_oldest();
        if self.more {
            repairs.note("limit:items", &format!("{} of the first {MAX_READ}", self.most), None);
        } else if self.read > self.most {
            repairs.note("limit:items", &self.most.to_string(), None);
        }
        self.list.sort_unstable_by_key(|(place, _)| *place);
        self.list.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Keeps the newest. Of equals, and of those without a date, the first are the newest, as in most feeds.
    fn drop_oldest(&mut self) {
        if self.list.len() > self.most {
            self.list.select_nth_unstable_by_key(self.most, |(place, entry)| (Reverse(entry.published), *place));
            self.list.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    const MOST: usize = 2_000;

    #[test]
    fn the_newest_of_any_order_are_kept_as_they_stand() {
        let newest = |count: usize, date: &dyn Fn(usize) -> Option<i64>| {
            let mut entries = Entries::at_most(MOST);
            for place in 0..count {
                let published = date(place).and_then(|date| DateTime::from_timestamp(date, 0));
                entries.push(Entry { id: Some(place.to_string()), published, ..Entry::default() });
                assert!(entries.list.len() < 2 * MOST);
            }
            let mut repairs = Repairs::default();
            let ids: Vec<usize> =
                entries.newest(&mut repairs).into_iter().filter_map(|entry| entry.id?.parse().ok()).collect();
            assert_eq!(repairs.len() > 0, count > MOST, "{count}");
            ids
        };
        let check = |count: usize, date: &dyn Fn(usize) -> Option<i64>, expect: Vec<usize>| {
            assert_eq!(newest(count, date), expect, "{count}");
        };
        check(0, &|_| None, vec![]);
        check(2_000, &|_| None, (0..2_000).collect());
        check(2_001, &|_| None, (0..2_000).collect());
        // Oldest first, newest first, all of one date, with and without one by turns, one of them out of order.
        check(50_000, &|place| Some(place as i64), (48_000..50_000).collect());
        check(50_000, &|place| Some(-(place as i64)), (0..2_000).collect());
        check(50_000, &|_| Some(0), (0..2_000).collect());
        check(8_000, &|place| (place % 2 == 0).then_some(place as i64), (4_000..8_000).step_by(2).collect());
        let pinned = |place: usize| Some(if place == 9_999 { 99_999 } else { -(place as i64) });
        check(10_000, &pinned, (0..1_999).chain([9_999]).collect());
        check(MAX_READ + 5, &|place| Some(place as i64), (98_000..100_000).collect());
    }
}
