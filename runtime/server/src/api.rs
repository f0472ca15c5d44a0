//! The JSON API: `/api/v1/…`. One file per resource and verb; the shapes of requests and answers live here and nowhere else.
//!
//! A record is `{"id", "version", …fields}`: numbers as JSON numbers written exactly, days and moments as ISO 8601 text,
//! references as ids, several values as arrays. What a reader may not see is `null`, or left out where it never is theirs.

pub mod account;
pub mod audit;
mod board;
mod body;
pub mod case;
mod cursor;
mod idempotency;
pub mod openapi;
mod outbox;
mod parameter;
pub(crate) mod policy;
pub(crate) mod provider;
pub mod record;
mod search;
mod session;
mod shape;
pub mod term;
pub(crate) mod token;
mod write;

use app::Entity;
use axum::{
    Router,
    routing::{delete, get, post, put},
};
use engine::Actor;
use model::{RecordId, Uuid};

use crate::{
    AppState,
    problem::{Kind, Problem},
};

pub(crate) use shape::Shape;

/// What the API keeps between requests; every key names the edition, so nothing needs clearing.
#[derive(Default)]
pub(crate) struct Shared {
    shapes: shape::Shapes,
    filters: record::filter::Filters,
    documents: openapi::Documents,
    running: idempotency::Running,
}

