"""A small reader of recordings for the payload's own tests, written from docs/recording.md."""

import pathlib
import struct


def read(path):
    """Return {"header": words, "functions": {name: {...}}, "threads": [[name, ...], ...]}.

    `tree` maps the path of a node, a tuple of names from the root, to (calls, total, self).
    """
    data = pathlib.Path(path).read_bytes()
    words = struct.unpack("<%dQ" % (len(data) // 8), data)
    assert data[:8] == b"PROBEREC"
    functions, records, nodes, threads = {}, [], {}, []
    for segment in range(words[30]):
        offset, length = words[32 + 2 * segment : 34 + 2 * segment]
        at = offset // 8 if segment else 512
        end = (offset + length) // 8
        while at < end and words[at]:
            count, kind = words[at] >> 8, words[at] & 255
            block = words[at : at + count]
            if kind == 1:
                name_bytes, why_bytes = block[3] & 0xFFFFFFFF, block[3] >> 32
                raw = struct.pack("<%dQ" % (count - 4), *block[4:])
                start = (name_bytes + 7) // 8 * 8
                functions[block[1] & 0xFFFFFFFF] = {
                    "name": raw[:name_bytes].decode(),
                    "why": raw[start : start + why_bytes].decode(),
                    "shape": block[1] >> 32 & 15,
                    "mechanism": block[2] >> 32,
                    "calls": 0, "errors": 0, "total": 0, "own": 0, "active": 0, "begun": 0,
                    "least": None, "most": 0,
                }  # fmt: skip
            elif kind == 2:
                records.append(block)
            elif kind == 3:
                for index in range((count - 2) // 4):
                    node = block[2 + 4 * index : 6 + 4 * index]
                    if node[0]:
                        nodes[block[1] + index] = node
            elif kind == 4 and block[2]:
                frames = []
                for index in range(4, count, 2):
                    if not block[index + 1]:
                        break
                    frames.append(block[index + 1] - 1)
                threads.append(frames)
            at += count
    for block in records:
        entry = functions[block[1]]
        entry["calls"] += block[10] + sum(block[16:])
        entry["begun"] += block[3]
        entry["total"] += block[4]
        entry["own"] += block[5]
        entry["active"] += block[6]
        entry["errors"] += block[7]
        if block[8]:
            least = (1 << 64) - 1 - block[8]
            entry["least"] = least if entry["least"] is None else min(least, entry["least"])
        entry["most"] = max(entry["most"], block[9])
    tree = {}
    for number, node in nodes.items():
        entry = functions[node[0] & 0xFFFFFFFF]
        entry["total"] += node[2]
        entry["own"] += node[3]
        parent = (node[0] >> 32 & 0x7FFFFFFF) - 1
        name = functions[node[0] & 0xFFFFFFFF]["name"]
        path = (tree[parent][0] if parent >= 0 else ()) + (name,)
        tree[number] = (path, node[1], node[2], node[3])
    paths = {}  # a reloaded module's functions have several nodes of one path
    for path, *numbers in tree.values():
        paths[path] = tuple(map(sum, zip(paths.get(path, (0, 0, 0)), numbers)))
    return {
        "header": words[:512],
        "functions": {entry["name"]: entry for entry in functions.values()},
        "tree": paths,
        "threads": [[functions[nodes[n][0] & 0xFFFFFFFF]["name"] for n in frames] for frames in threads],
    }
