//! What a walk asks for, before it meets a graph.

use crate::property_filter::{FilterError, PropertyFilter};
use gesso_core::Stop;

/// A walk: where it starts, and what each layer takes from the one before.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Layer 0.
    pub start: Start,
    /// Whether a start element that does not exist is an error; otherwise it is left out.
    pub is_restricted: bool,
    /// The layers after it.
    pub layers: Vec<LayerSpec>,
}

/// Where a walk starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At every vertex.
    AllVertices,
    /// At every edge.
    AllEdges,
    /// At the vertices of these ids.
    Vertices(Vec<String>),
    /// At these edges.
    Edges(Vec<EdgeId>),
    /// At the target vertices of these edges.
    TargetsOf(Vec<EdgeId>),
}

/// An edge as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeId {
    /// Id of the vertex where it starts.
    pub source: String,
    /// Id of the vertex where it ends.
    pub target: String,
    /// Its number at its source; without it all edges between the two are meant.
    pub index: Option<u32>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct LayerSpec {
    /// How it is reached.
    pub step: Step,
    /// Which vertices it holds, or are at the far end of its edges.
    pub vertex: PropertyFilter,
    /// Which edges it holds, or lead to its vertices.
    pub edge: PropertyFilter,
    /// When a walk is complete and goes no further.
    pub until: Option<UntilSpec>,
}

/// A condition on the vertex that was reached and on the edge that led there.
#[derive(Clone, Debug, Default)]
pub struct UntilSpec {
    /// On the vertex.
    pub vertex: PropertyFilter,
    /// On the edge.
    pub edge: PropertyFilter,
}

/// How a layer is reached from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It holds what the layer before holds.
    Stay,
    /// From vertices along edges to vertices.
    Neighbours(Way),
    /// From vertices to their edges.
    Edges(Way),
    /// From edges to their ends: [`Way::Out`] is the source, [`Way::In`] the target.
    Ends(Way),
}

/// What happens when there are more results than wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// No bound but memory.
    All,
    /// The first so many are given.
    First(u64),
    /// More than so many are an error.
    OrRefuse(u64),
}

impl Most {
    /// How many are looked for.
    pub(super) fn sought(self) -> u64 {
        match self {
            Most::All => u64::MAX,
            Most::First(most) => most,
            // One more tells that there are too many.
            Most::OrRefuse(most) => most.saturating_add(1),
        }
    }

    /// Refuses a number of results.
    pub fn check(self, count: u64) -> Result<(), WalkError> {
        match self {
            Most::OrRefuse(most) if count > most => Err(WalkError::TooMany(most)),
            _ => Ok(()),
        }
    }
}

/// Which edges of a vertex, or which ends of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Edges out of the vertex; the end that the edge goes out of.
    Out,
    /// Edges into the vertex; the end that the edge goes into.
    In,
    /// Both.
    Both,
}

/// Why a walk is refused or ends without a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// A start vertex does not exist.
    #[error("vertex [{0}] does not exist")]
    NoVertex(String),
    /// A start edge does not exist.
    #[error("edge from [{from}] to [{to}]{} does not exist", .index.map(|i| format!(" with index [{i}]")).unwrap_or_default())]
    NoEdge {
        /// Id of the source.
        from: String,
        /// Id of the target.
        to: String,
        /// The index, if one was given.
        index: Option<u32>,
    },
    /// A filter is wrong.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// More results than a synchronous answer holds.
    #[error("the number of results exceeds {0}, use executionMode async")]
    TooMany(u64),
    /// A layer is larger than allowed.
    #[error("hop [{hop}] holds {count} elements, expected at most {most}")]
    LayerTooLarge {
        /// Which layer.
        hop: usize,
        /// What it holds.
        count: u64,
        /// What it may hold.
        most: u64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}
