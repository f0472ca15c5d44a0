//! The server as its callers meet it: a router on a database of its own, asked without a listener.

#[cfg(test)]
#[path = "http/support.rs"]
mod support;

#[cfg(test)]
#[path = "http/accounts.rs"]
mod accounts;
#[cfg(test)]
#[path = "http/bad_input.rs"]
mod bad_input;
#[cfg(test)]
#[path = "http/beside.rs"]
mod beside;
#[cfg(test)]
#[path = "http/editions.rs"]
mod editions;
#[cfg(test)]
#[path = "http/openapi.rs"]
mod openapi;
#[cfg(test)]
#[path = "http/pages.rs"]
mod pages;
#[cfg(test)]
#[path = "http/platform.rs"]
mod platform;
#[cfg(test)]
#[path = "http/records.rs"]
mod records;
#[cfg(test)]
#[path = "http/rights.rs"]
mod rights;
#[cfg(test)]
#[path = "http/sessions.rs"]
mod sessions;
