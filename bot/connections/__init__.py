"""A platform joined to the engine and the store, one module for each: the composition root's part for a platform."""
