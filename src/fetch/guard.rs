//! Which addresses may be reached. Takes addresses and host names, gives the permitted ones.
//!
//! A source's URL comes from strangers as often as not (imported lists, redirects), so nothing but the public
//! internet is reachable unless the config says so. The check stands where the connection is made, not before it:
//! what the resolver returns here is what is connected to, so a name cannot answer twice with different addresses.

use crate::config::plan::Cidr;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::{Host, Url};

/// Blocks of IPv4 that are not the public internet (IANA special-purpose registry, RFC 6890).
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Blocks of IPv6 that are not the public internet, as their first 32 bits and a prefix of at most 32; the longer ones are in `is_public_v6`.
const SPECIAL_V6: [(u32, u32); 8] = [
    (0x2001_0000, 23), // IETF protocol assignments, Teredo among them
    (0x2001_0db8, 32), // documentation
    (0x3fff_0000, 20), // documentation
    (0x5f00_0000, 16), // segment routing
    (0xfc00_0000, 7),  // unique local
    (0xfe80_0000, 10), // link local
    (0xfec0_0000, 10), // site local, deprecated
    (0xff00_0000, 8),  // multicast
];

/// Whether the address belongs to the public internet, looking through IPv4 in IPv6 (mapped, compatible, NAT64, 6to4).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !SPECIAL_V4.iter().any(|&(block, prefix)| (bits ^ u32::from_be_bytes(block)) >> (32 - prefix) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = u128::from(address);
    let first = (bits >> 96) as u32;
    let last = Ipv4Addr::from_bits(bits as u32);
    match bits >> 32 {
        // `::/96`: IPv4-compatible; `::` and `::1` are 0.0.0.0 and 0.0.0.1 here, and refused as those.
        0 => return is_public_v4(last),
        0xffff => return is_public_v4(last),
        // 64:ff9b::/96, NAT64 (RFC 6052 §2.1).
        0x0064_ff9b_0000_0000_0000_0000 => return is_public_v4(last),
        _ => {}
    }
    // 2002::/16, 6to4: the IPv4 address stands in the second and third group.
    if first >> 16 == 0x2002 {
        return is_public_v4(Ipv4Addr::from_bits((bits >> 80) as u32));
    }
    // 64:ff9b:1::/48, local NAT64 (RFC 8215); 100::/64, discard only (RFC 6666); ::ffff:0:0:0/96, SIIT.
    if bits >> 80 == 0x0064_ff9b_0001 || bits >> 64 == 0x0100_0000_0000_0000 || bits >> 32 == 0xffff_0000 {
        return false;
    }
    !SPECIAL_V6.iter().any(|&(block, prefix)| (first ^ block) >> (32 - prefix) == 0)
}

/// Whether the block holds the address; IPv4-mapped IPv6 counts as the IPv4 address it is.
fn contains(block: &Cidr, address: IpAddr) -> bool {
    match (block.address, address.to_canonical()) {
        (IpAddr::V4(net), IpAddr::V4(one)) => {
            let shift = 32u32.saturating_sub(u32::from(block.prefix));
            (u32::from(net) ^ u32::from(one)).checked_shr(shift).unwrap_or(0) == 0
        }
        (IpAddr::V6(net), IpAddr::V6(one)) => {
            let shift = 128u32.saturating_sub(u32::from(block.prefix));
            (u128::from(net) ^ u128::from(one)).checked_shr(shift).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// Which addresses a request may connect to.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `[network] allow_addresses`.
    pub allow: Vec<Cidr>,
    /// Every address may be reached (`allow_private` of the source).
    pub allow_private: bool,
}

impl Policy {
    pub fn permits(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address) || self.allow.iter().any(|block| contains(block, address))
    }

    /// Refuses a URL whose host is an address that may not be reached. Names pass: `Resolver` has the word on those.
    ///
    /// Needed beside the resolver because no client asks a resolver about an address (`url` has already read
    /// `2130706434`, `0x7f.2` and the like as the addresses they are).
    pub fn check_literal(&self, url: &Url) -> Result<(), Blocked> {
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            _ => return Ok(()),
        };
        if self.permits(address) { Ok(()) } else { Err(Blocked { address }) }
    }
}

/// An address that may not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not a public address")]
pub struct Blocked {
    pub address: IpAddr,
}

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("no name server answered within {} s", .0.as_secs_f32())]
    Silent(Duration),
    #[error("the name has no address")]
    Empty,
    #[error("the name cannot be resolved")]
    Failed(#[source] std::io::Error),
}

