//! What any `Store` must do. SQLite passes it below; another store has to pass the same.

mod guards;
mod marks;

use super::*;
use crate::model::DateSource;

const DAY: i64 = 86_400;
const START: i64 = 1_700_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// An article: `key` is its path, `date` seconds.
fn article(key: &str, title: &str, date: Option<i64>, categories: &[&str]) -> Seen {
    let item = Item {
        id: format!("urn:test:{key}"),
        source: "posts".into(),
        key: key.into(),
        title: title.into(),
        published: date.map(at),
        date_source: date.map(|_| DateSource::FrontMatter),
        categories: categories.iter().map(|name| vec![(*name).to_owned()]).collect(),
        ..Item::default()
    };
    seen(item, title)
}

fn seen(item: Item, body: &str) -> Seen {
    let hash = crate::normalize::hash::reader_hash(&item, body);
    Seen { item, hash, body: None, text: None, likeness: None }
}

fn terms(seen: &Seen, _: Option<DateTime<Utc>>) -> Vec<(Axis, String)> {
    let categories = seen.item.categories.iter().map(|path| (Axis::Category, path.join("\u{1f}")));
    std::iter::once((Axis::All, String::new())).chain(categories).collect()
}

/// One look at a source: each item is a file of its own.
fn look(store: &mut dyn Store, source: &str, items: Vec<Seen>, gone: &[&str], now: i64, future: Future) -> Changes {
    let row = store.source(source, "articles", "").unwrap();
    let observations: Vec<Observation> = items
        .into_iter()
        .map(|seen| Observation {
            document: Some((seen.item.key.clone(), 1)),
            title: None,
            warnings: Vec::new(),
            gave: Gave::Items(vec![Seen { item: Item { source: source.into(), ..seen.item }, ..seen }]),
        })
        .collect();
    store
        .remember(Harvest {
            source: row.id,
            now: at(now),
            future,
            observations: &mut std::iter::once(observations),
            gone: gone.iter().map(|path| (*path).to_owned()).collect(),
            forget_bodies: false,
            extent: Extent::Part,
            limits: Limits::NONE,
            row: SourceRow { succeeded: Some(now), ..row },
            terms: &terms,
        })
        .unwrap()
}

fn feed(store: &dyn Store, axis: Axis, name: &str, now: i64) -> FeedRow {
    let found = store.feeds(at(now)).unwrap().into_iter().find(|row| row.axis == axis && row.name == name);
    found.unwrap_or_else(|| panic!("no feed {name}"))
}

fn shown(store: &dyn Store, axis: Axis, name: &str, now: i64, limit: usize) -> Vec<String> {
    let feed = feed(store, axis, name, now);
    store
        .members(feed.id, at(now), limit, None, &HashSet::new())
        .unwrap()
        .into_iter()
        .map(|member| member.item.title)
        .collect()
}

fn all(store: &dyn Store, now: i64) -> Vec<Member> {
    let feed = feed(store, Axis::All, "", now);
    store.members(feed.id, at(now), 1000, None, &HashSet::new()).unwrap()
}

