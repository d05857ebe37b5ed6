//! Links between articles, and addresses that only a site's generator understands: `{% post_url … %}`, `{{< ref … >}}`,
//! Pelican's `{filename}x.md`, Zola's `@/x.md`.
//!
//! A body is rendered without the other articles at hand. Where the address follows from the name of a file alone it is
//! written; else the link becomes its text, and that is told.

use super::Writer;
use super::tag::{Tag, words};
use crate::normalize::html::markup::escape_into;

/// What Pelican puts before an address below the site, or beside the article.
const FILES: [&str; 4] = ["{static}", "{attach}", "|static|", "|attach|"];
/// What it puts before another page of the site.
const PAGES: [&str; 8] =
    ["{filename}", "|filename|", "{index}", "{tag}", "{category}", "{author}", "|tag|", "|category|"];
/// As far back as the beginning of an address is looked for, in bytes.
const MAX_ADDRESS: usize = 500;
/// What stands before an address in Markdown and HTML.
const OPENINGS: [&str; 6] = ["](<", "](", "]: ", "href=\"", "href='", "src=\""];

/// Where in `out` the address begins that is being written at its end, if there is one.
fn address_start(out: &str) -> Option<usize> {
    let mut from = out.len().saturating_sub(MAX_ADDRESS);
    while !out.is_char_boundary(from) {
        from += 1;
    }
    let tail = &out[from..];
    let starts = OPENINGS.iter().filter_map(|opening| Some(tail.rfind(opening)? + opening.len()));
    let start = starts.max()?;
    let written = &tail[start..];
    (!written.contains([')', '"', '\'', '>', '\n', ' '])).then_some(from + start)
}

impl<'b> Writer<'b, '_> {
    /// `post_url`, `link`, `ref` and their like: the address of another article.
    pub(super) fn reference(&mut self, tag: &Tag<'b>) {
        let target = words(tag.arguments).map(|(_, word)| word).find(|word| !word.is_empty()).unwrap_or_default();
        let address = match tag.name {
            "post_url" | "link" => self.on.posts.and_then(|posts| posts.address(target)),
            _ => None,
        };
        match (address, address_start(&self.out)) {
            (Some(address), start) => {
                let written = &self.out[start.unwrap_or(self.out.len())..];
                let root = self.on.site.path().trim_end_matches('/');
                // `{{ site.baseurl }}` may stand before it, as it had to before Jekyll 4.
                let has_root = !root.is_empty() && written.ends_with(root);
                let address = if has_root { address.strip_prefix(root).unwrap_or(&address) } else { &address };
                escape_into(&mut self.out, address);
            }
            (None, Some(start)) => {
                self.link_to(target);
                self.without_address(start, tag.length);
            }
            (None, None) => {
                self.link_to(target);
                let name = target.rsplit('/').next().unwrap_or(target);
                escape_into(&mut self.out, name.strip_suffix(".md").unwrap_or(name));
            }
        }
    }

    /// Takes the address that is being written back, and goes behind what is left of it. `length`: of what stands here.
    fn without_address(&mut self, start: usize, length: usize) {
        self.out.truncate(start);
        if self.out.ends_with("]: ") {
            // A definition without an address would be text.
            self.out.push_str("<>");
        }
        let rest = self.rest.get(length..).unwrap_or_default();
        let end = rest.find([')', '"', '\'', '>', ' ', '\n', '{']).unwrap_or(rest.len());
        self.rest = &rest[end..];
        if self.out.ends_with("](") && self.rest.starts_with(' ') {
            // Else the title behind it would be the address.
            self.out.push_str("<>");
        }
    }

    /// An address of Pelican or Zola that starts here.
    pub(super) fn address_of_a_file(&mut self) -> bool {
        let starts = |marks: &[&'static str]| marks.iter().copied().find(|mark| self.rest.starts_with(mark));
        let (file, page) = (starts(&FILES), starts(&PAGES).or_else(|| starts(&["@/"])));
        let Some(start) = file.or(page).and_then(|_| address_start(&self.out)).filter(|start| *start == self.out.len())
        else {
            return false;
        };
        if let Some(mark) = file {
            self.skip(mark.len());
            if self.rest.starts_with('/') {
                self.out.push_str(self.on.site.as_str().trim_end_matches('/'));
            }
        } else if let Some(mark) = page {
            let rest = &self.rest[mark.len()..];
            let end = rest.find([')', '"', '\'', '>', ' ', '\n']).unwrap_or(rest.len());
            self.link_to(rest[..end].trim_start_matches('/'));
            self.without_address(start, mark.len());
        }
        self.line_start = false;
        true
    }
}