/// The system's resolver, less the addresses that may not be reached.
#[derive(Debug, Clone)]
pub struct Resolver {
    pub policy: Policy,
    pub timeout: Duration,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Resolver { policy, timeout } = self.clone();
        Box::pin(async move {
            if is_localhost(name.as_str()) {
                let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                let permitted = filter(&policy, loopback.into_iter().map(|ip| SocketAddr::new(ip, 0)))?;
                return Ok(Box::new(permitted.into_iter()) as Addrs);
            }
            // Port 0 stands for the URL's own port.
            let answer = tokio::time::timeout(timeout, tokio::net::lookup_host((name.as_str(), 0)))
                .await
                .map_err(|_| ResolveError::Silent(timeout))?
                .map_err(ResolveError::Failed)?;
            let permitted = filter(&policy, answer)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// `localhost` and all below it are this machine, whatever a name server may say (RFC 6761 §6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// What `Resolve` wants errors to be.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps the permitted addresses; an error if none is left.
fn filter(policy: &Policy, answer: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, BoxError> {
    let (permitted, refused): (Vec<_>, Vec<_>) = answer.partition(|address| policy.permits(address.ip()));
    match (permitted.is_empty(), refused.first()) {
        (false, _) => Ok(permitted),
        (true, Some(first)) => Err(Box::new(Blocked { address: first.ip() })),
        (true, None) => Err(Box::new(ResolveError::Empty)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_and_special_addresses() {
        let check = |text: &str, expect: bool| {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(is_public(address), expect, "{text}");
        };
        for special in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:0:808:808",
        ] {
            check(special, false);
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:200::1",
        ] {
            check(public, true);
        }
    }

    fn cidr(text: &str) -> Cidr {
        let (address, prefix) = text.split_once('/').unwrap();
        Cidr { address: address.parse().unwrap(), prefix: prefix.parse().unwrap() }
    }

    #[test]
    fn allowed_blocks() {
        let check = |blocks: &[&str], address: &str, expect: bool| {
            let policy = Policy { allow: blocks.iter().map(|b| cidr(b)).collect(), allow_private: false };
            assert_eq!(policy.permits(address.parse().unwrap()), expect, "{blocks:?} {address}");
        };
        check(&[], "127.0.0.1", false);
        check(&["127.0.0.1/32"], "127.0.0.1", true);
        check(&["127.0.0.1/32"], "127.0.0.2", false);
        check(&["127.0.0.1/32"], "::ffff:127.0.0.1", true);
        check(&["127.0.0.1/32"], "64:ff9b::7f00:1", false);
        check(&["10.0.0.0/8", "fd00::/8"], "10.200.0.1", true);
        check(&["10.0.0.0/8", "fd00::/8"], "fd12::1", true);
        check(&["10.0.0.0/8", "fd00::/8"], "fc12::1", false);
        check(&["0.0.0.0/0"], "192.168.0.1", true);
        check(&["0.0.0.0/0"], "::1", false);
        check(&["::/0"], "::1", true);
        check(&["127.0.0.1/255"], "127.0.0.2", false);
    }

    #[test]
    fn literals_in_every_spelling() {
        let policy = Policy { allow: vec![cidr("127.0.0.1/32")], allow_private: false };
        for url in [
            "http://127.0.0.2/",
            "http://2130706434/",
            "http://0x7f.2/",
            "http://0177.0.0.2/",
            "http://127.2/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.2]/",
            "http://[::ffff:7f00:2]/",
            "http://[64:ff9b::7f00:2]/",
            "http://[2002:7f00:2::]/",
            "http://0/",
            "http://169.254.169.254/latest/",
        ] {
            assert!(policy.check_literal(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://[::ffff:127.0.0.1]/",
            "http://8.8.8.8/",
            "http://localhost/",
        ] {
            assert!(policy.check_literal(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        assert!(Policy { allow_private: true, ..policy }.check_literal(&Url::parse("http://[::1]/").unwrap()).is_ok());
    }

    #[test]
    fn names_of_this_machine() {
        let check = |name: &str, expect: bool| assert_eq!(is_localhost(name), expect, "{name}");
        check("localhost", true);
        check("LocalHost.", true);
        check("a.b.localhost", true);
        check("notlocalhost", false);
        check("localhost.example", false);
    }

    #[test]
    fn a_name_with_mixed_answers_keeps_the_permitted_ones() {
        let socket = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let kept = filter(&Policy::default(), ["10.0.0.1", "8.8.8.8", "::1"].map(socket).into_iter()).unwrap();
        assert_eq!(kept, [socket("8.8.8.8")]);
        let error = filter(&Policy::default(), ["10.0.0.1", "::1"].map(socket).into_iter()).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Blocked { address: "10.0.0.1".parse().unwrap() }));
        let none = filter(&Policy::default(), std::iter::empty()).unwrap_err();
        assert!(matches!(none.downcast_ref(), Some(ResolveError::Empty)));
    }
}
