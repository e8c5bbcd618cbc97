"""The ready-made surveys, one YAML file each; nothing but data lives here. `loader.shipped()` reads them."""
