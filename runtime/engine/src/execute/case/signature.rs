//! Signatures: lines drawn by hand, or a name typed. What is kept of lines is a picture that is drawn here, so that nobody
//! hands in a file of their own making.

use std::fmt::Write as _;

use store::{CaseSignature, Tx};

use super::Work;
use crate::{Actor, CommandError, Signature};

/// The sheet.
const SHEET: (u16, u16) = (600, 200);
/// Points of all lines together, at most.
const MOST_POINTS: usize = 8_000;
/// How far the lines reach at least, from side to side or from top to bottom: less is a slip of the hand.
const REACH: u16 = 60;

impl Work<'_> {
    /// What somebody has signed with, if it is a signature. Who stands in for another signs with their own name.
    pub(super) async fn signed(
        &self,
        tx: &mut Tx,
        own: &Actor,
        signature: Option<Signature>,
    ) -> Result<Option<CaseSignature>, CommandError> {
        let Some(signature) = signature else { return Ok(None) };
        let account = tx.active_accounts(&[own.user]).await?.pop();
        let known = account.map(|account| account.name).unwrap_or_default();
        match signature {
            Signature::Typed(typed) if plain(&typed).is_empty() => Ok(None),
            Signature::Typed(typed) => {
                if plain(&typed) != plain(&known) {
                    let zh = format!("键入的姓名须与您的姓名“{known}”一致");
                    let en = format!("type your name as your account has it: “{known}”");
                    return Err(self.at_field("signature", "mismatch", &zh, &en));
                }
                Ok(Some(CaseSignature { account: own.user, name: known, sha256: None, picture: None }))
            }
            Signature::Drawn(lines) if lines.iter().all(Vec::is_empty) => Ok(None),
            Signature::Drawn(lines) => {
                let points = || lines.iter().flatten();
                let beyond = points().any(|(x, y)| *x > SHEET.0 || *y > SHEET.1);
                if beyond || points().count() > MOST_POINTS {
                    let (zh, en) =
                        ("手写签名超出范围，请重签", "the lines leave the sheet or are too many; sign again");
                    return Err(self.at_field("signature", "range", zh, en));
                }
                if !reaches(points().map(|(x, _)| *x)) && !reaches(points().map(|(_, y)| *y)) {
                    let (zh, en) =
                        ("签名过短，请手写完整姓名", "this is too little for a signature; write your whole name");
                    return Err(self.at_field("signature", "too-little", zh, en));
                }
                let picture = drawn(&lines);
                let sha256 = Some(store::hash(picture.as_bytes()));
                Ok(Some(CaseSignature { account: own.user, name: known, sha256, picture: Some(picture) }))
            }
        }
    }
}

/// A name without blanks, in small letters.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn reaches(of: impl Iterator<Item = u16> + Clone) -> bool {
    let (least, most) = (of.clone().min().unwrap_or_default(), of.max().unwrap_or_default());
    most - least >= REACH
}

/// The lines as a picture: black on white, whatever the page around it looks like.
fn drawn(lines: &[Vec<(u16, u16)>]) -> String {
    let (width, height) = SHEET;
    let mut path = String::new();
    for line in lines {
        for (place, (x, y)) in line.iter().enumerate() {
            let _ = write!(path, "{}{x} {y}", if place == 0 { 'M' } else { 'L' });
        }
        // A dot is a line of no length.
        if line.len() == 1 {
            path.push_str("h0");
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"none\" stroke=\"#000\" \
         stroke-width=\"5\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_a_picture() {
        let picture = drawn(&[vec![(1, 2), (30, 40)], vec![(5, 6)], Vec::new()]);
        assert!(picture.contains("d=\"M1 2L30 40M5 6h0\""), "{picture}");
        assert!(reaches([3, 90, 20].into_iter()) && !reaches([3, 62].into_iter()) && !reaches(std::iter::empty()));
        assert_eq!(plain(" Wang\u{3000}Fang "), "wangfang");
    }
}
