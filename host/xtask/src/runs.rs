//! The runs that need plugins: demonstration, scenarios, tests, benchmarks.
//!
//! **In:** the workspace, and arguments to pass on.
//! **Out:** whatever the child prints, and how it ended.
//! **Always:** what is run was built just before; the child learns from its
//! environment where everything stands:
//!
//! | variable | what stands there |
//! |---|---|
//! | `CREDENCE_PLUGINS` | directory of the shipped components, `NAME.wasm` |
//! | `CREDENCE_DECODERS` | directory of the decoders, `NAME.wasm` |
//! | `CREDENCE_GUESTS` | directory of the test guests, `NAME.wasm`; `demo` builds none |
//! | `CREDENCE_EXAMPLES` | directory `examples` |
//! | `CREDENCE_BINARY` | the program `credence` |
//! | `CREDENCE_BACK_END` | the program `department` |
//! | `CREDENCE_PROVINCE` | the program `province`, which makes the sample province |
//! | `CREDENCE_SCENARIOS` | directory `tests/scenarios` |
//!
//! **Absent:** test selection of its own; a test that needs a program which the
//! machine may lack. All that is needed is a toolchain and a C compiler.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::plugins;
use crate::workspace::{Workspace, succeed};

/// Runs `credence demo` in release, in place of this process where the system
/// can do that: exit status and interrupts are then the demonstration's own.
pub(crate) fn demo(workspace: &Workspace, args: &[OsString]) -> Result<ExitCode> {
    plugins::build(workspace, &plugins::SHIPPED, &[])?;
    // The whole workspace, as `bench` does: every selection of packages has features of
    // its own, and every set of features compiles the engine once more.
    succeed(&mut workspace.cargo(["build", "--release", "--workspace", "--bins"]))?;
    let mut demo = credence(workspace, "release");
    demo.arg("demo").args(args);
    run_in_place(&mut demo)
}

/// Plays scenarios, or those named, on debug binaries, as `test` does.
pub(crate) fn scenario(workspace: &Workspace, args: &[OsString]) -> Result<ExitCode> {
    plugins::build(workspace, &plugins::SHIPPED, &[])?;
    succeed(&mut workspace.cargo(["build", "--workspace", "--bins", "--tests"]))?;
    let mut scenario = credence(workspace, "debug");
    scenario.args(["scenario", "run"]).args(args);
    run_in_place(&mut scenario)
}

/// The program `credence`, where the caller stands, so that `--keep DIR` means what it
/// says there.
fn credence(workspace: &Workspace, profile: &str) -> Command {
    let program = workspace
        .target
        .join(profile)
        .join(format!("credence{EXE_SUFFIX}"));
    let mut command = Command::new(program);
    tell_places(&mut command, workspace, profile);
    command
}

/// Exit status and interrupts are then the command's own.
fn run_in_place(command: &mut Command) -> Result<ExitCode> {
    let program = command.get_program().to_owned();
    become_child(command).with_context(|| format!("cannot start {}", program.display()))
}

#[cfg(unix)]
fn become_child(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_child(command: &mut Command) -> io::Result<ExitCode> {
    let code = command.status()?.code();
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs every test, or those that `args` select, on debug binaries.
pub(crate) fn test(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    plugins::build(workspace, &plugins::ALL, &[])?;
    // Tests in the same breath as binaries: built by themselves the binaries
    // would get other features, and every dependency a second compilation.
    succeed(&mut workspace.cargo(["build", "--workspace", "--bins", "--tests"]))?;
    let mut tests = workspace.cargo(["test", "--workspace"]);
    tests.args(args);
    succeed(tell_places(&mut tests, workspace, "debug"))
}

/// Runs the benchmarks, or those of `sections`, in release.
pub(crate) fn bench(workspace: &Workspace, sections: &[String], json: bool) -> Result<()> {
    let mut args: Vec<&str> = sections.iter().map(String::as_str).collect();
    if json {
        args.push("--json");
    }
    measure(workspace, &args)
}

/// Runs the long run, in release.
pub(crate) fn soak(workspace: &Workspace, rows: u32) -> Result<()> {
    measure(workspace, &["soak", &rows.to_string()])
}

fn measure(workspace: &Workspace, args: &[&str]) -> Result<()> {
    plugins::build(workspace, &plugins::ALL, &[])?;
    // In the same breath, for the reason given above.
    succeed(&mut workspace.cargo(["build", "--release", "--workspace", "--bins", "--benches"]))?;
    let mut bench = workspace.cargo(["bench", "--workspace", "--bench", "house", "--"]);
    bench.args(args);
    succeed(tell_places(&mut bench, workspace, "release"))
}

/// Sets the variables of the table above. `profile` is cargo's directory.
fn tell_places<'a>(
    command: &'a mut Command,
    workspace: &Workspace,
    profile: &str,
) -> &'a mut Command {
    let binaries = workspace.target.join(profile);
    command
        .env("CREDENCE_PLUGINS", workspace.target.join("plugins"))
        .env("CREDENCE_DECODERS", workspace.target.join("decoders"))
        .env("CREDENCE_GUESTS", workspace.target.join("guests"))
        .env("CREDENCE_EXAMPLES", workspace.root.join("examples"))
        .env("CREDENCE_SCENARIOS", workspace.root.join("tests/scenarios"))
        .env(
            "CREDENCE_PROVINCE",
            binaries.join(format!("province{EXE_SUFFIX}")),
        )
        .env(
            "CREDENCE_BINARY",
            binaries.join(format!("credence{EXE_SUFFIX}")),
        )
        .env(
            "CREDENCE_BACK_END",
            binaries.join(format!("department{EXE_SUFFIX}")),
        )
}
