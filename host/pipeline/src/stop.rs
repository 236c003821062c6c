//! Stop: a department is paused, a measure stopped, and either goes on again.
//!
//! Comes in: what is stopped or undone, why, by whom. Goes out: a row that every
//! process obeys at its next claim; what waits, and the reason. Always holds: what is
//! due stays due, and goes out by itself once nothing keeps it back.
//!
//! Deliberately absent: what a stop keeps back (`domain`).

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_domain::{step::Verb, stop::Stop};
use credence_store::{Queue, StopRow};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Due steps that something keeps back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptBack {
    /// What they have in common.
    #[serde(flatten)]
    pub queue: Queue,
    /// What keeps them back.
    pub why: String,
}

/// A department, and what waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DepartmentLine {
    /// The department.
    pub department: String,
    /// Its plugins that take calls.
    pub plugins: Vec<String>,
    /// Why it is paused, if it is.
    pub paused: Option<StopRow>,
    /// Steps that are due.
    pub due: u64,
    /// Of those, steps that something keeps back.
    pub kept_back: Vec<KeptBack>,
}

/// A measure, and its stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureLine {
    /// Its code.
    pub measure: String,
    /// Its title.
    pub title: String,
    /// The department that carries it out.
    pub department: String,
    /// Stops of it that hold now.
    pub stops: Vec<StopRow>,
}

impl House {
    /// Sets a stop, or undoes it. Durable when it returns; as it stood already, it
    /// changes nothing.
    ///
    /// # Errors
    /// When no reason is given, or there is no such department or measure.
    pub async fn set_stop(
        &self,
        stop: Stop,
        on: bool,
        reason: &str,
        actor: &Actor,
    ) -> Result<StopRow, PipelineError> {
        if reason.trim().is_empty() {
            let text = "say why: the reason is shown beside everything that waits";
            return Err(PipelineError::Refused(text.to_owned()));
        }
        if let Some(measure) = stop.measure() {
            self.measure(measure)?;
        }
        let mut write = self.store.begin().await?;
        if let Some(department) = stop.department() {
            let known = self.departments(&write.read().revisions().await?);
            if !known.contains(department) {
                return Err(PipelineError::Unknown {
                    what: "department",
                    name: department.to_owned(),
                    next: "`department list` shows which there are",
                });
            }
        }
        if let (Stop::Measure(measure), false) = (&stop, on) {
            nowhere_else(measure, &write.read().stops().await?)?;
        }
        let known = write.read().stop(&stop).await?;
        if let Some(row) = known.clone().filter(|row| row.on == on) {
            return Ok(row);
        }
        if known.is_none() && !on {
            let text = format!("{} is not stopped: there is nothing to undo", stop.name());
            return Err(PipelineError::Refused(text));
        }
        let row = StopRow {
            stop,
            on,
            reason: reason.to_owned(),
            set_by: actor.name.clone(),
            updated_at: self.now(),
            changes: known.map_or(0, |row| row.changes),
        };
        let kind = if on { "stop.set" } else { "stop.undone" };
        let draft = with(event(kind, self.now(), actor), "stop", row.stop.name());
        write.set_stop(&row, &draft).await?;
        write.commit().await?;
        Ok(row)
    }

