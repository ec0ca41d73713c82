//! A piece of an index: the tokens of some hundred thousand rows of one base, in one segment of the index
//! library. Pieces are built side by side, each by one thread, and never merged.
//!
//! The library keeps the dictionaries, the lists of documents with frequencies, and the lengths. It is asked
//! for exactly these; which documents are wanted, and in what order, is decided here and in `find`.

use super::analysis::Analysis;
use super::files::Files;
use super::rank::Weights;
use super::search::TokenTest;
use super::{Fault, Texts, tally};
use crate::base::Base;
use gesso_core::{JobContext, LabelId, Reservation, Slab, Tick};
use gesso_store::{Segment, SegmentWriter, StoreError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tantivy::directory::OwnedBytes;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, IndexSettings, InvertedIndexReader, SingleSegmentIndexWriter, TantivyDocument};

/// The name of the analysis in the library's schema.
const ANALYSIS: &str = "gesso";
/// Documents of a piece at most.
pub(super) const DOCUMENTS_MAX: usize = 1 << 18;
/// Bytes that a piece takes while it is built, from which on it is closed. It bounds the one step that can not
/// be stopped: sorting the terms of a piece.
pub(super) const BUILD_BYTES_MAX: usize = 24 << 20;
/// What the library is told to begin with. It takes more as it needs it.
pub(super) const FIRST_BYTES: usize = 4 << 20;
/// Documents between two looks at what the piece takes.
const LOOK_EVERY: usize = 256;

/// Documents that match, rising, with what they score.
pub(super) type Matches = Vec<(u32, f32)>;

/// The tokens of some rows.
pub(super) struct Piece {
    fields: Vec<FieldReader>,
    /// The vertex of each document, or the ordinal of the edge.
    pub rows: Slab<u32>,
    /// The label of the edges; none for vertices.
    pub label: Option<LabelId>,
    files: Files,
    held: Option<Reservation>,
}

/// One property's tokens in the documents.
pub(super) struct FieldReader {
    terms: Arc<InvertedIndexReader>,
    norms: Option<FieldNormReader>,
}

/// A piece under construction.
pub(super) struct PieceBuilder<'c> {
    ctx: &'c JobContext,
    label: Option<LabelId>,
    fields: usize,
    files: Files,
    writer: SingleSegmentIndexWriter,
    rows: Vec<u32>,
    held: Reservation,
}

