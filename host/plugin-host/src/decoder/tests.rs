//! What is no decoder. What a decoder may not consume is tried with a real one
//! (`tests/plugin-host/decoding.rs`).

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
