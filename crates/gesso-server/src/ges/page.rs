//! One page of a result as JSON: cost of the page, whatever the result's size.
#![expect(clippy::indexing_slicing, reason = "rows are cut to the length of their list before they are read")]

use gesso_core::{Cells, EdgeForm, Outcome, Pair, Rows, Scalar, VertexIx};
use gesso_graph::{EdgeTold, Snapshot};
use gesso_io::element_json::write_text;
use std::io::Write as _;
use std::ops::Range;

/// Which rows of a list are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The first row.
    pub offset: u64,
    /// Most rows.
    pub limit: u64,
}

/// Writes what `data` of a result is: an object with `outputs`, or that of its members alone.
pub fn write_data(out: &mut Vec<u8>, ids: &Snapshot, outcome: &Outcome, page: Page) {
    if outcome.is_data {
        return write_outputs(out, ids, outcome, page);
    }
    out.extend_from_slice(br#"{"outputs":"#);
    write_outputs(out, ids, outcome, page);
    out.push(b'}');
}

impl Page {
    /// The rows of a list of that length.
    fn range(self, total: usize) -> Range<usize> {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX).min(total);
        start..start.saturating_add(usize::try_from(self.limit).unwrap_or(usize::MAX)).min(total)
    }
}

/// Writes `data.outputs` of a result: its lists, then its single values, then what the page is. A result
/// that is one value without a name is written bare.
pub fn write_outputs(out: &mut Vec<u8>, ids: &Snapshot, outcome: &Outcome, page: Page) {
    if let (None, [(name, value)]) = (&outcome.list, &outcome.scalars[..])
        && name.is_empty()
    {
        return write_scalar(out, ids, value);
    }
    out.push(b'{');
    let mut first = true;
    let mut shown = None;
    if let Some((name, rows)) = &outcome.list {
        member(out, name, &mut first);
        let range = if outcome.is_whole { 0..rows.len() } else { page.range(rows.len()) };
        write_rows(out, ids, rows, range.clone());
        shown = (!outcome.is_whole).then_some((range, rows.len()));
    }
    for more in &outcome.more {
        member(out, &more.name, &mut first);
        let range =
            if more.is_paged && !outcome.is_whole { page.range(more.rows.len()) } else { 0..more.rows.len() };
        write_rows(out, ids, &more.rows, range);
    }
    for (name, value) in &outcome.scalars {
        member(out, name, &mut first);
        write_scalar(out, ids, value);
    }
    if let Some((range, total)) = shown {
        member(out, "data_offset", &mut first);
        // Writing to a vector does not fail.
        _ = write!(out, "{}", page.offset);
        member(out, "data_return_size", &mut first);
        _ = write!(out, "{}", range.len());
        member(out, "data_total_size", &mut first);
        _ = write!(out, "{total}");
    }
    out.push(b'}');
}

fn member(out: &mut Vec<u8>, name: &str, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    write_text(out, name);
    out.push(b':');
}

fn write_rows(out: &mut Vec<u8>, ids: &Snapshot, rows: &Rows, range: Range<usize>) {
    out.push(b'[');
    let start = range.start;
    for row in range {
        if row > start {
            out.push(b',');
        }
        match rows {
            Rows::PerVertex { vertices, cells } => {
                out.push(b'{');
                write_text(out, ids.id(VertexIx(vertices[row])));
                out.push(b':');
                write_cell(out, ids, cells, row);
                out.push(b'}');
            }
            Rows::Vertices(vertices) => write_text(out, ids.id(VertexIx(vertices[row]))),
            Rows::Pairs(pairs) => match pairs.get(row) {
                Some(Pair { ends, index }) => {
                    let told = index.map(|index| ids.told_by(ends, index));
                    write_pair(out, ends.map(|v| ids.id(v)), told.as_ref(), pairs.value(row));
                }
                None => out.extend_from_slice(b"null"),
            },
            Rows::Paths { vertices, ends } => write_path(out, ids, &vertices[span(ends, row)]),
            Rows::PathSets { vertices, ends, sets } => {
                write_path_set(out, ids, span(sets, row).map(|path| &vertices[span(ends, path)]));
            }
            Rows::EdgePaths { sources, targets, indices, ends, form } => {
                let edges = span(ends, row).map(|at| {
                    let ends = [sources[at], targets[at]].map(VertexIx);
                    let [source, target] = ends.map(|v| ids.id(v));
                    (source, target, ids.told_by(ends, indices[at]))
                });
                write_edge_path(out, edges, *form);
            }
            Rows::Json { text, ends } => out.extend_from_slice(&text[span(ends, row)]),
        }
    }
    out.push(b']');
}

