"""What Dagster calls a dbt model: one method a question."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

Props = Mapping[str, Any]


class Translator(DagsterDbtTranslator):
    """Names and groups by layer, as the folders of the dbt project have them."""

    def get_asset_key(self, dbt_resource_props: Props) -> dg.AssetKey:
        """How is it called? By its layer and its name: `marts/fct_tickets`, `raw/batches`."""
        return dg.AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Props) -> str:
        """Which group is it in? Its layer."""
        return _layer(dbt_resource_props)

    def get_description(self, dbt_resource_props: Props) -> str:
        """What is it? As its YAML says; the SQL is in the project."""
        return str(dbt_resource_props.get("description") or "")

    def get_metadata(self, dbt_resource_props: Props) -> Mapping[str, Any]:
        """What else is known? Its columns, how it is kept, and where a reader finds it."""
        known = dict(super().get_metadata(dbt_resource_props))
        layer = _layer(dbt_resource_props)
        return {**known, "dagster/table_name": f"{layer}.{dbt_resource_props['name']}"}

    def key_held_to_account(self, manifest: Mapping[str, Any], test: str) -> dg.AssetKey:
        """Whose check is a test? The model's that it is about."""
        model = _held_to_account(manifest, self.get_resource_props(manifest, test))
        return self.get_asset_key(self.get_resource_props(manifest, model))

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """Which check is a test? One of the model that it holds to account; errors block."""
        test = self.get_resource_props(manifest, unique_id)
        held = self.key_held_to_account(manifest, unique_id)
        if held != asset_spec.key:
            return None
        others = {
            self.get_asset_key(self.get_resource_props(manifest, node))
            for node in test["depends_on"]["nodes"]
        }
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=held,
            additional_deps=sorted(others - {held}),
            description=test.get("description") or None,
            blocking=test["config"].get("severity", "error").lower() == "error",
        )


def _layer(props: Props) -> str:
    """The folder below `models`, or for a source its schema."""
    if props["resource_type"] == "source":
        return str(props["schema"])
    return str(props["fqn"][1])


def _held_to_account(manifest: Mapping[str, Any], test: Props) -> str:
    """The model that a test is about; of several that it reads, the one furthest downstream."""
    attached = test.get("attached_node")
    if attached:
        return str(attached)
    nodes: Sequence[str] = test["depends_on"]["nodes"]
    return min(nodes, key=lambda node: (-_depth(manifest, node), node))


def _depth(manifest: Mapping[str, Any], node: str) -> int:
    """How many steps it is from raw, by the longest way."""
    parents: Sequence[str] = manifest["parent_map"].get(node, ())
    return max((1 + _depth(manifest, parent) for parent in parents), default=0)
