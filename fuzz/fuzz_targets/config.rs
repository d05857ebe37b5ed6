//! Text as a config: every fault is told, with a place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    if let Err(error) = feedmill::config::check(text, Path::new("config.toml"), &Default::default()) {
        assert!(!error.faults.is_empty());
        for fault in &error.faults {
            assert!(fault.to_string().len() > 3);
        }
    }
});
