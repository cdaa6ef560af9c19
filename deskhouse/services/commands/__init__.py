"""`deskhouse up`, `down` and `status`."""
