"""`python -m deskhouse`."""

from deskhouse.cli import main

raise SystemExit(main())
