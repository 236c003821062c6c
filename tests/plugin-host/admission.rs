//! What is no plugin is refused when it is installed, and told what to do.
//!
//! Comes in: files, components written as text, manifests. Goes out: why they
//! are refused. Always holds: a refusal takes bounded time, whatever the
//! component does when it starts. Deliberately absent: the rules of manifests
//! and grants themselves, which `plugin-host` tests beside them.

use crate::{
    guest::{packed, rogue, written},
    house::rogue_grant,
};
use credence_plugin_host::{Host, config, grant::Grant};
use std::{error::Error as _, net::SocketAddr, sync::LazyLock};

static HOST: LazyLock<Host> = LazyLock::new(|| Host::start(4).expect("the engine starts"));

const MANIFEST: &str = r#"name = "thing"
version = "0.1.0"
department = "test"
contract = "0.1.0"
summary = "Starts, and no more."
[[feeds]]
name = "rows"
encoding = "utf-8"
delivers = "changes"
person_patterns = []
acknowledgements = false
[limits]
memory_mib = 8
time_ms = 50
output_kib = 64
calls_in_flight = 1
"#;

fn grant() -> Grant {
    let text = "plugin = \"thing\"\nfeeds = [\"rows\"]\ncall = true\nlog = true\n";
    Grant::parse("grant", text).expect("the grant is well formed")
}

/// A component that exports `feeds`, around a core module of this text.
fn around(core: &str) -> Vec<u8> {
    written(&format!(
        r#"(component
            (core module $module {core} (func (export "normalise")))
            (core instance $inside (instantiate $module))
            (func $normalise (canon lift (core func $inside "normalise")))
            (instance $feeds (export "normalise" (func $normalise)))
            (export "credence:department/feeds@0.1.0" (instance $feeds)))"#
    ))
}

