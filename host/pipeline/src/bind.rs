//! From statements to records: each line is held against the catalogue and the
//! register and becomes a record, a new version, an ending, or a line with the
//! reason why not.
//!
//! Comes in: checked lines of one chunk and what the store knows. Goes out: what
//! to commit. Always holds: a record is bound by identifier only (I7); a row that
//! cannot be bound to exactly one subject is quarantined with the reason and
//! never guessed; what the collection catalogue does not list is not kept (I5,
//! requirement 3).

use crate::{error::PipelineError, house::House};
use credence_domain::{
    catalogue::{Item, SubjectKind, forbidden_field},
    identifier::{Identifier, Scheme},
    ids::{RecordId, SubjectId},
    record::{CreditRecord, Ending, Line, Rejection, Statement, Value},
};
use credence_plugin_host::{manifest::Manifest, persons};
use credence_store::{
    BoundPerson, ContentDigest, EndRecord, KnownRecord, LineKind, NewLine, NewOrganization,
    NewVersion, Read, RecordState,
};
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a chunk came to, ready to be committed.
#[derive(Default)]
pub(crate) struct Bound {
    pub(crate) organizations: Vec<NewOrganization>,
    pub(crate) codes: Vec<(SubjectId, Identifier)>,
    pub(crate) records: Vec<NewVersion>,
    pub(crate) endings: Vec<EndRecord>,
    pub(crate) lines: Vec<NewLine>,
    /// Fields that the catalogue's item does not list: taken out of the records.
    pub(crate) fields_set_aside: BTreeSet<String>,
}

/// A line that makes no record, and why.
struct No {
    kind: LineKind,
    field: Option<String>,
    rule: &'static str,
    text: String,
}

impl No {
    fn rejected(field: &str, rule: &'static str, text: impl Into<String>) -> Self {
        let field = Some(field.to_owned());
        Self {
            kind: LineKind::Rejected,
            field,
            rule,
            text: text.into(),
        }
    }

    fn quarantined(rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind: LineKind::Quarantined,
            field: None,
            rule,
            text: text.into(),
        }
    }

    fn duplicate(rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind: LineKind::Duplicate,
            field: None,
            rule,
            text: text.into(),
        }
    }
}

/// What is known of a record while the lines of a chunk act on it in their order.
#[derive(Clone)]
struct Standing {
    subject: SubjectId,
    id: RecordId,
    version: u32,
    digest: Option<ContentDigest>,
    revised_at: Option<DateTime>,
    ended: bool,
}

impl From<KnownRecord> for Standing {
    fn from(known: KnownRecord) -> Self {
        Self {
            subject: known.subject,
            id: known.id,
            version: known.version,
            digest: Some(known.digest),
            revised_at: known.revised_at,
            ended: known.state == RecordState::Ended,
        }
    }
}

/// Whom the identifiers of a line name.
enum Whom {
    Organization(Vec<Identifier>),
    Person(SubjectId),
}

struct Binder<'h> {
    house: &'h House,
    manifest: &'h Manifest,
    subjects: HashMap<Identifier, SubjectId>,
    /// Kinds of codes that a subject has, where a row may teach it a new one.
    held: HashMap<SubjectId, BTreeSet<Scheme>>,
    persons: HashMap<String, BoundPerson>,
    /// Numbers behind tokens that stand under an organization's scheme.
    behind: HashMap<String, Vec<Identifier>>,
    records: HashMap<String, Standing>,
    bound: Bound,
}

/// Binds the lines of one chunk. Reads in the transaction that will commit it.
pub(crate) async fn bind(
    house: &House,
    manifest: &Manifest,
    read: &mut Read<'_>,
    lines: Vec<Line>,
) -> Result<Bound, PipelineError> {
    let mut binder = Binder {
        house,
        manifest,
        subjects: HashMap::new(),
        held: HashMap::new(),
        persons: HashMap::new(),
        behind: HashMap::new(),
        records: HashMap::new(),
        bound: Bound::default(),
    };
    binder.look_up(read, &lines).await?;
    for line in lines {
        binder.line(line)?;
    }
    Ok(binder.bound)
}