/// Runs the whole suite, each case on a new store.
pub(super) fn check(new: &dyn Fn() -> Box<dyn Store>) {
    newest_first_and_equal_dates_by_id(&mut *new());
    an_edit_moves_updated_and_nothing_else(&mut *new());
    a_renamed_file_keeps_its_id(&mut *new());
    two_files_with_one_id_get_two(&mut *new());
    undated_items_come_last_at_first_and_are_dated_later(&mut *new());
    the_future_is_held_or_clamped(&mut *new());
    one_item_of_two_sources_is_shown_once(&mut *new());
    terms_are_one_by_folding_and_shown_as_most_write_them(&mut *new());
    a_withdrawn_item_leaves_its_feeds_empty(&mut *new());
    an_unchanged_look_makes_nothing_dirty(&mut *new());
    what_was_recovered_keeps_ids_and_dates(&mut *new());
    unreadable_files_keep_their_items(&mut *new());
    forgotten_sources_take_their_items_along(&mut *new());
    guids_that_are_no_iris_keep_their_ids_apart(&mut *new());
    an_edited_entry_without_id_and_link_keeps_its_id(&mut *new());
    a_guid_that_changed_keeps_the_id(&mut *new());
    two_sights_of_one_key_are_one_member(&mut *new());
    a_rolling_window_of_equal_links_mixes_nothing_up(&mut *new());
    a_source_that_comes_back_finds_its_own(&mut *new());
    a_twin_hides_only_where_it_is_seen(&mut *new());
    an_embargo_hides_no_twin(&mut *new());
    other_settings_are_no_edit(&mut *new());
    many_articles_that_nobody_claims_stay(&mut *new());
    guards::check(new);
    marks::marks_follow_their_items(&mut *new());
    marks::only_what_can_be_seen_has_marks(&mut *new());
    marks::what_too_many_have_says_nothing(&mut *new());
    marks::what_is_known_is_measured_anew(&mut *new());
    marks::members_come_in_portions(&mut *new());
}

fn newest_first_and_equal_dates_by_id(store: &mut dyn Store) {
    let items = vec![
        article("b", "b", Some(START), &[]),
        article("a", "a", Some(START), &[]),
        article("c", "c", Some(START), &[]),
        article("new", "new", Some(START + 9), &[]),
    ];
    look(store, "posts", items, &[], START + DAY, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START + DAY, 10), ["new", "a", "b", "c"]);
    assert_eq!(shown(store, Axis::All, "", START + DAY, 3), ["new", "a", "b"]);
    let feed = feed(store, Axis::All, "", START + DAY);
    let young = store.members(feed.id, at(START + DAY), 10, Some(START + 1), &HashSet::new()).unwrap();
    assert_eq!(young.len(), 1, "only what is not older than asked");
}

fn an_edit_moves_updated_and_nothing_else(store: &mut dyn Store) {
    look(store, "posts", vec![article("a", "a", Some(START), &["x"])], &[], START + DAY, Future::Hold);
    let before = all(store, START + DAY);
    assert_eq!((before[0].published, before[0].updated), (Some(START), START));
    let changes =
        look(store, "posts", vec![article("a", "edited", Some(START), &["x"])], &[], START + 2 * DAY, Future::Hold);
    assert_eq!((changes.new, changes.changed, changes.total), (0, 1, 1));
    let after = all(store, START + 2 * DAY);
    assert_eq!((after[0].published, after[0].updated), (Some(START), START + 2 * DAY));
    assert_eq!(after[0].item.id, before[0].item.id);
    // Filing it elsewhere is no edit of it.
    look(store, "posts", vec![article("a", "edited", Some(START), &["y"])], &[], START + 3 * DAY, Future::Hold);
    assert_eq!(all(store, START + 3 * DAY)[0].updated, START + 2 * DAY);
    assert!(shown(store, Axis::Category, "x", START + 3 * DAY, 9).is_empty());
    assert_eq!(shown(store, Axis::Category, "y", START + 3 * DAY, 9), ["edited"]);
}

fn a_renamed_file_keeps_its_id(store: &mut dyn Store) {
    look(store, "posts", vec![article("old", "same", Some(START), &[])], &[], START + DAY, Future::Hold);
    let mut renamed = article("new", "same", Some(START), &[]);
    renamed.item.id = "urn:test:another".into();
    let changes = look(store, "posts", vec![renamed], &["old"], START + 2 * DAY, Future::Hold);
    assert_eq!((changes.new, changes.changed, changes.gone), (0, 1, 0));
    let after = all(store, START + 2 * DAY);
    assert_eq!((after.len(), after[0].item.id.as_str(), after[0].updated), (1, "urn:test:old", START));
}

