"""What may be shown about employees: one gate, which answers Released or Withheld."""
