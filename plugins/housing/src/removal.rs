//! The columns of a list that say how an entry came off it.
//!
//! In come the cells of a row and the decision by which the entry was made; out
//! goes the way out that they state, nothing, or the cell at fault. Always: words
//! that state two ways, or one that this list does not have, are refused, since the
//! ways differ in what becomes of the past. Absent: any doubt that the removal is
//! right.

use credence_sdk::contract::types::{Authority, Date, Decision, Ending, Exit};
use credence_sdk::fault::{Fault, rule};
use credence_sdk::record;
use credence_sdk::row::{Row, required};

/// A way off a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// The term is over, or the subject no longer exists.
    Expiry,
    /// Credit repair.
    Repair,
    /// The decision was set aside.
    Revocation,
    /// It was wrong from the start.
    Correction,
}

/// Words by which clerks state a way, wherever they stand in the cell.
const WORDS: [(&str, Way); 10] = [
    ("期满", Way::Expiry),
    ("届满", Way::Expiry),
    ("到期", Way::Expiry),
    ("注销", Way::Expiry),
    ("修复", Way::Repair),
    ("提前移出", Way::Repair),
    ("撤销", Way::Revocation),
    ("更正", Way::Correction),
    ("有误", Way::Correction),
    ("错误", Way::Correction),
];

/// What one list calls its columns, and which ways off it there are.
pub(crate) struct Columns {
    pub(crate) on: &'static str,
    pub(crate) why: &'static str,
    pub(crate) authority: &'static str,
    pub(crate) number: &'static str,
    pub(crate) ways: &'static [Way],
    /// The ways in words, for the clerk.
    pub(crate) words: &'static str,
}

/// How an entry came off its list.
#[derive(Debug, PartialEq)]
pub(crate) struct Removal {
    exit: Exit,
    on: Date,
    why: String,
}

impl Removal {
    /// The end of the record of this key.
    pub(crate) fn ending(self, source_ref: String) -> Ending {
        record::ending(source_ref, self.exit, self.on, Some(self.why))
    }
}

/// Takes what `columns` hold. `None`: the entry stands. Who removed an entry is who
/// made it, where the row does not say otherwise (人社部令第45号 gives both to one
/// authority), and decided it on the day of the removal.
///
/// # Errors
/// The cell at fault.
pub(crate) fn take(
    row: &mut Row<'_>,
    columns: &Columns,
    made: &Decision,
) -> Result<Option<Removal>, Fault> {
    let on = row.take_day(columns.on)?;
    let why = row.take_text(columns.why);
    let authority = row.take_authority(columns.authority, "")?;
    let number = row.take_code(columns.number)?;
    if on.is_none() && why.is_none() && authority.is_none() && number.is_none() {
        return Ok(None);
    }
    let on = required(
        on,
        columns.on,
        "the row speaks of a removal without its day; write it as 2022-01-24, or empty all \
         cells of the removal",
    )?;
    let why = required(
        why,
        columns.why,
        &format!(
            "the reason of the removal is missing; write {}",
            columns.words
        ),
    )?;
    if day_number(on) < day_number(made.decided_on) {
        return Err(Fault::cell(
            columns.on,
            rule::OUT_OF_RANGE,
            "the removal is before the day of the entry; one of the two is wrong",
        ));
    }
    let exit = match way(columns, &why)? {
        Way::Expiry => Exit::Expiry,
        Way::Correction => Exit::Correction,
        Way::Repair => Exit::Repair(decision(authority, number, on, made)),
        Way::Revocation => Exit::Revocation(decision(authority, number, on, made)),
    };
    Ok(Some(Removal { exit, on, why }))
}

fn way(columns: &Columns, why: &str) -> Result<Way, Fault> {
    let mut found = WORDS
        .iter()
        .filter(|(word, _)| why.contains(word))
        .map(|(_, way)| *way);
    let way = found.next();
    if found.any(|other| Some(other) != way) {
        return Err(Fault::cell(
            columns.why,
            rule::AMBIGUOUS,
            &format!(
                "the reason states two ways at once; write one of {}",
                columns.words
            ),
        ));
    }
    way.filter(|way| columns.ways.contains(way)).ok_or_else(|| {
        Fault::cell(
            columns.why,
            rule::UNKNOWN_CODE,
            &format!(
                "an entry does not leave this list so; write one of {}",
                columns.words
            ),
        )
    })
}

