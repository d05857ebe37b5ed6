//! Identity when feeds change, and what guards hold back: the rules that keep subscribers from floods.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// The suite's part about feeds.
pub(super) fn check(new: &dyn Fn() -> Box<dyn Store>) {
    guids_that_flip_stay_one_item(&mut *new());
    addresses_are_one_but_for_fragments(&mut *new());
    a_link_alone_is_no_proof(&mut *new());
    an_item_whose_own_key_is_there_is_another(&mut *new());
    many_weak_marks_are_one_proof(&mut *new());
    entries_without_titles_are_recognized_too(&mut *new());
    few_weak_marks_are_none(&mut *new());
    a_mark_of_two_items_is_none(&mut *new());
    nobody_is_flooded_before_the_first_publication(&mut *new());
    a_new_source_shows_its_newest(&mut *new());
    what_is_usual_is_shown(&mut *new());
    as_much_as_before_is_shown(&mut *new());
    a_flood_is_held_until_it_is_released(&mut *new());
    what_is_held_is_updated_and_known(&mut *new());
    a_limit_of_ones_own_takes_the_place(&mut *new());
    articles_are_guarded_later_and_mildly(&mut *new());
    a_feed_keeps_its_newest(&mut *new());
    what_is_cut_off_is_never_new_again(&mut *new());
    a_folder_shows_its_newest_and_older_ones_come_back(&mut *new());
    another_feed_is_believed_at_the_third_look(&mut *new());
    what_was_held_is_held_under_other_rules(&mut *new());
    what_is_no_edit_keeps_the_body(&mut *new());
    a_lost_state_brings_no_flood(&mut *new());
    whatever_a_feed_does_ids_stay(new);
}

const LEARNED: Limits = Limits { keep: Some(500), max_new: MaxNew::Learned, accept: false };
const ACCEPT: Limits = Limits { accept: true, ..LEARNED };

/// A look at the feed `feed`, which is one document.
fn read(store: &mut dyn Store, title: &str, list: Vec<Seen>, limits: Limits, now: i64) -> Changes {
    let row = store.source("feed", "feed", "").unwrap();
    let list = list.into_iter().map(|seen| Seen { item: Item { source: "feed".into(), ..seen.item }, ..seen });
    let title = (!title.is_empty()).then(|| title.to_owned());
    let observation =
        Observation { document: None, title: title.clone(), warnings: Vec::new(), gave: Gave::Items(list.collect()) };
    store
        .remember(Harvest {
            source: row.id,
            now: at(now),
            future: Future::Clamp,
            observations: &mut std::iter::once(vec![observation]),
            gone: Vec::new(),
            forget_bodies: false,
            extent: Extent::OneFeed,
            limits,
            row: SourceRow { succeeded: Some(now), kind: "feed".into(), title, ..row },
            terms: &terms,
        })
        .unwrap()
}

/// An entry number `n`, of its own hour.
fn numbered(n: i64) -> Seen {
    let link = format!("https://example.org/{n}");
    entry(&link, &format!("Title {n}"), &link, START + n * 3600)
}

fn numbers(range: std::ops::Range<i64>) -> Vec<Seen> {
    range.rev().map(numbered).collect()
}

/// Somebody can subscribe from now on.
fn publish(store: &mut dyn Store, now: i64) {
    store.ensure_feed(Axis::All, "", at(now)).unwrap();
    let rows = store.feeds(at(now)).unwrap();
    let published = rows.iter().map(|row| Published {
        feed: row.id,
        published: true,
        folder: Some(String::new()),
        atom_id: None,
        updated: now,
        shown: 1,
        due: None,
    });
    store.pin(&published.collect::<Vec<_>>()).unwrap();
    store.note_files(&[], &[], &rows.iter().map(|row| row.id).collect::<Vec<_>>()).unwrap();
}

fn ids(store: &dyn Store, now: i64) -> Vec<String> {
    all(store, now).into_iter().map(|member| member.item.id).collect()
}

fn count(changes: &Changes) -> (u64, u64, u64) {
    (changes.new, changes.held_back, changes.held)
}

fn with(mut seen: Seen, change: impl FnOnce(&mut Item)) -> Seen {
    change(&mut seen.item);
    Seen { hash: crate::normalize::hash::reader_hash(&seen.item, "body"), ..seen }
}

