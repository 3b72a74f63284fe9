"""Reads a Parquet or CSV file of events with pyarrow, and prints as JSON how many rows each event has.

    python3 table.py FILE
"""

import json
import sys

try:
    import pyarrow.compute as compute
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet
except ImportError as error:
    print(f"absent: {error.name}")
    sys.exit(77)

path = sys.argv[1]
if path.endswith(".parquet"):
    table = parquet.read_table(path)
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items() if not key.startswith(b"ARROW")}
    times = compute.multiply(table["tick"], int(about["tick_fs"]))
    assert compute.all(compute.equal(times, table["time_fs"])).as_py(), "times are not exact"
else:
    table, about = csv.read_csv(path), {}

counts = {row["values"]: row["counts"] for row in compute.value_counts(table["event"]).to_pylist()}
# A link between routers is no link to a core or the host.
ports = table.filter(compute.equal(table["event"], "hop"))["port"].to_pylist()
hops = sum(1 for port in ports if not port.startswith(("core", "host")))
operations = table.filter(compute.equal(table["event"], "counted"))
counted = {}
for name, value in zip(operations["operation"].to_pylist(), operations["value"].to_pylist()):
    counted[name] = counted.get(name, 0) + value
found = {**counts, "hops": hops, "operations": counted, "rows": table.num_rows, "columns": table.column_names, **about}
found["samples"] = len(compute.unique(table["sample"]))
# A step's own row says twice which step it is, and every row is of one.
begins = table.filter(compute.equal(table["event"], "step"))
assert begins["value"].to_pylist() == begins["step"].to_pylist(), "steps do not know themselves"
assert table["step"].null_count == 0, "a row of no step"
print(json.dumps(found))
