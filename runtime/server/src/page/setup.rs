//! The page on which the first three administrators are made.

use app::Area;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use model::Locale;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    Answer,
    params::Params,
    routes::{see_other, typed_secret},
    shell,
};
use crate::{
    AppState,
    language::Language,
    problem::{Kind, Problem},
    session::{
        self, Theme, form,
        setup::{self, First},
        wiped::Sent,
    },
    words,
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Setup {
    /// The frame.
    pub shell: shell::Shell,
    /// The token.
    pub token: String,
    /// Who is to be made.
    pub people: Vec<PersonShown>,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// Somebody to be made.
#[derive(Debug, Default, Clone, Serialize)]
pub struct PersonShown {
    /// The word of the area.
    pub area: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What was typed as the login.
    pub login: String,
    /// And as the name.
    pub name: String,
}

fn label(locale: Locale, area: &str) -> &'static str {
    words::say(
        locale,
        match area {
            "system" => "first-system",
            "security" => "first-security",
            _ => "first-audit",
        },
    )
}

/// The page, while its token is good.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let query = Params::parse(parts.uri.query().unwrap_or_default());
    let token = query.get("token").unwrap_or_default().to_owned();
    let locale = parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled);
    answer(&state, &parts.headers, locale, token, &Params::default(), Vec::new()).await
}

async fn answer(
    state: &AppState,
    headers: &HeaderMap,
    locale: Locale,
    token: String,
    sent: &Params,
    faults: Vec<String>,
) -> Result<Response, Problem> {
    let areas = setup::open(state, &token).await?;
    let (csrf, cookie) = form::issue(state, headers)?;
    let brand = shell::brand(&state.engine.edition().app, locale);
    let here = Params::default().with("token", token.clone()).on("/set-up");
    let mut shell = shell::bare(locale, Theme::of(headers).word(), &csrf, brand, &here);
    shell.title = words::say(locale, "set-up").to_owned();
    let typed = |area: Area, what: &str| sent.get(&format!("{}.{what}", area.word())).unwrap_or_default().to_owned();
    let people = areas.into_iter().map(|(area, _)| PersonShown {
        area: area.word(),
        label: label(locale, area.word()),
        login: typed(area, "login"),
        name: typed(area, "name"),
    });
    let refused = !faults.is_empty();
    let page = Setup { shell, token, people: people.collect(), faults };
    let html = super::view::render(locale, "set_up.html", page)?;
    let mut response = if refused { Answer::Refused(html) } else { Answer::Page(html) }.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Makes them.
pub(super) async fn make(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.map_err(|_| Problem::new(Kind::TooLarge))?;
    let body = Sent::of(body);
    let sent = typed_secret(&body);
    if !form::check(&parts.headers, sent.get("csrf").unwrap_or_default()) {
        return Err(Problem::new(Kind::Forgery));
    }
    let locale = parts.extensions.get::<Language>().map_or(Locale::ZhCn, Language::settled);
    let token = sent.get("token").unwrap_or_default().to_owned();
    let of = |area: Area| {
        let value = |what: &str| sent.get(&format!("{}.{what}", area.word())).unwrap_or_default().to_owned();
        let password = Zeroizing::new(value("password"));
        First { area: Some(area), login: value("login"), name: value("name"), password }
    };
    let people = Area::ALL.map(of).to_vec();
    match setup::make(&state, &token, people, locale, session::origin(&state, &parts, None)).await {
        Ok(()) => Ok(see_other("/sign-in")),
        Err(problem) if problem.kind == Kind::Invalid => {
            let each = problem.errors.iter().map(|fault| {
                format!("{}: {}", label(locale, fault.field.as_deref().unwrap_or_default()), fault.message)
            });
            answer(&state, &parts.headers, locale, token, &sent, each.collect()).await
        }
        Err(problem) => Err(problem),
    }
}
