//! Customs (海关): grades enterprises; an XML interface with signed requests.
//!
//! In come `POST /measures` with one XML document and `GET /measures/{key}`; out
//! goes XML. Always: where a key is set, a request whose signature does not hold
//! changes nothing and is not even counted. Absent: namespaces, document types,
//! attributes other than those below.
//!
//! **Signature.** Every step and question carries `Content-Digest`,
//! `Signature-Input` and `Signature` (see [`crate::signature`]): `hmac-sha256`
//! over `@method`, `@path`, `@query` and `content-digest`, `created` at most 300
//! seconds from the clock here. Otherwise 401 `signature`, with words.
//!
//! **Key.** `POST` carries `Idempotency-Key`, the same as `<Key>`.
//!
//! **A step** (`content-type: application/xml`, UTF-8). Elements in any order; an
//! element that says nothing is left out. Not read, but filed: `Title`,
//! `CaseNumber`, `Number`, `Parameter`, `Note`, `Reference`, `Exit`.
//!
//! ```xml
//! <?xml version="1.0" encoding="UTF-8"?>
//! <MeasureStep>
//!   <Key>o-1.lift</Key>
//!   <OrderKey>o-1</OrderKey>
//!   <Verb>lift</Verb>                       <!-- apply, suspend, resume, lift -->
//!   <Measure>L-CUS-02</Measure>
//!   <Title>列入海关严重失信主体名单</Title>
//!   <CaseNumber>闽信联〔2026〕1号</CaseNumber>
//!   <Subject>
//!     <Name>虚构贸易有限公司</Name>
//!     <Identifier scheme="uscc">91350100MA900010XU</Identifier>  <!-- 1 or more -->
//!   </Subject>
//!   <Decision>
//!     <Authority uscc="…">某海关</Authority>                      <!-- uscc optional -->
//!     <Number>榕关缉〔2026〕3号</Number>                           <!-- optional -->
//!     <DecidedOn>2026-01-05</DecidedOn>
//!   </Decision>
//!   <Basis code="GACC-282">海关总署令第282号</Basis>               <!-- 1 or more -->
//!   <StartsOn>2026-02-01</StartsOn>
//!   <EndsOn>2029-01-31</EndsOn>
//!   <EffectiveOn>2026-08-01</EffectiveOn>   <!-- apply: the same as StartsOn -->
//!   <Parameter field="AMOUNT" kind="yuan">12300.50</Parameter>  <!-- 0 or more -->
//!   <Note>…</Note>                          <!-- later steps -->
//!   <Reference>R-000001</Reference>         <!-- later steps, where known -->
//!   <Exit kind="repair">                    <!-- lift: expiry, fulfilment, repair, -->
//!     <Decision>…</Decision>                <!-- correction, revocation -->
//!   </Exit>
//! </MeasureStep>
//! ```
//!
//! **Feedback**, of a step and of a question alike, 200; 202 with `Retry-After`
//! while the state is `waiting`. `State`: `done`, `partly`, `refused`,
//! `not-applicable`, `waiting`.
//!
//! ```xml
//! <Feedback><Key>o-1</Key><State>done</State><Reason>…</Reason>
//! <Reference>R-000001</Reference><At>2026-02-01T10:00:00+08:00</At>
//! <Evidence field="REGISTER_ENTRY">R-000001</Evidence></Feedback>
//! ```
//!
//! **No feedback**: `<Fault><Code>…</Code><Field>…</Field><Reason>…</Reason></Fault>`,
//! `Field` only with `invalid`, such as `Subject/Identifier`. Statuses and codes
//! are those of [`crate::counter`].

mod document;

use axum::Router;

use crate::counter::{self, Fault, Format};
use crate::desk::Desk;
use crate::door::Door;
use crate::ledger::{Feedback, Ledger, Step};
use crate::order::Invalid;
use crate::signature::Key;

/// Codes of the measures that the department carries out.
pub const MANDATE: [&str; 2] = ["L-CUS-02", "I-CUS-01"];

/// The department's routes. Without a key everybody is let in.
pub fn router(ledger: Ledger, key: Option<Key>) -> Router {
    let door = key.map_or(Door::Open, Door::Signature);
    counter::router::<Customs>(Desk::new(ledger, door))
}

/// XML, as this department writes it.
pub struct Customs;

impl Format for Customs {
    const MANDATE: &'static [&'static str] = &MANDATE;
    const QUESTIONS: &'static str = "/measures/{key}";
    const MEDIA_TYPE: &'static str = "application/xml";
    const KEY_HEADER_REQUIRED: bool = true;

    fn read(body: &[u8]) -> Result<Step, Invalid> {
        document::read(body)
    }

    fn feedback(feedback: &Feedback) -> String {
        document::feedback(feedback)
    }

    fn fault(fault: &Fault) -> String {
        document::fault(fault)
    }
}