fn two_files_with_one_id_get_two(store: &mut dyn Store) {
    let mut twin = article("b", "b", Some(START), &[]);
    twin.item.id = "urn:test:a".into();
    look(store, "posts", vec![article("a", "a", Some(START), &[]), twin], &[], START + DAY, Future::Hold);
    let mut ids: Vec<_> = all(store, START + DAY).into_iter().map(|member| member.item.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

fn undated_items_come_last_at_first_and_are_dated_later(store: &mut dyn Store) {
    let items = vec![article("u", "undated", None, &[]), article("d", "dated", Some(START - 99 * DAY), &[])];
    look(store, "posts", items, &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["dated", "undated"]);
    assert_eq!(all(store, START)[1].published, None);
    look(store, "posts", vec![article("late", "late", None, &[])], &[], START + DAY, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START + DAY, 9), ["late", "dated", "undated"]);
    assert_eq!(all(store, START + DAY)[0].published, Some(START + DAY));
    look(store, "posts", vec![article("late", "late", None, &["moved"])], &[], START + 2 * DAY, Future::Hold);
    assert_eq!(all(store, START + 2 * DAY)[0].published, Some(START + DAY), "a date once given stays");
}

fn the_future_is_held_or_clamped(store: &mut dyn Store) {
    let tomorrow = START + DAY;
    look(store, "held", vec![article("h", "held", Some(tomorrow), &[])], &[], START, Future::Hold);
    look(store, "clamped", vec![article("c", "clamped", Some(tomorrow), &[])], &[], START, Future::Clamp);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["clamped"]);
    assert_eq!(all(store, START)[0].published, Some(START));
    let feed = feed(store, Axis::All, "", START);
    assert_eq!(store.next_future(feed.id, at(START)).unwrap(), Some(tomorrow));
    assert_eq!(shown(store, Axis::All, "", tomorrow, 9), ["held", "clamped"]);
    look(store, "clamped", vec![article("c", "clamped", Some(tomorrow), &["z"])], &[], START + 60, Future::Clamp);
    let clamped = all(store, START + 60).into_iter().find(|member| member.item.title == "clamped").unwrap();
    assert_eq!(clamped.published, Some(START), "clamped once, not with every look");
    assert_eq!(clamped.item.date_source, Some(DateSource::FirstSeen));
    look(store, "kept", vec![article("k", "kept", Some(START + 90 * DAY), &[])], &[], START + 60, Future::Keep);
    assert_eq!(shown(store, Axis::All, "", START + 60, 9), ["kept", "clamped"]);
    let kept = all(store, START + 60).into_iter().find(|member| member.item.title == "kept").unwrap();
    assert_eq!((kept.published, kept.updated), (Some(START + 90 * DAY), START + 60), "it is to come, and written now");
    assert_eq!(kept.item.date_source, Some(DateSource::FrontMatter));
    look(store, "kept", vec![article("k", "kept", None, &[])], &[], START + 2 * DAY, Future::Keep);
    let kept = all(store, START + 2 * DAY).into_iter().find(|member| member.item.title == "kept").unwrap();
    let said = (Some(START + 90 * DAY), Some(DateSource::FrontMatter));
    assert_eq!((kept.published, kept.item.date_source), said, "a date that is withdrawn stays, and where it was from");
}

fn one_item_of_two_sources_is_shown_once(store: &mut dyn Store) {
    let linked = |source: &str| {
        let mut seen = article("k", source, Some(START), &[]);
        (seen.item.id, seen.item.link) = ("https://example.org/1".into(), Some("https://example.org/1".into()));
        seen
    };
    look(store, "zeta", vec![linked("from zeta")], &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["from zeta"]);
    look(store, "alpha", vec![linked("from alpha")], &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["from alpha"], "the first by name shows");
    look(store, "alpha", vec![], &["k"], START, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["from zeta"], "the other takes its place");

    let mut other = linked("other");
    other.item.link = Some("https://example.org/2".into());
    look(store, "beta", vec![other], &[], START, Future::Hold);
    let ids: Vec<_> = all(store, START).into_iter().map(|member| member.item.id).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1], "the same id with another link is another item");
}

