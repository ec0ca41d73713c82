//! The declaration of an endpoint: what the router, the parser's tests and `/openapi.json` read.

use super::call::Call;
use crate::app::App;
use crate::error::ApiError;
use gesso_core::Code;
use std::future::Future;
use std::pin::Pin;

/// One endpoint, or one action of an `…/action` endpoint.
pub struct Route {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path with `{name}` for its parts.
    pub path: &'static str,
    /// The values of `action_id` that it serves; empty if the path has no actions.
    pub actions: &'static [&'static str],
    /// A unique name.
    pub operation: &'static str,
    /// One line for readers of the API description.
    pub summary: &'static str,
    /// The code for an unknown graph: spec 01, section 5.
    pub unknown_graph: Code,
    /// Query parameters besides `action_id`.
    pub query: &'static [Field],
    /// Fields of the body; empty if there is none.
    pub body: &'static [Field],
    /// Where the handler runs.
    pub runs: Runs,
    /// The handler.
    pub handler: fn(&App, &Call) -> Result<Answer, ApiError>,
}

/// One parameter or body field as documented.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type for readers.
    pub kind: FieldKind,
    /// Whether a request without it is refused.
    pub required: bool,
    /// One sentence.
    pub doc: &'static str,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A string.
    Text,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// An array of strings.
    Texts,
    /// An array of arrays of strings.
    Lists,
    /// An array of objects.
    Objects,
    /// An object.
    Object,
}

/// Where a handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// On the request thread: short, never waits.
    Inline,
    /// On the request thread, and once more on a thread that may wait if it gives [`Answer::Busy`].
    Brief,
    /// On a thread that may wait for the disk or for the graph's writer.
    Blocking,
    /// The same of a handler that parses the body itself, with [`Call::members`]: many small objects.
    Parsing,
}

/// What a handler gives.
pub enum Answer {
    /// A JSON body with status 200.
    Json(Vec<u8>),
    /// A JSON body with another status.
    Status(u16, Vec<u8>),
    /// Any content with status 200: (content type, body).
    Text(&'static str, String),
    /// An answer that has to be waited for without a thread.
    Later(Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>),
    /// Server-sent events: what makes them, and where they come out. They end when what makes them does.
    Events(Pin<Box<dyn Future<Output = ()> + Send>>, tokio::sync::mpsc::Receiver<Vec<u8>>),
    /// 201 with a header: (name, value, body).
    Created(&'static str, String, Vec<u8>),
    /// 204.
    Empty,
    /// No answer: it would have to wait for another writer. Only of handlers that run [`Runs::Brief`], while
    /// [`Call::may_wait`] is false.
    Busy,
}

impl Answer {
    /// A JSON value.
    pub fn json(value: &serde_json::Value) -> Answer {
        Answer::Json(value.to_string().into_bytes())
    }

    /// `{"result":"success"}`.
    pub fn success() -> Answer {
        Answer::Json(br#"{"result":"success"}"#.to_vec())
    }
}

impl Field {
    /// An optional field.
    pub const fn new(name: &'static str, kind: FieldKind, doc: &'static str) -> Field {
        Field { name, kind, required: false, doc }
    }

    /// A mandatory field.
    pub const fn required(mut self) -> Field {
        self.required = true;
        self
    }
}
