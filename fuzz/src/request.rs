//! Any request to a server: paths, queries, filters and JSON bodies. The first byte chooses the endpoint, the
//! rest is the query up to a line end, and the body. No answer is an internal error.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use gesso_server::http::dispatch;
use gesso_server::routes::ROUTES;
use gesso_server::{Server, Settings};
use gesso_store::Disk;
use gesso_store::disk::sim::SimFs;
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

struct Fixture {
    _server: Server,
    router: Router,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = Settings {
        data_dir: dir.path().join("data"),
        disk: Disk::of(Arc::new(SimFs::new(0))),
        ..Settings::default()
    };
    let server = Server::open(settings).expect("a server");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let router = dispatch::router(server.app().clone());
    let fixture = Fixture { _server: server, router, runtime, _dir: dir };
    send(&fixture, "POST", "/ges/v1.0/p/graphs", br#"{"graphName":"films"}"#);
    let label = br#"{"name":"person","properties":[{"name":"age","dataType":"int"}]}"#;
    send(&fixture, "POST", "/ges/v1.0/p/graphs/films/schema/labels", label);
    for id in ["a", "b"] {
        let vertex = format!(r#"{{"vertex":"{id}","label":"person","properties":{{"age":3}}}}"#);
        send(&fixture, "POST", "/ges/v1.0/p/graphs/films/vertices", vertex.as_bytes());
    }
    fixture
});

fn send(fixture: &Fixture, method: &str, uri: &str, body: &[u8]) -> Option<StatusCode> {
    let request = Request::builder().method(method).uri(uri).header("Content-Type", "application/json");
    let request = request.body(Body::from(body.to_vec())).ok()?;
    let router = fixture.router.clone();
    fixture.runtime.block_on(async { router.oneshot(request).await.ok().map(|answer| answer.status()) })
}

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let route = &ROUTES[usize::from(*choice) % ROUTES.len()];
    if route.operation == "delete_graph" {
        return;
    }
    let (query, body) = rest.split_at(rest.iter().position(|b| *b == b'\n').unwrap_or(0));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let path = route.path.replace("{project_id}", "p").replace("{graph_name}", "films");
    let path = path.replace("{vertex_id}", "a").replace("{label_name}", "person").replace("{job_id}", "0");
    let action = route.actions.first().map_or(String::new(), |a| format!("action_id={a}&"));
    let query: String =
        query.iter().filter(|b| b.is_ascii_graphic() && **b != b'#').map(|b| char::from(*b)).collect();
    let status = send(&FIXTURE, route.method, &format!("{path}?{action}{query}"), body);
    assert_ne!(status, Some(StatusCode::INTERNAL_SERVER_ERROR), "{} {path}", route.method);
}
