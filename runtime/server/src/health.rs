//! For whoever watches the process: is it alive, can it serve, how is it doing.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// The database answers and an app is published.
pub(crate) async fn ready(State(state): State<AppState>) -> Result<&'static str, Problem> {
    if let Err(cause) = state.engine.store().ping().await {
        tracing::warn!(%cause, "not ready: the database does not answer");
        return Err(Problem::new(Kind::Unready).detail("the database does not answer"));
    }
    if state.engine.edition().version == 0 {
        return Err(Problem::new(Kind::Unready).detail("no app has been published"));
    }
    Ok("ready")
}

/// OpenMetrics text.
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    let mut text = state.metrics.text();
    text.push_str(
        "# TYPE loam_database_reads counter\n# HELP loam_database_reads Statements read outside of writes.\n",
    );
    text.push_str(&format!("loam_database_reads_total {}\n", state.engine.store().reads()));
    let gauges = [
        ("loam_edition", "Version of the published app.", state.engine.edition().version),
        ("loam_live_streams", "Open live streams.", i64::try_from(state.live.open()).unwrap_or(i64::MAX)),
    ];
    for (name, help, value) in gauges {
        text.push_str(&format!("# TYPE {name} gauge\n# HELP {name} {help}\n{name} {value}\n"));
    }
    let outbox = state.engine.store().outbox();
    text.push_str(
        "# TYPE loam_outbox gauge\n# HELP loam_outbox Effects waiting or given up, at most 1000 are counted.\n",
    );
    for (word, letters) in [
        ("pending", outbox.letters(store::OutboxState::Pending, 1000).await),
        ("dead", outbox.letters(store::OutboxState::Dead, 1000).await),
    ] {
        // A database that does not answer leaves the figure out; `/readyz` is where that is said.
        if let Ok(letters) = letters {
            text.push_str(&format!("loam_outbox{{state=\"{word}\"}} {}\n", letters.len()));
        }
    }
    if let Ok((waiting, since)) = state.engine.store().unplaced_since().await {
        let late = since.map_or(0, |since| state.engine.now().duration_since(since).as_secs().max(0));
        for (name, help, value) in [
            ("loam_ledger_waiting", "Entries of the ledger without a position.", waiting),
            ("loam_ledger_waiting_seconds", "For how long the oldest of them waits; more than 10 is an alarm.", late),
        ] {
            text.push_str(&format!("# TYPE {name} gauge\n# HELP {name} {help}\n{name} {value}\n"));
        }
    }
    text.push_str(
        "# TYPE loam_alarm gauge\n# HELP loam_alarm What is alarming as this node sees it; 0 where all is quiet.\n",
    );
    for (kind, many) in state.engine.alarms() {
        text.push_str(&format!("loam_alarm{{kind=\"{}\"}} {many}\n", kind.word()));
    }
    if let Some(behind) = state.engine.unsent().await {
        text.push_str(&format!(
            "# TYPE loam_ledger_unsent gauge\n# HELP loam_ledger_unsent Entries with a position that were not sent on yet.\n\
             loam_ledger_unsent {behind}\n"
        ));
    }
    text.push_str("# EOF\n");
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
