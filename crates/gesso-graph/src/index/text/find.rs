//! Running a text search over a version: chunk by chunk, each of which gives its matches in any order.
//!
//! Through the index a chunk is a piece of it, and the changes are one more. Where the base has no data yet, as
//! after a start, chunks are ranges of vertices whose rows are read. Should the data of a piece turn out
//! damaged, its rows are read as well, and the data are dropped, to be made again in the background.

use super::Fault;
use super::base::TextIndex;
use super::delta::TextDelta;
use super::element::Element;
use super::piece::{Piece, in_both};
use super::rank::{Counts, Weights};
use super::search::{Part, Test, TextSearch, Wanted};
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, Stop, Tick};
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// Tokens that are looked up in advance, to tell how many elements have them.
const COUNTED_MAX: usize = 64;
/// Vertices in a chunk whose rows are read.
const ROWS: u32 = 4096;

/// A match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<E> {
    /// What matches.
    pub element: E,
    /// Its relevance; more is better.
    pub score: f32,
}

/// A search that is ready to run over a version.
pub struct TextFind<'a, E> {
    ctx: &'a JobContext,
    snapshot: &'a Snapshot,
    parts: Vec<(&'a Part, Weights)>,
    /// The data of the first part's index; none: rows are read.
    data: Option<Arc<TextIndex>>,
    /// Matches that are wanted at most, of the best.
    most: usize,
    elements: PhantomData<E>,
}

