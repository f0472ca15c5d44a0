//! Setting up an authenticator app, and doing without one again.

use axum::extract::State;
use engine::Act;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;
use store::Waiting;
use zeroize::Zeroizing;

use super::{Answer, Visit, routes::typed_secret, security, shell};
use crate::{
    AppState,
    problem::Problem,
    session::{Undone, done, factor, wiped::Sent},
};

/// What waits until its first code is typed.
const WAITING: &str = "code-setup";

/// How long it waits.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// What the view shows: a secret to take up, or the recovery codes of one that was.
#[derive(Debug, Default, Serialize)]
pub struct Setup {
    /// The secret, in groups of four letters.
    pub secret: String,
    /// The same as a picture, in SVG.
    pub picture: String,
    /// Why the code was refused.
    pub fault: Option<String>,
    /// Recovery codes, shown this once.
    pub recovery: Vec<String>,
}

/// The secret to take up: the one that waits for this session, else a new one.
async fn secret(visit: &Visit) -> Result<Zeroizing<String>, Problem> {
    let (key, now) = (key(visit), visit.actor.now);
    let waiting = visit.engine.store().waiting();
    let found = waiting.look(WAITING, &key, now).await.map_err(Problem::internal)?;
    let user = visit.actor.user;
    if let Some(sealed) = found.and_then(|found| found.value.get("secret")?.as_str().map(str::to_owned)) {
        // One from before a change of keys, or from before secrets were sealed, gives way to a new one.
        if let Ok(secret) = visit.engine.unseal(WAITING, user, &sealed) {
            return Ok(secret);
        }
    }
    let secret = factor::new_secret()?;
    let value = json!({"secret": visit.engine.seal(WAITING, user, &secret).map_err(Problem::internal)?});
    let one =
        Waiting { key, kind: WAITING.to_owned(), account: Some(visit.actor.user), value, expires: now + PATIENCE };
    waiting.keep(&one, now).await.map_err(Problem::internal)?;
    Ok(secret)
}

fn key(visit: &Visit) -> String {
    format!("{WAITING} {}", visit.session.key())
}

/// The form to set up an app.
pub(super) async fn form(visit: Visit) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security/code"));
    }
    shown(&visit, None).await
}

async fn shown(visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    let secret = secret(visit).await?;
    let brand = shell::brand(visit.app(), visit.locale());
    let picture = factor::picture(&factor::address(&brand, &visit.actor.login, &secret))?;
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    let refused = fault.is_some();
    let setup = Setup { secret: groups.join(" "), picture, fault, recovery: Vec::new() };
    let page = visit.page("code.html", visit.say("set-up-code"), "narrow", setup).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// Takes the secret up once its first code is right.
pub(super) async fn set_up(State(state): State<AppState>, visit: Visit, body: Sent) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security/code"));
    }
    let secret = secret(&visit).await?;
    let sent = typed_secret(&body);
    let Some(step) = factor::proves(&secret, sent.get("code").unwrap_or_default(), &visit.engine) else {
        return shown(&visit, Some(visit.say("code-wrong").to_owned())).await;
    };
    let recovery = factor::set_up(&visit.engine, &visit.actor, &secret, step).await?;
    let waiting = visit.engine.store().waiting();
    waiting.take(WAITING, &key(&visit), visit.actor.now).await.map_err(Problem::internal)?;
    state.sessions.drop_copies(visit.actor.user);
    let setup = Setup { recovery, ..Setup::default() };
    visit.page("code.html", visit.say("recovery-codes"), "narrow", setup).await.map(Answer::Page)
}

/// Does without the app again.
pub(super) async fn remove(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security"));
    }
    let policy = state.sessions.policy.now(visit.engine.store()).await?;
    let passkeys = visit.engine.store().passkeys().of(visit.actor.user).await.map_err(Problem::internal)?;
    if policy.asks_factor(visit.actor.area()) && passkeys.is_empty() {
        return security::show(&state, &visit, Some(visit.say("factor-stays").to_owned())).await;
    }
    let user = visit.actor.user;
    let act = Act::new("factor.remove", "account").on(user).fact("kind", "code");
    let removed = visit.engine.noted::<(), Undone, _>(visit.actor.as_ref(), vec![act], move |tx| {
        Box::pin(async move { done(tx.drop_code(user).await?) })
    });
    Undone::told(removed.await)?;
    state.sessions.drop_copies(visit.actor.user);
    Ok(Answer::To("/security?saved=1".to_owned()))
}
