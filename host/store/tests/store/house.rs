//! A furnished house in a temporary directory, and one story told in it: a feed,
//! a record of an organization and one of a person, a case, a notice, an order, a
//! step, a call.

use credence_audit::{Fact, NoteSigner, ObjectRef};
use credence_domain::{
    case::{CaseState, Initiation},
    identifier::{Identifier, Scheme},
    ids::{CallId, CaseId, DeliveryId, NoticeId, OrderId, RecordId, SubjectId},
    order::{Ends, Order, OrderState, Terms, case_number, step_key},
    record::{
        Authority, Citation, ClaimedIdentifier, CreditRecord, Decision, Disclosure, Fact as Field,
        Party, SubjectClaim, Value,
    },
    register::{Lessons, NewOrganization, with_inner},
    step::{Step, Verb},
};
use credence_store::{
    Awaited, CaseRow, ChunkCommit, CloseCall, EventDraft, KeyRing, LineKind, NamedText,
    NewDelivery, NewLine, NewVersion, NoticeRow, OpenCall, OrderRow, RevisionRow, RevisionState,
    StepRow, Store, VerifyReport,
};
use jiff::{SignedDuration, Timestamp, civil::date};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use tempfile::TempDir;
use uuid::Uuid;

/// Stands for what must never lie bare in the file.
pub(crate) const NAME_CANARY: &str = "欧阳金丝雀";
/// A number that fits GB 11643 (the example printed there).
pub(crate) const NUMBER: &str = "11010519491231002X";
/// One that does not: the check character is wrong.
pub(crate) const MISTYPED: &str = "110105194912310021";

pub(crate) const ORGANIZATION: SubjectId = SubjectId(Uuid::from_u128(0xA));
pub(crate) const CASE: CaseId = CaseId(Uuid::from_u128(0xC));
pub(crate) const NOTICE: NoticeId = NoticeId(Uuid::from_u128(0xE));
pub(crate) const ORDER: OrderId = OrderId(Uuid::from_u128(0xD));
pub(crate) const CALL: CallId = CallId(Uuid::from_u128(0xCA));
pub(crate) const DELIVERY: DeliveryId = DeliveryId(Uuid::from_u128(0xDE));
pub(crate) const RECORD: RecordId = RecordId(Uuid::from_u128(0x12));
pub(crate) const PERSON_RECORD: RecordId = RecordId(Uuid::from_u128(0x13));

pub(crate) struct House {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) signer: NoteSigner,
}

impl House {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("credence.db"), keys())
            .await
            .unwrap();
        let signer = keys().log_signer("credence.example/log").unwrap();
        Self { dir, store, signer }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("credence.db")
    }

    pub(crate) fn outside(&self) -> PathBuf {
        self.dir.path().join("checkpoint")
    }

    /// Seals until nothing is pending. Gives the size of the log.
    pub(crate) async fn seal_all(&self) -> u64 {
        while self
            .store
            .seal_batch(&self.signer, &self.outside())
            .await
            .unwrap()
            .is_some()
        {}
        self.store
            .read()
            .await
            .unwrap()
            .log_head()
            .await
            .unwrap()
            .size
    }

    pub(crate) async fn verify(&self) -> VerifyReport {
        let outside = std::fs::read_to_string(self.outside()).ok();
        let verifier = self.signer.verifier();
        let report = self.store.verify(&verifier, outside.as_deref());
        report.await.unwrap()
    }

    /// A second connection, as an attacker with the file would have.
    pub(crate) async fn raw(&self) -> SqliteConnection {
        let url = format!("sqlite://{}", self.database().display());
        SqliteConnection::connect(&url).await.unwrap()
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let mut raw = self.raw().await;
        sqlx::query(AssertSqlSafe(sql))
            .fetch_one(&mut raw)
            .await
            .unwrap()
            .get(0)
    }
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::from_bytes(&[1; 32], &[2; 32])
}

/// 2026-11-23 04:00:00 UTC, noon in China, and so many seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-23T04:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

pub(crate) fn event(kind: &str, seconds: i64) -> EventDraft {
    EventDraft {
        kind: kind.to_owned(),
        at: at(seconds),
        actor: "clerk-7".to_owned(),
        role: "department-user".to_owned(),
        purpose: None,
        plugin: None,
        call: None,
        detail: BTreeMap::from([("test".to_owned(), Fact::from(true))]),
    }
}

