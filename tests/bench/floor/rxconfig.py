"""The floor's configuration: Indii's own, so that both are built and served alike."""

import reflex as rx

config = rx.Config(
    app_name="floor",
    app_module_import="floor_app",
    telemetry_enabled=False,
    default_color_mode="dark",
    frontend_compression_formats=["brotli", "gzip"],
    show_built_with_reflex=False,
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []})],
    cors_allowed_origins=[],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
)
