//! A guest that misbehaves on demand.
//!
//! In comes the name of a behaviour, in `order.title` or in `chunk.delivery`; out
//! goes what that behaviour does. Always: one behaviour for every limit and every
//! rule of the contract that speaks of a plugin's answer, so that a test can ask
//! for the breach and watch the host hold. Absent: anything useful, and any state.
//! A name that is not in these tables is a trap.
//!
//! # Any call (`order.title` or `chunk.delivery`)
//!
//! | name | what it does |
//! |---|---|
//! | `spin` | loops for ever without leaving the guest |
//! | `spin-in-log` | loops for ever calling `log.write` |
//! | `recurse` | calls itself until the stack ends |
//! | `grow` | takes memory, 1 MiB at a time, until there is none |
//! | `panic` | panics |
//!
//! # Measures (`order.title`)
//!
//! All five functions behave by the title. A title `A/B` means `A` for the steps
//! and `B` for `query`. For `case-number` and `subject.name` see `send`.
//!
//! | name | what it answers |
//! |---|---|
//! | `executed`, `partly`, `could-not`, `not-applicable`, `pending` | that outcome, using no service |
//! | `none` | `query`: no trace; any other function traps |
//! | `unavailable`, `uncertain`, `disputed`, `outside-mandate`, `needs-person` | that failure, also as `failure-…` |
//! | `huge-answer` | 50 pieces of evidence of 1 MiB each |
//! | `long-text` | one piece of evidence of 8,193 characters |
//! | `many-facts` | 60 pieces of evidence |
//! | `empty-field` | a piece of evidence without a field |
//! | `huge-reference` | a reference of 201 characters |
//! | `empty-reference` | the reference "" |
//! | `nul-text` | U+0000 in the reference |
//! | `nul-failure` | U+0000 in the text of a failure |
//! | `bad-number`, `bad-yuan` | evidence `1e3` and `1.005` |
//! | `impossible-evidence` | the day 31 February in the evidence |
//! | `bad-moment` | `at` on 31 February |
//! | `bad-hour`, `bad-minute`, `bad-second` | `at` with hour 24, minute 60, second 60 |
//! | `bad-year`, `late-year` | `at` in 1899 and 2200 |
//! | `pending-long` | pending for 90,000 seconds |
//! | `unavailable-long` | unavailable for 90,000 seconds |
//! | `send` | one POST with body `x` to destination `case-number`, path `subject.name`; executed, reference = status, evidence `BODY` = the answer's body; send errors as the contract maps them |
//! | `send-order` | as `send`, with the header `authorization` from the settings and the value of the first identifier as body |
//! | `send-many` | 20 such POSTs; reference = how many were answered |
//! | `send-then-panic`, `send-then-spin`, `send-then-bad` | one POST; then panics, loops, answers `huge-reference` |
//! | `send-glued` | as `send`, with the first identifier behind a digit as body |
//! | `send-after-refused` | a request to a destination that is not granted, then as `send` |
//! | `send-flood` | 64 such refused requests with a body of 256 KiB, then executed |
//! | `send-dots`, `send-relative` | a path with `..`; a path without `/` |
//! | `send-host-header` | sets the header `host` |
//! | `send-split-header` | a header value with a line break |
//! | `send-get` | as `send`, with GET and no body |
//! | `send-header-NAME` | as `send`, with the header NAME |
//! | `send-huge` | a body of 256 KiB and 1 byte |
//! | `churn` | takes and frees 160 MiB, little of it at a time, in blocks that it looks into; then executed |
//! | `put` | puts the text `x` into the folder `outbox` under the name `subject.name`; executed, reference `put`; put errors as the contract maps them |
//! | `put-other` | as `put`, with the text `y` |
//! | `put-order` | as `put`, with the setting `authorization` and the value of the first identifier as text |
//! | `put-character` | as `put`, with a character that no Chinese encoding but GB18030 has |
//! | `put-elsewhere` | as `put`, into a folder that the manifest does not name |
//! | `put-huge` | as `put`, with 4 MiB and 1 byte |
//! | `put-flood` | 16 files of 1 MiB under names that begin with a dot, then executed |
//! | `put-then-panic` | as `put`; then panics |
//! | `flood-log` | 300 lines of 2,000 characters to `log`, then executed |
//! | `log-subject` | the value of the first identifier to `log`, then executed |
//! | `nul-log` | a line with U+0000 to `log`, then executed |
//! | `echo-setting` | reference = the setting `authorization`, as the guest sees it |
//! | `other-setting` | asks for a setting that is not in the manifest; reference `none` or `some` |
//! | `many-settings` | asks for the setting `authorization` 5,000 times |
//! | `echo-subject` | reference = value of the first identifier, as the guest sees it |
//! | `clock` | reference = `call.now` and `call.id` |
//!
//! # Feeds (`chunk.delivery`)
//!
//! A row is a line of text. But for `ok`, `carry` and `log` each behaviour makes
//! one statement in row `first-row`, in a chunk of one row.
//!
//! | name | what it answers |
//! |---|---|
//! | `ok` | a rejection under the rule `as-asked` for each finished row that is not empty; an unfinished row is carried, and `truncated` at the end |
//! | `carry` | as `ok`, and checks that the carry comes back as it was: traps if not |
//! | `record` | one good record |
//! | `log` | as `record`, and a line to `log` |
//! | `send`, `put`, `setting`, `now`, `id` | uses that service, which must trap |
//! | `too-many-rows` | more rows than characters |
//! | `too-many-lines` | 20,001 lines |
//! | `row-zero`, `row-before`, `row-outside` | a line of row 0; of the row before `first-row`; of a row not read |
//! | `rows-backwards` | two lines, the later row first |
//! | `big-carry` | a carry of 4 MiB and 1 byte |
//! | `nul-carry` | U+0000 in the carry |
//! | `huge-output` | 31 MiB, each text within its limit |
//! | `empty-ref`, `long-ref`, `nul-ref` | a `source-ref` of 0 and of 201 characters; one with U+0000 |
//! | `bad-yuan`, `bad-number` | facts `1.005` and `1e3` |
//! | `long-text` | a fact of 8,193 characters |
//! | `empty-text` | a fact with the text "" |
//! | `empty-field` | a fact without a field |
//! | `many-facts` | 201 facts |
//! | `bad-token` | scheme `person` with what is no token |
//! | `foreign-token` | scheme `person` with a token that the host never gave |
//! | `spaced-identifier`, `empty-identifier` | an identifier with space around it; one that is "" |
//! | `empty-name` | the subject's name "" |
//! | `no-basis` | an adverse record without a basis |
//! | `listing` | a record that puts its subject on a list |
//! | `wide-disclosure` | an item of limited disclosure, claimed public |
//! | `unlisted-item` | an item that no catalogue has |
//! | `impossible-date`, `early-date`, `late-date` | decided on 31 February, in 1899, in 2200 |
//! | `sentinel-date` | valid until 2099-12-31 |
//! | `bad-moment` | revised at hour 24 |
//! | `long-rejection` | a rejection of 501 characters |
//! | `empty-rule` | a rejection under the rule "" |
//! | `ended` | the end of the record that `record` makes, by fulfilment |
//! | `ended-unknown` | the end of a record that nobody knows |
//! | `acknowledged` | an acknowledgement, though the manifest says the feed has none |
//! | `wrong-format`, `newer-format` | that error |
//! | `nul-error` | an error with U+0000 |

