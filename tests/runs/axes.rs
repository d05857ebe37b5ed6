//! Which feeds there are, what is in them and how their folders are called.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

fn by(axes: &str) -> String {
    SITE.replace("[\"category\"]", axes)
}

/// An article with more front matter than `Mill::post` writes.
fn article(mill: &Mill, name: &str, date: &str, lines: &str) {
    mill.write(
        &format!("posts/{name}.md"),
        format!("---\ntitle: {name}\ndate: {date}\n{lines}\n---\nbody of {name}\n"),
    );
}

#[test]
fn every_axis_has_its_feeds() {
    let mill = Mill::new(&format!(
        "{}{POSTS}title = \"Our posts\"\n",
        by(r#"["tag", "author", "source", "language", "year"]"#)
    ));
    article(&mill, "a", "2023-01-01", "tags: [Rust, Go]\nauthor: Ann Example\nlang: de");
    article(&mill, "b", "2024-01-01", "tags: [rust]\nauthor: 李\ncategories: [nowhere]");
    mill.run();
    let shown = |key: &str| mill.titles(key);
    assert_eq!(shown("tag/rust"), ["b", "a"]);
    assert_eq!(shown("tag/go"), ["a"]);
    assert_eq!(shown("author/ann-example"), ["a"]);
    assert_eq!(shown("author/李"), ["b"]);
    assert_eq!(shown("source/posts"), ["b", "a"]);
    assert_eq!(shown("language/de"), ["a"]);
    assert_eq!(shown("language/en"), ["b"]);
    assert_eq!(shown("year/2023"), ["a"]);
    assert_eq!(shown("year/2024"), ["b"]);
    assert!(!mill.exists("feeds/category"));
    assert_eq!(mill.json("source/posts")["title"], "Our posts – Test Mill");
    let page = mill.read("feeds/index.html");
    assert!(page.contains("<bdi>Our posts</bdi>") && !page.contains("<bdi>posts</bdi>"), "{page}");
    assert_eq!(mill.record("source/posts")["term"], "posts");
    assert_eq!(mill.json("year/2023")["title"], "2023 – Test Mill");
}

#[test]
fn the_year_is_that_of_the_publishers_calendar() {
    let config = format!("{}{POSTS}", by(r#"["year"]"#)).replace("language = \"en\"", "timezone = \"Asia/Shanghai\"");
    let mill = Mill::new(&config);
    article(&mill, "a", "2023-12-31T20:00:00Z", "");
    mill.run();
    assert_eq!(mill.titles("year/2024"), ["a"]);
}

#[test]
fn nested_categories_hold_their_subtree() {
    let mut mill = Mill::new(&format!("{SITE}{POSTS}category_lists = \"path\"\n"));
    article(&mill, "a", "2024-01-01", "categories: [金融, 新浪财经]");
    article(&mill, "b", "2024-01-02", "categories: [金融]");
    article(&mill, "c", "2024-01-03", "categories: [[金融, 股票], [Dev, Rust]]");
    article(&mill, "d", "2024-01-04", "categories: [新浪财经]");
    mill.run();
    assert_eq!(mill.titles("category/金融"), ["c", "b", "a"]);
    assert_eq!(mill.titles("category/金融/新浪财经"), ["a"]);
    assert_eq!(mill.titles("category/新浪财经"), ["d"]);
    assert_eq!(mill.titles("category/dev/rust"), ["c"]);
    let record = mill.record("category/金融/新浪财经");
    assert_eq!(
        (&record["term"], &record["files"]["rss"]),
        (&"金融/新浪财经".into(), &"category/金融/新浪财经/rss.xml".into())
    );
    mill.remove("posts/a.md");
    mill.at(NOW + DAY).run();
    assert!(mill.titles("category/金融/新浪财经").is_empty());
    assert_eq!(mill.titles("category/金融"), ["c", "b"]);
}

#[test]
fn flat_lists_are_categories_of_their_own() {
    let mill = Mill::of_posts();
    article(&mill, "a", "2024-01-01", "categories: [Dev, Rust]");
    mill.run();
    assert_eq!(mill.titles("category/dev"), ["a"]);
    assert_eq!(mill.titles("category/rust"), ["a"]);
    assert!(!mill.exists("feeds/category/dev/rust"));
}

#[test]
fn custom_feeds_choose_by_every_field() {
    let conditions = [
        ("source", "source = \"posts\"", "abcd"),
        ("category", "category = [\"FINANCE\", \"none\"]", "ab"),
        ("tag", "tag = \"ad\"", "b"),
        ("author", "author = \"ann\"", "a"),
        ("language", "language = \"de\"", "c"),
        ("title", "title = \"breaking\"", "ac"),
        ("text", "text = \"Needle\"", "bd"),
        ("not_source", "not_source = \"posts\"", "m"),
        ("not_category", "not_category = \"finance\"", "cdm"),
        ("not_tag", "not_tag = [\"ad\", \"t\"]", "cdm"),
        ("not_author", "not_author = \"Ann\"", "bcdm"),
        ("not_language", "not_language = \"de\"", "abdm"),
        ("not_title", "not_title = \"BREAKING\"", "bdm"),
        ("not_text", "not_text = \"needle\"", "acm"),
        ("regex", "title = '/^Breaking: [ac]$/'", "ac"),
        ("regex_case", "title = '/^breaking/'", ""),
        ("regex_anycase", "title = '/(?i)^breaking/'", "ac"),
        ("whole_name", "category = \"fin\"", ""),
        ("max_age", "max_age = \"20d\"", "d"),
        ("and", "category = \"finance\", not_tag = \"ad\"", "a"),
        ("everything", "", "abcdm"),
    ];
    let mut config = format!("{}{POSTS}[[source.articles]]\nname = \"more\"\npath = \"more\"\n", by("[]"));
    for (name, condition, _) in &conditions {
        config += &format!("[[output.feed]]\nname = \"{name}\"\nwhere = {{ {condition} }}\n");
    }
    let mill = Mill::new(&config);
    let write = |path: &str, title: &str, day: u32, lines: &str, body: &str| {
        mill.write(path, format!("---\ntitle: \"{title}\"\ndate: 2024-02-{day:02}\n{lines}\n---\n{body}\n"));
    };
    write("posts/a.md", "Breaking: a", 1, "categories: [Finance]\nauthor: Ann\ntags: [t]", "hay");
    write("posts/b.md", "b", 2, "categories: [finance, x]\ntags: [AD]", "a **needle**");
    write("posts/c.md", "BREAKING: c", 3, "lang: de\ncategories: [x]", "hay");
    write("posts/d.md", "d", 20, "", "a nee<b>dle</b>");
    write("more/m.md", "m", 4, "categories: [m]", "hay");
    mill.write("posts/c.md", mill.read("posts/c.md").replace("BREAKING", "Breaking"));
    mill.run();
    for (name, condition, expected) in conditions {
        let mut found: Vec<String> = mill
            .titles(&format!("feed/{name}"))
            .iter()
            .map(|title| title.chars().last().unwrap().to_string())
            .collect();
        found.sort();
        assert_eq!(found.concat(), expected, "{name}: {condition}");
    }
}

#[test]
fn folders_have_safe_names() {
    let mill = Mill::of_posts();
    let long = "長".repeat(100);
    let cases = [
        ("C#", Some("c")),
        ("C++", Some("c++")),
        (".NET", Some("net")),
        ("😀 Fun", Some("😀-fun")),
        ("../x", None),
        ("/etc/passwd", None),
        ("CON", None),
        ("aux.txt", None),
        ("archive", None),
        ("rss.xml", None),
        ("..", None),
        ("a:b", Some("ab")),
        ("ﬁn", Some("fin")),
        ("Ünïcode", Some("ünïcode")),
        (long.as_str(), None),
    ];
    for (number, (name, _)) in cases.iter().enumerate() {
        article(&mill, &format!("n{number:02}"), "2024-01-01", &format!("categories: [{name:?}]"));
    }
    mill.run();
    let parent: Vec<_> = std::fs::read_dir(mill.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        parent.iter().all(|name| ["posts", "feeds", ".feedmill", "config.toml"].contains(&name.as_str())),
        "{parent:?}"
    );
    for (name, expected) in cases {
        let record = mill.record(&format!("category/{name}"));
        let file = record["files"]["rss"].as_str().unwrap();
        let folder = file.strip_prefix("category/").unwrap().strip_suffix("/rss.xml").unwrap();
        assert!(mill.exists(&format!("feeds/{file}")), "{name}");
        assert!(
            !folder.contains(['/', '\\', ':', '#', '%']) && !folder.starts_with('.') && folder.len() <= 120,
            "{name}: {folder}"
        );
        match expected {
            Some(expected) => assert_eq!(folder, expected, "{name}"),
            None => assert!(folder != name.to_lowercase(), "{name}: {folder}"),
        }
    }
}

#[test]
fn of_two_terms_with_one_slug_the_later_gets_a_hash_that_stays() {
    let mut mill = Mill::of_posts();
    article(&mill, "a", "2024-01-01", "categories: [\"C#\"]");
    mill.run();
    assert_eq!(mill.record("category/C#")["files"]["rss"], "category/c/rss.xml");
    article(&mill, "b", "2024-01-02", "categories: [C]");
    mill.at(NOW + DAY).run();
    let file = mill.record("category/C")["files"]["rss"].as_str().unwrap().to_owned();
    assert!(file.starts_with("category/c-") && file.len() == "category/c-/rss.xml".len() + 8, "{file}");
    mill.remove("posts/a.md");
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.record("category/C")["files"]["rss"], file);
    assert_eq!(mill.record("category/C#")["files"]["rss"], "category/c/rss.xml");
    article(&mill, "c", "2024-01-03", "categories: [\"C#\", C]");
    mill.at(NOW + 3 * DAY).run();
    assert_eq!(mill.titles("category/c"), ["c"]);
    assert_eq!(mill.record("category/C")["files"]["rss"], file);
}

#[test]
fn folders_that_differ_only_in_case_do_not_arise() {
    let mill = Mill::of_posts();
    article(&mill, "a", "2024-01-01", "categories: [Straße]");
    article(&mill, "b", "2024-01-02", "categories: [STRASSE]");
    article(&mill, "c", "2024-01-03", "categories: [\" strasse \"]");
    mill.run();
    let folders: Vec<_> = std::fs::read_dir(mill.path("feeds/category"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let folded: std::collections::BTreeSet<_> =
        folders.iter().map(|name| name.to_lowercase().replace('ß', "ss")).collect();
    assert_eq!(folders.len(), folded.len(), "{folders:?}");
    assert_eq!(folders.len(), 1, "full case folding makes them one: {folders:?}");
}

#[test]
fn spellings_of_one_category_share_its_feed() {
    let mut mill = Mill::of_posts();
    article(&mill, "a", "2024-01-01", "categories: [Rust]");
    article(&mill, "b", "2024-01-02", "categories: [rust]");
    article(&mill, "c", "2024-01-03", "categories: [\" Rust \"]");
    article(&mill, "d", "2024-01-04", "categories: [RUST, rust, ｒｕｓｔ]");
    mill.run();
    assert_eq!(mill.titles("category/rust"), ["d", "c", "b", "a"]);
    assert_eq!(mill.record("category/Rust")["term"], "Rust");
    mill.remove("posts/a.md").remove("posts/c.md");
    mill.at(NOW + DAY).run();
    let keys = mill.keys();
    assert!(keys.iter().any(|key| key == "category/rust" || key == "category/RUST"), "{keys:?}");
    assert_eq!(keys.len(), 2, "{keys:?}");
}

#[test]
fn slugs_of_the_config_and_ascii_slugs() {
    let head = by(r#"["category", "tag"]"#);
    let mill =
        Mill::new(&format!("{head}slugs = \"ascii\"\n[output.category]\nslug = {{ \"金融\" = \"finance\" }}\n{POSTS}"));
    article(&mill, "a", "2024-01-01", "categories: [金融, 新闻]\ntags: [Größe, 金融]");
    mill.run();
    assert_eq!(mill.titles("category/finance"), ["a"]);
    assert_eq!(mill.titles("category/xin-wen"), ["a"]);
    assert_eq!(mill.titles("tag/grosse"), ["a"]);
    assert_eq!(mill.titles("tag/jin-rong"), ["a"]);
    assert!(!mill.exists("feeds/category/金融"));
}

#[test]
fn a_slug_given_later_moves_the_feed_and_keeps_its_id() {
    let mut mill = Mill::of_posts();
    article(&mill, "a", "2024-01-01", "categories: [金融]");
    mill.run();
    let id = mill.atom("category/金融").id().to_owned();
    mill.write("config.toml", format!("{SITE}[output.category]\nslug = {{ \"金融\" = \"finance\" }}\n{POSTS}"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("category/finance"), ["a"]);
    assert_eq!(mill.atom("category/finance").id(), id);
    assert!(!mill.exists("feeds/category/金融"), "the old files are gone");
}

#[test]
fn a_slug_in_the_config_goes_before_the_name_of_another() {
    let mill = Mill::new(&format!("{SITE}[output.category]\nslug = {{ \"金融\" = \"finance\" }}\n{POSTS}"));
    article(&mill, "a", "2024-01-01", "categories: [金融]");
    article(&mill, "b", "2024-01-02", "categories: [Finance]");
    mill.run();
    assert_eq!(mill.titles("category/finance"), ["a"]);
    let other = mill.record("category/Finance")["files"]["rss"].as_str().unwrap().to_owned();
    assert!(other.starts_with("category/finance-"), "{other}");
}

#[test]
fn feeds_that_are_no_longer_asked_for_go_and_strangers_stay() {
    let own = "[[output.feed]]\nname = \"own\"\n[[output.feed]]\nname = \"other\"\n";
    let mut mill = Mill::new(&format!("{}{own}{POSTS}", by(r#"["category", "tag"]"#)));
    article(&mill, "a", "2024-01-01", "categories: [x]\ntags: [t]");
    mill.run();
    assert!(mill.exists("feeds/tag/t/rss.xml") && mill.exists("feeds/feed/own/rss.xml"));
    for stranger in ["feeds/mine.txt", "feeds/tag/t/mine.txt", "feeds/category/x/index.htm", "feeds/feed/own/note"] {
        mill.write(stranger, "mine");
    }
    let config = format!("{}{POSTS}", by(r#"["category"]"#).replace(r#"["rss", "atom", "json"]"#, r#"["atom"]"#));
    mill.write("config.toml", config + "[[output.feed]]\nname = \"other\"\n");
    mill.at(NOW + DAY).run();
    for gone in [
        "rss.xml",
        "feed.json",
        "tag/t/rss.xml",
        "tag/t/atom.xml",
        "feed/own/atom.xml",
        "feed/own/rss.xml",
        "feed/other/rss.xml",
        "category/x/feed.json",
    ] {
        assert!(!mill.exists(&format!("feeds/{gone}")), "{gone}");
    }
    for stays in [
        "atom.xml",
        "category/x/atom.xml",
        "feed/other/atom.xml",
        "mine.txt",
        "tag/t/mine.txt",
        "category/x/index.htm",
        "feed/own/note",
    ] {
        assert!(mill.exists(&format!("feeds/{stays}")), "{stays}");
    }
    assert_eq!(mill.keys(), ["all", "category/x", "feed/other"]);
    // Asked for again, they come back with the ids they had.
    mill.write("config.toml", format!("{}{own}{POSTS}", by(r#"["category", "tag"]"#)));
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.titles("tag/t"), ["a"]);
    assert_eq!(mill.titles("feed/own"), ["a"]);
}

#[test]
fn a_source_that_is_no_longer_configured_takes_its_items_along() {
    let more = "[[source.articles]]\nname = \"more\"\npath = \"more\"\n";
    let mut mill = Mill::new(&format!("{SITE}{POSTS}{more}"));
    article(&mill, "a", "2024-01-01", "categories: [x]");
    mill.write("more/m.md", "---\ntitle: m\ndate: 2024-01-02\ncategories: [y]\n---\ntext\n");
    mill.run();
    mill.write("config.toml", format!("{SITE}{POSTS}"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["a"]);
    assert!(mill.titles("category/y").is_empty());
}

#[test]
fn limits_and_modes_of_content() {
    let mill = Mill::new(&format!(
        "{}limit = 3\n[output.category]\nlimit = 2\ncontent = \"summary\"\n[output.tag]\ncontent = \"none\"\nformats = [\"json\"]\n{POSTS}",
        by(r#"["category", "tag"]"#)
    ));
    for day in 1..6 {
        let lines = "categories: [x]\ntags: [t]\nsummary: in short";
        mill.write(
            &format!("posts/p{day}.md"),
            format!("---\ntitle: p{day}\ndate: 2024-01-0{day}\n{lines}\n---\nthe whole body\n"),
        );
    }
    mill.run();
    assert_eq!(mill.titles("all"), ["p5", "p4", "p3"]);
    assert_eq!(mill.titles("category/x"), ["p5", "p4"]);
    assert_eq!(mill.titles("tag/t"), ["p5", "p4", "p3"]);
    assert!(!mill.exists("feeds/tag/t/rss.xml"));
    assert!(mill.read("feeds/rss.xml").contains("the whole body"));
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        let text = mill.read(&format!("feeds/category/x/{file}"));
        assert!(text.contains("in short") && !text.contains("the whole body"), "{file}: {text}");
    }
    let text = mill.read("feeds/tag/t/feed.json");
    assert!(!text.contains("in short") && !text.contains("the whole body"), "{text}");
}

#[test]
fn what_a_full_feed_lost_comes_back_when_there_is_room() {
    let mut mill = Mill::new(&format!("{SITE}limit = 2\n{POSTS}"));
    for day in 1..5 {
        mill.post(&format!("p{day}"), &format!("2024-01-0{day}"), &["x"], &format!("body {day}"));
    }
    mill.run();
    mill.remove("posts/p4.md");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("category/x"), ["p3", "p2"]);
    assert!(mill.read("feeds/category/x/rss.xml").contains("body 2"));
}

#[test]
fn a_term_with_too_few_items_has_no_feed() {
    let mut mill = Mill::new(&format!("{SITE}[output.category]\nmin_items = 2\n{POSTS}"));
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["x", "y"], "two");
    mill.run();
    assert_eq!(mill.keys(), ["all", "category/x"]);
    assert!(!mill.exists("feeds/category/y"));
    mill.post("c", "2024-01-03", &["y"], "three");
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("category/y"), ["c", "b"]);
    // A feed that readers know does not go because it shrank.
    mill.remove("posts/c.md");
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.titles("category/y"), ["b"]);
    mill.write("config.toml", format!("{SITE}[output.category]\nmin_items = 3\n{POSTS}"));
    mill.at(NOW + 3 * DAY).run();
    assert_eq!(mill.keys(), ["all"]);
    assert!(!mill.exists("feeds/category/x"));
}

#[test]
fn titles_follow_their_template() {
    let mill = Mill::new(&format!("{SITE}[output.category]\ntitle = \"{{site.title}}: <{{term}}>\"\n{POSTS}"));
    mill.post("a", "2024-01-01", &["R&D"], "one");
    mill.run();
    assert_eq!(mill.json("category/r&d")["title"], "Test Mill: <R&D>");
    assert_eq!(mill.rss("category/r&d").title(), "Test Mill: <R&D>");
    assert_eq!(mill.atom("category/r&d").title().as_str(), "Test Mill: <R&D>");
}

#[test]
fn what_someone_edited_or_deleted_is_written_again() {
    let mut mill = Mill::of_posts();
    mill.post("a", "2024-01-01", &["x"], "one").post("b", "2024-01-02", &["y"], "two");
    mill.run();
    let before = mill.snapshot();
    let damage: [(&str, Option<&str>); 6] = [
        ("rss.xml", None),
        ("category/x/atom.xml", Some("edited")),
        ("category/y/feed.json", None),
        ("index.html", Some("edited")),
        ("index.opml", None),
        ("manifest.json", Some("{}")),
    ];
    for (number, (path, text)) in damage.into_iter().enumerate() {
        match text {
            Some(text) => mill.write(&format!("feeds/{path}"), text),
            None => mill.remove(&format!("feeds/{path}")),
        };
        mill.at(NOW + DAY * (number as i64 + 1)).run();
        assert_eq!(mill.differing(&before), Vec::<String>::new(), "{path}");
    }
    let before = mill.snapshot();
    mill.at(NOW + 30 * DAY).run();
    mill.assert_untouched(&before);
}

#[test]
fn more_feeds_than_are_made_at_a_time() {
    let mut mill = Mill::of_posts();
    for number in 0..80 {
        mill.post(&format!("p{number}"), "2024-01-01", &[&format!("c{number}"), "shared"], &format!("body {number}"));
    }
    mill.run();
    assert_eq!(mill.keys().len(), 82);
    for number in [0, 40, 79] {
        let item = mill.item(&format!("category/c{number}"), &format!("p{number}"));
        assert!(item["content_html"].as_str().unwrap().contains(&format!("body {number}")));
    }
    assert_eq!(mill.titles("category/shared").len(), 50);
    let before = mill.snapshot();
    mill.at(NOW + DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    mill.assert_untouched(&before);
}
