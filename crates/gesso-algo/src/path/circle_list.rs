//! Circles as they are found, by their vertices or by their edges, and how many there are.

use gesso_core::{EdgeForm, JobContext, Pile, Rows, Stop};
use gesso_graph::EdgeRef;

/// How circles are told apart and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CircleForm {
    /// By vertices.
    Vertices,
    /// By edges.
    Edges(EdgeForm),
}

/// A list of at most `most` circles, and the number of all.
pub(super) struct CircleList {
    form: CircleForm,
    most: usize,
    count: u64,
    /// Vertices, or the source of each edge.
    vertices: Pile<u32>,
    targets: Pile<u32>,
    indices: Pile<u32>,
    ends: Pile<u64>,
}

impl CircleList {
    pub(super) fn new(ctx: &JobContext, form: CircleForm, most: usize) -> Result<CircleList, Stop> {
        let (vertices, targets, indices) = (Pile::new(ctx)?, Pile::new(ctx)?, Pile::new(ctx)?);
        Ok(CircleList { form, most, count: 0, vertices, targets, indices, ends: Pile::new(ctx)? })
    }

    /// Circles found, listed or not.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// True once as many are listed as may be.
    pub(super) fn is_full(&self) -> bool {
        self.ends.len() >= self.most
    }

    /// Adds a circle by its vertices.
    pub(super) fn push_vertices(&mut self, ctx: &JobContext, circle: &[u32]) -> Result<(), Stop> {
        self.count += 1;
        if self.is_full() {
            return Ok(());
        }
        self.vertices.extend(ctx, circle)?;
        self.ends.push(ctx, self.vertices.len() as u64)
    }

    /// Adds a circle by its edges.
    pub(super) fn push_edges<'a>(
        &mut self,
        ctx: &JobContext,
        circle: impl Iterator<Item = &'a EdgeRef>,
    ) -> Result<(), Stop> {
        self.count += 1;
        if self.is_full() {
            return Ok(());
        }
        for edge in circle {
            self.vertices.push(ctx, edge.source.0)?;
            self.targets.push(ctx, edge.target.0)?;
            self.indices.push(ctx, edge.index)?;
        }
        self.ends.push(ctx, self.vertices.len() as u64)
    }

    /// Adds others behind, as far as there is room.
    pub(super) fn append(&mut self, ctx: &JobContext, other: &CircleList) -> Result<(), Stop> {
        self.count += other.count;
        let room = (self.most - self.ends.len()).min(other.ends.len());
        let Some(end) = room.checked_sub(1).map(|last| other.ends[last] as usize) else { return Ok(()) };
        let before = self.vertices.len() as u64;
        self.vertices.extend(ctx, &other.vertices[..end])?;
        if self.form != CircleForm::Vertices {
            self.targets.extend(ctx, &other.targets[..end])?;
            self.indices.extend(ctx, &other.indices[..end])?;
        }
        for end in &other.ends[..room] {
            self.ends.push(ctx, before + end)?;
        }
        Ok(())
    }

    /// The rows of a result.
    pub(super) fn into_rows(self) -> Rows {
        let (vertices, ends) = (self.vertices.release().share(), self.ends.release().share());
        match self.form {
            CircleForm::Vertices => Rows::Paths { vertices, ends },
            CircleForm::Edges(form) => {
                let (targets, indices) = (self.targets.release().share(), self.indices.release().share());
                Rows::EdgePaths { sources: vertices, targets, indices, ends, form }
            }
        }
    }
}
