//! The operations on one entity, as far as somebody's rights go.

mod upload;

use app::{Entity, Field, FieldKind};
use engine::{Actor, query::LONGEST_REASON};
use model::Locale;
use policy::{Action, Aside};
use serde_json::{Map, Value, json};

use super::{
    Operation, as_json, in_header, in_path, items, put, query,
    schema::{self, named, object},
};
use crate::api::shape::tells_version;

/// Adds the paths and schemas of an entity.
pub(super) fn add(actor: &Actor, entity: &Entity, paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
    let can = |action| actor.rights.access(entity.id, action).is_some();
    let names = Names::of(entity, actor.locale);
    if can(Action::Read) || can(Action::Create) || can(Action::Update) || can(Action::Restore) {
        schemas.insert(names.schema.clone(), record(actor, entity));
    }
    if can(Action::Read) {
        reading(&names, entity, can(Action::Restore), paths);
    }
    if can(Action::Create) {
        schemas.insert(names.of_create(), given(actor, entity, Action::Create));
        put(paths, &names.path, "post", names.create());
    }
    if can(Action::Update) {
        schemas.insert(names.of_update(), given(actor, entity, Action::Update));
        put(paths, &names.one(), "patch", names.update());
    }
    if can(Action::Delete) {
        put(paths, &names.one(), "delete", names.delete());
    }
    if can(Action::Restore) {
        put(paths, &format!("{}/restore", names.one()), "post", names.restore());
    }
    if can(Action::Erase) {
        put(paths, &format!("{}/erase", names.one()), "post", names.erase());
    }
    if can(Action::Purge) {
        put(paths, &format!("{}/purge", names.one()), "post", names.purge());
    }
    if can(Action::Uncover) {
        put(paths, &format!("{}/uncover", names.one()), "post", names.uncover());
    }
    if [Action::Create, Action::Update, Action::Delete, Action::Restore].into_iter().any(can) {
        put(paths, &format!("{}/bulk", names.path), "post", names.bulk());
    }
    if can(Action::Import) {
        schemas.insert(names.of_import(), rows(actor, entity));
        put(paths, &format!("{}/import", names.path), "post", names.import());
    }
    if entity.source.is_some() && (can(Action::Read) || can(Action::Aggregate)) {
        put(paths, &format!("{}/source", names.path), "get", names.source());
    }
    if can(Action::Read) && can(Action::Export) {
        put(paths, &format!("{}/print", names.one()), "get", names.print());
    }
    about(actor, &names, entity, paths);
    upload::add(actor, &names, entity, paths);
}

struct Names<'a> {
    path: String,
    schema: String,
    tag: &'a str,
    updates: bool,
    locale: Locale,
}

