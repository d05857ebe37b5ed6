use super::*;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("feeds");
    (temp, out)
}

/// Stages one file and commits it; the paths that were written.
fn publish(out: &Path, path: &str, bytes: &str) -> Vec<String> {
    let publisher = Publisher::open(out).unwrap();
    publisher.stage(path, bytes.as_bytes()).unwrap();
    let commit = publisher.commit();
    assert!(commit.failed.is_empty(), "{:?}", commit.failed);
    commit.published.into_iter().map(|published| published.path).collect()
}

/// All files below a folder, those of ours too.
fn files(out: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(out).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn text(out: &Path, path: &str) -> String {
    std::fs::read_to_string(out.join(path)).unwrap()
}

#[test]
fn a_file_is_written_once_and_then_left_alone() {
    let (_temp, out) = folder();
    assert_eq!(publish(&out, "category/金融/rss.xml", "one"), ["category/金融/rss.xml"]);
    let facts = std::fs::metadata(out.join("category/金融/rss.xml")).unwrap();
    assert_eq!(facts.permissions().mode() & 0o133, 0, "no more than 0644");
    let publisher = Publisher::open(&out).unwrap();
    let stamp = publisher.stamp("category/金融/rss.xml");
    assert!(stamp.is_some());
    assert_eq!(publisher.stage("category/金融/rss.xml", b"one").unwrap(), Staged::Unchanged);
    assert!(publisher.commit().published.is_empty());
    let again = std::fs::metadata(out.join("category/金融/rss.xml")).unwrap();
    assert_eq!((facts.ino(), facts.mtime_nsec()), (again.ino(), again.mtime_nsec()));
    assert_eq!(publisher.stamp("category/金融/rss.xml"), stamp);
    assert_eq!(files(&out), ["category/金融/rss.xml"]);
}

#[test]
fn an_edited_or_deleted_file_is_written_again() {
    let (_temp, out) = folder();
    publish(&out, "rss.xml", "same size");
    let publisher = Publisher::open(&out).unwrap();
    let stamp = publisher.stamp("rss.xml");
    std::fs::write(out.join("rss.xml"), "SAME SIZE").unwrap();
    assert_ne!(publisher.stamp("rss.xml"), stamp);
    assert!(!publisher.matches("rss.xml", b"same size"));
    assert_eq!(publish(&out, "rss.xml", "same size"), ["rss.xml"]);
    std::fs::remove_file(out.join("rss.xml")).unwrap();
    assert_eq!(publisher.stamp("rss.xml"), None);
    assert_eq!(publish(&out, "rss.xml", "same size"), ["rss.xml"]);
    assert_eq!(text(&out, "rss.xml"), "same size");
}

#[test]
fn many_files_are_published_with_the_list_last() {
    let (_temp, out) = folder();
    let publisher = Publisher::open(&out).unwrap();
    publisher.stage("manifest.json", b"{}").unwrap();
    publisher.stage("index.html", b"<html>").unwrap();
    for number in 0..20 {
        publisher.stage(&format!("tag/{number}/rss.xml"), b"<rss/>").unwrap();
    }
    assert!(!out.join("tag/3/rss.xml").exists(), "nothing is seen before the commit");
    let commit = publisher.commit();
    assert!(commit.failed.is_empty());
    let paths: Vec<&str> = commit.published.iter().map(|published| published.path.as_str()).collect();
    assert_eq!(paths[20..], ["index.html", "manifest.json"]);
    assert!(commit.published.iter().all(|published| published.stamp == publisher.stamp(&published.path)));
    assert_eq!(files(&out).len(), 22);
}

#[test]
fn threads_stage_into_one_new_folder() {
    let (_temp, out) = folder();
    let publisher = Publisher::open(&out).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let publisher = &publisher;
            scope.spawn(move || {
                for number in 0..10 {
                    let path = format!("tag/{number}/{thread}.xml");
                    assert_eq!(publisher.stage(&path, b"<rss/>").unwrap(), Staged::Changed);
                }
            });
        }
    });
    let commit = publisher.commit();
    assert_eq!((commit.published.len(), commit.failed.len()), (40, 0));
    assert_eq!(files(&out).len(), 40);
}

