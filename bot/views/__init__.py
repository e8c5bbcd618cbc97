"""From a result to a Message, pure. Every word that a person reads is made here; every rounding happens here."""
