//! The other sign-in services and who is tied to them, for the security administrator.

use app::Area;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde::Serialize;

use super::{
    Answer, Visit,
    accounts::must_administer_all,
    params::Params,
    routes::{account_id, typed},
    visit::missing,
};
use crate::{
    AppState,
    api::{account::identity, provider},
    problem::{Kind, Problem},
    session::elsewhere::{
        self,
        provider::{Label, Provider, all},
    },
    show::time,
};

/// Ties shown at most.
const MOST: u32 = 200;

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Providers {
    /// Those there are.
    pub providers: Vec<ProviderShown>,
    /// What was typed of a new one.
    pub new: ProviderShown,
    /// Why the last act was refused.
    pub fault: Option<String>,
}

/// A provider.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ProviderShown {
    /// Its name in addresses.
    pub name: String,
    /// What its reader calls it.
    pub label: String,
    /// What it is called in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Its name for itself.
    pub issuer: String,
    /// Its name for us.
    pub client_id: String,
    /// The claim that ties.
    pub claim: String,
    /// Whether it is trusted to ask for a second factor.
    pub trusted: bool,
    /// Whether it is in use.
    pub active: bool,
    /// The address it must know to send people back to.
    pub callback: String,
    /// The variable of our secret.
    pub variable: String,
    /// Whether this node has the secret.
    pub secret: bool,
    /// Who is tied to it.
    pub ties: Vec<TieShown>,
}

/// Somebody tied.
#[derive(Debug, Default, Clone, Serialize)]
pub struct TieShown {
    /// The account's id.
    pub account: String,
    /// Its login and name.
    pub who: String,
    /// The provider's name for them.
    pub subject: String,
    /// When they last signed in by it.
    pub used: String,
}

fn shown(visit: &Visit, provider: &Provider) -> ProviderShown {
    ProviderShown {
        name: provider.name.clone(),
        label: provider.label(visit.locale()).to_owned(),
        zh: provider.label.zh.clone(),
        en: provider.label.en.clone(),
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        claim: provider.claim.clone(),
        trusted: provider.trusted,
        active: provider.active,
        variable: provider.variable(),
        ..ProviderShown::default()
    }
}

