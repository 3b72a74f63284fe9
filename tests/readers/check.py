"""Checks the traces of a run against its report: each is read by a program of another hand, and must hold what is counted.

    python3 check.py REPORT.json TRACE...

The formats are told by the names of files, as in run.vcd. All samples of the run must have been traced. A reader that is
absent is an error.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
READERS = {"vcd": "waveform", "fst": "waveform", "perfetto": "perfetto", "parquet": "table", "csv": "table", "dot": "graph",
           "nir": "spikes"}


def counted(report):
    """What the report counts, of all samples together."""
    samples = report["samples"] or 1
    total = {name: round(report["per_inference"][name]["mean"] * samples) for name in ("spikes", "packets", "hops")}
    total["spikes"] += report.get("source_spikes", 0)
    return total


def read(path):
    """What a reader found in a file."""
    kind = path.suffix[1:]
    script = HERE / f"{READERS[kind]}.py"
    if kind == "fst":
        made = pathlib.Path(tempfile.mkdtemp()) / "made.vcd"
        subprocess.run(["fst2vcd", "-f", path, "-o", made], check=True)
        path = made
    said = subprocess.run([sys.executable, script, path], capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit(f"{path}: {said.stdout}{said.stderr}")
    return json.loads(said.stdout)


def of_a_file(kind, found):
    """The same figures, by the names that a reader gives them."""
    if kind == "nir":
        return {"spikes": sum(layer["spikes"] for layer in found.values())}
    if kind == "dot":
        return {"packets": found["packets"], "hops": found["flits"]}
    if kind in ("vcd", "fst"):
        counts = {"spikes": found.get("spikes", 0), "packets": found.get("sent", 0), "hops": found.get("hops", 0)}
        parts = {"core spikes": "spikes", "layer spikes": "spikes", "chip sent": "packets", "chip hops": "hops"}
        wrong = {part: found.get(part, 0) for part, whole in parts.items() if found.get(part, 0) != counts[whole]}
        return {**counts, **({"buses": wrong} if wrong else {})}
    names = {"spikes": "spike", "packets": "packet_sent", "hops": "hops"}
    return {name: found.get(theirs, 0) for name, theirs in names.items()}


def main():
    expected = counted(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    for path in map(pathlib.Path, sys.argv[2:]):
        found = of_a_file(path.suffix[1:], read(path))
        wrong = {name: (count, expected.get(name)) for name, count in found.items() if count != expected.get(name)}
        if wrong:
            sys.exit(f"{path}: (found, in the report) {wrong}")
        print(f"{path}: {found}")


main()
