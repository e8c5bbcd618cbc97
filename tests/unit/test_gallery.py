"""The gallery of messages in the documentation leaves nothing out."""

import re

from tests.documentation import ROOT, page
from tests.every_view import views
from tests.gallery.sheets import sheets

SHEETS = sheets()
PICTURES = ROOT / "docs" / "pictures" / "every"


def test_every_view_has_a_scene() -> None:
    assert {scene.view for sheet in SHEETS for scene in sheet.scenes} == set(views())


def test_no_caption_is_empty_and_no_two_sheets_have_one_name() -> None:
    assert all(scene.caption for sheet in SHEETS for scene in sheet.scenes)
    assert len({sheet.name for sheet in SHEETS}) == len(SHEETS)


def test_every_sheet_is_a_picture_in_the_documentation_and_says_what_it_shows() -> None:
    names = sorted(sheet.name for sheet in SHEETS)
    assert sorted(picture.stem for picture in PICTURES.glob("*.png")) == names
    shown = re.findall(r"!\[([^\]]+)\]\(pictures/every/([a-z-]+)\.png\)", page("messages"))
    assert sorted(name for _, name in shown) == names
    assert all(len(told) > 20 for told, _ in shown)
