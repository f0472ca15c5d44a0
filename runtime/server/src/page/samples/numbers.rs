//! Sample contexts of numbers: dashboards, what is behind them, and the dictionary.

use super::{
    super::{behind, dashboard, dictionary, drivers, filter, unit_board},
    NASTY, choice, page, table,
};

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
        meant: Some(NASTY),
        others: vec![dictionary::namesakes::Namesake { label: NASTY.into(), meant: Some(NASTY), ..Default::default() }],
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

/// Renders them.
pub(super) fn render() {
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
    page("drivers.html", what_drives());
    page("drivers.html", drivers::Shown::default());
    page("dashboard.html", dashboard::Board { nobody: true, ..Default::default() });
    page("behind.html", behind::Rows { table: Some(table()), ..behind_numbers() });
    page("behind.html", behind_numbers());
}

#[test]
fn the_views_of_the_dictionary_render() {
    let nasty = || NASTY.to_owned();
    let namesake = dictionary::namesakes::Namesake { label: nasty(), scope: nasty(), ..Default::default() };
    let others = vec![namesake];
    let term =
        dictionary::TermLine { label: nasty(), scope: nasty(), stale: Some(nasty()), others, ..Default::default() };
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
            touches: vec![("x", nasty(), nasty())],
            life: Some(dictionary::life::Life {
                acts: vec![dictionary::life::Shown { said: nasty(), status: "x", ..Default::default() }],
                may: vec![("approve", "x")],
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
    let firing = dictionary::fired::Shown {
        about: nasty(),
        href: nasty(),
        when: nasty(),
        does: vec![nasty()],
        notes: vec![nasty()],
    };
    page(
        "rehearsal.html",
        dictionary::rehearsal::Rehearsed {
            count: nasty(),
            firings: vec![firing],
            notes: vec![nasty()],
            acts: true,
            cut: true,
            ..Default::default()
        },
    );
    page("rehearsal.html", dictionary::rehearsal::Rehearsed::default());
    let term = dictionary::TermLine { version: Some(nasty()), meant: Some(nasty()), ..term };
    for conflicts in [vec![(nasty(), vec![term])], Vec::new()] {
        let units = vec![choice()];
        let over_time = dictionary::over_time::OverTime {
            months: vec![nasty()],
            units: vec![(nasty(), vec![nasty()])],
            ..Default::default()
        };
        let part = dictionary::unified::Part { label: nasty(), number: nasty(), ..Default::default() };
        let shown = dictionary::ConflictsShown {
            units,
            period: nasty(),
            offenders: if conflicts.is_empty() { Vec::new() } else { vec![part] },
            conflicts,
            over_time: Some(over_time),
            ..Default::default()
        };
        page("conflicts.html", shown);
    }
}
