//! What stands on printed pages can be searched and copied: every figure and every word, Chinese ones too.
//!
//! The font of these tests is one that is there on every machine, its shapes given to whichever characters are asked for: what is
//! seen on the pages is nonsense, what is written behind it is not. They are read as any reader of PDF does: streams are inflated,
//! and codes of glyphs are looked up in the table that comes along with the font (`ToUnicode`).

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    iter::{Copied, Peekable},
    slice::Iter,
};

use axum::http::StatusCode;
use flate2::read::ZlibDecoder;
use serde_json::json;
use server::{AppState, Fonts, Options, router};

use super::{
    boards::{filled_but, world},
    support::{Client, FILES, Site},
};

/// The font with a shape for each of these letters, and without what puts shapes together.
fn font(letters: &BTreeSet<char>) -> Vec<u8> {
    let known = epaint_default_fonts::UBUNTU_LIGHT;
    let number =
        |at: usize, size: usize| known[at..at + size].iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    // One table (platform 3, encoding 10) of format 12: ranges of characters, each of one here, and their shapes.
    let codes = letters.iter().map(|letter| u32::from(*letter));
    let ranges = codes.zip(4_u32..).flat_map(|(letter, shape)| [letter, letter, shape]);
    let count = u32::try_from(letters.len()).unwrap();
    let mut characters = vec![0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0];
    for number in [16 + count * 12, 0, count].into_iter().chain(ranges) {
        characters.extend(number.to_be_bytes());
    }
    let mut tables: BTreeMap<[u8; 4], Vec<u8>> = BTreeMap::new();
    for at in (0..number(4, 2)).map(|at| 12 + at * 16) {
        let tag: [u8; 4] = known[at..at + 4].try_into().unwrap();
        let (from, size) = (number(at + 8, 4), number(at + 12, 4));
        if !matches!(&tag, b"GSUB" | b"GPOS" | b"GDEF" | b"kern") {
            tables.insert(tag, known[from..from + size].to_vec());
        }
    }
    let shapes = &tables[b"maxp"][4..6];
    assert!(letters.len() + 4 < usize::from(u16::from_be_bytes([shapes[0], shapes[1]])), "as many letters as shapes");
    tables.insert(*b"cmap", characters);
    let mut font = known[..4].to_vec();
    font.extend(u16::try_from(tables.len()).unwrap().to_be_bytes());
    font.extend([0_u8; 6]);
    let mut from = 12 + tables.len() * 16;
    for (tag, table) in &tables {
        font.extend(tag);
        for number in [0, from, table.len()] {
            font.extend(u32::try_from(number).unwrap().to_be_bytes());
        }
        from += table.len().next_multiple_of(4);
    }
    for table in tables.values() {
        font.extend(table);
        font.resize(font.len().next_multiple_of(4), 0);
    }
    font
}

/// What a client gets, once the font has every letter that is printed.
async fn printed(site: &Site, client: &Client, path: &str) -> Vec<u8> {
    let mut letters: BTreeSet<char> = (' '..='~').collect();
    loop {
        let options = Options { fonts: Fonts::Only(print::Fonts::of([font(&letters)])), ..Options::default() };
        let client = Client { router: router(AppState::new(site.engine.clone(), options)), ..client.clone() };
        let answer = client.get(path).await;
        if answer.status == StatusCode::OK {
            assert!(answer.body.starts_with(b"%PDF-"), "{path}");
            return answer.body.to_vec();
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", answer.text());
        // Among whatever else the answer quotes are those that were lacking.
        let before = letters.len();
        letters.extend(answer.text().split('“').skip(1).filter_map(|rest| rest.split('”').next()).flat_map(str::chars));
        assert!(letters.len() > before, "{}", answer.text());
    }
}

/// The texts of a file, one glyph after another.
fn text(file: &[u8]) -> String {
    let (mut meanings, mut shown) = (Vec::new(), Vec::new());
    for stream in streams(file) {
        if let Ok(table) = std::str::from_utf8(&stream)
            && table.contains("beginbfchar")
        {
            meanings.push(meant(table));
        } else if stream.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"BT ")) {
            shown.extend(codes(&stream));
        }
    }
    assert_eq!(meanings.len(), 1, "there is one font, and it says what its glyphs mean");
    let mean = |code: &u16| meanings[0].get(code).unwrap_or_else(|| panic!("glyph {code} means nothing")).as_str();
    shown.iter().map(mean).collect()
}

