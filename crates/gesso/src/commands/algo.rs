//! `gesso algo`: what can be computed, and computing it on a server.

use super::job::{print_status, verdict};
use super::remote::Remote;
use super::{CommandError, Verdict};
use crate::bars::Bar;
use crate::examples;
use crate::output::{self, size};
use gesso_algo::{Entry, GraphSize, Info, Literal, Param, registry};
use serde_json::{Map, Value, json};

/// What to do with algorithms.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List every algorithm with its parameters; needs no server
    List(ListArgs),
    /// Run an algorithm on a graph of a server
    Run(RunArgs),
}

/// Flags of `gesso algo list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only this algorithm
    name: Option<String>,
    /// State the memory needed for a graph of so many vertices
    #[arg(long, requires = "edges")]
    vertices: Option<u64>,
    /// State the memory needed for a graph of so many edges
    #[arg(long, requires = "vertices")]
    edges: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Flags of `gesso algo run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The algorithm
    name: String,
    #[command(flatten)]
    remote: Remote,
    /// A parameter; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// First row of the result to print
    #[arg(long, default_value_t = 0)]
    offset: u64,
    /// Most rows of the result to print
    #[arg(long, default_value_t = 20)]
    limit: u64,
    /// Print the job's id and do not wait
    #[arg(long)]
    detach: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(action: Action) -> Result<Verdict, CommandError> {
    match action {
        Action::List(args) => list(&args),
        Action::Run(args) => run_one(&args),
    }
}

fn run_one(args: &RunArgs) -> Result<Verdict, CommandError> {
    let client = args.remote.client();
    let parameters = args.param.iter().map(|text| parameter(text)).collect::<Result<Map<_, _>, _>>()?;
    let job = client.run_algorithm(&args.name, &parameters.into())?;
    if args.detach {
        if args.json {
            output::json(&json!({"jobId": job}))?;
        } else {
            output::line(&job)?;
        }
        return Ok(Verdict::Done);
    }
    let bar = Bar::new(&args.name);
    client.wait(&job, |status| bar.show(status))?;
    drop(bar);
    let status = client.status_page(&job, 0.0, args.offset, args.limit)?;
    print_status(&status, args.json)?;
    Ok(verdict(&status))
}

/// `NAME=VALUE`; what is no JSON is a text.
pub(super) fn parameter(text: &str) -> Result<(String, Value), CommandError> {
    let (name, value) = text.split_once('=').ok_or_else(|| CommandError::Parameter(text.to_owned()))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.trim().to_owned(), value))
}

fn list(args: &ListArgs) -> Result<Verdict, CommandError> {
    let one = args
        .name
        .as_ref()
        .map(|name| registry::find(name).ok_or_else(|| CommandError::NoAlgorithm(name.clone())));
    let one = one.transpose()?;
    let entries = one.map_or(registry::all(), std::slice::from_ref);
    let graph = args.vertices.zip(args.edges).map(|(vertices, edges)| GraphSize {
        vertices,
        edges,
        threads: crate::machine::cores() as u64,
    });
    if args.json {
        let algorithms: Vec<Value> = entries.iter().map(|entry| describe(entry, graph)).collect();
        output::json(&algorithms.into())?;
        return Ok(Verdict::Done);
    }
    for entry in entries {
        print(entry, graph)?;
    }
    Ok(Verdict::Done)
}

/// Bytes that a run with default and example parameters takes beyond the projection.
fn need(entry: &Entry, graph: GraphSize) -> Option<u64> {
    let parameters = examples::parameters(entry.info(), &["a", "b"]);
    Some(entry.prepare(&parameters).ok()?.need(graph))
}

fn describe(entry: &Entry, graph: Option<GraphSize>) -> Value {
    let info = entry.info();
    let param = |p: &Param| {
        json!({
            "name": p.name, "aliases": p.aliases, "accepts": p.kind.to_string(), "required": p.required,
            "default": p.default.map(examples::json_of), "meaning": p.doc,
        })
    };
    let outputs = info
        .outputs
        .iter()
        .map(|o| json!({"name": o.name, "shape": format!("{:?}", o.shape), "meaning": o.doc}));
    json!({
        "name": info.name, "aliases": info.aliases, "family": family(info), "summary": info.summary,
        "parameters": info.params.iter().map(param).collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "source": info.source,
        "needBytes": graph.and_then(|graph| need(entry, graph)),
    })
}

fn family(info: &Info) -> String {
    format!("{:?}", info.family).to_lowercase()
}

fn print(entry: &Entry, graph: Option<GraphSize>) -> Result<(), CommandError> {
    let info = entry.info();
    output::line(format!("{} ({}): {}", info.name, family(info), info.summary))?;
    for p in info.params {
        let default = match (p.required, p.default) {
            (true, _) => "required".to_owned(),
            (false, Some(Literal::Text("")) | None) => "optional".to_owned(),
            (false, Some(default)) => format!("default {default}"),
        };
        output::line(format!("  {:<16} {}; {default}. {}", p.name, p.kind, p.doc))?;
    }
    for o in info.outputs {
        output::line(format!("  -> {:<13} {}", o.name, o.doc))?;
    }
    if let Some(bytes) = graph.and_then(|graph| need(entry, graph)) {
        output::line(format!("  needs {} beyond the projection", size(bytes)))?;
    }
    output::line(format!("  {}\n", info.source))?;
    Ok(())
}
