//! Steps: what is due, what is claimed, what became of it.
//!
//! Comes in: steps as the state machine left them. Goes out: steps, and those
//! that a sweep has to look at. Always holds: a due date is a column; a step of
//! an order is due only when every earlier one is final, so a later one never
//! overtakes; a step is changed only as it was read, so two workers cannot claim
//! it both. A crash of a worker leaves a claim whose lease runs out.
//!
//! Written in sets, each row with an entry of its own, since a statement costs
//! more than a row. Deliberately absent: the state machine (`domain`), and the
//! calls (`journal`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    entry::EventDraft,
    error::StoreError,
    insert::{Table, Value, insert},
    keys::KeyRing,
    objects::Kind,
    readable::{Pages, Readable},
    rows::StepRow,
    seal::Place,
    statements::statements,
    store::Read,
    update::Change,
    write::Write,
};
use credence_domain::{
    ids::{CallId, OrderId, SubjectId},
    record::{Exit, Feedback},
    step::{Step, Verb},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = insert!(one: "step
            (subject, order_id, number, key, subject_kind, department, region, verb, effective_on,
            state, due_at, attempt, claimed_by, lease_until, call, for_person, content,
            updated_at, changes)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    INSERTS = insert!(many: "step
            (subject, order_id, number, key, subject_kind, department, region, verb, effective_on,
            state, due_at, attempt, claimed_by, lease_until, call, for_person, content,
            updated_at, changes)",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    UPDATE = "UPDATE step SET state = w.value ->> 'state', due_at = w.value ->> 'due_at',
            attempt = w.value ->> 'attempt', claimed_by = w.value ->> 'claimed_by',
            lease_until = w.value ->> 'lease_until', call = unhex(w.value ->> 'call_hex'),
            for_person = w.value ->> 'for_person',
            content = coalesce(w.value ->> 'content', unhex(w.value ->> 'content_hex')),
            updated_at = w.value ->> 'updated_at', changes = step.changes + 1
        FROM jsonb_each(?1) AS w
        WHERE step.key = w.value ->> 'id' AND step.changes = w.value ->> 'changes'";
    BY_KEYS = "SELECT t.*, s.sealed_key AS _sealed_key FROM json_each(?1) AS w CROSS JOIN step AS t
        CROSS JOIN subject AS s WHERE t.key = w.value AND s.id = t.subject";
    OF_ORDER = "SELECT t.*, s.sealed_key AS _sealed_key FROM order_ AS o
        JOIN step AS t ON t.subject = o.subject AND t.order_id = o.id
        JOIN subject AS s ON s.id = t.subject
        WHERE o.id = ?1 ORDER BY t.number";
    DUE_TO_BURDEN = "SELECT t.key FROM step AS t
        CROSS JOIN order_ AS o ON o.subject = t.subject AND o.id = t.order_id
        WHERE t.department = ?1 AND t.due_at <= ?2
            AND (t.state = 'due' AND t.verb IN ('apply', 'resume')) = 1
            AND o.plugin IN (SELECT value FROM json_each(?3))
            AND (t.verb != 'apply'
                OR o.plugin || ' ' || o.measure IN (SELECT value FROM json_each(?4)))
            AND t.key NOT IN (SELECT value FROM json_each(?5))
            AND NOT EXISTS (SELECT 1 FROM stop AS p WHERE p.state = 'on' AND p.name IN
                (t.department || '/*', t.department || '/' || o.measure, '*/' || o.measure))
            AND NOT EXISTS (
                SELECT 1 FROM step AS e
                WHERE e.subject = t.subject AND e.order_id = t.order_id AND e.number < t.number
                    AND e.state NOT IN ('executed', 'partly-executed', 'could-not',
                        'not-applicable', 'refused', 'outside-mandate', 'withdrawn'))
        ORDER BY t.due_at, t.key LIMIT ?6";
    DUE_OTHERWISE = "SELECT t.key FROM step AS t
        CROSS JOIN order_ AS o ON o.subject = t.subject AND o.id = t.order_id
        WHERE t.department = ?1 AND t.due_at <= ?2
            AND (t.state = 'due' AND t.verb IN ('apply', 'resume')) = 0
            AND o.plugin IN (SELECT value FROM json_each(?3))
            AND t.key NOT IN (SELECT value FROM json_each(?5))
            AND NOT EXISTS (SELECT 1 FROM stop AS p
                WHERE p.name = t.department || '/*' AND p.state = 'on')
            AND NOT EXISTS (
                SELECT 1 FROM step AS e
                WHERE e.subject = t.subject AND e.order_id = t.order_id AND e.number < t.number
                    AND e.state NOT IN ('executed', 'partly-executed', 'could-not',
                        'not-applicable', 'refused', 'outside-mandate', 'withdrawn'))
        ORDER BY t.due_at, t.key LIMIT ?6";
    QUEUES = "SELECT t.department, o.plugin, o.measure, t.verb, t.state, count(*) AS steps
        FROM step AS t CROSS JOIN order_ AS o ON o.subject = t.subject AND o.id = t.order_id
        WHERE t.due_at <= ?1
        GROUP BY t.department, o.plugin, o.measure, t.verb, t.state
        ORDER BY t.department, o.plugin, o.measure, t.verb, t.state";
    FOR_PERSONS = "SELECT t.*, s.sealed_key AS _sealed_key FROM step AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.for_person = 1 ORDER BY t.updated_at, t.key LIMIT ?1";
    OVERDUE = "SELECT t.*, s.sealed_key AS _sealed_key FROM step AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.due_at IS NOT NULL AND t.state IN ('pending', 'unknown') AND t.effective_on < ?1
        ORDER BY t.effective_on, t.key LIMIT ?2";
    ABANDONED = "SELECT t.*, s.sealed_key AS _sealed_key FROM step AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.lease_until IS NOT NULL
            AND (t.lease_until < ?1 OR t.claimed_by IN (SELECT value FROM json_each(?2)))
        ORDER BY t.lease_until, t.key LIMIT ?3 OFFSET ?4";
    NEXT_DUE = "SELECT min(due_at) AS due_at FROM step WHERE due_at IS NOT NULL";
}

/// The sealed half of a step.
#[derive(Serialize, Deserialize)]
struct Content {
    state: Step,
    note: Option<String>,
    exit: Option<Exit>,
    feedback: Option<Feedback>,
    contradicted: Option<Feedback>,
}

/// New steps.
pub(crate) static STEPS: Table = Table {
    name: "step",
    key: 3,
    uncovered: None,
    one: INSERT,
    many: INSERTS,
};

/// Which due steps may be looked at: those of one department that its loaded
/// plugins can take.
#[derive(Debug, Clone, Default)]
pub struct Claimable<'a> {
    /// The department.
    pub department: &'a str,
    /// Its plugins that take calls.
    pub plugins: &'a [String],
    /// What they carry out, each as `plugin measure`: nothing else is begun.
    pub carried: &'a [String],
    /// Keys that are not looked at again for now.
    pub except: &'a [String],
}

/// Due steps that have in common what decides whether they can be made now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// The department.
    pub department: String,
    /// The plugin that speaks to it.
    pub plugin: String,
    /// The measure.
    pub measure: String,
    /// What is asked of it.
    pub verb: Verb,
    /// Whether the next call asks and does not act.
    pub asking: bool,
    /// How many.
    pub steps: u64,
}

