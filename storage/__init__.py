"""SQLAlchemy: rows in, domain values out. Nothing outside this package writes SQL."""