impl<'a> Names<'a> {
    fn of(entity: &'a Entity, locale: Locale) -> Self {
        // Names of schemas are plain letters; other letters are written by their number.
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
                c.to_string()
            } else {
                format!("u{:x}", u32::from(c))
            }
        };
        let word = |name: &str| name.chars().map(plain).collect::<String>();
        Self {
            path: format!("/api/v1/{}/{}", entity.app, entity.name),
            schema: format!("{}.{}", word(entity.app.as_str()), word(entity.name.as_str())),
            tag: entity.label.get(locale),
            updates: entity.unique.iter().any(|unique| unique.updates),
            locale,
        }
    }

    fn one(&self) -> String {
        format!("{}/{{id}}", self.path)
    }

    fn of_create(&self) -> String {
        format!("{}.create", self.schema)
    }

    fn of_import(&self) -> String {
        format!("{}.import", self.schema)
    }

    fn of_update(&self) -> String {
        format!("{}.update", self.schema)
    }

    fn operation(&self, verb: &str, zh: &'a str, en: &'a str) -> Operation<'a> {
        Operation {
            id: format!("{}.{verb}", self.schema),
            tag: self.tag,
            summary: match self.locale {
                Locale::ZhCn => zh,
                Locale::En => en,
            },
            parameters: Vec::new(),
            body: None,
            status: "200",
            answer: None,
            again: false,
        }
    }

    fn create(&self) -> Operation<'a> {
        Operation {
            parameters: vec![key(), prefer()],
            body: Some(as_json(named(&self.of_create()))),
            status: "201",
            answer: Some(as_json(named(&self.schema))),
            again: self.updates,
            ..self.operation("create", "新建记录", "make a record")
        }
    }

    fn update(&self) -> Operation<'a> {
        Operation {
            parameters: vec![in_path("id"), if_match(), prefer()],
            body: Some(as_json(named(&self.of_update()))),
            answer: Some(as_json(named(&self.schema))),
            ..self.operation("update", "修改记录", "change a record")
        }
    }

    fn delete(&self) -> Operation<'a> {
        Operation {
            parameters: vec![in_path("id"), if_match()],
            status: "204",
            ..self.operation("delete", "删除记录", "put a record into the bin")
        }
    }

    fn restore(&self) -> Operation<'a> {
        Operation {
            parameters: vec![in_path("id"), key()],
            answer: Some(as_json(named(&self.schema))),
            ..self.operation("restore", "恢复记录", "take a record out of the bin")
        }
    }

    fn erase(&self) -> Operation<'a> {
        let body = json!({"type": "object", "properties": {"dry_run": {"type": "boolean", "default": false}}});
        let answer = json!({
            "type": "object",
            "required": ["certificate", "at", "by", "records", "cleared", "kept", "comments", "files", "accounts"],
        });
        Operation {
            parameters: vec![in_path("id")],
            body: Some(as_json(body)),
            answer: Some(as_json(answer)),
            ..self.operation("erase", "抹除个人信息", "erase what is personal about the person it stands for")
        }
    }

    fn purge(&self) -> Operation<'a> {
        let purge = self.operation("purge", "彻底删除记录", "remove a record in the bin for good");
        Operation { parameters: vec![in_path("id")], status: "204", ..purge }
    }

    fn uncover(&self) -> Operation<'a> {
        let body = json!({
            "type": "object",
            "required": ["fields", "reason"],
            "properties": {
                "fields": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "reason": {"type": "string", "maxLength": LONGEST_REASON},
            },
        });
        let answer = json!({"type": "object", "required": ["fields"], "properties": {"fields": {"type": "object"}}});
        Operation {
            parameters: vec![in_path("id")],
            body: Some(as_json(body)),
            answer: Some(as_json(answer)),
            ..self.operation("uncover", "显示完整内容", "masked fields whole, for a reason that is put on record")
        }
    }

    fn bulk(&self) -> Operation<'a> {
        Operation {
            parameters: vec![key()],
            body: Some(as_json(named("Bulk"))),
            answer: Some(as_json(items(named("Changed")))),
            ..self.operation("bulk", "批量操作，全部成功或全部不做", "several writes, all or none")
        }
    }
}

impl<'a> Names<'a> {
    fn import(&self) -> Operation<'a> {
        let outcome = json!({"type": "string", "enum": ["stop", "skip"], "default": "stop"});
        let mut body = as_json(named(&self.of_import()));
        if let Some(kinds) = body.as_object_mut() {
            kinds.insert("text/csv".into(), json!({"schema": {"type": "string"}}));
        }
        let number = || json!({"type": "integer"});
        let refusal = json!({
            "type": "object",
            "required": ["row", "column", "reason"],
            "properties": {"row": number(), "column": {"type": ["string", "null"]}, "reason": {"type": "string"}},
        });
        let answer = json!({
            "type": "object",
            "required": ["rows", "created", "updated", "unchanged", "refused", "refusals"],
            "properties": {
                "rows": number(),
                "created": number(),
                "updated": number(),
                "unchanged": number(),
                "refused": number(),
                "refusals": {"type": "array", "items": refusal},
            },
        });
        Operation {
            parameters: vec![
                query("on_error", outcome, "what a refused row means for the others: none is written, or they are"),
                query("dry_run", json!({"type": "boolean", "default": false}), "write nothing, say what would happen"),
                key(),
            ],
            body: Some(body),
            answer: Some(as_json(answer)),
            ..self.operation("import", "导入数据", "rows as from a file; references by key or name")
        }
    }

    fn print(&self) -> Operation<'a> {
        Operation {
            parameters: vec![in_path("id")],
            answer: Some(json!({"application/pdf": {"schema": {"type": "string", "format": "binary"}}})),
            ..self.operation("print", "导出 PDF", "the record as a PDF")
        }
    }

    fn source(&self) -> Operation<'a> {
        let moment = || json!({"type": ["string", "null"], "format": "date-time"});
        let answer = json!({
            "type": "object",
            "required": ["source", "arrived", "changed"],
            "properties": {"source": {"type": "object"}, "arrived": moment(), "changed": moment()},
        });
        let answer = Some(as_json(answer));
        Operation {
            answer,
            ..self.operation("source", "数据来源与时间", "where the rows come from and when they came")
        }
    }
}

