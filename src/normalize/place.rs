//! Where an article stands in its site: what its relative addresses, its own files and its generator's tags are joined to.

use super::template_tags::Posts;
use crate::config::plan::{ArticleReading, Generator};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

/// What a folder's name may not hold in a path.
const FOLDER: &AsciiSet = &CONTROLS.add(b'#').add(b'?').add(b'%').add(b'\\');

/// The addresses around an article.
#[derive(Debug, Clone)]
pub struct Place {
    /// What relative addresses of its body and its front matter stand on.
    pub base: Url,
    /// Its link: what `#note` leads into.
    pub page: Option<Url>,
    /// The folder in which the files beside it are published: those of a page bundle, Hexo's post asset folder.
    pub assets: Url,
    /// The folder of the site.
    pub site: Url,
    pub is_mdx: bool,
    /// How posts are addressed by their names alone, where the site is one of Jekyll.
    pub(super) posts: Option<Posts>,
}

/// The place of an article: its link, where it has one, else `base` of its source and the folder it is in. `path` is below
/// the root of the source.
///
/// Files beside an article are published below its link: `…/post/` for `…/post/` and `…/post.html`. A browser would look for
/// a relative address of the latter in `…/`, and so do we, but for articles whose files are their own: page bundles
/// (`post/index.md`), and every article where Hexo's `post_asset_folder` is on.
pub fn place(link: Option<&str>, path: &str, reading: &ArticleReading) -> Place {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let is_bundle = (stem == "index" || stem.starts_with("index.")) && !folder.is_empty();
    let is_mdx = file.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("mdx"));
    let site = reading.base.clone();
    let page = link.and_then(|link| Url::parse(link).ok());
    let (base, assets) = match &page {
        Some(link) => (link.clone(), folder_of(link)),
        None => {
            let base = below(&site, folder);
            let assets = if is_bundle { base.clone() } else { below(&base, stem) };
            (base, assets)
        }
    };
    let owns_files = is_bundle || reading.site.as_deref().is_some_and(|site| site.asset_folders);
    let of_jekyll = reading.site.as_deref().is_some_and(|site| site.generator == Generator::Jekyll);
    let pattern = reading.permalink.as_deref().filter(|_| of_jekyll);
    let posts = pattern.and_then(|pattern| Posts::new(site.path(), pattern));
    Place { base: if owns_files { assets.clone() } else { base }, page, assets, site, is_mdx, posts }
}

/// The folder that stands for a page: its own address with a `/` behind it, without `.html`.
fn folder_of(page: &Url) -> Url {
    let mut folder = page.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if !page.path().ends_with('/') {
        let path = page.path();
        let path = path.strip_suffix(".html").or_else(|| path.strip_suffix(".htm")).unwrap_or(path);
        folder.set_path(&format!("{path}/"));
    }
    folder
}

/// A folder below an address that ends in `/`.
fn below(base: &Url, folder: &str) -> Url {
    let folder: String = folder.split('/').filter(|part| !part.is_empty()).map(|part| format!("{part}/")).collect();
    // `./`, for a name with a colon would be a scheme.
    base.join(&format!("./{}", utf8_percent_encode(&folder, FOLDER))).unwrap_or_else(|_| base.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::plan::{BodyKind, CategoryLists, Generator, GeneratorSite};
    use std::sync::Arc;

    #[test]
    fn places() {
        let check = |link: Option<&str>, path: &str, hexo: bool, base: &str, assets: &str| {
            let site = GeneratorSite { asset_folders: true, ..GeneratorSite::new(Generator::Hexo, "") };
            let reading = ArticleReading {
                permalink: None,
                base: Url::parse("https://a.example/blog/").unwrap(),
                category_lists: CategoryLists::Flat,
                body: BodyKind::Auto,
                map: Default::default(),
                site: hexo.then(|| Arc::new(site)),
            };
            let place = place(link, path, &reading);
            assert_eq!((place.base.as_str(), place.assets.as_str()), (base, assets), "{link:?} {path}");
        };
        let page = Some("https://a.example/2024/x/");
        check(page, "x.md", false, "https://a.example/2024/x/", "https://a.example/2024/x/");
        let html = Some("https://a.example/2024/x.html");
        check(html, "x.md", false, "https://a.example/2024/x.html", "https://a.example/2024/x/");
        check(html, "x.md", true, "https://a.example/2024/x/", "https://a.example/2024/x/");
        check(html, "x/index.md", false, "https://a.example/2024/x/", "https://a.example/2024/x/");
        check(html, "x/index.en.md", false, "https://a.example/2024/x/", "https://a.example/2024/x/");
        check(None, "x.md", false, "https://a.example/blog/", "https://a.example/blog/x/");
        check(
            None,
            "a b/新/x.md",
            false,
            "https://a.example/blog/a%20b/%E6%96%B0/",
            "https://a.example/blog/a%20b/%E6%96%B0/x/",
        );
        check(None, "a:b/index.md", false, "https://a.example/blog/a:b/", "https://a.example/blog/a:b/");
        check(None, "", false, "https://a.example/blog/", "https://a.example/blog/");
    }
}
