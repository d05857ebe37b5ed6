//! Index and manifest beside the feeds; everything in place at once; and what is written down about it.

use super::INDEX;
use super::render::{Job, without_files};
use crate::aggregate;
use crate::model::OutputFormat;
use crate::pipeline::RunError;
use crate::report::{FeedOutcome, FeedReport, Report, chain};
use crate::state::{FeedId, FeedRow, FileRow, Published, Store};
use crate::write::manifest::{self, FeedRecord, Manifest};
use crate::write::publish::{Publisher, Staged};
use crate::write::{self, html, opml};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A file whose stamp is not known: it is looked at again next time.
const NO_STAMP: i64 = 0;

impl Job<'_> {
    /// Publishes what was rendered. Whether all of it succeeded.
    pub(super) fn finish(
        mut self,
        store: &mut dyn Store,
        rows: &[FeedRow],
        index_wanted: bool,
        report: &mut Report,
    ) -> Result<bool, RunError> {
        for row in rows.iter().filter(|row| aggregate::asked(self.plan, row).is_none()) {
            if row.published || row.dirty {
                self.rendered.insert(row.id, without_files(row));
            }
        }
        let nothing_new = self.rendered.is_empty() && self.outcomes.is_empty();
        // Where nothing was ever published, a run in which sources failed does not begin with empty lists.
        let premature = nothing_new && self.known.is_empty() && self.sources_failed;
        if (nothing_new && !index_wanted) || premature {
            return Ok(true);
        }
        if self.publisher.is_none() && !self.options.dry_run {
            match Publisher::open(&self.plan.output.dir) {
                Ok(publisher) => self.publisher = Some(publisher),
                Err(error) => tracing::error!("{}", chain(&error)),
            }
        }
        if self.publisher.is_some() {
            // Folder, id and dates stand in the state before a reader can see them.
            store.pin(&self.rendered.values().cloned().collect::<Vec<Published>>())?;
        }
        let mut stamps = self.commit(&mut Vec::new());
        self.complete_records(rows);
        let removed = self.remove_superfluous();
        let mut index = vec![self.index()];
        // Only now, so that no list names a file that is not there.
        stamps.extend(self.commit(&mut index));
        report.removed = removed.len();
        let clean: Vec<FeedId> = self.rendered.keys().copied().filter(|feed| !self.failed(*feed)).collect();
        if let Some(publisher) = &self.publisher {
            let files: Vec<FileRow> = std::mem::take(&mut self.files)
                .into_iter()
                .map(|(feed, path, sha256)| {
                    let stamp = stamps.get(&path).copied().or_else(|| publisher.stamp(&path)).unwrap_or(NO_STAMP);
                    FileRow { path, feed, sha256, stamp }
                })
                .collect();
            store.note_files(&files, &removed, &clean)?;
        }
        index.retain(|index| index.outcome != FeedOutcome::Unchanged);
        report.feeds = self.outcomes.into_values().chain(index).collect();
        Ok(report.feeds.iter().all(|feed| feed.outcome != FeedOutcome::Failed))
    }

    /// Puts what is staged in place; feeds and `more` reports with a file that cannot be are marked as failed. Gives the
    /// stamps of the files.
    fn commit(&mut self, more: &mut Vec<FeedReport>) -> HashMap<String, i64> {
        let Some(publisher) = &self.publisher else { return HashMap::new() };
        let commit = publisher.commit();
        tracing::debug!("{} files put in place", commit.published.len());
        let broken: HashMap<String, String> =
            commit.failed.iter().map(|error| (error.path().to_owned(), chain(error))).collect();
        for outcome in self.outcomes.values_mut().chain(more) {
            if let Some(message) = outcome.files.iter().find_map(|path| broken.get(path)) {
                outcome.outcome = FeedOutcome::Failed;
                outcome.message.get_or_insert_with(|| message.clone());
            }
        }
        self.files.retain(|(_, path, _)| !broken.contains_key(path));
        commit.published.into_iter().filter_map(|file| Some((file.path, file.stamp?))).collect()
    }

    /// Says of every feed with files what the manifest is to say: of those that this run left as they were, or could not
    /// write whole, what stands in the folder.
    fn complete_records(&mut self, rows: &[FeedRow]) {
        for row in rows {
            let failed = self.failed(row.id);
            let has_files = if failed {
                row.published
            } else {
                self.rendered.get(&row.id).map_or(row.published, |rendered| rendered.published)
            };
            if failed || !self.records.contains_key(&row.id) {
                self.records.remove(&row.id);
                let record = if has_files { self.record_from_state(row) } else { None };
                self.records.extend(record.map(|record| (row.id, record)));
            }
        }
    }

    /// Removes published files that no feed has any more, or in a dry run tells which. Those of a feed that failed stay.
    fn remove_superfluous(&self) -> Vec<String> {
        let mut superfluous = self.superfluous();
        let Some(publisher) = &self.publisher else { return superfluous };
        superfluous.retain(|path| match publisher.remove(path) {
            Ok(_) => {
                tracing::info!("`{path}` was removed: the config asks for it no more");
                true
            }
            Err(error) => {
                tracing::error!("{}", chain(&error));
                false
            }
        });
        superfluous
    }

    fn superfluous(&self) -> Vec<String> {
        let current: HashSet<&str> =
            self.records.values().flat_map(|record| record.files.values().map(String::as_str)).collect();
        let stale =
            |file: &&FileRow| file.feed != INDEX && !current.contains(file.path.as_str()) && !self.failed(file.feed);
        self.known.values().filter(stale).map(|file| file.path.clone()).collect()
    }

    /// Stages manifest, OPML and page.
    fn index(&mut self) -> FeedReport {
        let manifest = Manifest::new(self.records.values().cloned().collect());
        let site = &self.plan.site;
        let files: [(&str, Result<Vec<u8>, String>); 3] = [
            (manifest::FILE_NAME, manifest.write().map_err(|error| chain(&error))),
            (opml::FILE_NAME, Ok(opml::index(site, &manifest).into_bytes())),
            (html::FILE_NAME, Ok(html::index(site, &manifest).into_bytes())),
        ];
        let mut report = FeedReport {
            key: "index".into(),
            outcome: FeedOutcome::Unchanged,
            items: 0,
            files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
            message: None,
        };
        for (name, bytes) in files {
            let staged = bytes.and_then(|bytes| Ok((self.stage(name, &bytes)?, manifest::sha256(&bytes))));
            match staged {
                Ok((staged, sha256)) => {
                    if staged == Staged::Changed && report.outcome == FeedOutcome::Unchanged {
                        report.outcome = FeedOutcome::Written;
                    }
                    self.files.push((INDEX, name.to_owned(), sha256));
                }
                Err(message) => {
                    report.outcome = FeedOutcome::Failed;
                    report.message = Some(message);
                }
            }
        }
        report
    }

    fn failed(&self, feed: FeedId) -> bool {
        self.outcomes.get(&feed).is_some_and(|report| report.outcome == FeedOutcome::Failed)
    }

    /// What the manifest says of a feed that this run left as it was, or could only write in part.
    fn record_from_state(&self, row: &FeedRow) -> Option<FeedRecord> {
        let asked = aggregate::asked(self.plan, row)?;
        let feed = self.compose(row, &asked, row.folder.clone()?, Vec::new());
        let fresh: HashMap<&str, &str> = self
            .files
            .iter()
            .filter(|(feed, ..)| *feed == row.id)
            .map(|(_, path, sha256)| (path.as_str(), sha256.as_str()))
            .collect();
        let digest = |format: &OutputFormat| {
            let path = write::path(&feed, *format);
            let known = || self.known.get(&path).map(|file| file.sha256.clone());
            fresh.get(path.as_str()).map(|sha256| (*sha256).to_owned()).or_else(known)
        };
        let digests: BTreeMap<OutputFormat, String> =
            feed.formats.iter().filter_map(|format| Some((*format, digest(format)?))).collect();
        if digests.is_empty() {
            return None;
        }
        let mut record = FeedRecord::new(&feed, digests);
        record.path = aggregate::levels(&row.name);
        record.items = usize::try_from(row.shown).unwrap_or(0);
        record.files.retain(|format, _| record.sha256.contains_key(format));
        Some(record)
    }
}
