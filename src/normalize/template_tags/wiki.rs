//! Links, embedded files and callouts of Obsidian; marks for a table of contents.

/// Longest link, in bytes.
const MAX_LINK: usize = 300;

pub(super) enum Link<'a> {
    Page {
        page: &'a str,
        label: &'a str,
        length: usize,
    },
    Picture {
        address: &'a str,
        label: &'a str,
        length: usize,
    },
    /// Another note, or media.
    Embedded {
        address: &'a str,
        length: usize,
    },
}

impl Link<'_> {
    pub(super) fn length(&self) -> usize {
        match self {
            Link::Page { length, .. } | Link::Picture { length, .. } | Link::Embedded { length, .. } => *length,
        }
    }
}

/// `[[Page]]`, `[[Page#Part|label]]`, `![[file]]`. Lists in lists, formulas and links whose text is in brackets are none.
pub(super) fn read(rest: &str) -> Option<Link<'_>> {
    let embeds = rest.starts_with('!');
    let start = if embeds { "![[" } else { "[[" };
    let tail = rest.strip_prefix(start)?;
    let end = tail.bytes().take(MAX_LINK).position(|byte| matches!(byte, b']' | b'[' | b'\n'))?;
    let inside = &tail[..end];
    let after = tail[end..].strip_prefix("]]")?;
    let (page, label) = inside.split_once('|').unwrap_or((inside, ""));
    let (page, label) = (page.trim_end_matches('\\').trim(), label.trim());
    let is_name = inside.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '#' | '_' | '.' | '/'))
        && (!label.is_empty() || !inside.contains([',', '"', '$', '=']));
    let is_number = inside.bytes().all(|byte| byte.is_ascii_digit());
    if !is_name || is_number || after.starts_with(['(', '[', ':']) {
        return None;
    }
    let length = start.len() + end + "]]".len();
    if embeds {
        let address = page.split('#').next().unwrap_or_default();
        let extension = address.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        let is_picture = matches!(extension.as_str(), "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "avif" | "bmp");
        // A number behind the bar is a width.
        let is_size = label.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
        return Some(match is_picture {
            true => Link::Picture { address, label: if is_size { "" } else { label }, length },
            false => Link::Embedded { address: if address.is_empty() { page } else { address }, length },
        });
    }
    let label = match (label, page.split_once('#')) {
        ("", Some(("", part))) => part.trim_start_matches(['#', '^']),
        ("", Some((page, _))) => page,
        ("", None) => page,
        (label, _) => label,
    };
    Some(Link::Page { page, label, length })
}

/// The length of `[TOC]` or `[[toc]]` that is alone on its line.
pub(super) fn contents(rest: &str) -> Option<usize> {
    let line = rest.lines().next()?;
    ["[toc]", "[[toc]]", "[[_toc_]]"]
        .into_iter()
        .any(|mark| line.trim_end().eq_ignore_ascii_case(mark))
        .then_some(line.len())
}

/// The first line of a callout, `> [!note]- Title`: what comes before the mark, its word, the title, the length.
pub(super) fn callout(rest: &str) -> Option<(&str, &str, &str, usize)> {
    let line = rest.lines().next()?;
    let mark = line.trim_start_matches(['>', ' ']);
    let before = &line[..line.len() - mark.len()];
    let (word, title) = mark.strip_prefix("[!")?.split_once(']')?;
    let word = word.split('|').next().unwrap_or_default();
    let is_word =
        !word.is_empty() && word.len() < 40 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_word.then(|| (before, word, title.trim_start_matches(['-', '+']).trim(), line.len()))
}
