//! Rules of sources: what they leave out, rename, set and cut, and that none of it is an edit.

use crate::mill::{DAY, Mill, NOW, POSTS, SITE};

/// The usual site with more axes, and the folder `posts` with more keys.
fn with(axes: &str, keys: &str) -> Mill {
    Mill::new(&config(axes, keys))
}

fn config(axes: &str, keys: &str) -> String {
    format!("{}{POSTS}{keys}\n", SITE.replace("[\"category\"]", axes))
}

/// An article with front matter of its own.
fn article(mill: &Mill, name: &str, date: &str, lines: &str, body: &str) {
    mill.write(&format!("posts/{name}.md"), format!("---\ntitle: \"{name}\"\ndate: {date}\n{lines}\n---\n{body}\n"));
}

/// An RSS file with items `(title, day of February 2024, more elements)`.
fn rss(mill: &Mill, path: &str, title: &str, items: &[(&str, u32, &str)]) {
    let item = |(title, day, more): &(&str, u32, &str)| {
        format!(
            "<item><title>{title}</title><link>https://{path}.example/{title}</link>\
             <pubDate>{day:02} Feb 2024 00:00:00 GMT</pubDate>{more}</item>"
        )
    };
    let items: String = items.iter().map(item).collect();
    let link = "<link>https://up.example/</link><description>d</description>";
    mill.write(path, format!("<rss version=\"2.0\"><channel><title>{title}</title>{link}{items}</channel></rss>"));
}

#[test]
fn include_and_exclude_decide_what_is_shown() {
    let cases = [
        ("include = { category = \"finance\" }", "ab"),
        ("include = { category = [\"finance\", \"x\"] }", "abc"),
        ("include = { category = \"finance\", tag = \"t\" }", "a"),
        ("include = [{ tag = \"t\" }, { language = \"de\" }]", "ac"),
        ("include = { not_author = \"ann\" }", "bcd"),
        ("exclude = { title = [\"/^a/\", \"B\"] }", "cd"),
        ("exclude = { category = \"finance\", tag = \"t\" }", "bcd"),
        ("exclude = [{ tag = \"t\" }, { author = \"ANN\" }, { title = \"d\" }]", "bc"),
        ("exclude = { url = \"/2024/B\" }", "acd"),
        ("exclude = { text = \"Needle\" }", "ac"),
        ("include = { text = \"needle\" }", "bd"),
        ("include = { category = \"x\" }\nexclude = { category = \"finance\" }", "c"),
        ("exclude = [\"d.md\", { title = \"/a/\" }]", "bc"),
        ("exclude = { source = \"posts\" }", ""),
    ];
    for (keys, expect) in cases {
        let mill = with("[\"category\"]", keys);
        article(&mill, "a", "2024-02-04", "categories: [Finance]\nauthor: Ann\ntags: [T]", "hay");
        article(&mill, "b", "2024-02-03", "categories: [finance, x]", "a **needle**");
        article(&mill, "c", "2024-02-02", "lang: de\ncategories: [x]", "hay");
        article(&mill, "d", "2024-02-01", "", "a nee<b>dle</b>");
        let told = mill.feedmill(&[]).expect(0, &[]);
        assert_eq!(
            told.stderr.contains("its rules leave out all 4 items"),
            expect.is_empty(),
            "{keys}: {}",
            told.stderr
        );
        assert_eq!(mill.titles("all").concat(), expect, "{keys}");
        for left_out in ["a", "b", "c", "d"].into_iter().filter(|title| !expect.contains(title)) {
            let shown = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(&format!("/2024/{left_out}/"));
            assert!(!mill.published().values().any(shown), "{keys}: {left_out}");
        }
    }
}

