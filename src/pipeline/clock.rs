//! What the run's clock is worth: clocks are set back, stand at 1970 after a flat battery, or run ahead for a day.
//!
//! In: the instant of this run, and those of the runs before. Out: the instant that dates what is new, which never goes
//! back; and since when the clock has been behind.

use crate::state::{StateError, Store};
use chrono::{DateTime, SecondsFormat, Utc};

/// Clocks are set back so far all the time; seconds.
pub(super) const CLOCK_SLACK: i64 = 300;
/// After so long a clock that was behind is believed: the run that was ahead was wrong. Seconds, by that clock.
const CONVINCING: i64 = 86_400;
/// Two runs that are further apart say nothing of how steadily a clock goes. Seconds.
const STEP: i64 = 31 * 86_400;
/// Nobody leaves an aggregator alone for so many seconds: the clock is ahead, or was behind.
const LEAP: i64 = 5 * 366 * 86_400;

/// The latest instant of a run that was believed, in seconds since 1970.
const LATEST: &str = "clock";
/// The instants of the first and the last run whose clock was behind that.
const BEHIND: &str = "clock-behind";

/// The clock of a run, after it was compared with those of the runs before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Dates what is first seen or changed, and decides what is shown.
    pub(super) dating: DateTime<Utc>,
    /// Since when the clock has been behind, as it tells itself.
    pub(super) behind_since: Option<i64>,
}

/// Compares the clock with the runs before, says so where it cannot be right, and remembers it.
pub(super) fn settle(store: &mut dyn Store, now: DateTime<Utc>) -> Result<Clock, StateError> {
    let seconds = now.timestamp();
    let sound = Clock { dating: now, behind_since: None };
    let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
    let latest = number(store.fact(LATEST)?);
    let behind = store.fact(BEHIND)?.unwrap_or_default();
    let behind = behind.split_once(' ').and_then(|(since, last)| Some((since.parse().ok()?, last.parse().ok()?)));
    let behind: Option<(i64, i64)> = behind;
    let Some((latest, latest_time)) = latest.and_then(|at| Some((at, DateTime::from_timestamp(at, 0)?))) else {
        store.set_fact(LATEST, &seconds.to_string())?;
        return Ok(sound);
    };
    if seconds >= latest.saturating_sub(CLOCK_SLACK) {
        if seconds.saturating_sub(latest) > LEAP {
            tracing::warn!(
                hint = "if the clock is wrong, set it: what is new now is dated with it",
                "the clock says {}, {} days after the last run",
                rfc3339(now),
                (seconds - latest) / 86_400
            );
        }
        if seconds > latest {
            store.set_fact(LATEST, &seconds.to_string())?;
        }
        if behind.is_some() {
            store.set_fact(BEHIND, "")?;
        }
        return Ok(sound);
    }
    let since = match behind {
        Some((since, last)) if (last..=last.saturating_add(STEP)).contains(&seconds) => since,
        _ => seconds,
    };
    if seconds - since >= CONVINCING {
        tracing::warn!(
            "the clock has been behind the run of {} for a day; from now on it is believed, what that run dated stays",
            rfc3339(latest_time)
        );
        store.set_fact(LATEST, &seconds.to_string())?;
        store.set_fact(BEHIND, "")?;
        return Ok(sound);
    }
    tracing::warn!(
        hint = "set the clock; one that stays so for a day is believed",
        "the clock says {}, but there was a run at {}; what is new is dated with that",
        rfc3339(now),
        rfc3339(latest_time)
    );
    store.set_fact(BEHIND, &format!("{since} {seconds}"))?;
    Ok(Clock { dating: latest_time, behind_since: Some(since) })
}

fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::SqliteStore;

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_709_251_200;

    #[test]
    fn a_clock_that_jumps_dates_nothing_back_and_heals() {
        let mut store = SqliteStore::in_memory().unwrap();
        let mut check = |seconds: i64, dating: i64, behind_since: Option<i64>| {
            let clock = settle(&mut store, DateTime::from_timestamp(seconds, 0).unwrap()).unwrap();
            assert_eq!((clock.dating.timestamp(), clock.behind_since), (dating, behind_since), "{seconds}");
        };
        check(NOW, NOW, None);
        check(NOW - 300, NOW - 300, None);
        check(NOW + DAY, NOW + DAY, None);
        // Behind, further behind, and right again.
        check(NOW, NOW + DAY, Some(NOW));
        check(0, NOW + DAY, Some(0));
        check(DAY / 2, NOW + DAY, Some(0));
        // A leap proves nothing.
        check(NOW, NOW + DAY, Some(NOW));
        check(NOW + 2 * DAY, NOW + 2 * DAY, None);
        // Ten years ahead for one run: the next are behind it, until the clock has convinced.
        check(NOW + 3650 * DAY, NOW + 3650 * DAY, None);
        check(NOW + 3 * DAY, NOW + 3650 * DAY, Some(NOW + 3 * DAY));
        check(NOW + 4 * DAY - 1, NOW + 3650 * DAY, Some(NOW + 3 * DAY));
        check(NOW + 4 * DAY, NOW + 4 * DAY, None);
        check(NOW + 5 * DAY, NOW + 5 * DAY, None);
    }
}
