//! A process killed while it writes loses nothing it acknowledged. The process is this test binary again, asked by an
//! environment variable to be the writer.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use policy::{Rights, authorize};
use store::{Place, Store};

use super::world::{FILES, USER, World, app};

const WRITER: &str = "LOAM_TEST_CRASH_WRITER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_outlive_a_kill() {
    let world = World::sqlite().await;
    let Place::Sqlite(file) = world.place.clone() else { unreachable!() };
    world.store.close().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "contract::crash::writer", "--nocapture", "--test-threads=1"])
        .env(WRITER, &file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged: Vec<model::Uuid> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if let Some(id) = line.strip_prefix("written ") {
            acknowledged.push(id.parse().unwrap());
        }
        if acknowledged.len() == 300 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 300);
    let store = Store::open(&world.place).await.unwrap();
    let mut list = world.list_of("person", &["name"]);
    list.limit = 1_000_000;
    let list = authorize(&Rights::full(), USER, &*world.app, list).unwrap();
    let there: Vec<_> =
        store.list(&world.app, &world.asking(), &list).await.unwrap().rows.iter().map(|row| row.id).collect();
    assert!(acknowledged.iter().all(|id| there.contains(id)));
}

/// The writer that is killed; does nothing unless it is asked to be one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer() {
    let Some(file) = std::env::var_os(WRITER) else { return };
    let world = World::resume(Place::Sqlite(file.into()), app(&FILES)).await;
    let world = std::sync::Arc::new(world);
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let world = world.clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..10_000 {
                let id = world.add("person", &[("name", "n".into())]).await.unwrap();
                let line = format!("\nwritten {id}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}
