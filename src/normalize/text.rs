//! stub
/// stub
pub fn line(text: &crate::model::Text) -> String { text.value.clone() }
