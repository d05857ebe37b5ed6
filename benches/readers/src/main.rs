//! How fast feeds are read, bytes to entries, on one core: ours beside other readers, over the same files.
//!
//! `benches/parse [--runs N] [--reader NAME] [FILE…]` builds and runs this. Prints MB/s, the median of the runs; a reader is
//! timed over the files of its formats, and each file in which it finds another number of entries is told.

use chrono_tz::Tz;
use feedmill::model::{Document, Format};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A run goes over the files until this much time is spent.
const RUN: Duration = Duration::from_millis(250);

struct File {
    name: String,
    kind: &'static str,
    document: Document,
    entries: usize,
}

/// A reader: its name, the kinds of files it reads, and what it makes of one: the number of entries.
type Reader = (&'static str, fn(&str) -> bool, fn(&Document) -> Option<usize>);

const READERS: [Reader; 5] = [
    (
        "feedmill",
        |_| true,
        |document| feedmill::parse::feed::parse(document, Tz::UTC).ok().map(|read| read.value.entries.len()),
    ),
    (
        "feed-rs",
        |_| true,
        |document| feed_rs::parser::parse(document.bytes.as_slice()).ok().map(|feed| feed.entries.len()),
    ),
    (
        "rss",
        |kind| kind.starts_with("RSS"),
        |document| rss::Channel::read_from(document.bytes.as_slice()).ok().map(|channel| channel.items.len()),
    ),
    (
        "atom_syndication",
        |kind| kind.starts_with("Atom"),
        |document| atom_syndication::Feed::read_from(document.bytes.as_slice()).ok().map(|feed| feed.entries.len()),
    ),
    // Nothing but the tokens: what no reader on quick-xml can beat.
    (
        "quick-xml events",
        |kind| kind != "JSON Feed",
        |document| {
            let text = std::str::from_utf8(&document.bytes).ok()?;
            let mut reader = quick_xml::Reader::from_str(text);
            let mut entries = 0;
            loop {
                match reader.read_event().ok()? {
                    quick_xml::events::Event::Start(tag) => {
                        entries += usize::from(matches!(tag.name().as_ref(), "item" | "entry"))
                    }
                    quick_xml::events::Event::Eof => return Some(entries),
                    event => drop(black_box(event)),
                }
            }
        },
    ),
];

fn main() {
    let mut runs = 7;
    let mut only = None;
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => runs = args.next().and_then(|runs| runs.parse().ok()).unwrap_or(runs).max(1),
            "--reader" => only = args.next(),
            path => files.extend(read(path)),
        }
    }
    let mut kinds: Vec<&str> = files.iter().map(|file| file.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let bytes: usize = files.iter().map(|file| file.document.bytes.len()).sum();
    println!(
        "{} files, {:.1} MB, median of {runs} runs of {} ms of CPU, MB/s\n",
        files.len(),
        bytes as f64 / 1e6,
        RUN.as_millis()
    );
    println!("| reader | {} | all it reads |", kinds.join(" | "));
    println!("|---|{}---:|", "---:|".repeat(kinds.len()));
    for (name, reads, reader) in
        READERS.into_iter().filter(|(name, ..)| only.as_deref().is_none_or(|only| only == *name))
    {
        let columns = kinds.iter().map(|kind| vec![*kind]).chain([kinds.clone()]).map(|kinds| {
            let chosen: Vec<&File> =
                files.iter().filter(|file| kinds.contains(&file.kind) && reads(file.kind)).collect();
            if chosen.is_empty() { "–".to_owned() } else { format!("{:.0}", median(&chosen, reader, runs)) }
        });
        println!("| {name} | {} |", columns.collect::<Vec<_>>().join(" | "));
    }
    for (name, reads, reader) in READERS {
        for file in files.iter().filter(|file| reads(file.kind)) {
            let found = reader(&file.document);
            if found != Some(file.entries) {
                println!("{name} finds {found:?} entries in `{}`, feedmill {}", file.name, file.entries);
            }
        }
    }
}

/// A file as a document; none, with a word on stderr, where it cannot be read as a feed.
fn read(path: &str) -> Option<File> {
    let told = |why: &dyn std::fmt::Display| eprintln!("`{path}` is left out: {why}");
    let bytes = std::fs::read(path).map_err(|error| told(&error)).ok()?;
    let document = Document { bytes, path: Some(path.to_owned()), ..Document::default() };
    let feed = feedmill::parse::feed::parse(&document, Tz::UTC).map_err(|error| told(&error)).ok()?.value;
    let (kind, entries) = (kind(&feed.format, &document.bytes), feed.entries.len());
    Some(File { name: path.to_owned(), kind, document, entries })
}

fn kind(format: &Format, bytes: &[u8]) -> &'static str {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    match format {
        Format::Atom03 | Format::Atom10 => "Atom",
        Format::JsonFeed10 | Format::JsonFeed11 => "JSON Feed",
        _ if has(b"<content:encoded><![CDATA[") => "RSS, full CDATA bodies",
        _ if has(b"<![CDATA[") => "RSS, CDATA",
        _ => "RSS, escaped",
    }
}

/// Megabytes in a second of CPU.
fn median(files: &[&File], reader: fn(&Document) -> Option<usize>, runs: usize) -> f64 {
    let mut speeds: Vec<f64> = (0..runs)
        .map(|_| {
            let (start, mut bytes) = (cpu(), 0);
            let mut spent = Duration::ZERO;
            while spent < RUN {
                for file in files {
                    black_box(reader(black_box(&file.document)));
                    bytes += file.document.bytes.len();
                }
                spent = cpu() - start;
            }
            bytes as f64 / 1e6 / spent.as_secs_f64()
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds[runs / 2]
}

/// Time of this thread on a core, where the system tells (Linux), so that a busy machine disturbs little; else of the clock.
fn cpu() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}
