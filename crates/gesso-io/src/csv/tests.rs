//! The checklist of spec 10 for files read whole, and the round trip for every place a block can end.

use super::blocks::Sizes;
use super::read::{ReadError, SinkOf, read};
use super::rows::{EdgeRows, VertexRows};
use super::*;
use crate::{ImportLog, parse_schema};
use gesso_core::{JobContext, Stop, Value, VertexIx};
use gesso_graph::{EdgeChunk, Schema, VertexChunk};
use gesso_store::objects::InputFile;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const SCHEMA: &str = r#"<PMML><labels>
  <label name="person" type="vertex"><properties>
    <property name="age" dataType="int"/>
    <property name="size" dataType="enum" typeNameCount="3" typeName1="S" typeName2="M" typeName3="L"/>
    <property name="zip" dataType="char array" maxDataSize="12"/>
    <property name="tags" cardinality="set" dataType="string"/>
  </properties></label>
  <label name="note" type="vertex"><properties>
    <property name="text" dataType="string"/>
    <property name="list" cardinality="list" dataType="string"/>
    <property name="big" dataType="long"/>
    <property name="flag" dataType="bool"/>
    <property name="day" dataType="date"/>
  </properties></label>
  <label name="knows" type="edge"/>
  <label name="since" type="edge"><properties><property name="at" dataType="long"/></properties></label>
</labels></PMML>"#;

fn schema() -> Schema {
    Schema::default().merged(&parse_schema(SCHEMA.as_bytes()).unwrap().labels).unwrap()
}

/// A row as a test compares it: its ids, its label, and its values in column order.
type Row = (Vec<String>, String, Vec<Option<Value>>);

struct Got {
    rows: Vec<Row>,
    report: FileReport,
    log: ImportLog,
}

impl Got {
    /// Line, column and code of each rejected line.
    fn errors(&self) -> Vec<(u64, u32, &'static str)> {
        self.report.first_errors.iter().map(|e| (e.line, e.column, e.code.text())).collect()
    }
}

fn tables_in_row_order(
    ctx: &JobContext,
    schema: &Schema,
    labels: &[gesso_core::LabelId],
    tables: gesso_graph::Tables,
) -> Vec<(String, Vec<Option<Value>>)> {
    let mut columns = std::collections::HashMap::new();
    for (label, table) in tables.into_vec() {
        let finished: Vec<_> = table.columns.into_iter().map(|c| c.finish(None, ctx).unwrap()).collect();
        assert!(finished.iter().all(|c| c.len() == table.rows), "columns are as long as their table");
        columns.insert(label, (0, finished));
    }
    let row = |label: &gesso_core::LabelId| {
        let (next, finished) = columns.get_mut(label).unwrap();
        *next += 1;
        let values = finished.iter().map(|c| c.get(*next - 1)).collect();
        (schema.label(*label).unwrap().name.to_string(), values)
    };
    labels.iter().map(row).collect()
}

fn vertices_of(files: &[InputFile], options: &CsvOptions, sizes: Sizes) -> Result<Got, ReadError> {
    let (ctx, schema) = (JobContext::detached(2, 1 << 30), schema());
    let (mut log, mut rows) = (ImportLog::new(None), Vec::new());
    let add = |chunk: VertexChunk| {
        let ids: Vec<_> = chunk.ids.iter().map(str::to_owned).collect();
        let values = tables_in_row_order(&ctx, &schema, &chunk.labels, chunk.tables);
        rows.extend(ids.into_iter().zip(values).map(|(id, (label, values))| (vec![id], label, values)));
        Ok(())
    };
    let mut reports = read::<VertexRows>(
        &ctx,
        &schema,
        files,
        options,
        sizes,
        &mut log,
        &mut SinkOf { find: |_: &str| None, add },
    )?;
    assert_eq!(ctx.account().used(), 0);
    Ok(Got { rows, report: reports.remove(0), log })
}

