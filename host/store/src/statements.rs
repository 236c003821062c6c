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

    #[cfg(test)]
    fn text(self) -> &'static str {
        self.0
    }
}

/// Declares the statements of a room.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:literal;)*) => {
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
    use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr, SqliteConnection};
    use std::path::Path;

    /// Every room that declares statements.
    const ROOMS: &[(&str, &[(&str, Sql)])] = &[
        ("store", crate::store::STATEMENTS),
        ("write", crate::write::STATEMENTS),
        ("objects", crate::objects::STATEMENTS),
        ("set_rows", crate::set_rows::STATEMENTS),
        ("subjects", crate::subjects::STATEMENTS),
        ("persons", crate::persons::STATEMENTS),
        ("deliveries", crate::deliveries::STATEMENTS),
        ("ingest", crate::ingest::STATEMENTS),
        ("records", crate::records::STATEMENTS),
        ("cases", crate::cases::STATEMENTS),
        ("notices", crate::notices::STATEMENTS),
        ("orders", crate::orders::STATEMENTS),
        ("steps", crate::steps::STATEMENTS),
        ("journal", crate::journal::STATEMENTS),
        ("plugins", crate::plugins::STATEMENTS),
        ("sequencer", crate::sequencer::STATEMENTS),
        ("verify", crate::verify::STATEMENTS),
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
