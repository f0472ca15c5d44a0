//! Whatever holds together is written and read as the same words.

use indexmap::IndexMap;
use proptest::{collection::vec, option, prelude::*, sample::Index};

use super::written::same;
use crate::kind::{PerLocale, Words, plugin::Call, workflow::*};

/// Names of steps, some of which look like ids that tools make, like words of YAML, or like the process.
const NAMES: [&str; 16] = [
    "plan",
    "填写",
    "Activity_0a1b2c3",
    "null",
    "flow",
    "start-1",
    "_x",
    "leave",
    "case",
    "no",
    "ended",
    "id_7",
    "été",
    "Y",
    "step",
    "end",
];

fn text() -> impl Strategy<Value = String> {
    let odd = [
        "a",
        "同意",
        "不同意",
        "it's \"<&>\"",
        " x  y ",
        "a\nb\tc\r\nd",
        "x: y # z",
        "null",
        "3",
        "- a",
        "${x}",
        "=a",
        "]]>",
        "a\u{85}b\u{2028}\u{feff}",
        "{a: 1}",
        "'\"draft\"'",
        "days > 3 && kind == \"病假\"",
    ];
    prop_oneof![proptest::sample::select(odd.to_vec()).prop_map(str::to_owned), "[a-z]{1,5}(\\.[a-z]{1,5})?"]
}

fn words() -> impl Strategy<Value = Words> {
    prop_oneof![
        text().prop_map(Words::Plain),
        Just(Words::Plain(String::new())),
        (option::of(text()), option::of(text())).prop_map(|(zh_cn, en)| Words::PerLocale(PerLocale { zh_cn, en })),
    ]
}

fn whom() -> impl Strategy<Value = Whom> {
    let known = (
        option::of(text()),
        option::of(text()),
        any::<[bool; 2]>(),
        option::of(text()),
        option::of(0_u32..9),
        option::of(0_u32..9),
        option::of(text()),
    );
    prop_oneof![
        text().prop_map(Whom::People),
        known.prop_map(|(people, role, [starter, chosen], managers_of, to, weight, except)| {
            let from = to.map(|to| to + 1);
            Whom::Known(Known { people, role, starter, chosen, managers_of, from, to, except, weight })
        }),
    ]
}

fn when() -> impl Strategy<Value = When> {
    let number = || option::of(-400_i64..400);
    (option::of(text()), number(), number(), number()).prop_map(|(from, working_days, days, hours)| When {
        from,
        working_days,
        days,
        hours,
    })
}

fn usual_when() -> impl Strategy<Value = When> {
    prop_oneof![
        when(),
        text().prop_map(|from| When { from: Some(from), ..When::default() }),
        (-400_i64..400).prop_map(|days| When { working_days: Some(days), ..When::default() }),
        (-400_i64..400).prop_map(|days| When { days: Some(days), ..When::default() }),
        (-400_i64..400).prop_map(|hours| When { hours: Some(hours), ..When::default() }),
    ]
}

fn timer() -> impl Strategy<Value = Timer> {
    let then = proptest::sample::select(vec![
        None,
        Some(Then::Remind),
        Some(Then::Pass),
        Some(Then::Reject),
        Some(Then::Return),
    ]);
    (usual_when(), then, vec(whom(), 0..2), vec(whom(), 0..2)).prop_map(|(when, then, tell, hand_to)| {
        let When { from, working_days, days, hours } = when;
        Timer { from, working_days, days, hours, then, tell, hand_to }
    })
}

fn urge() -> impl Strategy<Value = Option<Urge>> {
    option::of((0_u32..90, option::of(0_u32..5)).prop_map(|(every, most)| Urge { every: Some(every), most }))
}

fn way() -> impl Strategy<Value = Option<Way>> {
    proptest::sample::select(vec![None, Some(Way::InTurn), Some(Way::All), Some(Way::Any)])
}

fn group() -> impl Strategy<Value = Group> {
    (vec(whom(), 0..3), way(), option::of(0_u32..200), option::of(0_u32..9), option::of(any::<bool>()), any::<bool>())
        .prop_map(|(who, way, share, count, veto, decisive)| Group { who, way, share, count, veto, decisive })
}

