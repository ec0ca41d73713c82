//! `summary`: the numbers of a graph of the database edition, where counting is a job.

use super::Work;
use crate::kind::Kind;
use gesso_core::{Outcome, Scalar};
use serde_json::Value;

/// Gives the members of what `count` says, under `outputs` and beside it: clients look in either place.
pub fn work(count: impl FnOnce() -> Value + Send + 'static) -> Work {
    Work::new(Kind::Summary, 0, move |ctx| {
        ctx.checkpoint()?;
        let data = count();
        let mut outcome = Outcome { is_data: true, ..Outcome::default() };
        for (name, value) in data.as_object().into_iter().flatten() {
            outcome = outcome.with(name, Scalar::Json(value.to_string()));
        }
        Ok(outcome.with("outputs", Scalar::Json(data.to_string())))
    })
}
