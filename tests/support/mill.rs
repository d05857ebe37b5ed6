//! A folder with articles, a config and a `feedmill` to run in it. A test with it reads as a sentence.
//!
//! Every run's instant is set (`SOURCE_DATE_EPOCH`), so nothing depends on today.

// Each test binary includes this file as a module of its own and uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// 2024-03-01T00:00:00Z: the instant of a run that names none.
pub const NOW: i64 = 1_709_251_200;
pub const DAY: i64 = 86_400;

/// The `[site]` and `[output]` that most tests want: all formats, by category.
pub const SITE: &str = r#"
[site]
title = "Test Mill"
url = "https://example.org/"
language = "en"

[output]
formats = ["rss", "atom", "json"]
by = ["category"]
"#;

/// A source of the folder `posts`, with links.
pub const POSTS: &str = r#"
[[source.articles]]
name = "posts"
path = "posts"
permalink = "/:year/:slug/"
"#;

pub struct Mill {
    folder: tempfile::TempDir,
    now: i64,
    env: Vec<(String, String)>,
}

/// What a command said and how it ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Mill {
    /// A mill with `config` as its `config.toml`.
    pub fn new(config: &str) -> Self {
        let mill = Self { folder: tempfile::tempdir().unwrap(), now: NOW, env: Vec::new() };
        mill.write("config.toml", config);
        mill
    }

    /// A mill with the usual site and the folder `posts`.
    pub fn of_posts() -> Self {
        Self::new(&format!("{SITE}{POSTS}"))
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file below the mill's folder, and the folders above it.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// An article `posts/NAME.md` with a date, categories and a body.
    pub fn post(&self, name: &str, date: &str, categories: &[&str], body: &str) -> &Self {
        let categories: Vec<String> = categories.iter().map(|name| format!("{name:?}")).collect();
        let text = format!("---\ntitle: {name}\ndate: {date}\ncategories: [{}]\n---\n{body}\n", categories.join(", "));
        self.write(&format!("posts/{name}.md"), text)
    }

    pub fn remove(&self, path: &str) -> &Self {
        let path = self.path(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
        self
    }

    /// Sets the instant of the runs that follow, in seconds since 1970.
    pub fn at(&mut self, now: i64) -> &mut Self {
        self.now = now;
        self
    }

    /// Sets a variable of the environment for the runs that follow.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command.current_dir(self.folder.path()).args(args).env("SOURCE_DATE_EPOCH", self.now.to_string());
        command.env_remove("FEEDMILL_LOG").envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `feedmill ARGS` whatever comes of it.
    pub fn feedmill(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    /// Runs `feedmill run`; it must end well and say nothing on stderr.
    pub fn run(&self) -> Run {
        let run = self.feedmill(&[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
        run
    }

    /// Runs `feedmill run --report` with more arguments; gives the report too.
    pub fn report(&self, args: &[&str]) -> (Run, serde_json::Value) {
        let file = self.path("report.json");
        let run = self.feedmill(&[&["run", "--report", file.to_str().unwrap()], args].concat());
        let report = std::fs::read_to_string(file).unwrap_or_else(|_| panic!("no report: {}", run.stderr));
        (run, serde_json::from_str(&report).unwrap())
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The JSON feed of a key such as `category/x`; `all` is the feed of everything.
    pub fn json(&self, key: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(&file_of(key, "feed.json"))).unwrap()
    }

    /// The titles of a feed's items, in order.
    pub fn titles(&self, key: &str) -> Vec<String> {
        let feed = self.json(key);
        feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap_or("").to_owned()).collect()
    }

    /// The ids of a feed's items, in order.
    pub fn ids(&self, key: &str) -> Vec<String> {
        self.json(key)["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The RSS feed of a key.
    pub fn rss(&self, key: &str) -> rss::Channel {
        rss::Channel::read_from(self.read(&file_of(key, "rss.xml")).as_bytes()).unwrap()
    }

    /// The Atom feed of a key.
    pub fn atom(&self, key: &str) -> atom_syndication::Feed {
        atom_syndication::Feed::read_from(self.read(&file_of(key, "atom.xml")).as_bytes()).unwrap()
    }

    /// The first item of a key's JSON feed that has the title.
    pub fn item(&self, key: &str, title: &str) -> serde_json::Value {
        let feed = self.json(key);
        let item = feed["items"].as_array().unwrap().iter().find(|item| item["title"] == title);
        item.unwrap_or_else(|| panic!("no `{title}` in {feed:#}")).clone()
    }

    pub fn manifest(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("feeds/manifest.json")).unwrap()
    }

    /// What the manifest says of a key.
    pub fn record(&self, key: &str) -> serde_json::Value {
        let manifest = self.manifest();
        let found = manifest["feeds"].as_array().unwrap().iter().find(|feed| feed["key"] == key);
        found.unwrap_or_else(|| panic!("no `{key}` in {manifest:#}")).clone()
    }

    /// The keys of the manifest.
    pub fn keys(&self) -> Vec<String> {
        self.manifest()["feeds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feed| feed["key"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What `feeds/` holds now: bytes and times; `assert_untouched` compares.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { bytes: self.published(), times: self.written() }
    }

    /// Ends the test if a published file was written, made or removed since.
    pub fn assert_untouched(&self, before: &Snapshot) {
        assert_eq!(self.changed(before), Vec::<String>::new(), "bytes changed: {:?}", self.differing(before));
    }

    /// The published files that were written, made or removed since, whatever their bytes.
    pub fn changed(&self, before: &Snapshot) -> Vec<String> {
        let now = self.written();
        let all: std::collections::BTreeSet<_> = before.times.keys().chain(now.keys()).collect();
        all.into_iter().filter(|path| before.times.get(*path) != now.get(*path)).cloned().collect()
    }

    /// The published files whose bytes differ from then.
    pub fn differing(&self, before: &Snapshot) -> Vec<String> {
        let now = self.published();
        let all: std::collections::BTreeSet<_> = before.bytes.keys().chain(now.keys()).collect();
        all.into_iter().filter(|path| before.bytes.get(*path) != now.get(*path)).cloned().collect()
    }

    /// Every published file and its bytes.
    pub fn published(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.path("feeds")).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
    }

    /// Every published file and when it was written.
    pub fn written(&self) -> BTreeMap<String, SystemTime> {
        let time = |path: PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
        files(&self.path("feeds")).into_iter().map(|(name, path)| (name, time(path))).collect()
    }
}

/// What `feeds/` held at a moment.
pub struct Snapshot {
    pub bytes: BTreeMap<String, Vec<u8>>,
    pub times: BTreeMap<String, SystemTime>,
}

fn file_of(key: &str, name: &str) -> String {
    if key == "all" { format!("feeds/{name}") } else { format!("feeds/{key}/{name}") }
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Ends the test unless the command ended with `code` and its messages hold all of `words`.
    pub fn expect(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in: {}", self.stderr);
        }
        self
    }
}

fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), path);
            }
        }
    }
    found
}