#[test]
fn rules_that_leave_nothing_are_told_once() {
    let feed = |keys: &str| format!("{SITE}[[source.feed]]\nname = \"up\"\npath = \"up.xml\"\n{keys}\n");
    let mut mill = Mill::new(&feed("include = { tag = \"News\" }"));
    let news = "<category>News</category>";
    rss(&mill, "up.xml", "Up", &[("a", 2, news), ("b", 1, news)]);
    let check = mill.feedmill(&["check"]).expect(0, &["up: its rules leave out all 2 items"]);
    assert!(check.stdout.contains("up (feed): ok, 2 items, 1 warning"), "{}", check.stdout);
    let shown = |mill: &Mill| {
        let json = mill.feedmill(&["status", "--format", "json"]).expect(0, &[]).stdout;
        let facts: serde_json::Value = serde_json::from_str(&json).unwrap();
        let source = &facts["sources"][0];
        (source["items"].as_u64().unwrap(), source["shown"].as_u64().unwrap(), source["warnings"].as_u64().unwrap())
    };
    assert_eq!(shown(&mill), (2, 0, 1));
    let text = mill.feedmill(&["status"]).stdout;
    assert!(text.contains("leave out all 2 items") && text.contains("SHOWN"), "{text}");

    // Neither the next run nor one that finds more of it tells it again, and it stays known.
    mill.run();
    mill.at(NOW + DAY);
    rss(&mill, "up.xml", "Up", &[("c", 3, news), ("a", 2, news), ("b", 1, news)]);
    mill.run();
    let (_, report) = mill.report(&[]);
    assert_eq!(report["sources"][0]["warnings"][0]["code"], "rules");
    assert!(report["sources"][0]["warnings"][0]["message"].as_str().unwrap().contains("all 3 items"));

    mill.write("config.toml", feed("include = { category = \"News\" }"));
    mill.run();
    assert_eq!((mill.titles("all").concat(), shown(&mill)), ("cab".into(), (3, 3, 0)));
    mill.write("config.toml", feed("exclude = { category = \"News\" }"));
    mill.feedmill(&[]).expect(0, &["leave out all 3 items"]);
    mill.write("config.toml", feed("categories = { hide = \"News\" }"));
    mill.run();
    assert_eq!(shown(&mill), (3, 3, 0));
}

#[test]
fn categories_are_renamed_merged_nested_and_hidden() {
    let cases = [
        ("rename = { \"Tech\" = \"Technology\", \"科技\" = \"Technology\" }", "tech, 科技, Life", "Technology | Life"),
        ("rename = { rust = [\"Programming\", \"Rust\"] }", "RUST, rust", "Programming/Rust"),
        ("rename = { '/(?i)^c\\+\\+/' = \"C++\", \"c++23\" = \"New\" }", "C++20, c++23, C", "C++ | New | C"),
        ("split = \"/\"", "Dev / Rust, Dev, A//B", "Dev/Rust | Dev | A/B"),
        ("split = \"/\", rename = { \"Dev/Rust\" = \"Rust\" }", "dev/rust/Async", "Rust/Async"),
        ("rename = { \"Dev/Rust\" = \"Rust\" }", "dev/rust", "Rust"),
        ("parent = { Rust = \"Programming\", Programming = \"Dev\" }", "rust, Go", "Dev/Programming/rust | Go"),
        ("hide = [\"Uncategorized\", \"/^_/\"]", "uncategorized, _x, A", "A"),
        ("split = \"/\", hide = [\"B\", \"C/d\"]", "A/B/C, B/x, c/D/e", "A | c"),
        ("split = \"/\", only = [\"Tech\", \"/^R/\"]", "tech/Go, Life, Dev/Rust", "tech/Go | Dev/Rust"),
        ("from_tags = true", "A", "A | t1 | T2"),
        ("from_tags = true, rename = { t1 = \"A\" }, hide = \"t2\"", "A", "A"),
        ("hide = \"a\"", "A", ""),
    ];
    for (rules, names, expect) in cases {
        let mill = with("[\"category\"]", &format!("categories = {{ {rules} }}"));
        article(&mill, "p", "2024-02-01", &format!("categories: [{names}]\ntags: [t1, T2]"), "text");
        mill.run();
        let item = mill.item("all", "p");
        let paths = item["_feedmill"]["categories"].as_array().cloned().unwrap_or_default();
        let path = |path: &serde_json::Value| {
            let names: Vec<_> = path.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            names.join("/")
        };
        let paths: Vec<String> = paths.iter().map(path).collect();
        assert_eq!(paths.join(" | "), expect, "{rules}");
        let mut terms: Vec<_> =
            mill.manifest()["feeds"].as_array().unwrap().iter().map(|feed| feed["term"].clone()).collect();
        terms.retain(|term| *term != "");
        let mut above: Vec<String> = Vec::new();
        for path in &paths {
            let names: Vec<&str> = path.split('/').collect();
            above.extend((1..=names.len()).map(|depth| names[..depth].join("/")));
        }
        above.sort();
        above.dedup();
        terms.sort_by_key(|term| term.as_str().unwrap().to_owned());
        assert_eq!(terms, above, "{rules}");
        assert_eq!(mill.rss("all").items()[0].categories().len(), paths.len() + 2 - duplicates(&paths), "{rules}");
    }
}

/// Tags that are categories as well are written once.
fn duplicates(paths: &[String]) -> usize {
    paths.iter().filter(|path| ["t1", "T2"].contains(&path.as_str())).count()
}

