"""Lays a DOT file out with Graphviz, and prints as JSON how many components it has and what crossed its links.

    python3 graph.py FILE
"""

import json
import shutil
import subprocess
import sys

if not shutil.which("dot"):
    print("absent: graphviz")
    sys.exit(77)

# Reading and attributes only: no layout of large graphs.
laid = subprocess.run(["dot", "-Tdot_json", sys.argv[1]], check=True, capture_output=True, timeout=120)
graph = json.loads(laid.stdout)
found = {"flits": 0, "ejected": 0, "packets": 0, "links": 0}
classes = {node["_gvid"]: node["class"] for node in graph["objects"]}
for edge in graph["edges"]:
    if edge["class"] == "control":
        continue
    found["links"] += 1
    found["packets"] += int(edge.get("packets", 0))
    found["flits" if edge["class"].startswith("hop_") else "ejected"] += int(edge.get("flits", 0))
for name in sorted(set(classes.values())):
    found[name] = sum(1 for other in classes.values() if other == name)
print(json.dumps(found))
