// Uploads that outlive the component showing them: a client navigation goes on sending, and
// whoever mounts the same scope later sees the rows and receives what happened meanwhile.

const KEY = "indii.uploads";
const KEPT_MS = 3 * 86400e3; // the server lets go of what has not arrived by then
const AT_ONCE = 2;
const PART = 8 << 20;
const TRIES = 6;
const SILENCE_MS = 30e3; // no byte for this long: the connection is dead, whatever it says
const POLL_MS = 1000;
const BUSY = new Set(["waiting", "sending", "retrying"]);

class Refusal extends Error {}

const scopes = new Map();
const all = () => [...scopes.values()].flatMap((s) => s.items);

// ---- memory ----------------------------------------------------------------------------

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) || "{}");
  } catch {
    return {};
  }
}

let canRemember = true;

function remember(key, entry) {
  const book = remembered();
  if (entry) book[key] = { ...entry, at: Date.now() };
  else delete book[key];
  try {
    localStorage.setItem(KEY, JSON.stringify(book));
  } catch {
    // Without storage an upload cannot be resumed after a reload; it still works.
    canRemember = false;
  }
}

// Of two tabs that watch one upload, the first to forget it hands it on.
function claim(key) {
  const isOurs = !canRemember || key in remembered();
  remember(key, null);
  return isOurs;
}

// ---- the wire: tus ---------------------------------------------------------------------

// Nobody but an uploader pays for it.
const tus = () => import("tus-js-client");

const address = (item) => new URL(`${item.scope.config.url}/${item.id}`, location.href).href;

function wordsOf(response) {
  try {
    return JSON.parse(response.getBody()).message;
  } catch {
    return ""; // Not ours: a proxy's page. The status says enough.
  }
}

// What an error of the client means: another try helps, or the server refuses for good.
function understood(error) {
  const response = error.originalResponse;
  if (!response) return new Error("The connection was lost.");
  const status = response.getStatus();
  const words = wordsOf(response) || `The server answered ${status}.`;
  const passes = status >= 500 || [404, 408, 409, 410, 423, 429, 460].includes(status);
  return passes ? new Error(words) : new Refusal(words);
}

function send(item, { Upload }) {
  const { config } = item.scope;
  const upload = new Upload(item.file, {
    endpoint: new URL(config.url, location.href).href,
    uploadUrl: item.id && address(item),
    metadata: { kind: config.kind, filename: item.name },
    chunkSize: PART,
    retryDelays: null, // ours, so that the row can say so
    storeFingerprintForResuming: false, // ours, so that the row is there before the file
    // The client takes any answer to HEAD but 2xx for a lost upload and begins a new one.
    onAfterResponse: (request, response) => {
      const isBroken = request.getMethod() === "HEAD" && response.getStatus() >= 500;
      if (isBroken) throw new Error(`The server answered ${response.getStatus()}.`);
    },
    onUploadUrlAvailable: () => {
      item.id = upload.url.split("/").pop();
      item.opened?.();
      if (item.removed) return forget(item);
      note(item);
      if (item.stopped) upload.abort();
    },
    onProgress: (sent) => progress(item, sent),
    onChunkComplete: (_length, received) => {
      item.tries = 0;
      change(item, { received });
      note(item);
    },
    onError: (error) => {
      item.opened?.();
      stumble(item, understood(error));
    },
    onSuccess: () => arrived(item),
  });
  // Not abortable: the server may have made it already, and only the answer says which.
  if (!item.id) item.opening = new Promise((done) => (item.opened = done)).then(() => (item.opening = null));
  item.upload = upload;
  item.rate = [performance.now(), item.received];
  listen(item);
  upload.start();
}

function listen(item) {
  clearTimeout(item.silence);
  if (item.state !== "sending") return;
  item.silence = setTimeout(() => {
    item.upload.abort();
    item.opened?.();
    stumble(item, new Error("The connection went silent."));
  }, SILENCE_MS);
}

