//! The table of endpoints. A new one is a line here and a function.

use crate::auth::tokens_api;
use crate::ges::{
    algorithms, backups, dynamic_graphs, edges, exports, file_changes, filtered_query, graphs, imports,
    indices, job_events, jobs, operations, path_query, paths, queries, query_tree, reports, result_exports,
    schema, statistics, vertices,
};
use crate::http::route::{Field, FieldKind, Route, Runs};
use crate::meta;
use FieldKind::{Boolean, Integer, Lists, Number, Object, Objects, Text, Texts};
use Runs::{Blocking, Brief, Inline, Parsing};
use gesso_core::Code;

/// True for endpoints that need no token.
pub fn is_open(route: &Route, protect_meta: bool) -> bool {
    let own = route.path.starts_with("/health/") || route.path == "/" || route.path == "/openapi.json";
    own || route.path.starts_with("/v3/") || (route.path == "/metrics" && !protect_meta)
}

const NO_QUERY: &[Field] = &[];
const NO_BODY: &[Field] = &[];
const NO_ACTION: &[&str] = &[];

const PRIORITY: Field = Field::new("priority", Integer, "0 to 9, higher first; 5 if missing.");
const TIMEOUT: Field = Field::new("timeout", Number, "Seconds after which the job fails; 0 for none.");
const LABELS: Field = Field::new("labels", Texts, "Only elements with one of these labels.");
const VERTEX_FILTERS: Field =
    Field::new("vertexFilters", Objects, "Conditions on properties, folded from left to right.");
const EDGE_FILTERS: Field =
    Field::new("edgeFilters", Objects, "Conditions on properties, folded from left to right.");
const SORTS: Field = Field::new("sorts", Objects, "Order of the answer.");
const OFFSET: Field = Field::new("offset", Integer, "Elements to leave out at the start.");
const LIMIT: Field = Field::new("limit", Integer, "Most elements to give.");
const PROPERTIES: Field =
    Field::new("properties", Object, "Values by property name; each an array or one value.");
const IGNORE_ERROR: Field = Field::new("ignoreError", Boolean, "True: entries with errors are skipped.");
const PARALLEL: Field = Field::new(
    "parallelEdge",
    Object,
    "What to do with an edge that repeats another: action, ignoreLabel, targetProperties.",
);
const SOURCE: Field = Field::new("source", Text, "Id of the vertex where the edge starts.").required();
const TARGET: Field = Field::new("target", Text, "Id of the vertex where the edge ends.").required();
const INDEX: Field = Field::new("index", Integer, "The edge's number at its source.");
const EDGE_LABEL: Field = Field::new("label", Text, "In the database edition: only edges with this label.");
const SORT_KEY: Field = Field::new("sortKey", Text, "In the database edition: the edge's sort key.");
const SORT_KEY_TYPE: Field =
    Field::new("sortKeyType", Text, "In the database edition: the type of its sort keys, or null for none.");
const VERTICES: Field =
    Field::new("vertices", Objects, "The vertices, each with vertex, label and properties.").required();
const VERTEX_IDS: Field = Field::new("vertices", Texts, "Ids of vertices.").required();
const EDGES: Field =
    Field::new("edges", Objects, "The edges, each with source and target; index, or label and sortKey.")
        .required();
const STORE_KEYS: Field =
    Field::new("obsParameters", Object, "accessKey and secretKey for a remote object store.");
const STATES: Field =
    Field::new("state", Text, "Comma list of queued, running, complete, failed, cancelled.");
const KINDS: Field = Field::new("kind", Text, "Comma list of kinds of jobs.");