/// A component that imports an interface without functions, and exports none.
fn importing(interface: &str) -> Vec<u8> {
    written(&format!(r#"(component (import "{interface}" (instance)))"#))
}

/// The refusal, with its causes.
async fn refusal(component: Vec<u8>, grant: &Grant) -> String {
    let Err(error) = HOST.admit(component, grant).await else {
        return "admitted".to_owned();
    };
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

async fn check(what: &str, component: Vec<u8>, says: &str) {
    let refusal = refusal(component, &grant()).await;
    assert!(
        refusal.contains(says),
        "{what}: `{says}` is not in: {refusal}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_component() {
    check(
        "text",
        b"not WebAssembly".to_vec(),
        "no WebAssembly component, or it is damaged",
    )
    .await;
    check(
        "nothing",
        Vec::new(),
        "no WebAssembly component, or it is damaged",
    )
    .await;
    check(
        "core module",
        written("(module)"),
        "a core WebAssembly module and no component",
    )
    .await;
    let whole = rogue();
    for length in [8, 9, whole.len() / 2, whole.len() - 1] {
        let cut = whole[..length].to_vec();
        let refusal = refusal(cut, &rogue_grant(SocketAddr::from(([127, 0, 0, 1], 9)))).await;
        assert!(
            refusal.contains("damaged") || refusal.contains("no manifest"),
            "{length} bytes: {refusal}"
        );
    }
}

#[tokio::test]
async fn bytes_that_are_damaged_inside() {
    let grant = rogue_grant(SocketAddr::from(([127, 0, 0, 1], 9)));
    let mut damaged = rogue();
    let middle = damaged.len() / 3;
    damaged[middle..middle + 64].fill(0xff);
    let refusal = refusal(damaged, &grant).await;
    assert!(refusal.contains("damaged"), "{refusal}");
}

#[tokio::test]
async fn code_compiled_for_a_machine() {
    let engine = wasmtime::Engine::new(&config(1)).expect("an engine");
    let code = engine
        .precompile_component(&around(""))
        .expect("it compiles");
    check(
        "cwasm",
        code.clone(),
        "which is never accepted; install the .wasm component",
    )
    .await;
    check(
        "cwasm, packed",
        packed(code, MANIFEST),
        "which is never accepted",
    )
    .await;
}

#[tokio::test]
async fn a_manifest_is_packed_once_and_keeps_its_rules() {
    let good = around("");
    check(
        "none",
        good.clone(),
        "holds no manifest; pack plugin.toml into",
    )
    .await;
    let twice = packed(packed(good.clone(), MANIFEST), MANIFEST);
    check("twice", twice, "holds 2 manifests; pack it once").await;
    let more = format!("colour = \"red\"\n{MANIFEST}");
    check(
        "unknown field",
        packed(good.clone(), &more),
        "line 1: syntax: unknown field `colour`",
    )
    .await;
    let measure = MANIFEST.replace("[limits]", "[[measures]]\ncode = \"M\"\n[limits]");
    check(
        "not exported",
        packed(good, &measure),
        "the component does not export",
    )
    .await;
}

#[tokio::test]
async fn imports_that_are_not_the_contracts() {
    for (interface, says) in [
        (
            "wasi:cli/environment@0.2.0",
            "imports WASI (wasi:cli/environment@0.2.0); this host links none",
        ),
        (
            "acme:tools/hammer@1.0.0",
            "`acme:tools/hammer@1.0.0`, which is not in the contract",
        ),
        (
            "credence:department/hammer@0.1.0",
            "which is not in the contract",
        ),
        (
            "credence:department/http@0.2.0",
            "build it again with the contract in wit/0.1.0",
        ),
        (
            "credence:department/http@0.1.1",
            "build it again with the contract in wit/0.1.0",
        ),
    ] {
        check(interface, packed(importing(interface), MANIFEST), says).await;
    }
}

#[tokio::test]
async fn an_import_that_the_manifest_does_not_ask_for() {
    for (interface, lines) in [
        ("http", "[imports.http]\ndestinations = [\"…\"]"),
        ("settings", "[imports.settings]\nnames = [\"…\"]"),
        ("drop-folder", "[imports.drop-folder]\nfolders = [\"…\"]"),
        ("call", "[imports.call]"),
        ("log", "[imports.log]"),
    ] {
        let component = importing(&format!("credence:department/{interface}@0.1.0"));
        check(interface, packed(component, MANIFEST), lines).await;
    }
}

#[tokio::test]
async fn what_is_asked_for_and_not_granted_is_named_with_its_lines() {
    let whole = || rogue_grant(SocketAddr::from(([127, 0, 0, 1], 9)));
    type TakeAway = fn(&mut Grant);
    let without: [(TakeAway, &str); 7] = [
        (|grant| grant.plugin = "other".into(), "plugin = \"rogue\""),
        (|grant| grant.feeds.clear(), "feeds = [\"rows\"]"),
        (|grant| grant.measures.clear(), "measures = [\"R-TEST-01\"]"),
        (
            |grant| grant.destinations.clear(),
            "[destinations.test-system]\naddress",
        ),
        (
            |grant| grant.folders.clear(),
            "[folders.outbox]\npath = \"/…\"",
        ),
        (|grant| grant.secrets.clear(), "[settings]\nauthorization"),
        (
            |grant| (grant.call, grant.log) = (false, false),
            "call = true\nlog = true",
        ),
    ];
    for (take_away, lines) in without {
        let mut grant = whole();
        take_away(&mut grant);
        let refusal = refusal(rogue(), &grant).await;
        assert!(refusal.contains(lines), "`{lines}` is not in: {refusal}");
    }
    assert_eq!(refusal(rogue(), &whole()).await, "admitted");
}

#[tokio::test]
async fn a_component_that_does_not_start() {
    for (what, core, says) in [
        (
            "traps",
            "(func $f unreachable) (start $f)",
            "within its limits: trapped",
        ),
        (
            "spins",
            "(func $f (loop (br 0))) (start $f)",
            "within its limits: timed-out",
        ),
        (
            "too much memory",
            "(memory 1000)",
            "within its limits: out-of-memory",
        ),
        (
            "recurses",
            "(func $f (call $f)) (start $f)",
            "within its limits: trapped",
        ),
    ] {
        check(what, packed(around(core), MANIFEST), says).await;
    }
}

#[tokio::test]
async fn proposals_that_are_left_off() {
    for (what, core) in [
        ("shared memory", "(memory 1 1 shared)"),
        ("64-bit memory", "(memory i64 1)"),
        ("externref", "(table 1 externref)"),
        ("externref global", "(global externref (ref.null extern))"),
        ("i31", "(func (drop (ref.i31 (i32.const 1))))"),
        (
            "struct",
            "(type $s (struct (field i32))) (func (drop (struct.new_default $s)))",
        ),
        ("null references", "(func (drop (ref.null none)))"),
        (
            "typed function references",
            "(type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0)))",
        ),
        ("exceptions", "(tag $e) (func (throw $e))"),
        (
            "exception references",
            "(func (param exnref) (throw_ref (local.get 0)))",
        ),
        (
            "continuations",
            "(type $f (func)) (type $c (cont $f)) (func (param (ref null $c)))",
        ),
    ] {
        check(
            what,
            packed(around(core), MANIFEST),
            "uses a feature this host leaves off",
        )
        .await;
    }
}

#[tokio::test]
async fn a_start_that_uses_a_service_is_refused() {
    let component = written(
        r#"(component
            (import "credence:department/log@0.1.0" (instance))
            (import "credence:department/call@0.1.0" (instance $call
                (export "id" (func (result string)))))
            (core module $memory
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
            (core instance $memory (instantiate $memory))
            (core func $id (canon lower (func $call "id")
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (core module $module
                (import "call" "id" (func $id (param i32)))
                (func $start (call $id (i32.const 0)))
                (func (export "normalise"))
                (start $start))
            (core instance $inside (instantiate $module
                (with "call" (instance (export "id" (func $id))))))
            (func $normalise (canon lift (core func $inside "normalise")))
            (instance $feeds (export "normalise" (func $normalise)))
            (export "credence:department/feeds@0.1.0" (instance $feeds)))"#,
    );
    let manifest = MANIFEST.replace("[limits]", "[imports.call]\n[imports.log]\n[limits]");
    check(
        "call.id",
        packed(component, &manifest),
        "denied: an adapter is pure: `call.id`",
    )
    .await;
}

#[tokio::test]
async fn an_export_of_another_type() {
    check(
        "types",
        packed(around(""), MANIFEST),
        "does not fit the contract",
    )
    .await;
}
