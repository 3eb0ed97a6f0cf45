"""The two scripts that stand in a first HTML itself; the content policy names them by their hash.

`START` lets the page's own scripts begin after its first frame. `BEFORE` hands the state of the
document to a tab that has none of its own (`ui/shown.py`), and keeps a press on Play that comes
before the player: it shows in the dock at once, and the player takes it up when it is there
(`ui/player/page.js`).
"""

# A page in a tab that nobody sees has no frames.
START = """\
(() => {
  let begun = false;
  const start = () => {
    if (begun) return;
    begun = true;
    const later = document.getElementById("later");
    for (const href of later.dataset.preload.split(" ")) {
      const link = document.createElement("link");
      link.rel = "modulepreload";
      link.href = href;
      document.head.append(link);
    }
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = later.textContent;
    document.head.append(script);
  };
  if (!document.hidden) requestAnimationFrame(() => setTimeout(start));
  setTimeout(start, document.hidden ? 0 : 1000);
})();
"""

# The last press counts. Whether the sound may begin later is the browser's to say: Chromium and
# Firefox let a page play once somebody has touched it.
BEFORE = """\
(() => {
  const shown = document.getElementById("ssr-state");
  const isNew = !sessionStorage.getItem("token");
  const life = isNew ? 60 : 0;
  document.cookie = `indii_shown=${shown.dataset.digest};path=/;samesite=lax;max-age=${life}`;
  if (isNew) window.indiiShown = JSON.parse(shown.textContent);
})();
addEventListener("click", (event) => {
  const node = event.target.closest?.("[data-play]");
  if (!node || window.indii?.player || event.button) return;
  event.preventDefault();
  event.stopPropagation();
  window.indiiPressed = node;
  const item = JSON.parse(node.dataset.play);
  const dock = document.getElementById("dock-before");
  if (!dock) return;
  dock.querySelectorAll("img").forEach((cover) => (cover.src = item.cover));
  dock.querySelectorAll("b").forEach((name) => (name.textContent = item.title));
  dock.querySelectorAll("b + span").forEach((name) => (name.textContent = item.producer));
  dock.hidden = false;
}, true);
"""

INLINE_SCRIPTS = (START, BEFORE)
