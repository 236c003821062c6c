//! The rows as the rest of the house sees them: opened, typed, plain.
//!
//! Comes in and goes out: values, between this crate and its callers; `Serialize`
//! so that the command line and the API can show them. Always holds: a row with
//! `changes` carries the count it was read with, and an update is refused if the
//! count has moved since. Deliberately absent: how they lie in the database. The
//! audit log commits to the rows as stored, sealed columns as their envelopes
//! (`objects`), never to these.

use credence_audit::ObjectRef;
use credence_domain::{
    case::{CaseState, Initiation},
    catalogue::SubjectKind,
    gates::Receipt,
    ids::{
        ArrivalId, CallId, CaseId, DeliveryId, EventId, NoticeId, ObjectionId, OrderId, RecordId,
        SubjectId, TokenId,
    },
    objection::{Door, Ground, Objection},
    order::{Order, Terms},
    record::{CreditRecord, Ending, Exit, Feedback, Statement},
    step::{Step, Verb},
    stop::Stop,
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// A code that an organization is bound by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// The scheme's code, such as `uscc`.
    pub scheme: String,
    /// In its normal form.
    pub value: String,
    /// First day of its use, where known.
    pub from: Option<Date>,
    /// First day on which it was no longer in use; `None`: in use.
    pub until: Option<Date>,
}

/// What became of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectEvent {
    /// First day of the state.
    pub on: Date,
    /// `registered`, `revoked`, `deregistered`, `merged` or `divided`.
    pub state: String,
    /// Codes of those who took over.
    pub successors: Vec<String>,
}

/// An organization or a natural person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectRow {
    /// Its id.
    pub id: SubjectId,
    /// Which of the two.
    pub kind: SubjectKind,
    /// Code of its region, where known.
    pub region: Option<String>,
    /// Its name, for people to read; organizations only.
    pub name: Option<String>,
    /// Whether records may be bound to it: false for a person whose number
    /// breaks a rule of GB 11643.
    pub bindable: bool,
    /// Its codes, under whichever id they were learned; organizations only.
    pub codes: Vec<Code>,
    /// What became of it, the oldest first; organizations only.
    pub events: Vec<SubjectEvent>,
    /// The subject that stands for it, where it turned out to be another one.
    pub same_as: Option<SubjectId>,
    /// Subjects that turned out to be the same as the one that stands for it.
    pub aliases: Vec<SubjectId>,
    /// Since when it is in the register.
    pub created_at: Timestamp,
}

/// One delivery of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// The plugin that reads it.
    pub plugin: String,
    /// Name of the feed.
    pub feed: String,
    /// Name of the file or message.
    pub name: String,
    /// The department it came from.
    pub department: String,
    /// Its region.
    pub region: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The same in China.
    pub received_on: Date,
}

/// What one chunk of a delivery gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChunkRow {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Counted from 1.
    pub number: u32,
    /// Number of its first row in the delivery.
    pub first_row: u32,
    /// Rows finished in it.
    pub rows: u32,
    /// Bytes of the delivery's text, decoded and in UTF-8, up to the end of it.
    pub reached: u64,
    /// No further chunk follows.
    pub last: bool,
    /// Code of the reason for which the rest of the delivery was set aside.
    pub stopped: Option<String>,
    /// New records.
    pub recorded: u32,
    /// New versions of known records.
    pub revised: u32,
    /// Records ended.
    pub ended: u32,
    /// Lines that answered an order.
    pub acknowledged: u32,
    /// Lines that said nothing new.
    pub duplicates: u32,
    /// Lines refused.
    pub rejected: u32,
    /// Lines kept for a person to look at.
    pub quarantined: u32,
    /// The call that read it.
    pub call: Option<CallId>,
    /// Root (hex) over every row that was written in its set.
    pub rows_root: String,
    /// When it was committed.
    pub committed_at: Timestamp,
}

/// What became of the rows of a delivery, all its chunks together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryTotals {
    /// Chunks read.
    pub chunks: u64,
    /// Rows finished.
    pub rows: u64,
    /// New records.
    pub recorded: u64,
    /// New versions of known records.
    pub revised: u64,
    /// Records ended.
    pub ended: u64,
    /// Lines that answered an order.
    pub acknowledged: u64,
    /// Lines that said nothing new.
    pub duplicates: u64,
    /// Lines refused.
    pub rejected: u64,
    /// Lines kept for a person to look at.
    pub quarantined: u64,
    /// Nothing is left to read.
    pub finished: bool,
    /// Code of the reason for which the rest was set aside.
    pub stopped: Option<String>,
}

/// By which way a file arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalSource {
    /// A watched folder.
    Folder,
    /// An upload.
    Upload,
    /// A scheduled pull.
    Pull,
}

/// What became of a file that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalState {
    /// It is read when it is due.
    Waiting,
    /// It was read to its end.
    Read,
    /// It cannot be read, or nothing of it was good.
    Failed,
}

