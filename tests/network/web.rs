//! A site whose pages a test puts and replaces, feeds to put there, and configs that read them.

use crate::mill::{Mill, NOW, Run};
use crate::server::{Reply, Seen, Server};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

pub const HOUR: i64 = 3600;

/// All formats, a feed for each source, short limits.
pub const SITE: &str = r#"
[site]
title = "Test Mill"
url = "https://example.org/"
language = "en"

[output]
formats = ["rss", "atom", "json"]
by = ["source"]
"#;

pub const NETWORK: &str = r#"
[network]
allow_addresses = ["127.0.0.1"]
host_gap = "0s"
timeout = "5s"
connect_timeout = "2s"
first_byte_timeout = "2s"
max_body = "64KiB"
"#;

type Page = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A server whose pages can be replaced while it runs; what has no page is 404.
pub struct Web {
    server: Server,
    pages: Arc<Mutex<HashMap<String, Page>>>,
}

impl Web {
    pub fn start() -> Self {
        let pages: Arc<Mutex<HashMap<String, Page>>> = Arc::default();
        let known = Arc::clone(&pages);
        let server = Server::start(move |request: &Seen| {
            let page = known.lock().unwrap().get(&request.path).cloned();
            page.map_or_else(|| Reply::status(404), |page| page(request))
        });
        Self { server, pages }
    }

    /// Whatever is asked, this is the answer.
    pub fn put(&self, path: &str, reply: Reply) -> &Self {
        self.answer(path, move |_| reply.clone())
    }

    /// A document with an ETag, which answers 304 to whoever has it.
    pub fn tagged(&self, path: &str, body: impl Into<Vec<u8>>, etag: &str) -> &Self {
        let (body, etag) = (body.into(), etag.to_owned());
        self.answer(path, move |request| match request.header("if-none-match") {
            Some(known) if known == etag => Reply::status(304).header("ETag", &etag),
            _ => Reply::ok(body.clone()).header("ETag", &etag),
        })
    }

    pub fn answer(&self, path: &str, page: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> &Self {
        self.pages.lock().unwrap().insert(path.to_owned(), Arc::new(page));
        self
    }

    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// The requests for a path, in their order.
    pub fn asked(&self, path: &str) -> Vec<Seen> {
        self.server.seen().into_iter().filter(|request| request.path == path).collect()
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// A `[[source.feed]]` of one of its pages.
    pub fn source(&self, name: &str, path: &str) -> String {
        source(name, &self.url(path))
    }
}

/// A `[[source.feed]]`.
pub fn source(name: &str, url: &str) -> String {
    format!("\n[[source.feed]]\nname = \"{name}\"\nurl = \"{url}\"\n")
}

/// A mill with these sources.
pub fn mill(sources: &str) -> Mill {
    Mill::new(&config(sources))
}

pub fn config(sources: &str) -> String {
    format!("{SITE}{NETWORK}{sources}")
}

/// An RSS item `<guid>`, `<link>`, title, date and body made of its name; `days` before the run of `NOW`.
pub fn item(name: &str, days: i64) -> String {
    item_with(&format!("https://there.example/{name}"), name, name, days, &format!("<p>The body of {name}.</p>"))
}

pub fn item_with(guid: &str, link: &str, title: &str, days: i64, body: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{guid}</guid><link>https://there.example/{link}</link><title>{title}</title>\
         <pubDate>{}</pubDate><description><![CDATA[{body}]]></description></item>\n",
        date(days)
    )
}

/// RFC 822 date, `days` before `NOW`.
pub fn date(days: i64) -> String {
    chrono::DateTime::from_timestamp(NOW - days * crate::mill::DAY, 0)
        .unwrap()
        .format("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

pub fn rss(title: &str, items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{title}</title>\
         <link>https://there.example/</link><description>A feed</description>\n{}</channel></rss>\n",
        items.concat()
    )
}

/// An RSS feed with items of these names, the first the newest.
pub fn feed(names: &[&str]) -> String {
    let items: Vec<String> = names.iter().zip(1..).map(|(name, days)| item(name, days)).collect();
    rss("There", &items)
}

/// The report's line of a source.
pub fn line<'a>(report: &'a serde_json::Value, source: &str) -> &'a serde_json::Value {
    report["sources"].as_array().unwrap().iter().find(|line| line["name"] == source).unwrap()
}

/// What became of a source in a run.
pub fn outcome(report: &serde_json::Value, source: &str) -> String {
    line(report, source)["outcome"].as_str().unwrap().to_owned()
}

/// The published files below a folder.
pub fn below(mill: &Mill, folder: &str) -> BTreeMap<String, Vec<u8>> {
    mill.published().into_iter().filter(|(path, _)| path.starts_with(folder)).collect()
}

/// A run that must end with `code`; gives its report.
pub fn run(mill: &Mill, args: &[&str], code: i32) -> (Run, serde_json::Value) {
    let (run, report) = mill.report(args);
    assert_eq!(run.code, code, "stdout: {}\nstderr: {}", run.stdout, run.stderr);
    assert_eq!(report["exit"], code);
    (run, report)
}

/// What `status` says of a source.
pub fn status(mill: &Mill, source: &str) -> serde_json::Value {
    let run = mill.feedmill(&["status", "--format", "json"]).expect(0, &[]);
    let facts: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    line(&facts, source).clone()
}
