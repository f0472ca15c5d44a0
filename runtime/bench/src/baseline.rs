//! What a careful engineer writes by hand for these six requests: axum handlers with sqlx and literal SQL on the very tables
//! Loam made, with a session check, the row rule in the statement, validation, history, an outbox row, and, on SQLite, one
//! writer that commits waiting writes together.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use minijinja::{Environment, context};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) mod postgres;
pub(crate) mod sqlite;

/// A row as the handlers give it.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    id: String,
    version: i64,
    code: String,
    title: String,
    owner: Option<String>,
    open: Option<bool>,
    quantity: Option<i64>,
    price: Option<rust_decimal::Decimal>,
    total: Option<rust_decimal::Decimal>,
    due: Option<String>,
    status: Option<String>,
}

/// A new row, or what changes of one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Given {
    code: Option<String>,
    title: Option<String>,
    owner: Option<String>,
    quantity: Option<i64>,
    price: Option<rust_decimal::Decimal>,
    due: Option<String>,
    status: Option<String>,
}

/// One group of the aggregate.
#[derive(Debug, Serialize)]
pub(crate) struct Sum {
    status: Option<String>,
    count: i64,
    total: Option<rust_decimal::Decimal>,
}

/// The database behind the handlers.
pub(crate) trait Database: Clone + Send + Sync + 'static {
    /// One visible row.
    fn one(&self, id: Uuid, login: &str) -> impl Future<Output = sqlx::Result<Option<Item>>> + Send;
    /// Twenty visible rows after a code.
    fn page(&self, after: &str, login: &str) -> impl Future<Output = sqlx::Result<Vec<Item>>> + Send;
    /// A new row with its history and outbox rows; the total is computed.
    fn create(&self, given: Given, by: Uuid) -> impl Future<Output = sqlx::Result<Uuid>> + Send;
    /// Another quantity, if the row is visible.
    fn update(&self, id: Uuid, quantity: i64, by: Uuid, login: &str)
    -> impl Future<Output = sqlx::Result<bool>> + Send;
    /// Count and total by status.
    fn sums(&self, login: &str) -> impl Future<Output = sqlx::Result<Vec<Sum>>> + Send;
}

/// The handlers' own history: a line per field, hidden behind no hash.
pub(crate) const HISTORY_SQLITE: &str = "
CREATE TABLE bench_history (id TEXT PRIMARY KEY, entity TEXT NOT NULL, record TEXT NOT NULL, field TEXT, action TEXT NOT NULL, before TEXT, after TEXT, by_account TEXT NOT NULL, at TEXT NOT NULL, change TEXT NOT NULL) STRICT;
CREATE INDEX bench_history_record ON bench_history (record, id);";

/// The same on PostgreSQL.
pub(crate) const HISTORY_POSTGRES: &str = "
CREATE TABLE bench_history (id uuid PRIMARY KEY, entity text NOT NULL, record uuid NOT NULL, field text, action text NOT NULL, before text, after text, by_account uuid NOT NULL, at timestamptz NOT NULL, change uuid NOT NULL);
CREATE INDEX bench_history_record ON bench_history (record, id);";

/// What handlers share.
pub(crate) struct Shared<D> {
    database: D,
    sessions: HashMap<String, (Uuid, String)>,
    templates: Environment<'static>,
}

const FORM: &str =
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>{{ title }}</title></head><body><form method=post>
{% for name, value in fields %}<label>{{ name }} <input name=\"{{ name }}\" value=\"{{ value }}\"></label>{% endfor %}
<button>Save</button></form></body></html>";

/// The server: `token` is the one session it knows.
///
/// # Errors
/// The form's template does not parse.
pub(crate) fn router<D: Database>(database: D, token: &str, user: Uuid, login: &str) -> anyhow::Result<Router> {
    let mut templates = Environment::new();
    templates.add_template("form.html", FORM)?;
    let sessions = HashMap::from([(token.to_owned(), (user, login.to_owned()))]);
    let shared = Arc::new(Shared { database, sessions, templates });
    Ok(Router::new()
        .route("/items", get(list::<D>).post(create::<D>))
        .route("/items/{id}", get(one::<D>).patch(update::<D>))
        .route("/sums", get(sums::<D>))
        .route("/form/{id}", get(form::<D>))
        .with_state(shared))
}

impl<D> Shared<D> {
    fn caller(&self, headers: &HeaderMap) -> Result<&(Uuid, String), Refusal> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = value.strip_prefix("Bearer ").unwrap_or_default();
        self.sessions.get(token).ok_or(Refusal(StatusCode::UNAUTHORIZED))
    }
}

struct Refusal(StatusCode);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(_: sqlx::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

type Has<D> = State<Arc<Shared<D>>>;

async fn one<D: Database>(
    State(shared): Has<D>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> Result<Response, Refusal> {
    let (_, login) = shared.caller(&headers)?;
    match shared.database.one(id, login).await? {
        Some(item) => Ok(([(header::ETAG, format!("\"{}\"", item.version))], Json(item)).into_response()),
        None => Err(Refusal(StatusCode::NOT_FOUND)),
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: String,
}

async fn list<D: Database>(
    State(shared): Has<D>,
    headers: HeaderMap,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let (_, login) = shared.caller(&headers)?;
    let items = shared.database.page(&after.after, login).await?;
    let next = (items.len() == 20).then(|| items.last().map(|item| item.code.clone())).flatten();
    Ok(Json(serde_json::json!({ "items": items, "next": next })).into_response())
}

async fn create<D: Database>(
    State(shared): Has<D>,
    headers: HeaderMap,
    Json(given): Json<Given>,
) -> Result<Response, Refusal> {
    let (user, _) = shared.caller(&headers)?;
    let title = given.title.as_deref().unwrap_or_default();
    let fine = !title.is_empty()
        && title.chars().count() <= 200
        && given.code.as_ref().is_some_and(|code| !code.is_empty())
        && given.quantity.is_none_or(|quantity| quantity >= 0)
        && (given.price.is_none() || given.quantity.is_some())
        && given.status.as_deref().is_none_or(|status| ["draft", "active", "done"].contains(&status));
    if !fine {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let id = shared.database.create(given, *user).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "id": id, "version": 1 }))).into_response())
}

#[derive(Deserialize)]
struct Quantity {
    quantity: i64,
}

async fn update<D: Database>(
    State(shared): Has<D>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
    Json(given): Json<Quantity>,
) -> Result<Response, Refusal> {
    let (user, login) = shared.caller(&headers)?;
    if given.quantity < 0 {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY));
    }
    if !shared.database.update(id, given.quantity, *user, login).await? {
        return Err(Refusal(StatusCode::NOT_FOUND));
    }
    Ok(Json(serde_json::json!({ "id": id })).into_response())
}

async fn sums<D: Database>(State(shared): Has<D>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (_, login) = shared.caller(&headers)?;
    Ok(Json(serde_json::json!({ "items": shared.database.sums(login).await? })).into_response())
}

async fn form<D: Database>(
    State(shared): Has<D>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> Result<Response, Refusal> {
    let (_, login) = shared.caller(&headers)?;
    let item = shared.database.one(id, login).await?.ok_or(Refusal(StatusCode::NOT_FOUND))?;
    let fields = serde_json::to_value(&item).unwrap_or_default();
    let fields: Vec<(String, String)> = fields
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let page = shared
        .templates
        .get_template("form.html")
        .and_then(|form| form.render(context! { title => item.title, fields }));
    page.map(|page| Html(page).into_response()).map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR))
}
