//! The rows in the order a loader can take them: what a row refers to comes before it, or earlier in its own table.
//!
//! Rows know nothing of ids: they refer to one another by key, and the loader assigns ids. They are made while they are
//! read, so that nothing is held but the goals and reports.

mod decisions;
mod effects;
mod facts;
mod organisation;
mod performance;
mod processes;
mod standards;

use model::{Date, Value};

use crate::people::Employee;

/// How much of the organisation is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Centre 1 only, 170 people.
    Tiny,
    /// Everyone, with the facts of 2025Q4 and the visits of every month of 2025, by which doctors are compared.
    Demo,
    /// And the visits of the months of 2024.
    Full,
}

impl Tier {
    /// The only centre of the tier, if it has but one.
    pub fn centre(self) -> Option<u8> {
        match self {
            Self::Tiny => Some(1),
            Self::Demo | Self::Full => None,
        }
    }

    /// Whether the employee is in it. Goes by the number, so that nobody comes or goes by a move.
    pub fn has(self, employee: Employee) -> bool {
        self.centre().is_none_or(|centre| employee.place().is_some_and(|place| place.0 == centre))
    }
}

/// A field's content.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A value as it is.
    Value(Value),
    /// The row of that entity and key.
    Reference {
        /// The entity referred to, of the same app or one it uses.
        entity: &'static str,
        /// The key of the row there.
        key: String,
    },
    /// Several rows of one entity.
    References {
        /// The entity referred to.
        entity: &'static str,
        /// The keys of the rows, in order.
        keys: Vec<String>,
    },
}

/// A record to create, or to bring up to date in a table of updates.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Unique within the entity; what other rows refer to.
    pub key: String,
    /// What is known. A field that is not here is left empty, or as it was.
    pub fields: Vec<(&'static str, Cell)>,
}

/// Rows of one entity.
pub struct Table {
    /// The app the entity belongs to.
    pub app: &'static str,
    /// The entity.
    pub entity: &'static str,
    /// Whether the rows bring up to date what an earlier table created, found by the same key.
    pub update: bool,
    /// How many rows come, for a progress bar.
    pub expected: usize,
    /// The rows.
    pub rows: Box<dyn Iterator<Item = Row> + Send>,
}

/// All tables of a tier, in the order to load them. The goals and reports are those of the quarter of `today`.
pub fn tables(tier: Tier, today: Date) -> impl Iterator<Item = Table> {
    let standards = standards::tables().into_iter();
    let (posts, people) = (organisation::posts().into_iter(), organisation::people(tier).into_iter());
    let performance =
        performance::tables(tier, today).into_iter().chain(standards::scorecards(tier)).chain(decisions::tables(tier));
    let performance = performance.chain(std::iter::once(standards::weeks(tier, today)));
    let performance = performance.chain(effects::tables(today, tier)).chain(processes::tables(today, tier));
    posts.chain(standards).chain(people).chain(performance).chain(facts::tables(tier))
}

impl Row {
    fn new(key: impl ToString) -> Self {
        Self { key: key.to_string(), fields: Vec::with_capacity(10) }
    }

    /// Puts a value; an empty text or nothing known is left out.
    fn value(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() && value.as_text() != Some("") {
            self.fields.push((field, Cell::Value(value)));
        }
        self
    }

    /// Refers to a row of `entity`, if there is one.
    fn refer(mut self, field: &'static str, entity: &'static str, key: Option<impl ToString>) -> Self {
        if let Some(key) = key {
            self.fields.push((field, Cell::Reference { entity, key: key.to_string() }));
        }
        self
    }

    /// Refers to several rows of `entity`; none is left out.
    fn refer_all(mut self, field: &'static str, entity: &'static str, keys: Vec<String>) -> Self {
        if !keys.is_empty() {
            self.fields.push((field, Cell::References { entity, keys }));
        }
        self
    }
}

