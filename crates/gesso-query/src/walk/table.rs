//! Walks as rows: the vertices of chosen layers, each distinct row once.
//!
//! Between two chosen layers whole sets of vertices are carried along, so that walks that differ only there
//! are not told apart, however many they are.

use super::elements::{Element, Elements, distinct};
use super::spec::{Most, WalkError};
use super::survey::{Goal, Layers, Survey};
use gesso_core::{JobContext, Pile, Reservation, Stop, VertexIx};
use std::collections::HashSet;

/// A column: the layers that its name can stand for, rising. In the row of a walk it is the last one that the
/// walk has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Layers; 0 is the start.
    pub layers: Vec<usize>,
}

/// Rows in order: shorter walks first, then by the vertices of their layers in graph order.
#[derive(Debug)]
pub struct Table {
    width: usize,
    /// Row by row; [`ABSENT`] where a walk does not come so far.
    cells: Pile<u32>,
}

/// No vertex has this number.
const ABSENT: u32 = u32::MAX;

impl Table {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.cells.len() / self.width
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cells of all rows, row by row; see [`Table::vertex`].
    pub fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.cells.chunks_exact(self.width)
    }

    /// The vertex of a cell, if its walk has come so far.
    pub fn vertex(cell: u32) -> Option<VertexIx> {
        (cell != ABSENT).then_some(VertexIx(cell))
    }
}

impl Layers<'_, '_> {
    /// The rows of the walks that are complete by one of the goals, which name one layer each, rising.
    pub fn table(
        &self,
        ctx: &JobContext,
        goals: &[Goal],
        columns: &[Column],
        most: Most,
    ) -> Result<Table, WalkError> {
        let mut rows = Rows {
            ctx,
            table: Table { width: columns.len().max(1), cells: Pile::new(ctx)? },
            seen: if goals.len() > 1 { Some((HashSet::new(), ctx.reserve(0)?)) } else { None },
            most,
        };
        for goal in goals {
            let survey = self.survey(ctx, *goal)?;
            let last = survey.last();
            let places: Vec<Option<usize>> = columns
                .iter()
                .map(|c| c.layers.iter().copied().take_while(|layer| *layer <= last).last())
                .collect();
            let mut stops: Vec<usize> = places.iter().copied().flatten().collect();
            stops.sort_unstable();
            stops.dedup();
            let Elements::Vertices(start) = survey.live(0) else { continue };
            let mut search = Search {
                survey: &survey,
                places: &places,
                stops: &stops,
                picked: Vec::new(),
                rows: &mut rows,
            };
            if !start.is_empty() {
                search.descend(0, start)?;
            }
        }
        Ok(rows.table)
    }
}

/// Rows that were found.
struct Rows<'a> {
    ctx: &'a JobContext,
    table: Table,
    /// All rows, where walks of several lengths can give the same.
    seen: Option<(HashSet<Box<[u32]>>, Reservation)>,
    most: Most,
}

/// Bytes that a row in the set takes beside its cells.
const SEEN_BYTES: usize = 48;

impl Rows<'_> {
    fn is_full(&self) -> bool {
        self.table.len() as u64 >= self.most.sought()
    }

    fn add(&mut self, row: &[u32]) -> Result<(), WalkError> {
        self.ctx.checkpoint()?;
        if let Some((seen, held)) = &mut self.seen {
            if seen.contains(row) {
                return Ok(());
            }
            self.ctx.grow(held, (size_of_val(row) + SEEN_BYTES) as u64)?;
            seen.insert(row.into());
        }
        self.table.cells.extend(self.ctx, row)?;
        self.most.check(self.table.len() as u64)
    }
}

struct Search<'a, 'b> {
    survey: &'a Survey<'a, 'a>,
    /// The layer of each column.
    places: &'a [Option<usize>],
    /// The distinct layers of the columns, rising.
    stops: &'a [usize],
    /// A vertex for each of the first stops.
    picked: Vec<VertexIx>,
    rows: &'a mut Rows<'b>,
}

impl Search<'_, '_> {
    /// Continues the row from vertices of the layer of the stop picked last, or of the start. Each of them
    /// leads to a complete walk.
    fn descend(&mut self, hop: usize, from: &[VertexIx]) -> Result<(), WalkError> {
        let Some(stop) = self.stops.get(self.picked.len()).copied() else { return self.emit() };
        let carried = self.carry(hop, stop, from)?;
        let here = carried.as_deref().unwrap_or(from);
        for v in here {
            if self.rows.is_full() {
                break;
            }
            self.picked.push(*v);
            self.descend(stop, &[*v])?;
            self.picked.pop();
        }
        Ok(())
    }

    fn emit(&mut self) -> Result<(), WalkError> {
        let cell = |layer: usize| {
            let picked = self.stops.iter().position(|stop| *stop == layer).and_then(|i| self.picked.get(i));
            picked.map_or(ABSENT, |v| v.0)
        };
        let row: Vec<u32> = self.places.iter().map(|place| place.map_or(ABSENT, cell)).collect();
        if row.is_empty() || self.rows.is_full() { Ok(()) } else { self.rows.add(&row) }
    }

    /// The vertices of layer `to` that walks from these vertices of layer `hop` come through; none if that is
    /// where they are.
    fn carry(&self, hop: usize, to: usize, from: &[VertexIx]) -> Result<Option<Pile<VertexIx>>, Stop> {
        let (ctx, mut tick) = (self.rows.ctx, self.rows.ctx.tick());
        let mut carried: Option<Pile<VertexIx>> = None;
        for next in hop + 1..=to {
            let mut reached = Pile::new(ctx)?;
            for v in carried.as_deref().unwrap_or(from) {
                self.survey.visit(next, Element::Vertex(*v), &mut tick, |_, step, verdict| {
                    let is_there =
                        if next == self.survey.last() { verdict.completes } else { verdict.goes_on };
                    match step.to {
                        Element::Vertex(v) if is_there => reached.push(ctx, v),
                        _ => Ok(()),
                    }
                })?;
            }
            carried = Some(distinct(ctx, &[reached], |v| *v)?);
        }
        Ok(carried)
    }
}
