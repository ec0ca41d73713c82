//! Commits for which no thread waits: a change is applied and logged at once, and who made it is told when it
//! is durable. One thread at a time sees to all of them, so that a thousand clients cost no more switches
//! between threads than one.
//!
//! Threads: none of its own. [`Graph::when_durable`] says when a thread has to be lent to [`Graph::drain`].

use crate::error::WriteError;
use crate::graph::Graph;
use crate::transaction::Transaction;
use gesso_core::Lsn;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A change that readers do not see yet.
#[derive(Debug)]
pub struct Begun<R> {
    /// What the change gave.
    pub answer: R,
    /// The commit to wait for; none if nothing was changed.
    pub commit: Option<Lsn>,
}

/// What became of a commit.
pub type Settled = Result<(), WriteError<Infallible>>;

type Told = Box<dyn FnOnce(Settled) + Send>;

/// Who wants to be told.
#[derive(Default)]
pub(crate) struct Commits(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    told: Vec<(Lsn, Told)>,
    /// A thread is, or soon will be, in [`Graph::drain`].
    is_drained: bool,
}

impl Graph {
    /// Changes the graph like [`Graph::write`], up to what has to be waited for. With `may_wait` it waits for
    /// other writers; without, it gives none where one is at it.
    pub fn begin<R, E>(
        &self,
        may_wait: bool,
        change: impl FnOnce(&mut Transaction) -> Result<R, E>,
    ) -> Result<Option<Begun<R>>, WriteError<E>> {
        let writer = if may_wait { Some(self.lock_writer()) } else { self.try_lock_writer() };
        writer.map(|writer| self.change(writer, None, change)).transpose()
    }

    /// Calls `then` when a commit is durable and visible, or has failed. If this gives true, the caller has to
    /// see to it that a thread that may wait for the disk calls [`Graph::drain`].
    pub fn when_durable(&self, commit: Lsn, then: impl FnOnce(Settled) + Send + 'static) -> bool {
        let mut waiting = self.commits.lock();
        waiting.told.push((commit, Box::new(then)));
        !std::mem::replace(&mut waiting.is_drained, true)
    }

    /// Makes commits durable until nobody waits for one.
    pub fn drain(&self) {
        loop {
            let newest = self.commits.lock().told.iter().map(|(commit, _)| *commit).max();
            let outcome = newest.map_or(Ok(()), |newest| self.settle::<Infallible>(newest));
            let mut waiting = self.commits.lock();
            let all = std::mem::take(&mut waiting.told);
            // After a failure nothing is ever written again.
            let is_settled =
                |commit: &Lsn| outcome.is_err() || newest.is_some_and(|newest| *commit <= newest);
            let (settled, open): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(commit, _)| is_settled(commit));
            waiting.told = open;
            waiting.is_drained = !waiting.told.is_empty();
            let is_last = !waiting.is_drained;
            drop(waiting);
            let failure = outcome.err().map(|_| self.failure().unwrap_or_default().to_owned());
            for (_, told) in settled {
                told(match &failure {
                    None => Ok(()),
                    Some(cause) => {
                        Err(WriteError::ReadOnly { name: self.info().name.clone(), cause: cause.clone() })
                    }
                });
            }
            if is_last {
                return;
            }
        }
    }
}

impl Commits {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::ApplyError;
    use crate::graph::GraphInfo;
    use gesso_core::LabelId;
    use gesso_store::Disk;
    use gesso_store::disk::sim::{Fault, SimFs};
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::{Arc, mpsc};

    fn graph(fs: &SimFs) -> Arc<Graph> {
        let disk = Disk::of(Arc::new(fs.clone()));
        disk.create_dir(Path::new("/data")).expect("a directory");
        let info = GraphInfo {
            uid: "1".to_owned(),
            project: "p".to_owned(),
            name: "g".to_owned(),
            created_ms: 0,
            options: BTreeMap::new(),
        };
        Arc::new(Graph::create_on(&disk, Path::new("/data/g"), info, 0).expect("a graph"))
    }

    fn add(graph: &Graph, id: &str) -> Lsn {
        let change = |tx: &mut Transaction| tx.new_vertex(id, vec![LabelId::DEFAULT], Vec::new()).map(drop);
        let begun = graph.begin::<(), ApplyError>(true, change).expect("a change").expect("waited for");
        begun.commit.expect("a commit")
    }

    #[test]
    fn who_waits_is_told_once_it_is_durable_and_visible() {
        let graph = graph(&SimFs::new(1));
        let (tell, told) = mpsc::channel();
        let mut drains = 0;
        for i in 0..5 {
            let commit = add(&graph, &i.to_string());
            let (tell, seen) = (tell.clone(), graph.clone());
            let then = move |outcome: Settled| {
                outcome.expect("durable");
                tell.send((i, seen.snapshot().find(&i.to_string()).is_some())).expect("a listener");
            };
            drains += usize::from(graph.when_durable(commit, then));
        }
        assert_eq!(drains, 1, "one thread sees to all of them");
        assert_eq!(graph.snapshot().vertex_count(), 0, "nothing is visible before it is durable");
        graph.drain();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), (0..5).map(|i| (i, true)).collect::<Vec<_>>());
        let commit = add(&graph, "more");
        assert!(graph.when_durable(commit, |outcome| outcome.expect("durable")), "a thread is needed again");
        graph.drain();
    }

    #[test]
    fn a_commit_that_others_made_durable_is_told_at_once() {
        let graph = graph(&SimFs::new(2));
        let commit = add(&graph, "a");
        graph.write::<_, ApplyError>(|tx| tx.new_vertex("b", vec![LabelId::DEFAULT], Vec::new())).expect("b");
        let (tell, told) = mpsc::channel();
        assert!(graph.when_durable(commit, move |outcome| tell.send(outcome.is_ok()).expect("a listener")));
        graph.drain();
        assert_eq!(told.try_recv(), Ok(true));
    }

    #[test]
    fn a_failed_fsync_is_told_to_all_and_closes_the_graph() {
        let fs = SimFs::new(3);
        let graph = graph(&fs);
        let (tell, told) = mpsc::channel();
        for id in ["a", "b"] {
            let (commit, tell) = (add(&graph, id), tell.clone());
            graph.when_durable(commit, move |outcome| {
                tell.send(matches!(outcome, Err(WriteError::ReadOnly { .. }))).expect("a listener");
            });
        }
        fs.plan(0, Fault::Io);
        graph.drain();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [true, true]);
        assert_eq!(graph.snapshot().vertex_count(), 0);
        let refused = graph.begin::<(), ApplyError>(true, |_| Ok(())).expect_err("a closed graph");
        assert!(matches!(refused, WriteError::ReadOnly { .. }), "{refused}");
    }

    #[test]
    fn a_busy_writer_is_not_waited_for_unless_that_is_allowed() {
        let graph = graph(&SimFs::new(4));
        let written = graph.write::<_, ApplyError>(|_| {
            let begun = graph.begin::<(), ApplyError>(false, |_| panic!("another writer is at it"));
            Ok(begun.expect("no error").is_none())
        });
        assert!(written.expect("a write"));
        assert!(graph.begin::<(), ApplyError>(false, |_| Ok(())).expect("no error").is_some());
    }
}
