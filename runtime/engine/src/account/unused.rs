//! Accounts that are disabled by the platform itself: those that nobody uses, and those of people who left.

use std::collections::HashSet;

use formula::{Comparison, Predicate, Term};
use model::{RecordId, UserId};
use policy::{List, Rights, authorize};
use store::StoreError;

use super::{AccountChange, AccountError, acts};
use crate::{By, Engine};

/// The setting that holds the rules of signing in. Their words are the server's; of one of them the engine reads a number.
pub const SIGN_IN: &str = "sign-in";
/// After how many days an account that nobody uses is disabled, unless the rules say otherwise.
pub const UNUSED_DAYS: u32 = 90;

impl Engine {
    /// Disables the accounts that nobody has used for as many days as the rules say. Whoever is the last to administer an area
    /// stays. Answers how many were disabled.
    ///
    /// # Errors
    /// The database failed.
    pub async fn disable_unused(&self) -> Result<usize, StoreError> {
        let rules = self.store().settings().get(SIGN_IN).await?;
        let days = rules.and_then(|rules| rules.get("unused_days")?.as_i64()).unwrap_or(UNUSED_DAYS.into());
        if days <= 0 {
            return Ok(0);
        }
        let now = self.now();
        let since = now.saturating_sub(jiff::SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(now);
        let unused = self.store().accounts().unused(since).await?;
        self.disable_all(unused, "unused").await
    }

    /// Disables the accounts of people who are no longer in service, as far as the app says what that is: of these people, or of
    /// everybody. Answers how many were disabled.
    ///
    /// # Errors
    /// The database failed.
    pub async fn disable_leavers(&self, only: Option<&[RecordId]>) -> Result<usize, StoreError> {
        let edition = self.edition();
        let app = &edition.app;
        let known = app.organisation();
        let person = known.person.and_then(|person| app.entity(person));
        let (Some(entity), Some(field)) = (person, known.field(app::FieldRole::InService)) else { return Ok(0) };
        let (Some(id), Some(path)) = (app.own_path(entity.system.id), app.own_path(field)) else { return Ok(0) };
        let accounts = match only {
            Some(people) => self.store().accounts().of_people(people).await?,
            None => self.store().accounts().all().await?,
        };
        let active = accounts.into_iter().filter(|account| account.active);
        let owners: Vec<_> = active.filter_map(|account| Some((account.person?, account.id))).collect();
        let mut gone = Vec::new();
        for some in owners.chunks(300) {
            let list = some.iter().map(|(person, _)| Term::Literal((*person).into(), id.ty.clone())).collect();
            let left = Predicate::Compare {
                op: Comparison::Equal,
                left: Term::Field(path.clone()),
                right: Term::Literal(false.into(), path.ty.clone()),
            };
            let list = List {
                filter: left.and(Predicate::In { item: Term::Field(id.clone()), list }),
                ..List::all(entity.id, 300)
            };
            // The platform asks on its own account.
            let Ok(list) = authorize(&Rights::full(), UserId::nil(), app, list) else { return Ok(0) };
            let system = self.system();
            if system.edition.version != edition.version {
                return Ok(0);
            }
            let page = self.store().list(app, &self.asking(&system), &list).await?;
            let left: HashSet<RecordId> = page.rows.into_iter().map(|row| row.id).collect();
            gone.extend(some.iter().filter(|(person, _)| left.contains(person)).map(|(_, account)| *account));
        }
        self.disable_all(gone, "left").await
    }

    /// Disables accounts for a reason that stands on the ledger.
    async fn disable_all(&self, ids: Vec<UserId>, reason: &'static str) -> Result<usize, StoreError> {
        let by = By { user: Some(UserId::nil()), login: "loam".to_owned(), ..By::default() };
        let mut many = 0;
        for id in ids {
            let change = AccountChange { active: Some(false), ..AccountChange::default() };
            let acts = acts(id, false, &change).into_iter().map(|act| act.fact("reason", reason)).collect();
            match self.changed(by.clone(), acts, id, change).await {
                Ok(_) => many += 1,
                Err(AccountError::Store(error)) => return Err(error),
                // The last of an area stays, whoever they are: somebody must be there to let others in.
                Err(error) => tracing::warn!(%error, account = %id, reason, "an account is not disabled"),
            }
        }
        Ok(many)
    }
}
