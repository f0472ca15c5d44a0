//! Rules: what sets them off, for which records, and that what is done can be done.

mod create;
mod watch;

use app::{FieldKind, Message, Role, Rule, RuleAction, Schedule, Trigger, Without};
use definition::kind::rule;
use formula::Formula;
use metrics::Term;
use model::{Diagnostic, EntityId, Location, Type};
use policy::Action;

use crate::{
    draft::{Draft, NOBODY},
    stage::plugins,
    text::text,
};

/// Compiles every rule.
pub(crate) fn resolve(draft: &Draft<'_>, roles: &[Role], terms: &[Term], faults: &mut Vec<Diagnostic>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for named in &draft.rules {
        let (words, at) = (named.words, named.at);
        if let (Some(written), None, None) = (&words.trigger.watch, &words.trigger.change, &words.trigger.schedule) {
            rules.extend(watch::resolve(draft, terms, named, written, faults));
            continue;
        }
        let Some((entity, trigger)) = trigger(draft, &words.trigger, &at.child("trigger"), faults) else { continue };
        let condition = match (&words.condition, &trigger) {
            (Some(source), Trigger::Change) => becomes_true(draft, source, entity, &at.child("condition"), faults),
            (Some(source), Trigger::Schedule(_)) => standing(draft, source, entity, &at.child("condition"), faults),
            (None, Trigger::Change) => {
                let message = "nothing is said to become true, so this rule never fires";
                let help = "give it a `condition`, as in `status == \"late\"`";
                faults.push(Diagnostic::error("rule.never-fires", at.clone(), message).help(help));
                None
            }
            (_, Trigger::Schedule(_) | Trigger::Watch) => None,
        };
        let without = words.without.as_ref().and_then(|written| {
            let at = at.child("without");
            if trigger == Trigger::Change {
                let message = "`without` does nothing in a rule that follows a change";
                let help = "look for what is missing at a time: use `schedule`";
                faults.push(Diagnostic::error("rule.does-not-apply", at, message).help(help));
                return None;
            }
            without(draft, written, entity, &at, faults)
        });
        if words.actions.is_empty() {
            let message = "this rule does nothing";
            faults.push(Diagnostic::error("rule.no-action", at.child("actions"), message));
        }
        let actions = words.actions.iter().enumerate();
        let actions = actions
            .filter_map(|(index, written)| action(draft, written, entity, &at.child("actions").child(index), faults));
        let actions: Vec<RuleAction> = actions.collect();
        if words.actions.iter().any(|action| action.notify.is_some()) {
            seen_by_somebody(draft, roles, entity, at, faults);
        }
        rules.push(Rule {
            name: named.name.clone(),
            label: text(&words.label),
            entity,
            trigger,
            condition,
            without,
            watch: None,
            actions,
        });
    }
    rules
}

