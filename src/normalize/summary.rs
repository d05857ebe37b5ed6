//! stub
/// stub
pub fn text(html: &str, _enough: usize) -> String { html.to_owned() }
