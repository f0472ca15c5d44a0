//! What the first bytes of a file say it is: a program is not taken, and a file is what its name says, where its kind is known.

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// It is a program, whatever it is called.
    Program,
    /// Its name says another kind.
    Other,
}

/// How programs begin: Windows links, ELF, Mach-O in both orders, Java and universal binaries, WebAssembly, Android.
const PROGRAMS: [&[u8]; 9] = [
    b"\x4c\x00\x00\x00\x01\x14\x02\x00",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x00asm",
    b"dex\n",
];

const PACKED: &[u8] = b"PK";
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Office programs also write the old endings over rich text and web pages.
const OLD_OFFICE: &[&[u8]] = &[OLE, PACKED, b"{\\rtf", b"<", b"\xef\xbb\xbf<"];

/// How files of some endings begin, any of several, at a place.
const KINDS: [(&str, usize, &[&[u8]]); 18] = [
    ("png", 0, &[b"\x89PNG\r\n\x1a\n"]),
    ("jpg", 0, &[b"\xff\xd8\xff"]),
    ("jpeg", 0, &[b"\xff\xd8\xff"]),
    ("gif", 0, &[b"GIF87a", b"GIF89a"]),
    ("bmp", 0, &[b"BM"]),
    ("webp", 8, &[b"WEBP"]),
    ("docx", 0, &[PACKED, OLE]),
    ("xlsx", 0, &[PACKED, OLE]),
    ("pptx", 0, &[PACKED, OLE]),
    ("ofd", 0, &[PACKED]),
    ("zip", 0, &[PACKED]),
    ("doc", 0, OLD_OFFICE),
    ("xls", 0, OLD_OFFICE),
    ("ppt", 0, OLD_OFFICE),
    ("rar", 0, &[b"Rar!"]),
    ("7z", 0, &[b"7z\xbc\xaf\x27\x1c"]),
    ("mp4", 4, &[b"ftyp"]),
    ("mov", 4, &[b"ftyp", b"moov", b"mdat", b"wide", b"free"]),
];

/// How far from its beginning a PDF may say that it is one.
const PDF: usize = 1024;

/// What is odd about a file of that name.
pub(crate) fn odd(name: &str, content: &[u8]) -> Option<Odd> {
    // Text may begin with these two letters; a program has a table of offsets after them.
    let windows = content.starts_with(b"MZ") && content.get(..64).is_some_and(|head| head.contains(&0));
    if windows || PROGRAMS.iter().any(|start| content.starts_with(start)) {
        return Some(Odd::Program);
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())?;
    if ending == "pdf" {
        let head = content.get(..PDF).unwrap_or(content);
        return (!head.windows(5).any(|part| part == b"%PDF-")).then_some(Odd::Other);
    }
    let (_, at, starts) = KINDS.iter().find(|(known, _, _)| *known == ending)?;
    let rest = content.get(*at..).unwrap_or_default();
    (!starts.iter().any(|start| rest.starts_with(start))).then_some(Odd::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_whatever_they_are_called() {
        let windows = [b"MZ\x90\x00\x03".as_slice(), &[0; 80]].concat();
        for name in ["photo.jpg", "合同.docx", "setup.exe", "no-ending"] {
            assert_eq!(odd(name, &windows), Some(Odd::Program), "{name}");
            assert_eq!(odd(name, b"\x7fELF\x02\x01\x01"), Some(Odd::Program), "{name}");
        }
        assert_eq!(odd("letter.txt", b"MZ is a country code"), None);
    }

    #[test]
    fn a_file_is_what_its_name_says() {
        for (name, content) in [
            ("a.PDF", b"%PDF-1.7".as_slice()),
            ("a.pdf", b"\xef\xbb\xbf%PDF-1.4"),
            ("a.png", b"\x89PNG\r\n\x1a\n..."),
            ("a.jpeg", b"\xff\xd8\xff\xe0"),
            ("a.xlsx", b"PK\x03\x04"),
            ("a.xls", b"<html>"),
            ("a.webp", b"RIFF\x00\x00\x00\x00WEBP"),
            ("a.mp4", b"\x00\x00\x00\x18ftypmp42"),
            ("a.txt", b"anything"),
            ("nothing", b"anything"),
        ] {
            assert_eq!(odd(name, content), None, "{name}");
        }
        for (name, content) in
            [("a.pdf", b"PK\x03\x04".as_slice()), ("a.png", b"GIF89a"), ("a.docx", b"#!/bin/sh"), ("a.jpg", b"")]
        {
            assert_eq!(odd(name, content), Some(Odd::Other), "{name}");
        }
    }
}
