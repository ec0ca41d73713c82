//! Results as segment files.
//!
//! ```text
//! results/<job id>.seg
//!   outcome     JSON: the scalars, and the list's name and form
//!   vertices    u32 each          per-vertex lists, vertex lists, paths
//!   cells       f64, u64 or u32   per-vertex lists
//!   ends        u64 each          paths, edges of paths, JSON rows
//!   sets        u64 each          sets of paths
//!   text        bytes             JSON rows
//!   targets     u32 each          pairs, edges of paths
//!   indices     u32 each          pairs that are edges, edges of paths
//!   values      f64 each          pairs with a value, vectors
//!   names_text, names_ends        the names of coded cells
//! ```
//! Further lists have the same arrays behind `1_`, `2_` and so on.
//! The file appears whole before the record that says it is there; a crash in between leaves a file
//! that no end of a job names, which the next start removes.

use crate::record::StoredScalar;
use gesso_core::{
    Cells, EdgeForm, JobContext, MoreRows, Outcome, PairColumn, PairEnds, Pairs, Plain, Rows, Slab,
};
use gesso_store::{Segment, SegmentInfo, SegmentWriter, StoreError};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
struct Head {
    scalars: Vec<(String, StoredScalar)>,
    list: Option<(String, Form)>,
    #[serde(default)]
    more: Vec<MoreForm>,
    #[serde(default)]
    is_whole: bool,
    #[serde(default)]
    is_data: bool,
}

/// A list beside the paged one.
#[derive(Serialize, Deserialize)]
struct MoreForm {
    name: String,
    form: Form,
    is_paged: bool,
}

/// Which arrays a list has and what they mean.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    RealCells,
    IntCells,
    VertexCells,
    NameCells,
    VectorCells { dim: u32 },
    Vertices,
    Paths,
    PathSets,
    EdgePaths { ids: bool },
    Pairs { indexed: bool, value: Option<String> },
    Json,
}

/// Writes a result durably. Stops between pieces when the job is stopped, leaving nothing.
pub fn save(ctx: &JobContext, path: &Path, outcome: &Outcome) -> Result<SegmentInfo, StoreError> {
    let mut out = SegmentWriter::create(path)?;
    let head = Head {
        scalars: outcome.scalars.iter().map(|(name, value)| (name.clone(), value.into())).collect(),
        list: outcome.list.as_ref().map(|(name, rows)| (name.clone(), form_of(rows))),
        more: outcome.more.iter().map(MoreForm::of).collect(),
        is_whole: outcome.is_whole,
        is_data: outcome.is_data,
    };
    let head =
        serde_json::to_vec(&head).map_err(|source| StoreError::Document { file: path.to_owned(), source })?;
    out.bytes(ctx, "outcome", &head)?;
    if let Some((_, rows)) = &outcome.list {
        save_rows(&mut Arrays { ctx, out: &mut out, list: 0 }, rows)?;
    }
    for (i, more) in outcome.more.iter().enumerate() {
        save_rows(&mut Arrays { ctx, out: &mut out, list: i + 1 }, &more.rows)?;
    }
    out.finish(ctx)
}

/// Maps a result. Cost does not depend on the number of rows.
pub fn load(path: &Path) -> Result<Outcome, StoreError> {
    let file = Segment::open(path)?;
    let head: Head = serde_json::from_slice(&file.array::<u8>("outcome")?)
        .map_err(|source| StoreError::Document { file: path.to_owned(), source })?;
    let list = match head.list {
        Some((name, form)) => Some((name, load_rows(&Stored { file: &file, list: 0 }, form)?)),
        None => None,
    };
    let more = head.more.into_iter().enumerate().map(|(i, more)| {
        let MoreForm { name, form, is_paged } = more;
        Ok(MoreRows { name, rows: load_rows(&Stored { file: &file, list: i + 1 }, form)?, is_paged })
    });
    let more: Vec<MoreRows> = more.collect::<Result<_, StoreError>>()?;
    // Readers of pages take rows by their number from every array.
    let lists = list.iter().map(|(_, rows)| rows).chain(more.iter().map(|more| &more.rows));
    if !lists.into_iter().all(Rows::fits) {
        let reason = "its arrays do not fit together".to_owned();
        return Err(StoreError::Damaged { file: path.to_owned(), offset: 0, reason });
    }
    let scalars = head.scalars.iter().map(|(name, value)| (name.clone(), value.into())).collect();
    Ok(Outcome { scalars, list, more, is_whole: head.is_whole, is_data: head.is_data })
}

