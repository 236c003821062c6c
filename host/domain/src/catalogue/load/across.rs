//! Rules that hold one entry against others: codes that must exist, dates that
//! must not overlap, and what an entry says against the list, form or item that it names.
//!
//! Comes in: entries with their rows, and the catalogue they make. Goes out:
//! faults. Deliberately absent: what a basis can carry, which `legality` holds.

use super::{
    super::{Catalogue, Edition, Kind, LimitCode, Measure, Period, Proof, Sort, SubjectKind},
    entries::{Entries, Placed},
    place::{Faults, Row},
};
use std::collections::BTreeMap;

pub(super) fn check(entries: &Entries<'_>, catalogue: &Catalogue, faults: &mut Faults) {
    codes_exist(entries, catalogue, faults);
    one_code_one_series(entries, catalogue, faults);
    limits_follow_each_other(entries, faults);
    for Placed { row, entry } in &entries.measures {
        let rules = Rules {
            row,
            measure: entry,
            edition: &catalogue.editions[entry.edition],
            catalogue,
        };
        rules.domain(faults);
        rules.notice(faults);
        rules.triggers(faults);
        rules.persons(faults);
        rules.review(faults);
        rules.longest_on_the_list(faults);
        rules.seriousness(faults);
        rules.filing(faults);
    }
}

/// Every code that an entry names is the code of an entry.
fn codes_exist(entries: &Entries<'_>, catalogue: &Catalogue, faults: &mut Faults) {
    let bases = |code: &String| catalogue.bases.contains_key(code);
    for Placed { row, entry } in &entries.bases {
        names(row, "parent", &entry.parent, "bases", bases, faults);
    }
    for Placed { row, entry } in &entries.domains {
        names(row, "basis", [&entry.basis], "bases", bases, faults);
    }
    for Placed { row, entry } in &entries.limits {
        names(row, "basis", [&entry.basis], "bases", bases, faults);
    }
    for Placed { row, entry } in &entries.lists {
        names(row, "standard", [&entry.standard], "bases", bases, faults);
    }
    for Placed { row, entry } in &entries.items {
        names(
            row,
            "publish_basis",
            &entry.publish_basis,
            "bases",
            bases,
            faults,
        );
    }
    for Placed { row, entry } in &entries.measures {
        let domains = |code: &String| catalogue.domains.contains_key(code);
        let notices = |code: &String| catalogue.notices.contains_key(code);
        let lists = |code: &String| catalogue.lists.contains_key(code);
        names(row, "bases", &entry.bases, "bases", bases, faults);
        names(row, "domain", &entry.domain, "domains", domains, faults);
        names(row, "notice", [&entry.notice], "notices", notices, faults);
        names(row, "list", &entry.list, "lists", lists, faults);
    }
    for Placed { row, entry } in &entries.mandates {
        let measures = |code: &String| catalogue.measures.contains_key(code);
        names(
            row,
            "measure",
            [&entry.measure],
            "measures",
            measures,
            faults,
        );
    }
}

fn names<'a>(
    row: &Row<'_>,
    field: &str,
    codes: impl IntoIterator<Item = &'a String>,
    table: &str,
    is_known: impl Fn(&String) -> bool,
    faults: &mut Faults,
) {
    for code in codes.into_iter().filter(|code| !is_known(code)) {
        let rule = format!("`{code}` is not in [[{table}]]; add it there or mend the code");
        faults.add(row, field, rule);
    }
}

/// A code stands in one series, so that on any day one entry has it.
fn one_code_one_series(entries: &Entries<'_>, catalogue: &Catalogue, faults: &mut Faults) {
    let series = |edition: usize| catalogue.editions[edition].series.as_str();
    let mut of_measures: BTreeMap<&str, &str> = BTreeMap::new();
    for Placed { row, entry } in &entries.measures {
        let first = *of_measures
            .entry(&entry.code)
            .or_insert_with(|| series(entry.edition));
        in_that_series(row, first, series(entry.edition), faults);
    }
    let mut of_items: BTreeMap<(&str, SubjectKind), &str> = BTreeMap::new();
    for Placed { row, entry } in &entries.items {
        let first = *of_items
            .entry((&entry.code, entry.directory))
            .or_insert_with(|| series(entry.edition));
        in_that_series(row, first, series(entry.edition), faults);
    }
}

