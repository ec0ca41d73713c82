//! A graph that could not be opened: what is known of it, and why.

use crate::error::GraphError;
use crate::graph::GraphInfo;
use gesso_store::{Disk, load_json_on};
use std::fmt;
use std::path::{Path, PathBuf};

/// See the module. Nothing of its directory has been changed.
#[derive(Debug)]
pub struct SetAside {
    /// The name of its directory, and its own.
    pub uid: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Who it is; none if the file that says so is damaged, too.
    pub info: Option<GraphInfo>,
    /// The first damage: file, place, and what to do.
    pub reason: String,
}

impl SetAside {
    pub(crate) fn new(disk: &Disk, dir: &Path, error: &GraphError) -> SetAside {
        let uid = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let info = load_json_on::<GraphInfo>(disk, &dir.join("graph.json")).ok().flatten();
        let set_aside = SetAside { uid, dir: dir.to_owned(), info, reason: error.to_string() };
        tracing::error!(dir = %dir.display(), graph = set_aside.name(), %error, "a graph is set aside");
        set_aside
    }

    /// The graph's name, if it is known.
    pub fn name(&self) -> Option<&str> {
        self.info.as_ref().map(|info| info.name.as_str())
    }
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "graph [{name}] can not be opened: {}", self.reason),
            None => write!(f, "the graph in `{}` can not be opened: {}", self.dir.display(), self.reason),
        }
    }
}
