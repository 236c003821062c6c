//! Rows into entries: what each table's rows look like in TOML, and the
//! catalogue that they make.
//!
//! Comes in: rows. Goes out: entries beside the rows they came from. Always
//! holds: an entry belongs to the edition at the top of its file. Deliberately
//! absent: rules of law, but for those without which there is no entry.

use super::{
    super::{
        Basis, Catalogue, Domain, Edition, HumanGate, Item, Kind, Limit, List, Mandate, Measure,
        NoticeForm, Period, Proof, Repair, Restricts, Role, Seriousness, Sort, SubjectKind,
        Verified,
    },
    editions::{self, EditionRow},
    place::{Faults, Row, Sheet},
};
use crate::{record::Disclosure, span::Span};
use jiff::civil::Date;
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// An entry and where it stands.
pub(super) struct Placed<'a, T> {
    pub(super) row: Row<'a>,
    pub(super) entry: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    code: String,
    title: String,
    sort: Sort,
    provider: String,
    duty: String,
    disclosure: Disclosure,
    adverse: bool,
    correction: Option<String>,
    publish_within: Option<Span>,
    publish_basis: Option<String>,
    fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRow {
    code: String,
    title: String,
    title_en: String,
    kind: Kind,
    effect: String,
    subjects: Vec<SubjectKind>,
    #[serde(default)]
    roles: Vec<Role>,
    executor: String,
    domain: Option<String>,
    bases: Vec<String>,
    triggers: Vec<String>,
    condition: String,
    longest: Option<Span>,
    ends_when: Option<String>,
    review_within: Option<Span>,
    seriousness: Option<Seriousness>,
    repair: Repair,
    notice: String,
    #[serde(default)]
    proof: Vec<Proof>,
    #[serde(default)]
    individual_decision: bool,
    human_gate: HumanGate,
    restricts: Option<Restricts>,
    #[serde(default)]
    bidding_bonus: bool,
    list: Option<String>,
    disclosure: Disclosure,
    feedback_within: Span,
    filed_on: Option<Date>,
    verified: Verified,
    held: Option<String>,
}

/// Everything that could be read.
pub(super) struct Entries<'a> {
    editions: Vec<Edition>,
    pub(super) edition_rows: Vec<Placed<'a, EditionRow>>,
    pub(super) bases: Vec<Placed<'a, Basis>>,
    pub(super) domains: Vec<Placed<'a, Domain>>,
    pub(super) limits: Vec<Placed<'a, Limit>>,
    pub(super) notices: Vec<Placed<'a, NoticeForm>>,
    pub(super) lists: Vec<Placed<'a, List>>,
    pub(super) items: Vec<Placed<'a, Item>>,
    pub(super) measures: Vec<Placed<'a, Measure>>,
    pub(super) mandates: Vec<Placed<'a, Mandate>>,
}

impl<'a> Entries<'a> {
    pub(super) fn read(sheets: &'a [Sheet<'a>], faults: &mut Faults) -> Self {
        let edition_rows = table::<EditionRow>(sheets, "edition", faults);
        editions::check(&edition_rows, faults);
        let editions = editions::in_order(&edition_rows);
        let mut entries = Self {
            editions,
            edition_rows,
            bases: table(sheets, "bases", faults),
            domains: table(sheets, "domains", faults),
            limits: table(sheets, "limits", faults),
            notices: table(sheets, "notices", faults),
            lists: table(sheets, "lists", faults),
            items: Vec::new(),
            measures: Vec::new(),
            mandates: table(sheets, "mandates", faults),
        };
        for sheet in sheets {
            entries.read_items_and_measures(sheet, faults);
        }
        entries
    }

    fn read_items_and_measures(&mut self, sheet: &'a Sheet<'a>, faults: &mut Faults) {
        let (items, measures) = (sheet.rows("items"), sheet.rows("measures"));
        let Some(first) = items.first().or(measures.first()).copied() else {
            return;
        };
        let Some((edition, directory)) = self.edition_of(sheet) else {
            // An edition that cannot be read is a fault already.
            if sheet.rows("edition").is_empty() {
                let rule = "a file with [[items]] or [[measures]] says at its top in an [edition] \
                            which `series`, `name` and `in_force_from` they belong to";
                faults.add(&first, "edition", rule);
            }
            return;
        };
        for row in measures {
            if let Some(read) = row.read::<MeasureRow>(faults)
                && let Some(entry) = measure(&row, read, edition, faults)
            {
                self.measures.push(Placed { row, entry });
            }
        }
        let Some(directory) = directory else { return };
        for row in items {
            if let Some(read) = row.read::<ItemRow>(faults) {
                let entry = item(read, edition, directory);
                self.items.push(Placed { row, entry });
            }
        }
    }

    /// Index of the edition at the top of a file, and the directory named there.
    fn edition_of(&self, sheet: &Sheet<'_>) -> Option<(usize, Option<SubjectKind>)> {
        let mut rows = self.edition_rows.iter();
        let named = &rows
            .find(|placed| std::ptr::eq(placed.row.sheet, sheet))?
            .entry;
        let index = self
            .editions
            .iter()
            .position(|edition| edition.series == named.series && edition.name == named.name)?;
        Some((index, named.directory))
    }

    /// The catalogue that the entries make. An entry that stands there twice is a
    /// fault at its second place.
    pub(super) fn catalogue(&self, faults: &mut Faults) -> Catalogue {
        let mut catalogue = Catalogue {
            editions: self.editions.clone(),
            bases: by_code(&self.bases, |basis| &basis.code, faults),
            domains: by_code(&self.domains, |domain| &domain.code, faults),
            notices: by_code(&self.notices, |form| &form.code, faults),
            lists: by_code(&self.lists, |list| &list.code, faults),
            limits: self
                .limits
                .iter()
                .map(|limit| limit.entry.clone())
                .collect(),
            ..Catalogue::default()
        };
        catalogue
            .limits
            .sort_by_key(|limit| (limit.code, limit.from));
        for Placed { row, entry } in &self.items {
            let same_code = catalogue.items.entry(entry.code.clone()).or_default();
            let key = |item: &Item| (item.directory, item.edition);
            if same_code.iter().any(|other| key(other) == key(entry)) {
                faults.add(row, "code", TWICE);
            }
            same_code.push(entry.clone());
            same_code.sort_by_key(key);
        }
        for Placed { row, entry } in &self.measures {
            let same_code = catalogue.measures.entry(entry.code.clone()).or_default();
            if same_code.iter().any(|other| other.edition == entry.edition) {
                faults.add(row, "code", TWICE);
            }
            same_code.push(entry.clone());
            same_code.sort_by_key(|measure| measure.edition);
        }
        for Placed { entry, .. } in &self.mandates {
            let of_measure = catalogue.mandates.entry(entry.measure.clone()).or_default();
            of_measure.push(entry.clone());
        }
        catalogue
    }
}

