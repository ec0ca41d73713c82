//! The list of a result as a table: named columns, and cells that are read row by row.

use gesso_core::ctx::even_cuts;
use gesso_core::{Cells, EdgeForm, JobContext, Outcome, Pair, Rows, Scalar, Stop, VertexIx};
use gesso_graph::{EdgeTold, Snapshot};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Rows looked at between two checkpoints when the members of JSON rows are collected.
const CHUNK: usize = 4096;

/// A result as a table.
pub struct Table<'a> {
    outcome: &'a Outcome,
    ids: &'a Snapshot,
    columns: Vec<Column>,
    form: Form,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A real number.
    Real,
    /// A whole number that is not negative.
    Int,
    /// A list of texts.
    Texts,
    /// A list of real numbers.
    Reals,
    /// JSON text, or text where the value is a JSON string.
    Json,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// The row has none.
    Missing,
    /// Text.
    Text(Cow<'a, str>),
    /// A real number.
    Real(f64),
    /// A whole number.
    Int(u64),
    /// A list of texts.
    Texts(Vec<Cow<'a, str>>),
    /// A list of real numbers.
    Reals(&'a [f64]),
    /// A JSON value.
    Json(Value),
}

/// How rows become cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The result has no list: one row of its single values.
    Scalars,
    Typed,
    /// JSON objects: a column a member.
    Objects,
    /// JSON values of other kinds.
    Values,
}

impl<'a> Table<'a> {
    /// The table of a result whose vertices are those of `ids`. Looks at every row where rows are JSON.
    pub fn of(ctx: &JobContext, outcome: &'a Outcome, ids: &'a Snapshot) -> Result<Table<'a>, Stop> {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let mut form = Form::Typed;
        let columns = match &outcome.list {
            None => {
                form = Form::Scalars;
                outcome.scalars.iter().map(|(name, value)| column(name, kind_of(value))).collect()
            }
            Some((name, Rows::PerVertex { cells, .. })) => {
                let kind = match cells {
                    Cells::Real(_) => ColumnKind::Real,
                    Cells::Int(_) => ColumnKind::Int,
                    Cells::Vertex(_) | Cells::Name { .. } => ColumnKind::Text,
                    Cells::Vector { .. } => ColumnKind::Reals,
                };
                vec![column("id", ColumnKind::Text), column(name, kind)]
            }
            Some((_, Rows::Vertices(_))) => vec![column("id", ColumnKind::Text)],
            Some((name, Rows::Paths { .. } | Rows::EdgePaths { form: EdgeForm::Id, .. })) => {
                vec![column(name, ColumnKind::Texts)]
            }
            Some((name, Rows::EdgePaths { form: EdgeForm::Object, .. })) => {
                vec![column(name, ColumnKind::Json)]
            }
            Some((_, Rows::PathSets { .. })) => {
                let ends = ["source", "target"].map(|name| column(name, ColumnKind::Text));
                ends.into_iter().chain([column("paths", ColumnKind::Json)]).collect()
            }
            Some((_, Rows::Pairs(pairs))) => {
                let ends = ["source", "target"].map(|name| column(name, ColumnKind::Text));
                // Edges of the database edition have no index: there the label tells them apart.
                let told = if ids.schema().sort_key().is_some() {
                    column("label", ColumnKind::Text)
                } else {
                    column("index", ColumnKind::Int)
                };
                let told = pairs.is_indexed().then_some(told);
                let value = pairs.values.as_ref().map(|(name, _)| column(name, ColumnKind::Real));
                ends.into_iter().chain(told).chain(value).collect()
            }
            Some((name, Rows::Json { text, ends })) => {
                if let Some(names) = members(ctx, text, ends)? {
                    form = Form::Objects;
                    names.into_iter().map(|name| Column { name, kind: ColumnKind::Json }).collect()
                } else {
                    form = Form::Values;
                    vec![column(name, ColumnKind::Json)]
                }
            }
        };
        Ok(Table { outcome, ids, columns, form })
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The name of the list; none if the result has only single values.
    pub fn name(&self) -> Option<&str> {
        self.outcome.list.as_ref().map(|(name, _)| name.as_str())
    }

    /// Number of rows; a result without a list has one, of its single values.
    pub fn len(&self) -> usize {
        self.outcome.list.as_ref().map_or(1, |(_, rows)| rows.len())
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The single values as text: `runtime` first, then the number of rows, then the others in order.
    pub fn scalars(&self) -> Vec<(String, String)> {
        let all = &self.outcome.scalars;
        let text = |(name, value): &(String, Scalar)| (name.clone(), self.scalar(value));
        let is_first = |scalar: &&(String, Scalar)| scalar.0 == "runtime";
        let mut texts: Vec<_> = all.iter().filter(is_first).map(text).collect();
        if self.outcome.list.is_some() {
            texts.push(("data_total_size".to_owned(), self.len().to_string()));
        }
        texts.extend(all.iter().filter(|scalar| !is_first(scalar)).map(text));
        texts
    }

    fn scalar(&self, value: &Scalar) -> String {
        match value {
            Scalar::Int(v) => v.to_string(),
            Scalar::Real(v) => real_text(*v),
            Scalar::Bool(v) => v.to_string(),
            Scalar::Text(v) | Scalar::Json(v) => v.clone(),
            Scalar::Vertex(v) => v.map_or(String::new(), |v| self.ids.id(v).to_owned()),
            Scalar::Vertices(v) => v.iter().map(|v| self.ids.id(*v)).collect::<Value>().to_string(),
        }
    }

    fn scalar_cell(&self, value: &'a Scalar) -> Cell<'a> {
        match value {
            Scalar::Int(v) => Cell::Json((*v).into()),
            Scalar::Real(v) => Cell::Real(*v),
            Scalar::Bool(v) => Cell::Json((*v).into()),
            Scalar::Text(v) => Cell::Text(v.into()),
            Scalar::Vertex(v) => Cell::Text(v.map_or("", |v| self.ids.id(v)).into()),
            Scalar::Vertices(v) => Cell::Texts(v.iter().map(|v| self.ids.id(*v).into()).collect()),
            Scalar::Json(v) => cell(serde_json::from_str(v).ok(), Cell::Json),
        }
    }

    /// The cells of a row below [`Table::len`], one a column, into `cells`.
    pub fn row(&self, row: usize, cells: &mut Vec<Cell<'a>>) {
        cells.clear();
        let Some((_, rows)) = &self.outcome.list else {
            cells.extend(self.outcome.scalars.iter().map(|(_, value)| self.scalar_cell(value)));
            return;
        };
        match rows {
            Rows::PerVertex { vertices, cells: values } => {
                cells.push(self.id(vertices, row));
                cells.push(self.value(values, row));
            }
            Rows::Vertices(vertices) => cells.push(self.id(vertices, row)),
            Rows::Paths { vertices, ends } => {
                let path = vertices.get(span(ends, row)).unwrap_or_default();
                cells.push(Cell::Texts(path.iter().map(|v| self.ids.id(VertexIx(*v)).into()).collect()));
            }
            Rows::PathSets { vertices, ends, sets } => {
                let path = |path: usize| vertices.get(span(ends, path)).unwrap_or_default();
                let paths: Vec<&[u32]> = span(sets, row).map(path).collect();
                let first = paths.first().copied().unwrap_or_default();
                let id = |v: &u32| self.ids.id(VertexIx(*v));
                cells.extend([first.first(), first.last()].map(|v| cell(v, |v| Cell::Text(id(v).into()))));
                let paths = paths.into_iter().map(|path| path.iter().map(id).collect::<Value>());
                cells.push(Cell::Json(paths.collect()));
            }
            Rows::EdgePaths { sources, targets, indices, ends, form } => {
                let edge = |at: usize| Some((*sources.get(at)?, *targets.get(at)?, *indices.get(at)?));
                let edges = span(ends, row).filter_map(edge);
                cells.push(self.edges(edges, *form));
            }
            Rows::Pairs(pairs) => {
                let pair = pairs.get(row);
                let ends = pair.map(|pair| pair.ends.map(|end| Cell::Text(self.ids.id(end).into())));
                cells.extend(ends.unwrap_or([Cell::Missing, Cell::Missing]));
                if pairs.is_indexed() {
                    cells.push(pair.map_or(Cell::Missing, |pair| self.told(pair)));
                }
                if pairs.values.is_some() {
                    cells.push(cell(pairs.value(row), |(_, value)| Cell::Real(value)));
                }
            }
            Rows::Json { text, ends } => {
                let json = text.get(span(ends, row)).unwrap_or_default();
                self.json(json, cells);
            }
        }
    }

    fn id(&self, vertices: &[u32], row: usize) -> Cell<'a> {
        cell(vertices.get(row), |v| Cell::Text(self.ids.id(VertexIx(*v)).into()))
    }

    /// What tells an edge apart: its index, or in graphs of the database edition its label, which an edge
    /// that has gone since does not have.
    fn told(&self, pair: Pair) -> Cell<'a> {
        let Some(index) = pair.index else { return Cell::Missing };
        if self.ids.schema().sort_key().is_none() {
            return Cell::Int(index.into());
        }
        match self.ids.told_by(pair.ends, index) {
            EdgeTold::Label(label) => Cell::Text(label.into()),
            EdgeTold::Index(_) => Cell::Missing,
        }
    }

    /// The edges along a path: source, target, and index or label of each.
    fn edges(&self, edges: impl Iterator<Item = (u32, u32, u32)>, form: EdgeForm) -> Cell<'a> {
        let named = edges.map(|(s, t, index)| {
            let ends = [VertexIx(s), VertexIx(t)];
            let [source, target] = ends.map(|v| self.ids.id(v));
            (source, target, self.ids.told_by(ends, index))
        });
        match form {
            EdgeForm::Id => Cell::Texts(named.map(|(s, t, told)| format!("{s}-{t}-{told}").into()).collect()),
            EdgeForm::Object => {
                let object = |(s, t, told): (&str, &str, EdgeTold<'_>)| {
                    Value::from_iter([("source", s), ("target", t), (told.name(), told.to_string().as_str())])
                };
                Cell::Json(named.map(object).collect())
            }
        }
    }

    fn value(&self, cells: &'a Cells, row: usize) -> Cell<'a> {
        match cells {
            Cells::Real(v) => cell(v.get(row), |v| Cell::Real(*v)),
            Cells::Int(v) => cell(v.get(row), |v| Cell::Int(*v)),
            Cells::Vertex(v) => self.id(v, row),
            Cells::Vector { dim, values } => cell(values.get(row * dim..(row + 1) * dim), Cell::Reals),
            Cells::Name { codes, names } => {
                let name = codes.get(row).and_then(|code| names.get(*code as usize));
                cell(name, |name| Cell::Text(name.into()))
            }
        }
    }

    fn json(&self, json: &[u8], cells: &mut Vec<Cell<'a>>) {
        if self.form == Form::Values {
            cells.push(cell(serde_json::from_slice(json).ok(), Cell::Json));
            return;
        }
        let mut object: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
        cells.extend(self.columns.iter().map(|column| cell(object.remove(&column.name), Cell::Json)));
    }
}

fn kind_of(value: &Scalar) -> ColumnKind {
    match value {
        Scalar::Real(_) => ColumnKind::Real,
        Scalar::Text(_) | Scalar::Vertex(_) => ColumnKind::Text,
        Scalar::Vertices(_) => ColumnKind::Texts,
        Scalar::Int(_) | Scalar::Bool(_) | Scalar::Json(_) => ColumnKind::Json,
    }
}

/// The cell of a value that may be missing.
fn cell<'a, T>(value: Option<T>, of: impl FnOnce(T) -> Cell<'a>) -> Cell<'a> {
    value.map_or(Cell::Missing, of)
}

fn span(ends: &[u64], row: usize) -> std::ops::Range<usize> {
    let at = |row: usize| ends.get(row).map_or(0, |end| *end as usize);
    row.checked_sub(1).map_or(0, at)..at(row)
}

/// The members that occur in JSON rows, in the order in which they first do; none if a row is no object.
fn members(ctx: &JobContext, text: &[u8], ends: &[u64]) -> Result<Option<Vec<String>>, Stop> {
    let found = ctx.par_ranges(&even_cuts(ends.len(), CHUNK), |rows, tick| {
        let mut names: Vec<String> = Vec::new();
        for row in rows {
            let json = text.get(span(ends, row)).unwrap_or_default();
            tick.spend(json.len() as u64)?;
            let Ok(Value::Object(object)) = serde_json::from_slice(json) else { return Ok(None) };
            for name in object.into_iter().map(|(name, _)| name) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok::<_, Stop>(Some(names))
    })?;
    let mut all: Vec<String> = Vec::new();
    for names in found {
        let Some(names) = names else { return Ok(None) };
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    Ok(Some(all))
}

/// The shortest text that reads back as the same number.
pub(super) fn real_text(value: f64) -> String {
    format!("{value:?}")
}
