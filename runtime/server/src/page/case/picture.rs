//! A process and how far a case has come in it, as a drawing: the steps below one another, what leads elsewhere as an arc
//! beside them. Colours and fonts are the page's.

use std::fmt::Write;

use engine::query::case::CaseShown;
use store::CaseEvent;
use workflow::{Exit, Process, Signature, Step, StepKind, TaskState};

use super::{super::Visit, trail};
use crate::show::{self, time};

const WIDTH: usize = 420;
const LEFT: usize = 90;
const RIGHT: usize = 330;
const HEIGHT: usize = 58;
const ROW: usize = 82;
/// Arcs beside each other on one side.
const LANES: usize = 5;
/// Characters of a label that fit.
const LETTERS: usize = 26;

/// What is written in a step besides what it is called.
#[derive(Default)]
struct Note {
    /// Who is or was asked, or what happens there.
    about: String,
    /// When it was decided, and in which words.
    decided: String,
    /// Everything that was decided there, in full.
    full: Vec<String>,
}

/// The picture of a case.
pub fn draw(visit: &Visit, shown: &CaseShown) -> String {
    let Some(process) = shown.process() else { return String::new() };
    let locale = visit.locale();
    let label = |step: &Step| step.label.get(locale).to_owned();
    let about = |step: &Step| {
        let names = shown.case.in_order().into_iter().filter(|task| task.step == step.name.as_str());
        let names = names.filter(|task| !matches!(task.state, TaskState::Gone));
        let mut names: Vec<&str> = names.map(|task| shown.name(task.who)).collect();
        names.dedup();
        let names = match called(visit, step) {
            Some(plugin) => plugin.to_owned(),
            None => names.join(visit.say("list-comma")),
        };
        let mut here = shown.case.tokens.iter().filter(|token| token.step == step.name.as_str());
        if here.any(|token| token.paused().is_some()) {
            // First, so that many names do not hide it.
            return [visit.say("step-paused"), &names]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · ");
        }
        names
    };
    let note = |step: &Step| {
        let decisions: Vec<&CaseEvent> = shown.trail.iter().filter(|event| decides(event, step)).collect();
        let decided = decisions.last().map(|event| decided(visit, event)).unwrap_or_default();
        Note { about: about(step), decided, full: decisions.iter().map(|event| told(visit, shown, event)).collect() }
    };
    let state = |name: &str| match name {
        _ if shown.case.tokens.iter().any(|token| token.step == name) => "now",
        _ if shown.case.visits.iter().any(|visit| visit.step == name) => "done",
        _ => "plain",
    };
    let mut out = svg(process, process.label.get(locale), &state, &label, &note, &|exit| said(visit, exit));
    list(&mut out, visit.say("case-picture-told"), process, &label, &note);
    out
}

/// Whether an entry of the trail is what was decided at a step.
fn decides(event: &CaseEvent, step: &Step) -> bool {
    let acts = ["submit", "approve", "reject", "return", "taken", "late-pass", "late-reject", "late-return"];
    event.step.as_deref() == Some(step.name.as_str()) && acts.contains(&event.act.as_str())
}

/// When something was decided, and in which words.
fn decided(visit: &Visit, event: &CaseEvent) -> String {
    let when = time::moment(&visit.reader(), event.at);
    if event.words.is_empty() { when } else { format!("{when} · {}", event.words) }
}

/// The same with who decided it, and what.
fn told(visit: &Visit, shown: &CaseShown, event: &CaseEvent) -> String {
    let who = event.account.map(|id| shown.name(id)).unwrap_or_default();
    let did = format!("{who} {}", visit.say(trail::did(&event.act)));
    format!("{} · {}", did.trim(), decided(visit, event))
}

/// What a picture shows of what was decided, as a list: whole, and for whoever does not see the picture.
fn list(
    out: &mut String,
    title: &str,
    process: &Process,
    label: &dyn Fn(&Step) -> String,
    note: &dyn Fn(&Step) -> Note,
) {
    let lines: Vec<String> = process
        .steps
        .iter()
        .map(|step| (label(step), note(step).full))
        .filter(|(_, full)| !full.is_empty())
        .map(|(label, full)| {
            let each: Vec<String> = full.iter().map(|line| format!("<li>{}</li>", show::escaped(line))).collect();
            format!("<li>{}<ul>{}</ul></li>", show::escaped(&label), each.concat())
        })
        .collect();
    if !lines.is_empty() {
        let _ = write!(
            out,
            "<details class=\"flow-told\"><summary>{}</summary><ol>{}</ol></details>",
            show::escaped(title),
            lines.concat()
        );
    }
}

/// The word for what happens in a step.
pub fn kind(step: &Step) -> &'static str {
    match &step.kind {
        StepKind::Ask(asked) if asked.fills => "step-form",
        StepKind::Ask(_) => "step-approval",
        StepKind::Notify(_) => "step-notify",
        StepKind::Choose(_) => "step-choose",
        StepKind::Split { .. } => "step-split",
        StepKind::Join { .. } => "step-join",
        StepKind::Wait(_) => "step-wait",
        StepKind::Set(_) | StepKind::Update(..) | StepKind::Create(_) => "step-write",
        StepKind::Call { .. } => "step-call",
        StepKind::Sub(_) => "step-begin",
        StepKind::End { .. } => "step-end",
    }
}

