//! A sample context for every view: each is rendered in both languages, so that a view and its context cannot drift apart.

mod cases;
mod entrance;

use model::Locale;
use serde::Serialize;

use super::{
    access, accounts, audit, behind, bin, board, dashboard, dictionary, drivers, entry, filter,
    form::{control, shown as forms, subtable},
    history, home, list, looks, me,
    record::{self, Crumb},
    refusal, rows, search,
    shell::{Language, NavGroup, NavLink, Person, Shell},
    stand_in, talk, trace, tree, unit_board, view,
};
use crate::show::Shown;

const NASTY: &str = "<b>\"O'Neil\" & 王伟</b>";

fn shell() -> Shell {
    let link = NavLink { href: "/p/goals".into(), label: NASTY.into(), icon: "target", current: true, count: 2 };
    Shell {
        lang: "zh-CN",
        theme: "dark".into(),
        csrf: "token".into(),
        title: NASTY.into(),
        brand: NASTY.into(),
        user: Person::new(NASTY),
        me: Some("/r/person/1".into()),
        area: Some("system"),
        nav: vec![NavGroup { title: NASTY.into(), links: vec![link.clone()] }],
        bottom: vec![link],
        unread: 3,
        languages: vec![Language { tag: "en", label: "English", href: "/?lang=en".into(), current: false }],
        standing: Some(stand_in::Standing { name: NASTY.into(), looks: true, until: NASTY.into() }),
        toast: Some("ok"),
        ..Shell::default()
    }
}

fn every_kind() -> Vec<Shown> {
    let kinds = [
        "none", "text", "number", "badge", "lamp", "link", "meter", "html", "long", "time", "file", "image", "stars",
        "code",
    ];
    let one = |kind| Shown {
        kind,
        text: NASTY.into(),
        href: Some("/x".into()),
        tone: Some("ok".into()),
        html: Some(crate::show::markdown(NASTY)),
        ..Shown::default()
    };
    let mut all: Vec<Shown> = kinds.into_iter().map(one).collect();
    all.push(Shown { kind: "list", text: NASTY.into(), items: all.clone(), ..Shown::default() });
    all
}

fn table() -> rows::Table {
    let head =
        rows::Head { label: NASTY.into(), href: Some("/x".into()), sorted: Some("ascending"), ..Default::default() };
    let cells = every_kind().into_iter().map(|shown| rows::Cell { label: NASTY.into(), shown, number: true });
    let line = rows::Line {
        href: Some("/r/x/1".into()),
        cells: cells.collect(),
        actions: vec![rows::Action { href: "/x".into(), label: "x" }],
    };
    rows::Table { heads: vec![head], rows: vec![line], actions: true, csrf: "token".into() }
}

fn choice() -> filter::Choice {
    filter::Choice { value: NASTY.into(), label: NASTY.into(), hint: NASTY.into(), selected: true }
}

