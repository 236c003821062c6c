//! Where an entry is shown: published at the department, pushed to the platforms,
//! collected on the public site; three states, each tracked (requirement 11).
//!
//! Comes in: receipts of showing and taking down, and the exit. Goes out: where it
//! still has to come down. Always holds: what went up anywhere is remembered until
//! a receipt says that it came down.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A place where entries are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The department's own site.
    Department,
    /// The credit platforms of city, province and nation.
    Platforms,
    /// “信用福建”, the public site that collects all lists.
    Site,
}

impl Place {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Department, Self::Platforms, Self::Site];

    /// The word in rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Platforms => "platforms",
            Self::Site => "site",
        }
    }

    /// Reads the word back.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.code() == code)
    }
}

/// How far it is shown at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Shown {
    /// To be shown.
    Due,
    /// Shown since this day.
    Done {
        /// The day of the receipt.
        on: Date,
    },
    /// To be taken down.
    ToWithdraw {
        /// Since when.
        since: Date,
    },
    /// Taken down.
    Withdrawn {
        /// The day of the receipt.
        on: Date,
    },
    /// The entry ended before it was shown.
    Never,
}

/// The three places of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// At the department.
    pub department: Shown,
    /// On the platforms.
    pub platforms: Shown,
    /// On the public site.
    pub site: Shown,
}

impl Places {
    /// To be shown everywhere.
    pub fn due() -> Self {
        Self {
            department: Shown::Due,
            platforms: Shown::Due,
            site: Shown::Due,
        }
    }

    /// How far it is shown at a place.
    pub fn at(&self, place: Place) -> Shown {
        match place {
            Place::Department => self.department,
            Place::Platforms => self.platforms,
            Place::Site => self.site,
        }
    }

    fn with(&self, place: Place, shown: Shown) -> Self {
        let mut places = self.clone();
        match place {
            Place::Department => places.department = shown,
            Place::Platforms => places.platforms = shown,
            Place::Site => places.site = shown,
        }
        places
    }

    /// A receipt says that it is up there. Saying so again keeps the first day.
    pub(super) fn shown(&self, place: Place, on: Date) -> Self {
        match self.at(place) {
            Shown::Due | Shown::Never | Shown::Withdrawn { .. } => {
                self.with(place, Shown::Done { on })
            }
            Shown::Done { .. } | Shown::ToWithdraw { .. } => self.clone(),
        }
    }

    /// A receipt says that it is down there. Of an entry that is still on its list
    /// it has to go up again.
    pub(super) fn taken_down(&self, place: Place, on: Date) -> Self {
        match self.at(place) {
            Shown::ToWithdraw { .. } => self.with(place, Shown::Withdrawn { on }),
            Shown::Done { .. } => self.with(place, Shown::Due),
            Shown::Due | Shown::Never | Shown::Withdrawn { .. } => self.clone(),
        }
    }

    /// The entry is off its list: what is up has to come down. Gives the places
    /// where that is newly so.
    pub(super) fn exit(&self, since: Date) -> (Self, Vec<Place>) {
        let mut places = self.clone();
        let mut up = Vec::new();
        for place in Place::ALL {
            places = match self.at(place) {
                Shown::Done { .. } => {
                    up.push(place);
                    places.with(place, Shown::ToWithdraw { since })
                }
                Shown::Due => places.with(place, Shown::Never),
                Shown::ToWithdraw { .. } | Shown::Withdrawn { .. } | Shown::Never => places,
            };
        }
        (places, up)
    }
}
