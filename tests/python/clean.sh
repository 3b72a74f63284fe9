#!/usr/bin/env bash
# clean.sh WHEEL PROGRAM: what is in the wheel, and what it does in an environment with numpy alone.
set -euo pipefail
wheel=$(realpath "$1") program=$(realpath "$2") here=$(realpath "$(dirname "$0")")
# 8.1 MB: 5.6 MB of them machine code, 1.7 MB data, 0.7 MB tables for unwinding and for the linker; each is compressed. Trained
# networks that are large are a package of their own.
most_bytes=8300000

bytes=$(stat -c %s "$wheel")
echo "$(basename "$wheel"): $bytes bytes"
[ "$bytes" -le "$most_bytes" ] || { echo "more than $most_bytes bytes"; exit 1; }
case $(basename "$wheel") in spikemesh-*-cp311-abi3-*.whl) ;; *) echo "not a wheel for all Pythons from 3.11"; exit 1 ;; esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/environment"
python="$scratch/environment/bin/python"
"$python" - "$wheel" <<'EOF'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
for end in ["spikemesh/py.typed", "spikemesh/_spikemesh.pyi", "spikemesh/_spikemesh.abi3.so", "licenses/NOTICE"]:
    assert any(name.endswith(end) for name in names), f"the wheel has no {end}: {names}"
strangers = [name for name in names if "__pycache__" in name or "/tests/" in name]
assert not strangers, strangers
EOF
"$python" -m pip install --quiet --disable-pip-version-check "$wheel"
"$python" -m pip list --disable-pip-version-check --format freeze | grep -vE '^(numpy|spikemesh|pip|setuptools)[= ]' &&
  { echo "the package needs more than numpy"; exit 1; }
cd "$scratch"
"$python" "$here/five.py"
"$python" -m pip install --quiet --disable-pip-version-check "$here/../../src/python/large_networks"
"$python" "$here/same.py" "$program"
