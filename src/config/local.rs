//! Paths of local files: a file, a folder, or a glob split where its first special character is.

use super::fault::Problem;
use super::plan::LocalPath;
use super::value::{shown, text};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::{Component, Path, PathBuf};

/// A path of the config, below the config's own folder unless it is absolute.
pub(super) fn path(written: &str, folder: &Path) -> Result<PathBuf, Problem> {
    let written = text(written)?;
    if written.contains('\0') {
        return Err(Problem::new(format!("is `{}`, expected a path without NUL", shown(&written))));
    }
    if written == "~" || written.starts_with("~/") {
        return Err(Problem::new(format!("is `{}`, but `~` is not expanded", shown(&written)))
            .hint("write an absolute path, or one relative to the config file"));
    }
    if written.contains("://") {
        return Err(Problem::new("is a URL, expected the path of a local file or folder"));
    }
    Ok(folder.join(written))
}

/// The `path` of a source; `exclude` is added by the caller.
pub(super) fn local_path(written: &str, folder: &Path) -> Result<LocalPath, Problem> {
    let trimmed = text(written)?;
    let start = trimmed.find(['*', '?', '[', '{']);
    let (fixed, pattern) = match start {
        None => (trimmed.as_str(), None),
        Some(start) => match trimmed[..start].rfind('/') {
            // The `/` of `/*.md` is the root itself.
            Some(0) => ("/", Some(&trimmed[1..])),
            Some(slash) => (&trimmed[..slash], Some(&trimmed[slash + 1..])),
            None => (".", Some(trimmed.as_str())),
        },
    };
    let glob = pattern.map(|pattern| glob_of(pattern, &trimmed)).transpose()?;
    let root = match (path(fixed, folder)?, pattern) {
        // `.` below a folder is the folder.
        (_, Some(_)) if fixed == "." && !folder.as_os_str().is_empty() => folder.to_owned(),
        (root, _) => root,
    };
    Ok(LocalPath { written: trimmed, root, glob, exclude: GlobSet::empty() })
}

fn glob_of(pattern: &str, written: &str) -> Result<GlobSet, Problem> {
    if pattern.split('/').any(|part| part == ".." || part == ".") {
        return Err(Problem::new(format!(
            "is `{}`, expected no `.` or `..` after the first special character",
            shown(written)
        )));
    }
    let mut set = GlobSetBuilder::new();
    set.add(one_glob(pattern)?);
    set.build().map_err(|error| no_glob(pattern, &error))
}

/// `exclude`: a pattern without `/` is a file or folder at any depth, one with `/` stands on the root; what is below
/// an excluded folder is excluded too.
pub(super) fn exclude(patterns: &[String]) -> Result<GlobSet, Problem> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        for glob in exclude_globs(pattern)? {
            set.add(glob);
        }
    }
    set.build().map_err(|error| Problem::new(format!("is too much to match: {}", error.kind())))
}

/// The globs of one pattern of `exclude`.
pub(super) fn exclude_globs(pattern: &str) -> Result<Vec<Glob>, Problem> {
    if pattern.starts_with('!') {
        return Err(Problem::new(format!("has `{}`, but nothing can be taken back with `!`", shown(pattern))));
    }
    let (inner, folders_only) = match pattern.strip_suffix('/') {
        Some(inner) => (inner, true),
        None => (pattern, false),
    };
    let inner = inner.strip_prefix("./").unwrap_or(inner);
    if inner.trim_matches('/').trim().is_empty() {
        return Err(Problem::new(format!("has `{}`, expected a file, a folder or a glob", shown(pattern))));
    }
    let anchored = match inner.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if inner.contains('/') => inner.to_owned(),
        None => format!("**/{inner}"),
    };
    // Alone first, so that a message shows the pattern as it was written.
    one_glob(pattern)?;
    let mut globs = vec![one_glob(&format!("{anchored}/**"))?];
    if !folders_only {
        globs.push(one_glob(&anchored)?);
    }
    Ok(globs)
}

fn one_glob(pattern: &str) -> Result<Glob, Problem> {
    GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| no_glob(pattern, &error))
}

fn no_glob(pattern: &str, error: &globset::Error) -> Problem {
    Problem::new(format!("has `{}`, which is no glob: {}", shown(pattern), error.kind()))
        .hint("a special character is taken as it is in brackets: `[[]`, `[*]`")
}

/// Whether `inner` lies in `outer`, judged by the paths alone.
pub(super) fn is_within(inner: &Path, outer: &Path) -> bool {
    plain(inner).starts_with(plain(outer))
}

/// The path without `.` and with `..` resolved where a folder stands before it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_split_at_the_first_special_character() {
        for (folder, written, root, has_glob) in [
            ("", "posts", "posts", false),
            ("site", "content/posts", "site/content/posts", false),
            ("site", "/srv/posts", "/srv/posts", false),
            ("site", "content/**/*.md", "site/content", true),
            ("site", "content/2024-*/x.md", "site/content", true),
            ("site", "*.md", "site", true),
            ("", "*.md", ".", true),
            ("", "/*.md", "/", true),
            ("", "文/{a,b}/*.md", "文", true),
        ] {
            let found = local_path(written, Path::new(folder)).unwrap();
            assert_eq!((found.root, found.glob.is_some()), (PathBuf::from(root), has_glob), "{written}");
        }
    }

    #[test]
    fn stars_do_not_cross_folders() {
        let matches =
            |pattern: &str, path: &str| local_path(pattern, Path::new("")).unwrap().glob.unwrap().is_match(path);
        assert!(matches("a/*.md", "x.md"));
        assert!(!matches("a/*.md", "b/x.md"));
        assert!(matches("a/**/*.md", "x.md"));
        assert!(matches("a/**/*.md", "b/c/x.md"));
        assert!(matches("a/{b,c}/?[xy].md", "c/1y.md"));
    }

    #[test]
    fn excluded() {
        for (pattern, path, expect) in [
            ("drafts", "drafts", true),
            ("drafts", "a/drafts/x.md", true),
            ("drafts", "drafts.md", false),
            ("*.txt", "a/b.txt", true),
            ("README.md", "a/README.md", true),
            ("a/b", "a/b/c.md", true),
            ("a/b", "x/a/b/c.md", false),
            ("/top.md", "top.md", true),
            ("/top.md", "a/top.md", false),
            ("old/", "old/x.md", true),
            ("old/", "a/old/x.md", true),
            ("old/", "old", false),
            ("**/b/*.md", "a/b/c.md", true),
        ] {
            assert_eq!(exclude(&[pattern.to_owned()]).unwrap().is_match(path), expect, "{pattern} on {path}");
        }
    }

    #[test]
    fn paths_within() {
        for (inner, outer, expect) in [
            ("feeds/state.db", "feeds", true),
            (".feedmill/state.db", "feeds", false),
            ("./feeds/../.feedmill/x", "feeds", false),
            ("x/.feedmill/state.db", "./x", true),
            ("state.db", ".", true),
            ("../state.db", "..", true),
        ] {
            assert_eq!(is_within(Path::new(inner), Path::new(outer)), expect, "{inner} in {outer}");
        }
    }
}
