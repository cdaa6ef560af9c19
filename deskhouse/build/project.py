"""dbt's project of this checkout, and the fingerprint of what its tables were built with."""

import hashlib
from functools import cache
from pathlib import Path

from deskhouse.settings import CHECKOUT

PROJECT = CHECKOUT / "dbt_project"
SEMANTIC = PROJECT / "models" / "semantic"


@cache
def project_hash() -> str:
    """A fingerprint of every model and macro.

    A kept table is only right for the text it was built with, so a build under another
    fingerprint is built from nothing. What metrics are called and made of (models/semantic) is in
    no table.
    """
    digest = hashlib.sha256()
    for path in sorted(_texts()):
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _texts() -> list[Path]:
    kept = [PROJECT / "dbt_project.yml"]
    for folder in ("models", "macros"):
        kept.extend(path for path in (PROJECT / folder).rglob("*") if path.is_file())
    return [path for path in kept if SEMANTIC not in path.parents]
