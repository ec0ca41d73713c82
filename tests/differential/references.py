"""What each algorithm must answer, by NetworkX, igraph and SciPy. A check gets a Case and raises Mismatch."""

import math

import igraph
import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

CHECKS = []


class Mismatch(Exception):
    pass


def check(function):
    CHECKS.append(function)
    return function


class Case:
    """A graph in the server and its twins in the references."""

    def __init__(self, server, name, graph):
        self.server, self.name, self.graph = server, name, graph
        self.ids, self.n = graph.ids, len(graph.ids)
        self.multi = nx.MultiDiGraph()
        self.multi.add_nodes_from(self.ids)
        self.multi.add_weighted_edges_from((self.ids[s], self.ids[t], w) for s, t, w in graph.edges)
        # Not to_undirected(), which makes one edge of two that are the reverse of each other.
        self.both_ways = nx.MultiGraph()
        self.both_ways.add_nodes_from(self.ids)
        self.both_ways.add_weighted_edges_from((self.ids[s], self.ids[t], w) for s, t, w in graph.edges)
        # The simple view: distinct neighbours, no loops, the smallest weight of parallel edges.
        self.digraph, self.simple = nx.DiGraph(), nx.Graph()
        for twin in (self.digraph, self.simple):
            twin.add_nodes_from(self.ids)
            for s, t, w in graph.edges:
                s, t = self.ids[s], self.ids[t]
                if s != t:
                    old = twin.get_edge_data(s, t, {}).get("weight", math.inf)
                    twin.add_edge(s, t, weight=min(w, old))
        self.igraph = igraph.Graph(n=self.n, edges=[(s, t) for s, t, _ in graph.edges], directed=True)

    def run(self, algorithm, beside=None, **parameters):
        return self.server.run(self.name, algorithm, beside, **parameters)

    def view(self, directed):
        return self.digraph if directed else self.simple

    def sources(self):
        return [self.ids[i] for i in sorted({0, self.n // 2, self.n - 1})] if self.n else []


def close(got, expected, tolerance, what):
    if isinstance(expected, dict):
        if not isinstance(got, dict) or got.keys() != expected.keys():
            raise Mismatch(f"{what}: keys differ: {got} for {expected}")
        for key, value in expected.items():
            close(got[key], value, tolerance, f"{what}[{key}]")
    elif isinstance(got, bool) or not isinstance(got, (int, float)) or abs(got - expected) > tolerance * max(1.0, abs(expected)):
        raise Mismatch(f"{what}: got {got}, expected {expected}")


def equal(got, expected, what):
    if got != expected:
        raise Mismatch(f"{what}: got {got}, expected {expected}")


TIGHT = {"convergence": 1e-13, "max_iterations": 2000}
WAYS = [(directed, weighted) for directed in (True, False) for weighted in (False, True)]


def way(directed, weighted):
    return {"directed": directed, "weight": "w" if weighted else ""}


def counted(case, directed):
    """The arcs with the number of parallel edges as weight; a loop counts once."""
    graph = nx.DiGraph()
    graph.add_nodes_from(case.ids)
    for s, t in case.multi.edges(keys=False):
        for a, b in [(s, t)] if directed or s == t else [(s, t), (t, s)]:
            graph.add_edge(a, b, weight=graph.get_edge_data(a, b, {"weight": 0})["weight"] + 1)
    return graph


@check
def pagerank(case):
    for directed in (True, False):
        expected = nx.pagerank(counted(case, directed), tol=1e-14, max_iter=5000) if case.n else {}
        got = case.run("pagerank", directed=directed, **TIGHT)["pagerank"]
        close(got, expected, 1e-8, f"pagerank directed={directed}")
        if case.n:
            close(sum(got.values()), 1.0, 1e-9, "sum of pagerank")


@check
def pagerank_as_igraph_and_scipy_have_it(case):
    if not case.n or case.igraph.ecount() == 0:
        return
    # igraph spreads the rank of dead ends over all vertices, and counts parallel edges, as we do.
    expected = dict(zip(case.ids, case.igraph.pagerank(implementation="prpack")))
    close(case.run("pagerank", **TIGHT)["pagerank"], expected, 1e-8, "pagerank as igraph")


@check
def personalrank(case):
    for source in case.sources():
        home = {source: 1}
        expected = nx.pagerank(counted(case, True), personalization=home, dangling=home, tol=1e-14, max_iter=5000)
        got = case.run("personalrank", source=source, **TIGHT)["personalrank"]
        close(got, expected, 1e-8, "personalrank")
        got = case.run("topicrank", sources=[source], default_p=0, only_neighbors=False, **TIGHT)
        close(got["topicrank"], expected, 1e-8, "topicrank")


@check
def kcore(case):
    core = nx.core_number(case.simple)
    for k in (0, 1, 2, 3):
        expected = {v: c for v, c in core.items() if c >= k}
        equal(case.run("kcore", k=k)["coreness"], expected, f"kcore k={k}")


@check
def closeness(case):
    expected = nx.closeness_centrality(case.simple)
    close(case.run("closeness")["closeness"], expected, 1e-9, "closeness")
    weighted = nx.closeness_centrality(case.simple, distance="weight")
    close(case.run("closeness", weight="w")["closeness"], weighted, 1e-9, "weighted closeness")
    outward = nx.closeness_centrality(case.digraph.reverse())
    close(case.run("closeness", directed=True)["closeness"], outward, 1e-9, "directed closeness")
    for source in case.sources():
        close(case.run("closeness", source=source)["closeness"], expected[source], 1e-9, "closeness of one")


@check
def harmonic(case):
    for directed, weighted in WAYS:
        distance = "weight" if weighted else None
        expected = dict(nx.harmonic_centrality(case.view(directed), distance=distance))
        close(case.run("harmonic", **way(directed, weighted))["harmonic"], expected, 1e-9, "harmonic")


@check
def components(case):
    for strong in (False, True):
        find = nx.strongly_connected_components if strong else nx.weakly_connected_components
        order = {v: i for i, v in enumerate(case.ids)}
        groups = [sorted(group, key=order.get) for group in find(case.multi)]
        expected = {v: group[0] for group in groups for v in group}
        got = case.run("connected_component", strong=strong)
        equal(got["community"], expected, f"components strong={strong}")
        largest = max(groups, key=lambda g: (len(g), -order[g[0]]), default=[])
        equal(got["Max_WCC_size"], len(largest), "largest component")
        equal(got["Max_WCC_id"], largest[0] if largest else "", "largest component")
        if case.n:
            matrix = sparse.csr_matrix(nx.to_scipy_sparse_array(case.multi, nodelist=case.ids, weight=None))
            count, _ = csgraph.connected_components(matrix, connection="strong" if strong else "weak")
            equal(len(set(got["community"].values())), count, "number of components as SciPy")


@check
def triangles(case):
    expected = nx.triangles(case.simple)
    got = case.run("triangle_count", statistics=False)
    equal(got["vertex_triangles"], expected, "triangles of vertices")
    equal(got["triangle_count"], sum(expected.values()) // 3, "triangles")


@check
def clustering(case):
    got = case.run("cluster_coefficient", statistics=False)
    close(got["cluster_coefficient"], nx.average_clustering(case.simple) if case.n else 0.0, 1e-12, "clustering")
    close(got["transitivity"], nx.transitivity(case.simple), 1e-12, "transitivity")
    close(got["vertex_coefficients"], nx.clustering(case.simple), 1e-12, "clustering of vertices")


@check
def degree_correlation(case):
    degrees = {d for edge in case.both_ways.edges(keys=False) for d in map(case.both_ways.degree, edge)}
    got = case.run("degree_correlation")["degree_correlation"]
    if len(degrees) < 2:
        return equal(got, 0.0, "correlation without variance")
    expected = nx.degree_pearson_correlation_coefficient(case.both_ways)
    close(got, expected, 1e-7, "degree correlation")


@check
def betweenness(case):
    for directed, weighted in WAYS:
        weight = "weight" if weighted else None
        view = case.view(directed)
        expected = nx.betweenness_centrality(view, normalized=False, weight=weight)
        got = case.run("betweenness", **way(directed, weighted))["betweenness"]
        close(got, expected, 1e-9, f"betweenness {directed} {weighted}")
        pairs = nx.edge_betweenness_centrality(view, normalized=False, weight=weight)
        rows = case.run("edge_betweenness", **way(directed, weighted))["betweenness"] or []
        equal(len(rows), case.multi.number_of_edges(), "edges listed")
        sums = {}
        for row in rows:
            pair = (row["source"], row["target"])
            pair = pair if pair in pairs else pair[::-1]
            if pair[0] != pair[1]:
                sums[pair] = sums.get(pair, 0.0) + row["betweenness"]
        close(sums, pairs, 1e-9, f"edge betweenness {directed} {weighted}")


@check
def betweenness_as_igraph_has_it(case):
    # igraph counts parallel edges as different ways, so only graphs without them compare.
    if not case.n or case.igraph.has_multiple():
        return
    expected = dict(zip(case.ids, case.igraph.betweenness(directed=True)))
    close(case.run("betweenness")["betweenness"], expected, 1e-9, "betweenness as igraph")


@check
def link_prediction(case):
    if case.n < 2:
        return
    source, target = case.ids[0], case.ids[-1]
    for metric, namesake in [
        ("jaccard", nx.jaccard_coefficient),
        ("adamic_adar", nx.adamic_adar_index),
        ("resource_allocation", nx.resource_allocation_index),
        ("preferential_attachment", nx.preferential_attachment),
    ]:
        _, _, expected = next(iter(namesake(case.simple, [(source, target)])))
        got = case.run("link_prediction", source=source, target=target, metric=metric)["link_prediction"]
        close(got, expected, 1e-12, metric)
    common = set(nx.common_neighbors(case.simple, source, target))
    got = case.run("common_neighbors", source=source, target=target)
    equal(got["vertices"] or [], [v for v in case.ids if v in common], "common neighbours")


@check
def louvain(case):
    m = case.multi.number_of_edges()
    for name in ("louvain", "leiden"):
        for weighted in (False, True):
            got = case.run(name, weight="w" if weighted else "")
            groups = {}
            for v, c in got["community"].items():
                groups.setdefault(c, set()).add(v)
            equal(got["community_num"], len(groups), f"{name}: communities")
            if not m:
                equal(got["modularity"], 0.0, f"{name}: modularity without edges")
                continue
            weight = "weight" if weighted else None
            expected = nx.community.modularity(case.both_ways, groups.values(), weight=weight)
            close(got["modularity"], expected, 1e-9, f"{name}: reported modularity")
            if case.n >= 30:
                runs = [nx.community.louvain_communities(case.both_ways, weight=weight, seed=s) for s in range(4)]
                best = max(nx.community.modularity(case.both_ways, run, weight=weight) for run in runs)
                if got["modularity"] < best - 0.02:
                    raise Mismatch(f"{name}: modularity {got['modularity']}, NetworkX {best}")


@check
def sssp(case):
    for source in case.sources():
        for directed, weighted in WAYS:
            distance = nx.single_source_dijkstra_path_length
            expected = distance(case.view(directed), source, weight="weight" if weighted else lambda *_: 1)
            got = case.run("sssp", source=source, **way(directed, weighted))["distance"]
            close(got, expected, 1e-12, f"sssp {directed} {weighted}")


def order_of(case):
    return {v: i for i, v in enumerate(case.ids)}


def rows_of(value):
    """A list that may be empty, which looks like an empty dict."""
    return value or []


@check
def degree(case):
    for direction, of in [("in", case.multi.in_degree), ("out", case.multi.out_degree), ("both", case.multi.degree)]:
        equal(case.run("degree", direction=direction)["degree"], dict(of()), f"degree {direction}")


@check
def strongly_connected_component(case):
    order = order_of(case)
    expected = {v: min(group, key=order.get) for group in nx.strongly_connected_components(case.multi) for v in group}
    equal(case.run("strongly_connected_component")["strongly_connected_component"], expected, "strong components")


@check
def eigenvector_and_katz(case):
    # NetworkX knows eigenvectors of connected graphs only; others have several.
    if case.n > 1 and nx.is_connected(case.simple):
        got = case.run("eigenvector", directed=False, **TIGHT)
        matrix = nx.to_numpy_array(case.both_ways, nodelist=case.ids, weight=None)
        values, vectors = np.linalg.eigh(matrix)
        if values[-1] - values[-2] > 0.05:
            vector = np.abs(vectors[:, -1])
            close(got["eigenvector"], dict(zip(case.ids, map(float, vector))), 1e-7, "eigenvector")
    if case.n:
        matrix = nx.to_numpy_array(case.multi, nodelist=case.ids, weight=None)
        top = max(abs(np.linalg.eigvals(matrix)))
        alpha = 0.1 if top < 5 else 0.4 / top
        expected = np.linalg.solve(np.eye(case.n) - alpha * matrix.T, np.ones(case.n))
        expected /= np.linalg.norm(expected)
        got = case.run("katz", alpha=float(alpha), **TIGHT)["katz"]
        close(got, dict(zip(case.ids, map(float, expected))), 1e-7, "katz")


@check
def hits(case):
    matrix = nx.to_numpy_array(case.multi, nodelist=case.ids, weight=None) if case.n else np.zeros((0, 0))
    values = np.sort(np.linalg.eigvalsh(matrix.T @ matrix)) if case.n else []
    if case.n < 2 or values[-1] <= 0 or values[-1] - values[-2] < 0.05 * values[-1]:
        return
    hubs, authorities = nx.hits(nx.DiGraph(counted(case, True)), max_iter=5000, tol=1e-12)
    got = case.run("hits", max_iterations=2000, convergence=1e-13)["hits"]
    close({v: x[0] for v, x in got.items()}, hubs, 1e-6, "hubs")
    close({v: x[1] for v, x in got.items()}, authorities, 1e-6, "authorities")


@check
def articulation_points_and_bridges(case):
    got = rows_of(case.run("articulation_points")["articulation_points"])
    equal(set(got), set(nx.articulation_points(case.simple)), "articulation points")
    rows = rows_of(case.run("bridges")["bridges"])
    alone = {frozenset(e) for e in nx.bridges(case.simple)} if case.n else set()
    alone = {pair for pair in alone if case.both_ways.number_of_edges(*pair) == 1}
    equal({frozenset((r["source"], r["target"])) for r in rows}, alone, "bridges")
    equal(len(rows), len(alone), "bridges listed")


@check
def minimum_spanning_forest(case):
    got = case.run("minimum_spanning_forest", weight="w")
    expected = sum(d["weight"] for *_, d in nx.minimum_spanning_edges(case.both_ways, data=True))
    close(got["total_weight"], expected, 1e-12, "weight of the forest")
    forest = nx.Graph()
    forest.add_nodes_from(case.ids)
    rows = rows_of(got["minimum_spanning_forest"])
    forest.add_edges_from((r["source"], r["target"]) for r in rows)
    equal(len(rows), case.n - nx.number_connected_components(case.simple), "edges of the forest")
    equal(nx.number_connected_components(forest), nx.number_connected_components(case.simple), "trees")


@check
def maximal_independent_set(case):
    taken = set(rows_of(case.run("maximal_independent_set")["maximal_independent_set"]))
    for v in case.ids:
        equal(v in taken, taken.isdisjoint(case.simple[v]), f"{v} in the independent set")


@check
def k_truss(case):
    for k in (2, 3, 4, 5):
        expected = {frozenset(e) for e in nx.k_truss(case.simple, k).edges}
        rows = rows_of(case.run("k_truss", k=k)["k_truss"])
        equal({frozenset((r["source"], r["target"])) for r in rows}, expected, f"{k}-truss")


@check
def orders(case):
    loops = nx.number_of_selfloops(case.multi)
    if loops or not nx.is_directed_acyclic_graph(case.digraph):
        return
    generations = nx.topological_generations(case.multi)
    order = order_of(case)
    expected = [v for generation in generations for v in sorted(generation, key=order.get)]
    equal(rows_of(case.run("topological_sort")["topological_sort"]), expected, "topological sort")
    # The longest of parallel edges counts.
    longest = nx.DiGraph()
    longest.add_nodes_from(case.ids)
    for s, t, w in case.multi.edges(data="weight"):
        longest.add_edge(s, t, weight=max(w, longest.get_edge_data(s, t, {"weight": 0})["weight"]))
    expected = nx.dag_longest_path_length(longest, weight="weight") if case.n else 0.0
    got = case.run("dag_longest_path", weight="w")
    close(got["length"], expected, 1e-12, "longest path")


@check
def modularity_and_conductance(case):
    if not case.multi.number_of_edges():
        return
    groups = {}
    for v, part in zip(case.ids, parts(case.graph)):
        groups.setdefault(part, set()).add(v)
    for weight, name in [("weight", "w"), (None, "")]:
        expected = nx.community.modularity(case.both_ways, groups.values(), weight=weight)
        got = case.run("modularity", property="part", weight=name)
        close(got["modularity"], expected, 1e-9, "modularity")
        equal(got["community_num"], len(groups), "parts")
        got = case.run("conductance", property="part", weight=name)["conductance"]
        volume = {p: nx.volume(case.both_ways, g, weight=weight) for p, g in groups.items()}
        total = sum(volume.values())
        for part, group in groups.items():
            smaller = min(volume[part], total - volume[part])
            cut = nx.cut_size(case.both_ways, group, weight=weight)
            expected = cut / smaller if smaller else 0.0
            for v in group:
                close(got[v], expected, 1e-9, "conductance")


@check
def node_similarity(case):
    rows = rows_of(case.run("node_similarity", top_k=1000)["node_similarity"])
    got = {(r["source"], r["target"]): r["similarity"] for r in rows}
    pairs = [(a, b) for a in case.ids for b in case.ids if a != b and set(case.simple[a]) & set(case.simple[b])]
    expected = {(a, b): j for a, b, j in nx.jaccard_coefficient(case.simple, pairs)}
    close(got, expected, 1e-12, "node similarity")


def parts(graph):
    """A partition of the vertices, as the property `part`."""
    return [f"p{(i * i + 3 * i) % 4}" for i in range(len(graph.ids))]