mod files;
mod heavy;
mod orders;
mod requests;
mod rows;

use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step};
use credence_sdk::contract::types::{Exit, Feedback};

/// What the host calls. Its memory is a plugin's, so that a benchmark on this guest
/// measures what a plugin costs.
pub struct Rogue;

credence_sdk::export!(Rogue);

impl feeds::Guest for Rogue {
    fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
        heavy::behave(&chunk.delivery);
        rows::behave(&chunk)
    }
}

impl measures::Guest for Rogue {
    fn apply(order: Order) -> Result<Feedback, Failure> {
        make(&order)
    }

    fn suspend(step: Step) -> Result<Feedback, Failure> {
        make(&step.order)
    }

    fn resume(step: Step) -> Result<Feedback, Failure> {
        make(&step.order)
    }

    fn lift(step: Step, _exit: Exit) -> Result<Feedback, Failure> {
        make(&step.order)
    }

    fn query(inquiry: Inquiry) -> Result<Option<Feedback>, Failure> {
        let order = inquiry.order;
        let name = order.title.rsplit('/').next().unwrap_or_default();
        if name == "none" {
            return Ok(None);
        }
        heavy::behave(name);
        orders::behave(name, &order).map(Some)
    }
}

fn make(order: &Order) -> Result<Feedback, Failure> {
    let name = order.title.split('/').next().unwrap_or_default();
    heavy::behave(name);
    orders::behave(name, order)
}

/// Text of so many characters.
fn text_of(characters: usize) -> String {
    "x".repeat(characters)
}

/// The test asked for what is not in the tables.
fn unknown(name: &str) -> ! {
    panic!("this guest has no behaviour named {name}")
}
