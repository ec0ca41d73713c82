//! The vertex half of a bulk load.

use super::Held;
use crate::base::{Base, DEAD, Members, VertexTable};
use crate::chunk::{Table, VertexChunk};
use crate::column::ColumnBuilder;
use crate::ids::{IdBuilder, IdDictionary};
use crate::schema::{Label, Schema};
use crate::snapshot::Snapshot;
use crate::sort_key::SortKeyType;
use gesso_core::{JobContext, LabelId, PropId, Slab, Stop, Tick, VertexIx};
use std::collections::{BTreeSet, HashMap};

pub(super) struct VertexStage {
    ids: IdBuilder,
    labels: Vec<u16>,
    rows: Vec<u32>,
    /// Rows under further labels.
    more: HashMap<(u32, LabelId), u32>,
    tables: Vec<Option<StageTable>>,
    /// Finished tables that are taken over; their rows are those of the base.
    kept: Vec<Option<VertexTable>>,
    /// The finished dictionary, where no id is new.
    kept_ids: Option<IdDictionary>,
    /// The memory of what was a version's.
    _held: Option<Held>,
}

/// Appended rows of one label; a row that was replaced is simply not referred to any more.
#[derive(Default)]
pub(super) struct StageTable {
    pub rows: u32,
    pub columns: Vec<(PropId, ColumnBuilder)>,
}

impl StageTable {
    pub fn new(label: &Label, sort_key: Option<SortKeyType>) -> StageTable {
        let sort_key = sort_key.map(SortKeyType::property);
        let properties = label.properties.iter().chain(&sort_key);
        let columns = properties.map(|p| (p.id, ColumnBuilder::new(p))).collect();
        StageTable { rows: 0, columns }
    }

    /// Appends a chunk's table. Properties that it has no column for are unset.
    pub fn append(&mut self, table: Table) {
        for (property, theirs) in table.properties.iter().zip(table.columns) {
            if let Some((_, mine)) = self.columns.iter_mut().find(|c| c.0 == *property) {
                mine.append(theirs);
            }
        }
        self.rows += table.rows as u32;
        for (_, column) in &mut self.columns {
            column.pad_to(self.rows as usize);
        }
    }

    /// Appends one row by asking for each property.
    pub fn push(&mut self, value: impl Fn(PropId) -> Option<gesso_core::Value>) -> u32 {
        for (property, column) in &mut self.columns {
            match value(*property) {
                Some(v) => column.push_value(&v),
                None => column.push_unset(),
            }
        }
        self.rows += 1;
        self.rows - 1
    }

    pub fn heap_bytes(&self) -> usize {
        self.columns.iter().map(|(_, column)| column.heap_bytes()).sum()
    }
}

/// The stage table of a label, made when it is first needed.
pub(super) fn table_of<'t>(
    tables: &'t mut Vec<Option<StageTable>>,
    label: LabelId,
    schema: &Schema,
) -> &'t mut StageTable {
    made_table(tables, label, schema, None)
}

/// [`table_of`] for edges, which may have sort keys.
pub(super) fn edge_table_of<'t>(
    tables: &'t mut Vec<Option<StageTable>>,
    label: LabelId,
    schema: &Schema,
) -> &'t mut StageTable {
    made_table(tables, label, schema, schema.sort_key())
}

fn made_table<'t>(
    tables: &'t mut Vec<Option<StageTable>>,
    label: LabelId,
    schema: &Schema,
    sort_key: Option<SortKeyType>,
) -> &'t mut StageTable {
    if tables.len() <= label.at() {
        tables.resize_with(label.at() + 1, || None);
    }
    tables[label.at()]
        .get_or_insert_with(|| schema.label(label).map(|l| StageTable::new(l, sort_key)).unwrap_or_default())
}

/// What label and row of so many vertices take.
fn numbers_bytes(vertices: usize) -> u64 {
    (vertices * (size_of::<u16>() + size_of::<u32>())) as u64
}

