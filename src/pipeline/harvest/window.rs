//! How far answers may run ahead of the state: they are taken in by name, so a slow one lets others wait in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, Semaphore};

/// Bytes of answers that may wait before no new request is begun.
const MOST: usize = 256 << 20;

/// Shared by all requests of a run. Requests begin in the order of their sources; while too much waits, only the one
/// whose turn it is begins.
pub(super) struct Window {
    places: Semaphore,
    waiting: AtomicUsize,
    turn: AtomicUsize,
    changed: Notify,
}

impl Window {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            places: Semaphore::new(concurrency),
            waiting: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
            changed: Notify::new(),
        }
    }

    /// Waits until the request number `order` may begin. Each that begins must end with `came_in`.
    pub(super) async fn wait(&self, order: usize) {
        // The semaphore is fair and never closed, so places are given in the order of the sources.
        if let Ok(place) = self.places.acquire().await {
            place.forget();
        }
        loop {
            let changed = self.changed.notified();
            if self.waiting.load(Ordering::SeqCst) < MOST || order <= self.turn.load(Ordering::SeqCst) {
                return;
            }
            changed.await;
        }
    }

    /// An answer of so many bytes is there.
    pub(super) fn came_in(&self, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::SeqCst);
        self.places.add_permits(1);
    }

    /// The state waits for the request number `order`.
    pub(super) fn turn(&self, order: usize) {
        self.turn.store(order, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// The state has taken over an answer of so many bytes.
    pub(super) fn taken(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::SeqCst);
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn only_the_next_in_turn_begins_while_too_much_waits() {
        let window = Arc::new(Window::new(8));
        window.wait(1).await;
        window.came_in(MOST);
        let begun = |order: usize| {
            let window = Arc::clone(&window);
            async move { tokio::time::timeout(Duration::from_millis(50), window.wait(order)).await.is_ok() }
        };
        assert!(begun(0).await, "it is its turn");
        assert!(!begun(2).await);
        window.turn(2);
        assert!(begun(2).await);
        assert!(!begun(3).await);
        window.taken(1);
        assert!(begun(3).await, "there is room again");
    }
}
