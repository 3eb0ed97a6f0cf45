// Uploads that outlive the component showing them: a client navigation goes on sending, and
// whoever mounts the same scope later sees the rows and receives what happened meanwhile.

const KEY = "indii.uploads";
const WEEK_MS = 7 * 86400e3; // an unfinished upload older than this is not worth mentioning
const AT_ONCE = 2;
const TRIES = 6;
const SILENCE_MS = 30e3; // no byte for this long: the connection is dead, whatever it says
const POLL_MS = 1000;
const BUSY = new Set(["waiting", "sending", "retrying", "checking"]);

class Refusal extends Error {}
class Gone extends Error {}
class Stopped extends Error {}

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

function remember(key, entry) {
  const book = remembered();
  if (entry) book[key] = { ...entry, at: Date.now() };
  else delete book[key];
  try {
    localStorage.setItem(KEY, JSON.stringify(book));
  } catch {
    // Without storage an upload cannot be resumed after a reload; it still works.
  }
}

// ---- the wire --------------------------------------------------------------------------

function request(method, url, { body, json, onProgress, item } = {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => xhr.abort(), SILENCE_MS);
    };
    if (item) item.xhr = xhr;
    xhr.open(method, url);
    xhr.setRequestHeader("X-Indii", "1");
    if (json) xhr.setRequestHeader("Content-Type", "application/json");
    else if (body) xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.upload.onprogress = (e) => (alive(), onProgress?.(e.loaded));
    xhr.onerror = () => reject(new Error("The connection was lost."));
    xhr.onabort = () => reject(item?.stopped ? new Stopped() : new Error("The connection went silent."));
    xhr.onloadend = () => clearTimeout(timer);
    xhr.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(xhr.responseText);
      } catch {
        // Not ours: a proxy's page. The status says enough.
      }
      const { status } = xhr;
      if (status < 300 || status === 409) return resolve(answer);
      const words = answer.message || `The server answered ${status}.`;
      if (status === 404 || status === 410) return reject(new Gone(words));
      reject(status >= 500 || status === 408 || status === 429 ? new Error(words) : new Refusal(words));
    };
    alive();
    xhr.send(json ? JSON.stringify(json) : body);
  });
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

async function open(item) {
  const { config } = item.scope;
  if (item.id) {
    try {
      return await request("GET", `${config.url}/${item.id}`, { item });
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      item.id = null;
    }
  }
  const json = { kind: config.kind, filename: item.name, bytes: item.size };
  if (config.recording) json.recording = config.recording;
  // Not abortable: the server may have made it already, and only the answer says which.
  item.opening ??= request("POST", config.url, { json }).finally(() => (item.opening = null));
  const answer = await item.opening;
  item.id = answer.id;
  if (item.removed) forget(item);
  note(item);
  return answer;
}

async function sendPart(item) {
  const from = item.received;
  const blob = item.file.slice(from, Math.min(from + item.part, item.size));
  const began = performance.now();
  const smooth = (rate) => (item.speed ? item.speed * 0.7 + rate * 0.3 : rate);
  let last = [began, 0];
  const onProgress = (loaded) => {
    const now = performance.now();
    if (now - last[0] < 250) return;
    const rate = ((loaded - last[1]) / (now - last[0])) * 1000;
    last = [now, loaded];
    change(item, { sent: from + loaded, speed: smooth(rate) });
  };
  const url = `${item.scope.config.url}/${item.id}?offset=${from}`;
  const answer = await request("PUT", url, { body: blob, onProgress, item });
  // Nothing moved: the part before is still being written. Asking at once would send this one
  // again for nothing, so wait like after a lost connection.
  if (answer.received === from) throw new Error("The server is still busy with the last part.");
  if (answer.received < from) {
    // It lost bytes. Following it back forever would be a loop.
    if (++item.astray > TRIES) throw new Refusal("The server keeps losing parts of this file.");
    return answer;
  }
  item.tries = item.astray = 0;
  item.speed = smooth(((answer.received - from) / (performance.now() - began)) * 1000);
  return answer;
}

async function run(item) {
  item.stopped = false;
  change(item, { state: "sending", message: "" });
  try {
    let answer = await open(item);
    item.part = answer.part_bytes || item.part || 8 << 20;
    for (;;) {
      if (item.stopped) throw new Stopped();
      change(item, { received: answer.received ?? item.received, sent: answer.received ?? item.sent });
      if (answer.state === "checked") return finish(item, answer);
      if (answer.state === "refused") throw new Refusal(answer.message);
      if (item.received < item.size) {
        note(item);
        answer = await sendPart(item);
      } else {
        change(item, { state: "checking", speed: 0 });
        await new Promise((done) => setTimeout(done, POLL_MS));
        answer = await request("GET", `${item.scope.config.url}/${item.id}`, { item });
      }
    }
  } catch (error) {
    stumble(item, error);
  } finally {
    pump();
  }
}

function finish(item, answer) {
  remember(item.key, null);
  change(item, { state: "checked", probe: answer.probe, received: item.size, sent: item.size, file: null });
  tell(item, "checked", item.id);
}

function stumble(item, error) {
  if (error instanceof Stopped || item.stopped) return;
  if (error instanceof Refusal) {
    remember(item.key, null);
    change(item, { state: "refused", message: error.message, speed: 0 });
    return tell(item, "refused", error.message);
  }
  if (error instanceof Gone) item.id = null; // start again from the first byte
  if (++item.tries > TRIES) return change(item, { state: "failed", message: error.message, speed: 0 });
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
  let room = AT_ONCE - items.filter((i) => i.state === "sending" || i.state === "checking").length;
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
  item.xhr?.abort();
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
      if (Date.now() - entry.at > WEEK_MS) remember(key, null);
      else if (entry.scope === name) {
        const { id, size, received } = entry;
        scope.items.push({ ...fresh(scope, key, entry.name, size), id, received, sent: received, state: "unfinished" });
      }
    }
    scope.view = { items: scope.items.map((item) => ({ ...item })) };
    scopes.set(name, scope);
  }
  const scope = scopes.get(name);
  scope.config = config;
  return scope;
}

const fresh = (scope, key, name, size) => ({
  scope, key, name, size, id: null, file: null, received: 0, sent: 0, speed: 0, part: 0,
  tries: 0, astray: 0, state: "waiting", message: "", probe: null, stopped: false, removed: false,
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
const forget = (item) => request("DELETE", `${item.scope.config.url}/${item.id}`).catch(() => {});

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
