//! Any text as a config: a plan, or faults with their places.

use feedmill::config::check;
use std::path::Path;

pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let checked = check(&text, Path::new("config.toml"), &Default::default());
    match checked {
        Err(error) => {
            assert!(!error.faults.is_empty());
            for fault in &error.faults {
                let told = fault.to_string();
                assert!(told.starts_with("config.toml") && told.len() > "config.toml".len() + 3, "{told}");
                assert!(told.len() <= 10_000, "{} bytes", told.len());
            }
        }
        Ok(plan) => {
            assert!(!plan.sources.is_empty() && !plan.output.all.formats.is_empty());
            let mut names: Vec<&str> = plan.sources.iter().map(|source| &*source.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
            assert!(plan.site.feeds_url.as_str().ends_with('/'));
        }
    }
}
