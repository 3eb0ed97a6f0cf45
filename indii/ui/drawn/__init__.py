"""The first HTML of a page, compiled from the very components that React draws in the browser.

`compile_page` walks a page's Reflex tree once and returns a Python function that writes its HTML
from what the page's state holds. Nothing here knows a page, a room or a request. What needs a
browser, a custom React component, says in `ssr()` what it looks like without one.
"""
