//! (being written)
use crate::draft::Draft;
use app::Seed;
use model::Diagnostic;
pub(crate) fn resolve(_: &Draft<'_>, _: &mut Vec<Diagnostic>) -> Vec<Seed> {
    Vec::new()
}
