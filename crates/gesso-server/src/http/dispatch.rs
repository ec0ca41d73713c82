//! From a request on a socket to a handler and back.
//!
//! The router is built from the table of routes. For each request: stopping? who asks? which action? the
//! body; then the handler, on the thread that its route asks for. A panic in a handler is that request's
//! alone.

use super::body;
use super::call::Call;
use super::route::{Answer, Route, Runs};
use crate::app::App;
use crate::error::ApiError;
use crate::routes::{ROUTES, is_open};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, Query, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use gesso_core::{Code, panic_text};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The parts of a path, decoded; an error if one is not UTF-8.
type Params = Result<RawPathParams, RawPathParamsRejection>;

/// The routes of one path and method.
type Choices = &'static [&'static Route];

/// A part of a path that the path itself spells: (name, value).
type Fixed = Option<(&'static str, &'static str)>;

/// The router over the whole table.
pub fn router(app: App) -> Router {
    let mut paths: BTreeMap<&'static str, BTreeMap<&'static str, Vec<&'static Route>>> = BTreeMap::new();
    for route in ROUTES {
        paths.entry(route.path).or_default().entry(route.method).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, methods) in &paths {
        let mut service = MethodRouter::new();
        for (method, routes) in methods {
            service = service.merge(endpoint(method, routes, None));
        }
        for (other, theirs) in &paths {
            let Some(fixed) = fixed_part(path, other) else { continue };
            for (method, routes) in theirs.iter().filter(|(method, _)| !methods.contains_key(*method)) {
                service = service.merge(endpoint(method, routes, Some(fixed)));
            }
        }
        router = router.route(path, service.clone());
        if !path.ends_with('/') {
            router = router.route(&format!("{path}/"), service);
        }
    }
    router
        .method_not_allowed_fallback(wrong_method)
        .fallback(no_route)
        .with_state(app)
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .layer(axum::middleware::from_fn(with_request_id))
}