#[test]
fn the_last_of_two_stages_counts() {
    let (_temp, out) = folder();
    publish(&out, "rss.xml", "one");
    let publisher = Publisher::open(&out).unwrap();
    publisher.stage("rss.xml", b"two").unwrap();
    publisher.stage("rss.xml", b"three").unwrap();
    publisher.stage("atom.xml", b"two").unwrap();
    publisher.stage("rss.xml", b"one").unwrap();
    publisher.commit();
    assert_eq!(text(&out, "rss.xml"), "one");
    assert_eq!(files(&out), ["atom.xml", "rss.xml"]);
}

#[test]
fn a_link_at_the_target_is_replaced_and_not_followed() {
    let (temp, out) = folder();
    let victim = temp.path().join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    std::fs::create_dir_all(&out).unwrap();
    symlink(&victim, out.join("rss.xml")).unwrap();
    // Equal bytes behind a link are no reason to leave the link.
    assert_eq!(publish(&out, "rss.xml", "untouched"), ["rss.xml"]);
    assert!(!out.join("rss.xml").is_symlink());
    symlink(&victim, out.join("atom.xml")).unwrap();
    let publisher = Publisher::open(&out).unwrap();
    assert!(publisher.remove("atom.xml").unwrap());
    assert_eq!(std::fs::read_to_string(victim).unwrap(), "untouched");
}

#[test]
fn a_link_in_place_of_a_folder_is_refused() {
    let (temp, out) = folder();
    let elsewhere = temp.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    symlink(&elsewhere, out.join("tag")).unwrap();
    let publisher = Publisher::open(&out).unwrap();
    let error = publisher.stage("tag/a/rss.xml", b"x").unwrap_err();
    assert_eq!(error.to_string(), "cannot open the folder of `tag/a/rss.xml`");
    assert!(publisher.remove("tag/a/rss.xml").is_err());
    assert_eq!(files(&elsewhere), Vec::<String>::new());
}

#[test]
fn a_swapped_link_never_reaches_the_victim() {
    let (temp, out) = folder();
    let (victim, stop) = (temp.path().join("victim"), AtomicBool::new(false));
    std::fs::write(&victim, "untouched").unwrap();
    let publisher = Publisher::open(&out).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = std::fs::remove_file(out.join("rss.xml"));
                let _ = symlink(&victim, out.join("rss.xml"));
            }
        });
        for round in 0..50 {
            publisher.stage("rss.xml", format!("round {round}").as_bytes()).unwrap();
            assert!(publisher.commit().failed.is_empty());
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read_to_string(victim).unwrap(), "untouched");
}

#[test]
fn paths_stay_below_the_output_folder() {
    let (temp, out) = folder();
    let publisher = Publisher::open(&out).unwrap();
    let long = "x".repeat(256);
    for path in ["", "/etc/x", "../x", "a/../../x", "a//b", "a/", "./a", "a\\b", "a\0b", ".", "..", &long] {
        assert!(matches!(publisher.stage(path, b"x"), Err(PublishError::Path { .. })), "{path:?}");
        assert!(publisher.remove(path).is_err() && publisher.stamp(path).is_none());
    }
    assert!(publisher.commit().published.is_empty());
    assert_eq!(files(temp.path()), Vec::<String>::new());
}

#[test]
fn one_file_in_the_way_stops_no_other() {
    let (_temp, out) = folder();
    std::fs::create_dir_all(out.join("atom.xml/x")).unwrap();
    std::fs::write(out.join("category"), "a file where a folder should be").unwrap();
    let publisher = Publisher::open(&out).unwrap();
    let error = publisher.stage("category/a/rss.xml", b"x").unwrap_err();
    assert_eq!(error.path(), "category/a/rss.xml");
    publisher.stage("atom.xml", b"<feed/>").unwrap();
    publisher.stage("rss.xml", b"<rss/>").unwrap();
    let commit = publisher.commit();
    assert_eq!(commit.published.len(), 1);
    assert_eq!(commit.failed[0].to_string(), "cannot put in place `atom.xml`");
    assert_eq!(files(&out), ["category", "rss.xml"]);
}