#[test]
fn tags_are_renamed_and_hidden() {
    for (rules, expect) in [
        ("rename = { rs = \"Rust\", rustlang = \"rust\" }", vec!["Rust", "Ad", "x"]),
        ("rename = { ad = [\"paid\", \"post\"] }", vec!["rs", "RustLang", "paid", "post", "x"]),
        ("hide = [\"AD\", '/^r/']", vec!["RustLang", "x"]),
        ("only = [\"X\"]", vec!["x"]),
    ] {
        let mill = with("[\"tag\"]", &format!("tags = {{ {rules} }}"));
        article(&mill, "p", "2024-02-01", "tags: [rs, RustLang, Ad, x]", "text");
        mill.run();
        assert_eq!(mill.item("all", "p")["tags"], serde_json::json!(expect), "{rules}");
        assert_eq!(mill.keys().len(), expect.len() + 1, "{rules}");
    }
}

#[test]
fn set_replaces_and_fill_fills() {
    let given = r#"{ author = { name = "Desk", url = "https://desk.example/" }, language = "de", categories = ["Planet", ["A", "B"]], tags = ["t"], image = "https://i.example/x.png" }"#;
    for (key, full, empty) in [
        ("set", "Desk de Planet t x.png", "Desk de Planet t x.png"),
        ("fill", "Ann fr Own own own.png", "Desk de Planet t x.png"),
    ] {
        let mill = with("[\"author\", \"language\", \"category\", \"tag\"]", &format!("{key} = {given}"));
        let own = "author: Ann\nlang: fr\ncategories: [Own]\ntags: [own]\nimage: https://i.example/own.png";
        article(&mill, "full", "2024-02-02", own, "text");
        article(&mill, "empty", "2024-02-01", "", "text");
        mill.run();
        for (title, expect) in [("full", full), ("empty", empty)] {
            let item = mill.item("all", title);
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let image = text(&item["image"]).rsplit('/').next().unwrap_or_default().to_owned();
            let [category, tag] = [0, item["tags"].as_array().unwrap().len() - 1].map(|at| text(&item["tags"][at]));
            let found = [text(&item["authors"][0]["name"]), text(&item["language"]), category, tag, image].join(" ");
            assert_eq!(found, expect, "{key} {title}");
        }
        assert!(mill.titles("category/a/b").contains(&"empty".to_owned()), "{key}");
        assert_eq!(mill.titles("author/desk").len(), if key == "set" { 2 } else { 1 });
        assert_eq!(mill.exists("feeds/language/fr"), key == "fill");
    }
}

#[test]
fn titles_are_made_of_a_template() {
    for (template, expect) in [
        ("[{source.title}] {title}", "[Our posts] p {title} & co"),
        ("{author}: {title} ({category}, {source.name})", "Ann: p {title} & co (A, posts)"),
        ("{source.title}", "Our posts"),
        ("{category}: {title}", "A: p {title} & co"),
    ] {
        let mill = with("[\"category\"]", &format!("title = \"Our posts\"\nitem_title = \"{template}\""));
        mill.write(
            "posts/p.md",
            "---\ntitle: \"p {title} & co\"\ndate: 2024-02-01\nauthor: Ann\ncategories: [A, B]\n---\ntext\n",
        );
        mill.run();
        assert_eq!(mill.titles("all"), [expect]);
        assert_eq!(mill.rss("category/b").items()[0].title(), Some(expect));
        assert_eq!(mill.atom("category/a").entries()[0].title().as_str(), expect);
    }
}

#[test]
fn what_a_title_is_made_of_may_be_absent() {
    for (template, expect) in [
        ("[{author}] {title}", "p"),
        ("{category}: {title}", "p"),
        ("{title} – {author}", "p"),
        ("{title} ({category}, {source.name})", "p (posts)"),
        ("{category}", "p"),
    ] {
        let mill = with("[\"category\"]", &format!("item_title = \"{template}\""));
        article(&mill, "p", "2024-02-01", "", "text");
        mill.run();
        assert_eq!(mill.titles("all"), [expect], "{template}");
        assert_eq!(mill.atom("all").entries()[0].title().as_str(), expect);
        // A state that is lost takes the author's title back.
        mill.remove(".feedmill").run();
        assert_eq!(mill.titles("all"), [expect], "{template}");
    }
}

