//! Fields.

use std::collections::BTreeMap;

use formula::{FieldInfo, Formula, Path};
use model::{EntityId, FieldId, Name, Text, Type, Value};

use crate::Rollup;

/// A field of an entity.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// The entity it belongs to.
    pub entity: EntityId,
    /// Its name, unique in the entity.
    pub name: Name,
    /// Its column: the name, shortened to 63 bytes where longer.
    pub column: String,
    /// The column's previous name.
    pub renamed_from: Option<String>,
    /// What people call it.
    pub label: Text,
    /// A sentence under the input.
    pub help: Text,
    /// What it holds.
    pub kind: FieldKind,
    /// What expressions see.
    pub ty: Type,
    /// What it is to the platform.
    pub role: Option<FieldRole>,
    /// One of the fields every record has.
    pub system: bool,
    /// A record must have a value.
    pub required: bool,
    /// No two records share a value.
    pub unique: bool,
    /// Indexed.
    pub index: bool,
    /// Value of a new record that gives none.
    pub default: Option<Formula>,
    /// Computed and stored.
    pub formula: Option<Formula>,
    /// Computed over other records and stored.
    pub rollup: Option<Rollup>,
    /// Smallest value, or shortest text as a number of characters.
    pub min: Option<Value>,
    /// Largest value, or longest text as a number of characters.
    pub max: Option<Value>,
    /// The whole text must match this regular expression, which has been checked.
    pub pattern: Option<String>,
    /// The value is the code of a term of the dictionary.
    pub term: bool,
    /// What a choice may begin with, and which values may follow which.
    pub order: Option<Order>,
    /// Set anew when other fields change and nobody gives it.
    pub stamp: Option<Stamp>,
    /// Unit shown after a number.
    pub unit: Text,
    /// How careful to be.
    pub sensitivity: Sensitivity,
    /// What the value is for, if it is personal.
    pub personal: Option<Personal>,
    /// Why the value stays when the person it is about is erased.
    pub kept: Option<Text>,
    /// Whoever may read the field may know its computed value, whatever they may see of what it was computed from.
    pub public: bool,
    /// Condition the value must meet.
    pub validation: Option<crate::Validation>,
}

/// What personal information is for, on which ground, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// What it is needed for.
    pub purpose: Text,
    /// On which ground it may be used.
    pub basis: Basis,
    /// How long it is kept.
    pub keep: Text,
}

/// The grounds on which personal information may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The person agreed.
    Consent,
    /// A contract with the person, or lawful rules, cannot be carried out without it.
    Contract,
    /// A law asks for it.
    LegalDuty,
    /// An emergency.
    Emergency,
    /// It was made public lawfully.
    Published,
    /// Another case that laws name.
    OtherLaw,
}

impl Basis {
    /// The word in definitions.
    pub fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalDuty => "legal_duty",
            Self::Emergency => "emergency",
            Self::Published => "published",
            Self::OtherLaw => "other_law",
        }
    }
}

impl Field {
    /// How the formula room sees it.
    pub fn info(&self) -> FieldInfo {
        FieldInfo { id: self.id, ty: self.ty.clone(), kind: crate::kind_of(self) }
    }

    /// Whether the entity's own table has a column for it.
    pub fn has_column(&self) -> bool {
        !matches!(self.kind, FieldKind::Children { .. } | FieldKind::References { .. })
    }

    /// Whether somebody may ever give a value: not computed, not the platform's, not children, not a serial number.
    pub fn writable(&self) -> bool {
        !self.system
            && !self.is_computed()
            && !matches!(self.kind, FieldKind::Children { .. } | FieldKind::Serial { .. })
    }

    /// Whether its value is computed and stored, by a formula or over other records.
    pub fn is_computed(&self) -> bool {
        self.formula.is_some() || self.rollup.is_some()
    }

    /// What its value is computed from; nothing when it is not computed.
    pub fn reads(&self) -> &[Path] {
        match (&self.formula, &self.rollup) {
            (Some(formula), _) => formula.reads(),
            (None, Some(rollup)) => &rollup.reads,
            (None, None) => &[],
        }
    }

    /// Whether its computed value changes with the day.
    pub fn uses_day(&self) -> bool {
        self.computed_by().is_some_and(Formula::uses_day)
    }

    /// Whether its computed value changes with the working calendar.
    pub fn uses_calendar(&self) -> bool {
        self.computed_by().is_some_and(Formula::uses_calendar)
    }

    /// Its formula, or the condition of what is counted or added up.
    fn computed_by(&self) -> Option<&Formula> {
        self.formula.as_ref().or_else(|| self.rollup.as_ref()?.rows.as_ref())
    }

    /// How it is computed, as written; the same words give the same value.
    pub fn computation(&self) -> Option<&str> {
        let of_rollup = self.rollup.as_ref().map(|rollup| rollup.source.as_str());
        self.formula.as_ref().map(Formula::source).or(of_rollup)
    }

    /// The entity it refers to.
    pub fn target(&self) -> Option<EntityId> {
        match self.kind {
            FieldKind::Reference { to, .. } | FieldKind::References { to, .. } => Some(to),
            FieldKind::Children { of, .. } => Some(of),
            _ => None,
        }
    }