fn guids_that_flip_stay_one_item(store: &mut dyn Store) {
    let named = |key: &str, title: &str, link: &str| {
        with(numbered(1), |item| {
            (item.key, item.id, item.link, item.title) = (key.into(), key.into(), Some(link.into()), title.into());
        })
    };
    let (a, b) = ("https://a.example/?p=1", "urn:x:1");
    read(store, "F", vec![named(a, "One", "https://a.example/1")], LEARNED, START);
    let changes = read(store, "F", vec![named(b, "One", "https://a.example/1")], LEARNED, START + DAY);
    assert_eq!(changes, Changes { total: 1, ..Changes::default() }, "readers see no change");
    publish(store, START);
    // The link and the title go, then the old guid is back: only that it was known is left.
    read(store, "F", vec![named(b, "Other", "https://b.example/x")], LEARNED, START + 2 * DAY);
    read(store, "F", vec![named(a, "Third", "https://c.example/y")], LEARNED, START + 3 * DAY);
    assert_eq!(ids(store, START + 4 * DAY), [a]);
    // Both at once are two: which of them it was is decided.
    let both = vec![named(a, "Third", "https://c.example/y"), named(b, "New", "https://d.example/z")];
    read(store, "F", both, LEARNED, START + 4 * DAY);
    assert_eq!(all(store, START + 4 * DAY).len(), 2);
}

fn addresses_are_one_but_for_fragments(store: &mut dyn Store) {
    // Neither title nor link tells them apart or together.
    let named = |key: &str| {
        with(numbered(1), |item| {
            (item.key, item.id, item.link, item.title) = (key.into(), key.into(), None, String::new());
        })
    };
    for (key, count) in [
        ("http://a.example/x", 1),
        ("https://a.example/x", 1),
        ("https://a.example/x/", 1),
        ("https://A.example/x", 1),
        ("https://a.example/x#1", 2),
        ("https://a.example/x#2", 3),
        ("https://a.example/x/#2", 3),
        ("https://a.example/X", 4),
    ] {
        read(store, "F", vec![named(key)], LEARNED, START + DAY);
        assert_eq!(all(store, START + DAY).len(), count, "{key}");
    }
    assert!(ids(store, START + DAY).contains(&"http://a.example/x".to_owned()), "the first stays");
}

fn a_link_alone_is_no_proof(store: &mut dyn Store) {
    let log = |n: i64, title: &str| {
        let mut seen = entry(&format!("g{n}"), title, "https://example.org/log", START + n);
        seen.item.id = format!("urn:x:{n}");
        seen
    };
    read(store, "F", vec![log(1, "One")], LEARNED, START + DAY);
    read(store, "F", vec![log(2, "Two")], LEARNED, START + DAY);
    assert_eq!(all(store, START + DAY).len(), 2);
    // The link of several is no mark, not even with a title.
    read(store, "F", vec![log(3, "Two")], LEARNED, START + DAY);
    assert_eq!(all(store, START + DAY).len(), 3);
    // With title and date it is; with either where it is the only one.
    let again = |n: i64, key: &str, date: i64, title: &str| {
        let mut seen = entry(key, title, "https://example.org/only", START + date);
        seen.item.id = format!("urn:y:{n}");
        seen
    };
    for (n, date, title) in [(1, 1, "One"), (2, 9, "One"), (3, 9, "Edited")] {
        read(store, "F", vec![again(n, &format!("h{n}"), date, title)], LEARNED, START + DAY);
        assert_eq!(all(store, START + DAY).len(), 4, "{n}");
    }
    read(store, "F", vec![again(4, "h4", 10, "Other")], LEARNED, START + DAY);
    assert_eq!(all(store, START + DAY).len(), 5);
    // A page of its own for each fragment.
    let part = |n: i64| {
        let mut seen = entry(&format!("p{n}"), "Part", &format!("https://example.org/page#{n}"), START + n);
        seen.item.id = format!("urn:z:{n}");
        seen
    };
    read(store, "F", vec![part(1)], LEARNED, START + DAY);
    read(store, "F", vec![part(2)], LEARNED, START + DAY);
    assert_eq!(all(store, START + DAY).len(), 7);
}

