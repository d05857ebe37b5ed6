//! What a reader sees of an item, as one number: two equal hashes are no edit.

use crate::model::Item;

/// Over title, authors, summary, image, enclosures and body. Not over links, categories and dates: moving an article
/// or filing it elsewhere is no edit of it.
pub fn reader_hash(item: &Item, body: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(&item.title);
    for author in &item.authors {
        field(author.name.as_deref().unwrap_or_default());
    }
    field(item.summary.as_deref().unwrap_or_default());
    field(item.image.as_ref().map(|image| image.url.as_str()).unwrap_or_default());
    for enclosure in &item.enclosures {
        field(&enclosure.url);
    }
    // Whole bodies first: many blocks at once go several times faster than a stream of pieces.
    hasher.update(blake3::hash(body.as_bytes()).as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_it_and_moves_do_not() {
        let item = Item { title: "A".into(), ..Item::default() };
        let hash = reader_hash(&item, "body");
        assert_ne!(hash, reader_hash(&item, "body, edited"));
        assert_ne!(hash, reader_hash(&Item { title: "B".into(), ..item.clone() }, "body"));
        let moved = Item { link: Some("https://example.org/b".into()), tags: vec!["t".into()], ..item };
        assert_eq!(hash, reader_hash(&moved, "body"));
    }
}
