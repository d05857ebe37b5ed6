//! An id, once published, never changes.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

fn mill() -> Mill {
    let mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two");
    mill.write("posts/own.md", "---\ntitle: own\nid: urn:x:own\ndate: 2024-01-03\ncategories: [x]\n---\nthree\n");
    mill.write("posts/undated.md", "---\ntitle: undated\ncategories: [x]\n---\nfour\n");
    mill.write("config.toml", format!("{SITE}{}", POSTS.replace(":year/", "")));
    mill.run();
    mill
}

/// The ids in every format, by title.
fn ids(mill: &Mill) -> Vec<String> {
    let json = mill.ids("all");
    let rss: Vec<String> = mill.rss("all").items().iter().map(|item| item.guid().unwrap().value().to_owned()).collect();
    let atom: Vec<String> = mill.atom("all").entries().iter().map(|entry| entry.id().to_owned()).collect();
    assert_eq!(json, rss, "RSS");
    assert_eq!(json, atom, "Atom");
    json
}

#[test]
fn ids_follow_the_ladder() {
    let mill = Mill::new(&format!("{SITE}[[source.articles]]\nname = \"posts\"\npath = \"posts\"\n"));
    mill.write(
        "posts/own.md",
        "---\ntitle: own\nid: tag:example.org,2024:own\ndate: 2024-01-04\nlink: https://example.org/own\n---\ntext\n",
    );
    mill.write(
        "posts/link.md",
        "---\ntitle: link\nid: 42\ndate: 2024-01-03\nlink: https://example.org/link\n---\ntext\n",
    );
    mill.write("posts/number.md", "---\ntitle: number\nid: 42\ndate: 2024-01-02\n---\ntext\n");
    mill.write("posts/path.md", "---\ntitle: path\ndate: 2024-01-01\n---\ntext\n");
    mill.run();
    let ids = ids(&mill);
    assert_eq!(ids[..2], ["tag:example.org,2024:own", "https://example.org/link"]);
    for id in &ids[2..] {
        assert!(id.starts_with("urn:uuid:") && id.as_bytes()[23] == b'5', "{id}");
    }
    assert_ne!(ids[2], ids[3]);
    // Where a guid is a link it says so; else it says that it is none.
    let rss = mill.rss("all");
    let permalinks: Vec<bool> = rss.items().iter().map(|item| item.guid().unwrap().is_permalink()).collect();
    assert_eq!(permalinks, [false, true, false, false]);
}

#[test]
fn no_change_changes_an_id() {
    type Change = fn(&mut Mill);
    fn config(mill: &mut Mill, from: &str, to: &str) {
        let text = mill.read("config.toml");
        assert!(text.contains(from), "{from}");
        mill.write("config.toml", text.replace(from, to));
    }
    let changes: [(&str, Change); 14] = [
        ("title", |mill| {
            mill.write("posts/a.md", mill.read("posts/a.md").replace("title: a", "title: another"));
        }),
        ("body", |mill| {
            mill.write("posts/a.md", mill.read("posts/a.md") + "\nmore\n");
        }),
        ("date", |mill| {
            mill.write("posts/a.md", mill.read("posts/a.md").replace("2024-01-01", "2023-06-01"));
        }),
        ("category", |mill| {
            mill.write("posts/a.md", mill.read("posts/a.md").replace("\"x\"", "\"z\""));
        }),
        ("slug", |mill| {
            mill.write("posts/a.md", mill.read("posts/a.md").replace("title: a", "title: a\nslug: other"));
        }),
        ("everything but the file", |mill| {
            mill.write(
                "posts/a.md",
                "---\ntitle: new\ndate: 2024-01-01T05:00:00Z\nslug: newer\ntags: [t]\n---\nall is new\n",
            );
        }),
        ("file name, with an id", |mill| {
            std::fs::rename(mill.path("posts/own.md"), mill.path("posts/renamed.md")).unwrap();
        }),
        ("file name, same content", |mill| {
            std::fs::rename(mill.path("posts/a.md"), mill.path("posts/renamed.md")).unwrap();
        }),
        ("file name and body, in one go", |mill| {
            let text = mill.read("posts/a.md") + "\nmore\n";
            std::fs::remove_file(mill.path("posts/a.md")).unwrap();
            mill.write("posts/renamed.md", text);
        }),
        ("folder", |mill| {
            std::fs::create_dir(mill.path("posts/sub")).unwrap();
            for name in ["a", "b", "own", "undated"] {
                std::fs::rename(mill.path(&format!("posts/{name}.md")), mill.path(&format!("posts/sub/{name}.md")))
                    .unwrap();
            }
        }),
        ("permalink", |mill| config(mill, "/:slug/", "/blog/:slug.html")),
        ("address of the site", |mill| config(mill, "https://example.org/", "https://www.example.com/")),
        ("address of the feeds", |mill| {
            config(mill, "[output]", "feeds_url = \"https://cdn.example.net/f/\"\n[output]")
        }),
        ("source's title and language", |mill| {
            config(mill, "name = \"posts\"", "name = \"posts\"\ntitle = \"T\"\nlanguage = \"de\"")
        }),
    ];
    for (what, change) in changes {
        let mut mill = mill();
        let before = ids(&mill);
        let feed = mill.atom("category/x").id().to_owned();
        change(&mut mill);
        mill.at(NOW + DAY).feedmill(&["run", "--accept-changes"]).expect(0, &[]);
        let mut after = ids(&mill);
        let mut sorted = before.clone();
        sorted.sort();
        after.sort();
        assert_eq!(after, sorted, "{what}");
        assert_eq!(mill.atom("all").id(), "https://example.org/feeds/atom.xml", "{what}");
        if mill.exists("feeds/category/x/atom.xml") {
            assert_eq!(mill.atom("category/x").id(), feed, "{what}");
        }
        assert_eq!(feed, "https://example.org/feeds/category/x/atom.xml");
    }
}

