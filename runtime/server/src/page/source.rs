//! Where the rows of a page come from, and when they last came, where people do not enter them.

use app::Entity;
use engine::query::AsOf;

use super::Visit;
use crate::{problem::Problem, show::time};

/// A sentence for the head of a page; nothing for an entity whose rows people enter.
///
/// # Errors
/// What the engine refuses.
pub async fn sentence(visit: &Visit, entity: &Entity) -> Result<Option<String>, Problem> {
    said(visit, entity, ["source-as-of", "source-none"]).await
}

/// The same in a few words, beside a table or a number.
///
/// # Errors
/// What the engine refuses.
pub async fn words(visit: &Visit, entity: &Entity) -> Result<Option<String>, Problem> {
    said(visit, entity, ["source-as-of-short", "source-none-short"]).await
}

async fn said(visit: &Visit, entity: &Entity, [with, without]: [&str; 2]) -> Result<Option<String>, Problem> {
    let Some(source) = &entity.source else { return Ok(None) };
    let what = source.label.get(visit.locale());
    let delivery = visit.ask(AsOf { entity: entity.id }).await?;
    Ok(Some(match delivery {
        Some(delivery) => {
            let when = time::moment(&visit.reader(), delivery.arrived);
            visit.fill(with, &[("what", what), ("when", &when)])
        }
        None => visit.fill(without, &[("what", what)]),
    }))
}
