//! Retry: quarantined lines whose waiting is over are bound again.
//!
//! Comes in: lines that the store marked as due, when the register learned
//! something of their codes or their record arrived. Goes out: their records, or
//! the reason that holds now. Always holds: the very code that bound them first
//! binds them again; records, answers and the queue commit together, so that this
//! can be cut off anywhere and called again. No plugin is called: what a line
//! states was read when it arrived.

use crate::{
    bind::bind,
    error::PipelineError,
    house::{Actor, House, event, with},
};
use credence_domain::record::Line;
use credence_store::{DeliveryRow, DueLine, LineKind, NewLine, RetryCommit, TriedLine, Write};

/// Lines of one delivery tried in one transaction.
const AT_ONCE: u32 = 500;

impl House {
    /// Tries every line that is due. Gives how many made their record.
    ///
    /// # Errors
    /// What the store said; what was tried before it stands.
    pub(crate) async fn retry_waiting(&self, actor: &Actor) -> Result<u64, PipelineError> {
        let mut freed = 0;
        // Ends, since a line that is freed never comes back, and one that is not
        // waits until something else was learned.
        loop {
            // Most of the time there is nothing, and a reader can tell.
            if self.store.read().await?.due_lines(1).await?.is_none() {
                return Ok(freed);
            }
            let mut write = self.store.begin().await?;
            let due = write.read().due_lines(AT_ONCE).await?;
            if let Some((delivery, lines)) = due {
                freed += self.try_lines(&mut write, delivery, lines, actor).await?;
            }
            write.commit().await?;
        }
    }

    async fn try_lines(
        &self,
        write: &mut Write<'_>,
        delivery: DeliveryRow,
        due: Vec<DueLine>,
        actor: &Actor,
    ) -> Result<u64, PipelineError> {
        let lines: Vec<Line> = due.iter().map(|due| due.line.clone()).collect();
        let mut bound = bind(self, &delivery, &mut write.read(), lines).await?;
        self.acknowledge_lines(write, &delivery, &mut bound, actor)
            .await?;
        let register = event("register.learned", self.now(), actor);
        write
            .learn(&bound.lessons, &bound.touched, &register)
            .await?;
        let lines: Vec<TriedLine> = due
            .into_iter()
            .zip(bound.lines)
            .map(|(due, line)| tried(due, line))
            .collect();
        let settled = |line: &&TriedLine| line.kind == LineKind::Settled;
        let freed = lines.iter().filter(settled).count() as u64;
        let draft = with(
            event("lines.retried", self.now(), actor),
            "catalogue",
            self.editions(),
        );
        let retry = RetryCommit {
            delivery,
            records: bound.records,
            endings: bound.endings,
            lines,
        };
        let ended = retry.endings.clone();
        write.commit_retry(retry, &draft).await?;
        self.grounds_gone(write, &ended, actor).await?;
        Ok(freed)
    }
}

fn tried(due: DueLine, line: Option<NewLine>) -> TriedLine {
    match line {
        None => TriedLine {
            due,
            kind: LineKind::Settled,
            field: None,
            rule: String::new(),
            text: String::new(),
            waits_for: Default::default(),
        },
        Some(line) => TriedLine {
            due,
            kind: line.kind,
            field: line.field,
            rule: line.rule,
            text: line.text,
            waits_for: line.waits_for,
        },
    }
}
