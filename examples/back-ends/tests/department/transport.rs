//! Transport: order files in, acknowledgement files out, and each way of
//! misbehaving. Absent: the program around it, which `program` starts.

use std::fs;

use department_back_ends::whims;
use serde_json::json;

use crate::folders::{Folders, HEADER, sheet, start};

/// A department that behaves as `mode` says, with the apply step in its inbox.
async fn misbehaving(setting: serde_json::Value) -> Folders {
    let folders = start().await;
    folders.switch(setting).await;
    folders.put_order("o-1", "执行");
    folders.look().await;
    folders
}

fn row(key: &str, word: &str) -> (String, String) {
    (key.to_owned(), word.to_owned())
}

/// The switch is at rest again; from then on the step is done, once.
async fn check_recovers(folders: &Folders, told: &[(String, String)]) {
    folders.switch(json!({ "mode": "normal" })).await;
    for _ in 0..3 {
        folders.look().await;
    }
    assert_eq!(folders.told(), told);
    assert_eq!(folders.effects().await, ["o-1"]);
}

#[tokio::test]
async fn a_file_is_done_acknowledged_and_put_away() {
    let folders = start().await;
    folders.put(".order-o-1.csv.partial", "half");
    folders.put_order("o-1", "执行");
    folders.look().await;
    folders.look().await;
    let rows = folders.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..4], ["o-1", "已执行", "", "R-000001"]);
    let at = &rows[0][4];
    assert!(at.len() == 19 && at.as_bytes()[10] == b' ', "{at}");
    assert!(folders.inbox("taken/order-o-1.csv").exists());
    assert!(!folders.inbox("order-o-1.csv").exists());
    assert!(folders.inbox(".order-o-1.csv.partial").exists());
    let ledger = folders.get("/ledger").await;
    assert_eq!(ledger[0]["subject"]["name"], "虚构㐀运输有限公司");
    assert_eq!(
        folders.get("/requests").await,
        json!([{ "key": "o-1", "posts": 1, "queries": 0 }])
    );
}

#[tokio::test]
async fn the_same_file_again_is_acknowledged_again_and_nothing_else() {
    let folders = start().await;
    for _ in 0..2 {
        folders.put_order("o-1", "执行");
        folders.look().await;
    }
    let rows = folders.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], rows[1]);
    assert_eq!(folders.effects().await, ["o-1"]);
}

#[tokio::test]
async fn a_life_of_an_order() {
    let folders = start().await;
    for (key, verb) in [
        ("s-0", "中止"),
        ("o-1", "执行"),
        ("s-1", "中止"),
        ("r-1", "恢复"),
        ("l-1", "解除"),
        ("l-2", "解除"),
    ] {
        folders.put_order(key, verb);
        folders.look().await;
    }
    let told = folders.told();
    assert_eq!(told[0], row("s-0", "不适用"));
    assert!(
        told[1..].iter().all(|(_, word)| word == "已执行"),
        "{told:?}"
    );
    assert_eq!(folders.effects().await, ["o-1", "s-1", "r-1", "l-1"]);
}

