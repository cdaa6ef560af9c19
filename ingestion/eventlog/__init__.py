"""Event-log CSVs, told apart from contract events by a mapping.

mapping.py   what the columns mean: YAML, validated
rows.py      the file ─▶ rows with their line numbers, bad ones aside
cells.py     a cell's text ─▶ an instant, a status, an id … or why it is none
snapshots.py rows, each the state after a change ─▶ the changes, as events
intake.py    all of it, as one delivery to land
"""
