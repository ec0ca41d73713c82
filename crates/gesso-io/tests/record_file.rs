//! JSON Lines and Parquet as input: spec 10, section 10.

use gesso_core::{JobContext, VertexIx};
use gesso_graph::{EdgeChunk, Schema, VertexChunk};
use gesso_io::csv::ErrorCode;
use gesso_io::{
    CsvOptions, FileReport, ImportLog, ReadError, SinkOf, parse_schema, read_edges, read_vertices,
};
use gesso_store::objects::{Format, InputFile};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

const SCHEMA: &str = r#"<PMML><labels>
  <label name="person" type="vertex"><properties>
    <property name="age" dataType="int"/>
    <property name="size" dataType="enum" typeNameCount="2" typeName1="S" typeName2="M"/>
    <property name="zip" dataType="char array" maxDataSize="4"/>
    <property name="tags" cardinality="list" dataType="string"/>
    <property name="born" dataType="date"/>
    <property name="score" dataType="double"/>
    <property name="is_open" dataType="bool"/>
  </properties></label>
  <label name="likes" type="edge"><properties><property name="stars" dataType="long"/></properties></label>
</labels></PMML>"#;

fn schema() -> Schema {
    Schema::default().merged(&parse_schema(SCHEMA.as_bytes()).unwrap().labels).unwrap()
}

struct Got {
    ids: Vec<String>,
    rows: usize,
    report: FileReport,
}

impl Got {
    fn errors(&self) -> Vec<(u64, u32, ErrorCode)> {
        self.report.first_errors.iter().map(|e| (e.line, e.column, e.code)).collect()
    }
}

fn options(format: Format) -> CsvOptions {
    CsvOptions { format, ..CsvOptions::default() }
}

fn vertices(name: &str, bytes: &[u8], options: &CsvOptions) -> Result<Got, ReadError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let (ctx, schema, mut log) = (JobContext::detached(2, 1 << 30), schema(), ImportLog::new(None));
    let (mut ids, mut rows) = (Vec::new(), 0);
    let add = |chunk: VertexChunk| {
        ids.extend(chunk.ids.iter().map(str::to_owned));
        rows += chunk.labels.len();
        Ok(())
    };
    let mut sink = SinkOf { find: |_: &str| None, add };
    let files = [InputFile::local(path)];
    let reports = read_vertices(&ctx, &schema, &files, options, &mut log, &mut sink);
    assert_eq!(ctx.account().used(), 0);
    Ok(Got { ids, rows, report: reports?.remove(0) })
}

#[test]
fn a_json_object_a_line_is_a_vertex() {
    let text = concat!(
        r#"{"id":"ana","label":"person","age":31,"tags":["a;b","\\c"],"born":"2024-02-29","score":0.5,"is_open":true}"#,
        "\r\n\n",
        r#"{"id":7,"age":null}"#,
        "\n",
        r#"{"id":"cy","label":"person","properties":{"age":[3],"tags":[]},"labels":["person"]}"#,
    );
    let got = vertices("v.jsonl", text.as_bytes(), &options(Format::JsonLines)).unwrap();
    assert_eq!(
        (got.ids, got.rows, got.report.total_lines),
        (vec!["ana".into(), "7".into(), "cy".into()], 3, 3)
    );
    let packed = zstd::encode_all(text.as_bytes(), 0).unwrap();
    assert_eq!(vertices("v.jsonl.zst", &packed, &options(Format::JsonLines)).unwrap().rows, 3);
}

