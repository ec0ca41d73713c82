//! Changes of jobs as server-sent events: spec 02, section 4.
//!
//! A stream has a task of its own. It hears of changes through a [`Subscription`], which keeps a bounded number
//! of them: a reader that is slower than that gets the newest state of each job instead of every state.
//! Progress is looked at by the stream itself, while a job of it runs. The task ends when the reader has
//! gone, the graph is deleted, or the server stops.

use super::jobs::entry_at;
use super::submit;
use crate::app::App;
use crate::error::ApiError;
use crate::http::call::Call;
use crate::http::route::Answer;
use crate::watchers::{Seen, Subscription};
use gesso_core::Code;
use gesso_jobs::{Filter, GraphKey, Job, JobId, State};
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Silence after which a comment is sent, so that proxies keep the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Time between two looks at the progress of running jobs.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);
/// Events that wait for the network at most.
const CHANNEL: usize = 16;
/// How long before a stream began a job may have ended whose end is still to be heard of. Milliseconds.
const JUST_ENDED_MS: u64 = 60_000;
/// How long changes of a job may be heard after its end was sent.
const SETTLED_FOR: Duration = Duration::from_mins(1);
/// Jobs that are read at a time when a stream begins.
const BATCH: usize = 1000;

/// `GET {G}/jobs/events?job=`
pub fn events(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let graph = call.graph(app)?;
    let params = call.params(Code::JobQuery);
    let key = submit::key(&graph);
    let only = match params.text("job")? {
        None => None,
        Some(id) => {
            let unknown = |_| ApiError::new(Code::JobQuery, format!("can not find job, jobId is {id}"));
            Some(app.jobs.find(&key, &id).map_err(unknown)?)
        }
    };
    // Before the first look, so that nothing is missed between the two.
    let subscription = app.watchers.subscribe(key.clone(), only.as_ref().map(|job| job.id().clone()));
    let (out, body) = mpsc::channel(CHANNEL);
    let (shown, settled) = (HashMap::new(), Settled::default());
    let stream = Stream {
        app: app.clone(),
        key,
        only,
        subscription,
        out,
        shown,
        settled,
        began_ms: app.now_ms(),
        sent: 0,
    };
    Ok(Answer::Events(
        Box::pin(async move {
            // A reader that has gone ends the stream; there is nothing more to do for it.
            _ = stream.run().await;
        }),
        body,
    ))
}

/// The reader has gone, or the server stops.
struct Closed;

struct Stream {
    app: App,
    key: GraphKey,
    only: Option<Arc<Job>>,
    subscription: Subscription,
    out: mpsc::Sender<Vec<u8>>,
    /// What was last sent of each job that has not ended: its state and progress.
    shown: HashMap<JobId, (Arc<Job>, State, Option<f64>)>,
    settled: Settled,
    /// When the stream began, milliseconds since 1970.
    began_ms: u64,
    /// Events and comments that were sent.
    sent: u64,
}

/// Jobs whose end was sent lately. Changes of them may still be heard, as two threads tell of them in either order.
#[derive(Default)]
struct Settled {
    jobs: HashSet<JobId>,
    /// The same, the earliest first.
    order: VecDeque<(Instant, JobId)>,
}

impl Settled {
    fn insert(&mut self, id: JobId) {
        let now = Instant::now();
        while let Some((at, _)) = self.order.front()
            && now.duration_since(*at) > SETTLED_FOR
        {
            if let Some((_, id)) = self.order.pop_front() {
                self.jobs.remove(&id);
            }
        }
        if self.jobs.insert(id.clone()) {
            self.order.push_back((now, id));
        }
    }

    fn contains(&self, id: &JobId) -> bool {
        self.jobs.contains(id)
    }
}

impl Stream {
    async fn run(mut self) -> Result<(), Closed> {
        self.present().await?;
        let mut progress = tokio::time::interval(PROGRESS_EVERY);
        progress.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let silence = tokio::time::sleep(HEARTBEAT);
        tokio::pin!(silence);
        let mut sent = self.sent;
        loop {
            if sent != self.sent {
                sent = self.sent;
                silence.as_mut().reset(tokio::time::Instant::now() + HEARTBEAT);
            }
            let runs = self.shown.values().any(|(_, state, _)| *state == State::Running);
            tokio::select! {
                seen = self.subscription.next() => match seen {
                    None => return Ok(()),
                    Some(seen) => self.changes(seen).await?,
                },
                _ = progress.tick(), if runs => self.progress().await?,
                () = &mut silence => self.send(b":\n\n".to_vec()).await?,
                () = self.out.closed() => return Err(Closed),
            }
        }
    }

    /// The present state of every job that the stream is about, oldest first.
    async fn present(&mut self) -> Result<(), Closed> {
        if let Some(job) = self.only.clone() {
            return self.show_present(&job).await;
        }
        let filter = Filter::default();
        let total = self.app.jobs.list(&self.key, &filter, 0, 0).total;
        let mut left = total;
        while left > 0 {
            let count = left.min(BATCH);
            left -= count;
            let page = self.app.jobs.list(&self.key, &filter, left, count);
            for job in page.jobs.iter().rev() {
                self.show_present(job).await?;
            }
        }
        Ok(())
    }

    async fn show_present(&mut self, job: &Arc<Job>) -> Result<(), Closed> {
        let state = job.state();
        let ended_ms = job.status().end_ms.filter(|_| state.is_end());
        let is_of_now = ended_ms.is_none_or(|ended_ms| ended_ms + JUST_ENDED_MS >= self.began_ms);
        self.show(job, state, is_of_now).await
    }

    async fn changes(&mut self, seen: Seen) -> Result<(), Closed> {
        for (job, state) in seen.changes {
            // What was sent may be ahead of what is heard.
            if self.settled.contains(job.id()) {
                continue;
            }
            let last = self.shown.get(job.id()).map(|(_, state, _)| *state);
            if last == Some(state) || (last == Some(State::Running) && state == State::Queued) {
                continue;
            }
            self.show(&job, state, true).await?;
        }
        if seen.was_cut {
            for (job, state, _) in self.shown.values().cloned().collect::<Vec<_>>() {
                let now = job.state();
                if now != state {
                    self.show(&job, now, true).await?;
                }
            }
        }
        Ok(())
    }

    async fn progress(&mut self) -> Result<(), Closed> {
        for (job, state, progress) in self.shown.values().cloned().collect::<Vec<_>>() {
            let now = job.status().progress;
            // A change of state is told by itself.
            if state == State::Running && job.state() == State::Running && now != progress {
                self.show(&job, state, true).await?;
            }
        }
        Ok(())
    }

    /// Sends a state of a job. With `may_change`, changes of it may still be heard.
    async fn show(&mut self, job: &Arc<Job>, state: State, may_change: bool) -> Result<(), Closed> {
        let entry = entry_at(job, state);
        if state.is_end() {
            self.shown.remove(job.id());
            if may_change {
                self.settled.insert(job.id().clone());
            }
        } else {
            let progress = entry.get("progress").and_then(Value::as_f64);
            self.shown.insert(job.id().clone(), (job.clone(), state, progress));
        }
        self.send(format!("event: job\ndata: {entry}\n\n").into_bytes()).await
    }

    async fn send(&mut self, event: Vec<u8>) -> Result<(), Closed> {
        self.sent += 1;
        self.out.send(event).await.map_err(|_| Closed)
    }
}
