//! The programs under test, each in a process and a directory of its own.
//!
//! `cargo xtask test` says where they are; without it they are looked for in the
//! workspace's target directory.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

pub(crate) const TOKEN: &str = "end-to-end-canary-token";
pub(crate) const USCC: &str = "91350100MA900010XU";
pub(crate) const DECISION: &str = "榕税稽罚〔2025〕1号";

fn artefact(variable: &str, fallback: &str) -> PathBuf {
    let path = std::env::var_os(variable)
        .map_or_else(|| repository("target").join(fallback), PathBuf::from);
    assert!(
        path.exists(),
        "{} is not there; run `cargo xtask test`",
        path.display()
    );
    path
}

pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub(crate) fn credence() -> PathBuf {
    artefact("CREDENCE_BINARY", "debug/credence")
}

pub(crate) fn department() -> PathBuf {
    artefact("CREDENCE_BACK_END", "debug/department")
}

pub(crate) fn province() -> PathBuf {
    artefact("CREDENCE_PROVINCE", "debug/province")
}

pub(crate) fn plugins() -> PathBuf {
    artefact("CREDENCE_PLUGINS", "plugins")
}

/// A process that ends with this value.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// What it said it listens on.
    pub(crate) address: String,
}

impl Running {
    /// Starts a server and waits for the line that says where it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on ");
        let address = address
            .unwrap_or_else(|| panic!("it said `{line}`"))
            .to_owned();
        Self { child, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A data directory with the tax plugin installed, and the system it speaks to.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) tax: Running,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(department());
        command.args(["tax", "--listen", "127.0.0.1:0", "--token", TOKEN, "--data"]);
        command.arg(dir.path().join("tax"));
        fs::create_dir_all(dir.path().join("tax")).unwrap();
        let place = Self {
            tax: Running::start(command),
            dir,
        };
        catalogue_without_hearing(&place.data().join("catalogue"));
        let grant = fs::read_to_string(repository("examples/grants/tax.toml"))
            .unwrap()
            .replace("http://127.0.0.1:8801", &place.tax.address);
        fs::write(place.grant(), grant).unwrap();
        place.ok(&[
            "plugin",
            "install",
            &plugins().join("tax.wasm").display().to_string(),
            "--grant",
            &place.grant().display().to_string(),
        ]);
        place
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn grant(&self) -> PathBuf {
        self.dir.path().join("tax.toml")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(credence());
        command.env("CREDENCE_TAX_AUTHORIZATION", format!("Bearer {TOKEN}"));
        command.arg("--data").arg(self.data()).args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that has to succeed, and reads its JSON.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["--json"], args].concat());
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {out}{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// Runs a command that has to fail with this exit code; gives what it told.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = err + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(!told.contains("panicked"), "{told}");
        told
    }

    pub(crate) fn ingest_sample(&self) -> Value {
        let feed = repository("examples/feeds/tax-penalties.json");
        self.ok(&[
            "ingest",
            "--plugin",
            "tax",
            "--feed",
            "penalties",
            &feed.display().to_string(),
        ])
    }

    /// Opens a case on the first row of the sample, up to its receipt. With this
    /// place's catalogue its order is due at once.
    pub(crate) fn open_case(&self) -> String {
        let file = self.ok(&["subject", "show", USCC, "--purpose", "test"]);
        let record = file["records"][0]["id"].as_str().unwrap().to_owned();
        let opened = self.ok(&[
            "case",
            "open",
            "--record",
            &record,
            "--measure",
            "L-TAX-02",
            "--department",
            "tax",
            "--official",
            "official-1",
            "--decision",
            DECISION,
        ]);
        opened["case"]["number"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get(&self, url: &str) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = url.to_owned();
        run(async move { reqwest::get(url).await.unwrap().json().await.unwrap() })
    }

    /// What the department really did, by its own ledger.
    pub(crate) fn effects(&self) -> Vec<Value> {
        self.get(&format!("{}/ledger", self.tax.address))
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) fn switch(&self, setting: &str) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (url, setting) = (format!("{}/switch", self.tax.address), setting.to_owned());
        run(async move {
            let client = reqwest::Client::new()
                .post(url)
                .header("content-type", "application/json");
            assert!(
                client
                    .body(setting)
                    .send()
                    .await
                    .unwrap()
                    .status()
                    .is_success()
            );
        });
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// The sample catalogue, copied, with the measure as an incentive: so no hearing
/// has to pass, and the machine's own clock serves.
fn catalogue_without_hearing(into: &Path) {
    fs::create_dir_all(into).unwrap();
    for entry in fs::read_dir(repository("examples/catalogue")).unwrap() {
        let entry = entry.unwrap();
        let mut text = fs::read_to_string(entry.path()).unwrap();
        if entry.file_name() == "measures.toml" {
            let begins = text.find("code = \"L-TAX-02\"").unwrap();
            let ends = text[begins..]
                .find("[[measures]]")
                .map_or(text.len(), |at| begins + at);
            let incentive = text[begins..ends]
                .replace("kind = \"list\"", "kind = \"incentive\"")
                .replace("notice = \"administrative\"", "notice = \"incentive\"")
                .replace("list = \"TAX-MAJOR\"\n", "");
            assert_ne!(incentive, text[begins..ends]);
            text.replace_range(begins..ends, &incentive);
        }
        fs::write(into.join(entry.file_name()), text).unwrap();
    }
}
