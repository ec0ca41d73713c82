//! The jobs that are cancelled: how each is started, and what must hold after a cancel.

use super::{GRAPH, Plan};
use crate::client::{Client, ClientError};
use crate::offline::OfflineError;
use crate::{examples, sample};
use gesso_algo::{Demand, Entry, Prepared, registry};
use gesso_graph::ProjectionSpec;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A job that can be started again and again.
pub struct Kind {
    /// What it is called in the report.
    pub name: String,
    /// The graph that it works on.
    pub graph: &'static str,
    /// Where it is posted.
    path: &'static str,
    /// What is posted.
    body: Value,
    /// The projection that it runs on.
    pub projection: Option<ProjectionSpec>,
    /// True if a complete run changes the graph, so that it needs an empty one.
    pub writes: bool,
}

/// The graph that imports go into.
pub const IMPORTED: &str = "imported";

impl Kind {
    /// Starts it.
    pub fn start(&self, client: &Client) -> Result<String, ClientError> {
        client.with_graph(self.graph).submit(self.path, &self.body)
    }
}

/// One of each: every algorithm that the generated graph has an answer for, a filtered query over vertices and one over edges, an import.
pub fn all(hub: &str) -> Vec<Kind> {
    let anywhere = registry::all().iter().filter(|entry| entry.info().demand == Demand::Any);
    let mut kinds: Vec<Kind> = anywhere.map(|entry| algorithm(entry, hub)).collect();
    // Ordered, so that no row can be given before all were looked at.
    for (name, path, key, limit) in [
        ("query vertices", "vertices/action?action_id=query", "id", Some(100_000)),
        ("query edges", "edges/action?action_id=query", "label", Some(100_000)),
        // Without a limit every edge is kept, sorted and written.
        ("query all edges", "edges/action?action_id=query", "label", None),
    ] {
        kinds.push(Kind {
            name: name.to_owned(),
            graph: GRAPH,
            path,
            body: json!({
                "labels": ["__DEFAULT__"], "sorts": [{"key": key, "orderValue": "decr"}], "limit": limit,
            }),
            projection: None,
            writes: false,
        });
    }
    kinds.push(Kind {
        name: "import".to_owned(),
        graph: IMPORTED,
        path: "action?action_id=import-graph",
        body: json!({"edgesetPath": "bench/edges.csv"}),
        projection: None,
        writes: true,
    });
    kinds
}

fn algorithm(entry: &Entry, hub: &str) -> Kind {
    let info = entry.info();
    let mut parameters = examples::parameters(info, &[hub, "0"]);
    if info.params.iter().any(|p| p.is_called("max_iterations")) {
        // Enough to be cancelled in, few enough for the whole run that is measured first.
        parameters.insert("max_iterations".to_owned(), 20.into());
    }
    Kind {
        name: info.name.to_owned(),
        graph: GRAPH,
        path: "action?action_id=execute-algorithm",
        // What the server would refuse, it refuses when the job is started.
        projection: entry.prepare(&parameters).ok().and_then(|prepared| match prepared {
            Prepared::OnProjection(algorithm) => Some(algorithm.projection()),
            Prepared::OnSnapshot(_) => None,
        }),
        body: json!({"algorithmName": info.name, "parameters": parameters}),
        writes: false,
    }
}

/// Writes the file that imports read: one edge for each of the generated graph's vertices and factor.
pub fn write_import(plan: &Plan, objects: &Path) -> Result<(), OfflineError> {
    let path = objects.join("bench/edges.csv");
    let written = || -> io::Result<()> {
        std::fs::create_dir_all(objects.join("bench"))?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let mut rng = gesso_core::rng::Rng::new(plan.kronecker.seed, 7);
        let vertices = plan.kronecker.vertices();
        for _ in 0..plan.kronecker.edges() / 4 {
            writeln!(out, "{},{},__DEFAULT__", rng.below(vertices), rng.below(vertices))?;
        }
        out.flush()
    };
    written().map_err(|source| OfflineError::Io { path: path.clone(), source })
}

/// A client of the samples' project.
pub fn client(url: &str) -> Client {
    Client::new(url, None, sample::PROJECT, GRAPH)
}
