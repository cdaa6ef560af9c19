"""The graph from help desk to mart, and the one refresh that fills it.

What a refresh does, it does as a whole: sources, raw and every model are the outputs of one step.
Whoever asks for one of them gets a refresh, and all that it brings up to date is told.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
from dagster_dbt import build_dbt_asset_specs

from deskhouse.configuration.sources import SourceEntry, read_sources
from deskhouse.errors import WrongConfiguration
from deskhouse.gate import registered_gate
from deskhouse.metrics import catalog
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, locate
from ingestion.landing import Landed
from orchestration.defs import gates
from orchestration.defs.failures import failures_told
from orchestration.defs.translator import Translator
from orchestration.listeners import listeners
from orchestration.manifest import kept_manifest
from orchestration.pipeline import Refreshed, refresh
from superset_assets.assets import read_bundle
from superset_assets.references import marts_behind

_log = logging.getLogger(__name__)
_TRANSLATOR = Translator()
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
            _log.error("the graph is drawn without sources: %s", error)
            return cls(manifest, ())

    def key_of_source(self, name: str) -> dg.AssetKey:
        """The asset that a source is; also of one that came to `sources.yml` since."""
        words = _words([entry.name for entry in self.sources])
        return dg.AssetKey([_SOURCES, words.get(name, _word(name))])

    def sources_taken(self) -> list[dg.AssetSpec]:
        """Each source that `sources.yml` names."""
        return [
            dg.AssetSpec(
                self.key_of_source(entry.name),
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
                ("calendars", "calendar_*.csv: business hours, and the channels they count for."),
                ("policies", "sla_policies.csv: targets of SLA metrics, and whose they are."),
            )
        ]
        tables = [spec for spec in self._tables() if spec.key.path[-1] not in _EVENTS]
        return [*files, *tables]

    def dashboards(self) -> list[dg.AssetSpec]:
        """The dashboards of the bundle, each after the marts that it shows."""
        bundle, metrics = read_bundle(), catalog()
        marts = {spec.key.path[-1]: spec.key for spec in self.models()}
        return [
            dg.AssetSpec(
                ["dashboards", key],
                deps=[marts[m] for m in sorted(marts_behind(one, bundle, metrics)) if m in marts],
                group_name="dashboards",
                description=one.description,
                kinds={"superset"},
            )
            for key, one in bundle.dashboards.items()
        ]

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
        """Dbt's tests, each a check of the model that it holds to account."""
        specs = {spec.key: spec for spec in self.models()}
        tests = [name for name in self.manifest["nodes"] if name.startswith("test.")]
        found = (
            _TRANSLATOR.get_asset_check_spec(
                specs[_TRANSLATOR.key_held_to_account(self.manifest, test)],
                self.manifest,
                test,
                None,
            )
            for test in tests
        )
        return sorted(filter(None, found), key=lambda check: check.key)

    def _tables(self) -> Iterator[dg.AssetSpec]:
        """The tables of `raw` that models read, each after what it is filled from."""
        taken = [spec.key for spec in self.sources_taken()]
        files = {
            "config_agents": ["agents"],
            "config_teams": ["teams"],
            "config_changes": ["agents", "teams", "calendars"],
            "config_sla_policies": ["policies"],
            "config_sla_changes": ["policies"],
        }
        for unique_id in self.manifest["sources"]:
            spec = _TRANSLATOR.get_asset_spec(self.manifest, unique_id, None)
            name = spec.key.path[-1]
            named = files.get(name, ["calendars"])
            deps = taken if name in _EVENTS else [dg.AssetKey([_CONFIGURATION, n]) for n in named]
            yield spec.replace_attributes(deps=deps, kinds={"postgres"}, skippable=True)


