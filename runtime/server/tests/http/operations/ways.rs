//! Who is asked at a step, and what their answers come to.

use super::{Play, perform};

const WHO: &[Play] = &[
    Play {
        name: "known",
        steps: "
            own: {approval: {who: [person]}}
            lead: {approval: {who: [person.manager]}}
            line: {approval: {who: [{managers_of: person, from: 1, to: 2}], way: in_turn}}
            top: {approval: {who: [{people: person.manager.manager}]}}
            picked: {approval: {who: [{chosen: true}]}}
            team: {approval: {who: [{role: team, except: person}], way: any}}
            last: {approval: {who: [{starter: true}]}}",
        script: "
            sam start lead=dan | 422 chosen:unknown
            sam start picked=stranger | 422 to:reference
            zoe start picked=dan,zoe | 201 | amy:own
            amy yes | 200 | ben:lead
            ben yes | 200 | ben:line
            cid yes | 409 not-yet
            ben yes | 200 | cid:line
            cid yes | 200 | cid:top
            cid yes | 200 | dan:picked zoe:picked
            dan yes | 200 | zoe:picked
            zoe yes | 200 | ben:team cid:team
            cid yes | 200 | zoe:last
            sam yes @zoe | 404
            zoe yes | 200 | = done",
        trail: "start approve approve approve approve approve approve approve approve approve end",
    },
    Play {
        name: "guarded",
        steps: "check: {approval: {who: [{role: nobody}]}}",
        script: "
            sam start | 201 | mia:check
            mia yes | 200 | = done",
        trail: "start approve end",
    },
    Play {
        name: "passed_by",
        steps: "check: {approval: {who: [{role: nobody}], nobody: pass}}",
        script: "sam start | 201 | = done",
        trail: "start nobody end",
    },
    Play {
        name: "refused",
        steps: "check: {approval: {who: [{role: nobody}], nobody: refuse}}",
        script: "sam start | 409 nobody",
        trail: "",
    },
    Play {
        name: "asked_instead",
        steps: "check: {approval: {who: [{role: nobody}], instead: {role: dan}}}",
        script: "
            sam start | 201 | dan:check
            dan no | 200 | = rejected",
        trail: "start reject end",
    },
    Play {
        name: "starter_answers",
        steps: "check: {approval: {who: [{starter: true}]}}",
        script: "
            sam start | 201 | sam:check
            sam yes | 200 | = done",
        trail: "start approve end",
    },
    Play {
        name: "starter_passes",
        steps: "check: {approval: {who: [{starter: true}, {role: amy}], starter: passes}}",
        script: "
            sam start | 201 | amy:check
            amy yes | 200 | = done",
        trail: "start taken approve end",
    },
    Play {
        name: "starter_left_out",
        steps: "check: {approval: {who: [{starter: true}], starter: left_out}}",
        script: "
            sam start | 201 | mia:check
            mia transfer to=sam | 409 starter
            mia yes | 200 | = done",
        trail: "start approve end",
    },
    Play {
        name: "asked_again",
        steps: "
            one: {approval: {who: [{role: amy}, {role: ben}], way: any}}
            two: {approval: {who: [{role: amy}, {role: ben}, {role: cid}], again_passes: true}}
            three: {approval: {who: [{role: amy}], again_passes: true}}",
        script: "
            sam start | 201 | amy:one ben:one
            amy yes | 200 | ben:two cid:two
            ben yes | 200 | cid:two
            cid yes | 200 | = done",
        trail: "start approve taken approve approve taken end",
    },
];

const WAYS: &[Play] = &[
    Play {
        name: "in_turn",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}, {role: cid}], way: in_turn}}",
        script: "
            sam start | 201 | amy:check
            ben yes | 409 not-yet
            amy yes | 200 | ben:check
            amy take-back | 200 | amy:check
            ben yes | 409 not-yet
            amy yes | 200 | ben:check
            ben yes | 200 | cid:check
            amy take-back | 409 too-late
            cid no | 200 | = rejected",
        trail: "start approve take-back approve approve reject end",
    },
    Play {
        name: "all",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy no | 200 | = rejected
            ben yes | 409 ended",
        trail: "start reject end",
    },
    Play {
        name: "all_are_heard",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}], veto: false}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy no | 200 | ben:check
            ben yes | 200 | = rejected",
        trail: "start reject approve end",
    },
    Play {
        name: "any",
        steps: "
            fill: {form: {who: [{starter: true}]}}
            check: {approval: {who: [{role: amy}, {role: ben}], way: any, rejected: fill}}",
        script: "
            sam start | 201 | sam:fill
            sam yes | 200 | amy:check ben:check
            ben no | 200 | sam:fill
            amy yes | 409 over
            sam yes | 200 | amy:check ben:check
            amy yes | 200 | = done",
        trail: "start submit reject submit approve end",
    },
    Play {
        name: "share",
        steps: "check: {approval: {who: [{role: amy, weight: 2}, {role: ben}, {role: cid}], share: 60}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            amy yes | 200 | ben:check cid:check
            amy take-back | 200 | amy:check ben:check cid:check
            ben no | 200 | amy:check cid:check
            amy yes | 200 | cid:check
            cid yes | 200 | = done",
        trail: "start approve take-back reject approve approve end",
    },
    Play {
        name: "share_out_of_reach",
        steps: "check: {approval: {who: [{role: amy, weight: 2}, {role: ben}, {role: cid}], share: 60}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            amy no | 200 | = rejected",
        trail: "start reject end",
    },
    Play {
        name: "many",
        steps: "check: {approval: {who: [{role: team}], count: 2}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            ben no | 200 | amy:check cid:check
            amy yes | 200 | cid:check
            cid yes | 200 | = done",
        trail: "start reject approve approve end",
    },
    Play {
        name: "many_with_veto",
        steps: "check: {approval: {who: [{role: team}], count: 2, veto: true}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            amy yes | 200 | ben:check cid:check
            ben no | 200 | = rejected",
        trail: "start approve reject end",
    },
    Play {
        name: "decisive",
        steps: "check: {approval: {groups: [{who: [{role: amy}, {role: ben}]}, {who: [{role: cid}], decisive: true}]}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            cid yes | 200 | = done
            amy yes | 409 ended",
        trail: "start approve end",
    },
    Play {
        name: "groups",
        steps: "check: {approval: {in_turn: true, groups: [{who: [{role: amy}]}, {who: [{role: ben}, {role: cid}], way: any}]}}",
        script: "
            sam start | 201 | amy:check
            ben yes | 409 not-yet
            amy yes | 200 | ben:check cid:check
            cid yes | 200 | = done",
        trail: "start approve approve end",
    },
    Play {
        name: "why",
        steps: "
            check: {approval: {who: [{role: amy}], opinion: rejecting, rejected: last}}
            last: {approval: {who: [{role: ben}], opinion: always}}",
        script: "
            sam start | 201 | amy:check
            amy no | 422 opinion:required
            amy no unclear | 200 | ben:last
            ben yes | 422 opinion:required
            ben yes fine | 200 | = done",
        trail: "start reject approve end",
    },
    // Programs sign nothing.
    Play {
        name: "signed",
        steps: "check: {approval: {who: [{role: amy}], signature: approving}}",
        script: "
            sam start | 201 | amy:check
            amy yes | 422 signature:required
            amy no | 200 | = rejected",
        trail: "start reject end",
    },
];

#[tokio::test]
async fn those_are_asked_whom_a_step_names() {
    perform(WHO).await;
}

#[tokio::test]
async fn answers_come_to_what_a_step_says() {
    perform(WAYS).await;
}
