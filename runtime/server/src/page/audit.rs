//! The ledger, for the audit administrator: looked up, verified, handed out.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use engine::ledger::{
    audit::{AuditError, Kind},
    veil::Seen,
};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use store::{Wanted, Written};

use super::{Answer, Visit, filter::Choice};
use crate::{
    AppState,
    api::audit::{hand_out, refused},
    problem::Problem,
    show::time,
};

/// Entries shown at once.
const MOST: u32 = 50;

/// What the view of the ledger shows.
#[derive(Debug, Default, Serialize)]
pub struct AuditShown {
    /// From this day.
    pub from: String,
    /// To this day.
    pub to: String,
    /// By this login.
    pub login: String,
    /// This act.
    pub action: String,
    /// On this kind of thing.
    pub object: String,
    /// On this thing.
    pub record: String,
    /// How it ended.
    pub outcomes: Vec<Choice>,
    /// The entries.
    pub entries: Vec<EntryShown>,
    /// The address of older ones.
    pub older: Option<String>,
    /// The address of what is shown as a file, older ones too; none where everything is shown.
    pub excerpt: Option<String>,
    /// What a verification said.
    pub verdict: Option<Verdict>,
    /// What could not be understood of what was asked.
    pub fault: Option<String>,
}

/// What a verification said.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Verdict {
    /// `ok` or `bad`.
    pub tone: &'static str,
    /// In a sentence.
    pub text: String,
    /// More: the root, or the entry.
    pub more: String,
}

/// An entry.
#[derive(Debug, Default, Clone, Serialize)]
pub struct EntryShown {
    /// Its id.
    pub id: String,
    /// Where it stands; empty while it waits.
    pub position: String,
    /// When, for machines.
    pub moment: String,
    /// When.
    pub when: String,
    /// Who: name and login.
    pub who: String,
    /// From where.
    pub from: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object: String,
    /// To which.
    pub record: String,
    /// How it ended.
    pub outcome: &'static str,
    /// Its colour.
    pub tone: &'static str,
    /// Facts and details, name and value.
    pub facts: Vec<(String, String)>,
    /// Fields: name, before, after.
    pub fields: Vec<(String, String, String)>,
    /// Names of fields and details whose values are not for the reader.
    pub hidden: Vec<String>,
    /// Whether values were erased.
    pub erased: bool,
}

/// The ledger, as filtered by the address.
///
/// # Errors
/// Not the audit administrator, or the database failed.
pub async fn show(visit: &Visit, verdict: Option<Verdict>) -> Result<Answer, Problem> {
    let (wanted, fault) = asked(visit).await?;
    let wanted = Wanted { before: visit.query.get("before").and_then(|id| id.parse().ok()), limit: MOST, ..wanted };
    // What was not understood answers no question.
    let found = match fault {
        None => visit.engine.look_up(&visit.actor, &wanted).await.map_err(refused)?,
        Some(_) => {
            visit.engine.must_audit(&visit.actor).await.map_err(refused)?;
            Vec::new()
        }
    };
    let full = found.len() == usize::try_from(MOST).unwrap_or(usize::MAX);
    let older =
        found.last().filter(|_| full).map(|last| visit.query.with("before", &last.written.entry.id).on("/audit"));
    let filtered = wanted != Wanted { before: wanted.before, limit: MOST, ..Wanted::default() };
    let excerpt = filtered.then(|| visit.query.without(&["before"]).on("/audit/export"));
    let outcomes = [("done", "outcome-done"), ("refused", "outcome-refused"), ("failed", "outcome-failed")];
    let kept = |name: &str| visit.query.get(name).unwrap_or_default().to_owned();
    let audit = AuditShown {
        from: kept("from"),
        to: kept("to"),
        login: kept("login"),
        action: kept("action"),
        object: kept("object"),
        record: kept("record"),
        outcomes: outcomes
            .into_iter()
            .map(|(value, label)| Choice {
                value: value.to_owned(),
                label: visit.say(label).to_owned(),
                hint: String::new(),
                selected: visit.query.get("outcome") == Some(value),
            })
            .collect(),
        entries: found.iter().map(|seen| shown(visit, seen)).collect(),
        older,
        excerpt,
        verdict,
        fault,
    };
    visit.page("audit.html", visit.say("audit"), "wide", audit).await.map(Answer::Page)
}

/// The entries that the address asks for, and what of it could not be understood.
async fn asked(visit: &Visit) -> Result<(Wanted, Option<String>), Problem> {
    let text = |name: &str| visit.query.get(name).map(str::to_owned);
    let mut fault = None;
    let mut day = |name: &str, after: i64| {
        let text = visit.query.get(name)?;
        let zone = visit.actor.edition.zone.clone();
        let start = text.parse::<Date>().ok().and_then(|day| {
            let day = day.checked_add(jiff::Span::new().days(after)).ok()?;
            zone.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0))
                .compatible()
                .ok()
                .map(|start| format!("{:.3}", start.timestamp()))
        });
        if start.is_none() {
            fault = Some(visit.fill("audit-no-day", &[("day", text)]));
        }
        start
    };
    let (from, to) = (day("from", 0), day("to", 1));
    let mut wanted = Wanted {
        from,
        to,
        action: text("action"),
        object: text("object"),
        outcome: text("outcome"),
        ..Wanted::default()
    };
    if let Some(id) = visit.query.get("record") {
        wanted.record = id.parse().ok();
        if wanted.record.is_none() {
            fault = Some(visit.say("audit-no-id").to_owned());
        }
    }
    if let Some(login) = visit.query.get("login") {
        let account = visit.engine.store().accounts().by_login(login.trim()).await.map_err(Problem::internal)?;
        match account {
            Some(account) => wanted.actor = Some(account.id),
            None => fault = Some(visit.fill("audit-no-login", &[("login", login)])),
        }
    }
    Ok((wanted, fault))
}

