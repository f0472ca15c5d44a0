//! Who may do what, as a table: whatever alters it alters a line, and is named before it is published. No database is asked.

use std::{collections::BTreeSet, fs, path::Path};

use app::{App, access};
use model::Locale;
use resolve::{Source, resolve, sources};
use serde_json::Value;

use super::review::documents;

type Files = Vec<(String, String)>;

/// The bundled app and the one that it uses.
fn flagship() -> [(&'static str, Files); 2] {
    ["organisation", "performance-management"].map(|name| (name, documents(name, "")))
}

fn compiled(apps: &[(&str, Files)]) -> App {
    let source =
        |(name, files): &(&str, Files)| Source { name: (*name).to_owned(), files: files.iter().cloned().collect() };
    let apps: Vec<Source> = apps.iter().map(source).collect();
    let (app, faults) = resolve(&apps);
    app.unwrap_or_else(|| panic!("{}", sources(&apps).plain_all(&faults)))
}

/// The same with one thing written otherwise, in the first place where it stands.
fn altered(apps: &[(&'static str, Files)], path: &str, from: &str, to: &str) -> App {
    let mut apps = apps.to_vec();
    let mut files = apps.iter_mut().flat_map(|(_, files)| files);
    let Some((_, text)) = files.find(|(known, text)| known == path && text.contains(from)) else {
        panic!("`{path}` has no `{from}`")
    };
    *text = text.replacen(from, to, 1);
    compiled(&apps)
}

fn table(app: &App) -> String {
    access::Table(app).to_string()
}

/// What changes besides the actions of grants, in sentences.
fn moves(before: &App, after: &App, locale: Locale) -> Vec<String> {
    access::moves(before, after).iter().map(|moved| moved.sentence(locale)).collect()
}

const AUDITOR: &str = "roles/auditor.yaml";
const HRBP: &str = "roles/hrbp.yaml";
const PROPOSAL: &str = "workflows/metric_proposal.yaml";
const ANSWERS: &str = "entities/feedback_360.yaml";

/// A document, what is written otherwise in it, and how that is named.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// Facts of entities and workflows.
const FACTS: &[Case] = &[
    (
        "entities/person.yaml",
        "attachments: true\n",
        "attachments: true\ncomments: true\n",
        &["+ entity `person` from now on: takes comments"],
    ),
    (ANSWERS, "history: false\n", "", &["- entity `feedback_360` no longer: no history of its values is shown"]),
    (
        ANSWERS,
        "at_least: 3",
        "at_least: 5",
        &[
            "- entity `feedback_360` no longer: numbers without names need 3 or more people",
            "+ entity `feedback_360` from now on: numbers without names need 5 or more people",
        ],
    ),
    (
        ANSWERS,
        "{manager: 1, self: 1}",
        "{manager: 2, self: 1}",
        &[
            "+ entity `feedback_360` from now on: numbers without names where rater_group = manager need 2 or more people",
        ],
    ),
    (
        ANSWERS,
        "  open_when: review.feedback == \"closed\"\n",
        "",
        &["- entity `feedback_360` no longer: numbers without names are told where review.feedback == \"closed\""],
    ),
    (
        "entities/calibration_bin.yaml",
        "formula: MAX(0, has - most)\n    public: true\n",
        "formula: MAX(0, has - most)\n",
        &[
            "- entity `calibration_bin` no longer: over is shown whatever may be read of what it is computed from: MAX(0, has - most)",
            "+ entity `calibration_bin` from now on: over is shown where has, most may be read",
        ],
    ),
    (
        "entities/person.yaml",
        "AS_OF(assignments.manager, assignments.valid_from, assignments.valid_to, TODAY())",
        "AS_OF(assignments.manager, assignments.valid_from, assignments.valid_to, TODAY() )",
        &["+ entity `person` from now on: manager stands in conditions on who may do what and is computed: AS_OF("],
    ),
    (
        PROPOSAL,
        "condition: status == \"draft\"\n",
        "condition: status == \"draft\" && actor.person != null\n",
        &["+ workflow `metric_proposal` from now on: starts only where status == \"draft\" && actor.person != null"],
    ),
    (PROPOSAL, "guard: hr\n", "guard: hrbp\n", &["+ workflow `metric_proposal` from now on: guarded by the role hrbp"]),
    (
        PROPOSAL,
        "withdraw: unanswered",
        "withdraw: always",
        &["+ workflow `metric_proposal` from now on: whoever started a case may withdraw it: always"],
    ),
    (
        PROPOSAL,
        "who: [{role: hr}]",
        "who: [{role: hrbp}]",
        &[
            "- workflow `metric_proposal` no longer: review asks the role hr",
            "+ workflow `metric_proposal` from now on: review asks the role hrbp",
        ],
    ),
    (
        PROPOSAL,
        "{who: [affected], way: all, veto: false}",
        "{who: [affected], way: any, veto: false}",
        &["+ workflow `metric_proposal` from now on: comment, group 1, is decided by any"],
    ),
    (
        PROPOSAL,
        "show: [title, kind, ",
        "show: [title, ",
        &["- workflow `metric_proposal` no longer: comment shows kind to those it asks"],
    ),
    (
        PROPOSAL,
        "edit: [title, kind, ",
        "edit: [title, ",
        &["- workflow `metric_proposal` no longer: revise lets those it asks write kind"],
    ),
    (
        PROPOSAL,
        "opinion: always\n",
        "opinion: always\n      allow: [transfer]\n",
        &["- workflow `metric_proposal` no longer: comment lets those it asks: delegate"],
    ),
    (
        PROPOSAL,
        "starter: left_out",
        "starter: answers",
        &["+ workflow `metric_proposal` from now on: review where the starter is among those asked: answers"],
    ),
    (
        PROPOSAL,
        "nobody: refuse",
        "nobody: pass",
        &["+ workflow `metric_proposal` from now on: revise where nobody is asked: pass"],
    ),
    (
        PROPOSAL,
        "{working_days: 5, then: pass}",
        "{working_days: 5, hand_to: [{role: hr}]}",
        &["+ workflow `metric_proposal` from now on: comment is handed in time to the role hr"],
    ),
    (
        PROPOSAL,
        "set: {status: '\"commenting\"'}",
        "set: {status: '\"commenting\"', reason: '\"-\"'}",
        &["+ workflow `metric_proposal` from now on: put sets reason"],
    ),
];

/// Compiles a case, and holds against it what the table says and what is named.
fn holds(apps: &[(&'static str, Files)], before: &App, printed: &str, case: &Case) {
    let (path, from, to, named) = case;
    let after = altered(apps, path, from, to);
    assert_ne!(table(&after), printed, "{path} with `{to}` changes no line of the table");
    let moves = access::moves(before, &after);
    let said: Vec<String> = moves.iter().map(|moved| moved.sentence(Locale::En)).collect();
    assert!(!said.is_empty() || !access::changes(before, &after).is_empty(), "{path} with `{to}` is not named");
    for sentence in named.iter() {
        assert!(said.iter().any(|one| one.contains(sentence)), "{sentence}: {said:#?}");
    }
}

#[test]
fn every_fact_has_a_line_and_its_change_is_named() {
    let apps = flagship();
    let before = compiled(&apps);
    let printed = table(&before);
    FACTS.iter().for_each(|case| holds(&apps, &before, &printed, case));
}

/// A person, and whom they report to.
const PERSON: &str = "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  lead: {type: person, label: {zh-CN: 上级, en: Lead}, stands_for: manager}\n";

#[test]
fn what_stands_for_the_organisation_has_a_line() {
    let small = |person: &str| {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let files = vec![
            file("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
            file("entities/person.yaml", person),
            file(
                "roles/reader.yaml",
                "label: {zh-CN: 读者, en: Reader}\ngrants:\n  - {entity: person, actions: [read], read: [name]}\n",
            ),
            file(
                "roles/keeper.yaml",
                "label: {zh-CN: 管理, en: Keeper}\ngrants:\n  - {entity: person, actions: [read], read: [name, created_at]}\n",
            ),
            file(
                "roles/whole.yaml",
                "label: {zh-CN: 全部, en: Whole}\ngrants:\n  - {entity: person, actions: [read]}\n",
            ),
        ];
        compiled(&[("demo", files)])
    };
    let (before, after) = (small(PERSON), small(&PERSON.replace(", stands_for: manager", "")));
    assert_ne!(table(&before), table(&after));
    assert_eq!(moves(&before, &after, Locale::En), ["- entity `person` no longer: lead stands for manager"]);
    assert_eq!(moves(&before, &after, Locale::ZhCn), ["- 实体 `person` 不再：字段 lead 代表 manager"]);
    // The fields every record has are given one by one, or together.
    let gifts = access::gifts(&before);
    let given = |role: &str| -> BTreeSet<String> {
        gifts.iter().filter(|gift| gift.role == role).filter_map(|gift| gift.field.clone()).collect()
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(given("reader"), names(&["name"]));
    assert_eq!(given("keeper"), names(&["created_at", "name"]));
    assert_eq!(given("whole"), names(&["(made and changed)", "lead", "name"]));
}

#[test]
fn what_lies_beside_a_record_has_a_line_where_it_is_given() {
    let app = |read: &str| {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let task = "label: {zh-CN: 任务, en: Task}\ndisplay: title\ncomments: true\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n";
        let role = format!(
            "label: {{zh-CN: 读者, en: Reader}}\ngrants:\n  - {{entity: task, actions: [read, update]{read}, write: [title]}}\n"
        );
        let files = vec![
            file("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
            file("entities/task.yaml", task),
            file("roles/reader.yaml", &role),
        ];
        compiled(&[("demo", files)])
    };
    let [whole, listed, named] = ["", ", read: [title]", ", read: [title, comments]"].map(app);
    let line = |app: &App| {
        let table = table(app);
        let line = table.lines().find(|line| line.contains("(comments)"));
        line.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let given = Some("(comments) 1".to_owned());
    assert_eq!([&whole, &listed, &named].map(line), [given.clone(), None, given], "{}", table(&whole));
    assert!(!table(&whole).contains("(attachments)"), "the entity takes none");
    let changes = access::changes(&listed, &named);
    let said: Vec<_> =
        changes.iter().map(|change| (change.gains, change.action.word(), change.fields.join(","))).collect();
    assert_eq!(said, [(true, "read", "(comments)".to_owned())]);
}

/// What in a role document has nothing to do with rights.
const NO_MATTER: [(&str, &str); 4] =
    [("Role", "label"), ("Role", "description"), ("PerLocale", "zh-CN"), ("PerLocale", "en")];

/// For every other key, a document of the bundled app in which it is written otherwise, and how that is named where it is more than
/// an action of a grant.
const KEYS: &[((&str, &str), Case)] = &[
    (
        ("Role", "everyone"),
        ("roles/employee.yaml", "everyone: true\n", "", &["- role `employee` no longer: held by everyone"]),
    ),
    (
        ("Role", "administers"),
        (
            "roles/administrator.yaml",
            "administers: system",
            "administers: audit",
            &[
                "- role `administrator` no longer: administers system",
                "+ role `administrator` from now on: administers audit",
                "- role `administrator` no longer: reaches every account",
            ],
        ),
    ),
    (
        ("Role", "within"),
        (
            "roles/unit_administrator.yaml",
            "within: UNDER_MY_UNIT(id)",
            "within: UNDER_UNIT_I_HEAD(id)",
            &[
                "- role `unit_administrator` no longer: reaches the accounts of people where UNDER_MY_UNIT(id)",
                "+ role `unit_administrator` from now on: reaches the accounts of people where UNDER_UNIT_I_HEAD(id)",
            ],
        ),
    ),
    (
        ("Role", "within"),
        (
            "roles/unit_administrator.yaml",
            "within: UNDER_MY_UNIT(id)\n",
            "",
            &["+ role `unit_administrator` from now on: reaches every account"],
        ),
    ),
    (
        ("Role", "assigns"),
        (
            "roles/unit_security_administrator.yaml",
            "assigns: [manager]",
            "assigns: [manager, hrbp]",
            &["+ role `unit_security_administrator` from now on: gives and takes the role hrbp"],
        ),
    ),
    (
        ("Role", "assigns"),
        (
            "roles/security_administrator.yaml",
            "administers: security",
            "administers: security\nassigns: []",
            &["- role `security_administrator` no longer: gives and takes every role"],
        ),
    ),
    (
        ("Role", "views_as"),
        (HRBP, "grants:\n", "views_as: true\ngrants:\n", &["+ role `hrbp` from now on: looks at what others see"]),
    ),
    (("Role", "terms"), (HRBP, "terms: {actions: [comment]}\n", "", &["- role `hrbp` no longer: every term: comment"])),
    (
        ("Role", "shares_boards"),
        ("roles/hr.yaml", "shares_boards: true\n", "", &["- role `hr` no longer: shares boards with everybody"]),
    ),
    (
        ("Role", "workflows"),
        (
            "roles/hr.yaml",
            "  - {workflow: points_lapse, actions: [manage]}\n",
            "",
            &["- role `hr` no longer: workflow points_lapse: manage"],
        ),
    ),
    (
        ("Role", "grants"),
        (
            "roles/organisation_keeper.yaml",
            "grants:\n",
            "grants:\n  - {entity: unit, actions: [read], where: 'code == \"x\"'}\n",
            &[],
        ),
    ),
    (
        ("Terms", "actions"),
        (
            HRBP,
            "terms: {actions: [comment]}",
            "terms: {actions: [comment, review]}",
            &["+ role `hrbp` from now on: every term: review"],
        ),
    ),
    (
        ("Terms", "owners"),
        (
            HRBP,
            "terms: {actions: [comment]}",
            "terms: {actions: [comment], owners: [RX-HQ-SC]}",
            &[
                "- role `hrbp` no longer: every term: comment",
                "+ role `hrbp` from now on: terms of RX-HQ-SC: comment",
                "from now on: answered for by RX-HQ-SC",
            ],
        ),
    ),
    (
        ("WorkflowGrant", "workflow"),
        (
            "roles/hr.yaml",
            "{workflow: points_lapse, actions: [manage]}",
            "{workflow: rotation, actions: [manage]}",
            &["- role `hr` no longer: workflow points_lapse: manage"],
        ),
    ),
    (
        ("WorkflowGrant", "actions"),
        (
            "roles/hr.yaml",
            "{workflow: review, actions: [start, manage]}",
            "{workflow: review, actions: [start]}",
            &["- role `hr` no longer: workflow review: manage"],
        ),
    ),
    (
        ("WorkflowGrant", "where"),
        (
            "roles/hr.yaml",
            "{workflow: points_lapse, actions: [manage]}",
            "{workflow: points_lapse, actions: [manage], where: UNDER_UNIT_I_PARTNER(id)}",
            &[
                "- role `hr` no longer: workflow points_lapse: manage",
                "+ role `hr` from now on: workflow points_lapse: manage cases about records where UNDER_UNIT_I_PARTNER(id)",
            ],
        ),
    ),
    (("Grant", "entity"), ("roles/organisation_keeper.yaml", "  - entity: post_category\n", "  - entity: post\n", &[])),
    (
        ("Grant", "actions"),
        ("roles/organisation_keeper.yaml", "calendar_day\n    actions: [create, ", "calendar_day\n    actions: [", &[]),
    ),
    (("Grant", "where"), (HRBP, "where: UNDER_UNIT_I_PARTNER(id)", "where: UNDER_UNIT_I_HEAD(id)", &[])),
    (("Grant", "read"), (AUDITOR, "read: [hired]", "read: [hired, active]", &[])),
    (("Grant", "masked"), (AUDITOR, "{phone: '###****####'}", "{phone: '###****###'}", &[])),
    (("Grant", "write"), ("roles/member.yaml", "write: [phone]", "write: [phone, email]", &[])),
];

/// Every key that a role document may have, by what it stands in: from the schema that the definition gives, so that a new one
/// cannot be forgotten.
fn keys() -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../definition/schemas/role.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let parts = schema["$defs"].as_object().unwrap().iter().map(|(name, part)| (name.as_str(), part));
    let keys = |(name, part): (&str, &Value)| -> Vec<(String, String)> {
        let keys = part["properties"].as_object().into_iter().flatten();
        keys.map(|(key, _)| (name.to_owned(), key.clone())).collect()
    };
    parts.chain([("Role", &schema)]).flat_map(keys).collect()
}

#[test]
fn every_key_of_a_role_is_in_the_table_or_has_nothing_to_do_with_rights() {
    let apps = flagship();
    let before = compiled(&apps);
    let printed = table(&before);
    let known = KEYS.iter().map(|(key, _)| *key).chain(NO_MATTER);
    let known: BTreeSet<(String, String)> = known.map(|(part, key)| (part.to_owned(), key.to_owned())).collect();
    assert_eq!(keys(), known, "say of a new key that it does not matter to rights, or how it changes the table");
    KEYS.iter().for_each(|(_, case)| holds(&apps, &before, &printed, case));
}
