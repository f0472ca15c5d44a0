//! Fields computed from other records without an expression of their own: lookups and rollups.

use app::{Between, Field, FieldKind, Rollup, RollupFunction};
use definition::kind::entity::{self, RollupFunction as Word, Scalar};
use formula::{AsksReach, Formula, Path, Predicate};
use model::{Decimal, Diagnostic, EntityId, FieldId, Location, Type};

use crate::{draft::Draft, stage::fields::decimal};

/// Children fields that a rollup goes over at most.
const MOST_LEVELS: usize = 5;

/// The value at the end of references: a formula that is a path and nothing else.
pub(super) fn lookup(
    draft: &Draft<'_>,
    source: &str,
    entity: EntityId,
    ty: &Type,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    let formula = draft.expression(source, entity, Some(ty), at, faults)?;
    let name = |part: &str| !part.trim().is_empty() && part.trim().chars().all(|c| c.is_alphanumeric() || c == '_');
    let follows = formula.reads().iter().all(|path| !path.hops.is_empty());
    if !follows || !source.contains('.') || !source.split('.').all(name) {
        let message = "a lookup is the value at the end of references, as in `customer.region.name`";
        let help = "write `formula` for anything that is computed";
        faults.push(Diagnostic::error("lookup.not-a-path", at.clone(), message).help(help));
        return None;
    }
    Some(formula)
}

