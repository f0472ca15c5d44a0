//! Everything that people do in a case: by whom it may be done and when, and what others are answered, and at other times.

use super::{Play, perform};

const ACTS: &[Play] = &[
    Play {
        name: "filling",
        steps: "
            fill: {form: {who: [{starter: true}], edit: [note], require: [note]}}
            check: {approval: {who: [{role: amy}, {role: ben}]}}
            done: {end: {}}",
        script: r#"
            sam start | 201 | sam:fill
            sam start | 409 running
            zoe mine | 404
            zoe yes @sam | 404
            mia yes @sam | 409 not-yours
            zoe keep @sam note=x | 404
            mia keep @sam note=x | 409 over
            sam keep note=half | 200
            sam mine | 200 fill {"note":"half"}
            sam yes | 422 note:required
            sam no | 409 not-allowed
            sam yes size=3 | 422 size:read-only
            sam add-after to=dan | 409 not-allowed
            sam claim | 409 not-allowed
            sam yes note=whole | 200 | amy:check ben:check
            sam reads note | 200 whole
            sam keep note=late | 409 over
            sam yes note=late | 409 over
            sam reads note | 200 whole
            amy withdraw x | 409 not-yours
            zoe withdraw x | 404
            amy yes | 200 | ben:check
            sam withdraw x | 409 too-late
            ben yes | 200 | = done"#,
        trail: "start submit approve approve end",
    },
    Play {
        name: "withdrawn",
        steps: "check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            mia withdraw x | 409 not-yours
            sam withdraw sorry | 200 | = withdrawn
            sam withdraw sorry | 409 ended
            amy yes | 409 ended",
        trail: "start withdraw end",
    },
    Play {
        name: "not_withdrawn",
        steps: "
            @withdraw: never
            check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            sam withdraw x | 409 not-allowed
            amy yes | 200 | = done",
        trail: "start approve end",
    },
    Play {
        name: "always_withdrawn",
        steps: "
            @withdraw: always
            check: {approval: {who: [{role: amy}, {role: ben}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy yes | 200 | ben:check
            sam withdraw late | 200 | = withdrawn",
        trail: "start approve withdraw end",
    },
    Play {
        name: "withdrawn_in_time",
        steps: "
            @withdraw: {hours: 2, until: always}
            check: {approval: {who: [{role: amy}, {role: ben}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy yes | 200 | ben:check
            time passes 119 |
            sam withdraw late | 200 | = withdrawn",
        trail: "start approve withdraw end",
    },
    Play {
        name: "withdrawn_too_late",
        steps: "
            @withdraw: {days: 1}
            check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            time passes 1441 |
            sam withdraw late | 409 expired
            mia withdraw late | 409 not-yours
            amy yes | 200 | = done",
        trail: "start approve end",
    },
    Play {
        name: "taken_back",
        steps: "
            check: {approval: {who: [{role: amy}, {role: ben}]}}
            more: {approval: {who: [{role: cid}]}}
            last: {approval: {who: [{role: dan}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            amy take-back | 409 over
            amy yes | 200 | ben:check
            ben take-back @amy | 409 not-yours
            sam take-back @amy | 409 not-yours
            zoe take-back @amy | 404
            amy take-back | 200 | amy:check ben:check
            amy yes | 200 | ben:check
            ben yes | 200 | cid:more
            ben take-back | 200 | ben:check
            cid yes | 409 over
            ben yes | 200 | cid:more
            cid yes | 200 | dan:last
            ben take-back | 409 too-late
            cid take-back | 200 | cid:more
            cid yes | 200 | dan:last
            dan yes | 200 | = done
            dan take-back | 409 ended",
        trail: "start approve take-back approve approve take-back approve approve take-back approve approve end",
    },
    Play {
        name: "narrow",
        steps: "
            fill: {form: {who: [{starter: true}]}}
            check: {approval: {who: [{role: amy}], allow: [transfer]}}",
        script: "
            sam start | 201 | sam:fill
            sam yes | 200 | amy:check
            amy return x | 409 not-allowed
            amy delegate to=ben | 409 not-allowed
            amy add-after to=ben | 409 not-allowed
            amy take-back | 409 not-allowed
            amy claim | 409 not-allowed
            amy transfer to=ben | 200 | ben:check
            ben yes | 200 | = done",
        trail: "start submit transfer approve end",
    },
    Play {
        name: "returned",
        steps: "
            fill: {form: {who: [{starter: true}]}}
            check: {approval: {who: [{role: amy}]}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | sam:fill
            sam return x | 409 never-there
            sam yes | 200 | amy:check
            amy return | 422 opinion:required
            sam return @amy x | 409 not-yours
            zoe return @amy x | 404
            amy return to=last x | 409 never-there
            amy return to=gone x | 409 never-there
            amy return x | 200 | sam:fill
            amy return @amy x | 409 over
            sam yes | 200 | amy:check
            amy yes | 200 | cid:last
            cid return to=check x | 200 | amy:check
            amy yes | 200 | cid:last
            cid return to=previous x | 200 | amy:check
            amy yes | 200 | cid:last
            cid return to=first resume=true x | 200 | sam:fill
            sam yes | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start submit return submit approve return approve return approve return submit approve end",
    },
    // Where no form comes first, whoever started it mends the record.
    Play {
        name: "mended",
        steps: "
            check: {approval: {who: [{role: amy}], edit: [note]}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:check
            amy return x | 409 never-there
            amy return to=starter | 422 opinion:required
            amy return to=starter x | 200 | sam:check
            amy yes | 409 over
            sam no | 409 not-allowed
            sam yes note=x | 422 note:read-only
            sam delegate to=dan x | 409 not-allowed
            sam set note=mended | 200
            sam yes | 200 | amy:check
            amy yes | 200 | cid:last
            cid return to=starter resume=true x | 200 | sam:last
            sam yes | 200 | cid:last
            cid return to=starter x | 200 | sam:check
            sam yes | 200 | amy:check
            amy yes | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start return resubmit approve return resubmit return resubmit approve approve end",
    },
    Play {
        name: "signers",
        steps: "check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            sam add-before @amy to=ben | 409 not-yours
            zoe add-before @amy to=ben | 404
            amy add-before to=stranger | 422 to:reference
            amy add-before to= | 409 unknown
            amy add-before to=amy | 409 already
            amy add-before to=ben | 200 | ben:check
            amy yes | 409 not-yet
            amy remove | 409 not-yours
            ben remove | 409 not-yours
            ben add-beside to=cid | 200 | ben:check cid:check
            amy remove @cid | 409 not-yours
            zoe remove @cid | 404
            amy remove @ben | 200 | amy:check
            amy remove @ben | 409 over
            amy add-beside to=ben | 200 | amy:check ben:check
            amy add-after to=cid | 200 | amy:check ben:check
            cid yes | 409 not-yet
            ben yes | 200 | amy:check
            amy yes | 200 | cid:check
            cid no | 200 | = rejected",
        trail: "start add-before add-beside remove add-beside add-after approve approve reject end",
    },
    Play {
        name: "delegated",
        steps: "check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            sam delegate @amy to=ben | 409 not-yours
            zoe delegate @amy to=ben | 404
            amy delegate to=amy | 409 already
            amy delegate to=stranger | 422 to:reference
            amy delegate to=ben | 200 | ben:check
            amy yes | 409 not-yet
            amy remove @ben | 200 | amy:check
            amy delegate to=cid look | 200 | cid:check
            cid add-after to=dan | 409 not-allowed
            cid no | 200 | amy:check
            cid yes | 409 over
            amy yes | 200 | = done",
        trail: "start delegate remove delegate reject approve end",
    },
    // Whoever has handed a task on was asked, and sees what becomes of it.
    Play {
        name: "transferred",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            sam transfer @amy to=cid | 409 not-yours
            zoe transfer @amy to=cid | 404
            amy transfer to=ben | 409 already
            amy transfer to=stranger | 422 to:reference
            amy transfer to=cid yours | 200 | ben:check cid:check
            amy transfer @cid to=dan | 409 not-yours
            cid transfer to=dan | 200 | ben:check dan:check
            amy mine | 200 -
            cid mine | 200 -
            mia hand-over from=dan to=zoe | 200 | ben:check zoe:check
            dan mine | 200 -
            amy discuss to=zoe please | 200
            ben yes | 200 | zoe:check
            zoe yes | 200 | = done",
        trail: "start transfer transfer hand-over discuss approve approve end",
    },
    Play {
        name: "left_out",
        steps: "check: {approval: {who: [{role: team, except: person}], starter: left_out}}",
        script: "
            sam start | 201 | ben:check cid:check
            ben transfer to=amy | 409 left-out
            ben delegate to=sam | 409 starter
            ben add-after to=amy | 409 left-out
            mia hand-over from=ben to=amy | 409 left-out
            mia hand-over from=ben to=sam | 409 starter
            mia hand-over from=ben to=ben | 409 already
            mia hand-over from=ben to=stranger | 422 to:reference
            mia hand-over from=zoe to=dan | 404
            sam hand-over from=ben to=dan | 404
            mia hand-over from=ben to=dan | 200 | cid:check dan:check
            mia hand-over from=cid to=dan | 200 | dan:check
            dan yes | 200 | = done",
        trail: "start hand-over hand-over approve end",
    },
    // Whoever manages a case does not come to answer by that. What somebody who is asked hands on to them is theirs.
    Play {
        name: "oneself",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}]}}",
        script: "
            sam start | 201 | amy:check ben:check
            mia hand-over from=amy to=mia | 409 oneself
            mia hand-over from=amy to=mia workflow=oneself | 409 oneself
            mia yes @amy | 409 not-yours
            mia transfer @amy to=mia | 409 not-yours
            mia delegate @amy to=mia | 409 not-yours
            mia add-before @amy to=mia | 409 not-yours
            mia hand-over from=amy to=zoe | 200 | ben:check zoe:check
            mia hand-over from=zoe to=mia | 409 oneself
            zoe transfer to=mia | 200 | ben:check mia:check
            mia hand-over from=ben to=mia | 409 oneself
            ben yes | 200 | mia:check
            mia yes | 200 | = done",
        trail: "start hand-over transfer approve approve end",
    },
    // Whom the step asks anyway has one answer, whatever is handed over to them.
    Play {
        name: "asked_anyway",
        steps: "check: {approval: {who: [{role: amy}, {role: ben}, {role: boss}]}}",
        script: "
            sam start | 201 | amy:check ben:check mia:check
            mia hand-over from=amy to=mia | 200 | ben:check mia:check
            mia yes | 200 | ben:check
            mia hand-over from=ben to=mia | 409 oneself
            ben yes | 200 | = done",
        trail: "start hand-over approve approve end",
    },
    Play {
        name: "in_another_group",
        steps: "check: {approval: {groups: [{who: [{role: amy}]}, {who: [{role: boss}]}]}}",
        script: "
            sam start | 201 | amy:check mia:check
            mia hand-over from=amy to=mia | 409 oneself
            amy yes | 200 | mia:check
            mia yes | 200 | = done",
        trail: "start approve approve end",
    },
    // Whom a step asks, or the guard where it finds nobody, is asked wherever the case is put.
    Play {
        name: "put_before_oneself",
        steps: "
            check: {approval: {who: [{role: amy}]}}
            empty: {approval: {who: [{role: nobody}]}}
            last: {approval: {who: [{role: boss}]}}",
        script: "
            sam start | 201 | amy:check
            mia jump step=empty on | 200 | mia:empty
            mia jump step=last on | 200 | mia:last
            mia yes | 200 | = done",
        trail: "start jump jump approve end",
    },
    Play {
        name: "claimed",
        steps: "check: {approval: {who: [{role: team}], way: any, claim: true}}",
        script: "
            sam start | 201 | amy:check ben:check cid:check
            amy mine | 200 check to_claim
            amy yes | 409 not-yet
            sam claim @amy | 409 not-yours
            zoe claim @amy | 404
            amy unclaim | 409 not-allowed
            amy claim | 200 | amy:check
            amy mine | 200 check claimed
            amy claim | 409 not-allowed
            ben claim | 409 not-yet
            ben unclaim @amy | 409 not-yours
            amy unclaim | 200 | amy:check ben:check cid:check
            ben claim | 200 | ben:check
            ben yes | 200 | = done
            ben claim | 409 ended",
        trail: "start claim unclaim claim approve end",
    },
    Play {
        name: "urged",
        steps: "
            @urge: {every: 10, most: 3}
            check: {approval: {who: [{role: amy}]}}
            again: {approval: {who: [{role: ben}], urge: {most: 1}}}
            quiet: {approval: {who: [{role: cid}], urge: {most: 0}}}",
        script: "
            sam start | 201 | amy:check
            sam urge | 200
            sam urge | 409 too-often
            time passes 11 |
            sam urge | 200
            time passes 11 |
            sam urge | 200
            time passes 11 |
            sam urge | 409 enough
            amy yes | 200 | ben:again
            sam urge | 200
            time passes 31 |
            sam urge | 409 enough
            ben yes | 200 | cid:quiet
            sam urge | 409 enough
            cid yes | 200 | = done",
        trail: "start urge urge urge approve urge approve approve end",
    },
    Play {
        name: "talked_about",
        steps: "check: {approval: {who: [{role: amy}]}}",
        script: "
            sam start | 201 | amy:check
            zoe urge | 404
            amy urge | 409 over
            sam urge | 200
            sam urge | 409 too-often
            time passes 31 |
            sam urge | 200
            zoe mine | 404
            zoe read | 404
            zoe copy to=zoe | 404
            amy copy to=stranger | 422 to:reference
            amy copy to=dan | 200
            dan counts | 200 open=0 copied=1
            dan mine | 200 -
            dan read | 200
            dan counts | 200 open=0 copied=0
            dan yes @amy | 404
            dan urge | 404
            zoe discuss to=amy hm | 404
            amy discuss to=cid | 422 opinion:required
            amy discuss to=stranger hm | 422 to:reference
            amy discuss to=cid how? | 200
            cid counts | 200 open=0 copied=1
            cid mine | 200 -
            cid read | 200
            cid urge | 404
            cid copy to=zoe | 404
            dan discuss hm | 404
            cid discuss to=zoe so | 200
            zoe mine | 404
            amy yes | 200 | = done
            sam urge | 409 ended
            sam discuss to=amy thanks | 409 ended
            sam copy to=ben | 200
            ben counts | 200 open=0 copied=1
            ben read | 200",
        trail: "start urge urge copy discuss discuss approve end copy",
    },
    Play {
        name: "managed",
        steps: "
            check: {approval: {who: [{role: amy}]}}
            word: {wait: {signal: go}}
            last: {approval: {who: [{role: cid}]}}",
        script: "
            sam start | 201 | amy:check
            sam jump step=last x | 403
            zoe jump step=last x | 404
            sam rest x | 403
            sam resume | 403
            sam signal go | 403
            sam migrate | 403
            sam terminate x | 403
            sam revive step=last x | 403
            mia jump step=last | 422 opinion:required
            mia jump step=gone x | 409 unknown
            mia revive step=last x | 409 running
            mia signal go | 409 unknown
            mia resume | 409 running
            mia rest | 422 opinion:required
            mia rest pause | 200 | resting amy:check
            mia rest pause | 409 resting
            mia jump step=last x | 409 resting
            amy yes | 409 resting
            amy transfer to=ben | 409 resting
            sam withdraw x | 409 resting
            sam copy to=zoe | 200
            mia resume | 200 | amy:check
            amy yes | 200 | (word)
            amy take-back | 200 | amy:check
            amy yes | 200 | (word)
            mia signal stop | 409 unknown
            mia signal go | 200 | cid:last
            amy take-back | 409 too-late
            mia migrate | 200
            mia migrate edition=99 | 404
            mia jump step=check again | 200 | amy:check
            cid yes | 409 over
            mia terminate | 422 opinion:required
            mia terminate enough | 200 | = terminated
            mia terminate x | 409 ended
            mia migrate | 409 ended
            mia jump step=last x | 409 ended
            mia rest x | 409 ended
            mia resume | 409 ended
            mia signal go | 409 ended
            mia revive step=last | 422 opinion:required
            mia revive step=last after all | 200 | cid:last
            cid yes | 200 | = done",
        trail: "start rest copy resume approve take-back approve signal migrate jump terminate end revive approve end",
    },
];

#[tokio::test]
async fn each_is_for_whom_and_when_it_is_meant_for() {
    perform(ACTS).await;
}
