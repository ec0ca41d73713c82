//! `gesso verify`: reads everything that a data directory holds of its graphs.

use super::{CommandError, Verdict};
use crate::machine;
use crate::offline::OfflineError;
use crate::output::{self, Table, grouped, size};
use gesso_core::JobContext;
use gesso_graph::verify::Report;
use gesso_graph::{Graph, GraphError, GraphInfo};
use gesso_store::{DirLock, load_json};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Flags of `gesso verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One graph's directory and what was found there.
struct Checked {
    dir: PathBuf,
    /// None if the file that says so is damaged.
    info: Option<GraphInfo>,
    report: Result<Report, GraphError>,
}

/// Checks every graph; damage in one does not keep the others from being read.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let dirs = graph_dirs(&args.data_dir)?;
    let _lock = DirLock::acquire(&args.data_dir)?;
    let ctx = JobContext::detached(machine::cores(), machine::memory_share_bytes());
    let checked: Vec<Checked> = dirs
        .into_iter()
        .map(|dir| {
            let info = load_json::<GraphInfo>(&dir.join("graph.json")).ok().flatten();
            Checked { report: Graph::verify(&dir, &ctx), info, dir }
        })
        .collect();
    let damaged = checked.iter().filter(|c| c.report.is_err()).count();
    if args.json {
        let graphs: Vec<Value> = checked.iter().map(Checked::json).collect();
        output::json(&json!({"graphs": graphs, "damaged": damaged}))?;
    } else {
        print(&checked)?;
        output::line(format!("graphs: {}, damaged: {damaged}", checked.len()))?;
    }
    Ok(if damaged == 0 { Verdict::Done } else { Verdict::Failed })
}

/// The directories of all graphs, by name. Hidden ones are graphs that were never finished, or deleted.
fn graph_dirs(data_dir: &Path) -> Result<Vec<PathBuf>, OfflineError> {
    let dir = data_dir.join("graphs");
    let failed = |source| OfflineError::Io { path: dir.clone(), source };
    let mut dirs = Vec::new();
    for entry in std::fs::read_dir(&dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            dirs.push(entry.path());
        }
    }
    dirs.sort_unstable();
    Ok(dirs)
}

impl Checked {
    fn name(&self) -> String {
        match &self.info {
            Some(info) => format!("{}/{}", info.project, info.name),
            None => self.dir.display().to_string(),
        }
    }

    fn json(&self) -> Value {
        let mut entry = json!({"graph": self.name(), "directory": self.dir.to_string_lossy()});
        match &self.report {
            Ok(report) => {
                entry["vertexNum"] = report.vertices.into();
                entry["edgeNum"] = report.edges.into();
                entry["segmentBytes"] = report.segment_bytes.into();
                entry["logRecords"] = report.log_records.into();
                entry["storedIndices"] = report.indices.sound.into();
                entry["damagedIndices"] = report.indices.damaged.into();
                entry["damage"] = Value::Null;
            }
            Err(damage) => entry["damage"] = damage.to_string().into(),
        }
        entry
    }
}

fn print(checked: &[Checked]) -> Result<(), CommandError> {
    let mut table = Table::new(&["graph", "state", "vertices", "edges", "segments", "log records"]);
    for one in checked {
        let cells = match &one.report {
            Ok(r) => [
                "sound".to_owned(),
                grouped(r.vertices),
                grouped(r.edges),
                size(r.segment_bytes),
                grouped(r.log_records),
            ],
            Err(_) => ["DAMAGED", "-", "-", "-", "-"].map(str::to_owned),
        };
        table.push(std::iter::once(one.name()).chain(cells));
    }
    table.print()?;
    for one in checked {
        match &one.report {
            Err(damage) => output::line(format!("{}: {damage}", one.name()))?,
            Ok(report) if report.indices.damaged > 0 => {
                let (name, damaged) = (one.name(), report.indices.damaged);
                output::line(format!(
                    "{name}: stored data of indices: {damaged} damaged; made again at the next start"
                ))?;
            }
            Ok(_) => {}
        }
    }
    Ok(())
}
