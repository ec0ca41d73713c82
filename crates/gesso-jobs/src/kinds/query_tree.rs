//! `path_query` of a breadth-first tree: spec 07, section 5.2.

use super::Work;
use super::walks::{LIMIT_REACHED, Shown, failed};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Pile, Rows, Scalar, Stop};
use gesso_graph::{Graph, Snapshot};
use gesso_io::elements::Parts;
use gesso_query::walk::{BreadthTree, TreeSpec, WalkError, grow};
use std::sync::Arc;

/// A checked request.
#[derive(Debug)]
pub struct QueryTree {
    /// The tree.
    pub spec: TreeSpec,
    /// Whether vertices are shown.
    pub with_vertices: bool,
    /// Whether edges are shown.
    pub with_edges: bool,
    /// A result without pages.
    pub is_whole: bool,
}

/// Runs the query on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, query: QueryTree) -> Work {
    Work::new(Kind::PathQuery, 0, move |ctx| {
        let outcome = run(ctx, &graph.snapshot(), &query).map_err(failed)?;
        Ok::<_, Failure>(if query.is_whole { outcome.whole() } else { outcome })
    })
}

fn run(ctx: &JobContext, snapshot: &Snapshot, query: &QueryTree) -> Result<Outcome, WalkError> {
    ctx.progress().scope(0.0, 0.6);
    let tree = grow(ctx, snapshot, &query.spec)?;
    ctx.progress().scope(0.6, 1.0);
    let shown = Shown { ctx, snapshot, parts: &Parts::ALL };
    let paths = paths(ctx, &tree)?;
    let vertices = if query.with_vertices { Some(shown.vertices(&tree.vertices)?) } else { None };
    let edges = if query.with_edges { Some(shown.edges(&tree.edges)?) } else { None };
    let outcome = match (vertices, edges) {
        (Some(vertices), Some(edges)) => Outcome::of_list("vertices", vertices)
            .with_whole("edges", edges)
            .with_whole("paths", paths)
            .whole(),
        (Some(vertices), None) => Outcome::of_list("vertices", vertices).with_whole("paths", paths),
        (None, Some(edges)) => Outcome::of_list("edges", edges).with_whole("paths", paths),
        (None, None) => Outcome::of_list("paths", paths),
    };
    Ok(if tree.is_cut { outcome.with(LIMIT_REACHED, Scalar::Bool(true)) } else { outcome })
}

/// The vertices from the root to each leaf, in the order of the leaves.
fn paths(ctx: &JobContext, tree: &BreadthTree) -> Result<Rows, Stop> {
    let mut is_inner = ctx.alloc(tree.vertices.len(), 0u8)?;
    let mut tick = ctx.tick();
    for parent in tree.parents.iter() {
        tick.spend(1)?;
        if let Some(inner) = is_inner.get_mut(*parent as usize) {
            *inner = 1;
        }
    }
    let (mut vertices, mut ends) = (Pile::<u32>::new(ctx)?, Pile::<u64>::new(ctx)?);
    let mut path = Vec::new();
    for leaf in is_inner.iter().enumerate().filter(|(_, inner)| **inner == 0).map(|(i, _)| i) {
        path.clear();
        let mut at = Some(leaf);
        while let Some(position) = at {
            tick.spend(1)?;
            path.extend(tree.vertices.get(position).map(|v| v.0));
            at = position.checked_sub(1).and_then(|i| tree.parents.get(i)).map(|parent| *parent as usize);
        }
        path.reverse();
        vertices.extend(ctx, &path)?;
        ends.push(ctx, vertices.len() as u64)?;
    }
    Ok(Rows::Paths { vertices: vertices.release().share(), ends: ends.release().share() })
}