    /// Decimal places kept, for numbers with a fraction.
    pub fn places(&self) -> Option<u32> {
        match self.kind {
            FieldKind::Decimal { places } | FieldKind::Percent { places } | FieldKind::Money { places, .. } => {
                Some(places)
            }
            _ => None,
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// Several lines.
    LongText,
    /// Several lines with Markdown.
    Markdown,
    /// A whole number.
    Integer,
    /// An exact decimal.
    Decimal {
        /// Places kept, 0 to 8.
        places: u32,
    },
    /// Percentage points.
    Percent {
        /// Places kept, 0 to 8.
        places: u32,
    },
    /// An amount.
    Money {
        /// Places kept, 0 to 8.
        places: u32,
        /// ISO 4217 code.
        currency: String,
    },
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// Seconds.
    Duration,
    /// A canonical period text.
    Period {
        /// Its length.
        grain: Grain,
    },
    /// One of a list, by code.
    Choice(Vec<Choice>),
    /// Several of a list, by code.
    Choices(Vec<Choice>),
    /// A record.
    Reference {
        /// Of this entity.
        to: EntityId,
        /// What its deletion does here.
        on_delete: OnDelete,
        /// Which records may be chosen: a condition over that entity.
        only: Option<Formula>,
    },
    /// Several records, kept in a join table.
    References {
        /// Of this entity.
        to: EntityId,
        /// Which records may be chosen.
        only: Option<Formula>,
        /// The join table: `owner`, `target`, `position`.
        table: String,
    },
    /// The records that refer here; no column.
    Children {
        /// The entity of the children.
        of: EntityId,
        /// Their reference back.
        by: FieldId,
    },
    /// A stored file, by its id.
    File,
    /// A stored picture, by its id.
    Image,
    /// A name written by hand or typed, as JSON: `{"drawn": [[[x, y], …], …]}` on a sheet of 600 by 200, or `{"typed": name}`.
    Signature,
    /// `latitude,longitude`.
    Location,
    /// Stars.
    Rating {
        /// How many at most.
        steps: u32,
    },
    /// A number given by the platform.
    Serial {
        /// Its pattern: `{year}`, `{month}`, `{n}`, `{n:4}`.
        format: String,
    },
    /// A JSON document.
    Json,
    /// One line of text that is kept sealed.
    Secret,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Colour of its badge.
    pub colour: Colour,
}

/// The days of the week as the choices of [`FieldRole::Weekdays`] are named, in order.
pub const WEEK: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The order the values of a choice keep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// What a new record may begin with; any value when empty.
    pub starts: Vec<String>,
    /// Which values may follow which; any may follow any when `None`.
    pub follows: Option<BTreeMap<String, Vec<String>>>,
}

impl Order {
    /// Whether a record may go from one value to another; `None` is no value. Staying is always allowed.
    pub fn allows(&self, from: Option<&str>, to: Option<&str>) -> bool {
        match (from, to) {
            (None, None) => true,
            (None, Some(to)) => self.starts.is_empty() || self.starts.iter().any(|start| start == to),
            (Some(_), None) => self.follows.is_none(),
            (Some(from), Some(to)) => {
                from == to || self.next(from).is_none_or(|next| next.iter().any(|code| code == to))
            }
        }
    }

    /// What may follow a value; `None` when anything may.
    pub fn next(&self, from: &str) -> Option<&[String]> {
        let follows = self.follows.as_ref()?;
        Some(follows.get(from).map_or(&[], Vec::as_slice))
    }
}

/// A value that follows a change of other fields.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The fields whose change sets it.
    pub when: Vec<FieldId>,
    /// The value.
    pub value: Formula,
}

/// Colours of badges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colour {
    /// Neutral.
    #[default]
    Grey,
    /// Information.
    Blue,
    /// Good.
    Green,
    /// Attention.
    Yellow,
    /// Bad.
    Red,
    /// Special.
    Purple,
}

impl Colour {
    /// The word style sheets know it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Purple => "purple",
        }
    }
}

/// What happens to a record when the one it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDelete {
    /// The other cannot be deleted.
    #[default]
    Restrict,
    /// This one is deleted too.
    Cascade,
    /// This one loses the reference.
    Clear,
}

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// `2025`
    Year,
    /// `2025-H2`
    Half,
    /// `2025-Q4`
    Quarter,
    /// `2025-11`
    Month,
    /// `2025-W47`
    Week,
}

impl From<Grain> for model::Grain {
    fn from(grain: Grain) -> Self {
        match grain {
            Grain::Year => Self::Year,
            Grain::Half => Self::Half,
            Grain::Quarter => Self::Quarter,
            Grain::Month => Self::Month,
            Grain::Week => Self::Week,
        }
    }
}

/// How careful to be with values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sensitivity {
    /// Anyone signed in may know.
    #[default]
    Internal,
    /// Personal.
    Personal,
    /// Sensitive personal information in the sense of the law.
    Sensitive,
}

/// What a field is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldRole {
    /// The unit above a unit.
    ParentUnit,
    /// The person in charge of a unit.
    Head,
    /// The person a person reports to.
    Manager,
    /// The unit a person works in.
    Unit,
    /// The login an account is made for.
    Login,
    /// Whether a person is in service; the account of whoever is not is disabled.
    InService,
    /// The persons a person also reports to, outside the line.
    MatrixManager,
    /// The persons who look after a unit without being part of it.
    Partner,
    /// Whose assignment it is.
    AssignedPerson,
    /// The unit of an assignment.
    AssignedUnit,
    /// The manager of an assignment.
    AssignedManager,
    /// The unit or person a line is of.
    LineOf,
    /// The first day of an assignment or a line.
    ValidFrom,
    /// The last day of an assignment or a line.
    ValidTo,
    /// The day of a calendar record.
    Day,
    /// Whether that day is worked.
    Open,
    /// The calendar the day is of; of all where there is none.
    Calendar,
    /// The days of the week that are worked by a calendar where no day is listed.
    Weekdays,
}
