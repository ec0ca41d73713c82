//! Jobs, as the client sees them.

use super::{Client, ClientError, Outputs, escaped, refusal};
use gesso_core::json::stored;
use serde_json::{Value, json};

/// Longest that one status request waits. Seconds.
const WAIT_MAX: f64 = 60.0;

/// What the server says of a job at one instant.
#[derive(Clone, Debug)]
pub struct JobStatus(Value);

/// What the server says of a cancelled job.
#[derive(Clone, Copy, Debug)]
pub struct Stopped {
    /// From the request's arrival to no thread of the job working and its memory returned. Milliseconds.
    pub after_ms: f64,
}

impl Client {
    /// Starts an algorithm.
    pub fn run_algorithm(&self, name: &str, parameters: &Value) -> Result<String, ClientError> {
        self.submit(
            "action?action_id=execute-algorithm",
            &json!({
                "algorithmName": name, "parameters": parameters,
            }),
        )
    }

    /// Starts whatever a path and a body describe, and gives the job's id.
    pub fn submit(&self, path: &str, body: &Value) -> Result<String, ClientError> {
        let answer = self.post(path, body)?;
        let id = answer["jobId"].as_str().map(str::to_owned);
        id.ok_or_else(|| ClientError::Unexpected { url: path.to_owned(), field: "jobId" })
    }

    /// The status of a job. Waits for its end, but not longer than `wait` seconds.
    pub fn status(&self, job: &str, wait: f64) -> Result<JobStatus, ClientError> {
        self.status_page(job, wait, 0, 0)
    }

    /// [`Client::status`] with a part of the result, if there is one.
    pub fn status_page(
        &self,
        job: &str,
        wait: f64,
        offset: u64,
        limit: u64,
    ) -> Result<JobStatus, ClientError> {
        let (job, wait) = (escaped(job), wait.clamp(0.0, WAIT_MAX));
        let url = self.of_graph(&format!("jobs/{job}/status?wait={wait:.6}&offset={offset}&limit={limit}"));
        // Failed algorithms have a status that says so together with HTTP 400.
        match self.send("GET", &url, None)? {
            (_, answer) if answer["state"].is_string() => Ok(JobStatus(answer)),
            (status, answer) => Err(refusal(status, &answer)),
        }
    }

    /// Waits for the end of a job; `seen` hears of it from time to time.
    pub fn wait(&self, job: &str, mut seen: impl FnMut(&JobStatus)) -> Result<JobStatus, ClientError> {
        // The server answers as soon as the job ends: this is how often a bar moves.
        const LOOK_SECONDS: f64 = 0.2;
        loop {
            let status = self.status(job, LOOK_SECONDS)?;
            seen(&status);
            if status.is_end() {
                return Ok(status);
            }
        }
    }

    /// Reads the changes of a job, or of all jobs of the graph, until `seen` says false or the server ends the
    /// stream.
    pub fn events(&self, job: Option<&str>, mut seen: impl FnMut(&Value) -> bool) -> Result<(), ClientError> {
        let job = job.map(|job| format!("?job={}", escaped(job))).unwrap_or_default();
        let url = self.of_graph(&format!("jobs/events{job}"));
        for line in self.lines(&url)? {
            let line =
                line.map_err(|e| ClientError::Unreachable { url: url.clone(), source: Box::new(e.into()) })?;
            let event = line.strip_prefix("data: ").and_then(|text| stored(text.as_bytes()).ok());
            if event.is_some_and(|event| !seen(&event)) {
                break;
            }
        }
        Ok(())
    }

    /// Cancels a job and returns when none of its threads works.
    pub fn cancel(&self, job: &str) -> Result<Stopped, ClientError> {
        let path = format!("jobs/{}?wait=true", escaped(job));
        let answer = self.delete(&path)?;
        let after_ms = answer["stoppedAfterMs"].as_f64();
        let after_ms = after_ms.ok_or(ClientError::Unexpected { url: path, field: "stoppedAfterMs" })?;
        Ok(Stopped { after_ms })
    }
}

impl JobStatus {
    /// The whole answer.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// queued, running, complete, failed or cancelled.
    pub fn state(&self) -> &str {
        self.text("state")
    }

    /// True for the last state of a job.
    pub fn is_end(&self) -> bool {
        self.is_complete() || matches!(self.state(), "failed" | "cancelled")
    }

    /// True for a job that did what it was asked for.
    pub fn is_complete(&self) -> bool {
        self.state() == "complete"
    }

    /// 0 to 1, if it is known.
    pub fn progress(&self) -> Option<f64> {
        self.0["progress"].as_f64()
    }

    /// What the job is doing.
    pub fn phase(&self) -> &str {
        self.text("phase")
    }

    /// Most bytes that it held at once.
    pub fn peak_bytes(&self) -> u64 {
        self.0["peakMemoryBytes"].as_u64().unwrap_or(0)
    }

    /// Why it did not complete; empty if it did.
    pub fn error(&self) -> &str {
        self.text("errorMessage")
    }

    /// The result, as far as it was asked for.
    pub fn outputs(&self) -> Outputs<'_> {
        Outputs::of(&self.0["data"]["outputs"])
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
}
