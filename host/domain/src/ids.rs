//! The names of things: one newtype for each, so that a case can never be
//! handed in where an order is wanted.
//!
//! An id is 128 bits, made by whoever has a clock and randomness (UUID version
//! 7: ids made later sort later). It says nothing about what it names.

use serde::{Deserialize, Serialize, Serializer};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {what} id: write the 32 hexadecimal digits as they were shown")]
pub struct IdError {
    what: &'static str,
    given: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, as rows keep them.
            pub fn bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($what, ":{}"), self.0.simple())
            }
        }

        impl Serialize for $name {
            /// For people and programs as it is shown everywhere else; for
            /// journals as its bytes.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| IdError { what: $what, given: text.to_owned() })
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// An organization or a natural person (主体).
    SubjectId = "subject";
    /// A credit record (信用记录), through all its versions.
    RecordId = "record";
    /// One delivery of a feed.
    DeliveryId = "delivery";
    /// A file that arrived by itself, before and after it was read.
    ArrivalId = "arrival";
    /// A token by which a department's system uploads.
    TokenId = "token";
    /// A joint case (联合奖惩案件).
    CaseId = "case";
    /// One measure against, or in favour of, one subject, by one department.
    OrderId = "order";
    /// A notice to the subject (告知书).
    NoticeId = "notice";
    /// An objection (异议), through whichever door it came.
    ObjectionId = "objection";
    /// An application for credit repair (信用修复).
    RepairId = "repair";
    /// One subject on one list (名单), from its proposal to its exit.
    ListEntryId = "list-entry";
    /// One call of a plugin.
    CallId = "call";
    /// One entry of the audit log, before it has an index.
    EventId = "event";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_shown() {
        let id = CaseId(Uuid::from_u128(0x0193_5e2a_7b1c_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 32);
        let error = "case-1".parse::<CaseId>().unwrap_err();
        assert!(error.to_string().contains("not a case id"), "{error}");
    }
}
