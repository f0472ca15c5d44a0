//! What a publish changes in who may do what, with how many records each change is about.

use anyhow::Result;
use app::{
    App,
    access::{Change, Fact, Moved},
};
use engine::Engine;
use formula::Predicate;
use model::{Locale, Value as Cell};
use policy::{Action, Aggregate, Measure};
use serde_json::{Value, json};

/// A change, and the records it is about.
pub struct Counted {
    /// The change.
    pub change: Change,
    /// How many records there are to which the condition may apply: those it selects where it depends on the record alone,
    /// all records where it depends on who asks. `None` for an entity that is new.
    pub records: Option<i64>,
    /// Whether it depends on who asks which of them.
    pub depends: bool,
}

/// Everything that changes from what is published to the new app. Nothing when nothing is published yet.
///
/// # Errors
/// The database failed.
pub async fn changes(engine: &Engine, after: &App) -> Result<Vec<Counted>> {
    let edition = engine.edition();
    if edition.version == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for change in app::access::changes(&edition.app, after) {
        let (records, depends) = count(engine, &change).await?;
        found.push(Counted { change, records, depends });
    }
    Ok(found)
}

/// Every other fact about rights that changes from what is published to the new app. Nothing when nothing is published yet.
pub fn moves(engine: &Engine, after: &App) -> Vec<Moved> {
    let edition = engine.edition();
    if edition.version == 0 { Vec::new() } else { app::access::moves(&edition.app, after) }
}

/// A fact for machines.
pub fn fact_json(fact: &Fact) -> Value {
    json!({
        "about": fact.about.word(),
        "name": fact.name,
        "matter": fact.matter.word(),
        "of": fact.of,
        "value": fact.value,
    })
}

/// A fact that changes, for machines.
pub fn moved_json(moved: &Moved) -> Value {
    json!({
        "holds": moved.holds,
        "fact": fact_json(&moved.fact),
        "sentence": { "zh-CN": moved.sentence(Locale::ZhCn), "en": moved.sentence(Locale::En) },
    })
}

async fn count(engine: &Engine, change: &Change) -> Result<(Option<i64>, bool)> {
    let system = engine.system();
    let Some(entity) = system.edition.app.entity_named(&change.entity).map(|entity| entity.id) else {
        return Ok((None, false));
    };
    let compiled = match change.condition.is_empty() {
        true => None,
        false => formula::compile_for(&change.condition, entity, formula::Purpose::Filter, &*system.edition.app).ok(),
    };
    let depends = !change.condition.is_empty() && compiled.as_ref().is_none_or(formula::Formula::uses_actor);
    let within = match compiled.filter(|_| !depends).map(|formula| formula.predicate()) {
        Some(Ok(predicate)) => predicate,
        _ => Predicate::always(),
    };
    let ask = Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count],
        filter: Predicate::always(),
        within,
        search: None,
        limit: 1,
        anonymous: false,
    };
    let groups = engine.query(&system, ask).await?;
    let records = match groups.first().and_then(|group| group.numbers.first()) {
        Some(Cell::Int(records)) => Some(*records),
        _ => None,
    };
    Ok((records, depends))
}

impl Counted {
    /// The change in a sentence.
    pub fn sentence(&self, locale: Locale) -> String {
        let Change { gains, role, entity, action, condition, fields } = &self.change;
        let mark = if *gains { '+' } else { '-' };
        let condition = condition.split_whitespace().collect::<Vec<_>>().join(" ");
        match locale {
            Locale::En => {
                let verb = if *gains { "gains" } else { "loses" };
                let of = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
                let about = match self.records {
                    Some(1) => " for 1 record".to_owned(),
                    Some(records) if self.depends => format!(" for some of {records} records, by who asks"),
                    Some(records) => format!(" for {records} records"),
                    None => String::new(),
                };
                let when = if condition.is_empty() { String::new() } else { format!(" where {condition}") };
                format!("{mark} `{role}` {verb} {} on `{entity}`{of}{about}{when}", action.word())
            }
            Locale::ZhCn => {
                let verb = if *gains { "新增" } else { "失去" };
                let of = if fields.is_empty() { String::new() } else { format!("（{}）", fields.join("、")) };
                let about = match self.records {
                    Some(records) if self.depends => format!("，涉及 {records} 条中与操作人有关的部分"),
                    Some(records) => format!("，涉及 {records} 条"),
                    None => String::new(),
                };
                let when = if condition.is_empty() { String::new() } else { format!("，条件 {condition}") };
                format!("{mark} `{role}` {verb} `{entity}` 的{}{of}{about}{when}", word(*action))
            }
        }
    }

    /// The change for machines.
    pub fn json(&self) -> Value {
        json!({
            "gains": self.change.gains,
            "role": self.change.role,
            "entity": self.change.entity,
            "action": self.change.action.word(),
            "where": self.change.condition,
            "fields": self.change.fields,
            "records": self.records,
            "depends_on_who_asks": self.depends,
            "sentence": { "zh-CN": self.sentence(Locale::ZhCn), "en": self.sentence(Locale::En) },
        })
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "新建",
        Action::Read => "查看",
        Action::Update => "修改",
        Action::Delete => "删除",
        Action::Restore => "恢复",
        Action::Export => "导出",
        Action::Import => "导入",
        Action::Aggregate => "匿名汇总",
        Action::Uncover => "查看完整内容",
        Action::Purge => "彻底删除",
        Action::Erase => "抹除个人信息",
    }
}
