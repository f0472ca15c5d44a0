//! `POST /api/v1/accounts`

use app::Area;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use model::{Locale, RecordId};
use serde::Deserialize;
use store::Account;
use zeroize::Zeroizing;

use super::{check_password, must_administer, read_locale, refused, shown};
use crate::{
    AppState,
    api::{body, idempotency, parameter::say},
    problem::{Kind, Problem},
    session::{SignedIn, password, wiped},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    login: String,
    name: String,
    #[serde(default, deserialize_with = "wiped::maybe")]
    password: Option<Zeroizing<String>>,
    person: Option<RecordId>,
    locale: Option<String>,
}

/// Makes an account: `{"login", "name", "password"?, "person"?, "locale"?}`. It gets its roles from the security administrator.
pub(crate) async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    uri: Uri,
    headers: HeaderMap,
    content: wiped::Sent,
) -> Result<Response, Problem> {
    must_administer(&who, &[Area::System])?;
    let run = async {
        let locale = who.actor.locale;
        let new: New = body::parse(&headers, &content)?;
        let mut problem = Problem::new(Kind::Invalid);
        for (field, value) in [("login", &new.login), ("name", &new.name)] {
            if value.trim().is_empty() || value.chars().count() > 100 {
                problem = problem.error(field, "required", say(locale, "1 到 100 个字", "1 to 100 characters"));
            }
        }
        if let Some(password) = &new.password {
            let policy = state.sessions.policy.now(state.engine.store()).await?;
            problem = check_password(problem, &policy, password, &new.login, &new.name, locale);
        }
        if !problem.errors.is_empty() {
            return Err(problem);
        }
        let password_hash = match new.password {
            Some(password) => password::hash_aside(&state.sessions.hashing, password).await?,
            None => String::new(),
        };
        let account = Account {
            id: state.engine.new_id(),
            login: new.login.trim().to_owned(),
            name: new.name.trim().to_owned(),
            password_hash,
            person: new.person,
            roles: Vec::new(),
            active: true,
            locale: new.locale.as_deref().map_or(Ok(Locale::ZhCn), |tag| read_locale(tag, locale))?,
            created_at: state.engine.now(),
        };
        let made = state.engine.add_account(Some(&who.actor), account.clone(), true).await;
        made.map_err(|error| refused(error, locale))?;
        Ok((StatusCode::CREATED, Json(shown(&account, None))).into_response())
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
