//! `/api/v1/accounts`: sign-in accounts. The system administrator makes and disables them, the security administrator says
//! what they may do.
//!
//! Accounts are not records of the app: they exist before one is published. A password's hash never leaves.

pub mod create;
pub(crate) mod identity;
pub mod list;
pub mod unlock;
pub mod update;

use app::Area;
use engine::{AccountError, AccountRule, Actor};
use model::{Locale, Timestamp};
use serde_json::{Value, json};
use store::Account;

use super::parameter::say;
use crate::{
    problem::{Kind, Problem},
    session::{SignedIn, password, policy::Policy},
};

/// Refuses everybody who administers none of these areas.
pub(super) fn must_administer(who: &SignedIn, areas: &[Area]) -> Result<(), Problem> {
    if areas.iter().any(|area| who.actor.administers(*area)) { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

/// Refuses everybody who does not administer the area for everybody.
pub(super) fn must_administer_all(who: &SignedIn, area: Area) -> Result<(), Problem> {
    if who.actor.administers_all(area) { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

/// What a refusal about accounts is over HTTP.
pub(crate) fn refused(error: AccountError, locale: Locale) -> Problem {
    let invalid = |field: &str, code: &str, message: String| Problem::new(Kind::Invalid).error(field, code, message);
    match error {
        AccountError::Denied(_) => Problem::new(Kind::Denied),
        AccountError::NotFound => Problem::new(Kind::NotFound),
        AccountError::LoginTaken => invalid("login", "unique", crate::words::say(locale, "login-taken").to_owned()),
        AccountError::Rule(rule) => {
            let (field, code) = match &rule {
                AccountRule::UnknownRole(_) => ("roles", "unknown"),
                AccountRule::TwoAreas(..) => ("roles", "two-areas"),
                AccountRule::Last(_) => ("account", "last"),
                AccountRule::OwnRoles => ("roles", "own"),
                AccountRule::NotTheirs(_) => ("roles", "not-theirs"),
                AccountRule::OwnActive => ("active", "own"),
                AccountRule::PersonTaken(_) => ("person", "unique"),
            };
            invalid(field, code, sentence(&rule, locale))
        }
        AccountError::Store(error) => Problem::of_store(error),
    }
}

/// A rule about accounts, as its reader says it.
pub(crate) fn sentence(rule: &AccountRule, locale: Locale) -> String {
    let area = |area: Area| {
        crate::words::say(
            locale,
            match area {
                Area::System => "area-system",
                Area::Security => "area-security",
                Area::Audit => "area-audit",
            },
        )
    };
    let fill = |key, blanks: &[(&str, &str)]| crate::words::fill(locale, key, blanks);
    match rule {
        AccountRule::UnknownRole(name) => fill("role-unknown", &[("role", name)]),
        AccountRule::TwoAreas(one, other) => fill("two-areas", &[("one", area(*one)), ("other", area(*other))]),
        AccountRule::Last(one) => fill("last-of-area", &[("area", area(*one))]),
        AccountRule::OwnRoles => fill("own-roles", &[]),
        AccountRule::NotTheirs(name) => fill("role-not-theirs", &[("role", name)]),
        AccountRule::OwnActive => fill("own-active", &[]),
        AccountRule::PersonTaken(login) => fill("person-taken", &[("login", login)]),
    }
}

fn shown(account: &Account, seen: Option<Timestamp>) -> Value {
    json!({
        "id": account.id.to_string(),
        "login": account.login,
        "name": account.name,
        "person": account.person.map(|id| id.to_string()),
        "roles": account.roles,
        "active": account.active,
        "locale": account.locale.tag(),
        "created_at": account.created_at.to_string(),
        "signed_in_at": seen.map(|at| at.to_string()),
    })
}

/// Adds to `problem` the rule that a password breaks.
fn check_password(problem: Problem, policy: &Policy, text: &str, login: &str, name: &str, locale: Locale) -> Problem {
    match password::check(policy, text, login, name) {
        Ok(()) => problem,
        Err(rule) => problem.error("password", rule.code(), rule.sentence(locale)),
    }
}

/// Adds to `problem` which roles the app does not have.
fn check_roles(mut problem: Problem, roles: &[String], actor: &Actor) -> Problem {
    for role in roles.iter().filter(|role| actor.edition.app.role_named(role).is_none()) {
        let message = sentence(&AccountRule::UnknownRole(role.clone()), actor.locale);
        problem = problem.error("roles", "unknown", message);
    }
    problem
}

/// Reads a language.
fn read_locale(tag: &str, locale: Locale) -> Result<Locale, Problem> {
    Locale::parse(tag).ok_or_else(|| {
        let message = say(locale, "应是 `zh-CN` 或 `en`", "should be `zh-CN` or `en`");
        Problem::new(Kind::Invalid).error("locale", "choice", message)
    })
}