#[test]
fn items_without_a_title_get_no_prefix() {
    let mill = Mill::new(&format!(
        "{SITE}[[source.feed]]\nname = \"micro\"\npath = \"in.xml\"\nitem_title = \"[{{source.title}}] {{title}}\"\n"
    ));
    let item = "<item><guid>urn:x:1</guid><description>only a text</description></item>";
    mill.write(
        "in.xml",
        format!("<rss version=\"2.0\"><channel><title>Micro</title><link>https://m.example/</link><description>d</description>{item}</channel></rss>"),
    );
    mill.run();
    assert_eq!(mill.titles("all"), [""]);
}

#[test]
fn a_source_shows_no_more_than_its_content_allows() {
    let shown = |keys: &str| {
        let mill = with("[\"category\"]", keys);
        article(&mill, "long", "2024-02-02", "summary: in short", &format!("the whole body {}", "x ".repeat(600)));
        article(&mill, "short", "2024-02-01", "", "a short body");
        mill.run();
        ["long", "short"].map(|title| {
            let item = mill.item("all", title);
            let files = ["rss.xml", "atom.xml"].map(|file| mill.read(&format!("feeds/{file}")));
            let body = item["content_html"].as_str().map_or("-", |_| "body");
            let summary = item["summary"].as_str().unwrap_or("-").to_owned();
            let whole = files.iter().all(|file| file.contains("the whole body"));
            assert_eq!(whole, mill.item("all", "long")["content_html"].is_string(), "{keys}");
            format!("{body} {summary}")
        })
    };
    assert_eq!(shown("content = \"full\""), ["body in short", "body a short body"]);
    assert_eq!(shown("content = \"summary\""), ["- in short", "- a short body"]);
    assert_eq!(shown("content = \"none\""), ["- -", "- -"]);
    assert_eq!(shown("max_bytes = \"1KiB\""), ["- in short", "body a short body"]);
    assert_eq!(shown("max_bytes = \"1KiB\"\ncontent = \"summary\""), ["- in short", "- a short body"]);
}

#[test]
fn each_source_shows_its_newest_items() {
    let source =
        |name: &str, keys: &str| format!("[[source.feed]]\nname = \"{name}\"\npath = \"{name}.xml\"\n{keys}\n");
    let site = SITE.replace("[\"category\"]", "[\"source\", \"category\"]");
    let mut mill = Mill::new(&format!("{site}limit = 6\n{}{}", source("loud", "limit = 2"), source("calm", "")));
    let loud: Vec<(String, u32)> = (1..=25).map(|day| (format!("l{day}"), day)).collect();
    let loud: Vec<_> = loud
        .iter()
        .map(|(title, day)| (title.as_str(), *day, if day % 2 == 0 { "<category>even</category>" } else { "" }))
        .collect();
    rss(&mill, "loud.xml", "Loud", &loud);
    rss(&mill, "calm.xml", "Calm", &[("c1", 1, ""), ("c2", 2, "<category>even</category>"), ("c3", 3, "")]);
    mill.run();
    // Far more items of one source stand before those of the other.
    assert_eq!(mill.titles("all"), ["l25", "l24", "c3", "c2", "c1"]);
    assert_eq!(mill.titles("category/even"), ["l24", "l22", "c2"]);
    assert_eq!(mill.titles("source/loud"), ["l25", "l24"]);
    let ids = mill.ids("all");
    let updated = mill.json("all")["_feedmill"]["updated"].clone();
    mill.write("config.toml", format!("{site}limit = 6\n{}{}", source("loud", ""), source("calm", "")));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["l25", "l24", "l23", "l22", "l21", "l20"]);
    assert_eq!(mill.ids("all")[..2], ids[..2]);
    assert_eq!(mill.json("all")["_feedmill"]["updated"], updated);
}

