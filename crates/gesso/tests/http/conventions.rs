//! What holds for every request: spec 01.

use crate::fixture::films;
use crate::harness::{JSON, Reply, TestServer, check};
use crate::jobs_stage::EXECUTE;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// A `GET` of a path as it is, without the normalization of a client library.
fn get_raw(s: &TestServer, path: &str) -> (u16, String) {
    let (head, body) =
        exchange(s, &format!("GET {path} HTTP/1.1\r\nHost: gesso\r\nConnection: close\r\n\r\n"));
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"), body)
}

fn exchange(s: &TestServer, request: &str) -> (String, String) {
    use std::io::{Read, Write};
    let mut stream =
        std::net::TcpStream::connect(s.url().trim_start_matches("http://")).expect("a connection");
    stream.write_all(request.as_bytes()).expect("a sent request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

fn allowed(reply: &Reply) -> Vec<String> {
    let text = reply.headers.get("Allow").and_then(|v| v.to_str().ok()).unwrap_or("");
    text.split(',').map(|m| m.trim().to_owned()).collect()
}

#[test]
fn c01_01_an_unknown_route_is_404_with_the_error_body() {
    let s = TestServer::start();
    films(&s);
    for path in
        ["/nope", "/ges/v1.0/p1/graphs/films/nope", "/ges/v9.0/p1/graphs/films/summary", "/v1.0/p1/films"]
    {
        let message = check(s.get(path), 404, "GES.8000");
        assert_eq!(message, format!("no such resource: GET {path}"));
    }
    for path in
        ["/ges/v1.0/p1/graphs//summary", "/ges/v1.0//graphs/films/summary", "/ges/v1.0/p1/graphs/%FF/summary"]
    {
        let (status, body) = get_raw(&s, path);
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}: {body}"));
        assert_eq!((status, &body["errorCode"]), (404, &json!("GES.8000")), "{path}: {body}");
    }
}

#[test]
fn c01_01_a_wrong_method_is_405_with_allow() {
    let s = TestServer::start();
    let g = films(&s);
    for (method, tail, expected) in [
        ("PUT", "/vertices", "POST"),
        ("GET", "/action?action_id=execute-algorithm", "POST"),
        ("POST", "/summary", "GET"),
        ("PATCH", "/jobs/x", "DELETE"),
        ("POST", "", "DELETE"),
    ] {
        let reply = s.send(method, &g.path(tail), &[JSON], Some(b"{}"));
        let methods = allowed(&reply);
        assert!(methods.iter().any(|m| m == expected), "{method} {tail}: {methods:?}");
        assert!(!methods.iter().any(|m| m == method), "{method} {tail}: {methods:?}");
        check(reply, 405, "GES.8000");
    }
}

#[test]
fn c01_01_segments_are_decoded_once_and_may_end_in_a_slash() {
    let s = TestServer::start();
    let g = films(&s);
    for id in ["a/b", "a%2Fb", "é ü", "x,y", "?&=#"] {
        g.post("/vertices", json!({"vertex": id})).expect(200);
        g.delete(&format!("/vertices/{}", crate::harness::encoded(id))).expect(200);
    }
    assert_eq!(g.counts(), (5, 4));
    g.get("/summary/").expect(200);
    s.get("/ges/v1.0/p1/graphs/").expect(200);
    for project in ["p%20q", "%C3%A9", &"p".repeat(65)] {
        check(s.get(&format!("/ges/v1.0/{project}/graphs")), 400, "GES.8005");
    }
}

#[test]
fn c01_02_the_content_type_is_json_or_missing() {
    let s = TestServer::start();
    let g = films(&s);
    let mut n = 0;
    let mut add = |headers: &[(&str, &str)]| {
        n += 1;
        let body = json!({"vertex": format!("v{n}")}).to_string();
        s.send("POST", &g.path("/vertices"), headers, Some(body.as_bytes()))
    };
    add(&[]).expect(200);
    for accepted in ["application/json", "application/json;charset=utf8", "Application/JSON; charset=UTF-8"] {
        add(&[("Content-Type", accepted)]).expect(200);
    }
    for refused in ["text/xml", "text/plain", "application/x-www-form-urlencoded", "json"] {
        let message = check(add(&[("Content-Type", refused)]), 400, "GES.8000");
        assert!(message.contains("Content-Type") && message.contains(refused), "{message}");
    }
    assert_eq!(g.counts(), (9, 4));
}

#[test]
fn c01_03_a_body_that_is_no_object_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    let paths = ["/vertices", "/edges/action?action_id=batch-add", EXECUTE].map(|tail| g.path(tail));
    for path in paths.iter().map(String::as_str).chain(["/ges/v1.0/p1/graphs"]) {
        for body in ["{\"vertex\": ", "[{\"vertex\": \"x\"}]", "", "null", "7", "{} {}"] {
            check(s.send("POST", path, &[JSON], Some(body.as_bytes())), 400, "GES.8000");
        }
    }
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn c01_13_numbers_and_flags_may_be_texts() {
    let s = TestServer::start();
    let g = films(&s);
    let query =
        json!({"labels": ["person"], "limit": "2", "offset": "1", "priority": "7", "timeout": "30.5"});
    let outputs = g.outputs("/vertices/action?action_id=query", query);
    assert_eq!(outputs["vertices"].as_array().map(Vec::len), Some(2));
    for (flag, directed) in [("TRUE", true), ("False", false), ("true", true), ("fAlSe", false)] {
        let rank = |directed: Value| {
            let parameters = json!({"directed": directed, "max_iterations": "100", "alpha": "0.85"});
            g.outputs(EXECUTE, json!({"algorithmName": "pagerank", "parameters": parameters}))["pagerank"]
                .take()
        };
        assert_eq!(rank(json!(flag)), rank(json!(directed)));
    }
    let batch = json!({"vertices": [{"vertex": "ana", "label": "person", "properties": {"age": ["32"]}}],
        "overrideExists": "TRUE"});
    g.post("/vertices/action?action_id=batch-add", batch).expect(200);
    assert_eq!(g.vertex("ana")["properties"]["age"], json!([32]));
    let edges = json!({"edges": [{"source": "ana", "target": "new"}], "createNotExists": "True"});
    g.post("/edges/action?action_id=batch-add", edges).expect(200);
    let missing = json!({"vertices": ["nobody"], "ignoreError": "TRUE"});
    g.post("/vertices/action?action_id=batch-delete", missing).expect(200);
    let counted = g.get("/summary?label_details=TRUE").expect(200);
    assert!(counted["data"]["labelDetails"].is_object(), "{counted}");
    for wrong in ["yes", "1", ""] {
        let body = json!({"vertices": ["ana"], "ignoreError": wrong});
        check(g.post("/vertices/action?action_id=batch-delete", body), 400, "GES.8000");
    }
    assert_eq!(g.counts(), (6, 5));
}

#[test]
fn c01_16_while_it_shuts_down_the_server_answers_503() {
    let s = TestServer::start();
    let g = films(&s);
    s.app().stop();
    for reply in [g.get("/summary"), g.post("/vertices", json!({"vertex": "x"})), s.get("/health/ready")] {
        assert!(reply.headers.contains_key("Retry-After"));
        check(reply, 503, "GES.8602");
    }
    s.get("/health/live").expect(200);
    let s = s.restart();
    assert_eq!(s.named("films").counts(), (5, 4));
}

/// Lines of the log that are about [`LOGGED_ID`].
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
const LOGGED_ID: &str = "request-c01-22";

struct Lines;

impl std::io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains(LOGGED_ID) {
            LOG.lock().unwrap_or_else(PoisonError::into_inner).push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn c01_22_the_request_id_is_echoed_and_logged() {
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Lines).finish();
    tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in these tests");
    let s = TestServer::start();
    let g = films(&s);
    let with_id = |path: &str| s.send("GET", path, &[("X-Request-Id", LOGGED_ID)], None);
    for (path, status) in
        [(g.path("/summary"), 200), (s.named("nowhere").path("/summary"), 400), ("/nope".into(), 404)]
    {
        let reply = with_id(&path);
        assert_eq!((reply.status, reply.headers["X-Request-Id"].as_bytes()), (status, LOGGED_ID.as_bytes()));
    }
    let lines = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(lines.iter().any(|l| l.contains("/summary") && l.contains("status=200")), "{lines:?}");
    // An id of the server's own where none was given.
    let made = [g.get("/summary"), g.get("/summary")].map(|r| r.headers["X-Request-Id"].clone());
    assert!(made[0] != made[1] && made[0].len() >= 16);
}
