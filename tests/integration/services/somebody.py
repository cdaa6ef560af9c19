"""An ordinary user to run `deskhouse` as: ourselves, or `nobody` where root runs the tests."""

import os
import pwd
import shutil
import sys
from pathlib import Path

import pytest

from deskhouse.services.account import Account
from deskhouse.settings import CHECKOUT
from tests.integration.services.home import Home


def home_of_somebody(folder: Path) -> Home:
    """A home in this folder whose `deskhouse` an ordinary user runs."""
    if os.geteuid() != 0:
        return Home(folder / "home")
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return Home(
        folder / "home",
        python=str(folder / "python" / "bin" / "python"),
        environment=_python(folder, Account(user.pw_uid, user.pw_gid)),
        prefix=("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
    )


def _python(folder: Path, account: Account) -> dict[str, str]:
    """Link this Python to where the user may run it; the environment that it needs there.

    Python, its packages or the checkout may lie below /root. What does not is used as it is.
    """
    library = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base, copy = Path(sys.base_prefix), folder / "python"
    (copy / "bin").mkdir(parents=True)
    _link(str(base / "bin" / library), str(copy / "bin" / "python"))
    _link_tree(base / "lib" / library, copy / "lib" / library)
    for shared in (base / "lib").glob("libpython*.so*"):
        _link(str(shared.resolve()), str(copy / "lib" / shared.name))
    path = []
    packages = Path(pytest.__file__).parent.parent
    for number, tree in enumerate((CHECKOUT, packages)):
        if account.can_enter(tree):
            path.append(str(tree))
        else:
            _link_tree(tree, folder / str(number))
            path.append(str(folder / str(number)))
    return {
        "PYTHONHOME": str(copy),
        "PYTHONPATH": ":".join(path),
        "LD_LIBRARY_PATH": str(copy / "lib"),
    }


def _link_tree(source: Path, target: Path) -> None:
    ignored = shutil.ignore_patterns("site-packages", "test", ".git", ".venv*", "var", "config-*")
    shutil.copytree(source, target, copy_function=_link, ignore=ignored)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # Another file system.
        shutil.copy2(source, target)