#[test]
fn what_a_source_may_not_show_hides_nothing_of_others() {
    let source =
        |name: &str, keys: &str| format!("[[source.feed]]\nname = \"{name}\"\npath = \"{name}.xml\"\n{keys}\n");
    // One story of both, by its id (and link), or by its link alone.
    let guid = |name: &str, of: &str| format!("<guid isPermaLink=\"false\">urn:{of}:{name}</guid>");
    for (output, of_early, of_late) in
        [("", "x", "x"), ("duplicates = \"merge\"\n", "x", "x"), ("duplicates = \"merge\"\n", "early", "late")]
    {
        for keys in ["limit = 2", "max_age = \"10d\""] {
            let config = |keys: &str| format!("{SITE}{output}{}{}", source("early", keys), source("late", ""));
            let mill = Mill::new(&config(keys));
            let item = |title: &str, day: u32, of: &str| {
                format!(
                    "<item><title>{title}</title><link>https://x.example/{title}</link>{}\
                     <pubDate>{day:02} Feb 2024 00:00:00 GMT</pubDate></item>",
                    guid(title, of)
                )
            };
            let document =
                |items: &str| format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
            let early =
                [("s28", 28), ("s27", 27), ("s11", 11), ("s10", 10)].map(|(title, day)| item(title, day, of_early));
            let late = [("s27", 27), ("s11", 11)].map(|(title, day)| item(title, day, of_late));
            mill.write("early.xml", document(&early.concat()));
            mill.write("late.xml", document(&late.concat()));
            mill.run();
            assert_eq!(mill.titles("all"), ["s28", "s27", "s11"], "{output}{of_late}: {keys}");
            let shown = &mill.json("all")["items"][2];
            assert_eq!(shown["_feedmill"]["source"], "late", "{output}{of_late}: {keys}");
            let before = mill.snapshot();
            mill.run();
            mill.assert_untouched(&before);
        }
    }
}

#[test]
fn what_a_rule_left_out_stays_so_while_its_source_is_gone() {
    let source =
        |name: &str, keys: &str| format!("{SITE}[[source.feed]]\nname = \"{name}\"\npath = \"{name}.xml\"\n{keys}\n");
    let mill = Mill::new(&source("news", "exclude = { title = \"ad\" }"));
    rss(&mill, "news.xml", "News", &[("ad", 2, ""), ("story", 1, "")]);
    mill.run();
    // Its items wait until the new source has had its say, and that one cannot be read.
    mill.write("config.toml", source("missing", ""));
    mill.feedmill(&["-q"]);
    assert_eq!(mill.titles("all"), ["story"]);
    rss(&mill, "missing.xml", "News", &[("other", 3, "")]);
    mill.run();
    assert_eq!(mill.titles("all"), ["other"]);
}

#[test]
fn a_flood_before_the_others_is_passed_over_as_far_as_it_is_told() {
    let source =
        |name: &str, keys: &str| format!("[[source.feed]]\nname = \"{name}\"\npath = \"{name}.xml\"\n{keys}\n");
    let mill = Mill::new(&format!("{SITE}limit = 2\n{}{}", source("loud", "limit = 1"), source("calm", "")));
    rss(&mill, "calm.xml", "Calm", &[("c1", 1, "")]);
    // Twenty times the limit are looked at: the 39 of the flood and one more.
    for (count, expect) in [(39, vec!["l00", "c1"]), (40, vec!["l00"])] {
        let titles: Vec<String> = (0..count).map(|number| format!("l{number:02}")).collect();
        let loud: Vec<_> = titles.iter().map(|title| (title.as_str(), 2, "")).collect();
        rss(&mill, "loud.xml", "Loud", &loud);
        mill.run();
        assert_eq!(mill.titles("all"), expect, "{count}");
    }
}

#[test]
fn items_of_a_source_leave_all_feeds_with_their_age() {
    let source =
        |name: &str, keys: &str| format!("[[source.feed]]\nname = \"{name}\"\npath = \"{name}.xml\"\n{keys}\n");
    let mut mill = Mill::new(&format!("{SITE}{}{}", source("news", "max_age = \"10d\""), source("blog", "")));
    // The run is on the 1st of March: the 21st of February is nine days before.
    let category = "<category>x</category>";
    rss(&mill, "news.xml", "News", &[("n15", 15, category), ("n21", 21, category), ("n28", 28, category)]);
    rss(&mill, "blog.xml", "Blog", &[("b01", 1, category)]);
    mill.run();
    assert_eq!(mill.titles("category/x"), ["n28", "n21", "b01"]);
    let before = mill.snapshot();
    mill.at(NOW + DAY).run();
    mill.assert_untouched(&before);
    mill.at(NOW + DAY + 1).run();
    assert_eq!(mill.titles("category/x"), ["n28", "b01"]);
    assert_eq!(mill.titles("all"), ["n28", "b01"]);
    mill.at(NOW + 30 * DAY).run();
    assert_eq!(mill.titles("all"), ["b01"]);
}

