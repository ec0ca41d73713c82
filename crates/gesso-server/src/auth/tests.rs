//! Items of the conformance checklist of spec 01 that authentication answers for.

use super::test_dir::TestDir;
use super::tokens_api::{check_at, create_at, revoke_text};
use super::{Auth, AuthSettings, Secret, UserStore};
use crate::http::route::Answer;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::fmt::{Debug, Write as _};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const NOW_MS: u64 = 1_795_428_000_000;
const PASSWORD: &str = "correct horse battery";

/// A directory with the user `ann`, who may use `p1` and `p2`.
fn start() -> (TestDir, Auth) {
    let dir = TestDir::new();
    let mut users = UserStore::open(dir.path()).unwrap();
    let projects = ["p1".to_owned(), "p2".to_owned()];
    users.add("ann", &Secret::new(PASSWORD), &projects, &["GES Manager".to_owned()]).unwrap();
    let auth = Auth::open(dir.path(), AuthSettings::default()).unwrap();
    (dir, auth)
}

fn body(name: &str, password: &str, scope: Value) -> serde_json::Map<String, Value> {
    let user = json!({"name": name, "password": password, "domain": {"name": "acme"}});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let Value::Object(map) = json!({"auth": {"identity": identity, "scope": scope}}) else { unreachable!() };
    map
}

fn p1() -> Value {
    json!({"project": {"name": "p1"}})
}

/// Status, token and body of a login.
fn login(auth: &Auth, name: &str, password: &str, scope: Value) -> (u16, String, Value) {
    let now_ms = super::now_ms();
    opened(create_at(auth, &body(name, password, scope), None, Instant::now(), now_ms).unwrap())
}

fn opened(answer: Answer) -> (u16, String, Value) {
    let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes).unwrap();
    match answer {
        Answer::Created("x-subject-token", token, body) => (201, token, parse(body)),
        Answer::Json(body) => (200, String::new(), parse(body)),
        Answer::Status(status, body) => (status, String::new(), parse(body)),
        Answer::Empty => (204, String::new(), Value::Null),
        _ => unreachable!(),
    }
}

/// Status, code and message of a request with a token.
fn ask(auth: &Auth, token: &str, project: &str) -> (u16, &'static str, String) {
    ask_at(auth, token, project, super::now_ms())
}

fn ask_at(auth: &Auth, token: &str, project: &str, now_ms: u64) -> (u16, &'static str, String) {
    let mut headers = HeaderMap::new();
    if !token.is_empty() {
        headers.insert("x-auth-token", HeaderValue::from_str(token).unwrap());
    }
    match auth.authorize_at(&headers, Some(project), now_ms) {
        Ok(()) => (200, "", String::new()),
        Err(e) => (e.http_status(), e.code.text(), e.message),
    }
}

#[test]
fn c01_06_a_password_gets_a_token_that_survives_a_restart() {
    let (dir, auth) = start();
    let answer = create_at(&auth, &body("ann", PASSWORD, p1()), None, Instant::now(), NOW_MS).unwrap();
    let (status, _, body) = opened(answer);
    assert_eq!(status, 201);
    let token = &body["token"];
    assert_eq!(token["issued_at"], "2026-11-23T10:00:00.000Z");
    assert_eq!(token["expires_at"], "2026-11-24T10:00:00.000Z");
    assert_eq!(token["methods"], json!(["password"]));
    assert_eq!(token["project"]["id"], "p1");
    assert_eq!(token["user"]["name"], "ann");
    assert_eq!(token["user"]["domain"]["name"], "acme");
    assert_eq!(token["roles"][0]["name"], "GES Manager");
    assert_eq!(token["catalog"], json!([]));

    let (_, text, _) = login(&auth, "ann", PASSWORD, p1());
    assert_eq!(ask(&auth, &text, "p1").0, 200);
    drop(auth);
    let auth = Auth::open(dir.path(), AuthSettings::default()).unwrap();
    assert_eq!(ask(&auth, &text, "p1").0, 200);
    assert!(auth.first_password().is_none());
}

