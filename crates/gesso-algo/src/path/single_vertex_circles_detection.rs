//! Circles through a vertex: ways back to it along edges that meet no vertex twice. Shorter ones come first, then
//! they are in the order of their ids. Both ways round are one circle where edges are followed both ways.
//!
//! For each length in turn the walks of that length are searched both ways from the vertex, which leaves the
//! vertices that lie on one; circles are taken from these in order, and the search ends when there are enough.
//! Branches in which every walk would meet itself are entered once only. Source: Johnson: "Finding All the
//! Elementary Circuits of a Directed Graph", 1975. Memory 12·V bytes, of which only what the search touches
//! becomes resident, and what the walks take.

use super::enumerate::{Repeats, Verdict, enumerate};
use super::found::Found;
use super::layers::Layers;
use super::net::{Arcwise, Names, Net};
use super::part::look_through;
use super::walks::{Walks, walks_bytes};
use crate::algorithm::{Algorithm, GraphSize, View};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, DIRECTED, NUM_THREAD, SOURCE, SOURCE_OUT};
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Projection, ProjectionSpec};
use std::ops::ControlFlow;

const LENGTHS: Kind = Kind::Int(Bounds::closed(3, 15));

const MIN_LENGTH: Param =
    Param::new("min_circle_length", LENGTHS, "Fewest edges of a circle.").or(Literal::Int(3));

const MAX_LENGTH: Param =
    Param::new("max_circle_length", LENGTHS, "Most edges of a circle.").or(Literal::Int(10));

const LIMIT: Param =
    Param::new("limit_circle_number", Kind::Int(Bounds::closed(1, 100_000)), "Most circles to list.")
        .or(Literal::Int(100));

/// Circles through a vertex.
pub struct SingleVertexCirclesDetection;

/// Parameters of [`SingleVertexCirclesDetection`].
#[derive(Debug)]
pub struct Params {
    source: String,
    directed: bool,
    min: u32,
    max: u32,
    limit: usize,
}

impl Algorithm for SingleVertexCirclesDetection {
    type Params = Params;

    const INFO: Info = Info {
        name: "single_vertex_circles_detection",
        aliases: &["single_vertex_circle_detection", "single_vertex_circles"],
        family: Family::Path,
        demand: Demand::Any,
        summary: "The first circles through a vertex.",
        params: &[SOURCE, MIN_LENGTH, MAX_LENGTH, LIMIT, DIRECTED, NUM_THREAD],
        outputs: &[
            Output::new(
                "circles",
                Shape::Paths,
                "The vertices of each circle, from the source on; shorter ones first, then in the order of ids.",
            ),
            SOURCE_OUT,
            Output::new("circle_number", Shape::Int, "Number of circles, on all pages."),
            Output::new("min_circle_length", Shape::Int, "Fewest edges of a circle."),
            Output::new("max_circle_length", Shape::Int, "Most edges of a circle."),
            Output::new("limit_circle_number", Shape::Int, "Most circles to list."),
        ],
        source: "Johnson: Finding All the Elementary Circuits of a Directed Graph, SIAM J. Comput. 4, 1975",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (min, max) = (args.int(&MIN_LENGTH), args.int(&MAX_LENGTH));
        if min > max {
            let expected = format!("[{min},15], as [min_circle_length] is {min}");
            return Err(AlgoError::Invalid { name: MAX_LENGTH.name, expected });
        }
        Ok(Params {
            source: args.text(&SOURCE),
            directed: args.flag(&DIRECTED),
            min: min as u32,
            max: max as u32,
            limit: args.int(&LIMIT) as usize,
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec { direction: shared::two_way(params.directed), ..ProjectionSpec::default() }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walks_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        search(params, &Arcwise::of(graph), ctx)
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        Some(look_through(ctx, view, params.directed, |part| search(params, part, ctx)))
    }
}

fn search<'a>(params: &Params, net: &impl Net<'a>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    let missing = || AlgoError::NoVertex { id: params.source.clone() };
    let source = net.find(&params.source)?.ok_or_else(missing)?;
    ctx.phase("search", 0.98, u64::from(params.max - params.min + 1));
    let mut found = Found::first(ctx, params.limit)?;
    let mut walks = Walks::new(ctx, net.bound())?;
    walks.begin(ctx, net, source, source)?;
    for length in params.min..=params.max {
        if found.is_full() || walks.is_exhausted() {
            break;
        }
        if let Some(layers) = walks.layers(ctx, net, length, |_| true)? {
            circles(ctx, net.names(), &layers, params.directed, &mut found)?;
        }
        ctx.advance(1);
    }
    let count = found.len() as i64;
    Ok(Outcome::of_list("circles", found.into_rows())
        .with("source", Scalar::Text(params.source.clone()))
        .with("circle_number", Scalar::Int(count))
        .with("min_circle_length", Scalar::Int(params.min.into()))
        .with("max_circle_length", Scalar::Int(params.max.into()))
        .with("limit_circle_number", Scalar::Int(params.limit as i64)))
}

/// Adds the circles of one length, without the source at their end.
fn circles(
    ctx: &JobContext,
    names: Names<'_>,
    layers: &Layers,
    directed: bool,
    found: &mut Found,
) -> Result<(), Stop> {
    // Why it ended is known from the list.
    _ = enumerate(ctx, layers, Repeats::LeftOut, |walk| {
        let circle = &walk[..walk.len() - 1];
        // Of the two ways round the one is listed whose second vertex comes first.
        if !directed && names.id(circle[circle.len() - 1]) < names.id(circle[1]) {
            return Ok(ControlFlow::Continue(Verdict::Refused(1 << 1)));
        }
        found.push(ctx, names, circle)
    })?;
    Ok(())
}
