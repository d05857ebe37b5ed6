//! A run after a run: only what changed is written, and what vanished leaves.

use crate::mill::{DAY, Mill, NOW};

fn mill() -> Mill {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two").post(
        "c",
        "2024-01-03",
        &["x"],
        "three",
    );
    mill.run();
    mill
}

#[test]
fn a_second_run_writes_nothing() {
    let mut mill = mill();
    let before = mill.snapshot();
    for later in [0, 3_600, DAY, 400 * DAY] {
        let run = mill.at(NOW + later).run();
        assert!(
            run.stdout.contains("1 source: 1 unchanged; 3 items: 0 new, 0 changed, 0 gone; 0 files written"),
            "{}",
            run.stdout
        );
        mill.assert_untouched(&before);
    }
}

#[test]
fn a_full_run_writes_nothing_new() {
    let mut mill = mill();
    let before = mill.snapshot();
    let run = mill.at(NOW + DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    assert!(run.stdout.contains("0 files written"), "{}", run.stdout);
    mill.assert_untouched(&before);
}

#[test]
fn a_changed_article_rewrites_only_its_feeds() {
    let mut mill = mill();
    let before = mill.snapshot();
    mill.post("b", "2024-01-02", &["y"], "two, edited");
    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("0 new, 1 changed, 0 gone"), "{}", run.stdout);
    let changed = mill.changed(&before);
    for path in [
        "atom.xml",
        "category/y/atom.xml",
        "category/y/feed.json",
        "category/y/rss.xml",
        "feed.json",
        "manifest.json",
        "rss.xml",
    ] {
        assert!(changed.iter().any(|changed| changed == path), "{path} was not rewritten: {changed:?}");
    }
    assert!(!changed.iter().any(|path| path.starts_with("category/x/")), "{changed:?}");
    let item = mill.item("category/y", "b");
    assert_eq!(item["date_published"], "2024-01-02T00:00:00Z");
    assert_eq!(item["date_modified"], "2024-03-02T00:00:00Z");
    assert!(item["content_html"].as_str().unwrap().contains("two, edited"));
}

#[test]
fn a_touched_file_writes_nothing() {
    let mut mill = mill();
    let before = mill.snapshot();
    let text = mill.read("posts/a.md");
    mill.remove("posts/a.md").write("posts/a.md", text);
    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("0 new, 0 changed, 0 gone; 0 files written"), "{}", run.stdout);
    mill.assert_untouched(&before);
}

#[test]
fn a_deleted_file_leaves_its_feeds() {
    let mut mill = mill();
    let before = mill.snapshot();
    mill.remove("posts/a.md");
    let run = mill.at(NOW + DAY).run();
    assert!(run.stdout.contains("2 items: 0 new, 0 changed, 1 gone"), "{}", run.stdout);
    assert_eq!(mill.titles("all"), ["c", "b"]);
    assert_eq!(mill.titles("category/x"), ["c"]);
    assert!(!mill.changed(&before).iter().any(|path| path.starts_with("category/y/")));
}

#[test]
fn a_feed_that_lost_its_last_item_stays_empty_and_leaves_the_lists() {
    let mut mill = mill();
    assert!(mill.read("feeds/index.opml").contains("category/y/"));
    mill.remove("posts/b.md");
    mill.at(NOW + DAY).run();
    assert!(mill.json("category/y")["items"].as_array().unwrap().is_empty());
    assert!(mill.rss("category/y").items().is_empty());
    assert!(mill.atom("category/y").entries().is_empty());
    assert!(!mill.atom("category/y").id().is_empty());
    for file in ["index.opml", "index.html"] {
        let text = mill.read(&format!("feeds/{file}"));
        assert!(!text.contains("category/y/") && text.contains("category/x/"), "{file}: {text}");
    }
    assert_eq!(mill.record("category/y")["items"], 0);
    let before = mill.snapshot();
    mill.at(NOW + 2 * DAY).run();
    mill.assert_untouched(&before);
}

#[test]
fn a_folder_without_articles_gives_empty_feeds() {
    let mill = Mill::of_posts();
    std::fs::create_dir(mill.path("posts")).unwrap();
    mill.feedmill(&[]).expect(0, &["`posts` holds no article"]);
    mill.run();
    assert!(mill.rss("all").items().is_empty());
    assert!(mill.atom("all").entries().is_empty());
    assert_eq!(mill.json("all")["items"], serde_json::json!([]));
    assert_eq!(mill.keys(), ["all"]);
}

