//! Faults of the config: all at once, and nothing is touched.

use crate::mill::{Mill, POSTS, SITE};

/// Nothing but the config is in the folder.
fn assert_nothing_made(mill: &Mill) {
    let names: Vec<_> = std::fs::read_dir(mill.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["config.toml"]);
}

const FAULTY: &str = r#"
[site]
title = "Mill"
ulr = "https://example.org/"

[output]
limit = 0
formats = ["rss", "atomic"]
by = ["categories"]

[[source.articles]]
name = "posts"

[[source.feed]]
name = "posts"
url = "ftp://example.org/feed"
timezone = "Mars/Olympus"

[[output.feed]]
name = "own"
where = { title = "/(/" }
"#;

#[test]
fn all_faults_are_told_at_once() {
    let mill = Mill::new(FAULTY);
    for command in [
        &["run"][..],
        &[],
        &["check"],
        &["check", "--offline"],
        &["status"],
        &["run", "--dry-run"],
        &["run", "--rebuild-state"],
    ] {
        let run = mill.feedmill(command).expect(
            2,
            &[
                "ulr",
                "did you mean `url`",
                "`limit`",
                "atomic",
                "categories",
                "path",
                "ftp",
                "Mars/Olympus",
                "no pattern",
            ],
        );
        assert_eq!(run.stdout, "");
        for place in [":4:1", ":7:9", ":8:"] {
            assert!(run.stderr.contains(&format!("config.toml{place}")), "`{place}`: {}", run.stderr);
        }
        assert_nothing_made(&mill);
    }
}

#[test]
fn a_config_that_is_missing_or_no_toml_is_one_fault() {
    let mill = Mill::new("[site\n");
    mill.feedmill(&[]).expect(2, &["config.toml:1"]);
    assert_nothing_made(&mill);
    mill.feedmill(&["--config", "nowhere.toml"]).expect(2, &["nowhere.toml"]);
    mill.write("config.toml", [0xff, 0xfe, b'[', 0]);
    mill.feedmill(&[]).expect(2, &["config.toml"]);
    mill.write("config.toml", "");
    mill.feedmill(&[]).expect(2, &["site", "source"]);
    assert_nothing_made(&mill);
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let mill = Mill::new(&format!("{SITE}fomats = [\"rss\"]\n{POSTS}"));
    mill.feedmill(&[]).expect(2, &["unknown key `fomats`", "did you mean `formats`"]);
    // Keys of what is not there yet are refused, too.
    mill.write("config.toml", format!("{SITE}{POSTS}git = \"https://example.org/repo\"\n"));
    mill.feedmill(&[]).expect(2, &["`git`"]);
    assert_nothing_made(&mill);
}

#[test]
fn check_offline_needs_no_source_and_makes_nothing() {
    let mill = Mill::of_posts();
    let run = mill.feedmill(&["check", "--offline"]).expect(0, &[]);
    assert!(run.stdout.contains("no fault found"), "{}", run.stdout);
    assert_eq!(mill.feedmill(&["check", "--offline", "-q"]).stdout, "");
    assert_nothing_made(&mill);
}

#[test]
fn check_looks_at_sources_and_publishes_nothing() {
    let mill = Mill::of_posts();
    mill.feedmill(&["check"]).expect(4, &["source `posts`: missing"]);
    assert!(!mill.exists("feeds"));
    mill.post("a", "2024-01-01", &["x"], "one").write("posts/bad.md", "---\ntitle: [\n---\n");
    let run = mill.feedmill(&["check"]).expect(0, &["bad.md:"]);
    assert!(run.stdout.contains("posts (articles): ok, 1 item, 1 warning"), "{}", run.stdout);
    assert!(!mill.exists("feeds"));
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all"), ["a"]);
}

#[test]
fn the_environment_goes_before_the_file() {
    let mut mill = Mill::of_posts();
    for day in 1..6 {
        mill.post(&format!("p{day}"), &format!("2024-01-0{day}"), &["x"], "text");
    }
    mill.env("FEEDMILL_OUTPUT__LIMIT", "2")
        .env("FEEDMILL_OUTPUT__CATEGORY__LIMIT", "3")
        .env("FEEDMILL_SITE__TITLE", "Other");
    mill.env("FEEDMILL_OUTPUT__FORMATS", "json,atom");
    mill.run();
    assert_eq!(mill.titles("all"), ["p5", "p4"]);
    assert_eq!(mill.titles("category/x"), ["p5", "p4", "p3"]);
    assert_eq!(mill.json("all")["title"], "Other");
    assert!(!mill.exists("feeds/rss.xml") && mill.exists("feeds/atom.xml"));
    mill.env("FEEDMILL_OUTPUT__LIMITS", "2");
    mill.feedmill(&[]).expect(2, &["FEEDMILL_OUTPUT__LIMITS"]);
}

#[test]
fn arguments_that_make_no_sense_are_usage_errors() {
    let mill = Mill::of_posts();
    let cases: [&[&str]; 7] = [
        &["rum"],
        &["run", "--sauce", "x"],
        &["run", "--now"],
        &["run", "--wait", "soon"],
        &["-q", "-v"],
        &["inspect"],
        &["inspect", "a.md", "--timezone", "Mars/Olympus"],
    ];
    for args in cases {
        let run = mill.feedmill(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("error:"), "{args:?}: {}", run.stderr);
    }
    mill.feedmill(&["run", "--source", "nobody"]).expect(2, &["no source is named `nobody`", "`posts`"]);
    assert_nothing_made(&mill);
}

#[test]
fn an_instant_that_is_none_is_a_usage_error() {
    let mill = Mill::of_posts();
    for value in ["yesterday", "1e9", "99999999999999999999"] {
        let output = mill.command(&[]).env("SOURCE_DATE_EPOCH", value).output().unwrap();
        crate::mill::Run::of(output).expect(2, &["SOURCE_DATE_EPOCH"]);
    }
    assert_nothing_made(&mill);
}
