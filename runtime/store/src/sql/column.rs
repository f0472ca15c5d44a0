//! What a column holds, and how each database keeps it.
//!
//! | here      | SQLite                              | PostgreSQL          |
//! |-----------|-------------------------------------|---------------------|
//! | Bool      | INTEGER 0/1                         | boolean             |
//! | Int       | INTEGER                             | bigint              |
//! | Decimal n | INTEGER, value times 10^n           | numeric(18,n)       |
//! | Text      | TEXT                                | text, collation "C" |
//! | Date      | TEXT `2025-11-10`                   | date                |
//! | DateTime  | TEXT `2025-11-10T08:00:00.000Z`     | timestamptz         |
//! | Id        | TEXT, 36 characters                 | uuid                |
//! | Texts     | TEXT, a JSON array                  | text[]              |
//! | Json      | TEXT                                | jsonb               |
//! | Secret    | TEXT `sealed:1:…`                   | text, collation "C" |
//!
//! SQLite keeps ids as text and not as 16 bytes so that whoever opens the file with another tool can read and join them;
//! they sort the same way.

use app::{App, Field, FieldKind};
use model::{FieldId, Type};

use crate::{StoreError, sql::Dialect};

/// What a column or parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    Bool,
    Int,
    /// With so many places.
    Decimal(u32),
    /// A number of any places, as sums and literals have; PostgreSQL only.
    Number,
    Text,
    Date,
    DateTime,
    Id,
    Texts,
    Ids,
    Json,
    /// A text that is sealed; see [`crate::vault`].
    Secret,
    /// Several values of a children's column, which a formula reads; see [`crate::tx::paths`].
    Many(Item),
}

/// What each of several values is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Item {
    Bool,
    Int,
    Decimal(u32),
    Text,
    Date,
    DateTime,
    Id,
    Texts,
    Json,
}

impl Column {
    /// What a field's column holds; for references what reading it gives.
    pub(crate) fn of(field: &Field) -> Self {
        match &field.kind {
            FieldKind::Decimal { places } | FieldKind::Percent { places } | FieldKind::Money { places, .. } => {
                Self::Decimal(*places)
            }
            FieldKind::Choices(_) => Self::Texts,
            FieldKind::References { .. } | FieldKind::Children { .. } => Self::Ids,
            FieldKind::Json => Self::Json,
            _ => Self::of_type(&field.ty),
        }
    }

    pub(crate) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Decimal => Self::Number,
            Type::Text => Self::Text,
            Type::Date => Self::Date,
            Type::DateTime => Self::DateTime,
            Type::Id(_) => Self::Id,
            Type::List(item) if matches!(**item, Type::Id(_)) => Self::Ids,
            Type::List(_) => Self::Texts,
            Type::Json => Self::Json,
            Type::Secret => Self::Secret,
        }
    }

    /// The column's type in a table.
    pub(crate) fn sql(self, dialect: Dialect) -> String {
        match (dialect, self) {
            (Dialect::Sqlite, Self::Bool | Self::Int | Self::Decimal(_) | Self::Number) => "INTEGER".to_owned(),
            (Dialect::Sqlite, _) => "TEXT".to_owned(),
            (Dialect::Postgres, Self::Decimal(places)) => format!("numeric(18,{places})"),
            (Dialect::Postgres, Self::Text | Self::Secret) => "text COLLATE \"C\"".to_owned(),
            (Dialect::Postgres, Self::Texts | Self::Many(_)) => "text[] COLLATE \"C\"".to_owned(),
            (Dialect::Postgres, other) => other.cast().to_owned(),
        }
    }

    /// The type's name in a PostgreSQL cast.
    pub(crate) fn cast(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int => "bigint",
            Self::Decimal(_) | Self::Number => "numeric",
            Self::Text | Self::Secret => "text",
            Self::Date => "date",
            Self::DateTime => "timestamptz",
            Self::Id => "uuid",
            Self::Texts | Self::Many(_) => "text[]",
            Self::Ids => "uuid[]",
            Self::Json => "jsonb",
        }
    }

    /// Decimal places of a number; `None` for what is no number.
    pub(crate) fn scale(self) -> Option<u32> {
        match self {
            Self::Int | Self::Number => Some(0),
            Self::Decimal(places) => Some(places),
            _ => None,
        }
    }

    /// Whether it holds one text, sealed or not.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Secret)
    }

    pub(crate) fn item(self) -> Item {
        match self {
            Self::Bool => Item::Bool,
            Self::Int => Item::Int,
            Self::Decimal(places) => Item::Decimal(places),
            Self::Number => Item::Decimal(8),
            Self::Text | Self::Secret => Item::Text,
            Self::Date => Item::Date,
            Self::DateTime => Item::DateTime,
            Self::Id => Item::Id,
            Self::Texts | Self::Ids | Self::Many(_) => Item::Texts,
            Self::Json => Item::Json,
        }
    }
}

/// A field of the app, or the fault that the request does not fit it.
pub(crate) fn field(app: &App, id: FieldId) -> Result<&Field, StoreError> {
    app.field(id).ok_or(StoreError::Misfit("a field it does not have"))
}

/// An entity of the app, or the fault that the request does not fit it.
pub(crate) fn entity(app: &App, id: model::EntityId) -> Result<&app::Entity, StoreError> {
    app.entity(id).ok_or(StoreError::Misfit("an entity it does not have"))
}
