//! Reads catalogue files and checks every rule of law that can be checked
//! without a case, naming file, line, field and rule.
//!
//! All faults of all files are reported together, so that a clerk mends them in
//! one go. Nothing of a faulty set is used.

use super::{Basis, Catalogue, Item, Kind, Level, Mandate, Measure, SubjectKind, Term, Verified};
use crate::record::Disclosure;
use jiff::civil::Date;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};
use toml::Spanned;

/// One rule broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The field at fault.
    pub field: String,
    /// What is wrong and what would be right.
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.field, self.rule
        )
    }
}

/// The faults of a set of files; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue breaks {} rule(s):{}", .0.len(), .0.iter().map(|f| format!("\n  {f}")).collect::<String>())]
pub struct CatalogueError(pub Vec<Fault>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    edition: String,
    #[serde(default)]
    bases: Vec<BasisRow>,
    #[serde(default)]
    items: Vec<ItemRow>,
    #[serde(default)]
    measures: Vec<MeasureRow>,
    #[serde(default)]
    mandates: Vec<MandateRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BasisRow {
    code: Spanned<String>,
    citation: String,
    issuer: String,
    level: Level,
    in_force_from: Date,
    repealed_on: Option<Spanned<Date>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    code: Spanned<String>,
    title: String,
    provider: String,
    subjects: Spanned<Vec<SubjectKind>>,
    disclosure: Disclosure,
    adverse: bool,
    fields: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRow {
    code: Spanned<String>,
    title: String,
    kind: Kind,
    verified: Verified,
    subjects: Spanned<Vec<SubjectKind>>,
    executor: String,
    bases: Spanned<Vec<String>>,
    triggers: Spanned<Vec<String>>,
    term_years: Option<i16>,
    term_months: Option<i16>,
    hearing_days: Spanned<u32>,
    remedies: Spanned<Vec<String>>,
    early_exit: Spanned<String>,
    filed_on: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateRow {
    department: String,
    measure: Spanned<String>,
    source: String,
    from: Date,
    until: Option<Date>,
}

/// Where a row of the catalogue came from, for faults found across files.
struct Place {
    file: usize,
    at: usize,
}

struct Loading<'a> {
    files: &'a [(String, String)],
    catalogue: Catalogue,
    faults: Vec<Fault>,
    /// Checked once every file is read: bases and items may stand in another one.
    references: Vec<(Place, &'static str, String)>,
    carried: Vec<(Place, String)>,
}

/// Loads a set of files, given as name and text, into one catalogue.
///
/// # Errors
/// Every rule broken, each with its file and line. A file that is not TOML, or
/// has an unknown, missing or ill-typed field, is one fault.
pub fn load(files: &[(String, String)]) -> Result<Catalogue, CatalogueError> {
    let mut loading = Loading {
        files,
        catalogue: Catalogue::default(),
        faults: Vec::new(),
        references: Vec::new(),
        carried: Vec::new(),
    };
    for (index, (_, text)) in files.iter().enumerate() {
        match toml::from_str::<File>(text) {
            Ok(file) => loading.add(index, file),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                loading.fault(index, at, "syntax", error.message().to_owned());
            }
        }
    }
    loading.finish()
}

impl Loading<'_> {
    fn fault(&mut self, file: usize, at: usize, field: &str, rule: String) {
        let (name, text) = &self.files[file];
        let before = text.get(..at).unwrap_or(text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        self.faults.push(Fault {
            file: name.clone(),
            line,
            field: field.to_owned(),
            rule,
        });
    }

    fn add(&mut self, file: usize, rows: File) {
        self.catalogue.editions.push(rows.edition);
        for row in rows.bases {
            self.basis(file, row);
        }
        for row in rows.items {
            self.item(file, row);
        }
        for row in rows.measures {
            self.measure(file, row);
        }
        for row in rows.mandates {
            let at = row.measure.span().start;
            let measure = row.measure.into_inner();
            self.references
                .push((Place { file, at }, "measures", measure.clone()));
            self.catalogue.mandates.push(Mandate {
                department: row.department,
                measure,
                source: row.source,
                from: row.from,
                until: row.until,
            });
        }
    }

    fn basis(&mut self, file: usize, row: BasisRow) {
        let repealed_on = row.repealed_on.as_ref().map(|day| *day.as_ref());
        if let Some(day) = &row.repealed_on
            && *day.as_ref() <= row.in_force_from
        {
            let rule = "is not after `in_force_from`: a basis holds for at least one day";
            self.fault(file, day.span().start, "repealed_on", rule.to_owned());
        }
        let at = row.code.span().start;
        let code = row.code.into_inner();
        let basis = Basis {
            code: code.clone(),
            citation: row.citation,
            issuer: row.issuer,
            level: row.level,
            in_force_from: row.in_force_from,
            repealed_on,
        };
        if self.catalogue.bases.insert(code, basis).is_some() {
            self.twice(file, at);
        }
    }

    fn item(&mut self, file: usize, row: ItemRow) {
        for field in row.fields.as_ref() {
            if let Some(why) = forbidden_field(field) {
                let rule = format!("`{field}` {why}; take it out");
                self.fault(file, row.fields.span().start, "fields", rule);
            }
        }
        self.not_empty(file, "subjects", &row.subjects);
        let at = row.code.span().start;
        let code = row.code.into_inner();
        let item = Item {
            code: code.clone(),
            title: row.title,
            provider: row.provider,
            subjects: row.subjects.into_inner(),
            disclosure: row.disclosure,
            adverse: row.adverse,
            fields: row.fields.into_inner(),
        };
        if self.catalogue.items.insert(code, item).is_some() {
            self.twice(file, at);
        }
    }

    fn measure(&mut self, file: usize, row: MeasureRow) {
        let at = row.code.span().start;
        self.measure_rules(file, &row);
        for basis in row.bases.as_ref() {
            let place = Place {
                file,
                at: row.bases.span().start,
            };
            self.references.push((place, "bases", basis.clone()));
        }
        for item in row.triggers.as_ref() {
            let place = Place {
                file,
                at: row.triggers.span().start,
            };
            self.references.push((place, "items", item.clone()));
        }
        let code = row.code.into_inner();
        if row.verified != Verified::No {
            self.carried.push((
                Place {
                    file,
                    at: row.bases.span().start,
                },
                code.clone(),
            ));
        }
        let measure = Measure {
            code: code.clone(),
            title: row.title,
            kind: row.kind,
            verified: row.verified,
            subjects: row.subjects.into_inner(),
            executor: row.executor,
            bases: row.bases.into_inner(),
            triggers: row.triggers.into_inner(),
            term: Term {
                years: row.term_years.unwrap_or(0),
                months: row.term_months.unwrap_or(0),
            },
            hearing_days: row.hearing_days.into_inner(),
            remedies: row.remedies.into_inner(),
            early_exit: row.early_exit.into_inner(),
            filed_on: row.filed_on,
        };
        if self.catalogue.measures.insert(code, measure).is_some() {
            self.twice(file, at);
        }
    }

    /// The rules that one entry can be held to by itself.
    fn measure_rules(&mut self, file: usize, row: &MeasureRow) {
        let at = row.code.span().start;
        self.not_empty(file, "subjects", &row.subjects);
        self.not_empty(file, "bases", &row.bases);
        self.not_empty(file, "triggers", &row.triggers);
        let (years, months) = (row.term_years.unwrap_or(0), row.term_months.unwrap_or(0));
        if years < 0 || months < 0 || years + months == 0 {
            let rule = "name the longest the measure may last: `term_years`, `term_months` or both";
            self.fault(file, at, "term_years", rule.to_owned());
        }
        if row.kind == Kind::Classification && row.subjects.as_ref().contains(&SubjectKind::Person)
        {
            let rule =
                "classification (信用分类管理) is for organizations only: no grade of a person";
            self.fault(file, row.subjects.span().start, "subjects", rule.to_owned());
        }
        if row.kind.is_adverse() {
            if *row.hearing_days.as_ref() == 0 {
                let rule = "an adverse measure gives the subject days to state its case (陈述申辩)";
                self.fault(
                    file,
                    row.hearing_days.span().start,
                    "hearing_days",
                    rule.to_owned(),
                );
            }
            self.not_empty(file, "remedies", &row.remedies);
        }
        if row.early_exit.as_ref().trim().is_empty() {
            let rule = "say how the measure can be ended early: no measure without a way back";
            self.fault(
                file,
                row.early_exit.span().start,
                "early_exit",
                rule.to_owned(),
            );
        }
    }

    fn not_empty<T>(&mut self, file: usize, field: &str, list: &Spanned<Vec<T>>) {
        if list.as_ref().is_empty() {
            self.fault(
                file,
                list.span().start,
                field,
                "needs at least one entry".to_owned(),
            );
        }
    }

    fn twice(&mut self, file: usize, at: usize) {
        let rule = "this code stands in the catalogue twice; keep one of them";
        self.fault(file, at, "code", rule.to_owned());
    }

    fn finish(mut self) -> Result<Catalogue, CatalogueError> {
        for (place, table, code) in std::mem::take(&mut self.references) {
            let known = match table {
                "bases" => self.catalogue.bases.contains_key(&code),
                "items" => self.catalogue.items.contains_key(&code),
                _ => self.catalogue.measures.contains_key(&code),
            };
            if !known {
                let rule = format!("`{code}` is not in [[{table}]]; add it there or mend the code");
                self.fault(place.file, place.at, table, rule);
            }
        }
        for (place, code) in std::mem::take(&mut self.carried) {
            let measure = &self.catalogue.measures[&code];
            let levels: BTreeMap<&str, Level> = measure
                .bases
                .iter()
                .filter_map(|code| self.catalogue.bases.get(code))
                .map(|basis| (basis.code.as_str(), basis.level))
                .collect();
            if !levels.is_empty() && !levels.values().any(|l| measure.kind.is_carried_by(*l)) {
                let rule = format!(
                    "no basis of `{code}` stands high enough for its kind ({:?}): {levels:?}; cite \
                     the law it rests on, or mark it `verified = \"no\"` to keep it as a draft",
                    measure.kind
                );
                self.fault(place.file, place.at, "bases", rule);
            }
        }
        if self.faults.is_empty() {
            Ok(self.catalogue)
        } else {
            self.faults
                .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            Err(CatalogueError(self.faults))
        }
    }
}

/// Why a field of this name may never be collected (I5, 征信业管理条例 art. 14(1)),
/// if so.
pub fn forbidden_field(name: &str) -> Option<&'static str> {
    const BANNED: [(&[&str], &str); 3] = [
        (
            &[
                "宗教",
                "信仰",
                "基因",
                "指纹",
                "血型",
                "疾病",
                "病史",
                "religion",
                "gene",
                "fingerprint",
                "blood",
                "medical",
                "disease",
            ],
            "is information that must never be collected (征信业管理条例 第十四条)",
        ),
        (
            &[
                "言论",
                "观点",
                "社团",
                "结社",
                "信访",
                "上访",
                "opinion",
                "speech",
                "association_membership",
                "petition",
            ],
            "is about opinions, speech, association or petitions, which this system never collects",
        ),
        (
            &[
                "位置",
                "轨迹",
                "通信记录",
                "通话",
                "location",
                "gps",
                "communication",
            ],
            "is about location or communications, which this system never collects",
        ),
    ];
    let name = name.to_lowercase();
    BANNED
        .iter()
        .find(|(words, _)| words.iter().any(|word| name.contains(word)))
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests;
