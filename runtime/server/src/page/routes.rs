//! The addresses of pages, and how their answers become responses. What a page shows is decided beside it.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use engine::NewFile;
use zeroize::Zeroizing;

use super::{
    Answer, Visit, access, accounts, audit, behind, bin, case, dashboard, dictionary, drivers, elsewhere, entry,
    export, factor, form, inbox, looks, me, open,
    params::Params,
    passkey, pick, proof, providers, record, rules, search, security, setup, stand_in, talk, trace, tree, unit_board,
    views,
    visit::{missing, record_id},
    workflows,
};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{NotSignedIn, SignedIn},
};

type Page = Result<Answer, Problem>;

impl FromRequestParts<AppState> for Visit {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotSignedIn> {
        let who = SignedIn::from_request_parts(parts, state).await?;
        let script = parts.headers.contains_key("hx-request");
        let boosted = parts.headers.contains_key("hx-boosted");
        // A part chosen out of a whole page by the browser needs the whole page.
        let whole = parts.headers.get("hx-target").is_some_and(|target| target == "tab" || target == "attachments");
        Ok(Self {
            engine: state.engine.clone(),
            session: who.session.clone(),
            name: who.account().name.clone(),
            standing: who.standing.as_ref().map(|(one, giver)| stand_in::Standing {
                name: giver.name.clone(),
                looks: !one.writes,
                until: crate::show::time::moment(
                    &crate::show::Reader {
                        locale: who.actor.locale,
                        zone: who.actor.edition.zone.clone(),
                        now: who.actor.now,
                    },
                    one.until,
                ),
            }),
            csrf: who.csrf,
            theme: who.theme.word().to_owned(),
            path: parts.uri.path().to_owned(),
            query: Params::parse(parts.uri.query().unwrap_or_default()),
            partial: script && !boosted && !whole,
            // A list that refreshes itself stays where it is.
            pushes: parts.headers.get("hx-trigger").is_none_or(|by| by != "list"),
            actor: Arc::new(who.actor),
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let html = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        match self {
            Self::Page(page) => (html, page).into_response(),
            Self::Part(part, address) => {
                let mut response = (html, part).into_response();
                if let Ok(address) = HeaderValue::from_str(&address) {
                    response.headers_mut().insert("hx-push-url", address);
                }
                response
            }
            Self::Refused(page) => (StatusCode::UNPROCESSABLE_ENTITY, html, page).into_response(),
            Self::To(address) => see_other(&address),
            Self::Json(json) => {
                let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
                (kind, json.to_string()).into_response()
            }
        }
    }
}

/// Goes on to an address; what is not plain in a header is percent-encoded.
pub(super) fn see_other(address: &str) -> Response {
    let plain: String = address
        .chars()
        .map(|c| if c.is_ascii_graphic() { c.to_string() } else { super::params::encode(&c.to_string()) })
        .collect();
    match HeaderValue::from_str(&plain) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::SEE_OTHER.into_response(),
    }
}

/// The addresses of pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(async |visit: Visit| open::first(&visit).await))
        .route("/p/{page}", get(async |visit: Visit, Path(page): Path<String>| open::named(&visit, &page).await))
        .route(
            "/p/{page}/children",
            get(async |visit: Visit, Path(page): Path<String>| tree::children(&visit, &page).await),
        )
        .route("/p/{page}/export", get(saved))
        .route(
            "/p/{page}/move",
            post(async |visit: Visit, Path(page): Path<String>, body: Bytes| {
                dashboard::moved::act(&visit, &page, &typed(&body)).await
            }),
        )
        .route("/r/{entity}/new", get(new).post(create))
        .route("/r/{entity}/{id}", get(show))
        .route("/r/{entity}/{id}/print", get(printed))
        .route("/r/{entity}/{id}/access", get(explain))
        .route(
            "/r/{entity}/{id}/trace",
            get(async |visit: Visit, Path((entity, id)): Path<(String, String)>| {
                trace::show(&visit, &entity, super::visit::record_id(&id)?).await
            }),
        )
        .route("/access", get(async |visit: Visit| access::of_anybody(&visit).await))
        .route("/r/{entity}/{id}/edit", get(edit).post(update))
        .route("/r/{entity}/{id}/uncover", get(uncovering).post(uncover))
        .route("/r/{entity}/{id}/set", post(set))
        .route("/r/{entity}/{id}/delete", get(confirm).post(delete))
        .route("/r/{entity}/{id}/restore", post(restore))
        .route("/r/{entity}/{id}/purge", post(purge))
        .route("/r/{entity}/{id}/erase", get(erasing).post(erase))
        .route("/r/{entity}/{id}/comments", post(comment))
        .route("/r/{entity}/{id}/attachments", post(attach).layer(DefaultBodyLimit::disable()))
        .route("/r/{entity}/{id}/attachments/{file}", get(download))
        .route("/dictionary", get(async |visit: Visit| dictionary::show(&visit).await))
        .route("/dictionary/conflicts", get(async |visit: Visit| dictionary::conflicts(&visit).await))
        .route(
            "/dictionary/{term}",
            get(async |visit: Visit, Path(term): Path<String>| dictionary::term(&visit, &term).await),
        )
        .route(
            "/dictionary/rehearse/{rule}",
            get(async |visit: Visit, Path(rule): Path<String>| dictionary::rehearsal::show(&visit, &rule).await),
        )
        .route(
            "/dictionary/{term}/life",
            post(async |visit: Visit, Path(term): Path<String>, body: Bytes| {
                dictionary::life::act(&visit, &term, &typed(&body)).await
            }),
        )
        .route("/bin/{entity}", get(async |visit: Visit, Path(entity): Path<String>| bin::show(&visit, &entity).await))
        .route(
            "/form/{form}/live",
            post(async |visit: Visit, Path(name): Path<String>, body: Bytes| {
                form::live::live(&visit, &name, typed(&body)).await
            }),
        )
        .route("/pick/mention", get(async |visit: Visit| pick::mention(&visit).await))
        .route("/pick/person", get(async |visit: Visit| pick::person(&visit).await))
        .route("/pick/{field}", get(async |visit: Visit, Path(name): Path<String>| pick::field(&visit, &name).await))
        .route("/search", get(async |visit: Visit| search::show(&visit).await))
        .route("/views", post(async |visit: Visit, body: Bytes| views::save(&visit, &typed(&body)).await))
        .route("/views/forget", post(async |visit: Visit, body: Bytes| views::forget(&visit, &typed(&body)).await))
        .route(
            "/notifications",
            get(async |visit: Visit| me::notifications(&visit).await).post(async |visit: Visit| me::read(&visit).await),
        )
        .route("/inbox", get(async |visit: Visit| inbox::show(&visit, None).await))
        .route("/live/mine/counts", get(async |visit: Visit| inbox::counts(&visit).await))
        .route("/inbox/decide", post(inbox::together::decide))
        .route("/cases/{id}", get(show_case).post(act))
        .route("/workflows", get(async |visit: Visit| workflows::list(&visit).await))
        .route(
            "/workflows/{name}",
            get(async |visit: Visit, Path(name): Path<String>| workflows::show(&visit, &name, None).await)
                .post(workflows::steer),
        )
        .route(
            "/workflows/{name}/replay",
            get(async |State(state): State<AppState>, visit: Visit, Path(name): Path<String>| {
                workflows::replay::show(&state, &visit, &name).await
            })
            .post(replayed),
        )
        .route(
            "/workflows/{name}/begin",
            get(async |visit: Visit, Path(name): Path<String>| workflows::begin::show(&visit, &name, None).await).post(
                async |visit: Visit, Path(name): Path<String>, body: Bytes| {
                    workflows::begin::act(&visit, &name, &typed(&body)).await
                },
            ),
        )
        .route("/r/{entity}/{id}/start", post(case::act::start))
        .route("/me", get(me::page))
        .route("/me/quiet", post(me::keep_quiet))
        .route("/me/looks", get(async |visit: Visit| looks::show(&visit).await))
        .route("/password", get(proof::password_page).post(entry::change_due_password))
        .route("/prove", get(proof::prove_page).post(proof::prove))
        .route("/prove/passkey", post(proof::prove_by_passkey))
        .route("/prove/elsewhere", post(elsewhere::leave_to_prove))
        .route("/prove/passkey/options", post(passkey::prove_options))
        .route("/security", get(security::page))
        .route("/security/sessions/end", post(security::end_session))
        .route("/security/sessions/end-others", post(security::end_others))
        .route("/security/code", get(factor::form).post(factor::set_up))
        .route("/security/code/remove", post(factor::remove))
        .route("/security/passkeys", post(passkey::register))
        .route("/security/passkeys/options", post(passkey::options_of_new))
        .route("/security/passkeys/{id}/remove", post(passkey::remove))
        .route("/security/identities", post(elsewhere::leave_to_tie))
        .route("/security/identities/remove", post(elsewhere::untie))
        .route("/security/tokens", post(security::make_token))
        .route("/security/tokens/{id}/end", post(security::end_token))
        .route("/rules", get(rules::show).post(rules::change))
        .route("/rules/lift", post(rules::lift))
        .route("/providers", get(providers::show).post(providers::add))
        .route("/providers/{name}", post(providers::change))
        .route("/providers/{name}/remove", post(providers::remove))
        .route("/providers/{name}/tie", post(providers::tie))
        .route("/providers/{name}/untie", post(providers::untie))
        .route("/accounts", get(accounts::page).post(entry::add_account))
        .route("/accounts/{id}/roles", post(entry::set_roles))
        .route("/accounts/{id}/active", post(entry::set_active))
        .route("/accounts/{id}/password", post(entry::reset_password))
        .route("/accounts/{id}/factors", post(entry::reset_factors))
        .route("/audit", get(async |visit: Visit| audit::show(&visit, None).await))
        .route("/audit/verify", post(async |visit: Visit| audit::verify(&visit).await))
        .route("/audit/export", get(audit::export))
        .route("/stand-ins", get(async |visit: Visit| stand_in::show(&visit, None).await).post(stand_in::give))
        .route("/stand-ins/look", post(stand_in::look))
        .route("/stand-ins/leave", post(stand_in::leave))
        .route("/stand-ins/{id}/begin", post(stand_in::begin))
        .route("/stand-ins/{id}/end", post(stand_in::end))
        .route(
            "/dictionary/{term}/rows",
            get(async |visit: Visit, Path(term): Path<String>| behind::show(&visit, &term).await),
        )
        .route(
            "/dictionary/{term}/drivers",
            get(async |visit: Visit, Path(term): Path<String>| drivers::show(&visit, &term).await),
        )
        .route("/boards", get(async |visit: Visit| unit_board::list(&visit).await))
        .route(
            "/boards/new",
            get(async |visit: Visit| unit_board::form(&visit, &visit.query, None).await)
                .post(async |visit: Visit, body: Bytes| unit_board::make(&visit, &typed(&body)).await),
        )
        .route("/boards/{id}", get(async |visit: Visit, Path(id): Path<String>| unit_board::show(&visit, &id).await))
        .route(
            "/boards/{id}/edit",
            get(async |visit: Visit, Path(id): Path<String>| unit_board::edit(&visit, &id).await).post(
                async |visit: Visit, Path(id): Path<String>, body: Bytes| {
                    unit_board::change(&visit, &id, &typed(&body)).await
                },
            ),
        )
        .route("/boards/{id}/export", get(saved_board))
        .route(
            "/boards/{id}/remove",
            post(async |visit: Visit, Path(id): Path<String>| unit_board::remove(&visit, &id).await),
        )
        .route("/outbox", get(async |visit: Visit| accounts::outbox(&visit).await))
        .route("/me/password", post(entry::change_password))
        .route("/preferences", post(entry::preferences))
        .route("/sign-in", get(entry::sign_in_page).post(entry::sign_in))
        .route("/set-up", get(setup::show).post(setup::make))
        .route("/sign-in/with/{name}", get(elsewhere::leave))
        .route("/sign-in/with/{name}/callback", get(elsewhere::back))
        .route("/sign-in/code", get(proof::code_page).post(proof::code))
        .route("/sign-in/code/passkey", post(proof::code))
        .route("/sign-in/code/passkey/options", post(passkey::second_options))
        .route("/sign-in/passkey", post(passkey::sign_in))
        .route("/sign-in/passkey/options", post(passkey::sign_in_options))
        .route("/sign-out", post(entry::sign_out))
}

