"""Measures Gesso and other libraries on one graph in one run, and prints a table. See README.md."""

import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np

    import graph
    import peers
except ImportError as missing:
    print(f"SKIPPED: {missing}; see README.md for what to install", file=sys.stderr)
    sys.exit(77)

CPP = "C++ kernels"
# Where a sum of floats may differ by rounding and by how a method ends.
TOLERANCE = 1e-6
# Communities that are less good than a peer's by more than this are no match; runs of one peer differ by as much.
QUALITY = 0.003
# What `gesso bench algo` is asked for where its fixed rounds are not what the peers are asked for: see README.md.
ASKED = {
    "eigenvector": {"convergence": 1e-9, "max_iterations": 100},
    "hits": {"convergence": 1e-8, "max_iterations": 100},
    "katz": {"convergence": 1e-9, "max_iterations": 100},
    "leiden": {"convergence": 1e-5, "max_iterations": 100},
    "louvain": {"convergence": 1e-5, "max_iterations": 100},
}


def gesso(binary, scale, low, high, options):
    """Rows of `gesso bench algo` on these edges: {(algorithm, threads): row}."""
    with tempfile.NamedTemporaryFile(suffix=".edges") as file:
        np.stack([low, high], axis=1).astype("<u4").tofile(file)
        file.flush()
        command = [binary, "bench", "algo", "--json", "--edges", file.name, "--scale", str(scale), *options]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {(row["what"], row["threads"]): row for row in json.loads(done.stdout)["rows"]}


def timed(call, runs, budget, middle):
    """The middle of some calls in ms, fewer if they take long together, and what the last one gave.

    What a call returns to be called is how its answer is read, and takes no part in its time.
    """
    times = []
    while len(times) < runs and (not times or sum(times) < budget):
        started = time.perf_counter()
        answer = call()
        times.append(time.perf_counter() - started)
    return middle(times) * 1e3, answer() if callable(answer) else answer


def agrees(row, answer):
    if answer is None:
        return "not compared"
    if "quality" in answer:
        ours, theirs = row["quality"], answer["quality"]
        return f"{ours:.4f} to its {theirs:.4f}" if ours > theirs - QUALITY else f"DIFFERS: {ours} is below {theirs}"
    same = all(math.isclose(row[name], value, rel_tol=TOLERANCE, abs_tol=1e-9) for name, value in answer.items())
    return "same" if same else f"DIFFERS: {answer} is not {({name: row[name] for name in answer})}"


# What the C++ program's kernels are called here; its weighted search has no counterpart on a graph without weights.
KERNELS = {"bfs": "sssp", "connected_component": "connected_component", "pagerank": "pagerank", "betweenness": "betweenness"}


def kernels(scale, runs, threads, least):
    """Rows of the C++ program: (algorithm, ms)."""
    source = pathlib.Path(__file__).with_name("kernels.cpp")
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "kernels"
        subprocess.run(["g++", "-O3", "-march=native", "-fopenmp", source, "-o", program], check=True)
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run([program, str(scale), str(runs)], check=True, capture_output=True, text=True, env=environment)
    for line in done.stdout.splitlines():
        name, _, low, median, _ = line.split()
        if name in KERNELS:
            yield KERNELS[name], float(low if least else median)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", default="target/release/gesso")
    options.add_argument("--scale", type=int, default=16)
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--budget", type=float, default=30.0, help="seconds for the calls of one algorithm of one peer")
    options.add_argument("--only", action="append", default=[], help="only this algorithm; may be repeated")
    options.add_argument("--peer", action="append", default=[], help="only this peer; may be repeated")
    options.add_argument("--least", action="store_true", help="compare the least times, where other work disturbs")
    options.add_argument("--table", help="also write the table to this file")
    given = options.parse_args()

    low, high = graph.kronecker(given.scale)
    n = 1 << given.scale
    degrees = np.bincount(low, minlength=n) + np.bincount(high, minlength=n)
    source = int(degrees.argmax())
    seeds = [int(v) for v in np.flatnonzero(degrees)[:: max(1, np.count_nonzero(degrees) // 4)][:4]]
    chosen = [peer for peer in peers.ALL if not given.peer or peer.name in given.peer]
    shared = {name[len("run_"):] for peer in chosen for name in dir(peer) if name.startswith("run_")}
    wanted = sorted(name for name in shared if not given.only or name in given.only)
    only = [argument for name in wanted for argument in ("--only", name)]
    parameters = {"source": str(source), "seeds": ",".join(map(str, seeds)), "k": 1}
    passed = [argument for name, value in parameters.items() for argument in ("--param", f"{name}={json.dumps(value)}")]
    for name, asked in ASKED.items():
        passed += [argument for key, value in asked.items() for argument in ("--param", f"{name}.{key}={value}")]
    middle, column = (min, "min ms") if given.least else (statistics.median, "median ms")
    counts = ["--runs", str(given.runs), "--threads", str(given.threads)]
    ours = gesso(given.binary, given.scale, low, high, [*counts, *only, *passed])

    lines = [
        f"Kronecker graph, {n} vertices, {len(low)} edges; {given.threads} threads where a program has any; "
        + ("least times." if given.least else "medians."),
        "",
        "| algorithm | Gesso, 1 thread, ms | Gesso, ms | peer | its ms | peer / Gesso | answers |",
        "| --- | --: | --: | --- | --: | --: | --- |",
    ]
    ratios, problems = {}, []
    for kind in chosen:
        peer = kind(n, low, high, source, seeds, given.threads)
        for name, call in sorted(peer.calls().items()):
            row = ours.get((name, given.threads))
            if name not in wanted or row is None:
                continue
            try:
                took, answer = timed(call, given.runs, given.budget, middle)
            except Exception as error:
                # A library that can not do it here is a row, not the end of the run.
                lines.append(f"| {name} | | | {kind.name} {peer.version()} | | | failed: {error} |")
                continue
            one, many = ours[name, 1][column], row[column]
            # Against a library of one thread Gesso has one, too.
            own = many if peer.parallel else one
            verdict = agrees(row, answer)
            if verdict.startswith("DIFFERS"):
                problems.append(f"{name}: {kind.name} {verdict}")
            ratios.setdefault(kind.name, []).append(took / own)
            title = f"{kind.name} {peer.version()}"
            lines.append(f"| {name} | {one:.2f} | {many:.2f} | {title} | {took:.2f} | {took / own:.2f} | {verdict} |")
            print(lines[-1], file=sys.stderr)
        del peer
    if shutil.which("g++") and (not given.peer or CPP in given.peer):
        for name, took in kernels(given.scale, given.runs, given.threads, given.least):
            if name in wanted:
                one, many = ours[name, 1][column], ours[name, given.threads][column]
                ratios.setdefault(CPP, []).append(took / many)
                lines.append(f"| {name} | {one:.2f} | {many:.2f} | {CPP} | {took:.2f} | {took / many:.2f} | not compared |")
    lines.append("")
    for name, all_ratios in ratios.items():
        slower = sum(ratio < 1 for ratio in all_ratios)
        median = statistics.median(all_ratios)
        lines.append(f"{name}: median ratio {median:.1f} over {len(all_ratios)} algorithms, {slower} of them faster than Gesso.")
    text = "\n".join(lines + problems)
    print(text)
    if given.table:
        pathlib.Path(given.table).write_text(text + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
