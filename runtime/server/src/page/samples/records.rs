//! Sample contexts of one record, and of what is done with it.

use serde::Serialize;

use super::{
    super::{
        bin, count, history, looks,
        record::{self, Crumb},
        talk, trace,
    },
    NASTY, bar, choice, every_kind, page, table,
};
use crate::{page::shell::Person, show::Shown};

fn record() -> record::RecordShown {
    let fact = || record::Fact {
        label: NASTY.into(),
        shown: Shown::text(NASTY),
        trace: Some(NASTY.into()),
        uncover: Some("/x".into()),
    };
    let field = |table| record::ReadField {
        label: NASTY.into(),
        wide: true,
        shown: Shown::text(NASTY),
        table,
        trace: Some(NASTY.into()),
        uncover: Some("/x".into()),
    };
    let change = history::Change {
        who: Person::new(NASTY),
        action: NASTY.into(),
        fields: vec![history::ChangedField { label: NASTY.into(), before: NASTY.into(), after: NASTY.into() }],
        ..Default::default()
    };
    let comment = talk::Comment { who: Person::new(NASTY), html: crate::show::comment(NASTY), ..Default::default() };
    let tab = || record::TabLink { label: NASTY.into(), href: "?tab=a".into(), current: true };
    record::RecordShown {
        boards: vec![Crumb { label: NASTY.into(), href: Some("/x".into()) }],
        why: "/r/x/1/access".into(),
        crumbs: vec![Crumb { label: NASTY.into(), href: Some("/p/x".into()) }, Crumb::default()],
        badges: every_kind(),
        hint: NASTY.into(),
        source: Some(NASTY.into()),
        facts: vec![fact()],
        edit: Some("/x".into()),
        delete: Some("/x".into()),
        erase: Some("/x".into()),
        print: Some("/x".into()),
        version: "3".into(),
        tabs: vec![tab(), tab()],
        sections: vec![record::ReadSection { label: NASTY.into(), fields: vec![field(None), field(Some(table()))] }],
        related: Some(record::Related {
            label: NASTY.into(),
            table: table(),
            add: Some("/x".into()),
            cut: true,
            source: Some(NASTY.into()),
            ..Default::default()
        }),
        counted: Some(count::Counted {
            label: NASTY.into(),
            bars: vec![bar()],
            radar: "<svg></svg>".into(),
            beside: NASTY.into(),
            ..Default::default()
        }),
        history: Some(history::History { changes: vec![change] }),
        attachments: Some(talk::Files {
            files: vec![talk::File { name: NASTY.into(), ..Default::default() }],
            action: Some("/x".into()),
        }),
        comments: Some(talk::Talk { items: vec![comment], action: "/x".into() }),
        stream: Some("/live/x".into()),
        cases: vec![record::CaseLink {
            label: NASTY.into(),
            href: "/cases/1".into(),
            state: NASTY.into(),
            tone: "info",
        }],
        starts: vec![
            record::StartLink { workflow: "x".into(), label: NASTY.into(), chosen: Vec::new() },
            record::StartLink { workflow: "y".into(), label: NASTY.into(), chosen: vec![("z".into(), NASTY.into())] },
        ],
    }
}

/// Renders them.
pub(super) fn render() {
    page("record.html", record());
    let part = trace::Node {
        label: NASTY.into(),
        shown: Some(Shown::text(NASTY)),
        computed: NASTY.into(),
        href: Some("/x".into()),
        note: NASTY.into(),
        parts: Vec::new(),
    };
    let tree = vec![trace::Node { parts: vec![part.clone(), trace::Node::default()], ..part }];
    page("trace.html", trace::Page { crumbs: vec![record::Crumb::default()], tree });
    let fact = record::Fact { label: NASTY.into(), shown: Shown::text(NASTY), ..Default::default() };
    let hidden = record::uncover::UncoverShown {
        crumbs: vec![Crumb::default()],
        action: "/r/x/1/uncover".into(),
        back: "/r/x/1".into(),
        fields: vec![choice()],
        reason: NASTY.into(),
        longest: 200,
        fault: Some(NASTY.into()),
        ..Default::default()
    };
    page("uncover.html", record::uncover::UncoverShown { values: vec![fact], ..Default::default() });
    page("uncover.html", hidden);
    let look = looks::LookShown {
        who: Person::new(NASTY),
        behalf: NASTY.into(),
        fields: NASTY.into(),
        reason: NASTY.into(),
        ..Default::default()
    };
    page("looks.html", looks::LooksShown { looks: vec![look], known: true, cut: true });
    page("looks.html", looks::LooksShown { known: true, ..Default::default() });
    page("looks.html", looks::LooksShown::default());
}

/// Renders what goes, and what comes back.
pub(super) fn gone() {
    let lay = bin::BinShown { table: table(), cut: true, keeps: Some(NASTY.into()), gone: true, ..Default::default() };
    page("bin.html", lay);
    let line = || vec![(NASTY.to_owned(), NASTY.to_owned(), NASTY.to_owned())];
    page(
        "erase.html",
        record::erase::EraseShown {
            crumbs: vec![Crumb::default()],
            action: "/r/x/1/erase".into(),
            back: "/r/x/1".into(),
            name: NASTY.into(),
            cleared: line(),
            kept: line(),
            sums: NASTY.into(),
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
    let certificate = Some((NASTY.to_owned(), NASTY.to_owned()));
    page("erase.html", record::erase::EraseShown { certificate, ..Default::default() });
    page(
        "purge.html",
        bin::PurgeShown {
            crumbs: vec![Crumb::default()],
            action: "/r/x/1/purge".into(),
            back: "/bin/x".into(),
            name: NASTY.into(),
            fault: Some(NASTY.into()),
        },
    );
    #[derive(Serialize)]
    struct Confirm {
        action: &'static str,
    }
    page("confirm.html", Confirm { action: "/x" });
}
