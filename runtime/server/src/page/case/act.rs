//! What somebody does in a case, from its page.

use std::collections::HashSet;

use app::Field;
use axum::{body::Bytes, extract::Path};
use engine::{Back, Begin, CaseAct, CaseCommand, Command, Fields, Given, NewFile, Place};
use model::UserId;

use super::{
    super::{
        Answer, Visit,
        form::{control::left, save::Sent, typed::given},
        params::Params,
        routes::typed,
        visit::record_id,
    },
    sign,
};
use crate::{
    problem::{Kind, Problem},
    words,
};

/// Carries out what was pressed, and shows the case with everything typed where it was refused.
pub(in super::super) async fn act(
    visit: &Visit,
    id: &str,
    sent: Params,
    mut files: Vec<Sent>,
) -> Result<Answer, Problem> {
    let case = record_id(id)?;
    let done = match wanted(visit, &sent).await {
        Ok(act) => {
            let decides = matches!(act, CaseAct::Decide { .. });
            if !decides {
                // A draft keeps what was typed; a file is chosen with the answer.
                files.clear();
            }
            let mut fields = fields(visit, case, &act, &sent).await?;
            if matches!(act, CaseAct::Decide { signature: Some(_), .. }) && !visit.proven() {
                return prove_first(visit, case, &act, &fields).await;
            }
            let files = filled(visit, &mut fields, files);
            visit
                .act(Command::Case(CaseCommand::Act {
                    case,
                    act: drafted(act, &fields),
                    fields: written(fields),
                    files,
                    expected: sent.get("version").and_then(|text| text.parse().ok()),
                }))
                .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        // Whom it no longer concerns is led back to what does.
        Ok(_) if sent.get("then") == Some("inbox") => Ok(Answer::To("/inbox?saved=1".to_owned())),
        Ok(_) => Ok(Answer::To(format!("/cases/{case}?saved=1"))),
        Err(problem) if matches!(problem.kind, Kind::Invalid | Kind::CaseRefused | Kind::Stale) => {
            super::show(visit, case, Some((&sent, Some(problem)))).await
        }
        Err(problem) => Err(problem),
    }
}

/// Leads to where they prove who they are, before they sign; what they have written is kept meanwhile.
async fn prove_first(
    visit: &Visit,
    case: model::RecordId,
    act: &CaseAct,
    fields: &[(String, String, Given)],
) -> Result<Answer, Problem> {
    if let CaseAct::Decide { task, text, .. } = act {
        let keep = CaseAct::Keep { task: *task, draft: serde_json::Value::Null };
        let mut act = drafted(keep, fields);
        if let CaseAct::Keep { draft, .. } = &mut act
            && let Some(draft) = draft.as_object_mut()
        {
            draft.insert("opinion".to_owned(), text.as_str().into());
        }
        visit
            .act(Command::Case(CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None }))
            .await?;
    }
    Ok(visit.prove_first(&format!("/cases/{case}")))
}

