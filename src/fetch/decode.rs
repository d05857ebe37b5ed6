//! `Content-Encoding` → plain bytes, within limits. Pure.
//!
//! Decoding is done here and not by the HTTP client, because only so both counts are known: bytes that came over the
//! wire and bytes that come out of them. A megabyte of gzip can be a gigabyte of zeros.

use super::error::Fault;
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::GzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use std::io::{Error, ErrorKind, Read};

/// Bytes out for one byte in, at most, once `RATIO_FREE_BYTES` came out. Text stays below 100.
const MAX_RATIO: u64 = 200;
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// How much is decoded between two looks at the limits.
const STEP_BYTES: u64 = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Brotli,
}

/// The one coding of a response. Several, or one that was not asked for, is a fault: stacked codings multiply bombs.
pub(super) fn coding(headers: &HeaderMap) -> Result<Coding, Fault> {
    let written: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .split(',')
                .map(|c| c.trim().to_ascii_lowercase())
                .collect::<Vec<_>>()
        })
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    match written.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(Coding::Identity),
        ["gzip" | "x-gzip"] => Ok(Coding::Gzip),
        ["br"] => Ok(Coding::Brotli),
        _ => {
            let shown: String = written.join(", ").chars().filter(|c| !c.is_control()).take(60).collect();
            Err(Fault::new(
                "encoding",
                format!("`Content-Encoding: {shown}` was not asked for, expected `gzip`, `br` or none"),
            ))
        }
    }
}

/// Decodes a whole body into at most `max_bytes`. `framed`: the transfer itself proved to be whole, so a body that ends
/// early was sent so.
pub(super) fn decode(coding: Coding, wire: Vec<u8>, max_bytes: u64, framed: bool) -> Result<Vec<u8>, Fault> {
    match coding {
        Coding::Identity => Ok(wire),
        Coding::Gzip => gunzip(&wire, max_bytes, framed),
        Coding::Brotli => {
            let (mut reader, mut plain) = (BrotliReader::new(&wire), Vec::new());
            expand(&mut reader, |reader| reader.at as u64, &mut plain, max_bytes)
                .map_err(|stop| stop.fault("brotli", max_bytes, framed))?;
            Ok(plain)
        }
    }
}

/// Brotli from memory. The reader of the library calls an early end and damage by one name.
struct BrotliReader<'a> {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    wire: &'a [u8],
    /// Bytes taken in.
    at: usize,
}

impl<'a> BrotliReader<'a> {
    fn new(wire: &'a [u8]) -> Self {
        let mut state = BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        // RFC 7932 ends at windows of 16 MiB; the extension would let a few bytes ask for a gigabyte.
        state.large_window = false;
        Self { state, wire, at: 0 }
    }
}

impl Read for BrotliReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (mut room, mut written, mut total) = (buffer.len(), 0, 0);
        let mut left = self.wire.len().saturating_sub(self.at);
        let result = BrotliDecompressStream(
            &mut left,
            &mut self.at,
            self.wire,
            &mut room,
            &mut written,
            buffer,
            &mut total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultSuccess | BrotliResult::NeedsMoreOutput => Ok(written),
            BrotliResult::NeedsMoreInput if written > 0 => Ok(written),
            BrotliResult::NeedsMoreInput => Err(ErrorKind::UnexpectedEof.into()),
            BrotliResult::ResultFailure => Err(Error::new(ErrorKind::InvalidData, "this is not brotli")),
        }
    }
}

/// Decodes all members of a gzip file (RFC 1952 §2.2); what follows them and is none is ignored, as browsers do.
fn gunzip(wire: &[u8], max_bytes: u64, framed: bool) -> Result<Vec<u8>, Fault> {
    let (mut plain, mut rest) = (Vec::new(), wire);
    loop {
        let mut reader = GzDecoder::new(rest);
        expand(&mut reader, |reader| left(wire.len(), reader.get_ref().len()), &mut plain, max_bytes)
            .map_err(|stop| stop.fault("gzip", max_bytes, framed))?;
        rest = reader.into_inner();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(plain);
        }
    }
}

/// How many bytes were taken in.
fn left(all: usize, rest: usize) -> u64 {
    all.saturating_sub(rest) as u64
}

/// Why decoding stopped before the end.
enum Stop {
    TooLarge,
    Ratio,
    Broken(Error),
}

/// Reads to the end in steps, with a look at both limits after each.
fn expand<R: Read>(reader: &mut R, taken: impl Fn(&R) -> u64, plain: &mut Vec<u8>, max_bytes: u64) -> Result<(), Stop> {
    loop {
        let got = reader.by_ref().take(STEP_BYTES).read_to_end(plain).map_err(Stop::Broken)?;
        let out = plain.len() as u64;
        if out > RATIO_FREE_BYTES && out / MAX_RATIO > taken(reader) {
            return Err(Stop::Ratio);
        }
        if out > max_bytes {
            return Err(Stop::TooLarge);
        }
        if got == 0 {
            return Ok(());
        }
    }
}

