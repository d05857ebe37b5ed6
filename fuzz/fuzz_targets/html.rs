//! Text as a body in any markup. See `tests/support/checks/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedmill_fuzz::html(bytes));
