//! Synchronous work that may take long: off the request threads, with a deadline, and stopped when its
//! client goes.

use super::route::Answer;
use crate::app::App;
use crate::error::ApiError;
use gesso_core::{Code, Gate, JobContext, Stop};
use std::sync::Arc;
use std::time::Duration;

/// Stops the work when the request is dropped, as it is when its client goes.
struct StopOnDrop(Arc<Gate>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        // Too late is fine: then the work is done.
        self.0.stop(Stop::Disconnected);
    }
}

/// An answer that `work` makes on a thread of its own. It must reach checkpoints of its context.
pub fn stoppable(
    app: &App,
    code: Code,
    work: impl FnOnce(&JobContext) -> Result<Answer, ApiError> + Send + 'static,
) -> Answer {
    let seconds = app.config.request_seconds;
    Answer::Later(Box::pin(async move {
        // Such work answers from one request's worth of input; its memory is bounded by its answer.
        let ctx = JobContext::detached(1, u64::MAX / 2);
        let guard = StopOnDrop(ctx.gate().clone());
        let running = tokio::task::spawn_blocking(move || work(&ctx));
        let Ok(done) = tokio::time::timeout(Duration::from_secs(seconds), running).await else {
            guard.0.stop(Stop::Deadline);
            return Err(ApiError::new(code, format!("deadline of {seconds} s exceeded")));
        };
        done.map_err(|e| ApiError::internal(code, &e))?
    }))
}
