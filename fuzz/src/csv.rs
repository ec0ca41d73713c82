//! A CSV file of any bytes, after a byte that chooses how it is read: every line is imported or reported.

use super::small_graph::small_schema;
use gesso_core::{JobContext, Stop, VertexIx};
use gesso_graph::{EdgeChunk, VertexChunk};
use gesso_io::{CsvOptions, ImportLog, Sink, read_edges, read_vertices};
use gesso_store::objects::InputFile;
use std::io::Write;

struct Count(usize);

impl Sink<VertexChunk> for Count {
    fn find(&self, _: &str) -> Option<VertexIx> {
        None
    }

    fn add(&mut self, chunk: VertexChunk) -> Result<(), Stop> {
        assert_eq!(chunk.ids.len(), chunk.labels.len());
        self.0 += chunk.ids.len();
        Ok(())
    }
}

impl Sink<EdgeChunk> for Count {
    fn find(&self, id: &str) -> Option<VertexIx> {
        id.starts_with('a').then_some(VertexIx(7))
    }

    fn add(&mut self, chunk: EdgeChunk) -> Result<(), Stop> {
        assert_eq!(chunk.sources.len(), chunk.labels.len());
        self.0 += chunk.sources.len();
        Ok(())
    }
}

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((how, text)) = bytes.split_first() else { return };
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text).expect("bytes");
    let files = [InputFile::local(file.path().to_owned())];
    let quotes = [None, Some(""), Some("\"")];
    let Ok(mut options) = CsvOptions::parse(None, quotes[usize::from(how >> 3) % 3]) else { return };
    options.list_escape = how & 2 != 0;
    if how & 4 != 0 {
        (options.has_label, options.default_label) = (Some(false), Some("a".into()));
    }
    let (ctx, schema) = (JobContext::detached(1, 1 << 30), small_schema());
    let (mut log, mut count) = (ImportLog::new(None), Count(0));
    let reports = if how & 1 == 0 {
        read_vertices(&ctx, &schema, &files, &options, &mut log, &mut count)
    } else {
        read_edges(&ctx, &schema, &files, &options, &mut log, &mut count)
    };
    for report in reports.into_iter().flatten() {
        assert_eq!(report.successful_lines + report.failed_lines, report.total_lines);
        assert!(count.0 as u64 >= report.successful_lines);
    }
}
