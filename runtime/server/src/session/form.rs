//! The sign-in form's own token: before there is a session, a random value stands both in a cookie and in the form, so that
//! another site cannot sign somebody in under its own account.

use axum::http::{HeaderMap, HeaderValue};

use super::{cookie, token};
use crate::{AppState, problem::Problem};

const COOKIE: &str = "loam_form";

/// The token for the form, and the cookie to set with it when the browser does not have it yet.
///
/// # Errors
/// No random bytes could be had.
pub fn issue(state: &AppState, headers: &HeaderMap) -> Result<(String, Option<HeaderValue>), Problem> {
    if let Some(known) = cookie::read(headers, COOKIE).filter(|known| known.len() == 43) {
        return Ok((known.to_owned(), None));
    }
    let token = token::new()?;
    let cookie = cookie::hidden(COOKIE, &token, None, state.options.secure_cookies);
    Ok((token, cookie))
}

/// What the cookie holds; empty without one.
pub(crate) fn held(headers: &HeaderMap) -> &str {
    cookie::read(headers, COOKIE).unwrap_or_default()
}

/// Whether the form's token is the cookie's.
pub fn check(headers: &HeaderMap, given: &str) -> bool {
    let known = held(headers);
    !known.is_empty() && token::same(known, given)
}