fn edges_of(files: &[InputFile], options: &CsvOptions, sizes: Sizes) -> Result<Got, ReadError> {
    let (ctx, schema) = (JobContext::detached(2, 1 << 30), schema());
    let (mut log, mut rows) = (ImportLog::new(None), Vec::new());
    // The vertex `ana` is known; all others are pending.
    let resolve = |id: &str| (id == "ana").then_some(VertexIx(7));
    let add = |chunk: EdgeChunk| {
        let mut pending = chunk.pending.iter();
        let mut id = |end: u32| match end {
            EdgeChunk::PENDING => pending.next().unwrap().to_owned(),
            known => format!("#{known}"),
        };
        let ends: Vec<_> =
            chunk.sources.iter().zip(&chunk.targets).map(|(s, t)| vec![id(*s), id(*t)]).collect();
        let values = tables_in_row_order(&ctx, &schema, &chunk.labels, chunk.tables);
        rows.extend(ends.into_iter().zip(values).map(|(ends, (label, values))| (ends, label, values)));
        Ok(())
    };
    let mut reports =
        read::<EdgeRows>(&ctx, &schema, files, options, sizes, &mut log, &mut SinkOf { find: resolve, add })?;
    assert_eq!(ctx.account().used(), 0);
    Ok(Got { rows, report: reports.remove(0), log })
}

fn file_of(dir: &Path, bytes: &[u8]) -> Vec<InputFile> {
    let path = dir.join("in.csv");
    std::fs::write(&path, bytes).unwrap();
    vec![InputFile::local(path)]
}

fn vertices(bytes: impl AsRef<[u8]>) -> Got {
    let dir = tempfile::tempdir().unwrap();
    vertices_of(&file_of(dir.path(), bytes.as_ref()), &CsvOptions::default(), Sizes::default()).unwrap()
}

fn edges(bytes: impl AsRef<[u8]>, options: &CsvOptions) -> Got {
    let dir = tempfile::tempdir().unwrap();
    edges_of(&file_of(dir.path(), bytes.as_ref()), options, Sizes::default()).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "a cell is a value or none; tests compare cells")]
fn text(t: &str) -> Option<Value> {
    Some(Value::Text(t.into()))
}

/// The one value of a property of a one-line file, or the code of its error.
fn one(line: &str, property: usize) -> Result<Option<Value>, &'static str> {
    let got = vertices(line);
    match got.errors().first() {
        Some((_, _, code)) => Err(code),
        None => Ok(got.rows[0].2[property].clone()),
    }
}

#[test]
fn df10_01_the_fixture_reads_as_described() {
    let got = vertices("ana,person,31,M,10115,a;b\nbo,person");
    let tags = Some(Value::Many([Value::Text("a".into()), Value::Text("b".into())].into()));
    let ana = vec![Some(Value::Int(31)), Some(Value::Enum(2)), text("10115"), tags];
    assert_eq!(got.rows[0], (vec!["ana".into()], "person".into(), ana));
    assert_eq!(got.rows[1], (vec!["bo".into()], "person".into(), vec![None; 4]));
    let got = edges("ana,bo,knows\nana,bo,knows", &CsvOptions::default());
    assert_eq!(got.rows, vec![(vec!["#7".into(), "bo".into()], "knows".into(), vec![]); 2]);
}

#[test]
fn df10_14_crlf_and_byte_order_mark_change_nothing() {
    let plain = vertices("ana,person,31\n\nbo,person,,L\n");
    assert_eq!(plain.report.total_lines, 2);
    for other in ["ana,person,31\r\n\r\nbo,person,,L\r\n", "\u{feff}ana,person,31\n\nbo,person,,L"] {
        assert_eq!(vertices(other).rows, plain.rows);
    }
}

#[test]
fn df10_15_quoted_fields() {
    assert_eq!(one("a,note,\"a,b\"", 0), Ok(text("a,b")));
    assert_eq!(one("a,note,\"he said \"\"hi\"\"\"", 0), Ok(text("he said \"hi\"")));
}

#[test]
fn df10_16_a_quoted_line_break_counts_as_a_line() {
    let got = vertices("a,note,\"x\ny\"\nb,nope\n");
    assert_eq!(got.rows[0].2[0], text("x\ny"));
    assert_eq!(got.errors(), [(3, 2, "E06")]);
    assert_eq!((got.report.total_lines, got.report.failed_lines), (2, 1));
}

#[test]
fn df10_18_text_after_a_closing_quote() {
    let got = vertices("a,note,\"x\"y\nb,note\n");
    assert_eq!((got.errors(), got.rows.len()), (vec![(1, 3, "E02")], 1));
}

