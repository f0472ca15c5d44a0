//! Finding the facts of an app, from what is enforced: compiled roles, entities, terms and workflows.

use std::collections::BTreeSet;

use formula::Path;
use model::FieldId;
use workflow::{
    Asked, Claim, Group, Nobody, Operation, Over, Process, Span, Starter, Step, StepKind, Way, Who, Withdraw,
};

use super::fact::{About, Fact, Matter};
use crate::{App, Area, Entity, FieldRole, Role, StandsFor};

/// Every fact of an app.
pub fn facts(app: &App) -> BTreeSet<Fact> {
    let mut found: BTreeSet<Fact> = app.roles().iter().flat_map(|role| of_role(app, role)).collect();
    found.extend(app.entities().iter().flat_map(|entity| of_entity(app, entity)));
    found.extend(of_conditions(app));
    found.extend(of_terms(app));
    found.extend(app.workflows().iter().flat_map(|process| of_workflow(app, process)));
    found
}

/// What facts are collected about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    about: About,
    name: &'a str,
}

impl Subject<'_> {
    fn fact(self, matter: Matter, of: &str, value: &str) -> Fact {
        Fact { about: self.about, name: self.name.to_owned(), matter, of: of.to_owned(), value: one_line(value) }
    }

    /// A fact that needs no more words.
    fn plain(self, matter: Matter) -> Fact {
        self.fact(matter, "", "")
    }
}

/// What was written over several lines, on one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_role(app: &App, role: &Role) -> Vec<Fact> {
    let it = Subject { about: About::Role, name: role.name.as_str() };
    let mut found = Vec::new();
    let plain = [
        (role.everyone, Matter::Everyone),
        (role.views_as, Matter::ViewsAs),
        (role.shares_boards, Matter::SharesBoards),
        (role.administers.is_some_and(|area| area != Area::Audit) && role.within.is_none(), Matter::ReachesAll),
        (role.administers == Some(Area::Security) && role.assigns.is_none(), Matter::AssignsAll),
    ];
    found.extend(plain.into_iter().filter(|(holds, _)| *holds).map(|(_, matter)| it.plain(matter)));
    found.extend(role.administers.map(|area| it.fact(Matter::Administers, "", area.word())));
    found.extend(role.within.as_ref().map(|_| it.fact(Matter::Reaches, "", &role.within_written)));
    let assigned = role.assigns.iter().flatten().filter_map(|id| app.role(*id));
    found.extend(assigned.map(|given| it.fact(Matter::Assigns, "", given.name.as_str())));
    if let Some(rights) = &role.terms {
        for act in rights.acts.iter().map(|right| right.word()) {
            if rights.owners.is_empty() {
                found.push(it.fact(Matter::TermsAll, act, ""));
            }
            found.extend(rights.owners.iter().map(|owner| it.fact(Matter::TermsOf, act, owner)));
        }
    }
    for grant in &role.workflows {
        let name = grant.workflow.as_str();
        let given =
            [(grant.start, Matter::Starts, Matter::StartsWhere), (grant.manage, Matter::Manages, Matter::ManagesWhere)];
        found.extend(given.into_iter().filter(|(given, ..)| *given).map(|(_, every, some)| {
            if grant.written.is_empty() { it.fact(every, "", name) } else { it.fact(some, name, &grant.written) }
        }));
    }
    found
}

