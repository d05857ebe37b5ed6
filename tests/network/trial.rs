//! A source with twenty items, beside two that are well, gets a document that nobody wants. Whatever the document is:
//! the two are published as if it did not exist, what was published of the source stays and is valid, one line says what is
//! wrong, the exit code follows, nothing is new that readers have seen, and running again writes nothing.

use crate::failures::{Well, control};
use crate::mill::{DAY, Mill, NOW, Run};
use crate::server::{Reply, Server};
use crate::web::{NETWORK, SITE, Web, below, feed, line};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The source under trial; its address holds a secret.
pub const PATH: &str = "/bad?token=s3cr3t-c4nary";
const SECRET: &str = "s3cr3t";

/// The files of the two that are well where nothing else happens.
static CONTROL: LazyLock<std::collections::BTreeMap<String, Vec<u8>>> = LazyLock::new(control);

/// What becomes of a document.
pub enum Expect<'a> {
    /// The source fails with this class.
    Refused(&'a str),
    /// It is read, with warnings of these codes and no others, and items of these titles are new.
    Read { warnings: &'a [&'a str], new: &'a [&'a str] },
}

pub struct Trial {
    well: Well,
    pub web: Web,
    pub mill: Mill,
    /// Nobody has business there.
    canary: Option<Server>,
    before: BTreeSet<String>,
    now: i64,
}

/// The names of the twenty items, newest first.
pub fn twenty() -> Vec<String> {
    (1..=20).map(|number| format!("i{number:02}")).collect()
}

/// Names and the twenty.
pub fn and_twenty(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).chain(twenty()).collect()
}

