"""Reads a VCD file with pyvcd's tokenizer and with vcdvcd, and prints as JSON what is in it.

    python3 waveform.py FILE [ANOTHER...]

Both readers must find the same changes, and other files must hold the same. Buses are counts in a time step: what they rise by is what was counted, and a bus of
all the chip must count as much as those of cores, layers and links together. An FST file is first made a VCD file by gtkwave's
fst2vcd.
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
    """What a variable counts as; its path without the chip."""
    scope, name = path[-2] if len(path) > 1 else "", path[-1]
    if name.startswith("spike_"):
        return "spikes"
    if scope == "chip" and name in ("spikes", "sent", "delivered", "hops"):
        return f"chip {name}"
    if scope.startswith("core_") or scope == "host":
        return {"sent": "sent", "delivered": "delivered", "spikes": "core spikes"}.get(name)
    if scope.startswith("router_") and name.startswith("out_"):
        return "ejected" if name.startswith(("out_core_", "out_host")) else "hops"
    return "layer spikes" if name == "spikes" else None


class Counting:
    """Counts of the kinds above, and the largest value of the chip's buses in each step."""

    def __init__(self):
        self.counts, self.last, self.steps = {}, {}, []

    def change(self, path, value):
        what = kind(path)
        if path[-1] == "step" and value > 0:
            self.steps.append(0)
        if not what:
            return
        rise = 1 if what == "spikes" else max(0, value - self.last.get(path, 0))
        self.last[path] = value
        self.counts[what] = self.counts.get(what, 0) + rise
        if what == "chip spikes" and self.steps:
            self.steps[-1] = max(self.steps[-1], value)


def by_tokens(file):
    scopes, names, counting, last, scale, about = [], {}, Counting(), 0, None, []
    energy, steps, values = 0, 0, {}
    for token in tokenize(file):
        if token.kind is TokenKind.SCOPE:
            scopes.append(token.scope.ident)
        elif token.kind is TokenKind.UPSCOPE:
            scopes.pop()
        elif token.kind is TokenKind.COMMENT:
            about.append(token.comment)
        elif token.kind is TokenKind.TIMESCALE:
            scale = str(token.timescale)
        elif token.kind is TokenKind.VAR:
            names[token.var.id_code] = (*scopes[1:], token.var.reference)
            values[names[token.var.id_code]] = []
        elif token.kind is TokenKind.CHANGE_TIME:
            assert token.time_change >= last, "time runs back"
            last = token.time_change
        elif token.kind is TokenKind.CHANGE_SCALAR:
            path = names[token.scalar_change.id_code]
            if kind(path) == "spikes" and token.scalar_change.value == "1":
                counting.change(path, 1)
            values[path].append((last, token.scalar_change.value))
        elif token.kind is TokenKind.CHANGE_VECTOR:
            path, value = names[token.vector_change.id_code], int(token.vector_change.value)
            counting.change(path, value)
            values[path].append((last, value))
            if path[-1] == "step":
                steps = max(steps, value)
        elif token.kind is TokenKind.CHANGE_REAL:
            path = names[token.real_change.id_code]
            values[path].append((last, token.real_change.value))
            if path == ("priced_energy_pj",):
                energy = token.real_change.value
    assert not scopes, "a scope is open"
    found = {**counting.counts, "steps": steps, "energy_pj": energy, "timescale": scale, "end": last}
    return {**found, "spikes_per_step": counting.steps, "signals": len(names), "about": about}, values


def by_vcdvcd(path):
    vcd, counting = VCDVCD(path), Counting()
    for name, ident in vcd.references_to_ids.items():
        place = tuple(name.split(".")[1:])
        for _, value in vcd.data[ident].tv:
            if kind(place) == "spikes" and value == "1":
                counting.change(place, 1)
            elif kind(place) not in (None, "spikes"):
                counting.change(place, int(value, 2))
    return counting.counts


def same(one, other):
    """Whether two files hold the same changes. An event need not have a value to begin with, and FST has one value at time 0."""
    assert one.keys() == other.keys(), "other signals"
    for path, changes in one.items():
        is_event = path[-1].startswith("spike_")
        mine, theirs = ([change for change in all if change[1] == "1" or not is_event] for all in (changes, other[path]))
        mine, theirs = (([c for c in all if c[0] == 0][-1:] + [c for c in all if c[0] > 0]) for all in (mine, theirs))
        assert mine == theirs, (path, mine[:5], theirs[:5])


with open(sys.argv[1], "rb") as file:
    found, values = by_tokens(file)
other = by_vcdvcd(sys.argv[1])
for what, count in other.items():
    assert found.get(what, 0) == count, (what, found, other)
# Another file that must hold the same.
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        same(values, by_tokens(file)[1])
print(json.dumps(found))
