// Checks files by their SHA-256, in the browser: no byte of a file leaves it.

import { useEffect, useRef, useState } from "react";

// The browser hashes a file whole, in memory.
const MOST = 1024 ** 3;

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function hashed(file) {
  if (!globalThis.crypto?.subtle) throw new Error("This browser checks files only on pages loaded over https.");
  if (file.size > MOST) throw new Error("This file is too large to be checked in the browser.");
  return hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
}

const sign = {
  reading: "M9 2.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM9 5.5V9l2.5 1.5",
  good: "m3.5 9.5 3.5 3.5 7.5-8",
  bad: "M9 2.5 16.5 15h-15zM9 7v4M9 13v.1",
  file: "M9 12V3.5M5.5 7 9 3.5 12.5 7M3 12v3h12v-3",
};
const Sign = ({ name }) => (
  <svg className="icon" viewBox="0 0 18 18" aria-hidden="true">
    <path d={sign[name]} />
  </svg>
);

function told(sha256, known) {
  const found = known.find((one) => one.sha256 === sha256);
  if (found) return { kind: "good", text: `${found.label}: this file belongs to this license, unchanged.` };
  return { kind: "bad", text: "This is not a file of this license, or it was changed." };
}

export function FileCheck({ known = [], title, hint, accept, onHash }) {
  const [rows, setRows] = useState([]);
  const [over, setOver] = useState(false);
  const serial = useRef(0);
  // A file dropped beside the target would replace the page.
  useEffect(() => {
    const hold = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    addEventListener("dragover", hold);
    addEventListener("drop", hold);
    return () => {
      removeEventListener("dragover", hold);
      removeEventListener("drop", hold);
    };
  }, []);

  const answer = (key, change) => setRows((now) => now.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const take = async (files) => {
    for (const file of [...files].slice(0, 10)) {
      const key = ++serial.current;
      setRows((now) => [{ key, name: file.name, kind: "reading", text: "Reading…" }, ...now].slice(0, 10));
      try {
        const sha256 = await hashed(file);
        answer(key, onHash ? { kind: "file", text: `SHA-256 ${sha256}` } : told(sha256, known));
        onHash?.(sha256);
      } catch (error) {
        answer(key, { kind: "bad", text: error.name === "NotReadableError" ? "This file cannot be read." : error.message });
      }
    }
  };

  return (
    <div className="file-check">
      <label
        className="drop"
        data-over={over || undefined}
        onDragEnter={(event) => (event.preventDefault(), setOver(true))}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget) && setOver(false)}
        onDrop={(event) => (event.preventDefault(), setOver(false), take(event.dataTransfer.files))}
      >
        <Sign name="file" />
        <b>{title}</b>
        <span>{hint}</span>
        <input
          type="file"
          className="sr"
          multiple={!onHash}
          accept={accept}
          onChange={(event) => {
            take(event.target.files);
            event.target.value = "";
          }}
        />
      </label>
      <div role="status" style={{ display: "grid", gap: 8, marginTop: rows.length ? 12 : 0 }}>
        {rows.map((row) => (
          <div key={row.key} className={["good", "bad"].includes(row.kind) ? `notice notice-${row.kind}` : "notice"}>
            <Sign name={row.kind} />
            <div>
              <b style={{ overflowWrap: "anywhere" }}>{row.name}</b>
              <p style={{ overflowWrap: "anywhere" }}>{row.text}</p>
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}
