"""Who can be asked: accounts, contacts, employees, their roles, and how an audience is chosen."""