/// A table whose rows are made from items as they are read.
fn table<T: 'static>(
    app: &'static str,
    entity: &'static str,
    expected: usize,
    items: impl Iterator<Item = T> + Send + 'static,
    row: impl Fn(T) -> Row + Send + 'static,
) -> Table {
    Table { app, entity, update: false, expected, rows: Box::new(items.map(row)) }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    /// Reads everything, checks keys, references and expected counts, and gives the rows per entity.
    fn load(tier: Tier) -> BTreeMap<String, usize> {
        let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for table in tables(tier, TODAY) {
            let name = format!("{}{}", table.entity, if table.update { " (update)" } else { "" });
            let mut count = 0;
            for row in table.rows {
                let mut references = Vec::new();
                for (_, cell) in &row.fields {
                    match cell {
                        Cell::Value(value) => assert!(!value.is_null()),
                        Cell::Reference { entity, key } => references.push((*entity, key)),
                        Cell::References { entity, keys } => references.extend(keys.iter().map(|key| (*entity, key))),
                    }
                }
                for (entity, key) in references {
                    assert!(keys.get(entity).is_some_and(|keys| keys.contains(key)), "{name} {} → {key}", row.key);
                }
                let new = keys.entry(table.entity).or_default().insert(row.key);
                assert_ne!(new, table.update);
                count += 1;
            }
            assert_eq!(count, table.expected, "{name}");
            counts.insert(name, count);
        }
        counts
    }

    #[test]
    fn demo_rows() {
        expect_test::expect![[r#"
            {
                "action_item": 12,
                "appointment_day": 24480,
                "artefact": 420,
                "assignment": 2151,
                "behaviour_event": 32000,
                "calendar": 1,
                "calendar_day": 104,
                "call_day": 13680,
                "category_value": 15,
                "citation": 19,
                "competency": 416,
                "competency_snapshot": 824,
                "competency_tag": 8,
                "complaint_month": 684,
                "conclusion": 18,
                "contract": 1,
                "critical_value": 28008,
                "crm_account": 400,
                "cycle": 3,
                "decision": 27,
                "decision (update)": 25,
                "dispute": 83,
                "feedback_360": 14,
                "feedback_request": 22,
                "feedback_snapshot": 6450,
                "indicator": 16,
                "interview": 100,
                "key_result": 6061,
                "kpi_item": 43,
                "kpi_template": 11,
                "kpi_template (update)": 11,
                "maintenance_check": 1872,
                "metric_usage": 2000,
                "milestone": 66,
                "milestone_owner": 67,
                "objective": 2725,
                "objective_week": 8022,
                "person": 2150,
                "points_entry": 2,
                "post": 30,
                "post (update)": 23,
                "post_category": 3,
                "post_category (update)": 3,
                "post_value": 150,
                "post_week": 90,
                "praise_month": 3816,
                "promotion_case": 450,
                "quick_comment": 795,
                "renewal": 1146,
                "report_day": 52560,
                "report_day (update)": 1,
                "review": 76,
                "review (update)": 1,
                "reward": 3,
                "rotation_opening": 1,
                "sales_team": 4,
                "score_item": 330,
                "scorecard": 66,
                "soothing_day": 13680,
                "sop_change": 1,
                "suggestion_quarter": 60,
                "task": 2554,
                "training_year": 2150,
                "unit": 127,
                "unit (update)": 127,
                "value_dimension": 5,
                "visit_day": 24480,
                "visit_month": 4896,
                "weekly_report": 1311,
            }
        "#]]
        .assert_debug_eq(&load(Tier::Demo));
    }

    #[test]
    fn tiny_rows() {
        expect_test::expect![[r#"
            {
                "action_item": 12,
                "appointment_day": 2040,
                "artefact": 38,
                "assignment": 170,
                "behaviour_event": 2638,
                "calendar": 0,
                "calendar_day": 92,
                "call_day": 1140,
                "category_value": 15,
                "citation": 19,
                "competency": 416,
                "competency_snapshot": 824,
                "competency_tag": 8,
                "complaint_month": 57,
                "conclusion": 18,
                "contract": 0,
                "critical_value": 2344,
                "crm_account": 400,
                "cycle": 3,
                "decision": 27,
                "decision (update)": 25,
                "dispute": 83,
                "feedback_360": 14,
                "feedback_request": 22,
                "feedback_snapshot": 510,
                "indicator": 16,
                "interview": 100,
                "key_result": 472,
                "kpi_item": 43,
                "kpi_template": 11,
                "kpi_template (update)": 11,
                "maintenance_check": 156,
                "metric_usage": 2000,
                "milestone": 8,
                "milestone_owner": 9,
                "objective": 212,
                "objective_week": 621,
                "person": 170,
                "points_entry": 2,
                "post": 30,
                "post (update)": 23,
                "post_category": 3,
                "post_category (update)": 3,
                "post_value": 150,
                "post_week": 90,
                "praise_month": 318,
                "promotion_case": 450,
                "quick_comment": 284,
                "renewal": 1146,
                "report_day": 4380,
                "report_day (update)": 0,
                "review": 76,
                "review (update)": 1,
                "reward": 3,
                "rotation_opening": 1,
                "sales_team": 4,
                "score_item": 330,
                "scorecard": 66,
                "soothing_day": 1140,
                "sop_change": 1,
                "suggestion_quarter": 5,
                "task": 203,
                "training_year": 170,
                "unit": 11,
                "unit (update)": 10,
                "value_dimension": 5,
                "visit_day": 2040,
                "visit_month": 408,
                "weekly_report": 491,
            }
        "#]]
        .assert_debug_eq(&load(Tier::Tiny));
    }

    #[test]
    fn full_has_the_months_of_2024_besides() {
        let (mut full, mut demo) = (load(Tier::Full), load(Tier::Demo));
        assert_eq!((full.remove("visit_month"), demo.remove("visit_month")), (Some(408 * 24), Some(408 * 12)));
        assert_eq!(full, demo);
    }

    #[test]
    fn the_same_row_in_every_tier() {
        let of = |tier| -> Vec<Row> {
            let people = tables(tier, TODAY).filter(|table| table.entity == "person").flat_map(|table| table.rows);
            people.filter(|row| row.key == "E0256").collect()
        };
        assert_eq!(of(Tier::Tiny), of(Tier::Demo));
        assert_eq!(of(Tier::Tiny).len(), 1);
    }
}
