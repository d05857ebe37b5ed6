//! By what an item can be known as a duplicate of another: its id, its links, its title, and its text.
//!
//! Each becomes a mark, a number that duplicates have in common, so that they are found without comparing everything
//! with everything. Marks are kept in the state: how they are made may only change together with `REVISION`. Pure.

mod print;

pub use print::Print;

use super::{id, link};
use crate::model::Item;
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;
use url::Url;

/// Goes up when marks are made differently: then those of all items are made anew.
pub const REVISION: &str = "1";

/// Letters and digits that a title must have to say which story it is; the second is for scripts that write words with
/// one or two characters.
const TITLE: usize = 12;
const WIDE_TITLE: usize = 6;
/// Equal titles speak of one story only if they are published within so many seconds.
pub const SAME_TITLE_WITHIN: i64 = 48 * 3600;

/// A number that two items have in common if they are alike in one respect.
pub type Mark = i64;

/// In which respect; it stands in the lowest bits of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Respect {
    Id = 0,
    Link = 1,
    Title = 2,
    /// A part of the print of the text.
    Text = 3,
}

const RESPECTS: [Respect; 4] = [Respect::Id, Respect::Link, Respect::Title, Respect::Text];

/// The respect that a mark stands for.
pub fn respect(mark: Mark) -> Respect {
    RESPECTS[usize::try_from(mark & 3).unwrap_or(0)]
}

fn mark(respect: Respect, parts: &[&[u8]]) -> Mark {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut short = [0; 8];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    (i64::from_le_bytes(short) & !3) | respect as i64
}

/// What an item can be known by, as its source shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Likeness {
    /// Marks of ids and links.
    named: Vec<Mark>,
    /// The folded title, if it says enough.
    title: Option<String>,
    print: Option<Print>,
}

/// What the state keeps of a likeness.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// Ascending, each once.
    pub marks: Vec<Mark>,
    pub print: Option<Print>,
}

impl Likeness {
    /// `body` may be HTML or Markdown, clean or not.
    pub fn of(item: &Item, body: Option<&str>) -> Self {
        let mut named = Vec::new();
        name(&mut named, &item.id);
        if item.origin.is_some() {
            // The key of a feed's entry is its guid, also where the item got another id; that of an article is a path.
            name(&mut named, &item.key);
        }
        named.extend(item.link.as_deref().and_then(link_mark));
        named.sort_unstable();
        named.dedup();
        Self { named, title: telling(&item.title), print: body.and_then(print::print) }
    }

    /// All marks of an item with this published id and the date readers see.
    pub fn marked(&self, id: &str, published: Option<i64>) -> Marked {
        let mut marks = self.named.clone();
        name(&mut marks, id);
        if let (Some(title), Some(published)) = (&self.title, published) {
            // Dates within reach of each other are in one window or in neighboring ones.
            let window = published.div_euclid(SAME_TITLE_WITHIN);
            for window in [window, window.saturating_add(1)] {
                marks.push(mark(Respect::Title, &[title.as_bytes(), &window.to_le_bytes()]));
            }
        }
        if let Some(print) = &self.print {
            let bands = print.bands().into_iter().enumerate();
            marks.extend(bands.map(|(index, band)| mark(Respect::Text, &[&[index as u8], &band.to_le_bytes()])));
        }
        marks.sort_unstable();
        marks.dedup();
        Marked { marks, print: self.print }
    }
}

/// Adds what an id says, if it is one: web addresses are links, too, and the same over http and https.
fn name(marks: &mut Vec<Mark>, own: &str) {
    if !id::is_absolute_iri(own) {
        return;
    }
    let name = own.strip_prefix("https://").or_else(|| own.strip_prefix("http://"));
    marks.push(mark(Respect::Id, &[name.unwrap_or(own).as_bytes()]));
    marks.extend(name.and_then(|_| link_mark(own)));
}

fn link_mark(link: &str) -> Option<Mark> {
    page(link).map(|page| mark(Respect::Link, &[page.as_bytes()]))
}

