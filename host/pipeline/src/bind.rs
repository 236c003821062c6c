//! From statements to records: each line is held against the catalogue and the
//! register and becomes a record, a new version, an ending, or a line with the
//! reason why not.
//!
//! Comes in: checked lines of one chunk, or lines that waited, and what the store
//! knows. Goes out: what to commit. Always holds: a record is bound by identifier
//! only (I7); a row that cannot be bound to exactly one subject is quarantined
//! with the reason and with what it waits for; what the collection catalogue does
//! not list is not kept (I5, requirement 3). Deliberately absent: whom codes lead
//! to, which the domain's register decides.

use crate::{
    acknowledge::Acknowledged,
    error::PipelineError,
    house::{Actor, House},
};
use credence_domain::{
    catalogue::{Item, SubjectKind, forbidden_field},
    disclosure::class_of,
    identifier::{Identifier, Scheme},
    ids::{DeliveryId, RecordId, SubjectId},
    record::{Acknowledgement, CreditRecord, Ending, Line, Rejection, Statement, Value},
    register::{Claims, Lessons, NewOrganization, Reason, Register, Resolution, Whom, with_inner},
    version::{self, Arrival, Fate, Known, Past},
};
use credence_plugin_host::persons;
use credence_store::{
    Awaited, BoundPerson, ContentDigest, DeliveryRow, EndRecord, KnownRecord, LineKind, NewLine,
    NewVersion, Read, RecordState, Write,
};
use jiff::{Timestamp, civil::DateTime};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What lines came to, ready to be committed.
#[derive(Default)]
pub(crate) struct Bound {
    /// What the register is taught, and whose codes that touches.
    pub(crate) lessons: Lessons,
    pub(crate) touched: BTreeSet<Identifier>,
    pub(crate) records: Vec<NewVersion>,
    pub(crate) endings: Vec<EndRecord>,
    /// Answers to orders, each with the place of its line among `lines`. Whether their
    /// keys are known is for `House::acknowledge_lines` to say.
    pub(crate) answers: Vec<(usize, u32, Acknowledgement)>,
    /// One for each line that came in, in their order; `None` made its record.
    pub(crate) lines: Vec<Option<NewLine>>,
    /// Fields that the catalogue's item does not list: taken out of the records.
    pub(crate) fields_set_aside: BTreeSet<String>,
}

/// A line that makes no record, and why.
struct No {
    kind: LineKind,
    field: Option<String>,
    rule: &'static str,
    text: String,
    waits_for: BTreeSet<Awaited>,
}

impl No {
    fn rejected(field: &str, rule: &'static str, text: impl Into<String>) -> Self {
        let field = Some(field.to_owned());
        Self {
            kind: LineKind::Rejected,
            field,
            rule,
            text: text.into(),
            waits_for: BTreeSet::new(),
        }
    }

    fn quarantined(rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind: LineKind::Quarantined,
            field: None,
            rule,
            text: text.into(),
            waits_for: BTreeSet::new(),
        }
    }

    fn unresolved(reason: &Reason, asked: BTreeSet<Identifier>) -> Self {
        Self {
            waits_for: asked.into_iter().map(Awaited::Code).collect(),
            ..Self::quarantined(reason.rule(), reason.to_string())
        }
    }

    fn duplicate(rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind: LineKind::Duplicate,
            field: None,
            rule,
            text: text.into(),
            waits_for: BTreeSet::new(),
        }
    }
}

/// Where a statement stands: when its delivery arrived, which one it is, and the
/// row.
type Place = (Timestamp, DeliveryId, u32);

/// Whether something was stated before something else.
fn is_before((at, delivery, row): Place, (other_at, other, other_row): Place) -> bool {
    match delivery == other {
        true => row < other_row,
        false => at < other_at,
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
    stated: Option<Place>,
}

impl Standing {
    /// What a statement means for this record. Whose it is, the register says.
    fn arrival(
        &self,
        digest: ContentDigest,
        revised_at: Option<DateTime>,
        stated_before: bool,
    ) -> Arrival {
        let known = Known {
            subject: self.subject,
            version: self.version,
            digest: self.digest,
            revised_at: self.revised_at,
            // The store keeps that it ended, and not what that did with the past.
            ended: self.ended.then_some(Past::Stands),
        };
        version::recorded(
            Some(&known),
            self.subject,
            &Some(digest),
            revised_at,
            stated_before,
        )
    }
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
            stated: known.stated,
        }
    }
}

struct Binder<'h> {
    house: &'h House,
    delivery: &'h DeliveryRow,
    register: Register,
    persons: HashMap<String, BoundPerson>,
    /// Tokens that stand under an organization's scheme: whether the number behind
    /// them passes for a code as well.
    behind: HashMap<String, bool>,
    records: HashMap<String, Standing>,
    bound: Bound,
}

