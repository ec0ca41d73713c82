//! Parquet files that state more than they hold: each fails its job, and takes no more memory than its job has.

use gesso_core::{JobContext, Stop};
use gesso_graph::{Schema, VertexChunk};
use gesso_io::{CsvOptions, ImportLog, ReadError, SinkOf, read_vertices};
use gesso_store::objects::{Format, InputFile};
use std::io::Write as _;

/// Numbers of the format.
const BYTE_ARRAY: i64 = 6;
const REQUIRED: i64 = 0;
const REPEATED: i64 = 2;
const PLAIN_CODEC: i64 = 0;
const SNAPPY: i64 = 1;
const GZIP: i64 = 2;
const LZ4: i64 = 5;
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const DELTA_LENGTHS: i64 = 6;
const DELTA_TEXTS: i64 = 7;

/// Bytes of Thrift's compact protocol.
#[derive(Default)]
struct Thrift(Vec<u8>);

impl Thrift {
    fn number(mut self, mut n: u64) -> Thrift {
        while n > 127 {
            self.0.push(n as u8 & 127 | 128);
            n >>= 7;
        }
        self.0.push(n as u8);
        self
    }

    /// A field `after` numbers behind the one before.
    fn int(mut self, after: u8, type_of: u8, n: i64) -> Thrift {
        self.0.push(after << 4 | type_of);
        self.number((n << 1 ^ n >> 63).cast_unsigned())
    }

    fn text(mut self, after: u8, text: &str) -> Thrift {
        self.0.push(after << 4 | 0x8);
        let mut out = self.number(text.len() as u64);
        out.0.extend_from_slice(text.as_bytes());
        out
    }

    fn list(mut self, after: u8, type_of: u8, items: &[Vec<u8>]) -> Thrift {
        self.0.extend([after << 4 | 0x9, (items.len() as u8) << 4 | type_of]);
        self.0.extend(items.concat());
        self
    }

    fn inside(mut self, after: u8, inner: Thrift) -> Thrift {
        self.0.push(after << 4 | 0xc);
        self.0.extend(inner.end());
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }
}

const I32: u8 = 5;
const I64: u8 = 6;

/// A file of one column `id` with these pages.
fn file(repetition: i64, codec: i64, pages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"PAR1".to_vec();
    out.extend(pages.concat());
    let size = out.len() as i64 - 4;
    let root = Thrift::default().text(4, "s").int(1, I32, 1).end();
    let leaf =
        Thrift::default().int(1, I32, BYTE_ARRAY).int(2, I32, repetition).text(1, "id").int(2, I32, 0).end();
    let mut path = vec![2];
    path.extend_from_slice(b"id");
    let column = Thrift::default()
        .int(1, I32, BYTE_ARRAY)
        .list(1, I32, &[vec![0]])
        .list(1, 8, &[path])
        .int(1, I32, codec)
        .int(1, I64, 1)
        .int(1, I64, size)
        .int(1, I64, size)
        .int(2, I64, 4);
    let chunk = Thrift::default().int(2, I64, 4).inside(1, column).end();
    let group = Thrift::default().list(1, 12, &[chunk]).int(1, I64, size).int(1, I64, 1).end();
    let footer = Thrift::default()
        .int(1, I32, 1)
        .list(1, 12, &[root, leaf])
        .int(1, I64, 1)
        .list(1, 12, &[group])
        .end();
    out.extend(&footer);
    out.extend((footer.len() as u32).to_le_bytes());
    out.extend(b"PAR1");
    out
}

fn page(kind: i64, states: i64, content: &[u8], header: (u8, Thrift)) -> Vec<u8> {
    let (after, header) = header;
    let start = Thrift::default().int(1, I32, kind).int(1, I32, states).int(1, I32, content.len() as i64);
    let mut out = start.inside(after, header).end();
    out.extend_from_slice(content);
    out
}

/// A page that states `plain` bytes and `values` values.
fn data_page(plain: i64, values: i64, encoding: i64, content: &[u8]) -> Vec<u8> {
    let header =
        Thrift::default().int(1, I32, values).int(1, I32, encoding).int(1, I32, RLE).int(1, I32, RLE);
    page(0, plain, content, (2, header))
}

fn dictionary(values: i64, content: &[u8]) -> Vec<u8> {
    let header = Thrift::default().int(1, I32, values).int(1, I32, PLAIN);
    page(2, content.len() as i64, content, (4, header))
}

/// Deltas of a number of lengths of no bits each.
fn lengths(count: u64) -> Vec<u8> {
    Thrift::default().number(1 << 30).number(1).number(count).number(0).number(0).number(0).0
}

