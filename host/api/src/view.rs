//! The shapes that the command line prints with `--json` and HTTP answers with.
//!
//! Comes in: rows. Goes out: values that serialise. Always holds: a grant is
//! shown by the names of its settings and the places of its secrets, never by a
//! value. Deliberately absent: reading (`read`) and words for people (`server`).

use credence_pipeline::{DeliveryReport, FeedLine};
use credence_plugin_host::{
    grant::{Effective, Folder, Intake, SecretGrant, SubjectFields},
    manifest::{Feed, Limits},
};
use credence_store::{
    ArrivalRow, CallRow, CaseRow, DeliveryRow, DeliveryTotals, NoticeRow, ObjectionRow, OrderRow,
    StepRow, TokenRow,
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Whether the house is well. It answers as long as its rows can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Every active plugin is loaded.
    pub ok: bool,
    /// Entries in the signed log.
    pub log_size: u64,
    /// Entries that wait to be sealed.
    pub log_pending: u64,
    /// Active plugins that take calls.
    pub plugins: Vec<String>,
    /// Active plugins that could not be loaded; the plugin's own page says why.
    pub plugins_not_loaded: Vec<String>,
    /// Feeds (`PLUGIN/FEED`) from which nothing came for longer than promised.
    pub feeds_quiet: Vec<String>,
}

/// The feeds of the active plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feeds {
    /// By plugin.
    pub feeds: Vec<FeedLine>,
}

/// A list of deliveries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deliveries {
    /// At most [`crate::read::SHOWN`] of them.
    pub deliveries: Vec<DeliveryLine>,
    /// There are more than are shown.
    pub more: bool,
}

/// A delivery and what became of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryLine {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryRow,
    /// What became of its rows, as far as they were read.
    pub totals: DeliveryTotals,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArrivalFile {
    /// The arrival.
    #[serde(flatten)]
    pub arrival: ArrivalRow,
    /// The report on it, once it was read.
    pub report: Option<DeliveryReport>,
    /// Where all its rejected rows can be fetched as CSV.
    pub rows: Option<String>,
}

/// All tokens, without what opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// By feed, the newest first.
    pub tokens: Vec<TokenRow>,
    /// When this was asked.
    pub at: Timestamp,
}

/// A list of cases, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cases {
    /// At most [`crate::read::SHOWN`] of them.
    pub cases: Vec<CaseRow>,
    /// There are more than are shown.
    pub more: bool,
}

/// A case with everything that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseFile {
    /// The case.
    pub case: CaseRow,
    /// What the subject was told, once it was.
    pub notice: Option<NoticeRow>,
    /// Its orders, in the order in which they were made.
    pub orders: Vec<OrderSteps>,
}

/// An order and where its steps stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderSteps {
    /// The order.
    pub order: OrderRow,
    /// Its steps, by number.
    pub steps: Vec<StepRow>,
}

/// A list of orders, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orders {
    /// At most [`crate::read::SHOWN`] of them.
    pub orders: Vec<OrderLine>,
    /// There are more than are shown.
    pub more: bool,
}

/// An order in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderLine {
    /// The order.
    #[serde(flatten)]
    pub order: OrderRow,
    /// What keeps its step from being made although it is due, such as the lift of one
    /// whose term is over in a department that is paused.
    pub waits: Vec<String>,
}

/// An order with every call that was made for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderFile {
    /// The order.
    pub order: OrderRow,
    /// Its steps, by number.
    pub steps: Vec<StepCalls>,
    /// What keeps its step from being made, if something does: the verb, and why.
    pub waits: Vec<String>,
}

/// Steps that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    /// At most [`crate::read::SHOWN`] of them, the longest waiting first.
    pub steps: Vec<StepRow>,
    /// There are more than are shown.
    pub more: bool,
    /// Steps that nobody was asked about and whose feedback is overdue: still open in
    /// the department [`crate::read::OVERDUE_DAYS`] days after their first day. At most
    /// [`crate::read::SHOWN`] of them, the oldest first.
    pub overdue: Vec<StepRow>,
}

/// A list of objections, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Objections {
    /// At most [`crate::read::SHOWN`] of them.
    pub objections: Vec<ObjectionRow>,
    /// There are more than are shown.
    pub more: bool,
}

/// An objection with the orders that it holds, or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectionFile {
    /// The objection.
    pub objection: ObjectionRow,
    /// Every order that rests on its record.
    pub orders: Vec<OrderRow>,
}

/// A step and the calls on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCalls {
    /// The step.
    pub step: StepRow,
    /// Its calls, the oldest first.
    pub calls: Vec<CallRow>,
}

/// All revisions of all plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plugins {
    /// By plugin, the newest first.
    pub plugins: Vec<RevisionLine>,
}

/// One revision of a plugin, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionLine {
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The department it speaks for.
    pub department: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// `active`, `retired`, …
    pub state: String,
    /// Since when it is installed.
    pub installed_at: Timestamp,
    /// By whom (pseudonym).
    pub installed_by: String,
    /// Why it takes no calls although it is active.
    pub not_loaded: Option<String>,
}

