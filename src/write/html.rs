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
body{font:1rem/1.4 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem}\
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .25rem}\
nav{display:flex;flex-wrap:wrap;gap:0 1rem}nav a{padding:.25rem 0}\
ul{list-style:none;margin:0;padding:0}\
li{display:grid;grid-template-columns:1fr auto;column-gap:1rem;align-items:center;padding:.3rem 0;\
border-top:1px solid var(--line)}\
.name{overflow-wrap:anywhere;text-decoration:none}.name:hover{text-decoration:underline}\
.facts{grid-row:2;opacity:.75;font-size:.8125rem;white-space:nowrap}\
.files{grid-row:span 2;white-space:nowrap;font-size:.875rem}\
.files a{display:inline-block;padding:.35rem .3rem}\
@media(min-width:40rem){li{grid-template-columns:1fr auto auto}.facts{grid-row:auto}.files{grid-row:auto}}\
footer{margin-top:2rem;font-size:.875rem;opacity:.75}";

/// With more feeds than this the sections are listed on top.
const MANY_FEEDS: usize = 20;

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
    jumps(&mut out, &groups);
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

/// Links to the sections, where there are several and they do not fit on a screen.
fn jumps(out: &mut String, groups: &[Vec<&FeedRecord>]) {
    let feeds: usize = groups.iter().map(Vec::len).sum();
    let axes =
        groups.iter().filter_map(|group| group.first()).map(|first| first.axis).filter(|axis| *axis != Axis::All);
    if feeds <= MANY_FEEDS || axes.clone().count() < 2 {
        return;
    }
    out.push_str("<nav>");
    for axis in axes {
        let _ = write!(out, "<a href=\"#{}\">{}</a> ", axis.as_str(), opml::heading(axis));
    }
    out.push_str("</nav>\n");
}

fn section(out: &mut String, site: &Site, group: &[&FeedRecord]) {
    let Some(axis) = group.first().map(|first| first.axis) else {
        return;
    };
    let mut feeds: Vec<(&str, &FeedRecord)> = group.iter().map(|feed| (name(site, feed), *feed)).collect();
    // As people look for them: case aside, what is below a term right behind it; of years the newest first.
    feeds.sort_by_cached_key(|(name, _)| (name.to_lowercase().replace('/', "\0"), (*name).to_owned()));
    if axis == Axis::Year {
        feeds.reverse();
    }
    let _ = writeln!(out, "<section id=\"{}\">\n<h2>{}</h2>\n<ul>", axis.as_str(), opml::heading(axis));
    for (name, feed) in feeds {
        out.push_str("<li><a class=\"name\"");
        if let Some(file) = best(feed) {
            push_href(out, file);
        }
        out.push_str("><bdi>");
        for (level, part) in name.split('/').enumerate() {
            out.push_str(if level > 0 { "/<wbr>" } else { "" });
            xml::text(out, part);
        }
        let (noun, updated) = (if feed.items == 1 { "item" } else { "items" }, xml::rfc3339(feed.updated));
        let day = updated.split('T').next().unwrap_or(&updated);
        let _ = write!(
            out,
            "</bdi></a> <span class=\"facts\">{} {noun} · <time datetime=\"{updated}\">{day}</time></span> \
             <span class=\"files\">",
            feed.items
        );
        for (format, file) in &feed.files {
            out.push_str("<a");
            push_href(out, file);
            xml::push_attr(out, "type", format.media_type());
            let _ = write!(out, ">{}</a> ", short_name(*format));
        }
        out.push_str("</span></li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

/// What stands under a heading needs no site title behind each name.
fn name<'a>(site: &'a Site, feed: &'a FeedRecord) -> &'a str {
    match feed.axis {
        Axis::Feed => &feed.title,
        Axis::All => &site.title,
        // Its term is how the config knows it; people know its title.
        Axis::Source => {
            let title = feed.title.strip_suffix(site.title.as_str()).and_then(|title| title.strip_suffix(" – "));
            title.filter(|title| !title.is_empty()).unwrap_or(&feed.title)
        }
        _ if feed.term.is_empty() => &site.title,
        _ => &feed.term,
    }
}

/// The file behind a feed's name: Atom says most, every reader takes the first two.
fn best(feed: &FeedRecord) -> Option<&str> {
    let order = [OutputFormat::Atom, OutputFormat::Rss, OutputFormat::Json];
    order.iter().find_map(|format| feed.files.get(format)).map(String::as_str)
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

/// Where there is little room and the title says that these are feeds.
fn short_name(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Json => "JSON",
        other => format_name(other),
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
    fn sorted_for_people_with_links_to_sections() {
        let mut manifest = Manifest::default();
        let template =
            samples::manifest().feeds.into_iter().find(|feed| feed.axis == Axis::Category && feed.items > 0).unwrap();
        let terms = ["Zebra", "apple", "Books", "a-b", "a/b", "a", "Émile"];
        for (axis, terms) in [(Axis::Category, &terms[..]), (Axis::Year, &["2022", "2024", "2023"])] {
            for term in terms {
                let feed = FeedRecord { axis, term: (*term).into(), ..template.clone() };
                manifest.feeds.push(feed);
            }
        }
        let names = |html: &str| -> Vec<String> {
            html.replace("<wbr>", "")
                .split("<bdi>")
                .skip(1)
                .map(|rest| rest.split('<').next().unwrap().to_owned())
                .collect()
        };
        let html = index(&samples::site(), &manifest);
        let expect = ["a", "a/b", "a-b", "apple", "Books", "Zebra", "Émile", "2024", "2023", "2022"];
        assert_eq!(names(&html), expect);
        assert!(!html.contains("<nav>"));
        for number in 0..20 {
            manifest.feeds.push(FeedRecord { axis: Axis::Tag, term: number.to_string(), ..template.clone() });
        }
        let html = index(&samples::site(), &manifest);
        for link in ["href=\"#category\"", "href=\"#tag\"", "id=\"tag\""] {
            assert!(html.contains(link), "{link}: {html}");
        }
    }

    #[test]
    fn a_site_without_feeds() {
        let html = index(&samples::site(), &Manifest::default());
        assert!(html.contains("No feed has an item yet") && html.ends_with("</html>\n"), "{html}");
    }
}
