//! What bears on who may do what besides the actions of grants, one fact at a time: who holds a role without being given it,
//! what it administers, how numbers stay without names, what a step of a workflow shows to those it asks.

use model::Locale;

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A role.
    Role,
    /// An entity.
    Entity,
    /// A term of the dictionary.
    Term,
    /// A workflow.
    Workflow,
}

impl About {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Entity => "entity",
            Self::Term => "term",
            Self::Workflow => "workflow",
        }
    }

    /// What people call it.
    pub fn label(self, locale: Locale) -> &'static str {
        match (locale, self) {
            (Locale::En, _) => self.word(),
            (Locale::ZhCn, Self::Role) => "角色",
            (Locale::ZhCn, Self::Entity) => "实体",
            (Locale::ZhCn, Self::Term) => "指标",
            (Locale::ZhCn, Self::Workflow) => "流程",
        }
    }
}

/// What kind of fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "what each means stands beside it in `words`")]
pub enum Matter {
    Everyone,
    Administers,
    ReachesAll,
    Reaches,
    AssignsAll,
    Assigns,
    ViewsAs,
    SharesBoards,
    TermsAll,
    TermsOf,
    Starts,
    StartsWhere,
    Manages,
    ManagesWhere,
    StandsFor,
    FieldStandsFor,
    Comments,
    Attachments,
    NoHistory,
    AnonymousOf,
    AnonymousBy,
    AtLeast,
    AtLeastWhere,
    OpenWhen,
    Public,
    Shown,
    Decides,
    Owner,
    Cases,
    Condition,
    Guard,
    Withdraw,
    Asks,
    AsksInstead,
    Nobody,
    Quorum,
    Starter,
    AgainPasses,
    Shows,
    Edits,
    Allows,
    HandsTo,
    Tells,
    Sets,
    Creates,
    Calls,
    Begins,
}

impl Matter {
    /// Its word, and what it says in English and in Chinese; `{of}` and `{value}` stand for those of the fact.
    fn words(self) -> [&'static str; 3] {
        match self {
            Self::Everyone => ["everyone", "held by everyone", "人人持有"],
            Self::Administers => ["administers", "administers {value}", "管理{value}"],
            Self::ReachesAll => ["reaches-all", "reaches every account", "管到全部账号"],
            Self::Reaches => {
                ["within", "reaches the accounts of people where {value}", "只管到这些人员的账号：{value}"]
            }
            Self::AssignsAll => ["assigns-all", "gives and takes every role", "可授予和收回全部角色"],
            Self::Assigns => ["assigns", "gives and takes the role {value}", "可授予和收回角色 {value}"],
            Self::ViewsAs => ["views-as", "looks at what others see", "可以他人身份查看页面"],
            Self::SharesBoards => ["shares-boards", "shares boards with everybody", "可把看板共享给所有人"],
            Self::TermsAll => ["terms", "every term: {of}", "全部指标：{of}"],
            Self::TermsOf => ["terms-of", "terms of {value}: {of}", "{value} 负责的指标：{of}"],
            Self::Starts => ["starts", "workflow {value}: start", "流程 {value}：发起"],
            Self::StartsWhere => [
                "starts-where",
                "workflow {of}: start about records where {value}",
                "流程 {of}：可对符合条件的记录发起：{value}",
            ],
            Self::Manages => ["manages", "workflow {value}: manage", "流程 {value}：管理"],
            Self::ManagesWhere => [
                "manages-where",
                "workflow {of}: manage cases about records where {value}",
                "流程 {of}：可管理符合条件的记录的流程：{value}",
            ],
            Self::StandsFor => ["stands-for", "stands for {value}", "代表 {value}"],
            Self::FieldStandsFor => ["field-stands-for", "{of} stands for {value}", "字段 {of} 代表 {value}"],
            Self::Comments => ["comments", "takes comments", "可以评论"],
            Self::Attachments => ["attachments", "takes attached files", "可以添加附件"],
            Self::NoHistory => ["no-history", "no history of its values is shown", "不提供修改历史"],
            Self::AnonymousOf => {
                ["anonymous-of", "numbers without names tell people apart by {value}", "匿名汇总按 {value} 区分人员"]
            }
            Self::AnonymousBy => {
                ["anonymous-by", "numbers without names are asked for by {value}", "匿名汇总可按 {value} 提问"]
            }
            Self::AtLeast => {
                ["at-least", "numbers without names need {value} or more people", "匿名汇总至少 {value} 人"]
            }
            Self::AtLeastWhere => [
                "at-least-where",
                "numbers without names where {of} need {value} or more people",
                "匿名汇总在 {of} 时至少 {value} 人",
            ],
            Self::OpenWhen => {
                ["open-when", "numbers without names are told where {value}", "匿名汇总在满足条件后公布：{value}"]
            }
            Self::Public => [
                "public",
                "{of} is shown whatever may be read of what it is computed from: {value}",
                "{of} 公开，不论能否查看其来源：{value}",
            ],
            Self::Shown => ["shown", "{of} is shown where {value} may be read", "{of} 在能查看 {value} 时显示"],
            Self::Decides => [
                "decides",
                "{of} stands in conditions on who may do what and is computed: {value}",
                "{of} 用于权限条件，其算法为：{value}",
            ],
            Self::Owner => ["owner", "answered for by {value}", "由 {value} 负责"],
            Self::Cases => ["about", "cases are about {value}", "针对 {value} 的记录"],
            Self::Condition => ["condition", "starts only where {value}", "仅在符合条件时可发起：{value}"],
            Self::Guard => ["guard", "guarded by the role {value}", "由角色 {value} 兜底"],
            Self::Withdraw => ["withdraw", "whoever started a case may withdraw it: {value}", "发起人可撤回：{value}"],
            Self::Asks => ["asks", "{of} asks {value}", "{of} 由 {value} 处理"],
            Self::AsksInstead => {
                ["asks-instead", "{of} asks {value} where nobody else is", "{of} 无人时由 {value} 处理"]
            }
            Self::Nobody => ["nobody", "{of} where nobody is asked: {value}", "{of} 无人时：{value}"],
            Self::Quorum => ["quorum", "{of} is decided by {value}", "{of} 的决定方式：{value}"],
            Self::Starter => {
                ["starter", "{of} where the starter is among those asked: {value}", "{of} 发起人也在其中时：{value}"]
            }
            Self::AgainPasses => {
                ["again-passes", "{of} is passed for whoever has said yes before", "{of} 中此前同意过的人自动通过"]
            }
            Self::Shows => ["shows", "{of} shows {value} to those it asks", "{of} 向处理人显示 {value}"],
            Self::Edits => ["edits", "{of} lets those it asks write {value}", "{of} 允许处理人填写 {value}"],
            Self::Allows => ["allows", "{of} lets those it asks: {value}", "{of} 允许处理人：{value}"],
            Self::HandsTo => ["hands-to", "{of} is handed in time to {value}", "{of} 到期转交 {value}"],
            Self::Tells => ["tells", "{of} tells {value}", "{of} 通知 {value}"],
            Self::Sets => ["sets", "{of} sets {value}", "{of} 自动写入 {value}"],
            Self::Creates => ["creates", "{of} makes {value}", "{of} 自动新建 {value}"],
            Self::Calls => ["calls", "{of} calls the plugin {value}", "{of} 调用插件 {value}"],
            Self::Begins => ["begins", "{of} begins cases of {value}", "{of} 发起流程 {value}"],
        }
    }

