"""Reading CSV files from outside: text → rows → checked records, with a fault for every row that does not fit.

Pure: lines of bytes come in, records and faults go out. What is written, and when it becomes visible, is
`storage/imports`.
"""
