//! How requests change a graph without keeping others from it: single elements without a thread that waits
//! for the disk, batches read before the writers' lock is taken.

use crate::error::{ApiError, of_write};
use crate::http::call::Call;
use crate::http::route::Answer;
use gesso_core::Code;
use gesso_graph::{Graph, Snapshot, Transaction};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Changes a graph, and gives what `answer` makes of it once the change is durable. Of a handler that runs
/// [`Runs::Brief`](crate::http::route::Runs::Brief). A client that goes away does not take its change back.
pub fn committed<R>(
    call: &Call,
    graph: &Arc<Graph>,
    code: Code,
    change: impl FnOnce(&mut Transaction) -> Result<R, ApiError>,
    answer: impl FnOnce(R) -> Answer,
) -> Result<Answer, ApiError> {
    let Some(begun) = graph.begin(call.may_wait, change).map_err(|e| of_write(code, e))? else {
        return Ok(Answer::Busy);
    };
    let answer = answer(begun.answer);
    let Some(commit) = begun.commit else { return Ok(answer) };
    let (tell, told) = oneshot::channel();
    // Nobody listens once the client has gone.
    if graph.when_durable(commit, move |settled| _ = tell.send(settled)) {
        let graph = graph.clone();
        tokio::task::spawn_blocking(move || graph.drain());
    }
    Ok(Answer::Later(Box::pin(async move {
        match told.await {
            Ok(Ok(())) => Ok(answer),
            Ok(Err(failed)) => Err(of_write(code, failed.widened())),
            Err(lost) => Err(ApiError::internal(code, &lost)),
        }
    })))
}

/// What was made of a request before the graph's writer was free for it.
pub struct Ahead<T> {
    snapshot: Arc<Snapshot>,
    made: T,
}

impl<T> Ahead<T> {
    /// Makes it for the newest version. What it is made of is the request and the schema; what else it tells of the
    /// version must be told of [`Ahead::snapshot`].
    pub fn of(
        graph: &Graph,
        make: impl FnOnce(&Snapshot) -> Result<T, ApiError>,
    ) -> Result<Ahead<T>, ApiError> {
        let snapshot = graph.snapshot();
        Ok(Ahead { made: make(&snapshot)?, snapshot })
    }

    /// The version that it was made for.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// What holds for another version: the same, or, if that has another schema, made again.
    pub fn for_version(
        self,
        version: &Snapshot,
        make: impl FnOnce(&Snapshot) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let is_same = Arc::ptr_eq(self.snapshot.schema(), version.schema());
        if is_same { Ok(self.made) } else { make(version) }
    }
}