#[test]
fn df10_19_an_unterminated_quote_rejects_the_rest_as_one_line() {
    let got = vertices("a,note\nb,note,\"x\nc,note\nd,note\n");
    assert_eq!((got.errors(), got.rows.len()), (vec![(2, 3, "E02")], 1));
    assert!(got.log.first_errors()[0].message.contains("line 2"), "{}", got.log.first_errors()[0]);
}

#[test]
fn df10_20_spaces_belong_to_labels_but_not_to_numbers() {
    let got = vertices(" ana , person \n");
    assert_eq!(got.errors(), [(1, 2, "E06")]);
    assert_eq!(one("a,person, 31 ", 0), Ok(Some(Value::Int(31))));
}

#[test]
fn df10_21_numbers_out_of_range() {
    assert_eq!(one("a,person,31.5", 0), Err("E07"));
    assert_eq!(one("a,person,2147483648", 0), Err("E07"));
    assert_eq!(one("a,note,,,9223372036854775807", 2), Ok(Some(Value::Long(i64::MAX))));
}

#[test]
fn df10_22_booleans() {
    for (given, expected) in [("1", true), ("TRUE", true), ("false", false)] {
        assert_eq!(one(&format!("a,note,,,,{given}"), 3), Ok(Some(Value::Bool(expected))));
    }
    assert_eq!(one("a,note,,,,yes", 3), Err("E07"));
}

#[test]
fn df10_23_dates() {
    for given in ["2024-02-29", "9999-12-31 24:00:00"] {
        assert!(matches!(one(&format!("a,note,,,,,{given}"), 4), Ok(Some(Value::Date(_)))), "{given}");
    }
    for given in ["2023-02-29", "2024-2-9"] {
        assert_eq!(one(&format!("a,note,,,,,{given}"), 4), Err("E07"), "{given}");
    }
}

#[test]
fn df10_24_unknown_enum_name() {
    assert_eq!(one("a,person,,XL", 1), Err("E08"));
}

#[test]
fn df10_25_text_too_long() {
    assert_eq!(one("a,person,,,123456789012", 2), Ok(text("123456789012")));
    assert_eq!(one("a,person,,,1234567890123", 2), Err("E09"));
}

#[test]
fn df10_26_lists_sets_and_single_texts() {
    let count = |value: Option<Value>| match value {
        Some(Value::Many(values)) => values.len(),
        _ => 0,
    };
    assert_eq!(one("a,person,,,,a;a;b", 3).map(count), Ok(2));
    assert_eq!(one("a,note,,a;a;b", 1).map(count), Ok(3));
    assert_eq!(one("a,note,a;a;b", 0), Ok(text("a;a;b")));
}

#[test]
fn df10_27_unset_is_not_the_empty_text() {
    assert_eq!(one("a,note,", 0), Ok(None));
    assert_eq!(one("a,note,\"\"", 0), Ok(text("")));
}

#[test]
fn df10_28_surplus_columns() {
    let got = vertices("a,person,1,S,x,y,z\nb,person,1,S,x,y,\nc,person,1,S,x,y,,\n");
    assert_eq!(got.errors(), [(1, 7, "E04"), (3, 7, "E04")]);
    assert_eq!(got.rows.len(), 1);
}

#[test]
fn df10_29_ids() {
    let got = vertices(format!(",person,1\n{}\n{}\n", "x".repeat(65_537), "y".repeat(65_536)));
    assert_eq!((got.errors(), got.rows.len()), (vec![(1, 1, "E05"), (2, 1, "E05")], 1));
    let got = edges("ana\nana,\n\"\",bo\n", &CsvOptions::default());
    assert_eq!(got.errors(), [(1, 2, "E03"), (2, 2, "E05"), (3, 1, "E05")]);
}

#[test]
fn a_refused_field_takes_the_whole_row_back() {
    let got =
        vertices("a,person,1,S,x,y\nb,person,2,M,y,w;w\nc,person,2,M,1234567890123,z\nd,person,3,L,z,v\n");
    assert_eq!(got.errors(), [(3, 5, "E09")]);
    let ages: Vec<_> = got.rows.iter().map(|r| r.2[0].clone()).collect();
    assert_eq!(ages, [1, 2, 3].map(|n| Some(Value::Int(n))));
}

