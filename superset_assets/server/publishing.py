"""Bring Superset's assets to what they should be, and keep what people made.

    python -m superset_assets.server.publishing < order.json

The order names every managed asset by path, in the form that Superset imports; the answer says what
was done with each. What an asset looked like when it was published is kept beside Superset's own
tables, in the same transaction: what looks otherwise now was edited by hand. Such an asset is left
alone while the order has nothing new for it, and refuses the whole order when it has. What was
deleted by hand comes back, and with it what led to it, for its number is another.
"""

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from superset_assets.server.difference import difference, fingerprint, lasting

_RECORD = """
create table if not exists deskhouse_published (
    path text primary key, uuid text not null, wanted text not null, looked jsonb not null
)
"""
# Besides, the making of Superset's tables has 4712 (bootstrap).
_ALONE = """
select set_config('lock_timeout', :patience, true), pg_advisory_xact_lock(4713),
    set_config('lock_timeout', '0', true)
"""
_LOCK_NOT_AVAILABLE = "55P03"
# What refers to another goes first.
_KINDS = ("dashboards", "charts", "datasets", "databases")


@dataclass(frozen=True, slots=True)
class _Record:
    """How an asset was published."""

    uuid: str
    wanted: str
    looked: dict[str, Any]


@dataclass(slots=True)
class _Change:
    """What becomes of an asset."""

    path: str
    action: str  # created, updated, overwritten, unchanged, edited, refused, removed, kept
    note: str = ""

    def said(self) -> dict[str, str]:
        return {"path": self.path, "action": self.action, "note": self.note}


def publish(
    assets: dict[str, dict[str, Any]],
    passwords: dict[str, str],
    *,
    force: bool,
    dry_run: bool,
    patience: float,
) -> dict[str, Any]:
    """Do it within Superset's app context; what became of each asset, and whether it was done.

    Where another has been publishing for `patience` seconds, it is not.
    """
    from superset.utils.decorators import transaction

    def as_one() -> dict[str, Any]:
        if not _alone(patience):
            return {"done": False, "is_busy": True}
        changes = _plan(assets, passwords, force=force)
        refused = any(change.action == "refused" for change in changes)
        if not refused and not dry_run:
            _carry_out(changes, assets, passwords)
        return {"done": not refused, "changes": [change.said() for change in changes]}

    # Without Superset's own handler, which logs an error and goes on.
    answer: dict[str, Any] = transaction(on_error=None)(as_one)()
    return answer


def _alone(patience: float) -> bool:
    """Keep others from publishing until the transaction ends; False where another does."""
    from sqlalchemy.exc import OperationalError
    from superset import db

    try:
        db.session.execute(_ALONE, {"patience": f"{patience}s"})
    except OperationalError as error:
        if getattr(error.orig, "pgcode", "") != _LOCK_NOT_AVAILABLE:
            raise
        db.session.rollback()
        return False
    return True


def _plan(
    assets: dict[str, dict[str, Any]], passwords: dict[str, str], *, force: bool
) -> list[_Change]:
    records = _records()
    models = {path: _model_of(path, str(asset["uuid"])) for path, asset in assets.items()}
    absent = {str(assets[path]["uuid"]) for path, model in models.items() if model is None}
    changes = []
    for path, asset in assets.items():
        record, model = records.get(path), models[path]
        wanted = fingerprint((asset, passwords.get(path)))
        is_new = (
            record is None
            or record.wanted != wanted
            or not absent.isdisjoint(_uuids(asset))
            or (model is not None and _is_torn(path, asset, model))
        )
        changes.append(_change(path, record, model, is_new=is_new, force=force))
    for path, record in records.items():
        model = _model_of(path, record.uuid)
        if path not in assets and model is not None:
            changes.append(_removal(path, record, model, force=force))
    return changes


def _change(path: str, record: _Record | None, model: Any, *, is_new: bool, force: bool) -> _Change:
    if model is None:
        return _Change(path, "created")
    edit = difference(record.looked, _look(path, model)) if record else ""
    if edit and force:
        return _Change(path, "overwritten", edit)
    if edit:
        return _Change(path, "refused" if is_new else "edited", edit)
    return _Change(path, "updated" if is_new else "unchanged")


def _removal(path: str, record: _Record, model: Any, *, force: bool) -> _Change:
    edit = difference(record.looked, _look(path, model))
    if edit and not force:
        return _Change(path, "refused", edit)
    if users := _in_use(path, model):
        return _Change(path, "kept", f"in use by {users}")
    return _Change(path, "removed")


def _carry_out(
    changes: list[_Change], assets: dict[str, dict[str, Any]], passwords: dict[str, str]
) -> None:
    import yaml
    from superset import db
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    import_these = [c.path for c in changes if c.action in ("created", "updated", "overwritten")]
    if import_these:
        contents = {path: yaml.safe_dump(assets[path]) for path in import_these}
        contents["metadata.yaml"] = yaml.safe_dump(
            # Superset wants an instant here, and does nothing with it.
            {"version": "1.0.0", "type": "assets", "timestamp": "2000-01-01T00:00:00+00:00"}
        )
        known = {path: word for path, word in passwords.items() if path in contents}
        # Sparse: what is not among them is looked up, not missed.
        ImportAssetsCommand(contents, passwords=known, sparse=True).run()
        db.session.flush()
        db.session.expire_all()
    for path in import_these:
        asset = assets[path]
        _keep_record(path, asset, passwords.get(path))
    gone = [change.path for change in changes if change.action == "removed"]
    records = _records()
    for path in sorted(gone, key=lambda path: _KINDS.index(_kind(path))):
        db.session.delete(_model_of(path, records[path].uuid))
        _forget_record(path)
    db.session.flush()


