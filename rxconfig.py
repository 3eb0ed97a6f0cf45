"""What Reflex needs to know; everything else is in `indii.settings`."""

import reflex as rx

from indii.ui.socket_port import SocketPort

config = rx.Config(
    app_name="indii",
    app_module_import="indii.app",
    telemetry_enabled=False,
    default_color_mode="dark",
    frontend_compression_formats=["brotli", "gzip"],
    show_built_with_reflex=False,
    # No typography plugin, which comes by default: it owns the class `prose` and 4 kB of CSS.
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), SocketPort()],
    # By default every origin is reflected, with credentials. Pages and server share one origin, so
    # none is allowed; the socket's own check is in `shell/http_middleware.py`.
    cors_allowed_origins=[],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
)
