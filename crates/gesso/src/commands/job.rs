//! `gesso job`: the jobs of a server.

use super::remote::Remote;
use super::{CommandError, Verdict};
use crate::bars::Bar;
use crate::client::{Client, JobStatus, cell_text, escaped};
use crate::output::{self, Table, size};
use serde_json::{Value, json};

/// What to do with jobs.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List the jobs of a graph, newest first
    List {
        #[command(flatten)]
        remote: Remote,
        /// Only these states: queued, running, complete, failed, cancelled
        #[arg(long, value_delimiter = ',')]
        state: Vec<String>,
        /// Most jobs to show
        #[arg(long, default_value_t = 20)]
        limit: u64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a job's state, and the first rows of its result
    Status {
        #[command(flatten)]
        one: One,
        /// Most rows of the result
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// Wait for the end of a job; fails if the job did not complete
    Wait(One),
    /// Print every change of a job until it ends, or of all jobs of the graph until it is interrupted
    Watch {
        /// The job's id; all jobs if missing
        job: Option<String>,
        #[command(flatten)]
        remote: Remote,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the result of a job to files in the server's object store, and wait for it
    Export {
        #[command(flatten)]
        one: One,
        /// Directory in the object store
        #[arg(long, value_name = "PATH")]
        to: String,
        /// Name of the file: .csv, .jsonl or .parquet chooses its form
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Begin a new file after so many rows
        #[arg(long, value_name = "ROWS")]
        rows_per_file: Option<u64>,
        /// Forget the job and its result after the export
        #[arg(long)]
        erase: bool,
    },
    /// Cancel a job, and wait until none of its threads works
    Cancel(One),
}

/// One job.
#[derive(Debug, clap::Args)]
pub struct One {
    /// The job's id
    job: String,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(action: Action) -> Result<Verdict, CommandError> {
    match action {
        Action::List { remote, state, limit, json } => list(&remote.client(), &state, limit, json),
        Action::Status { one, limit } => {
            let status = one.remote.client().status_page(&one.job, 0.0, 0, limit)?;
            print_status(&status, one.json)?;
            Ok(Verdict::Done)
        }
        Action::Wait(one) => {
            let bar = Bar::new("job");
            let status = one.remote.client().wait(&one.job, |status| bar.show(status))?;
            drop(bar);
            print_status(&status, one.json)?;
            Ok(verdict(&status))
        }
        Action::Watch { job, remote, json } => watch(&remote.client(), job.as_deref(), json),
        Action::Export { one, to, name, rows_per_file, erase } => {
            let paginate = rows_per_file.map(|rows| json!({"enable": true, "rowCountPerFile": rows}));
            let body = json!({"exportPath": to, "fileName": name, "paginate": paginate, "erase": erase});
            let client = one.remote.client();
            let path = format!("jobs/{}/action?action_id=export-result", escaped(&one.job));
            let export = client.submit(&path, &body)?;
            let bar = Bar::new("export");
            let status = client.wait(&export, |status| bar.show(status))?;
            drop(bar);
            print_status(&status, one.json)?;
            Ok(verdict(&status))
        }
        Action::Cancel(one) => {
            let stopped = one.remote.client().cancel(&one.job)?;
            if one.json {
                output::json(&json!({"jobId": one.job, "stoppedAfterMs": stopped.after_ms}))?;
            } else {
                output::line(format!("stopped after {:.3} ms", stopped.after_ms))?;
            }
            Ok(Verdict::Done)
        }
    }
}

/// A job that did not complete is a failure of whoever waited for it.
pub fn verdict(status: &JobStatus) -> Verdict {
    if status.is_complete() { Verdict::Done } else { Verdict::Failed }
}

fn list(client: &Client, states: &[String], limit: u64, json: bool) -> Result<Verdict, CommandError> {
    let states = escaped(&states.join(","));
    let answer = client.get(&format!("jobs/status?limit={limit}&state={states}"))?;
    if json {
        output::json(&answer)?;
        return Ok(Verdict::Done);
    }
    let mut table = Table::new(&["job", "state", "kind", "progress", "created"]);
    for job in answer["jobs"].as_array().into_iter().flatten() {
        let progress = job["progress"].as_f64().map_or("-".to_owned(), |p| format!("{:.0} %", p * 100.0));
        let text = |name: &str| cell_text(&job[name]);
        table.push([text("jobId"), text("state"), text("kind"), progress, text("createTime")]);
    }
    table.print()?;
    output::line(format!("{} jobs in all", answer["totalCount"].as_u64().unwrap_or(0)))?;
    Ok(Verdict::Done)
}

fn watch(client: &Client, job: Option<&str>, json: bool) -> Result<Verdict, CommandError> {
    let (mut failed, mut end) = (None, None);
    client.events(job, |event| {
        let percent = event["progress"].as_f64().map_or("-".to_owned(), |p| format!("{:.0} %", p * 100.0));
        let text = |name: &str| cell_text(&event[name]);
        let line = if json {
            event.to_string()
        } else {
            format!("{}  {}  {}  {percent}", text("jobId"), text("kind"), text("state"))
        };
        failed = output::line(line).err();
        if job.is_some() && matches!(event["state"].as_str(), Some("complete" | "failed" | "cancelled")) {
            end = Some(event["state"] == "complete");
        }
        failed.is_none() && end.is_none()
    })?;
    match failed {
        Some(e) => Err(e.into()),
        None if end == Some(false) => Ok(Verdict::Failed),
        None => Ok(Verdict::Done),
    }
}

/// Prints a job's state, why it failed, and what it computed.
pub fn print_status(status: &JobStatus, json: bool) -> Result<(), CommandError> {
    if json {
        return Ok(output::json(status.json())?);
    }
    let field = |name: &str| match &status.json()[name] {
        Value::Null => "-".to_owned(),
        value => cell_text(value),
    };
    let progress = status.progress().map_or("-".to_owned(), |p| format!("{:.1} %", p * 100.0));
    output::line(format!("job {} is {}, {progress}, {}", field("jobId"), status.state(), status.phase()))?;
    output::line(format!(
        "created {}, started {}, ended {}; held {} at most",
        field("createTime"),
        field("startTime"),
        field("endTime"),
        size(status.peak_bytes())
    ))?;
    if !status.error().is_empty() {
        output::line(status.error())?;
    }
    print_outputs(status)
}

/// Prints the single values and the list of a result.
fn print_outputs(status: &JobStatus) -> Result<(), CommandError> {
    let outputs = status.outputs();
    for (name, value) in &outputs.scalars {
        output::line(format!("{name}: {value}"))?;
    }
    if outputs.rows.is_empty() {
        return Ok(());
    }
    let per_vertex = outputs.rows.iter().all(|row| row.len() == 2);
    let mut table = if per_vertex { Table::new(&["id", outputs.list]) } else { Table::new(&[outputs.list]) };
    let shown = outputs.rows.len() as u64;
    for row in outputs.rows {
        table.push(row);
    }
    table.print()?;
    if shown < outputs.total {
        output::line(format!("{shown} of {} rows", outputs.total))?;
    }
    Ok(())
}
