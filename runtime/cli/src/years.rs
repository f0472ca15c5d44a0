//! What a publish that lets years begin in another month does to numbers, before it does.

use anyhow::{Context as _, Result};
use app::{
    App,
    years::{YearsMoved, years_moved},
};
use engine::Engine;
use formula::{Predicate, Term as Operand};
use model::{FieldId, Grain, Locale, Value};
use policy::{Aggregate, Measure};
use serde_json::{Value as Json, json};

use crate::output::counted;

/// The lengths of period that begin with the year.
const LONG: [Grain; 3] = [Grain::Quarter, Grain::Half, Grain::Year];

/// Years that begin in another month, and what the database holds of the years before.
pub struct Years {
    /// What changes in the app.
    pub moved: YearsMoved,
    /// The records that name a period of the years before: entity, field, the period's length, and how many.
    pub records: Vec<(String, String, Grain, i64)>,
    /// The numbers that are kept of such periods, by term.
    pub kept: Vec<Kept>,
}

/// Numbers of a term that are kept of quarters, halves and years.
pub struct Kept {
    /// The term, by name.
    pub term: String,
    /// How many.
    pub numbers: i64,
    /// How many of them were measured by an earlier version of the term.
    pub earlier: i64,
}

impl Years {
    /// What becomes of them with `app`; `None` where years begin as before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(engine: &Engine, app: &App) -> Result<Option<Self>> {
        let edition = engine.edition();
        let Some(moved) = years_moved(&edition.app, app).filter(|_| edition.version > 0) else { return Ok(None) };
        let mut records = Vec::new();
        for (id, grain) in &moved.fields {
            let names = edition.app.field(*id).and_then(|field| Some((edition.app.entity(field.entity)?, field)));
            let Some((entity, field)) = names else { continue };
            let count = filled(engine, *id).await?;
            if count > 0 {
                records.push((entity.name.to_string(), field.name.to_string(), *grain, count));
            }
        }
        let mut kept: Vec<Kept> = Vec::new();
        for (term, version, numbers) in engine.store().snapshots().counts(&LONG.map(Grain::word)).await? {
            let Some(now) = app.term_named(&term) else { continue };
            let earlier = if version < now.version { numbers } else { 0 };
            match kept.last_mut().filter(|last| last.term == term) {
                Some(last) => (last.numbers, last.earlier) = (last.numbers + numbers, last.earlier + earlier),
                None => kept.push(Kept { term, numbers, earlier }),
            }
        }
        Ok(Some(Self { moved, records, kept }))
    }

    /// In sentences.
    pub fn text(&self, locale: Locale) -> Vec<String> {
        let moved = &self.moved;
        let mut said = vec![begins(moved, locale)];
        for grain in LONG {
            let terms = moved.terms.iter().filter(|(_, lengths)| lengths.contains(&grain));
            let terms: Vec<&str> = terms.map(|(term, _)| term.as_str()).collect();
            match (terms.is_empty(), locale) {
                (true, _) => {}
                (false, Locale::En) => {
                    said.push(format!("- terms measured by {}: {}", many(grain, locale), terms.join(", ")));
                }
                (false, Locale::ZhCn) => {
                    said.push(format!("- 按{}计量的指标：{}", many(grain, locale), terms.join("、")));
                }
            }
        }
        let others = i64::try_from(moved.others).unwrap_or(i64::MAX);
        match (others, locale) {
            (0, _) => {}
            (_, Locale::En) => said.push(format!(
                "- {} {} other numbers where asked by quarters, halves or years",
                counted(others, "other term"),
                if others == 1 { "gives" } else { "give" }
            )),
            (_, Locale::ZhCn) => said.push(format!("- 另有 {others} 个指标按季度、半年或年度查看时，数值也会改变")),
        }
        for (names, en, zh) in [(&moved.pages, "pages", "页面"), (&moved.rules, "rules", "规则")] {
            match (names.is_empty(), locale) {
                (true, _) => {}
                (false, Locale::En) => said.push(format!("- {en} by such periods: {}", names.join(", "))),
                (false, Locale::ZhCn) => said.push(format!("- 按这些周期的{zh}：{}", names.join("、"))),
            }
        }
        said.extend(self.records.iter().map(|record| stays(record, locale)));
        said.extend(self.kept.iter().map(|kept| kept.sentence(locale)));
        said
    }

    /// For machines.
    pub fn json(&self) -> Json {
        let moved = &self.moved;
        let words = |grains: &[Grain]| grains.iter().map(|grain| grain.word()).collect::<Vec<_>>();
        let terms = moved.terms.iter().map(|(term, lengths)| json!({"term": term, "by": words(lengths)}));
        let records = self.records.iter().map(|(entity, field, grain, count)| {
            json!({"entity": entity, "field": field, "names": grain.word(), "count": count})
        });
        let kept =
            self.kept.iter().map(|kept| json!({"term": kept.term, "numbers": kept.numbers, "earlier": kept.earlier}));
        json!({
            "from": moved.from.month(), "to": moved.to.month(), "cut": words(&moved.cut),
            "terms": terms.collect::<Vec<_>>(), "others": moved.others, "pages": moved.pages, "rules": moved.rules,
            "records": records.collect::<Vec<_>>(), "kept": kept.collect::<Vec<_>>(),
        })
    }
}

