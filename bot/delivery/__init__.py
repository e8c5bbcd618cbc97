"""Sending what was committed: take what is due under a lease, compose it now, send it, record what came of it."""
