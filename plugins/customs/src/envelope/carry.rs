//! A reader of envelopes as text, between two calls.
//!
//! In comes a reader, out goes what the next call needs to read on, and the other way
//! round. Always: what one revision of the plugin wrote, another refuses unless it
//! writes the same layout. Absent: the text that was read.

use credence_sdk::contract::feeds::FeedError;

use super::extent::{Extent, Mode};
use super::{Envelope, Place};

/// First word of a carry; changes with its layout.
const LAYOUT: &str = "1";
const PLACES: [Place; 5] = [
    Place::Outside,
    Place::Message,
    Place::Body,
    Place::Header,
    Place::Row,
];
const MODES: [Mode; 3] = [Mode::Text, Mode::Comment, Mode::Section];

impl Envelope {
    /// Reads on from a carry; "" starts a delivery.
    ///
    /// # Errors
    /// `wrong-format` for a carry that this revision of the plugin did not write.
    pub(super) fn resume(carry: &str) -> Result<Self, FeedError> {
        if carry.is_empty() {
            return Ok(Self {
                place: Place::Outside,
                listed: false,
                seen: false,
                total: None,
                rows: 0,
                dropped: false,
                extent: Extent::of("", 0),
                piece: String::new(),
            });
        }
        parse(carry).ok_or_else(|| {
            FeedError::WrongFormat(
                "the first part of this delivery was read by another revision of the plugin; \
                 deliver it again from the start"
                    .into(),
            )
        })
    }

    /// What the next call needs. Never "", so that it differs from a start.
    pub(super) fn into_carry(self) -> String {
        let total = self.total.map_or("-".to_owned(), |n| n.to_string());
        format!(
            "{LAYOUT} {} {} {} {total} {} {} {} {} {}\n{}",
            self.place as usize,
            u8::from(self.listed),
            u8::from(self.seen),
            self.rows,
            u8::from(self.dropped),
            self.extent.mode as usize,
            self.extent.seen,
            self.extent.name,
            self.piece
        )
    }
}

fn parse(carry: &str) -> Option<Envelope> {
    let (head, piece) = carry.split_once('\n')?;
    let mut words = head.split(' ');
    if words.next()? != LAYOUT {
        return None;
    }
    let place = *PLACES.get(words.next()?.parse::<usize>().ok()?)?;
    let listed = flag(words.next()?)?;
    let seen = flag(words.next()?)?;
    let total = match words.next()? {
        "-" => None,
        digits => Some(digits.parse().ok()?),
    };
    let rows = words.next()?.parse().ok()?;
    let dropped = flag(words.next()?)?;
    let extent = Extent {
        mode: *MODES.get(words.next()?.parse::<usize>().ok()?)?,
        seen: words.next()?.parse().ok()?,
        name: words.next()?.to_owned(),
    };
    let in_element = matches!(place, Place::Header | Place::Row);
    if in_element && !piece.is_char_boundary(extent.seen) {
        return None;
    }
    Some(Envelope {
        place,
        listed,
        seen,
        total,
        rows,
        dropped,
        extent,
        piece: piece.to_owned(),
    })
}

fn flag(word: &str) -> Option<bool> {
    match word {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}
