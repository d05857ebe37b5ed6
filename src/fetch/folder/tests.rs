use super::*;
use globset::{Glob, GlobSetBuilder};
use std::fs;
use std::time::{Duration, Instant};

fn globs(patterns: &[&str]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).unwrap());
    }
    set.build().unwrap()
}

fn folder(root: &Path) -> LocalPath {
    LocalPath { written: "posts".into(), root: root.into(), glob: None, exclude: GlobSet::empty() }
}

fn tree(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    dir
}

fn paths(scan: &Scan) -> Vec<&str> {
    scan.files.iter().map(|file| file.path.as_str()).collect()
}

fn codes(scan: &Scan) -> Vec<(&str, &str)> {
    scan.warnings.iter().map(|w| (w.code.as_ref(), w.path.as_deref().unwrap())).collect()
}

#[test]
fn a_folder_of_articles() {
    let dir = tree(&[
        "b.md",
        "a/z.md",
        "a-b.md",
        "A.MARKDOWN",
        "c.html",
        "d.htm",
        "e.txt",
        "金融/新闻.md",
        "notes.rst",
        "noext",
        "photo.jpg",
        ".hidden.md",
        ".git/x.md",
        "_drafts/x.md",
        "a/_drafts/x.md",
        "node_modules/p/readme.md",
        "_index.md",
        "a/_index.zh.md",
        "index.md",
        ".gitignore",
        "_drafts.md",
    ]);
    fs::write(dir.path().join(".gitignore"), "*.md\n").unwrap();
    fs::write(dir.path().join(".ignore"), "*.html\n").unwrap();
    let scan = scan(&folder(dir.path()), Wanted::Articles).unwrap();
    assert_eq!(
        paths(&scan),
        [
            "A.MARKDOWN",
            "_drafts.md",
            "a-b.md",
            "a/z.md",
            "b.md",
            "c.html",
            "d.htm",
            "e.txt",
            "index.md",
            "金融/新闻.md"
        ]
    );
    assert_eq!(scan.warnings, []);
    assert_eq!(scan.unseen, [""; 0]);
    let z = &scan.files[3];
    assert_eq!(z.size, 6);
    assert!(z.absolute.is_absolute());
    assert_eq!(read(z, 6).unwrap(), b"a/z.md");
    assert_eq!(read(z, 5).unwrap_err().kind(), ErrorKind::FileTooLarge);
}

#[test]
fn a_folder_of_feeds() {
    let dir = tree(&["a.xml", "b.rss", "c.atom", "d.json", "e.rdf", "f.md", "_drafts/g.xml", ".h.xml", "_index.xml"]);
    let scan = scan(&folder(dir.path()), Wanted::Feeds).unwrap();
    assert_eq!(paths(&scan), ["_drafts/g.xml", "_index.xml", "a.xml", "b.rss", "c.atom", "d.json", "e.rdf"]);
}

#[test]
fn globs_and_excludes() {
    let dir = tree(&["2023/a.md", "2024/a.md", "2024/b.mdx", "2024/old/c.md", "_drafts/d.md", "wip/x/e.md"]);
    let check = |glob: Option<&[&str]>, exclude: &[&str], expect: &[&str]| {
        let path = LocalPath { glob: glob.map(globs), exclude: globs(exclude), ..folder(dir.path()) };
        assert_eq!(paths(&scan(&path, Wanted::Articles).unwrap()), expect, "{glob:?} {exclude:?}");
    };
    check(None, &[], &["2023/a.md", "2024/a.md", "2024/old/c.md", "wip/x/e.md"]);
    check(Some(&["2024/*.{md,mdx}"]), &[], &["2024/a.md", "2024/b.mdx", "2024/old/c.md"]);
    check(Some(&["**/a.*", "**/d.md"]), &[], &["2023/a.md", "2024/a.md"]);
    check(None, &["wip", "2024/old/**"], &["2023/a.md", "2024/a.md"]);
    check(Some(&["**/*.md"]), &["**/a.md"], &["2024/old/c.md", "wip/x/e.md"]);
}

#[test]
fn a_single_file_whatever_its_name() {
    let dir = tree(&["_index.rst"]);
    let path = LocalPath { exclude: globs(&["**"]), ..folder(&dir.path().join("_index.rst")) };
    let scan = scan(&path, Wanted::Feeds).unwrap();
    assert_eq!(paths(&scan), ["_index.rst"]);
    assert_eq!(read(&scan.files[0], MAX_ARTICLE_BYTES).unwrap(), b"_index.rst");
}

#[test]
fn what_is_not_there() {
    let dir = tree(&[]);
    assert!(matches!(scan(&folder(&dir.path().join("no")), Wanted::Articles), Err(ScanError::Missing(_))));
    assert_eq!(paths(&scan(&folder(dir.path()), Wanted::Articles).unwrap()), [""; 0]);
    let error = scan(&folder(&dir.path().join("no")), Wanted::Articles).unwrap_err().to_string();
    assert!(error.ends_with("no` does not exist"), "{error}");
}

