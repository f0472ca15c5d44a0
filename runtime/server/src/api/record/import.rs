//! `POST /api/v1/{app}/{entity}/import`: rows of another system, as CSV or as JSON, all or none.
//!
//! Columns are fields by their name or label; references are named by the key or the name of a record, as in a file. What
//! becomes of a row is for the engine to say: see [`engine::import`].

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use engine::{
    Actor,
    import::{
        self, Cell, How, ImportError, Mapping, MappingFault, OnError, Refusal, Report, Row, Rows, Rules, Sheet,
        SourceError,
    },
};
use model::Locale;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{
        self, body, idempotency,
        parameter::{Parameters, say},
    },
    problem::{FieldError, Kind, Problem},
    session::SignedIn,
};

const KNOWN: [&str; 2] = ["on_error", "dry_run"];
/// Refusals that are answered; the others are counted.
const MOST_REFUSALS: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    rows: Vec<body::Members>,
}

/// Imports the rows of the body in one transaction. With `on_error=skip` refused rows are left out, otherwise one of them
/// refuses all; with `dry_run=true` nothing is written.
pub(crate) async fn import(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &KNOWN, actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    let on_error = match parameters.get("on_error") {
        None | Some("stop") => OnError::Stop,
        Some("skip") => OnError::Skip,
        Some(_) => {
            let message = say(actor.locale, "应是 `stop` 或 `skip`", "should be `stop` or `skip`");
            return Err(Problem::parameter("on_error", "type", message));
        }
    };
    let how = How { on_error, batch: None, dry_run: parameters.flag("dry_run")?, done: 0 };
    let run = async {
        let engine = &state.engine;
        import::permit(engine, actor, entity.id).await.map_err(|error| Problem::of_query(error, actor))?;
        let sheet = sheet(&headers, &content, actor.locale)?;
        let mapping = Mapping::guess(&actor.edition.app, entity, &sheet.header, &Rules::default());
        let mapping = mapping.map_err(|faults| unmapped(&faults, actor.locale))?;
        let report = import::run(engine, actor, &mapping, sheet.rows, how, |_| ()).await;
        let report = report.map_err(|error| failed(error, actor))?;
        if report.refused > 0 && on_error == OnError::Stop {
            return Err(refused(&report));
        }
        Ok(Json(told(&report)).into_response())
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

fn sheet(headers: &HeaderMap, content: &Bytes, locale: Locale) -> Result<Sheet, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().is_some_and(|kind| kind.trim() == "text/csv") {
        return import::separated(content.to_vec()).map_err(|error| unread(&error));
    }
    let rows = body::parse::<Body>(headers, content)?.rows;
    let mut header: Vec<String> = Vec::new();
    let mut read = Vec::with_capacity(rows.len());
    for (number, row) in (1..).zip(rows) {
        let mut cells = vec![Cell::Empty; header.len()];
        for (name, value) in row.into_values(locale)? {
            let at = header.iter().position(|known| *known == name).unwrap_or(header.len());
            if at == header.len() {
                header.push(name);
            }
            cells.resize(cells.len().max(at + 1), Cell::Empty);
            if let Some(cell) = cells.get_mut(at) {
                *cell = self::cell(value);
            }
        }
        read.push(Row { number, cells });
    }
    let rows: Rows = Box::new(read.into_iter().map(Ok));
    Ok(Sheet { header, rows })
}

/// A value as a file would have it. Several are written as in a file, too.
fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(flag) => Cell::Bool(flag),
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::String(text) => Cell::Text(text),
        Value::Array(items) => {
            let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Cell::Text(items.iter().map(text).collect::<Vec<_>>().join(";"))
        }
        object @ Value::Object(_) => Cell::Text(object.to_string()),
    }
}

fn told(report: &Report) -> Value {
    let refusal = |refusal: &Refusal| json!({"row": refusal.row, "column": refusal.column, "reason": refusal.reason});
    json!({
        "rows": report.rows,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "refusals": report.refusals.iter().take(MOST_REFUSALS).map(refusal).collect::<Vec<_>>(),
    })
}

/// Nothing was written, because of these rows.
fn refused(report: &Report) -> Problem {
    let mut problem = Problem::new(Kind::Invalid).with("rows", report.rows).with("refused", report.refused);
    problem.errors = report
        .refusals
        .iter()
        .take(MOST_REFUSALS)
        .map(|refusal| FieldError {
            field: refusal.column.clone(),
            code: "row".to_owned(),
            message: refusal.reason.clone(),
            index: usize::try_from(refusal.row).ok(),
        })
        .collect();
    problem
}

fn unread(error: &SourceError) -> Problem {
    Problem::new(Kind::BadRequest).error("body", "csv", error.to_string())
}

fn failed(error: ImportError, actor: &Actor) -> Problem {
    match error {
        ImportError::Source(error) => unread(&error),
        ImportError::TooLong => Problem::new(Kind::TooLarge).with("rows", import::MAX_TRANSACTION),
        ImportError::Query(error) => Problem::of_query(error, actor),
        ImportError::Command(error) => Problem::of_command(error, actor),
    }
}

/// Columns that are no fields.
fn unmapped(faults: &[MappingFault], locale: Locale) -> Problem {
    faults.iter().fold(Problem::new(Kind::Invalid), |problem, fault| {
        let (column, zh) = match fault {
            MappingFault::Unknown { column, .. } => (column, "没有对应的字段，请使用字段名或字段标签作列名"),
            MappingFault::Ambiguous { column, .. } => (column, "对应多个字段，请改用字段名作列名"),
            MappingFault::Twice { second, .. } => (second, "与前面的列对应同一个字段"),
            MappingFault::NoColumn { column, .. } => (column, "没有这一列"),
            MappingFault::NoField { field, .. } => (field, "没有这个字段"),
            MappingFault::Key { field, .. } => (field, "不能用来对应记录"),
        };
        let message = match locale {
            Locale::ZhCn => zh.to_owned(),
            Locale::En => fault.to_string(),
        };
        problem.error(column, "column", message)
    })
}
