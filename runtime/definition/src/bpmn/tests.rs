//! Files of other tools and files of ours, read and written.

use expect_test::{Expect, expect, expect_file};

use super::*;
use crate::{Files, render::Sources, yaml};

mod codes;
mod property;
mod written;

/// What cases of files that do not say it are about.
const THING: Given<'_> = Given { entity: Some("thing"), guard: None };

/// Reads a file and compares the document made of it, and what was said.
fn check(text: &str, document: expect_test::ExpectFile, said: &Expect) {
    let (workflow, found) = read("process.bpmn", text, THING);
    document.assert_eq(&workflow.map(|words| yaml::workflow(&words)).unwrap_or_default());
    said.assert_eq(&brief(text, &found));
}

/// What was said, a line each.
fn brief(text: &str, found: &[model::Diagnostic]) -> String {
    let files = Files::from([("process.bpmn".to_owned(), text.to_owned())]);
    let mut sources = Sources::default();
    sources.add("", &files);
    let line = |fault: &serde_json::Value| {
        let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
        format!("{}: {} {} {}; {}\n", fault["line"], text("severity"), text("code"), text("message"), text("help"))
    };
    sources.json_all(found).as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_file_of_camunda_modeler_is_read() {
    check(
        include_str!("tests/camunda.bpmn"),
        expect_file!["tests/camunda.yaml"],
        &expect![[r#"
        3: warning bpmn.left-out of process `leave` (`请假审批`), `historyTimeToLive` of another tool is left out; say what it does in the workflow's own words: fields a step shows and asks for, timers, `set`
        8: warning bpmn.left-out of user task `Activity_0fill01` (`填写 请假单`), `formData` of another tool is left out; say what it does in the workflow's own words: fields a step shows and asks for, timers, `set`
        19: warning bpmn.left-out of user task `Activity_1head02` (`部门负责人审批`), `formKey` of another tool is left out; say what it does in the workflow's own words: fields a step shows and asks for, timers, `set`
        56: warning bpmn.other-language `${days > 3 and kind == 'annual'}` is read as `days > 3 && kind == "annual"`; check that it says the same over the record's fields
    "#]],
    );
}

#[test]
fn a_drawing_of_bpmn_io_with_lanes_is_read() {
    check(
        include_str!("tests/bpmn-io.bpmn"),
        expect_file!["tests/bpmn-io.yaml"],
        &expect![[r#"
        49: warning bpmn.left-out `documentation` of task `Activity_2file00` (`更新档案`) is left out; keep what it says in the app's notes, if it matters
        69: warning bpmn.nobody send task `Activity_4tell00` (`通知本人`) does not say whom it tells: it is whoever starts a case; name a group or a field of the record as its assignee or potential owner, or change `to` afterwards
        88: warning bpmn.left-out text annotation `TextAnnotation_0zz` is left out: a workflow does not show it; keep what it says in the app's notes, if it matters
        91: warning bpmn.left-out association `Association_0zz` is left out: a workflow does not show it; keep what it says in the app's notes, if it matters
    "#]],
    );
}

#[test]
fn a_file_of_flowable_is_read() {
    check(
        include_str!("tests/flowable.bpmn"),
        expect_file!["tests/flowable.yaml"],
        &expect![[r#"
        8: warning bpmn.account user task `finance` (`财务审核`) names the account `wangfang`, and a workflow does not know accounts; name a field of the record that holds the person (`${owner}`), or a group, which is a role here
    "#]],
    );
}

/// A process with these elements after its start.
fn process(elements: &str) -> String {
    format!(
        "<definitions xmlns=\"{BPMN}\" xmlns:loam=\"{LOAM}\"><process id=\"p\">\n<startEvent id=\"s\"/>\n\
         <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"a\"/>\n{elements}\n</process></definitions>"
    )
}

/// Reads a process with these elements: what was said, and the document made of it.
fn told(elements: &str) -> String {
    let text = process(elements);
    let (workflow, found) = read("process.bpmn", &text, THING);
    format!("{}{}", brief(&text, &found), workflow.map(|words| yaml::workflow(&words)).unwrap_or_default())
}

#[test]
fn what_comes_first_of_several_events_is_read_with_where_each_leads() {
    let flow =
        |id: u32, from: &str, to: &str| format!("<sequenceFlow id=\"f{id}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>");
    let event =
        |id: &str, of: &str| format!("<intermediateCatchEvent id=\"{id}\" name=\"{id}\">{of}</intermediateCatchEvent>");
    let timer = "<timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition>";
    let closed = "<conditionalEventDefinition><condition>${closed}</condition></conditionalEventDefinition>";
    let parts = [
        "<eventBasedGateway id=\"a\" name=\"等回复\"/>".to_owned(),
        event("accepted", "<messageEventDefinition/>"),
        event("declined", "<signalEventDefinition/>"),
        event("shut", closed),
        event("over", timer),
        "<endEvent id=\"won\"/><endEvent id=\"lost\"/>".to_owned(),
    ];
    let ends = [("accepted", "won"), ("declined", "lost"), ("shut", "lost"), ("over", "lost")];
    let waits = (1..).zip(ends).map(|(id, (event, _))| flow(id, "a", event));
    let leads = (11..).zip(ends).map(|(id, (event, to))| flow(id, event, to));
    let text = process(&parts.into_iter().chain(waits).chain(leads).collect::<Vec<_>>().join("\n"));
    let (words, found) = read("process.bpmn", &text, THING);
    assert!(!found.iter().any(|fault| fault.severity == model::Severity::Error), "{}", brief(&text, &found));
    let wait = words.unwrap().steps["a"].wait.clone().unwrap();
    assert_eq!(wait.signal.as_deref(), Some("accepted"));
    let or: Vec<_> = wait.or.iter().map(|or| (or.signal.as_deref(), or.until.is_some(), or.next.as_str())).collect();
    assert_eq!(or, [(Some("declined"), false, "lost"), (None, true, "lost")]);
    assert_eq!(wait.late.and_then(|late| late.next).as_deref(), Some("lost"));
    // Of two timers one never comes.
    let two = text.replace("<signalEventDefinition/>", timer);
    assert!(read("process.bpmn", &two, THING).1.iter().any(|fault| fault.code == "bpmn.no-equal"));
}

#[test]
fn what_has_no_equal_is_named_with_its_place_and_the_rest_is_read() {
    expect![[r#"
        4: error bpmn.no-equal service task `a` (`更新人事档案`) does not say what it does in words a workflow knows; give it an extension element: `<loam:set>{status: '"done"'}</loam:set>` or `<loam:create>{entity: …, fields: {…}}</loam:create>`
        6: error bpmn.no-equal sub process `b` has no equal in a workflow; make it a process of its own and call it, or draw its steps here
        7: error bpmn.no-equal boundary event `b2` with its error event has no equal in a workflow; only timers stand at the border of a task; draw what else may happen as a parallel path that waits for it
        9: error bpmn.no-equal user task `c` (`填写`) undoes something, which has no equal in a workflow; draw it as a step after a choice
        9: warning bpmn.nobody user task `c` (`填写`) names nobody whom a workflow knows: it is whoever starts a case; name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards
        9: error bpmn.several-flows 2 flows leave user task `c` (`填写`), and one thing follows a step; draw a gateway after it: exclusive for one of them, parallel for all
        9: error bpmn.no-equal user task `c` (`填写`) is done again and again, which has no equal in a workflow; lead a flow back to it; to begin a case for each of several records say `each`: `<loam:begin>{each: FIELD, wait: true}</loam:begin>`
        12: error bpmn.loose-flow sequence flow `f5` does not lead from one element to another; draw it again, or remove it
        13: error bpmn.no-equal complex gateway `d` has no equal in a workflow; draw an inclusive gateway; a join may say how many paths suffice (`need`)
        14: error bpmn.no-equal end event `e` with its compensate event has no equal in a workflow; end with a plain end event, or with one that terminates
        15: warning bpmn.left-out data store reference `store` (`人事系统`) is left out: a workflow does not show it; fields of the record hold the data; steps say which of them are shown and filled in
        16: error bpmn.no-equal ad hoc sub process `free` has no equal in a workflow; draw its steps one after another, or side by side
        17: error bpmn.no-equal sub process `event` has no equal in a workflow; make it a process of its own and call it, or draw its steps here
        18: error bpmn.unreached no flow leads from the start to user task `alone`; draw a flow to it, or remove it
        label: p
        entity: thing
        steps:
          c:
            label: 填写
            form:
              who: [{starter: true}]
    "#]].assert_eq(&told(
        r#"<serviceTask id="a" name="更新人事档案"/>
<sequenceFlow id="f1" sourceRef="a" targetRef="b"/>
<subProcess id="b"><startEvent id="b1"/></subProcess>
<boundaryEvent id="b2" attachedToRef="c"><errorEventDefinition/></boundaryEvent>
<sequenceFlow id="f2" sourceRef="b" targetRef="c"/>
<userTask id="c" name="填写" isForCompensation="true"><standardLoopCharacteristics/></userTask>
<sequenceFlow id="f3" sourceRef="c" targetRef="d"/>
<sequenceFlow id="f4" sourceRef="c" targetRef="e"/>
<sequenceFlow id="f5" sourceRef="c" targetRef="nowhere"/>
<complexGateway id="d"/>
<endEvent id="e"><compensateEventDefinition/></endEvent>
<dataStoreReference id="store" name="人事系统"/>
<adHocSubProcess id="free"/>
<subProcess id="event" triggeredByEvent="true"/>
<userTask id="alone"/>"#,
    ));
}

#[test]
fn gateways_that_do_not_hold_together_are_told() {
    expect![[r#"
        4: error bpmn.no-default exclusive gateway `a` has no default flow: where no condition holds, a case would be stuck; mark one of its flows as the default flow
        7: error bpmn.no-join the paths that begin in parallel gateway `b` never meet; draw a gateway of the same kind where they meet
        12: error bpmn.no-condition sequence flow `f5` has no condition, and is not the default flow; give it a condition over the record's fields, or mark it as the default flow
        13: error bpmn.no-condition sequence flow `f6` has no condition, and is not the default flow; give it a condition over the record's fields, or mark it as the default flow
        label: p
        entity: thing
        steps:
          a:
            label: {zh-CN: 判断, en: Choose}
            choose:
              - {label: 大额, when: amount > 1, next: d}
              - {when: amount == 1, next: c}
          d:
            label: {zh-CN: 结束, en: End}
            end: {}
          c:
            label: {zh-CN: 判断, en: Choose}
            choose: [{next: d}, {next: e}]
          e:
            label: 完成
            end: {}
    "#]].assert_eq(&told(
        r#"<exclusiveGateway id="a"/>
<sequenceFlow id="f1" name="大额" sourceRef="a" targetRef="b"><conditionExpression>${amount > 1}</conditionExpression></sequenceFlow>
<sequenceFlow id="f2" sourceRef="a" targetRef="c"><conditionExpression>${amount == 1}</conditionExpression></sequenceFlow>
<parallelGateway id="b"/>
<sequenceFlow id="f3" sourceRef="b" targetRef="d"/>
<sequenceFlow id="f4" sourceRef="b" targetRef="e"/>
<endEvent id="d"/>
<exclusiveGateway id="c"/>
<sequenceFlow id="f5" sourceRef="c" targetRef="d"/>
<sequenceFlow id="f6" sourceRef="c" targetRef="e"/>
<endEvent id="e" name="完成"/>"#,
    ));
}

#[test]
fn times_people_and_waits_are_told_when_they_cannot_be_read() {
    expect![[r#"
        4: warning bpmn.nobody user task `a` (`填写`) names nobody whom a workflow knows: it is whoever starts a case; name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards
        5: error bpmn.no-equal boundary event `a1` leads where no answer to its task leads; a timer that interrupts passes the step, rejects it, or goes back to the first: lead it there, or let it not interrupt
        5: error bpmn.no-duration `PT30M` is not a number of days or hours; write whole days or hours, as in `P3D` or `PT4H`; months, years and minutes are not counted
        9: error bpmn.no-duration this timer does not say how long after something it goes off; write a duration such as `P3D`, or a date as an expression over a field of the record
        11: warning bpmn.nobody user task `c` (`确认`) names nobody whom a workflow knows: those whom the starter of a case chooses are asked; name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards
        13: warning bpmn.nobody send task `d` (`通知`) does not say whom it tells: it is whoever starts a case; name a group or a field of the record as its assignee or potential owner, or change `to` afterwards
        15: error bpmn.bad-extension what `set` says cannot be read; write it as in a workflow's document, on one line: `{who: [owner], opinion: always}`
        label: p
        entity: thing
        steps:
          a:
            label: 填写
            form:
              who: [{starter: true}]
              timers:
                - {days: 1, then: remind}
          b:
            label: {zh-CN: 等待, en: Wait}
            wait: {time: {days: 1}}
          c:
            label: 确认
            form:
              who: [{chosen: true}]
              nobody: refuse
          d:
            label: 通知
            notify:
              to: [{starter: true}]
          e:
            label: 完成
            set: {}
          z:
            label: {zh-CN: 结束, en: End}
            end: {}
    "#]].assert_eq(&told(
        r#"<userTask id="a" name="填写"/>
<boundaryEvent id="a1" attachedToRef="a"><timerEventDefinition><timeDuration>PT30M</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f1" sourceRef="a1" targetRef="z"/>
<boundaryEvent id="a2" cancelActivity="false" attachedToRef="a"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
<intermediateCatchEvent id="b"><timerEventDefinition><timeCycle>R3/P1D</timeCycle></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f3" sourceRef="b" targetRef="c"/>
<userTask id="c" name="确认"/>
<sequenceFlow id="f4" sourceRef="c" targetRef="d"/>
<sendTask id="d" name="通知"/>
<sequenceFlow id="f5" sourceRef="d" targetRef="e"/>
<serviceTask id="e" name="完成"><extensionElements><loam:set>{status: '"done"', 3</loam:set></extensionElements></serviceTask>
<sequenceFlow id="f6" sourceRef="e" targetRef="z"/>
<endEvent id="z"/>"#,
    ));
}

#[test]
fn an_extension_is_held_to_the_schema() {
    expect![[r#"
        4: error definition.unknown-property user task `a` (`审批`): there is no property `hide` here (`steps.a.approval.hide`); known here: `who`, `way`, `share`, `count`, `veto`, `claim`, `groups`, `in_turn`, `nobody`, `instead`, `starter`, `again_passes`, `opinion`, `signature`, `rejected`, `show`, `edit`, `require`, `allow`, `urge`, `timers`, `paused`
        4: error definition.unknown-value user task `a` (`审批`): `sometimes` is not among the values allowed here (`steps.a.approval.opinion`); one of `free`, `rejecting`, `always`
    "#]].assert_eq(&told(
        r#"<userTask id="a" name="审批"><extensionElements><loam:approval>{opinion: sometimes, hide: [x]}</loam:approval></extensionElements></userTask>"#,
    ));
}

#[test]
fn what_could_make_a_reader_slow_is_refused_with_a_sentence() {
    let said = |text: &str| {
        let (workflow, found) = read("process.bpmn", text, THING);
        assert!(workflow.is_none());
        brief(text, &found).lines().next().unwrap_or_default().to_owned()
    };
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<x>&b;</x>";
    let deep = "<x>".repeat(100_000);
    let wide = format!("<x {}/>", (0..300).map(|n| format!("a{n}='' ")).collect::<String>());
    let many = process(&(0..2_100).map(|n| format!("<task id='t{n}'/>")).collect::<String>());
    let large = " ".repeat(10 * 1024 * 1024);
    let said: Vec<String> = ["", "<x>", "hello", "<x/>", bomb, &deep, &wide, &large, &many, "<x>&nbsp;</x>", "<!-- <"]
        .into_iter()
        .map(said)
        .collect();
    expect![[r#"
        1: error bpmn.syntax this is not well-formed XML: the document does not have a root node; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.syntax this is not well-formed XML: the root node was opened but never closed; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.syntax this is not well-formed XML: unknown token; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.not-bpmn this is not BPMN 2.0: its outermost element is no `definitions` of that standard; save the process as BPMN 2.0 XML
        2: error bpmn.refused a document type is not read: nothing in a process needs one, and entities are not expanded; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.refused elements are nested more than 64 deep; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.refused an element has more than 256 attributes; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.too-large the file holds 10240 KiB, at most 4096 are read; a process of this size is several: write them to a file each
        1: error bpmn.too-large the process has 2101 elements, at most 2000 are read; make parts of it processes of their own, and call them
        1: error bpmn.syntax this is not well-formed XML: unknown entity reference `nbsp`; save the process again from the tool that drew it, as BPMN 2.0 XML
        1: error bpmn.syntax this is not well-formed XML: expected `-->`; save the process again from the tool that drew it, as BPMN 2.0 XML"#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_file_says_what_it_is_about_or_is_told() {
    let (workflow, found) = read("process.bpmn", &process("<endEvent id='a'/>"), Given::default());
    assert!(workflow.is_none());
    assert_eq!(found.last().map(|fault| fault.code), Some("bpmn.no-entity"));
}

#[test]
fn of_several_pools_the_larger_is_read_and_the_others_are_told() {
    let text = process("<endEvent id='a'/>").replace(
        "<process id=\"p\">",
        "<collaboration id=\"c\"><participant id=\"x\" name=\"公司\" processRef=\"p\"/><participant id=\"y\" name=\"候选人\"/>\
         <messageFlow id=\"m\" sourceRef=\"x\" targetRef=\"y\"/></collaboration>\n<process id=\"other\"><task id=\"t\"/></process>\n<process \
         id=\"p\">",
    );
    let (workflow, found) = read("process.bpmn", &text, THING);
    expect![[r#"
        1: warning bpmn.left-out participant `y` (`候选人`) is left out: a workflow knows its own side only; say who is told of what by a step that notifies
        1: warning bpmn.left-out message flow `m` is left out: a workflow knows its own side only; say who is told of what by a step that notifies
        2: error bpmn.several-processes process `other` is a second process; of several pools only one is read; save each process in a file of its own
    "#]].assert_eq(&brief(&text, &found));
    assert_eq!(workflow.map(|words| words.label), Some(crate::kind::Words::Plain("公司".to_owned())));
}

#[test]
fn the_rest_of_what_bpmn_says_has_its_words() {
    expect![[r#"
        15: warning bpmn.other-language `=state = "ready"` is read as `state == "ready"`; check that it says the same over the record's fields
        30: warning bpmn.nobody intermediate throw event `t` (`Tell`) does not say whom it tells: it is whoever starts a case; name a group or a field of the record as its assignee or potential owner, or change `to` afterwards
        label: p
        entity: thing
        steps:
          a:
            label: Ask
            form:
              who: [{starter: true}]
              timers:
                - {days: 2, then: pass}
          m:
            label: Prepare
            notify:
              to: [{role: ward_office}]
          r:
            label: Reply
            wait:
              signal: Reply
              late: {after: {hours: 36}, next: t}
          c:
            label: {zh-CN: 等待, en: Wait}
            wait: {until: state == "ready"}
          d:
            label: {zh-CN: 等待, en: Wait}
            wait: {time: {from: begins}}
          w:
            label: Mark
            set: {state: '"done"'}
          x:
            label: Vote
            approval:
              who: [{role: board}]
              count: 2
              nobody: refuse
              rejected: t
              timers:
                - {days: 1, then: return}
          e:
            label: File
            begin: {workflow: filing, wait: true}
            next: ended
          t:
            label: Tell
            notify:
              to: [{starter: true}]
          z:
            label: {zh-CN: 结束, en: End}
            end: {whole: true}
          ended:
            label: {zh-CN: 结束, en: End}
            end: {}
    "#]].assert_eq(&told(
        r#"<laneSet><lane name="Ward Office"><flowNodeRef>m</flowNodeRef></lane></laneSet>
<userTask id="a" name="Ask" xmlns:z="http://camunda.org/schema/zeebe/1.0"><extensionElements><z:assignmentDefinition assignee="=initiator"/><z:userTask/></extensionElements></userTask>
<boundaryEvent id="a1" attachedToRef="a"><timerEventDefinition><timeDuration>"P2D"</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f1" sourceRef="a1" targetRef="m"/>
<sequenceFlow id="f2" sourceRef="a" targetRef="m"/>
<manualTask id="m" name="Prepare"/>
<sequenceFlow id="f3" sourceRef="m" targetRef="r"/>
<receiveTask id="r" name="Reply"/>
<boundaryEvent id="r1" attachedToRef="r"><timerEventDefinition><timeDuration>PT36H</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f4" sourceRef="r1" targetRef="t"/>
<sequenceFlow id="f5" sourceRef="r" targetRef="c"/>
<intermediateCatchEvent id="c"><conditionalEventDefinition><condition>=state = "ready"</condition></conditionalEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f6" sourceRef="c" targetRef="d"/>
<intermediateCatchEvent id="d"><timerEventDefinition><timeDate>${begins}</timeDate></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f7" sourceRef="d" targetRef="w"/>
<serviceTask id="w" name="Mark"><extensionElements><loam:set>{state: '"done"'}</loam:set></extensionElements></serviceTask>
<sequenceFlow id="f8" sourceRef="w" targetRef="x"/>
<userTask id="x" name="Vote"><potentialOwner><resourceAssignmentExpression><formalExpression>group(board)</formalExpression></resourceAssignmentExpression></potentialOwner>
<multiInstanceLoopCharacteristics><completionCondition>=numberOfCompletedInstances &gt;= 2</completionCondition></multiInstanceLoopCharacteristics></userTask>
<boundaryEvent id="x1" attachedToRef="x"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f9" sourceRef="x1" targetRef="a"/>
<sequenceFlow id="f10" sourceRef="x" targetRef="g"/>
<exclusiveGateway id="g"/>
<sequenceFlow id="f11" name="Approved" sourceRef="g" targetRef="e"/>
<sequenceFlow id="f12" sourceRef="g" targetRef="t"/>
<callActivity id="e" name="File" xmlns:z="http://camunda.org/schema/zeebe/1.0"><extensionElements><z:calledElement processId="filing"/></extensionElements></callActivity>
<intermediateThrowEvent id="t" name="Tell"><messageEventDefinition/></intermediateThrowEvent>
<sequenceFlow id="f13" sourceRef="t" targetRef="z"/>
<endEvent id="z"><terminateEventDefinition/></endEvent>"#,
    ));
}

#[test]
fn what_is_answered_yes_or_no_is_an_approval_and_what_is_asked_otherwise_a_form() {
    let kind = |ways: [(&str, &str); 2]| {
        let flow = |(name, condition): (&str, &str), to| {
            let condition = format!("<conditionExpression>{condition}</conditionExpression>");
            format!(
                "<sequenceFlow id=\"f{to}\" name=\"{name}\" sourceRef=\"g\" targetRef=\"{to}\">{condition}</sequenceFlow>"
            )
        };
        let [one, two] = ways;
        let said = told(&format!(
            "<userTask id=\"a\"/><sequenceFlow id=\"f0\" sourceRef=\"a\" targetRef=\"g\"/><exclusiveGateway id=\"g\" \
             default=\"fz\"/>{}{}<endEvent id=\"y\"/><endEvent id=\"z\"/>",
            flow(one, "y"),
            flow(two, "z")
        ));
        if said.contains("approval:") && said.contains("rejected: z") {
            "yes"
        } else if said.contains("approval:") {
            "no"
        } else {
            "form"
        }
    };
    assert_eq!(kind([("同意", ""), ("驳回", "")]), "yes");
    assert_eq!(kind([("", "${outcome == 'reject'}"), ("", "")]), "no");
    assert_eq!(kind([("通过", "${amount > 3}"), ("不通过", "")]), "form");
    assert_eq!(kind([("是", ""), ("否", "")]), "form");
    assert_eq!(kind([("同意", ""), ("批准", "")]), "form");
    assert_eq!(kind([("同意", ""), ("", "")]), "yes");
    assert_eq!(kind([("同意", ""), ("转交总经理", "")]), "form");
}

#[test]
fn ids_that_a_tool_made_name_no_step() {
    let made = ["Activity_0x3k2l1", "Task_1", "usertask3", "sid-5FA3-0B12", "_8f2d1c77", "id_12", "UserTask_0abc123"];
    assert!(made.iter().all(|id| is_made(id)));
    let written = ["approve", "Activity_review", "Task_Approve", "step2", "_x", "part_2", "主管审批"];
    assert!(!written.iter().any(|id| is_made(id)));
}

#[test]
fn a_plain_yes_and_no_answer_a_gateway_that_asks() {
    let said = told(
        r#"<task id="a" name="主管"/>
<sequenceFlow id="f1" sourceRef="a" targetRef="g"/>
<exclusiveGateway id="g" name="是否驳回"/>
<sequenceFlow id="f2" name="是" sourceRef="g" targetRef="z"/>
<sequenceFlow id="f3" name="否" sourceRef="g" targetRef="i"/>
<inclusiveGateway id="i"/>
<sequenceFlow id="f4" sourceRef="i" targetRef="j"/>
<sequenceFlow id="f5" sourceRef="i" targetRef="m"/>
<manualTask id="m" name="归档"/>
<sequenceFlow id="f6" sourceRef="m" targetRef="j"/>
<inclusiveGateway id="j"/>
<sequenceFlow id="f7" sourceRef="j" targetRef="y"/>
<endEvent id="y"/>
<endEvent id="z"/>"#,
    );
    expect![[r#"
        4: warning bpmn.nobody task `a` (`主管`) names nobody whom a workflow knows: it is whoever starts a case; name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards
        12: warning bpmn.nobody manual task `m` (`归档`) names nobody whom a workflow knows: it is whoever starts a case; name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards
        label: p
        entity: thing
        steps:
          a:
            label: 主管
            approval:
              who: [{starter: true}]
              rejected: z
          i:
            label: {zh-CN: 同时进行, en: At once}
            split:
              paths: [{next: j}, {next: m}]
              join: j
          m:
            label: 归档
            notify:
              to: [{starter: true}]
          j:
            label: {zh-CN: 汇合, en: Meet}
            join: {}
          'y':
            label: {zh-CN: 结束, en: End}
            end: {}
          z:
            label: {zh-CN: 结束, en: End}
            end: {}
    "#]].assert_eq(&said);
}

#[test]
fn of_very_many_faults_the_first_are_told_and_none_is_lost() {
    let loose: String =
        (0..5_000).map(|n| format!("<sequenceFlow id='l{n}' sourceRef='a' targetRef='gone'/>\n")).collect();
    let (_, found) = read("process.bpmn", &process(&format!("<endEvent id='a'/>{loose}")), THING);
    assert_eq!(found.len(), 201);
    let last = found.last().unwrap();
    assert_eq!(
        (last.code, last.severity, last.message.as_str()),
        ("bpmn.more", model::Severity::Error, "4800 more are not told")
    );
}
