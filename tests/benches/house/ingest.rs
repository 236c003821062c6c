//! Rows a second of a whole ingest, against plain multi-row inserts of what it
//! left.
//!
//! Always holds: the plain side writes the very rows that the house wrote about
//! subjects and records, all their columns, under the house's schema and indexes, in
//! as many transactions as the house's chunks, with the house's durability (WAL,
//! `synchronous=FULL`) and cache, by prepared statements of many rows. It does none
//! of the rest: no decoding, masking, sandbox, checks, binding, sealing, journal or
//! log.

use crate::{
    place::{Place, actor},
    rows::TRANSPORT,
    shown::{Comparison, Shown},
    target::Target,
};
use anyhow::ensure;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _,
    ValueRef as _,
    query::Query,
    sqlite::{
        Sqlite, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow,
        SqliteSynchronous,
    },
};
use std::{path::Path, time::Instant};

const ROWS: u32 = 20_000;
const ROUNDS: usize = 5;
/// Rows of one insert.
const AT_ONCE: usize = 100;
/// What an ingest writes about subjects and records.
const TABLES: [&str; 4] = ["subject", "subject_code", "record", "record_version"];

pub(crate) async fn measure(shown: &mut Shown) -> anyhow::Result<()> {
    let mut rounds = Vec::new();
    let bytes = encoding_rs::GB18030
        .encode(&TRANSPORT.text(ROWS))
        .0
        .into_owned();
    // The first round fills caches and is not kept.
    for round in 0..=ROUNDS {
        eprintln!("ingest, round {round} of {ROUNDS}");
        let place = Place::new().await?;
        let grant = crate::place::grant("transport")?;
        place.install("transport", &grant).await?;
        let file = place.dir.path().join("overloads.csv");
        std::fs::write(&file, &bytes)?;
        let began = Instant::now();
        let report = place
            .house
            .ingest(
                TRANSPORT.plugin,
                Some(TRANSPORT.feed),
                &file,
                &actor(),
                &|_| (),
            )
            .await?;
        let house = began.elapsed();
        ensure!(report.recorded == u64::from(ROWS), "{report:#?}");
        place.house.store().close().await;
        let plain = plain(&place.database(), place.dir.path()).await?;
        if round > 0 {
            let rate = |took: f64| f64::from(ROWS) / took;
            rounds.push((rate(house.as_secs_f64()), rate(plain)));
        }
    }
    shown.add(Comparison {
        what: format!("ingest of {ROWS} rows of transport, rows"),
        house: "the house, from the file to the log",
        plain: "prepared inserts of the same columns",
        target: Some(Target::AtLeast(0.4)),
        rounds,
    });
    Ok(())
}

/// One value of a row.
#[derive(Clone)]
enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A table's rows, and the statement that writes some of them.
struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// Seconds that writing the same rows takes.
async fn plain(source: &Path, dir: &Path) -> anyhow::Result<f64> {
    let mut from = SqliteConnection::connect_with(&options(source)).await?;
    let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM chunk")
        .fetch_one(&mut from)
        .await?;
    let chunks = usize::try_from(chunks)?.max(1);
    let mut tables = Vec::new();
    for name in TABLES {
        tables.push(read(&mut from, name).await?);
    }
    let schema: Vec<String> = sqlx::query_scalar(
        "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL
         AND tbl_name IN ('subject', 'subject_code', 'record', 'record_version')
         ORDER BY type DESC",
    )
    .fetch_all(&mut from)
    .await?;
    let mut to = SqliteConnection::connect_with(&options(&dir.join("plain.sqlite"))).await?;
    for statement in schema {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut to)
            .await?;
    }
    let began = Instant::now();
    for chunk in 0..chunks {
        let mut transaction = to.begin().await?;
        for table in &tables {
            let share = table.rows.len().div_ceil(chunks);
            let rows = table.rows.iter().skip(chunk * share).take(share);
            let rows: Vec<&Vec<Cell>> = rows.collect();
            for some in rows.chunks(AT_ONCE) {
                let sql = insert(table, some.len());
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for cell in some.iter().copied().flatten() {
                    query = bind(query, cell);
                }
                query.execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(began.elapsed().as_secs_f64())
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "8192")
}

async fn read(from: &mut SqliteConnection, name: &'static str) -> anyhow::Result<Table> {
    let sql = format!("SELECT * FROM {name} ORDER BY rowid");
    let found: Vec<SqliteRow> = sqlx::query(AssertSqlSafe(sql)).fetch_all(from).await?;
    let columns = found.first().map(|row| {
        let names = row.columns().iter();
        names.map(|column| column.name().to_owned()).collect()
    });
    let rows = found.iter().map(cells).collect::<Result<_, _>>()?;
    Ok(Table {
        name,
        columns: columns.unwrap_or_default(),
        rows,
    })
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len())
        .map(|at| {
            let raw = row.try_get_raw(at)?;
            // A NULL has the type of its column.
            let kind = match raw.is_null() {
                true => "NULL".to_owned(),
                false => raw.type_info().name().to_owned(),
            };
            Ok(match kind.as_str() {
                "INTEGER" => Cell::Integer(row.try_get_unchecked(at)?),
                "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
                "BLOB" => Cell::Blob(row.try_get_unchecked(at)?),
                _ => Cell::Null,
            })
        })
        .collect()
}

/// Equal texts share one prepared statement.
fn insert(table: &Table, rows: usize) -> String {
    let one = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let values = vec![one; rows].join(", ");
    let (name, columns) = (table.name, table.columns.join(", "));
    format!("INSERT INTO {name} ({columns}) VALUES {values}")
}

fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    cell: &'q Cell,
) -> Query<'q, Sqlite, SqliteArguments> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Integer(value) => query.bind(*value),
        Cell::Text(value) => query.bind(value.as_str()),
        Cell::Blob(value) => query.bind(value.as_slice()),
    }
}
