"""What the endpoints of all platforms do alike. No platform is known here, and nothing is parsed or rendered."""
