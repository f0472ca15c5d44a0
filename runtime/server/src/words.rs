//! Words of the interface, in every language Loam speaks. Words of an app come with the app; these are the platform's own.
//!
//! INVARIANT: every word exists in both languages, and every word is used; a test holds both.

mod cases;
mod elsewhere;
mod numbers;
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
const TABLES: [&[Word]; 5] = [WORDS, cases::WORDS, elsewhere::WORDS, numbers::WORDS, terms::WORDS];

/// Key, Chinese, English; sorted by key.
const WORDS: &[Word] = &[
    ("access-action", "操作", "Action"),
    ("access-allowed", "允许", "Allowed"),
    ("access-ask", "查询", "Explain"),
    ("access-condition", "条件", "Condition"),
    ("access-every", "所有记录", "every record"),
    ("access-fails", "不成立", "no"),
    ("access-field", "字段", "Field"),
    ("access-gives-head", "给出", "Gives"),
    (
        "access-help",
        "逐条列出角色里的授权、条件是否成立、给出什么；与实际执行的判断同源。",
        "Each grant of the roles, whether its condition holds and what it gives; by the same conditions that enforce it.",
    ),
    ("access-holds", "成立", "yes"),
    ("access-holds-head", "是否成立", "Holds"),
    (
        "access-kept-back",
        "计算所依据的 {what} 不可见，结果因此不显示。",
        "The result is kept back, because {what}, which it is computed from, may not be seen.",
    ),
    ("access-kind", "数据", "Kind of record"),
    ("access-no-grant", "没有角色给出这个操作。", "No role gives this action."),
    ("access-none", "不含该字段", "not this field"),
    ("access-nothing", "没有这个账号或这条记录", "There is no such account or record"),
    ("access-part", "脱敏", "in part"),
    ("access-partly", "部分可见（脱敏显示）", "Seen in part (masked)"),
    ("access-record", "记录地址或编号", "Address or id of the record"),
    ("access-refused", "不允许", "Refused"),
    ("access-unknown", "无法判断，按不成立处理", "not known, so no"),
    ("access-whole", "完整", "whole"),
    ("access-whole-record", "整条记录", "The record as a whole"),
    ("access-why", "权限说明", "Why this can be seen"),
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
    ("audit", "审计日志", "Audit log"),
    ("audit-action", "行为", "Act"),
    (
        "audit-altered",
        "第 {at} 条记录被改动过：内容与写入时的摘要不符。",
        "Entry {at} was altered: it is not what was hashed.",
    ),
    (
        "audit-checkpoint",
        "覆盖 {at} 条记录的检查点不可信：签名缺失或不正确。",
        "The checkpoint over {at} entries is not to be believed: a signature is missing or false.",
    ),
    (
        "audit-cut",
        "日志被截断：现有 {at} 条，原有 {to} 条。",
        "The log was cut: there are {at} entries, and there were {to}.",
    ),
    ("audit-empty", "没有符合条件的记录", "No entries match"),
    (
        "audit-erased",
        "部分内容已依法删除，记录本身及其证明仍然有效。",
        "Some values were erased as the law asks; the entry and its proofs still hold.",
    ),
    ("audit-export", "导出日志", "Export the log"),
    ("audit-form", "第 {at} 行不是日志的格式。", "Line {at} is not written as a line of the log."),
    ("audit-from", "开始日期", "From"),
    (
        "audit-help",
        "每一次操作都在这里，写入后谁都无法悄悄改动。查阅本页也会被记录。",
        "Every act is here, and nobody can change it unnoticed. Reading this page is recorded too.",
    ),
    ("audit-missing", "第 {at} 条记录缺失。", "Entry {at} is missing."),
    ("audit-moved", "第 {at} 条记录不在原来的位置。", "Entry {at} is not where it belongs."),
    ("audit-no-day", "“{day}”不是日期，请写成 2025-11-20。", "`{day}` is not a day; write it as 2025-11-20."),
    ("audit-no-id", "对象编号不正确，请从记录中复制。", "This is not an id; copy it from an entry."),
    (
        "audit-no-key",
        "没有可用于核验的公钥，请联系系统运维。",
        "There is no key to check the log with; ask whoever operates the system.",
    ),
    ("audit-no-login", "没有账号“{login}”。", "There is no account `{login}`."),
    ("audit-node", "截至第 {at} 条记录的摘要树被改动过。", "The tree over the entries up to {at} was altered."),
    ("audit-object", "对象", "Object"),
    ("audit-older", "更早的记录", "Older entries"),
    ("audit-outcome", "结果", "Outcome"),
    ("audit-position", "序号 {n}", "Position {n}"),
    ("audit-record", "对象编号", "Id"),
    (
        "audit-stretch",
        "第 {at} 至 {to} 条记录之间有内容被改动、插入、删除或调换。",
        "Between entries {at} and {to} something was altered, put in, left out or moved.",
    ),
    ("audit-to", "结束日期", "To"),
    ("audit-unplaced", "有一条记录没有序号，也不在等待编号。", "An entry has no position and does not wait for one."),
    ("audit-value-altered", "第 {at} 条记录的内容被改动过。", "A value of entry {at} was altered."),
    (
        "audit-value-gone",
        "第 {at} 条记录的内容不见了，日志中没有对应的删除记录。",
        "A value of entry {at} is gone, and the log tells of no erasure.",
    ),
    ("audit-verify", "核验完整性", "Verify"),
    ("audit-when", "时间", "When"),
    ("audit-who", "操作人", "Who"),
    (
        "audit-whole",
        "日志完整：{entries} 条记录，{heads} 个签名检查点，均与写入时一致。",
        "The log is whole: {entries} entries under {heads} signed checkpoints, all as they were written.",
    ),
    (
        "audit-witness",
        "此前见过的检查点（{at} 条）与当前日志不一致。",
        "The checkpoint seen before, over {at} entries, is no beginning of this log.",
    ),
    ("below", "下级 {n}", "{n} below"),
    ("bin", "回收站", "Bin"),
    ("bin-empty", "回收站是空的", "The bin is empty"),
    ("bin-help", "已删除的记录在这里保留，可以恢复。", "Deleted records are kept here and can be restored."),
    ("bin-of", "回收站：{what}", "Bin: {what}"),
    ("cancel", "取消", "Cancel"),
    ("change-password", "修改密码", "Change password"),
    ("clear", "清除", "Clear"),
    ("close-menu", "关闭菜单", "Close menu"),
    ("code", "验证码", "Code"),
    ("code-anew", "重新设置", "Set up anew"),
    (
        "code-help",
        "请输入验证器应用中的 6 位数字，或一个恢复码。",
        "Six digits from your authenticator app, or a recovery code.",
    ),
    ("code-is-set", "两步验证已启用", "The second factor is set up"),
    (
        "code-none",
        "未设置。设置后，登录时除密码外还要输入手机验证器中的验证码。",
        "Not set up. With it, signing in asks for a code from your phone besides the password.",
    ),
    ("code-picture", "用验证器应用扫描的二维码", "QR code for your authenticator app"),
    ("code-remove", "停用", "Do without"),
    ("code-secret", "无法扫码时，请手动输入密钥：", "If you cannot scan it, type this key:"),
    ("code-since", "已于 {when} 启用。", "Set up on {when}."),
    (
        "code-wrong",
        "验证码不正确，请检查手机时间后重试",
        "the code is wrong; check the clock of your phone and try again",
    ),
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
    ("details", "详情", "Details"),
    ("dictionary", "数据字典", "Data dictionary"),
    ("dictionary-conflicts", "口径冲突", "Conflicting meanings"),
    (
        "dictionary-conflicts-help",
        "名称或别名相同、算法不同、适用范围又重叠的指标。改名、去掉别名，或限定适用单位即可消除。",
        "Names that stand for two measures in the same units. Rename one, take the alias away, or say in which units each holds.",
    ),
    ("dictionary-conflicts-none", "没有口径冲突", "No name has two meanings"),
    ("dictionary-empty", "没有符合条件的指标", "No term fits"),
    (
        "dictionary-help",
        "每个指标只有一个定义：怎么算、谁负责、数据从哪来、多久更新。",
        "Every number has one meaning: how it is measured, who answers for it, where its data comes from and how often.",
    ),
    ("dictionary-search", "名称、别名或编码", "Name, alias or code"),
    ("disable", "停用", "Disable"),
    ("disable-account", "停用 {who}", "Disable {who}"),
    ("do-aggregate", "匿名汇总", "numbers without names"),
    ("do-create", "新建", "create"),
    ("do-delete", "删除", "delete"),
    ("do-export", "导出", "export"),
    ("do-import", "导入", "import"),
    ("do-read", "查看", "read"),
    ("do-restore", "恢复", "restore"),
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
    ("factor-administrators", "管理员必须使用", "Administrators must"),
    ("factor-everyone", "所有人必须使用", "Everyone must"),
    (
        "factor-first",
        "您的账号必须先设置两步验证，才能继续使用系统。",
        "Your account must have a second factor before you go on.",
    ),
    ("factor-optional", "自愿使用", "Nobody must"),
    (
        "factor-stays",
        "按照登录规则，您的账号必须使用两步验证，不能停用",
        "the sign-in rules ask for a second factor here, so it stays",
    ),
    ("factor-who", "两步验证", "Second factor"),
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
    ("last-used", "最近使用：{when}", "last used: {when}"),
    ("lift", "解除", "Lift"),
    ("lift-lock", "解除锁定：{what}", "Lift the lock of {what}"),
    ("list-updated", "列表已更新", "The list was updated"),
    ("locked-none", "没有被锁定的账号或地址", "Nothing is locked"),
    ("locked-now", "已锁定的账号和地址", "Locked accounts and addresses"),
    ("locked-until", "锁定至 {when}", "until {when}"),
    ("login", "登录名", "Login"),
    ("login-needed", "请填写登录名", "a login is needed"),
    ("login-taken", "这个登录名已被使用", "this login is taken"),
    ("main-navigation", "主导航", "Main navigation"),
    ("mark-read", "全部标为已读", "Mark all as read"),
    ("mentioned-you", "{who} 在“{what}”中提到了您", "{who} mentioned you in “{what}”"),
    ("more", "更多", "More"),
    ("move", "移动 {what}", "Move {what}"),
    ("move-to", "移到 {what}", "Move to {what}"),
    ("my-record", "我的档案", "My record"),
    ("name", "姓名", "Name"),
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
    ("nothing-yet", "还没有{what}", "No {what} yet"),
    ("nothing-yet-help", "从新建第一条开始。", "Begin with the first one."),
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
    ("passkey-add", "添加通行密钥", "Add a passkey"),
    ("passkey-name", "名称（如“我的手机”）", "Name, such as “My phone”"),
    ("passkey-none", "当前浏览器或访问地址不支持通行密钥。", "This browser, or the address it uses, has no passkeys."),
    ("passkey-remove", "删除通行密钥 {what}", "Remove the passkey {what}"),
    ("passkey-since", "添加于 {when}", "added {when}"),
    ("passkey-use", "使用通行密钥", "Use a passkey"),
    ("passkeys", "通行密钥", "Passkeys"),
    (
        "passkeys-help",
        "用指纹、面容或设备密码代替登录密码，也可作为两步验证。",
        "A finger, a face or your device's PIN stands in for the password, and counts as the second factor.",
    ),
    ("password", "密码", "Password"),
    ("password-changed", "密码已修改", "The password was changed"),
    (
        "password-common",
        "这个密码太常见，容易被猜到，请换一个",
        "this password is among the first to be guessed; choose another",
    ),
    (
        "password-due",
        "这个密码由他人设置或已到期，请先改成只有您知道的密码。",
        "Somebody else set this password, or it is too old; choose one that only you know.",
    ),
    (
        "password-help",
        "至少 {n} 个字符，包含小写字母、大写字母、数字、其他字符中的 {kinds} 种；不能太常见，不能包含登录名或姓名。",
        "At least {n} characters with {kinds} of these: small letters, capitals, digits, others; not a common one, without your login or name.",
    ),
    ("password-long", "密码过长", "the password is too long"),
    ("password-own", "密码不能包含登录名或姓名", "a password does not hold the login or the name"),
    (
        "password-plain",
        "密码要包含小写字母、大写字母、数字、其他字符中的至少 {n} 种",
        "a password has at least {n} of these: small letters, capitals, digits, others",
    ),
    ("password-short", "密码至少 {n} 个字符", "a password has at least {n} characters"),
    ("password-used", "不能使用最近 {n} 次用过的密码", "the last {n} passwords do not come again"),
    ("password-wrong", "当前密码不正确", "the current password is wrong"),
    ("platform", "系统", "Loam"),
    ("position", "位置", "Position"),
    ("preferences", "个人设置", "Preferences"),
    ("previous", "上一页", "Back"),
    ("prove", "确认身份", "Prove it"),
    (
        "prove-elsewhere",
        "您的账号通过统一登录使用，请退出后重新登录。",
        "You sign in elsewhere; sign out and in again.",
    ),
    ("prove-help", "此操作比较重要，请再次确认是您本人。", "This matters; please prove again who you are."),
    ("prove-title", "验证身份", "Prove who you are"),
    ("quick-navigation", "快捷导航", "Quick navigation"),
    ("record-updated", "记录已更新", "The record was updated"),
    ("records-found", "共 {n} 条", "{n} in all"),
    ("recovery-codes", "恢复码", "Recovery codes"),
    (
        "recovery-help",
        "手机不在身边时，每个恢复码可以代替验证码使用一次。它们只显示这一次，请妥善保存。",
        "Without your phone, each of these stands in for a code once. They are shown this once; keep them safe.",
    ),
    ("recovery-kept", "已保存好", "I have kept them"),
    ("recovery-left", "还有 {n} 个恢复码。", "{n} recovery codes left."),
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
    ("rule-days", "密码有效期（天，0 为不限）", "Days until a password is too old (0: never)"),
    ("rule-history", "不能与最近几次密码相同", "Earlier passwords that may not come again"),
    ("rule-idle", "闲置多少分钟后退出登录", "Minutes at rest until a session ends"),
    ("rule-kinds", "密码至少包含几种字符", "Kinds of characters in a password"),
    ("rule-length", "密码最少字符数", "Fewest characters of a password"),
    ("rule-lock", "最长锁定时间（分钟）", "Longest lock, in minutes"),
    ("rule-longest", "登录最长保持时间（小时）", "Hours until a session ends anyway"),
    ("rule-tries", "连续输错几次后锁定", "Wrong tries before a lock"),
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
    ("set-up", "创建首批管理员", "Make the first administrators"),
    ("set-up-code", "设置两步验证", "Set up a second factor"),
    (
        "set-up-help",
        "用手机上的验证器应用扫描二维码，再输入应用显示的 6 位数字。",
        "Scan this with the authenticator app on your phone, then type the six digits it shows.",
    ),
    (
        "set-up-three",
        "三类管理员请分给三个人，互不兼任。每个人首次登录时修改密码。",
        "They are three people, none with the rights of another. Each chooses a password of their own at the first sign-in.",
    ),
    ("sign-in", "登录", "Sign in"),
    ("sign-in-passkey", "使用通行密钥登录", "Sign in with a passkey"),
    ("sign-in-rules", "登录规则", "Sign-in rules"),
    ("sign-in-to", "登录 {what}", "Sign in to {what}"),
    ("sign-out", "退出登录", "Sign out"),
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
    (
        "stand-in-administrator",
        "管理员的账号不能委托，也不能代看",
        "an administrator's account is neither handed on nor looked at",
    ),
    (
        "stand-in-backwards",
        "请填写起止日期，截止不能早于开始，也不能早于今天",
        "give both days; the last is not before the first, nor in the past",
    ),
    ("stand-in-begin", "开始", "Begin"),
    ("stand-in-begin-for", "开始代理 {who}", "Begin to act for {who}"),
    ("stand-in-end-of", "结束 {who} 的代理", "End it with {who}"),
    ("stand-in-entities", "只限这些数据（不选为全部）", "For these kinds of records only (all, if none)"),
    ("stand-in-give", "委托代理人", "Let somebody stand in"),
    ("stand-in-limits", "权限范围", "Limits"),
    ("stand-in-long", "一次最多委托 92 天", "somebody stands in for 92 days at most"),
    ("stand-in-look", "以他人身份查看", "Look at what somebody else sees"),
    (
        "stand-in-look-help",
        "只读，30 分钟后自动结束，事由和每次查看都会留痕。",
        "Nothing can be changed; it ends after 30 minutes, and the reason stands on record.",
    ),
    ("stand-in-looks", "代看", "looking"),
    ("stand-in-may-write", "可以办理（不勾选则只能查看）", "May make changes (otherwise only look)"),
    ("stand-in-nobody", "没有这个可用的账号", "there is no such account in use"),
    ("stand-in-not-yours", "您没有这个权限", "this is not yours to do"),
    ("stand-in-oneself", "不能委托给自己", "nobody stands in for themself"),
    ("stand-in-reads", "只读", "may only look"),
    ("stand-in-reason", "事由", "Reason"),
    ("stand-in-reason-needed", "请写明事由", "say why"),
    ("stand-in-since", "开始日期", "From"),
    ("stand-in-taker", "代理人的登录名", "Login of who stands in"),
    ("stand-in-until", "截止日期（含当天）", "Until, that day included"),
    ("stand-in-writes", "可办理", "may make changes"),
    ("stand-ins", "代理与代看", "Standing in"),
    ("stand-ins-given", "我委托的", "Who stands in for me"),
    (
        "stand-ins-help",
        "外出时请人代办，写明起止和范围；代办的每一步都记在代理人名下。",
        "While you are away somebody can act for you, from when to when and within limits; what they do stands on record as theirs, for you.",
    ),
    ("stand-ins-taken", "我代理的", "I stand in for"),
    ("standing-acts", "您正代“{who}”办理，至 {until}。", "You are acting for {who}, until {until}."),
    ("standing-leave", "回到本人", "Be yourself again"),
    (
        "standing-looks",
        "您正以“{who}”的身份查看，只读，至 {until}。",
        "You are looking at what {who} sees. Nothing can be changed. Until {until}.",
    ),
    ("table-of", "表格：{what}", "Table: {what}"),
    ("tabs", "详情页签", "Tabs"),
    ("term", "指标", "Term"),
    ("term-aliases", "又称：", "Also called:"),
    ("term-approved", "已批准", "Approved"),
    ("term-checked", "近期共 {n} 行数据", "{n} recent rows"),
    ("term-checks", "数据质量", "Data quality"),
    ("term-daily", "每天", "daily"),
    ("term-definition", "定义", "Definition"),
    ("term-deprecated", "已停用", "Deprecated"),
    ("term-direction", "方向", "Direction"),
    ("term-everywhere", "全部单位", "everywhere"),
    ("term-formula", "计算方法", "How it is measured"),
    ("term-frequency", "更新频率", "New data"),
    ("term-higher", "越高越好", "higher is better"),
    ("term-latest", "数据截至", "Data up to"),
    ("term-lineage", "数据来龙去脉", "Where it comes from"),
    ("term-lineage-list", "以文字列出", "As a list"),
    ("term-lineage-of", "{what}的来龙去脉图", "Picture of what {what} comes from"),
    ("term-lower", "越低越好", "lower is better"),
    ("term-monthly", "每月", "monthly"),
    ("term-neither", "不分高低", "neither"),
    ("term-no-data", "无数据", "no data"),
    ("term-only", "只统计：", "Only rows where"),
    ("term-owner", "责任部门", "Owner"),
    ("term-period", "期间", "Period"),
    ("term-proposed", "提议中", "Proposed"),
    ("term-quarterly", "每季", "quarterly"),
    ("term-reviewed", "已评审", "Reviewed"),
    ("term-scope", "适用范围", "Holds in"),
    ("term-score", "得分", "Score"),
    ("term-source", "数据来源", "Source"),
    ("term-stale", "过期：{day} 起应有新数据", "Stale: newer data has been due since {day}"),
    ("term-status", "状态", "Status"),
    ("term-target", "目标", "Target"),
    ("term-unit", "单位", "Unit"),
    ("term-unused", "没有其他指标引用它", "No other term is made from it"),
    ("term-used", "引用它的指标：", "Terms made from it:"),
    ("term-value", "数值", "Value"),
    ("term-values", "近期数值", "Recent values"),
    ("term-version", "版本", "Version"),
    ("term-weekly", "每周", "weekly"),
    ("term-yearly", "每年", "yearly"),
    ("theme", "主题", "Theme"),
    ("theme-auto", "跟随系统", "System"),
    ("theme-dark", "深色", "Dark"),
    ("theme-light", "浅色", "Light"),
    ("this-session", "当前设备", "This one"),
    ("to", "{what} 到", "{what} to"),
    ("to-home", "回到首页", "To the home page"),
    ("token-days", "有效天数", "Days until it ends"),
    ("token-ended", "已过期", "ended"),
    ("token-entities", "只限这些数据", "Only these"),
    (
        "token-entities-help",
        "都不选表示不限。令牌的权限不会超过您本人。",
        "None chosen means all. A token never has more rights than you.",
    ),
    ("token-everything", "全部数据", "everything"),
    ("token-may-write", "允许修改数据", "May change records"),
    ("token-name", "用途", "What it is for"),
    ("token-name-fault", "请填写用途，最多 100 个字", "say what it is for, in 1 to 100 characters"),
    ("token-once", "请立即复制，令牌只显示这一次：", "Copy it now, it is shown this once:"),
    ("token-reads", "只读", "reads"),
    ("token-scope", "权限", "Rights"),
    ("token-too-many", "访问令牌已达上限，请先吊销不用的", "there are too many tokens; revoke some first"),
    ("token-unused", "从未使用", "never"),
    ("token-writes", "可修改", "reads and writes"),
    ("tokens", "访问令牌", "Tokens for programs"),
    ("tokens-help", "供程序调用接口时使用，代替您的密码。", "Programs use them on the API in place of your password."),
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
    ("upload", "上传附件", "Attach a file"),
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