pub(crate) fn by_call(kind: &str, seconds: i64) -> EventDraft {
    EventDraft {
        call: Some(CALL),
        ..event(kind, seconds)
    }
}

pub(crate) fn uscc() -> Identifier {
    Identifier::parse(Scheme::Uscc, "G1610000713522976L").unwrap()
}

/// Of an organization that the story does not know.
pub(crate) fn registration() -> Identifier {
    Identifier::parse(Scheme::RegistrationNumber, "330200400070010").unwrap()
}

pub(crate) fn decision() -> Decision {
    Decision {
        authority: Authority {
            name: "福建省税务局".to_owned(),
            uscc: None,
        },
        number: Some("闽税罚〔2026〕1号".to_owned()),
        decided_on: date(2026, 11, 2),
    }
}

/// A record about whoever `scheme` and `value` name, with one party.
pub(crate) fn credit_record(source_ref: &str, scheme: &str, value: &str) -> CreditRecord {
    let claim = |scheme: &str, value: &str| SubjectClaim {
        name: (scheme == "person").then(|| NAME_CANARY.to_owned()),
        identifiers: vec![ClaimedIdentifier {
            scheme: scheme.to_owned(),
            value: value.to_owned(),
        }],
    };
    let field = |field: &str, text: &str| Field {
        field: field.to_owned(),
        value: Value::Text(text.to_owned()),
    };
    CreditRecord {
        source_ref: source_ref.to_owned(),
        revised_at: Some(date(2026, 11, 3).at(9, 30, 0, 0)),
        item: "TAX-PENALTY".to_owned(),
        subject: claim(scheme, value),
        parties: vec![Party {
            role: "legal-representative".to_owned(),
            subject: claim("person", "Z0000000000000TEST"),
        }],
        disclosure: Disclosure::Public,
        provider: None,
        duty: "税收征管".to_owned(),
        decision: decision(),
        basis: vec![Citation {
            code: None,
            text: "《税收征收管理法》第六十三条".to_owned(),
        }],
        listing: None,
        valid_from: None,
        valid_until: Some(date(2029, 11, 1)),
        published_until: None,
        facts: vec![
            field("CF_WFXW", "偷税"),
            field("CF_FDDBR", NAME_CANARY),
            field("CF_NR", "罚款"),
        ],
    }
}

pub(crate) fn version(
    store: &Store,
    subject: SubjectId,
    id: RecordId,
    record: CreditRecord,
) -> NewVersion {
    NewVersion {
        subject,
        id,
        version: 1,
        row: 2,
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        digest: store.content_digest(&record).unwrap(),
        record,
        personal_fields: vec!["CF_FDDBR".to_owned()],
    }
}

pub(crate) fn chunk(delivery: DeliveryId, number: u32) -> ChunkCommit {
    ChunkCommit {
        delivery,
        number,
        first_row: 1,
        rows: 4,
        reached: 400,
        last: true,
        carry: String::new(),
        stopped: None,
        call: None,
        records: vec![],
        endings: vec![],
        acknowledged: 0,
        lines: vec![],
    }
}

pub(crate) fn new_delivery(id: DeliveryId) -> NewDelivery {
    NewDelivery {
        id,
        plugin: "tax".to_owned(),
        feed: "penalties".to_owned(),
        name: format!("{NAME_CANARY}.json"),
        digest: [7; 32],
        department: "tax".to_owned(),
        region: "350000".to_owned(),
    }
}

pub(crate) fn revision() -> RevisionRow {
    RevisionRow {
        plugin: "tax".to_owned(),
        digest: "sha256:aa".to_owned(),
        version: "1.0.0".to_owned(),
        department: "tax".to_owned(),
        contract: "0.1.0".to_owned(),
        state: RevisionState::Active,
        manifest: "name = \"tax\"".to_owned(),
        grant: serde_json::json!({"destinations": ["tax-office"]}),
        installed_at: at(0),
        installed_by: "operator-1".to_owned(),
        updated_at: at(0),
        changes: 0,
    }
}

