"""The gallery of messages in the documentation leaves nothing out."""

from tests.every_view import views
from tests.gallery.sheets import sheets

SHEETS = sheets()


def test_every_view_has_a_scene() -> None:
    assert {scene.view for sheet in SHEETS for scene in sheet.scenes} == set(views())