impl Binder<'_> {
    /// Everything that the lines may need, in a few queries.
    async fn look_up(&mut self, read: &mut Read<'_>, lines: &[Line]) -> Result<(), PipelineError> {
        let plugin = &self.manifest.name;
        let mut tokens: BTreeSet<&str> = BTreeSet::new();
        let mut misplaced: BTreeSet<&str> = BTreeSet::new();
        let mut codes: BTreeSet<Identifier> = BTreeSet::new();
        let mut references: BTreeSet<&str> = BTreeSet::new();
        for line in lines {
            match &line.statement {
                Statement::Recorded(record) => {
                    references.insert(&record.source_ref);
                    for identifier in &record.subject.identifiers {
                        let value = identifier.value.as_str();
                        match Scheme::of_organization(&identifier.scheme) {
                            _ if identifier.scheme == "person" => {
                                tokens.insert(value);
                            }
                            Some(_) if persons::is_token(value) => {
                                misplaced.insert(value);
                            }
                            Some(scheme) => codes.extend(with_inner(scheme, value)),
                            None => {}
                        }
                    }
                }
                Statement::Ended(ending) => {
                    references.insert(&ending.source_ref);
                }
                Statement::Acknowledged(_) | Statement::Rejected(_) => {}
            }
        }
        let misplaced: Vec<&str> = misplaced.into_iter().collect();
        for (token, number) in read.numbers_behind(plugin, &misplaced).await? {
            let behind: Vec<Identifier> = with_inner(Scheme::Uscc, number.expose()).collect();
            codes.extend(behind.iter().cloned());
            self.behind.insert(token, behind);
        }
        let codes: Vec<Identifier> = codes.into_iter().collect();
        self.subjects = read.subjects_by_codes(&codes).await?;
        if self.subjects.len() < codes.len() {
            let known: BTreeSet<SubjectId> = self.subjects.values().copied().collect();
            self.held = read.schemes_of(&known).await?;
        }
        let tokens: Vec<&str> = tokens.into_iter().collect();
        self.persons = read.subjects_by_tokens(plugin, &tokens).await?;
        let references: Vec<&str> = references.into_iter().collect();
        let known = read.known_records(plugin, &references).await?;
        self.records = known
            .into_iter()
            .map(|(key, known)| (key, known.into()))
            .collect();
        Ok(())
    }

    fn line(&mut self, line: Line) -> Result<(), PipelineError> {
        let row = line.row;
        let refused = match line.statement {
            Statement::Recorded(record) => {
                let copy = record.clone();
                self.recorded(row, *record)?
                    .map(|no| (no, Some(Statement::Recorded(copy))))
            }
            Statement::Ended(ending) => {
                let copy = ending.clone();
                self.ended(row, ending)
                    .map(|no| (no, Some(Statement::Ended(copy))))
            }
            Statement::Acknowledged(answer) => {
                let text = "acknowledgements in feeds are not taken by this version";
                let no = No::quarantined("not-served", text);
                Some((no, Some(Statement::Acknowledged(answer))))
            }
            Statement::Rejected(Rejection { field, rule, text }) => {
                self.bound.lines.push(NewLine {
                    row,
                    kind: LineKind::Rejected,
                    field,
                    rule,
                    text,
                    statement: None,
                });
                None
            }
        };
        if let Some((no, statement)) = refused {
            // Only what waits to be tried again is kept whole.
            let statement = statement.filter(|_| no.kind == LineKind::Quarantined);
            self.bound.lines.push(NewLine {
                row,
                kind: no.kind,
                field: no.field,
                rule: no.rule.to_owned(),
                text: no.text,
                statement,
            });
        }
        Ok(())
    }

    fn recorded(
        &mut self,
        row: u32,
        mut record: CreditRecord,
    ) -> Result<Option<No>, PipelineError> {
        let item = match self.house.catalogue.items.get(&record.item) {
            Some(item) => item,
            None => {
                let text = format!(
                    "`{}` is not in the collection catalogue (征集目录)",
                    record.item
                );
                return Ok(Some(No::rejected("item", "not-in-catalogue", text)));
            }
        };
        if let Err(no) = held_against(item, &record, self.manifest) {
            return Ok(Some(no));
        }
        record.facts.retain(|fact| {
            let listed = item.fields.contains(&fact.field);
            if !listed {
                self.bound.fields_set_aside.insert(fact.field.clone());
            }
            listed
        });
        let bind = match self
            .whom(&record)
            .and_then(|whom| self.subject(whom, &record, item))
        {
            Ok(bind) => bind,
            Err(no) => return Ok(Some(no)),
        };
        let subject = match &bind {
            Bind::Known(subject, _) => *subject,
            Bind::New(_) => self.house.new_id()?,
        };
        let name = record.subject.name.clone();
        let refused = self.version(row, subject, record)?;
        if refused.is_none() {
            self.learn(bind, subject, name);
        }
        Ok(refused)
    }

    /// Whom the identifiers name; with none or with both kinds nobody.
    fn whom(&self, record: &CreditRecord) -> Result<Whom, No> {
        let mut codes = BTreeSet::new();
        let mut people = BTreeSet::new();
        let mut wrong = Vec::new();
        for identifier in &record.subject.identifiers {
            if identifier.scheme == "person" {
                match self.persons.get(&identifier.value) {
                    Some(known) if known.bindable => {
                        people.insert(known.subject);
                    }
                    Some(_) => wrong.push("the identity number breaks a rule of GB 11643".into()),
                    None => wrong.push("the person token is not one of this plugin's".to_owned()),
                }
                continue;
            }
            let Some(scheme) = Scheme::of_organization(&identifier.scheme) else {
                continue;
            };
            match self.behind.get(&identifier.value) {
                // The feed wrote an identity number where a code belongs, or a
                // code that looks like one: both readings may be right.
                Some(behind) if behind.is_empty() => {
                    wrong.push("an identity number stands where a code belongs".to_owned());
                }
                Some(_) => wrong.push(
                    "the code is both a possible unified code and a possible identity number"
                        .to_owned(),
                ),
                None => match Identifier::parse(scheme, &identifier.value) {
                    Ok(code) => {
                        codes.extend(code.inner_organization_code());
                        codes.insert(code);
                    }
                    Err(error) => wrong.push(error.to_string()),
                },
            }
        }
        let mut people = people.into_iter();
        match (codes.is_empty(), people.next(), people.next()) {
            (false, None, _) => Ok(Whom::Organization(codes.into_iter().collect())),
            (true, Some(subject), None) if wrong.is_empty() => Ok(Whom::Person(subject)),
            (false, Some(_), _) => Err(No::quarantined(
                "ambiguous",
                "the row names both an organization and a person; say which of them it is about",
            )),
            (true, Some(_), Some(_)) => Err(No::quarantined(
                "ambiguous",
                "the row names more than one person; give each a row of its own",
            )),
            (true, None, _) if wrong.is_empty() => Err(No::quarantined(
                "no-identifier",
                "the row has no identifier that a subject can be bound by; names never bind",
            )),
            (true, _, _) => Err(No::quarantined("unbindable", wrong.join("; "))),
        }
    }

    /// The one subject that these identifiers name, and the codes that are new of it.
    fn subject(&self, whom: Whom, record: &CreditRecord, item: &Item) -> Result<Bind, No> {
        let kind = match whom {
            Whom::Organization(_) => SubjectKind::Organization,
            Whom::Person(_) => SubjectKind::Person,
        };
        if !item.subjects.contains(&kind) {
            let text = format!(
                "`{}` may not be collected about a {}",
                record.item,
                kind.code()
            );
            return Err(No::rejected("item", "subject-kind", text));
        }
        let codes = match whom {
            Whom::Person(subject) => return Ok(Bind::Known(subject, Vec::new())),
            Whom::Organization(codes) => codes,
        };
        let disagree = |text| Err(No::quarantined("codes-disagree", text));
        if codes
            .windows(2)
            .any(|two| two[0].scheme() == two[1].scheme())
        {
            return disagree("the row has two codes of one kind; compare with the documents");
        }
        let found: BTreeSet<SubjectId> = codes
            .iter()
            .filter_map(|code| self.subjects.get(code).copied())
            .collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Ok(Bind::New(codes)),
            (Some(subject), None) => {
                let new: Vec<Identifier> = codes
                    .into_iter()
                    .filter(|code| !self.subjects.contains_key(code))
                    .collect();
                let held = self.held.get(&subject);
                let taken = |code: &Identifier| held.is_some_and(|h| h.contains(&code.scheme()));
                if new.iter().any(taken) {
                    return disagree(
                        "the codes lead to a subject that has another code of that kind",
                    );
                }
                Ok(Bind::Known(subject, new))
            }
            (Some(_), Some(_)) => {
                disagree("the codes lead to different subjects; compare with the documents")
            }
        }
    }

    /// Takes what a row taught into the register, once the row itself stands.
    fn learn(&mut self, bind: Bind, id: SubjectId, name: Option<String>) {
        let codes = match bind {
            Bind::Known(_, new) => {
                self.bound
                    .codes
                    .extend(new.iter().map(|code| (id, code.clone())));
                new
            }
            Bind::New(codes) => {
                self.bound.organizations.push(NewOrganization {
                    id,
                    name,
                    region: Some(self.house.region.clone()),
                    codes: codes.clone(),
                });
                codes
            }
        };
        for code in codes {
            self.held.entry(id).or_default().insert(code.scheme());
            self.subjects.insert(code, id);
        }
    }

    /// A first version, a further one, or nothing new.
    fn version(
        &mut self,
        row: u32,
        subject: SubjectId,
        record: CreditRecord,
    ) -> Result<Option<No>, PipelineError> {
        let digest = self.house.store.content_digest(&record)?;
        let reference = record.source_ref.clone();
        let standing = match self.records.get(&reference) {
            None => Standing {
                subject,
                id: self.house.new_id()?,
                version: 1,
                digest: Some(digest),
                revised_at: record.revised_at,
                ended: false,
            },
            Some(known) => match follows(known, subject, digest, record.revised_at) {
                Err(no) => return Ok(Some(no)),
                Ok(()) => Standing {
                    version: known.version + 1,
                    digest: Some(digest),
                    revised_at: record.revised_at,
                    ..known.clone()
                },
            },
        };
        self.bound.records.push(NewVersion {
            subject,
            id: standing.id,
            version: standing.version,
            row,
            department: self.manifest.department.clone(),
            region: self.house.region.clone(),
            personal_fields: fields_with_tokens(&record),
            record,
            digest,
        });
        self.records.insert(reference, standing);
        Ok(None)
    }

    fn ended(&mut self, row: u32, ending: Ending) -> Option<No> {
        let Some(known) = self.records.get_mut(&ending.source_ref) else {
            let text = "no record of this key has arrived yet; the line waits for it";
            return Some(No::quarantined("unknown-record", text));
        };
        if known.ended {
            return Some(No::duplicate("ended", "the record has ended already"));
        }
        known.version += 1;
        known.ended = true;
        self.bound.endings.push(EndRecord {
            subject: known.subject,
            id: known.id,
            version: known.version,
            row,
            department: self.manifest.department.clone(),
            region: self.house.region.clone(),
            ending,
        });
        None
    }
}

