//! What a measure has to say, and may not.

use super::*;

#[test]
fn a_measure_has_subjects_and_bases() {
    let files = good().with_in("C-TAX", "bases = [\"PLAN\"]", "bases = []");
    check(files, "bases = []", "bases", "at least one");
    let files = good().with_in("C-TAX", "subjects = [\"organization\"]", "subjects = []");
    check(files, "subjects = []", "subjects", "at least one");
}

/// I2.
#[test]
fn no_measure_is_endless() {
    let swap = |words: &str, instead: &str| good().with(words, instead);
    let neither = swap("longest = { years = 2 }\n", "");
    check(
        neither,
        "code = \"C-TAX\"",
        "longest",
        "no measure is endless",
    );
    let both = swap(
        "longest = { years = 2 }",
        "longest = { years = 2 }\nends_when = \"改正\"",
    );
    check(
        both,
        "longest = { years = 2 }",
        "longest",
        "either `longest`",
    );
    let unreviewed = swap("review_within = { months = 12 }\n", "");
    check(unreviewed, "ends_when", "ends_when", "with `review_within`");
    let uncounted = swap("longest = { years = 2 }", "longest = { working_days = 20 }");
    check(
        uncounted,
        "longest = { working_days",
        "longest",
        "runs on every day",
    );
}

/// I2: reviewed at most twelve months ahead, where that is the limit in force.
#[test]
fn a_measure_without_an_end_date_is_reviewed_in_time() {
    let late = good().with(
        "review_within = { months = 12 }",
        "review_within = { months = 13 }",
    );
    check(
        late,
        "review_within",
        "review_within",
        "longer than 12 months",
    );
    let late = good().with(
        "review_within = { months = 12 }",
        "review_within = { days = 366 }",
    );
    check(
        late,
        "review_within",
        "review_within",
        "longer than 12 months",
    );
    let unlimited = good().with_in(
        "review-at-most",
        "from = \"2017-01-25\"",
        "from = \"2026-01-02\"",
    );
    check(
        unlimited,
        "review_within",
        "review_within",
        "no limit `review-at-most`",
    );
}

/// I1.
#[test]
fn nobody_but_an_organization_is_classified() {
    let person = good()
        .with_in(
            "C-TAX",
            "subjects = [\"organization\"]",
            "subjects = [\"person\"] # C",
        )
        .with_in(
            "C-TAX",
            "human_gate",
            "individual_decision = true\nhuman_gate",
        )
        .with_in(
            "C-TAX",
            "triggers = [\"PENALTY\", \"JUDGMENT\"]",
            "triggers = [\"JUDGMENT\"]",
        );
    check(
        person,
        "subjects = [\"person\"] # C",
        "subjects",
        "no grade of a person",
    );
    let role = good()
        .with_in(
            "C-TAX",
            "subjects = [\"organization\"]",
            "subjects = [\"organization\"]\nroles = [\"principal\"]",
        )
        .with_in(
            "C-TAX",
            "human_gate",
            "individual_decision = true\nhuman_gate",
        )
        .with_in(
            "C-TAX",
            "human_gate",
            "proof = [\"own-decision\"]\nhuman_gate",
        );
    check(
        role,
        "roles = [\"principal\"]",
        "roles",
        "no grade of a person",
    );
}

#[test]
fn roles_stand_beside_an_organization() {
    let files = good().with(
        "subjects = [\"organization\", \"person\"]",
        "subjects = [\"person\"]",
    );
    check(files, "roles", "roles", "beside an organization");
}

/// Requirement 9.
#[test]
fn a_list_measure_names_its_list_and_no_other_does() {
    let absent = good().with("list = \"WAGES\"\n", "");
    check(absent, "code = \"L-WAGES\"", "list", "names the list");
    let other = good().with_in("C-TAX", "notice =", "list = \"EXEMPLARS\" # C\nnotice =");
    check(
        other,
        "list = \"EXEMPLARS\" # C",
        "list",
        "no other measure does",
    );
}

/// Requirement 10.
#[test]
fn nobody_stands_on_a_list_longer_than_the_list_allows() {
    let files = good().with_in(
        "WAGES",
        "longest = { years = 3 }",
        "longest = { months = 35 }",
    );
    check(
        files,
        "longest = { years = 3 }",
        "longest",
        "`WAGES` keeps no entry longer",
    );
}

/// Requirement 23.
#[test]
fn what_restricts_movement_or_spending_needs_proof_of_ability_and_refusal() {
    let files = |restricts: &str, proof: &str| {
        good()
            .with(
                "restricts = \"exit\"",
                &format!("restricts = \"{restricts}\""),
            )
            .with("\"ability-to-perform\", \"refusal\", ", proof)
    };
    for restricts in [
        "exit",
        "flights",
        "premium-rail",
        "real-estate",
        "high-spending",
    ] {
        files(restricts, "\"ability-to-perform\", \"refusal\", ").sound();
        for proof in ["\"ability-to-perform\", ", "\"refusal\", ", ""] {
            check(
                files(restricts, proof),
                "proof",
                "proof",
                "有履行能力但拒不履行",
            );
        }
    }
}

/// Requirement 26.
#[test]
fn only_an_act_of_state_restricts() {
    let files = good().with("kind = \"sanction\"", "kind = \"association\"");
    check(files, "restricts", "restricts", "only an act of state");
}

