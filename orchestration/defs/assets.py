"""The graph from help desk to mart, and the one refresh that fills it.

What a refresh does, it does as a whole: sources, raw and every model are the outputs of one step.
Whoever asks for one of them gets a refresh, and all that it brings up to date is told.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import build_dbt_asset_specs

from deskhouse.configuration.sources import SourceEntry, read_sources
from deskhouse.errors import DeskhouseError, WrongConfiguration
from deskhouse.gate import LineRules
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import locate
from orchestration.defs.translator import Translator
from orchestration.manifest import kept_manifest
from orchestration.pipeline import Refreshed, refresh

_SOURCES = "sources"
_CONFIGURATION = "configuration"
_EVENTS = ("ticket_events", "agent_events", "batches")

IS_TAKEN = "is_taken"


class RefreshConfig(dg.Config):
    """What a run may be told: the instant to judge at (with its offset) instead of the present."""

    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """What the graph is drawn from: dbt's manifest, and the sources of the configuration folder."""

    manifest: Mapping[str, Any]
    sources: tuple[SourceEntry, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Graph":
        """The graph as the project and the configuration folder are now.

        A `sources.yml` that cannot be read leaves the sources out: a refresh tells why.
        """
        manifest = json.loads(kept_manifest(settings.home).read_text(encoding="utf-8"))
        try:
            return cls(manifest, read_sources(settings.config))
        except WrongConfiguration as error:
            dg.get_dagster_logger().error("%s", error)
            return cls(manifest, ())

    def sources_taken(self) -> list[dg.AssetSpec]:
        """Each source that `sources.yml` names."""
        return [
            dg.AssetSpec(
                [_SOURCES, _word(entry.name)],
                group_name=_SOURCES,
                description=f"The {entry.kind} `{entry.name}` of sources.yml.",
                kinds={entry.kind},
                skippable=True,
            )
            for entry in self.sources
        ]

    def raw(self) -> list[dg.AssetSpec]:
        """What sources fill."""
        return [spec for spec in self._tables() if spec.key.path[-1] in _EVENTS]

    def models(self) -> Sequence[dg.AssetSpec]:
        """Every model of the dbt project."""
        return build_dbt_asset_specs(manifest=self.manifest, dagster_dbt_translator=_TRANSLATOR)

    def configured(self) -> list[dg.AssetSpec]:
        """The files that a user keeps by hand, and the tables that each build loads them into."""
        files = [
            dg.AssetSpec([_CONFIGURATION, name], group_name=_CONFIGURATION, description=text)
            for name, text in (
                ("agents", "agents.csv: accounts and the person each belongs to."),
                ("teams", "teams.csv: teams of the sources and the team each belongs to."),
            )
        ]
        tables = [spec for spec in self._tables() if spec.key.path[-1] not in _EVENTS]
        return [*files, *tables]

    def checks_of_sources(self) -> list[dg.AssetCheckSpec]:
        """Of each source: what was due could be taken."""
        return [
            dg.AssetCheckSpec(
                IS_TAKEN,
                asset=spec.key,
                description="What was due could be taken; else it is tried again when due next.",
            )
            for spec in self.sources_taken()
        ]

    def checks_of_models(self) -> list[dg.AssetCheckSpec]:
        """dbt's tests, each a check of the model that it holds to account."""
        specs = {spec.key: spec for spec in self.models()}
        tests = [name for name in self.manifest["nodes"] if name.startswith("test.")]
        found = (
            _TRANSLATOR.get_asset_check_spec(spec, self.manifest, test, None)
            for test in tests
            for spec in specs.values()
        )
        return sorted(filter(None, found), key=lambda check: check.key)

    def _tables(self) -> Iterator[dg.AssetSpec]:
        """The tables of `raw` that models read, each after what it is filled from."""
        taken = [spec.key for spec in self.sources_taken()]
        files = {"config_agents": ["agents"], "config_teams": ["teams"]}
        for unique_id in self.manifest["sources"]:
            spec = _TRANSLATOR.get_asset_spec(self.manifest, unique_id, None)
            name = spec.key.path[-1]
            named = files.get(name, ["agents", "teams"])
            deps = taken if name in _EVENTS else [dg.AssetKey([_CONFIGURATION, n]) for n in named]
            yield spec.replace_attributes(deps=deps, kinds={"postgres"}, skippable=True)


def refreshing(settings: Settings, graph: Graph) -> dg.AssetsDefinition:
    """The step that refreshes, with all that it brings up to date as its outputs."""
    specs = [*graph.sources_taken(), *graph.raw(), *graph.models()]
    checks = graph.checks_of_sources()

    @dg.multi_asset(name="refresh", specs=specs, check_specs=checks, can_subset=True)
    def refresh_warehouse(
        context: dg.AssetExecutionContext, config: RefreshConfig
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        """Take what is due, build, gate, tell who registered."""
        as_of = datetime.fromisoformat(config.as_of) if config.as_of else datetime.now(UTC)
        try:
            done = refresh(settings, locate(settings), LineRules(), as_of=as_of)
        except DeskhouseError as error:
            raise dg.Failure(f"{error} {error.hint}".strip(), allow_retries=False) from error
        told = Told(done)
        context.log.info("%s", done.build)
        for result in told.results():
            if result.asset_key in context.selected_asset_keys:
                yield result
        for check in told.checks():
            if check.asset_check_key in context.selected_asset_check_keys:
                yield check

    return refresh_warehouse


@dataclass(frozen=True, slots=True)
class Told:
    """What a refresh did, in Dagster's words."""

    done: Refreshed

    def results(self) -> Iterator[dg.MaterializeResult[None]]:
        """A result for each source taken, for raw where something came, for each model that ran."""
        for source in dict.fromkeys(one.source for one in self.done.taken):
            landed = [one.landed for one in self.done.taken if one.source == source and one.landed]
            yield dg.MaterializeResult(
                asset_key=[_SOURCES, _word(source)],
                metadata={
                    "dagster/row_count": sum(one.events for one in landed),
                    "quarantined": sum(one.quarantined for one in landed),
                    "batches": [one.batch_id for one in landed],
                },
            )
        batches = [one.landed for one in self.done.taken if one.landed]
        if batches:
            ids = [one.batch_id for one in batches]
            events = sum(one.events for one in batches)
            for name in _EVENTS:
                yield dg.MaterializeResult(
                    asset_key=["raw", name], metadata={"batches": ids, "events": events}
                )
        yield from self._models(len(batches))

    def checks(self) -> Iterator[dg.AssetCheckResult]:
        """Whether each source that was due could be taken."""
        for source in dict.fromkeys(one.source for one in self.done.taken):
            problems = [p.problem for p in self.done.problems if p.source == source]
            yield dg.AssetCheckResult(
                check_name=IS_TAKEN,
                asset_key=[_SOURCES, _word(source)],
                passed=not problems,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"problems": problems} if problems else {},
            )

    def _models(self, batches: int) -> Iterator[dg.MaterializeResult[None]]:
        build = self.done.build
        for model in build.models:
            metadata: dict[str, Any] = {
                "seconds": round(model.seconds, 3),
                "as_of": dg.MetadataValue.timestamp(build.as_of),
                "build": build.build_id,
                "batches": batches,
                "from_nothing": build.from_nothing or "no",
            }
            yield dg.MaterializeResult(asset_key=model.name, metadata=metadata)


def _word(name: str) -> str:
    """A source's name as a part of a key: letters, digits and underscores stay."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)


_TRANSLATOR = Translator()


def folder_of_state(settings: Settings) -> Path:
    """Where Dagster's instance lies."""
    return settings.home / "dagster"
