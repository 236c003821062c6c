//! The feed `levels`: one determination of an enterprise's level (海关总署令第282号).
//!
//! In comes a row; out go the end of what an earlier determination left, if the row
//! says that it ends, and the record of the new level. Always: only 严重失信 puts an
//! enterprise on a list that can carry sanctions; 高级认证 and 认证 are recorded to its
//! good, on the red list; 失信 and 常规 are levels of the department's own that no
//! collection catalogue admits, so that nothing is recorded of them. An end is taken
//! from what the row says of the earlier level, never from the new level alone: how it
//! ended decides what becomes of the past. Absent: memory of earlier rows; whether a
//! list admits a way off, which the catalogue says.
//!
//! | column | what it says |
//! |---|---|
//! | 企业名称, 统一社会信用代码, 组织机构代码, 工商注册号 | the enterprise |
//! | 信用等级 | 高级认证, 认证, 常规, 失信, 严重失信 |
//! | 认定文书号 | number of the determination: the key of what it records |
//! | 认定海关, 认定海关代码, 认定日期, 生效日期 | who determined it, when, and from which day (else the day decided) |
//! | 认定依据 | the article, beside the order itself |
//! | 有效期至, 公示截止期 | last day of force; last day of publication |
//! | 原信用等级, 原认定文书号 | the level that ends with this determination, and its number |
//! | 调整事由 | why: 信用修复, 认定有误, 撤销, 企业注销; for 高级认证 and 认证 also 等级调整, 有效期届满, and not 信用修复 |
//! | 认定情形, 备注 | facts |
//! | 更新时间 | when the department last changed the row |

use credence_sdk::contract::types::{
    CreditRecord, Date, Decision, Ending, Exit, Fact, Subject, Value,
};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::lines::Statements;
use credence_sdk::record;
use credence_sdk::row::{Row, required};

use crate::reference::source_ref;

#[cfg(test)]
mod tests;

/// The duty under which the records are made (履行职责).
const DUTY: &str = "海关企业信用管理（海关总署令第282号）";
/// The order that has the five levels, in the register of legal bases, and its first
/// day of force.
const ORDER: &str = "GACC-282";
const ORDER_TEXT: &str =
    "《中华人民共和国海关注册登记和备案企业信用管理办法》（海关总署令第282号）";
const ORDER_FROM: (u16, u8, u8) = (2026, 4, 1);

/// Columns with an identifier of the enterprise, and their schemes.
const IDENTIFIERS: [(&str, &str); 3] = [
    ("统一社会信用代码", "uscc"),
    ("组织机构代码", "organization-code"),
    ("工商注册号", "registration-number"),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    /// 高级认证.
    Advanced,
    /// 认证.
    Certified,
    /// 常规.
    Ordinary,
    /// 失信.
    Untrustworthy,
    /// 严重失信.
    Serious,
}

/// What a level is recorded as.
struct Recorded {
    /// Code of the item in the collection catalogue (征集目录).
    item: &'static str,
    /// Code of the list (名单).
    list: &'static str,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Advanced => "高级认证",
            Self::Certified => "认证",
            Self::Ordinary => "常规",
            Self::Untrustworthy => "失信",
            Self::Serious => "严重失信",
        }
    }

    fn recorded(self) -> Option<Recorded> {
        match self {
            Self::Serious => Some(Recorded {
                item: "CUSTOMS-LISTED",
                list: "CUSTOMS-SERIOUS",
            }),
            Self::Advanced | Self::Certified => Some(Recorded {
                item: "CUSTOMS-AEO",
                list: "CUSTOMS-AEO",
            }),
            Self::Ordinary | Self::Untrustworthy => None,
        }
    }

    fn take(row: &mut Row<'_>, column: &str) -> Result<Option<Self>, Fault> {
        let Some(text) = row.take_text(column) else {
            return Ok(None);
        };
        let word = text
            .strip_suffix("企业")
            .or(text.strip_suffix("主体"))
            .unwrap_or(&text);
        match word {
            "高级认证" => Ok(Some(Self::Advanced)),
            "认证" => Ok(Some(Self::Certified)),
            "常规" => Ok(Some(Self::Ordinary)),
            "失信" => Ok(Some(Self::Untrustworthy)),
            "严重失信" => Ok(Some(Self::Serious)),
            _ => Err(Fault::cell(
                column,
                rule::UNKNOWN_CODE,
                "write 高级认证, 认证, 常规, 失信 or 严重失信",
            )),
        }
    }
}

/// What one row states.
///
/// # Errors
/// The first cell that cannot be read, or is missing; `not-collected` for a level of
/// which nothing may be recorded and with which nothing ends.
pub(crate) fn read(mut row: Row<'_>) -> Result<Statements, Fault> {
    let level = required(
        Level::take(&mut row, "信用等级")?,
        "信用等级",
        "the level is missing",
    )?;
    let decision = decision(&mut row)?;
    let from = row.take_day("生效日期")?;
    let ended = ending(&mut row, level, &decision, from)?;
    let ends = ended.is_some();
    let statements = ended.map_or_else(Statements::none, Statements::from);
    match level.recorded() {
        Some(recorded) => Ok(statements.and(record(row, level, &recorded, decision, from)?)),
        None if ends => Ok(statements),
        None => Err(Fault::cell(
            "信用等级",
            "not-collected",
            "of the levels 常规 and 失信 nothing is recorded; where an earlier level ends with \
             this determination, give 原信用等级, 原认定文书号 and 调整事由",
        )),
    }
}

