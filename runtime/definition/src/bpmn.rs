//! Standard processes: BPMN 2.0 XML of the common subset as a workflow, and a workflow as BPMN 2.0 XML.
//!
//! In: the text of a file. Out: a workflow's words and diagnostics, or the text. Refused: whatever is not BPMN, doctypes,
//! and what is larger or deeper than the limits in `xml`. What a file says and a workflow does not know is told, element by
//! element, with its id, its name and its line: as an error where cases would go another way without it, as a warning
//! where they would not. Nothing is dropped silently.
//!
//! | BPMN | workflow |
//! |---|---|
//! | start event | the step it leads to is the first |
//! | end event; terminate | `end`; with `whole: true` |
//! | user task, task | `form`, or `approval` where the task is followed by an exclusive gateway with two ways of which one means yes and one no (see below) |
//! | send task, message thrown; manual task | `notify` whoever is named, or is to do it |
//! | script task, service task, business rule task | `set`, `create` by an extension element; without one there is no equal |
//! | exclusive gateway with several ways | `choose`; the default flow is the path without `when` |
//! | exclusive gateway with one way; event that does nothing | passed over |
//! | parallel gateway, inclusive gateway | `split`, and the gateway where its paths meet `join` |
//! | timer caught | `wait: {time: …}`; ISO 8601 in days and hours |
//! | signal or message caught, receive task | `wait: {signal: …}` |
//! | condition caught | `wait: {until: …}` |
//! | event-based gateway with several events, at most one of them a timer | `wait` for the first, the others under `or`, the timer as `late` |
//! | timer at the border of a task | `timers`: one that interrupts passes, rejects or returns by where it leads, one that does not reminds, or tells whom the send task it leads to names |
//! | call activity | `begin` with `wait: true` |
//! | several instances of a user task | `way: in_turn`, `all`, `any`, or `share` and `count` by the condition that completes it |
//! | potential owner, human performer; assignee and candidates of Camunda, Zeebe, Flowable and Activiti | `who`; a group is a role |
//! | lane | the role of those who do what nobody is named for |
//! | – | `nobody: refuse` in steps that might find nobody, where no guard is given: BPMN does not say what happens then |
//!
//! **Form or approval.** The two ways after a task are a yes and a no when their conditions say so (`${approved}`,
//! `${!approved}`, `${result == '驳回'}`), or, where they have none, their names (`同意` and `驳回`; `是` and `否` where the
//! gateway asks `同意吗？`). One of them may be left unsaid. The yes is what follows the step, the no is `rejected`, and the gateway is no step of its own.
//!
//! **What BPMN cannot say** is written in the namespace [`LOAM`]: an element named like what the step does, with the rest of
//! its words as they stand in a workflow's document: `<loam:approval>{show: [days], opinion: rejecting}</loam:approval>`.
//! Expressions of ours carry [`FORMULA`] as their language; people known otherwise than by an expression carry [`WHO`]. So what
//! is written reads again as the same words. Other tools may write these elements too: that is how a service task says what
//! it sets. Timers at the border of a task are written without a flow that leaves them: what they do is said by
//! `loam:timer`.

mod phrase;
mod read;
mod time;
mod write;
mod xml;

pub use read::{Given, read};
pub use write::write;

/// The namespace of BPMN 2.0.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// The namespace of what BPMN cannot say.
pub const LOAM: &str = "https://loam.dev/bpmn";
/// The language of an expression that is a formula.
pub const FORMULA: &str = "https://loam.dev/formula";
/// The language of an expression that is people as `who` has them: `{role: hr}`.
pub const WHO: &str = "https://loam.dev/who";

/// Whether an id was made by a tool and says nothing: `Activity_0x3k2l1`, `usertask3`, `sid-5FA3…`, `id_12`.
fn is_made(id: &str) -> bool {
    const KINDS: [&str; 26] = [
        "activity",
        "event",
        "gateway",
        "startevent",
        "endevent",
        "boundaryevent",
        "intermediatecatchevent",
        "intermediatethrowevent",
        "task",
        "usertask",
        "manualtask",
        "sendtask",
        "receivetask",
        "servicetask",
        "scripttask",
        "mailtask",
        "businessruletask",
        "callactivity",
        "subprocess",
        "exclusivegateway",
        "parallelgateway",
        "inclusivegateway",
        "eventbasedgateway",
        "eventgateway",
        "complexgateway",
        "id",
    ];
    let sid = id
        .strip_prefix("sid-")
        .or_else(|| id.strip_prefix('_'))
        .is_some_and(|rest| rest.len() >= 8 && rest.chars().all(|c| c.is_ascii_hexdigit() || c == '-'));
    let is_kind = |text: &str| KINDS.contains(&text.to_ascii_lowercase().as_str());
    let counted = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let made = id.rsplit_once('_').is_some_and(|(kind, rest)| {
        let random = rest.chars().all(|c| c.is_ascii_alphanumeric()) && rest.contains(|c: char| c.is_ascii_digit());
        is_kind(kind) && random
    });
    sid || made || (counted.len() < id.len() && is_kind(counted))
}

/// Something named freely as a name: its letters and digits, joined by `_`.
fn name_from(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.trim().chars().take(60) {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    let out = out.trim_end_matches('_');
    let out = if out.starts_with(|c: char| c.is_alphabetic()) { out.to_owned() } else { format!("_{out}") };
    (out.len() > 1).then_some(out).filter(|name| model::Name::parse_dashed(name).is_ok())
}

#[cfg(test)]
mod tests;
