//! The examples of this repository, as a user would run them.

use crate::mill::Mill;
use std::path::Path;

/// A mill with this repository's config and examples.
fn examples() -> Mill {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mill = Mill::new(&std::fs::read_to_string(root.join("config.toml")).unwrap());
    copy(&root.join("examples"), &mill.path("examples"));
    mill
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn they_run_without_a_word() {
    let mut mill = examples();
    // A year in which none of their articles is ahead.
    let late = 1_900_000_000;
    mill.at(late).run();
    assert!(mill.titles("all").len() > 10);
    for key in ["all", "category/Bread", "source/hexo", "source/weir-weekly", "feed/kitchen", "language/en"] {
        assert!(mill.keys().iter().any(|known| known == key), "{key}: {:?}", mill.keys());
    }
    let before = mill.snapshot();
    mill.at(late + 86_400).run();
    mill.assert_untouched(&before);
    mill.feedmill(&["run", "--full"]).expect(0, &[]);
    mill.assert_untouched(&before);
    mill.remove(".feedmill");
    mill.run();
    assert_eq!(mill.differing(&before), Vec::<String>::new());
    mill.assert_untouched(&before);
}

#[test]
fn they_make_what_is_committed() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds");
    if !committed.join("manifest.json").exists() {
        return;
    }
    // As a clone has it: the published files, no state, and today.
    let mill = examples();
    copy(&committed, &mill.path("feeds"));
    let before = mill.snapshot();
    let output = mill.command(&[]).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
    crate::mill::Run::of(output).expect(0, &[]);
    assert_eq!(mill.differing(&before), Vec::<String>::new());
    // And from nothing.
    mill.remove("feeds").remove(".feedmill");
    let output = mill.command(&[]).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
    crate::mill::Run::of(output).expect(0, &[]);
    assert_eq!(mill.differing(&before), Vec::<String>::new());
}
