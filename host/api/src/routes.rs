//! The paths, and what each answers.
//!
//! Comes in: a request from this machine. Goes out: a view as JSON, or a problem.
//! Always holds: the router is built from one table, so a path that is not in it
//! cannot exist, and a test holds the table against a reviewed list.
//! Deliberately absent: a path that changes anything but by an upload (`uploads`).

use crate::{
    nearby::asks_from_nearby,
    problem::{Code, Problem},
    read, uploads,
};
use axum::{
    Json, Router,
    extract::{
        FromRequestParts, Path, Query, Request, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderName, HeaderValue, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use credence_domain::{case::CaseState, order::OrderState};
use credence_pipeline::{Actor, House};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) house: Arc<House>,
    /// In whose name look-ups enter the log.
    pub(crate) actor: Actor,
}

type Route = (&'static str, fn() -> MethodRouter<Desk>);

const ROUTES: [Route; 14] = [
    ("/health", || get(health)),
    ("/subjects/{code}", || get(subject)),
    ("/cases", || get(cases)),
    ("/cases/{case}", || get(case)),
    ("/orders", || get(orders)),
    ("/orders/{order}", || get(order)),
    ("/plugins", || get(plugins)),
    ("/plugins/{plugin}", || get(plugin)),
    ("/audit/head", || get(head)),
    ("/feeds", || get(feeds)),
    ("/feeds/{plugin}/{feed}", || post(uploads::upload)),
    ("/feeds/arrivals/{id}", || get(uploads::arrival)),
    ("/feeds/deliveries/{id}", || get(uploads::delivery)),
    ("/feeds/deliveries/{id}/report", || get(uploads::report)),
];

/// Every path there is.
pub fn routes() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|(path, _)| *path)
}

pub(crate) fn router(desk: Desk) -> Router {
    ROUTES
        .iter()
        .fold(Router::new(), |router, (path, handler)| {
            router.route(path, handler())
        })
        .fallback(async || {
            let paths: Vec<_> = routes().collect();
            Problem::new(Code::NoRoute, format!("the paths are {}", paths.join(", ")))
        })
        .method_not_allowed_fallback(async || {
            Problem::new(
                Code::ReadOnly,
                "ask with GET; the command line changes things, and an upload is POST /feeds/{plugin}/{feed}",
            )
        })
        .with_state(desk)
        .layer(middleware::from_fn(nearby_only))
}

/// Refuses what web pages send, and lets no answer be kept or guessed at.
async fn nearby_only(request: Request, next: Next) -> Response {
    let mut response = match asks_from_nearby(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => Problem::new(Code::NotNearby, why).into_response(),
    };
    let kept = [
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ];
    for (name, value) in kept {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(crate) type Answer<T> = Result<Json<T>, Problem>;

async fn health(State(desk): State<Desk>) -> Answer<impl Serialize> {
    Ok(Json(read::health(&desk.house).await?))
}

async fn subject(
    State(desk): State<Desk>,
    Name(code): Name,
    Asked(asked): Asked<Purpose>,
) -> Answer<impl Serialize> {
    let file = desk
        .house
        .look(&code, asked.purpose.as_deref(), &desk.actor)
        .await?;
    Ok(Json(file))
}

async fn cases(State(desk): State<Desk>, Asked(asked): Asked<InState>) -> Answer<impl Serialize> {
    let state = asked.read(CaseState::from_code)?;
    Ok(Json(read::cases(&desk.house, state).await?))
}

async fn case(State(desk): State<Desk>, Name(name): Name) -> Answer<impl Serialize> {
    Ok(Json(read::case(&desk.house, &name).await?))
}

async fn orders(State(desk): State<Desk>, Asked(asked): Asked<InState>) -> Answer<impl Serialize> {
    let state = asked.read(OrderState::from_code)?;
    Ok(Json(read::orders(&desk.house, state).await?))
}

async fn order(State(desk): State<Desk>, Name(name): Name) -> Answer<impl Serialize> {
    Ok(Json(read::order(&desk.house, &name).await?))
}

async fn plugins(State(desk): State<Desk>) -> Answer<impl Serialize> {
    Ok(Json(read::plugins(&desk.house).await?))
}

async fn plugin(State(desk): State<Desk>, Name(name): Name) -> Answer<impl Serialize> {
    Ok(Json(read::plugin(&desk.house, &name).await?))
}

async fn head(State(desk): State<Desk>) -> Answer<impl Serialize> {
    Ok(Json(read::head(&desk.house).await?))
}

async fn feeds(State(desk): State<Desk>) -> Answer<impl Serialize> {
    Ok(Json(read::feeds(&desk.house).await?))
}

/// Why a subject is looked up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Purpose {
    purpose: Option<String>,
}

/// Only those in one state.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InState {
    state: Option<String>,
}

impl InState {
    fn read<T>(&self, from_code: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(word) = &self.state else {
            return Ok(None);
        };
        let state = from_code(word);
        let unknown = || Problem::new(Code::BadParameter, format!("there is no state `{word}`"));
        state.map(Some).ok_or_else(unknown)
    }
}

/// The one part of a path that names something.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::from_request_parts(parts, state).await;
        read.map(|Path(name)| Self(name))
            .map_err(|error: PathRejection| Problem::new(Code::BadParameter, error.body_text()))
    }
}

/// The query of a request.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(asked)| Self(asked))
            .map_err(|error: QueryRejection| Problem::new(Code::BadParameter, error.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_are_the_reviewed_ones() {
        let golden = [
            "/health",
            "/subjects/{code}",
            "/cases",
            "/cases/{case}",
            "/orders",
            "/orders/{order}",
            "/plugins",
            "/plugins/{plugin}",
            "/audit/head",
            "/feeds",
            "/feeds/{plugin}/{feed}",
            "/feeds/arrivals/{id}",
            "/feeds/deliveries/{id}",
            "/feeds/deliveries/{id}/report",
        ];
        assert_eq!(routes().collect::<Vec<_>>(), golden);
    }
}
