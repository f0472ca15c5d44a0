//! As much of tar as a backup needs: plain files under short names, one after another (POSIX ustar).

use std::io::{self, Read, Write};

use super::broken;

const BLOCK: usize = 512;
/// The largest member that is taken into memory.
const LARGEST: u64 = 4 << 30;

/// Writes a member.
pub(super) fn write(out: &mut impl Write, name: &str, content: &[u8]) -> io::Result<()> {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = block.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    if name.len() > 99 {
        return Err(broken(format!("`{name}` is too long a name")));
    }
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = block.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out.write_all(&block)?;
    out.write_all(content)?;
    let over = content.len() % BLOCK;
    if over > 0 {
        out.write_all(&vec![0; BLOCK - over])?;
    }
    Ok(())
}

/// Writes the end.
pub(super) fn finish(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

/// The next member's name and content; `None` at the end of the archive.
pub(super) fn next(from: &mut impl Read) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut block = [0_u8; BLOCK];
    from.read_exact(&mut block)?;
    if block.iter().all(|byte| *byte == 0) {
        from.read_exact(&mut block)?;
        return if block.iter().all(|byte| *byte == 0) {
            Ok(None)
        } else {
            Err(broken("the archive's end is damaged"))
        };
    }
    let part = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
    let said = number(part(148, 156)).ok_or_else(|| broken("a member's head is damaged"))?;
    let sum: u64 =
        block.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u64::from(*b) }).sum();
    if said != sum || part(257, 262) != b"ustar" || part(156, 157) != b"0" {
        return Err(broken("a member's head is damaged"));
    }
    let name = part(0, 100);
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8(name.to_vec()).map_err(|_| broken("a member's name is damaged"))?;
    let size = number(part(124, 136)).filter(|size| *size <= LARGEST).ok_or_else(|| broken("a member is too large"))?;
    let mut content = Vec::new();
    let read = from.by_ref().take(size).read_to_end(&mut content)?;
    if read as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let over = content.len() % BLOCK;
    if over > 0 {
        let mut rest = [0_u8; BLOCK];
        from.read_exact(rest.get_mut(..BLOCK - over).unwrap_or_default())?;
    }
    Ok(Some((name, content)))
}

fn number(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back_and_damage_is_told() {
        let mut archive = Vec::new();
        for (name, size) in [("a", 0), ("b/c", 511), ("d", 512), ("e", 5_000)] {
            write(&mut archive, name, &vec![7; size]).unwrap();
        }
        finish(&mut archive).unwrap();
        let mut from = archive.as_slice();
        let mut sizes = Vec::new();
        while let Some((name, content)) = next(&mut from).unwrap() {
            sizes.push((name, content.len()));
        }
        let expected = [("a", 0), ("b/c", 511), ("d", 512), ("e", 5_000)].map(|(name, size)| (name.to_owned(), size));
        assert_eq!(sizes, expected);
        let mut damaged = archive.clone();
        damaged[125] ^= 1;
        assert!(next(&mut damaged.as_slice()).is_err(), "a changed size");
        let mut cut = &archive[..archive.len() - 2_000];
        assert!((0..5).any(|_| next(&mut cut).is_err()), "an end that is missing");
        assert!(write(&mut Vec::new(), &"n".repeat(100), b"").is_err());
    }
}
