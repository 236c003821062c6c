//! The cast: who is followed through the story, at the same codes whatever the seed.
//!
//! Comes out: each member, what the story tells of it, and what an official may ask of
//! it: on which decision, which measure, with which documents, and whether a gate lets
//! it pass. Always: the row that each decision stands in is in the feeds, with this
//! code and this number; a test asks the real gates. Absent: the acting; that is the
//! demo's and the scenarios'.
//!
//! The story begins on [`BEGINS`]. Every decision is older than that, and the tax
//! penalties by more than the six months in which they can be contested.

use serde::Serialize;

/// The day on which the story begins.
pub const BEGINS: &str = "2026-11-23";

/// What an official asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Whose plugin delivers the record, and whose official asks.
    pub department: &'static str,
    /// The item of the record.
    pub item: &'static str,
    /// The decision that the record rests on.
    pub decision: &'static str,
    /// The decision that the official cites; another one where that is the mistake.
    pub cites: &'static str,
    /// The measure.
    pub measure: &'static str,
    /// Whether the measure needs the agreement of a second official.
    pub second_official: bool,
    /// Documents to cite, by the codes of `--proof`.
    pub proofs: &'static [(&'static str, &'static str)],
    /// The gate that refuses; `None`: the order is made.
    pub refused_by: Option<&'static str>,
}

/// Somebody of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Member {
    /// What part it plays.
    pub part: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its unified social credit code, or its resident number.
    pub code: &'static str,
    /// A natural person.
    pub is_person: bool,
    /// What the story tells of it.
    pub story: &'static str,
    /// What officials ask for.
    pub asks: &'static [Ask],
}

/// An order is made of what is asked.
const fn passes(
    department: &'static str,
    item: &'static str,
    decision: &'static str,
    measure: &'static str,
) -> Ask {
    Ask {
        department,
        item,
        decision,
        cites: decision,
        measure,
        second_official: false,
        proofs: &[],
        refused_by: None,
    }
}

/// Decision numbers of the cast, as they stand in the feeds.
pub mod decision {
    /// Tax: evasion by [`ALL_FOUR`](super::ALL_FOUR).
    pub const ALL_FOUR_TAX: &str = "例榕税稽罚〔2026〕9001号";
    /// Customs: smuggling by it.
    pub const ALL_FOUR_CUSTOMS: &str = "例榕关缉违字〔2026〕9001号";
    /// Transport: the finding of its repeated overloading.
    pub const ALL_FOUR_TRANSPORT: &str = "例榕交认〔2026〕9001号";
    /// Human resources: its entry on the list of wage defaulters.
    pub const ALL_FOUR_HOUSING: &str = "例榕人社列〔2026〕9001号";
    /// Customs: the certificate of [`EXEMPLAR`](super::EXEMPLAR).
    pub const EXEMPLAR_CUSTOMS: &str = "例厦关企信〔2026〕9002号";
    /// Housing: its honour.
    pub const EXEMPLAR_HOUSING: &str = "例厦建信〔2026〕9002号";
    /// Human resources: the entry of [`EMPLOYER`](super::EMPLOYER).
    pub const EMPLOYER_HOUSING: &str = "例泉人社列〔2026〕9003号";
    /// Human resources: the decision of its own on [`RESPONSIBLE`](super::RESPONSIBLE).
    pub const RESPONSIBLE_HOUSING: &str = "例泉人社列〔2026〕9003-1号";
    /// Tax: the penalty of [`REFUSED`](super::REFUSED).
    pub const REFUSED_TAX: &str = "例漳税稽罚〔2026〕9004号";
    /// A decision that is not about it.
    pub const REFUSED_WRONG: &str = "例漳税稽罚〔2024〕99号";
    /// Customs: the penalty of [`OBJECTS`](super::OBJECTS).
    pub const OBJECTS_CUSTOMS: &str = "例莆关缉违字〔2026〕9005号";
    /// Human resources: the entry of [`REPAIRS`](super::REPAIRS).
    pub const REPAIRS_HOUSING: &str = "例宁人社列〔2026〕9006号";
    /// Human resources: its removal, in the later delivery.
    pub const REPAIRS_REMOVAL: &str = "例宁人社移〔2026〕9006号";
    /// Tax: the penalty of [`EXPIRES`](super::EXPIRES).
    pub const EXPIRES_TAX: &str = "例南税稽罚〔2026〕9007号";
}

/// Sanctioned by all four departments, each on a record and a basis of its own.
pub const ALL_FOUR: Member = Member {
    part: "all-four",
    name: "福州虚构闽江路桥建设集团有限公司",
    code: "91350199MA990001XU",
    is_person: false,
    story: "evaded tax, smuggled machinery, overloaded its lorries and kept back wages; each \
            department acts on its own record",
    asks: &[
        passes("tax", "TAX-PENALTY", decision::ALL_FOUR_TAX, "L-TAX-02"),
        passes(
            "customs",
            "CUSTOMS-PENALTY",
            decision::ALL_FOUR_CUSTOMS,
            "L-CUS-02",
        ),
        Ask {
            second_official: true,
            ..passes(
                "transport",
                "OVERLOADING",
                decision::ALL_FOUR_TRANSPORT,
                "S-TRN-01",
            )
        },
        passes(
            "housing",
            "WAGE-LISTED-WORKS",
            decision::ALL_FOUR_HOUSING,
            "S-HOU-03",
        ),
    ],
};