#[test]
fn c01_07_wrong_password_and_unknown_user_look_alike_and_the_eleventh_waits() {
    let (_dir, auth) = start();
    let start = Instant::now();
    let peer = Some(IpAddr::from([192, 0, 2, 7]));
    let attempt = |name: &str, password: &str, peer, now| {
        let (status, _, body) =
            opened(create_at(&auth, &body(name, password, p1()), peer, now, NOW_MS).unwrap());
        (status, body)
    };
    let wrong = attempt("ann", "wrong password", peer, start);
    assert_eq!(wrong, attempt("nobody", "wrong password", peer, start));
    assert_eq!(wrong.0, 401);
    assert_eq!(wrong.1["error"]["title"], "Unauthorized");
    for n in 2..10 {
        assert_eq!(attempt(&format!("user {n}"), "wrong password", peer, start).0, 401);
    }
    assert_eq!(attempt("ann", PASSWORD, peer, start).0, 429);
    let other = Some(IpAddr::from([192, 0, 2, 8]));
    assert_eq!(attempt("ann", PASSWORD, other, start).0, 201);
    assert_eq!(attempt("ann", PASSWORD, peer, start + Duration::from_mins(1)).0, 201);
}

#[test]
fn c01_09_missing_expired_revoked_and_made_up_tokens_are_refused() {
    let (_dir, auth) = start();
    let invalid = (401, "GES.8007", "token is invalid or has expired".to_owned());
    assert_eq!(ask(&auth, "", "p1"), (401, "GES.8007", "X-Auth-Token is missing".to_owned()));
    assert_eq!(ask(&auth, "made-up", "p1"), invalid);
    let (_, text, _) = login(&auth, "ann", PASSWORD, p1());
    let day_later = super::now_ms() + 86_400_000;
    assert_eq!(ask_at(&auth, &text, "p1", day_later), invalid);
    assert_eq!(opened(check_at(&auth, &text, super::now_ms())).2["token"]["user"]["name"], "ann");
    assert_eq!(opened(revoke_text(&auth, &text).unwrap()).0, 204);
    assert_eq!(ask(&auth, &text, "p1"), invalid);
    assert_eq!(opened(revoke_text(&auth, &text).unwrap()).0, 404);
    assert_eq!(opened(check_at(&auth, &text, super::now_ms())).0, 404);
}

#[test]
fn c01_10_a_token_is_for_its_project_alone() {
    let (_dir, auth) = start();
    let (_, text, _) = login(&auth, "ann", PASSWORD, p1());
    let refused = "project p2 can not be accessed with this token".to_owned();
    assert_eq!(ask(&auth, &text, "p2"), (403, "GES.8006", refused));
    let (status, _, body) = login(&auth, "ann", PASSWORD, json!({"project": {"id": "p3"}}));
    assert_eq!((status, &body["error"]["title"]), (403, &json!("Forbidden")));
}

#[test]
fn c01_11_a_domain_token_opens_no_project() {
    let (_dir, auth) = start();
    for scope in [json!({"domain": {"name": "acme"}}), Value::Null] {
        let (status, text, body) = login(&auth, "ann", PASSWORD, scope);
        assert_eq!(status, 201);
        assert!(body["token"].get("project").is_none());
        assert_eq!(ask(&auth, &text, "p1").0, 403);
    }
}

/// Writes down every event at every level, with all fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut |field: &tracing::field::Field, value: &dyn Debug| {
            _ = write!(self.0.lock().unwrap(), "{}={value:?} ", field.name());
        });
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn c01_17_no_credential_appears_in_a_log_an_answer_or_debug_output() {
    let recorder = Recorder::default();
    let wrong = "a-wrong-password";
    // With a single dispatcher alive, an event that another test's thread meets first is cached as
    // unwanted, since that thread has none; with two, both are asked.
    let (dispatch, _second) =
        (tracing::Dispatch::new(recorder.clone()), tracing::Dispatch::new(Recorder::default()));
    let (text, auth, _dir) = tracing::dispatcher::with_default(&dispatch, || {
        let (dir, auth) = start();
        let (_, text, _) = login(&auth, "ann", PASSWORD, p1());
        let (_, _, refused) = login(&auth, wrong, wrong, p1());
        assert!(!refused.to_string().contains(wrong));
        assert!(!ask(&auth, &text, "p2").2.contains(&text));
        (text, auth, dir)
    });
    let log = recorder.0.lock().unwrap().clone();
    assert!(log.contains("token issued") && log.contains("login refused"), "{log}");
    let debug = format!("{auth:?}");
    for credential in [PASSWORD, wrong, &text] {
        assert!(!log.contains(credential), "{log}");
        assert!(!debug.contains(credential), "{debug}");
    }
}