/// A plugin with what it asks for and what it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginFile {
    /// The active revision, or the newest where none is active.
    #[serde(flatten)]
    pub revision: RevisionLine,
    /// The contract it was built for.
    pub contract: String,
    /// One line for people.
    pub summary: String,
    /// The feeds it reads.
    pub feeds: Vec<Feed>,
    /// Codes of the measures it carries out.
    pub measures: Vec<String>,
    /// What holds for it: asked for and granted.
    pub grant: GrantView,
    /// Revisions of it that were in use before.
    pub earlier: Vec<RevisionLine>,
}

/// An effective grant without a value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantView {
    /// Interfaces of the contract that it may import.
    pub interfaces: Vec<&'static str>,
    /// Where it may send requests.
    pub destinations: BTreeMap<String, DestinationView>,
    /// Where it may put files.
    pub folders: BTreeMap<String, Folder>,
    /// Names of plain settings.
    pub settings: Vec<String>,
    /// Secret settings, and those that the house itself uses for it.
    pub secrets: BTreeMap<String, SecretView>,
    /// What it is told of an order's subject.
    pub subject: SubjectFields,
    /// How deliveries of its feeds come in.
    pub intake: BTreeMap<String, Intake>,
    /// What one call may consume.
    pub limits: Limits,
}

/// A destination of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DestinationView {
    /// Every request stays below it.
    pub address: String,
    /// Methods allowed.
    pub methods: BTreeSet<String>,
    /// Whether identity numbers may be filled in towards it.
    pub persons: bool,
    /// Whether it may lie on this machine or in a private network.
    pub private_network: bool,
    /// Name of the secret with which the host signs, if it does.
    pub signed_with: Option<String>,
}

/// A secret setting: its place, never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretView {
    /// Environment variable that holds the value.
    pub env: Option<String>,
    /// File that holds the value.
    pub file: Option<String>,
    /// Destinations towards which it is filled in.
    pub destinations: BTreeSet<String>,
}

impl From<Effective> for GrantView {
    fn from(grant: Effective) -> Self {
        let interfaces = [
            ("http", grant.http),
            ("drop-folder", grant.drop_folder),
            ("settings", grant.settings_interface),
            ("call", grant.call),
            ("log", grant.log),
        ];
        let destinations = grant.destinations.into_iter().map(|(name, destination)| {
            let view = DestinationView {
                address: destination.address,
                methods: destination.methods,
                persons: destination.persons,
                private_network: destination.private_network,
                signed_with: destination.signature.map(|signature| signature.secret),
            };
            (name, view)
        });
        let secrets = grant.secrets.into_iter().chain(grant.host_secrets);
        let secrets = secrets.map(|(name, secret)| {
            let SecretGrant {
                env,
                file,
                destinations,
            } = secret;
            (
                name,
                SecretView {
                    env,
                    file,
                    destinations,
                },
            )
        });
        Self {
            interfaces: interfaces
                .into_iter()
                .filter_map(|(name, is)| is.then_some(name))
                .collect(),
            destinations: destinations.collect(),
            folders: grant.folders,
            settings: grant.settings.into_keys().collect(),
            secrets: secrets.collect(),
            subject: grant.subject,
            intake: grant.intake,
            limits: grant.limits,
        }
    }
}

/// The head of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// Root over them (hex), as signed; `None` before the first checkpoint.
    pub root: Option<String>,
    /// The signed checkpoint itself.
    pub note: Option<String>,
    /// The key with which anyone can check it, as a signed note's verifier key.
    pub key: String,
    /// Entries that wait to be sealed.
    pub pending: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use credence_plugin_host::{grant::Grant, manifest::Manifest};

    #[test]
    fn no_value_of_a_setting_is_shown() {
        let manifest = Manifest::parse(
            "name = \"tax\"\nversion = \"0.1.0\"\ndepartment = \"tax\"\ncontract = \"0.1.0\"\n\
             summary = \"x\"\n[[measures]]\ncode = \"L-TAX-02\"\n[imports.settings]\n\
             names = [\"desk\", \"token\"]\n[limits]\nmemory_mib = 64\ntime_ms = 2000\n\
             output_kib = 8192\ncalls_in_flight = 8\n",
        )
        .unwrap();
        let grant = Grant::parse(
            "grant",
            "plugin = \"tax\"\nmeasures = [\"L-TAX-02\"]\n[settings]\ndesk = \"canary-5512\"\n\
             [secrets.token]\nenv = \"TAX_TOKEN\"\ndestinations = []\n",
        )
        .unwrap();
        let view = GrantView::from(grant.effective(&manifest).unwrap());
        let json = serde_json::to_string(&view).unwrap();
        assert!(json.contains("\"settings\":[\"desk\"]"), "{json}");
        assert!(
            json.contains("TAX_TOKEN"),
            "the place of a secret is shown: {json}"
        );
        assert!(!json.contains("canary-5512"), "{json}");
    }
}
