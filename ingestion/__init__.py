"""From sources to `raw`: the event contract, landing, and the sources themselves."""
