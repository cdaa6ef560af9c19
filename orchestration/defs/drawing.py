"""The asset graph as a picture: text that Markdown's readers draw (Mermaid)."""

import re
from collections import defaultdict

import dagster as dg

_ORDER = ("sources", "configuration", "raw", "staging", "intermediate", "marts", "dashboards")


def drawn(definitions: dg.Definitions) -> str:
    """Every asset in the box of its group, and what each is made from."""
    graph = definitions.resolve_asset_graph()
    groups: dict[str, list[dg.AssetKey]] = defaultdict(list)
    for key in sorted(graph.get_all_asset_keys()):
        groups[graph.get(key).group_name].append(key)
    lines = ["flowchart LR"]
    for group in sorted(groups, key=lambda name: (_ORDER.index(name), name)):
        lines.append(f"    subgraph {group}")
        lines += [f"        {_node(key)}[{key.path[-1]}]" for key in groups[group]]
        lines.append("    end")
    for key in sorted(graph.get_all_asset_keys()):
        parents = sorted(graph.get(key).parent_keys - {key})
        lines += [f"    {_node(parent)} --> {_node(key)}" for parent in parents]
    return "\n".join(lines)


def _node(key: dg.AssetKey) -> str:
    return re.sub(r"\W", "_", "_".join(key.path))
