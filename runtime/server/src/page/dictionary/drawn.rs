//! Lineage as a picture: what a term comes from on the left, what comes from it on the right, and rightmost what shows or uses any of
//! that. The same stands beside it as a
//! list, for whoever does not see pictures.

use app::lineage::{Lineage, Node};
use engine::series::visible;
use metrics::Term;
use model::TermId;
use serde::Serialize;

use crate::{api::term::life::Touch, page::Visit};

const WIDTH: usize = 190;
const HEIGHT: usize = 46;
const ACROSS: usize = 56;
const DOWN: usize = 14;
const EDGE: usize = 8;
/// Most that is drawn; what goes beyond is in the list.
const MOST: usize = 60;
/// Most uses that are drawn; all of them are in the list.
const MOST_USES: usize = 24;

/// A picture of a lineage.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Drawn {
    /// Its width.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// The boxes.
    pub boxes: Vec<Box>,
    /// The lines, as paths.
    pub lines: Vec<String>,
}

/// A box of the picture.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Box {
    /// Its left edge.
    pub x: usize,
    /// Its upper edge.
    pub y: usize,
    /// Its width.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// Where its words begin.
    pub text_x: usize,
    /// The line of its label.
    pub label_y: usize,
    /// The line of its name.
    pub name_y: usize,
    /// What it is: `field`, `computed`, `term` or `self`; of uses, `page`, `rule`, `board` or `record`.
    pub kind: &'static str,
    /// What it is called, cut to fit.
    pub short: String,
    /// What it is called.
    pub label: String,
    /// Its name in definitions, cut to fit.
    pub name: String,
    /// Its page, where it has one that the reader may open.
    pub href: Option<String>,
    /// What it comes from, by label.
    pub from: String,
}

/// What is touched by a change, as shown: the kind of thing, what it is called, and its page.
pub(super) fn used(visit: &Visit, one: &Touch) -> (&'static str, String, String) {
    let name = &one.name;
    let (kind, href) = match one.kind {
        "term" => ("term", format!("/dictionary/{name}")),
        "page" => ("term-page", format!("/p/{name}")),
        "record" => ("term-record", format!("/r/{name}")),
        "board" => ("term-unit-board", format!("/boards/{name}")),
        _ => ("term-rule", format!("/dictionary/rehearse/{name}")),
    };
    (visit.say(kind), one.label.clone(), href)
}

