//! What duplicates are found by: marks are as the items are, and only those of members that can be seen.

use super::*;
use crate::normalize::likeness::Likeness;

const TITLE: &str = "Mills of the north";

fn measured(mut seen: Seen) -> Seen {
    seen.likeness = Some(Likeness::of(&seen.item, None));
    seen
}

fn post(key: &str, title: &str, date: i64) -> Seen {
    measured(article(key, title, Some(date), &[]))
}

/// Keys of the members of the feed of everything that have a mark in common with the first item, itself among them.
fn alike(store: &dyn Store, key: &str, now: i64) -> Vec<String> {
    let feed = feed(store, Axis::All, "", now);
    let members = store.members_behind(feed.id, at(now), None, None, 1_000).unwrap();
    let item = members.iter().find(|member| member.item.key == key).unwrap();
    let (_, marked) = store.marked(&[item.id]).unwrap().remove(0);
    let mut found = Vec::new();
    for mark in marked.marks {
        found.extend(store.carriers(feed.id, at(now), mark).unwrap());
    }
    let found = store.marked(&found).unwrap().into_iter();
    let mut keys: Vec<String> = found.map(|(member, _)| member.item.key).collect();
    keys.sort();
    keys.dedup();
    keys
}

pub(super) fn marks_follow_their_items(store: &mut dyn Store) {
    let now = START + DAY;
    let items = vec![post("a", TITLE, START), post("b", TITLE, START + 60), post("c", "Mills of the south", START)];
    look(store, "posts", items, &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), ["a", "b"]);
    assert_eq!(alike(store, "c", now), ["c"]);
    // Another title, another date, another source: as if it had always been so.
    let items = vec![post("b", "Mills of the south", START + 60), post("a", TITLE, START)];
    look(store, "posts", items, &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), ["a"]);
    assert_eq!(alike(store, "c", now), ["b", "c"]);
    look(store, "posts", vec![post("b", "Mills of the south", START + 30 * DAY)], &[], now + 40 * DAY, Future::Hold);
    assert_eq!(alike(store, "c", now + 40 * DAY), ["c"]);
    look(store, "more", vec![post("d", TITLE, START)], &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), ["a", "d"]);
    look(store, "posts", vec![], &["a"], now, Future::Hold);
    assert_eq!(alike(store, "d", now), ["d"]);
}

pub(super) fn only_what_can_be_seen_has_marks(store: &mut dyn Store) {
    let now = START + DAY;
    let mut expired = post("b", TITLE, START);
    expired.item.expires = Some(at(START + 10));
    let items = vec![post("a", TITLE, START), expired, post("c", TITLE, now + 60), post("d", TITLE, START)];
    look(store, "posts", items, &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), ["a", "d"]);
    assert_eq!(alike(store, "a", now + 60), ["a", "c", "d"]);
}

pub(super) fn what_too_many_have_says_nothing(store: &mut dyn Store) {
    let now = START + DAY;
    let items = |number: usize| (0..number).map(|n| post(&format!("p{n:03}"), TITLE, START + n as i64)).collect();
    look(store, "posts", items(100), &[], now, Future::Hold);
    assert_eq!(alike(store, "p000", now).len(), 100);
    look(store, "posts", items(101), &[], now, Future::Hold);
    assert_eq!(alike(store, "p000", now), ["p000"]);
}

pub(super) fn what_is_known_is_measured_anew(store: &mut dyn Store) {
    let now = START + DAY;
    let items = vec![article("a", TITLE, Some(START), &[]), article("b", TITLE, Some(START), &[])];
    look(store, "posts", items, &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), Vec::<String>::new());
    store.measure_all(Some(&Likeness::of)).unwrap();
    assert_eq!(alike(store, "a", now), ["a", "b"]);
    // Seen without a measure they stay as they are.
    look(store, "posts", vec![article("a", TITLE, Some(START), &[])], &[], now, Future::Hold);
    assert_eq!(alike(store, "a", now), ["a", "b"]);
    store.measure_all(None).unwrap();
    assert_eq!(alike(store, "a", now), Vec::<String>::new());
}

pub(super) fn members_come_in_portions(store: &mut dyn Store) {
    let now = START + DAY;
    let date = |n: usize| START + n as i64 / 3;
    let items = (0..20).map(|n| article(&format!("p{n:02}"), "t", Some(date(n)), &[])).collect();
    look(store, "posts", items, &[], now, Future::Hold);
    let feed = feed(store, Axis::All, "", now);
    let whole = store.members(feed.id, at(now), 100, None, &HashSet::new()).unwrap();
    for (size, oldest) in [(1, None), (3, None), (7, None), (50, None), (4, Some(date(10)))] {
        let (mut ids, mut place) = (Vec::new(), None);
        loop {
            let portion = store.members_behind(feed.id, at(now), oldest, place.as_ref(), size).unwrap();
            let Some(last) = portion.last() else { break };
            assert!(portion.len() <= size);
            place = Some(last.place());
            ids.extend(portion.iter().map(|member| member.id));
        }
        let young = whole.iter().filter(|member| oldest.is_none_or(|oldest| member.sort >= oldest));
        assert_eq!(ids, young.map(|member| member.id).collect::<Vec<_>>(), "{size} {oldest:?}");
    }
}
