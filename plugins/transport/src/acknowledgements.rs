//! The feed `acknowledgements`: what the department writes back, one row for each
//! answer to a step.
//!
//! In comes a row; out goes the late feedback it states, or a fault. Always: a row
//! whose key, word or time cannot be read answers nothing and is rejected, since an
//! order must not change its state on a guess; the same key may stand in several
//! rows, and each is an answer. Absent: whether the key was ever given to this
//! department, which the host knows.
//!
//! | column | holds |
//! |---|---|
//! | 步骤编号 | key of the step |
//! | 办理结果 | a word of the table below |
//! | 原因 | reason; may be empty |
//! | 文号 | the department's reference; may be empty |
//! | 办理时间 | when, in Beijing time; may be empty |
//!
//! | 办理结果 | outcome |
//! |---|---|
//! | 已执行 | `executed` |
//! | 部分执行 | `partly-executed` |
//! | 未能执行 | `could-not` |
//! | 不适用 | `not-applicable` |
//! | 办理中 | `pending` |
//! | 有异议, 不属职责, 退回 | `could-not`, the word before the reason: a row of a feed is feedback, and feedback has no `disputed` and no `outside-mandate` |

use credence_sdk::answer::{self, State, Told};
use credence_sdk::contract::types::{Acknowledgement, Feedback};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::row::{Row, required};
use credence_sdk::table::{Column, Layout};

#[cfg(test)]
mod tests;

/// The file as the department writes it.
pub(crate) static LAYOUT: Layout = Layout::new(&[
    Column::required(KEY, &[]),
    Column::required(RESULT, &[]),
    Column::optional(REASON, &[]),
    Column::optional(REFERENCE, &[]),
    Column::optional(TIME, &[]),
]);
const KEY: &str = "步骤编号";
const RESULT: &str = "办理结果";
const REASON: &str = "原因";
const REFERENCE: &str = "文号";
const TIME: &str = "办理时间";
const WHO: &str = "the transport department";
/// The contract's limit for a key.
const KEY_CHARACTERS: usize = 64;
/// And for a reference.
const REFERENCE_CHARACTERS: usize = 200;

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let key = required(
        row.take_code(KEY)?,
        KEY,
        "the key of the step is missing; copy it from the order file",
    )?;
    if !is_key(&key) {
        return Err(Fault::cell(
            KEY,
            rule::MALFORMED,
            "this is no key of a step; copy it from the order file as it is",
        ));
    }
    let reason = row.take_text(REASON);
    let result = required(
        row.take_text(RESULT),
        RESULT,
        "what became of the step is missing; write 已执行, 未能执行 or another of the agreed words",
    )?;
    let outcome = answer::feedback_of(
        WHO,
        Told {
            state: state(&result, reason)?,
            ..Told::default()
        },
        None,
    );
    let at = row.take_moment(TIME)?;
    let reference = row.take_code(REFERENCE)?;
    if reference
        .as_deref()
        .is_some_and(|text| text.chars().count() > REFERENCE_CHARACTERS)
    {
        return Err(Fault::cell(
            REFERENCE,
            rule::OUT_OF_RANGE,
            "the reference is longer than 200 characters; give the number alone",
        ));
    }
    let feedback = outcome.map_err(|why| Fault::row(rule::MALFORMED, why))?;
    Ok(Acknowledgement {
        key,
        feedback: Feedback {
            at,
            reference,
            ..feedback
        },
    }
    .into())
}

/// The contract's alphabet for keys.
fn is_key(text: &str) -> bool {
    text.len() <= KEY_CHARACTERS
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn state(word: &str, reason: Option<String>) -> Result<State, Fault> {
    Ok(match word {
        "已执行" => State::Done,
        "部分执行" => State::Partly(reason),
        "未能执行" => State::Refused(reason),
        "不适用" => State::NotApplicable(reason),
        "办理中" => State::Waiting,
        "有异议" | "不属职责" | "退回" => State::Refused(Some(match reason {
            None => word.to_owned(),
            Some(reason) => format!("{word}：{reason}"),
        })),
        _ => {
            return Err(Fault::cell(
                RESULT,
                rule::UNKNOWN_CODE,
                "write 已执行, 部分执行, 未能执行, 不适用, 办理中, 有异议, 不属职责 or 退回",
            ));
        }
    })
}
