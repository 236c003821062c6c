//! Uploads: a department's system sends a delivery and fetches what became of it.
//!
//! Comes in: a body of any size up to the house's limit, under a token. Goes out:
//! the report, or where it will be. Always holds: the token is asked for before a
//! byte of the body is read, and again for every answer about a delivery; nothing
//! is acknowledged before it is whole, on the disk and a row; the body is written
//! down as it comes and never held in memory. Deliberately absent: reading a
//! delivery, which the rounds of intake do.
//!
//! A crash during an upload leaves a partial file, which is removed; one after it
//! leaves a row that waits, which is read at the next start.

use crate::{
    problem::{Code, Problem},
    read,
    routes::{Answer, Asked, Desk, Name},
    view::ArrivalFile,
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use credence_domain::ids::{ArrivalId, DeliveryId};
use credence_pipeline::{Denied, House, PipelineError, report_header, report_rows};
use credence_store::{ArrivalState, TokenRow};
use http_body_util::{
    BodyExt as _,
    channel::{Channel, Sender},
};
use serde::{Deserialize, Serialize};
use std::{io, str::FromStr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long an upload waits for its report before it is told where it will be.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of the longest name of a delivery.
const LONGEST_NAME: usize = 200;

/// What the sender calls the delivery.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Called {
    name: Option<String>,
}

pub(crate) async fn upload(
    State(desk): State<Desk>,
    path: Result<Path<(String, String)>, PathRejection>,
    Asked(called): Asked<Called>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Path((plugin, feed)) =
        path.map_err(|error| Problem::new(Code::BadParameter, error.body_text()))?;
    let token = opened(&desk.house, &headers, (&plugin, &feed)).await?;
    if !desk.house.takes_uploads(&plugin, &feed) {
        let text = format!("the operator has not opened {plugin}/{feed} for uploads");
        return Err(Problem::new(Code::Forbidden, text));
    }
    let name = called.name.unwrap_or_else(|| "upload".to_owned());
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let text = format!("a name has at most {LONGEST_NAME} characters and no control character");
        return Err(Problem::new(Code::BadParameter, text));
    }
    refuse_too_large(&headers, desk.house.most_bytes())?;
    let mut upload = desk.house.begin_upload()?;
    let mut body = body;
    while let Some(frame) = body.frame().await {
        let cut_off = |_| Problem::new(Code::BadParameter, "the body was cut off; send it again");
        if let Some(bytes) = frame.map_err(cut_off)?.data_ref() {
            upload.write(bytes).await.map_err(PipelineError::from)?;
        }
    }
    let arrival = desk.house.uploaded(upload, name, &token).await?;
    // It is read even if the sender does not wait.
    let house = desk.house.clone();
    let reading = tokio::spawn(async move { house.read_uploads().await });
    // What went wrong stands in the row.
    let _ = timeout(PATIENCE, reading).await;
    let file = read::arrival(&desk.house, arrival.id).await?;
    Ok(answer(file))
}

/// The report where there is one, or where it will be.
fn answer(file: ArrivalFile) -> Response {
    let status = match file.arrival.state {
        ArrivalState::Waiting => StatusCode::ACCEPTED,
        ArrivalState::Read => StatusCode::OK,
        ArrivalState::Failed => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let place = format!("/feeds/arrivals/{}", file.arrival.id);
    let mut response = (status, Json(file)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

pub(crate) async fn arrival(
    State(desk): State<Desk>,
    Name(id): Name,
    headers: HeaderMap,
) -> Answer<impl Serialize> {
    let id: ArrivalId = id_of(&id)?;
    let shown = shown(&headers)?;
    let arrival = desk.house.arrival(id).await?;
    let feed = (arrival.plugin.as_str(), arrival.feed.as_str());
    allowed(&desk.house, shown, feed).await?;
    Ok(Json(read::arrival(&desk.house, id).await?))
}

pub(crate) async fn delivery(
    State(desk): State<Desk>,
    Name(id): Name,
    headers: HeaderMap,
) -> Answer<impl Serialize> {
    let id: DeliveryId = id_of(&id)?;
    let shown = shown(&headers)?;
    let report = desk.house.delivery_report(id).await?;
    let feed = (
        report.delivery.plugin.as_str(),
        report.delivery.feed.as_str(),
    );
    allowed(&desk.house, shown, feed).await?;
    Ok(Json(report))
}

/// All rejected rows, as CSV.
pub(crate) async fn report(
    State(desk): State<Desk>,
    Name(id): Name,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id: DeliveryId = id_of(&id)?;
    let shown = shown(&headers)?;
    let report = desk.house.delivery_report(id).await?;
    let feed = (
        report.delivery.plugin.as_str(),
        report.delivery.feed.as_str(),
    );
    allowed(&desk.house, shown, feed).await?;
    let (sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(send_report(desk.house.clone(), id, sender));
    let file = format!("attachment; filename=\"{id}.report.csv\"");
    let kind = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, file),
    ];
    Ok((kind, Body::new(body)).into_response())
}

/// Sends a report page by page, as fast as it is taken.
async fn send_report(house: Arc<House>, id: DeliveryId, mut to: Sender<Bytes, io::Error>) {
    if to.send_data(report_header().into()).await.is_err() {
        return;
    }
    let mut pages = house.report_pages(id);
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                if to.send_data(report_rows(&page).into()).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "a report was cut off");
                // Without an end, the receiver knows that it is not whole.
                return to.abort(io::Error::other("cut off"));
            }
        }
    }
}

fn refuse_too_large(headers: &HeaderMap, most: u64) -> Result<(), Problem> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > most => {
            let text = format!("the house takes at most {most} bytes at once: split the delivery");
            Err(Problem::new(Code::TooLarge, text))
        }
        _ => Ok(()),
    }
}

/// The token that a request shows.
fn shown(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(header::AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    token.ok_or_else(|| {
        let text = "send `Authorization: Bearer TOKEN` with a token that the operator issued";
        Problem::new(Code::Unauthorised, text)
    })
}

/// The token, where it opens this feed.
async fn opened(
    house: &House,
    headers: &HeaderMap,
    feed: (&str, &str),
) -> Result<TokenRow, Problem> {
    allowed(house, shown(headers)?, feed).await
}

async fn allowed(house: &House, shown: &str, feed: (&str, &str)) -> Result<TokenRow, Problem> {
    house.token_for(shown, feed).await?.map_err(|denied| {
        let code = match denied {
            Denied::OtherFeed => Code::Forbidden,
            Denied::Mistyped | Denied::Unknown | Denied::Expired | Denied::Revoked => {
                Code::Unauthorised
            }
        };
        Problem::new(code, denied.to_string())
    })
}

fn id_of<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|error: T::Err| Problem::new(Code::BadParameter, error.to_string()))
}
