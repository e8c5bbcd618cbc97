"""The logger that Slack's libraries are given: it says nothing. They log bodies and tokens; our own lines do not."""

import logging

QUIET = logging.getLogger("slack_quiet")
QUIET.setLevel(logging.CRITICAL + 10)
QUIET.propagate = False
