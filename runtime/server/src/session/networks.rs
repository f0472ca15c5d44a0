//! Networks from which whoever administers may come: addresses, or ranges of them as `10.1.0.0/16`.

use std::net::{IpAddr, SocketAddr};

/// An address and how many of its first bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    bits: u128,
    mask: u128,
}

/// An address as 128 bits. Those of version 4 stand where version 6 has them, so that `::ffff:10.1.2.3` is `10.1.2.3`.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(four.to_ipv6_mapped()),
        IpAddr::V6(six) => u128::from(six),
    }
}

fn read(text: &str) -> Option<Network> {
    let (address, length) = match text.trim().split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (most, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    let length = length.unwrap_or(most);
    if length > most {
        return None;
    }
    let mask = u128::MAX.checked_shl(128 - before - length).unwrap_or(0);
    Some(Network { bits: bits(address) & mask, mask })
}

/// The first of these texts that is no network.
pub(crate) fn unread(networks: &[String]) -> Option<&String> {
    networks.iter().find(|text| read(text).is_none())
}

/// Whether an address is in one of these networks; in none of none is everybody. An address that cannot be told is in none.
pub(crate) fn hold(networks: &[String], address: &str) -> bool {
    if networks.is_empty() {
        return true;
    }
    let address = address.trim();
    let told = address.parse::<IpAddr>().ok().or_else(|| address.parse::<SocketAddr>().ok().map(|with| with.ip()));
    let Some(told) = told.map(bits) else { return false };
    networks.iter().filter_map(|text| read(text)).any(|network| told & network.mask == network.bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_by_its_first_bits() {
        let held = |networks: &[&str], address: &str| {
            hold(&networks.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), address)
        };
        assert!(held(&[], "anything"), "no networks are all");
        for (network, inside, outside) in [
            ("10.1.0.0/16", "10.1.255.3", "10.2.0.1"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("10.1.2.3/32", "::ffff:10.1.2.3", "::ffff:10.1.2.2"),
            ("192.168.1.77/24", "192.168.1.1:5040", "192.168.2.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "127.0.0.1"),
            ("::/0", "1.2.3.4", ""),
            ("0.0.0.0/0", "1.2.3.4", "2001:db8::1"),
        ] {
            assert!(held(&[network], inside), "{inside} is in {network}");
            assert!(!held(&[network], outside), "{outside} is not in {network}");
        }
        assert!(held(&["10.0.0.0/8", "172.16.0.0/12"], "172.31.1.1"));
        for wrong in ["", "10.1.0.0/33", "10.1/16", "example.org", "10.1.0.0/-1", "::/129"] {
            assert_eq!(unread(&[wrong.to_owned()]), Some(&wrong.to_owned()));
            assert!(!held(&[wrong], "10.1.0.1"), "what is no network lets nobody in");
        }
    }
}