fn endpoint(method: &str, routes: &[&'static Route], fixed: Fixed) -> MethodRouter<App> {
    // The table lives as long as the process.
    let choices: Choices = Vec::leak(routes.to_vec());
    let handler = move |State(app): State<App>, params: Params, request: Request| {
        serve(app, choices, fixed, params, request)
    };
    on(method_filter(method), handler)
}

/// What `path` spells where `other` has a name: `/vertices/detail` is one of `/vertices/{vertex_id}`, too, and
/// a vertex may have the id `detail`. None if the two differ in anything else.
fn fixed_part(path: &'static str, other: &'static str) -> Fixed {
    if path.split('/').count() != other.split('/').count() {
        return None;
    }
    let mut unequal = path.split('/').zip(other.split('/')).filter(|(own, their)| own != their);
    let (own, their) = unequal.next()?;
    let name = their.strip_prefix('{')?.strip_suffix('}')?;
    (unequal.next().is_none() && !own.starts_with('{')).then_some((name, own))
}

fn method_filter(method: &str) -> MethodFilter {
    match method {
        "GET" => MethodFilter::GET,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::POST,
    }
}

async fn with_request_id(mut request: Request, next: axum::middleware::Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).filter(|id| id.len() <= 128).cloned();
    let made =
        || HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-"));
    let id = given.unwrap_or_else(made);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

async fn no_route(request: Request) -> Response {
    let (head, payload) = request.into_parts();
    body::discard(payload).await;
    let (method, path) = (head.method, head.uri.path());
    ApiError::new(Code::Malformed, format!("no such resource: {method} {path}")).status(404).into_response()
}

async fn wrong_method(request: Request) -> Response {
    let (head, payload) = request.into_parts();
    body::discard(payload).await;
    let (method, path) = (head.method, head.uri.path());
    ApiError::new(Code::Malformed, format!("method {method} is not allowed on {path}"))
        .status(405)
        .into_response()
}

async fn serve(app: App, choices: Choices, fixed: Fixed, params: Params, request: Request) -> Response {
    let started = Instant::now();
    let id = request.headers().get(&REQUEST_ID).cloned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut operation = choices.first().map_or("", |r| r.operation);
    let parts = parts(params.as_ref().ok(), fixed);
    let response = match answer(&app, choices, parts, request, &mut operation).await {
        Ok(answer) => shape(answer),
        Err(e) => e.into_response(),
    };
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    app.metrics.served(operation, status, elapsed);
    let request_id = id.as_ref().and_then(|v| v.to_str().ok()).unwrap_or_default();
    // The query is left out: it may hold values of users. Paths hold ids, which logs may show.
    tracing::info!(request_id, %method, path, operation, status, elapsed_us = elapsed.as_micros() as u64, "request");
    response
}

async fn answer(
    app: &App,
    choices: Choices,
    parts: Result<Vec<(String, String)>, ApiError>,
    request: Request,
    operation: &mut &'static str,
) -> Result<Answer, ApiError> {
    let (head, payload) = request.into_parts();
    let admitted = parts.and_then(|path| admit(app, choices, path, &head));
    let (path, query, route) = match admitted {
        Ok(admitted) => admitted,
        Err(refused) => {
            body::discard(payload).await;
            return Err(refused);
        }
    };
    *operation = route.operation;
    let (body, text) = read_body(route, &head.headers, payload).await?;
    let url = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let may_wait = matches!(route.runs, Runs::Blocking | Runs::Parsing);
    let headers = head.headers;
    let call = Call { route, path, query, body, text, url, headers, peer, may_wait, replay: None };
    run(app, call).await
}

/// What a request is, as far as it shows without its body.
type Admitted = (Vec<(String, String)>, Map<String, Value>, &'static Route);

fn admit(
    app: &App,
    choices: Choices,
    path: Vec<(String, String)>,
    head: &Parts,
) -> Result<Admitted, ApiError> {
    let open = choices.iter().all(|r| is_open(r, app.config.protect_meta));
    if app.is_stopping() && !open {
        return Err(ApiError::new(Code::EngineUnavailable, "server is shutting down").retry_after(5));
    }
    if !open {
        let project = path.iter().find(|p| p.0 == "project_id").map(|p| p.1.as_str());
        check_project(project)?;
        app.auth.authorize(&head.headers, project)?;
    }
    let query = query(&head.uri)?;
    let route = choose(choices, &query)?;
    Ok((path, query, route))
}

fn parts(params: Option<&RawPathParams>, fixed: Fixed) -> Result<Vec<(String, String)>, ApiError> {
    let Some(params) = params else {
        return Err(ApiError::new(Code::Malformed, "no such resource: path is not UTF-8").status(404));
    };
    let all: Vec<_> = params.iter().chain(fixed).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    match all.iter().find(|p| p.1.is_empty()) {
        None => Ok(all),
        Some((name, _)) => {
            Err(ApiError::new(Code::Malformed, format!("no such resource: path part [{name}] is empty"))
                .status(404))
        }
    }
}

fn check_project(project: Option<&str>) -> Result<(), ApiError> {
    let fits = |p: &str| {
        (1..=64).contains(&p.len())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    match project.filter(|p| !fits(p)) {
        None => Ok(()),
        Some(p) => {
            let shown: String = p.chars().take(80).collect();
            let text = format!(
                "parameter [project_id] value [{shown}] is invalid, expected 1 to 64 letters, digits, _ or -"
            );
            Err(ApiError::new(Code::Parameter, text))
        }
    }
}

/// The parameters of a query, decoded; of a repeated one the first.
pub fn query(uri: &axum::http::Uri) -> Result<Map<String, Value>, ApiError> {
    let pairs: Query<Vec<(String, String)>> =
        Query::try_from_uri(uri).map_err(|_| ApiError::new(Code::Malformed, "query is malformed"))?;
    let mut map = Map::new();
    for (name, value) in pairs.0 {
        map.entry(name).or_insert(Value::String(value));
    }
    Ok(map)
}

/// The route of an action; the only one where the path has none.
fn choose(choices: Choices, query: &Map<String, Value>) -> Result<&'static Route, ApiError> {
    let missing = || ApiError::new(Code::Malformed, "no such resource").status(404);
    let first = choices.first().ok_or_else(missing)?;
    if first.actions.is_empty() {
        return Ok(first);
    }
    let action = query.get("action_id").and_then(Value::as_str).unwrap_or_default();
    let found = choices.iter().find(|r| r.actions.iter().any(|a| a.eq_ignore_ascii_case(action)));
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = choices.iter().flat_map(|r| r.actions).copied().collect();
        let shown: String = action.chars().take(80).collect();
        let text = format!("parameter [action_id] value [{shown}] is invalid, expected {}", known.join(", "));
        ApiError::new(Code::Malformed, text)
    })
}

