"""Runs every check on random graphs against a Gesso server. See README.md."""

import argparse
import sys
import time

try:
    import graphs
    import references
    import paths  # adds its checks
    from server import Refused, Server
except ImportError as missing:
    print(f"SKIPPED: {missing}; pip install networkx igraph scipy", file=sys.stderr)
    sys.exit(77)


def refuses_weights(server):
    """Weights of 0 and below fail the job by name."""
    for seed, weight in enumerate([0.0, -1.0]):
        graph = graphs.Graph("bad weight", ["a", "b", "c"], [(0, 1, 1.0), (1, 2, weight)])
        server.load(f"bad{seed}", graph)
        for name, parameters in [
            ("betweenness", {}),
            ("edge_betweenness", {}),
            ("closeness", {}),
            ("louvain", {}),
            ("leiden", {}),
            ("sssp", {"source": "a"}),
            ("od_betweenness", {"OD_pairs": "a,c"}),
        ]:
            try:
                server.run(f"bad{seed}", name, weight="w", **parameters)
            except Refused as refused:
                if "weight of edges must be greater than 0" not in str(refused):
                    yield f"{name} refuses a weight of {weight} with {refused}"
            else:
                yield f"{name} accepts a weight of {weight}"
        server.drop(f"bad{seed}")


def one_graph(server, seed, checks):
    graph = graphs.graph(seed)
    name = f"seed{seed}"
    server.load(name, graph, parts=references.parts(graph))
    case = references.Case(server, name, graph)
    for check in checks:
        try:
            check(case)
        except (references.Mismatch, Refused, KeyError) as problem:
            yield f"seed {seed} ({graph}), {check.__name__}: {type(problem).__name__} {problem}"
    server.drop(name)


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--binary", required=True, help="the gesso program")
    flags.add_argument("--graphs", type=int, default=40, help="how many graphs")
    flags.add_argument("--first", type=int, default=0, help="seed of the first graph")
    flags.add_argument("--only", default="", help="checks with this in their name")
    args = flags.parse_args()
    checks = [c for c in references.CHECKS if args.only in c.__name__]
    server, problems, started = Server(args.binary), 0, time.time()
    try:
        for problem in refuses_weights(server):
            problems += 1
            print(problem)
        for seed in range(args.first, args.first + args.graphs):
            for problem in one_graph(server, seed, checks):
                problems += 1
                print(problem[:2000])
    finally:
        server.close()
    spent = time.time() - started
    print(f"{args.graphs} graphs, {len(checks)} checks, {problems} problems, {spent:.1f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
