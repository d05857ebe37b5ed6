//! `index.html`: all feeds of the output folder for a person. One file, no scripts, nothing loaded from elsewhere.

use super::manifest::{FeedRecord, Manifest};
use super::{opml, xml};
use crate::config::plan::Site;
use crate::model::{Axis, OutputFormat};
use std::fmt::Write;

/// Its name in the output folder.
pub const FILE_NAME: &str = "index.html";

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem}\
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .25rem}\
ul{list-style:none;margin:0;padding:0}\
li{display:flex;flex-wrap:wrap;gap:.1rem 1rem;align-items:baseline;padding:.5rem 0;border-top:1px solid var(--line)}\
.name{flex:1 1 12rem;overflow-wrap:anywhere}.facts{opacity:.75;font-size:.875rem}\
.files a{display:inline-block;padding:.25rem .4rem}\
footer{margin-top:2rem;font-size:.875rem;opacity:.75}";

/// The whole page; feeds without items are left out. Links are relative, so that the folder can be looked at
/// where it lies. Dates are UTC and come from the feeds.
pub fn index(site: &Site, manifest: &Manifest) -> String {
    let groups = opml::shown(manifest);
    let mut out = String::from("<!doctype html>\n<html");
    if let Some(language) = &site.language {
        xml::push_attr(&mut out, "lang", language);
    }
    out.push_str(">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    xml::element(&mut out, "title", &site.title);
    if let Some(main) = manifest.feeds.iter().find(|feed| feed.axis == Axis::All) {
        autodiscovery(&mut out, main);
    }
    let _ = writeln!(out, "<style>{STYLE}</style>\n</head>\n<body>\n<header>");
    xml::element(&mut out, "h1", &site.title);
    if site.description != site.title {
        xml::element(&mut out, "p", &site.description);
    }
    out.push_str("<p><a");
    xml::push_attr(&mut out, "href", &xml::url_ascii(site.url.as_str()));
    out.push('>');
    xml::text(&mut out, site.url.host_str().unwrap_or(site.url.as_str()));
    out.push_str("</a></p>\n</header>\n<main>\n");
    for group in &groups {
        section(&mut out, site, group);
    }
    if groups.is_empty() {
        out.push_str("<p>No feed has an item yet.</p>\n");
    }
    let _ = writeln!(
        out,
        "</main>\n<footer><a href=\"{}\">All feeds as OPML</a> · {}</footer>\n</body>\n</html>",
        opml::FILE_NAME,
        super::GENERATOR
    );
    out
}

fn section(out: &mut String, site: &Site, group: &[&FeedRecord]) {
    let Some(axis) = group.first().map(|first| first.axis) else {
        return;
    };
    let _ = writeln!(out, "<section>\n<h2>{}</h2>\n<ul>", opml::heading(axis));
    for feed in group {
        // What stands under a heading needs no site title behind each name.
        let name = if axis == Axis::All || feed.term.is_empty() { &site.title } else { &feed.term };
        let name = if axis == Axis::Feed { &feed.title } else { name };
        out.push_str("<li><span class=\"name\">");
        xml::text(out, name);
        let (noun, updated) = (if feed.items == 1 { "item" } else { "items" }, xml::rfc3339(feed.updated));
        let day = updated.split('T').next().unwrap_or(&updated);
        let _ = write!(
            out,
            "</span> <span class=\"facts\">{} {noun} · <time datetime=\"{updated}\">{day}</time></span> \
             <span class=\"files\">",
            feed.items
        );
        for (format, file) in &feed.files {
            out.push_str("<a");
            push_href(out, file);
            xml::push_attr(out, "type", format.media_type());
            let _ = write!(out, ">{}</a> ", format_name(*format));
        }
        out.push_str("</span></li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

/// `link rel="alternate"` for each format of the feed of everything (RSS Autodiscovery).
fn autodiscovery(out: &mut String, feed: &FeedRecord) {
    for (format, file) in &feed.files {
        out.push_str("<link rel=\"alternate\"");
        xml::push_attr(out, "type", format.media_type());
        xml::push_attr(out, "title", &format!("{} ({})", feed.title, format_name(*format)));
        push_href(out, file);
        out.push_str(">\n");
    }
}

/// A relative link; percent-encoded, so that no first segment is taken for a scheme.
fn push_href(out: &mut String, file: &str) {
    xml::push_attr(out, "href", &xml::path_ascii(file));
}

fn format_name(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Rss => "RSS",
        OutputFormat::Atom => "Atom",
        OutputFormat::Json => "JSON Feed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::samples;

    #[test]
    fn every_feed_with_items() {
        insta::assert_snapshot!(index(&samples::site(), &samples::manifest()));
    }

    #[test]
    fn a_site_without_feeds() {
        let html = index(&samples::site(), &Manifest::default());
        assert!(html.contains("No feed has an item yet") && html.ends_with("</html>\n"), "{html}");
    }
}