fn an_item_whose_own_key_is_there_is_another(store: &mut dyn Store) {
    let twin = |key: &str| with(numbered(1), |item| (item.key, item.id) = (key.into(), key.into()));
    read(store, "F", vec![twin("urn:x:a")], LEARNED, START);
    read(store, "F", vec![twin("urn:x:b"), twin("urn:x:a")], LEARNED, START);
    assert_eq!(all(store, START + DAY).len(), 2);
}

/// Entries of a site that gives them other guids and links.
fn moved(n: i64, change: impl FnOnce(&mut Item)) -> Seen {
    with(numbered(n), |item| {
        item.key = format!("https://moved.example/{n}");
        (item.id, item.link) = (item.key.clone(), Some(item.key.clone()));
        change(item);
    })
}

fn many_weak_marks_are_one_proof(store: &mut dyn Store) {
    read(store, "F", numbers(0..10), LEARNED, START + DAY);
    let before = ids(store, START + DAY);
    // Title and date.
    let list = (0..10).rev().map(|n| moved(n, |item| item.link = Some(format!("https://moved.example/other/{n}"))));
    let changes = read(store, "F", list.collect(), LEARNED, START + 2 * DAY);
    assert_eq!((changes.new, changes.rekeyed), (0, 10));
    // The link alone, with a few that are new.
    let list = (0..13).rev().map(|n| {
        with(numbered(n), |item| {
            (item.key, item.id) = (format!("r{n}"), format!("urn:r:{n}"));
            item.link = Some(format!("https://moved.example/other/{n}"));
            (item.title, item.published) = (format!("Edited {n}"), None);
        })
    });
    let changes = read(store, "F", list.collect(), LEARNED, START + 3 * DAY);
    assert_eq!((changes.new, changes.rekeyed), (3, 10));
    // Title and path, undated.
    let list = (0..10).rev().map(|n| {
        with(numbered(n), |item| {
            (item.key, item.id) = (format!("s{n}"), format!("urn:s:{n}"));
            item.link = Some(format!("https://third.example/other/{n}"));
            (item.title, item.published) = (format!("Edited {n}"), None);
        })
    });
    let changes = read(store, "F", list.collect(), LEARNED, START + 4 * DAY);
    assert_eq!((changes.new, changes.rekeyed), (0, 10));
    let after = ids(store, START + 9 * DAY);
    assert!(after.len() == 13 && before.iter().all(|id| after.contains(id)));
    // A short document, if all of it agrees.
    read(store, "F", vec![numbered(100), numbered(101)], LEARNED, START + 9 * DAY);
    let changes = read(store, "F", vec![moved(100, |_| {}), moved(101, |_| {})], LEARNED, START + 9 * DAY);
    assert_eq!((changes.new, changes.rekeyed), (0, 2));
}

fn entries_without_titles_are_recognized_too(store: &mut dyn Store) {
    let bare = |item: &mut Item| item.title = String::new();
    read(store, "F", (0..9).map(|n| with(numbered(n), bare)).collect(), LEARNED, START + DAY);
    let changes = read(store, "F", (0..9).map(|n| moved(n, bare)).collect(), LEARNED, START + DAY);
    assert_eq!((changes.new, changes.rekeyed), (0, 9));
    // Neither guid nor link, and all dates are wrong.
    let nameless = |n: i64, key: &str, date: i64| {
        with(numbered(n), |item| {
            (item.key, item.id, item.link) = (format!("hash:{key}{n}"), format!("urn:x:{key}{n}"), None);
            item.published = Some(at(START + date + n));
        })
    };
    read(store, "F", (10..19).map(|n| nameless(n, "a", 0)).collect(), LEARNED, START + DAY);
    let changes = read(store, "F", (10..19).map(|n| nameless(n, "b", 3600)).collect(), LEARNED, START + DAY);
    assert_eq!((changes.new, changes.rekeyed), (0, 9));
}

