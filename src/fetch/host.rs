//! Whose turn it is: one request at a time to a host, a pause between two starts, and a limit on all of them together.
//!
//! A turn is taken for one exchange and given back before the next is asked for (a redirect may lead to another host), so nobody
//! waits for one turn while holding another, and no two requests can wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

/// All hosts of a run.
#[derive(Debug)]
pub(super) struct Hosts {
    lanes: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Lane>>>>,
    everyone: Arc<Semaphore>,
    gap: Duration,
}

/// One host; requests wait here in the order they came.
#[derive(Debug, Default)]
struct Lane {
    last_start: Option<Instant>,
    /// The host asked to be left alone (429): seconds, if it said how long.
    refused: Option<Option<u64>>,
}

/// The right to send one request to a host.
#[derive(Debug)]
pub(super) struct Turn {
    lane: OwnedMutexGuard<Lane>,
    _one_of_all: OwnedSemaphorePermit,
}

/// The host answered 429 in this run: it is not asked again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftAlone {
    pub(super) retry_after: Option<u64>,
}

impl Hosts {
    pub(super) fn new(concurrency: usize, gap: Duration) -> Self {
        let permits = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self { lanes: Mutex::default(), everyone: Arc::new(Semaphore::new(permits)), gap }
    }

    /// Waits for the host's turn, its pause, and a place among all requests, in this order: who waits for a busy host
    /// takes no place from the others.
    pub(super) async fn turn(&self, url: &Url) -> Result<Turn, LeftAlone> {
        let lane = {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(lane_of(url)).or_default())
        };
        let mut lane = lane.lock_owned().await;
        if let Some(retry_after) = lane.refused {
            return Err(LeftAlone { retry_after });
        }
        if let Some(last) = lane.last_start {
            tokio::time::sleep_until(last + self.gap).await;
        }
        // The semaphore is never closed, so this waits and does not fail.
        let one_of_all =
            Arc::clone(&self.everyone).acquire_owned().await.map_err(|_| LeftAlone { retry_after: None })?;
        lane.last_start = Some(Instant::now());
        Ok(Turn { lane, _one_of_all: one_of_all })
    }
}

impl Turn {
    /// The host answered 429: for the rest of the run nobody asks it.
    pub(super) fn refuse(&mut self, retry_after: Option<u64>) {
        self.lane.refused = Some(retry_after);
    }
}

/// Hosts are told apart by name; a port of one's own is a server of its own.
fn lane_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    match url.port() {
        None | Some(80 | 443) => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn lanes() {
        let check = |text: &str, expect: &str| assert_eq!(lane_of(&url(text)), expect);
        check("http://Example.org/a", "example.org");
        check("https://example.org./b", "example.org");
        check("http://example.org:443/", "example.org");
        check("http://example.org:8080/", "example.org:8080");
        check("http://[::1]:8080/", "[::1]:8080");
    }

    #[tokio::test]
    async fn starts_at_one_host_keep_the_gap_and_others_do_not_wait() {
        let gap = Duration::from_millis(150);
        let hosts = Hosts::new(8, gap);
        let start = Instant::now();
        drop(hosts.turn(&url("http://a/1")).await.unwrap());
        drop(hosts.turn(&url("http://b/1")).await.unwrap());
        assert!(start.elapsed() < gap);
        drop(hosts.turn(&url("https://a/2")).await.unwrap());
        assert!(start.elapsed() >= gap);
        tokio::time::sleep(gap * 2).await;
        let before = Instant::now();
        drop(hosts.turn(&url("http://a/3")).await.unwrap());
        assert!(before.elapsed() < gap);
    }

    #[tokio::test]
    async fn one_at_a_time_for_a_host_and_a_limit_for_all() {
        let hosts = Hosts::new(2, Duration::ZERO);
        let soon = Duration::from_millis(20);
        let first = hosts.turn(&url("http://a/")).await.unwrap();
        assert!(tokio::time::timeout(soon, hosts.turn(&url("http://a/"))).await.is_err());
        let second = hosts.turn(&url("http://b/")).await.unwrap();
        assert!(tokio::time::timeout(soon, hosts.turn(&url("http://c/"))).await.is_err());
        drop(second);
        assert!(tokio::time::timeout(soon, hosts.turn(&url("http://c/"))).await.is_ok());
        drop(first);
        assert!(tokio::time::timeout(soon, hosts.turn(&url("http://a/"))).await.is_ok());
    }

    #[tokio::test]
    async fn a_host_that_refused_is_left_alone() {
        let hosts = Hosts::new(2, Duration::ZERO);
        hosts.turn(&url("http://a/")).await.unwrap().refuse(Some(120));
        assert_eq!(hosts.turn(&url("http://a/other")).await.unwrap_err(), LeftAlone { retry_after: Some(120) });
        assert!(hosts.turn(&url("http://b/")).await.is_ok());
    }
}