#[test]
fn stamps_change_with_the_file() {
    let dir = tree(&["a.md", "b.md"]);
    let stamps =
        || scan(&folder(dir.path()), Wanted::Articles).unwrap().files.iter().map(|f| f.stamp).collect::<Vec<_>>();
    let before = stamps();
    assert_eq!(before, stamps());
    assert_ne!(before[0], before[1]);
    std::thread::sleep(Duration::from_millis(20));
    fs::write(dir.path().join("a.md"), "A.md").unwrap();
    let after = stamps();
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
}

#[cfg(unix)]
#[test]
fn links_pipes_and_odd_names() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let outside = tree(&["secret.md", "sub/deep.md"]);
    let dir = tree(&["real.md", "sub/other.md"]);
    let at = |name: &str| dir.path().join(name);
    symlink("real.md", at("inside.md")).unwrap();
    symlink("../real.md", at("sub/up.md")).unwrap();
    symlink(outside.path().join("secret.md"), at("outside.md")).unwrap();
    symlink("/etc/passwd", at("passwd.txt")).unwrap();
    symlink("/etc/passwd", at("passwd.png")).unwrap();
    symlink("/dev/zero", at("zero.md")).unwrap();
    symlink("nowhere", at("broken.md")).unwrap();
    symlink("circle.md", at("circle.md")).unwrap();
    symlink("..", at("sub/parent")).unwrap();
    symlink(outside.path().join("sub"), at("elsewhere")).unwrap();
    symlink(outside.path().join("sub"), at(".cache")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(at("pipe.md")).arg(at("pipe.png")).status().unwrap();
    assert!(fifo.success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.md")).unwrap();
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), "x").unwrap();

    let started = Instant::now();
    let found = scan(&folder(dir.path()), Wanted::Articles).unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(paths(&found), ["inside.md", "real.md", "sub/other.md", "sub/up.md"]);
    assert_eq!(read(&found.files[0], 99).unwrap(), b"real.md");
    assert_eq!(
        codes(&found),
        [
            ("file-name", "caf\\xe9.md"),
            ("link", "broken.md"),
            ("link", "elsewhere"),
            ("link", "outside.md"),
            ("link", "passwd.txt"),
            ("link", "sub/parent"),
            ("link", "zero.md"),
            ("special-file", "pipe.md"),
            ("special-file", "socket.md"),
            ("unreadable", "circle.md"),
        ]
    );

    // What a file was replaced with since the walk is not read either.
    let (first, other) = (found.files[1].clone(), found.files[2].clone());
    fs::remove_file(&first.absolute).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&first.absolute).status().unwrap().success());
    assert_eq!(read(&first, 99).unwrap_err().kind(), ErrorKind::InvalidInput);
    fs::remove_file(&other.absolute).unwrap();
    symlink(outside.path().join("secret.md"), &other.absolute).unwrap();
    assert!(read(&other, 99).is_err());
}

#[cfg(unix)]
#[test]
fn the_root_may_be_a_link() {
    let dir = tree(&["posts/a.md"]);
    std::os::unix::fs::symlink("posts", dir.path().join("link")).unwrap();
    assert_eq!(paths(&scan(&folder(&dir.path().join("link")), Wanted::Articles).unwrap()), ["a.md"]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_listed_is_not_taken_as_deleted() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&["a.md", "locked/b.md"]);
    let lock = |mode| fs::set_permissions(dir.path().join("locked"), fs::Permissions::from_mode(mode)).unwrap();
    lock(0o000);
    let readable_anyway = fs::read_dir(dir.path().join("locked")).is_ok();
    let found = scan(&folder(dir.path()), Wanted::Articles).unwrap();
    lock(0o755);
    if readable_anyway {
        eprintln!("skipped: this user may read everything");
        return;
    }
    assert_eq!(paths(&found), ["a.md"]);
    assert_eq!(codes(&found), [("unreadable", "locked")]);
    assert!(found.may_hide("locked/b.md"));
    assert!(!found.may_hide("a.md"));
}

#[test]
fn hidden_places() {
    let check = |unseen: &[&str], path: &str, expect: bool| {
        let scan = Scan { unseen: unseen.iter().map(|u| (*u).to_owned()).collect(), ..Scan::default() };
        assert_eq!(scan.may_hide(path), expect, "{unseen:?} {path}");
    };
    check(&[], "a.md", false);
    check(&[""], "a.md", true);
    check(&["a.md"], "a.md", true);
    check(&["a"], "a/b.md", true);
    check(&["a"], "ab.md", false);
    check(&["a/b.md"], "a", false);
}
