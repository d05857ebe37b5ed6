//! All feeds as a list of subscriptions: OPML 2.0, one group for each axis.

use super::manifest::{FeedRecord, Manifest};
use super::{public_url, xml};
use crate::config::plan::Site;
use crate::model::{Axis, OutputFormat};

/// Its name in the output folder.
pub const FILE_NAME: &str = "index.opml";

/// The whole file; feeds without items are left out. Dates come from the feeds, so that an unchanged list has
/// unchanged bytes.
pub fn index(site: &Site, manifest: &Manifest) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n<head>\n");
    xml::element(&mut out, "title", &site.title);
    if let Some(updated) = manifest.feeds.iter().map(|feed| feed.updated).max() {
        xml::element(&mut out, "dateModified", &xml::rfc2822(updated));
    }
    if let Some(name) = site.author.as_ref().and_then(super::person_name) {
        xml::element(&mut out, "ownerName", name);
    }
    out.push_str("</head>\n<body>\n");
    for group in shown(manifest) {
        let axis = group.first().map_or(Axis::All, |first| first.axis);
        let grouped = axis != Axis::All;
        if grouped {
            out.push_str("<outline");
            xml::push_attr(&mut out, "text", heading(axis));
            out.push_str(">\n");
        }
        for feed in group {
            outline(&mut out, site, feed);
        }
        if grouped {
            out.push_str("</outline>\n");
        }
    }
    out.push_str("</body>\n</opml>\n");
    out
}

/// The feeds that have items, in runs of one axis; no run is empty.
pub(super) fn shown(manifest: &Manifest) -> Vec<Vec<&FeedRecord>> {
    let mut groups: Vec<Vec<&FeedRecord>> = Vec::new();
    for feed in manifest.feeds.iter().filter(|feed| feed.items > 0 && !feed.files.is_empty()) {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| first.axis == feed.axis) => group.push(feed),
            _ => groups.push(vec![feed]),
        }
    }
    groups
}

/// What a group of feeds is called.
pub(super) fn heading(axis: Axis) -> &'static str {
    match axis {
        Axis::All => "Everything",
        Axis::Category => "Categories",
        Axis::Tag => "Tags",
        Axis::Author => "Authors",
        Axis::Source => "Sources",
        Axis::Language => "Languages",
        Axis::Year => "Years",
        Axis::Feed => "Selections",
    }
}

/// A feed once, in the first format that readers of OPML know; `type` is `rss` for all of them (OPML 2.0,
/// Subscription lists).
fn outline(out: &mut String, site: &Site, feed: &FeedRecord) {
    let order = [OutputFormat::Rss, OutputFormat::Atom, OutputFormat::Json];
    let Some(file) = order.iter().find_map(|format| feed.files.get(format)) else {
        return;
    };
    out.push_str("<outline type=\"rss\"");
    xml::push_attr(out, "text", &feed.title);
    xml::push_attr(out, "title", &feed.title);
    xml::push_attr(out, "xmlUrl", &public_url(&site.feeds_url, file));
    xml::push_attr(out, "htmlUrl", &xml::url_ascii(site.url.as_str()));
    out.push_str("/>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::samples;

    #[test]
    fn every_feed_with_items_once() {
        insta::assert_snapshot!(index(&samples::site(), &samples::manifest()));
    }

    #[test]
    fn a_site_without_feeds() {
        let opml = index(&samples::site(), &Manifest::default());
        assert!(opml.ends_with("</head>\n<body>\n</body>\n</opml>\n"), "{opml}");
    }
}
