//! The same inputs give the same bytes, whatever surrounds the run.

use crate::mill::{DAY, Mill, NOW};
use std::collections::BTreeMap;

const HEAD: &str = r#"
[site]
title = "Test Mill"
url = "https://example.org/"
timezone = "Asia/Shanghai"

[output]
by = ["category", "tag", "author", "source", "language", "year"]

[[output.feed]]
name = "own"
where = { not_category = "x" }
"#;

const SOURCES: [&str; 3] = [
    "[[source.articles]]\nname = \"posts\"\npath = \"posts\"\npermalink = \"/:year/:slug/\"\n",
    "[[source.articles]]\nname = \"more\"\npath = \"more\"\npermalink = \"/more/:slug/\"\nlanguage = \"de\"\n",
    "[[source.feed]]\nname = \"else\"\npath = \"inbox/*.xml\"\n",
];

fn config(order: [usize; 3]) -> String {
    order.iter().fold(HEAD.to_owned(), |config, index| config + SOURCES[*index])
}

/// Files in several spellings of categories, with equal dates, so that any order would show.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for number in 0..24 {
        let spelling = ["Straße", "STRASSE", "strasse", "金融", "ﬁnance", "finance"][number % 6];
        let text = format!(
            "---\ntitle: n{number}\ndate: 2024-01-0{}\ncategories: [{spelling}, x{}]\ntags: [T{}, t{}]\nauthor: A{}\n---\n# Head\n\nbody *{number}*\n",
            number % 3 + 1,
            number % 2,
            number % 4,
            number % 4,
            number % 5
        );
        files.push((format!("posts/d{}/n{number}.md", number % 5), text));
    }
    for number in 0..6 {
        files.push((
            format!("more/m{number}.md"),
            format!("---\ntitle: m{number}\ncategories: [Finance]\n---\nundated {number}\n"),
        ));
    }
    for number in 0..3 {
        files.push((
            format!("inbox/f{number}.xml"),
            format!(
                "<rss version=\"2.0\"><channel><title>F{number}</title><link>https://f.example/</link><description/>\
                 <item><guid>https://f.example/{number}</guid><title>f{number}</title><category>FINANCE</category></item></channel></rss>"
            ),
        ));
    }
    files
}

fn bytes(order: [usize; 3], reversed: bool, set_up: impl Fn(&mut Mill)) -> BTreeMap<String, Vec<u8>> {
    let mut mill = Mill::new(&config(order));
    let mut files = files();
    if reversed {
        files.reverse();
    }
    for (path, text) in files {
        mill.write(&path, text);
    }
    set_up(&mut mill);
    mill.run();
    mill.published()
}

fn assert_same(what: &str, expected: &BTreeMap<String, Vec<u8>>, got: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(expected.keys().collect::<Vec<_>>(), got.keys().collect::<Vec<_>>(), "{what}");
    for (path, bytes) in expected {
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&got[path]), "{what}: {path}");
    }
}

