//! Orders: one measure, one subject, one department.
//!
//! Comes in: orders as `pipeline` resolved them. Goes out: orders. Always holds:
//! what the department is told lies sealed where the subject is a person; an
//! order is changed only as it was read. Deliberately absent: its steps (`steps`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    error::StoreError,
    keys::KeyRing,
    objects::Kind,
    rows::OrderRow,
    seal::Place,
    statements::statements,
    store::Read,
    write::{EventDraft, Write},
};
use credence_domain::{
    ids::{CaseId, OrderId},
    order::{OrderState, Terms},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

statements! {
    INSERT = "INSERT INTO order_ (subject, id, subject_kind, case_id, measure, department, region,
            plugin, state, starts_on, ends_on, opened_at, content, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, coalesce(?13, ?14), ?15, 0)";
    UPDATE = "UPDATE order_ SET state = ?4, content = coalesce(?5, ?6), updated_at = ?7,
            changes = changes + 1
        WHERE subject = ?1 AND id = ?2 AND changes = ?3";
    BY_ID = "SELECT t.*, s.sealed_key FROM order_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.id = ?1";
    OF_CASE = "SELECT t.*, s.sealed_key FROM case_ AS c
        JOIN order_ AS t ON t.subject = c.subject AND t.case_id = c.id
        JOIN subject AS s ON s.id = t.subject
        WHERE c.id = ?1 ORDER BY t.opened_at, t.id";
    LIST = "SELECT t.*, s.sealed_key FROM order_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE ?1 IS NULL OR t.state = ?1 ORDER BY t.opened_at DESC, t.id DESC LIMIT ?2";
    PAST = "SELECT t.*, s.sealed_key FROM order_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE t.state IN ('in-force', 'suspended') AND t.ends_on < ?1
            AND NOT EXISTS (SELECT 1 FROM step AS l WHERE l.subject = t.subject
                AND l.order_id = t.id AND l.verb = 'lift')
        ORDER BY t.ends_on, t.id LIMIT ?2";
}

/// The sealed half of an order.
#[derive(Serialize, Deserialize)]
struct Content {
    terms: Terms,
    reference: Option<String>,
}

impl Write<'_> {
    /// Writes a new order. Its `changes` count as 0.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] where the id is taken.
    pub async fn insert_order(
        &mut self,
        order: &OrderRow,
        event: &EventDraft,
    ) -> Result<(), StoreError> {
        let subject = self.read().seal_of(order.subject).await?;
        let content = keep(&subject, order)?;
        INSERT
            .query()
            .bind(order.subject.bytes())
            .bind(order.id.bytes())
            .bind(subject.kind.code())
            .bind(order.case.bytes())
            .bind(&order.terms.measure)
            .bind(&order.department)
            .bind(&order.region)
            .bind(&order.plugin)
            .bind(order.state.code())
            .bind(order.terms.starts_on.to_string())
            .bind(order.terms.ends_on.to_string())
            .bind(order.opened_at.as_millisecond())
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await
            .map_err(StoreError::inserting(&order.object()))?;
        self.changed(Kind::ORDER, order.object().id, None, event)
            .await
    }

    /// Writes the state of an order and the department's reference; its terms
    /// stay as they were made. Gives the row as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was changed since it was read.
    pub async fn update_order(
        &mut self,
        mut order: OrderRow,
        event: &EventDraft,
    ) -> Result<OrderRow, StoreError> {
        let object = order.object();
        let before = self.before(Kind::ORDER, &object.id).await?;
        let subject = self.read().seal_of(order.subject).await?;
        let content = keep(&subject, &order)?;
        let done = UPDATE
            .query()
            .bind(order.subject.bytes())
            .bind(order.id.bytes())
            .bind(order.changes)
            .bind(order.state.code())
            .bind(content.plain())
            .bind(content.sealed())
            .bind(event.at.as_millisecond())
            .execute(self.connection())
            .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict { object });
        }
        self.changed(Kind::ORDER, object.id, before, event).await?;
        order.changes += 1;
        order.updated_at = event.at;
        Ok(order)
    }
}

impl Read<'_> {
    /// An order.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn order(&mut self, id: OrderId) -> Result<Option<OrderRow>, StoreError> {
        let row = BY_ID
            .query()
            .bind(id.bytes())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| order_row(self.keys, &row)).transpose()
    }

    /// The orders of a case, in the order in which they were made.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn orders_of(&mut self, case: CaseId) -> Result<Vec<OrderRow>, StoreError> {
        let rows = OF_CASE
            .query()
            .bind(case.bytes())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| order_row(self.keys, row)).collect()
    }

    /// Orders, the newest first; those in one state, or all.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn orders(
        &mut self,
        state: Option<OrderState>,
        limit: u32,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let query = LIST.query().bind(state.map(OrderState::code)).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| order_row(self.keys, row)).collect()
    }

    /// Orders in force or suspended whose last day lies before `day`, and which
    /// have no step yet that lifts them.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn orders_past(
        &mut self,
        day: Date,
        limit: u32,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let query = PAST.query().bind(day.to_string()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| order_row(self.keys, row)).collect()
    }
}

fn keep(subject: &SubjectSeal, order: &OrderRow) -> Result<Kept, StoreError> {
    let content = Content {
        terms: order.terms.clone(),
        reference: order.reference.clone(),
    };
    subject.keep(place(&order.id), &content)
}

fn order_row(keys: &KeyRing, row: &SqliteRow) -> Result<OrderRow, StoreError> {
    let subject = SubjectSeal::of(keys, row)?;
    let id = row.id("id")?;
    let content: Content = subject.reveal(place(&id), &Kept::of(row, "content")?)?;
    Ok(OrderRow {
        subject: subject.id,
        id,
        case: row.id("case_id")?,
        department: row.plain("department")?,
        region: row.plain("region")?,
        plugin: row.plain("plugin")?,
        terms: content.terms,
        state: row.word("state", OrderState::from_code)?,
        reference: content.reference,
        opened_at: row.instant("opened_at")?,
        updated_at: row.instant("updated_at")?,
        changes: row.count("changes")?,
    })
}

fn place(id: &OrderId) -> Place<'_> {
    Place {
        table: "order_",
        row: id.bytes(),
        column: "content",
    }
}