#[test]
fn a_file_is_no_longer_than_max_bytes() {
    let site = format!("{SITE}max_bytes = \"8KiB\"\n[output.category]\nmax_bytes = \"3KiB\"\n");
    let mut mill = Mill::new(&format!("{site}{POSTS}[[output.feed]]\nname = \"own\"\nmax_bytes = 100\n"));
    for day in 1..=20 {
        mill.post(&format!("p{day}"), &format!("2024-01-{day:02}"), &["x"], &"some text ".repeat(50));
    }
    let run = mill.feedmill(&[]).expect(0, &["feed/own", "`max_bytes`"]);
    assert!(!run.stderr.contains("category/x"), "{}", run.stderr);
    for (folder, most) in [("feeds", 8 << 10), ("feeds/category/x", 3 << 10)] {
        let lengths = ["rss.xml", "atom.xml", "feed.json"].map(|file| mill.read(&format!("{folder}/{file}")).len());
        let longest = *lengths.iter().max().unwrap();
        assert!(longest <= most, "{folder}: {lengths:?}");
        // There is no room for one more.
        let key = folder.strip_prefix("feeds/").unwrap_or("all");
        let count = mill.titles(key).len();
        assert!(count > 1 && longest + longest / count > most, "{folder}: {count} items, {lengths:?}");
        let expect: Vec<String> = (0..count).map(|at| format!("p{}", 20 - at)).collect();
        assert_eq!(mill.titles(key), expect);
        assert_eq!(mill.rss(key).items().len(), count);
        assert_eq!(mill.atom(key).entries().len(), count);
        assert_eq!(mill.record(key)["items"], count);
    }
    assert_eq!(mill.titles("feed/own"), ["p20"]);
    let before = mill.snapshot();
    mill.at(NOW + DAY).feedmill(&["run", "--full"]).expect(0, &[]);
    mill.assert_untouched(&before);
    mill.write("config.toml", format!("{SITE}{POSTS}[[output.feed]]\nname = \"own\"\n"));
    mill.run();
    assert_eq!(mill.titles("all").len(), 20);
}

#[test]
fn sets_are_used_by_many_and_the_source_goes_before_them() {
    let site = SITE.replace("language = \"en\"", "language = \"en\"\nuse = [\"everywhere\"]");
    let mill = Mill::new(&format!(
        r#"{site}
[rules.everywhere]
exclude = {{ title = "secret" }}
item_title = "{{title}} @ {{source.name}}"
[rules.no-ads]
exclude = {{ title = ["AD"] }}
categories = {{ rename = {{ a = "b" }} }}
[[source.feed]]
name = "one"
path = "one.xml"
use = ["no-ads"]
item_title = "{{title}}!"
categories = {{ rename = {{ b = "c" }} }}
[[source.feed]]
name = "two"
path = "two.xml"
"#
    ));
    let category = "<category>a</category>";
    for (path, title) in [("one.xml", "One"), ("two.xml", "Two")] {
        rss(&mill, path, title, &[("plain", 1, category), ("ad", 2, category), ("secret", 3, category)]);
    }
    mill.run();
    assert_eq!(mill.titles("category/c"), ["plain!"]);
    assert_eq!(mill.titles("category/a"), ["ad @ two", "plain @ two"]);
    assert_eq!(mill.titles("all").len(), 3);
}

/// What a reader must not see change: ids, and when items and feeds were published and changed.
fn pinned(mill: &Mill) -> Vec<(String, String, String)> {
    let feed = mill.json("all");
    let mut items: Vec<_> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            ["id", "date_published", "date_modified"].map(|key| item[key].as_str().unwrap_or("-").to_owned()).into()
        })
        .collect();
    items.push(("feed".into(), feed["_feedmill"]["id"].to_string(), feed["_feedmill"]["updated"].to_string()));
    items
}

#[test]
fn a_changed_rule_holds_at_once_and_is_no_edit() {
    let mut mill = with("[\"category\", \"author\"]", "");
    rss(&mill, "in.xml", "Elsewhere", &[("e1", 1, "<category>Tech</category><description>text</description>")]);
    let feed = "[[source.feed]]\nname = \"in\"\npath = \"in.xml\"\n";
    article(&mill, "a", "2024-02-02", "categories: [tech]", "one");
    article(&mill, "b", "2024-02-03", "", "two");
    let configs = |keys: &str| format!("{}{feed}{keys}\n", config("[\"category\", \"author\"]", keys));
    mill.write("config.toml", configs(""));
    mill.run();
    let (before, ids) = (mill.snapshot(), pinned(&mill));
    let changes = [
        "categories = { rename = { tech = \"Technology\" } }",
        "set = { author = { name = \"Desk\" }, image = \"https://i.example/x.png\" }",
        "item_title = \"[{source.title}] {title}\"",
        "content = \"none\"",
    ];
    for (day, keys) in (1..).zip(changes) {
        mill.write("config.toml", configs(keys));
        let run = mill.at(NOW + day * DAY).run();
        assert!(run.stdout.contains("0 new"), "{}", run.stdout);
        assert_ne!(mill.differing(&before), Vec::<String>::new(), "{keys}");
        assert_eq!(pinned(&mill), ids, "{keys}");
        let again = mill.snapshot();
        mill.at(NOW + day * DAY + 60).run();
        mill.assert_untouched(&again);
    }
    mill.write("config.toml", configs("exclude = { category = \"tech\" }"));
    mill.at(NOW + 9 * DAY).feedmill(&[]).expect(0, &["in: its rules leave out its only item"]);
    assert_eq!(mill.titles("all"), ["b"]);
    mill.write("config.toml", configs(""));
    mill.at(NOW + 10 * DAY).run();
    // All is as it was; feeds that there were for a while stay, and are empty.
    let differing = mill.differing(&before);
    assert!(differing.iter().all(|path| path == "manifest.json" || !before.bytes.contains_key(path)), "{differing:?}");
    assert!(mill.titles("category/technology").is_empty() && mill.titles("author/desk").is_empty());
}

