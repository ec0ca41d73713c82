//! Adjacency as plain slices: looked up once a run, as a shared array decides at each use where it lives.

use crate::error::AlgoError;
use gesso_core::ctx::{STEPS_PER_CHECK, even_cuts};
use gesso_core::prefetch::prefetch;
use gesso_core::{JobContext, Plain, Stop, Tick};
use gesso_graph::projection::{Csr, WeightSlice, Weights};

/// Vertices of a list after the present one whose arcs are asked for.
const AHEAD: usize = 8;
/// Arcs of such a vertex that are asked for: after these the processor sees by itself where the loop goes.
const ARCS_AHEAD: usize = 128;
/// Bytes that memory is fetched in.
const LINE_BYTES: usize = 64;

/// The arrays of a [`Csr`].
#[derive(Clone, Copy)]
pub(crate) struct Arcs<'a> {
    /// Where the arcs of each vertex begin, and where the last ones end.
    pub(crate) offsets: &'a [u64],
    /// Neighbours.
    pub(crate) targets: &'a [u32],
    /// A weight for each target; none when all are 1.
    weights: Option<WeightSlice<'a>>,
}

/// A number that weights are kept in. Loops are compiled for each.
pub(crate) trait Weight: Plain + Into<f64> {}

impl Weight for u8 {}
impl Weight for f32 {}
impl Weight for f64 {}

impl<'a> Arcs<'a> {
    /// The arrays of a projection's side.
    pub(crate) fn of(csr: &'a Csr) -> Arcs<'a> {
        Arcs {
            offsets: &csr.offsets,
            targets: &csr.targets,
            weights: csr.weights.as_ref().map(Weights::as_slice),
        }
    }

    /// Arrays that an algorithm made for itself.
    pub(crate) fn new(offsets: &'a [u64], targets: &'a [u32], weights: Option<WeightSlice<'a>>) -> Arcs<'a> {
        Arcs { offsets, targets, weights }
    }

    /// True if these arcs, turned around, are the others because both are the same: each is there both ways.
    pub(crate) fn is_both_ways(&self, turned: Arcs<'_>) -> bool {
        std::ptr::eq(self.targets, turned.targets)
    }

    /// Number of vertices.
    pub(crate) fn vertices(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Neighbours of a vertex.
    #[inline]
    pub(crate) fn row(&self, v: u32) -> &'a [u32] {
        let v = v as usize;
        &self.targets[self.offsets[v] as usize..self.offsets[v + 1] as usize]
    }

    /// The first neighbour of a vertex and whether it has any; without a branch, so that many can be fetched at once.
    #[inline]
    pub(crate) fn first(&self, v: u32) -> (u32, bool) {
        let (start, end) = (self.offsets[v as usize], self.offsets[v as usize + 1]);
        (self.targets.get(start as usize).copied().unwrap_or(0), start < end)
    }

    /// Asks for the first arc of a vertex that a loop comes to soon.
    #[inline]
    pub(crate) fn prefetch_first(&self, v: u32) {
        prefetch(self.targets, self.offsets[v as usize] as usize);
    }

    /// Asks for the first arcs of the vertex that a loop over a list comes to some vertices after the `i`-th, and for
    /// where those of a later one are.
    #[inline]
    pub(crate) fn prefetch_after(&self, list: &[u32], i: usize) {
        if let Some(later) = list.get(i + 2 * AHEAD) {
            prefetch(self.offsets, *later as usize);
        }
        if let Some(later) = list.get(i + AHEAD) {
            self.prefetch_row(*later);
        }
    }

    /// Asks for the first arcs of a vertex and their weights.
    #[inline]
    pub(crate) fn prefetch_row(&self, v: u32) {
        let (start, end) = (self.offsets[v as usize] as usize, self.offsets[v as usize + 1] as usize);
        let end = end.min(start + ARCS_AHEAD);
        prefetch_lines(self.targets, start..end);
        match self.weights {
            None => {}
            Some(WeightSlice::Bytes(weights)) => prefetch_lines(weights, start..end),
            Some(WeightSlice::Singles(weights)) => prefetch_lines(weights, start..end),
            Some(WeightSlice::Doubles(weights)) => prefetch_lines(weights, start..end),
        }
    }

    /// Number of arcs at a vertex.
    #[inline]
    pub(crate) fn degree(&self, v: u32) -> u64 {
        let v = v as usize;
        self.offsets[v + 1] - self.offsets[v]
    }

    /// Where the arc between two vertices is, in rows that rise; none where there is no arc.
    pub(crate) fn place(&self, from: u32, to: u32) -> Option<usize> {
        let found = self.row(from).binary_search(&to).ok()?;
        Some(self.offsets[from as usize] as usize + found)
    }

    /// Weights, if the arcs have any.
    pub(crate) fn weights(&self) -> Option<WeightSlice<'a>> {
        self.weights
    }

    /// True if all weights are known to be whole numbers of at most [`u8::MAX`].
    pub(crate) fn has_whole_weights(&self) -> bool {
        matches!(self.weights, None | Some(WeightSlice::Bytes(_)))
    }

    /// Calls `each` with every neighbour of a vertex and its weight.
    #[inline]
    pub(crate) fn for_each(
        &self,
        v: u32,
        tick: &mut Tick<'_>,
        each: impl FnMut(u32, f64),
    ) -> Result<(), Stop> {
        self.for_each_of_all(std::iter::once(v), tick, each)
    }

    /// Calls `each` with every neighbour of some vertices and its weight. Loops for arcs with and without weights are
    /// compiled apart, which matters where a neighbour costs a few steps only.
    #[inline]
    pub(crate) fn for_each_of_all(
        &self,
        vertices: impl Iterator<Item = u32>,
        tick: &mut Tick<'_>,
        mut each: impl FnMut(u32, f64),
    ) -> Result<(), Stop> {
        let Some(weights) = self.weights else {
            for v in vertices {
                for piece in pieces(self.row(v)) {
                    tick.spend(1 + 2 * piece.len() as u64)?;
                    for t in piece {
                        each(*t, 1.0);
                    }
                }
            }
            return Ok(());
        };
        match weights {
            WeightSlice::Bytes(weights) => self.for_each_with(weights, vertices, tick, each),
            WeightSlice::Singles(weights) => self.for_each_with(weights, vertices, tick, each),
            WeightSlice::Doubles(weights) => self.for_each_with(weights, vertices, tick, each),
        }
    }

    #[inline]
    fn for_each_with<W: Weight>(
        &self,
        weights: &[W],
        vertices: impl Iterator<Item = u32>,
        tick: &mut Tick<'_>,
        mut each: impl FnMut(u32, f64),
    ) -> Result<(), Stop> {
        for v in vertices {
            for (targets, weights) in self.pieces_of(weights, v) {
                tick.spend(1 + 2 * targets.len() as u64)?;
                for (t, w) in targets.iter().zip(weights) {
                    each(*t, (*w).into());
                }
            }
        }
        Ok(())
    }

    /// Neighbours of a vertex and their weights in `weights`, in slices short enough to be walked between two ticks.
    #[inline]
    pub(crate) fn pieces_of<'w, W>(
        &self,
        weights: &'w [W],
        v: u32,
    ) -> impl Iterator<Item = (&'a [u32], &'w [W])> + use<'a, 'w, W> {
        let (row, start) = (self.row(v), self.offsets[v as usize] as usize);
        pieces(row).zip(weights[start..start + row.len()].chunks(STEPS_PER_CHECK as usize))
    }

