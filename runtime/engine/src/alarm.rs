//! Alarms: what on the ledger looks like an intrusion, or like a ledger in trouble, is told to whoever administers security.
//!
//! Every node looks every half minute at what was refused in the last ten minutes, who was given rights that matter, and what each
//! account took along or uncovered in the last hour. An alarm is told once an hour for the same thing, whichever node saw it first,
//! and is an entry of the ledger itself. `/metrics` shows what each node sees now.
//!
//! To add an alarm: a variant of [`Kind`], its word, its sentence in both languages, and what raises it in [`Engine::watch_for_intrusion`].

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use app::{App, Area, Role, Sensitivity};
use jiff::SignedDuration;
use model::{Locale, Timestamp, UserId};
use policy::Action;
use serde_json::{Value as Json, json};
use store::{Notification, Refusal, StoreError, Watched};

use crate::{
    Act, By, Engine,
    account::{SIGN_IN, administered},
    ledger::LATE,
    note::moment,
};

/// How far back refusals are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// How far back is counted what an account took along.
const LONG: SignedDuration = SignedDuration::from_hours(1);
/// How often a node looks.
const EVERY: SignedDuration = SignedDuration::from_secs(30);
/// Seconds within which the same thing is told once.
const ONCE: i64 = 3_600;
/// Refusals looked at at most; more are as alarming.
const MOST: u32 = 5_000;
/// Cells named on the ledger at most.
const NAMED: usize = 20;
/// Failed sign-ins in ten minutes that are an alarm, unless the rules say otherwise.
pub const SIGN_INS: u32 = 30;
/// Refusals of one account in ten minutes that are an alarm, unless the rules say otherwise.
pub const REFUSALS: u32 = 30;

/// Rows that one account exports in an hour that are an alarm, unless the rules say otherwise.
pub const EXPORTS: u32 = 10_000;
/// Masked values that one account has shown in full in an hour that are an alarm, unless the rules say otherwise.
pub const UNCOVERS: u32 = 30;
/// Roles that matter given to one account in ten minutes that are an alarm, unless the rules say otherwise. One is enough: whoever
/// breaks in gives themselves one and no more, and whoever administers security is to hear of each that others give. Where many
/// people are given such roles on one day, the rules may say more for that day, or nought for never.
pub const RIGHTS: u32 = 1;