/// The children fields of a way down, the record's own first, each with what it holds; a fault where one is something else.
fn way(
    draft: &Draft<'_>,
    entity: EntityId,
    of: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<(FieldId, Between)>> {
    let mut found = Vec::new();
    let mut here = entity;
    for part in of.split('.') {
        let field = draft.own_field(here, part, at, faults)?;
        let FieldKind::Children { of: entity, by } = field.kind else {
            if !draft.broken_fields.contains(&field.id) {
                let message = format!("`{part}` holds no records that refer here");
                let help = match part == of {
                    true => "name a field of type `children`",
                    false => "name fields of type `children`, the record's own first, as in `orders.lines`",
                };
                faults.push(Diagnostic::error("rollup.no-children", at.clone(), message).help(help));
            }
            return None;
        };
        found.push((field.id, Between { entity, by }));
        here = entity;
    }
    if found.len() > MOST_LEVELS {
        let message = format!("a rollup goes over {MOST_LEVELS} `children` fields at most");
        let help = "take a part of the way together on a record between, and roll that up";
        faults.push(Diagnostic::error("rollup.too-deep", at.clone(), message).help(help));
        return None;
    }
    Some(found)
}

/// One value over children.
pub(super) fn rollup(
    draft: &Draft<'_>,
    id: FieldId,
    written: &entity::Rollup,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Rollup> {
    let before = faults.len();
    let own = draft.field_by_id(id)?;
    let way = way(draft, own.entity, &written.of, &at.child("of"), faults)?;
    let (&(of, _), &(last, Between { entity: child, by })) = (way.first()?, way.last()?);
    let mut parts = Parts { draft, child, written, at, faults };
    let function = parts.function();
    let rows = parts.rows();
    let function = function?;
    let (rows, condition) = match (&written.rows, rows) {
        (None, _) => (None, Predicate::always()),
        (Some(_), Some((formula, condition))) => (Some(formula), condition),
        (Some(_), None) => return None,
    };
    let made = parts.result(function);
    if !made.fits(&own.ty) {
        let message = format!("this rollup is a {made}, which `{}` does not hold", own.name);
        let help = "change the field's `type`";
        faults.push(Diagnostic::error("rollup.type", at.child("function"), message).help(help));
    }
    if faults.len() > before {
        return None;
    }
    let hops: Vec<FieldId> = way.iter().map(|(field, _)| *field).collect();
    let between: Vec<Between> = way.iter().take(way.len().saturating_sub(1)).map(|(_, between)| *between).collect();
    let here = |field: FieldId, ty: Type| Path { entity: own.entity, hops: hops.clone(), field, ty: ty.list() };
    let above = hops.iter().copied().take(between.len()).collect();
    let ty = draft.field_by_id(last)?.ty.clone();
    let mut reads = vec![Path { entity: own.entity, hops: above, field: last, ty }];
    let conditions = rows.iter().flat_map(Formula::reads).map(|path| path.field);
    for field in function.fields().into_iter().chain(conditions) {
        let ty = draft.field_by_id(field).map_or(Type::Text, |field| field.ty.clone());
        let path = here(field, ty);
        if !reads.contains(&path) {
            reads.push(path);
        }
    }
    Some(Rollup { of, between, child, by, function, rows, condition, reads, source: source(written) })
}

/// How it reads: `sum of lines.amount where status == "open"`.
fn source(written: &entity::Rollup) -> String {
    let word = serde_json::to_value(written.function).ok();
    let word = word.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
    let mut text = format!("{word} of {}", written.of);
    if let Some(field) = &written.field {
        text.push_str(&format!(".{field}"));
    }
    let share = written.p.as_ref().map(|share| match share {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    });
    for (word, part) in [("by", &written.by), ("weight", &written.weight), ("p", &share), ("where", &written.rows)] {
        if let Some(part) = part {
            text.push_str(&format!(" {word} {part}"));
        }
    }
    text
}

struct Parts<'a, 'd, 'f> {
    draft: &'a Draft<'d>,
    child: EntityId,
    written: &'a entity::Rollup,
    at: &'a Location,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'a> Parts<'a, '_, '_> {
    fn fault(&mut self, property: &str, code: &'static str, message: String) {
        self.faults.push(Diagnostic::error(code, self.at.child(property), message));
    }

    /// A field of the children, with one value that can be compared.
    fn named(&mut self, name: Option<&str>, property: &str) -> Option<&'a Field> {
        let Some(name) = name else {
            let word = self.word();
            let message = format!("`{word}` needs `{property}`: a field of the records it is made of");
            self.faults.push(Diagnostic::error("rollup.missing-property", self.at.clone(), message));
            return None;
        };
        if let Some((first, _)) = name.split_once('.')
            && self.draft.field_named(self.child, first).is_some()
        {
            let message = "only the fields of the records taken together can be read here";
            let help = match self.is_children(first) {
                true => format!("the way down is written in `of`: `of: {}.{first}`", self.written.of),
                false => format!("keep `{name}` on those records with `lookup`, and read that"),
            };
            self.faults.push(Diagnostic::error("rollup.path", self.at.child(property), message).help(help));
            return None;
        }
        let field = self.draft.open_field(self.child, name, &self.at.child(property), self.faults)?;
        if self.draft.broken_fields.contains(&field.id) {
            return None;
        }
        if matches!(field.ty, Type::List(_) | Type::Json) {
            self.fault(
                property,
                "rollup.no-value",
                format!("`{name}` has no single value that could be taken together"),
            );
            return None;
        }
        Some(field)
    }

    fn is_children(&self, name: &str) -> bool {
        let field = self.draft.field_named(self.child, name);
        field.is_some_and(|field| matches!(field.kind, FieldKind::Children { .. }))
    }

    fn number(&mut self, name: Option<&str>, property: &str) -> Option<FieldId> {
        let field = self.named(name, property)?;
        if !field.ty.is_number() {
            let (word, message) = (self.word(), format!("`{}` is no number", field.name));
            self.fault(property, "rollup.no-number", format!("{message}, and `{word}` needs one"));
            return None;
        }
        Some(field.id)
    }

    /// A field whose values have an order.
    fn ordered(&mut self, name: Option<&str>, property: &str) -> Option<FieldId> {
        let field = self.named(name, property)?;
        if matches!(field.ty, Type::Id(_) | Type::Bool) {
            let message = format!("the values of `{}` have no order", field.name);
            self.fault(property, "rollup.no-order", message);
            return None;
        }
        Some(field.id)
    }

    fn word(&self) -> String {
        let word = serde_json::to_value(self.written.function).ok();
        word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    fn function(&mut self) -> Option<RollupFunction> {
        let written = self.written;
        let word = self.word();
        let needs_by = matches!(written.function, Word::First | Word::Last);
        let applies = [
            ("by", written.by.is_some(), needs_by),
            ("p", written.p.is_some(), written.function == Word::Percentile),
            ("weight", written.weight.is_some(), written.function == Word::WeightedMean),
        ];
        for (property, there, wanted) in applies {
            if there && !wanted {
                self.fault(property, "rollup.does-not-apply", format!("`{property}` does nothing for a `{word}`"));
            }
        }
        let field = written.field.as_deref();
        Some(match written.function {
            Word::Count if field.is_none() => RollupFunction::Count,
            Word::Count => RollupFunction::Known(self.named(field, "field")?.id),
            Word::Distinct => RollupFunction::Distinct(self.named(field, "field")?.id),
            Word::Sum => RollupFunction::Sum(self.number(field, "field")?),
            Word::Avg => RollupFunction::Avg(self.number(field, "field")?),
            Word::Min => RollupFunction::Min(self.ordered(field, "field")?),
            Word::Max => RollupFunction::Max(self.ordered(field, "field")?),
            Word::First | Word::Last => {
                let field = self.named(field, "field").map(|field| field.id);
                let by = self.ordered(written.by.as_deref(), "by");
                let (field, by) = (field?, by?);
                if written.function == Word::First {
                    RollupFunction::First { field, by }
                } else {
                    RollupFunction::Last { field, by }
                }
            }
            Word::Percentile => {
                let field = self.number(field, "field");
                let share = self.share();
                RollupFunction::Percentile { field: field?, share: share? }
            }
            Word::WeightedMean => {
                let field = self.number(field, "field");
                let weight = self.number(written.weight.as_deref(), "weight");
                RollupFunction::WeightedMean { field: field?, weight: weight? }
            }
        })
    }

    fn share(&mut self) -> Option<Decimal> {
        let written = match &self.written.p {
            Some(Scalar::Number(number)) => decimal(&number.to_string()),
            Some(Scalar::Text(text)) => decimal(text),
            None => {
                let message = "`percentile` needs `p`: the share of the values that lies below, 0 to 1";
                self.faults.push(Diagnostic::error("rollup.missing-property", self.at.clone(), message));
                return None;
            }
        };
        // Six places are finer than any share means, and keep the database's arithmetic whole.
        let share = written.filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share) && share.scale() <= 6);
        if share.is_none() {
            self.fault("p", "rollup.bad-share", "a share is a number from 0 to 1 with at most 6 places".to_owned());
        }
        share
    }

    /// The condition, over the children's own fields.
    fn rows(&mut self) -> Option<(Formula, Predicate)> {
        let source = self.written.rows.as_deref()?;
        let at = self.at.child("where");
        let (formula, condition) = self.draft.filter(source, self.child, &at, self.faults)?;
        if formula.uses_actor() || formula.asks_reach() != AsksReach::No {
            let message = "a computed field is the same for everyone, so it cannot ask who acts";
            self.faults.push(Diagnostic::error("formula.actor-in-computed", at, message));
            return None;
        }
        if formula.reads().iter().any(|path| !path.hops.is_empty()) {
            let message = "only the children's own fields can be read here";
            let help = "keep the value on the child with `lookup`, and read that";
            self.faults.push(Diagnostic::error("rollup.path", at, message).help(help));
            return None;
        }
        Some((formula, condition))
    }

    /// The type of what is made.
    fn result(&self, function: RollupFunction) -> Type {
        let of = |field: FieldId| self.draft.field_by_id(field).map_or(Type::Text, |field| field.ty.clone());
        match function {
            RollupFunction::Count | RollupFunction::Known(_) | RollupFunction::Distinct(_) => Type::Int,
            RollupFunction::Avg(_) | RollupFunction::Percentile { .. } | RollupFunction::WeightedMean { .. } => {
                Type::Decimal
            }
            RollupFunction::Sum(field)
            | RollupFunction::Min(field)
            | RollupFunction::Max(field)
            | RollupFunction::First { field, .. }
            | RollupFunction::Last { field, .. } => of(field),
        }
    }
}
