//! The house, put together: store, plugin host, catalogue, clock and the ports
//! between them, over one data directory.
//!
//! Comes in: the directory. Goes out: a `House` on which the verbs are called.
//! Always holds: everything that must survive lies under the directory; what is
//! in memory can be lost at any moment.
//!
//! `DATA/credence.sqlite` rows · `DATA/keys/` keys · `DATA/plugins/` components
//! by digest · `DATA/catalogue/` the catalogue in force · `DATA/notices/` notices
//! served as files · `DATA/calendar/` State Council notices imported ·
//! `DATA/spool/` deliveries that wait to be read · `DATA/intake.lock` who takes in ·
//! `DATA/log.checkpoint` the log's last signed head · `DATA/owners/` living
//! workers.

use crate::{
    arrive::Intake,
    calendar::KnownCalendar,
    clock::Clock,
    containers::Containers,
    decode::PIECE,
    error::PipelineError,
    live::{Held, StoreJournal, StoreVault},
    owner::Owner,
    plugins::Plugins,
    spool::Spool,
};
use credence_audit::{Fact, NoteSigner};
use credence_domain::{
    calendar::Calendar,
    catalogue::{self, Catalogue},
    ids::TokenId,
    time::civil_date,
};
use credence_plugin_host::{FolderOutbox, Host, HttpEgress, ports::Ports};
use credence_store::{EventDraft, KeyRing, Store};
use jiff::{Timestamp, civil::Date};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// Calls that run at once in this process, all plugins together.
pub(crate) const CALLS: u32 = 32;

/// Bytes of the largest delivery taken from outside, where nothing else is set.
const MOST_BYTES: u64 = 2 << 30;

/// How long a file of a watched folder must have been left alone before it is
/// read, where nothing else is set.
const QUIET: Duration = Duration::from_secs(1);

/// Who asks for something, for the log: a pseudonym and a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A pseudonym, never a personal name.
    pub name: String,
    /// `operator`, `department`, `sweep`, …
    pub role: String,
}

impl Actor {
    /// A person at the command line.
    pub fn operator(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role: "operator".to_owned(),
        }
    }

    /// The house itself, on its rounds.
    pub(crate) fn sweep() -> Self {
        Self {
            name: "credence".to_owned(),
            role: "sweep".to_owned(),
        }
    }

    /// The house itself, taking deliveries in.
    pub(crate) fn intake() -> Self {
        Self {
            name: "credence".to_owned(),
            role: "intake".to_owned(),
        }
    }

    /// A department's system, by the token that it shows.
    pub(crate) fn token(id: TokenId) -> Self {
        Self {
            name: format!("token-{id}"),
            role: "department".to_owned(),
        }
    }
}

/// How a house is opened.
#[derive(Clone)]
pub struct HouseOptions {
    /// The data directory.
    pub data: PathBuf,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// GB/T 2260 code of the region that the house serves.
    pub region: String,
    /// The log's origin: its name in every checkpoint.
    pub origin: String,
}

/// Everything behind the verbs.
pub struct House {
    pub(crate) data: PathBuf,
    pub(crate) store: Arc<Store>,
    pub(crate) host: Host,
    pub(crate) catalogue: Catalogue,
    pub(crate) calendar: KnownCalendar,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) plugins: Arc<Plugins>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) owner: Owner,
    pub(crate) held: Arc<Held>,
    pub(crate) region: String,
    pub(crate) signer: NoteSigner,
    pub(crate) egress: Arc<HttpEgress>,
    pub(crate) spool: Spool,
    pub(crate) most_bytes: u64,
    pub(crate) piece: usize,
    pub(crate) containers: Containers,
    pub(crate) intake: tokio::sync::Mutex<Intake>,
    /// Held while departments are asked, which may take long.
    pub(crate) pulls: tokio::sync::Mutex<()>,
    pub(crate) quiet: Duration,
    ids: Mutex<Ids>,
    /// For which day and calendar orders were told their first days. Lost with the
    /// process: then they are looked at once more.
    first_days: Mutex<Option<(Date, Arc<Calendar>)>>,
    /// Damaged rows that were named in the log, each once for each process.
    unreadable: Mutex<BTreeSet<String>>,
}

