//! The first three administrators. Where a published app has roles that administer and nobody holds one, a start prints a
//! token that makes them, once, for three people; it ends after a day, and with it the way itself.

use app::{App, Area};
use engine::{Act, By, Engine, Origin};
use jiff::SignedDuration;
use model::Locale;
use serde_json::json;
use store::{Account, StoreError, Waiting};
use zeroize::Zeroizing;

use super::{password, policy::Policy, token};
use crate::{
    AppState,
    problem::{Kind, Problem},
    words,
};

/// What waits for the first administrators.
const WAITING: &str = "set-up";

/// How long.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// A new token for the first set-up, in place of one before it; `None` when somebody administers already, or no role does.
///
/// # Errors
/// The database failed, or no random bytes could be had.
pub async fn ticket(engine: &Engine) -> Result<Option<String>, Problem> {
    let waiting = engine.store().waiting();
    waiting.drop_kind(WAITING).await.map_err(Problem::internal)?;
    let edition = engine.edition();
    if areas(&edition.app).is_empty() || somebody_administers(engine).await? {
        return Ok(None);
    }
    let (ticket, now) = (token::new()?, engine.now());
    let one = Waiting {
        key: token::hash(&ticket),
        kind: WAITING.to_owned(),
        account: None,
        value: json!({}),
        expires: now + PATIENCE,
    };
    waiting.keep(&one, now).await.map_err(Problem::internal)?;
    Ok(Some(ticket))
}

/// Each area that a role administers, with the name of the first such role.
fn areas(app: &App) -> Vec<(Area, String)> {
    let role = |area| app.roles().iter().find(|role| role.administers == Some(area));
    Area::ALL.into_iter().filter_map(|area| Some((area, role(area)?.name.to_string()))).collect()
}

async fn somebody_administers(engine: &Engine) -> Result<bool, Problem> {
    let edition = engine.edition();
    let all = engine.store().accounts().all().await.map_err(Problem::internal)?;
    let administers = |name: &String| edition.app.role_named(name).is_some_and(|role| role.administers.is_some());
    Ok(all.iter().any(|account| account.active && account.roles.iter().any(administers)))
}

/// The areas to fill, while the token is good.
///
/// # Errors
/// [`Kind::NotFound`] when it is not, in the same words whether it was used, has ended, or never was.
pub async fn open(state: &AppState, ticket: &str) -> Result<Vec<(Area, String)>, Problem> {
    let now = state.engine.now();
    let found = state.engine.store().waiting().look(WAITING, &token::hash(ticket), now).await;
    if found.map_err(Problem::internal)?.is_none() || somebody_administers(&state.engine).await? {
        return Err(Problem::new(Kind::NotFound));
    }
    Ok(areas(&state.engine.edition().app))
}

/// Somebody to be made an administrator.
#[derive(Debug, Clone, Default)]
pub struct First {
    /// Their area.
    pub area: Option<Area>,
    /// What they sign in with.
    pub login: String,
    /// What others read.
    pub name: String,
    /// Their first password, which they change as they sign in.
    pub password: Zeroizing<String>,
}

/// Makes the administrators, all or none, and uses the token up.
///
/// # Errors
/// [`Kind::NotFound`] as [`open`]; [`Kind::Invalid`] with what is wrong with whom.
pub async fn make(
    state: &AppState,
    ticket: &str,
    people: Vec<First>,
    locale: Locale,
    origin: Origin,
) -> Result<(), Problem> {
    let roles = open(state, ticket).await?;
    let engine = &state.engine;
    let policy = Policy::of(engine.store()).await.map_err(Problem::internal)?;
    let mut problem = Problem::new(Kind::Invalid);
    let mut accounts = Vec::new();
    for (area, role) in roles {
        let field = area.word();
        let given = people.iter().find(|one| one.area == Some(area)).cloned().unwrap_or_default();
        let (login, name) = (given.login.trim(), given.name.trim());
        let taken = engine.store().accounts().by_login(login).await.map_err(Problem::internal)?.is_some()
            || accounts.iter().any(|(known, _): &(Account, _)| known.login.eq_ignore_ascii_case(login));
        if login.is_empty() || login.chars().count() > 100 || login.chars().any(char::is_control) {
            problem = problem.error(field, "required", words::say(locale, "login-needed"));
        } else if taken {
            problem = problem.error(field, "unique", words::say(locale, "login-taken"));
        }
        if let Err(rule) = password::check(&policy, &given.password, login, name) {
            problem = problem.error(field, rule.code(), rule.sentence(locale));
        }
        let account = Account {
            id: engine.new_id(),
            login: login.to_owned(),
            name: if name.is_empty() { login.to_owned() } else { name.to_owned() },
            password_hash: String::new(),
            person: None,
            roles: vec![role],
            active: true,
            locale,
            created_at: engine.now(),
        };
        accounts.push((account, given.password));
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    let mut made = Vec::with_capacity(accounts.len());
    for (account, password) in accounts {
        let password_hash = password::hash_aside(&state.sessions.hashing, password).await?;
        made.push(Account { password_hash, ..account });
    }
    let used = engine.store().waiting().take(WAITING, &token::hash(ticket), engine.now()).await;
    if used.map_err(Problem::internal)?.is_none() {
        return Err(Problem::new(Kind::NotFound));
    }
    let act = |account: &Account| {
        Act::new("account.make", "account")
            .on(account.id)
            .fact("roles", account.roles.clone())
            .fact("how", "set-up")
            .detail("login", account.login.clone())
    };
    let acts = made.iter().map(act).collect();
    let written = engine.noted::<(), StoreError, _>(By::unknown("set-up", origin), acts, move |tx| {
        let made = made.clone();
        Box::pin(async move {
            for account in &made {
                tx.make_account(account, true).await?;
            }
            Ok(())
        })
    });
    written.await.map_err(Problem::internal)
}
