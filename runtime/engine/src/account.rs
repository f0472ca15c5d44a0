//! Sign-in accounts: who may change which part of one, and what stays true of all of them together.
//!
//! Accounts are not records of the app: they exist before one is published. The system administrator makes and disables
//! them, the security administrator says what they may do; neither can do the other's part, and nobody does their own.
//!
//! INVARIANT: an area of administration that had an active account keeps one, whatever happens at the same time elsewhere.
//! INVARIANT: no account holds roles of two areas.
//! INVARIANT: no person gets a second account, whatever happens at the same time elsewhere. Whoever could make one would read
//! with it what that person may read. A disabled account is still the person's: it is let in again, not made anew.

mod unused;

pub use unused::{SIGN_IN, UNUSED_DAYS};

use std::{collections::HashSet, sync::Arc};

use app::{App, Area, Role};
use formula::{Comparison, Predicate, Term};
use model::{Locale, RecordId, UserId};
use policy::{List, Rights, authorize};
use store::{Account, Boxed, NewPassword, StoreError};

use crate::{Act, Actor, By, Engine, execute::BEHIND};

/// Most people one administrator's reach is worked out over.
const MOST_PEOPLE: u32 = 200_000;

/// What to change of an account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What others read.
    pub name: Option<String>,
    /// Language of pages and messages.
    pub locale: Option<Locale>,
    /// Whether it may sign in.
    pub active: Option<bool>,
    /// The roles assigned to it, in place of those it has.
    pub roles: Option<Vec<String>>,
    /// The hash of a new password.
    pub password_hash: Option<String>,
    /// Whether a new password must be changed before anything else: whoever set it is not who uses it.
    pub password_due: bool,
}

/// A rule about accounts that a change would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRule {
    /// The app has no such role.
    #[error("there is no role `{0}`")]
    UnknownRole(String),
    /// Roles of two areas of administration.
    #[error("one account cannot administer both {} and {}; give the roles to two people", .0.word(), .1.word())]
    TwoAreas(Area, Area),
    /// Nobody would be left to administer the area.
    #[error("this is the last active account that administers {}; give the role to somebody else first", .0.word())]
    Last(Area),
    /// Nobody changes their own roles.
    #[error("nobody changes their own roles")]
    OwnRoles,
    /// A role that is not theirs to give or take.
    #[error("the role `{0}` is not yours to give or take")]
    NotTheirs(String),
    /// Nobody disables themself.
    #[error("nobody disables their own account")]
    OwnActive,
    /// The person has an account, with this login. Whoever is told reaches the person, and so may list the account.
    #[error("that person has the account `{0}` already")]
    PersonTaken(String),
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The actor does not administer the area this belongs to.
    #[error("not allowed")]
    Denied(Area),
    /// There is no such account.
    #[error("no such account")]
    NotFound,
    /// Another account has the login.
    #[error("the login is taken")]
    LoginTaken,
    /// A rule about accounts.
    #[error(transparent)]
    Rule(#[from] AccountRule),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl AccountError {
    /// The rule by which it was refused, as the ledger names it; `None` when it failed.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Denied(_) => Some("denied"),
            Self::NotFound => Some("not-found"),
            Self::LoginTaken => Some("login-taken"),
            Self::Rule(AccountRule::UnknownRole(_)) => Some("unknown-role"),
            Self::Rule(AccountRule::TwoAreas(..)) => Some("two-areas"),
            Self::Rule(AccountRule::Last(_)) => Some("last"),
            Self::Rule(AccountRule::NotTheirs(_)) => Some("not-theirs"),
            Self::Rule(AccountRule::OwnRoles | AccountRule::OwnActive) => Some("own"),
            Self::Rule(AccountRule::PersonTaken(_)) => Some("person-taken"),
            Self::Store(_) => None,
        }
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LoginTaken(_) => Self::LoginTaken,
            other => Self::Store(other),
        }
    }
}

