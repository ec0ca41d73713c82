//! Rows of elements as finished JSON, so that a result stays what it was whatever happens to the graph.

use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Reservation, Rows, Stop};

/// Elements per chunk.
const CHUNK: usize = 512;

/// Renders each item with `write`, in parallel. Accounted until the rows are handed over.
pub(super) fn render<T: Sync>(
    ctx: &JobContext,
    items: &[T],
    write: impl Fn(&mut Vec<u8>, &T) + Sync,
) -> Result<Rows, Stop> {
    ctx.phase("write result", 1.0, items.len() as u64);
    let chunks = ctx.par_ranges(&even_cuts(items.len(), CHUNK), |range, _| {
        let mut text = Vec::new();
        let mut lens = Vec::with_capacity(range.len());
        for item in &items[range.clone()] {
            let start = text.len();
            write(&mut text, item);
            lens.push((text.len() - start) as u64);
        }
        let held = ctx.reserve((text.capacity() + lens.len() * 8) as u64)?;
        ctx.advance(range.len() as u64);
        Ok::<(Vec<u8>, Vec<u64>, Reservation), Stop>((text, lens, held))
    })?;
    let size: usize = chunks.iter().map(|c| c.0.len()).sum();
    let mut text = ctx.alloc(size, 0u8)?;
    let mut ends = ctx.alloc(items.len(), 0u64)?;
    let (mut at, mut row, mut end) = (0, 0, 0);
    for (part, lens, _held) in chunks {
        ctx.checkpoint()?;
        text[at..at + part.len()].copy_from_slice(&part);
        at += part.len();
        for len in lens {
            end += len;
            ends[row] = end;
            row += 1;
        }
    }
    Ok(Rows::Json { text: text.release().share(), ends: ends.release().share() })
}
