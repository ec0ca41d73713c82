//! `gesso demo`: a tour on a temporary data directory. Everything that a user could do goes through HTTP.

use super::{CommandError, Verdict};
use crate::bars::{Bar, Following};
use crate::client::{Client, JobStatus, cell_text};
use crate::kronecker::Kronecker;
use crate::local::LocalServer;
use crate::output::{Table, grouped, line, size};
use crate::{machine, offline, sample};
use gesso_core::JobContext;
use gesso_jobs::EngineConfig;
use gesso_server::Settings;
use serde_json::{Value, json};
use std::time::Instant;

/// Flags of `gesso demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End after the tour instead of leaving the server running
    #[arg(long)]
    exit: bool,
    /// The generated graph has 2^SCALE vertices and 16 edges a vertex
    #[arg(long, default_value_t = 18, hide = true, value_parser = clap::value_parser!(u32).range(4..=24))]
    scale: u32,
}

/// Name of the generated graph.
const LARGE: &str = "kronecker";

/// Rows of a result that are printed.
const ROWS: usize = 5;

/// Rows of a result that are read to find those.
const ROWS_READ: u64 = 1000;

/// Seconds for which the long job is left alone.
const MOMENT_SECONDS: f64 = 0.5;

/// Gives the tour.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let dir = tempfile::Builder::new().prefix("gesso-demo-").tempdir()?;
    let server = LocalServer::start(Settings {
        data_dir: dir.path().to_owned(),
        jobs: EngineConfig { memory_bytes: machine::memory_share_bytes(), ..EngineConfig::default() },
        ..Settings::default()
    })?;
    line(format!("Gesso is listening at {}; its data is in {}\n", server.url(), dir.path().display()))?;
    let client = Client::new(server.url(), None, sample::PROJECT, sample::NAME);
    import(&server, &client)?;
    pagerank(&client)?;
    query(&client)?;
    let large = Kronecker { scale: args.scale, edge_factor: 16, seed: 42 };
    generate(&server, large)?;
    let verdict = cancel(&server, &client.with_graph(LARGE))?;
    if !args.exit {
        let url = server.url();
        let graph = format!("{url}/ges/v1.0/{}/graphs/{}", sample::PROJECT, sample::NAME);
        line(format!("\nThe server goes on at {url} until Ctrl-C. Try:\n  curl {graph}/summary"))?;
        line(format!("  gesso job list --url {url} --graph {LARGE}"))?;
        server.wait_for_signal()?;
    }
    server.stop()?;
    Ok(verdict)
}

fn import(server: &LocalServer, client: &Client) -> Result<(), CommandError> {
    line("1. Import a small graph: the metro of a city that does not exist")?;
    sample::write_files(&server.app().objects.root().join(sample::NAME))?;
    client.create_graph()?;
    let path = |file: &str| format!("{}/{file}", sample::NAME);
    let body = json!({
        "schemaPath": path("schema.xml"), "vertexsetPath": path("vertices.csv"),
        "edgesetPath": path("edges.csv"),
    });
    let started = Instant::now();
    finish(client, "import", &client.submit("action?action_id=import-graph", &body)?)?;
    let elapsed = started.elapsed().as_secs_f64() * 1e3;
    let summary = client.get("summary")?;
    let count = |name: &str| summary["data"][name].as_u64().unwrap_or(0);
    line(format!(
        "   {} vertices, {} edges, durable after {elapsed:.0} ms\n",
        count("vertexNum"),
        count("edgeNum")
    ))?;
    Ok(())
}

fn pagerank(client: &Client) -> Result<(), CommandError> {
    line("2. PageRank as a job: where do most ways lead?")?;
    let job = client.run_algorithm("pagerank", &json!({}))?;
    finish(client, "pagerank", &job)?;
    let status = client.status_page(&job, 0.0, 0, ROWS_READ)?;
    let outputs = status.outputs();
    let rank = |row: &Vec<String>| row.get(1).and_then(|cell| cell.parse().ok()).unwrap_or(0.0);
    let mut ranks: Vec<(f64, &str)> =
        outputs.rows.iter().map(|row| (rank(row), row.first().map_or("", |id| id))).collect();
    ranks.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut table = Table::new(&["vertex", "rank"]);
    for (rank, id) in ranks.into_iter().take(ROWS) {
        table.push([id.to_owned(), format!("{rank:.5}")]);
    }
    table.print()?;
    let scalars = outputs.scalars.iter().map(|(name, value)| format!("{name} {value}"));
    line(format!("   {}\n", scalars.collect::<Vec<_>>().join(", ")))?;
    Ok(())
}

