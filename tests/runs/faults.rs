//! Articles, folders and outputs that are broken.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

/// Whether the text names a place in the file: `bad.md:LINE:COLUMN: `.
fn names_place(text: &str, file: &str) -> bool {
    let place = format!(r"{}:\d+:\d+: ", regex::escape(file));
    regex::Regex::new(&place).unwrap().is_match(text)
}

const BROKEN: &str = "---\ntitle: [never closed\ndate: 2024-01-05\n---\ntext\n";

#[test]
fn a_broken_article_is_told_once_and_the_others_are_published() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").write("posts/bad.md", BROKEN);
    let (run, report) = mill.report(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(names_place(&run.stderr, "bad.md"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("bad.md").count(), 1, "{}", run.stderr);
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    let warning = &report["sources"][0]["warnings"][0];
    assert_eq!(warning["path"], "bad.md");
    assert!(warning["line"].as_u64().unwrap() >= 2 && warning["column"].as_u64().unwrap() >= 1, "{warning}");
    assert_eq!(mill.titles("all"), ["a"]);

    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    mill.post("bad", "2024-01-05", &["x"], "better");
    let run = mill.run();
    assert!(!run.stdout.contains("warning"), "{}", run.stdout);
    assert_eq!(mill.titles("all"), ["bad", "a"]);
}

#[test]
fn an_article_of_no_known_encoding_is_told_and_left_out() {
    let mill = Mill::of_posts();
    let noise: Vec<u8> = (0..4096u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    mill.post("a", "2024-01-01", &["x"], "one").write("posts/noise.md", noise);
    let run = mill.feedmill(&[]).expect(0, &["noise.md"]);
    assert!(run.stdout.contains("1 warning"), "{}", run.stdout);
    assert_eq!(mill.titles("all"), ["a"]);
    mill.run();
}

#[test]
fn a_good_article_that_breaks_keeps_its_last_good_item() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two");
    mill.run();
    let before = mill.snapshot();
    mill.write("posts/a.md", BROKEN);
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &["a.md:"]);
    mill.assert_untouched(&before);
    // An editor or a copy has opened it, and not written yet.
    mill.write("posts/a.md", "");
    mill.feedmill(&[]).expect(0, &["a.md", "empty"]);
    mill.assert_untouched(&before);
    mill.write("posts/b.md", [0u8, 159, 146, 150, 0, 255, 254, 0, 7, 1, 2, 3].repeat(50));
    mill.feedmill(&[]).expect(4, &["b.md"]);
    mill.assert_untouched(&before);
}

#[test]
fn a_broken_article_does_not_keep_new_ones_from_its_feeds() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one");
    mill.run();
    mill.write("posts/a.md", BROKEN);
    mill.feedmill(&[]);
    mill.post("b", "2024-01-02", &["x"], "two");
    mill.run();
    assert_eq!(mill.titles("category/x"), ["b", "a"]);
    mill.post("c", "2024-01-03", &["x"], "three");
    mill.feedmill(&["run", "--full"]).expect(0, &[]);
    assert_eq!(mill.titles("category/x"), ["c", "b", "a"]);
    assert!(mill.item("all", "a")["content_html"].as_str().unwrap().contains("one"));
    // Other settings of the source read all anew, and still there is only the last good item.
    mill.write("config.toml", format!("{SITE}{POSTS}add = {{ tags = [\"t\"] }}\n"));
    mill.post("d", "2024-01-04", &["x"], "four");
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("category/x"), ["d", "c", "b", "a"]);
}

#[test]
fn a_source_fails_when_none_of_its_articles_can_be_read() {
    let mill = Mill::of_posts();
    mill.write("posts/bad.md", BROKEN).write("posts/worse.md", BROKEN);
    let (run, report) = mill.report(&[]);
    run.expect(4, &["source `posts`: parse: none of its 2 articles can be read", "bad.md", "worse.md"]);
    assert_eq!(report["exit"], 4);
    assert_eq!(report["sources"][0]["outcome"], "failed");
    // It is still failing, and still says so.
    mill.feedmill(&[]).expect(4, &["none of its 2 articles"]);
    mill.post("bad", "2024-01-01", &["x"], "one");
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all"), ["bad"]);
}