/// Certified by customs and honoured by housing, with the incentives of both.
pub const EXEMPLAR: Member = Member {
    part: "exemplar",
    name: "厦门虚构鹭岛建工供应链有限公司",
    code: "91350299MA99000281",
    is_person: false,
    story: "an authorised economic operator, honoured for its works: facilities at customs, the \
            green channel for a year",
    asks: &[
        passes(
            "customs",
            "CUSTOMS-AEO",
            decision::EXEMPLAR_CUSTOMS,
            "I-CUS-01",
        ),
        passes(
            "housing",
            "HONOUR-WORKS",
            decision::EXEMPLAR_HOUSING,
            "I-HOU-01",
        ),
    ],
};

/// The organization that [`RESPONSIBLE`] represents.
pub const EMPLOYER: Member = Member {
    part: "employer",
    name: "泉州虚构丰泽劳务工程有限公司",
    code: "91350599MA9900036B",
    is_person: false,
    story: "kept back wages; its legal representative answers for it by a decision of its own",
    asks: &[passes(
        "housing",
        "WAGE-LISTED-WORKS",
        decision::EMPLOYER_HOUSING,
        "S-HOU-03",
    )],
};

/// The legal representative (法定代表人) of [`EMPLOYER`].
pub const RESPONSIBLE: Member = Member {
    part: "responsible",
    name: "辛亥某",
    code: "350000190012010012",
    is_person: true,
    story: "is touched for what the organization did only by a decision that names the person",
    asks: &[
        Ask {
            refused_by: Some("proof"),
            ..passes(
                "housing",
                "WAGE-LISTED-WORKS",
                decision::RESPONSIBLE_HOUSING,
                "S-HOU-03",
            )
        },
        Ask {
            proofs: &[("own-decision", decision::RESPONSIBLE_HOUSING)],
            ..passes(
                "housing",
                "WAGE-LISTED-WORKS",
                decision::RESPONSIBLE_HOUSING,
                "S-HOU-03",
            )
        },
    ],
};

/// Against whom two things are asked that the law does not give.
pub const REFUSED: Member = Member {
    part: "refused",
    name: "漳州虚构龙江食品有限公司",
    code: "91350699MA9900044B",
    is_person: false,
    story: "was fined for tax; nobody is barred from the roads for that, and no official gets \
            through who cites another decision",
    asks: &[
        Ask {
            second_official: true,
            refused_by: Some("trigger"),
            ..passes("tax", "TAX-PENALTY", decision::REFUSED_TAX, "S-TRN-01")
        },
        Ask {
            cites: decision::REFUSED_WRONG,
            refused_by: Some("initiation"),
            ..passes("tax", "TAX-PENALTY", decision::REFUSED_TAX, "L-TAX-02")
        },
    ],
};

/// Objects: the measure is suspended, the record found right, the measure resumed.
pub const OBJECTS: Member = Member {
    part: "objects",
    name: "莆田虚构荔城鞋业进出口有限公司",
    code: "91350399MA9900052N",
    is_person: false,
    story: "says that the goods were declared; while that is verified nothing runs, and the \
            record is found right",
    asks: &[passes(
        "customs",
        "CUSTOMS-PENALTY",
        decision::OBJECTS_CUSTOMS,
        "L-CUS-02",
    )],
};

/// Repairs: pays, waits six months, promises, and is taken off the list by the later
/// delivery `later/housing/wage-arrears.xlsx`.
pub const REPAIRS: Member = Member {
    part: "repairs",
    name: "宁德虚构霞浦建筑工程有限公司",
    code: "91350999MA9900060G",
    is_person: false,
    story: "paid the wages on 2026-06-10, waited six months and promised in writing; taken off \
            the list on 2026-12-15, and the restriction is lifted with it",
    asks: &[passes(
        "housing",
        "WAGE-LISTED-WORKS",
        decision::REPAIRS_HOUSING,
        "S-HOU-03",
    )],
};

/// Whose measure ends at its term, three years on.
pub const EXPIRES: Member = Member {
    part: "expires",
    name: "南平虚构武夷茶业有限公司",
    code: "91350799MA99000793",
    is_person: false,
    story: "is listed for three years, and off the list on the day after the last of them",
    asks: &[passes(
        "tax",
        "TAX-PENALTY",
        decision::EXPIRES_TAX,
        "L-TAX-02",
    )],
};

/// All of them, in the order of the story.
pub const CAST: [Member; 8] = [
    ALL_FOUR,
    EXEMPLAR,
    EMPLOYER,
    RESPONSIBLE,
    REFUSED,
    OBJECTS,
    REPAIRS,
    EXPIRES,
];
