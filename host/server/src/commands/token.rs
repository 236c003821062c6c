//! `token issue`, `token list`, `token revoke`: who may upload into which feed.
//!
//! Always holds: a token is shown once, by the command that issues it.

use super::Desk;
use crate::{
    args::TokenCommand,
    tell::{moment, table},
};
use credence_api::{read, view::Tokens};
use credence_pipeline::Issued;
use credence_store::TokenRow;
use jiff::Timestamp;
use std::process::ExitCode;

pub(super) async fn run(command: TokenCommand, desk: &Desk) -> anyhow::Result<ExitCode> {
    let house = desk.house().await?;
    match command {
        TokenCommand::Issue { feed, days } => {
            let issued = house
                .issue_token(&feed.plugin, &feed.feed, days, &desk.actor)
                .await?;
            desk.seal(&house).await;
            desk.tell.show(&issued, words)?;
        }
        TokenCommand::List => desk.tell.show(&read::tokens(&house).await?, list)?,
        TokenCommand::Revoke { id } => {
            let row = house.revoke_token(id, &desk.actor).await?;
            desk.seal(&house).await;
            desk.tell
                .show(&row, |row| format!("{} opens nothing any more", row.id))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn words(issued: &Issued) -> String {
    let row = &issued.row;
    format!(
        "{}\n\nThis is shown once and kept nowhere. It opens {}/{} until {}; \
         `credence token revoke {}` ends it.",
        issued.token,
        row.plugin,
        row.feed,
        moment(row.expires_at),
        row.id
    )
}

fn list(tokens: &Tokens) -> String {
    if tokens.tokens.is_empty() {
        return "no tokens".to_owned();
    }
    let lines = tokens.tokens.iter().map(|row| {
        [
            row.id.to_string(),
            format!("{}/{}", row.plugin, row.feed),
            moment(row.issued_at),
            row.issued_by.clone(),
            moment(row.expires_at),
            state(row, tokens.at),
        ]
    });
    table(["token", "feed", "issued", "by", "expires", "state"], lines)
}

fn state(row: &TokenRow, now: Timestamp) -> String {
    match row.revoked_at {
        Some(at) => format!("revoked {}", moment(at)),
        None if row.expires_at <= now => "expired".to_owned(),
        None => "good".to_owned(),
    }
}
