//! Answers to several tasks at once. What their steps ask for is asked first, each beside its record; then all are given or
//! none, or those that can be, and those that are refused are named.

use app::{Field, FieldKind};
use axum::body::Bytes;
use engine::{
    CaseAct, CaseCommand, Command, Fields, Signature,
    query::case::{CaseShown, CaseView, Mine},
};
use model::{RecordId, Value};
use serde::Serialize;
use workflow::Opinion;

use super::super::{
    Answer, Visit,
    case::{sign, told},
    filter::settled,
    form::{
        control::{self, Control, Place, left},
        typed::given,
    },
    names,
    params::Params,
    routes::typed,
};
use crate::problem::{Kind, Problem};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Together {
    /// Where answers are sent.
    pub decide: String,
    /// The list they were chosen from.
    pub back: String,
    /// Why the answers were refused, or how many were given.
    pub fault: Option<String>,
    /// The tasks that were chosen.
    pub tasks: Vec<Task>,
    /// Whether something has to be said.
    pub opinion: bool,
    /// What was typed as an opinion.
    pub text: String,
    /// Where they sign, if a step asks for it.
    pub sign: Option<sign::Pad>,
    /// Whether those are answered that can be, if others are refused.
    pub rest: bool,
}

/// A task that was chosen.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Task {
    /// What it is answered by.
    pub answer: String,
    /// The case.
    pub href: String,
    /// What names the record.
    pub title: String,
    /// The workflow and the step.
    pub about: String,
    /// The version of the record that is filled in.
    pub version: Option<i64>,
    /// What the step requires.
    pub fields: Vec<Control>,
    /// Why its answer was refused.
    pub fault: String,
}

/// A task as the reader sees it.
struct Chosen {
    case: RecordId,
    task: u32,
    shown: Option<CaseShown>,
}

/// What is answered with.
struct Said<'s> {
    yes: bool,
    text: &'s str,
    signature: Option<&'s Signature>,
}

impl Chosen {
    fn name(&self) -> String {
        format!("{}.{}", self.case, self.task)
    }

    fn mine(&self) -> Option<&Mine> {
        self.shown.as_ref()?.mine.as_ref().filter(|mine| mine.task == self.task)
    }

    /// The fields without which there is no yes, each with its value and the name it is sent under.
    fn fields(&self, visit: &Visit) -> Vec<(Field, &Value, String)> {
        let Some(mine) = self.mine() else { return Vec::new() };
        let required = mine.edit.iter().filter(|(id, _)| mine.require.contains(id));
        required
            .filter_map(|(id, value)| {
                let field = visit.app().field(*id)?.clone();
                let name = format!("{}.{}", self.name(), field.name);
                Some((field, value, name))
            })
            .collect()
    }

    fn speaks(&self) -> bool {
        self.mine().is_some_and(|mine| mine.opinion == Opinion::Always)
    }

    fn signs(&self) -> bool {
        self.mine().is_some_and(|mine| mine.signature != workflow::Signature::Never)
    }

    fn answered(&self, visit: &Visit, sent: &Params, said: &Said<'_>) -> CaseCommand {
        let fields: Fields = self
            .fields(visit)
            .into_iter()
            .filter(|(field, _, name)| said.yes && sent.has(name) && !left(field, sent, name))
            .map(|(field, _, name)| (field.name.to_string(), given(&field, sent, &name)))
            .collect();
        let version: Option<i64> = sent.get(&format!("{}:version", self.name())).and_then(|text| text.parse().ok());
        CaseCommand::Act {
            case: self.case,
            act: CaseAct::Decide {
                task: self.task,
                yes: said.yes,
                text: said.text.to_owned(),
                signature: said.signature.cloned(),
            },
            expected: version.filter(|_| !fields.is_empty()),
            fields,
            files: Vec::new(),
        }
    }
}

/// Answers the tasks that were chosen, once all is said that their steps ask for.
pub(in crate::page) async fn decide(visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    let sent = typed(&body);
    let mut chosen = Vec::new();
    for named in sent.all("task") {
        let Some((case, task)) = named.split_once('.') else { continue };
        let (Ok(case), Ok(task)) = (case.parse::<RecordId>(), task.parse::<u32>()) else { continue };
        chosen.push(Chosen { case, task, shown: visit.ask(CaseView { case }).await? });
    }
    if chosen.is_empty() {
        let none = Problem::new(Kind::Invalid).error("task", "required", visit.say("inbox-none-chosen"));
        return super::show(&visit, Some((&sent, none))).await;
    }
    let text = sent.get("opinion").unwrap_or_default().trim().to_owned();
    let yes = sent.get("answer") != Some("no");
    let asks = chosen.iter().any(|one| !one.fields(&visit).is_empty() || (one.speaks() && text.is_empty()));
    if yes && asks && !sent.has("asked") {
        let chosen = chosen.into_iter().map(|one| (one, None)).collect();
        return Ok(Answer::Page(ask(&visit, &sent, chosen, None).await?));
    }
    let signature = sign::sent(&sent);
    if signature.is_some() && !visit.proven() {
        return Ok(visit.prove_first("/inbox"));
    }
    let said = Said { yes, text: &text, signature: signature.as_ref() };
    let commands: Vec<CaseCommand> = chosen.iter().map(|one| one.answered(&visit, &sent, &said)).collect();
    let (refused, fault) = if sent.has("rest") {
        let all = chosen.len();
        let refused = each(&visit, chosen, commands).await?;
        let (done, left) = (all.saturating_sub(refused.len()).to_string(), refused.len().to_string());
        let fault = visit.fill("inbox-some-refused", &[("done", &done), ("refused", &left)]);
        (refused, fault)
    } else {
        match visit.act(Command::Bulk(commands.iter().cloned().map(Command::Case).collect())).await {
            Ok(_) => (Vec::new(), String::new()),
            Err(problem) if !tells(&problem) => return Err(problem),
            Err(problem) => {
                // Who is refused is known once each is tried by itself; where none is, they are only together.
                let refusals = visit.engine.refusals(&visit.actor, &commands).await;
                let refusals = refusals.map_err(|error| Problem::of_command(error, &visit.actor))?;
                let refusals =
                    refusals.into_iter().map(|one| one.map(|error| Problem::of_command(error, &visit.actor)));
                let refused: Vec<_> = chosen.into_iter().zip(refusals).collect();
                let by_itself = refused.iter().any(|(_, problem)| problem.is_some());
                let fault = if by_itself {
                    visit.say("inbox-none-answered").to_owned()
                } else {
                    told(visit.locale(), &problem)
                };
                (refused, fault)
            }
        }
    };
    if refused.is_empty() {
        return Ok(Answer::To(settled(&visit.query).with("saved", "1").on("/inbox")));
    }
    Ok(Answer::Refused(ask(&visit, &sent, refused, Some(fault)).await?))
}

