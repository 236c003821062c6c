//! Flow: due steps go out to their departments, and what comes back is written,
//! many in one durable commit.
//!
//! Comes in: rows that say what is due; the ends of calls. Goes out: claims, calls,
//! outcomes. Always holds: each department has a lane of its own with a bounded
//! number of calls and of claims that wait for a place, so that a slow or a dead one
//! keeps no other waiting; a round writes every outcome that has come and every
//! claim that has a place in one transaction, and no call is made nor an outcome
//! counted before it is durable; where a round cannot be written, each of its parts
//! is tried alone, so that one that fails takes no other along; what gives back and
//! what is asked goes ahead of every burden that is not in the round under way, however
//! many of those wait or are kept back.
//!
//! Nothing here has to survive: after a crash the claims that were out are found
//! abandoned, and the same rounds go on. Deliberately absent: what may be claimed
//! (`dispatch`) and what an outcome means (`collect`).

use crate::{
    collect::Done,
    dispatch::{Claim, Claims},
    error::PipelineError,
    house::{Actor, CALLS, House},
    moves::Moves,
};
use credence_domain::ids::CallId;
use credence_store::{Claimable, StoreError};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep},
};

/// Places kept free of departments' steps, for the adapters of feeds.
const FOR_FEEDS: u32 = 4;
/// Claims that a department may have out for each call that runs at once. Those that
/// wait are taken as soon as a place is free, so that calls go on while a round is
/// written, and a round has enough to write.
const OUT: u32 = 4;
/// Burdens that are looked for at once, for each call that runs at once.
const AHEAD: u32 = 16;
/// How long a quiet lane is left before it is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How long, at most, an end waits for others to be written with it.
const GATHER: Duration = Duration::from_millis(2);
/// Burdens of a department that were looked at and stay, before the lane leaves
/// burdens alone.
const ASIDE: usize = 256;
/// How long steps that were put aside stay there, and plugins as they were loaded.
const REFRESH: Duration = Duration::from_secs(1);
/// How long nothing must fail before it is said that steps move again: longer than
/// what fails is put aside.
const WELL: Duration = Duration::from_secs(10);
/// How often an outcome in hand is tried to be written while the store is busy.
const BUSY_TRIES: u32 = 5;

/// What rounds came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flowed {
    pub(crate) called: u32,
    pub(crate) refused: u32,
}

/// A due step that has a place in its lane.
struct Wanted {
    department: String,
    key: String,
    burdens: bool,
}

/// Due steps of a department, as they were found.
struct Found {
    department: String,
    otherwise: Vec<String>,
    /// `None` where enough of them were known.
    burdens: Option<Vec<String>>,
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Something was claimed, refused or written.
    Moved,
    /// Nothing moved; what was wanted is put aside, and other steps can be looked at.
    PutAside,
    /// There was nothing to do.
    Quiet,
}

fn keys(wanted: &[Wanted]) -> Vec<String> {
    wanted.iter().map(|wanted| wanted.key.clone()).collect()
}

/// One department's part of the flow.
struct Lane {
    /// Its plugins, and what they carry out, each as `plugin measure`.
    plugins: Vec<String>,
    carried: Vec<String>,
    /// Calls that run at once.
    places: Arc<Semaphore>,
    share: u32,
    /// Claims that have no outcome yet: those that run, and those that wait.
    out: u32,
    /// Steps that were due when they were looked for, and are not wanted yet: those that
    /// do not burden, and those that do.
    otherwise: VecDeque<String>,
    ahead: VecDeque<String>,
    /// Due steps that something keeps back, as far as was found out, and how many of
    /// them are burdens.
    aside: Vec<String>,
    burdens_aside: usize,
}

/// The departments' lanes, and the calls under way.
struct Flow {
    house: Arc<House>,
    lanes: BTreeMap<String, Lane>,
    calls: JoinSet<Done>,
    /// Which call each task makes, and to which department it belongs.
    called: HashMap<Id, (CallId, String)>,
    /// Calls that have ended and are not written yet.
    done: Vec<Done>,
    flowed: Flowed,
    failed: Option<PipelineError>,
}