fn few_weak_marks_are_none(store: &mut dyn Store) {
    read(store, "F", numbers(0..20), LEARNED, START + DAY);
    // Four of six, and one alone.
    let mut list: Vec<Seen> = (0..4).map(|n| moved(n, |_| {})).collect();
    list.extend([numbered(18), numbered(19)]);
    assert_eq!(read(store, "F", list, LEARNED, START + DAY).new, 4);
    assert_eq!(read(store, "F", vec![moved(7, |_| {})], LEARNED, START + DAY).new, 1);
    // Five, but not half of them.
    let list = (8..13).map(|n| moved(n, |_| {})).chain((13..20).map(numbered)).collect();
    assert_eq!(read(store, "F", list, LEARNED, START + DAY).new, 5);
}

fn a_mark_of_two_items_is_none(store: &mut dyn Store) {
    let same = |n: i64| with(numbered(n), |item| (item.title, item.published) = ("Digest".into(), Some(at(START))));
    read(store, "F", (0..10).map(same).collect(), LEARNED, START + DAY);
    let other = |n: i64| {
        moved(n, |item| {
            (item.title, item.published) = ("Digest".into(), Some(at(START)));
            item.link = Some(format!("https://moved.example/x{n}"));
        })
    };
    let changes = read(store, "F", (0..10).map(other).collect(), LEARNED, START + DAY);
    assert_eq!((changes.new, changes.rekeyed), (10, 0));
}

fn nobody_is_flooded_before_the_first_publication(store: &mut dyn Store) {
    assert_eq!(count(&read(store, "F", numbers(0..100), LEARNED, START)), (100, 0, 0));
    assert_eq!(count(&read(store, "F", numbers(100..200), LEARNED, START)), (100, 0, 0));
}

fn a_new_source_shows_its_newest(store: &mut dyn Store) {
    publish(store, START);
    assert_eq!(count(&read(store, "F", numbers(0..100), LEARNED, START + 9 * DAY)), (20, 80, 80));
    let shown: Vec<_> = all(store, START + 9 * DAY).into_iter().map(|member| member.item.title).collect();
    assert_eq!((shown.len(), shown[0].as_str(), shown[19].as_str()), (20, "Title 99", "Title 80"));
    let id = store.sources().unwrap()[0].id;
    assert_eq!((store.item_counts().unwrap()[&id], store.held_counts().unwrap()[&id]), (20, 80));
    assert_eq!(count(&read(store, "F", numbers(0..101), LEARNED, START + 10 * DAY)), (1, 0, 80), "nothing drips out");
}

fn what_is_usual_is_shown(store: &mut dyn Store) {
    read(store, "F", numbers(0..5), LEARNED, START);
    publish(store, START);
    // Twelve at a time are usual; sixty at once are the most.
    let mut next = 5;
    for day in 1..4 {
        read(store, "F", numbers(next..next + 12), LEARNED, START + day * 30 * DAY);
        next += 12;
    }
    let year = START + 365 * DAY;
    assert_eq!(count(&read(store, "F", numbers(next..next + 60), LEARNED, year)), (60, 0, 0));
    assert_eq!(count(&read(store, "F", numbers(500..801), LEARNED, year + 1)), (20, 281, 281));
}

fn as_much_as_before_is_shown(store: &mut dyn Store) {
    // One in an hour; after two days of silence there may be twice as many as in the two days before.
    read(store, "F", numbers(0..100), LEARNED, START + 100 * 3600);
    publish(store, START);
    let now = START + 148 * 3600;
    assert_eq!(count(&read(store, "F", numbers(100..150), LEARNED, now)), (50, 0, 0));
    assert_eq!(count(&read(store, "F", numbers(500..899), LEARNED, now + 3600)), (20, 379, 379));
}

fn a_flood_is_held_until_it_is_released(store: &mut dyn Store) {
    read(store, "F", numbers(0..10), LEARNED, START + DAY);
    publish(store, START + DAY);
    let late = START + 90 * DAY;
    assert_eq!(count(&read(store, "F", numbers(100..330), LEARNED, late)), (20, 210, 210));
    assert_eq!(all(store, late).len(), 30);
    publish(store, late);
    let source = store.sources().unwrap()[0].id;
    assert_eq!(store.apply_limits(source, LEARNED, at(late)).unwrap(), 0);
    assert!(store.feeds(at(late)).unwrap().iter().all(|row| !row.dirty));
    assert_eq!(store.apply_limits(source, ACCEPT, at(late)).unwrap(), 210);
    assert_eq!((all(store, late).len(), store.held_counts().unwrap().len()), (240, 0));
    assert!(store.feeds(at(late)).unwrap().iter().all(|row| row.dirty));
    assert_eq!(store.apply_limits(source, ACCEPT, at(late)).unwrap(), 0);
    // While changes are accepted nothing is held.
    assert_eq!(count(&read(store, "F", numbers(400..500), ACCEPT, late)), (100, 0, 0));
}

