"""Writing imports: batches in short transactions, invisible until the last, resumed or undone after a crash.

What a row means and whether it fits is decided in `surveys/importing`; nothing here reads CSV.
"""