def _records() -> dict[str, _Record]:
    from superset import db

    db.session.execute(_RECORD)
    rows = db.session.execute("select path, uuid, wanted, looked from deskhouse_published")
    return {path: _Record(uuid, wanted, looked) for path, uuid, wanted, looked in rows}


def _keep_record(path: str, asset: dict[str, Any], password: str | None) -> None:
    from superset import db

    db.session.execute(
        "insert into deskhouse_published values (:path, :uuid, :wanted, :looked)"
        " on conflict (path) do update set"
        " uuid = excluded.uuid, wanted = excluded.wanted, looked = excluded.looked",
        {
            "path": path,
            "uuid": str(asset["uuid"]),
            "wanted": fingerprint((asset, password)),
            "looked": json.dumps(_look(path, _model_of(path, str(asset["uuid"])))),
        },
    )


def _forget_record(path: str) -> None:
    from superset import db

    db.session.execute("delete from deskhouse_published where path = :path", {"path": path})


def _model_of(path: str, uuid: str) -> Any:
    """The asset in Superset; None where it is not, or no more."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    models = {
        "dashboards": Dashboard,
        "charts": Slice,
        "datasets": SqlaTable,
        "databases": Database,
    }
    return db.session.query(models[_kind(path)]).filter_by(uuid=uuid).one_or_none()


def _kind(path: str) -> str:
    return path.split("/", maxsplit=1)[0]


def _uuids(asset: Any) -> Iterator[str]:
    """What an asset is, and what it leads to."""
    if isinstance(asset, dict):
        asset = list(asset.values())
    if isinstance(asset, list):
        for item in asset:
            yield from _uuids(item)
    elif isinstance(asset, str):
        yield asset


def _is_torn(path: str, asset: dict[str, Any], model: Any) -> bool:
    """Whether an asset has lost what it is to lead to."""
    if path.startswith("dashboards/"):
        there = {str(chart.uuid) for chart in model.slices}
        items = [item for item in asset["position"].values() if isinstance(item, dict)]
        return any(item["meta"]["uuid"] not in there for item in items if item["type"] == "CHART")
    if path.startswith("charts/"):
        return model.table is None or str(model.table.uuid) != asset["dataset_uuid"]
    return False


def _look(path: str, model: Any) -> dict[str, Any]:
    """What an asset looks like, ids and what Superset changes by itself aside."""
    exported = model.export_to_dict(
        recursive=path.startswith("datasets/"),
        include_parent_ref=False,
        include_defaults=True,
        export_uuids=True,
    )
    look: dict[str, Any] = lasting(exported)
    return look


def _in_use(path: str, model: Any) -> str:
    """What of the people's own would miss an asset; '' where nothing would."""
    from superset import db
    from superset.models.slice import Slice
    from superset.reports.models import ReportSchedule

    users: list[str] = []
    if path.startswith("charts/"):
        users += [
            f"dashboard {d.dashboard_title}"
            for d in model.dashboards
            if not d.is_managed_externally
        ]
        reports = db.session.query(ReportSchedule).filter_by(chart_id=model.id)
        users += [f"report {report.name}" for report in reports]
    elif path.startswith("dashboards/"):
        reports = db.session.query(ReportSchedule).filter_by(dashboard_id=model.id)
        users += [f"report {report.name}" for report in reports]
    elif path.startswith("datasets/"):
        charts = db.session.query(Slice).filter_by(datasource_id=model.id, datasource_type="table")
        users += [f"chart {one.slice_name}" for one in charts if not one.is_managed_externally]
    elif path.startswith("databases/"):
        users += [f"dataset {one.table_name}" for one in model.tables]
    return ", ".join(users)


@contextlib.contextmanager
def _as_admin() -> Iterator[None]:
    """Superset's app, and whoever may do anything in it."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from superset import security_manager
        from superset.utils.core import override_user

        with override_user(security_manager.find_user("admin")):
            yield


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """Carry an order out.

    What is in the way is told as well: this is the outermost of the process.
    """
    try:
        with _as_admin():
            return publish(
                order["assets"],
                order["passwords"],
                force=order["force"],
                dry_run=order["dry_run"],
                patience=order["patience"],
            )
    except Exception as error:  # noqa: BLE001 - a process's outermost
        traceback.print_exc()
        return {"done": False, "problem": _problem(error)}


def _problem(error: BaseException) -> str:
    """A line that says what went wrong in the first place."""
    told: dict[str, Any] = getattr(error, "normalized_messages", dict)()
    if told:
        return json.dumps(told, ensure_ascii=False)
    if error.__cause__ is not None:
        return _problem(error.__cause__)
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def main() -> None:
    """Read an order, carry it out, write the answer."""
    order = json.load(sys.stdin)
    # Whatever Superset prints is no answer.
    with contextlib.redirect_stdout(sys.stderr):
        answer = _answer(order)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
