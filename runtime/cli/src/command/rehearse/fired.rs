//! What a rule that follows changes, or has a time, would have done, for people and for machines.

use engine::{Actor, Fired, Firing, MOST_FIRINGS, Would};
use model::{Date, Locale, RecordId, Timestamp};
use serde_json::{Value as Json, json};

use crate::output::counted;

/// What was asked for, and for whom.
pub(super) struct Told<'t> {
    pub(super) rule: &'t str,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) actor: &'t Actor,
    pub(super) locale: Locale,
}

impl Told<'_> {
    /// The answer for machines.
    pub(super) fn json(&self, found: &Fired) -> Json {
        let firings = found.firings.iter().map(|one| {
            json!({
                "record": one.record, "name": one.name, "at": one.at.to_string(),
                "since": one.since.map(|since| since.to_string()), "platform": one.platform,
                "would": one.would.iter().map(|would| self.would_json(would)).collect::<Vec<_>>(),
                "today": one.today, "unknown": one.unknown,
            })
        });
        let occasions = found.occasions.iter().map(|one| json!({ "at": one.at.to_string(), "matched": one.matched }));
        json!({
            "rule": self.rule, "from": self.from.to_string(), "to": self.to.to_string(),
            "looked": found.looked, "fired": found.total, "unclear": found.unclear,
            "cut": found.cut || found.total > found.firings.len(), "by_day": found.by_day, "today": found.today,
            "occasions": occasions.collect::<Vec<_>>(), "firings": firings.collect::<Vec<_>>(),
        })
    }

    /// The answer for people, line by line.
    pub(super) fn text(&self, found: &Fired) -> Vec<String> {
        let (rule, from, to) = (self.rule, self.from, self.to);
        let times = counted(found.total as i128, "time");
        let looked = counted(found.looked as i128, "record");
        let mut lines = vec![format!("`{rule}` would have acted {times} from {from} to {to}; {looked} read:")];
        for one in &found.occasions {
            lines.push(format!("- {} for {}", self.moment(one.at), counted(one.matched as i128, "record")));
        }
        lines.extend(found.firings.iter().map(|one| self.line(one)));
        if found.total > found.firings.len() {
            lines.push(format!("only the first {MOST_FIRINGS} are listed"));
        }
        if found.cut {
            lines.push("there are more times or records than are looked at: the end is missing".to_owned());
        }
        if !found.today.is_empty() {
            lines.push(format!("as of today, not as of then: {}", found.today.join(", ")));
        }
        if found.by_day {
            let said = "the condition also follows from the day: what a day brought about is only here where a later change shows it";
            lines.push(said.to_owned());
        }
        if found.unclear > 0 {
            let times = counted(found.unclear as i128, "time");
            lines.push(format!("{times} it cannot be told: values were erased, or are on no ledger"));
        }
        lines
    }

    fn line(&self, one: &Firing) -> String {
        let name = one.name.clone().unwrap_or_else(|| one.record.to_string());
        let when = match one.since {
            None => self.moment(one.at),
            Some(since) => format!("between {} and {}", self.moment(since), self.moment(one.at)),
        };
        let would: Vec<String> = one.would.iter().map(|would| self.would(would)).collect();
        let mut line = format!("- {when} {name}: {}", would.join("; "));
        if !one.today.is_empty() {
            line.push_str(&format!(" (as of today's value of {})", one.today.join(", ")));
        }
        if !one.unknown.is_empty() {
            line.push_str(&format!(" (not known any more: {})", one.unknown.join(", ")));
        }
        if one.platform {
            line.push_str(" (by the platform: files read by the command line set no rule off)");
        }
        if one.since.is_some() {
            line.push_str(" (by the day, or by a formula that was published, which sets no rule off)");
        }
        line
    }

    fn would(&self, would: &Would) -> String {
        match would {
            Would::Tell(people) if people.is_empty() => "tell nobody".to_owned(),
            Would::Tell(people) => {
                let called = |(id, name): &(RecordId, Option<String>)| name.clone().unwrap_or_else(|| id.to_string());
                format!("tell {}", people.iter().map(called).collect::<Vec<_>>().join(", "))
            }
            Would::Make(entity, None) => format!("make one of `{}`", self.entity(*entity)),
            Would::Make(entity, Some(each)) => {
                format!("make one of `{}` for each of `{}`", self.entity(*entity), self.entity(*each))
            }
            Would::Begin(workflow) => format!("begin `{workflow}`"),
            Would::Call(plugin) => format!("call `{plugin}`"),
        }
    }

    fn would_json(&self, would: &Would) -> Json {
        match would {
            Would::Tell(people) => {
                let people = people.iter().map(|(id, name)| json!({ "id": id, "name": name }));
                json!({ "notify": people.collect::<Vec<_>>() })
            }
            Would::Make(entity, each) => {
                json!({ "create": self.name(*entity), "each": each.map(|each| self.name(each)) })
            }
            Would::Begin(workflow) => json!({ "start": workflow.as_str() }),
            Would::Call(plugin) => json!({ "call": plugin.as_str() }),
        }
    }

    fn name(&self, entity: model::EntityId) -> String {
        self.actor.edition.app.entity(entity).map(|entity| entity.name.to_string()).unwrap_or_default()
    }

    fn entity(&self, entity: model::EntityId) -> String {
        let entity = self.actor.edition.app.entity(entity);
        entity.map(|entity| entity.label.get(self.locale).to_owned()).unwrap_or_default()
    }

    /// A moment where the app is.
    fn moment(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.actor.edition.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}
