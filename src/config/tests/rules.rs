//! `[rules.NAME]`, `use`, and the same keys in a source.

use super::faults::faults;
use super::*;

const FEED: &str = "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\n";

fn rules(text: &str) -> Rules {
    good(text).sources.remove(0).rules
}

#[test]
fn sets_come_in_order_and_the_source_comes_last() {
    let plan = good(
        r#"
[site]
title = "Mill"
url = "https://example.org"
use = "all"
[rules.all]
exclude = { title = "one" }
content = "summary"
limit = 9
set = { language = "de", tags = ["t"] }
[rules.more]
exclude = [{ title = "two", tag = "x" }, { url = "three" }]
limit = 8
max_age = "9d"
categories = { hide = "a" }
[rules.idle]
[[source.feed]]
name = "a"
url = "https://a.org"
use = ["more"]
include = { category = ["c", "/d/"] }
exclude = { author = "four" }
categories = { hide = "b" }
limit = 7
max_bytes = "1KiB"
set = { language = "fr" }
item_title = "{source.title}: {title}"
[[source.articles]]
name = "b"
path = "b"
exclude = ["drafts/", { title = "five" }, "old"]
[[source.articles]]
name = "c"
path = "c"
exclude = { title = "six" }
"#,
    );
    let [a, b, c] = plan.sources.as_slice() else { panic!("three sources") };
    let fingerprints = |filters: &[Filter]| filters.iter().map(|f| f.fingerprint.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(
        fingerprints(&a.rules.exclude),
        "[\"title\",[[\"substring\",\"one\"]]] [\"tag\",[[\"term\",\"x\"]]]\n[\"title\",[[\"substring\",\"two\"]]] \
         [\"url\",[[\"substring\",\"three\"]]] [\"author\",[[\"term\",\"four\"]]]"
    );
    assert_eq!(a.rules.include.len(), 1);
    assert_eq!(a.rules.categories.len(), 2);
    assert_eq!((a.rules.limit, a.rules.max_age.map(|age| age.as_secs())), (Some(7), Some(9 * 86400)));
    assert_eq!((a.rules.content, a.rules.max_bytes), (Some(ContentMode::Summary), Some(1024)));
    assert_eq!(a.rules.set.language.as_deref(), Some("fr"));
    assert_eq!(a.rules.set.tags.as_deref(), Some(&["t".to_owned()][..]));
    assert_eq!(a.rules.title.as_deref(), Some("{source.title}: {title}"));
    assert_eq!((b.rules.limit, b.rules.exclude.len(), c.rules.exclude.len()), (Some(9), 2, 2));
    let SourceKind::Articles(articles) = &b.kind else { panic!("articles") };
    assert!(articles.path.exclude.is_match("old/x.md") && articles.path.exclude.is_match("a/drafts/x.md"));
    assert!(!articles.path.exclude.is_match("five"));
    assert!(good("").sources[0].rules.is_empty());
}

#[test]
fn the_environment_names_sets_and_changes_them() {
    let text = completed("[rules.a]\nlimit = 3\n[rules.b]\ncontent = \"none\"");
    let plan = read_with(&text, &[("FEEDMILL_SITE__USE", "a, b"), ("FEEDMILL_RULES__A__LIMIT", "4")]).unwrap();
    let rules = &plan.sources[0].rules;
    assert_eq!((rules.limit, rules.content), (Some(4), Some(ContentMode::None)));
    let error = read_with(&text, &[("FEEDMILL_SITE__USE", "c")]).unwrap_err().to_string();
    let expect =
        "FEEDMILL_SITE__USE: `use` has `c`, which names no `[rules.…]` of this config\n  hint: did you mean `a`?";
    assert_eq!(error, expect);
}

#[test]
fn names_are_folded_and_cleaned() {
    let rules = rules(&format!(
        r#"{FEED}[source.feed.categories]
split = "/"
rename = {{ " TECH " = "Technology", "A / B" = ["X", "Y"], '/^z/' = "Z", "c\u001fd" = "e\u001ff" }}
parent = {{ "Rust" = ["Dev", "Programming"], "Dev" = "All" }}
"#
    ));
    let categories = &rules.categories[0];
    let names = |key: &str| categories.rename.names[key].join("|");
    assert_eq!((names("tech"), names("a/b")), ("Technology".into(), "X|Y".into()));
    assert_eq!(categories.rename.patterns.len(), 1);
    assert!(categories.rename.names.values().flatten().all(|name| !name.contains('\u{1f}')), "{categories:?}");
    assert_eq!(categories.parent["rust"], ["Dev", "Programming"]);
}

#[test]
fn fingerprints_tell_members_from_looks() {
    let print = |lines: &str| {
        let rules = rules(&format!("{FEED}{lines}"));
        (rules.membership_fingerprint(), rules.fingerprint())
    };
    assert_eq!(print(""), (String::new(), String::new()));
    let mut seen = vec![print("")];
    for lines in ["limit = 3", "max_age = \"3d\"", "content = \"none\"", "item_title = \"{title}\"", "max_bytes = 3"] {
        let (members, shown) = print(lines);
        assert!(members.is_empty() && seen.iter().all(|(_, other)| *other != shown), "{lines}");
        seen.push((members, shown));
    }
    for lines in [
        "include = { title = \"x\" }",
        "exclude = { title = \"x\" }",
        "categories = { hide = \"x\" }",
        "categories = { from_tags = true }",
        "tags = { hide = \"x\" }",
        "set = { language = \"de\" }",
        "fill = { language = \"de\" }",
        "set = { author = { name = \"x\" } }",
        "set = { categories = [\"x\"] }",
    ] {
        let (members, shown) = print(lines);
        assert!(seen.iter().all(|other| other.0 != members && other.1 != shown), "{lines}");
        seen.push((members, shown));
    }
}

#[test]
fn each_fault_has_its_place_and_words() {
    let own = |lines: &str| format!("{FEED}{lines}");
    let mut wrong = Vec::new();
    for (text, expect) in [
        ("rules = 3".to_owned(), "1:9: `rules` is a number, expected a table of tables | write `[rules.NAME]`"),
        ("[rules]\na = 3".into(), "2:5: `a` is a number, expected a table | write `[rules.NAME]`"),
        (
            "[rules.\"a b\"]".into(),
            "1:8: the name of a `[rules.…]` is `a b`, expected only `A-Z a-z 0-9 _ -` | write it as in `[rules.no-ads]`",
        ),
        ("[rules.a]\nlimt = 3".into(), "2:1: unknown key `limt` in `[rules.NAME]` | did you mean `limit`?"),
        (
            "[rules.a]\nuse = \"b\"".into(),
            "2:1: unknown key `use` in `[rules.NAME]` | `use` belongs to `[site]`, `[[source.articles]]` or `[[source.feed]]`",
        ),
        (
            own("use = [\"no-adz\", \"no-ads\", \"no-ads\"]\n[rules.no-ads]"),
            "4:8: `use` has `no-adz`, which names no `[rules.…]` of this config | did you mean `no-ads`?\n4:28: `use` names `no-ads` twice",
        ),
        (own("use = \"x\""), "4:7: `use` has `x`, which names no `[rules.…]` of this config | add `[rules.x]`"),
        (
            own("use = \"x\"\n[rules.long-one]\n[rules.bbbb]"),
            "4:7: `use` has `x`, which names no `[rules.…]` of this config | there are `bbbb`, `long-one`",
        ),
        (own("use = []"), "4:7: `use` is an empty list, expected at least one text"),
        (
            own("include = {}"),
            "4:11: `include` has no condition, expected at least one | write `include = { title = [\"…\"] }`",
        ),
        (
            own("exclude = [\"x\"]"),
            "4:11: `exclude` has text, expected a table or a list of tables | write `exclude = { title = [\"…\"] }`",
        ),
        (
            own("exclude = [{ title = \"x\" }, 3]"),
            "4:11: `exclude` has a number, expected a table or a list of tables | write `exclude = { title = [\"…\"] }`",
        ),
        (
            own("include = \"x\""),
            "4:11: `include` has text, expected a table or a list of tables | write `include = { title = [\"…\"] }`",
        ),
        (
            own("include = []"),
            "4:11: `include` has an empty list, expected a table or a list of tables | write `include = { title = [\"…\"] }`",
        ),
        (own("exclude = { titel = \"x\" }"), "4:13: unknown key `titel` in a filter | did you mean `title`?"),
        (
            own("exclude = { max_age = \"3d\" }"),
            "4:13: unknown key `max_age` in a filter | `max_age` belongs to `[output]`, `[output.<axis>]`, `[[output.feed]]`, `where`, `[[source.articles]]`, `[[source.feed]]` or `[rules.NAME]`",
        ),
        (own("exclude = { title = \"/(/\" }"), "4:21: `title` has `/(/`, which is no pattern: unclosed group"),
        (
            own("exclude = { source = \"b\" }"),
            "4:22: `source` has `b`, which names no source of this config | did you mean `a`?",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = [{ title = \"x\" }, \"!b\"]".into(),
            "4:29: `exclude` has `!b`, but nothing can be taken back with `!`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = 3".into(),
            "4:11: `exclude` is a number, expected a list of texts",
        ),
        (
            own("categories = [\"x\"]"),
            "4:14: `categories` is a list, expected a table | write `categories = { hide = [\"…\"] }`",
        ),
        (own("categories = { hid = \"x\" }"), "4:16: unknown key `hid` in `categories` | did you mean `hide`?"),
        (own("categories = { split = \"\" }"), "4:24: `split` is empty, expected some text"),
        (
            own("categories = { hide = \"/[/\" }"),
            "4:23: `hide` has `/[/`, which is no pattern: unclosed character class",
        ),
        (
            own("categories.rename = { Tech = \"a\", \"tech \" = \"b\" }"),
            "4:35: `Tech` and `tech ` are one name, expected it once",
        ),
        (own("categories.rename = { Tech = \"\\u200b\" }"), "4:30: `rename` of `Tech` is empty, expected some text"),
        (
            own("categories.parent = { a = \"b\", b = [\"c\", \"d\"], c = \"A\", d = \"a\" }"),
            "4:23: `parent` of `a` leads back to itself | the outermost category has no parent\n\
             4:32: `parent` of `b` leads back to itself | the outermost category has no parent\n\
             4:48: `parent` of `c` leads back to itself | the outermost category has no parent",
        ),
        (
            own("categories.parent = { a = \"A\" }"),
            "4:23: `parent` of `a` leads back to itself | the outermost category has no parent",
        ),
        (own("tags = { split = \"/\" }"), "4:10: unknown key `split` in `tags` | `split` belongs to `categories`"),
        (
            own("set = { lang = \"de\" }"),
            "4:9: unknown key `lang` in `set` or `fill` | known are `author`, `language`, `categories`, `tags`, `image`",
        ),
        (
            own("set = { image = \"x.png\" }"),
            "4:17: `image` is `x.png`, expected an absolute `http://` or `https://` URL",
        ),
        (own("set = { author = { email = \"a@b\" } }"), "4:18: `name` is missing in `author` | add `name = \"…\"`"),
        (
            own("set = { tags = [\"x\"] }\nfill = { tags = [\"y\"], language = \"de\" }"),
            "5:17: `fill` has no effect on `tags`, which `set` replaces | keep one of them",
        ),
        (
            own("item_title = \"{titel}\""),
            "4:14: `item_title` has `{titel}`, expected `{title}`, `{source.title}`, `{source.name}`, `{author}` or `{category}`",
        ),
        (
            own("item_title = \"{title\""),
            "4:14: `item_title` has a `{` without `}`, expected `{title}`, `{source.title}`, `{source.name}`, `{author}` or `{category}`",
        ),
        (
            own("content = \"sumary\""),
            "4:11: `content` is `sumary`, expected `full`, `summary` or `none` | did you mean `summary`?",
        ),
        (own("limit = 0"), "4:9: `limit` is `0`, expected a whole number from 1 to 10000"),
        (own("max_age = \"0d\""), "4:11: `max_age` is zero, expected more"),
        (
            own("max_bytes = \"64KB\""),
            "4:13: `max_bytes` is `64KB`, expected a size such as `512KiB`, `32MiB` or `1GiB` | did you mean `64KiB`?",
        ),
        ("[output]\nmax_bytes = 0".into(), "2:13: `max_bytes` is `0`, expected at least one byte"),
    ] {
        let found = faults(&text).join("\n");
        if found != expect {
            wrong.push(format!("{text}\n  expected {expect}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_value_never_panics(value in "\\PC{0,40}") {
        let quoted = toml::Value::String(value).to_string();
        let _ = read(&completed(&format!(
            "[rules.{quoted}]\nitem_title = {quoted}\nmax_bytes = {quoted}\nexclude = [{quoted}, {{ text = {quoted} }}]\n\
             categories = {{ split = {quoted}, rename = {{ {quoted} = {quoted} }}, parent = {{ {quoted} = {quoted} }} }}\n\
             tags = {{ hide = {quoted} }}\nset = {{ categories = [[{quoted}]], tags = [{quoted}] }}"
        )));
    }
}
