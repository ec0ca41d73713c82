//! Counters of requests, and the Prometheus text of everything that is counted: spec 02, section 10.

use crate::app::App;
use gesso_jobs::metrics::{BUCKETS, Histogram, Metrics};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Requests by operation and status.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    served: Mutex<BTreeMap<(&'static str, u16), Served>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Served {
    count: u64,
    seconds: f64,
}

impl HttpMetrics {
    /// Counts a request.
    pub fn served(&self, operation: &'static str, status: u16, elapsed: Duration) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = served.entry((operation, status)).or_default();
        entry.count += 1;
        entry.seconds += elapsed.as_secs_f64();
    }

    fn snapshot(&self) -> BTreeMap<(&'static str, u16), Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everything in the Prometheus text format.
pub fn text(app: &App) -> String {
    let mut out = Text(String::new());
    let jobs = app.jobs.metrics();
    job_counts(&mut out, &jobs);
    job_times(&mut out, &jobs);
    graphs(&mut out, app);
    requests(&mut out, &app.metrics);
    out.0
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (i, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            _ = write!(self.0, "{}{label}=\"{text}\"", if i == 0 { '{' } else { ',' });
        }
        _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn histogram(&mut self, name: &str, labels: &[(&str, &str)], h: &Histogram) {
        let mut below = 0;
        let ends = BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(h.counts) {
            below += count;
            let with_end: Vec<_> = labels.iter().copied().chain([("le", end.as_str())]).collect();
            self.value(&format!("{name}_bucket"), &with_end, below);
        }
        self.value(&format!("{name}_sum"), labels, h.sum_seconds);
        self.value(&format!("{name}_count"), labels, h.count());
    }
}

fn job_counts(out: &mut Text, jobs: &Metrics) {
    for (name, help, counts) in [
        ("gesso_jobs_queued", "Jobs that wait.", &jobs.queued),
        ("gesso_jobs_running", "Jobs that run.", &jobs.running),
    ] {
        out.head(name, "gauge", help);
        for (graph, kind, count) in counts {
            out.value(
                name,
                &[("project", &graph.project), ("graph", &graph.name), ("kind", kind.name())],
                count,
            );
        }
    }
    out.head("gesso_jobs_ended_total", "counter", "Jobs that have ended since the start.");
    for (kind, state, count) in &jobs.ended {
        out.value("gesso_jobs_ended_total", &[("kind", kind.name()), ("state", state.name())], count);
    }
    out.head("gesso_job_memory_bytes", "gauge", "Memory granted to running jobs.");
    out.value("gesso_job_memory_bytes", &[], jobs.memory_bytes);
    out.head("gesso_job_held_bytes", "gauge", "Memory held by each running job.");
    for (bytes, job) in &jobs.held {
        let labels = [("job", job.id().as_str()), ("graph", &job.graph().name), ("kind", job.kind().name())];
        out.value("gesso_job_held_bytes", &labels, bytes);
    }
    out.head("gesso_job_result_bytes", "gauge", "Bytes of stored results.");
    out.value("gesso_job_result_bytes", &[], jobs.result_bytes);
}

fn job_times(out: &mut Text, jobs: &Metrics) {
    for (name, help, times) in [
        ("gesso_job_wait_seconds", "From submission to start.", &jobs.wait),
        ("gesso_job_run_seconds", "From start to end.", &jobs.run),
    ] {
        out.head(name, "histogram", help);
        for (kind, h) in times.iter().filter(|(_, h)| h.count() > 0) {
            out.histogram(name, &[("kind", kind.name())], h);
        }
    }
    out.head("gesso_job_cancel_seconds", "histogram", "From cancel to no thread and no memory.");
    out.histogram("gesso_job_cancel_seconds", &[], &jobs.cancel);
}

fn graphs(out: &mut Text, app: &App) {
    out.head("gesso_graphs_damaged", "gauge", "Graphs that could not be opened at the start.");
    out.value("gesso_graphs_damaged", &[], app.catalogue.set_aside().len());
    let graphs = app.catalogue.all();
    for (name, help, read) in [
        (
            "gesso_graph_vertices",
            "Vertices.",
            (|g| g.snapshot().vertex_count()) as fn(&gesso_graph::Graph) -> u64,
        ),
        ("gesso_graph_edges", "Edges.", |g| g.snapshot().edge_count()),
        ("gesso_graph_log_bytes", "Bytes of the log on disk.", gesso_graph::Graph::log_bytes),
        (
            "gesso_graph_failed_checkpoints",
            "Checkpoints that failed since the last one that did not.",
            gesso_graph::Graph::failed_checkpoints,
        ),
        ("gesso_graph_read_only", "1 after a failure of the disk, else 0.", |g| {
            u64::from(g.failure().is_some())
        }),
        ("gesso_graph_projection_bytes", "Bytes of cached projections.", |g| g.projections().size_bytes()),
    ] {
        out.head(name, "gauge", help);
        for g in &graphs {
            out.value(name, &[("project", &g.info().project), ("graph", &g.info().name)], read(g));
        }
    }
}

fn requests(out: &mut Text, http: &HttpMetrics) {
    let served = http.snapshot();
    out.head("gesso_http_requests_total", "counter", "Requests answered.");
    for ((operation, status), s) in &served {
        out.value(
            "gesso_http_requests_total",
            &[("operation", operation), ("status", &status.to_string())],
            s.count,
        );
    }
    out.head("gesso_http_request_seconds_total", "counter", "Time spent on requests.");
    for ((operation, status), s) in &served {
        let labels = [("operation", *operation), ("status", &status.to_string())];
        out.value("gesso_http_request_seconds_total", &labels, s.seconds);
    }
}