fn terms_are_one_by_folding_and_shown_as_most_write_them(store: &mut dyn Store) {
    let items = vec![
        article("1", "1", Some(START), &["rust"]),
        article("2", "2", Some(START), &["Rust"]),
        article("3", "3", Some(START), &["Rust", "rust"]),
    ];
    look(store, "posts", items, &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::Category, "Rust", START, 9).len(), 3);
    assert_eq!(store.feeds(at(START)).unwrap().iter().filter(|row| row.axis == Axis::Category).count(), 1);
    look(store, "posts", vec![article("2", "2", Some(START), &["rust"])], &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::Category, "rust", START, 9).len(), 3, "now most write it small");
}

fn a_withdrawn_item_leaves_its_feeds_empty(store: &mut dyn Store) {
    look(store, "posts", vec![article("a", "a", Some(START), &["x"])], &[], START, Future::Hold);
    let changes = look(store, "posts", vec![], &["a"], START + DAY, Future::Hold);
    assert_eq!((changes.gone, changes.total), (1, 0));
    assert!(shown(store, Axis::Category, "x", START + DAY, 9).is_empty());
    assert!(store.documents(store.sources().unwrap()[0].id).unwrap().is_empty());
}

fn an_unchanged_look_makes_nothing_dirty(store: &mut dyn Store) {
    let items = || vec![article("a", "a", Some(START), &["x"]), article("b", "b", None, &["x"])];
    look(store, "posts", items(), &[], START, Future::Hold);
    let done: Vec<_> = store
        .feeds(at(START))
        .unwrap()
        .into_iter()
        .inspect(|row| assert!(row.dirty))
        .map(|row| Published {
            feed: row.id,
            published: true,
            folder: Some(String::new()),
            atom_id: None,
            updated: 1,
            shown: 2,
            due: None,
        })
        .collect();
    store.pin(&done).unwrap();
    assert!(store.feeds(at(START)).unwrap().iter().all(|row| row.dirty && row.published), "not in place yet");
    store.note_files(&[], &[], &done.iter().map(|done| done.feed).collect::<Vec<_>>()).unwrap();
    let changes = look(store, "posts", items(), &[], START + DAY, Future::Hold);
    assert_eq!((changes.new, changes.changed, changes.gone), (0, 0, 0));
    assert!(store.feeds(at(START + DAY)).unwrap().iter().all(|row| !row.dirty));
    look(store, "posts", vec![article("a", "a", Some(START), &["x", "y"])], &[], START + DAY, Future::Hold);
    let dirty: Vec<_> =
        store.feeds(at(START + DAY)).unwrap().into_iter().filter(|row| row.dirty).map(|row| row.name).collect();
    assert_eq!(dirty, ["", "x", "y"]);
}

fn what_was_recovered_keeps_ids_and_dates(store: &mut dyn Store) {
    let mut item = article("", "a", None, &[]).item;
    (item.id, item.key) = ("urn:published".into(), "urn:published".into());
    item.link = Some("https://example.org/a".into());
    let recovered = RecoveredItem { item, source: None, published: Some(START - DAY), updated: START - 5, body: None };
    let recovered_feed = RecoveredFeed {
        axis: Axis::Category,
        name: "x".into(),
        folder: "category/pinned".into(),
        atom_id: "https://example.org/id".into(),
        updated: START - 5,
        members: vec![0],
        files: vec![("category/pinned/rss.xml".into(), "00".into())],
    };
    store.recover(&[("posts", "articles")], vec![recovered_feed], vec![recovered], at(START)).unwrap();
    assert_eq!(store.files().unwrap().len(), 1);
    assert_eq!(shown(store, Axis::Category, "x", START, 9), ["a"], "shown before any source was read");
    let mut found = article("a.md", "a", None, &["x"]);
    found.item.link = Some("https://example.org/a".into());
    look(store, "posts", vec![found, article("b.md", "b", Some(START), &[])], &[], START, Future::Hold);
    assert_eq!(store.drop_unclaimed_articles(false).unwrap(), 0);
    let members = all(store, START);
    let claimed = members.iter().find(|member| member.item.title == "a").unwrap();
    assert_eq!(
        (claimed.item.id.as_str(), claimed.published, claimed.updated),
        ("urn:published", Some(START - DAY), START - 5)
    );
    let row = feed(store, Axis::Category, "x", START);
    assert_eq!(
        (row.folder.as_deref(), row.atom_id.as_deref()),
        (Some("category/pinned"), Some("https://example.org/id"))
    );
    assert_eq!(members.len(), 2);
}

