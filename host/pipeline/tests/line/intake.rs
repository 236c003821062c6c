//! From the feed to records.

use crate::house::{DECISION, Line, USCC, actor};
use std::{fs, path::Path};

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_of_a_bad_feed_are_kept_and_the_rest_is_named() {
    let line = Line::start().await;
    let report = line.ingest().await;
    assert_eq!(
        (report.rows, report.accepted, report.rejected),
        (6, 5, 1),
        "{report:#?}"
    );
    assert_eq!(report.quarantined, 0, "{report:#?}");
    let rejected = report.lines.iter().find(|l| l.kind == "rejected").unwrap();
    assert_eq!(
        (rejected.row, rejected.field.as_deref()),
        (5, Some("CF_WSH"))
    );
    assert!(!report.is_failure());
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_is_only_duplicates_and_a_corrected_one_a_new_version() {
    let line = Line::start().await;
    let first = line.ingest().await;
    let again = line.ingest().await;
    assert_eq!(
        (again.accepted, again.duplicates),
        (0, first.accepted),
        "{again:#?}"
    );
    assert!(!again.is_failure());
    let raw = fs::read_to_string(crate::house::repository(
        "examples/feeds/tax-penalties.json",
    ))
    .unwrap();
    // Ten times the fine, in the first row.
    let corrected = raw.replacen("\"CF_NR_FK\": 12.3", "\"CF_NR_FK\": 123", 1);
    assert_ne!(raw, corrected);
    let path = line.dir.path().join("corrected.json");
    fs::write(&path, corrected).unwrap();
    let report = line
        .house
        .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
        .await
        .unwrap();
    assert_eq!((report.revised, report.recorded), (1, 0), "{report:#?}");
    let file = line.house.look(USCC, Some("test"), &actor()).await.unwrap();
    assert_eq!(file.records.len(), 1);
    assert_eq!(file.records[0].version, 2);
    assert_eq!(
        file.records[0].record.decision.number.as_deref(),
        Some(DECISION)
    );
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_bound_is_kept_for_a_person_with_the_reason() {
    let line = Line::start().await;
    let raw = fs::read_to_string(crate::house::repository(
        "examples/feeds/tax-penalties.json",
    ))
    .unwrap();
    let spoilt = raw
        // A mistyped identity number: masked all the same, and bound to nobody.
        .replacen("350000190001020020", "350000190001020021", 1)
        // A mistyped code.
        .replacen("91350100MA9000118U", "91350100MA9000118X", 1);
    let path = line.dir.path().join("spoilt.json");
    fs::write(&path, spoilt).unwrap();
    let report = line
        .house
        .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
        .await
        .unwrap();
    assert_eq!((report.accepted, report.quarantined), (3, 2), "{report:#?}");
    let rules: Vec<&str> = report
        .lines
        .iter()
        .filter(|l| l.kind == "quarantined")
        .map(|l| l.rule.as_str())
        .collect();
    assert_eq!(rules, ["unbindable", "unbindable"]);
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_feed_is_set_aside() {
    let line = Line::start().await;
    let path = line.dir.path().join("letter.txt");
    fs::write(&path, "尊敬的同事：附件稍后奉上。").unwrap();
    let report = line
        .house
        .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
        .await
        .unwrap();
    assert!(report.is_failure());
    assert!(report.set_aside.unwrap().starts_with("wrong-format"));
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_identity_number_and_no_secret_lies_bare_anywhere() {
    let line = Line::start().await;
    let resolved = line.noticed().await;
    line.pass_days(8);
    line.house.sweep_until_quiet().await.unwrap();
    assert_eq!(line.effects().await.len(), 1, "{:?}", resolved.orders);
    line.house.store().close().await;
    let canaries = [
        "350000190001010017",
        "350000190001020020",
        "丙某",
        "甲某",
        crate::house::TOKEN,
    ];
    let all = files(&line.data());
    assert!(!all.is_empty());
    for file in all {
        let bytes = fs::read(&file).unwrap();
        for canary in canaries {
            let found = bytes
                .windows(canary.len())
                .any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} lies bare in {}", file.display());
        }
    }
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_of_a_person_needs_a_purpose_and_no_code_is_repeated() {
    let line = Line::start().await;
    line.ingest().await;
    let number = "350000190001010017";
    for purpose in [None, Some("  ")] {
        let error = line
            .house
            .look(number, purpose, &actor())
            .await
            .unwrap_err();
        assert!(!error.to_string().contains(number), "{error}");
    }
    let public = line.house.look(USCC, None, &actor()).await.unwrap();
    assert_eq!((public.records.len(), public.cases.len()), (1, 0));
    assert_eq!(
        public.records[0].record.parties,
        [],
        "no person is shown to the public"
    );
    let told = line.house.look(USCC, Some("test"), &actor()).await.unwrap();
    assert_eq!(told.records[0].record.parties.len(), 1);
    line.assert_sound().await;
}

/// A feed of many rows about one organization, several chunks long.
pub(crate) fn long_feed(rows: u32) -> String {
    let row = |n: u32| {
        format!(
            "{{\"CF_XDR_MC\":\"福州虚构贸易有限公司\",\"CF_XDR_SHXYM\":\"{USCC}\",\"CF_WSH\":\"榕税罚〔2026〕{n}号\",\
             \"CF_WFXW\":\"偷税\",\"CF_SY\":\"{}\",\"CF_YJ\":\"《中华人民共和国税收征收管理法》第六十三条\",\
             \"CF_CFLB\":\"罚款\",\"CF_NR\":\"处以罚款\",\"CF_JDRQ\":\"2026-03-12\",\"CF_CFJG\":\"虚构省税务局稽查局\",\
             \"CF_CFJGDM\":\"113500000099990171\"}}",
            "在账簿上少列收入".repeat(8)
        )
    };
    let rows: Vec<String> = (1..=rows).map(row).collect();
    format!(
        "{{\"total\":{},\"rows\":[{}]}}",
        rows.len(),
        rows.join(",\n")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_cut_off_in_the_middle_goes_on_behind_its_last_chunk() {
    let line = Line::start().await;
    let path = line.dir.path().join("long.json");
    let feed = long_feed(3000);
    assert!(feed.len() > 1_200_000, "several chunks: {}", feed.len());
    fs::write(&path, &feed).unwrap();
    let reached = tokio::sync::Notify::new();
    let cut = |_: f64| reached.notify_one();
    let actor = actor();
    tokio::select! {
        biased;
        () = reached.notified() => {}
        report = line.house.ingest("tax", Some("penalties"), &path, &actor, &cut) => {
            panic!("it was to be cut off: {report:?}");
        }
    }
    let before = line
        .house
        .store()
        .read()
        .await
        .unwrap()
        .record_count()
        .await
        .unwrap();
    assert!(before > 0 && before < 3000, "{before}");
    let report = line
        .house
        .ingest("tax", Some("penalties"), &path, &actor, &|_| ())
        .await
        .unwrap();
    assert_eq!(report.accepted + before, 3000, "{report:#?}");
    assert_eq!((report.duplicates, report.rejected), (0, 0));
    line.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_says_the_same_however_it_is_cut() {
    let line = Line::start().await;
    for feed in [
        "examples/feeds/tax-penalties.json",
        "plugins/tax/fixtures/penalties-hazards.json",
        "plugins/tax/fixtures/penalties-truncated.json",
    ] {
        let path = crate::house::repository(feed);
        let read = async |piece: usize| {
            let house = crate::house::open_bare(&line.data(), &line.clock).await;
            let house = house.cutting_pieces_of(piece);
            let read = house
                .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
                .await;
            read.unwrap()
        };
        let whole = read(512 * 1024).await;
        assert!(whole.rows > 1 && whole.accepted > 0, "{feed}: {whole:#?}");
        for piece in [61, 1000, 4096] {
            let cut = read(piece).await;
            // Word for word what the house has already.
            let known = whole.accepted + whole.duplicates;
            assert_eq!(
                (cut.accepted, cut.duplicates),
                (0, known),
                "{feed}, {piece}"
            );
            let same = (cut.rows, cut.rejected, cut.quarantined);
            let expected = (whole.rows, whole.rejected, whole.quarantined);
            assert_eq!(same, expected, "{feed}, {piece}");
            assert_eq!(cut.lines, whole.lines, "{feed}, {piece}");
        }
    }
    line.assert_sound().await;
}

/// One row of the sample's shape, with these fields instead.
pub(crate) fn one_row(fields: &[(&str, &str)]) -> String {
    let mut row = serde_json::json!({
        "CF_XDR_MC": "福州虚构贸易有限公司", "CF_WSH": "榕税罚〔2026〕1号", "CF_WFXW": "偷税",
        "CF_YJ": "《中华人民共和国税收征收管理法》第六十三条", "CF_JDRQ": "2026-03-12",
        "CF_CFJG": "虚构省税务局稽查局", "CF_CFJGDM": "113500000099990171",
    });
    for (field, value) in fields {
        row[*field] = (*value).into();
    }
    serde_json::json!({ "total": 1, "rows": [row] }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_that_disagree_bind_nothing_and_teach_nothing() {
    let line = Line::start().await;
    line.ingest().await;
    let path = line.dir.path().join("row.json");
    let other = "91350100MA9000118U";
    let cases = [
        // A mistyped code beside a person's number: the record is not the person's.
        (
            vec![
                ("CF_XDR_SHXYM", "91350100MA900010XX"),
                ("CF_XDR_ZJHM", "350000190001020020"),
            ],
            "unbindable",
        ),
        // One organization's unified code with another's organization code.
        (
            vec![("CF_XDR_SHXYM", USCC), ("CF_XDR_ZZJG", "MA900011-8")],
            "codes-disagree",
        ),
        // A unified code never seen, with a registration number of somebody else.
        (
            vec![
                ("CF_XDR_SHXYM", "91350100MA9000126N"),
                ("CF_XDR_GSZC", "350100400099018"),
            ],
            "codes-disagree",
        ),
        // A decision already recorded about somebody else.
        (
            vec![("CF_XDR_SHXYM", other), ("CF_WSH", DECISION)],
            "other-subject",
        ),
    ];
    for (fields, rule) in cases {
        fs::write(&path, one_row(&fields)).unwrap();
        let report = line
            .house
            .ingest("tax", Some("penalties"), &path, &actor(), &|_| ())
            .await
            .unwrap();
        assert_eq!(
            (report.accepted, report.quarantined),
            (0, 1),
            "{rule}: {report:#?}"
        );
        assert_eq!(report.lines[0].rule, rule, "{report:#?}");
    }
    // Nothing of it was learned: the code of the third case is still nobody's.
    let unknown = line
        .house
        .look("91350100MA9000126N", Some("test"), &actor())
        .await;
    assert!(unknown.is_err());
    line.assert_sound().await;
}
