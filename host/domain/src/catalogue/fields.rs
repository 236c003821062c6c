//! Names of fields that may not be collected at all, or not about persons.
//!
//! Comes in: the code of a field, Chinese or English. Goes out: why not, as the
//! end of a sentence that begins with the name. Always holds: what is refused is
//! refused by name, before any value is looked at (I1, I5). Deliberately absent:
//! looking into values.

/// Names that speak of one subject, and why they are refused. A Chinese word
/// counts wherever it stands in the name. An English one of `anywhere` too;
/// one of `whole` only as a word of its own, since `gene` stands in `general`.
struct Refused {
    anywhere: &'static [&'static str],
    whole: &'static [&'static str],
    why: &'static str,
}

/// Forbidden about anybody (I5).
const FORBIDDEN: [Refused; 3] = [
    Refused {
        anywhere: &[
            "宗教",
            "信仰",
            "基因",
            "指纹",
            "血型",
            "疾病",
            "病史",
            "religio",
            "genetic",
            "genome",
            "fingerprint",
            "blood",
            "medical",
            "disease",
            "illness",
        ],
        whole: &["gene", "genes", "dna"],
        why: "is information that must never be collected (征信业管理条例 第十四条第一款)",
    },
    Refused {
        anywhere: &[
            "言论",
            "观点",
            "社团",
            "结社",
            "信访",
            "上访",
            "opinion",
            "speech",
            "association_membership",
            "petition",
        ],
        whole: &[],
        why: "is about opinions, speech, association or petitions, which this system never collects",
    },
    Refused {
        anywhere: &[
            "位置",
            "轨迹",
            "通信记录",
            "通话",
            "communication",
            "geolocation",
        ],
        whole: &["location", "locations", "gps"],
        why: "is about location or communications, which this system never collects",
    },
];

/// Lawful about a person only with written consent.
const CONSENT: [Refused; 1] = [Refused {
    anywhere: &[
        "收入",
        "存款",
        "有价证券",
        "商业保险",
        "不动产",
        "纳税数额",
        "income",
        "salary",
        "deposit",
        "securities",
        "insurance",
        "real_estate",
        "realestate",
        "tax_amount",
        "taxamount",
    ],
    whole: &[],
    why: "may be collected about a person only with written consent (征信业管理条例 \
          第十四条第二款), and contract 0.1.0 carries none",
}];

/// A number or place that ranks a person (I1).
const RANKING: [Refused; 1] = [Refused {
    anywhere: &[
        "评分", "得分", "积分", "分数", "等级", "评级", "排名", "名次", "score", "ranking",
    ],
    whole: &[
        "grade", "grades", "rank", "ranks", "rating", "ratings", "points",
    ],
    why: "speaks of a score, grade, rank or points, and no person is given any (I1)",
}];

/// Why a field of this name may never be collected about anybody (I5,
/// 征信业管理条例 第十四条第一款), if so.
pub fn forbidden_field(name: &str) -> Option<&'static str> {
    refused(&FORBIDDEN, name)
}

/// Why a field of this name may not be collected about a person without written
/// consent (征信业管理条例 第十四条第二款), if so.
pub fn consent_field(name: &str) -> Option<&'static str> {
    refused(&CONSENT, name)
}

/// Why a field of this name may not be collected about a person, because it
/// ranks (I1), if so.
pub fn ranking_field(name: &str) -> Option<&'static str> {
    refused(&RANKING, name)
}

fn refused(table: &[Refused], name: &str) -> Option<&'static str> {
    let words = words(name);
    let name = name.to_lowercase();
    table
        .iter()
        .find(|refused| {
            refused.anywhere.iter().any(|part| name.contains(part))
                || refused
                    .whole
                    .iter()
                    .any(|word| words.iter().any(|w| w == word))
        })
        .map(|refused| refused.why)
}

/// The English words of a name, in lower case: `taxRating_2` is `tax`, `rating`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphabetic() || (after_small && letter.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if letter.is_ascii_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
        after_small = letter.is_ascii_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&str) -> Option<&'static str>, refused: &[&str], admitted: &[&str]) {
        for name in refused {
            assert!(rule(name).is_some(), "{name} is admitted");
        }
        for name in admitted {
            assert_eq!(rule(name), None, "{name} is refused");
        }
    }

    /// I5.
    #[test]
    fn what_nobody_may_collect_is_known_by_its_name() {
        check(
            forbidden_field,
            &[
                "宗教信仰",
                "BLOOD_TYPE",
                "血型",
                "gene",
                "DNA",
                "GPS_TRACK",
                "currentLocation",
                "信访记录",
                "Medical-History",
                "religious_belief",
                "geneticData",
            ],
            &[
                "CF_WFXW",
                "GENERAL_REMARK",
                "allocation",
                "组织机构代码",
                "BZ",
            ],
        );
    }

    /// 征信业管理条例 第十四条第二款.
    #[test]
    fn what_needs_written_consent_is_known_by_its_name() {
        check(
            consent_field,
            &[
                "个人收入",
                "INCOME_YEAR",
                "存款",
                "REAL_ESTATE",
                "纳税数额",
                "商业保险",
            ],
            &["CF_NR_FK", "INCOMING_DATE", "欠缴税款"],
        );
    }

    /// I1.
    #[test]
    fn what_ranks_is_known_by_its_name() {
        check(
            ranking_field,
            &[
                "信用评分",
                "creditScore",
                "CREDITSCORE",
                "RANK",
                "taxRating",
                "信用等级",
                "积分",
                "bonus_points",
                "GRADE-2",
                "排名",
            ],
            &[
                "FRANKED",
                "OPERATING_PERIOD",
                "appointment",
                "upgrade",
                "CF_CFLB",
            ],
        );
    }
}