fn what_is_held_is_updated_and_known(store: &mut dyn Store) {
    read(store, "F", numbers(0..10), LEARNED, START + DAY);
    publish(store, START + DAY);
    let late = START + 90 * DAY;
    read(store, "F", numbers(100..330), LEARNED, late);
    publish(store, late);
    let edited = |n: i64| with(numbered(n), |item| item.title = format!("Edited {n}"));
    let changes = read(store, "F", (100..310).map(edited).collect(), LEARNED, late + DAY);
    assert_eq!(changes, Changes { total: 30, held: 210, ..Changes::default() }, "readers see nothing of it");
    assert!(store.feeds(at(late)).unwrap().iter().all(|row| !row.dirty));
    // Their names change as those of others.
    let changes = read(
        store,
        "F",
        (100..310).map(|n| moved(n, |item| item.title = format!("Edited {n}"))).collect(),
        LEARNED,
        late + DAY,
    );
    assert_eq!((changes.new, changes.held, changes.rekeyed), (0, 210, 210));
    store.apply_limits(store.sources().unwrap()[0].id, ACCEPT, at(late)).unwrap();
    let shown = all(store, late + DAY);
    let one = shown.iter().find(|member| member.item.title == "Edited 100").unwrap();
    assert_eq!((shown.len(), one.item.id.as_str()), (240, "https://example.org/100"));
}

fn a_limit_of_ones_own_takes_the_place(store: &mut dyn Store) {
    read(store, "F", numbers(0..50), LEARNED, START + DAY);
    publish(store, START + DAY);
    let at_most = |n: usize| Limits { max_new: MaxNew::AtMost(n), ..LEARNED };
    assert_eq!(count(&read(store, "F", numbers(100..103), at_most(3), START + DAY)), (3, 0, 0));
    assert_eq!(count(&read(store, "F", numbers(200..204), at_most(3), START + DAY)), (3, 1, 1));
    assert_eq!(count(&read(store, "F", numbers(300..400), at_most(100), START + DAY)), (100, 0, 1));
    let any = Limits { max_new: MaxNew::Any, ..LEARNED };
    assert_eq!(count(&read(store, "F", numbers(500..700), any, START + DAY)), (200, 0, 1));
}

/// A look at the folder `posts`.
fn walk(store: &mut dyn Store, list: Vec<Seen>, gone: &[&str], limits: Limits, now: i64) -> Changes {
    let row = store.source("posts", "articles", "").unwrap();
    let observation = |seen: Seen| Observation {
        document: Some((seen.item.key.clone(), 1)),
        title: None,
        warnings: Vec::new(),
        gave: Gave::Items(vec![seen]),
    };
    store
        .remember(Harvest {
            source: row.id,
            now: at(now),
            future: Future::Hold,
            observations: &mut std::iter::once(list.into_iter().map(observation).collect()),
            gone: gone.iter().map(|path| (*path).to_owned()).collect(),
            forget_bodies: false,
            extent: Extent::Part,
            limits,
            row: SourceRow { succeeded: Some(now), ..row },
            terms: &terms,
        })
        .unwrap()
}

fn posts(range: std::ops::Range<i64>) -> Vec<Seen> {
    range.map(|n| article(&format!("{n:04}"), &format!("Title {n}"), Some(START + n), &[])).collect()
}

