//! The jobs that are cancelled: how each is started, and what must hold after a cancel.

use super::{GRAPH, Plan};
use crate::client::{Client, ClientError};
use crate::commands::CommandError;
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
    path: String,
    /// What is posted.
    body: Value,
    /// The field of the body that a number is put behind, as no two jobs may give the same.
    numbered: Option<&'static str>,
    /// The projection that it runs on.
    pub projection: Option<ProjectionSpec>,
    /// What a complete run leaves that the next must not find.
    pub leaves: Leaves,
}

/// What a complete run leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nothing that matters.
    Nothing,
    /// A graph that is not empty any more.
    Elements,
    /// An index of this name.
    Index(&'static str),
}

/// The graph that imports go into.
pub const IMPORTED: &str = "imported";
/// The graph that indices are built on: vertices with one number each.
const PEOPLE: &str = "people";
/// Its vertices.
const PEOPLE_COUNT: u64 = 2_000_000;
/// The index that is built.
const INDEX: &str = "age";

impl Kind {
    fn of(name: &str, path: &str, body: Value) -> Kind {
        Kind {
            name: name.to_owned(),
            graph: GRAPH,
            path: path.to_owned(),
            body,
            numbered: None,
            projection: None,
            leaves: Leaves::Nothing,
        }
    }

    /// Starts it, as the start of this number.
    pub fn start(&self, client: &Client, number: u64) -> Result<String, ClientError> {
        let mut body = self.body.clone();
        if let Some(text) = self.numbered.and_then(|field| body.get_mut(field)) {
            *text = format!("{}{number}", text.as_str().unwrap_or_default()).into();
        }
        client.with_graph(self.graph).submit(&self.path, &body)
    }
}

/// One of each: every algorithm that the generated graph has an answer for, filtered queries over vertices and
/// edges, an index, exports (one of the result of the job `done`), a backup, an import.
pub fn all(hub: &str, done: &str) -> Vec<Kind> {
    let anywhere = registry::all().iter().filter(|entry| entry.info().demand == Demand::Any);
    let mut kinds: Vec<Kind> = anywhere.map(|entry| algorithm(entry, hub)).collect();
    kinds.extend(queries());
    kinds.extend(files(done));
    let index =
        json!({"indexName": INDEX, "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    let index = Kind::of("create index", "indices", index);
    kinds.push(Kind { graph: PEOPLE, leaves: Leaves::Index(INDEX), ..index });
    let import = json!({"edgesetPath": "bench/edges.csv"});
    kinds.push(Kind {
        graph: IMPORTED,
        leaves: Leaves::Elements,
        ..Kind::of("import", "action?action_id=import-graph", import)
    });
    kinds
}

fn queries() -> impl Iterator<Item = Kind> {
    // Ordered, so that no row can be given before all were looked at.
    [
        ("query vertices", "vertices/action?action_id=query", "id", Some(100_000)),
        ("query edges", "edges/action?action_id=query", "label", Some(100_000)),
        // Without a limit every edge is kept, sorted and written.
        ("query all edges", "edges/action?action_id=query", "label", None),
    ]
    .into_iter()
    .map(|(name, path, key, limit)| {
        let sorts = json!([{"key": key, "orderValue": "decr"}]);
        Kind::of(name, path, json!({"labels": ["__DEFAULT__"], "sorts": sorts, "limit": limit}))
    })
}

/// What writes files.
fn files(done: &str) -> [Kind; 4] {
    let filtered = json!({"labels": ["__DEFAULT__"], "exportPath": "bench", "fileName": "edges-out.csv"});
    let whole = json!({
        "graphExportPath": "bench/graph", "vertexSetName": "v", "edgeSetName": "e", "schemaName": "schema.xml",
    });
    let result = json!({"exportPath": "bench", "fileName": "result.csv", "erase": false});
    [
        Kind::of("export edges", "edges/action?action_id=export", filtered),
        Kind::of("export graph", "action?action_id=export-graph", whole),
        Kind::of("export result", &format!("jobs/{done}/action?action_id=export-result"), result),
        Kind {
            numbered: Some("backupPath"),
            ..Kind::of("backup", "action?action_id=backup", json!({"backupPath": "bench/backup-"}))
        },
    ]
}

fn algorithm(entry: &Entry, hub: &str) -> Kind {
    let info = entry.info();
    let mut parameters = examples::parameters(info, &[hub, "0"]);
    if info.params.iter().any(|p| p.is_called("max_iterations")) {
        // Enough to be cancelled in, few enough for the whole run that is measured first.
        parameters.insert("max_iterations".to_owned(), 20.into());
    }
    // What the server would refuse, it refuses when the job is started.
    let projection = entry.prepare(&parameters).ok().and_then(|prepared| match prepared {
        Prepared::OnProjection(algorithm) => Some(algorithm.projection()),
        Prepared::OnSnapshot(_) => None,
    });
    let body = json!({"algorithmName": info.name, "parameters": parameters});
    Kind { projection, ..Kind::of(info.name, "action?action_id=execute-algorithm", body) }
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

/// Makes the graph that indices are built on.
pub fn import_people(client: &Client, objects: &Path) -> Result<(), CommandError> {
    let written = |path: &Path| -> io::Result<()> {
        let property = "<property name=\"age\" dataType=\"int\"/>";
        let schema = format!(
            "<PMML><labels><label name=\"person\"><properties>{property}</properties></label></labels></PMML>"
        );
        std::fs::write(objects.join("bench/people.xml"), schema)?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        for i in 0..PEOPLE_COUNT {
            writeln!(out, "p{i},person,{}", i.wrapping_mul(2_654_435_761) % 100_000)?;
        }
        out.flush()
    };
    let path = objects.join("bench/people.csv");
    written(&path).map_err(|source| OfflineError::Io { path: path.clone(), source })?;
    let client = client.with_graph(PEOPLE);
    client.create_graph()?;
    let body = json!({"schemaPath": "bench/people.xml", "vertexsetPath": "bench/people.csv"});
    let job = client.submit("action?action_id=import-graph", &body)?;
    client.wait(&job, |_| ())?;
    Ok(())
}

/// A client of the samples' project.
pub fn client(url: &str) -> Client {
    Client::new(url, None, sample::PROJECT, GRAPH)
}
