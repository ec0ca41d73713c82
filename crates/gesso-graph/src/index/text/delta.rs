//! The tokens of the rows in which a version differs from its base.

use super::Texts;
use super::analysis::Tokens;
use super::piece::sum_up;
use super::rank::{Weights, length_of};
use super::search::TokenTest;
use crate::base::Base;
use crate::delta::{Delta, EdgeKey, EdgePatch, EdgeRow, VertexPatch};
use crate::index::IndexDef;
use crate::schema::Schema;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, Stop, Tick, VertexIx};
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

/// What a version adds to the index over its base and takes from it. Exact at any time.
#[derive(Clone, Debug, Default)]
pub struct TextDelta {
    pub(super) vertices: Changes<u32>,
    pub(super) edges: Changes<EdgeKey>,
}

/// Changes of vertices or of edges.
#[derive(Clone, Debug)]
pub struct Changes<K: RowKey> {
    /// Where tokens of changed rows are.
    postings: OrdMap<(Term, K), Occurrence>,
    /// How many more rows have a token than in the base. Terms without a difference are left out.
    more_with: OrdMap<Term, i64>,
    /// How many more rows have any text.
    more_elements: i64,
    /// How many more tokens each field has.
    more_tokens: OrdMap<u16, i64>,
}

/// What names a changed row.
pub trait RowKey: Ord + Copy + Debug + Send + Sync {
    /// The first of all.
    const LEAST: Self;
}

impl RowKey for u32 {
    const LEAST: u32 = 0;
}

impl RowKey for EdgeKey {
    const LEAST: EdgeKey = EdgeKey { near: 0, label: 0, far: 0, index: 0 };
}

/// A token of a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    field: u16,
    token: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Occurrence {
    /// How often the row has the token in the field.
    frequency: u32,
    /// How many tokens the field has, as [`length_of`].
    length: u8,
}

impl<K: RowKey> Default for Changes<K> {
    fn default() -> Self {
        let (postings, more_with, more_elements, more_tokens) = Default::default();
        Changes { postings, more_with, more_elements, more_tokens }
    }
}

impl TextDelta {
    /// Takes in what has changed between two versions on one base.
    pub(crate) fn catch_up(
        &mut self,
        ctx: Option<&JobContext>,
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        (before, after): (&Delta, &Delta),
    ) -> Result<(), Stop> {
        let mut tick = ctx.map(JobContext::tick);
        let mut spend = |steps| tick.as_mut().map_or(Ok(()), |t| t.spend(steps));
        let rows = &after.rows;
        for change in before.vertices.diff(&after.vertices) {
            spend(64)?;
            let (v, old, new) = match change {
                DiffItem::Add(v, new) => (v, None, new),
                DiffItem::Update { old: (v, old), new: (_, new) } => (v, Some(rows.vertex(*old)), new),
                DiffItem::Remove(..) => continue,
            };
            self.change_vertex(schema, def, base, VertexIx(*v), old, rows.vertex(*new));
        }
        for change in before.out.diff(&after.out) {
            spend(64)?;
            let (key, old, new) = match change {
                DiffItem::Add(key, new) => (key, None, Some(new)),
                DiffItem::Update { old: (key, old), new: (_, new) } => (key, Some(old), Some(new)),
                DiffItem::Remove(key, old) => (key, Some(old), None),
            };
            let row = |row: &EdgeRow| rows.edge(*row);
            self.change_edge(schema, def, *key, old.map(row), new.map(row));
        }
        for change in before.hidden.diff(&after.hidden) {
            spend(64)?;
            if let imbl::ordset::DiffItem::Add((label, ordinal)) = change {
                self.hide_edge(schema, def, base, LabelId(*label), EdgeOrdinal(*ordinal));
            }
        }
        Ok(())
    }

    /// A vertex has a row of its own in the changes now; `old` is what it had there before.
    pub(crate) fn change_vertex(
        &mut self,
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        v: VertexIx,
        old: Option<&VertexPatch>,
        new: &VertexPatch,
    ) {
        match old {
            Some(patch) => self.vertices.remove(v.0, &Texts::of_vertex(schema, def, patch)),
            None => self.vertices.hide(&Texts::of_base_vertex(schema, def, base, v)),
        }
        self.vertices.insert(v.0, &Texts::of_vertex(schema, def, new));
    }

    /// What stands in the changes at the place of an edge is another now.
    pub(crate) fn change_edge(
        &mut self,
        schema: &Schema,
        def: &IndexDef,
        key: EdgeKey,
        old: Option<&EdgePatch>,
        new: Option<&EdgePatch>,
    ) {
        if let Some(old) = old {
            self.edges.remove(key, &Texts::of_edge(schema, def, LabelId(key.label), old));
        }
        if let Some(new) = new {
            self.edges.insert(key, &Texts::of_edge(schema, def, LabelId(key.label), new));
        }
    }

    /// An edge of the base does not count any more.
    pub(crate) fn hide_edge(
        &mut self,
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        label: LabelId,
        edge: EdgeOrdinal,
    ) {
        self.edges.hide(&Texts::of_base_edge(schema, def, base, label, edge));
    }
}

impl<K: RowKey> Changes<K> {
    fn insert(&mut self, key: K, texts: &Texts) {
        self.more_elements += i64::from(!texts.is_empty());
        for (field, tokens) in texts.tokens() {
            let length = length_of(tokens.len());
            self.count_tokens(field, tokens.len() as i64);
            for (token, frequency) in frequencies(&tokens) {
                let term = Term { field, token: token.into() };
                self.count_rows(&term, 1);
                self.postings.insert((term, key), Occurrence { frequency, length });
            }
        }
    }