fn in_that_series(row: &Row<'_>, first: &str, series: &str, faults: &mut Faults) {
    if first != series {
        let rule = format!("this code stands in series `{first}` already; a code has one series");
        faults.add(row, "code", rule);
    }
}

fn limits_follow_each_other(entries: &Entries<'_>, faults: &mut Faults) {
    for (index, Placed { row, entry }) in entries.limits.iter().enumerate() {
        let overlaps = entries.limits[..index].iter().any(|other| {
            other.entry.code == entry.code
                && other.entry.until.is_none_or(|end| entry.from < end)
                && entry.until.is_none_or(|end| other.entry.from < end)
        });
        if overlaps {
            let rule = format!(
                "two limits `{}` are in force on the same day; end the one with `until` where the \
                 other begins",
                entry.code.code()
            );
            faults.add(row, "from", rule);
        }
    }
}

/// One measure against what it names.
struct Rules<'a> {
    row: &'a Row<'a>,
    measure: &'a Measure,
    edition: &'a Edition,
    catalogue: &'a Catalogue,
}

impl Rules<'_> {
    fn is_adverse(&self) -> bool {
        self.catalogue.is_adverse(self.measure)
    }

    /// Requirement 21: the domains are a closed list.
    fn domain(&self, faults: &mut Faults) {
        let needs_one = match self.measure.kind {
            Kind::Sanction => true,
            Kind::List => self.is_adverse(),
            Kind::Incentive | Kind::Classification | Kind::Association => false,
        };
        if needs_one && self.measure.domain.is_none() {
            let rule = "a sanction or entry on a black list names the trigger domain it belongs \
                        to, one of [[domains]] (国发〔2016〕33号)";
            faults.add(self.row, "domain", rule);
        }
    }

    /// I2: who is touched is told first, may speak, and learns the remedies.
    fn notice(&self, faults: &mut Faults) {
        let Some(form) = self.catalogue.notice(self.measure) else {
            return;
        };
        if !self.is_adverse() {
            return;
        }
        if form.hearing.is_none() {
            let rule = format!(
                "form `{}` gives no `hearing`: before an adverse measure the subject has time to \
                 state its case (陈述申辩, 行政处罚法 第四十四条、第四十五条; 国办发〔2020〕49号)",
                form.code
            );
            faults.add(self.row, "notice", rule);
        }
        if form.remedies.is_empty() {
            let rule = format!(
                "form `{}` names no `remedies`: an adverse measure says how to go against it \
                 (行政处罚法 第五十九条第一款第五项)",
                form.code
            );
            faults.add(self.row, "notice", rule);
        }
    }

    /// Requirements 3, 15 and 22: what triggers it can be collected of whoever it
    /// touches, and was established by an authority if it weighs on the subject.
    fn triggers(&self, faults: &mut Faults) {
        if self.measure.triggers.is_empty() && self.measure.kind != Kind::Incentive {
            let rule = "name at least one item; only an incentive may rest on none, since who \
                        asks for it shows that it is eligible";
            faults.add(self.row, "triggers", rule);
        }
        for code in &self.measure.triggers {
            for subject in &self.measure.subjects {
                if let Some(rule) = self.against_trigger(code, *subject) {
                    faults.add(self.row, "triggers", rule);
                }
            }
        }
    }

    fn against_trigger(&self, code: &str, subject: SubjectKind) -> Option<String> {
        let mut items = self.catalogue.items.get(code).into_iter().flatten();
        let item = items.find(|item| {
            let other = &self.catalogue.editions[item.edition];
            item.directory == subject && self.edition.overlaps(other.in_force_from, other.until)
        });
        let Some(item) = item else {
            return Some(format!(
                "`{code}` is not in [[items]] of the directory \"{}\" while this edition is in \
                 force; add it there or mend the code",
                subject.code()
            ));
        };
        if item.sort == Sort::AgencyReport {
            return Some(format!(
                "`{code}` is a report of a credit agency, which is for reference only and \
                 triggers nothing (闽政〔2017〕3号 (九))"
            ));
        }
        if self.is_adverse() && !item.adverse {
            return Some(format!(
                "`{code}` is not adverse: a measure that weighs on the subject rests on conduct \
                 that an authority established (国办发〔2020〕49号)"
            ));
        }
        None
    }

    /// Requirement 28: each person touched has its own decision.
    fn persons(&self, faults: &mut Faults) {
        if !self.is_adverse() || !self.measure.touches(SubjectKind::Person) {
            return;
        }
        if !self.measure.individual_decision {
            let rule = "must be true: whatever weighs on a person needs a decision about that \
                        person (闽政〔2017〕3号, 责任到人)";
            faults.add(self.row, "individual_decision", rule);
        }
        if !self.measure.roles.is_empty() && !self.measure.proof.contains(&Proof::OwnDecision) {
            let rule = "a person answerable for an organization is touched only by a decision that \
                        names that person: add \"own-decision\"";
            faults.add(self.row, "proof", rule);
        }
    }

    /// I2: a measure without an end date is reviewed in time.
    fn review(&self, faults: &mut Faults) {
        let Period::Until { review, .. } = &self.measure.period else {
            return;
        };
        let day = self.edition.in_force_from;
        let Some(limit) = self.catalogue.limit(LimitCode::ReviewAtMost, day) else {
            let rule = format!(
                "no limit `review-at-most` is in force on {day}, the edition's first day; add it \
                 to [[limits]]"
            );
            faults.add(self.row, "review_within", rule);
            return;
        };
        if review.last_day(day) > limit.at_most.last_day(day) {
            let rule = format!(
                "is longer than {}, the longest between two reviews of a measure without an end \
                 date",
                limit.at_most
            );
            faults.add(self.row, "review_within", rule);
        }
    }

    fn longest_on_the_list(&self, faults: &mut Faults) {
        let Some(list) = self.catalogue.list_of(self.measure) else {
            return;
        };
        let day = self.edition.in_force_from;
        if let (Period::Lasts(longest), Some(listed)) = (&self.measure.period, list.longest)
            && longest.last_day(day) > listed.last_day(day)
        {
            let rule = format!("list `{}` keeps no entry longer than {listed}", list.code);
            faults.add(self.row, "longest", rule);
        }
    }

    /// How grave the conduct is says how long it is shown, so that has to be known.
    fn seriousness(&self, faults: &mut Faults) {
        let Some(seriousness) = self.measure.seriousness else {
            return;
        };
        let code = LimitCode::publicity(seriousness);
        let known = self
            .catalogue
            .limits
            .iter()
            .any(|limit| limit.code == code && self.edition.overlaps(limit.from, limit.until));
        if !known {
            let rule = format!(
                "no limit `{}` is in force while this edition is; add it to [[limits]]",
                code.code()
            );
            faults.add(self.row, "seriousness", rule);
        }
    }

    /// Requirement 33: what is filed is this entry, and in time to be used.
    fn filing(&self, faults: &mut Faults) {
        let Some(filed_on) = self.measure.filed_on else {
            return;
        };
        if let Some(until) = self.edition.until
            && until <= filed_on
        {
            let rule = format!("the edition is no longer in force on that day: it ends at {until}");
            faults.add(self.row, "filed_on", rule);
        }
        let editions = &self.catalogue.measures[&self.measure.code];
        let before = editions
            .iter()
            .take_while(|other| other.edition != self.measure.edition)
            .last();
        if let Some(before) = before
            && before.filed_on.is_some_and(|earlier| filed_on <= earlier)
            && !says_the_same(before, self.measure)
        {
            let rule = "the entry was changed in this edition and has to be filed anew: give the \
                        day of the new filing (目录清单)";
            faults.add(self.row, "filed_on", rule);
        }
    }
}

/// Whether two editions of an entry differ in nothing that is filed.
fn says_the_same(one: &Measure, other: &Measure) -> bool {
    let mut same = other.clone();
    same.edition = one.edition;
    same.filed_on = one.filed_on;
    same.verified = one.verified;
    same.held.clone_from(&one.held);
    same == *one
}
