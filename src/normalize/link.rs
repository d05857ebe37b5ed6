//! Links.

/// The form under which two links are one.
pub fn canonical(link: &str) -> String {
    link.to_owned()
}
