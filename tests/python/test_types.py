"""Types: the package and what uses it pass mypy --strict, and the stub of the compiled half says what is there."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import pytest

import spikemesh

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = pathlib.Path(spikemesh.__file__).resolve().parent
SCRIPTS = sorted((ROOT / "src/python/examples").glob("*.py"))
NOTEBOOKS = sorted((HERE / "notebooks").glob("*.ipynb"))
# Libraries without types of their own, which a user of the package may not have.
UNTYPED = "[mypy]\nuntyped_calls_exclude = dask, distributed\n" + "".join(
    f"[mypy-{name}.*]\nignore_missing_imports = True\n"
    for name in "dask distributed mpi4py nir norse pandas pyarrow sinabs snntorch spikingjelly torch tqdm xarray".split()
)


def python(tmp_path: pathlib.Path, *arguments: str) -> None:
    """Runs a module of mypy, for which the package is where it is imported from."""
    config = tmp_path / "mypy.ini"
    config.write_text(UNTYPED)
    environment = dict(os.environ)
    if "site-packages" not in PACKAGE.parts:
        environment["MYPYPATH"] = str(PACKAGE.parent)
    done = subprocess.run(
        [sys.executable, "-m", *(argument.replace("CONFIG", str(config)) for argument in arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def code_of(notebook: pathlib.Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code") + "\n"


def test_package_is_typed(tmp_path: pathlib.Path) -> None:
    python(tmp_path, "mypy", "--strict", "--config-file", "CONFIG", "-p", "spikemesh")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_examples_are_typed(script: pathlib.Path, tmp_path: pathlib.Path) -> None:
    python(tmp_path, "mypy", "--strict", "--config-file", "CONFIG", str(script))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_typed(notebook: pathlib.Path, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "notebook.py"
    script.write_text(code_of(notebook))
    python(tmp_path, "mypy", "--strict", "--config-file", "CONFIG", str(script))


def test_stub_is_as_written_from_the_compiled_half() -> None:
    library = importlib.import_module("spikemesh._spikemesh").__file__
    done = subprocess.run([ROOT / ".ci/stubs", str(library), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_stub_is_that_of_the_compiled_half(tmp_path: pathlib.Path) -> None:
    # PyO3 makes a __getattribute__ of it.
    (tmp_path / "allowed").write_text(r"spikemesh\._spikemesh\.Run\.__getattr__" + "\n")
    allowed = str(tmp_path / "allowed")
    python(tmp_path, "mypy.stubtest", "spikemesh._spikemesh", "--mypy-config-file", "CONFIG", "--allowlist", allowed)


def test_both_kinds_are_found() -> None:
    assert SCRIPTS and len(NOTEBOOKS) >= 2
    assert (PACKAGE / "py.typed").exists()
