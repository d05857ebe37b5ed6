//! The whole way from text to plan or faults.

mod faults;
mod rules;

use super::plan::*;
use super::*;
use crate::model::{Axis, ContentMode, Future, OutputFormat};
use proptest::prelude::*;
use std::path::PathBuf;
use std::time::Duration;

const SITE: &str = "\n[site]\ntitle = \"Mill\"\nurl = \"https://example.org\"\n";
const SOURCE: &str = "\n[[source.articles]]\nname = \"posts\"\npath = \"content/posts\"\n";

fn read(text: &str) -> Result<Plan, ConfigError> {
    read_with(text, &[])
}

fn read_with(text: &str, overrides: &[(&str, &str)]) -> Result<Plan, ConfigError> {
    let overrides = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    check(text, Path::new("site/config.toml"), &overrides)
}

/// The text, and after it whatever of site and source it does not speak of.
fn completed(text: &str) -> String {
    let site = if text.contains("[site]") { "" } else { SITE };
    let source = if text.contains("[[source") || text.contains("[source") { "" } else { SOURCE };
    format!("{text}\n{site}{source}")
}

fn good(text: &str) -> Plan {
    read(&completed(text)).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

#[test]
fn defaults() {
    let plan = good("");
    assert_eq!(plan.config_path, PathBuf::from("site/config.toml"));
    assert_eq!(plan.site.description, "Mill");
    assert_eq!(plan.site.url.as_str(), "https://example.org/");
    assert_eq!(plan.site.feeds_url.as_str(), "https://example.org/feeds/");
    assert_eq!(plan.site.timezone, chrono_tz::UTC);
    assert_eq!(plan.state, PathBuf::from("site/.feedmill/state.db"));
    assert_eq!(plan.output.dir, PathBuf::from("site/feeds"));
    assert_eq!(plan.output.by, [Axis::Category]);
    assert_eq!(plan.output.slugs, Slugs::Unicode);
    assert!(!plan.output.merges());
    let rules = FeedRules {
        formats: vec![OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json],
        limit: 50,
        max_age: None,
        max_bytes: None,
        content: ContentMode::Full,
        duplicates: Duplicates::Keep,
    };
    assert_eq!(plan.output.all, rules);
    let axis = &plan.output.axes[&Axis::Category];
    assert_eq!((axis.min_items, axis.title.as_str(), &axis.rules), (1, "{term} – {site.title}", &rules));
    let network = &plan.network;
    let durations =
        [network.timeout, network.connect_timeout, network.first_byte_timeout, network.host_gap, network.min_interval];
    assert_eq!(durations.map(|d| d.as_secs()), [60, 10, 20, 1, 3600]);
    assert_eq!((network.max_body, network.concurrency, network.allow_addresses.len()), (32 << 20, 32, 0));
    let [source] = plan.sources.as_slice() else { panic!("one source") };
    assert_eq!((source.name.as_str(), source.line), ("posts", 7));
    let SourceKind::Articles(articles) = &source.kind else { panic!("articles") };
    assert_eq!(articles.path.root, PathBuf::from("site/content/posts"));
    assert_eq!(articles.reading.base.as_str(), "https://example.org/");
}

#[test]
fn rules_of_content() {
    let plan = good("");
    assert!(!plan.bodies.remove_tracking && plan.bodies.iframes.contains(&"player.vimeo.com/video/".to_owned()));
    let set = good("[content]\nremove_tracking = true\niframes = [\"Maps.Example\", \"例子.测试/e/\"]\n");
    assert!(set.bodies.remove_tracking && set.sources[0].bodies == set.bodies);
    assert_eq!(set.bodies.iframes, ["maps.example", "xn--fsqu00a.xn--0zwm56d/e/"]);
    assert_ne!(set.sources[0].fingerprint, plan.sources[0].fingerprint, "bodies are read otherwise");
    assert_eq!(good("[content]\niframes = []\n").bodies.iframes, Vec::<String>::new());
    for host in ["https://a.example", "a.example:80", "*.example", "localhost", "u@a.example", "a.example/?x", ""] {
        let error = read(&completed(&format!("[content]\niframes = [{host:?}]\n"))).unwrap_err().to_string();
        assert!(error.contains("iframes"), "{host}: {error}");
    }
}

#[test]
fn everything_set() {
    let plan = good(
        r#"
[site]
title = "Mill"
url = "https://example.org/blog"
feeds_url = "https://feeds.example.org"
language = "zh-cn"
timezone = "Asia/Shanghai"
author = { name = "Me", email = "me@example.org", url = "https://example.org/me" }
icon = "https://example.org/icon.png"
rights = "CC BY"
[output]
dir = "/srv/www"
formats = ["json", "rss"]
by = ["year", "category"]
limit = 20
max_age = "30d"
content = "summary"
duplicates = "merge"
[output.year]
limit = 100
duplicates = "keep"
min_items = 3
title = "{site.title}: {term}"
[output.category]
formats = ["atom"]
slug = { "金融" = "finance", "C#" = "csharp" }
[[output.feed]]
name = "no-ads"
where = { title = "/^[A-Z]/", not_title = ["广告", "ad"], source = ["elsewhere"], max_age = "7d" }
[network]
allow_addresses = ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "0.0.0.0/0"]
contact = "mailto:me@example.org"
max_body = 1000
min_interval = "0s"
[[source.feed]]
name = "elsewhere"
url = "https://example.net/atom.xml#top"
min_interval = "2h"
keep = 2000
max_new = 50
timezone = "UTC"
future = "keep"
add = { categories = ["A/B", ["C", "D"]], tags = ["t"] }
priority = -5
[[source.articles]]
name = "posts"
path = "content/*/posts/**/*.md"
exclude = ["drafts"]
permalink = "https://example.org:8080/:year/:title/"
base = "https://example.org/x"
category_lists = "path"
body = "markdown"
map = { image = ["headimg", "thumbnail"], date = "pubdate" }
[[source.feed]]
name = "files"
path = "in/*.xml"
max_new = "any"
"#,
    );
    let futures: Vec<_> = plan.sources.iter().map(|source| (source.name.as_str(), source.future)).collect();
    assert_eq!(futures, [("elsewhere", Future::Keep), ("posts", Future::Hold), ("files", Future::Clamp)]);
    assert_eq!(plan.site.url.as_str(), "https://example.org/blog/");
    assert_eq!(plan.site.feeds_url.as_str(), "https://feeds.example.org/");
    assert_eq!(plan.site.language.as_deref(), Some("zh-CN"));
    assert_eq!(plan.output.dir, PathBuf::from("/srv/www"));
    assert_eq!(plan.output.all.formats, [OutputFormat::Rss, OutputFormat::Json]);
    let year = &plan.output.axes[&Axis::Year];
    assert_eq!((year.rules.limit, year.min_items, year.rules.content), (100, 3, ContentMode::Summary));
    assert_eq!(year.rules.max_age, Some(Duration::from_secs(30 * 86400)));
    let category = &plan.output.axes[&Axis::Category];
    assert_eq!(category.rules.formats, [OutputFormat::Atom]);
    assert_eq!(category.slug["金融"], "finance");
    let [feed] = plan.output.feeds.as_slice() else { panic!("one feed") };
    assert_eq!((feed.title.as_str(), feed.rules.limit), ("no-ads", 20));
    assert_eq!(feed.rules.max_age, Some(Duration::from_secs(7 * 86400)));
    assert_eq!(
        feed.filter.fingerprint,
        "[\"source\",[[\"term\",\"elsewhere\"]]]\n[\"title\",[[\"regex\",\"^[A-Z]\"]]]\n\
         [\"not_title\",[[\"substring\",\"ad\"],[\"substring\",\"广告\"]]]"
    );
    assert_eq!(plan.network.allow_addresses.iter().map(|c| c.prefix).collect::<Vec<_>>(), [32, 8, 8, 0]);
    assert_eq!(plan.network.max_body, 1000);
    let names: Vec<_> = plan.sources.iter().map(|s| (s.name.as_str(), s.kind.as_str())).collect();
    assert_eq!(names, [("elsewhere", "feed"), ("posts", "articles"), ("files", "feed")]);
    let guards: Vec<_> = plan.sources.iter().map(|source| (source.keep, source.max_new)).collect();
    assert_eq!(guards, [(Some(2000), MaxNew::AtMost(50)), (None, MaxNew::Learned), (None, MaxNew::Any)]);
    let [elsewhere, posts, _] = plan.sources.as_slice() else { panic!("three sources") };
    assert_eq!(elsewhere.add_categories, [vec!["A/B".to_owned()], vec!["C".to_owned(), "D".to_owned()]]);
    assert_eq!((elsewhere.priority, posts.priority), (-5, 0));
    let duplicates = [&plan.output.all, &year.rules, &category.rules, &feed.rules].map(|rules| rules.duplicates);
    assert_eq!(duplicates, [Duplicates::Merge, Duplicates::Keep, Duplicates::Merge, Duplicates::Merge]);
    assert!(plan.output.merges());
    assert_eq!((elsewhere.timezone, posts.timezone), (chrono_tz::UTC, chrono_tz::Asia::Shanghai));
    let SourceKind::Feed(FeedSource { location: FeedLocation::Url(url), interval, .. }) = &elsewhere.kind else {
        panic!("a feed by URL")
    };
    assert_eq!((url.as_str(), interval.as_secs()), ("https://example.net/atom.xml", 7200));
    let SourceKind::Articles(articles) = &posts.kind else { panic!("articles") };
    assert_eq!(articles.reading.base.as_str(), "https://example.org/x/");
    assert_eq!(articles.reading.map["image"], ["headimg", "thumbnail"]);
    assert!(articles.path.glob.as_ref().unwrap().is_match("a/posts/b/c.md"));
    assert!(articles.path.exclude.is_match("a/posts/drafts/c.md"));
}