impl Engine {
    /// Whether an administrator's reach takes in the account of that person; of no person only for who reaches all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reaches(&self, by: &Actor, person: Option<RecordId>) -> Result<bool, StoreError> {
        self.holds(by, by.within(), person).await
    }

    /// Whether a condition of administration takes in that person; of no person only where there is none.
    async fn holds(&self, by: &Actor, within: Option<Predicate>, person: Option<RecordId>) -> Result<bool, StoreError> {
        let Some(within) = within else { return Ok(true) };
        let Some(person) = person else { return Ok(false) };
        Ok(self.people(by, within, Some(person)).await?.contains(&person))
    }

    /// Refuses the first role that is not an administrator's to give to that person.
    async fn must_assign(&self, by: &Actor, person: Option<RecordId>, roles: Vec<&Role>) -> Result<(), AccountError> {
        for role in roles {
            let each = by.assigns(role.id);
            let given = !each.is_empty();
            let within =
                each.into_iter().collect::<Option<Vec<_>>>().and_then(|each| each.into_iter().reduce(Predicate::or));
            if !given || !self.holds(by, within, person).await? {
                return Err(AccountRule::NotTheirs(role.name.to_string()).into());
            }
        }
        Ok(())
    }

    /// The same of an account's roles altogether: who gets into it would have given them to themself.
    async fn must_assign_all(&self, by: &Actor, account: &Account) -> Result<(), AccountError> {
        let app = &by.edition.app;
        let held = account.roles.iter().filter_map(|name| app.role_named(name)).filter(|role| !role.everyone);
        self.must_assign(by, account.person, held.collect()).await
    }

    /// An account that an administrator reaches; `None` when there is none, or none of theirs.
    ///
    /// # Errors
    /// The database failed.
    pub async fn account_for(&self, by: &Actor, id: UserId) -> Result<Option<Account>, StoreError> {
        let Some(account) = self.store().accounts().by_id(id).await? else { return Ok(None) };
        Ok(self.reaches(by, account.person).await?.then_some(account))
    }

    /// An account whose way in an administrator may change, by an act such as `factor.reset`: one that they reach, and whose
    /// roles are all theirs to give, since whoever opens an account has its roles. What is not theirs stands on the ledger.
    ///
    /// # Errors
    /// No such account, a role that is not theirs, or the database.
    pub async fn account_to_open(&self, by: &Actor, id: UserId, act: &'static str) -> Result<Account, AccountError> {
        let account = self.account_for(by, id).await?.ok_or(AccountError::NotFound)?;
        let judged = self.must_assign_all(by, &account).await;
        if let Some(reason) = judged.as_ref().err().and_then(AccountError::reason) {
            self.note(by, Act::new(act, "account").on(id).refused(reason)).await?;
        }
        judged.map(|()| account)
    }

    /// All accounts that an administrator reaches, by login.
    ///
    /// # Errors
    /// The database failed.
    pub async fn accounts_for(&self, by: &Actor) -> Result<Vec<Account>, StoreError> {
        let mut all = self.store().accounts().all().await?;
        if let Some(within) = by.within() {
            let people = self.people(by, within, None).await?;
            all.retain(|account| account.person.is_some_and(|person| people.contains(&person)));
        }
        Ok(all)
    }

    /// The people for whom a condition of administration holds: all of them, or whether that one is among them.
    async fn people(
        &self,
        by: &Actor,
        within: Predicate,
        one: Option<RecordId>,
    ) -> Result<HashSet<RecordId>, StoreError> {
        let app = &by.edition.app;
        let Some(entity) = app.organisation().person.and_then(|person| app.entity(person)) else {
            return Ok(HashSet::new());
        };
        let same = one.zip(app.own_path(entity.system.id)).map(|(one, path)| Predicate::Compare {
            op: Comparison::Equal,
            right: Term::Literal(one.into(), path.ty.clone()),
            left: Term::Field(path),
        });
        let list =
            List { within: within.and(same.unwrap_or_else(Predicate::always)), ..List::all(entity.id, MOST_PEOPLE) };
        // The platform asks on its own account: whom an administrator reaches is no right to see them.
        let Ok(list) = authorize(&Rights::full(), by.user, app, list) else { return Ok(HashSet::new()) };
        let page = self.store().list(app, &self.asking(by), &list).await?;
        Ok(page.rows.into_iter().map(|row| row.id).collect())
    }

    /// Makes an account. `by` is the actor; `None` is whoever operates the machine, on the command line. The system
    /// administrator makes accounts without roles; the security administrator gives them. `password_due` when its owner did
    /// not choose the password: they must, before anything else. A person who has an account gets no other one; who tried
    /// stands on the ledger.
    ///
    /// # Errors
    /// Not allowed, a login that is taken, a rule about accounts, or the database.
    pub async fn add_account(
        &self,
        by: Option<&Actor>,
        account: Account,
        password_due: bool,
    ) -> Result<(), AccountError> {
        if let Some(by) = by {
            must(by, Area::System)?;
            if !account.roles.is_empty() {
                must(by, Area::Security)?;
            }
            if !self.reaches(by, account.person).await? {
                return Err(AccountError::Denied(Area::System));
            }
        }
        check_roles(&self.edition().app, &account.roles)?;
        let act = Act::new("account.make", "account")
            .on(account.id)
            .fact("roles", account.roles.clone())
            .detail("login", account.login.clone())
            .detail("name", account.name.clone());
        let act = match account.person {
            Some(person) => act.fact("person", person.to_string()),
            None => act,
        };
        let who = by.map(By::from).unwrap_or_else(operator);
        let now = self.now();
        let made = self.noted(who.clone(), vec![act.clone()], move |tx| {
            let account = account.clone();
            Box::pin(async move {
                if let Some(person) = account.person
                    && let Some(other) = tx.account_of_person(person).await?
                {
                    return Err(AccountError::from(AccountRule::PersonTaken(other.login)));
                }
                tx.make_account(&account, password_due).await?;
                // A case may have waited for somebody who can be asked.
                Ok(tx.take_up(BEHIND, now).await.map(drop)?)
            })
        });
        let made = made.await;
        if let Err(error @ AccountError::Rule(_)) = &made
            && let Some(reason) = error.reason()
        {
            self.note(who, act.refused(reason)).await?;
        }
        made
    }

    /// Gives an account the password that its owner chose.
    ///
    /// # Errors
    /// No such account, or the database.
    pub async fn change_own_password(
        &self,
        by: By,
        id: UserId,
        password_hash: String,
    ) -> Result<Account, AccountError> {
        let change = AccountChange { password_hash: Some(password_hash), ..AccountChange::default() };
        self.changed(by, acts(id, true, &change), id, change).await
    }

    /// Changes an account; answers it as it then is. `by` as in [`Engine::add_account`].
    ///
    /// # Errors
    /// Not allowed, no such account, a rule about accounts, or the database.
    pub fn change_account<'a>(
        &'a self,
        by: Option<&'a Actor>,
        id: UserId,
        change: AccountChange,
    ) -> Boxed<'a, Result<Account, AccountError>> {
        Box::pin(async move {
            let mut acts = acts(id, by.is_some_and(|by| by.user == id), &change);
            if let Some(roles) = &change.roles {
                let before = self.store().accounts().by_id(id).await?.map(|account| account.roles).unwrap_or_default();
                let gained: Vec<String> = roles.iter().filter(|role| !before.contains(role)).cloned().collect();
                let gains = |act: Act| match act.action == "account.roles" {
                    true => act.fact("before", before.clone()).fact("gained", gained.clone()),
                    false => act,
                };
                acts = acts.into_iter().map(gains).collect();
            }
            let who = by.map(By::from).unwrap_or_else(operator);
            let judged = match self.may_change(by, id, &change).await {
                Ok(()) => self.changed(who.clone(), acts.clone(), id, change).await,
                Err(error) => Err(error),
            };
            // What was refused is on the ledger too; what failed is not known to have been tried.
            if let Some(reason) = judged.as_ref().err().and_then(AccountError::reason) {
                for act in acts {
                    self.note(who.clone(), act.refused(reason)).await?;
                }
            }
            judged
        })
    }

    /// Who may change what.
    async fn may_change(&self, by: Option<&Actor>, id: UserId, change: &AccountChange) -> Result<(), AccountError> {
        if let Some(by) = by {
            if change.name.is_some() || change.locale.is_some() || change.active.is_some() {
                must(by, Area::System)?;
            }
            if change.roles.is_some() || change.password_hash.is_some() {
                must(by, Area::Security)?;
            }
            if by.user == id && change.roles.is_some() {
                return Err(AccountRule::OwnRoles.into());
            }
            if by.user == id && change.active == Some(false) {
                return Err(AccountRule::OwnActive.into());
            }
            let account = self.account_for(by, id).await?.ok_or(AccountError::NotFound)?;
            if by.user != id && change.password_hash.is_some() {
                self.must_assign_all(by, &account).await?;
            }
            let roles = change.roles.iter().flatten();
            let changes = roles.clone().filter(|name| !account.roles.contains(name)).chain(
                account.roles.iter().filter(|name| change.roles.as_ref().is_some_and(|roles| !roles.contains(name))),
            );
            let changes = changes.filter_map(|name| by.edition.app.role_named(name)).collect();
            self.must_assign(by, account.person, changes).await?;
        }
        Ok(check_roles(&self.edition().app, change.roles.as_deref().unwrap_or_default())?)
    }

    /// Changes an account, with its acts on the ledger.
    async fn changed(
        &self,
        by: By,
        acts: Vec<Act>,
        id: UserId,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        let edition = self.edition();
        let password =
            change.password_hash.clone().map(|hash| NewPassword { hash, due: change.password_due, at: self.now() });
        let (enables, now) = (change.active == Some(true), self.now());
        let can_be_asked = enables || change.roles.is_some();
        let ends_sessions = change.password_hash.is_some() || change.active == Some(false);
        let judge = move |before: &Account, others: &[Account]| {
            let after = changed(before, &change);
            match orphaned(&edition.app, before, &after, others) {
                Some(area) => Err(AccountRule::Last(area)),
                None => Ok(after),
            }
        };
        let judge = Arc::new(judge);
        self.noted(by, acts, move |tx| {
            let (judge, password) = (judge.clone(), password.clone());
            Box::pin(async move {
                let judged = tx.revise_account(id, password.as_ref(), judge.as_ref()).await?;
                if ends_sessions {
                    tx.close_sessions(id).await?;
                }
                if enables {
                    tx.note_enabled(id, now).await?;
                }
                if can_be_asked {
                    tx.take_up(BEHIND, now).await?;
                }
                Ok(judged.ok_or(AccountError::NotFound)??)
            })
        })
        .await
    }
}

