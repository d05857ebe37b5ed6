//! `_config.yml` of Jekyll or Hexo → what it says of articles: how links are built, in whose zone dates are read, and
//! Jekyll's front matter defaults.
//!
//! In: the bytes of the file and where the source's folder is in the site. Out: a `GeneratorSite` and the settings that a
//! config of ours may leave open. What the generator would refuse, or we cannot follow, is a warning.

use super::front_matter::json_node;
use super::node::{Node, Table, lookup};
use super::yaml;
use crate::config::plan::{FrontMatterDefaults, Generator, GeneratorSite};
use crate::model::Warning;
use chrono_tz::Tz;
use globset::GlobBuilder;
use std::cmp::Reverse;
use url::Url;

/// Defaults of a site.
const MAX_DEFAULTS: usize = 200;

/// Keys that only Hexo's config has.
const HEXO: &[&str] = &[
    "source_dir",
    "public_dir",
    "new_post_name",
    "post_asset_folder",
    "default_layout",
    "default_category",
    "category_map",
    "index_generator",
    "titlecase",
    "filename_case",
    "skip_render",
    "permalink_defaults",
    "subtitle",
];
/// Keys that Jekyll's has, and no other's.
const JEKYLL: &[&str] = &[
    "baseurl",
    "markdown",
    "kramdown",
    "plugins",
    "gems",
    "collections",
    "defaults",
    "remote_theme",
    "sass",
    "paginate",
    "paginate_path",
    "highlighter",
    "show_drafts",
    "future",
    "permalink",
];

/// A site, and what of its settings counts where ours are silent.
#[derive(Debug)]
pub struct Site {
    pub site: GeneratorSite,
    /// In the tokens of our `permalink`.
    pub permalink: Option<String>,
    pub base: Option<Url>,
    pub timezone: Option<Tz>,
}

/// Reads a `_config.yml`. `name`: what warnings call it; `root`: the source's folder below the site's.
/// None: it is the config of another program.
pub fn site(text: &str, name: &str, root: &str) -> Option<Site> {
    let mut warnings = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = match yaml::read(text, 1, &mut warnings) {
        Ok(table) => table?,
        Err(error) => {
            let message = format!("{}; nothing of it counts", error.message);
            let mut warning = Warning::new("site-config", message).in_file(name);
            (warning.line, warning.column) = (error.line, error.column);
            let site = GeneratorSite { warnings: vec![warning], ..GeneratorSite::new(Generator::Jekyll, root) };
            return Some(Site { site, permalink: None, base: None, timezone: None });
        }
    };
    let has = |keys: &[&str]| keys.iter().any(|key| lookup(&table, key).is_some());
    let generator = match () {
        () if has(HEXO) => Generator::Hexo,
        () if has(JEKYLL) => Generator::Jekyll,
        () => return None,
    };
    // Slips of its YAML are the generator's business.
    warnings.clear();
    let mut warn = |key: &str, what: String| {
        let shown: String = what.chars().take(200).collect();
        warnings.push(Warning::new("site-config", format!("`{key}`: {shown}")).in_file(name));
    };
    let word = |key: &str| lookup(&table, key).and_then(Node::as_text);
    let timezone = word("timezone").and_then(|zone| {
        let read = zone.parse().map_err(|_| {
            warn("timezone", format!("`{zone}` is no time zone such as `Asia/Shanghai`; it does not count"))
        });
        read.ok()
    });
    let permalink = word("permalink").and_then(|pattern| {
        match generator {
            Generator::Jekyll => jekyll_pattern(pattern),
            Generator::Hexo => hexo_pattern(pattern),
        }
        .map_err(|token| {
            warn("permalink", format!("`:{token}` is known to the generator only; links are not built by it"))
        })
        .ok()
    });
    let below = word(if generator == Generator::Hexo { "root" } else { "baseurl" });
    let base = word("url").and_then(|url| base(url, below));
    let defaults = if generator == Generator::Jekyll { defaults(&table) } else { Vec::new() };
    let asset_folders = lookup(&table, "post_asset_folder").and_then(Node::truth) == Some(true);
    let site = GeneratorSite { defaults, asset_folders, warnings, ..GeneratorSite::new(generator, root) };
    Some(Site { site, permalink, base, timezone })
}