/// Draws what a term comes from, what comes from it, and what uses them, as far as the reader sees it.
pub(super) fn draw(visit: &Visit, term: &Term, touches: &[Touch]) -> Drawn {
    let app = visit.app();
    let Lineage { nodes, edges } = app.lineage(term.id);
    let seen = |node: &Node| match node {
        Node::Field(_) => true,
        Node::Term(id) => app.term(*id).is_some_and(|term| visible(&visit.actor, term)),
    };
    let kept: Vec<usize> = (0..nodes.len()).filter(|at| nodes.get(*at).is_some_and(seen)).take(MOST).collect();
    // A node stands right of everything it comes from; nodes come after their sources, so one look at each is enough.
    let mut column: Vec<usize> = vec![0; nodes.len()];
    for (from, to) in &edges {
        let after = column.get(*from).map_or(0, |at| at + 1);
        if from < to
            && let Some(at) = column.get_mut(*to)
        {
            *at = (*at).max(after);
        }
    }
    let mut rows: Vec<usize> = Vec::new();
    let mut places: Vec<Option<(usize, usize)>> = vec![None; nodes.len()];
    for at in &kept {
        let across = column.get(*at).copied().unwrap_or_default();
        if rows.len() <= across {
            rows.resize(across + 1, 0);
        }
        if let (Some(row), Some(place)) = (rows.get_mut(across), places.get_mut(*at)) {
            *place = Some((EDGE + across * (WIDTH + ACROSS), EDGE + *row * (HEIGHT + DOWN)));
            *row += 1;
        }
    }
    let place = |at: usize| places.get(at).copied().flatten();
    let label = |at: usize| nodes.get(at).map(|node| label(visit, *node)).unwrap_or_default();
    let boxes = kept.iter().filter_map(|at| {
        let (node, (x, y)) = (nodes.get(*at)?, place(*at)?);
        let whole = label(*at);
        let from: Vec<String> = edges
            .iter()
            .filter(|(from, to)| to == at && place(*from).is_some())
            .map(|(from, _)| label(*from))
            .collect();
        Some(Box {
            x,
            y,
            width: WIDTH,
            height: HEIGHT,
            text_x: x + 12,
            label_y: y + 20,
            name_y: y + 36,
            kind: match node {
                Node::Term(id) if *id == term.id => "self",
                Node::Term(_) => "term",
                Node::Field(id) if app.field(*id).is_some_and(app::Field::is_computed) => "computed",
                Node::Field(_) => "field",
            },
            short: cut(&whole, 24),
            label: whole,
            name: cut(&app.node_name(*node), 26),
            href: match node {
                Node::Term(id) if *id != term.id => Some(format!("/dictionary/{}", app.term(*id)?.name)),
                _ => None,
            },
            from: from.join(super::separator(visit.locale())),
        })
    });
    let mut boxes: Vec<Box> = boxes.collect();
    let mut lines: Vec<String> = edges.iter().filter_map(|(from, to)| line(place(*from)?, place(*to)?)).collect();
    // Terms made from it stand among the nodes already.
    let uses: Vec<&Touch> = touches.iter().filter(|one| one.kind != "term").take(MOST_USES).collect();
    let across = rows.len();
    for (row, one) in uses.iter().enumerate() {
        let (x, y) = (EDGE + across * (WIDTH + ACROSS), EDGE + row * (HEIGHT + DOWN));
        let (kind, whole, href) = used(visit, one);
        let known =
            |id: &TermId| nodes.iter().position(|node| *node == Node::Term(*id)).filter(|at| place(*at).is_some());
        let from: Vec<usize> = one.terms.iter().filter_map(known).collect();
        lines.extend(from.iter().filter_map(|at| line(place(*at)?, (x, y))));
        boxes.push(Box {
            x,
            y,
            width: WIDTH,
            height: HEIGHT,
            text_x: x + 12,
            label_y: y + 20,
            name_y: y + 36,
            kind: one.kind,
            short: cut(&whole, 24),
            label: whole,
            name: cut(kind, 26),
            href: Some(href),
            from: from.into_iter().map(label).collect::<Vec<_>>().join(super::separator(visit.locale())),
        });
    }
    if !uses.is_empty() {
        rows.push(uses.len());
    }
    Drawn {
        width: EDGE * 2 + rows.len().max(1) * (WIDTH + ACROSS) - ACROSS,
        height: EDGE * 2 + rows.iter().max().copied().unwrap_or(1) * (HEIGHT + DOWN) - DOWN,
        boxes,
        lines,
    }
}

/// The line from one box to another that stands right of it.
fn line((x1, y1): (usize, usize), (x2, y2): (usize, usize)) -> Option<String> {
    let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
    (x1 <= x2).then(|| format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + ACROSS / 2, x2 - ACROSS / 2))
}

fn label(visit: &Visit, node: Node) -> String {
    let (app, locale) = (visit.app(), visit.locale());
    match node {
        Node::Field(id) => app.field(id).map(|field| field.label.get(locale).to_owned()),
        Node::Term(id) => app.term(id).map(|term| term.label.get(locale).to_owned()),
    }
    .unwrap_or_default()
}

/// A text cut to a width, in which a letter of Chinese counts two.
fn cut(text: &str, most: usize) -> String {
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    if text.chars().map(wide).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut width = 1;
    let fits = text.chars().take_while(|c| {
        width += wide(*c);
        width <= most
    });
    fits.chain(['…']).collect()
}