/// A form that was sent with a password or a code in it: wiped when it goes.
pub(super) fn typed_secret(body: &Bytes) -> Zeroizing<Params> {
    Zeroizing::new(typed(body))
}

/// A form that was sent.
pub(super) fn typed(body: &Bytes) -> Params {
    Params::parse(&String::from_utf8_lossy(body))
}

async fn show(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    record::show(&visit, &entity, record_id(&id)?).await
}

async fn show_case(visit: Visit, Path(id): Path<String>) -> Page {
    case::show(&visit, record_id(&id)?, None).await
}

async fn printed(
    State(state): State<AppState>,
    visit: Visit,
    Path((entity, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let made = record::paper::file(&visit, &entity, record_id(&id)?, move || state.fonts()).await?;
    let (name, kind, content) = made;
    Ok(as_file(&name, kind, "attachment", content))
}

async fn explain(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    access::of_record(&visit, &entity, record_id(&id)?).await
}

async fn new(visit: Visit, Path(entity): Path<String>) -> Page {
    form::new(&visit, &entity).await
}

async fn edit(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    form::edit(&visit, &entity, record_id(&id)?).await
}

async fn create(visit: Visit, Path(entity): Path<String>, request: Request) -> Page {
    let (typed, files) = sent(request).await?;
    form::save::save(&visit, &entity, None, typed, files).await
}

async fn update(visit: Visit, Path((entity, id)): Path<(String, String)>, request: Request) -> Page {
    let (typed, files) = sent(request).await?;
    form::save::save(&visit, &entity, Some(record_id(&id)?), typed, files).await
}

async fn act(visit: Visit, Path(id): Path<String>, request: Request) -> Page {
    let (typed, files) = sent(request).await?;
    case::act::act(&visit, &id, typed, files).await
}

async fn set(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    form::save::set(&visit, &entity, record_id(&id)?, &typed(&body)).await
}

async fn purge(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    bin::purge(&visit, &entity, record_id(&id)?, &typed(&body)).await
}

async fn erasing(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    record::erase::show(&visit, &entity, record_id(&id)?, None).await
}

async fn erase(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    record::erase::show(&visit, &entity, record_id(&id)?, Some(&typed(&body))).await
}

async fn uncovering(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    record::uncover::show(&visit, &entity, record_id(&id)?, None).await
}

async fn uncover(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    record::uncover::show(&visit, &entity, record_id(&id)?, Some(&typed(&body))).await
}

async fn confirm(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    record::confirm(&visit, &entity, record_id(&id)?).await
}

async fn delete(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    let expected = typed(&body).get("expected").and_then(|text| text.parse().ok());
    record::delete(&visit, &entity, record_id(&id)?, expected).await
}

async fn restore(visit: Visit, Path((entity, id)): Path<(String, String)>) -> Page {
    bin::restore(&visit, &entity, record_id(&id)?).await
}

async fn comment(visit: Visit, Path((entity, id)): Path<(String, String)>, body: Bytes) -> Page {
    talk::comment(&visit, &entity, record_id(&id)?, &typed(&body)).await
}

async fn attach(visit: Visit, Path((entity, id)): Path<(String, String)>, request: Request) -> Page {
    let id = record_id(&id)?;
    let (_, files) = sent(request).await?;
    for (_, file) in files {
        talk::attach(&visit, &entity, id, file).await?;
    }
    Ok(Answer::To(format!("/r/{entity}/{id}#files")))
}

async fn replayed(State(state): State<AppState>, visit: Visit, Path(name): Path<String>, request: Request) -> Page {
    workflows::replay::by_draft(&state, &visit, &name, sent(request).await?).await
}

/// A file leaves as a download, never as a page of ours, unless it is a picture.
async fn download(visit: Visit, Path((entity, id, file)): Path<(String, String, String)>) -> Result<Response, Problem> {
    let (name, media_type, content) = talk::download(&visit, &entity, record_id(&id)?, record_id(&file)?).await?;
    let picture = matches!(media_type.as_str(), "image/png" | "image/jpeg" | "image/webp" | "image/gif");
    let kind = if picture { media_type.as_str() } else { "application/octet-stream" };
    Ok(as_file(&name, kind, if picture { "inline" } else { "attachment" }, content))
}

async fn saved(State(state): State<AppState>, visit: Visit, Path(page): Path<String>) -> Result<Response, Problem> {
    let found = visit.app().page_named(&page).filter(|page| super::rights::opens(&visit.actor, page));
    let (name, kind, content) = match found.map(|page| (page, &page.kind)) {
        Some((page, app::PageKind::Dashboard(dashboard))) => {
            let title = page.label.get(visit.locale());
            let head = dashboard::Head { name: page.name.as_str(), title, ..dashboard::Head::default() };
            dashboard::save::file(&visit, &head, dashboard, move || state.fonts()).await?
        }
        _ => export::file(&visit, &page).await?,
    };
    Ok(as_file(&name, kind, "attachment", content))
}

async fn saved_board(State(state): State<AppState>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let (name, kind, content) = unit_board::file(&visit, &id, move || state.fonts()).await?;
    Ok(as_file(&name, kind, "attachment", content))
}

/// Something that is kept as a file, or shown in its place.
pub(crate) fn as_file(name: &str, kind: &str, way: &str, content: Vec<u8>) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    let value =
        |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, value(kind));
    let way = format!("{way}; filename*=UTF-8''{}", super::params::encode(name));
    headers.insert(header::CONTENT_DISPOSITION, value(&way));
    response
}

