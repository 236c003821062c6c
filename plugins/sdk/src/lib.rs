//! What a department's plugin is made of.
//!
//! In comes what every department needs and none should write again; out goes a
//! plugin that says only what its own department's format means. Always: every
//! function is pure but for [`note`] and the services in [`contract`], so a plugin
//! is tried natively, without a host; what cannot be read in exactly one way is a
//! [`Fault`](fault::Fault) that names the column and never quotes the cell. Absent:
//! any department, memory between calls, a clock, identity numbers.
//!
//! A feed: [`json`] or [`table`] → [`row`] (of [`days`], [`amounts`], [`numbers`],
//! [`codes`], [`text`]) → [`record`] → [`lines`]. An order: [`request`] → the host →
//! [`answer`].
//!
//! # A whole plugin
//!
//! A department that sends its penalties as CSV and takes orders as forms. Beside it
//! stand a `plugin.toml` that names the feed, the measure, the destination and the
//! setting, and the Cargo.toml that this crate's README shows.
//!
//! ```no_run
//! use credence_sdk::amounts::Unit;
//! use credence_sdk::answer::{self, Format, Refusal, State, Told};
//! use credence_sdk::contract::feeds::{self, Chunk, FeedError, Normalised};
//! use credence_sdk::contract::http::{self, Response};
//! use credence_sdk::contract::measures::{self, Failure, Inquiry, Order, Step, Verb};
//! use credence_sdk::contract::types::{Decision, Exit, Feedback, Subject};
//! use credence_sdk::fault::Fault;
//! use credence_sdk::lines::Statements;
//! use credence_sdk::row::{Row, required};
//! use credence_sdk::table::{self, Column, Layout};
//! use credence_sdk::{codes, record, request};
//!
//! pub struct Water;
//!
//! credence_sdk::export!(Water);
//!
//! static PENALTIES: Layout = Layout::new(&[
//!     Column::required("文号", &["处罚决定书文号"]),
//!     Column::required("名称", &["当事人名称"]),
//!     Column::required("代码", &["统一社会信用代码"]),
//!     Column::required("机关", &["处罚机关"]),
//!     Column::required("日期", &["处罚决定日期"]),
//!     Column::required("依据", &["处罚依据"]),
//!     Column::optional("CF_NR_FK", &["罚款金额（万元）"]),
//! ]);
//!
//! impl feeds::Guest for Water {
//!     fn normalise(chunk: Chunk) -> Result<Normalised, FeedError> {
//!         table::normalise(&chunk, &PENALTIES, penalty)
//!     }
//! }
//!
//! fn penalty(mut row: Row<'_>) -> Result<Statements, Fault> {
//!     let number = required(row.take_code("文号")?, "文号", "give the number")?;
//!     let authority = required(row.take_authority("机关", "")?, "机关", "name it")?;
//!     let decision = Decision {
//!         decided_on: required(row.take_day("日期")?, "日期", "write 2022-01-24")?,
//!         authority: authority.clone(),
//!         number: Some(number.clone()),
//!     };
//!     let key = [authority.name.as_str(), &codes::number_as_key(&number)];
//!     let subject = Subject {
//!         name: row.take_text("名称"),
//!         identifiers: row.take_identifiers(&[("代码", "uscc")])?,
//!     };
//!     let source_ref = record::source_ref("文号", &key)?;
//!     let mut record = record::record("WATER-PENALTY", "水行政处罚", source_ref, subject, decision);
//!     let basis = required(row.take_text("依据"), "依据", "cite law and article")?;
//!     record.basis.push(record::basis(basis));
//!     let fine = row.take_amount("CF_NR_FK", Unit::TenThousandYuan)?;
//!     record.facts.extend(fine.map(|fine| record::fact("CF_NR_FK", fine)));
//!     row.into_facts(&mut record.facts);
//!     record.facts = record::facts(record.facts)?;
//!     Ok(record.into())
//! }
//!
//! /// The bodies of the department's answers: one word.
//! struct Words;
//!
//! impl Format for Words {
//!     const WHO: &'static str = "the water department";
//!
//!     fn told(response: &Response) -> Option<Told> {
//!         let state = match response.body.trim() {
//!             "done" => State::Done,
//!             "waiting" => State::Waiting,
//!             _ => return None,
//!         };
//!         Some(Told { state, ..Told::default() })
//!     }
//!
//!     fn refusal(_: &Response) -> Option<Refusal> {
//!         None
//!     }
//! }
//!
//! fn make(verb: Verb, key: &str, order: &Order) -> Result<Feedback, Failure> {
//!     let codes = order.subject.identifiers.iter();
//!     let code = codes.map(|id| id.value.as_str()).next().unwrap_or_default();
//!     let body = request::form(&[
//!         ("key", key),
//!         ("verb", request::verb(verb)),
//!         ("measure", &order.measure),
//!         ("subject", code),
//!     ]);
//!     let form = "application/x-www-form-urlencoded";
//!     let mut sent = request::step("water-bureau", "/steps", key, form, body);
//!     request::set(&mut sent, "authorization", &request::setting("authorization")?);
//!     answer::to_step::<Words>(http::send(&sent), key)
//! }
//!
//! impl measures::Guest for Water {
//!     fn apply(order: Order) -> Result<Feedback, Failure> {
//!         make(Verb::Apply, &order.key, &order)
//!     }
//!     fn suspend(step: Step) -> Result<Feedback, Failure> {
//!         make(Verb::Suspend, &step.key, &step.order)
//!     }
//!     fn resume(step: Step) -> Result<Feedback, Failure> {
//!         make(Verb::Resume, &step.key, &step.order)
//!     }
//!     fn lift(step: Step, _: Exit) -> Result<Feedback, Failure> {
//!         make(Verb::Lift, &step.key, &step.order)
//!     }
//!     fn query(inquiry: Inquiry) -> Result<Option<Feedback>, Failure> {
//!         let mut sent = request::question("water-bureau", &format!("/steps/{}", inquiry.key));
//!         request::set(&mut sent, "authorization", &request::setting("authorization")?);
//!         answer::to_question::<Words>(http::send(&sent), &inquiry.key)
//!     }
//! }
//! # fn main() {}
//! ```

pub mod contract;
#[cfg(target_arch = "wasm32")]
mod heap;

#[cfg(feature = "json")]
pub mod json;
pub mod table;

pub mod amounts;
pub mod codes;
pub mod days;
pub mod fault;
pub mod numbers;
pub mod row;
pub mod text;

pub mod lines;
pub mod record;

pub mod answer;
pub mod note;
pub mod penalty;

pub mod request;

#[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
pub mod testing;
