//! When somebody is told of things, as it is typed and shown.

use engine::{Actor, Command, query::QuietTimes};
use jiff::civil::Time;
use model::Locale;
use serde::{Deserialize, Serialize};
use store::Quiet;

use crate::{
    AppState,
    problem::{Kind, Problem},
};

/// Quiet times in words; empty where nothing is said.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Times {
    /// From this time of day, `22:00`.
    pub from: String,
    /// Until this one, on the next day where it is earlier.
    pub to: String,
    /// Whether days off are quiet.
    pub rest_days: bool,
    /// Everything together at this time of day.
    pub digest: String,
}

impl Times {
    fn of(quiet: &Quiet) -> Self {
        let text = |time: Time| time.strftime("%H:%M").to_string();
        Self {
            from: quiet.hours.map(|(from, _)| text(from)).unwrap_or_default(),
            to: quiet.hours.map(|(_, to)| text(to)).unwrap_or_default(),
            rest_days: quiet.rest_days,
            digest: quiet.digest.map(text).unwrap_or_default(),
        }
    }

    /// What is meant.
    fn read(&self, locale: Locale) -> Result<Quiet, Problem> {
        let wrong = |field: &str, code: &'static str, zh: &str, en: &str| {
            let message = if locale == Locale::ZhCn { zh } else { en };
            Problem::new(Kind::Invalid).error(field, code, message)
        };
        let time = |field: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => Time::strptime("%H:%M", text).map(Some).map_err(|_| {
                wrong(field, "type", "请填写时间，如 22:00", "this is no time of day; write it like 22:00")
            }),
        };
        let hours = match (time("from", &self.from)?, time("to", &self.to)?) {
            (None, None) => None,
            (Some(from), Some(to)) if from != to => Some((from, to)),
            (Some(_), Some(_)) => {
                return Err(wrong(
                    "to",
                    "range",
                    "开始和结束时间不能相同",
                    "quiet hours end at another time than they begin",
                ));
            }
            (Some(_), None) => return Err(wrong("to", "required", "请填写结束时间", "say when quiet hours end")),
            (None, Some(_)) => return Err(wrong("from", "required", "请填写开始时间", "say when quiet hours begin")),
        };
        Ok(Quiet { hours, rest_days: self.rest_days, digest: time("digest", &self.digest)? })
    }
}

/// When somebody is told of things.
///
/// # Errors
/// What the engine refuses.
pub async fn of(state: &AppState, actor: &Actor) -> Result<Times, Problem> {
    let quiet = state.engine.query(actor, QuietTimes).await.map_err(|error| Problem::of_query(error, actor))?;
    Ok(Times::of(&quiet))
}

/// Keeps it.
///
/// # Errors
/// What is no time of day, hours that end when they begin, or what the engine refuses.
pub async fn keep(state: &AppState, actor: &Actor, times: &Times) -> Result<(), Problem> {
    let quiet = times.read(actor.locale)?;
    let done = state.engine.execute(actor, Command::KeepQuiet(quiet)).await;
    done.map(drop).map_err(|error| Problem::of_command(error, actor))
}