impl VertexStage {
    /// The numbers of a version without a vertex.
    pub fn emptied(ctx: &JobContext, snapshot: &Snapshot) -> Result<VertexStage, Stop> {
        let bound = snapshot.vertex_bound() as usize;
        let (mut stage, held) = VertexStage::named(ctx, snapshot)?;
        stage.labels.resize(bound, DEAD);
        stage.rows.resize(bound, 0);
        Ok(VertexStage { _held: Some(held), ..stage })
    }

    /// The ids of a version, and the memory of them and of what is known of each vertex.
    fn named(ctx: &JobContext, snapshot: &Snapshot) -> Result<(VertexStage, Held), Stop> {
        let bound = snapshot.vertex_bound();
        let base_ids = &snapshot.base().ids;
        let mut held = Held::nothing(ctx)?;
        held.cover(ctx, base_ids.size_bytes() as u64 + numbers_bytes(bound as usize))?;
        let mut ids = base_ids.to_builder(ctx)?;
        for id in snapshot.delta.added_ids() {
            ids.insert_again(id);
        }
        let stage = VertexStage {
            ids,
            labels: Vec::with_capacity(bound as usize),
            rows: Vec::with_capacity(bound as usize),
            more: HashMap::new(),
            tables: Vec::new(),
            kept: Vec::new(),
            kept_ids: None,
            _held: None,
        };
        Ok((stage, held))
    }

    /// What all rows and ids take.
    fn heap_bytes(&self) -> u64 {
        let columns: usize = self.tables.iter().flatten().map(StageTable::heap_bytes).sum();
        // An entry of the map of further labels: key, value and a byte of the table, at most half of it in use.
        let more = self.more.capacity() * 2 * (size_of::<(u32, LabelId)>() + size_of::<u32>() + 1);
        numbers_bytes(self.labels.capacity()) + (self.ids.heap_bytes() + columns + more) as u64
    }

    pub fn over(ctx: &JobContext, snapshot: &Snapshot, schema: &Schema) -> Result<VertexStage, Stop> {
        let (mut stage, mut held) = VertexStage::named(ctx, snapshot)?;
        let bound = snapshot.vertex_bound();
        let mut tick = ctx.tick();
        for v in (0..bound).map(VertexIx) {
            tick.spend(16)?;
            held.row(ctx, || stage.heap_bytes())?;
            let labels = snapshot.labels_of(v);
            stage.labels.push(labels.first().map_or(DEAD, |l| l.0));
            stage.rows.push(0);
            for (i, label) in labels.into_iter().enumerate() {
                let table = table_of(&mut stage.tables, label, schema);
                let row = table.push(|property| snapshot.vertex_property(v, label, property));
                stage.place(v, label, row, i == 0);
            }
        }
        held.cover(ctx, stage.heap_bytes())?;
        Ok(VertexStage { _held: Some(held), ..stage })
    }

    /// The vertices of a version; the tables of labels that are not in `changed` are those of its base.
    pub fn of_changed(
        ctx: &JobContext,
        snapshot: &Snapshot,
        changed: &BTreeSet<LabelId>,
    ) -> Result<VertexStage, Stop> {
        let base = &snapshot.base;
        let bound = snapshot.vertex_bound() as usize;
        let kept_ids = (snapshot.delta.added() == 0).then(|| base.ids.clone());
        let own_ids = if kept_ids.is_some() { 0 } else { base.ids.size_bytes() as u64 };
        let mut held = Held::nothing(ctx)?;
        held.cover(ctx, own_ids + numbers_bytes(bound))?;
        let mut ids = match &kept_ids {
            Some(_) => IdBuilder::default(),
            None => base.ids.to_builder(ctx)?,
        };
        for id in snapshot.delta.added_ids() {
            ids.insert_again(id);
        }
        let keep = |(i, table): (usize, &Option<VertexTable>)| {
            table.clone().filter(|_| !changed.contains(&LabelId(i as u16)))
        };
        let mut stage = VertexStage {
            ids,
            labels: vec![DEAD; bound],
            rows: vec![0; bound],
            more: HashMap::new(),
            tables: Vec::new(),
            kept: base.vertex_tables.iter().enumerate().map(keep).collect(),
            kept_ids,
            _held: None,
        };
        let mut tick = ctx.tick();
        for v in (0..bound as u32).map(VertexIx) {
            tick.spend(16)?;
            held.row(ctx, || stage.heap_bytes())?;
            for (i, label) in snapshot.labels_of(v).into_iter().enumerate() {
                let row = if changed.contains(&label) {
                    let table = table_of(&mut stage.tables, label, &snapshot.schema);
                    table.push(|property| snapshot.vertex_property(v, label, property))
                } else {
                    base.labels_of(v).find(|(l, _)| *l == label).map_or(0, |(_, row)| row as u32)
                };
                stage.place(v, label, row, i == 0);
            }
        }
        held.cover(ctx, stage.heap_bytes())?;
        Ok(VertexStage { _held: Some(held), ..stage })
    }

