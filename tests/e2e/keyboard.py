"""Somebody without a mouse: Tab, Enter, Space, arrows and Escape, and an eye on where the focus is."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

_WHERE = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const inside = x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
  const hit = inside ? document.elementFromPoint(x, y) : null;
  const labels = element.labels?.length ? [...element.labels].map((each) => each.textContent).join(" ") : "";
  const byId = (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean)
    .map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const name = element.getAttribute("aria-label") || byId || labels || element.textContent;
  return {
    name: name.replace(/\\s+/g, " ").trim(), tag: element.tagName.toLowerCase(),
    x: box.x, y: box.y, width: box.width, height: box.height,
    reachable: !!hit && (element.contains(hit) || hit.contains(element)),
    partly: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}"""

ROOM = 6
"""A ring around an element is looked for this far outside of it, in pixels."""


@dataclass(frozen=True, slots=True)
class Focus:
    name: str
    tag: str
    x: float
    y: float
    width: float
    height: float
    reachable: bool
    partly: bool


@dataclass(slots=True)
class Keyboard:
    page: Page
    stops: list[str] = field(default_factory=list)
    """The name of everything that had the focus, in order."""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def to(self, name: str, *, backwards: bool = False, exact: bool = False, most: int = 90) -> Focus:
        """Tabs until something of this name has the focus; every stop on the way must be seen to have it."""
        for _ in range(most):
            self.press("Shift+Tab" if backwards else "Tab")
            focus = self.focus()
            if focus is None:
                continue  # the browser's own bar, between the end of the page and its beginning
            self.stops.append(focus.name)
            self._is_seen(focus)
            if focus.name == name or (not exact and focus.name.startswith(name)):
                return focus
        raise AssertionError(f"{name} is not reached. On the way: {self.stops[-most:]}")

    def focus(self) -> Focus | None:
        found = self.page.evaluate(_WHERE)
        return Focus(**found) if found else None

    def _is_seen(self, focus: Focus) -> None:
        assert focus.width > 0, f"{focus.name} has no size"
        assert focus.height > 0, f"{focus.name} has no size"
        tall = focus.height > 400
        assert focus.reachable or (tall and focus.partly), f"{focus.name} is out of sight, or under something else"
        if focus.tag == "textarea":
            return  # its caret and the frame around it; a test of its own looks at that
        around = self._clip(focus)
        with_focus = self.page.screenshot(clip=around)
        self.page.evaluate("() => { window.focused = document.activeElement; window.focused.blur(); }")
        without = self.page.screenshot(clip=around)
        self.page.evaluate("() => window.focused.focus({ preventScroll: true, focusVisible: true })")
        assert with_focus != without, f"{focus.name} looks the same with and without the focus"

    def _clip(self, focus: Focus) -> "dict[str, float]":
        size = self.page.viewport_size
        assert size is not None
        left, top = max(0.0, focus.x - ROOM), max(0.0, focus.y - ROOM)
        right = min(float(size["width"]), focus.x + focus.width + ROOM)
        bottom = min(float(size["height"]), focus.y + focus.height + ROOM)
        return {"x": left, "y": top, "width": right - left, "height": bottom - top}