function progress(item, sent) {
  if (item.stopped) return;
  listen(item);
  const now = performance.now();
  const [then, before] = item.rate;
  if (sent < before) item.rate = [now, sent]; // resumed where the server stood
  else if (now - then >= 250) {
    const rate = ((sent - before) / (now - then)) * 1000;
    item.rate = [now, sent];
    change(item, { sent, speed: item.speed ? item.speed * 0.7 + rate * 0.3 : rate });
  }
}

function note({ key, id, name, size, received, scope, removed }) {
  if (!removed) remember(key, { id, name, size, received, scope: scope.name });
}

// ---- one upload ------------------------------------------------------------------------

function change(item, patch) {
  if (patch.state && patch.state !== item.state) item.scope.last = item.key;
  Object.assign(item, patch);
  publish(item.scope);
}

function publish(scope) {
  scope.view = { items: scope.items.map((item) => ({ ...item })), last: scope.last };
  scope.watchers.forEach((f) => f());
  const busy = all().some((item) => BUSY.has(item.state));
  window[busy ? "addEventListener" : "removeEventListener"]("beforeunload", ask);
}

const ask = (event) => event.preventDefault();

async function run(item) {
  const turn = (item.turn = {});
  item.stopped = false;
  change(item, { state: "sending", message: "" });
  try {
    await item.opening;
    const client = await tus();
    if (item.turn === turn && item.state === "sending") send(item, client);
  } catch {
    stumble(item, new Error("The connection was lost."));
  }
}

function arrived(item) {
  clearTimeout(item.silence);
  change(item, { state: "checking", received: item.size, sent: item.size, speed: 0, file: null });
  note(item);
  watch(item);
  pump();
}

// A worker looks into the file; the page may be left meanwhile.
async function watch(item) {
  const isOn = () => item.state === "checking" && !item.removed;
  for (let wait = POLL_MS; isOn(); wait = Math.min(wait * 1.2, 5000)) {
    let answer = {};
    try {
      const response = await fetch(address(item), { signal: AbortSignal.timeout(SILENCE_MS) });
      if (response.status === 404) return gone(item);
      if (response.ok) answer = await response.json();
    } catch {
      // Offline; it is still there afterwards.
    }
    if (!isOn()) return;
    if (answer.state === "checked") return finish(item, answer);
    if (answer.state === "refused") return refuse(item, answer.message);
    if (answer.progress > item.checked) change(item, { checked: answer.progress });
    await new Promise((done) => setTimeout(done, wait));
  }
}

// Another tab has used or removed it.
function gone(item) {
  remember(item.key, null);
  drop(item.scope, item);
}

function finish(item, answer) {
  const isOurs = claim(item.key);
  change(item, { state: "checked", probe: answer.probe });
  if (isOurs) tell(item, "checked", item.id);
}

function refuse(item, message) {
  remember(item.key, null);
  change(item, { state: "refused", message, speed: 0 });
  tell(item, "refused", message);
}

function stumble(item, error) {
  clearTimeout(item.silence);
  if (item.stopped) return;
  if (error instanceof Refusal) refuse(item, error.message);
  else if (++item.tries > TRIES) change(item, { state: "failed", message: error.message, speed: 0 });
  else retry(item, error);
  pump();
}

function retry(item, error) {
  const wait = Math.min(30, 2 ** (item.tries - 1)) * (0.75 + Math.random() / 2);
  change(item, { state: "retrying", message: error.message, speed: 0 });
  item.timer = setTimeout(() => requeue(item), wait * 1000);
}

function requeue(item) {
  clearTimeout(item.timer);
  change(item, { state: "waiting" });
  pump();
}

function pump() {
  const items = all();
  let room = AT_ONCE - items.filter((i) => i.state === "sending").length;
  for (const item of items) {
    if (room <= 0) return;
    if (item.state !== "waiting") continue;
    room -= 1;
    run(item);
  }
}