/// Requirement 21.
#[test]
fn sanctions_and_black_lists_name_their_domain() {
    for (code, line) in [
        ("S-EXIT", "code = \"S-EXIT\""),
        ("L-WAGES", "code = \"L-WAGES\""),
    ] {
        let files = good().with_in(code, "domain = \"courts\"\n", "");
        check(files, line, "domain", "trigger domain");
    }
}

/// I2.
#[test]
fn an_adverse_measure_gives_a_hearing_and_names_remedies() {
    let mute = good().with("hearing = { working_days = 5 }\n", "");
    let faults = mute.faults();
    assert_eq!(
        faults.len(),
        3,
        "every adverse measure that uses the form: {faults:?}"
    );
    let form = "[[notices]]\ncode = \"bare\"\ntitle = \"告知书\"\n";
    let with_form = |rest: &str| {
        good().and("bare.toml", &format!("{form}{rest}")).with_in(
            "C-TAX",
            "notice = \"administrative\"",
            "notice = \"bare\"",
        )
    };
    let no_hearing = with_form("remedies = [\"行政复议\"]\nremedies_en = [\"reconsideration\"]\n");
    check(no_hearing, "notice = \"bare\"", "notice", "陈述申辩");
    let no_remedy = with_form("hearing = { working_days = 5 }\nremedies = []\nremedies_en = []\n");
    check(no_remedy, "notice = \"bare\"", "notice", "第五十九条");
}

/// Requirement 28.
#[test]
fn whoever_is_touched_as_a_person_has_a_decision_of_its_own() {
    let undecided = good().with("individual_decision = true\n", "");
    check(
        undecided,
        "code = \"S-EXIT\"",
        "individual_decision",
        "must be true",
    );
    let denied = good().with("individual_decision = true", "individual_decision = false");
    check(
        denied,
        "individual_decision",
        "individual_decision",
        "must be true",
    );
    let unproved = good().with(", \"own-decision\"]", "]");
    check(unproved, "proof", "proof", "names that person");
    // A person touched for its own conduct is named by the decision anyway.
    good()
        .with(", \"own-decision\"]", "]")
        .with("roles = [\"legal-representative\"]\n", "")
        .sound();
}

/// Requirements 3 and 22.
#[test]
fn a_trigger_is_collected_of_whoever_is_touched() {
    let unknown = good().with("triggers = [\"HONOUR\"]", "triggers = [\"NONE\"]");
    check(
        unknown,
        "triggers = [\"NONE\"]",
        "triggers",
        "directory \"organization\"",
    );
    let organizations_only = good().with_in(
        "S-EXIT",
        "triggers = [\"JUDGMENT\"]",
        "triggers = [\"PENALTY\"] # S",
    );
    check(
        organizations_only,
        "triggers = [\"PENALTY\"] # S",
        "triggers",
        "directory \"person\"",
    );
    let none = good().with_in("L-WAGES", "triggers = [\"PENALTY\"]", "triggers = [] # L");
    check(none, "triggers = [] # L", "triggers", "only an incentive");
}

/// Requirement 15.
#[test]
fn the_report_of_a_credit_agency_triggers_nothing() {
    let files = good().with_in(
        "L-WAGES",
        "triggers = [\"PENALTY\"]",
        "triggers = [\"REPORT\"]",
    );
    check(
        files,
        "triggers = [\"REPORT\"]",
        "triggers",
        "for reference only",
    );
    let files = good().with("triggers = [\"HONOUR\"]", "triggers = [\"REPORT\"]");
    check(
        files,
        "triggers = [\"REPORT\"]",
        "triggers",
        "for reference only",
    );
}

/// Requirement 22.
#[test]
fn nothing_adverse_follows_from_what_is_not() {
    let files = good().with_in(
        "L-WAGES",
        "triggers = [\"PENALTY\"]",
        "triggers = [\"HONOUR\"] # L",
    );
    check(
        files,
        "triggers = [\"HONOUR\"] # L",
        "triggers",
        "is not adverse",
    );
}

/// Requirement 19.
#[test]
fn bonus_points_in_bidding_are_for_market_entities_and_by_law() {
    let sanction = good().with_in(
        "C-TAX",
        "human_gate",
        "bidding_bonus = true # C\nhuman_gate",
    );
    let sanction = sanction.with_in("C-TAX", "bases = [\"PLAN\"]", "bases = [\"LAW\"]");
    check(
        sanction,
        "bidding_bonus = true # C",
        "bidding_bonus",
        "an \"incentive\"",
    );
    let person = good()
        .with_in(
            "I-BONUS",
            "subjects = [\"organization\"]",
            "subjects = [\"person\"]",
        )
        .with("triggers = [\"HONOUR\"]", "triggers = []");
    check(person, "bidding_bonus", "bidding_bonus", "not for persons");
    for basis in ["LOCAL", "RULE", "PLAN"] {
        let low = good().with_in(
            "I-BONUS",
            "bases = [\"REGULATION\"]",
            &format!("bases = [\"{basis}\"]"),
        );
        check(
            low,
            "bidding_bonus",
            "bidding_bonus",
            "a law or an administrative regulation",
        );
    }
}

#[test]
fn how_grave_it_is_says_how_long_it_is_shown() {
    let files = good().with("seriousness = \"serious\"", "seriousness = \"minor\"");
    check(
        files,
        "seriousness",
        "seriousness",
        "no limit `publicity-minor`",
    );
}
