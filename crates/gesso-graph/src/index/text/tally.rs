//! Documents that have one of some tokens, with what these score together.
//!
//! Scores are added up window by window in an array that the nearest cache holds. A window is then looked
//! over some documents at a time, and those that score less than the caller still wants cost nothing else:
//! of the many documents that common words have, few are ever visited.

use super::Fault;
use super::piece::FieldReader;
use super::rank::Weights;
use gesso_core::Tick;
use std::ops::Range;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::query::Bm25Weight;

/// Documents in a window.
const WINDOW: usize = 1 << 12;
/// Documents that are looked over at a time.
const GLANCE: usize = 32;

/// The documents of one token, as far as they have been read.
struct Cursor<'a> {
    postings: BlockSegmentPostings,
    /// Where the documents of the block begin that have not been read.
    at: usize,
    weight: &'a Bm25Weight,
    norms: Option<&'a FieldNormReader>,
}

/// Visits documents in their order. `visit` is given a document and its score, which is above 0, and says what
/// others must score to be visited.
pub(super) fn each_with_any(
    field: &FieldReader,
    tokens: &[Box<str>],
    weights: &Weights,
    tick: &mut Tick<'_>,
    mut visit: impl FnMut(u32, f32) -> f32,
) -> Result<(), Fault> {
    let mut cursors = Vec::new();
    for (token, weight) in tokens.iter().zip(weights.of_tokens()) {
        tick.spend(64)?;
        if let (Some(postings), Some(weight)) = (field.postings(token)?, weight) {
            cursors.push(Cursor { postings, at: 0, weight, norms: field.norms() });
        }
    }
    let mut scores = vec![0f32; WINDOW];
    let mut floor = 0.0;
    while let Some(first) = first_of(&cursors, tick)? {
        let start = first - first % WINDOW as u32;
        for cursor in &mut cursors {
            tick.spend(4)?;
            cursor.add_up(start..start + WINDOW as u32, &mut scores, tick)?;
        }
        tick.spend(WINDOW as u64 / 16)?;
        for (glance, scores) in scores.chunks_exact_mut(GLANCE).enumerate() {
            if most(scores) >= floor {
                let start = start + (glance * GLANCE) as u32;
                for (document, score) in (start..).zip(&*scores) {
                    if *score > 0.0 && *score >= floor {
                        floor = visit(document, *score);
                    }
                }
            }
            scores.fill(0.0);
        }
    }
    Ok(())
}

/// The first document of all.
fn first_of(cursors: &[Cursor<'_>], tick: &mut Tick<'_>) -> Result<Option<u32>, Fault> {
    tick.spend(cursors.len() as u64 * 4)?;
    Ok(cursors.iter().filter_map(Cursor::next).min())
}

/// The greatest of some scores.
fn most(scores: &[f32]) -> f32 {
    // Written so that it becomes vector instructions: none of them is NaN.
    scores.iter().fold(0.0, |most, score| if *score > most { *score } else { most })
}

impl Cursor<'_> {
    /// The next document; none at the end.
    fn next(&self) -> Option<u32> {
        self.postings.docs().get(self.at).copied()
    }

    /// Adds what the documents of a window score, of which none has been read before.
    fn add_up(&mut self, window: Range<u32>, scores: &mut [f32], tick: &mut Tick<'_>) -> Result<(), Fault> {
        while self.next().is_some_and(|document| document < window.end) {
            let documents = self.postings.docs();
            let rest = documents.get(self.at..).unwrap_or_default();
            let end = self.at + rest.partition_point(|document| *document < window.end);
            tick.spend((end - self.at) as u64)?;
            for (document, frequency) in documents.iter().zip(self.postings.freqs()).take(end).skip(self.at) {
                let length = self.norms.map_or(0, |norms| norms.fieldnorm_id(*document));
                if let Some(sum) = scores.get_mut((document - window.start) as usize) {
                    *sum += Weights::score_of(self.weight, length, *frequency);
                }
            }
            self.at = end;
            if end == documents.len() {
                self.postings.advance();
                self.at = 0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Texts;
    use super::super::piece::PieceBuilder;
    use super::super::rank::Counts;
    use super::*;
    use gesso_core::JobContext;

    #[test]
    fn a_word_that_every_one_of_many_elements_has_is_found() {
        let ctx = JobContext::detached(1, 1 << 30);
        let mut tick = ctx.tick();
        let mut builder = PieceBuilder::new(&ctx, 1, None).expect("a piece");
        for row in 0..3 {
            builder.add(row, &Texts(vec![(0, "the harbour".to_owned())]), &mut tick).expect("a row");
        }
        let piece = builder.finish().expect("a piece");
        let tokens = ["the", "harbour"].map(Box::from);
        // From some 8 million elements on, what is left of a weight is less than the last digit of 1.
        let (elements, rare) = (20_000_000, 3);
        for (with_token, least) in [(vec![elements, 0], 0.0), (vec![elements, rare], 1.0)] {
            let weights = Weights::of(&Counts { elements, tokens: 2 * elements, with_token });
            let found = piece.with_any(0, &tokens, &weights, &mut tick).expect("postings");
            assert_eq!(found.iter().map(|(document, _)| *document).collect::<Vec<_>>(), [0, 1, 2]);
            assert!(found.iter().all(|(_, score)| *score > least), "{found:?}");
            assert!(weights.score(0, super::super::rank::length_of(2), 1) > 0.0);
        }
    }
}
