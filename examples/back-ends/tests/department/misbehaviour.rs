//! Each way of misbehaving in each department that speaks HTTP: one key has one
//! effect at most, and a question tells the truth. Absent: transport, which has
//! tests of its own.

use std::future::Future;

use department_back_ends::whims;
use serde_json::{Value, json};

use crate::http::{Department, KINDS, Kind, Told, start};

/// Each department in turn, behaving as `setting` says.
async fn each<F: Future<Output = ()>>(setting: Value, check: impl Fn(Department) -> F) {
    for kind in KINDS {
        let department = start(kind).await;
        department.switch(setting.clone()).await;
        check(department).await;
    }
}

/// The step has acted once, and the department says so when asked, and again when
/// the step comes again.
async fn check_acted_once(department: &Department) {
    let kind = department.kind;
    assert_eq!(department.question("o-1").await.state, "done", "{kind:?}");
    assert_eq!(department.effects().await, ["o-1"], "{kind:?}");
    assert_eq!(
        department.step("o-1", "apply").await.state,
        "done",
        "{kind:?}"
    );
    assert_eq!(department.effects().await, ["o-1"], "{kind:?}");
}

/// Nothing was done and there is no trace; the step can be made after all.
async fn check_no_trace(department: &Department) {
    let kind = department.kind;
    let told = department.question("o-1").await;
    assert_eq!(
        (told.status, told.error.as_str()),
        (404, "unknown-key"),
        "{kind:?}"
    );
    assert!(department.effects().await.is_empty(), "{kind:?}");
    department.step("o-1", "apply").await;
    check_acted_once(department).await;
}

fn fault(told: &Told) -> (u16, &str) {
    (told.status, &told.error)
}

#[tokio::test]
async fn normal() {
    each(json!({ "mode": "normal" }), async |department| {
        let told = department.step("o-1", "apply").await;
        if department.kind == Kind::Housing {
            assert_eq!((told.status, told.state.as_str()), (202, "waiting"));
        } else {
            assert_eq!((told.status, told.state.as_str()), (200, "done"));
            assert_eq!(told.reference, "R-000001");
        }
        check_acted_once(&department).await;
        let seen = department.get("/requests").await;
        assert_eq!(seen, json!([{ "key": "o-1", "posts": 2, "queries": 1 }]));
    })
    .await;
}

#[tokio::test]
async fn what_comes_before_acting() {
    for (mode, expected) in [
        ("fail", (500, "failed")),
        ("down", (503, "not-started")),
        ("dispute", (409, "disputed")),
        ("outside-mandate", (422, "outside-mandate")),
        ("person", (403, "locked")),
    ] {
        each(json!({ "mode": mode, "times": 1 }), async |department| {
            let told = department.step("o-1", "apply").await;
            assert_eq!(fault(&told), expected, "{:?}", department.kind);
            assert!(!told.reason.is_empty());
            check_no_trace(&department).await;
        })
        .await;
    }
}

#[tokio::test]
async fn what_questions_meet_too() {
    for (mode, expected) in [("fail", 500), ("down", 503), ("person", 403)] {
        each(json!({ "mode": "normal" }), async |department| {
            department.step("o-1", "apply").await;
            department.switch(json!({ "mode": mode, "times": 1 })).await;
            assert_eq!(department.question("o-1").await.status, expected);
            check_acted_once(&department).await;
        })
        .await;
    }
}

#[tokio::test]
async fn drop_after_acts_and_closes_without_an_answer() {
    each(
        json!({ "mode": "drop-after", "times": 1 }),
        async |department| {
            let error = department.post("o-1", "apply").await.expect_err("none");
            assert!(error.is_request() && error.status().is_none(), "{error:?}");
            check_acted_once(&department).await;
        },
    )
    .await;
}

/// Acts although no answer ever comes: an hour is longer than the test.
#[tokio::test]
async fn hang_after_and_slow_act_before_they_answer() {
    for setting in [
        json!({ "mode": "hang-after", "times": 1 }),
        json!({ "mode": "slow", "ms": 3_600_000, "times": 1 }),
    ] {
        each(setting, async |department| {
            let acted = async { while department.effects().await.is_empty() {} };
            tokio::select! {
                answer = department.post("o-1", "apply") => panic!("an answer: {answer:?}"),
                () = acted => {}
            }
            check_acted_once(&department).await;
        })
        .await;
    }
}

