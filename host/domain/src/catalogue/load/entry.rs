//! Rules that one entry can be held to by itself.
//!
//! Comes in: entries with their rows. Goes out: faults. Deliberately absent:
//! whatever needs a second entry to be told.

use super::{
    super::{
        Basis, ExitKind, Item, Kind, Level, Limit, List, Measure, NoticeForm, Period, Proof,
        SubjectKind, consent_field, forbidden_field, ranking_field,
    },
    entries::{Entries, Placed},
    place::{Faults, Row},
};
use crate::span::Span;

pub(super) fn check(entries: &Entries<'_>, faults: &mut Faults) {
    each(&entries.edition_rows, faults, |_, _, _| {});
    each(&entries.bases, faults, basis);
    each(&entries.domains, faults, |_, _, _| {});
    each(&entries.limits, faults, limit);
    each(&entries.notices, faults, notice);
    each(&entries.lists, faults, list);
    each(&entries.items, faults, item);
    each(&entries.measures, faults, measure);
    each(&entries.mandates, faults, |row, mandate, faults| {
        if mandate.until.is_some_and(|until| until <= mandate.from) {
            faults.add(
                row,
                "until",
                "is not after `from`: a mandate holds for at least one day",
            );
        }
    });
}

/// Asks what every entry is asked, and then the rules of its table.
fn each<T>(placed: &[Placed<'_, T>], faults: &mut Faults, rules: fn(&Row<'_>, &T, &mut Faults)) {
    for Placed { row, entry } in placed {
        nothing_is_blank_or_zero(row, faults);
        rules(row, entry, faults);
    }
}

/// What the law wants named is named, and every time has a length. The only
/// whole numbers in a catalogue are lengths of time.
fn nothing_is_blank_or_zero(row: &Row<'_>, faults: &mut Faults) {
    for (field, value) in row.values() {
        let value = value.as_ref();
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            faults.add(
                row,
                &field,
                "is blank: say it, or take the field out if it is optional",
            );
        }
        if value
            .as_integer()
            .is_some_and(|number| number.as_str() == "0")
        {
            let span = field
                .rsplit_once('.')
                .map_or(field.as_str(), |(span, _)| span);
            faults.add(row, span, "is a time of length 0: give at least 1");
        }
    }
}

fn basis(row: &Row<'_>, basis: &Basis, faults: &mut Faults) {
    if basis
        .repealed_on
        .is_some_and(|end| end <= basis.in_force_from)
    {
        let rule = "is not after `in_force_from`: a basis holds for at least one day";
        faults.add(row, "repealed_on", rule);
    }
    match (&basis.region, basis.level == Level::LocalRegulation) {
        (None, true) => {
            let rule = "a local regulation (地方性法规) holds in one region: name it by its \
                        GB/T 2260 prefix, such as \"35\" for Fujian";
            faults.add(row, "region", rule);
        }
        (Some(_), false) => {
            let rule = "only a local regulation has a region; take it out, or mend `level`";
            faults.add(row, "region", rule);
        }
        (Some(region), true) if !is_region(region) => {
            let rule = "is no GB/T 2260 prefix: 2, 4 or 6 digits, such as \"35\" for Fujian";
            faults.add(row, "region", rule);
        }
        (Some(_), true) | (None, false) => {}
    }
    if basis.parent.is_some() != (basis.level == Level::JudicialInterpretation) {
        let rule = "a judicial interpretation (司法解释) names the law that it interprets, and \
                    nothing else does";
        faults.add(row, "parent", rule);
    }
}

fn is_region(region: &str) -> bool {
    matches!(region.len(), 2 | 4 | 6) && region.bytes().all(|byte| byte.is_ascii_digit())
}

fn limit(row: &Row<'_>, limit: &Limit, faults: &mut Faults) {
    if limit.until.is_some_and(|until| until <= limit.from) {
        faults.add(
            row,
            "until",
            "is not after `from`: a limit holds for at least one day",
        );
    }
    let least = limit.at_least.and_then(|span| span.last_day(limit.from));
    if let (Some(least), Some(most)) = (least, limit.at_most.last_day(limit.from))
        && least > most
    {
        faults.add(row, "at_least", "is longer than `at_most`");
    }
}

fn notice(row: &Row<'_>, form: &NoticeForm, faults: &mut Faults) {
    if form.remedies.len() != form.remedies_en.len() {
        let rule = "has to say in English each of the `remedies`, one for one";
        faults.add(row, "remedies_en", rule);
    }
}

