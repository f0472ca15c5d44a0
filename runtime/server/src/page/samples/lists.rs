//! Sample contexts of pages that show many records: lists, trees, boards, the home page and what is searched for.

use super::{
    super::{board, count, dashboard, dictionary, filter, home, list, search, tree},
    NASTY, bar, choice, every_kind, page, table,
};

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
        left_out: Some(NASTY.into()),
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
    let few = count::Bar { text: String::new(), ..bar() };
    let term = dashboard::Told {
        value: NASTY.into(),
        rows: Some("/x".into()),
        period: NASTY.into(),
        change: NASTY.into(),
        change_tone: "ok",
        target: NASTY.into(),
        href: "/x".into(),
        definition: NASTY.into(),
        meant: Some(NASTY),
        others: vec![dictionary::namesakes::Namesake { label: NASTY.into(), meant: Some(NASTY), ..Default::default() }],
        fresh: NASTY.into(),
        stale: true,
        faulty: NASTY.into(),
        ..Default::default()
    };
    let beyond = dashboard::Told { beyond: NASTY.into(), ..term.clone() };
    let told = |name: &str, term: &dashboard::Told| home::BlockShown {
        name: name.into(),
        term: Some(term.clone()),
        ..block.clone()
    };
    // One number each; and, side by side, told apart, without data and with too much of it.
    let numbers = [told("g", &term), told("h", &beyond)];
    let bars = count::Counted { bars: vec![bar()], left_out: NASTY.into(), ..Default::default() };
    let apart = [
        home::BlockShown { counted: Some(bars), ..told("i", &term) },
        home::BlockShown { counted: Some(count::Counted::default()), ..told("j", &term) },
        told("k", &beyond),
    ];
    let counted =
        count::Counted { bars: vec![bar(), few], total: "4.11".into(), anonymous: true, ..Default::default() };
    home::Home {
        greeting: NASTY.into(),
        today: NASTY.into(),
        values: [home::BlockShown { href: None, value: "3".into(), ..block.clone() }, block.clone()]
            .into_iter()
            .chain(numbers)
            .collect(),
        wide: vec![block.clone()],
        side: [home::BlockShown { counted: Some(counted), ..block.clone() }].into_iter().chain(apart).collect(),
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

/// Renders them.
pub(super) fn render() {
    page("list.html", listing());
    page("list_body.html", listing());
    page("list_body.html", list::Listing { more: true, ..listing() });
    page("tree.html", tree());
    page("board.html", board());
    page("home.html", home());
    let hit = search::Hit { label: NASTY.into(), hint: NASTY.into(), ..Default::default() };
    page("search.html", search::Searched { q: NASTY.into(), found: vec![hit] });
    page("search.html", search::Searched { q: NASTY.into(), found: Vec::new() });
}
