//! Masked fields of a record shown whole, once, to who says why.

use app::Entity;
use engine::query::{LONGEST_REASON, NotUncovered, Uncover};
use model::{FieldId, RecordId};
use policy::{Action, Permitted};
use serde::Serialize;

use super::{
    super::{Answer, Visit, filter::Choice, params::Params, rights, visit::missing},
    Crumb, Fact, crumbs, title,
};
use crate::{
    problem::{Kind, Problem},
    show::{self, Names},
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct UncoverShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Where the question is sent.
    pub action: String,
    /// The record.
    pub back: String,
    /// The fields to choose from.
    pub fields: Vec<Choice>,
    /// The reason as it was typed.
    pub reason: String,
    /// Characters it may have.
    pub longest: usize,
    /// Why nothing is shown.
    pub fault: Option<String>,
    /// The values, this once.
    pub values: Vec<Fact>,
}

/// The fields of a record that the reader sees in part and may uncover.
pub(super) async fn offered(visit: &Visit, entity: &Entity, id: RecordId) -> Result<Vec<FieldId>, Problem> {
    let access = visit.actor.rights.access(entity.id, Action::Uncover).filter(|_| !visit.actor.looks);
    let Some(access) = access else { return Ok(Vec::new()) };
    let fields: Vec<FieldId> = entity.fields.iter().copied().filter(|field| access.field(*field).is_some()).collect();
    let ask = |action| Permitted { entity: entity.id, id, action, fields: fields.clone() };
    let may = visit.ask(ask(Action::Uncover)).await?.unwrap_or_default();
    let named = |field: &FieldId| visit.actor.rights.access(entity.id, Action::Read)?.field(*field).map(drop);
    let asked: Vec<FieldId> = fields.iter().copied().filter(|field| named(field).is_some()).collect();
    let read = Permitted { fields: asked.clone(), ..ask(Action::Read) };
    let whole = visit.ask(read).await?.unwrap_or_default();
    let whole: Vec<FieldId> =
        asked.into_iter().zip(whole).filter(|(_, whole)| *whole).map(|(field, _)| field).collect();
    let found = fields.iter().copied().zip(may).filter(|(field, may)| *may && !whole.contains(field));
    Ok(found.map(|(field, _)| field).collect())
}

/// Where a field of a record is uncovered.
pub(super) fn address(entity: &Entity, id: RecordId, field: &app::Field) -> String {
    format!("/r/{}/{id}/uncover?field={}", entity.name, field.name)
}

/// Asks for the reason, and shows the values once it was `sent`.
///
/// # Errors
/// Not found, not theirs to uncover, or what the engine refuses.
pub async fn show(visit: &Visit, entity: &str, id: RecordId, sent: Option<&Params>) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    if !rights::may(&visit.actor, entity.id, Action::Uncover) {
        return Err(Problem::new(Kind::Denied));
    }
    let (name, _) = title(visit, entity, id).await?;
    let offered = offered(visit, entity, id).await?;
    if offered.is_empty() {
        return Err(Problem::new(Kind::Denied));
    }
    let app = visit.app();
    let offered: Vec<&app::Field> = offered.into_iter().filter_map(|field| app.field(field)).collect();
    let asked: Vec<&str> = sent.unwrap_or(&visit.query).all("field").collect();
    let back = format!("/r/{}/{id}", entity.name);
    let label = |field: &app::Field| field.label.get(visit.locale()).to_owned();
    let choice = |field: &&app::Field| Choice {
        value: field.name.to_string(),
        label: label(field),
        hint: String::new(),
        selected: asked.contains(&field.name.as_str()) || offered.len() == 1,
    };
    let mut shown = UncoverShown {
        crumbs: crumbs(visit, entity, &name),
        action: format!("{back}/uncover"),
        back,
        fields: offered.iter().map(choice).collect(),
        longest: LONGEST_REASON,
        ..UncoverShown::default()
    };
    if let Some(sent) = sent {
        let chosen: Vec<&app::Field> =
            offered.iter().copied().filter(|field| asked.contains(&field.name.as_str())).collect();
        let reason = sent.get("reason").unwrap_or_default().to_owned();
        let fields = chosen.iter().map(|field| field.id).collect();
        match visit.ask(Uncover { entity: entity.id, id, fields, reason: reason.clone() }).await? {
            Ok(values) => {
                let values = values.ok_or_else(missing)?;
                let value = |(field, value): (&&app::Field, _)| Fact {
                    label: label(field),
                    shown: show::value(&visit.reader(), field, &value, &Names::new()),
                    ..Fact::default()
                };
                shown.values = chosen.iter().zip(values).map(value).collect();
            }
            Err(wrong) => {
                shown.fault = Some(visit.say(said(wrong)).to_owned());
                shown.reason = reason;
            }
        }
    }
    let refused = shown.fault.is_some();
    let page = visit.page("uncover.html", visit.say("uncover"), "narrow", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The word for why nothing was uncovered.
pub(crate) fn said(wrong: NotUncovered) -> &'static str {
    match wrong {
        NotUncovered::NoReason => "uncover-no-reason",
        NotUncovered::TooLong => "uncover-long",
        NotUncovered::NoField => "uncover-no-field",
    }
}
