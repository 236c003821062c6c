//! What the rules do not settle and a person has to: drafts, conflicts between
//! rules in force, and entries that nothing can run under.
//!
//! Comes in: a sound catalogue and the rows it came from. Goes out: remarks, by
//! file and line. Always holds: a remark changes nothing; the gates decide by the
//! entries themselves.

use super::{
    super::{Catalogue, LimitCode, Measure, Remark, RemarkSort, Verified},
    entries::{Entries, Placed},
    place::Row,
};

pub(super) fn all(entries: &Entries<'_>, catalogue: &Catalogue) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for Placed { row, entry } in &entries.measures {
        let mut remark = |field: &str, sort, text| remarks.push(at(row, field, entry, sort, text));
        if let Some(why) = entry.why_draft() {
            remark("code", RemarkSort::Draft, why);
        }
        for why in catalogue.why_idle(entry) {
            remark("code", RemarkSort::Idle, why);
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

impl Measure {
    /// Why the entry is a draft, if it is one.
    pub fn why_draft(&self) -> Option<String> {
        match (self.verified, &self.held) {
            (_, Some(held)) => Some(held.clone()),
            (Verified::No, None) => {
                Some("its article has not been read: `verified = \"no\"`".to_owned())
            }
            (Verified::FullText | Verified::Excerpt, None) => None,
        }
    }
}

impl Catalogue {
    /// Why nothing can run under an entry that is no draft: it is not filed, or
    /// its executor has no mandate while its edition is in force.
    pub fn why_idle(&self, measure: &Measure) -> Vec<String> {
        if measure.is_draft() {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        if measure.filed_on.is_none() {
            reasons.push(
                "not filed with the provincial office: `filed_on` is missing (requirement 33)"
                    .to_owned(),
            );
        }
        let edition = &self.editions[measure.edition];
        let mut mandates = self.mandates.get(&measure.code).into_iter().flatten();
        let mandated = mandates.any(|mandate| {
            mandate.department == measure.executor && edition.overlaps(mandate.from, mandate.until)
        });
        if !mandated {
            reasons.push(format!(
                "`{}` has no mandate for it in [[mandates]] (requirement 29)",
                measure.executor
            ));
        }
        reasons
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
