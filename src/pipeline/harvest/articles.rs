//! A source of local articles: only files that changed are read, and what is gone is withdrawn.

use super::{Failure, Found, Look, Stop, all_warnings, gone, guarded, guards, note, scan, unseen};
use crate::config::plan::{ArticleReading, Articles, Source};
use crate::fetch::folder::{self, FileStat, Scan, Wanted};
use crate::model::{Content, Document, Item, ParseError, Warning};
use crate::report::plural;
use crate::state::{DocumentRow, Extent, Gave, Harvest, Observation, Seen, SourceRow, Store};
use crate::{normalize, parse};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::mpsc::sync_channel;

/// Files are read, parsed and handed on in portions of this size: enough for every core, little in memory.
const PORTION: usize = 512;
/// Portions that wait for the state at most.
const PORTIONS_AHEAD: usize = 2;
/// A source with at least so many articles may not lose more than half of them at once.
const SHRUNK_FROM: usize = 10;

impl Look<'_> {
    pub(super) fn at_articles(
        &self,
        source: &Source,
        articles: &Articles,
        row: SourceRow,
        store: &mut dyn Store,
    ) -> Result<Found, Stop> {
        let scan = scan(&articles.path, Wanted::Articles)?;
        tracing::debug!("{}: {} files found", source.name, scan.files.len());
        let known = store.documents(row.id)?;
        tracing::debug!("{}: {} files known", source.name, known.len());
        let changed_settings = row.fingerprint != self.fingerprint(source);
        let reread = self.options.full || changed_settings || row.succeeded.is_none();
        let gone = gone(&scan, &known);
        let total = scan.files.len();
        self.refuse_shrunk(&gone, &known)?;
        let told = all_warnings(store, row.id, &row.warnings)?;
        let Scan { files, warnings: scan_warnings, .. } = scan;
        let mut well = SourceRow { warnings: scan_warnings, ..self.well(row.clone(), source) };
        well.warnings.extend(articles.reading.site.iter().flat_map(|site| site.warnings.iter().cloned()));
        if total == 0 {
            well.warnings.push(Warning::new("empty", format!("`{}` holds no article", articles.path.written)));
        }
        let (files, untouched): (Vec<FileStat>, Vec<FileStat>) = files
            .into_iter()
            .partition(|file| reread || known.get(&file.path).is_none_or(|row| row.stamp != file.stamp));
        if files.is_empty() && gone.is_empty() && row.failing_since.is_none() && row.succeeded.is_some() {
            well.warnings.extend(guards::standing(&row.warnings));
            store.save_source(&well)?;
            let warnings = all_warnings(store, row.id, &well.warnings)?;
            return Ok(Found { new_warnings: unseen(&warnings, &told), ..Found::unchanged(warnings) });
        }
        let named = total == 1 && articles.path.glob.is_none() && articles.path.root.is_file();
        let looked = files.len();
        let mut tally = Tally::default();
        let (sender, receiver) = sync_channel::<Vec<Observation>>(PORTIONS_AHEAD);
        let files = &files;
        let changes = std::thread::scope(|scope| {
            // Reading goes on while the state takes in what was read before.
            scope.spawn(move || {
                for portion in files.chunks(PORTION) {
                    let read = portion.par_iter().map(|file| self.read_article(source, &articles.reading, file, named));
                    // The other end is gone when the state failed; that is told there.
                    if sender.send(read.collect()).is_err() {
                        break;
                    }
                }
            });
            let mut done = 0;
            let mut portions = receiver.into_iter().inspect(|read| {
                done += read.len();
                self.progress.articles(done, looked);
                tally.add(read);
            });
            store.remember(Harvest {
                source: row.id,
                now: self.dating,
                future: source.future,
                observations: &mut portions,
                gone: gone.clone(),
                forget_bodies: changed_settings || self.options.full,
                extent: Extent::Part,
                limits: self.limits(source),
                row: well.clone(),
                terms: &|seen, published| self.membership.terms(seen, published),
            })
        })?;
        tracing::debug!("{}: {looked} files read and taken in", source.name);
        let told_by_guards = guards::warnings(&changes, &row.warnings);
        note(store, &well, &told_by_guards)?;
        well.warnings.extend(told_by_guards);
        let warnings = all_warnings(store, row.id, &well.warnings)?;
        let new_warnings = unseen(&warnings, &told);
        let before = |unreadable: bool| {
            let rows = untouched.iter().filter_map(|file| known.get(&file.path));
            rows.filter(|row| row.unreadable == unreadable && (row.article || unreadable)).count()
        };
        let unreadable = tally.unreadable + before(true);
        if unreadable > 0 && tally.articles + before(false) == 0 {
            let failure = Failure::new("parse", format!("none of its {} can be read", plural(unreadable, "article")))
                .hint("a warning names each when it is new; `-v` names them again");
            return Err(Failure { warnings, new_warnings, ..failure }.into());
        }
        let mut found = Found { warnings, new_warnings, ..Found::of(changes) };
        for path in std::mem::take(&mut found.changes.clashes) {
            let message = "another item has the id or link of this article; it is published under an id of its own";
            let warning = Warning::new("duplicate-id", message).in_file(&path);
            found.warnings.push(warning.clone());
            found.new_warnings.push(warning);
        }
        Ok(found)
    }

    /// A folder that loses most of its articles at once was more likely moved or half mounted than emptied.
    fn refuse_shrunk(&self, gone: &[String], known: &HashMap<String, DocumentRow>) -> Result<(), Box<Failure>> {
        let had = known.values().filter(|row| row.article).count();
        let lost = gone.iter().filter(|path| known.get(*path).is_some_and(|row| row.article)).count();
        if had >= SHRUNK_FROM && lost * 2 > had && !self.options.accept_changes {
            let failure = Failure::new("shrunk", format!("{lost} of its {had} articles are gone; its items are kept"));
            return Err(Box::new(failure.hint("if that is meant, run once with `--accept-changes`")));
        }
        Ok(())
    }

    fn read_article(&self, source: &Source, reading: &ArticleReading, file: &FileStat, named: bool) -> Observation {
        let document = Some((file.path.clone(), file.stamp));
        let bytes = match folder::read(file, folder::MAX_ARTICLE_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => {
                let warning = Warning::new("unreadable", format!("the file cannot be read: {error}; it is left out"));
                // No stamp: it is tried again next time.
                return Observation {
                    document: Some((file.path.clone(), 0)),
                    title: None,
                    warnings: vec![warning.in_file(&file.path)],
                    gave: Gave::Unreadable,
                };
            }
        };
        let path = file.path.clone();
        let is_blank = bytes.trim_ascii().is_empty();
        let read = guarded(|| {
            let document = Document { bytes, path: Some(path.clone()), ..Document::default() };
            article(&document, source, reading, named, self.membership.needs_text() || self.membership.merges())
        });
        match read {
            Ok(Some((mut seen, warnings))) => {
                self.measure(&mut seen);
                seen.text = seen.text.filter(|_| self.membership.needs_text());
                let warnings = warnings.into_iter().map(|warning| warning.in_file(&path)).collect();
                let gave = if seen.item.unpublished.is_some() { Gave::Nothing } else { Gave::Items(vec![seen]) };
                Observation { document, title: None, warnings, gave }
            }
            Ok(None) if is_blank => {
                // It may be about to be written: what it gave before stays.
                let warning = Warning::new("empty", "the file is empty; it is left out");
                Observation { document, title: None, warnings: vec![warning.in_file(&path)], gave: Gave::Unreadable }
            }
            Ok(None) => Observation { document, title: None, warnings: Vec::new(), gave: Gave::Nothing },
            Err(error) => {
                let mut warning = Warning::new(error.class, format!("{}; the article is left out", error.message));
                (warning.line, warning.column) = (error.line, error.column);
                Observation { document, title: None, warnings: vec![warning.in_file(&path)], gave: Gave::Unreadable }
            }
        }
    }
}

