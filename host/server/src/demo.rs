//! The whole story on sample data: a feed becomes records, a case, a notice, an
//! order, an effect in the tax department's own system, and a verified log.
//!
//! Comes in: the sample feed, catalogue and plugin that `cargo xtask demo` names.
//! Goes out: a story on the terminal, or one JSON object as the last line. Always
//! holds: nothing is pretended. The department is a process of its own, its
//! effects are read from its own ledger, and time is the one thing that is set by
//! hand, since hearings take days. Nothing is left running, but with `--serve`.

mod department;
mod voice;

use crate::{
    commands::{Desk, serve},
    config::Config,
    tell::{Tell, wants_colour},
};
use anyhow::{Context as _, bail};
use clap::Args;
use credence_domain::{
    case::{Initiation, ReceiptKind},
    gates::Receipt,
    order::OrderState,
    step::Step,
    time::{civil_date, start_of_day},
};
use credence_pipeline::{Actor, Clock as _, House, HouseOptions, OpenCase, Resolved, SetClock};
use credence_store::{OrderRow, RecordRow};
use department::Department;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use voice::Voice;

/// Arguments of `credence demo`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Keep everything in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Go on serving at the end, so that you can look around
    #[arg(long)]
    serve: bool,
}

/// The day on which the story begins.
const BEGINS: &str = "2026-11-23T01:00:00Z";
/// The organization that the story follows.
const USCC: &str = "91350100MA900010XU";

/// Runs the story.
pub(crate) async fn run(args: DemoArgs, desk: &Desk) -> anyhow::Result<ExitCode> {
    let sample = Sample::find()?;
    let scratch = tempfile::tempdir().context("cannot make a scratch directory")?;
    let data = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().join("data"));
    if data.join("credence.sqlite").exists() {
        bail!(
            "{} holds a house already; name an empty directory with --keep",
            data.display()
        );
    }
    let mut story = Story::begin(sample, scratch.path(), &data, desk.tell).await?;
    story.tell().await?;
    let summary = story.summary().await?;
    story.finish(&args, &summary, desk).await?;
    let sound = summary["audit"]["verified"] == json!(true);
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Where the parts of the story lie.
struct Sample {
    plugin: PathBuf,
    back_end: PathBuf,
    examples: PathBuf,
}

impl Sample {
    fn find() -> anyhow::Result<Self> {
        let place = |variable: &str| {
            env::var_os(variable).map(PathBuf::from).with_context(|| {
                format!(
                    "{variable} is not set: run `cargo xtask demo`, which builds the sample \
                     plugin and the department's system and says where they are"
                )
            })
        };
        let sample = Self {
            plugin: place("CREDENCE_PLUGINS")?.join("tax.wasm"),
            back_end: place("CREDENCE_BACK_END")?,
            examples: place("CREDENCE_EXAMPLES")?,
        };
        for path in [&sample.plugin, &sample.back_end, &sample.examples] {
            if !path.exists() {
                bail!("{} is not there: run `cargo xtask demo`", path.display());
            }
        }
        Ok(sample)
    }
}

struct Story {
    sample: Sample,
    house: Arc<House>,
    clock: Arc<SetClock>,
    department: Department,
    data: PathBuf,
    actor: Actor,
    voice: Voice,
    records: (u64, u64),
    cases: u32,
}