fn controls() -> Vec<control::Control> {
    let kinds = [
        "text",
        "textarea",
        "select",
        "combobox",
        "switch",
        "radio",
        "checkboxes",
        "rating",
        "file",
        "computed",
        "value",
        "subtable",
    ];
    let one = |kind: &'static str| control::Control {
        kind,
        name: kind.to_owned(),
        id: format!("f-{kind}"),
        label: NASTY.into(),
        help: NASTY.into(),
        error: NASTY.into(),
        value: NASTY.into(),
        shown: Shown::text(NASTY),
        options: vec![choice()],
        input: "text",
        suffix: "%".into(),
        required: true,
        ..Default::default()
    };
    let mut all: Vec<control::Control> = kinds.into_iter().map(one).collect();
    let cells: Vec<control::Control> = all.iter().filter(|control| control.kind != "subtable").cloned().collect();
    let row = |index: &str| subtable::SubRow {
        index: index.into(),
        prefix: format!("x[{index}]"),
        cells: cells.clone(),
        ..Default::default()
    };
    if let Some(last) = all.last_mut() {
        last.table = Some(subtable::SubTable {
            name: "x".into(),
            rows: vec![row("0")],
            blank: Some(row("#")),
            removable: true,
            heads: table().heads,
            ..Default::default()
        });
    }
    all
}

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
        counted: Some(super::count::Counted {
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

fn bar() -> super::count::Bar {
    super::count::Bar {
        shown: Shown::text(NASTY),
        length: 500,
        text: "2".into(),
        weight: "57.1%".into(),
        share: "64".into(),
    }
}

fn filters() -> Vec<filter::Filter> {
    let each = ["select", "reference", "range", "text"].map(|kind| filter::Filter {
        kind,
        name: kind.into(),
        label: NASTY.into(),
        options: vec![choice()],
        ..Default::default()
    });
    each.to_vec()
}

fn listing() -> list::Listing {
    list::Listing {
        lede: NASTY.into(),
        source: Some(NASTY.into()),
        noun: NASTY.into(),
        add: Some("/x".into()),
        bin: Some("/bin/x".into()),
        views: vec![list::View { label: NASTY.into(), forget: Some("1".into()), ..Default::default() }],
        kept: vec![list::Kept { name: "view", value: NASTY.into() }],
        searchable: true,
        q: NASTY.into(),
        filters: filters(),
        columns: vec![choice()],
        chips: vec![filter::Chip { label: NASTY.into(), href: "/x".into() }],
        exports: vec![list::Export { label: "CSV", href: "/x".into() }],
        starts: vec![list::Start { label: NASTY.into(), href: "/workflows/x/begin?of-page=x".into() }],
        table: table(),
        back: Some("/x".into()),
        next: Some("/x".into()),
        stream: Some("/live/x".into()),
        ..Default::default()
    }
}

fn form(layout: &'static str) -> forms::FormShown {
    let section = |hidden| forms::Section {
        name: "0".into(),
        label: NASTY.into(),
        help: NASTY.into(),
        columns: 2,
        hidden,
        fields: controls(),
    };
    forms::FormShown {
        crumbs: vec![Crumb::default()],
        action: "/r/x/new".into(),
        back: "/".into(),
        expected: "2".into(),
        live: "/form/x/live".into(),
        files: true,
        layout,
        sections: vec![section(false), section(true)],
        summary: vec![forms::Fault { text: NASTY.into(), href: Some("#f-text".into()) }],
        conflicts: vec![forms::Conflict {
            name: "x".into(),
            label: NASTY.into(),
            stored: NASTY.into(),
            given: NASTY.into(),
        }],
        ..Default::default()
    }
}

fn tree() -> tree::Tree {
    let leaf = tree::Node { label: NASTY.into(), id: "2".into(), ..Default::default() };
    let node = tree::Node { more: 1, nodes: vec![leaf.clone()], cells: every_kind(), ..leaf.clone() };
    let nodes = vec![node, tree::Node { more: 4, ..leaf }];
    tree::Tree { nodes, add: Some("/x".into()), source: Some(NASTY.into()), ..Default::default() }
}

fn board() -> board::Board {
    let card = board::Card { title: NASTY.into(), url: Some("/api".into()), cells: every_kind(), ..Default::default() };
    let lane = |value: &str| board::Lane {
        value: value.into(),
        label: NASTY.into(),
        next: vec!["a".into(), "b".into()],
        cards: vec![card.clone()],
    };
    board::Board {
        source: Some(NASTY.into()),
        field: "status".into(),
        filters: filters(),
        chips: vec![filter::Chip { label: NASTY.into(), href: "/x".into() }],
        lanes: vec![lane("a"), lane("b")],
        cut: true,
        ..Default::default()
    }
}

fn home() -> home::Home {
    let block = home::BlockShown {
        name: "b".into(),
        label: NASTY.into(),
        href: Some("/x".into()),
        add: Some("/x".into()),
        source: Some(NASTY.into()),
        ..Default::default()
    };
    let few = super::count::Bar { text: String::new(), ..bar() };
    let counted =
        super::count::Counted { bars: vec![bar(), few], total: "4.11".into(), anonymous: true, ..Default::default() };
    home::Home {
        greeting: NASTY.into(),
        today: NASTY.into(),
        values: vec![home::BlockShown { href: None, value: "3".into(), ..block.clone() }, block.clone()],
        wide: vec![block.clone()],
        side: vec![home::BlockShown { counted: Some(counted), ..block.clone() }],
        blocks: vec![home::BlockShown { table: Some(table()), ..block.clone() }, block.clone()],
        theirs: true,
        in_parts: vec![home::PartShown {
            name: "p".into(),
            label: NASTY.into(),
            values: vec![home::BlockShown { name: "c".into(), ..block.clone() }],
            wide: vec![home::BlockShown { name: "d".into(), ..block.clone() }],
            blocks: vec![home::BlockShown { name: "e".into(), ..block.clone() }],
            side: vec![home::BlockShown { name: "f".into(), ..block }],
        }],
    }
}

fn dashboard() -> dashboard::Board {
    let mut drawn = chart::Chart::new(chart::Kind::Bar, NASTY, |_, _| NASTY.to_owned());
    drawn.labels = vec![NASTY.into()];
    drawn.series = vec![chart::Series { name: NASTY.into(), points: vec![chart::Point::new(1.0, NASTY)] }];
    let cell = dashboard::TwinCell { text: NASTY.into(), href: Some("/x".into()), number: None };
    let table = dashboard::Twin {
        heads: vec![String::new(), NASTY.into()],
        rows: vec![dashboard::TwinRow { name: NASTY.into(), href: Some("/x".into()), cells: vec![cell] }],
    };
    let number = dashboard::Number {
        value: NASTY.into(),
        rows: Some("/x".into()),
        change: NASTY.into(),
        change_tone: "ok",
        relative: NASTY.into(),
        against: NASTY.into(),
        against_rows: Some("/x".into()),
        against_period: NASTY.into(),
        target: NASTY.into(),
        baseline: NASTY.into(),
        since: NASTY.into(),
        since_tone: "ok",
        score: NASTY.into(),
        grade: NASTY.into(),
        peers: NASTY.into(),
        trend: drawn.svg(),
        ..Default::default()
    };
    let tile = |number, drawing| dashboard::Shown {
        label: NASTY.into(),
        definition: NASTY.into(),
        span: 1,
        fresh: NASTY.into(),
        stale: true,
        faulty: NASTY.into(),
        number,
        drawing,
        drivers: Some("/x".into()),
        falling: NASTY.into(),
        listed: Some(dashboard::InBox {
            label: NASTY.into(),
            count: NASTY.into(),
            heads: vec![NASTY.into()],
            people: vec![dashboard::OneInBox {
                name: NASTY.into(),
                href: "/x".into(),
                values: vec![NASTY.into()],
                id: Some(NASTY.into()),
                version: NASTY.into(),
                instead: NASTY.into(),
                record: Some("/x".into()),
            }],
            mover: Some(dashboard::Mover {
                action: NASTY.into(),
                tile: NASTY.into(),
                period: NASTY.into(),
                back: NASTY.into(),
                reason: Some(dashboard::Asked { label: NASTY.into(), required: true }),
            }),
            boxes: vec![(NASTY.into(), NASTY.into())],
            word: NASTY.into(),
            others: NASTY.into(),
            close: "/x".into(),
        }),
        ..Default::default()
    };
    let drawing = dashboard::Drawing { svg: drawn.svg(), table, left_out: NASTY.into() };
    dashboard::Board {
        help: NASTY.into(),
        edit: NASTY.into(),
        fault: NASTY.into(),
        about: Some(dashboard::About { name: NASTY.into(), href: "/x".into() }),
        of: Some(NASTY.into()),
        unit: NASTY.into(),
        periods: vec![filter::Choice { value: NASTY.into(), label: NASTY.into(), ..Default::default() }],
        compare: vec![filter::Choice { value: NASTY.into(), label: NASTY.into(), ..Default::default() }],
        filters: vec![filter::Filter { name: NASTY.into(), label: NASTY.into(), kind: "select", ..Default::default() }],
        chips: vec![filter::Chip { label: NASTY.into(), href: "/x".into() }],
        files: vec![("pdf", "/x".to_owned())],
        until: NASTY.into(),
        later: Some("/x".into()),
        tiles: vec![tile(Some(number), None), tile(None, Some(drawing))],
        silent: vec![NASTY.into(), NASTY.into()],
        ..Default::default()
    }
}

fn what_drives() -> drivers::Shown {
    let group = drivers::Group {
        name: NASTY.into(),
        href: "/x".into(),
        values: NASTY.into(),
        shares: NASTY.into(),
        rate: NASTY.into(),
        mix: NASTY.into(),
        part: NASTY.into(),
    };
    let cause = drivers::Cause {
        label: NASTY.into(),
        written: NASTY.into(),
        href: "/x".into(),
        count: NASTY.into(),
        fails: NASTY.into(),
        passes: NASTY.into(),
        loss: NASTY.into(),
        worse: true,
    };
    drivers::Shown {
        label: NASTY.into(),
        period: NASTY.into(),
        later: Some("/x".into()),
        of: NASTY.into(),
        only: vec![NASTY.into()],
        everybody: Some("/x".into()),
        values: vec![(NASTY.into(), NASTY.into()), (NASTY.into(), NASTY.into())],
        falls: true,
        verdict: NASTY.into(),
        subjects: vec![(NASTY.into(), "/x".into(), NASTY.into())],
        svg: "<svg></svg>".into(),
        split_by: NASTY.into(),
        groups: vec![group],
        change: NASTY.into(),
        causes: vec![cause],
        ..Default::default()
    }
}

fn behind_numbers() -> behind::Rows {
    let sum = behind::Sum { label: NASTY.into(), value: NASTY.into() };
    let parts_list = vec![(NASTY.to_owned(), "/x".to_owned())];
    behind::Rows {
        only: vec![NASTY.into()],
        label: NASTY.into(),
        of: NASTY.into(),
        sums: vec![sum],
        more: true,
        parts_list,
        ..Default::default()
    }
}

fn page(name: &str, body: impl Serialize) {
    #[derive(Serialize)]
    struct Whole<B> {
        shell: Shell,
        title: &'static str,
        path: &'static str,
        here: &'static str,
        #[serde(flatten)]
        body: B,
    }
    let whole = Whole { shell: shell(), title: NASTY, path: "/p/x", here: "/p/x", body };
    check(name, &whole);
}

fn check(name: &str, context: &impl Serialize) {
    for locale in Locale::ALL {
        let html = view::try_render(locale, name, context).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(!html.contains("<b>"), "{name} lets markup through: {html}");
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick"), "{name}");
        assert!(html.len() > 100, "{name} is empty: {html}");
    }
}

#[test]
fn every_view_renders_in_both_languages_and_escapes_what_it_prints() {
    page("list.html", listing());
    page("list_body.html", listing());
    page("record.html", record());
    for layout in ["page", "tabs", "steps"] {
        page("form.html", form(layout));
    }
    page("tree.html", tree());
    page("board.html", board());
    page("home.html", home());
    page("dashboard.html", dashboard());
    let line = unit_board::Line { id: NASTY.into(), name: NASTY.into(), about: NASTY.into(), own: true };
    let others = vec![unit_board::Line { own: false, ..line.clone() }];
    page("unit_boards.html", unit_board::Boards { boards: vec![line], make: true, others });
    page("unit_boards.html", unit_board::Boards::default());
    let option = filter::Choice { value: NASTY.into(), label: NASTY.into(), hint: NASTY.into(), selected: true };
    page(
        "unit_board_form.html",
        unit_board::Making {
            fault: Some(NASTY.into()),
            units: vec![option.clone()],
            terms: vec![option.clone()],
            layouts: vec![option.clone()],
            audiences: vec![option],
            name: NASTY.into(),
            most: 6,
            action: NASTY.into(),
            there: true,
            version: NASTY.into(),
            proposed: NASTY.into(),
        },
    );
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
    page("drivers.html", what_drives());
    page("drivers.html", drivers::Shown::default());
    page("dashboard.html", dashboard::Board { nobody: true, ..Default::default() });
    page("behind.html", behind::Rows { table: Some(table()), ..behind_numbers() });
    page("behind.html", behind_numbers());
    let hit = search::Hit { label: NASTY.into(), hint: NASTY.into(), ..Default::default() };
    page("search.html", search::Searched { q: NASTY.into(), found: vec![hit] });
    page("search.html", search::Searched { q: NASTY.into(), found: Vec::new() });
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
    let notice =
        me::Notice { text: NASTY.into(), href: Some("/x".into()), together: NASTY.into(), ..Default::default() };
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
            verdict: Some(verdict),
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
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
    let hint = entry::Hint { label: NASTY.into(), login: NASTY.into(), password: NASTY.into() };
    check(
        "sign_in.html",
        &entry::SignIn {
            shell: shell(),
            services: vec![entrance::service()],
            hints: vec![hint],
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
    check(
        "error.html",
        &refusal::Refusal { shell: shell(), title: NASTY.into(), detail: NASTY.into(), id: Some("1".into()) },
    );
}

#[test]
fn the_views_of_the_dictionary_render() {
    let nasty = || NASTY.to_owned();
    let term = dictionary::TermLine { label: nasty(), scope: nasty(), stale: Some(nasty()), ..Default::default() };
    for terms in [vec![term.clone()], Vec::new()] {
        let conflicts = terms.len();
        let part = dictionary::unified::Part { label: nasty(), number: nasty(), ..Default::default() };
        let whole = dictionary::unified::Part { href: Some("/x".into()), term: Some("/x".into()), ..part.clone() };
        let unified = dictionary::unified::Unified { rate: nasty(), count: nasty(), parts: vec![part, whole] };
        page(
            "dictionary.html",
            dictionary::Dictionary {
                q: nasty(),
                statuses: vec![choice()],
                owners: vec![choice()],
                unified: terms.first().map(|_| unified),
                terms,
                conflicts,
            },
        );
    }
    page(
        "term.html",
        dictionary::TermShown {
            term: term.clone(),
            aliases: nasty(),
            facts: vec![("x", nasty())],
            condition: nasty(),
            values: vec![(nasty(), nasty(), nasty())],
            drivers: Some("/x".into()),
            checks: vec![(nasty(), nasty())],
            used: vec![(nasty(), nasty())],
            life: Some(dictionary::life::Life {
                acts: vec![dictionary::life::Shown { said: nasty(), status: "x", ..Default::default() }],
                may: vec![("approve", "x")],
                touches: vec![("x", nasty(), Some(nasty())), ("x", nasty(), None)],
                fault: Some(nasty()),
                said: nasty(),
                ..Default::default()
            }),
            ..Default::default()
        },
    );
    page("term.html", dictionary::TermShown { life: Some(Default::default()), ..Default::default() });
    let alert = dictionary::rehearsal::Shown { about: nasty(), because: nasty(), ..Default::default() };
    page(
        "rehearsal.html",
        dictionary::rehearsal::Rehearsed {
            from: nasty(),
            to: nasty(),
            fault: Some(nasty()),
            count: nasty(),
            alerts: vec![alert],
            cut: true,
            ..Default::default()
        },
    );
    page("rehearsal.html", dictionary::rehearsal::Rehearsed::default());
    let term = dictionary::TermLine { version: Some(nasty()), meant: Some(nasty()), ..term };
    for conflicts in [vec![(nasty(), vec![term])], Vec::new()] {
        let units = vec![choice()];
        page("conflicts.html", dictionary::ConflictsShown { units, period: nasty(), conflicts, ..Default::default() });
    }
}

#[test]
fn every_view_parses() {
    for name in view::names() {
        for locale in Locale::ALL {
            assert_eq!(view::parse_fault(locale, name), None, "{name}");
        }
    }
}
