//! What somebody signs an answer with.

use store::{CaseSignature, Tx};

use super::Work;
use crate::{
    Actor, CommandError, Signature,
    signature::{Odd, drawn, odd},
};

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
                match odd(&lines) {
                    None => {}
                    Some(Odd::Beyond) => {
                        let (zh, en) =
                            ("手写签名超出范围，请重签", "the lines leave the sheet or are too many; sign again");
                        return Err(self.at_field("signature", "range", zh, en));
                    }
                    Some(Odd::Slight) => {
                        let (zh, en) =
                            ("签名过短，请手写完整姓名", "this is too little for a signature; write your whole name");
                        return Err(self.at_field("signature", "too-little", zh, en));
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_blanks_and_capitals() {
        assert_eq!(plain(" Wang\u{3000}Fang "), "wangfang");
    }
}
