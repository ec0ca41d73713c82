//! Ids, labels, tables and rows of a base.

use super::{Checked, columns, ensure, wrong};
use crate::base::{Base, DEAD, Members, VertexTable};
use gesso_core::{JobContext, LabelId, VertexIx};

pub fn check(ctx: &JobContext, base: &Base) -> Checked {
    let (texts, table) = base.ids.parts();
    columns::check_texts(ctx, texts, "ids")?;
    let bound = base.labels.len();
    ensure(base.ids.len() == bound, || "id dictionary and vertex labels differ in length".to_owned())?;
    let rows = base.rows.as_ref().map_or(bound, |rows| rows.len());
    ensure(rows == bound, || "rows and vertex labels differ in length".to_owned())?;
    let slots = table.len();
    ensure(slots == 0 && bound == 0 || slots.is_power_of_two() && bound < slots, || {
        format!("the table of ids has {slots} slots for {bound} ids")
    })?;
    let mut tick = ctx.tick();
    for slot in table.iter() {
        tick.spend(1)?;
        ensure(*slot == u32::MAX || (*slot as usize) < bound, || {
            "a slot of the id table is wild".to_owned()
        })?;
    }
    let further = base.more_labels.windows(2).all(|w| (w[0].0, w[0].1) < (w[1].0, w[1].1));
    ensure(further, || "further labels are out of order".to_owned())?;
    let (mut alive, mut members) = (0u64, 0u64);
    for v in (0..bound as u32).map(VertexIx) {
        tick.spend(8)?;
        if base.labels[v.at()] == DEAD {
            continue;
        }
        alive += 1;
        ensure(base.ids.get(base.ids.id(v)) == Some(v), || {
            format!("id of vertex number {v} does not lead to it")
        })?;
        for (label, row) in base.labels_of(v) {
            members += 1;
            let table = base.vertex_table(label).filter(|t| row < t.len() && t.member(row) == v);
            ensure(table.is_some(), || format!("row {row} of label {label} is not vertex number {v}"))?;
        }
    }
    ensure(alive == base.live_vertices, || "number of vertices differs from the table of labels".to_owned())?;
    let mut rows = 0;
    for (i, table) in base.vertex_tables.iter().enumerate() {
        if let Some(table) = table {
            check_table(ctx, LabelId(i as u16), table, bound as u32)?;
            rows += table.len() as u64;
        }
    }
    ensure(rows == members, || format!("tables have {rows} rows for {members} labels of vertices"))
}

fn check_table(ctx: &JobContext, label: LabelId, table: &VertexTable, bound: u32) -> Checked {
    let what = format!("vertices of label {label}");
    match &table.members {
        Members::Range { first, len } => {
            let end = first.checked_add(*len).filter(|end| *end <= bound);
            end.map(drop).ok_or_else(|| wrong(format!("{what}: goes beyond the last vertex")))?;
        }
        Members::List(list) => {
            ctx.checkpoint()?;
            let rises = list.is_sorted_by(|a, b| a < b) && list.last().is_none_or(|v| *v < bound);
            ensure(rises, || format!("{what}: members out of order"))?;
        }
    }
    for (property, column) in &table.columns {
        columns::check(ctx, column, table.len(), &format!("{what}, property {property}"))?;
    }
    Ok(())
}
