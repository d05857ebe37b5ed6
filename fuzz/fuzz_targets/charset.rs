//! Bytes as text, whatever HTTP says of them.
#![no_main]

use feedmill::parse::charset::{Declared, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| {
    let (bytes, label) = input;
    for declared in [Declared::Unknown, Declared::Http(label)] {
        if let Ok((text, warnings)) = decode(bytes, declared) {
            // Nothing becomes U+FFFD in silence.
            let had = String::from_utf8_lossy(bytes).contains('\u{fffd}');
            assert!(had || !text.contains('\u{fffd}') || !warnings.is_empty());
        }
    }
});
