//! `/api/v1/accounts`: sign-in accounts, for those whose role administers.
//!
//! Accounts are not records of the app: they exist before one is published. A password's hash never leaves.

pub mod create;
pub mod list;
pub mod update;

use engine::Actor;
use model::Locale;
use serde_json::{Value, json};
use store::Account;

use super::parameter::say;
use crate::{
    problem::{Kind, Problem},
    session::{SignedIn, password},
};

/// Refuses everybody but administrators.
pub(super) fn must_administer(who: &SignedIn) -> Result<(), Problem> {
    if who.actor.administers() { Ok(()) } else { Err(Problem::new(Kind::Denied)) }
}

fn shown(account: &Account) -> Value {
    json!({
        "id": account.id.to_string(),
        "login": account.login,
        "name": account.name,
        "person": account.person.map(|id| id.to_string()),
        "roles": account.roles,
        "active": account.active,
        "locale": account.locale.tag(),
        "created_at": account.created_at.to_string(),
    })
}

/// Adds to `problem` what is wrong with a password.
fn check_password(problem: Problem, text: &str, locale: Locale) -> Problem {
    if text.chars().count() < password::SHORTEST {
        return problem.error("password", "too-short", say(locale, "密码至少 8 个字符", "at least 8 characters"));
    }
    if text.len() > password::LONGEST {
        return problem.error("password", "too-long", say(locale, "密码过长", "the password is too long"));
    }
    problem
}

/// Adds to `problem` which roles the app does not have.
fn check_roles(mut problem: Problem, roles: &[String], actor: &Actor) -> Problem {
    for role in roles.iter().filter(|role| actor.edition.app.role_named(role).is_none()) {
        let message = say(actor.locale, "没有角色", "there is no role");
        problem = problem.error("roles", "unknown", format!("{message} `{role}`"));
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
