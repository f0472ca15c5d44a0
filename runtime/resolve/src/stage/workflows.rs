//! Workflows: what happens in each step, who is asked, and that a case cannot get lost on its way.

mod asked;
mod urge;
mod waits;
mod ways;
mod who;
mod withdraw;
mod writes;

use definition::kind::workflow::{self as words, Workflow};
use formula::Formula;
use model::{Diagnostic, EntityId, Location, Name, Type};
use workflow::{Others, Path, Process, Span, Step, StepKind, Sub, Write};

use crate::{
    draft::{Draft, Named},
    stage::plugins,
    text::{hash, optional, text},
};

/// Compiles every workflow.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Process> {
    let mut found: Vec<Process> = draft.workflows.iter().filter_map(|named| one(draft, named, faults)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    started(draft, faults);
    found
}

/// What is the same for every part of one workflow.
struct Site<'d> {
    draft: &'d Draft<'d>,
    entity: EntityId,
    words: &'d Workflow,
}

fn one(draft: &Draft<'_>, named: &Named<'_, Workflow>, faults: &mut Vec<Diagnostic>) -> Option<Process> {
    let (words, at) = (named.words, named.at);
    let entity = draft.entity(&words.entity, &at.child("entity"), faults)?;
    let site = Site { draft, entity, words };
    let condition = words.condition.as_ref();
    let condition = condition.and_then(|source| draft.condition(source, entity, &at.child("condition"), faults));
    let guard = words.guard.as_ref().and_then(|name| site.role(name, &at.child("guard"), faults));
    if words.steps.is_empty() {
        faults.push(Diagnostic::error("workflow.no-steps", at.child("steps"), "a workflow without steps does nothing"));
    }
    let mut steps = Vec::new();
    for (index, (name, written)) in words.steps.iter().enumerate() {
        let at = at.child("steps").child(name);
        let Ok(parsed) = Name::parse_dashed(name) else {
            let shown: String = name.chars().take(40).collect();
            let message = format!("`{shown}` cannot be the name of a step");
            let help = "a name starts with a letter and holds letters, digits, `_` and `-`";
            faults.push(Diagnostic::error("workflow.bad-step", at, message).help(help));
            continue;
        };
        if name == "starter" {
            let message = "`starter` is where a case goes back to whoever started it, and no step";
            let help = "call it by what is done there";
            faults.push(Diagnostic::error("workflow.bad-step", at.clone(), message).help(help));
        }
        let Some(kind) = site.kind(name, written, &at, faults) else { continue };
        let next = site.next(index, written, &kind, &at, faults);
        steps.push(Step { name: parsed, label: text(&written.label), kind, next });
    }
    if steps.len() == words.steps.len() && !steps.is_empty() {
        ways::check(&steps, at, faults);
    }
    urge::check(words, at, faults);
    let (withdraw, withdraw_for) = withdraw::resolve(&words.withdraw, &at.child("withdraw"), faults);
    Some(Process {
        name: named.name.clone(),
        label: text(&words.label),
        entity,
        condition,
        guard,
        calendar: site.calendar(&steps, withdraw_for, at, faults),
        withdraw,
        withdraw_for,
        steps,
        print: print(words),
    })
}

