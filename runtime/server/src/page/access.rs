//! Why somebody may do something with a record, or may not: for everybody about themselves, for the security administrator
//! about anybody.

pub mod cases;

use app::{Area, Entity};
use engine::{Explain, Gives, Stated};
use model::RecordId;
use policy::{Action, Aside};
use serde::Serialize;

use super::{Answer, Visit, filter::Choice, visit::record_id};
use crate::problem::{Kind, Problem};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct AccessShown {
    /// Whether another person may be chosen.
    pub chooses: bool,
    /// The login asked about.
    pub about: String,
    /// The entities to choose from; none where the record is given.
    pub entities: Vec<Choice>,
    /// The record's id.
    pub record: String,
    /// Where the question is sent.
    pub action: String,
    /// The actions to choose from.
    pub actions: Vec<Choice>,
    /// The fields to choose from.
    pub fields: Vec<Choice>,
    /// The workflows to choose from.
    pub workflows: Vec<Choice>,
    /// The answer, once there is one.
    pub told: Option<Told>,
    /// The answer where a workflow was asked about.
    pub cases: Option<cases::CasesTold>,
    /// Why there is none.
    pub fault: Option<String>,
}

/// An answer.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// In a sentence.
    pub verdict: String,
    /// Its colour.
    pub tone: &'static str,
    /// The grants.
    pub reasons: Vec<ReasonShown>,
    /// What keeps a computed value back.
    pub kept_back: String,
}

/// A grant and how it bears on the question.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ReasonShown {
    /// The role, as people call it.
    pub role: String,
    /// Which of its grants.
    pub number: usize,
    /// The condition, as written.
    pub condition: String,
    /// Whether it holds.
    pub holds: &'static str,
    /// What it gives.
    pub gives: &'static str,
    /// The colour of the line.
    pub tone: &'static str,
}

/// Explains one record.
///
/// # Errors
/// No such entity, or what the engine refuses.
pub async fn of_record(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let shown = AccessShown { action: format!("/r/{}/{id}/access", entity.name), ..AccessShown::default() };
    ask(visit, shown, Some(entity), Some(id)).await
}

/// Explains any record, for the security administrator.
///
/// # Errors
/// Not the security administrator, or what the engine refuses.
pub async fn of_anybody(visit: &Visit) -> Result<Answer, Problem> {
    if !visit.actor.administers(Area::Security) {
        return Err(Problem::new(Kind::Denied));
    }
    let named = visit.query.get("entity").and_then(|name| visit.app().entity_named(name));
    let entities = visit.app().entities().iter().map(|entity| Choice {
        value: entity.name.to_string(),
        label: entity.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: named.is_some_and(|named| named.id == entity.id),
    });
    let record = visit.query.get("record").unwrap_or_default().trim().to_owned();
    // The address of a record will do: its last part is the id.
    let id = record_id(record.rsplit('/').next().unwrap_or_default()).ok();
    let shown =
        AccessShown { entities: entities.collect(), record, action: "/access".to_owned(), ..AccessShown::default() };
    ask(visit, shown, named, id).await
}