/// How Jekyll makes the address of a post from the name of its file, where nothing else counts.
#[derive(Debug, Clone)]
pub(in crate::normalize) struct Posts {
    /// The path of the site's folder and the pattern of its links.
    pub(in crate::normalize) pattern: String,
}

impl Posts {
    /// None where the pattern holds what only the article itself says, such as its categories.
    pub(in crate::normalize) fn new(root: &str, pattern: &str) -> Option<Self> {
        const KNOWN: [&str; 8] = ["year", "month", "day", "i_month", "i_day", "short_year", "slug", "title"];
        let token = |rest: &'_ str| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
        };
        let known = pattern.split(':').skip(1).all(|rest| KNOWN.contains(&token(rest).as_str()));
        let pattern = format!("{}/{}", root.trim_end_matches('/'), pattern.trim_start_matches('/'));
        known.then_some(Self { pattern })
    }

    /// The path of the post that is named as Jekyll's tags do: `2026-01-01-first`, `_posts/2026-01-01-first.md`.
    fn address(&self, target: &str) -> Option<String> {
        let name = target.rsplit('/').next()?;
        let name = ["md", "markdown", "html"].iter().fold(name, |name, ending| {
            name.strip_suffix(ending).and_then(|name| name.strip_suffix('.')).unwrap_or(name)
        });
        let mut parts = name.splitn(4, '-');
        let [year, month, day, slug] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let number = |text: &str, most: usize| {
            ((1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| {
                text.bytes()
                    .fold(0, |number: u32, byte| number.saturating_mul(10).saturating_add(u32::from(byte - b'0')))
            })
        };
        let (years, months, days) = (number(year, 4).filter(|_| year.len() == 4)?, number(month, 2)?, number(day, 2)?);
        let slug: String = percent_encoding::utf8_percent_encode(slug, super::SLUG).to_string();
        let mut out = String::new();
        let mut rest = self.pattern.as_str();
        while let Some((before, after)) = rest.split_once(':') {
            out.push_str(before);
            let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            match &after[..length] {
                "year" => out.push_str(year),
                "month" => out.push_str(&format!("{months:02}")),
                "day" => out.push_str(&format!("{days:02}")),
                "i_month" => out.push_str(&months.to_string()),
                "i_day" => out.push_str(&days.to_string()),
                "short_year" => out.push_str(&format!("{:02}", years % 100)),
                _ => out.push_str(&slug),
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        (!slug.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_by_their_names() {
        let check = |pattern: &str, target: &str, expect: Option<&str>| {
            let address = Posts::new("/blog/", pattern).and_then(|posts| posts.address(target));
            assert_eq!(address.as_deref(), expect, "{pattern} {target}");
        };
        check("/:year/:month/:day/:slug.html", "2026-01-02-first-one", Some("/blog/2026/01/02/first-one.html"));
        check("/:year/:i_month/:i_day/:title/", "_posts/2026-01-02-a.md", Some("/blog/2026/1/2/a/"));
        check("/:short_year/:slug", "sub/2026-1-2-新 b", Some("/blog/26/%E6%96%B0%20b"));
        check("/:slug", "about.md", None);
        check("/:slug", "2026-01-02-", None);
        check("/:slug", "", None);
        check("/:lower_categories/:slug", "2026-01-02-a", None);
        check("/:category/:slug", "2026-01-02-a", None);
    }
}
