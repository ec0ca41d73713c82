//! From a column that has grown to a finished one. Text with few distinct values becomes codes into a dictionary.

use super::builder::{ColumnBuilder, Growing};
use super::{Codes, Column, ColumnData};
use crate::texts::Texts;
use gesso_core::{DataType, JobContext, Slab, Stop};
use std::collections::HashMap;

/// Most distinct texts for a dictionary.
const DICTIONARY_MAX: usize = 1 << 16;
/// Rows after which a dictionary must have paid.
const DICTIONARY_TRIAL_ROWS: usize = 4096;

impl ColumnBuilder {
    /// The finished column. With `order`, row i of the column is row `order[i]` of the builder; rows that
    /// `order` leaves out are dropped.
    pub fn finish(self, order: Option<&[u32]>, ctx: &JobContext) -> Result<Column, Stop> {
        let valid = if self.valid.is_empty() { None } else { Some(bits(&self.valid, order, ctx)?) };
        let date = self.data_type == DataType::Date;
        let data = match self.data {
            Growing::Bool(v) => ColumnData::Bool(ordered(v, order, ctx)?),
            Growing::Int(v) => ColumnData::Int(ordered(v, order, ctx)?),
            Growing::Long(v) if date => ColumnData::Date(ordered(v, order, ctx)?),
            Growing::Long(v) => ColumnData::Long(ordered(v, order, ctx)?),
            Growing::Float(v) => ColumnData::Float(ordered(v, order, ctx)?),
            Growing::Double(v) => ColumnData::Double(ordered(v, order, ctx)?),
            Growing::Enum(v) => ColumnData::Enum(ordered(v, order, ctx)?),
            Growing::Text(v) => finish_texts(v, order, ctx)?,
            Growing::Many { ends, items } => finish_many(&ends, *items, order, ctx)?,
        };
        Ok(Column { valid, data })
    }
}

fn ordered<T: gesso_core::Plain>(
    values: Vec<T>,
    order: Option<&[u32]>,
    ctx: &JobContext,
) -> Result<Slab<T>, Stop> {
    let buf = match order {
        None => ctx.alloc_copy(&values)?,
        Some(order) => {
            let mut buf = ctx.alloc(order.len(), T::default())?;
            let cuts = gesso_core::ctx::even_cuts(order.len(), 1 << 15);
            ctx.par_fill(&mut buf, &cuts, |range, out, _| {
                for (o, i) in out.iter_mut().zip(&order[range]) {
                    *o = values[*i as usize];
                }
                Ok::<_, Stop>(())
            })?;
            buf
        }
    };
    Ok(buf.release().share())
}

fn bits(flags: &[bool], order: Option<&[u32]>, ctx: &JobContext) -> Result<Slab<u64>, Stop> {
    let len = order.map_or(flags.len(), <[u32]>::len);
    let mut words = vec![0u64; len.div_ceil(64)];
    let mut tick = ctx.tick();
    for i in 0..len {
        tick.spend(1)?;
        if flags[order.map_or(i, |o| o[i] as usize)] {
            words[i / 64] |= 1 << (i % 64);
        }
    }
    Ok(words.into())
}

fn finish_texts(texts: Texts, order: Option<&[u32]>, ctx: &JobContext) -> Result<ColumnData, Stop> {
    if let Some(data) = encode(&texts, order, ctx)? {
        return Ok(data);
    }
    let Some(order) = order else { return Ok(ColumnData::Text(texts.finish())) };
    let mut tick = ctx.tick();
    let mut sorted = Texts::default();
    for i in order {
        tick.spend(4)?;
        sorted.push(texts.get(*i as usize));
    }
    Ok(ColumnData::Text(sorted.finish()))
}

/// Dictionary form of the texts, or none where it would not pay.
fn encode(texts: &Texts, order: Option<&[u32]>, ctx: &JobContext) -> Result<Option<ColumnData>, Stop> {
    let mut known: HashMap<&str, u16> = HashMap::new();
    let mut distinct = Texts::default();
    let len = order.map_or(texts.len(), <[u32]>::len);
    let mut codes = Vec::with_capacity(len);
    let mut tick = ctx.tick();
    for i in 0..len {
        tick.spend(8)?;
        let text = texts.get(order.map_or(i, |o| o[i] as usize));
        let fresh = known.len();
        if let Some(code) = known.get(text) {
            codes.push(*code);
        } else if fresh == DICTIONARY_MAX {
            return Ok(None);
        } else {
            known.insert(text, fresh as u16);
            distinct.push(text);
            codes.push(fresh as u16);
        }
        let rows = i + 1;
        if rows % DICTIONARY_TRIAL_ROWS == 0 && known.len() > rows / 2 {
            return Ok(None);
        }
    }
    if known.len() > len / 2 {
        return Ok(None);
    }
    let codes = if known.len() <= 256 {
        Codes::U8(codes.into_iter().map(|c| c as u8).collect::<Vec<_>>().into())
    } else {
        Codes::U16(codes.into())
    };
    Ok(Some(ColumnData::Dictionary { codes, texts: distinct.finish() }))
}

fn finish_many(
    ends: &[u64],
    items: ColumnBuilder,
    order: Option<&[u32]>,
    ctx: &JobContext,
) -> Result<ColumnData, Stop> {
    let Some(order) = order else {
        return Ok(ColumnData::Many {
            ends: ends.to_vec().into(),
            items: Box::new(items.finish(None, ctx)?),
        });
    };
    let mut tick = ctx.tick();
    let (mut item_order, mut new_ends) = (Vec::with_capacity(items.len), Vec::with_capacity(ends.len()));
    for row in order {
        let row = *row as usize;
        let start = if row == 0 { 0 } else { ends[row - 1] };
        tick.spend(ends[row] - start + 1)?;
        item_order.extend((start..ends[row]).map(|i| i as u32));
        new_ends.push(item_order.len() as u64);
    }
    Ok(ColumnData::Many { ends: new_ends.into(), items: Box::new(items.finish(Some(&item_order), ctx)?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::{Cardinality, Value, ValueError};

    fn ctx() -> JobContext {
        JobContext::detached(1, 1 << 30)
    }

    fn builder(data_type: DataType, cardinality: Cardinality) -> ColumnBuilder {
        ColumnBuilder::of(&data_type, cardinality)
    }

    #[test]
    fn rows_come_back_in_the_given_order_with_gaps() {
        let mut b = builder(DataType::Int, Cardinality::Single);
        b.push_text("5", false).unwrap();
        b.push_unset();
        assert_eq!(b.push_text("x", false), Err(ValueError::NotOfType));
        b.push_text("7", false).unwrap();
        let c = b.finish(Some(&[2, 1, 0]), &ctx()).unwrap();
        assert_eq!((c.get(0), c.get(1), c.get(2)), (Some(Value::Int(7)), None, Some(Value::Int(5))));
    }

    #[test]
    fn repeated_texts_become_codes_and_distinct_ones_do_not() {
        let mut few = builder(DataType::String, Cardinality::Single);
        let mut many = few.clone();
        for i in 0..1000 {
            few.push_text(["red", "green"][i % 2], false).unwrap();
            many.push_text(&i.to_string(), false).unwrap();
        }
        let (few, many) = (few.finish(None, &ctx()).unwrap(), many.finish(None, &ctx()).unwrap());
        assert!(matches!(few.data, ColumnData::Dictionary { codes: Codes::U8(_), .. }));
        assert!(matches!(many.data, ColumnData::Text(_)));
        assert_eq!((few.text(3), many.text(999)), (Some("green"), Some("999")));
    }
}
