//! Refusals. One type, one mapping from what the engine says to a status, one place that writes them out.
//!
//! A handler answers `Err(Problem)`; [`crate::around`] turns it into RFC 9457 JSON or into a page, in the reader's
//! language. What went wrong inside is logged once, with an id, and only the id is shown.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{Actor, CommandError, FieldFault, QueryError};
use formula::Fault;
use model::{FieldId, Locale};
use policy::Denied;
use serde_json::{Value, json};
use store::StoreError;

pub(crate) mod case;
mod expression;
mod kind;

pub use kind::Kind;

/// What is wrong with one field, parameter or header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Its name as the caller wrote it; `None` for the record as a whole.
    pub field: Option<String>,
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Which command of a bulk, from 0.
    pub index: Option<usize>,
}

/// A refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which.
    pub kind: Kind,
    /// This occurrence, in the reader's language.
    pub detail: Option<String>,
    /// What is wrong with which field.
    pub errors: Vec<FieldError>,
    /// Members beside the standard ones.
    pub more: Vec<(&'static str, Value)>,
    retry_after: Option<u64>,
    noted: bool,
}

/// Marks a response that found the app published anew meanwhile; [`crate::reload`] repeats the request.
#[derive(Debug, Clone, Copy)]
pub struct NewEdition;

impl Problem {
    /// A refusal of this kind with nothing more to say.
    pub fn new(kind: Kind) -> Self {
        Self { kind, detail: None, errors: Vec::new(), more: Vec::new(), retry_after: None, noted: false }
    }

    /// Says that the refusal is on the ledger already.
    #[must_use]
    pub(crate) fn noted(mut self) -> Self {
        self.noted = true;
        self
    }

    /// Whether it still has to be put on the ledger.
    pub(crate) fn is_noted(&self) -> bool {
        self.noted
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds what is wrong with a field, parameter or header.
    #[must_use]
    pub fn error(mut self, field: &str, code: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: Some(field.to_owned()),
            code: code.to_owned(),
            message: message.into(),
            index: None,
        });
        self
    }

    /// Adds a member of its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// Says after how many seconds to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Something failed that is not the caller's doing. Logs the cause under an id and keeps only the id.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let mut bytes = [0_u8; 8];
        // Without random bytes the id is all zeros; the log line still says what happened.
        let _ = getrandom::fill(&mut bytes);
        let id = format!("{:016x}", u64::from_be_bytes(bytes));
        tracing::error!(%id, %cause, "a request failed");
        Self::new(Kind::Internal).with("id", id)
    }

    /// A parameter of the address that cannot be used.
    pub fn parameter(name: &str, code: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest).error(name, code, message)
    }

    /// What a command's refusal is over HTTP.
    pub fn of_command(error: CommandError, actor: &Actor) -> Self {
        match error {
            CommandError::Denied { field, .. } => Self::denied(field, actor).noted(),
            CommandError::NotFound { .. } | CommandError::NoView => Self::new(Kind::NotFound).noted(),
            CommandError::Stale { version, conflicts, .. } => {
                let conflicts: Vec<Value> = conflicts
                    .into_iter()
                    .map(|(field, stored, given)| json!({"field": field, "stored": stored, "given": given}))
                    .collect();
                Self::new(Kind::Stale).with("version", version).with("conflicts", conflicts)
            }
            CommandError::Invalid(faults) => {
                let mut problem = Self::new(Kind::Invalid);
                problem.errors = faults.into_iter().map(FieldError::from).collect();
                problem
            }
            CommandError::Case(fault) => case::refused(&fault, actor.locale),
            // Only the runner meets it, which keeps it for an administrator.
            error @ CommandError::Plugin { .. } => Self::internal(error),
            CommandError::Looking => Self::new(Kind::Looking),
            CommandError::NewEdition => Self::new(Kind::NewEdition),
            CommandError::Store(error) => Self::of_store(error),
        }
    }

    /// What a query's refusal is over HTTP.
    pub fn of_query(error: QueryError, actor: &Actor) -> Self {
        match error {
            QueryError::Denied(Denied::Action { .. }) => Self::denied(None, actor).noted(),
            QueryError::Denied(Denied::Field { field }) => Self::denied(Some(field), actor).noted(),
            QueryError::NewEdition => Self::new(Kind::NewEdition),
            QueryError::Store(error) => Self::of_store(error),
        }
    }

    /// What it is over HTTP that the store did not answer.
    pub(crate) fn of_store(error: StoreError) -> Self {
        match error {
            StoreError::TooLong => Self::new(Kind::TooManyRows),
            error => Self::internal(error),
        }
    }

    /// The faults of an expression in a parameter.
    pub fn of_filter(name: &str, text: &str, faults: &[Fault], locale: Locale) -> Self {
        let mut problem = Self::new(Kind::BadRequest);
        problem.errors = faults
            .iter()
            .map(|fault| {
                let message = expression::fault(fault, text, locale);
                FieldError { field: Some(name.to_owned()), code: fault.code.to_owned(), message, index: None }
            })
            .collect();
        problem
    }

    fn denied(field: Option<FieldId>, actor: &Actor) -> Self {
        let problem = Self::new(Kind::Denied);
        match field.and_then(|id| actor.edition.app.field(id)) {
            Some(field) => {
                let message = match actor.locale {
                    Locale::ZhCn => "没有这个字段的权限",
                    Locale::En => "no grant gives this field",
                };
                problem.error(field.name.as_str(), "denied", message)
            }
            None => problem,
        }
    }

    /// The problem document.
    pub fn document(&self, locale: Locale) -> Value {
        let mut document = serde_json::Map::new();
        document.insert("type".into(), format!("tag:loam,2026:{}", self.kind.slug()).into());
        document.insert("title".into(), self.kind.title(locale).into());
        document.insert("status".into(), self.kind.status().as_u16().into());
        if let Some(detail) = &self.detail {
            document.insert("detail".into(), detail.as_str().into());
        }
        if !self.errors.is_empty() {
            document.insert("errors".into(), self.errors.iter().map(FieldError::document).collect());
        }
        document.extend(self.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(document)
    }

    /// The whole response, as JSON.
    pub(crate) fn to_json(&self, locale: Locale) -> Response {
        let body = self.document(locale).to_string();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.add_headers(&mut response);
        response
    }

    /// The headers this refusal carries whatever its body.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl FieldError {
    fn document(&self) -> Value {
        let mut error = json!({"field": self.field, "code": self.code, "message": self.message});
        if let (Some(index), Some(members)) = (self.index, error.as_object_mut()) {
            members.insert("index".into(), index.into());
        }
        error
    }
}

impl From<FieldFault> for FieldError {
    fn from(fault: FieldFault) -> Self {
        Self {
            field: fault.field,
            code: fault.code.to_owned(),
            message: fault.message,
            index: (fault.index > 0).then_some(fault.index),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if self.kind == Kind::NewEdition {
            response.extensions_mut().insert(NewEdition);
        }
        response.extensions_mut().insert(self);
        response
    }
}
