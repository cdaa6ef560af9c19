"""The rules of docs/decisions/0002 that the text of a statement shows; numbers are theirs.

They cost nothing on one machine and would be a rewrite on a cluster.
"""

import re

import pytest

from tests.architecture import statements
from tests.architecture.project import CHECKOUT, PROJECT, Model, Project
from tests.architecture.statements import blanked

_KEY = re.compile(r"\bticket_key\b")
_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_SQL_COMMENT = re.compile(r"--[^\n]*")

# Macros write SQL in strings, so of the project's own files only comments are blanked.
WRITTEN = {
    str(path.relative_to(CHECKOUT)): _SQL_COMMENT.sub(
        "", _JINJA_COMMENT.sub("", path.read_text(encoding="utf-8"))
    )
    for path in sorted(PROJECT.rglob("*.sql"))
}
MIGRATIONS = {
    path.name: blanked(path.read_text(encoding="utf-8"))
    for path in sorted((CHECKOUT / "deskhouse/warehouse/migrations/versions").glob("*.sql"))
}

FORBIDDEN_IN_MODELS = {
    "merge, which a cluster's tables do not take (5)": r"\bmerge\s+into\b|strategy='merge'",
    "the present, where as_of is a row (5)": (
        r"\bnow\s*\(|\b(?:clock|statement|transaction)_timestamp\b"
        r"|\b(?:current_(?:timestamp|date|time)|localtime(?:stamp)?)\b"
    ),
    "an identity or serial column as order (5)": r"\bas identity\b|\b(?:big|small)?serial\b",
    "grouping sets (11)": r"\bgrouping sets\b|\b(?:rollup|cube)\s*\(",
    "a recursive CTE (11)": r"\bwith\s+recursive\b",
    "rows skipped while locked (11)": r"\bskip\s+locked\b",
    "sizes that mislead on a cluster (12)": r"\breltuples\b|\bpg_(?:total_)?relation_size\b",
}
FORBIDDEN_IN_MIGRATIONS = {
    "a foreign key (9)": r"\breferences\b|\bforeign\s+key\b",
    "a trigger (9)": r"\btrigger\b",
    "an identity or serial column (5)": r"\bas identity\b|\b(?:big|small)?serial\b",
    "row security by policies on tables (10)": r"\bcreate\s+policy\b|\brow\s+level\s+security\b",
}


def by_ticket(project: Project) -> list[Model]:
    """The models whose rows are tickets'."""
    found = [model for model in project.models.values() if model.is_by_ticket]
    assert "fct_tickets" in {model.name for model in found}
    return found


def keyless_relations(project: Project) -> set[str]:
    """What is joined to a ticket's rows by something other than the ticket: dimensions."""
    return {model.name for model in project.models.values() if not model.is_by_ticket}