impl House {
    /// Opens the data directory, making it where it is not there yet, and loads
    /// the active plugins. A plugin that fails to load is reported by
    /// [`House::plugins_not_loaded`] and stops nothing.
    ///
    /// # Errors
    /// When the directory, the keys, the database, the catalogue, the calendar or
    /// the engine cannot be opened.
    pub async fn open(options: HouseOptions) -> Result<Self, PipelineError> {
        let data = options.data;
        fs::create_dir_all(&data).map_err(PipelineError::file("cannot create", &data))?;
        let keys = data.join("keys");
        fs::create_dir_all(&keys).map_err(PipelineError::file("cannot create", &keys))?;
        let keys = KeyRing::open_or_create(&keys)?;
        let signer = keys.log_signer(&options.origin)?;
        let store = Arc::new(Store::open(&data.join("credence.sqlite"), keys).await?);
        let host = Host::start(CALLS)?;
        let plugins = Arc::new(Plugins::load(&data, &store, &host).await?);
        let egress = Arc::new(HttpEgress::new()?);
        let spool = Spool::open(&data)?;
        let held = Arc::new(Held::default());
        let journal = Arc::new(StoreJournal {
            store: store.clone(),
            clock: options.clock.clone(),
            held: held.clone(),
        });
        let containers = Containers::of(host.clone(), None);
        let ports = Arc::new(Ports {
            outbox: Arc::new(FolderOutbox::new(journal.clone())),
            journal,
            vault: Arc::new(StoreVault {
                store: store.clone(),
                plugins: plugins.clone(),
                clock: options.clock.clone(),
            }),
            egress: egress.clone(),
        });
        let catalogue = load_catalogue(&data.join("catalogue"))?;
        let calendar = KnownCalendar::load(&data)?;
        let owner = Owner::register(&data, id(options.clock.now())?)?;
        Ok(Self {
            data,
            store,
            host,
            catalogue,
            calendar,
            clock: options.clock,
            plugins,
            ports,
            owner,
            held,
            region: options.region,
            signer,
            egress,
            spool,
            most_bytes: MOST_BYTES,
            piece: PIECE,
            containers,
            intake: tokio::sync::Mutex::default(),
            pulls: tokio::sync::Mutex::default(),
            quiet: QUIET,
            ids: Mutex::default(),
            first_days: Mutex::new(None),
            unreadable: Mutex::default(),
        })
    }

    /// The same house, taking deliveries of at most so many bytes from outside.
    #[must_use]
    pub fn taking_at_most(self, most_bytes: u64) -> Self {
        Self { most_bytes, ..self }
    }

    /// The same house, reading a file of a watched folder when it was left alone for
    /// this long between two looks.
    #[must_use]
    pub fn quiet_for(self, quiet: Duration) -> Self {
        Self { quiet, ..self }
    }

    /// How long a file must have been left alone between two looks.
    pub fn quiet(&self) -> Duration {
        self.quiet
    }

    /// The same house, cutting deliveries into pieces of about so many bytes, at
    /// most 512 KiB. What they say is the same however they are cut.
    #[must_use]
    pub fn cutting_pieces_of(self, bytes: usize) -> Self {
        let piece = bytes.clamp(1, PIECE);
        Self { piece, ..self }
    }

    /// The same house, with the decoders in this directory: `xlsx.wasm` makes text
    /// of workbooks. Without it, a feed of workbooks is refused.
    #[must_use]
    pub fn decoding_with(self, dir: PathBuf) -> Self {
        let containers = Containers::of(self.host.clone(), Some(dir));
        Self { containers, ..self }
    }

    /// The rows, for reads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The catalogue in force.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Active plugins that could not be loaded, and why.
    pub fn plugins_not_loaded(&self) -> Vec<(String, String)> {
        self.plugins.not_loaded()
    }

    /// Whether orders were told their first days for this day and calendar.
    pub(crate) fn first_days_seen(&self, (day, calendar): &(Date, Arc<Calendar>)) -> bool {
        let seen = self
            .first_days
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let same = |(seen, by): &(Date, Arc<Calendar>)| seen == day && Arc::ptr_eq(by, calendar);
        seen.as_ref().is_some_and(same)
    }

