//! The server as its callers meet it: a router on a database of its own, asked without a listener.

#[path = "http/support.rs"]
mod support;

#[path = "http/accounts.rs"]
mod accounts;
#[path = "http/bad_input.rs"]
mod bad_input;
#[path = "http/beside.rs"]
mod beside;
#[path = "http/editions.rs"]
mod editions;
#[path = "http/openapi.rs"]
mod openapi;
#[path = "http/pages.rs"]
mod pages;
#[path = "http/platform.rs"]
mod platform;
#[path = "http/records.rs"]
mod records;
#[path = "http/rights.rs"]
mod rights;
#[path = "http/sessions.rs"]
mod sessions;