#[test]
fn wrong_json_lines_have_the_codes_of_delimited_text() {
    let lines: [(&[u8], u32, ErrorCode); 14] = [
        (b"{\"id\":\"\xff\"}", 0, ErrorCode::Utf8),
        (b"{\"id\":", 0, ErrorCode::Quoting),
        (b"[1]", 0, ErrorCode::Quoting),
        (b"{\"label\":\"person\"}", 1, ErrorCode::TooFew),
        (b"{\"id\":\"\"}", 1, ErrorCode::Id),
        (b"{\"id\":[1]}", 1, ErrorCode::Id),
        (b"{\"id\":\"a\",\"label\":\"robot\"}", 2, ErrorCode::Label),
        (b"{\"id\":\"a\",\"label\":\"likes\"}", 2, ErrorCode::Label),
        (b"{\"id\":\"a\",\"label\":\"person\",\"age\":31.5}", 3, ErrorCode::Value),
        (b"{\"id\":\"a\",\"label\":\"person\",\"age\":[1,2]}", 3, ErrorCode::Value),
        (b"{\"id\":\"a\",\"label\":\"person\",\"age\":{}}", 3, ErrorCode::Value),
        (b"{\"id\":\"a\",\"label\":\"person\",\"size\":\"XL\"}", 4, ErrorCode::EnumName),
        (b"{\"id\":\"a\",\"label\":\"person\",\"age\":1,\"zip\":\"12345\"}", 5, ErrorCode::TooLong),
        (b"{\"id\":\"a\",\"label\":\"person\",\"colour\":1}", 0, ErrorCode::TooMany),
    ];
    let mut text = lines.iter().map(|l| l.0).collect::<Vec<_>>().join(&b'\n');
    text.extend_from_slice(b"\n{\"id\":\"good\",\"label\":\"person\",\"age\":1}\n");
    let got = vertices("v.jsonl", &text, &options(Format::JsonLines)).unwrap();
    let expected: Vec<_> = lines.iter().enumerate().map(|(i, l)| (i as u64 + 1, l.1, l.2)).collect();
    assert_eq!(got.errors(), expected);
    assert_eq!((got.ids, got.report.failed_lines), (vec!["good".to_owned()], 14));
    assert!(got.report.first_errors[8].message.contains("[31.5]"), "{:?}", got.report.first_errors[8]);
}