enum Bind {
    /// In the register, with codes that it does not have yet.
    Known(SubjectId, Vec<Identifier>),
    /// Not in the register.
    New(Vec<Identifier>),
}

/// A code, if it is one, and the organization code inside it.
fn with_inner(scheme: Scheme, written: &str) -> impl Iterator<Item = Identifier> + use<> {
    let code = Identifier::parse(scheme, written).ok();
    let inner = code.as_ref().and_then(Identifier::inner_organization_code);
    code.into_iter().chain(inner)
}

/// What the catalogue asks of a record of this item.
fn held_against(item: &Item, record: &CreditRecord, manifest: &Manifest) -> Result<(), No> {
    let forbidden = record
        .facts
        .iter()
        .find_map(|fact| forbidden_field(&fact.field).map(|why| (fact.field.clone(), why)));
    if let Some((field, why)) = forbidden {
        return Err(No::rejected(
            &field,
            "forbidden",
            format!("the field {why}"),
        ));
    }
    if item.provider != manifest.department {
        let text = format!(
            "`{}` is provided by department `{}`",
            item.code, item.provider
        );
        return Err(No::rejected("item", "not-provider", text));
    }
    if record.disclosure > item.disclosure {
        let text = "claims a wider disclosure class than the catalogue allows for the item";
        return Err(No::rejected("disclosure", "too-wide", text));
    }
    if item.adverse && record.basis.is_empty() {
        let text = "an adverse record cites at least one legal basis";
        return Err(No::rejected("basis", "missing", text));
    }
    if record.duty.trim().is_empty() {
        let text = "name the duty under which the record was made or obtained (履行职责)";
        return Err(No::rejected("duty", "missing", text));
    }
    Ok(())
}

/// Whether a statement makes a new version of what is known.
fn follows(
    known: &Standing,
    subject: SubjectId,
    digest: ContentDigest,
    revised_at: Option<DateTime>,
) -> Result<(), No> {
    if known.digest == Some(digest) {
        return Err(No::duplicate("known", "nothing new"));
    }
    if known.ended {
        let text = "the record has ended, and what has ended does not return by itself";
        return Err(No::quarantined("ended", text));
    }
    if known.subject != subject {
        let text = "the record of this key is about another subject; a person has to look";
        return Err(No::quarantined("other-subject", text));
    }
    if revised_at.is_some() && revised_at < known.revised_at {
        return Err(No::duplicate("older", "an older version than the one held"));
    }
    Ok(())
}

/// Fields in whose text a person is named by token: facts about a person.
fn fields_with_tokens(record: &CreditRecord) -> Vec<String> {
    let mut fields: BTreeMap<&str, ()> = BTreeMap::new();
    for fact in &record.facts {
        if let Value::Text(text) = &fact.value
            && persons::tokens_in(text).next().is_some()
        {
            fields.insert(&fact.field, ());
        }
    }
    fields.into_keys().map(str::to_owned).collect()
}
