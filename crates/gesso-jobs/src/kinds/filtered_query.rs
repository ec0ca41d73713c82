//! `filtered_query`: what some filtered hops reach. Spec 07, section 3.

use super::Work;
use super::walks::{Shown, failed};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Rows};
use gesso_graph::{Graph, Snapshot};
use gesso_io::elements::Parts;
use gesso_query::walk::{Elements, Goal, Keep, Most, Paths, Route, Walk, WalkError};
use std::sync::Arc;

/// A checked request.
#[derive(Debug)]
pub struct FilteredQuery {
    /// Where to go.
    pub walk: Walk,
    /// What to show.
    pub show: Show,
    /// The paths beside what is shown, if that is not paths.
    pub with_paths: bool,
    /// Paths also of walks that end early.
    pub full_paths: bool,
    /// The fields of vertices and edges.
    pub parts: Parts,
    /// Most results; more are an error.
    pub most: Option<u64>,
    /// A result without pages.
    pub is_whole: bool,
}

/// What a query shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// The last layer.
    Last,
    /// The vertices of all layers.
    Vertices,
    /// The edges that were walked.
    Edges,
    /// The paths.
    Paths,
}

/// Runs the query on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, query: FilteredQuery) -> Work {
    Work::new(Kind::FilteredQuery, 0, move |ctx| {
        let snapshot = graph.snapshot();
        let outcome = run(ctx, &snapshot, &query).map_err(failed)?;
        Ok::<_, Failure>(if query.is_whole { outcome.whole() } else { outcome })
    })
}

fn run(ctx: &JobContext, snapshot: &Snapshot, query: &FilteredQuery) -> Result<Outcome, WalkError> {
    let route = Route::of(ctx, snapshot, &query.walk)?;
    let shown = Shown { ctx, snapshot, parts: &query.parts };
    ctx.progress().scope(0.0, 0.4);
    if query.show == Show::Paths {
        return Ok(Outcome::of_list("paths", paths(&shown, &route, query)?));
    }
    let beside = if query.with_paths { Some(paths(&shown, &route, query)?) } else { None };
    ctx.progress().scope(0.4, 0.6);
    let (name, rows) = elements(&shown, &route, query)?;
    let outcome = Outcome::of_list(name, rows);
    Ok(match beside {
        Some(paths) => outcome.with_whole("paths", paths),
        None => outcome,
    })
}

fn elements(
    shown: &Shown<'_>,
    route: &Route<'_>,
    query: &FilteredQuery,
) -> Result<(&'static str, Rows), WalkError> {
    let keep = Keep { vertices: query.show == Show::Vertices, edges: query.show == Show::Edges };
    let reached = route.reach(shown.ctx, keep, u64::MAX)?;
    shown.ctx.progress().scope(0.6, 1.0);
    match (reached.vertices, reached.edges, reached.last) {
        (Some(vertices), ..) | (None, None, Elements::Vertices(vertices)) => {
            check_count(vertices.len(), query)?;
            Ok(("vertices", shown.vertices(&vertices)?))
        }
        (None, Some(edges), _) => {
            check_count(edges.len(), query)?;
            Ok(("edges", Shown { parts: &Parts::NAME, ..*shown }.edges(&edges)?))
        }
        (None, None, Elements::Edges(edges)) => {
            check_count(edges.len(), query)?;
            Ok(("edges", shown.edges(&edges)?))
        }
    }
}

fn check_count(count: usize, query: &FilteredQuery) -> Result<(), WalkError> {
    match query.most {
        Some(most) if count as u64 > most => Err(WalkError::TooMany(most)),
        _ => Ok(()),
    }
}

fn paths(shown: &Shown<'_>, route: &Route<'_>, query: &FilteredQuery) -> Result<Rows, WalkError> {
    let goal = if query.full_paths { Goal::End } else { Goal::At(route.len()) };
    let layers = route.layers(shown.ctx, u64::MAX)?;
    let paths: Paths = layers.paths(shown.ctx, &[goal], query.most.map_or(Most::All, Most::OrRefuse))?;
    Ok(shown.paths(&paths)?)
}
