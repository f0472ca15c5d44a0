//! Erasing salts and values: all that the tables let anyone change.

use model::{RecordId, UserId};

use crate::{StoreError, Tx, sql::Statement};

/// Whose values to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// What was changed of a record, or said in a case.
    Record(RecordId),
    /// What was changed of an account, and who it was from where in everything it did.
    Account(UserId),
    /// Everything before a moment, written as entries write them.
    Before(String),
}

const WHAT: &str = "UPDATE loam_entry SET what_salt = NULL, what = NULL \
                    WHERE record = $1 AND at <= $2 AND (what IS NOT NULL OR what_salt IS NOT NULL)";
const WHO: &str = "UPDATE loam_entry SET who_salt = NULL, who = NULL \
                   WHERE actor = $1 AND at <= $2 AND (who IS NOT NULL OR who_salt IS NOT NULL)";
const BOTH: &str = "UPDATE loam_entry SET what_salt = NULL, what = NULL, who_salt = NULL, who = NULL \
                    WHERE at < $1 AND (who IS NOT NULL OR what IS NOT NULL)";

/// What was said in a case stands in its trail too.
const WORDS: &str = "UPDATE loam_case_event SET words = '' WHERE case_id = $1 AND words <> ''";

/// So does what was signed there.
const SIGNATURES: &str = "DELETE FROM loam_case_signature WHERE case_id = $1";
/// A signature says who it was.
const SIGNED: &str = "DELETE FROM loam_case_signature WHERE account = $1";

impl Tx {
    /// Erases values of entries written until a moment; answers how many times an entry lost some.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn erase(&mut self, erased: &Erased, until: &str) -> Result<u64, StoreError> {
        match erased {
            Erased::Record(id) => {
                self.execute(&Statement::new(WORDS).id(*id)).await?;
                self.execute(&Statement::new(SIGNATURES).id(*id)).await?;
                self.execute(&Statement::new(WHAT).id(*id).text(until)).await
            }
            Erased::Account(id) => {
                self.execute(&Statement::new(SIGNED).id(*id)).await?;
                let what = self.execute(&Statement::new(WHAT).id(*id).text(until)).await?;
                Ok(what + self.execute(&Statement::new(WHO).id(*id).text(until)).await?)
            }
            Erased::Before(moment) => self.execute(&Statement::new(BOTH).text(moment.as_str())).await,
        }
    }
}