#[test]
fn the_environment_goes_before_the_file() {
    let text = completed("[network]\ntimeout = \"9s\"\n[output]\nlimit = 5\nby = [\"category\"]");
    let plan = read_with(
        &text,
        &[
            ("FEEDMILL_NETWORK__TIMEOUT", "5s"),
            ("FEEDMILL_NETWORK__ALLOW_ADDRESSES", "127.0.0.1, ::1"),
            ("FEEDMILL_OUTPUT__DIR", "/tmp/out"),
            ("FEEDMILL_OUTPUT__LIMIT", "7"),
            ("FEEDMILL_OUTPUT__CATEGORY__LIMIT", "8"),
            ("FEEDMILL_SITE__FEEDS_URL", "http://127.0.0.1:8080/"),
            ("FEEDMILL_SITE__AUTHOR__NAME", "Me"),
            ("FEEDMILL_LOG", "debug"),
            ("FEEDMILL_CASES", "1"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(plan.network.timeout.as_secs(), 5);
    assert_eq!(plan.network.allow_addresses.len(), 2);
    assert_eq!(plan.output.dir, PathBuf::from("/tmp/out"));
    assert_eq!((plan.output.all.limit, plan.output.axes[&Axis::Category].rules.limit), (7, 8));
    assert_eq!(plan.site.feeds_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(plan.site.author.unwrap().name.as_deref(), Some("Me"));

    let error = read_with(
        &text,
        &[
            ("FEEDMILL_NETWORK__TIMEOUT", "x"),
            ("FEEDMILL_NETWORK__TIMEUOT", "5s"),
            ("FEEDMILL_OUTPUT__TAG__LIMIT", "5"),
            ("FEEDMILL_OUTPUT__FEED__NAME", "x"),
            ("FEEDMILL_SITE__AUTHOR", "x"),
            ("FEEDMILL_SOURCE__FEED", "x"),
            ("FEEDMILL_X__Y", "5"),
        ],
    )
    .unwrap_err();
    let expect = "\
FEEDMILL_NETWORK__TIMEOUT: `timeout` is `x`, expected a duration such as `90s`, `15m`, `1h` or `7d`
FEEDMILL_NETWORK__TIMEUOT: unknown key `timeuot` in `[network]`
  hint: did you mean `timeout`?
FEEDMILL_OUTPUT__FEED__NAME: names a list of tables, which the environment cannot change
  hint: change it in the file
FEEDMILL_OUTPUT__TAG__LIMIT: `[output.tag]` has no effect: `by` does not name `tag`
  hint: add `\"tag\"` to `[output] by`
FEEDMILL_SITE__AUTHOR: `author` is text, expected a table
  hint: set its keys one by one, such as `FEEDMILL_SITE__AUTHOR__NAME`
FEEDMILL_SOURCE__FEED: names a list of tables, which the environment cannot change
  hint: change it in the file
FEEDMILL_X__Y: unknown key `x` in the file
  hint: known are `site`, `output`, `content`, `state`, `network`, `source`, `rules`";
    assert_eq!(error.to_string(), expect);
}

#[test]
fn fingerprints_change_with_what_changes_the_reading() {
    let print = |path: &Path, source: &str, site: &str| {
        let text = format!("{SITE}{site}\n[[source.articles]]\nname = \"posts\"\n{source}");
        check(&text, path, &Overrides::new()).unwrap().sources[0].fingerprint.clone()
    };
    let here = Path::new("a/config.toml");
    let base = print(here, "path = \"p\"", "");
    assert_eq!(base, print(Path::new("/other/config.toml"), "path = \"p\"", ""));
    assert_eq!(base, print(here, "path = \"/srv/p\"\nexclude = [\"x\"]", "icon = \"https://a.org/\""));
    assert_eq!(base, print(here, "path = \"p\"\nbody = \"auto\"\ntimezone = \"UTC\"", ""));
    let mut seen = vec![base];
    for (source, site) in [
        ("permalink = \"/:slug/\"", ""),
        ("base = \"https://a.org/\"", ""),
        ("category_lists = \"path\"", ""),
        ("body = \"html\"", ""),
        ("map = { image = \"x\" }", ""),
        ("map = { image = \"y\" }", ""),
        ("timezone = \"Asia/Shanghai\"", ""),
        ("language = \"de\"", ""),
        ("title = \"de\"", ""),
        ("author = { name = \"A\" }", ""),
        ("add = { categories = [\"a\", \"b\"] }", ""),
        ("add = { categories = [[\"a\", \"b\"]] }", ""),
        ("add = { tags = [\"a\", \"b\"] }", ""),
        ("", "timezone = \"Europe/Berlin\""),
    ] {
        let print = print(here, &format!("path = \"p\"\n{source}"), site);
        assert!(!seen.contains(&print), "{source} {site}");
        seen.push(print);
    }
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let error = load(&path, []).unwrap_err();
    assert_eq!(error.faults[0].message, "does not exist, expected a config file");
    assert!(error.faults[0].hint.as_deref().unwrap().contains("--config"));
    let error = load(folder.path(), []).unwrap_err();
    assert_eq!(error.faults[0].message, "is a folder, expected a config file");
    std::fs::write(&path, b"[site]\ntitle = \"\xb9\xfa\"\n").unwrap();
    let fault = load(&path, []).unwrap_err().faults.remove(0);
    assert_eq!((fault.line, fault.column, fault.message.as_str()), (Some(2), Some(10), "the file is not UTF-8 here"));
    std::fs::write(&path, completed("")).unwrap();
    let plan = load(&path, [("FEEDMILL_OUTPUT__DIR".into(), "out".into())]).unwrap();
    assert_eq!(plan.output.dir, folder.path().join("out"));
}

/// The section of the reference page speaks of every key, and its examples are configs.
#[test]
fn every_key_is_documented() {
    let page = include_str!("../../docs/config.md");
    for shape in shape::SHAPES {
        let (one, common) = match shape.header() {
            "[output.<axis>]" => ("[output.category]", ""),
            "where" | "author" | "add" | "source" => ("", ""),
            "categories" | "tags" | "set` or `fill" => ("[rules.NAME]", ""),
            header if header.starts_with("[[source") => (header, "## Sources"),
            header => (header, ""),
        };
        let is_about = |section: &&str| {
            let heading = section.lines().next().unwrap_or_default();
            heading.contains(one) || !common.is_empty() && section.starts_with(common.trim_start_matches("## "))
        };
        let text: String = page.split("\n## ").flat_map(|part| part.split("\n### ")).filter(is_about).collect();
        for key in shape.keys {
            // A table may be named by the heading of its own section.
            let known = text.contains(&format!("`{key}`")) || page.contains(&format!(".{key}]"));
            assert!(known, "`{key}` of {}", shape.name);
        }
    }
    let examples: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        good(example);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_text_never_panics(at in 0usize..2000, cut in 0usize..40, put in "[a-z0-9\\[\\]{}\"'=.,#\\\\\n :/*$金]{0,8}") {
        let text = completed(include_str!("../../docs/config.md").split("```toml\n").last().unwrap_or_default());
        let chars: Vec<char> = text.chars().collect();
        let at = at % chars.len();
        let mutated: String =
            chars[..at].iter().copied().chain(put.chars()).chain(chars[(at + cut).min(chars.len())..].iter().copied()).collect();
        if let Err(error) = read(&mutated) {
            prop_assert!(!error.faults.is_empty());
        }
    }

    #[test]
    fn any_value_never_panics(value in "\\PC{0,40}") {
        let quoted = toml::Value::String(value.clone()).to_string();
        for (table, key) in [
            ("site", "language"), ("site", "timezone"), ("site", "url"), ("site", "icon"), ("network", "contact"),
            ("network", "timeout"), ("network", "max_body"), ("output.category", "title"), ("state", "path"),
        ] {
            let _ = read(&format!("[{table}]\n{key} = {quoted}"));
        }
        let _ = read(&format!("[network]\nallow_addresses = [{quoted}]\n[output.category.slug]\n{quoted} = {quoted}"));
        let _ = read(&format!(
            "[[source.articles]]\nname = \"a\"\npath = {quoted}\npermalink = {quoted}\nexclude = [{quoted}]\n\
             [[output.feed]]\nname = {quoted}\nwhere = {{ title = {quoted}, source = {quoted} }}"
        ));
        let _ = read_with("", &[(&format!("FEEDMILL_{value}__{value}"), &value)]);
    }
}
