"""The compiled dbt project, once a session."""

import pytest

from tests.architecture.project import Project, compile_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The dbt project as it stands."""
    return compile_project(tmp_path_factory.mktemp("dbt"))