/// What is alarming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Many sign-ins failed: somebody guesses.
    SignIns,
    /// One account, or nobody in particular, was refused many times: somebody looks for what is not theirs.
    Refusals,
    /// One account exported many rows.
    Exports,
    /// One account had many masked values shown in full.
    Uncovers,
    /// An account was given roles that administer or see sensitive fields.
    Rights,
    /// Entries of the ledger wait for their positions.
    Late,
    /// Entries of the ledger could not be written.
    Unwritten,
    /// Secrets do not open: their key is missing, or they were changed in the database.
    Unreadable,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SignIns,
        Self::Refusals,
        Self::Exports,
        Self::Uncovers,
        Self::Rights,
        Self::Late,
        Self::Unwritten,
        Self::Unreadable,
    ];

    /// Its stable word, in `/metrics` and on the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignIns => "sign-ins",
            Self::Refusals => "refusals",
            Self::Exports => "exports",
            Self::Uncovers => "uncovers",
            Self::Rights => "rights",
            Self::Late => "ledger-late",
            Self::Unwritten => "ledger-unwritten",
            Self::Unreadable => "secrets-unreadable",
        }
    }

    /// What is told; `who` names the account, where it is about one.
    fn sentence(self, locale: Locale, many: u64, who: &str) -> String {
        match (self, locale) {
            (Self::SignIns, Locale::ZhCn) => {
                format!("安全告警：10 分钟内有 {many} 次登录失败，可能有人在猜密码，请查看登录规则页的锁定情况")
            }
            (Self::SignIns, Locale::En) => format!(
                "Security alarm: {many} sign-ins failed within ten minutes; somebody may be guessing, see what is locked"
            ),
            (Self::Refusals, Locale::ZhCn) => {
                format!("安全告警：{who} 10 分钟内有 {many} 次访问被拒绝，请与审计管理员一起核查")
            }
            (Self::Refusals, Locale::En) => format!(
                "Security alarm: {who} was refused {many} times within ten minutes; look into it with the audit administrator"
            ),
            (Self::Exports, Locale::ZhCn) => {
                format!("安全告警：{who} 1 小时内导出了 {many} 行数据，请核实用途")
            }
            (Self::Exports, Locale::En) => {
                format!("Security alarm: {who} exported {many} rows within an hour; ask what for")
            }
            (Self::Uncovers, Locale::ZhCn) => {
                format!("安全告警：{who} 1 小时内查看了 {many} 项脱敏信息的完整内容，请核实事由")
            }
            (Self::Uncovers, Locale::En) => format!(
                "Security alarm: {who} had {many} masked values shown in full within an hour; look into the reasons given"
            ),
            (Self::Rights, Locale::ZhCn) => {
                format!("安全告警：{who} 刚被授予 {many} 个管理类或可查看敏感信息的角色，请确认经过批准")
            }
            (Self::Rights, Locale::En) => format!(
                "Security alarm: {who} was just given {many} role(s) that administer or see sensitive data; make sure it was approved"
            ),
            (Self::Late, Locale::ZhCn) => {
                format!("安全告警：有 {many} 条审计日志迟迟没有编入序列，请系统管理员检查服务和密钥")
            }
            (Self::Late, Locale::En) => format!(
                "Security alarm: {many} entries of the ledger wait for their positions; have the server and its keys looked at"
            ),
            (Self::Unwritten, Locale::ZhCn) => {
                format!("安全告警：有 {many} 条审计日志没能写入，请系统管理员检查数据库")
            }
            (Self::Unwritten, Locale::En) => {
                format!(
                    "Security alarm: {many} entries of the ledger could not be written; have the database looked at"
                )
            }
            (Self::Unreadable, Locale::ZhCn) => {
                format!(
                    "安全告警：有 {many} 项加密信息无法解密，可能缺少密钥或数据库被改动，请系统管理员核查，各项见审计日志"
                )
            }
            (Self::Unreadable, Locale::En) => format!(
                "Security alarm: {many} secret(s) do not open; a key may be missing or the database was changed, the ledger names them"
            ),
        }
    }
}

/// What a node knows of alarms.
#[derive(Default)]
pub(crate) struct Watch {
    looked: Mutex<Option<Timestamp>>,
    now: Mutex<BTreeMap<Kind, u64>>,
    unwritten: AtomicU64,
    told: AtomicU64,
}

impl Watch {
    /// An entry of the ledger could not be written.
    pub(crate) fn unwritten(&self) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
    }

    fn set(&self, kind: Kind, many: u64) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(kind, many);
    }
}

