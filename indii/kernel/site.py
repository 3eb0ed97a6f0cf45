"""What an installation says about itself: where it is, what it sells in, whom to write to."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What features may know about this installation."""

    public_url: str
    name: str = "Indii"
    environment: str = "development"
    state_dir: Path = Path("var")
    currency: str = "USD"
    # The platform's part of every price, in hundredths of a per cent; it bears the card fees.
    fee_bps: int = 0
    # Whether money can be taken: False while no payment network is set up.
    takes_payments: bool = True
    # Whom to write to about terms, privacy or a takedown; "" while the operator named nobody.
    contact: str = ""
    # Signs what a browser keeps for us for a moment; never part of a repr or a log.
    secret: bytes = field(default=b"development-only-secret", repr=False)

    @property
    def is_secure(self) -> bool:
        """Whether people come over TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @property
    def is_development(self) -> bool:
        """Whether this is somebody's own machine, where mail is shown and logins are printed."""
        return self.environment == "development"

    @property
    def contact_or_operator(self) -> str:
        """Whom e-mails name for questions: the operator's address, or words where there is none."""
        return self.contact or "whoever runs this site"