const VERTEX_QUERY: &[Field] = &[LABELS, VERTEX_FILTERS, SORTS, OFFSET, LIMIT, PRIORITY, TIMEOUT];
const EDGE_QUERY: &[Field] = &[LABELS, EDGE_FILTERS, SORTS, OFFSET, LIMIT, PRIORITY, TIMEOUT];
const DETAIL: &[Field] = &[Field::new("detail", Text, "SIMPLE or FULL; both tell the numbers.")];
const NEW_INDEX: &[Field] = &[
    Field::new("indexName", Text, "1 to 63 letters, digits, - and _.").required(),
    Field::new(
        "indexType",
        Text,
        "GlobalCompositeVertexIndex, GlobalCompositeEdgeIndex, CompositeVertexIndex, CompositeEdgeIndex or FullTextIndex.",
    )
    .required(),
    Field::new("hasLabel", Boolean, "Whether labels are part of the index."),
    Field::new("indexLabel", Texts, "Labels of a CompositeVertexIndex or CompositeEdgeIndex."),
    Field::new("indexProperty", Texts, "Properties in order; none for a label index. Each can be searched by itself in a FullTextIndex."),
    Field::new("strLength", Integer, "Bytes of a text that are part of a key, 1 to 256; 40 if missing."),
    Field::new("elementType", Text, "vertex or edge; must agree with indexType."),
    PRIORITY,
    TIMEOUT,
];
const ALGORITHM: &[Field] = &[
    Field::new("algorithmName", Text, "Name of the algorithm, in any case.").required(),
    Field::new("parameters", Object, "Parameters of the algorithm."),
    Field::new("executionMode", Text, "sync or async; async if missing."),
    OFFSET,
    LIMIT,
    Field::new("labels", Texts, "Only edges with one of these labels."),
    Field::new("vertex_filter", Object, "Only vertices that pass this condition."),
    Field::new("edge_filter", Object, "Only edges that pass this condition."),
    Field::new("filters", Objects, "Hops of filtered_n_paths and filtered_circle_detection."),
    PRIORITY,
    TIMEOUT,
];
const SUBGRAPH_ALGORITHM: &[Field] = &[
    Field::new("algorithmName", Text, "connected_component or kcore.").required(),
    Field::new("parameters", Object, "Parameters of the algorithm.").required(),
    Field::new(
        "subgraphCreator",
        Object,
        "name: filtered; parameters: vertex_filter and edge_filter, conditions of what is in the subgraph.",
    )
    .required(),
    PRIORITY,
    TIMEOUT,
];
const MODE: Field = Field::new("executionMode", Text, "sync or async.");
const START_VERTICES: Field = Field::new("vertices", Texts, "Ids of the vertices to start from.");
const START_EDGES: Field =
    Field::new("edges", Objects, "Edges to start from, each with source, target, index.");
const BY: Field = Field::new("by", Objects, "Fields to show: id, label, properties, selectedProperties.");
const RESTRICTED: Field = Field::new(
    "restricted",
    Boolean,
    "False: what does not exist is left out of the start. True if missing.",
);
const FILTERED_QUERY: &[Field] = &[
    MODE,
    START_VERTICES,
    START_EDGES,
    Field::new("filters", Objects, "The layers, each with operator, vertex_filter, edge_filter.").required(),
    Field::new("query_type", Text, "Default, AllVertices, SimpleEdges or Path."),
    BY,
    Field::new("full_path", Boolean, "True: paths also of walks that end early."),
    Field::new("with_path", Boolean, "True: paths beside the result."),
    Field::new("visualized", Boolean, "True: the result of a job has no pages."),
    RESTRICTED,
    PRIORITY,
    TIMEOUT,
];
const REPEAT: Field =
    Field::new("repeat", Objects, "The hops, each with operator, vertex_filter, edge_filter, as.").required();
