// The next file, asked for shortly before it is needed; the browser shares what it fetched.

const AHEAD_S = 20;
let ahead = null;

export function done(item) {
  if (!ahead || (item && item.id !== ahead.id)) return;
  ahead.element.removeAttribute("src");
  ahead = null;
}

export function soon({ time, duration }, next) {
  if (!next || duration - time > AHEAD_S || navigator.connection?.saveData) return;
  if (ahead?.id === next.id) return;
  done();
  ahead = { id: next.id, element: new Audio() };
  ahead.element.preload = "auto";
  ahead.element.src = next.src;
}
