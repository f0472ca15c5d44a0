//! The contract both databases keep: every test here runs on SQLite and on PostgreSQL.
//!
//! PostgreSQL is named by `LOAM_TEST_POSTGRES`, a superuser's URL; each test makes a database of its own there. Where it is
//! missing the PostgreSQL half fails and says so, unless `LOAM_TEST_DATABASES=sqlite` says that this run is for one only.

/// Makes each test run on both databases.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::contract::world::World::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(world) = crate::contract::world::World::postgres().await {
                    super::$name(world).await;
                }
            })+
        }
    };
}

// Marked as tests for the lints, which know test code by this.
#[cfg(test)]
mod contract {
    mod beside;
    mod crash;
    mod ledger;
    mod platform;
    mod predicates;
    mod publishing;
    mod reads;
    mod sign_in;
    pub(crate) mod world;
    mod writes;
}
