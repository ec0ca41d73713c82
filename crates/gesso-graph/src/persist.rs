//! A base on disk: one directory of segment files, written once.
//!
//! ```text
//! base-0000000000000007/
//!   vertices.seg    ids, labels and rows of vertices
//!   floors.seg      the next edge index of sources where it is not one past the highest one
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
//!
//! What a new base has in common with the one before it is not written again: the file gets a second name.
//! All bytes are read and compared with their checksums when a base is opened, so that damage is never
//! served.

use crate::base::{Adjacency, Base, Half, Members, VertexTable};
use crate::column::{Codes, Column, ColumnData};
use crate::ids::IdDictionary;
use crate::texts::TextSlab;
use gesso_core::{JobContext, LabelId, Plain, PropId, Slab};
use gesso_store::{Disk, Segment, SegmentInfo, SegmentWriter, StoreError};
use std::collections::BTreeMap;
use std::path::Path;

const VERTICES: &str = "vertices.seg";
const FLOORS: &str = "floors.seg";

/// The base before the one that is written.
pub(crate) struct Previous<'a> {
    /// Its directory.
    pub dir: &'a Path,
    /// The base itself.
    pub base: &'a Base,
    /// Its files.
    pub files: &'a BTreeMap<String, SegmentInfo>,
}

/// Writes a base into an existing empty directory, durably; gives its files for the manifest.
pub(crate) fn save(
    ctx: &JobContext,
    disk: &Disk,
    dir: &Path,
    base: &Base,
    previous: Option<&Previous<'_>>,
) -> Result<BTreeMap<String, SegmentInfo>, StoreError> {
    let mut files = BTreeMap::new();
    let mut is_linked = false;
    let mut put = |name: String, is_same: bool, write: &dyn Fn(&Path) -> Result<SegmentInfo, StoreError>| {
        let path = dir.join(&name);
        let old = previous.filter(|_| is_same);
        if let Some((old, info)) = old.and_then(|p| Some((p.dir.join(&name), p.files.get(&name)?)))
            && disk.link(&old, &path)?
        {
            is_linked = true;
            files.insert(name, *info);
            return Ok::<_, StoreError>(());
        }
        files.insert(name, write(&path)?);
        Ok(())
    };
    let labels = base.vertex_tables.len().max(base.adjacency.len());
    ctx.phase("write segments", 1.0, labels as u64 + 1);
    let is_same = previous.is_some_and(|p| p.base.has_same_vertices(base));
    put(VERTICES.to_owned(), is_same, &|path| save_vertices(ctx, disk, path, base))?;
    if !base.index_floor.is_empty() {
        put(FLOORS.to_owned(), false, &|path| save_floors(ctx, disk, path, base))?;
    }
    ctx.advance(1);
    for label in (0..labels).map(|i| LabelId(i as u16)) {
        let (table, edges) = (base.vertex_table(label), base.edges(label));
        if table.is_some() || edges.is_some() {
            let is_same = previous.is_some_and(|p| p.base.has_same_label(base, label));
            put(format!("label-{label}.seg"), is_same, &|path| save_label(ctx, disk, path, table, edges))?;
        }
        ctx.advance(1);
    }
    // A written file has synced its name; a linked one has not.
    if is_linked {
        disk.sync_dir(dir)?;
    }
    Ok(files)
}

/// Checks and maps the files of a base.
pub(crate) fn load(
    ctx: &JobContext,
    disk: &Disk,
    dir: &Path,
    files: &BTreeMap<String, SegmentInfo>,
) -> Result<Base, StoreError> {
    let open = |name: &str| open_checked(ctx, disk, &dir.join(name), files.get(name));
    let mut base = load_vertices(&open(VERTICES)?)?;
    if files.contains_key(FLOORS) {
        let floors = open(FLOORS)?;
        let (of, next) = (floors.array::<u32>("floor.vertices")?, floors.array::<u32>("floor.next")?);
        base.index_floor = of.iter().copied().zip(next.iter().copied()).collect();
    }
    for name in files.keys() {
        let Some(label) =
            name.strip_prefix("label-").and_then(|n| n.strip_suffix(".seg")?.parse::<u16>().ok())
        else {
            continue;
        };
        let (table, edges) = load_label(&open(name)?)?;
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

/// Opens a segment, which must be the one that the manifest names, and reads all of it.
fn open_checked(
    ctx: &JobContext,
    disk: &Disk,
    path: &Path,
    expected: Option<&SegmentInfo>,
) -> Result<Segment, StoreError> {
    let segment = Segment::open_on(disk, path)?;
    let found = segment.info();
    if Some(&found) != expected {
        let wanted = expected.map_or_else(
            || "no such file".to_owned(),
            |e| format!("{} bytes and checksum {:08x}", e.size_bytes, e.crc32),
        );
        let reason = format!(
            "is not the file that the manifest names: {} bytes and checksum {:08x}, expected {wanted}",
            found.size_bytes, found.crc32
        );
        return Err(StoreError::Damaged { file: path.to_owned(), offset: 0, reason });
    }
    segment.verify(ctx)?;
    Ok(segment)
}

fn save_vertices(ctx: &JobContext, disk: &Disk, path: &Path, base: &Base) -> Result<SegmentInfo, StoreError> {
    let mut w = SegmentWriter::create_on(disk, path)?;
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
    w.array(ctx, "live", &[base.live_vertices])?;
    w.finish(ctx)
}

fn save_floors(ctx: &JobContext, disk: &Disk, path: &Path, base: &Base) -> Result<SegmentInfo, StoreError> {
    let mut floors: Vec<(u32, u32)> = base.index_floor.iter().map(|(v, n)| (*v, *n)).collect();
    floors.sort_unstable();
    let mut w = SegmentWriter::create_on(disk, path)?;
    w.array(ctx, "floor.vertices", &floors.iter().map(|f| f.0).collect::<Vec<_>>())?;
    w.array(ctx, "floor.next", &floors.iter().map(|f| f.1).collect::<Vec<_>>())?;
    w.finish(ctx)
}

fn load_vertices(s: &Segment) -> Result<Base, StoreError> {
    let texts = TextSlab { bytes: s.array("ids.bytes")?, ends: s.array("ids.ends")? };
    let (vertices, labels) = (s.array::<u32>("more.vertices")?, s.array::<u32>("more.labels")?);
    let rows = s.array::<u32>("more.rows")?;
    let more = vertices.iter().zip(labels.iter()).zip(rows.iter());
    Ok(Base {
        ids: IdDictionary::of_parts(texts, s.array("ids.table")?),
        labels: s.array("labels")?,
        rows: if s.contains("rows") { Some(s.array("rows")?) } else { None },
        more_labels: more.map(|((v, l), r)| (*v, LabelId(*l as u16), *r)).collect(),
        live_vertices: s.array::<u64>("live")?.first().copied().unwrap_or(0),
        ..Base::default()
    })
}

fn save_label(
    ctx: &JobContext,
    disk: &Disk,
    path: &Path,
    table: Option<&VertexTable>,
    edges: Option<&Adjacency>,
) -> Result<SegmentInfo, StoreError> {
    let mut w = SegmentWriter::create_on(disk, path)?;
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
    w.finish(ctx)
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
