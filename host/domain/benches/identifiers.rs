//! How fast codes are checked and read, and how fast text is searched for
//! persons' numbers.
//!
//! The goal is over 10 million checks a second on one core for each scheme. A
//! check is of a code in its normal form; `parse` starts from a code as feeds
//! write it.

use credence_domain::identifier::{Identifier, Scheme, recognise, resident_numbers_in};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::{fmt::Write as _, hint::black_box};

/// A scheme, a code in its normal form, and the same as a feed writes it.
const CODES: [(Scheme, &str, &str); 4] = [
    (Scheme::Uscc, "91350100MA900010XU", "91350100ma900010xu "),
    (Scheme::OrganizationCode, "MA2EL6266", "MA2EL626-6"),
    (
        Scheme::RegistrationNumber,
        "330200400070010",
        " 330200400070010",
    ),
    (
        Scheme::ResidentNumber,
        "11010519491231002X",
        "11010519491231002x",
    ),
];

fn codes(c: &mut Criterion) {
    for (scheme, normal, written) in CODES {
        let mut group = c.benchmark_group(scheme.code());
        group.throughput(Throughput::Elements(1));
        group.bench_function("check", |b| {
            b.iter(|| black_box(scheme).check(black_box(normal.as_bytes())));
        });
        group.bench_function("parse", |b| {
            b.iter(|| Identifier::parse(black_box(scheme), black_box(written)));
        });
        group.bench_function("recognise", |b| {
            b.iter(|| recognise(black_box(written)));
        });
        group.finish();
    }
}

fn texts(c: &mut Criterion) {
    let text = feed();
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("numbers in 1 MB of CSV", |b| {
        b.iter(|| resident_numbers_in(black_box(&text)).len());
    });
    group.finish();
}

/// 1 MB of penalties as CSV, with a person's number in every fourth row.
fn feed() -> String {
    let mut text = String::with_capacity(1_100_000);
    let mut row = 0;
    while text.len() < 1_000_000 {
        row += 1;
        let number = if row % 4 == 0 {
            "11010519491231002X"
        } else {
            ""
        };
        writeln!(
            text,
            "福州虚构贸易有限公司{row},91350100MA900010XU,330200400070010,{number},榕税稽罚〔2025〕{row}号,\
             \"少缴增值税，处以罚款\",{row}.50,2025-{:02}-{:02},2025-11-24 0:00:00,0591-87654321",
            row % 12 + 1,
            row % 28 + 1
        )
        .expect("a string takes everything");
    }
    text
}

criterion_group!(benches, codes, texts);
criterion_main!(benches);