const TIMES: Field = Field::new("times", Integer, "Most hops, 1 to 20.");
const EMIT: Field = Field::new("emit", Boolean, "Whether elements of hops in between are results, too.");
const SELECT: Field = Field::new("select", Texts, "Names of the hops that make up a row.");
const PATH_QUERY: &[Field] = &[
    MODE,
    Field::new("vertices", Texts, "Ids of the vertices to start from; an empty array means all.").required(),
    REPEAT,
    Field::new(
        "until",
        Objects,
        "A condition with vertex_filter and edge_filter; where it holds, a walk ends.",
    ),
    TIMES,
    EMIT,
    LIMIT,
    Field::new("queryType", Text, "Default or Tree."),
    SELECT,
    BY,
    RESTRICTED,
    PRIORITY,
    TIMEOUT,
];
const REPEAT_QUERY: &[Field] = &[
    MODE,
    START_VERTICES,
    START_EDGES,
    REPEAT,
    Field::new("until", Objects, "One condition, or one for each element of repeat."),
    TIMES,
    EMIT,
    LIMIT,
    Field::new("query_type", Text, "Default, SimpleSubgraph, SimpleEdges, Path or Tree."),
    Field::new("full_path", Boolean, "True: paths also of walks that end early."),
    SELECT,
    BY,
    RESTRICTED,
    PRIORITY,
    TIMEOUT,
];
const QUERY_TREE: &[Field] = &[
    MODE,
    Field::new("rootId", Text, "Id of the root.").required(),
    Field::new("maxDepth", Integer, "Most edges from the root, 1 to 20.").required(),
    Field::new("direction", Text, "in, out or both.").required(),
    Field::new("labelFilters", Texts, "Only edges with one of these labels."),
    Field::new("maxVertices", Integer, "Most vertices, 1 to 200000."),
    Field::new("maxEdges", Integer, "Most edges, 1 to 200000."),
    Field::new("maxDegree", Integer, "Vertices with more edges are not expanded."),
    Field::new("withVertex", Boolean, "False: without vertices."),
    Field::new("withEdge", Boolean, "False: without edges."),
    PRIORITY,
    TIMEOUT,
];
const ANALYSIS: &[Field] = &[
    Field::new("algorithmName", Text, "temporal_bfs, temporal_paths or temporal_graph.").required(),
    Field::new("dynamicRange", Object, "start, end, and time_props with stime and etime.").required(),
    Field::new("parameters", Object, "Parameters of the analysis.").required(),
    Field::new("executionMode", Text, "sync or async; a job that is waited for, 30 s at most, if missing."),
    OFFSET,
    LIMIT,
    PRIORITY,
    TIMEOUT,
];
const IMPORT: &[Field] = &[
    Field::new("schemaPath", Text, "Schema XML in the object store."),
    Field::new("vertexsetPath", Text, "Vertex file or directory."),
    Field::new("edgesetPath", Text, "Edge file or directory."),
    Field::new("vertexsetFormat", Text, "csv, txt, jsonl or parquet."),
    Field::new("edgesetFormat", Text, "csv, txt, jsonl or parquet."),
    Field::new("vertexsetDefaultLabel", Text, "Label of vertex lines without one."),
    Field::new("edgesetDefaultLabel", Text, "Label of edge lines without one."),
    Field::new("vertexsetHasLabel", Boolean, "Whether vertex lines have a label column."),
    Field::new("edgesetHasLabel", Boolean, "Whether edge lines have a label column."),
    Field::new("delimiter", Text, "One character between fields."),
    Field::new("trimQuote", Text, "One character around fields that need it; empty for none."),
    Field::new("listEscape", Boolean, "Whether a backslash keeps a semicolon inside a list element."),
    Field::new("parallelEdge", Object, "action, ignoreLabel, sortKeyColumn."),
    Field::new("logDir", Text, "Directory for rejected lines and the summary."),
    Field::new("offline", Boolean, "Accepted; the result is the same."),
    Field::new("obsParameters", Object, "Keys of an object store; not used with a local root."),
    PRIORITY,
    TIMEOUT,
];

const EXPORT_RESULT: &[Field] = &[
    Field::new("exportPath", Text, "Directory in the object store.").required(),
    Field::new(
        "fileName",
        Text,
        "Name of the file; .csv, .jsonl or .parquet chooses its form. The job's id if missing.",
    ),
    STORE_KEYS,
    Field::new("paginate", Object, "enable, rowCountPerFile, maxSizePerFile, numThread."),
    Field::new("erase", Boolean, "False: the exported job and its result stay. True if missing."),
    PRIORITY,
    TIMEOUT,
];

const OBS: Field =
    Field::new("obsParameters", Object, "Keys of an object store; not used with a local root.");
const EXPORT_PATH: Field = Field::new("exportPath", Text, "Directory in the object store.").required();
const FILE_NAME: Field = Field::new("fileName", Text, "Name of the file; made up if missing.");
const EXPORT_GRAPH: &[Field] = &[
    Field::new("graphExportPath", Text, "Directory in the object store.").required(),
    Field::new("vertexSetName", Text, "Vertex file, or directory of its parts.").required(),
    Field::new("edgeSetName", Text, "Edge file, or directory of its parts.").required(),
    Field::new("schemaName", Text, "Schema file.").required(),
    Field::new("paginate", Object, "enable, rowCountPerFile, numThread."),
    OBS,
    PRIORITY,
    TIMEOUT,
];
const TARGET_PROPERTIES: Field =
    Field::new("targetProperties", Objects, "For each label the property that tells parallel edges apart.");
