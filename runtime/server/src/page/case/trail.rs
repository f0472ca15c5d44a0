//! What happened in a case, as sentences.

use engine::query::case::CaseShown;
use model::{Timestamp, UserId};
use serde::Serialize;
use store::CaseEvent;

use super::super::{Visit, shell::Person};
use crate::show::time;

/// One thing that happened.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// Who; nobody for what happened by itself.
    pub who: Option<Person>,
    /// What they did.
    pub text: String,
    /// What they said.
    pub words: String,
    /// Who has looked at the copies, for whoever sent them.
    pub read: Vec<String>,
    /// That they signed, where they did.
    pub signed: String,
    /// Where the picture of their hand is.
    pub picture: Option<String>,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
}

/// All of it, the oldest first.
pub fn lines(visit: &Visit, shown: &CaseShown) -> Vec<Line> {
    let reader = visit.reader();
    let read = |(who, at): (UserId, Option<Timestamp>)| {
        let who = shown.name(who);
        match at {
            Some(at) => visit.fill("case-copy-read", &[("who", who), ("when", &time::moment(&reader, at))]),
            None => visit.fill("case-copy-unread", &[("who", who)]),
        }
    };
    let line = |event: &CaseEvent| Line {
        who: event.account.map(|id| Person::new(shown.name(id))),
        text: sentence(visit, shown, event),
        words: event.words.clone(),
        read: shown.read_by(visit.actor.principal(), event).into_iter().map(&read).collect(),
        signed: match &event.signature {
            Some(signature) => visit.fill("case-signed", &[("who", &signature.name)]),
            None => String::new(),
        },
        picture: event.signature.as_ref().filter(|signature| signature.sha256.is_some()).map(|_| {
            let app = visit.app().parts().last().map(|part| part.name.as_str()).unwrap_or_default();
            format!("/api/v1/{app}/workflows/cases/{}/signatures/{}", shown.row.id, event.id)
        }),
        when: time::moment(&reader, event.at),
        moment: event.at.to_string(),
    };
    shown.trail.iter().map(line).collect()
}

/// The words for what was done.
pub(super) fn did(act: &str) -> &'static str {
    match act {
        "start" => "case-did-start",
        "submit" => "case-did-submit",
        "approve" => "case-did-approve",
        "reject" => "case-did-reject",
        "return" => "case-did-return",
        "resubmit" => "case-did-resubmit",
        "withdraw" => "case-did-withdraw",
        "take-back" => "case-did-take-back",
        "transfer" => "case-did-transfer",
        "delegate" => "case-did-delegate",
        "add-before" | "add-beside" | "add-after" => "case-did-add",
        "remove" => "case-did-remove",
        "claim" => "case-did-claim",
        "unclaim" => "case-did-unclaim",
        "urge" => "case-did-urge",
        "copy" | "notify" => "case-did-copy",
        "discuss" => "case-did-discuss",
        "taken" => "case-did-taken",
        "nobody" => "case-did-nobody",
        "jump" => "case-did-jump",
        "revive" => "case-did-revive",
        "terminate" => "case-did-terminate",
        "leave" => "case-did-leave",
        "rest" => "case-did-rest",
        "resume" => "case-did-resume",
        "signal" => "case-did-signal",
        "migrate" => "case-did-migrate",
        "hand-over" => "case-did-hand-over",
        "remind" => "case-did-remind",
        "escalate" => "case-did-escalate",
        "late-hand-over" => "case-did-late-hand-over",
        "late-pass" => "case-did-late-pass",
        "late-reject" => "case-did-late-reject",
        "late-return" => "case-did-late-return",
        "pause" => "case-did-pause",
        "unpause" => "case-did-unpause",
        "time" | "ready" => "case-did-ready",
        "write" => "case-did-write",
        "begin" => "case-did-begin",
        "call" => "case-did-call",
        "call-failed" => "case-did-call-failed",
        _ => "case-did-end",
    }
}

fn sentence(visit: &Visit, shown: &CaseShown, event: &CaseEvent) -> String {
    let step = |name: &Option<String>| {
        let found = name.as_deref().and_then(|name| shown.process()?.step(name));
        found.map(|step| step.label.get(visit.locale()).to_owned())
    };
    let mut text = visit.say(did(&event.act)).to_owned();
    let to: Vec<&str> = event.told.iter().map(|id| shown.name(*id)).filter(|name| !name.is_empty()).collect();
    if !to.is_empty() {
        text = format!("{text} {}", to.join(visit.say("list-comma")));
    }
    if let Some(behalf) = event.behalf {
        text = format!("{text}{}", visit.fill("case-behalf", &[("who", shown.name(behalf))]));
    }
    let places: Vec<String> = step(&event.step).into_iter().chain(step(&event.target)).collect();
    if !places.is_empty() {
        text = format!("{text} · {}", places.join(" → "));
    }
    text
}
