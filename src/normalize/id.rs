//! Permanent ids.
use crate::model::Item;
use uuid::Uuid;

const SPACE: Uuid = Uuid::from_u128(0x5f4d_7a0c_8f43_5c1f_9f0e_1d1c_66a5_8a11);

/// An id that stands in where a source gives none that can be used: `urn:uuid:`, version 5.
pub fn derived(source: &str, own: &str) -> String {
    format!("urn:uuid:{}", Uuid::new_v5(&SPACE, format!("{source}\n{own}").as_bytes()))
}

/// Tells entries of one document apart that share a key.
pub fn disambiguate(items: &mut [Item]) {
    let mut seen = std::collections::HashSet::new();
    for item in items {
        if !seen.insert(item.key.clone()) {
            item.key = format!("{}\n{}", item.key, item.link.as_deref().unwrap_or(&item.title));
            seen.insert(item.key.clone());
            item.id = derived(&item.source, &item.key);
        }
    }
}
