//! An article → an entry: front matter of any generator, and a body.

use crate::config::plan::ArticleReading;
use crate::model::{Document, Entry, ParseError, Parsed};
use chrono_tz::Tz;

/// Reads one article. `document.path` is its path below the root of its source.
///
/// None: no article (`.txt` or `.html` without front matter in a walk, `named` false).
pub fn parse(
    document: &Document,
    reading: &ArticleReading,
    zone: Tz,
    named: bool,
) -> Result<Option<Parsed<Entry>>, ParseError> {
    let _ = (document, reading, zone, named);
    Ok(None)
}
