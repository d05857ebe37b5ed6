//! The whole way from text to plan or faults.

use super::plan::*;
use super::*;
use crate::model::{Axis, ContentMode, OutputFormat};
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

/// Line, column and message of each fault; hints after ` | `.
fn faults(text: &str) -> Vec<String> {
    let Err(error) = read(&completed(text)) else { return Vec::new() };
    let one = |fault: Fault| {
        let place = format!("{}:{}", fault.line.unwrap(), fault.column.unwrap());
        let hint = fault.hint.map(|hint| format!(" | {hint}")).unwrap_or_default();
        format!("{place}: {}{hint}", fault.message)
    };
    error.faults.into_iter().map(one).collect()
}

#[test]
fn each_fault_has_its_place_and_words() {
    for (text, expect) in [
        // The file.
        ("x = 1", "1:1: unknown key `x` in the file | known are `site`, `output`, `state`, `network`, `source`"),
        ("sites = {}", "1:1: unknown key `sites` in the file | did you mean `site`?"),
        ("timeout = \"5s\"", "1:1: unknown key `timeout` in the file | `timeout` belongs to `[network]`"),
        ("[[feed]]", "1:3: unknown key `feed` in the file | `feed` belongs to `[output]` or `source`"),
        ("every = 3", "1:1: unknown key `every` in the file | `every` belongs to `[[source.articles]]`, and is not served by this version yet"),
        ("[state]\npath = 3", "2:8: `path` is a number, expected text | put it in quotes"),
        ("[state]\npath = \"~/x.db\"", "2:8: `path` is `~/x.db`, but `~` is not expanded | write an absolute path, or one relative to the config file"),
        ("[state]\npath = \"feeds/x.db\"", "2:8: the state file `site/feeds/x.db` is in the output folder `site/feeds`, which is published as a whole | choose another `[state] path` or `[output] dir`"),
        ("state = \"x\"", "1:9: `state` is text, expected a table | write `[state]`"),
        // The site.
        ("[site]\nurl = \"https://a.org\"", "1:1: `title` is missing in `[site]` | add `title = \"…\"`"),
        ("[site]\ntitle = \" \"\nurl = \"https://a.org\"", "2:9: `title` is empty, expected some text"),
        ("[site]\ntitle = \"T\"", "1:1: `url` is missing in `[site]` | add `url = \"https://…/\"`, the home page"),
        ("[site]\ntitle = \"T\"\nurl = \"a.org/x\"", "3:7: `url` is `a.org/x`, expected an absolute `http://` or `https://` URL | did you mean `https://a.org/x`?"),
        ("[site]\ntitle = \"T\"\nurl = \"ftp://a.org\"", "3:7: `url` is `ftp://a.org`, expected an absolute `http://` or `https://` URL"),
        ("[site]\ntitle = \"T\"\nurl = \"https://a.org/?x\"", "3:7: `url` is `https://a.org/?x`, expected a URL without `?` and `#`"),
        ("[site]\ntitle = \"T\"\nurl = \"https://\"", "3:7: `url` is `https://` (empty host), expected an absolute `http://` or `https://` URL"),
        ("site.title = \"T\"\nsite.url = \"https://a.org\"\nsite.timezone = \"Asia/Shangai\"\n[source]\n[[source.articles]]\nname=\"a\"\npath=\"a\"\n#[site]", "3:17: `timezone` is `Asia/Shangai`, expected an IANA time zone such as `Europe/Berlin` | did you mean `Asia/Shanghai`?"),
        // The output.
        ("[output]\n\"金融\" = 1", "2:1: unknown key `金融` in `[output]` | known are `dir`, `formats`, `by`, `limit`, `max_age`, `content`, `slugs`, `category`, `tag`, `author`, `source`, `language`, `year`, `feed`"),
        ("[output]\nslugs = \"asci\"", "2:9: `slugs` is `asci`, expected `unicode` or `ascii` | did you mean `ascii`?"),
        ("[output]\nlimit = 0", "2:9: `limit` is `0`, expected a whole number from 1 to 10000"),
        ("[output]\nlimit = 10001", "2:9: `limit` is `10001`, expected a whole number from 1 to 10000"),
        ("[output]\nlimit = 99999999999999999999", "2:9: `limit` is `9223372036854775807`, expected a whole number from 1 to 10000"),
        ("[output]\nlimit = 1.5", "2:9: `limit` is a number with a fraction, expected a whole number from 1 to 10000"),
        ("[output]\nlimit = \"50\"", "2:9: `limit` is text, expected a whole number from 1 to 10000 | write the number without quotes"),
        ("[output]\nformats = []", "2:11: `formats` names no format, expected `rss`, `atom` or `json`"),
        ("[output]\nformats = \"rss\"", "2:11: `formats` is text, expected a list of texts | write `formats = [\"…\"]`"),
        ("[output]\nformats = [\"rss\", \"jsn\"]", "2:19: `formats` has `jsn`, expected `rss`, `atom` or `json` | did you mean `json`?"),
        ("[output]\nby = [\"tag\", \"tag\"]", "2:14: `by` lists `tag` twice"),
        ("[output]\nby = [3]", "2:7: `by` holds a number, expected only texts"),
        ("[output]\nmax_age = \"30\"", "2:11: `max_age` is `30`, expected a duration such as `90s`, `15m`, `1h` or `7d` | `30s` if seconds are meant"),
        ("[output]\nmax_age = \"0d\"", "2:11: `max_age` is zero, expected more"),
        ("[output]\nmax_age = \"99999999999999d\"", "2:11: `max_age` is `99999999999999d`, expected at most `36500d`"),
        ("[output]\nstatus = true", "2:1: unknown key `status` in `[output]` | `status` is not served by this version yet"),
        ("[output.tag]", "1:1: `[output.tag]` has no effect: `by` does not name `tag` | add `\"tag\"` to `[output] by`"),
        ("[output.category]\nmin_item = 2", "2:1: unknown key `min_item` in `[output.category]` | did you mean `min_items`?"),
        ("[output.category]\ntitle = \"{name}\"", "2:9: `title` has `{name}`, expected `{term}` or `{site.title}`"),
        ("[output.category]\ntitle = \"{term\"", "2:9: `title` has a `{` without `}`, expected `{term}` or `{site.title}`"),
        ("[output.category.slug]\n\"a\" = \"x\"\n\"b\" = \"X\"", "3:7: `a` and `b` have the same slug `X` | their feeds would be one folder; give one another slug"),
        ("[output.category.slug]\n\"Tech\" = \"x\"\n\"tech\" = \"y\"", "3:1: `Tech` and `tech` are one name, expected one slug for it"),
        ("[output.category.slug]\na = \"../x\"", "2:5: `slug` of `a` is `../x`, expected a folder's name without `/`"),
        ("[output.category.slug]\na = \"archive\"", "2:5: `slug` of `a` is `archive`, a name that feedmill uses itself | choose another"),
        ("[output.category.slug]\na = 3", "2:5: `a` is a number, expected text or a list of texts"),
        // Feeds of one's own.
        ("[[output.feed]]", "1:1: `name` is missing in `[[output.feed]]` | add `name = \"…\"`, which names its folder"),
        ("[[output.feed]]\nname = \"金融\"", "2:8: `name` is `金融`, expected only `A-Z a-z 0-9 _ -` | what people see is `title`, which may be any text"),
        ("[[output.feed]]\nname = \"con\"", "2:8: `name` is `con`, a name that Windows reserves | choose another"),
        ("[[output.feed]]\nname = \"a\"\n[[output.feed]]\nname = \"A\"", "4:8: `name` is `A`, but `a` is the name of another `[[output.feed]]` | choose another"),
        ("[output.feed]\nname = \"a\"", "1:1: `feed` is a table, expected a list of tables | write `[[output.feed]]`"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { categry = \"x\" }", "3:11: unknown key `categry` in `where` | did you mean `category`?"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { title = \"/(a/\" }", "3:19: `title` has `/(a/`, which is no pattern: unclosed group"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { title = '/(\\w{50}){900}/' }", "3:19: `title` has `/(\\w{50}){900}/`, which is no pattern: it compiles to more than 1 MiB"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { title = [\"x\", \"\"] }", "3:25: `title` is empty, expected some text"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { title = [] }", "3:19: `title` is an empty list, expected at least one text"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { not_source = \"post\" }", "3:24: `not_source` has `post`, which names no source of this config | did you mean `posts`?"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { source = \"/^x/\" }", "3:20: `source` has `/^x/`, which names no source of this config | sources are `posts`"),
        ("[[output.feed]]\nname = \"a\"\nmax_age = \"1d\"\nwhere = { max_age = \"2d\" }", "3:11: `max_age` is given twice, in the feed and in its `where` | keep one of them"),
        ("[[output.feed]]\nname = \"a\"\nwhere = { not_max_age = \"2d\" }", "3:11: unknown key `not_max_age` in `where` | did you mean `max_age`?"),
        // The network.
        ("[network]\ntimeout = 60", "2:11: `timeout` is a number, expected a duration such as `\"90s\"`, `\"15m\"`, `\"1h\"` or `\"7d\"` | write `timeout = \"60s\"` if seconds are meant"),
        ("[network]\ntimeout = \"0s\"", "2:11: `timeout` is zero, expected more"),
        ("[network]\nhost_gap = \"500ms\"", "2:12: `host_gap` is `500ms`, expected a duration such as `90s`, `15m`, `1h` or `7d`"),
        ("[network]\nmax_body = \"32MB\"", "2:12: `max_body` is `32MB`, expected a size such as `512KiB`, `32MiB` or `1GiB` | did you mean `32MiB`?"),
        ("[network]\nmax_body = 0", "2:12: `max_body` is `0`, expected at least one byte"),
        ("[network]\nconcurrency = 1025", "2:15: `concurrency` is `1025`, expected a whole number from 1 to 1024"),
        ("[network]\nallow_addresses = [\"10.1.0.0/8\"]", "2:20: `allow_addresses` holds `10.1.0.0/8`, expected a block whose host bits are zero | did you mean `10.0.0.0/8`?"),
        ("[network]\nallow_addresses = [\"fd00::1/8\"]", "2:20: `allow_addresses` holds `fd00::1/8`, expected a block whose host bits are zero | did you mean `fd00::/8`?"),
        ("[network]\nallow_addresses = [\"::1/129\"]", "2:20: `allow_addresses` holds `::1/129`, expected at most `/128`"),
        ("[network]\nallow_addresses = [\"localhost\"]", "2:20: `allow_addresses` holds `localhost`, expected an address or block such as `127.0.0.1` or `10.0.0.0/8`"),
        ("[network]\ncontact = \"me@a.org\"", "2:11: `contact` is not such a URL, expected an absolute `http://` or `https://` URL, or `mailto:` and an address | write `mailto:` before the address"),
        ("[network]\ncontact = \"mailto:me\"", "2:11: `contact` is `mailto:me`, expected `mailto:` and an address"),
        ("[network]\ncontact = \"https://a.org/\\r\\nX: y\"", "2:11: `contact` is `https://a.org/��X: y`, expected an absolute `http://` or `https://` URL, or `mailto:` and an address | it holds white space or a control character"),
        ("[network]\nproxy = \"x\"", "2:1: unknown key `proxy` in `[network]` | `proxy` is not served by this version yet"),
        // Sources.
        ("[source]", "1:1: no source is configured, expected `[[source.articles]]` or `[[source.feed]]` | for example `[[source.articles]]`, `name = \"posts\"`, `path = \"content/posts\"`"),
        ("[[source]]\nname = \"a\"", "1:1: `source` is a list of tables, expected a table | write `[[source.articles]]` or `[[source.feed]]`"),
        ("[source.feed]\nname = \"a\"", "1:1: `feed` is a table, expected a list of tables | write `[[source.feed]]`"),
        ("[[source.page]]\nname = \"a\"", "1:10: unknown key `page` in `source` | `page` is not served by this version yet"),
        ("[[source.articles]]\npath = \"a\"", "1:1: `name` is missing in `[[source.articles]]` | add `name = \"…\"`, by which reports and filters know it"),
        ("[[source.articles]]\nname = \"a\"", "1:1: `path` is missing in `[[source.articles]]` | add `path = \"…\"`, a file, a folder or a glob"),
        ("[[source.articles]]\nname = \"a\"\npath = \"https://a.org/\"", "3:8: `path` is a URL, expected the path of a local file or folder"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a/[\"", "3:8: `path` has `[`, which is no glob: unclosed character class; missing ']' | a special character is taken as it is in brackets: `[[]`, `[*]`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a/*/../b\"", "3:8: `path` is `a/*/../b`, expected no `.` or `..` after the first special character"),
        ("[[source.articles]]\nname = \"a\"\nurl = \"https://a.org/a.zip\"", "3:1: unknown key `url` in `[[source.articles]]` | `url` is not served by this version yet"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = [\"!b\"]", "4:12: `exclude` has `!b`, but nothing can be taken back with `!`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = [\"[\"]", "4:12: `exclude` has `[`, which is no glob: unclosed character class; missing ']' | a special character is taken as it is in brackets: `[[]`, `[*]`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\npermalink = \"/x/\"", "4:13: `permalink` is `/x/`, expected at least one token | tokens are written `:year`, `:month`, `:day`, `:slug`, `:title`; for example `/:year/:month/:slug/`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\npermalink = \"/:/:slug\"", "4:13: `permalink` is `/:/:slug`, expected a name after each `:`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nmap = { cover = \"x\" }", "4:9: unknown field `cover` in `map` | fields are `title`, `date`, `updated`, `author`, `categories`, `tags`, `summary`, `image`, `link`, `id`, `slug`, `language`, `draft` and `expires`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nmap = { image = 3 }", "4:17: `image` is a number, expected text or a list of texts"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nauthor = \"Me\"", "4:10: `author` is text, expected a table | write `author = { name = \"…\" }`"),
        ("[[source.articles]]\nname = \"a\"\npath = \"a\"\nauthor = { email = \"me\" }", "4:10: `name` is missing in `author` | add `name = \"…\"`\n4:20: `email` is `me`, expected an e-mail address such as `me@example.org`"),
        ("[[source.feed]]\nname = \"a\"", "1:1: `[[source.feed]]` has neither `url` nor `path`, expected one of them | add `url = \"https://…\"`"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\npath = \"a\"", "1:1: `[[source.feed]]` has both `url` and `path`, expected one of them | make two sources of them"),
        ("[[source.feed]]\nname = \"a\"\nopml = \"a\"", "3:1: unknown key `opml` in `[[source.feed]]` | `opml` is not served by this version yet"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"feed://a.org/x\"", "3:7: `url` is `feed://a.org/x`, expected an absolute `http://` or `https://` URL | did you mean `https://a.org/x`?"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nallow_private = \"yes\"", "4:17: `allow_private` is text, expected `true` or `false`"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nmin_interval = \"10m\"", "4:16: `min_interval` is `10m`, less than the `1h` of `[network] min_interval` | lower `[network] min_interval` if that is meant"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nadd = { categories = [3, []], tags = [\"\"] }", "4:23: `categories` holds a number, expected texts or lists of texts\n4:26: `categories` holds an empty list, expected names\n4:38: `tags` is empty, expected some text"),
        ("[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\n[[source.articles]]\nname = \"a\"\npath = \"a\"", "5:8: `name` is `a`, but `a` is the name of another source | names are unique over all kinds of source; choose another"),
        // TOML.
        ("[output]\nlimit = ", "2:9: string values must be quoted, expected literal string"),
        ("[output]\nlimit = 3\nlimit = 4", "3:1: duplicate key"),
        ("a = [[[[[[[[[", "1:13: lists and tables lie more than 8 deep in each other"),
    ] {
        assert_eq!(faults(text).join("\n"), expect, "{text}");
    }
}

#[test]
fn all_faults_come_at_once_and_in_order() {
    let text = r#"[site]
title = "Mill"
url = "https://me:hunter2@example.org"
languge = "zh"
[network]
timeout = "60"
[output]
limit = 0
by = ["tags"]
[[source.articles]]
name = "a b"
[[source.feed]]
name = "x"
url = "https://a.org"
every = "1h"
"#;
    let error = read(text).unwrap_err();
    let expect = "\
site/config.toml:3:7: `url` holds a user name or password, expected a URL without them
  hint: secrets do not belong into the config in the clear; take out what stands before `@`
site/config.toml:4:1: unknown key `languge` in `[site]`
  hint: did you mean `language`?
site/config.toml:6:11: `timeout` is `60`, expected a duration such as `90s`, `15m`, `1h` or `7d`
  hint: `60s` if seconds are meant
site/config.toml:8:9: `limit` is `0`, expected a whole number from 1 to 10000
site/config.toml:9:7: `by` has `tags`, expected `category`, `tag`, `author`, `source`, `language` or `year`
  hint: did you mean `tag`?
site/config.toml:10:1: `path` is missing in `[[source.articles]]`
  hint: add `path = \"…\"`, a file, a folder or a glob
site/config.toml:11:8: `name` is `a b`, expected only `A-Z a-z 0-9 _ -`
  hint: what people see is `title`, which may be any text
site/config.toml:15:1: unknown key `every` in `[[source.feed]]`
  hint: `every` is not served by this version yet";
    assert_eq!(error.to_string(), expect);
    assert_eq!(error.faults.len(), 8);
}

#[test]
fn an_empty_file_says_what_it_needs() {
    let error = read("").unwrap_err();
    assert_eq!(error.faults.len(), 2);
    assert!(error.faults.iter().all(|fault| (fault.line, fault.column) == (Some(1), Some(1))), "{error}");
}

#[test]
fn broken_toml_hides_no_other_faults_and_makes_none_up() {
    // The header of the only source is broken: nothing may be said about missing sources or names.
    let text = "[site]\ntitle = \"T\"\nurl = \"https://a.org\"\nlimt = 3\ntimezone = nowhere\n[[source.feed]\nname = \"x\"\n";
    let lines: Vec<_> = read(text).unwrap_err().faults.iter().map(|f| f.line.unwrap()).collect();
    assert_eq!(lines, [4, 5, 6]);
}

#[test]
fn no_secret_is_repeated() {
    for url in ["https://me:hunter2@a.org/", "https://me:hunter2@:80/", "ftp://me:hunter2@a.org", "me:hunter2@a.org", "https://me:hunter2@a b"] {
        for key in ["url", "contact"] {
            let text = match key {
                "url" => format!("[[source.feed]]\nname = \"a\"\nurl = \"{url}\"{SITE}"),
                _ => format!("[network]\ncontact = \"{url}\"{SITE}{SOURCE}"),
            };
            let error = read(&text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

#[test]
fn columns_count_characters_and_a_byte_order_mark_is_none() {
    let text = format!("\u{feff}x = 1\r\nsite = {{ title = \"金融\", ulr = 1, url = \"https://a.org\" }}{SOURCE}");
    let places: Vec<_> = read(&text).unwrap_err().faults.iter().map(|f| (f.line.unwrap(), f.column.unwrap())).collect();
    assert_eq!(places, [(1, 1), (2, 24)]);
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
    let rules = FeedRules {
        formats: vec![OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json],
        limit: 50,
        max_age: None,
        content: ContentMode::Full,
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
    assert_eq!((source.name.as_str(), source.line), ("posts", 6));
    let SourceKind::Articles(articles) = &source.kind else { panic!("articles") };
    assert_eq!(articles.path.root, PathBuf::from("site/content/posts"));
    assert_eq!(articles.reading.base.as_str(), "https://example.org/");
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
[output.year]
limit = 100
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
timezone = "UTC"
add = { categories = ["A/B", ["C", "D"]], tags = ["t"] }
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
"#,
    );
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
    let [elsewhere, posts, _] = plan.sources.as_slice() else { panic!("three sources") };
    assert_eq!(elsewhere.add_categories, [vec!["A/B".to_owned()], vec!["C".to_owned(), "D".to_owned()]]);
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
  hint: known are `site`, `output`, `state`, `network`, `source`";
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

/// The reference page speaks of every key, and its example is a config.
#[test]
fn every_key_is_documented() {
    let page = include_str!("../../docs/config.md");
    for shape in shape::SHAPES {
        for key in shape.keys {
            let known = page.contains(&format!("`{key}`")) || page.contains(&format!("[output.{key}]"));
            assert!(known, "`{key}` of {}", shape.name);
        }
        for key in shape.later {
            assert!(!page.contains(&format!("| `{key}` | ")) || shape::SHAPES.iter().any(|s| s.keys.contains(key)), "{key}");
        }
    }
    let examples: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
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
