//! Stories of members that are made up: who is shown, in whatever order they stand.

use super::*;
use crate::model::Item;
use crate::normalize::likeness::Likeness;
use proptest::prelude::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_700_000_000;

/// A feed that holds its members in memory.
struct Shelf(Vec<(Member, Marked)>);

impl Members for Shelf {
    fn behind(&self, place: Option<&Place>, limit: usize) -> Result<Vec<Member>, StateError> {
        let mut members: Vec<&Member> = self.0.iter().map(|(member, _)| member).collect();
        members.sort_by_key(|member| member.place());
        let behind = members.into_iter().filter(|member| place.is_none_or(|place| member.place() > *place));
        Ok(behind.take(limit).cloned().collect())
    }

    fn carriers(&self, mark: Mark) -> Result<Vec<ItemId>, StateError> {
        let found = self.0.iter().filter(|(_, marked)| marked.marks.contains(&mark)).map(|(member, _)| member.id);
        let found: Vec<ItemId> = found.collect();
        Ok(if found.len() > 100 { Vec::new() } else { found })
    }

    fn marked(&self, items: &[ItemId]) -> Result<Vec<(Member, Marked)>, StateError> {
        Ok(self.0.iter().filter(|(member, _)| items.contains(&member.id)).cloned().collect())
    }
}

/// `z` goes first, `a` is not in the config.
struct Ranks;

impl Sources for Ranks {
    fn priority(&self, name: &str) -> Option<i32> {
        match name {
            "a" => None,
            "z" => Some(1),
            _ => Some(0),
        }
    }

    fn title(&self, name: &str) -> Option<&str> {
        (name == "b").then_some("Feed B")
    }
}

/// A member: source, id, link, title, hours after the start, text.
type Sketch<'a> = (&'a str, &'a str, &'a str, &'a str, i64, &'a str);

fn member(row: ItemId, (source, id, link, title, hours, text): Sketch<'_>) -> (Member, Marked) {
    let item = Item {
        id: id.into(),
        key: id.into(),
        source: source.into(),
        link: Some(link.to_owned()).filter(|link| !link.is_empty()),
        title: title.into(),
        ..Item::default()
    };
    let published = START + hours * HOUR;
    let marked = Likeness::of(&item, Some(text)).marked(id, Some(published));
    let member =
        Member { id: row, item, published: Some(published), updated: published, expires: None, sort: published };
    (member, marked)
}