#[tokio::test]
async fn slow_answers_in_the_end() {
    each(json!({ "mode": "slow", "ms": 1 }), async |department| {
        assert!(department.step("o-1", "apply").await.status < 300);
        check_acted_once(&department).await;
    })
    .await;
}

#[tokio::test]
async fn twice_acts_once_and_answers_twice_over() {
    each(json!({ "mode": "twice", "times": 1 }), async |department| {
        let answer = department.post("o-1", "apply").await.expect("an answer");
        let text = answer.text().await.expect("text");
        let between = if department.kind == Kind::Housing {
            "&"
        } else {
            ""
        };
        let once = &text[..(text.len() - between.len()) / 2];
        assert_eq!(text, [once, once].join(between));
        check_acted_once(&department).await;
    })
    .await;
}

#[tokio::test]
async fn late_acts_when_it_is_due() {
    each(
        json!({ "mode": "late", "ms": 3_600_000 }),
        async |department| {
            for _ in 0..2 {
                let told = department.step("o-1", "apply").await;
                assert_eq!((told.status, told.state.as_str()), (202, "waiting"));
                assert_eq!(department.question("o-1").await.state, "waiting");
            }
            assert!(department.effects().await.is_empty());
        },
    )
    .await;
    each(
        json!({ "mode": "late", "ms": 0, "times": 1 }),
        async |department| {
            let answer = department.post("o-1", "apply").await.expect("an answer");
            assert_eq!(answer.headers()["retry-after"], "1");
            assert_eq!(answer.status(), 202);
            check_acted_once(&department).await;
        },
    )
    .await;
}

#[tokio::test]
async fn other_key_acts_and_answers_for_another_step() {
    each(
        json!({ "mode": "other-key", "times": 1 }),
        async |department| {
            let told = department.step("o-1", "apply").await;
            assert_eq!(told.key, whims::ANOTHER_STEP);
            check_acted_once(&department).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_lie_cannot_be_believed_and_leaves_no_trace() {
    each(json!({ "mode": "lie", "times": 1 }), async |department| {
        let told = department.step("o-1", "apply").await;
        assert_eq!(told.key, "o-1");
        assert_eq!(told.state, whims::NO_STATE);
        assert_eq!(told.at, whims::NO_TIME);
        assert!(told.status < 300);
        check_no_trace(&department).await;
    })
    .await;
}

#[tokio::test]
async fn refused_is_for_good() {
    each(
        json!({ "mode": "refuse", "times": 1 }),
        async |department| {
            department.step("o-1", "apply").await;
            for _ in 0..2 {
                let told = department.question("o-1").await;
                assert_eq!((told.status, told.state.as_str()), (200, "refused"));
                assert!(!told.reason.is_empty());
                assert_eq!(department.step("o-1", "apply").await.state, "refused");
            }
            assert!(department.effects().await.is_empty());
        },
    )
    .await;
}

#[tokio::test]
async fn partly_has_its_effect_and_a_reason() {
    each(
        json!({ "mode": "partly", "times": 1 }),
        async |department| {
            department.step("o-1", "apply").await;
            let told = department.question("o-1").await;
            assert_eq!((told.status, told.state.as_str()), (200, "partly"));
            assert!(!told.reason.is_empty());
            assert_eq!(department.step("o-1", "apply").await.state, "partly");
            assert_eq!(department.effects().await, ["o-1"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_life_of_an_order() {
    each(json!({ "mode": "normal" }), async |department| {
        for (key, verb, state) in [
            ("s-0", "suspend", "not-applicable"),
            ("o-1", "apply", "done"),
            ("s-1", "suspend", "done"),
            ("r-1", "resume", "done"),
            ("l-1", "lift", "done"),
            ("l-2", "lift", "done"),
        ] {
            department.step(key, verb).await;
            assert_eq!(department.question(key).await.state, state, "{key}");
        }
        assert_eq!(department.effects().await, ["o-1", "s-1", "r-1", "l-1"]);
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_step_is_refused() {
    each(json!({ "mode": "normal" }), async |department| {
        department.step("s-1", "suspend").await;
        let told = department.step("s-1", "resume").await;
        assert_eq!(fault(&told), (409, "key-reused"));
    })
    .await;
}
