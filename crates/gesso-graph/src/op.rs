//! The operations that change a graph, as they stand in its log.
//!
//! A commit is one log record: a version byte, then operations one after another. Numbers are LEB128,
//! texts and lists are preceded by their length. Operations name vertices by number: numbers are given in
//! order, so a replay gives the same ones.
//!
//! ```text
//! record  = 0x02 time:varint op*                               time is in milliseconds since 1970
//! op      = 1 vertex:varint new-id:text labels properties      put the whole row of a vertex
//!         | 2 vertex:varint                                    delete a vertex
//!         | 3 source target label index properties             put the whole row of an edge
//!         | 4 source target label index                        delete an edge
//!         | 5 schema:json                                      replace the schema
//! ```

use crate::schema::Schema;
use crate::schema_json;
use gesso_core::date::Date;
use gesso_core::{LabelId, PropId, Value, VertexIx};
use std::sync::Arc;

const VERSION: u8 = 2;

/// One change. Applied in order, all of a commit or none.
#[derive(Clone, Debug)]
pub enum Op {
    /// Sets the whole row of a vertex; makes the vertex if its number is the next one.
    PutVertex {
        /// Its number.
        vertex: VertexIx,
        /// Its id if it is new, else empty.
        id: Box<str>,
        /// Its labels, first label first; at least one.
        labels: Vec<LabelId>,
        /// Its properties by label.
        properties: Vec<(LabelId, PropId, Value)>,
    },
    /// Deletes a vertex that has no edges.
    DeleteVertex {
        /// Its number.
        vertex: VertexIx,
    },
    /// Sets the whole row of an edge; makes the edge if it does not exist.
    PutEdge {
        /// Which edge.
        edge: EdgeName,
        /// Its properties.
        properties: Vec<(PropId, Value)>,
    },
    /// Deletes an edge.
    DeleteEdge {
        /// Which edge.
        edge: EdgeName,
    },
    /// Replaces the schema.
    SetSchema(Arc<Schema>),
    /// Changes nothing: says which job made the commit, so that a restart knows what became of it.
    ByJob(Box<str>),
}

/// What identifies an edge within a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EdgeName {
    /// Where it starts.
    pub source: VertexIx,
    /// Where it ends.
    pub target: VertexIx,
    /// Its label.
    pub label: LabelId,
    /// Its number at its source.
    pub index: u32,
}

/// A log record that can not be read: damage that its checksum did not show, or a newer version.
#[derive(Debug, thiserror::Error)]
#[error("log record can not be read at byte {at}: {what}")]
pub struct OpError {
    at: usize,
    what: &'static str,
}

/// Writes a commit that is made at a time.
pub fn encode(time_ms: u64, ops: &[Op]) -> Vec<u8> {
    let mut out = Writer(vec![VERSION]);
    out.number(time_ms);
    for op in ops {
        match op {
            Op::PutVertex { vertex, id, labels, properties } => {
                out.byte(1);
                out.number(u64::from(vertex.0));
                out.text(id);
                out.number(labels.len() as u64);
                for label in labels {
                    out.number(u64::from(label.0));
                }
                out.number(properties.len() as u64);
                for (label, property, value) in properties {
                    out.number(u64::from(label.0));
                    out.number(u64::from(property.0));
                    out.value(value);
                }
            }
            Op::DeleteVertex { vertex } => {
                out.byte(2);
                out.number(u64::from(vertex.0));
            }
            Op::PutEdge { edge, properties } => {
                out.byte(3);
                out.edge(edge);
                out.number(properties.len() as u64);
                for (property, value) in properties {
                    out.number(u64::from(property.0));
                    out.value(value);
                }
            }
            Op::DeleteEdge { edge } => {
                out.byte(4);
                out.edge(edge);
            }
            Op::SetSchema(schema) => {
                out.byte(5);
                out.text(&schema_json::to_text(schema));
            }
            Op::ByJob(id) => {
                out.byte(6);
                out.text(id);
            }
        }
    }
    out.0
}

/// What is decoded of a log record.
#[derive(Clone, Debug)]
pub struct Commit {
    /// When it was made. Milliseconds since 1970; never less than that of the commit before it.
    pub time_ms: u64,
    /// What it changes.
    pub ops: Vec<Op>,
}

/// Reads a commit.
pub fn decode(record: &[u8]) -> Result<Commit, OpError> {
    let mut r = Reader { bytes: record, at: 0 };
    let time_ms = read_time(&mut r)?;
    let mut ops = Vec::new();
    while r.at < record.len() {
        ops.push(match r.byte()? {
            1 => Op::PutVertex {
                vertex: VertexIx(r.small()?),
                id: r.text()?.into(),
                labels: r.list(|r| Ok(LabelId(r.small()?)))?,
                properties: r.list(|r| Ok((LabelId(r.small()?), PropId(r.small()?), r.value()?)))?,
            },
            2 => Op::DeleteVertex { vertex: VertexIx(r.small()?) },
            3 => {
                let edge = r.edge()?;
                Op::PutEdge { edge, properties: r.list(|r| Ok((PropId(r.small()?), r.value()?)))? }
            }
            4 => Op::DeleteEdge { edge: r.edge()? },
            5 => {
                let text = r.text()?;
                let schema = schema_json::of_text(text).map_err(|_| r.error("schema"))?;
                Op::SetSchema(Arc::new(schema))
            }
            6 => Op::ByJob(r.text()?.into()),
            _ => return Err(r.error("unknown operation")),
        });
    }
    Ok(Commit { time_ms, ops })
}