/// The arrays of one list, to be written.
struct Arrays<'a> {
    ctx: &'a JobContext,
    out: &'a mut SegmentWriter,
    /// 0 is the paged list.
    list: usize,
}

/// The arrays of one list, as they are stored.
struct Stored<'a> {
    file: &'a Segment,
    /// 0 is the paged list.
    list: usize,
}

fn array_name(list: usize, name: &str) -> String {
    if list == 0 { name.to_owned() } else { format!("{list}_{name}") }
}

impl Arrays<'_> {
    fn array<T: Plain>(&mut self, name: &str, values: &[T]) -> Result<(), StoreError> {
        self.out.array(self.ctx, &array_name(self.list, name), values)
    }

    fn pairs(&mut self, name: &str, pairs: &Pairs, column: PairColumn) -> Result<(), StoreError> {
        let name = array_name(self.list, name);
        self.out.made(self.ctx, &name, pairs.len(), |rows, out| pairs.copy(column, rows, out))
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.out.bytes(self.ctx, &array_name(self.list, name), bytes)
    }
}

impl Stored<'_> {
    fn array<T: Plain>(&self, name: &str) -> Result<Slab<T>, StoreError> {
        self.file.array(&array_name(self.list, name))
    }
}

impl MoreForm {
    fn of(more: &MoreRows) -> MoreForm {
        MoreForm { name: more.name.clone(), form: form_of(&more.rows), is_paged: more.is_paged }
    }
}

fn form_of(rows: &Rows) -> Form {
    match rows {
        Rows::PerVertex { cells: Cells::Real(_), .. } => Form::RealCells,
        Rows::PerVertex { cells: Cells::Int(_), .. } => Form::IntCells,
        Rows::PerVertex { cells: Cells::Vertex(_), .. } => Form::VertexCells,
        Rows::PerVertex { cells: Cells::Name { .. }, .. } => Form::NameCells,
        Rows::PerVertex { cells: Cells::Vector { dim, .. }, .. } => Form::VectorCells { dim: *dim as u32 },
        Rows::Vertices(_) => Form::Vertices,
        Rows::Paths { .. } => Form::Paths,
        Rows::PathSets { .. } => Form::PathSets,
        Rows::EdgePaths { form, .. } => Form::EdgePaths { ids: *form == EdgeForm::Id },
        Rows::Pairs(pairs) => Form::Pairs {
            indexed: pairs.is_indexed(),
            value: pairs.values.as_ref().map(|(name, _)| name.clone()),
        },
        Rows::Json { .. } => Form::Json,
    }
}

fn save_rows(out: &mut Arrays<'_>, rows: &Rows) -> Result<(), StoreError> {
    match rows {
        Rows::PerVertex { vertices, cells } => {
            out.array("vertices", vertices)?;
            match cells {
                Cells::Real(cells) => out.array("cells", cells),
                Cells::Int(cells) => out.array("cells", cells),
                Cells::Vertex(cells) => out.array("cells", cells),
                Cells::Vector { values, .. } => out.array("values", values),
                Cells::Name { codes, names } => {
                    out.array("cells", codes)?;
                    save_names(out, names)
                }
            }
        }
        Rows::Vertices(vertices) => out.array("vertices", vertices),
        Rows::Paths { vertices, ends } => {
            out.array("vertices", vertices)?;
            out.array("ends", ends)
        }
        Rows::PathSets { vertices, ends, sets } => {
            out.array("vertices", vertices)?;
            out.array("ends", ends)?;
            out.array("sets", sets)
        }
        Rows::EdgePaths { sources, targets, indices, ends, .. } => {
            out.array("vertices", sources)?;
            out.array("targets", targets)?;
            out.array("indices", indices)?;
            out.array("ends", ends)
        }
        Rows::Pairs(pairs) => {
            out.pairs("vertices", pairs, PairColumn::Sources)?;
            out.pairs("targets", pairs, PairColumn::Targets)?;
            if pairs.is_indexed() {
                out.pairs("indices", pairs, PairColumn::Indices)?;
            }
            pairs.values.as_ref().map_or(Ok(()), |(_, values)| out.array("values", values))
        }
        Rows::Json { text, ends } => {
            out.bytes("text", text)?;
            out.array("ends", ends)
        }
    }
}

fn save_names(out: &mut Arrays<'_>, names: &[String]) -> Result<(), StoreError> {
    let mut tick = out.ctx.tick();
    let (mut text, mut ends) = (Vec::new(), Vec::with_capacity(names.len()));
    for name in names {
        tick.spend(1)?;
        text.extend_from_slice(name.as_bytes());
        ends.push(text.len() as u64);
    }
    out.bytes("names_text", &text)?;
    out.array("names_ends", &ends)
}