pub(crate) fn case(subject: SubjectId, id: CaseId, record: RecordId) -> CaseRow {
    let opened_on = date(2026, 11, 23);
    CaseRow {
        subject,
        id,
        number: case_number(id, opened_on),
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        record,
        record_version: 1,
        state: CaseState::Opened,
        initiation: Initiation {
            department: "tax".to_owned(),
            official: "official-3".to_owned(),
            decision_number: "闽税罚〔2026〕1号".to_owned(),
            measures: vec!["L-TAX-02".to_owned()],
            second_official: None,
            proofs: Vec::new(),
        },
        refusal: None,
        opened_at: at(10),
        opened_on,
        updated_at: at(10),
        changes: 0,
    }
}

pub(crate) fn notice(subject: SubjectId, id: NoticeId, case: CaseId) -> NoticeRow {
    NoticeRow {
        subject,
        id,
        case,
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        text: "告知书".to_owned(),
        receipt: None,
        proof: None,
        made_at: at(11),
        made_on: date(2026, 11, 23),
        updated_at: at(11),
        changes: 0,
    }
}

pub(crate) fn order(subject: SubjectId, id: OrderId, case: CaseId) -> OrderRow {
    OrderRow {
        subject,
        id,
        case,
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        plugin: "tax".to_owned(),
        terms: Terms {
            key: step_key(id, 1),
            case_number: "闽信联2026-0000000c".to_owned(),
            measure: "L-TAX-02".to_owned(),
            title: "纳税信用级别直接判为D级".to_owned(),
            subject: SubjectClaim {
                name: Some("某公司".to_owned()),
                identifiers: vec![],
            },
            decision: decision(),
            basis: vec![],
            starts_on: date(2026, 12, 1),
            ends_on: date(2027, 11, 30),
            parameters: vec![],
        },
        course: Order::prepared(Ends::OnDay(date(2027, 11, 30))),
        reference: None,
        opened_at: at(12),
        updated_at: at(12),
        changes: 0,
    }
}

pub(crate) fn step(subject: SubjectId, order: OrderId, number: u32) -> StepRow {
    StepRow {
        subject,
        order,
        number,
        key: step_key(order, number),
        department: "tax".to_owned(),
        region: "350000".to_owned(),
        verb: if number == 1 { Verb::Apply } else { Verb::Lift },
        state: Step::Due { at: at(20) },
        effective_on: date(2026, 12, 1),
        note: None,
        exit: None,
        attempt: 0,
        claimed_by: None,
        lease_until: None,
        call: None,
        feedback: None,
        contradicted: None,
        updated_at: at(12),
        changes: 0,
    }
}

pub(crate) fn open_call(id: CallId, subject: Option<SubjectId>, head: Vec<u8>) -> OpenCall {
    OpenCall {
        id,
        plugin: "tax".to_owned(),
        digest: "sha256:aa".to_owned(),
        contract: "0.1".to_owned(),
        function: "measures.apply".to_owned(),
        object: ObjectRef::new("step", step_key(ORDER, 1)),
        subject,
        started_at: at(20),
        head,
        step_key: Some(step_key(ORDER, 1)),
        asking: false,
    }
}

pub(crate) fn close_call(id: CallId) -> CloseCall {
    CloseCall {
        id,
        outcome: "answered".to_owned(),
        left_house: true,
        closed_at: at(21),
        record: format!("answer about {NAME_CANARY} {NUMBER}").into_bytes(),
    }
}

/// Claims a step for a worker, with the intent of its call.
pub(crate) fn claimed(step: StepRow) -> StepRow {
    StepRow {
        state: Step::Claimed { asking: false },
        attempt: 1,
        claimed_by: Some("worker-1".to_owned()),
        lease_until: Some(at(80)),
        call: Some(CALL),
        ..step
    }
}

pub(crate) fn put_file<'a>(name: &'a str, text: &'a str) -> NamedText<'a> {
    NamedText {
        plugin: "tax",
        folder: "outbox",
        name,
        place: "/srv/outbox",
        text,
    }
}