    pub(crate) fn saw_first_days(&self, seen: (Date, Arc<Calendar>)) {
        *self
            .first_days
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// Names rows in the log that a sweep had to leave out, each once.
    pub(crate) fn tell_unreadable(&self, what: &'static str, names: &[String]) {
        let mut told = self
            .unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if told.insert(format!("{what} {name}")) {
                tracing::warn!(
                    what,
                    name,
                    "a row cannot be read back and is left out; run `audit verify`"
                );
            }
        }
    }

    /// The house's own time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn today(&self) -> Date {
        civil_date(self.now())
    }

    /// A new id; those that this house makes after it sort behind it.
    pub(crate) fn new_id<T: From<Uuid>>(&self) -> Result<T, PipelineError> {
        let mut random = random()?;
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = ids.next(millis(self.now()), &mut random);
        Ok(T::from(from_millis(millis, &random)))
    }
}

/// Keeps the ids of one house in the order in which they are made, many to a
/// millisecond (RFC 9562, 6.2: a counter in the place of the first random bits).
#[derive(Debug, Default)]
struct Ids {
    millis: u64,
    counter: u16,
}

impl Ids {
    /// Milliseconds by which ids may run ahead of the clock before they follow it
    /// again.
    const AHEAD: u64 = 1_000;
    const LAST: u16 = 0x0fff;

    /// Puts the counter into the random bytes, and gives the millisecond of the id.
    fn next(&mut self, now: u64, random: &mut [u8; 10]) -> u64 {
        // Half of the counter's range, so that many follow in the same millisecond.
        let drawn = u16::from_be_bytes([random[0], random[1]]) & (Self::LAST >> 1);
        let ahead = self.millis.checked_sub(now);
        if ahead.is_none_or(|ahead| ahead > Self::AHEAD) {
            (self.millis, self.counter) = (now, drawn);
        } else if self.counter == Self::LAST {
            (self.millis, self.counter) = (self.millis + 1, drawn);
        } else {
            self.counter += 1;
        }
        [random[0], random[1]] = self.counter.to_be_bytes();
        self.millis
    }
}

/// An id of this instant (UUID version 7).
pub(crate) fn id(now: Timestamp) -> Result<Uuid, PipelineError> {
    Ok(from_millis(millis(now), &random()?))
}

fn random() -> Result<[u8; 10], PipelineError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(PipelineError::Random)?;
    Ok(random)
}

fn millis(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond()).unwrap_or(0)
}

fn from_millis(millis: u64, random: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

/// Reads every `.toml` of the catalogue's directory, in the order of their names.
fn load_catalogue(dir: &Path) -> Result<Catalogue, PipelineError> {
    fs::create_dir_all(dir).map_err(PipelineError::file("cannot create", dir))?;
    let entries = fs::read_dir(dir).map_err(PipelineError::file("cannot read", dir))?;
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).map_err(PipelineError::file("cannot read", &path))?;
        files.push((path.display().to_string(), text));
    }
    Ok(catalogue::load(&files)?)
}

/// The draft of an event; the rows it covers are added by the store.
pub(crate) fn event(kind: &str, at: Timestamp, actor: &Actor) -> EventDraft {
    EventDraft {
        kind: kind.to_owned(),
        at,
        actor: actor.name.clone(),
        role: actor.role.clone(),
        purpose: None,
        plugin: None,
        call: None,
        detail: BTreeMap::new(),
    }
}

/// Adds a plain fact to a draft.
pub(crate) fn with(mut draft: EventDraft, name: &str, fact: impl Into<Fact>) -> EventDraft {
    draft.detail.insert(name.to_owned(), fact.into());
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_stand_in_the_order_in_which_they_were_made() {
        let mut ids = Ids::default();
        let mut made = |now| {
            let mut random = random().unwrap();
            let millis = ids.next(now, &mut random);
            from_millis(millis, &random)
        };
        let many: Vec<Uuid> = (0..10_000).map(|_| made(1_795_000_000_000)).collect();
        assert!(many.is_sorted_by(|a, b| a < b));
        // A little back it goes on, far back it follows the clock.
        assert!(made(1_794_999_999_999) > many[9_999]);
        assert!(made(1_700_000_000_000) < many[0]);
        assert!(made(1_800_000_000_000) > many[9_999]);
    }
}
