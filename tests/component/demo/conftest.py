"""A gateway to tell the story on, and what the screen showed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from infra.demo.screen import Screen
from tests.component.riskctl.conftest import gateway

__all__ = ["gateway"]


class RecordedScreen(Screen):
    """A screen whose text can be read back."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        super().__init__(Console(file=self._file, width=120, markup=False, highlight=False, emoji=False))

    @property
    def text(self) -> str:
        """Return everything that was shown."""
        return self._file.getvalue()


@pytest.fixture
def screen() -> RecordedScreen:
    """Give a screen that remembers."""
    return RecordedScreen()