#[test]
fn a_missing_folder_fails_and_its_items_stay() {
    let more = "[[source.articles]]\nname = \"more\"\npath = \"more\"\n";
    let mut mill = Mill::new(&format!("{SITE}{POSTS}{more}"));
    mill.post("a", "2024-01-01", &["x"], "one").write("more/m.md", "---\ntitle: m\ndate: 2024-01-02\n---\ntext\n");
    mill.run();
    let before = mill.snapshot();
    std::fs::rename(mill.path("posts"), mill.path("away")).unwrap();
    let (run, report) = mill.at(NOW + DAY).report(&[]);
    run.expect(3, &["source `posts`: missing"]);
    assert_eq!(report["sources"][1]["class"], "missing");
    assert_eq!(report["sources"][1]["items"]["total"], 1);
    mill.assert_untouched(&before);
    std::fs::rename(mill.path("more"), mill.path("away too")).unwrap();
    mill.feedmill(&[]).expect(4, &["source `posts`: missing", "source `more`: missing"]);
    mill.assert_untouched(&before);
    std::fs::rename(mill.path("away"), mill.path("posts")).unwrap();
    std::fs::rename(mill.path("away too"), mill.path("more")).unwrap();
    mill.run();
    mill.assert_untouched(&before);
}

#[test]
fn a_source_that_never_worked_leaves_the_others_as_they_are() {
    let gone = "[[source.articles]]\nname = \"gone\"\npath = \"gone\"\n";
    let with = Mill::new(&format!("{SITE}{POSTS}{gone}"));
    let without = Mill::of_posts();
    for mill in [&with, &without] {
        mill.post("a", "2024-01-01", &["x"], "one");
    }
    with.feedmill(&[]).expect(3, &["source `gone`: missing"]);
    without.run();
    assert_eq!(with.published(), without.published());
}

#[test]
fn a_glob_that_matches_nothing_fails() {
    let mill = Mill::new(&format!("{SITE}{}", POSTS.replace("\"posts\"\nperm", "\"posts/*.nothing\"\nperm")));
    mill.post("a", "2024-01-01", &["x"], "one");
    let run = mill.feedmill(&[]);
    assert!(run.code == 4 || run.stdout.contains("1 warning"), "it goes unnoticed: {} {}", run.stdout, run.stderr);
}

#[test]
fn a_file_in_place_of_the_output_folder() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").write("feeds", "mine");
    mill.feedmill(&[]).expect(6, &["feeds"]);
    assert_eq!(mill.read("feeds"), "mine");
    mill.remove("feeds");
    mill.run();
    assert_eq!(mill.titles("all"), ["a"]);
}

#[test]
fn a_folder_in_place_of_a_file_fails_only_that_feed() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two");
    mill.write("feeds/category/x/rss.xml/mine", "mine");
    let (run, report) = mill.report(&[]);
    run.expect(6, &["category/x/rss.xml"]);
    assert_eq!(report["exit"], 6);
    let outcome = |key: &str| {
        report["feeds"].as_array().unwrap().iter().find(|feed| feed["key"] == key).unwrap()["outcome"].clone()
    };
    assert_eq!(
        (outcome("category/x"), outcome("category/y"), outcome("all")),
        ("failed".into(), "written".into(), "written".into())
    );
    assert_eq!(mill.titles("all"), ["b", "a"]);
    assert_eq!(mill.titles("category/y"), ["b"]);
    assert_eq!(mill.read("feeds/category/x/rss.xml/mine"), "mine");
    mill.feedmill(&[]).expect(6, &["category/x/rss.xml"]);
    mill.remove("feeds/category/x/rss.xml");
    mill.run();
    assert_eq!(mill.rss("category/x").items().len(), 1);
    assert_eq!(mill.keys(), ["all", "category/x", "category/y"]);
}