impl Write<'_> {
    /// Writes a new step. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where number or key is taken.
    pub async fn insert_step(
        &mut self,
        step: &StepRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        self.insert_steps(&[(step.clone(), event.clone())]).await
    }

    /// Writes new steps. Their `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where a number or key is taken.
    pub async fn insert_steps(
        &mut self,
        steps: &[(StepRow, EventDraft)],
    ) -> Result<(), StoreError> {
        let Some((first, _)) = steps.first() else {
            return Ok(());
        };
        let seals = self.read().seals(subjects(steps)).await?;
        let rows = steps.iter().map(|(step, event)| {
            let subject = &seals[&step.subject];
            let fixed = [
                Value::bytes(step.subject.bytes()),
                Value::bytes(step.order.bytes()),
                step.number.into(),
                step.key.as_str().into(),
                subject.kind.code().into(),
                step.department.as_str().into(),
                step.region.as_str().into(),
                step.verb.code().into(),
                step.effective_on.to_string().into(),
            ];
            let changing = changing(subject, step)?.map(|(_, value)| value);
            let at = Value::Number(event.at.as_millisecond());
            let rest = [at, Value::Number(0)];
            Ok(fixed.into_iter().chain(changing).chain(rest).collect())
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        self.insert_rows(&STEPS, &rows, &first.object()).await?;
        let made = steps.iter().map(|(step, event)| (step.key.clone(), event));
        self.made_all(Kind::STEP, made.collect()).await
    }

    /// Writes where a step stands: state, attempt, claim, call, feedback. Gives
    /// the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read, by a
    /// worker that was quicker.
    pub async fn update_step(
        &mut self,
        step: StepRow,
        event: &EventDraft,
    ) -> Result<StepRow, StoreError> {
        let object = step.object();
        let mut steps = self.update_steps(vec![(step, event.clone())]).await?;
        steps.pop().ok_or(StoreError::NotThere { object })
    }

    /// The same for many, each with an entry of its own.
    ///
    /// # Errors
    /// As for [`Self::update_step`]; nothing of the set may be committed then.
    pub async fn update_steps(
        &mut self,
        steps: Vec<(StepRow, EventDraft)>,
    ) -> Result<Vec<StepRow>, StoreError> {
        let seals = self.read().seals(subjects(&steps)).await?;
        let changes = steps.iter().map(|(step, event)| {
            Ok(Change {
                id: step.key.clone(),
                changes: step.changes,
                columns: changing(&seals[&step.subject], step)?.into(),
                event,
            })
        });
        let changes = changes.collect::<Result<Vec<_>, StoreError>>()?;
        self.update(Kind::STEP, UPDATE, changes).await?;
        let now = |(step, event): (StepRow, EventDraft)| StepRow {
            changes: step.changes + 1,
            updated_at: event.at,
            ..step
        };
        Ok(steps.into_iter().map(now).collect())
    }
}

impl Read<'_> {
    /// A step by its key.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn step(&mut self, key: &str) -> Result<Option<StepRow>, StoreError> {
        Ok(self.steps(&[key.to_owned()]).await?.pop())
    }

    /// The steps with these keys, as far as there are any.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn steps(&mut self, keys: &[String]) -> Result<Vec<StepRow>, StoreError> {
        let query = BY_KEYS.query().bind(serde_json::to_string(keys)?);
        let rows = query.fetch_all(self.connection()).await?;
        let steps = rows.iter().map(|row| step_row(self.keys, row));
        let steps: Vec<_> = steps.collect::<Result<_, _>>()?;
        self.saw(Kind::STEP, rows, steps.iter().map(|step| step.key.clone()))?;
        Ok(steps)
    }

    /// The steps of an order, by number.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn steps_of(&mut self, order: OrderId) -> Result<Vec<StepRow>, StoreError> {
        let rows = OF_ORDER
            .query()
            .bind(order.bytes())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| step_row(self.keys, row)).collect()
    }

    /// Keys of at most `limit` steps of a department that are due and that nothing
    /// keeps back: no stop, no earlier step of their order that is not final. With
    /// `burdens` those that are to burden somebody, else those that give back, or
    /// that are asked about. Whoever claims one looks again, in the transaction that
    /// does so.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn due_steps(
        &mut self,
        of: &Claimable<'_>,
        now: Timestamp,
        burdens: bool,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        // Two statements: one that is told which by a value is planned anew each time.
        let sql = if burdens {
            DUE_TO_BURDEN
        } else {
            DUE_OTHERWISE
        };
        let query = sql
            .query()
            .bind(of.department)
            .bind(now.as_millisecond())
            .bind(serde_json::to_string(of.plugins)?)
            .bind(serde_json::to_string(of.carried)?)
            .bind(serde_json::to_string(of.except)?)
            .bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| row.plain("key")).collect()
    }

    /// Everything that is due, whether or not something keeps it back.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn queues(&mut self, now: Timestamp) -> Result<Vec<Queue>, StoreError> {
        let query = QUEUES.query().bind(now.as_millisecond());
        let rows = query.fetch_all(self.connection()).await?;
        let queue = |row: &SqliteRow| -> Result<_, StoreError> {
            let steps: i64 = row.plain("steps")?;
            Ok(Queue {
                department: row.plain("department")?,
                plugin: row.plain("plugin")?,
                measure: row.plain("measure")?,
                verb: row.word("verb", verb)?,
                asking: row.plain::<&str>("state")? != "due",
                steps: steps.unsigned_abs(),
            })
        };
        rows.iter().map(queue).collect()
    }

    /// Steps that wait for a person, parked or contradicted, the longest waiting
    /// first.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn steps_for_persons(&mut self, limit: u32) -> Result<Vec<StepRow>, StoreError> {
        let rows = FOR_PERSONS
            .query()
            .bind(limit)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| step_row(self.keys, row)).collect()
    }

    /// Steps that were sent, are open in the department still and had a first day
    /// before this one, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn overdue_steps(
        &mut self,
        before: Date,
        limit: u32,
    ) -> Result<Vec<StepRow>, StoreError> {
        let query = OVERDUE.query().bind(before.to_string()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| step_row(self.keys, row)).collect()
    }

    /// Claimed steps whose worker is gone: the lease has run out, or the worker is
    /// among those known to be dead.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn abandoned_steps(
        &mut self,
        now: Timestamp,
        dead_owners: &[String],
        limit: u32,
    ) -> Result<Readable<StepRow>, StoreError> {
        let dead = serde_json::to_string(dead_owners)?;
        let mut pages = Pages::of(limit);
        while let Some((behind, limit)) = pages.next() {
            let query = ABANDONED.query().bind(now.as_millisecond()).bind(&dead);
            let query = query.bind(limit).bind(behind);
            let rows = query.fetch_all(self.connection()).await?;
            let read = |row: &SqliteRow| step_row(self.keys, row);
            pages.take(limit, &rows, read, |row| row.plain("key"));
        }
        Ok(pages.read())
    }

    /// When the next step is due, if any is waiting for its time. One that waits
    /// for an earlier step counts too.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        NEXT_DUE
            .query()
            .fetch_one(self.connection())
            .await?
            .instant_or_none("due_at")
    }
}