    /// Its word, for machines.
    pub fn word(self) -> &'static str {
        let [word, ..] = self.words();
        word
    }
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What kind of thing it is about.
    pub about: About,
    /// The name of that.
    pub name: String,
    /// What kind of fact it is.
    pub matter: Matter,
    /// Which part of it is meant: a field, a step; empty when all of it is.
    pub of: String,
    /// What is said of it; empty when the matter says all.
    pub value: String,
}

impl Fact {
    /// The fact in a sentence that leaves out what it is about.
    pub fn sentence(&self, locale: Locale) -> String {
        let [_, english, chinese] = self.matter.words();
        let (said, of, value) = match locale {
            Locale::En => (english, self.of.as_str(), self.value.as_str()),
            Locale::ZhCn => (chinese, self.chinese_of(), self.chinese_value()),
        };
        // What is put in is not looked into again.
        let parts = said.split("{of}").map(|part| part.replace("{value}", value));
        parts.collect::<Vec<_>>().join(of)
    }

    /// The fact in words that stay, for the ledger: `clerk administers system`.
    pub fn line(&self) -> String {
        let parts = [self.name.as_str(), self.matter.word(), self.of.as_str(), self.value.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn chinese_of(&self) -> &str {
        match (self.matter, self.of.as_str()) {
            (Matter::TermsAll | Matter::TermsOf, "comment") => "评论",
            (Matter::TermsAll | Matter::TermsOf, "review") => "审核",
            (Matter::TermsAll | Matter::TermsOf, "approve") => "批准",
            (_, other) => other,
        }
    }

    fn chinese_value(&self) -> &str {
        match (self.matter, self.value.as_str()) {
            (Matter::Administers, "system") => "系统",
            (Matter::Administers, "security") => "安全",
            (Matter::Administers, "audit") => "审计",
            (Matter::Withdraw, "never") => "不可",
            (Matter::Withdraw, "unanswered") => "他人处理之前",
            (Matter::Withdraw, "always") => "结束之前",
            (Matter::Nobody, "guard") => "由兜底角色处理",
            (Matter::Nobody, "pass") => "自动通过",
            (Matter::Nobody, "refuse") => "拒绝进入",
            (Matter::Starter, "answers") => "照常处理",
            (Matter::Starter, "passes") => "自动通过",
            (Matter::Starter, "left_out") => "不参与",
            (Matter::Allows, "return") => "退回",
            (Matter::Allows, "transfer") => "转交",
            (Matter::Allows, "delegate") => "委派",
            (Matter::Allows, "add_signer") => "加签",
            (Matter::Allows, "take_back") => "撤销处理",
            (_, other) => other,
        }
    }
}

/// A fact that holds from now on, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whether it holds from now on.
    pub holds: bool,
    /// The fact.
    pub fact: Fact,
}

impl Moved {
    /// The change in a sentence.
    pub fn sentence(&self, locale: Locale) -> String {
        let Fact { about, name, .. } = &self.fact;
        let (label, said) = (about.label(locale), self.fact.sentence(locale));
        match (locale, self.holds) {
            (Locale::En, true) => format!("+ {label} `{name}` from now on: {said}"),
            (Locale::En, false) => format!("- {label} `{name}` no longer: {said}"),
            (Locale::ZhCn, true) => format!("+ {label} `{name}` 新增：{said}"),
            (Locale::ZhCn, false) => format!("- {label} `{name}` 不再：{said}"),
        }
    }
}