fn trigger(
    draft: &Draft<'_>,
    written: &rule::Trigger,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(EntityId, Trigger)> {
    match (&written.change, &written.schedule, &written.watch) {
        (Some(entity), None, None) => Some((draft.entity(entity, &at.child("change"), faults)?, Trigger::Change)),
        (None, Some(schedule), None) => {
            let at = at.child("schedule");
            let entity = draft.entity(&schedule.entity, &at.child("for"), faults);
            let time = time(&schedule.at, &at.child("at"), faults);
            let mut days = Vec::new();
            for (index, day) in schedule.on.iter().enumerate() {
                let number = *day as i8 + 1;
                if days.contains(&number) {
                    let message = "this day is named twice";
                    faults.push(Diagnostic::error("rule.named-twice", at.child("on").child(index), message));
                } else {
                    days.push(number);
                }
            }
            let (hour, minute) = time?;
            Some((entity?, Trigger::Schedule(Schedule { hour, minute, days })))
        }
        _ => {
            let message = "a rule is set off by one thing: `change`, `schedule` or `watch`";
            faults.push(Diagnostic::error("rule.one-trigger", at.clone(), message));
            None
        }
    }
}

fn time(written: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<(i8, i8)> {
    let number = |text: &str, most: i8| text.parse::<i8>().ok().filter(|n| text.len() == 2 && (0..=most).contains(n));
    let found = written.split_once(':').and_then(|(hour, minute)| Some((number(hour, 23)?, number(minute, 59)?)));
    if found.is_none() {
        let message = format!("`{written}` is not a time of the day");
        faults.push(Diagnostic::error("rule.bad-time", at.clone(), message).help("write it as in `16:10`"));
    }
    found
}

/// The condition of a rule that follows a change. It is asked of the record before and after, so it reads the record alone.
fn becomes_true(
    draft: &Draft<'_>,
    source: &str,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let condition = draft.condition(source, entity, at, faults)?;
    let own = |path: &formula::Path| {
        path.hops.is_empty() && draft.field_by_id(path.field).is_some_and(app::Field::has_column)
    };
    let (code, message, help) = if condition.uses_actor() {
        NOBODY_ACTS
    } else if condition.reads().is_empty() {
        ("rule.never-fires", "this condition reads no field, so it never becomes true", "name a field of the record")
    } else if condition.uses_day() {
        (
            "rule.reads-day",
            "a day that begins is no change of the record, so this would be missed",
            "compute a field from the day and ask for that: it is brought up to date every day",
        )
    } else if !condition.reads().iter().all(own) {
        (
            "rule.reads-beyond",
            "a change elsewhere is no change of this record, so this would be missed",
            "compute a field from what lies beyond and ask for that",
        )
    } else {
        return Some(condition);
    };
    faults.push(Diagnostic::error(code, at.clone(), message).help(help));
    None
}

const NOBODY_ACTS: (&str, &str, &str) =
    ("rule.asks-actor", "a rule acts for nobody, so it cannot ask who acts", "ask for fields of the record");

/// A condition a database answers at some time.
fn standing(
    draft: &Draft<'_>,
    source: &str,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let condition = draft.timed_filter(source, entity, at, faults)?;
    if condition.uses_actor() {
        let (code, message, help) = NOBODY_ACTS;
        faults.push(Diagnostic::error(code, at.clone(), message).help(help));
        return None;
    }
    Some(condition)
}

fn without(
    draft: &Draft<'_>,
    written: &rule::Without,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Without> {
    let other = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let by = draft.own_field(other, &written.by, &at.child("by"), faults)?;
    if !matches!(by.kind, FieldKind::Reference { to, .. } if to == entity) && !draft.broken_fields.contains(&by.id) {
        let message =
            format!("`{}.{}` is not a reference to `{}`", written.entity, written.by, draft.entity_name(entity));
        faults.push(Diagnostic::error("rule.no-way-back", at.child("by"), message));
        return None;
    }
    let condition = match &written.rows {
        Some(source) => Some(standing(draft, source, other, &at.child("where"), faults)?),
        None => None,
    };
    Some(Without { by: by.id, condition })
}

/// What is done for a record.
fn action(
    draft: &Draft<'_>,
    written: &rule::Action,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<RuleAction> {
    match (&written.notify, &written.create, &written.start, &written.call) {
        (Some(notify), None, None, None) => self::notify(draft, notify, entity, &at.child("notify"), faults),
        (None, Some(create), None, None) => create::resolve(draft, create, entity, &at.child("create"), faults),
        (None, None, Some(name), None) => start(draft, name, entity, &at.child("start"), faults),
        (None, None, None, Some(call)) => {
            plugins::call(draft, call, entity, &at.child("call"), faults).map(RuleAction::Call)
        }
        _ => {
            let message = "an action says what is done, one thing: `notify`, `create`, `start` or `call`";
            faults.push(Diagnostic::error("rule.no-action", at.clone(), message));
            None
        }
    }
}

fn notify(
    draft: &Draft<'_>,
    notify: &rule::Notify,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<RuleAction> {
    let message = message(draft, &notify.message, entity, &at.child("message"), faults);
    let at = at.child("to");
    let Some(person) = draft.organisation.person else {
        let message = "there is nobody to notify";
        faults.push(Diagnostic::error("rule.nobody-told", at, message).help(NOBODY));
        return None;
    };
    if notify.to.is_empty() {
        let help = "name them by expressions over the record, as in `[owner, owner.manager]`";
        faults.push(Diagnostic::error("rule.nobody-told", at.clone(), "nobody is named to be told").help(help));
    }
    let one = Type::Id(Some(person));
    let mut to: Vec<Formula> = Vec::new();
    for (index, source) in notify.to.iter().enumerate() {
        let at = at.child(index);
        let several = formula::compile(source, entity, Some(&one.clone().list()), draft).ok();
        let Some(found) = several.or_else(|| draft.expression(source, entity, Some(&one), &at, faults)) else {
            continue;
        };
        if found.uses_actor() {
            let (code, message, help) = NOBODY_ACTS;
            faults.push(Diagnostic::error(code, at, message).help(help));
        } else if to.iter().any(|known| known.source() == found.source()) {
            faults.push(Diagnostic::error("rule.named-twice", at, format!("`{source}` is named twice")));
        } else {
            to.push(found);
        }
    }
    Some(RuleAction::Notify { to, message: message? })
}

/// A workflow that starts about the record.
fn start(
    draft: &Draft<'_>,
    name: &str,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<RuleAction> {
    let found = draft.workflow(name, at, faults)?;
    if found.words.entity != draft.entity_name(entity) {
        let message = format!("`{name}` is about `{}`, not `{}`", found.words.entity, draft.entity_name(entity));
        faults.push(Diagnostic::error("workflow.other-entity", at.clone(), message));
        return None;
    }
    Some(RuleAction::Start(found.name.clone()))
}

/// Words with values between braces.
fn message(
    draft: &Draft<'_>,
    written: &definition::kind::Words,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Message> {
    let text = text(written);
    let mut values: Vec<(String, formula::Path)> = Vec::new();
    let before = faults.len();
    for locale in model::Locale::ALL.into_iter().filter(|locale| !text.lacks(*locale)) {
        let at = match written {
            definition::kind::Words::Plain(_) => at.clone(),
            definition::kind::Words::PerLocale(_) => at.child(locale.tag()),
        };
        let mut rest = text.get(locale);
        while let Some((_, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                faults.push(Diagnostic::error("rule.bad-message", at.clone(), "a `{` is not closed"));
                break;
            };
            rest = after;
            if !values.iter().any(|(known, _)| known == name)
                && let Some(path) = draft.path(entity, name, &at, faults)
            {
                values.push((name.to_owned(), path));
            }
        }
    }
    (faults.len() == before).then_some(Message { text, values })
}

/// Whom nobody lets see the record is not told of it.
fn seen_by_somebody(draft: &Draft<'_>, roles: &[Role], entity: EntityId, at: &Location, faults: &mut Vec<Diagnostic>) {
    let mut grants = roles.iter().flat_map(|role| &role.grants);
    let seen = grants.any(|grant| grant.entity == entity && grant.actions.contains(&Action::Read));
    let broken = faults.iter().any(|fault| fault.code.starts_with("grant."));
    if !seen && !broken && roles.len() == draft.roles.len() {
        let message = format!("no role may read `{}`, so nobody is ever told", draft.entity_name(entity));
        faults.push(Diagnostic::error("rule.nobody-told", at.child("actions"), message));
    }
}
