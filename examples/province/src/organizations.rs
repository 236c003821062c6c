//! The organizations of the province, and the extract of their register.
//!
//! In comes chance; out go organizations by the line they are in, those to whom
//! something has happened, and `register.csv`. Always: the region of a code ends in 99,
//! which is no county of GB/T 2260, so that no registrar can have given it, and the
//! organization code begins with MA9 as in the other examples; every name has 虚构
//! (invented) in it; the cast stands at fixed codes. Absent: what an organization did.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use crate::cast::{CAST, EMPLOYER, Member, RESPONSIBLE};
use crate::chance::Chance;
use crate::codes;
use crate::expected::RegisterExpected;
use crate::people::Person;
use crate::places::{CITIES, City, FIRST, Line, SECOND, TRADES};

/// The part of a region's code that no county has.
pub const NO_COUNTY: &str = "99";

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its name, with 虚构 in it.
    pub name: String,
    /// Its unified social credit code.
    pub uscc: String,
    /// The organization code in it.
    pub organization_code: String,
    /// Its registration number from before.
    pub registration: String,
    /// Its legal representative.
    pub representative: Person,
    pub(crate) city: &'static City,
    /// GB/T 2260, as the register has it.
    region: String,
    pub(crate) line: Line,
}

/// What happened to some, and matters to a row about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Deregistered before the rows about it were decided.
    pub gone: Organization,
    /// Merged into the first of the others.
    pub merged: Organization,
    /// Divided into two.
    pub divided: Organization,
    /// The two.
    pub successors: [Organization; 2],
    /// One that had another code.
    pub recoded: Organization,
    /// The code that it had.
    pub former: String,
    /// Its licence was revoked; it is still there, and answers.
    pub revoked: Organization,
}

/// Everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Society {
    /// Those to whom nothing has happened; sole traders (92…) among them.
    pub organizations: Vec<Organization>,
    /// Those to whom something has.
    pub changed: Changed,
    /// The organizations of the cast.
    pub cast: Vec<Organization>,
}

/// The day on which the merger, the division and the revocation took effect.
const CHANGED_ON: Date = date(2025, 6, 30);

impl Society {
    pub(crate) fn make(chance: &mut Chance, rows: u32) -> Self {
        let mut names = BTreeSet::new();
        let mut some = |chance: &mut Chance, serial: u32| loop {
            let found = organization(chance, serial);
            if names.insert(found.name.clone()) {
                return found;
            }
        };
        let organizations = (1..=rows).map(|serial| some(chance, serial)).collect();
        let [gone, merged, divided, first, second, recoded, revoked] =
            [1, 2, 3, 4, 5, 6, 7].map(|n| some(chance, 80_000 + n));
        let former = codes::uscc(&recoded.uscc[..8], "MA980090");
        Self {
            organizations,
            changed: Changed {
                gone,
                merged,
                divided,
                successors: [first, second],
                recoded,
                former,
                revoked,
            },
            cast: CAST
                .iter()
                .filter(|member| !member.is_person)
                .map(of_member)
                .collect(),
        }
    }

    /// Any of those to whom nothing has happened.
    pub(crate) fn any(&self, chance: &mut Chance) -> &Organization {
        chance.pick(&self.organizations)
    }

    /// One in this line, where a few looks find one.
    pub(crate) fn one_in(&self, chance: &mut Chance, line: Line) -> &Organization {
        for _ in 0..64 {
            let found = self.any(chance);
            if found.line == line {
                return found;
            }
        }
        self.any(chance)
    }

    /// Two that are not this one.
    pub(crate) fn others(&self, org: &Organization) -> [&Organization; 2] {
        let at = self.organizations.iter().position(|other| other == org);
        let at = at.unwrap_or(0);
        [1, 2].map(|on| &self.organizations[(at + on) % self.organizations.len()])
    }

    /// The extract, and what its import says.
    pub(crate) fn register(&self) -> (Vec<u8>, RegisterExpected) {
        let changed = &self.changed;
        let mut extract = Extract::begin();
        for (n, org) in (0..).zip(self.cast.iter().chain(&self.organizations)) {
            // Words that registers use for one and the same.
            let words = ["存续（在营、开业、在册）", "存续", "在业", "正常"];
            extract.row(org, words[n % words.len()], None, &[]);
        }
        extract.row(&changed.gone, "注销", Some(date(2024, 12, 31)), &[]);
        let taker = &self.organizations[0];
        extract.row(
            &changed.merged,
            "吸收合并",
            Some(CHANGED_ON),
            &[&taker.uscc],
        );
        let [first, second] = &changed.successors;
        let both = [first.uscc.as_str(), &second.uscc];
        extract.row(&changed.divided, "分立", Some(CHANGED_ON), &both);
        extract.row(first, "存续", Some(CHANGED_ON), &[]);
        extract.row(second, "存续", Some(CHANGED_ON), &[]);
        extract.row(&changed.revoked, "吊销，未注销", Some(CHANGED_ON), &[]);
        extract.recoded(&changed.recoded, &changed.former);
        extract.again(taker);
        extract.refused(self.last());
        extract.finished()
    }