/// Binds lines of one delivery. Reads in the transaction that will commit them.
pub(crate) async fn bind(
    house: &House,
    delivery: &DeliveryRow,
    read: &mut Read<'_>,
    lines: Vec<Line>,
) -> Result<Bound, PipelineError> {
    let mut binder = Binder {
        house,
        delivery,
        register: Register::default(),
        persons: HashMap::new(),
        behind: HashMap::new(),
        records: HashMap::new(),
        bound: Bound::default(),
    };
    binder.look_up(read, &lines).await?;
    for line in lines {
        let line = binder.line(line)?;
        binder.bound.lines.push(line);
    }
    let Binder {
        mut bound,
        register,
        ..
    } = binder;
    bound.touched = bound.lessons.touched(&register);
    Ok(bound)
}

impl House {
    /// Hands the answers among the lines to the steps they are for, in the
    /// transaction that commits the lines. One whose key was never given to this
    /// department becomes a line that a person looks at. Gives how many were taken.
    pub(crate) async fn acknowledge_lines(
        &self,
        write: &mut Write<'_>,
        delivery: &DeliveryRow,
        bound: &mut Bound,
        actor: &Actor,
    ) -> Result<u32, PipelineError> {
        let answers = std::mem::take(&mut bound.answers);
        if answers.is_empty() {
            return Ok(0);
        }
        let told: Vec<_> = answers
            .iter()
            .map(|(_, _, answer)| answer.clone())
            .collect();
        let became = self
            .acknowledge(write, &delivery.department, &told, actor)
            .await?;
        let mut taken = 0;
        for ((place, row, answer), became) in answers.into_iter().zip(became) {
            match became {
                Acknowledged::Taken => taken += 1,
                Acknowledged::UnknownKey => bound.lines[place] = Some(unknown_key(row, answer)),
            }
        }
        Ok(taken)
    }
}

fn unknown_key(row: u32, answer: Acknowledgement) -> NewLine {
    NewLine {
        row,
        kind: LineKind::Quarantined,
        field: None,
        rule: "unknown-key".to_owned(),
        text: "编号与下达本部门的任何措施均不相符，请核对 / no order with this key was given to \
               this department; compare it with the order"
            .to_owned(),
        statement: Some(Statement::Acknowledged(answer)),
        waits_for: BTreeSet::new(),
    }
}

impl<'h> Binder<'h> {
    /// Everything that the lines may need, in a few queries.
    async fn look_up(&mut self, read: &mut Read<'_>, lines: &[Line]) -> Result<(), PipelineError> {
        let plugin = &self.delivery.plugin;
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
                            Some(scheme) => {
                                let code = Identifier::parse(scheme, value).ok();
                                codes.extend(code.into_iter().flat_map(with_inner));
                            }
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
            let may_be_code = Identifier::parse(Scheme::Uscc, number.expose()).is_ok();
            self.behind.insert(token, may_be_code);
        }
        self.register = read.register(&codes).await?;
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

