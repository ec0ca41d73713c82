"""Paths and circles: NetworkX where it has them, all of them by trying where it does not."""

import itertools
import random

import networkx as nx
from references import CHECKS, check, close, equal, parts, rows_of


def in_order(paths):
    """Lists of ids by length, then by the bytes of their ids: the order of every list of paths."""
    return sorted(map(list, paths), key=lambda path: (len(path), [id.encode() for id in path]))


def pairs_of(case, count=3):
    rng = random.Random(case.name)
    return [tuple(rng.sample(case.ids, 2)) for _ in range(count)] if case.n > 1 else []


def subset(case, rng):
    return rng.sample(case.ids, min(case.n, rng.randint(1, 3)))


def shortest(graph, source, target, weight=None):
    if source not in graph or target not in graph or not nx.has_path(graph, source, target):
        return []
    return in_order(nx.all_shortest_paths(graph, source, target, weight=weight))


# Conditions on the property `part` of vertices and on the weight of edges, and what they keep.
def part_is_not(name):
    condition = {"leftvalue": {"property_name": "part"}, "predicate": "!=", "rightvalue": {"value": name}}
    return {"property_filter": condition}, lambda part: part != name


def weight_is_at_most(limit):
    condition = {"leftvalue": {"property_name": "w"}, "predicate": "<=", "rightvalue": {"value": limit}}
    return {"property_filter": condition}, lambda weight: weight <= limit


def filtered(case, directed):
    """Filters for a request, and the graph that they leave."""
    vertex_filter, keeps_part = part_is_not("p1")
    edge_filter, keeps_weight = weight_is_at_most(3)
    kept = {v for v, part in zip(case.ids, parts(case.graph)) if keeps_part(part)}
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(kept)
    for s, t, w in case.graph.edges:
        s, t = case.ids[s], case.ids[t]
        if s != t and s in kept and t in kept and keeps_weight(w):
            graph.add_edge(s, t)
    return {"vertex_filter": vertex_filter, "edge_filter": edge_filter}, graph


@check
def all_shortest_paths(case):
    for source, target in pairs_of(case):
        for directed, weighted in itertools.product([True, False], repeat=2):
            graph, weight = case.view(directed), "weight" if weighted else None
            expected = shortest(graph, source, target, weight)
            given = {"source": source, "target": target, "directed": directed, "weight": "w" if weighted else ""}
            got = case.run("all_shortest_paths", **given)
            equal(rows_of(got["paths"]), expected, f"all_shortest_paths {given}")
            equal(got["paths_number"], len(expected), "paths_number")
            # The one path: least sum, then fewest edges, then smallest ids.
            got = case.run("shortest_path", **given)
            equal(rows_of(got["path"]), expected[0] if expected else [], f"shortest_path {given}")


@check
def filtered_shortest_paths(case):
    for (source, target), directed in itertools.product(pairs_of(case), [True, False]):
        filters, graph = filtered(case, directed)
        expected = shortest(graph, source, target)
        given = {"source": source, "target": target, "directed": directed}
        got = case.run("filtered_all_shortest_paths", beside=filters, **given)
        equal(rows_of(got["paths"]), expected, f"filtered_all_shortest_paths {given}")
        first = expected[0] if expected else []
        got = case.run("filtered_shortest_path", beside=filters, **given)
        equal(rows_of(got["path"]), first, f"filtered_shortest_path {given}")
        # A projection of the same part.
        if source in graph and target in graph:
            got = case.run("shortest_path", beside=filters, **given)
            equal(rows_of(got["path"]), first, f"shortest_path with filters {given}")


@check
def vertex_sets(case):
    rng = random.Random(case.name)
    for directed in (True, False) if case.n else ():
        sources, targets = subset(case, rng), subset(case, rng)
        graph = case.view(directed)
        found = [p for s in sources for t in targets for p in ([[s]] if s == t else shortest(graph, s, t))]
        least = min(map(len, found), default=0)
        expected = in_order(p for p in found if len(p) == least)
        given = {"sources": sources, "targets": targets, "directed": directed}
        got = case.run("all_shortest_paths_of_vertex_sets", **given)
        equal(rows_of(got["paths"]), expected, f"all_shortest_paths_of_vertex_sets {given}")
        ends = [expected[0][0], expected[0][-1]] if expected else ["", ""]
        equal([got["source"], got["target"]], ends, "ends")
        got = case.run("shortest_path_of_vertex_sets", **given)
        equal(rows_of(got["path"]), expected[0] if expected else [], f"shortest_path_of_vertex_sets {given}")


