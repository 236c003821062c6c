//! The register's import, and what it frees.

use crate::{
    house::{Line, USCC, actor, repository},
    intake::one_row,
};
use credence_domain::case::Initiation;
use credence_pipeline::{ImportReport, IngestReport, OpenCase, SubjectFile};
use std::fs;

/// An organization known to nobody yet, by each of its codes.
const UNIFIED: &str = "91350100MA9000126N";
const ORGANIZATION_CODE: &str = "MA9000126";
const NUMBER: &str = "330200400070010";
/// Another one.
const OTHER: &str = "91350100MA9000134H";

impl Line {
    async fn import(&self, rows: &[&str]) -> ImportReport {
        let path = self.dir.path().join("register.csv");
        let header = "uscc,organization_code,registration_number,state,changed_on,successors";
        fs::write(&path, [&[header], rows].concat().join("\n")).unwrap();
        self.house
            .import_register(&path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    async fn feed(&self, fields: &[(&str, &str)]) -> IngestReport {
        let path = self.dir.path().join("row.json");
        fs::write(&path, one_row(fields)).unwrap();
        self.house
            .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
            .await
            .unwrap()
    }

    /// Ingests one row that is quarantined for this rule.
    async fn quarantined(&self, rule: &str, fields: &[(&str, &str)]) {
        let report = self.feed(fields).await;
        assert_eq!((report.accepted, report.quarantined), (0, 1), "{report:#?}");
        assert_eq!(report.lines[0].rule, rule, "{report:#?}");
    }

    async fn file(&self, code: &str) -> SubjectFile {
        self.house.look(code, Some("test"), &actor()).await.unwrap()
    }

    async fn pending(&self) -> u64 {
        let mut read = self.house.store().read().await.unwrap();
        read.log_head().await.unwrap().pending
    }
}

/// Requirement 1.
#[tokio::test(flavor = "multi_thread")]
async fn subjects_of_two_feeds_are_one_once_the_register_links_them() {
    let line = Line::start().await;
    line.feed(&[
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_WSH", "榕税罚〔2026〕1号"),
    ])
    .await;
    line.feed(&[("CF_XDR_GSZC", NUMBER), ("CF_WSH", "榕税罚〔2026〕2号")])
        .await;
    let (first, second) = (line.file(ORGANIZATION_CODE).await, line.file(NUMBER).await);
    assert_ne!(first.subject.id, second.subject.id);
    let ask = OpenCase {
        record: second.records[0].id,
        initiation: Initiation {
            department: "tax".to_owned(),
            official: "official-1".to_owned(),
            decision_number: "榕税罚〔2026〕2号".to_owned(),
            measures: vec!["L-TAX-02".to_owned()],
            second_official: None,
            proofs: Vec::new(),
        },
    };
    let case = line.house.open_case(ask, &actor()).await.unwrap();
    // A row with both codes: nobody can say whose it is.
    let both = [
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_XDR_GSZC", NUMBER),
        ("CF_WSH", "榕税罚〔2026〕3号"),
    ];
    line.quarantined("codes-disagree", &both).await;

    let row = format!("{UNIFIED},,{NUMBER},存续,,");
    let report = line.import(&[&row]).await;
    assert_eq!(
        (report.more, report.joined, report.refused),
        (1, 1, 0),
        "{report:#?}"
    );
    assert_eq!(report.freed, 1, "{report:#?}");
    for code in [UNIFIED, ORGANIZATION_CODE, NUMBER] {
        let file = line.file(code).await;
        assert_eq!(file.subject.id, first.subject.id.min(second.subject.id));
        assert_eq!(file.subject.codes.len(), 3);
        assert_eq!((file.records.len(), file.cases.len()), (3, 1), "{code}");
    }
    // Nothing was rewritten: the record and its case keep their subject.
    let file = line.file(UNIFIED).await;
    assert_eq!(file.cases[0].subject, case.subject);
    assert!(
        file.records
            .iter()
            .any(|row| row.subject == second.subject.id)
    );
    // A new version of it goes where the record is.
    let corrected = line.feed(&[
        ("CF_XDR_GSZC", NUMBER),
        ("CF_WSH", "榕税罚〔2026〕2号"),
        ("CF_WFXW", "虚开发票"),
    ]);
    assert_eq!(corrected.await.revised, 1);

    let before = line.pending().await;
    let again = line.import(&[&row]).await;
    assert_eq!((again.unchanged, again.freed), (1, 0), "{again:#?}");
    assert_eq!(line.pending().await, before, "nothing was written");
    assert_eq!(line.feed(&both).await.duplicates, 1);
    line.assert_sound().await;
}

/// Requirement 1.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_extract_again_changes_nothing() {
    let line = Line::start().await;
    let path = repository("examples/register/organizations.csv");
    let actor = actor();
    let import = || line.house.import_register(&path, &actor, &|_| ());
    let first = import().await.unwrap();
    assert_eq!(first.refused, 0, "{first:#?}");
    assert!(
        first.new > 0 && first.more > 0 && first.joined > 0,
        "{first:#?}"
    );
    let before = line.pending().await;
    let again = import().await.unwrap();
    assert_eq!(
        (again.unchanged, again.rows),
        (first.rows, first.rows),
        "{again:#?}"
    );
    assert_eq!(line.pending().await, before, "nothing was written");
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_named_and_good_ones_taken() {
    let line = Line::start().await;
    let two_of_one = format!("{OTHER},,{NUMBER},,,");
    let rows = [
        &format!("{UNIFIED},,{NUMBER},存续,,"),
        "91350100MA9000126X,,,存续,,",
        &format!("{OTHER},,,注销,,"),
        &format!("{OTHER},"),
        &format!("{OTHER},,,存续,,"),
        &two_of_one,
    ];
    let report = line.import(&rows).await;
    assert_eq!(
        (report.rows, report.new, report.refused),
        (6, 2, 4),
        "{report:#?}"
    );
    let faults = report.faults.iter();
    let faults: Vec<_> = faults
        .map(|fault| (fault.row, fault.column.as_deref(), fault.rule.as_str()))
        .collect();
    let expected = [
        (3, Some("uscc"), "malformed"),
        (4, Some("changed_on"), "missing"),
        (5, None, "cells"),
        (7, None, "codes-of-two"),
    ];
    assert_eq!(faults, expected);
    assert_ne!(
        line.file(OTHER).await.subject.id,
        line.file(NUMBER).await.subject.id
    );
    for (bytes, part) in [
        (&b"\xc3\xfb\xb3\xc6,uscc\n"[..], "UTF-8"),
        (b"name,state\n", "names no column of codes"),
        ("uscc,统一社会信用代码\n".as_bytes(), "already"),
    ] {
        let path = line.dir.path().join("bad.csv");
        fs::write(&path, bytes).unwrap();
        let error = line.house.import_register(&path, &actor(), &|_| ()).await;
        assert!(error.unwrap_err().to_string().contains(part), "{part}");
    }
    line.assert_sound().await;
}

/// Requirement 1: a kill between the import and the retry.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_freed_by_an_import_that_was_killed_is_bound_by_the_next_sweep() {
    let line = Line::start().await;
    line.feed(&[
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_WSH", "榕税罚〔2026〕1号"),
    ])
    .await;
    line.feed(&[("CF_XDR_GSZC", NUMBER), ("CF_WSH", "榕税罚〔2026〕2号")])
        .await;
    let both = [
        ("CF_XDR_SHXYM", UNIFIED),
        ("CF_XDR_GSZC", NUMBER),
        ("CF_WSH", "榕税罚〔2026〕3号"),
    ];
    line.quarantined("codes-disagree", &both).await;
    let path = line.dir.path().join("register.csv");
    fs::write(
        &path,
        format!("uscc,registration_number\n{UNIFIED},{NUMBER}\n"),
    )
    .unwrap();
    let learned = tokio::sync::Notify::new();
    let cut = |_: f64| learned.notify_one();
    let actor = actor();
    tokio::select! {
        biased;
        () = learned.notified() => {}
        report = line.house.import_register(&path, &actor, &cut) => {
            panic!("it was to be cut off: {report:?}");
        }
    }
    assert_eq!(line.house.sweep().await.unwrap().freed, 1);
    assert_eq!(line.file(UNIFIED).await.records.len(), 3);
    assert_eq!(line.house.sweep().await.unwrap().freed, 0);
    let again = line
        .house
        .import_register(&path, &actor, &|_| ())
        .await
        .unwrap();
    assert_eq!((again.unchanged, again.freed), (1, 0));
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_binds_the_organization_that_answers_on_its_day() {
    let line = Line::start().await;
    line.import(&[&format!("{UNIFIED},,,合并,2026-02-01,{OTHER}")])
        .await;
    let before = [
        ("CF_XDR_SHXYM", UNIFIED),
        ("CF_WSH", "榕税罚〔2026〕1号"),
        ("CF_JDRQ", "2026-01-31"),
    ];
    assert_eq!(line.feed(&before).await.recorded, 1);
    let after = [
        ("CF_XDR_SHXYM", UNIFIED),
        ("CF_WSH", "榕税罚〔2026〕2号"),
        ("CF_JDRQ", "2026-02-01"),
    ];
    line.quarantined("successor-unknown", &after).await;
    // A feed is enough to make the successor known.
    let report = line
        .feed(&[("CF_XDR_SHXYM", OTHER), ("CF_WSH", "榕税罚〔2026〕3号")])
        .await;
    assert_eq!((report.recorded, report.freed), (1, 1), "{report:#?}");
    assert_eq!(line.file(UNIFIED).await.records.len(), 1);
    assert_eq!(line.file(OTHER).await.records.len(), 2);
    // The successor is gone one day, and its later records wait for a person.
    line.import(&[&format!("{OTHER},,,注销,2026-03-01,")]).await;
    let late = [
        ("CF_XDR_SHXYM", UNIFIED),
        ("CF_WSH", "榕税罚〔2026〕4号"),
        ("CF_JDRQ", "2026-03-01"),
    ];
    line.quarantined("deregistered", &late).await;
    let events = line.file(UNIFIED).await.subject.events;
    assert_eq!(
        (events[0].state.as_str(), &events[0].successors[..]),
        ("merged", &[OTHER.to_owned()][..])
    );
    // Restored by a court before that day: then it answers.
    let report = line
        .import(&[
            &format!("{OTHER},,,存续,2026-02-28,"),
            &format!("{OTHER},,,存续,2026-03-01,"),
        ])
        .await;
    assert_eq!(
        (report.more, report.refused, report.freed),
        (1, 1, 0),
        "{report:#?}"
    );
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_waited_never_overrules_what_was_delivered_after_it() {
    let line = Line::start().await;
    line.feed(&[
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_WSH", "榕税罚〔2026〕1号"),
    ])
    .await;
    line.feed(&[("CF_XDR_GSZC", NUMBER), ("CF_WSH", "榕税罚〔2026〕2号")])
        .await;
    let stale = [
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_XDR_GSZC", NUMBER),
        ("CF_WSH", "榕税罚〔2026〕3号"),
        ("CF_WFXW", "虚开发票"),
    ];
    line.quarantined("codes-disagree", &stale).await;
    line.pass_days(1);
    // The department mended the row and delivered it again.
    let mended = [
        ("CF_XDR_ZZJG", "MA900012-6"),
        ("CF_WSH", "榕税罚〔2026〕3号"),
    ];
    assert_eq!(line.feed(&mended).await.recorded, 1);
    let report = line.import(&[&format!("{UNIFIED},,{NUMBER},,,")]).await;
    assert_eq!((report.joined, report.freed), (1, 0), "{report:#?}");
    let file = line.file(UNIFIED).await;
    assert_eq!(file.records.len(), 3);
    assert!(file.records.iter().all(|row| row.version == 1), "{file:#?}");
    line.assert_sound().await;
}

/// I7: a name in common changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn names_never_bind() {
    let line = Line::start().await;
    line.ingest().await;
    let path = line.dir.path().join("register.csv");
    fs::write(
        &path,
        format!("名称,统一社会信用代码\n福州虚构贸易有限公司,{UNIFIED}\n"),
    )
    .unwrap();
    let report = line
        .house
        .import_register(&path, &actor(), &|_| ())
        .await
        .unwrap();
    assert_eq!((report.new, report.joined), (1, 0));
    assert_ne!(
        line.file(USCC).await.subject.id,
        line.file(UNIFIED).await.subject.id
    );
}
