//! What carrying orders out writes, made by nothing but prepared statements.
//!
//! Comes in: a copy of a house's database from before its orders went out, and the
//! database as that house left it. Goes out: the same rows in the same tables, under
//! the same keys, indexes and checks, with the same durability. Always holds: a value
//! is bound for every column, many rows at a time; nothing is read, decided, sealed or
//! committed to. Deliberately absent: the requests (`orders`).

use anyhow::ensure;
use sqlx::{
    AssertSqlSafe, Connection as _, FromRow, Sqlite, SqliteConnection, Transaction,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::path::Path;

/// Entries that the sequencer takes at once.
const SEALED_AT_ONCE: i64 = 1024;

/// What was written of one order.
pub(crate) struct Written {
    row: Row,
    /// Of the claim, and of the outcome.
    entries: [Vec<Entry>; 2],
}

#[derive(FromRow)]
struct Row {
    key: String,
    step: String,
    order_id: Vec<u8>,
    order_: String,
    case_id: Vec<u8>,
    case_: String,
    subject: Vec<u8>,
    at: i64,
    lapses_on: Option<String>,
    claimed_by: String,
    call: Vec<u8>,
    plugin: String,
    digest: String,
    contract: String,
    head: Vec<u8>,
    record: Vec<u8>,
}

#[derive(FromRow)]
struct Entry {
    event: Vec<u8>,
    published: Vec<u8>,
    sealed: Vec<u8>,
    object_kind: String,
    object_id: String,
    call: Option<Vec<u8>>,
}

type Bound = Query<'static, Sqlite, SqliteArguments>;

/// As the house opens its database.
async fn open(path: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "8192");
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// The database of a house as it is now, in another file.
pub(crate) async fn copy(house: &Path, to: &Path) -> anyhow::Result<()> {
    let mut from = open(house).await?;
    let sql = format!("VACUUM INTO '{}'", to.display());
    sqlx::query(AssertSqlSafe(sql)).execute(&mut from).await?;
    Ok(from.close().await?)
}

impl Written {
    /// Of every order that a house carried out.
    pub(crate) async fn read(house: &Path) -> anyhow::Result<Vec<Self>> {
        let mut from = open(house).await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.key, t.content AS step, o.id AS order_id, o.content AS order_,
                c.id AS case_id, c.content AS case_, t.subject, t.updated_at AS at, o.lapses_on,
                'the house' AS claimed_by, a.id AS call, a.plugin, a.digest, a.contract, a.head,
                a.record
            FROM call AS a CROSS JOIN step AS t ON t.key = a.object_id
                CROSS JOIN order_ AS o ON o.subject = t.subject AND o.id = t.order_id
                CROSS JOIN case_ AS c ON c.subject = o.subject AND c.id = o.case_id
            WHERE a.function = 'apply' ORDER BY t.key",
        )
        .fetch_all(&mut from)
        .await?;
        let mut written = Vec::with_capacity(rows.len());
        for row in rows {
            let mut entries: Vec<Entry> = sqlx::query_as(
                "SELECT event, published, sealed, object_kind, object_id, call FROM audit_entry
                WHERE object_id IN (?1, lower(hex(?2)), lower(hex(?3))) ORDER BY idx DESC LIMIT 6",
            )
            .bind(&row.key)
            .bind(&row.order_id)
            .bind(&row.case_id)
            .fetch_all(&mut from)
            .await?;
            ensure!(
                entries.len() == 6,
                "{} entries of {}",
                entries.len(),
                row.key
            );
            let claim = entries.split_off(3);
            written.push(Self {
                row,
                entries: [claim, entries],
            });
        }
        Ok(written)
    }
}

/// The database that the same is written to.
pub(crate) struct Plain(SqliteConnection);

