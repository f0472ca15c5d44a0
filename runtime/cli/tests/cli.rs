//! The built `loam` as people use it, on SQLite and on PostgreSQL: from a new app to a served one, files in and out, a server
//! that is killed, the demo.

#[path = "cli/support.rs"]
mod support;

#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/publishing.rs"]
mod publishing;
#[path = "cli/serving.rs"]
mod serving;
#[path = "cli/usage.rs"]
mod usage;
