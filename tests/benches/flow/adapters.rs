//! Rows a second of each adapter: through the host, and the same code compiled
//! natively.
//!
//! Always holds: both sides get the same chunks and hand the same carry on; the
//! host's side is a call as ingest makes it, limits and checks on, its journal
//! encoded and thrown away.

use crate::{
    place::{component, grant},
    rows::{FEEDS, Feed},
    shown::{Comparison, Shown},
    unused::Unused,
};
use anyhow::bail;
use credence_domain::ids::CallId;
use credence_plugin_host::{
    FolderOutbox, Host, HttpEgress, Revision,
    call::{Answer, Chunk, Ended, Function},
    grant::Grant,
    ports::Ports,
};
use credence_sdk::contract::{
    feeds::{self, Guest as _},
    types::{Date, Moment},
};
use jiff::civil::{DateTime, date};
use std::{sync::Arc, time::Instant};
use uuid::Uuid;

/// Rows of one delivery.
const ROWS: u32 = 10_000;
const ROUNDS: usize = 15;
/// Bytes of a chunk, as the house cuts.
const PIECE: usize = 512 * 1024;
const MOMENT: DateTime = date(2026, 11, 23).at(9, 30, 0, 0);

pub(crate) async fn measure(shown: &mut Shown) -> anyhow::Result<()> {
    let host = Host::start(4)?;
    for feed in FEEDS {
        eprintln!("adapter of {}", feed.plugin);
        let granted = Grant::parse("grant", &grant(feed.plugin)?)?;
        let revision = host.admit(component(feed.plugin)?, &granted).await?;
        let ports = Arc::new(Ports {
            journal: Arc::new(Unused),
            vault: Arc::new(Unused),
            egress: Arc::new(HttpEgress::new()?),
            outbox: Arc::new(FolderOutbox::new(Arc::new(Unused))),
        });
        let text = feed.text(ROWS);
        let pieces = cut(&text);
        let mut rounds = Vec::new();
        // The first round fills caches and is not kept.
        for round in 0..=ROUNDS {
            let hosted = rate(hosted(&revision, &ports, feed, &pieces)).await?;
            let native = rate(async { native(feed, &pieces) }).await?;
            if round > 0 {
                rounds.push((hosted, native));
            }
        }
        shown.add(Comparison {
            what: format!("{} of {}, rows", feed.feed, feed.plugin),
            house: "component, through the host",
            plain: "the same parser, native",
            target: None,
            rounds,
        });
    }
    Ok(())
}

/// Statements a second.
async fn rate(work: impl Future<Output = anyhow::Result<usize>>) -> anyhow::Result<f64> {
    let began = Instant::now();
    let lines = work.await?;
    let took = began.elapsed();
    if lines != ROWS as usize {
        bail!("{lines} statements came of {ROWS} rows");
    }
    Ok(f64::from(ROWS) / took.as_secs_f64())
}

fn cut(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

async fn hosted(
    revision: &Revision,
    ports: &Arc<Ports>,
    feed: Feed,
    pieces: &[&str],
) -> anyhow::Result<usize> {
    let (mut first_row, mut carry, mut count) = (1, String::new(), 0);
    for (index, piece) in pieces.iter().enumerate() {
        let function = Function::Normalise(Chunk {
            feed: feed.feed.to_owned(),
            delivery: "bench".to_owned(),
            received_at: MOMENT,
            text: (*piece).to_owned(),
            first_row,
            carry,
            last: index + 1 == pieces.len(),
        });
        let call = CallId(Uuid::from_u128(index as u128 + 1));
        let prepared = revision.prepare(call, MOMENT, &function);
        match revision.call(ports, prepared).await.ended {
            Ended::Answered(Answer::Normalised {
                lines,
                rows,
                carry: next,
            }) => {
                count += lines.len();
                first_row += rows;
                carry = next;
            }
            other => bail!("{}: {other}", feed.plugin),
        }
    }
    Ok(count)
}

fn native(feed: Feed, pieces: &[&str]) -> anyhow::Result<usize> {
    let normalise: fn(feeds::Chunk) -> Result<feeds::Normalised, feeds::FeedError> =
        match feed.plugin {
            "tax" => credence_plugin_tax::Tax::normalise,
            "customs" => credence_plugin_customs::Customs::normalise,
            "transport" => credence_plugin_transport::Transport::normalise,
            "housing" => credence_plugin_housing::Housing::normalise,
            other => bail!("no plugin `{other}`"),
        };
    let (mut first_row, mut carry, mut count) = (1, String::new(), 0);
    for (index, piece) in pieces.iter().enumerate() {
        let chunk = feeds::Chunk {
            feed: feed.feed.to_owned(),
            delivery: "bench".to_owned(),
            received_at: Moment {
                date: Date {
                    year: 2026,
                    month: 11,
                    day: 23,
                },
                hour: 9,
                minute: 30,
                second: 0,
            },
            text: (*piece).to_owned(),
            first_row,
            carry,
            last: index + 1 == pieces.len(),
        };
        match normalise(chunk) {
            Ok(normalised) => {
                count += normalised.lines.len();
                first_row += normalised.rows;
                carry = normalised.carry;
            }
            Err(error) => bail!("{}: {error:?}", feed.plugin),
        }
    }
    Ok(count)
}
