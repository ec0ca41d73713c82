//! Fields become rows of a chunk: spec 10, section 5.
//!
//! A row is all or nothing: when a field is refused, the columns that already took theirs give it back.

use super::lex::{Dialect, Field, Form, Mark, QuoteFault};
use super::report::{Dataset, ErrorCode};
use gesso_core::{JobContext, LabelId, Reservation, Stop, Tick, ValueError, VertexIx};
use gesso_graph::{EdgeChunk, Label, SORT_KEY, Schema, Table, VertexChunk};
use gesso_store::objects::Format;

/// Longest vertex id. Bytes.
pub(crate) const ID_BYTES_MAX: usize = 64 << 10;

/// How the lines of a file are laid out.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub schema: &'a Schema,
    pub dataset: Dataset,
    pub format: Format,
    pub dialect: Dialect,
    pub default_label: LabelId,
    pub has_label: bool,
    pub list_escape: bool,
    /// Longest id. Bytes.
    pub id_bytes_max: usize,
    /// A sort key follows the properties.
    pub sort_key: bool,
    pub line_max: usize,
}

/// A rejected line of a block, without words: those are made for the lines that are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reject {
    /// Line feeds in the block before the line.
    pub line: u32,
    /// Where the line starts in the block.
    pub start: u32,
    /// Where the next one starts.
    pub next: u32,
    pub fault: Fault,
}

/// Why a line is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 1; 0 is the whole line.
    pub column: u32,
    pub code: ErrorCode,
    /// The label whose property or number of columns is meant.
    pub label: LabelId,
}

/// What a block became.
pub(crate) struct Parsed<C> {
    pub chunk: C,
    pub good: u64,
    pub rejects: Vec<Reject>,
    /// Line feeds in the block.
    pub breaks: u64,
    /// Memory of chunk and rejects.
    pub held: Reservation,
}

/// Collects the rows of one block: vertices or edges.
pub(crate) trait Rows: Default {
    type Chunk: Send;
    const DATASET: Dataset;

    /// The columns of a label.
    fn table(&mut self, label: LabelId, schema: &Schema) -> &mut Table;
    /// Adds the row whose properties are in the tables already. Vertices have one id, edges two.
    fn push(&mut self, first: &str, second: &str, label: LabelId, resolve: &Resolve<'_>);
    fn heap_bytes(&self) -> usize;
    fn into_chunk(self) -> Self::Chunk;
}

/// Finds the vertex of an id.
pub(crate) type Resolve<'a> = dyn Fn(&str) -> Option<VertexIx> + Sync + 'a;

impl Dataset {
    /// Ids at the start of a line.
    pub(crate) fn id_columns(self) -> usize {
        match self {
            Dataset::Vertex => 1,
            Dataset::Edge => 2,
        }
    }

    /// True if the label may be put on what the files hold.
    pub(crate) fn takes(self, label: &Label) -> bool {
        match self {
            Dataset::Vertex => label.kind.on_vertices(),
            Dataset::Edge => label.kind.on_edges(),
        }
    }
}

/// Parses all lines of a block.
pub(crate) fn parse_block<R: Rows>(
    ctx: &JobContext,
    tick: &mut Tick<'_>,
    layout: &Layout<'_>,
    resolve: &Resolve<'_>,
    block: &[u8],
) -> Result<Parsed<R::Chunk>, Stop> {
    let mut parser = Parser::<R>::new(layout, resolve);
    let (mut at, mut breaks, mut good, mut rejects) = (0, 0u64, 0, Vec::new());
    while at < block.len() {
        let line = layout.dialect.next_line(block, at, &mut parser.fields);
        // A step is a byte: a field costs what its text costs.
        tick.spend((line.next - at) as u64)?;
        if line.end > at {
            match parser.line(block, at, line.end, line.fault) {
                Ok(()) => good += 1,
                Err(fault) => {
                    let (start, next) = (at as u32, line.next as u32);
                    rejects.push(Reject { line: breaks as u32, start, next, fault });
                }
            }
        }
        breaks += parser.breaks(block, at, line.next);
        at = line.next;
    }
    let size_bytes = parser.rows.heap_bytes() + rejects.capacity() * size_of::<Reject>();
    let held = ctx.reserve(size_bytes as u64)?;
    Ok(Parsed { chunk: parser.rows.into_chunk(), good, rejects, breaks, held })
}

struct Parser<'a, R> {
    layout: &'a Layout<'a>,
    resolve: &'a Resolve<'a>,
    rows: R,
    fields: Vec<Field>,
    /// The label of the line before, which most lines share.
    last_label: Option<&'a Label>,
    scratch: [String; 2],
}

