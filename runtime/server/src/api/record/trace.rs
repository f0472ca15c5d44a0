//! `GET /api/v1/{app}/{entity}/{id}/trace?field=total`

use app::App;
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::{Trace, TracePart, Traced};
use model::{FieldId, Locale};
use policy::Action;

use super::json;
use crate::{
    AppState,
    api::{
        self,
        parameter::{Parameters, say},
        write,
    },
    problem::{Kind, Problem},
    session::SignedIn,
};

/// What a computed cell was made of: a tree of cells, each `{"entity", "id", "field", "label", "value", "computed", "from": […]}`,
/// as far as the reader may see them.
pub(crate) async fn trace(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["field"], actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    if actor.rights.access(entity.id, Action::Read).is_none() {
        return Err(Problem::new(Kind::Denied));
    }
    let unknown = || {
        let message = say(actor.locale, "请写出一个字段", "name one field");
        Problem::parameter("field", "unknown", message)
    };
    let name = parameters.get("field").ok_or_else(unknown)?;
    let field = actor.edition.app.field_named(entity.id, name).ok_or_else(unknown)?;
    let ask = Trace { entity: entity.id, id: api::record_id(&id)?, field: field.id };
    let traced = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let traced = traced.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut body = Vec::with_capacity(1024);
    cell(&mut body, &actor.edition.app, actor.locale, None, &traced);
    Ok(json(StatusCode::OK, body))
}

/// A path as definitions write it.
fn dotted(app: &App, path: &formula::Path) -> String {
    let names = path.hops.iter().chain([&path.field]).filter_map(|id| app.field(*id));
    names.map(|field| field.name.to_string()).collect::<Vec<_>>().join(".")
}

fn member(out: &mut Vec<u8>, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write::text(out, name);
    out.push(b':');
    value(out);
}

fn label(out: &mut Vec<u8>, app: &App, locale: Locale, field: FieldId) {
    let text = app.field(field).map_or("", |field| field.label.get(locale));
    member(out, "label", |out| write::text(out, text));
}

fn cell(out: &mut Vec<u8>, app: &App, locale: Locale, path: Option<&formula::Path>, traced: &Traced) {
    out.push(b'{');
    if let Some(path) = path {
        member(out, "path", |out| write::text(out, &dotted(app, path)));
    }
    let entity = app.entity(traced.entity).map_or("", |entity| entity.name.as_str());
    member(out, "entity", |out| write::text(out, entity));
    member(out, "id", |out| write::id(out, traced.id));
    let name = app.field(traced.field).map_or("", |field| field.name.as_str());
    member(out, "field", |out| write::text(out, name));
    label(out, app, locale, traced.field);
    member(out, "value", |out| write::value(out, &traced.value));
    if let Some(computed) = &traced.computed {
        member(out, "computed", |out| write::text(out, computed));
    }
    member(out, "from", |out| write::list(out, &traced.parts, |out, one| part(out, app, locale, one)));
    out.push(b'}');
}

fn part(out: &mut Vec<u8>, app: &App, locale: Locale, part: &TracePart) {
    if let TracePart::Cell { path, of } = part {
        return cell(out, app, locale, Some(path), of);
    }
    out.push(b'{');
    match part {
        TracePart::Cell { .. } => {}
        TracePart::Value { path, value } => {
            member(out, "path", |out| write::text(out, &dotted(app, path)));
            label(out, app, locale, path.field);
            member(out, "value", |out| write::value(out, value));
        }
        TracePart::Hidden { path } => {
            member(out, "path", |out| write::text(out, &dotted(app, path)));
            label(out, app, locale, path.field);
            member(out, "hidden", |out| out.extend_from_slice(b"true"));
        }
        TracePart::Records { through, fields, records, more } => {
            member(out, "path", |out| write::text(out, &dotted(app, through)));
            label(out, app, locale, through.field);
            member(out, "records", |out| {
                write::list(out, records, |out, (id, values)| {
                    out.push(b'{');
                    member(out, "id", |out| write::id(out, *id));
                    for (field, value) in fields.iter().zip(values) {
                        let name = app.field(*field).map_or("", |field| field.name.as_str());
                        member(out, name, |out| write::value(out, value));
                    }
                    out.push(b'}');
                });
            });
            member(out, "more", |out| out.extend_from_slice(if *more { b"true" } else { b"false" }));
        }
    }
    out.push(b'}');
}
