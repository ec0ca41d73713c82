//! Rows about pairs of vertices. They stand in columns, or name edges of a list that is shared with who made it:
//! columns of those are made piece by piece when they are written, and take no memory before.

use crate::bits::Bits;
use crate::buf::Slab;
use crate::ids::VertexIx;
use std::ops::Range;

/// Pairs of vertices, and what is said of each.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// Which pairs.
    pub ends: PairEnds,
    /// What is said of each pair, and what that is called.
    pub values: Option<(String, Slab<f64>)>,
}

/// Which pairs of vertices.
#[derive(Clone, Debug)]
pub enum PairEnds {
    /// Columns of one length.
    Columns {
        /// One end; the source of an edge.
        sources: Slab<u32>,
        /// The other end.
        targets: Slab<u32>,
        /// The number of each edge at its source; none for pairs that are no edges.
        indices: Option<Slab<u32>>,
    },
    /// Edges of a list.
    Listed(ListedEdges),
}

/// A list of edges by source, and which of them are meant.
#[derive(Clone, Debug)]
pub struct ListedEdges {
    /// Where the edges of each position begin in the other arrays, and where the last ones end.
    pub offsets: Slab<u64>,
    /// The position that each edge leads to.
    pub targets: Slab<u32>,
    /// The number of each edge at its source.
    pub indices: Slab<u32>,
    /// The vertex of each position; none when they are the same.
    pub vertices: Option<Slab<u32>>,
    /// The places of the edges that are meant; none for all.
    pub kept: Option<Bits>,
}

/// Two vertices of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Source and target.
    pub ends: [VertexIx; 2],
    /// The number of an edge at its source; none for pairs that are no edges.
    pub index: Option<u32>,
}

/// A column of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairColumn {
    /// One end of each.
    Sources,
    /// The other end.
    Targets,
    /// The number of each edge at its source; nothing where pairs are no edges.
    Indices,
}

impl Pairs {
    /// Number of pairs.
    pub fn len(&self) -> usize {
        match &self.ends {
            PairEnds::Columns { sources, .. } => sources.len(),
            PairEnds::Listed(edges) => edges.len(),
        }
    }

    /// True without pairs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if pairs are edges and have a number.
    pub fn is_indexed(&self) -> bool {
        match &self.ends {
            PairEnds::Columns { indices, .. } => indices.is_some(),
            PairEnds::Listed(_) => true,
        }
    }

    /// A pair; none behind the last.
    pub fn get(&self, row: usize) -> Option<Pair> {
        match &self.ends {
            PairEnds::Columns { sources, targets, indices } => Some(Pair {
                ends: [VertexIx(*sources.get(row)?), VertexIx(*targets.get(row)?)],
                index: match indices {
                    Some(indices) => Some(*indices.get(row)?),
                    None => None,
                },
            }),
            PairEnds::Listed(edges) => edges.get(row),
        }
    }

    /// What is said of a pair, with its name.
    pub fn value(&self, row: usize) -> Option<(&str, f64)> {
        let (name, values) = self.values.as_ref()?;
        Some((name, *values.get(row)?))
    }

    /// Adds a part of a column to `out`. `rows` end at [`Pairs::len`] at most.
    pub fn copy(&self, column: PairColumn, rows: Range<usize>, out: &mut Vec<u32>) {
        match &self.ends {
            PairEnds::Columns { sources, targets, indices } => {
                let column = match column {
                    PairColumn::Sources => Some(sources),
                    PairColumn::Targets => Some(targets),
                    PairColumn::Indices => indices.as_ref(),
                };
                out.extend_from_slice(column.map_or(&[], |column| &column[rows]));
            }
            PairEnds::Listed(edges) => edges.copy(column, rows, out),
        }
    }

    /// True if all columns have the same length.
    pub(crate) fn fits(&self) -> bool {
        let has_all = |column: usize| column == self.len();
        let ends_fit = match &self.ends {
            PairEnds::Columns { targets, indices, .. } => {
                has_all(targets.len()) && indices.as_ref().is_none_or(|indices| has_all(indices.len()))
            }
            PairEnds::Listed(edges) => edges.targets.len() == edges.indices.len(),
        };
        ends_fit && self.values.as_ref().is_none_or(|(_, values)| has_all(values.len()))
    }

    /// Bytes held, what is shared with others left aside.
    pub(crate) fn size_bytes(&self) -> usize {
        let ends = match &self.ends {
            PairEnds::Columns { sources, targets, indices } => {
                sources.size_bytes() + targets.size_bytes() + indices.as_ref().map_or(0, Slab::size_bytes)
            }
            PairEnds::Listed(edges) => edges.kept.as_ref().map_or(0, Bits::size_bytes),
        };
        ends + self.values.as_ref().map_or(0, |(_, values)| values.size_bytes())
    }
}