fn many(config: &str) -> Mill {
    let mill = Mill::new(config);
    for number in 10..22 {
        mill.post(&format!("p{number}"), &format!("2024-01-{number}"), &["x"], "text");
    }
    mill
}

#[test]
fn a_folder_that_loses_most_of_its_articles_fails_as_shrunk() {
    let mut mill = many(&format!("{}{}", crate::mill::SITE, crate::mill::POSTS));
    mill.run();
    let before = mill.snapshot();
    for number in 10..17 {
        mill.remove(&format!("posts/p{number}.md"));
    }
    for days in [1, 2] {
        let (run, report) = mill.at(NOW + days * DAY).report(&[]);
        run.expect(4, &["source `posts`: shrunk", "7 of its 12 articles", "--accept-changes"]);
        assert_eq!(report["sources"][0]["class"], "shrunk");
        assert_eq!(report["sources"][0]["items"]["total"], 12);
        mill.assert_untouched(&before);
    }
    mill.feedmill(&["run", "--accept-changes"]).expect(0, &[]);
    assert_eq!(mill.titles("all"), ["p21", "p20", "p19", "p18", "p17"]);
    mill.run();
}

#[test]
fn half_of_the_articles_may_go() {
    let mill = many(&format!("{}{}", crate::mill::SITE, crate::mill::POSTS));
    mill.run();
    for number in 10..16 {
        mill.remove(&format!("posts/p{number}.md"));
    }
    mill.run();
    assert_eq!(mill.titles("all").len(), 6);
}

#[test]
fn a_shrunk_source_does_not_hold_up_the_others() {
    let more = "[[source.articles]]\nname = \"more\"\npath = \"more\"\n";
    let mill = many(&format!("{}{}{more}", crate::mill::SITE, crate::mill::POSTS));
    mill.write("more/m.md", "---\ntitle: m\ndate: 2024-02-01\n---\ntext\n");
    mill.run();
    for number in 10..22 {
        mill.remove(&format!("posts/p{number}.md"));
    }
    mill.write("more/n.md", "---\ntitle: n\ndate: 2024-02-02\n---\ntext\n");
    mill.feedmill(&[]).expect(3, &["source `posts`: shrunk"]);
    assert_eq!(mill.titles("all")[..3], ["n", "m", "p21"]);
    assert_eq!(mill.titles("all").len(), 14);
}

#[test]
fn a_renamed_folder_of_many_articles_is_no_loss() {
    let mill = Mill::of_posts();
    for number in 10..22 {
        mill.write(
            &format!("posts/old/p{number}.md"),
            format!("---\ntitle: p{number}\ndate: 2024-01-{number}\nid: urn:x:{number}\n---\ntext {number}\n"),
        );
    }
    mill.run();
    let ids = mill.ids("all");
    std::fs::rename(mill.path("posts/old"), mill.path("posts/new")).unwrap();
    let run = mill.feedmill(&["run", "--accept-changes"]).expect(0, &[]);
    assert!(run.stdout.contains("0 gone"), "{}", run.stdout);
    assert_eq!(mill.ids("all"), ids);
}

#[test]
fn settings_that_change_only_bodies_render_them_anew() {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "*one* [l](l)");
    mill.run();
    let body = |mill: &Mill| mill.item("category/x", "a")["content_html"].as_str().unwrap().to_owned();
    assert!(body(&mill).contains("<em>one</em>"), "{}", body(&mill));
    mill.write("config.toml", format!("{}{}body = \"text\"\n", crate::mill::SITE, crate::mill::POSTS));
    mill.run();
    assert!(body(&mill).contains("*one*"), "{}", body(&mill));
}

#[test]
fn a_site_that_changes_its_name_renders_all_feeds_anew() {
    let mill = mill();
    let text = mill.read("config.toml");
    mill.write("config.toml", text.replace("Test Mill", "Renamed"));
    mill.run();
    for key in ["all", "category/x", "category/y"] {
        assert!(mill.rss(key).title().ends_with("Renamed"), "{key}");
    }
    assert!(mill.read("feeds/index.html").contains("Renamed"));
}
