//! What guards remember of a source: how much it usually brings, what it kept, and what it seems to have become.

use super::*;
use serde::{Deserialize, Serialize};

/// Batches of new items that are remembered.
const BATCHES: usize = 20;
/// A feed with fewer items has nothing to lose by becoming another one.
const REPLACED_FROM: i64 = 3;
/// So many looks in a row must find that a feed has become another one before it is believed.
const REPLACED_LOOKS: u32 = 3;

/// What guards remember of a source from look to look.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// How many new items each of the latest looks with any has brought, oldest first.
    batches: Vec<usize>,
    /// What the source kept at the last look.
    pub(super) keep: Option<usize>,
    /// It keeps more since then, and what was cut off may come back as far as its documents still show it.
    pub(super) keeps_more: bool,
    /// The feed it seems to have become.
    replaced: Option<Replaced>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Replaced {
    title: Option<String>,
    looks: u32,
}

impl Memory {
    pub(super) fn of(db: &Connection, source: SourceId) -> Result<Self, StateError> {
        let text: Option<String> =
            db.prepare_cached("SELECT memory FROM sources WHERE source = ?1")?.query_row([source], |row| row.get(0))?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
    }

    pub(super) fn save(&self, db: &Connection, source: SourceId) -> Result<(), StateError> {
        db.prepare_cached("UPDATE sources SET memory = ?2 WHERE source = ?1")?
            .execute(params![source, serde_json::to_string(self)?])?;
        Ok(())
    }

    /// What is usual at most: of twenty batches the second largest.
    pub(super) fn usual(&self) -> usize {
        let mut sizes = self.batches.clone();
        sizes.sort_unstable();
        let at = (sizes.len() * 95).div_ceil(100);
        at.checked_sub(1).and_then(|at| sizes.get(at)).copied().unwrap_or(0)
    }

    pub(super) fn note_batch(&mut self, size: usize) {
        self.batches.push(size);
        let surplus = self.batches.len().saturating_sub(BATCHES);
        self.batches.drain(..surplus);
    }

    /// No entry of a feed is known. Whether it is another feed that nobody has confirmed, and the number of looks that
    /// found it so.
    pub(super) fn is_replaced(
        &mut self,
        db: &Connection,
        source: SourceId,
        before: Option<&str>,
        now: Option<&str>,
    ) -> Result<Option<u32>, StateError> {
        let Some(before) = before else { return Ok(None) };
        if same_title(Some(before), now) {
            return Ok(None);
        }
        let has = "SELECT count(*) FROM (SELECT 1 FROM items WHERE source = ?1 LIMIT ?2)";
        let count: i64 = db.query_row(has, [source, REPLACED_FROM], |row| row.get(0))?;
        if count < REPLACED_FROM {
            return Ok(None);
        }
        let looks = match &self.replaced {
            Some(replaced) if same_title(replaced.title.as_deref(), now) => replaced.looks.saturating_add(1),
            _ => 1,
        };
        self.replaced = Some(Replaced { title: now.map(str::to_owned), looks });
        Ok((looks < REPLACED_LOOKS).then_some(looks))
    }

    /// Another number of items is kept than at the last look.
    pub(super) fn keep_differs(&self, keep: Option<usize>) -> bool {
        self.keep != keep
    }

    pub(super) fn not_replaced(&mut self) {
        self.replaced = None;
    }
}

/// Some titles tell the day, or a number.
fn same_title(a: Option<&str>, b: Option<&str>) -> bool {
    let letters = |title: Option<&str>| {
        title.map(|title| title.chars().filter(|c| !c.is_numeric() && !c.is_whitespace()).collect::<String>())
    };
    letters(a) == letters(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual() {
        let check = |batches: &[usize], expect| {
            assert_eq!(Memory { batches: batches.to_vec(), ..Memory::default() }.usual(), expect, "{batches:?}");
        };
        check(&[], 0);
        check(&[7], 7);
        check(&[1, 30, 2], 30);
        // One odd day in twenty is not usual.
        check(&[[3; 19].as_slice(), &[400]].concat(), 3);
        let mut memory = Memory::default();
        (0..50).for_each(|size| memory.note_batch(size));
        assert_eq!((memory.batches.len(), memory.batches[0]), (BATCHES, 30));
    }

    #[test]
    fn titles_that_tell_the_day_are_one() {
        assert!(same_title(Some("News of 24"), Some("News of 25")));
        assert!(!same_title(Some("News"), Some("Casino")) && !same_title(Some("News"), None));
    }
}
