//! Stand-ins for the departments' own systems.
//!
//! Each department is a real HTTP server with a database of its own, so that
//! examples and tests meet what a plugin meets in the field: keys that are
//! recognised, answers that come late, twice or never. In come steps of orders
//! and questions about them; out go feedback, and for tests the ledger of what
//! was really done. Always: an effect is durable before it is answered, and one
//! key has one effect. Absent: everything of the host, which these programs know
//! only by what it sends.
//!
//! What arrives goes through [`mod@line`] (a connection that can be cut), a
//! department such as [`tax`], [`switch`] (misbehaviour on demand) and [`ledger`].

pub mod ledger;
pub mod line;
pub mod switch;
pub mod tax;