/// What is wrong, in a sentence.
fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Altered => "audit-altered",
        Kind::ValueAltered => "audit-value-altered",
        Kind::ValueGone => "audit-value-gone",
        Kind::Missing => "audit-missing",
        Kind::Moved => "audit-moved",
        Kind::Stretch => "audit-stretch",
        Kind::Checkpoint => "audit-checkpoint",
        Kind::Cut => "audit-cut",
        Kind::Node => "audit-node",
        Kind::Unplaced => "audit-unplaced",
        Kind::Witness => "audit-witness",
        Kind::Form => "audit-form",
    }
}

/// Hands the ledger out as a file, as it is filtered, to who proved lately who they are.
pub(super) async fn export(State(state): State<AppState>, visit: Visit) -> Result<Response, Problem> {
    visit.engine.must_audit(&visit.actor).await.map_err(refused)?;
    if !visit.proven() {
        return Ok(visit.prove_first(&visit.query.on("/audit")).into_response());
    }
    match asked(&visit).await? {
        (wanted, None) => hand_out(&state, &visit.actor, wanted).await,
        (_, Some(_)) => Ok(show(&visit, None).await?.into_response()),
    }
}

/// Verifies the ledger and shows what was found above it.
///
/// # Errors
/// Not the audit administrator, or the database failed.
pub async fn verify(visit: &Visit) -> Result<Answer, Problem> {
    visit.engine.must_audit(&visit.actor).await.map_err(refused)?;
    let number = |n: u64| n.to_string();
    let verdict = match visit.engine.verify_as(&visit.actor).await {
        Ok(report) => Verdict {
            tone: "ok",
            text: visit.fill("audit-whole", &[("entries", &number(report.entries)), ("heads", &number(report.heads))]),
            more: report.root.to_string(),
        },
        Err(AuditError::Fault(fault)) => {
            let (from, to) = (fault.position.unwrap_or_default(), fault.to.or(fault.position).unwrap_or_default());
            Verdict {
                tone: "bad",
                text: visit.fill(sentence(fault.kind), &[("at", &number(from)), ("to", &number(to))]),
                more: fault.entry.unwrap_or_default(),
            }
        }
        Err(AuditError::NoKey) => {
            Verdict { tone: "bad", text: visit.say("audit-no-key").to_owned(), more: String::new() }
        }
        Err(error) => return Err(refused(error)),
    };
    show(visit, Some(verdict)).await
}

fn shown(visit: &Visit, seen: &Seen) -> EntryShown {
    let Written { entry, who, position, by_name, .. } = &seen.written;
    let whom: Value = who.as_ref().and_then(|who| serde_json::from_str(&who.value).ok()).unwrap_or_default();
    let detail = seen.what.clone().unwrap_or_default();
    let of = |name: &str| whom.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let login = of("login");
    let named = match (by_name.is_empty(), login.is_empty()) {
        (true, _) => login,
        (false, true) => by_name.clone(),
        (false, false) => format!("{by_name} · {login}"),
    };
    let (outcome, tone) = match entry.outcome.as_str() {
        "refused" => (visit.say("outcome-refused"), "bad"),
        "failed" => (visit.say("outcome-failed"), "warn"),
        _ => (visit.say("outcome-done"), "ok"),
    };
    let at = entry.at.parse().unwrap_or(visit.actor.now);
    let from: Vec<String> = [of("address"), of("device")].into_iter().filter(|text| !text.is_empty()).collect();
    let mut facts = Vec::new();
    let extra =
        detail.as_object().into_iter().flatten().filter(|(name, _)| !matches!(name.as_str(), "before" | "after"));
    let all = entry.facts();
    for (name, value) in all.as_object().into_iter().flatten().chain(extra) {
        facts.push((name.clone(), plain(value)));
    }
    EntryShown {
        id: entry.id.clone(),
        position: position.map(|at| at.to_string()).unwrap_or_default(),
        moment: entry.at.clone(),
        when: time::moment(&visit.reader(), at),
        who: named,
        from: from.join(" · "),
        action: entry.action.clone(),
        object: entry.object.clone(),
        record: entry.record.clone().unwrap_or_default(),
        outcome,
        tone,
        facts,
        fields: fields(&detail),
        hidden: seen.hidden.clone(),
        erased: seen.erased,
    }
}

/// Names with their values before and after.
fn fields(detail: &Value) -> Vec<(String, String, String)> {
    let part = |name: &str| detail.get(name).and_then(Value::as_object);
    let (before, after) = (part("before"), part("after"));
    let mut names: Vec<&String> = before.into_iter().chain(after).flat_map(|values| values.keys()).collect();
    names.sort();
    names.dedup();
    let value = |values: Option<&serde_json::Map<String, Value>>, name: &str| {
        values.and_then(|values| values.get(name)).map(plain).unwrap_or_default()
    };
    names.into_iter().map(|name| (name.clone(), value(before, name), value(after, name))).collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