#[test]
fn text_of_articles_is_looked_at_whenever_rules_change() {
    let mut mill = with("[]", "limit = 1");
    for day in 1..=9 {
        let body = if day % 2 == 0 { "a needle" } else { "hay" };
        article(&mill, &format!("p{day}"), &format!("2024-02-0{day}"), "", body);
    }
    mill.run();
    // No body but the newest was ever made safe and kept.
    mill.write("config.toml", config("[]", "exclude = { text = \"needle\" }"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["p9", "p7", "p5", "p3", "p1"]);
    // Another set of feeds: all members are made anew, and the text is wanted again.
    mill.write("config.toml", config("[\"year\"]", "exclude = { text = \"needle\" }"));
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.titles("year/2024"), ["p9", "p7", "p5", "p3", "p1"]);
    mill.write("config.toml", config("[\"year\"]", "include = { text = \"needle\" }"));
    mill.at(NOW + 3 * DAY).run();
    assert_eq!(mill.titles("all"), ["p8", "p6", "p4", "p2"]);
    // An edit of the text moves an article.
    article(&mill, "p1", "2024-02-01", "", "now with a needle");
    article(&mill, "p8", "2024-02-08", "", "hay");
    mill.at(NOW + 4 * DAY).run();
    assert_eq!(mill.titles("all"), ["p6", "p4", "p2", "p1"]);
}

#[test]
fn text_of_feeds_is_looked_at_though_they_are_not_asked_again() {
    let config = |axes: &str, keys: &str| {
        let site = SITE.replace("[\"category\"]", axes);
        format!("{site}[[source.feed]]\nname = \"in\"\npath = \"in.xml\"\n{keys}\n")
    };
    let mut mill = Mill::new(&config("[]", ""));
    let [needle, hay] = ["a &lt;b&gt;need&lt;/b&gt;le", "hay"].map(|text| format!("<description>{text}</description>"));
    rss(&mill, "in.xml", "In", &[("e1", 1, &needle), ("e2", 2, &hay), ("e3", 3, &needle)]);
    mill.run();
    // Gone upstream, and known from the state alone.
    rss(&mill, "in.xml", "In", &[("e3", 3, &needle)]);
    mill.write("config.toml", config("[]", "exclude = { text = \"Needle\" }"));
    mill.at(NOW + DAY).run();
    assert_eq!(mill.titles("all"), ["e2"]);
    mill.write("config.toml", config("[\"year\"]", "include = { text = '/needle$/' }"));
    mill.at(NOW + 2 * DAY).run();
    assert_eq!(mill.titles("year/2024"), ["e3", "e1"]);
}

#[test]
fn what_a_feed_of_ones_own_looks_at_is_what_the_rules_made() {
    let own =
        "[[output.feed]]\nname = \"own\"\nwhere = { category = \"Technology\", author = \"Desk\", url = \"/2024/\" }\n";
    let keys = "categories = { rename = { tech = \"Technology\" } }\nset = { author = { name = \"Desk\" } }";
    let mill = Mill::new(&format!("{}{own}", config("[]", keys)));
    article(&mill, "a", "2024-02-02", "categories: [tech]", "one");
    article(&mill, "b", "2023-02-03", "categories: [tech]", "two");
    article(&mill, "c", "2024-02-03", "", "three");
    mill.run();
    assert_eq!(mill.titles("feed/own"), ["a"]);
}

