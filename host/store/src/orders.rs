//! Orders: one measure, one subject, one department.
//!
//! Comes in: orders as `pipeline` resolved them. Goes out: orders. Always holds:
//! what the department is told and what the order knows lie sealed where the
//! subject is a person; an order is changed only as it was read. Deliberately
//! absent: its steps (`steps`), and what follows from what it knows (`domain`).

use crate::{
    columns::Columns,
    content::{Kept, SubjectSeal},
    entry::EventDraft,
    error::StoreError,
    insert::Value,
    keys::KeyRing,
    objects::Kind,
    rows::OrderRow,
    seal::Place,
    statements::statements,
    store::Read,
    update::Change,
    write::Write,
};
use credence_domain::{
    ids::{CaseId, OrderId, RecordId},
    order::{Order, OrderState, Terms},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

statements! {
    INSERT = "INSERT INTO order_ (subject, id, subject_kind, case_id, measure, department, region,
            plugin, state, starts_on, ends_on, lapses_on, opened_at, content, updated_at, changes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, coalesce(?14, ?15), ?16, 0)";
    UPDATE = "UPDATE order_ SET state = w.value ->> 'state', lapses_on = w.value ->> 'lapses_on',
            content = coalesce(w.value ->> 'content', unhex(w.value ->> 'content_hex')),
            updated_at = w.value ->> 'updated_at', changes = order_.changes + 1
        FROM jsonb_each(?1) AS w
        WHERE order_.id = unhex(w.value ->> 'id') AND order_.changes = w.value ->> 'changes'";
    BY_IDS = "SELECT t.*, s.sealed_key AS _sealed_key FROM json_each(?1) AS w CROSS JOIN order_ AS t
        CROSS JOIN subject AS s WHERE t.id = unhex(w.value) AND s.id = t.subject";
    OF_CASE = "SELECT t.*, s.sealed_key AS _sealed_key FROM case_ AS c
        JOIN order_ AS t ON t.subject = c.subject AND t.case_id = c.id
        JOIN subject AS s ON s.id = t.subject
        WHERE c.id = ?1 ORDER BY t.opened_at, t.id";
    OF_RECORDS = "SELECT t.*, s.sealed_key AS _sealed_key FROM json_each(?1) AS w CROSS JOIN record AS r
        CROSS JOIN case_ AS c CROSS JOIN order_ AS t CROSS JOIN subject AS s
        WHERE r.id = unhex(w.value) AND c.subject = r.subject AND c.record = r.id
            AND t.subject = c.subject AND t.case_id = c.id AND s.id = t.subject
        ORDER BY t.opened_at, t.id";
    STATES_OF_CASES = "SELECT c.id AS case_id, t.state FROM json_each(?1) AS w
        CROSS JOIN case_ AS c CROSS JOIN order_ AS t
        WHERE c.id = unhex(w.value) AND t.subject = c.subject AND t.case_id = c.id";
    LIST = "SELECT t.*, s.sealed_key AS _sealed_key FROM order_ AS t JOIN subject AS s ON s.id = t.subject
        WHERE ?1 IS NULL OR t.state = ?1 ORDER BY t.opened_at DESC, t.id DESC LIMIT ?2";
    LAPSED = "SELECT id FROM order_ WHERE lapses_on < ?1 ORDER BY lapses_on, id LIMIT ?2";
    NOTIFIED = "SELECT o.id FROM order_ AS o
        WHERE o.state = 'prepared' AND o.id > ?1 AND EXISTS (SELECT 1 FROM notice AS n
            WHERE n.subject = o.subject AND n.case_id = o.case_id AND n.receipt_on IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM step AS t
            WHERE t.subject = o.subject AND t.order_id = o.id)
        ORDER BY o.id LIMIT ?2";
}

/// The sealed half of an order.
#[derive(Serialize, Deserialize)]
struct Content {
    terms: Terms,
    course: Order,
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
            .bind(order.course.state.code())
            .bind(order.terms.starts_on.to_string())
            .bind(order.terms.ends_on.to_string())
            .bind(lapses_on(&order.course))
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