fn subjects(steps: &[(StepRow, EventDraft)]) -> impl Iterator<Item = SubjectId> {
    steps.iter().map(|(step, _)| step.subject)
}

/// The columns of a step that change.
fn changing(
    subject: &SubjectSeal,
    step: &StepRow,
) -> Result<[(&'static str, Value); 8], StoreError> {
    let content = Content {
        state: step.state.clone(),
        note: step.note.clone(),
        exit: step.exit.clone(),
        feedback: step.feedback.clone(),
        contradicted: step.contradicted.clone(),
    };
    let for_person = matches!(step.state, Step::Parked { .. }) || step.contradicted.is_some();
    let content = subject.keep(place(&step.key), &content)?;
    Ok([
        ("state", step.state.code().into()),
        ("due_at", Value::or_null(step.state.due_at())),
        ("attempt", step.attempt.into()),
        ("claimed_by", Value::or_null(step.claimed_by.as_deref())),
        ("lease_until", Value::or_null(step.lease_until)),
        (
            "call",
            Value::or_null(step.call.as_ref().map(CallId::bytes)),
        ),
        ("for_person", Value::Number(for_person.into())),
        ("content", content.into()),
    ])
}

fn step_row(keys: &KeyRing, row: &SqliteRow) -> Result<StepRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let key: String = row.plain("key")?;
    let content: Content = subject.reveal(place(&key), &Kept::of(row, "content")?)?;
    Ok(StepRow {
        subject: subject.id,
        order: row.id("order_id")?,
        number: row.count("number")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        verb: row.word("verb", verb)?,
        state: content.state,
        effective_on: row.day("effective_on")?,
        note: content.note,
        exit: content.exit,
        attempt: row.count("attempt")?,
        claimed_by: row.plain("claimed_by")?,
        lease_until: row.instant_or_none("lease_until")?,
        call: row.id_or_none("call")?,
        feedback: content.feedback,
        contradicted: content.contradicted,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
        key,
    })
}

