//! Signatures as the reference prints them are also what the checker reads: `CLAMP(value: N, low: N, high: N) -> N`.
//!
//! Types: `bool whole number text date moment any`; `day` is a date or a moment; `T` any one type, the same at every `T`;
//! `N` whole number or number, number as soon as one argument is; `list of X`; `numbers` numbers or lists of numbers,
//! mixed; `calendar` a reference to what the days of the working calendar belong to. `name?` may be left out, `name...` may be repeated or absent.

use model::Type;

/// A parameter's or answer's type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wants {
    Exactly(Type),
    Day,
    Any,
    Same,
    Numeric,
    Numbers,
    Calendar,
    List(Box<Wants>),
}

impl Wants {
    fn parse(text: &str) -> Option<Self> {
        if let Some(item) = text.strip_prefix("list of ") {
            return Some(Self::List(Box::new(Self::parse(item)?)));
        }
        Some(match text {
            "bool" => Self::Exactly(Type::Bool),
            "whole" => Self::Exactly(Type::Int),
            "number" => Self::Exactly(Type::Decimal),
            "text" => Self::Exactly(Type::Text),
            "date" => Self::Exactly(Type::Date),
            "moment" => Self::Exactly(Type::DateTime),
            "day" => Self::Day,
            "any" => Self::Any,
            "T" => Self::Same,
            "N" => Self::Numeric,
            "numbers" => Self::Numbers,
            "calendar" => Self::Calendar,
            _ => return None,
        })
    }

    /// The words for a message.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Exactly(ty) => ty.to_string(),
            Self::Day => "date or date and time".into(),
            Self::Any | Self::Same => "value".into(),
            Self::Numeric => "number".into(),
            Self::Numbers => "number or list of numbers".into(),
            Self::Calendar => "calendar".into(),
            Self::List(item) => match &**item {
                Self::Any | Self::Same => "list".into(),
                item => format!("list of {}", item.words()),
            },
        }
    }
}

/// How often a parameter is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Optional,
    Many,
}

/// What a function takes and answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<(&'static str, Wants, Times)>,
    pub(crate) answer: Wants,
}

impl Signature {
    /// Reads a signature; `None` when it is malformed, which a test rules out for every function.
    pub(crate) fn parse(text: &'static str) -> Option<Self> {
        let (_, rest) = text.split_once('(')?;
        let (inside, answer) = rest.rsplit_once(") -> ")?;
        let parameters = inside.split(", ").filter(|part| !part.is_empty()).map(|part| {
            let (name, wants) = part.split_once(": ")?;
            let (name, times) = match (name.strip_suffix('?'), name.strip_suffix("...")) {
                (Some(name), _) => (name, Times::Optional),
                (_, Some(name)) => (name, Times::Many),
                _ => (name, Times::Once),
            };
            Some((name, Wants::parse(wants)?, times))
        });
        Some(Self { parameters: parameters.collect::<Option<_>>()?, answer: Wants::parse(answer)? })
    }

    /// The parameter an argument goes to.
    pub(crate) fn parameter(&self, index: usize) -> Option<&(&'static str, Wants, Times)> {
        self.parameters.get(index).or_else(|| self.parameters.last().filter(|last| last.2 == Times::Many))
    }

    /// Fewest arguments.
    pub(crate) fn least(&self) -> usize {
        self.parameters.iter().filter(|parameter| parameter.2 == Times::Once).count()
    }
}