def refreshing(settings: Settings, graph: Graph) -> dg.AssetsDefinition:
    """The step that refreshes, with all that it brings up to date as its outputs."""
    models = graph.models()
    specs = [*graph.sources_taken(), *graph.raw(), *models]
    checks = [*graph.checks_of_sources(), *gates.SUITES]
    told = Told(graph, {spec.key.path[-1]: spec.key for spec in models})

    @dg.multi_asset(name="refresh_warehouse", specs=specs, check_specs=checks, can_subset=True)
    def refresh_warehouse(
        context: dg.AssetExecutionContext, config: RefreshConfig
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        """Take what is due, build, gate, tell who registered."""
        as_of = datetime.fromisoformat(config.as_of) if config.as_of else None
        warehouse = locate(settings)
        with (
            failures_told(),
            warehouse.connect(Role.READER, autocommit=True) as connection,
        ):
            began = gates.now(connection)
            done = refresh(
                settings,
                warehouse,
                registered_gate(),
                as_of=as_of,
                listeners=listeners(warehouse),
            )
            checks = [*told.taken(done), *gates.verdicts(connection, done, began)]
        context.log.info("%s", done.build)
        for result in told.results(done):
            if result.asset_key in context.selected_asset_keys:
                yield result
        wanted = context.selected_asset_check_keys
        for check in checks:
            assert check.asset_key is not None
            assert check.check_name is not None
            if dg.AssetCheckKey(check.asset_key, check.check_name) in wanted:
                yield check

    return refresh_warehouse


@dataclass(frozen=True, slots=True)
class Told:
    """What a refresh did, in Dagster's words."""

    graph: Graph
    models: Mapping[str, dg.AssetKey]

    def results(self, done: Refreshed) -> Iterator[dg.MaterializeResult[None]]:
        """A result for each source taken, for raw where something came, for each model that ran."""
        for source in _sources(done):
            landed = [one.landed for one in done.taken if one.source == source]
            yield dg.MaterializeResult(
                asset_key=self.graph.key_of_source(source), metadata=_landed(landed)
            )
        everything = [one.landed for one in done.taken]
        if any(everything):
            for name in _EVENTS:
                yield dg.MaterializeResult(
                    asset_key=dg.AssetKey(["raw", name]), metadata=_landed(everything)
                )
        build = done.build
        for model in build.models:
            # dbt's own hooks are among what ran.
            if model.name in self.models:
                metadata: dict[str, Any] = {
                    "seconds": round(model.seconds, 3),
                    **({} if model.rows is None else {"rows_written": model.rows}),
                    "as_of": build.as_of.isoformat(),
                    "build": build.build_id,
                    **({"from_nothing": build.from_nothing} if build.from_nothing else {}),
                    **_landed(everything),
                }
                yield dg.MaterializeResult(asset_key=self.models[model.name], metadata=metadata)

    def taken(self, done: Refreshed) -> Iterator[dg.AssetCheckResult]:
        """Whether each source that was due could be taken."""
        for source in _sources(done):
            problems = [one.problem for one in done.problems if one.source == source]
            yield dg.AssetCheckResult(
                check_name=IS_TAKEN,
                asset_key=self.graph.key_of_source(source),
                passed=not problems,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"problems": problems} if problems else {},
            )


def _sources(done: Refreshed) -> list[str]:
    return list(dict.fromkeys(one.source for one in done.taken))


def _landed(landings: Sequence[Landed | None]) -> dict[str, Any]:
    """How much came in which batches; nothing where nothing came."""
    landed = [one for one in landings if one]
    if not landed:
        return {}
    return {
        "batches": [one.batch_id for one in landed],
        "events": sum(one.events for one in landed),
        "quarantined": sum(one.quarantined for one in landed),
    }


def _word(name: str) -> str:
    """A source's name as a part of a key: letters, digits and underscores stay."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)


def _words(names: Sequence[str]) -> dict[str, str]:
    """The word of each name; of two that are alike as words, the second gets its number."""
    words: dict[str, str] = {}
    for name in names:
        word, number = _word(name), 1
        while word in words.values():
            number += 1
            word = f"{_word(name)}_{number}"
        words[name] = word
    return words