/// The addresses of the API.
pub fn routes() -> Router<AppState> {
    use record::{
        access, aggregate, attachment, bulk, comment, create, delete as remove, erase, get as one, history, import,
        list, print, purge, restore, source, trace, uncover, update, upload,
    };
    Router::new()
        .route("/api/v1/session", get(session::show).post(session::begin).delete(session::end))
        .route("/api/v1/session/password", put(session::change_password))
        .route("/api/v1/session/prove", post(session::prove))
        .route("/api/v1/session/quiet", get(session::quiet).put(session::keep_quiet))
        .route("/api/v1/session/looks", get(session::looks))
        .route("/api/v1/session/list", get(session::list).delete(session::end_others))
        .route("/api/v1/session/list/{id}", delete(session::end_one))
        .route("/api/v1/tokens", get(token::list).post(token::create))
        .route("/api/v1/tokens/{id}", delete(token::revoke))
        .route("/api/v1/policy", get(policy::show).put(policy::change))
        .route("/api/v1/providers", get(provider::list))
        .route("/api/v1/providers/{name}", put(provider::put).delete(provider::remove))
        .route("/api/v1/accounts/{id}/identities", get(account::identity::list).post(account::identity::create))
        .route("/api/v1/accounts/{id}/identities/{provider}", delete(account::identity::remove))
        .route("/api/v1/accounts/{id}/unlock", post(account::unlock::unlock))
        .route("/api/v1/accounts/{id}/factors", delete(account::unlock::reset_factors))
        .route("/api/v1/openapi.json", get(openapi::show))
        .route("/api/v1/search", get(search::find))
        .route("/api/v1/accounts", get(account::list::list).post(account::create::create))
        .route("/api/v1/accounts/{id}", get(account::list::one).patch(account::update::update))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/audit/verify", get(audit::verify))
        .route("/api/v1/audit/export", get(audit::export))
        .route("/api/v1/audit/{id}/proof", get(audit::prove))
        .route("/api/v1/outbox", get(outbox::list))
        .route("/api/v1/outbox/{id}/retry", post(outbox::retry))
        .route("/api/v1/boards", get(board::list).post(board::create))
        .route("/api/v1/boards/{id}", get(board::one).patch(board::change).delete(board::remove))
        .route("/api/v1/terms", get(term::list::list))
        .route("/api/v1/terms/{name}", get(term::list::one))
        .route("/api/v1/dictionary/conflicts", get(term::conflicts::list))
        .route("/api/v1/dictionary/unified", get(term::unified::show))
        .route("/api/v1/terms/{name}/series", get(term::series::series))
        .route("/api/v1/terms/{name}/rows", get(term::rows::rows))
        .route("/api/v1/rules/{name}/rehearsal", get(term::rehearsal::show))
        .route("/api/v1/terms/{name}/life", get(term::life::show).post(term::life::act))
        .route("/api/v1/terms/{name}/lineage", get(term::lineage::show))
        .route("/api/v1/terms/{name}/drivers", get(term::drivers::show))
        .route("/api/v1/{app}/workflows", get(case::start::workflows))
        .route("/api/v1/{app}/workflows/tasks", get(case::list::tasks))
        .route("/api/v1/{app}/workflows/counts", get(case::list::counts))
        .route("/api/v1/{app}/workflows/leavers", get(case::list::leavers))
        .route("/api/v1/{app}/workflows/decide", post(case::act::decide))
        .route("/api/v1/{app}/workflows/hand-over", post(case::act::hand_over))
        .route("/api/v1/{app}/workflows/cases/{id}", get(case::show::show).post(case::act::act))
        .route("/api/v1/{app}/workflows/cases/{id}/migration", get(case::migration::show))
        .route("/api/v1/{app}/workflows/cases/{id}/signatures/{event}", get(case::signature::picture))
        .route("/api/v1/{app}/workflows/cases/{id}/tasks/{task}/uploads/{field}", post(case::upload::add))
        .route("/api/v1/{app}/workflows/{workflow}/migration", get(case::moves::classes).post(case::moves::migrate))
        .route("/api/v1/{app}/workflows/{workflow}/migration/{id}/back", post(case::moves::back))
        .route("/api/v1/{app}/workflows/{workflow}/replay", get(case::replay::replay).post(case::replay::draft))
        .route("/api/v1/{app}/workflows/{workflow}/statistics", get(case::statistics::statistics))
        .route("/api/v1/{app}/workflows/{workflow}/cases", get(case::list::running).post(case::start::start))
        .route("/api/v1/{app}/{entity}", get(list::list).post(create::create))
        .route("/api/v1/{app}/{entity}/aggregate", get(aggregate::aggregate))
        .route("/api/v1/{app}/{entity}/bulk", post(bulk::bulk))
        .route("/api/v1/{app}/{entity}/import", post(import::import))
        .route("/api/v1/{app}/{entity}/source", get(source::show))
        .route("/api/v1/{app}/{entity}/uploads/{field}", post(upload::add))
        .route("/api/v1/{app}/{entity}/{id}", get(one::get).patch(update::update).delete(remove::delete))
        .route("/api/v1/{app}/{entity}/{id}/restore", post(restore::restore))
        .route("/api/v1/{app}/{entity}/{id}/erase", post(erase::erase))
        .route("/api/v1/{app}/{entity}/{id}/purge", post(purge::purge))
        .route("/api/v1/{app}/{entity}/{id}/uncover", post(uncover::uncover))
        .route("/api/v1/{app}/{entity}/{id}/history", get(history::list))
        .route("/api/v1/{app}/{entity}/{id}/print", get(print::print))
        .route("/api/v1/{app}/{entity}/{id}/access", get(access::explain))
        .route("/api/v1/{app}/{entity}/{id}/access/{workflow}", get(case::explain::explain))
        .route("/api/v1/{app}/{entity}/{id}/trace", get(trace::trace))
        .route("/api/v1/{app}/{entity}/{id}/comments", get(comment::list).post(comment::add))
        .route("/api/v1/{app}/{entity}/{id}/attachments", get(attachment::list).post(attachment::add))
        .route("/api/v1/{app}/{entity}/{id}/attachments/{file}", get(attachment::content))
}

/// The entity at an address.
fn entity<'a>(actor: &'a Actor, app: &str, name: &str) -> Result<&'a Entity, Problem> {
    let found = actor.edition.app.entity_named(name).filter(|entity| entity.app.as_str() == app);
    found.ok_or_else(|| Problem::new(Kind::NotFound))
}

/// The record id in an address. What is no id names no record.
fn record_id(text: &str) -> Result<RecordId, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::new(Kind::NotFound))
}
