//! The built `loam` as people use it, on SQLite and on PostgreSQL: from a new app to a served one, files in and out, a server
//! that is killed, the demo.

#[cfg(test)]
#[path = "cli/support.rs"]
mod support;

#[cfg(test)]
#[path = "cli/alerts.rs"]
mod alerts;
#[cfg(test)]
#[path = "cli/backup.rs"]
mod backup;
#[cfg(test)]
#[path = "cli/bpmn.rs"]
mod bpmn;
#[cfg(test)]
#[path = "cli/cards.rs"]
mod cards;
#[cfg(test)]
#[path = "cli/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "cli/demo.rs"]
mod demo;
#[cfg(test)]
#[path = "cli/facts.rs"]
mod facts;
#[cfg(test)]
#[path = "cli/files.rs"]
mod files;
#[cfg(test)]
#[path = "cli/firings.rs"]
mod firings;
#[cfg(test)]
#[path = "cli/guards.rs"]
mod guards;
#[cfg(test)]
#[path = "cli/imports.rs"]
mod imports;
#[cfg(test)]
#[path = "cli/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "cli/ledger.rs"]
mod ledger;
#[cfg(test)]
#[path = "cli/plugins.rs"]
mod plugins;
#[cfg(test)]
#[path = "cli/previews.rs"]
mod previews;
#[cfg(test)]
#[path = "cli/publishing.rs"]
mod publishing;
#[cfg(test)]
#[path = "cli/readme.rs"]
mod readme;
#[cfg(test)]
#[path = "cli/seeds.rs"]
mod seeds;
#[cfg(test)]
#[path = "cli/serving.rs"]
mod serving;
#[cfg(test)]
#[path = "cli/usage.rs"]
mod usage;
#[cfg(test)]
#[path = "cli/users.rs"]
mod users;
