//! Bytes as a JSON Feed. See `tests/support/checks/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedmill_fuzz::json_feed(bytes));
