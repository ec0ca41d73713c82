//! `gesso backup`: graphs into a directory or bucket, of a running server or of a data directory that none uses.

use super::job::{print_status, verdict};
use super::{CommandError, Verdict};
use crate::backup_places::{Places, StoreFlags};
use crate::bars::{Bar, Following};
use crate::client::Client;
use crate::machine;
use crate::output::{self, Table, grouped, size};
use gesso_core::JobContext;
use gesso_core::date::rfc3339_ms;
use gesso_graph::{BackupReport, Catalogue, SetAside};
use gesso_store::DirLock;
use gesso_store::backup::BackupPlace;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flags of `gesso backup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A data directory that no server uses; without it a running server is asked
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    data_dir: Option<PathBuf>,
    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:8480")]
    url: String,
    /// Token, where the server asks for one
    #[arg(long)]
    token: Option<String>,
    /// Project of the graph
    #[arg(long, default_value = "default")]
    project: String,
    /// Name of the graph; all graphs of the data directory if missing
    #[arg(long, required_unless_present = "data_dir")]
    graph: Option<String>,
    /// Directory for the backup, or s3://BUCKET/PREFIX; for a server an object path. Of all graphs each gets
    /// PROJECT/GRAPH below it
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Place of an earlier backup, since which only what is new is written
    #[arg(long, value_name = "PLACE")]
    earlier: Option<String>,
    #[command(flatten)]
    store: StoreFlags,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Takes the backups.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    match (&args.data_dir, &args.graph) {
        (Some(data_dir), _) => offline(args, data_dir),
        (None, graph) => online(args, graph.as_deref().unwrap_or_default()),
    }
}

fn online(args: &Args, graph: &str) -> Result<Verdict, CommandError> {
    let client = Client::new(&args.url, args.token.clone(), &args.project, graph);
    let mut body = json!({"backupPath": args.to});
    if let Some(earlier) = &args.earlier {
        body["earlierPath"] = earlier.as_str().into();
    }
    let job = client.submit("action?action_id=backup", &body)?;
    let bar = Bar::new("backup");
    let status = client.wait(&job, |status| bar.show(status))?;
    drop(bar);
    print_status(&status, args.json)?;
    Ok(verdict(&status))
}

fn offline(args: &Args, data_dir: &Path) -> Result<Verdict, CommandError> {
    let named = std::iter::once(&args.to).chain(&args.earlier).map(String::as_str);
    let places = Places::of(&args.store, named)?;
    let to = places.find(&args.to)?;
    let earlier = args.earlier.as_deref().map(|name| places.find(name)).transpose()?;
    // A directory that does not exist is not made: there is nothing to back up.
    let _lock = DirLock::acquire_existing(data_dir)?;
    let catalogue = Catalogue::open(data_dir, 0)?;
    let mut done = Vec::new();
    let graphs = match &args.graph {
        Some(name) => {
            vec![catalogue.find(&args.project, name)?]
        }
        None => catalogue.all(),
    };
    for graph in graphs {
        let info = graph.info();
        let place = |root: &BackupPlace| match &args.graph {
            Some(_) => root.clone(),
            None => root.join(&info.project).join(&info.name),
        };
        let ctx = JobContext::detached(machine::cores(), machine::memory_share_bytes());
        let bar = Following::new("backup", ctx.progress().clone());
        let mut earlier = earlier.as_ref().map(place);
        if let Some(place) = &earlier
            && args.graph.is_none()
            && !place.holds_backup(&ctx)?
        {
            // A graph that is new since the earlier backup has none there.
            earlier = None;
        }
        let report = graph.backup(&ctx, &place(&to), earlier.as_ref())?;
        drop(bar);
        done.push(report);
    }
    let damaged = if args.graph.is_none() { catalogue.set_aside() } else { Vec::new() };
    print(&done, &damaged, args.json)?;
    Ok(if damaged.is_empty() { Verdict::Done } else { Verdict::Failed })
}

fn print(done: &[BackupReport], damaged: &[Arc<SetAside>], json: bool) -> Result<(), CommandError> {
    let damaged = damaged.iter().map(ToString::to_string);
    if json {
        let graphs: Vec<Value> = done.iter().map(entry).collect();
        let damaged: Vec<String> = damaged.collect();
        return Ok(output::json(&json!({"graphs": graphs, "damaged": damaged}))?);
    }
    let mut table = Table::new(&["graph", "vertices", "edges", "size", "written", "restorable from"]);
    for BackupReport { about, size_bytes, copied_bytes } in done {
        table.push([
            format!("{}/{}", about.graph.project, about.graph.name),
            grouped(about.vertices),
            grouped(about.edges),
            size(*size_bytes),
            size(*copied_bytes),
            rfc3339_ms(about.from_ms),
        ]);
    }
    table.print()?;
    for reason in damaged {
        output::line(format!("not backed up: {reason}"))?;
    }
    Ok(())
}

fn entry(report: &BackupReport) -> Value {
    let about = &report.about;
    json!({
        "graph": about.graph.name,
        "project": about.graph.project,
        "vertexNum": about.vertices,
        "edgeNum": about.edges,
        "sizeBytes": report.size_bytes,
        "copiedBytes": report.copied_bytes,
        "fromTime": rfc3339_ms(about.from_ms),
        "uptoTime": rfc3339_ms(about.upto_ms),
    })
}
