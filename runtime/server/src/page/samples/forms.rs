//! Sample contexts of forms: every kind of input, in every layout.

use super::{
    super::{
        form::{control, shown as forms, subtable},
        record::Crumb,
    },
    NASTY, choice, page, table,
};
use crate::show::Shown;

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
        span: 2,
        removable: true,
        focus: true,
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
        steps: (layout == "steps").then(|| forms::Steps { said: NASTY.into(), before: Some(0), after: Some(2) }),
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

/// Renders them.
pub(super) fn render() {
    for layout in ["page", "tabs", "steps"] {
        page("form.html", form(layout));
        let first = forms::Steps { said: NASTY.into(), before: None, after: None };
        page("form.html", forms::FormShown { steps: Some(first), focus: true, ..form(layout) });
    }
}
