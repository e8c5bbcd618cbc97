"""The local web workspace: a platform like the others, served by this process. Only a demo tenant has it."""
