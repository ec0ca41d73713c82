"""What each peer shares with Gesso: a call for each algorithm, on a graph that is built before the clock starts.

A call returns numbers to check the answer by, or None where the definition differs or chance decides: for
per-vertex values their sum and the sum of their squares; for groups how many there are, and for a single value
the value, as `sum`; for what is listed without values how many rows there are; for communities their modularity as
`quality`. Or it returns a function that reads these numbers: what is asked of the peer has ended then, and so
has the clock.
`source` is the vertex that distances are measured from, `seeds` those that betweenness is counted from.
"""

import importlib.metadata
import os

import numpy as np


def sums(values):
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return {"sum": float(values.sum()), "squares": float((values * values).sum())}


def value(number):
    return {"sum": float(number)}


def quality(modularity):
    return {"quality": float(modularity)}


def unit(values):
    """Values of which only the proportions are defined, in Euclidean length 1."""
    values = np.asarray(values, dtype=float)
    return sums(values / np.linalg.norm(values))


def rows(number):
    return {"rows": int(number)}


class Peer:
    """Calls by the name that Gesso has for the algorithm."""

    name = ""
    package = ""
    # Whether one call uses every core.
    parallel = False

    def version(self):
        return importlib.metadata.version(self.package)

    def calls(self):
        return {name[len("run_"):]: getattr(self, name) for name in dir(self) if name.startswith("run_")}


class NetworKit(Peer):
    name, package, parallel = "NetworKit", "networkit", True

    def __init__(self, n, low, high, source, seeds, threads):
        import networkit as nk

        self.nk, self.source, self.seeds = nk, source, seeds
        nk.setNumberOfThreads(threads)
        self.graph = nk.GraphFromCoo((low.astype(np.uint64), high.astype(np.uint64)), n=n)
        self.graph.sortEdges()
        from networkit.correlation import Assortativity

        self.assortativity = Assortativity
        self.degrees = [float(self.graph.degree(v)) for v in range(self.graph.numberOfNodes())]

    def run_pagerank(self):
        c = self.nk.centrality
        ranks = c.PageRank(self.graph, 0.85, tol=1e-300, normalized=False, distributeSinks=c.SinkHandling.DistributeSinks)
        ranks.maxIterations = 20
        # Not compared: its ranks do not sum to 1 on graphs with vertices without edges.
        ranks.run()

    def run_connected_component(self):
        found = self.nk.components.ParallelConnectedComponents(self.graph, False)
        found.run()
        return lambda: value(found.numberOfComponents())

    def run_sssp(self):
        search = self.nk.distance.BFS(self.graph, self.source, False)
        search.run()

        def read():
            distances = np.asarray(search.getDistances())
            return sums(distances[distances < 1e300])

        return read

    def run_label_propagation(self):
        self.nk.community.PLP(self.graph, maxIterations=10).run()

    def run_louvain(self):
        found = self.nk.community.PLM(self.graph, refine=False, gamma=1.0)
        found.run()
        return lambda: quality(self.nk.community.Modularity().getQuality(found.getPartition(), self.graph))

    def run_kcore(self):
        cores = self.nk.centrality.CoreDecomposition(self.graph)
        cores.run()
        # Gesso lists the vertices of a core; the value below is for its k of 1.
        return lambda: rows(np.count_nonzero(np.asarray(cores.scores()) >= 1))

    def run_cluster_coefficient(self):
        local = self.nk.centrality.LocalClusteringCoefficient(self.graph, True)
        local.run()
        return lambda: value(np.mean(np.nan_to_num(local.scores())))

    def run_betweenness(self):
        self.nk.centrality.EstimateBetweenness(self.graph, len(self.seeds), False, True).run()

    def run_degree(self):
        degrees = self.nk.centrality.DegreeCentrality(self.graph)
        degrees.run()
        return lambda: sums(degrees.scores())

    def run_eigenvector(self):
        # Ends by the change of the eigenvalue, which leaves an error of 1e-7 in the vector.
        entries = self.nk.centrality.EigenvectorCentrality(self.graph, 1e-9)
        entries.run()
        return lambda: unit(entries.scores())

    def run_katz(self):
        # Not compared: its first step counts otherwise.
        self.nk.centrality.KatzCentrality(self.graph, 1e-4, 0.1, 1e-8).run()

    def run_degree_correlation(self):
        # Not compared: it takes each edge one way only.
        self.assortativity(self.graph, self.degrees).run()

    def run_maximal_independent_set(self):
        self.nk.independentset.Luby().run(self.graph)

    def run_minimum_spanning_forest(self):
        self.nk.graph.RandomMaximumSpanningForest(self.graph).run()


