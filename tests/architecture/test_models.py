"""The dbt project's layers, contracts and words, read from its manifest."""

from tests.architecture.project import PROJECT, Project


def test_only_staging_reads_what_was_received(project: Project) -> None:
    readers = {
        model.name
        for model in project.models.values()
        if any(read.startswith("source.") for read in model.reads)
    }
    assert readers
    assert {project.models[name].folder for name in readers} == {"staging"}


def test_models_read_their_own_layer_and_those_below(project: Project) -> None:
    below = {
        "staging": {"staging"},
        "intermediate": {"staging", "intermediate"},
        "marts": {"staging", "intermediate", "marts"},
    }
    # Which hours there are, and whom other policies touch, follows from facts; these two say so.
    looks_up = {"dim_hours": {"metrics_raw"}, "int_ticket_sla_changes": {"fct_ticket_intervals"}}
    wrong = [
        f"{model.name} reads {read.name}"
        for model in project.models.values()
        for read in (
            project.models[r.split(".")[-1]] for r in model.reads if r.startswith("model.")
        )
        if read.folder not in below[model.folder]
        and read.name not in looks_up.get(model.name, set())
    ]
    assert wrong == []


def test_marts_are_public_and_nothing_else_is(project: Project) -> None:
    public = {model.name for model in project.models.values() if model.is_public}
    assert public == {model.name for model in project.models.values() if model.folder == "marts"}


def test_only_public_models_have_a_secured_view(project: Project) -> None:
    viewed = {
        model.name for model in project.models.values() if "secured_by" in model.config["meta"]
    }
    assert viewed == {model.name for model in project.models.values() if model.is_public}


def test_what_is_public_keeps_a_contract(project: Project) -> None:
    loose = [
        model.name
        for model in project.models.values()
        if model.is_public and not model.config["contract"]["enforced"]
    ]
    assert loose == []


def test_a_contract_names_the_type_of_every_column(project: Project) -> None:
    untyped = [
        f"{model.name}.{column['name']}"
        for model in project.models.values()
        if model.is_public
        for column in model.columns.values()
        if not column["data_type"]
    ]
    assert untyped == []


def test_every_model_has_its_yaml_beside_it(project: Project) -> None:
    astray = [
        model.sql_path
        for model in project.models.values()
        if model.yaml_path != model.sql_path.removesuffix(".sql") + ".yml"
    ]
    assert astray == []


def test_no_yaml_describes_more_than_the_model_beside_it(project: Project) -> None:
    described = {model.yaml_path for model in project.models.values()}
    paths = (path.relative_to(PROJECT) for path in (PROJECT / "models").rglob("*.y*ml"))
    found = {str(path) for path in paths if "semantic" not in path.parts}
    assert found == described | {"models/sources.yml"}


def test_every_model_says_what_one_row_is(project: Project) -> None:
    silent = [
        model.name
        for model in project.models.values()
        if not model.description.startswith("One row per ")
    ]
    assert silent == []


def test_every_column_is_described(project: Project) -> None:
    silent = [
        f"{model.name}.{column['name']}"
        for model in project.models.values()
        for column in model.columns.values()
        if not column["description"].strip()
    ]
    assert silent == []
    assert [model.name for model in project.models.values() if not model.columns] == []


def test_every_source_is_described(project: Project) -> None:
    silent = [
        source["name"]
        for source in project.sources.values()
        if not (source["description"].strip() and source["source_description"].strip())
    ]
    assert silent == []


def test_every_kept_table_has_a_unique_key(project: Project) -> None:
    without = [
        model.name
        for model in project.models.values()
        if model.config["materialized"] != "view"
        and not any(index.get("unique") for index in model.config.get("indexes") or [])
    ]
    # Logs: a row of them is read by its build or its ticket, and counted, never looked up.
    assert sorted(without) == ["int_tickets_changed", "metrics_raw"]
