"""Aims generated requests at a graph that exists, so that they reach more than "graph is not found".

A third of the requests stays as generated. Names come from small sets, so that requests meet what others made.
"""

import random

import schemathesis

# Its own: the generator of examples sets the shared one to the same state before each of them.
RNG = random.Random(42)

GRAPHS = ["metro", "metro", "base", "base", "films", "nowhere"]
IDS = ["ana", "bo", "cy", "f1", "new", "ä/b c", ""]
LABELS = ["person", "film", "likes", "knows", "__DEFAULT__", "fresh"]
NAMES = {
    "graph_name": GRAPHS,
    "project_id": ["demo"],
    "vertex_id": IDS[:-1],
    "label_name": LABELS,
    "index_name": ["byAge", "none"],
    "vertexIds": ["ana,bo", "ana"],
    "vertexId": IDS,
    "source": IDS,
    "target": IDS,
    "label": LABELS,
    "vertex": IDS,
    "graphName": GRAPHS,
    "productType": ["InMemory", "Persistence", "Disk"],
    "sortKeyType": ["int", "string", "null", "date"],
    "sortKey": [1, "2", "x", None],
    "vertexsetFormat": ["csv", "jsonl", "parquet", "json"],
    "edgesetFormat": ["csv", "jsonl", "parquet", "json"],
    "indexName": ["byAge", "byLabel"],
    "indexType": ["GlobalCompositeVertexIndex", "GlobalCompositeEdgeIndex", "CompositeVertexIndex", "FullTextIndex"],
    "algorithmName": ["pagerank", "sssp", "nonsense"],
    "name": LABELS,
    "predicate": ["=", "range", "has", "hasNot", "<", "full_text_match", "~"],
    "propertyName": ["age", "city", "stars", "none"],
}
LISTS = {
    "labels": LABELS,
    "vertices": IDS,
    "indexProperty": ["age", "city", "tags"],
    "indexLabel": LABELS,
    "paths": [["ana", "f1"], ["bo"], []],
}
FILTERS = [
    {"propertyName": "age", "predicate": "=", "values": ["31"]},
    {"propertyName": "age", "predicate": "range", "values": [1, 40], "type": "or"},
    {"propertyName": "stars", "predicate": ">", "values": ["2"]},
    {"propertyName": "tags", "predicate": "has"},
]


def renamed(values):
    """A copy with names that exist, or may exist, in the fields that are known."""
    if not isinstance(values, dict):
        return values
    out = dict(values)
    for name in list(out) + [n for n in NAMES if RNG.random() < 0.1]:
        if name in NAMES and (name in out or RNG.random() < 0.5):
            out[name] = RNG.choice(NAMES[name])
    return out


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return renamed(path_parameters) if path_parameters and RNG.random() < 0.9 else path_parameters


@schemathesis.hook
def map_query(context, query):
    if not query or RNG.random() < 0.3:
        return query
    known = {n: RNG.choice(NAMES[n]) if n in NAMES else v for n, v in query.items()}
    return known


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict) or RNG.random() < 0.3:
        return body
    out = {n: RNG.choice(NAMES[n]) if n in NAMES else v for n, v in body.items()}
    for name, choices in LISTS.items():
        if name in out or RNG.random() < 0.2:
            out[name] = [RNG.choice(choices) for _ in range(RNG.randint(0, 3))]
    for name in ["vertexFilters", "edgeFilters"]:
        if name in out or RNG.random() < 0.2:
            out[name] = RNG.sample(FILTERS, RNG.randint(0, 3))
    if RNG.random() < 0.3:
        out["vertices"] = [
            {"vertex": RNG.choice(IDS), "label": RNG.choice(LABELS), "properties": {"age": [RNG.randint(0, 99)]}}
        ]
    if RNG.random() < 0.3:
        ends = {"source": RNG.choice(IDS), "target": RNG.choice(IDS), "label": RNG.choice(LABELS)}
        out["edges"] = [dict(ends, properties={"stars": [RNG.randint(0, 5)]})]
    return out


@schemathesis.hook
def before_call(context, case, **kwargs):
    # The graph that most requests are about stays.
    if case.method == "DELETE" and case.operation.path.endswith("/graphs/{graph_name}"):
        case.path_parameters["graph_name"] = "gone"
