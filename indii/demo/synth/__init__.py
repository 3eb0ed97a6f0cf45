"""Composes and renders the demo catalogue's music. Knows nothing of the rest of Indii."""

from __future__ import annotations

from indii.demo.synth.logo import voice_tag
from indii.demo.synth.render import Rendering, render
from indii.demo.synth.score import STEMS, PieceSpec
from indii.demo.synth.styles import STYLES
from indii.demo.synth.tones import SR
from indii.demo.synth.wav import write_wav

__all__ = ["SR", "STEMS", "STYLES", "PieceSpec", "Rendering", "render", "voice_tag", "write_wav"]