impl<'a, R: Rows> Parser<'a, R> {
    fn new(layout: &'a Layout<'a>, resolve: &'a Resolve<'a>) -> Parser<'a, R> {
        let scratch = [String::new(), String::new()];
        Parser { layout, resolve, rows: R::default(), fields: Vec::new(), last_label: None, scratch }
    }

    /// Line feeds from a line's start to its next: one, unless quotes enclose more.
    fn breaks(&self, block: &[u8], start: usize, next: usize) -> u64 {
        if self.fields.iter().all(|f| f.form == Form::Plain) && next < block.len() {
            return 1;
        }
        let line = block.get(start..next).unwrap_or_default();
        memchr::memchr_iter(b'\n', line).count() as u64
    }

    fn line(
        &mut self,
        block: &[u8],
        base: usize,
        end: usize,
        quotes: Option<QuoteFault>,
    ) -> Result<(), Fault> {
        if let Some(QuoteFault::Open { column, .. }) = quotes {
            return Err(Fault::of(column, ErrorCode::Quoting));
        }
        if end - base > self.layout.line_max {
            return Err(Fault::of(0, ErrorCode::LineSize));
        }
        let bytes = block.get(base..end).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::of(0, ErrorCode::Utf8))?;
        if let Some(QuoteFault::TextAfter { column }) = quotes {
            return Err(Fault::of(column, ErrorCode::Quoting));
        }
        self.row(LineText { text, base, quote: self.layout.dialect.quote })
    }

    fn row(&mut self, line: LineText<'_>) -> Result<(), Fault> {
        let ids = R::DATASET.id_columns();
        if self.fields.len() < ids {
            return Err(Fault::of(self.fields.len() as u32 + 1, ErrorCode::TooFew));
        }
        self.check_ids(ids, line)?;
        let label = self.label(ids, line)?;
        let first = ids + usize::from(self.layout.has_label);
        let last = first + label.properties.len();
        check_surplus(&self.fields, last + usize::from(self.layout.sort_key), label.id)?;
        // Where edges have sort keys, the column behind the properties is one more of the table.
        let last = last + usize::from(self.layout.sort_key && self.layout.schema.sort_key().is_some());
        let properties = self.fields.get(first..last.min(self.fields.len())).unwrap_or_default();
        let table = self.rows.table(label.id, self.layout.schema);
        let [scratch, _] = &mut self.scratch;
        fill(table, properties, line, scratch, self.layout).map_err(|(i, code)| Fault {
            column: (first + i) as u32 + 1,
            code,
            label: label.id,
        })?;
        let [scratch_a, scratch_b] = &mut self.scratch;
        let mut ends = self.fields.iter();
        let a = ends.next().map_or("", |f| line.of(f, scratch_a));
        let b = ends.next().map_or("", |f| line.of(f, scratch_b));
        self.rows.push(a, b, label.id, self.resolve);
        Ok(())
    }

    fn check_ids(&mut self, ids: usize, line: LineText<'_>) -> Result<(), Fault> {
        let [scratch, _] = &mut self.scratch;
        for (i, field) in self.fields.iter().take(ids).enumerate() {
            let raw = field.end - field.start;
            // Text without its doubled quotes is only shorter, so most ids need no copy here.
            if raw == 0
                || (raw > self.layout.id_bytes_max
                    && line.of(field, scratch).len() > self.layout.id_bytes_max)
            {
                return Err(Fault::of(i as u32 + 1, ErrorCode::Id));
            }
        }
        Ok(())
    }

    fn label(&mut self, column: usize, line: LineText<'_>) -> Result<&'a Label, Fault> {
        let fault = Fault::of(column as u32 + 1, ErrorCode::Label);
        let schema = self.layout.schema;
        let field = self.fields.get(column).filter(|f| self.layout.has_label && f.start < f.end);
        let Some(field) = field else {
            return schema.label(self.layout.default_label).map(AsRef::as_ref).ok_or(fault);
        };
        let [scratch, _] = &mut self.scratch;
        let name = line.of(field, scratch);
        if let Some(label) = self.last_label.filter(|l| *l.name == *name) {
            return Ok(label);
        }
        let label = schema.get(name).filter(|l| self.layout.dataset.takes(l)).ok_or(fault)?;
        self.last_label = Some(label);
        Ok(label)
    }
}

