//! Bytes in some character set. See `tests/support/checks/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedmill_fuzz::charset(bytes));
