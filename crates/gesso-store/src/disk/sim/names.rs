//! The names in a simulated directory: what is durable, and what is on its way there.

use gesso_core::rng::Rng;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct SimDir {
    pub now: BTreeMap<String, Node>,
    pub durable: BTreeMap<String, Node>,
    pub pending: Vec<NameOp>,
}

#[derive(Clone, Debug)]
pub enum NameOp {
    Set(String, Node),
    Unset(String),
    Rename(String, String, Node),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    File(u64),
    Dir(u64),
}

impl SimDir {
    pub fn push(&mut self, op: NameOp) {
        apply_name(&mut self.now, &op);
        self.pending.push(op);
    }

    /// Keeps some of the pending changes of names: in half of all cases those up to a point, as a journal
    /// would, else any of them.
    pub fn settle(&mut self, rng: &mut Rng) {
        let count = self.pending.len() as u64;
        let upto = rng.below(count + 1);
        let is_ordered = rng.below(2) == 0;
        for (i, op) in self.pending.drain(..).enumerate() {
            if if is_ordered { (i as u64) < upto } else { rng.below(2) == 0 } {
                apply_name(&mut self.durable, &op);
            }
        }
        self.now = self.durable.clone();
    }
}

fn apply_name(names: &mut BTreeMap<String, Node>, op: &NameOp) {
    match op {
        NameOp::Set(name, node) => _ = names.insert(name.clone(), *node),
        NameOp::Unset(name) => _ = names.remove(name),
        NameOp::Rename(from, to, node) => {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
    }
}
