"""The named metrics, as dbt reads them and as everybody else does."""

from deskhouse.metrics import catalog
from tests.architecture.project import Project


def test_dbt_knows_the_metrics_that_the_catalog_has_and_their_marts(project: Project) -> None:
    assert project.metrics == {metric.name: metric.mart for metric in catalog().metrics}


def test_metrics_are_measured_over_public_marts(project: Project) -> None:
    assert {project.models[mart].is_public for mart in project.metrics.values()} == {True}


def test_a_source_reads_public_marts_and_views_of_ops_alone(project: Project) -> None:
    public = {f"marts.{model.name}" for model in project.models.values() if model.is_public}
    read = {
        word
        for source in catalog().sources
        for sql in (
            *(source.sql, source.hourly_sql, source.fields_sql, source.hourly_fields_sql),
            *(column.values for column in source.columns),
        )
        for word in sql.split()
        if "." in word and word.partition(".")[0] in ("marts", "core", "ops", "raw", "staging")
    }
    assert read - public == {"marts.current_build", "ops.data_state"}
