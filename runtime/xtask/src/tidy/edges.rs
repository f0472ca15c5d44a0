//! Which of our crates may know which. A new edge is a decision: it changes this table in a commit of its own.

use std::path::Path;

use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand};

/// What a crate may depend on; tests may also use `tests_only`.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
    tests_only: &'static [&'static str],
}

const ANYTHING: &[&str] = &["*"];

const ROOMS: &[Room] = &[
    Room { name: "model", may_use: &[], tests_only: &[] },
    Room { name: "definition", may_use: &["model"], tests_only: &[] },
    Room { name: "integrations", may_use: &["model"], tests_only: &[] },
    Room { name: "chart", may_use: &[], tests_only: &[] },
    Room { name: "print", may_use: &[], tests_only: &[] },
    Room { name: "formula", may_use: &["model"], tests_only: &[] },
    Room { name: "metrics", may_use: &["formula", "model"], tests_only: &[] },
    Room { name: "workflow", may_use: &["formula", "model"], tests_only: &[] },
    Room { name: "policy", may_use: &["formula", "model"], tests_only: &[] },
    Room { name: "app", may_use: &["formula", "metrics", "workflow", "policy", "model"], tests_only: &[] },
    Room {
        name: "resolve",
        may_use: &["definition", "app", "formula", "metrics", "workflow", "policy", "model"],
        tests_only: &[],
    },
    // Its name for a plugin, and what is asked of a host, are the app's; WebAssembly is known here alone.
    Room { name: "plugin-host", may_use: &["app", "model"], tests_only: &[] },
    Room { name: "ledger", may_use: &["model"], tests_only: &[] },
    // The ledger for the words of an entry, which the store keeps as they are hashed.
    Room {
        name: "store",
        may_use: &["app", "policy", "metrics", "formula", "ledger", "model"],
        tests_only: &["resolve"],
    },
    Room {
        name: "engine",
        may_use: &["app", "ledger", "store", "integrations", "policy", "metrics", "workflow", "formula", "model"],
        tests_only: &["resolve"],
    },
    Room { name: "designer", may_use: &[], tests_only: &[] },
    Room {
        name: "server",
        // The store for what is not records: accounts, sessions, kept answers, the outbox; and the rows that queries answer.
        may_use: &[
            "engine",
            "store",
            "chart",
            "print",
            "resolve",
            "definition",
            "app",
            "policy",
            "metrics",
            "workflow",
            "formula",
            "model",
            "designer",
        ],
        tests_only: &["ledger", "renxin-hospital-group", "suite"],
    },
    Room { name: "renxin-hospital-group", may_use: &["model"], tests_only: &[] },
    Room { name: "cli", may_use: ANYTHING, tests_only: &[] },
    Room { name: "suite", may_use: ANYTHING, tests_only: &[] },
    Room { name: "bench", may_use: ANYTHING, tests_only: &[] },
    Room { name: "xtask", may_use: &[], tests_only: &[] },
];

/// One crate of ours depending on another.
#[derive(Debug)]
pub(super) struct Edge {
    from: String,
    to: String,
    tests_only: bool,
}

/// The edges as the manifests have them, and each crate once with itself so that an unlisted crate is seen.
pub(super) fn actual(root: &Path) -> anyhow::Result<Vec<Edge>> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("cannot read the manifests")?;
    let mut edges = Vec::new();
    for package in metadata.workspace_packages() {
        let from = package.name.to_string();
        edges.push(Edge { from: from.clone(), to: from.clone(), tests_only: false });
        edges.extend(package.dependencies.iter().filter(|dependency| dependency.path.is_some()).map(|dependency| {
            Edge {
                from: from.clone(),
                to: dependency.name.clone(),
                tests_only: dependency.kind == DependencyKind::Development,
            }
        }));
    }
    Ok(edges)
}

/// Edges that the table does not have.
pub(super) fn problems(edges: &[Edge]) -> Vec<String> {
    edges.iter().filter_map(problem).collect()
}

fn problem(Edge { from, to, tests_only }: &Edge) -> Option<String> {
    let Some(room) = ROOMS.iter().find(|room| room.name == from) else {
        return Some(format!(
            "crate `{from}` is not in the table of runtime/xtask/src/tidy/edges.rs: add it with what it may use"
        ));
    };
    let listed = |list: &[&str]| list.contains(&to.as_str()) || list == ANYTHING;
    let allowed = from == to || listed(room.may_use) || (*tests_only && listed(room.tests_only));
    (!allowed).then(|| format!("crate `{from}` must not depend on `{to}`: it may use {}", shown(room)))
}

fn shown(room: &Room) -> String {
    if room.may_use.is_empty() { "none of our crates".to_owned() } else { format!("`{}`", room.may_use.join("`, `")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, tests_only: bool) -> Option<String> {
        problem(&Edge { from: from.to_owned(), to: to.to_owned(), tests_only })
    }

    #[test]
    fn edges_point_one_way() {
        assert_eq!(check("formula", "model", false), None);
        assert_eq!(check("cli", "store", false), None);
        assert_eq!(check("store", "resolve", true), None);
        assert!(
            check("store", "resolve", false).is_some_and(|text| text.contains("`store` must not depend on `resolve`"))
        );
        assert!(check("model", "formula", true).is_some());
        assert!(check("newcomer", "newcomer", false).is_some_and(|text| text.contains("not in the table")));
    }
}