fn reading(names: &Names<'_>, entity: &Entity, bin: bool, paths: &mut Map<String, Value>) {
    let text = || json!({"type": "string"});
    let fields = query("fields", text(), "name,owner.name");
    let deleted = bin.then(|| query("deleted", json!({"type": "boolean"}), "those in the bin"));
    let mut parameters = vec![
        query("filter", text(), "an expression: level >= 3 && owner == actor.person"),
        query("search", text(), "words the search fields hold"),
        query("sort", text(), "-hired,name"),
        fields.clone(),
        query("limit", json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 20}), ""),
        query("cursor", text(), "`next` of the page before"),
    ];
    parameters.extend(deleted.clone());
    let page = json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": named(&names.schema)},
            "next": {"type": ["string", "null"]},
        },
    });
    let list = names.operation("list", "查询记录", "a page of records");
    put(paths, &names.path, "get", Operation { parameters, answer: Some(as_json(page)), ..list });
    let get = names.operation("get", "读取一条记录", "one record");
    let mut parameters = vec![in_path("id"), fields];
    parameters.extend(deleted);
    put(paths, &names.one(), "get", Operation { parameters, answer: Some(as_json(named(&names.schema))), ..get });
    let parameters = vec![
        query("group", text(), "department,owner.name"),
        query("measures", text(), "count,avg(level)"),
        query("filter", text(), "an expression"),
        query("search", text(), "words the search fields hold"),
        query("limit", json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}), ""),
        query("anonymous", json!({"type": "boolean", "default": false}), "numbers without names, over enough people"),
    ];
    let aggregate = names.operation("aggregate", "分组统计", "numbers per group");
    let mut groups = items(json!({"type": "object"}));
    if let Some(properties) = groups.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        properties.insert("more".to_owned(), json!({"type": "boolean", "description": "there are more groups"}));
    }
    let answer = Some(as_json(groups));
    put(paths, &format!("{}/aggregate", names.path), "get", Operation { parameters, answer, ..aggregate });
    let access = names.operation("access", "为什么有或没有权限", "why something is allowed or not");
    let parameters = vec![
        in_path("id"),
        query("action", json!({"type": "string", "default": "read"}), ""),
        query("field", text(), "the record as a whole unless it is named"),
        query("about", text(), "a login; oneself unless it is named"),
    ];
    let answer = Some(as_json(json!({
        "type": "object",
        "required": ["verdict", "reasons", "kept_back_by"],
        "properties": {
            "verdict": {"type": "string", "enum": ["allowed", "partly", "refused"]},
            "reasons": {"type": "array", "items": {"type": "object"}},
            "kept_back_by": {"type": "array", "items": {"type": "string"}},
        },
    })));
    put(paths, &format!("{}/access", names.one()), "get", Operation { parameters, answer, ..access });
    let trace = names.operation("trace", "值的来源", "what a computed value was made of");
    let field = json!({"name": "field", "in": "query", "required": true, "schema": text(), "description": "the field"});
    let parameters = vec![in_path("id"), field];
    let answer = Some(as_json(json!({
        "type": "object",
        "required": ["entity", "id", "field", "label", "value", "from"],
        "properties": {
            "entity": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "field": {"type": "string"},
            "label": {"type": "string"},
            "value": {},
            "computed": {"type": "string"},
            "from": {"type": "array", "items": {"type": "object"}},
        },
    })));
    put(paths, &format!("{}/trace", names.one()), "get", Operation { parameters, answer, ..trace });
    if entity.history {
        let history = names.operation("history", "修改历史", "who changed what");
        let parameters = vec![in_path("id"), query("limit", json!({"type": "integer"}), "")];
        let answer = Some(as_json(items(named("History"))));
        put(paths, &format!("{}/history", names.one()), "get", Operation { parameters, answer, ..history });
    }
}

