//! How far answers may run ahead of the state: they are taken in by name, so a slow one lets others wait in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, Semaphore};

/// Bytes of answers that may wait, or be on their way, before no new request is begun.
const MOST: usize = 256 << 20;
/// Bytes that are set aside for a request until its answer shows how many it takes.
const EXPECTED: usize = 8 << 20;

/// Begins the requests of a run one after the other, in the order of their sources. While too much waits, only the one
/// whose turn it is begins; all before it have begun, so it is never kept waiting by those behind it.
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

    /// Waits until the request number `order` may begin. To be called for one request after the other; each that begins
    /// must end with `came_in`.
    pub(super) async fn wait(&self, order: usize) {
        // The semaphore is never closed.
        if let Ok(place) = self.places.acquire().await {
            place.forget();
        }
        loop {
            let changed = self.changed.notified();
            let room = self.waiting.load(Ordering::SeqCst) + EXPECTED <= MOST;
            if room || order <= self.turn.load(Ordering::SeqCst) {
                self.waiting.fetch_add(EXPECTED, Ordering::SeqCst);
                return;
            }
            changed.await;
        }
    }

    /// An answer of so many bytes is there.
    pub(super) fn came_in(&self, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::SeqCst);
        self.waiting.fetch_sub(EXPECTED, Ordering::SeqCst);
        self.places.add_permits(1);
        self.changed.notify_waiters();
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

    async fn begins(window: &Window, order: usize) -> bool {
        tokio::time::timeout(Duration::from_millis(50), window.wait(order)).await.is_ok()
    }

    #[tokio::test]
    async fn only_the_next_in_turn_begins_while_too_much_waits() {
        let window = Window::new(8);
        assert!(begins(&window, 0).await && begins(&window, 1).await);
        window.came_in(MOST);
        assert!(!begins(&window, 2).await);
        // A place that was taken in vain comes back with the next answer.
        window.turn(2);
        assert!(begins(&window, 2).await, "it is its turn");
        assert!(!begins(&window, 3).await);
        window.taken(MOST);
        assert!(begins(&window, 3).await, "there is room again");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn answers_too_big_to_wait_all_come_through_in_order() {
        const REQUESTS: usize = 200;
        let window = Arc::new(Window::new(3));
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..REQUESTS).map(|_| tokio::sync::oneshot::channel()).unzip();
        let beginner = Arc::clone(&window);
        tokio::spawn(async move {
            for (order, sender) in senders.into_iter().enumerate() {
                beginner.wait(order).await;
                let window = Arc::clone(&beginner);
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    window.came_in(MOST / 2);
                    let _ = sender.send(order);
                });
            }
        });
        let all = async {
            for (order, receiver) in receivers.into_iter().enumerate() {
                window.turn(order);
                assert_eq!(receiver.await.unwrap(), order);
                window.taken(MOST / 2);
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
    }
}
