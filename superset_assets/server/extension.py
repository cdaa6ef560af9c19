"""What Deskhouse adds to Superset's application: files of its own, templates, an audit log."""

import hashlib
import sys
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request, session
from flask_limiter.util import get_remote_address
from flask_login import current_user
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import event
from sqlalchemy.orm import Mapper
from superset.utils.log import DBEventLogger

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"

blueprint = Blueprint("deskhouse", __name__, url_prefix="/deskhouse", static_folder=str(_STATIC))


def static(name: str) -> str:
    """The address of one of our files: another for another content, for browsers keep it a year."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()
    return f"/deskhouse/static/{name}?{digest[:8]}"


def add_to(app: Flask) -> None:
    """Put our templates before Superset's, which leaves two of its own empty for that.

    And count logins: Superset 6.1 puts its limit on the page with the form, which is only ever
    read, and not on what the form, or a program, sends its password to.
    """
    from superset import security_manager

    limit = security_manager.limiter.limit(app.config["AUTH_RATE_LIMIT"], methods=["POST"])
    for name in ("AuthDBView", "SecurityApi"):
        limit(app.blueprints[name])
    app.before_request(_hear_no_stranger)
    loaders = [FileSystemLoader(_HERE / "templates"), app.jinja_loader]
    app.jinja_loader = ChoiceLoader([loader for loader in loaders if loader])
    app.jinja_env.globals["deskhouse_static"] = static


@event.listens_for(Mapper, "before_configured")
def _keep_columns_in_order() -> None:
    """Show a dataset's columns as they were published: a drill-down begins with what matters.

    Superset reads them without an order, as an index happens to yield them.
    """
    models = sys.modules.get("superset.connectors.sqla.models")
    if models is not None and hasattr(models, "SqlaTable"):
        columns = models.TableColumn.__table__.c
        models.SqlaTable.__mapper__.get_property("columns", False).order_by = [columns.id]


def _hear_no_stranger() -> Response | None:
    """Answer the log of the page with the form at once.

    As somebody logs in, that page sends what was clicked. Superset's answer, that one has to log in
    first, brings a cookie, and where it comes after that of the login, one is logged out again.
    """
    if request.endpoint == "Superset.log" and not current_user.is_authenticated:
        # To ask who it is has left a mark in the session.
        session.modified = False
        return Response(status=204)
    return None


def person() -> str:
    """Whose requests are counted: a person's where one is logged in, else an address's."""
    if current_user and current_user.is_authenticated:
        return f"user {current_user.get_id()}"
    return f"address {get_remote_address()}"


class AuditLogger(DBEventLogger):  # type: ignore[misc]  # Superset has no types here
    """Superset's log in its database, without what each chart writes into it as it is shown."""

    _NOT_KEPT = frozenset(
        {
            "ChartDataRestApi.data",
            "ChartDataRestApi.get_data",
            "ChartDataRestApi.json_dumps",
            "QueryObject.post_processing",
            "_get_data_response",
            "execute_sql",
            "load_into_dataframe",
            "log",
        }
    )

    def log(self, user_id: int | None, action: str, *arguments: Any, **more: Any) -> None:
        """Write down who did what."""
        if action not in self._NOT_KEPT:
            super().log(user_id, action, *arguments, **more)
