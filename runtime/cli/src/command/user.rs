//! `loam user`: sign-in accounts.

use std::io::{self, BufRead};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use engine::{AccountChange, By, Engine, Origin};
use formula::{
    Predicate,
    predicate::{Comparison, Term},
};
use model::{Locale, RecordId, Value};
use policy::List;
use serde_json::json;
use server::session::{help, password, policy::Policy};
use store::Account;
use zeroize::Zeroizing;

use super::Context;
use crate::output::{Ended, Format, Language, is_attended, note, say, say_json};

const EXAMPLE: &str = "\
Examples:
  loam user add anna --person E0130 --role manager
  echo 'a long password' | loam user password anna --stdin
  loam user role anna --role manager --role hr
  loam user deactivate anna
  loam user reset-factors anna
  loam user any-address
  loam user list --format json";

/// Arguments of `loam user`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct User {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Make an account
    Add {
        /// What is typed to sign in
        login: String,
        /// The person behind it, by key or name
        #[arg(long, value_name = "KEY")]
        person: Option<String>,
        /// What others read; the person's name unless said
        #[arg(long)]
        name: Option<String>,
        /// A role; may be said several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from standard input; otherwise it is asked for, or made up and shown once
        #[arg(long)]
        stdin: bool,
    },
    /// List the accounts
    List {
        /// For people or for machines
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Give an account another password, which ends its sessions
    Password {
        /// Whose
        login: String,
        /// Read it from standard input; otherwise it is asked for, or made up and shown once
        #[arg(long)]
        stdin: bool,
    },
    /// Give an account these roles in place of those it has
    Role {
        /// Whose
        login: String,
        /// A role; may be said several times, none takes all away
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Keep an account from signing in, and end its sessions
    Deactivate {
        /// Whose
        login: String,
    },
    /// Lift the lock that wrong passwords brought about
    Unlock {
        /// Whose
        login: String,
    },
    /// Do without the second factors of somebody who lost them; they set up new ones
    ResetFactors {
        /// Whose
        login: String,
    },
    /// Let administrators in from every address again, whatever the rules say
    AnyAddress,
    /// Let an account sign in again
    Activate {
        /// Whose
        login: String,
    },
}

/// Carries out the command.
///
/// # Errors
/// There is no such account, person or role, the password is too short, or the database fails.
pub async fn run(context: &Context, asked: User) -> Result<Ended> {
    let engine = context.data.open_published().await?;
    match asked.act {
        Act::Add { login, person, name, roles, stdin } => {
            add(&engine, context.language, login, person, name, roles, stdin).await?;
        }
        Act::List { format } => list(&engine, format).await?,
        Act::Password { login, stdin } => {
            let account = find(&engine, &login).await?;
            let (hash, made) = hashed(&engine, &account.login, &account.name, stdin).await?;
            let change = AccountChange { password_hash: Some(hash), password_due: made, ..AccountChange::default() };
            change_account(&engine, &login, change).await?;
            note(format!("`{login}` has a new password; its sessions have ended"));
        }
        Act::Role { login, roles } => {
            known(&engine, &roles)?;
            let change = AccountChange { roles: Some(roles), ..AccountChange::default() };
            let account = change_account(&engine, &login, change).await?;
            note(format!("`{login}` has {}", listed(&account.roles)));
        }
        Act::Unlock { login } => {
            let account = find(&engine, &login).await?;
            help::unlock(&engine, operator(), &account).await?;
            note(format!("`{login}` is not locked"));
        }
        Act::ResetFactors { login } => {
            let account = find(&engine, &login).await?;
            help::reset_factors(&engine, operator(), &account).await?;
            note(format!("`{login}` has no second factor; its sessions have ended"));
        }
        Act::Deactivate { login } => {
            change_account(&engine, &login, AccountChange { active: Some(false), ..AccountChange::default() }).await?;
            note(format!("`{login}` can no longer sign in"));
        }
        Act::AnyAddress => {
            let policy = Policy { admin_networks: Vec::new(), ..Policy::of(engine.store()).await? };
            policy.set(&engine, operator()).await?;
            note("administrators may come from every address; the rules say from where at /rules");
        }
        Act::Activate { login } => {
            change_account(&engine, &login, AccountChange { active: Some(true), ..AccountChange::default() }).await?;
            note(format!("`{login}` can sign in again"));
        }
    }
    engine.store().close().await;
    Ok(Ended::Fine)
}

/// Whoever operates this machine, as the ledger names them.
fn operator() -> By {
    By::unknown("loam", Origin::default())
}

async fn find(engine: &Engine, login: &str) -> Result<Account> {
    let found = engine.store().accounts().by_login(login).await?;
    found.with_context(|| format!("there is no account `{login}`"))
}

/// Changes an account on behalf of whoever operates this machine. A new password and being disabled end its sessions.
async fn change_account(engine: &Engine, login: &str, change: AccountChange) -> Result<Account> {
    let account = find(engine, login).await?;
    Ok(engine.change_account(None, account.id, change).await?)
}

async fn add(
    engine: &Engine,
    language: Language,
    login: String,
    person: Option<String>,
    name: Option<String>,
    roles: Vec<String>,
    stdin: bool,
) -> Result<()> {
    if login.trim() != login || login.is_empty() || login.chars().any(char::is_control) {
        bail!("`{login}` cannot be a login; leave out blanks around it");
    }
    if engine.store().accounts().by_login(&login).await?.is_some() {
        bail!("there is an account `{login}` already");
    }
    known(engine, &roles)?;
    let person = match person {
        Some(key) => Some(person_of(engine, &key).await?),
        None => None,
    };
    if let Some((id, _)) = &person
        && let Some(other) = engine.store().accounts().by_person(*id).await?
    {
        bail!("that person has the account `{}` already", other.login);
    }
    let name = name.or_else(|| person.as_ref().map(|(_, name)| name.clone())).unwrap_or_else(|| login.clone());
    let (password_hash, made) = hashed(engine, &login, &name, stdin).await?;
    let account = Account {
        id: engine.new_id(),
        name,
        person: person.map(|(id, _)| id),
        login,
        password_hash,
        roles,
        active: true,
        locale: language.locale(),
        created_at: engine.now(),
    };
    engine.add_account(None, account.clone(), made).await?;
    note(format!("made `{}` ({}) with {}", account.login, account.name, listed(&account.roles)));
    Ok(())
}

fn listed(roles: &[String]) -> String {
    if roles.is_empty() { "the roles everyone has".to_owned() } else { format!("the roles {}", roles.join(", ")) }
}

fn known(engine: &Engine, roles: &[String]) -> Result<()> {
    let edition = engine.edition();
    for role in roles {
        if edition.app.role_named(role).is_none() {
            let names: Vec<&str> = edition.app.roles().iter().map(|role| role.name.as_str()).collect();
            bail!("there is no role `{role}`; there are {}", names.join(", "));
        }
    }
    Ok(())
}

/// A person by key, else by name.
async fn person_of(engine: &Engine, text: &str) -> Result<(RecordId, String)> {
    let actor = engine.system();
    let app = &actor.edition.app;
    let person = app.organisation().person.and_then(|id| app.entity(id));
    let person = person.context("the published app has no people, so that accounts stand alone; leave out --person")?;
    let display = app.own_path(person.display).context("people have no name")?;
    for field in person.key.into_iter().chain([person.display]) {
        let Some(path) = app.own_path(field) else { continue };
        let (left, ty) = (Term::Field(path.clone()), path.ty.clone());
        let right = Term::Literal(Value::Text(text.to_owned()), ty);
        let list = List {
            columns: vec![display.clone()],
            filter: Predicate::Compare { op: Comparison::Equal, left, right },
            ..List::all(person.id, 2)
        };
        let found = engine.query(&actor, list).await?.rows;
        match found.as_slice() {
            [] => {}
            [row] => {
                let name = row.values.first().and_then(Value::as_text).unwrap_or(text);
                return Ok((row.id, name.to_owned()));
            }
            _ => bail!("several people are called `{text}`; give the key instead"),
        }
    }
    bail!("there is no person `{text}`")
}

/// A password for an account as it is kept: read, asked for, or made up and shown; and whether it was made up, so that its
/// owner must choose another.
async fn hashed(engine: &Engine, login: &str, name: &str, stdin: bool) -> Result<(String, bool)> {
    let mut made = false;
    let password = Zeroizing::new(if stdin {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line).context("standard input cannot be read")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else if is_attended() {
        let terminal = console::Term::stderr();
        eprint!("password (empty to have one made up): ");
        let typed = terminal.read_secure_line().context("the password cannot be read")?;
        made = typed.is_empty();
        if made { made_up()? } else { typed }
    } else {
        made = true;
        made_up()?
    });
    if !made {
        let policy = Policy::of(engine.store()).await?;
        if let Err(rule) = password::check(&policy, &password, login, name) {
            bail!("{}", rule.sentence(Locale::En));
        }
    }
    let hash = password::hash(&password).map_err(|error| anyhow!("the password cannot be kept: {error}"))?;
    Ok((hash, made))
}

/// A password of 100 random bits in letters that are not mistaken for one another; shown here and never again.
fn made_up() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    let password: String = letters.map(|letter| char::from(*letter)).collect();
    say(format!("password: {password}"));
    Ok(password)
}

async fn list(engine: &Engine, format: Format) -> Result<()> {
    let accounts = engine.store().accounts().all().await?;
    match format {
        Format::Json => say_json(&accounts.iter().map(as_json).collect()),
        Format::Text => {
            for account in &accounts {
                let state = if account.active { "" } else { "  (cannot sign in)" };
                let roles = if account.roles.is_empty() { "-".to_owned() } else { account.roles.join(",") };
                say(format!("{:<20} {:<24} {}{state}", account.login, roles, account.name));
            }
        }
    }
    Ok(())
}

fn as_json(account: &Account) -> serde_json::Value {
    json!({
        "id": account.id, "login": account.login, "name": account.name, "person": account.person, "roles": account.roles,
        "active": account.active, "lang": match account.locale { Locale::ZhCn => "zh-CN", Locale::En => "en" },
    })
}