#[test]
fn changes_one_after_the_other_keep_the_id() {
    let mut mill = mill();
    let before = ids(&mill);
    for step in 1..8 {
        mill.post("a", &format!("2024-01-01T0{step}:00:00Z"), &["x"], &format!("version {step}"));
        let permalink = format!("/v{step}/:slug/");
        mill.write("config.toml", format!("{SITE}{}", POSTS.replace("/:year/:slug/", &permalink)));
        mill.at(NOW + step * DAY).run();
        let mut now = ids(&mill);
        let mut sorted = before.clone();
        sorted.sort();
        now.sort();
        assert_eq!(now, sorted, "step {step}");
        assert_eq!(mill.item("all", "a")["url"], format!("https://example.org/v{step}/a/"));
    }
}

#[test]
fn self_links_follow_the_config_while_ids_stay() {
    let mut mill = mill();
    mill.write(
        "config.toml",
        SITE.replace("[output]", "feeds_url = \"https://cdn.example.net/f/\"\n[output]") + &POSTS.replace(":year/", ""),
    );
    mill.at(NOW + DAY).run();
    assert_eq!(mill.json("all")["feed_url"], "https://cdn.example.net/f/feed.json");
    let atom = mill.atom("category/x");
    assert!(
        atom.links()
            .iter()
            .any(|link| link.rel() == "self" && link.href() == "https://cdn.example.net/f/category/x/atom.xml")
    );
    assert_eq!(atom.id(), "https://example.org/feeds/category/x/atom.xml");
}

#[test]
fn two_articles_with_one_id_are_two_items() {
    let mut mill = Mill::of_posts();
    for (name, day) in [("a", 1), ("b", 2)] {
        mill.write(
            &format!("posts/{name}.md"),
            format!("---\ntitle: {name}\nid: urn:x:same\ndate: 2024-01-0{day}\n---\ntext {name}\n"),
        );
    }
    mill.feedmill(&[]).expect(0, &["posts: b.md: another item has the id or link of this article"]);
    assert_eq!(mill.titles("all"), ["b", "a"]);
    let ids = mill.ids("all");
    assert_ne!(ids[0], ids[1]);
    assert!(ids.contains(&"urn:x:same".to_owned()), "{ids:?}");
    mill.post("c", "2024-01-03", &["x"], "more");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.ids("all")[1..], ids);
}

#[test]
fn one_article_in_two_sources_is_one_item() {
    let more = "[[source.articles]]\nname = \"again\"\npath = \"again\"\n";
    let mut mill = Mill::new(&format!("{SITE}{POSTS}{more}"));
    let text = |title: &str| {
        format!(
            "---\ntitle: {title}\nid: urn:x:1\nlink: https://example.org/1\ndate: 2024-01-01\ncategories: [x]\n---\ntext\n"
        )
    };
    mill.write("posts/a.md", text("of posts")).write("again/a.md", text("of again"));
    mill.run();
    assert_eq!(mill.titles("all"), ["of again"], "the first by source name is shown");
    mill.remove("again/a.md");
    assert_eq!(mill.at(NOW + DAY).feedmill(&[]).code, 0);
    assert_eq!(mill.titles("all"), ["of posts"]);
    assert_eq!(mill.ids("all"), ["urn:x:1"]);
    assert_eq!(mill.titles("category/x"), ["of posts"]);
}

#[test]
fn the_same_id_with_another_link_is_another_item() {
    let more = "[[source.articles]]\nname = \"again\"\npath = \"again\"\n";
    let mill = Mill::new(&format!("{SITE}{POSTS}{more}"));
    let text = |number: u32| {
        format!(
            "---\ntitle: t{number}\nid: urn:x:1\nlink: https://example.org/{number}\ndate: 2024-01-0{number}\n---\ntext\n"
        )
    };
    mill.write("posts/a.md", text(1)).write("again/a.md", text(2));
    mill.feedmill(&[]).expect(0, &["posts: a.md: another item has the id or link of this article"]);
    assert_eq!(mill.titles("all"), ["t2", "t1"]);
    let ids = mill.ids("all");
    assert_eq!(ids[0], "urn:x:1");
    assert!(ids[1].starts_with("urn:uuid:"), "{ids:?}");
}