fn unreadable_files_keep_their_items(store: &mut dyn Store) {
    look(store, "posts", vec![article("a", "a", Some(START), &[])], &[], START, Future::Hold);
    let row = store.source("posts", "articles", "").unwrap();
    let broken = |gave| {
        vec![Observation {
            document: Some(("a".into(), 2)),
            title: None,
            warnings: vec![Warning::new("front-matter", "broken")],
            gave,
        }]
    };
    for (gave, left, unreadable) in [(Gave::Unreadable, 1, true), (Gave::Nothing, 0, false)] {
        let changes = store
            .remember(Harvest {
                source: row.id,
                now: at(START + DAY),
                future: Future::Hold,
                observations: &mut std::iter::once(broken(gave)),
                gone: Vec::new(),
                forget_bodies: false,
                extent: Extent::Part,
                limits: Limits::NONE,
                row: row.clone(),
                terms: &terms,
            })
            .unwrap();
        assert_eq!(changes.total, left);
        let article = left == 1;
        assert_eq!(store.documents(row.id).unwrap()["a"], DocumentRow { stamp: 2, article, unreadable, warned: true });
    }
    assert_eq!(store.document_warnings(row.id).unwrap().len(), 1);
}

fn forgotten_sources_take_their_items_along(store: &mut dyn Store) {
    look(
        store,
        "posts",
        vec![article("a", "a", Some(START), &[]), article("u", "u", None, &[])],
        &[],
        START,
        Future::Hold,
    );
    look(store, "posts", vec![article("v", "v", None, &[])], &[], START + DAY, Future::Hold);
    look(store, "other", vec![article("b", "b", Some(START), &[])], &[], START, Future::Hold);
    store.forget_sources_except(&[("other", "articles")]).unwrap();
    assert_eq!(all(store, START + DAY).len(), 4, "until somebody had the chance to claim them");
    look(store, "renamed", vec![article("v", "v", None, &[])], &[], START + 2 * DAY, Future::Hold);
    assert_eq!(store.drop_forgotten().unwrap(), 2);
    assert_eq!(shown(store, Axis::All, "", START + 2 * DAY, 9), ["v", "b"]);
    assert_eq!(all(store, START + 2 * DAY)[0].published, Some(START + DAY), "under another name with its date");
    assert!(!store.is_empty().unwrap());
}

/// An entry of a feed, which is known by its guid.
fn entry(guid: &str, title: &str, link: &str, date: i64) -> Seen {
    let mut seen = article(guid, title, Some(date), &[]);
    (seen.item.id, seen.item.link) = (link.into(), Some(link.into()));
    seen.body = Some(Content { html: format!("<p>{guid}</p>"), ..Content::default() });
    seen
}

