//! Erasing a person: what it takes and leaves, the question, and the certificate.

use app::Entity;
use engine::{Command, Erasure};
use model::RecordId;
use policy::{Action, Permitted};
use serde::Serialize;

use super::{
    super::{Answer, Visit, case, params::Params, rights},
    Crumb, crumbs, title,
};
use crate::{
    problem::{Kind, Problem},
    show::{number, time},
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct EraseShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Where the answer is sent.
    pub action: String,
    /// The record.
    pub back: String,
    /// What names the record, to be typed.
    pub name: String,
    /// What goes: the kind of record, the field, how many values.
    pub cleared: Vec<(String, String, String)>,
    /// What stays: the kind of record, the field, why.
    pub kept: Vec<(String, String, String)>,
    /// How many records, comments, files and accounts.
    pub sums: String,
    /// The certificate's number and when, once it is done.
    pub certificate: Option<(String, String)>,
    /// Why it cannot be done.
    pub fault: Option<String>,
}

/// Where somebody is erased, if the reader may.
pub(super) async fn offered(visit: &Visit, entity: &Entity, id: RecordId) -> Result<Option<String>, Problem> {
    if !rights::may(&visit.actor, entity.id, Action::Erase) {
        return Ok(None);
    }
    let ask = Permitted { entity: entity.id, id, action: Action::Erase, fields: Vec::new() };
    Ok(visit.ask(ask).await?.map(|_| format!("/r/{}/{id}/erase", entity.name)))
}

/// Shows what would go and asks; erases once the name was typed.
///
/// # Errors
/// Not found, not theirs to erase, or what the engine refuses.
pub async fn show(visit: &Visit, entity: &str, id: RecordId, sent: Option<&Params>) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    if !rights::may(&visit.actor, entity.id, Action::Erase) {
        return Err(Problem::new(Kind::Denied));
    }
    let (name, _) = title(visit, entity, id).await?;
    let back = format!("/r/{}/{id}", entity.name);
    let action = format!("{back}/erase");
    let mut shown = EraseShown {
        crumbs: crumbs(visit, entity, &name),
        back,
        name: name.trim().to_owned(),
        ..EraseShown::default()
    };
    let done = match sent.map(|sent| sent.get("name").unwrap_or_default().trim().to_owned()) {
        Some(_) if !visit.proven() => return Ok(visit.prove_first(&action)),
        Some(typed) if typed == shown.name => {
            let outcome = visit.engine.execute(&visit.actor, Command::Erase { entity: entity.id, id }).await;
            outcome.map(|outcome| outcome.erasure.map(|erasure| (erasure, true)))
        }
        Some(_) => {
            shown.fault = Some(visit.fill("erase-name-differs", &[("name", &shown.name)]));
            visit.engine.rehearse_erasure(&visit.actor, entity.id, id).await.map(|erasure| Some((erasure, false)))
        }
        None => visit.engine.rehearse_erasure(&visit.actor, entity.id, id).await.map(|erasure| Some((erasure, false))),
    };
    match done.map_err(|error| Problem::of_command(error, &visit.actor)) {
        Ok(Some((erasure, carried_out))) => {
            tell(visit, &erasure, &mut shown);
            if carried_out {
                let when = time::moment(&visit.reader(), visit.actor.now);
                shown.certificate = Some((erasure.number.to_string(), when));
                shown.crumbs = crumbs(visit, entity, visit.say("erase"));
            } else {
                shown.action = action;
            }
        }
        Ok(None) => return Err(Problem::internal("an erasure answered no certificate")),
        Err(problem) if problem.kind == Kind::Invalid => shown.fault = Some(case::told(visit.locale(), &problem)),
        Err(problem) => return Err(problem),
    }
    let refused = shown.fault.is_some();
    let page = visit.page("erase.html", visit.say("erase"), "narrow", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

fn tell(visit: &Visit, erasure: &Erasure, shown: &mut EraseShown) {
    let locale = visit.locale();
    let labels = |(entity, field): &(String, String)| {
        let found = visit.app().entity_named(entity);
        let label = found.and_then(|found| visit.app().field_named(found.id, field));
        let label = label.map_or(field.clone(), |field| field.label.get(locale).to_owned());
        (found.map_or(entity.clone(), |found| found.label.get(locale).to_owned()), label)
    };
    let count = |many: usize| number::count(i64::try_from(many).unwrap_or(i64::MAX));
    let cleared = erasure.cleared.iter().map(|(key, many)| {
        let (entity, field) = labels(key);
        (entity, field, count(*many))
    });
    shown.cleared = cleared.collect();
    let kept = erasure.kept.iter().map(|(key, why)| {
        let (entity, field) = labels(key);
        let why = why.get(locale);
        (entity, field, if why.is_empty() { visit.say("erase-required") } else { why }.to_owned())
    });
    shown.kept = kept.collect();
    let comments = number::count(i64::try_from(erasure.comments).unwrap_or(i64::MAX));
    let sums = [
        ("records", count(erasure.records)),
        ("comments", comments),
        ("files", count(erasure.files)),
        ("accounts", count(erasure.accounts)),
    ];
    let sums: Vec<(&str, &str)> = sums.iter().map(|(name, many)| (*name, many.as_str())).collect();
    shown.sums = visit.fill("erase-sums", &sums);
}