fn copy_catalogue(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

impl Story {
    async fn begin(
        sample: Sample,
        scratch: &Path,
        data: &Path,
        tell: Tell,
    ) -> anyhow::Result<Self> {
        let colour = wants_colour(std::io::stdout().is_terminal());
        let voice = Voice {
            silent: tell.is_for_programs(),
            colour,
        };
        voice
            .title("Credence 联合奖惩 · one order, from a real feed to a department and its proof");
        copy_catalogue(&sample.examples.join("catalogue"), &data.join("catalogue"))
            .context("cannot copy the sample catalogue")?;
        // As every later command on a kept directory will read it.
        let config = Config::read(data, None)?;
        let clock = Arc::new(SetClock::at(BEGINS.parse::<Timestamp>()?));
        let house = Arc::new(
            House::open(HouseOptions {
                data: data.to_owned(),
                clock: clock.clone(),
                region: config.region,
                origin: config.origin,
            })
            .await?,
        );
        // Drawn afresh, so that no credential stands in the repository.
        let token = format!(
            "demo-{:x}-{}",
            Timestamp::now().as_nanosecond(),
            std::process::id()
        );
        let department = Department::start(&sample.back_end, &scratch.join("tax"), &token)?;
        let secret = data.join("keys/tax-authorization");
        fs::write(&secret, format!("Bearer {token}\n"))?;
        let story = Self {
            sample,
            house,
            clock,
            department,
            data: data.to_owned(),
            actor: Actor::operator("demo"),
            voice,
            records: (0, 0),
            cases: 0,
        };
        story.install(&secret).await?;
        Ok(story)
    }

    async fn install(&self, secret: &Path) -> anyhow::Result<()> {
        let grant = fs::read_to_string(self.sample.examples.join("grants/tax.toml"))?
            .replace("http://127.0.0.1:8801", &self.department.address)
            .replace(
                "env = \"CREDENCE_TAX_AUTHORIZATION\"",
                &format!("file = \"{}\"", secret.display()),
            );
        let component = fs::read(&self.sample.plugin)?;
        let installed = self
            .house
            .install(component, "tax.toml", &grant, &self.actor)
            .await?;
        self.voice
            .step("The operator installs the tax department's plugin");
        self.voice
            .fact("component", &format!("sha256 {}", installed.digest));
        self.voice.fact(
            "may reach",
            &format!("{} and nothing else", self.department.address),
        );
        Ok(())
    }

    async fn tell(&mut self) -> anyhow::Result<()> {
        let record = self.ingest().await?;
        self.refused(&record).await?;
        let resolved = self.open(&record).await?;
        self.notice(&resolved).await?;
        self.carry_out().await?;
        self.end(&resolved.orders[0]).await?;
        self.verify().await
    }

    /// The feed becomes records; one row of it is followed from here on.
    async fn ingest(&mut self) -> anyhow::Result<RecordRow> {
        self.voice
            .step("The tax department delivers its penalties (行政处罚双公示)");
        let feed = self.sample.examples.join("feeds/tax-penalties.json");
        let report = self
            .house
            .ingest("tax", Some("penalties"), &feed, &self.actor, &|_| ())
            .await?;
        self.records = (report.accepted, report.rejected);
        self.voice.fact(
            "rows",
            &format!("{} accepted, {} rejected", report.accepted, report.rejected),
        );
        for line in &report.lines {
            self.voice.fact(&format!("row {}", line.row), &line.text);
        }
        let file = self.house.look(USCC, Some("demo"), &self.actor).await?;
        let record = file
            .records
            .into_iter()
            .next()
            .context("the sample feed has no such row")?;
        let decision = record.record.decision.number.as_deref().unwrap_or("—");
        self.voice.fact(
            "we follow",
            &format!(
                "{USCC} {}, {decision}",
                file.subject.name.unwrap_or_default()
            ),
        );
        self.voice.fact(
            "persons",
            "are tokens before the plugin sees them, sealed in the store",
        );
        Ok(record)
    }

    fn ask(record: &RecordRow, decision: &str) -> OpenCase {
        OpenCase {
            record: record.id,
            initiation: Initiation {
                department: "tax".to_owned(),
                official: "official-0417".to_owned(),
                decision_number: decision.to_owned(),
                measures: vec!["L-TAX-02".to_owned()],
                second_official: None,
                proofs: Vec::new(),
            },
        }
    }

    async fn refused(&mut self, record: &RecordRow) -> anyhow::Result<()> {
        self.voice
            .step("An official cites the wrong decision, and a gate refuses");
        let case = self
            .house
            .open_case(Self::ask(record, "闽税罚〔2024〕99号"), &self.actor)
            .await?;
        let resolved = self.house.resolve(case.id, &self.actor).await?;
        self.cases += 1;
        for refusal in &resolved.refusals {
            self.voice
                .fact(&refusal.gate, &format!("{} / {}", refusal.zh, refusal.en));
        }
        Ok(())
    }

    async fn open(&mut self, record: &RecordRow) -> anyhow::Result<Resolved> {
        self.voice
            .step("A named official opens a case on the decision itself");
        let decision = record.record.decision.number.clone().unwrap_or_default();
        let case = self
            .house
            .open_case(Self::ask(record, &decision), &self.actor)
            .await?;
        let resolved = self.house.resolve(case.id, &self.actor).await?;
        self.cases += 1;
        let order = resolved.orders.first().context("the case made no order")?;
        self.voice.fact("case", &resolved.case.number);
        self.voice.fact(
            "measure",
            &format!("{} {}", order.terms.measure, order.terms.title),
        );
        for basis in &order.terms.basis {
            self.voice.fact("basis", &basis.text);
        }
        self.voice.fact(
            "term",
            &format!("{} to {}", order.terms.starts_on, order.terms.ends_on),
        );
        Ok(resolved)
    }

    async fn notice(&self, resolved: &Resolved) -> anyhow::Result<()> {
        self.voice
            .step("The subject is told, and has five working days to state its case");
        let served = self.house.notify(resolved.case.id, &self.actor).await?;
        self.voice
            .fact("notice", &served.file.display().to_string());
        let on = civil_date(self.clock.now());
        let receipt = Receipt {
            kind: ReceiptKind::Delivered,
            on,
        };
        self.house
            .receive(resolved.case.id, receipt, None, &self.actor)
            .await?;
        let swept = self.house.sweep_until_quiet().await?;
        self.voice.fact(
            "received",
            &format!("{on}; {} calls made today", swept.called),
        );
        self.clock
            .set(self.clock.now() + SignedDuration::from_hours(24 * 8));
        self.voice
            .fact("clock", &format!("set to {}", civil_date(self.clock.now())));
        Ok(())
    }

    /// The department acts and drops the answer: the hardest case, on purpose.
    async fn carry_out(&self) -> anyhow::Result<()> {
        self.voice
            .step("The order goes out; the department acts, and its answer is lost");
        self.department
            .switch(json!({ "mode": "drop-after", "times": 1 }))
            .await?;
        self.house.sweep_until_quiet().await?;
        let (_, step) = self.current().await?;
        self.voice.fact(
            "outcome",
            &format!("{}: it is asked about, never repeated blindly", step.code()),
        );
        let due = self.house.store().read().await?.next_due().await?;
        self.clock.set(due.unwrap_or_else(|| self.clock.now()));
        self.house.sweep_until_quiet().await?;
        let (order, step) = self.current().await?;
        self.voice.fact(
            "query",
            &format!(
                "{}; the order is {}",
                step.code(),
                order.course.state.code()
            ),
        );
        let effects = self.department.effects().await?;
        let reference = order.reference.as_deref().unwrap_or("—");
        self.voice.fact(
            "its ledger",
            &format!("{} effect, reference {reference}", effects.len()),
        );
        if order.course.state != OrderState::InForce || effects.len() != 1 {
            bail!(
                "the order should be in force with one effect: {}, {effects:?}",
                order.course.state.code()
            );
        }
        Ok(())
    }

    async fn end(&self, order: &OrderRow) -> anyhow::Result<()> {
        self.voice
            .step("Three years later the term is over, and the measure is lifted");
        let after = order.terms.ends_on.tomorrow()?;
        self.clock
            .set(start_of_day(after).context("the term ends beyond all calendars")?);
        self.house.sweep_until_quiet().await?;
        let (order, _) = self.current().await?;
        self.voice.fact(
            "order",
            &format!("{} on {after}", order.course.state.code()),
        );
        if order.course.state != OrderState::Lifted {
            bail!(
                "the order should be lifted and is {}",
                order.course.state.code()
            );
        }
        Ok(())
    }

    /// The order that is followed, and its latest step.
    async fn current(&self) -> anyhow::Result<(OrderRow, Step)> {
        let mut read = self.house.store().read().await?;
        let orders = read.orders(None, 10).await?;
        let followed = orders
            .into_iter()
            .find(|order| order.course.state != OrderState::Refused);
        let order = followed.context("the order is gone")?;
        let step = read
            .steps_of(order.id)
            .await?
            .pop()
            .context("the order has no step")?;
        Ok((order, step.state))
    }

    async fn verify(&self) -> anyhow::Result<()> {
        self.voice
            .step("The log is recomputed from the rows, both ways");
        self.house.seal().await?;
        let report = self.house.verify().await?;
        self.voice.fact("entries", &report.log.entries.to_string());
        for finding in &report.log.findings {
            self.voice.fact("WRONG", &finding.to_string());
        }
        self.voice.fact(
            "verdict",
            if report.is_sound() {
                "every row has its entry, every entry its row"
            } else {
                "not sound"
            },
        );
        Ok(())
    }

    /// The counts, of orders that ever reached a state, from rows and ledger.
    async fn summary(&self) -> anyhow::Result<Value> {
        let mut read = self.house.store().read().await?;
        let orders = read.orders(None, 1000).await?;
        let mut reached = [0_u32; 7];
        for order in &orders {
            let steps = read.steps_of(order.id).await?;
            let made = |verb| {
                steps
                    .iter()
                    .any(|s| s.verb.code() == verb && s.state == Step::Executed)
            };
            let expired = |exit: &Option<credence_domain::record::Exit>| {
                *exit == Some(credence_domain::record::Exit::Expiry)
            };
            let counts = [
                made("apply"),
                made("suspend"),
                made("resume"),
                made("lift"),
                made("lift") && steps.iter().any(|s| expired(&s.exit)),
                order.course.state == OrderState::Refused,
                steps.iter().any(|s| matches!(s.state, Step::Parked { .. })),
            ];
            for (count, is_so) in reached.iter_mut().zip(counts) {
                *count += u32::from(is_so);
            }
        }
        drop(read);
        let [executed, suspended, resumed, lifted, expired, refused, dead] = reached;
        let report = self.house.verify().await?;
        Ok(json!({
            "records": { "accepted": self.records.0, "rejected": self.records.1 },
            "cases": self.cases,
            "orders": {
                "executed": executed, "suspended": suspended, "resumed": resumed,
                "lifted": lifted, "expired": expired, "refused_by_gate": refused, "dead": dead,
            },
            "departments": { "tax": { "effects": self.department.effects().await?.len() } },
            "audit": {
                "entries": report.log.entries,
                "verified": report.is_sound() && report.pending == 0,
                "root": report.log.root.map(hex::encode),
            },
        }))
    }

    async fn finish(&self, args: &DemoArgs, summary: &Value, desk: &Desk) -> anyhow::Result<()> {
        self.voice.table(summary);
        desk.tell.show_to_programs(summary)?;
        if let Some(kept) = &args.keep {
            let kept = kept.display();
            self.voice.step("What to try next");
            self.voice.fact(
                "look",
                &format!("credence --data {kept} subject show {USCC} --purpose demo"),
            );
            self.voice
                .fact("prove", &format!("credence --data {kept} audit verify"));
        } else {
            self.voice
                .step("What to try next: run it again with --keep ./credence-data");
        }
        if args.serve {
            self.voice
                .step(&format!("Serving {}; Ctrl-C ends it", self.data.display()));
            serve::house(self.house.clone(), "127.0.0.1:8700".parse()?, desk).await?;
        }
        Ok(())
    }
}
