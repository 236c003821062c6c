//! Stops: a department that is paused, a measure that is stopped.
//!
//! Comes in: which department, which measure, what is about to be asked. Goes out:
//! whether the stop keeps it from being asked. Always holds: a stop of a measure
//! keeps nothing back that gives something back to the subject (I3), and no
//! question about what was begun; a paused department is asked nothing at all.
//!
//! Deliberately absent: who may stop what, and the reason, which stand with the row.

use crate::step::Verb;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// What is kept from being asked of departments.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stop {
    /// Everything asked of this department.
    Department(String),
    /// What puts this measure on a subject, in every department.
    Measure(String),
    /// The same in one department: department, measure.
    MeasureIn(String, String),
}

impl Stop {
    /// From the columns of a row; `None` where both are empty.
    pub fn new(department: Option<String>, measure: Option<String>) -> Option<Self> {
        match (department, measure) {
            (Some(department), None) => Some(Self::Department(department)),
            (None, Some(measure)) => Some(Self::Measure(measure)),
            (Some(department), Some(measure)) => Some(Self::MeasureIn(department, measure)),
            (None, None) => None,
        }
    }

    /// The department, where it is about one.
    pub fn department(&self) -> Option<&str> {
        match self {
            Self::Department(department) | Self::MeasureIn(department, _) => Some(department),
            Self::Measure(_) => None,
        }
    }

    /// The measure, where it is about one.
    pub fn measure(&self) -> Option<&str> {
        match self {
            Self::Measure(measure) | Self::MeasureIn(_, measure) => Some(measure),
            Self::Department(_) => None,
        }
    }

    /// Its name in rows and in the log: `tax/*`, `*/L-TAX-02`, `tax/L-TAX-02`.
    pub fn name(&self) -> String {
        let part = |part: Option<&str>| part.unwrap_or("*").to_owned();
        format!("{}/{}", part(self.department()), part(self.measure()))
    }

    /// Whether it keeps this from being asked now. `asking`: the call asks what
    /// became of a step and does not act.
    pub fn keeps_back(&self, department: &str, measure: &str, verb: Verb, asking: bool) -> bool {
        let begins = verb.burdens() && !asking;
        match self {
            Self::Department(paused) => paused == department,
            Self::Measure(stopped) => begins && stopped == measure,
            Self::MeasureIn(there, stopped) => begins && there == department && stopped == measure,
        }
    }
}

impl Serialize for Stop {
    /// As its two columns.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stop = serializer.serialize_struct("Stop", 2)?;
        stop.serialize_field("department", &self.department())?;
        stop.serialize_field("measure", &self.measure())?;
        stop.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERBS: [Verb; 4] = [Verb::Apply, Verb::Suspend, Verb::Resume, Verb::Lift];

    fn stops() -> [Stop; 3] {
        let (tax, measure) = ("tax".to_owned(), "L-TAX-02".to_owned());
        [
            Stop::Department(tax.clone()),
            Stop::Measure(measure.clone()),
            Stop::MeasureIn(tax, measure),
        ]
    }

    #[test]
    fn a_stopped_measure_still_gives_back_and_a_paused_department_is_left_alone() {
        let [department, measure, measure_in] = stops();
        for verb in VERBS {
            for asking in [false, true] {
                assert!(department.keeps_back("tax", "X", verb, asking));
                for stop in [&measure, &measure_in] {
                    let kept = stop.keeps_back("tax", "L-TAX-02", verb, asking);
                    assert_eq!(
                        kept,
                        verb.burdens() && !asking,
                        "{stop:?} {verb:?} {asking}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_stop_reaches_no_further_than_it_says() {
        let [department, measure, measure_in] = stops();
        assert!(!department.keeps_back("customs", "L-TAX-02", Verb::Apply, false));
        assert!(measure.keeps_back("customs", "L-TAX-02", Verb::Apply, false));
        assert!(!measure_in.keeps_back("customs", "L-TAX-02", Verb::Apply, false));
        assert!(!measure.keeps_back("tax", "L-TAX-03", Verb::Apply, false));
    }

    #[test]
    fn a_stop_is_found_again_by_its_columns() {
        for stop in stops() {
            let columns = (stop.department(), stop.measure());
            let columns = (columns.0.map(str::to_owned), columns.1.map(str::to_owned));
            assert_eq!(Stop::new(columns.0, columns.1), Some(stop));
        }
        assert_eq!(Stop::new(None, None), None);
    }
}
