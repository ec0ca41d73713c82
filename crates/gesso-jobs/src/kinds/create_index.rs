//! `create_index`: one index or several over one graph, all or none.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{Code, Outcome};
use gesso_graph::index::{CreateIndexError, ReservedIndices};

/// Builds what was reserved. Names are free again when the work has ended or is dropped.
pub fn work(reserved: ReservedIndices) -> Work {
    Work::new(Kind::CreateIndex, reserved.need_bytes(), move |ctx| {
        reserved.build(ctx).map_err(|e| match e {
            CreateIndexError::Stopped(stop) => stop.into(),
            other => Failure::new(Code::IndexCreate, other.to_string()),
        })?;
        Ok(Outcome::default())
    })
}
