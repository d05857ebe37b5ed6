//! Bad configs, and every word of what is said about them.

use super::*;

/// Line, column and message of each fault; hints after ` | `.
pub(super) fn faults(text: &str) -> Vec<String> {
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
    let mut wrong = Vec::new();
    for (text, expect) in [
        // The file.
        (
            "x = 1",
            "1:1: unknown key `x` in the file | known are `site`, `output`, `content`, `state`, `network`, `source`, `rules`",
        ),
        ("sites = {}", "1:1: unknown key `sites` in the file | did you mean `site`?"),
        ("timeout = \"5s\"", "1:1: unknown key `timeout` in the file | `timeout` belongs to `[network]`"),
        ("[[feed]]", "1:3: unknown key `feed` in the file | `feed` belongs to `[output]` or `source`"),
        (
            "every = 3",
            "1:1: unknown key `every` in the file | `every` belongs to `[[source.articles]]`, and is not served by this version yet",
        ),
        (
            "[state]\npath = “x”",
            "2:8: string values must be quoted, expected literal string | curly quotes are text to TOML; use `\"` or `'`",
        ),
        ("[state]\npath = 3", "2:8: `path` is a number, expected text | put it in quotes"),
        (
            "[state]\npath = \"~/x.db\"",
            "2:8: `path` is `~/x.db`, but `~` is not expanded | write an absolute path, or one relative to the config file",
        ),
        (
            "[state]\npath = \"feeds/x.db\"",
            "2:8: the state file `site/feeds/x.db` is in the output folder `site/feeds`, which is published as a whole | choose another `[state] path` or `[output] dir`",
        ),
        ("state = \"x\"", "1:9: `state` is text, expected a table | write `[state]`"),
        // The site.
        ("[site]\nurl = \"https://a.org\"", "1:1: `title` is missing in `[site]` | add `title = \"…\"`"),
        ("[site]\ntitle = \" \"\nurl = \"https://a.org\"", "2:9: `title` is empty, expected some text"),
        ("[site]\ntitle = \"T\"", "1:1: `url` is missing in `[site]` | add `url = \"https://…/\"`, the home page"),
        (
            "[site]\ntitle = \"T\"\nurl = \"a.org/x\"",
            "3:7: `url` is `a.org/x`, expected an absolute `http://` or `https://` URL | did you mean `https://a.org/x`?",
        ),
        (
            "[site]\ntitle = \"T\"\nurl = \"ftp://a.org\"",
            "3:7: `url` is `ftp://a.org`, expected an absolute `http://` or `https://` URL",
        ),
        (
            "[site]\ntitle = \"T\"\nurl = \"https://a.org/?x\"",
            "3:7: `url` is `https://a.org/?x`, expected a URL without `?` and `#`",
        ),
        (
            "[site]\ntitle = \"T\"\nurl = \"https://\"",
            "3:7: `url` is `https://` (empty host), expected an absolute `http://` or `https://` URL",
        ),
        (
            "site.title = \"T\"\nsite.url = \"https://a.org\"\nsite.timezone = \"Asia/Shangai\"\n[source]\n[[source.articles]]\nname=\"a\"\npath=\"a\"\n#[site]",
            "3:17: `timezone` is `Asia/Shangai`, expected an IANA time zone such as `Europe/Berlin` | did you mean `Asia/Shanghai`?",
        ),
        // The output.
        (
            "[output]\n\"金融\" = 1",
            "2:1: unknown key `金融` in `[output]` | known are `dir`, `formats`, `by`, `limit`, `max_age`, `max_bytes`, `content`, `duplicates`, `slugs`, `category`, `tag`, `author`, `source`, `language`, `year`, `feed`",
        ),
        ("[output]\nslugs = \"asci\"", "2:9: `slugs` is `asci`, expected `unicode` or `ascii` | did you mean `ascii`?"),
        ("[output]\nduplicates = \"drop\"", "2:14: `duplicates` is `drop`, expected `keep` or `merge`"),
        (
            "[[source.feed]]\nname = \"a\"\npath = \"b\"\npriority = -1001",
            "4:12: `priority` is `-1001`, expected a whole number from -1000 to 1000",
        ),
        ("[output]\nlimit = 0", "2:9: `limit` is `0`, expected a whole number from 1 to 10000"),
        ("[output]\nlimit = 10001", "2:9: `limit` is `10001`, expected a whole number from 1 to 10000"),
        (
            "[output]\nlimit = 99999999999999999999",
            "2:9: `limit` is `9223372036854775807`, expected a whole number from 1 to 10000",
        ),
        ("[output]\nlimit = 1.5", "2:9: `limit` is a number with a fraction, expected a whole number from 1 to 10000"),
        (
            "[output]\nlimit = \"50\"",
            "2:9: `limit` is text, expected a whole number from 1 to 10000 | write the number without quotes",
        ),
        ("[output]\nformats = []", "2:11: `formats` names no format, expected `rss`, `atom` or `json`"),
        (
            "[output]\nformats = \"rss\"",
            "2:11: `formats` is text, expected a list of texts | write `formats = [\"…\"]`",
        ),
        (
            "[output]\nformats = [\"rss\", \"jsn\"]",
            "2:19: `formats` has `jsn`, expected `rss`, `atom` or `json` | did you mean `json`?",
        ),
        ("[output]\nby = [\"tag\", \"tag\"]", "2:14: `by` lists `tag` twice"),
        ("[output]\nby = [3]", "2:7: `by` holds a number, expected only texts"),
        (
            "[output]\nmax_age = \"30\"",
            "2:11: `max_age` is `30`, expected a duration such as `90s`, `15m`, `1h` or `7d` | `30s` if seconds are meant",
        ),
        ("[output]\nmax_age = \"0d\"", "2:11: `max_age` is zero, expected more"),
        ("[output]\nmax_age = \"99999999999999d\"", "2:11: `max_age` is `99999999999999d`, expected at most `36500d`"),
        (
            "[output]\nstatus = true",
            "2:1: unknown key `status` in `[output]` | `status` is not served by this version yet",
        ),
        (
            "[output.tag]",
            "1:1: `[output.tag]` has no effect: `by` does not name `tag` | add `\"tag\"` to `[output] by`",
        ),
        (
            "[output.category]\nmin_item = 2",
            "2:1: unknown key `min_item` in `[output.category]` | did you mean `min_items`?",
        ),
        ("[output.category]\ntitle = \"{name}\"", "2:9: `title` has `{name}`, expected `{term}` or `{site.title}`"),
        (
            "[output.category]\ntitle = \"{term\"",
            "2:9: `title` has a `{` without `}`, expected `{term}` or `{site.title}`",
        ),
        (
            "[output.category.slug]\n\"a\" = \"x\"\n\"b\" = \"X\"",
            "3:7: `a` and `b` have the same slug `X` | their feeds would be one folder; give one another slug",
        ),
        (
            "[output.category.slug]\n\"Tech\" = \"x\"\n\"tech\" = \"y\"",
            "3:1: `Tech` and `tech` are one name, expected one slug for it",
        ),
        ("[output.category.slug]\na = \"../x\"", "2:5: `slug` of `a` is `../x`, expected a folder's name without `/`"),
        (
            "[output.category.slug]\na = \"archive\"",
            "2:5: `slug` of `a` is `archive`, a name that feedmill uses itself | choose another",
        ),
        ("[output.category.slug]\na = 3", "2:5: `a` is a number, expected text or a list of texts"),
        // Feeds of one's own.
        ("[[output.feed]]", "1:1: `name` is missing in `[[output.feed]]` | add `name = \"…\"`, which names its folder"),
        (
            "[[output.feed]]\nname = \"金融\"",
            "2:8: `name` is `金融`, expected only `A-Z a-z 0-9 _ -` | what people see is `title`, which may be any text",
        ),
        ("[[output.feed]]\nname = \"con\"", "2:8: `name` is `con`, a name that Windows reserves | choose another"),
        (
            "[[output.feed]]\nname = \"a\"\n[[output.feed]]\nname = \"A\"",
            "4:8: `name` is `A`, but `a` is the name of another `[[output.feed]]` | choose another",
        ),
        ("[output.feed]\nname = \"a\"", "1:1: `feed` is a table, expected a list of tables | write `[[output.feed]]`"),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { categry = \"x\" }",
            "3:11: unknown key `categry` in `where` | did you mean `category`?",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { title = \"/(a/\" }",
            "3:19: `title` has `/(a/`, which is no pattern: unclosed group",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { title = '/(\\w{50}){900}/' }",
            "3:19: `title` has `/(\\w{50}){900}/`, which is no pattern: it compiles to more than 1 MiB",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { title = [\"x\", \"\"] }",
            "3:25: `title` is empty, expected some text",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { title = [] }",
            "3:19: `title` is an empty list, expected at least one text",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { not_source = \"post\" }",
            "3:24: `not_source` has `post`, which names no source of this config | did you mean `posts`?",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { source = \"/^x/\" }",
            "3:20: `source` has `/^x/`, which names no source of this config | sources are `posts`",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nmax_age = \"1d\"\nwhere = { max_age = \"2d\" }",
            "3:11: `max_age` is given twice, in the feed and in its `where` | keep one of them",
        ),
        (
            "[[output.feed]]\nname = \"a\"\nwhere = { not_max_age = \"2d\" }",
            "3:11: unknown key `not_max_age` in `where` | known are `source`, `category`, `tag`, `author`, `language`, `title`, `text`, `url`, `max_age`, `not_source`, `not_category`, `not_tag`, `not_author`, `not_language`, `not_title`, `not_text`, `not_url`",
        ),
        // The network.
        (
            "[network]\ntimeout = 60",
            "2:11: `timeout` is a number, expected a duration such as `\"90s\"`, `\"15m\"`, `\"1h\"` or `\"7d\"` | write `timeout = \"60s\"` if seconds are meant",
        ),
        ("[network]\ntimeout = \"0s\"", "2:11: `timeout` is zero, expected more"),
        (
            "[network]\nhost_gap = \"500ms\"",
            "2:12: `host_gap` is `500ms`, expected a duration such as `90s`, `15m`, `1h` or `7d`",
        ),
        (
            "[network]\nmax_body = \"32MB\"",
            "2:12: `max_body` is `32MB`, expected a size such as `512KiB`, `32MiB` or `1GiB` | did you mean `32MiB`?",
        ),
        ("[network]\nmax_body = 0", "2:12: `max_body` is `0`, expected at least one byte"),
        ("[network]\nconcurrency = 1025", "2:15: `concurrency` is `1025`, expected a whole number from 1 to 1024"),
        (
            "[network]\nallow_addresses = [\"10.1.0.0/8\"]",
            "2:20: `allow_addresses` holds `10.1.0.0/8`, expected a block whose host bits are zero | did you mean `10.0.0.0/8`?",
        ),
        (
            "[network]\nallow_addresses = [\"fd00::1/8\"]",
            "2:20: `allow_addresses` holds `fd00::1/8`, expected a block whose host bits are zero | did you mean `fd00::/8`?",
        ),
        (
            "[network]\nallow_addresses = [\"::1/129\"]",
            "2:20: `allow_addresses` holds `::1/129`, expected at most `/128`",
        ),
        (
            "[network]\nallow_addresses = [\"localhost\"]",
            "2:20: `allow_addresses` holds `localhost`, expected an address or block such as `127.0.0.1` or `10.0.0.0/8`",
        ),
        (
            "[network]\ncontact = \"me@a.org\"",
            "2:11: `contact` is not such a URL, expected an absolute `http://` or `https://` URL, or `mailto:` and an address | write `mailto:` before the address",
        ),
        ("[network]\ncontact = \"mailto:me\"", "2:11: `contact` is `mailto:me`, expected `mailto:` and an address"),
        (
            "[network]\ncontact = \"https://a.org/\\r\\nX: y\"",
            "2:11: `contact` is `https://a.org/��X: y`, expected an absolute `http://` or `https://` URL, or `mailto:` and an address | it holds white space or a control character",
        ),
        (
            "[network]\nproxy = \"x\"",
            "2:1: unknown key `proxy` in `[network]` | `proxy` is not served by this version yet",
        ),
        // Sources.
        (
            "[source]",
            "1:1: no source is configured, expected `[[source.articles]]` or `[[source.feed]]` | for example `[[source.articles]]`, `name = \"posts\"`, `path = \"content/posts\"`",
        ),
        (
            "[[source]]\nname = \"a\"",
            "1:1: `source` is a list of tables, expected a table | write `[[source.articles]]` or `[[source.feed]]`",
        ),
        ("[source.feed]\nname = \"a\"", "1:1: `feed` is a table, expected a list of tables | write `[[source.feed]]`"),
        (
            "[[source.page]]\nname = \"a\"",
            "1:10: unknown key `page` in `source` | `page` is not served by this version yet",
        ),
        (
            "[[source.articles]]\npath = \"a\"",
            "1:1: `name` is missing in `[[source.articles]]` | add `name = \"…\"`, by which reports and filters know it",
        ),
        (
            "[[source.articles]]\nname = \"a\"",
            "1:1: `path` is missing in `[[source.articles]]` | add `path = \"…\"`, a file, a folder or a glob",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"https://a.org/\"",
            "3:8: `path` is a URL, expected the path of a local file or folder",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a/[\"",
            "3:8: `path` has `[`, which is no glob: unclosed character class; missing ']' | a special character is taken as it is in brackets: `[[]`, `[*]`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a/*/../b\"",
            "3:8: `path` is `a/*/../b`, expected no `.` or `..` after the first special character",
        ),
        (
            "[[source.articles]]\nname = \"a\"\nurl = \"https://a.org/a.zip\"",
            "3:1: unknown key `url` in `[[source.articles]]` | `url` is not served by this version yet",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = [\"!b\"]",
            "4:12: `exclude` has `!b`, but nothing can be taken back with `!`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nexclude = [\"[\"]",
            "4:12: `exclude` has `[`, which is no glob: unclosed character class; missing ']' | a special character is taken as it is in brackets: `[[]`, `[*]`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\npermalink = \"/x/\"",
            "4:13: `permalink` is `/x/`, expected at least one token | tokens are written `:year`, `:month`, `:day`, `:slug`, `:title`; for example `/:year/:month/:slug/`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\npermalink = \"/:/:slug\"",
            "4:13: `permalink` is `/:/:slug`, expected a name after each `:`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nmap = { cover = \"x\" }",
            "4:9: unknown field `cover` in `map` | fields are `title`, `date`, `updated`, `author`, `categories`, `tags`, `summary`, `image`, `link`, `id`, `slug`, `language`, `draft` and `expires`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nmap = { image = 3 }",
            "4:17: `image` is a number, expected text or a list of texts",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nauthor = \"Me\"",
            "4:10: `author` is text, expected a table | write `author = { name = \"…\" }`",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nauthor = { email = \"me\" }",
            "4:10: `name` is missing in `author` | add `name = \"…\"`\n4:20: `email` is `me`, expected an e-mail address such as `me@example.org`",
        ),
        (
            "[[source.feed]]\nname = \"a\"",
            "1:1: `[[source.feed]]` has neither `url` nor `path`, expected one of them | add `url = \"https://…\"`",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\npath = \"a\"",
            "1:1: `[[source.feed]]` has both `url` and `path`, expected one of them | make two sources of them",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nopml = \"a\"",
            "3:1: unknown key `opml` in `[[source.feed]]` | `opml` is not served by this version yet",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"feed://a.org/x\"",
            "3:7: `url` is `feed://a.org/x`, expected an absolute `http://` or `https://` URL | did you mean `https://a.org/x`?",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nallow_private = \"yes\"",
            "4:17: `allow_private` is text, expected `true` or `false`",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nmax_new = 0",
            "4:11: `max_new` is `0`, expected a whole number from 1 to 1000000",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nmax_new = \"all\"",
            "4:11: `max_new` is `all`, expected a whole number or `any`",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nmax_new = \"20\"",
            "4:11: `max_new` is text, expected a whole number from 1 to 1000000 | write the number without quotes",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nfuture = true",
            "4:10: `future` is `true` or `false`, expected `clamp`, `hold` or `keep`",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nset = { category = \"x\" }",
            "4:9: unknown key `category` in `set` or `fill` | did you mean `categories`?",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nfill = { image = \"pic.png\" }",
            "4:18: `image` is `pic.png`, expected an absolute `http://` or `https://` URL",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nwhere = { tag = \"x\" }",
            "4:1: unknown key `where` in `[[source.feed]]` | did you mean `include`?",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nincludes = { tag = \"x\" }",
            "4:1: unknown key `includes` in `[[source.feed]]` | did you mean `include`?",
        ),
        (
            "[[output.feed]]\nname = \"a\"\ninclude = { tag = \"x\" }",
            "3:1: unknown key `include` in `[[output.feed]]` | did you mean `where`?",
        ),
        (
            "[rules.A]\n[rules.b]\n[rules.a]",
            "3:8: `[rules.A]` and `[rules.a]` differ in case only | choose another name for one of them",
        ),
        (
            "[[source.articles]]\nname = \"a\"\npath = \"a\"\nkeep = \"5\"",
            "4:8: `keep` is text, expected a whole number from 1 to 1000000 | write the number without quotes",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nmin_interval = \"10m\"",
            "4:16: `min_interval` is `10m`, less than the `1h` of `[network] min_interval` | lower `[network] min_interval` if that is meant",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\nadd = { categories = [3, []], tags = [\"\"] }",
            "4:23: `categories` holds a number, expected texts or lists of texts\n4:26: `categories` holds an empty list, expected names\n4:39: `tags` is empty, expected some text",
        ),
        (
            "[[source.feed]]\nname = \"a\"\nurl = \"https://a.org\"\n[[source.articles]]\nname = \"a\"\npath = \"a\"",
            "5:8: `name` is `a`, but `a` is the name of another source | names are unique over all kinds of source; choose another",
        ),
        // TOML.
        ("[output]\nlimit = ", "2:9: string values must be quoted, expected literal string"),
        ("[output]\nlimit = 3\nlimit = 4", "3:1: duplicate key"),
        ("a = [[[[[[[[[", "1:13: lists and tables lie more than 8 deep in each other"),
    ] {
        let found = faults(text).join("\n");
        if found != expect {
            wrong.push(format!("{text}\n  expected {expect}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
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
  hint: secrets do not belong in the config; take out what stands before `@`
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
    let text =
        "[site]\ntitle = \"T\"\nurl = \"https://a.org\"\nlimt = 3\ntimezone = nowhere\n[[source.feed]\nname = \"x\"\n";
    let lines: Vec<_> = read(text).unwrap_err().faults.iter().map(|f| f.line.unwrap()).collect();
    assert_eq!(lines, [4, 5, 6]);
}

#[test]
fn no_secret_is_repeated() {
    for url in [
        "https://me:hunter2@a.org/",
        "https://me:hunter2@:80/",
        "ftp://me:hunter2@a.org",
        "me:hunter2@a.org",
        "https://me:hunter2@a b",
    ] {
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