/// When a commit was made, without reading what it changes.
pub fn time_ms(record: &[u8]) -> Result<u64, OpError> {
    read_time(&mut Reader { bytes: record, at: 0 })
}

fn read_time(r: &mut Reader<'_>) -> Result<u64, OpError> {
    if r.byte()? != VERSION {
        return Err(r.error("unknown record version"));
    }
    r.number()
}

struct Writer(Vec<u8>);

impl Writer {
    fn byte(&mut self, b: u8) {
        self.0.push(b);
    }

    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn edge(&mut self, e: &EdgeName) {
        self.number(u64::from(e.source.0));
        self.number(u64::from(e.target.0));
        self.number(u64::from(e.label.0));
        self.number(u64::from(e.index));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(v) => self.0.extend([1, u8::from(*v)]),
            Value::Int(v) => self.fixed(2, &v.to_le_bytes()),
            Value::Long(v) => self.fixed(3, &v.to_le_bytes()),
            Value::Float(v) => self.fixed(4, &v.to_le_bytes()),
            Value::Double(v) => self.fixed(5, &v.to_le_bytes()),
            Value::Date(v) => self.fixed(6, &v.bits().to_le_bytes()),
            Value::Enum(v) => self.fixed(7, &v.to_le_bytes()),
            Value::Text(v) => {
                self.byte(8);
                self.text(v);
            }
            Value::Many(vs) => {
                self.byte(9);
                self.number(vs.len() as u64);
                vs.iter().for_each(|v| self.value(v));
            }
        }
    }

    fn fixed(&mut self, tag: u8, bytes: &[u8]) {
        self.byte(tag);
        self.0.extend_from_slice(bytes);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, what: &'static str) -> OpError {
        OpError { at: self.at, what }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], OpError> {
        let end = self.at.checked_add(len).filter(|e| *e <= self.bytes.len());
        let end = end.ok_or_else(|| self.error("record ends too early"))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OpError> {
        let part = self.take(N)?;
        part.try_into().map_err(|_| self.error("record ends too early"))
    }

    fn byte(&mut self) -> Result<u8, OpError> {
        Ok(self.array::<1>()?[0])
    }

    fn number(&mut self) -> Result<u64, OpError> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            n |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Ok(n);
            }
        }
        Err(self.error("number too long"))
    }

    fn small<T: TryFrom<u64>>(&mut self) -> Result<T, OpError> {
        let n = self.number()?;
        T::try_from(n).map_err(|_| self.error("number too large"))
    }

    fn text(&mut self) -> Result<&'a str, OpError> {
        let len = self.small()?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.error("text is not UTF-8"))
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, OpError>) -> Result<Vec<T>, OpError> {
        let len: usize = self.small()?;
        // Every item takes at least a byte, so a length beyond the record is damage, not a reason to allocate.
        if len > self.bytes.len() - self.at {
            return Err(self.error("list longer than its record"));
        }
        (0..len).map(|_| item(self)).collect()
    }

    fn edge(&mut self) -> Result<EdgeName, OpError> {
        Ok(EdgeName {
            source: VertexIx(self.small()?),
            target: VertexIx(self.small()?),
            label: LabelId(self.small()?),
            index: self.small()?,
        })
    }

    fn value(&mut self) -> Result<Value, OpError> {
        self.value_within(1)
    }

    /// Lists do not nest, which bounds the recursion.
    fn value_within(&mut self, lists: u8) -> Result<Value, OpError> {
        Ok(match self.byte()? {
            1 => Value::Bool(self.byte()? != 0),
            2 => Value::Int(i32::from_le_bytes(self.array()?)),
            3 => Value::Long(i64::from_le_bytes(self.array()?)),
            4 => Value::Float(f32::from_le_bytes(self.array()?)),
            5 => Value::Double(f64::from_le_bytes(self.array()?)),
            6 => Value::Date(Date::from_bits(i64::from_le_bytes(self.array()?))),
            7 => Value::Enum(u16::from_le_bytes(self.array()?)),
            8 => Value::Text(self.text()?.into()),
            9 if lists > 0 => Value::Many(self.list(|r| r.value_within(lists - 1))?.into()),
            _ => return Err(self.error("unknown value")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_reads_back_and_every_cut_of_it_is_refused_or_shorter() {
        let edge = EdgeName { source: VertexIx(300), target: VertexIx(1), label: LabelId(2), index: 70_000 };
        let many = Value::Many(Box::new([Value::Int(-1), Value::Text("é;".into())]));
        let ops = [
            Op::PutVertex {
                vertex: VertexIx(7),
                id: "a,b".into(),
                labels: vec![LabelId(1)],
                properties: vec![(LabelId(1), PropId(0), many)],
            },
            Op::PutEdge { edge, properties: vec![(PropId(1), Value::Double(0.5))] },
            Op::DeleteEdge { edge },
            Op::DeleteVertex { vertex: VertexIx(7) },
            Op::SetSchema(Arc::default()),
            Op::ByJob("j-1".into()),
        ];
        let bytes = encode(1_700_000_000_000, &ops);
        let commit = decode(&bytes).unwrap();
        assert_eq!((commit.time_ms, time_ms(&bytes).unwrap()), (1_700_000_000_000, 1_700_000_000_000));
        assert_eq!(format!("{:?}", commit.ops), format!("{ops:?}"));
        for cut in 0..bytes.len() {
            if let Ok(fewer) = decode(&bytes[..cut]) {
                assert!(fewer.ops.len() < ops.len());
            }
        }
    }
}
