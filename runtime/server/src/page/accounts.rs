//! Accounts, for the system and the security administrator; effects given up, for the system administrator.

use app::Area;
use axum::extract::State;
use serde::Serialize;
use store::OutboxState;

use super::{Answer, Visit, filter::Choice};
use crate::{
    AppState,
    problem::{Kind, Problem},
    show::time,
};

/// Rows shown at most.
const MOST: usize = 200;

/// What the view of accounts shows.
#[derive(Debug, Default, Serialize)]
pub struct Accounts {
    /// What was searched for.
    pub q: String,
    /// The accounts.
    pub accounts: Vec<AccountShown>,
    /// Whether there are more.
    pub cut: bool,
    /// Whether the reader makes and disables accounts.
    pub makes: bool,
    /// Whether the reader grants roles and resets passwords.
    pub grants: bool,
    /// Whether a new one needs a password.
    pub password: bool,
    /// Why the last act was refused.
    pub fault: Option<String>,
}

/// An account.
#[derive(Debug, Default, Clone, Serialize)]
pub struct AccountShown {
    /// Its id.
    pub id: String,
    /// What is typed to sign in.
    pub login: String,
    /// Whether it may sign in.
    pub active: bool,
    /// When its owner last proved who they are; empty when they never did.
    pub seen: String,
    /// Whether it is the reader's own, of which they change nothing here.
    pub own: bool,
    /// Every role, those it has marked.
    pub roles: Vec<Choice>,
}

/// What the view of the outbox shows.
#[derive(Debug, Default, Serialize)]
pub struct Outbox {
    /// What was given up.
    pub letters: Vec<LetterShown>,
}

/// An effect given up.
#[derive(Debug, Default, Clone, Serialize)]
pub struct LetterShown {
    /// What kind.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub error: String,
}

/// Refuses everybody who administers none of these areas.
///
/// # Errors
/// Denied.
pub fn must_administer(visit: &Visit, areas: &[Area]) -> Result<(), Problem> {
    if areas.iter().any(|area| visit.actor.administers(*area)) { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

/// Refuses everybody who does not administer the area for everybody.
///
/// # Errors
/// Denied.
pub fn must_administer_all(visit: &Visit, area: Area) -> Result<(), Problem> {
    if visit.actor.administers_all(area) { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

fn roles(visit: &Visit, held: &[String]) -> Vec<Choice> {
    let assignable = visit.app().roles().iter().filter(|role| !role.everyone);
    let each = assignable.map(|role| Choice {
        value: role.name.to_string(),
        label: role.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: held.iter().any(|name| role.name == name.as_str()),
    });
    each.collect()
}

/// Whether an account may have no password, because its owner may come from another sign-in service.
///
/// # Errors
/// The database failed.
pub(super) async fn may_lack_password(state: &AppState, visit: &Visit) -> Result<bool, Problem> {
    let providers = state.sessions.elsewhere.providers.now(visit.engine.store()).await?;
    Ok(providers.iter().any(|provider| provider.active))
}

/// The accounts whose login or name holds what was searched for.
///
/// # Errors
/// Not an administrator, or the database failed.
pub async fn show(state: &AppState, visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    must_administer(visit, &[Area::System, Area::Security])?;
    let all = visit.engine.accounts_for(&visit.actor).await.map_err(Problem::internal)?;
    let seen = visit.engine.store().accounts().seen().await.map_err(Problem::internal)?;
    let q = visit.query.get("q").unwrap_or_default().to_lowercase();
    let fits = |account: &&store::Account| {
        q.is_empty() || account.login.to_lowercase().contains(&q) || account.name.to_lowercase().contains(&q)
    };
    let found: Vec<_> = all.iter().filter(fits).take(MOST + 1).collect();
    let shown = found.iter().take(MOST).map(|account| AccountShown {
        id: account.id.to_string(),
        login: format!("{} · {}", account.login, account.name),
        active: account.active,
        seen: seen.get(&account.id).map(|at| time::moment(&visit.reader(), *at)).unwrap_or_default(),
        own: account.id == visit.actor.user,
        roles: roles(visit, &account.roles),
    });
    let refused = fault.is_some();
    let accounts = Accounts {
        accounts: shown.collect(),
        cut: found.len() > MOST,
        makes: visit.actor.administers(Area::System),
        grants: visit.actor.administers(Area::Security),
        password: !may_lack_password(state, visit).await?,
        q: visit.query.get("q").unwrap_or_default().to_owned(),
        fault,
    };
    let page = visit.page("accounts.html", visit.say("accounts"), "", accounts).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    show(&state, &visit, None).await
}

/// Effects that were given up.
///
/// # Errors
/// Not an administrator, or the database failed.
pub async fn outbox(visit: &Visit) -> Result<Answer, Problem> {
    must_administer_all(visit, Area::System)?;
    let letters = visit.engine.store().outbox().letters(OutboxState::Dead, 200).await.map_err(Problem::internal)?;
    let each = letters.into_iter().map(|letter| LetterShown {
        kind: letter.entry.kind,
        attempts: letter.attempts,
        error: letter.last_error.unwrap_or_default(),
    });
    let outbox = Outbox { letters: each.collect() };
    visit.page("outbox.html", visit.say("outbox"), "", outbox).await.map(Answer::Page)
}
