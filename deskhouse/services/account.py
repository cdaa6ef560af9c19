"""Who a service runs as, and where its data lies.

An ordinary user's services run as that user, with their data in the home. Root's drop to an
unprivileged user, and that user must be able to reach what it runs and writes: where the home
is closed to it (as below /root), the data lies in /var/lib/deskhouse and the home holds a link.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deskhouse.errors import Failed
from deskhouse.home import make_folder

_ELSEWHERE = Path("/var/lib/deskhouse")

# Written beside and renamed, so that nobody ever reads a half; the umask keeps it to its owner.
_WRITE = 'umask 077; cat > "$0.new" && mv -f "$0.new" "$0"'


@dataclass(frozen=True, slots=True)
class Account:
    """A user to run as; `uid` and `gid` are None for the caller's own."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this user, with `given` on standard input."""
        return subprocess.run(
            [str(part) for part in command],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            umask=0o077,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may go through a folder."""
        return self.run(["test", "-x", folder]).returncode == 0

    def can_run(self, binary: Path) -> bool:
        """Whether this user may execute a program and read the libraries it needs."""
        try:
            return self.run([binary, "--version"]).returncode == 0
        except OSError:
            return False

    def write(self, path: Path, text: str) -> None:
        """Write a file as this user, readable by it alone.

        Root does not write into a folder of somebody else's itself: a link there would lead it.
        """
        done = self.run(["sh", "-c", _WRITE, path], text)
        if done.returncode != 0:
            raise Failed(f"cannot write {path}: {done.stderr.strip()}")


def account_for(home: Path, service: str) -> Account:
    """Who this service runs as: whoever owns its data, else the caller or an unprivileged user.

    Raises:
        Failed: the caller is root and there is no unprivileged user.
    """
    if os.geteuid() != 0:
        return Account()
    data = home / service
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Failed(
        "root must not run the services itself, and there is no user postgres or nobody",
        "Add a user named postgres, or run as an ordinary user.",
    )


def place(home: Path, service: str, account: Account) -> Path:
    """The folder of a service's data (0700, its account's own), made at its first use."""
    inside = home / service
    if account.uid is None:
        return make_folder(inside).resolve()
    if not inside.exists():
        make_folder(home / "run")
        target = inside
        if not account.can_enter(home):
            target = _free_folder(home, service)
            inside.unlink(missing_ok=True)
            inside.symlink_to(target)
        target.mkdir(mode=0o700)
    folder = inside.resolve()
    if folder.stat().st_uid == 0:
        os.chown(folder, account.uid, -1 if account.gid is None else account.gid)
    return folder


def _free_folder(home: Path, service: str) -> Path:
    """A folder outside the home that nothing has used.

    One that is there already belongs to a home that was removed: its secrets are gone with it,
    and its data may still be somebody's.
    """
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:8]
    for number in range(1, 1000):
        suffix = "" if number == 1 else f"-{number}"
        folder = _ELSEWHERE / f"{home.name}-{digest}{suffix}"
        if not (folder / service).exists():
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            return folder / service
    raise Failed(f"{_ELSEWHERE} is full of folders of {home}", "Remove those you do not need.")


def reachable(binary: Path, trees: Sequence[Path], account: Account, data: Path) -> Path:
    """A path of `binary` at which the account can execute it: its own, or that of a copy.

    `trees` are the folders that have to be copied for the binary to run: the first is the one that
    it lies in (or the file itself), the others lie beside it. The copy lies beside `data` and is
    the caller's, so that what runs cannot rewrite itself.

    Raises:
        Failed: not even the copy runs.
    """
    if account.can_run(binary):
        return binary
    stat = binary.stat()
    copy = data.parent / "software" / f"{binary.name}-{stat.st_size}-{int(stat.st_mtime)}"
    if not copy.exists():
        _copy(trees, copy)
    copied = copy / binary.relative_to(trees[0].parent)
    if not account.can_run(copied):
        raise Failed(f"{copied}, a copy of {binary}, does not run", "See `deskhouse doctor`.")
    return copied


def _copy(trees: Sequence[Path], target: Path) -> None:
    """Copy trees or files into a new folder that everybody may read; whole, or not at all."""
    unfinished = target.with_name(target.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for tree in trees:
        if tree.is_dir():
            shutil.copytree(tree, unfinished / tree.name, symlinks=True)
        else:
            shutil.copy2(tree, unfinished / tree.name)
    for path in [unfinished.parent, unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    unfinished.rename(target)
