use super::*;
use crate::config::{Overrides, check};
use crate::model::Person;
use proptest::prelude::*;
use std::path::Path;

/// A plan with one source `in`, which has `keys`.
fn plan(keys: &str) -> Plan {
    let text = format!(
        "[site]\ntitle = \"T\"\nurl = \"https://t.example/\"\nlanguage = \"en\"\n\
         [[source.feed]]\nname = \"in\"\ntitle = \"In\"\nurl = \"https://in.example/\"\n{keys}\n"
    );
    check(&text, Path::new("config.toml"), &Overrides::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn names(paths: &[&str]) -> Vec<Vec<String>> {
    paths.iter().map(|path| path.split('|').map(str::to_owned).collect()).collect()
}

fn item(title: &str, categories: &[&str], tags: &[&str]) -> Item {
    Item {
        source: "in".into(),
        title: title.into(),
        link: Some("https://in.example/A/1".into()),
        categories: names(categories),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Item::default()
    }
}

fn rewritten(keys: &str, before: &Item) -> Item {
    let plan = plan(keys);
    let mut item = before.clone();
    RuleBook::new(&plan).of("in").unwrap().rewrite(&mut item);
    item
}

#[test]
fn a_source_without_rules_has_none() {
    let plan = plan("");
    let book = RuleBook::new(&plan);
    assert!(book.of("in").is_none() && book.of("").is_none() && !book.any_cut() && !book.needs_source_titles());
}

#[test]
fn what_is_taken() {
    let check = |keys: &str, text: Option<&str>, expect: bool| {
        let plan = plan(keys);
        let book = RuleBook::new(&plan);
        let found = book.of("in").unwrap().takes(&item("Straße & Co", &["A|B"], &["t"]), text);
        assert_eq!(found, expect, "{keys} {text:?}");
    };
    check("include = { title = \"STRASSE\" }", None, true);
    check("include = { title = \"x\" }", None, false);
    check("include = { category = \"a/b\", tag = \"T\" }", None, true);
    check("include = { category = \"a/b\", tag = \"x\" }", None, false);
    check("include = [{ tag = \"x\" }, { category = \"b\" }]", None, true);
    check("exclude = { url = \"example/a/\" }", None, false);
    check("exclude = { not_url = \"example/a/\" }", None, true);
    check("exclude = { category = \"a\", tag = \"x\" }", None, true);
    // A body that is not at hand decides nothing, whichever way the rule asks.
    for (keys, with_x, without_x) in [
        ("include = { text = \"x\" }", true, false),
        ("include = { not_text = \"x\" }", false, true),
        ("exclude = { text = \"x\" }", false, true),
        ("exclude = { not_text = \"x\" }", true, false),
    ] {
        check(keys, Some("<p>x</p>"), with_x);
        check(keys, Some("<p>y</p>"), without_x);
        check(keys, None, true);
    }
    check("exclude = { text = \"x\", tag = \"other\" }", Some("x"), true);
    check("include = { text = \"x\", tag = \"other\" }", None, false);
}

#[test]
fn paths_of_categories() {
    let check = |rules: &str, before: &[&str], expect: &[&str]| {
        let found = rewritten(&format!("categories = {{ {rules} }}"), &item("", before, &["tag"]));
        assert_eq!(found.categories, names(expect), "{rules} {before:?}");
        let again = rewritten(&format!("categories = {{ {rules} }}"), &found);
        assert_eq!(again.categories, found.categories, "{rules} {before:?}: applied twice");
    };
    check("split = \"/\"", &["A/B", "a|B", " C / / D ", "/"], &["A|B", "C|D", "/"]);
    check("split = \" - \"", &["A - Sci-Fi"], &["A|Sci-Fi"]);
    check("split = \"::\"", &["A::B|C::D"], &["A|B|C|D"]);
    check("rename = { a = \"X\" }", &["A", "x", "B|a|C"], &["X", "B|X|C"]);
    check("rename = { \"a/b\" = \"X\", a = \"Y\" }", &["A|B|a", "A|C", "a/B"], &["X|Y", "Y|C", "X"]);
    check("rename = { '/^a+$/' = \"X\", aa = \"Y\" }", &["a", "aa", "aaa", "A"], &["X", "Y", "A"]);
    check("rename = { \"A / B\" = \"X\" }", &["a / b", "A/B", "A|B|C"], &["X", "X|C"]);
    check("rename = { \"ｔｅｃｈ\" = \"X\" }", &["Tech", "TECH"], &["X"]);
    check("parent = { b = \"A\", c = [\"A\", \"B\"] }", &["B", "C|x", "A|B", "y"], &["A|B", "A|B|C|x", "y"]);
    check("hide = [\"b\", '/^_/', \"c/d\"]", &["A|B|x", "_y", "C|D", "c|e", "d"], &["A", "C", "c|e", "d"]);
    check("only = [\"b\", \"c/d\"]", &["A|B|x", "c", "C|D"], &["A|B|x", "C|D"]);
    check("only = \"A\", hide = \"B\"", &["A|B", "B"], &["A"]);
    check("from_tags = true", &["Tag"], &["Tag"]);
    check("rename = { x = \"A\", y = \"a\" }", &["x", "y", "A"], &["A"]);
}

#[test]
fn nothing_grows_without_end() {
    let deep = format!("[{}]", vec!["\"x\", \"y\""; 40].join(","));
    let rules =
        format!("categories = {{ split = \"/\", rename = {{ a = {deep} }}, parent = {{ x = \"a\", b = {deep} }} }}");
    let many: Vec<String> = (0..300).map(|number| format!("{}/{number}", "a/".repeat(2_000))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain(["a", "b|c"]).collect();
    let found = rewritten(&rules, &item("", &many, &[]));
    assert!(found.categories.len() <= 100 && found.categories.iter().all(|path| path.len() <= 10), "{found:?}");
    let tags: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    assert_eq!(rewritten("tags = { hide = \"x\" }", &item("", &[], &tags)).tags.len(), 100);
}

#[test]
fn titles_and_back() {
    let check = |template: &str, title: &str, expect: Option<&str>, back: Option<&str>| {
        let plan = plan(&format!("item_title = {template:?}"));
        let book = RuleBook::new(&plan);
        let rules = book.of("in").unwrap();
        let author = Person { name: Some("Ann".into()), ..Person::default() };
        let before = Item { authors: vec![author], ..item(title, &["A|B"], &[]) };
        let shown = rules.title(&before, "In & Out");
        assert_eq!(shown.as_deref(), expect, "{template}");
        let after = Item { title: shown.unwrap_or_default(), ..before };
        assert_eq!(rules.title_before(&after, "In & Out").as_deref(), back, "{template}");
    };
    check("[{source.title}] {title}", "x {author} y", Some("[In & Out] x {author} y"), Some("x {author} y"));
    check("{title} ({author}, {category}, {source.name})", "x", Some("x (Ann, A/B, in)"), Some("x"));
    check("{title}", "x", Some("x"), Some("x"));
    check("{title}: {title}", "x", Some("x: x"), None);
    check("{source.title}", "x", Some("In & Out"), None);
    check("{source.title}", "", Some("In & Out"), None);
    check("[{source.title}] {title}", "", None, None);
}

#[test]
fn excerpts() {
    let check = |keys: &str, written: Option<&str>, expect: (Option<&str>, Option<&str>)| {
        let plan = plan(keys);
        let book = RuleBook::new(&plan);
        let body = Content { html: "<p>金</p>".into(), summary: "cut".into() };
        let (html, summary) = book.of("in").unwrap().excerpt(body, written.map(str::to_owned));
        assert_eq!((html.as_deref(), summary.as_deref()), expect, "{keys}");
    };
    check("content = \"full\"", None, (Some("<p>金</p>"), Some("cut")));
    check("content = \"summary\"", Some("written"), (None, Some("written")));
    check("content = \"summary\"", None, (None, Some("cut")));
    check("content = \"none\"", Some("written"), (None, None));
    check("max_bytes = 10", None, (Some("<p>金</p>"), Some("cut")));
    check("max_bytes = 9", None, (None, Some("cut")));
}

#[test]
fn members_are_cut() {
    let now = DateTime::from_timestamp(100 * 86_400, 0).unwrap();
    let member = |source: &str, day: i64| Member {
        id: day,
        item: Item { source: source.into(), ..Item::default() },
        published: Some(day * 86_400),
        updated: 0,
        expires: None,
        sort: day * 86_400,
    };
    // `ends`: after so many of them nothing can come any more.
    let check = |keys: &str, expect: &[i64], ends: Option<usize>| {
        let plan = plan(keys);
        let book = RuleBook::new(&plan);
        let cut = |count: usize| {
            let all = [("in", 99), ("other", 98), ("in", 97), ("in", 96), ("other", 50), ("in", 49)];
            let mut members: Vec<Member> = all[..count].iter().map(|(source, day)| member(source, *day)).collect();
            let last = members.last().map_or(0, |member| member.sort);
            book.cut(&mut members, now);
            let exhausted = book.exhausted(&members, last, now);
            (members, exhausted)
        };
        assert_eq!((1..=6).find(|count| cut(*count).1), ends, "{keys}");
        assert_eq!(cut(6).0.iter().map(|member| member.id).collect::<Vec<_>>(), expect, "{keys}");
    };
    check("limit = 2", &[99, 98, 97, 50], Some(3));
    check("max_age = \"3d\"", &[99, 98, 97, 50], Some(4));
    check("max_age = \"4d\"\nlimit = 1", &[99, 98, 50], Some(1));
    check("content = \"none\"", &[99, 98, 97, 96, 50, 49], None);
    let another = "[[source.feed]]\nname = \"other\"\nurl = \"https://o.example/\"";
    check(&format!("limit = 2\n{another}"), &[99, 98, 97, 50], None);
    check(&format!("limit = 2\n{another}\nlimit = 1"), &[99, 98, 97], Some(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever items say: names stay few, single and short of paths without end, and the author's title is found again.
    #[test]
    fn any_item(title in "\\PC{0,30}", paths in prop::collection::vec(prop::collection::vec("\\PC{0,8}", 0..4), 0..8), tag in "\\PC{0,8}") {
        let plan = plan(
            "item_title = \"[{source.title}] {title} ({category})\"\n\
             categories = { from_tags = true, split = \"a\", rename = { b = [\"a\", \"c\"], \"c/d\" = \"b\", '/e/' = \"f\" }, \
             parent = { f = \"g\", g = \"h\" }, hide = \"/^i/\" }\n\
             tags = { rename = { '/j/' = [\"k\", \"K\"] } }",
        );
        let book = RuleBook::new(&plan);
        let rules = book.of("in").unwrap();
        let title = tidy_line(&title);
        let mut item = Item { categories: paths, ..super::tests::item(&title, &[], &[&tag]) };
        rules.rewrite(&mut item);
        let mut seen = std::collections::HashSet::new();
        for path in &item.categories {
            prop_assert!(!path.is_empty() && path.len() <= 10);
            prop_assert!(seen.insert(path.iter().map(|name| crate::normalize::term::fold(name)).collect::<Vec<_>>()));
        }
        if let Some(shown) = rules.title(&item, "In") {
            let after = Item { title: shown, ..item };
            prop_assert_eq!(rules.title_before(&after, "In"), Some(title));
        }
    }
}
