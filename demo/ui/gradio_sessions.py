"""Gradio's sessions without the values of their calls; they are Gradio's internals.

Gradio 6.31 keeps the last input and output of every component for each of up to 10,000 sessions,
and a call without a session makes a new one. An image that was sent as a data URL would stay in
memory. Gradio reads these values only for links to saved states, which
`demo.middleware.allowlist` rejects.
"""

from typing import Any

from gradio.blocks import Blocks
from gradio.state_holder import SessionState, StateHolder

# A session that is dropped loses nothing that the page needs.
MAX_SESSIONS = 1000


class ValuelessSession(SessionState):
    """A session that keeps its components, but not their values.

    Args:
        blocks: the page.
    """

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(blocks)
        self.config_values: dict[int, Any] = {}

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing of the input or output of a component."""


class ValuelessSessions(StateHolder):
    """The sessions of a page, at most `MAX_SESSIONS`; the one used least recently is dropped.

    Args:
        blocks: the page.
    """

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self.set_blocks(blocks)
        self.capacity = MAX_SESSIONS

    def __getitem__(self, session_id: str) -> SessionState:
        """Return a session, which is created where it does not exist yet."""
        if session_id not in self.session_data:
            self.session_data[session_id] = ValuelessSession(self.blocks)
        return super().__getitem__(session_id)
