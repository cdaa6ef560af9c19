"""The configuration folder: what a user owns, in small files, validated row by row.

    folder.read_configuration(folder) ─▶ Configuration ─▶ load.load(connection, …) ─▶ raw.config_*

Each file has a module of its own; a missing file is an empty one.
"""