#[test]
fn nothing_around_a_run_shows_in_a_byte() {
    let control = bytes([0, 1, 2], false, |_| {});
    assert!(control.len() > 60, "{:?}", control.keys());
    let variables = [
        ("TZ", "America/New_York"),
        ("LANG", "zh_CN.GB18030"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("RAYON_NUM_THREADS", "1"),
        ("RAYON_NUM_THREADS", "8"),
        ("HOME", "/nowhere"),
        ("TMPDIR", "/nowhere"),
        ("NO_COLOR", "1"),
    ];
    for (name, value) in variables {
        let got = bytes([0, 1, 2], false, |mill| {
            mill.env(name, value);
        });
        assert_same(&format!("{name}={value}"), &control, &got);
    }
    assert_same("other order of files", &control, &bytes([0, 1, 2], true, |_| {}));
    assert_same("other order of sources", &control, &bytes([2, 1, 0], true, |_| {}));
    assert_same("other order of sources", &control, &bytes([1, 2, 0], false, |_| {}));
}

#[test]
fn the_order_in_which_articles_come_does_not_show() {
    let mut at_once = Mill::new(&config([0, 1, 2]));
    let mut one_by_one = Mill::new(&config([0, 1, 2]));
    let files: Vec<_> = files().into_iter().filter(|(path, _)| path.starts_with("posts")).collect();
    for mill in [&at_once, &one_by_one] {
        mill.write("more/m.md", "---\ntitle: m\ndate: 2023-01-01\n---\ntext\n");
        mill.write("inbox/f.xml", "<rss version=\"2.0\"><channel><title>F</title><link>https://f.example/</link><description/></channel></rss>");
    }
    for (path, text) in &files {
        at_once.write(path, text);
    }
    for portion in files.chunks(7).rev() {
        for (path, text) in portion.iter().rev() {
            one_by_one.write(path, text);
        }
        one_by_one.at(NOW).run();
    }
    at_once.at(NOW).run();
    let titles = |mill: &Mill| mill.titles("all");
    assert_eq!(titles(&at_once), titles(&one_by_one));
    let ids = |mill: &Mill| mill.ids("all");
    assert_eq!(ids(&at_once), ids(&one_by_one));
}

#[test]
fn the_relative_and_the_absolute_path_of_the_config_give_the_same() {
    let mill = Mill::new(&config([0, 1, 2]));
    for (path, text) in files() {
        mill.write(&path, text);
    }
    mill.run();
    let before = mill.snapshot();
    let absolute = mill.path("config.toml");
    let mut command = mill.command(&["--config", absolute.to_str().unwrap()]);
    let run = crate::mill::Run::of(command.current_dir("/").output().unwrap()).expect(0, &[]);
    assert!(run.stdout.contains("0 files written"), "{}", run.stdout);
    mill.assert_untouched(&before);
}

#[test]
fn another_instant_gives_the_same_bytes() {
    let mut mill = Mill::new(&config([0, 1, 2]));
    for (path, text) in files() {
        mill.write(&path, text);
    }
    mill.run();
    let before = mill.snapshot();
    mill.at(NOW + 3600).run();
    mill.assert_untouched(&before);
    // Emptied, the folder is filled with the same bytes again.
    mill.remove("feeds");
    mill.at(NOW + DAY).run();
    assert_same("feeds/ emptied", &before.bytes, &mill.published());
    std::fs::create_dir_all(mill.path("feeds")).unwrap();
    for path in before.bytes.keys().filter(|path| path.contains('x')) {
        mill.remove(&format!("feeds/{path}"));
    }
    mill.at(NOW + 2 * DAY).run();
    assert_same("half of feeds/ emptied", &before.bytes, &mill.published());
}

/// Id, title, link, date of publication, body.
type Shown = (String, Option<String>, Option<String>, Option<String>, Option<String>);

#[test]
fn the_three_formats_agree() {
    let mill = Mill::new(&config([0, 1, 2]));
    for (path, text) in files() {
        mill.write(&path, text);
    }
    mill.run();
    for record in mill.manifest()["feeds"].as_array().unwrap() {
        let key = record["files"]["json"].as_str().unwrap();
        let key = key.strip_suffix("/feed.json").unwrap_or("all");
        let feed = mill.json(key);
        let from_json: Vec<Shown> = feed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let text = |name: &str| item[name].as_str().map(str::to_owned);
                (text("id").unwrap(), text("title"), text("url"), text("date_published"), text("content_html"))
            })
            .collect();
        let rfc3339 = |date: chrono::DateTime<chrono::FixedOffset>| {
            date.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        let from_rss: Vec<Shown> = mill
            .rss(key)
            .items()
            .iter()
            .map(|item| {
                let date = item.pub_date().map(|date| rfc3339(chrono::DateTime::parse_from_rfc2822(date).unwrap()));
                (
                    item.guid().unwrap().value().to_owned(),
                    item.title().map(str::to_owned),
                    item.link().map(str::to_owned),
                    date,
                    item.content().or(item.description()).map(str::to_owned),
                )
            })
            .collect();
        let from_atom: Vec<Shown> = mill
            .atom(key)
            .entries()
            .iter()
            .map(|entry| {
                let link =
                    entry.links().iter().find(|link| link.rel() == "alternate").map(|link| link.href().to_owned());
                let body = entry.content().and_then(|content| content.value()).map(str::to_owned);
                (
                    entry.id().to_owned(),
                    Some(entry.title().as_str().to_owned()),
                    link,
                    entry.published().map(|date| rfc3339(*date)),
                    body,
                )
            })
            .collect();
        assert_eq!(from_json, from_atom, "{key}");
        // RSS may show a body as description; ids, titles, links and dates are the same.
        let but_bodies = |list: &[Shown]| -> Vec<Shown> {
            list.iter().cloned().map(|(id, title, link, date, _)| (id, title, link, date, None)).collect()
        };
        assert_eq!(but_bodies(&from_json), but_bodies(&from_rss), "{key}");
        let dates: Vec<_> = from_json
            .iter()
            .map(|item| (std::cmp::Reverse(item.3.clone().unwrap_or_default()), item.0.clone()))
            .collect();
        assert!(dates.is_sorted(), "{key}: newest first, equals by id: {dates:?}");
    }
}