impl<'a, E: Element> TextFind<'a, E> {
    /// Prepares a search for the `most` best matches. Counts what relevance depends on.
    pub fn of(
        ctx: &'a JobContext,
        snapshot: &'a Snapshot,
        search: &'a TextSearch,
        most: usize,
    ) -> Result<TextFind<'a, E>, Stop> {
        let (data, counts) = match by_index::<E>(ctx, snapshot, search) {
            Ok(found) => found,
            Err(Fault::Stopped(stop)) => return Err(stop),
            Err(fault @ Fault::Broken(_)) => {
                search.parts.iter().for_each(|part| drop_data(snapshot, part, &fault));
                (None, None)
            }
        };
        let counts = match counts {
            Some(counts) => counts,
            None if search.is_ranked() => by_rows::<E>(ctx, snapshot, search)?,
            None => search.parts.iter().map(Counts::of).collect(),
        };
        let parts = search.parts.iter().zip(counts.iter().map(Weights::of)).collect();
        Ok(TextFind { ctx, snapshot, parts, data, most, elements: PhantomData })
    }

    /// Number of chunks.
    pub fn chunks(&self) -> usize {
        match &self.data {
            Some(data) => E::side(data).pieces.len() + 1,
            None => self.snapshot.vertex_bound().div_ceil(ROWS) as usize,
        }
    }

    /// The matches of a chunk, in any order: all of them, or the best of them.
    pub fn hits(&self, chunk: usize, tick: &mut Tick<'_>) -> Result<Vec<Hit<E>>, Stop> {
        let mut best = Best::new(self.most);
        match &self.data {
            None => self.at_vertices(chunk, &mut best, tick)?,
            Some(data) => match E::side(data).pieces.get(chunk) {
                Some(piece) => self.in_piece(piece, &mut best, tick)?,
                None => self.in_changes(&mut best, tick)?,
            },
        }
        best.shorten();
        Ok(best.hits)
    }

    fn in_piece(&self, piece: &Piece, best: &mut Best<E>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        match self.in_postings(piece, best, tick) {
            Ok(()) => Ok(()),
            Err(Fault::Stopped(stop)) => Err(stop),
            Err(fault) => {
                drop_data(self.snapshot, self.parts[0].0, &fault);
                *best = Best::new(self.most);
                self.in_rows(piece, best, tick)
            }
        }
    }

    fn in_postings(&self, piece: &Piece, best: &mut Best<E>, tick: &mut Tick<'_>) -> Result<(), Fault> {
        let element = |document: u32| E::of_row(self.snapshot, piece.label, piece.rows[document as usize]);
        if let [(Part { field, test: Test::AnyOf(wanted), .. }, weights)] = self.parts.as_slice() {
            // Documents that can not be among the best are left out where scores are added up.
            return piece.each_with_any(*field, &wanted.tokens, weights, tick, |document, score| {
                if let Some(element) = element(document) {
                    best.push(Hit { element, score });
                }
                best.cutoff
            });
        }
        let matches = self.of_first_index(|part, weights| match &part.test {
            Test::AnyOf(wanted) => piece.with_any(part.field, &wanted.tokens, weights, tick),
            Test::Passing(test) => piece.with_passing(part.field, test, tick),
        })?;
        let is_whole = self.parts.iter().all(|(part, _)| self.is_of_first(part));
        for (document, score) in matches {
            tick.spend(2)?;
            if is_whole && !best.wants(score) {
                continue;
            }
            if let Some(element) = element(document)
                && let Some(score) = self.score_elsewhere(element, score, tick)?
            {
                best.push(Hit { element, score });
            }
        }
        Ok(())
    }

    fn in_changes(&self, best: &mut Best<E>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let matches = self.of_first_index(|part, weights| {
            let changes = E::changes(self.snapshot.keys.text(part.def.id));
            match &part.test {
                Test::AnyOf(wanted) => changes.with_any(part.field, &wanted.tokens, weights, tick),
                Test::Passing(test) => changes.with_passing(part.field, test, tick),
            }
        })?;
        // A piece has a bound; changes have none.
        let size_bytes = matches.len() * (size_of::<(E::Key, f32)>() + size_of::<Hit<E>>());
        let _held = self.ctx.reserve(size_bytes as u64)?;
        for (key, score) in matches {
            tick.spend(2)?;
            let element = E::of_key(key);
            if let Some(score) = self.score_elsewhere(element, score, tick)? {
                best.push(Hit { element, score });
            }
        }
        Ok(())
    }

    /// What the parts that the first index serves have in common.
    fn of_first_index<D: Ord + Clone, X>(
        &self,
        mut find: impl FnMut(&Part, &Weights) -> Result<Vec<(D, f32)>, X>,
    ) -> Result<Vec<(D, f32)>, X> {
        let mut common: Option<Vec<(D, f32)>> = None;
        for (part, weights) in self.parts.iter().filter(|(part, _)| self.is_of_first(part)) {
            let found = find(part, weights)?;
            common = Some(match common {
                Some(before) => in_both(&before, &found),
                None => found,
            });
        }
        Ok(common.unwrap_or_default())
    }

    fn is_of_first(&self, part: &Part) -> bool {
        self.parts.first().is_some_and(|(first, _)| first.def.id == part.def.id)
    }

    /// Adds what the parts of other indices score, for which the row is read; none if one does not match.
    fn score_elsewhere(&self, element: E, score: f32, tick: &mut Tick<'_>) -> Result<Option<f32>, Stop> {
        let parts = self.parts.iter().filter(|(part, _)| !self.is_of_first(part));
        self.add_up(element, parts, score, tick)
    }

    /// What a row scores by itself; none if it does not match.
    fn score_row(&self, element: E, tick: &mut Tick<'_>) -> Result<Option<f32>, Stop> {
        self.add_up(element, self.parts.iter(), 0.0, tick)
    }

    fn add_up<'p>(
        &self,
        element: E,
        parts: impl Iterator<Item = &'p (&'a Part, Weights)>,
        mut sum: f32,
        tick: &mut Tick<'_>,
    ) -> Result<Option<f32>, Stop>
    where
        'a: 'p,
    {
        for (part, weights) in parts {
            let tokens = element.texts(self.snapshot, &part.def).tokens_of(part.field, tick)?;
            match part.score(&tokens, weights, tick)? {
                Some(score) => sum += score,
                None => return Ok(None),
            }
        }
        Ok(Some(sum))
    }

    fn in_rows(&self, piece: &Piece, best: &mut Best<E>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        for row in piece.rows.iter() {
            tick.spend(16)?;
            let element = E::of_row(self.snapshot, piece.label, *row);
            if let Some(element) = element
                && let Some(score) = self.score_row(element, tick)?
            {
                best.push(Hit { element, score });
            }
        }
        Ok(())
    }

    fn at_vertices(&self, chunk: usize, best: &mut Best<E>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        E::each_at(self.snapshot, chunk_range(self.snapshot, chunk), |element| {
            tick.spend(16)?;
            if let Some(score) = self.score_row(element, tick)? {
                best.push(Hit { element, score });
            }
            Ok(())
        })
    }
}

/// The best hits so far, and some more.
struct Best<E> {
    hits: Vec<Hit<E>>,
    most: usize,
    /// As many hits as are wanted score no less.
    cutoff: f32,
}

/// Hits beyond those that are wanted before the worst are dropped, at least.
const SLACK: usize = 1024;

impl<E: Element> Best<E> {
    fn new(most: usize) -> Best<E> {
        Best { hits: Vec::new(), most, cutoff: 0.0 }
    }

    /// False if a hit that scores so can not be among the best.
    fn wants(&self, score: f32) -> bool {
        score >= self.cutoff
    }

    fn push(&mut self, hit: Hit<E>) {
        if self.wants(hit.score) {
            self.hits.push(hit);
            if self.hits.len() / 2 >= self.most.max(SLACK) {
                self.shorten();
            }
        }
    }

    fn shorten(&mut self) {
        if self.hits.len() <= self.most {
            return;
        }
        if self.most > 0 {
            let (_, worst, _) = self.hits.select_nth_unstable_by(self.most - 1, best_first);
            self.cutoff = worst.score;
        }
        self.hits.truncate(self.most);
    }
}

