//! Relevance: BM25 over what a version holds, wherever it lies.
//!
//! The numbers that weights come from (elements, tokens, elements with a token) are exact for the version: the
//! base's, less what has changed since, and what it has changed to. Whether a row is in the base or in the
//! changes therefore makes no difference to its score, and a checkpoint changes no order.

use super::analysis::Tokens;
use super::search::{Part, Test};
use gesso_core::{Stop, Tick};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::Bm25Weight;

/// What there is of a part's property.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Elements in the index.
    pub elements: u64,
    /// Tokens of the property.
    pub tokens: u64,
    /// Elements with each token that is asked for.
    pub with_token: Vec<u64>,
}

/// What the tokens of a part weigh; none for tokens that nothing has.
pub(super) struct Weights(Vec<Option<Bm25Weight>>);

impl Counts {
    /// No counts yet for what a part asks for.
    pub fn of(part: &Part) -> Counts {
        Counts { with_token: vec![0; part.tokens().len()], ..Counts::default() }
    }

    pub fn add(&mut self, other: &Counts) {
        self.elements += other.elements;
        self.tokens += other.tokens;
        for (sum, more) in self.with_token.iter_mut().zip(&other.with_token) {
            *sum += more;
        }
    }
}

impl Weights {
    pub fn of(counts: &Counts) -> Weights {
        let mean = counts.tokens as f32 / counts.elements.max(1) as f32;
        let weight = |with: &u64| {
            // Never more than there are: the library would not take it.
            let with = (*with).min(counts.elements);
            (with > 0).then(|| Bm25Weight::for_one_term_without_explain(with, counts.elements, mean))
        };
        Weights(counts.with_token.iter().map(weight).collect())
    }

    pub fn of_tokens(&self) -> &[Option<Bm25Weight>] {
        &self.0
    }

    /// What a token scores in a text.
    pub fn score(&self, token: usize, length: u8, frequency: u32) -> f32 {
        let weight = self.0.get(token).and_then(Option::as_ref);
        weight.map_or(0.0, |weight| Weights::score_of(weight, length, frequency))
    }

    /// What a token of a weight scores in a text. Above 0 for every token, also for one of which millions of
    /// elements have so large a share that what it is worth is rounded to nothing.
    #[inline]
    pub fn score_of(weight: &Bm25Weight, length: u8, frequency: u32) -> f32 {
        weight.score(length, frequency).max(f32::MIN_POSITIVE)
    }
}

impl Part {
    /// The tokens that are looked for by name.
    pub fn tokens(&self) -> &[Box<str>] {
        match &self.test {
            Test::AnyOf(wanted) => &wanted.tokens,
            Test::Passing(_) => &[],
        }
    }

    /// What the tokens of an element score; none if it does not match.
    pub fn score(
        &self,
        tokens: &Tokens,
        weights: &Weights,
        tick: &mut Tick<'_>,
    ) -> Result<Option<f32>, Stop> {
        match &self.test {
            Test::Passing(test) => {
                for token in tokens.iter() {
                    tick.spend(4)?;
                    if test.passes(token) {
                        return Ok(Some(1.0));
                    }
                }
                Ok(None)
            }
            Test::AnyOf(wanted) => {
                let length = length_of(tokens.len());
                let frequencies = wanted.frequencies(tokens, tick)?.into_iter().enumerate();
                let scores =
                    frequencies.filter(|found| found.1 > 0).map(|(i, f)| weights.score(i, length, f));
                Ok(scores.reduce(|sum, score| sum + score))
            }
        }
    }
}

/// A number of tokens as the library keeps it: in one byte.
pub(super) fn length_of(tokens: usize) -> u8 {
    FieldNormReader::fieldnorm_to_id(u32::try_from(tokens).unwrap_or(u32::MAX))
}
