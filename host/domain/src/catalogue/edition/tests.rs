//! What a new edition does to orders in force, by cases and by laws.

use super::*;
use crate::catalogue::load;
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

const REGISTER: &str = r#"
[[bases]]
code = "LAW"
citation = "《中华人民共和国行政许可法》"
article = "第七十九条"
issuer = "全国人民代表大会常务委员会"
level = "law"
in_force_from = "2004-07-01"
[[bases]]
code = "RULE"
citation = "《某办法》"
article = "第一条"
issuer = "某部"
level = "departmental-rule"
in_force_from = "2010-01-01"
repealed_on = "2029-01-01"
[[domains]]
code = "order"
title = "市场秩序"
basis = "LAW"
[[limits]]
code = "review-at-most"
at_most = { months = 12 }
basis = "LAW"
from = "2004-07-01"
[[notices]]
code = "form"
title = "告知书"
hearing = { working_days = 5 }
remedies = ["行政复议"]
remedies_en = ["reconsideration"]
[[mandates]]
department = "transport"
measure = "M"
source = "三定方案"
from = "2004-07-01"
until = "2035-01-01"
"#;

const ITEMS: &str = r#"
[edition]
series = "items"
name = "1"
in_force_from = "2004-07-01"
directory = "organization"
[[items]]
code = "PENALTY"
title = "行政处罚"
sort = "penalty"
provider = "transport"
duty = "行政处罚法"
disclosure = "public"
adverse = true
fields = []
[[items]]
code = "HONOUR"
title = "表彰"
sort = "honour"
provider = "transport"
duty = "表彰奖励"
disclosure = "public"
adverse = false
fields = []
"#;

/// One edition of the measure `M`, or one without it.
#[derive(Debug, Clone, Copy)]
struct Version {
    from: Date,
    kind: &'static str,
    period: &'static str,
    more: &'static str,
}

const FIRST: Version = Version {
    from: date(2026, 1, 1),
    kind: "sanction",
    period: "longest = { years = 3 }",
    more: "",
};

/// From 2027 something else holds, or nothing.
fn next(change: impl FnOnce(&mut Version)) -> Catalogue {
    let mut second = Version {
        from: date(2027, 1, 1),
        ..FIRST
    };
    change(&mut second);
    catalogue(&[FIRST, second])
}

fn catalogue(versions: &[Version]) -> Catalogue {
    let mut files = vec![
        ("register.toml".to_owned(), REGISTER.to_owned()),
        ("items.toml".to_owned(), ITEMS.to_owned()),
    ];
    for (number, version) in versions.iter().enumerate() {
        let Version {
            from, kind, period, ..
        } = version;
        let trigger = match *kind {
            "incentive" => "HONOUR",
            _ => "PENALTY",
        };
        let mut text = format!(
            "[edition]\nseries = \"measures\"\nname = \"{from}\"\nin_force_from = \"{from}\"\n"
        );
        if !kind.is_empty() {
            text += &format!(
                "[[measures]]\ncode = \"M\"\ntitle = \"措施\"\ntitle_en = \"Measure\"\nkind = \
                 \"{kind}\"\neffect = \"限制\"\nsubjects = [\"organization\"]\nexecutor = \
                 \"transport\"\ndomain = \"order\"\nbases = [\"LAW\"]\ntriggers = [\"{trigger}\"]\n\
                 condition = \"认定\"\n{period}\nnotice = \"form\"\nhuman_gate = \"official\"\n\
                 disclosure = \"public\"\nfeedback_within = {{ working_days = 5 }}\nfiled_on = \
                 \"{from}\"\nverified = \"full-text\"\n{}\n[measures.repair]\nwords = \"改正后申请\"\n\
                 decides_within = {{ working_days = 10 }}\n",
                version.more
            );
        }
        files.push((format!("{number}.toml"), text));
    }
    load(&files).unwrap_or_else(|error| panic!("{error}"))
}

fn order() -> OrderInForce {
    OrderInForce {
        measure: "M".to_owned(),
        department: "transport".to_owned(),
        subject: SubjectKind::Organization,
        bases: vec!["LAW".to_owned()],
        settled_on: date(2026, 6, 1),
        starts_on: date(2026, 6, 15),
        ends_on: date(2029, 6, 14),
    }
}

const LATER: Date = date(2027, 2, 1);

#[track_caller]
fn ends_sooner(catalogue: &Catalogue, order: &OrderInForce, on: Date) {
    assert_eq!(
        catalogue.consequence(order, LATER),
        Consequence::EndsSooner(on)
    );
}