fn guids_that_are_no_iris_keep_their_ids_apart(store: &mut dyn Store) {
    let log = "https://example.org/log";
    let mut ids: HashMap<String, String> = HashMap::new();
    for day in 0..5 {
        let list = (0..=day).rev().map(|n| entry(&format!("g{n}"), "Log", log, START + n * DAY)).collect();
        look(store, "feed", list, &[], START + 10 * DAY, Future::Clamp);
        let members = all(store, START + 10 * DAY);
        assert_eq!(members.len() as i64, day + 1);
        for member in members {
            let known = ids.entry(member.item.key.clone()).or_insert_with(|| member.item.id.clone());
            assert_eq!(*known, member.item.id, "an id never moves to another entry");
        }
        let distinct: std::collections::HashSet<_> = ids.values().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}

fn an_edited_entry_without_id_and_link_keeps_its_id(store: &mut dyn Store) {
    let bare = |key: &str, date: Option<i64>| {
        let mut seen = article(key, "One", date, &[]);
        seen.body = Some(Content { html: format!("<p>{key}</p>"), ..Content::default() });
        seen
    };
    let mut now_there = |list: Vec<Seen>| {
        look(store, "feed", list, &[], START + DAY, Future::Clamp);
        all(store, START + DAY)
    };
    now_there(vec![bare("hash:1", Some(START))]);
    // Beside the first, of another date or undated it is another entry.
    assert_eq!(now_there(vec![bare("hash:2", Some(START)), bare("hash:1", Some(START))]).len(), 2);
    assert_eq!(now_there(vec![bare("hash:3", Some(START + 9)), bare("hash:4", None)]).len(), 4);
    // Which of the two it was is not known.
    assert_eq!(now_there(vec![bare("hash:5", Some(START))]).len(), 5);
    let members = now_there(vec![bare("hash:6", Some(START + 9))]);
    assert_eq!(members.len(), 5);
    assert!(members.iter().any(|member| member.item.key == "hash:6" && member.item.id == "urn:test:hash:3"));
}

fn a_guid_that_changed_keeps_the_id(store: &mut dyn Store) {
    let link = "https://example.org/1";
    look(store, "feed", vec![entry("old", "One", link, START)], &[], START, Future::Clamp);
    let mut changed = entry("new", "One", link, START);
    changed.item.id = "https://example.org/guid/new".into();
    look(store, "feed", vec![changed], &[], START + DAY, Future::Clamp);
    let members = all(store, START + DAY);
    assert_eq!((members.len(), members[0].item.id.as_str(), members[0].item.key.as_str()), (1, link, "new"));
}

fn a_rolling_window_of_equal_links_mixes_nothing_up(store: &mut dyn Store) {
    let log = "https://example.org/log";
    let at_day = |n: i64| entry(&format!("g{n}"), "Digest", log, START + n * DAY);
    let mut ids: HashMap<String, String> = HashMap::new();
    for day in 1..6 {
        look(store, "feed", vec![at_day(day), at_day(day - 1)], &[], START + 10 * DAY, Future::Clamp);
        for member in all(store, START + 10 * DAY) {
            let known = ids.entry(member.item.key.clone()).or_insert_with(|| member.item.id.clone());
            assert_eq!(*known, member.item.id);
        }
        assert_eq!(ids.len() as i64, day + 1, "nothing is taken for something else");
    }
}

fn a_source_that_comes_back_finds_its_own(store: &mut dyn Store) {
    for round in 0..3 {
        let items = vec![article("a", "a", None, &[]), article("b", "b", None, &[])];
        look(store, "posts", items, &[], START + round * DAY, Future::Hold);
        assert_eq!(all(store, START + round * DAY).iter().map(|member| member.updated).collect::<Vec<_>>(), [START; 2]);
        store.forget_sources_except(&[]).unwrap();
        store.forget_sources_except(&[]).unwrap();
    }
    // What went while it was away is gone.
    look(store, "posts", vec![article("b", "b", None, &[])], &[], START + 9 * DAY, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START + 9 * DAY, 9), ["b"]);
}

fn a_twin_hides_only_where_it_is_seen(store: &mut dyn Store) {
    let link = "https://example.org/x";
    let mut old = entry(link, "of a", link, START - 99 * DAY);
    old.item.categories = vec![vec!["one".into()]];
    let mut new = entry(link, "of b", link, START);
    new.item.categories = vec![vec!["two".into()]];
    look(store, "a", vec![old], &[], START, Future::Clamp);
    look(store, "b", vec![new], &[], START, Future::Clamp);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["of a"]);
    assert_eq!(shown(store, Axis::Category, "two", START, 9), ["of b"]);
    let everything = feed(store, Axis::All, "", START);
    let young = store.members(everything.id, at(START), 9, Some(START - DAY), &HashSet::new()).unwrap();
    assert_eq!(young.len(), 1, "the other one is too old for this feed");
}

