//! A role that guards a workflow, and that nobody holds: said before a case comes to need it.

use serde_json::json;

use crate::{on_both, support::Place};

on_both!(a_guard_that_nobody_holds_is_named_by_plan_and_apply);

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: walk\nlabel: Walk\nversion: 1.0.0\n"),
    ("entities/job.yaml", "label: Job\ndisplay: title\nfields:\n  title: {type: text, label: Title}\n"),
    (
        "roles/member.yaml",
        "label: Member\neveryone: true\ngrants:\n  - {entity: job, actions: [create, read]}\nworkflows:\n  - {workflow: check, actions: [start]}\n",
    ),
    ("roles/hr.yaml", "label: HR\ngrants:\n  - {entity: job, actions: [read]}\n"),
    ("roles/lead.yaml", "label: Lead\ngrants:\n  - {entity: job, actions: [read]}\n"),
    (
        "workflows/check.yaml",
        "label: Check\nentity: job\nguard: hr\nsteps:\n  own: {label: Own, form: {who: [{starter: true}], edit: [title]}}\n  look: {label: Look, approval: {who: [{role: lead}]}}\n  pass: {label: Pass, approval: {who: [{role: lead}], nobody: pass}}\n",
    ),
];

fn a_guard_that_nobody_holds_is_named_by_plan_and_apply(place: &Place) {
    for (path, text) in FILES {
        place.write(&format!("walk/{path}"), text);
    }
    let guards = || place.fine(&["plan", "walk", "--format", "json"]).json()["guards"].clone();
    // Nobody can hold a role before it is published.
    assert_eq!(guards(), json!([]));
    let said = place.fine(&["apply", "walk", "--yes"]).out;
    assert!(!said.contains("guards the workflow"), "{said}");
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "lead", "--stdin"], "correct horse\n").code, 0);
    assert_eq!(guards(), json!([{"workflow": "check", "role": "hr", "steps": ["look"]}]));
    let warning = "warning: nobody holds the role `hr` that guards the workflow `check`; where `look` finds nobody";
    let said = place.fine(&["plan", "walk"]).out;
    assert!(said.contains(warning) && said.contains("nothing to do"), "{said}");
    let said = place.fine(&["--lang", "zh-CN", "plan", "walk"]).out;
    assert!(said.contains("流程 `check` 的兜底角色 `hr` 还没有授予任何账号"), "{said}");
    place.edit("walk/workflows/check.yaml", "label: Check", "label: Check it");
    let said = place.fine(&["apply", "walk", "--yes"]).out;
    assert!(said.contains(warning), "{said}");
    assert_eq!(place.fed(&["user", "add", "bert", "--role", "hr", "--stdin"], "correct horse\n").code, 0);
    assert_eq!(guards(), json!([]));
    let said = place.fine(&["plan", "walk"]).out;
    assert!(!said.contains("guards the workflow"), "{said}");
}
