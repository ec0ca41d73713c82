//! Edges from a file, so that another program can be measured on the same graph: two vertex numbers an edge,
//! 32 bits each, little-endian, one edge after another.

use std::io;
use std::path::Path;

/// Bytes of an edge.
const EDGE: usize = 8;

/// Edges by their ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Where each begins.
    pub sources: Vec<u32>,
    /// Where it leads.
    pub targets: Vec<u32>,
}

impl Edges {
    /// Reads a whole file. Fails when it ends inside an edge.
    pub fn read(path: &Path) -> io::Result<Edges> {
        Edges::parse(&std::fs::read(path)?)
    }

    fn parse(bytes: &[u8]) -> io::Result<Edges> {
        let (edges, rest) = bytes.as_chunks::<EDGE>();
        if !rest.is_empty() {
            let message = format!("expected {EDGE} bytes an edge, the last one has {}", rest.len());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(edges
            .iter()
            .map(|[a, b, c, d, e, f, g, h]| {
                (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
            })
            .collect())
    }

    /// One more than the highest number of a vertex.
    pub fn vertices(&self) -> u64 {
        self.sources.iter().chain(&self.targets).max().map_or(0, |v| u64::from(*v) + 1)
    }
}

impl FromIterator<(u32, u32)> for Edges {
    fn from_iter<I: IntoIterator<Item = (u32, u32)>>(pairs: I) -> Edges {
        let (sources, targets) = pairs.into_iter().unzip();
        Edges { sources, targets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_pairs_of_numbers() {
        let edges = Edges::parse(&[1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]).unwrap();
        assert_eq!(edges, Edges { sources: vec![1, 0], targets: vec![258, 3] });
        assert_eq!((edges.vertices(), Edges::default().vertices()), (259, 0));
        let torn = Edges::parse(&[0; 12]).unwrap_err();
        assert_eq!(torn.to_string(), "expected 8 bytes an edge, the last one has 4");
    }
}
