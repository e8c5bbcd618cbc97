"""Counting: how answers become histograms, and how histograms and rows are read.

The life of a count. An answer's transaction writes `score_delta` rows and touches nothing shared. The clock folds them
(`fold`) into packed cells (`cells`, `packing`) of the base layer. An import counts its rows into a hidden layer
(`batches`), shown in the commit that completes it and merged into the base afterwards. A rebuild (`rebuild`) makes a
new base from the rows and swaps. A reader adds up all visible layers and the deltas that wait, in one statement
(`reading`, `tallying`): exact at once. What was added up is kept until something that counts has changed (`memory`).
What cells cannot tell is read from the rows (`rows`, `means`, `pairs`), and which rows count is said once (`visible`).
Formulas do not live here: they are in `surveys.insight`.
"""