/// Persons in row groups of `group`, with lists, dates and missing values.
fn persons(count: usize, group: usize) -> Vec<u8> {
    let message = "message schema {
        required binary id (STRING); optional binary label (STRING); optional int32 age;
        optional group tags (LIST) { repeated group list { optional binary element (STRING); } }
        optional int32 born (DATE); optional double score; required boolean is_open;
        optional int64 at (TIMESTAMP(MICROS,true)); }";
    let schema = Arc::new(parse_message_type(message).unwrap());
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::builder().build())).unwrap();
    for start in (0..count).step_by(group) {
        let rows: Vec<usize> = (start..(start + group).min(count)).collect();
        let mut group = writer.next_row_group().unwrap();
        let text = |f: &dyn Fn(usize) -> String| {
            rows.iter().map(|i| ByteArray::from(f(*i).as_str())).collect::<Vec<_>>()
        };
        let all = vec![1i16; rows.len()];
        let mut column = |write: &dyn Fn(&mut parquet::file::writer::SerializedColumnWriter<'_>)| {
            let mut column = group.next_column().unwrap().unwrap();
            write(&mut column);
            column.close().unwrap();
        };
        column(&|c| {
            _ = c.typed::<ByteArrayType>().write_batch(&text(&|i| format!("p{i}")), None, None).unwrap();
        });
        column(&|c| {
            _ = c
                .typed::<ByteArrayType>()
                .write_batch(&text(&|_| "person".into()), Some(&all), None)
                .unwrap();
        });
        // Every third age is missing.
        let ages: Vec<i32> = rows.iter().filter(|i| *i % 3 != 0).map(|i| *i as i32).collect();
        let levels: Vec<i16> = rows.iter().map(|i| i16::from(i % 3 != 0)).collect();
        column(&|c| _ = c.typed::<Int32Type>().write_batch(&ages, Some(&levels), None).unwrap());
        // No list, an empty one, two elements.
        let (mut tags, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
        for i in &rows {
            match i % 3 {
                2 => {
                    tags.extend([ByteArray::from("x;y"), ByteArray::from("z")]);
                    levels.extend([3, 3]);
                    repeats.extend([0, 1]);
                }
                empty => {
                    levels.push(empty as i16);
                    repeats.push(0);
                }
            }
        }
        column(&|c| {
            _ = c.typed::<ByteArrayType>().write_batch(&tags, Some(&levels), Some(&repeats)).unwrap();
        });
        let days: Vec<i32> = rows.iter().map(|i| *i as i32).collect();
        column(&|c| _ = c.typed::<Int32Type>().write_batch(&days, Some(&all), None).unwrap());
        let scores: Vec<f64> = rows.iter().map(|i| *i as f64 / 3.0).collect();
        column(&|c| _ = c.typed::<DoubleType>().write_batch(&scores, Some(&all), None).unwrap());
        let open: Vec<bool> = rows.iter().map(|i| i % 2 == 0).collect();
        column(&|c| _ = c.typed::<BoolType>().write_batch(&open, None, None).unwrap());
        let none = vec![0i16; rows.len()];
        column(&|c| _ = c.typed::<Int64Type>().write_batch(&[], Some(&none), None).unwrap());
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn rows_of_parquet_files_are_vertices_whatever_their_row_groups() {
    for (count, group) in [(0, 10), (1, 10), (50_000, 50_000), (50_000, 7_000)] {
        let got = vertices("v.parquet", &persons(count, group), &options(Format::Parquet)).unwrap();
        assert_eq!((got.rows, got.errors()), (count, vec![]), "{count} in groups of {group}");
        assert_eq!(got.ids, (0..count).map(|i| format!("p{i}")).collect::<Vec<_>>());
    }
    let missing = CsvOptions {
        has_label: Some(false),
        default_label: Some("likes".into()),
        ..options(Format::Parquet)
    };
    assert!(matches!(vertices("v.parquet", &persons(1, 1), &missing), Err(ReadError::Options(_))));
}

#[test]
fn rejected_rows_of_parquet_files_have_numbers_and_codes() {
    let schema = Arc::new(
        parse_message_type("message s { optional binary id; optional int64 age; optional int64 other; }")
            .unwrap(),
    );
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let ids = ["a", "", "c", "d", "e"].map(ByteArray::from);
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&[&ids[..], &[ByteArray::from(vec![0xff])]].concat(), Some(&[1, 1, 1, 1, 1, 1, 0]), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[1, 2, i64::MAX], Some(&[1, 1, 0, 1, 0, 0, 0]), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[1], Some(&[0, 0, 0, 0, 1, 0, 0]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let as_person = CsvOptions { default_label: Some("person".into()), ..options(Format::Parquet) };
    let got = vertices("v.parquet", &bytes, &as_person).unwrap();
    let expected = [
        (2, 1, ErrorCode::Id),
        (4, 3, ErrorCode::Value),
        (5, 0, ErrorCode::TooMany),
        (6, 1, ErrorCode::Utf8),
        (7, 1, ErrorCode::TooFew),
    ];
    assert_eq!(got.errors(), expected);
    assert_eq!(got.ids, ["a", "c"]);
}

#[test]
fn edges_find_their_ends_or_leave_them_pending() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("e.jsonl");
    std::fs::write(&path, "{\"source\":\"a\",\"target\":\"b\",\"label\":\"likes\",\"stars\":9007199254740993,\"index\":\"0\"}\n{\"source\":\"a\"}\n").unwrap();
    let (ctx, schema, mut log) = (JobContext::detached(1, 1 << 30), schema(), ImportLog::new(None));
    let mut chunks = Vec::new();
    let add = |chunk: EdgeChunk| {
        chunks.push((
            chunk.sources.clone(),
            chunk.targets.clone(),
            chunk.pending.iter().map(str::to_owned).collect::<Vec<_>>(),
        ));
        Ok(())
    };
    let mut sink = SinkOf { find: |id: &str| (id == "a").then_some(VertexIx(3)), add };
    let files = [InputFile::local(path)];
    let reports =
        read_edges(&ctx, &schema, &files, &options(Format::JsonLines), &mut log, &mut sink).unwrap();
    assert_eq!(chunks, [(vec![3], vec![EdgeChunk::PENDING], vec!["b".to_owned()])]);
    assert_eq!((reports[0].first_errors[0].column, reports[0].failed_lines), (2, 1));
}

/// Whatever is wrong with a file, it is an error or a rejected row; never a panic, never memory that stays.
#[test]
fn damaged_parquet_files_are_errors() {
    let whole = persons(3000, 1000);
    let read = |bytes: &[u8]| vertices("v.parquet", bytes, &options(Format::Parquet));
    for len in (0..whole.len()).step_by(whole.len() / 60) {
        assert!(matches!(read(&whole[..len]), Err(ReadError::Io { .. })), "the first {len} bytes");
    }
    std::panic::set_hook(Box::new(|_| ()));
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for _ in 0..600 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Half of the changes are in the metadata, which is at the end.
            let at = (state >> 33) as usize % bytes.len();
            let at = if state & 1 == 0 { at } else { bytes.len() - 1 - at % 1200 };
            bytes[at] ^= 1 << (state >> 20 & 7);
        }
        match read(&bytes) {
            Ok(got) => assert!(got.rows <= 3000),
            Err(ReadError::Io { path, .. }) => assert!(path.ends_with("v.parquet")),
            Err(ReadError::Stopped(gesso_core::Stop::Memory)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    _ = std::panic::take_hook();
}
