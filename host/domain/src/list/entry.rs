//! One entry on a list, from the proposal to the day it is taken down everywhere.
//!
//! Comes in: what the entry cites, what happened to it, the day. Goes out: the next
//! state and its effects. What always holds stands at the top of [`crate::list`].
//! Deliberately absent: the notice, which is a machine of its own; its end comes
//! in here as `Told`.

use super::{Colour, ExitKind, List, Place, Places};
use crate::{
    gates::Refusal, ids::OrderId, record::Exit, span::Span, transition::TransitionError,
    version::Past,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// When an entry ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// After this day.
    Day(Date),
    /// No fixed term: after this day, unless it was reviewed before (I2).
    Review(Date),
}

impl Until {
    fn last_day(self) -> Date {
        match self {
            Self::Day(day) | Self::Review(day) => day,
        }
    }
}

/// An entry that is on its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// When it ends by itself.
    pub until: Until,
    /// Measures that hang on it.
    pub hanging: BTreeSet<OrderId>,
    /// Where it is shown.
    pub places: Places,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Entry {
    /// Proposed under the standard.
    Proposed,
    /// The subject was told reasons, basis and rights, and its days to answer are
    /// over.
    Told,
    /// On the list.
    Listed(Listed),
    /// Off the list.
    Exited {
        /// By which way.
        exit: Exit,
        /// First day off it.
        on: Date,
        /// Where it still has to be taken down.
        places: Places,
    },
    /// Never listed.
    Dropped {
        /// Why.
        reason: String,
    },
}

impl Entry {
    /// The word in rows and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Told => "told",
            Self::Listed(_) => "listed",
            Self::Exited { .. } => "exited",
            Self::Dropped { .. } => "dropped",
        }
    }
}

/// What happened to an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryEvent {
    /// The notice was heard (see [`crate::notice`]).
    Told,
    /// Put on the list.
    Listed {
        /// First day on it.
        first: Date,
        /// When it ends by itself.
        until: Until,
    },
    /// The proposal was given up.
    Dropped(String),
    /// A measure hangs on it.
    Hung(OrderId),
    /// Reviewed, and it stays: the day of the next review.
    Reviewed(Date),
    /// It comes off the list.
    Exited(Exit),
    /// Shown at a place, by its receipt.
    Shown(Place),
    /// Taken down at a place, by its receipt.
    TakenDown(Place),
    /// A new day.
    DayBegan,
}

impl EntryEvent {
    /// The word in entries of the log and errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Listed { .. } => "listed",
            Self::Dropped(_) => "dropped",
            Self::Hung(_) => "hung",
            Self::Reviewed(_) => "reviewed",
            Self::Exited(_) => "exited",
            Self::Shown(_) => "shown",
            Self::TakenDown(_) => "taken-down",
            Self::DayBegan => "day-began",
        }
    }
}

/// What a transition asks for beside the new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryEffect {
    /// Show it there.
    Show(Place),
    /// Take it down there.
    TakeDown(Place),
    /// End this measure.
    EndOrder(OrderId, Exit),
    /// Tell the subject.
    TellSubject,
}

/// The next state of an entry, and what it asks for. `review_at_most`: the longest
/// between two reviews of an entry without a fixed term.
///
/// # Errors
/// When the state does not admit the event, or the list does not allow it; nothing
/// has changed then.
pub fn apply(
    list: &List,
    entry: &Entry,
    event: &EntryEvent,
    review_at_most: Span,
    today: Date,
) -> Result<(Entry, Vec<EntryEffect>), TransitionError> {
    let next = match entry {
        Entry::Proposed | Entry::Told => before(list, entry, event, review_at_most, today)?,
        Entry::Listed(listed) => during(list, listed, event, review_at_most, today)?,
        Entry::Exited { exit, on, places } => after(exit, *on, places, event, today),
        Entry::Dropped { .. } => match event {
            EntryEvent::DayBegan => Some((entry.clone(), vec![])),
            EntryEvent::Told
            | EntryEvent::Listed { .. }
            | EntryEvent::Dropped(_)
            | EntryEvent::Hung(_)
            | EntryEvent::Reviewed(_)
            | EntryEvent::Exited(_)
            | EntryEvent::Shown(_)
            | EntryEvent::TakenDown(_) => None,
        },
    };
    next.ok_or(TransitionError::NotAdmitted {
        what: "list entry",
        state: entry.code(),
        event: event.code(),
    })
}

