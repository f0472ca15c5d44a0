//! What was erased or purged, as a list of ids that is kept outside of backups, and applied again after one was put back.
//!
//! INVARIANT: the list holds no value of anything that went. What the ledger tells of already is not applied again.

use std::collections::HashSet;

use app::StandsFor;
use model::{EntityId, RecordId, UserId};
use store::{StoreError, Wanted};

use crate::{AccountChange, AccountError, Command, CommandError, Engine};

/// Entries read at once.
const PIECE: u32 = 500;

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// What was personal about a person was erased.
    Erased,
    /// A record was removed for good.
    Purged,
}

impl How {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Erased, Self::Purged];

    /// Its word, on the ledger and in the list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Erased => "erase",
            Self::Purged => "purge",
        }
    }
}

/// Something that went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// When, written as entries write it.
    pub at: String,
    /// How.
    pub how: How,
    /// The entity's name then.
    pub entity: String,
    /// The record.
    pub record: RecordId,
}

/// What applying a list came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many people were erased and records removed.
    pub done: usize,
    /// How many the ledger tells of already, or are not there.
    pub already: usize,
    /// What stays, and why; somebody must see to it.
    pub left: Vec<(Gone, String)>,
}

/// Why one was not applied.
enum Not {
    /// For a reason that somebody must see to.
    Left(String),
    /// The database failed.
    Store(StoreError),
}

impl From<CommandError> for Not {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => Self::Store(error),
            CommandError::Invalid(faults) => {
                Self::Left(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; "))
            }
            other => Self::Left(other.to_string()),
        }
    }
}

impl From<AccountError> for Not {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => Self::Store(error),
            other => Self::Left(other.to_string()),
        }
    }
}

impl Engine {
    /// Everything that was erased or purged, oldest first, as the ledger tells it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn erasures(&self) -> Result<Vec<Gone>, StoreError> {
        let mut found = Vec::new();
        for how in How::ALL {
            let mut before: Option<RecordId> = None;
            loop {
                let wanted = Wanted {
                    action: Some(how.word().to_owned()),
                    outcome: Some("done".to_owned()),
                    before,
                    limit: PIECE,
                    ..Wanted::default()
                };
                let entries = self.store().entries(&wanted).await?;
                let Some(last) = entries.last() else { break };
                before = last.entry.id.parse().ok();
                for entry in entries.into_iter().map(|written| written.entry).filter(|entry| entry.action == how.word())
                {
                    let Some(record) = entry.record.as_deref().and_then(|id| id.parse().ok()) else { continue };
                    found.push(Gone { at: entry.at, how, entity: entry.object, record });
                }
                if before.is_none() {
                    break;
                }
            }
        }
        found.sort_by(|a, b| (&a.at, a.record).cmp(&(&b.at, b.record)));
        Ok(found)
    }

    /// Erases and purges again what went after the backup that was put back was made. An account that a person had then is
    /// disabled first, and a record that was in use is deleted. One that cannot be done is told, and does not hold up the others.
    ///
    /// # Errors
    /// The database failed; what was done is done, and the same list can be applied again.
    pub async fn erase_again(&self, list: &[Gone]) -> Result<Applied, StoreError> {
        let known = self.erasures().await?;
        let known: HashSet<(How, RecordId)> = known.into_iter().map(|one| (one.how, one.record)).collect();
        let mut applied = Applied::default();
        for gone in list {
            let told = known.contains(&(gone.how, gone.record));
            let edition = self.edition();
            let Some(entity) = edition.app.entity_named(&gone.entity).filter(|_| !told) else {
                if told {
                    applied.already += 1;
                } else {
                    applied.left.push((gone.clone(), format!("there is no entity `{}` any more", gone.entity)));
                }
                continue;
            };
            let person = entity.stands_for == Some(StandsFor::Person);
            match self.go_again(entity.id, person, gone).await {
                Ok(true) => applied.done += 1,
                Ok(false) => applied.already += 1,
                Err(Not::Left(why)) => applied.left.push((gone.clone(), why)),
                Err(Not::Store(error)) => return Err(error),
            }
        }
        Ok(applied)
    }

    /// Whether there was something to take.
    async fn go_again(&self, entity: EntityId, person: bool, gone: &Gone) -> Result<bool, Not> {
        let id = gone.record;
        let there = |result: Result<crate::Outcome, CommandError>| match result {
            Ok(_) => Ok(true),
            Err(CommandError::NotFound { .. }) => Ok(false),
            Err(error) => Err(Not::from(error)),
        };
        if person {
            let all = self.store().accounts().all().await.map_err(Not::Store)?;
            let theirs: Vec<UserId> =
                all.iter().filter(|one| one.person == Some(id) && one.active).map(|one| one.id).collect();
            for account in theirs {
                let change = AccountChange { active: Some(false), ..AccountChange::default() };
                self.change_account(None, account, change).await?;
            }
        }
        let actor = self.system();
        match gone.how {
            How::Erased => there(self.execute(&actor, Command::Erase { entity, id }).await),
            How::Purged => {
                there(self.execute(&actor, Command::Delete { entity, id, expected: None }).await)?;
                there(self.execute(&actor, Command::Purge { entity, id }).await)
            }
        }
    }
}