#[test]
fn links_out_of_the_folder_and_special_files_are_not_read() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").write("secret.md", "---\ntitle: secret\n---\ncanary\n");
    std::os::unix::fs::symlink(mill.path("secret.md"), mill.path("posts/link.md")).unwrap();
    std::os::unix::fs::symlink(mill.path("posts"), mill.path("posts/loop")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(mill.path("posts/pipe.md")).status().unwrap().success());
    let run = mill.feedmill(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(mill.titles("all"), ["a"]);
    assert!(mill.published().values().all(|bytes| !String::from_utf8_lossy(bytes).contains("canary")));
}

#[test]
fn an_article_that_broke_before_it_was_shown_does_not_hold_up_its_feed() {
    let mut mill = Mill::new(&format!("{SITE}limit = 1\n{POSTS}"));
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x"], "two").post(
        "c",
        "2024-01-03",
        &["x"],
        "three",
    );
    mill.run();
    mill.write("posts/a.md", BROKEN);
    mill.at(NOW + DAY).feedmill(&[]).expect(0, &["a.md"]);
    mill.write("config.toml", format!("{SITE}limit = 5\n{POSTS}"));
    mill.at(NOW + 2 * DAY).feedmill(&[]).expect(0, &[]);
    assert_eq!(mill.titles("category/x"), ["c", "b"]);
    mill.post("a", "2024-01-01", &["x"], "one");
    mill.at(NOW + 3 * DAY).run();
    assert_eq!(mill.titles("category/x"), ["c", "b", "a"]);
}

#[test]
fn empty_and_odd_articles_are_no_trouble() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one");
    mill.write("posts/void.md", "")
        .write("posts/bom.md", "\u{feff}")
        .write("posts/head.md", "---\ntitle: head\ndate: 2024-01-02\n---");
    mill.write("posts/crlf.md", "---\r\ntitle: crlf\r\ndate: 2024-01-03\r\n---\r\nline\r\n");
    mill.write("posts/with space & 100%#.md", "---\ntitle: odd\ndate: 2024-01-04\n---\ntext\n");
    assert_eq!(mill.feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all")[..4], ["odd", "crlf", "head", "a"]);
    let link = mill.item("all", "odd")["url"].as_str().unwrap().to_owned();
    assert!(
        link.starts_with("https://example.org/2024/with%20space") && !link.contains(' ') && !link.contains('#'),
        "{link}"
    );
}

#[test]
fn a_failed_output_counts_more_than_failed_sources() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "text").run();
    mill.remove("posts").remove("feeds/rss.xml").write("feeds/rss.xml/mine", "mine");
    mill.feedmill(&[]).expect(6, &["source `posts`: missing", "rss.xml"]);
}

#[test]
fn a_run_that_is_killed_leaves_whole_files_and_the_next_one_heals() {
    let mill = Mill::of_posts();
    let control = Mill::of_posts();
    for number in 0..40 {
        for mill in [&mill, &control] {
            mill.post(
                &format!("p{number:02}"),
                &format!("2024-01-{:02}", number % 28 + 1),
                &[&format!("c{}", number % 20)],
                "text",
            );
        }
    }
    control.run();
    let expected = control.published();
    for pause in (0..120).step_by(8) {
        let mut child = mill.command(&["run", "--full"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(pause));
        let _ = child.kill();
        child.wait().unwrap();
        for (path, bytes) in mill.published() {
            // Stages stand beside their targets under hidden names.
            let index = ["manifest.json", "index.html", "index.opml"].contains(&path.as_str());
            if !index && !path.rsplit('/').next().unwrap().starts_with('.') {
                assert_eq!(Some(&bytes), expected.get(&path), "{path} after {pause} ms");
            }
        }
    }
    mill.run();
    assert_eq!(mill.published(), expected);
}
