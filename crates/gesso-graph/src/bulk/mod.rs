//! Building a base from a version and many rows on top, and, for checkpoints, from a version alone
//! (`rebuild`).
//!
//! Rows are appended in order and never moved; what replaces an earlier row simply takes its place in
//! the final order. Nothing of it is visible until the finished base is published.

mod edges;
mod rebuild;
mod repeats;
pub(crate) mod sort;
mod vertices;

use crate::base::Base;
use crate::chunk::{EdgeChunk, VertexChunk};
use crate::schema::Schema;
use crate::snapshot::Snapshot;
use edges::EdgeStage;
use gesso_core::{JobContext, Reservation, Stop, VertexIx};
use std::sync::Arc;
use vertices::VertexStage;

pub use edges::{Repeated, RepeatedEdges};
pub(crate) use rebuild::rebuild;

/// Rows of a version that are staged between two looks at the memory that they take.
const ROWS_BETWEEN_LOOKS: u32 = 1 << 12;

/// The memory of a version's rows that are staged.
struct Held {
    reservation: Reservation,
    rows: u32,
}

impl Held {
    fn nothing(ctx: &JobContext) -> Result<Held, Stop> {
        Ok(Held { reservation: ctx.reserve(0)?, rows: 0 })
    }

    /// One more row; now and then what all of them take is taken into account.
    fn row(&mut self, ctx: &JobContext, size_bytes: impl FnOnce() -> u64) -> Result<(), Stop> {
        self.rows = (self.rows + 1) % ROWS_BETWEEN_LOOKS;
        if self.rows == 0 { self.cover(ctx, size_bytes()) } else { Ok(()) }
    }

    /// Takes what all rows take into account.
    fn cover(&mut self, ctx: &JobContext, size_bytes: u64) -> Result<(), Stop> {
        match size_bytes.saturating_sub(self.reservation.size_bytes()) {
            0 => Ok(()),
            more => ctx.grow(&mut self.reservation, more),
        }
    }
}

/// Rows under way into a base.
pub struct BulkLoad<'a> {
    ctx: &'a JobContext,
    schema: Arc<Schema>,
    vertices: VertexStage,
    edges: EdgeStage,
    held: Reservation,
}

impl<'a> BulkLoad<'a> {
    /// Begins with everything in a version, under a schema that contains the version's labels.
    pub fn over(
        ctx: &'a JobContext,
        snapshot: &Snapshot,
        schema: Arc<Schema>,
        repeated: RepeatedEdges,
    ) -> Result<BulkLoad<'a>, Stop> {
        let held = ctx.reserve(0)?;
        let vertices = VertexStage::over(ctx, snapshot, &schema)?;
        let edges = EdgeStage::over(ctx, snapshot, &schema, repeated)?;
        Ok(BulkLoad { ctx, schema, vertices, edges, held })
    }

    /// Begins with nothing of a version but the numbers of its vertices, which are not given again.
    pub fn emptied(
        ctx: &'a JobContext,
        snapshot: &Snapshot,
        schema: Arc<Schema>,
    ) -> Result<BulkLoad<'a>, Stop> {
        let held = ctx.reserve(0)?;
        let vertices = VertexStage::emptied(ctx, snapshot)?;
        Ok(BulkLoad { ctx, schema, vertices, edges: EdgeStage::default(), held })
    }

    /// The labels that rows may have.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The number of an id, for readers of edge files.
    pub fn find(&self, id: &str) -> Option<VertexIx> {
        self.vertices.find(id)
    }

    /// Appends vertices. A repeated id replaces the earlier row.
    pub fn add_vertices(&mut self, chunk: VertexChunk) -> Result<(), Stop> {
        self.ctx.grow(&mut self.held, chunk.heap_bytes() as u64)?;
        self.vertices.add(self.ctx, &self.schema, chunk)
    }

    /// Appends edges. Ends that do not exist yet become vertices of the default label.
    pub fn add_edges(&mut self, chunk: EdgeChunk) -> Result<(), Stop> {
        self.ctx.grow(&mut self.held, chunk.heap_bytes() as u64)?;
        self.edges.add(self.ctx, &mut self.vertices, chunk)
    }

    /// The finished base. Its memory no longer belongs to the job.
    pub fn finish(self) -> Result<Base, Stop> {
        let BulkLoad { ctx, schema: _, vertices, edges, held } = self;
        let bound = vertices.bound();
        let mut base = vertices.finish(ctx)?;
        edges.finish(ctx, bound, &mut base)?;
        drop(held);
        Ok(base)
    }
}
