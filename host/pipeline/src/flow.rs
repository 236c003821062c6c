//! Flow: due steps go out to their departments, and what comes back is written,
//! many in one durable commit.
//!
//! Comes in: rows that say what is due; the ends of calls. Goes out: claims, calls,
//! outcomes. Always holds: each department has a lane of its own with a bounded
//! number of calls and of claims that wait for a place, so that a slow or a dead one
//! keeps no other waiting; a round writes every outcome that has come and every
//! claim that has a place in one transaction, and no call is made nor an outcome
//! counted before it is durable; where a round cannot be written, each of its parts
//! is tried alone, so that one that fails takes no other along.
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
use credence_store::{Claimable, StoreError};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::{Id, JoinError, JoinSet},
    time::sleep,
};

/// Places kept free of departments' steps, for the adapters of feeds.
const FOR_FEEDS: u32 = 4;
/// How long a quiet lane is left before it is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Steps of a department that were looked at and stay, before the lane rests.
const ASIDE: usize = 256;
/// Rounds after which steps that were put aside are looked at again: about a second
/// in a quiet house.
const ASIDE_ROUNDS: u32 = 20;
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
    /// Claims that have no outcome yet: those that run, and as many that wait.
    out: u32,
    /// Due steps that something keeps back, as far as was found out.
    aside: Vec<String>,
}

