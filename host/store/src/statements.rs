//! How SQL stands in this crate: as constants, all of them known to one test.
//!
//! Comes in: text written in the source. Goes out: statements with bound values.
//! Always holds: SQL is never put together while running, and a statement that
//! does not fit the schema fails a test, since all of them are prepared there
//! against a migrated database. Deliberately absent: the statements themselves;
//! each stands in the room that asks it.

use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

/// A statement known when the program was built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(&'static str);

impl Sql {
    /// Only for the macro below, which is what makes a statement known.
    pub(crate) const fn known(text: &'static str) -> Self {
        Self(text)
    }

    /// The statement, to bind values to.
    pub(crate) fn query<'q>(self) -> Query<'q, Sqlite, SqliteArguments> {
        sqlx::query(self.0)
    }

    /// The columns of an insertion, in the order in which it takes their values.
    pub(crate) fn columns(self) -> impl Iterator<Item = &'static str> {
        let list = self
            .0
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        let names = list.map_or("", |(names, _)| names).split(',');
        names.map(str::trim)
    }

    #[cfg(test)]
    fn text(self) -> &'static str {
        self.0
    }
}

/// Declares the statements of a room.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* const $name: crate::statements::Sql = crate::statements::Sql::known($sql);)*

        /// All of the above, for the test that prepares them.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, crate::statements::Sql)] =
            &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::Sql;
    use crate::{KeyRing, Store};
    use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqlSafeStr, SqliteConnection};
    use std::path::Path;

    /// Every room that declares statements.
    const ROOMS: &[(&str, &[(&str, Sql)])] = &[
        ("store", crate::store::STATEMENTS),
        ("writer", crate::writer::STATEMENTS),
        ("entry", crate::entry::STATEMENTS),
        ("objects", crate::objects::STATEMENTS),
        ("set_rows", crate::set_rows::STATEMENTS),
        ("subjects", crate::subjects::STATEMENTS),
        ("register", crate::register::STATEMENTS),
        ("persons", crate::persons::STATEMENTS),
        ("deliveries", crate::deliveries::STATEMENTS),
        ("feeds", crate::feeds::STATEMENTS),
        ("arrivals", crate::arrivals::STATEMENTS),
        ("tokens", crate::tokens::STATEMENTS),
        ("ingest", crate::ingest::STATEMENTS),
        ("waiting", crate::waiting::STATEMENTS),
        ("records", crate::records::STATEMENTS),
        ("cases", crate::cases::STATEMENTS),
        ("notices", crate::notices::STATEMENTS),
        ("orders", crate::orders::STATEMENTS),
        ("steps", crate::steps::STATEMENTS),
        ("objections", crate::objections::STATEMENTS),
        ("stops", crate::stops::STATEMENTS),
        ("journal", crate::journal::STATEMENTS),
        ("plugins", crate::plugins::STATEMENTS),
        ("put_files", crate::put_files::STATEMENTS),
        ("entries", crate::entries::STATEMENTS),
        ("sequencer", crate::sequencer::STATEMENTS),
        ("verify", crate::verify::STATEMENTS),
        ("verify_rows", crate::verify_rows::STATEMENTS),
    ];

    #[tokio::test]
    async fn every_statement_fits_the_migrated_schema() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credence.db");
        let store = Store::open(&path, KeyRing::from_bytes(&[1; 32], &[2; 32]))
            .await
            .unwrap();
        let url = format!("sqlite://{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for (room, statements) in ROOMS {
            for (name, sql) in *statements {
                let text = AssertSqlSafe(sql.text()).into_sql_str();
                if let Err(error) = connection.prepare(text).await {
                    panic!("{room}::{name}: {error}");
                }
            }
        }
        store.close().await;
    }

    /// A set of ten thousand must not read a table ten thousand times: whatever is
    /// asked with a list walks the list and looks everything else up.
    #[tokio::test]
    async fn statements_over_a_list_look_rows_up_by_an_index() {
        // A handful of rows, and no index over their joined name.
        const SMALL: &[&str] = &["REVISION_BY_ID"];
        // A set of new parents: SQLite plans a look at their children, and skips it
        // as long as no violation of a foreign key is counted.
        const PARENTS: &[&str] = &["OPEN"];
        // Entries that wait to be sealed: few, and walked once for a whole list.
        const WALKED: &[&str] = &["NEWEST_PENDING_OF_OBJECTS", "NEWEST_PENDING_OF_CALLS"];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credence.db");
        let keys = KeyRing::from_bytes(&[1; 32], &[2; 32]);
        Store::open(&path, keys).await.unwrap().close().await;
        let url = format!("sqlite://{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let mut seen = 0;
        for (room, statements) in ROOMS {
            for (name, sql) in *statements {
                let asks_list =
                    sql.text().contains("json_each(") || sql.text().contains("jsonb_each(");
                let excepted = [SMALL, PARENTS, WALKED]
                    .iter()
                    .any(|list| list.contains(name));
                if !asks_list || excepted {
                    continue;
                }
                seen += 1;
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.text()));
                let plan = sqlx::query(explain)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
                let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
                let scans = plan.iter().filter(|line| line.starts_with("SCAN"));
                let tables: Vec<_> = scans
                    .filter(|line| {
                        !["w", "given", "json_each", "jsonb_each"]
                            .iter()
                            .any(|list| line.split_whitespace().nth(1) == Some(list))
                    })
                    .collect();
                assert!(
                    tables.is_empty(),
                    "{room}::{name} reads whole tables: {plan:#?}"
                );
            }
        }
        assert!(seen > 20, "only {seen} statements take lists");
    }

    /// What keeps the list above whole: no source file asks the database but by
    /// the macro, and every file with the macro is in the list.
    #[test]
    fn no_statement_is_left_out() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut with_statements = Vec::new();
        for entry in std::fs::read_dir(sources).unwrap() {
            let path = entry.unwrap().path();
            let room = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if room == "statements" {
                continue;
            }
            assert!(path.is_file(), "{room}: look into folders here too");
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for other_way in [
                "sqlx::query",
                "sqlx::raw_sql",
                "query_as(",
                "QueryBuilder",
                "Sql::known",
            ] {
                assert!(!code.contains(other_way), "{room} asks by {other_way}");
            }
            if code.contains("statements! {") {
                assert_eq!(code.matches("statements! {").count(), 1, "{room}");
                with_statements.push(room);
            }
        }
        let mut listed: Vec<_> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
        listed.sort();
        with_statements.sort();
        assert_eq!(listed, with_statements);
    }
}
