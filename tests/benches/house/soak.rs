//! The long run: a delivery of a million rows, read by the program as its users run
//! it, in bounded memory.
//!
//! Comes in: a number of rows. Goes out: how long it took, the peak of the memory
//! that the program held, and a failing exit where that peak is beyond the bound, a
//! row is missing, or the log is not sound. Always holds: neither the file nor the
//! rows are ever held in memory here either. Deliberately absent: a bound on time.

use crate::rows::TRANSPORT;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::{
    fs,
    io::{BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The most that the program may hold at once.
const MOST_MB: u64 = 300;
/// From one look at the program's memory to the next.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) fn measure(rows: u32) -> anyhow::Result<()> {
    let dir = tempfile::TempDir::new()?;
    let data = dir.path().join("data");
    catalogue(&data)?;
    let file = dir.path().join("overloads.csv");
    let bytes = write(&file, rows)?;
    println!("{rows} rows, {} MB", bytes >> 20);
    let plugin = set("CREDENCE_PLUGINS")?.join("transport.wasm");
    let grant = set("CREDENCE_EXAMPLES")?.join("grants/transport.toml");
    run(credence(&data)?
        .args(["plugin", "install"])
        .arg(plugin)
        .arg("--grant")
        .arg(grant))?;
    let began = Instant::now();
    let mut ingest = credence(&data)?;
    ingest
        .args(["ingest", "--plugin", "transport", "--feed", "overloads"])
        .arg(&file)
        .stdout(Stdio::piped());
    let (report, peak) = watched(ingest.spawn()?)?;
    let took = began.elapsed().as_secs_f64();
    let recorded = report["recorded"].as_u64().unwrap_or(0);
    println!(
        "ingest: {took:.1} s, {:.0} rows/s, peak {} MB",
        f64::from(rows) / took,
        peak >> 10
    );
    ensure!(
        recorded == u64::from(rows),
        "{recorded} of {rows} rows made a record"
    );
    ensure!(
        peak >> 10 < MOST_MB,
        "the program held {} MB; {MOST_MB} are allowed",
        peak >> 10
    );
    let began = Instant::now();
    run(credence(&data)?.args(["audit", "verify"]))?;
    println!(
        "audit verify: {:.1} s, sound",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn set(variable: &str) -> anyhow::Result<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .with_context(|| format!("{variable} is not set; run `cargo xtask soak`"))
}

fn credence(data: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(set("CREDENCE_BINARY")?);
    command.arg("--data").arg(data).arg("--json");
    Ok(command)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn catalogue(data: &Path) -> anyhow::Result<()> {
    let to = data.join("catalogue");
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(set("CREDENCE_EXAMPLES")?.join("catalogue"))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Writes the delivery as the department would. Gives its bytes.
fn write(path: &Path, rows: u32) -> anyhow::Result<u64> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for piece in TRANSPORT.pieces(rows) {
        file.write_all(&encoding_rs::GB18030.encode(&piece).0)?;
    }
    file.flush()?;
    Ok(fs::metadata(path)?.len())
}

/// The report of an ingest, and the peak of the memory it held, in kB.
fn watched(mut child: Child) -> anyhow::Result<(Value, u64)> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // What it prints fits a pipe: one object, at its end.
    while child.try_wait()?.is_none() {
        let seen = fs::read_to_string(&status).unwrap_or_default();
        let high = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|kb| kb.trim().split(' ').next()?.parse().ok());
        peak = peak.max(high.unwrap_or(0));
        thread::sleep(LOOK);
    }
    let mut printed = String::new();
    let mut out = child.stdout.take().context("no output")?;
    out.read_to_string(&mut printed)?;
    ensure!(child.wait()?.success(), "the ingest failed: {printed}");
    let report: Value = serde_json::from_str(&printed)?;
    Ok((report["files"][0]["report"].clone(), peak))
}