/// A length of time, written as working days, days or hours.
fn span(lengths: (Option<i64>, Option<i64>, Option<i64>), at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Span> {
    match lengths {
        (Some(days), None, None) => Some(Span::WorkingDays(days)),
        (None, Some(days), None) => Some(Span::Days(days)),
        (None, None, Some(hours)) => Some(Span::Hours(hours)),
        _ => {
            let message = "a length of time is one of `working_days`, `days` and `hours`";
            faults.push(Diagnostic::error("workflow.no-time", at.clone(), message));
            None
        }
    }
}

/// What becomes of the others where so many suffice (`need`).
fn others(written: Option<words::Others>, need: bool, at: &Location, faults: &mut Vec<Diagnostic>) -> Others {
    if written.is_some() && !need {
        let message = "`others` does nothing where all of them are waited for";
        let help = "say how many suffice: `need`";
        faults.push(Diagnostic::error("workflow.does-not-apply", at.child("others"), message).help(help));
    }
    match written {
        Some(words::Others::GoOn) => Others::GoOn,
        Some(words::Others::GiveUp) | None => Others::GivenUp,
    }
}

/// Tells one version of the words from another.
fn print(words: &Workflow) -> String {
    let text = serde_json::to_string(words).unwrap_or_default();
    format!("{:016x}", hash(&text))
}

/// A workflow that nobody and nothing starts is written in vain.
fn started(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    for named in &draft.workflows {
        let name = named.name.as_str();
        let by_role = draft.roles.iter().flat_map(|role| &role.words.workflows);
        let by_role = by_role
            .filter(|grant| grant.workflow == name)
            .any(|grant| grant.actions.contains(&definition::kind::role::WorkflowAction::Start));
        let by_step = draft.workflows.iter().flat_map(|other| other.words.steps.values());
        let by_step = by_step.filter_map(|step| step.begin.as_ref()).any(|begin| begin.workflow == name);
        let by_rule = draft.rules.iter().flat_map(|rule| &rule.words.actions);
        let by_rule = by_rule.filter_map(|action| action.start.as_ref()).any(|start| start == name);
        if by_step || by_rule {
            // Nobody acts where a case begins by itself.
            let entity = draft.entity(&named.words.entity, named.at, &mut Vec::new());
            let at = named.at.child("condition");
            let asked = entity.zip(named.words.condition.as_ref());
            let found = asked.and_then(|(entity, source)| draft.condition(source, entity, &at, &mut Vec::new()));
            if found.is_some_and(|found| found.uses_actor()) {
                let message = format!(
                    "`{name}` is also started by a rule or by a step, where nobody acts who could be asked for"
                );
                let help = "ask for fields of the record, or keep this for a workflow that people start";
                faults.push(Diagnostic::error("workflow.asks-actor", at, message).help(help));
            }
        }
        if !by_role && !by_step && !by_rule {
            let message = format!("nobody and nothing starts `{name}`");
            let help = "let a role start it (`workflows: [{workflow: …, actions: [start]}]`), a rule (`start`), or a step \
                        of another workflow (`begin`)";
            faults.push(Diagnostic::error("workflow.never-starts", named.at.clone(), message).help(help));
        }
    }
}

impl Site<'_> {
    /// The calendar by which working days are counted: a record of whatever the days of the app's calendar refer to.
    fn calendar(
        &self,
        steps: &[Step],
        withdraw_for: Option<Span>,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let source = self.words.calendar.as_deref()?;
        let at = at.child("calendar");
        let of = self.draft.organisation.field(app::FieldRole::Calendar);
        let kind = of.and_then(|field| self.draft.field_by_id(field)).map(|field| &field.kind);
        let Some(app::FieldKind::Reference { to, .. }) = kind else {
            let message = "there is one working calendar only";
            let help = "have a reference of the entity that stands for `calendar_day` stand for `calendar`";
            faults.push(Diagnostic::error("workflow.no-calendar", at, message).help(help));
            return None;
        };
        let found = self.expression(source, Some(&Type::Id(Some(*to))), &at, faults);
        let mut spans = steps.iter().flat_map(Step::moments).map(|when| when.span).chain(withdraw_for);
        let counts = spans.any(|span| matches!(span, Span::WorkingDays(_)));
        if !counts {
            let message = "`calendar` does nothing where no working days are counted";
            faults.push(Diagnostic::error("workflow.does-not-apply", at, message).help("leave it out"));
        }
        found
    }

    fn role(&self, name: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Name> {
        let id = self.draft.role(name, at, faults)?;
        self.draft.roles.get(id.index()).map(|named| named.name.clone())
    }

    /// A step by name, or a fault.
    fn step(&self, name: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Name> {
        if self.words.steps.contains_key(name) {
            return Name::parse_dashed(name).ok();
        }
        let known = self.words.steps.keys().map(String::as_str);
        let fault = Diagnostic::error("workflow.unknown-step", at.clone(), format!("there is no step `{name}`"));
        faults.push(fault.maybe_help(model::diagnostic::nearest(name, known)));
        None
    }

    /// What follows a step.
    fn next(
        &self,
        index: usize,
        written: &words::Step,
        kind: &StepKind,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Name> {
        let leads = !matches!(kind, StepKind::Choose(_) | StepKind::Split { .. } | StepKind::End { .. });
        match &written.next {
            Some(name) if leads => self.step(name, &at.child("next"), faults),
            Some(_) => {
                let message = "`next` does nothing here";
                let help = "paths say where they lead, and nothing follows an end";
                faults.push(Diagnostic::error("workflow.does-not-apply", at.child("next"), message).help(help));
                None
            }
            None if leads => self.words.steps.get_index(index + 1).and_then(|(name, _)| Name::parse_dashed(name).ok()),
            None => None,
        }
    }

    fn kind(&self, name: &str, written: &words::Step, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<StepKind> {
        let there = [
            written.form.is_some(),
            written.approval.is_some(),
            written.notify.is_some(),
            written.choose.is_some(),
            written.split.is_some(),
            written.join.is_some(),
            written.wait.is_some(),
            written.set.is_some(),
            written.create.is_some(),
            written.begin.is_some(),
            written.call.is_some(),
            written.end.is_some(),
        ];
        if there.into_iter().filter(|there| *there).count() != 1 {
            let message = "one thing happens in a step";
            let help = "say one of `form`, `approval`, `notify`, `choose`, `split`, `join`, `wait`, `set`, `create`, \
                        `begin`, `call` and `end`";
            faults.push(Diagnostic::error("workflow.one-thing", at.clone(), message).help(help));
            return None;
        }
        if let (Some(_), None) = (&written.failed, &written.call) {
            let message = "`failed` does nothing where no plugin is called";
            faults.push(Diagnostic::error("workflow.does-not-apply", at.child("failed"), message).help("leave it out"));
        }
        if let Some(asked) = &written.form {
            return Some(StepKind::Ask(Box::new(self.asked(asked, true, &at.child("form"), faults)?)));
        }
        if let Some(asked) = &written.approval {
            return Some(StepKind::Ask(Box::new(self.asked(asked, false, &at.child("approval"), faults)?)));
        }
        if let Some(notify) = &written.notify {
            let at = at.child("notify").child("to");
            let to = self.people(&notify.to, &at, faults);
            if notify.to.is_empty() {
                faults.push(Diagnostic::error("workflow.nobody", at, "nobody is named to be told"));
            }
            return Some(StepKind::Notify(to));
        }
        if let Some(paths) = &written.choose {
            let at = at.child("choose");
            let paths = self.paths(paths, &at, faults)?;
            let defaults = paths.iter().filter(|path| path.when.is_none()).count();
            if defaults != 1 {
                let message = match defaults {
                    0 => "no path is taken where none of these holds, and the case would be stuck",
                    _ => "of several paths without a condition only one is ever taken",
                };
                let help = "leave `when` out of one path, the last";
                faults.push(Diagnostic::error("workflow.default-path", at, message).help(help));
            }
            return Some(StepKind::Choose(paths));
        }
        if let Some(split) = &written.split {
            return self.split(split, &at.child("split"), faults);
        }
        if let Some(join) = &written.join {
            let at = at.child("join");
            let need = self.need(name, join, &at, faults);
            return Some(StepKind::Join { need, others: others(join.others, join.need.is_some(), &at, faults) });
        }
        if let Some(wait) = &written.wait {
            return Some(StepKind::Wait(self.wait(wait, &at.child("wait"), faults)?));
        }
        if let Some(set) = &written.set {
            return self.set(set, &at.child("set"), faults);
        }
        if let Some(create) = &written.create {
            let at = at.child("create");
            let entity = self.draft.entity(&create.entity, &at.child("entity"), faults)?;
            let fields = self.values(entity, &create.fields, &at.child("fields"), faults);
            return Some(StepKind::Create(Write { entity, fields }));
        }
        if let Some(begin) = &written.begin {
            return Some(StepKind::Sub(self.begin(begin, &at.child("begin"), faults)?));
        }
        if let Some(call) = &written.call {
            let failed = written.failed.as_ref();
            let failed = failed.and_then(|name| self.step(name, &at.child("failed"), faults));
            let call = plugins::call(self.draft, call, self.entity, &at.child("call"), faults)?;
            return Some(StepKind::Call { call, failed });
        }
        let end = written.end.as_ref()?;
        let outcome = end.outcome.as_deref().unwrap_or(name);
        match Name::parse_dashed(outcome) {
            Ok(outcome) => Some(StepKind::End { outcome, whole: end.whole }),
            Err(fault) => {
                let message = format!("this cannot be how a case ends: {fault}");
                faults.push(Diagnostic::error("workflow.bad-outcome", at.child("end").child("outcome"), message));
                None
            }
        }
    }

    fn paths(&self, written: &[words::Path], at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Vec<Path>> {
        let mut paths = Vec::new();
        for (index, path) in written.iter().enumerate() {
            let at = at.child(index);
            let when = path.when.as_ref().map(|source| self.condition(source, &at.child("when"), faults));
            let next = self.step(&path.next, &at.child("next"), faults);
            if let Some(next) = next {
                paths.push(Path { label: optional(path.label.as_ref()), when: when.flatten(), next });
            }
        }
        (paths.len() == written.len()).then_some(paths)
    }

    /// A condition on the record alone: a case is not somebody's.
    fn condition(&self, source: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Formula> {
        let found = self.draft.condition(source, self.entity, at, faults)?;
        self.impersonal(found, at, faults)
    }

    fn expression(
        &self,
        source: &str,
        expected: Option<&Type>,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Formula> {
        let found = self.draft.expression(source, self.entity, expected, at, faults)?;
        self.impersonal(found, at, faults)
    }

    fn impersonal(&self, found: Formula, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Formula> {
        if found.uses_actor() {
            let message = "a case goes on by itself, so it cannot ask who acts";
            let help = "ask for fields of the record";
            faults.push(Diagnostic::error("workflow.asks-actor", at.clone(), message).help(help));
            return None;
        }
        Some(found)
    }

    fn split(&self, written: &words::Split, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<StepKind> {
        let paths = self.paths(&written.paths, &at.child("paths"), faults);
        let join = self.step(&written.join, &at.child("join"), faults);
        let (paths, join) = (paths?, join?);
        if self.words.steps.get(join.as_str()).is_some_and(|step| step.join.is_none()) {
            let message = format!("`{join}` is not where paths meet");
            let help = "name a step that says `join`";
            faults.push(Diagnostic::error("workflow.not-a-join", at.child("join"), message).help(help));
        }
        if paths.len() < 2 {
            let message = "a split has at least two paths";
            faults.push(Diagnostic::error("workflow.few-paths", at.child("paths"), message));
        } else if paths.iter().all(|path| path.when.is_some()) {
            let message = "no path is taken where none of these holds, and the case would be stuck";
            let help = "add a path without `when`";
            faults.push(Diagnostic::error("workflow.default-path", at.child("paths"), message).help(help));
        }
        Some(StepKind::Split { paths, join })
    }

    fn need(&self, name: &str, join: &words::Join, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<u32> {
        let mut splits = self.words.steps.values().filter_map(|step| step.split.as_ref());
        let Some(split) = splits.find(|split| split.join == name) else {
            let message = "no split has its paths meet here";
            let help = "name this step as the `join` of a split, or leave it out";
            faults.push(Diagnostic::error("workflow.join-without-split", at.clone(), message).help(help));
            return None;
        };
        let need = join.need?;
        let most = u32::try_from(split.paths.len()).unwrap_or(u32::MAX);
        if need == 0 || need >= most {
            let message = format!("of {most} paths, from 1 to {} can suffice", most.saturating_sub(1));
            faults.push(Diagnostic::error("workflow.out-of-range", at.child("need"), message));
        }
        Some(need)
    }

    fn begin(&self, written: &words::Begin, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Sub> {
        let other = self.draft.workflow(&written.workflow, &at.child("workflow"), faults)?;
        let entity = self.draft.entity(&other.words.entity, &at.child("workflow"), &mut Vec::new())?;
        let each = match &written.each {
            None => {
                if entity != self.entity {
                    let message = format!("`{}` is about `{}`", written.workflow, other.words.entity);
                    let help = "say by which field of those records they refer to this one: `each`";
                    faults.push(Diagnostic::error("workflow.other-entity", at.child("workflow"), message).help(help));
                }
                None
            }
            Some(name) => {
                let at = at.child("each");
                let field = self.draft.own_field(entity, name, &at, faults)?;
                if !matches!(field.kind, app::FieldKind::Reference { to, .. } if to == self.entity) {
                    let message = format!("`{}.{name}` does not refer to `{}`", other.words.entity, self.words.entity);
                    faults.push(Diagnostic::error("workflow.other-entity", at, message));
                    return None;
                }
                Some(field.id)
            }
        };
        if let Some(need) = written.need {
            let at = at.child("need");
            if !written.wait || written.each.is_none() {
                let message = "`need` does nothing where not several cases are waited for";
                let help = "leave it out, or say `each` and `wait: true`";
                faults.push(Diagnostic::error("workflow.does-not-apply", at, message).help(help));
            } else if need == 0 {
                let message = "at least one case has to end; a step that waits for none says no `wait`";
                faults.push(Diagnostic::error("workflow.out-of-range", at, message));
            }
        }
        Some(Sub {
            process: other.name.clone(),
            each,
            waits: written.wait,
            need: written.need,
            others: others(written.others, written.need.is_some(), at, faults),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases that run find their steps by the print they began with: a word that is added later and not said here must not
    /// change it.
    #[test]
    fn words_that_are_not_said_leave_the_print_as_it_was() {
        let step = |what: serde_json::Value| serde_json::json!({"label": "x", "approval": what});
        let of = |what: serde_json::Value| {
            let others = ["wait", "join", "begin"].map(|kind| match kind {
                "begin" => serde_json::json!({"label": "x", "begin": {"workflow": "a"}}),
                kind => serde_json::json!({"label": "x", kind: {}}),
            });
            let [wait, join, begin] = others;
            let steps = serde_json::json!({"a": step(what), "b": wait, "c": join, "d": begin});
            let words = serde_json::json!({"label": "x", "entity": "leave", "steps": steps});
            serde_json::from_value::<Workflow>(words).unwrap()
        };
        let plain = of(serde_json::json!({"who": ["person"]}));
        let text = serde_json::to_string(&plain).unwrap();
        for word in ["signature", "paused", "calendar", "call", "failed", "or", "others"] {
            assert!(!text.contains(&format!("\"{word}\"")), "{word}: {text}");
        }
        assert_ne!(print(&plain), print(&of(serde_json::json!({"who": ["person"], "signature": "always"}))));
    }
}