impl ListedEdges {
    fn len(&self) -> usize {
        self.kept.as_ref().map_or(self.targets.len(), Bits::len)
    }

    fn get(&self, row: usize) -> Option<Pair> {
        let place = match &self.kept {
            Some(kept) => kept.get(row)?,
            None => row,
        };
        let target = *self.targets.get(place)?;
        let source = row_of(&self.offsets, 0, place as u64) as u32;
        Some(Pair {
            ends: [source, target].map(|p| VertexIx(self.vertex(p))),
            index: self.indices.get(place).copied(),
        })
    }

    fn vertex(&self, position: u32) -> u32 {
        self.vertices.as_ref().map_or(position, |vertices| vertices[position as usize])
    }

    fn copy(&self, column: PairColumn, rows: Range<usize>, out: &mut Vec<u32>) {
        let (offsets, targets, indices) = (&self.offsets[..], &self.targets[..], &self.indices[..]);
        match column {
            PairColumn::Sources => {
                let mut source = 0;
                self.each_place(rows, |place| {
                    source = row_of(offsets, source, place as u64);
                    out.push(self.vertex(source as u32));
                });
            }
            PairColumn::Targets => self.each_place(rows, |place| out.push(self.vertex(targets[place]))),
            PairColumn::Indices => self.each_place(rows, |place| out.push(indices[place])),
        }
    }

    fn each_place(&self, rows: Range<usize>, each: impl FnMut(usize)) {
        match &self.kept {
            Some(kept) => kept.from(rows.start).take(rows.len()).for_each(each),
            None => rows.for_each(each),
        }
    }
}

/// The row of compressed sparse rows that a place belongs to, at or after a row that does not begin behind it.
/// Places that rise are found in a step or two; gaps cost their logarithm.
pub fn row_of(offsets: &[u64], from: usize, place: u64) -> usize {
    let begins_before = |row: usize| offsets.get(row).is_some_and(|first| *first <= place);
    let (mut low, mut step) = (from, 1);
    while begins_before(low + step) {
        low += step;
        step *= 2;
    }
    let above = (low + step).min(offsets.len());
    low + offsets[low..above].partition_point(|first| *first <= place) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::JobContext;

    #[test]
    fn rows_are_found_from_any_row_before_them() {
        let offsets = [0, 0, 3, 3, 3, 3, 3, 3, 4, 9, 9];
        for place in 0..9 {
            let expected = offsets.iter().rposition(|first| *first <= place).unwrap();
            for from in 0..=expected {
                assert_eq!(row_of(&offsets, from, place), expected, "{place} from {from}");
            }
        }
    }

    #[test]
    fn listed_edges_are_the_same_as_columns() {
        let ctx = JobContext::detached(1, 1 << 20);
        let slab = |values: &[u32]| Slab::from(values.to_vec());
        let odd = Bits::choose(&ctx, 5, |range, set, _| {
            range.filter(|place| place % 2 == 1).for_each(set);
            Ok(())
        });
        let all = ListedEdges {
            offsets: vec![0, 2, 2, 5].into(),
            targets: slab(&[1, 2, 0, 0, 2]),
            indices: slab(&[0, 1, 0, 1, 2]),
            vertices: None,
            kept: None,
        };
        let cases = [
            (all.clone(), [vec![0, 0, 2, 2, 2], vec![1, 2, 0, 0, 2], vec![0, 1, 0, 1, 2]]),
            (
                ListedEdges { vertices: Some(slab(&[3, 5, 9])), kept: Some(odd.unwrap()), ..all },
                [vec![3, 9], vec![9, 3], vec![1, 1]],
            ),
        ];
        for (edges, [sources, targets, indices]) in cases {
            let listed = Pairs { ends: PairEnds::Listed(edges), values: None };
            let columns = PairEnds::Columns {
                sources: slab(&sources),
                targets: slab(&targets),
                indices: Some(slab(&indices)),
            };
            let columns = Pairs { ends: columns, values: None };
            assert_eq!(listed.len(), columns.len());
            for row in 0..=columns.len() {
                assert_eq!(listed.get(row), columns.get(row), "{row}");
                for column in [PairColumn::Sources, PairColumn::Targets, PairColumn::Indices] {
                    let copy = |pairs: &Pairs| {
                        let mut out = Vec::new();
                        pairs.copy(column, row..pairs.len(), &mut out);
                        out
                    };
                    assert_eq!(copy(&listed), copy(&columns), "{column:?} from {row}");
                }
            }
        }
    }
}