#[test]
fn labels_must_be_of_the_right_kind() {
    let got = vertices("a,knows\nb\nc,\n");
    assert_eq!(got.errors(), [(1, 2, "E06")]);
    assert!(got.rows.iter().all(|r| r.1 == "__DEFAULT__") && got.rows.len() == 2);
    assert_eq!(edges("a,b,person\n", &CsvOptions::default()).errors(), [(1, 3, "E06")]);
}

#[test]
fn df10_32_the_default_label_fills_in() {
    let options = CsvOptions { default_label: Some("knows".into()), ..CsvOptions::default() };
    let got = edges("ana,bo\nana,bo,\n", &options);
    assert!(got.rows.iter().all(|r| r.1 == "knows") && got.rows.len() == 2);
    assert_eq!(got.report.label_column, LabelColumn::Present);
}

#[test]
fn df10_33_files_without_labels_need_a_default_label() {
    let refused = |options: CsvOptions| match edges_of(&[], &options, Sizes::default()) {
        Err(ReadError::Options(e)) => e,
        _ => panic!("accepted"),
    };
    let options = CsvOptions { has_label: Some(false), ..CsvOptions::default() };
    assert_eq!(refused(options.clone()), OptionsError::NoDefaultLabel);
    let named = |name: &str| CsvOptions { default_label: Some(name.into()), ..options.clone() };
    assert_eq!(refused(named("x")), OptionsError::UnknownDefaultLabel("x".into()));
    assert!(matches!(refused(named("person")), OptionsError::DefaultLabelKind { .. }));
    let got = edges("a,b,1262304000000\n", &named("since"));
    assert_eq!(got.rows[0].2, [Some(Value::Long(1_262_304_000_000))]);
}

#[test]
fn the_first_line_may_show_that_there_is_no_label_column() {
    let options = CsvOptions { default_label: Some("since".into()), ..CsvOptions::default() };
    let got = edges("\na,b,5\nc,d,6\n", &options);
    assert_eq!((got.report.label_column, got.rows.len()), (LabelColumn::FoundAbsent, 2));
    assert_eq!(got.rows[1].2, [Some(Value::Long(6))]);
    assert_eq!(edges("a,b,5\n", &CsvOptions::default()).errors(), [(1, 3, "E06")]);
}

#[test]
fn a_sort_key_column_is_read_and_dropped() {
    let options = CsvOptions { sort_key_column: true, ..CsvOptions::default() };
    let got = edges("a,b,since,5,k\na,b,since,6\na,b,knows,k\na,b,since,5,k,x\n", &options);
    assert_eq!((got.rows.len(), got.errors()), (3, vec![(4, 6, "E04")]));
}

#[test]
fn invalid_utf8_rejects_its_line_alone() {
    let got = vertices(b"a,note,x\nb,note,\xff\nc,note,z\n");
    assert_eq!((got.errors(), got.rows.len()), (vec![(2, 0, "E01")], 2));
}

#[test]
fn lines_beyond_the_limit_are_rejected_wherever_blocks_end() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("b,note,\"{}\"\n", "\"\"x\n,".repeat(20));
    let files = file_of(dir.path(), format!("a,note\n{long}c,note\nd,nope\n").as_bytes());
    for block in 1..70 {
        for piece in [1, 3, 16, 1000] {
            let sizes = Sizes { block, piece, line_max: 30 };
            let got = vertices_of(&files, &CsvOptions::default(), sizes).unwrap();
            assert_eq!(got.errors(), [(2, 0, "E11"), (24, 2, "E06")], "{sizes:?}");
            assert_eq!((got.rows.len(), got.report.total_lines), (2, 4), "{sizes:?}");
        }
    }
    let files = file_of(dir.path(), format!("a,note\nb,note,\"{}", "x\n".repeat(40)).as_bytes());
    let sizes = Sizes { block: 8, piece: 4, line_max: 30 };
    let got = vertices_of(&files, &CsvOptions::default(), sizes).unwrap();
    assert_eq!(got.errors(), [(2, 0, "E02")]);
}

