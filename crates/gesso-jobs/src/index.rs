//! The jobs that are remembered, by id, by graph, and by the time of their end.

use crate::id::JobId;
use crate::job::Job;
use crate::record::{GraphKey, Kept};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What may be kept of ended jobs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub keep_seconds: u64,
    pub keep_count: usize,
    pub result_bytes: u64,
}

/// Everything that is remembered.
#[derive(Debug, Default)]
pub struct Index {
    jobs: HashMap<JobId, Arc<Job>>,
    graphs: HashMap<GraphKey, GraphJobs>,
    /// All ended jobs, oldest end first.
    ended: BTreeMap<EndedAt, Arc<Job>>,
    /// Those of them that have a result file, and its size.
    files: BTreeMap<EndedAt, (Arc<Job>, u64)>,
    file_bytes: u64,
    last_seq: u64,
}

#[derive(Debug, Default)]
struct GraphJobs {
    by_seq: BTreeMap<u64, Arc<Job>>,
    ended: BTreeMap<EndedAt, Arc<Job>>,
}

/// Milliseconds since 1970 and, for equal times, the order of submission.
type EndedAt = (u64, u64);

/// What the limits no longer allow.
#[derive(Debug, Default)]
pub struct Excess {
    /// Forgotten altogether.
    pub jobs: Vec<Arc<Job>>,
    /// Their results are dropped, their records stay.
    pub results: Vec<Arc<Job>>,
}

impl Index {
    /// The number of the next submission.
    pub fn next_seq(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    /// The number of the last submission.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Numbers up to `seq` were given before.
    pub fn skip_to(&mut self, seq: u64) {
        self.last_seq = self.last_seq.max(seq);
    }

    /// Adds a job.
    pub fn insert(&mut self, job: &Arc<Job>) {
        self.skip_to(job.spec().seq);
        self.jobs.insert(job.id().clone(), job.clone());
        let graph = self.graphs.entry(job.graph().clone()).or_default();
        graph.by_seq.insert(job.spec().seq, job.clone());
    }

    /// The job of that id, if it belongs to the graph.
    pub fn get(&self, graph: &GraphKey, id: &JobId) -> Option<&Arc<Job>> {
        self.jobs.get(id).filter(|job| job.graph() == graph)
    }

    /// The job of that id.
    pub fn by_id(&self, id: &JobId) -> Option<&Arc<Job>> {
        self.jobs.get(id)
    }

    /// A part of the jobs of a graph, newest first, and how many there are in all.
    pub fn page(&self, graph: &GraphKey, offset: usize, limit: usize) -> (Vec<Arc<Job>>, usize) {
        let Some(jobs) = self.graphs.get(graph) else { return (Vec::new(), 0) };
        let page = jobs.by_seq.values().rev().skip(offset).take(limit).cloned().collect();
        (page, jobs.by_seq.len())
    }

    /// [`Index::page`] of the jobs that `keep` accepts.
    pub fn page_where(
        &self,
        graph: &GraphKey,
        keep: impl Fn(&Job) -> bool,
        offset: usize,
        limit: usize,
    ) -> (Vec<Arc<Job>>, usize) {
        let Some(jobs) = self.graphs.get(graph) else { return (Vec::new(), 0) };
        let (mut page, mut total) = (Vec::new(), 0);
        for job in jobs.by_seq.values().rev().filter(|job| keep(job)) {
            if total >= offset && page.len() < limit {
                page.push(job.clone());
            }
            total += 1;
        }
        (page, total)
    }

    /// All jobs, in no order.
    pub fn all(&self) -> Vec<Arc<Job>> {
        self.jobs.values().cloned().collect()
    }

    /// Bytes of all result files.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Notes the end of a job once, if it is still remembered, and takes out what the limits no longer allow,
    /// oldest ends first.
    pub fn ended(&mut self, job: &Arc<Job>, limits: Limits, now_ms: u64) -> Excess {
        let mut excess = Excess::default();
        let Some(at) = ended_at(job).filter(|_| self.jobs.contains_key(job.id())) else { return excess };
        if self.ended.insert(at, job.clone()).is_some() {
            return excess;
        }
        if let Some(size) = file_bytes_of(job) {
            self.files.insert(at, (job.clone(), size));
            self.file_bytes += size;
        }
        if let Some(graph) = self.graphs.get_mut(job.graph()) {
            graph.ended.insert(at, job.clone());
            let over = graph.ended.len().saturating_sub(limits.keep_count);
            excess.jobs.extend(graph.ended.values().take(over).cloned());
        }
        excess.jobs.retain(|job| self.remove(job));
        excess.jobs.extend(self.old(limits.keep_seconds, now_ms).jobs);
        while self.file_bytes > limits.result_bytes {
            let Some((_, (job, size))) = self.files.pop_first() else { break };
            self.file_bytes -= size;
            excess.results.push(job);
        }
        excess
    }

    /// Takes out the jobs that ended more than `keep_seconds` ago.
    pub fn old(&mut self, keep_seconds: u64, now_ms: u64) -> Excess {
        let oldest_ms = now_ms.saturating_sub(keep_seconds.saturating_mul(1000));
        let mut jobs: Vec<_> = self.ended.range(..(oldest_ms, 0)).map(|(_, job)| job.clone()).collect();
        jobs.retain(|job| self.remove(job));
        Excess { jobs, results: Vec::new() }
    }

    /// Forgets a job. False if it was not remembered.
    pub fn remove(&mut self, job: &Job) -> bool {
        if self.jobs.remove(job.id()).is_none() {
            return false;
        }
        let at = ended_at(job);
        if let Some(graph) = self.graphs.get_mut(job.graph()) {
            graph.by_seq.remove(&job.spec().seq);
            at.and_then(|at| graph.ended.remove(&at));
            if graph.by_seq.is_empty() {
                self.graphs.remove(job.graph());
            }
        }
        if let Some(at) = at {
            self.ended.remove(&at);
            if let Some((_, size)) = self.files.remove(&at) {
                self.file_bytes -= size;
            }
        }
        true
    }
}

fn ended_at(job: &Job) -> Option<EndedAt> {
    job.end().map(|end| (end.end_ms, job.spec().seq))
}

fn file_bytes_of(job: &Job) -> Option<u64> {
    match job.end()?.kept {
        Kept::File { size_bytes } => Some(size_bytes),
        _ => None,
    }
}
