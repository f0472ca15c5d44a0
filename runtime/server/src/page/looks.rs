//! Who looked at sensitive fields of the record that stands for the reader, took them along, or uncovered what is masked.

use engine::query::Looks;
use serde::Serialize;

use super::{Answer, Visit, shell::Person};
use crate::{problem::Problem, show::time};

/// Looks shown at most.
pub(crate) const MOST: u32 = 200;

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct LooksShown {
    /// The newest first.
    pub looks: Vec<LookShown>,
    /// Whether there is a record that stands for the reader.
    pub known: bool,
    /// Whether there are more.
    pub cut: bool,
}

/// A look.
#[derive(Debug, Default, Clone, Serialize)]
pub struct LookShown {
    /// By whom.
    pub who: Person,
    /// For whom, if for another.
    pub behalf: String,
    /// What was done.
    pub what: &'static str,
    /// Whether values were uncovered or left as a file.
    pub tone: &'static str,
    /// The fields, as people call them.
    pub fields: String,
    /// The reason given.
    pub reason: String,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
}

/// The page.
///
/// # Errors
/// The database failed.
pub async fn show(visit: &Visit) -> Result<Answer, Problem> {
    let found = visit.ask(Looks { limit: MOST }).await?;
    let known = found.is_some();
    let found = found.unwrap_or_default();
    let behalf: Vec<_> = found.iter().filter_map(|look| look.behalf).collect();
    let names = visit.engine.store().accounts().names(&behalf).await.map_err(Problem::internal)?;
    let person = visit.app().organisation().person;
    let label = |name: &String| {
        let field = person.and_then(|entity| visit.app().field_named(entity, name));
        field.map_or_else(|| name.clone(), |field| field.label.get(visit.locale()).to_owned())
    };
    let shown = found.iter().map(|look| {
        let (what, tone) = match look.action.as_str() {
            "uncover" => ("look-uncover", "warn"),
            "export" => ("look-export", "warn"),
            _ => ("look-read", "none"),
        };
        let other = look.behalf.and_then(|id| names.iter().find(|(known, _)| *known == id));
        LookShown {
            who: Person::new(if look.by_name.is_empty() { visit.say("platform") } else { &look.by_name }),
            behalf: other.map_or_else(String::new, |(_, name)| visit.fill("look-behalf", &[("who", name)])),
            what: visit.say(what),
            tone,
            fields: look.fields.iter().map(label).collect::<Vec<_>>().join(visit.say("list-comma")),
            reason: look.reason.clone(),
            when: time::moment(&visit.reader(), look.at),
            moment: look.at.to_string(),
        }
    });
    let looks: Vec<LookShown> = shown.collect();
    let cut = looks.len() >= usize::try_from(MOST).unwrap_or(usize::MAX);
    let page = visit.page("looks.html", visit.say("looks"), "narrow", LooksShown { looks, known, cut }).await?;
    Ok(Answer::Page(page))
}
