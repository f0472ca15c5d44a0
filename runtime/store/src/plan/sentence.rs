//! Steps in the words of the people who decide about them.

use model::{Locale, Text, Value};

use super::{Act, Rule, table::TableColumn};
use crate::sql::Column;

/// The sentence of a step in both languages.
pub(crate) fn of(act: &Act) -> Text {
    let (zh, en) = match act {
        Act::CreateTable(table) => (
            format!("新建实体“{}”（{} 个字段）", table.entity, table.columns.len() + table.joins.len()),
            format!("create entity `{}` with {}", table.entity, fields(table.columns.len() + table.joins.len())),
        ),
        Act::RenameTable { entity, before, .. } => (
            format!("实体“{}”更名为“{entity}”，数据保留", before.entity),
            format!("rename entity `{}` to `{entity}`, keeping its data", before.entity),
        ),
        Act::DropTable(table) => (
            format!("删除实体“{}”及其全部数据", table.entity),
            format!("drop entity `{}` and all of its data", table.entity),
        ),
        Act::AddColumn { entity, column, .. } => added(entity, &column.field),
        Act::CreateJoin { entity, join, .. } => added(entity, &join.field),
        Act::RenameColumn { entity, before, field, .. } => renamed(entity, &before.field, field),
        Act::RenameJoin { entity, before, field, .. } if before == field => (
            format!("“{entity}”的字段“{field}”随实体更名，数据保留"),
            format!("field `{field}` of `{entity}` follows its entity's new name, keeping its data"),
        ),
        Act::RenameJoin { entity, before, field, .. } => renamed(entity, before, field),
        Act::Convert { entity, to, .. } if act.bares() => (
            format!("“{entity}”的字段“{}”不再加密：已有内容将以明文保存", to.field),
            format!("field `{}` of `{entity}` is a secret no longer: its values are kept in clear", to.field),
        ),
        Act::Convert { entity, to, .. } if to.column == Column::Secret => (
            format!("加密“{entity}”的字段“{}”的已有内容；账本和已有备份中的旧内容不变", to.field),
            format!(
                "seal the values of field `{}` of `{entity}`; what the ledger and backups have of them stays as it is",
                to.field
            ),
        ),
        Act::Convert { entity, to, .. } => (
            format!("转换“{entity}”的字段“{}”的类型", to.field),
            format!("convert field `{}` of `{entity}` to another type", to.field),
        ),
        Act::DropColumn { entity, column, .. } => dropped(entity, &column.field),
        Act::DropJoin { entity, join } => dropped(entity, &join.field),
        Act::CreateIndex { entity, index, .. } if index.unique => (
            format!("“{entity}”的 {} 今后不得重复", index.columns.join("、")),
            format!("no two records of `{entity}` may share {}", index.columns.join(" and ")),
        ),
        Act::CreateIndex { entity, index, .. } => (
            format!("为“{entity}”的 {} 建立索引", index.columns.join("、")),
            format!("index {} of `{entity}`", index.columns.join(" and ")),
        ),
        Act::DropIndex { entity, index } => (
            format!("移除“{entity}”的 {} 上的索引", index.columns.join("、")),
            format!("remove the index of {} of `{entity}`", index.columns.join(" and ")),
        ),
        Act::Require { entity, column, .. } => (
            format!("“{entity}”的字段“{}”改为必填", column.field),
            format!("field `{}` of `{entity}` must have a value", column.field),
        ),
        Act::Shorten { entity, column, most, .. } => (
            format!("“{entity}”的字段“{}”最多 {most} 个字符", column.field),
            format!("field `{}` of `{entity}` has at most {most} characters", column.field),
        ),
        Act::Retire { entity, column, codes, .. } => (
            format!("“{entity}”的字段“{}”不再有选项 {}", column.field, codes.join("、")),
            format!("field `{}` of `{entity}` loses the choices {}", column.field, codes.join(", ")),
        ),
        Act::Admit { entity, column, codes, .. } => (
            format!("“{entity}”的字段“{}”只能取选项 {}", column.field, codes.join("、")),
            format!("field `{}` of `{entity}` holds only the choices {}", column.field, codes.join(", ")),
        ),
        Act::Bound { entity, column, least, most, .. } => bounded(entity, column, least.as_ref(), most.as_ref()),
        Act::Rule { entity, rule } => ruled(entity, rule),
        Act::Seat { entity, add: true, .. } => (
            format!("随“{entity}”保存其所在单位在组织树中的位置"),
            format!("keep with each `{entity}` where its unit is in the tree"),
        ),
        Act::Seat { entity, add: false, .. } => (
            format!("不再随“{entity}”保存其所在单位在组织树中的位置"),
            format!("no longer keep with each `{entity}` where its unit is in the tree"),
        ),
        Act::Search { entity, .. } => {
            (format!("更新“{entity}”的搜索内容"), format!("bring what search looks into of `{entity}` up to date"))
        }
    };
    [(Locale::ZhCn, zh), (Locale::En, en)].into_iter().collect()
}