/// Where the site is published; none for what generators write before anyone has set it.
fn base(url: &str, below: Option<&str>) -> Option<Url> {
    let mut url = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if matches!(url.host_str()?, "example.com" | "yoursite.com" | "localhost" | "127.0.0.1" | "0.0.0.0") {
        return None;
    }
    let below = below.unwrap_or_default().trim_matches('/');
    let path = url.path().trim_matches('/').to_owned();
    let path = match (path.as_str(), below) {
        ("", below) => below.to_owned(),
        (path, below) if below.is_empty() || path == below => path.to_owned(),
        // Hexo's `root` repeats the path of `url`, Jekyll's `baseurl` follows it.
        (path, below) if path.ends_with(&format!("/{below}")) => path.to_owned(),
        (path, below) => format!("{path}/{below}"),
    };
    url.set_path(&if path.is_empty() { "/".to_owned() } else { format!("/{path}/") });
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// Jekyll's styles and placeholders in our tokens; the placeholder that has none.
pub fn jekyll_pattern(pattern: &str) -> Result<String, String> {
    // https://jekyllrb.com/docs/permalinks/ "Built-in formats"
    let pattern = match pattern {
        "date" => "/:categories/:year/:month/:day/:title:output_ext",
        "pretty" => "/:categories/:year/:month/:day/:title/",
        "ordinal" => "/:categories/:year/:y_day/:title:output_ext",
        "weekdate" => "/:categories/:year/W:week/:short_day/:title:output_ext",
        "none" => "/:categories/:title:output_ext",
        other => other,
    };
    translate(pattern, |token| {
        Some(match token {
            "title" | "slug" => ":slug",
            "categories" | "slugified_categories" => ":lower_categories",
            "output_ext" => ".html",
            "year" | "month" | "day" | "hour" | "minute" | "second" | "i_month" | "i_day" | "y_day" | "short_year"
            | "week" | "w_year" | "w_day" | "short_day" | "long_day" | "short_month" | "long_month" | "name"
            | "basename" => return None,
            _ => "",
        })
    })
}

/// Hexo's, which may be any key of the front matter.
fn hexo_pattern(pattern: &str) -> Result<String, String> {
    translate(pattern, |token| match token {
        "category" => Some(":last_category"),
        "hash" | "post_title" | "created_year" => Some(""),
        _ => None,
    })
}

/// Replaces tokens: none keeps one, an empty text is one that nobody but the generator knows.
fn translate(pattern: &str, replace: impl Fn(&str) -> Option<&'static str>) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let token = &after[..after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())];
        rest = &after[token.len()..];
        match replace(token) {
            _ if token.is_empty() => out.push(':'),
            Some("") => return Err(token.chars().take(40).collect()),
            Some(ours) => out.push_str(ours),
            None => {
                out.push(':');
                out.push_str(token);
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// <https://jekyllrb.com/docs/configuration/front-matter-defaults/>, in the order in which they count: a longer path before a
/// shorter one, one with a type before one without, a later one before an earlier one.
fn defaults(table: &Table<'_>) -> Vec<FrontMatterDefaults> {
    let Some(Node::List(all)) = lookup(table, "defaults") else { return Vec::new() };
    let mut found: Vec<(Reverse<usize>, bool, Reverse<usize>, FrontMatterDefaults)> = Vec::new();
    for (at, one) in all.iter().take(MAX_DEFAULTS).enumerate() {
        let Some(values) = one.as_table().and_then(|one| lookup(one, "values")?.as_table()) else { continue };
        let scope = |key: &str| {
            one.as_table()
                .and_then(|one| lookup(one, "scope")?.as_table())
                .and_then(|scope| lookup(scope, key)?.as_text())
        };
        let path = scope("path").unwrap_or_default().trim_matches('/').to_owned();
        let kind = scope("type").map(str::to_owned);
        let glob = path.contains('*').then(|| GlobBuilder::new(&path).literal_separator(true).build().ok()).flatten();
        let values = values.iter().map(|(key, node)| (key.to_string(), node.clone().into_json())).collect();
        let typed = kind.is_some();
        let one = FrontMatterDefaults { glob: glob.map(|glob| glob.compile_matcher()), path, kind, values };
        found.push((Reverse(one.path.len()), !typed, Reverse(at), one));
    }
    found.sort_by_key(|(length, untyped, at, _)| (*length, *untyped, *at));
    found.into_iter().map(|(.., one)| one).collect()
}

/// What the site gives an article that does not say it itself. `path` is below the root of the source.
pub(super) fn fill(site: &GeneratorSite, path: &str, table: &mut Table<'_>) {
    if site.defaults.is_empty() {
        return;
    }
    let path = below(site, path);
    for defaults in site.defaults.iter().filter(|defaults| applies(defaults, &path)) {
        for (key, value) in &defaults.values {
            if table.iter().all(|(own, _)| own != key)
                && let Some(node) = json_node(value.clone(), 1)
            {
                table.push((key.clone().into(), node));
            }
        }
    }
}

/// The path of an article below the folder of the site.
pub(super) fn below(site: &GeneratorSite, path: &str) -> String {
    let between = if site.root.is_empty() || path.is_empty() { "" } else { "/" };
    format!("{}{between}{path}", site.root)
}

fn applies(defaults: &FrontMatterDefaults, path: &str) -> bool {
    let is_within =
        |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let placed = match &defaults.glob {
        // A folder that a glob names counts with all below it.
        Some(glob) => path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]).any(|part| glob.is_match(part)),
        None => defaults.path.is_empty() || is_within(&defaults.path),
    };
    placed && defaults.kind.as_deref().is_none_or(|kind| kind == kind_of(path))
}

/// Jekyll's name for what a file is: posts, the collection it is in, or pages.
fn kind_of(path: &str) -> &str {
    let folders = || path.split('/').rev().skip(1);
    if folders().any(|folder| folder == "_posts") {
        return "posts";
    }
    folders().find_map(|folder| folder.strip_prefix('_')).unwrap_or("pages")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Site> {
        site(text, "_config.yml", "_posts")
    }

    #[test]
    fn what_counts_of_a_config() {
        let check = |text: &str, expect: Option<(&str, &str, &str)>| {
            let site = read(text);
            let got = site.as_ref().map(|site| {
                let zone = site.timezone.map_or("", |zone| zone.name());
                (site.permalink.as_deref().unwrap_or_default(), site.base.as_ref().map_or("", Url::as_str), zone)
            });
            assert_eq!(got, expect, "{text}");
        };
        check(
            "permalink: pretty\nurl: https://a.example\nbaseurl: /blog\ntimezone: Europe/Berlin\n",
            Some(("/:lower_categories/:year/:month/:day/:slug/", "https://a.example/blog/", "Europe/Berlin")),
        );
        check("permalink: /:title.html\n", Some(("/:slug.html", "", "")));
        check("permalink: date\n", Some(("/:lower_categories/:year/:month/:day/:slug.html", "", "")));
        check(
            "source_dir: source\nurl: https://a.example/b\nroot: /b/\npermalink: :category/:title/\n",
            Some((":last_category/:title/", "https://a.example/b/", "")),
        );
        check("source_dir: source\nurl: http://example.com\ntimezone: ''\n", Some(("", "", "")));
        check("source_dir: source\npermalink: :year/:hash/\n", Some(("", "", "")));
        check("title: something\nurl: https://a.example\n", None);
        check("- a list\n", None);
        assert_eq!(read("permalink: /:collection/:title\n").unwrap().site.warnings.len(), 1);
        assert_eq!(read("plugins: []\ntimezone: Mars\n").unwrap().site.warnings.len(), 1);
        let broken = read("a: [\n").unwrap();
        assert_eq!((broken.site.warnings[0].line, broken.permalink), (Some(2), None));
    }

    #[test]
    fn defaults_of_jekyll() {
        let text = "defaults:\n- scope: {path: ''}\n  values: {author: All, layout: x}\n- scope: {path: '', type: posts}\n  values: {author: Posts, image: /p.png}\n\
                    - scope: {path: _posts/a}\n  values: {author: A, tags: [t]}\n- scope: {path: '_posts/*/deep'}\n  values: {author: Deep}\n\
                    - scope: {path: '', type: pages}\n  values: {author: Pages}\n- values: {author: last}\n- nonsense\n";
        let site = read(text).unwrap().site;
        let check = |path: &str, own: &str, expect: &str| {
            let mut table: Table<'_> =
                if own.is_empty() { Vec::new() } else { vec![("author".into(), Node::text(own))] };
            fill(&site, path, &mut table);
            assert_eq!(Node::Table(table).into_json().to_string(), expect, "{path}");
        };
        check("x.md", "", r#"{"author":"Posts","image":"/p.png","layout":"x"}"#);
        check("x.md", "Me", r#"{"author":"Me","image":"/p.png","layout":"x"}"#);
        check("a/x.md", "", r#"{"author":"A","tags":["t"],"image":"/p.png","layout":"x"}"#);
        check("ab/x.md", "", r#"{"author":"Posts","image":"/p.png","layout":"x"}"#);
        check("b/deep/x.md", "", r#"{"author":"Deep","image":"/p.png","layout":"x"}"#);
    }
}