fn articles_are_guarded_later_and_mildly(store: &mut dyn Store) {
    let limits = Limits { keep: None, ..LEARNED };
    publish(store, START);
    assert_eq!(count(&walk(store, posts(0..100), &[], limits, START + DAY)), (100, 0, 0), "not at the first look");
    assert_eq!(count(&walk(store, posts(100..200), &[], limits, START + DAY)), (100, 0, 0), "as many as there are");
    assert_eq!(count(&walk(store, posts(200..900), &[], limits, START + DAY)), (20, 680, 680));
    // A held article is withdrawn and renamed like others.
    let changes = walk(store, Vec::new(), &["0200"], limits, START + DAY);
    assert_eq!((changes.held, changes.total), (679, 220));
    let mut renamed = posts(201..202);
    renamed[0].item.key = "other".into();
    assert_eq!(count(&walk(store, renamed, &["0201"], limits, START + DAY)), (0, 0, 679));
    store.apply_limits(store.sources().unwrap()[0].id, Limits { accept: true, ..limits }, at(START)).unwrap();
    assert_eq!(all(store, START + DAY).len(), 899);
}

fn a_feed_keeps_its_newest(store: &mut dyn Store) {
    let keep = |n: usize| Limits { keep: Some(n), ..LEARNED };
    let changes = read(store, "F", numbers(0..100), keep(30), START + 9 * DAY);
    assert_eq!((changes.new, changes.total, changes.held), (30, 30, 0));
    let shown = all(store, START + 9 * DAY);
    assert_eq!((shown.len(), shown[29].item.title.as_str()), (30, "Title 70"));
    let ids: Vec<ItemId> = shown.iter().map(|member| member.id).collect();
    let changes = read(store, "F", numbers(100..110), keep(30), START + 9 * DAY);
    assert_eq!((changes.new, changes.total), (10, 30));
    assert_eq!(store.bodies(&ids).unwrap().len(), 20, "the bodies of ten are gone with them");
    let source = store.sources().unwrap()[0].id;
    store.apply_limits(source, keep(5), at(START)).unwrap();
    assert_eq!(all(store, START + 9 * DAY).len(), 5, "a smaller number holds at once");
    // What is older than all that is kept is no flood.
    publish(store, START);
    let old = (-100..0).map(numbered).collect();
    assert_eq!(count(&read(store, "F", old, keep(5), START + 90 * DAY)), (0, 0, 0));
    // Among equals the first of a document.
    let undated = |n: i64| with(numbered(n), |item| item.published = None);
    let fresh = store.source("feed", "feed", "").unwrap();
    assert_eq!(fresh.id, source);
    let changes = read(store, "F", (200..210).map(undated).collect(), keep(5), START + 91 * DAY);
    assert_eq!((changes.new, changes.total), (5, 5));
    let mut titles: Vec<_> = all(store, START + 99 * DAY).into_iter().map(|member| member.item.title).collect();
    titles.sort();
    assert_eq!(titles, ["Title 200", "Title 201", "Title 202", "Title 203", "Title 204"]);
}

fn what_is_cut_off_is_never_new_again(store: &mut dyn Store) {
    let keep = Limits { keep: Some(10), ..LEARNED };
    // More than are remembered, in a document that shows them all: none is forgotten.
    let (many, now) = (5_100, START + 900 * DAY);
    read(store, "F", numbers(0..many), keep, now);
    assert_eq!(count(&read(store, "F", numbers(0..many), keep, now)), (0, 0, 0));
    // Then only the newest: the oldest are forgotten, and would still be no news if they came back.
    read(store, "F", numbers(many - 10..many), keep, now);
    let changes = read(store, "F", numbers(0..many), keep, now);
    assert_eq!((changes.new, changes.changed, changes.total), (0, 0, 10));
    assert_eq!(all(store, now).len(), 10);
}

fn a_folder_shows_its_newest_and_older_ones_come_back(store: &mut dyn Store) {
    let keep = |n: usize| Limits { keep: Some(n), ..Limits::NONE };
    assert_eq!(walk(store, posts(0..10), &[], keep(4), START + DAY).new, 4);
    let titles = |store: &dyn Store| shown(store, Axis::All, "", START + DAY, 99);
    assert_eq!(titles(store), ["Title 9", "Title 8", "Title 7", "Title 6"]);
    walk(store, Vec::new(), &["0009", "0007"], keep(4), START + DAY);
    assert_eq!(titles(store), ["Title 8", "Title 6", "Title 5", "Title 4"]);
    walk(store, posts(10..11), &[], keep(4), START + DAY);
    assert_eq!(titles(store), ["Title 10", "Title 8", "Title 6", "Title 5"]);
    let source = store.sources().unwrap()[0].id;
    store.apply_limits(source, keep(2), at(START)).unwrap();
    assert_eq!(titles(store), ["Title 10", "Title 8"]);
    // What is not shown is no flood.
    publish(store, START);
    let guarded = Limits { keep: Some(2), ..LEARNED };
    let old = (0..90).map(|n| article(&format!("x{n}"), "Old", Some(START - 9), &[])).collect();
    let changes = walk(store, old, &[], guarded, START + DAY);
    assert_eq!((changes.new, changes.held_back, changes.total), (0, 0, 2));
    let gone: Vec<String> = (0..90).map(|n| format!("x{n}")).collect();
    walk(store, Vec::new(), &gone.iter().map(String::as_str).collect::<Vec<_>>(), guarded, START + DAY);
    store.rebuild_members(&terms, false, at(START)).unwrap();
    assert_eq!(titles(store), ["Title 10", "Title 8"]);
    store.apply_limits(source, Limits::NONE, at(START)).unwrap();
    assert_eq!(titles(store).len(), 9);
}