    fn remove(&mut self, key: K, texts: &Texts) {
        self.more_elements -= i64::from(!texts.is_empty());
        for (field, tokens) in texts.tokens() {
            self.count_tokens(field, -(tokens.len() as i64));
            for (token, _) in frequencies(&tokens) {
                let term = Term { field, token: token.into() };
                self.count_rows(&term, -1);
                self.postings.remove(&(term, key));
            }
        }
    }

    /// A row of the base does not count any more.
    fn hide(&mut self, texts: &Texts) {
        self.more_elements -= i64::from(!texts.is_empty());
        for (field, tokens) in texts.tokens() {
            self.count_tokens(field, -(tokens.len() as i64));
            for (token, _) in frequencies(&tokens) {
                self.count_rows(&Term { field, token: token.into() }, -1);
            }
        }
    }

    fn count_tokens(&mut self, field: u16, more: i64) {
        let sum = self.more_tokens.get(&field).copied().unwrap_or(0) + more;
        self.more_tokens.insert(field, sum);
    }

    fn count_rows(&mut self, term: &Term, more: i64) {
        let sum = self.more_with.get(term).copied().unwrap_or(0) + more;
        if sum == 0 {
            self.more_with.remove(term);
        } else {
            self.more_with.insert(term.clone(), sum);
        }
    }

    /// How many more elements the version has than its base.
    pub(super) fn more_elements(&self) -> i64 {
        self.more_elements
    }

    /// How many more tokens a field has.
    pub(super) fn more_tokens(&self, field: u16) -> i64 {
        self.more_tokens.get(&field).copied().unwrap_or(0)
    }

    /// How many more elements have a token.
    pub(super) fn more_with(&self, field: u16, token: &str) -> i64 {
        self.more_with.get(&Term { field, token: token.into() }).copied().unwrap_or(0)
    }

    /// Changed rows with one of some tokens, rising, and the sum of what these score.
    pub(super) fn with_any(
        &self,
        field: u16,
        tokens: &[Box<str>],
        weights: &Weights,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<(K, f32)>, Stop> {
        let mut matches = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            for ((term, key), occurrence) in self.from(field, token) {
                tick.spend(4)?;
                if *term.token != **token || term.field != field {
                    break;
                }
                matches.push((*key, weights.score(i, occurrence.length, occurrence.frequency)));
            }
        }
        summed(matches, tick)
    }

    /// Changed rows with a token that a test takes, rising. All score alike.
    pub(super) fn with_passing(
        &self,
        field: u16,
        test: &TokenTest,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<(K, f32)>, Stop> {
        let mut matches = Vec::new();
        // Rows of one token lie together, so that it is tested once.
        let mut last: Option<(&Term, bool)> = None;
        for ((term, key), _) in self.from(field, test.least()) {
            tick.spend(4)?;
            if term.field != field {
                break;
            }
            let passes = match last {
                Some((known, passes)) if known == term => passes,
                _ => test.passes(&term.token),
            };
            last = Some((term, passes));
            if passes {
                matches.push((*key, 1.0));
            }
        }
        let mut matches = summed(matches, tick)?;
        for found in &mut matches {
            found.1 = 1.0;
        }
        Ok(matches)
    }

    /// All that comes from a token of a field on.
    fn from(&self, field: u16, token: &str) -> impl Iterator<Item = (&(Term, K), &Occurrence)> {
        self.postings.range((Term { field, token: token.into() }, K::LEAST)..)
    }
}

/// Matches that are sorted at once; more are put in order one by one, so that it can be stopped.
const SORTED_MAX: usize = 1 << 16;

/// Makes one match of those of the same row, rising. Scores are added in the order in which they come.
fn summed<K: RowKey>(mut matches: Vec<(K, f32)>, tick: &mut Tick<'_>) -> Result<Vec<(K, f32)>, Stop> {
    if matches.len() <= SORTED_MAX {
        tick.spend(matches.len() as u64 * 4)?;
        sum_up(&mut matches);
        return Ok(matches);
    }
    let mut sums = BTreeMap::<K, f32>::new();
    for (key, score) in matches {
        tick.spend(8)?;
        *sums.entry(key).or_default() += score;
    }
    Ok(sums.into_iter().collect())
}

/// Each token with how often it is there, in order.
fn frequencies(tokens: &Tokens) -> Vec<(&str, u32)> {
    let mut all: Vec<&str> = tokens.iter().collect();
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_matches_are_summed_like_few() {
        let ctx = JobContext::detached(1, 1 << 20);
        for len in [SORTED_MAX, SORTED_MAX + 1] {
            let matches = (0..len as u32).rev().map(|i| (i / 2, 1.5)).collect();
            let sums = summed(matches, &mut ctx.tick()).unwrap();
            assert_eq!(sums.len(), len.div_ceil(2));
            assert!(sums.iter().enumerate().all(|(i, found)| found.0 == i as u32));
            assert!(sums[..len / 2].iter().all(|found| found.1 > 2.9));
        }
        let stopped = JobContext::detached(1, 1 << 20).stop_at_checkpoint(2);
        let matches = (0..=SORTED_MAX as u32).map(|i| (i, 1.0)).collect();
        assert_eq!(summed(matches, &mut stopped.tick()), Err(Stop::Cancelled));
    }
}
