//! What successful answers look like, for `/openapi.json`.

use serde_json::{Value, json};

/// Answers by the operation's name. What is not listed answers with some JSON object.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "Accepted",
        &[
            "build_structure",
            "clear_graph",
            "create_index",
            "create_indices",
            "delete_by_file",
            "delete_by_file_old",
            "delete_edges",
            "delete_graph",
            "delete_index",
            "delete_label",
            "delete_vertices",
            "export_edges",
            "export_graph",
            "export_vertices",
            "generate_assets",
            "import_graph",
            "import_properties",
            "import_properties_old",
            "query_edges",
            "query_vertices",
            "subgraph_algorithm",
        ],
    ),
    (
        "Done",
        &[
            "add_label",
            "add_labels",
            "add_vertex",
            "batch_add_vertices",
            "batch_delete_vertices",
            "batch_update_edges",
            "batch_update_vertices",
            "cancel_job",
            "change_label",
            "create_graph",
            "delete_edge",
            "delete_vertex",
            "replace_label",
            "update_edge",
            "update_vertex",
        ],
    ),
    ("Elements", &["batch_query_edges", "batch_query_vertices", "edge_detail", "subgraph", "vertex_detail"]),
    ("Graphs", &["list_graphs"]),
    ("Indices", &["list_indices"]),
    ("Structure", &["read_structure", "read_structure_old"]),
    ("Summary", &["summary"]),
    ("Version", &["version"]),
];

/// The name of an operation's answer among the components.
pub fn answer(operation: &str) -> &'static str {
    let found = ANSWERS.iter().find(|(_, operations)| operations.contains(&operation));
    found.map_or("Object", |(name, _)| name)
}

/// The schemas of all answers.
pub fn schemas() -> Value {
    let values = json!({"type": "object", "additionalProperties": {"type": "array"},
        "description": "Each property with all its values, one for cardinality single."});
    json!({
        "Object": {"type": "object"},
        "Accepted": {
            "type": "object", "required": ["jobId"],
            "properties": {
                "jobId": {"type": "string", "description": "Names the job in the paths of jobs."},
                "jobType": {"type": "integer", "description": "The number of the job's kind."},
            },
        },
        "Done": {
            "type": "object", "required": ["result"],
            "properties": {"result": {"type": "string", "enum": ["success", "partial success"]}},
        },
        "Vertex": {
            "type": "object", "required": ["id", "label", "properties"],
            "properties": {
                "id": {"type": "string"},
                "label": {"type": "string", "description": "The first label."},
                "labels": {"type": "array", "items": {"type": "string"}, "description": "All labels, where there are several."},
                "properties": values,
            },
        },
        "Edge": {
            "type": "object", "required": ["source", "target", "label", "properties"],
            "properties": {
                "source": {"type": "string"},
                "target": {"type": "string"},
                "index": {"type": "string", "description": "The edge's number at its source; not in the database edition."},
                "sortKey": {"type": ["string", "integer"], "description": "Tells edges of a label apart, in the database edition."},
                "label": {"type": "string"},
                "properties": values,
            },
        },
        "Elements": {
            "type": "object", "required": ["data"],
            "properties": {
                "data": {
                    "type": "object",
                    "properties": {
                        "vertices": {"type": "array", "items": {"$ref": "#/components/schemas/Vertex"}},
                        "edges": {"type": "array", "items": {"$ref": "#/components/schemas/Edge"}},
                    },
                },
                "result": {"type": "string", "enum": ["success"]},
            },
        },
        "Graphs": {
            "type": "object", "required": ["graphs", "result"],
            "properties": {
                "graphs": {"type": "array", "items": {"type": "object", "required": ["graphName"],
                    "properties": {"graphName": {"type": "string"}}}},
                "result": {"type": "string", "enum": ["success"]},
            },
        },
        "Indices": {
            "type": "object", "required": ["data"],
            "properties": {
                "data": {
                    "type": "object", "required": ["indices"],
                    "properties": {"indices": {"type": "array", "items": {
                        "type": "object", "required": ["indexName", "indexType", "indexProperty", "hasLabel"],
                        "properties": {
                            "indexName": {"type": "string"},
                            "indexType": {"type": "string"},
                            "indexProperty": {"type": "array", "items": {"type": "string"}},
                            "hasLabel": {"type": ["string", "boolean"], "enum": ["true", "false", true, false]},
                            "indexLabel": {"type": "array", "items": {"type": "string"}},
                        },
                    }}},
                },
            },
        },
        "Structure": {
            "type": "object", "required": ["schema"],
            "properties": {"schema": {
                "type": "object", "required": ["vertices", "edges"],
                "properties": {
                    "vertices": {"type": "array", "items": {"type": "object", "required": ["vertex", "weight"]}},
                    "edges": {"type": "array", "items": {"type": "object", "required": ["source", "target", "relation", "weight"]}},
                },
            }},
        },
        "Summary": {
            "type": "object", "anyOf": [{"required": ["data"]}, {"required": ["jobId"]}],
            "properties": {"jobId": {"type": "string", "description": "In the database edition, where counting is a job."}, "data": {
                "type": "object", "required": ["vertexNum", "edgeNum"],
                "properties": {
                    "vertexNum": {"type": "integer", "minimum": 0},
                    "edgeNum": {"type": "integer", "minimum": 0},
                    "labelDetails": {"type": "object"},
                },
            }},
        },
        "Version": {
            "type": "object", "required": ["version"],
            "properties": {"version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"}},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn every_listed_operation_and_schema_exists() {
        let schemas = schemas();
        for (name, operations) in ANSWERS {
            assert!(schemas.get(name).is_some(), "{name}");
            for operation in *operations {
                assert!(ROUTES.iter().any(|r| r.operation == *operation), "{operation}");
            }
        }
    }
}
