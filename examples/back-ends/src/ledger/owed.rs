//! Acknowledgements that are owed by file.
//!
//! In come steps taken from a folder; out go the acknowledgements to write, and
//! numbers for their files. Always: a step and the debt of acknowledging it commit
//! in one transaction, and the debt stands until someone says that the file is in
//! its place. A crash between the file and the payment makes the same
//! acknowledgement twice, never none. Absent: files.

use jiff::Timestamp;

use super::{Feedback, Ledger, LedgerError, Made, Ruling, Step, make};

/// How a step is to be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// Not before this moment, in milliseconds since 1970.
    pub not_before_ms: i64,
    /// Whether it is held back, and until when.
    pub withheld: Option<Withheld>,
    /// Whether the row goes out twice.
    pub twice: bool,
    /// Whether to say nothing while the step still waits.
    pub silent_while_waiting: bool,
}

/// Why an acknowledgement that is owed is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It was lost on its way.
    Lost,
    /// Nobody writes it by himself.
    UntilAsked,
}

/// An acknowledgement to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// What it says.
    pub feedback: Feedback,
    /// In how many rows.
    pub copies: usize,
}

impl Ledger {
    /// Makes a step as [`Ledger::make`] does, and owes its acknowledgement, of a
    /// step made before once more. Durable on return.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing was done and nothing is owed.
    pub async fn take(
        &self,
        step: &Step,
        due_ms: Option<i64>,
        ruling: &Ruling,
        debt: &Debt,
        now: Timestamp,
    ) -> Result<Made, LedgerError> {
        let mut tx = self.settled(now).await?;
        let made = make(&mut tx, step, due_ms, ruling, now).await?;
        if let Made::Told(_) = made {
            sqlx::query(
                "INSERT INTO owed (key, told, not_before_ms, withheld, copies)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (key) DO UPDATE
                 SET told = ?2, not_before_ms = ?3, withheld = ?4, copies = ?5",
            )
            .bind(&step.key)
            .bind(debt.silent_while_waiting.then_some("waiting"))
            .bind(debt.not_before_ms)
            .bind(debt.withheld.map(|withheld| match withheld {
                Withheld::Lost => "lost",
                Withheld::UntilAsked => "until-asked",
            }))
            .bind(if debt.twice { 2 } else { 1 })
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// What is to be written now, in the order of the steps. Settles nothing, so
    /// that a step that waits is told as waiting first.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn owed(&self, now: Timestamp) -> Result<Vec<Owed>, LedgerError> {
        type Row = (
            i64,
            String,
            String,
            Option<String>,
            Option<String>,
            Option<String>,
            i64,
        );
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.seq, s.key, s.state, s.reason, s.reference, s.at, o.copies
             FROM owed o JOIN steps s ON s.key = o.key
             WHERE o.withheld IS NULL AND o.not_before_ms <= ?
               AND (o.told IS NULL OR o.told <> s.state)
             ORDER BY s.seq",
        )
        .bind(now.as_millisecond())
        .fetch_all(&self.pool)
        .await?;
        let owed = rows
            .into_iter()
            .map(|(seq, key, state, reason, reference, at, copies)| Owed {
                feedback: Feedback {
                    seq,
                    key,
                    state,
                    reason,
                    reference,
                    at,
                },
                copies: if copies == 2 { 2 } else { 1 },
            });
        Ok(owed.collect())
    }

    /// The file with these acknowledgements is in its place.
    ///
    /// # Errors
    /// [`LedgerError`]; they will be written again.
    pub async fn paid(&self, written: &[Owed]) -> Result<(), LedgerError> {
        let mut tx = self.pool.begin().await?;
        for Owed { feedback, .. } in written {
            sqlx::query("UPDATE owed SET told = ? WHERE key = ?")
                .bind(&feedback.state)
                .bind(&feedback.key)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Acknowledgements that were lost are to be written after all.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn find_lost(&self) -> Result<(), LedgerError> {
        sqlx::query("UPDATE owed SET withheld = NULL WHERE withheld = 'lost'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Somebody asked: nothing is withheld any longer.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn ask_for_all(&self) -> Result<(), LedgerError> {
        sqlx::query("UPDATE owed SET withheld = NULL, not_before_ms = 0")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A number that no file had before.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn next_file(&self) -> Result<i64, LedgerError> {
        let number = sqlx::query_scalar("INSERT INTO files DEFAULT VALUES RETURNING number")
            .fetch_one(&self.pool)
            .await?;
        Ok(number)
    }
}
