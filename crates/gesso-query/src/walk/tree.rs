//! Walks as a tree: walks that begin alike share their beginning.

use super::elements::{Element, Elements, distinct};
use super::spec::{Most, WalkError};
use super::survey::{Goal, Layers, Survey};
use gesso_core::{JobContext, Pile, VertexIx};

/// A node of the tree. Nodes stand in preorder: a node's children follow it, one deeper, in graph order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeNode {
    /// Edges from its root; roots are start vertices.
    pub depth: u32,
    /// Its vertex.
    pub vertex: VertexIx,
}

impl Layers<'_, '_> {
    /// The tree of the walks that are complete by a goal, up to so many paths from a root to a leaf.
    pub fn tree(&self, ctx: &JobContext, goal: Goal, most: Most) -> Result<Pile<TreeNode>, WalkError> {
        let survey = self.survey(ctx, goal)?;
        let mut growth = Growth { ctx, survey: &survey, nodes: Pile::new(ctx)?, leaves: 0, most };
        if let Elements::Vertices(start) = survey.live(0) {
            for v in start.iter() {
                if growth.is_full() {
                    break;
                }
                growth.grow(0, *v)?;
            }
        }
        Ok(growth.nodes)
    }
}

struct Growth<'a> {
    ctx: &'a JobContext,
    survey: &'a Survey<'a, 'a>,
    nodes: Pile<TreeNode>,
    leaves: u64,
    most: Most,
}

impl Growth<'_> {
    fn is_full(&self) -> bool {
        self.leaves >= self.most.sought()
    }

    /// Adds a vertex from which a walk goes on, and all below it. As deep as the walk has layers.
    fn grow(&mut self, depth: usize, vertex: VertexIx) -> Result<(), WalkError> {
        self.nodes.push(self.ctx, TreeNode { depth: depth as u32, vertex })?;
        let (hop, mut tick) = (depth + 1, self.ctx.tick());
        let mut moves: Pile<(VertexIx, bool)> = Pile::new(self.ctx)?;
        self.survey.visit(hop, Element::Vertex(vertex), &mut tick, |_, step, verdict| match step.to {
            Element::Vertex(to) => moves.push(self.ctx, (to, !verdict.goes_on)),
            Element::Edge(_) => Ok(()),
        })?;
        // Of several moves to one vertex, one that goes on comes first.
        let moves = distinct(self.ctx, &[moves], |step| *step)?;
        for to in moves.chunk_by(|a, b| a.0 == b.0) {
            if self.is_full() {
                break;
            }
            match to[0] {
                (to, false) => self.grow(hop, to)?,
                (to, true) => self.leaf(hop, to)?,
            }
        }
        Ok(())
    }

    fn leaf(&mut self, depth: usize, vertex: VertexIx) -> Result<(), WalkError> {
        self.ctx.checkpoint()?;
        self.nodes.push(self.ctx, TreeNode { depth: depth as u32, vertex })?;
        self.leaves += 1;
        self.most.check(self.leaves)
    }
}
