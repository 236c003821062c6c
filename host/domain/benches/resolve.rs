//! A catalogue of 1,000 measures, resolved for a case: the measures that the
//! record can trigger, each taken through every gate that is asked at the
//! opening. Promised: under 50 µs for a record that triggers 100 of them.

use credence_domain::{
    calendar::Calendar,
    case::Initiation,
    catalogue::{Catalogue, SubjectKind, load},
    gates::{self, Matter, Standing},
    record::{Authority, Decision},
};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use std::{fmt::Write as _, hint::black_box};

const TODAY: Date = date(2026, 11, 23);
/// Items, each of which triggers every tenth measure; one more triggers all.
const ITEMS: usize = 10;
const MEASURES: usize = 1_000;

const REGISTER: &str = r#"
[[domains]]
code = "market-order"
title = "严重破坏市场公平竞争秩序和社会正常秩序的行为"
basis = "LAW-0"
[[notices]]
code = "administrative"
title = "联合惩戒事先告知书"
hearing = { working_days = 5 }
remedies = ["行政复议", "行政诉讼"]
remedies_en = ["reconsideration", "suit"]
"#;

fn collection() -> String {
    let mut text = String::from(
        "[edition]\nseries = \"collection\"\nname = \"1\"\nin_force_from = \"2026-01-01\"\n\
         directory = \"organization\"\n",
    );
    let codes = (0..ITEMS).map(|number| format!("ITEM-{number}"));
    for code in codes.chain(["ITEM-ALL".to_owned()]) {
        let _ = write!(
            text,
            "[[items]]\ncode = \"{code}\"\ntitle = \"行政处罚\"\nsort = \"penalty\"\nprovider = \
             \"tax\"\nduty = \"行政处罚法\"\ndisclosure = \"public\"\nadverse = true\nfields = []\n"
        );
    }
    text
}

fn bases() -> String {
    let mut text = String::new();
    for number in 0..MEASURES / 10 {
        let _ = write!(
            text,
            "[[bases]]\ncode = \"LAW-{number}\"\ncitation = \"《某法》\"\narticle = \"第{number}条\"\n\
             issuer = \"全国人民代表大会常务委员会\"\nlevel = \"law\"\nin_force_from = \"2015-01-01\"\n"
        );
    }
    text
}

fn measures() -> String {
    let mut text = String::from(
        "[edition]\nseries = \"measures\"\nname = \"1\"\nin_force_from = \"2026-01-01\"\n",
    );
    for number in 0..MEASURES {
        let (item, basis, other) = (number % ITEMS, number % 100, (number + 1) % 100);
        let _ = write!(
            text,
            "[[measures]]\ncode = \"S-{number:04}\"\ntitle = \"限制\"\ntitle_en = \"Restriction\"\n\
             kind = \"sanction\"\neffect = \"限制参加\"\nsubjects = [\"organization\"]\nexecutor = \
             \"tax\"\ndomain = \"market-order\"\nbases = [\"LAW-{basis}\", \"LAW-{other}\"]\n\
             triggers = [\"ITEM-{item}\", \"ITEM-ALL\"]\ncondition = \"认定\"\nlongest = {{ years \
             = 3 }}\nnotice = \"administrative\"\nhuman_gate = \"official\"\ndisclosure = \
             \"public\"\nfeedback_within = {{ working_days = 5 }}\nfiled_on = \"2026-03-15\"\n\
             verified = \"full-text\"\n[measures.repair]\nwords = \"改正后申请\"\ndecides_within = \
             {{ working_days = 10 }}\n[[mandates]]\ndepartment = \"tax\"\nmeasure = \
             \"S-{number:04}\"\nsource = \"三定方案\"\nfrom = \"2015-01-01\"\n"
        );
    }
    text
}

fn files() -> Vec<(String, String)> {
    [
        ("register.toml", REGISTER.to_owned()),
        ("collection.toml", collection()),
        ("bases.toml", bases()),
        ("measures.toml", measures()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}

fn standing(item: &str) -> Standing {
    let number = "闽税稽罚〔2026〕7号";
    Standing {
        initiation: Initiation {
            department: "tax".to_owned(),
            official: "official-1".to_owned(),
            decision_number: number.to_owned(),
            measures: Vec::new(),
            second_official: None,
            proofs: Vec::new(),
        },
        subject: SubjectKind::Organization,
        role: None,
        region: "350000".to_owned(),
        item: item.to_owned(),
        decision: Decision {
            authority: Authority {
                name: "福建省税务局稽查局".to_owned(),
                uscc: None,
            },
            number: Some(number.to_owned()),
            decided_on: date(2026, 11, 2),
        },
        valid_from: date(2026, 11, 2),
        valid_until: None,
        ended: None,
        receipt: None,
        objection_open: false,
        starts_on: TODAY,
        ends_on: date(2029, 11, 22),
    }
}

/// How many measures a case may open on this record.
fn resolve(catalogue: &Catalogue, calendar: &Calendar, standing: &Standing) -> usize {
    catalogue
        .triggered(&standing.item, standing.subject, TODAY)
        .filter(|measure| {
            let matter = Matter {
                catalogue,
                calendar,
                measure,
                standing,
                on: TODAY,
            };
            gates::at_opening(&matter).is_empty()
        })
        .count()
}

fn benches(criterion: &mut Criterion) {
    let files = files();
    let catalogue = load(&files).unwrap_or_else(|error| panic!("{error}"));
    let calendar = Calendar::default();
    for (item, expected) in [("ITEM-3", 100), ("ITEM-ALL", 1_000), ("NONE", 0)] {
        let standing = standing(item);
        assert_eq!(resolve(&catalogue, &calendar, &standing), expected);
        let name = format!("resolve/1000-measures-{expected}-triggered");
        criterion.bench_function(&name, |bencher| {
            bencher.iter(|| resolve(black_box(&catalogue), &calendar, black_box(&standing)));
        });
    }
    criterion.bench_function("load/1000-measures", |bencher| {
        bencher.iter(|| load(black_box(&files)));
    });
}

criterion_group!(group, benches);
criterion_main!(group);
