"""What is asked of the marts beside the gates: dbt's tests, a shadow rebuild, their age."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from deskhouse.build import builds
from deskhouse.build.transform import Transformer
from deskhouse.freshness import Freshness, read_freshness
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, locate
from orchestration.defs.assets import Graph
from orchestration.defs.failures import failures_told
from orchestration.verification import COMPARED, verify

AS_BUILT_ANEW = "as_built_anew"

ON_TIME = dg.AssetCheckSpec(
    "on_time",
    asset=["marts", "metrics_raw"],
    description="What readers see is not older than three refreshes may be apart.",
)


def verification(settings: Settings, graph: Graph) -> list[dg.AssetChecksDefinition]:
    """What is asked each night."""
    return [_rebuilt(settings, graph), _tested(settings, graph), _on_time(settings)]


def _rebuilt(settings: Settings, graph: Graph) -> dg.AssetChecksDefinition:
    keys = {spec.key.path[-1]: spec.key for spec in graph.models()}
    specs = {
        name: dg.AssetCheckSpec(
            AS_BUILT_ANEW,
            asset=keys[name],
            blocking=True,
            description="Rows of tickets of the last 7 days, and of 1 % of the others, are as"
            " they would be if they were built anew.",
        )
        for name in COMPARED
    }

    @dg.multi_asset_check(name="shadow_rebuild", specs=list(specs.values()), can_subset=True)
    def shadow_rebuild(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with failures_told():
            done = verify(settings, locate(settings), now=datetime.now(UTC))
        log = context.log.info if done.is_good else context.log.error
        log("%s", done)
        differences = {one.table: one for one in done.differences}
        for name, spec in specs.items():
            if spec.key in context.selected_asset_check_keys:
                found = differences.get(name)
                yield dg.AssetCheckResult(
                    check_name=spec.name,
                    asset_key=spec.asset_key,
                    passed=found is None,
                    metadata={"tickets": done.tickets, "build": done.build_id}
                    | ({"difference": str(found)} if found else {}),
                )

    return shadow_rebuild


def _tested(settings: Settings, graph: Graph) -> dg.AssetChecksDefinition:
    specs = {spec.name: spec for spec in graph.checks_of_models()}

    @dg.multi_asset_check(name="dbt_tests", specs=list(specs.values()), can_subset=True)
    def dbt_tests(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        warehouse = locate(settings)
        # A build would move the tables between one query of a test and the next.
        with (
            failures_told(),
            warehouse.connect(Role.TRANSFORMER, autocommit=True) as connection,
            builds.one_at_a_time(connection, patience=60),
        ):
            transformer = Transformer(warehouse, settings.home)
            verdicts = transformer.test("live", select="test_type:data")
        for verdict in verdicts:
            spec = specs.get(verdict.name)
            if spec is not None and spec.key in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    check_name=spec.name,
                    asset_key=spec.asset_key,
                    passed=verdict.failures == 0,
                    metadata={"failures": verdict.failures} if verdict.failures else {},
                )

    return dbt_tests


def _on_time(settings: Settings) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name="age", specs=[ON_TIME])
    def age() -> Iterator[dg.AssetCheckResult]:
        with failures_told():
            yield how_late(settings)

    return age


def how_late(settings: Settings) -> dg.AssetCheckResult:
    """Whether what readers see is on time, now."""
    found = read_freshness(settings, datetime.now(UTC))
    return dg.AssetCheckResult(
        check_name=ON_TIME.name,
        asset_key=ON_TIME.asset_key,
        passed=found is not None and not found.is_late,
        metadata=age_of(found) if found else {},
    )


def age_of(found: Freshness) -> dict[str, str | int]:
    """How old what readers see is, as metadata."""
    return {"as_of": found.as_of.isoformat(), "age_seconds": found.age_seconds}
