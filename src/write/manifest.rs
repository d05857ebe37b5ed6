//! `manifest.json`: which feeds stand where. How a program finds a category's files, and how the next run knows
//! which files in the output folder are ours.

use crate::model::{Axis, Feed, OutputFormat};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Its name in the output folder.
pub const FILE_NAME: &str = "manifest.json";

/// The whole file. `feeds` stands in the order of the index: all, then by axis, then by term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    pub feeds: Vec<FeedRecord>,
}

/// One feed and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRecord {
    pub key: String,
    pub axis: Axis,
    pub term: String,
    /// The names of a nested term, outermost first: a name may hold a `/` itself. Empty where the term is one name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    pub title: String,
    /// How many items it shows.
    pub items: usize,
    #[serde(with = "instant")]
    pub updated: DateTime<Utc>,
    /// Paths below the output folder, with `/`, not percent-encoded.
    pub files: BTreeMap<OutputFormat, String>,
    /// Of each file, in lower-case hexadecimal digits.
    pub sha256: BTreeMap<OutputFormat, String>,
    /// The feed's permanent id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Folder below the output folder; empty for the feed of everything. Pins the slug.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
}

impl FeedRecord {
    /// What the manifest says of a feed, given the sha256 of each of its files.
    pub fn new(feed: &Feed, sha256: BTreeMap<OutputFormat, String>) -> Self {
        Self {
            key: feed.key.clone(),
            axis: feed.axis,
            term: feed.term.clone(),
            path: Vec::new(),
            title: super::title(feed).to_owned(),
            items: feed.items.len(),
            updated: feed.updated,
            files: feed.formats.iter().map(|format| (*format, super::path(feed, *format))).collect(),
            sha256,
            id: feed.id.clone(),
            folder: feed.folder.clone(),
        }
    }
}

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("`manifest.json` is not a manifest of feedmill")]
    Syntax(#[source] serde_json::Error),
    #[error("`manifest.json` has version {0}, this feedmill knows version 1")]
    Version(u32),
}

impl Default for Manifest {
    fn default() -> Self {
        Self { version: 1, feeds: Vec::new() }
    }
}

impl Manifest {
    /// Takes the feeds in any order.
    pub fn new(mut feeds: Vec<FeedRecord>) -> Self {
        feeds.sort_by(|a, b| (a.axis, &a.term, &a.folder).cmp(&(b.axis, &b.term, &b.folder)));
        Self { version: 1, feeds }
    }

    /// Reads what an earlier run wrote; unknown keys are passed over.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(ManifestError::Syntax)?;
        if manifest.version == 1 { Ok(manifest) } else { Err(ManifestError::Version(manifest.version)) }
    }

    /// The bytes of the file.
    pub fn write(&self) -> Result<Vec<u8>, ManifestError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(ManifestError::Syntax)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// A file's sha256 as the manifest has it.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        // Writing into a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// RFC 3339 in UTC to the second, as in the feeds.
mod instant {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::write::xml::rfc3339(*instant))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::samples;

    #[test]
    fn what_is_written_reads_back_in_the_order_of_the_index() {
        let digest = |feed: &Feed| {
            let bytes = crate::write::render(feed, OutputFormat::Rss);
            FeedRecord::new(feed, BTreeMap::from([(OutputFormat::Rss, sha256(&bytes))]))
        };
        let (rich, empty) = (samples::rich(), samples::empty());
        let manifest = Manifest::new(vec![digest(&rich), digest(&empty)]);
        assert_eq!(manifest.feeds[0].key, "all");
        let bytes = manifest.write().unwrap();
        assert_eq!(Manifest::read(&bytes).unwrap(), manifest);
        assert_eq!(manifest, Manifest::new(vec![digest(&empty), digest(&rich)]));
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap());
    }

    #[test]
    fn what_is_not_a_manifest_is_refused() {
        let check = |text: &str, expect: &str| {
            assert_eq!(Manifest::read(text.as_bytes()).unwrap_err().to_string(), expect);
        };
        check("", "`manifest.json` is not a manifest of feedmill");
        check("[1,2]", "`manifest.json` is not a manifest of feedmill");
        check(r#"{"version":2,"feeds":[]}"#, "`manifest.json` has version 2, this feedmill knows version 1");
        assert_eq!(Manifest::read(br#"{"version":1,"feeds":[],"new":1}"#).unwrap(), Manifest::default());
    }
}
