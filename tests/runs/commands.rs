//! What commands print, where, and what they leave alone.

use crate::mill::{DAY, Mill, NOW, POSTS, Run, SITE};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

fn mill() -> Mill {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two");
    mill
}

/// Every file below the mill, its bytes and its time.
fn everything(mill: &Mill) -> Vec<(std::path::PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![mill.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The lock names its holder; the two others are SQLite's own and come and go.
            let passing = [".lock", "-wal", "-shm"].iter().any(|end| path.to_str().unwrap().ends_with(end));
            if path.is_dir() {
                folders.push(path);
            } else if !passing {
                found.push((
                    path.clone(),
                    std::fs::read(&path).unwrap(),
                    std::fs::metadata(&path).unwrap().modified().unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_dry_run_makes_nothing() {
    let mill = mill();
    let before = everything(&mill);
    let run = mill.feedmill(&["run", "--dry-run"]).expect(0, &[]);
    assert!(run.stdout.contains("2 new"), "{}", run.stdout);
    assert_eq!(everything(&mill), before);
    assert!(!mill.exists("feeds"));
}

#[test]
fn a_dry_run_changes_nothing_and_tells_what_would_change() {
    let mut mill = mill();
    mill.run();
    mill.post("a", "2024-01-01", &["x"], "one, edited").post("c", "2024-01-03", &["z"], "three").remove("posts/b.md");
    let before = everything(&mill);
    let report = mill.path("../report-of-a-dry-run.json");
    let report =
        std::env::temp_dir().join(format!("{}-{}", std::process::id(), report.file_name().unwrap().to_str().unwrap()));
    let run = mill.at(NOW + DAY).feedmill(&["run", "--dry-run", "--report", report.to_str().unwrap()]).expect(0, &[]);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    std::fs::remove_file(report).unwrap();
    assert!(run.stdout.contains("1 new, 1 changed, 1 gone"), "{}", run.stdout);
    let outcomes: Vec<(&str, &str)> = written["feeds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| (feed["key"].as_str().unwrap(), feed["outcome"].as_str().unwrap()))
        .collect();
    for key in ["all", "category/x", "category/y", "category/z"] {
        assert!(outcomes.contains(&(key, "written")), "{key}: {outcomes:?}");
    }
    assert_eq!(everything(&mill), before);
    let run = mill.run();
    assert!(run.stdout.contains("1 new, 1 changed, 1 gone"), "{}", run.stdout);
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_report_has_the_shape_it_promises() {
    let mill = mill();
    mill.write("posts/bad.md", "---\ntitle: [open\n---\ntext\n");
    let (run, report) = mill.report(&[]);
    assert_eq!(run.code, 0);
    assert_eq!(keys(&report), ["version", "exit", "sources", "feeds", "seconds"]);
    assert_eq!((&report["version"], &report["exit"]), (&json!(1), &json!(0)));
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    let source = &report["sources"][0];
    assert_eq!(
        (&source["name"], &source["kind"], &source["outcome"]),
        (&json!("posts"), &json!("articles"), &json!("ok"))
    );
    assert_eq!(source["items"], json!({ "new": 2, "changed": 0, "gone": 0, "total": 2, "held": 0 }));
    let warning = &source["warnings"][0];
    assert_eq!(keys(warning), ["code", "message", "path", "line", "column"]);
    let feeds = report["feeds"].as_array().unwrap();
    let all = feeds.iter().find(|feed| feed["key"] == "all").unwrap();
    assert_eq!(all["outcome"], "written");
    assert_eq!(all["items"], 2);
    assert_eq!(all["files"], json!(["rss.xml", "atom.xml", "feed.json"]));
    let category = feeds.iter().find(|feed| feed["key"] == "category/x").unwrap();
    assert_eq!(category["files"], json!(["category/x/rss.xml", "category/x/atom.xml", "category/x/feed.json"]));

    let (_, report) = mill.report(&[]);
    assert_eq!(report["sources"][0]["outcome"], "unchanged");
    assert_eq!(report["sources"][0]["items"], json!({ "new": 0, "changed": 0, "gone": 0, "total": 2, "held": 0 }));
    assert_eq!(report["sources"][0]["warnings"].as_array().unwrap().len(), 1);
    assert!(report["feeds"].as_array().unwrap().iter().all(|feed| feed["outcome"] == "unchanged"), "{report:#}");

    mill.remove("posts");
    let (_, report) = mill.report(&[]);
    assert_eq!(report["exit"], 4);
    let source = &report["sources"][0];
    assert_eq!((&source["outcome"], &source["class"]), (&json!("failed"), &json!("missing")));
    assert!(source["message"].as_str().unwrap().contains("posts"));
}

#[test]
fn a_report_that_cannot_be_written_is_said() {
    let mill = mill();
    mill.feedmill(&["run", "--report", "no/such/folder.json"]).expect(6, &["no/such/folder.json"]);
    assert_eq!(mill.titles("all"), ["b", "a"]);
}

const MORE: &str = "[[source.articles]]\nname = \"more\"\npath = \"more\"\npermalink = \"/more/:slug/\"\n";

#[test]
fn only_the_named_source_is_looked_at() {
    let mill = Mill::new(&format!("{SITE}{POSTS}{MORE}"));
    mill.post("a", "2024-01-01", &["x"], "one").write("more/m.md", "---\ntitle: m\ndate: 2024-01-02\n---\ntext\n");
    let (run, report) = mill.report(&["--source", "posts"]);
    run.expect(0, &[]);
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
    assert_eq!(mill.titles("all"), ["a"]);
    let (run, _) = mill.report(&["--source", "more", "--source", "posts"]);
    run.expect(0, &[]);
    assert_eq!(mill.titles("all"), ["m", "a"]);
    // What is not looked at stays, and does not count.
    mill.remove("more");
    let (run, _) = mill.report(&["--source", "posts"]);
    run.expect(0, &[]);
    assert_eq!(mill.titles("all"), ["m", "a"]);
    mill.feedmill(&["run", "--source", "more"]).expect(4, &["missing"]);
}

#[test]
fn the_summary_alone_is_on_stdout() {
    let mill = mill();
    let run = mill.run();
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("1 source: 1 changed; 2 items: 2 new, 0 changed, 0 gone; "), "{}", run.stdout);
    mill.remove("posts");
    let run = mill.feedmill(&[]);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("1 source: 1 failed"), "{}", run.stdout);
}

#[test]
fn quiet_is_quiet_unless_something_failed() {
    let mill = mill();
    mill.write("posts/bad.md", "---\ntitle: [open\n---\ntext\n");
    let run = mill.feedmill(&["-q"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    mill.remove("posts");
    let run = mill.feedmill(&["run", "--quiet"]).expect(4, &["source `posts`: missing"]);
    assert!(run.stdout.contains("1 failed"), "{}", run.stdout);
}

#[test]
fn verbose_tells_old_warnings_again() {
    let mill = mill();
    mill.write("posts/bad.md", "---\ntitle: [open\n---\ntext\n");
    mill.feedmill(&[]).expect(0, &["bad.md"]);
    mill.run();
    mill.feedmill(&["-v"]).expect(0, &["bad.md"]);
}

#[test]
fn messages_for_programs_are_json() {
    let mill = Mill::new(&format!("{SITE}{POSTS}{MORE}"));
    mill.write("posts/bad.md", "---\ntitle: [open\n---\ntext\n").post("a", "2024-01-01", &["x"], "one");
    for args in [&["run", "--log-format", "json"][..], &["run", "--log-format", "json", "-vv", "--full"]] {
        let run = mill.feedmill(args);
        assert_eq!(run.code, 3);
        assert!(run.stderr.lines().count() >= 2);
        for line in run.stderr.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(value["level"].is_string() && value["message"].is_string(), "{line}");
        }
        assert!(run.stderr.contains("\"class\":\"missing\""), "{}", run.stderr);
    }
    mill.write("config.toml", "[site]\nfoo = 1\n");
    let run = mill.feedmill(&["run", "--log-format", "json"]);
    assert_eq!(run.code, 2);
    for line in run.stderr.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn colors_are_only_there_when_asked_for() {
    let mut mill = mill();
    mill.remove("posts");
    assert!(!mill.feedmill(&[]).stderr.contains('\u{1b}'));
    assert!(!mill.feedmill(&["--color", "never"]).stderr.contains('\u{1b}'));
    assert!(mill.feedmill(&["--color", "always"]).stderr.contains('\u{1b}'));
    mill.env("NO_COLOR", "1");
    assert!(!mill.feedmill(&[]).stderr.contains('\u{1b}'));
}

#[test]
fn foreign_text_cannot_steer_the_terminal() {
    let mill = mill();
    mill.write("posts/\u{1b}[2J\u{202e}.md", "---\ntitle: \"\\e[31m\n---\n");
    let run = mill.feedmill(&[]);
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stderr);
    assert!(run.stderr.contains("\\u{1b}"), "{:?}", run.stderr);
}

#[test]
fn status_tells_of_sources_and_feeds() {
    let mut mill = Mill::new(&format!("{SITE}{POSTS}{MORE}"));
    mill.feedmill(&["status"]).expect(5, &["nothing has run"]);
    assert!(!mill.exists(".feedmill"));
    mill.post("a", "2024-01-01", &["x"], "one").write("posts/bad.md", "---\ntitle: [open\n---\ntext\n");
    mill.write("more/m.md", "---\ntitle: m\ndate: 2024-01-02\n---\ntext\n");
    mill.feedmill(&[]);
    mill.remove("more");
    mill.at(NOW + DAY).feedmill(&[]);
    let before = everything(&mill);
    let run = mill.feedmill(&["status", "--format", "json"]).expect(0, &[]);
    assert_eq!(run.stdout.lines().count(), 1);
    let status: Value = serde_json::from_str(&run.stdout).unwrap();
    let source = |name: &str| {
        status["sources"].as_array().unwrap().iter().find(|source| source["name"] == name).unwrap().clone()
    };
    let posts = source("posts");
    assert_eq!(posts["items"], 1);
    assert_eq!(posts["warnings"], 1);
    assert_eq!((&posts["warning_list"][0]["path"], &posts["warning_list"][0]["line"]), (&json!("bad.md"), &json!(3)));
    assert_eq!(posts["last_change"], "2024-03-01T00:00:00Z");
    assert_eq!(posts["failing_since"], Value::Null);
    let more = source("more");
    assert_eq!(more["last_success"], "2024-03-01T00:00:00Z");
    assert_eq!(more["failing_since"], "2024-03-02T00:00:00Z");
    assert_eq!((&more["failures"], &more["class"], &more["items"]), (&json!(1), &json!("missing"), &json!(1)));
    let feeds = status["feeds"].as_array().unwrap();
    let x = feeds.iter().find(|feed| feed["key"] == "category/x").unwrap();
    assert_eq!(x["items"], 1);
    let size = |name: &str| std::fs::metadata(mill.path(&format!("feeds/category/x/{name}"))).unwrap().len();
    assert_eq!(x["bytes"], size("rss.xml") + size("atom.xml") + size("feed.json"));
    let run = mill.feedmill(&["status"]).expect(0, &[]);
    let words = [
        "posts",
        "more",
        "missing",
        "category/x",
        "failing since 2024-03-02T00:00:00Z (1 time): ",
        "asked again with the next run",
        "1 warning\n",
        "bad.md:3:",
    ];
    for word in words {
        assert!(run.stdout.contains(word), "`{word}`: {}", run.stdout);
    }
    assert_eq!(everything(&mill), before, "status changed something");
}

#[test]
fn status_lines_up_whatever_the_script() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["金融", "tech"], "one").run();
    let run = mill.feedmill(&["status"]).expect(0, &[]);
    let columns = |key: &str| {
        let line = run.stdout.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{}", run.stdout));
        feedmill::normalize::summary::columns(line.split("  2024-").next().unwrap())
    };
    assert_eq!(columns("category/金融"), columns("category/tech"));
}

#[test]
fn options_of_run_need_no_word() {
    let mill = mill();
    let run = mill.feedmill(&["--dry-run"]).expect(0, &[]);
    assert!(run.stdout.contains("2 new"), "{}", run.stdout);
    assert!(!mill.exists("feeds"));
    mill.feedmill(&["--accept-change"]).expect(2, &["--accept-changes"]);
    mill.feedmill(&["check", "--dry-run"]).expect(2, &["--dry-run"]);
}

#[test]
fn check_counts_in_words() {
    let mill = mill();
    let run = mill.feedmill(&["check", "--offline"]).expect(0, &[]);
    assert!(run.stdout.contains("1 source\n"), "{}", run.stdout);
    mill.remove("posts/b.md").write("posts/bad.md", "---\ntitle: [open\n---\ntext\n");
    let run = mill.feedmill(&["check"]).expect(0, &["bad.md"]);
    assert!(run.stdout.contains("posts (articles): ok, 1 item, 1 warning\n"), "{}", run.stdout);
}

#[test]
fn the_last_success_of_articles_is_that_of_the_last_good_look() {
    let mut mill = mill();
    mill.run();
    mill.at(NOW + DAY).run();
    let run = mill.feedmill(&["status", "--format", "json"]).expect(0, &[]);
    let status: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(status["sources"][0]["last_change"], "2024-03-01T00:00:00Z");
    assert_eq!(status["sources"][0]["last_success"], "2024-03-02T00:00:00Z");
}

fn inspected(run: &Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:feed</id><title>Feed</title><updated>2024-01-02T00:00:00Z</updated>
<entry><id>urn:x:2</id><title>Two</title><updated>2024-01-02T00:00:00Z</updated><content type="html">&lt;p onclick="x()"&gt;two&lt;/p&gt;</content></entry>
<entry><id>urn:x:1</id><title>One</title><updated>2024-01-01T00:00:00Z</updated></entry></feed>"#;

#[test]
fn inspect_prints_one_document_for_each_argument() {
    let mill = mill();
    mill.remove("config.toml").write("feed.atom", ATOM);
    mill.write("posts/c.md", "---\ntitle: draft\ndate: 2024-01-03\ndraft: true\n---\ntext\n");
    let run = mill.feedmill(&["inspect", "--format", "json", "posts/a.md", "feed.atom", "posts"]).expect(0, &[]);
    let documents = inspected(&run);
    assert_eq!(documents.len(), 3);
    for document in &documents {
        assert_eq!(document["version"], "https://jsonfeed.org/version/1.1");
    }
    assert_eq!(documents[0]["_feedmill"]["format"], "front-matter");
    let article = &documents[0]["items"][0];
    assert_eq!((&article["title"], &article["date_published"]), (&json!("a"), &json!("2024-01-01T00:00:00Z")));
    assert_eq!(article["_feedmill"]["categories"], json!([["x"]]));
    assert_eq!(article["tags"], json!(["x"]));
    assert_eq!(documents[1]["_feedmill"]["format"], "atom-1.0");
    assert_eq!(documents[1]["_feedmill"]["id"], "urn:x:feed");
    let ids: Vec<&str> =
        documents[1]["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["urn:x:2", "urn:x:1"], "in the order of the source");
    assert!(!documents[1]["items"][0]["content_html"].as_str().unwrap().contains("onclick"));
    let items = documents[2]["items"].as_array().unwrap();
    let paths: Vec<&str> = items.iter().map(|item| item["_feedmill"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths.iter().map(|path| path.rsplit('/').next().unwrap()).collect::<Vec<_>>(), ["a.md", "b.md", "c.md"]);
    assert!(items[2]["_feedmill"]["unpublished"].as_str().unwrap().contains("draft"));
    assert!(items[0]["_feedmill"]["unpublished"].is_null());
    assert!(!mill.exists(".feedmill") && !mill.exists("feeds"));
}

#[test]
fn inspect_raw_shows_bodies_as_written() {
    let mill = mill();
    mill.write("feed.atom", ATOM);
    let run = mill.feedmill(&["inspect", "--raw", "--format", "json", "feed.atom"]).expect(0, &[]);
    assert!(inspected(&run)[0]["items"][0]["content_html"].as_str().unwrap().contains("onclick"));
}

#[test]
fn inspect_takes_arguments_from_stdin() {
    let mill = mill();
    let mut child = mill
        .command(&["inspect", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"posts/b.md\nposts/a.md\n").unwrap();
    let run = Run::of(child.wait_with_output().unwrap()).expect(0, &[]);
    let titles: Vec<Value> = inspected(&run).iter().map(|document| document["items"][0]["title"].clone()).collect();
    assert_eq!(titles, ["b", "a"]);
}

#[test]
fn inspect_goes_on_after_a_line_that_is_no_text() {
    let mill = mill();
    let mut child = mill
        .command(&["inspect", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"\xff.md\r\nposts/a.md\n\n---").unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 3);
    let documents = inspected(&run);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0]["_feedmill"]["error"]["class"], "encoding");
    assert_eq!(documents[1]["items"][0]["title"], "a");
    assert_eq!(documents[2]["_feedmill"]["error"]["class"], "missing");
    assert!(run.stderr.contains("names of files and URLs from stdin, one a line"), "{}", run.stderr);
}

#[test]
fn inspect_says_what_time_leaves_out() {
    let mill = mill();
    let write = |name: &str, front: &str| {
        mill.write(name, format!("---\ntitle: t\n{front}\n---\ntext\n"));
    };
    write("ahead.md", "date: 2036-01-03");
    write("over.md", "date: 2020-01-01\nexpires: 2021-01-01");
    write("draft.md", "date: 2036-01-03\ndraft: true");
    for raw in [&[][..], &["--raw"]] {
        let args =
            [&["inspect", "--format", "json", "ahead.md", "over.md", "draft.md", "posts/a.md"][..], raw].concat();
        let run = mill.feedmill(&args).expect(0, &[]);
        let reasons: Vec<Value> =
            inspected(&run).iter().map(|document| document["items"][0]["_feedmill"]["unpublished"].clone()).collect();
        let expect = [json!("not before 2036-01-03T00:00:00Z"), json!("expired 2021-01-01T00:00:00Z"), json!("draft")];
        assert_eq!((&reasons[..3], &reasons[3]), (&expect[..], &Value::Null), "{raw:?}");
    }
}

#[test]
fn inspect_tells_entries_of_one_id_apart() {
    let mill = mill();
    mill.write("twins.atom", ATOM.replace("urn:x:2", "urn:x:1"));
    let run = mill.feedmill(&["inspect", "--format", "json", "twins.atom"]).expect(0, &[]);
    let document = &inspected(&run)[0];
    assert_ne!(document["items"][0]["id"], document["items"][1]["id"]);
}

#[test]
fn inspect_tells_what_cannot_be_read_in_its_place() {
    let mill = mill();
    mill.write("bad.md", "---\ntitle: [open\n---\n")
        .write("page.xml", "<html><body>no feed</body></html>")
        .write("empty.xml", "");
    let run =
        mill.feedmill(&["inspect", "--format", "json", "bad.md", "posts/a.md", "nowhere.md", "page.xml", "empty.xml"]);
    assert_eq!(run.code, 3);
    let documents = inspected(&run);
    assert_eq!(documents.len(), 5);
    for (index, source, class) in [
        (0, "bad.md", None),
        (2, "nowhere.md", Some("missing")),
        (3, "page.xml", Some("not-a-feed")),
        (4, "empty.xml", Some("empty")),
    ] {
        let error = &documents[index]["_feedmill"]["error"];
        assert_eq!(error["source"], source);
        assert!(error["message"].is_string() && error["class"].is_string(), "{error}");
        if let Some(class) = class {
            assert_eq!(error["class"], class);
        }
        assert_eq!(keys(&documents[index]), ["_feedmill"]);
    }
    assert_eq!(documents[1]["items"][0]["title"], "a");
    assert_eq!(mill.feedmill(&["inspect", "nowhere.md"]).code, 4);
    assert_eq!(mill.feedmill(&["inspect", "--format", "json", "nowhere.md", "bad.md"]).code, 4);
}

#[test]
fn inspect_for_people() {
    let mill = mill();
    let run = mill.feedmill(&["inspect", "posts", "--timezone", "Asia/Shanghai"]).expect(0, &[]);
    for word in ["front-matter", "a.md", "2023-12-31T16:00:00Z", "title", "2 items"] {
        assert!(run.stdout.contains(word), "`{word}`: {}", run.stdout);
    }
    let run = mill.feedmill(&["inspect", "posts/a.md"]).expect(0, &[]);
    assert!(run.stdout.starts_with("posts/a.md: front-matter, 1 item\n\n  a\n"), "{}", run.stdout);
}

#[test]
fn inspect_refuses_private_addresses() {
    let mill = mill();
    let run = mill.feedmill(&["inspect", "--format", "json", "http://127.0.0.1:9/feed"]);
    assert_eq!(run.code, 4);
    assert_eq!(inspected(&run)[0]["_feedmill"]["error"]["class"], "blocked-address");
    assert!(run.stderr.contains("--allow-private"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("http://127.0.0.1:9/feed").count(), 1, "{}", run.stderr);
}

#[test]
fn help_version_completions_and_manual() {
    let mill = mill();
    mill.remove("config.toml");
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--version"], &[concat!("feedmill ", env!("CARGO_PKG_VERSION"))]),
        (&["--help"], &["run", "check", "inspect", "status", "completions", "man", "--log-format", "--no-progress"]),
        (
            &["run", "--help"],
            &["--source", "--dry-run", "--wait", "--report", "--accept-changes", "--rebuild-state", "--full", "--now"],
        ),
        (&["inspect", "--help"], &["--raw", "--timezone", "--format"]),
        (&["completions", "bash"], &["complete -F", "--rebuild-state"]),
        (&["completions", "fish"], &["complete -c feedmill"]),
        (
            &["man"],
            &[".TH feedmill 1", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "rebuild", "SOURCE_DATE_EPOCH"],
        ),
    ];
    for (args, words) in cases {
        let run = mill.feedmill(args);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
        for word in words {
            assert!(run.stdout.contains(word), "{args:?}: `{word}` is not in {}", run.stdout);
        }
    }
    assert!(!mill.exists(".feedmill") && !mill.exists("feeds"));
}

#[test]
fn a_reader_of_stdout_that_goes_away_is_no_panic() {
    let mill = mill();
    let mut child =
        mill.command(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let run = Run::of(child.wait_with_output().unwrap());
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn status_counts_what_waits_lists_what_is_wrong_and_forgets_feeds_that_are_gone() {
    let mill = Mill::of_posts();
    mill.post("now", "2024-02-01", &["ad"], "text").post("ahead", "2025-01-01", &[], "text");
    for number in 0..7 {
        mill.write(&format!("posts/bad{number}.md"), "---\ntitle: [\n---\n");
    }
    mill.feedmill(&["-q"]).expect(0, &[]);
    let facts = |mill: &Mill| -> Value {
        serde_json::from_str(&mill.feedmill(&["status", "--format", "json"]).expect(0, &[]).stdout).unwrap()
    };
    let source = facts(&mill)["sources"][0].clone();
    assert_eq!((&source["waiting"], &source["items"]), (&json!(1), &json!(2)), "{source:#}");
    let brief = mill.feedmill(&["status"]).stdout;
    assert!(brief.contains("1 item dated ahead") && brief.contains("category/ad"), "{brief}");
    assert!(brief.contains("and 2 more; `-v` lists all") && !brief.contains("bad6"), "{brief}");
    let whole = mill.feedmill(&["status", "-v"]).stdout;
    assert!(whole.contains("bad6") && !whole.contains(" more"), "{whole}");

    mill.write("config.toml", format!("{SITE}{POSTS}\n[output.category]\nmin_items = 2\n"));
    mill.feedmill(&["-q"]).expect(0, &[]);
    assert!(!mill.exists("feeds/category/ad"));
    let keys: Vec<Value> = facts(&mill)["feeds"].as_array().unwrap().iter().map(|feed| feed["key"].clone()).collect();
    assert_eq!(keys, ["all"]);
}

#[test]
fn what_check_took_in_is_published_for_the_first_time() {
    let mut mill = mill();
    mill.feedmill(&["check"]).expect(0, &[]);
    let dry = mill.feedmill(&["run", "--dry-run"]).expect(0, &[]).stdout;
    assert!(dry.contains("2 items, to be published for the first time: 0 new since the last look"), "{dry}");
    let first = mill.run().stdout;
    assert!(first.contains("2 items, published for the first time: 0 new since the last look, 0 changed"), "{first}");
    // What was published before is not, also where the state was lost.
    for lost in [false, true] {
        if lost {
            mill.remove(".feedmill");
        }
        let again = mill.at(NOW + DAY).run().stdout;
        assert!(again.contains("; 2 items: 0 new, 0 changed, 0 gone"), "{again}");
    }
    let fresh = self::mill().run().stdout;
    assert!(fresh.contains("; 2 items: 2 new, 0 changed, 0 gone"), "{fresh}");
}

#[test]
fn a_report_to_stdout_stands_there_alone() {
    let mill = mill();
    for args in [&["run", "--report", "-"][..], &["-q", "run", "--report", "-"]] {
        let run = mill.feedmill(args).expect(0, &[]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&report["version"], &report["exit"]), (&json!(1), &json!(0)));
        assert!(run.stdout.ends_with("}\n") && run.stderr.is_empty() && !mill.exists("-"), "{}", run.stdout);
    }
}

#[test]
fn inspecting_a_folder_of_feeds_says_how_to() {
    let mill = Mill::of_posts();
    mill.write("in/a.xml", "<rss/>").write("in/b.json", "{}");
    let told = mill.feedmill(&["inspect", "in"]).expect(0, &[]);
    let said = format!("{}{}", told.stdout, told.stderr);
    assert!(said.contains("no article, but 2 files") && said.contains("`feedmill inspect in/a.xml`"), "{said}");
    mill.post("a", "2024-01-01", &[], "text").write("posts/feed.xml", "<rss/>");
    let told = mill.feedmill(&["inspect", "posts"]).expect(0, &[]);
    assert!(!format!("{}{}", told.stdout, told.stderr).contains("no article"), "{}", told.stdout);
}

#[test]
fn a_feed_with_entities_of_its_own_gets_a_hint() {
    let source = "[[source.feed]]\nname = \"dtd\"\npath = \"in.xml\"\n";
    let mill = Mill::new(&format!("{SITE}{source}"));
    mill.write("in.xml", "<!DOCTYPE rss [<!ENTITY a \"b\">]><rss version=\"2.0\"><channel/></rss>");
    mill.feedmill(&[]).expect(4, &["dtd: ", "hint: its publisher has to take the `<!ENTITY …>` lines out"]);
}