    /// The departments, and what waits for each.
    ///
    /// # Errors
    /// What the store said.
    pub async fn department_lines(&self) -> Result<Vec<DepartmentLine>, PipelineError> {
        let mut read = self.store.read().await?;
        let revisions = read.revisions().await?;
        let queues = read.queues(self.now()).await?;
        let stops = read.stops().await?;
        drop(read);
        let mut departments = self.departments(&revisions);
        departments.extend(queues.iter().map(|queue| queue.department.clone()));
        let mut lines: BTreeMap<String, DepartmentLine> = departments
            .into_iter()
            .map(|department| {
                let paused = Stop::Department(department.clone());
                let paused = stops
                    .iter()
                    .find(|row| row.on && row.stop == paused)
                    .cloned();
                let line = DepartmentLine {
                    plugins: Vec::new(),
                    paused,
                    due: 0,
                    kept_back: Vec::new(),
                    department: department.clone(),
                };
                (department, line)
            })
            .collect();
        for active in self.plugins.all_active() {
            if let Some(line) = lines.get_mut(&active.row.department) {
                line.plugins.push(active.row.plugin.clone());
            }
        }
        for queue in queues {
            let why = self.kept_back(&queue, &stops);
            let Some(line) = lines.get_mut(&queue.department) else {
                continue;
            };
            line.due += queue.steps;
            line.kept_back
                .extend(why.map(|why| KeptBack { queue, why }));
        }
        Ok(lines.into_values().collect())
    }

    /// Why due steps cannot be made now, if they cannot.
    pub fn kept_back(&self, queue: &Queue, stops: &[StopRow]) -> Option<String> {
        let Queue {
            department,
            plugin,
            measure,
            verb,
            asking,
            ..
        } = queue;
        let stop = stops
            .iter()
            .find(|row| row.on && row.stop.keeps_back(department, measure, *verb, *asking));
        if let Some(row) = stop {
            let what = match &row.stop {
                Stop::Department(department) => format!("department {department} is paused"),
                Stop::Measure(measure) => format!("measure {measure} is stopped"),
                Stop::MeasureIn(department, measure) => {
                    format!("measure {measure} is stopped in department {department}")
                }
            };
            return Some(format!("{what}: {}", row.reason));
        }
        let Some(active) = self.plugins.active(plugin) else {
            return Some(format!(
                "plugin {plugin} is not loaded; `plugin list` tells why"
            ));
        };
        let carries = active.revision.manifest().measures.contains(measure);
        (*verb == Verb::Apply && !asking && !carries)
            .then(|| format!("plugin {plugin} no longer carries out measure {measure}"))
    }

    /// The measures of the catalogue, and which of them are stopped.
    ///
    /// # Errors
    /// What the store said.
    pub async fn measure_lines(&self) -> Result<Vec<MeasureLine>, PipelineError> {
        let stops = self.store.read().await?.stops().await?;
        let codes = self.catalogue.measures.keys();
        codes
            .map(|code| {
                let measure = self.measure(code)?;
                let of = |row: &&StopRow| row.on && row.stop.measure() == Some(code.as_str());
                Ok(MeasureLine {
                    measure: code.clone(),
                    title: measure.title.clone(),
                    department: measure.executor.clone(),
                    stops: stops.iter().filter(of).cloned().collect(),
                })
            })
            .collect()
    }

    /// Departments that a plugin speaks for, or that the catalogue names.
    fn departments(&self, revisions: &[credence_store::RevisionRow]) -> BTreeSet<String> {
        let spoken = revisions.iter().map(|row| row.department.clone());
        let measures = self.catalogue.measures.values().flatten();
        spoken
            .chain(measures.map(|measure| measure.executor.clone()))
            .collect()
    }
}

/// Refuses to start a measure everywhere that is stopped in single departments alone,
/// and says where.
fn nowhere_else(measure: &str, stops: &[StopRow]) -> Result<(), PipelineError> {
    let on = || stops.iter().filter(|row| row.on);
    let everywhere = |row: &StopRow| matches!(&row.stop, Stop::Measure(m) if m == measure);
    let commands: Vec<String> = on()
        .filter_map(|row| match &row.stop {
            Stop::MeasureIn(department, stopped) if stopped == measure => Some(format!(
                "`measure start {measure} --department {department} --reason …`"
            )),
            _ => None,
        })
        .collect();
    if commands.is_empty() || on().any(everywhere) {
        return Ok(());
    }
    Err(PipelineError::Refused(format!(
        "measure {measure} is not stopped everywhere, but in single departments; start it there: {}",
        commands.join(", ")
    )))
}
