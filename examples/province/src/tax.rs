//! What the tax department delivers: penalties (双公示, the profile of 2018) and the
//! list of serious violations (重大税收违法失信主体).
//!
//! In come chance and society; out go deliveries in JSON, one with a byte order mark.
//! Always: both feeds speak of the same conduct and the same bureaus. Absent: any other
//! department.

mod penalties;
mod violations;

pub(crate) use penalties::penalties;
pub(crate) use violations::violations;

use crate::organizations::Organization;

/// Conduct, facts and basis.
const CONDUCT: [(&str, &str, &str); 5] = [
    (
        "偷税",
        "在账簿上少列收入",
        "《中华人民共和国税收征收管理法》第六十三条第一款",
    ),
    (
        "未按规定期限办理纳税申报",
        "逾期未申报增值税",
        "《中华人民共和国税收征收管理法》第六十二条",
    ),
    (
        "编造虚假计税依据",
        "虚列成本费用",
        "《中华人民共和国税收征收管理法》第六十四条第一款",
    ),
    (
        "骗取出口退税",
        "以假报出口骗取退税款",
        "《中华人民共和国税收征收管理法》第六十六条第一款",
    ),
    (
        "虚开发票",
        "为他人开具与实际经营业务情况不符的发票",
        "《中华人民共和国发票管理办法》第三十五条",
    ),
];

/// The inspection bureau of a city, invented, with its code.
fn bureau(org: &Organization) -> (String, String) {
    let name = format!("虚构{}税务局稽查局", org.city.name);
    (name, org.city.authority('4'))
}