const DELETE_BY_FILE: &[Field] = &[
    Field::new("vertexsetPath", Text, "Vertex file or directory."),
    Field::new("edgesetPath", Text, "Edge file or directory."),
    Field::new("vertexsetFormat", Text, "csv or txt."),
    Field::new("edgesetFormat", Text, "csv or txt."),
    TARGET_PROPERTIES,
    Field::new("delimiter", Text, "One character between fields."),
    Field::new("trimQuote", Text, "One character around fields that need it; empty for none."),
    Field::new("logDir", Text, "Directory for rejected lines and the summary."),
    OBS,
    PRIORITY,
    TIMEOUT,
];
const IMPORT_PROPERTIES: &[Field] = &[
    Field::new("vertexsetPath", Text, "Vertex file or directory."),
    Field::new("edgesetPath", Text, "Edge file or directory."),
    Field::new("vertexsetFormat", Text, "csv or txt."),
    Field::new("edgesetFormat", Text, "csv or txt."),
    Field::new("vertexProperties", Objects, "For each label the properties in the order of the columns."),
    Field::new("edgeProperties", Objects, "For each label the properties in the order of the columns."),
    TARGET_PROPERTIES,
    Field::new("vertexFileContainLabel", Boolean, "Whether vertex lines have a label column."),
    Field::new("delimiter", Text, "One character between fields."),
    Field::new("trimQuote", Text, "One character around fields that need it; empty for none."),
    Field::new("listEscape", Boolean, "Whether a backslash keeps a semicolon inside a list element."),
    Field::new("logDir", Text, "Directory for rejected lines and the summary."),
    OBS,
    PRIORITY,
    TIMEOUT,
];

macro_rules! g {
    ($tail:literal) => {
        concat!("/ges/v1.0/{project_id}/graphs/{graph_name}", $tail)
    };
}

macro_rules! routes {
    ($($method:literal $path:expr, $actions:expr, $operation:literal, $code:ident, $query:expr, $body:expr, $runs:expr, $handler:expr, $summary:literal;)*) => {
        /// Every endpoint.
        pub static ROUTES: &[Route] = &[$(Route {
            method: $method,
            path: $path,
            actions: $actions,
            operation: $operation,
            summary: $summary,
            unknown_graph: Code::$code,
            query: $query,
            body: $body,
            runs: $runs,
            handler: $handler,
        }),*];
    };
}

