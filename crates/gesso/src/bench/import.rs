//! A durable import of a social network, from CSV to a graph that answers.

use super::social::{self, EDGES, VERTICES};
use super::{Cell, Plan, Report, Samples, context};
use crate::commands::CommandError;
use crate::offline::{self, Files, OfflineError};
use crate::{machine, sample};
use gesso_graph::Catalogue;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// Measures with generated files, or with those of `given`.
pub fn measure(plan: &Plan, runs: u32, persons: u32, given: Option<&Path>) -> Result<Report, CommandError> {
    let columns = ["rows", "median s", "rows/s", "bytes an edge", "resident", "resident an edge"];
    let mut report = Report::new("import", &columns);
    let dir = plan.dir()?;
    match given {
        None => social::generate(dir.path(), persons, plan.kronecker.seed)?,
        Some(given) => relabel_all(given, dir.path())?,
    }
    let named = |name: &&str| dir.path().join(format!("{name}.csv"));
    let files = Files {
        schema: Some(dir.path().join("social.xml")),
        vertices: VERTICES.iter().map(named).collect(),
        edges: EDGES.iter().map(named).collect(),
    };
    let mut times = Samples::default();
    let mut first = None;
    for run in 0..runs {
        let data = dir.path().join(format!("data-{run}"));
        let imported = once(plan, &data, &files, &mut times)?;
        // Later runs reuse memory of earlier ones: only the first shows what an import makes resident.
        first.get_or_insert(imported);
    }
    if let Some(imported) = first {
        push(&mut report, &imported, &times);
    }
    Ok(report)
}

/// What is known of a finished import. Resident is measured while its graph is open.
struct Finished {
    rows: u64,
    rejected: u64,
    edges: u64,
    graph_bytes: u64,
    resident_bytes: u64,
}

fn once(plan: &Plan, data: &Path, files: &Files, times: &mut Samples) -> Result<Finished, CommandError> {
    let before = machine::resident_bytes();
    let started = Instant::now();
    let catalogue = Catalogue::open(data, 0)?;
    let graph = offline::find_or_create(&catalogue, sample::PROJECT, "social")?;
    let ctx = context(plan.threads);
    let imported = offline::import(&ctx, &graph, &files.import()?, "import")?;
    times.push(started.elapsed().as_secs_f64());
    let snapshot = graph.snapshot();
    let memory = snapshot.base().memory();
    let reports = || imported.vertices.iter().chain(&imported.edges);
    Ok(Finished {
        rows: reports().map(|r| r.total_lines).sum(),
        rejected: reports().map(|r| r.failed_lines).sum(),
        edges: snapshot.edge_count(),
        graph_bytes: memory.id_bytes + memory.vertex_bytes + memory.edge_bytes + memory.column_bytes,
        resident_bytes: machine::resident_bytes().saturating_sub(before),
    })
}

fn push(report: &mut Report, imported: &Finished, times: &Samples) {
    let edges = imported.edges.max(1) as f64;
    report.push([
        Cell::Count(imported.rows),
        Cell::Real(times.median()),
        Cell::Count((imported.rows as f64 / times.median().max(1e-9)) as u64),
        Cell::Real(imported.graph_bytes as f64 / edges),
        Cell::Bytes(imported.resident_bytes),
        Cell::Real(imported.resident_bytes as f64 / edges),
    ]);
    if imported.rejected > 0 {
        report.problems.push(format!("{} lines were rejected", imported.rejected));
    }
}

/// Copies files with a header and without labels into Gesso's form.
fn relabel_all(from: &Path, to: &Path) -> Result<(), OfflineError> {
    std::fs::write(to.join("social.xml"), social::SCHEMA)
        .map_err(|source| OfflineError::Io { path: to.to_owned(), source })?;
    for (names, ids) in [(&VERTICES[..], 1), (&EDGES[..], 2)] {
        for name in names {
            let path = from.join(format!("{name}.csv"));
            relabel(&path, &to.join(format!("{name}.csv")), name, ids)
                .map_err(|source| OfflineError::Io { path, source })?;
        }
    }
    Ok(())
}

/// Leaves the first line out and puts a label behind the first `ids` fields of the others.
fn relabel(from: &Path, to: &Path, label: &str, ids: usize) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(to)?);
    for line in BufReader::with_capacity(1 << 20, File::open(from)?).lines().skip(1) {
        let line = line?;
        let end = line.match_indices(',').nth(ids - 1).map_or(line.len(), |(at, _)| at);
        let (head, tail) = line.split_at(end);
        writeln!(out, "{head},{label}{tail}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kronecker::Kronecker;

    #[test]
    fn generated_files_import_without_rejected_lines() {
        let plan = Plan {
            kronecker: Kronecker { scale: 4, edge_factor: 1, seed: 3 },
            threads: 1,
            temp: std::env::temp_dir(),
        };
        let report = measure(&plan, 1, 50, None).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
    }

    #[test]
    fn a_header_goes_and_a_label_comes() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&from, "src,dst,weight\n1,2,7\n3,4\n").unwrap();
        relabel(&from, &to, "knows", 2).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "1,2,knows,7\n3,4,knows\n");
    }
}
