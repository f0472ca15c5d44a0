//! Where a case goes: paths that part and meet, circles, ends, other cases, and what steps write.

use super::{Play, perform};

const PATHS: &[Play] = &[
    Play {
        name: "parallel",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            meet: {join: {}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:one ben:two
            cid yes @amy | 404
            mia jump step=meet x | 409 unknown
            amy yes | 200 | ben:two
            ben yes | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start approve approve approve end",
    },
    Play {
        name: "first_of_them",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            meet: {join: {need: 1}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:one ben:two
            ben yes | 200 | cid:last
            amy yes | 409 over
            cid yes | 200 | = done",
        trail: "start approve approve end",
    },
    Play {
        name: "two_of_them",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}, {next: three}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            three: {approval: {who: [{role: dan}]}, next: meet}
            meet: {join: {need: 2}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:one ben:two dan:three
            dan yes | 200 | amy:one ben:two
            amy yes | 200 | cid:last
            ben yes | 409 over
            cid yes | 200 | = done",
        trail: "start approve approve approve end",
    },
    Play {
        name: "first_of_them_goes_on",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            meet: {join: {need: 1, others: go_on}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:one ben:two
            ben yes | 200 | amy:one cid:last
            amy return x | 409 never-there
            cid yes | 200 | amy:one
            amy yes | 200 | = done",
        trail: "start approve approve approve end",
    },
    Play {
        name: "two_of_them_go_on",
        steps: "
            plan: {form: {who: [{starter: true}]}}
            fork: {split: {paths: [{next: one}, {next: two}, {next: three}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            three: {approval: {who: [{role: dan}]}, next: meet}
            meet: {join: {need: 2, others: go_on}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | sam:plan
            sam yes | 200 | amy:one ben:two dan:three
            dan yes | 200 | amy:one ben:two
            amy yes | 200 | ben:two cid:last
            cid return x | 200 | sam:plan
            ben yes | 409 over
            sam yes | 200 | amy:one ben:two dan:three
            dan yes | 200 | amy:one ben:two
            amy yes | 200 | ben:two cid:last
            ben yes | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start submit approve approve return submit approve approve approve approve end",
    },
    Play {
        name: "chosen",
        steps: "
            first: {approval: {who: [{role: ben}]}}
            pick: {choose: [{when: size > 3, next: big}, {next: small}]}
            big: {approval: {who: [{role: amy}]}, next: last}
            small: {approval: {who: [{role: cid}]}}
            last: {approval: {who: [{role: dan}], rejected: first}}",
        script: "
            sam start | 201 | ben:first
            ben yes | 200 | amy:big
            amy yes | 200 | dan:last
            sam set size=2 | 200
            dan no | 200 | ben:first
            ben yes | 200 | cid:small
            cid yes | 200 | dan:last
            dan yes | 200 | = done",
        trail: "start approve approve reject approve approve approve end",
    },
    Play {
        name: "several_chosen",
        steps: "
            first: {approval: {who: [{role: dan}]}}
            fork: {split: {paths: [{when: size > 3, next: one}, {when: ready == true, next: two}, {next: three}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            three: {approval: {who: [{role: cid}]}, next: meet}
            meet: {join: {}}
            last: {approval: {who: [{role: dan}], rejected: first}}",
        script: "
            sam start | 201 | dan:first
            dan yes | 200 | amy:one
            amy yes | 200 | dan:last
            sam set ready=true | 200
            dan no | 200 | dan:first
            dan yes | 200 | amy:one ben:two
            ben yes | 200 | amy:one
            amy yes | 200 | dan:last
            sam set size=1 ready=false | 200
            dan no | 200 | dan:first
            dan yes | 200 | cid:three
            cid yes | 200 | dan:last
            dan yes | 200 | = done",
        trail: "start approve approve reject approve approve approve reject approve approve approve end",
    },
    Play {
        name: "each_goes_through",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: both}
            two: {approval: {who: [{role: ben}]}, next: both}
            both: {approval: {who: [{role: cid}]}, next: meet}
            meet: {join: {}}
            done: {end: {outcome: met}}",
        script: "
            sam start | 201 | amy:one ben:two
            amy yes | 200 | ben:two cid:both
            ben yes | 200 | cid:both cid:both
            cid yes | 200 | cid:both
            cid yes | 200 | = met",
        trail: "start approve approve approve approve end",
    },
    Play {
        name: "a_path_ends",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: stop}
            two: {approval: {who: [{role: ben}]}, next: meet}
            stop: {end: {}}
            meet: {join: {}}
            done: {end: {outcome: met}}",
        script: "
            sam start | 201 | amy:one ben:two
            amy yes | 200 | ben:two
            ben yes | 200 | = met",
        trail: "start approve approve end",
    },
    Play {
        name: "all_ends",
        steps: "
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: stop}
            two: {approval: {who: [{role: ben}]}, next: meet}
            stop: {end: {whole: true, outcome: stopped}}
            meet: {join: {}}
            done: {end: {}}",
        script: "
            sam start | 201 | amy:one ben:two
            amy yes | 200 | = stopped
            ben yes | 409 ended",
        trail: "start approve end",
    },
    Play {
        name: "out_of_paths",
        steps: "
            fill: {form: {who: [{starter: true}]}}
            fork: {split: {paths: [{next: one}, {next: two}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            two: {approval: {who: [{role: ben}]}, next: meet}
            meet: {join: {}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | sam:fill
            sam yes | 200 | amy:one ben:two
            ben yes | 200 | amy:one
            amy return to=two x | 409 never-there
            amy return x | 200 | sam:fill
            ben take-back | 409 too-late
            sam yes | 200 | amy:one ben:two
            amy return x | 200 | sam:fill
            ben yes | 409 over
            sam yes | 200 | amy:one ben:two
            amy yes | 200 | ben:two
            ben yes | 200 | cid:last
            cid return to=one x | 409 never-there
            cid yes | 200 | = done",
        trail: "start submit approve return submit return submit approve approve approve end",
    },
    Play {
        name: "within_paths",
        steps: "
            fork: {split: {paths: [{next: one}, {next: inner}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            inner: {split: {paths: [{next: two}, {next: three}], join: near}}
            two: {approval: {who: [{role: ben}]}, next: near}
            three: {approval: {who: [{role: cid}]}, next: near}
            near: {join: {}, next: four}
            four: {approval: {who: [{role: dan}]}, next: meet}
            meet: {join: {}}
            last: {approval: {who: [{role: dan}]}}",
        script: "
            sam start | 201 | amy:one ben:two cid:three
            cid yes | 200 | amy:one ben:two
            amy yes | 200 | ben:two
            ben yes | 200 | dan:four
            dan yes | 200 | dan:last
            mia jump step=fork again | 200 | amy:one ben:two cid:three
            mia jump step=last on | 200 | dan:last
            ben yes | 409 over
            dan yes | 200 | = done",
        trail: "start approve approve approve approve jump jump approve end",
    },
    Play {
        name: "back_within_paths",
        steps: "
            fork: {split: {paths: [{next: one}, {next: fill}], join: meet}}
            one: {approval: {who: [{role: amy}]}, next: meet}
            fill: {form: {who: [{role: ben}]}}
            inner: {split: {paths: [{next: two}, {next: three}], join: near}}
            two: {approval: {who: [{role: cid}]}, next: near}
            three: {approval: {who: [{role: dan}]}, next: near}
            near: {join: {}, next: meet}
            meet: {join: {}}
            done: {end: {outcome: met}}",
        script: "
            sam start | 201 | amy:one ben:fill
            ben yes | 200 | amy:one cid:two dan:three
            amy return x | 409 never-there
            amy return to=fill x | 409 never-there
            cid return x | 200 | amy:one ben:fill
            dan yes | 409 over
            ben yes | 200 | amy:one cid:two dan:three
            dan yes | 200 | amy:one cid:two
            cid return to=three x | 409 never-there
            cid yes | 200 | amy:one
            amy return to=previous x | 409 never-there
            amy yes | 200 | = met",
        trail: "start submit return submit approve approve approve end",
    },
];

const OTHERS: &[Play] = &[
    // Two about what is below, answered at once or not at all.
    Play {
        name: "waited_for",
        steps: "
            each: {begin: {workflow: part, each: thing, wait: true}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | (each)
            sam hand-over from=amy to=ben | 404
            amy counts | 200 open=2 copied=0
            amy batch yes odd | 409 ended
            amy counts | 200 open=2 copied=0
            amy batch yes | 200 | cid:last
            amy counts | 200 open=0 copied=0
            cid yes | 200 | = done",
        trail: "start begin approve end",
    },
    // Of two one suffices: the other ends with it, or goes on.
    Play {
        name: "some_waited_for",
        steps: "
            each: {begin: {workflow: part, each: thing, wait: true, need: 1}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | (each)
            amy counts | 200 open=2 copied=0
            amy batch yes one | 200 | cid:last
            amy counts | 200 open=0 copied=0
            cid yes | 200 | = done",
        trail: "start begin approve end",
    },
    Play {
        name: "some_waited_for_and_the_others_go_on",
        steps: "
            each: {begin: {workflow: part, each: thing, wait: true, need: 1, others: go_on}}
            last: {approval: {who: [{role: cid}], rejected: each}}",
        script: "
            sam start | 201 | (each)
            amy batch yes one | 200 | cid:last
            amy counts | 200 open=1 copied=0
            cid no | 200 | (each)
            amy counts | 200 open=2 copied=0
            amy batch yes | 200 | cid:last
            amy counts | 200 open=0 copied=0
            cid yes | 200 | = done",
        trail: "start begin reject begin approve end",
    },
    Play {
        name: "waited_for_no_more",
        steps: "
            each: {begin: {workflow: part, each: thing, wait: true}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | (each)
            amy counts | 200 open=2 copied=0
            mia jump step=last x | 200 | cid:last
            amy counts | 200 open=0 copied=0
            mia jump step=each x | 200 | (each)
            amy counts | 200 open=2 copied=0
            mia terminate x | 200 | = terminated
            amy counts | 200 open=0 copied=0",
        trail: "start begin jump jump begin terminate end",
    },
    Play {
        name: "not_waited_for",
        steps: "
            each: {begin: {workflow: part, each: thing}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | cid:last
            cid yes | 200 | = done
            amy counts | 200 open=2 copied=0
            amy batch no | 200
            amy counts | 200 open=0 copied=0",
        trail: "start begin approve end",
    },
    Play {
        name: "of_itself",
        steps: "
            check: {approval: {who: [{role: amy}]}}
            each: {begin: {workflow: of_itself, each: above, wait: true}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:check
            amy yes | 200 | (each)
            amy batch yes | 200 | (each)
            cid batch yes | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start approve begin approve end",
    },
    Play {
        name: "writing",
        steps: "
            mark: {set: {note: '\"marked\"'}}
            made: {create: {entity: part, fields: {title: title}}}
            told: {notify: {to: [{role: dan}]}}
            done: {end: {outcome: written}}",
        script: "
            sam start | 201 | = written
            sam reads note | 200 marked
            dan counts | 200 open=0 copied=1
            dan mine | 200 -
            zoe mine | 404",
        trail: "start write write notify end",
    },
];

#[tokio::test]
async fn a_case_takes_the_paths_that_are_written() {
    perform(PATHS).await;
}

#[tokio::test]
async fn a_case_begins_others_and_writes_what_it_is_told_to() {
    perform(OTHERS).await;
}