routes! {
    "GET" "/", NO_ACTION, "root", Malformed, NO_QUERY, NO_BODY, Inline, meta::root, "What this is.";
    "GET" "/health/live", NO_ACTION, "health_live", Malformed, NO_QUERY, NO_BODY, Inline, meta::live, "The process answers.";
    "GET" "/health/ready", NO_ACTION, "health_ready", Malformed, NO_QUERY, NO_BODY, Inline, meta::ready, "Requests are served.";
    "GET" "/metrics", NO_ACTION, "metrics", Malformed, NO_QUERY, NO_BODY, Inline, meta::metrics, "Prometheus metrics.";
    "GET" "/openapi.json", NO_ACTION, "openapi", Malformed, NO_QUERY, NO_BODY, Inline, meta::openapi, "This document.";

    "POST" "/v3/auth/tokens", NO_ACTION, "create_token", Malformed, &[Field::new("nocatalog", Text, "Accepted.")], &[Field::new("auth", Object, "identity and scope.").required()], Blocking, tokens_api::create, "Gets a token for a user's password.";
    "GET" "/v3/auth/tokens", NO_ACTION, "check_token", Malformed, NO_QUERY, NO_BODY, Inline, tokens_api::check, "Tells whether a token is valid.";
    "DELETE" "/v3/auth/tokens", NO_ACTION, "revoke_token", Malformed, NO_QUERY, NO_BODY, Blocking, tokens_api::revoke, "Revokes a token.";

    "POST" "/ges/v1.0/{project_id}/graphs", NO_ACTION, "create_graph", ClearOrCreate, NO_QUERY, &[Field::new("graphName", Text, "4 to 32 letters, digits and _, the first a letter.").required(), Field::new("idType", Text, "fixedLengthString, hash or varString."), Field::new("idLength", Integer, "1 to 128."), Field::new("sortKeyType", Text, "int, string or varString."), Field::new("productType", Text, "InMemory or Persistence, the database edition; the configured default if missing.")], Blocking, graphs::create, "Creates an empty graph.";
    "GET" "/ges/v1.0/{project_id}/graphs", NO_ACTION, "list_graphs", Malformed, NO_QUERY, NO_BODY, Inline, graphs::list, "Lists the graphs of a project.";
    "DELETE" g!(""), NO_ACTION, "delete_graph", JobQuery, NO_QUERY, NO_BODY, Blocking, graphs::delete, "Deletes a graph with its jobs.";

    "GET" g!("/schema"), NO_ACTION, "read_schema", SchemaGraph, &[Field::new("label", Text, "Only this label.")], NO_BODY, Inline, schema::read, "Reads the schema, or one label of it.";
    "POST" g!("/schema"), NO_ACTION, "replace_label", LabelChange, &[Field::new("label", Text, "The label's name.").required()], &[Field::new("type", Text, "vertex, edge or all."), Field::new("properties", Objects, "The label's properties.").required()], Blocking, schema::replace_label, "Replaces a label, or appends properties that are all new.";
    "POST" g!("/schema/labels"), NO_ACTION, "add_label", LabelChange, NO_QUERY, &[Field::new("name", Text, "The label's name.").required(), Field::new("type", Text, "vertex, edge or all."), Field::new("properties", Objects, "The label's properties.")], Blocking, schema::add_label, "Adds a label.";
    "POST" g!("/schema/labels/action"), &["batch-add"], "add_labels", LabelChange, NO_QUERY, &[Field::new("labels", Objects, "The labels.").required()], Blocking, schema::add_labels, "Adds labels, each on its own.";
    "POST" g!("/schema/labels/{label_name}/properties"), NO_ACTION, "change_label", LabelChange, NO_QUERY, &[Field::new("properties", Objects, "The properties.").required(), Field::new("override", Boolean, "True: the label has exactly these properties.")], Blocking, schema::change_label, "Appends properties to a label, or replaces them.";
    "DELETE" g!("/schema/labels/{label_name}"), NO_ACTION, "delete_label", SchemaGraph, NO_QUERY, NO_BODY, Blocking, schema::delete_label, "Deletes a label with what has it, as a job.";
    "POST" g!("/schema/structure/build"), NO_ACTION, "build_structure", Malformed, NO_QUERY, NO_BODY, Blocking, reports::build_structure, "Counts which labels are related, as a job.";
    "GET" g!("/schema/structure"), NO_ACTION, "read_structure", Malformed, DETAIL, NO_BODY, Blocking, reports::structure, "Which labels are related, as of the last build.";
    "GET" g!("/schema/structure/structure"), NO_ACTION, "read_structure_old", Malformed, DETAIL, NO_BODY, Blocking, reports::structure, "The same under an older path.";
    "POST" g!("/schema/data-assets"), NO_ACTION, "generate_assets", Malformed, NO_QUERY, NO_BODY, Blocking, reports::generate_assets, "Counts elements by label, as a job.";
    "GET" g!("/schema/data-assets"), NO_ACTION, "read_assets", Malformed, NO_QUERY, NO_BODY, Blocking, reports::assets, "Numbers of elements by label, as last generated.";

    "POST" g!("/indices"), NO_ACTION, "create_index", IndexCreate, NO_QUERY, NEW_INDEX, Blocking, indices::create, "Creates an index, as a job.";
    "POST" g!("/indices/action"), &["batch-build"], "create_indices", IndexCreate, NO_QUERY, &[Field::new("indices", Objects, "The indices.").required(), PRIORITY, TIMEOUT], Blocking, indices::create_many, "Creates several indices, all or none, as a job.";
    "GET" g!("/indices"), NO_ACTION, "list_indices", IndexList, NO_QUERY, NO_BODY, Inline, indices::list, "Lists the indices.";
    "DELETE" g!("/indices/{index_name}"), NO_ACTION, "delete_index", IndexDelete, NO_QUERY, NO_BODY, Blocking, indices::delete, "Deletes an index, as a job.";

    "POST" g!("/paths/action"), &["query-detail"], "path_detail", EdgeDetail, NO_QUERY, &[Field::new("paths", Lists, "Paths, each an array of vertex ids.").required(), Field::new("directed", Boolean, "True: only edges from each vertex to the next.")], Blocking, paths::detail, "Vertices and edges along paths.";
    "POST" g!("/subgraphs/action"), &["execute-algorithm"], "subgraph_algorithm", Algorithm, NO_QUERY, SUBGRAPH_ALGORITHM, Blocking, algorithms::execute_on_subgraph, "Runs an algorithm on what passes filters, as a job.";
    "POST" g!("/subgraphs/action"), &["query"], "subgraph", VertexBatch, NO_QUERY, &[VERTEX_IDS], Blocking, paths::subgraph, "Vertices and the edges among them.";

    "GET" g!("/summary"), NO_ACTION, "summary", Statistics, &[Field::new("label_details", Boolean, "With counts by label.")], NO_BODY, Inline, statistics::summary, "Numbers of vertices and edges.";
    "GET" g!("/version"), NO_ACTION, "version", Statistics, NO_QUERY, NO_BODY, Inline, statistics::version, "The API version.";

    "GET" g!("/vertices/detail"), NO_ACTION, "vertex_detail", VertexQuery, &[Field::new("vertexIds", Text, "Ids separated by commas."), Field::new("vertexId", Text, "One id, not split.")], NO_BODY, Inline, vertices::detail, "Reads vertices.";
    "POST" g!("/vertices/action"), &["query"], "query_vertices", VertexQuery, NO_QUERY, VERTEX_QUERY, Blocking, queries::vertices, "Filtered query over vertices, as a job.";
    "POST" g!("/vertices/action"), &["batch-query"], "batch_query_vertices", VertexBatch, NO_QUERY, &[VERTEX_IDS], Blocking, vertices::batch_query, "Reads vertices.";
    "POST" g!("/vertices/action"), &["batch-add"], "batch_add_vertices", Malformed, NO_QUERY, &[VERTICES, Field::new("overrideExists", Boolean, "True: existing vertices are overwritten.")], Parsing, vertices::batch_add, "Adds vertices.";
    "POST" g!("/vertices/action"), &["batch-delete"], "batch_delete_vertices", Malformed, NO_QUERY, &[VERTEX_IDS, IGNORE_ERROR], Blocking, vertices::batch_delete, "Deletes vertices and their edges.";
    "POST" g!("/vertices/action"), &["delete"], "delete_vertices", VertexQuery, NO_QUERY, &[LABELS, VERTEX_FILTERS, PRIORITY, TIMEOUT], Blocking, queries::delete_vertices, "Deletes filtered vertices, as a job.";
    "POST" g!("/vertices/action"), &["export"], "export_vertices", VertexQuery, NO_QUERY, &[LABELS, VERTEX_FILTERS, EXPORT_PATH, FILE_NAME, OBS, PRIORITY, TIMEOUT], Blocking, exports::vertices, "Writes filtered vertices to a file, as a job.";
    "POST" g!("/vertices"), NO_ACTION, "add_vertex", Malformed, NO_QUERY, &[Field::new("vertex", Text, "Its id.").required(), Field::new("label", Text, "Its label; __DEFAULT__ if missing."), PROPERTIES], Brief, vertices::add, "Adds a vertex.";
    "DELETE" g!("/vertices/{vertex_id}"), NO_ACTION, "delete_vertex", Malformed, NO_QUERY, NO_BODY, Blocking, vertices::delete, "Deletes a vertex and its edges.";
    "POST" g!("/vertices/properties/action"), &["batch-update", "batch-add", "batch-del"], "batch_update_vertices", VertexProperties, NO_QUERY, &[VERTICES, IGNORE_ERROR], Blocking, vertices::batch_update, "Changes properties of vertices.";
    "POST" g!("/vertices/{vertex_id}/properties/action"), &["update", "add", "del"], "update_vertex", VertexProperties, NO_QUERY, &[Field::new("properties", Object, "Values by property name.").required(), Field::new("label", Text, "The label whose properties are meant.")], Brief, vertices::update, "Changes properties of a vertex.";
    "POST" g!("/vertices/{vertex_id}/labels"), NO_ACTION, "add_vertex_label", LabelAdd, NO_QUERY, &[Field::new("label", Text, "The label.").required()], Brief, vertices::add_label, "Adds a label to a vertex.";
    "DELETE" g!("/vertices/{vertex_id}/labels/{label_name}"), NO_ACTION, "delete_vertex_label", LabelDelete, NO_QUERY, NO_BODY, Brief, vertices::delete_label, "Takes a label from a vertex.";

    "GET" g!("/edges/detail"), NO_ACTION, "edge_detail", EdgeDetail, &[SOURCE, TARGET, INDEX, Field::new("label", Text, "Only edges with this label."), SORT_KEY, SORT_KEY_TYPE], NO_BODY, Inline, edges::detail, "Reads the edges between two vertices.";
    "POST" g!("/edges/action"), &["query"], "query_edges", EdgeQuery, NO_QUERY, EDGE_QUERY, Blocking, queries::edges, "Filtered query over edges, as a job.";
    "POST" g!("/edges/action"), &["batch-query"], "batch_query_edges", EdgeDetail, NO_QUERY, &[EDGES], Blocking, edges::batch_query, "Reads edges.";
    "POST" g!("/edges/action"), &["batch-add"], "batch_add_edges", Malformed, NO_QUERY, &[EDGES, PARALLEL, Field::new("createNotExists", Boolean, "True: unknown ends are made.")], Parsing, edges::batch_add, "Adds edges.";
    "POST" g!("/edges/action"), &["batch-delete"], "batch_delete_edges", Malformed, NO_QUERY, &[EDGES, IGNORE_ERROR, Field::new("executionMode", Text, "sync or async; sync if missing."), PRIORITY, TIMEOUT], Blocking, edges::batch_delete, "Deletes edges, at once or as a job.";
    "POST" g!("/edges/action"), &["delete"], "delete_edges", EdgeQuery, NO_QUERY, &[LABELS, EDGE_FILTERS, PRIORITY, TIMEOUT], Blocking, queries::delete_edges, "Deletes filtered edges, as a job.";
    "POST" g!("/edges/action"), &["export"], "export_edges", EdgeQuery, NO_QUERY, &[LABELS, EDGE_FILTERS, EXPORT_PATH, FILE_NAME, OBS, PRIORITY, TIMEOUT], Blocking, exports::edges, "Writes filtered edges to a file, as a job.";
    "POST" g!("/edges"), NO_ACTION, "add_edge", Malformed, NO_QUERY, &[SOURCE, TARGET, Field::new("label", Text, "Its label; __DEFAULT__ if missing."), SORT_KEY, PROPERTIES, PARALLEL], Brief, edges::add, "Adds an edge.";
    "DELETE" g!("/edges"), NO_ACTION, "delete_edge", Malformed, &[SOURCE, TARGET, INDEX, Field::new("label", Text, "With property and value, and in the database edition: only edges with this label."), Field::new("property", Text, "With value: only edges with this value."), Field::new("value", Text, "See property."), SORT_KEY, SORT_KEY_TYPE], NO_BODY, Blocking, edges::delete, "Deletes edges between two vertices.";
    "POST" g!("/edges/properties/action"), &["update", "add", "del"], "update_edge", EdgeProperties, &[SOURCE, TARGET, INDEX, EDGE_LABEL, SORT_KEY, SORT_KEY_TYPE], &[Field::new("properties", Object, "Values by property name.").required(), Field::new("label", Text, "Only an edge with this label."), Field::new("targetProperties", Objects, "Properties that choose the edge by value.")], Brief, edges::update, "Changes properties of an edge.";
    "POST" g!("/edges/properties/action"), &["batch-update", "batch-add", "batch-del"], "batch_update_edges", EdgeProperties, NO_QUERY, &[EDGES, IGNORE_ERROR], Blocking, edges::batch_update, "Changes properties of edges.";

    "POST" g!("/action"), &["execute-algorithm"], "execute_algorithm", Algorithm, NO_QUERY, ALGORITHM, Blocking, algorithms::execute, "Runs an algorithm, as a job or at once.";
    "POST" g!("/action"), &["filtered-query"], "filtered_query", FilteredQuery, NO_QUERY, FILTERED_QUERY, Blocking, filtered_query::execute, "What filtered hops reach, at once or as a job.";
    "POST" g!("/action"), &["path-query", "filtered-query-v2"], "path_query", FilteredQuery, NO_QUERY, PATH_QUERY, Blocking, path_query::execute, "Hops that are repeated until a condition holds, at once or as a job.";
    "POST" g!("/action"), &["repeat-query"], "repeat_query", FilteredQuery, NO_QUERY, REPEAT_QUERY, Blocking, path_query::repeat, "The older form of it.";
    "POST" g!("/action"), &["query-tree"], "query_tree", FilteredQuery, NO_QUERY, QUERY_TREE, Blocking, query_tree::execute, "The breadth-first tree from a vertex, at once or as a job.";
    "POST" g!("/dynamicgraphs/action"), &["execute-analysis"], "execute_analysis", Algorithm, NO_QUERY, ANALYSIS, Blocking, dynamic_graphs::execute, "Analyses a dynamic graph, as a job or at once.";
    "POST" g!("/action"), &["export-graph"], "export_graph", Export, NO_QUERY, EXPORT_GRAPH, Blocking, exports::graph, "Writes a graph to files, as a job.";
    "POST" g!("/action"), &["import-properties"], "import_properties", Import, NO_QUERY, IMPORT_PROPERTIES, Blocking, file_changes::import_properties, "Changes properties as files say, as a job.";
    "POST" g!("/action"), &["delete-by-file"], "delete_by_file", Import, NO_QUERY, DELETE_BY_FILE, Blocking, file_changes::delete_by_file, "Deletes what files list, as a job.";
    "POST" "/v1.0/{project_id}/graphs/{graph_name}/action", &["import-properties"], "import_properties_old", Import, NO_QUERY, IMPORT_PROPERTIES, Blocking, file_changes::import_properties, "The same under an older path.";
    "POST" "/v1.0/{project_id}/graphs/{graph_name}/action", &["delete-by-file"], "delete_by_file_old", Import, NO_QUERY, DELETE_BY_FILE, Blocking, file_changes::delete_by_file, "The same under an older path.";
    "POST" g!("/action"), &["clear-graph"], "clear_graph", ClearOrCreate, &[Field::new("clear-metadata", Boolean, "True: the schema goes, too.")], NO_BODY, Blocking, graphs::clear, "Removes all vertices and edges, as a job.";
    "POST" g!("/action"), &["execute-operation"], "execute_operation", Malformed, NO_QUERY, &[Field::new("api", Text, "algorithm, cypher, gremlin or path_query.").required(), Field::new("command", Text, "The body of that operation's request as JSON text.").required()], Blocking, operations::execute, "Another operation's request as a text.";
    "POST" g!("/action"), &["backup"], "backup_graph", Malformed, NO_QUERY, &[Field::new("backupPath", Text, "Directory in the object store that holds no backup.").required(), Field::new("earlierPath", Text, "An earlier backup of the graph, whose files are shared."), STORE_KEYS, PRIORITY, TIMEOUT], Blocking, backups::take, "Backs the graph up, as a job.";
    "POST" g!("/action"), &["restore"], "restore_graph", Malformed, NO_QUERY, &[Field::new("backupPath", Text, "Directory of a backup in the object store.").required(), Field::new("until", Text, "Time up to which commits are restored, RFC 3339."), STORE_KEYS, PRIORITY, TIMEOUT], Blocking, backups::restore, "Makes the graph of a backup, as a job.";
    "POST" g!("/action"), &["import-graph"], "import_graph", Import, NO_QUERY, IMPORT, Blocking, imports::import, "Imports schema, vertex and edge files, as a job.";
    "POST" "/ges/v1.0/{project_id}/hyg/{graph_name}/algorithm", NO_ACTION, "execute_hyg_algorithm", Algorithm, NO_QUERY, ALGORITHM, Blocking, algorithms::execute, "Runs an algorithm as a job; the HyG form.";
    "POST" g!("/hyg/algorithm"), NO_ACTION, "execute_hyg_algorithm_old", Algorithm, NO_QUERY, ALGORITHM, Blocking, algorithms::execute, "The same under an older path.";

    "GET" g!("/jobs/{job_id}/status"), NO_ACTION, "job_status", JobQuery, &[OFFSET, LIMIT, Field::new("wait", Number, "Seconds to wait for the end, at most 60.")], NO_BODY, Blocking, jobs::status, "State and result of a job.";
    "GET" g!("/jobs/status"), NO_ACTION, "list_jobs", Malformed, &[LIMIT, OFFSET, STATES, KINDS, Field::new("since", Text, "Only jobs submitted since this time, RFC 3339.")], NO_BODY, Blocking, jobs::list, "Lists the jobs of a graph.";
    "GET" g!("/jobs/events"), NO_ACTION, "job_events", JobQuery, &[Field::new("job", Text, "Only this job.")], NO_BODY, Inline, job_events::events, "Changes of jobs as server-sent events.";
    "POST" g!("/jobs/{job_id}/action"), &["export-result"], "export_result", Export, NO_QUERY, EXPORT_RESULT, Blocking, result_exports::result, "Writes the result of a job to files, as a job.";
    "DELETE" g!("/jobs/{job_id}"), NO_ACTION, "cancel_job", JobCancel, &[Field::new("wait", Boolean, "True: answer when the job's threads are idle.")], NO_BODY, Blocking, jobs::cancel, "Cancels a job.";
    "DELETE" g!("/jobs"), NO_ACTION, "cancel_jobs", JobCancel, &[STATES, KINDS], NO_BODY, Blocking, jobs::cancel_many, "Cancels the queued jobs of a graph.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn operations_are_unique_and_actions_do_not_clash() {
        let mut operations = HashSet::new();
        let mut actions = HashSet::new();
        for route in ROUTES {
            assert!(operations.insert(route.operation), "{}", route.operation);
            for action in route.actions {
                assert!(actions.insert((route.method, route.path, action)), "{action}");
            }
        }
    }
}