/// The departments' lanes, and the calls under way.
struct Flow {
    house: Arc<House>,
    lanes: BTreeMap<String, Lane>,
    calls: JoinSet<Done>,
    /// To which department each call belongs.
    called: HashMap<Id, String>,
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
        let mut done = Vec::new();
        loop {
            let moved = flow.round(std::mem::take(&mut done), true).await;
            done.extend(flow.ended());
            if moved || !done.is_empty() {
                continue;
            }
            match flow.next_end().await {
                Some(end) => done.extend(end),
                None => break,
            }
        }
        flow.failed.map_or(Ok(flow.flowed), Err)
    }

    /// Makes what falls due until `stopped`, and then waits for what is under way. A
    /// fault is logged when it comes, not as long as it lasts.
    pub async fn flow_until(self: &Arc<Self>, stopped: impl Future<Output = ()>) {
        let mut flow = Flow::new(self.clone());
        let mut stopped = std::pin::pin!(stopped);
        let (mut done, mut going, mut rounds, mut last) = (Vec::new(), true, 0_u32, None);
        loop {
            if rounds.is_multiple_of(ASIDE_ROUNDS) {
                flow.refresh();
            }
            rounds = rounds.wrapping_add(1);
            let moved = flow.round(std::mem::take(&mut done), going).await;
            report(flow.failed.take(), &mut last);
            done.extend(flow.ended());
            if moved || !done.is_empty() {
                continue;
            }
            if !going && flow.calls.is_empty() {
                return;
            }
            tokio::select! {
                biased;
                () = &mut stopped, if going => going = false,
                Some(end) = flow.next_end() => done.extend(end),
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// Logs a fault where it is another one than before.
fn report(failed: Option<PipelineError>, last: &mut Option<String>) {
    let fault = failed.map(|error| error.to_string());
    if fault != *last {
        match &fault {
            // Without its sources: they may quote what a row holds.
            Some(error) => tracing::error!(
                error,
                "a step could not be moved and is tried again; `credence order run` tells more"
            ),
            None => tracing::warn!("steps move again"),
        }
    }
    *last = fault;
}

impl Flow {
    fn new(house: Arc<House>) -> Self {
        Self {
            house,
            lanes: BTreeMap::new(),
            calls: JoinSet::new(),
            called: HashMap::new(),
            flowed: Flowed::default(),
            failed: None,
        }
    }

    /// Takes up the plugins as they are loaded now, and what was put aside. Each
    /// department has its share of the places, whatever its plugins ask for.
    fn refresh(&mut self) {
        let active = self.house.plugins.all_active();
        let departments: BTreeSet<&str> = active
            .iter()
            .map(|active| active.row.department.as_str())
            .collect();
        let count = u32::try_from(departments.len().max(1)).unwrap_or(CALLS);
        let share = ((CALLS - FOR_FEEDS) / count).max(1);
        for lane in self.lanes.values_mut() {
            lane.plugins.clear();
            lane.carried.clear();
            lane.aside.clear();
        }
        for active in &active {
            let name = &active.row.plugin;
            let asked = active.revision.grant().limits.calls_in_flight.min(share);
            let lane = self.lane(&active.row.department, asked);
            lane.plugins.push(name.clone());
            let measures = &active.revision.manifest().measures;
            let carried = measures.iter().map(|measure| format!("{name} {measure}"));
            lane.carried.extend(carried);
        }
    }

    /// The lane of a department, with this many places.
    fn lane(&mut self, department: &str, share: u32) -> &mut Lane {
        let new = || Lane {
            plugins: Vec::new(),
            carried: Vec::new(),
            places: Arc::new(Semaphore::new(share as usize)),
            share,
            out: 0,
            aside: Vec::new(),
        };
        let lane = self.lanes.entry(department.to_owned()).or_insert_with(new);
        if lane.share != share {
            // Calls that run keep the places that they have.
            lane.places = Arc::new(Semaphore::new(share as usize));
            lane.share = share;
        }
        lane
    }

    /// Writes what has ended and, while `going`, claims what has a place. Gives
    /// whether anything moved.
    async fn round(&mut self, done: Vec<Done>, going: bool) -> bool {
        let wanted = match going {
            true => match self.wanted().await {
                Ok(wanted) => wanted,
                Err(error) => {
                    self.failed = Some(error);
                    Vec::new()
                }
            },
            false => Vec::new(),
        };
        if done.is_empty() && wanted.is_empty() {
            return false;
        }
        match self.house.write_round(&done, &keys(&wanted)).await {
            Ok(claims) => self.start(claims, &wanted),
            Err(_) => self.round_apart(done, wanted).await,
        }
        true
    }

    /// The same round, each part of it in a transaction of its own.
    async fn round_apart(&mut self, done: Vec<Done>, wanted: Vec<Wanted>) {
        for done in done {
            let done = [done];
            let mut tries = 0;
            loop {
                match self.house.write_round(&done, &[]).await {
                    Ok(_) => break,
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
                Ok(claims) => self.start(claims, &wanted),
                Err(error) => {
                    self.failed = Some(error);
                    self.put_aside(&wanted);
                }
            }
        }
    }

    /// Due steps that have a place in their lane.
    async fn wanted(&self) -> Result<Vec<Wanted>, PipelineError> {
        let now = self.house.now();
        let mut wanted = Vec::new();
        let mut read = self.house.store.read().await?;
        for (department, lane) in &self.lanes {
            let free = (2 * lane.share).saturating_sub(lane.out);
            if free == 0 || lane.plugins.is_empty() || lane.aside.len() >= ASIDE {
                continue;
            }
            let of = Claimable {
                department,
                plugins: &lane.plugins,
                carried: &lane.carried,
                except: &lane.aside,
            };
            let due = read.due_steps(&of, now, free).await?;
            wanted.extend(due.into_iter().map(|key| Wanted {
                department: department.clone(),
                key,
            }));
        }
        Ok(wanted)
    }

    /// Makes the calls of claims that are durable now.
    fn start(&mut self, claims: Claims, wanted: &[Wanted]) {
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
            let department = claim.department.clone();
            let call = call(self.house.clone(), lane.places.clone(), claim);
            let id = self.calls.spawn(call).id();
            self.called.insert(id, department);
        }
    }

    /// Leaves steps alone until the next refresh.
    fn put_aside<'a>(&mut self, steps: impl IntoIterator<Item = &'a Wanted>) {
        for step in steps {
            if let Some(lane) = self.lanes.get_mut(&step.department) {
                lane.aside.push(step.key.clone());
            }
        }
    }

    /// The calls that have ended by now.
    fn ended(&mut self) -> Vec<Done> {
        let mut done = Vec::new();
        while let Some(end) = self.calls.try_join_next_with_id() {
            done.extend(self.settle(end));
        }
        done
    }

    /// The next call that ends; `None` where none is under way.
    async fn next_end(&mut self) -> Option<Option<Done>> {
        let end = self.calls.join_next_with_id().await?;
        Some(self.settle(end))
    }

    /// Frees the place of a call. One that was lost leaves its claim, which is found
    /// abandoned when its lease is over.
    fn settle(&mut self, end: Result<(Id, Done), JoinError>) -> Option<Done> {
        let (id, done) = match end {
            Ok((id, done)) => (id, Some(done)),
            Err(error) => {
                let id = error.id();
                let text = format!("a call was lost: {error}");
                self.failed = Some(PipelineError::Refused(text));
                (id, None)
            }
        };
        let lane = self.called.remove(&id);
        if let Some(lane) = lane.and_then(|department| self.lanes.get_mut(&department)) {
            lane.out = lane.out.saturating_sub(1);
        }
        done
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
        if !done.is_empty() {
            self.collect(&mut write, &mut moves, done).await?;
        }
        let claims = self.claim(&mut write, &mut moves, wanted).await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(claims)
    }
}