fn load_rows(file: &Stored<'_>, form: Form) -> Result<Rows, StoreError> {
    let per_vertex = |cells| Ok(Rows::PerVertex { vertices: file.array("vertices")?, cells });
    match form {
        Form::RealCells => per_vertex(Cells::Real(file.array("cells")?)),
        Form::IntCells => per_vertex(Cells::Int(file.array("cells")?)),
        Form::VertexCells => per_vertex(Cells::Vertex(file.array("cells")?)),
        Form::NameCells => per_vertex(Cells::Name { codes: file.array("cells")?, names: load_names(file)? }),
        Form::VectorCells { dim } => {
            per_vertex(Cells::Vector { dim: dim as usize, values: file.array("values")? })
        }
        Form::Vertices => Ok(Rows::Vertices(file.array("vertices")?)),
        Form::Pairs { indexed, value } => Ok(Rows::Pairs(Pairs {
            ends: PairEnds::Columns {
                sources: file.array("vertices")?,
                targets: file.array("targets")?,
                indices: if indexed { Some(file.array("indices")?) } else { None },
            },
            values: value.map(|name| Ok::<_, StoreError>((name, file.array("values")?))).transpose()?,
        })),
        Form::Paths => Ok(Rows::Paths { vertices: file.array("vertices")?, ends: file.array("ends")? }),
        Form::PathSets => Ok(Rows::PathSets {
            vertices: file.array("vertices")?,
            ends: file.array("ends")?,
            sets: file.array("sets")?,
        }),
        Form::EdgePaths { ids } => Ok(Rows::EdgePaths {
            sources: file.array("vertices")?,
            targets: file.array("targets")?,
            indices: file.array("indices")?,
            ends: file.array("ends")?,
            form: if ids { EdgeForm::Id } else { EdgeForm::Object },
        }),
        Form::Json => Ok(Rows::Json { text: file.array("text")?, ends: file.array("ends")? }),
    }
}

