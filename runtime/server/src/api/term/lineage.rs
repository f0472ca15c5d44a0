//! `GET /api/v1/terms/{name}/lineage`

use app::{
    Field,
    lineage::{Lineage, Node},
};
use axum::{
    Json,
    extract::{Path, State},
};
use engine::series::visible;
use serde_json::{Value, json};

use super::life::touches;
use crate::{AppState, problem::Problem, session::SignedIn};

/// What a term comes from, what comes from it, and what shows or uses any of that: `{"nodes": [{"kind", "name", "label"}], "edges":
/// [{"from", "to"}]}`, the edges between places in `nodes`. A node is a `field`, a `computed` field, a `term`, a `page`, a `rule`,
/// the `board` of a unit, or a `record` that names the term; sources come first. Terms, pages, rules, boards and records that the
/// reader does not see are left out.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let app = &actor.edition.app;
    let term = super::term(actor, &name)?;
    let Lineage { nodes: all, edges: lines } = app.lineage(term.id);
    let seen = |node: &Node| match node {
        Node::Field(_) => true,
        Node::Term(id) => app.term(*id).is_some_and(|term| visible(actor, term)),
    };
    let kept: Vec<Node> = all.iter().copied().filter(seen).collect();
    let place = |node: &Node| kept.iter().position(|known| known == node);
    let told = |node: &Node| {
        let (kind, label) = match node {
            Node::Field(id) => {
                let field = app.field(*id);
                let kind = if field.is_some_and(Field::is_computed) { "computed" } else { "field" };
                (kind, field.map(|field| &field.label))
            }
            Node::Term(id) => ("term", app.term(*id).map(|term| &term.label)),
        };
        let label = label.map(|label| label.get(actor.locale)).unwrap_or_default();
        json!({"kind": kind, "name": app.node_name(*node), "label": label})
    };
    let mut nodes: Vec<Value> = kept.iter().map(told).collect();
    let edge = |from: usize, to: usize| json!({"from": from, "to": to});
    let between = |(from, to): &(usize, usize)| Some(edge(place(all.get(*from)?)?, place(all.get(*to)?)?));
    let mut edges: Vec<Value> = lines.iter().filter_map(between).collect();
    for one in touches(&state.engine, actor, term).await?.into_iter().filter(|one| one.kind != "term") {
        let from = one.terms.iter().filter_map(|id| place(&Node::Term(*id)));
        edges.extend(from.map(|from| edge(from, nodes.len())));
        nodes.push(json!({"kind": one.kind, "name": one.name, "label": one.label}));
    }
    Ok(Json(json!({"nodes": nodes, "edges": edges})))
}