@pytest.mark.parametrize("rule", FORBIDDEN_IN_MODELS)
def test_models_and_macros_keep_clear_of(rule: str) -> None:
    pattern = re.compile(FORBIDDEN_IN_MODELS[rule], re.IGNORECASE)
    assert [name for name, text in WRITTEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("rule", FORBIDDEN_IN_MIGRATIONS)
def test_migrations_keep_clear_of(rule: str) -> None:
    pattern = re.compile(FORBIDDEN_IN_MIGRATIONS[rule], re.IGNORECASE)
    assert MIGRATIONS
    assert [name for name, text in MIGRATIONS.items() if pattern.search(text)] == []


def test_no_code_asks_for_sizes_that_mislead_on_a_cluster() -> None:
    """Rule 12."""
    pattern = re.compile(r"\breltuples\b|\bpg_(?:total_)?relation_size\b")
    packages = ("deskhouse", "ingestion", "orchestration")
    files = [path for name in packages for path in (CHECKOUT / name).rglob("*.py")]
    assert files
    assert [f for f in files if pattern.search(f.read_text(encoding="utf-8"))] == []


def test_the_key_of_a_ticket_is_first_in_each_unique_key(project: Project) -> None:
    """Rule 1, for dbt's tables."""
    wrong = [
        f"{model.name} {index['columns']}"
        for model in by_ticket(project)
        for index in model.config.get("indexes") or []
        if index.get("unique") and index["columns"][0] != "ticket_key"
    ]
    assert wrong == []


def test_the_key_of_a_ticket_is_first_in_each_primary_key_of_raw() -> None:
    """Rule 1, for the tables of migrations; landing, where it may be null, is the coordinator's."""
    tables = re.compile(r"create table (\S+) (\((?:[^()]|\([^()]*\))*\))")
    wrong = []
    for text in MIGRATIONS.values():
        for name, columns in tables.findall(text):
            key = re.search(r"(?:primary key|unique) \(([^)]*)\)", columns)
            if re.search(r"\bticket_key text not null", columns):
                assert key, name
                if not key[1].startswith("ticket_key"):
                    wrong.append(name)
    assert wrong == []


def test_windows_over_tickets_rows_are_within_a_ticket(project: Project) -> None:
    """Rule 2."""
    wrong = [
        f"{model.name}: {' '.join(window.split())}"
        for model in by_ticket(project)
        for window in statements.windows(blanked(model.compiled))
        if not _KEY.search(window.partition("order by")[0])
    ]
    assert wrong == []


def test_groups_of_tickets_rows_are_within_a_ticket(project: Project) -> None:
    """Rule 2."""
    wrong = [
        f"{model.name}: {' '.join(group.split())}"
        for model in by_ticket(project)
        for group in statements.groups(blanked(model.compiled))
        if not _KEY.search(group)
    ]
    assert wrong == []


def test_joins_of_tickets_rows_are_on_the_ticket(project: Project) -> None:
    """Rule 2; a dimension is joined by its own key."""
    keyless = keyless_relations(project)
    wrong = [
        f"{model.name}: {join.relation} on {' '.join(join.condition.split())}"
        for model in by_ticket(project)
        for join in statements.joins(blanked(model.compiled))
        if not _KEY.search(join.condition)
        and join.relation.split(".")[-1].strip('"') not in keyless
    ]
    assert wrong == []


def test_a_cte_read_twice_is_not_materialized(project: Project) -> None:
    """Rule 3."""
    wrong = []
    for model in project.models.values():
        sql = blanked(model.compiled)
        wrong += [
            f"{model.name}: {cte.name}"
            for cte in statements.ctes(sql)
            if statements.uses(sql, cte.name) > 1 and not cte.is_not_materialized
        ]
    assert wrong == []


def test_a_rollups_groups_have_no_null_in_their_key(project: Project) -> None:
    """Rule 6."""
    kept = [m for m in project.models.values() if m.config["unique_key"] and m.is_public]
    assert kept
    nullable = [
        f"{model.name}.{name}"
        for model in kept
        for name in model.config["unique_key"]
        if not any(c["type"] == "not_null" for c in model.columns[name]["constraints"])
    ]
    assert nullable == []


def functions_that_read() -> set[str]:
    """The functions of migrations that read or write a table, of their own or of their caller's."""
    touches = re.compile(r"\b(?:from|join|into|update)\s+[a-z_]+[.\w]*|\bregclass\b")
    texts = [part for text in MIGRATIONS.values() for part in re.split(r"\n(?=create )", text)]
    named = {
        m[1]: text for text in texts for m in [re.match(r"create function ([\w.]+)", text)] if m
    }
    assert named
    return {name for name, text in named.items() if touches.search(text)}


def test_functions_that_read_tables_are_told_from_those_that_compute() -> None:
    reading = functions_that_read()
    assert "ops.my_teams" in reading
    assert "ops.hour_start" not in reading


def test_what_may_run_on_a_shard_calls_no_function_that_reads(project: Project) -> None:
    """Rule 8."""
    called = re.compile(r"\b((?:raw|ops|live)\.\w+)\s*\(")
    reading = functions_that_read()
    wrong = [
        f"{model.name}: {name}"
        for model in by_ticket(project)
        for name in called.findall(blanked(model.compiled))
        if name in reading
    ]
    assert wrong == []