/// Tells the whole story about an organization and a person. Gives the person.
pub(crate) async fn story(house: &House) -> SubjectId {
    let person = feed(house).await;
    let store = &house.store;
    let mut write = store.begin().await.unwrap();
    write
        .insert_case(&case(ORGANIZATION, CASE, RECORD), &event("case.opened", 10))
        .await
        .unwrap();
    write
        .insert_notice(
            &notice(ORGANIZATION, NOTICE, CASE),
            &event("notice.made", 11),
        )
        .await
        .unwrap();
    write
        .insert_order(&order(ORGANIZATION, ORDER, CASE), &event("order.made", 12))
        .await
        .unwrap();
    write
        .insert_step(&step(ORGANIZATION, ORDER, 1), &event("step.made", 12))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let mut write = store.begin().await.unwrap();
    let call = open_call(CALL, Some(ORGANIZATION), vec![b'x'; 20_000]);
    write.open_call(&call).await.unwrap();
    let step = write
        .read()
        .step(&step_key(ORDER, 1))
        .await
        .unwrap()
        .unwrap();
    write
        .update_step(claimed(step), &by_call("step.claimed", 20))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let mut write = store.begin().await.unwrap();
    write
        .keep_put_file(CALL, put_file("o-1.csv", "x"), &event("file.put", 21))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let mut write = store.begin().await.unwrap();
    write.close_call(&close_call(CALL)).await.unwrap();
    let step = write
        .read()
        .step(&step_key(ORDER, 1))
        .await
        .unwrap()
        .unwrap();
    let step = StepRow {
        state: Step::Executed,
        claimed_by: None,
        lease_until: None,
        ..step
    };
    write
        .update_step(step, &by_call("step.executed", 21))
        .await
        .unwrap();
    let order = write.read().order(ORDER).await.unwrap().unwrap();
    let order = OrderRow {
        course: Order {
            state: OrderState::InForce,
            ..order.course
        },
        reference: Some("T-1".to_owned()),
        ..order
    };
    write
        .update_orders(vec![(order, by_call("order.in-force", 21))])
        .await
        .unwrap();
    write.commit().await.unwrap();
    person
}

/// The first half of the story: what a feed brings.
async fn feed(house: &House) -> SubjectId {
    let store = &house.store;
    let mut write = store.begin().await.unwrap();
    write
        .insert_revision(&revision(), &event("plugin.activated", 0))
        .await
        .unwrap();
    let numbers = [NUMBER.to_owned(), MISTYPED.to_owned()];
    let tokens = write
        .tokens_for("tax", &numbers, &event("persons.met", 1))
        .await
        .unwrap();
    let codes = with_inner(uscc()).map(|code| (ORGANIZATION, code));
    let lessons = Lessons {
        organizations: vec![NewOrganization {
            id: ORGANIZATION,
            name: Some("某公司".to_owned()),
            region: Some("350000".to_owned()),
        }],
        codes: codes.collect(),
        ..Lessons::default()
    };
    write
        .learn(&lessons, &BTreeSet::new(), &event("subjects.met", 1))
        .await
        .unwrap();
    write
        .open_delivery(&new_delivery(DELIVERY), &event("delivery.opened", 1))
        .await
        .unwrap();
    write.commit().await.unwrap();

    let mut write = store.begin().await.unwrap();
    let person = write
        .read()
        .subject_of_token("tax", &tokens[0])
        .await
        .unwrap()
        .unwrap()
        .subject;
    let line = |kind, statement| NewLine {
        row: 3,
        kind,
        field: Some("CF_XDR_MC".to_owned()),
        rule: "malformed".to_owned(),
        text: format!("not {NAME_CANARY}"),
        statement,
        waits_for: (kind == LineKind::Quarantined)
            .then(|| Awaited::Code(registration()))
            .into_iter()
            .collect(),
    };
    let own = credit_record("tax/1", "uscc", uscc().value());
    let waiting = credence_domain::record::Statement::Recorded(Box::new(own.clone()));
    let chunk = ChunkCommit {
        carry: format!("unfinished {NAME_CANARY}"),
        last: false,
        records: vec![
            version(store, ORGANIZATION, RECORD, own),
            version(
                store,
                person,
                PERSON_RECORD,
                credit_record("tax/2", "person", &tokens[0]),
            ),
        ],
        lines: vec![
            line(LineKind::Rejected, None),
            line(LineKind::Quarantined, Some(waiting)),
        ],
        ..chunk(DELIVERY, 1)
    };
    write
        .commit_chunk(chunk, &event("chunk.ingested", 2))
        .await
        .unwrap();
    write.commit().await.unwrap();
    person
}