fn read(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v.parquet");
    std::fs::write(&path, bytes).unwrap();
    let ctx = JobContext::detached(1, 64 << 20);
    let mut ids = Vec::new();
    let add = |chunk: VertexChunk| {
        ids.extend(chunk.ids.iter().map(str::to_owned));
        Ok(())
    };
    let mut sink = SinkOf { find: |_: &str| None, add };
    let options = CsvOptions { format: Format::Parquet, ..CsvOptions::default() };
    let (schema, mut log) = (Schema::default(), ImportLog::new(None));
    let done = read_vertices(&ctx, &schema, &[InputFile::local(path)], &options, &mut log, &mut sink);
    assert_eq!(ctx.account().used(), 0);
    done.map(|_| ids)
}

fn check_damaged(bytes: &[u8], reason: &str) {
    match read(bytes) {
        Err(ReadError::Io { source, .. }) => assert!(source.to_string().contains(reason), "{source}"),
        other => panic!("{other:?}, expected {reason}"),
    }
}

fn check_refused(bytes: &[u8]) {
    let done = read(bytes);
    assert!(matches!(done, Err(ReadError::Stopped(Stop::Memory))), "{done:?}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// One text as pages have it.
const ANA: &[u8] = b"\x03\0\0\0ana";

#[test]
fn honest_pages_are_read() {
    let honest = data_page(7, 1, PLAIN, ANA);
    assert_eq!(read(&file(REQUIRED, PLAIN_CODEC, &[honest])).unwrap(), ["ana"]);
    assert_eq!(read(&file(REQUIRED, GZIP, &[data_page(7, 1, PLAIN, &gzip(ANA))])).unwrap(), ["ana"]);
    let text = [Thrift::default().number(128).number(1).number(1).number(6).0, b"ana".to_vec()].concat();
    assert_eq!(
        read(&file(REQUIRED, PLAIN_CODEC, &[data_page(9, 1, DELTA_LENGTHS, &text)])).unwrap(),
        ["ana"]
    );
}

#[test]
fn pages_that_state_gigabytes_are_refused_before_they_are_unpacked() {
    check_refused(&file(REQUIRED, SNAPPY, &[data_page(i64::from(i32::MAX), 1, PLAIN, ANA)]));
    // A frame of lz4 may hold whatever it holds.
    let frame = [0x184D_2204u32.to_le_bytes().as_slice(), &vec![0; 400_000]].concat();
    check_refused(&file(REQUIRED, LZ4, &[data_page(7, 1, PLAIN, &frame)]));
}

#[test]
fn gzip_that_is_larger_than_its_page_is_damage() {
    let bomb = gzip(&vec![0; 200 << 20]);
    check_damaged(&file(REQUIRED, GZIP, &[data_page(7, 1, PLAIN, &bomb)]), "larger than it states");
}

#[test]
fn dictionaries_have_no_more_values_than_bytes() {
    check_damaged(
        &file(REQUIRED, PLAIN_CODEC, &[dictionary(i64::from(i32::MAX), ANA)]),
        "more values than bytes",
    );
}

#[test]
fn texts_have_no_more_lengths_than_values() {
    for (encoding, content) in [
        (DELTA_LENGTHS, lengths(1 << 40)),
        (DELTA_TEXTS, lengths(1 << 40)),
        (DELTA_TEXTS, [lengths(1), lengths(1 << 40)].concat()),
    ] {
        let size = content.len() as i64;
        let page = data_page(size, 1, encoding, &content);
        check_damaged(&file(REQUIRED, PLAIN_CODEC, &[page]), "more lengths of texts than values");
    }
    // As many as there are values, of which there are too many.
    let content = lengths(1 << 30);
    let page = data_page(content.len() as i64, 1 << 30, DELTA_LENGTHS, &content);
    check_refused(&file(REQUIRED, PLAIN_CODEC, &[page]));
}

#[test]
fn lists_of_a_billion_elements_are_refused() {
    // A run of as many equal levels takes a few bytes.
    let run = Thrift::default().number(1 << 31).0;
    let levels = [(run.len() as u32 + 1).to_le_bytes().to_vec(), run, vec![1]].concat();
    let content = [levels.clone(), levels, ANA.to_vec()].concat();
    let page = data_page(content.len() as i64, 1 << 30, PLAIN, &content);
    check_refused(&file(REPEATED, PLAIN_CODEC, &[page]));
}

#[test]
fn headers_that_lead_nowhere_are_damage() {
    let mut whole = data_page(7, 1, PLAIN, ANA);
    whole.truncate(8);
    check_damaged(&file(REQUIRED, PLAIN_CODEC, &[whole]), "page header");
    let mut long = data_page(7, 1, PLAIN, ANA);
    long.truncate(long.len() - 1);
    check_damaged(&file(REQUIRED, PLAIN_CODEC, &[long]), "larger than what is left");
}