#[test]
fn the_first_start_makes_an_administrator_once() {
    let dir = TestDir::new();
    let auth = Auth::open(dir.path(), AuthSettings::default()).unwrap();
    let password = auth.first_password().unwrap();
    assert!(auth.is_on() && !format!("{auth:?}").contains(&password));
    assert_eq!(login(&auth, "admin", &password, json!({"project": {"id": "any"}})).0, 201);
    drop(auth);
    assert!(Auth::open(dir.path(), AuthSettings::default()).unwrap().first_password().is_none());
}

#[test]
fn tokens_end_with_the_password_and_with_the_user() {
    let (dir, auth) = start();
    let mut users = UserStore::open(dir.path()).unwrap();
    let (_, first, _) = login(&auth, "ann", PASSWORD, p1());
    users.set_password("ann", &Secret::new("another password")).unwrap();
    assert_eq!(login(&auth, "ann", PASSWORD, p1()).0, 401);
    assert_eq!(ask(&auth, &first, "p1").0, 401);
    let (_, second, _) = login(&auth, "ann", "another password", p1());
    assert_eq!(ask(&auth, &second, "p1").0, 200);
    users.remove("ann").unwrap();
    auth.refresh().unwrap();
    assert_eq!(ask(&auth, &second, "p1").0, 401);
}

#[test]
fn a_user_may_be_named_by_id() {
    let (dir, auth) = start();
    let id = UserStore::open(dir.path()).unwrap().get("ann").unwrap().id.clone();
    let user = json!({"id": id, "password": PASSWORD});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let Value::Object(body) = json!({"auth": {"identity": identity, "scope": p1()}}) else { unreachable!() };
    let answer = create_at(&auth, &body, None, Instant::now(), NOW_MS).unwrap();
    assert_eq!(opened(answer).2["token"]["user"]["domain"]["name"], "gesso");
}

#[test]
fn malformed_requests_name_the_field() {
    let auth = Auth::off();
    let user = json!({"name": "ann", "password": PASSWORD});
    let password = |user: &Value, scope: Value| json!({"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope});
    for (given, expected) in [
        (json!(null), "[auth] is required"),
        (json!([]), "[auth] is invalid"),
        (json!({"identity": {}}), "[auth.identity.methods] is required"),
        (json!({"identity": {"methods": ["hw_access_key"]}}), "[hw_access_key] is not supported"),
        (json!({"identity": {"methods": ["totp"]}}), "expected [\"password\"]"),
        (password(&json!({"password": "x"}), p1()), "user.name] is required"),
        (password(&json!({"name": "ann"}), p1()), "user.password] is required"),
        (password(&json!({"name": "ann", "password": "x".repeat(2000)}), p1()), "longer than 1024 bytes"),
        (password(&user, json!({"system": 1})), "expected project or domain"),
        (password(&user, json!({"project": {}})), "[auth.scope.project.id] is required"),
        (password(&user, json!({"project": {"id": "a/b"}})), "[auth.scope.project] is invalid"),
    ] {
        let Value::Object(body) = json!({"auth": given}) else { unreachable!() };
        let (status, _, body) = opened(create_at(&auth, &body, None, Instant::now(), NOW_MS).unwrap());
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{expected}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn with_authentication_off_logins_work_and_nothing_is_checked() {
    let auth = Auth::off();
    assert!(!auth.is_on());
    let (status, text, body) = login(&auth, "anybody", "anything", p1());
    assert_eq!((status, text.len()), (201, 64));
    assert_eq!(body["token"]["project"]["name"], "p1");
    assert_eq!(ask(&auth, "", "p9").0, 200);
    assert_eq!(opened(revoke_text(&auth, &text).unwrap()).0, 204);
    assert_eq!(opened(check_at(&auth, &text, NOW_MS)).0, 404);
}
