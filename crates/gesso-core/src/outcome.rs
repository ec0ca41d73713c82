//! What a job computed: a few scalars and at most one list, kept as columns and turned into rows one
//! page at a time.

use crate::buf::Slab;
use crate::ids::VertexIx;
use crate::pairs::Pairs;

/// The result of a job, before it is written for anyone.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Named single values, in the order in which they are shown.
    pub scalars: Vec<(String, Scalar)>,
    /// The one list that is paged, with its name.
    pub list: Option<(String, Rows)>,
    /// Further lists, shown after it.
    pub more: Vec<MoreRows>,
    /// True if every page shows the list whole, and nothing is said of pages.
    pub is_whole: bool,
    /// True if the members are those of `data` itself, not of `data.outputs`.
    pub is_data: bool,
}

/// A list beside the one that is paged.
#[derive(Clone, Debug)]
pub struct MoreRows {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: Rows,
    /// True: as long as the paged list, and a page shows the same rows of it. False: every page shows all.
    pub is_paged: bool,
}

/// A single value of a result.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A whole number.
    Int(i64),
    /// A real number.
    Real(f64),
    /// True or false.
    Bool(bool),
    /// Text as it stands.
    Text(String),
    /// The id of a vertex; none is the empty text.
    Vertex(Option<VertexIx>),
    /// The ids of vertices in order, such as a path.
    Vertices(Vec<VertexIx>),
    /// A finished JSON value, for what has no column form.
    Json(String),
}

/// The rows of a list.
#[derive(Clone, Debug)]
pub enum Rows {
    /// `{"id": cell}` for each vertex.
    PerVertex {
        /// Which vertices; row i is about the i-th.
        vertices: Slab<u32>,
        /// What is said of them; as long as `vertices`.
        cells: Cells,
    },
    /// `"id"` for each vertex.
    Vertices(Slab<u32>),
    /// `["id", …]` for each path: row i is `vertices[ends[i - 1]..ends[i]]`.
    Paths {
        /// All paths one after another.
        vertices: Slab<u32>,
        /// Where each path ends.
        ends: Slab<u64>,
    },
    /// `{"paths": [["id", …], …], "source", "target"}` for each pair of vertices: row i has the paths
    /// `sets[i - 1]..sets[i]`, at least one, and its ends are theirs.
    PathSets {
        /// All paths one after another.
        vertices: Slab<u32>,
        /// Where each path ends, in `vertices`.
        ends: Slab<u64>,
        /// Where the paths of each pair end, in `ends`.
        sets: Slab<u64>,
    },
    /// A list of edges for each path: row i is edges `ends[i - 1]..ends[i]`.
    EdgePaths {
        /// The source of each edge of each path.
        sources: Slab<u32>,
        /// The target of each edge.
        targets: Slab<u32>,
        /// The number of each edge at its source.
        indices: Slab<u32>,
        /// Where each path ends.
        ends: Slab<u64>,
        /// How an edge is written.
        form: EdgeForm,
    },
    /// `{"source", "target", "index", "<value>"}` for each edge or pair of vertices.
    Pairs(Pairs),
    /// Rows that are JSON already: row i is `text[ends[i - 1]..ends[i]]`.
    Json {
        /// All rows one after another, without separators.
        text: Slab<u8>,
        /// Where each row ends.
        ends: Slab<u64>,
    },
}

/// How an edge of a path is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeForm {
    /// `"source-target-index"`
    Id,
    /// `{"source", "target", "index"}`
    Object,
}

