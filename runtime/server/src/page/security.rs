//! Account security: where somebody is signed in, their second factor, and the tokens of their programs.

use axum::{
    body::Bytes,
    extract::{Path, State},
};
use serde::Serialize;
use store::{Identity, Passkey, Session, Token};

use super::{
    Answer, Visit,
    elsewhere::{self, Service},
    filter::Choice,
    routes::typed,
    visit::record_id,
};
use crate::{
    AppState,
    api::token::{self, NewToken},
    problem::{Kind, Problem},
    session::{self, Before},
    show::time,
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Security {
    /// What must be done first.
    pub first: Option<&'static str>,
    /// Why the last act was refused.
    pub fault: Option<String>,
    /// Where they are signed in.
    pub sessions: Vec<SessionShown>,
    /// Since when there is an authenticator app.
    pub code: Option<String>,
    /// How many recovery codes are left, as a sentence.
    pub recovery: Option<String>,
    /// Their passkeys.
    pub passkeys: Vec<PasskeyShown>,
    /// Who they are at other sign-in services.
    pub identities: Vec<IdentityShown>,
    /// The services they are not tied to yet.
    pub services: Vec<Service>,
    /// The tokens of their programs.
    pub tokens: Vec<TokenShown>,
    /// A token just made, shown this once.
    pub token: Option<String>,
    /// Entities a token may be for.
    pub entities: Vec<Choice>,
}

/// A session.
#[derive(Debug, Default, Clone, Serialize)]
pub struct SessionShown {
    /// What names it.
    pub id: String,
    /// With what.
    pub device: String,
    /// From where.
    pub address: String,
    /// When it was used last.
    pub seen: String,
    /// The same for machines.
    pub moment: String,
    /// Whether it is this one.
    pub current: bool,
}

/// A passkey.
#[derive(Debug, Default, Clone, Serialize)]
pub struct PasskeyShown {
    /// Its id.
    pub id: String,
    /// What they call it.
    pub name: String,
    /// When it was made.
    pub made: String,
    /// When it was used last.
    pub used: String,
}

/// Who somebody is at another sign-in service.
#[derive(Debug, Default, Clone, Serialize)]
pub struct IdentityShown {
    /// What people call the service.
    pub label: String,
    /// Its name for itself.
    pub issuer: String,
    /// Its name for them.
    pub subject: String,
    /// When they were tied.
    pub made: String,
    /// When they last signed in by it.
    pub used: String,
}

/// A token.
#[derive(Debug, Default, Clone, Serialize)]
pub struct TokenShown {
    /// Its id.
    pub id: String,
    /// What they call it.
    pub name: String,
    /// What it may do, to what.
    pub scope: String,
    /// When it ends.
    pub expires: String,
    /// When it was used last.
    pub used: String,
}

/// The page.
///
/// # Errors
/// The database failed.
pub async fn show(state: &AppState, visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    let refused = fault.is_some();
    let page = render(state, visit, Security { fault, ..Security::default() }).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The page.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    show(&state, &visit, None).await
}

async fn render(state: &AppState, visit: &Visit, start: Security) -> Result<String, Problem> {
    let store = visit.engine.store();
    let (user, now, reader) = (visit.actor.user, visit.actor.now, visit.reader());
    let sessions = store.sessions().of(user, now).await.map_err(Problem::internal)?;
    let code = store.codes().of(user).await.map_err(Problem::internal)?;
    let left = store.codes().recovery_left(user).await.map_err(Problem::internal)?;
    let passkeys = store.passkeys().of(user).await.map_err(Problem::internal)?;
    let tokens = store.tokens().of(user).await.map_err(Problem::internal)?;
    let identities = store.identities().of(user).await.map_err(Problem::internal)?;
    let providers = state.sessions.elsewhere.providers.now(store).await?;
    let (_, services) = elsewhere::own(state, visit).await?;
    let policy = session::policy::Policy::of(store).await.map_err(Problem::internal)?;
    let first = Before::of(&policy, &visit.session, &visit.actor).filter(|before| *before == Before::Factor);
    let key = visit.session.key();
    let session = |one: Session| SessionShown {
        current: one.token_hash == key,
        device: device(&one.device),
        seen: time::ago(&reader, one.seen),
        moment: one.seen.to_string(),
        address: one.address,
        id: one.token_hash,
    };
    let passkey = |one: Passkey| PasskeyShown {
        id: one.id.to_string(),
        name: one.name,
        made: time::moment(&reader, one.made),
        used: one.used.map_or_else(|| visit.say("token-unused").to_owned(), |used| time::ago(&reader, used)),
    };
    let identity = |one: Identity| IdentityShown {
        label: providers
            .iter()
            .find(|provider| provider.issuer == one.issuer)
            .map_or_else(|| one.issuer.clone(), |provider| provider.label(visit.locale()).to_owned()),
        made: time::moment(&reader, one.made),
        used: one.used.map_or_else(|| visit.say("token-unused").to_owned(), |used| time::ago(&reader, used)),
        issuer: one.issuer,
        subject: one.subject,
    };
    let security = Security {
        identities: identities.into_iter().map(identity).collect(),
        services,
        first: first.map(|_| visit.say("factor-first")),
        sessions: sessions.into_iter().map(session).collect(),
        recovery: code.as_ref().map(|_| visit.fill("recovery-left", &[("n", &left.to_string())])),
        code: code.map(|code| time::moment(&reader, code.made)),
        passkeys: passkeys.into_iter().map(passkey).collect(),
        tokens: tokens.iter().map(|token| shown(visit, token)).collect(),
        entities: entities(visit),
        ..start
    };
    visit.page("security.html", visit.say("account-security"), "narrow", security).await
}

fn shown(visit: &Visit, token: &Token) -> TokenShown {
    let reader = visit.reader();
    let label = |name: &String| {
        let entity = visit.app().entity_named(name);
        entity.map_or(name.as_str(), |entity| entity.label.get(visit.locale())).to_owned()
    };
    let what = if token.entities.is_empty() {
        visit.say("token-everything").to_owned()
    } else {
        token.entities.iter().map(label).collect::<Vec<_>>().join(" · ")
    };
    let how = visit.say(if token.writes { "token-writes" } else { "token-reads" });
    let ended = token.expires <= visit.actor.now;
    TokenShown {
        id: token.id.to_string(),
        name: token.name.clone(),
        scope: format!("{how} · {what}"),
        expires: if ended { visit.say("token-ended").to_owned() } else { time::moment(&reader, token.expires) },
        used: token.used.map_or_else(|| visit.say("token-unused").to_owned(), |used| time::ago(&reader, used)),
    }
}

/// The entities the reader may read; a token for another would open nothing.
fn entities(visit: &Visit) -> Vec<Choice> {
    let readable = visit
        .app()
        .entities()
        .iter()
        .filter(|entity| super::rights::may(&visit.actor, entity.id, policy::Action::Read));
    let each = readable.map(|entity| Choice {
        value: entity.name.to_string(),
        label: entity.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: false,
    });
    each.collect()
}

/// What a browser says it is, as people know it.
pub(super) fn device(agent: &str) -> String {
    let found =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = found(&[
        ("MicroMessenger", "微信 WeChat"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = found(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => crate::show::NOTHING.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

/// Ends one of the reader's sessions.
pub(super) async fn end_session(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    let sent = typed(&body);
    session::begin::end_own(&state, &visit.actor, sent.get("session").unwrap_or_default()).await?;
    Ok(Answer::To("/security?saved=1".to_owned()))
}

/// Ends all of the reader's sessions but this one.
pub(super) async fn end_others(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    session::begin::end_others(&state, &visit.actor, visit.session.key()).await?;
    Ok(Answer::To("/security?saved=1".to_owned()))
}

/// Makes a token and shows it, this once.
pub(super) async fn make_token(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    if !visit.proven() {
        return Ok(visit.prove_first("/security"));
    }
    let sent = typed(&body);
    let new = NewToken {
        name: sent.get("name").unwrap_or_default().to_owned(),
        days: sent.get("days").and_then(|days| days.parse().ok()).unwrap_or_default(),
        writes: sent.get("writes").is_some(),
        entities: sent.all("entities").map(str::to_owned).collect(),
    };
    match token::make(&state, &visit.actor, new).await {
        Ok((_, secret)) => {
            render(&state, &visit, Security { token: Some(secret), ..Security::default() }).await.map(Answer::Page)
        }
        Err(problem) if problem.kind == Kind::Invalid => {
            let fault = problem.errors.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ");
            show(&state, &visit, Some(fault)).await
        }
        Err(problem) => Err(problem),
    }
}

/// Ends a token.
pub(super) async fn end_token(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Answer, Problem> {
    token::end(&state, &visit.actor, record_id(&id)?).await?;
    Ok(Answer::To("/security?saved=1".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_people_know_it() {
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0";
        assert_eq!(device(agent), "Edge · Windows");
        assert_eq!(device("curl/8.5.0"), "curl/8.5.0");
    }
}