/// Starts a case about a record, from the record's page.
pub(in super::super) async fn start(
    visit: Visit,
    Path((entity, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let entity = visit.entity(&entity)?;
    let record = record_id(&id)?;
    let sent = typed(&body);
    let workflow = sent.get("workflow").unwrap_or_default().to_owned();
    let mut chosen = Vec::new();
    for step in visit.app().workflow_named(&workflow).map(|process| process.steps.as_slice()).unwrap_or_default() {
        let key = format!("chosen.{}", step.name);
        if sent.all(&key).any(|typed| !typed.trim().is_empty()) {
            chosen.push((step.name.to_string(), people(&visit, &sent, &key).await?));
        }
    }
    let begin = Begin { workflow, record, chosen, id: None };
    let outcome = visit.act(Command::Case(CaseCommand::Start(begin))).await?;
    match outcome.cases.first() {
        Some(case) => Ok(Answer::To(format!("/cases/{case}?saved=1"))),
        None => Ok(Answer::To(format!("/r/{}/{record}", entity.name))),
    }
}

async fn wanted(visit: &Visit, sent: &Params) -> Result<CaseAct, Problem> {
    let task = sent.get("task").and_then(|text| text.parse().ok()).unwrap_or_default();
    let text = sent.get("opinion").unwrap_or_default().trim().to_owned();
    let person = async || one(visit, sent).await;
    Ok(match sent.get("do").unwrap_or_default() {
        "approve" | "submit" => CaseAct::Decide { task, yes: true, text, signature: sign::sent(sent) },
        "reject" => CaseAct::Decide { task, yes: false, text, signature: sign::sent(sent) },
        "keep" => CaseAct::Keep { task, draft: serde_json::Value::Null },
        "return" => {
            let to = match sent.get("step").unwrap_or_default() {
                "starter" => Back::Starter,
                step => Back::Step(step.to_owned()),
            };
            CaseAct::Return { task, to, resume: sent.get("resume").is_some(), text }
        }
        "withdraw" => CaseAct::Withdraw { text },
        "take-back" => CaseAct::TakeBack { task },
        "transfer" => CaseAct::Transfer { task, to: person().await?, text },
        "delegate" => CaseAct::Delegate { task, to: person().await?, text },
        "add-signer" => {
            let place = match sent.get("place") {
                Some("before") => Place::Before,
                Some("after") => Place::After,
                _ => Place::Beside,
            };
            CaseAct::AddSigner { task, who: people(visit, sent, "who").await?, place, text }
        }
        "remove-signer" => CaseAct::RemoveSigner { task },
        "claim" => CaseAct::Claim { task, takes: true },
        "unclaim" => CaseAct::Claim { task, takes: false },
        "urge" => CaseAct::Urge,
        "copy" => CaseAct::Copy { to: people(visit, sent, "who").await? },
        // An answer goes to everybody in the talk.
        "discuss" if sent.has("reply") => CaseAct::Discuss { to: Vec::new(), text },
        "discuss" => CaseAct::Discuss { to: people(visit, sent, "who").await?, text },
        "jump" => CaseAct::Jump { to: sent.get("step").unwrap_or_default().to_owned(), text },
        "revive" => CaseAct::Revive { to: sent.get("step").unwrap_or_default().to_owned(), text },
        "terminate" => CaseAct::Terminate { text },
        "rest" => CaseAct::Rest { text },
        "resume" => CaseAct::Resume,
        "migrate" => CaseAct::Migrate { edition: None },
        "signal" => CaseAct::Signal { name: sent.get("word").unwrap_or_default().to_owned() },
        _ => return Err(Problem::new(Kind::BadRequest)),
    })
}

/// The people chosen in a form under that name, by account or by login, one or several.
pub(in super::super) async fn people(visit: &Visit, sent: &Params, name: &str) -> Result<Vec<UserId>, Problem> {
    let named = sent.all(name).flat_map(|typed| typed.split([',', '，', '、', ' ', ';', '；'])).map(str::trim);
    let named: Vec<&str> = named.filter(|one| !one.is_empty()).collect();
    // Whether an id is anybody's is looked at by the engine, which refuses accounts that may not sign in.
    let id = |one: &str| one.parse::<UserId>().ok();
    let logins: Vec<String> = named.iter().filter(|one| id(one).is_none()).map(|one| (*one).to_owned()).collect();
    let found = visit.engine.store().accounts().by_logins(&logins).await.map_err(Problem::internal)?;
    let of_login = |one: &str| found.iter().find(|account| account.login == one).map(|account| account.id);
    let ids: Option<Vec<UserId>> = named.iter().map(|one| id(one).or_else(|| of_login(one))).collect();
    match ids {
        Some(mut ids) if !ids.is_empty() => {
            let mut known = HashSet::new();
            ids.retain(|one| known.insert(*one));
            Ok(ids)
        }
        _ => Err(Problem::new(Kind::Invalid).error("who", "reference", words::say(visit.locale(), "case-no-person"))),
    }
}

async fn one(visit: &Visit, sent: &Params) -> Result<UserId, Problem> {
    let found = people(visit, sent, "who").await?;
    match found.as_slice() {
        [one] => Ok(*one),
        _ => Err(Problem::new(Kind::Invalid).error("who", "range", words::say(visit.locale(), "case-one-person"))),
    }
}

/// What was typed into the fields of the step.
async fn fields(
    visit: &Visit,
    case: model::RecordId,
    act: &CaseAct,
    sent: &Params,
) -> Result<Vec<(String, String, Given)>, Problem> {
    if !matches!(act, CaseAct::Decide { .. } | CaseAct::Keep { .. }) {
        return Ok(Vec::new());
    }
    let Some(shown) = visit.ask(engine::query::case::CaseView { case }).await? else { return Ok(Vec::new()) };
    let edit = shown.mine.map(|mine| mine.edit).unwrap_or_default();
    let given_now = |field: &&Field| sent.has(field.name.as_str()) && !left(field, sent, field.name.as_str());
    let found = edit.iter().filter_map(|(id, _)| visit.app().field(*id)).filter(given_now);
    let text = |name: &str| sent.all(name).last().unwrap_or_default().to_owned();
    Ok(found
        .map(|field| {
            let name = field.name.to_string();
            (name.clone(), text(&name), given(field, sent, &name))
        })
        .collect())
}

/// The files for fields of the step, each under an id that its field now refers to.
fn filled(visit: &Visit, fields: &mut [(String, String, Given)], files: Vec<Sent>) -> Vec<(String, NewFile)> {
    let mut kept = Vec::new();
    for (name, mut file) in files {
        let Some((_, _, given)) = fields.iter_mut().find(|(field, ..)| *field == name) else { continue };
        let id = visit.engine.new_id();
        *given = Given::Text(id.to_string());
        file.id = Some(id);
        kept.push((name, file));
    }
    kept
}

fn written(fields: Vec<(String, String, Given)>) -> Fields {
    fields.into_iter().map(|(name, _, given)| (name, given)).collect()
}

/// A draft keeps what was typed, as it was typed.
fn drafted(act: CaseAct, fields: &[(String, String, Given)]) -> CaseAct {
    match act {
        CaseAct::Keep { task, .. } => {
            let draft = fields.iter().map(|(name, text, given)| match given {
                Given::Texts(texts) => (name.clone(), texts.clone().into()),
                _ => (name.clone(), serde_json::Value::from(text.as_str())),
            });
            CaseAct::Keep { task, draft: serde_json::Value::Object(draft.collect()) }
        }
        other => other,
    }
}