fn two_sights_of_one_key_are_one_member(store: &mut dyn Store) {
    let mut second = entry("g", "G", "https://example.org/g", START + DAY);
    second.item.categories = vec![vec!["two".into()]];
    let mut first = entry("g", "G", "https://example.org/g", START);
    first.item.categories = vec![vec!["one".into()]];
    look(store, "feed", vec![first, second], &[], START + 2 * DAY, Future::Clamp);
    assert_eq!(shown(store, Axis::All, "", START + 2 * DAY, 9), ["G"]);
    assert_eq!(shown(store, Axis::Category, "one", START + 2 * DAY, 9), ["G"], "the first is believed");
    assert!(store.feeds(at(START)).unwrap().iter().all(|row| row.name != "two"));
}

fn an_embargo_hides_no_twin(store: &mut dyn Store) {
    look(store, "b", vec![entry("x", "seen", "https://example.org/x", START)], &[], START, Future::Clamp);
    let mut held = article("a.md", "held", Some(START + DAY), &[]);
    (held.item.id, held.item.link) = ("https://example.org/x".into(), Some("https://example.org/x".into()));
    look(store, "a", vec![held], &[], START, Future::Hold);
    assert_eq!(shown(store, Axis::All, "", START, 9), ["seen"]);
    assert_eq!(shown(store, Axis::All, "", START + DAY, 9), ["held"]);
}

fn other_settings_are_no_edit(store: &mut dyn Store) {
    look(store, "posts", vec![article("a", "a", Some(START), &[])], &[], START, Future::Hold);
    let row = store.source("posts", "articles", "").unwrap();
    let observations = vec![Observation {
        document: Some(("a".into(), 2)),
        title: None,
        warnings: Vec::new(),
        gave: Gave::Items(vec![article("a", "read differently", Some(START), &[])]),
    }];
    store
        .remember(Harvest {
            source: row.id,
            now: at(START + DAY),
            future: Future::Hold,
            observations: &mut std::iter::once(observations),
            gone: Vec::new(),
            forget_bodies: true,
            extent: Extent::Part,
            limits: Limits::NONE,
            row: SourceRow { fingerprint: "other".into(), ..row },
            terms: &terms,
        })
        .unwrap();
    assert_eq!(all(store, START + DAY)[0].updated, START);
}

fn many_articles_that_nobody_claims_stay(store: &mut dyn Store) {
    let recovered = |n: usize| RecoveredItem {
        item: Item {
            id: format!("urn:r:{n}"),
            key: format!("urn:r:{n}"),
            title: n.to_string(),
            source: "posts".into(),
            ..Item::default()
        },
        source: None,
        published: Some(START),
        updated: START,
        body: None,
    };
    let feed = RecoveredFeed {
        axis: Axis::All,
        name: String::new(),
        folder: String::new(),
        atom_id: "x".into(),
        updated: START,
        members: (0..12).collect(),
        files: Vec::new(),
    };
    store.recover(&[("posts", "articles")], vec![feed], (0..12).map(recovered).collect(), at(START)).unwrap();
    look(store, "posts", vec![article("one", "one", Some(START), &[])], &[], START, Future::Hold);
    // Another folder that is full says nothing about this one.
    let others = (0..20).map(|n| article(&format!("o{n}"), &format!("o{n}"), Some(START), &[])).collect();
    look(store, "others", others, &[], START, Future::Hold);
    assert_eq!(store.drop_unclaimed_articles(false).unwrap(), 12);
    assert_eq!(all(store, START).len(), 33);
    assert_eq!(store.drop_unclaimed_articles(true).unwrap(), 0);
    assert_eq!(all(store, START).len(), 21);
}
