//! `max_bytes`: as many of a feed's newest items as its files have room for.

use crate::model::{Feed, OutputFormat};
use crate::write;
use chrono::{DateTime, Utc};

/// The files of a feed, by format.
pub(super) type Files = Vec<(OutputFormat, Vec<u8>)>;

pub(super) fn files(feed: &Feed) -> Files {
    feed.formats.iter().map(|format| (*format, write::render(feed, *format))).collect()
}

/// The length of the longest file, if it is more than `most` bytes.
pub(super) fn longer_than(files: &Files, most: u64) -> Option<u64> {
    files.iter().map(|(_, bytes)| bytes.len() as u64).max().filter(|longest| *longest > most)
}

/// A feed with its oldest items left out until no file is longer than `most` bytes, and its files; one item stays.
/// None: all of it fits. `updated_before` is what an earlier file said of the last change, which never goes back.
pub(super) fn shortened(
    feed: &Feed,
    whole: &Files,
    most: u64,
    updated_before: Option<DateTime<Utc>>,
) -> Option<(Feed, Files)> {
    let fits = |files: &Files| longer_than(files, most).is_none();
    if feed.items.len() < 2 || fits(whole) {
        return None;
    }
    let first = |count: usize| {
        let items = feed.items[..count].to_vec();
        let newest = items.iter().map(|item| item.updated).max();
        let feed = Feed { updated: newest.max(updated_before).unwrap_or(feed.updated), items, ..feed.clone() };
        let files = files(&feed);
        (feed, files)
    };
    // `fit` items are known to fit (or are the one that stays), `unfit` are known not to; files grow with their items.
    let (mut fit, mut unfit) = (1, feed.items.len());
    let mut found = None;
    while unfit - fit > 1 {
        let middle = fit + (unfit - fit) / 2;
        let shorter = first(middle);
        if fits(&shorter.1) {
            fit = middle;
            found = Some(shorter);
        } else {
            unfit = middle;
        }
    }
    Some(found.unwrap_or_else(|| first(fit)))
}
