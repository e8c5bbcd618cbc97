"""From counted answers to figures: periods, scoring, statistics, and the split of a change."""
