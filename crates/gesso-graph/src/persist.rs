//! A base on disk: one directory of segment files, written once.
//!
//! ```text
//! base-0000000000000007/
//!   vertices.seg    ids, labels and rows of vertices, index floors
//!   label-3.seg     the vertex table and the edges of label 3, with their columns
//! ```
//! A column's arrays are called `<prefix>.<form>`; the form tells the type, so that a segment explains
//! itself: `.i32`, `.i64`, `.date`, `.f32`, `.f64`, `.bool`, `.enum`, `.bytes` with `.ends` (and `.codes8` or
//! `.codes16` for a dictionary), `.many` with the items' own arrays under `.item`; `.valid` where some rows
//! have no value.
//!
//! | crash here | this is found |
//! | --- | --- |
//! | while the directory is written | a directory that no manifest names; removed when the graph is opened |
//! | after the manifest names it | the whole base |

use crate::base::{Adjacency, Base, Half, Members, VertexTable};
use crate::column::{Codes, Column, ColumnData};
use crate::ids::IdDictionary;
use crate::texts::TextSlab;
use gesso_core::{JobContext, LabelId, Plain, PropId, Slab};
use gesso_store::{Segment, SegmentInfo, SegmentWriter, StoreError};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes a base into an existing empty directory; gives its files for the manifest.
pub(crate) fn save(
    ctx: &JobContext,
    dir: &Path,
    base: &Base,
) -> Result<BTreeMap<String, SegmentInfo>, StoreError> {
    let mut files = BTreeMap::new();
    let labels = base.vertex_tables.len().max(base.adjacency.len());
    ctx.phase("write segments", 1.0, labels as u64 + 1);
    files.insert("vertices.seg".to_owned(), save_vertices(ctx, &dir.join("vertices.seg"), base)?);
    ctx.advance(1);
    for label in (0..labels).map(|i| LabelId(i as u16)) {
        let (table, edges) = (base.vertex_table(label), base.edges(label));
        if table.is_some() || edges.is_some() {
            let name = format!("label-{label}.seg");
            let info = save_label(ctx, &dir.join(&name), table, edges)?;
            files.insert(name, info);
        }
        ctx.advance(1);
    }
    Ok(files)
}

/// Maps the files of a base.
pub(crate) fn load(dir: &Path, files: &BTreeMap<String, SegmentInfo>) -> Result<Base, StoreError> {
    let mut base = load_vertices(&Segment::open(&dir.join("vertices.seg"))?)?;
    for name in files.keys() {
        let Some(label) =
            name.strip_prefix("label-").and_then(|n| n.strip_suffix(".seg")?.parse::<u16>().ok())
        else {
            continue;
        };
        let segment = Segment::open(&dir.join(name))?;
        let (table, edges) = load_label(&segment)?;
        let at = usize::from(label);
        if base.vertex_tables.len() <= at {
            base.vertex_tables.resize(at + 1, None);
        }
        if base.adjacency.len() <= at {
            base.adjacency.resize(at + 1, None);
        }
        base.edges += edges.as_ref().map_or(0, |e| e.len() as u64);
        base.vertex_tables[at] = table;
        base.adjacency[at] = edges;
    }
    Ok(base)
}

fn save_vertices(ctx: &JobContext, path: &Path, base: &Base) -> Result<SegmentInfo, StoreError> {
    let mut w = SegmentWriter::create(path)?;
    let (texts, table) = base.ids.parts();
    w.array(ctx, "ids.bytes", &texts.bytes)?;
    w.array(ctx, "ids.ends", &texts.ends)?;
    w.array(ctx, "ids.table", table)?;
    w.array(ctx, "labels", &base.labels)?;
    if let Some(rows) = &base.rows {
        w.array(ctx, "rows", rows)?;
    }
    let more = |part: fn(&(u32, LabelId, u32)) -> u32| base.more_labels.iter().map(part).collect::<Vec<_>>();
    w.array(ctx, "more.vertices", &more(|m| m.0))?;
    w.array(ctx, "more.labels", &more(|m| u32::from(m.1.0)))?;
    w.array(ctx, "more.rows", &more(|m| m.2))?;
    let mut floors: Vec<(u32, u32)> = base.index_floor.iter().map(|(v, n)| (*v, *n)).collect();
    floors.sort_unstable();
    w.array(ctx, "floor.vertices", &floors.iter().map(|f| f.0).collect::<Vec<_>>())?;
    w.array(ctx, "floor.next", &floors.iter().map(|f| f.1).collect::<Vec<_>>())?;
    w.array(ctx, "live", &[base.live_vertices])?;
    w.finish()
}

