//! A file of JSON Lines or Parquet of any bytes, after a byte that chooses how it is read: every record is imported
//! or reported, or the file is refused, and the job's account is empty afterwards.

use super::small_graph::small_schema;
use gesso_core::{JobContext, VertexIx};
use gesso_graph::{EdgeChunk, VertexChunk};
use gesso_io::{CsvOptions, ImportLog, SinkOf, read_edges, read_vertices};
use gesso_store::objects::{Format, InputFile};
use std::io::Write;

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((how, content)) = bytes.split_first() else { return };
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(content).expect("bytes");
    let files = [InputFile::local(file.path().to_owned())];
    let format = if how & 2 == 0 { Format::JsonLines } else { Format::Parquet };
    let mut options = CsvOptions { format, ..CsvOptions::default() };
    if how & 4 != 0 {
        options.default_label = Some("a".into());
    }
    let (ctx, schema, mut log) = (JobContext::detached(1, 64 << 20), small_schema(), ImportLog::new(None));
    let mut rows = 0;
    let reports = if how & 1 == 0 {
        let add = |chunk: VertexChunk| {
            rows += chunk.ids.len();
            Ok(())
        };
        let mut sink = SinkOf { find: |_: &str| None, add };
        read_vertices(&ctx, &schema, &files, &options, &mut log, &mut sink)
    } else {
        let add = |chunk: EdgeChunk| {
            rows += chunk.sources.len();
            Ok(())
        };
        let mut sink = SinkOf { find: |id: &str| id.starts_with('a').then_some(VertexIx(7)), add };
        read_edges(&ctx, &schema, &files, &options, &mut log, &mut sink)
    };
    assert_eq!(ctx.account().used(), 0);
    for report in reports.into_iter().flatten() {
        assert_eq!(report.successful_lines + report.failed_lines, report.total_lines);
        assert!(rows as u64 >= report.successful_lines);
    }
}