fn about(actor: &Actor, names: &Names<'_>, entity: &Entity, paths: &mut Map<String, Value>) {
    let id = || vec![in_path("id")];
    let can = |action| actor.rights.access(entity.id, action);
    let opens = |aside| can(Action::Read).is_some_and(|access| access.beside(aside).is_some());
    let (read, update) = (can(Action::Read).is_some(), can(Action::Update).is_some());
    if entity.comments && opens(Aside::Comments) {
        let path = format!("{}/comments", names.one());
        let list = names.operation("comments", "评论", "what was said");
        put(
            paths,
            &path,
            "get",
            Operation { parameters: id(), answer: Some(as_json(items(named("Comment")))), ..list },
        );
        let add = names.operation("comment", "发表评论", "say something");
        let text = json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}});
        let answer = json!({"type": "object", "required": ["record"], "properties": {"record": {"type": "string"}}});
        put(
            paths,
            &path,
            "post",
            Operation {
                parameters: vec![in_path("id"), key()],
                body: Some(as_json(text)),
                status: "201",
                answer: Some(as_json(answer)),
                ..add
            },
        );
    }
    let path = format!("{}/attachments", names.one());
    if entity.attachments && read {
        let list = names.operation("attachments", "附件", "the files of a record");
        put(
            paths,
            &path,
            "get",
            Operation { parameters: id(), answer: Some(as_json(items(named("Attachment")))), ..list },
        );
        let content = names.operation("attachment", "下载附件", "the content of a file");
        put(
            paths,
            &format!("{path}/{{file}}"),
            "get",
            Operation {
                parameters: vec![in_path("id"), in_path("file")],
                answer: Some(json!({"*/*": {"schema": {"type": "string", "format": "binary"}}})),
                ..content
            },
        );
    }
    if entity.attachments && opens(Aside::Attachments) && update {
        let add = names.operation("attach", "上传附件", "attach files");
        let form = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}});
        let one = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
        put(
            paths,
            &path,
            "post",
            Operation {
                parameters: vec![in_path("id"), key()],
                body: Some(json!({"multipart/form-data": {"schema": form}})),
                status: "201",
                answer: Some(as_json(items(one))),
                ..add
            },
        );
    }
}

fn key() -> Value {
    in_header("Idempotency-Key", "the same request with the same key is done once")
}

pub(super) fn if_match() -> Value {
    in_header("If-Match", "only the version with this ETag")
}

/// The version of a record, which is of one kind for everybody.
pub(super) fn version() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64, "description":
        "to be sent back with a change, as it is; whether it counts the changes of the record or stands for what you see of it \
         depends on whether you see all of it, so compare versions only for being the same"})
}

fn prefer() -> Value {
    in_header("Prefer", "return=minimal answers the id and version only")
}

fn is_children(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Children { .. })
}

/// The record as it is answered without `fields`. With `fields` it holds what was named, objects for dotted names.
fn record(actor: &Actor, entity: &Entity) -> Value {
    let app = &actor.edition.app;
    let access = actor.rights.access(entity.id, Action::Read);
    let system = &entity.system;
    let stamps = [system.created_at, system.created_by, system.updated_at, system.updated_by];
    let mut properties = Map::new();
    properties.insert("id".into(), json!({"type": "string", "format": "uuid"}));
    let mut required = vec!["id".to_owned()];
    if tells_version(actor, entity) {
        properties.insert("version".into(), version());
        required.push("version".to_owned());
    }
    let fields = entity.fields.iter().copied().chain(stamps).filter_map(|id| app.field(id));
    for field in fields.filter(|field| !is_children(field)) {
        if access.is_some_and(|access| access.shows(field.id)) {
            properties.insert(field.name.to_string(), schema::read(field, actor.locale));
        }
    }
    object(properties, &required, true)
}

/// Rows to import: every member is a field's name or label, and its value as a cell of a file.
fn rows(actor: &Actor, entity: &Entity) -> Value {
    let access = actor.rights.access(entity.id, Action::Import);
    let given = actor.edition.app.fields_of(entity).filter(|field| {
        let may = access.is_some_and(|access| access.field(field.id).is_some());
        may && (field.writable() || matches!(field.kind, FieldKind::Serial { .. }))
    });
    let properties: Map<String, Value> = given.map(|field| (field.name.to_string(), json!({}))).collect();
    let row = json!({"type": "object", "properties": properties});
    json!({"type": "object", "required": ["rows"], "properties": {"rows": {"type": "array", "items": row}}})
}

/// What may be given for a record.
fn given(actor: &Actor, entity: &Entity, action: Action) -> Value {
    let access = actor.rights.access(entity.id, action);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in actor.edition.app.fields_of(entity).filter(|field| field.writable()) {
        if access.is_none_or(|access| access.field(field.id).is_none()) {
            continue;
        }
        if action == Action::Create && field.required && field.default.is_none() {
            required.push(field.name.to_string());
        }
        properties.insert(field.name.to_string(), schema::write(field, actor.locale));
    }
    object(properties, &required, false)
}
