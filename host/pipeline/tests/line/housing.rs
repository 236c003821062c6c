//! The housing department: two lists from workbooks, measures by form, and a system
//! that accepts each step first and acts later. One effect per key in its ledger,
//! whatever it does. Time is set by hand, and the department acts as soon as it is
//! asked.

use crate::house::{Line, TOKEN, actor, noticed_against, plugin, repository, sample_grant};
use credence_domain::{
    case::CitedProof,
    catalogue::Proof,
    objection::{Door, Finding, Ground, ObjectionEvent},
    order::OrderState,
    step::Step,
};
use credence_pipeline::{IngestReport, Raise, Resolved};
use department_back_ends::housing;
use std::ops::Deref;

/// The first entry of the list, and the decision it rests on.
const USCC: &str = "91350100MA91000126";
const DECISION: &str = "例人社列〔2025〕1号";
/// A person on the list, invented, and the decision.
const PERSON: &str = "350000190001030026";
const PERSON_DECISION: &str = "例人社列〔2025〕68号";
const MEASURE: &str = "S-HOU-03";

/// A house with the housing plugin, and the system that the plugin speaks to.
struct Bureau(Line);

impl Deref for Bureau {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.0
    }
}

impl Bureau {
    async fn start() -> Self {
        let system = |ledger| housing::router(ledger, Some(TOKEN.to_owned()), 0);
        let bureau = Self(Line::beside("housing", system).await);
        bureau.install().await;
        bureau
    }

    /// Under the grant that the examples give.
    async fn install(&self) {
        let secret = self.secret();
        std::fs::write(&secret, format!("Bearer {TOKEN}\n")).unwrap();
        let secret = format!("file = \"{}\"", secret.display());
        let here = [
            ("http://127.0.0.1:8804", self.address.as_str()),
            ("env = \"CREDENCE_HOUSING_AUTHORIZATION\"", &secret),
        ];
        let grant = sample_grant("housing", &here);
        self.house
            .install(plugin("housing"), "grant", &grant, &actor())
            .await
            .unwrap();
    }

