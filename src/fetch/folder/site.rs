//! The site that a folder of articles belongs to: where the `_config.yml` of Jekyll or Hexo lies that speaks of it.
//!
//! In comes the path of a source, out come the file's bytes and where the source stands in the site. It is looked for
//! once a run and source, with at most six looks at the disk.

use super::{FileStat, read};
use crate::config::plan::LocalPath;
use std::io::ErrorKind;
use std::path::Path;

/// Bytes of a site's config.
const MAX_BYTES: u64 = 256 * 1024;
/// Folders above that of the source in which it is looked for.
const MAX_ABOVE: usize = 2;
/// What generators call it; the first that is there counts.
const NAMES: [&str; 2] = ["_config.yml", "_config.yaml"];

/// The config of a site, as it was found.
#[derive(Debug)]
pub struct SiteFile {
    /// Relative to the source's folder, for messages: `../_config.yml`.
    pub name: String,
    /// The source's folder below the site's, with `/`; empty where they are one.
    pub root: String,
    pub bytes: std::io::Result<Vec<u8>>,
}

/// Finds the config of the site that a source is in: in its folder, or up to two above where the folder is
/// `_posts` or `source`, or holds `_posts`.
pub fn site(path: &LocalPath) -> Option<SiteFile> {
    let root = std::fs::canonicalize(&path.root).ok()?;
    let mut folder = if root.is_file() { root.parent()? } else { &root };
    let own = folder;
    for above in 0..=MAX_ABOVE {
        let names = NAMES.iter().map(|name| (name, folder.join(name)));
        let found = names.map(|(name, file)| (name, open(&file))).find(|(_, bytes)| !is_missing(bytes));
        if let Some((name, bytes)) = found {
            let root = below(own, folder)?;
            let is_posts = root.split('/').any(|part| part == "_posts" || part == "source");
            return (above == 0 || is_posts || own.join("_posts").is_dir()).then(|| SiteFile {
                name: format!("{}{name}", "../".repeat(above)),
                root,
                bytes,
            });
        }
        folder = folder.parent()?;
    }
    None
}

fn open(file: &Path) -> std::io::Result<Vec<u8>> {
    read(&FileStat { path: String::new(), absolute: file.to_owned(), stamp: 0, size: 0 }, MAX_BYTES)
}

fn is_missing(bytes: &std::io::Result<Vec<u8>>) -> bool {
    bytes.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// `folder` below `site` with `/`; none where a name is not UTF-8.
fn below(folder: &Path, site: &Path) -> Option<String> {
    let parts = folder.strip_prefix(site).ok()?.components().map(|part| part.as_os_str().to_str());
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::GlobSet;

    #[test]
    fn configs_of_sites() {
        let home = tempfile::tempdir().unwrap();
        for file in [
            "a/_config.yml",
            "a/_posts/x.md",
            "a/blog/_posts/x.md",
            "a/b/c/_posts/x.md",
            "h/_config.yaml",
            "h/source/x/x.md",
            "a/other/x.md",
        ] {
            let file = home.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "x").unwrap();
        }
        let check = |path: &str, expect: Option<(&str, &str)>| {
            let root = home.path().join(path);
            let found = site(&LocalPath { written: path.into(), root, glob: None, exclude: GlobSet::empty() });
            let found = found.as_ref().map(|found| (found.name.as_str(), found.root.as_str()));
            assert_eq!(found, expect, "{path}");
        };
        check("a", Some(("_config.yml", "")));
        check("a/_posts", Some(("../_config.yml", "_posts")));
        check("a/_posts/x.md", Some(("../_config.yml", "_posts")));
        check("a/blog", Some(("../_config.yml", "blog")));
        check("a/blog/_posts", Some(("../../_config.yml", "blog/_posts")));
        check("a/b/c/_posts", None);
        check("a/other", None);
        check("h/source/x", Some(("../../_config.yaml", "source/x")));
        check("none", None);
    }
}