fn load_vertices(s: &Segment) -> Result<Base, StoreError> {
    let texts = TextSlab { bytes: s.array("ids.bytes")?, ends: s.array("ids.ends")? };
    let (vertices, labels) = (s.array::<u32>("more.vertices")?, s.array::<u32>("more.labels")?);
    let rows = s.array::<u32>("more.rows")?;
    let more = vertices.iter().zip(labels.iter()).zip(rows.iter());
    let (floor_of, floor) = (s.array::<u32>("floor.vertices")?, s.array::<u32>("floor.next")?);
    Ok(Base {
        ids: IdDictionary::of_parts(texts, s.array("ids.table")?),
        labels: s.array("labels")?,
        rows: if s.contains("rows") { Some(s.array("rows")?) } else { None },
        more_labels: more.map(|((v, l), r)| (*v, LabelId(*l as u16), *r)).collect(),
        index_floor: floor_of.iter().copied().zip(floor.iter().copied()).collect(),
        live_vertices: s.array::<u64>("live")?.first().copied().unwrap_or(0),
        ..Base::default()
    })
}

fn save_label(
    ctx: &JobContext,
    path: &Path,
    table: Option<&VertexTable>,
    edges: Option<&Adjacency>,
) -> Result<SegmentInfo, StoreError> {
    let mut w = SegmentWriter::create(path)?;
    if let Some(table) = table {
        match &table.members {
            Members::Range { first, len } => w.array(ctx, "v.range", &[*first, *len])?,
            Members::List(list) => w.array(ctx, "v.list", list)?,
        }
        save_columns(ctx, &mut w, "v", &table.columns)?;
    }
    if let Some(edges) = edges {
        save_half(ctx, &mut w, "out", &edges.out)?;
        save_half(ctx, &mut w, "in", &edges.incoming)?;
        w.array(ctx, "in.ordinals", &edges.ordinals)?;
        w.array(ctx, "indexes", &edges.indexes)?;
        save_columns(ctx, &mut w, "e", &edges.columns)?;
    }
    w.finish()
}

fn load_label(s: &Segment) -> Result<(Option<VertexTable>, Option<Adjacency>), StoreError> {
    let members = if s.contains("v.range") {
        let range = s.array::<u32>("v.range")?;
        let at = |i: usize| range.get(i).copied().unwrap_or(0);
        Some(Members::Range { first: at(0), len: at(1) })
    } else if s.contains("v.list") {
        Some(Members::List(s.array("v.list")?))
    } else {
        None
    };
    let table = match members {
        Some(members) => Some(VertexTable { members, columns: load_columns(s, "v")? }),
        None => None,
    };
    if !s.contains("indexes") {
        return Ok((table, None));
    }
    let edges = Adjacency {
        out: load_half(s, "out")?,
        incoming: load_half(s, "in")?,
        ordinals: s.array("in.ordinals")?,
        indexes: s.array("indexes")?,
        columns: load_columns(s, "e")?,
    };
    Ok((table, Some(edges)))
}

fn save_half(ctx: &JobContext, w: &mut SegmentWriter, name: &str, half: &Half) -> Result<(), StoreError> {
    w.array(ctx, &format!("{name}.first"), &[half.first])?;
    w.array(ctx, &format!("{name}.offsets"), &half.offsets)?;
    w.array(ctx, &format!("{name}.neighbours"), &half.neighbours)
}

fn load_half(s: &Segment, name: &str) -> Result<Half, StoreError> {
    Ok(Half {
        first: s.array::<u32>(&format!("{name}.first"))?.first().copied().unwrap_or(0),
        offsets: s.array(&format!("{name}.offsets"))?,
        neighbours: s.array(&format!("{name}.neighbours"))?,
    })
}