class IGraph(Peer):
    name, package = "igraph", "igraph"

    def __init__(self, n, low, high, source, seeds, threads):
        import igraph

        self.source, self.seeds = source, seeds
        # Eigenvectors as exact as Gesso is asked for; by default they are sought to the last bit.
        self.arpack = igraph.ARPACKOptions()
        self.arpack.tol = 1e-8
        self.graph = igraph.Graph(n=n, edges=np.stack([low, high], axis=1))

    def run_pagerank(self):
        self.graph.pagerank(directed=False, damping=0.85)

    def run_connected_component(self):
        found = self.graph.connected_components()
        return lambda: value(len(found))

    def run_sssp(self):
        found = self.graph.distances(source=self.source)
        return lambda: sums(found[0])

    def run_label_propagation(self):
        self.graph.community_label_propagation()

    def run_louvain(self):
        found = self.graph.community_multilevel()
        return lambda: quality(found.modularity)

    def run_leiden(self):
        found = self.graph.community_leiden(objective_function="modularity", n_iterations=2)
        return lambda: quality(found.modularity)

    def run_kcore(self):
        cores = self.graph.coreness()
        return lambda: rows(np.count_nonzero(np.asarray(cores) >= 1))

    def run_cluster_coefficient(self):
        local = self.graph.transitivity_local_undirected(mode="zero")
        return lambda: value(np.mean(local))

    def run_betweenness(self):
        # Gesso scales what some sources give up to all.
        scale = self.graph.vcount() / len(self.seeds)
        found = self.graph.betweenness(directed=False, sources=self.seeds)
        return lambda: sums(np.asarray(found) * scale)

    def run_degree(self):
        degrees = self.graph.degree()
        return lambda: sums(degrees)

    def run_degree_correlation(self):
        return value(self.graph.assortativity_degree(directed=False))

    def run_hits(self):
        found = self.graph.hub_score(arpack_options=self.arpack)

        def read():
            hubs = np.asarray(found) / np.sum(found)
            # Gesso lists hubs and authorities, which are the same where edges count both ways.
            return sums(np.concatenate([hubs, hubs]))

        return read

    def run_eigenvector(self):
        found = self.graph.eigenvector_centrality(arpack_options=self.arpack)
        return lambda: unit(found)

    def run_articulation_points(self):
        return rows(len(self.graph.articulation_points()))

    def run_bridges(self):
        return rows(len(self.graph.bridges()))

    def run_minimum_spanning_forest(self):
        return rows(len(self.graph.spanning_tree(return_tree=False)))


class RustworkX(Peer):
    name, package = "rustworkx", "rustworkx"

    def __init__(self, n, low, high, source, seeds, threads):
        import rustworkx

        os.environ["RAYON_NUM_THREADS"] = str(threads)
        self.rx, self.source = rustworkx, source
        self.graph = rustworkx.PyGraph(multigraph=False)
        self.graph.add_nodes_from(range(n))
        self.graph.extend_from_edge_list(list(zip(low.tolist(), high.tolist())))

    def run_connected_component(self):
        return value(self.rx.number_connected_components(self.graph))

    def run_sssp(self):
        lengths = self.rx.dijkstra_shortest_path_lengths(self.graph, self.source, lambda _: 1.0)
        # Without the source, whose distance is 0.
        return lambda: sums(list(lengths.values()))

    def run_kcore(self):
        cores = self.rx.core_number(self.graph)
        return lambda: rows(sum(1 for core in cores.values() if core >= 1))

    def run_articulation_points(self):
        return rows(len(self.rx.articulation_points(self.graph)))

    def run_bridges(self):
        return rows(len(self.rx.bridges(self.graph)))

    def run_minimum_spanning_forest(self):
        return rows(len(self.rx.minimum_spanning_edges(self.graph)))


class GraphBLAS(Peer):
    name, package, parallel = "GraphBLAS", "python-graphblas", True

    def __init__(self, n, low, high, source, seeds, threads):
        import graphblas as gb

        gb.ss.config["nthreads"] = threads
        self.gb, self.n, self.source = gb, n, source
        rows, columns = np.concatenate([low, high]), np.concatenate([high, low])
        self.matrix = gb.Matrix.from_coo(rows, columns, 1.0, nrows=n, ncols=n)
        self.degrees = self.matrix.reduce_rowwise(gb.monoid.plus).new()

    def run_pagerank(self):
        gb, n = self.gb, self.n
        degrees = self.degrees.to_dense(fill_value=0.0)
        rank = np.full(n, 1 / n)
        for _ in range(20):
            dangling = rank[degrees == 0].sum()
            share = gb.Vector.from_dense(0.85 * rank / np.maximum(degrees, 1))
            gathered = self.matrix.mxv(share, gb.semiring.plus_second).new().to_dense(fill_value=0.0)
            rank = (0.15 + 0.85 * dangling) / n + gathered
        return sums(rank)

    def run_sssp(self):
        gb = self.gb
        level = gb.Vector(float, self.n)
        frontier = gb.Vector.from_coo([self.source], [True], size=self.n)
        depth = 0.0
        while frontier.nvals:
            level(frontier.S) << depth
            frontier(~level.S, replace=True) << frontier.vxm(self.matrix, gb.semiring.any_pair)
            depth += 1
        return lambda: sums(level.to_coo()[1])

    def run_triangle_count(self):
        gb = self.gb
        low = gb.select.tril(self.matrix, -1).new()
        count = gb.Matrix(float, self.n, self.n)
        count(low.S) << low.mxm(low.T, gb.semiring.plus_pair)
        return value(count.reduce_scalar(gb.monoid.plus).new().value)


ALL = [NetworKit, IGraph, RustworkX, GraphBLAS]
