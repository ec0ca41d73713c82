//! Rows of elements as finished JSON, so that a result stays what it was whatever happens to the graph.

use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Pile, Rows, Stop};

/// Elements per chunk.
const CHUNK: usize = 512;
/// Chunks that are written in parallel before they are put behind one another.
const WAVE: usize = 64;

/// Renders each item with `write`, in parallel. Accounted until the rows are handed over.
pub(super) fn render<T: Sync>(
    ctx: &JobContext,
    items: &[T],
    write: impl Fn(&mut Vec<u8>, &T) + Sync,
) -> Result<Rows, Stop> {
    ctx.phase("write result", 1.0, items.len() as u64);
    let (mut text, mut ends) = (Pile::<u8>::new(ctx)?, Pile::<u64>::new(ctx)?);
    for wave in items.chunks(CHUNK * WAVE) {
        let chunks = ctx.par_ranges(&even_cuts(wave.len(), CHUNK), |range, _| {
            let mut text = Vec::new();
            let mut ends = Vec::with_capacity(range.len());
            for item in wave.get(range).unwrap_or_default() {
                write(&mut text, item);
                ends.push(text.len() as u64);
            }
            Ok::<_, Stop>((text, ends))
        })?;
        for (part, mut part_ends) in chunks {
            let before = text.len() as u64;
            for end in &mut part_ends {
                *end += before;
            }
            text.extend(ctx, &part)?;
            ends.extend(ctx, &part_ends)?;
        }
        ctx.advance(wave.len() as u64);
    }
    Ok(Rows::Json { text: text.release().share(), ends: ends.release().share() })
}
