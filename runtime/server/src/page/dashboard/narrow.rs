//! What narrows every tile of a dashboard: values chosen above it, or groups gone down to. They stand in the address as
//! `only.PATH=VALUE`, on the dashboard and on the rows behind its numbers.

use app::{By, Dashboard};
use engine::query::series::{Filter as Rows, Place};
use model::{EntityId, TermId, Uuid, Value};

use super::super::{
    Visit, behind,
    filter::{self, Chip, Choice, Filter},
    names,
    params::Params,
    rights,
};
use crate::{
    problem::{Kind, Problem},
    show,
};

/// What stands before a path in the address.
pub(in crate::page) const ONLY: &str = "only.";
/// What stands for a value that is not known.
const UNKNOWN: &str = "~";

/// What a dashboard is narrowed to.
#[derive(Debug, Default)]
pub(in crate::page) struct Narrow {
    /// The inputs to choose by.
    pub(in crate::page) shown: Vec<Filter>,
    /// What it is narrowed to, each with the way back.
    pub(in crate::page) chips: Vec<Chip>,
    /// The places rows must lie in.
    pub(in crate::page) places: Vec<Place>,
    /// The same as it stands in addresses.
    pub(in crate::page) address: Params,
}

/// The part of an address that says in which place rows lie.
pub(in crate::page) fn only(path: &str, value: &Value) -> (String, String) {
    let value = if *value == Value::Null { UNKNOWN.to_owned() } else { behind::written(value) };
    (format!("{ONLY}{path}"), value)
}

/// The parts of an address that say in which places rows lie: paths and values.
pub(in crate::page) fn written(query: &Params) -> impl Iterator<Item = (&str, &str)> {
    let known = query.0.iter().filter(|(_, value)| !value.is_empty());
    known.filter_map(|(key, value)| Some((key.strip_prefix(ONLY)?, value.as_str())))
}

/// A value of an address.
pub(in crate::page) fn value(text: &str, ty: &model::Type) -> Option<Value> {
    if text == UNKNOWN { Some(Value::Null) } else { behind::read(text, ty) }
}

impl Narrow {
    /// Reads the address.
    ///
    /// # Errors
    /// The page is not narrowed by such a path, or not to such a value.
    pub(super) async fn read(visit: &Visit, dashboard: &Dashboard, terms: &[TermId]) -> Result<Self, Problem> {
        let bad = |what: String| Problem::new(Kind::BadRequest).detail(what);
        let mut narrow = Self::default();
        let mut chosen: Vec<(&By, Value)> = Vec::new();
        for (path, text) in written(&visit.query) {
            let by = dashboard.filters.iter().find(|by| by.written == path).ok_or_else(|| bad(path.to_owned()))?;
            let value = value(text, &by.path.ty).ok_or_else(|| bad(format!("{path}={text}")))?;
            chosen.retain(|(other, _)| other.written != by.written);
            chosen.push((by, value));
        }
        let wanted: Vec<(EntityId, Uuid)> = chosen
            .iter()
            .filter_map(|(by, value)| Some((visit.app().field(by.path.field)?.target()?, value.as_id()?)))
            .collect();
        let known = names::load(visit, &wanted).await?;
        for by in &dashboard.filters {
            let Some(field) = visit.app().field(by.path.field).filter(|_| offered(visit, by, terms)) else { continue };
            let key = format!("{ONLY}{}", by.written);
            let mut filter = Filter { name: key.clone(), ..filter::describe(visit, field) };
            let now = chosen.iter().find(|(other, _)| other.written == by.written).map(|(_, value)| value);
            if let Some(value) = now {
                let (_, text) = only(&by.written, value);
                let name = value.as_id().and_then(|id| known.get(&id)).map(|(name, _)| name.clone());
                if let Some(name) = &name {
                    filter.options.push(Choice { value: text.clone(), label: name.clone(), ..Choice::default() });
                }
                for option in &mut filter.options {
                    option.selected = option.value == text;
                }
                let said = filter.options.iter().find(|option| option.selected).map(|option| option.label.clone());
                let said = said.unwrap_or_else(|| show::NOTHING.to_owned());
                let label = format!("{}: {said}", filter.label);
                narrow.chips.push(Chip { label, href: visit.query.without(&[&key]).on(&visit.path) });
                narrow.address = narrow.address.with(&key, text);
            }
            narrow.shown.push(filter);
        }
        let places = chosen.into_iter();
        narrow.places = places.map(|(by, value)| Place::At(by.written.clone(), value)).collect();
        if let Some(key) = &dashboard.unit {
            narrow.places.push(Place::Unit(key.clone()));
            narrow.address = narrow.address.with("unit", key);
        }
        Ok(narrow)
    }

    /// The rows that count.
    pub(in crate::page) fn rows(&self) -> Option<Rows> {
        (!self.places.is_empty()).then(|| Rows::Places(self.places.clone()))
    }

    /// What a tile is told apart by: the first thing the page is not narrowed to already.
    pub(super) fn by<'t>(&self, tile: &'t app::Tile) -> Option<&'t By> {
        let chosen =
            |by: &&By| !self.places.iter().any(|place| matches!(place, Place::At(path, _) if *path == by.written));
        let all = || tile.by.iter().chain(&tile.then);
        all().find(chosen).or_else(|| all().next_back())
    }
}

/// Whether the reader may choose by it: they may read it on the rows of every term they see.
fn offered(visit: &Visit, by: &By, terms: &[TermId]) -> bool {
    let app = visit.app();
    let mut bases = terms.iter().flat_map(|id| app.bases(*id));
    bases.all(|(_, base)| app.path(base.over, &by.written).is_ok_and(|path| rights::readable(&visit.actor, &path)))
}