/// The page; `typed` is what was refused.
async fn page(
    state: &AppState,
    visit: &Visit,
    headers: &HeaderMap,
    typed: Option<&Provider>,
    fault: Option<String>,
) -> Result<Answer, Problem> {
    must_administer_all(visit, Area::Security)?;
    let store = visit.engine.store();
    let mut providers = Vec::new();
    for provider in all(store).await.map_err(Problem::internal)? {
        let ties = store.identities().at(&provider.issuer, MOST).await.map_err(Problem::internal)?;
        let ties = ties.into_iter().map(|(identity, account)| TieShown {
            account: account.id.to_string(),
            who: format!("{} · {}", account.login, account.name),
            subject: identity.subject,
            used: identity
                .used
                .map_or_else(|| visit.say("token-unused").to_owned(), |used| time::ago(&visit.reader(), used)),
        });
        let kept = shown(visit, typed.filter(|typed| typed.name == provider.name).unwrap_or(&provider));
        providers.push(ProviderShown {
            label: provider.label(visit.locale()).to_owned(),
            callback: elsewhere::address(state, headers, &provider.callback()),
            secret: state.options.secrets.of(&provider).is_some(),
            ties: ties.collect(),
            ..kept
        });
    }
    let new = typed.filter(|typed| providers.iter().all(|known| known.name != typed.name));
    let new = new.map_or_else(|| ProviderShown { active: true, ..ProviderShown::default() }, |new| shown(visit, new));
    let refused = fault.is_some();
    let page =
        visit.page("providers.html", visit.say("providers"), "narrow", Providers { providers, new, fault }).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The page.
pub(super) async fn show(State(state): State<AppState>, visit: Visit, headers: HeaderMap) -> Result<Answer, Problem> {
    page(&state, &visit, &headers, None, None).await
}

/// Where changes lead.
fn done() -> Answer {
    Answer::To("/providers?saved=1".to_owned())
}

/// What a refusal says, for what the reader can mend.
fn fault(problem: Problem) -> Result<String, Problem> {
    if problem.kind != Kind::Invalid {
        return Err(problem);
    }
    Ok(problem.errors.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; "))
}

/// Refuses who may not, and leads to a proof who has not given one lately.
fn first(visit: &Visit) -> Result<Option<Answer>, Problem> {
    must_administer_all(visit, Area::Security)?;
    Ok((!visit.proven()).then(|| visit.prove_first("/providers")))
}

fn read(name: &str, sent: &Params) -> Provider {
    let text = |part: &str| sent.get(part).unwrap_or_default().trim().to_owned();
    Provider {
        name: name.to_owned(),
        label: Label { zh: text("zh"), en: text("en") },
        issuer: text("issuer"),
        client_id: text("client_id"),
        claim: text("claim"),
        trusted: sent.has("trusted"),
        active: sent.has("active"),
    }
}

/// Keeps a new provider.
pub(super) async fn add(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    if let Some(answer) = first(&visit)? {
        return Ok(answer);
    }
    let sent = typed(&body);
    let new = read(sent.get("name").unwrap_or_default().trim(), &sent);
    let known = all(visit.engine.store()).await.map_err(Problem::internal)?;
    if known.iter().any(|provider| provider.name == new.name) {
        let fault = Some(visit.say("provider-name-taken").to_owned());
        let typed = Provider { name: String::new(), ..new };
        return page(&state, &visit, &headers, Some(&typed), fault).await;
    }
    keep(&state, &visit, &headers, new).await
}

/// Changes a provider.
pub(super) async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    if let Some(answer) = first(&visit)? {
        return Ok(answer);
    }
    keep(&state, &visit, &headers, read(&name, &typed(&body))).await
}

async fn keep(state: &AppState, visit: &Visit, headers: &HeaderMap, wanted: Provider) -> Result<Answer, Problem> {
    match provider::keep(state, &visit.actor, wanted.clone()).await {
        Ok(()) => Ok(done()),
        Err(problem) => page(state, visit, headers, Some(&wanted), Some(fault(problem)?)).await,
    }
}

/// Forgets a provider, and every tie to it.
pub(super) async fn remove(
    State(state): State<AppState>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Answer, Problem> {
    if let Some(answer) = first(&visit)? {
        return Ok(answer);
    }
    if provider::forget(&state, &visit.actor, &name).await? { Ok(done()) } else { Err(missing()) }
}

/// Ties an account, named by its login.
pub(super) async fn tie(
    State(state): State<AppState>,
    visit: Visit,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    if let Some(answer) = first(&visit)? {
        return Ok(answer);
    }
    let sent = typed(&body);
    let login = sent.get("login").unwrap_or_default().trim();
    let found = visit.engine.store().accounts().by_login(login).await.map_err(Problem::internal)?;
    let Some(account) = found else {
        return page(&state, &visit, &headers, None, Some(visit.say("login-unknown").to_owned())).await;
    };
    let subject = sent.get("subject").unwrap_or_default();
    match identity::make(&state, &visit.actor, account.id, &name, subject).await {
        Ok(()) => Ok(done()),
        Err(problem) => page(&state, &visit, &headers, None, Some(fault(problem)?)).await,
    }
}

/// Unties an account.
pub(super) async fn untie(
    State(state): State<AppState>,
    visit: Visit,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Problem> {
    if let Some(answer) = first(&visit)? {
        return Ok(answer);
    }
    let account = account_id(typed(&body).get("account").unwrap_or_default())?;
    match identity::end(&state, &visit.actor, account, &name).await {
        Ok(true) => Ok(done()),
        Ok(false) => Err(missing()),
        Err(problem) => page(&state, &visit, &headers, None, Some(fault(problem)?)).await,
    }
}