prop_compose! {
    fn asked(names: Vec<String>)(
        who in vec(whom(), 0..3),
        way in way(),
        share in option::of(0_u32..200),
        count in option::of(0_u32..9),
        veto in option::of(any::<bool>()),
        [claim, in_turn, again_passes] in any::<[bool; 3]>(),
        groups in vec(group(), 0..3),
        nobody in proptest::sample::select(vec![None, Some(Nobody::Guard), Some(Nobody::Pass), Some(Nobody::Refuse)]),
        instead in option::of(whom()),
        starter in proptest::sample::select(vec![None, Some(Starter::Answers), Some(Starter::Passes), Some(Starter::LeftOut)]),
        opinion in proptest::sample::select(vec![None, Some(Opinion::Free), Some(Opinion::Rejecting), Some(Opinion::Always)]),
        signature in proptest::sample::select(vec![None, Some(Signature::Never), Some(Signature::Approving), Some(Signature::Always)]),
        rejected in option::of(any::<Index>()),
        lists in vec(vec(text(), 0..2), 3),
        allow in option::of(vec(Just(Operation::TakeBack), 0..2)),
        urge in urge(),
        timers in vec(timer(), 0..3),
        paused in option::of(text()),
    ) -> Asked {
        let [show, edit, require] = [lists[0].clone(), lists[1].clone(), lists[2].clone()];
        let rejected = rejected.map(|index| index.get(&names).clone());
        Asked {
            who, way, share, count, veto, claim, groups, in_turn, nobody, instead, starter, again_passes, opinion, signature, rejected,
            show, edit, require, allow, urge, timers, paused,
        }
    }
}

fn path(names: Vec<String>) -> impl Strategy<Value = Path> {
    (option::of(words()), option::of(text()), any::<Index>()).prop_map(move |(label, when, next)| Path {
        label,
        when: when.filter(|when| !when.trim().is_empty()),
        next: next.get(&names).clone(),
    })
}

fn empty(label: Words) -> Step {
    Step {
        label,
        next: None,
        form: None,
        approval: None,
        notify: None,
        choose: None,
        split: None,
        join: None,
        wait: None,
        set: None,
        create: None,
        begin: None,
        call: None,
        failed: None,
        end: None,
    }
}

fn others() -> impl Strategy<Value = Option<Others>> {
    proptest::sample::select(vec![None, Some(Others::GiveUp), Some(Others::GoOn)])
}

fn step(names: Vec<String>) -> impl Strategy<Value = Step> {
    let some = || vec((text(), text()), 0..3).prop_map(|fields| fields.into_iter().collect::<IndexMap<_, _>>());
    let bare = || empty(Words::Plain(String::new()));
    let given_up = option::of((usual_when(), option::of(any::<Index>())));
    let besides = vec((any::<bool>(), text(), any::<Index>()), 0..3);
    let wait = (0..3, usual_when(), text(), text(), given_up, option::of(text()), besides);
    let (targets, late, joins, instead) = (names.clone(), names.clone(), names.clone(), names.clone());
    let besides_to = names.clone();
    let kind = prop_oneof![
        3 => asked(names.clone()).prop_map(move |asked| Step { form: Some(asked), ..bare() }),
        4 => asked(names.clone()).prop_map(move |asked| Step { approval: Some(asked), ..bare() }),
        1 => vec(whom(), 0..3).prop_map(move |to| Step { notify: Some(Notify { to }), ..bare() }),
        2 => vec(path(names.clone()), 0..4).prop_map(move |paths| Step { choose: Some(paths), ..bare() }),
        2 => (vec(path(names), 0..4), any::<Index>()).prop_map(move |(paths, join)| {
            Step { split: Some(Split { paths, join: join.get(&joins).clone() }), ..bare() }
        }),
        1 => (option::of(0_u32..5), others()).prop_map(move |(need, others)| {
            Step { join: Some(Join { need, others }), ..bare() }
        }),
        3 => wait.prop_map(move |(which, time, word, until, given_up, paused, besides)| {
            let late = given_up.filter(|_| which != 0).map(|(after, next)| {
                Late { after, next: next.map(|next| next.get(&late).clone()) }
            });
            let spelled = |word: String| format!("w{}", word.chars().filter(|c| c.is_alphabetic()).collect::<String>());
            let or = besides.into_iter().filter(|_| which != 0).map(|(said, text, next)| WaitOther {
                signal: said.then(|| spelled(text.clone())),
                until: (!said).then_some(text),
                next: next.get(&besides_to).clone(),
            });
            Step { wait: Some(Wait {
                time: (which == 0).then_some(time),
                signal: (which == 1).then(|| spelled(word)),
                until: (which == 2).then_some(until),
                or: or.collect(),
                late,
                paused,
            }), ..bare() }
        }),
        1 => some().prop_map(move |fields| Step { set: Some(Set::Own(fields)), ..bare() }),
        1 => (text(), some()).prop_map(move |(of, fields)| Step { set: Some(Set::Of(SetOf { of, fields })), ..bare() }),
        1 => (text(), some()).prop_map(move |(entity, fields)| Step { create: Some(Create { entity, fields }), ..bare() }),
        1 => (text(), option::of(text()), any::<bool>(), option::of(0_u32..5), others()).prop_map(
            move |(workflow, each, wait, need, others)| {
                Step { begin: Some(Begin { workflow, each, wait, need, others }), ..bare() }
            }
        ),
        1 => (text(), some(), some(), option::of(any::<Index>())).prop_map(move |(plugin, with, into, failed)| Step {
            call: Some(Call { plugin, with, into }),
            failed: failed.map(|index| index.get(&instead).clone()),
            ..bare()
        }),
        1 => (option::of(text()), any::<bool>()).prop_map(move |(outcome, whole)| Step { end: Some(End { outcome, whole }), ..bare() }),
    ];
    (words(), kind, option::of(any::<Index>())).prop_map(move |(label, step, next)| {
        let leads = step.choose.is_none() && step.split.is_none() && step.end.is_none();
        Step { label, next: next.filter(|_| leads).map(|next| next.get(&targets).clone()), ..step }
    })
}