#[test]
fn a_lost_state_takes_back_what_authors_wrote() {
    for formats in ["[\"rss\", \"atom\", \"json\"]", "[\"rss\"]", "[\"atom\"]"] {
        let site = SITE.replace("[\"rss\", \"atom\", \"json\"]", formats);
        let feed =
            |keys: &str| format!("{site}[[source.feed]]\nname = \"in\"\ntitle = \"In\"\npath = \"in.xml\"\n{keys}\n");
        let keys = "item_title = \"[{source.title}] {title} ({category})\"\n\
                    categories = { rename = { tech = \"Technology\" }, parent = { Technology = \"All\" } }";
        let mut mill = Mill::new(&feed(keys));
        let category = "<category>Tech</category>";
        rss(&mill, "in.xml", "Elsewhere", &[("e1", 1, category), ("e2", 2, category)]);
        mill.run();
        let before = mill.snapshot();
        // The first item is known from the published files alone.
        rss(&mill, "in.xml", "Elsewhere", &[("e2", 2, category)]);
        mill.remove(".feedmill");
        mill.at(NOW + DAY).run();
        assert_eq!(mill.differing(&before), Vec::<String>::new(), "{formats}");
    }
}

#[test]
fn hostile_text_costs_no_more_than_its_length() {
    // Patterns that take exponential time in other engines, on texts made for them.
    let keys = r#"exclude = { text = '/^(a+)+$/', title = '/(x*)*y/' }
categories = { rename = { '/^(b|b)*c$/' = "C" }, hide = '/(d?){30}d{30}$/' }"#;
    let mill = with("[\"category\"]", keys);
    mill.write(
        "posts/p.md",
        format!(
            "---\ntitle: {}\ndate: 2024-02-01\ncategories: [{}, {}]\n---\n{}!\n",
            "x".repeat(5_000),
            "b".repeat(190),
            "d".repeat(29),
            "a".repeat(400_000)
        ),
    );
    let started = std::time::Instant::now();
    mill.run();
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(mill.titles("all").len(), 1);
}

#[test]
fn inspect_knows_no_rules_and_plans_nothing_of_them() {
    let mill = with("[\"category\"]", "item_title = \"X {title}\"\nexclude = { title = \"a\" }");
    article(&mill, "a", "2024-02-01", "", "text");
    let run = mill.feedmill(&["inspect", "--format", "json", "posts/a.md"]).expect(0, &[]);
    assert!(run.stdout.contains("\"title\":\"a\""), "{}", run.stdout);
}

/// The planet of the reference page, with its feeds beside it.
#[test]
fn the_planet_of_the_reference_page() {
    let page = include_str!("../../docs/config.md");
    let example = page.split("```toml\n").find(|part| part.contains("Planet Example")).unwrap();
    let config = example.split("```").next().unwrap().lines().map(|line| match line.split_once("\"https://") {
        Some((_, rest)) if line.starts_with("url") && rest.contains(".example.net/") => {
            format!("path = \"{}.xml\"", rest.split('.').next().unwrap())
        }
        _ => line.to_owned(),
    });
    let mut mill = Mill::new(&config.collect::<Vec<_>>().join("\n"));
    let long = format!("<description>{} </description>", "A whole article, with many words. ".repeat(40));
    let ann: Vec<(String, u32)> = (1..=5).map(|day| (format!("a{day}"), day)).collect();
    let ann: Vec<_> = ann.iter().map(|(title, day)| (title.as_str(), *day, long.as_str())).collect();
    rss(&mill, "ann.xml", "Ann writes", &ann);
    let bert = |category: &str| format!("{long}<category>{category}</category><category>Uncategorized</category>");
    let [tech, uncategorized] = ["科技", "Life"].map(bert);
    let bert = [("b1", 6, &tech), ("[AD] b2", 7, &tech), ("b3", 8, &uncategorized), ("Sponsored b4", 9, &tech)];
    rss(&mill, "bert.xml", "Bert", &bert.map(|(title, day, more)| (title, day, more.as_str())));
    mill.run();
    assert_eq!(mill.titles("all"), ["Bert: b1", "Ann's notes: a5", "Ann's notes: a4", "Ann's notes: a3"]);
    let item = mill.item("all", "Bert: b1");
    assert_eq!((&item["authors"][0]["name"], &item["tags"]), (&"Bert".into(), &serde_json::json!(["Technology"])));
    assert!(item["content_html"].is_null() && item["summary"].as_str().unwrap().len() < 250, "{item:#}");
    assert_eq!(mill.titles("category/technology"), ["Bert: b1"]);
    assert!(!mill.exists("feeds/category/uncategorized"));
    mill.at(NOW + 365 * DAY).run();
    assert!(mill.titles("all").is_empty());
}