impl House {
    /// Makes everything that is due now, and waits for what becomes of it.
    ///
    /// # Errors
    /// The last thing that went wrong; whatever else was due was done.
    pub(crate) async fn flow(self: &Arc<Self>) -> Result<Flowed, PipelineError> {
        let mut flow = Flow::new(self.clone());
        flow.refresh();
        loop {
            let round = flow.round(true).await;
            flow.take_ends();
            if round != Round::Quiet || !flow.done.is_empty() {
                continue;
            }
            if !flow.next_end().await {
                break;
            }
        }
        flow.failed.map_or(Ok(flow.flowed), Err)
    }

    /// Makes what falls due until `stopped`, and then waits for what is under way. A
    /// fault is logged when it comes, not as long as it lasts.
    pub async fn flow_until(self: &Arc<Self>, stopped: impl Future<Output = ()>) {
        let mut flow = Flow::new(self.clone());
        let mut stopped = std::pin::pin!(stopped);
        let (mut going, mut faults) = (true, Faults::default());
        let mut refreshed: Option<Instant> = None;
        loop {
            // However busy the rounds are, the signal is heard before each.
            if going {
                let heard = poll_fn(|context| Poll::Ready(stopped.as_mut().poll(context)));
                going = heard.await.is_pending();
            }
            if refreshed.is_none_or(|at| at.elapsed() >= REFRESH) {
                flow.refresh();
                refreshed = Some(Instant::now());
            }
            let round = flow.round(going).await;
            faults.report(flow.failed.take());
            flow.take_ends();
            if round == Round::Moved || !flow.done.is_empty() {
                continue;
            }
            if !going && flow.calls.is_empty() {
                return;
            }
            tokio::select! {
                biased;
                () = &mut stopped, if going => going = false,
                true = flow.next_end() => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// The faults that last, each logged once.
#[derive(Default)]
struct Faults {
    told: BTreeSet<String>,
    last: Option<Instant>,
}

impl Faults {
    /// Logs a fault that is new; where none came for a while, that it is over.
    fn report(&mut self, failed: Option<PipelineError>) {
        if let Some(failed) = failed {
            self.last = Some(Instant::now());
            // Without its sources: they may quote what a row holds.
            let error = failed.to_string();
            if self.told.insert(error.clone()) {
                tracing::error!(
                    error,
                    "a step could not be moved and is tried again; `credence order run` tells more"
                );
            }
        } else if self.last.is_some_and(|last| last.elapsed() >= WELL) {
            tracing::warn!("steps move again");
            *self = Self::default();
        }
    }
}

impl Lane {
    /// Claims that may be out at once.
    fn most(&self) -> u32 {
        OUT * self.share
    }

    /// Claims for which there is a place.
    fn free(&self) -> u32 {
        self.most().saturating_sub(self.out)
    }
}

impl Flow {
    fn new(house: Arc<House>) -> Self {
        Self {
            house,
            lanes: BTreeMap::new(),
            calls: JoinSet::new(),
            called: HashMap::new(),
            done: Vec::new(),
            flowed: Flowed::default(),
            failed: None,
        }
    }

    /// Takes up the plugins as they are loaded now, and what was put aside. Each
    /// department has as many places as its plugins ask for together, and no more
    /// than its share.
    fn refresh(&mut self) {
        let active = self.house.plugins.all_active();
        let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
        for active in &active {
            let places = asked.entry(&active.row.department).or_default();
            let more = active.revision.grant().limits.calls_in_flight;
            *places = places.saturating_add(more);
        }
        let count = u32::try_from(asked.len().max(1)).unwrap_or(CALLS);
        let share = ((CALLS - FOR_FEEDS) / count).max(1);
        for lane in self.lanes.values_mut() {
            lane.plugins.clear();
            lane.carried.clear();
            lane.otherwise.clear();
            lane.ahead.clear();
            lane.aside.clear();
            lane.burdens_aside = 0;
        }
        for (department, places) in asked {
            self.lane(department, places.min(share));
        }
        for active in &active {
            let name = &active.row.plugin;
            let Some(lane) = self.lanes.get_mut(&active.row.department) else {
                continue;
            };
            lane.plugins.push(name.clone());
            let measures = &active.revision.manifest().measures;
            let carried = measures.iter().map(|measure| format!("{name} {measure}"));
            lane.carried.extend(carried);
        }
    }

    /// Gives the lane of a department this many places.
    fn lane(&mut self, department: &str, share: u32) {
        let new = || Lane {
            plugins: Vec::new(),
            carried: Vec::new(),
            places: Arc::new(Semaphore::new(share as usize)),
            share,
            out: 0,
            otherwise: VecDeque::new(),
            ahead: VecDeque::new(),
            aside: Vec::new(),
            burdens_aside: 0,
        };
        let lane = self.lanes.entry(department.to_owned()).or_insert_with(new);
        if lane.share != share {
            // Calls that run keep the places that they have.
            lane.places = Arc::new(Semaphore::new(share as usize));
            lane.share = share;
        }
    }

    /// Writes what has ended and, while `going`, claims what has a place. What is due
    /// next is looked for while the database writes.
    async fn round(&mut self, going: bool) -> Round {
        self.gather().await;
        let done = std::mem::take(&mut self.done);
        let mut wanted = Vec::new();
        if going {
            wanted = self.wanted();
            if wanted.is_empty() && done.is_empty() {
                let found = self.look(&[]).await;
                self.found(found);
                wanted = self.wanted();
            }
        }
        if done.is_empty() && wanted.is_empty() {
            return Round::Quiet;
        }
        let keys = keys(&wanted);
        let written = self.house.write_round(&done, &keys);
        let written = match going {
            true => {
                let (written, found) = tokio::join!(written, self.look(&keys));
                self.found(found);
                written
            }
            false => written.await,
        };
        let moved = match written {
            Ok(claims) => self.start(claims, &wanted) || !done.is_empty(),
            Err(_) => self.round_apart(done, wanted).await,
        };
        match moved {
            true => Round::Moved,
            false => Round::PutAside,
        }
    }

    /// The same round, each part of it in a transaction of its own. Gives whether
    /// anything moved.
    async fn round_apart(&mut self, done: Vec<Done>, wanted: Vec<Wanted>) -> bool {
        let mut moved = false;
        for done in done {
            let done = [done];
            let mut tries = 0;
            loop {
                match self.house.write_round(&done, &[]).await {
                    Ok(_) => {
                        moved = true;
                        break;
                    }
                    // The outcome is in hand: a store that is busy must not lose it.
                    Err(PipelineError::Store(StoreError::Busy { .. })) if tries < BUSY_TRIES => {
                        tries += 1;
                    }
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
        }
        for wanted in wanted {
            let wanted = [wanted];
            match self.house.write_round(&[], &keys(&wanted)).await {
                Ok(claims) => moved |= self.start(claims, &wanted),
                Err(error) => {
                    self.failed = Some(error);
                    self.put_aside(&wanted);
                }
            }
        }
        moved
    }

    /// Steps that were found due and have a place in their lane, what burdens behind the
    /// rest.
    fn wanted(&mut self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for (department, lane) in &mut self.lanes {
            let mut free = lane.free() as usize;
            for (found, burdens) in [(&mut lane.otherwise, false), (&mut lane.ahead, true)] {
                let taken = found.drain(..free.min(found.len()));
                free -= taken.len();
                wanted.extend(taken.map(|key| Wanted {
                    department: department.clone(),
                    key,
                    burdens,
                }));
            }
        }
        wanted
    }

    /// Looks for steps that are due, but for those of these keys, which are on their way.
    async fn look(&self, but: &[String]) -> Result<Vec<Found>, PipelineError> {
        let now = self.house.now();
        let mut read = self.house.store.read().await?;
        let mut found = Vec::new();
        for (department, lane) in &self.lanes {
            if lane.plugins.is_empty() || lane.free() == 0 {
                continue;
            }
            let except: Vec<String> = lane.aside.iter().chain(but).cloned().collect();
            let of = Claimable {
                department,
                plugins: &lane.plugins,
                carried: &lane.carried,
                except: &except,
            };
            let otherwise = read.due_steps(&of, now, false, lane.most()).await?;
            let enough = lane.burdens_aside >= ASIDE || lane.ahead.len() >= lane.most() as usize;
            let burdens = match enough {
                true => None,
                false => Some(read.due_steps(&of, now, true, AHEAD * lane.share).await?),
            };
            found.push(Found {
                department: department.clone(),
                otherwise,
                burdens,
            });
        }
        Ok(found)
    }

    /// Takes up what was found.
    fn found(&mut self, found: Result<Vec<Found>, PipelineError>) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.failed = Some(error);
                return;
            }
        };
        for found in found {
            let Some(lane) = self.lanes.get_mut(&found.department) else {
                continue;
            };
            lane.otherwise = found.otherwise.into();
            if let Some(burdens) = found.burdens {
                lane.ahead = burdens.into();
            }
        }
    }

    /// Makes the calls of claims that are durable now. Gives whether anything moved.
    fn start(&mut self, claims: Claims, wanted: &[Wanted]) -> bool {
        let moved = claims.refused > 0 || !claims.ready.is_empty();
        self.flowed.refused += claims.refused;
        let left = wanted
            .iter()
            .filter(|wanted| claims.left.contains(&wanted.key));
        self.put_aside(left);
        for claim in claims.ready {
            let Some(lane) = self.lanes.get_mut(&claim.department) else {
                continue;
            };
            lane.out += 1;
            self.flowed.called += 1;
            let known = (claim.call, claim.department.clone());
            self.house.held.take(claim.call, claim.lease_until);
            let call = call(self.house.clone(), lane.places.clone(), claim);
            let id = self.calls.spawn(call).id();
            self.called.insert(id, known);
        }
        moved
    }

    /// Leaves steps alone until the next refresh.
    fn put_aside<'a>(&mut self, steps: impl IntoIterator<Item = &'a Wanted>) {
        for step in steps {
            if let Some(lane) = self.lanes.get_mut(&step.department) {
                lane.aside.push(step.key.clone());
                lane.burdens_aside += usize::from(step.burdens);
            }
        }
    }

    /// Takes up the calls that have ended by now.
    fn take_ends(&mut self) {
        while let Some(end) = self.calls.try_join_next_with_id() {
            self.settle(end);
        }
    }

    /// Waits for the call that ends next. `false` where none is under way. Given up, it
    /// loses none: what has ended stands in `done`.
    async fn next_end(&mut self) -> bool {
        let Some(end) = self.calls.join_next_with_id().await else {
            return false;
        };
        self.settle(end);
        true
    }

    /// Waits, where a call has ended, until as many have as are still under way, but
    /// not for long: a round costs little more for many than for one.
    async fn gather(&mut self) {
        if self.done.is_empty() {
            return;
        }
        let mut late = std::pin::pin!(sleep(GATHER));
        while self.done.len() < self.calls.len() {
            tokio::select! {
                biased;
                Some(end) = self.calls.join_next_with_id() => self.settle(end),
                () = &mut late => break,
            }
        }
    }

    /// Frees the place of a call. One that was lost leaves its claim, which is found
    /// abandoned when its lease is over.
    fn settle(&mut self, end: Result<(Id, Done), JoinError>) {
        let id = match &end {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some((call, department)) = self.called.remove(&id) else {
            return;
        };
        self.house.held.leave(call);
        if let Some(lane) = self.lanes.get_mut(&department) {
            lane.out = lane.out.saturating_sub(1);
        }
        match end {
            Ok((_, done)) => self.done.push(done),
            // Not why: a panic may quote what it worked on.
            Err(_) => {
                let text = format!(
                    "call {call} was lost: its worker ended without an outcome; its step is asked \
                     about when the lease is over"
                );
                self.failed = Some(PipelineError::Refused(text));
            }
        }
    }
}

/// One call, once its department has a place for it.
async fn call(house: Arc<House>, places: Arc<Semaphore>, claim: Claim) -> Done {
    // Never closed; a permit that is not there means that the process ends.
    let _place = places.acquire().await;
    let report = claim
        .active
        .revision
        .call(&house.ports, claim.prepared)
        .await;
    let remembered = match claim.asking {
        true => house.remembered(&claim.key, &claim.active, &report).await,
        false => None,
    };
    Done {
        key: claim.key,
        report,
        remembered,
    }
}

impl House {
    /// Writes outcomes and claims in one transaction. Durable when it returns.
    async fn write_round(&self, done: &[Done], wanted: &[String]) -> Result<Claims, PipelineError> {
        let mut moves = Moves::new(self, &Actor::sweep());
        let mut write = self.store.begin().await?;
        let ended = done.iter().map(|done| &done.key);
        let keys: Vec<String> = ended.chain(wanted).cloned().collect();
        moves.take_steps(&mut write, &keys).await?;
        moves.take_cases(&mut write).await?;
        if !done.is_empty() {
            self.collect(&mut write, &mut moves, done).await?;
        }
        let claims = self.claim(&mut write, &mut moves, wanted).await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(claims)
    }
}