const TWICE: &str = "this code stands twice in the same edition; keep one of the two";

fn table<'a, T: DeserializeOwned>(
    sheets: &'a [Sheet<'a>],
    name: &'static str,
    faults: &mut Faults,
) -> Vec<Placed<'a, T>> {
    let rows = sheets.iter().flat_map(|sheet| sheet.rows(name));
    rows.filter_map(|row| row.read(faults).map(|entry| Placed { row, entry }))
        .collect()
}

fn by_code<T: Clone>(
    placed: &[Placed<'_, T>],
    code: fn(&T) -> &String,
    faults: &mut Faults,
) -> BTreeMap<String, T> {
    let mut map = BTreeMap::new();
    for Placed { row, entry } in placed {
        if map.insert(code(entry).clone(), entry.clone()).is_some() {
            faults.add(row, "code", "this code stands twice; keep one of the two");
        }
    }
    map
}

fn item(row: ItemRow, edition: usize, directory: SubjectKind) -> Item {
    Item {
        code: row.code,
        directory,
        title: row.title,
        sort: row.sort,
        provider: row.provider,
        duty: row.duty,
        disclosure: row.disclosure,
        adverse: row.adverse,
        correction: row.correction,
        publish_within: row.publish_within,
        publish_basis: row.publish_basis,
        fields: row.fields,
        edition,
    }
}

fn measure(at: &Row<'_>, row: MeasureRow, edition: usize, faults: &mut Faults) -> Option<Measure> {
    let period = match (row.longest, row.ends_when, row.review_within) {
        (Some(longest), None, None) => Period::Lasts(longest),
        (None, Some(event), Some(review)) => Period::Until { event, review },
        (longest, event, _) => {
            let field = match (longest, event) {
                (Some(_), _) | (None, None) => "longest",
                (None, Some(_)) => "ends_when",
            };
            let rule = "say how long the measure lasts: either `longest`, or `ends_when` with \
                        `review_within`; no measure is endless (I2)";
            faults.add(at, field, rule);
            return None;
        }
    };
    Some(Measure {
        code: row.code,
        title: row.title,
        title_en: row.title_en,
        kind: row.kind,
        effect: row.effect,
        subjects: row.subjects,
        roles: row.roles,
        executor: row.executor,
        domain: row.domain,
        bases: row.bases,
        triggers: row.triggers,
        condition: row.condition,
        period,
        seriousness: row.seriousness,
        repair: row.repair,
        notice: row.notice,
        proof: row.proof,
        individual_decision: row.individual_decision,
        human_gate: row.human_gate,
        restricts: row.restricts,
        bidding_bonus: row.bidding_bonus,
        list: row.list,
        disclosure: row.disclosure,
        feedback_within: row.feedback_within,
        filed_on: row.filed_on,
        verified: row.verified,
        held: row.held,
        edition,
    })
}