fn shelf(sketches: &[Sketch<'_>]) -> Shelf {
    Shelf(sketches.iter().enumerate().map(|(row, sketch)| member(row as ItemId + 1, *sketch)).collect())
}

/// What is shown, newest first, with the links of each.
fn shown(shelf: &Shelf, limit: usize) -> Vec<(String, Vec<String>)> {
    let mut merged = merge(shelf, &Ranks, &HashSet::new(), limit).unwrap();
    let mut links = |id: &str| merged.also.remove(id).unwrap_or_default().into_iter().map(|also| also.url).collect();
    merged.members.iter().map(|member| (member.item.id.clone(), links(&member.item.id))).collect()
}

fn check(sketches: &[Sketch<'_>], expect: &[(&str, &[&str])]) {
    let owned = |(id, links): &(&str, &[&str])| {
        ((*id).to_owned(), links.iter().map(|link| (*link).to_owned()).collect::<Vec<_>>())
    };
    let expect: Vec<_> = expect.iter().map(owned).collect();
    assert_eq!(shown(&shelf(sketches), 100), expect);
    let reversed: Vec<_> = sketches.iter().rev().copied().collect();
    assert_eq!(shown(&shelf(&reversed), 100), expect, "whatever the order of rows");
}

const TITLE: &str = "Mills of the north";

#[test]
fn the_first_by_priority_name_and_date_is_shown() {
    let one = |source, id, hours| (source, id, "", TITLE, hours, "");
    check(&[one("b", "u:1", 0), one("c", "u:2", 1)], &[("u:1", &[])]);
    check(&[one("b", "u:1", 0), one("z", "u:2", 1), one("c", "u:3", 2)], &[("u:2", &[])]);
    check(&[one("a", "u:1", 0), one("c", "u:2", 1)], &[("u:2", &[])]);
    check(&[one("", "u:1", 0), one("z", "u:2", 1)], &[("u:1", &[])]);
    let linked = |id, title, hours| ("b", id, "https://x.example/1", title, hours, "");
    check(&[linked("u:1", TITLE, 3), linked("u:2", TITLE, 1), linked("u:3", TITLE, 2)], &[("u:2", &[])]);
}

#[test]
fn links_are_listed_once_by_source_and_address() {
    check(
        &[
            ("z", "u:1", "https://z.example/1", TITLE, 0, ""),
            ("c", "u:2", "https://c.example/2", TITLE, 1, ""),
            ("b", "u:3", "https://b.example/2", TITLE, 2, ""),
            ("d", "u:4", "https://www.z.example/1/", TITLE, 3, ""),
            ("e", "u:5", "https://b.example/2?amp=1", TITLE, 4, ""),
            ("f", "u:6", "", TITLE, 5, ""),
        ],
        &[("u:1", &["https://b.example/2", "https://c.example/2"])],
    );
    let merged = merge(
        &shelf(&[("z", "u:1", "", TITLE, 0, ""), ("b", "u:2", "https://b.example/", TITLE, 0, "")]),
        &Ranks,
        &HashSet::new(),
        9,
    );
    assert_eq!(merged.unwrap().also["u:1"][0].title, "Feed B");
}

#[test]
fn what_is_alike_through_another_is_one_story() {
    check(
        &[
            ("b", "u:1", "https://x.example/1", "Another title, much longer", 0, ""),
            ("c", "u:2", "https://x.example/1", TITLE, 100, ""),
            ("d", "u:3", "https://y.example/1", TITLE, 140, ""),
        ],
        &[("u:1", &["https://y.example/1"])],
    );
}

#[test]
fn what_a_source_says_of_several_items_says_little() {
    // Each day's entry of two feeds has the same title and the same link.
    let day = |source, id, hours| (source, id, "https://x.example/log", "The log of the mill", hours, "");
    let apart: Vec<_> = [("b", "u:b1", 0), ("b", "u:b2", 24), ("c", "u:c1", 0), ("c", "u:c2", 24)]
        .map(|(source, id, hours)| day(source, id, hours))
        .into();
    let titles: Vec<Sketch<'_>> =
        apart.iter().map(|(source, id, _, title, hours, _)| (*source, *id, "", *title, *hours, "")).collect();
    check(&titles, &[("u:b2", &[]), ("u:c2", &[]), ("u:b1", &[]), ("u:c1", &[])]);
    let links: Vec<Sketch<'_>> =
        apart.iter().map(|(source, id, link, _, hours, _)| (*source, *id, *link, "", *hours, "")).collect();
    check(&links, &[("u:b2", &[]), ("u:c2", &[]), ("u:b1", &[]), ("u:c1", &[])]);
}

#[test]
fn a_heap_is_no_story() {
    let names: Vec<(String, String)> = (0..150).map(|n| (format!("s{n:03}"), format!("u:{n}"))).collect();
    // One title in a chain of pairs: neighbors are within reach.
    let chain: Vec<Sketch<'_>> = names
        .iter()
        .enumerate()
        .map(|(n, (source, id))| (source.as_str(), id.as_str(), "", TITLE, n as i64 * 30, ""))
        .collect();
    assert_eq!(shown(&shelf(&chain), 500).len(), 150);
    assert_eq!(shown(&shelf(&chain[..100]), 500).len(), 1);
    // Those with one id cannot both be shown.
    let mut twin = chain.clone();
    twin.push(("b", "u:7", "", TITLE, 9, ""));
    assert_eq!(shown(&shelf(&twin), 500).len(), 150);
}

#[test]
fn only_what_is_asked_for_is_looked_at() {
    let names: Vec<String> = (0..1_000).map(|n| format!("u:{n}")).collect();
    let many: Vec<Sketch<'_>> =
        names.iter().enumerate().map(|(n, id)| ("b", id.as_str(), "", "", -(n as i64), "")).collect();
    let shelf = shelf(&many);
    let merged = merge(&shelf, &Ranks, &HashSet::new(), 3).unwrap();
    assert_eq!(merged.members.iter().map(|member| member.id).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn what_expires_next_counts_whether_it_is_shown_or_not() {
    let mut shelf = shelf(&[("z", "u:1", "", TITLE, 0, ""), ("c", "u:2", "", TITLE, 1, "")]);
    shelf.0[0].0.expires = Some(START + 9 * DAY);
    shelf.0[1].0.expires = Some(START + 2 * DAY);
    assert_eq!(merge(&shelf, &Ranks, &HashSet::new(), 9).unwrap().expires, Some(START + 2 * DAY));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Members that have something in common with each other by chance, on shelves in two orders.
    #[test]
    fn no_order_of_rows_shows(
        picks in prop::collection::vec((0usize..5, 0usize..12, 0usize..6, 0usize..5, 0i64..120), 1..30),
        keys in prop::collection::vec(any::<u64>(), 30),
    ) {
        let texts: Vec<String> = (0..3).map(|seed| (0..80).map(|word| format!("w{} ", (word * 7 + seed * 131) % 1_009)).collect()).collect();
        let ids: Vec<String> = picks.iter().enumerate().map(|(n, (_, id, ..))| if *id < 3 { format!("u:same{id}") } else { format!("u:{n}") }).collect();
        let links: Vec<String> = picks.iter().map(|(_, _, link, ..)| if *link < 4 { format!("https://x.example/{link}") } else { String::new() }).collect();
        let sketches: Vec<Sketch<'_>> = picks
            .iter()
            .enumerate()
            .map(|(n, (source, _, _, title, hours))| {
                let title = ["Mills of the north", "Mills of the south", "", "", "Mill"][*title];
                (["a", "b", "c", "z", ""][*source], ids[n].as_str(), links[n].as_str(), title, *hours, texts[n % 3].as_str())
            })
            .collect();
        let mut order: Vec<usize> = (0..sketches.len()).collect();
        order.sort_by_key(|n| keys[*n]);
        let shuffled: Vec<_> = order.iter().map(|n| sketches[*n]).collect();
        let expect = shown(&shelf(&sketches), 100);
        prop_assert_eq!(shown(&shelf(&shuffled), 100), expect.clone());
        let some = shown(&shelf(&shuffled), 5);
        prop_assert_eq!(&some[..], &expect[..some.len()], "a limit only cuts");
        let ids: HashSet<&String> = expect.iter().map(|(id, _)| id).collect();
        prop_assert_eq!(ids.len(), expect.len(), "no id twice");
    }
}
