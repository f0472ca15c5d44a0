//! Two processes at one SQLite file: an import beside a server. Each waits for the other, however long its transaction takes.

use std::time::Duration;

use store::Store;

use super::world::{FILES, World, app};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_waits_for_the_long_transaction_of_another_process() {
    let server = World::sqlite().await;
    let import = Store::open(&server.place).await.unwrap();
    let (begun, holds) = tokio::sync::watch::channel(());
    let long = import.tend(move |tx| {
        let begun = begun.clone();
        Box::pin(async move {
            tx.set_setting("import", &"under way".into()).await?;
            begun.send_replace(());
            // Longer than the five seconds that were the limit once.
            tokio::time::sleep(Duration::from_secs(7)).await;
            Ok::<_, store::StoreError>(())
        })
    });
    let write = async {
        let mut holds = holds;
        holds.changed().await.unwrap();
        server.add("person", &[("name", "n".into())]).await
    };
    let (long, write) = tokio::join!(long, write);
    long.unwrap();
    write.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_gets_its_turn_beside_a_process_that_never_stops() {
    let server = World::sqlite().await;
    let other = std::sync::Arc::new(World::resume(server.place.clone(), app(&FILES)).await);
    let busy = tokio::spawn({
        let other = other.clone();
        async move {
            loop {
                other.add("person", &[("name", "n".into())]).await.unwrap();
            }
        }
    });
    for _ in 0..10 {
        server.add("person", &[("name", "m".into())]).await.unwrap();
    }
    busy.abort();
}