/// A file that arrived by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArrivalRow {
    /// Its id.
    pub id: ArrivalId,
    /// The plugin whose feed it is.
    pub plugin: String,
    /// Name of the feed.
    pub feed: String,
    /// By which way it came.
    pub source: ArrivalSource,
    /// What the sender calls it.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// The token that it was uploaded with.
    pub token: Option<TokenId>,
    /// What became of it.
    pub state: ArrivalState,
    /// When it is read, or tried again; while it waits.
    pub due_at: Option<Timestamp>,
    /// How often the house failed at it.
    pub tries: u32,
    /// The delivery that it is read as, from the moment that one is opened.
    pub delivery: Option<DeliveryId>,
    /// The code of what was wrong, for the sender.
    pub fault_code: Option<String>,
    /// Why it was put off or failed. May quote the feed.
    pub fault: Option<String>,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// A token by which a department's system uploads into one feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    /// Its id. The token itself was shown once and is not kept.
    pub id: TokenId,
    /// The plugin.
    pub plugin: String,
    /// Name of the feed that it opens.
    pub feed: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// By whom (pseudonym).
    pub issued_by: String,
    /// Until when it may be used.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub revoked_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// Where a feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedStateRow {
    /// The plugin.
    pub plugin: String,
    /// Name of the feed.
    pub feed: String,
    /// When the alarm was raised that nothing comes any more.
    pub quiet_at: Option<Timestamp>,
    /// When it is pulled next.
    pub pull_due_at: Option<Timestamp>,
    /// Pulls that failed in a row.
    pub pull_failures: u32,
    /// Why the last one did.
    pub pull_fault: Option<String>,
    /// When the last one was made.
    pub pulled_at: Option<Timestamp>,
    /// What the department's system called the delivery that it gave last.
    pub etag: Option<String>,
    /// Which bytes it gave last ([`crate::Read::pulled_digest`]), whatever became of
    /// them.
    pub pulled: Option<[u8; 32]>,
    /// How often it has changed; `None`: it was never written.
    pub changes: Option<u32>,
}

/// A line of a delivery that made no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineRow {
    /// The chunk it stands in.
    pub chunk: u32,
    /// Its place in the chunk.
    pub place: u32,
    /// Number of the row in the delivery.
    pub row: u32,
    /// What became of it, when it was tried last.
    pub kind: crate::LineKind,
    /// The column at fault.
    pub field: Option<String>,
    /// Code of the rule; empty where it is settled.
    pub rule: String,
    /// For the clerk. May name a person where a plugin broke its word.
    pub text: String,
    /// What it stated, where it was kept to be tried again.
    pub statement: Option<Statement>,
    /// The audit entry that covers what became of it.
    pub entry: EventId,
}

/// Whether a record is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// As last stated.
    Current,
    /// Ended; it does not return.
    Ended,
}

/// A credit record as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordRow {
    /// Whom it is about.
    pub subject: SubjectId,
    /// Its id.
    pub id: RecordId,
    /// Number of its newest version, endings counted.
    pub version: u32,
    /// Number of the version whose content this is.
    pub stated_version: u32,
    /// Whether it is in use.
    pub state: RecordState,
    /// The plugin that brought it.
    pub plugin: String,
    /// The department.
    pub department: String,
    /// Its region.
    pub region: String,
    /// What it states.
    pub record: CreditRecord,
    /// How it ended.
    pub ending: Option<Ending>,
    /// The delivery of that content.
    pub delivery: Option<DeliveryId>,
    /// And the row in it.
    pub row: u32,
    /// When that content was recorded.
    pub recorded_at: Timestamp,
    /// The audit entry that covers that content.
    pub entry: EventId,
}

