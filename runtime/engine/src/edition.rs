//! The engine itself, and the published app it serves.

use std::sync::Arc;

use app::App;
use arc_swap::ArcSwap;
use model::{Clock, Ids, Locale, RecordId, RoleId, Timestamp, UserId};
use policy::Rights;
use store::{Account, Store, StoreError};

use crate::Actor;

/// A published version of the app. Never changes; a publish puts another in its place.
#[derive(Debug)]
pub struct Edition {
    /// Counts publishes from 1; 0 before the first.
    pub version: i64,
    /// The app.
    pub app: App,
}

/// Turns published documents into an app. Handed in, because this crate has never heard of definitions.
pub type Compile = Arc<dyn Fn(&serde_json::Value) -> Result<App, String> + Send + Sync>;

/// The outside world.
#[derive(Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
}
