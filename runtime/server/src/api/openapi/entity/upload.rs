//! Sending a file before the record it is for: one operation per file field that somebody may fill in.

use app::{Entity, Field, FieldKind};
use engine::Actor;
use policy::Action;
use serde_json::{Map, Value, json};

use super::{Names, key};
use crate::api::openapi::{Operation, as_json, items, put};

pub(super) fn add(actor: &Actor, names: &Names<'_>, entity: &Entity, paths: &mut Map<String, Value>) {
    let fills = |field: &Field, action| {
        actor.rights.access(entity.id, action).is_some_and(|access| access.field(field.id).is_some())
    };
    let fields = actor.edition.app.fields_of(entity).filter(|field| {
        matches!(field.kind, FieldKind::File | FieldKind::Image)
            && field.writable()
            && (fills(field, Action::Create) || fills(field, Action::Update))
    });
    let form = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}});
    let one = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
    for field in fields {
        let verb = format!("upload.{}", field.name);
        let upload =
            names.operation(&verb, "先上传文件，随后写入记录", "send a file first, for a record saved within a day");
        let operation = Operation {
            parameters: vec![key()],
            body: Some(json!({"multipart/form-data": {"schema": form.clone()}})),
            status: "201",
            answer: Some(as_json(items(one.clone()))),
            ..upload
        };
        put(paths, &format!("{}/uploads/{}", names.path, field.name), "post", operation);
    }
}