fn save_columns(
    ctx: &JobContext,
    w: &mut SegmentWriter,
    kind: &str,
    columns: &[(PropId, Column)],
) -> Result<(), StoreError> {
    w.array(ctx, &format!("{kind}.columns"), &columns.iter().map(|c| c.0.0).collect::<Vec<u16>>())?;
    columns
        .iter()
        .try_for_each(|(property, column)| save_column(ctx, w, &format!("{kind}.{property}"), column))
}

fn load_columns(s: &Segment, kind: &str) -> Result<Vec<(PropId, Column)>, StoreError> {
    let properties = s.array::<u16>(&format!("{kind}.columns"))?;
    properties.iter().map(|p| Ok((PropId(*p), load_column(s, &format!("{kind}.{p}"))?))).collect()
}

fn save_column(
    ctx: &JobContext,
    w: &mut SegmentWriter,
    name: &str,
    column: &Column,
) -> Result<(), StoreError> {
    if let Some(valid) = &column.valid {
        w.array(ctx, &format!("{name}.valid"), valid)?;
    }
    let mut put = Put { ctx, w, name };
    match &column.data {
        ColumnData::Bool(v) => put.array("bool", v),
        ColumnData::Int(v) => put.array("i32", v),
        ColumnData::Long(v) => put.array("i64", v),
        ColumnData::Float(v) => put.array("f32", v),
        ColumnData::Double(v) => put.array("f64", v),
        ColumnData::Date(v) => put.array("date", v),
        ColumnData::Enum(v) => put.array("enum", v),
        ColumnData::Text(texts) => put.texts(texts),
        ColumnData::Dictionary { codes, texts } => {
            match codes {
                Codes::U8(v) => put.array("codes8", v)?,
                Codes::U16(v) => put.array("codes16", v)?,
            }
            put.texts(texts)
        }
        ColumnData::Many { ends, items } => {
            put.array("many", ends)?;
            save_column(ctx, w, &format!("{name}.item"), items)
        }
    }
}

struct Put<'a> {
    ctx: &'a JobContext,
    w: &'a mut SegmentWriter,
    name: &'a str,
}

impl Put<'_> {
    fn array<T: Plain>(&mut self, form: &str, values: &Slab<T>) -> Result<(), StoreError> {
        self.w.array(self.ctx, &format!("{}.{form}", self.name), values)
    }

    fn texts(&mut self, texts: &TextSlab) -> Result<(), StoreError> {
        self.array("bytes", &texts.bytes)?;
        self.array("ends", &texts.ends)
    }
}

fn load_column(s: &Segment, name: &str) -> Result<Column, StoreError> {
    let at = |form: &str| format!("{name}.{form}");
    let has = |form: &str| s.contains(&at(form));
    let texts =
        || Ok::<_, StoreError>(TextSlab { bytes: s.array(&at("bytes"))?, ends: s.array(&at("ends"))? });
    let data = if has("bool") {
        ColumnData::Bool(s.array(&at("bool"))?)
    } else if has("i32") {
        ColumnData::Int(s.array(&at("i32"))?)
    } else if has("i64") {
        ColumnData::Long(s.array(&at("i64"))?)
    } else if has("f32") {
        ColumnData::Float(s.array(&at("f32"))?)
    } else if has("f64") {
        ColumnData::Double(s.array(&at("f64"))?)
    } else if has("date") {
        ColumnData::Date(s.array(&at("date"))?)
    } else if has("enum") {
        ColumnData::Enum(s.array(&at("enum"))?)
    } else if has("codes8") {
        ColumnData::Dictionary { codes: Codes::U8(s.array(&at("codes8"))?), texts: texts()? }
    } else if has("codes16") {
        ColumnData::Dictionary { codes: Codes::U16(s.array(&at("codes16"))?), texts: texts()? }
    } else if has("many") {
        ColumnData::Many { ends: s.array(&at("many"))?, items: Box::new(load_column(s, &at("item"))?) }
    } else {
        ColumnData::Text(texts()?)
    };
    let valid = if has("valid") { Some(s.array(&at("valid"))?) } else { None };
    Ok(Column { valid, data })
}