/// What became of an entry; `None`: the state does not know the event.
type Next = Option<(Entry, Vec<EntryEffect>)>;

/// Proposed or told.
fn before(
    list: &List,
    entry: &Entry,
    event: &EntryEvent,
    review_at_most: Span,
    today: Date,
) -> Result<Next, Refusal> {
    Ok(match event {
        EntryEvent::Told if *entry == Entry::Proposed => Some((Entry::Told, vec![])),
        EntryEvent::Listed { first, until } => {
            // 国办发〔2020〕49号: nobody comes onto a black list untold.
            if list.colour == Colour::Black && *entry != Entry::Told {
                return Err(Refusal::new(
                    "listing",
                    "列入前须告知当事人事由、依据和权利，并待陈述申辩期满",
                    "tell the subject reasons, basis and rights first, and let its days to answer \
                     go by",
                ));
            }
            if *first > today {
                return Err(Refusal::new(
                    "listing",
                    format!("列入日期 {first} 尚未到来"),
                    format!("the first day on the list, {first}, lies ahead"),
                ));
            }
            ends_in_time(list, *first, *until, review_at_most)?;
            let listed = Listed {
                until: *until,
                hanging: BTreeSet::new(),
                places: Places::due(),
            };
            let mut effects: Vec<EntryEffect> = Place::ALL.map(EntryEffect::Show).into();
            effects.push(EntryEffect::TellSubject);
            Some((Entry::Listed(listed), effects))
        }
        EntryEvent::Dropped(reason) => {
            let reason = reason.clone();
            Some((Entry::Dropped { reason }, vec![EntryEffect::TellSubject]))
        }
        EntryEvent::DayBegan => Some((entry.clone(), vec![])),
        EntryEvent::Told
        | EntryEvent::Hung(_)
        | EntryEvent::Reviewed(_)
        | EntryEvent::Exited(_)
        | EntryEvent::Shown(_)
        | EntryEvent::TakenDown(_) => None,
    })
}

/// On the list.
fn during(
    list: &List,
    listed: &Listed,
    event: &EntryEvent,
    review_at_most: Span,
    today: Date,
) -> Result<Next, Refusal> {
    let mut next = listed.clone();
    let last_day = listed.until.last_day();
    match event {
        EntryEvent::Hung(_) | EntryEvent::Reviewed(_) if today > last_day => {
            return Err(Refusal::new(
                "listing",
                format!("该条目已于 {last_day} 届满"),
                format!("the entry was over on {last_day} and comes off its list today"),
            ));
        }
        EntryEvent::Hung(order) => {
            next.hanging.insert(*order);
        }
        EntryEvent::Reviewed(day) => {
            if matches!(listed.until, Until::Day(_)) {
                return Err(Refusal::new(
                    "listing",
                    "该条目有固定期限，复核不能延长",
                    "the entry has a fixed term, which no review extends",
                ));
            }
            next.until = Until::Review(*day);
            ends_in_time(list, today, next.until, review_at_most)?;
        }
        EntryEvent::Exited(exit) => return exited(list, listed, exit, today).map(Some),
        EntryEvent::DayBegan if today > last_day => {
            return exited(list, listed, &Exit::Expiry, today).map(Some);
        }
        EntryEvent::DayBegan => {}
        EntryEvent::Shown(place) => next.places = listed.places.shown(*place, today),
        EntryEvent::TakenDown(place) => {
            next.places = listed.places.taken_down(*place, today);
            // Nothing says that it should be down: it goes up again.
            if next.places != listed.places {
                return Ok(Some((Entry::Listed(next), vec![EntryEffect::Show(*place)])));
            }
        }
        EntryEvent::Told | EntryEvent::Listed { .. } | EntryEvent::Dropped(_) => return Ok(None),
    }
    Ok(Some((Entry::Listed(next), vec![])))
}

