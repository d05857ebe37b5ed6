//! Permanent ids.

/// An id that stands in where a source gives none that can be used: `urn:uuid:`, version 5.
pub fn derived(source: &str, own: &str) -> String {
    let _ = (source, own);
    String::new()
}

/// Tells entries of one document apart that share a key.
pub fn disambiguate(items: &mut [crate::model::Item]) {
    let _ = items;
}