/// What a form sent: its texts, and the files that were chosen.
pub(super) async fn sent(request: Request) -> Result<(Params, Vec<form::save::Sent>), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let bad = |cause: &dyn std::fmt::Display| Problem::new(Kind::BadRequest).detail(cause.to_string());
    if !kind.starts_with("multipart/form-data") {
        let body = Bytes::from_request(request, &()).await.map_err(|cause| bad(&cause))?;
        return Ok((typed(&body), Vec::new()));
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(|cause| bad(&cause))?;
    let (mut texts, mut files) = (Params::default(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|cause| bad(&cause))? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
                let content = part.bytes().await.map_err(|cause| bad(&cause))?.to_vec();
                // An input in which no file was chosen is sent all the same, without a name.
                if !file.is_empty() {
                    let field = name.strip_suffix(".file").unwrap_or(&name).to_owned();
                    files.push((field, NewFile { id: None, name: file, media_type, content }));
                }
            }
            None => texts.0.push((name, part.text().await.map_err(|cause| bad(&cause))?)),
        }
    }
    Ok((texts, files))
}

/// Whether an account's id in an address is one.
pub(super) fn account_id(text: &str) -> Result<model::UserId, Problem> {
    text.parse().map_err(|_| missing())
}

/// A cookie that scripts may read, for a year.
pub(super) fn lasting(headers: &mut HeaderMap, name: &str, value: &str) {
    if let Ok(cookie) = HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax")) {
        headers.append(header::SET_COOKIE, cookie);
    }
}