fn verb(code: &str) -> Option<Verb> {
    [Verb::Apply, Verb::Suspend, Verb::Resume, Verb::Lift]
        .into_iter()
        .find(|v| v.code() == code)
}

fn place(key: &str) -> Place<'_> {
    Place {
        table: "step",
        row: key.as_bytes(),
        column: "content",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_takes_for_final_what_the_state_machine_does() {
        let reason = String::new;
        let at = Timestamp::UNIX_EPOCH;
        let states = [
            Step::Held { at },
            Step::Claimed { asking: false },
            Step::Pending { ask_at: at },
            Step::Unknown { ask_at: at },
            Step::Executed,
            Step::PartlyExecuted { reason: reason() },
            Step::CouldNot { reason: reason() },
            Step::NotApplicable { reason: reason() },
            Step::Refused { reason: reason() },
            Step::Withdrawn,
            Step::Disputed { reason: reason() },
            Step::OutsideMandate { reason: reason() },
            Step::Parked { reason: reason() },
        ];
        let due = [DUE_TO_BURDEN, DUE_OTHERWISE].map(|sql| format!("{sql:?}"));
        for state in states {
            let word = format!("'{}'", state.code());
            for due in &due {
                assert_eq!(due.contains(&word), state.is_final(), "{word}");
            }
        }
    }
}