fn of_entity(app: &App, entity: &Entity) -> Vec<Fact> {
    let it = Subject { about: About::Entity, name: entity.name.as_str() };
    let mut found = Vec::new();
    let plain = [
        (entity.comments, Matter::Comments),
        (entity.attachments, Matter::Attachments),
        (!entity.history, Matter::NoHistory),
    ];
    found.extend(plain.into_iter().filter(|(holds, _)| *holds).map(|(_, matter)| it.plain(matter)));
    let stands = entity.stands_for.and_then(whom);
    found.extend(stands.map(|word| it.fact(Matter::StandsFor, "", word)));
    if let Some(anonymity) = &entity.anonymity {
        found.push(it.fact(Matter::AnonymousOf, "", field_name(app, anonymity.of)));
        found.extend(anonymity.by.iter().map(|by| it.fact(Matter::AnonymousBy, "", field_name(app, *by))));
        found.push(it.fact(Matter::AtLeast, "", &anonymity.at_least.to_string()));
        if let Some((by, other)) = &anonymity.except {
            let by = field_name(app, *by);
            let at_least = |(value, people): &(String, u32)| {
                it.fact(Matter::AtLeastWhere, &format!("{by} = {value}"), &people.to_string())
            };
            found.extend(other.iter().map(at_least));
        }
        found.extend(anonymity.opens.iter().map(|opens| it.fact(Matter::OpenWhen, "", opens.rule.source())));
    }
    for field in app.fields_of(entity) {
        let name = field.name.as_str();
        let stands = field.role.and_then(which);
        found.extend(stands.map(|word| it.fact(Matter::FieldStandsFor, name, word)));
        if field.is_computed() && field.public {
            found.push(it.fact(Matter::Public, name, field.computation().unwrap_or_default()));
        } else if !field.reads().is_empty() {
            let read: BTreeSet<String> = field.reads().iter().map(|path| app.path_text(path)).collect();
            found.push(it.fact(Matter::Shown, name, &read.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }
    found
}

fn field_name(app: &App, id: FieldId) -> &str {
    app.field(id).map_or("", |field| field.name.as_str())
}

/// What conditions on who may do what are made of, where it is computed: a formula that says something else moves them.
fn of_conditions(app: &App) -> Vec<Fact> {
    let conditions = app.roles().iter().flat_map(|role| {
        let workflows = role.workflows.iter().map(|grant| &grant.rows);
        role.grants.iter().map(|grant| &grant.rows).chain(workflows).chain(&role.within)
    });
    let paths = conditions.flat_map(|condition| condition.paths());
    let started = app.workflows().iter().filter_map(|process| process.condition.as_ref());
    let paths = paths.chain(started.flat_map(|condition| condition.reads()));
    // Who leads and reports to whom is asked by what stands for it, which no path names.
    let placed = app.all_fields().iter().filter(|field| field.role.and_then(which).is_some());
    let mut open: Vec<FieldId> = paths.flat_map(steps_of).chain(placed.map(|field| field.id)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        let Some(field) = app.field(id) else { continue };
        let Some(entity) = app.entity(field.entity) else { continue };
        // A field is told by its own and its entity's name.
        if !field.is_computed() || !seen.insert((entity.name.as_str(), field.name.as_str())) {
            continue;
        }
        let it = Subject { about: About::Entity, name: entity.name.as_str() };
        found.push(it.fact(Matter::Decides, field.name.as_str(), field.computation().unwrap_or_default()));
        open.extend(field.reads().iter().flat_map(steps_of));
    }
    found
}

fn steps_of(path: &Path) -> impl Iterator<Item = FieldId> {
    path.hops.iter().copied().chain([path.field])
}

/// Who answers for the terms of which some role may do something by that alone.
fn of_terms(app: &App) -> Vec<Fact> {
    let rights = app.roles().iter().filter_map(|role| role.terms.as_ref());
    let owners: BTreeSet<&str> = rights.flat_map(|rights| &rights.owners).map(String::as_str).collect();
    let meant = app.terms().iter().filter(|term| owners.contains(term.owner.as_str()));
    meant
        .map(|term| Subject { about: About::Term, name: term.name.as_str() }.fact(Matter::Owner, "", &term.owner))
        .collect()
}

fn of_workflow(app: &App, process: &Process) -> Vec<Fact> {
    let it = Subject { about: About::Workflow, name: process.name.as_str() };
    let mut found = Vec::new();
    let about = app.entity(process.entity).map(|entity| entity.name.as_str());
    found.extend(about.map(|entity| it.fact(Matter::Cases, "", entity)));
    found.extend(process.condition.as_ref().map(|condition| it.fact(Matter::Condition, "", condition.source())));
    found.extend(process.guard.as_ref().map(|role| it.fact(Matter::Guard, "", role.as_str())));
    let withdraw = match process.withdraw {
        Withdraw::Never => "never",
        Withdraw::Unanswered => "unanswered",
        Withdraw::Always => "always",
    };
    let within = match process.withdraw_for {
        Some(Span::WorkingDays(many)) => format!(", within {many} working days"),
        Some(Span::Days(many)) => format!(", within {many} days"),
        Some(Span::Hours(many)) => format!(", within {many} hours"),
        None => String::new(),
    };
    found.push(it.fact(Matter::Withdraw, "", &format!("{withdraw}{within}")));
    for step in &process.steps {
        found.extend(of_step(app, it, step));
    }
    found
}

fn of_step(app: &App, it: Subject<'_>, step: &Step) -> Vec<Fact> {
    let of = step.name.as_str();
    match &step.kind {
        StepKind::Ask(asked) => of_asked(app, it, of, asked),
        StepKind::Notify(to) => to.iter().map(|who| it.fact(Matter::Tells, of, &whose(who))).collect(),
        StepKind::Set(fields) => fields.iter().map(|(id, _)| it.fact(Matter::Sets, of, field_name(app, *id))).collect(),
        StepKind::Update(_, write) => {
            let entity = app.entity(write.entity).map(|entity| entity.name.as_str()).unwrap_or_default();
            let named = |id| format!("{entity}.{}", field_name(app, id));
            write.fields.iter().map(|(id, _)| it.fact(Matter::Sets, of, &named(*id))).collect()
        }
        StepKind::Create(write) => {
            let entity = app.entity(write.entity).map(|entity| entity.name.as_str());
            entity.map(|entity| it.fact(Matter::Creates, of, entity)).into_iter().collect()
        }
        StepKind::Call { call, .. } => {
            let sets = call.into.iter().map(|(id, _)| it.fact(Matter::Sets, of, field_name(app, *id)));
            sets.chain([it.fact(Matter::Calls, of, call.plugin.as_str())]).collect()
        }
        StepKind::Sub(sub) => vec![it.fact(Matter::Begins, of, sub.process.as_str())],
        StepKind::Choose(_)
        | StepKind::Split { .. }
        | StepKind::Join { .. }
        | StepKind::Wait(_)
        | StepKind::End { .. } => Vec::new(),
    }
}

fn of_asked(app: &App, it: Subject<'_>, step: &str, asked: &Asked) -> Vec<Fact> {
    let mut found = Vec::new();
    for (number, group) in (1..).zip(&asked.groups) {
        let several = asked.groups.len() > 1;
        let of = if several { format!("{step}, group {number},") } else { step.to_owned() };
        for (who, weight) in &group.who {
            let weight = if *weight == 1 { String::new() } else { format!(", weight {weight}") };
            found.push(it.fact(Matter::Asks, &of, &format!("{}{weight}", whose(who))));
        }
        found.push(it.fact(Matter::Quorum, &of, &quorum(group)));
    }
    found.push(match &asked.nobody {
        Nobody::Guard => it.fact(Matter::Nobody, step, "guard"),
        Nobody::Pass => it.fact(Matter::Nobody, step, "pass"),
        Nobody::Refuse => it.fact(Matter::Nobody, step, "refuse"),
        Nobody::Ask(who) => it.fact(Matter::AsksInstead, step, &whose(who)),
    });
    let starter = match asked.starter {
        Starter::Answers => "answers",
        Starter::Passes => "passes",
        Starter::LeftOut => "left_out",
    };
    if !asked.fills {
        found.push(it.fact(Matter::Starter, step, starter));
    }
    if asked.again_passes {
        found.push(it.fact(Matter::AgainPasses, step, ""));
    }
    found.extend(asked.show.iter().map(|id| it.fact(Matter::Shows, step, field_name(app, *id))));
    found.extend(asked.edit.iter().map(|id| it.fact(Matter::Edits, step, field_name(app, *id))));
    found.extend(asked.allow.iter().map(|operation| it.fact(Matter::Allows, step, operation_word(*operation))));
    for timer in &asked.timers {
        match &timer.then {
            Over::HandTo(to) => found.extend(to.iter().map(|who| it.fact(Matter::HandsTo, step, &whose(who)))),
            Over::Tell(to) => found.extend(to.iter().map(|who| it.fact(Matter::Tells, step, &whose(who)))),
            Over::Remind | Over::Pass | Over::Reject | Over::Return => {}
        }
    }
    found
}

/// Who it is, as it was written.
fn whose(who: &Who) -> String {
    match who {
        Who::People(formula) => one_line(formula.source()),
        Who::Role(name) => format!("the role {name}"),
        Who::Starter => "the starter".to_owned(),
        Who::Chosen => "whom the starter chose".to_owned(),
        Who::Managers { of, from, to } => format!("managers {from} to {to} of {}", one_line(of.source())),
        Who::Except { who, not } => format!("{} without {}", whose(who), one_line(not.source())),
    }
}

/// What decides for a group.
fn quorum(group: &Group) -> String {
    let way = match group.way {
        Way::InTurn => "in_turn".to_owned(),
        Way::All => "all".to_owned(),
        Way::Any => "any".to_owned(),
        Way::Share(share) => format!("share {share}"),
        Way::Count(count) => format!("count {count}"),
    };
    let more = [(group.veto, "veto"), (group.decisive, "decisive"), (group.claim == Claim::First, "claim")].into_iter();
    let more = more.filter(|(holds, _)| *holds).map(|(_, word)| word.to_owned());
    std::iter::once(way).chain(more).collect::<Vec<_>>().join(", ")
}

fn operation_word(operation: Operation) -> &'static str {
    match operation {
        Operation::Return => "return",
        Operation::Transfer => "transfer",
        Operation::Delegate => "delegate",
        Operation::AddSigner => "add_signer",
        Operation::TakeBack => "take_back",
    }
}

/// What an entity is to conditions on people and units; nothing for the working calendar, by which nobody has rights.
fn whom(stands: StandsFor) -> Option<&'static str> {
    match stands {
        StandsFor::Person => Some("person"),
        StandsFor::Unit => Some("unit"),
        StandsFor::Assignment => Some("assignment"),
        StandsFor::Line => Some("line"),
        StandsFor::CalendarDay => None,
    }
}

/// What a field is to conditions on people and units, and to accounts.
fn which(role: FieldRole) -> Option<&'static str> {
    match role {
        FieldRole::ParentUnit => Some("parent_unit"),
        FieldRole::Head => Some("head"),
        FieldRole::Manager => Some("manager"),
        FieldRole::Unit => Some("unit"),
        FieldRole::Login => Some("login"),
        FieldRole::InService => Some("in_service"),
        FieldRole::MatrixManager => Some("matrix_manager"),
        FieldRole::Partner => Some("partner"),
        FieldRole::AssignedPerson => Some("assigned_person"),
        FieldRole::AssignedUnit => Some("assigned_unit"),
        FieldRole::AssignedManager => Some("assigned_manager"),
        FieldRole::LineOf => Some("line_of"),
        FieldRole::ValidFrom => Some("valid_from"),
        FieldRole::ValidTo => Some("valid_to"),
        FieldRole::Day | FieldRole::Open | FieldRole::Calendar | FieldRole::Weekdays => None,
    }
}
