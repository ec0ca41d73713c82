//! Sets of places: a bit for each place, and counts that lead to the i-th member without a search from the start.

use crate::buf::{Buf, Slab};
use crate::ctx::{JobContext, Tick, even_cuts};
use crate::gate::Stop;
use std::ops::Range;

/// Places of a word.
pub const WORD: usize = 64;
/// Words that a count is kept for.
const BLOCK: usize = 64;
/// Words a chunk of a loop that fills them.
const CHUNK: usize = 512;

/// A set of places below some number.
#[derive(Clone, Debug)]
pub struct Bits {
    words: Slab<u64>,
    /// Members before each block of words, and at last all.
    before: Slab<u64>,
}

/// Bytes of [`Bits`] over a number of places.
pub const fn bits_bytes(places: u64) -> u64 {
    let words = places.div_ceil(WORD as u64);
    8 * words + 8 * (words.div_ceil(BLOCK as u64) + 1)
}

/// Words that hold a bit for each of a number of places.
pub const fn words_for(places: usize) -> usize {
    places.div_ceil(WORD)
}

impl Bits {
    /// The set of the bits that are set in `words`, lowest first.
    pub fn new(ctx: &JobContext, words: Buf<u64>) -> Result<Bits, Stop> {
        let mut before = ctx.alloc(words.len().div_ceil(BLOCK) + 1, 0u64)?;
        let (mut tick, mut count) = (ctx.tick(), 0);
        for (block, slot) in words.chunks(BLOCK).zip(&mut before[1..]) {
            tick.spend(BLOCK as u64)?;
            count += block.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
            *slot = count;
        }
        Ok(Bits { words: words.release().share(), before: before.release().share() })
    }

    /// The places below `places` that `choose` sets: it is called with ranges that cover all, once each, and
    /// hands each place of its range that is to be a member to the function it is given.
    pub fn choose(
        ctx: &JobContext,
        places: usize,
        choose: impl Fn(Range<usize>, &mut dyn FnMut(usize), &mut Tick<'_>) -> Result<(), Stop> + Sync,
    ) -> Result<Bits, Stop> {
        let mut words = ctx.alloc(words_for(places), 0u64)?;
        let cuts = even_cuts(words.len(), CHUNK);
        ctx.par_fill(&mut words, &cuts, |range, part, tick| {
            let first = range.start * WORD;
            let mut set = |place: usize| part[(place - first) / WORD] |= 1 << (place % WORD);
            choose(first..places.min(range.end * WORD), &mut set, tick)
        })?;
        Bits::new(ctx, words)
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.before.last().map_or(0, |all| *all as usize)
    }

    /// True without members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.words.size_bytes() + self.before.size_bytes()
    }

    /// The i-th member, counted from 0.
    pub fn get(&self, i: usize) -> Option<usize> {
        self.from(i).next()
    }

    /// All members, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.from(0)
    }

    /// The members from the i-th on, rising.
    pub fn from(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        // The last block with no more than i members before it; behind the last member there is none to start in.
        let block = self.before.partition_point(|before| *before <= i as u64).saturating_sub(1);
        let mut skip = i as u64 - self.before[block].min(i as u64);
        let mut at = block * BLOCK;
        while let Some(count) = self.words.get(at).map(|word| u64::from(word.count_ones()))
            && count <= skip
        {
            skip -= count;
            at += 1;
        }
        let words = self.words.get(at..).unwrap_or_default();
        let members =
            words.iter().enumerate().flat_map(move |(w, word)| ones(*word).map(move |b| (at + w) * WORD + b));
        members.skip(skip as usize)
    }
}

/// The positions of the ones of a word, rising.
pub fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let low = word.trailing_zeros();
        // Takes the lowest one away; a word without ones stays as it is.
        word &= word.wrapping_sub(1);
        (low < u64::BITS).then_some(low as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn members_are_found_by_their_number() {
        for (places, share) in [(0, 1), (1, 1), (64, 1), (10_000, 1), (10_000, 3), (300_000, 5000)] {
            let mut rng = Rng::new(7, places as u64);
            let expected: Vec<usize> = (0..places).filter(|_| rng.below(share) == 0).collect();
            for threads in [1, 4] {
                let ctx = JobContext::detached(threads, 1 << 20);
                let bits = Bits::choose(&ctx, places, |range, set, tick| {
                    for place in range {
                        tick.spend(1)?;
                        if expected.binary_search(&place).is_ok() {
                            set(place);
                        }
                    }
                    Ok(())
                })
                .unwrap();
                assert_eq!(ctx.account().used(), 0);
                assert!(ctx.account().peak() <= bits_bytes(places as u64));
                assert_eq!((bits.len(), bits.is_empty()), (expected.len(), expected.is_empty()));
                assert!(bits.iter().eq(expected.iter().copied()));
                for i in (0..expected.len() + 70).step_by(37) {
                    assert_eq!(bits.get(i), expected.get(i).copied(), "{i} of {places}");
                }
            }
        }
    }
}
