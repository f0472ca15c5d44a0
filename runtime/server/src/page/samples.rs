//! A sample context for every view: each is rendered in both languages, so that a view and its context cannot drift apart.

mod cases;
mod entrance;
mod forms;
mod lists;
mod numbers;
mod people;
mod records;

use model::Locale;
use serde::Serialize;

use super::{
    count, filter, refusal, rows,
    shell::{Language, NavGroup, NavLink, Person, Shell},
    stand_in, view,
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

fn bar() -> count::Bar {
    let (weight, share, href) = ("57.1%".into(), "64".into(), Some("/x".into()));
    count::Bar { shown: Shown::text(NASTY), length: 500, text: "2".into(), weight, share, href }
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
    lists::render();
    records::render();
    records::gone();
    forms::render();
    numbers::render();
    people::render();
    people::rights();
    check(
        "error.html",
        &refusal::Refusal { shell: shell(), title: NASTY.into(), detail: NASTY.into(), id: Some("1".into()) },
    );
}

#[test]
fn every_view_parses() {
    for name in view::names() {
        for locale in Locale::ALL {
            assert_eq!(view::parse_fault(locale, name), None, "{name}");
        }
    }
}
