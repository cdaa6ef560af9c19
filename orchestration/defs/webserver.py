"""Dagster's pages behind a login, as `deskhouse up` starts them.

    python -m orchestration.defs.webserver

Dagster's own application, in this process: whoever is not let through by `login` does not reach
it, for nothing else listens.
"""

import logging
import os
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from deskhouse.errors import ServiceDown
from deskhouse.home import kept_port
from deskhouse.services.dagster import login
from deskhouse.settings import read_settings
from orchestration.defs.daemon import WORKSPACE
from orchestration.defs.login import Login


def main() -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        ServiceDown: no port was chosen yet: `deskhouse up dagster` does.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    settings = read_settings()
    home = Path(os.environ["DAGSTER_HOME"])
    port = kept_port(settings.home, "dagster")
    if port is None:
        raise ServiceDown("Dagster has no port in this home", "Run `deskhouse up dagster`.")
    target = WorkspaceFileTarget([str(home / WORKSPACE)])
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, target, version=__version__) as context,
    ):
        pages = create_app_from_workspace_process_context(context)
        user, password = login(settings)
        behind = Login(pages, user, password)
        uvicorn.run(behind, host=settings.listen, port=port, log_level="warning")


if __name__ == "__main__":
    main()
