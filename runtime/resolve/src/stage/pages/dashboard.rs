//! Dashboards: the terms are there, what their values are told apart by leads somewhere, and every property of a tile does
//! something.

use app::{By, ChartKind, Dashboard, FieldKind, Tile};
use definition::kind::{entity, page};
use formula::Path;
use metrics::{Base, Term};
use model::{Diagnostic, EntityId, Grain, Location, TermId, diagnostic::nearest};

use crate::{draft::Draft, text::optional};

/// Periods of a dashboard that says none.
const PERIODS: u32 = 6;
/// Most periods of a tile.
const MOST_PERIODS: u32 = 60;
/// Groups of a tile that says none.
const TOP: u32 = 12;
/// Most groups of a tile.
const MOST_GROUPS: u32 = 50;

/// Compiles a dashboard.
pub(super) fn resolve(
    draft: &Draft<'_>,
    terms: &[Term],
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Dashboard {
    let about = words.about.as_ref().and_then(|name| draft.entity(name, &at.child("about"), faults));
    let grain = words.grain.map_or(Grain::Month, grain);
    let periods = periods(words.periods, &at.child("periods"), faults).unwrap_or(PERIODS);
    let page = On { draft, terms, about, grain };
    let tiles = words.tiles.iter();
    let tiles =
        tiles.filter_map(|(name, tile)| page.tile(name, tile, &at.child("tiles").child(name), faults)).collect();
    Dashboard { about, grain, periods, tiles }
}

fn grain(written: entity::Grain) -> Grain {
    match written {
        entity::Grain::Year => Grain::Year,
        entity::Grain::Half => Grain::Half,
        entity::Grain::Quarter => Grain::Quarter,
        entity::Grain::Month => Grain::Month,
        entity::Grain::Week => Grain::Week,
    }
}

fn periods(written: Option<u32>, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<u32> {
    let count = written?;
    if !(1..=MOST_PERIODS).contains(&count) {
        let message = format!("a dashboard shows 1 to {MOST_PERIODS} periods, not {count}");
        faults.push(Diagnostic::error("page.out-of-range", at.clone(), message));
    }
    Some(count)
}

fn kind(written: page::ChartKind) -> ChartKind {
    match written {
        page::ChartKind::Line => ChartKind::Line,
        page::ChartKind::Bar => ChartKind::Bar,
        page::ChartKind::Stacked => ChartKind::Stacked,
        page::ChartKind::Radar => ChartKind::Radar,
        page::ChartKind::Funnel => ChartKind::Funnel,
        page::ChartKind::Heat => ChartKind::Heat,
        page::ChartKind::Waterfall => ChartKind::Waterfall,
        page::ChartKind::Gauge => ChartKind::Gauge,
        page::ChartKind::Words => ChartKind::Words,
        page::ChartKind::Table => ChartKind::Table,
    }
}

/// The page a tile stands on.
struct On<'d, 'w> {
    draft: &'d Draft<'w>,
    terms: &'d [Term],
    about: Option<EntityId>,
    grain: Grain,
}

impl On<'_, '_> {
    fn tile(&self, name: &str, words: &page::Tile, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Tile> {
        let draft = self.draft;
        let span = words.span.unwrap_or(1);
        if !(1..=3).contains(&span) {
            let message = format!("a tile takes 1 to 3 columns, not {span}");
            faults.push(Diagnostic::error("page.out-of-range", at.child("span"), message));
        }
        let top = words.top.unwrap_or(TOP);
        if !(1..=MOST_GROUPS).contains(&top) {
            let message = format!("a tile shows 1 to {MOST_GROUPS} groups, not {top}");
            faults.push(Diagnostic::error("page.out-of-range", at.child("top"), message));
        }
        inert(words, at, faults);
        let roles = super::roles(draft, &words.roles, &at.child("roles"), faults);
        let visible = match (&words.visible, self.about) {
            (Some(source), Some(about)) => draft.filter(source, about, &at.child("visible"), faults),
            (Some(_), None) => {
                let message = "nothing is known of the record of a page that is `about` nothing";
                let fault = Diagnostic::error("page.tile-inert", at.child("visible"), message);
                faults.push(fault.help("say whom the page is `about`, or leave it out"));
                None
            }
            (None, _) => None,
        };
        let grain = words.grain.map(grain);
        let at_with = at.child("with");
        let term = self.term(&words.term, grain, &at.child("term"), faults);
        let with: Vec<TermId> = words
            .with
            .iter()
            .enumerate()
            .filter_map(|(index, name)| self.term(name, grain, &at_with.child(index), faults))
            .collect();
        let term = term?;
        for (index, other) in with.iter().enumerate() {
            if *other == term || with.iter().take(index).any(|before| before == other) {
                let message = format!("`{}` is drawn twice", words.with.get(index).map_or("", String::as_str));
                faults.push(Diagnostic::error("page.named-twice", at_with.child(index), message));
            }
        }
        let by = match &words.by {
            Some(written) => {
                let path = self.by(written, term, &with, &at.child("by"), faults)?;
                Some(By { written: written.clone(), path })
            }
            None => None,
        };
        Some(Tile {
            name: name.to_owned(),
            term,
            label: optional(words.label.as_ref()),
            roles,
            visible: visible.map(|(_, predicate)| predicate),
            span,
            grain,
            periods: periods(words.periods, &at.child("periods"), faults),
            chart: words.chart.map(kind),
            with,
            by,
            top,
        })
    }

    /// A term that can be shown on this page.
    fn term(&self, name: &str, grain: Option<Grain>, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<TermId> {
        let Some(place) = self.draft.terms.iter().position(|named| named.name == *name) else {
            let message = format!("the dictionary has no term `{name}`");
            let names = self.draft.terms.iter().map(|named| named.name.as_str());
            let help = nearest(name, names).unwrap_or_else(|| "terms stand in `dictionary/`".to_owned());
            faults.push(Diagnostic::error("page.unknown-term", at.clone(), message).help(help));
            return None;
        };
        let id = TermId(u32::try_from(place).ok()?);
        // A term at fault has been told.
        let term = self.known(id)?;
        if !term.in_use() {
            let message = format!("`{name}` is deprecated and no longer to be shown");
            faults
                .push(Diagnostic::error("page.deprecated-term", at.clone(), message).help("show what took its place"));
        }
        let grain = grain.unwrap_or(self.grain);
        for base in self.bases(id) {
            if !base.kind.tells(grain) {
                let message = format!(
                    "the rows of `{name}` say when they count by the {} and cannot be told apart by the {}",
                    base.kind.finest().word(),
                    grain.word()
                );
                let help = format!("give the tile a `grain` of {} or longer", base.kind.finest().word());
                faults.push(Diagnostic::error("page.bad-grain", at.clone(), message).help(help));
                break;
            }
        }
        if let Some(about) = self.about
            && !self.bases(id).iter().all(|base| base.subject.as_ref().is_some_and(|(_, entity)| *entity == about))
        {
            let of = self.draft.entity_name(about);
            let message = format!("`{name}` is not about a `{of}`, so there is no value for the record of this page");
            faults.push(
                Diagnostic::error("page.other-subject", at.clone(), message).help("give the term that `subject`"),
            );
        }
        Some(id)
    }

    fn known(&self, id: TermId) -> Option<&Term> {
        self.terms.iter().find(|term| term.id == id)
    }

    /// The measures over rows that a term is made from.
    fn bases(&self, id: TermId) -> Vec<&Base> {
        metrics::measured(id, |id| self.known(id)).into_iter().filter_map(Term::base).collect()
    }

    /// What the rows are told apart by: a path that every term of the tile has.
    fn by(
        &self,
        written: &str,
        term: TermId,
        with: &[TermId],
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Path> {
        let mut first = None;
        let mut told: Vec<EntityId> = Vec::new();
        for base in std::iter::once(&term).chain(with).flat_map(|id| self.bases(*id)) {
            if told.contains(&base.over) {
                continue;
            }
            told.push(base.over);
            let path = self.draft.path(base.over, written, at, faults)?;
            let field = self.draft.field_by_id(path.field)?;
            if matches!(field.kind, FieldKind::Children { .. } | FieldKind::Json | FieldKind::File | FieldKind::Image) {
                let message = format!("nothing can be told apart by `{written}`, which has no single value");
                faults.push(Diagnostic::error("page.bad-group", at.clone(), message));
                return None;
            }
            first = first.or(Some(path));
        }
        first
    }
}

/// Properties that would do nothing for the tile as it is drawn.
fn inert(words: &page::Tile, at: &Location, faults: &mut Vec<Diagnostic>) {
    use page::ChartKind as C;
    let mut refuse = |written: bool, property: &'static str, why: &str| {
        if written {
            let message = format!("`{property}` does nothing here: {why}");
            let fault = Diagnostic::error("page.tile-inert", at.child(property), message);
            faults.push(fault.help("leave it out"));
        }
    };
    match words.chart {
        None => {
            refuse(words.by.is_some(), "by", "a number is not told apart");
            refuse(!words.with.is_empty(), "with", "a number stands alone");
        }
        Some(C::Gauge) => {
            refuse(words.by.is_some(), "by", "a gauge shows one value");
            refuse(!words.with.is_empty(), "with", "a gauge shows one value");
        }
        Some(C::Heat | C::Waterfall | C::Words) => {
            refuse(!words.with.is_empty(), "with", "it is drawn of one term");
        }
        Some(C::Line | C::Stacked | C::Table) => {
            let both = words.by.is_some() && !words.with.is_empty();
            refuse(both, "with", "lines told apart by groups are of one term");
        }
        Some(C::Bar | C::Radar | C::Funnel) => {}
    }
    refuse(words.top.is_some() && words.by.is_none(), "top", "there are no groups without `by`");
    let needs = match words.chart {
        Some(C::Heat | C::Waterfall | C::Words) if words.by.is_none() => "`by`",
        Some(C::Radar | C::Funnel) if words.by.is_none() && words.with.is_empty() => "`by` or `with`",
        Some(C::Stacked) if words.by.is_none() && words.with.is_empty() => "`by` or `with`",
        _ => return,
    };
    let message = format!("a drawing of this kind needs {needs}: one value alone has no shape");
    faults.push(Diagnostic::error("page.tile-shapeless", at.child("chart"), message));
}