impl Plain {
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self(open(path).await?))
    }

    /// In one durable transaction: the outcomes of some orders and the claims of others.
    pub(crate) async fn write(
        &mut self,
        outcomes: &[Written],
        claims: &[Written],
    ) -> anyhow::Result<()> {
        let mut to = self.0.begin().await?;
        if !outcomes.is_empty() {
            close_calls(&mut to, outcomes).await?;
            move_rows(&mut to, outcomes, true).await?;
        }
        if !claims.is_empty() {
            open_calls(&mut to, claims).await?;
            move_rows(&mut to, claims, false).await?;
        }
        let entries: Vec<&Entry> = outcomes
            .iter()
            .flat_map(|order| &order.entries[1])
            .chain(claims.iter().flat_map(|order| &order.entries[0]))
            .collect();
        let into =
            "INSERT INTO audit_pending (event, published, sealed, object_kind, object_id, call)";
        let entry = |query: Bound, entry: &&Entry| {
            query
                .bind(entry.event.clone())
                .bind(entry.published.clone())
                .bind(entry.sealed.clone())
                .bind(entry.object_kind.clone())
                .bind(entry.object_id.clone())
                .bind(entry.call.clone())
        };
        insert(&mut to, into, 6, &entries, entry).await?;
        Ok(to.commit().await?)
    }

    /// Gives entries their places and writes the hashes of as many nodes, as often as
    /// the house signs.
    pub(crate) async fn seal(&mut self) -> anyhow::Result<()> {
        loop {
            let mut to = self.0.begin().await?;
            let size: i64 = sqlx::query_scalar("SELECT max(idx) + 1 FROM audit_entry")
                .fetch_one(&mut *to)
                .await?;
            let hashes: i64 = sqlx::query_scalar("SELECT max(number) + 1 FROM audit_hash")
                .fetch_one(&mut *to)
                .await?;
            let taken = sqlx::query(
                "INSERT INTO audit_entry (idx, event, published, sealed, object_kind, object_id, call)
                SELECT ?1 + row_number() OVER (ORDER BY seq) - 1, event, published, sealed,
                    object_kind, object_id, call FROM audit_pending ORDER BY seq LIMIT ?2",
            )
            .bind(size)
            .bind(SEALED_AT_ONCE)
            .execute(&mut *to)
            .await?
            .rows_affected();
            if taken == 0 {
                return Ok(());
            }
            sqlx::query("DELETE FROM audit_pending WHERE seq IN (SELECT seq FROM audit_pending ORDER BY seq LIMIT ?1)")
                .bind(SEALED_AT_ONCE)
                .execute(&mut *to)
                .await?;
            let numbers: Vec<i64> = (hashes..).take(2 * taken as usize).collect();
            let hash = |query: Bound, number: &i64| query.bind(*number).bind(vec![7_u8; 32]);
            insert(
                &mut to,
                "INSERT INTO audit_hash (number, hash)",
                2,
                &numbers,
                hash,
            )
            .await?;
            to.commit().await?;
        }
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(self.0.close().await?)
    }
}

/// Inserts rows, at most 128 in one statement.
async fn insert<T>(
    to: &mut Transaction<'_, Sqlite>,
    into: &str,
    columns: usize,
    rows: &[T],
    bind: impl Fn(Bound, &T) -> Bound,
) -> anyhow::Result<()> {
    for rows in rows.chunks(128) {
        let sql = format!("{into} VALUES {}", values(columns, rows.len()));
        let query = rows.iter().fold(sqlx::query(AssertSqlSafe(sql)), &bind);
        query.execute(&mut **to).await?;
    }
    Ok(())
}

fn values(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

async fn open_calls(to: &mut Transaction<'_, Sqlite>, orders: &[Written]) -> anyhow::Result<()> {
    let into = "INSERT INTO call (id, subject, plugin, digest, contract, function, object_kind,
        object_id, started_at, state, head)";
    let call = |query: Bound, Written { row, .. }: &Written| {
        query
            .bind(row.call.clone())
            .bind(row.subject.clone())
            .bind(row.plugin.clone())
            .bind(row.digest.clone())
            .bind(row.contract.clone())
            .bind("apply")
            .bind("step")
            .bind(row.key.clone())
            .bind(row.at)
            .bind("open")
            .bind(row.head.clone())
    };
    insert(to, into, 11, orders, call).await?;
    let into = "INSERT INTO effect_intent (call, step_key, asking)";
    let intent = |query: Bound, Written { row, .. }: &Written| {
        query.bind(row.call.clone()).bind(row.key.clone()).bind(0)
    };
    insert(to, into, 3, orders, intent).await
}

