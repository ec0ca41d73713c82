//! Columns: lengths, and positions that stay inside.

use super::{Checked, ensure};
use crate::column::{Column, ColumnData};
use crate::texts::TextSlab;
use gesso_core::JobContext;

pub fn check(ctx: &JobContext, column: &Column, rows: usize, what: &str) -> Checked {
    ensure(column.len() == rows, || format!("{what}: {} values for {rows} rows", column.len()))?;
    let words = column.valid.as_ref().map_or(rows.div_ceil(64), |valid| valid.len());
    ensure(words == rows.div_ceil(64), || format!("{what}: its bits of presence differ in length"))?;
    match &column.data {
        ColumnData::Text(texts) => check_texts(ctx, texts, what),
        ColumnData::Dictionary { codes, texts } => {
            check_texts(ctx, texts, what)?;
            let mut tick = ctx.tick();
            for row in 0..rows {
                tick.spend(1)?;
                ensure(codes.at(row) < texts.len(), || format!("{what}: row {row} has no text"))?;
            }
            Ok(())
        }
        ColumnData::Many { ends, items } => {
            check_ends(ctx, ends, items.len(), what)?;
            check(ctx, items, items.len(), what)
        }
        _ => Ok(()),
    }
}

pub fn check_texts(ctx: &JobContext, texts: &TextSlab, what: &str) -> Checked {
    check_ends(ctx, &texts.ends, texts.bytes.len(), what)?;
    let mut tick = ctx.tick();
    for i in 0..texts.len() {
        let bytes = texts.bytes_of(i);
        tick.spend(bytes.len() as u64 / 8 + 1)?;
        ensure(std::str::from_utf8(bytes).is_ok(), || format!("{what}: text {i} is not UTF-8"))?;
    }
    Ok(())
}

fn check_ends(ctx: &JobContext, ends: &[u64], len: usize, what: &str) -> Checked {
    let mut tick = ctx.tick();
    let mut last = 0;
    for end in ends {
        tick.spend(1)?;
        ensure(*end >= last, || format!("{what}: ends fall"))?;
        last = *end;
    }
    ensure(last == len as u64, || format!("{what}: ends do not lead to the last item"))
}
