//! Where everything is drawn: a column for each step on the longest way to it, a row for each path; ways back run below.

use std::{collections::HashSet, fmt::Write as _};

use super::{Drawing, Shape};

const COLUMN: i64 = 160;
const ROW: i64 = 150;
const LEFT: i64 = 100;
const TOP: i64 = 120;

/// Where a shape is: its middle, and half of its width and height.
#[derive(Clone, Copy)]
struct Place {
    x: i64,
    y: i64,
    wide: i64,
    high: i64,
    column: i64,
    row: i64,
}

fn size(shape: &Shape) -> (i64, i64) {
    match shape.tag {
        tag if tag.ends_with("Gateway") => (25, 25),
        tag if tag.ends_with("Event") => (18, 18),
        _ => (50, 40),
    }
}

/// Writes the diagram of a drawing.
pub(super) fn draw(drawing: &Drawing, out: &mut String) {
    let places = places(drawing);
    let _ = writeln!(out, "  <bpmndi:BPMNDiagram id=\"diagram.1\">");
    let _ = writeln!(out, "    <bpmndi:BPMNPlane id=\"plane.1\" bpmnElement=\"{}\">", drawing.process);
    for (number, (shape, place)) in drawing.shapes.iter().zip(&places).enumerate() {
        let marker = if shape.tag == "exclusiveGateway" { " isMarkerVisible=\"true\"" } else { "" };
        let _ = writeln!(
            out,
            "      <bpmndi:BPMNShape id=\"shape.{number}\" bpmnElement=\"{}\"{marker}><dc:Bounds x=\"{}\" y=\"{}\" \
             width=\"{}\" height=\"{}\"/></bpmndi:BPMNShape>",
            shape.id,
            place.x - place.wide,
            place.y - place.high,
            place.wide * 2,
            place.high * 2
        );
    }
    for (number, flow) in drawing.flows.iter().enumerate() {
        let (Some(from), Some(to)) = (places.get(flow.from), places.get(flow.to)) else { continue };
        let points: String =
            way(*from, *to).iter().map(|(x, y)| format!("<di:waypoint x=\"{x}\" y=\"{y}\"/>")).collect();
        let _ = writeln!(
            out,
            "      <bpmndi:BPMNEdge id=\"edge.{number}\" bpmnElement=\"flow.{number}\">{points}</bpmndi:BPMNEdge>"
        );
    }
    out.push_str("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}

/// Places every shape. What leads to something drawn before does not count: such a way goes back.
fn places(drawing: &Drawing) -> Vec<Place> {
    let order = order(drawing);
    let mut rank = vec![0_usize; drawing.shapes.len()];
    for (place, index) in order.iter().enumerate() {
        rank.get_mut(*index).into_iter().for_each(|rank| *rank = place);
    }
    let after = |index: usize| rank.get(index).copied().unwrap_or_default();
    let mut into: Vec<Vec<usize>> = vec![Vec::new(); drawing.shapes.len()];
    for flow in drawing.flows.iter().filter(|flow| after(flow.from) < after(flow.to)) {
        into.get_mut(flow.to).into_iter().for_each(|into| into.push(flow.from));
    }
    let nowhere = Place { x: 0, y: 0, wide: 0, high: 0, column: 0, row: 0 };
    let mut places = vec![nowhere; drawing.shapes.len()];
    let mut taken = HashSet::new();
    for index in order {
        let Some(shape) = drawing.shapes.get(index).filter(|shape| shape.border.is_none()) else { continue };
        let before: Vec<Place> =
            into.get(index).into_iter().flatten().filter_map(|from| places.get(*from)).copied().collect();
        let column = before.iter().map(|place| place.column + 1).max().unwrap_or_default();
        let mut row = before.iter().map(|place| place.row).min().unwrap_or_default();
        while !taken.insert((column, row)) {
            row += 1;
        }
        let (wide, high) = size(shape);
        let (x, y) = (LEFT + column * COLUMN, TOP + row * ROW);
        places.get_mut(index).into_iter().for_each(|place| *place = Place { x, y, wide, high, column, row });
    }
    for (index, shape) in drawing.shapes.iter().enumerate() {
        let Some((host, number)) = shape.border else { continue };
        let Some(host) = places.get(host).copied() else { continue };
        let along = i64::try_from(number).unwrap_or_default().min(20) * 40;
        let (wide, high) = size(shape);
        let (x, y) = (host.x - host.wide + 22 + along, host.y + host.high);
        places.get_mut(index).into_iter().for_each(|place| *place = Place { x, y, wide, high, ..host });
    }
    places
}

/// The shapes in the order of their steps, each with what belongs to it right behind.
fn order(drawing: &Drawing) -> Vec<usize> {
    let step = |index: usize| {
        let shape = drawing.shapes.get(index)?;
        let name =
            ["answer", "until", "late"].into_iter().find_map(|ending| shape.id.strip_suffix(ending)?.strip_suffix('.'));
        let name = name.or_else(|| Some(shape.id.rsplit_once(".or.")?.0));
        drawing.shapes.iter().position(|other| Some(other.id.as_str()) == name)
    };
    let mut order: Vec<(usize, usize)> =
        (0..drawing.shapes.len()).map(|index| (step(index).unwrap_or(index), index)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

/// The points of a flow.
fn way(from: Place, to: Place) -> Vec<(i64, i64)> {
    let (right, left) = (from.x + from.wide, to.x - to.wide);
    if to.column <= from.column {
        let below = from.y.max(to.y) + 65;
        return vec![(from.x, from.y + from.high), (from.x, below), (to.x, below), (to.x, to.y + to.high)];
    }
    if from.row != to.row {
        let turn = right + 15;
        return vec![(right, from.y), (turn, from.y), (turn, to.y), (left, to.y)];
    }
    if to.column == from.column + 1 {
        return vec![(right, from.y), (left, to.y)];
    }
    let above = from.y - 60;
    vec![(from.x, from.y - from.high), (from.x, above), (to.x, above), (to.x, to.y - to.high)]
}
