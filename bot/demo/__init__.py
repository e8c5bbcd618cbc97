"""The story in the demo's data: who, what they answered, what they wrote; planned as values, written by `load`.

Everything but `load` is pure and made from one fixed seed: the same code makes the same people and answers. The
modules go from facts to data: `dates` and `scores` hold what is told, `accounts`, `contacts` and `employees` who
there is, `respondents` and `waves` who was asked and answered when, `comments` what they wrote, `history` what was
imported from other systems. `truth.json` names each planted fact and the command that should find it.
"""