/// The page a link leads to, however it is addressed: over http or https, with `www.` or for phones, as AMP, with marks
/// of campaigns, with or without `index.html`. None for what is no address, and for home pages, which are no story.
pub fn page(link: &str) -> Option<String> {
    let url = Url::parse(&out_of_cache(link.trim())).ok()?;
    let canonical = link::canonical(url.as_str());
    let host = plain_host(url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?);
    let after_host = canonical.get(url.host_str()?.len()..)?;
    let (path, query) = after_host.split_once('?').unwrap_or((after_host, ""));
    let path = plain_path(path);
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_noise(pair)).collect();
    pairs.sort_unstable();
    // What stands behind `#!` was a page of its own once.
    let script = url.fragment().filter(|fragment| fragment.starts_with('!')).unwrap_or_default();
    let has_path = path.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()).len() > 1;
    if !has_path && pairs.is_empty() && script.is_empty() {
        return None;
    }
    Some(format!("{host}{path}?{}#{script}", pairs.join("&")))
}

/// `https://www.google.com/amp/s/a.example/x`, `https://a-example.cdn.ampproject.org/c/s/a.example/x` → the page itself.
fn out_of_cache(link: &str) -> String {
    let Some((_, rest)) = link.split_once("://") else { return link.to_owned() };
    let Some((host, path)) = rest.split_once('/') else { return link.to_owned() };
    let cached = if host.ends_with(".cdn.ampproject.org") {
        path.strip_prefix("c/").or_else(|| path.strip_prefix("v/"))
    } else if host.starts_with("www.google.") {
        path.strip_prefix("amp/")
    } else {
        None
    };
    match cached {
        Some(page) => format!("https://{}", page.strip_prefix("s/").unwrap_or(page)),
        None => link.to_owned(),
    }
}

/// The host without `www.`, and without the label that sends phones elsewhere: `m.a.example`, `en.m.a.example`.
fn plain_host(host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    // The last two are the site's own name.
    let spare = labels.len().saturating_sub(2).min(2);
    let is_way = |(at, label): (usize, &str)| at < spare && matches!(label, "www" | "m" | "mobile" | "amp");
    let kept = labels.iter().enumerate().filter(|(at, label)| !is_way((*at, label)));
    kept.map(|(_, label)| *label).collect::<Vec<_>>().join(".")
}

/// The path, decoded, without the names of index files, slashes at the end and forms of AMP.
fn plain_path(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let mut path = path.as_ref();
    for end in ["/index.html", "/index.htm", "/index.php"] {
        path = path.strip_suffix(end).unwrap_or(path);
    }
    path = path.trim_end_matches('/');
    path = path.strip_suffix("/amp").or_else(|| path.strip_suffix(".amp")).unwrap_or(path).trim_end_matches('/');
    match path.strip_suffix(".amp.html") {
        Some(stem) => format!("{stem}.html"),
        None => path.strip_prefix("/amp/").map_or_else(|| path.to_owned(), |page| format!("/{page}")),
    }
}

/// A pair of the query that leads to the same page without it, beyond the marks of campaigns that `canonical` knows.
fn is_noise(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    match name.to_ascii_lowercase().as_str() {
        "amp"
        | "ampshare"
        | "__twitter_impression"
        | "ref_src"
        | "cmpid"
        | "ncid"
        | "wt_mc"
        | "at_medium"
        | "at_campaign"
        | "ftag" => true,
        "outputtype" => value.eq_ignore_ascii_case("amp"),
        // Publishers mark where a reader came from.
        "source" | "ref" | "from" | "partner" | "via" => {
            let value = value.to_ascii_lowercase();
            value.starts_with("rss") || value.starts_with("feed") || value == "atom"
        }
        _ => false,
    }
}

/// The title as it is compared: letters and digits, folded. None where it is too short to say which story it is.
fn telling(title: &str) -> Option<String> {
    let folded: String = title.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
    let wide = folded.chars().filter(|c| print::is_wide(*c)).count();
    (wide >= WIDE_TITLE || folded.chars().count() >= TITLE).then_some(folded)
}

#[cfg(test)]
mod tests;