/// Requirement 10: every entry on a list has its ways out.
fn list(row: &Row<'_>, list: &List, faults: &mut Faults) {
    if !list.exits.contains(&ExitKind::Correction) || !list.exits.contains(&ExitKind::Revocation) {
        let rule = "no list without \"correction\" and \"revocation\": a wrong entry has to end \
                    (国办发〔2020〕49号, 退出机制)";
        faults.add(row, "exits", rule);
    }
    if let Some(longest) = list.longest {
        runs_on_every_day(row, "longest", longest, faults);
    }
    if list.exits.contains(&ExitKind::Expiry) != list.longest.is_some() {
        let rule = "\"expiry\" stands among the exits if and only if `longest` says after how \
                    long an entry expires";
        faults.add(row, "exits", rule);
    }
}

fn item(row: &Row<'_>, item: &Item, faults: &mut Faults) {
    for field in &item.fields {
        let why = forbidden_field(field).or_else(|| match item.directory {
            SubjectKind::Person => ranking_field(field).or_else(|| consent_field(field)),
            SubjectKind::Organization => None,
        });
        if let Some(why) = why {
            faults.add(row, "fields", format!("`{field}` {why}; take it out"));
        }
    }
    if item.directory == SubjectKind::Person {
        for (field, text) in [("code", &item.code), ("title", &item.title)] {
            if let Some(why) = ranking_field(text) {
                faults.add(row, field, format!("`{text}` {why}; take the item out"));
            }
        }
    }
    if item.publish_within.is_some() != item.publish_basis.is_some() {
        let rule = "`publish_within` and `publish_basis` stand together: only a statute named sets \
                    another time than the general one (双公示)";
        faults.add(row, "publish_within", rule);
    }
}

fn measure(row: &Row<'_>, measure: &Measure, faults: &mut Faults) {
    for (field, is_empty) in [
        ("bases", measure.bases.is_empty()),
        ("subjects", measure.subjects.is_empty()),
    ] {
        if is_empty {
            faults.add(row, field, "needs at least one entry");
        }
    }
    if !measure.roles.is_empty() && !measure.subjects.contains(&SubjectKind::Organization) {
        let rule = "roles are those of persons beside an organization: add \"organization\" to \
                    `subjects`, or take the roles out";
        faults.add(row, "roles", rule);
    }
    if (measure.kind == Kind::List) != measure.list.is_some() {
        let rule = "a measure of kind \"list\" names the list on which it enters the subject, and \
                    no other measure does";
        faults.add(row, "list", rule);
    }
    let (field, span) = match measure.period {
        Period::Lasts(longest) => ("longest", longest),
        Period::Until { review, .. } => ("review_within", review),
    };
    runs_on_every_day(row, field, span, faults);
    classification(row, measure, faults);
    restriction(row, measure, faults);
    bidding_bonus(row, measure, faults);
}

/// What lasts, lasts on every day; only what somebody has to do in time is counted
/// in working days.
fn runs_on_every_day(row: &Row<'_>, field: &str, span: Span, faults: &mut Faults) {
    if matches!(span, Span::WorkingDays(_)) {
        faults.add(
            row,
            field,
            "counts days, months or years: it runs on every day",
        );
    }
}

/// I1.
fn classification(row: &Row<'_>, measure: &Measure, faults: &mut Faults) {
    if measure.kind == Kind::Classification && measure.touches(SubjectKind::Person) {
        let field = match measure.roles.is_empty() {
            true => "subjects",
            false => "roles",
        };
        let rule = "classification (信用分类管理) is for organizations only: no grade of a person \
                    (I1)";
        faults.add(row, field, rule);
    }
}

/// Requirements 23 and 26.
fn restriction(row: &Row<'_>, measure: &Measure, faults: &mut Faults) {
    if measure.restricts.is_none() {
        return;
    }
    if measure.kind != Kind::Sanction {
        let rule = "only an act of state can restrict this: the measure has to be a \"sanction\"";
        faults.add(row, "restricts", rule);
    }
    let needed = [Proof::AbilityToPerform, Proof::Refusal];
    if !needed.iter().all(|proof| measure.proof.contains(proof)) {
        let rule = "leaving the country, flights, premium rail, real estate and high spending are \
                    restricted only on proof of \"ability-to-perform\" and \"refusal\" \
                    (有履行能力但拒不履行, 闽政〔2017〕3号)";
        faults.add(row, "proof", rule);
    }
}

/// Requirement 19.
fn bidding_bonus(row: &Row<'_>, measure: &Measure, faults: &mut Faults) {
    if !measure.bidding_bonus {
        return;
    }
    if measure.kind != Kind::Incentive {
        let rule = "bonus points in public bidding are an \"incentive\"";
        faults.add(row, "bidding_bonus", rule);
    }
    if measure.touches(SubjectKind::Person) {
        let rule = "bonus points in public bidding are for market entities only, not for persons";
        faults.add(row, "bidding_bonus", rule);
    }
}
