//! `path_query`: hops that are repeated until a condition holds. Spec 07, sections 4 and 5.1.

use super::Work;
use super::rows;
use super::walks::{LIMIT_REACHED, Shown, failed};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Pile, Rows, Scalar, Stop};
use gesso_graph::{Graph, Snapshot};
use gesso_io::element_json::write_text;
use gesso_io::elements::{Parts, write_vertex_members, write_vertex_parts};
use gesso_query::walk::{Column, Emit, Goal, Keep, Most, Route, Table, TreeNode, Walk, WalkError};
use std::sync::Arc;

/// Most elements of a hop.
const HOP_MAX: u64 = 100_000_000;

/// A checked request.
#[derive(Debug)]
pub struct PathQuery {
    /// Where to go; each hop leads from vertices to vertices, the last one perhaps to edges.
    pub walk: Walk,
    /// What to show.
    pub show: Show,
    /// Whether elements of hops in between are results, too.
    pub emits: bool,
    /// How many results.
    pub most: Most,
    /// A result without pages.
    pub is_whole: bool,
}

/// What a query shows.
#[derive(Debug)]
pub enum Show {
    /// The elements that were found.
    Elements(Parts),
    /// A row for each walk.
    Rows(Vec<Field>),
    /// The walks as a tree.
    Tree(Parts),
    /// Vertices and edges of the whole walk.
    Subgraph,
    /// The edges of the whole walk.
    Edges,
    /// The paths; `full` also of walks that end early.
    Paths {
        /// Whether walks that end early count.
        full: bool,
    },
}

/// One vertex of a row.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Which hops it can stand for.
    pub column: Column,
    /// What of it is shown.
    pub parts: Parts,
}

/// Runs the query on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, query: PathQuery) -> Work {
    Work::new(Kind::PathQuery, 0, move |ctx| {
        let snapshot = graph.snapshot();
        let outcome = run(ctx, &snapshot, &query).map_err(failed)?;
        Ok::<_, Failure>(if query.is_whole { outcome.whole() } else { outcome })
    })
}

fn run(ctx: &JobContext, snapshot: &Snapshot, query: &PathQuery) -> Result<Outcome, WalkError> {
    let route = Route::of(ctx, snapshot, &query.walk)?;
    ctx.progress().scope(0.0, 0.5);
    let names = Shown { ctx, snapshot, parts: &Parts::NAME };
    match &query.show {
        Show::Elements(parts) => elements(&Shown { parts, ..names }, &route, query),
        Show::Subgraph => {
            let reached = route.reach(ctx, Keep { vertices: true, edges: true }, HOP_MAX)?;
            let (vertices, edges) =
                (reached.vertices.unwrap_or(Pile::new(ctx)?), reached.edges.unwrap_or(Pile::new(ctx)?));
            let most = edges.len().max(vertices.len());
            let edges = names.edges(cut(&edges, query.most)?)?;
            let vertices = names.vertices(cut(&vertices, query.most)?)?;
            let outcome = Outcome::of_list("vertices", vertices).with_whole("edges", edges);
            Ok(bounded(outcome, most as u64, query.most))
        }
        Show::Edges => {
            let reached = route.reach(ctx, Keep { vertices: false, edges: true }, HOP_MAX)?;
            let edges = reached.edges.unwrap_or(Pile::new(ctx)?);
            let outcome = Outcome::of_list("edges", names.edges(cut(&edges, query.most)?)?);
            Ok(bounded(outcome, edges.len() as u64, query.most))
        }
        Show::Paths { full } => {
            let goals = if *full { vec![Goal::End] } else { goals(&query.walk, false) };
            let paths = route.layers(ctx, HOP_MAX)?.paths(ctx, &goals, query.most)?;
            ctx.progress().scope(0.5, 1.0);
            Ok(bounded(Outcome::of_list("paths", names.paths(&paths)?), paths.len(), query.most))
        }
        Show::Rows(fields) => {
            let columns: Vec<Column> = fields.iter().map(|field| field.column.clone()).collect();
            let goals = goals(&query.walk, query.emits);
            let table = route.layers(ctx, HOP_MAX)?.table(ctx, &goals, &columns, query.most)?;
            ctx.progress().scope(0.5, 1.0);
            let outcome = Outcome::of_list("select", rows_of(ctx, snapshot, &table, fields)?);
            Ok(bounded(outcome, table.len() as u64, query.most))
        }
        Show::Tree(parts) => {
            let goal = if query.emits {
                Goal::Every
            } else if has_condition(&query.walk) {
                Goal::Met
            } else {
                Goal::At(query.walk.layers.len())
            };
            let nodes = route.layers(ctx, HOP_MAX)?.tree(ctx, goal, query.most)?;
            ctx.progress().scope(0.5, 1.0);
            let (tree, leaves) = tree(&Shown { parts, ..names }, &nodes)?;
            Ok(bounded(Outcome::of_list("tree", tree), leaves, query.most))
        }
    }
}