/// Counts what articles gave while they stream by.
#[derive(Default)]
struct Tally {
    articles: usize,
    unreadable: usize,
}

impl Tally {
    fn add(&mut self, observations: &[Observation]) {
        for observation in observations {
            match observation.gave {
                Gave::Items(_) => self.articles += 1,
                Gave::Unreadable => self.unreadable += 1,
                Gave::Nothing => {}
            }
        }
    }
}

/// An article → what the state wants to know of it. None: no article.
fn article(
    document: &Document,
    source: &Source,
    reading: &ArticleReading,
    named: bool,
    text_wanted: bool,
) -> Result<Option<(Seen, Vec<Warning>)>, ParseError> {
    let Some(parsed) = parse::article::parse(document, reading, source.timezone, named)? else { return Ok(None) };
    let mut warnings = parsed.warnings;
    let mut entry = parsed.value;
    if entry.unpublished.is_none() {
        warnings.extend(normalize::dropped_tags(&entry, reading));
    }
    let text = entry.content.take().map(|text| text.value).unwrap_or_default();
    let normalized = normalize::article(entry, source, reading);
    warnings.extend(normalized.warnings);
    let item = normalized.value;
    let hash = normalize::hash::reader_hash(&item, &text);
    Ok(Some((Seen { item, hash, body: None, text: text_wanted.then_some(text), likeness: None }, warnings)))
}

/// The body of an article, read from its file. None when the file can no longer be read as an article.
pub(in crate::pipeline) fn body(source: &Source, articles: &Articles, item: &Item) -> Option<Content> {
    let file =
        FileStat { path: item.key.clone(), absolute: folder::locate(&articles.path, &item.key), stamp: 0, size: 0 };
    let bytes = folder::read(&file, folder::MAX_ARTICLE_BYTES).ok()?;
    let document = Document { bytes, path: Some(file.path), ..Document::default() };
    let parsed = guarded(|| parse::article::parse(&document, &articles.reading, source.timezone, true)).ok()??;
    let place = normalize::place(item.link.as_deref(), &item.key, &articles.reading);
    let content = |body| normalize::article_content(&body, &place, &source.bodies);
    Some(parsed.value.content.map(content).unwrap_or_default())
}