/// Answers each by itself; what remains are those that were refused.
async fn each(
    visit: &Visit,
    chosen: Vec<Chosen>,
    commands: Vec<CaseCommand>,
) -> Result<Vec<(Chosen, Option<Problem>)>, Problem> {
    let mut refused = Vec::new();
    for (one, command) in chosen.into_iter().zip(commands) {
        match visit.act(Command::Case(command)).await {
            Ok(_) => {}
            Err(problem) if tells(&problem) => refused.push((one, Some(problem))),
            Err(problem) => return Err(problem),
        }
    }
    Ok(refused)
}

/// Whether a refusal is one of the answer, and not of everything there is.
fn tells(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::Invalid | Kind::CaseRefused | Kind::Stale | Kind::NotFound | Kind::Denied)
}

/// The tasks one below the other, each with what its step requires and why its answer was refused.
async fn ask(
    visit: &Visit,
    sent: &Params,
    chosen: Vec<(Chosen, Option<Problem>)>,
    fault: Option<String>,
) -> Result<String, Problem> {
    let mut wanted = Vec::new();
    for (field, value, _) in chosen.iter().flat_map(|(one, _)| one.fields(visit)) {
        if let FieldKind::Reference { to, .. } | FieldKind::References { to, .. } = &field.kind {
            let several = value.as_list().unwrap_or(std::slice::from_ref(value));
            wanted.extend(several.iter().filter_map(Value::as_id).map(|id| (*to, id)));
        }
    }
    let names = names::load(visit, &wanted).await?;
    let locale = visit.locale();
    let tasks = chosen.iter().map(|(one, problem)| {
        let record = one.shown.as_ref().map(|shown| shown.row.record);
        let input = |(field, value, name): (Field, &Value, String)| {
            // Where somebody else was first, what they wrote is shown and not what was typed over it.
            let stale = problem.as_ref().is_some_and(|problem| problem.kind == Kind::Stale);
            let place = Place { name, typed: (!stale).then_some(sent), value, in_table: false, record };
            let mut input = control::input(visit, &field, &place, &names);
            input.required = true;
            let mut errors = problem.iter().flat_map(|problem| &problem.errors);
            let fault = errors.find(|error| error.field.as_deref() == Some(field.name.as_str()));
            input.error = fault.map(|fault| fault.message.clone()).unwrap_or_default();
            input
        };
        let process = one.shown.as_ref().and_then(CaseShown::process);
        let workflow = process.map(|process| process.label.get(locale)).unwrap_or_default();
        let step = one.mine().map(|mine| mine.label.get(locale)).unwrap_or_default();
        let title = one.shown.as_ref().map(|shown| shown.title.as_str()).filter(|title| !title.is_empty());
        let about: Vec<&str> = [workflow, step].into_iter().filter(|part| !part.is_empty()).collect();
        Task {
            answer: one.name(),
            href: format!("/cases/{}", one.case),
            title: title.unwrap_or(workflow).to_owned(),
            about: about.join(" · "),
            version: one.mine().and_then(|mine| mine.version),
            fields: one.fields(visit).into_iter().map(input).collect(),
            fault: problem.as_ref().map(|problem| told(locale, problem)).unwrap_or_default(),
        }
    });
    let tasks: Vec<Task> = tasks.collect();
    let of_signature =
        |problem: &&Problem| problem.errors.iter().any(|error| error.field.as_deref() == Some("signature"));
    let unsigned = chosen.iter().filter_map(|(_, problem)| problem.as_ref()).find(of_signature);
    let shown = Together {
        decide: settled(&visit.query).on("/inbox/decide"),
        back: settled(&visit.query).on("/inbox"),
        fault,
        tasks,
        opinion: chosen.iter().any(|(one, _)| one.speaks()),
        text: sent.get("opinion").unwrap_or_default().to_owned(),
        sign: chosen.iter().any(|(one, _)| one.signs()).then(|| sign::pad(visit, "/inbox", Some(sent), unsigned)),
        rest: sent.has("rest"),
    };
    visit.page("inbox_together.html", visit.say("inbox-together"), "", shown).await
}
