"""supervisord's configuration, as a text.

A crashed process is started again at once; one that crashes again within ten seconds after 1 s,
then 2, 3 ... a hundred times, over more than an hour. None is started by supervisord itself: `up`
does, in its order. Paths come by the environment, for in a value a blank before `;` begins a
comment and `%` an expansion.
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from deskhouse.services.service import LocalService

_HEADING = """\
[unix_http_server]
file=%(ENV_DESKHOUSE_SOCKET)s
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
user={user}
directory=/
umask=077
nocleanup=true
childlogdir=%(ENV_DESKHOUSE_RUN)s
pidfile=%(ENV_DESKHOUSE_RUN)s/supervisor.pid
logfile=%(ENV_DESKHOUSE_LOGS)s/supervisor.log
logfile_maxbytes=5MB
logfile_backups=2
"""

_PROGRAM = """
[program:{name}]
command={command}
autostart=false
autorestart=true
startsecs=10
startretries=100
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=%(ENV_DESKHOUSE_PROGRAM_LOGS)s/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
priority={priority}
"""


def environment(run: Path, logs: Path, socket: Path) -> dict[str, str]:
    """The paths that the configuration leaves open, as supervisord's environment."""
    return {
        "DESKHOUSE_RUN": str(run),
        "DESKHOUSE_SOCKET": str(socket),
        "DESKHOUSE_LOGS": str(logs),
        # This one is expanded twice.
        "DESKHOUSE_PROGRAM_LOGS": str(logs).replace("%", "%%"),
    }


def configuration(services: Sequence[LocalService], launch: Sequence[str], user: int) -> str:
    """The configuration for these services, what is needed before what needs it.

    `launch` is the command that becomes the service whose name is added to it; `user` is the
    uid that supervisord has anyway.
    """
    text = _HEADING.format(user=user)
    priorities: dict[str, int] = {}
    for service in services:
        # Stopping goes by falling priority: first what needs others.
        needs = [priorities.get(name, 0) for name in service.needs]
        priorities[service.name] = max(needs, default=0) + 1
        text += _PROGRAM.format(
            name=service.name,
            command=command(*launch, service.name),
            stop_signal=service.stop_signal,
            stop_seconds=service.stop_seconds,
            priority=priorities[service.name],
        )
    return text


def command(*words: str) -> str:
    """A command line as the configuration takes it.

    A blank before `;` or `#` begins a comment even in quotes: between the two, the quotes are
    closed and opened again.
    """
    line = " ".join(shlex.quote(word) for word in words)
    return re.sub(r"(?<=\s)(?=[;#])", "''", line).replace("%", "%%")
