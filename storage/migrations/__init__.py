"""Alembic's place: `env.py`, the template of a migration, and `versions/`. Imported by `storage.migrate` only."""