/// One reason for review, with these words in English, and the days unchanged.
#[track_caller]
fn reviewed(catalogue: &Catalogue, order: &OrderInForce, on: Date, words: &str) {
    let Consequence::Review { ends_on, reasons } = catalogue.consequence(order, on) else {
        panic!("no review on {on}");
    };
    assert_eq!(ends_on, order.ends_on);
    assert_eq!(reasons.len(), 1, "{reasons:#?}");
    assert!(reasons[0].en.contains(words), "{reasons:#?}");
    let chinese = |letter: char| ('一'..='龥').contains(&letter);
    assert!(reasons[0].zh.contains(chinese), "{reasons:#?}");
}

#[test]
fn the_same_terms_keep_an_order_as_it_is() {
    let keeps = |catalogue: Catalogue, on| {
        assert_eq!(catalogue.consequence(&order(), on), Consequence::Keeps);
    };
    keeps(catalogue(&[FIRST]), LATER);
    keeps(next(|_| {}), LATER);
    keeps(
        next(|v| v.period = "longest = { months = 1 }"),
        date(2026, 12, 31),
    );
}

/// 立法法 第一百零四条.
#[test]
fn harsher_terms_never_reach_back() {
    let harsher = next(|v| v.period = "longest = { years = 5 }");
    assert_eq!(harsher.consequence(&order(), LATER), Consequence::Keeps);
    let mut short = order();
    short.ends_on = date(2026, 12, 14);
    assert_eq!(harsher.consequence(&short, LATER), Consequence::Keeps);
}

/// 立法法 第一百零四条.
#[test]
fn a_shorter_period_counts_from_the_start_of_the_order() {
    let two_years = next(|v| v.period = "longest = { years = 2 }");
    ends_sooner(&two_years, &order(), date(2028, 6, 14));
    let mut short = order();
    short.ends_on = date(2028, 6, 14);
    assert_eq!(two_years.consequence(&short, LATER), Consequence::Keeps);
}

#[test]
fn nothing_ends_before_the_edition_that_ends_it() {
    let three_months = next(|v| v.period = "longest = { months = 3 }");
    ends_sooner(&three_months, &order(), date(2026, 12, 31));
    let mut to_come = order();
    to_come.starts_on = date(2027, 1, 20);
    to_come.ends_on = date(2030, 1, 19);
    ends_sooner(&three_months, &to_come, date(2027, 4, 19));
}

#[test]
fn a_shorter_period_holds_although_a_later_edition_took_it_back() {
    let short = Version {
        from: date(2026, 10, 1),
        period: "longest = { years = 1 }",
        ..FIRST
    };
    let long = Version {
        from: date(2027, 1, 1),
        ..FIRST
    };
    ends_sooner(
        &catalogue(&[FIRST, short, long]),
        &order(),
        date(2027, 6, 14),
    );
}

#[test]
fn an_incentive_is_not_cut_short() {
    let kind = "incentive";
    let first = Version { kind, ..FIRST };
    let second = Version {
        from: date(2027, 1, 1),
        period: "longest = { months = 1 }",
        ..first
    };
    let catalogue = catalogue(&[first, second]);
    assert_eq!(catalogue.consequence(&order(), LATER), Consequence::Keeps);
}

/// Requirement 14.
#[test]
fn what_an_order_stands_on_is_gone_and_a_person_reviews_it() {
    let withdrawn = next(|v| v.kind = "");
    reviewed(&withdrawn, &order(), LATER, "not in the catalogue in force");
    let same = catalogue(&[FIRST]);
    reviewed(&same, &order(), date(2035, 1, 1), "no mandate");
    let mut on_rule = order();
    on_rule.bases.push("RULE".to_owned());
    assert_eq!(
        same.consequence(&on_rule, date(2028, 12, 31)),
        Consequence::Keeps
    );
    reviewed(
        &same,
        &on_rule,
        date(2029, 1, 1),
        "basis RULE is not in force",
    );
    on_rule.bases[1] = "GONE".to_owned();
    reviewed(&same, &on_rule, LATER, "no longer in the register");
}

/// Requirement 14.
#[test]
fn what_an_order_stands_on_has_changed_and_a_person_reviews_it() {
    let changed = |change: fn(&mut Version), words: &str| {
        reviewed(&next(change), &order(), LATER, words);
    };
    changed(
        |v| v.kind = "classification",
        "was of kind sanction and is now classification",
    );
    changed(|v| v.more = "held = \"待核\"", "only a draft");
    changed(
        |v| v.period = "ends_when = \"改正\"\nreview_within = { months = 6 }",
        "now lasts until “改正”, reviewed every 6 months",
    );
    let mut person = order();
    person.subject = SubjectKind::Person;
    reviewed(
        &next(|_| {}),
        &person,
        LATER,
        "no longer applies to a subject of this kind",
    );
}