impl Engine {
    /// The area of administration that somebody has now and that nobody would have under another app.
    pub(crate) async fn deserted(&self, after: &App) -> Result<Option<Area>, StoreError> {
        let all = self.store().accounts().all().await?;
        let before = self.edition();
        let held = |app: &App, area| {
            all.iter().filter(|account| account.active).any(|account| administered(app, account) == Some(area))
        };
        Ok(Area::ALL.into_iter().find(|area| held(&before.app, *area) && !held(after, *area)))
    }
}

/// Whoever operates the machine, on the command line.
fn operator() -> By {
    By::unknown("loam", crate::Origin::default())
}

/// The acts that a change of an account is.
fn acts(id: UserId, own: bool, change: &AccountChange) -> Vec<Act> {
    let act = |name: &'static str| Act::new(name, "account").on(id);
    let mut acts = Vec::new();
    if let Some(roles) = &change.roles {
        acts.push(act("account.roles").fact("roles", roles.clone()));
    }
    if let Some(active) = change.active {
        acts.push(act(if active { "account.enable" } else { "account.disable" }));
    }
    if change.password_hash.is_some() {
        acts.push(act(if own || !change.password_due { "account.password" } else { "account.reset" }));
    }
    if let Some(name) = &change.name {
        acts.push(act("account.rename").detail("name", name.clone()));
    }
    if change.locale.is_some() {
        acts.push(act("account.language"));
    }
    acts
}

