"""axe-core in the page: what the rules of WCAG 2.2 AA find, and what is merely good practice."""

import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
ADVICE = ("best-practice",)

_RUN = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.map((each) => ({
    rule: each.id, tags: each.tags, help: each.help,
    places: each.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    help: str
    places: tuple[str, ...]
    required: bool
    """A rule of WCAG 2.2 AA, not only good practice."""

    def __str__(self) -> str:
        return "\n".join([f"{self.rule}: {self.help}", *(f"    {place}" for place in self.places)])


def findings(page: Page) -> list[Finding]:
    # Evaluated, not added as an element: the page's own policy allows no script of a stranger, and stays in force.
    page.evaluate(_axe())
    found = page.evaluate(_RUN, [*WCAG, *ADVICE])
    return [
        Finding(each["rule"], each["help"], tuple(each["places"]), bool(set(WCAG) & set(each["tags"])))
        for each in found
    ]


def _axe() -> str:
    return Path(os.environ["AXE"]).read_text(encoding="utf-8")
