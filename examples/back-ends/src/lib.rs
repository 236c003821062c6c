//! Stand-ins for the departments' own systems.
//!
//! Each department is a real server or a real reader of folders, with a database
//! of its own, so that examples and tests meet what a plugin meets in the field:
//! keys that are recognised, answers that come late, twice or never. In come steps
//! of orders and questions about them; out go feedback, and for tests the ledger of
//! what was really done. Always: an effect is durable before it is answered, and
//! one key has one effect. Absent: everything of the host, which these programs
//! know only by what it sends.
//!
//! What arrives goes through [`mod@line`] (a connection that can be cut), [`door`]
//! (who is let in) and the [`counter`], which has the department's own format; what
//! arrives in a folder, through [`transport`]. Behind both are [`order`] (what every
//! department asks for), [`switch`] (misbehaviour on demand) and [`ledger`].
//!
//! | department | speaks | module |
//! |---|---|---|
//! | tax | JSON over HTTP, bearer token | [`tax`] |
//! | customs | XML over HTTP, signed requests | [`customs`] |
//! | housing | forms over HTTP, bearer token; acts later | [`housing`] |
//! | transport | CSV in folders | [`transport`] |

pub mod counter;
pub mod customs;
pub mod desk;
pub mod door;
pub mod exports;
pub mod housing;
pub mod ledger;
pub mod line;
pub mod order;
pub mod signature;
pub mod switch;
pub mod tax;
pub mod transport;
pub mod whims;
