//! What walks found, as rows.

use super::rows;
use crate::error::Failure;
use gesso_core::{Code, JobContext, Pile, Rows, Stop, VertexIx};
use gesso_graph::Snapshot;
use gesso_graph::snapshot::EdgePlace;
use gesso_io::elements::{Parts, write_edge_parts, write_vertex_parts};
use gesso_query::walk::{Paths, WalkError};

/// The member of a result that has as many rows as were wanted: there may be more.
pub(super) const LIMIT_REACHED: &str = "limit_reached";

/// How elements are shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub ctx: &'a JobContext,
    pub snapshot: &'a Snapshot,
    pub parts: &'a Parts,
}

/// Paths written between two checkpoints.
const PATHS: usize = 4096;

impl Shown<'_> {
    /// An object for each vertex.
    pub(super) fn vertices(&self, vertices: &[VertexIx]) -> Result<Rows, Stop> {
        rows::render(self.ctx, vertices, |out, v| write_vertex_parts(out, self.snapshot, *v, self.parts))
    }

    /// An object for each edge.
    pub(super) fn edges(&self, edges: &[EdgePlace]) -> Result<Rows, Stop> {
        rows::render(self.ctx, edges, |out, place| self.edge(out, *place, self.parts))
    }

    /// An array of edges without properties for each path.
    pub(super) fn paths(&self, paths: &Paths) -> Result<Rows, Stop> {
        let mut all = Pile::new(self.ctx)?;
        for (i, path) in paths.iter().enumerate() {
            if i % PATHS == 0 {
                self.ctx.checkpoint()?;
            }
            all.push(self.ctx, path)?;
        }
        rows::render(self.ctx, &all, |out, path| {
            out.push(b'[');
            for (i, place) in path.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                self.edge(out, *place, &Parts::NAME);
            }
            out.push(b']');
        })
    }

    fn edge(&self, out: &mut Vec<u8>, place: EdgePlace, parts: &Parts) {
        if let Some(edge) = self.snapshot.edge_at(place) {
            write_edge_parts(out, self.snapshot, &edge, parts);
        }
    }
}

/// A walk that did not come to its end.
pub(super) fn failed(error: WalkError) -> Failure {
    match error {
        WalkError::Stopped(stop) => stop.into(),
        other => Failure::new(Code::FilteredQuery, other.to_string()),
    }
}