async fn read_body(
    route: &Route,
    headers: &header::HeaderMap,
    payload: Body,
) -> Result<(Map<String, Value>, Bytes), ApiError> {
    if route.body.is_empty() {
        body::discard(payload).await;
        return Ok((Map::new(), Bytes::new()));
    }
    if route.runs == Runs::Parsing {
        return Ok((Map::new(), body::text(headers, payload).await?));
    }
    Ok((body::object(headers, payload, false).await?, Bytes::new()))
}

/// Failures of operations on graphs of the database edition say so in one more member: spec 03, 1.3.
async fn run(app: &App, call: Call) -> Result<Answer, ApiError> {
    let graph = app.catalogue.get(call.project(), call.part("graph_name"));
    let is_database = graph.is_some_and(|graph| graph.info().sort_key().is_some());
    let done = handled(app, call).await;
    if is_database { done.map_err(ApiError::result_failed) } else { done }
}

async fn handled(app: &App, call: Call) -> Result<Answer, ApiError> {
    let handler = call.route.handler;
    let first = match call.route.runs {
        Runs::Inline => guarded(|| handler(app, &call))?,
        Runs::Blocking | Runs::Parsing => waiting(app, call).await?,
        Runs::Brief => match guarded(|| handler(app, &call))? {
            Answer::Busy => waiting(app, Call { may_wait: true, ..call }).await?,
            done => done,
        },
    };
    match first {
        Answer::Later(later) => later.await,
        now => Ok(now),
    }
}

/// What a handler gives on a thread that may wait.
async fn waiting(app: &App, call: Call) -> Result<Answer, ApiError> {
    let (app, handler) = (app.clone(), call.route.handler);
    let done = tokio::task::spawn_blocking(move || guarded(|| handler(&app, &call))).await;
    done.map_err(|e| ApiError::internal(Code::Malformed, &e))?
}

/// Runs a handler; a panic becomes an error with an id to find it in the log.
fn guarded(handler: impl FnOnce() -> Result<Answer, ApiError>) -> Result<Answer, ApiError> {
    catch_unwind(AssertUnwindSafe(handler))
        .unwrap_or_else(|panic| Err(ApiError::internal(Code::Malformed, &panic_text(&*panic))))
}

/// A body that grows as events come.
struct EventBody(tokio::sync::mpsc::Receiver<Vec<u8>>);

impl futures_core::Stream for EventBody {
    type Item = Result<Vec<u8>, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|event| event.map(Ok))
    }
}

fn shape(answer: Answer) -> Response {
    const JSON: (HeaderName, HeaderValue) =
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match answer {
        Answer::Json(body) => ([JSON], body).into_response(),
        Answer::Status(status, body) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), [JSON], body)
                .into_response()
        }
        Answer::Text(kind, body) => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
        }
        Answer::Created(name, value, body) => {
            let header = (
                HeaderName::from_static(name),
                HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("")),
            );
            (StatusCode::CREATED, [JSON, header], body).into_response()
        }
        Answer::Events(source, events) => {
            // Ends by itself: when its reader has gone, and when the server stops.
            tokio::spawn(source);
            const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
            const FRESH: HeaderValue = HeaderValue::from_static("no-store");
            let head = [(header::CONTENT_TYPE, EVENTS), (header::CACHE_CONTROL, FRESH)];
            (head, Body::from_stream(EventBody(events))).into_response()
        }
        Answer::Empty => StatusCode::NO_CONTENT.into_response(),
        // Answers are waited for before they are shaped.
        Answer::Later(_) | Answer::Busy => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
