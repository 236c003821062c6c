//! Penalties under 双公示, the profile of 2018, as far as tax and customs send the same.
//!
//! In comes an organization; out go hazards under the profile's columns. Always: they
//! hold whatever the form. Absent: the rows, which each department fills in its own way.

use crate::delivery::Fate;
use crate::hazard::{
    Change, CodeColumns, Hazard, codes, days, document_numbers, rejected, ten_thousands, texts,
};
use crate::organizations::Organization;
use crate::people::Person;
use crate::row::Cell;

/// All of them. `person` is whom a row about a natural person names;
/// `narrower_for_persons` as in [`CodeColumns`].
pub(crate) fn hazards(
    org: &Organization,
    person: &Person,
    narrower_for_persons: bool,
) -> Vec<Hazard> {
    let columns = CodeColumns {
        uscc: "CF_XDR_SHXYM",
        organization: Some("CF_XDR_ZZJG"),
        registration: Some("CF_XDR_GSZC"),
        narrower_for_persons,
    };
    let mut hazards = codes(columns, org);
    // Else the register's number would still bind a row whose code says nothing.
    for hazard in &mut hazards {
        let without = Change::Set("CF_XDR_GSZC", Cell::Nothing);
        hazard.changes.insert(0, without);
    }
    hazards.extend(days("CF_JDRQ"));
    hazards.extend(ten_thousands("CF_NR_FK"));
    hazards.extend(document_numbers("CF_WSH"));
    hazards.extend(texts("CF_SY"));
    hazards.extend(cells());
    hazards.extend(people(person));
    hazards
}

fn cells() -> Vec<Hazard> {
    let set = |column, text: &str| Change::Set(column, text.into());
    let missing =
        |why, column, text: &str| Hazard::set(why, column, text, rejected(column, "missing"));
    let read = |why, changes| Hazard::of(why, Fate::Recorded, changes);
    vec![
        missing("no basis", "CF_YJ", "无"),
        missing("no authority", "CF_CFJG", ""),
        read(
            "code for nobody",
            vec![set("CF_CFJGDM", "00000000000000000X")],
        ),
        read(
            "words for nothing",
            vec![
                set("CF_XDR_ZZJG", "暂无"),
                set("CF_FRDB", "空"),
                set("CF_NR_WFFF", "/"),
                set("CF_YXQ", "无处罚期限"),
                set("CF_GSJZQ", ""),
            ],
        ),
        read(
            "sentinels for no day",
            vec![set("CF_YXQ", "2099-12-31"), set("CF_GSJZQ", "1899-12-31")],
        ),
        read(
            "four-byte characters",
            vec![set("CF_XDR_MC", "虚构𠮷㐂䶮㛃商行")],
        ),
        read(
            "columns that nobody agreed on",
            vec![Change::Add("CF_XZ", "新字段".into())],
        ),
    ]
}

/// Rows about natural persons, and about people answerable.
fn people(person: &Person) -> Vec<Hazard> {
    let natural = |paper: &str| {
        vec![
            Change::Set("CF_XDR_MC", Cell::text(&person.name)),
            Change::Set("CF_XDR_LB", Cell::text("自然人")),
            Change::Set("CF_XDR_SHXYM", Cell::Nothing),
            Change::Set("CF_XDR_GSZC", Cell::Nothing),
            Change::Set("CF_XDR_ZJLX", Cell::text("身份证")),
            Change::Set("CF_XDR_ZJHM", Cell::text(paper)),
            Change::Set("CF_FRDB", Cell::Nothing),
            Change::Set("CF_FR_ZJHM", Cell::Nothing),
        ]
    };
    vec![
        Hazard::of("a natural person", Fate::Recorded, natural(&person.number)),
        Hazard::of(
            "a paper that is no resident number",
            rejected("CF_XDR_ZJHM", "malformed"),
            natural("E12345678"),
        ),
        Hazard::set(
            "the representative's number masked",
            "CF_FR_ZJHM",
            "3500**********0026",
            Fate::Recorded,
        ),
    ]
}