fn another_feed_is_believed_at_the_third_look(store: &mut dyn Store) {
    read(store, "Diary", numbers(0..3), LEARNED, START);
    let before = ids(store, START + DAY);
    let casino =
        |store: &mut dyn Store, title: &str, n: i64| read(store, title, numbers(n..n + 5), LEARNED, START + DAY);
    assert_eq!(casino(store, "Casino", 100).replaced, Some(1));
    assert_eq!(casino(store, "Casino", 100).replaced, Some(2));
    // A look that finds the old feed begins the count anew, and so does yet another title.
    assert_eq!(read(store, "Diary", numbers(0..3), LEARNED, START + DAY).replaced, None);
    assert_eq!(casino(store, "Casino", 100).replaced, Some(1));
    assert_eq!(casino(store, "Pills", 100).replaced, Some(1));
    assert_eq!(casino(store, "Pills 2", 100).replaced, Some(2));
    assert_eq!(ids(store, START + DAY), before);
    let changes = casino(store, "Pills", 100);
    assert_eq!((changes.replaced, changes.new, changes.total), (None, 5, 8));
    // One known entry, the same title, or somebody's word: it is the same feed.
    assert_eq!(read(store, "Other", vec![numbered(0), numbered(200)], LEARNED, START + DAY).replaced, None);
    assert_eq!(read(store, "Other", numbers(300..305), LEARNED, START + DAY).replaced, None);
    assert_eq!(read(store, "Third", numbers(400..405), ACCEPT, START + DAY).replaced, None);
}

fn what_was_held_is_held_under_other_rules(store: &mut dyn Store) {
    read(store, "F", numbers(0..10), LEARNED, START);
    publish(store, START);
    read(store, "F", numbers(100..330), LEARNED, START + 90 * DAY);
    let now = START + 99 * DAY;
    store.rebuild_members(&terms, false, at(now)).unwrap();
    assert_eq!(all(store, now).len(), 30);
    store.forget_sources_except(&[]).unwrap();
    assert_eq!(all(store, now).len(), 30);
    assert_eq!(count(&read(store, "F", numbers(100..330), LEARNED, now)), (0, 0, 210));
    assert_eq!(all(store, now).len(), 30);
}

fn what_is_no_edit_keeps_the_body(store: &mut dyn Store) {
    let told = |html: &str, categories: &[&str]| {
        let mut seen = with(numbered(1), |_| {});
        seen.item.categories = categories.iter().map(|name| vec![(*name).to_owned()]).collect();
        seen.body = Some(Content { html: html.into(), ..Content::default() });
        seen
    };
    read(store, "F", vec![told("17 views", &["a"])], LEARNED, START + DAY);
    publish(store, START);
    let id = all(store, START + DAY)[0].id;
    let body = |store: &dyn Store| store.bodies(&[id]).unwrap().remove(&id).unwrap().html;
    let changes = read(store, "F", vec![told("18 views", &["a"])], LEARNED, START + 2 * DAY);
    assert!(changes.none() && body(store) == "17 views");
    assert!(store.feeds(at(START)).unwrap().iter().all(|row| !row.dirty));
    // Filed elsewhere: the feeds change, the item is as old as it was.
    let changes = read(store, "F", vec![told("19 views", &["b"])], LEARNED, START + 3 * DAY);
    assert_eq!((changes.changed, body(store).as_str()), (1, "17 views"));
    assert_eq!(all(store, START + 3 * DAY)[0].updated, START + 3600);
    assert_eq!(shown(store, Axis::Category, "b", START + 3 * DAY, 9).len(), 1);
}