#[test]
fn a_file_whose_bytes_may_be_lost_is_given_up() {
    let (_temp, out) = folder();
    publish(&out, "rss.xml", "old");
    let publisher = Publisher::open(&out).unwrap();
    publisher.stage("rss.xml", b"new").unwrap();
    let error = publisher.give_up("rss.xml", io::ErrorKind::StorageFull.into()).unwrap_err();
    assert_eq!(error.to_string(), "cannot make durable `rss.xml`");
    assert_eq!(text(&out, "rss.xml"), "old");
    assert_eq!(files(&out), [MARKER, "rss.xml"]);
}

#[test]
fn what_is_not_committed_leaves_nothing_behind() {
    let (_temp, out) = folder();
    let publisher = Publisher::open(&out).unwrap();
    publisher.stage("rss.xml", b"x").unwrap();
    assert_eq!(files(&out).len(), 2);
    drop(publisher);
    assert_eq!(files(&out), Vec::<String>::new());
}

#[test]
fn the_next_run_clears_away_what_a_crash_left() {
    let (_temp, out) = folder();
    publish(&out, "tag/a/rss.xml", "old");
    let publisher = Publisher::open(&out).unwrap();
    publisher.stage("tag/a/rss.xml", b"new").unwrap();
    publisher.stage("rss.xml", b"new").unwrap();
    // As if the process had been killed.
    std::mem::forget(publisher);
    std::fs::write(out.join("tag/a/.feedmill-notes.tmp"), "someone else's").unwrap();
    assert_eq!(files(&out).len(), 5);
    let publisher = Publisher::open(&out).unwrap();
    assert_eq!(files(&out), ["tag/a/.feedmill-notes.tmp", "tag/a/rss.xml"]);
    assert_eq!(text(&out, "tag/a/rss.xml"), "old");
    assert_eq!(publisher.stage("tag/a/rss.xml", b"new").unwrap(), Staged::Changed);
}

#[test]
fn files_no_longer_asked_for_go_with_their_empty_folders() {
    use crate::write::samples;
    let (_temp, out) = folder();
    let manifest = samples::manifest();
    let paths: Vec<&String> = manifest.feeds.iter().flat_map(|feed| feed.files.values()).collect();
    for path in &paths {
        publish(&out, path, "x");
    }
    std::fs::write(out.join("category/金融/mine.txt"), "not ours").unwrap();
    let publisher = Publisher::open(&out).unwrap();
    for path in paths.iter().filter(|path| path.contains('/')) {
        assert!(publisher.remove(path).unwrap());
        assert!(!publisher.remove(path).unwrap(), "gone already");
    }
    assert_eq!(files(&out), ["atom.xml", "category/金融/mine.txt", "feed.json", "rss.xml"]);
    assert!(!out.join("tag").exists() && !out.join("category/空").exists());
}

#[test]
fn nothing_outside_is_removed() {
    let (temp, out) = folder();
    let victim = temp.path().join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    let publisher = Publisher::open(&out).unwrap();
    for path in ["../victim", "a/../../victim", victim.to_str().unwrap()] {
        assert!(publisher.remove(path).is_err(), "{path}");
    }
    assert!(victim.exists());
}

#[test]
fn reading_has_a_limit_and_waits_for_nothing() {
    let (_temp, out) = folder();
    assert!(Publisher::look(&out).unwrap().is_none());
    publish(&out, "manifest.json", "12345");
    let publisher = Publisher::look(&out).unwrap().unwrap();
    assert_eq!(publisher.read("manifest.json", 5).unwrap().unwrap(), b"12345");
    assert!(publisher.read("manifest.json", 4).is_err());
    assert!(publisher.read("none.json", 4).unwrap().is_none());
    assert!(publisher.read("none/none.json", 4).unwrap().is_none());
    rustix::fs::mknodat(&publisher.root, "pipe", FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    assert!(publisher.read("pipe", 4).is_err());
    assert!(!publisher.matches("pipe", b""));
    assert_eq!(publisher.stamp("pipe"), None);
}

#[test]
fn a_folder_that_everyone_may_write_to_is_told_of() {
    let (_temp, out) = folder();
    assert!(Publisher::open(&out).unwrap().warnings().is_empty());
    std::fs::set_permissions(&out, PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(Publisher::open(&out).unwrap().warnings()[0].code, "output-permissions");
}
