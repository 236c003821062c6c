//! Codes with right check characters.
//!
//! In come the characters before the check character; out goes the code. Always: what
//! comes out passes the house's own rules, since the check character is the one that
//! they accept. Absent: codes that somebody could have; which range is used is for
//! [`organizations`](crate::organizations) and [`people`](crate::people) to say.

use credence_domain::identifier::Scheme;

/// A unified social credit code: eight characters of office, kind and region, then
/// eight of an organization code.
pub(crate) fn uscc(office: &str, organization: &str) -> String {
    let body = format!("{office}{}", organization_code(organization));
    completed(Scheme::Uscc, body)
}

/// An organization code of these eight characters.
pub(crate) fn organization_code(body: &str) -> String {
    completed(Scheme::OrganizationCode, body.to_owned())
}

/// A registration number of these fourteen digits.
pub(crate) fn registration_number(body: &str) -> String {
    completed(Scheme::RegistrationNumber, body.to_owned())
}

/// A resident number of these seventeen digits.
pub(crate) fn resident_number(body: &str) -> String {
    completed(Scheme::ResidentNumber, body.to_owned())
}

/// The same code with another last character: wrong.
pub(crate) fn with_wrong_check(code: &str) -> String {
    let mut wrong = code.to_owned();
    let last = wrong.pop();
    wrong.push(if last == Some('1') { '2' } else { '1' });
    wrong
}

fn completed(scheme: Scheme, mut body: String) -> String {
    for check in ('0'..='9').chain('A'..='Y') {
        body.push(check);
        if scheme.check(body.as_bytes()).is_ok() {
            return body;
        }
        body.pop();
    }
    unreachable!("each body of {scheme:?} has a check character, and {body} is one of ours")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters_are_those_of_the_standards() {
        assert_eq!(uscc("91350100", "MA900010"), "91350100MA900010XU");
        assert_eq!(registration_number("35010040009901"), "350100400099018");
        assert_eq!(resident_number("35000019000101001"), "350000190001010017");
        for code in ["91350100MA900010XU", "91350100MA90001694", "1"] {
            let wrong = with_wrong_check(code);
            assert_ne!(wrong, code);
            assert_eq!(wrong.len(), code.len());
        }
    }
}