/// The picture of a process, with what happens in each step.
pub fn plan(visit: &Visit, process: &Process) -> String {
    let locale = visit.locale();
    let about = |step: &Step| {
        let key = kind(step);
        let signed = match &step.kind {
            StepKind::Ask(asked) if asked.signature != Signature::Never => visit.say("step-signed"),
            _ => "",
        };
        match called(visit, step) {
            Some(plugin) => format!("{} · {plugin}", visit.say(key)),
            None => format!("{}{signed}", visit.say(key)),
        }
    };
    let label = |step: &Step| step.label.get(locale).to_owned();
    let note = |step: &Step| Note { about: about(step), ..Note::default() };
    svg(process, process.label.get(locale), &|_| "plain", &label, &note, &|exit| said(visit, exit))
}

/// What the plugin is called that a step calls.
fn called<'v>(visit: &'v Visit, step: &'v Step) -> Option<&'v str> {
    let StepKind::Call { call, .. } = &step.kind else { return None };
    let plugin = visit.app().plugin_named(call.plugin.as_str());
    Some(plugin.map_or(call.plugin.as_str(), |plugin| plugin.label.get(visit.locale())))
}

/// What is written beside a way that is not the usual one.
fn said(visit: &Visit, exit: Exit) -> &'static str {
    match exit {
        Exit::Usual => "",
        Exit::No => visit.say("flow-no"),
        Exit::Late => visit.say("flow-late"),
        Exit::Failed => visit.say("flow-failed"),
    }
}

fn svg(
    process: &Process,
    title: &str,
    state: &dyn Fn(&str) -> &'static str,
    label: &dyn Fn(&Step) -> String,
    note: &dyn Fn(&Step) -> Note,
    words: &dyn Fn(Exit) -> &'static str,
) -> String {
    let height = process.steps.len() * ROW;
    let mut out = format!(
        "<svg class=\"flow\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\
         <defs><marker id=\"flow-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\"></path></marker></defs>",
        show::escaped(title)
    );
    let place = |name: &str| process.steps.iter().position(|step| step.name.as_str() == name);
    let mut lanes = 0;
    for (row, step) in process.steps.iter().enumerate() {
        for (to, exit) in step.exits().into_iter().filter_map(|(name, exit)| Some((place(name)?, exit))) {
            arc(&mut out, row, to, (exit, words(exit)), &mut lanes);
        }
    }
    for (row, step) in process.steps.iter().enumerate() {
        let y = row * ROW + 4;
        let name = step.name.as_str();
        let state = state(name);
        let round = if matches!(step.kind, StepKind::Ask(_)) { 8 } else { HEIGHT / 2 };
        let middle = (LEFT + RIGHT) / 2;
        let Note { about, decided, full } = note(step);
        let below: Vec<String> =
            [about, decided].iter().filter(|part| !part.is_empty()).map(|part| shortened(part)).collect();
        let line = y + 34 - below.len() * 7;
        let _ = write!(
            out,
            "<g class=\"flow-step\" data-state=\"{state}\">{}<rect x=\"{LEFT}\" y=\"{y}\" width=\"{}\" height=\"{HEIGHT}\" \
             rx=\"{round}\"></rect><text x=\"{middle}\" y=\"{line}\" text-anchor=\"middle\">{}</text>",
            entitled(&full),
            RIGHT - LEFT,
            show::escaped(&shortened(&label(step)))
        );
        for (below, at) in below.iter().zip(1..) {
            let _ = write!(
                out,
                "<text class=\"note\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                line + at * 15,
                show::escaped(below)
            );
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

/// What is told of a step to whoever points at it.
fn entitled(full: &[String]) -> String {
    if full.is_empty() { String::new() } else { format!("<title>{}</title>", show::escaped(&full.join("\n"))) }
}

fn arc(out: &mut String, from: usize, to: usize, (exit, words): (Exit, &str), lanes: &mut usize) {
    let (top, bottom) = (from * ROW + 4, from * ROW + 4 + HEIGHT);
    let target = to * ROW + 4;
    let middle = (LEFT + RIGHT) / 2;
    let kind = match exit {
        Exit::Usual => "usual",
        Exit::No => "no",
        Exit::Late => "late",
        Exit::Failed => "failed",
    };
    if to == from + 1 {
        let beside = middle + 8;
        let _ = write!(
            out,
            "<path class=\"flow-way\" data-exit=\"{kind}\" marker-end=\"url(#flow-end)\" d=\"M{middle} {bottom}V{target}\"></path>"
        );
        word(out, words, beside, bottom + 16, "start");
        return;
    }
    *lanes += 1;
    let out_by = 16 + (*lanes % LANES) * 13;
    let (start, end) = (top + HEIGHT / 2, target + HEIGHT / 2);
    let (edge, beside, anchor) =
        if to > from { (RIGHT, RIGHT + out_by, "start") } else { (LEFT, LEFT - out_by, "end") };
    let _ = write!(
        out,
        "<path class=\"flow-way\" data-exit=\"{kind}\" marker-end=\"url(#flow-end)\" d=\"M{edge} {start}H{beside}V{end}H{edge}\"></path>"
    );
    // On the side from which the way does not come: there nothing crosses the word.
    let beside = if to > from { start - 5 } else { start + 13 };
    word(out, words, edge, beside, anchor);
}

fn word(out: &mut String, words: &str, x: usize, y: usize, anchor: &str) {
    if !words.is_empty() {
        let words = show::escaped(words);
        let _ = write!(out, "<text class=\"note\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{words}</text>");
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_picture_is_text() {
        assert_eq!(show::escaped("<b>\"A&B\"</b>"), "&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;");
        assert_eq!(shortened(&"长".repeat(40)).chars().count(), LETTERS);
    }
}
