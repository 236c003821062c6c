//! What a sound catalogue gives.

use super::*;
use crate::catalogue::{LimitCode, Period, SubjectKind};
use crate::span::Span;
use jiff::civil::date;

#[test]
fn a_sound_catalogue_loads_without_a_remark() {
    let catalogue = good().sound();
    assert_eq!(catalogue.remarks, []);
    let measure = catalogue.measure("L-WAGES", date(2026, 1, 1)).unwrap();
    assert_eq!(measure.period, Period::Lasts(Span::Years(3)));
    assert!(catalogue.is_carried(measure, "350100", date(2026, 1, 1)));
    assert!(!catalogue.is_carried(measure, "350100", date(2030, 1, 1)));
    assert!(catalogue.has_mandate(measure, date(2026, 1, 1)));
    assert!(!catalogue.has_mandate(measure, date(2021, 12, 31)));
    let limit = catalogue
        .limit(LimitCode::ReviewAtMost, date(2026, 1, 1))
        .unwrap();
    assert_eq!(limit.at_most, Span::Months(12));
    assert_eq!(
        catalogue.limit(LimitCode::ReviewAtMost, date(2017, 1, 24)),
        None
    );
}

#[test]
fn an_empty_set_of_files_is_an_empty_catalogue() {
    assert_eq!(load(&[]).unwrap(), Catalogue::default());
}

#[test]
fn a_record_finds_the_measures_of_its_item_and_kind_of_subject() {
    let catalogue = good().sound();
    let codes = |item, kind, on| -> Vec<&str> {
        let measures = catalogue.triggered(item, kind, on);
        measures.map(|measure| measure.code.as_str()).collect()
    };
    let (organization, person) = (SubjectKind::Organization, SubjectKind::Person);
    let day = date(2026, 11, 23);
    assert_eq!(codes("JUDGMENT", organization, day), ["C-TAX", "S-EXIT"]);
    assert_eq!(codes("JUDGMENT", person, day), ["S-EXIT"]);
    assert_eq!(codes("PENALTY", organization, day), ["C-TAX", "L-WAGES"]);
    assert_eq!(codes("PENALTY", person, day), [""; 0]);
    assert_eq!(codes("NOWHERE", organization, day), [""; 0]);
    assert_eq!(codes("PENALTY", organization, date(2025, 12, 31)), [""; 0]);
}

/// Requirement 19.
#[test]
fn an_incentive_may_rest_on_no_record() {
    good()
        .with_in("I-BONUS", "triggers = [\"HONOUR\"]", "triggers = []")
        .sound();
}

#[test]
fn a_red_list_asks_for_no_hearing_and_no_domain() {
    let files = good()
        .with_in(
            "I-BONUS",
            "kind = \"incentive\"",
            "kind = \"list\"\nlist = \"EXEMPLARS\"",
        )
        .with_in("I-BONUS", "bidding_bonus = true\n", "");
    let catalogue = files.sound();
    let measure = catalogue.measure("I-BONUS", date(2026, 1, 1)).unwrap();
    assert!(!catalogue.is_adverse(measure));
    let black = catalogue.measure("L-WAGES", date(2026, 1, 1)).unwrap();
    assert!(catalogue.is_adverse(black));
}

#[test]
fn a_local_regulation_founds_a_local_list_in_its_region() {
    let files = good()
        .with_in("L-WAGES", "list = \"WAGES\"", "list = \"LOCAL-BLACK\"")
        .with_in(
            "L-WAGES",
            "bases = [\"RULE\"]",
            "bases = [\"RULE\", \"LOCAL\"]",
        );
    let catalogue = files.sound();
    let measure = catalogue.measure("L-WAGES", date(2026, 1, 1)).unwrap();
    assert!(catalogue.is_carried(measure, "350100", date(2026, 1, 1)));
    assert!(!catalogue.is_carried(measure, "440100", date(2026, 1, 1)));
}
