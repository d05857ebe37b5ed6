//! What the fuzzers start from and what they found, file by file, through the check of its target.

#[path = "../support/checks/mod.rs"]
mod checks;

use checks::{Check, TARGETS};
use std::path::{Path, PathBuf};

/// Files of one corpus: it is read with every `cargo test`.
const MOST_FILES: usize = 60;
const MOST_BYTES: u64 = 64 * 1024;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora")
}

fn replay(target: &str) {
    let check: Check = TARGETS.iter().find(|(name, _)| *name == target).unwrap().1;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(corpora().join(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!((1..=MOST_FILES).contains(&files.len()), "{} files in the corpus of {target}", files.len());
    let mut failed = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        assert!(bytes.len() as u64 <= MOST_BYTES, "{} has {} bytes", file.display(), bytes.len());
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            failed.push(file.file_name().unwrap().to_owned());
        }
    }
    assert!(failed.is_empty(), "{target}: {failed:?}");
}

macro_rules! corpora {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed_and_every_folder_is_a_target() {
            let replayed = [$(stringify!($target)),*];
            assert_eq!(replayed[..], TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for entry in std::fs::read_dir(corpora()).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(replayed.contains(&&*name), "{name}");
            }
            let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
            // Not part of the published crate.
            let Ok(files) = std::fs::read_dir(fuzz) else { return };
            let mut targets: Vec<String> = files
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            targets.sort();
            assert_eq!(targets, replayed, "fuzz/fuzz_targets");
        }
    };
}

corpora!(article charset config date feed html json_feed render slug);