#[test]
fn df10_59_compressed_files_are_read_like_plain_ones() {
    use std::io::Write as _;
    let lines: Vec<String> = (0..5000).map(|i| format!("v{i},person,{i}\n")).collect();
    let plain = format!("\u{feff}{}", lines.concat());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let (first, second) = plain.split_at(plain.len() / 2);
    gzip.write_all(first.as_bytes()).unwrap();
    let mut members = gzip.finish().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(&mut members, flate2::Compression::fast());
    gzip.write_all(second.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let zstd = zstd::encode_all(plain.as_bytes(), 1).unwrap();
    let expected = vertices(&plain);
    for packed in [&members, &zstd] {
        let got = vertices(packed);
        assert_eq!((got.rows, got.report.total_lines), (expected.rows.clone(), 5000));
        // A file that was cut off is no shorter file.
        let dir = tempfile::tempdir().unwrap();
        let files = file_of(dir.path(), &packed[..packed.len() - 5]);
        let cut = vertices_of(&files, &CsvOptions::default(), Sizes::default());
        assert!(matches!(cut, Err(ReadError::Io { .. })));
    }
}

#[test]
fn missing_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let refused =
        vertices_of(&[InputFile::local(dir.path().join("no.csv"))], &CsvOptions::default(), Sizes::default());
    assert!(matches!(refused, Err(ReadError::Io { .. })));
}

#[test]
fn chunks_of_several_files_come_in_order_and_reports_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (mut files, mut expected) = (Vec::new(), Vec::new());
    for f in 0..7 {
        let ids: Vec<_> = (0..f * 5).map(|i| format!("f{f}r{i}")).collect();
        let path = dir.path().join(format!("{f}.csv"));
        std::fs::write(&path, ids.join("\n") + "\n,bad\n").unwrap();
        files.push(InputFile::local(path));
        expected.extend(ids);
    }
    let (ctx, schema) = (JobContext::detached(2, 1 << 30), schema());
    let (mut log, mut ids) = (ImportLog::new(None), Vec::new());
    let add = |chunk: VertexChunk| {
        ids.extend(chunk.ids.iter().map(str::to_owned));
        Ok(())
    };
    let sizes = Sizes { block: 16, piece: 8, line_max: 1000 };
    let options = CsvOptions::default();
    let reports = read::<VertexRows>(
        &ctx,
        &schema,
        &files,
        &options,
        sizes,
        &mut log,
        &mut SinkOf { find: |_: &str| None, add },
    )
    .unwrap();
    assert_eq!(ids, expected);
    let lines: Vec<_> = reports.iter().map(|r| r.first_errors[0].line).collect();
    assert_eq!(lines, [2, 6, 11, 16, 21, 26, 31]);
    let totals: Vec<_> =
        reports.iter().map(|r| (r.total_lines, r.successful_lines, r.failed_lines)).collect();
    assert_eq!(totals[3], (16, 15, 1));
    assert_eq!(log.first_errors().len(), 7);
}

#[test]
fn df10_41_a_stopped_read_ends_as_stopped_and_holds_no_memory() {
    let dir = tempfile::tempdir().unwrap();
    let files = file_of(dir.path(), "a,note,x\nb,nope\n".repeat(200).as_bytes());
    let sizes = Sizes { block: 64, piece: 16, line_max: 1000 };
    let (mut stopped, options) = (0, CsvOptions::default());
    for count in (1..40).chain([100, 500, 1000, 1_000_000]) {
        let ctx = JobContext::detached(2, 1 << 30).stop_at_checkpoint(count);
        let mut log = ImportLog::new(None);
        let mut sink = SinkOf { find: |_: &str| None, add: |_| Ok(()) };
        let out = read::<VertexRows>(&ctx, &schema(), &files, &options, sizes, &mut log, &mut sink);
        stopped += usize::from(matches!(out, Err(ReadError::Stopped(Stop::Cancelled))));
        assert_eq!(ctx.account().used(), 0, "stopped at checkpoint {count}");
    }
    assert!(stopped >= 40);
}

