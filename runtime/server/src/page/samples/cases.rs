//! Sample contexts of workflows: the inbox and one case.

use super::{
    super::{access::cases, case, filter, form::control, inbox, record, workflows},
    NASTY, check, choice, page,
};
use crate::{page::shell::Person, show::Shown};

/// What somebody may do with cases, and why.
pub(super) fn told() -> cases::CasesTold {
    let nasty = || NASTY.to_owned();
    let line = cases::CaseLine { what: nasty(), step: nasty(), verdict: NASTY, why: nasty(), tone: "ok" };
    cases::CasesTold { lines: vec![line.clone(), cases::CaseLine { tone: "none", ..line }], runs: false }
}

#[test]
fn the_views_of_workflows_render() {
    let nasty = || NASTY.to_owned();
    let line = inbox::Line {
        title: nasty(),
        about: nasty(),
        meta: nasty(),
        badge: nasty(),
        due: nasty(),
        late: true,
        signs: true,
        answer: "1.2".into(),
        ..Default::default()
    };
    let pad = |prove: &str| case::sign::Pad {
        prove: prove.to_owned(),
        name: nasty(),
        drawn: nasty(),
        typed: nasty(),
        fault: nasty(),
    };
    let narrow = |name: &str, kind| filter::Filter {
        name: name.to_owned(),
        label: nasty(),
        kind,
        options: vec![choice()],
        lookup: "/pick/person".into(),
        ..Default::default()
    };
    let tab = record::TabLink { label: nasty(), href: "/inbox?box=open".into(), current: true };
    for lines in [vec![line], Vec::new()] {
        page(
            "inbox.html",
            inbox::InboxShown {
                tabs: vec![tab.clone()],
                together: !lines.is_empty(),
                filters: vec![narrow("workflow", "select"), narrow("starter", "reference")],
                steps: (!lines.is_empty()).then(|| narrow("step", "select")),
                chips: vec![filter::Chip { label: nasty(), href: "/inbox".into() }],
                clear: "/inbox".into(),
                q: nasty(),
                sorts: true,
                by_due: true,
                decide: "/inbox/decide?q=x".into(),
                here: "/inbox?q=x".into(),
                lines,
                next: Some("/inbox?after=x".into()),
                further: nasty(),
                sign: Some(pad("")),
                fault: Some(nasty()),
                standing: vec![inbox::Standing { id: "1".into(), text: nasty(), begin: nasty() }],
                ..Default::default()
            },
        );
    }
    for rest in [false, true] {
        page(
            "inbox_together.html",
            inbox::together::Together {
                decide: "/inbox/decide".into(),
                back: "/inbox".into(),
                fault: rest.then(nasty),
                tasks: vec![inbox::together::Task {
                    answer: "1.2".into(),
                    href: "/cases/1".into(),
                    title: nasty(),
                    about: nasty(),
                    version: Some(3),
                    fields: vec![control::Control {
                        kind: "text",
                        label: nasty(),
                        value: nasty(),
                        ..Default::default()
                    }],
                    fault: nasty(),
                }],
                opinion: rest,
                text: nasty(),
                sign: Some(pad("")),
                rest,
            },
        );
    }
    for open in [0, 3] {
        check("counts.html", &inbox::Counted { open, unread: 2 });
    }
    for refused in [false, true] {
        let line = |href: &str| workflows::begin::Line {
            title: nasty(),
            href: href.to_owned(),
            word: nasty(),
            tone: "ok",
            why: nasty(),
        };
        page(
            "begin.html",
            workflows::begin::Shown {
                label: nasty(),
                list: nasty(),
                back: "/p/x".into(),
                begin: "/workflows/x/begin?of-page=x".into(),
                chips: vec![nasty()],
                total: "3".into(),
                all: true,
                more: true,
                chosen: vec![("x".into(), nasty())],
                records: if refused { Vec::new() } else { vec![choice()] },
                fault: refused.then(nasty),
                told: Some(nasty()),
                results: vec![line("/cases/1"), line("")],
            },
        );
    }
    let step = || choice();
    let mine = |fills, to_claim| case::Asked {
        version: Some(3),
        task: 3,
        step: nasty(),
        due: nasty(),
        fills,
        mends: fills,
        to_claim,
        delegate: true,
        claimed: true,
        opinion: true,
        sign: Some(pad(if fills { "/prove?next=x" } else { "" })),
        text: nasty(),
        facts: vec![record::Fact { label: nasty(), shown: Shown::text(NASTY), trace: None, uncover: None }],
        files: fills,
        fields: vec![control::Control { kind: "text", label: nasty(), value: nasty(), ..Default::default() }],
        earlier: vec![step()],
        transfers: true,
        delegates: true,
        adds: true,
    };
    for (fills, to_claim, running) in [(true, false, true), (false, false, false), (false, true, false)] {
        let acts = case::Acts {
            withdraw: true,
            urge: true,
            speak: running,
            reply: !running,
            take_back: Some(3),
            steps: vec![step()],
            migrate: true,
            signals: vec![nasty()],
            running,
            resting: fills,
        };
        page(
            "case.html",
            case::CasePage {
                workflow: nasty(),
                record: Some("/r/x/1".into()),
                state: nasty(),
                tone: "info",
                started: nasty(),
                fault: Some(nasty()),
                mine: Some(mine(fills, to_claim)),
                tasks: vec![case::TaskLine { who: Person::new(NASTY), remove: Some(3), ..Default::default() }],
                trail: [None, Some("/x".to_owned())]
                    .map(|picture| case::trail::Line {
                        who: Some(Person::new(NASTY)),
                        words: nasty(),
                        read: vec![nasty()],
                        signed: nasty(),
                        picture,
                        ..Default::default()
                    })
                    .to_vec(),
                acts,
                ..Default::default()
            },
        );
    }
    let steps = vec![workflows::figures::StepLine {
        step: nasty(),
        kind: NASTY,
        were_late: nasty(),
        late: nasty(),
        bottleneck: true,
        ..Default::default()
    }];
    let outcomes = vec![workflows::figures::OutcomeLine { outcome: nasty(), count: nasty(), median: nasty() }];
    let case = workflows::RunningLine {
        id: "1".into(),
        steps: nasty(),
        since: nasty(),
        resting: true,
        moves: true,
        blocked: nasty(),
    };
    for cases in [vec![case], Vec::new()] {
        page(
            "workflow.html",
            workflows::Shown {
                name: "x".into(),
                label: nasty(),
                about: nasty(),
                told: Some(nasty()),
                fault: Some(nasty()),
                days: ("2025-09-01".into(), "2025-11-29".into()),
                steps: steps.clone(),
                outcomes: outcomes.clone(),
                cut: true,
                here: "/workflows/x?from=2025-09-01".into(),
                refused: vec![workflows::RefusedLine { id: "1".into(), steps: nasty(), why: nasty() }],
                earlier: if cases.is_empty() { String::new() } else { nasty() },
                gone: cases.is_empty(),
                undo: Some(workflows::Undo { of: "move", id: "1".into() }),
                moves: vec![workflows::moving::MoveLine { id: "2".into(), told: nasty() }],
                look: Some(workflows::moving::Look {
                    id: "1".into(),
                    lines: vec![nasty()],
                    fault: if cases.is_empty() { nasty() } else { String::new() },
                }),
                all: Some(workflows::moving::LookAll {
                    told: nasty(),
                    cases: vec![workflows::moving::ClassedLine {
                        id: "1".into(),
                        steps: nasty(),
                        class: NASTY,
                        tone: "bad",
                        why: nasty(),
                    }],
                    cut: true,
                    moves: !cases.is_empty(),
                }),
                leaver: nasty(),
                cases,
                next: Some("/workflows/x?before=1".into()),
                ..Default::default()
            },
        );
    }
    for cases in [vec![workflows::replay::Line { id: "1".into(), title: nasty(), notes: vec![nasty()] }], Vec::new()] {
        page(
            "replay.html",
            workflows::replay::Shown {
                name: "x".into(),
                label: nasty(),
                any: !cases.is_empty(),
                told: nasty(),
                unreadable: nasty(),
                unknown: nasty(),
                more: nasty(),
                drafts: true,
                drafted: !cases.is_empty(),
                yaml: nasty(),
                edition: nasty(),
                cases,
                ..Default::default()
            },
        );
    }
    let fault = workflows::replay::FaultLine { place: nasty(), text: nasty(), message: nasty(), tone: "bad" };
    page(
        "replay.html",
        workflows::replay::Shown {
            name: "x".into(),
            label: nasty(),
            drafts: true,
            yaml: nasty(),
            fault: nasty(),
            faults: vec![fault],
            ..Default::default()
        },
    );
    let one = record::Crumb { label: nasty(), href: Some("/workflows/x".into()) };
    for workflows in [vec![one], Vec::new()] {
        let gone = workflows::GoneLine { label: nasty(), href: "/workflows/y".into(), running: nasty() };
        let leaver = workflows::LeaverLine {
            who: nasty(),
            why: nasty(),
            waiting: nasty(),
            href: "/workflows/x?leaver=bob#over-title".into(),
        };
        page("workflows.html", workflows::Listed { workflows, gone: vec![gone], leavers: vec![leaver] });
    }
}