/// The text of a line, from which fields are cut.
#[derive(Clone, Copy)]
struct LineText<'a> {
    text: &'a str,
    /// Where the line starts in its block.
    base: usize,
    quote: Option<Mark>,
}

impl<'a> LineText<'a> {
    #[inline]
    fn of<'b>(&self, field: &Field, scratch: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        field.text(self.text, self.base, self.quote, scratch)
    }
}

/// Refuses columns beyond the `most`-th, except a single empty one.
fn check_surplus(fields: &[Field], most: usize, label: LabelId) -> Result<(), Fault> {
    match fields.get(most..).unwrap_or_default() {
        [] => Ok(()),
        [one] if one.is_unset() => Ok(()),
        _ => Err(Fault { column: most as u32 + 1, code: ErrorCode::TooMany, label }),
    }
}

/// Adds a row to every column of a table; on an error, which names the field, to none.
fn fill(
    table: &mut Table,
    fields: &[Field],
    line: LineText<'_>,
    scratch: &mut String,
    layout: &Layout<'_>,
) -> Result<(), (usize, ErrorCode)> {
    let mut failed = None;
    for (i, column) in table.columns.iter_mut().enumerate() {
        match fields.get(i).filter(|f| !f.is_unset()) {
            None => column.push_unset(),
            Some(field) => {
                let text = line.of(field, scratch);
                // Only tables of edges that have sort keys end in such a column.
                if table.properties.get(i) == Some(&SORT_KEY)
                    && layout.schema.sort_key().is_some_and(|t| t.value(text).is_none())
                {
                    failed = Some((i, ErrorCode::SortKey));
                    break;
                }
                if let Err(e) = column.push_text(text, layout.list_escape) {
                    failed = Some((i, code_of(e)));
                    break;
                }
            }
        }
    }
    let Some(failed) = failed else {
        table.rows += 1;
        return Ok(());
    };
    for column in table.columns.iter_mut().take(failed.0) {
        column.truncate(table.rows);
    }
    Err(failed)
}

pub(super) fn code_of(error: ValueError) -> ErrorCode {
    match error {
        ValueError::NotOfType => ErrorCode::Value,
        ValueError::UnknownName => ErrorCode::EnumName,
        ValueError::TooLong => ErrorCode::TooLong,
    }
}

impl Fault {
    fn of(column: u32, code: ErrorCode) -> Fault {
        Fault { column, code, label: LabelId::DEFAULT }
    }
}

#[derive(Default)]
pub(crate) struct VertexRows(VertexChunk);

impl Rows for VertexRows {
    type Chunk = VertexChunk;
    const DATASET: Dataset = Dataset::Vertex;

    #[inline]
    fn table(&mut self, label: LabelId, schema: &Schema) -> &mut Table {
        self.0.tables.of(label, schema)
    }

    #[inline]
    fn push(&mut self, id: &str, _: &str, label: LabelId, _: &Resolve<'_>) {
        self.0.ids.push(id);
        self.0.labels.push(label);
    }

    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    fn into_chunk(self) -> VertexChunk {
        self.0
    }
}

#[derive(Default)]
pub(crate) struct EdgeRows(EdgeChunk);

impl EdgeRows {
    #[inline]
    fn end(&mut self, id: &str, resolve: &Resolve<'_>) -> u32 {
        if let Some(vertex) = resolve(id) {
            return vertex.0;
        }
        self.0.pending.push(id);
        EdgeChunk::PENDING
    }
}

impl Rows for EdgeRows {
    type Chunk = EdgeChunk;
    const DATASET: Dataset = Dataset::Edge;

    #[inline]
    fn table(&mut self, label: LabelId, schema: &Schema) -> &mut Table {
        self.0.tables.of_edges(label, schema)
    }

    #[inline]
    fn push(&mut self, source: &str, target: &str, label: LabelId, resolve: &Resolve<'_>) {
        let source = self.end(source, resolve);
        let target = self.end(target, resolve);
        self.0.sources.push(source);
        self.0.targets.push(target);
        self.0.labels.push(label);
    }

    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    fn into_chunk(self) -> EdgeChunk {
        self.0
    }
}