impl Stop {
    fn fault(self, name: &str, max_bytes: u64, framed: bool) -> Fault {
        match self {
            Stop::TooLarge => Fault::too_large("decoded", max_bytes),
            Stop::Ratio => {
                Fault::new("expansion-limit", format!("the {name} body grows more than {MAX_RATIO} times when decoded"))
            }
            Stop::Broken(error) if error.kind() == ErrorKind::UnexpectedEof && !framed => {
                Fault::new("truncated-body", format!("the connection closed in the middle of the {name} body"))
            }
            Stop::Broken(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Fault::new("encoding", format!("the {name} body ends early"))
            }
            Stop::Broken(error) => Fault::new("encoding", format!("the {name} body is damaged: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    /// `<a>hello brotli</a>` as brotli.
    const BROTLI: &[u8] = b"\x0b\x09\x80<a>hello brotli</a>\x03";

    fn class(result: Result<Vec<u8>, Fault>) -> &'static str {
        result.unwrap_err().class
    }

    #[test]
    fn codings() {
        let check = |values: &[&'static str], expect: Result<Coding, &str>| {
            let headers: HeaderMap =
                values.iter().map(|value| (CONTENT_ENCODING, HeaderValue::from_static(value))).collect();
            assert_eq!(coding(&headers).map_err(|fault| fault.class), expect, "{values:?}");
        };
        check(&[], Ok(Coding::Identity));
        check(&["identity"], Ok(Coding::Identity));
        check(&["GZip"], Ok(Coding::Gzip));
        check(&["x-gzip, identity"], Ok(Coding::Gzip));
        check(&["br"], Ok(Coding::Brotli));
        check(&["gzip, gzip"], Err("encoding"));
        check(&["gzip", "br"], Err("encoding"));
        check(&["zstd"], Err("encoding"));
        check(&["deflate"], Err("encoding"));
    }

    #[test]
    fn gzip_bodies() {
        let body = gzip(b"hello");
        assert_eq!(decode(Coding::Gzip, body.clone(), 5, true).unwrap(), b"hello");
        assert_eq!(class(decode(Coding::Gzip, body.clone(), 4, true)), "too-large");
        assert_eq!(decode(Coding::Gzip, [body.clone(), gzip(b" again")].concat(), 99, true).unwrap(), b"hello again");
        assert_eq!(decode(Coding::Gzip, [&body[..], b"\0\0junk"].concat(), 99, true).unwrap(), b"hello");
        let cut = body[..body.len() - 3].to_vec();
        assert_eq!(class(decode(Coding::Gzip, cut.clone(), 99, true)), "encoding");
        assert_eq!(class(decode(Coding::Gzip, cut, 99, false)), "truncated-body");
        let mut wrong_sum = body;
        let at = wrong_sum.len() - 6;
        wrong_sum[at] ^= 1;
        assert_eq!(class(decode(Coding::Gzip, wrong_sum, 99, true)), "encoding");
        assert_eq!(class(decode(Coding::Gzip, b"plain text".to_vec(), 99, true)), "encoding");
    }

    #[test]
    fn brotli_bodies() {
        assert_eq!(decode(Coding::Brotli, BROTLI.to_vec(), 99, true).unwrap(), b"<a>hello brotli</a>");
        assert_eq!(class(decode(Coding::Brotli, BROTLI.to_vec(), 9, true)), "too-large");
        assert_eq!(class(decode(Coding::Brotli, BROTLI[..9].to_vec(), 99, true)), "encoding");
        assert_eq!(class(decode(Coding::Brotli, BROTLI[..9].to_vec(), 99, false)), "truncated-body");
        assert_eq!(class(decode(Coding::Brotli, b"\xff\xff\xff\xffplain".to_vec(), 99, true)), "encoding");
    }

    #[test]
    fn bombs() {
        let bomb = gzip(&vec![0; 8 * 1024 * 1024]);
        assert_eq!(class(decode(Coding::Gzip, bomb, 32 * 1024 * 1024, true)), "expansion-limit");
        // Small documents may be as repetitive as they like.
        let small = gzip(&vec![b' '; 1024 * 1024]);
        assert_eq!(decode(Coding::Gzip, small, 32 * 1024 * 1024, true).unwrap().len(), 1024 * 1024);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), start in 0usize..3) {
            let head: &[u8] = [&b""[..], &b"\x1f\x8b\x08\0\0\0\0\0\0\0"[..], BROTLI][start];
            let wire = [head, &bytes].concat();
            let _ = decode(Coding::Gzip, wire.clone(), 1000, true);
            let _ = decode(Coding::Brotli, wire, 1000, false);
        }
    }
}
