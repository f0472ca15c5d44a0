//! Why a case did not take what somebody did, in their language.

use engine::CaseFault;
use model::Locale;
use workflow::Refusal;

use super::{Kind, Problem};
use crate::words;

/// What a case's refusal is over HTTP.
pub(crate) fn refused(fault: &CaseFault, locale: Locale) -> Problem {
    let (refusal, step) = match fault {
        CaseFault::Refused(refusal, step) => (refusal, step.as_str()),
        CaseFault::NotAllowed => return Problem::new(Kind::Denied).noted(),
        CaseFault::Unknown => return Problem::new(Kind::NotFound).noted(),
        CaseFault::Gone => return Problem::new(Kind::NotFound),
        CaseFault::Running => {
            return told(
                locale,
                "running",
                "这条记录已有进行中的同类流程",
                "such a case about this record is running already",
            );
        }
        CaseFault::Blocked(step) => {
            let zh = format!("新流程没有环节“{step}”，或其用途已变，请先跳转到其他环节");
            let en = format!("the case is at `{step}`, which the other steps do not have; put it elsewhere first");
            return told(locale, "blocked", &zh, &en);
        }
        CaseFault::TooMany => {
            let (zh, en) = (
                "该环节一次最多发起 5000 个子流程，请拆分后再试",
                "a step begins at most 5,000 cases at once; split the list",
            );
            return told(locale, "too-many", zh, en);
        }
        CaseFault::Unfit => {
            return told(locale, "unfit", "这条记录不符合发起条件", "the workflow does not take this record");
        }
    };
    let step = if step.is_empty() { "?" } else { step };
    let (zh, en) = match refusal {
        Refusal::Unknown(_) => ("没有这个任务或环节", "there is no such task or step"),
        Refusal::NotYours => ("这不是您的任务", "this is somebody else's task"),
        Refusal::Over => ("该任务已处理或已取消，请刷新", "this was answered or withdrawn; reload"),
        Refusal::NotYet => ("还没有轮到您，或需先认领", "it is not your turn yet, or it is to be claimed first"),
        Refusal::Ended => ("流程已结束", "the case has ended"),
        Refusal::Running => ("流程仍在进行，不能恢复", "the case is running"),
        Refusal::Resting => ("流程已挂起，恢复后才能处理", "the case rests; it has to go on first"),
        Refusal::NotAllowed => ("本环节不允许此操作", "this step does not allow it"),
        Refusal::NoReason => {
            let (zh, en) = ("请填写意见或原因", "say why");
            let message = if locale == Locale::ZhCn { zh } else { en };
            return Problem::new(Kind::Invalid).error("opinion", "required", message);
        }
        Refusal::Unsigned => {
            let (zh, en) =
                ("本环节需要签名：请手写签名或键入姓名", "this step asks for a signature: draw it, or type your name");
            let message = if locale == Locale::ZhCn { zh } else { en };
            return Problem::new(Kind::Invalid).error("signature", "required", message);
        }
        Refusal::Nobody(_) => {
            let zh = format!("“{step}”找不到处理人，请联系管理员补充人员");
            return told(
                locale,
                "nobody",
                &zh,
                &format!("nobody would answer at “{step}”; ask an administrator to name somebody"),
            );
        }
        Refusal::NoPath(_) => {
            return told(
                locale,
                "no-path",
                &format!("“{step}”没有符合条件的去向"),
                &format!("no path leads on from “{step}”"),
            );
        }
        Refusal::Circle(_) => {
            return told(
                locale,
                "circle",
                &format!("流程在“{step}”处循环"),
                &format!("the steps go in a circle at “{step}”"),
            );
        }
        Refusal::TooLate => ("已有人处理后续环节，不能撤回或拿回", "others have acted on it; it is too late"),
        Refusal::Expired => ("已超过可撤回的时间", "it can no longer be withdrawn: the time for that is over"),
        Refusal::TooOften => ("不久前已催办过，请稍后再试", "they were urged not long ago; wait a while"),
        Refusal::Enough => ("本环节的催办次数已用完", "they were urged as often as this step allows"),
        Refusal::Already => ("此人已在本环节的处理人中", "that person is asked already"),
        Refusal::Starter => ("发起人不能处理本环节", "whoever started the case does not answer here"),
        Refusal::LeftOut => {
            ("此人按流程规定须回避本环节，请另选他人", "this step never asks that person; choose somebody else")
        }
        Refusal::StandsBack => (
            "按流程规定您须回避本环节，不能代他人处理",
            "this step never asks you, so you cannot answer it in another's place",
        ),
        Refusal::Oneself => (
            "流程管理员不能把任务转给自己，也不能转给与自己有代理关系的人；请另选他人，或请该流程的其他管理员转办",
            "whoever manages a workflow hands no task over to themself, to whoever stands in for them, or to whom they stand \
             in for; choose somebody else, or ask another manager of the workflow",
        ),
        Refusal::NeverThere => ("流程没有经过该环节", "the case has not been at that step"),
    };
    told(locale, code(refusal), zh, en)
}

/// A workflow that is gone: it has no present steps, and its running cases keep theirs.
pub(crate) fn gone(locale: Locale) -> Problem {
    with_reason(Kind::NotFound, "gone", words::say(locale, "workflow-gone"))
}

fn told(locale: Locale, code: &str, zh: &str, en: &str) -> Problem {
    with_reason(Kind::CaseRefused, code, if locale == Locale::ZhCn { zh } else { en })
}

/// A refusal with the reason, which is of no field.
fn with_reason(kind: Kind, code: &str, message: &str) -> Problem {
    let mut problem = Problem::new(kind).error("case", code, message);
    for error in &mut problem.errors {
        error.field = None;
    }
    problem
}

pub(crate) fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown(_) => "unknown",
        Refusal::NotYours => "not-yours",
        Refusal::Over => "over",
        Refusal::NotYet => "not-yet",
        Refusal::Ended => "ended",
        Refusal::Running => "running",
        Refusal::Resting => "resting",
        Refusal::NotAllowed => "not-allowed",
        Refusal::NoReason => "no-reason",
        Refusal::Unsigned => "unsigned",
        Refusal::Nobody(_) => "nobody",
        Refusal::NoPath(_) => "no-path",
        Refusal::Circle(_) => "circle",
        Refusal::TooLate => "too-late",
        Refusal::Expired => "expired",
        Refusal::TooOften => "too-often",
        Refusal::Enough => "enough",
        Refusal::Already => "already",
        Refusal::Starter => "starter",
        Refusal::LeftOut => "left-out",
        Refusal::StandsBack => "stands-back",
        Refusal::Oneself => "oneself",
        Refusal::NeverThere => "never-there",
    }
}
