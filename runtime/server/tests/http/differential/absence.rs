//! Standing in for somebody: with their person and their rights as far as the limits go, while it lasts, and as oneself before
//! and after.

use axum::http::StatusCode;
use engine::{Actor, stand_in::Absence};
use jiff::SignedDuration;
use model::Locale;
use store::Account;

use super::{
    super::support::{Client, Site, browser_of},
    Asked, Stored, Telling,
    dice::Dice,
    world::{Asker, World, fields},
};

/// What a stand-in may be for.
const FOR: [&str; 4] = ["item", "top", "person", "answer"];

/// Asks as one who stands in for another: within limits and for everything, before it begins, while it lasts, after its end,
/// and when it was ended early. Answers how many cells were compared.
pub(super) async fn stood_in(site: &Site, world: &World, stored: &Stored, seed: u64) -> usize {
    let mut dice = Dice::new(seed * 53 + 5);
    let (giver, taker) = (&world.askers[0], &world.askers[1]);
    let accounts = (account(site, &giver.login).await, account(site, &taker.login).await);
    let actor = site.engine.actor(&accounts.0, Locale::En);
    let mut limits = dice.some(&FOR, 50);
    if limits.is_empty() {
        limits.push("item");
    }
    let limited = give(site, &actor, &accounts.1, (0, 120), &limits).await;
    let whole = give(site, &actor, &accounts.1, (60, 180), &[]).await;
    let absences = Absences { site, world, stored };
    let everything: &[&'static str] = &[];
    let mut cells = absences.seen(taker, &limited, Some((giver, limits.as_slice()))).await;
    cells += absences.seen(taker, &whole, None).await;
    site.clock.pass(SignedDuration::from_mins(90));
    cells += absences.seen(taker, &whole, Some((giver, everything))).await;
    site.clock.pass(SignedDuration::from_mins(60));
    cells += absences.seen(taker, &limited, None).await;
    assert!(site.engine.end_stand_in(&actor, whole.parse().unwrap()).await.unwrap());
    cells + absences.seen(taker, &whole, None).await
}

async fn account(site: &Site, login: &str) -> Account {
    site.engine.store().accounts().by_login(login).await.unwrap().unwrap()
}

/// Gives one from and until so many minutes from now, for some entities or for all; answers its id.
async fn give(site: &Site, giver: &Actor, taker: &Account, minutes: (i64, i64), entities: &[&str]) -> String {
    let at = |minutes: i64| site.engine.now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let absence = Absence {
        taker: taker.clone(),
        since: at(minutes.0),
        until: at(minutes.1),
        writes: false,
        entities: entities.iter().map(|entity| (*entity).to_owned()).collect(),
        reason: "away".to_owned(),
    };
    site.engine.give(giver, absence).await.unwrap().unwrap().id.to_string()
}

struct Absences<'a> {
    site: &'a Site,
    world: &'a World,
    stored: &'a Stored,
}

impl Absences<'_> {
    /// Compares what the taker is shown with the stand-in in use: as whoever gives it, with its limits, or as themselves where
    /// it is not in force.
    async fn seen(&self, taker: &Asker, id: &str, acting: Option<(&Asker, &[&'static str])>) -> usize {
        let client = browser_of(self.site, &taker.login).await;
        let cookie = client.cookie.as_ref().map(|cookie| format!("{cookie}; loam_for={id}"));
        let client = Client { cookie, ..client };
        let asker = acting.map_or(taker, |(giver, _)| giver);
        let own = Telling::of(self.world, self.stored, asker);
        let telling = Telling { lent: acting.map(|(_, limits)| limits), ..own };
        let at = format!("{} in the place of {}, {:?}", taker.login, asker.login, telling.lent);
        let mut asked = Asked { client, telling, dice: Dice::new(self.stored.gone.len() as u64 + 11), at };
        let mut cells = asked.answers().await + asked.counted().await + asked.counted().await;
        for entity in ["item", "top", "person"] {
            cells += asked.listed(entity).await;
        }
        cells
    }
}

impl Asked<'_> {
    /// Compares all rows of an entity that are seen.
    async fn listed(&self, entity: &'static str) -> usize {
        let ids = self.telling.stored.rows(entity).iter().map(|(id, _)| id);
        let visible: Vec<&String> = ids.filter(|id| self.telling.visible(entity, id)).collect();
        let all = self.client.get(&format!("/api/v1/demo/{entity}?limit=200")).await;
        if all.status == StatusCode::FORBIDDEN {
            assert!(visible.is_empty(), "{}: {entity} is closed, and {} rows should be open", self.at, visible.len());
            return 1;
        }
        self.rows(entity, &all.json(), &visible, fields(entity), "all")
    }
}