fn span(ends: &[u64], row: usize) -> Range<usize> {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    start..ends[row] as usize
}

/// An edge by its name, or two vertices, with what is said of them.
fn write_pair(out: &mut Vec<u8>, ends: [&str; 2], told: Option<&EdgeTold<'_>>, value: Option<(&str, f64)>) {
    let mut first = true;
    out.push(b'{');
    for (name, id) in ["source", "target"].into_iter().zip(ends) {
        member(out, name, &mut first);
        write_text(out, id);
    }
    if let Some(told) = told {
        member(out, told.name(), &mut first);
        write_text(out, &told.to_string());
    }
    if let Some((name, value)) = value {
        member(out, name, &mut first);
        write_real(out, value);
    }
    out.push(b'}');
}

fn write_path(out: &mut Vec<u8>, ids: &Snapshot, path: &[u32]) {
    write_array(out, path, |out, v| write_text(out, ids.id(VertexIx(*v))));
}

/// Paths between two vertices, and these.
fn write_path_set<'a>(out: &mut Vec<u8>, ids: &Snapshot, paths: impl Iterator<Item = &'a [u32]> + Clone) {
    let first = paths.clone().next().unwrap_or_default();
    let mut is_first = true;
    out.push(b'{');
    member(out, "paths", &mut is_first);
    write_array(out, paths, |out, path| write_path(out, ids, path));
    for (name, end) in [("source", first.first()), ("target", first.last())] {
        member(out, name, &mut is_first);
        write_text(out, end.map_or("", |v| ids.id(VertexIx(*v))));
    }
    out.push(b'}');
}

/// The edges along a path: source, target, and index or label of each.
fn write_edge_path<'a>(
    out: &mut Vec<u8>,
    edges: impl Iterator<Item = (&'a str, &'a str, EdgeTold<'a>)>,
    form: EdgeForm,
) {
    write_array(out, edges, |out, (source, target, told)| match form {
        EdgeForm::Id => write_text(out, &format!("{source}-{target}-{told}")),
        EdgeForm::Object => write_pair(out, [source, target], Some(&told), None),
    });
}

fn write_array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn write_cell(out: &mut Vec<u8>, ids: &Snapshot, cells: &Cells, row: usize) {
    match cells {
        Cells::Real(v) => write_real(out, v[row]),
        Cells::Int(v) => {
            _ = write!(out, "{}", v[row]);
        }
        Cells::Vertex(v) => write_text(out, ids.id(VertexIx(v[row]))),
        Cells::Vector { dim, values } => {
            write_array(out, &values[row * dim..(row + 1) * dim], |out, v| write_real(out, *v));
        }
        Cells::Name { codes, names } => {
            write_text(out, names.get(codes[row] as usize).map_or("", String::as_str));
        }
    }
}

fn write_scalar(out: &mut Vec<u8>, ids: &Snapshot, value: &Scalar) {
    match value {
        Scalar::Int(v) => _ = write!(out, "{v}"),
        Scalar::Real(v) => write_real(out, *v),
        Scalar::Bool(v) => _ = write!(out, "{v}"),
        Scalar::Text(v) => write_text(out, v),
        Scalar::Vertex(v) => write_text(out, v.map_or("", |v| ids.id(v))),
        Scalar::Vertices(path) => write_array(out, path, |out, v| write_text(out, ids.id(*v))),
        Scalar::Json(text) => out.extend_from_slice(text.as_bytes()),
    }
}

/// The shortest text that reads back equal; JSON has no infinity, so those are texts.
fn write_real(out: &mut Vec<u8>, v: f64) {
    if v.is_finite() {
        _ = write!(out, "{v:?}");
    } else {
        write_text(out, &v.to_string());
    }
}
