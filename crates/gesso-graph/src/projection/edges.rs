//! Projections straight from a list of edges, without a graph: for benchmarks, tests and generators.

use super::weights::Weights;
use super::{Csr, Direction, EdgeList, Multiplicity, Projection, ProjectionSpec, PullOrder, VertexIds};
use gesso_core::{Buf, JobContext, Plain, Slab, VertexIx};
use std::sync::Arc;

/// Vertex n is called `n`, or as the list says.
struct Named(Vec<String>);

impl VertexIds for Named {
    fn id(&self, vertex: VertexIx) -> &str {
        self.0.get(vertex.at()).map_or("", String::as_str)
    }
    fn find(&self, id: &str) -> Option<VertexIx> {
        self.0.iter().position(|n| n == id).map(|i| VertexIx(i as u32))
    }
}

impl Projection {
    /// A projection over vertices `0..ids.len()` and weighted edges between them, in one thread and
    /// without a job: not for graphs of users. `spec.labels`, `window`, `part`, `vertex_property`,
    /// `marked_label` and `marked_part` do not apply; edges are numbered at their source in the order of the list.
    pub fn of_edges(ids: Vec<String>, edges: &[(u32, u32, f64)], spec: &ProjectionSpec) -> Projection {
        let len = ids.len();
        let reversed = || edges.iter().map(|(s, t, w)| (*t, *s, *w));
        let weighted = spec.weight.is_some();
        let simple = spec.multiplicity == Multiplicity::Simple;
        let build = |arcs: Vec<(u32, u32, f64)>| rows(len, arcs, simple, weighted);
        let (out, incoming) = match spec.direction {
            Direction::Outgoing => (build(edges.to_vec()), Csr::default()),
            Direction::Incoming => (Csr::default(), build(reversed().collect())),
            Direction::Both => (build(edges.to_vec()), build(reversed().collect())),
            Direction::Undirected => {
                let back = reversed().filter(|(s, t, _)| s != t);
                let both = build(edges.iter().copied().chain(back).collect());
                (both.clone(), both)
            }
        };
        let edges = spec.edges.then(|| listed(len, edges, weighted));
        let ids = Arc::new(Named(ids));
        let pull_order = spec.pull_order.then(|| {
            let order = PullOrder::new(&JobContext::detached(1, u64::MAX), &out, &incoming);
            order.unwrap_or_else(|_| unreachable!("nobody stops it, and its budget has no end"))
        });
        let (vertices, codes, marks) = (None, None, None);
        Projection { spec: spec.clone(), len, vertices, out, incoming, codes, edges, marks, pull_order, ids }
    }
}

fn listed(len: usize, edges: &[(u32, u32, f64)], weighted: bool) -> EdgeList {
    let mut sorted = edges.to_vec();
    sorted.sort_by_key(|e| e.0);
    let mut offsets = vec![0u64; len + 1];
    for e in &sorted {
        offsets[e.0 as usize + 1] += 1;
    }
    for i in 0..len {
        offsets[i + 1] += offsets[i];
    }
    let number = |(i, e): (usize, &(u32, u32, f64))| i as u32 - offsets[e.0 as usize] as u32;
    EdgeList {
        targets: slab(sorted.len(), sorted.iter().map(|e| e.1)),
        indices: slab(sorted.len(), sorted.iter().enumerate().map(number)),
        weights: weighted.then(|| slab(sorted.len(), sorted.iter().map(|e| e.2))),
        offsets: slab(len + 1, offsets.iter().copied()),
    }
}

fn rows(len: usize, mut arcs: Vec<(u32, u32, f64)>, simple: bool, weighted: bool) -> Csr {
    arcs.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    if simple {
        arcs.retain(|a| a.0 != a.1);
        arcs.dedup_by_key(|a| (a.0, a.1));
    }
    let mut offsets = vec![0u64; len + 1];
    for a in &arcs {
        offsets[a.0 as usize + 1] += 1;
    }
    for i in 0..len {
        offsets[i + 1] += offsets[i];
    }
    Csr {
        offsets: slab(len + 1, offsets.iter().copied()),
        targets: slab(arcs.len(), arcs.iter().map(|a| a.1)),
        weights: weighted.then(|| Weights::of(&arcs.iter().map(|a| a.2).collect::<Vec<_>>())),
    }
}

/// An array as projections of graphs have it, in huge pages where it is large: kernels are measured on these.
fn slab<T: Plain>(len: usize, values: impl Iterator<Item = T>) -> Slab<T> {
    let mut buf = Buf::zeroed(len);
    for (slot, value) in buf.iter_mut().zip(values) {
        *slot = value;
    }
    buf.share()
}