    fn last(&self) -> &Organization {
        &self.organizations[self.organizations.len() - 1]
    }
}

/// The organization of a member of the cast who is no person.
pub(crate) fn of_member(member: &Member) -> Organization {
    let code = member.code;
    let at = CAST.iter().position(|other| other.code == code);
    let n = 90_001 + u32::try_from(at.unwrap_or(0)).unwrap_or(0);
    let city = CITIES.iter().find(|city| code[2..6] == *city.code);
    let city = city.unwrap_or(&CITIES[0]);
    let representative = match code == EMPLOYER.code {
        true => Person {
            name: RESPONSIBLE.name.to_owned(),
            number: RESPONSIBLE.code.to_owned(),
        },
        false => Person::nth(n),
    };
    Organization {
        name: member.name.to_owned(),
        uscc: code.to_owned(),
        organization_code: code[8..17].to_owned(),
        registration: registration(city, n),
        representative,
        city,
        region: format!("{}{}", city.code, city.counties[0].0),
        line: Line::Building,
    }
}

fn registration(city: &City, serial: u32) -> String {
    // Places 9 and 10 are no month, so that no old resident number looks like this.
    let (high, low) = (serial / 10_000, serial % 10_000);
    let body = format!("{}{NO_COUNTY}{high:02}00{low:04}", city.code);
    codes::registration_number(&body)
}

fn organization(chance: &mut Chance, serial: u32) -> Organization {
    let city = chance.pick(&CITIES);
    let (county, county_name) = *chance.pick(city.counties);
    let (trade, line) = *chance.pick(&TRADES);
    let (first, second) = (chance.pick(&FIRST), chance.pick(&SECOND));
    let is_trader = chance.one_in(15);
    let (kind, ending) = match is_trader {
        true => ("92", *chance.pick(&["店", "经营部", "工作室"])),
        false => (
            "91",
            *chance.pick(&["有限公司", "有限公司", "有限责任公司", "股份有限公司"]),
        ),
    };
    let body = format!("MA9{serial:05}");
    Organization {
        name: format!(
            "{}{county_name}虚构{first}{second}{trade}{ending}",
            city.name
        ),
        uscc: codes::uscc(&format!("{kind}{}{NO_COUNTY}", city.code), &body),
        organization_code: codes::organization_code(&body),
        registration: registration(city, serial),
        representative: Person::nth(serial),
        city,
        region: format!("{}{county}", city.code),
        line,
    }
}

/// The extract in the making.
struct Extract {
    text: String,
    expected: RegisterExpected,
}

impl Extract {
    fn begin() -> Self {
        Self {
            text: "\u{feff}name,uscc,organization_code,registration_number,former_codes,coded_on,\
                   region,state,changed_on,successors\n"
                .to_owned(),
            expected: RegisterExpected::default(),
        }
    }

    /// A row; no cell of it needs quotes.
    fn push(&mut self, cells: [&str; 10]) {
        self.text += &cells.join(",");
        self.text.push('\n');
        self.expected.rows += 1;
    }

    fn row(&mut self, org: &Organization, state: &str, on: Option<Date>, successors: &[&str]) {
        let (body, check) = org.organization_code.split_at(8);
        let on = on.map(|day| day.to_string()).unwrap_or_default();
        self.push([
            &org.name,
            &org.uscc,
            &format!("{body}-{check}"),
            &org.registration,
            "",
            "",
            &org.region,
            state,
            &on,
            &successors.join(";"),
        ]);
        self.expected.new += 1;
    }

    fn recoded(&mut self, org: &Organization, former: &str) {
        let region = &org.region;
        self.push([
            &org.name,
            &org.uscc,
            "",
            "",
            former,
            "2025-01-08",
            region,
            "存续",
            "",
            "",
        ]);
        self.expected.new += 1;
    }

    /// What is known already.
    fn again(&mut self, org: &Organization) {
        self.push([
            &org.name,
            &org.uscc,
            "",
            "",
            "",
            "",
            &org.region,
            "",
            "",
            "",
        ]);
        self.expected.unchanged += 1;
    }

    /// A wrong check character, and no code at all.
    fn refused(&mut self, org: &Organization) {
        let wrong = codes::with_wrong_check(&org.uscc);
        self.push([
            &org.name,
            &wrong,
            "",
            "",
            "",
            "",
            &org.region,
            "存续",
            "",
            "",
        ]);
        self.push([
            &org.name,
            "暂无",
            "/",
            "",
            "",
            "",
            &org.region,
            "存续",
            "",
            "",
        ]);
        self.expected.refused += 2;
    }

    fn finished(self) -> (Vec<u8>, RegisterExpected) {
        (self.text.into_bytes(), self.expected)
    }
}
