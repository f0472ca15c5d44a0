//! Words of the interface, in every language Loam speaks. Words of an app come with the app; these are the platform's own.
//!
//! INVARIANT: every word exists in both languages, and every word is used; a test holds both.

mod cases;
mod elsewhere;
mod entrance;
mod numbers;
mod oversight;
mod terms;

use model::Locale;

/// A word: key, Chinese, English.
type Word = (&'static str, &'static str, &'static str);

/// A word in the reader's language. A key that does not exist answers with nothing, which the tests do not let happen.
pub fn say(locale: Locale, key: &str) -> &'static str {
    let found =
        TABLES.iter().find_map(|words| words.get(words.binary_search_by(|(name, _, _)| (*name).cmp(key)).ok()?));
    found.map_or("", |(_, zh, en)| match locale {
        Locale::ZhCn => zh,
        Locale::En => en,
    })
}

/// A sentence with its blanks `{name}` filled in.
pub fn fill(locale: Locale, key: &str, blanks: &[(&str, &str)]) -> String {
    let mut text = say(locale, key).to_owned();
    for (name, value) in blanks {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// Every table of words; a word stands in one of them.
const TABLES: [&[Word]; 7] =
    [WORDS, cases::WORDS, elsewhere::WORDS, entrance::WORDS, numbers::WORDS, oversight::WORDS, terms::WORDS];

/// Key, Chinese, English; sorted by key.
const WORDS: &[Word] = &[
    ("account", "账号", "Account"),
    ("account-disabled", "已停用", "Disabled"),
    ("account-menu", "{name} 的账号菜单", "Account menu of {name}"),
    ("account-security", "账号安全", "Account security"),
    ("accounts", "账号管理", "Accounts"),
    ("action-create", "新建了记录", "created the record"),
    ("action-delete", "删除了记录", "deleted the record"),
    ("action-restore", "恢复了记录", "restored the record"),
    ("action-update", "修改了", "changed"),
    ("actions", "操作", "Actions"),
    ("add-row", "添加一行", "Add a row"),
    ("all", "全部", "All"),
    ("all-of", "查看全部：{what}", "All of {what}"),
    ("any", "不限", "Any"),
    ("appearance", "显示", "Appearance"),
    ("apply-filter", "筛选", "Filter"),
    ("area-audit", "审计管理", "audit"),
    ("area-security", "安全管理", "security"),
    ("area-system", "系统管理", "the system"),
    ("attachments", "附件", "Attachments"),
    ("attempts", "尝试次数", "Attempts"),
    ("author-unnamed", "匿名", "Unnamed"),
    ("back", "返回", "Back"),
    ("below", "下级 {n}", "{n} below"),
    ("bin", "回收站", "Bin"),
    ("bin-empty", "回收站是空的", "The bin is empty"),
    ("bin-help", "已删除的记录在这里保留，可以恢复。", "Deleted records are kept here and can be restored."),
    ("bin-keeps", "满 {n} 天后自动彻底删除。", "They go for good after {n} days."),
    ("bin-of", "回收站：{what}", "Bin: {what}"),
    ("cancel", "取消", "Cancel"),
    ("change-password", "修改密码", "Change password"),
    ("clear", "清除", "Clear"),
    ("close-menu", "关闭菜单", "Close menu"),
    ("columns", "列", "Columns"),
    ("comment", "评论", "Comment"),
    ("comment-hint", "写下评论，用 @ 提醒同事", "Write a comment; @ mentions a colleague"),
    ("comments", "评论", "Comments"),
    ("conflict-help", "请逐项选择要保留的内容，再保存一次。", "Choose for each field what to keep, then save again."),
    ("conflict-title", "您编辑期间，其他人修改了这条记录", "Somebody else changed this record while you were editing"),
    ("current-password", "当前密码", "Current password"),
    ("delete", "删除", "Delete"),
    ("delete-help", "删除后可以在回收站里恢复。", "It can be restored from the bin."),
    ("delete-question", "删除“{what}”？", "Delete “{what}”?"),
    ("deleted", "已删除", "Deleted"),
    ("demo-accounts", "演示账号", "Demo accounts"),
    (
        "denied-help",
        "您的角色不包含这项操作。如工作需要，请联系本单位的安全管理员。",
        "None of your roles allows this. Where your work needs it, ask whoever administers security.",
    ),
    ("details", "详情", "Details"),
    ("disable", "停用", "Disable"),
    ("disable-account", "停用 {who}", "Disable {who}"),
    ("do-aggregate", "匿名汇总", "numbers without names"),
    ("do-create", "新建", "create"),
    ("do-delete", "删除", "delete"),
    ("do-erase", "抹除个人信息", "erase what is personal"),
    ("do-export", "导出", "export"),
    ("do-import", "导入", "import"),
    ("do-purge", "彻底删除", "delete for good"),
    ("do-read", "查看", "read"),
    ("do-restore", "恢复", "restore"),
    ("do-uncover", "查看完整内容", "show in full"),
    ("do-update", "修改", "update"),
    ("edit", "编辑", "Edit"),
    ("edit-record", "编辑：{what}", "Edit {what}"),
    ("enable", "启用", "Enable"),
    ("enable-account", "启用 {who}", "Enable {who}"),
    ("end", "结束", "End"),
    ("end-others", "结束其他所有登录", "End all others"),
    ("end-session", "结束登录：{what}", "End the session on {what}"),
    ("entity-unknown", "没有“{name}”这种数据", "there is no entity “{name}”"),
    ("error-id", "问题编号", "Reference"),
    ("expand", "展开 {what}", "Expand {what}"),
    ("expires", "有效期至 {when}", "ends {when}"),
    (
        "export-too-many",
        "超过 {n} 行，没有导出。请先筛选；全部导出请用命令行 loam export。",
        "These are more than {n} rows, and none is saved. Filter them; the command `loam export` takes all.",
    ),
    ("facts", "概要", "Facts"),
    ("faults-found", "有 {n} 处需要修改", "{n} to mend"),
    ("field-required", "不能为空", "must not be empty"),
    ("file", "文件", "File"),
    ("first-audit", "审计管理员", "Audit administrator"),
    ("first-rows", "只显示前 {n} 条", "Showing the first {n} only"),
    ("first-security", "安全管理员", "Security administrator"),
    ("first-system", "系统管理员", "System administrator"),
    ("forget-view", "删除视图“{name}”", "Forget view “{name}”"),
    ("found-for", "“{q}”找到 {n} 条", "{n} found for “{q}”"),
    ("from", "{what} 从", "{what} from"),
    ("from-to", "{least} 到 {most}", "{least} to {most}"),
    ("greeting", "您好，{name}", "Hello, {name}"),
    ("history", "历史", "History"),
    ("home", "首页", "Home"),
    ("keep-mine", "保留我填写的", "Keep mine"),
    ("keep-theirs", "采用最新的", "Take theirs"),
    ("keyword", "关键字", "Keyword"),
    ("kind", "类型", "Kind"),
    ("language", "语言", "Language"),
    ("last-error", "最近一次错误", "Last error"),
    (
        "last-of-area",
        "这是最后一个负责{area}的可用账号，请先把该角色授予其他人",
        "this is the last active account that administers {area}; give the role to somebody else first",
    ),
    ("last-signed-in", "上次登录", "Last signed in"),
    ("last-used", "最近使用：{when}", "last used: {when}"),
    ("lift", "解除", "Lift"),
    ("lift-lock", "解除锁定：{what}", "Lift the lock of {what}"),
    ("list-updated", "列表已更新", "The list was updated"),
    ("main-navigation", "主导航", "Main navigation"),
    ("mark-read", "全部标为已读", "Mark all as read"),
    ("mentioned-you", "{who} 在“{what}”中提到了您", "{who} mentioned you in “{what}”"),
    ("more", "更多", "More"),
    ("move", "移动 {what}", "Move {what}"),
    ("move-to", "移到 {what}", "Move to {what}"),
    ("my-record", "我的档案", "My record"),
    ("name", "姓名", "Name"),
    (
        "network-bad",
        "“{text}”不是网络地址，应写成 10.1.0.0/16 或 10.1.2.3",
        "`{text}` is no network; write 10.1.0.0/16 or 10.1.2.3",
    ),
    (
        "network-own",
        "其中不包括您现在的地址 {address}，保存后您自己也会被挡在外面",
        "your own address {address} is not in it; you would lock yourself out",
    ),
    ("never", "从未", "Never"),
    ("new-account", "新建账号", "New account"),
    ("new-password", "新密码", "New password"),
    ("new-record", "新建{what}", "New {what}"),
    ("new-token", "新建访问令牌", "New token"),
    ("next", "下一页", "Next"),
    ("no", "否", "No"),
    ("no-history", "还没有修改记录", "Nothing has changed yet"),
    ("no-notifications", "没有通知", "No notifications"),
    ("nothing-counted", "还没有数据", "Nothing counted yet"),
    ("nothing-found", "没有找到", "Nothing found"),
    ("nothing-found-help", "换个关键字试试，也可以用拼音首字母。", "Try another word, or pinyin initials."),
    ("nothing-here", "这里还没有内容", "Nothing here yet"),
    ("nothing-here-help", "您可以从导航打开其他页面。", "Open another page from the navigation."),
    ("nothing-matches", "没有符合条件的记录", "No record matches"),
    ("nothing-matches-help", "放宽或清除筛选条件试试。", "Widen or clear the filters."),
    ("nothing-seen", "没有您可以查看的{what}", "No {what} that you may see"),
    ("nothing-yet", "还没有{what}", "No {what} yet"),
    ("nothing-yet-help", "从新建第一条开始。", "Begin with the first one."),
    ("notices-together", "{when}汇总 {n} 条", "{n} together, {when}"),
    ("notifications", "通知", "Notifications"),
    ("open-menu", "打开菜单", "Open menu"),
    ("outbox", "发送失败", "Outbox"),
    ("outbox-empty", "没有发送失败的任务", "Nothing has failed"),
    ("outbox-help", "多次重试后仍未完成的任务。", "Work that kept failing after several tries."),
    ("outcome-done", "成功", "Done"),
    ("outcome-failed", "失败", "Failed"),
    ("outcome-refused", "已拒绝", "Refused"),
    ("own-active", "不能停用自己的账号", "nobody disables their own account"),
    ("own-roles", "不能更改自己的角色", "nobody changes their own roles"),
    ("paging", "分页", "Paging"),
    ("passkeys", "通行密钥", "Passkeys"),
    (
        "passkeys-help",
        "用指纹、面容或设备密码代替登录密码，也可作为两步验证。",
        "A finger, a face or your device's PIN stands in for the password, and counts as the second factor.",
    ),
    ("platform", "系统", "Loam"),
    ("position", "位置", "Position"),
    ("preferences", "个人设置", "Preferences"),
    ("previous", "上一页", "Back"),
    ("purge", "彻底删除", "Delete for good"),
    (
        "purge-help",
        "记录、评论、附件、流程和历史内容都会一并删除，无法恢复。审计日志只保留“谁在何时删除”。",
        "The record goes with its comments, files, cases and history, and cannot be brought back. The audit log keeps only who deleted it, and when.",
    ),
    ("purge-name", "请输入“{name}”以确认", "Type “{name}” to confirm"),
    ("purge-name-differs", "与“{name}”不一致，没有删除", "This is not “{name}”; nothing was deleted"),
    ("purge-question", "彻底删除“{what}”？", "Delete “{what}” for good?"),
    ("purged", "已彻底删除", "It is gone for good"),
    ("quick-navigation", "快捷导航", "Quick navigation"),
    ("quiet", "通知时间", "When you are told"),
    ("quiet-digest", "每天汇总一次", "Once a day, at"),
    ("quiet-digest-help", "留空则随时通知。", "At once, where nothing is filled in."),
    ("quiet-from", "免打扰开始", "Quiet from"),
    (
        "quiet-help",
        "免打扰时段内的通知会在时段结束后一并送达。待办任务随时都在待办中心，不受影响。",
        "What comes in quiet times reaches you when they are over. Tasks are in your inbox at any time.",
    ),
    ("quiet-rest-days", "非工作日免打扰", "Quiet on days off"),
    ("quiet-to", "免打扰结束", "Quiet until"),
    ("record-updated", "记录已更新", "The record was updated"),
    ("records-found", "共 {n} 条", "{n} in all"),
    ("records-more", "超过 {n} 条（数据量太大，未统计总数）", "more than {n}; too many to count"),
    ("remove-file", "移除此文件", "Remove this file"),
    ("remove-filter", "移除筛选：{what}", "Remove filter: {what}"),
    ("remove-row", "删除此行", "Remove this row"),
    ("reset-factor", "重置两步验证", "Reset second factor"),
    ("reset-factors", "重置两步验证：{who}", "Reset second factor of {who}"),
    ("reset-password", "重置密码", "Reset password"),
    ("restore", "恢复", "Restore"),
    ("revoke", "吊销", "Revoke"),
    ("revoke-token", "吊销访问令牌“{what}”", "Revoke the token “{what}”"),
    ("role-not-theirs", "角色“{role}”不在您可授予的范围内", "the role {role} is not yours to give or take"),
    ("role-unknown", "没有角色“{role}”", "there is no role “{role}”"),
    ("roles", "角色", "Roles"),
    (
        "roles-by-security",
        "新账号没有角色，由安全管理员授予。",
        "A new account has no roles; the security administrator grants them.",
    ),
    ("row", "第 {n} 行", "row {n}"),
    ("rows-shown", "第 {first}–{last} 条，共 {total} 条", "{first}–{last} of {total}"),
    ("rows-shown-more", "第 {first}–{last} 条，共超过 {total} 条", "{first}–{last} of more than {total}"),
    (
        "rule-alarm-exports",
        "同一账号 1 小时内导出多少行告警（0 表示不告警）",
        "Rows exported by one account in an hour that raise an alarm (0: never)",
    ),
    (
        "rule-alarm-refusals",
        "一个账号 10 分钟内被拒绝多少次后告警（0 为不告警）",
        "Refusals of one account in ten minutes that raise an alarm (0: never)",
    ),
    (
        "rule-alarm-rights",
        "同一账号 10 分钟内被授予多少个管理类或可看敏感信息的角色告警（1 表示每次授予都告警，0 表示不告警）",
        "Roles that administer or see sensitive data, given to one account in ten minutes, that raise an alarm (1: each that is given, 0: never)",
    ),
    (
        "rule-alarm-sign-ins",
        "10 分钟内登录失败多少次后告警（0 为不告警）",
        "Failed sign-ins in ten minutes that raise an alarm (0: never)",
    ),
    (
        "rule-alarm-uncovers",
        "同一账号 1 小时内查看多少项脱敏信息的完整内容告警（0 表示不告警）",
        "Masked values shown in full to one account in an hour that raise an alarm (0: never)",
    ),
    ("rule-days", "密码有效期（天，0 为不限）", "Days until a password is too old (0: never)"),
    ("rule-history", "不能与最近几次密码相同", "Earlier passwords that may not come again"),
    ("rule-idle", "闲置多少分钟后退出登录", "Minutes at rest until a session ends"),
    ("rule-kinds", "密码至少包含几种字符", "Kinds of characters in a password"),
    ("rule-length", "密码最少字符数", "Fewest characters of a password"),
    ("rule-lock", "最长锁定时间（分钟）", "Longest lock, in minutes"),
    ("rule-longest", "登录最长保持时间（小时）", "Hours until a session ends anyway"),
    ("rule-networks", "管理员只能从这些网络登录使用", "Networks administrators may come from"),
    (
        "rule-networks-help",
        "例如 10.1.0.0/16，多个用空格隔开；留空为不限。您现在的地址是 {address}。",
        "For example 10.1.0.0/16, several with blanks between them; empty for any. You come from {address}.",
    ),
    ("rule-sessions", "一个账号最多同时登录几处", "Sessions of one account at the same time"),
    ("rule-tries", "连续输错几次后锁定", "Wrong tries before a lock"),
    (
        "rule-unused",
        "账号多少天无人使用后停用（0 为不停用）",
        "Days until an account that nobody uses is disabled (0: never)",
    ),
    ("rules", "规则", "Rules"),
    ("rules-unread", "请填写每一项，只填整数", "fill in every one with a whole number"),
    ("save", "保存", "Save"),
    ("save-roles", "保存 {who} 的角色", "Save the roles of {who}"),
    ("save-view", "保存当前视图", "Save this view"),
    ("saved", "已保存", "Saved"),
    ("search-all", "全局搜索", "Search everything"),
    ("search-help", "输入姓名、标题或拼音首字母。", "Type a name, a title or pinyin initials."),
    ("search-hint", "搜索人员、目标…", "Search…"),
    ("search-results", "搜索", "Search"),
    ("second-factor", "两步验证", "Second factor"),
    ("send-comment", "发表", "Send"),
    ("sessions", "已登录的设备", "Where you are signed in"),
    ("skip", "跳到正文", "Skip to content"),
    (
        "source-as-of",
        "数据来自{what}，截至 {when}；不能手工填写，有误请在来源系统更正",
        "From {what}, as of {when}. Nobody enters it here; what is wrong is put right where it comes from.",
    ),
    ("source-as-of-short", "来源：{what}，截至 {when}", "From {what}, as of {when}"),
    (
        "source-none",
        "数据来自{what}，尚未收到数据；不能手工填写",
        "From {what}. Nothing has come yet, and nobody enters it here.",
    ),
    ("source-none-short", "来源：{what}，尚未收到数据", "From {what}; nothing has come yet"),
    ("step-of", "第 {n} 步，共 {of} 步", "Step {n} of {of}"),
    ("table-of", "表格：{what}", "Table: {what}"),
    ("tabs", "详情页签", "Tabs"),
    ("theme", "主题", "Theme"),
    ("theme-auto", "跟随系统", "System"),
    ("theme-dark", "深色", "Dark"),
    ("theme-light", "浅色", "Light"),
    ("this-session", "当前设备", "This one"),
    ("to", "{what} 到", "{what} to"),
    ("to-home", "回到首页", "To the home page"),
    ("too-few", "样本不足", "too few answers"),
    (
        "too-few-help",
        "人数不足的组不显示数字，也不计入任何合计。",
        "A group of too few people shows no number and is in no total.",
    ),
    (
        "two-areas",
        "同一账号不能兼任{one}和{other}，请分给两个人",
        "one account cannot administer both {one} and {other}; give the roles to two people",
    ),
    ("unread", "未读", "Unread"),
    ("unreadable", "无法解密", "Cannot be opened"),
    ("upload", "上传附件", "Attach a file"),
    (
        "view-left-out",
        "此视图中的{what}已失效（不存在或您无权查看），打开时未使用。用同一名称重新保存，即可更新此视图。",
        "This view names what is gone or not yours to see: {what}. It is opened without that; save it again under its name to keep it so.",
    ),
    ("view-name", "视图名称", "Name of the view"),
    ("views", "视图", "Views"),
    ("weight-of", "权重 {share}", "weight {share}"),
    ("weighted-mean", "加权平均", "Weighted mean"),
    ("yes", "是", "Yes"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> String {
        fn gather(folder: &std::path::Path, into: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    gather(&path, into);
                } else if !path.ends_with("words.rs") && path.parent().is_none_or(|folder| !folder.ends_with("words")) {
                    into.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = String::new();
        gather(&root.join("views"), &mut all);
        gather(&root.join("src"), &mut all);
        all
    }

    #[test]
    fn words_are_sorted_and_in_both_languages() {
        for pair in TABLES.iter().flat_map(|words| words.windows(2)) {
            assert!(pair[0].0 < pair[1].0, "`{}` stands before `{}`", pair[0].0, pair[1].0);
        }
        let keys: std::collections::BTreeSet<&str> = TABLES.concat().iter().map(|word| word.0).collect();
        assert_eq!(keys.len(), TABLES.concat().len(), "a word stands in one table");
        for (key, zh, en) in TABLES.concat() {
            assert!(!zh.is_empty() && !en.is_empty(), "{key}");
            let blanks = |text: &str| text.matches('{').count();
            assert_eq!(blanks(zh), blanks(en), "{key}");
        }
    }

    #[test]
    fn every_word_is_used_and_every_word_used_exists() {
        let all = sources();
        for (key, _, _) in TABLES.concat() {
            assert!(all.contains(&format!("\"{key}\"")) || all.contains(&format!("'{key}'")), "`{key}` is not used");
        }
        // In a view a word is asked for as `t("key"` or `t('key'`, never inside another name.
        for quote in ['"', '\''] {
            for part in all.split(&format!(" t({quote}")).skip(1) {
                let key = part.split(quote).next().unwrap_or_default();
                assert!(!say(Locale::En, key).is_empty(), "`{key}` is not in the table");
            }
        }
    }

    #[test]
    fn blanks_are_filled() {
        assert_eq!(fill(Locale::En, "new-record", &[("what", "goal")]), "New goal");
    }
}