fn elements(shown: &Shown<'_>, route: &Route<'_>, query: &PathQuery) -> Result<Outcome, WalkError> {
    let emit = match (query.emits, has_condition(&query.walk)) {
        (true, _) => Emit::Every,
        (false, true) => Emit::Met,
        (false, false) => Emit::Last,
    };
    let found = route.find(shown.ctx, emit, query.most, HOP_MAX)?;
    shown.ctx.progress().scope(0.5, 1.0);
    let vertices = shown.vertices(&found.vertices)?;
    let outcome = match &found.edges {
        None => Outcome::of_list("vertices", vertices),
        Some(edges) if query.emits => {
            Outcome::of_list("edges", shown.edges(edges)?).with_whole("vertices", vertices)
        }
        Some(edges) => Outcome::of_list("edges", shown.edges(edges)?),
    };
    Ok(bounded(outcome, found.len() as u64, query.most))
}

/// Says so in a result that has as many rows as were wanted: there may be more.
fn bounded(outcome: Outcome, count: u64, most: Most) -> Outcome {
    match most {
        Most::First(limit) if count >= limit => outcome.with(LIMIT_REACHED, Scalar::Bool(true)),
        _ => outcome,
    }
}

fn has_condition(walk: &Walk) -> bool {
    walk.layers.iter().any(|layer| layer.until.is_some())
}

/// When walks are complete, shorter ones first.
fn goals(walk: &Walk, emits: bool) -> Vec<Goal> {
    let hops = walk.layers.len();
    match (emits, has_condition(walk)) {
        (true, _) => (1..=hops).map(Goal::At).collect(),
        (false, true) => (1..=hops).map(Goal::MetAt).collect(),
        (false, false) => vec![Goal::At(hops)],
    }
}

/// The first results, or an error if there are too many.
fn cut<T>(items: &[T], most: Most) -> Result<&[T], WalkError> {
    most.check(items.len() as u64)?;
    match most {
        Most::First(limit) => Ok(items.get(..limit as usize).unwrap_or(items)),
        _ => Ok(items),
    }
}

/// `{"v0": {…}, …}` for each row.
fn rows_of(ctx: &JobContext, snapshot: &Snapshot, table: &Table, fields: &[Field]) -> Result<Rows, Stop> {
    let (mut all, mut tick) = (Pile::new(ctx)?, ctx.tick());
    for row in table.rows() {
        tick.spend(1)?;
        all.push(ctx, row)?;
    }
    rows::render(ctx, &all, |out, row| {
        let mut is_first = true;
        out.push(b'{');
        for (field, cell) in fields.iter().zip(*row) {
            let Some(v) = Table::vertex(*cell) else { continue };
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            write_text(out, &field.name);
            out.push(b':');
            write_vertex_parts(out, snapshot, v, &field.parts);
        }
        out.push(b'}');
    })
}

/// Nodes written between two looks at the gate.
const NODES: usize = 512;

/// A nested object for each root, and the number of leaves.
fn tree(shown: &Shown<'_>, nodes: &[TreeNode]) -> Result<(Rows, u64), Stop> {
    let ctx = shown.ctx;
    ctx.phase("write result", 1.0, nodes.len() as u64);
    let (mut text, mut ends, mut part) = (Pile::<u8>::new(ctx)?, Pile::<u64>::new(ctx)?, Vec::new());
    let (mut written, mut leaves) = (0u64, 0);
    for (i, node) in nodes.iter().enumerate() {
        let mut is_first = true;
        part.push(b'{');
        write_vertex_members(&mut part, shown.snapshot, node.vertex, shown.parts, &mut is_first);
        let next = nodes.get(i + 1).map_or(0, |next| next.depth);
        if next > node.depth {
            part.extend_from_slice(if is_first { br#""children":["# } else { br#","children":["# });
        } else {
            // The node, and the lists of all nodes above it of which it is the last.
            leaves += 1;
            part.push(b'}');
            for _ in next..node.depth {
                part.extend_from_slice(b"]}");
            }
            match next {
                0 => ends.push(ctx, written + part.len() as u64)?,
                _ => part.push(b','),
            }
        }
        if i % NODES == NODES - 1 || i + 1 == nodes.len() {
            written += part.len() as u64;
            text.extend(ctx, &part)?;
            part.clear();
            ctx.advance(NODES as u64);
        }
    }
    Ok((Rows::Json { text: text.release().share(), ends: ends.release().share() }, leaves))
}
