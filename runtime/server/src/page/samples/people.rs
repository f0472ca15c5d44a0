//! Sample contexts of people and their accounts: what they are told, what they may, and who stands in for them.

use super::{
    super::{access, accounts, audit, evidence, me, stand_in},
    NASTY, cases, choice, page, table,
};

/// Renders them.
pub(super) fn render() {
    let notice = me::Notice {
        text: NASTY.into(),
        href: Some("/x".into()),
        together: NASTY.into(),
        drawn: Some(evidence::Drawn { label: NASTY.into(), svg: "<svg></svg>".into(), table: table() }),
        ..Default::default()
    };
    page("notifications.html", me::Notices { items: vec![notice] });
    page(
        "me.html",
        me::Me {
            fault: Some(NASTY.into()),
            done: Some("x"),
            roles: vec![NASTY.into()],
            rules: NASTY.into(),
            password: true,
            quiet: crate::quiet::Times {
                from: "22:00".into(),
                to: NASTY.into(),
                rest_days: true,
                digest: "08:30".into(),
            },
            quiet_fault: Some(NASTY.into()),
            quiet_kept: true,
            ..Default::default()
        },
    );
    let account = accounts::AccountShown { login: NASTY.into(), roles: vec![choice()], ..Default::default() };
    page(
        "accounts.html",
        accounts::Accounts {
            accounts: vec![account],
            makes: true,
            grants: true,
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
    let entry = audit::EntryShown {
        id: NASTY.into(),
        who: NASTY.into(),
        from: NASTY.into(),
        action: NASTY.into(),
        object: NASTY.into(),
        record: NASTY.into(),
        facts: vec![(NASTY.into(), NASTY.into())],
        fields: vec![(NASTY.into(), NASTY.into(), NASTY.into())],
        hidden: vec![NASTY.into()],
        erased: true,
        ..Default::default()
    };
    let verdict = audit::Verdict { tone: "bad", text: NASTY.into(), more: NASTY.into() };
    page(
        "audit.html",
        audit::AuditShown {
            login: NASTY.into(),
            entries: vec![entry],
            outcomes: vec![choice()],
            older: Some("/x".into()),
            excerpt: Some("/x".into()),
            verdict: Some(verdict),
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
}

/// Renders what somebody may, and why.
pub(super) fn rights() {
    let letter = accounts::LetterShown { kind: NASTY.into(), attempts: 8, error: NASTY.into() };
    let stand_in =
        stand_in::Shown { id: "1".into(), who: NASTY.into(), time: NASTY.into(), about: NASTY.into(), now: true };
    page(
        "stand_ins.html",
        stand_in::StandIns {
            fault: Some(NASTY.into()),
            given: vec![stand_in.clone()],
            taken: vec![stand_in],
            looks: true,
            gives: true,
            entities: vec![choice()],
            today: "2025-11-20".into(),
        },
    );
    page("outbox.html", accounts::Outbox { letters: vec![letter] });
    let reason = access::ReasonShown { role: NASTY.into(), number: 2, condition: NASTY.into(), ..Default::default() };
    let told = access::Told { verdict: NASTY.into(), tone: "bad", reasons: vec![reason], kept_back: NASTY.into() };
    page(
        "access.html",
        access::AccessShown {
            chooses: true,
            about: NASTY.into(),
            entities: vec![choice()],
            record: NASTY.into(),
            action: "/access".into(),
            actions: vec![choice()],
            fields: vec![choice()],
            workflows: vec![choice()],
            told: Some(told),
            cases: Some(cases::told()),
            fault: Some(NASTY.into()),
        },
    );
}
