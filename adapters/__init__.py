"""One folder per platform: verify, parse, render. Platforms know nothing of each other."""
