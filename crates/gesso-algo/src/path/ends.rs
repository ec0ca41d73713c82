//! Parameters and results that path searches share.

use super::found::Found;
use super::net::Net;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, SET_MAX, SOURCE, TARGET};
use gesso_core::{JobContext, Outcome, Scalar, VertexIx};

pub(super) const DIRECTED: Param = shared::DIRECTED.or(Literal::Bool(false));

pub(super) const TIME_WINDOW: Param =
    Param::new("timeWindow", Kind::Window, "Only vertices and edges whose time property lies in the window.");

pub(super) const TARGETS: Param =
    Param::new("targets", Kind::Vertices { most: SET_MAX, may_repeat: false }, "Vertices to reach.")
        .required();

pub(super) const N: Param =
    Param::new("n", Kind::Int(Bounds::closed(1, 100)), "Most paths to list.").or(Literal::Int(10));

pub(super) const PATH_OUT: Output =
    Output::new("path", Shape::Path, "Ids along the path, both ends included; empty if there is none.");

pub(super) const PATHS_OUT: Output =
    Output::new("paths", Shape::Paths, "The paths, shorter ones first, then in the order of their ids.");

pub(super) const PATHS_NUMBER_OUT: Output =
    Output::new("paths_number", Shape::Int, "Number of paths, on all pages.");

pub(super) const TRUNCATED_OUT: Output = Output::new(
    "truncated",
    Shape::Bool,
    "True where there are more paths than the list may have; else absent.",
);

pub(super) const TARGET_OUT: Output = Output::new("target", Shape::Vertex, "The vertex to be reached.");

pub(super) const FIRST_SOURCE_OUT: Output =
    Output::new("source", Shape::Vertex, "Where the first path begins; empty if there is none.");

pub(super) const FIRST_TARGET_OUT: Output =
    Output::new("target", Shape::Vertex, "Where the first path ends; empty if there is none.");

/// The ids of two vertices that must differ.
pub(super) fn distinct(args: &Args) -> Result<(String, String), AlgoError> {
    let (source, target) = (args.text(&SOURCE), args.text(&TARGET));
    if source == target { Err(AlgoError::SameEnds) } else { Ok((source, target)) }
}

/// The vertices of two ends, none if the net leaves one out.
pub(super) fn both<'a>(
    net: &impl Net<'a>,
    [source, target]: [&str; 2],
) -> Result<Option<[u32; 2]>, AlgoError> {
    let (source, target) = (net.find(source)?, net.find(target)?);
    Ok(source.zip(target).map(|(s, t)| [s, t]))
}

/// The vertices of a set, without those that the net leaves out.
pub(super) fn ends<'a>(ctx: &JobContext, net: &impl Net<'a>, ids: &[String]) -> Result<Vec<u32>, AlgoError> {
    let mut tick = ctx.tick();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        tick.spend(8)?;
        found.extend(net.find(id)?);
    }
    Ok(found)
}

/// One path between two given vertices, as a result.
pub(super) fn one_path(path: Vec<VertexIx>, source: &str, target: &str) -> Outcome {
    Outcome::default()
        .with("path", Scalar::Vertices(path))
        .with("source", Scalar::Text(source.to_owned()))
        .with("target", Scalar::Text(target.to_owned()))
}

/// One path between two of many vertices, as a result that names them.
pub(super) fn path_between_sets(path: Vec<VertexIx>) -> Outcome {
    let (first, last) = (path.first().copied(), path.last().copied());
    Outcome::default()
        .with("path", Scalar::Vertices(path))
        .with("source", Scalar::Vertex(first))
        .with("target", Scalar::Vertex(last))
}

/// A list of paths between two given vertices, as a result.
pub(super) fn many_paths(found: Found, source: &str, target: &str) -> Outcome {
    let ends = [source, target].map(|id| Scalar::Text(id.to_owned()));
    with_ends(found, ends)
}

/// A list of paths between two of many vertices, as a result that names the ends of the first.
pub(super) fn paths_between_sets(found: Found) -> Outcome {
    let (first, last) = found.first_ends().unzip();
    with_ends(found, [first, last].map(|v| Scalar::Vertex(v.map(VertexIx))))
}

fn with_ends(found: Found, [source, target]: [Scalar; 2]) -> Outcome {
    let (count, is_truncated) = (found.len(), found.is_truncated());
    let outcome = Outcome::of_list("paths", found.into_rows())
        .with("paths_number", Scalar::Int(count as i64))
        .with("source", source)
        .with("target", target);
    if is_truncated { outcome.with("truncated", Scalar::Bool(true)) } else { outcome }
}