    fn place(&mut self, v: VertexIx, label: LabelId, row: u32, first: bool) {
        if first {
            self.labels[v.at()] = label.0;
            self.rows[v.at()] = row;
        } else {
            self.more.insert((v.0, label), row);
        }
    }

    pub fn bound(&self) -> u32 {
        self.labels.len() as u32
    }

    pub fn find(&self, id: &str) -> Option<VertexIx> {
        self.ids.get(id).filter(|v| self.labels[v.at()] != DEAD)
    }

    /// The vertex of an id; a new one has the default label.
    pub fn find_or_add(&mut self, id: &str, schema: &Schema) -> VertexIx {
        if let Some(v) = self.find(id) {
            return v;
        }
        let row = table_of(&mut self.tables, LabelId::DEFAULT, schema).push(|_| None);
        self.add_row(id, LabelId::DEFAULT, row)
    }

    fn add_row(&mut self, id: &str, label: LabelId, row: u32) -> VertexIx {
        let (v, new) = self.ids.get_or_insert(id);
        let v = if !new && self.labels[v.at()] == DEAD { self.ids.insert_again(id) } else { v };
        if v.at() == self.labels.len() {
            self.labels.push(label.0);
            self.rows.push(row);
        } else if self.labels[v.at()] == label.0 {
            self.rows[v.at()] = row;
        } else if self.labels[v.at()] == LabelId::DEFAULT.0 {
            // The default label stands for none: the first real label takes its place.
            self.place(v, label, row, true);
        } else if label != LabelId::DEFAULT {
            self.place(v, label, row, false);
        }
        v
    }

    /// Makes room for so many ids.
    pub fn reserve(&mut self, ctx: &JobContext, ids: usize) -> Result<(), Stop> {
        self.ids.reserve(ctx, ids)
    }

    pub fn add(&mut self, ctx: &JobContext, schema: &Schema, chunk: VertexChunk) -> Result<(), Stop> {
        self.reserve(ctx, chunk.ids.len())?;
        let mut next: HashMap<LabelId, u32> = HashMap::new();
        for (label, table) in chunk.tables.into_vec() {
            let stage = table_of(&mut self.tables, label, schema);
            next.insert(label, stage.rows);
            stage.append(table);
        }
        let mut tick = ctx.tick();
        for (id, label) in chunk.ids.iter().zip(chunk.labels) {
            tick.spend(8)?;
            let row = next.entry(label).or_default();
            self.add_row(id, label, *row);
            *row += 1;
        }
        Ok(())
    }