    /// Neighbours of a vertex with weights, in slices short enough to be walked between two ticks.
    #[inline]
    pub(crate) fn weighted(
        &self,
        v: u32,
    ) -> impl Iterator<Item = impl Iterator<Item = (u32, f64)> + use<'a>> + use<'a> {
        let (start, end) = (self.offsets[v as usize] as usize, self.offsets[v as usize + 1] as usize);
        let (targets, weights) = (self.targets, self.weights);
        (start..end).step_by(STEPS_PER_CHECK as usize).map(move |from| {
            let range = from..end.min(from + STEPS_PER_CHECK as usize);
            range.map(move |i| (targets[i], weights.map_or(1.0, |w| w.get(i))))
        })
    }
}

/// Vertices of a word of a set of bits.
pub(crate) const WORD: usize = 32;

/// Whether a set of bits has a vertex.
#[inline]
pub(crate) fn is_set(words: &[u32], v: u32) -> bool {
    words[v as usize / WORD] >> (v as usize % WORD) & 1 == 1
}

/// The vertices whose bits a word has.
#[inline]
pub(crate) fn members(word: usize, bits: u32) -> impl Iterator<Item = u32> {
    let mut rest = bits;
    std::iter::from_fn(move || {
        let next = (rest != 0).then(|| (word * WORD) as u32 + rest.trailing_zeros());
        rest &= rest.wrapping_sub(1);
        next
    })
}

/// Which of a word's vertices in `asked` have a neighbour in a set of bits, read by `word_of`. `first` gives one
/// neighbour of a vertex and whether it has any, `rows` all of them.
#[inline]
pub(crate) fn touching<'r, R: Iterator<Item = &'r [u32]>>(
    (word, asked): (usize, u32),
    first: impl Fn(u32) -> (u32, bool),
    rows: impl Fn(u32) -> R,
    word_of: impl Fn(usize) -> u32,
    tick: &mut Tick<'_>,
) -> Result<u32, Stop> {
    tick.spend(u64::from(asked.count_ones()))?;
    let mut found = first_in(word, asked, first, &word_of);
    let is_in = |t: &u32| word_of(*t as usize / WORD) >> (*t as usize % WORD) & 1 == 1;
    let mut rest = asked & !found;
    while rest != 0 {
        let bit = rest & rest.wrapping_neg();
        rest ^= bit;
        'rows: for row in rows((word * WORD) as u32 + bit.trailing_zeros()) {
            for piece in pieces(row) {
                let steps = piece.iter().position(is_in);
                tick.spend(1 + steps.unwrap_or(piece.len()) as u64)?;
                if steps.is_some() {
                    found |= bit;
                    break 'rows;
                }
            }
        }
    }
    Ok(found)
}