    async fn ingest(&self, feed: &str, workbook: &str) -> IngestReport {
        let path = repository("plugins/housing/fixtures").join(workbook);
        self.house
            .ingest("housing", Some(feed), &path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    /// A case about whoever has this number, with its notice received today.
    async fn noticed(&self, code: &str, decision: &str, proofs: Vec<CitedProof>) -> Resolved {
        self.ingest("wage-arrears", "wage-arrears-hazards.xlsx")
            .await;
        let resolved = noticed_against(&self.house, code, ("housing", MEASURE), proofs).await;
        assert_eq!(resolved.case.initiation.decision_number, decision);
        resolved
    }

    async fn state(&self) -> OrderState {
        self.order().await.0.course.state
    }

    async fn verbs(&self) -> Vec<String> {
        let effects = self.effects().await.into_iter();
        effects.map(|effect| effect.verb).collect()
    }

    /// No key has acted twice, and everything is in the log.
    async fn assert_sound(&self) {
        let mut keys: Vec<String> = self.effects().await.into_iter().map(|e| e.key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all, "a key acted twice");
        self.0.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workbooks_become_records() {
    let bureau = Bureau::start().await;
    let report = bureau
        .ingest("wage-arrears", "wage-arrears-hazards.xlsx")
        .await;
    assert_eq!(report.set_aside, None);
    // A registration number of 14 digits, and no number at all: they wait for a person.
    let quarantined: Vec<u32> = (report.lines.iter())
        .filter(|line| line.kind == "quarantined")
        .map(|line| line.row)
        .collect();
    assert_eq!(quarantined, [9, 13]);
    let refused: Vec<(u32, &str)> = (report.lines.iter())
        .filter(|line| line.kind == "rejected")
        .map(|line| (line.row, line.rule.as_str()))
        .collect();
    assert_eq!(refused, REFUSED);
    assert_eq!(report.ended, 4);
    let again = bureau
        .ingest("wage-arrears", "wage-arrears-hazards.xlsx")
        .await;
    assert_eq!((again.recorded, again.revised, again.ended), (0, 0, 0));

    let honours = bureau.ingest("honours", "honours-hazards.xlsx").await;
    assert_eq!((honours.recorded, honours.ended), (10, 3));
    // I1, I5: what the catalogue does not list is not kept, and a score never is.
    let set_aside: Vec<&str> = honours
        .fields_set_aside
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(set_aside, ["评审得分"]);
    bureau.assert_sound().await;
}

/// Rows of the wage list that state nothing, as its expected lines have them.
const REFUSED: [(u32, &str); 26] = [
    (10, "damaged-text"),
    (11, "damaged-text"),
    (12, "damaged-text"),
    (16, "missing"),
    (17, "missing"),
    (19, "missing"),
    (21, "malformed"),
    (32, "ambiguous"),
    (33, "malformed"),
    (34, "malformed"),
    (35, "missing"),
    (38, "malformed"),
    (47, "ambiguous"),
    (48, "ambiguous"),
    (49, "damaged-text"),
    (58, "ambiguous"),
    (59, "unknown-code"),
    (60, "missing"),
    (61, "missing"),
    (62, "out-of-range"),
    (67, "damaged-text"),
    (68, "damaged-text"),
    (69, "damaged-text"),
    (70, "missing"),
    (77, "ambiguous"),
    (78, "damaged-text"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_acted_upon_held_resumed_and_lifted_when_it_is_repaired() {
    let bureau = Bureau::start().await;
    let case = bureau.noticed(USCC, DECISION, Vec::new()).await.case;
    bureau.pass_days(8);
    bureau.settle().await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::InForce, "{step:#?}");
    let effects = bureau.effects().await;
    assert_eq!(effects[0].measure, MEASURE);
    assert_eq!(
        order.reference.as_deref(),
        Some(effects[0].reference.as_str())
    );
    assert!(effects[0].subject.to_string().contains(USCC));

    let raise = Raise {
        case: case.id,
        order: None,
        door: Door::Subject,
        ground: Ground::Facts,
        reason: "已于责令期限内支付".to_owned(),
    };
    let objection = bureau.house.raise_objection(raise, &actor()).await.unwrap();
    bureau.settle().await;
    assert_eq!(bureau.state().await, OrderState::Suspended);
    let answer = ObjectionEvent::Answered(Finding::Right("银行流水未见支付".to_owned()));
    bureau
        .house
        .settle_objection(objection.id, &answer, &actor())
        .await
        .unwrap();
    bureau.settle().await;
    assert_eq!(bureau.state().await, OrderState::InForce);

    let report = bureau
        .ingest("wage-arrears", "wage-arrears-removal.xlsx")
        .await;
    assert_eq!((report.ended, report.duplicates), (1, 1));
    bureau.settle().await;
    assert_eq!(bureau.state().await, OrderState::Lifted);
    assert_eq!(bureau.verbs().await, ["apply", "suspend", "resume", "lift"]);
    bureau.assert_sound().await;
}

/// The number behind the token reaches the department, and the department alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_answerable_is_named_to_the_department() {
    let bureau = Bureau::start().await;
    let proofs = vec![CitedProof {
        proof: Proof::OwnDecision,
        document: PERSON_DECISION.to_owned(),
    }];
    bureau.noticed(PERSON, PERSON_DECISION, proofs).await;
    bureau.pass_days(8);
    bureau.settle().await;
    assert_eq!(bureau.state().await, OrderState::InForce);
    let subject = bureau.effects().await.remove(0).subject.to_string();
    assert!(subject.contains(PERSON), "the department was not told who");
    bureau.assert_sound().await;
}

/// Misbehaves as told towards the apply step of an order, and gives what came of it.
async fn misbehaving(setting: &str) -> Bureau {
    let bureau = Bureau::start().await;
    bureau.noticed(USCC, DECISION, Vec::new()).await;
    bureau.switch(setting).await;
    bureau.pass_days(8);
    bureau.settle().await;
    bureau
}

/// One effect all the same, after so many requests to make it and questions.
#[track_caller]
fn check_seen(setting: &str, found: (i64, i64), expected: (i64, i64)) {
    assert_eq!(found, expected, "{setting}: posts and questions");
}

async fn check_one_effect(setting: &str, expected: (i64, i64)) {
    let bureau = misbehaving(setting).await;
    let (order, step) = bureau.order().await;
    assert_eq!(
        order.course.state,
        OrderState::InForce,
        "{setting}: {step:#?}"
    );
    assert_eq!(step.state, Step::Executed, "{setting}");
    assert_eq!(bureau.verbs().await, ["apply"], "{setting}");
    let seen = bureau.ledger.requests().await.unwrap();
    check_seen(setting, (seen[0].posts, seen[0].queries), expected);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_accepted_and_then_asked_about() {
    check_one_effect(r#"{"mode":"normal"}"#, (1, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_department_is_waited_for() {
    check_one_effect(r#"{"mode":"slow","ms":50,"times":1}"#, (1, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_down_is_tried_again() {
    check_one_effect(r#"{"mode":"down","times":3}"#, (4, 1)).await;
}

/// A 500 says nothing: it is asked about, found without trace, and made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_fails_before_acting_is_asked() {
    check_one_effect(r#"{"mode":"fail","times":1}"#, (2, 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_drops_the_answer_after_acting_is_asked() {
    check_one_effect(r#"{"mode":"drop-after","times":1}"#, (1, 1)).await;
}

/// The receipt is in neither half of what came.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_answers_twice_is_asked() {
    check_one_effect(r#"{"mode":"twice","times":1}"#, (1, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_answers_for_another_key_is_asked() {
    check_one_effect(r#"{"mode":"other-key","times":1}"#, (1, 1)).await;
}

/// It did not act, and says so when asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_lies_is_asked() {
    check_one_effect(r#"{"mode":"lie","times":1}"#, (2, 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_acts_late_is_asked_until_it_has() {
    let bureau = misbehaving(r#"{"mode":"late","ms":1,"times":1}"#).await;
    assert_eq!(bureau.state().await, OrderState::InForce);
    assert_eq!(bureau.verbs().await, ["apply"]);
    let seen = bureau.ledger.requests().await.unwrap();
    assert_eq!(seen[0].posts, 1);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_opens_an_objection_and_nothing_runs() {
    let bureau = misbehaving(r#"{"mode":"dispute","times":1}"#).await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::Prepared);
    assert!(matches!(step.state, Step::Disputed { .. }), "{step:#?}");
    let mut read = bureau.house.store().read().await.unwrap();
    let objections = read.objections(true, 10).await.unwrap();
    assert_eq!(objections.len(), 1);
    assert_eq!(objections[0].door, Door::Executor);
    assert_eq!(bureau.verbs().await, [""; 0]);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measure_outside_the_mandate_is_not_asked_for_again() {
    let bureau = misbehaving(r#"{"mode":"outside-mandate","times":1}"#).await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::NotExecuted);
    assert!(
        matches!(step.state, Step::OutsideMandate { .. }),
        "{step:#?}"
    );
    let mut read = bureau.house.store().read().await.unwrap();
    let stops = read.stops().await.unwrap();
    assert_eq!(stops.len(), 1);
    assert_eq!(stops[0].stop.measure(), Some(MEASURE));
    assert_eq!(bureau.verbs().await, [""; 0]);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_waits_for_a_person_and_is_then_made_again() {
    let bureau = misbehaving(r#"{"mode":"person","times":1}"#).await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::Prepared);
    assert!(matches!(step.state, Step::Parked { .. }), "{step:#?}");
    assert_eq!(bureau.verbs().await, [""; 0]);
    bureau.house.retry_step(&step.key, &actor()).await.unwrap();
    bureau.settle().await;
    assert_eq!(bureau.state().await, OrderState::InForce);
    assert_eq!(bureau.effects().await[0].key, step.key);
    assert_eq!(bureau.verbs().await, ["apply"]);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_ends_the_order() {
    let bureau = misbehaving(r#"{"mode":"refuse","times":1}"#).await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::NotExecuted);
    assert!(matches!(step.state, Step::CouldNot { .. }), "{step:#?}");
    assert_eq!(bureau.verbs().await, [""; 0]);
    bureau.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_in_part_is_in_force() {
    let bureau = misbehaving(r#"{"mode":"partly","times":1}"#).await;
    let (order, step) = bureau.order().await;
    assert_eq!(order.course.state, OrderState::InForce);
    assert!(
        matches!(step.state, Step::PartlyExecuted { .. }),
        "{step:#?}"
    );
    assert_eq!(bureau.verbs().await, ["apply"]);
    bureau.assert_sound().await;
}