    pub fn finish(self, ctx: &JobContext) -> Result<Base, Stop> {
        // The members of each label with their rows, and of one label these by themselves.
        let places = self.labels.len() + self.more.len();
        let _held = ctx.reserve((places * (8 + 4 + 4) + self.more.len() * 12) as u64)?;
        let mut more_labels: Vec<(u32, LabelId, u32)> =
            self.more.into_iter().map(|((v, l), row)| (v, l, row)).collect();
        more_labels.sort_unstable();
        let tables = self.tables.len().max(self.kept.len());
        let mut members: Vec<Vec<(u32, u32)>> = vec![Vec::new(); tables];
        let mut tick = ctx.tick();
        let mut live_vertices = 0;
        let mut further = more_labels.iter().peekable();
        for (v, label) in self.labels.iter().enumerate() {
            tick.spend(2)?;
            if *label != DEAD {
                live_vertices += 1;
                members[usize::from(*label)].push((v as u32, self.rows[v]));
            }
            while let Some((_, l, row)) = further.next_if(|m| m.0 == v as u32) {
                members[l.at()].push((v as u32, *row));
            }
        }
        let mut rows = self.rows;
        let mut vertex_tables = Vec::with_capacity(tables);
        let mut stages = self.tables.into_iter();
        let mut kept = self.kept.into_iter();
        for (i, list) in members.into_iter().enumerate() {
            let label = LabelId(i as u16);
            vertex_tables.push(match (kept.next().flatten(), stages.next().flatten()) {
                (Some(table), _) => Some(table),
                (None, Some(stage)) if !list.is_empty() => Some(finish_table(ctx, stage, &list)?),
                _ => None,
            });
            renumber(label, &list, &self.labels, (&mut rows, &mut more_labels), &mut tick)?;
        }
        let contiguous = vertex_tables.iter().flatten().all(|t| matches!(t.members, Members::Range { .. }));
        Ok(Base {
            ids: self.kept_ids.unwrap_or_else(|| self.ids.finish()),
            labels: self.labels.into(),
            rows: (!contiguous).then(|| Slab::from(rows)),
            more_labels,
            vertex_tables,
            live_vertices,
            ..Base::default()
        })
    }
}

/// Rows of a finished table follow its members, so every vertex's row becomes its place among them.
fn renumber(
    label: LabelId,
    members: &[(u32, u32)],
    first_labels: &[u16],
    (rows, more): (&mut [u32], &mut [(u32, LabelId, u32)]),
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    for (row, (v, _)) in members.iter().enumerate() {
        tick.spend(2)?;
        if first_labels[*v as usize] == label.0 {
            rows[*v as usize] = row as u32;
        } else if let Ok(at) = more.binary_search_by_key(&(*v, label), |m| (m.0, m.1)) {
            more[at].2 = row as u32;
        }
    }
    Ok(())
}

fn finish_table(ctx: &JobContext, stage: StageTable, members: &[(u32, u32)]) -> Result<VertexTable, Stop> {
    let (first, last) = (members[0].0, members[members.len() - 1].0);
    let mut tick = ctx.tick();
    let is_range = (last - first) as usize + 1 == members.len();
    let mut listed = Vec::with_capacity(if is_range { 0 } else { members.len() });
    let mut order = Vec::with_capacity(members.len());
    let mut in_order = members.len() == stage.rows as usize;
    for (i, (v, row)) in members.iter().enumerate() {
        tick.spend(1)?;
        if !is_range {
            listed.push(*v);
        }
        order.push(*row);
        in_order &= *row == i as u32;
    }
    let list = if is_range {
        Members::Range { first, len: members.len() as u32 }
    } else {
        Members::List(listed.into())
    };
    let order = (!in_order).then_some(order);
    Ok(VertexTable { members: list, columns: finish_columns(ctx, stage.columns, order.as_deref())? })
}

/// Finished columns; those without any value are left out.
pub(super) fn finish_columns(
    ctx: &JobContext,
    columns: Vec<(PropId, ColumnBuilder)>,
    order: Option<&[u32]>,
) -> Result<Vec<(PropId, crate::Column)>, Stop> {
    let mut done = Vec::with_capacity(columns.len());
    for (property, column) in columns {
        let finished = column.finish(order, ctx)?;
        if finished.valid.as_ref().is_none_or(|v| v.iter().any(|w| *w != 0)) {
            done.push((property, finished));
        }
    }
    Ok(done)
}
