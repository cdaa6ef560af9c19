"""Deskhouse: support analytics one can stand behind."""

__version__ = "0.1.0"
