//! Conditions to SQL, with the answers [`Predicate::evaluate`] gives in memory.
//!
//! What is known before the statement runs (literals, the actor, the day) is computed here and not in SQL, so that only one
//! of two sides is ever a parameter and both databases know its type from the other.

use std::cmp::Ordering;

use app::FieldKind;
use formula::{ActorAttribute, Arithmetic, Comparison, Predicate, Term, TextMatch};
use jiff::ToSpan;
use model::{Decimal, Type, Value};

use crate::{
    StoreError,
    sql::{
        Column, Dialect, Printer, Reader, lower, name,
        number::{self, Scaled, flipped, word},
        path::Read,
    },
};

/// A term on the way to SQL.
pub(crate) enum Operand<'a> {
    /// Known already.
    Known(Value),
    /// A field, a list or a value.
    Field(Read<'a>),
    /// Something computed.
    Computed { sql: String, column: Column },
}

impl<'a> Printer<'a> {
    /// Prints a condition on the record `root`; masked for `reader`, or trusted without one.
    pub(crate) fn predicate(
        &mut self,
        predicate: &Predicate,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<String, StoreError> {
        Ok(match predicate {
            Predicate::Const(flag) => self.truth(*flag).to_owned(),
            Predicate::Compare { op, left, right } => {
                let (left, right) = (self.operand(left, root, reader)?, self.operand(right, root, reader)?);
                self.compare(*op, &left, &right)
            }
            Predicate::IsNull(term) => match self.operand(term, root, reader)? {
                Operand::Known(value) => self.truth(value.is_null()).to_owned(),
                Operand::Field(read) if matches!(read.field.kind, FieldKind::References { .. }) => {
                    let any = self.any(&read);
                    match &read.when {
                        Some(when) => format!("NOT coalesce(({when}) AND {any}, {})", self.truth(false)),
                        None => format!("NOT {any}"),
                    }
                }
                Operand::Field(read) => format!("({}) IS NULL", self.value(&read)),
                Operand::Computed { sql, .. } => format!("({sql}) IS NULL"),
            },
            Predicate::In { item, list } => {
                let item = self.operand(item, root, reader)?;
                let mut any = Vec::with_capacity(list.len());
                for other in list {
                    let other = self.operand(other, root, reader)?;
                    any.push(self.compare(Comparison::Equal, &item, &other));
                }
                self.joined(any, " OR ", false)
            }
            Predicate::Matches { how, text, part } => {
                let (text, part) = (self.operand(text, root, reader)?, self.operand(part, root, reader)?);
                self.matches(*how, &text, &part)?
            }
            Predicate::Has { list, item } => {
                let read = self.walk(list, root, reader)?;
                let item = self.operand(item, root, reader)?;
                self.has(&read, &item)?
            }
            Predicate::Holds(term) => match self.operand(term, root, reader)? {
                Operand::Known(Value::Bool(flag)) => self.truth(flag).to_owned(),
                Operand::Known(_) => self.unknown().to_owned(),
                other => format!("({})", self.sql(&other)?.0),
            },
            Predicate::Reach(asked) => self.reach(asked, root, reader)?,
            Predicate::And(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.predicate(item, root, reader)).collect();
                self.joined(items?, " AND ", true)
            }
            Predicate::Or(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.predicate(item, root, reader)).collect();
                self.joined(items?, " OR ", false)
            }
            Predicate::Not(inner) => {
                let selecting = std::mem::take(&mut self.selecting);
                let inner = self.predicate(inner, root, reader)?;
                self.selecting = selecting;
                format!("NOT ({inner})")
            }
        })
    }

    fn joined(&self, items: Vec<String>, by: &str, empty: bool) -> String {
        if items.is_empty() {
            return self.truth(empty).to_owned();
        }
        let items: Vec<String> = items.into_iter().map(|item| format!("({item})")).collect();
        format!("({})", items.join(by))
    }

    pub(super) fn operand(
        &mut self,
        term: &Term,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<Operand<'a>, StoreError> {
        Ok(match term {
            Term::Field(path) => Operand::Field(self.walk(path, root, reader)?),
            Term::Literal(value, ty) => Operand::Known(fitted(value.clone(), ty)),
            Term::Actor(attribute, _) => Operand::Known(match attribute {
                ActorAttribute::Id => Value::Id(self.asking.user),
                ActorAttribute::Person => self.asking.person.into(),
                ActorAttribute::Login => self.asking.login.as_str().into(),
            }),
            Term::Today => Operand::Known(self.asking.today.into()),
            Term::Now => Operand::Known(self.asking.now.into()),
            Term::Arithmetic { op, left, right, .. } => {
                let (left, right) = (self.operand(left, root, reader)?, self.operand(right, root, reader)?);
                self.arithmetic(*op, left, right)?
            }
            Term::Lower(inner) => match self.operand(inner, root, reader)? {
                Operand::Known(Value::Text(text)) => Operand::Known(lower::lower(&text).into()),
                Operand::Known(_) => Operand::Known(Value::Null),
                other => {
                    let text = self.sql(&other)?.0;
                    let sql = match self.dialect {
                        Dialect::Sqlite => lower::sqlite(&text),
                        Dialect::Postgres => lower::postgres(&text),
                    };
                    Operand::Computed { sql, column: Column::Text }
                }
            },
            Term::Days { date, add } => match self.operand(date, root, reader)? {
                // No calendar is longer than that; the number then fits both databases.
                _ if add.unsigned_abs() > 7_000_000 => Operand::Known(Value::Null),
                Operand::Known(value) => {
                    Operand::Known(value.as_date().and_then(|date| date.checked_add(add.days()).ok()).into())
                }
                other => {
                    let date = self.sql(&other)?.0;
                    let sql = match self.dialect {
                        Dialect::Sqlite => format!("date({date}, '{add} days')"),
                        Dialect::Postgres => format!("({date} + ({add}))"),
                    };
                    Operand::Computed { sql, column: Column::Date }
                }
            },
        })
    }

    /// The SQL of a term that is not known, and what it holds.
    pub(super) fn sql(&self, operand: &Operand<'_>) -> Result<(String, Column), StoreError> {
        match operand {
            Operand::Field(read) => Ok((self.value(read), read.column)),
            Operand::Computed { sql, column } => Ok((sql.clone(), *column)),
            Operand::Known(_) => Err(StoreError::Misfit("a known value where a field is needed")),
        }
    }

    fn compare(&mut self, op: Comparison, left: &Operand<'_>, right: &Operand<'_>) -> String {
        match (left, right) {
            (Operand::Known(left), Operand::Known(right)) => {
                let answer = left.compare(right).map(|order| holds(op, order));
                answer.map_or(self.unknown(), |flag| self.truth(flag)).to_owned()
            }
            (Operand::Known(Value::Null), _) | (_, Operand::Known(Value::Null)) => self.unknown().to_owned(),
            (Operand::Known(_), _) => self.compare(flipped(op), right, left),
            (_, Operand::Known(value)) => {
                let Ok((sql, column)) = self.sql(left) else { return self.unknown().to_owned() };
                self.compare_known(op, sql, column, value.clone())
            }
            _ => {
                let (Ok((a, of)), Ok((b, with))) = (self.sql(left), self.sql(right)) else {
                    return self.unknown().to_owned();
                };
                match (self.dialect, of.scale(), with.scale()) {
                    (Dialect::Sqlite, Some(left), Some(right)) => {
                        number::compare(op, &Scaled { sql: a, scale: left }, &Scaled { sql: b, scale: right })
                    }
                    _ => format!("({a}) {} ({b})", word(op)),
                }
            }
        }
    }

    fn compare_known(&mut self, op: Comparison, sql: String, column: Column, value: Value) -> String {
        match (column.scale(), value.as_decimal()) {
            (Some(scale), Some(number)) if self.dialect == Dialect::Sqlite => {
                let scaled = Scaled { sql: format!("({sql})"), scale };
                return self.compare_constant(op, &scaled, number);
            }
            // A bigint column keeps its index only beside a bigint.
            (Some(_), Some(number)) => {
                let whole = matches!(value, Value::Int(_)) && column == Column::Int;
                let parameter =
                    if whole { self.bind(value, Column::Int) } else { self.bind(number.into(), Column::Number) };
                return format!("({sql}) {} {parameter}", word(op));
            }
            _ => {}
        }
        let fits = matches!(
            (column, &value),
            (Column::Bool, Value::Bool(_))
                | (Column::Text, Value::Text(_))
                | (Column::Date, Value::Date(_))
                | (Column::DateTime, Value::DateTime(_))
                | (Column::Id, Value::Id(_))
        );
        if !fits {
            return self.unknown().to_owned();
        }
        if let (Column::DateTime, Value::DateTime(moment)) = (column, &value)
            && crate::sql::wire::to_millisecond(*moment) != *moment
        {
            // Columns hold whole milliseconds: the moment lies between two of them.
            let parameter = self.bind(value, Column::DateTime);
            return match op {
                Comparison::Equal => format!("(CASE WHEN ({sql}) IS NOT NULL THEN {} END)", self.truth(false)),
                Comparison::NotEqual => format!("(CASE WHEN ({sql}) IS NOT NULL THEN {} END)", self.truth(true)),
                Comparison::Less | Comparison::LessOrEqual => format!("({sql}) <= {parameter}"),
                Comparison::Greater | Comparison::GreaterOrEqual => format!("({sql}) > {parameter}"),
            };
        }
        let parameter = self.bind(value, column);
        format!("({sql}) {} {parameter}", word(op))
    }

    fn arithmetic(&mut self, op: Arithmetic, left: Operand<'a>, right: Operand<'a>) -> Result<Operand<'a>, StoreError> {
        if let (Operand::Known(left), Operand::Known(right)) = (&left, &right) {
            return Ok(Operand::Known(compute(op, left, right)));
        }
        let (Some(left), Some(right)) = (self.number(left)?, self.number(right)?) else {
            return Ok(Operand::Known(Value::Null));
        };
        Ok(match self.dialect {
            Dialect::Sqlite => {
                let result = number::arithmetic(op, &left, &right);
                Operand::Computed { sql: result.sql, column: Column::Decimal(result.scale) }
            }
            Dialect::Postgres => {
                let sign = match op {
                    Arithmetic::Add => '+',
                    Arithmetic::Subtract => '-',
                    Arithmetic::Multiply => '*',
                };
                let sql = format!("({}::numeric {sign} {}::numeric)", left.sql, right.sql);
                Operand::Computed { sql, column: Column::Number }
            }
        })
    }

    /// One side of an arithmetic; `None` when it is not known.
    fn number(&mut self, operand: Operand<'_>) -> Result<Option<Scaled>, StoreError> {
        let Operand::Known(value) = &operand else {
            let (sql, column) = self.sql(&operand)?;
            let scale = column.scale().ok_or(StoreError::Misfit("arithmetic on what is no number"))?;
            return Ok(Some(Scaled { sql: format!("({sql})"), scale }));
        };
        let Some(number) = value.as_decimal().map(|number| number.normalize()) else { return Ok(None) };
        Ok(match self.dialect {
            Dialect::Postgres => Some(Scaled { sql: self.bind(number.into(), Column::Number), scale: 0 }),
            Dialect::Sqlite => i64::try_from(number.mantissa())
                .ok()
                .map(|whole| Scaled { sql: self.bind(Value::Int(whole), Column::Int), scale: number.scale() }),
        })
    }

    fn matches(&mut self, how: TextMatch, text: &Operand<'_>, part: &Operand<'_>) -> Result<String, StoreError> {
        let side = |printer: &mut Self, operand: &Operand<'_>| match operand {
            Operand::Known(Value::Text(text)) => Ok(Some(printer.bind(text.as_str().into(), Column::Text))),
            Operand::Known(_) => Ok(None),
            other => printer.sql(other).map(|(sql, _)| Some(format!("({sql})"))),
        };
        if let (Operand::Known(Value::Text(text)), Operand::Known(Value::Text(part))) = (text, part) {
            let holds = match how {
                TextMatch::Contains => text.contains(part.as_str()),
                TextMatch::StartsWith => text.starts_with(part.as_str()),
                TextMatch::EndsWith => text.ends_with(part.as_str()),
            };
            return Ok(self.truth(holds).to_owned());
        }
        let (Some(text), Some(part)) = (side(self, text)?, side(self, part)?) else {
            return Ok(self.unknown().to_owned());
        };
        Ok(match (self.dialect, how) {
            (Dialect::Sqlite, TextMatch::Contains) => format!("instr({text}, {part}) > 0"),
            (Dialect::Sqlite, TextMatch::StartsWith) => format!("substr({text}, 1, length({part})) = {part}"),
            (Dialect::Sqlite, TextMatch::EndsWith) => format!(
                "(length({text}) >= length({part}) AND substr({text}, length({text}) - length({part}) + 1) = {part})"
            ),
            (Dialect::Postgres, TextMatch::Contains) => format!("strpos({text}, {part}) > 0"),
            (Dialect::Postgres, TextMatch::StartsWith) => format!("starts_with({text}, {part})"),
            (Dialect::Postgres, TextMatch::EndsWith) => format!("right({text}, length({part})) = {part}"),
        })
    }

    /// Whether a references field has any.
    fn any(&self, read: &Read<'_>) -> String {
        let FieldKind::References { table, .. } = &read.field.kind else { return self.truth(false).to_owned() };
        format!("EXISTS (SELECT 1 FROM {} WHERE owner = t{}.id)", name(table), read.alias)
    }

    /// Whether a field of several values holds the item: false where it holds none or is masked.
    pub(super) fn has(&mut self, read: &Read<'_>, item: &Operand<'_>) -> Result<String, StoreError> {
        let alias = read.alias;
        let (column, head) = match (&read.field.kind, self.dialect) {
            (FieldKind::References { table, .. }, _) => {
                let table = name(table);
                (Column::Id, format!("EXISTS (SELECT 1 FROM {table} WHERE owner = t{alias}.id AND target = "))
            }
            (FieldKind::Choices(_), dialect) => {
                let list = format!("t{alias}.{}", name(&read.field.column));
                let head = match dialect {
                    Dialect::Sqlite => format!("EXISTS (SELECT 1 FROM json_each({list}) AS u WHERE u.value = "),
                    Dialect::Postgres => format!("EXISTS (SELECT 1 FROM unnest({list}) AS u(v) WHERE u.v = "),
                };
                (Column::Text, head)
            }
            _ => return Err(StoreError::Misfit("a search for one among a field that holds one")),
        };
        let (item, known) = match item {
            Operand::Known(Value::Null) => return Ok(self.unknown().to_owned()),
            Operand::Known(value) => (self.bind(value.clone(), column), None),
            other => {
                let sql = self.sql(other)?.0;
                (format!("({sql})"), Some(format!("({sql}) IS NOT NULL")))
            }
        };
        let mut has = format!("{head}{item})");
        if let Some(when) = &read.when {
            has = format!("CASE WHEN {when} THEN {has} ELSE {} END", self.truth(false));
        }
        Ok(known.map_or(format!("({has})"), |known| format!("(CASE WHEN {known} THEN {has} END)")))
    }
}

/// A literal in the type of its place: a whole number where decimals stand, a day or an id that was written as text.
fn fitted(value: Value, ty: &Type) -> Value {
    match (&value, ty) {
        (Value::Int(number), Type::Decimal) => Value::Decimal(Decimal::from(*number)),
        (Value::Text(text), Type::Date) => text.parse::<model::Date>().ok().into(),
        (Value::Text(text), Type::DateTime) => text.parse::<model::Timestamp>().ok().into(),
        (Value::Text(text), Type::Id(_)) => model::Uuid::try_parse(text).ok().into(),
        _ => value,
    }
}

fn holds(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn compute(op: Arithmetic, left: &Value, right: &Value) -> Value {
    let (Some(left), Some(right)) = (left.as_decimal(), right.as_decimal()) else { return Value::Null };
    let result = match op {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
    };
    result.into()
}