fn fields(many: usize) -> String {
    if many == 1 { "1 field".to_owned() } else { format!("{many} fields") }
}

fn added(entity: &str, field: &str) -> (String, String) {
    (format!("为“{entity}”新增字段“{field}”"), format!("add field `{field}` to `{entity}`"))
}

fn renamed(entity: &str, from: &str, to: &str) -> (String, String) {
    (
        format!("“{entity}”的字段“{from}”更名为“{to}”，数据保留"),
        format!("rename field `{from}` of `{entity}` to `{to}`, keeping its data"),
    )
}

fn dropped(entity: &str, field: &str) -> (String, String) {
    (
        format!("删除“{entity}”的字段“{field}”及其全部数据"),
        format!("drop field `{field}` of `{entity}` and all of its data"),
    )
}

fn bounded(entity: &str, column: &TableColumn, least: Option<&Value>, most: Option<&Value>) -> (String, String) {
    let dated = matches!(column.column, Column::Date | Column::DateTime);
    let (least_words, most_words) = match dated {
        true => (("不早于", "nothing before"), ("不晚于", "nothing after")),
        false if column.column.is_text() => (("至少", "at least"), ("至多", "at most")),
        false => (("不小于", "at least"), ("不大于", "at most")),
    };
    let (zh_unit, en_unit) = if column.column.is_text() { (" 个字符", " characters") } else { ("", "") };
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for ((zh_words, en_words), bound) in [(least_words, least), (most_words, most)] {
        let Some(bound) = bound.map(shown) else { continue };
        zh.push(format!("{zh_words} {bound}{zh_unit}"));
        en.push(format!("{en_words} {bound}{en_unit}"));
    }
    let (zh, en) = (zh.join("、"), en.join(" and "));
    (format!("“{entity}”的字段“{}”{zh}", column.field), format!("field `{}` of `{entity}` holds {en}", column.field))
}

/// A bound as it is written in a definition.
fn shown(bound: &Value) -> String {
    match bound {
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        other => other.json().to_string(),
    }
}

fn ruled(entity: &str, rule: &Rule) -> (String, String) {
    let (zh, en) = match rule {
        Rule::Pattern(field) => {
            (format!("“{entity}”的字段“{field}”的格式"), format!("the pattern of field `{field}` of `{entity}`"))
        }
        Rule::OfField(field) => {
            (format!("“{entity}”的字段“{field}”的校验"), format!("the validation of field `{field}` of `{entity}`"))
        }
        Rule::OfEntity(name) => (format!("“{entity}”的校验“{name}”"), format!("the validation `{name}` of `{entity}`")),
    };
    (
        format!("{zh}是新的或有改动；已有记录到下次保存时才检查"),
        format!("{en} is new or changed; rows are not checked until they are next saved"),
    )
}
