"""What a survey is: its questions, scales, wording and rules; the shipped ones are in `catalog/`."""
