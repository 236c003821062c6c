//! What each level of basis can carry (国办发〔2020〕49号).

use super::*;

/// A measure of a kind that rests on one basis of the small catalogue.
fn resting_on(kind: &str, basis: &str) -> Files {
    let bases = format!("bases = [\"{basis}\"]");
    match kind {
        "sanction" => good().with("bases = [\"LAW\", \"INTERPRETATION\"]", &bases),
        "list" => good().with_in("L-WAGES", "bases = [\"RULE\"]", &bases),
        "incentive" => good()
            .with_in("I-BONUS", "bases = [\"REGULATION\"]", &bases)
            .with("bidding_bonus = true\n", ""),
        "classification" => good().with_in("C-TAX", "bases = [\"PLAN\"]", &bases),
        "association" => good()
            .with("bases = [\"LAW\", \"INTERPRETATION\"]", &bases)
            .with("kind = \"sanction\"", "kind = \"association\"")
            .with("restricts = \"exit\"\n", ""),
        _ => unreachable!(),
    }
}

#[test]
fn the_level_of_a_basis_says_what_it_carries() {
    for kind in [
        "sanction",
        "list",
        "incentive",
        "classification",
        "association",
    ] {
        for basis in ["LAW", "REGULATION", "LOCAL", "RULE", "PLAN"] {
            let too_low = matches!(
                (kind, basis),
                ("sanction", "RULE" | "PLAN") | ("list", "PLAN")
            );
            let files = resting_on(kind, basis);
            if too_low {
                let line = format!("bases = [\"{basis}\"]");
                check(files, &line, "bases", "国办发〔2020〕49号");
            } else {
                files.sound();
            }
        }
    }
}

#[test]
fn central_policy_carries_a_sanction() {
    let policy = good().with_in("PLAN", "normative-document", "central-policy");
    policy
        .with(
            "bases = [\"LAW\", \"INTERPRETATION\"]",
            "bases = [\"PLAN\"]",
        )
        .sound();
}

#[test]
fn an_interpretation_passes_only_with_its_law() {
    let alone = good().with(
        "bases = [\"LAW\", \"INTERPRETATION\"]",
        "bases = [\"REGULATION\", \"INTERPRETATION\"]",
    );
    check(
        alone,
        "bases = [\"REGULATION\", ",
        "bases",
        "cite `LAW` as well",
    );
}

/// Requirement 14.
#[test]
fn a_repealed_basis_blocks_new_use() {
    let since = |day: &str| {
        good()
            .with(
                "repealed_on = \"2030-01-01\"",
                &format!("repealed_on = \"{day}\""),
            )
            .with_in(
                "L-WAGES",
                "bases = [\"RULE\"]",
                "bases = [\"RULE\", \"REGULATION\"]",
            )
    };
    since("2026-01-02").sound();
    check(
        since("2026-01-01"),
        "bases = [\"RULE\", ",
        "bases",
        "repealed since 2026-01-01",
    );
}

#[test]
fn a_basis_carries_from_the_first_day_of_the_edition() {
    let later = |day: &str| {
        good().with_in(
            "RULE",
            "in_force_from = \"2022-01-01\"",
            &format!("in_force_from = \"{day}\""),
        )
    };
    later("2026-01-01").sound();
    check(
        later("2026-01-02"),
        "bases = [\"RULE\"]",
        "bases",
        "not in force on 2026-01-01",
    );
}

#[test]
fn a_draft_may_stand_on_too_little() {
    for mark in [
        "verified = \"no\"",
        "verified = \"full-text\"\nheld = \"改以法院途径\"",
    ] {
        let files = good()
            .with(
                "bases = [\"LAW\", \"INTERPRETATION\"]",
                "bases = [\"PLAN\"]",
            )
            .with_in("S-EXIT", "verified = \"full-text\"", mark);
        files.sound();
    }
}

#[test]
fn a_local_list_rests_on_a_local_regulation() {
    let standard = good().with("standard = \"LOCAL\"", "standard = \"REGULATION\"");
    check(
        standard,
        "standard = \"REGULATION\"",
        "standard",
        "地方性法规",
    );
    let measure = good().with("list = \"WAGES\"", "list = \"LOCAL-BLACK\"");
    check(
        measure,
        "bases = [\"RULE\"]",
        "bases",
        "a local list on a local regulation",
    );
}

/// Requirement 9.
#[test]
fn the_standard_of_a_black_list_stands_high_enough() {
    for standard in ["LAW", "REGULATION", "INTERPRETATION"] {
        good()
            .with("standard = \"RULE\"", &format!("standard = \"{standard}\""))
            .sound();
    }
    let low = good().with("standard = \"RULE\"", "standard = \"PLAN\" # low");
    check(low, "standard = \"PLAN\" # low", "standard", "部门规章");
}