#[test]
fn a_person_who_reviewed_it_under_the_new_terms_is_not_asked_again() {
    let until = next(|v| v.period = "ends_when = \"改正\"\nreview_within = { months = 6 }");
    let mut order = order();
    order.settled_on = date(2027, 1, 15);
    assert_eq!(until.consequence(&order, LATER), Consequence::Keeps);
}

#[test]
fn a_sooner_end_holds_while_a_person_reviews() {
    let catalogue = next(|v| {
        v.period = "longest = { years = 1 }";
        v.kind = "classification";
    });
    let Consequence::Review { ends_on, .. } = catalogue.consequence(&order(), LATER) else {
        panic!("no review");
    };
    assert_eq!(ends_on, date(2027, 6, 14));
}

const KINDS: [&str; 5] = ["sanction", "classification", "association", "incentive", ""];
const PERIODS: [&str; 6] = [
    "longest = { years = 5 }",
    "longest = { years = 3 }",
    "longest = { months = 7 }",
    "longest = { days = 10 }",
    "ends_when = \"改正\"\nreview_within = { months = 12 }",
    "ends_when = \"履行\"\nreview_within = { months = 3 }",
];

prop_compose! {
    fn any_versions()(
        versions in prop::collection::vec((0..KINDS.len(), 0..PERIODS.len(), 1i64..900), 1..4)
    ) -> Vec<Version> {
        let mut from = FIRST.from;
        let read = |(kind, period, days): (usize, usize, i64)| {
            // The first edition has the measure.
            let kind = if from == FIRST.from { kind % (KINDS.len() - 1) } else { kind };
            let version = Version { from, kind: KINDS[kind], period: PERIODS[period], more: "" };
            from = from.checked_add(days.days()).unwrap();
            version
        };
        versions.into_iter().map(read).collect()
    }
}

prop_compose! {
    fn any_order()(settled in 0i64..1500, wait in 0i64..200, length in 0i64..2000) -> OrderInForce {
        let settled_on = FIRST.from.checked_add(settled.days()).unwrap();
        let starts_on = settled_on.checked_add(wait.days()).unwrap();
        let ends_on = starts_on.checked_add(length.days()).unwrap();
        OrderInForce { settled_on, starts_on, ends_on, ..order() }
    }
}

fn days_left(consequence: &Consequence, order: &OrderInForce) -> Date {
    match consequence {
        Consequence::Keeps => order.ends_on,
        Consequence::EndsSooner(day) => *day,
        Consequence::Review { ends_on, .. } => *ends_on,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// 立法法 第一百零四条: no edition makes an order longer.
    #[test]
    fn no_order_is_ever_extended(
        versions in any_versions(), order in any_order(), later in 0i64..3000,
    ) {
        let on = order.settled_on.checked_add(later.days()).unwrap();
        let consequence = catalogue(&versions).consequence(&order, on);
        prop_assert!(days_left(&consequence, &order) <= order.ends_on);
        if let Consequence::EndsSooner(day) = consequence {
            prop_assert!(day < order.ends_on);
        }
    }

    #[test]
    fn asking_again_changes_nothing_further(
        versions in any_versions(), order in any_order(), later in 0i64..3000,
    ) {
        let on = order.settled_on.checked_add(later.days()).unwrap();
        let catalogue = catalogue(&versions);
        let first = catalogue.consequence(&order, on);
        let ends_on = days_left(&first, &order);
        let second = catalogue.consequence(&OrderInForce { ends_on, ..order }, on);
        match (first, second) {
            (Consequence::Keeps | Consequence::EndsSooner(_), Consequence::Keeps) => {}
            (first @ Consequence::Review { .. }, second) => prop_assert_eq!(first, second),
            (first, second) => prop_assert!(false, "{first:?}, then {second:?}"),
        }
    }

    #[test]
    fn within_one_edition_nothing_changes(
        versions in any_versions(), order in any_order(), later in 0i64..3000,
    ) {
        let on = order.settled_on.checked_add(later.days()).unwrap();
        let catalogue = catalogue(&versions);
        let edition = |day| catalogue.measure("M", day).map(|measure| measure.edition);
        if edition(on).is_some() && edition(on) == edition(order.settled_on) && on < date(2035, 1, 1) {
            prop_assert_eq!(catalogue.consequence(&order, on), Consequence::Keeps);
        }
    }
}
