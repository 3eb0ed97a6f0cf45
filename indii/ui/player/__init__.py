"""The player: one audio element for the life of a document, and the dock that shows it."""

from indii.ui.player.dock import PlayerDock, player_dock

__all__ = ["PlayerDock", "player_dock"]