impl<'c> PieceBuilder<'c> {
    pub fn new(ctx: &'c JobContext, fields: usize, label: Option<LabelId>) -> Result<Self, Fault> {
        let files = Files::of_job(ctx)?;
        let held = ctx.reserve(FIRST_BYTES as u64)?;
        // No second thread for a store that holds nothing.
        let settings =
            IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let builder = Index::builder().schema(schema(fields)).settings(settings);
        let builder = builder.tokenizers(analyses(Analysis::of_job(ctx.gate())));
        let writer = builder.single_segment_index_writer(files.clone(), FIRST_BYTES);
        let writer = writer.map_err(|e| Fault::of_build(ctx, &e))?;
        Ok(PieceBuilder { ctx, label, fields, files, writer, rows: Vec::new(), held })
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row.
    pub fn add(&mut self, row: u32, texts: &Texts, tick: &mut Tick<'_>) -> Result<(), Fault> {
        let mut document = TantivyDocument::new();
        let mut size_bytes = 0;
        for (field, text) in texts.iter() {
            document.add_text(Field::from_field_id(u32::from(field)), text);
            size_bytes += text.len();
        }
        tick.spend(size_bytes as u64 / 2 + 8)?;
        self.writer.add_document(document).map_err(|e| Fault::of_build(self.ctx, &e))?;
        if size_bytes > 1 << 16 {
            // The analysis ended early if the job was stopped meanwhile.
            self.ctx.checkpoint()?;
        }
        self.rows.push(row);
        if self.rows.len().is_multiple_of(LOOK_EVERY) || size_bytes > 1 << 16 {
            self.pay()?;
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.writer.mem_usage() + self.rows.capacity() * size_of::<u32>()
    }

    fn pay(&mut self) -> Result<(), Fault> {
        let more = (self.bytes() as u64).saturating_sub(self.held.size_bytes());
        Ok(self.ctx.grow(&mut self.held, more)?)
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= DOCUMENTS_MAX || self.held.size_bytes() >= BUILD_BYTES_MAX as u64
    }

    /// Writes the piece. The files are written in small parts, each of which looks at the gate.
    pub fn finish(mut self) -> Result<Piece, Fault> {
        self.pay()?;
        self.ctx.checkpoint()?;
        let rows = Slab::from(std::mem::take(&mut self.rows));
        self.writer.finalize().map_err(|e| Fault::of_build(self.ctx, &e))?;
        self.ctx.checkpoint()?;
        let files = self.files.released();
        let kept = files.size_bytes() + rows.size_bytes();
        drop(self.held);
        let held = self.ctx.reserve(kept as u64)?;
        let mut piece = Piece::open(files, rows, self.label, self.fields)?;
        piece.held = Some(held);
        Ok(piece)
    }
}

fn schema(fields: usize) -> Schema {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(ANALYSIS)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let mut schema = Schema::builder();
    for field in 0..fields {
        let options = TextOptions::default().set_indexing_options(indexing.clone());
        schema.add_text_field(&field.to_string(), options);
    }
    schema.build()
}

fn analyses(analysis: Analysis) -> TokenizerManager {
    let analyses = TokenizerManager::new();
    analyses.register(ANALYSIS, analysis);
    analyses
}

impl Piece {
    /// Opens the files of a piece.
    pub fn open(
        files: Files,
        rows: Slab<u32>,
        label: Option<LabelId>,
        fields: usize,
    ) -> Result<Piece, Fault> {
        let mut index = Index::open(files.clone())?;
        index.set_tokenizers(analyses(Analysis::default()));
        let segments = index.searchable_segments()?;
        let [segment] = segments.as_slice() else {
            return Err(Fault::Broken(format!("a piece has {} segments", segments.len())));
        };
        let reader = SegmentReader::open(segment)?;
        if reader.max_doc() as usize != rows.len() {
            let reason = format!("a piece has {} documents of {} rows", reader.max_doc(), rows.len());
            return Err(Fault::Broken(reason));
        }
        let fields = (0..fields as u32).map(Field::from_field_id).map(|field| {
            let norms = reader.fieldnorms_readers().get_field(field)?;
            Ok(FieldReader { terms: reader.inverted_index(field)?, norms })
        });
        let fields = fields.collect::<Result<_, Fault>>()?;
        Ok(Piece { fields, rows, label, files, held: None })
    }

    /// Writes the piece as arrays of a segment whose names begin with `name`.
    pub fn save(&self, ctx: &JobContext, w: &mut SegmentWriter, name: &str) -> Result<(), StoreError> {
        if let Some(label) = self.label {
            w.array(ctx, &format!("{name}.label"), &[label.0])?;
        }
        w.array(ctx, &format!("{name}.rows"), &self.rows)?;
        for (file, content) in self.files.all() {
            w.bytes(ctx, &format!("{name}/{}", file.display()), &content)?;
        }
        Ok(())
    }

    /// What [`Piece::save`] wrote. The files of the library are copied into memory, as it needs them there.
    pub fn load(
        ctx: &JobContext,
        segment: &Segment,
        name: &str,
        base: &Base,
        fields: usize,
    ) -> Result<Piece, Fault> {
        let label = format!("{name}.label");
        let label =
            if segment.contains(&label) { segment.array::<u16>(&label)?.first().copied() } else { None };
        let label = label.map(LabelId);
        let rows: Slab<u32> = segment.array(&format!("{name}.rows"))?;
        let bound = match label {
            Some(label) => base.edges(label).map_or(0, crate::base::Adjacency::len),
            None => base.vertex_bound() as usize,
        };
        for stretch in rows.chunks(1 << 14) {
            ctx.checkpoint()?;
            if stretch.iter().any(|row| *row as usize >= bound) {
                return Err(Fault::Broken(format!("piece {name} is of rows that there are none of")));
            }
        }
        let mut held = ctx.reserve(0)?;
        let mut files = BTreeMap::new();
        for array in segment.names() {
            let Some(file) = array.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let stored = segment.array::<u8>(array)?;
            ctx.grow(&mut held, stored.len() as u64)?;
            let mut content = Vec::with_capacity(stored.len());
            for part in stored.chunks(1 << 20) {
                ctx.checkpoint()?;
                content.extend_from_slice(part);
            }
            files.insert(PathBuf::from(file), OwnedBytes::new(content));
        }
        let mut piece = Piece::open(Files::of_stored(files), rows, label, fields)?;
        piece.held = Some(held);
        Ok(piece)
    }

    /// Ends the accounting of the job that built it.
    pub fn release(&mut self) {
        self.held = None;
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.files.size_bytes() + self.rows.size_bytes()
    }

    /// Number of tokens of a field in all documents.
    pub fn tokens(&self, field: u16) -> u64 {
        self.fields[usize::from(field)].terms.total_num_tokens()
    }

    /// Number of documents that have a token.
    pub fn documents_with(&self, field: u16, token: &str) -> Result<u64, Fault> {
        let found = self.fields[usize::from(field)].terms.terms().get(token)?;
        Ok(found.map_or(0, |term| term.doc_freq.into()))
    }

    /// Documents with one of some tokens, and the sum of what these score.
    pub fn with_any(
        &self,
        field: u16,
        tokens: &[Box<str>],
        weights: &Weights,
        tick: &mut Tick<'_>,
    ) -> Result<Matches, Fault> {
        let mut matches = Matches::new();
        self.each_with_any(field, tokens, weights, tick, |document, score| {
            matches.push((document, score));
            0.0
        })?;
        Ok(matches)
    }

    /// Visits what [`Piece::with_any`] gives. `visit` says what further documents must score to be visited.
    pub fn each_with_any(
        &self,
        field: u16,
        tokens: &[Box<str>],
        weights: &Weights,
        tick: &mut Tick<'_>,
        visit: impl FnMut(u32, f32) -> f32,
    ) -> Result<(), Fault> {
        tally::each_with_any(&self.fields[usize::from(field)], tokens, weights, tick, visit)
    }

    /// Documents with a token that a test takes. All score alike.
    pub fn with_passing(&self, field: u16, test: &TokenTest, tick: &mut Tick<'_>) -> Result<Matches, Fault> {
        let field = &self.fields[usize::from(field)];
        let mut hits = vec![0u64; self.rows.len().div_ceil(64)];
        let mut terms = field.terms.terms().search(test).into_stream()?;
        while terms.advance() {
            tick.spend(16)?;
            field.each_block(terms.value(), tick, |docs| {
                for doc in docs {
                    hits[*doc as usize / 64] |= 1 << (doc % 64);
                }
            })?;
        }
        let docs = 0..self.rows.len() as u32;
        Ok(docs.filter(|doc| hits[*doc as usize / 64] >> (doc % 64) & 1 == 1).map(|doc| (doc, 1.0)).collect())
    }
}

impl FieldReader {
    /// The documents that have a token, with how often; none if no document has it.
    pub(super) fn postings(&self, token: &str) -> Result<Option<BlockSegmentPostings>, Fault> {
        let found = self.terms.terms().get(token)?;
        Ok(found.map(|term| self.postings_of(&term, IndexRecordOption::WithFreqs)).transpose()?)
    }

    /// Lengths of the documents.
    pub(super) fn norms(&self) -> Option<&FieldNormReader> {
        self.norms.as_ref()
    }

    fn postings_of(&self, term: &TermInfo, with: IndexRecordOption) -> std::io::Result<BlockSegmentPostings> {
        self.terms.read_block_postings_from_terminfo(term, with)
    }

    /// Visits the documents that have a term, some 128 at a time.
    fn each_block(
        &self,
        term: &TermInfo,
        tick: &mut Tick<'_>,
        mut visit: impl FnMut(&[u32]),
    ) -> Result<(), Fault> {
        let mut postings = self.postings_of(term, IndexRecordOption::Basic)?;
        while !postings.docs().is_empty() {
            tick.spend(postings.block_len() as u64)?;
            visit(postings.docs());
            postings.advance();
        }
        Ok(())
    }
}

/// Makes one match of those of the same document. Scores are added in the order of their tokens.
pub(super) fn sum_up<D: Ord + Clone>(matches: &mut Vec<(D, f32)>) {
    matches.sort_by(|a, b| a.0.cmp(&b.0));
    matches.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            first.1 += later.1;
        }
        is_same
    });
}

/// Matches that are in both lists, with the sums of their scores.
pub(super) fn in_both<D: Ord + Clone>(a: &[(D, f32)], b: &[(D, f32)]) -> Vec<(D, f32)> {
    let mut rest = b.iter().peekable();
    let mut both = Vec::new();
    for (doc, score) in a {
        while rest.next_if(|other| other.0 < *doc).is_some() {}
        if let Some((_, other)) = rest.next_if(|other| other.0 == *doc) {
            both.push((doc.clone(), score + other));
        }
    }
    both
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Piece")
            .field("rows", &self.rows.len())
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