/// The streams of a file, among them what is drawn and what glyphs mean.
fn streams(file: &[u8]) -> Vec<Vec<u8>> {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|part| part == what);
    let (begins, ends): (&[u8], &[u8]) = (b">>\nstream\n", b"\nendstream");
    let (mut found, mut rest) = (Vec::new(), file);
    while let Some(at) = find(rest, begins) {
        rest = &rest[at + begins.len()..];
        let end = find(rest, ends).unwrap();
        let mut content = Vec::new();
        if ZlibDecoder::new(&rest[..end]).read_to_end(&mut content).is_ok() {
            found.push(content);
        }
        rest = &rest[end + ends.len()..];
    }
    found
}

/// What each code means, by a table of the kind `<code> <UTF-16>`.
fn meant(table: &str) -> BTreeMap<u16, String> {
    let parts = table.split("beginbfchar").skip(1).filter_map(|part| part.split("endbfchar").next());
    let lines = parts.flat_map(str::lines).filter_map(|line| line.split_once("> <"));
    let hex = |digits: &str| u16::from_str_radix(digits, 16).unwrap();
    lines
        .map(|(code, meaning)| {
            let units = meaning.trim_end_matches('>').as_bytes().chunks(4);
            let units: Vec<u16> = units.map(|unit| hex(std::str::from_utf8(unit).unwrap())).collect();
            (hex(code.trim_start_matches('<')), String::from_utf16(&units).unwrap())
        })
        .collect()
}

/// The codes of the glyphs that a content stream shows (`Tj`, `TJ`), of two bytes each.
fn codes(content: &[u8]) -> Vec<u16> {
    let (mut found, mut strings) = (Vec::new(), Vec::new());
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' => literal(&mut bytes, &mut strings),
            b'<' if bytes.next_if_eq(&b'<').is_none() => {
                let digits: Vec<u8> = bytes.by_ref().take_while(|byte| *byte != b'>').collect();
                let hex = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
                strings.extend(digits.chunks(2).map(hex));
            }
            b'/' => while bytes.next_if(u8::is_ascii_alphanumeric).is_some() {},
            first if first.is_ascii_alphabetic() => {
                let mut word = vec![first];
                while let Some(next) = bytes.next_if(u8::is_ascii_alphanumeric) {
                    word.push(next);
                }
                if matches!(word.as_slice(), b"Tj" | b"TJ") {
                    found.extend(strings.chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])));
                }
                strings.clear();
            }
            _ => {}
        }
    }
    found
}

/// The rest of a string in parentheses.
fn literal(bytes: &mut Peekable<Copied<Iter<'_, u8>>>, string: &mut Vec<u8>) {
    let mut depth = 0;
    while let Some(byte) = bytes.next() {
        match byte {
            b')' if depth == 0 => return,
            b'\\' => string.push(match bytes.next().unwrap() {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                digit @ b'0'..=b'7' => {
                    let mut number = u16::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(next) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
                        number = number * 8 + u16::from(next - b'0');
                    }
                    u8::try_from(number).unwrap()
                }
                other => other,
            }),
            _ => {
                depth += i32::from(byte == b'(') - i32::from(byte == b')');
                string.push(byte);
            }
        }
    }
}

#[tokio::test]
async fn the_figures_and_words_of_a_board_are_texts_of_its_pages() {
    let world = world(&[]).await;
    filled_but(&world, ("", "")).await;
    let file = printed(&world.site, &world.keeper, "/p/renewals/export?format=pdf&lang=zh-CN").await;
    let text = text(&file);
    // Its name, its tiles, the groups of a drawing and of a table, and the figures: 210 of 264.
    for part in ["续约看板", "续约率", "到期客户", "各团队", "T2", "79.5%", "264"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let file = printed(&world.site, &world.keeper, "/p/renewals/export?format=pdf&lang=en").await;
    assert!(self::text(&file).contains("Renewal rate"), "{}", self::text(&file));
}

#[tokio::test]
async fn the_figures_and_words_of_a_record_are_texts_of_its_pages() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    let all = "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: person, actions: [create, read, export]}\n  - {entity: goal, actions: [create, read, export]}\n";
    files.push(("roles/all.yaml", all.to_owned()));
    let site = Site::of(&files).await;
    let all = site.signed_in("all", &["all"]).await;
    let person = all.made("person", json!({"code": "E1", "name": "王伟（代）", "salary": 12345})).await;
    let goal = json!({"title": "返修率降到4%以下", "weight": 40, "status": "open", "owner": person});
    let goal = all.made("goal", goal).await;
    for (path, parts) in [
        (format!("goal/{goal}"), ["返修率降到4%以下", "权重", "40%", "进行中", "负责人", "王伟（代）"]),
        (format!("person/{person}"), ["王伟（代）", "姓名", "工号", "E1", "工资", "12,345"]),
    ] {
        let file = printed(&site, &all, &format!("/api/v1/demo/{path}/print?lang=zh-CN")).await;
        let text = text(&file);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
