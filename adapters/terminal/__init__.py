"""The shell as a place to read answers: Message → plain text for `cx ask`. Nothing is sent, nothing comes in."""
