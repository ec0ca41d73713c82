//! What is told of a job: its status at one instant, and the sentence of a stop.

use crate::record::{Error, Spec, State};
use gesso_core::{Account, Code, Stop};
use std::time::Duration;

/// What a status answer needs, read at one instant.
#[derive(Clone, Debug)]
pub struct Status {
    /// Where the job is in its life.
    pub state: State,
    /// 0..1; none before the first phase. 1 only when complete.
    pub progress: Option<f64>,
    /// The name of the present phase, `queued`, or `done`.
    pub phase: &'static str,
    /// Time of submission, milliseconds since 1970.
    pub create_ms: u64,
    /// When it began to run.
    pub start_ms: Option<u64>,
    /// When it ended.
    pub end_ms: Option<u64>,
    /// Most bytes that the job held at once, so far.
    pub peak_bytes: u64,
    /// Why it failed or was cancelled.
    pub error: Option<Error>,
    /// True if the job is complete, but its result was dropped.
    pub is_expired: bool,
    /// From the stop to no thread working and no memory held; once that is so.
    pub stopped_after: Option<Duration>,
}

/// The sentence of a stop: spec 02, section 5.5.
pub(crate) fn reason(spec: &Spec, why: Stop, account: Option<&Account>) -> Error {
    let code = spec.kind.failure_code();
    match why {
        Stop::Cancelled => Error::new(Code::JobCancel, why.to_string()),
        Stop::Deadline => {
            let seconds = spec.timeout_ms as f64 / 1e3;
            Error::new(code, format!("deadline of {seconds} s exceeded"))
        }
        Stop::GraphDeleted => Error::new(code, format!("graph [{}] was deleted", spec.graph.name)),
        Stop::Memory => Error::new(code, memory_reason(account)),
        Stop::Shutdown | Stop::Disconnected => Error::new(code, why.to_string()),
    }
}

fn memory_reason(account: Option<&Account>) -> String {
    let Some(account) = account else { return Stop::Memory.to_string() };
    let budget = account.budget();
    let allowed = budget.limit().saturating_sub(budget.used().saturating_sub(account.granted()));
    let needed = account.used().saturating_add(account.refused());
    format!(
        "memory account exceeded: needs {}, {} allowed",
        mebibytes(needed.max(allowed + 1)),
        mebibytes(allowed)
    )
}

/// Bytes for people: whole mebibytes, rounded up; bytes where that would be nothing.
fn mebibytes(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    if bytes < MIB { format!("{bytes} B") } else { format!("{} MiB", bytes.div_ceil(MIB)) }
}
