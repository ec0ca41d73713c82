//! The paths of a walk: each distinct sequence of edges once.
//!
//! One sequence can end at two vertices, when an edge is walked both ways; the enumeration goes on from both
//! at once, so that no sequence is met twice.

use super::elements::{Element, Elements};
use super::moves::Move;
use super::spec::{Most, Step, WalkError};
use super::survey::{Goal, Layers, Survey, Verdict};
use crate::order;
use gesso_core::{JobContext, Pile, Reservation, Stop};
use gesso_graph::snapshot::EdgePlace;

/// Paths by length, those of one length by their edges in graph order.
#[derive(Debug, Default)]
pub struct Paths {
    /// At position n all paths of n edges, one behind another.
    by_length: Vec<Pile<EdgePlace>>,
    count: u64,
}

/// The moves out of the end of a sequence, sorted by edge, and how many of them are through.
struct Branch {
    hop: usize,
    moves: Vec<(Move, Verdict)>,
    next: usize,
    _held: Reservation,
}

impl Paths {
    /// Number of paths.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// True without paths.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All paths in order.
    pub fn iter(&self) -> impl Iterator<Item = &[EdgePlace]> {
        self.by_length.iter().enumerate().skip(1).flat_map(|(length, paths)| paths.chunks_exact(length))
    }

    fn add(&mut self, ctx: &JobContext, path: &[EdgePlace]) -> Result<(), Stop> {
        while self.by_length.len() <= path.len() {
            self.by_length.push(Pile::new(ctx)?);
        }
        self.count += 1;
        self.by_length[path.len()].extend(ctx, path)
    }
}

impl Layers<'_, '_> {
    /// The paths of the walks that are complete by one of the goals, which must ask for rising lengths if only
    /// the first paths are wanted.
    pub fn paths(&self, ctx: &JobContext, goals: &[Goal], most: Most) -> Result<Paths, WalkError> {
        let mut paths = Paths::default();
        for goal in goals {
            let survey = self.survey(ctx, *goal)?;
            Enumeration { ctx, survey: &survey, most, paths: &mut paths, path: Vec::new() }.run()?;
        }
        Ok(paths)
    }
}

struct Enumeration<'a> {
    ctx: &'a JobContext,
    survey: &'a Survey<'a, 'a>,
    most: Most,
    paths: &'a mut Paths,
    /// The sequence at hand.
    path: Vec<EdgePlace>,
}

impl Enumeration<'_> {
    fn run(&mut self) -> Result<(), WalkError> {
        let mut branches: Vec<Branch> = self.first()?.into_iter().collect();
        while let Some(branch) = branches.last_mut() {
            if self.is_full() {
                break;
            }
            let hop = branch.hop;
            let Some(group) = branch.take_group() else {
                branches.pop();
                self.path.pop();
                continue;
            };
            let (edge, completes) = (group[0].0.edge, group.iter().any(|(_, verdict)| verdict.completes));
            let ends: Vec<Element> =
                group.iter().filter(|(_, verdict)| verdict.goes_on).map(|(step, _)| step.to).collect();
            self.path.extend(edge);
            if completes {
                self.emit()?;
            }
            match self.branch(hop, ends)? {
                Some(branch) => branches.push(branch),
                None => _ = self.path.pop(),
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.paths.len() >= self.most.sought()
    }

    fn emit(&mut self) -> Result<(), WalkError> {
        self.ctx.checkpoint()?;
        if self.path.is_empty() || self.is_full() {
            return Ok(());
        }
        self.paths.add(self.ctx, &self.path)?;
        self.most.check(self.paths.len())
    }

    /// The branches at the start: the start edges, or the moves from the start vertices.
    fn first(&mut self) -> Result<Option<Branch>, WalkError> {
        let survey = self.survey;
        let start = survey.route.start();
        if let Elements::Edges(edges) = start {
            let mut moves = Gathered::new(self.ctx)?;
            for edge in edges.iter() {
                let step = Move { edge: Some(*edge), to: Element::Edge(*edge), is_done: false };
                moves.push(self.ctx, (step, survey.verdict(0, &step)))?;
            }
            return Ok(Some(moves.branch(self.ctx, 0)?));
        }
        let live = survey.live(0);
        // As many as the start has, and that is accounted twice over.
        let held = self.ctx.reserve((live.len() * size_of::<Element>()) as u64)?;
        let mut from = Vec::with_capacity(live.len());
        let mut tick = self.ctx.tick();
        for position in 0..live.len() {
            tick.spend(1)?;
            from.push(live.at(position));
        }
        let branch = self.branch(0, from);
        drop(held);
        branch
    }

    /// The moves out of some elements of a layer. Layers that walk no edge are passed at once: they change
    /// the elements, not the sequence.
    fn branch(&mut self, mut hop: usize, mut from: Vec<Element>) -> Result<Option<Branch>, WalkError> {
        let mut tick = self.ctx.tick();
        while !from.is_empty() && hop < self.survey.last() {
            hop += 1;
            let mut moves = Gathered::new(self.ctx)?;
            for element in &from {
                self.survey.visit(hop, *element, &mut tick, |_, step, verdict| {
                    moves.push(self.ctx, (step, verdict))
                })?;
            }
            if !matches!(self.survey.route.layers[hop - 1].step, Step::Stay | Step::Ends(_)) {
                return Ok(Some(moves.branch(self.ctx, hop)?));
            }
            if moves.list.iter().any(|(_, verdict)| verdict.completes) {
                self.emit()?;
            }
            from.clear();
            from.extend(moves.list.iter().filter(|(_, verdict)| verdict.goes_on).map(|(step, _)| step.to));
        }
        Ok(None)
    }
}

impl Branch {
    /// The moves along the next edge.
    fn take_group(&mut self) -> Option<&[(Move, Verdict)]> {
        let rest = &self.moves[self.next..];
        let edge = key(rest.first()?);
        let len = rest.iter().take_while(|other| key(other) == edge).count();
        self.next += len;
        Some(&rest[..len])
    }
}

/// Moves in the order in which they were found, accounted.
struct Gathered {
    list: Vec<(Move, Verdict)>,
    held: Reservation,
}

impl Gathered {
    fn new(ctx: &JobContext) -> Result<Gathered, Stop> {
        Ok(Gathered { list: Vec::new(), held: ctx.reserve(0)? })
    }

    fn push(&mut self, ctx: &JobContext, item: (Move, Verdict)) -> Result<(), Stop> {
        if self.list.len() == self.list.capacity() {
            let more = self.list.capacity().max(4);
            // Twice, as the sort needs as much again.
            ctx.grow(&mut self.held, (2 * more * size_of::<(Move, Verdict)>()) as u64)?;
            self.list.reserve_exact(more);
        }
        self.list.push(item);
        Ok(())
    }

    fn branch(mut self, ctx: &JobContext, hop: usize) -> Result<Branch, Stop> {
        order::sort(ctx, &mut self.list, |a, b| key(a).cmp(&key(b)))?;
        Ok(Branch { hop, moves: self.list, next: 0, _held: self.held })
    }
}

fn key((step, _): &(Move, Verdict)) -> Option<(u32, u32)> {
    step.edge.map(|edge| edge.by_source_and_index())
}