@check
def all_pairs(case):
    rng = random.Random(case.name)
    for directed in (True, False) if case.n else ():
        sources, targets = subset(case, rng), subset(case, rng)
        filters, part = filtered(case, directed)
        for name, graph, beside in [
            ("all_pairs_shortest_paths", case.view(directed), {}),
            ("filtered_all_pairs_shortest_paths", part, filters),
        ]:
            cutoff, limit = rng.randint(1, 6), rng.choice([1, 3, 10_000])
            expected, room = [], limit
            for s, t in itertools.product(sources, targets):
                paths = [] if s == t else [p for p in shortest(graph, s, t) if len(p) - 1 <= cutoff][:room]
                room -= len(paths)
                if paths:
                    expected.append({"paths": paths, "source": s, "target": t})
            given = {"sources": sources, "targets": targets, "directed": directed}
            got = case.run(name, beside=beside, cutoff=cutoff, path_limit=limit, **given)
            equal(rows_of(got["batch_paths"]), expected, f"{name} {given} {cutoff} {limit}")
            equal(got["paths_number"], limit - room, "paths_number")


@check
def n_paths(case):
    for (source, target), directed in itertools.product(pairs_of(case, 2), [True, False]):
        k = 5 if case.graph.shape != "dense" else 4
        every = in_order(nx.all_simple_paths(case.view(directed), source, target, cutoff=k))
        for n, most in [(10, k), (100, k), (1, 3)]:
            expected = [p for p in every if len(p) - 1 <= most][:n]
            given = {"source": source, "target": target, "directed": directed, "n": n, "k": most}
            got = case.run("n_paths", **given)
            equal(rows_of(got["paths"]), expected, f"n_paths {given}")


@check
def circles_through_a_vertex(case):
    for source, directed in itertools.product(case.sources(), [True, False]):
        graph, most = case.view(directed), 5 if case.graph.shape != "dense" else 4
        found = []
        for neighbour in graph[source]:
            found += [[source] + p[:-1] for p in nx.all_simple_paths(graph, neighbour, source, cutoff=most - 1)]
        found = [c for c in found if len(c) >= 3]
        if not directed:
            found = [c for c in found if c[1].encode() < c[-1].encode()]
        for limit, least in [(100_000, 3), (2, 4)]:
            expected = [c for c in in_order(found) if len(c) >= least][:limit]
            given = {"source": source, "directed": directed, "max_circle_length": most}
            got = case.run(
                "single_vertex_circles_detection", limit_circle_number=limit, min_circle_length=least, **given
            )
            equal(rows_of(got["circles"]), expected, f"circles {given}")
            equal(got["circle_number"], len(expected), "circle_number")


class Hops:
    """Hops of filters, as JSON and as what they allow."""

    def __init__(self, case, layers):
        """Layers are (operator, times, filters vertices, filters edges)."""
        vertex_filter, keeps_part = part_is_not("p2")
        edge_filter, keeps_weight = weight_is_at_most(2)
        part = dict(zip(case.ids, parts(case.graph)))
        counts, out, back = {}, {}, {}
        for s, t, w in case.graph.edges:
            s, t = case.ids[s], case.ids[t]
            index = counts[s] = counts.get(s, -1) + 1
            edge = (s, t, index)
            if s != t:
                out.setdefault(s, []).append((t, edge, w))
                back.setdefault(t, []).append((s, edge, w))
        self.json, self.hops = [], []
        for operator, times, on_vertices, on_edges in layers:
            layer = {"operator": operator, "times": times}
            layer |= {"vertex_filter": vertex_filter} if on_vertices else {}
            layer |= {"edge_filter": edge_filter} if on_edges else {}
            self.json.append(layer)
            near = {"out": [out], "in": [back], "both": [out, back]}[operator]
            takes = lambda v, w, vs=on_vertices, es=on_edges: (not vs or keeps_part(part[v])) and (
                not es or keeps_weight(w)
            )
            self.hops += [(near, takes)] * times

    def steps(self, hop, v):
        """(vertex reached, edge), in the order of ids, then of indices."""
        near, takes = self.hops[hop]
        found = [(t, edge) for sides in near for t, edge, w in sides.get(v, []) if takes(t, w)]
        return sorted(found, key=lambda step: (step[0].encode(), step[1][2]))


