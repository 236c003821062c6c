//! What the rules do not settle and a person has to: drafts, conflicts between
//! rules in force, and entries that nothing can run under.
//!
//! Comes in: a sound catalogue and the rows it came from. Goes out: remarks, by
//! file and line. Always holds: a remark changes nothing; the gates decide by the
//! entries themselves.

use super::{
    super::{Catalogue, Lack, LimitCode, Measure, Remark, RemarkSort},
    entries::{Entries, Placed},
    place::Row,
};

pub(super) fn all(entries: &Entries<'_>, catalogue: &Catalogue) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for Placed { row, entry } in &entries.measures {
        let mut remark = |field: &str, sort, text| remarks.push(at(row, field, entry, sort, text));
        for lack in catalogue.lacks(entry) {
            let (sort, text) = in_words(lack, entry);
            remark("code", sort, text);
        }
        for text in conflicts(entry, catalogue) {
            remark("repair", RemarkSort::Conflict, text);
        }
    }
    remarks
}

fn at(row: &Row<'_>, field: &str, measure: &Measure, sort: RemarkSort, text: String) -> Remark {
    Remark {
        file: row.sheet.name.to_owned(),
        line: row.line(field),
        code: measure.code.clone(),
        edition: measure.edition,
        sort,
        text,
    }
}

/// What a lack means and what mends it.
fn in_words(lack: Lack, measure: &Measure) -> (RemarkSort, String) {
    match lack {
        Lack::NotVerified => (
            RemarkSort::Draft,
            "its article has not been read: `verified = \"no\"`".to_owned(),
        ),
        Lack::HeldBack => (RemarkSort::Draft, measure.held.clone().unwrap_or_default()),
        Lack::NotFiled => (
            RemarkSort::Idle,
            "not filed with the provincial office: `filed_on` is missing (目录清单)".to_owned(),
        ),
        Lack::NoMandate => (
            RemarkSort::Idle,
            format!(
                "`{}` has no mandate for it in [[mandates]] while the edition is in force \
                 (各自权责范围内)",
                measure.executor
            ),
        ),
    }
}

/// A way back that opens before the conduct may cease to be shown. Which of the
/// two rules yields is for a person to say.
fn conflicts(measure: &Measure, catalogue: &Catalogue) -> Vec<String> {
    let Some(seriousness) = measure.seriousness else {
        return Vec::new();
    };
    let edition = &catalogue.editions[measure.edition];
    let code = LimitCode::publicity(seriousness);
    let limits = catalogue
        .limits
        .iter()
        .filter(|limit| limit.code == code && edition.overlaps(limit.from, limit.until));
    let mut texts = Vec::new();
    for limit in limits {
        let Some(least) = limit.at_least else {
            continue;
        };
        let earliest = measure.repair.not_before;
        if earliest.and_then(|span| span.last_day(limit.from)) < least.last_day(limit.from) {
            let earliest = match earliest {
                Some(span) => format!("{span} after the correction"),
                None => "at any time".to_owned(),
            };
            texts.push(format!(
                "repair is open {earliest}, but `{}` ({}) keeps such conduct published for at \
                 least {least} from {}: a person has to say which holds",
                code.code(),
                limit.basis,
                limit.from
            ));
        }
    }
    texts
}