fn load_names(file: &Stored<'_>) -> Result<Arc<[String]>, StoreError> {
    let text = file.array::<u8>("names_text")?;
    let ends = file.array::<u64>("names_ends")?;
    let mut start = 0;
    ends.iter()
        .map(|end| {
            let name = text.get(start..*end as usize).and_then(|name| std::str::from_utf8(name).ok());
            start = *end as usize;
            name.map(str::to_owned).ok_or_else(|| StoreError::Damaged {
                file: file.file.path().to_owned(),
                offset: 0,
                reason: "the names of its cells are not text".to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::{Bits, ListedEdges, Scalar, Slab, VertexIx};

    fn slab<T: gesso_core::Plain>(values: &[T]) -> Slab<T> {
        values.to_vec().into()
    }

    #[test]
    fn every_form_comes_back() {
        let vertices = slab(&[4u32, 0, 2]);
        let names: Arc<[String]> = ["", "gruen", "blau ä"].map(str::to_owned).into();
        let forms = [
            Rows::PerVertex {
                vertices: vertices.clone(),
                cells: Cells::Real(slab(&[0.5, f64::INFINITY, -1.0])),
            },
            Rows::PerVertex { vertices: vertices.clone(), cells: Cells::Int(slab(&[1, u64::MAX, 3])) },
            Rows::PerVertex { vertices: vertices.clone(), cells: Cells::Vertex(slab(&[1, 2, 3])) },
            Rows::PerVertex {
                vertices: vertices.clone(),
                cells: Cells::Name { codes: slab(&[2, 0, 1]), names },
            },
            Rows::PerVertex {
                vertices: vertices.clone(),
                cells: Cells::Vector { dim: 2, values: slab(&[0.5, 1.0, 2.0, -3.0, 0.0, 7.5]) },
            },
            Rows::Pairs(Pairs {
                ends: PairEnds::Columns {
                    sources: vertices.clone(),
                    targets: slab(&[1u32, 2, 3]),
                    indices: Some(slab(&[0u32, 1, 0])),
                },
                values: Some(("betweenness".to_owned(), slab(&[0.25, 1.0, 8.0]))),
            }),
            Rows::Pairs(Pairs {
                ends: PairEnds::Columns {
                    sources: vertices.clone(),
                    targets: slab(&[3u32, 2, 1]),
                    indices: None,
                },
                values: None,
            }),
            Rows::Vertices(vertices.clone()),
            Rows::PathSets { vertices: vertices.clone(), ends: slab(&[1u64, 2, 3]), sets: slab(&[2u64, 3]) },
            Rows::EdgePaths {
                sources: vertices.clone(),
                targets: slab(&[1u32, 2, 3]),
                indices: slab(&[0u32, 1, 0]),
                ends: slab(&[2u64, 3]),
                form: EdgeForm::Id,
            },
            Rows::Paths { vertices, ends: slab(&[1, 1, 3]) },
            Rows::Json { text: slab(b"{}[1]"), ends: slab(&[2, 5]) },
        ];
        let dir = tempfile::tempdir().unwrap();
        let ctx = JobContext::detached(1, 1 << 20);
        for (i, rows) in forms.into_iter().enumerate() {
            let path = dir.path().join(format!("{i}.seg"));
            let outcome = Outcome::of_list("rows", rows.clone())
                .with_whole("beside", rows.clone())
                .with_paged("along", rows)
                .whole()
                .with("infinite", Scalar::Real(f64::NEG_INFINITY))
                .with("at", Scalar::Vertices(vec![VertexIx(7)]));
            save(&ctx, &path, &outcome).unwrap();
            let back = load(&path).unwrap();
            assert_eq!(format!("{outcome:?}"), format!("{back:?}"));
            let all = |outcome: &Outcome| {
                let more = outcome.more.iter().map(|more| bytes(&more.rows));
                more.chain([bytes(&outcome.list.as_ref().unwrap().1)]).collect::<Vec<_>>()
            };
            assert_eq!(all(&outcome), all(&back), "form {i}");
        }
    }

    #[test]
    fn listed_edges_come_back_as_columns() {
        let ctx = JobContext::detached(1, 1 << 24);
        // More than a piece of every column; each third vertex has no edges.
        let vertices = 90_000u32;
        let offsets: Vec<u64> = (0..=u64::from(vertices)).map(|v| 2 * (v - v / 3)).collect();
        let edges = offsets[vertices as usize] as u32;
        for share in [None, Some(3), Some(1000)] {
            let kept = share.map(|share| {
                Bits::choose(&ctx, edges as usize, |range, set, _| {
                    range.filter(|place| place % share == 1).for_each(set);
                    Ok(())
                })
                .unwrap()
            });
            let listed = ListedEdges {
                offsets: offsets.clone().into(),
                targets: (0..edges).map(|e| e % vertices).collect::<Vec<_>>().into(),
                indices: (0..edges).map(|e| e % 2).collect::<Vec<_>>().into(),
                vertices: Some((0..vertices).map(|v| v + 7).collect::<Vec<_>>().into()),
                kept,
            };
            let pairs = Pairs { ends: PairEnds::Listed(listed), values: None };
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("pairs.seg");
            save(&ctx, &path, &Outcome::of_list("pairs", Rows::Pairs(pairs.clone()))).unwrap();
            let Some((_, Rows::Pairs(back))) = load(&path).unwrap().list else {
                panic!("no pairs came back")
            };
            assert!(matches!(back.ends, PairEnds::Columns { .. }));
            assert_eq!(back.len(), pairs.len());
            assert!((0..pairs.len()).all(|row| back.get(row) == pairs.get(row) && back.get(row).is_some()));
        }
    }

    fn bytes(rows: &Rows) -> Vec<Vec<u8>> {
        match rows {
            Rows::PerVertex { vertices, cells } => {
                let cells = match cells {
                    Cells::Real(c) => c.as_bytes(),
                    Cells::Int(c) => c.as_bytes(),
                    Cells::Vertex(c) => c.as_bytes(),
                    Cells::Vector { values, .. } => values.as_bytes(),
                    Cells::Name { codes, .. } => codes.as_bytes(),
                };
                vec![vertices.as_bytes().to_vec(), cells.to_vec()]
            }
            Rows::Vertices(v) => vec![v.as_bytes().to_vec()],
            Rows::Paths { vertices, ends } => vec![vertices.as_bytes().to_vec(), ends.as_bytes().to_vec()],
            Rows::PathSets { vertices, ends, sets } => {
                vec![vertices.as_bytes().to_vec(), ends.as_bytes().to_vec(), sets.as_bytes().to_vec()]
            }
            Rows::EdgePaths { sources, targets, indices, ends, .. } => {
                let numbers = [sources, targets, indices].map(|c| c.as_bytes().to_vec());
                numbers.into_iter().chain([ends.as_bytes().to_vec()]).collect()
            }
            Rows::Pairs(pairs) => vec![
                format!(
                    "{:?}",
                    (0..pairs.len()).map(|row| (pairs.get(row), pairs.value(row))).collect::<Vec<_>>()
                )
                .into_bytes(),
            ],
            Rows::Json { text, ends } => vec![text.as_bytes().to_vec(), ends.as_bytes().to_vec()],
        }
    }
}
