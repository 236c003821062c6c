//! Steps: what is due, what is claimed, what became of it.
//!
//! Comes in: steps as the state machine left them. Goes out: steps, and those
//! that a sweep has to look at. Always holds: a due date is a column; a step of
//! an order is due only when every earlier one is final, so a later one never
//! overtakes; a step is changed only as it was read, so two workers cannot claim
//! it both. A crash of a worker leaves a claim whose lease runs out.
//!
//! Deliberately absent: the state machine (`domain`), and the calls (`journal`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    rows::StepRow,
    seal::Place,
    statements::statements,
    store::Read,
    write::{EventDraft, Write},
};
use credence_domain::{
    ids::{CallId, OrderId},
    record::{Exit, Feedback},
    step::{Step, Verb},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO step (subject, order_id, number, key, subject_kind, department, region,
            verb, state, due_at, effective_on, attempt, claimed_by, lease_until, call, content,
            updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
            coalesce(?16, ?17), ?18, 0)";
    UPDATE = "UPDATE step SET state = ?5, due_at = ?6, attempt = ?7, claimed_by = ?8,
            lease_until = ?9, call = ?10, content = coalesce(?11, ?12), updated_at = ?13,
            changes = changes + 1
        WHERE subject = ?1 AND order_id = ?2 AND number = ?3 AND changes = ?4";
    BY_KEY = "SELECT t.*, s.sealed_key FROM step AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.key = ?1";
    OF_ORDER = "SELECT t.*, s.sealed_key FROM order_ AS o
        JOIN step AS t ON t.subject = o.subject AND t.order_id = o.id
        JOIN subject AS s ON s.id = t.subject
        WHERE o.id = ?1 ORDER BY t.number";
    DUE = "WITH ready AS (
            SELECT t.*, row_number() OVER (PARTITION BY t.department ORDER BY t.due_at, t.key) AS place
            FROM step AS t
            WHERE t.due_at <= ?1 AND NOT EXISTS (
                SELECT 1 FROM step AS e
                WHERE e.subject = t.subject AND e.order_id = t.order_id AND e.number < t.number
                    AND e.state NOT IN ('executed', 'partly-executed', 'could-not',
                        'not-applicable', 'refused', 'outside-mandate')))
        SELECT r.*, s.sealed_key FROM ready AS r JOIN subject AS s ON s.id = r.subject
        WHERE r.place <= ?3 ORDER BY r.due_at, r.key LIMIT ?2";
    ABANDONED = "SELECT t.*, s.sealed_key FROM step AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.lease_until IS NOT NULL
            AND (t.lease_until < ?1 OR t.claimed_by IN (SELECT value FROM json_each(?2)))
        ORDER BY t.lease_until, t.key LIMIT ?3";
    NEXT_DUE = "SELECT min(due_at) AS due_at FROM step WHERE due_at IS NOT NULL";
}

/// The sealed half of a step.
#[derive(Serialize, Deserialize)]
struct Content {
    state: Step,
    note: Option<String>,
    exit: Option<Exit>,
    feedback: Option<Feedback>,
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
        let subject = self.read().seal_of(step.subject).await?;
        let content = keep(&subject, step)?;
        INSERT
            .query()
            .bind(step.subject.bytes())
            .bind(step.order.bytes())
            .bind(step.number)
            .bind(&step.key)
            .bind(subject.kind.code())
            .bind(&step.department)
            .bind(&step.region)
            .bind(step.verb.code())
            .bind(step.state.code())
            .bind(step.state.due_at().map(Timestamp::as_millisecond))
            .bind(step.effective_on.to_string())
            .bind(step.attempt)
            .bind(&step.claimed_by)
            .bind(step.lease_until.map(Timestamp::as_millisecond))
            .bind(step.call.as_ref().map(CallId::bytes))
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&step.object()))?;
        self.changed(Kind::STEP, step.key.clone(), None, event)
            .await
    }

    /// Writes where a step stands: state, attempt, claim, call, feedback. Gives
    /// the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read, by a
    /// worker that was quicker.
    pub async fn update_step(
        &mut self,
        mut step: StepRow,
        event: &EventDraft,
    ) -> Result<StepRow, StoreError> {
        let before = self.before(Kind::STEP, &step.key).await?;
        let subject = self.read().seal_of(step.subject).await?;
        let content = keep(&subject, &step)?;
        let done = UPDATE
            .query()
            .bind(step.subject.bytes())
            .bind(step.order.bytes())
            .bind(step.number)
            .bind(step.changes)
            .bind(step.state.code())
            .bind(step.state.due_at().map(Timestamp::as_millisecond))
            .bind(step.attempt)
            .bind(&step.claimed_by)
            .bind(step.lease_until.map(Timestamp::as_millisecond))
            .bind(step.call.as_ref().map(CallId::bytes))
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict {
                object: step.object(),
            });
        }
        self.changed(Kind::STEP, step.key.clone(), before, event)
            .await?;
        step.changes += 1;
        step.updated_at = event.at;
        Ok(step)
    }
}

impl Read<'_> {
    /// A step by its key.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn step(&mut self, key: &str) -> Result<Option<StepRow>, StoreError> {
        let row = BY_KEY
            .query()
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| step_row(self.keys, &row)).transpose()
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

    /// Steps that are due: at most `limit`, at most `per_department` of one
    /// department, so that a slow one does not fill the list. A step waits while
    /// an earlier one of its order is not final.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn due_steps(
        &mut self,
        now: Timestamp,
        limit: u32,
        per_department: u32,
    ) -> Result<Vec<StepRow>, StoreError> {
        let query = DUE
            .query()
            .bind(now.as_millisecond())
            .bind(limit)
            .bind(per_department);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| step_row(self.keys, row)).collect()
    }

    /// Claimed steps whose worker is gone: the lease has run out, or the worker is
    /// among those known to be dead.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn abandoned_steps(
        &mut self,
        now: Timestamp,
        dead_owners: &[String],
        limit: u32,
    ) -> Result<Vec<StepRow>, StoreError> {
        let dead = serde_json::to_string(dead_owners)?;
        let query = ABANDONED
            .query()
            .bind(now.as_millisecond())
            .bind(dead)
            .bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| step_row(self.keys, row)).collect()
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

fn keep(subject: &SubjectSeal, step: &StepRow) -> Result<Kept, StoreError> {
    let content = Content {
        state: step.state.clone(),
        note: step.note.clone(),
        exit: step.exit.clone(),
        feedback: step.feedback.clone(),
    };
    subject.keep(place(&step.key), &content)
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
            Step::Due { at },
            Step::Claimed { asking: false },
            Step::Pending { ask_at: at },
            Step::Unknown { ask_at: at },
            Step::Executed,
            Step::PartlyExecuted { reason: reason() },
            Step::CouldNot { reason: reason() },
            Step::NotApplicable { reason: reason() },
            Step::Refused { reason: reason() },
            Step::Disputed { reason: reason() },
            Step::OutsideMandate { reason: reason() },
            Step::Parked { reason: reason() },
        ];
        let (_, due) = STATEMENTS.iter().find(|(name, _)| *name == "DUE").unwrap();
        let due = format!("{due:?}");
        for state in states {
            let listed = due.contains(&format!("'{}'", state.code()));
            assert_eq!(listed, state.is_final(), "{}", state.code());
        }
    }
}
