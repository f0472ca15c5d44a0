//! `loam rehearse`: what a rule of a folder would have raised or done, from the data there is, before it is published.

mod fired;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use engine::{Actor, Engine, Firings, MOST_REHEARSED, NoRehearsal, QueryError, Rehearsal, Rehearsed};
use jiff::ToSpan;
use model::{Date, Grain, decimal::round_half_up, diagnostic::nearest};
use serde_json::json;

use super::{Context, check::Checked};
use crate::output::{Ended, Format, counted, say, say_json};

const EXAMPLE: &str = "\
Examples:
  loam rehearse templates/performance-management report_rework_alert
  loam rehearse . report_rework_alert --from 2025-10-01 --to 2025-12-31 --as e0633
  loam rehearse . goal-behind

The rule and what it goes by are read from the folder, the data is what is there. Nothing is written and nobody is told. The
last whole quarter unless days are said; with --as, as far as that account sees. A rule that follows changes, or has a time,
is asked of records as the ledger says they stood then; what it does not say is told with the answer.";

/// Arguments of `loam rehearse`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Rehearse {
    /// Folder of the app
    pub folder: PathBuf,
    /// Name of the rule
    pub rule: String,
    /// The first day
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    pub to: Option<Date>,
    /// See what this account sees
    #[arg(long = "as", value_name = "LOGIN")]
    pub seen_by: Option<String>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read, there is no such rule or account, or the database fails.
pub async fn run(context: &Context, asked: &Rehearse) -> Result<Ended> {
    let mut checked = Checked::folder(&asked.folder)?;
    let Some(app) = checked.app.take() else {
        say(checked.text());
        return Ok(Ended::Refused);
    };
    let Some(rule) = app.rule_named(&asked.rule) else {
        let names = app.rules().iter().map(|rule| rule.name.as_str());
        let help = nearest(&asked.rule, names).map(|help| format!("; {help}")).unwrap_or_default();
        bail!("there is no rule `{}`{help}", asked.rule);
    };
    let watches = rule.watch.is_some();
    let engine = context.data.open_published().await?;
    let said = rehearse(context, asked, &engine, app, watches).await;
    engine.store().close().await;
    said?;
    Ok(Ended::Fine)
}

async fn rehearse(context: &Context, asked: &Rehearse, engine: &Engine, app: app::App, watches: bool) -> Result<()> {
    let actor = match &asked.seen_by {
        None => engine.system(),
        Some(login) => {
            let account = engine.store().accounts().by_login(login).await?;
            let account = account.ok_or_else(|| anyhow!("there is no account `{login}`"))?;
            engine.actor(&account, context.language.locale())
        }
    };
    let actor: Actor = engine.beside(&actor, Arc::new(app));
    let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
    let quarter = actor.edition.app.year_start().period(Grain::Quarter, today).previous();
    let to = asked.to.unwrap_or_else(|| quarter.last());
    let from = match (asked.from, asked.to) {
        (Some(from), _) => from,
        (None, None) => quarter.first(),
        (None, Some(to)) => to.checked_sub(3.months()).context("that is too long ago")?,
    };
    let rule = asked.rule.clone();
    if !watches {
        let found = heard(asked, "days", engine.query(&actor, Firings { rule, from, to }).await)?;
        let told = fired::Told { rule: &asked.rule, from, to, actor: &actor, locale: context.language.locale() };
        match asked.format {
            Format::Json => say_json(&told.json(&found)),
            Format::Text => told.text(&found).iter().for_each(say),
        }
        return Ok(());
    }
    let found = heard(asked, "periods", engine.query(&actor, Rehearsal { rule, from, to }).await)?;
    match asked.format {
        Format::Json => say_json(&shown(asked, from, to, &found)),
        Format::Text => tell(asked, from, to, &found),
    }
    Ok(())
}

/// What was answered, or why there is nothing.
fn heard<T>(asked: &Rehearse, periods: &str, found: Result<Result<T, NoRehearsal>, QueryError>) -> Result<T> {
    match found {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(NoRehearsal::NoRule)) => bail!("that account may not see all that `{}` goes by", asked.rule),
        Ok(Err(NoRehearsal::Range)) => {
            bail!("say a first day before the last, with at most {MOST_REHEARSED} {periods} between them")
        }
        Err(QueryError::Store(error)) => Err(anyhow!(error))
            .context("what the rule goes by is not in the database as the folder has it; apply that first"),
        Err(error) => Err(anyhow!(error)).context("nothing can be asked"),
    }
}

fn shown(asked: &Rehearse, from: Date, to: Date, found: &Rehearsed) -> serde_json::Value {
    let alerts = found.alerts.iter().map(|alert| {
        json!({
            "subject": alert.subject, "name": alert.name, "level": alert.level,
            "opened": alert.opened.to_string(), "closed": alert.closed.map(|day| day.to_string()),
            "value": alert.value.map(|value| round_half_up(value, 4).normalize().to_string()),
            "periods": alert.evidence.iter().map(|one| one.seen.period.to_string()).collect::<Vec<_>>(),
        })
    });
    json!({
        "rule": asked.rule, "from": from.to_string(), "to": to.to_string(),
        "watched": found.watched, "alerts": alerts.collect::<Vec<_>>(),
    })
}

fn tell(asked: &Rehearse, from: Date, to: Date, found: &Rehearsed) {
    let alerts = counted(found.alerts.len() as i128, "alert");
    say(format!("`{}` would have opened {alerts} from {from} to {to}, of {} with data:", asked.rule, found.watched));
    for alert in &found.alerts {
        let name = alert.name.clone().unwrap_or_else(|| alert.subject.to_string());
        let value = alert.value.map(|value| round_half_up(value, 2).normalize().to_string()).unwrap_or_default();
        let over = alert.closed.map_or_else(|| "not over".to_owned(), |day| format!("over {day}"));
        say(format!("- {} {} {name} ({value}), {over}", alert.opened, alert.level));
    }
}
