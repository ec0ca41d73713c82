"""A Gesso server of its own, spoken to over HTTP."""

import csv
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SCHEMA = """<PMML><labels>
<label name="node" type="vertex"><properties><property name="part" dataType="string"/></properties></label>
<label name="link" type="edge"><properties><property name="w" dataType="double"/></properties></label>
</labels></PMML>"""


class Refused(Exception):
    """An answer other than success, with its text."""


class Server:
    def __init__(self, binary):
        self.dir = Path(tempfile.mkdtemp(prefix="gesso-differential-"))
        (self.dir / "objects" / "in").mkdir(parents=True)
        (self.dir / "objects" / "in" / "schema.xml").write_text(SCHEMA)
        args = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(self.dir / "data")]
        args += ["--object-root", str(self.dir / "objects")]
        self.log = open(self.dir / "log", "w")
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if "ready at " not in line:
            raise RuntimeError(f"the server did not start: {line}\n{(self.dir / 'log').read_text()}")
        self.root = line.split("ready at ")[1].strip() + "/ges/v1.0/differential/graphs"

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from None
        return json.loads(text) if text else None

    def load(self, name, graph, parts=None):
        """Creates a graph and imports vertices and edges in their order. `parts` is a property of vertices."""
        self.request("POST", "", {"graphName": name})
        folder = self.dir / "objects" / "in"
        with open(folder / "vertices.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerows([id, "node", parts[i] if parts else ""] for i, id in enumerate(graph.ids))
        with open(folder / "edges.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerows([graph.ids[s], graph.ids[t], "link", repr(w)] for s, t, w in graph.edges)
        paths = {"schemaPath": "in/schema.xml", "vertexsetPath": "in/vertices.csv", "edgesetPath": "in/edges.csv"}
        body = paths | {"parallelEdge": {"action": "allow"}}
        job = self.request("POST", f"/{name}/action?action_id=import-graph", body)["jobId"]
        self._wait(name, job)

    def _wait(self, name, job):
        while True:
            status = self.request("GET", f"/{name}/jobs/{job}/status?limit=100000")
            if status["state"] not in ("queued", "running"):
                break
            time.sleep(0.002)
        if status["state"] != "complete":
            raise Refused(status.get("errorMessage") or json.dumps(status))
        return status

    def drop(self, name):
        self.request("DELETE", f"/{name}")

    def run(self, name, algorithm, beside=None, **parameters):
        """The outputs of an algorithm; lists of one-key objects as a dict, in their order. `beside` goes into the
        body beside the parameters."""
        body = {"algorithmName": algorithm, "parameters": parameters, "executionMode": "sync"} | (beside or {})
        answer = self.request("POST", f"/{name}/action?action_id=execute-algorithm&limit=100000", body)
        return {key: _folded(value) for key, value in answer["data"]["outputs"].items()}


def _folded(value):
    if isinstance(value, list) and value and all(isinstance(row, dict) and len(row) == 1 for row in value):
        return {key: cell for row in value for key, cell in row.items()}
    return {} if value == [] else value