    /// Writes what orders know now and the department's references, each with an
    /// entry of its own; their terms stay as they were made. Gives the rows as they
    /// are now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one was changed since it was read; nothing of
    /// the set may be committed then.
    pub async fn update_orders(
        &mut self,
        orders: Vec<(OrderRow, EventDraft)>,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let subjects = orders.iter().map(|(order, _)| order.subject);
        let seals = self.read().seals(subjects).await?;
        let changes = orders.iter().map(|(order, event)| {
            let content = keep(&seals[&order.subject], order)?;
            Ok(Change {
                id: order.id.to_string(),
                changes: order.changes,
                columns: vec![
                    ("state", order.course.state.code().into()),
                    ("lapses_on", Value::or_null(lapses_on(&order.course))),
                    ("content", content.into()),
                ],
                event,
            })
        });
        let changes = changes.collect::<Result<Vec<_>, StoreError>>()?;
        self.update(Kind::ORDER, UPDATE, changes).await?;
        let now = |(order, event): (OrderRow, EventDraft)| OrderRow {
            changes: order.changes + 1,
            updated_at: event.at,
            ..order
        };
        Ok(orders.into_iter().map(now).collect())
    }
}

impl Read<'_> {
    /// An order.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where the subject's key was shredded.
    pub async fn order(&mut self, id: OrderId) -> Result<Option<OrderRow>, StoreError> {
        Ok(self.orders_by_ids([id]).await?.pop())
    }

    /// The orders with these ids, as far as there are any.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn orders_by_ids(
        &mut self,
        ids: impl IntoIterator<Item = OrderId>,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let query = BY_IDS.query().bind(list_of(ids)?);
        let rows = query.fetch_all(self.connection()).await?;
        self.order_rows(rows)
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
        self.order_rows(rows)
    }

    /// The orders of every case that rests on one of these records.
    ///
    /// # Errors
    /// [`StoreError::Erased`] where a subject's key was shredded.
    pub async fn orders_on(
        &mut self,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let query = OF_RECORDS.query().bind(list_of(records)?);
        let rows = query.fetch_all(self.connection()).await?;
        self.order_rows(rows)
    }

    /// Where the orders of each of these cases stand.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn order_states(
        &mut self,
        cases: impl IntoIterator<Item = CaseId>,
    ) -> Result<BTreeMap<CaseId, Vec<OrderState>>, StoreError> {
        let query = STATES_OF_CASES.query().bind(list_of(cases)?);
        let mut states: BTreeMap<CaseId, Vec<OrderState>> = BTreeMap::new();
        for row in query.fetch_all(self.connection()).await? {
            let state = row.word("state", OrderState::from_code)?;
            states.entry(row.id("case_id")?).or_default().push(state);
        }
        Ok(states)
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

    /// Orders whose last day lies before `day`, and which nothing has ended yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn lapsed_orders(
        &mut self,
        day: Date,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let query = LAPSED.query().bind(day.to_string()).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// Orders not carried out yet whose notice was received and whose first day is not
    /// certain, since they have no step, by id, behind `after`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn notified_orders(
        &mut self,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let after = after.as_ref().map_or(&[][..], OrderId::bytes);
        let query = NOTIFIED.query().bind(after).bind(limit);
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }
}

impl Read<'_> {
    fn order_rows(&mut self, rows: Vec<SqliteRow>) -> Result<Vec<OrderRow>, StoreError> {
        let orders = rows.iter().map(|row| order_row(self.keys, row));
        let orders: Vec<_> = orders.collect::<Result<_, _>>()?;
        let ids = orders.iter().map(|order| order.id.to_string());
        self.saw(Kind::ORDER, rows, ids)?;
        Ok(orders)
    }
}

/// Ids as a statement over a list takes them.
pub(crate) fn list_of(ids: impl IntoIterator<Item = impl ToString>) -> Result<String, StoreError> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    Ok(serde_json::to_string(&ids)?)
}

/// The last day, where the order still ends by itself.
fn lapses_on(course: &Order) -> Option<String> {
    let ends = !course.state.is_final() && course.ending.is_none();
    ends.then(|| course.ends.last_day().to_string())
}

fn keep(subject: &SubjectSeal, order: &OrderRow) -> Result<Kept, StoreError> {
    let content = Content {
        terms: order.terms.clone(),
        course: order.course.clone(),
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
        course: content.course,
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
