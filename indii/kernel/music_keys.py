"""Musical keys as numbers: 0-11 are C to B major, 12-23 are C to B minor.

The Camelot wheel names the circle of fifths; neighbours on it mix without clashing.
"""

NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MINOR_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B")
KEY_COUNT = 24


def key_name(key: int) -> str:
    """Return `F minor` for 17."""
    return f"{MINOR_NAMES[key - 12]} minor" if key >= 12 else f"{NAMES[key]} major"


def camelot(key: int) -> str:
    """Return the key's place on the Camelot wheel: `4A` for F minor."""
    tonic = (key - 12 + 3) % 12 if key >= 12 else key
    return f"{(tonic * 7 + 7) % 12 + 1}{'A' if key >= 12 else 'B'}"


BY_CAMELOT = {camelot(key): key for key in range(KEY_COUNT)}


def compatible(key: int) -> tuple[int, ...]:
    """Return the key and those that mix with it: its neighbours and its relative."""
    place = camelot(key)
    number, letter = int(place[:-1]), place[-1]
    other = "B" if letter == "A" else "A"
    around = (number, (number - 2) % 12 + 1, number % 12 + 1)
    same_side = [BY_CAMELOT[f"{n}{letter}"] for n in around]
    return (*same_side, BY_CAMELOT[f"{number}{other}"])
