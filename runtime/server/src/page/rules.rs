//! The rules of signing in and what is locked, for the security administrator.

use app::Area;
use axum::{body::Bytes, extract::State};
use engine::Act;
use serde::Serialize;

use super::{Answer, Visit, accounts::must_administer_all, filter::Choice, params::Params, routes::typed};
use crate::{
    AppState,
    api::policy,
    problem::{Kind, Problem},
    session::{
        help,
        limit::{self, SOURCE},
        policy::{Policy, SecondFactor},
    },
    show::time,
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Rules {
    /// The numbers.
    pub numbers: Vec<Number>,
    /// Who must have a second factor.
    pub factor: Vec<Choice>,
    /// The networks from which administrators may come.
    pub networks: String,
    /// The address this reader comes from.
    pub address: String,
    /// What is locked now.
    pub locks: Vec<Lock>,
    /// Why the last act was refused.
    pub fault: Option<String>,
}

/// A number of the policy.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Number {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it is now.
    pub value: u32,
    /// The least it may be.
    pub least: u32,
    /// The most.
    pub most: u32,
}

/// Something locked.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Lock {
    /// What names it.
    pub key: String,
    /// The account or address.
    pub what: String,
    /// Until when.
    pub until: String,
}

/// The word for each number of the policy.
fn label(visit: &Visit, name: &str) -> &'static str {
    visit.say(match name {
        "password_length" => "rule-length",
        "password_kinds" => "rule-kinds",
        "password_history" => "rule-history",
        "password_days" => "rule-days",
        "tries" => "rule-tries",
        "lock_minutes" => "rule-lock",
        "idle_minutes" => "rule-idle",
        "longest_hours" => "rule-longest",
        "most_sessions" => "rule-sessions",
        "unused_days" => "rule-unused",
        "alarm_sign_ins" => "rule-alarm-sign-ins",
        "alarm_refusals" => "rule-alarm-refusals",
        "alarm_exports" => "rule-alarm-exports",
        "alarm_uncovers" => "rule-alarm-uncovers",
        "alarm_rights" => "rule-alarm-rights",
        _ => "rule-networks",
    })
}

async fn shown(visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    must_administer_all(visit, Area::Security)?;
    let store = visit.engine.store();
    let policy = Policy::of(store).await.map_err(Problem::internal)?;
    let numbers = policy.numbers().map(|((name, least, most), value)| Number {
        name,
        label: label(visit, name),
        value,
        least,
        most,
    });
    let factor = SecondFactor::ALL.map(|one| Choice {
        value: one.word().to_owned(),
        label: visit
            .say(match one {
                SecondFactor::Optional => "factor-optional",
                SecondFactor::Administrators => "factor-administrators",
                SecondFactor::Everyone => "factor-everyone",
            })
            .to_owned(),
        hint: String::new(),
        selected: one == policy.second_factor,
    });
    let locked = limit::locked(&visit.engine, &policy).await?;
    let accounts =
        if locked.is_empty() { Vec::new() } else { store.accounts().all().await.map_err(Problem::internal)? };
    let locks = locked.into_iter().filter_map(|lock| {
        let account = || accounts.iter().find(|account| limit::account_key(&account.login) == lock.key);
        // A login that is nobody's has nobody to be let in again.
        let what = match lock.key.strip_prefix(SOURCE) {
            Some(address) => address.to_owned(),
            None => account().map(|account| format!("{} · {}", account.login, account.name))?,
        };
        Some(Lock { until: time::moment(&visit.reader(), lock.until), what, key: lock.key })
    });
    let refused = fault.is_some();
    let rules = Rules {
        numbers: numbers.to_vec(),
        factor: factor.to_vec(),
        networks: policy.admin_networks.join(" "),
        address: visit.actor.origin.address.clone(),
        locks: locks.collect(),
        fault,
    };
    let page = visit.page("rules.html", visit.say("sign-in-rules"), "narrow", rules).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The page.
pub(super) async fn show(visit: Visit) -> Result<Answer, Problem> {
    shown(&visit, None).await
}

fn read(sent: &Params) -> Option<Policy> {
    let number = |name: &str| sent.get(name)?.trim().parse::<u32>().ok();
    let factor = sent.get("second_factor")?;
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Some(Policy {
        password_length: number("password_length")?,
        password_kinds: number("password_kinds")?,
        password_history: number("password_history")?,
        password_days: number("password_days")?,
        tries: number("tries")?,
        lock_minutes: number("lock_minutes")?,
        idle_minutes: number("idle_minutes")?,
        longest_hours: number("longest_hours")?,
        most_sessions: number("most_sessions")?,
        unused_days: number("unused_days")?,
        alarm_sign_ins: number("alarm_sign_ins")?,
        alarm_refusals: number("alarm_refusals")?,
        alarm_exports: number("alarm_exports")?,
        alarm_uncovers: number("alarm_uncovers")?,
        alarm_rights: number("alarm_rights")?,
        admin_networks: sent
            .get("admin_networks")
            .unwrap_or_default()
            .split([' ', ',', '\n', '\r', '，', '、'])
            .filter_map(said)
            .collect(),
        second_factor: SecondFactor::ALL.into_iter().find(|one| one.word() == factor)?,
    })
}

/// Keeps other rules.
pub(super) async fn change(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    must_administer_all(&visit, Area::Security)?;
    if !visit.proven() {
        return Ok(visit.prove_first("/rules"));
    }
    let Some(policy) = read(&typed(&body)) else {
        return shown(&visit, Some(visit.say("rules-unread").to_owned())).await;
    };
    match policy::set(&state, &visit.actor, &policy).await {
        Ok(()) => Ok(Answer::To("/rules?saved=1".to_owned())),
        Err(problem) if problem.kind == Kind::Invalid => {
            let each = problem.errors.iter().map(|fault| {
                format!("{}: {}", label(&visit, fault.field.as_deref().unwrap_or_default()), fault.message)
            });
            let fault = each.collect::<Vec<_>>().join("; ");
            shown(&visit, Some(fault)).await
        }
        Err(problem) => Err(problem),
    }
}

/// Lifts a lock.
pub(super) async fn lift(visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    must_administer_all(&visit, Area::Security)?;
    let sent = typed(&body);
    let key = sent.get("key").unwrap_or_default();
    let accounts = visit.engine.store().accounts().all().await.map_err(Problem::internal)?;
    let act = match accounts.iter().find(|account| limit::account_key(&account.login) == key) {
        Some(account) => Act::new("account.unlock", "account").on(account.id),
        None => Act::new("source.unlock", "source").detail("source", key),
    };
    help::lift(&visit.engine, visit.actor.as_ref().into(), act, key.to_owned()).await.map_err(Problem::internal)?;
    Ok(Answer::To("/rules?saved=1".to_owned()))
}