fn must(by: &Actor, area: Area) -> Result<(), AccountError> {
    if by.administers(area) { Ok(()) } else { Err(AccountError::Denied(area)) }
}

fn changed(before: &Account, change: &AccountChange) -> Account {
    Account {
        name: change.name.clone().unwrap_or_else(|| before.name.clone()),
        locale: change.locale.unwrap_or(before.locale),
        active: change.active.unwrap_or(before.active),
        roles: change.roles.clone().unwrap_or_else(|| before.roles.clone()),
        ..before.clone()
    }
}

/// What is wrong with these roles for one account.
fn check_roles(app: &App, roles: &[String]) -> Result<(), AccountRule> {
    let mut held = None;
    for name in roles {
        let role = app.role_named(name).ok_or_else(|| AccountRule::UnknownRole(name.clone()))?;
        match (held, role.administers) {
            (Some(one), Some(other)) if one != other => return Err(AccountRule::TwoAreas(one, other)),
            (_, Some(area)) => held = Some(area),
            _ => {}
        }
    }
    Ok(())
}

/// The area an account administers by its roles; none when they are of two.
pub(crate) fn administered(app: &App, account: &Account) -> Option<Area> {
    let mut areas = account.roles.iter().filter_map(|name| app.role_named(name)?.administers);
    let first = areas.next()?;
    areas.all(|area| area == first).then_some(first)
}

/// The area that would have no active account left, if the account became that.
fn orphaned(app: &App, before: &Account, after: &Account, others: &[Account]) -> Option<Area> {
    let held = |account: &Account| account.active.then(|| administered(app, account)).flatten();
    let area = held(before).filter(|area| held(after) != Some(*area))?;
    let remains = others.iter().any(|other| held(other) == Some(area));
    (!remains).then_some(area)
}
