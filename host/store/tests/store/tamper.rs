//! An attacker with the file and no keys: whatever is changed is named.

use crate::{house::*, register::learn_more};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

/// Tells the story, seals all but the last of it where `sealed` is false, lets
/// the attacker work, and gives the findings as sentences.
async fn findings_after(attack: &str) -> Vec<String> {
    let house = House::new().await;
    story(&house).await;
    learn_more(&house).await;
    house.seal_all().await;
    // A second checkpoint, and entries on both sides of it.
    let mut write = house.store.begin().await.unwrap();
    let case = write.read().case(CASE).await.unwrap().unwrap();
    write
        .update_case(case, &event("case.resolved", 70))
        .await
        .unwrap();
    write.commit().await.unwrap();
    house.seal_all().await;
    let sound = house.verify().await;
    assert_eq!(sound.log.findings, [], "before the attack");

    let mut raw = house.raw().await;
    force(&mut raw, attack).await;
    raw.close().await.unwrap();
    let report = house.verify().await;
    assert_eq!(report.is_sound(), report.log.findings.is_empty());
    report
        .log
        .findings
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Runs statements past triggers, foreign keys and checks.
async fn force(raw: &mut SqliteConnection, attack: &str) {
    let triggers = sqlx::query_scalar::<_, String>(
        "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'",
    );
    let triggers = triggers.fetch_all(&mut *raw).await.unwrap();
    assert!(triggers.len() > 10);
    raw.execute("PRAGMA foreign_keys = OFF").await.unwrap();
    raw.execute("PRAGMA ignore_check_constraints = ON")
        .await
        .unwrap();
    for drop in triggers {
        raw.execute(AssertSqlSafe(drop)).await.unwrap();
    }
    for statement in attack.split(';').filter(|s| !s.trim().is_empty()) {
        let done = raw.execute(AssertSqlSafe(statement.to_owned())).await;
        let done = done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert!(
            done.rows_affected() > 0,
            "the attack did nothing: {statement}"
        );
    }
}

#[track_caller]
fn check(attack: &str, found: &[String], expected: &str) {
    assert!(
        found.iter().any(|finding| finding.contains(expected)),
        "{attack}\nexpected: {expected}\nfound: {found:#?}"
    );
}

#[tokio::test]
async fn whatever_is_changed_in_the_rows_is_named() {
    let step = "step 0000000000000000000000000000000d-1";
    let chunk = "chunk 000000000000000000000000000000de/1";
    let attacks = [
        ("UPDATE case_ SET state = 'answered'", "case 0000000000000000000000000000000c: the row differs"),
        ("DELETE FROM case_", "case 0000000000000000000000000000000c: the entry has no row"),
        ("UPDATE notice SET content = '{}'", "notice 0000000000000000000000000000000e: the row differs"),
        ("DELETE FROM notice", "notice 0000000000000000000000000000000e: the entry has no row"),
        ("UPDATE order_ SET ends_on = '2036-11-30'", "order 0000000000000000000000000000000d: the row differs"),
        ("DELETE FROM order_", "order 0000000000000000000000000000000d: the entry has no row"),
        ("UPDATE step SET state = 'could-not'", &format!("{step}: the row differs")),
        ("UPDATE step SET content = '{}'", &format!("{step}: the row differs")),
        ("DELETE FROM step", &format!("{step}: the entry has no row")),
        (
            "INSERT INTO step SELECT subject, order_id, 9, 'forged', subject_kind, department, region,
                verb, state, due_at, effective_on, attempt, claimed_by, lease_until, call, for_person,
                content,
                updated_at, changes FROM step",
            "step forged: the row has no entry",
        ),
        ("UPDATE plugin_revision SET granted = '{}'", "revision tax@sha256:aa: the row differs"),
        ("DELETE FROM plugin_revision", "revision tax@sha256:aa: the entry has no row"),
        ("UPDATE put_file SET name = 'another'", ": the row differs"),
        ("DELETE FROM put_file", ": the entry has no row"),
        ("UPDATE delivery SET received_on = '2026-01-01'", "delivery 000000000000000000000000000000de: the row differs"),
        ("DELETE FROM delivery", "delivery 000000000000000000000000000000de: the entry has no row"),
        ("UPDATE chunk SET rejected = 0", &format!("{chunk}: the row differs")),
        ("DELETE FROM chunk", &format!("{chunk}: the entry has no row")),
        ("UPDATE record_version SET valid_until = '2027-01-01' WHERE subject_kind = 'organization'",
            &format!("{chunk}: its rows differ")),
        ("UPDATE record_version SET content = x'01' WHERE subject_kind = 'person'",
            &format!("{chunk}: its rows differ")),
        ("DELETE FROM record_version WHERE subject_kind = 'person'", &format!("{chunk}: its rows differ")),
        ("UPDATE delivery_line SET rule = 'x' WHERE place = 0", &format!("{chunk}: its rows differ")),
        ("DELETE FROM delivery_line WHERE place = 1", &format!("{chunk}: its rows differ")),
        ("UPDATE record SET state = 'ended' WHERE source_ref = 'tax/1'",
            "record 00000000000000000000000000000012: the row differs"),
        ("UPDATE record SET source_ref = 'tax/9' WHERE source_ref = 'tax/1'",
            "record 00000000000000000000000000000012: the row differs"),
        ("DELETE FROM record WHERE source_ref = 'tax/1'",
            "record 00000000000000000000000000000012: the entry has no row"),
        ("UPDATE subject SET name = '别家'  WHERE kind = 'organization'", "register organizations"),
        ("DELETE FROM subject WHERE kind = 'person' AND bindable", "register persons"),
        ("UPDATE subject SET bindable = 1 WHERE NOT bindable", "register persons"),
        ("UPDATE subject_code SET subject = x'00' WHERE scheme = 'uscc'", "register organizations"),
        ("DELETE FROM subject_code WHERE scheme = 'uscc'", "register organizations"),
        ("UPDATE code_day SET on_day = '2016-01-01'", "register organizations"),
        ("DELETE FROM code_day", "register organizations"),
        ("DELETE FROM subject_alias", "register organizations"),
        ("UPDATE subject_alias SET same_as = x'00'", "register organizations"),
        ("INSERT INTO subject_alias SELECT id, x'00', x'00' FROM subject LIMIT 1", "the row has no entry"),
        ("UPDATE subject_event SET on_day = '2027-01-01'", "register organizations"),
        ("DELETE FROM subject_event", "register organizations"),
        ("INSERT INTO subject_event SELECT subject, on_day, 'deregistered', successors,
            (SELECT event FROM audit_entry WHERE object_kind = 'case') FROM subject_event",
            "case 0000000000000000000000000000000c: its rows differ"),
        ("UPDATE line_again SET kind = 'duplicate'", "register waiting lines"),
        ("DELETE FROM line_again", "register waiting lines"),
        ("UPDATE record_version SET row = 9 WHERE source_ref = 'tax/3'", "register waiting lines"),
        ("DELETE FROM person_number", "register persons"),
        ("UPDATE person_token SET token = 'Z00000000000000000' WHERE rowid = 1", "register persons"),
        ("DELETE FROM person_token WHERE rowid = 1", "register persons"),
        ("UPDATE call SET outcome = 'trapped'", "call 000000000000000000000000000000ca: the row differs"),
        ("UPDATE call SET record = x'01'", "call 000000000000000000000000000000ca: the row differs"),
        ("DELETE FROM call", "call 000000000000000000000000000000ca: the entry has no row"),
        ("UPDATE effect_intent SET asking = 1", "call 000000000000000000000000000000ca: the row differs"),
        ("DELETE FROM effect_intent", "call 000000000000000000000000000000ca: the row differs"),
        ("UPDATE blob SET sealed = x'01'", "the row differs"),
        (
            "INSERT INTO blob VALUES (zeroblob(32), NULL, x'01');
             DELETE FROM blob WHERE subject IS NOT NULL",
            ": the entry has no row",
        ),
        ("UPDATE blob SET subject = NULL", "the row differs"),
        // Rows that name an entry of something else, or none.
        ("INSERT INTO subject_code SELECT 'uscc', 'FORGED', subject,
            (SELECT event FROM audit_entry WHERE object_kind = 'case') FROM subject_code LIMIT 1",
            "case 0000000000000000000000000000000c: its rows differ"),
        ("INSERT INTO subject_code SELECT 'uscc', 'FORGED', subject, x'00' FROM subject_code LIMIT 1",
            "subject-code uscc:FORGED: the row has no entry"),
    ];
    for (attack, expected) in attacks {
        check(attack, &findings_after(attack).await, expected);
    }
}

#[tokio::test]
async fn whatever_is_changed_in_the_log_is_named() {
    let cut = "DELETE FROM audit_entry WHERE idx = (SELECT max(idx) FROM audit_entry)";
    let attacks = [
        (
            "UPDATE audit_entry SET published = zeroblob(33) WHERE idx = 3",
            "entry 3 is malformed",
        ),
        (
            "UPDATE audit_entry SET published = (SELECT published FROM audit_entry WHERE idx = 4)
                WHERE idx = 3",
            "entry 3 was",
        ),
        (
            "UPDATE audit_entry SET sealed = x'01' WHERE idx = 3",
            "entry 3: the sealed event",
        ),
        (
            "UPDATE audit_entry SET object_id = 'x' WHERE object_kind = 'order'",
            "the sealed event",
        ),
        (
            "UPDATE audit_entry SET object_id = NULL, object_kind = NULL WHERE object_kind = 'order'",
            "the sealed event",
        ),
        (
            "UPDATE audit_entry SET call = NULL WHERE call IS NOT NULL",
            "the sealed event",
        ),
        (
            "DELETE FROM audit_entry WHERE idx = 3",
            "entries 3 to 3 are missing",
        ),
        (cut, "truncated"),
        // Cut with its hashes and its checkpoint: the one outside still knows.
        (
            "DELETE FROM audit_entry WHERE idx = (SELECT max(idx) FROM audit_entry);
             DELETE FROM audit_checkpoint WHERE size = (SELECT max(size) FROM audit_checkpoint)",
            "truncated",
        ),
        (
            "UPDATE audit_entry SET idx = -1 - idx WHERE idx IN (3, 4);
             UPDATE audit_entry SET idx = CASE idx WHEN -4 THEN 4 ELSE 3 END WHERE idx < 0",
            "entry 3 was reordered: it holds what was sealed as entry 4",
        ),
        (
            "UPDATE audit_hash SET hash = zeroblob(32) WHERE number = 2",
            "stored hash 2",
        ),
        (
            "DELETE FROM audit_hash WHERE number = 2",
            "stored hash 2 is missing",
        ),
        (
            "INSERT INTO audit_hash VALUES (99999, zeroblob(32))",
            "lie beyond the last entry",
        ),
        (
            "UPDATE audit_checkpoint SET note = replace(note, 'credence', 'credenca') WHERE size > 0",
            "is not validly signed",
        ),
        ("UPDATE audit_checkpoint SET note = 'x'", "malformed"),
    ];
    for (attack, expected) in attacks {
        check(attack, &findings_after(attack).await, expected);
    }
}

/// An entry that still waits can be changed only by whoever can drop triggers,
/// and is named then too.
#[tokio::test]
async fn a_pending_entry_that_was_changed_is_named() {
    for (attack, expected) in [
        (
            "UPDATE audit_pending SET published = zeroblob(33)",
            "pending entry",
        ),
        ("UPDATE audit_pending SET sealed = x'01'", "pending entry"),
        (
            "DELETE FROM audit_pending WHERE object_kind = 'order'",
            "the row has no entry",
        ),
    ] {
        let house = House::new().await;
        story(&house).await;
        let mut raw = house.raw().await;
        force(&mut raw, attack).await;
        let found = house.verify().await.log.findings;
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        check(attack, &found, expected);
    }
}

#[tokio::test]
async fn the_schema_refuses_what_may_only_be_added() {
    let house = House::new().await;
    story(&house).await;
    let mut raw = house.raw().await;
    for table in [
        "audit_pending",
        "record_version",
        "chunk",
        "delivery",
        "effect_intent",
        "call",
    ] {
        refused(&mut raw, &format!("DELETE FROM {table}")).await;
    }
    refused(&mut raw, "UPDATE audit_pending SET call = NULL").await;
    house.seal_all().await;
    for table in ["audit_entry", "audit_hash", "audit_checkpoint"] {
        refused(&mut raw, &format!("DELETE FROM {table}")).await;
    }
    for change in [
        "UPDATE audit_entry SET idx = idx + 1000",
        "UPDATE audit_hash SET number = number + 1000",
        "UPDATE audit_checkpoint SET note = ''",
        "UPDATE record_version SET row = 1",
        "UPDATE chunk SET rows = 1",
        "UPDATE delivery SET feed = 'x'",
        "UPDATE effect_intent SET asking = 1",
        "UPDATE call SET outcome = 'x'",
    ] {
        refused(&mut raw, change).await;
    }
    assert_eq!(house.verify().await.log.findings, []);
}

async fn refused(raw: &mut SqliteConnection, sql: &str) {
    let error = raw
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("never") || words.contains("only into the log"),
        "{sql}: {words}"
    );
}
