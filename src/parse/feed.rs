//! RSS, Atom and JSON Feed → their entries, told apart by content.

use crate::model::{Document, FeedDocument, ParseError, Parsed};
use chrono_tz::Tz;

/// Reads a feed document. Dates without a zone, and ambiguous zone names, are read in `zone`.
pub fn parse(document: &Document, zone: Tz) -> Result<Parsed<FeedDocument>, ParseError> {
    let _ = (document, zone);
    Err(ParseError::new("not-a-feed", "nothing reads this yet"))
}
