//! `gesso restore`: graphs out of backups into a data directory that no server uses.

use super::{CommandError, Verdict};
use crate::backup_places::{Places, StoreFlags};
use crate::bars::Following;
use crate::machine;
use crate::offline::new_info;
use crate::output::{self, Table, grouped};
use gesso_core::JobContext;
use gesso_core::date::parse_rfc3339_ms;
use gesso_graph::{BackupAbout, Catalogue, Graph};
use gesso_store::backup::{Backup, BackupPlace};
use gesso_store::{DirLock, StoreError};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of `gesso restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A backup, or a place of backups as `gesso backup` makes it of all graphs: a directory or s3://BUCKET/PREFIX
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// The data directory; made if there is none
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Name of the restored graph, of a single backup; its old name if missing
    #[arg(long)]
    graph: Option<String>,
    /// Time up to which commits are restored, such as 2026-11-24T06:30:00Z; all if missing
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    store: StoreFlags,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Restores them. Graphs of the same names must not be there.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let until_ms = match &args.until {
        Some(text) => Some(parse_rfc3339_ms(text).ok_or_else(|| CommandError::Time(text.clone()))?),
        None => None,
    };
    let place = Places::of(&args.store, [args.from.as_str()])?.find(&args.from)?;
    let ctx = || JobContext::detached(machine::cores(), machine::memory_share_bytes());
    let backups = find(&ctx(), &place)?;
    if args.graph.is_some() && backups.len() > 1 {
        return Err(CommandError::OneBackup(args.from.clone()));
    }
    let _lock = DirLock::acquire(&args.data_dir)?;
    let catalogue = Catalogue::open(&args.data_dir, 0)?;
    let mut done = Vec::new();
    for (place, about) in backups {
        let ctx = ctx();
        let bar = Following::new("restore", ctx.progress().clone());
        let old = about.graph;
        let name = args.graph.as_deref().unwrap_or(&old.name);
        // Two graphs of one backup may live side by side under two names.
        let info = new_info(&old.project, name);
        done.push(catalogue.restore(&ctx, &place, info, until_ms)?);
        drop(bar);
    }
    print(&done, args.json)?;
    Ok(Verdict::Done)
}

/// The place itself, or all PROJECT/GRAPH below it that hold a backup.
fn find(ctx: &JobContext, place: &BackupPlace) -> Result<Vec<(BackupPlace, BackupAbout)>, StoreError> {
    let one = |place: BackupPlace| {
        let found: Backup<BackupAbout> = place.read(ctx)?;
        Ok::<_, StoreError>((place, found.about))
    };
    let single = one(place.clone());
    if !matches!(single, Err(StoreError::NoBackup { .. })) {
        return Ok(vec![single?]);
    }
    let mut found = Vec::new();
    for project in place.names(ctx)? {
        let project = place.join(&project);
        for graph in project.names(ctx)? {
            found.push(one(project.join(&graph))?);
        }
    }
    if found.is_empty() { Ok(vec![single?]) } else { Ok(found) }
}

fn print(done: &[Arc<Graph>], json: bool) -> Result<(), CommandError> {
    let mut table = Table::new(&["graph", "vertices", "edges"]);
    let mut graphs = Vec::<Value>::new();
    for graph in done {
        let (info, snapshot) = (graph.info(), graph.snapshot());
        let (vertices, edges) = (snapshot.vertex_count(), snapshot.edge_count());
        table.push([format!("{}/{}", info.project, info.name), grouped(vertices), grouped(edges)]);
        graphs.push(
            json!({"graph": info.name, "project": info.project, "vertexNum": vertices, "edgeNum": edges}),
        );
    }
    if json {
        return Ok(output::json(&json!({"graphs": graphs}))?);
    }
    Ok(table.print()?)
}