fn a_lost_state_brings_no_flood(store: &mut dyn Store) {
    // Fifty of two hundred were shown.
    let recovered = (150..200).map(|n| {
        let Seen { item, .. } = numbered(n);
        let published = item.published.map(|date| date.timestamp());
        RecoveredItem { item, source: Some("feed".into()), published, updated: START, body: None }
    });
    let feed = RecoveredFeed {
        axis: Axis::All,
        name: String::new(),
        folder: String::new(),
        atom_id: "x".into(),
        updated: START,
        members: (0..50).collect(),
        files: Vec::new(),
    };
    let now = START + 90 * DAY;
    store.recover(&[("feed", "feed")], vec![feed], recovered.collect(), at(now)).unwrap();
    let changes = read(store, "F", numbers(0..203), LEARNED, now);
    assert_eq!(count(&changes), (3, 150, 150), "what came meanwhile is news, the rest is not");
    assert_eq!(all(store, now).len(), 53);
    // A few that were not shown are no flood.
    let changes = read(store, "F", numbers(203..213), LEARNED, now + DAY);
    assert_eq!(count(&changes), (10, 0, 150));
}

/// Documents of a few guids, links, titles and dates in every combination, one after the other.
fn whatever_a_feed_does_ids_stay(new: &dyn Fn() -> Box<dyn Store>) {
    let entry = (0..8i64, 0..6i64, 0..4i64, 0..4i64).prop_map(|(guid, link, title, date)| {
        with(numbered(1), |item| {
            item.key = match guid {
                0 => format!("http://a.example/{link}"),
                1 => format!("https://a.example/{link}/"),
                _ => format!("g{guid}"),
            };
            item.link = (link > 0).then(|| format!("https://a.example/{}", link / 2));
            item.id = item.link.clone().filter(|_| guid > 4).unwrap_or_else(|| format!("urn:x:{guid}-{link}"));
            item.title = if title > 0 { format!("Title {title}") } else { String::new() };
            item.published = (date > 0).then(|| at(START + date));
        })
    });
    // A guid is one entry of its document: before the state sees them they were told apart.
    let document = proptest::collection::vec(entry, 0..9).prop_map(|mut list| {
        let mut keys = std::collections::HashSet::new();
        list.retain(|seen| keys.insert(seen.item.key.clone()));
        list
    });
    let again = |list: &[Seen]| -> Vec<Seen> {
        list.iter()
            .map(|seen| Seen {
                item: seen.item.clone(),
                hash: seen.hash,
                body: seen.body.clone(),
                text: None,
                likeness: None,
            })
            .collect()
    };
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&proptest::collection::vec(document, 1..6), |documents| {
        let mut store = new();
        store.ensure_feed(Axis::All, "", at(START)).unwrap();
        let mut known: HashMap<ItemId, String> = HashMap::new();
        for (round, list) in (1..).zip(&documents) {
            let now = START + round * DAY;
            let before = known.len() as u64;
            let changes = read(&mut *store, "F", again(list), Limits::NONE, now);
            prop_assert!(changes.new <= list.len() as u64);
            let members = all(&*store, now);
            let mut ids = std::collections::HashSet::new();
            for member in members {
                prop_assert!(ids.insert(member.item.id.clone()), "two items have the id {}", member.item.id);
                let id = known.entry(member.id).or_insert_with(|| member.item.id.clone());
                prop_assert_eq!(&*id, &member.item.id, "an id moved");
            }
            prop_assert_eq!(known.len() as u64, before + changes.new);
            let changes = read(&mut *store, "F", again(list), Limits::NONE, now);
            prop_assert!(changes.none(), "the same document again is no news: {:?}", changes);
            let mut turned = again(list);
            turned.reverse();
            let changes = read(&mut *store, "F", turned, Limits::NONE, now);
            prop_assert!(changes.none(), "nor is it in another order: {:?}", changes);
        }
        Ok(())
    });
    outcome.unwrap();
}
