//! An exhaustive search: every state that a model can reach, breadth first, so that
//! the trace to a broken law is a shortest one.
//!
//! Comes in: a first state, its ways on, a law on states, a goal. Goes out: how many
//! states there are, or the trace to the first state that breaks the law or from
//! which no goal can be reached.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write,
    hash::Hash,
};

/// What a model has to say of itself.
pub(super) trait Model {
    type State: Clone + Eq + Hash;

    fn first(&self) -> Self::State;

    /// Every way on: what happens, and the state after it or the law that it breaks.
    fn ways(&self, state: &Self::State) -> Vec<(String, Result<Self::State, String>)>;

    /// The law that this state breaks.
    fn broken(&self, state: &Self::State) -> Option<String>;

    /// Where it must always be possible to get.
    fn goal(&self, state: &Self::State) -> bool;
}

/// What was found.
pub(super) struct Found {
    pub(super) states: usize,
    pub(super) ways: usize,
}

/// A state, how it was reached, and from where.
struct Seen<S> {
    state: S,
    from: Option<(usize, String)>,
}

/// Searches all of it.
///
/// # Errors
/// The broken law and the shortest trace that breaks it.
pub(super) fn search<M: Model>(model: &M) -> Result<Found, String> {
    let first = model.first();
    let mut index = HashMap::from([(first.clone(), 0)]);
    let mut seen = vec![Seen {
        state: first,
        from: None,
    }];
    let mut backwards: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ways = 0;
    let mut at = 0;
    while at < seen.len() {
        let state = seen[at].state.clone();
        if let Some(law) = model.broken(&state) {
            return Err(trace(&seen, at, &law));
        }
        for (what, next) in model.ways(&state) {
            ways += 1;
            let next = next.map_err(|law| trace(&seen, at, &format!("{what}: {law}")))?;
            let to = *index.entry(next).or_insert_with_key(|next| {
                seen.push(Seen {
                    state: next.clone(),
                    from: Some((at, what)),
                });
                backwards.push(Vec::new());
                seen.len() - 1
            });
            backwards[to].push(at);
        }
        at += 1;
    }
    match stuck(model, &seen, &backwards) {
        Some(at) => Err(trace(&seen, at, "no way leads from here to the goal")),
        None => Ok(Found {
            states: seen.len(),
            ways,
        }),
    }
}

/// The first state from which no goal can be reached.
fn stuck<M: Model>(model: &M, seen: &[Seen<M::State>], backwards: &[Vec<usize>]) -> Option<usize> {
    let goals = (0..seen.len()).filter(|at| model.goal(&seen[*at].state));
    let mut queue: VecDeque<usize> = goals.collect();
    let mut reaches = vec![false; seen.len()];
    queue.iter().for_each(|at| reaches[*at] = true);
    while let Some(at) = queue.pop_front() {
        for &before in &backwards[at] {
            if !reaches[before] {
                reaches[before] = true;
                queue.push_back(before);
            }
        }
    }
    reaches.iter().position(|reaches| !reaches)
}

fn trace<S>(seen: &[Seen<S>], at: usize, law: &str) -> String {
    let mut steps = Vec::new();
    let mut at = at;
    while let Some((from, what)) = &seen[at].from {
        steps.push(what);
        at = *from;
    }
    let mut text = format!("{law}\n");
    for (number, what) in steps.into_iter().rev().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:3}. {what}", number + 1);
    }
    text
}
