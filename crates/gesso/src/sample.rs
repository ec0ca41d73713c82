//! The graph that ships with the project: the metro of a city that does not exist.
//!
//! Stations with zone, riders a day and opening date; lines that serve them; depots where trains park.

use crate::offline::{self, Files, OfflineError};
use gesso_core::JobContext;
use gesso_graph::Catalogue;
use std::path::Path;

/// The graph's name.
pub const NAME: &str = "metro";
/// The project that the samples belong to.
pub const PROJECT: &str = "default";

/// The files, by name.
const FILES: [(&str, &str); 3] = [
    ("schema.xml", include_str!("../assets/demo/schema.xml")),
    ("vertices.csv", include_str!("../assets/demo/vertices.csv")),
    ("edges.csv", include_str!("../assets/demo/edges.csv")),
];

/// Bytes that loading it may hold.
const LOAD_BYTES_MAX: u64 = 64 << 20;

/// Writes the files into a directory, which is made.
pub fn write_files(dir: &Path) -> Result<Files, OfflineError> {
    let failed = |source| OfflineError::Io { path: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(failed)?;
    for (name, text) in FILES {
        std::fs::write(dir.join(name), text).map_err(failed)?;
    }
    let at = |file: &(&str, &str)| dir.join(file.0);
    let [schema, vertices, edges] = &FILES;
    Ok(Files { schema: Some(at(schema)), vertices: vec![at(vertices)], edges: vec![at(edges)] })
}

/// Makes the graph in a catalogue, unless there is one of its name.
pub fn load(catalogue: &Catalogue) -> Result<(), OfflineError> {
    if catalogue.get(PROJECT, NAME).is_some() {
        return Ok(());
    }
    let dir =
        tempfile::tempdir().map_err(|source| OfflineError::Io { path: std::env::temp_dir(), source })?;
    let import = write_files(dir.path())?.import()?;
    let graph = offline::find_or_create(catalogue, PROJECT, NAME)?;
    offline::import(&JobContext::detached(1, LOAD_BYTES_MAX), &graph, &import, NAME)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_no_rejected_lines_and_loads_once() {
        let dir = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(dir.path(), 1 << 20).unwrap();
        load(&catalogue).unwrap();
        load(&catalogue).unwrap();
        let snapshot = catalogue.get(PROJECT, NAME).unwrap().snapshot();
        let lines = |file: usize| FILES[file].1.lines().count() as u64;
        assert_eq!((snapshot.vertex_count(), snapshot.edge_count()), (lines(1), lines(2)));
    }
}
