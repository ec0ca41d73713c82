//! Every algorithm, found by name. A new one is a line in `ENTRIES`.

use crate::algorithm::{Algorithm, Prepared, Search, prepare, prepare_search};
use crate::args::Mode;
use crate::error::AlgoError;
use crate::info::Info;
use crate::{centrality, community, embedding, matching, path, similarity, structure};
use serde_json::{Map, Value};

/// One algorithm of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    info: &'static Info,
    prepare: Prepare,
}

type Prepare = fn(&Map<String, Value>, Mode) -> Result<Prepared, AlgoError>;

/// Alphabetical by canonical name.
static ENTRIES: &[Entry] = &[
    entry::<path::AllPairsShortestPaths>(),
    entry::<path::AllShortestPaths>(),
    entry::<path::AllShortestPathsOfVertexSets>(),
    entry::<structure::ArticulationPoints>(),
    entry::<centrality::Betweenness>(),
    entry::<structure::Bridges>(),
    entry::<centrality::Closeness>(),
    entry::<community::ClusterCoefficient>(),
    entry::<similarity::CommonNeighbors>(),
    entry::<similarity::CommonNeighborsOfVertexSets>(),
    entry::<community::Conductance>(),
    entry::<community::ConnectedComponent>(),
    entry::<structure::DagLongestPath>(),
    entry::<centrality::Degree>(),
    entry::<community::DegreeCorrelation>(),
    entry::<centrality::EdgeBetweenness>(),
    entry::<centrality::Eigenvector>(),
    entry::<embedding::FastRandomProjection>(),
    search::<path::FilteredAllPairsShortestPaths>(),
    search::<path::FilteredAllShortestPaths>(),
    search::<path::FilteredCircleDetection>(),
    search::<path::FilteredNPaths>(),
    search::<path::FilteredShortestPath>(),
    entry::<centrality::Harmonic>(),
    entry::<centrality::Hits>(),
    entry::<structure::InfluenceMaximization>(),
    entry::<path::KHop>(),
    entry::<community::KTruss>(),
    entry::<centrality::Katz>(),
    entry::<community::KCore>(),
    entry::<community::LabelPropagation>(),
    entry::<community::Leiden>(),
    entry::<similarity::LinkPrediction>(),
    entry::<community::Louvain>(),
    entry::<structure::MaximalIndependentSet>(),
    entry::<structure::MinimumSpanningForest>(),
    entry::<community::Modularity>(),
    entry::<path::NPaths>(),
    entry::<embedding::Node2Vec>(),
    entry::<similarity::NodeSimilarity>(),
    entry::<centrality::OdBetweenness>(),
    entry::<centrality::PageRank>(),
    entry::<centrality::PersonalRank>(),
    entry::<structure::RandomWalkSample>(),
    entry::<similarity::RealtimeRecommendation>(),
    entry::<path::ShortestPath>(),
    entry::<path::ShortestPathOfVertexSets>(),
    entry::<path::SingleVertexCirclesDetection>(),
    entry::<path::Sssp>(),
    entry::<community::StronglyConnectedComponent>(),
    search::<matching::SubgraphMatching>(),
    entry::<centrality::TopicRank>(),
    entry::<structure::TopologicalSort>(),
    entry::<community::TriangleCount>(),
];

const fn entry<A: Algorithm>() -> Entry {
    Entry { info: const { &A::INFO }, prepare: prepare::<A> }
}

const fn search<S: Search>() -> Entry {
    Entry { info: const { &S::INFO }, prepare: prepare_search::<S> }
}

/// Every algorithm, in the order of names.
pub fn all() -> &'static [Entry] {
    ENTRIES
}

/// A name in the form in which it is declared: names are read in any case, and with `-` for `_`.
pub(crate) fn canonical(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('-', "_")
}

/// The algorithm of a name or alias, in any case, `-` read as `_`.
pub fn find(name: &str) -> Option<&'static Entry> {
    let name = canonical(name);
    ENTRIES.iter().find(|e| e.info.name == name || e.info.aliases.contains(&name.as_str()))
}

impl Entry {
    /// The declaration.
    pub fn info(&self) -> &'static Info {
        self.info
    }

    /// Reads the parameters of a request. Everything that can be refused without the graph is refused here.
    pub fn prepare(&self, given: &Map<String, Value>) -> Result<Prepared, AlgoError> {
        self.prepare_for(given, Mode::Job)
    }

    /// [`Entry::prepare`] for a client that waits or for one that does not.
    pub fn prepare_for(&self, given: &Map<String, Value>, mode: Mode) -> Result<Prepared, AlgoError> {
        (self.prepare)(given, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_spelling() {
        for (asked, name) in [
            ("PageRank", "pagerank"),
            ("SHORTEST-PATH", "shortest_path"),
            ("connect_component", "connected_component"),
            ("traingle_count", "triangle_count"),
            ("k-core", "kcore"),
            ("k-hop", "k_hop"),
        ] {
            assert_eq!(find(asked).map(|e| e.info().name), Some(name));
        }
        assert!(find("teleport").is_none());
    }

    #[test]
    fn names_are_unique_and_each_line_is_in_its_place() {
        let names: Vec<&str> = ENTRIES.iter().map(|e| e.info.name).collect();
        assert!(names.is_sorted());
        let mut every: Vec<&str> = ENTRIES.iter().flat_map(|e| e.info.aliases.iter().copied()).collect();
        every.extend(names);
        let count = every.len();
        every.sort_unstable();
        every.dedup();
        assert_eq!(every.len(), count);
    }

    #[test]
    fn every_declaration_is_complete() {
        for info in ENTRIES.iter().map(Entry::info) {
            assert!(!info.summary.is_empty() && !info.source.is_empty() && !info.outputs.is_empty());
            assert!(info.params.iter().all(|p| !p.doc.is_empty()), "{}", info.name);
            assert!(info.params.iter().any(|p| p.is_called("num_thread")), "{}", info.name);
            assert!(info.outputs.iter().filter(|o| o.shape.is_paged()).count() <= 1, "{}", info.name);
        }
    }
}