/// The order of relevance; equals come in internal order.
fn best_first<E: Element>(a: &Hit<E>, b: &Hit<E>) -> Ordering {
    b.score.total_cmp(&a.score).then(a.element.order().cmp(&b.element.order()))
}

fn chunk_range(snapshot: &Snapshot, chunk: usize) -> Range<u32> {
    let start = chunk as u32 * ROWS;
    start..start.saturating_add(ROWS).min(snapshot.vertex_bound())
}

type Prepared = (Option<Arc<TextIndex>>, Option<Vec<Counts>>);

/// The data of the first part's index and what all parts' indices count, if all of them have data.
fn by_index<E: Element>(
    ctx: &JobContext,
    snapshot: &Snapshot,
    search: &TextSearch,
) -> Result<Prepared, Fault> {
    let mut first = None;
    let mut counts = Vec::with_capacity(search.parts.len());
    let mut tick = ctx.tick();
    for part in &search.parts {
        let Some(data) = snapshot.indices().text(part.def.id) else { return Ok((None, None)) };
        let side = E::side(&data);
        let changes = E::changes(snapshot.keys.text(part.def.id));
        let tokens: u64 = side.pieces.iter().map(|piece| piece.tokens(part.field)).sum();
        let mut of_part = Counts::of(part);
        of_part.elements = side.documents().saturating_add_signed(changes.more_elements());
        of_part.tokens = tokens.saturating_add_signed(changes.more_tokens(part.field));
        for (token, count) in part.tokens().iter().zip(&mut of_part.with_token) {
            let mut with = 0;
            for piece in &side.pieces {
                tick.spend(64)?;
                with += piece.documents_with(part.field, token)?;
            }
            *count = with.saturating_add_signed(changes.more_with(part.field, token));
        }
        counts.push(of_part);
        first.get_or_insert(data);
    }
    Ok((first, Some(counts)))
}

/// Counts by reading every row.
fn by_rows<E: Element>(
    ctx: &JobContext,
    snapshot: &Snapshot,
    search: &TextSearch,
) -> Result<Vec<Counts>, Stop> {
    let chunks = snapshot.vertex_bound().div_ceil(ROWS) as usize;
    let none = || search.parts.iter().map(Counts::of).collect::<Vec<_>>();
    ctx.phase("count tokens", 0.5, chunks as u64);
    let counted = ctx.par_map(chunks, |chunk, tick| {
        let mut counts = none();
        E::each_at(snapshot, chunk_range(snapshot, chunk), |element| {
            for (part, counts) in search.parts.iter().zip(&mut counts) {
                tick.spend(16)?;
                let texts = element.texts(snapshot, &part.def);
                let tokens = texts.tokens_of(part.field, tick)?;
                counts.elements += u64::from(!texts.is_empty());
                counts.tokens += tokens.len() as u64;
                if let Test::AnyOf(wanted) = &part.test {
                    let found = wanted.frequencies(&tokens, tick)?;
                    for (count, frequency) in counts.with_token.iter_mut().zip(found) {
                        *count += u64::from(frequency > 0);
                    }
                }
            }
            Ok(())
        })?;
        ctx.advance(1);
        Ok::<_, Stop>(counts)
    })?;
    Ok(counted.iter().fold(none(), |mut sums, more| {
        sums.iter_mut().zip(more).for_each(|(sum, more)| sum.add(more));
        sums
    }))
}

/// Damaged data are made again in the background; until then rows are read.
fn drop_data(snapshot: &Snapshot, part: &Part, fault: &Fault) {
    tracing::error!(index = &*part.def.name, %fault, "the data of a full-text index are made again");
    snapshot.indices.remove(part.def.id);
}

impl TextSearch {
    /// At most so many elements are looked at; none if rows have to be read as there are no data yet.
    pub fn candidates<E: Element>(&self, snapshot: &Snapshot) -> Option<u64> {
        let each = self.parts.iter().map(|part| {
            let data = snapshot.indices().text(part.def.id)?;
            let changes: &TextDelta = snapshot.keys.text(part.def.id);
            let (side, changes) = (E::side(&data), E::changes(changes));
            let all = side.documents().saturating_add_signed(changes.more_elements());
            let with = |token: &str| {
                let pieces = side.pieces.iter();
                let in_base = pieces.filter_map(|piece| piece.documents_with(part.field, token).ok());
                in_base.sum::<u64>().saturating_add_signed(changes.more_with(part.field, token))
            };
            Some(match &part.test {
                Test::AnyOf(Wanted { tokens, .. }) if tokens.len() <= COUNTED_MAX => {
                    tokens.iter().map(|token| with(token)).sum::<u64>().min(all)
                }
                Test::AnyOf(_) | Test::Passing(_) => all,
            })
        });
        each.collect::<Option<Vec<_>>>()?.into_iter().min()
    }
}
