//! What comes to a case by itself: moments, words, and what becomes so of its record.

use super::{Play, perform};

const MOMENTS: &[Play] = &[
    Play {
        name: "a_word_or_a_moment",
        steps: "
            word: {wait: {signal: go, late: {after: {hours: 1}, next: lapse}}}
            last: {approval: {who: [{role: cid}]}, next: done}
            lapse: {approval: {who: [{role: dan}]}, next: word}
            done: {end: {}}",
        script: "
            sam start | 201 | (word)
            time passes 59 |
            time passes 2 | | dan:lapse
            mia signal go | 409 unknown
            dan yes | 200 | (word)
            sam signal go | 403
            mia signal go | 200 | cid:last
            time passes 61 |
            cid yes | 200 | = done",
        trail: "start time approve signal approve end",
    },
    Play {
        name: "its_record",
        steps: "
            gate: {wait: {until: ready == true}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | (gate)
            mia signal ready | 409 unknown
            sam set size=9 | 200
            sam set ready=true | 200 | cid:last
            sam set ready=false | 200
            cid yes | 200 | = done",
        trail: "start ready approve end",
    },
    Play {
        name: "one_of_several",
        steps: "
            answer: {wait: {signal: accept, or: [{signal: decline, next: refused}, {until: ready == true, next: gone}], late: {after: {hours: 1}, next: lapse}}}
            last: {approval: {who: [{role: cid}]}, next: done}
            refused: {approval: {who: [{role: dan}]}, next: answer}
            gone: {approval: {who: [{role: ben}], rejected: answer}, next: done}
            lapse: {approval: {who: [{role: amy}]}, next: answer}
            done: {end: {}}",
        script: "
            sam start | 201 | (answer)
            sam signal decline | 403
            mia signal decline | 200 | dan:refused
            mia signal accept | 409 unknown
            dan yes | 200 | (answer)
            time passes 61 | | amy:lapse
            amy yes | 200 | (answer)
            sam set size=9 | 200
            sam set ready=true | 200 | ben:gone
            ben no | 200 | ben:gone
            sam set ready=false | 200
            ben no | 200 | (answer)
            mia signal accept | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start signal approve time approve ready reject reject signal approve end",
    },
    // What is done while something is so, and lapses when it no longer is.
    Play {
        name: "a_milestone",
        steps: "
            reached: {wait: {until: ready == true}}
            fork: {split: {paths: [{next: check}, {next: over}], join: meet}}
            check: {approval: {who: [{role: amy}]}, next: meet}
            over: {wait: {until: ready == false}}
            lapse: {end: {outcome: lapsed, whole: true}}
            meet: {join: {need: 1}}
            done: {end: {}}",
        script: "
            sam start | 201 | (reached)
            sam set ready=true | 200 | (over) amy:check
            sam set ready=false | 200 | = lapsed
            amy yes | 409 ended",
        trail: "start ready ready end",
    },
    // One at a time: a field says that somebody is at work.
    Play {
        name: "one_at_a_time",
        steps: "
            gate: {wait: {until: ready == false}}
            enter: {set: {ready: 'true'}}
            work: {approval: {who: [{role: amy}]}}
            leave: {set: {ready: 'false'}}
            done: {end: {}}",
        script: "
            sam set ready=true | 200
            sam start | 201 | (gate)
            sam set size=9 | 200
            sam set ready=false | 200 | amy:work
            amy yes | 200 | = done",
        trail: "start ready write approve write end",
    },
    Play {
        name: "a_moment",
        steps: "
            nap: {wait: {time: {hours: 1}}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | (nap)
            time passes 59 |
            time passes 2 | | cid:last
            cid yes | 200 | = done",
        trail: "start time approve end",
    },
    Play {
        name: "late",
        steps: "check: {approval: {who: [{role: amy}], timers: [{hours: 1, then: remind}, {hours: 2, tell: [{role: dan}]}, {hours: 3, hand_to: [{role: ben}]}]}}",
        script: "
            sam start | 201 | amy:check
            time passes 61 |
            dan counts | 200 open=0 copied=0
            time passes 60 |
            dan counts | 200 open=0 copied=1
            dan mine | 200 -
            dan yes @amy | 404
            time passes 60 | | ben:check
            amy yes @ben | 409 not-yours
            ben yes | 200 | = done",
        trail: "start remind escalate late-hand-over approve end",
    },
    Play {
        name: "late_passes",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}], timers: [{hours: 1, then: pass}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy yes | 200 | ben:check
            time passes 61 | | = done
            ben yes | 409 ended",
        trail: "start approve late-pass end",
    },
    Play {
        name: "late_is_no",
        steps: "check: {approval: {who: [{role: amy}], timers: [{hours: 1, then: reject}]}}",
        script: "
            sam start | 201 | amy:check
            time passes 61 | | = rejected",
        trail: "start late-reject end",
    },
    Play {
        name: "late_goes_back",
        steps: "
            fill: {form: {who: [{starter: true}]}}
            check: {approval: {who: [{role: amy}], timers: [{hours: 1, then: return}]}}",
        script: "
            sam start | 201 | sam:fill
            sam yes | 200 | amy:check
            time passes 61 | | sam:fill
            amy yes | 409 over
            sam yes | 200 | amy:check
            amy yes | 200 | = done
            time passes 61 |",
        trail: "start submit late-return submit approve end",
    },
    Play {
        name: "not_while_it_rests",
        steps: "check: {approval: {who: [{role: amy}], timers: [{hours: 1, then: pass}]}}",
        script: "
            sam start | 201 | amy:check
            time passes 30 |
            mia rest pause | 200 | resting amy:check
            time passes 61 |
            mia resume | 200 | amy:check
            time passes 20 |
            time passes 11 | | = done",
        trail: "start rest resume late-pass end",
    },
    Play {
        name: "not_while_it_is_held_up",
        steps: "check: {approval: {who: [{role: amy}], paused: ready == true, timers: [{hours: 1, then: pass}]}}",
        script: "
            sam start | 201 | amy:check
            time passes 30 |
            sam set ready=true | 200
            time passes 61 |
            sam set ready=false | 200
            time passes 20 |
            time passes 11 | | = done",
        trail: "start pause unpause late-pass end",
    },
];

#[tokio::test]
async fn what_comes_by_itself_comes_in_its_moment() {
    perform(MOMENTS).await;
}