#[test]
fn df10_60_air_routes_read_without_a_rejected_line() {
    let shared = std::env::var_os("GESSO_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let data = shared.join("data/air-routes");
    let Ok(xml) = std::fs::read(data.join("schema.xml")) else {
        println!("skipped: no air-routes data in {}", data.display());
        return;
    };
    let schema = Schema::default().merged(&parse_schema(&xml).unwrap().labels).unwrap();
    let (ctx, options, mut log) =
        (JobContext::detached(2, 1 << 30), CsvOptions::default(), ImportLog::new(None));
    let mut rows = 0;
    let files = crate::inputs::list_inputs(&data.join("vertices")).unwrap();
    let add = |c: VertexChunk| {
        rows += c.labels.len();
        Ok(())
    };
    let mut sink = SinkOf { find: |_: &str| None, add };
    read_vertices(&ctx, &schema, &files, &options, &mut log, &mut sink).unwrap();
    let files = crate::inputs::list_inputs(&data.join("edges")).unwrap();
    let add = |c: EdgeChunk| {
        rows += c.labels.len();
        Ok(())
    };
    let mut sink = SinkOf { find: |_: &str| None, add };
    read_edges(&ctx, &schema, &files, &options, &mut log, &mut sink).unwrap();
    assert_eq!((rows, log.first_errors().len()), (61_393, 0));
}

/// Texts that are hard to quote.
fn hard_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(vec![
            "\"", ",", "\n", "\r", "\r\n", " ", "字", "é", "a", "\u{feff}", "|", "'", ";",
        ]),
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What the writer wrote is what the reader reads, wherever blocks and pieces end.
    #[test]
    fn df10_52_written_rows_read_back_equal(
        rows in proptest::collection::vec((hard_text(), proptest::option::of(hard_text())), 1..12),
        marks in proptest::sample::select(vec![(',', '"'), ('|', '\''), ('，', '“'), ('\t', '字')]),
        line_end in proptest::sample::select(vec!["\n", "\r\n"]),
    ) {
        let options = CsvOptions { delimiter: marks.0, quote: Some(marks.1), ..CsvOptions::default() };
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (i, (id, value)) in rows.iter().enumerate() {
            let mut writer = CsvWriter::new(&options);
            let id = format!("{id}{i}");
            writer.field(&id);
            writer.field("note");
            match value {
                Some(value) => writer.field(value),
                None => writer.unset(),
            }
            bytes.extend_from_slice(writer.as_bytes());
            bytes.extend_from_slice(line_end.as_bytes());
            let mut values = vec![None; 5];
            values[0] = value.as_deref().and_then(text);
            expected.push((vec![id], "note".to_owned(), values));
        }
        let dir = tempfile::tempdir().unwrap();
        let files = file_of(dir.path(), &bytes);
        for (block, piece) in [(1, 1), (2, 1), (3, 2), (5, 3), (7, 7), (16, 5), (64, 64), (1 << 20, 1 << 20)] {
            let sizes = Sizes { block, piece, line_max: 1 << 20 };
            let got = vertices_of(&files, &options, sizes).unwrap();
            prop_assert_eq!(got.errors(), vec![]);
            prop_assert_eq!(&got.rows, &expected, "block {}, piece {}", block, piece);
        }
    }

    /// Anything at all reads the same in one block and in many, without a panic.
    #[test]
    fn any_bytes_read_the_same_wherever_blocks_end(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![&b"\""[..], b",", b"\n", b"\r", b"a", b"note", b"\xff", b"\xe5", b"\xe5\xad\x97"]),
            0..60,
        ),
    ) {
        let bytes = parts.concat();
        let dir = tempfile::tempdir().unwrap();
        let files = file_of(dir.path(), &bytes);
        let whole = Sizes { block: 1 << 20, piece: 1 << 20, line_max: 1 << 20 };
        let whole = vertices_of(&files, &CsvOptions::default(), whole).unwrap();
        for (block, piece) in [(1, 1), (2, 2), (4, 1), (9, 4)] {
            let sizes = Sizes { block, piece, line_max: 1 << 20 };
            let cut = vertices_of(&files, &CsvOptions::default(), sizes).unwrap();
            prop_assert_eq!(&cut.rows, &whole.rows);
            prop_assert_eq!(&cut.report.first_errors, &whole.report.first_errors);
            prop_assert_eq!(cut.report.codes, whole.report.codes);
        }
    }
}
