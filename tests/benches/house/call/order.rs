//! The component that is called, and the small order that it is asked to carry
//! out.

use anyhow::Context as _;
use credence_domain::{
    order::Terms,
    record::{Authority, Citation, ClaimedIdentifier, Decision, SubjectClaim},
};
use jiff::civil::date;
use std::{env, path::PathBuf};

/// The bytes of the guest `rogue`.
pub(crate) fn rogue() -> anyhow::Result<Vec<u8>> {
    let program = env::current_exe()?;
    let target = program
        .ancestors()
        .nth(3)
        .context("target/PROFILE/deps/program")?;
    let guests =
        env::var_os("CREDENCE_GUESTS").map_or_else(|| target.join("guests"), PathBuf::from);
    let path = guests.join("rogue.wasm");
    std::fs::read(&path)
        .with_context(|| format!("{}: run `cargo xtask plugins` first", path.display()))
}

/// An order that the rogue answers with `executed`, using no service.
pub(crate) fn order() -> Terms {
    Terms {
        key: "0193d3a1c1e47b3a8f0e1d2c3b4a5968-1".into(),
        case_number: "闽信联2026-3b4a5968".into(),
        measure: "R-TEST-01".into(),
        title: "executed".into(),
        subject: SubjectClaim {
            name: Some("虚构贸易有限公司".into()),
            identifiers: vec![ClaimedIdentifier {
                scheme: "uscc".into(),
                value: "91350100MA900010XU".into(),
            }],
        },
        decision: Decision {
            authority: Authority {
                name: "虚构局".into(),
                uscc: None,
            },
            number: Some("例〔2026〕1号".into()),
            decided_on: date(2026, 1, 5),
        },
        basis: vec![Citation {
            code: None,
            text: "《中华人民共和国行政处罚法》第九条".into(),
        }],
        starts_on: date(2026, 2, 1),
        ends_on: date(2029, 1, 31),
        parameters: Vec::new(),
    }
}
