//! What is published does not depend on who answers first.

use crate::mill::Mill;
use crate::server::Reply;
use crate::web::{Web, config, feed, item, rss};
use std::time::Duration;

#[test]
fn neither_speed_nor_the_order_of_the_config_shows() {
    let names = ["a", "b", "c", "d"];
    let webs: Vec<Web> = names.iter().map(|_| Web::start()).collect();
    // One item is in two of them, and all have items of one date.
    let documents = [
        rss("A", &[item("a", 1), item("shared", 2)]),
        rss("B", &[item("shared", 2), item("b", 1)]),
        feed(&["c"]),
        feed(&["d", "d2"]),
    ];
    let publish = |order: &[usize], slow: usize| {
        for (number, web) in webs.iter().enumerate() {
            let pause = if number == slow { 300 } else { 0 };
            web.put("/feed", Reply::ok(documents[number].clone()).after(Duration::from_millis(pause)));
        }
        let sources: String = order.iter().map(|&number| webs[number].source(names[number], "/feed")).collect();
        let mill = Mill::new(&config(&sources));
        mill.run();
        mill.published()
    };
    let first = publish(&[0, 1, 2, 3], 0);
    assert!(first.len() > 15, "{:?}", first.keys());
    for (order, slow) in [([0, 1, 2, 3], 3), ([3, 2, 1, 0], 1), ([1, 3, 0, 2], 0), ([2, 0, 3, 1], 9)] {
        let again = publish(&order, slow);
        for (path, bytes) in &first {
            assert_eq!(
                String::from_utf8_lossy(&again[path]),
                String::from_utf8_lossy(bytes),
                "{path}: {order:?}, {slow} slow"
            );
        }
        assert_eq!(again.len(), first.len());
    }
}