    /// What becomes of a line; `None`: its record.
    fn line(&mut self, line: Line) -> Result<Option<NewLine>, PipelineError> {
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
                let place = self.bound.lines.len();
                self.bound.answers.push((place, row, answer));
                None
            }
            Statement::Rejected(Rejection { field, rule, text }) => {
                return Ok(Some(NewLine {
                    row,
                    kind: LineKind::Rejected,
                    field,
                    rule,
                    text,
                    statement: None,
                    waits_for: BTreeSet::new(),
                }));
            }
        };
        Ok(refused.map(|(no, statement)| NewLine {
            row,
            kind: no.kind,
            field: no.field,
            rule: no.rule.to_owned(),
            text: no.text,
            // Only what waits to be tried again is kept whole.
            statement: statement.filter(|_| no.kind == LineKind::Quarantined),
            waits_for: no.waits_for,
        }))
    }

    fn recorded(
        &mut self,
        row: u32,
        mut record: CreditRecord,
    ) -> Result<Option<No>, PipelineError> {
        let claims = self.claims(&record);
        let item = match self.item(&record.item, claims.whom().ok().as_ref()) {
            Ok(item) => item,
            Err(no) => return Ok(Some(no)),
        };
        if let Err(no) = held_against(item, &record, &self.delivery.department) {
            return Ok(Some(no));
        }
        record.facts.retain(|fact| {
            let listed = item.fields.contains(&fact.field);
            if !listed {
                self.bound.fields_set_aside.insert(fact.field.clone());
            }
            listed
        });
        let (known, new) = match self.subject(&claims, &record) {
            Ok(resolved) => resolved,
            Err(no) => return Ok(Some(no)),
        };
        let subject = known.map_or_else(|| self.house.new_id(), Ok)?;
        let name = record.subject.name.clone();
        let refused = self.version(row, subject, &claims, record)?;
        if refused.is_none() {
            self.learn(subject, new, name);
        }
        Ok(refused)
    }

    /// What the identifiers of a row claim. A scheme that the register does not
    /// bind by claims nothing.
    fn claims(&self, record: &CreditRecord) -> Claims {
        let mut claims = Claims::default();
        for identifier in &record.subject.identifiers {
            let value = identifier.value.as_str();
            if identifier.scheme == "person" {
                let known = self.persons.get(value);
                let behind = known.map(|person| person.subject);
                claims.person(behind, known.is_some_and(|person| person.bindable));
            } else if let Some(scheme) = Scheme::of_organization(&identifier.scheme) {
                match self.behind.get(value) {
                    Some(may_be_code) => claims.masked(*may_be_code),
                    None => claims.code(scheme, value),
                }
            }
        }
        claims
    }

    /// The item as the directory in force today has it: that of persons or that of
    /// organizations. A row that names neither is held against either, so that
    /// nothing forbidden waits in quarantine.
    fn item(&self, code: &str, whom: Option<&Whom>) -> Result<&'h Item, No> {
        let today = self.house.today();
        let of = |directory| self.house.catalogue.item(code, directory, today);
        let (persons, organizations) = (of(SubjectKind::Person), of(SubjectKind::Organization));
        let (item, kind) = match whom {
            Some(Whom::Organization(_)) => (organizations, SubjectKind::Organization),
            Some(Whom::Person(_)) => (persons, SubjectKind::Person),
            None => (persons.or(organizations), SubjectKind::Person),
        };
        item.ok_or_else(|| match persons.or(organizations) {
            None => {
                let text = format!("`{code}` is not in the collection catalogue (征集目录)");
                No::rejected("item", "not-in-catalogue", text)
            }
            Some(_) => {
                let text = format!("`{code}` may not be collected about a {}", kind.code());
                No::rejected("item", "subject-kind", text)
            }
        })
    }

    /// The one subject that a row claims, `None` where the register does not have
    /// it yet, and the codes that are new of it.
    fn subject(
        &self,
        claims: &Claims,
        record: &CreditRecord,
    ) -> Result<(Option<SubjectId>, BTreeSet<Identifier>), No> {
        match self.register.resolve(claims, record.decision.decided_on) {
            Resolution::One { subject, new } => Ok((Some(subject), new)),
            Resolution::New(codes) => Ok((None, codes)),
            Resolution::Quarantine(reason) => Err(self.unresolved(&reason, claims)),
        }
    }

    /// A line that waits for what the register has of its codes.
    fn unresolved(&self, reason: &Reason, claims: &Claims) -> No {
        No::unresolved(reason, self.register.asked(claims.codes()))
    }

    /// Takes what a row taught into the register, once the row itself stands.
    fn learn(&mut self, subject: SubjectId, new: BTreeSet<Identifier>, name: Option<String>) {
        if self.register.organization(subject).is_none() && !new.is_empty() {
            self.bound.lessons.organizations.push(NewOrganization {
                id: subject,
                name,
                region: Some(self.house.region.clone()),
            });
        }
        self.register
            .learn_from_feed(subject, new, &mut self.bound.lessons);
    }

    /// A first version, a further one, or nothing new.
    fn version(
        &mut self,
        row: u32,
        subject: SubjectId,
        claims: &Claims,
        record: CreditRecord,
    ) -> Result<Option<No>, PipelineError> {
        let place = (self.delivery.received_at, self.delivery.id, row);
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
                stated: Some(place),
            },
            Some(known) => {
                let before = known.stated.is_some_and(|held| is_before(place, held));
                let arrival = known.arrival(digest, record.revised_at, before);
                let version = match kept(arrival) {
                    Ok(version) => version,
                    Err(no) => return Ok(Some(no)),
                };
                if let Err(reason) = self.register.stays(known.subject, subject) {
                    return Ok(Some(self.unresolved(&reason, claims)));
                }
                Standing {
                    version,
                    digest: Some(digest),
                    revised_at: record.revised_at,
                    stated: Some(place),
                    ..known.clone()
                }
            }
        };
        self.bound.records.push(NewVersion {
            // A record keeps the subject that it was first written with.
            subject: standing.subject,
            id: standing.id,
            version: standing.version,
            row,
            department: self.delivery.department.clone(),
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
            return Some(No {
                waits_for: BTreeSet::from([Awaited::Record {
                    plugin: self.delivery.plugin.clone(),
                    source_ref: ending.source_ref,
                }]),
                ..No::quarantined("unknown-record", text)
            });
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
            department: self.delivery.department.clone(),
            region: self.house.region.clone(),
            ending,
        });
        None
    }
}

/// What the catalogue asks of a record of this item.
fn held_against(item: &Item, record: &CreditRecord, department: &str) -> Result<(), No> {
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
    if item.provider != department {
        let text = format!(
            "`{}` is provided by department `{}`",
            item.code, item.provider
        );
        return Err(No::rejected("item", "not-provider", text));
    }
    class_of(record.disclosure, item.disclosure)
        .map_err(|refusal| No::rejected("disclosure", "too-wide", refusal.en))?;
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

/// The number of the version that a line makes, or why it makes none.
fn kept(arrival: Arrival) -> Result<u32, No> {
    match arrival.fate() {
        Fate::Kept(version) => Ok(version),
        Fate::Duplicate(why) => Err(No::duplicate(why.rule, why.en)),
        Fate::Quarantined(why) => Err(No::quarantined(why.rule, why.en)),
    }
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
