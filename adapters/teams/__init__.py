"""Microsoft Teams as a chat platform. It knows the engine's ports and nothing of the other platforms or of storage."""