fn decision(row: &mut Row<'_>) -> Result<Decision, Fault> {
    let number = required(
        row.take_code("认定文书号")?,
        "认定文书号",
        "the number of the determination is missing; it is what identifies the record",
    )?;
    let authority = required(
        row.take_authority("认定海关", "认定海关代码")?,
        "认定海关",
        "the customs office that determined the level is missing; give its full name",
    )?;
    let decided_on = required(
        row.take_day("认定日期")?,
        "认定日期",
        "the day of the determination is missing; write it as 2026-04-24",
    )?;
    if (decided_on.year, decided_on.month, decided_on.day) < ORDER_FROM {
        return Err(Fault::cell(
            "认定日期",
            rule::OUT_OF_RANGE,
            "the five levels are in force since 2026-04-01 (海关总署令第282号); a level under an \
             earlier order needs a determination under this one",
        ));
    }
    Ok(Decision {
        authority,
        number: Some(number),
        decided_on,
    })
}

/// What ends with this determination, if the row names an earlier level of which
/// something was recorded.
fn ending(
    row: &mut Row<'_>,
    level: Level,
    decision: &Decision,
    from: Option<Date>,
) -> Result<Option<Ending>, Fault> {
    let earlier = Level::take(row, "原信用等级")?;
    let number = row.take_code("原认定文书号")?;
    let reason = row.take_text("调整事由");
    let Some(earlier) = earlier else {
        return match number.is_some() || reason.is_some() {
            false => Ok(None),
            true => Err(Fault::missing(
                "原信用等级",
                "the row says that an earlier level ends, and not which",
            )),
        };
    };
    if earlier.recorded().is_none() {
        return Ok(None);
    }
    let number = required(
        number,
        "原认定文书号",
        "the number of the determination that ends is missing",
    )?;
    let ended = source_ref("level", "原认定文书号", &number, None)?;
    let own = decision.number.as_deref().unwrap_or_default();
    if ended == source_ref("level", "认定文书号", own, None)? {
        return Err(Fault::cell(
            "原认定文书号",
            rule::AMBIGUOUS,
            "a determination cannot end itself; give the number of the earlier one",
        ));
    }
    let reason = required(reason, "调整事由", "why the earlier level ends is missing")?;
    let exit = exit(earlier, &reason, decision)?;
    let note = format!("{}→{}：{reason}", earlier.word(), level.word());
    let since = from.unwrap_or(decision.decided_on);
    Ok(Some(record::ending(ended, exit, since, Some(note))))
}

/// The way out of the earlier level. A place on the list of serious cases is not left
/// because time passes or a level changes, and a certificate is not repaired.
fn exit(earlier: Level, reason: &str, decision: &Decision) -> Result<Exit, Fault> {
    let listed = earlier == Level::Serious;
    match reason {
        "信用修复" if listed => Ok(Exit::Repair(decision.clone())),
        "认定有误" => Ok(Exit::Correction),
        "撤销" => Ok(Exit::Revocation(decision.clone())),
        "企业注销" => Ok(Exit::Expiry),
        "等级调整" | "有效期届满" if !listed => Ok(Exit::Expiry),
        _ => Err(Fault::cell(
            "调整事由",
            rule::UNKNOWN_CODE,
            match listed {
                true => {
                    "the list is left by 信用修复, 认定有误, 撤销 or 企业注销; write one of these"
                }
                false => "write 等级调整, 有效期届满, 认定有误, 撤销 or 企业注销",
            },
        )),
    }
}

fn record(
    mut row: Row<'_>,
    level: Level,
    recorded: &Recorded,
    decision: Decision,
    from: Option<Date>,
) -> Result<CreditRecord, Fault> {
    let number = decision.number.as_deref().unwrap_or_default();
    let source_ref = source_ref("level", "认定文书号", number, None)?;
    let office = decision.authority.name.clone();
    let subject = Subject {
        name: row.take_text("企业名称"),
        identifiers: row.take_identifiers(&IDENTIFIERS)?,
    };
    let mut record = record::record(recorded.item, DUTY, source_ref, subject, decision);
    record.listing = Some(record::listing(recorded.list, ORDER, ORDER_TEXT));
    let order = record
        .listing
        .iter()
        .map(|listing| listing.standard.clone());
    record.basis.extend(order);
    let article = row.take_text("认定依据");
    record.basis.extend(article.map(record::basis));
    record.revised_at = row.take_moment("更新时间")?;
    record.valid_from = from;
    record.valid_until = row.take_day("有效期至")?;
    record.published_until = row.take_day("公示截止期")?;
    record.facts = facts(row, level, office, record.valid_until)?;
    Ok(record)
}

/// Facts under the fields that the catalogue's items have.
fn facts(
    mut row: Row<'_>,
    level: Level,
    office: String,
    valid_until: Option<Date>,
) -> Result<Vec<Fact>, Fault> {
    let mut facts = Vec::new();
    let circumstances = row.take_text("认定情形");
    if level == Level::Serious {
        let words = required(
            circumstances,
            "认定情形",
            "which of the order's circumstances the enterprise fulfils is missing",
        )?;
        facts.push(record::fact("认定情形", Value::Text(words)));
        facts.push(record::fact("认定海关", Value::Text(office)));
    } else {
        let kind = level.word().to_owned();
        facts.push(record::fact("认证类型", Value::Text(kind)));
        facts.push(record::fact("认证海关", Value::Text(office)));
        facts.extend(valid_until.map(|day| record::fact("有效期", Value::Day(day))));
        facts.extend(circumstances.map(|words| record::fact("认定情形", Value::Text(words))));
    }
    let remark = row.take_text("备注");
    facts.extend(remark.map(|words| record::fact("BZ", Value::Text(words))));
    row.into_facts(&mut facts);
    record::facts(facts)
}
