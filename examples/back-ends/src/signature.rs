//! Signatures of requests, as the department checks them.
//!
//! In come the head and the body of a request; out goes whether someone who knows
//! the key wrote them just now. Always: written from RFC 9421 and RFC 9530 alone
//! and independent of the house, so that the two can disagree. Absent: any
//! algorithm but `hmac-sha256`, and memory of requests seen; the keys of steps
//! make a repeated request harmless.
//!
//! | header | holds |
//! |---|---|
//! | `Content-Digest` | `sha-256=:BASE64:` of the body, of an empty one too |
//! | `Signature-Input` | `sig1=("@method" "@path" "@query" "content-digest");created=UNIX;keyid="ID";alg="hmac-sha256"` |
//! | `Signature` | `sig1=:BASE64:` |
//!
//! The key is the text given with `--key`, or the file given with `--key-file`
//! without its last line break, byte by byte. `@query` of an address without a
//! query is `?`. Components may stand in any order, and more may be covered.
