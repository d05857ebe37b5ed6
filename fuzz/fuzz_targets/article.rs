//! Bytes as an article with front matter. See `tests/support/checks/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedmill_fuzz::article(bytes));
