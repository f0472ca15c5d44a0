//! What a form shows while it is filled in, for `loam-live`.

use model::RecordId;
use serde_json::{Map, Value as Json, json};

use super::{
    super::{Answer, Visit, params::Params, visit::missing},
    Draft,
    control::Control,
    shown,
};
use crate::{problem::Problem, show::Names};

/// Values computed, conditions and faults, keyed by control name.
///
/// # Errors
/// What the engine refuses for other reasons than values.
pub async fn live(visit: &Visit, form: &str, typed: Params) -> Result<Answer, Problem> {
    // A form made of all fields goes by the name of its entity.
    let entity = match visit.app().form_named(form) {
        Some(form) => visit.app().entity(form.entity).ok_or_else(missing)?,
        None => visit.entity(form)?,
    };
    let id = match visit.query.get("id") {
        Some(text) => Some(text.parse::<RecordId>().map_err(|_| missing())?),
        None => None,
    };
    let typed = typed.with("_form", form);
    let draft = Draft::sent(visit, entity, id, typed).await?;
    let (mut values, mut visible, mut required, mut errors) = (Map::new(), Map::new(), Map::new(), Map::new());
    let form = draft.form.clone();
    for (section, shown) in form.sections.iter().zip(shown::sections(&draft, &Names::new())) {
        if section.visible.is_some() {
            visible.insert(format!("section:{}", shown.name), (!shown.hidden).into());
        }
        for control in shown.fields {
            let item = section
                .items
                .iter()
                .find(|item| visit.app().field(item.field).is_some_and(|field| field.name == control.name.as_str()));
            if item.is_some_and(|item| item.visible.is_some()) {
                visible.insert(control.name.clone(), (!control.hidden).into());
            }
            if item.is_some_and(|item| item.required.is_some()) {
                required.insert(control.name.clone(), control.required.into());
            }
            if control.kind == "computed" {
                values.insert(control.name.clone(), control.shown.text.clone().into());
            }
            for cell in control.table.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells) {
                match cell.kind {
                    "computed" => drop(values.insert(cell.name.clone(), cell.shown.text.clone().into())),
                    "value" => {}
                    _ => drop(errors.insert(cell.name.clone(), cell.error.clone().into())),
                }
                follow(cell, &mut values);
            }
            follow(&control, &mut values);
            if !matches!(control.kind, "computed" | "value" | "subtable") {
                errors.insert(control.name, control.error.into());
            }
        }
    }
    // The step one is at among those there are now.
    let at = draft.typed.as_ref().and_then(|typed| typed.get("_at")?.parse::<usize>().ok());
    let step = at.and_then(|at| shown::steps(&draft, at)).map(|steps| steps.said).unwrap_or_default();
    let answer = json!({
        "step": step,
        "values": Json::Object(values),
        "visible": Json::Object(visible),
        "required": Json::Object(required),
        "errors": Json::Object(errors),
    });
    Ok(Answer::Json(answer))
}

/// The value of an input that follows others, and what stands for its being untouched.
fn follow(control: &Control, values: &mut Map<String, Json>) {
    if control.follows {
        values.insert(control.name.clone(), control.value.clone().into());
        values.insert(format!("{}.kept", control.name), control.value.clone().into());
    }
}
