//! Text as a date. See `tests/support/checks/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedmill_fuzz::date(bytes));
