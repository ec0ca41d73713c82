//! The threads that work for jobs, and how they give way to those that answer requests.
//!
//! While they compute they run under the idle policy: whoever else wants the core has it at once. A job
//! that was asked to stop is another matter: were its threads to wait until no request wants the core,
//! the cancel would wait with them. So all of them run as ordinary threads from a stop until the stopped
//! job has come to rest; the others are not told apart, as it takes milliseconds.
//!
//! `unsafe` is one call of the system that no crate in use offers: the policy of a thread by its number.
#![expect(unsafe_code, reason = "sched_setscheduler")]

use crate::shared::lock;
use rustix::process::setpriority_process;
use rustix::thread::{Pid, gettid};
use std::sync::{Arc, Mutex};

/// All threads that work for jobs.
#[derive(Default)]
pub struct JobThreads {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    alive: Vec<Pid>,
    /// Stopped jobs less those at rest. Below 0 for a moment if a job rests before its stop is told.
    stopping: i64,
}

/// A thread's membership, for as long as it lives.
pub struct Member {
    threads: Arc<JobThreads>,
    id: Pid,
}

#[derive(Clone, Copy)]
enum Policy {
    /// As any thread of the process.
    Ordinary,
    /// Only when no ordinary thread wants the core.
    Idle,
}

impl JobThreads {
    /// Makes the calling thread one of them.
    pub fn enter(self: &Arc<JobThreads>) -> Member {
        let id = gettid();
        let mut state = lock(&self.state);
        state.alive.push(id);
        let policy = if state.stopping > 0 { Policy::Ordinary } else { Policy::Idle };
        if !set_policy(id, policy) {
            // A system that refuses the policy may still grant this; advice only, either way.
            _ = setpriority_process(Some(id), 19);
        }
        Member { threads: self.clone(), id }
    }

    /// A running job was stopped: its threads must soon find the time to notice.
    pub fn hurry(&self) {
        self.change(1);
    }

    /// A stopped job has come to rest.
    pub fn calm(&self) {
        self.change(-1);
    }

    fn change(&self, by: i64) {
        let mut state = lock(&self.state);
        let was = state.stopping > 0;
        state.stopping += by;
        let is = state.stopping > 0;
        if was != is {
            let policy = if is { Policy::Ordinary } else { Policy::Idle };
            for id in &state.alive {
                set_policy(*id, policy);
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        lock(&self.threads.state).alive.retain(|id| *id != self.id);
    }
}

/// False if the system refuses.
fn set_policy(thread: Pid, policy: Policy) -> bool {
    let policy = match policy {
        Policy::Ordinary => libc::SCHED_OTHER,
        Policy::Idle => libc::SCHED_IDLE,
    };
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: `param` lives through the call, which only reads it. A thread of that number is alive, as
    // members leave before they end and the lock is held.
    unsafe { libc::sched_setscheduler(thread.as_raw_nonzero().get(), policy, &raw const param) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    /// The policy of a thread of this process, from the 41st field of its `stat`.
    fn policy_of(id: Pid) -> i32 {
        let stat =
            std::fs::read_to_string(format!("/proc/self/task/{}/stat", id.as_raw_nonzero())).expect("stat");
        let after_name = stat.rsplit(')').next().expect("fields");
        after_name.split_whitespace().nth(38).expect("a policy").parse().expect("a number")
    }

    #[test]
    fn threads_are_ordinary_only_while_a_job_stops() {
        let threads = Arc::<JobThreads>::default();
        let ((say, hear), (end, wait)) = (channel(), channel::<()>());
        let own = threads.clone();
        let thread = std::thread::spawn(move || {
            let member = own.enter();
            say.send(member.id).expect("a listener");
            _ = wait.recv();
        });
        let id = hear.recv().expect("a thread");
        if !set_policy(id, Policy::Idle) {
            eprintln!("skipped: this system does not let threads choose their policy");
            return;
        }
        assert_eq!(policy_of(id), libc::SCHED_IDLE);
        threads.hurry();
        threads.hurry();
        threads.calm();
        assert_eq!(policy_of(id), libc::SCHED_OTHER);
        threads.calm();
        assert_eq!(policy_of(id), libc::SCHED_IDLE);
        // A job may rest before its stop is told.
        threads.calm();
        threads.hurry();
        assert_eq!(policy_of(id), libc::SCHED_IDLE);
        drop(end);
        thread.join().expect("a thread that ends");
        assert!(lock(&threads.state).alive.is_empty());
    }
}
