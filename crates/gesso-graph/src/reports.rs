//! What jobs have computed about a whole graph, kept beside it until it is computed again: spec 04, 2.8 and
//! 2.9. Each report is one file that is replaced as a whole.
//!
//! ```text
//! <graph>/reports/structure.json
//! <graph>/reports/assets.json
//! ```

use crate::graph::Graph;
use gesso_core::{JobContext, LabelId, Stop, VertexIx};
use gesso_store::{StoreError, load_json, save_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

use crate::snapshot::{End, Snapshot};
use gesso_core::ctx::even_cuts;

/// Which labels a graph's edges lead from and to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Structure {
    /// Vertices of each label, by the label's number in order.
    pub vertices: Vec<(String, u64)>,
    /// Edges by labels of source and target, and their own: (source, target, relation, number).
    pub edges: Vec<(String, String, String, u64)>,
}

/// Numbers of elements by label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    /// Milliseconds since 1970.
    pub generated_ms: u64,
    /// Vertices by label.
    pub vertices: BTreeMap<String, u64>,
    /// Edges by label.
    pub edges: BTreeMap<String, u64>,
}

/// A kind of report.
pub trait Report: Serialize + for<'a> Deserialize<'a> {
    /// The name of its file.
    const FILE: &'static str;
}

impl Report for Structure {
    const FILE: &'static str = "structure.json";
}

impl Report for Assets {
    const FILE: &'static str = "assets.json";
}

impl Graph {
    /// The latest report of a kind; none if there never was one.
    pub fn report<R: Report>(&self) -> Result<Option<R>, StoreError> {
        load_json(&self.dir().join("reports").join(R::FILE))
    }

    /// Replaces the report of a kind.
    pub fn save_report<R: Report>(&self, report: &R) -> Result<(), StoreError> {
        let dir = self.dir().join("reports");
        std::fs::create_dir_all(&dir).map_err(|source| StoreError::Io {
            path: dir.clone(),
            act: "create",
            source,
        })?;
        save_json(&dir.join(R::FILE), report)
    }
}

/// Labels of source and target of an edge, and its own.
type Relation = (LabelId, LabelId, LabelId);

impl Structure {
    /// Counts a version. A vertex of several labels counts for each, and its edges with it.
    pub fn of(ctx: &JobContext, snapshot: &Snapshot) -> Result<Structure, Stop> {
        ctx.phase("count relations", 1.0, u64::from(snapshot.vertex_bound()));
        let counted = ctx.par_ranges(&even_cuts(snapshot.vertex_bound() as usize, 4096), |range, tick| {
            let mut counts: HashMap<Relation, u64> = HashMap::new();
            let size = range.len() as u64;
            for v in range.map(|v| VertexIx(v as u32)) {
                let sources = snapshot.labels_of(v);
                tick.spend(4)?;
                snapshot.visit_edges(v, End::Source, |edge| {
                    tick.spend(8)?;
                    for target in snapshot.labels_of(edge.target) {
                        for source in &sources {
                            *counts.entry((*source, target, edge.label)).or_default() += 1;
                        }
                    }
                    Ok::<_, Stop>(())
                })?;
            }
            ctx.advance(size);
            Ok::<_, Stop>(counts)
        })?;
        let mut total: BTreeMap<Relation, u64> = BTreeMap::new();
        for (relation, count) in counted.into_iter().flatten() {
            *total.entry(relation).or_default() += count;
        }
        let name = |l: LabelId| snapshot.schema().label(l).map_or(String::new(), |l| l.name.to_string());
        let labels = snapshot.schema().labels().map(|l| (l.name.to_string(), snapshot.vertices_with(l.id)));
        Ok(Structure {
            vertices: labels.filter(|l| l.1 > 0).collect(),
            edges: total.into_iter().map(|((s, t, r), n)| (name(s), name(t), name(r), n)).collect(),
        })
    }
}

impl Assets {
    /// Counts a version.
    pub fn of(snapshot: &Snapshot, generated_ms: u64) -> Assets {
        let labels = || snapshot.schema().labels();
        let vertices = labels().map(|l| (l.name.to_string(), snapshot.vertices_with(l.id)));
        let edges = labels().map(|l| (l.name.to_string(), snapshot.edges_with(l.id)));
        Assets {
            generated_ms,
            vertices: vertices.filter(|l| l.1 > 0).collect(),
            edges: edges.filter(|l| l.1 > 0).collect(),
        }
    }
}
