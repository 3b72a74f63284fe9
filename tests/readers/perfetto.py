"""Reads a Perfetto trace with the classes of its protocol buffers, and prints as JSON what is in it.

    python3 perfetto.py FILE

Checks that every event is on a track that was declared, that slices are closed, and that each packet that arrives was
sent before.
"""

import json
import sys

sys.path.pop(0)  # This file has the name of the package.
try:
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
except ImportError as error:
    print(f"absent: {error.name}")
    sys.exit(77)

trace = Trace()
with open(sys.argv[1], "rb") as file:
    trace.ParseFromString(file.read())

tracks, names, counts, depth = {}, {}, {}, {}
sent, ended, energy, last = set(), set(), 0.0, 0
for packet in trace.packet:
    for entry in packet.interned_data.event_names:
        names[entry.iid] = entry.name
    if packet.HasField("track_descriptor"):
        tracks[packet.track_descriptor.uuid] = packet.track_descriptor
    if not packet.HasField("track_event"):
        continue
    event = packet.track_event
    assert event.track_uuid in tracks, "an event without a track"
    last = max(last, packet.timestamp)
    name = names.get(event.name_iid, "")
    if event.type == TrackEvent.TYPE_SLICE_BEGIN:
        depth[event.track_uuid] = depth.get(event.track_uuid, 0) + 1
    elif event.type == TrackEvent.TYPE_SLICE_END:
        depth[event.track_uuid] -= 1
    elif event.type == TrackEvent.TYPE_COUNTER:
        assert tracks[event.track_uuid].HasField("counter"), "a counter on a track of slices"
        if event.HasField("double_counter_value"):
            energy = event.double_counter_value
        continue
    if event.type == TrackEvent.TYPE_SLICE_END:
        continue
    assert name, "an event without a name"
    if name.startswith("flit to "):
        name = "ejected" if name.startswith(("flit to core", "flit to host")) else "hops"
        assert all(flow in sent for flow in event.flow_ids), "a flit of no packet"
    if name == "packet_sent":
        sent.update(event.flow_ids)
    if name == "packet_delivered":
        ended.update(list(event.flow_ids) + list(event.terminating_flow_ids))
    counts[name] = counts.get(name, 0) + 1

assert all(open == 0 for open in depth.values()), "a slice is open"
assert ended <= sent, "a packet arrives that was not sent"
print(json.dumps({**counts, "flows": len(sent), "energy_pj": energy, "end": last, "tracks": len(tracks)}))
