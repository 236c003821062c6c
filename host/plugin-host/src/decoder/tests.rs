//! What is no decoder, and what a decoder may not consume: each wall meets a decoder
//! that would come to an end behind it, so that a wall that is not there shows.

use super::*;

/// Why this component is no decoder.
async fn refusal(text: &str) -> String {
    let host = Host::start(1).expect("the engine starts");
    let bytes = wat::parse_str(text).expect("the component's text is well formed");
    match host.decoder(bytes).await {
        Ok(_) => "admitted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_decoder_imports_nothing_and_exports_its_interface() {
    for (text, says) in [
        (
            r#"(component (import "wasi:cli/environment@0.2.0" (instance)))"#,
            "the decoder imports `wasi:cli/environment@0.2.0`",
        ),
        (
            r#"(component (import "credence:department/log@0.1.0" (instance)))"#,
            "a decoder imports nothing",
        ),
        (
            r#"(component (import "f" (func)))"#,
            "the decoder imports `f`",
        ),
        ("(component)", "does not export the decoder's interface"),
        ("(module)", "no WebAssembly component"),
    ] {
        let refusal = refusal(text).await;
        assert!(refusal.contains(says), "{text}: {refusal}");
    }
}

/// A decoder that carries this out, with its memory as `$memory`, and answers what it
/// leaves at 64: a case, and the place and length of the text.
fn guest(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $code
                (memory $memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
                (func (export "decode") (param i32 i32) (result i32)
                    (local $count i64)
                    {body}
                    i32.const 64))
            (core instance $code (instantiate $code))
            (type $reason (enum "damaged" "encrypted" "too-large" "unclear"))
            (type $refusal (record (field "reason" $reason) (field "text" string)))
            (func $decode (param "packed" (list u8)) (result (result string (error $refusal)))
                (canon lift (core func $code "decode")
                    (memory (core memory $code "memory"))
                    (realloc (core func $code "realloc"))))
            (instance $containers
                (export "reason" (type $reason))
                (export "refusal" (type $refusal))
                (export "decode" (func $decode)))
            (export "credence:decoder/containers@0.1.0" (instance $containers)))"#
    );
    wat::parse_str(text).expect("the component's text is well formed")
}

/// What becomes of a container under this much memory and time.
async fn decoded(body: &str, memory_mib: u32, time_ms: u32) -> Result<String, DecodeError> {
    let host = Host::start(1).expect("the engine starts");
    let decoder = host.decoder(guest(body)).await.expect("a decoder");
    let limits = Limits {
        memory_mib,
        time_ms,
        ..LIMITS
    };
    decoder.within(b"packed", &limits).await
}

/// Counts so far, and answers nothing.
fn counts_to(count: u64) -> String {
    format!(
        "(loop (local.set $count (i64.add (local.get $count) (i64.const 1)))
            (br_if 0 (i64.lt_u (local.get $count) (i64.const {count}))))"
    )
}

/// Asks for so many pages of 64 KiB, one by one, and breaks down where it gets none.
fn grows_by(pages: u32) -> String {
    format!(
        "(loop (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
            (local.set $count (i64.add (local.get $count) (i64.const 1)))
            (br_if 0 (i64.lt_u (local.get $count) (i64.const {pages}))))"
    )
}

#[tokio::test]
async fn a_decoder_that_spins_meets_the_wall_of_time_and_no_other() {
    // Some seconds, wherever it may.
    let spins = decoded(&counts_to(4_000_000_000), LIMITS.memory_mib, 50).await;
    assert_eq!(spins, Err(DecodeError::TimedOut));
    let counts = decoded(&counts_to(10), LIMITS.memory_mib, 50).await;
    assert_eq!(counts, Ok(String::new()));
}

#[tokio::test]
async fn a_decoder_that_grows_meets_the_wall_of_memory_and_no_other() {
    let one_page_more = decoded(&grows_by(16), 1, LIMITS.time_ms).await;
    assert_eq!(one_page_more, Err(DecodeError::OutOfMemory));
    let whole = decoded(&grows_by(15), 1, LIMITS.time_ms).await;
    assert_eq!(whole, Ok(String::new()));
}

#[tokio::test]
async fn a_text_beyond_its_limit_is_not_taken_over() {
    let pages = (TEXT + WORDS) >> 16;
    let answers = |bytes: usize| {
        let grows = grows_by(u32::try_from(pages).expect("a count") + 2);
        format!("{grows} (i32.store (i32.const 72) (i32.const {bytes}))")
    };
    let most = decoded(&answers(TEXT), LIMITS.memory_mib, LIMITS.time_ms).await;
    assert_eq!(most.map(|text| text.len()), Ok(TEXT));
    let more = decoded(
        &answers(TEXT + WORDS + 1),
        LIMITS.memory_mib,
        LIMITS.time_ms,
    )
    .await;
    let why = "its answer cannot be read".to_owned();
    assert_eq!(more, Err(DecodeError::Broke(why)));
}
