//! A client of a server's HTTP API: what the commands, the tour and the benchmarks speak.

mod jobs;
mod rows;

pub use jobs::JobStatus;
pub use rows::{Outputs, cell_text};

use gesso_core::json;
use serde_json::Value;
use std::time::Duration;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

/// Longest that an answer may take to begin, and to end. Status requests wait for at most 60 s of it.
const ANSWER_SECONDS_MAX: u64 = 24 * 3600;

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No answer.
    #[error("cannot reach `{url}`: {source}")]
    Unreachable {
        /// The address of the request.
        url: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// The server refused it.
    #[error("{status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The answer is not what this version knows.
    #[error("answer of `{url}` lacks `{field}`")]
    Unexpected {
        /// The address of the request.
        url: String,
        /// What was looked for.
        field: &'static str,
    },
}

/// A connection pool to one server, for one graph of one project. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    url: String,
    token: Option<String>,
    project: String,
    graph: String,
}

impl Client {
    /// A client of the server at `url`, such as `http://127.0.0.1:8480`.
    pub fn new(url: &str, token: Option<String>, project: &str, graph: &str) -> Client {
        let config = Agent::config_builder()
            // Refusals have a body that says why.
            .http_status_as_error(false)
            // Not one for the whole call: that would look up the server's name in a thread of its own each time.
            .timeout_recv_response(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
            .timeout_recv_body(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
            .build();
        Client {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            token,
            project: project.to_owned(),
            graph: graph.to_owned(),
        }
    }

    /// The same server and project, another graph.
    pub fn with_graph(&self, graph: &str) -> Client {
        Client { graph: graph.to_owned(), ..self.clone() }
    }

    /// Reads; `path` is below the graph's.
    pub fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.accepted("GET", &self.of_graph(path), None)
    }

    /// Sends a body; `path` is below the graph's.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.accepted("POST", &self.of_graph(path), Some(body.to_string()))
    }

    /// [`Client::post`] of a body that is written already, with the text of the answer as it came.
    pub fn post_text(&self, path: &str, body: &str) -> Result<String, ClientError> {
        match self.exchange("POST", &self.of_graph(path), Some(body))? {
            (200..=299, answer) => Ok(answer),
            (status, answer) => Err(refusal(status, &json::stored(answer.as_bytes()).unwrap_or(Value::Null))),
        }
    }

    /// Deletes; `path` is below the graph's.
    pub fn delete(&self, path: &str) -> Result<Value, ClientError> {
        self.accepted("DELETE", &self.of_graph(path), None)
    }

    /// Makes the graph, empty.
    pub fn create_graph(&self) -> Result<(), ClientError> {
        let url = format!("{}/ges/v1.0/{}/graphs", self.url, self.project);
        self.accepted("POST", &url, Some(serde_json::json!({"graphName": self.graph}).to_string())).map(drop)
    }

    fn of_graph(&self, path: &str) -> String {
        format!("{}/ges/v1.0/{}/graphs/{}/{path}", self.url, self.project, self.graph)
    }

    /// The body of an answer that is no refusal.
    fn accepted(&self, method: &str, url: &str, body: Option<String>) -> Result<Value, ClientError> {
        match self.send(method, url, body)? {
            (200..=299, answer) => Ok(answer),
            (status, answer) => Err(refusal(status, &answer)),
        }
    }

    /// The lines of an answer that comes bit by bit, for as long as it takes.
    fn lines(&self, url: &str) -> Result<impl Iterator<Item = std::io::Result<String>>, ClientError> {
        let failed = |e: ureq::Error| ClientError::Unreachable { url: url.to_owned(), source: Box::new(e) };
        let mut request = self.agent.get(url).config().timeout_recv_body(None).build();
        if let Some(token) = &self.token {
            request = request.header("X-Auth-Token", token);
        }
        let mut answer = request.call().map_err(failed)?;
        let status = answer.status().as_u16();
        if status != 200 {
            let text = answer.body_mut().read_to_string().map_err(failed)?;
            return Err(refusal(status, &json::stored(text.as_bytes()).unwrap_or(Value::Null)));
        }
        let reader = answer.into_body().into_with_config().limit(u64::MAX).reader();
        Ok(std::io::BufRead::lines(std::io::BufReader::new(reader)))
    }

    /// Status and body of an answer; null for a body that is no JSON.
    fn send(&self, method: &str, url: &str, body: Option<String>) -> Result<(u16, Value), ClientError> {
        let (status, text) = self.exchange(method, url, body.as_deref())?;
        Ok((status, json::stored(text.as_bytes()).unwrap_or(Value::Null)))
    }

    /// Status and body of an answer.
    fn exchange(&self, method: &str, url: &str, body: Option<&str>) -> Result<(u16, String), ClientError> {
        let failed = |e: ureq::Error| ClientError::Unreachable { url: url.to_owned(), source: Box::new(e) };
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("X-Auth-Token", token);
        }
        let sent: Result<Response<Body>, ureq::Error> = match body {
            None => request.body(()).map_err(Into::into).and_then(|r| self.agent.run(r)),
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body)
                .map_err(Into::into)
                .and_then(|r| self.agent.run(r)),
        };
        let mut answer = sent.map_err(failed)?;
        let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string().map_err(failed)?;
        Ok((answer.status().as_u16(), text))
    }
}

fn refusal(status: u16, answer: &Value) -> ClientError {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    ClientError::Refused { status, code: text("errorCode"), message: text("errorMessage") }
}

/// A text as one part of a path or a value of a query: everything but letters, digits and `-._~` escaped.
pub fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_a_path() {
        assert_eq!(escaped("a/b c?ä"), "a%2Fb%20c%3F%C3%A4");
    }
}