/// An RSS feed of items of these names.
pub fn feed_of(names: &[String]) -> String {
    feed(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A config that lets large documents in, and time for them on a busy machine.
pub fn roomy(sources: &str) -> String {
    let network = NETWORK.replace("64KiB", "32MiB").replace("\"5s\"", "\"60s\"").replace("\"2s\"", "\"30s\"");
    format!("{SITE}{network}{sources}")
}

impl Trial {
    /// After a first run in which all was well.
    pub fn start() -> Self {
        Self::of(feed_of(&twenty()))
    }

    /// The same with another first document; its items are those that readers know.
    pub fn of(document: impl Into<Vec<u8>>) -> Self {
        let (well, web) = (Well::start(), Web::start());
        web.tagged(PATH, document, "\"1\"");
        let mill = Mill::new(&roomy(&well.sources(&web.source("bad", PATH))));
        mill.run();
        let canary = Server::start_at(([127, 0, 0, 2], 0).into(), |_| Reply::ok("canary")).ok();
        let before = ids(&mill);
        well.news();
        Self { well, web, mill, canary, before, now: NOW }
    }

    /// Where a document may try to make us look; none where the machine has no such address.
    pub fn canary(&self) -> String {
        self.canary.as_ref().map_or_else(|| "http://127.0.0.2:9/".to_owned(), |canary| canary.url("/"))
    }

    /// The document comes as an answer of its own kind.
    pub fn bytes(&mut self, document: impl Into<Vec<u8>>, expect: &Expect<'_>) -> (Run, Value) {
        self.reply(Reply::ok(document).header("ETag", "\"2\""), expect)
    }

    /// The answer is read in the next run.
    pub fn reply(&mut self, reply: Reply, expect: &Expect<'_>) -> (Run, Value) {
        let published = below(&self.mill, "source/bad/");
        let (told, report) = self.ask(reply);
        let record = line(&report, "bad");
        match expect {
            Expect::Refused(class) => {
                assert_eq!((&record["outcome"], &record["class"]), (&"failed".into(), &(*class).into()), "{record}");
                assert!(told.stderr.contains(&format!("error: source `bad`: {class}: ")), "{}", told.stderr);
                assert_eq!(below(&self.mill, "source/bad/"), published, "its last good items stay");
            }
            Expect::Read { warnings, new } => {
                assert_ne!(record["outcome"], "failed", "{record}");
                let all = record["warnings"].as_array().unwrap();
                let codes: BTreeSet<&str> = all.iter().map(|warning| warning["code"].as_str().unwrap()).collect();
                assert_eq!(codes, warnings.iter().copied().collect(), "{record}");
                assert_eq!(self.new_titles(), *new, "new to readers");
            }
        }
        (told, report)
    }

    /// Any document whatever comes of it, for tests that look at the outcome themselves.
    pub fn any(&mut self, document: impl Into<Vec<u8>>) -> (Run, Value) {
        let answer = self.ask(Reply::ok(document).header("ETag", "\"2\""));
        self.new_titles();
        answer
    }

    /// Ten days later, for a source that failed is not asked soon again.
    fn ask(&mut self, reply: Reply) -> (Run, Value) {
        self.web.put(PATH, reply);
        self.now += 10 * DAY;
        self.mill.at(self.now);
        let (told, report) = self.mill.report(&[]);
        let failed = line(&report, "bad")["outcome"] == "failed";
        let code = if failed { 3 } else { 0 };
        assert_eq!((told.code, report["exit"].as_i64()), (code, Some(code.into())), "{}", told.stderr);
        assert_eq!(told.stderr.matches("error: source `bad`").count(), usize::from(failed), "{}", told.stderr);
        if *CONTROL != self.well.files(&self.mill) {
            panic!("the others notice: {}", told.stderr);
        }
        self.assert_sound(&told, &report);
        self.assert_repeatable();
        (told, report)
    }

    /// Every id that readers have seen is there still; the titles of those that they have not seen.
    fn new_titles(&mut self) -> Vec<String> {
        let now = ids(&self.mill);
        assert!(now.is_superset(&self.before), "gone: {:?}", self.before.difference(&now).collect::<Vec<_>>());
        let feed = self.mill.json("source/bad");
        let items = feed["items"].as_array().unwrap().iter();
        let new = items.filter(|item| !self.before.contains(item["id"].as_str().unwrap()));
        let titles = new.map(|item| item["title"].as_str().unwrap_or_default().to_owned()).collect();
        self.before = now;
        titles
    }

    fn assert_sound(&self, told: &Run, report: &Value) {
        let said = format!("{}{}{report}", told.stdout, told.stderr);
        assert!(!said.contains(SECRET), "{said}");
        let raw =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!told.stderr.contains(raw) && !told.stdout.contains(raw), "{:?}", told.stderr);
        assert_eq!(self.canary.as_ref().map_or(0, Server::connections), 0, "the canary was asked");
        for (path, bytes) in self.mill.published() {
            let ours = ["rss.xml", "atom.xml", "feed.json", "index.html", "index.opml", "manifest.json"];
            assert!(ours.contains(&path.rsplit('/').next().unwrap()), "{path} is left over");
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains(SECRET), "a secret in {path}");
            let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            assert!(!text.contains(illegal), "{path} holds characters that XML does not allow");
            assert!(text.len() < 5 << 20, "{path} has {} bytes", text.len());
        }
        for key in self.mill.keys() {
            let expected = self.mill.record(&key)["items"].as_u64().unwrap() as usize;
            let counts = [
                self.mill.rss(&key).items().len(),
                self.mill.atom(&key).entries().len(),
                self.mill.json(&key)["items"].as_array().unwrap().len(),
            ];
            assert_eq!(counts, [expected; 3], "{key}");
        }
    }

    /// Running again writes nothing: neither when nothing is due nor when the same document comes once more.
    fn assert_repeatable(&self) {
        let before = self.mill.snapshot();
        let asked = self.web.asked(PATH).len();
        self.mill.feedmill(&["-q"]).expect(0, &[]);
        assert_eq!(self.web.asked(PATH).len(), asked, "not due");
        self.mill.assert_untouched(&before);
        self.mill.feedmill(&["run", "--source", "bad", "--now"]);
        assert_eq!(self.web.asked(PATH).len(), asked + 1);
        self.mill.assert_untouched(&before);
    }

    /// The tag that the newest request was conditional on.
    pub fn asked_with(&self) -> Option<String> {
        self.web.asked(PATH).last().unwrap().header("if-none-match").map(str::to_owned)
    }

    /// The published bytes of the source, all formats, as one text.
    pub fn text(&self) -> String {
        below(&self.mill, "source/bad/").into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
    }
}

fn ids(mill: &Mill) -> BTreeSet<String> {
    mill.ids("source/bad").into_iter().collect()
}