LAYERS = [
    [("out", 3, False, False)],
    [("both", 3, False, False)],
    [("out", 2, True, False), ("in", 1, False, True)],
    [("both", 1, False, True), ("out", 1, True, False), ("both", 1, False, False)],
    [("out", 4, False, True)],
    [("in", 2, False, False), ("both", 2, True, False)],
]


def closed_walks(hops, start):
    """All circles from a start as (vertices, edges), by vertices and then by indices."""
    found = []

    def go(v, vertices, edges):
        for t, edge in hops.steps(len(edges), v):
            if len(edges) + 1 == len(hops.hops):
                if t == start:
                    found.append((vertices, edges + [edge]))
            elif t not in vertices:
                go(t, vertices + [t], edges + [edge])

    go(start, [start], [])
    key = lambda circle: ([v.encode() for v in circle[0]], [edge[2] for edge in circle[1]])
    return sorted(found, key=key)


def cyclic(vertices, both_ways):
    turned = [tuple(vertices[i:] + vertices[:i]) for i in range(len(vertices))]
    return frozenset(map(frozenset, zip(vertices, vertices[1:] + vertices[:1]))) if both_ways else min(turned)


@check
def circles_through_filters(case):
    if len(case.graph.edges) > 300:
        return
    rng = random.Random(case.name)
    for layers in LAYERS:
        hops = Hops(case, layers)
        both_ways = any(layer[0] == "both" for layer in layers)
        starts = subset(case, rng) if case.n and rng.random() < 0.3 else None
        seen_edges, seen_vertices, by_edges, by_vertices = set(), set(), [], []
        for start in starts or case.ids:
            for vertices, edges in closed_walks(hops, start):
                if frozenset(edges) not in seen_edges:
                    seen_edges.add(frozenset(edges))
                    by_edges.append([f"{s}-{t}-{index}" for s, t, index in edges])
                if (name := cyclic(vertices, both_ways)) not in seen_vertices:
                    seen_vertices.add(name)
                    by_vertices.append(vertices)
        given = {"statistics": True} | ({"sources": starts} if starts else {})
        for form, expected in [("edgeId", by_edges), ("vertexId", by_vertices)]:
            for n in (100_000, 3):
                beside = {"filters": [{}] + hops.json}
                got = case.run("filtered_circle_detection", beside=beside, output_format=form, n=n, **given)
                what = f"{form} {layers} from {starts}"
                equal(rows_of(got["circles"]), expected[:n], what)
                equal(got["circle_number"], len(expected), f"number of {what}")


@check
def paths_through_filters(case):
    if len(case.graph.edges) > 300:
        return
    for (source, target), layers in itertools.product(pairs_of(case, 2), LAYERS):
        hops = Hops(case, layers)
        found = set()

        def go(v, path):
            for t, _ in hops.steps(len(path) - 1, v):
                if len(path) == len(hops.hops):
                    if t == target:
                        found.add((*path, t))
                elif t not in path and t != target:
                    go(t, (*path, t))

        go(source, (source,))
        for n in (1000, 2):
            got = case.run(
                "filtered_n_paths",
                beside={"filters": hops.json},
                source=source,
                target=target,
                k=len(hops.hops),
                n=n,
            )
            equal(rows_of(got["paths"]), in_order(found)[:n], f"filtered_n_paths {source} {target} {layers}")


@check
def parts_of_graphs(case):
    """Algorithms with filters are the same algorithms on the part that passes."""
    filters, graph = filtered(case, True)
    if not graph:
        return
    expected = {v: set() for v in graph}
    for i, group in enumerate(nx.weakly_connected_components(graph)):
        for v in group:
            expected[v] = i
    got = case.run("connected_component", beside=filters)["community"]
    equal(got.keys(), expected.keys(), "vertices that pass")
    groups = lambda of: {frozenset(v for v in of if of[v] == name) for name in set(of.values())}
    equal(groups(got), groups(expected), "components of a part")
    both_ways = filtered(case, False)[1]
    equal(case.run("triangle_count", beside=filters)["triangle_count"], sum(nx.triangles(both_ways).values()) // 3, "triangles")
    source = next(iter(graph))
    expected = {v: float(d) for v, d in nx.single_source_shortest_path_length(graph, source).items()}
    close(case.run("sssp", beside=filters, source=source)["distance"], expected, 0.0, "distances in a part")