/// A joint case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    /// Against or in favour of whom.
    pub subject: SubjectId,
    /// Its id.
    pub id: CaseId,
    /// Its number, for people.
    pub number: String,
    /// The department that initiates.
    pub department: String,
    /// Its region.
    pub region: String,
    /// The record it rests on.
    pub record: RecordId,
    /// The version of that record which the official saw.
    pub record_version: u32,
    /// Where it stands.
    pub state: CaseState,
    /// Who opened it, and on what.
    pub initiation: Initiation,
    /// Why no order could be made of it.
    pub refusal: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The same in China.
    pub opened_on: Date,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// A notice to the subject (告知书).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeRow {
    /// To whom.
    pub subject: SubjectId,
    /// Its id.
    pub id: NoticeId,
    /// In which case.
    pub case: CaseId,
    /// The department that gives it.
    pub department: String,
    /// Its region.
    pub region: String,
    /// Its words.
    pub text: String,
    /// How and when it reached the subject.
    pub receipt: Option<Receipt>,
    /// What proves the receipt: number of the return slip, page, witness.
    pub proof: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// The same in China.
    pub made_on: Date,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// One measure, one subject, one department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    /// Against or in favour of whom.
    pub subject: SubjectId,
    /// Its id.
    pub id: OrderId,
    /// In which case.
    pub case: CaseId,
    /// The department that carries it out.
    pub department: String,
    /// Its region.
    pub region: String,
    /// The plugin that speaks to it.
    pub plugin: String,
    /// What the department is told; code of the measure and days stand in it.
    pub terms: Terms,
    /// What it knows: where it stands, the step under way, why it has to end.
    #[serde(flatten)]
    pub course: Order,
    /// The department's latest reference.
    pub reference: Option<String>,
    /// When it was made.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// One thing asked of the department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Against or in favour of whom.
    pub subject: SubjectId,
    /// Of which order.
    pub order: OrderId,
    /// Its number in the order, from 1.
    pub number: u32,
    /// Its key, which the department receives.
    pub key: String,
    /// The department that is asked.
    pub department: String,
    /// Its region.
    pub region: String,
    /// What is asked.
    pub verb: Verb,
    /// Where it stands.
    pub state: Step,
    /// First day of the new state.
    pub effective_on: Date,
    /// Reason in words, for a later step.
    pub note: Option<String>,
    /// The way out, for a lift.
    pub exit: Option<Exit>,
    /// Calls made in the present stretch of acting or asking.
    pub attempt: u32,
    /// The worker that holds it.
    pub claimed_by: Option<String>,
    /// Until when that worker may hold it.
    pub lease_until: Option<Timestamp>,
    /// The latest call on it.
    pub call: Option<CallId>,
    /// What the department answered last.
    pub feedback: Option<Feedback>,
    /// An answer that came after the step had ended and says otherwise: a person
    /// looks into it.
    pub contradicted: Option<Feedback>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// An objection against a record, and so against every order that rests on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectionRow {
    /// Whose record it is.
    pub subject: SubjectId,
    /// Its id.
    pub id: ObjectionId,
    /// The record that is said to be wrong.
    pub record: RecordId,
    /// In which case it came up.
    pub case: CaseId,
    /// The order objected to, where it is about one.
    pub order: Option<OrderId>,
    /// The department that provides the record and has to answer.
    pub department: String,
    /// Its region.
    pub region: String,
    /// By which door it came in.
    pub door: Door,
    /// What is said to be wrong.
    pub ground: Ground,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub objection: Objection,
    /// Who answered or decided last (pseudonym).
    pub settled_by: Option<String>,
    /// When it came in.
    pub raised_at: Timestamp,
    /// The same in China.
    pub raised_on: Date,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// A department that is paused, or a measure that is stopped; or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopRow {
    /// What it keeps from being made.
    #[serde(flatten)]
    pub stop: Stop,
    /// Whether it holds now.
    pub on: bool,
    /// Why it was set or undone last.
    pub reason: String,
    /// By whom (pseudonym).
    pub set_by: String,
    /// When.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

/// Whether a revision of a plugin takes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionState {
    /// Admitted and not yet in use.
    Installed,
    /// Takes calls; at most one of a plugin.
    Active,
    /// Was in use before.
    Retired,
    /// Takes no calls any more, ever.
    Revoked,
}

/// One revision of a plugin, with what it was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionRow {
    /// Name of the plugin.
    pub plugin: String,
    /// Digest of the component.
    pub digest: String,
    /// Its version.
    pub version: String,
    /// The department it speaks for.
    pub department: String,
    /// The contract it was built for.
    pub contract: String,
    /// Whether it takes calls.
    pub state: RevisionState,
    /// Its manifest, as packed.
    pub manifest: String,
    /// What the operator granted.
    pub grant: serde_json::Value,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// By whom (pseudonym).
    pub installed_by: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it has changed.
    pub changes: u32,
}

macro_rules! objects {
    ($($row:ident: $kind:literal, $self:ident => $id:expr;)*) => {$(
        impl $row {
            /// The row's name in the audit log.
            pub fn object(&$self) -> ObjectRef {
                ObjectRef::new($kind, $id)
            }
        }
    )*};
}

objects! {
    SubjectRow: "subject", self => self.id.to_string();
    DeliveryRow: "delivery", self => self.id.to_string();
    ChunkRow: "chunk", self => format!("{}/{}", self.delivery, self.number);
    ArrivalRow: "arrival", self => self.id.to_string();
    TokenRow: "token", self => self.id.to_string();
    FeedStateRow: "feed", self => format!("{}/{}", self.plugin, self.feed);
    RecordRow: "record", self => self.id.to_string();
    CaseRow: "case", self => self.id.to_string();
    NoticeRow: "notice", self => self.id.to_string();
    OrderRow: "order", self => self.id.to_string();
    StepRow: "step", self => self.key.clone();
    ObjectionRow: "objection", self => self.id.to_string();
    StopRow: "stop", self => self.stop.name();
    RevisionRow: "revision", self => format!("{}@{}", self.plugin, self.digest);
}
