"""The pure core: what a survey, a person, a period and a score is. No I/O, clock, randomness, SQL or platform here."""
