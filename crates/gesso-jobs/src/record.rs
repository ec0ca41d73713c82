//! What is remembered of a job, in memory and in the journal.

use crate::id::JobId;
use crate::kind::Kind;
use gesso_core::{Code, Scalar, VertexIx};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a job is in its life. The last three are ends: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Admitted, waiting for its turn and its memory.
    Queued,
    /// Working.
    Running,
    /// Done; its result is there.
    Complete,
    /// Ended by an error, a deadline, lack of memory, a panic or a restart.
    Failed,
    /// Ended by a user.
    Cancelled,
}

impl State {
    /// All five, in the order of a life.
    pub const ALL: [State; 5] =
        [State::Queued, State::Running, State::Complete, State::Failed, State::Cancelled];

    /// Gesso's own name of the state.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Complete => "complete",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// True for the three ends.
    pub fn is_end(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// Which graph a job belongs to. A graph that is made anew under an old name has another `uid`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GraphKey {
    /// The project of the graph.
    pub project: String,
    /// Its name in paths and messages.
    pub name: String,
    /// What tells it from others that had the name.
    pub uid: String,
}

/// The request that made a job, as job lists show it. Secrets in it must be masked by the caller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The operation with underscores, such as `import_graph`.
    pub command: String,
    /// Path and query as received.
    pub url: String,
    /// The request's body.
    pub body: serde_json::Value,
}

/// What is known of a job from its submission on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The job.
    pub id: JobId,
    /// Counts the submissions of a data directory: the order of jobs.
    pub seq: u64,
    /// The job's graph.
    pub graph: GraphKey,
    /// The operation.
    pub kind: Kind,
    /// The request, for lists.
    pub request: Request,
    /// 0–9, higher first.
    pub priority: u8,
    /// Milliseconds of running after which the job fails; 0 for none.
    pub timeout_ms: u64,
    /// Time of submission, milliseconds since 1970.
    pub create_ms: u64,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Complete, failed or cancelled.
    pub state: State,
    /// Time of the end, milliseconds since 1970.
    pub end_ms: u64,
    /// Why, for the two that are not complete.
    pub error: Option<Error>,
    /// Most bytes that the job held at once.
    pub peak_bytes: u64,
    /// Where its result is.
    pub kept: Kept,
}

/// Code and sentence of an end that is not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// The text of a [`Code`].
    pub code: String,
    /// The sentence.
    pub message: String,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code: code.text().to_owned(), message: message.into() }
    }
}

/// Where the result of an ended job is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// It has none.
    #[default]
    Nothing,
    /// In the record: single values without a list.
    Inline(Vec<(String, StoredScalar)>),
    /// In a segment file named after the job.
    File {
        /// Size of the file.
        size_bytes: u64,
    },
    /// Dropped to make room.
    Expired,
}

/// A [`Scalar`] as records and result files hold it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoredScalar {
    /// A whole number.
    Int(i64),
    /// The shortest text that reads back as the same real number; JSON numbers cannot be infinite.
    Real(String),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(String),
    /// A vertex.
    Vertex(Option<u32>),
    /// Vertices.
    Vertices(Vec<u32>),
    /// JSON text.
    Json(String),
}

impl From<&Scalar> for StoredScalar {
    fn from(value: &Scalar) -> StoredScalar {
        match value {
            Scalar::Int(v) => StoredScalar::Int(*v),
            Scalar::Real(v) => StoredScalar::Real(format!("{v:?}")),
            Scalar::Bool(v) => StoredScalar::Bool(*v),
            Scalar::Text(v) => StoredScalar::Text(v.clone()),
            Scalar::Vertex(v) => StoredScalar::Vertex(v.map(|v| v.0)),
            Scalar::Vertices(v) => StoredScalar::Vertices(v.iter().map(|v| v.0).collect()),
            Scalar::Json(v) => StoredScalar::Json(v.clone()),
        }
    }
}

impl From<&StoredScalar> for Scalar {
    fn from(value: &StoredScalar) -> Scalar {
        match value {
            StoredScalar::Int(v) => Scalar::Int(*v),
            StoredScalar::Real(v) => Scalar::Real(v.parse().unwrap_or(f64::NAN)),
            StoredScalar::Bool(v) => Scalar::Bool(*v),
            StoredScalar::Text(v) => Scalar::Text(v.clone()),
            StoredScalar::Vertex(v) => Scalar::Vertex(v.map(VertexIx)),
            StoredScalar::Vertices(v) => Scalar::Vertices(v.iter().copied().map(VertexIx).collect()),
            StoredScalar::Json(v) => Scalar::Json(v.clone()),
        }
    }
}

/// Everything that is remembered of a job, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Known from the submission on.
    pub spec: Spec,
    /// When it began to run, milliseconds since 1970.
    pub start_ms: Option<u64>,
    /// How it ended.
    pub end: Option<End>,
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}