/// Why an alarm was not raised.
enum Not {
    /// It was told within the hour.
    Again,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Not {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Engine {
    /// What this node sees now: each kind, and how many are behind it; nought where all is quiet.
    pub fn alarms(&self) -> Vec<(Kind, u64)> {
        let now = self.inner.watch.now.lock().unwrap_or_else(PoisonError::into_inner);
        Kind::ALL.into_iter().map(|kind| (kind, now.get(&kind).copied().unwrap_or_default())).collect()
    }

    /// Looks for what is alarming, every half minute at most, and tells whoever administers security.
    ///
    /// # Errors
    /// The database failed.
    pub async fn watch_for_intrusion(&self) -> Result<(), StoreError> {
        let now = self.now();
        {
            let mut looked = self.inner.watch.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.is_some_and(|at| now.duration_since(at) < EVERY) {
                return Ok(());
            }
            *looked = Some(now);
        }
        let rules = self.store().settings().get(SIGN_IN).await?.unwrap_or_default();
        let limit = |name: &str, usual: u32| rules.get(name).and_then(Json::as_u64).unwrap_or(usual.into());
        let (sign_ins, refusals) = (limit("alarm_sign_ins", SIGN_INS), limit("alarm_refusals", REFUSALS));
        let since = moment(now.saturating_sub(WINDOW).unwrap_or(now));
        let refused = self.store().refusals(MOST).await?;
        let refused: Vec<Refusal> = refused.into_iter().filter(|one| one.at >= since).collect();
        let (signing, others): (Vec<&Refusal>, Vec<&Refusal>) =
            refused.iter().partition(|one| one.action == "session.begin");
        let failed = signing.len() as u64;
        let alarming = sign_ins > 0 && failed >= sign_ins;
        self.inner.watch.set(Kind::SignIns, if alarming { failed } else { 0 });
        if alarming {
            self.alarm(Kind::SignIns, failed, None).await?;
        }
        let mut by_account: BTreeMap<Option<UserId>, u64> = BTreeMap::new();
        // Every morning browsers come with the session of yesterday: that is on the ledger, and alarms nobody.
        for one in others.into_iter().filter(|one| one.action != "session.use") {
            *by_account.entry(one.actor).or_default() += 1;
        }
        by_account.retain(|_, many| refusals > 0 && *many >= refusals);
        self.inner.watch.set(Kind::Refusals, by_account.values().sum());
        for (account, many) in by_account {
            self.alarm(Kind::Refusals, many, Some(account)).await?;
        }
        let bounds = [
            (Kind::Exports, limit("alarm_exports", EXPORTS)),
            (Kind::Uncovers, limit("alarm_uncovers", UNCOVERS)),
            (Kind::Rights, limit("alarm_rights", RIGHTS)),
        ];
        self.watch_what_leaves(now, bounds).await?;
        let (waiting, oldest) = self.store().unplaced_since().await?;
        let late = oldest.is_some_and(|oldest| now.duration_since(oldest) > LATE);
        let waiting = if late { u64::try_from(waiting).unwrap_or_default() } else { 0 };
        self.inner.watch.set(Kind::Late, waiting);
        if late {
            self.alarm(Kind::Late, waiting, None).await?;
        }
        let unwritten = self.inner.watch.unwritten.load(Ordering::Relaxed);
        let new = unwritten.saturating_sub(self.inner.watch.told.load(Ordering::Relaxed));
        self.inner.watch.set(Kind::Unwritten, new);
        if new > 0 {
            self.alarm(Kind::Unwritten, new, None).await?;
            self.inner.watch.told.store(unwritten, Ordering::Relaxed);
        }
        let torn = self.store().vault().torn();
        let many = torn.len() as u64;
        self.inner.watch.set(Kind::Unreadable, many);
        if many > 0 {
            let cells: Vec<String> = torn.into_iter().take(NAMED).collect();
            self.alarm_with(Kind::Unreadable, many, None, &cells).await?;
        }
        Ok(())
    }

    /// Looks at what accounts took along, had shown in full, and were given. A bound of nought is never.
    async fn watch_what_leaves(&self, now: Timestamp, bounds: [(Kind, u64); 3]) -> Result<(), StoreError> {
        let edition = self.edition();
        let ago = |time| moment(now.saturating_sub(time).unwrap_or(now));
        let (since, lately) = (ago(LONG), ago(WINDOW));
        let mut found: BTreeMap<(Kind, Option<UserId>), u64> = BTreeMap::new();
        for one in self.store().watched(MOST).await?.into_iter().filter(|one| one.at >= since) {
            let (kind, whose, many) = weighed(&edition.app, &one);
            if kind != Kind::Rights || one.at >= lately {
                *found.entry((kind, whose)).or_default() += many;
            }
        }
        for (kind, bound) in bounds {
            let over: Vec<_> = found
                .iter()
                .filter(|((one, _), many)| *one == kind && bound > 0 && **many >= bound)
                .map(|((_, whose), many)| (*whose, *many))
                .collect();
            self.inner.watch.set(kind, over.iter().map(|(_, many)| many).sum());
            for (whose, many) in over {
                self.alarm(kind, many, Some(whose)).await?;
            }
        }
        Ok(())
    }

    /// Tells an alarm, unless the same was told within the hour. `about` is the account it is about, if it is about one.
    async fn alarm(&self, kind: Kind, many: u64, about: Option<Option<UserId>>) -> Result<(), StoreError> {
        self.alarm_with(kind, many, about, &[]).await
    }

    /// The same; its entry also names these cells.
    async fn alarm_with(
        &self,
        kind: Kind,
        many: u64,
        about: Option<Option<UserId>>,
        cells: &[String],
    ) -> Result<(), StoreError> {
        let now = self.now();
        let edition = self.edition();
        let all = self.store().accounts().all().await?;
        let name = |locale: Locale| match about.flatten().and_then(|id| all.iter().find(|account| account.id == id)) {
            Some(account) => account.login.clone(),
            None if about.flatten() == Some(UserId::nil()) && locale == Locale::ZhCn => "服务器命令行".to_owned(),
            None if about.flatten() == Some(UserId::nil()) => "the command line of the server".to_owned(),
            None if locale == Locale::ZhCn => "未登录的访问者".to_owned(),
            None => "somebody who is not signed in".to_owned(),
        };
        let text: serde_json::Map<String, Json> = Locale::ALL
            .into_iter()
            .map(|locale| (locale.tag().to_owned(), Json::from(kind.sentence(locale, many, &name(locale)))))
            .collect();
        let whose = about.flatten().map(|id| id.to_string()).unwrap_or_default();
        let key = format!("alarm:{}:{whose}:{}", kind.word(), now.as_second().div_euclid(ONCE));
        let told = all.iter().filter(|account| account.active);
        let told = told.filter(|account| administered(&edition.app, account) == Some(Area::Security));
        let notices: Vec<Notification> = told
            .map(|account| Notification {
                id: self.new_id(),
                account: account.id,
                kind: "alarm".to_owned(),
                payload: json!({ "alarm": kind.word(), "text": text }),
                at: now,
                read_at: None,
                due: None,
                key: Some(format!("{key}:{}", account.id)),
            })
            .collect();
        let object = if about.flatten().is_some() { "account" } else { "ledger" };
        let mut act = Act::new("alarm.raise", object).fact("alarm", kind.word()).fact("many", many);
        act.record = about.flatten();
        if !cells.is_empty() {
            act = act.fact("cells", cells.to_vec());
        }
        let by = By { user: Some(UserId::nil()), login: "loam".to_owned(), ..By::default() };
        let raised = self.noted::<(), Not, _>(by, vec![act], move |tx| {
            let (key, notices) = (key.clone(), notices.clone());
            Box::pin(async move {
                if !tx.once(&key, now).await? {
                    return Err(Not::Again);
                }
                Ok(tx.notify(&notices).await?)
            })
        });
        match raised.await {
            Ok(()) => {
                tracing::error!(alarm = kind.word(), many, "an alarm was raised");
                Ok(())
            }
            Err(Not::Again) => Ok(()),
            Err(Not::Store(error)) => Err(error),
        }
    }
}

/// What an act counts for, of whom, and how much.
fn weighed(app: &App, one: &Watched) -> (Kind, Option<UserId>, u64) {
    let list = |name: &str| one.facts.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    match one.action.as_str() {
        "export" => (Kind::Exports, one.actor, one.facts.get("rows").and_then(Json::as_u64).unwrap_or(1)),
        "uncover" => (Kind::Uncovers, one.actor, list("fields").len() as u64),
        // An account that is made comes with its roles; one that is changed says which are new.
        action => {
            let gained = if action == "account.make" { list("roles") } else { list("gained") };
            let matter = gained.iter().filter_map(Json::as_str).filter_map(|name| app.role_named(name));
            (Kind::Rights, one.record, matter.filter(|role| matters(app, role)).count() as u64)
        }
    }
}

/// Whether a role administers, looks through others' eyes, or shows sensitive fields.
fn matters(app: &App, role: &Role) -> bool {
    let shows = [Action::Read, Action::Export, Action::Uncover];
    role.administers.is_some()
        || role.views_as
        || role.grants.iter().filter(|grant| shows.iter().any(|action| grant.actions.contains(action))).any(|grant| {
            let fields = app.entity(grant.entity).into_iter().flat_map(|entity| app.fields_of(entity));
            let seen = |field: &app::Field| {
                grant.read.contains(field.id)
                    || grant.actions.contains(&Action::Uncover) && grant.masked.contains_key(&field.id)
            };
            fields.filter(|field| field.sensitivity >= Sensitivity::Sensitive).any(seen)
        })
}