async fn ask(
    visit: &Visit,
    shown: AccessShown,
    entity: Option<&Entity>,
    id: Option<RecordId>,
) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let chooses = visit.actor.administers(Area::Security);
    let about = visit.query.get("about").map(str::trim).filter(|about| chooses && !about.is_empty());
    let about = about.unwrap_or(&visit.actor.login).to_owned();
    let word = visit.query.get("action").unwrap_or("read");
    let action = Action::ALL.into_iter().find(|action| action.word() == word).unwrap_or(Action::Read);
    let field =
        entity.zip(visit.query.get("field")).and_then(|(entity, name)| visit.app().field_named(entity.id, name));
    // What lies beside a record is read, or not, as a whole; a field of that name goes before.
    let aside = visit.query.get("field").filter(|_| field.is_none() && action == Action::Read);
    let taken: Vec<Aside> = entity.map(asides).unwrap_or_default();
    let beside = aside.and_then(|word| taken.iter().copied().find(|one| one.word() == word));
    // Whether one may be made, or come by a file, is asked of a record as it is: of another like it.
    let actions = Action::ALL.into_iter().map(|one| Choice {
        value: one.word().to_owned(),
        label: visit.say(word_of(one)).to_owned(),
        hint: String::new(),
        selected: one == action,
    });
    let fields = entity.into_iter().flat_map(|entity| visit.app().fields_of(entity)).map(|one| Choice {
        value: one.name.to_string(),
        label: one.label.get(locale).to_owned(),
        hint: String::new(),
        selected: field.is_some_and(|field| field.id == one.id),
    });
    let named = |word: &str| entity.is_some_and(|entity| visit.app().field_named(entity.id, word).is_some());
    let besides = taken.iter().filter(|one| !named(one.word())).map(|one| Choice {
        value: one.word().to_owned(),
        label: visit.say(one.word()).to_owned(),
        hint: String::new(),
        selected: beside == Some(*one),
    });
    let fields = fields.chain(besides);
    let process = entity.and_then(|entity| cases::named(visit, entity));
    let mut shown = AccessShown {
        chooses,
        about: about.clone(),
        actions: actions.collect(),
        fields: fields.collect(),
        workflows: cases::choices(visit, entity, process),
        ..shown
    };
    if let Some((entity, id)) = entity.zip(id) {
        let account = visit.engine.store().accounts().by_login(&about).await.map_err(Problem::internal)?;
        match (account, process) {
            (Some(about), Some(process)) => shown.cases = cases::ask(visit, about, process, id).await?,
            (Some(about), None) => {
                let field = field.map(|field| field.id);
                let told = visit.ask(Explain { about, entity: entity.id, id, action, field, beside }).await?;
                shown.told = told.map(|told| tell(visit, &told));
            }
            (None, _) => {}
        }
        if shown.told.is_none() && shown.cases.is_none() {
            if shown.entities.is_empty() && !chooses {
                return Err(Problem::new(Kind::NotFound));
            }
            shown.fault = Some(visit.say("access-nothing").to_owned());
        }
    }
    visit.page("access.html", visit.say("access-why"), "", shown).await.map(Answer::Page)
}

/// What people leave beside records of an entity.
fn asides(entity: &Entity) -> Vec<Aside> {
    Aside::ALL.into_iter().filter(|aside| entity.takes(*aside)).collect()
}

fn tell(visit: &Visit, told: &engine::Explained) -> Told {
    let (verdict, tone) = match told.verdict {
        Stated::Allowed => ("access-allowed", "ok"),
        Stated::Partly => ("access-partly", "warn"),
        Stated::Refused => ("access-refused", "bad"),
    };
    let reasons = told.reasons.iter().map(|reason| {
        let role = visit.app().role_named(&reason.role).map(|role| role.label.get(visit.locale()).to_owned());
        let gives = reason.holds == Some(true) && reason.gives != Gives::Nothing;
        ReasonShown {
            role: role.unwrap_or_else(|| reason.role.clone()),
            number: reason.number,
            condition: reason.condition.split_whitespace().collect::<Vec<_>>().join(" "),
            holds: visit.say(match reason.holds {
                Some(true) => "access-holds",
                Some(false) => "access-fails",
                None => "access-unknown",
            }),
            gives: visit.say(match reason.gives {
                Gives::Whole => "access-whole",
                Gives::Part => "access-part",
                Gives::Nothing => "access-none",
            }),
            tone: if gives { "ok" } else { "none" },
        }
    });
    Told {
        verdict: visit.say(verdict).to_owned(),
        tone,
        reasons: reasons.collect(),
        kept_back: told.kept_back_by.join(", "),
    }
}

fn word_of(action: Action) -> &'static str {
    match action {
        Action::Create => "do-create",
        Action::Read => "do-read",
        Action::Update => "do-update",
        Action::Delete => "do-delete",
        Action::Restore => "do-restore",
        Action::Export => "do-export",
        Action::Import => "do-import",
        Action::Aggregate => "do-aggregate",
        Action::Uncover => "do-uncover",
        Action::Purge => "do-purge",
        Action::Erase => "do-erase",
    }
}