/// One column of a per-vertex list.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Real numbers.
    Real(Slab<f64>),
    /// Whole numbers.
    Int(Slab<u64>),
    /// Each cell is the id of a vertex.
    Vertex(Slab<u32>),
    /// Each cell is an array of real numbers: cell i is `values[i * dim..][..dim]`.
    Vector {
        /// Numbers of one cell; at least 1.
        dim: usize,
        /// All cells one after another.
        values: Slab<f64>,
    },
    /// Each cell is one of `names`.
    Name {
        /// Positions in `names`.
        codes: Slab<u32>,
        /// The texts that occur.
        names: std::sync::Arc<[String]>,
    },
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Rows::PerVertex { vertices, .. } | Rows::Vertices(vertices) => vertices.len(),
            Rows::Pairs(pairs) => pairs.len(),
            Rows::PathSets { sets, .. } => sets.len(),
            Rows::Paths { ends, .. } | Rows::EdgePaths { ends, .. } | Rows::Json { ends, .. } => ends.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the arrays of the rows fit together, as far as their lengths tell.
    pub fn fits(&self) -> bool {
        let ends_at = |ends: &Slab<u64>, len: usize| ends.last().copied().unwrap_or(0) == len as u64;
        match self {
            Rows::PerVertex { vertices, cells } => cells.len() == Some(vertices.len()),
            Rows::Vertices(_) => true,
            Rows::Paths { vertices, ends } => ends_at(ends, vertices.len()),
            Rows::PathSets { vertices, ends, sets } => {
                ends_at(ends, vertices.len()) && ends_at(sets, ends.len())
            }
            Rows::EdgePaths { sources, targets, indices, ends, .. } => {
                let edges = sources.len();
                [targets.len(), indices.len()] == [edges, edges] && ends_at(ends, edges)
            }
            Rows::Pairs(pairs) => pairs.fits(),
            Rows::Json { text, ends } => ends_at(ends, text.len()),
        }
    }

    /// Bytes held, what is shared with others left aside.
    pub fn size_bytes(&self) -> u64 {
        let size = match self {
            Rows::PerVertex { vertices, cells } => vertices.size_bytes() + cells.size_bytes(),
            Rows::Vertices(vertices) => vertices.size_bytes(),
            Rows::Paths { vertices, ends } => vertices.size_bytes() + ends.size_bytes(),
            Rows::PathSets { vertices, ends, sets } => {
                vertices.size_bytes() + ends.size_bytes() + sets.size_bytes()
            }
            Rows::EdgePaths { sources, targets, indices, ends, .. } => {
                sources.size_bytes() + targets.size_bytes() + indices.size_bytes() + ends.size_bytes()
            }
            Rows::Pairs(pairs) => pairs.size_bytes(),
            Rows::Json { text, ends } => text.size_bytes() + ends.size_bytes(),
        };
        size as u64
    }
}

impl Cells {
    /// Number of cells; none if numbers are left over.
    fn len(&self) -> Option<usize> {
        match self {
            Cells::Real(v) => Some(v.len()),
            Cells::Int(v) => Some(v.len()),
            Cells::Vertex(v) | Cells::Name { codes: v, .. } => Some(v.len()),
            Cells::Vector { dim, values } => {
                let dim = (*dim).max(1);
                values.len().is_multiple_of(dim).then(|| values.len() / dim)
            }
        }
    }

    fn size_bytes(&self) -> usize {
        match self {
            Cells::Real(v) => v.size_bytes(),
            Cells::Int(v) => v.size_bytes(),
            Cells::Vertex(v) => v.size_bytes(),
            Cells::Vector { values, .. } => values.size_bytes(),
            Cells::Name { codes, names } => codes.size_bytes() + names.iter().map(String::len).sum::<usize>(),
        }
    }
}

impl Outcome {
    /// An outcome of one list.
    pub fn of_list(name: &str, rows: Rows) -> Outcome {
        Outcome { list: Some((name.to_owned(), rows)), ..Outcome::default() }
    }

    /// Adds a list that every page shows whole.
    pub fn with_whole(mut self, name: &str, rows: Rows) -> Outcome {
        self.more.push(MoreRows { name: name.to_owned(), rows, is_paged: false });
        self
    }

    /// Adds a list of which a page shows the same rows as of the paged one.
    pub fn with_paged(mut self, name: &str, rows: Rows) -> Outcome {
        debug_assert_eq!(self.list.as_ref().map(|(_, list)| list.len()), Some(rows.len()));
        self.more.push(MoreRows { name: name.to_owned(), rows, is_paged: true });
        self
    }

    /// The same outcome without pages.
    pub fn whole(self) -> Outcome {
        Outcome { is_whole: true, ..self }
    }

    /// Adds a scalar.
    pub fn with(mut self, name: &str, value: Scalar) -> Outcome {
        self.scalars.push((name.to_owned(), value));
        self
    }
}