impl Kept {
    fn sentence(&self, locale: Locale) -> String {
        let Self { term, numbers, earlier } = self;
        match (*earlier, locale) {
            (0, Locale::En) => {
                format!("- term `{term}`: {} kept of such periods, worked out anew", counted(*numbers, "number"))
            }
            (0, Locale::ZhCn) => format!("- 指标 `{term}`：已留存的 {numbers} 个此类周期的数值将重新计算"),
            (_, Locale::En) => format!(
                "! term `{term}`: {} kept of such periods, worked out anew; {earlier} of them by an earlier version, and where \
                 that can no longer be read, they stay as they are under periods of the years before",
                counted(*numbers, "number")
            ),
            (_, Locale::ZhCn) => format!(
                "! 指标 `{term}`：已留存的 {numbers} 个此类周期的数值将重新计算；其中 {earlier} 个由旧版本算出，旧版本无法读取的仍保留原数值，\
                 对应的是原来的周期"
            ),
        }
    }
}

/// How many records have a value in a field.
async fn filled(engine: &Engine, field: FieldId) -> Result<i64> {
    let system = engine.system();
    let Some(path) = system.edition.app.own_path(field) else { return Ok(0) };
    let ask = Aggregate {
        entity: path.entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count],
        filter: Predicate::Not(Box::new(Predicate::IsNull(Operand::Field(path)))),
        within: Predicate::always(),
        search: None,
        limit: 1,
        anonymous: false,
    };
    let groups = engine.query(&system, ask).await.context("the records that name periods cannot be counted")?;
    match groups.first().and_then(|group| group.numbers.first()) {
        Some(Value::Int(count)) => Ok(*count),
        _ => Ok(0),
    }
}

/// When years begin from now on, and what of their parts keeps its months.
fn begins(moved: &YearsMoved, locale: Locale) -> String {
    let (from, to) = (moved.from.month(), moved.to.month());
    let named = |cut: bool, and: &str| {
        let these = LONG.into_iter().filter(|grain| moved.cut.contains(grain) == cut);
        these.map(|grain| many(grain, locale)).collect::<Vec<_>>().join(and)
    };
    let kept = named(false, if locale == Locale::En { " and " } else { "、" });
    match (kept.is_empty(), locale) {
        (true, Locale::En) => {
            format!("! years begin in month {to} instead of {from}: {} are made of other months", named(true, ", "))
        }
        (true, Locale::ZhCn) => {
            format!("! 年度改为从 {to} 月开始（原为 {from} 月）：{}的起止月份改变", named(true, "、"))
        }
        (false, Locale::En) => format!(
            "! years begin in month {to} instead of {from}: {} are made of other months; {kept} keep theirs and are called \
             otherwise",
            named(true, " and ")
        ),
        (false, Locale::ZhCn) => format!(
            "! 年度改为从 {to} 月开始（原为 {from} 月）：{}的起止月份改变；{kept}的起止月份不变，编号改变",
            named(true, "、")
        ),
    }
}

/// What becomes of records that name a period.
fn stays((entity, field, grain, count): &(String, String, Grain, i64), locale: Locale) -> String {
    match locale {
        Locale::En => format!(
            "- {} of `{entity}` {} {} in `{field}`, kept as written, which are other months from now on",
            counted(*count, "record"),
            if *count == 1 { "names" } else { "name" },
            many(*grain, locale)
        ),
        Locale::ZhCn => format!(
            "- `{entity}` 有 {count} 条记录在 `{field}` 中填写了{}，原样保留，今后对应的是另外的月份",
            many(*grain, locale)
        ),
    }
}

fn many(grain: Grain, locale: Locale) -> &'static str {
    match (grain, locale) {
        (Grain::Quarter, Locale::En) => "quarters",
        (Grain::Quarter, Locale::ZhCn) => "季度",
        (Grain::Half, Locale::En) => "halves",
        (Grain::Half, Locale::ZhCn) => "半年",
        (Grain::Year, Locale::En) => "years",
        (Grain::Year, Locale::ZhCn) => "年度",
        // No other length begins with the year.
        (_, Locale::En) => "periods",
        (_, Locale::ZhCn) => "周期",
    }
}