async fn close_calls(to: &mut Transaction<'_, Sqlite>, orders: &[Written]) -> anyhow::Result<()> {
    let set = "UPDATE call SET state = 'closed', outcome = 'answered', left_house = 1,
        closed_at = w.column2, record = w.column3 FROM (VALUES {}) AS w WHERE id = w.column1";
    let close = |query: Bound, row: &Row| {
        query
            .bind(row.call.clone())
            .bind(row.at)
            .bind(row.record.clone())
    };
    update(to, set, 3, orders, close).await
}

async fn move_rows(
    to: &mut Transaction<'_, Sqlite>,
    orders: &[Written],
    done: bool,
) -> anyhow::Result<()> {
    let set = match done {
        true => {
            "UPDATE step SET state = 'executed', due_at = NULL, claimed_by = NULL,
            lease_until = NULL, call = w.column3, content = w.column4, updated_at = w.column5,
            changes = changes + 1 FROM (VALUES {}) AS w WHERE key = w.column1"
        }
        false => {
            "UPDATE step SET state = 'claimed', due_at = NULL, claimed_by = w.column2,
            lease_until = w.column5, call = w.column3, content = w.column4,
            updated_at = w.column5, changes = changes + 1
            FROM (VALUES {}) AS w WHERE key = w.column1"
        }
    };
    let step = |query: Bound, row: &Row| {
        query
            .bind(row.key.clone())
            .bind(row.claimed_by.clone())
            .bind(row.call.clone())
            .bind(row.step.clone())
            .bind(row.at)
    };
    update(to, set, 5, orders, step).await?;
    let set = match done {
        true => {
            "UPDATE order_ SET state = 'in-force', lapses_on = w.column2, content = w.column3,
            updated_at = w.column4, changes = changes + 1
            FROM (VALUES {}) AS w WHERE id = w.column1"
        }
        false => {
            "UPDATE order_ SET lapses_on = w.column2, content = w.column3,
            updated_at = w.column4, changes = changes + 1
            FROM (VALUES {}) AS w WHERE id = w.column1"
        }
    };
    let order = |query: Bound, row: &Row| {
        query
            .bind(row.order_id.clone())
            .bind(row.lapses_on.clone())
            .bind(row.order_.clone())
            .bind(row.at)
    };
    update(to, set, 4, orders, order).await?;
    let set = match done {
        true => {
            "UPDATE case_ SET state = 'answered', content = w.column2, updated_at = w.column3,
            changes = changes + 1 FROM (VALUES {}) AS w WHERE id = w.column1"
        }
        false => {
            "UPDATE case_ SET state = 'dispatched', content = w.column2,
            updated_at = w.column3, changes = changes + 1
            FROM (VALUES {}) AS w WHERE id = w.column1"
        }
    };
    let case = |query: Bound, row: &Row| {
        query
            .bind(row.case_id.clone())
            .bind(row.case_.clone())
            .bind(row.at)
    };
    update(to, set, 3, orders, case).await
}

/// Changes the rows of orders by one statement.
async fn update(
    to: &mut Transaction<'_, Sqlite>,
    set: &str,
    columns: usize,
    orders: &[Written],
    bind: impl Fn(Bound, &Row) -> Bound,
) -> anyhow::Result<()> {
    let sql = set.replace("{}", &values(columns, orders.len()));
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = orders
        .iter()
        .fold(query, |query, order| bind(query, &order.row));
    let changed = query.execute(&mut **to).await?.rows_affected();
    ensure!(changed == orders.len() as u64, "{changed} rows changed");
    Ok(())
}