function stop(item) {
  item.stopped = true;
  clearTimeout(item.timer);
  clearTimeout(item.silence);
  if (!item.opening) item.upload?.abort();
}

// Events wait here until a mounted component takes them to the page's state.
function tell(item, name, value) {
  item.scope.mail.push([name, value]);
  publish(item.scope);
}

// ---- what a component uses -------------------------------------------------------------

export function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function unfit(file, { maxBytes, accept }) {
  if (!file.size) return `${file.name} is empty.`;
  if (file.size > maxBytes) return `${file.name} is ${size(file.size)}. The limit is ${size(maxBytes)}.`;
  const endings = (accept || "").split(",").map((e) => e.trim().toLowerCase()).filter((e) => e[0] === ".");
  if (endings.length && !endings.some((e) => file.name.toLowerCase().endsWith(e))) {
    return `${file.name} is not one of ${endings.join(", ")}.`;
  }
  return "";
}

export function scopeOf(config) {
  const name = [config.kind, config.recording || ""].join("/");
  if (!scopes.has(name)) {
    const scope = { name, config, items: [], watchers: new Set(), mail: [], view: { items: [] } };
    for (const [key, entry] of Object.entries(remembered())) {
      if (Date.now() - entry.at > KEPT_MS) remember(key, null);
      else if (entry.scope === name) {
        const { id, size, received } = entry;
        const state = received === size ? "checking" : "unfinished";
        scope.items.push({ ...fresh(scope, key, entry.name, size), id, received, sent: received, state });
      }
    }
    scope.view = { items: scope.items.map((item) => ({ ...item })) };
    scopes.set(name, scope);
    scope.items.filter((item) => item.state === "checking").forEach(watch);
  }
  const scope = scopes.get(name);
  scope.config = config;
  return scope;
}

const fresh = (scope, key, name, size) => ({
  scope, key, name, size, id: null, file: null, received: 0, sent: 0, speed: 0,
  tries: 0, checked: 0, state: "waiting", message: "", probe: null, stopped: false, removed: false,
});

export function add(scope, files) {
  for (const file of files) {
    const key = [scope.name, file.name, file.size, file.lastModified].join("|");
    const known = scope.items.find((item) => item.key === key);
    if (known && known.state !== "unfinished" && known.state !== "refused") continue;
    if (known?.state === "refused") drop(scope, known);
    const taken = scope.items.find((item) => item.state !== "refused" && item !== known);
    let words = unfit(file, scope.config);
    if (!words && !scope.config.multiple && taken) words = `One file only. Remove ${taken.name} first.`;
    const item = known?.state === "unfinished" ? known : fresh(scope, key, file.name, file.size);
    if (item !== known) scope.items.push(item);
    Object.assign(item, { file, state: words ? "refused" : "waiting", message: words });
    scope.last = key;
    if (words) tell(item, "refused", words);
  }
  publish(scope);
  pump();
}

function drop(scope, item) {
  scope.items = scope.items.filter((other) => other !== item);
  publish(scope);
}

const find = (scope, key) => scope.items.find((item) => item.key === key);

export function pause(scope, key) {
  const item = find(scope, key);
  stop(item);
  change(item, { state: "paused", speed: 0, sent: item.received });
  pump();
}

export function resume(scope, key) {
  const item = find(scope, key);
  item.tries = 0;
  requeue(item);
}

// If this is lost too, the server lets go of unfinished uploads by itself.
const forget = (item) => tus().then(({ Upload }) => Upload.terminate(address(item))).catch(() => {});

export function remove(scope, key) {
  const item = find(scope, key);
  stop(item);
  item.removed = true;
  remember(key, null);
  if (item.id) forget(item);
  drop(scope, item);
  if (item.id) {
    scope.mail.push(["removed", item.id]);
    publish(scope);
  }
}

if (typeof window !== "undefined") {
  addEventListener("online", () => all().filter((i) => i.state === "retrying").forEach(requeue));
}
