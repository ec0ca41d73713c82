//! A JSON object a line.

use super::cell::Cell;
use super::named::Named;
use super::rows::{Record, RecordFault, RecordRows};
use crate::csv::{ErrorCode, Fault, Layout, LineError, Parsed, Reject, Resolve, Rows};
use gesso_core::{JobContext, LabelId, Stop, Tick};
use serde_json::{Map, Value};

/// A line's object. Results of queries have properties in a member of that name; both forms are read.
pub(super) struct JsonRecord<'a> {
    own: &'a Map<String, Value>,
    properties: Option<&'a Map<String, Value>>,
}

impl<'a> JsonRecord<'a> {
    pub fn of(own: &'a Map<String, Value>) -> JsonRecord<'a> {
        JsonRecord { own, properties: own.get(PROPERTIES).and_then(Value::as_object) }
    }
}

/// The member that may hold the properties.
pub(super) const PROPERTIES: &str = "properties";

impl Record for JsonRecord<'_> {
    fn get(&self, name: &str) -> Cell<'_> {
        let nested = || self.properties.and_then(|p| p.get(name));
        self.own.get(name).or_else(nested).map_or(Cell::Missing, cell)
    }

    fn unknown(&self, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        let own = self.own.iter().filter(|(name, _)| self.properties.is_none() || *name != PROPERTIES);
        let mut all = own.chain(self.properties.into_iter().flatten());
        all.find(|(name, value)| !value.is_null() && !is_known(name)).map(|(name, _)| name.clone())
    }
}

/// A JSON value as a cell.
pub(super) fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Missing,
        Value::Bool(v) => Cell::Bool(*v),
        Value::Number(n) => match n.as_i64() {
            Some(v) => Cell::Long(v),
            // Beyond 64 signed bits only the text is exact.
            None if n.is_u64() => Cell::Text(n.to_string().into()),
            None => n.as_f64().map_or(Cell::Other("a number out of range"), Cell::Real),
        },
        Value::String(text) => Cell::Text(text.as_str().into()),
        Value::Array(values) => Cell::List(values.iter().map(cell).collect()),
        Value::Object(_) => Cell::Other("an object"),
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
    let mut rows = RecordRows::<R>::new(layout, resolve);
    let (mut at, mut breaks, mut good, mut rejects) = (0, 0u64, 0, Vec::new());
    while at < block.len() {
        let end = memchr::memchr(b'\n', block.get(at..).unwrap_or_default()).map_or(block.len(), |i| at + i);
        let next = (end + 1).min(block.len());
        tick.spend((next - at) as u64 * 4)?;
        let line = block.get(at..end).unwrap_or_default().trim_ascii();
        if !line.is_empty() {
            match parse_line(layout, &mut rows, line) {
                Ok(()) => good += 1,
                Err(RecordFault { column, code, .. }) => rejects.push(Reject {
                    line: breaks as u32,
                    start: at as u32,
                    next: next as u32,
                    fault: Fault { column, code, label: LabelId::DEFAULT },
                }),
            }
        }
        breaks += u64::from(end < block.len());
        at = next;
    }
    let size_bytes = rows.rows.heap_bytes() + rejects.capacity() * size_of::<Reject>();
    let held = ctx.reserve(size_bytes as u64)?;
    Ok(Parsed { chunk: rows.rows.into_chunk(), good, rejects, breaks, held })
}

fn parse_line<R: Rows>(
    layout: &Layout<'_>,
    rows: &mut RecordRows<'_, R>,
    line: &[u8],
) -> Result<(), RecordFault> {
    rows.add(&JsonRecord::of(&object_of(layout, line)?))
}

/// The object that a line is.
fn object_of(layout: &Layout<'_>, line: &[u8]) -> Result<Map<String, Value>, RecordFault> {
    let fault = |code, message| RecordFault { column: 0, code, message };
    if line.len() > layout.line_max {
        let message = format!("line is too long, expected at most {} bytes", layout.line_max);
        return Err(fault(ErrorCode::LineSize, message));
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Err(fault(ErrorCode::Utf8, "line is not UTF-8, expected UTF-8".to_owned()));
    };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(own)) => Ok(own),
        Ok(_) => Err(fault(ErrorCode::Quoting, "line is not a JSON object, expected one".to_owned())),
        Err(e) => Err(fault(ErrorCode::Quoting, format!("line is not JSON: {e}"))),
    }
}

/// Hands the record that a line is to `take`, or says why it is none.
pub(crate) fn read_line<T>(
    layout: &Layout<'_>,
    line: &[u8],
    take: impl FnOnce(Named<'_>) -> T,
) -> Result<T, RecordFault> {
    let own = object_of(layout, line)?;
    Ok(take(Named::of(&JsonRecord::of(&own))))
}

/// The words for a rejected line of a block whose first physical line is `first_line`.
pub(crate) fn explain<R: Rows>(
    layout: &Layout<'_>,
    block: &[u8],
    first_line: u64,
    reject: &Reject,
) -> LineError {
    let line = block.get(reject.start as usize..reject.next as usize).unwrap_or_default().trim_ascii();
    let mut rows = RecordRows::<R>::new(layout, &|_| None);
    let message = parse_line(layout, &mut rows, line).err().map_or_else(String::new, |fault| fault.message);
    let Fault { column, code, .. } = reject.fault;
    LineError { line: first_line + u64::from(reject.line), column, code, message }
}
