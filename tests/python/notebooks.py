#!/usr/bin/env python3
"""Runs the notebooks, and with --write keeps their outputs: small ones, in which no path of a machine stands.

    notebooks.py [--write] [NAME...]
"""

import pathlib
import re
import sys
from typing import Any

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).resolve().parent / "notebooks"
# Seconds that a cell may take.
LONGEST_S = 300
# Characters that the outputs of a cell may have.
LARGEST = 40_000
# What would name a machine, or its user.
PATHS = re.compile(r"/(?:home|root|tmp|work|usr|Users|opt)/[\w./-]+|[A-Z]:\\\\Users")


def executed(path: pathlib.Path) -> Any:
    """The notebook with the outputs of a run of its own."""
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=LONGEST_S, kernel_name="python3").execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = joined(cell.outputs)
    notebook.metadata = nbformat.from_dict({"kernelspec": notebook.metadata["kernelspec"]})
    return notebook


def joined(outputs: list[Any]) -> list[Any]:
    """Outputs in which what was printed in several pieces, as time had it, is one."""
    found: list[Any] = []
    for output in outputs:
        if output.output_type == "stream" and found and found[-1].get("name") == output.name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def texts(cell: Any) -> list[str]:
    """What a cell shows, as text."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        found.append("".join(output.get("text", data.get("text/plain", ""))))
    return found


def problems(path: pathlib.Path, notebook: Any) -> list[str]:
    """What must not be in a notebook that is kept."""
    found = []
    for number, cell in enumerate(notebook.cells):
        whole = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
        if len(whole) > LARGEST:
            found.append(f"{path.name}, cell {number}: {len(whole)} characters")
        if at := PATHS.search(whole):
            found.append(f"{path.name}, cell {number}: a path, {at[0]}")
        found += [f"{path.name}, cell {number}: {o.ename}" for o in cell.get("outputs", []) if o.output_type == "error"]
    return found


def main() -> None:
    writes = "--write" in sys.argv
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")]
    for path in sorted(FOLDER.glob("*.ipynb")):
        if wanted and path.stem not in wanted:
            continue
        notebook = executed(path)
        wrong = problems(path, notebook)
        if wrong:
            sys.exit("\n".join(wrong))
        if writes:
            nbformat.write(notebook, path)
        print(f"{path.name}: {len(notebook.cells)} cells, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
