//! Erasing values: a duty where a person asks for it, and where they are older than they may be kept. The entries stay, and
//! so does every proof; that values were erased is an entry itself.

use ::ledger::audit::{ACCOUNT, ERASE, PURGE};
use app::Area;
use jiff::SignedDuration;
use model::{RecordId, UserId};
use store::{Erased, StoreError, Tx};

use crate::{
    Act, Actor, By, Engine,
    note::{Pen, moment},
};

/// The law asks that logs are kept for at least six months: values are never erased for their age before this many days.
pub const LEAST_DAYS: u32 = 184;

/// Whose values to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erase {
    /// Everything the ledger keeps about what was written into a record, and what was said in the cases about it.
    Record {
        /// The record.
        id: RecordId,
    },
    /// Everything it keeps about an account, and the login, address and device of everything the account did.
    Account {
        /// The account.
        id: UserId,
    },
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The actor does not administer the system.
    #[error("not allowed")]
    Denied,
    /// Values must be kept longer.
    #[error("values of the ledger are kept for at least {LEAST_DAYS} days")]
    TooShort,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Erases values, and says so on the ledger, in one transaction. Answers of how many entries. `by` is the actor; `None` is
    /// whoever operates the machine, on the command line. `object` is the entity's name.
    ///
    /// # Errors
    /// [`EraseError::Denied`] for everybody else than the system administrator, and those of the database.
    pub async fn erase_values(&self, by: Option<&Actor>, object: &str, erase: Erase) -> Result<u64, EraseError> {
        let by = match by {
            None => By::from(&self.system()),
            Some(actor) if actor.administers(Area::System) => actor.into(),
            Some(actor) => {
                self.note(actor, Act::new(ERASE, object.to_owned()).refused("denied")).await?;
                return Err(EraseError::Denied);
            }
        };
        let acts = match erase {
            Erase::Record { id } => {
                let cases = self.store().cases().ids_about(id).await?;
                let cases = cases.into_iter().map(|case| (Act::new(ERASE, "case").on(case), Erased::Record(case)));
                std::iter::once((Act::new(ERASE, object.to_owned()).on(id), Erased::Record(id))).chain(cases).collect()
            }
            Erase::Account { id } => vec![(Act::new(ERASE, ACCOUNT).on(id), Erased::Account(id))],
        };
        self.carry_out(by, acts).await
    }

    /// Erases every value older than so many days.
    ///
    /// # Errors
    /// [`EraseError::TooShort`] for fewer than [`LEAST_DAYS`], and those of the database.
    pub async fn purge_values(&self, days: u32) -> Result<u64, EraseError> {
        if days < LEAST_DAYS {
            return Err(EraseError::TooShort);
        }
        let now = self.now();
        let before = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
        let before = moment(before);
        let act = Act::new(PURGE, "ledger").fact("before", before.as_str());
        self.carry_out(By::from(&self.system()), vec![(act, Erased::Before(before))]).await
    }

    /// Has values purged every day that are older than so many days. The first call counts; without one they are kept for ever.
    ///
    /// # Errors
    /// [`EraseError::TooShort`] for fewer than [`LEAST_DAYS`].
    pub fn keep_values_for(&self, days: u32) -> Result<(), EraseError> {
        if days < LEAST_DAYS {
            return Err(EraseError::TooShort);
        }
        // A second call would be a second opener; the first one's word stays.
        let _ = self.inner.desk.keep.set(days);
        Ok(())
    }

    /// The daily purge, if there is one.
    pub(crate) async fn purge_daily(&self) -> Result<(), StoreError> {
        match self.inner.desk.keep.get() {
            None => Ok(()),
            Some(days) => match self.purge_values(*days).await {
                Err(EraseError::Store(error)) => Err(error),
                _ => Ok(()),
            },
        }
    }

    async fn carry_out(&self, by: By, acts: Vec<(Act, Erased)>) -> Result<u64, EraseError> {
        let pen = Pen::new(self, by, self.now());
        let until = pen.at().to_owned();
        let acts: Vec<_> = acts.into_iter().map(|(act, erased)| (pen.entry(&act), erased)).collect();
        let many = self
            .store()
            .tend(move |tx: &mut Tx| {
                let (acts, until) = (acts.clone(), until.clone());
                Box::pin(async move {
                    let mut all = 0;
                    for (entry, erased) in acts {
                        let many = tx.erase(&erased, &until).await?;
                        // Nothing was old enough: nothing was done.
                        if many > 0 || !matches!(erased, Erased::Before(_)) {
                            tx.enter(&[entry]).await?;
                        }
                        all += many;
                    }
                    Ok::<_, StoreError>(all)
                })
            })
            .await?;
        Ok(many)
    }
}
