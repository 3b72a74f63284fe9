"""Reads a VCD file with pyvcd's tokenizer and with vcdvcd, and prints as JSON what is in it.

    python3 waveform.py FILE

Both readers must find the same changes. An FST file is first made a VCD file by gtkwave's fst2vcd.
"""

import json
import sys

try:
    from vcd.reader import TokenKind, tokenize
    from vcdvcd import VCDVCD
except ImportError as error:
    print(f"absent: {error.name}")
    sys.exit(77)


def kind(path):
    """What a variable counts as."""
    scope, name = path[-2], path[-1]
    if name.startswith("spike_"):
        return "spikes"
    if scope.startswith("router_") and name.startswith("out_"):
        return "ejected" if name.startswith(("out_core_", "out_host")) else "hops"
    if name in ("sent", "delivered"):
        return name
    return None


def by_tokens(file):
    scopes, names, counts, last, scale = [], {}, {}, 0, None
    energy = steps = 0
    for token in tokenize(file):
        if token.kind is TokenKind.SCOPE:
            scopes.append(token.scope.ident)
        elif token.kind is TokenKind.UPSCOPE:
            scopes.pop()
        elif token.kind is TokenKind.TIMESCALE:
            scale = str(token.timescale)
        elif token.kind is TokenKind.VAR:
            names[token.var.id_code] = (*scopes, token.var.reference)
        elif token.kind is TokenKind.CHANGE_TIME:
            assert token.time_change >= last, "time runs back"
            last = token.time_change
        elif token.kind is TokenKind.CHANGE_SCALAR:
            what = kind(names[token.scalar_change.id_code])
            if what and token.scalar_change.value == "1":
                counts[what] = counts.get(what, 0) + 1
        elif token.kind is TokenKind.CHANGE_VECTOR:
            if names[token.vector_change.id_code][-1] == "step":
                steps = max(steps, int(token.vector_change.value))
        elif token.kind is TokenKind.CHANGE_REAL:
            if names[token.real_change.id_code][-1] == "energy_pj":
                energy = token.real_change.value
    assert not scopes, "a scope is open"
    return {**counts, "steps": steps, "energy_pj": energy, "timescale": scale, "end": last}


def by_vcdvcd(path):
    vcd, counts = VCDVCD(path), {}
    for name, ident in vcd.references_to_ids.items():
        what = kind(("", *name.split(".")))
        if what:
            changes = sum(1 for _, value in vcd.data[ident].tv if value == "1")
            counts[what] = counts.get(what, 0) + changes
    return counts


with open(sys.argv[1], "rb") as file:
    found = by_tokens(file)
other = by_vcdvcd(sys.argv[1])
for what, count in other.items():
    assert found.get(what, 0) == count, (what, found, other)
print(json.dumps(found))