fn decision(
    authority: Option<Authority>,
    number: Option<String>,
    on: Date,
    made: &Decision,
) -> Decision {
    Decision {
        authority: authority.unwrap_or_else(|| made.authority.clone()),
        number,
        decided_on: on,
    }
}

fn day_number(date: Date) -> (u16, u8, u8) {
    (date.year, date.month, date.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        on: "移出日期",
        why: "移出原因",
        authority: "移出决定机关",
        number: "移出决定文书号",
        ways: &[Way::Expiry, Way::Repair, Way::Revocation, Way::Correction],
        words: "期满、信用修复、撤销 or 更正",
    };

    fn made() -> Decision {
        Decision {
            authority: Authority {
                name: "甲局".into(),
                uscc: None,
            },
            number: Some("甲列〔2025〕1号".into()),
            decided_on: Date {
                year: 2025,
                month: 3,
                day: 12,
            },
        }
    }

    fn read(cells: &[(&'static str, &str)]) -> Result<Option<Removal>, Fault> {
        let mut row = Row::new();
        for (name, text) in cells {
            row.push_text(*name, text).unwrap();
        }
        take(&mut row, &COLUMNS, &made())
    }

    fn exit(why: &str) -> Result<Exit, &'static str> {
        read(&[("移出日期", "2026-03-12"), ("移出原因", why)])
            .map(|removal| removal.unwrap().exit)
            .map_err(|fault| fault.rule())
    }

    #[test]
    fn a_reason_states_one_way() {
        for expiry in ["期满", "列入期限届满，自动移出", "企业已注销"] {
            assert_eq!(exit(expiry), Ok(Exit::Expiry), "{expiry}");
        }
        for correction in ["列入有误，予以更正", "更正"] {
            assert_eq!(exit(correction), Ok(Exit::Correction), "{correction}");
        }
        for repair in ["信用修复", "提前移出（信用修复）"] {
            assert!(matches!(exit(repair), Ok(Exit::Repair(_))), "{repair}");
        }
        assert!(matches!(exit("列入决定被撤销"), Ok(Exit::Revocation(_))));
        assert_eq!(exit("修复后列入决定撤销"), Err("ambiguous"));
        assert_eq!(exit("已支付工资"), Err("unknown-code"));
    }

    #[test]
    fn a_way_that_the_list_does_not_have_is_refused() {
        let columns = Columns {
            ways: &[Way::Expiry],
            ..COLUMNS
        };
        assert_eq!(way(&columns, "期满"), Ok(Way::Expiry));
        assert_eq!(
            way(&columns, "信用修复").unwrap_err().rule(),
            "unknown-code"
        );
    }

    #[test]
    fn a_removal_is_whole_or_a_fault() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(
            read(&[("移出日期", "2099-12-31"), ("移出原因", "/")]),
            Ok(None)
        );
        for (cells, field) in [
            (vec![("移出日期", "2026-03-12")], "移出原因"),
            (vec![("移出原因", "期满")], "移出日期"),
            (vec![("移出决定文书号", "甲移〔2026〕1号")], "移出日期"),
        ] {
            let fault = read(&cells).unwrap_err();
            assert_eq!((fault.field(), fault.rule()), (Some(field), "missing"));
        }
        let early = read(&[("移出日期", "2025-03-11"), ("移出原因", "期满")]);
        assert_eq!(early.unwrap_err().rule(), "out-of-range");
    }

    #[test]
    fn who_removed_is_who_listed_unless_the_row_says_otherwise() {
        let decided = |cells: &[(&'static str, &str)]| {
            let mut all = vec![("移出日期", "2026-03-12"), ("移出原因", "信用修复")];
            all.extend_from_slice(cells);
            match read(&all).unwrap().unwrap().exit {
                Exit::Repair(decision) => decision,
                other => panic!("{other:?}"),
            }
        };
        let same = decided(&[("移出决定文书号", "甲移〔2026〕1号")]);
        assert_eq!(same.authority.name, "甲局");
        assert_eq!(same.number.as_deref(), Some("甲移〔2026〕1号"));
        assert_eq!(same.decided_on.day, 12);
        assert_eq!(decided(&[("移出决定机关", "乙厅")]).authority.name, "乙厅");
    }
}
