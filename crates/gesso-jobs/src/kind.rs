//! The kinds of jobs: spec 02, section 1.1. One row a kind; everything that depends on the kind is here.

use gesso_core::Code;
use serde::{Deserialize, Serialize};

/// Which word a kind's `status` uses for a complete job: spec 02, section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `success`
    Success,
    /// `complete`
    Complete,
}

/// Whether a job of a kind may be cancelled once it runs. While queued, any may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// Its work can be thrown away at any time before it seals.
    Yes,
    /// It applies one short all-or-nothing change.
    QueuedOnly,
}

/// What a kind does to its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: a queued job may be started again after a restart.
    Reads,
    /// Changes it, or may.
    Writes,
}

macro_rules! kinds {
    ($($name:ident $text:literal $job_type:literal $cancel:ident $family:ident $effect:ident $code:ident;)*) => {
        /// The operation that made a job.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "&'static str", try_from = "String")]
        pub enum Kind { $( #[doc = concat!("`", $text, "`")] $name, )* }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => $text,)* }
            }

            /// The number that clients know as `jobType`.
            pub fn job_type(self) -> u8 {
                match self { $(Kind::$name => $job_type,)* }
            }

            /// Whether a running job can be cancelled.
            pub fn cancel(self) -> Cancel {
                match self { $(Kind::$name => Cancel::$cancel,)* }
            }

            /// The word for a complete job.
            pub fn family(self) -> Family {
                match self { $(Kind::$name => Family::$family,)* }
            }

            /// What it does to the graph.
            pub fn effect(self) -> Effect {
                match self { $(Kind::$name => Effect::$effect,)* }
            }

            /// The code of a failed job, where the failure has none of its own.
            pub fn failure_code(self) -> Code {
                match self { $(Kind::$name => Code::$code,)* }
            }
        }
    };
}

kinds! {
    Algorithm        "algorithm"          1 Yes        Complete Reads  Algorithm;
    Backup           "backup"            10 Yes        Complete Reads  Malformed;
    BatchDeleteEdges "batch_delete_edges" 3 QueuedOnly Complete Writes Malformed;
    ClearGraph       "clear_graph"        0 QueuedOnly Complete Writes ClearOrCreate;
    CreateIndex      "create_index"       8 Yes        Success  Writes IndexCreate;
    Cypher           "cypher"             1 Yes        Complete Writes Malformed;
    DataAssets       "data_assets"        1 Yes        Success  Reads  Malformed;
    DeleteByFile     "delete_by_file"     3 QueuedOnly Success  Writes Import;
    DeleteEdges      "delete_edges"       0 QueuedOnly Success  Writes EdgeQuery;
    DeleteGraph      "delete_graph"       0 QueuedOnly Success  Writes JobQuery;
    DeleteIndex      "delete_index"       9 QueuedOnly Success  Writes IndexDelete;
    DeleteLabel      "delete_label"       3 QueuedOnly Success  Writes LabelChange;
    DeleteVertices   "delete_vertices"    1 QueuedOnly Success  Writes VertexQuery;
    Dsl              "dsl"                1 Yes        Complete Writes Malformed;
    ExportEdges      "export_edges"       0 Yes        Success  Reads  EdgeQuery;
    ExportGraph      "export_graph"       0 Yes        Complete Reads  Export;
    ExportResult     "export_result"      1 Yes        Complete Reads  Export;
    ExportVertices   "export_vertices"    1 Yes        Success  Reads  VertexQuery;
    FilteredQuery    "filtered_query"     1 Yes        Complete Reads  FilteredQuery;
    Gql              "gql"                1 Yes        Complete Writes Malformed;
    Gremlin          "gremlin"            1 Yes        Complete Writes Malformed;
    ImportGraph      "import_graph"       0 Yes        Complete Writes Import;
    ImportProperties "import_properties"  1 Yes        Complete Writes Import;
    PathQuery        "path_query"         1 Yes        Complete Reads  FilteredQuery;
    QueryEdges       "query_edges"        0 Yes        Success  Reads  EdgeQuery;
    QueryVertices    "query_vertices"     1 Yes        Success  Reads  VertexQuery;
    Restore          "restore"           11 Yes        Complete Writes Malformed;
    SchemaStructure  "schema_structure"   1 Yes        Success  Reads  Malformed;
    Summary          "summary"            1 Yes        Success  Reads  Statistics;
}

impl Kind {
    /// True for kinds whose result can be exported to files: spec 02, section 6.
    pub fn has_exportable_result(self) -> bool {
        use Kind::{
            Algorithm, Cypher, Dsl, FilteredQuery, Gql, Gremlin, PathQuery, QueryEdges, QueryVertices,
        };
        matches!(
            self,
            Algorithm | Cypher | Dsl | FilteredQuery | Gql | Gremlin | PathQuery | QueryEdges | QueryVertices
        )
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> &'static str {
        kind.name()
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(name: String) -> Result<Kind, String> {
        Kind::parse(&name).ok_or_else(|| format!("kind `{name}` is not known"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(*kind));
        }
        assert_eq!(Kind::parse("nonsense"), None);
    }
}