/// Off the list.
fn after(exit: &Exit, on: Date, places: &Places, event: &EntryEvent, today: Date) -> Next {
    let same = |places, effects| {
        let exit = exit.clone();
        Some((Entry::Exited { exit, on, places }, effects))
    };
    match event {
        // What was found wrong after it had ended is taken back all the same.
        EntryEvent::Exited(later) if Past::of(later) > Past::of(exit) => {
            let exited = Entry::Exited {
                exit: later.clone(),
                on,
                places: places.clone(),
            };
            Some((exited, vec![EntryEffect::TellSubject]))
        }
        // A receipt that crossed the exit: what went up after all comes down.
        EntryEvent::Shown(place) => {
            let (places, up) = places.shown(*place, today).exit(today);
            same(places, up.into_iter().map(EntryEffect::TakeDown).collect())
        }
        EntryEvent::TakenDown(place) => same(places.taken_down(*place, today), vec![]),
        EntryEvent::DayBegan => same(places.clone(), vec![]),
        EntryEvent::Told
        | EntryEvent::Listed { .. }
        | EntryEvent::Dropped(_)
        | EntryEvent::Hung(_)
        | EntryEvent::Reviewed(_)
        | EntryEvent::Exited(_) => None,
    }
}

/// Off the list: every measure that hangs on it ends, and it comes down wherever
/// it was shown (requirement 10).
fn exited(
    list: &List,
    listed: &Listed,
    exit: &Exit,
    today: Date,
) -> Result<(Entry, Vec<EntryEffect>), Refusal> {
    let kind = ExitKind::of(exit);
    if !list.admits(kind) {
        return Err(Refusal::new(
            "listing",
            format!("名单 {} 未规定以 {} 方式退出", list.code, kind.code()),
            format!("list {} has no way off by {}", list.code, kind.code()),
        ));
    }
    let (places, up) = listed.places.exit(today);
    let mut effects: Vec<EntryEffect> = listed
        .hanging
        .iter()
        .map(|order| EntryEffect::EndOrder(*order, exit.clone()))
        .collect();
    effects.extend(up.into_iter().map(EntryEffect::TakeDown));
    effects.push(EntryEffect::TellSubject);
    let exit = exit.clone();
    Ok((
        Entry::Exited {
            exit,
            on: today,
            places,
        },
        effects,
    ))
}

/// An entry on a list with a longest term has a last day within it; one on a list
/// without has a review within the longest between two (I2).
fn ends_in_time(
    list: &List,
    first: Date,
    until: Until,
    review_at_most: Span,
) -> Result<(), Refusal> {
    let latest = match (list.longest, until) {
        (Some(longest), Until::Day(_)) => longest.last_day(first),
        (None, Until::Review(_)) => review_at_most.last_day(first),
        (Some(_), Until::Review(_)) | (None, Until::Day(_)) => None,
    };
    let day = until.last_day();
    if latest.is_some_and(|latest| first <= day && day <= latest) {
        return Ok(());
    }
    let (zh, en) = match list.longest {
        Some(longest) => (
            format!("名单 {} 的条目须有期限，最长{}", list.code, longest.zh()),
            format!(
                "an entry on list {} has a last day, at most {longest} on",
                list.code
            ),
        ),
        None => (
            format!(
                "名单 {} 的条目无固定期限，须在{}内复核",
                list.code,
                review_at_most.zh()
            ),
            format!(
                "an entry on list {} is reviewed within {review_at_most}",
                list.code
            ),
        ),
    };
    Err(Refusal::new("listing", zh, en))
}