#[tokio::test]
async fn several_files_are_acknowledged_in_one() {
    let folders = start().await;
    folders.put_order("o-1", "执行");
    folders.put_order("s-1", "中止");
    folders.look().await;
    assert_eq!(folders.told(), [row("o-1", "已执行"), row("s-1", "已执行")]);
    let outbox = folders.place.path().join("out");
    assert_eq!(fs::read_dir(outbox).expect("the outbox").count(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_returned_with_words() {
    let good = sheet("o-1", "执行");
    for (from, to, words) in [
        ("命令编号", "订单编号", "column 2 of the header"),
        ("执行,S", "删除,S", "办理事项: one of 执行"),
        (
            "\r\no-1,o-1,",
            "\r\no-9,o-9,",
            "步骤编号: the key in the name",
        ),
        ("91350100MA900010XU", "", "统一社会信用代码: at least one"),
        ("2026-02-01,2029", "2026-02-30,2029", "开始日期: a day"),
        ("《公路安全保护条例》第六十六条", "", "依据: at least one"),
        (
            ",,,,,\"原因一",
            ",,,,\"原因一",
            "(file): a header and one row",
        ),
        (HEADER, "", "(file): a header and one row"),
    ] {
        let folders = start().await;
        let text = good.replace(from, to);
        let text = if from == HEADER {
            HEADER.to_owned()
        } else {
            text
        };
        folders.put("order-o-1.csv", &text);
        folders.look().await;
        let rows = folders.rows();
        assert_eq!(rows.len(), 1, "{from}");
        assert_eq!(rows[0][1], "退回", "{from}");
        assert!(rows[0][2].contains(words), "{}", rows[0][2]);
        let beside = folders.inbox("rejected/order-o-1.csv.txt");
        let reason = fs::read_to_string(beside).expect("the reason");
        assert_eq!(reason, rows[0][2]);
        assert!(folders.effects().await.is_empty());
    }
}

#[tokio::test]
async fn what_is_no_order_is_put_aside() {
    let folders = start().await;
    folders.put("list.csv", "x");
    fs::write(folders.inbox("order-o-1.csv"), b"\xff\xff").expect("a file");
    folders.look().await;
    assert!(folders.inbox("rejected/list.csv").exists());
    assert_eq!(folders.told(), [row("o-1", "退回")]);
    // A key that has acted keeps its fate, whatever comes under its name.
    folders.put_order("o-1", "执行");
    folders.look().await;
    folders.put(
        "order-o-1.csv",
        &sheet("o-1", "执行").replace("010XU", "02145"),
    );
    folders.look().await;
    folders.put("order-o-1.csv", "x");
    folders.look().await;
    assert_eq!(folders.told()[1..], [row("o-1", "已执行")]);
    assert_eq!(folders.effects().await, ["o-1"]);
}

/// As after a crash between the step and its acknowledgement.
#[tokio::test]
async fn an_acknowledgement_is_owed_until_it_stands_in_the_outbox() {
    let folders = start().await;
    let outbox = folders.place.path().join("out");
    fs::remove_dir(&outbox).expect("an empty outbox");
    folders.put_order("o-1", "执行");
    let error = folders.try_to_look().await.expect_err("no outbox");
    assert!(error.to_string().contains("permissions"), "{error}");
    assert_eq!(folders.effects().await, ["o-1"]);
    assert!(folders.inbox("taken/order-o-1.csv").exists());
    fs::create_dir(&outbox).expect("an outbox");
    check_recovers(&folders, &[row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn down_and_fail_leave_the_file() {
    for mode in ["down", "fail"] {
        let folders = misbehaving(json!({ "mode": mode })).await;
        folders.look().await;
        assert!(folders.inbox("order-o-1.csv").exists(), "{mode}");
        assert!(folders.effects().await.is_empty(), "{mode}");
        check_recovers(&folders, &[row("o-1", "已执行")]).await;
        let folders = misbehaving(json!({ "mode": mode, "times": 1 })).await;
        assert!(folders.effects().await.is_empty(), "{mode}");
        folders.look().await;
        assert_eq!(folders.effects().await, ["o-1"], "{mode}");
    }
}

#[tokio::test]
async fn a_lost_acknowledgement_comes_when_the_switch_is_at_rest() {
    let folders = misbehaving(json!({ "mode": "drop-after" })).await;
    folders.look_after_hours(100).await;
    assert_eq!(folders.effects().await, ["o-1"]);
    assert!(folders.told().is_empty());
    check_recovers(&folders, &[row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn hang_after_acknowledges_when_it_is_asked() {
    let folders = misbehaving(json!({ "mode": "hang-after", "times": 1 })).await;
    folders.look_after_hours(100).await;
    assert_eq!(folders.effects().await, ["o-1"]);
    assert!(folders.told().is_empty());
    folders.ask().await;
    check_recovers(&folders, &[row("o-1", "已执行")]).await;

    let folders = misbehaving(json!({ "mode": "hang-after", "times": 1 })).await;
    folders.put_order("o-1", "执行");
    check_recovers(&folders, &[row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn slow_acts_at_once_and_tells_later() {
    let folders = misbehaving(json!({ "mode": "slow", "ms": 3_600_000 })).await;
    assert_eq!(folders.effects().await, ["o-1"]);
    assert!(folders.told().is_empty());
    folders.look_after_hours(2).await;
    check_recovers(&folders, &[row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn late_acts_and_tells_later() {
    let folders = misbehaving(json!({ "mode": "late", "ms": 3_600_000 })).await;
    folders.look().await;
    assert!(folders.effects().await.is_empty());
    assert!(folders.told().is_empty());
    folders.look_after_hours(2).await;
    check_recovers(&folders, &[row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn person_says_that_an_official_has_it() {
    let folders = misbehaving(json!({ "mode": "person", "ms": 3_600_000 })).await;
    folders.look().await;
    assert_eq!(folders.told(), [row("o-1", "办理中")]);
    assert_eq!(folders.rows()[0][4], "");
    assert!(folders.effects().await.is_empty());
    folders.look_after_hours(2).await;
    check_recovers(&folders, &[row("o-1", "办理中"), row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn twice_is_two_rows_and_one_effect() {
    let folders = misbehaving(json!({ "mode": "twice", "times": 1 })).await;
    let rows = folders.rows();
    assert_eq!(rows[0], rows[1]);
    check_recovers(&folders, &[row("o-1", "已执行"), row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn other_key_tells_of_another_step_first() {
    let folders = misbehaving(json!({ "mode": "other-key" })).await;
    folders.look().await;
    let another = row(whims::ANOTHER_STEP, "已执行");
    assert_eq!(folders.told(), std::slice::from_ref(&another));
    assert_eq!(folders.effects().await, ["o-1"]);
    check_recovers(&folders, &[another, row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn a_lie_is_told_once_and_the_step_done_afterwards() {
    let folders = misbehaving(json!({ "mode": "lie" })).await;
    folders.look().await;
    let rows = folders.rows();
    assert_eq!(rows, [["o-1", "已了结", "", "", "2026-02-31 10:00:00"]]);
    assert!(folders.effects().await.is_empty());
    check_recovers(&folders, &[row("o-1", "已了结"), row("o-1", "已执行")]).await;
}

#[tokio::test]
async fn what_is_not_done_is_not_done_for_good() {
    for (mode, word) in [
        ("dispute", "有异议"),
        ("outside-mandate", "不属职责"),
        ("refuse", "未能执行"),
    ] {
        let folders = misbehaving(json!({ "mode": mode, "times": 1 })).await;
        folders.put_order("o-1", "执行");
        folders.look().await;
        assert_eq!(folders.told(), [row("o-1", word), row("o-1", word)]);
        assert!(!folders.rows()[0][2].is_empty(), "{mode}");
        assert!(folders.effects().await.is_empty(), "{mode}");
    }
    let folders = start().await;
    let other = sheet("o-1", "执行").replace("S-TRN-01", "L-TAX-02");
    folders.put("order-o-1.csv", &other);
    folders.look().await;
    assert_eq!(folders.told(), [row("o-1", "不属职责")]);
}

#[tokio::test]
async fn partly_has_its_effect_and_a_reason() {
    let folders = misbehaving(json!({ "mode": "partly", "times": 1 })).await;
    assert!(!folders.rows()[0][2].is_empty());
    check_recovers(&folders, &[row("o-1", "部分执行")]).await;
}
