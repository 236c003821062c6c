//! The counter (窗口) of a department that is reached over HTTP.
//!
//! In come steps and questions in the department's own [`Format`]; out goes
//! feedback, or a [`Fault`]. Always: a request is counted before anything can go
//! wrong with it but after it was let in and read, and a step is durable before
//! it is answered. Absent: the words on the wire, which each department has its
//! own module for.
//!
//! | status | code | meaning |
//! |---|---|---|
//! | 200, 202 | | feedback; 202 with `Retry-After` while it waits |
//! | 400 | `invalid` | a field is at fault; nothing was done |
//! | 401 | `not-let-in`, `signature` | credentials missing or wrong; nothing was done |
//! | 403 | `locked` | the account is locked until a person acts; nothing was done |
//! | 404 | `unknown-key` | a question: no such step ever came |
//! | 409 | `key-reused` | the key belongs to another step; nothing was done |
//! | 409 | `disputed` | the department thinks the order wrong; nothing was done |
//! | 422 | `outside-mandate` | not a measure of this department; nothing was done |
//! | 500 | `failed`, `ledger` | before or after acting: the caller cannot know |
//! | 503 | `not-started` | closed; nothing was done |