fn query(client: &Client) -> Result<(), CommandError> {
    line("3. A filtered query as a job: busy stations of the inner zone without a lift")?;
    let condition = |property: &str, predicate: &str, value: &str| json!({"propertyName": property, "predicate": predicate, "values": [value]});
    let body = json!({
        "labels": ["station"],
        "vertexFilters": [
            condition("zone", "=", "1"), condition("riders", ">", "40000"), condition("lift", "=", "false"),
        ],
        "sorts": [{"key": "property", "propertyName": "riders", "orderValue": "decr"}],
        "limit": ROWS,
    });
    let job = client.submit("vertices/action?action_id=query", &body)?;
    finish(client, "query", &job)?;
    let status = client.status_page(&job, 0.0, 0, ROWS_READ)?;
    let mut table = Table::new(&["station", "riders a day", "opened"]);
    for vertex in status.json()["data"]["outputs"]["vertices"].as_array().into_iter().flatten() {
        let property = |name: &str| first(&vertex["properties"][name]);
        table.push([property("name"), property("riders"), property("opened")]);
    }
    table.print()?;
    line("")?;
    Ok(())
}

/// The first of the values that a property of an element has.
fn first(values: &Value) -> String {
    cell_text(values.get(0).unwrap_or(values))
}

fn generate(server: &LocalServer, kronecker: Kronecker) -> Result<(), CommandError> {
    line("4. A larger graph: power-law degrees, generated here")?;
    let started = Instant::now();
    let graph = offline::find_or_create(&server.app().catalogue, sample::PROJECT, LARGE)?;
    let ctx = JobContext::detached(machine::cores(), machine::memory_share_bytes());
    let bar = Following::new("generate", ctx.progress().clone());
    kronecker.load(&ctx, &graph, None)?;
    drop(bar);
    let (vertices, edges) = (grouped(kronecker.vertices()), grouped(kronecker.edges()));
    let memory = graph.snapshot().base().memory();
    let per_edge = memory.edge_bytes as f64 / kronecker.edges() as f64;
    line(format!(
        "   {vertices} vertices, {edges} edges, durable after {:.1} s; {per_edge:.1} bytes an edge, both \
         directions\n",
        started.elapsed().as_secs_f64()
    ))?;
    Ok(())
}

/// Starts a job that would take long, and cancels it after a moment.
fn cancel(server: &LocalServer, client: &Client) -> Result<Verdict, CommandError> {
    line("5. A long job, cancelled: PageRank that never converges")?;
    let held = || server.app().jobs.budget().used();
    let (before, resident_before) = (held(), machine::resident_bytes());
    let parameters = json!({"convergence": 1e-300, "max_iterations": 2000});
    let job = client.run_algorithm("pagerank", &parameters)?;
    let bar = Bar::new("pagerank");
    let mut waited = client.status(&job, MOMENT_SECONDS)?;
    bar.show(&waited);
    drop(bar);
    if waited.is_end() {
        line(format!("   it was {} before it could be cancelled", waited.state()))?;
        return Ok(Verdict::Done);
    }
    let (during, resident_during) = (held(), machine::resident_bytes());
    let at = format!("{:.1} % ({})", waited.progress().unwrap_or(0.0) * 100.0, waited.phase());
    let sent = Instant::now();
    let stopped = client.cancel(&job)?;
    let answered = sent.elapsed().as_secs_f64() * 1e3;
    waited = client.status(&job, 0.0)?;
    line(format!("   cancelled at {at}; state is now `{}`", waited.state()))?;
    line(format!(
        "   stopped after {:.3} ms: every thread idle, memory returned (answered after {answered:.3} ms)",
        stopped.after_ms
    ))?;
    memory_report(&waited, [before, during, held()], [resident_before, resident_during])?;
    Ok(if waited.state() == "cancelled" { Verdict::Done } else { Verdict::Failed })
}

fn memory_report(job: &JobStatus, held: [u64; 3], resident: [u64; 2]) -> Result<(), CommandError> {
    let [before, during, after] = held;
    let mut table = Table::new(&["memory", "before", "running", "after"]);
    table.push(["of all jobs".to_owned(), size(before), size(during), size(after)]);
    let now = machine::resident_bytes();
    table.push(["of the process".to_owned(), size(resident[0]), size(resident[1]), size(now)]);
    table.print()?;
    line(format!(
        "   the job held {} at most, and {} came back; the process keeps the projection for the next run",
        size(job.peak_bytes()),
        size(during.saturating_sub(after))
    ))?;
    Ok(())
}

/// Waits for a job behind a bar. A tour of jobs that fail is none.
fn finish(client: &Client, name: &str, job: &str) -> Result<(), CommandError> {
    let bar = Bar::new(name);
    let status = client.wait(job, |status| bar.show(status))?;
    if status.is_complete() {
        return Ok(());
    }
    let message = format!("job {name} is {}: {}", status.state(), status.error());
    Err(std::io::Error::other(message).into())
}
