//! Paths as they are found: one after another in accounted memory, which grows with them.

use super::enumerate::{Repeats, Verdict, enumerate};
use super::layers::Layers;
use super::net::Names;
use gesso_core::{JobContext, Pile, Rows, Stop, VertexIx};
use std::ops::ControlFlow;

/// A list of paths, as long as it may be.
pub(super) struct Found {
    vertices: Pile<u32>,
    ends: Pile<u64>,
    most: usize,
    /// Whether to look for one path more than the list may have.
    looks_beyond: bool,
    is_truncated: bool,
}

impl Found {
    /// An empty list for the first `most` paths; the search ends with them.
    pub(super) fn first(ctx: &JobContext, most: usize) -> Result<Found, Stop> {
        let (vertices, ends) = (Pile::new(ctx)?, Pile::new(ctx)?);
        Ok(Found { vertices, ends, most, looks_beyond: false, is_truncated: false })
    }

    /// An empty list for all paths, or as many as the job may list.
    pub(super) fn all(ctx: &JobContext) -> Result<Found, Stop> {
        Ok(Found { looks_beyond: true, ..Found::first(ctx, ctx.paths_max())? })
    }

    /// Number of paths.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// True once it holds as many as it may.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.most
    }

    /// True if all were asked for and there are more than the list may have.
    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Adds a path; breaks when no more are wanted.
    pub(super) fn push(
        &mut self,
        ctx: &JobContext,
        names: Names<'_>,
        path: &[u32],
    ) -> Result<ControlFlow<(), Verdict>, Stop> {
        if self.is_full() {
            self.is_truncated = true;
            return Ok(ControlFlow::Break(()));
        }
        for v in path {
            self.vertices.push(ctx, names.vertex(*v).0)?;
        }
        self.ends.push(ctx, self.vertices.len() as u64)?;
        let is_over = self.is_full() && !self.looks_beyond;
        Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(Verdict::Taken) })
    }

    /// Adds the paths of a graph of layers until no more are wanted.
    pub(super) fn extend(
        &mut self,
        ctx: &JobContext,
        names: Names<'_>,
        layers: &Layers,
        repeats: Repeats,
    ) -> Result<(), Stop> {
        // Why it ended is known from the list.
        _ = enumerate(ctx, layers, repeats, |path| self.push(ctx, names, path))?;
        Ok(())
    }

    /// The first vertex of the first path and the last one, as the graph's numbers.
    pub(super) fn first_ends(&self) -> Option<(u32, u32)> {
        let end = *self.ends.first()? as usize;
        Some((self.vertices[0], self.vertices[end - 1]))
    }

    /// The first path; empty if there is none.
    pub(super) fn into_first(self) -> Vec<VertexIx> {
        let end = self.ends.first().map_or(0, |end| *end as usize);
        self.vertices[..end].iter().map(|v| VertexIx(*v)).collect()
    }

    /// The list as rows of a result.
    pub(super) fn into_rows(self) -> Rows {
        Rows::Paths { vertices: self.vertices.release().share(), ends: self.ends.release().share() }
    }
}