prop_compose! {
    fn steps()(names in proptest::sample::subsequence(NAMES.to_vec(), 1..8).prop_shuffle())(
        steps in {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            vec(step(names.clone()), names.len())
        },
        names in Just(names),
    ) -> IndexMap<String, Step> {
        names.into_iter().map(str::to_owned).zip(steps).collect()
    }
}

/// Ways of saying how long a case may be withdrawn.
fn withdrawals() -> Vec<Withdraw> {
    let until = [WithdrawUntil::Never, WithdrawUntil::Unanswered, WithdrawUntil::Always].map(Withdraw::Until);
    let within = WithdrawWithin { until: WithdrawUntil::Always, working_days: Some(2), days: None, hours: None };
    until.into_iter().chain([Withdraw::Within(within)]).collect()
}

prop_compose! {
    fn workflow()(
        label in words(),
        entity in text(),
        condition in option::of(text()),
        guard in option::of(text()),
        calendar in option::of(text()),
        withdraw in proptest::sample::select(withdrawals()),
        urge in urge(),
        steps in steps(),
    ) -> Workflow {
        Workflow { label, entity, condition, guard, calendar, withdraw, urge, steps }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_as_the_same_words(words in workflow()) {
        same("leave", &words);
    }

    #[test]
    fn whatever_is_read_is_answered(text in "(<[a-zA-Z/!?]{0,4}[ a-z=\"'>]{0,8}|[a-z]{1,3}|\\]\\]>|--){0,12}") {
        super::read("a.bpmn", &text, super::THING);
    }

    #[test]
    fn flows_that_lead_anywhere_are_answered(
        which in 0..3_usize,
        leads in vec((any::<Index>(), any::<Index>()), 0..12),
        without in vec(any::<Index>(), 0..4),
    ) {
        let files = [include_str!("camunda.bpmn"), include_str!("bpmn-io.bpmn"), include_str!("flowable.bpmn")];
        let mut lines: Vec<String> = files[which].lines().map(str::to_owned).collect();
        let flow = |line: &String| line.contains("<sequenceFlow") || line.contains("<bpmn:sequenceFlow");
        let part = |line: &str, from: &str| line.split(from).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let places: Vec<usize> = (0..lines.len()).filter(|line| flow(&lines[*line])).collect();
        let ends: Vec<String> = places.iter().filter_map(|line| part(&lines[*line], "targetRef=\"")).collect();
        for (line, end) in leads {
            let line = &mut lines[*line.get(&places)];
            let was = part(line, "targetRef=\"").unwrap();
            *line = line.replace(&format!("targetRef=\"{was}\""), &format!("targetRef=\"{}\"", end.get(&ends)));
        }
        for line in without {
            let line = line.get(&places);
            if lines[*line].ends_with("/>") {
                lines[*line].clear();
            }
        }
        let (workflow, found) = super::read("a.bpmn", &lines.join("\n"), super::THING);
        let errors = found.iter().any(|fault| fault.severity == model::Severity::Error);
        prop_assert!(workflow.is_some() || errors);
        // What is made holds together, as far as it can be told without the app, and is written again.
        if let Some(words) = workflow.filter(|_| !errors) {
            same("a", &words);
        }
    }
}