/// Which of a word's vertices in `asked` have a first neighbour that is in a set of bits, read by `word_of`. Fetches all
/// neighbours before it looks at any: one after the other, each would wait for the guess about the one before.
#[inline]
fn first_in(
    word: usize,
    asked: u32,
    first: impl Fn(u32) -> (u32, bool),
    word_of: impl Fn(usize) -> u32,
) -> u32 {
    let mut firsts = [0; WORD];
    let (mut rest, mut some) = (asked, 0);
    while rest != 0 {
        let i = rest.trailing_zeros();
        rest &= rest - 1;
        let (neighbour, is_there) = first((word * WORD) as u32 + i);
        firsts[i as usize] = neighbour;
        some |= u32::from(is_there) << i;
    }
    let (mut rest, mut found) = (some, 0);
    while rest != 0 {
        let i = rest.trailing_zeros();
        rest &= rest - 1;
        let t = firsts[i as usize] as usize;
        found |= (word_of(t / WORD) >> (t % WORD) & 1) << i;
    }
    found
}

/// Asks for the lines of a part of an array.
#[inline]
fn prefetch_lines<T>(values: &[T], part: std::ops::Range<usize>) {
    part.step_by(LINE_BYTES / size_of::<T>()).for_each(|at| prefetch(values, at));
}

/// Slices of a neighbour list that are short enough to be walked between two ticks.
#[inline]
pub(crate) fn pieces(row: &[u32]) -> std::slice::Chunks<'_, u32> {
    row.chunks(STEPS_PER_CHECK as usize)
}

/// Fails unless every weight is a finite number above 0, and so is their sum.
pub(crate) fn check_weights(ctx: &JobContext, arcs: Arcs<'_>) -> Result<(), AlgoError> {
    check_weights_below(ctx, arcs, f64::MAX)
}

/// [`check_weights`] where sums of weights are multiplied with each other.
pub(crate) fn check_weights_of_products(ctx: &JobContext, arcs: Arcs<'_>) -> Result<(), AlgoError> {
    check_weights_below(ctx, arcs, 1e150)
}

fn check_weights_below(ctx: &JobContext, arcs: Arcs<'_>, most: f64) -> Result<(), AlgoError> {
    let sum = match arcs.weights() {
        None => return Ok(()),
        Some(WeightSlice::Bytes(weights)) => sum_of_positive(ctx, weights)?,
        Some(WeightSlice::Singles(weights)) => sum_of_positive(ctx, weights)?,
        Some(WeightSlice::Doubles(weights)) => sum_of_positive(ctx, weights)?,
    };
    below(sum, most)
}

/// Fails unless every number is finite and above 0, and so is their sum.
pub(crate) fn check_positive<W: Weight>(ctx: &JobContext, weights: &[W]) -> Result<(), AlgoError> {
    below(sum_of_positive(ctx, weights)?, f64::MAX)
}

fn below(sum: f64, most: f64) -> Result<(), AlgoError> {
    if sum < most { Ok(()) } else { Err(AlgoError::WeightSum { most }) }
}

/// The sum of some weights. Fails unless each is finite and above 0.
fn sum_of_positive<W: Weight>(ctx: &JobContext, weights: &[W]) -> Result<f64, AlgoError> {
    let sums = ctx.par_ranges(&even_cuts(weights.len(), STEPS_PER_CHECK as usize), |range, _| {
        weights[range.clone()].iter().try_for_each(|w| positive((*w).into()).map(|_| ()))?;
        Ok::<_, AlgoError>(sum(&weights[range]))
    })?;
    Ok(sums.iter().sum())
}

/// The sum of some weights, in lanes that do not wait for each other.
fn sum<W: Weight>(weights: &[W]) -> f64 {
    let (rows, rest) = weights.as_chunks::<8>();
    let mut lanes = [0f64; 8];
    for row in rows {
        for (lane, w) in lanes.iter_mut().zip(row) {
            *lane += (*w).into();
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|w| (*w).into()).sum::<f64>()
}

/// Fails unless the weight is a finite number above 0.
#[inline]
pub(crate) fn positive(weight: f64) -> Result<f64, AlgoError> {
    if weight > 0.0 && weight < f64::INFINITY { Ok(weight) } else { Err(AlgoError::Weight) }
}
